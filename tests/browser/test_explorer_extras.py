"""What explorers have besides: files to take away, the whole screen, numbers under the pointer."""

import base64
import csv
import io
import math
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pages.axe import violations
from pages.explorer import Explorer, explorers_in, settled_scroll
from pages.placements import every_kind, models
from pages.window import WIDE, reader
from playwright.sync_api import Browser, Locator, Route
from site_helpers import SITE

SVG = "{http://www.w3.org/2000/svg}"
DARK = "#14181f"

# How many pixels of an SVG are another colour than those of the PNG, of the share that is inked.
DIFFERENCE = """async ([svg, png]) => {
  const load = async (src) => {
    const image = new Image();
    image.src = src;
    await image.decode();
    return image;
  };
  const images = [await load(svg), await load(png)];
  const [width, height] = [images[1].naturalWidth, images[1].naturalHeight];
  const [a, b] = images.map((image) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  });
  let [apart, inked] = [0, 0];
  for (let i = 0; i < a.length; i += 4) {
    const far = (x, y) => [0, 1, 2].some((c) => Math.abs(x[i + c] - y(i, c)) > 90);
    apart += far(a, (i, c) => b[i + c]);
    inked += far(b, () => 255) || far(b, () => 235);
  }
  return [apart / (width * height), inked / (width * height)];
}"""


def menu(explorer: Explorer) -> Locator:
    return explorer.place.locator(".nw-take-list")


def taken(explorer: Explorer, word: str) -> tuple[str, bytes]:
    """The name and the content of a file that the explorer hands out."""
    explorer.button("take").click()
    with explorer.tab.expect_download() as waiting:
        explorer.button(word).click()
    assert menu(explorer).is_hidden()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def data_address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@every_kind
def test_every_picture_and_its_numbers_are_taken_away(explorer: Explorer) -> None:
    explorer.change()
    look = explorer.look()
    width, height = explorer.canvas.evaluate("n => [n.clientWidth, n.clientHeight]")
    explorer.wait_for_link("#")

    name, svg = taken(explorer, "take_svg_light")
    assert re.fullmatch(rf"{explorer.name}(-\w+=[^-]+)+-light\.svg", name)
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox") == f"0 0 {width} {height}"
    title = root.find(f"{SVG}title")
    assert title is not None
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"1", "2", "3"} & texts, "an axis has its numbers"
    assert len(texts & set(explorer.words.values())) >= 2, "names of axes and of lines"
    assert "NaN" not in svg.decode()

    name, png = taken(explorer, "take_png_light")
    assert name.endswith("-light.png")
    assert struct.unpack(">II", png[16:24]) == (2 * width, 2 * height)
    pictures = [data_address("svg+xml", svg), data_address("png", png)]
    apart, inked = explorer.tab.evaluate(DIFFERENCE, pictures)
    assert inked > 0.01, "the picture is empty"
    assert apart < 0.02, "SVG and PNG show different pictures"

    name, dark = taken(explorer, "take_svg_dark")
    assert name.endswith("-dark.svg")
    paper = ElementTree.fromstring(dark).find(f"{SVG}path")
    assert paper is not None
    assert paper.attrib == {"d": f"M0 0h{width}v{height}h-{width}z", "fill": DARK}

    name, table = taken(explorer, "take_csv")
    assert re.fullmatch(rf"{explorer.name}(-\w+=[^-]+)+\.csv", name)
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert len(rows) > 50
    for row in rows:
        assert row.pop("part").isalpha()
        assert all(not cell or math.isfinite(float(cell)) for cell in row.values())
    if explorer.kind in ("attention", "kernels"):
        found = [float(row["prediction"]) for row in rows if row["prediction"]]
        assert found == pytest.approx(look.result.predictions.tolist(), rel=1e-9)
    assert explorer.look().state == look.state, "nothing has changed by it"


@models("attention")
def test_the_menu_is_worked_by_keys_and_left_by_escape(explorer: Explorer) -> None:
    explorer.set(pinned=True)
    toggle = explorer.button("take")
    toggle.focus()
    explorer.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    explorer.press("Tab")
    assert explorer.button("take_svg_light").evaluate("n => n === document.activeElement")
    explorer.press("Escape")
    assert menu(explorer).is_hidden()
    assert toggle.evaluate("n => n === document.activeElement")
    assert explorer.look().state["pinned"], "Escape was for the menu alone"
    explorer.press("Escape")
    explorer.wait_for_state(pinned=False)
    explorer.press("Enter")
    explorer.press("Shift+Tab")
    assert menu(explorer).is_hidden()
    toggle.click()
    explorer.sum.click()
    assert menu(explorer).is_hidden()


@models("attention")
def test_what_cannot_be_brought_is_said_and_asked_for_again(explorer: Explorer) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    with explorer.opened_again(explorer.tab.url) as again:
        again.tab.route("**/aside-*.js", lose)
        again.button("take").click()
        again.button("take_csv").click()
        says = again.place.locator(".nw-take .nw-take-says")
        says.filter(has_text=again.words["aside_lost"]).wait_for()
        assert len(lost) == 1
        again.tab.unroute("**/aside-*.js")
        name, _ = taken(again, "take_csv")
        assert name == "attention.csv"
        assert says.text_content() == ""


# The whole screen ---------------------------------------------------------------------------------

PRESENTED = "() => document.querySelector('.nw-presented')?.getAttribute('role') === 'dialog'"
INERT = """() => [...document.querySelectorAll("nav, header, footer, .nw-live, h1")]
  .filter((node) => !node.contains(document.querySelector(".nw-presented")))
  .every((node) => node.closest("[inert]"))"""
NO_SCREEN = """Object.defineProperty(document, "fullscreenEnabled",
  { value: false, configurable: true })"""
SLIDER = """() => [...document.activeElement.closest("[class*=nw-control-]").classList]
  .find((name) => name.startsWith("nw-control-")).slice(11).replaceAll("-", "_")"""


def present(explorer: Explorer) -> float:
    """By keys; gives where the page was scrolled to."""
    explorer.button("present").focus()
    place = settled_scroll(explorer.tab)
    explorer.press("Enter")
    explorer.tab.wait_for_function(PRESENTED)
    return place


@pytest.mark.parametrize("fills", [True, False], ids=["screen", "window"])
@models("attention")
def test_an_explorer_is_presented_by_keys_alone(fills: bool, explorer: Explorer) -> None:
    tab = explorer.tab
    if not fills:  # as in a frame that may not
        tab.evaluate(NO_SCREEN)
    explorer.set(pinned=True)
    before, address = explorer.look(), tab.url
    place = present(explorer)
    assert tab.evaluate("document.fullscreenElement !== null") is fills
    box = tab.evaluate(
        "() => { const { x, y, width, height } = "
        "document.querySelector('.nw-presented').getBoundingClientRect();"
        "return [x, y, width - innerWidth, height - innerHeight]; }"
    )
    assert box == [0, 0, 0, 0]
    assert tab.evaluate(INERT), "a reader could get lost in what nobody sees"
    assert violations_within(explorer) == set()
    keys = explorer.place.locator(".nw-keys")
    assert (keys.text_content() or "").startswith("1–3: ")
    assert explorer.words["present_play"] in (keys.text_content() or "")

    assert tab.evaluate(SLIDER) == "w"
    explorer.press("ArrowRight")
    explorer.wait_for_another("w", before.state["w"])
    explorer.press("2")
    assert tab.evaluate(SLIDER) == "noise"
    explorer.press("9")
    assert tab.evaluate(SLIDER) == "noise", "there is no ninth slider"
    play, stop = explorer.words["sweep"], explorer.words["sweep_stop"]
    toggle = explorer.place.locator(".nw-play")
    for text in (stop, play, stop):
        explorer.press("Space")
        toggle.filter(has_text=re.compile(f"^{re.escape(text)}$")).wait_for()
    explorer.press("1")
    toggle.filter(has_text=re.compile(f"^{re.escape(play)}$")).wait_for()
    explorer.seed_box.focus()
    explorer.press("2")
    assert explorer.seed_box.evaluate("n => n === document.activeElement"), "it is being typed"
    explorer.press("Escape")
    tab.wait_for_function("() => !document.querySelector('.nw-presented')")
    tab.wait_for_function("() => document.fullscreenElement === null")
    assert explorer.button("present").evaluate("n => n === document.activeElement")
    assert tab.evaluate("document.querySelectorAll('[inert], [popover], .nw-keys').length") == 0
    tab.wait_for_function("(y) => Math.abs(scrollY - y) <= 2", arg=place)
    assert explorer.look().state["pinned"], "Escape was for the presentation alone"
    assert tab.url.partition("#")[0] == address.partition("#")[0]
    tab.evaluate("delete document.fullscreenEnabled")


def take_and_present(explorer: Explorer) -> None:
    """Take a picture and numbers away, and present: all that is brought when it is asked for."""
    _, png = taken(explorer, "take_png_dark")
    assert png.startswith(b"\x89PNG")
    _, table = taken(explorer, "take_csv")
    assert table.count(b"\n") > 50
    present(explorer)
    explorer.press("Escape")
    explorer.tab.wait_for_function("() => !document.querySelector('.nw-presented')")


def test_files_are_taken_away_and_explorers_presented_in_a_folder(chromium: Browser) -> None:
    with reader(chromium, SITE.as_uri(), viewport=WIDE) as window:
        window.open_alive("vi/05-training.html")
        for explorer in explorers_in(window.tab, "vi", "05-training"):
            take_and_present(explorer)


def violations_within(explorer: Explorer) -> set[str]:
    return violations(explorer.tab, within=explorer.place)


@models("training")
def test_space_runs_what_has_a_run(explorer: Explorer) -> None:
    present(explorer)
    explorer.press("Space")
    explorer.wait_for_another("steps", 0)
    explorer.press("Space")
    explorer.button("present_leave").click()
    explorer.tab.wait_for_function("() => !document.querySelector('.nw-presented')")


@models("attention")
def test_full_screen_is_entered_and_left_by_its_button(explorer: Explorer) -> None:
    explorer.button("full_screen").click()
    explorer.button("full_screen_leave").wait_for()
    assert explorer.tab.evaluate("document.fullscreenElement.matches('.nw-box')")
    explorer.check_painted()
    explorer.button("full_screen_leave").click()
    explorer.button("full_screen").wait_for()
    assert explorer.tab.evaluate("document.fullscreenElement") is None


# Numbers under the pointer ------------------------------------------------------------------------


def tip(explorer: Explorer) -> Locator:
    return explorer.place.locator(".nw-tip")


def lines(explorer: Explorer) -> dict[str, str]:
    found: list[str] = tip(explorer).locator("div").all_text_contents()
    return dict(line.split(": ", 1) for line in found)


@every_kind
def test_numbers_are_told_beside_a_mouse_and_not_beside_a_finger(explorer: Explorer) -> None:
    box = next(iter(explorer.look().boxes.values()))
    middle = box.x + 0.5 * box.width, box.y + 0.5 * box.height
    assert tip(explorer).is_hidden()
    explorer.tap(*middle)
    assert tip(explorer).is_hidden()
    explorer.hover(*middle)
    tip(explorer).wait_for()
    told = lines(explorer)
    assert len(told) >= 2
    assert all(re.search(r"\d", number) for number in told.values())
    within = tip(explorer).evaluate(
        "n => { const a = n.getBoundingClientRect(); const b = "
        "n.closest('.nw-stage').getBoundingClientRect();"
        "return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom }"
    )
    assert within
    assert tip(explorer).get_attribute("aria-hidden") == "true"
    explorer.press("Escape")
    assert tip(explorer).is_hidden()
    explorer.hover(middle[0] + 3, middle[1])
    tip(explorer).wait_for()
    explorer.tab.mouse.move(1, 1)
    tip(explorer).wait_for(state="hidden")


@models("attention")
def test_a_cell_of_the_heatmap_tells_its_weight_and_follows_w(explorer: Explorer) -> None:
    look = explorer.look()
    heat, result = look.boxes["heat"], look.result
    q, n = result.weights.shape
    row, column = q // 2, n // 2
    explorer.hover(heat.x + (column + 0.5) * heat.width / n, heat.y + (row + 0.5) * heat.height / q)
    tip(explorer).wait_for()

    def weight() -> float:
        text = lines(explorer)[explorer.words["weight"]]
        return float(text.replace(explorer.words["decimal"], "."))

    assert weight() == pytest.approx(float(result.weights[row, column]), abs=5.1e-5)
    explorer.set(w=9.0)
    later = explorer.look()
    assert weight() == pytest.approx(float(later.result.weights[row, column]), abs=5.1e-5)


@models("risk")
def test_w_sweeps_where_bias_meets_variance(explorer: Explorer) -> None:
    w = explorer.look().state["w"]
    explorer.button("sweep").click()
    explorer.wait_for_another("w", w)
    explorer.button("sweep_stop").click()
    explorer.button("sweep").wait_for()
