"""Choosing the bandwidth: against leaving out, looking everywhere, and other people's code."""

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from bandwidth_problems import SEARCHED, look_everywhere, losses_of, random_problem
from kernel_contract import SMOOTH
from statsmodels.nonparametric.bandwidths import bw_scott, bw_silverman
from statsmodels.nonparametric.kernel_regression import KernelReg
from torch import Tensor

from nwcore import (
    BandwidthSearch,
    attention_pooling,
    bandwidth,
    find_bandwidth,
    leave_one_out_curve,
    leave_one_out_loss,
    leave_one_out_pairs,
    make_regression,
    scott_bandwidth,
    silverman_bandwidth,
)
from nwcore.kernels import KERNELS, Kernel, register, unregister


def data_set(seed: int, n: int = 50) -> tuple[Tensor, Tensor]:
    data = make_regression(n_train=n, seed=seed, dtype=torch.float64)
    return data.x_train, data.y_train


every_kernel = pytest.mark.parametrize("kernel", SEARCHED)
# Those whose loss is taken to pieces between which it is smooth.
PIECEWISE = [name for name in SEARCHED if bandwidth._compact_power(KERNELS[name]) is not None]
in_pieces = pytest.mark.parametrize("kernel", PIECEWISE)


def vector(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


# --- the curve ---


@every_kernel
def test_the_curve_is_the_loss_of_pooling_over_the_others(kernel: str) -> None:
    x, y = data_set(3)
    w = vector(0.0, -0.3, 0.9, 1.2)
    keys, values = leave_one_out_pairs(x, y)
    expected = [
        float((attention_pooling(x, keys, values, float(number), kernel) - y).square().sum())
        for number in w
    ]
    curve = leave_one_out_curve(x, y, w, kernel)
    assert torch.equal(curve.w, w)
    np.testing.assert_allclose(curve.losses.numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("n", [50, 1500])
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_the_derivatives_are_those_of_the_curve(kernel: str, n: int) -> None:
    x, y = data_set(3, n)
    w = vector(-0.5, 3.0, 4.5)
    step = 1e-6
    curve = leave_one_out_curve(x, y, w, kernel)
    up, down = (leave_one_out_curve(x, y, w * (1 + sign * step), kernel) for sign in (1, -1))
    differences = (up.losses - down.losses) / (2 * step * w)
    torch.testing.assert_close(curve.derivatives, differences, rtol=1e-4, atol=1e-4)


def test_the_curve_keeps_the_dtype() -> None:
    data = make_regression(seed=3)
    curve = leave_one_out_curve(data.x_train, data.y_train, torch.tensor([1.0, 2.0]))
    assert {t.dtype for t in (curve.w, curve.losses, curve.derivatives)} == {torch.float32}


# --- the least loss ---


def missed(x: Tensor, y: Tensor, search: BandwidthSearch, w: np.ndarray, losses: np.ndarray) -> str:
    """What a search that looks everywhere has found and this one has not; "" for nothing."""
    norms = np.sqrt(losses)
    # Two sums of the same squares differ by rounding, relative to the values.
    noise = 1e-9 * math.sqrt(len(x)) * float((y - y.median()).abs().max())
    if math.sqrt(search.loss) > norms.min() + noise:
        return f"least loss {losses.min():g} at w = {w[losses.argmin()]:g}, got {search}"
    for i in range(1, len(w) - 1):
        if max(norms[i] - norms[i - 1], norms[i] - norms[i + 1]) < -noise and not any(
            w[i - 1] * (1 - 1e-9) <= found <= w[i + 1] * (1 + 1e-9)
            and math.sqrt(loss) <= norms[i] + noise
            for found, loss in search.minima
        ):
            return f"minimum {losses[i]:g} at w = {w[i]:g}, got {search}"
    return ""


@pytest.mark.parametrize("kernel", ["gaussian", *PIECEWISE])  # as promised of these
def test_no_minimum_is_missed_among_random_sets(kernel: str) -> None:
    for seed in range(1000, 1036):
        x, y = random_problem(seed)
        search = find_bandwidth(x, y, kernel)
        everywhere = look_everywhere(x.numpy(), y.numpy(), kernel, search.low, search.high, 500)
        assert missed(x, y, search, *everywhere) == "", f"seed {seed}"


@every_kernel
def test_the_search_gives_what_it_says(kernel: str) -> None:
    for seed in range(6):
        x, y = random_problem(seed)
        search = find_bandwidth(x, y, kernel)
        w, losses = (np.array(column) for column in zip(*search.minima, strict=True))
        assert (search.w, search.loss) in search.minima
        assert search.loss == losses.min()
        assert search.bandwidth == 1 / search.w
        assert (np.diff(w) > 0).all()
        assert search.low <= w[0] <= w[-1] <= search.high
        np.testing.assert_allclose(
            losses, losses_of(x.numpy(), y.numpy(), w, kernel), rtol=1e-9, atol=1e-24
        )


@pytest.mark.parametrize(("seed", "valleys"), [(6, 1), (19, 2), (20, 2), (32, 2)])
def test_every_minimum_of_fifty_points_is_listed_once(seed: int, valleys: int) -> None:
    x, y = data_set(seed)
    search = find_bandwidth(x, y)
    w = torch.from_numpy(np.geomspace(search.low, search.high, 300))
    curve = leave_one_out_curve(x, y, w)
    assert search.loss <= float(curve.losses.min()) * (1 + 1e-12)
    inside = [w for w, _ in search.minima if search.low < w < search.high]
    turns = (curve.derivatives[:-1] < 0) & (curve.derivatives[1:] >= 0)
    assert len(inside) == int(turns.sum()) == valleys


@pytest.mark.parametrize("kernel", SMOOTH)
def test_every_minimum_is_one(kernel: str) -> None:
    x, y = data_set(1)
    search = find_bandwidth(x, y, kernel)
    for w, loss in search.minima:
        here = float(leave_one_out_loss(x, y, w, kernel))
        assert loss == pytest.approx(here, rel=1e-13)
        for near in (w * 0.9999, w * 1.0001):
            if search.low <= near <= search.high:
                assert here < float(leave_one_out_loss(x, y, near, kernel))


@pytest.mark.parametrize("kernel", SMOOTH)
def test_a_smooth_minimum_is_where_the_derivative_vanishes(kernel: str) -> None:
    x, y = data_set(6)
    w = find_bandwidth(x, y, kernel).w
    near = leave_one_out_curve(x, y, vector(w * (1 - 1e-7), w * (1 + 1e-7)), kernel)
    before, after = near.derivatives.tolist()
    assert before < 0 < after


def test_a_kink_may_be_the_minimum() -> None:
    # Between 1/0.9 and 1/0.8 the first two points lose sight of the third, which pulls them off.
    x, y = vector(0.0, 0.1, 0.9, 1.0), vector(0.0, 0.0, 1.0, 1.0)
    search = find_bandwidth(x, y, "triangular")
    assert search.loss == 0
    # Every point sees only its twin from w = 1/0.8 on: a plateau up to the end of the range.
    assert search.w == pytest.approx(math.sqrt(search.high / 0.8), rel=1e-9)
    assert search.at_edge
    y = vector(0.0, 0.3, 0.0, 0.3)
    kink = find_bandwidth(x, y, "triangular", low=1.01, high=1.2)
    assert min(abs(kink.w - place) for place in (1 / 0.9, 1.01, 1.2)) < 1e-9


def test_steps_of_the_boxcar_by_hand() -> None:
    # Distances 1, 2, 3: errors with all; with the nearer ones up to 2; with neighbours at 1.
    x, y = vector(0.0, 1.0, 3.0), vector(2.0, 5.0, 11.0)
    search = find_bandwidth(x, y, "boxcar")
    assert search.high == pytest.approx(0.5, rel=1e-8)
    # w ≤ 1/3: (8−2)² + (6.5−5)² + (3.5−11)²; w in (1/3, ½]: 3² + 1.5² + 6²
    assert [loss for _, loss in search.minima] == pytest.approx([47.25])
    assert search.w == pytest.approx(math.sqrt(1 / 3 * 1 / 2), rel=1e-8)
    assert search.at_edge
    flat = find_bandwidth(x, y, "boxcar", low=0.1, high=0.3)
    assert (flat.w, flat.loss) == pytest.approx((math.sqrt(0.03), 94.5))


def test_equal_distances_that_rounding_parts_are_one_breakpoint() -> None:
    x = torch.linspace(0, 1, 11, dtype=torch.float64)
    y = vector(*(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0))
    for w, _ in find_bandwidth(x, y, "boxcar").minima:
        steps = 1 / (w * 0.1)  # in units of the grid's: in the middle between two whole numbers
        assert min(abs(steps - math.sqrt(k * (k + 1))) for k in range(1, 11)) < 1e-6 or w < 1.0


@in_pieces
def test_for_more_points_a_grid_takes_over(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bandwidth.ALL_PIECES_UP_TO == 100  # as documented
    x, y = data_set(6, 30)
    pieces = find_bandwidth(x, y, kernel)
    monkeypatch.setattr(bandwidth, "ALL_PIECES_UP_TO", 30)
    assert find_bandwidth(x, y, kernel) == pieces
    monkeypatch.setattr(bandwidth, "ALL_PIECES_UP_TO", 29)
    grid = find_bandwidth(x, y, kernel, points=12)
    assert (grid.low, grid.high) == (pieces.low, pieces.high)
    if KERNELS[kernel].flat:
        assert pieces.loss < grid.loss < 1.2 * pieces.loss
    else:
        assert (grid.w, grid.loss) == pytest.approx((pieces.w, pieces.loss), rel=1e-8)


@every_kernel
def test_no_point_of_the_grid_does_better_for_many_points(kernel: str) -> None:
    x, y = data_set(4, 200)
    search = find_bandwidth(x, y, kernel, points=4)
    count = math.ceil(math.log(search.high / search.low) * 4) + 1
    w = torch.from_numpy(np.geomspace(search.low, search.high, count)[1:-1])
    curve = leave_one_out_curve(x, y, w, kernel)
    assert search.loss <= float(curve.losses.min()) * (1 + 1e-9)
    assert float(leave_one_out_loss(x, y, search.w, kernel)) == pytest.approx(search.loss)
    if not KERNELS[kernel].flat:
        assert search.loss < float(curve.losses.min())
        found = [w for w, _ in search.minima if search.low < w < search.high]
        derivatives = curve.derivatives.tolist()
        assert len(found) >= sum(a < 0 < b for a, b in pairwise(derivatives))


def test_a_derivative_that_rounds_to_either_sign_brackets_a_root() -> None:
    """At one place of the grid it is 0 but for rounding, which depends on the sums beside it."""
    quartic = Kernel(
        "quartic",
        value=lambda u: 15 / 16 * (1 - u.clamp(-1, 1) ** 2) ** 2,
        derivative=lambda u: -15 / 4 * u.clamp(-1, 1) * (1 - u.clamp(-1, 1) ** 2),
        support=1.0,
        polynomial=(15 / 16, 0.0, -15 / 8, 0.0, 15 / 16),
    )
    x, y = random_problem(1008)
    register(quartic)
    try:
        search = find_bandwidth(x, y, "quartic")
        w = torch.from_numpy(np.geomspace(search.low, search.high, 200)[1:-1])
        losses = leave_one_out_curve(x, y, w, "quartic").losses
    finally:
        unregister("quartic")
    assert search.loss <= float(losses.min()) * (1 + 1e-9)


# --- the range ---


def test_noise_alone_is_best_averaged_and_the_search_says_so() -> None:
    generator = torch.Generator().manual_seed(9)
    x = torch.linspace(0, 1, 60, dtype=torch.float64)
    y = torch.randn(60, generator=generator, dtype=torch.float64)
    for kernel in ("gaussian", "epanechnikov"):
        search = find_bandwidth(x, y, kernel)
        assert search.at_edge
        assert search.w == search.low
        assert search.minima[0] == (search.low, search.loss)


def test_a_minimum_may_lie_at_the_upper_end() -> None:
    x = torch.linspace(0, 1, 30, dtype=torch.float64)
    for kernel in SMOOTH:
        search = find_bandwidth(x, torch.sin(9 * x), kernel, low=0.5, high=3.0)
        assert search.at_edge
        assert (search.low, search.high, search.w) == (0.5, 3.0, 3.0)
        assert search.minima[-1] == (3.0, search.loss)


def test_the_range_can_be_given() -> None:
    x, y = data_set(6)
    free = find_bandwidth(x, y)
    assert not free.at_edge
    assert find_bandwidth(x, y, low=1.0, high=20.0).w == pytest.approx(free.w, rel=1e-9)
    below = find_bandwidth(x, y, low=0.5, high=2.0)
    assert (below.low, below.high) == (0.5, 2.0)
    assert below.at_edge
    assert below.w == 2.0
    assert find_bandwidth(x, y, low=free.w, high=20.0).w == pytest.approx(free.w)
    assert find_bandwidth(x, y, low=1.0, high=free.w).w == pytest.approx(free.w)


@every_kernel
def test_the_default_range_is_the_documented_one(kernel: str) -> None:
    x, y = vector(0.0, 2.0, 3.0, 7.0, 7.5), vector(1.0, 4.0, 2.0, 0.0, 3.0)
    search = find_bandwidth(x, y, kernel)
    nearest = [2, 1, 1, 0.5, 0.5]
    high = (1 - 1e-9) / max(nearest) if KERNELS[kernel].compact else 1 / np.median(nearest)
    assert search.low == pytest.approx(0.1 / 7.5, rel=1e-14)
    assert search.high == pytest.approx(high, rel=1e-14)
    doubled = find_bandwidth(x.repeat(2), y.repeat(2) + vector(*range(10)), kernel)
    gaps = [2, 1, 4, 0.5]
    # torch.median takes the lower of two middle numbers
    high = 2 / min(gaps) if KERNELS[kernel].compact else 1 / sorted(gaps)[1]
    assert doubled.high == pytest.approx(high, rel=1e-14)


@in_pieces
def test_with_duplicates_only_the_last_step_is_searched_too(kernel: str) -> None:
    # Far pairs disagree: it is best to see the duplicate alone, beyond the last breakpoint.
    x, y = vector(0.0, 0.0, 1.0, 1.0), vector(2.0, 2.0, 5.0, 5.0)
    search = find_bandwidth(x, y, kernel)
    assert search.loss == 0
    assert (search.w, search.high) == pytest.approx((math.sqrt(2), 2.0))
    assert search.at_edge


@in_pieces
def test_a_range_beyond_the_last_neighbour_is_refused(kernel: str) -> None:
    x, y = vector(0.0, 1.0, 3.0), vector(2.0, 5.0, 11.0)
    with pytest.raises(ValueError, match=r"high must be below 0\.5, .* other in reach, got 0\.6"):
        find_bandwidth(x, y, kernel, high=0.6)
    with pytest.raises(ValueError, match=r"below high, got low = 0\.6 and high = 0\.5"):
        find_bandwidth(x, y, kernel, low=0.6)
    assert find_bandwidth(x, y, kernel, high=0.4999).high == 0.4999


@every_kernel
def test_a_range_may_span_all_numbers(kernel: str) -> None:
    x, y = data_set(6)
    # The cosine ends in a kink, and so does its loss at every breakpoint, between points of a grid.
    points = 64 if kernel == "cosine" else 8
    usual = find_bandwidth(x, y, kernel, points=points)
    high = 1e12 if kernel == "gaussian" else None
    wide = find_bandwidth(x, y, kernel, low=1e-320, high=high, points=points)
    assert wide.low == 1e-320
    assert (wide.w, wide.loss) == pytest.approx((usual.w, usual.loss), rel=1e-8)
    average = find_bandwidth(x, y, kernel, low=1e-320, high=1e-310)
    assert average.loss == pytest.approx(float(leave_one_out_loss(x, y, 0.0, "constant")))
    assert 1e-320 <= average.w <= 1e-310


@every_kernel
@pytest.mark.parametrize(
    ("of_x", "of_y"), [(1e-100, 1e-120), (1e-290, 1e-200), (1e300, 1e300), (1e3, -1.0), (-1e-9, 1)]
)
def test_the_search_follows_the_units(of_x: float, of_y: float, kernel: str) -> None:
    x, y = data_set(6)
    usual, scaled = find_bandwidth(x, y, kernel), find_bandwidth(x * of_x, y * of_y, kernel)
    factor = abs(of_x)
    assert scaled.w * factor == pytest.approx(usual.w, rel=1e-8)
    assert scaled.bandwidth / factor == pytest.approx(usual.bandwidth, rel=1e-8)
    assert (scaled.low * factor, scaled.high * factor) == pytest.approx((usual.low, usual.high))
    assert len(scaled.minima) == len(usual.minima)
    # Where y² is no float64, the loss is not; w is.
    expected = usual.loss * of_y * of_y if abs(of_y) < 1e150 else math.inf
    assert scaled.loss == pytest.approx(expected, rel=1e-8, abs=0)


@every_kernel
def test_the_search_does_not_follow_where_zero_lies(kernel: str) -> None:
    x, y = data_set(6)
    usual, moved = find_bandwidth(x, y, kernel), find_bandwidth(x + 64.0, y + 1e6, kernel)
    assert (moved.w, moved.loss) == pytest.approx((usual.w, usual.loss), rel=1e-6)


@every_kernel
def test_a_range_of_inputs_beyond_the_numbers(kernel: str) -> None:
    far = find_bandwidth(vector(-1.5e308, 1.5e308, 0.0, 0.5e308), vector(1, 2, 4, 5), kernel)
    near = find_bandwidth(vector(-1.5, 1.5, 0.0, 0.5), vector(1, 2, 4, 5), kernel)
    assert far.w * 1e308 == pytest.approx(near.w, rel=1e-6)
    with pytest.raises(ValueError, match=r"range whose inverse is a float64, got 9\.\d+e-321"):
        find_bandwidth(vector(0.0, 3e-321, 1e-320), vector(1, 2, 4), kernel)


@every_kernel
def test_constant_values_leave_every_w_alike(kernel: str) -> None:
    x, _ = data_set(6)
    search = find_bandwidth(x, torch.full_like(x, 0.1), kernel)
    middle = math.sqrt(search.low * search.high)
    assert search.minima == ((pytest.approx(middle), 0.0),)
    assert search.at_edge


@every_kernel
def test_two_points_leave_every_w_alike(kernel: str) -> None:
    search = find_bandwidth(vector(3.0, 5.0), vector(1.0, 4.0), kernel)
    middle = math.sqrt(search.low * search.high)
    assert search.minima == ((pytest.approx(middle), pytest.approx(18.0)),)
    assert search.at_edge


def test_float32_is_searched_in_float64() -> None:
    x, y = (numbers.float() for numbers in data_set(6))
    assert find_bandwidth(x, y) == find_bandwidth(x.double(), y.double())


def test_scipy_is_imported_by_those_who_search_alone() -> None:
    code = "import sys, nwcore; print(any(name.startswith('scipy') for name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# --- other people's code ---


def test_the_curve_agrees_with_statsmodels() -> None:
    x, y = data_set(6)
    oracle = KernelReg(y.numpy(), x.numpy(), var_type="c", reg_type="lc", bw=[0.5])
    w = torch.tensor([0.7, 2.0, 4.9, 9.0], dtype=torch.float64)
    expected = [
        float(np.squeeze(oracle.cv_loo(np.array([1 / float(number)]), oracle._est_loc_constant)))
        for number in w
    ]
    curve = leave_one_out_curve(x, y, w)
    np.testing.assert_allclose(curve.losses.numpy() / len(x), expected, rtol=1e-10)


def test_the_least_loss_agrees_with_the_cross_validated_bandwidth_of_statsmodels() -> None:
    x, y = data_set(6)
    oracle = KernelReg(y.numpy(), x.numpy(), var_type="c", reg_type="lc", bw="cv_ls")
    assert 1 / find_bandwidth(x, y).w == pytest.approx(float(oracle.bw[0]), abs=1e-4)


@pytest.mark.parametrize(
    ("rule", "oracle"), [(silverman_bandwidth, bw_silverman), (scott_bandwidth, bw_scott)]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rules_of_thumb_agree_with_statsmodels(rule, oracle, seed: int) -> None:  # type: ignore[no-untyped-def]
    x, _ = data_set(seed)
    for inputs in (
        x,
        torch.randn(501, generator=torch.Generator().manual_seed(seed)).double() ** 3,
    ):
        assert rule(inputs) == pytest.approx(float(oracle(inputs.numpy())), rel=1e-12)


def test_a_rule_survives_an_empty_middle_half() -> None:
    x = torch.cat([torch.zeros(90), torch.linspace(0, 1, 10)]).double()
    assert silverman_bandwidth(x) == pytest.approx(0.9 * float(x.std()) * 100**-0.2)


# --- bad input ---


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"kernel": "constant"},
            ValueError,
            "kernel must depend on w, got 'constant': every w gives the same loss",
        ),
        ({"low": 0.0}, ValueError, "low must be above 0, got 0"),
        ({"high": math.inf}, ValueError, "high must be finite"),
        ({"low": 3.0, "high": 2.0}, ValueError, "low must be below high, got low = 3 and high = 2"),
        ({"low": 2.0, "high": 2.0}, ValueError, "low must be below high, got low = 2 and high = 2"),
        ({"points": 1}, ValueError, "points must be at least 2, got 1"),
        ({"points": 8.0}, TypeError, "points must be an integer"),
        ({"x_train": torch.ones(5)}, ValueError, "two different inputs, got 5 at 1: every w gives"),
        ({"x_train": torch.linspace(0, 1, 4)}, ValueError, "same shape"),
    ],
)
def test_bad_input_of_the_search(
    change: dict[str, object], error: type[Exception], message: str
) -> None:
    arguments = {"x_train": torch.linspace(0, 1, 5), "y_train": torch.ones(5)} | change
    with pytest.raises(error, match=message):
        find_bandwidth(**arguments)  # type: ignore[arg-type]


FIVE = torch.linspace(0, 1, 5)
NO_VECTORS = [
    ([0.0, 1.0, 2.0, 3.0, 4.0], TypeError, "must be a torch.Tensor, got list"),
    (None, TypeError, "must be a torch.Tensor, got NoneType"),
    (FIVE.numpy(), TypeError, "must be a torch.Tensor, got ndarray"),
    (FIVE.to(torch.complex64), TypeError, "must have dtype .* got torch.complex64"),
    (FIVE.int(), TypeError, "must have dtype .* got torch.int32"),
    (FIVE > 0.5, TypeError, "must have dtype .* got torch.bool"),
    (FIVE.half(), TypeError, "must have dtype .* got torch.float16"),
    (FIVE[:, None], ValueError, "must have rank 1"),
    (FIVE[:0], ValueError, "must not be empty"),
    (FIVE * math.nan, ValueError, "must be finite"),
    (FIVE.to("meta"), ValueError, ".* meta"),
]


@pytest.mark.parametrize(("value", "error", "message"), NO_VECTORS)
@pytest.mark.parametrize("name", ["x_train", "y_train"])
@pytest.mark.parametrize("search", [find_bandwidth, leave_one_out_curve])
def test_bad_data_are_refused_by_name(  # type: ignore[no-untyped-def]
    search, name: str, value: object, error: type[Exception], message: str
) -> None:
    arguments: dict[str, object] = {"x_train": FIVE, "y_train": FIVE, name: value}
    if search is leave_one_out_curve:
        arguments["w"] = torch.ones(2)
    with pytest.raises(error, match=f"{name} {message}"):
        search(**arguments)


@pytest.mark.parametrize("search", [find_bandwidth, leave_one_out_curve])
def test_data_of_two_dtypes_and_single_points_are_refused(search) -> None:  # type: ignore[no-untyped-def]
    rest = {"w": torch.ones(2)} if search is leave_one_out_curve else {}
    with pytest.raises(TypeError, match="x_train and y_train must have the same dtype"):
        search(FIVE, FIVE.double(), **rest)
    with pytest.raises(ValueError, match="x_train must hold at least 2 inputs"):
        search(FIVE[:1], FIVE[:1], **rest)


def test_bad_input_of_the_curve_and_the_rules() -> None:
    x = torch.linspace(0, 1, 5)
    with pytest.raises(ValueError, match="w must be finite"):
        leave_one_out_curve(x, x, torch.tensor([1.0, math.inf]))
    with pytest.raises(TypeError, match=r"w must be a torch\.Tensor"):
        leave_one_out_curve(x, x, [1.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kernel must be one of"):
        leave_one_out_curve(x, x, torch.ones(1), "unheard_of")
    for rule in (silverman_bandwidth, scott_bandwidth):
        with pytest.raises(ValueError, match="x must hold at least two different inputs, got 3"):
            rule(torch.ones(3))
