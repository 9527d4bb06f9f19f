"""Pooling and leaving one out for some thousands of pairs: few steps, the same numbers."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nwcore import attention_pooling, leave_one_out_loss, leave_one_out_step
from nwcore.kernels import get_kernel
from nwcore.methods import near

SIZES = [20, 150, 400, 1448]  # one block; many; to the most pairs


def problem(n: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys, values, in no order: some keys twice, queries on keys and beyond them."""
    draw = torch.Generator().manual_seed(seed)
    keys = 5 * torch.rand(n, generator=draw, dtype=torch.float64)
    keys[: n // 10] = keys[n // 2 : n // 2 + n // 10]
    queries = -0.02 + 5.04 * torch.rand(n, generator=draw, dtype=torch.float64)
    queries[: n // 5] = keys[: n // 5]
    return queries, keys, torch.randn(n, generator=draw, dtype=torch.float64) - 3


def exact(
    queries: Tensor, keys: Tensor, values: Tensor, w: float, *, leave_one_out: bool = False
) -> tuple[Any, Any]:
    """Answers and their derivatives in w, in extended precision."""
    x, xi, y = (t.numpy().astype(np.longdouble) for t in (queries, keys, values))
    squares = (x[:, None] - xi) ** 2
    weights = np.exp(-squares * np.longdouble(w) ** 2 / 2)
    if leave_one_out:
        np.fill_diagonal(weights, 0)
    weights /= weights.sum(1, keepdims=True)
    answers = weights @ y
    return answers, -w * ((weights * squares) @ y - answers * (weights * squares).sum(1))


def w_for(n: int) -> float:
    return 5 * (n / 50) ** 0.2


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("factor", [0, 1e-12, 0.05, 1, 1.5])
@pytest.mark.parametrize("n", SIZES)
def test_answers_are_those_of_the_formula(n: int, factor: float, sign: int) -> None:
    queries, keys, values = problem(n)
    w = sign * factor * w_for(n)
    found = near.pool(queries, keys, values, w)
    assert found is not None
    size = float(values.abs().max())
    assert np.abs(found.numpy() - exact(queries, keys, values, w)[0]).max() <= 2e-14 * size


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("factor", [0, 0.05, 1, 1.5])
@pytest.mark.parametrize("n", SIZES)
def test_a_loss_and_its_derivative_are_those_of_the_formula(
    n: int, factor: float, sign: int
) -> None:
    _, x, y = problem(n)
    w = sign * factor * w_for(n)
    found = near.leave_one_out(x, y, w)
    assert found is not None
    answers, slopes = exact(x, x, y, w, leave_one_out=True)
    errors = answers - y.numpy()
    assert found[0] == pytest.approx(float((errors**2).sum()), rel=1e-13)
    terms = 2 * errors * slopes
    assert abs(found[1] - float(terms.sum())) <= 1e-12 * float(np.abs(terms).sum())


@pytest.mark.parametrize("n", SIZES[1:])
def test_pooling_and_the_loss_take_it(n: int) -> None:
    queries, keys, values = problem(n)
    pairs = near.pool(queries, keys, values, w_for(n))
    assert pairs is not None
    if n * n > near.FEW_PAIRS * 4:
        assert torch.equal(attention_pooling(queries, keys, values, w_for(n)), pairs)
    w = torch.tensor(w_for(n), dtype=torch.float64, requires_grad=True)
    loss = leave_one_out_loss(keys, values, w)
    (slope,) = torch.autograd.grad(loss, w)
    assert (loss.item(), slope.item()) == near.leave_one_out(keys, values, w_for(n))
    for given in (w_for(n), w.detach(), torch.tensor([w_for(n)], dtype=torch.float64)):
        again = leave_one_out_loss(keys, values, given)
        assert again.item() == loss.item()
        assert (again.ndim, again.dtype, again.requires_grad) == (0, torch.float64, False)


KINDS: dict[str, tuple[Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], str]] = {
    "plain": (lambda x, y: (x, y), "gaussian"),
    "another kernel": (lambda x, y: (x, y), "epanechnikov"),
    "float32": (lambda x, y: (x.float(), y.float()), "gaussian"),
    "leaves": (lambda x, y: (x.clone().requires_grad_(), y.clone().requires_grad_()), "gaussian"),
    "coordinates": (lambda x, y: (torch.stack([x, 2 * y], dim=1), y), "gaussian"),
}


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_the_loss_and_what_autograd_makes_of_it(kind: str, grad: bool) -> None:
    _, x, y = problem(60)
    prepare, kernel = KINDS[kind]
    x, y = prepare(x, y)
    w = torch.tensor(-0.4, dtype=torch.float64, requires_grad=True)
    loss = leave_one_out_loss(x.detach(), y.detach(), w, kernel)
    (slope,) = torch.autograd.grad(loss, w)
    with torch.set_grad_enabled(grad):
        found = leave_one_out_step(x, y, -0.4, kernel)
    assert found == (loss.item(), slope.item())
    assert [type(number) for number in found] == [float, float]
    assert slope.item() != 0


def test_a_step_whose_digits_would_be_lost_is_taken_another_way() -> None:
    x, y = torch.tensor([0.0, 1, 2, 400], dtype=torch.float64), torch.arange(4.0).double()
    assert near.leave_one_out(x, y, 1.0) is None
    loss, slope = leave_one_out_step(x, y, 1.0)
    up, down = (leave_one_out_loss(x, y, 1 + sign * 1e-6).item() for sign in (1, -1))
    assert loss == leave_one_out_loss(x, y, 1.0).item()
    assert slope == pytest.approx((up - down) / 2e-6, rel=1e-6)


def test_a_step_takes_no_batch_of_points() -> None:
    _, x, y = problem(60)
    with pytest.raises(ValueError, match=r"x_train must not be batched by torch\.func\.vmap"):
        torch.func.vmap(lambda x: torch.tensor(leave_one_out_step(x, y, 1.0)))(torch.stack([x, x]))


def test_a_gradient_is_scaled_and_can_be_followed_on() -> None:
    _, x, y = problem(60)
    w = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    once = torch.autograd.grad(leave_one_out_loss(x, y, w), w)[0]
    thrice = torch.autograd.grad(3 * leave_one_out_loss(x, y, w), w)[0]
    assert thrice.item() == 3 * once.item()
    # To be followed on, it is computed anew: to the same number.
    anew = torch.autograd.grad(3 * leave_one_out_loss(x, y, w), w, create_graph=True)[0]
    assert anew.requires_grad
    assert anew.item() == pytest.approx(thrice.item(), rel=1e-12)

    def loss(at: Tensor) -> Tensor:
        return leave_one_out_loss(x, y, at)

    assert torch.autograd.gradcheck(loss, w)
    assert torch.autograd.gradgradcheck(loss, w)
    with torch.no_grad():
        assert not leave_one_out_loss(x, y, w).requires_grad


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gradient_has_the_shape_and_dtype_of_w(dtype: torch.dtype, shape: tuple[int]) -> None:
    _, x, y = problem(60)
    w = torch.full(shape, 4.0, dtype=dtype, requires_grad=True)
    loss = leave_one_out_loss(x, y, w)
    assert (loss.ndim, loss.dtype) == (0, torch.float64)
    (slope,) = torch.autograd.grad(loss, w)
    assert (slope.shape, slope.dtype) == (shape, dtype)
    expected = near.leave_one_out(x, y, 4.0)
    assert expected is not None
    assert (loss.item(), slope.item()) == pytest.approx(expected, rel=1e-6)


def test_the_loss_leaves_to_others_what_is_not_plain() -> None:
    _, x, y = problem(60)
    loss = leave_one_out_loss(x, y, 2.0)
    kernel = leave_one_out_loss(x, y, 2.0, "epanechnikov")
    assert kernel.item() == leave_one_out_loss(x, y, 2.0, "epanechnikov", method="direct").item()
    assert kernel.item() != pytest.approx(loss.item(), rel=1e-3)
    single = leave_one_out_loss(x.float(), y.float(), 2.0)
    assert single.dtype == torch.float32
    leaf = y.clone().requires_grad_()
    (slope,) = torch.autograd.grad(leave_one_out_loss(x, leaf, 2.0), leaf)
    assert float(slope.abs().max()) > 0
    shown = torch.arange(60) < torch.arange(60)[:, None]
    shown[0, 1] = True
    masked = leave_one_out_loss(x, y, 2.0, mask=shown)
    direct = leave_one_out_loss(x, y, 2.0, mask=shown, method="direct")
    assert masked.item() == direct.item()
    assert masked.item() != pytest.approx(loss.item(), rel=1e-3)


def test_a_transformed_loss_is_left_to_others() -> None:
    _, x, y = problem(60)
    w = torch.tensor(4.0, dtype=torch.float64)
    slope = torch.func.grad(lambda at: leave_one_out_loss(x, y, at))(w)
    expected = near.leave_one_out(x, y, 4.0)
    assert expected is not None
    assert slope.item() == pytest.approx(expected[1], rel=1e-10)


@pytest.mark.parametrize("n", [20, 400])
@pytest.mark.parametrize("where", ["queries", "keys", "values"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_though_nobody_reaches_it(
    n: int, where: str, number: float
) -> None:
    given = dict(zip(("queries", "keys", "values"), problem(n), strict=True))
    # The last key is far from all queries, so that its value counts for none.
    given["keys"][-1] = 1000.0
    given[where][-1] = number
    assert near.pool(*given.values(), 4.0) is None
    with pytest.raises(ValueError, match=f"{where} must be finite"):
        attention_pooling(**given, w=4.0)


@pytest.mark.parametrize("n", [20, 400])
def test_a_lone_query_and_a_lone_point_are_left_to_others(n: int) -> None:
    queries, keys, values = problem(n)
    queries[7] = keys.max() + 1
    assert near.pool(queries, keys, values, 10.0) is None
    far = attention_pooling(queries, keys, values, 10.0)
    assert far[7].item() == pytest.approx(float(exact(queries, keys, values, 10.0)[0][7]))
    keys[3] = keys.max() + 1
    assert near.leave_one_out(keys, values, 10.0) is None
    expected = leave_one_out_loss(keys, values, 10.0, method="direct")
    assert leave_one_out_loss(keys, values, 10.0).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("n", [20, 400])
def test_the_least_total_is_a_bound(n: int) -> None:
    """So far from its only key that its weight is just enough, and just too little."""
    least = near._LEAST_TOTAL if n == 20 else near._LEAST_TOTAL_IN_REACH
    edge = math.sqrt(-2 * math.log(least))
    keys, values = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    if n != 20:
        keys, values = (torch.cat([t, 1e6 + torch.arange(n).double()]) for t in (keys, values))
    for factor, answered in ((0.999, True), (1.001, False)):
        queries = torch.full((n,), edge * factor, dtype=torch.float64)
        found = near.pool(queries, keys, values, 1.0)
        assert (found is not None) == answered
        if found is not None:
            assert float((found - 1).abs().max()) < 1e-14


def test_what_it_does_not_take() -> None:
    _, x, y = problem(1448)
    gaussian = get_kernel("gaussian")
    assert near.pool(x, x, y, 1.0) is not None
    more = torch.cat([x, x[:1]])
    assert near.pool(more, more, torch.cat([y, y[:1]]), 1.0) is None, "more pairs"
    assert near.leave_one_out(more, torch.cat([y, y[:1]]), 1.0) is None
    assert near.pool(x, more, y, 1.0) is None, "a key without a value"
    assert near.leave_one_out(more[:20], y[:19], 1.0) is None
    assert near.leave_one_out(x[:1], y[:1], 1.0) is None, "nothing to leave"
    assert near.pool(x[:0], x, y, 1.0) is None
    assert near.pool(x[:1], x[:1], y[:1], 1.0) is not None
    places = torch.linspace(0, 5, 2048, dtype=torch.float64)
    assert near.pool(places[::2], places, places, 30.0) is not None, "the most pairs"
    assert near.pool(places[:1025], places, places, 30.0) is None
    assert near.pool(x, x, y, 9e8) is not None
    for w in (math.nan, math.inf, 1e9):
        assert near.pool(x, x, y, w) is None
        assert near.pool(x[:20], x[:20], y[:20], w) is None
        assert near.leave_one_out(torch.zeros_like(x[:20]), y[:20], w) is None
    assert near.is_plain(x, y, kernel=gaussian)
    assert near.is_plain(x, y, kernel=get_kernel("boxcar")) is False
    assert near.is_plain(x, y.float(), kernel=gaussian) is False
    assert near.is_plain(x[:, None], y, kernel=gaussian) is False
    assert near.is_plain(x.clone().requires_grad_(), y, kernel=gaussian) is False
    assert near.is_plain(x.to_sparse(), y, kernel=gaussian) is False
    assert near.is_plain([1.0], y, kernel=gaussian) is False  # type: ignore[arg-type]
    with torch.no_grad():
        assert near.is_plain(x.clone().requires_grad_(), y, kernel=gaussian)


def test_numbers_too_large_are_left_to_others_without_a_word() -> None:
    _, x, y = problem(20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert near.leave_one_out(x, y * 1e200, 1.0) is None
        assert near.pool(x, x, y * 1e307, 1.0) is None
        # A loss that is a number, with a derivative that is none.
        assert near.leave_one_out(1e8 * x, y * 1e150, 1e-8) is None
        assert near.leave_one_out(1e8 * x, y * 1e140, 1e-8) is not None


def test_only_keys_in_reach_are_looked_at() -> None:
    draw = np.random.default_rng(2)
    queries, keys = (np.sort(draw.uniform(0, 5, n)) for n in (500, 300))
    blocks = list(near._blocks(queries, keys, 0.2))
    assert [row for rows, _ in blocks for row in range(500)[rows]] == list(range(500))
    for rows, found in blocks:
        first, last = queries[rows][[0, -1]]
        assert len(queries[rows]) <= 64
        assert np.array_equal(keys[found], keys[(first - 0.2 <= keys) & (keys < last + 0.2)])
    assert list(near._blocks(queries, keys, math.inf)) == [(slice(0, 500), slice(0, 300))]


def test_a_reach_neglects_what_weighs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one of such a w alone that it can be computed."""
    given: list[float] = []
    blocks = near._blocks

    def recorded(queries: Any, keys: Any, reach: float) -> Any:
        given.append(reach)
        return blocks(queries, keys, reach)

    monkeypatch.setattr(near, "_blocks", recorded)
    n = 400
    _, keys, values = problem(n)
    for w in (8.0, -8.0, 1e-10, 0.0):
        near.leave_one_out(keys, values, w)
    assert given[0] == given[1] < 1.5
    # All keys at its end together, in units of the least total that is answered.
    assert n * math.exp(-((8 * given[0]) ** 2) / 2) < 2**-55.5 * near._LEAST_TOTAL_IN_REACH
    assert given[2:] == [math.inf] * 2
