"""An exercise of a page: what is typed and said, its hints, what is remembered."""

from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from nwcore.exercises import EXERCISES, Exercise
from nwcore.words import read_words

# Asks the page's own rule about fields that no hand could set.
JUDGE = """(check, fields) => nwVerdictIn(JSON.parse(check.dataset.exercise).regions, fields)"""
ASK = """(root) => {
  const asked = { fields: null };
  root.dispatchEvent(new CustomEvent("nw-ask", { detail: asked }));
  return asked.fields;
}"""
# Lit up by an interpreter, which knows the verdict on a function.
JUDGED = """(check, [verdict, details]) =>
  check.dispatchEvent(new CustomEvent("nw-judged", { detail: { verdict, details } }))"""


def path_of(code: str, name: str) -> str:
    return f"{code}/{EXERCISES[name].chapter}.html"


class ExerciseOnPage:
    """One exercise, on a page that is open."""

    def __init__(self, tab: Tab, code: str, name: str) -> None:
        self.tab, self.code = tab, code
        self.exercise: Exercise = EXERCISES[name]
        self.place = tab.locator(f"#exercise-{name}")
        self.section = tab.locator("section", has=self.place).last
        said = read_words(code).exercises
        self.words = said | {
            key.removeprefix(f"{name}."): text
            for key, text in said.items()
            if key.startswith(f"{name}.")
        }

    @property
    def box(self) -> Locator:
        return self.place.get_by_role("textbox")

    @property
    def said(self) -> str:
        return self.place.locator("output").inner_text()

    @property
    def verdict(self) -> str | None:
        return self.place.locator("output").get_attribute("data-verdict")

    @property
    def is_done(self) -> bool:
        return self.place.locator(".nw-done").count() == 1

    def answer(self, text: str) -> str | None:
        """Type a number and have it checked, by keys alone; gives the verdict."""
        self.box.fill(text)
        self.box.press("Enter")
        return self.verdict

    def check_picture(self) -> str | None:
        self.place.locator("button").first.click()
        return self.verdict

    def judge(self, fields: dict[str, float]) -> str:
        verdict: str = self.place.evaluate(JUDGE, fields)
        return verdict

    def be_judged(self, verdict: str, **details: str) -> None:
        self.place.evaluate(JUDGED, [verdict, details])

    def ask(self) -> dict[str, float]:
        """What the explorer of the page answers."""
        root = self.tab.locator(f".nw-root[data-name={self.exercise.explorer}]")
        fields: dict[str, float] = root.evaluate(ASK)
        return fields

    # Hints: first, second, solution; then the solution's code ------------------------------------

    @property
    def steps(self) -> Locator:
        return self.section.locator(".admonition.dropdown")

    @property
    def code_of_solution(self) -> Locator:
        return self.section.locator(".tag_hide-cell > details").first

    def open_step(self, place: int) -> None:
        self.steps.nth(place).locator(".admonition-title").click()

    def open_steps(self) -> list[bool]:
        classes = [self.steps.nth(i).get_attribute("class") for i in range(self.steps.count())]
        return ["toggle-hidden" not in (each or "") for each in classes]

    def notes(self) -> list[str]:
        """What is said of steps whose turn has not come."""
        return [text for text in self.section.locator(".nw-order").all_inner_texts() if text]
