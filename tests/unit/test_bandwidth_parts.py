"""The parts of the search for a bandwidth: valleys, hidden turns, ranges, units."""

import math

import pytest
import torch
from torch import Tensor

from nwcore import bandwidth, find_bandwidth, scott_bandwidth, silverman_bandwidth
from nwcore._pieces import Candidate
from nwcore.kernels import Kernel, boxcar, constant, epanechnikov, gaussian, triangular


def vector(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def points(*norms: float) -> list[Candidate]:
    """Candidates at w = 1, 2, 4, … with these norms of the errors."""
    return [Candidate(2.0**i, 2.0**i, norm**2) for i, norm in enumerate(norms)]


# --- valleys ---


@pytest.mark.parametrize(
    ("norms", "bottoms"),
    [
        ((3.0, 1.0, 2.0), [(2.0, 2.0)]),
        ((1.0, 2.0, 3.0), [(1.0, 1.0)]),
        ((3.0, 2.0, 1.0), [(4.0, 4.0)]),
        ((3.0, 1.0, 2.0, 0.5, 4.0), [(2.0, 2.0), (8.0, 8.0)]),
        ((1.0, 2.0, 0.5), [(1.0, 1.0), (4.0, 4.0)]),
        # As deep as the noise: one bottom, and no valley in a rise.
        ((3.0, 1.0, 1.05, 3.0), [(2.0, 4.0)]),
        ((3.0, 1.05, 1.0, 3.0), [(2.0, 4.0)]),
        ((3.0, 1.0, 2.0, 1.95, 3.0), [(2.0, 2.0)]),
        ((1.0, 2.0, 1.85, 3.0), [(1.0, 1.0), (4.0, 4.0)]),
        # A fall by little steps: the bottom is where it is lowest, within the noise.
        ((1.0, 0.95, 0.9, 0.85, 0.8, 2.0), [(4.0, 16.0)]),
        ((5.0, 5.0, 5.0), [(1.0, 4.0)]),
        ((2.0, 1.0, 1.5, 1.46, 1.6, 1.45, 2.0), [(2.0, 2.0), (32.0, 32.0)]),
    ],
)
def test_valleys_are_told_from_noise(
    norms: tuple[float, ...], bottoms: list[tuple[float, float]]
) -> None:
    valleys = bandwidth._find_valleys(points(*norms), 0.1)
    assert [(valley.left, valley.right) for valley in valleys] == bottoms
    for valley in valleys:
        assert valley.loss == min(
            each.loss for each in points(*norms) if valley.left <= each.left <= valley.right
        )


@pytest.mark.parametrize(
    ("right", "w"),
    [(2.0, 2.0), (2.0 * (1 + 0.5e-6), 2.0), (2.0 * (1 + 2e-6), 2.000002), (3.0, 6.0**0.5)],
)
def test_a_plateau_has_a_middle_and_a_place_has_none(right: float, w: float) -> None:
    valley = bandwidth._valley([Candidate(2.0, 2.0, 5.0), Candidate(right, right, 5.0)])
    assert (valley.left, valley.right, valley.loss) == (2.0, right, 5.0)
    assert valley.w == pytest.approx(w, rel=1e-12)
    lower_last = [Candidate(2.0, 2.0, 5.0), Candidate(right, right, 4.0)]
    assert bandwidth._valley(lower_last).loss == 4.0


# --- turns that a grid does not show ---


def cubic(c: tuple[float, float, float, float], log_w: float) -> tuple[float, float, float]:
    """A place: w, a cubic in log w, and its derivative in w."""
    t = log_w
    value = c[0] + c[1] * t + c[2] * t**2 + c[3] * t**3
    return math.exp(t), value, (c[1] + 2 * c[2] * t + 3 * c[3] * t**2) / math.exp(t)


def test_a_hidden_turn_is_where_the_cubic_comes_nearest_to_one() -> None:
    for start, length in ((0.0, 1.0), (0.7, 0.25), (-2.0, 0.5)):
        for share in (0.25, 0.5, 0.6):
            middle = start + share * length
            for sign in (1.0, -1.0):
                # derivative in log w: sign · (−0.01 + (t − middle)²), negative only in the middle
                c = (2.0, -0.01 + middle**2, -middle, 1 / 3)
                c = tuple(sign * each for each in c)
                place = bandwidth._hidden_turn(cubic(c, start), cubic(c, start + length))
                if min(share, 1 - share) * length > 0.11:  # not negative at an end
                    assert place is not None
                    assert math.log(place) == pytest.approx(middle, abs=1e-9)


@pytest.mark.parametrize(
    ("nearest", "seen"), [(0.4, True), (0.6, False), (-0.5, True)]
)  # the derivative in the middle, where it is 1 at both ends
def test_a_turn_is_looked_for_where_the_derivative_falls_to_half(
    nearest: float, seen: bool
) -> None:
    # derivative nearest + 4 (1 − nearest) (t − ½)²
    bend = 4 * (1 - nearest)
    for sign in (1.0, -1.0):
        c = tuple(sign * each for each in (0.0, 1.0, -bend / 2, bend / 3))
        place = bandwidth._hidden_turn(cubic(c, 0.0), cubic(c, 1.0))
        assert (place is not None) == seen
        if place is not None:
            assert math.log(place) == pytest.approx(0.5, abs=1e-9)


def test_no_turn_is_hidden_where_the_derivative_changes_sign_or_is_steady() -> None:
    for c in (
        (0.0, -1.0, 1.0, 0.0),  # a sign change is seen as it is
        (0.0, 0.0, 1.0, 0.0),
        (0.0, 1.0, 0.0, 0.0),  # a straight line
        (0.0, 1.0, 3.0, 0.0),  # a parabola, steeper all the way
        (0.0, 1.0, -1.5, -1.0 / 3),  # nearest to a turn before it begins or after it ends
        (0.0, 1.0, 1.0, 1.0),
    ):
        assert bandwidth._hidden_turn(cubic(c, 0.0), cubic(c, 1.0)) is None


# --- kernels, ranges and units ---


def test_the_power_of_a_compact_kernel() -> None:
    found = [bandwidth._compact_power(k) for k in (boxcar, triangular, epanechnikov)]
    assert found == [0, 1, 2]
    assert bandwidth._compact_power(gaussian) is None
    assert bandwidth._compact_power(constant) is None

    def kernel(*polynomial: float, support: float = 1.0) -> Kernel:
        return Kernel("other", value=torch.zeros_like, support=support, polynomial=polynomial)

    assert bandwidth._compact_power(kernel(2.0, 0.0, 0.0, -2.0)) == 3
    assert bandwidth._compact_power(kernel(2.0, 0.0, 0.0, -1.0)) is None
    assert bandwidth._compact_power(kernel(2.0, 0.1, 0.0, -2.0)) is None
    assert bandwidth._compact_power(kernel(1.0, 0.0, -1.0, support=2.0)) is None


@pytest.mark.parametrize("scale", [1.0, 0.6, 3.0, 1e-300, 1e300, 2.0**-1040])
def test_inputs_and_values_are_brought_to_size_1_without_rounding(scale: float) -> None:
    x = vector(0.0, 0.25, 1.0) * scale
    unit, exponent = bandwidth._unit_range(x)
    assert 0.5 <= float(unit.max() - unit.min()) < 1
    assert torch.equal(bandwidth._shifted(unit, exponent), x)
    y = vector(-1.0, 0.5, 0.25) * scale
    unit, exponent = bandwidth._unit_size(y)
    assert 0.5 <= float(unit.abs().max()) < 1
    assert float(unit.median()) == 0
    assert torch.equal(bandwidth._shifted(unit, exponent), y - y.median())


def test_a_range_is_cut_where_the_loss_no_longer_changes() -> None:
    assert bandwidth._inside(1e-12, 1.0) == (1e-9, 1.0)
    assert bandwidth._inside(1e-8, 1.0) == (1e-8, 1.0)
    assert bandwidth._inside(1e-12, 1e-10) == (0.5e-10, 1e-10)
    assert bandwidth._inside(1.0, 1e305) == (1.0, 1e300)
    assert bandwidth._inside(0.0, 0.0) == (5e-324, 1e-323)


def test_the_range_that_is_searched_without_one() -> None:
    x = vector(0.0, 0.1, 0.3, 0.7, 1.0)  # nearest others at 0.1, 0.1, 0.2, 0.3, 0.3
    low, high, limit = bandwidth._default_range(x, gaussian)
    assert (low, high) == pytest.approx((0.1, 5.0))
    assert limit == math.inf
    low, high, limit = bandwidth._default_range(x, epanechnikov)
    assert (low, limit) == pytest.approx((0.1, 1 / 0.3))
    assert high == pytest.approx((1 - 1e-9) / 0.3, rel=1e-14)
    wide = Kernel("wide", value=torch.zeros_like, support=2.0)
    assert bandwidth._default_range(x, wide)[2] == pytest.approx(2 / 0.3)
    twins = vector(0.0, 0.0, 0.25, 0.25, 1.0, 1.0)
    low, high, limit = bandwidth._default_range(twins, epanechnikov)
    assert (low, high, limit) == (0.1, 8.0, math.inf)
    mostly = vector(0.0, 0.0, 0.0, 0.25, 1.0)  # the median gap between different inputs
    assert bandwidth._default_range(mostly, gaussian)[1] == 4.0


def test_inverse_lengths_are_numbers() -> None:
    assert bandwidth._inverse(0.25) == 4.0
    assert bandwidth._inverse(0.0) == math.inf
    assert bandwidth._inverse(1e-301) == 1e300
    assert bandwidth._inverse(1e-299) == pytest.approx(1e299)


def test_an_inverse_bandwidth_beyond_all_numbers_is_refused() -> None:
    tiny = vector(0.0, 1.0, 3.0) * 5e-324
    with pytest.raises(ValueError, match="x_train must have a range whose inverse is a float64"):
        find_bandwidth(tiny, vector(1.0, 2.0, 3.0))
    x = vector(0.0, 1.0, 3.0)
    with pytest.raises(ValueError, match=r"low must be below high, got low = 2 and high = 2"):
        find_bandwidth(x, x, low=2.0, high=2.0)
    with pytest.raises(ValueError, match=r"low must be below high, got low = 1e\+06 and"):
        find_bandwidth(x, x, low=1e6)
    with pytest.raises(ValueError, match=r"high must be below 0\.5, where the triangular kernel"):
        find_bandwidth(x, x, "triangular", high=0.5)
    assert find_bandwidth(x, x, "triangular", high=0.4999).high == 0.4999


@pytest.mark.parametrize("kernel", ["gaussian", "triangular"])
def test_the_least_loss_at_an_end_of_the_range_is_said_to_be_there(kernel: str) -> None:
    x = torch.linspace(0, 1, 9, dtype=torch.float64)
    falling = find_bandwidth(x, x, kernel, low=0.5, high=2.0)  # a line: narrower is better
    assert (falling.w, falling.at_edge) == (2.0, True)
    noise = vector(1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0)  # an average is best
    rising = find_bandwidth(x, noise, kernel, low=0.5, high=7.0)
    assert (rising.w, rising.at_edge) == (0.5, True)


# --- rules of thumb ---


def test_rules_of_thumb_by_hand() -> None:
    x = vector(0.0, 1.0, 2.0, 3.0, 100.0)  # quartiles 1 and 3
    assert silverman_bandwidth(x) == pytest.approx(0.9 * 2 / 1.349 * 5**-0.2, rel=1e-14)
    assert scott_bandwidth(x) == pytest.approx(1.059 * 2 / 1.349 * 5**-0.2, rel=1e-14)
    x = vector(0.0, 0.0, 0.0, 0.0, 1.0)  # no spread between the quartiles
    assert silverman_bandwidth(x) == pytest.approx(0.9 * 0.2**0.5 * 5**-0.2, rel=1e-14)
    x = vector(-1.0, 1.0)  # quartiles −½ and ½; deviation √2
    assert scott_bandwidth(x) == pytest.approx(1.059 / 1.349 * 2**-0.2, rel=1e-14)
    x = vector(-1.0, -1.0, 1.0, 1.0)  # quartiles −1 and 1; deviation √(4/3)
    assert scott_bandwidth(x) == pytest.approx(1.059 * (4 / 3) ** 0.5 * 4**-0.2, rel=1e-14)


def test_a_turn_of_an_all_but_flat_loss_is_found_between_its_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The derivative is rounding there, and at exp(log w) may have another sign than at w."""
    x, y = vector(0.0, 1.0, 3.0), vector(2.0, 5.0, 11.0)
    seen: list[float] = []

    def noise(x: Tensor, y: Tensor, w: float, kernel: str, degree: int) -> tuple[float, float]:
        seen.append(w)
        return 1.0, 1e-18

    monkeypatch.setattr(bandwidth, "_loss_and_derivative", noise)
    left, right = 15.728118280134506, 15.858095591593749
    ends = (left, 1.0, 1e-18), (right, 1.0, -1e-18)
    root = bandwidth._root_of_derivative(x, y, "gaussian", 0, *ends)
    assert left <= root <= right * (1 + 1e-15)
    assert seen
