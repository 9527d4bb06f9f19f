"""Run the steps of one framework on given data and write down what comes out.

    python tools/framework_worker.py FILE CASES.json RESULTS.json

`tools/compare_frameworks.py` calls this with the Python of that framework's own environment.
"""

import importlib.metadata
import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path


def listed(tensor):
    """A tensor of any framework as nested lists."""
    return (tensor.asnumpy() if hasattr(tensor, "asnumpy") else tensor.__array__()).tolist()


def steps(framework, case):
    x_train, y_train, queries = framework.as_tensors(
        case["x_train"], case["y_train"], case["queries"]
    )
    products, averages = framework.batch_products()
    keys, values = framework.leave_one_out_pairs(x_train, y_train)
    model, losses, inverse_bandwidths = framework.fit(
        start_at(framework, case["start"]), x_train, y_train, case["lr"], case["epochs"]
    )
    return {
        "average pooling": listed(framework.average_pooling(y_train, len(case["queries"]))),
        "attention weights": listed(framework.attention_weights(queries, x_train, case["w"])),
        "nonparametric prediction": listed(
            framework.attention_pooling(queries, x_train, y_train, case["w"])
        ),
        "batch products": [listed(products), listed(averages)],
        "leave-one-out pairs": [listed(keys), listed(values)],
        "losses": losses,
        "w": inverse_bandwidths,
        "prediction of the trained model": listed(
            framework.predict(model, queries, x_train, y_train)
        ),
    }


def start_at(framework, w):
    if hasattr(framework, "jax"):  # parameters are arrays there, and nothing makes them
        (w,) = framework.as_tensors([w])
    return framework.NWKernelRegression(w)


def epoch_time(framework, case):
    """Seconds of one epoch: what five more cost, so that neither start nor compiling counts."""
    x_train, y_train = framework.as_tensors(case["x_train"], case["y_train"])

    def seconds(epochs):
        begin = time.perf_counter()
        framework.fit(start_at(framework, 0.5), x_train, y_train, 1e-4, epochs)
        return time.perf_counter() - begin

    seconds(1)
    return statistics.median((seconds(6) - seconds(1)) / 5 for _ in range(5))


def main(file, cases, results):
    # On one processor, or the times would compare numbers of threads.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    spec = importlib.util.spec_from_file_location("nadaraya_watson", file)
    framework = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(framework)
    given = json.loads(Path(cases).read_text())
    found = {
        "versions": {name: importlib.metadata.version(name) for name in given["packages"]},
        "steps": [steps(framework, case) for case in given["cases"]],
        "epoch_seconds": {
            name: epoch_time(framework, case) for name, case in given["timed"].items()
        },
    }
    Path(results).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
