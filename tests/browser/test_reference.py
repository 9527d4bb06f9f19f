"""The reference of nwcore: every public object once, from its docstring, on one page."""

import importlib
import inspect
import pkgutil
import re
from functools import cached_property
from io import StringIO
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import build_book
import pytest
import yaml
from bs4 import Tag
from pages.window import reader
from playwright.sync_api import Browser, ViewportSize
from site_helpers import CODES, EDITIONS, PAGES, ROOT, SAID, SITE, Page, html
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

import nwcore
from nwbook.docstrings import prepared, set_formulas
from nwcore.exercises import EXERCISES
from nwcore.explorers._base import Explorer

PATH = "en/api.html"
# What each edition calls it: the one that builds it by its heading, the others by a word of theirs.
TITLES = {code: SAID[code]["Reference of nwcore (in English)"] for code in CODES} | {
    "en": "Reference of nwcore"
}
MAIN, ENGLISH = EDITIONS

# Modules whose names are for users. What else there is serves those, and is imported from the top.
MODULES = [
    "nwcore.attention",
    "nwcore.cluster",
    "nwcore.datasets",
    "nwcore.exercises",
    "nwcore.explorers",
    "nwcore.kernels",
    "nwcore.plotting",
    "nwcore.sklearn",
    "nwcore.words",
]


def offered(module: ModuleType) -> list[str]:
    """Functions and classes without an underscore, of a module or a package's modules."""
    inside = (module.__name__, module.__name__ + ".")
    return [
        name
        for name, value in inspect.getmembers(module)
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and (value.__module__ == inside[0] or value.__module__.startswith(inside[1]))
    ]


def own(value: type) -> dict[str, Any]:
    """What a class has: an explorer from those it is made of, but what all explorers share."""
    bases = value.__mro__
    above = bases.index(Explorer) if issubclass(value, Explorer) else 1
    return {name: member for base in reversed(bases[:above]) for name, member in vars(base).items()}


def public_objects() -> dict[str, Any]:
    """What users may rely on, by the name it is documented under."""
    found = {f"nwcore.{name}": getattr(nwcore, name) for name in nwcore.__all__}
    found["nwcore.exercises.EXERCISES"] = EXERCISES
    for module in map(importlib.import_module, MODULES):
        found |= {f"{module.__name__}.{name}": getattr(module, name) for name in offered(module)}
    members = {
        f"{place}.{name}": getattr(value, name) if isinstance(member, classmethod) else member
        for place, value in found.items()
        if inspect.isclass(value)
        for name, member in own(value).items()
        if not name.startswith("_")
        and isinstance(member, FunctionType | classmethod | property | cached_property)
    }
    return found | members


PUBLIC = public_objects()


def entry(place: str) -> Tag:
    (found,) = html(PATH).find_all(id=place)
    assert isinstance(found, Tag)
    return found


def words(text: str) -> str:
    """Text without what pages and docstrings write differently: spaces, quotes, marks of code."""
    return re.sub(r"[\s`*\"'“”‘’\\]", "", text)


# Completeness ------------------------------------------------------------------------------------


def test_every_public_object_is_on_the_page_and_nothing_else() -> None:
    ids = [str(node["id"]) for node in html(PATH).select("dl.py > dt.sig")]
    assert len(ids) == len(set(ids))
    explorer = {
        "nwcore.explorers._base.Explorer",
        "nwcore.explorers._base.Explorer.static_fallback",
    }
    assert set(ids) == set(PUBLIC) | explorer
    assert len(PUBLIC) >= 50


def test_no_other_page_of_the_site_documents_them() -> None:
    for page in SITE.rglob("*.html"):
        if page != SITE / PATH:
            assert 'id="nwcore.' not in page.read_text("utf-8"), page


@pytest.mark.parametrize("place", PUBLIC)
def test_each_docstring_is_there_once(place: str) -> None:
    heading = entry(place)
    body = heading.find_next_sibling("dd")
    assert isinstance(body, Tag)
    shown = words(body.get_text())
    said = {"KERNELS": "Thekernelsbyname", "EXERCISES": "Everyexercisebyitsname"}
    if place.rpartition(".")[2] in said:  # no place for a docstring
        assert shown.startswith(said[place.rpartition(".")[2]])
        return
    docstring = inspect.getdoc(PUBLIC[place])
    assert docstring, f"{place} has no docstring"
    summary = words(docstring.partition("\n\n")[0])
    assert shown.startswith(summary)
    if len(summary) > 60:
        assert words(html(PATH).get_text()).count(summary) == 1


@pytest.mark.parametrize("place", [p for p in PUBLIC if inspect.isfunction(PUBLIC[p])])
def test_signatures_have_types(place: str) -> None:
    shown = words(entry(place).get_text())
    parameters = inspect.signature(PUBLIC[place]).parameters.values()
    for parameter in parameters:
        assert parameter.name == "self" or f"{parameter.name}:" in shown
    assert "→" in shown


def test_every_module_of_the_package_is_public_or_reached_from_the_top() -> None:
    """A new room must be shown to users or be known to be none of theirs."""
    below = {
        "_checks",
        "_pieces",
        "accuracy",
        "bandwidth",
        "data",
        "draws",
        "local",
        "metrics",
        "model",
        "neighbours",
        "pooling",
        "portable",
        "risk",
        "smoother",
    }
    below |= {"guesses", "methods", "metric", "tasks", "training"}
    found = {info.name for info in pkgutil.iter_modules(nwcore.__path__, "nwcore.")}
    assert found == {name for name in MODULES if name.count(".") == 1} | {
        f"nwcore.{name}" for name in below
    }


# Links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("nwcore.make_regression", "nwcore.RegressionData"),  # an annotation
        ("nwcore.fit", "nwcore.NWKernelRegression"),  # the type of a parameter
        ("nwcore.attention_pooling", "nwcore.attention_weights"),  # in the text
        ("nwcore.attention_weights", "nwcore.KERNELS"),  # under the name it has at home
        ("nwcore.attention_pooling", "module-nwcore.methods"),
        ("nwcore.plotting.plot_regression", "nwcore.plotting.Picture"),
    ],
)
def test_objects_are_linked_to_each_other(place: str, target: str) -> None:
    whole = entry(place).parent
    assert whole is not None
    assert whole.select(f'a[href="#{target}"]:not(.headerlink)')
    assert html(PATH).find(id=target)


CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]


def warnings_of(tmp_path: Path, text: str) -> tuple[str, str]:
    """What Sphinx warns about in a page, and the page."""
    (tmp_path / "index.rst").write_text(f"Page\n====\n\n{text}\n", "utf-8")
    settings = {
        "extensions": ["sphinx.ext.autodoc", "numpydoc", "nwbook.reference"],
        "nitpicky": True,
        **{key: CONFIG[key] for key in ("default_role", "nitpick_ignore_regex")},
    }
    said = StringIO()
    out = tmp_path / "out"
    with docutils_namespace():
        app = Sphinx(
            tmp_path, None, out, tmp_path / "trees", "html", settings, status=None, warning=said
        )
        app.build()
    return said.getvalue(), (out / "index.html").read_text("utf-8")


def test_a_name_of_ours_that_is_nowhere_is_warned_about(tmp_path: Path) -> None:
    said, _ = warnings_of(tmp_path, "See `nwcore.no_such_thing`.")
    assert "reference target not found: nwcore.no_such_thing" in said


def test_a_name_that_is_not_ours_is_code(tmp_path: Path) -> None:
    said, page = warnings_of(
        tmp_path, "See `torch.Tensor` and `w`.\n\n.. autofunction:: nwcore.rmse"
    )
    assert said == ""
    assert ">w</span></code>" in page
    assert 'id="nwcore.rmse"' in page


def test_a_module_that_offers_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"nwcore offers nothing from nwcore\.draws"):
        warnings_of(tmp_path, ".. public:: nwcore\n   :defined-in: nwcore.draws")


# Formulas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "formulas"),
    [
        ("Evaluate the curve, f(x) = 2 sin(x) + x^0.8.", ["f(x) = 2 sin(x) + x^0.8"]),
        ("K(u) = ½ on |u| ≤ 1 and 0 beyond, for u of any shape.", ["K(u) = ½", "|u| ≤ 1"]),
        ("keys: α(x, xᵢ) = K((x − xᵢ)w) / Σⱼ K(u).", ["α(x, xᵢ) = K((x − xᵢ)w) / Σⱼ K(u)"]),
        ("y = f(x) + ε with x on [0, 5), ε ~ N(0, noise²)", ["y = f(x) + ε", "ε ~ N(0, noise²)"]),
        ("The range of w, 0 < low < high. Without", ["0 < low < high"]),
        ("none negative (x^0.8 is not real there)", ["x^0.8"]),
        ("In [0, 2**32); without it", ["[0, 2**32)"]),
        ("Memory grows with q + k, never with q · k; so does", ["q + k", "q · k"]),
        ("to 1e-12 (float32: 1e-5) of Σᵢ α(x, xᵢ) |yᵢ|.", ["Σᵢ α(x, xᵢ) |yᵢ|"]),
        ("a formula\nover the line, O(q +\nk) it is", ["O(q +\nk)"]),
        ('"direct" builds, "On estimating regression" explains', ['"direct"']),
        ("of the bandwidth h of a density: 0.9 A n^(−1/5).", ["0.9 A n^(−1/5)"]),
        ("Nadaraya (1964); Watson (1964): a curve, and so on, in 2 or 3 parts.", []),
        ("a query x, a key, or both (see Zhang, Lipton et al.) at 50", []),
        ("errors **of the w beside it**, in *Dive into Deep Learning*", []),
        ("what is `code = 1` or ``x + y`` stays", []),
    ],
)  # fmt: skip
def test_formulas_are_set_as_code(written: str, formulas: list[str]) -> None:
    marked = set_formulas(written)
    plain = re.sub(r"(?<!`)``(?!`)", "", marked)
    if formulas:
        assert re.findall(r"``(.+?)``", marked, re.DOTALL) == formulas
        assert plain == written
    else:
        assert marked == written


def test_a_bar_outside_a_formula_is_no_substitution() -> None:
    assert (
        set_formulas("a bracket f(a | b that stays open") == r"a bracket f(a \| b that stays open"
    )


def test_examples_and_names_stay_as_they_are() -> None:
    docstring = """Give a + b.

    Parameters
    ----------
    a, b : Picture, shape (n − 1,)
        With a ≥ 0.
    kind : {"sum", "mean"}

    Examples
    --------
    >>> a + b
    3 + 4
    """
    assert prepared(inspect.cleandoc(docstring).split("\n"), {"Picture"}) == [
        "Give ``a + b``.",
        "",
        "Parameters",
        "----------",
        "a, b : `Picture`, shape (n − 1,)",
        "    With ``a ≥ 0``.",
        'kind : ``{"sum", "mean"}``',
        "",
        "Examples",
        "--------",
        ">>> a + b",
        "3 + 4",
    ]


def test_what_stands_behind_two_colons_stays_as_it_is() -> None:
    docstring = """A table of a + b::

        a  1 − b

        b  ¾ |a|

    and c = 1.
    """
    assert prepared(inspect.cleandoc(docstring).split("\n"), set()) == [
        "A table of ``a + b``::",
        "",
        "    a  1 − b",
        "",
        "    b  ¾ |a|",
        "",
        "and ``c = 1``.",
    ]


# One page for all editions -----------------------------------------------------------------------


def files(toc: Any) -> list[dict[str, str]]:
    return [entry for part in toc["parts"] for entry in part["chapters"]]


def test_one_edition_builds_it(tmp_path: Path) -> None:
    contents = {
        edition.code: files(build_book.edition_toc(ROOT, edition, MAIN)) for edition in EDITIONS
    }
    own = contents.pop("en")
    assert own[-1] == {"file": "api"}
    for others in contents.values():
        assert others == own[:-1]
    assert not (SITE / MAIN.code / "api.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_it_is_linked_from_the_contents_of_every_page(page: Page) -> None:
    links = html(page.path).select("nav.bd-docs-nav a[href$='api.html']")
    (link,) = (link for link in links if link.get_text().strip() == TITLES[page.edition])
    goal = (SITE / page.path).parent / str(link["href"])
    assert goal.resolve() == (SITE / PATH).resolve()
    assert link.get("hreflang") == ("en" if page.edition != "en" else None)


def test_it_leads_to_the_beginning_of_the_other_edition() -> None:
    (link,) = html(PATH).select("a.nw-twin")
    assert (SITE / PATH).parent.joinpath(str(link["href"])).resolve() == SITE / "vi" / "index.html"
    assert link.get("rel") is None
    assert html(PATH).select("link[rel=alternate]") == []


WIDE: ViewportSize = {"width": 1280, "height": 900}


def test_it_opens_cleanly_and_fits_on_a_phone(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        assert window.open(PATH) == 200
        assert window.tab.evaluate("document.documentElement.lang") == "en"
        assert window.tab.title().startswith(TITLES["en"])
        window.tab.set_viewport_size({"width": 360, "height": 740})
        assert window.tab.evaluate("document.documentElement.scrollWidth") <= 360
        seen = window.seen
        assert seen.foreign + seen.failed + seen.page_errors + seen.console_errors == []


def test_a_reader_of_the_other_edition_gets_there_and_back(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open("vi/05-training.html")
        window.tab.get_by_role("link", name=TITLES[MAIN.code]).click()
        window.tab.wait_for_url(f"{site}/{PATH}")
        window.tab.get_by_role("link", name=MAIN.name, exact=True).click()
        window.tab.wait_for_url(f"{site}/vi/index.html")


def test_the_search_finds_its_names(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.goto(f"{site}/en/search.html?q=leave_one_out_loss")
        found = window.tab.locator(
            "#search-results li a[href*='api.html#nwcore.leave_one_out_loss']"
        )
        found.first.wait_for()
        found.first.click()
        window.tab.wait_for_url(re.compile("en/api.html"))
        assert window.seen.page_errors + window.seen.console_errors + window.seen.failed == []
