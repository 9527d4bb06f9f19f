"""The pieces of a compact kernel's leave-one-out loss: exact errors, and bounds that hold."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from nwcore import _pieces, attention_pooling, leave_one_out_pairs
from nwcore._pieces import find_candidates

KERNELS = {0: "boxcar", 1: "triangular", 2: "epanechnikov"}
every_power = pytest.mark.parametrize("power", KERNELS)


def make_problem(seed: int, n: int = 7) -> tuple[Tensor, Tensor, float, float]:
    """Points (n,) and (n,), and a range of w in which each has another in reach."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(n, generator=generator, dtype=torch.float64)
    y = torch.randn(n, generator=generator, dtype=torch.float64)
    distances = (x[:, None] - x).abs() + torch.eye(n).double() * 9
    return x, y, 0.3, float(0.999 / distances.amin(1).max())


def errors_at(x: Tensor, y: Tensor, w: float, power: int) -> Tensor:
    keys, values = leave_one_out_pairs(x, y)
    return attention_pooling(x, keys, values, w, KERNELS[power]) - y


def places_in(pieces: _pieces._Pieces, count: int) -> tuple[Tensor, Tensor]:
    """Some s (k,) on each piece (k,), both ends among them."""
    m = len(pieces.left)
    piece = torch.arange(m).repeat_interleave(count)
    share = torch.linspace(0, 1, count, dtype=torch.float64).repeat(m)
    return piece, share * pieces.longest[piece]


@every_power
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_errors_are_those_of_pooling_over_the_others(power: int, seed: int) -> None:
    x, y, low, high = make_problem(seed)
    pieces = _pieces._make_pieces(x, y, power, low, high)
    assert pieces.left[0] == low
    assert pieces.right[-1] == high
    assert torch.equal(pieces.left[1:], pieces.right[:-1])
    distances = (x[:, None] - x)[*torch.triu_indices(len(x), len(x), 1)].abs()
    breaks = sorted(w for w in distances.reciprocal().tolist() if low < w < high)
    assert pieces.right[:-1].tolist() == pytest.approx(breaks)
    for piece in range(len(breaks) + 1):
        left, right = float(pieces.left[piece]), float(pieces.right[piece])
        for share in (0.1, 0.5, 0.9):
            w = left + share * (right - left)
            s = 1 - (w / right) ** power
            assert 0 <= s <= float(pieces.longest[piece]) + 1e-15
            found = pieces.errors(torch.tensor([piece]), torch.tensor([s], dtype=torch.float64))[0]
            torch.testing.assert_close(found, errors_at(x, y, w, power), rtol=1e-9, atol=1e-12)


def test_a_block_of_pieces_is_as_good_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, low, high = make_problem(4)
    whole = _pieces._make_pieces(x, y, 2, low, high)
    for size in (1, 2 * 49, 3 * 49 + 1):
        monkeypatch.setattr(_pieces, "_BLOCK", size)
        parts = _pieces._make_pieces(x, y, 2, low, high)
        for name in ("left", "right", "longest", "a", "b", "c", "d", "turn"):
            assert torch.equal(getattr(parts, name), getattr(whole, name))


def test_breakpoints_that_differ_by_rounding_are_one() -> None:
    for apart, count in ((0.5e-12, 2), (2e-12, 3)):
        x = torch.tensor([0.0, 0.5, 1.0 + apart / 2], dtype=torch.float64)
        pieces = _pieces._make_pieces(x, x, 2, 1.2, 1.9)
        assert len(pieces.left) == 1
        pieces = _pieces._make_pieces(x, x, 2, 0.5, 5.0)  # 1/0.5, nearly twice, and 1
        assert len(pieces.left) == count + 1
    # One that is nearly an end of the range is none.
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for end, count in ((1 + 0.5e-12, 1), (1 + 2e-12, 2)):
        assert len(_pieces._make_pieces(x, x, 2, 0.5, end).left) == count
        assert len(_pieces._make_pieces(x, x, 2, 2 - end, 2.0).left) == count


def test_a_kernel_near_its_end_keeps_its_digits() -> None:
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    high = 1 - 2.0**-30
    pieces = _pieces._make_pieces(x, x, 2, 0.5, high)
    exact = 2.0**-29 - 2.0**-60  # 1 − high²
    assert pieces.c.flatten().tolist() == pytest.approx([exact, exact], rel=1e-15)
    assert pieces.b.flatten().tolist() == pytest.approx([high**2, -(high**2)], rel=1e-15)


def test_an_error_that_does_not_change_has_no_turn_of_rounding() -> None:
    # Equal distances: the neighbours of the middle weigh alike whatever w is.
    x = torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64) / 0.7
    y = torch.tensor([0.3, 0.0, 0.1], dtype=torch.float64)
    pieces = _pieces._make_pieces(x, y, 2, 0.5, 3.4)
    assert bool((pieces.turn[:, 1] == 0).all())
    assert bool((pieces.turn[0, [0, 2]] != 0).all())
    # A true turn far above rounding stays, however small its d.
    far = torch.tensor([0.0, 1e-3, 1.0], dtype=torch.float64)
    pieces = _pieces._make_pieces(far, y, 2, 1e-3, 2e-3)
    expected = pieces.b * pieces.c - pieces.a * pieces.d
    assert bool((pieces.turn[0] != 0).all())
    assert torch.equal(pieces.turn, expected)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_derivatives_lie_between_their_bounds(power: int, seed: int) -> None:
    x, y, low, high = make_problem(seed)
    pieces = _pieces._make_pieces(x, y, power, low, high)
    piece, s = places_in(pieces, 9)
    s.requires_grad_()
    loss = pieces.errors(piece, s).square().sum() / 2
    (first,) = torch.autograd.grad(loss, s, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), s)
    s, first = s.detach(), first.detach()
    torch.testing.assert_close(pieces.derivative(piece, s), first, rtol=1e-9, atol=1e-11)
    # Over a single place the bounds are the derivatives.
    for found, exact in zip(_pieces._bounds(pieces, piece, s, s), (first, second), strict=True):
        for bound in found:
            torch.testing.assert_close(bound, exact, rtol=1e-8, atol=1e-9)
    every = torch.arange(len(pieces.left))
    start = torch.zeros_like(pieces.longest)
    for share in (1.0, 0.25):
        bounds = _pieces._bounds(pieces, every, start, share * pieces.longest)
        covered = s <= share * pieces.longest[piece]
        for (least, most), exact in zip(bounds, (first, second), strict=True):
            slack = 1e-9 * (1 + exact.abs())
            assert bool((exact >= least[piece] - slack)[covered].all())
            assert bool((exact <= most[piece] + slack)[covered].all())


@every_power
@pytest.mark.parametrize("seed", range(6))
def test_the_loss_is_monotone_between_candidates(power: int, seed: int) -> None:
    x, y, low, high = make_problem(seed, n=5)
    candidates = find_candidates(x, y, power, low, high)
    assert candidates[0].left == low
    assert candidates[-1].right == pytest.approx(high, rel=1e-15)
    for each in candidates:
        assert (each.left < each.right) == (power == 0)
        middle = math.sqrt(each.left * each.right)
        expected = float(errors_at(x, y, middle, power).square().sum())
        assert each.loss == pytest.approx(expected, rel=1e-9)
    for before, after in pairwise(candidates):
        assert before.left <= after.left
        if power == 0:
            assert before.right == after.left
            continue
        for share in (0.02, 0.3, 0.7, 0.98):
            w = before.left + share * (after.left - before.left)
            loss = float(errors_at(x, y, w, power).square().sum())
            ends = sorted([before.loss, after.loss])
            assert ends[0] * (1 - 1e-9) <= loss <= ends[1] * (1 + 1e-9)


def test_products_of_intervals_hold_all_products() -> None:
    low, high = (torch.tensor(t).double() for t in ([-3.0, -2.0, 1.0], [-1.0, 4.0, 5.0]))
    small, large = torch.tensor([2.0, 2.0, 2.0]).double(), torch.tensor([7.0, 7.0, 7.0]).double()
    found = _pieces._times((low, high), (small, large))
    assert [bound.tolist() for bound in found] == [[-21, -14, 2], [-2, 28, 35]]
    found = _pieces._scaled((low, high), torch.tensor([-1.0, 2.0, 0.0]).double())
    assert [bound.tolist() for bound in found] == [[1, -4, 0], [3, 8, 0]]
