"""Kernel regression as an estimator of scikit-learn: in pipelines, cross-validation, grid searches.

A thin layer: arrays and frames are checked by scikit-learn, and the numbers are those of
`nwcore.attention_pooling`.
"""

import math
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from nwcore._checks import check_number
from nwcore.bandwidth import find_bandwidth
from nwcore.kernels import get_kernel
from nwcore.methods.problem import Empty
from nwcore.neighbours import nearest_neighbour_w
from nwcore.pooling import attention_pooling, leave_one_out_loss

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'nwcore.sklearn needs scikit-learn, install it with: pip install "nwcore[sklearn]"'
    ) from error

LEAVE_ONE_OUT = "leave-one-out"
# Points of the grid for each factor of e in w, as in `find_bandwidth`.
_POINTS = 8
# So many bandwidths to the nearest: then even a kernel with long tails gives others little weight.
_FAR = 4.0


class KernelRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Nadaraya–Watson kernel regression, f(x) = Σᵢ K(‖x − xᵢ‖ w) yᵢ / Σⱼ K(‖x − xⱼ‖ w).

    All features share one w, so they should have one scale: put a ``StandardScaler`` before it.

    Parameters
    ----------
    w : float or "leave-one-out"
        Inverse bandwidth, w = 1/h, in units of 1/x; or the one of the least leave-one-out loss,
        summed over the outputs. That is searched by `find_bandwidth` for one feature and one
        output, and otherwise on a grid in log w, 8 points for each factor of e, and then around
        its least.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    empty : {"error", "nan"}
        What ``predict`` does about an input that a compact kernel gives no training input in reach:
        an error, or NaN.

    Attributes
    ----------
    w_ : float
        The w of the predictions; 0, which averages, if it was searched and all inputs are equal.
    X_ : array, shape (n, d)
    y_ : array, shape (n,) or (n, c)
        What was fitted.
    n_features_in_ : int
    feature_names_in_ : array of str
        Columns of a frame, if one was fitted.

    References
    ----------
    Nadaraya (1964), "On estimating regression"; Watson (1964), "Smooth regression analysis"; for
    the search, Härdle and Marron (1985), "Optimal bandwidth selection in nonparametric regression
    function estimation".

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 4.0, 9.0]
    >>> KernelRegressor(w=2.0).fit(X, y).predict([[1.0], [9.0]])
    array([1.21506921, 9.        ])
    """

    def __init__(
        self,
        w: float | str = LEAVE_ONE_OUT,
        kernel: str = "gaussian",
        *,
        empty: Empty = "error",
    ) -> None:
        self.w = w
        self.kernel = kernel
        self.empty = empty

    def __sklearn_tags__(self) -> Any:
        """Say that there may be several outputs."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> "KernelRegressor":  # noqa: N803
        """Keep the training pairs, and search w if that is asked for.

        Parameters
        ----------
        X : array or frame, shape (n, d)
        y : array, shape (n,) or (n, c)

        Returns
        -------
        KernelRegressor
            Itself.

        Raises
        ------
        TypeError, ValueError
            If an argument or a parameter is not as described.
        """
        inputs, outputs = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True
        )
        outputs = np.asarray(outputs, dtype=np.float64)
        get_kernel(self.kernel)
        self.w_ = _choose_w(self.w, torch.tensor(inputs), torch.tensor(outputs), self.kernel)
        self.X_, self.y_ = inputs, outputs
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Average the training outputs by the attention of each input.

        Parameters
        ----------
        X : array or frame, shape (q, d)

        Returns
        -------
        array, shape (q,) or (q, c)

        Raises
        ------
        TypeError, ValueError
            If `X` does not fit, or an input has no training input in reach and `empty` is "error".
        """
        check_is_fitted(self)
        queries = validate_data(self, X, dtype=np.float64, reset=False)
        pooled = attention_pooling(
            _inputs(torch.tensor(queries)),
            _inputs(torch.tensor(self.X_)),
            torch.tensor(self.y_),
            self.w_,
            self.kernel,
            empty=self.empty,
        )
        found: NDArray[np.float64] = pooled.numpy()
        return found


def _inputs(x: Tensor) -> Tensor:
    """Inputs (n, 1) as numbers, (n,), which are pooled in linear time; points stay (n, d)."""
    return x[:, 0] if x.shape[1] == 1 else x


def _choose_w(w: object, x: Tensor, y: Tensor, kernel: str) -> float:
    if isinstance(w, Real):
        return check_number("w", w)
    if not isinstance(w, str) or w != LEAVE_ONE_OUT:
        raise ValueError(f'w must be a number or "{LEAVE_ONE_OUT}", got {w!r}')
    if len(x) < 2:
        raise ValueError('w="leave-one-out" needs at least 2 samples, got n_samples=1')
    if bool((x == x[0]).all()):
        return 0.0
    columns = y.reshape(len(y), -1)  # (n, c)
    inputs = _inputs(x)
    if inputs.ndim == 1 and columns.shape[1] == 1:
        return find_bandwidth(inputs, columns[:, 0], kernel).w
    return _search_w(inputs, columns, kernel)


def _search_w(x: Tensor, columns: Tensor, kernel: str) -> float:
    """The w of the least leave-one-out loss of all columns (n, c) together."""
    from scipy import optimize

    chosen = get_kernel(kernel)
    if chosen.flat and not chosen.compact:
        raise ValueError(f"kernel must depend on w, got {kernel!r}: every w gives the same loss")

    def loss(log_w: float) -> float:
        w = math.exp(log_w)
        return sum(float(leave_one_out_loss(x, y, w, kernel)) for y in columns.unbind(1))

    low, high = map(math.log, _range_of_w(x, kernel))
    grid = np.linspace(low, high, 2 + math.ceil(_POINTS * (high - low)))
    losses = [loss(log_w) for log_w in grid]
    least = int(np.argmin(losses))
    ends = grid[max(0, least - 1)], grid[min(len(grid) - 1, least + 1)]
    found = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-6})
    return math.exp(found.x if found.fun < losses[least] else grid[least])


def _range_of_w(x: Tensor, kernel: str) -> tuple[float, float]:
    """From nearly an average to where half of the points see little but their nearest.

    With a compact kernel, to where the first point loses its last neighbour.
    """
    chosen = get_kernel(kernel)
    points = x.reshape(len(x), -1)
    extent = float((points.amax(0) - points.amin(0)).norm())
    nearest = nearest_neighbour_w(x, x, 2)  # of the other point, or beyond equal ones
    if chosen.compact:
        return 0.1 / extent, chosen.support * float(nearest.min()) * (1 - 1e-9)
    return 0.1 / extent, _FAR * float(nearest.median())
