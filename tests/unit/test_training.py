"""Training: every loss belongs to its w, every step is the step, and what the book says of it."""

import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from kernel_contract import COMPACT, SMOOTH
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from nwcore import (
    KERNELS,
    FitHistory,
    NWKernelRegression,
    attention_pooling,
    fit,
    leave_one_out_loss,
    leave_one_out_pairs,
    make_regression,
    rmse,
)

FLOATS = [torch.float32, torch.float64]
every_dtype = pytest.mark.parametrize("dtype", FLOATS)


def training_set(dtype: torch.dtype = torch.float64, n: int = 13) -> tuple[Tensor, Tensor]:
    data = make_regression(n_train=n, seed=2, dtype=dtype)
    return data.x_train, data.y_train


def loss_and_slope(x: Tensor, y: Tensor, w: float) -> tuple[float, float]:
    """Leave-one-out loss and its derivative in w, from the formulas on paper, pair by pair."""
    loss, slope = 0.0, 0.0
    for i in range(len(x)):
        pairs = [(float(x[j]), float(y[j])) for j in range(len(x)) if j != i]
        squared = np.array([(float(x[i]) - key) ** 2 for key, _ in pairs])
        values = np.array([value for _, value in pairs])
        weights = np.exp(-0.5 * w**2 * squared)
        weights /= weights.sum()
        predicted = weights @ values
        # dα/dw = −w α (d² − Σ α d²)
        change = -w * weights * (squared - weights @ squared)
        error = predicted - float(y[i])
        loss += error**2
        slope += 2 * error * float(change @ values)
    return loss, slope


@every_dtype
def test_one_step_by_hand(dtype: torch.dtype) -> None:
    x, y = training_set(dtype)
    model = NWKernelRegression(w=0.6, dtype=dtype)
    history = fit(model, x, y, lr=0.05, epochs=1)
    loss, slope = loss_and_slope(x, y, 0.6)
    after = 0.6 - 0.05 * slope
    assert abs(after - 0.6) > 0.1
    assert history.w == pytest.approx((0.6, after), rel=1e-4)
    assert history.losses == pytest.approx((loss, loss_and_slope(x, y, after)[0]), rel=1e-4)


@pytest.mark.parametrize("lr", [0.01, 0.5])
def test_every_step_by_hand(lr: float) -> None:
    x, y = training_set()
    history = fit(NWKernelRegression(w=0.6, dtype=torch.float64), x, y, lr=lr, epochs=4)
    for before, after in zip(history.w[:-1], history.w[1:], strict=True):
        assert after == pytest.approx(before - lr * loss_and_slope(x, y, before)[1], rel=1e-9)


@every_dtype
def test_each_loss_belongs_to_the_w_beside_it(dtype: torch.dtype) -> None:
    x, y = training_set(dtype)
    model = NWKernelRegression(seed=5, dtype=dtype)
    start = float(model.w.detach())
    history = fit(model, x, y, epochs=3)
    assert isinstance(history, FitHistory)
    assert len(history.losses) == len(history.w) == 4
    assert history.w[0] == start
    assert history.w[-1] == float(model.w.detach())
    assert len(set(history.w)) == 4
    for w, loss in zip(history.w, history.losses, strict=True):
        assert loss == pytest.approx(float(leave_one_out_loss(x, y, w)), rel=1e-5)


def test_defaults_are_those_of_the_book() -> None:
    x, y = training_set()
    plain, spelt_out = (NWKernelRegression(seed=1, dtype=torch.float64) for _ in range(2))
    history = fit(plain, x, y)
    assert history == fit(spelt_out, x, y, lr=0.5, epochs=5)
    assert len(history.losses) == 6


def test_on_epoch_hears_the_start_and_every_epoch() -> None:
    heard: list[tuple[int, float, float]] = []
    history = fit(
        NWKernelRegression(w=0.6, dtype=torch.float64),
        *training_set(),
        epochs=3,
        on_epoch=lambda *call: heard.append(call),
    )
    assert heard == list(zip(range(4), history.losses, history.w, strict=True))


def test_no_weights_are_made() -> None:
    x, y = training_set()
    model = NWKernelRegression(w=0.6, dtype=torch.float64)
    fit(model, x, y, epochs=2)
    assert model.attention_weights is None
    model(x, x, y)
    kept = model.attention_weights
    fit(model, x, y, epochs=2)
    assert model.attention_weights is kept


@pytest.mark.parametrize("n", [50, 500])  # summed pair by pair, and fast
@pytest.mark.parametrize("kernel", SMOOTH)
@every_dtype
def test_every_kernel_descends_its_own_loss(kernel: str, n: int, dtype: torch.dtype) -> None:
    x, y = training_set(torch.float64, n)
    lr = 0.02 / n
    history = fit(
        NWKernelRegression(w=-0.9, kernel=kernel, dtype=dtype), x.to(dtype), y.to(dtype), lr, 3
    )
    keys, values = leave_one_out_pairs(x, y)
    tolerance = 1e-9 if dtype is torch.float64 else 1e-4
    for epoch, (w, loss) in enumerate(zip(history.w, history.losses, strict=True)):
        parameter = torch.tensor(w, dtype=torch.float64, requires_grad=True)
        expected = (attention_pooling(x, keys, values, parameter, kernel) - y).square().sum()
        assert loss == pytest.approx(float(expected.detach()), rel=tolerance)
        (derivative,) = torch.autograd.grad(expected, parameter)
        if epoch < 3:
            assert history.w[epoch + 1] == pytest.approx(w - lr * float(derivative), rel=tolerance)
    assert len(set(history.w)) == 4
    assert history.losses[-1] < history.losses[0]


def test_many_points_take_memory_of_few_arrays() -> None:
    # A tensor of 20,000 × 20,000 weights would hold 3.2 GB.
    x, y = training_set(torch.float64, 20_000)
    largest = 0

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            nonlocal largest
            out = function(*args, **(kwargs or {}))
            if isinstance(out, Tensor):
                largest = max(largest, out.numel())
            return out

    with Watch():
        fit(NWKernelRegression(w=5.0, dtype=torch.float64), x, y, 1e-6, 1)
    assert largest < 300 * len(x)


def test_training_needs_no_gradient_mode_and_leaves_the_data_alone() -> None:
    x, y = training_set()
    expected = fit(NWKernelRegression(w=0.6, dtype=torch.float64), x, y)
    with torch.no_grad():
        assert fit(NWKernelRegression(w=0.6, dtype=torch.float64), x, y) == expected
    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    assert fit(NWKernelRegression(w=0.6, dtype=torch.float64), x, y) == expected
    assert x.grad is None
    assert y.grad is None


def test_w_and_minus_w_are_the_same_model() -> None:
    plus, minus = (
        fit(NWKernelRegression(w=w, dtype=torch.float64), *training_set(), epochs=4)
        for w in (0.6, -0.6)
    )
    assert minus.losses == plus.losses
    assert minus.w == tuple(-w for w in plus.w)


def test_w_0_is_a_stationary_point() -> None:
    history = fit(NWKernelRegression(w=0.0, dtype=torch.float64), *training_set(), epochs=2)
    assert history.w == (0, 0, 0)


# --- divergence ---


def start_that_diverges_in_the_second_epoch(x: Tensor, y: Tensor, lr: float) -> float:
    """A w so small that its own step, −lr · curvature · w, leads to 1, where the loss is steep."""
    w = 1e-20
    curvature = loss_and_slope(x, y, w)[1] / w
    return -1 / curvature / lr


@pytest.mark.parametrize(
    ("start", "epochs", "epoch"),
    [
        pytest.param("near", 3, 1, id="first"),
        pytest.param("far", 3, 2, id="middle"),
        pytest.param("far", 2, 2, id="last"),
        pytest.param("near", 1, 1, id="only"),
    ],
)
def test_the_epoch_in_which_training_diverged_is_named(start: str, epochs: int, epoch: int) -> None:
    x, y = training_set()
    lr = 1.5e308
    w = 0.6 if start == "near" else start_that_diverges_in_the_second_epoch(x, y, lr)
    model = NWKernelRegression(w=w, dtype=torch.float64)
    heard: list[int] = []
    with pytest.raises(
        FloatingPointError,
        match=rf"diverged in epoch {epoch} of {epochs} with lr=1\.5e\+308: w = inf has no finite",
    ):
        fit(model, x, y, lr, epochs, on_epoch=lambda e, loss, w: heard.append(e))
    assert model.w.tolist() == [w]
    assert heard == list(range(epoch))
    if epoch > 1:  # and up to there all is well
        assert fit(model, x, y, lr, epoch - 1).w[-1] == pytest.approx(1.0, rel=1e-6)


def test_a_loss_beyond_the_number_range_is_an_error_before_any_step() -> None:
    x, y = training_set(torch.float32)
    model = NWKernelRegression(w=0.6)
    with pytest.raises(ValueError, match=r"y_train must have a finite sum of squared errors"):
        fit(model, x, y * 1e30)
    assert model.w.tolist() == pytest.approx([0.6])


@pytest.mark.parametrize("kernel", [name for name in SMOOTH if name in COMPACT])
def test_a_step_that_leaves_a_point_alone_is_divergence(kernel: str) -> None:
    x, y = training_set()
    model = NWKernelRegression(w=0.6, kernel=kernel, dtype=torch.float64)
    with pytest.raises(
        FloatingPointError,
        match=rf"diverged in epoch 1 of 5 .* x_train\[\d+\] .* of the {kernel} kernel .* to 0\.6\)",
    ):
        fit(model, x, y, lr=10.0)
    assert model.w.tolist() == [0.6]
    alone = NWKernelRegression(w=60.0, kernel=kernel, dtype=torch.float64)
    with pytest.raises(
        ValueError, match=rf"x_train\[\d+\] .* reach of the {kernel} kernel at w = 60"
    ):
        fit(alone, x, y)


def test_a_model_that_diverged_can_be_trained_again() -> None:
    x, y = training_set(torch.float32)
    model = NWKernelRegression(w=0.6)
    with pytest.raises(FloatingPointError):
        fit(model, x, y, lr=3e38)
    assert fit(model, x, y) == fit(NWKernelRegression(w=0.6), x, y)


# --- bad input ---


@pytest.mark.parametrize("kernel", [name for name in KERNELS if name not in SMOOTH])
def test_a_loss_without_a_derivative_is_not_trained(kernel: str) -> None:
    model = NWKernelRegression(w=0.3, kernel=kernel, dtype=torch.float64)
    with pytest.raises(ValueError, match=rf"model\.kernel must not be flat, got '{kernel}'"):
        fit(model, *training_set())


def test_other_devices_are_refused() -> None:
    x, y = training_set()
    model = NWKernelRegression(w=0.6, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"x_train .*meta"):
        fit(model, x.to("meta"), y)
    with pytest.raises(ValueError, match=r"y_train .*meta"):
        fit(model, x, y.to("meta"))
    assert model.w.tolist() == [0.6]
    with pytest.raises(ValueError, match=r"model\.w .*meta"):
        fit(model.to("meta"), x, y)


def test_a_parameter_that_is_no_number_is_refused() -> None:
    model = NWKernelRegression(w=0.6, dtype=torch.float64)
    with torch.no_grad():
        model.w.fill_(math.nan)
    with pytest.raises(ValueError, match=r"model\.w must be finite"):
        fit(model, *training_set())


# --- what the book says of the fixed settings, measured on 200 data sets ---

N_SETS = 200


@pytest.fixture(scope="module")
def runs() -> dict[str, Tensor]:
    """One row a data set: inverse bandwidths, and test errors of the four predictors."""
    grid = torch.logspace(-0.5, 2, 36, dtype=torch.float64).tolist()
    columns: dict[str, list[float]] = {}
    for seed in range(N_SETS):
        data = make_regression(seed=seed, dtype=torch.float64)
        x, y = data.x_train, data.y_train
        history = fit(NWKernelRegression(seed=seed, dtype=torch.float64), x, y)
        optimum = min(grid, key=lambda w: float(leave_one_out_loss(x, y, w)))
        row = {
            "first step": abs(history.w[1]),
            "end": history.w[-1],
            "optimum": optimum,
            "fell": float(history.losses[-1] < history.losses[0]),
        }
        for name, w in [("average", 0), ("w=1", 1), ("trained", history.w[-1]), ("best", optimum)]:
            row[name] = rmse(attention_pooling(data.x_test, x, y, w), data.y_test)
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {name: torch.tensor(column) for name, column in columns.items()}


@pytest.mark.parametrize(
    ("name", "median", "tolerance"),
    [
        ("first step", 12, 3),
        ("optimum", 4.2, 0.7),
        ("average", 0.95, 0.03),
        ("w=1", 0.64, 0.03),
        ("trained", 0.33, 0.03),
        ("best", 0.24, 0.03),
    ],
)
def test_medians_over_200_data_sets(
    runs: dict[str, Tensor], name: str, median: float, tolerance: float
) -> None:
    assert float(runs[name].median()) == pytest.approx(median, abs=tolerance)


def test_shares_of_200_data_sets(runs: dict[str, Tensor]) -> None:
    ratio = runs["end"].abs() / runs["optimum"]
    shares = [
        (ratio > 3, 0.42),
        ((ratio - 1).abs() < 0.25, 0.21),
        (runs["end"] < 0, 0.04),
        (runs["fell"] == 1, 0.98),
    ]
    for happened, share in shares:
        # Measured on 200 sets there and on 200 others here: three standard errors.
        tolerance = 3 * math.sqrt(2 * share * (1 - share) / N_SETS)
        assert float(happened.double().mean()) == pytest.approx(share, abs=tolerance)


# --- the benchmark; no time is asserted ---


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is asked of Linux")
def test_the_benchmark_reports_times_and_memory() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "training.py"
    command = [sys.executable, str(script), "--n", "400", "--rounds", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.fullmatch(
        r"n = 400: an epoch of fit -?[\d.]+ ms, a loss with its derivative [\d.]+ ms, "
        r"ratio -?[\d.]+; memory [\d.]+ MiB and [\d.]+ MiB\n",
        ran.stdout,
    )
