"""A kernel that a reader writes in one line, and the local line, in the explorers of pooling."""

import pytest
from pages.axe import DESCRIBED, violations
from pages.expected import NAMES, WORDS
from pages.explorer import Explorer
from pages.placements import every_pooling, models
from pages.window import PHONE, Reader, reader, wait_until_at_rest
from playwright.sync_api import Browser, Locator

OWN = NAMES.index("own")


def field_of(explorer: Explorer) -> Locator:
    return explorer.place.locator(".nw-formula-line")


def fault_of(explorer: Explorer) -> Locator:
    return explorer.place.locator(".nw-formula [role=status]")


@every_pooling
def test_a_line_is_followed_letter_by_letter(explorer: Explorer) -> None:
    assert not field_of(explorer).is_visible()
    explorer.set(kernel_index=OWN, w=3.0)
    before = explorer.check_painted()
    field = field_of(explorer)
    assert field.input_value() == before.state["formula"] == "exp(-abs(u))"
    field.fill("")
    field.type("max(0, 1 - abs(u))")
    after = explorer.check_painted()
    assert after.state["formula"] == "max(0, 1 - abs(u))"
    assert after.readouts["leave_one_out"] != before.readouts["leave_one_out"]
    assert field.get_attribute("aria-invalid") == "false"
    assert not fault_of(explorer).is_visible()


@models("attention")
def test_a_mistake_is_told_at_its_place_and_the_picture_stays(explorer: Explorer) -> None:
    explorer.set(kernel_index=OWN)
    before = explorer.check_painted()
    field, fault, words = field_of(explorer), fault_of(explorer), WORDS[explorer.code]
    field.fill("exp(-abs(v))")
    assert fault.inner_text().splitlines()[-1] == " ".join(
        [
            words["formula_at"].format(place=10),
            words["formula_unknown"].format(found="v"),
            words["formula_kept"].format(formula="exp(-abs(u))"),
        ]
    )
    assert fault.locator("mark").inner_text() == "v"
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    assert fault.get_attribute("id") in described
    field.press("Enter")
    assert field.evaluate("(n) => [n.selectionStart, n.selectionEnd]") == [9, 10]
    after = explorer.check_painted()
    assert (after.state["formula"], after.picture) == ("exp(-abs(u))", before.picture)
    field.fill("1 - u*u")
    negative = words["formula_negative"].format(u=2, value="−3")
    assert negative in fault.inner_text()
    field.fill("exp(-abs(u))")
    assert not fault.is_visible()


@models("attention")
def test_what_is_typed_is_one_step_to_be_taken_back(explorer: Explorer) -> None:
    explorer.set(kernel_index=OWN)
    explorer.look()
    field = field_of(explorer)
    field.fill("")
    field.type("1/(1 + u*u)")
    field.press("Enter")
    field.blur()
    assert explorer.check().state["formula"] == "1/(1 + u*u)"
    explorer.button("undo").click()
    assert explorer.check().state["formula"] == "exp(-abs(u))"
    assert field.input_value() == "exp(-abs(u))"
    explorer.button("redo").click()
    assert explorer.check().state["formula"] == field.input_value() == "1/(1 + u*u)"


@models("attention")
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "sparsemax", "entmax15", "own"])
def test_a_line_is_fitted_about_each_query(explorer: Explorer, kernel: str) -> None:
    explorer.set(kernel_index=NAMES.index(kernel), w=1.5, query=0, line=True)
    look = explorer.check_painted()
    assert float(look.result.weights.min()) < 0
    wait_until_at_rest(explorer.tab)
    assert WORDS[explorer.code]["line_alt"] in (
        explorer.place.locator("canvas").first.get_attribute("aria-label") or ""
    )


def test_an_address_with_no_kernel_in_it_does_no_harm(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.open_alive("en/03-nonparametric-attention.html#attention:kernel=own;formula=v;w=3")
        field = window.tab.locator(".nw-root[data-name=attention] .nw-formula-line")
        assert field.input_value() == "exp(-abs(u))"
        assert window.seen.all() == []


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_line_fits_on_a_phone(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=PHONE) as window:
        window.open_alive(f"{code}/03-nonparametric-attention.html#attention:kernel=own")
        window.tab.wait_for_function(DESCRIBED)
        fill_and_look(window)


def fill_and_look(window: Reader) -> None:
    root = window.tab.locator(".nw-root[data-name=attention]")
    root.locator(".nw-formula-line").fill("where(abs(u) < 1, (1 - u*u)**2, 0) + q" + "+1" * 40)
    assert root.locator(".nw-formula mark").is_visible()
    assert window.scroll_width() <= PHONE["width"]
    assert violations(window.tab) == set()
