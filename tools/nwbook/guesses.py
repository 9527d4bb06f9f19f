"""Guess, then see: a picture in the page with its answer, and what its script needs to ask for it.

``<nw-guess name="NAME">…</nw-guess>`` in a chapter becomes the picture, its words and buttons; what
stands in it is for those who read the notebook. Without script and on paper the picture shows the
answer; ``web/guess`` asks for it first.
"""

import json
import re
from html import escape
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwbook.guess_picture import BOTTOM, TOP, across, picture, say
from nwbook.vendor import GUESS, beside_static, bundle_version
from nwcore.guesses import CHAPTERS, CurveGuess, WidthGuess, find_guess
from nwcore.words import Words, read_words

PLACE = re.compile(r'<nw-guess name="([^"]*)">.*?</nw-guess>', re.DOTALL)
STEPS = 60  # from the lowest to the highest place of a picture, by a key
TOLD = 5  # columns whose heights the text alternative tells


def kind(guess: CurveGuess | WidthGuess) -> str:
    return "curve" if isinstance(guess, CurveGuess) else "w"


def axis_names(guess: CurveGuess | WidthGuess, said: Words) -> tuple[str, str]:
    """The symbols of a guess's axes, or the word for a loss."""
    along, up = (said.pictures[name] if name == "loss" else name for name in guess.axes)
    return along, up


def columns(guess: CurveGuess | WidthGuess, decimal: str) -> list[str]:
    return [say(column, decimal) for column in guess.columns.tolist()]


def page_data(name: str, language: str) -> dict[str, Any]:
    """What a page needs to ask for a guess and judge it: the `Task` of ``web/guess/judge.js``."""
    guess, said = find_guess(name), read_words(language)
    along, up = axis_names(guess, said)
    own = said.guesses
    words = {key: own[key] for key in ("show", "again", "at", "empty", "skipped")}
    words |= {key: own[f"{key}_{kind(guess)}"] for key in ("how", "few", "score")}
    words |= {key: own[f"{name}.{key}"] for key in ("title", *guess.verdicts)}
    low, high = guess.limits
    data = {
        "name": name,
        "kind": kind(guess),
        "at": across(guess, guess.columns),
        "names": columns(guess, said.decimal),
        "frame": [TOP, BOTTOM],
        "limits": [low, high],
        "step": _tidy((high - low) / STEPS),
        "digits": guess.digits,
        "answer": _short(guess.answer.tolist()),
        "ideas": [[idea, _short(heights.tolist())] for idea, heights in guess.ideas.items()],
        "parts": [[part, first, last] for part, (first, last) in guess.parts.items()],
        "close": guess.close,
        "words": words | {"along": along, "up": up, "decimal": said.decimal},
    }
    if isinstance(guess, WidthGuess):
        data |= {
            "columns": _short(guess.columns.tolist()),
            "losses": _short(guess.losses.tolist()),
            "best": say(guess.best, said.decimal),
            "least": _short([guess.least])[0],
        }
    return data


def _short(numbers: list[float]) -> list[float]:
    return [float(f"{number:.5g}") for number in numbers]


def _tidy(step: float) -> float:
    """The nearest number of one digit."""
    return float(f"{step:.0e}")


def told(name: str, language: str) -> str:
    """What the picture shows with its answer."""
    guess, said = find_guess(name), read_words(language)
    along, up = axis_names(guess, said)
    named = columns(guess, said.decimal)

    def at(x: str, height: float) -> str:
        y = say(height, said.decimal, guess.digits)
        return said.guesses["at"].format(along=along, up=up, x=x, y=y)

    if isinstance(guess, WidthGuess):
        answers = [at(say(guess.best, said.decimal), guess.least)]
    else:
        last = len(named) - 1
        chosen = sorted({round(last * part / (TOLD - 1)) for part in range(TOLD)})
        answers = [at(named[place], guess.answer[place].item()) for place in chosen]
    title, answer = said.guesses[f"{name}.title"], said.guesses["answer"]
    return f"{title}; {answer}: {'; '.join(answers)}."


def controls(guess: CurveGuess | WidthGuess, said: Words) -> str:
    slider = ""
    if isinstance(guess, WidthGuess):
        plain = int(guess.columns.log().abs().argmin())  # w = 1, with which the book begins
        slider = (
            f'<label>w <input type="range" min="0" max="{len(guess.columns) - 1}" '
            f'value="{plain}"/> <output></output></label>'
        )
    buttons = (escape(said.guesses[key]) for key in ("show", "skip"))
    return slider + "".join(f'<button type="button">{button}</button>' for button in buttons)


def key(name: str, said: Words) -> str:
    """Which line is which; the guess, which may be missing, last."""
    given = said.guesses.get(f"{name}.given")
    lines = {"given": given} if given else {}
    lines |= {"answer": said.guesses["answer"], "guess": said.guesses["yours"]}
    return "".join(
        f'<span class="nw-guess-of-{line}">{escape(text)}</span>' for line, text in lines.items()
    )


def filled(name: str, language: str) -> str:
    """The element of a guess with all that it is made of."""
    if name not in CHAPTERS:
        raise ExtensionError(
            f'<nw-guess name="{name}">: nwcore.guesses has only {", ".join(CHAPTERS)}'
        )
    guess, said = find_guess(name), read_words(language)
    data = json.dumps(page_data(name, language), ensure_ascii=False, separators=(",", ":"))
    drawn = picture(guess, told(name, language), said.decimal, axis_names(guess, said))
    return (
        f'<nw-guess id="guess-{name}" data-kind="{kind(guess)}" data-guess="{escape(data)}">'
        f"{drawn}"
        f'<p class="nw-guess-key">{key(name, said)}</p>'
        f'<div class="nw-guess-tools">{controls(guess, said)}</div>'
        '<p class="nw-guess-said"></p><div class="nw-spoken" aria-live="polite"></div></nw-guess>'
    )


def fill_guesses(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    body = context.get("body") or ""
    if not PLACE.search(body):
        return
    shared = f"{beside_static(app.config, GUESS)}?v={bundle_version()}"
    source = escape(context["pathto"](f"_static/{shared}", resource=True))
    script = f'<script async="async" src="{source}"></script>\n'
    made = PLACE.sub(lambda match: filled(match[1], app.config.language), body)
    context["body"] = made + script


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", fill_guesses, priority=905)
