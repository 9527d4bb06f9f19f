"""The comparison of the frameworks: what it would notice, and what the book shows of it."""

import copy
import csv
import json
from typing import Any

import compare_frameworks as frameworks
import pytest
from pages.window import reader
from playwright.sync_api import Browser
from site_helpers import EDITIONS, html

from nwbook import tabs
from nwcore import make_regression

CASE = frameworks.case(seed=1, n=6, n_queries=4, w=2.0, start=0.7, lr=0.1, epochs=3)
JAX = next(each for each in frameworks.frameworks() if each.folder == "jax")


@pytest.fixture(scope="module")
def right() -> dict[str, Any]:
    return frameworks.reference(CASE)


def complaints(steps: dict[str, Any]) -> list[str]:
    return list(frameworks.complaints(JAX, frameworks.differences([steps], [CASE])))


def test_equal_numbers_agree(right: dict[str, Any]) -> None:
    assert set(right) == set(frameworks.ALLOWED)
    assert complaints(right) == []


def negated(value: Any) -> Any:
    return [negated(part) for part in value] if isinstance(value, list) else -value


@pytest.mark.parametrize("quantity", list(frameworks.ALLOWED))
def test_a_wrong_sign_names_framework_and_quantity(right: dict[str, Any], quantity: str) -> None:
    (said,) = complaints({**right, quantity: negated(right[quantity])})
    assert said.startswith(f"JAX: {quantity} differs from nwcore by ")


@pytest.mark.parametrize("quantity", list(frameworks.ALLOWED))
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_number_differs(right: dict[str, Any], quantity: str, wrong: float) -> None:
    spoilt = copy.deepcopy(right)
    row = spoilt[quantity]
    while isinstance(row[-1], list):
        row = row[-1]
    row[-1] = wrong
    (said,) = complaints(spoilt)
    assert f"JAX: {quantity}" in said


@pytest.mark.parametrize("quantity", ["attention weights", "losses", "leave-one-out pairs"])
def test_another_shape_differs(right: dict[str, Any], quantity: str) -> None:
    shorter = right[quantity][:-1]
    assert len(complaints({**right, quantity: shorter})) == 1


def test_a_difference_beyond_the_bound_alone_is_named(right: dict[str, Any]) -> None:
    for factor, count in ((0.5, 0), (2.0, 1)):
        spoilt = copy.deepcopy(right)
        spoilt["attention weights"][0][0] += factor * frameworks.ALLOWED["attention weights"]
        spoilt["losses"][-1] *= 1 + factor * frameworks.ALLOWED["losses"]
        assert len(complaints(spoilt)) == 2 * count


def test_queries_and_keys_differ_in_number() -> None:
    assert len(frameworks.CASES) >= 5
    assert all(n != n_queries for _, n, n_queries, *_ in frameworks.CASES)
    assert len({(seed, start) for seed, _, _, _, start, *_ in frameworks.CASES}) >= 5


def test_the_data_of_the_files_are_the_books() -> None:
    data = make_regression(seed=6)
    with (frameworks.FOLDER / "data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        expected = [float(f"{value:.9g}") for value in getattr(data, name).tolist()]
        assert [float(row[name]) for row in rows] == expected


def test_recorded_versions_are_the_pinned_ones() -> None:
    recorded = json.loads(frameworks.RESULTS.read_text(encoding="utf-8"))
    rows = {row["title"]: row for row in recorded["frameworks"]}
    assert list(rows) == ["PyTorch", *(each.title for each in frameworks.frameworks())]
    for each in frameworks.frameworks():
        pinned = each.requirements.read_text(encoding="utf-8").splitlines()
        assert f"{each.package}=={rows[each.title]['version']}" in pinned
        for quantity, size in rows[each.title]["differences"].items():
            assert size <= frameworks.ALLOWED[quantity]


@pytest.mark.parametrize("edition", [edition.code for edition in EDITIONS])
def test_tabs_hold_what_the_files_say(edition: str) -> None:
    """PyTorch first and open, then each framework's own lines, under one choice for all pages."""
    shown = set()
    for page in ("02-average-pooling", "03-nonparametric-attention", "04-parametric-attention"):
        for place in html(f"{edition}/{page}.html").select(".nw-frameworks"):
            labels = place.find_all("label", recursive=False)
            titles = ["PyTorch", *(source.title for source in tabs.sources())]
            assert [label.get_text(strip=True) for label in labels] == titles
            assert {label["data-sync-group"] for label in labels} == {"framework"}
            first, *others = place.find_all("input", recursive=False)
            assert first.has_attr("checked")
            assert not any(other.has_attr("checked") for other in others)
            panels = place.find_all("div", class_="sd-tab-content", recursive=False)
            assert panels[0].select_one(".cell_input")
            for source, panel in zip(tabs.sources(), panels[1:], strict=True):
                code = panel.get_text().strip()
                left = code
                for name, text in tabs.parts(source.file).items():
                    if text in left:
                        left = left.replace(text, "")
                        shown.add((source.folder, name))
                assert left.strip() == "", "a tab says what no file says"
    for source in tabs.sources():
        steps = {"imports", "average_pooling", "attention_weights", "attention_pooling", "fit"}
        steps |= {"batch_products", "NWKernelRegression", "leave_one_out_pairs", "predict"}
        assert {name for folder, name in shown if folder == source.folder} >= steps


@pytest.mark.parametrize("edition", [edition.code for edition in EDITIONS])
def test_one_choice_holds_everywhere_and_is_remembered(
    edition: str, site: str, chromium: Browser
) -> None:
    shown = """() => [...document.querySelectorAll(".nw-frameworks > input:checked + label")]
        .map((label) => label.textContent.trim())"""
    with reader(chromium, site) as window:
        window.open(f"{edition}/04-parametric-attention.html")
        places = window.tab.locator(".nw-frameworks")
        assert window.tab.evaluate(shown) == ["PyTorch"] * places.count()
        places.nth(1).locator("label", has_text="JAX").click()
        assert window.tab.evaluate(shown) == ["JAX"] * places.count()
        for page in ("04-parametric-attention", "02-average-pooling"):
            window.open(f"{edition}/{page}.html")
            assert set(window.tab.evaluate(shown)) == {"JAX"}
        code = window.tab.locator(".nw-frameworks .sd-tab-content:visible")
        assert all("jnp" in text for text in code.all_inner_texts())
        # By keyboard as well: tabs are radio buttons.
        window.tab.locator(".nw-frameworks > input:checked").first.press("ArrowLeft")
        assert set(window.tab.evaluate(shown)) == {"MXNet"}
        assert window.seen.page_errors == []
