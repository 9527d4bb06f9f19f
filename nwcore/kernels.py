"""Kernels K(u): how much attention a key gets at scaled distance u = (x − xᵢ) w from the query.

A kernel is one object. Whatever the package has to know of it, the methods of pooling, the choice
of the bandwidth and the messages, is asked of that object: a kernel that is registered here is
known everywhere.

The package's own, with the end of the support, the roughness R(K), which is the integral of K(u)²,
and the second moment μ₂(K), that of u² K(u)::

    name          K(u)                                 support  R(K)          μ₂(K)
    gaussian      (2π)^(−1/2) exp(−u²/2)               ∞        1/(2√π)       1
    boxcar        ½                                    1        1/2           1/3
    triangular    1 − |u|                              1        2/3           1/6
    epanechnikov  ¾ (1 − u²)                           1        3/5           1/5
    biweight      15/16 (1 − u²)²                      1        5/7           1/7
    triweight     35/32 (1 − u²)³                      1        350/429       1/9
    tricube       70/81 (1 − |u|³)³                    1        175/247       35/243
    cosine        π/4 cos(πu/2)                        1        π²/16         1 − 8/π²
    logistic      1/(2 + exp(u) + exp(−u))             ∞        1/6           π²/3
    laplace       ½ exp(−|u|)                          ∞        1/4           2
    constant      1                                    ∞
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from nwcore._checks import FLOAT_DTYPES

Profile = Callable[[Tensor], Tensor]
LogDrop = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False, repr=False)
class Kernel:
    """A kernel: K(u), and what is known of it.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores, a letter first.
    value : callable
        K(u) for a finite float32 or float64 tensor of any shape: even in u, nowhere negative, 0
        where |u| > `support`.
    derivative : callable, optional
        K′(u), for the same tensors. Without it, "windowed" pools but gives no derivative in w.
    support : float
        K(u) = 0 where |u| is larger; infinite for a kernel that is positive everywhere.
    polynomial : tuple of float, optional
        Coefficients c of K(u) = Σⱼ cⱼ |u|ʲ on |u| ≤ `support`. With them, "linear" can pool.
    squared_exponential : bool
        Whether K(u) is exp(−u²/2) times a number, so that its weights are a softmax of −u²/2.
    log_drop : callable, optional
        log K(v) − log K(u) for u, v ≥ 0, from u − v and u + v. With it, the weights of a kernel
        that is positive everywhere, but no squared exponential, are a softmax: a query far from
        every key attends to the nearest, where the kernel's values are all 0 in float64.
    roughness : float, optional
        R(K) = ∫ K(u)² du.
    second_moment : float, optional
        μ₂(K) = ∫ u² K(u) du.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Marron and Nolan (1988), "Canonical kernels for density estimation", for the canonical
    bandwidth (R(K) / μ₂(K)²)^(1/5).

    Examples
    --------
    >>> triangular(torch.tensor([0.0, 0.5, 2.0]))
    tensor([1.0000, 0.5000, 0.0000])
    >>> round(epanechnikov.canonical_bandwidth / gaussian.canonical_bandwidth, 3)
    2.214
    """

    name: str
    value: Profile
    derivative: Profile | None = None
    support: float = math.inf
    polynomial: tuple[float, ...] | None = None
    squared_exponential: bool = False
    log_drop: LogDrop | None = None
    roughness: float | None = None
    second_moment: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(
                f"name must be lower-case letters, digits and underscores, got {self.name!r}"
            )
        for field in ("value", "derivative", "log_drop"):
            function = getattr(self, field)
            if not callable(function) and (field == "value" or function is not None):
                raise TypeError(f"{field} must be callable, got {type(function).__name__}")
        if isinstance(self.support, bool) or not isinstance(self.support, int | float):
            raise TypeError(f"support must be a number, got {self.support!r}")
        if not self.support > 0:
            raise ValueError(f"support must be above 0, got {self.support!r}")
        if self.polynomial is not None:
            if len(self.polynomial) == 0 or not all(map(math.isfinite, self.polynomial)):
                raise ValueError(f"polynomial must be finite numbers, got {self.polynomial!r}")
            if not self.compact and len(self.polynomial) > 1:
                raise ValueError("polynomial must be one number for a kernel of infinite support")
        if self.log_drop is not None and (self.compact or self.squared_exponential):
            raise ValueError(
                "log_drop must be left out for a kernel of compact support or a squared exponential"
            )

    def __repr__(self) -> str:
        return f"Kernel({self.name!r})"

    def __call__(self, u: Tensor) -> Tensor:
        """K(u), for u of any shape, float32 or float64, without NaN."""
        _check_scaled_distance(u)
        return self.value(u)

    @property
    def compact(self) -> bool:
        """Whether the kernel has compact support: is 0 beyond some distance."""
        return math.isfinite(self.support)

    @property
    def flat(self) -> bool:
        """Whether K is the same number all over its support, as far as its polynomial tells."""
        return self.polynomial is not None and not any(self.polynomial[1:])

    @property
    def canonical_bandwidth(self) -> float:
        """(R(K) / μ₂(K)²)^(1/5): kernels at equal multiples of theirs smooth alike.

        Raises
        ------
        ValueError
            If the kernel has no roughness or no second moment.
        """
        if self.roughness is None or self.second_moment is None:
            raise ValueError(
                f"the {self.name} kernel has no canonical bandwidth: its roughness and its second "
                f"moment must be known"
            )
        return float((self.roughness / self.second_moment**2) ** 0.2)


def _check_scaled_distance(u: Tensor) -> None:
    if not isinstance(u, Tensor) or u.dtype not in FLOAT_DTYPES:
        found = u.dtype if isinstance(u, Tensor) else type(u).__name__
        raise TypeError(f"u must be a tensor of torch.float32 or torch.float64, got {found}")
    if bool(torch.isnan(u).any()):
        raise ValueError("u must not hold NaN")


def _exponential(u: Tensor) -> Tensor:
    # Beyond 100 the value is 0 in float64 already; without the bound the gradient would be 0 · inf.
    return torch.exp(-0.5 * u.clamp(-100, 100) ** 2) / math.sqrt(2 * math.pi)


def _inside(u: Tensor) -> Tensor:
    return (u.abs() <= 1).to(u.dtype)


# Bounded before a power may overflow; as factors, their digits are kept to the end of the support.
def _one_less_square(u: Tensor) -> Tensor:
    inner = u.clamp(-1, 1)
    return (1 - inner) * (1 + inner)


def _one_less_cube(u: Tensor) -> Tensor:
    inner = u.abs().clamp(max=1)
    return (1 - inner) * (1 + inner + inner**2)


def _softened(u: Tensor) -> Tensor:
    return torch.log1p(torch.exp(-u))


gaussian = Kernel(
    "gaussian",
    value=_exponential,
    derivative=lambda u: -u.clamp(-100, 100) * _exponential(u),
    squared_exponential=True,
    roughness=1 / (2 * math.sqrt(math.pi)),
    second_moment=1.0,
)
"""K(u) = (2π)^(−1/2) exp(−u²/2)."""

boxcar = Kernel(
    "boxcar",
    value=lambda u: 0.5 * _inside(u),
    derivative=torch.zeros_like,
    support=1.0,
    polynomial=(0.5,),
    roughness=1 / 2,
    second_moment=1 / 3,
)
"""K(u) = ½ on |u| ≤ 1."""

triangular = Kernel(
    "triangular",
    value=lambda u: torch.clamp(1 - u.abs(), min=0),
    derivative=lambda u: -torch.sign(u) * _inside(u),
    support=1.0,
    polynomial=(1.0, -1.0),
    roughness=2 / 3,
    second_moment=1 / 6,
)
"""K(u) = max(0, 1 − |u|)."""

epanechnikov = Kernel(
    "epanechnikov",
    value=lambda u: 0.75 * (1 - u.clamp(-1, 1) ** 2),  # bounded before squaring may overflow
    derivative=lambda u: -1.5 * u.clamp(-1, 1) * _inside(u),
    support=1.0,
    polynomial=(0.75, 0.0, -0.75),
    roughness=3 / 5,
    second_moment=1 / 5,
)
"""K(u) = ¾ max(0, 1 − u²): Epanechnikov (1969), "Non-parametric estimation of a multivariate
probability density"."""

biweight = Kernel(
    "biweight",
    value=lambda u: 15 / 16 * _one_less_square(u) ** 2,
    derivative=lambda u: -15 / 4 * u.clamp(-1, 1) * _one_less_square(u),
    support=1.0,
    polynomial=(15 / 16, 0.0, -15 / 8, 0.0, 15 / 16),
    roughness=5 / 7,
    second_moment=1 / 7,
)
"""K(u) = 15/16 (1 − u²)² on |u| ≤ 1, also called quartic: Silverman (1986), "Density Estimation for
Statistics and Data Analysis", table 3.1."""

triweight = Kernel(
    "triweight",
    value=lambda u: 35 / 32 * _one_less_square(u) ** 3,
    derivative=lambda u: -105 / 16 * u.clamp(-1, 1) * _one_less_square(u) ** 2,
    support=1.0,
    polynomial=(35 / 32, 0.0, -105 / 32, 0.0, 105 / 32, 0.0, -35 / 32),
    roughness=350 / 429,
    second_moment=1 / 9,
)
"""K(u) = 35/32 (1 − u²)³ on |u| ≤ 1: Wand and Jones (1995), "Kernel Smoothing"."""

tricube = Kernel(
    "tricube",
    value=lambda u: 70 / 81 * _one_less_cube(u) ** 3,
    derivative=lambda u: -70 / 9 * u.clamp(-1, 1) * u.clamp(-1, 1).abs() * _one_less_cube(u) ** 2,
    support=1.0,
    polynomial=(70 / 81, 0.0, 0.0, -70 / 27, 0.0, 0.0, 70 / 27, 0.0, 0.0, -70 / 81),
    roughness=175 / 247,
    second_moment=35 / 243,
)
"""K(u) = 70/81 (1 − |u|³)³ on |u| ≤ 1: Cleveland (1979), "Robust locally weighted regression and
smoothing scatterplots"."""

cosine = Kernel(
    "cosine",
    # The sine of what is left to the end of the support, which is 0 there and not 6e−17.
    value=lambda u: math.pi / 4 * torch.sin(math.pi / 2 * (1 - u.abs()).clamp(min=0)),
    derivative=lambda u: -(math.pi**2) / 8 * torch.sin(math.pi / 2 * u.clamp(-1, 1)) * _inside(u),
    support=1.0,
    roughness=math.pi**2 / 16,
    second_moment=1 - 8 / math.pi**2,
)
"""K(u) = π/4 cos(πu/2) on |u| ≤ 1."""

logistic = Kernel(
    "logistic",
    value=lambda u: torch.sigmoid(u.abs()) * torch.sigmoid(-u.abs()),
    derivative=lambda u: -torch.tanh(u / 2) * torch.sigmoid(u.abs()) * torch.sigmoid(-u.abs()),
    log_drop=lambda difference, total: (
        difference + 2 * (_softened((total + difference) / 2) - _softened((total - difference) / 2))
    ),
    roughness=1 / 6,
    second_moment=math.pi**2 / 3,
)
"""K(u) = 1/(2 + exp(u) + exp(−u)), the density of the logistic distribution."""

laplace = Kernel(
    "laplace",
    value=lambda u: 0.5 * torch.exp(-u.abs()),
    derivative=lambda u: -0.5 * torch.sign(u) * torch.exp(-u.abs()),
    log_drop=lambda difference, total: difference,
    roughness=1 / 4,
    second_moment=2.0,
)
"""K(u) = ½ exp(−|u|), the density of the Laplace distribution."""

constant = Kernel(
    "constant",
    value=torch.ones_like,
    derivative=torch.zeros_like,
    polynomial=(1.0,),
)
"""K(u) = 1: every key counts alike, which is average pooling."""

_OWN = (
    *(gaussian, boxcar, triangular, epanechnikov),
    *(biweight, triweight, tricube, cosine, logistic, laplace),
    constant,
)
_registered: dict[str, Kernel] = {kernel.name: kernel for kernel in _OWN}

KERNELS: Mapping[str, Kernel] = MappingProxyType(_registered)
"""The registered kernels by name."""


def get_kernel(name: str) -> Kernel:
    """Look a kernel up by name; `ValueError` lists the names there are."""
    if not isinstance(name, str) or name not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {name!r}")
    return KERNELS[name]


def register(kernel: Kernel) -> None:
    """Make a kernel known by its name to every function that takes the name of one.

    A kernel that was registered before under the same name is replaced, unless it is the
    package's own.

    Parameters
    ----------
    kernel : Kernel
        What it says of itself is tried on a grid of 4,001 points first.

    Raises
    ------
    TypeError
        If `kernel` is no `Kernel`.
    ValueError
        If the name is that of one of the package's own kernels, or if values, derivatives, support
        and polynomial contradict one another.

    Examples
    --------
    >>> mine = Kernel(
    ...     "mine",
    ...     value=lambda u: (1 - u.abs().clamp(max=1)) ** 2,
    ...     support=1.0,
    ...     polynomial=(1.0, -2.0, 1.0),
    ... )
    >>> register(mine)
    >>> from nwcore import attention_weights
    >>> attention_weights(torch.zeros(1), torch.tensor([0.0, 0.5]), kernel="mine")
    tensor([[0.8000, 0.2000]])
    >>> unregister("mine")
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    _check_not_own("kernel", kernel.name)
    _check_consistent(kernel)
    _registered[kernel.name] = kernel


def unregister(name: str) -> None:
    """Forget a kernel that was registered.

    Raises
    ------
    ValueError
        If there is none of that name, or it is one of the package's own.
    """
    get_kernel(name)
    _check_not_own("name", name)
    del _registered[name]


def _check_not_own(argument: str, name: str) -> None:
    if name in {kernel.name for kernel in _OWN}:
        raise ValueError(f"{argument} must not be one of the package's own, got {name!r}")


def _check_consistent(kernel: Kernel) -> None:
    reach = kernel.support if kernel.compact else 8.0
    u = reach * torch.linspace(-1.25, 1.25, 4001, dtype=torch.float64)
    values = kernel(u)
    if not isinstance(values, Tensor) or values.shape != u.shape or values.dtype != u.dtype:
        raise ValueError(f"value of {kernel.name} must keep the shape and dtype of u")
    if not bool(torch.isfinite(values).all()) or bool((values < 0).any()):
        raise ValueError(f"value of {kernel.name} must be finite and nowhere negative")
    if not float(kernel(u.new_zeros(1))) > 0:
        raise ValueError(f"value of {kernel.name} must be above 0 at u = 0")
    close = 1e-12 * float(values.max())
    if float((values - values.flip(0)).abs().max()) > close:
        raise ValueError(f"value of {kernel.name} must be even in u")
    if bool((values[u.abs() > kernel.support] != 0).any()):
        raise ValueError(f"value of {kernel.name} must be 0 beyond its support {kernel.support:g}")
    inside = u[u.abs() <= kernel.support]
    if kernel.polynomial is not None:
        powers = inside.abs()[:, None] ** torch.arange(len(kernel.polynomial))  # (points, degrees)
        expected = powers @ torch.tensor(kernel.polynomial, dtype=torch.float64)
        if float((kernel(inside) - expected).abs().max()) > close:
            raise ValueError(f"polynomial of {kernel.name} must give its values on the support")
    if kernel.squared_exponential:
        ratio = values / torch.exp(-0.5 * u**2)
        if float((ratio / ratio[len(u) // 2] - 1).abs().max()) > 1e-9:
            raise ValueError(f"value of {kernel.name} must be exp(−u²/2) times a number")
    if kernel.log_drop is not None:
        places, logs = u[2000::16], values[2000::16].log()  # from 0 on
        drops = kernel.log_drop(places[:, None] - places, places[:, None] + places)
        if not bool(((logs - logs[:, None] - drops).abs() <= 1e-9 * (1 + drops.abs())).all()):
            raise ValueError(f"log_drop of {kernel.name} must be what the log of its values drops")
    if kernel.derivative is not None:
        _check_derivative(kernel, reach)


def _check_derivative(kernel: Kernel, reach: float) -> None:
    # A kink may lie between two points; it spoils one difference there, never those on both sides.
    u = reach * torch.linspace(0, 0.999, 1000, dtype=torch.float64)
    step = float(u[1])
    assert kernel.derivative is not None
    differences = kernel(u).diff() / step
    middles = u[:-1] + step / 2
    wrong = (kernel.derivative(middles) - differences).abs() > 1e-3 * differences.abs().max() + (
        1e-9 * float(kernel(u).max()) / reach
    )
    if bool((wrong[1:] & wrong[:-1]).any()):
        raise ValueError(f"derivative of {kernel.name} must be the derivative of its value")
