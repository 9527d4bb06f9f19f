"""The words that pictures and controls show, in each language of the book."""

from typing import Literal, get_args

Language = Literal["vi", "en"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "x": "x",
        "y": "y",
        "truth": "Truth",
        "pred": "Pred",
        "queries": "test inputs (queries)",
        "keys": "training inputs (keys)",
        "weight": "attention weight",
        "epoch": "epoch",
        "w": "inverse width |w|",
        "loss": "leave-one-out loss",
        "steps": "steps of training",
        "minimum": "minimum",
        "noise": "noise σ",
        "n_train": "training points n",
        "regression_alt": (
            "Curves on x from 0 to 5: the truth{prediction}, and {n_train} training points as "
            "translucent circles.{error}"
        ),
        "regression_alt_prediction": " and the prediction",
        "regression_alt_error": " Root mean squared error of the prediction: {rmse}.",
        "heatmap_alt": (
            "Heatmap of attention weights, {n_queries} queries by {n_keys} keys{title}. "
            "Largest weight: {largest}."
        ),
        "loss_alt": "Loss after epochs 0 to {last}: from {first_loss} to {last_loss}.",
        "loss_alt_start": "Loss at the start: {first_loss}.",
        "landscape_alt": (
            "Leave-one-out loss over |w| on a logarithmic axis, smallest at {w_min}.{steps}"
        ),
        "landscape_alt_steps": " Training goes from {w_first} to {w_last} in {n} steps.",
        "points": "queries, and as many keys",
        "seconds": "seconds",
        "bytes": "memory in bytes",
        "growth_seconds_alt": (
            "Time against number of points for {n_lines} ways, on logarithmic axes. {emphasis} "
            "takes {best} for {n_best} points; {worst_name} takes {worst} for {n_worst}."
        ),
        "growth_bytes_alt": (
            "Memory against number of points for {n_lines} ways, on logarithmic axes. {emphasis} "
            "needs {best} for {n_best} points; {worst_name} needs {worst} for {n_worst}."
        ),
    },
    "vi": {
        "x": "x",
        "y": "y",
        "truth": "Hàm thật",
        "pred": "Dự đoán",
        "queries": "đầu vào kiểm tra (truy vấn)",
        "keys": "đầu vào huấn luyện (khóa)",
        "weight": "trọng số chú ý",
        "epoch": "lượt (epoch)",
        "w": "|w| (nghịch đảo độ rộng)",
        "loss": "mất mát bỏ ra một",
        "steps": "các bước huấn luyện",
        "minimum": "cực tiểu",
        "noise": "nhiễu σ",
        "n_train": "số mẫu n",
        "regression_alt": (
            "Đồ thị với x từ 0 đến 5: đường hàm thật{prediction} và {n_train} mẫu huấn luyện vẽ "
            "bằng các chấm tròn bán trong suốt.{error}"
        ),
        "regression_alt_prediction": ", đường dự đoán",
        "regression_alt_error": (
            " Căn bậc hai của sai số bình phương trung bình (RMSE) của dự đoán: {rmse}."
        ),
        "heatmap_alt": (
            "Bản đồ nhiệt của trọng số chú ý, {n_queries} truy vấn và {n_keys} khóa{title}. "
            "Trọng số lớn nhất: {largest}."
        ),
        "loss_alt": "Mất mát từ lượt 0 đến {last}: đi từ {first_loss} đến {last_loss}.",
        "loss_alt_start": "Mất mát lúc bắt đầu: {first_loss}.",
        "landscape_alt": (
            "Mất mát bỏ ra một theo |w| trên trục logarit, nhỏ nhất tại {w_min}.{steps}"
        ),
        "landscape_alt_steps": " Huấn luyện đi từ {w_first} đến {w_last} sau {n} bước.",
        "points": "số truy vấn, cũng là số khóa",
        "seconds": "giây",
        "bytes": "bộ nhớ (byte)",
        "growth_seconds_alt": (
            "Thời gian theo số điểm của {n_lines} cách tính, hai trục logarit. {emphasis} mất "
            "{best} cho {n_best} điểm; {worst_name} mất {worst} cho {n_worst} điểm."
        ),
        "growth_bytes_alt": (
            "Bộ nhớ theo số điểm của {n_lines} cách tính, hai trục logarit. {emphasis} cần {best} "
            "cho {n_best} điểm; {worst_name} cần {worst} cho {n_worst} điểm."
        ),
    },
}

_EXPLORER_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "decimal": ".",
        "attention": "Attention explorer",
        "kernels": "Kernel explorer",
        "training": "Training explorer",
        "w": "inverse width w",
        "seed": "data set (seed)",
        "kernel": "kernel",
        "kernel_gaussian": "Gaussian",
        "kernel_boxcar": "boxcar",
        "kernel_triangular": "triangular",
        "kernel_epanechnikov": "Epanechnikov",
        "kernel_constant": "constant (average)",
        "start": "start w",
        "lr": "learning rate",
        "reduction": "loss",
        "reduction_sum": "sum",
        "reduction_mean": "mean",
        "reduction_half": "half the sum",
        "undefined": "not defined",
        "example": "training points",
        "curve": "truth",
        "prediction": "prediction",
        "row": "weights of one query",
        "queries_axis": "queries",
        "keys_axis": "keys",
        "heatmap": "attention weights",
        "error": "error against the truth (RMSE)",
        "leave_one_out": "leave-one-out error (RMSE)",
        "row_sum": "sum of the weights",
        "attended": "effective number of points",
        "bandwidth": "bandwidth h = 1/w",
        "put_back": "Put points back",
        "another": "Another data set",
        "start_over": "Start over",
        "link": "Link to this picture",
        "query_slider": "Query: row of the heatmap",
        "query_slider_curve": "Query: place on the curve",
        "query_value": "query x = {x}, prediction {prediction}",
        "points_pad": (
            "Training points: Page Up and Page Down choose one, arrow keys move it, Delete puts it "
            "back"
        ),
        "point_value": "point {place} of {n}: x = {x}, y = {y}",
        "sum_at": "At the query x = {x} the prediction is",
        "sum_more": "{n} more",
        "sum_truth": "the truth is {truth}",
        "empty": "No key is within reach of the query x = {x}: 0/0, so there is no prediction.",
        "empty_rows": "queries without a key in reach: {n} of {total}",
        "pooling_alt": (
            "{kernel} kernel with w = {w} on {n_train} training points, noise {noise}. Error "
            "against the truth: {error}."
        ),
        "training_alt": (
            "Leave-one-out loss over |w|, and gradient descent on it: {steps} steps with learning "
            "rate {lr}, |w| from {w_first} to {w_last}, loss now {loss}."
        ),
        "do_step": "One step",
        "do_run": "Run",
        "do_pause": "Pause",
        "do_reset": "Back to the start",
        "step": "step",
        "loss_now": "loss",
        "gradient": "gradient",
        "update": "next step −lr · gradient",
        "minimum_at": "lowest loss at |w|",
        "diverged": "Training diverged: the next step leaves the numbers a computer can hold.",
    },
    "vi": {
        "decimal": ",",
        "attention": "Hình tương tác: chú ý",
        "kernels": "Hình tương tác: hàm nhân",
        "training": "Hình tương tác: huấn luyện",
        "w": "w (nghịch đảo độ rộng)",
        "seed": "tập dữ liệu (hạt giống)",
        "kernel": "hàm nhân",
        "kernel_gaussian": "Gauss",
        "kernel_boxcar": "chữ nhật",
        "kernel_triangular": "tam giác",
        "kernel_epanechnikov": "Epanechnikov",
        "kernel_constant": "hằng (trung bình)",
        "start": "w ban đầu",
        "lr": "tốc độ học",
        "reduction": "hàm mất mát",
        "reduction_sum": "tổng",
        "reduction_mean": "trung bình",
        "reduction_half": "nửa tổng",
        "undefined": "không xác định",
        "example": "mẫu huấn luyện",
        "curve": "hàm thật",
        "prediction": "dự đoán",
        "row": "trọng số của một truy vấn",
        "queries_axis": "truy vấn",
        "keys_axis": "khóa",
        "heatmap": "trọng số chú ý",
        "error": "sai số so với hàm thật (RMSE)",
        "leave_one_out": "sai số bỏ ra một (leave-one-out, RMSE)",
        "row_sum": "tổng các trọng số",
        "attended": "số mẫu hiệu dụng",
        "bandwidth": "độ rộng hàm nhân h = 1/w",
        "put_back": "Đưa các điểm về chỗ cũ",
        "another": "Tập dữ liệu khác",
        "start_over": "Khôi phục mặc định",
        "link": "Liên kết đến hình này",
        "query_slider": "Truy vấn: hàng của bản đồ nhiệt",
        "query_slider_curve": "Truy vấn: vị trí trên đường cong",
        "query_value": "truy vấn x = {x}, dự đoán {prediction}",
        "points_pad": (
            "Các mẫu huấn luyện: Page Up và Page Down để chọn, phím mũi tên để di chuyển, Delete "
            "để đưa về chỗ cũ"
        ),
        "point_value": "điểm thứ {place} trong {n} điểm: x = {x}, y = {y}",
        "sum_at": "Tại truy vấn x = {x}, dự đoán là",
        "sum_more": "{n} số hạng nữa",
        "sum_truth": "giá trị thật là {truth}",
        "empty": (
            "Không có khóa nào trong tầm của truy vấn x = {x}: phép chia 0/0, nên không có dự đoán."
        ),
        "empty_rows": "số truy vấn không có khóa nào trong tầm: {n} trên {total}",
        "pooling_alt": (
            "Hàm nhân {kernel} với w = {w}, {n_train} mẫu huấn luyện, nhiễu {noise}. Sai số so với "
            "hàm thật: {error}."
        ),
        "training_alt": (
            "Mất mát bỏ ra một theo |w| và các bước hạ gradient trên đó: {steps} bước với tốc độ "
            "học {lr}, |w| đi từ {w_first} đến {w_last}, mất mát hiện tại {loss}."
        ),
        "do_step": "Một bước",
        "do_run": "Chạy",
        "do_pause": "Tạm dừng",
        "do_reset": "Về điểm xuất phát",
        "step": "bước",
        "loss_now": "mất mát",
        "gradient": "gradient",
        "update": "bước tiếp theo: −tốc độ học · gradient",
        "minimum_at": "mất mát nhỏ nhất tại |w|",
        "diverged": (
            "Huấn luyện phân kỳ: bước tiếp theo cho ra số lớn đến mức máy không biểu diễn được."
        ),
    },
}

_language: str = "en"


def set_language(language: Language) -> None:
    """Choose the language of every later picture and control: "vi" or "en"."""
    global _language
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    _language = language


def word(key: str) -> str:
    """Return a word or sentence pattern in the current language."""
    return _WORDS[_language][key]


def explorer_words() -> dict[str, str]:
    """Return all that an explorer says in the browser, in the current language."""
    shared = ("weight", "noise", "n_train", "x", "y", "loss", "minimum")
    return {key: _WORDS[_language][key] for key in shared} | _EXPLORER_WORDS[_language]


def number(value: float, digits: int) -> str:
    """Write a number with the decimal mark of the current language."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if _language == "vi" else text
