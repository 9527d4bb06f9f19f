"""One contract that every kernel keeps, and the numbers that tell them apart."""

import math
from collections.abc import Iterator
from fractions import Fraction

import mpmath
import pytest
import torch
from kernel_contract import FLOATS, KernelContract

from nwcore import KERNELS, attention_pooling, attention_weights
from nwcore.kernels import Kernel, gaussian, get_kernel, register, unregister
from nwcore.pooling import Method


def test_the_kernels_of_the_book_are_there() -> None:
    assert list(KERNELS) == [
        *("gaussian", "boxcar", "triangular", "epanechnikov", "biweight", "triweight", "tricube"),
        *("cosine", "logistic", "laplace", "constant"),
    ]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("name", "at_0", "at_half", "at_1", "at_2"),
    [
        (
            "gaussian",
            1 / math.sqrt(2 * math.pi),
            math.exp(-1 / 8) / math.sqrt(2 * math.pi),
            math.exp(-1 / 2) / math.sqrt(2 * math.pi),
            math.exp(-2) / math.sqrt(2 * math.pi),
        ),
        ("boxcar", 1 / 2, 1 / 2, 1 / 2, 0.0),
        ("triangular", 1.0, 1 / 2, 0.0, 0.0),
        ("epanechnikov", 3 / 4, 9 / 16, 0.0, 0.0),
        ("biweight", 15 / 16, 135 / 256, 0.0, 0.0),
        ("triweight", 35 / 32, 945 / 2048, 0.0, 0.0),
        ("tricube", 70 / 81, 70 * 343 / (81 * 512), 0.0, 0.0),
        ("cosine", math.pi / 4, math.pi / math.sqrt(32), 0.0, 0.0),
        (
            "logistic",
            1 / 4,
            1 / (2 * math.cosh(1 / 4)) ** 2,
            1 / (2 * math.cosh(1 / 2)) ** 2,
            1 / (2 * math.cosh(1)) ** 2,
        ),
        ("laplace", 1 / 2, math.exp(-1 / 2) / 2, math.exp(-1) / 2, math.exp(-2) / 2),
        ("constant", 1.0, 1.0, 1.0, 1.0),
    ],
)
def test_values_by_hand(
    name: str, at_0: float, at_half: float, at_1: float, at_2: float, dtype: torch.dtype
) -> None:
    u = torch.tensor([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0], dtype=dtype)
    expected = [at_0, at_half, at_half, at_1, at_1, at_2, at_2]
    result = KERNELS[name](u)
    torch.testing.assert_close(result, torch.tensor(expected, dtype=dtype))
    assert get_kernel(name)(u).tolist() == result.tolist()


class TestOwnKernels(KernelContract):
    @pytest.fixture(params=list(KERNELS))
    def kernel(self, request: pytest.FixtureRequest) -> Kernel:
        return KERNELS[request.param]

    def test_it_says_all_that_is_known_of_it(self, kernel: Kernel) -> None:
        """What it leaves out, the tests above cannot hold to its values."""
        needed = ["derivative"]
        if kernel.compact or not kernel.flat:  # ∫ K² du exists
            needed += ["roughness", "second_moment"]
        missing = [field for field in needed if getattr(kernel, field) is None]
        assert missing == [], f"add {', '.join(missing)} to {kernel.name} in nwcore/kernels.py"


REGISTERED = (
    Kernel(  # a polynomial of degree 4, on a support that is not 1
        "degree_four",
        value=lambda u: 15 / 32 * (1 - (u / 2).clamp(-1, 1) ** 2) ** 2,
        derivative=lambda u: -15 / 16 * (1 - (u / 2).clamp(-1, 1) ** 2) * (u / 2).clamp(-1, 1),
        support=2.0,
        polynomial=(15 / 32, 0.0, -15 / 64, 0.0, 15 / 512),
        roughness=5 / 14,
        second_moment=4 / 7,
    ),
    Kernel(  # compact, and no polynomial
        "quarter_wave",
        value=lambda u: (
            math.pi / 4 * torch.cos(math.pi / 2 * u.clamp(-1, 1)).clamp(min=0) * (u.abs() <= 1)
        ),
        derivative=lambda u: (
            -(math.pi**2) / 8 * torch.sin(math.pi / 2 * u.clamp(-1, 1)) * (u.abs() <= 1).to(u.dtype)
        ),
        support=1.0,
        roughness=math.pi**2 / 16,
        second_moment=1 - 8 / math.pi**2,
    ),
    Kernel(  # positive everywhere, and no softmax of squares
        "two_sided",
        value=lambda u: 0.5 * torch.exp(-u.abs().clamp(max=700)) * (u.abs() < 700).to(u.dtype),
        derivative=lambda u: -0.5 * torch.sign(u) * torch.exp(-u.abs()),
        roughness=1 / 4,
        second_moment=2.0,
    ),
    Kernel(  # the hyperbolic secant: a softmax, and no squares
        "secant",
        value=lambda u: 0.5 / torch.cosh(math.pi / 2 * u.clamp(-200, 200)),
        derivative=lambda u: (
            -math.pi
            / 4
            * torch.tanh(math.pi / 2 * u)
            / torch.cosh(math.pi / 2 * u.clamp(-200, 200))
        ),
        log_drop=lambda difference, total: (
            math.pi / 2 * difference
            + torch.log1p(torch.exp(-math.pi / 2 * (total + difference)))
            - torch.log1p(torch.exp(-math.pi / 2 * (total - difference)))
        ),
        roughness=1 / math.pi,
        second_moment=1.0,
    ),
    Kernel(  # nothing but its values is known
        "bare", value=lambda u: torch.clamp(1 - u.abs(), min=0), support=1.0
    ),
)


class TestRegisteredKernels(KernelContract):
    @pytest.fixture(params=REGISTERED, ids=lambda kernel: kernel.name)
    def kernel(self, request: pytest.FixtureRequest) -> Iterator[Kernel]:
        register(request.param)
        yield request.param
        unregister(request.param.name)


# Factors as Marron & Nolan (1988), efficiencies as Silverman (1986) tabulate them.
@pytest.mark.parametrize(
    ("name", "factor", "efficiency"),
    [
        ("gaussian", 1.0, 0.951),
        ("boxcar", 1.740, 0.930),
        ("triangular", 2.432, 0.986),
        ("epanechnikov", 2.214, 1.0),
        ("biweight", 2.623, 0.994),
        ("triweight", 2.978, 0.987),
    ],
)
def test_canonical_bandwidth_and_efficiency(name: str, factor: float, efficiency: float) -> None:
    kernel = get_kernel(name)
    ratio = kernel.canonical_bandwidth / gaussian.canonical_bandwidth
    assert ratio == pytest.approx(factor, abs=6e-4)
    assert cost("epanechnikov") / cost(name) == pytest.approx(efficiency, abs=6e-4)


# (R(K)/μ₂(K)²)^(1/5) as Marron & Nolan (1988) tabulate it.
@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("gaussian", 0.7764),
        ("boxcar", 1.3510),
        ("epanechnikov", 1.7188),
        ("biweight", 2.0362),
        ("triweight", 2.3122),
    ],
)
def test_canonical_bandwidth(name: str, canonical: float) -> None:
    assert get_kernel(name).canonical_bandwidth == pytest.approx(canonical, abs=5e-5)


def cost(name: str) -> float:
    """R(K) √μ₂(K), to which the least error of a density is related."""
    kernel = get_kernel(name)
    assert kernel.roughness is not None
    assert kernel.second_moment is not None
    return kernel.roughness * math.sqrt(kernel.second_moment)


def test_no_kernel_that_is_nowhere_negative_is_more_efficient_than_epanechnikov() -> None:
    costs = {name: cost(name) for name, kernel in KERNELS.items() if kernel.roughness is not None}
    assert min(costs, key=costs.__getitem__) == "epanechnikov"
    efficiency = {name: round(costs["epanechnikov"] / value, 3) for name, value in costs.items()}
    assert efficiency["tricube"] == 0.998
    assert efficiency["cosine"] == 0.999
    assert efficiency["logistic"] == 0.888
    assert efficiency["laplace"] == 0.759


@pytest.mark.parametrize("method", ["direct", "windowed"])
def test_laplace_weights_do_not_depend_on_how_far_a_query_is(method: Method) -> None:
    keys = torch.tensor([0.1, 0.1000001, 0.2], dtype=torch.float64)
    queries = torch.tensor([0.2, 1e3, 1e9, 1e15, 1e300], dtype=torch.float64)
    gaps = [Fraction(0.2) - Fraction(key) for key in keys.tolist()]
    parts = [math.exp(-float(3 * gap)) for gap in gaps]
    for column in range(3):
        values = torch.eye(3, dtype=torch.float64)[column]
        found = attention_pooling(queries, keys, values, 3.0, "laplace", method=method)
        expected = torch.full_like(queries, parts[column] / sum(parts))
        torch.testing.assert_close(found, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("method", ["direct", "windowed"])
def test_logistic_weights_keep_their_digits(method: Method) -> None:
    keys, values = torch.tensor([-0.3, 0.4, 1.1]).double(), torch.tensor([1.0, 2.0, 4.0]).double()
    w = 1.7
    for query in (-0.3, 0.0, 0.05, 2.0, 30.0, 3e4):
        with mpmath.workdps(60):
            scaled = [mpmath.mpf(w) * (mpmath.mpf(query) - key) for key in keys.tolist()]
            weights = [1 / mpmath.cosh(u / 2) ** 2 for u in scaled]
            pairs = zip(weights, values.tolist(), strict=True)
            expected = float(sum(a * y for a, y in pairs) / sum(weights))
        queries = torch.tensor([query], dtype=torch.float64)
        found = attention_pooling(queries, keys, values, w, "logistic", method=method)
        assert float(found) == pytest.approx(expected, rel=1e-14)


# --- registering ---


def flat(u: torch.Tensor) -> torch.Tensor:
    return (u.abs() <= 1).to(u.dtype)


def test_a_registered_kernel_is_known_until_it_is_forgotten() -> None:
    again = [Kernel("flat", flat, support=1.0), Kernel("flat", lambda u: 2 * flat(u), support=1.0)]
    for kernel in again:  # as when a notebook's cell is run twice
        register(kernel)
        assert KERNELS["flat"] is kernel
    unregister("flat")
    assert "flat" not in KERNELS
    with pytest.raises(ValueError, match=r"kernel must be one of gaussian, .*, got 'flat'"):
        attention_weights(torch.zeros(1), torch.zeros(1), kernel="flat")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "gaussian"}, "must not be one of the package's own, got 'gaussian'"),
        ({"name": "My kernel"}, "name must be lower-case .* got 'My kernel'"),
        ({"name": 3}, "name must be lower-case"),
        ({"support": 0.0}, "support must be above 0, got 0.0"),
        ({"support": math.nan}, "support must be above 0, got nan"),
        ({"support": 0.5}, "must be 0 beyond its support 0.5"),
        ({"polynomial": (1.0, -1.0)}, "polynomial of flat must give its values"),
        ({"polynomial": ()}, "polynomial must be finite numbers"),
        ({"polynomial": (math.inf,)}, "polynomial must be finite numbers"),
        ({"polynomial": (1.0, 1.0), "support": math.inf}, "must be one number"),
        ({"squared_exponential": True}, r"exp\(−u²/2\) times a number"),
        ({"log_drop": lambda e, t: e}, "log_drop must be left out for a kernel of compact"),
        (
            {"value": lambda u: torch.exp(-u.abs()), "support": math.inf, "log_drop": torch.add},
            "log_drop of flat must be what the log of its values drops",
        ),
        ({"derivative": lambda u: -u}, "derivative of flat must be the derivative"),
        ({"value": lambda u: flat(u) - 0.5}, "finite and nowhere negative"),
        ({"value": lambda u: flat(u) / 0}, "finite and nowhere negative"),
        ({"value": lambda u: flat(u) * (1 + u.clamp(-1, 1))}, "must be even in u"),
        ({"value": lambda u: flat(u) * (u != 0)}, "must be above 0 at u = 0"),
        ({"value": lambda u: flat(u).sum()}, "keep the shape and dtype"),
        ({"value": lambda u: flat(u).float()}, "keep the shape and dtype"),
    ],
)
def test_a_kernel_that_contradicts_itself_is_refused(
    arguments: dict[str, object], message: str
) -> None:
    given = {"name": "flat", "value": flat, "support": 1.0} | arguments
    with pytest.raises(ValueError, match=message):
        register(Kernel(**given))  # type: ignore[arg-type]
    assert "flat" not in KERNELS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": 3}, "value must be callable, got int"),
        ({"derivative": "x"}, "derivative must be callable, got str"),
        ({"log_drop": 1.0}, "log_drop must be callable, got float"),
        ({"support": "wide"}, "support must be a number"),
        ({"support": True}, "support must be a number"),
    ],
)
def test_what_is_no_kernel_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Kernel(**({"name": "flat", "value": flat} | arguments))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="kernel must be a Kernel, got function"):
        register(flat)  # type: ignore[arg-type]


def test_the_package_keeps_its_own_kernels() -> None:
    with pytest.raises(ValueError, match="name must not be one of the package's own"):
        unregister("boxcar")
    with pytest.raises(ValueError, match="kernel must be one of"):
        unregister("none")
    with pytest.raises(TypeError):
        KERNELS["flat"] = gaussian  # type: ignore[index]


def test_a_kernel_that_is_no_softmax_names_a_query_that_is_too_far() -> None:
    register(REGISTERED[2])
    with pytest.raises(ValueError, match=r"queries\[1\] = 1e\+06 .* two_sided kernel"):
        attention_pooling(
            torch.tensor([0.0, 1e6]), torch.zeros(3), torch.zeros(3), kernel="two_sided"
        )
    unregister("two_sided")


@pytest.mark.parametrize("u", [torch.tensor([1, 2]), 3.0, torch.tensor([1.0]).half()])
def test_a_scaled_distance_must_be_a_float_tensor(u: object) -> None:
    with pytest.raises(TypeError, match=r"u must be a tensor of torch\.float32"):
        gaussian(u)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="u must not hold NaN"):
        gaussian(torch.tensor([torch.nan]))


# --- how exact a registered kernel must be: just within, and just beyond ---


def accepted(**arguments: object) -> bool:
    """Whether a kernel can be registered; it is forgotten at once."""
    try:
        register(Kernel("tried", **arguments))  # type: ignore[arg-type]
    except ValueError:
        return False
    unregister("tried")
    return True


def hill(u: torch.Tensor) -> torch.Tensor:
    return 1 / (1 + u**2)


def hill_derivative(u: torch.Tensor) -> torch.Tensor:
    return -2 * u / (1 + u**2) ** 2


@pytest.mark.parametrize(("off", "fits"), [(0.9e-3, True), (2e-3, False)])
def test_a_derivative_may_be_off_by_a_thousandth_of_the_steepest(off: float, fits: bool) -> None:
    steepest = 9 / (8 * math.sqrt(3))
    for sign in (1, -1):
        shifted = {"derivative": lambda u, by=sign * off: hill_derivative(u) + by * steepest}
        assert accepted(value=hill, **shifted) == fits


@pytest.mark.parametrize("reach", [1.0, 3.0])
@pytest.mark.parametrize(("off", "fits"), [(0.5e-9, True), (2e-9, False)])
def test_a_derivative_of_0_may_be_off_by_rounding(off: float, fits: bool, reach: float) -> None:
    def box(u: torch.Tensor) -> torch.Tensor:
        return 5.0 * flat(u / reach)

    def derivative(u: torch.Tensor) -> torch.Tensor:
        return torch.full_like(u, off * 5.0 / reach)

    assert accepted(value=box, derivative=derivative, support=reach) == fits


@pytest.mark.parametrize(
    ("support", "first", "last", "fits"),
    [
        (math.inf, 7.8, 7.9, False),
        (math.inf, 8.0, 9.0, True),  # how far a kernel without a support is looked at
        (2.0, 1.97, 1.99, False),
        (2.0, 0.0, 0.01, False),
    ],
)
def test_a_derivative_is_looked_at_everywhere(
    support: float, first: float, last: float, fits: bool
) -> None:
    def value(u: torch.Tensor) -> torch.Tensor:
        return hill(u) * (u.abs() <= support)

    def derivative(u: torch.Tensor) -> torch.Tensor:
        return hill_derivative(u) + 0.1 * ((u.abs() > first) & (u.abs() < last))

    assert accepted(value=value, derivative=derivative, support=support) == fits
    assert accepted(value=value, derivative=hill_derivative, support=support)


def test_a_kink_is_no_contradiction_and_two_wrong_points_are() -> None:
    at = 0.31234

    def tent(u: torch.Tensor) -> torch.Tensor:
        return (1 - (u.abs() - at).clamp(min=0) / (1 - at)).clamp(min=0)

    def tent_derivative(u: torch.Tensor) -> torch.Tensor:
        return -torch.sign(u) * ((u.abs() > at) & (u.abs() < 1)) / (1 - at)

    assert accepted(value=tent, derivative=tent_derivative, support=1.0)

    def late(u: torch.Tensor) -> torch.Tensor:
        return tent_derivative(u) * (u.abs() > at + 0.003)

    assert not accepted(value=tent, derivative=late, support=1.0)


def test_a_narrow_kernel_without_a_support_has_its_derivative() -> None:
    assert accepted(
        value=lambda u: torch.exp(-20 * u**2),
        derivative=lambda u: -40 * u * torch.exp(-20 * u**2),
    )


@pytest.mark.parametrize(("off", "fits"), [(0.4e-12, True), (2e-12, False)])
def test_values_are_even_and_those_of_the_polynomial_but_for_rounding(
    off: float, fits: bool
) -> None:
    def leaning(u: torch.Tensor) -> torch.Tensor:
        return 100 * flat(u) * (1 + off * (u > 0.5).to(u.dtype))

    assert accepted(value=leaning, support=1.0) == fits

    def raised(u: torch.Tensor) -> torch.Tensor:
        return 100 * flat(u) * (1 + off)

    assert accepted(value=raised, support=1.0, polynomial=(100.0,)) == fits


@pytest.mark.parametrize(("off", "fits"), [(0.5e-9, True), (2e-9, False)])
def test_a_squared_exponential_is_one_but_for_rounding(off: float, fits: bool) -> None:
    def bell(u: torch.Tensor) -> torch.Tensor:
        return 3 * torch.exp(-0.5 * u**2) * (1 + off * (u.abs() > 1).to(u.dtype))

    assert accepted(value=bell, squared_exponential=True) == fits


@pytest.mark.parametrize(("beyond", "fits"), [(1.2, False), (1.3, True)])
def test_a_kernel_is_looked_at_a_quarter_beyond_its_support(beyond: float, fits: bool) -> None:
    def far(u: torch.Tensor) -> torch.Tensor:
        return flat(u / 2) + (u.abs() > 2 * beyond)

    assert accepted(value=far, support=2.0) == fits
