"""The page's address holds what was done to an explorer, and brings it back."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pages.engines import in_engines
from pages.expected import NAMES
from pages.explorer import Explorer, explorer_in, explorers_in, settled_scroll
from pages.placements import FULL, LIVE, every_kind, models, placements_on
from pages.window import (
    DECIDED,
    WIDE,
    Reader,
    reader,
    wait_until_alive,
    wait_until_at_rest,
)
from playwright.sync_api import Browser
from site_helpers import CODES, Page

# A state in which as much as can be is not as at the start, controls or none; what every explorer's
# controls can do is tried in test_explorer_contract.py.
POOLED = {
    "w": 7.77,
    "noise": 0.85,
    "n_train": 63,
    "seed": 11,
    "query": 31,
    "kernel_index": 7,
    "formula": "where(abs(u) <= 2, 1 + cos(pi*u/2), 0)",
    "line": True,
}
EVERYTHING: dict[str, dict[str, Any]] = {
    "attention": POOLED,
    "kernels": POOLED,
    "training": {"start": 1.23, "lr": 0.031, "reduction_index": 2, "seed": 11, "steps": 4},
    "metric": {
        "angle": 117,
        "noise": 0.55,
        "n_train": 42,
        "seed": 11,
        "steps": 4,
        "shape_index": 1,
        "score_index": 1,
        "mask_index": 2,
        "q1": -1.25,
        "q2": 0.75,
    },
    "risk": {
        "w": 7.77,
        "noise": 0.85,
        "n_train": 63,
        "seed": 11,
        "degree_index": 1,
        "kernel_index": 3,
    },
}


@models(*EVERYTHING)
def test_the_address_brings_everything_back(explorer: Explorer) -> None:
    kind = explorer.kind
    explorer.set(**EVERYTHING[kind])
    if kind in ("training", "metric"):
        explorer.button("do_step").click()
        holds = "steps=5"
    elif kind == "risk":
        explorer.button("other_sets").click()
        holds = "seed=111"
    else:
        explorer.set(moved=[[4, 1.25, -0.6], [0, 3.5, 3.9]])
        holds = "moved="
    explorer.tab.mouse.move(1, 1)
    before = explorer.check_painted()
    # What other explorers of the page had to say is gone from it first.
    explorer.tab.wait_for_function(
        "(kind) => location.hash.startsWith(`#${kind}:`) && !location.hash.includes('&')", arg=kind
    )
    url = explorer.address(holds)
    with explorer.opened_again(url) as again:
        after = again.check_painted()
        assert after.state == before.state
        assert after.readouts == before.readouts
        assert after.table == before.table
        assert after.picture == before.picture
        assert after.values == before.values
        settled_scroll(again.tab)
        middle = again.place.locator(".nw-root").evaluate(
            "n => { const b = n.getBoundingClientRect(); return (b.top + b.bottom) / 2; }"
        )
        assert middle == pytest.approx(WIDE["height"] / 2, abs=60), "not scrolled to the explorer"
        assert again.tab.url == url, "opening an address changes it"
        # Starting over there leads to the page's own start, and to a plain address.
        again.button("start_over").click()
        again.tab.wait_for_function("() => location.hash === ''")
        assert again.check().state != before.state


@every_kind
def test_the_link_holds_the_state(explorer: Explorer) -> None:
    explorer.change()
    part = f"#{explorer.name}:"
    explorer.wait_for_link(part)
    assert part in explorer.address(part)
    assert explorer.link.evaluate("n => n.href") == explorer.tab.url
    history = explorer.tab.evaluate("history.length")
    explorer.link.click()
    assert explorer.tab.evaluate("history.length") == history
    explorer.check()


# Each page with several explorers, in one edition or another.
BOTH = [
    pytest.param(Page(code, name), id=f"{code}-{name[:2]}")
    for name, code in zip(
        dict.fromkeys(
            page.name for page in LIVE if len(placements_on(page.edition, page.name)) > 1
        ),
        itertools.cycle(CODES),
        strict=False,
    )
]


@pytest.fixture
def both(request: pytest.FixtureRequest, visit: Callable[[Page], Reader]) -> list[Explorer]:
    """The first two explorers of one page."""
    page = request.param
    explorers = explorers_in(visit(page).tab, page.edition, page.name)
    for each in explorers:
        each.start_over()
    return explorers[:2]


@pytest.mark.parametrize("both", BOTH, indirect=True)
def test_two_explorers_share_an_address(both: list[Explorer]) -> None:
    first, second = both
    starts = first.look().state, second.look().state
    first.change()
    first.address(f"{first.name}:")
    assert second.look().state == starts[1], "one explorer listens to the other"
    second.change()
    url = second.address(f"{second.name}:")
    assert f"{first.name}:" in url
    states = first.look().state, second.look().state
    assert all(state != start for state, start in zip(states, starts, strict=True))
    with first.opened_again(url) as again:
        assert again.check().state == states[0]
        twin = again.beside(second.kind)
        assert twin.check().state == states[1]
        # What one forgets the other remembers.
        again.start_over()
        gone = "(name) => !location.hash.includes(`${name}:`)"
        again.tab.wait_for_function(gone, arg=first.name)
        assert f"{second.name}:" in again.tab.url
        assert twin.check().state == states[1]


# What somebody may write after "attention:", and what it means; everything else stays as it was.
JUNK: list[tuple[str, dict[str, Any]]] = [
    ("w=NaN", {}),
    ("w=Infinity", {}),
    ("w=-Infinity;noise=0.7", {"noise": 0.7}),
    ("w=1e999", {}),
    ("w=abc", {}),
    ("w=0", {"w": 0.1}),
    ("w=-5", {"w": 0.1}),
    ("w=1e9", {"w": 100.0}),
    ("w", {}),
    ("w;;=;=3;w=4", {"w": 4.0}),
    ("noise=-1", {"noise": 0.0}),
    ("noise=99", {"noise": 2.0}),
    ("n=0", {"n_train": 1}),
    ("n=1e6", {"n_train": 500}),
    ("n=12.6", {"n_train": 13}),
    ("seed=-1", {"seed": 0}),
    ("seed=1e20", {"seed": 4294967295}),
    ("seed=3.2", {"seed": 3}),
    ("kernel=tophat", {}),
    ("kernel=__proto__", {}),
    ("kernel=2", {}),
    ("kernel=boxcar", {"kernel_index": NAMES.index("boxcar")}),
    ("queries=1", {"n_queries": 2, "query": 1}),
    ("queries=1e5", {"n_queries": 200}),
    ("q=1e9", {"query": 49}),
    ("q=-4", {"query": 0}),
    ("moved=junk", {}),
    ("moved=1_2", {}),
    ("moved=1_2_3_4", {}),
    ("moved=NaN_1_1~2_NaN_1~3_1_Infinity", {}),
    ("moved=-1_1_1~500_1_1~1.5_1_1", {}),
    ("moved=3_99_99", {"moved": [[3, 5, 20]]}),
    ("moved=3_-9_-99~junk", {"moved": [[3, 0, -20]]}),
    ("w=%", {}),
    ("w=%E0%A4%A;noise=0.7", {}),
    ("__proto__=1;constructor=2;toString=3", {}),
    ("<img src=x onerror=alert(1)>=1", {}),
]


@pytest.fixture(scope="module", params=CODES[:1])
def junk_yard(request: pytest.FixtureRequest, site: str, chromium: Browser) -> Iterator[Any]:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open_alive(f"{request.param}/{FULL}.html")
        explorer = explorer_in(window.tab, request.param, FULL, "attention")
        yield window, explorer, explorer.look()


@pytest.mark.parametrize(("junk", "meant"), JUNK, ids=[junk for junk, _ in JUNK])
def test_junk_in_the_address(junk_yard: Any, junk: str, meant: dict[str, Any]) -> None:
    window, explorer, start = junk_yard
    explorer.type_address("attention:w=9")
    assert explorer.look().state["w"] == 9
    window.seen.page_errors.clear()
    explorer.type_address(f"attention:{junk}")
    look = explorer.check()
    wanted = {**start.state, **meant}
    if "%" in junk:  # it may be ignored as a whole
        wanted |= {key: look.state[key] for key in ("w", "noise")}
        assert look.state["w"] in (start.state["w"], 9)
    assert look.state == wanted
    assert window.seen.page_errors == []


@pytest.mark.parametrize(
    "junk",
    [
        "attention:w=%",
        "attention:w=NaN;noise=Infinity;n=-1;moved=~_~;kernel=",
        "kernels:w=%zz",
        "attention:moved=" + "~".join(f"{i}_{i / 100}_9" for i in range(500)),
    ],
)
def test_a_page_opened_with_junk_is_alive(junk: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.tab.goto(f"{site}/en/{FULL}.html#{junk}")
        window.tab.wait_for_function(DECIDED)
        lives = window.tab.locator(".nw-live").evaluate_all(
            "all => all.map((n) => n.dataset.nwLive)"
        )
        assert lives == ["alive", "alive"]
        for kind in ("attention", "kernels"):
            explorer_in(window.tab, "en", FULL, kind).check()
        assert window.seen.page_errors + window.seen.console_errors == []


@in_engines(models("attention"))
def test_the_address_typed_into_an_open_page(explorer: Explorer) -> None:
    """And back: each address shows what it says, and what it leaves out is as at the start."""
    start = explorer.look().state
    explorer.set(noise=1.7)
    explorer.address("noise=1.7")
    explorer.type_address("attention:n=23;moved=2_1.5_2.5")
    explorer.tab.wait_for_function("() => location.hash.includes('n=23')")
    look = explorer.check_painted()
    assert look.state == {**start, "n_train": 23, "moved": [[2, 1.5, 2.5]]}
    explorer.type_address("attention:seed=3;moved=2_0.5_2.5")
    look = explorer.check_painted()
    assert look.state == {**start, "seed": 3, "moved": [[2, 0.5, 2.5]]}
    wait_until_at_rest(explorer.tab)
    explorer.tab.evaluate("history.back()")
    explorer.wait_for_state(n_train=23)
    explorer.tab.wait_for_function("() => location.hash.includes('n=23')")
    assert explorer.check().state["n_train"] == 23


def test_the_address_of_a_section_is_left_alone(site: str, chromium: Browser) -> None:
    code = CODES[0]
    with reader(chromium, site, viewport=WIDE) as window:
        window.open_alive(f"{code}/{FULL}.html")
        section = window.tab.locator("article section section[id]").last.get_attribute("id")
        url = f"{site}/{code}/{FULL}.html#{section}"
        window.tab.goto("about:blank")
        window.tab.goto(url)
        wait_until_alive(window.tab)
        tab = window.tab
        settled_scroll(tab)
        explorer = explorer_in(tab, code, FULL, "attention")
        top = "(id) => document.getElementById(id).getBoundingClientRect().top"
        assert 0 <= tab.evaluate(top, section) < 200 or tab.evaluate(
            "Math.abs(scrollY + innerHeight - document.documentElement.scrollHeight) < 2"
        )
        start = explorer.look().state
        wait_until_at_rest(tab)
        assert tab.url == url
        # A link to a section inside the page changes nothing in an explorer, nor loses its state.
        explorer.set(w=5.5)
        assert "w=5.5" in explorer.address("w=5.5")
        tab.evaluate("(id) => { location.hash = id; }", section)
        explorer.look()
        assert explorer.look().state == {**start, "w": 5.5}
        assert tab.evaluate("location.hash").endswith(section or "-")
        assert window.seen.page_errors + window.seen.console_errors == []
