"""What the tests of the package try in an environment that holds little else.

    python -I clean_environment.py alone    compute with every public function, without the extra
    python -I clean_environment.py book     draw and explore, with the extra
    python -I clean_environment.py sklearn  fit and predict, with that extra

Exits with an error at the first thing that is not as it must be.
"""

import importlib
import inspect
import math
import re
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

EXTRA = (
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "traitlets",
    "IPython",
    "PIL",
    "tqdm",
    "yaml",
    "sklearn",
)


def close(found: Any, expected: Any, rtol: float = 1e-9) -> None:
    """See that numbers agree, whatever their dtypes."""
    import torch

    found, expected = (torch.as_tensor(x, dtype=torch.float64) for x in (found, expected))
    torch.testing.assert_close(found, expected, rtol=rtol, atol=rtol / 100)


def compute() -> None:
    """Call every public function, and compare with what mathematics says."""
    import torch

    import nwcore
    from nwcore.pooling import METHODS

    assert "scipy" not in sys.modules, "scipy is imported before it is needed"
    data = nwcore.make_regression(n_train=30, noise=0.25, seed=6, dtype=torch.float64)
    x, y, queries = data.x_train, data.y_train, data.x_test

    def pooled(function: Callable[..., Any]) -> None:
        weights = torch.softmax(-0.5 * ((queries[:, None] - x) * 4.0) ** 2, dim=1)  # (q, n)
        for method in METHODS:
            close(function(queries, x, y, 4.0, method=method), weights @ y)
        for kernel in nwcore.KERNELS:
            constant = function(x, x, torch.full_like(y, 7.0), 2.0, kernel)
            close(constant, torch.full_like(y, 7.0))

    tasks = nwcore.make_tasks(40, 30, noise=0.25)
    ws = torch.logspace(-1, 2, 31, dtype=torch.float64)
    valley = (ws / 3).log().square()  # (31,)

    def drawn_tasks(function: Callable[..., Any]) -> None:
        found = function(40, 30, noise=0.0)
        close(found.targets, found.truth)
        close(found.x, tasks.x)

    def task_losses(function: Callable[..., Any]) -> None:
        squares = ((tasks.queries[:, :, None] - tasks.x[:, None]) * ws[20]).square()
        predicted = (torch.softmax(-0.5 * squares, dim=2) @ tasks.y[..., None])[..., 0]
        close(function(tasks, ws)[:, 20], (predicted - tasks.targets).square().mean(1))

    def learned(function: Callable[..., Any]) -> None:
        history = function(tasks, steps=60)
        best = nwcore.best_w(ws, nwcore.context_losses(tasks, ws).mean(0))
        close(history.w[-1], best, rtol=0.2)

    def left_out(function: Callable[..., Any]) -> None:
        keys, values = nwcore.leave_one_out_pairs(x, y)  # (n, n − 1) each
        weights = torch.softmax(-0.5 * ((x[:, None] - keys) * 3.0) ** 2, dim=1)
        expected = ((weights * values).sum(dim=1) - y).square().sum()
        for method in ("auto", "direct", "windowed", "linear"):
            close(function(x, y, 3.0, method=method), expected)

    def curve(function: Callable[..., Any]) -> None:
        found = function(x, y, torch.tensor([1.0, 3.0], dtype=torch.float64))
        close(found.losses[1], nwcore.leave_one_out_loss(x, y, 3.0))

    def search(function: Callable[..., Any]) -> None:
        for kernel in ("gaussian", "epanechnikov"):
            found = function(x, y, kernel)
            assert found.low < found.w < found.high
            close(found.loss, nwcore.leave_one_out_loss(x, y, found.w, kernel))
        assert "scipy" in sys.modules

    def fitted(function: Callable[..., Any]) -> None:
        model = nwcore.NWKernelRegression(1.0, dtype=torch.float64)
        history = function(model, x, y, lr=0.05, epochs=3)
        assert history.losses[-1] < history.losses[0]
        close(history.losses[-1], nwcore.leave_one_out_loss(x, y, history.w[-1]))

    def single_index(function: Callable[..., Any]) -> None:
        single = function(9, 3, 0.0)
        close(single.y_train, 2 * torch.sin(1.5 * (single.x_train @ single.direction)))

    def metric_learned(function: Callable[..., Any]) -> None:
        single = nwcore.make_single_index(20, 2)
        start = torch.eye(2, dtype=torch.float64)
        history = function(single.x_train, single.y_train, start, steps=3)
        assert history.losses[-1] < history.losses[0]
        last = nwcore.leave_one_out_loss(single.x_train, single.y_train, history.w[-1])
        close(history.losses[-1], last)

    line = 4 - 3 * x
    found = nwcore.smooth(x, y, 3.0)
    n, trace = len(x), found.degrees_of_freedom
    mean = found.residual_sum / n

    def banded(function: Callable[..., Any]) -> None:
        band = function(queries, x, y, 3.0, noise=0.5)
        close(band.center, nwcore.local_regression(queries, x, y, 3.0, 2))
        close(
            (band.upper - band.lower) / band.standard_errors,
            [2 * 1.959963984540054] * 50,
        )

    def searched_by(function: Callable[..., Any]) -> None:
        best = function(x, y, "gcv", points=3)
        close(best.loss, nwcore.gcv(x, y, best.w))

    def risk_over_sets(function: Callable[..., Any]) -> None:
        sets, wanted = torch.stack([y, y + 1]), nwcore.true_function(queries)
        found = function(x.expand(2, -1), sets, queries, wanted, ws[15:16])
        one = nwcore.local_regression(queries, x, y, float(ws[15]))
        close(found.bias[0], one + 0.5 - wanted)
        close(found.variance[0], torch.full_like(wanted, 0.25))

    def losses_of_sets(function: Callable[..., Any]) -> None:
        found = function(x.expand(2, -1), torch.stack([y, line]), ws[15:16])
        first = nwcore.local_leave_one_out_loss(x, y, float(ws[15]))
        close(found[:, 0], torch.stack([first, torch.zeros_like(first)]))

    def leading_terms(function: Callable[..., Any]) -> None:
        curvature, density = torch.tensor([[2.0], [0.2]], dtype=torch.float64)
        found = function(ws[:2], 50, 0.5, curvature, density)
        close(found.bias[:, 0], ws[:2] ** -2)
        close(found.variance[:, 0], 0.25 * ws[:2] / (2 * math.sqrt(math.pi) * 50 * 0.2))

    def split_error(function: Callable[..., Any]) -> None:
        found = function(torch.stack([y, y + 2]), y)
        close(found.squared_bias, torch.ones_like(y))
        close(found.variance, torch.ones_like(y))

    calls: dict[str, Callable[[Callable[..., Any]], None]] = {
        "aicc": lambda f: close(
            f(x, y, 3.0), math.log(mean) + 1 + 2 * (trace + 1) / (n - trace - 2)
        ),
        "adaptive_pooling": lambda f: close(
            f(queries, x, y, torch.full_like(queries, 4.0)),
            nwcore.attention_pooling(queries, x, y, 4.0),
        ),
        "adaptive_weights": lambda f: close(f(queries, x, 1 + queries).sum(dim=1), torch.ones(50)),
        "asymptotic_risk": leading_terms,
        "attention_pooling": pooled,
        "attention_weights": lambda f: close(f(queries, x, 4.0).sum(dim=1), torch.ones(50)),
        "average_pooling": lambda f: close(f(y, 2), y.mean().expand(2)),
        "best_w": lambda f: close(f(ws, valley), 3.0),
        "bias_variance": split_error,
        "bootstrap_best_w": lambda f: close(f(ws, valley[None], 5), torch.full((5,), 3.0)),
        "confidence_band": banded,
        "context_losses": task_losses,
        "effective_weights": lambda f: close(f(queries, x, 3.0) @ line, 4 - 3 * queries),
        "find_bandwidth": search,
        "find_bandwidth_by": searched_by,
        "fit": fitted,
        "gcv": lambda f: close(f(x, y, 3.0), mean / (1 - trace / n) ** 2),
        "k_fold_loss": lambda f: close(
            f(x, y, 3.0, folds=n), nwcore.local_leave_one_out_loss(x, y, 3.0)
        ),
        "learn_metric": metric_learned,
        "learn_over_tasks": learned,
        "leave_one_out_curve": curve,
        "leave_one_out_loss": left_out,
        "leave_one_out_losses": losses_of_sets,
        "leave_one_out_pairs": lambda f: close(f(x, y)[0][0], x[1:]),
        "leave_one_out_step": lambda f: close(
            torch.tensor(f(x, y, 3.0)[0], dtype=x.dtype), nwcore.leave_one_out_loss(x, y, 3.0)
        ),
        "local_leave_one_out": lambda f: close(f(x, line, 3.0), line),
        "local_leave_one_out_loss": lambda f: close(
            f(x, y, 3.0), (nwcore.local_leave_one_out(x, y, 3.0) - y).square().sum()
        ),
        "local_regression": lambda f: close(f(queries, x, line, 3.0), 4 - 3 * queries),
        "make_regression": lambda f: close(f(9, dtype=torch.float64).x_test[7], 0.7),
        "make_single_index": single_index,
        "make_tasks": drawn_tasks,
        "noise_from_differences": lambda f: close(f(x, y + line) / f(x, y), 1.0),
        "plug_in_bandwidth": lambda f: close(f(3 * x, y), 3 * f(x, y)),
        "measure_risk": risk_over_sets,
        "nearest_neighbour_w": lambda f: close(f(torch.zeros(1).double(), x, 30), 1 / x[-1:]),
        "rmse": lambda f: close(f(y, y + 2), 2.0),
        "scott_bandwidth": lambda f: close(f(x) / nwcore.silverman_bandwidth(x), 1.059 / 0.9),
        "silverman_bandwidth": lambda f: close(f(3 * x), 3 * f(x)),
        "smooth": lambda f: close(f(x, line, 3.0).fitted, line),
        "smoother_matrix": lambda f: close(f(x, 3.0).trace(), trace),
        "theoretical_w": lambda f: close(f(32, 1, 2.0) / f(1, 1, 1.0), 2**1.8),
        "true_function": lambda f: close(f(torch.tensor([1.0]).double()), [2 * math.sin(1) + 1]),
    }
    public = {name for name in nwcore.__all__ if inspect.isfunction(getattr(nwcore, name))}
    assert set(calls) == public, f"not as nwcore.__all__: {sorted(set(calls) ^ public)}"
    for name, check in calls.items():
        check(getattr(nwcore, name))

    from nwcore.datasets import load_gapminder, load_mcycle

    close(load_mcycle().accel.min(), -134.0)
    close(load_gapminder("Vietnam", 2007).year, [2007])

    prediction = nwcore.NWKernelRegression(4.0, dtype=torch.float64)(queries, x, y)
    close(prediction, nwcore.attention_pooling(queries, x, y, 4.0))


def check_refusal(subject: str, action: Callable[[], object], extra: str = "book") -> None:
    """See that the action ends in an ImportError that names the extra."""
    message = "no ImportError"
    try:
        action()
    except ImportError as error:
        message = str(error)
    command = re.escape(f'pip install "nwcore[{extra}]"')
    assert re.fullmatch(rf"{re.escape(subject)} needs .*: {command}", message), message


def alone() -> None:
    there = [name for name in EXTRA if find_spec(name)]
    assert not there, f"this environment is not as poor as it should be: {there}"
    compute()
    import torch

    import nwcore

    for module, extra in (
        ("nwcore.plotting", "book"),
        ("nwcore.explorers", "book"),
        ("nwcore.sklearn", "sklearn"),
    ):
        check_refusal(module, partial(importlib.import_module, module), extra)
    x = torch.linspace(0, 1, 5)
    pool = partial(nwcore.attention_pooling, x, x, x, method="linear")
    close(pool(), nwcore.attention_pooling(x, x, x), rtol=1e-5)
    check_refusal("progress=True", partial(pool, progress=True))

    from nwcore.words import set_language

    set_language("vi")


def book() -> None:
    missing = [name for name in EXTRA if name not in ("yaml", "sklearn") if not find_spec(name)]
    assert not missing, f"the extra does not bring {missing}"
    assert not find_spec("dask")
    import torch

    import nwcore
    from nwcore.explorers import (
        AttentionExplorer,
        ContextExplorer,
        KernelExplorer,
        MetricExplorer,
        TrainingExplorer,
    )
    from nwcore.plotting import plot_regression, show_heatmaps
    from nwcore.words import set_language

    data = nwcore.make_regression()
    weights = nwcore.attention_weights(data.x_test, data.x_train)
    for language, label in (("vi", "hàm thật"), ("en", "truth")):
        set_language(language)
        svg = plot_regression(data, weights @ data.y_train).svg
        assert svg.lstrip().startswith("<svg")
        assert label in svg
    assert "<image" in show_heatmaps(weights).svg
    for explorer in (
        AttentionExplorer(w=4.9),
        ContextExplorer(steps=2),
        KernelExplorer(),
        MetricExplorer(steps=2),
        TrainingExplorer(steps=2),
    ):
        shown, _ = explorer._repr_mimebundle_()
        assert {"application/vnd.jupyter.widget-view+json", "image/svg+xml"} <= set(shown)
        assert len(explorer._esm) > 1000
        assert len(explorer._css) > 100
    x = torch.linspace(0, 1, 5)
    nwcore.attention_pooling(x, x, x, method="linear", progress=True)
    assert "tqdm" in sys.modules


def sklearn() -> None:
    assert not [name for name in EXTRA if name != "sklearn" and find_spec(name)]
    import torch

    import nwcore
    from nwcore.sklearn import KernelRegressor

    data = nwcore.make_regression(dtype=torch.float64)
    model = KernelRegressor(w=4.0).fit(data.x_train[:, None].numpy(), data.y_train.numpy())
    found = model.predict(data.x_test[:, None].numpy())
    close(found, nwcore.attention_pooling(data.x_test, data.x_train, data.y_train, 4.0))


if __name__ == "__main__":
    import nwcore

    assert nwcore.__file__.startswith(sys.prefix), f"{nwcore.__file__} is not the installed one"
    {"alone": alone, "book": book, "sklearn": sklearn}[sys.argv[1]]()
