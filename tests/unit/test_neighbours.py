"""A width for each query: its k nearest keys are in reach, whatever coincides."""

import numpy as np
import pytest
import torch
from torch import Tensor

from nwcore import (
    KERNELS,
    adaptive_pooling,
    adaptive_weights,
    attention_pooling,
    attention_weights,
    nearest_neighbour_w,
    neighbours,
)

D = torch.float64
every_dtype = pytest.mark.parametrize("dtype", [torch.float32, D])


def draw(*shape: int, seed: int = 0, dtype: torch.dtype = D) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=D).to(dtype)


def inputs(n_coordinates: int, dtype: torch.dtype = D) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (41, …), keys (97, …), values (97,)."""
    tail = () if n_coordinates == 0 else (n_coordinates,)
    queries, keys = draw(41, *tail, seed=1, dtype=dtype), draw(97, *tail, seed=2, dtype=dtype)
    return queries, keys, draw(97, seed=3, dtype=dtype)


def distances(queries: Tensor, keys: Tensor) -> np.ndarray:
    apart = queries.double().numpy()[:, None] - keys.double().numpy()
    return np.abs(apart) if queries.ndim == 1 else np.sqrt((apart**2).sum(-1))


@every_dtype
@pytest.mark.parametrize("k", [1, 2, 7, 96, 97])
@pytest.mark.parametrize("n_coordinates", [0, 1, 3])
def test_the_boxcar_averages_the_k_nearest(n_coordinates: int, k: int, dtype: torch.dtype) -> None:
    queries, keys, values = inputs(n_coordinates, dtype)
    apart = distances(queries, keys)
    nearest = np.argsort(apart, axis=1)[:, :k]
    w = nearest_neighbour_w(queries, keys, k)
    assert w.dtype == dtype
    assert w.shape == (41,)
    kth = np.sort(apart, axis=1)[:, k - 1]
    np.testing.assert_allclose(w.numpy(), 1 / kth, rtol=2e-7 if dtype != D else 1e-15)
    weights = adaptive_weights(queries, keys, w, "boxcar")
    expected = np.zeros((41, 97))
    np.put_along_axis(expected, nearest, 1 / k, axis=1)
    np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-6)
    found = adaptive_pooling(queries, keys, values, w, "boxcar")
    assert found.dtype == dtype
    rounding = 1e-5 if dtype != D else 1e-13
    np.testing.assert_allclose(found, expected @ values.double().numpy(), atol=rounding)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for n_coordinates in (0, 2):
        queries, keys, values = inputs(n_coordinates)
        w = nearest_neighbour_w(queries, keys, 5)
        whole = adaptive_pooling(queries, keys, values, w)
        with monkeypatch.context() as patch:
            patch.setattr(neighbours, "_BLOCK", 300)
            assert torch.equal(nearest_neighbour_w(queries, keys, 5), w)
            torch.testing.assert_close(adaptive_pooling(queries, keys, values, w), whole)


@pytest.mark.parametrize("coordinates", [False, True])
def test_ties_and_duplicates(coordinates: bool) -> None:
    keys = torch.tensor([0.0, 0.0, 0.0, 2.0, 2.0, -2.0, 5.0], dtype=D)
    queries = torch.tensor([0.0, 1.0, 2.0], dtype=D)
    values = torch.tensor([1.0, 2.0, 6.0, 10.0, 20.0, 30.0, 40.0], dtype=D)
    if coordinates:
        keys, queries = (
            keys[:, None] * torch.tensor([1.0, 0.0]).double(),
            queries[:, None] * (torch.tensor([1.0, 0.0]).double()),
        )
    reaches = {
        1: [1, 1, 1.0],  # half way to the nearest elsewhere, where a key coincides with the query
        2: [1, 1, 1.0],
        3: [1, 1, 2.0],
        4: [2, 1, 2.0],
        6: [2, 3, 3.0],
        7: [5, 4, 4.0],
    }
    for k, expected in reaches.items():
        w = nearest_neighbour_w(queries, keys, k)
        np.testing.assert_allclose(1 / w.numpy(), expected, rtol=1e-15)
    pooled = adaptive_pooling(
        queries, keys, values, nearest_neighbour_w(queries, keys, 3), "boxcar"
    )
    # The three at 0 alone; all five at distance 1; the two at 2, and then all at distance 2.
    np.testing.assert_allclose(pooled, [3, 39 / 5, 39 / 5], rtol=1e-15)


@pytest.mark.parametrize("shape", [(), (2,)])
def test_all_keys_at_the_query_are_weighed_alike(shape: tuple[int, ...]) -> None:
    queries, keys = torch.ones(1, *shape, dtype=D), torch.ones(3, *shape, dtype=D)
    w = nearest_neighbour_w(queries, keys, 2)
    assert w.tolist() == [0.0]
    for kernel in KERNELS:
        weights = adaptive_weights(queries, keys, w, kernel)
        np.testing.assert_allclose(weights, [[1 / 3] * 3], rtol=1e-15)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("n_coordinates", [0, 2])
def test_equal_widths_are_one_width(n_coordinates: int, kernel: str) -> None:
    queries, keys, values = inputs(n_coordinates)
    for number in (0.3, -0.9):
        w = torch.full((41,), number, dtype=D)
        expected = attention_weights(queries, keys, number, kernel, empty="nan")
        found = adaptive_weights(queries, keys, w, kernel, empty="nan")
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14, equal_nan=True)
        columns = torch.stack([values, 2 * values], dim=1)
        torch.testing.assert_close(
            adaptive_pooling(queries, keys, columns, w, kernel, empty="nan"),
            attention_pooling(queries, keys, columns, number, kernel, empty="nan"),
            rtol=1e-12,
            atol=1e-12,
            equal_nan=True,
        )


def test_gradients_flow_to_widths_and_values() -> None:
    queries, keys, values = draw(3, seed=1), draw(7, seed=2), draw(7, seed=3).requires_grad_()
    w = nearest_neighbour_w(queries, keys, 4).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda values, w: adaptive_pooling(queries, keys, values, w), (values, w)
    )


def test_a_query_on_a_key_has_finite_gradients() -> None:
    queries = torch.zeros(1, 2, dtype=D, requires_grad=True)
    keys = torch.tensor([[0.0, 0.0], [1.0, 2.0]], dtype=D, requires_grad=True)
    adaptive_weights(queries, keys, torch.ones(1, dtype=D))[0, 0].backward()
    for inputs in (queries, keys):
        assert inputs.grad is not None
        assert bool(torch.isfinite(inputs.grad).all())


def test_the_kth_key_is_never_lost_to_rounding() -> None:
    keys = torch.arange(1, 4001, dtype=D) / 997
    origin = torch.zeros(1, dtype=D)
    for dtype in (torch.float32, D):
        some = keys.to(dtype)
        for k in range(1, 4001, 13):
            w = nearest_neighbour_w(origin.to(dtype), some, k)
            reached = adaptive_weights(origin.to(dtype), some, w, "boxcar") > 0
            assert int(reached.sum()) == k


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"k": 0}, ValueError, "k must be between 1 and 5, got 0"),
        ({"k": 6}, ValueError, "k must be between 1 and 5, got 6"),
        ({"k": 2.0}, TypeError, "k must be an integer, got 2.0"),
        ({"keys": torch.ones(3, 5)}, ValueError, r"\(q,\) and \(n,\).* got \(3,\) and \(3, 5\)"),
        (
            {"queries": torch.ones(2, 3, 1), "keys": torch.ones(5, 1)},
            ValueError,
            r"must have shape",
        ),
        ({"keys": torch.ones(5).double()}, TypeError, "must have the same dtype"),
        (
            {"queries": torch.zeros(1).double(), "keys": torch.full((3,), 1e151, dtype=D)},
            ValueError,
            r"at most 1e\+150 in size, got 1e\+151",
        ),
        (
            {"queries": torch.zeros(1), "keys": torch.full((2,), 1e-40), "k": 1},
            ValueError,
            "1/distance is finite in torch.float32, got a distance of 9.99",
        ),
    ],
)
def test_bad_input_is_named(arguments: dict[str, object], kind: type, message: str) -> None:
    given = {"queries": torch.zeros(3), "keys": torch.ones(5), "k": 2} | arguments
    with pytest.raises(kind, match=message):
        nearest_neighbour_w(**given)  # type: ignore[arg-type]


def test_bad_widths_are_named() -> None:
    queries, keys = torch.zeros(3), torch.ones(5)
    for pool in (
        lambda w: adaptive_weights(queries, keys, w, "boxcar"),
        lambda w: adaptive_pooling(queries, keys, keys, w, "boxcar"),
    ):
        with pytest.raises(ValueError, match="w must hold one number a query, 3, got 2"):
            pool(torch.ones(2))
        with pytest.raises(TypeError, match="queries and w must have the same dtype"):
            pool(torch.ones(3).double())
        with pytest.raises(ValueError, match=r"queries\[1\] has no key within the reach .* w = 4;"):
            pool(torch.tensor([1.0, 4.0, 1.0]))
    with pytest.raises(ValueError, match="values"):
        adaptive_pooling(queries, keys, torch.ones(4), torch.ones(3))
