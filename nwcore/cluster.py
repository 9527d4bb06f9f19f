"""Gaussian pooling past one machine: the numbers of `nwcore.attention_pooling` from Dask arrays.

Moments of keys add up (`gauss.Moments`): every chunk of keys is summed where it lies, the sums are
added along a tree, and the table of polynomials made from them (`gauss.Table`) answers every chunk
of queries where that lies. No task holds more than a chunk, a few such tables and a block of
pairs.

Queries that the table cannot be trusted with, and all queries where a table would be too large, are
answered by the keys themselves, chunk by chunk. Each chunk gives its sums relative to its own
nearest key; two chunks are put together relative to the nearer one, as an online softmax does it.

Tasks only read what they are given. One that is lost with its worker is done again by Dask's
scheduler and gives the same bits.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore._checks import check_flag, check_integer, check_number
from nwcore.kernels import gaussian
from nwcore.methods import gauss, ordered, windowed
from nwcore.methods.answers import Answers, no_answers, progress_bar
from nwcore.methods.linear import power_of_two
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.problem import LARGEST_INPUT, SHRINK, lowering
from nwcore.methods.scores import relative_scores

try:
    import dask.array as da
    from dask.base import tokenize
    from dask.delayed import Delayed, delayed
    from dask.highlevelgraph import HighLevelGraph
    from distributed import Client, LocalCluster
    from distributed import progress as show_progress
except ImportError as error:
    raise ImportError(
        'nwcore.cluster needs Dask, install it with: pip install "nwcore[cluster]"'
    ) from error

_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
# The most bins that a table may have: 2**16 of 25 terms for 2 sums are 25 MiB, which go from task
# to task. Where points are few, looking at pairs is faster than filling a table.
_MOST_BINS = 2**16
_BINS_A_POINT = 4
# Tables or sums that one task adds, and holds at once.
_FAN_IN = 4
# Queries left over by the table that are answered together, if several chunks have few.
_LEFT_OVER = 2**18

_quiet = progress_bar("", shown=False)


def attention_pooling_on_cluster(
    queries: da.Array,
    keys: da.Array,
    values: da.Array,
    w: float = 1.0,
    *,
    client: Client | None = None,
    progress: bool = False,
) -> da.Array:
    """Predict by the Gaussian attention-weighted average of the values, on a Dask cluster.

    The outputs are those of `nwcore.attention_pooling`, to 1e-12 (float32: 1e-5) of
    Σᵢ α(x, xᵢ) |yᵢ|.

    The call itself reads all arrays two or three times: it looks at their ranges, sums the keys
    into a table and counts the queries that the table does not answer. The result is lazy and takes
    the table along, at most 30 MB. Its chunks are computed when they are asked for, by any of
    Dask's schedulers, which reads their queries again, and the keys if queries were left over. What
    is costly to read should be persisted; what is read again must be the same.

    Time grows with q + k, and for queries far from most keys with the pairs in reach. The table has
    a place for every bin, about as wide as the kernel, between the lowest and the highest point, or
    for those near a point. Where that takes more than 2**16 places, or than 4 (q + k), all queries
    are answered from the pairs in reach: as exact, but slower.

    Parameters
    ----------
    queries : dask.array.Array, shape (q,)
    keys, values : dask.array.Array, shape (k,)
        float32 or float64, all three alike; sizes of chunks must be known, and may differ.
    w : float
        Inverse bandwidth, w = 1/h, in units of 1/x; any finite number, its sign does not matter.
    client : distributed.Client, optional
        Of the cluster to use. By default the current client; where there is none, a cluster of
        threads is started within this process, and closed before the call returns.
    progress : bool
        Whether to print Dask's progress bar while the call works.

    Returns
    -------
    dask.array.Array, shape (q,)
        Lazy, of the queries' dtype and chunks.

    Raises
    ------
    TypeError
        If an array is no Dask array of float32 or float64, if dtypes differ, if `w` is no real
        number, if `client` is no client.
    ValueError
        If an array is empty, of the wrong rank or length, of unknown length, or not finite; if `w`
        is not finite; if the client is asynchronous.

    References
    ----------
    As in `nwcore.methods.gauss`; Milakov and Gimelshein (2018, preprint), "Online normalizer
    calculation for softmax", for a sum relative to a maximum that moves; Rabe and Staats (2021,
    preprint), "Self-attention does not need O(n²) memory", for the second sum beside it.

    Examples
    --------
    >>> keys, values = da.from_array([0.0, 1.0]), da.from_array([3.0, 7.0])
    >>> attention_pooling_on_cluster(da.from_array([5.0]), keys, values, w=0).compute().tolist()
    [5.0]
    """
    _check_arrays(queries, keys, values)
    w = abs(check_number("w", w))
    _check_client(client)
    check_flag("progress", progress)
    client = client or _current_client()
    if client is not None:
        return _pool(client, queries, keys, values, w, progress)
    with local_client(processes=False) as threads:
        return _pool(threads, queries, keys, values, w, progress)


@contextmanager
def local_client(n_workers: int = 2, *, processes: bool = True) -> Iterator[Client]:
    """Start a cluster on this machine, make its client the current one, and close both at the end.

    Parameters
    ----------
    n_workers : int
        At least 1; each works on one task at a time.
    processes : bool
        Whether workers are processes, which can be lost one by one, or threads of this process. A
        script that starts processes needs `if __name__ == "__main__":`.

    Yields
    ------
    distributed.Client

    Raises
    ------
    TypeError, ValueError
        If `n_workers` is not a positive integer.

    Examples
    --------
    >>> with local_client(n_workers=1, processes=False) as client:
    ...     client.submit(sum, [1, 2]).result()
    3
    """
    n_workers = check_integer("n_workers", n_workers, low=1)
    with (
        LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            processes=processes,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _check_arrays(queries: da.Array, keys: da.Array, values: da.Array) -> None:
    arrays = {"queries": queries, "keys": keys, "values": values}
    for name, array in arrays.items():
        if not isinstance(array, da.Array):
            raise TypeError(f"{name} must be a dask.array.Array, got {type(array).__name__}")
        if array.dtype not in _DTYPES:
            raise TypeError(f"{name} must have dtype float32 or float64, got {array.dtype}")
        if type(array._meta) is not np.ndarray:
            raise TypeError(f"{name} must hold NumPy arrays, got {type(array._meta).__name__}")
        if array.ndim != 1:
            raise ValueError(f"{name} must have rank 1, got shape {array.shape}")
        if math.isnan(array.shape[0]):
            raise ValueError(
                f"{name} must have chunks of known sizes, got chunks {array.chunks}; "
                "compute_chunk_sizes() finds them out"
            )
        if array.shape[0] == 0:
            raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    if len({array.dtype for array in arrays.values()}) > 1:
        found = ", ".join(f"{name} {array.dtype}" for name, array in arrays.items())
        raise TypeError(f"queries, keys and values must have the same dtype, got {found}")
    if keys.shape != values.shape:
        raise ValueError(
            f"keys and values must have the same shape, got keys {keys.shape}, "
            f"values {values.shape}"
        )


def _check_client(client: Client | None) -> None:
    if client is None:
        return
    if not isinstance(client, Client):
        raise TypeError(f"client must be a distributed.Client or None, got {type(client).__name__}")
    if client.asynchronous:
        raise ValueError("client must be synchronous, got one with asynchronous=True")


def _current_client() -> Client | None:
    try:
        client: Client = Client.current()
    except ValueError:  # Dask's way to say that there is none
        return None
    return client


def _pool(
    client: Client, queries: da.Array, keys: da.Array, values: da.Array, w: float, progress: bool
) -> da.Array:
    """Pool checked arrays of which only the numbers themselves are not known yet, w ≥ 0."""
    filled = (tuple(n for n in keys.chunks[0] if n > 0),)
    asked, known, weighed = (
        _chunks(array) for array in (queries, keys.rechunk(filled), values.rechunk(filled))
    )
    ranges = _find_ranges(client, {"queries": asked, "keys": known, "values": weighed}, progress)
    if max(abs(end) for name in ("queries", "keys") for end in ranges[name]) > LARGEST_INPUT:
        # Differences of inputs may not be finite; powers of two change no digit.
        w = min(w / SHRINK, float(np.finfo(np.float64).max))
        return _pool(client, queries * SHRINK, keys * SHRINK, values, w, progress)
    largest = max(abs(end) for end in ranges["values"])
    scales = (power_of_two(largest), 1 / lowering(len(keys), largest))
    layout = _lay_bins(client, asked, known, ranges, len(keys), len(queries), w, progress)
    if layout is None:
        parts = [_task(_answer_none)(chunk) for chunk in asked]
        counts = list(queries.chunks[0])
    else:
        table = _constant(_make_table(client, *layout, known, weighed, scales[0], progress))
        parts = [_task(_read_table)(table, chunk) for chunk in asked]
        counts = _results(client, [_task(_count_left_over)(part) for part in parts], progress)
    rest = _answer_left_over(parts, counts, asked, known, weighed, scales[1], w)
    answers = [
        _task(_complete)(
            part, count, scales, ranges["values"], queries.dtype, *rest.get(number, ())
        )
        for number, (part, count) in enumerate(zip(parts, counts, strict=True))
    ]
    return _assemble(answers, queries)


def _chunks(array: da.Array) -> list[Delayed]:
    chunks: list[Delayed] = array.to_delayed(optimize_graph=False).ravel().tolist()
    return chunks


def _task(function: Callable[..., Any]) -> Callable[..., Delayed]:
    """Let calls of a function become tasks, of equal name where the arguments are equal."""
    task: Callable[..., Delayed] = delayed(function, pure=True)
    return task


def _constant(data: Any) -> Delayed:
    """Let data that many tasks read become one node of their graph."""
    node: Delayed = delayed(data, pure=True, traverse=False)
    return node


def _reduce(function: Callable[..., Any], parts: Sequence[Delayed], *more: Any) -> Delayed:
    """Apply a function of a few parts, and of more arguments, along a tree."""
    while len(parts) > 1:
        parts = [
            _task(function)(list(parts[first : first + _FAN_IN]), *more)
            for first in range(0, len(parts), _FAN_IN)
        ]
    return parts[0]


def _results(client: Client, tasks: list[Any], progress: bool) -> list[Any]:
    futures = client.compute(tasks)
    if progress:
        show_progress(futures, notebook=False, scheduler=client.scheduler_info()["address"])
    results: list[Any] = client.gather(futures)
    return results


def _assemble(answers: list[Delayed], like: da.Array) -> da.Array:
    """Join chunks to an array; unlike `da.concatenate` it keeps those without elements."""
    name = "attention-pooling-" + tokenize([answer.key for answer in answers])
    layer: dict[Any, Any] = {(name, number): answer.key for number, answer in enumerate(answers)}
    dependencies: list[Any] = answers
    graph = HighLevelGraph.from_collections(name, layer, dependencies)
    return da.Array(graph, name, like.chunks, dtype=like.dtype)


def _find_ranges(
    client: Client, arrays: dict[str, list[Delayed]], progress: bool
) -> dict[str, tuple[float, float]]:
    """Lowest and highest number of every array, all of them finite."""
    tasks = [
        _reduce(_widest, [_task(_range)(chunk) for chunk in chunks]) for chunks in arrays.values()
    ]
    ranges = dict(zip(arrays, _results(client, tasks, progress), strict=True))
    for name, ends in ranges.items():
        if not all(math.isfinite(end) for end in ends):
            raise ValueError(f"{name} must be finite, got NaN or infinity among its values")
    return ranges


def _range(chunk: NDArray[Any]) -> tuple[float, float]:
    if len(chunk) == 0:
        return math.inf, -math.inf
    low, high = _float64(chunk).aminmax()  # NaN where there is one
    return float(low), float(high)


def _widest(ranges: list[tuple[float, float]]) -> tuple[float, float]:
    low, high = torch.tensor(ranges, dtype=torch.float64).unbind(1)
    return float(low.amin()), float(high.amax())


def _float64(chunk: NDArray[Any]) -> Tensor:
    if isinstance(chunk, np.ma.MaskedArray):
        raise TypeError("queries, keys and values must hold NumPy arrays, got a masked array")
    # Copied, because chunks that come from another worker may be read only.
    return torch.from_numpy(np.array(chunk, dtype=np.float64, order="C"))


def _lay_bins(
    client: Client,
    queries: list[Delayed],
    keys: list[Delayed],
    ranges: dict[str, tuple[float, float]],
    n_keys: int,
    n_queries: int,
    w: float,
    progress: bool,
) -> tuple[gauss.Grid, gauss.Places] | None:
    """Choose the bins, all of the range or those that hold something; None if too many."""
    points = n_keys + n_queries
    grid = gauss.make_grid(ranges["keys"], ranges["queries"], n_keys, points, w)
    if grid is None:
        return None
    most = min(_MOST_BINS, _BINS_A_POINT * points)
    ends = torch.tensor([*ranges["keys"], *ranges["queries"]], dtype=torch.float64)
    low, high, first, last = grid.bins(ends).tolist()
    # No query beyond the reach of all keys can be answered by a table.
    bottom = min(low, max(first, low - grid.reach))
    top = max(high, min(last, high + grid.reach))
    if top - bottom < most:
        return grid, gauss.dense(bottom, top)
    bins = [_task(_occupied)(grid, chunk, most) for chunk in (*keys, *queries)]
    stored = _task(gauss.sparse)(_reduce(partial(_unite, most), bins), grid.reach)
    (places,) = _results(client, [stored], progress)
    return (grid, places) if places.count <= most else None


def _occupied(grid: gauss.Grid, chunk: NDArray[Any], most: int) -> Tensor:
    """Bins of a chunk, sorted; when too many, one more than `most` of them."""
    bins: Tensor = torch.unique(grid.bins(_float64(chunk)))
    return bins[: most + 1].clone()


def _unite(most: int, parts: list[Tensor]) -> Tensor:
    """Put sorted lists of bins together; when too many, one more than `most` is enough."""
    bins: Tensor = torch.unique(torch.cat(parts))
    return bins[: most + 1].clone()


def _make_table(
    client: Client,
    grid: gauss.Grid,
    places: gauss.Places,
    keys: list[Delayed],
    values: list[Delayed],
    scale: float,
    progress: bool,
) -> gauss.Table:
    stored = _constant(places)
    moments = [
        _task(_sum_keys)(grid, stored, key, value, scale)
        for key, value in zip(keys, values, strict=True)
    ]
    total = _reduce(_add_moments, moments)
    (expansion,) = _results(client, [_task(gauss.expand)(grid, total)], progress)
    return gauss.Table(grid, places, expansion)


def _sum_keys(
    grid: gauss.Grid, places: gauss.Places, keys: NDArray[Any], values: NDArray[Any], scale: float
) -> gauss.Moments:
    key = _float64(keys)
    return gauss.collect_moments(grid, places, key, _columns(values, scale), _quiet)


def _columns(values: NDArray[Any], scale: float) -> Tensor:
    """What the keys add to Σ K and Σ y K / scale, shape (2, k)."""
    # A power of two changes no digit, and sums of values no larger than 1 cannot overflow.
    scaled = _float64(values) / scale
    return torch.stack([torch.ones_like(scaled), scaled])


def _add_moments(parts: list[gauss.Moments]) -> gauss.Moments:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _answer_none(queries: NDArray[Any]) -> Answers:
    return no_answers(1, len(queries), derivatives=False)


def _read_table(table: gauss.Table, queries: NDArray[Any]) -> Answers:
    nothing = torch.zeros(0, dtype=torch.float64)
    return gauss.pool(_problem(_float64(queries), nothing, table.grid.w), table)


def _problem(queries: Tensor, keys: Tensor, w: float) -> NumericProblem:
    """A problem whose sums are made in another place."""
    return NumericProblem(queries, keys, keys.new_zeros(2, len(keys)), w, gaussian)


def _count_left_over(part: Answers) -> int:
    return int((~part.answered).sum())


def _left_over(part: Answers, count: int, queries: NDArray[Any]) -> Tensor:
    return _float64(queries)[_unanswered(part, count)]


def _unanswered(part: Answers, count: int) -> Tensor:
    """Which queries are not answered yet, as many as were counted before."""
    rest = ~part.answered
    found = int(rest.sum())
    if found != count:
        raise RuntimeError(
            f"queries, keys and values must be the same whenever they are read: of a chunk of "
            f"queries, {count} were out of the table's reach before and {found} are now"
        )
    return rest


def _answer_left_over(
    parts: list[Delayed],
    counts: list[int],
    queries: list[Delayed],
    keys: list[Delayed],
    values: list[Delayed],
    scale: float,
    w: float,
) -> dict[int, tuple[Delayed, int]]:
    """Answer what is left over: number of a chunk → answers of its batch, and its first of them."""
    sorted_keys = [
        _task(_sort_keys)(key, value, scale) for key, value in zip(keys, values, strict=True)
    ]
    found = {}
    for batch in _batches(counts):
        rest = _task(torch.cat)([_task(_left_over)(parts[i], counts[i], queries[i]) for i in batch])
        sums = [_task(_sum_in_chunk)(chunk, rest, w) for chunk in sorted_keys]
        answers = _task(_ratio)(_reduce(partial(_merge, w), sums, rest))
        first = 0
        for number in batch:
            found[number] = (answers, first)
            first += counts[number]
    return found


def _batches(counts: list[int]) -> list[list[int]]:
    """Neighbouring chunks with something left over, together as long as it is not much."""
    batches: list[list[int]] = []
    filled = _LEFT_OVER
    for number, count in enumerate(counts):
        if count == 0:
            continue
        if filled + count > _LEFT_OVER:
            batches.append([])
            filled = 0
        batches[-1].append(number)
        filled += count
    return batches


def _sort_keys(keys: NDArray[Any], values: NDArray[Any], scale: float) -> ordered.SortedKeys:
    return ordered.sort_keys(_float64(keys), _columns(values, scale))


def _sum_in_chunk(
    sorted_keys: ordered.SortedKeys, queries: Tensor, w: float
) -> windowed.WindowSums:
    problem = _problem(queries, sorted_keys.keys, w)
    windows = ordered.find_windows(problem, sorted_keys)
    return windowed.sum_windows(problem, sorted_keys, windows)


def _merge(w: float, parts: list[windowed.WindowSums], queries: Tensor) -> windowed.WindowSums:
    """Put sums over several sets of keys together, relative to the nearest key of all."""
    known = torch.stack([part.nearest for part in parts])  # (n_parts, q)
    place = (known - queries).abs().argmin(0, keepdim=True)  # (1, q)
    nearest = known.gather(0, place)[0]
    sums = torch.zeros_like(parts[0].sums)
    for part in parts:
        score = relative_scores(queries[:, None], part.nearest[:, None], nearest[:, None], w)
        sums += part.sums * torch.exp(score[:, 0])
    return windowed.WindowSums(nearest, sums, None)


def _ratio(found: windowed.WindowSums) -> Tensor:
    return found.sums[1] / found.sums[0]


def _complete(
    part: Answers,
    count: int,
    scales: tuple[float, float],
    ends: tuple[float, float],
    dtype: np.dtype[Any],
    answers: Tensor | None = None,
    first: int = 0,
) -> NDArray[Any]:
    """Outputs of a chunk of queries: those of the table, and the answers to the rest."""
    predictions = part.predictions[0] * scales[0]
    rest = _unanswered(part, count)
    if answers is not None:
        predictions[rest] = answers[first : first + count] * scales[1]
    # Rounding may have carried an average past the largest value, to where floats end.
    return predictions.clamp(*ends).numpy().astype(dtype)
