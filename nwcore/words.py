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
        "n_train": "n_train",
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
        "w": "nghịch đảo độ rộng |w|",
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


def number(value: float, digits: int) -> str:
    """Write a number with the decimal mark of the current language."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if _language == "vi" else text
