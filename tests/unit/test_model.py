"""The module: its start, its shapes, the weights it keeps."""

import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from nwcore import KERNELS, NWKernelRegression, attention_pooling, attention_weights, draws

FLOATS = [torch.float32, torch.float64]
N_QUERIES, N_KEYS = 5, 11
every_dtype = pytest.mark.parametrize("dtype", FLOATS)
own_keys_or_shared = pytest.mark.parametrize("own_keys", [False, True])


def problem(dtype: torch.dtype, own_keys: bool) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    shape = (N_QUERIES, N_KEYS) if own_keys else (N_KEYS,)
    return (
        torch.rand(N_QUERIES, generator=generator, dtype=dtype),
        torch.rand(shape, generator=generator, dtype=dtype),
        torch.rand(shape, generator=generator, dtype=dtype),
    )


def test_batch_matrix_multiplication_of_the_chapter() -> None:
    assert torch.bmm(torch.ones(2, 1, 4), torch.ones(2, 4, 6)).shape == (2, 1, 6)
    weights = torch.full((2, 10), 0.1)
    values = torch.arange(20.0).reshape(2, 10)
    pooled = torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1))
    torch.testing.assert_close(pooled, torch.tensor([[[4.5]], [[14.5]]]))


@own_keys_or_shared
def test_at_w_0_a_minibatch_is_averaged(own_keys: bool) -> None:
    values = torch.arange(20.0).reshape(2, 10)
    keys = torch.linspace(0, 5, 20).reshape(2, 10)
    if own_keys:
        result, expected = NWKernelRegression(w=0.0)(torch.ones(2), keys, values), [4.5, 14.5]
    else:
        result, expected = NWKernelRegression(w=0.0)(torch.ones(2), keys[1], values[1]), [14.5] * 2
    torch.testing.assert_close(result, torch.tensor(expected))


@every_dtype
@pytest.mark.parametrize("w", [0.0, -2.5, 7])
def test_a_given_start_is_kept(w: float, dtype: torch.dtype) -> None:
    model = NWKernelRegression(w=w, dtype=dtype)
    assert model.w.tolist() == [w]
    assert model.w.dtype == dtype
    assert model.attention_weights is None
    assert [name for name, _ in model.named_parameters()] == ["w"]
    assert model.w.requires_grad


@every_dtype
def test_a_seed_fixes_the_start_on_its_own_stream(dtype: torch.dtype) -> None:
    starts = [NWKernelRegression(seed=seed, dtype=dtype).w.detach() for seed in (3, 3, 4)]
    assert torch.equal(starts[0], starts[1])
    assert not torch.equal(starts[0], starts[2])
    # Neither the inputs' draws nor the noise's: the start is unrelated to the data of its seed.
    assert all(float(starts[0]) != float(draws.uniform(3, stream, 1)[0]) for stream in (0, 1))


def test_starts_are_uniform_on_the_unit_interval() -> None:
    starts = [NWKernelRegression(seed=s, dtype=torch.float64).w.item() for s in range(1009)]
    assert min(starts) >= 0
    assert max(starts) < 1
    assert stats.kstest(starts, "uniform").pvalue > 1e-3


def test_without_a_seed_torch_s_generator_draws() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(8)
        starts = [NWKernelRegression().w.item() for _ in range(2)]
        torch.manual_seed(8)
        again = NWKernelRegression().w.item()
    assert starts[0] == again != starts[1]
    assert all(0 <= start < 1 for start in starts)


def test_with_a_seed_torch_s_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    NWKernelRegression(seed=2)
    assert torch.equal(torch.get_rng_state(), before)


@every_dtype
@own_keys_or_shared
@pytest.mark.parametrize("w", [0.0, 0.7, -3.0])
def test_predicts_as_attention_pooling_does(w: float, own_keys: bool, dtype: torch.dtype) -> None:
    queries, keys, values = problem(dtype, own_keys)
    model = NWKernelRegression(w=w, dtype=dtype)
    predicted = model(queries, keys, values)
    assert predicted.shape == (N_QUERIES,)
    assert predicted.dtype == dtype
    torch.testing.assert_close(predicted, attention_pooling(queries, keys, values, w))


@own_keys_or_shared
def test_keeps_the_weights_of_the_latest_call_detached(own_keys: bool) -> None:
    queries, keys, values = problem(torch.float64, own_keys)
    model = NWKernelRegression(w=2.0, dtype=torch.float64)
    model(queries + 1, keys, values)
    model(queries, keys, values)
    kept = model.attention_weights
    assert kept is not None
    assert kept.shape == (N_QUERIES, N_KEYS)
    assert not kept.requires_grad
    assert torch.equal(kept, attention_weights(queries, keys, 2.0))


@own_keys_or_shared
def test_gradient_of_w_agrees_with_attention_pooling(own_keys: bool) -> None:
    queries, keys, values = problem(torch.float64, own_keys)
    model = NWKernelRegression(w=0.7, dtype=torch.float64)
    model(queries, keys, values).square().sum().backward()
    w = torch.tensor([0.7], dtype=torch.float64, requires_grad=True)
    attention_pooling(queries, keys, values, w).square().sum().backward()
    assert w.grad is not None
    assert float(w.grad) != 0
    torch.testing.assert_close(model.w.grad, w.grad)


@every_dtype
@pytest.mark.parametrize("keep_weights", [True, False])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_every_kernel_predicts_as_attention_pooling_does(
    kernel: str, keep_weights: bool, dtype: torch.dtype
) -> None:
    queries, keys, values = problem(dtype, own_keys=False)
    model = NWKernelRegression(w=-1.3, kernel=kernel, keep_weights=keep_weights, dtype=dtype)
    predicted = model(queries, keys, values)
    torch.testing.assert_close(predicted, attention_pooling(queries, keys, values, -1.3, kernel))
    if keep_weights:
        expected = attention_weights(queries, keys, model.w, kernel)
        assert torch.equal(model.attention_weights, expected)
    else:
        assert model.attention_weights is None
    assert kernel in repr(model)


@every_dtype
@pytest.mark.parametrize("keep_weights", [True, False])
@pytest.mark.parametrize("n_columns", [1, 3, N_KEYS])
def test_values_may_have_columns(n_columns: int, keep_weights: bool, dtype: torch.dtype) -> None:
    queries, keys, _ = problem(dtype, own_keys=False)
    values = torch.rand(N_KEYS, n_columns, generator=torch.Generator().manual_seed(2), dtype=dtype)
    model = NWKernelRegression(w=2.0, keep_weights=keep_weights, dtype=dtype)
    predicted = model(queries, keys, values)
    assert predicted.shape == (N_QUERIES, n_columns)
    for column in range(n_columns):
        expected = attention_pooling(queries, keys, values[:, column].contiguous(), 2.0)
        torch.testing.assert_close(predicted[:, column], expected)
    predicted.square().sum().backward()
    assert model.w.grad is not None
    assert float(model.w.grad) != 0


def test_values_of_own_keys_have_no_columns() -> None:
    queries, keys, values = problem(torch.float32, own_keys=True)
    with pytest.raises(ValueError, match="keys and values must have the same shape"):
        NWKernelRegression(w=2.0)(queries, keys, values[0][:, None])


def test_without_weights_to_keep_a_call_takes_memory_of_few_arrays() -> None:
    largest = 0

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            nonlocal largest
            out = function(*args, **(kwargs or {}))
            if isinstance(out, Tensor):
                largest = max(largest, out.numel())
            return out

    keys = torch.linspace(0, 5, 20_000, dtype=torch.float64)
    model = NWKernelRegression(w=5.0, keep_weights=False, dtype=torch.float64)
    with Watch():
        model(keys, keys, keys.sin())
    assert largest < 300 * len(keys)


def test_gradient_without_weights_to_keep_is_the_same() -> None:
    queries, keys, values = problem(torch.float64, own_keys=False)
    gradients = []
    for keep_weights in (True, False):
        model = NWKernelRegression(w=0.7, keep_weights=keep_weights, dtype=torch.float64)
        model(queries, keys, values).square().sum().backward()
        gradients.append(model.w.grad)
    torch.testing.assert_close(*gradients)


def test_a_query_out_of_reach_is_an_error() -> None:
    model = NWKernelRegression(w=1.0, kernel="triangular")
    with pytest.raises(ValueError, match=r"queries\[1\] = 3 has no key within the reach"):
        model(torch.tensor([0.5, 3.0]), torch.tensor([0.0, 1.0]), torch.tensor([1.0, 2.0]))


@pytest.mark.parametrize("keep_weights", [True, False])
def test_other_devices_are_refused(keep_weights: bool) -> None:
    model = NWKernelRegression(w=1.0, keep_weights=keep_weights)
    arguments = dict(zip(("queries", "keys", "values"), problem(torch.float32, False), strict=True))
    for name in arguments:
        with pytest.raises(ValueError, match=f"{name} .*meta"):
            model(**{**arguments, name: arguments[name].to("meta")})
    with pytest.raises(ValueError, match=r"\bw .*meta"):
        model.to("meta")(**arguments)


def test_bad_kernels_and_bad_flags_are_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel must be one of .*'unheard_of'"):
        NWKernelRegression(w=1.0, kernel="unheard_of")
    with pytest.raises(TypeError, match="keep_weights must be True or False, got 1"):
        NWKernelRegression(w=1.0, keep_weights=1)  # type: ignore[arg-type]


def test_state_dict_holds_w_and_carries_it_over() -> None:
    model, other = NWKernelRegression(w=2.0), NWKernelRegression(w=5.0)
    other.load_state_dict(model.state_dict())
    assert other.w.tolist() == [2.0]
