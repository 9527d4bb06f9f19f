"""How long Nadaraya–Watson regression takes as data grow, here and with what else there is.

    python benchmarks/scale.py               everything, as Markdown; a quarter of an hour
        --quick                              a minute's run: two small sizes, a small density table
        --sizes 50,1000                      some sizes: as many queries as keys
        --only direct,keops                  some methods; nwcore, the base of ratios, always runs
        --json FILE                          where the numbers go, or else benchmarks/scale.json
                                             (a quick run writes none unless told)
        --from FILE                          the Markdown of numbers measured before
        --readme FILE                        with --from: puts its tables into a README instead
        --allow-missing                      succeed though a package to compare with is missing

Packages to compare with: `pip install -r benchmarks/requirements.txt`, and g++ for KeOps. A method
whose package is not there is named as "not installed" and the exit status is 1. Close what else
keeps the processors busy: the report gives the load before and after.

What is measured, and why so:

data
    y = 2 sin x + x^0.8 + noise from `nwcore.make_regression`, x uniform on [0, 5) and, as that
    function gives them, in ascending order; queries are a second draw, not sorted. Gaussian kernel,
    float64. More data bear a narrower kernel: w = 5 (n/50)^(1/5).
time
    Pooling: n predictions from n pairs. Leave-one-out: the sum of squared errors when each of n
    pairs is predicted from the others, and its derivative in w. Nothing is timed that is done once
    for many calls: conversion of arrays, compilation (jax, KeOps), and for leave-one-out the
    chapter's copies of keys and values. What a package fits to keys and values is part of the call,
    since the next has others; a row says so where it was fitted before. PyTorch has as many threads
    as there are processors; jax, KeOps and NumPy take what they take by themselves.

    All methods run in one process, in rounds: in each round every method runs once, so that a slow
    spell of the machine meets them all, and each round in another order, since what ran before
    leaves caches and threads behind. 15 rounds for what takes up to 0.1 s, 5 up to 1 s, 3 up to 10
    s, otherwise 1. What takes less than 5 ms is repeated within its turn. *Time* is the median and
    the quartiles over the rounds; *ratio* the median of the ratios to nwcore in the same round.
limits
    A method is not run where it needs more than 8 GiB, by its number of n × n and of n arrays as
    stated with each method below, or more than 60 s, by its time at the size before and the growth
    of its cost. (Where there is no size before, it runs on 1000 pairs first.) The report says
    which.
    A method may also refuse: `method="sdpa"` does where it would lose digits.
error
    At up to 200 of the queries, spread over the range, against sums in extended precision
    (`numpy.longdouble`), relative to Σ α |y|; what is not a number is counted apart. For
    leave-one-out, of the loss, and of the derivative relative to the sum of the sizes of its terms,
    up to n = 30 000.
memory
    Each method once more, alone in a new process: the largest resident size (VmHWM, which the
    process sets back before) minus the resident size before the call, with imports, data and a
    first call on 50 pairs behind it. Not `ru_maxrss`: a process inherits that from the one that
    started it. What fits into memory that was freed, but not given back, is not counted. From n =
    1000.
gap
    Two groups of keys far apart, queries also between and beyond them, and a kernel so narrow that
    its values there underflow. Error is absolute and over the queries that got a number.
density
    nwcore's `method="linear"` for a million queries and keys, from one kernel that covers all to
    many times more places than a kernel reaches.
"""

import argparse
import importlib
import importlib.util
import json
import math
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

import nwcore
from nwcore.pooling import Method as PoolingMethod

SIZES = [50, 200, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000, 10_000_000]
QUICK_SIZES = [50, 1_000]
MEMORY_LIMIT = 8 * 2**30  # bytes
TIME_LIMIT = 60.0  # s
PILOT = 1_000  # pairs to learn a method's time from when nothing else is known
SHORTEST = 5e-3  # s, of one measurement
ROUNDS = ((0.1, 15), (1.0, 5), (10.0, 3), (math.inf, 1))  # up to so many seconds, so many rounds
CHECKED = 200  # queries
LARGEST_CHECKED_LOSS = 30_000
SMALLEST_WEIGHED = 1_000
DENSITIES = (1.0, 1e2, 1e4, 1e6)  # w times the keys' range
DENSITY_SIZE = 1_000_000
QUICK_DENSITY_SIZE = 10_000
FILE = Path(__file__).with_suffix(".json")
PACKAGES = (
    *("nwcore", "numpy", "torch", "statsmodels", "scipy", "scikit-fda", "KDEpy"),
    *("jax", "jaxlib", "kernelsmooth", "numba", "pykeops"),
)

Row = dict[str, Any]
Vector = NDArray[np.float64]
Run = Callable[[], Vector]


@dataclass(frozen=True)
class Problem:
    """Queries (q,), keys (k,), values (k,), float64, and the inverse bandwidth."""

    queries: Tensor
    keys: Tensor
    values: Tensor
    w: float

    def arrays(self) -> tuple[Vector, Vector, Vector]:
        """The same memory as NumPy arrays."""
        return self.queries.numpy(), self.keys.numpy(), self.values.numpy()


@dataclass(frozen=True)
class Method:
    """One method to compute something.

    Attributes
    ----------
    name, title : str
        For the command line, for the tables.
    prepare : callable
        Does with a problem what is not timed and returns what is.
    growth : float
        The cost grows as n to this power.
    squares, lines : float
        Arrays of n × n, and of n, float64 numbers that it holds at once.
    tolerance : float
        Stated accuracy, relative to Σ α |y|.
    modules, programs : tuple of str
        What must be installed.
    fitted : bool
        Whether keys and values were given before the call, which is less to do in it: shown, but
        not among those of which the fastest is bold.
    """

    name: str
    title: str
    prepare: Callable[[Problem], Run]
    growth: float = 2
    squares: float = 0
    lines: float = 20
    tolerance: float = 1e-12
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    fitted: bool = False

    def memory(self, n: int) -> float:
        """Bytes needed for n pairs, by the formula."""
        return 8 * (self.squares * n * n + self.lines * n)

    def missing(self) -> list[str]:
        """The modules and programs that are not here."""
        modules = [name for name in self.modules if importlib.util.find_spec(name) is None]
        return modules + [name for name in self.programs if shutil.which(name) is None]


# Data ---------------------------------------------------------------------------------------------


def inverse_bandwidth(n: int) -> float:
    return 5.0 * math.pow(n / 50, 0.2)


def make_problem(n: int) -> Problem:
    data = nwcore.make_regression(n_train=n, seed=0, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    queries = 5 * torch.rand(n, generator=generator, dtype=torch.float64)
    return Problem(queries, data.x_train, data.y_train, inverse_bandwidth(n))


def make_gap() -> Problem:
    """Keys in [0, 2] and [3, 5], queries from −1 to 6: up to 200 bandwidths from the nearest."""
    keys = torch.cat([torch.linspace(0, 2, 200), torch.linspace(3, 5, 200)]).double()
    queries = torch.linspace(-1, 6, 500, dtype=torch.float64)
    return Problem(queries, keys, nwcore.true_function(keys), 200.0)


def save(problem: Problem, folder: Path) -> None:
    for name, array in zip(("queries", "keys", "values"), problem.arrays(), strict=True):
        np.save(folder / f"{name}.npy", array)
    (folder / "w.json").write_text(json.dumps(problem.w))


def load(folder: Path) -> Problem:
    """Read a problem that was saved; unlike making one, that leaves no memory behind."""
    arrays = [np.load(folder / f"{name}.npy") for name in ("queries", "keys", "values")]
    queries, keys, values = map(torch.from_numpy, arrays)
    return Problem(queries, keys, values, float(json.loads((folder / "w.json").read_text())))


# Methods of pooling -------------------------------------------------------------------------------


def nwcore_pooling(method: PoolingMethod) -> Callable[[Problem], Run]:
    def prepare(problem: Problem) -> Run:
        queries, keys, values, w = problem.queries, problem.keys, problem.values, problem.w
        return lambda: nwcore.attention_pooling(queries, keys, values, w, method=method).numpy()

    return prepare


def chapter_pooling(problem: Problem) -> Run:
    """As in the chapter: every query gets its own copy of the keys and values."""
    x, w = problem.queries, problem.w

    def run() -> Vector:
        keys = problem.keys.repeat(len(x), 1)  # (q, k)
        values = problem.values.repeat(len(x), 1)  # (q, k)
        queries = x.repeat_interleave(keys.shape[1]).reshape(-1, keys.shape[1])  # (q, k)
        weights = torch.softmax(-(((queries - keys) * w) ** 2) / 2, dim=1)
        return torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1)).reshape(-1).numpy()

    return run


def torch_pooling(problem: Problem) -> Run:
    queries, keys, values, w = problem.queries, problem.keys, problem.values, problem.w

    def run() -> Vector:
        scores = -(((queries[:, None] - keys) * w) ** 2) / 2
        return (torch.softmax(scores, dim=-1) @ values).numpy()

    return run


def torch_exp_pooling(problem: Problem) -> Run:
    """The formula as it is written: exponentials over their sum."""
    queries, keys, values, w = problem.queries, problem.keys, problem.values, problem.w

    def run() -> Vector:
        kernels = torch.exp(-(((queries[:, None] - keys) * w) ** 2) / 2)
        return ((kernels @ values) / kernels.sum(-1)).numpy()

    return run


def torch_attention_pooling(problem: Problem) -> Run:
    """PyTorch's attention on −½w²(x − xᵢ)² = [wx, 1] · [wxᵢ, −½w²xᵢ²] − ½w²x²."""

    def run() -> Vector:
        x, xi = problem.w * problem.queries, problem.w * problem.keys
        queries = torch.stack([x, torch.ones_like(x)], dim=-1)[None, None]
        keys = torch.stack([xi, -0.5 * xi**2], dim=-1)[None, None]
        # As wide as the keys: the kernel that holds no weights takes no other values.
        values = torch.stack([problem.values, torch.zeros_like(xi)], dim=-1)[None, None]
        pooled = scaled_dot_product_attention(queries, keys, values, scale=1.0)  # (1, 1, q, 2)
        return pooled[0, 0, :, 0].numpy()

    return run


def numpy_pooling(problem: Problem) -> Run:
    """Sort; then blocks of neighbouring queries with the keys within 8.5 bandwidths of them."""
    unsorted, keys, values = problem.arrays()
    w = problem.w

    def run() -> Vector:
        order = np.argsort(keys)
        x, y = keys[order], values[order]
        rank = np.argsort(unsorted)
        queries = unsorted[rank]
        start = np.searchsorted(x, queries - 8.5 / w)
        stop = np.searchsorted(x, queries + 8.5 / w, side="right")
        rows = max(1, min(256, 2**20 // max(1, int((stop - start).max()))))
        pooled = np.empty_like(queries)
        for first in range(0, len(queries), rows):
            block = slice(first, first + rows)
            near = slice(start[first], stop[block][-1])
            kernels = np.exp(-(((queries[block, None] - x[near]) * w) ** 2) / 2)
            pooled[rank[block]] = (kernels @ y[near]) / kernels.sum(axis=1)
        return pooled

    return run


def statsmodels_pooling(problem: Problem) -> Run:
    regression = importlib.import_module("statsmodels.nonparametric.kernel_regression")
    queries, keys, values = problem.arrays()

    def run() -> Vector:
        # Nothing is drawn when the bandwidth is given; without rng there is a warning.
        model = regression.KernelReg(
            values, keys, var_type="c", reg_type="lc", bw=[1 / problem.w], rng=0
        )
        fitted: Vector = model.fit(queries)[0]
        return fitted

    return run


def skfda_pooling(problem: Problem) -> Run:
    """The hat matrix that scikit-fda's smoother and regressor are built on."""
    hat_matrix = importlib.import_module("skfda.misc.hat_matrix")
    queries, keys, values = problem.arrays()

    def run() -> Vector:
        hat = hat_matrix.NadarayaWatsonHatMatrix(bandwidth=1 / problem.w)
        distances = np.abs(queries[:, None] - keys)
        pooled: Vector = hat(delta_x=distances, X_train=keys, X=queries, y_train=values)
        return pooled

    return run


def kdepy_pooling(problem: Problem) -> Run:
    """Two densities on a grid of 64 or more points a bandwidth, and their ratio."""
    kdepy = importlib.import_module("KDEpy")
    queries, keys, values = problem.arrays()
    bandwidth = 1 / problem.w

    def run() -> Vector:
        low = min(queries.min(), keys.min()) - 8 * bandwidth
        high = max(queries.max(), keys.max()) + 8 * bandwidth
        places = 2 ** math.ceil(math.log2(64 * (high - low) / bandwidth))
        grid = np.linspace(low, high, places)
        floor = values.min()  # weights may not be negative
        weights = values - floor
        density = kdepy.FFTKDE(kernel="gaussian", bw=bandwidth).fit(keys)(grid)
        weighted = kdepy.FFTKDE(kernel="gaussian", bw=bandwidth).fit(keys, weights=weights)(grid)
        pooled: Vector = np.interp(queries, grid, weighted * weights.mean() / density) + floor
        return pooled

    return run


def kernelsmooth_model(problem: Problem) -> Callable[[], Any]:
    """Fits its regression; it measures bandwidths in deviations of the keys."""
    package = importlib.import_module("kernelsmooth")
    _, keys, values = problem.arrays()
    bandwidth = 1 / (problem.w * keys.std(ddof=1))
    return lambda: package.NadarayaWatsonRegression(bandwidth, diag_cov=True).fit(
        keys[:, None], values
    )


def kernelsmooth_pooling(problem: Problem) -> Run:
    fit, queries = kernelsmooth_model(problem), problem.queries.numpy()[:, None]
    return lambda: np.asarray(fit().predict(queries))


def fitted_kernelsmooth_pooling(problem: Problem) -> Run:
    """The same where keys and values stay as they are: its regression is fitted beforehand."""
    model, queries = kernelsmooth_model(problem)(), problem.queries.numpy()[:, None]
    return lambda: np.asarray(model.predict(queries))


def exponentials_pooling(problem: Problem) -> Run:
    """Jiang's transform, written for this comparison and compiled by numba."""
    exponentials = importlib.import_module("exponentials")
    queries, keys, values = problem.arrays()
    exponentials.pool(queries[:2], keys[:2], values[:2], problem.w)  # compiles
    return lambda: exponentials.pool(queries, keys, values, problem.w)


def import_jax() -> Any:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def jax_pooling(problem: Problem) -> Run:
    jax = import_jax()
    queries, keys, values = map(jax.numpy.asarray, problem.arrays())

    def pool(queries: Any, keys: Any, values: Any, w: float) -> Any:
        scores = -(((queries[:, None] - keys) * w) ** 2) / 2
        return jax.nn.softmax(scores, axis=-1) @ values

    compiled = jax.jit(pool)
    compiled(queries, keys, values, problem.w).block_until_ready()
    return lambda: np.asarray(compiled(queries, keys, values, problem.w))


def keops_pooling(problem: Problem) -> Run:
    with redirect_stdout(sys.stderr):  # it tells what it compiles, and that there is no CUDA
        keops = importlib.import_module("pykeops.numpy")

        def pool(queries: Vector, keys: Vector, values: Vector) -> Vector:
            rows, columns = keops.Vi(problem.w * queries[:, None]), keops.Vj(keys[:, None])
            scores = -((rows - problem.w * columns) ** 2) / 2
            pooled: Vector = scores.sumsoftmaxweight(keops.Vj(values[:, None]), axis=1)
            return pooled.reshape(-1)

        queries, keys, values = problem.arrays()
        pool(queries[:2], keys[:2], values[:2])  # compiles, for any number of them
    return lambda: pool(queries, keys, values)


BASE = "nwcore"
# Squares are what memory grew by at n = 4000, by this script's own measurement; lines are generous.
POOLING = (
    Method(BASE, "nwcore", nwcore_pooling("auto"), growth=1, lines=60),
    # 2**22 weights at a time
    Method("direct", "nwcore, direct", nwcore_pooling("direct")),
    # pairs in reach: n · n / (w · range), of which w grows as n^(1/5)
    Method("windowed", "nwcore, windowed", nwcore_pooling("windowed"), growth=1.8, lines=60),
    Method("sdpa", "nwcore, sdpa", nwcore_pooling("sdpa")),
    Method("linear", "nwcore, linear", nwcore_pooling("linear"), growth=1, lines=60),
    # keys, values, queries, and an expression's argument and result
    Method("chapter", "chapter (PyTorch)", chapter_pooling, squares=5),
    Method("torch", "PyTorch, broadcast", torch_pooling, squares=2),
    # loses digits as scores grow, (w · range)²/2
    Method("torch-sdpa", "PyTorch, attention", torch_attention_pooling, tolerance=1e-11),
    Method("numpy", "NumPy, windows", numpy_pooling, growth=1.8),
    Method("statsmodels", "statsmodels", statsmodels_pooling, modules=("statsmodels",)),
    Method("scikit-fda", "scikit-fda", skfda_pooling, squares=7.25, modules=("skfda",)),
    Method("kernelsmooth", "kernelsmooth", kernelsmooth_pooling, modules=("kernelsmooth",)),
    Method(
        "kernelsmooth-fitted",
        "kernelsmooth (fitted before)",
        fitted_kernelsmooth_pooling,
        modules=("kernelsmooth",),
        fitted=True,
    ),
    # 8 exponentials of 2 sums
    Method(
        "exponentials",
        "sum of exponentials (numba)",
        exponentials_pooling,
        growth=1,
        lines=60,
        tolerance=1e-11,
        modules=("numba",),
    ),
    Method(
        "kdepy",
        "KDEpy, FFT (approximate)",
        kdepy_pooling,
        growth=1,
        tolerance=1e-3,
        modules=("KDEpy",),
    ),
    Method("jax", "jax.jit", jax_pooling, squares=1.05, modules=("jax",)),
    Method("keops", "KeOps", keops_pooling, modules=("pykeops",), programs=("g++",)),
)
TORCH_EXP = Method("torch-exp", "PyTorch, exp over sum", torch_exp_pooling, squares=2)


# Methods of a leave-one-out step ------------------------------------------------------------------


def loss_and_slope(loss: Tensor, w: Tensor) -> Vector:
    loss.backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    return np.array([loss.item(), w.grad.item()])


def nwcore_step(problem: Problem) -> Run:
    x, y = problem.keys, problem.values
    return lambda: np.array(nwcore.leave_one_out_step(x, y, problem.w))


def nwcore_autograd_step(problem: Problem) -> Run:
    """The loss for a tensor w, and its derivative by autograd, as an optimiser of PyTorch asks."""
    x, y = problem.keys, problem.values

    def run() -> Vector:
        w = torch.tensor(problem.w, dtype=torch.float64, requires_grad=True)
        return loss_and_slope(nwcore.leave_one_out_loss(x, y, w), w)

    return run


def chapter_step(problem: Problem) -> Run:
    """As in the chapter: copies of keys and values, made once before training, and autograd."""
    x, y = problem.keys, problem.values
    n = len(x)
    x_tile, y_tile = x.repeat(n, 1), y.repeat(n, 1)  # (n, n), kept as the chapter keeps them
    others = (1 - torch.eye(n)).bool()
    keys, values = x_tile[others].reshape(n, -1), y_tile[others].reshape(n, -1)  # (n, n − 1)

    def run() -> Vector:
        w = torch.tensor(problem.w, dtype=torch.float64, requires_grad=True)
        queries = x.repeat_interleave(keys.shape[1]).reshape(-1, keys.shape[1])
        weights = torch.softmax(-(((queries - keys) * w) ** 2) / 2, dim=1)
        predictions = torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1)).reshape(-1)
        return loss_and_slope(((predictions - y) ** 2).sum(), w)

    return run


def torch_step(problem: Problem) -> Run:
    x, y = problem.keys, problem.values
    itself = torch.eye(len(x), dtype=torch.bool)

    def run() -> Vector:
        w = torch.tensor(problem.w, dtype=torch.float64, requires_grad=True)
        scores = -(((x[:, None] - x) * w) ** 2) / 2
        weights = torch.softmax(scores.masked_fill(itself, -torch.inf), dim=-1)
        return loss_and_slope(((weights @ y - y) ** 2).sum(), w)

    return run


def jax_step(problem: Problem) -> Run:
    jax = import_jax()
    jnp = jax.numpy
    x, y = map(jnp.asarray, problem.arrays()[1:])

    def loss(w: float, x: Any, y: Any) -> Any:
        scores = -(((x[:, None] - x) * w) ** 2) / 2
        weights = jax.nn.softmax(jnp.where(jnp.eye(len(x), dtype=bool), -jnp.inf, scores), axis=-1)
        return ((weights @ y - y) ** 2).sum()

    step = jax.jit(jax.value_and_grad(loss))
    step(problem.w, x, y)[0].block_until_ready()  # compiles
    return lambda: np.array([float(number) for number in step(problem.w, x, y)])


STEPS = (
    Method(BASE, "nwcore", nwcore_step, growth=1, lines=60),
    Method("autograd", "nwcore, autograd", nwcore_autograd_step, growth=1, lines=60),
    # keys and values twice, queries, and what autograd keeps and makes
    Method("chapter", "chapter (PyTorch)", chapter_step, squares=10, tolerance=1e-11),
    Method("torch", "PyTorch, broadcast", torch_step, squares=8.2, tolerance=1e-11),
    Method("jax", "jax.jit", jax_step, squares=5.1, tolerance=1e-11, modules=("jax",)),
)


# References ---------------------------------------------------------------------------------------

# Keys this many bandwidths farther than the nearest weigh less than 1e-43 of it.
FAR = 14.2


def weights_near(query: float, keys: Vector, w: float, own: int | None) -> tuple[Any, Any, Any]:
    """Places, scaled distances and weights of the keys that count, in extended precision."""
    distance = np.abs(keys - query)  # only to choose
    if own is not None:
        distance[own] = np.inf
    places = np.flatnonzero(distance * w <= np.hypot(distance.min() * w, FAR))
    scaled = (keys[places].astype(np.longdouble) - query) * np.longdouble(w)
    score = -scaled * scaled / 2
    weights = np.exp(score - score.max())
    return places, scaled, weights / weights.sum()


def exact_pooling(problem: Problem, chosen: NDArray[np.int64]) -> tuple[Any, Any]:
    """Predictions and Σ α |y| at the chosen queries."""
    queries, keys, values = problem.arrays()
    predictions, sizes = np.empty((2, len(chosen)), dtype=np.longdouble)
    for row, query in enumerate(queries[chosen]):
        places, _, weights = weights_near(query, keys, problem.w, own=None)
        predictions[row] = (weights * values[places]).sum()
        sizes[row] = (weights * np.abs(values[places])).sum()
    return predictions, sizes


def exact_step(problem: Problem) -> tuple[Any, Any]:
    """Loss and its derivative in w, and the sums of the sizes of their terms."""
    _, keys, values = problem.arrays()
    exact, sizes = np.zeros((2, 2), dtype=np.longdouble)
    for own in range(len(keys)):
        places, scaled, weights = weights_near(keys[own], keys, problem.w, own)
        y = values[places].astype(np.longdouble)
        prediction = (weights * y).sum()
        error = prediction - values[own]
        terms = weights * scaled**2 * (y - prediction) / problem.w
        exact += [error**2, -2 * error * terms.sum()]
        sizes += [error**2, 2 * abs(error) * np.abs(terms).sum()]
    return exact, sizes


def deviation(output: Vector, exact: Any, sizes: Any) -> Row:
    """Largest |output − exact| / size of what is a number, and the count of what is none."""
    wrong = np.abs(output - exact) / sizes
    numbers = np.isfinite(output)
    error = float(wrong[numbers].max()) if numbers.any() else None
    return {"error": error, "nan": int((~numbers).sum())}


@dataclass(frozen=True)
class Task:
    """What the methods compute, and how to check it.

    Attributes
    ----------
    check : callable
        Makes of a problem what finds the deviation of an output; None where that takes too long.
    """

    name: str
    methods: tuple[Method, ...]
    check: Callable[[Problem], Callable[[Vector], Row] | None]


def check_pooling(problem: Problem) -> Callable[[Vector], Row]:
    n = len(problem.queries)
    spread = np.linspace(0, n - 1, min(n, CHECKED)).round().astype(np.int64)
    chosen = np.argsort(problem.queries.numpy())[spread]
    exact, sizes = exact_pooling(problem, chosen)
    return lambda output: deviation(output[chosen], exact, sizes)


def check_step(problem: Problem) -> Callable[[Vector], Row] | None:
    if len(problem.keys) > LARGEST_CHECKED_LOSS:
        return None
    exact, sizes = exact_step(problem)
    return lambda output: deviation(output, exact, sizes)


TASKS = (
    Task("pooling", POOLING, check_pooling),
    Task("leave_one_out", STEPS, check_step),
)


# Measuring ----------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Tell how far it is; standard output is the report's."""
    print(text, file=sys.stderr, flush=True)


def timed(run: Run, repeats: int = 1) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


@dataclass(frozen=True)
class Trial:
    """A method that ran once: how to run it again, what it gave, and the seconds of a call."""

    run: Run
    output: Vector
    seconds: float


def try_out(method: Method, problem: Problem) -> Trial | Row:
    """Run a method once, and a second time if that is short; or say why it does not run."""
    try:
        run = method.prepare(problem)
        start = time.perf_counter()
        output = run()
        seconds = time.perf_counter() - start
        return Trial(run, output, timed(run) if seconds < 1 else seconds)
    except Exception as error:  # whatever a package may raise: the record says it
        if not isinstance(error, ValueError):
            say(traceback.format_exc())
        status = "refused" if isinstance(error, ValueError) else "failed"
        return {"status": status, "reason": f"{type(error).__name__}: {error}"}


class Forecast:
    """Knows what each method took at the size before."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, float]] = {}

    def learn(self, method: Method, n: int, seconds: float) -> None:
        self._known[method.name] = (n, seconds)

    def seconds(self, method: Method, n: int) -> float:
        """What the method will take, 0 if that is not known: it does not run on 1000 pairs."""
        if method.name not in self._known and n > PILOT:
            trial = try_out(method, make_problem(PILOT))
            if isinstance(trial, Trial):
                self.learn(method, PILOT, trial.seconds)
        before, took = self._known.get(method.name, (n, 0.0))
        return took * math.pow(n / before, method.growth)


def forbidden(method: Method, n: int, forecast: Forecast) -> Row | None:
    """Why a method is not to run with n pairs, or None."""
    if missing := method.missing():
        return {"status": "not installed", "reason": ", ".join(missing)}
    if (needed := method.memory(n)) > MEMORY_LIMIT:
        reason = f"needs {needed / 2**30:.3g} GiB, the limit is {MEMORY_LIMIT / 2**30:g} GiB"
        return {"status": "memory", "reason": reason}
    if (seconds := forecast.seconds(method, n)) > TIME_LIMIT:
        return {
            "status": "time",
            "reason": f"takes about {digits(seconds)} s, the limit is {TIME_LIMIT:g} s",
        }
    return None


def rounds_for(seconds: float) -> int:
    return next(rounds for limit, rounds in ROUNDS if seconds <= limit)


def take_turns(trials: dict[str, Trial]) -> dict[str, list[float]]:
    """Seconds of each method in each round; a method that has had its rounds sits out the rest."""
    names = list(trials)
    rounds = {name: rounds_for(trials[name].seconds) for name in names}
    if trials[BASE].seconds <= 1:  # cheap enough to be there for all to be compared with
        rounds[BASE] = max(rounds.values())
    took: dict[str, list[float]] = {name: [] for name in names}
    shuffled = random.Random(0)
    for number in range(max(rounds.values())):
        for name in shuffled.sample(names, len(names)):
            if number < rounds[name]:
                trial = trials[name]
                repeats = max(1, math.ceil(SHORTEST / trial.seconds))
                took[name].append(timed(trial.run, repeats))
    return took


def summary(took: list[float], base: list[float]) -> Row:
    low, high = np.quantile(took, [0.25, 0.75])
    ratios = [own / other for own, other in zip(took, base, strict=False)]
    return {
        "status": "measured",
        "rounds": len(took),
        "median": median(took),
        "quartiles": [float(low), float(high)],
        "ratio": median(ratios),
    }


def measure_size(
    task: Task, methods: list[Method], problem: Problem, forecast: Forecast, weigh: bool
) -> dict[str, Row]:
    """Measure all methods at one size: a row for each."""
    n = len(problem.keys)
    rows: dict[str, Row] = {}
    trials: dict[str, Trial] = {}
    for method in methods:
        found = forbidden(method, n, forecast) or try_out(method, problem)
        if isinstance(found, Trial):
            trials[method.name] = found
            forecast.learn(method, n, found.seconds)
        else:
            rows[method.name] = found
    if BASE not in trials:
        raise RuntimeError(f"nwcore did not run with {n} pairs: {rows[BASE]['reason']}")
    took = take_turns(trials)
    check = task.check(problem)
    for name in trials:
        found = {} if check is None else check(trials[name].output)
        rows[name] = summary(took[name], took[BASE]) | found
    trials.clear()  # the memory of what they prepared
    if weigh and n >= SMALLEST_WEIGHED:
        with saved(problem) as folder:
            for method in methods:
                if rows[method.name].get("median", math.inf) < TIME_LIMIT:
                    rows[method.name] |= weigh_alone(task, method, folder)
    return {method.name: {"n": n} | rows[method.name] for method in methods}


# Memory -------------------------------------------------------------------------------------------


@contextmanager
def saved(problem: Problem) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        save(problem, Path(name))
        yield Path(name)


def weigh_alone(task: Task, method: Method, folder: Path) -> Row:
    """Memory of a method in a process of its own, or why there is no number."""
    command = [sys.executable, __file__, "--weigh", task.name, method.name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(done.stderr)
        last = done.stderr.strip().splitlines()[-1:]
        return {"memory": None, "memory_reason": f"ended with {done.returncode}: {' '.join(last)}"}
    return {"memory": int(done.stdout.splitlines()[-1])}


def resident(name: str) -> int:
    """Bytes by one of the names in Linux's /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def weigh(task_name: str, method_name: str, folder: Path) -> int:
    """Bytes that a method adds to this process at most."""
    task = next(task for task in TASKS if task.name == task_name)
    method = next(method for method in task.methods if method.name == method_name)
    method.prepare(make_problem(50))()  # loads and compiles what can be
    problem = load(folder)
    Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM back to VmRSS
    before = resident("VmRSS")
    method.prepare(problem)()
    return resident("VmHWM") - before


# Hard cases ---------------------------------------------------------------------------------------


def measure_gap(names: list[str]) -> list[Row]:
    problem = make_gap()
    exact, _ = exact_pooling(problem, np.arange(len(problem.queries)))
    rows = []
    for method in [method for method in POOLING if method.name in names] + [TORCH_EXP]:
        row: Row = {"method": method.name, "title": method.title}
        if missing := method.missing():
            rows.append(row | {"status": "not installed", "reason": ", ".join(missing)})
            continue
        with np.errstate(all="ignore"):  # the warnings' cause, 0/0, is what the table counts
            found = try_out(method, problem)
        if isinstance(found, Trial):
            found = {"status": "measured"} | deviation(found.output, exact, 1.0)
        rows.append(row | found)
    return rows


def measure_density(n: int) -> list[Row]:
    rows = []
    data = make_problem(n)
    length = float(data.keys.max() - data.keys.min())
    for density in DENSITIES:
        problem = Problem(data.queries, data.keys, data.values, density / length)
        run = nwcore_pooling("linear")(problem)
        output = run()
        took = [timed(run) for _ in range(3)]
        row = {"n": n, "density": density, "median": median(took)}
        rows.append(row | check_pooling(problem)(output))
    return rows


# The report ---------------------------------------------------------------------------------------


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def digits(number: float) -> str:
    """Three digits, and no exponent for what is large."""
    return f"{number:.3g}" if number < 999.5 else f"{number:,.0f}"


def seconds_text(seconds: float) -> str:
    for unit, scale in (("µs", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{digits(seconds * scale)} {unit}"
    return f"{digits(seconds)} s"


def time_cell(row: Row) -> str:
    if row["rounds"] == 1:
        return seconds_text(row["median"])
    low, high = (seconds_text(seconds) for seconds in row["quartiles"])
    return f"{seconds_text(row['median'])} ({low} – {high})"


def error_cell(row: Row) -> str:
    if "nan" not in row:
        return "not checked"
    error = "no number" if row["error"] is None else f"{row['error']:.1e}"
    return f"{error}, {row['nan']} NaN" if row["nan"] and row["error"] is not None else error


def memory_cell(row: Row) -> str:
    if "memory" not in row:
        return "not measured"
    return "failed" if row["memory"] is None else f"{digits(row['memory'] / 2**20)} MiB"


def least_median(methods: list[Row], column: list[Row]) -> float | None:
    """The least time among the methods that are given keys and values with the call."""
    times = [
        row["median"]
        for method, row in zip(methods, column, strict=True)
        if row["status"] == "measured" and not method["fitted"]
    ]
    return min(times, default=None)


def size_table(methods: list[Row], cell: Callable[[Row], str], *, bold: bool = False) -> str:
    """A line for each method, a column for each size; the fastest of a column may be bold."""

    def text(row: Row) -> str:
        return cell(row) if row["status"] == "measured" else f"– {row['status']}"

    columns = list(zip(*(method["sizes"] for method in methods), strict=True))
    body = [[method["title"]] for method in methods]
    for column in columns:
        least = least_median(methods, list(column)) if bold else None
        for line, row in zip(body, column, strict=True):
            wins = least is not None and row.get("median") == least
            line.append(f"**{text(row)}**" if wins else text(row))
    return table(["n", *(f"{column[0]['n']:,}" for column in columns)], body)


def reasons(rows: list[list[Row]], titles: list[str]) -> str:
    """Why numbers are missing, as a list; equal neighbours are told once."""
    lines: list[str] = []
    for title, sizes in zip(titles, rows, strict=True):
        told: set[str] = set()
        for row in sizes:
            if row["status"] != "measured" and row["status"] not in told:
                told.add(row["status"])
                lines.append(f"- {title}, n = {row['n']:,}: {row['status']}, {row['reason']}")
            if row.get("memory_reason"):
                lines.append(f"- {title}, n = {row['n']:,}, memory: {row['memory_reason']}")
    return "From which size on, and why, there is no number:\n\n" + "\n".join(lines) + "\n"


def task_report(heading: str, methods: list[Row]) -> str:
    titles = [method["title"] for method in methods]
    rows = [method["sizes"] for method in methods]
    parts = [
        f"## {heading}\n",
        "Median time of a call (quartiles); the fastest of each column is bold.\n",
        size_table(methods, time_cell, bold=True),
        "Time relative to nwcore, median over the rounds.\n",
        size_table(methods, lambda row: digits(row["ratio"])),
        "Largest relative error.\n",
        size_table(methods, error_cell),
        "Memory added at most.\n",
        size_table(methods, memory_cell),
    ]
    if any(
        row["status"] != "measured" or row.get("memory_reason") for method in rows for row in method
    ):
        parts.append(reasons(rows, titles))
    return "\n".join(parts)


def gap_report(rows: list[Row]) -> str:
    body = []
    for row in rows:
        ran = row["status"] == "measured"
        error = "–" if not ran or row["error"] is None else f"{row['error']:.1e}"
        body.append([row["title"], str(row["nan"]) if ran else f"– {row['status']}", error])
    lines = table(["500 queries", "NaN", "largest absolute error"], body)
    refused = [f"- {row['title']}: {row['reason']}" for row in rows if "reason" in row]
    return "## Gap\n\n" + lines + ("\n" + "\n".join(refused) + "\n" if refused else "")


def density_report(rows: list[Row]) -> str:
    body = [
        [f"{row['density']:,.0f}", seconds_text(row["median"]), error_cell(row)] for row in rows
    ]
    heads = ["w · range", "time", "largest relative error"]
    return f"## Density\n\nnwcore, linear, n = {rows[0]['n']:,}.\n\n{table(heads, body)}"


# What a README shows ------------------------------------------------------------------------------

README_BEGIN = "<!-- from benchmarks/scale.json -->"
README_END = "<!-- /from benchmarks/scale.json -->"
README_SIZES = (50, 1_000, 10_000, 100_000, 10_000_000)


def readme_cell(row: Row, base: Row) -> str:
    if row["status"] != "measured":
        return "–"
    ratio = "" if row is base else f" ({digits(row['ratio'])} ×)"
    return seconds_text(row["median"]) + ratio


def readme_table(methods: list[Row]) -> str:
    """Time of every method at some sizes, with its ratio to nwcore; the fastest is bold."""
    sizes = [place for place, row in enumerate(methods[0]["sizes"]) if row["n"] in README_SIZES]
    body = [[method["title"]] for method in methods]
    for place in sizes:
        column = [method["sizes"][place] for method in methods]
        least = least_median(methods, column)
        for line, row in zip(body, column, strict=True):
            text = readme_cell(row, column[0])
            line.append(f"**{text}**" if row.get("median") == least else text)
    heads = [f"{methods[0]['sizes'][place]['n']:,}" for place in sizes]
    return table(["queries, and as many keys", *heads], body)


def growth(sizes: list[Row]) -> str:
    """How time grows from 100,000 to the largest size, if both were measured."""
    first = next((row for row in sizes if row["n"] == 100_000), None)
    last = sizes[-1]
    if first is None or last["n"] <= first["n"]:
        return ""
    times = last["median"] / first["median"]
    return (
        f" From n = {first['n']:,} to {last['n']:,} its time grows {digits(times)} times, "
        f"where {last['n'] // first['n']} times would be linear."
    )


def with_tables(text: str, result: Row) -> str:
    """The text with the tables of a result between the two marks."""
    before, _, rest = text.partition(README_BEGIN)
    _, mark, after = rest.partition(README_END)
    if not mark:
        raise ValueError(f"the text must hold {README_BEGIN} and, after it, {README_END}")
    machine = result["machine"]
    nwcore_sizes = result["pooling"][0]["sizes"]
    last = nwcore_sizes[-1]
    errors = [row["error"] for row in nwcore_sizes if "error" in row]
    parts = [
        README_BEGIN,
        f"{result['date'][:10]}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory'] / 2**30:.0f} GiB. Median time of one pooling, float64, Gaussian "
        f"kernel, w = 5 (n/50)^(1/5); in brackets the ratio to nwcore, round by round; a dash "
        f"where more than 8 GiB or a minute would have been needed.\n",
        readme_table(result["pooling"]),
        "The same for a leave-one-out error with its derivative in w:\n",
        readme_table(result["leave_one_out"]),
        f"nwcore's largest error at any size, relative to extended precision: {max(errors):.0e}. "
        f"For n = {last['n']:,} it added {memory_cell(last)}.{growth(nwcore_sizes)} Two groups of "
        f"keys far apart, queries between and beyond them, a narrow kernel:\n",
        gap_report(result["gap"]).removeprefix("## Gap\n\n"),
        README_END,
    ]
    return before + "\n".join(parts) + after


def loads(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def report(result: Row) -> str:
    """The Markdown of a result."""
    machine = result["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    parts = [
        "# Scale\n",
        f"{result['date']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory'] / 2**30:.1f} GiB; {result['torch_threads']} PyTorch threads; "
        f"load average {loads(result['load_before'])} before, {loads(result['load_after'])} "
        f"after.\n",
        f"{packages}.\n",
    ]
    if result["missing"]:
        names = ", ".join(f"{method} ({what})" for method, what in result["missing"].items())
        parts.append(f"**Not installed:** {names}.\n")
    parts.append(task_report("Pooling", result["pooling"]))
    parts.append(task_report("Leave-one-out step with its derivative", result["leave_one_out"]))
    if result["gap"]:
        parts.append(gap_report(result["gap"]))
    if result["density"]:
        parts.append(density_report(result["density"]))
    return "\n".join(parts)


# Running ------------------------------------------------------------------------------------------


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # nwcore may be found by its path alone
        return nwcore_commit() if package == "nwcore" else "not installed"


def nwcore_commit() -> str:
    command = ["git", "-C", str(Path(nwcore.__file__).parent), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "of unknown version"


def describe() -> Row:
    """What a reader of the numbers must know besides."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        },
        "versions": {"Python": platform.python_version()}
        | {name: version_of(name) for name in PACKAGES},
        "torch_threads": torch.get_num_threads(),
        "load_before": list(os.getloadavg()),
        "load_after": list(os.getloadavg()),
    }


def chosen_methods(task: Task, names: list[str]) -> list[Method]:
    return [method for method in task.methods if method.name in names]


def measure(names: list[str], sizes: list[int], quick: bool, keep: Callable[[Row], None]) -> Row:
    """Measure everything; `keep` is given the result after each part, should a later one end it."""
    chosen = {task.name: chosen_methods(task, names) for task in TASKS}
    result = describe()
    result["missing"] = {
        method.name: ", ".join(method.missing())
        for methods in chosen.values()
        for method in methods
        if method.missing()
    }
    for task in TASKS:
        result[task.name] = [
            {
                "method": method.name,
                "title": method.title,
                "fitted": method.fitted,
                "sizes": [],
            }
            for method in chosen[task.name]
        ]
    result |= {"gap": measure_gap(names), "density": []}
    forecasts = {task.name: Forecast() for task in TASKS}
    for n in sizes:
        problem = make_problem(n)
        for task in TASKS:
            say(f"{task.name}, n = {n:,}")
            rows = measure_size(
                task, chosen[task.name], problem, forecasts[task.name], weigh=not quick
            )
            for method in result[task.name]:
                method["sizes"].append(rows[method["method"]])
            keep(result)
    if "linear" in names:
        say("density")
        result["density"] = measure_density(QUICK_DENSITY_SIZE if quick else DENSITY_SIZE)
    result["load_after"] = list(os.getloadavg())
    keep(result)
    return result


def failed(result: Row) -> bool:
    """Whether a method that should have run did not."""
    rows = [row for task in TASKS for method in result[task.name] for row in method["sizes"]]
    return any(row["status"] == "failed" for row in [*rows, *result["gap"]])


def known_names() -> list[str]:
    return list(dict.fromkeys(method.name for task in TASKS for method in task.methods))


def names_of(text: str) -> list[str]:
    known = known_names()
    names = [name.strip() for name in text.split(",")]
    if unknown := sorted(set(names) - set(known)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not among {', '.join(known)}")
    return [BASE, *names]


def sizes_of(text: str) -> list[int]:
    try:
        sizes = sorted({int(size) for size in text.split(",")})
    except ValueError as error:
        raise argparse.ArgumentTypeError("sizes are like 50,1000") from error
    if sizes[0] < 2:
        raise argparse.ArgumentTypeError("sizes are at least 2: one pair cannot be left out")
    return sizes


def read_options() -> argparse.Namespace:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=names_of, metavar="METHODS")
    parser.add_argument("--sizes", type=sizes_of)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE")
    parser.add_argument("--readme", type=Path, metavar="FILE")
    parser.add_argument("--allow-missing", action="store_true")
    # What a process that weighs one method is started with.
    parser.add_argument("--weigh", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = read_options()
    if options.source:
        result = json.loads(options.source.read_text("utf-8"))
        if options.readme:
            text = options.readme.read_text("utf-8")
            options.readme.write_text(with_tables(text, result), "utf-8")
        else:
            print(report(result))
        return 0
    torch.set_num_threads(os.cpu_count() or 1)
    if options.weigh:
        task, method, folder = options.weigh
        print(weigh(task, method, Path(folder)))
        return 0
    target = options.json or (None if options.quick else FILE)

    def keep(result: Row) -> None:
        if target:
            text = json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False)
            target.write_text(text + "\n", "utf-8")

    names = options.only or known_names()
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    result = measure(names, sizes, options.quick, keep)
    print(report(result))
    if failed(result):
        say("A method failed; the report says why.")
        return 1
    if result["missing"] and not options.allow_missing:
        say(f"Not installed: {', '.join(result['missing'])} (--allow-missing accepts that).")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
