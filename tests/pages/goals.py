"""The goals of an explorer, as its page lists them."""

from typing import Any

from playwright.sync_api import Locator


class GoalsOnPage:
    """The folded list under one explorer."""

    def __init__(self, view: Locator) -> None:
        self.place = view.locator(".nw-goals")

    @property
    def count(self) -> Locator:
        """The line that says how many are reached, and unfolds the list."""
        return self.place.locator("summary")

    @property
    def items(self) -> Locator:
        return self.place.locator("li")

    @property
    def spoken(self) -> Locator:
        """What a screen reader says when one is reached."""
        return self.place.locator(":scope > .nw-spoken")

    def ticked(self) -> list[bool]:
        classes = self.items.evaluate_all("all => all.map((n) => n.className)")
        return ["nw-reached" in each for each in classes]

    def wait_for_ticks(self, count: int) -> None:
        """Until so many are ticked."""
        self.place.page.wait_for_function(
            "([n, count]) => n.querySelectorAll('.nw-reached').length === count",
            arg=[self.place.element_handle(), count],
        )

    def forget(self) -> None:
        """Press the button that forgets them, and fold the list again."""
        self.count.click()
        self.place.get_by_role("button").click()
        self.wait_for_ticks(0)
        self.count.click()

    def boxes(self) -> Any:
        """Where all that stands in it is on the page, and where the page ends."""
        return self.place.evaluate(
            """(place) => [...place.querySelectorAll("summary, li, button"), document.body]
              .map((n) => n.getBoundingClientRect())
              .map((box) => [box.x, box.y + scrollY, box.width, box.height])"""
        )
