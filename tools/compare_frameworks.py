"""Run the model in every framework and compare it with nwcore, number by number.

python tools/compare_frameworks.py               build each environment, run all, compare
python tools/compare_frameworks.py --existing    only in environments that were built before
python tools/compare_frameworks.py --record      also write what the book shows, results.json
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from nwbook.paths import ROOT
from nwcore import (
    NWKernelRegression,
    attention_pooling,
    attention_weights,
    average_pooling,
    fit,
    leave_one_out_pairs,
    make_regression,
)

FOLDER = ROOT / "frameworks"
ENVIRONMENTS = ROOT / ".frameworks"
RESULTS = FOLDER / "results.json"

# (seed, n_train, n_queries, w of the weights, start, learning rate, epochs). Never as many queries
# as keys, so that a mix-up of rows and columns cannot hide.
CASES = [
    (6, 50, 7, 1.0, 0.5, 0.5, 5),
    (0, 50, 20, 4.0, 0.9, 0.05, 10),
    (1, 30, 50, 2.5, 0.25, 0.1, 10),
    (2, 20, 11, 8.0, 1.5, 0.02, 10),
    (3, 80, 50, 0.3, 0.7, 0.01, 10),
    (4, 50, 3, 12.0, 6.0, 0.2, 10),
]
TIMED = (50, 2000)  # training points

# The largest difference allowed: of the numbers themselves, or as a share of them.
ALLOWED = {
    "average pooling": 5e-6,
    "attention weights": 1e-6,
    "nonparametric prediction": 5e-6,
    "batch products": 5e-6,
    "leave-one-out pairs": 0.0,
    "losses": 1e-5,
    "w": 1e-5,
    "prediction of the trained model": 5e-6,
}
RELATIVE = {"losses", "w"}

# One thread each, or the times would compare numbers of threads.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


@dataclass(frozen=True)
class Framework:
    folder: str
    title: str
    package: str
    state: str

    @property
    def environment(self) -> Path:
        return ENVIRONMENTS / self.folder

    @property
    def python(self) -> Path:
        scripts = "Scripts" if sys.platform == "win32" else "bin"
        return self.environment / scripts / "python"

    @property
    def requirements(self) -> Path:
        return FOLDER / self.folder / "requirements.txt"

    @property
    def stamp(self) -> Path:
        """There when the environment holds what the requirements of now ask for."""
        content = hashlib.sha256(self.requirements.read_bytes()).hexdigest()[:16]
        return self.environment / f".installed-{content}"

    def build(self) -> None:
        if self.stamp.is_file():
            return
        print(f"{self.title}: installing into {self.environment.relative_to(ROOT)}", flush=True)
        venv.create(self.environment, with_pip=True, clear=True)
        command = [self.python, "-m", "pip", "install", "--quiet", "-r", self.requirements]
        subprocess.run([*map(str, command)], check=True)
        self.stamp.touch()

    def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """What its own file says to the cases, in its own environment."""
        with tempfile.TemporaryDirectory() as work:
            cases, results = Path(work, "cases.json"), Path(work, "results.json")
            cases.write_text(json.dumps({**given, "packages": [self.package]}), "utf-8")
            file = FOLDER / self.folder / "nadaraya_watson.py"
            worker = [ROOT / "tools" / "framework_worker.py", file, cases, results]
            done = subprocess.run(
                [*map(str, [self.python, *worker])],
                env=os.environ | ONE_THREAD,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"{self.title} does not run:\n{done.stderr[-3000:]}")
            answer: dict[str, Any] = json.loads(results.read_text("utf-8"))
        return answer


@cache
def frameworks() -> tuple[Framework, ...]:
    return tuple(
        Framework(**entry) for entry in yaml.safe_load((FOLDER / "frameworks.yml").read_text())
    )


def case(
    seed: int, n: int, n_queries: int, w: float, start: float, lr: float, epochs: int
) -> dict[str, Any]:
    data = make_regression(n, seed=seed)
    return {
        "name": f"seed {seed}, n = {n}",
        "x_train": data.x_train.tolist(),
        "y_train": data.y_train.tolist(),
        "queries": data.x_test[:n_queries].tolist(),
        "w": w,
        "start": start,
        "lr": lr,
        "epochs": epochs,
    }


def given() -> dict[str, Any]:
    timed = {str(n): case(6, n, 50, 1.0, 0.5, 1e-4, 1) for n in TIMED}
    return {"cases": [case(*numbers) for numbers in CASES], "timed": timed}


def reference(case: dict[str, Any]) -> dict[str, Any]:
    """The same steps by nwcore, in float32 like the others."""
    x_train, y_train, queries = (
        torch.tensor(case[name], dtype=torch.float32) for name in ("x_train", "y_train", "queries")
    )
    model = NWKernelRegression(w=case["start"])
    history = fit(model, x_train, y_train, lr=case["lr"], epochs=case["epochs"])
    keys, values = leave_one_out_pairs(x_train, y_train)
    tenths = torch.full((2, 1, 10), 0.1)
    batch = torch.arange(20.0).reshape(2, 10, 1)
    with torch.no_grad():
        trained = model(queries, x_train, y_train)
    return {
        "average pooling": average_pooling(y_train, len(queries)).tolist(),
        "attention weights": attention_weights(queries, x_train, case["w"]).tolist(),
        "nonparametric prediction": attention_pooling(
            queries, x_train, y_train, case["w"]
        ).tolist(),
        "batch products": [
            torch.bmm(torch.ones((2, 1, 4)), torch.ones((2, 4, 6))).tolist(),
            torch.bmm(tenths, batch).tolist(),
        ],
        "leave-one-out pairs": [keys.tolist(), values.tolist()],
        "losses": list(history.losses),
        "w": list(history.w),
        "prediction of the trained model": trained.tolist(),
    }


def difference(quantity: str, found: Any, expected: Any) -> float:
    """The largest difference; infinite where the shapes differ or a number is none."""
    if isinstance(expected, list) and any(isinstance(part, list) for part in expected):
        if not isinstance(found, list) or len(found) != len(expected):
            return float("inf")
        return max(difference(quantity, *pair) for pair in zip(found, expected, strict=True))
    ours, theirs = np.asarray(expected, float), np.asarray(found, float)
    if ours.shape != theirs.shape or not np.isfinite(theirs).all():
        return float("inf")
    apart = np.abs(ours - theirs)
    return float((apart / np.abs(ours) if quantity in RELATIVE else apart).max())


def differences(steps: list[dict[str, Any]], cases: list[dict[str, Any]]) -> dict[str, float]:
    """For each quantity, the largest difference over all cases."""
    expected = [reference(each) for each in cases]
    return {
        quantity: max(
            difference(quantity, found[quantity], wanted[quantity])
            for found, wanted in zip(steps, expected, strict=True)
        )
        for quantity in ALLOWED
    }


def complaints(framework: Framework, apart: dict[str, float]) -> Iterator[str]:
    for quantity, size in apart.items():
        if not size <= ALLOWED[quantity]:
            kind = "relative " if quantity in RELATIVE else ""
            yield (
                f"{framework.title}: {quantity} differs from nwcore by {size:.2e} "
                f"({kind}allowed: {ALLOWED[quantity]:g})"
            )


def train_on_pairs(x_train: Tensor, y_train: Tensor, lr: float, epochs: int) -> None:
    """Train as the other frameworks do, over all pairs; `nwcore.fit` has a shorter way."""
    model = NWKernelRegression(w=0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    keys, values = leave_one_out_pairs(x_train, y_train)  # (n, n − 1) each
    for epoch in range(epochs + 1):
        loss = (model(x_train, keys, values) - y_train).square().sum()
        if epoch < epochs:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def epoch_time(case: dict[str, Any]) -> float:
    """Seconds of one epoch in PyTorch, measured as in tools/framework_worker.py."""
    x_train, y_train = (torch.tensor(case[name]) for name in ("x_train", "y_train"))

    def seconds(epochs: int) -> float:
        begin = time.perf_counter()
        train_on_pairs(x_train, y_train, 1e-4, epochs)
        return time.perf_counter() - begin

    seconds(1)
    return statistics.median((seconds(6) - seconds(1)) / 5 for _ in range(5))


def processor() -> str:
    """Its name, where the system tells one."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--existing", action="store_true", help="build no environment")
    parser.add_argument("--record", action="store_true", help="write frameworks/results.json")
    options = parser.parse_args()

    chosen = [each for each in frameworks() if each.stamp.is_file() or not options.existing]
    for left_out in (each for each in frameworks() if each not in chosen):
        print(f"{left_out.title}: NOT RUN, no environment (`make test-frameworks` builds it)")
    if options.record and len(chosen) < len(frameworks()):
        parser.error("--record needs every framework")

    torch.set_num_threads(1)
    everything = given()
    rows = [
        {
            "title": "PyTorch",
            "version": version("torch").partition("+")[0],
            "state": "maintained",
            "difference": 0.0,
            "epoch_seconds": {n: epoch_time(each) for n, each in everything["timed"].items()},
        }
    ]
    wrong: list[str] = []
    for framework in chosen:
        framework.build()
        answer = framework.run(everything)
        apart = differences(answer["steps"], everything["cases"])
        found = list(complaints(framework, apart))
        wrong += found
        if not found:
            largest = ", ".join(f"{name} {size:.0e}" for name, size in apart.items())
            print(f"{framework.title} {answer['versions'][framework.package]}: agrees ({largest})")
        rows.append(
            {
                "title": framework.title,
                "version": answer["versions"][framework.package],
                "state": framework.state,
                "difference": max(apart.values()),
                "differences": apart,
                "epoch_seconds": answer["epoch_seconds"],
            }
        )
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if options.record and not wrong:
        about = {
            "date": datetime.now().date().isoformat(),
            "python": platform.python_version(),
            "processor": processor(),
            "frameworks": rows,
        }
        RESULTS.write_text(json.dumps(about, indent=1) + "\n", "utf-8")
        print(f"Recorded in {RESULTS.relative_to(ROOT)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
