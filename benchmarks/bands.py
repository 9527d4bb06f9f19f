"""How often confidence bands of local regression cover the curve, as Markdown.

    python benchmarks/bands.py               1,000 data sets; some minutes
        --sets 200                           fewer

Data are those of `nwcore.make_regression`, n = 50 and noise 0.5, a set a seed; w is the one with
the least leave-one-out loss of local lines on each set, as a reader would take it, and the noise is
told by the residuals. *Covered* is the share of queries 1, 1.1, …, 4 and sets whose interval holds
the curve; ± two standard errors over the sets. *Width* is the mean length of the intervals.
"""

import argparse
import math

import torch

import nwcore

LEVEL = 0.95
BANDS = (("naive", False), ("corrected", True))


def cover(seed: int) -> dict[str, tuple[float, float]]:
    """For each band, the share of queries covered and the mean width on one data set."""
    data = nwcore.make_regression(seed=seed, dtype=torch.float64)
    inside = (data.x_test >= 0.999) & (data.x_test <= 4.001)
    queries, truth = data.x_test[inside], data.y_test[inside]
    w = nwcore.find_bandwidth(data.x_train, data.y_train, degree=1).w
    found = {}
    for name, corrected in BANDS:
        band = nwcore.confidence_band(
            queries, data.x_train, data.y_train, w, level=LEVEL, corrected=corrected
        )
        covered = (band.lower <= truth) & (truth <= band.upper)
        found[name] = (float(covered.double().mean()), float((band.upper - band.lower).mean()))
    return found


def report(sets: int) -> str:
    results = [cover(seed) for seed in range(sets)]
    lines = ["| 95% band of local lines | covered | width |", "| --- | --- | --- |"]
    for name, _ in BANDS:
        shares = torch.tensor([each[name][0] for each in results], dtype=torch.float64)
        width = sum(each[name][1] for each in results) / sets
        spread = 2 * float(shares.std()) / math.sqrt(sets)
        lines.append(f"| {name} | {float(shares.mean()):.1%} ± {spread:.1%} | {width:.3f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sets", type=int, default=1000, help="data sets, at least 2")
    sets = parser.parse_args().sets
    if sets < 2:
        parser.error(f"--sets must be at least 2, got {sets}")
    print(report(sets))


if __name__ == "__main__":
    main()
