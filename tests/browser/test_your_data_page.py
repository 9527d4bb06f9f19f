"""The page on which readers bring data of their own: what goes in, is shown, and comes out."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from pages.axe import violations
from pages.engines import MAIN, Engines
from pages.window import PHONE, WIDE, Reader, frames_pass, reader
from playwright.sync_api import Browser, Download, FilePayload
from playwright.sync_api import Page as Tab
from site_helpers import PAGES, SITE, html

from nwcore import attention_pooling, find_bandwidth, make_regression

PATH = "en/your-data.html"  # one language: the words alone differ (tests/unit/test_your_data.py)
PLACE = "nw-yours"
SHOWN = f"{PLACE}[data-state=shown]"
PICTURES = {"curve", "valley", "weights", "heat", "residuals"}
POINTS = "t;v\n0,5;1\n1,5;2\n2;0,25\n4;3\n"


@pytest.fixture
def window(site: str, chromium: Browser) -> Iterator[Reader]:
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as opened:
        open_page(opened.tab, f"{site}/{PATH}")
        yield opened
        assert opened.seen.all() == []


def open_page(tab: Tab, address: str) -> None:
    tab.goto(address)
    tab.locator(SHOWN).wait_for()


def put(tab: Tab, text: str) -> None:
    """Put a text into the field, at once: the driver would type it, line by line."""
    tab.evaluate(
        """([selector, text]) => {
          delete document.querySelector(selector).dataset.state;
          const field = document.querySelector(`${selector} textarea`);
          field.value = text;
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }""",
        [PLACE, text],
    )


def paste(tab: Tab, text: str, state: str = "shown") -> None:
    """Put a text into the field and wait until it has been read."""
    put(tab, text)
    tab.locator(f"{PLACE}[data-state={state}]").wait_for()


def said(tab: Tab) -> str:
    """What the page says of the table."""
    return tab.locator(f"{PLACE} fieldset [role=status]").inner_text()


def reading(tab: Tab, name: str) -> float:
    return float(tab.locator(f"{PLACE} [data-reading={name}]").inner_text().replace("−", "-"))


def say(tab: Tab, picture: str) -> str:
    """What a picture says once it shows the present numbers."""
    before = tab.evaluate(f"Number(document.querySelector('{PLACE}').dataset.painted ?? 0)")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")  # paints at once
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(f"Number(document.querySelector('{PLACE}').dataset.painted)") > before
    return tab.locator(f"[data-picture={picture}] canvas").get_attribute("aria-label") or ""


def show_mcycle(tab: Tab) -> None:
    """Choose the sample of the motorcycle accident, and wait until it is on show."""
    tab.locator(".nwy-sample").nth(1).click()
    tab.wait_for_function(
        f"() => document.querySelector('{PLACE} [data-reading=points]').textContent === '133'"
    )
    tab.locator(SHOWN).wait_for()


def downloaded(tab: Tab, button: str) -> tuple[Download, bytes]:
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=button, exact=True).click()
    return waiting.value, Path(waiting.value.path()).read_bytes()


def test_it_opens_with_the_books_curve_and_the_best_w(window: Reader) -> None:
    data = make_regression(seed=6, dtype=torch.float64)
    wanted = find_bandwidth(data.x_train, data.y_train)
    assert reading(window.tab, "points") == 50
    assert reading(window.tab, "w") == pytest.approx(wanted.w, rel=1e-3)
    assert reading(window.tab, "h") == pytest.approx(wanted.bandwidth, rel=1e-3)
    rmse = (wanted.loss / 50) ** 0.5
    assert reading(window.tab, "rmse") == pytest.approx(rmse, rel=1e-3)
    query = (data.x_train.min() + data.x_train.max()).reshape(1) / 2
    prediction = attention_pooling(query, data.x_train, data.y_train, wanted.w)
    assert reading(window.tab, "prediction") == pytest.approx(float(prediction), rel=1e-3)
    pictures = window.tab.locator(f"{PLACE} figure").evaluate_all(
        "(nodes) => nodes.map((node) => node.dataset.picture)"
    )
    assert set(pictures) == PICTURES
    for picture in PICTURES:
        assert "NaN" not in say(window.tab, picture)
        assert "Infinity" not in say(window.tab, picture)


def test_nothing_leaves_the_browser(window: Reader, tmp_path: Path) -> None:
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    paste(window.tab, POINTS)
    file = tmp_path / "mine.csv"
    file.write_text("a,b\n1,2\n2,5\n4,1\n", encoding="utf-8")
    window.tab.locator(f"{PLACE} input[type=file]").set_input_files(file)
    window.tab.locator(f"{PLACE} option", has_text="a").first.wait_for(state="attached")
    for name in ("mcycle", "gapminder"):
        place = {"mcycle": 1, "gapminder": 2}[name]
        window.tab.locator(".nwy-sample").nth(place).click()
        window.tab.locator(SHOWN).wait_for()
    downloaded(window.tab, "Predictions (CSV)")
    downloaded(window.tab, "PNG")
    window.tab.get_by_role("button", name="Copy a link with the data").click()
    frames_pass(window.tab)
    # The browser asks for the page's icon when it likes to.
    assert [url for url in asked if not re.match("(data|blob):|.*/favicon.svg$", url)] == []


def test_a_table_is_read_as_it_is_typed_and_as_the_reader_says(window: Reader) -> None:
    tab = window.tab
    paste(tab, POINTS)
    assert said(tab) == "4 points read."
    assert tab.locator("select").nth(2).input_value() == ","
    assert tab.locator("[data-picture=curve] canvas").get_attribute("role") == "img"
    assert say(tab, "curve").startswith("v against t, 4 points")
    header = tab.get_by_label("The first line holds names")
    assert header.is_checked()
    header.uncheck()
    tab.locator(SHOWN).wait_for()
    assert "“t” is not a number" in said(tab)
    header.check()
    tab.get_by_label("x, the keys").select_option(label="v")
    tab.get_by_label("y, the values").select_option(label="t")
    tab.locator(SHOWN).wait_for()
    assert say(tab, "curve").startswith("t against v, 4 points")


def test_what_is_missing_or_wrong_is_told_and_the_rest_is_drawn(window: Reader) -> None:
    paste(window.tab, "x,y\n1,2\n2,NA\n3,abc\n4,1e200\n5,6,7\n,\n8,9\n9,1\n")
    text = said(window.tab)
    assert "3 points read." in text
    assert "2 rows have no number (“NA” 1 times, “empty” 2 times)" in text
    assert "lines 3, 7" in text
    assert "line 4, y: “abc” is not a number" in text
    assert "line 5, y: 1e200 is larger than" in text
    assert "line 6: 3 cells, where most lines have 2" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is nothing here yet"),
        ("x\n1\n2", "only one column"),
        ("a,b\nc,d", "No column holds numbers"),
        ("1,2\n1,3\n1,4", "All 3 points have the same x, 1"),
        ("x,y\n1,2", "At least two are needed"),
        ("\n".join(f"{i},1" for i in range(5001)), "5001 points; the page takes 5000 at most"),
    ],
    ids=["nothing", "one column", "no numbers", "constant", "one point", "too many"],
)
def test_what_cannot_be_drawn_takes_the_pictures_away(
    text: str, message: str, window: Reader
) -> None:
    paste(window.tab, text, "fault")
    assert message in said(window.tab)
    assert not window.tab.locator(f"{PLACE} figure").first.is_visible()
    assert not window.tab.get_by_role("button", name="PNG").is_visible()
    paste(window.tab, POINTS)
    assert window.tab.locator(f"{PLACE} figure").first.is_visible()


def test_odd_points_never_give_what_is_no_number(window: Reader) -> None:
    for text in ("1,5\n2,5", "1,5\n2,5\n3,5", "0,1e100\n1e100,-1e100\n-1e100,0", "1,0\n1,0\n2,0"):
        paste(window.tab, text)
        whole = window.tab.locator(PLACE).inner_text() + " ".join(
            say(window.tab, picture) for picture in sorted(PICTURES)
        )
        assert not re.search("NaN|Infinity|undefined", whole), text


def test_files_are_opened_and_dropped(window: Reader) -> None:
    tab = window.tab
    file = tab.locator(f"{PLACE} input[type=file]")
    told: FilePayload = {
        "name": "mine.txt",
        "mimeType": "text/plain",
        "buffer": "đo\tkết quả\r\n1\t2\r\n2\t3,5\r\n4\t1\r\n".encode("utf-16"),
    }
    file.set_input_files(told)
    tab.wait_for_function(f"() => document.querySelector('{PLACE} textarea').value.includes('đo')")
    tab.locator(SHOWN).wait_for()
    assert say(tab, "curve").startswith("kết quả against đo, 3 points")
    file.set_input_files({"name": "a.xlsx", "mimeType": "", "buffer": b"PK\x03\x04\0\0"})
    tab.locator(f"{PLACE}[data-state=fault]").wait_for()
    assert "save the sheet as CSV" in said(tab)
    tab.evaluate(
        """(selector) => {
          const carried = new DataTransfer();
          carried.items.add(new File(["p,q\\n1,2\\n2,4\\n5,1\\n"], "dropped.csv"));
          const place = document.querySelector(selector);
          for (const kind of ["dragover", "drop"]) {
            place.dispatchEvent(
              new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
          }
        }""",
        f"{PLACE} .nwy-data textarea",
    )
    tab.locator(SHOWN).wait_for()
    assert say(tab, "curve").startswith("q against p, 3 points")


def test_query_and_w_follow_keys_and_pointer(window: Reader) -> None:
    tab = window.tab
    paste(tab, "x,y\n0,1\n1,3\n2,0\n3,2\n4,5\n10,4\n")
    query = tab.get_by_role("slider", name="query x")
    query.focus()
    tab.keyboard.press("Home")
    assert query.get_attribute("aria-valuetext") == "x = 0"
    tab.keyboard.press("ArrowRight")
    assert query.get_attribute("aria-valuetext") == "x = 0.05"
    for picture in ("curve", "weights", "residuals"):
        canvas = tab.locator(f"[data-picture={picture}] canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        across = {"curve": 0.25, "weights": 0.5, "residuals": 0.75}[picture]
        inner = box["width"] - 58 - 14  # what is left of the axes
        canvas.click(position={"x": 58 + across * inner, "y": 100})
        text = query.get_attribute("aria-valuetext") or ""
        assert float(text.removeprefix("x = ")) == pytest.approx(10 * across, abs=0.1)
    heat = tab.locator("[data-picture=heat] canvas")
    heat.click(position={"x": 200, "y": 40})  # the top of its first row
    assert query.get_attribute("aria-valuetext") == "x = 0"

    best = tab.get_by_role("button", name="least leave-one-out loss")
    assert best.is_disabled()
    least = reading(tab, "rmse")
    tab.get_by_role("slider", name="w", exact=True).focus()
    tab.keyboard.press("Home")
    tab.locator(SHOWN).wait_for()
    assert reading(tab, "w") == pytest.approx(0.01)  # 0.1 over the range of x
    assert reading(tab, "rmse") > least
    valley = tab.locator("[data-picture=valley] canvas")
    valley.click(position={"x": 58, "y": 100})
    assert reading(tab, "w") == pytest.approx(0.01, rel=0.02)
    best.click()
    tab.locator(SHOWN).wait_for()
    assert reading(tab, "rmse") == least
    tab.get_by_role("slider", name="w", exact=True).focus()
    tab.keyboard.press("End")
    tab.locator(SHOWN).wait_for()
    assert reading(tab, "w") == pytest.approx(1)  # half of the points have another one at 1


def test_predictions_are_taken_away(window: Reader) -> None:
    tab = window.tab
    show_mcycle(tab)
    file, content = downloaded(tab, "Predictions (CSV)")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert (file.suggested_filename, len(rows)) == ("predictions.csv", 133)
    assert (rows[0]["line"], rows[0]["times"], rows[0]["accel"]) == ("2", "2.4", "0")
    _, content = downloaded(tab, "The curve (CSV)")
    assert content.decode().startswith("times,prediction\r\n2.4,")
    assert len(content.decode().split()) == 202


def test_pictures_and_python_are_taken_away(window: Reader) -> None:
    """In a tab of their own: a browser gives ten files in a moment, and no more."""
    tab = window.tab
    show_mcycle(tab)
    assert len(PICTURES) == 5
    for picture in sorted(PICTURES):
        tab.get_by_label("Picture").select_option(picture)
        file, content = downloaded(tab, "SVG")
        assert file.suggested_filename == f"{picture}.svg"
        drawn = content.decode()
        # As the reader's browser reads it.
        assert (
            tab.evaluate(
                """async (text) => {
              const image = new Image();
              image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
              await image.decode();
              return image.naturalWidth;
            }""",
                drawn,
            )
            == 720
        )
        assert drawn.count("<") > 20
        assert "NaN" not in drawn
        assert ("<image" in drawn) is (picture == "heat")
        file, content = downloaded(tab, "PNG")
        assert file.suggested_filename == f"{picture}.png"
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") == 1440
    tab.locator(f"{PLACE} summary").click()
    code = tab.locator(".nwy-python").inner_text()
    assert "w = find_bandwidth(x, y).w" in code
    tab.get_by_role("slider", name="w", exact=True).press("Home")
    tab.locator(SHOWN).wait_for()
    code = tab.locator(".nwy-python").inner_text()
    assert "find_bandwidth" not in code


def test_a_link_opens_the_same_picture_elsewhere(
    window: Reader, site: str, chromium: Browser
) -> None:
    tab = window.tab
    paste(tab, POINTS)
    tab.get_by_role("slider", name="query x").press("Home")
    tab.get_by_role("slider", name="w", exact=True).press("End")
    tab.locator(SHOWN).wait_for()
    tab.get_by_role("button", name="Copy a link with the data").click()
    address = tab.locator(".nwy-address").input_value()
    assert address == tab.url
    assert "#yours:x=t;y=v;w=" in address
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as other:
        asked: list[str] = []
        other.tab.on("request", lambda request: asked.append(request.url))
        open_page(other.tab, address)
        for picture in PICTURES:
            assert say(other.tab, picture) == say(tab, picture)
        assert not [url for url in asked if "yours:" in url]
        # Another address on the same page, and one whose end was lost.
        other.tab.evaluate("location.hash = '#yours:d=1,2_3,4_5,1'")
        other.tab.wait_for_function(
            f"() => document.querySelector('{PLACE} [data-reading=points]').textContent === '3'"
        )
        other.tab.evaluate("location.hash = '#yours:d=1,2_3,'")
        other.tab.locator(f"{PLACE}[data-state=fault]").wait_for()
        assert "perhaps its end was cut off" in said(other.tab)
        assert other.seen.all() == []


def test_large_data_have_no_link(window: Reader) -> None:
    paste(window.tab, "\n".join(f"{i / 7},{i % 13}" for i in range(900)))
    window.tab.get_by_role("button", name="Copy a link with the data").click()
    note = window.tab.locator(".nwy-take [role=status]").first
    note.wait_for()
    assert "too long for a link" in note.inner_text()
    assert not window.tab.locator(".nwy-address").is_visible()


def test_five_thousand_points_never_hold_up_the_page(window: Reader) -> None:
    tab = window.tab
    rows = "\n".join(f"{(i * 37) % 5000},{(i * i) % 101}" for i in range(5000))
    put(tab, rows)
    working = tab.locator(f"{PLACE} > [role=status]")
    tab.wait_for_function(
        f"() => document.querySelector('{PLACE} > [role=status]').textContent.includes('Looking')"
    )
    frames_pass(tab, 20)  # the search is in a worker: the page is painted meanwhile
    assert tab.locator(PLACE).get_attribute("data-state") == "searching"
    assert "places" in working.inner_text()
    # Other data are not kept waiting by it.
    paste(tab, POINTS)
    assert reading(tab, "points") == 4


@pytest.mark.parametrize("folder", [False, True], ids=["served", "folder"])
def test_without_a_worker_and_from_a_folder(folder: bool, engines: Engines) -> None:
    with engines.reader(MAIN, folder=folder) as opened:
        base = SITE.as_uri() if folder else opened.base
        if not folder:
            opened.tab.add_init_script("delete globalThis.Worker")
        opened.tab.goto(f"{base}/{PATH}")
        opened.tab.locator(SHOWN).wait_for()
        paste(opened.tab, POINTS)
        assert reading(opened.tab, "points") == 4
        assert opened.seen.all() == []


def test_axe_finds_nothing_where_something_is_wrong(site: str, chromium: Browser) -> None:
    found: dict[str, Any] = {}
    with reader(chromium, site, viewport=PHONE, color_scheme="dark") as window:
        open_page(window.tab, f"{site}/{PATH}")
        paste(window.tab, "x,y\n1,2\n2,NA\n3,abc\n4,5\n")
        window.tab.locator(f"{PLACE} summary").click()
        found["partly wrong"] = violations(window.tab)
        assert window.scroll_width() <= 360
        paste(window.tab, "1,2\n1,3", "fault")
        found["wrong"] = violations(window.tab)
        assert window.seen.all() == []
    assert found == {"partly wrong": set(), "wrong": set()}


def test_paper_has_the_pictures_in_dark_on_white(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE, color_scheme="dark") as window:
        tab = window.tab
        open_page(tab, f"{site}/{PATH}")
        tab.emulate_media(media="print")
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert not tab.locator(f"{PLACE} textarea").is_visible()
        assert tab.locator(f"{PLACE} figure").first.is_visible()
        ink = """() => getComputedStyle(document.querySelector("nw-yours"))
          .getPropertyValue("--x-ink").trim()"""
        assert tab.evaluate(ink) == "#1f2937"
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.evaluate(ink) != "#1f2937"


def test_no_other_page_loads_its_script_which_is_light() -> None:
    loads = {page.name for page in PAGES if "book/yours.js" in str(html(page.path))}
    assert loads == {"your-data"}
    assert len(gzip.compress((SITE / "vendor/book/yours.js").read_bytes())) < 38_000
    licences = (SITE / "vendor/book/widgets.licenses.txt").read_text("utf-8")
    assert "papaparse 5.7.1 (MIT)" in licences
