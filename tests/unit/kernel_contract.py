"""What every kernel must keep, the package's own and any that is registered."""

import math
from collections.abc import Callable

import pytest
import torch
from scipy import integrate
from torch import Tensor

from nwcore import KERNELS, attention_pooling, attention_weights, leave_one_out_loss
from nwcore.kernels import Kernel, get_kernel
from nwcore.pooling import METHODS, Method

# The registered kernels that have compact support, those whose values tell nearer keys from farther
# ones, and those that "linear" pools by prefix sums.
COMPACT = tuple(name for name, kernel in KERNELS.items() if kernel.compact)
SMOOTH = tuple(name for name, kernel in KERNELS.items() if not kernel.flat)
POLYNOMIAL = tuple(name for name, kernel in KERNELS.items() if kernel.polynomial is not None)
# Those that the method "linear" takes.
LINEAR = tuple(name for name in KERNELS if name in POLYNOMIAL or KERNELS[name].squared_exponential)

FLOATS = (torch.float32, torch.float64)
FAR = 40.0  # where a kernel of infinite support has no weight left


class KernelContract:
    """Inherit, and give the fixture `kernel`: the tests of one kernel."""

    @pytest.fixture
    def kernel(self) -> Kernel:
        raise NotImplementedError

    def moment(self, kernel: Kernel, integrand: Callable[[float, float], float]) -> float:
        """∫ integrand(u, K(u)) du."""

        def at(u: float) -> float:
            return integrand(u, float(kernel(torch.tensor(u, dtype=torch.float64))))

        return 2 * float(integrate.quad(at, 0, min(kernel.support, FAR), epsabs=1e-12)[0])

    def test_it_is_found_by_its_name(self, kernel: Kernel) -> None:
        assert get_kernel(kernel.name) is kernel

    @pytest.mark.parametrize("shape", [(), (3,), (2, 3, 5)])
    def test_shape_and_dtype_are_kept(self, kernel: Kernel, shape: tuple[int, ...]) -> None:
        for dtype in FLOATS:
            result = kernel(torch.full(shape, 0.25, dtype=dtype))
            assert result.shape == shape
            assert result.dtype == dtype

    @pytest.mark.parametrize("dtype", FLOATS)
    def test_even_never_negative_never_rising_finite_to_the_ends(
        self, kernel: Kernel, dtype: torch.dtype
    ) -> None:
        far = torch.tensor([1e30, 3e38], dtype=dtype)
        u = torch.cat([torch.linspace(0, 7, 701, dtype=dtype), far])
        value = kernel(u)
        assert bool((value >= 0).all())
        assert bool((value.diff() <= 0).all())
        assert torch.equal(kernel(-u), value)
        assert bool(torch.isfinite(value).all())

    def test_it_is_0_beyond_its_support_and_not_within(self, kernel: Kernel) -> None:
        if not kernel.compact:
            assert float(kernel(torch.tensor(6.0))) > 0
            return
        ends = torch.tensor([kernel.support], dtype=torch.float64)
        assert float(kernel(ends * 0.999)) > 0
        assert float(kernel(torch.nextafter(ends, 2 * ends))) == 0

    def test_it_integrates_to_one(self, kernel: Kernel) -> None:
        if kernel.roughness is None:
            return
        assert self.moment(kernel, lambda u, value: value) == pytest.approx(1, abs=1e-9)

    def test_its_constants_are_those_of_its_values(self, kernel: Kernel) -> None:
        if kernel.roughness is None or kernel.second_moment is None:
            with pytest.raises(ValueError, match=f"the {kernel.name} kernel has no canonical"):
                _ = kernel.canonical_bandwidth
            return
        roughness = self.moment(kernel, lambda u, value: value**2)
        second = self.moment(kernel, lambda u, value: u**2 * value)
        assert kernel.roughness == pytest.approx(roughness, rel=1e-9)
        assert kernel.second_moment == pytest.approx(second, rel=1e-9)
        canonical = (roughness / second**2) ** 0.2
        assert kernel.canonical_bandwidth == pytest.approx(canonical, rel=1e-9)

    def test_its_derivative_is_that_of_its_values(self, kernel: Kernel) -> None:
        if kernel.derivative is None:
            return
        u = torch.linspace(-3.03, 3.05, 97, dtype=torch.float64)  # on no kink
        step = 1e-6
        differences = (kernel(u + step) - kernel(u - step)) / (2 * step)
        torch.testing.assert_close(kernel.derivative(u), differences, rtol=1e-6, atol=1e-8)

    def test_its_polynomial_gives_its_values(self, kernel: Kernel) -> None:
        if kernel.polynomial is None:
            return
        u = min(kernel.support, 5.0) * torch.linspace(-1, 1, 101, dtype=torch.float64)
        expected = sum(c * u.abs() ** j for j, c in enumerate(kernel.polynomial))
        rounding = 1e-15 * sum(abs(c) for c in kernel.polynomial)
        torch.testing.assert_close(kernel(u), expected + 0 * u, rtol=0, atol=rounding)

    @pytest.mark.parametrize("dtype", FLOATS)
    def test_its_derivative_is_finite_everywhere_and_odd(
        self, kernel: Kernel, dtype: torch.dtype
    ) -> None:
        if kernel.derivative is None:
            return
        ends = kernel.support * torch.tensor([0.0, 0.999, 1.0, 1.001], dtype=dtype)
        far = torch.tensor([0.0, 90.0, 800.0, 1e20, 3e38, torch.finfo(dtype).max], dtype=dtype)
        u = torch.cat([ends.nan_to_num(0), far])
        derivative = kernel.derivative(u)
        assert bool(torch.isfinite(derivative).all())
        assert bool((derivative <= 0).all())
        assert torch.equal(kernel.derivative(-u), -derivative)
        if kernel.compact:
            assert not bool(derivative[u > kernel.support].any())

    def test_what_its_log_drops_is_that_of_its_values(self, kernel: Kernel) -> None:
        if kernel.log_drop is None:
            return
        u = torch.tensor([0.0, 1e-9, 0.3, 1.0, 4.0, 30.0], dtype=torch.float64)
        drop = kernel.log_drop(u - u[:, None], u + u[:, None])
        logs = kernel(u).log()
        torch.testing.assert_close(drop, logs[:, None] - logs, rtol=1e-13, atol=1e-14)

    @pytest.mark.parametrize("far", [1e3, -1e7, 1e290])
    def test_a_query_far_from_every_key_attends_to_the_nearest(
        self, kernel: Kernel, far: float
    ) -> None:
        if kernel.log_drop is None:
            return
        keys = torch.tensor([-1.0, 0.25, 1.0, 1.0], dtype=torch.float64)
        values = torch.tensor([3.0, 7.0, 5.0, 9.0], dtype=torch.float64)
        query = torch.tensor([far], dtype=torch.float64)
        expected = 7.0 if far > 0 else 3.0  # a mean of the two keys at 1, or the key at −1
        for method in METHODS:
            if method in ("auto", "direct", "windowed"):
                found = attention_pooling(query, keys, values, 99.0, kernel.name, method=method)
                assert float(found) == expected, method
        for dtype in FLOATS if abs(far) < 1e30 else (torch.float64,):
            points = torch.stack([keys, 2 * keys], dim=1).to(dtype)  # (k, 2)
            there = torch.tensor([[far, 2 * far]], dtype=dtype)
            weights = attention_weights(there, points, 99.0, kernel.name)
            torch.testing.assert_close(
                weights @ values.to(dtype), torch.full((1,), expected, dtype=dtype)
            )

    def test_its_gradient_is_finite_far_out(self, kernel: Kernel) -> None:
        u = torch.tensor([0.0, 0.5, 3.0, 1e20, -3e38], requires_grad=True)
        (kernel(u) + 0 * u).sum().backward()  # 0 · u: a flat kernel has no gradient of its own
        assert u.grad is not None
        assert bool(torch.isfinite(u.grad).all())

    def pairs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (83,), keys and values (151,)."""
        generator = torch.Generator().manual_seed(5)
        queries, keys, values = (
            torch.rand(n, generator=generator, dtype=torch.float64) for n in (83, 151, 151)
        )
        return 5 * queries, 5 * keys, 9 * values - 4

    def expected(self, kernel: Kernel, w: float) -> tuple[Tensor, Tensor]:
        """The quotient of sums that the formula says, (83,), and the weights, (83, 151)."""
        queries, keys, values = self.pairs()
        similarity = kernel((queries[:, None] - keys) * w)  # (83, 151)
        weights = similarity / similarity.sum(1, keepdim=True)
        return weights @ values, weights

    @pytest.mark.parametrize("w", [0.3, -2.0])
    @pytest.mark.parametrize("method", ["auto", "direct", "windowed", "linear"])
    def test_every_method_pools_with_it_or_says_why_not(
        self, kernel: Kernel, method: Method, w: float
    ) -> None:
        if method == "linear" and not (kernel.squared_exponential or kernel.polynomial):
            with pytest.raises(ValueError, match=f'"linear" takes .* got kernel {kernel.name!r}'):
                attention_pooling(*self.pairs(), w, kernel.name, method=method)
            return
        expected, weights = self.expected(kernel, w)
        found = attention_pooling(*self.pairs(), w, kernel.name, method=method)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        queries, keys, _ = self.pairs()
        torch.testing.assert_close(
            attention_weights(queries, keys, w, kernel.name), weights, rtol=1e-12, atol=1e-14
        )

    def test_many_pairs_choose_a_method_that_can_take_it(self, kernel: Kernel) -> None:
        _, keys, values = self.pairs()
        many = torch.linspace(0, 5, 1009, dtype=torch.float64)  # times 151 pairs: past the few
        found = attention_pooling(many, keys, values, 0.4, kernel.name)
        direct = attention_pooling(many, keys, values, 0.4, kernel.name, method="direct")
        torch.testing.assert_close(found, direct, rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("method", ["windowed", "linear"])
    def test_derivatives_in_w_are_those_of_the_direct_sum(
        self, kernel: Kernel, method: Method
    ) -> None:
        _, x, y = self.pairs()

        def derivative(method: Method) -> float:
            w = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
            loss = leave_one_out_loss(x, y, w, kernel.name, method=method)
            return float(torch.autograd.grad(loss, w)[0])

        if method == "linear" and not (kernel.squared_exponential or kernel.polynomial):
            return
        if kernel.derivative is None:
            with pytest.raises(ValueError, match=f"needs the derivative of the {kernel.name}"):
                derivative(method)
            return
        found, expected = derivative(method), derivative("direct")
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)

    @pytest.mark.parametrize("method", ["direct", "windowed", "linear"])
    def test_a_key_at_the_end_of_the_support_counts_alike(
        self, kernel: Kernel, method: Method
    ) -> None:
        if not kernel.compact or (method == "linear" and kernel.polynomial is None):
            return
        generator = torch.Generator().manual_seed(1)
        tenths = torch.randint(0, 40, (60,), generator=generator)
        for dtype in FLOATS:
            keys = (tenths / 10).to(dtype)
            queries = (torch.arange(40) / 10).to(dtype)
            w = kernel.support * 10 / 3  # whole tenths away, some keys are at the very end
            values = torch.arange(60, dtype=dtype)
            found = attention_pooling(
                queries, keys, values, w, kernel.name, empty="nan", method=method
            )
            reach = (queries.double()[:, None] - keys.double()).abs() * w <= kernel.support
            assert torch.equal(
                found.isnan(),
                ~(reach & (kernel((queries.double()[:, None] - keys.double()) * w) > 0)).any(1),
            )
            weights = attention_weights(queries, keys, w, kernel.name, empty="nan")
            assert not bool((weights.nan_to_num(0) > 0)[~reach].any())
            torch.testing.assert_close(
                found,
                (weights.double() @ values.double()).to(dtype),
                rtol=1e-5,
                atol=1e-5,
                equal_nan=True,
            )

    def test_the_sums_of_weights_are_one(self, kernel: Kernel) -> None:
        queries, keys, _ = self.pairs()
        weights = attention_weights(queries, keys, 1.3, kernel.name)
        assert bool((weights >= 0).all())
        assert float((weights.sum(1) - 1).abs().max()) <= 1e-14
        assert math.isfinite(float(weights.max()))
