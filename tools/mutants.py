"""Plant faults in nwcore, the pages' JavaScript and some tools; see whether the tests notice.

    python tools/mutants.py                                a sample of every module
    python tools/mutants.py --module nwcore/pooling.py     of one module; may be repeated
    python tools/mutants.py --per-module 30 --seed 2       a larger one, another one
    python tools/mutants.py --all                          every fault there is

A fault changes the source text at one place. This process imports what takes long, torch first of
all, and forks a child for each fault; the child imports nwcore with the fault and runs, of the
tests that `TESTS` names for the module, those that reach the changed statement. A fault is killed
when a test fails or the child uses up its time on the processor; it survives when all tests pass.
`mutants.yml` beside this file lists faults that change no answer, each with a reason; an entry that
fits no fault is an error.

Of the JavaScript of the explorers, and of the page for readers' data, those modules get faults that
unit tests run in Node, which then loads the changed text; all their tests run, until one fails.
Modules that need a page are tested in the browser alone, where a fault would take minutes: they are
counted below the table, and not tried.

The faults are few and plain, so that a survivor is worth looking at: annotations, decorators,
documentation and the words of messages stay as they are.
"""

import argparse
import ast
import base64
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal, NamedTuple

import coverage
import yaml
from javascript_faults import find_changes

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_suffix(".yml")
JAVASCRIPT = Path("nwcore", "explorers", "js")
# Their lists say which modules they run in Node; those with a folder here by name alone, too.
NODE_TESTS = {
    "engine": ("test_engine", "test_engine_plane", "test_engine_local", "test_ways"),
    "context": ("test_context_explorer", "test_goals"),
    "metric": ("test_metric_explorer", "test_goals"),
    "risk": ("test_risk_explorer", "test_goals"),
    "": ("test_browser_modules", "test_goals", "test_tours"),
}
# Other folders of JavaScript, and the tests that run some of their modules in Node.
ELSEWHERE = {
    Path("web", "guess"): ("test_guess_room",),
    Path("web", "yours"): ("test_your_data",),
}

# The tests of each module, those that find most faults in the least time first; the examples in
# the module's own docstrings go before them. A folder stands for all modules in it.
TESTS: dict[str, tuple[str, ...]] = {
    "nwcore/__init__.py": ("test_packaging",),
    "nwcore/_checks.py": (
        "test_checks",
        "test_points",
        "test_attention",
        "test_bad_input",
        "test_extremes",
        "test_pooling",
    ),
    "nwcore/_pieces.py": ("test_pieces", "test_bandwidth"),
    "nwcore/attention/__init__.py": ("test_attention",),
    "nwcore/attention/heads.py": ("test_attention",),
    "nwcore/attention/layer.py": ("test_attention",),
    "nwcore/attention/masks.py": ("test_attention",),
    "nwcore/attention/positions.py": ("test_attention",),
    "nwcore/attention/scores.py": ("test_attention",),
    "nwcore/attention/sparse.py": ("test_attention",),
    "nwcore/bandwidth.py": (
        "test_bandwidth_parts",
        "test_bandwidth",
        "test_bad_input",
        "test_oracles",
    ),
    "nwcore/cluster.py": ("test_cluster",),
    "nwcore/data.py": ("test_data", "test_bits", "test_bad_input"),
    "nwcore/datasets/": ("test_datasets",),
    "nwcore/draws.py": ("test_bits", "test_draws", "test_bad_input"),
    "nwcore/exercises/": ("test_exercises",),
    "nwcore/explorers/": (
        "test_explorers",
        "test_ways",
        "test_training_explorer",
        "test_context_explorer",
        "test_metric_explorer",
        "test_risk_explorer",
        "test_explorer_bundles",
        "test_goals",
        "test_tours",
        "test_room",
    ),
    "nwcore/guesses/": ("test_guesses",),
    "nwcore/kernels.py": ("test_kernels", "test_extremes"),
    "nwcore/local.py": ("test_local", "test_local_extremes", "test_published"),
    "nwcore/methods/__init__.py": ("test_methods",),
    "nwcore/methods/answers.py": ("test_margins", "test_choice", "test_methods"),
    "nwcore/methods/blocks.py": ("test_points", "test_pooling", "test_choice"),
    "nwcore/methods/direct.py": (
        "test_choice",
        "test_margins",
        "test_pooling",
        "test_extremes",
        "test_methods",
    ),
    "nwcore/methods/gauss.py": (
        "test_margins",
        "test_local_sums",
        "test_extremes",
        "test_methods",
    ),
    "nwcore/methods/linear.py": ("test_margins", "test_choice", "test_extremes", "test_methods"),
    "nwcore/methods/local.py": ("test_local_sums", "test_local", "test_local_extremes"),
    "nwcore/methods/near.py": ("test_near", "test_choice"),
    "nwcore/methods/nodes.py": ("test_local", "test_local_extremes"),
    "nwcore/methods/numeric.py": (
        "test_near",
        "test_margins",
        "test_choice",
        "test_extremes",
        "test_methods",
    ),
    "nwcore/methods/ordered.py": ("test_margins", "test_extremes", "test_methods"),
    "nwcore/methods/orders.py": ("test_local_sums", "test_local"),
    "nwcore/methods/points.py": ("test_points",),
    "nwcore/methods/prefix.py": (
        "test_margins",
        "test_local_sums",
        "test_extremes",
        "test_methods",
    ),
    "nwcore/methods/problem.py": (
        "test_points",
        "test_margins",
        "test_extremes",
        "test_pooling",
        "test_methods",
    ),
    "nwcore/methods/scores.py": ("test_kernels", "test_extremes", "test_methods"),
    "nwcore/methods/sdpa.py": ("test_points", "test_margins", "test_extremes", "test_methods"),
    "nwcore/methods/windowed.py": (
        "test_kernels",
        "test_margins",
        "test_choice",
        "test_extremes",
        "test_methods",
    ),
    "nwcore/metric.py": ("test_metric",),
    "nwcore/risk.py": ("test_risk",),
    "nwcore/sklearn.py": ("test_sklearn",),
    "nwcore/neighbours.py": ("test_neighbours",),
    "nwcore/metrics.py": ("test_metrics", "test_bad_input"),
    "nwcore/model.py": ("test_model", "test_points", "test_bad_input", "test_training"),
    "nwcore/plotting.py": ("test_plotting", "test_plotting_lines", "test_bad_input"),
    "nwcore/pooling.py": (
        "test_points",
        "test_choice",
        "test_margins",
        "test_pooling",
        "test_extremes",
        "test_bad_input",
        "test_methods",
    ),
    "nwcore/portable.py": ("test_bits", "test_portable"),
    "nwcore/accuracy.py": ("test_accuracy",),
    "nwcore/smoother.py": ("test_smoother", "test_published"),
    "nwcore/tasks.py": ("test_tasks",),
    "nwcore/training.py": ("test_training", "test_points", "test_bad_input"),
    "nwcore/words.py": ("test_words",),
    "tools/nwbook/editions.py": ("test_editions", "test_words"),
    "tools/nwbook/words.py": ("test_words", "test_editions"),
    "tools/translations.py": ("test_editions",),
}

# A child may use so many times the processor's time that the tests take without a fault, and a
# little more. One that waits without computing is given up after a time no machine needs.
_TIMES, _SECONDS = 3, 20
_PATIENCE = 1800
_EVERYONE = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
_MEMORY = 4 * 2**30  # bytes more than this process has

# Nothing of the package itself, and nothing that starts a thread.
_LONG = (
    *("torch", "scipy.optimize", "scipy.stats", "pytest", "_pytest.doctest", "hypothesis"),
    *("mpmath", "matplotlib.pyplot", "sphinx.application", "sphinx_design", "docutils.core"),
    *("sphinxcontrib.bibtex", "fontTools.subset", "IPython.display", "ipywidgets", "anywidget"),
    *("bs4", "markdown_it", "babel.messages.extract", "nbformat", "pybtex.database"),
)

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">"),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<"),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.Pow: "*",
    ast.LShift: ">>",
    ast.RShift: "<<",
    ast.BitAnd: "|",
    ast.BitOr: "&",
}
_PAIRS = (
    ("min", "max"),
    ("amin", "amax"),
    ("argmin", "argmax"),
    ("minimum", "maximum"),
    ("floor", "ceil"),
    ("any", "all"),
    ("sum", "mean"),
)
_OPPOSITE = {name: other for pair in _PAIRS for name, other in (pair, pair[::-1])}


class Fault(NamedTuple):
    """A change of a module's source text: from `start` to before `stop`, in bytes of UTF-8.

    It stands in a statement of a function from line `first` to line `last`; both are 0 outside
    functions, in what runs when the module is imported.
    """

    module: str
    operator: str
    line: int
    start: int
    stop: int
    text: str
    first: int
    last: int

    def plant(self, source: bytes) -> bytes:
        """The source with the fault."""
        return source[: self.start] + self.text.encode() + source[self.stop :]

    def lines(self, source: bytes) -> tuple[str, str]:
        """The changed line or lines, joined by one space, before and after."""
        first = source.rfind(b"\n", 0, self.start) + 1
        last = source.find(b"\n", self.stop)
        last = len(source) if last < 0 else last
        before = source[first:last]
        after = source[first : self.start] + self.text.encode() + source[self.stop : last]
        return " ".join(before.decode().split()), " ".join(after.decode().split())


# --- finding faults ---


def find_faults(module: str, source: bytes) -> list[Fault]:
    """Every fault that can be planted in a module, in the order of the text."""
    if module.endswith(".js"):
        found = [
            Fault(module, operator, source.count(b"\n", 0, start) + 1, start, stop, text, 0, 0)
            for operator, start, stop, text in find_changes(source)
        ]
        return sorted(found, key=lambda fault: (fault.start, fault.stop, fault.text))
    tree = ast.parse(source)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    faults = _Finder(module, source, starts)
    faults.visit(tree)
    return sorted(set(faults.found), key=lambda fault: (fault.start, fault.stop, fault.text))


class _Finder(ast.NodeVisitor):
    def __init__(self, module: str, source: bytes, starts: list[int]) -> None:
        self.module, self.source, self.starts = module, source, starts
        self.found: list[Fault] = []
        self.in_function = False
        self.statement = 0, 0

    def visit(self, node: ast.AST) -> None:
        before = self.statement
        if isinstance(node, ast.stmt) and self.in_function:
            body = getattr(node, "body", None)
            assert node.end_lineno is not None
            self.statement = node.lineno, body[0].lineno - 1 if body else node.end_lineno
        super().visit(node)
        self.statement = before

    def span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.AST) -> str:
        start, stop = self.span(node)
        return self.source[start:stop].decode()

    def add(self, operator: str, start: int, stop: int, text: str) -> None:
        line = self.source.count(b"\n", 0, start) + 1
        self.found.append(Fault(self.module, operator, line, start, stop, text, *self.statement))

    def replace(self, operator: str, node: ast.AST, text: str) -> None:
        self.add(operator, *self.span(node), text)

    def between(self, operator: str, left: ast.AST, right: ast.AST, text: str) -> None:
        """Replace the operator's sign between two operands, parentheses and comments around it."""
        start, stop = self.span(left)[1], self.span(right)[0]
        gap = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), self.source[start:stop])
        words = list(re.finditer(rb"[^\s()\\]+", gap))
        self.add(operator, start + words[0].start(), start + words[-1].end(), text)

    # What stays as it is.

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """The words of a message."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The value alone."""
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Defaults and body, not annotations and decorators."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        outside, self.in_function = self.in_function, True
        for statement in node.body:
            self.visit(statement)
        self.in_function = outside

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """The body, not decorators."""
        for statement in node.body:
            self.visit(statement)

    def visit_If(self, node: ast.If) -> None:
        """The condition, and both branches; not what only a type checker sees."""
        if self.text(node.test) != "TYPE_CHECKING":
            self.negate(node.test)
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Says to the type checker what is so anyway."""

    # What is changed.

    def negate(self, test: ast.expr) -> None:
        self.replace("condition", test, f"not ({self.text(test)})")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.negate(node.test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, sign, right in zip(operands, node.ops, operands[1:], strict=False):
            for other in _COMPARISONS[type(sign)]:
                self.between("comparison", left, right, other)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in _ARITHMETIC:
            self.between("arithmetic", node.left, node.right, _ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if type(node.op) in _ARITHMETIC:
            sign = _ARITHMETIC[type(node.op)]
            self.between("arithmetic", node.target, node.value, f"{sign}=")
        self.replace("statement", node, "pass")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        other = "or" if isinstance(node.op, ast.And) else "and"
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between("and/or", left, right, other)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        start, _ = self.span(node)
        sign = {ast.Not: "not", ast.USub: "-", ast.Invert: "~", ast.UAdd: "+"}[type(node.op)]
        operator = "not" if isinstance(node.op, ast.Not) else "sign"
        self.add(operator, start, start + len(sign), " ")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.replace("constant", node, str(not value))
        elif isinstance(value, int):
            self.replace("constant", node, f"({self.text(node)} + 1)")
            self.replace("constant", node, f"({self.text(node)} - 1)")
        elif isinstance(value, float) and value:
            self.replace("bound", node, f"({self.text(node)} * 10)")
            self.replace("bound", node, f"({self.text(node)} / 10)")
        elif isinstance(value, float):
            self.replace("bound", node, "1.0")

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func
        if isinstance(name, ast.Name | ast.Attribute):
            word = name.id if isinstance(name, ast.Name) else name.attr
            if word in _OPPOSITE:
                stop = self.span(name)[1]
                self.add("opposite", stop - len(word.encode()), stop, _OPPOSITE[word])
        names = {keyword.arg for keyword in node.keywords}
        for keyword in node.keywords:
            if keyword.arg is None:
                continue
            start, stop = self.span(keyword)
            if keyword.arg in _OPPOSITE and _OPPOSITE[keyword.arg] not in names:
                length = len(keyword.arg.encode())
                self.add("opposite", start, start + length, _OPPOSITE[keyword.arg])
            after = re.match(rb"\s*,", self.source[stop:])
            before = re.search(rb",\s*$", self.source[:start])
            if after:
                self.add("keyword", start, stop + after.end(), "")
            elif before:
                self.add("keyword", before.start(), stop, "")
            else:
                self.add("keyword", start, stop, "")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):  # documentation
            return
        self.replace("statement", node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.replace("statement", node, "pass")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and self.text(node.value) != "None":
            self.replace("return", node, "return None")
        self.generic_visit(node)


# --- faults that change no answer ---


class Equivalent(NamedTuple):
    """Faults that are no faults: a changed line before and after, and why."""

    module: str
    before: str
    after: str
    reason: str


def load_equivalent(path: Path) -> list[Equivalent]:
    """Read the list of equivalent faults."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    return [Equivalent(**entry) for entry in entries]


def reasons(
    faults: Sequence[Fault], source: bytes, equivalent: Sequence[Equivalent]
) -> dict[Fault, str]:
    """The reasons of those of a module's faults that are equivalent.

    Raises
    ------
    ValueError
        If an entry fits none of the faults: the source has changed since.
    """
    found = {}
    for entry in equivalent:
        fits = [fault for fault in faults if fault.lines(source) == (entry.before, entry.after)]
        if not fits:
            raise ValueError(
                f"no fault of {entry.module} changes {entry.before!r} to {entry.after!r}: "
                f"mend or delete the entry in {EQUIVALENT.name}"
            )
        found.update(dict.fromkeys(fits, entry.reason))
    return found


# --- trying them ---


class _Planted(importlib.machinery.SourceFileLoader):
    """Finds and loads one module, from changed source text."""

    def __init__(self, name: str, path: Path, source: bytes) -> None:
        super().__init__(name, str(path))
        self.source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        folder = [str(Path(self.path).parent)] if self.path.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=folder
        )

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec", dont_inherit=True)


def _node_options(path: Path, source: bytes) -> str:
    """Let Node load other text for one module."""
    hook = f"""import {{ registerHooks }} from "node:module";
registerHooks({{ load: (url, context, next) => url === {json.dumps(path.as_uri())}
  ? {{ format: "module", source: {json.dumps(source.decode())}, shortCircuit: true }}
  : next(url, context) }});"""
    return f"--import=data:text/javascript;base64,{base64.b64encode(hook.encode()).decode()}"


def _module_name(module: str) -> str:
    parts = Path(module.removeprefix("tools/")).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class Job(NamedTuple):
    """What a child is to do: run tests, with a module's changed text or to see what they reach."""

    files: Sequence[str]
    module: str = ""
    source: bytes = b""
    chosen: Sequence[str] | None = None  # of the files' tests, all of them when None
    limit: float = 3600.0  # seconds of the processor's time


class Outcome(NamedTuple):
    """What became of a child: whether all tests passed, and the seconds it used the processor."""

    passed: bool
    seconds: float
    output: str


class Test(NamedTuple):
    """What is known of a test: the seconds it takes, and lines of the package that it reaches."""

    seconds: float
    lines: dict[str, list[int]]


class _Recorder:
    """A plugin of pytest that notes which lines of the package each test reaches."""

    def __init__(self, root: Path, path: Path) -> None:
        self.root, self.path = root, path
        self.seconds: dict[str, float] = {}
        others = [f"{root}/tests/*", "*/site-packages/*"]
        self.coverage = coverage.Coverage(
            data_file=None, config_file=False, include=[f"{root}/*"], omit=others, messages=False
        )
        self.begun = 0.0

    def pytest_sessionstart(self) -> None:
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)
        self.begun = time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] = time.process_time() - self.begun
        self.coverage.switch_context("")

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        tests = {name: Test(seconds, {}) for name, seconds in self.seconds.items()}
        for file in data.measured_files():
            module = Path(file).relative_to(self.root).as_posix()
            for line, names in data.contexts_by_lineno(file).items():
                for name in names:
                    if name in tests:
                        tests[name].lines.setdefault(module, []).append(line)
        self.path.write_text(json.dumps(tests), encoding="utf-8")


class _Chooser:
    """A plugin of pytest that keeps the chosen tests alone, in the order given."""

    def __init__(self, chosen: Sequence[str]) -> None:
        self.rank = {name: rank for rank, name in enumerate(chosen)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if item.nodeid in self.rank]
        items.sort(key=lambda item: self.rank[item.nodeid])


def _child(root: Path, job: Job, output: int, record: Path) -> int:
    """Do the job; the exit status of pytest."""
    import pytest
    from hypothesis import Phase, settings

    for stream in (1, 2):
        os.dup2(output, stream)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1, encoding="utf-8")
    os.chdir(root)
    seconds = int(job.limit) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, size + _MEMORY))
    sys.path[:0] = [str(root)]
    plugins: list[object] = []
    if job.module.endswith(".js"):
        os.environ["NODE_OPTIONS"] = _node_options(root / job.module, job.source)
    elif job.module:
        sys.meta_path.insert(0, _Planted(_module_name(job.module), root / job.module, job.source))
    else:
        plugins.append(_Recorder(root, record))
    if job.chosen is not None:
        plugins.append(_Chooser(job.chosen))
    # The first example that fails will do; a smaller one is not looked for.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "faults", max_examples=150, deadline=None, derandomize=True, phases=phases
    )
    # pytest, rewriting asserts, would load a module whose examples are run without the fault.
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--assert=plain"]
    options.append("--hypothesis-profile=faults")
    return int(pytest.main([*options, f"--rootdir={root}", *job.files], plugins=plugins))


def run(
    root: Path, jobs: Sequence[Job], record: Path = Path(os.devnull), workers: int = 2
) -> Iterator[tuple[int, Outcome]]:
    """Fork a child for each job, some at a time; yields a job's number and outcome when it is done.

    A job without a module writes what its tests reach to `record`/its number.
    """
    waiting = list(enumerate(jobs))[::-1]
    running: dict[int, tuple[int, float, tempfile._TemporaryFileWrapper[bytes]]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            number, job = waiting.pop()
            output = tempfile.NamedTemporaryFile()  # noqa: SIM115  # closed when the child is done
            pid = os.fork()
            if pid == 0:
                status = 70
                try:
                    status = _child(root, job, output.fileno(), record / str(number))
                finally:
                    os._exit(status)
            running[pid] = number, time.monotonic(), output
        for pid in list(running):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            number, begun, output = running[pid]
            if done:
                text = Path(output.name).read_text(encoding="utf-8", errors="replace")
                output.close()
                del running[pid]
                yield number, Outcome(status == 0, usage.ru_utime + usage.ru_stime, text)
            elif time.monotonic() - begun > _PATIENCE:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def look_at_tests(root: Path, files: Sequence[str], workers: int = 2) -> dict[str, dict[str, Test]]:
    """What each test of each file reaches, without a fault.

    Raises
    ------
    RuntimeError
        If a test fails.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        jobs = [Job([file]) for file in files]
        for number, outcome in run(root, jobs, Path(folder), workers):
            if not outcome.passed:
                raise RuntimeError(f"{files[number]} fails without a fault:\n{outcome.output}")
            tests = json.loads((Path(folder) / str(number)).read_text(encoding="utf-8"))
            found[files[number]] = {name: Test(*test) for name, test in tests.items()}
    return found


def _job(
    root: Path, fault: Fault, files: Sequence[str], known: Mapping[str, Mapping[str, Test]]
) -> Job:
    """Run the tests that reach a fault's statement, or all where none is seen to."""
    places = set(range(fault.first, fault.last + 1))
    all_tests = [(file, name, test) for file in files for name, test in known[file].items()]
    near = [row for row in all_tests if places & set(row[2].lines.get(fault.module, ()))]
    tests = near if near and fault.first else all_tests
    tests.sort(key=lambda row: (files.index(row[0]), row[2].seconds))
    return Job(
        [file for file in files if any(row[0] == file for row in tests)],
        fault.module,
        fault.plant((root / fault.module).read_bytes()),
        [name for _, name, _ in tests],
        _TIMES * sum(test.seconds for *_, test in tests) + _SECONDS,
    )


Verdict = Literal["killed", "survived", "equivalent"]


def try_faults(
    root: Path,
    faults: Sequence[Fault],
    tests: Mapping[str, Sequence[str]],
    equivalent: Mapping[Fault, str],
    workers: int = 2,
) -> Iterator[tuple[Fault, Verdict]]:
    """Try faults, and say of each what became of it.

    Raises
    ------
    RuntimeError
        If a test fails without a fault.
    """
    tried = [fault for fault in faults if fault not in equivalent]
    files = {file: None for fault in tried for file in tests[fault.module]}
    known = look_at_tests(root, list(files), workers)
    for fault in faults:
        if fault in equivalent:
            yield fault, "equivalent"
    jobs = [_job(root, fault, tests[fault.module], known) for fault in tried]
    for number, outcome in run(root, jobs, workers=workers):
        yield tried[number], "survived" if outcome.passed else "killed"


def import_what_takes_long() -> None:
    """Import what tests need of others' packages, once for all children."""
    for name in _LONG:
        importlib.import_module(name)
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()


# --- the command ---


def modules_of(root: Path) -> list[str]:
    """The modules in which faults are planted: all of nwcore, and those tools that `TESTS` names.

    Of the JavaScript, those modules that tests run in Node.

    Raises
    ------
    ValueError
        If a module of nwcore has no tests in `TESTS`, or `TESTS` names a module that is not there.
    """
    paths = [*(root / "nwcore").rglob("*.py"), *(root / "tools").rglob("*.py")]
    every = {path.relative_to(root).as_posix() for path in paths}
    found = sorted(name for name in every if name.startswith("nwcore/") or name in TESTS)
    strange = sorted({_entry_of(name) for name in found} ^ set(TESTS))
    if strange:
        raise ValueError(f"TESTS and the modules of nwcore differ in {', '.join(strange)}")
    return found + [module for module, tests in javascript_tests(root).items() if tests]


def javascript_tests(root: Path) -> dict[str, tuple[str, ...]]:
    """The tests of each JavaScript module; none where it takes a page."""

    def listing(tests: tuple[str, ...], names: set[str]) -> tuple[str, ...]:
        folder = root / "tests" / "unit"
        texts = {test: (folder / f"{test}.py").read_text(encoding="utf-8") for test in tests}
        return tuple(test for test in tests if any(f'"{name}"' in texts[test] for name in names))

    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((root / JAVASCRIPT).rglob("*.js")):
        name = path.relative_to(root / JAVASCRIPT).with_suffix("").as_posix()
        folder, _, rest = name.partition("/")
        tests = NODE_TESTS.get(folder, NODE_TESTS[""])
        names = {name, rest if folder in NODE_TESTS else name}
        found[path.relative_to(root).as_posix()] = listing(tests, names)
    for folder_elsewhere, tests in ELSEWHERE.items():
        for path in sorted((root / folder_elsewhere).rglob("*.js")):
            name = path.relative_to(root / folder_elsewhere).with_suffix("").as_posix()
            found[path.relative_to(root).as_posix()] = listing(tests, {name})
    return found


def _entry_of(module: str) -> str:
    """What a module has in `TESTS`: its folder, or itself."""
    folder = module.rpartition("/")[0] + "/"
    return folder if folder in TESTS else module


def tests_of(root: Path, module: str) -> list[str]:
    """Paths of a module's tests, its own examples first."""
    names = javascript_tests(root)[module] if module.endswith(".js") else TESTS[_entry_of(module)]
    paths = [f"tests/unit/{name}.py" for name in names]
    missing = [path for path in paths if not (root / path).is_file()]
    if missing:
        raise ValueError(f"TESTS names {', '.join(missing)}, which is not there")
    examples = module.endswith(".py") and ">>>" in (root / module).read_text(encoding="utf-8")
    return [*([module] if examples else []), *paths]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", action="append", help="all of them when omitted")
    parser.add_argument("--per-module", type=int, default=12, help="size of the sample (12)")
    parser.add_argument("--all", action="store_true", help="every fault, not a sample")
    parser.add_argument("--seed", type=int, action="append", help="may be repeated (1)")
    parser.add_argument("--least", type=float, default=85, help="per cent that must be killed (85)")
    parser.add_argument("--workers", type=int, default=2, help="faults tried at a time (2)")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    modules = modules_of(ROOT)
    equivalent = load_equivalent(EQUIVALENT)
    samples: dict[int, list[Fault]] = {seed: [] for seed in options.seed or [1]}
    known: dict[Fault, str] = {}
    for module in modules:
        source = (ROOT / module).read_bytes()
        faults = find_faults(module, source)
        known |= reasons(faults, source, [entry for entry in equivalent if entry.module == module])
        if options.module is None or module in options.module:
            size = len(faults) if options.all else min(options.per_module, len(faults))
            for seed, sample in samples.items():
                sample += random.Random(f"{seed} {module}").sample(faults, size)
    import_what_takes_long()
    tests = {module: tests_of(ROOT, module) for module in modules}
    verdicts: dict[Fault, Verdict] = {}
    chosen = list(dict.fromkeys(fault for sample in samples.values() for fault in sample))
    for fault, verdict in try_faults(ROOT, chosen, tests, known, options.workers):
        verdicts[fault] = verdict
        if verdict == "survived":
            before, after = fault.lines((ROOT / fault.module).read_bytes())
            print(f"{fault.module}:{fault.line} ({fault.operator})\n  - {before}\n  + {after}")
            sys.stdout.flush()
    shares = [_report(seed, sample, verdicts) for seed, sample in samples.items()]
    pages = [module for module, names in javascript_tests(ROOT).items() if not names]
    print(f"not tried: {len(pages)} modules of JavaScript that need a page")
    used = sum(sum(resource.getrusage(who)[:2]) for who in _EVERYONE)
    print(f"{(time.monotonic() - begun) / 60:.0f} minutes, {used / 60:.0f} of the processor")
    return 0 if min(shares) >= options.least else 1


def _report(seed: int, sample: Sequence[Fault], verdicts: Mapping[Fault, Verdict]) -> float:
    """Print a table of what became of a sample; the share of faults killed, in per cent."""
    print(f"{f'seed {seed}':46} killed survived equivalent")
    total: Counter[Verdict] = Counter()
    for module in sorted({fault.module for fault in sample}):
        row = Counter(verdicts[fault] for fault in sample if fault.module == module)
        print(f"{module:46} {row['killed']:6} {row['survived']:8} {row['equivalent']:10}")
        total += row
    tried = total["killed"] + total["survived"]
    share = 100 * total["killed"] / max(1, tried)
    print(f"{total['killed']} of {tried} faults were killed: {share:.0f} %")
    return share


if __name__ == "__main__":
    sys.exit(main())
