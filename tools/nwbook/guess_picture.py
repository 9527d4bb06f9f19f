"""The picture of a guess: axes, data and the answer, as an SVG coloured by the style sheet."""

import math
from collections.abc import Sequence
from html import escape

import torch
from torch import Tensor

from nwcore.guesses import CurveGuess, WidthGuess

WIDTH, HEIGHT = 360, 232
LEFT, RIGHT, TOP, BOTTOM = 42, 350, 22, 196
MOST_TICKS = 7


def say(value: float, decimal: str, digits: int | None = None) -> str:
    """A number with the language's decimal mark: three digits that count, or so many decimals."""
    text = f"{float(f'{value:.3g}'):g}" if digits is None else f"{value:z.{digits}f}"
    return text.replace("-", "−").replace(".", decimal)


def across(guess: CurveGuess | WidthGuess, places: Tensor) -> list[float]:
    """Where places (m,) along the axis lie in the picture."""
    first, last = guess.columns[0], guess.columns[-1]
    if guess.logarithmic:
        places, first, last = places.log(), first.log(), last.log()
    share = (places - first) / (last - first)
    return [round(x, 1) for x in (LEFT + share * (RIGHT - LEFT)).tolist()]


def upward(guess: CurveGuess | WidthGuess, heights: Tensor) -> list[float]:
    """Where heights (m,) lie in the picture."""
    low, high = guess.limits
    share = (heights - low) / (high - low)
    return [round(y, 1) for y in (BOTTOM + share * (TOP - BOTTOM)).tolist()]


def places_of(guess: CurveGuess | WidthGuess, points: Tensor) -> list[tuple[float, float]]:
    """Where points (m, 2) lie in the picture."""
    return list(zip(across(guess, points[:, 0]), upward(guess, points[:, 1]), strict=True))


def path(guess: CurveGuess | WidthGuess, points: Tensor, name: str) -> str:
    d = "L".join(f"{x:g} {y:g}" for x, y in places_of(guess, points))
    return f'<path class="nw-guess-{name}" d="M{d}"/>'


def ticks(low: float, high: float) -> list[float]:
    """A few round numbers from `low` to `high`, evenly spaced."""
    size = 10.0 ** math.floor(math.log10(high - low))
    steps = (size * part for part in (0.1, 0.2, 0.5, 1, 2))
    step = next(each for each in steps if (high - low) / each <= MOST_TICKS)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(step * i, 10) for i in range(first, last + 1)]


def decades(first: float, last: float) -> list[float]:
    """Tenfold steps from `first` to `last`."""
    return [first * 10.0**i for i in range(round(math.log10(last / first)) + 1)]


def axes(guess: CurveGuess | WidthGuess, decimal: str, along: str, up: str) -> str:
    first, last = guess.columns[0].item(), guess.columns[-1].item()
    beside = ticks(*guess.limits)
    below = decades(first, last) if guess.logarithmic else ticks(first, last)
    xs = across(guess, torch.tensor(below, dtype=torch.float64))
    ys = upward(guess, torch.tensor(beside, dtype=torch.float64))
    marks = "".join(f"M{x:g} {BOTTOM}v4" for x in xs) + "".join(f"M{LEFT} {y:g}h-4" for y in ys)
    along_x, beside_y = zip(xs, below, strict=True), zip(ys, beside, strict=True)
    texts: list[tuple[float, float, str, str]]
    texts = [(x, BOTTOM + 17, "middle", say(value, decimal)) for x, value in along_x]
    texts += [(LEFT - 7, y + 4, "end", say(value, decimal)) for y, value in beside_y]
    texts += [(LEFT - 4, 12, "start", up), ((LEFT + RIGHT) / 2, HEIGHT - 4, "middle", along)]
    written = "".join(
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
        for x, y, anchor, text in texts
    )
    frame = f"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"
    return f'<path class="nw-guess-axis" d="{frame}{marks}"/>{written}'


def picture(guess: CurveGuess | WidthGuess, label: str, decimal: str, names: Sequence[str]) -> str:
    """The whole picture; `label` says what it shows with its answer, `names` are of its axes."""
    along, up = names
    parts = [axes(guess, decimal, along, up)]
    if isinstance(guess, CurveGuess):
        parts += [
            f'<circle class="nw-guess-point" cx="{x:g}" cy="{y:g}" r="3"/>'
            for x, y in places_of(guess, guess.points)
        ]
        if guess.given is not None:
            parts.append(path(guess, guess.given, "given"))
        parts.append(path(guess, guess.curve, "answer"))
    else:
        lowest = torch.tensor([[guess.best, guess.least]], dtype=torch.float64)
        ((x, y),) = places_of(guess, lowest)
        mark = f'<circle class="nw-guess-answer" cx="{x:g}" cy="{y:g}" r="6"/>'
        parts += [path(guess, guess.curve, "answer"), mark]
    parts += ['<path class="nw-guess-drawn"/>', '<circle class="nw-guess-cursor" r="6"/>']
    return (
        f'<svg class="nw-guess-plot" viewBox="0 0 {WIDTH} {HEIGHT}" data-width="{WIDTH}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
