"""What local lines and parabolas take beside attention pooling, and how they err, as Markdown.

    python benchmarks/local.py               time and errors; some minutes
        --sizes 10000,100000                 some sizes: as many queries as keys
        --rounds 5                           rounds of measurement
        --sets 50                            data sets for the errors

*Time*: the problem of benchmarks/scale.py, float64, at each size; in each round pooling, lines and
parabolas run by turns, so that a slow spell of the machine meets them all. The ratio is the median
over the rounds of the ratios to pooling in the same round. *Errors*: `nwcore.make_regression` with
n = 50, a data set a seed, w with the least leave-one-out loss of the degree: median over the sets
of the root mean squared error on the test points, and the mean error at x = 0, where the curve
begins. Close what else keeps the processors busy.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

import nwcore

KERNELS = ("gaussian", "epanechnikov")


def make_problem(n: int) -> tuple[Tensor, Tensor, Tensor, float]:
    """Queries, keys, values and w, as in benchmarks/scale.py."""
    data = nwcore.make_regression(n_train=n, seed=0, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    queries = 5 * torch.rand(n, generator=generator, dtype=torch.float64)
    return queries, data.x_train, data.y_train, 5.0 * math.pow(n / 50, 0.2)


def seconds(run: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(n: int, kernel: str, rounds: int) -> str:
    """A line of the table: the time of pooling, and what lines and parabolas take beside it."""
    queries, keys, values, w = make_problem(n)
    runs: list[Callable[[], Tensor]] = [
        lambda: nwcore.attention_pooling(queries, keys, values, w, kernel, method="linear")
    ]
    for degree in (1, 2):
        runs.append(
            lambda degree=degree: nwcore.local_regression(  # type: ignore[misc]
                queries, keys, values, w, degree, kernel, method="linear"
            )
        )
    for run in runs:
        run()
    times = [[seconds(run) for run in runs] for _ in range(rounds)]
    pooling = statistics.median(each[0] for each in times)
    ratios = [statistics.median(each[i] / each[0] for each in times) for i in (1, 2)]
    return f"| {n:,} | {kernel} | {pooling:.3f} | {ratios[0]:.2f} | {ratios[1]:.2f} |"


def measure_errors(sets: int) -> list[str]:
    """A line for each degree: median test error, mean error at 0."""
    lines = []
    for degree in (0, 1, 2):
        errors, at_start = [], []
        for seed in range(sets):
            data = nwcore.make_regression(seed=seed, dtype=torch.float64)
            w = nwcore.find_bandwidth(data.x_train, data.y_train, degree=degree).w
            found = nwcore.local_regression(data.x_test, data.x_train, data.y_train, w, degree)
            errors.append(nwcore.rmse(found, data.y_test))
            at_start.append(float(found[0] - data.y_test[0]))
        bias = statistics.mean(at_start)
        lines.append(f"| {degree} | {statistics.median(errors):.3f} | {bias:+.3f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of pairs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", type=int, default=200, help="data sets for the errors")
    arguments = parser.parse_args()
    print("| pairs | kernel | pooling, s | line | parabola |\n| --- | --- | --- | --- | --- |")
    for size in arguments.sizes.split(","):
        for kernel in KERNELS:
            print(compare(int(size), kernel, arguments.rounds), flush=True)
    print("\n| degree | median test error | mean error at 0 |\n| --- | --- | --- |")
    print("\n".join(measure_errors(arguments.sets)))


if __name__ == "__main__":
    main()
