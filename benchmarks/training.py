"""What an epoch of `nwcore.fit` takes beside one leave-one-out loss with its derivative.

    python benchmarks/training.py            5,000 points; some seconds
        --n 50000                            another number of points
        --rounds 9                           rounds of measurement

Data are those of benchmarks/scale.py, float64, with w = 5 (n/50)^(1/5). *Time* is of 1 + 10 epochs
less that of 1, over 10, by turns with the loss; the ratio is the median over the rounds. *Memory*
is what each adds at most to a process of its own (Linux: VmHWM), imports, data and a first run on
50 points behind it. Close what else keeps the processors busy.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

import nwcore

EPOCHS = 10
LR = 1e-12  # w stays where it is, and with it the time of an epoch


def make_data(n: int) -> tuple[Tensor, Tensor, float]:
    data = nwcore.make_regression(n_train=n, seed=0, dtype=torch.float64)
    return data.x_train, data.y_train, 5.0 * (n / 50) ** 0.2


def train(x: Tensor, y: Tensor, w: float, epochs: int = 1) -> None:
    nwcore.fit(nwcore.NWKernelRegression(w=w, dtype=torch.float64), x, y, LR, epochs)


def differentiate(x: Tensor, y: Tensor, w: float) -> None:
    parameter = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    nwcore.leave_one_out_loss(x, y, parameter).backward()  # type: ignore[no-untyped-call]


RUNS: dict[str, Callable[[Tensor, Tensor, float], None]] = {"fit": train, "loss": differentiate}


def seconds(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def measure_times(n: int, rounds: int) -> tuple[float, float, float]:
    """Median seconds of an epoch and of a loss with its derivative, and the median ratio."""
    x, y, w = make_data(n)
    train(x, y, w)
    epochs, losses = [], []
    for _ in range(rounds):
        many = seconds(lambda: train(x, y, w, 1 + EPOCHS))
        one = seconds(lambda: train(x, y, w, 1))
        epochs.append((many - one) / EPOCHS)
        losses.append(
            statistics.mean(seconds(lambda: differentiate(x, y, w)) for _ in range(EPOCHS))
        )
    ratios = [epoch / loss for epoch, loss in zip(epochs, losses, strict=True)]
    return statistics.median(epochs), statistics.median(losses), statistics.median(ratios)


def resident(name: str) -> int:
    """Bytes by one of the names in Linux's /proc/self/status."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def weigh(name: str, n: int) -> int:
    """Bytes that a run adds to this process at most."""
    RUNS[name](*make_data(50))
    data = make_data(n)
    Path("/proc/self/clear_refs").write_text("5", "utf-8")  # sets VmHWM back to VmRSS
    before = resident("VmRSS")
    RUNS[name](*data)
    return resident("VmHWM") - before


def weigh_alone(name: str, n: int) -> int:
    command = [sys.executable, __file__, "--n", str(n), "--weigh", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> int:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--weigh", choices=RUNS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.weigh:
        print(weigh(options.weigh, options.n))
        return 0
    epoch, loss, ratio = measure_times(options.n, options.rounds)
    fit_bytes, loss_bytes = (weigh_alone(name, options.n) / 2**20 for name in RUNS)
    print(
        f"n = {options.n:,}: an epoch of fit {1e3 * epoch:.2f} ms, a loss with its derivative "
        f"{1e3 * loss:.2f} ms, ratio {ratio:.2f}; memory {fit_bytes:.1f} MiB and "
        f"{loss_bytes:.1f} MiB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
