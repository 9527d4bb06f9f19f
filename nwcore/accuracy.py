"""How far a local fit is from the truth: measured over many data sets, and as theory says.

Over data sets drawn alike, the mean squared error at a query is the square of the bias plus the
variance. Theory says what both become as n grows and the bandwidth h = 1/w shrinks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore._checks import (
    check_float_tensor,
    check_integer,
    check_number,
    check_same_dtype,
    check_same_shape,
)
from nwcore.kernels import Kernel, get_kernel
from nwcore.local import check_degree
from nwcore.methods import nodes
from nwcore.risk import bias_variance

# Pairs of query and key looked at together: few enough to stay near the processor.
_BLOCK = 2**18


@dataclass(frozen=True)
class Risk:
    """Bias and variance of predictions at q queries, for each of m inverse bandwidths.

    Attributes
    ----------
    bias : Tensor, shape (m, q), in units of y
        Mean of the predictions less the truth.
    variance : Tensor, shape (m, q), in units of y²
        Of the predictions.
    """

    bias: Tensor
    variance: Tensor

    @property
    def squared_error(self) -> Tensor:
        """The mean squared error, bias² + variance, (m, q)."""
        return self.bias.square() + self.variance


def measure_risk(
    x: Tensor,
    y: Tensor,
    queries: Tensor,
    truth: Tensor,
    w: Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
) -> Risk:
    """Bias and variance of `local_regression` over s data sets.

    Inputs are drawn anew in every data set, so the variance has both parts, that of the noise and
    that of where the keys happen to lie. Its divisor is s: bias² + variance is exactly the mean
    over the data sets of the squared error.

    Parameters
    ----------
    x, y : Tensor, shape (s, n)
        A data set a row, at least 2.
    queries, truth : Tensor, shape (q,)
        Where predictions are made, and the noise-free values there.
    w : Tensor, shape (m,), in units of 1/x
        Inverse bandwidths.
    degree, kernel
        As for `local_regression`.

    Returns
    -------
    Risk
        In float64.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or a query has fewer than degree + 1 different keys in
        reach in some data set.

    Examples
    --------
    >>> x = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    >>> y = torch.tensor([[0.0, 2.0], [2.0, 4.0]])
    >>> risk = measure_risk(x, y, torch.tensor([0.5]), torch.tensor([1.5]), torch.tensor([1.0]))
    >>> float(risk.bias), float(risk.variance), float(risk.squared_error)
    (0.5, 1.0, 1.25)
    """
    chosen = _check_sets(x, y, w, degree, kernel)
    check_float_tensor("queries", queries, ndims=(1,))
    check_float_tensor("truth", truth, ndims=(1,))
    check_same_shape(queries=queries, truth=truth)
    check_same_dtype(x=x, y=y, queries=queries, truth=truth, w=w)
    places = queries.detach().double().expand(len(x), -1)  # (s, q)
    real = truth.detach().double()
    parts = [
        bias_variance(_predict(x, y, places, each, degree, chosen, own=True), real)
        for each in w.detach().double()
    ]
    bias = torch.stack([each.mean - real for each in parts])  # (m, q)
    return Risk(bias, torch.stack([each.variance for each in parts]))


def leave_one_out_losses(
    x: Tensor, y: Tensor, w: Tensor, degree: int = 1, kernel: str = "gaussian"
) -> Tensor:
    """The leave-one-out loss of each of s data sets at each of m inverse bandwidths.

    Each is `local_leave_one_out_loss`; for many small data sets at once, in time s m n².

    Parameters
    ----------
    x, y : Tensor, shape (s, n)
        A data set a row, at least 2.
    w : Tensor, shape (m,), in units of 1/x
    degree, kernel
        As for `local_regression`.

    Returns
    -------
    Tensor, shape (s, m), float64, in units of y²

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or a point has fewer than degree + 1 other places of
        keys in reach.

    Examples
    --------
    >>> x = torch.tensor([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
    >>> y = torch.tensor([[0.0, 3.0, 0.0], [1.0, 2.0, 3.0]])
    >>> leave_one_out_losses(x, y, torch.tensor([0.0]), degree=0)
    tensor([[13.5000],
            [ 4.5000]], dtype=torch.float64)
    """
    chosen = _check_sets(x, y, w, degree, kernel)
    check_same_dtype(x=x, y=y, w=w)
    places, values = x.detach().double(), y.detach().double()
    losses = [
        (_predict(x, y, places, width, degree, chosen, own=False) - values).square().sum(1)
        for width in w.detach().double()
    ]
    return torch.stack(losses, 1)


def asymptotic_risk(
    w: Tensor,
    n: int,
    noise: float,
    curvature: Tensor,
    density: Tensor,
    drift: Tensor | None = None,
    kernel: str = "gaussian",
) -> Risk:
    """Leading terms of bias and variance inside the range, as n grows, h shrinks and n h grows.

    Bias: h² μ₂(K) (½ f″ + f′p′/p) for degree 0 and ½ h² μ₂(K) f″ for degree 1, whose line takes the
    slope out; variance: σ² R(K)/(n h p) for both. p is the density of the inputs. f must have two
    continuous derivatives and the query must stay away from the ends.

    Parameters
    ----------
    w : Tensor, shape (m,), in units of 1/x
        Inverse bandwidths 1/h, above 0.
    n : int
        Number of training pairs, at least 1.
    noise : float
        σ, at least 0.
    curvature : Tensor, shape (q,)
        f″ at the queries.
    density : Tensor, shape (q,)
        p there, above 0.
    drift : Tensor, shape (q,), optional
        f′p′/p there, for degree 0; 0 for evenly spread inputs and for degree 1.
    kernel : str
        One with a roughness R(K) and a second moment μ₂(K).

    Returns
    -------
    Risk
        In float64.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Fan (1992), "Design-adaptive nonparametric regression", J. Am. Stat. Assoc. 87(420): 998–1004;
    Fan and Gijbels (1996), "Local Polynomial Modelling and Its Applications".

    Examples
    --------
    >>> two, half = torch.tensor([2.0]), torch.tensor([0.5])
    >>> risk = asymptotic_risk(two, 50, 0.5, curvature=torch.tensor([-4.0]), density=half)
    >>> float(risk.bias), round(float(risk.variance), 6)
    (-0.5, 0.005642)
    """
    chosen = get_kernel(kernel)
    if chosen.roughness is None or chosen.second_moment is None:
        raise ValueError(f"kernel must have a roughness and a second moment, got {kernel!r}")
    n = check_integer("n", n, low=1)
    noise = check_number("noise", noise, low=0.0)
    check_float_tensor("w", w, ndims=(1,))
    check_float_tensor("curvature", curvature, ndims=(1,))
    check_float_tensor("density", density, ndims=(1,))
    check_same_shape(curvature=curvature, density=density)
    for name, numbers in (("w", w), ("density", density)):
        if bool((numbers <= 0).any()):
            raise ValueError(f"{name} must be above 0 everywhere, got {float(numbers.min()):g}")
    bend = curvature.detach().double() / 2
    if drift is not None:
        check_float_tensor("drift", drift, ndims=(1,))
        check_same_shape(curvature=curvature, drift=drift)
        bend = bend + drift.detach().double()
    width = w.detach().double()[:, None]  # (m, 1)
    bias = chosen.second_moment * bend / width**2
    variance = noise**2 * chosen.roughness * width / (n * density.detach().double())
    return Risk(bias, variance)


def _check_sets(x: Tensor, y: Tensor, w: Tensor, degree: int, kernel: str) -> Kernel:
    for name, sets in (("x", x), ("y", y)):
        check_float_tensor(name, sets, ndims=(2,))
    check_same_shape(x=x, y=y)
    if len(x) < 2:
        raise ValueError(f"x must hold at least 2 data sets, got {len(x)}")
    check_float_tensor("w", w, ndims=(1,))
    check_degree(degree)
    return get_kernel(kernel)


def _predict(
    x: Tensor, y: Tensor, places: Tensor, w: Tensor, degree: int, kernel: Kernel, *, own: bool
) -> Tensor:
    """Predictions (s, q) at the places (s, q), each without the key of its number unless `own`."""
    n = x.shape[1]
    found = []
    for part in _blocks(len(x), places.shape[1] * n):
        keys = x[part].detach().double()[:, None].expand(-1, places.shape[1], -1)  # (b, q, n)
        queries = places[part][..., None]
        counts = torch.ones_like(keys)
        if not own:
            counts = counts - torch.eye(n, dtype=torch.float64)
        distance = (queries - keys).abs().masked_fill(counts == 0, torch.inf)
        nearest = keys.gather(-1, distance.argmin(-1, keepdim=True))
        rows = [each.flatten(0, 1) for each in (queries, keys, counts, nearest)]
        fit = nodes.fit_nodes(nodes.Pairs(*rows), w, kernel, degree)
        if bool((fit.places <= degree).any()):
            raise ValueError(
                f"w must leave {degree + 1} different keys in the reach of the {kernel.name} "
                f"kernel everywhere, {float(w):g} does not; use a smaller w or another kernel"
            )
        weights = fit.weights.reshape(keys.shape)  # (b, q, n)
        found.append((weights * y[part].detach().double()[:, None]).sum(-1))
    return torch.cat(found)


def _blocks(sets: int, pairs: int) -> Iterator[slice]:
    """Split so many data sets, of so many pairs each, into runs of a bounded number of pairs."""
    step = max(1, _BLOCK // pairs)
    for start in range(0, sets, step):
        yield slice(start, start + step)
