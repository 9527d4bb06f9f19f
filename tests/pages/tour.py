"""The guided tour of an explorer, as its page shows it."""

from typing import Any

from playwright.sync_api import Locator


class TourOnPage:
    """The button of a tour and its panel, in one explorer."""

    def __init__(self, place: Locator, words: dict[str, str]) -> None:
        self.place, self.words = place, words

    @property
    def panel(self) -> Locator:
        return self.place.locator(".nw-tour-panel")

    @property
    def text(self) -> Locator:
        return self.place.locator(".nw-tour-text")

    @property
    def count(self) -> Locator:
        return self.place.locator(".nw-tour-count")

    @property
    def spoken(self) -> Locator:
        """What a screen reader says of a step."""
        return self.place.locator(".nw-tour > .nw-spoken")

    def button(self, word: str) -> Locator:
        return self.place.get_by_role("button", name=self.words[word], exact=True)

    def wait_until_told(self, number: int, total: int) -> str:
        """Until a step is shown and said; gives its text."""
        said = self.words["tour_step"].format(n=number, total=total)
        self.place.page.wait_for_function(
            "([n, start]) => n.textContent.startsWith(start)",
            arg=[self.spoken.element_handle(), f"{said}. "],
        )
        assert self.count.inner_text() == said
        text = self.text.inner_text()
        assert self.spoken.text_content() == f"{said}. {text}"
        return text

    def marked(self) -> list[Any]:
        """What is marked and in sight: its classes, its trait or number, and its size."""
        found: list[Any] = self.place.evaluate(
            """(place) => [...place.querySelectorAll("[data-nw-mark]")].map((node) => {
              const { width, height } = node.getBoundingClientRect();
              const readout = node.querySelector("[data-readout]")?.dataset.readout;
              const control = [...node.classList].find((name) => name.startsWith("nw-control-"));
              const outlined = getComputedStyle(node).outlineStyle === "dashed";
              const name = node.classList.contains("nw-halo") ? "part"
                : readout ? `number ${readout}`
                : `control ${control.slice(11).replaceAll("-", "_")}`;
              return [name, outlined && width > 10 && height > 5];
            })"""
        )
        return found
