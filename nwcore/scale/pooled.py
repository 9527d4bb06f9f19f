"""Put the ways of pooling together: each query gets the fastest that is exact for it."""

import math

import torch
from torch import Tensor

from nwcore.scale import gauss, prefix, windowed
from nwcore.scale.result import Pooled, empty_result, progress_bar

# Boxes are laid over the whole range if there are this many points a box, or else around the
# queries with more pairs than this in reach: summing fewer pairs one by one is faster.
_POINTS_A_BOX = 16
_MANY_PAIRS = 256


def pool_linear(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float,
    kernel: str,
    *,
    leave_out: bool = False,
    slopes: bool = False,
    progress: bool = False,
) -> Pooled:
    """Pool in time that grows with q + k.

    Parameters
    ----------
    queries : Tensor, shape (q,)
    keys : Tensor, shape (k,)
    values : Tensor, shape (c, k)
        All finite, float32 or float64.
    w : float
        Inverse width; its sign does not matter for the outputs.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    leave_out : bool
        Whether the queries are the keys and each is to be answered by all others.
    slopes : bool
        Whether to give the derivatives in w, too.
    progress : bool
        Whether to show progress bars.

    Returns
    -------
    Pooled
        All queries answered, with NaN for those without a key in reach.
    """
    return _pool(queries, keys, values, w, kernel, leave_out, slopes, progress, linear=True)


def pool_windowed(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float,
    kernel: str,
    *,
    leave_out: bool = False,
    slopes: bool = False,
    progress: bool = False,
) -> Pooled:
    """Pool by summing all pairs in reach; parameters as for `pool_linear`."""
    return _pool(queries, keys, values, w, kernel, leave_out, slopes, progress, linear=False)


def _pool(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float,
    kernel: str,
    leave_out: bool,
    slopes: bool,
    progress: bool,
    *,
    linear: bool,
) -> Pooled:
    queries, keys, values = (x.detach().double() for x in (queries, keys, values))
    out = empty_result(len(values), len(queries), slopes=slopes)
    # Powers of two change no digit, and sums of values no larger than 1 cannot overflow.
    scales = [power_of_two(float(row.abs().max())) for row in values]
    columns = torch.stack(
        [torch.ones_like(keys), *(row / scale for row, scale in zip(values, scales, strict=True))]
    )  # (1 + c, k)
    own = columns if leave_out else None
    width = abs(w)
    if kernel == "constant":
        kernel, width = "boxcar", 0.0
    if linear and kernel == "gaussian":
        _pool_gaussian(queries, keys, columns, width, own, out, progress)
    elif linear:
        _pool_compact(queries, keys, columns, width, kernel, own, out, progress)
    if not bool(out.answered.all()):
        sorted_keys = windowed.sort_keys(keys, columns)
        _answer_rest(sorted_keys, queries, width, kernel, own, out, progress)
    for row, scale in enumerate(scales):
        out.predictions[row] *= scale
        if out.slopes is not None:
            out.slopes[row] *= math.copysign(scale, w)
    return out


def power_of_two(number: float) -> float:
    """A power of two not below `number`, as far as there is one."""
    return math.ldexp(1.0, min(math.frexp(number)[1], 1023)) if number > 0 else 1.0


def _pool_gaussian(
    queries: Tensor,
    keys: Tensor,
    columns: Tensor,
    w: float,
    own: Tensor | None,
    out: Pooled,
    progress: bool,
) -> None:
    low, high = (float(x) for x in keys.aminmax())
    first, last = (float(x) for x in queries.aminmax())
    points = len(keys) + len(queries)
    grid = gauss.make_grid((low, high), (first, last), len(keys), points, w)
    if grid is None:
        return
    ends = grid.box(torch.tensor([low, high, first, last], dtype=torch.float64)).tolist()
    bottom = min(ends[0], max(ends[2], ends[0] - grid.reach))
    top = max(ends[1], min(ends[3], ends[1] + grid.reach))
    if (top - bottom) * _POINTS_A_BOX <= points or top - bottom < 3 * grid.reach:
        slots = gauss.dense_slots(bottom, top)
        _transform(grid, slots, queries, keys, columns, own, out, progress)
        return
    sorted_keys = windowed.sort_keys(keys, columns)
    windows = windowed.find_windows(sorted_keys, queries, w, "gaussian", leave_out=own is not None)
    few = windows.lengths <= _MANY_PAIRS
    bar = progress_bar("pairs in reach", shown=progress)
    chosen = few.nonzero().squeeze(-1)
    windowed.pool(sorted_keys, windows[chosen], queries, chosen, w, "gaussian", own, out, bar)
    if bool(few.all()):
        return
    chosen = (~few).nonzero().squeeze(-1)
    boxes = torch.unique(grid.box(queries[chosen]))
    occupied = torch.unique_consecutive(grid.box(sorted_keys.keys))
    # Only the boxes of these queries have all their neighbours.
    slots = gauss.sparse_slots(_near(occupied, boxes, grid.reach), grid.reach)
    part = empty_result(len(columns) - 1, len(chosen), slopes=out.slopes is not None)
    rest = None if own is None else own[:, chosen]
    _transform(grid, slots, queries[chosen], keys, columns, rest, part, progress)
    out.predictions[:, chosen] = part.predictions
    out.answered[chosen] = part.answered
    if out.slopes is not None and part.slopes is not None:
        out.slopes[:, chosen] = part.slopes


def _near(boxes: Tensor, targets: Tensor, reach: int) -> Tensor:
    """The targets and those of the boxes within reach of one, sorted."""
    after = torch.searchsorted(targets, boxes - reach)
    near = (after < len(targets)) & (targets[after.clamp(max=len(targets) - 1)] <= boxes + reach)
    numbers: Tensor = torch.unique(torch.cat([boxes[near], targets]))
    return numbers


def _transform(
    grid: gauss.Grid,
    slots: gauss.Slots,
    queries: Tensor,
    keys: Tensor,
    columns: Tensor,
    own: Tensor | None,
    out: Pooled,
    progress: bool,
) -> None:
    moments = gauss.collect_moments(
        grid, slots, keys, columns, progress_bar("keys", shown=progress)
    )
    expansion = gauss.expand(grid, moments)
    gauss.pool(grid, slots, expansion, queries, own, out, progress_bar("queries", shown=progress))


def _pool_compact(
    queries: Tensor,
    keys: Tensor,
    columns: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
    out: Pooled,
    progress: bool,
) -> None:
    sorted_keys = windowed.sort_keys(keys, columns)
    if prefix.can_cut(sorted_keys, w):
        bar = progress_bar("moments", shown=progress)
        prefix.pool(sorted_keys, queries, w, kernel, own, out, bar)


def _answer_rest(
    sorted_keys: windowed.SortedKeys,
    queries: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
    out: Pooled,
    progress: bool,
) -> None:
    chosen = (~out.answered).nonzero().squeeze(-1)
    rest = queries[chosen]
    windows = windowed.find_windows(sorted_keys, rest, w, kernel, leave_out=own is not None)
    bar = progress_bar("pairs in reach", shown=progress)
    windowed.pool(sorted_keys, windows, queries, chosen, w, kernel, own, out, bar)
