"""benchmarks/scale.py computes what it times and reports what it found; no time is asserted."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "scale.py"
GIB = 2**30


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_scale", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


scale = load_script()
# The script itself measures the errors of those that only its own environment has.
CASES = [
    pytest.param(task, method, id=f"{task.name}-{method.name}")
    for task in scale.TASKS
    for method in task.methods
    if not method.missing()
]


@pytest.mark.parametrize("n", [50, 300])
@pytest.mark.parametrize(("task", "method"), CASES)
def test_a_method_gives_the_references_numbers(task: Any, method: Any, n: int) -> None:
    problem = scale.make_problem(n)
    found = task.check(problem)(method.prepare(problem)())
    assert found["nan"] == 0
    assert found["error"] <= method.tolerance


def test_reference_agrees_with_the_formula() -> None:
    problem = scale.make_problem(30)
    queries, keys, values = problem.arrays()
    exact, sizes = scale.exact_pooling(problem, np.arange(30))
    kernels = np.exp(-(((queries[:, None] - keys) * problem.w) ** 2) / 2)
    np.testing.assert_allclose(exact.astype(float), kernels @ values / kernels.sum(1), rtol=1e-12)
    expected = kernels @ np.abs(values) / kernels.sum(1)
    np.testing.assert_allclose(sizes.astype(float), expected, rtol=1e-12)


def test_reference_of_a_step_agrees_with_differences() -> None:
    problem = scale.make_problem(30)
    step = 1e-4
    there, back = (
        scale.exact_step(scale.Problem(*vectors(problem), problem.w + h))[0][0]
        for h in (step, -step)
    )
    loss, slope = scale.exact_step(problem)[0]
    assert float(loss) > 0
    assert float((there - back) / (2 * step)) == pytest.approx(float(slope), rel=1e-6)


def vectors(problem: Any) -> tuple[Any, Any, Any]:
    return problem.queries, problem.keys, problem.values


def test_an_output_without_numbers_is_counted() -> None:
    output = np.array([np.nan, 1.5, np.nan])
    assert scale.deviation(output, np.ones(3), 2.0) == {"error": 0.25, "nan": 2}
    assert scale.deviation(output[:1], np.ones(1), 1.0) == {"error": None, "nan": 1}


QUADRATIC = [
    pytest.param(method, id=f"{task.name}-{method.name}")
    for task in scale.TASKS
    for method in task.methods
    if method.squares > 0
]


@pytest.mark.parametrize("method", QUADRATIC)
def test_memory_stops_a_quadratic_method(method: Any) -> None:
    method = replace(method, modules=(), programs=())  # installed or not
    forecast = scale.Forecast()
    for n in scale.SIZES:
        forecast.learn(method, n, 0.0)
        found = scale.forbidden(method, n, forecast)
        too_large = 8 * method.squares * n * n > 8 * GIB
        assert found is None or found["status"] == "memory"
        if too_large or n >= 100_000:
            assert found is not None
            assert "GiB" in found["reason"]


def test_time_is_predicted_from_the_size_before() -> None:
    method = scale.Method("slow", "slow", pytest.fail)
    forecast = scale.Forecast()
    forecast.learn(method, 1_000, 1.0)
    assert scale.forbidden(method, 7_000, forecast) is None
    found = scale.forbidden(method, 8_000, forecast)
    assert found == {"status": "time", "reason": "takes about 64 s, the limit is 60 s"}


def test_what_is_not_installed_is_said() -> None:
    method = scale.Method(
        "odd", "odd", pytest.fail, modules=("no_such_module",), programs=("no-such",)
    )
    found = scale.forbidden(method, 50, scale.Forecast())
    assert found == {"status": "not installed", "reason": "no_such_module, no-such"}


def test_a_method_that_raises_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: Any) -> Any:
        raise ValueError("not so narrow")

    def fail(_: Any) -> Any:
        raise MemoryError("none left")

    problem = scale.make_problem(5)
    found = scale.try_out(scale.Method("a", "a", refuse), problem)
    assert found == {"status": "refused", "reason": "ValueError: not so narrow"}
    found = scale.try_out(scale.Method("b", "b", fail), problem)
    assert found == {"status": "failed", "reason": "MemoryError: none left"}
    assert "none left" in capsys.readouterr().err


def measured(n: int, seconds: float, ratio: float, **more: Any) -> dict[str, Any]:
    quartiles = [0.9 * seconds, 1.1 * seconds]
    row = {"n": n, "status": "measured", "rounds": 5, "median": seconds, "quartiles": quartiles}
    return row | {"ratio": ratio, "error": 1e-15, "nan": 0} | more


def small_result() -> dict[str, Any]:
    ours = [measured(50, 2e-3, 1.0), measured(1_000, 4e-3, 1.0, memory=3 * 2**20)]
    theirs = [
        measured(50, 1e-3, 0.5, error=None, nan=3),
        {"n": 1_000, "status": "memory", "reason": "needs 9 GiB, the limit is 8 GiB"},
    ]
    absent = [{"n": n, "status": "not installed", "reason": "jax"} for n in (50, 1_000)]
    methods = [
        {"method": "nwcore", "title": "nwcore", "fitted": False, "sizes": ours},
        {"method": "torch", "title": "PyTorch", "fitted": False, "sizes": theirs},
        {"method": "jax", "title": "jax.jit", "fitted": False, "sizes": absent},
    ]
    return {
        "date": "2026-11-24",
        "machine": {"processor": "a processor", "cores": 2, "memory": 2**34},
        "versions": {"torch": "2.13.0"},
        "torch_threads": 2,
        "load_before": [0.1, 0.2, 0.3],
        "load_after": [1.0, 0.5, 0.4],
        "missing": {"jax": "jax"},
        "pooling": methods,
        "leave_one_out": methods[:1],
        "gap": [{"title": "nwcore", "status": "measured", "nan": 0, "error": 1e-15}],
        "density": [{"n": 10, "density": 1.0, "median": 0.002, "error": 1e-15, "nan": 0}],
    }


def test_report_of_a_small_result() -> None:
    text = scale.report(small_result())
    pooling = text.split("## ")[1]
    tables = [part for part in pooling.split("\n\n") if part.startswith("| n |")]
    assert len(tables) == 4  # times, ratios, errors, memory
    for lines in map(str.splitlines, tables):
        assert lines[0] == "| n | 50 | 1,000 |"
        assert len(lines) == 2 + 3
    times, ratios, errors, memory = (table.splitlines()[2:] for table in tables)
    assert times == [
        "| nwcore | 2 ms (1.8 ms – 2.2 ms) | **4 ms (3.6 ms – 4.4 ms)** |",
        "| PyTorch | **1 ms (900 µs – 1.1 ms)** | – memory |",
        "| jax.jit | – not installed | – not installed |",
    ]
    assert ratios[1] == "| PyTorch | 0.5 | – memory |"
    assert errors[1] == "| PyTorch | no number | – memory |"
    assert memory[0] == "| nwcore | not measured | 3 MiB |"
    assert "- PyTorch, n = 1,000: memory, needs 9 GiB, the limit is 8 GiB\n" in pooling
    assert pooling.count("not installed, jax") == 1
    assert "**Not installed:** jax (jax)." in text
    assert text.count("**1 ms") == 1


def test_what_was_fitted_before_is_shown_and_not_among_the_fastest() -> None:
    result = small_result()
    quick = [measured(50, 5e-4, 0.25), measured(1_000, 1e-3, 0.25)]
    result["pooling"].append({"method": "a", "title": "A", "fitted": True, "sizes": quick})
    times = scale.report(result).split("## ")[1]
    assert "| A | 500 µs (450 µs – 550 µs) | 1 ms (900 µs – 1.1 ms) |" in times
    assert "| PyTorch | **1 ms (900 µs – 1.1 ms)** |" in times
    marks = f"{scale.README_BEGIN}{scale.README_END}"
    readme = scale.with_tables(marks, result)
    assert "| A | 500 µs (0.25 ×) | 1 ms (0.25 ×) |" in readme
    assert "| PyTorch | **1 ms (0.5 ×)** |" in readme


def test_report_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "numbers.json"
    file.write_text(json.dumps(small_result()))
    monkeypatch.setattr(sys, "argv", [str(PATH), "--from", str(file)])
    assert scale.main() == 0
    assert capsys.readouterr().out == scale.report(small_result()) + "\n"


def test_a_measurement_reports_every_method() -> None:
    methods = [method for method in scale.POOLING if method.name in ("nwcore", "torch", "sdpa")]
    task = scale.TASKS[0]
    rows = scale.measure_size(task, methods, scale.make_problem(20), scale.Forecast(), weigh=False)
    assert list(rows) == ["nwcore", "sdpa", "torch"]
    assert rows["nwcore"]["ratio"] == 1
    assert all(row["status"] == "measured" and row["n"] == 20 for row in rows.values())


def test_the_readme_shows_the_numbers_on_record() -> None:
    root = PATH.parents[1]
    result = json.loads((root / "benchmarks" / "scale.json").read_text("utf-8"))
    readme = (root / "README.md").read_text("utf-8")
    assert scale.with_tables(readme, result) == readme
    assert readme.count(scale.README_BEGIN) == readme.count(scale.README_END) == 1
