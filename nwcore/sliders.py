"""Sliders that redraw the curve and the attention heatmap together; they need a running kernel."""

import math
from collections.abc import Sequence

import ipywidgets as widgets
import matplotlib as mpl
import torch
from matplotlib.figure import Figure

from nwcore._checks import check_integer, check_number
from nwcore.data import make_regression
from nwcore.plotting import (
    STYLE,
    Picture,
    draw_colour_bar,
    draw_heatmap,
    draw_regression,
    heatmap_alt,
    regression_alt,
)
from nwcore.pooling import attention_weights
from nwcore.words import word

CONTROLS = ("w", "noise", "n_train")
W_RANGE = (0.1, 30.0)
NOISE_RANGE = (0.0, 2.0)
N_TRAIN_RANGE = (2, 200)
# Kernels that reach every key, however few keys there are.
KERNELS = ("gaussian", "constant")


class AttentionSliders:
    """Sliders for `w`, the noise and `n_train` over one picture of curve and heatmap.

    Parameters
    ----------
    w : float
        Inverse width at the start, 0.1 to 30.
    noise : float
        Standard deviation of the noise at the start, 0 to 2.
    n_train : int
        Number of training pairs at the start, 2 to 200.
    seed : int
        Seed of the data, as for `make_regression`.
    kernel : str
        "gaussian" or "constant"; a compact kernel may reach no key when the sliders move.
    controls : sequence of str
        Which of "w", "noise" and "n_train" get a slider; the others keep their start value.

    Raises
    ------
    TypeError, ValueError
        If a start value is not a number in the range of its slider, or a name is unknown.

    Attributes
    ----------
    sliders : dict of str to ipywidgets slider
        All three, shown or not; set `.value` from Python to move the picture.
    picture : Picture
        What is on screen now.
    """

    def __init__(
        self,
        w: float = 1.0,
        noise: float = 0.5,
        n_train: int = 50,
        seed: int = 0,
        kernel: str = "gaussian",
        controls: Sequence[str] = CONTROLS,
    ) -> None:
        unknown = sorted(set(controls) - set(CONTROLS))
        if unknown:
            raise ValueError(f"controls must be among {', '.join(CONTROLS)}, got {unknown}")
        if kernel not in KERNELS:
            raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {kernel!r}")
        self.seed = seed
        self.kernel = kernel
        self.sliders: dict[str, widgets.Widget] = {
            "w": widgets.FloatLogSlider(
                value=check_number("w", w, low=W_RANGE[0], high=W_RANGE[1]),
                base=10,
                min=math.log10(W_RANGE[0]),
                max=math.log10(W_RANGE[1]),
                step=0.05,
                description="w",
                readout_format=".2f",
            ),
            "noise": widgets.FloatSlider(
                value=check_number("noise", noise, low=NOISE_RANGE[0], high=NOISE_RANGE[1]),
                min=NOISE_RANGE[0],
                max=NOISE_RANGE[1],
                step=0.1,
                description=word("noise"),
            ),
            "n_train": widgets.IntSlider(
                value=check_integer(
                    "n_train", n_train, low=N_TRAIN_RANGE[0], high=N_TRAIN_RANGE[1]
                ),
                min=N_TRAIN_RANGE[0],
                max=N_TRAIN_RANGE[1],
                description=word("n_train"),
            ),
        }
        self.picture = self._draw()
        self._screen = widgets.HTML(value=self.picture.svg)
        for slider in self.sliders.values():
            slider.observe(self._redraw, names="value")
        shown = [self.sliders[name] for name in CONTROLS if name in controls]
        self.box = widgets.VBox([*shown, self._screen])

    def _draw(self) -> Picture:
        w, noise, n_train = (self.sliders[name].value for name in CONTROLS)
        data = make_regression(n_train, noise, self.seed, dtype=torch.float64)
        weights = attention_weights(data.x_test, data.x_train, w, self.kernel)  # (50, n_train)
        predicted = weights @ data.y_train
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 3.6))
            curve, heatmap = figure.subplots(1, 2)
            draw_regression(curve, data, predicted)
            largest = float(weights.max())
            draw_heatmap(heatmap, weights, data.x_test, data.x_train, largest)
            draw_colour_bar(figure, [heatmap], largest)
        alt = f"{regression_alt(data, predicted)} {heatmap_alt(weights, largest)}"
        return Picture(figure, alt)

    def _redraw(self, change: object) -> None:
        self.picture = self._draw()
        self._screen.value = self.picture.svg

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, object]:
        # A reader with a kernel gets the sliders; a page without one shows the first picture.
        live = self.box._repr_mimebundle_(**kwargs)
        return {**live, **self.picture._repr_mimebundle_()}
