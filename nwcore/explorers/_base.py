"""What every explorer shares: its browser module, its checked traits, its controls, its picture."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets as widgets
import traitlets

from nwcore._checks import check_integer, check_number
from nwcore.explorers._below import Buttons, Part
from nwcore.explorers._goals import goals_of
from nwcore.explorers._tours import tour_of
from nwcore.plotting import Picture
from nwcore.words import explorer_words

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"

# Finer than a screen: ipywidgets rounds to the step whatever a program sets, so the step must not
# show. The page rounds what a pointer sets.
_FINE = 1e-9


def browser_module(name: str) -> str:
    """The JavaScript of an explorer's view with all that it imports: anywidget loads one text.

    Under the name "aside": what all views bring only when it is asked for.

    Raises
    ------
    FileNotFoundError
        If it was not bundled yet.
    """
    file = _STATIC / f"{name}.js"
    if not file.is_file():
        raise FileNotFoundError(
            f"{file} is not there: it is bundled from {name}.js beside this package's explorers. "
            "In a clone of the repository run `python tools/bundle_explorers.py` (or `make book`)."
        )
    return file.read_text(encoding="utf-8")


class Number(traitlets.Float[float, Any]):
    """A finite number in a closed range; anything else is a `TraitError` that names the range."""

    def __init__(self, default: float, low: float, high: float) -> None:
        self.low, self.high = low, high
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        try:
            return check_number(str(self.name), value, low=self.low, high=self.high)
        except (TypeError, ValueError) as wrong:
            raise traitlets.TraitError(f"{wrong} ({_range_of(self)})") from None


class Whole(traitlets.Int[int, Any]):
    """An integer in a closed range; anything else is a `TraitError` that names the range."""

    def __init__(self, default: int, low: int, high: int) -> None:
        self.low, self.high = low, high
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        try:
            return check_integer(str(self.name), value, low=self.low, high=self.high)
        except (TypeError, ValueError) as wrong:
            raise traitlets.TraitError(f"{wrong} ({_range_of(self)})") from None


def in_step(*names: str) -> tuple[traitlets.ObserveHandler, traitlets.ObserveHandler]:
    """Observers that keep traits of named choices and of their places, NAME_index, in step."""

    def name_chosen(explorer: Any, change: Any) -> None:
        places = explorer.traits()[change.name].values
        setattr(explorer, f"{change.name}_index", places.index(change.new))

    def index_chosen(explorer: Any, change: Any) -> None:
        name = change.name.removesuffix("_index")
        setattr(explorer, name, explorer.traits()[name].values[change.new])

    indices = [f"{name}_index" for name in names]
    return traitlets.observe(*names)(name_chosen), traitlets.observe(*indices)(index_chosen)


def _range_of(trait: Number | Whole) -> str:
    return f"allowed: {trait.low:.15g} to {trait.high:.15g}"


def _chosen(
    available: dict[str, widgets.Widget], names: Sequence[str] | None
) -> dict[str, widgets.Widget]:
    unknown = sorted(set(names or ()) - set(available))
    if unknown:
        raise ValueError(f"controls must be among {', '.join(available)}, got {', '.join(unknown)}")
    return {key: control for key, control in available.items() if names is None or key in names}


EXPLORERS: "dict[str, type[Explorer]]" = {}
"""Every explorer by its name."""


class Explorer(anywidget.AnyWidget):
    """A canvas that computes in the browser, with ipywidgets controls linked to it there.

    Shown in a notebook it brings its controls along. With a running kernel every trait is in step
    with the screen, both ways; a page without one shows the same, and just as live.

    Attributes
    ----------
    canvas_heights : tuple of int
        How high the view makes its canvas, in CSS pixels: in a column of 600 pixels or more, and in
        a narrower one. Each explorer with a name says it.
    name : str
        What the page's address calls this explorer; two on one page need different names.
    goals : list
        What a reader may try to make it show: name, sentence, limits, controls of each.
    reached : list of str
        The goals that were reached while a kernel is running. A page without one keeps them in the
        browser.
    tour : dict
        The steps of its guided tour, if its controls are those that the tour shows.
    controls : dict of str to ipywidgets widget
        The control of each trait that has one.
    box : ipywidgets.VBox
        Controls and canvas, to be placed in a layout of your own.
    """

    canvas_heights: ClassVar[tuple[int, int]]
    # The bundle of its view, where it is not called as the explorer is.
    bundle: ClassVar[str | None] = None
    # The controls that stay in sight over the picture on a narrow screen.
    steady: ClassVar[tuple[str, ...]] = ()

    _css = _FOLDER / "explorers.css"

    _esm = traitlets.Unicode().tag(sync=True)
    _aside = traitlets.Unicode().tag(sync=True)  # the script of what is seldom asked for
    name = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    goals: Any = traitlets.List().tag(sync=True)
    reached = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tour = traitlets.Dict().tag(sync=True)
    ranges = traitlets.Dict().tag(sync=True)
    exact = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Register what has a name; classes without one are what explorers have in common."""
        super().__init_subclass__(**options)
        name = cls.__dict__.get("name")
        if name is None:
            return
        if name.default_value in EXPLORERS:
            taken = EXPLORERS[name.default_value].__name__
            raise TypeError(f"{cls.__name__} and {taken} have one name, {name.default_value!r}")
        if not hasattr(cls, "canvas_heights"):
            raise TypeError(
                f"{cls.__name__} must say how high its canvas is: canvas_heights = "
                "(in a wide column, in one of less than 600 pixels)"
            )
        EXPLORERS[name.default_value] = cls

    def __init__(self, controls: Sequence[str] | None = None, **traits: Any) -> None:
        unknown = sorted(set(traits) - set(self.trait_names()))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {', '.join(unknown)}")
        super().__init__(**traits)
        self.words = explorer_words()
        kind = self.traits()["name"].default_value
        self._word(kind)  # its title
        self.ranges = {
            key: [trait.low, trait.high]
            for key, trait in self.traits().items()
            if isinstance(trait, Number | Whole)
        }
        self._remember()
        self.controls = _chosen(self._make_controls(), controls)
        self.goals = goals_of(kind, self.controls)
        self.tour = tour_of(self, kind, self._pictured(), self.controls)
        # Kept, because a link lasts only as long as somebody holds it.
        self._links = []
        for key, control in self.controls.items():
            chosen = isinstance(control, widgets.Dropdown | widgets.ToggleButtons)
            ends = (control, "index"), (self, f"{key}_index")
            self._links.append(
                widgets.jslink(*ends if chosen else ((control, "value"), (self, key)))
            )
            control.add_class(f"nw-control-{key.replace('_', '-')}")
        steady = [self.controls[key] for key in self.steady if key in self.controls]
        for control in steady:
            control.add_class("nw-steady")
            if len(steady) == 1:
                control.add_class("nw-row")
        panel = widgets.Box(list(self.controls.values()))
        panel.add_class("nw-controls")
        self.box = widgets.VBox([panel, self])
        self.box.add_class("nw-box")

    @traitlets.default("_esm")
    def _read_module(self) -> str:
        # Anew for each explorer: what was bundled meanwhile shows when a cell is run again.
        return browser_module(self.bundle or self.traits()["name"].default_value)

    @traitlets.default("_aside")
    def _read_aside(self) -> str:
        return browser_module("aside")

    def _make_controls(self) -> dict[str, widgets.Widget]:
        raise NotImplementedError

    @classmethod
    def _above(cls, state: Mapping[str, Any]) -> list[Part]:
        """What the view puts over the canvas, as `_below` says what stands under it."""
        return []

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        """What the view puts under the canvas, in its order.

        Parameters
        ----------
        state : mapping of str to value
            The traits, as a page has them; `state["words"]` holds the words of its language.
        """
        return [Buttons(("start_over",))]

    def static_fallback(self) -> Picture:
        """Draw the present state as a picture that needs no browser.

        Its text alternative begins as the view's own description does, in the same state.
        """
        raise NotImplementedError

    def _pictured(self) -> set[str]:
        """The traits that its picture shows, which an address or a tour sets."""
        own = self.traits(sync=True).keys() - Explorer.class_traits().keys() - {"sweeps"}
        return {key for key in own if not key.startswith("_")}  # those are anywidget's

    def _remember(self) -> None:
        """Tell the page the numbers themselves: a slider hands them on rounded to its own step."""
        self.exact = {key: getattr(self, key) for key in self.ranges}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        self._remember()
        # A link begins by handing the control's value to the trait.
        for key, control in self.controls.items():
            control.value = getattr(self, key)
        live = self.box._repr_mimebundle_(**kwargs)
        return {**live, **self.static_fallback()._repr_mimebundle_()}, {}

    def _word(self, key: str) -> str:
        """What the explorer or a control is called; `KeyError` says what to add, and where."""
        if key not in self.words:
            raise KeyError(
                f"{type(self).__name__} needs the word {key!r}: add it to the words of explorers "
                "in every file of nwcore/locale"
            )
        return str(self.words[key])

    def _slider(self, key: str, *, log: bool = False) -> widgets.Widget:
        low, high = self.ranges[key]
        value = getattr(self, key)
        look = {"value": value, "description": self._word(key), "readout": False}
        if log:
            exponents = {"min": math.log10(low), "max": math.log10(high)}
            return widgets.FloatLogSlider(base=10, step=_FINE, **exponents, **look)
        if isinstance(value, int):
            return widgets.IntSlider(min=low, max=high, **look)
        return widgets.FloatSlider(min=low, max=high, step=_FINE, **look)

    def _number_box(self, key: str) -> widgets.Widget:
        low, high = self.ranges[key]
        value = getattr(self, key)
        return widgets.BoundedIntText(value=value, min=low, max=high, description=self._word(key))

    def _switch(self, key: str) -> widgets.Widget:
        return widgets.Checkbox(value=getattr(self, key), description=self._word(key), indent=False)

    def _choice(self, kind: type[widgets.Widget], key: str) -> widgets.Widget:
        names = self.traits()[key].values
        options = [(self._word(f"{key}_{name}"), name) for name in names]
        return kind(options=options, value=getattr(self, key), description=self._word(key))
