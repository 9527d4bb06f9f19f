"""What explorers hand to the browser: bundles, traits, state; and how they are registered."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import bundle_explorers
import pytest
import traitlets
from node import EXPLORERS_FOLDER, JAVASCRIPT, Node, node

import nwcore.explorers as package
from nwcore import words
from nwcore.explorers import AttentionExplorer, TrainingExplorer, _base
from nwcore.explorers._base import Explorer, Number

EXPLORERS: list[type[Any]] = list(package.EXPLORERS.values())
each_explorer = pytest.mark.parametrize("view", EXPLORERS)


def javascript_files() -> list[Path]:
    """The sources of the explorers' JavaScript."""
    return [*sorted(EXPLORERS_FOLDER.glob("*.js")), *sorted(JAVASCRIPT.rglob("*.js"))]


@each_explorer
def test_a_page_is_told_name_words_ranges_and_numbers(view: type[Any]) -> None:
    explorer = view()
    told = explorer.get_state()
    assert told["_aside"] == (_base._STATIC / "aside.js").read_text(encoding="utf-8")
    assert {"_esm", "name", "words", "ranges", "exact"} <= told.keys()
    assert told["exact"] == {key: getattr(explorer, key) for key in told["ranges"]}


def test_without_its_packages_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("nwcore.explorers")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r'pip install "nwcore\[book\]"'):
        importlib.import_module("nwcore.explorers")


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.fixture(scope="module")
def javascript() -> Iterator[Node]:
    """Bundles by `load(name)`, and the shell's rules."""
    with node(JAVASCRIPT / "shell" / "rules.js", JAVASCRIPT / "engine" / "training.js") as running:
        yield running


def bundle_of(view: type[Any]) -> Path:
    return _base._STATIC / f"{view.bundle or view().name}.js"


@each_explorer
def test_the_bundle_is_one_module_that_renders(view: type[Any], javascript: Node) -> None:
    exports = javascript(
        "const bundle = await import(given.url);"
        "return [Object.keys(bundle), typeof bundle.default.render]",
        url=bundle_of(view).as_uri(),
    )
    assert exports == [["default", "traits"], "function"]
    module = view()._esm
    assert module == bundle_of(view).read_text(encoding="utf-8")
    assert not re.search(r"^[ \t]*import\b", module, re.MULTILINE)
    assert not re.search(r"\bimport\s*[({*]", module)


def test_the_bundles_are_made_of_the_present_sources(tmp_path: Path) -> None:
    bundle_explorers.bundle(tmp_path)
    fresh = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    there = {path.name: path.read_text("utf-8") for path in _base._STATIC.glob("*.js")}
    assert there == fresh, "run `python tools/bundle_explorers.py`"
    assert fresh.keys() == {bundle_of(view).name for view in EXPLORERS} | {"aside.js"}


@each_explorer
def test_the_view_and_python_know_the_same_traits(view: type[Any], javascript: Node) -> None:
    explorer = view()
    found = javascript(
        """const { traits } = await import(given.url);
        E.checkTraits("any", traits, given.ranges);
        return Object.entries(traits).map(([key, trait]) => [key, trait.address])""",
        url=bundle_of(view).as_uri(),
        ranges=explorer.ranges,
    )
    addresses = dict(found)
    assert len(set(addresses.values())) == len(addresses), "two traits have one name"
    for key in addresses:
        assert explorer.traits()[key].metadata.get("sync"), f"{key} is not synced"
    assert explorer.ranges.keys() <= addresses.keys()


@pytest.mark.parametrize(
    ("traits", "missing"),
    [
        ({"w": {"address": "w"}}, "has no pointer rule"),
        ({"noise": {"address": "noise"}}, "is not among the view's traits"),
    ],
)
def test_a_trait_that_the_view_forgets_is_named(
    traits: dict[str, Any], missing: str, javascript: Node
) -> None:
    with pytest.raises(RuntimeError) as refused:
        javascript(
            "E.checkTraits('toy', given.traits, { w: [0.1, 100] })",
            traits=traits,
        )
    assert f"w of the explorer toy {missing}: add w: {{ address, pointer }}" in str(refused.value)
    assert "toy.js" in str(refused.value)


def asked_of_the_model(files: list[Path]) -> set[str]:
    """The traits that JavaScript asks for by name."""
    text = "\n".join(path.read_text("utf-8") for path in files)
    return set(re.findall(r'model\.get\("(\w+)"\)', text))


def test_what_a_view_asks_for_is_a_trait() -> None:
    traits = {name for view in EXPLORERS for name in view().get_state()}
    assert asked_of_the_model(javascript_files()) <= traits


@each_explorer
def test_the_state_for_the_browser_is_plain_and_whole(view: type[Any]) -> None:
    explorer = view()
    plain = json.loads(json.dumps(explorer.get_state(), allow_nan=False))
    assert (plain["words"], plain["ranges"]) == (explorer.words, explorer.ranges)
    assert plain["_esm"] == explorer._esm
    shell = asked_of_the_model(sorted((JAVASCRIPT / "shell").glob("*.js")))
    assert {"words", "ranges", "exact", "name"} <= shell <= plain.keys()


@each_explorer
def test_the_state_survives_a_browser(view: type[Any]) -> None:
    explorer = view()
    ends = {key: limits[1] for key, limits in explorer.ranges.items() if "_index" not in key}
    ends |= {"query": 3} if "query" in ends else {}
    explorer.set_state(ends)
    assert {key: getattr(explorer, key) for key in ends} == ends
    again = view()
    again.set_state({key: explorer.get_state()[key] for key in ends})
    assert {key: getattr(again, key) for key in ends} == ends


@each_explorer
@pytest.mark.parametrize("language", words.languages())
def test_the_static_fallback_has_a_text_alternative(view: type[Any], language: str) -> None:
    words.set_language(language)
    picture = view().static_fallback()
    assert picture.alt.strip()
    assert "{" not in picture.alt
    assert ElementTree.fromstring(picture.svg).get("aria-label") == picture.alt


def test_a_missing_bundle_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "_STATIC", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"pooling\.js is not there.*bundle_explorers\.py"):
        AttentionExplorer()


def test_a_control_without_a_word_says_what_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "EXPLORERS", {})
    known = words.explorer_words()
    monkeypatch.setattr(_base, "explorer_words", lambda: known)

    class Toy(Explorer):
        canvas_heights = (100, 200)
        name = traitlets.Unicode("training").tag(sync=True)
        speed = Number(1.0, 0.5, 2.0)

        def _make_controls(self) -> dict[str, Any]:
            return {"speed": self._slider("speed")}

    assert {"training": Toy} == _base.EXPLORERS
    with pytest.raises(KeyError, match=r"Toy needs the word 'speed': add it to"):
        Toy()
    known["speed"] = "speed"
    assert Toy().controls["speed"].description == "speed"


def test_two_explorers_cannot_have_one_name() -> None:
    with pytest.raises(TypeError, match="Second and AttentionExplorer have one name, 'attention'"):

        class Second(Explorer):
            name = traitlets.Unicode("attention").tag(sync=True)

    assert package.EXPLORERS["attention"] is AttentionExplorer


def test_an_explorer_says_how_high_its_canvas_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "EXPLORERS", {})
    with pytest.raises(TypeError, match=r"Flat must say .*: canvas_heights = \("):

        class Flat(Explorer):
            name = traitlets.Unicode("flat").tag(sync=True)

    assert _base.EXPLORERS == {}


def test_every_explorer_is_registered_by_its_name() -> None:
    assert {"attention", "kernels", "training"} <= package.EXPLORERS.keys()
    for name, view in package.EXPLORERS.items():
        assert view().name == name
        assert getattr(package, view.__name__) is view


def test_reductions_have_one_order_on_both_sides(javascript: Node) -> None:
    assert javascript("return Object.keys(E.REDUCTIONS)") == list(
        TrainingExplorer().traits()["reduction"].values
    )


# Words --------------------------------------------------------------------------------------------


CHOICES = {
    f"{name}_{value}"
    for view in EXPLORERS
    for name, trait in view.class_traits().items()
    if isinstance(trait, traitlets.Enum)
    for value in trait.values or ()
}


@pytest.mark.parametrize("key", sorted(words.explorer_words()))
def test_an_explorer_word_is_used(key: str) -> None:
    sources = [*javascript_files(), *EXPLORERS_FOLDER.glob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    if key not in CHOICES:  # those are put together from what can be chosen
        assert re.search(rf'"{key}"|\bwords\.{key}\b', code)


def test_every_word_that_the_browser_asks_for_is_there() -> None:
    there = words.explorer_words().keys()
    for path in javascript_files():
        asked = re.findall(r"\bwords\.(\w+)\b", path.read_text("utf-8"))
        assert set(asked) <= there, path.name


@each_explorer
def test_it_is_an_explorer_with_a_name_of_its_own(view: type[Any]) -> None:
    assert issubclass(view, Explorer)
    names = [other().name for other in EXPLORERS]
    assert len(set(names)) == len(names)
    assert view().name in words.explorer_words()
