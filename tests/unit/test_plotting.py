"""The pictures: what they show, what they say in words, and what kind of file they are."""

import base64
import io
import math
import re
from collections.abc import Callable
from typing import Literal
from xml.etree import ElementTree

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from nbclient import NotebookClient
from PIL import Image

from nwcore import (
    NWKernelRegression,
    attention_pooling,
    attention_weights,
    fit,
    make_regression,
    plotting,
    words,
)
from nwcore.plotting import (
    LossCurve,
    Picture,
    plot_growth,
    plot_loss_over_w,
    plot_regression,
    plot_scaling,
    show_heatmaps,
)

FLOATS = [torch.float32, torch.float64]
N_QUERIES, N_KEYS = 7, 11
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
every_language = pytest.mark.parametrize("language", words.languages())
every_dtype = pytest.mark.parametrize("dtype", FLOATS)

DATA = make_regression(n_train=13, seed=1)
PREDICTED = attention_pooling(DATA.x_test, DATA.x_train, DATA.y_train, 2.0)
QUERIES, KEYS = torch.linspace(0, 3, N_QUERIES), torch.linspace(1, 4, N_KEYS)
WEIGHTS = attention_weights(QUERIES, KEYS, 2.0)


def regression() -> Picture:
    return plot_regression(DATA, PREDICTED, title="w = 2")


def heatmap() -> Picture:
    return show_heatmaps(WEIGHTS, QUERIES, KEYS)


def two_heatmaps() -> Picture:
    other = attention_weights(QUERIES, KEYS, 9.0)
    return show_heatmaps([WEIGHTS, other], QUERIES, KEYS, titles=["w = 2", "w = 9"])


def landscape() -> Picture:
    w = torch.tensor([0.1, 0.5, 2.0, 8.0, 40.0])
    losses = torch.tensor([9.0, 6.0, 3.0, 5.0, 7.0])
    return plot_loss_over_w(w, losses, steps=[(-0.5, 6.0), (3.0, 4.0), (4.0, 4.5)])


def loss_curve() -> Picture:
    curve = LossCurve(epochs=5)
    curve.points = [(0, 8.0), (1, 4.0), (2, 3.0)]
    return curve.picture()


GROWTH = {
    "all pairs": [(50, 3e-5), (1000, 0.012), (10_000, 1.2)],
    "rows": [(50, 1e-4), (1000, 0.02), (10_000, 1.9)],
    "boxes": [(50, 4e-5), (1000, 2e-3), (10_000_000, 2.04)],
}


def growth() -> Picture:
    return plot_growth(GROWTH, "seconds", emphasis="boxes")


NOISES = torch.tensor([0.125, 0.5, 1.0])
LEARNED, THEORY = torch.tensor([11.99, 5.87, 4.19]), torch.tensor([10.19, 5.85, 4.43])


def scaling() -> Picture:
    return plot_scaling("noise", NOISES, LEARNED, (LEARNED - 0.5, LEARNED + 0.25), THEORY)


PICTURES = [regression, heatmap, two_heatmaps, landscape, loss_curve, growth, scaling]
every_picture = pytest.mark.parametrize("draw", PICTURES)


def axes_of(picture: Picture) -> list[Axes]:
    return picture.figure.axes


def parsed(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)


def texts(picture: Picture) -> list[str]:
    return ["".join(element.itertext()) for element in parsed(picture).iter(f"{SVG}text")]


def written(value: float, digits: int, language: str) -> str:
    return f"{value:.{digits}f}".replace(".", words.read_words(language).decimal)


def use(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", language)


# --- the regression picture ---


@every_dtype
def test_regression_shows_truth_prediction_and_points(dtype: torch.dtype) -> None:
    data = make_regression(n_train=13, dtype=dtype)
    predicted = data.x_test / 2
    (axes,) = axes_of(plot_regression(data, predicted))
    truth, prediction = axes.lines
    np.testing.assert_allclose(
        np.asarray(truth.get_xydata()), torch.stack([data.x_test, data.y_test], 1)
    )
    np.testing.assert_allclose(
        np.asarray(prediction.get_xydata()), torch.stack([data.x_test, predicted], 1)
    )
    (points,) = axes.collections
    np.testing.assert_allclose(
        np.asarray(points.get_offsets()), torch.stack([data.x_train, data.y_train], 1)
    )
    assert 0 < float(points.get_alpha() or 0) < 1


def test_regression_limits_are_those_of_the_book() -> None:
    (axes,) = axes_of(regression())
    assert axes.get_xlim() == (0, 5)
    assert axes.get_ylim() == (-1, 5)
    assert axes.get_title() == "w = 2"


def test_curves_differ_in_colour_and_in_dash() -> None:
    truth, prediction = axes_of(regression())[0].lines
    assert truth.get_color() != prediction.get_color()
    assert truth.get_linestyle() != prediction.get_linestyle()


@pytest.mark.parametrize(
    ("language", "legend"), [("en", ["truth", "prediction"]), ("vi", ["hàm thật", "dự đoán"])]
)
def test_legend_speaks_the_language(
    language: str, legend: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(language, monkeypatch)
    for picture, expected in [(regression(), legend), (plot_regression(DATA), legend[:1])]:
        found = axes_of(picture)[0].get_legend()
        assert found is not None
        assert [text.get_text() for text in found.get_texts()] == expected


def test_a_prediction_that_carries_a_gradient_can_be_drawn() -> None:
    model = NWKernelRegression(w=1.0)
    picture = plot_regression(DATA, model(DATA.x_test, DATA.x_train, DATA.y_train))
    assert len(axes_of(picture)[0].lines) == 2


# --- heatmaps ---


@every_dtype
def test_heatmap_has_a_row_a_query_and_a_column_a_key(dtype: torch.dtype) -> None:
    weights = WEIGHTS.to(dtype)
    axes = axes_of(show_heatmaps(weights))[0]
    (image,) = axes.images
    np.testing.assert_allclose(np.asarray(image.get_array()), weights)
    assert tuple(image.get_extent()) == (-0.5, N_KEYS - 0.5, N_QUERIES - 0.5, -0.5)  # row 0 on top
    assert image.get_clim() == (0, float(weights.max()))


def test_the_pixels_of_the_file_are_the_weights() -> None:
    (image,) = [
        element
        for element in parsed(show_heatmaps(WEIGHTS)).iter(f"{SVG}image")
        if element.get("width") == str(N_KEYS)
    ]
    encoded = image.attrib[HREF].removeprefix("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as file:
        pixels = np.asarray(file.convert("RGB"))
    share = WEIGHTS.double().numpy() / float(WEIGHTS.max())
    expected = mpl.colormaps["viridis"](share, bytes=True)[..., :3]
    assert pixels.shape == (N_QUERIES, N_KEYS, 3)
    vertical = re.search(r"matrix\(\S+ \S+ \S+ (\S+)", image.attrib["transform"])
    assert vertical is not None
    if float(vertical[1]) < 0:  # the page draws it upside down
        pixels = pixels[::-1]
    assert np.abs(pixels.astype(int) - expected).max() <= 2  # neighbouring colours differ by that


def test_panels_share_one_colour_scale_and_one_bar() -> None:
    *panels, bar = axes_of(two_heatmaps())
    largest = float(attention_weights(QUERIES, KEYS, 9.0).max())
    assert largest > 1.1 * float(WEIGHTS.max())
    assert [panel.images[0].get_clim() for panel in panels] == [(0, largest)] * 2
    assert [panel.get_title() for panel in panels] == ["w = 2", "w = 9"]
    assert bar.get_ylim() == (0, largest)


@every_language
def test_heatmap_labels_speak_the_language(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(language, monkeypatch)
    said = words.read_words(language).pictures
    expected = said["keys"], said["queries"], said["weight"]
    panel, bar = axes_of(heatmap())
    assert (panel.get_xlabel(), panel.get_ylabel(), bar.get_ylabel()) == expected
    panel, bar = axes_of(show_heatmaps(WEIGHTS, plain=True))
    plain = said["keys_plain"], said["queries_plain"]
    assert (panel.get_xlabel(), panel.get_ylabel()) == plain
    assert bar.get_ylabel() == said["weight"]
    assert not set(plain) & set(expected)


@every_language
def test_ticks_name_the_input_of_their_row_and_column(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(language, monkeypatch)
    panel = axes_of(heatmap())[0]
    for axis, inputs in [(panel.xaxis, KEYS), (panel.yaxis, QUERIES)]:
        labels = [int(text.get_text()) for text in axis.get_ticklabels()]
        first, last = float(inputs[0]), float(inputs[-1])
        assert labels == [whole for whole in range(-9, 99) if first <= whole <= last]
        for place, label in zip(axis.get_ticklocs(), labels, strict=True):
            below, above = math.floor(place), math.ceil(place)
            assert float(inputs[below]) <= label <= float(inputs[above])


@every_language
@pytest.mark.parametrize("largest", [1.0, 0.3, 0.02, 0.005])
def test_every_tick_of_the_colour_bar_says_its_own_weight(
    largest: float, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(language, monkeypatch)
    bar = axes_of(show_heatmaps(torch.full((3, 5), largest)))[-1]
    ticks = [
        (place, text.get_text())
        for place, text in zip(bar.get_yticks(), bar.get_yticklabels(), strict=True)
        if 0 <= place <= largest
    ]
    assert len(ticks) >= 3
    for place, text in ticks:
        plain = text.replace(words.read_words(language).decimal, ".")
        assert float(plain) == pytest.approx(place)


@pytest.mark.parametrize("shape", [(1, 5), (3, 1), (1, 1), (2, 3)])
def test_small_heatmaps_can_be_drawn(shape: tuple[int, int]) -> None:
    picture = show_heatmaps(torch.ones(shape), torch.zeros(shape[0]), torch.zeros(shape[1]))
    assert np.shape(axes_of(picture)[0].images[0].get_array()) == shape
    assert picture.svg


# --- the loss over w ---


def test_panels_side_by_side_are_labelled_at_the_outside() -> None:
    left, right, _ = axes_of(two_heatmaps())
    assert left.get_ylabel()
    assert left.get_xlabel()
    assert right.get_xlabel()
    assert right.get_ylabel() == ""
    assert not right.yaxis.get_tick_params()["labelleft"]


def test_growth_shows_every_line_on_logarithmic_axes() -> None:
    (axes,) = axes_of(growth())
    assert axes.get_xscale() == axes.get_yscale() == "log"
    lines = [np.asarray(line.get_xydata()).tolist() for line in axes.lines]
    assert lines == [[list(map(float, point)) for point in points] for points in GROWTH.values()]
    colours = [line.get_color() for line in axes.lines]
    assert colours.count(plotting.COLOURS["pred"]) == 1
    assert colours[2] == plotting.COLOURS["pred"]


def test_lines_of_growth_are_told_apart_without_colour() -> None:
    lines = {f"way {i}": [(100, 1.0 + i), (1000, 2.0 + i)] for i in range(13)}
    (axes,) = axes_of(plot_growth(lines, "seconds", emphasis="way 4"))
    looks = {(line.get_linestyle(), line.get_marker()) for line in axes.lines}
    assert len(looks) == 13
    assert len({line.get_marker() for line in axes.lines}) == 13
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(lines)
    # The sample of each name looks like its line.
    for line, sample in zip(axes.lines, legend.legend_handles, strict=True):
        assert isinstance(sample, Line2D)
        assert (sample.get_linestyle(), sample.get_marker()) == (
            line.get_linestyle(),
            line.get_marker(),
        )
    lines["one more"] = lines["way 0"]
    with pytest.raises(ValueError, match="lines must be at most 13 to be told apart, got 14"):
        plot_growth(lines, "seconds", emphasis="way 4")


def test_ticks_of_growth_are_powers_of_ten_throughout() -> None:
    (axes,) = axes_of(growth())
    figure = axes.figure
    figure.draw_without_rendering()  # type: ignore[union-attr]
    across = [text.get_text() for text in axes.get_xticklabels()]
    assert across == ["10²", "10³", "10⁴", "10⁵", "10⁶", "10⁷"]
    up = [text.get_text() for text in axes.get_yticklabels()]
    assert "10⁰" in up
    assert all(re.fullmatch("10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", text) for text in up)


def test_growth_can_be_read_on_a_telephone() -> None:
    svg = growth().svg
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', svg)[0])
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ?(?:\w+ )*([\d.]+)px", svg)]
    assert len(sizes) > 10
    assert min(sizes) * 320 / width >= 9, "320 pixels is what a page leaves of 360"


@every_language
@pytest.mark.parametrize(
    ("quantity", "measured"), [("seconds", (2.0, 1, "s")), ("bytes", (512, 0, "MiB"))]
)
def test_growth_words(
    quantity: Literal["seconds", "bytes"],
    measured: tuple[float, int, str],
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(language, monkeypatch)
    scale = 1.0 if quantity == "seconds" else 512 * 2**20 / 2.04
    lines = {name: [(n, scale * y) for n, y in points] for name, points in GROWTH.items()}
    picture = plot_growth(lines, quantity, emphasis="boxes")
    (axes,) = axes_of(picture)
    said = words.read_words(language).pictures
    assert (axes.get_xlabel(), axes.get_ylabel()) == (said["points"], said[quantity])
    value, digits, unit = measured
    assert f"{written(value, digits, language)} {unit}" in picture.alt
    assert "10⁷" in picture.alt
    assert "rows" in picture.alt  # the slowest for its number of points


@pytest.mark.parametrize(
    ("lines", "quantity", "emphasis", "message"),
    [
        ({"a": [(1, 1.0)]}, "seconds", "b", "emphasis must name one of a, got 'b'"),
        ({"a": [(1, 1.0)]}, "hours", "a", 'quantity must be "seconds" or "bytes"'),
        ({"a": []}, "seconds", "a", "must hold positive, finite numbers"),
        ({"a": [(1, 0.0)]}, "seconds", "a", "must hold positive, finite numbers"),
        ({"a": [(1, math.nan)]}, "seconds", "a", "must hold positive, finite numbers"),
    ],
)
def test_bad_input_of_growth(
    lines: dict[str, list[tuple[float, float]]], quantity: str, emphasis: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plot_growth(lines, quantity, emphasis)  # type: ignore[arg-type]


def test_scaling_shows_what_was_learned_its_interval_and_theory() -> None:
    (axes,) = axes_of(scaling())
    assert axes.get_xscale() == axes.get_yscale() == "log"
    theory, learned = axes.lines
    for line, expected in ((theory, THEORY), (learned, LEARNED)):
        torch.testing.assert_close(torch.tensor(line.get_xdata()).float(), NOISES)
        torch.testing.assert_close(torch.tensor(line.get_ydata()).float(), expected)
    assert (learned.get_linestyle(), learned.get_marker()) == ("None", "o")
    (bars,) = axes.collections
    ends = torch.tensor(np.stack(bars.get_segments()))  # type: ignore[attr-defined]  # (3, 2, 2)
    torch.testing.assert_close(ends[:, 0, 1].float(), LEARNED - 0.5)
    torch.testing.assert_close(ends[:, 1, 1].float(), LEARNED + 0.25)
    torch.testing.assert_close(ends[:, :, 0].float(), NOISES[:, None].expand(3, 2))


@every_language
@pytest.mark.parametrize(
    ("quantity", "places", "across"),
    [
        ("n_context", [25.0, 400.0], ["25", "400"]),
        ("noise", [0.125, 0.5], ["0.125", "0.5"]),
        ("roughness", [1.0, 1.5], ["1", "1.5"]),
    ],
)
def test_scaling_words(
    quantity: Literal["n_context", "noise", "roughness"],
    places: list[float],
    across: list[str],
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(language, monkeypatch)
    w, theory = torch.tensor([2.5, 8.0]), torch.tensor([3.25, 7.0])
    picture = plot_scaling(quantity, torch.tensor(places), w, (w - 0.5, w + 1), theory)
    (axes,) = axes_of(picture)
    said = words.read_words(language).pictures
    assert axes.get_xlabel() == said[f"scaling_{quantity}"]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [said["theory"], said["learned"]]
    mark = words.read_words(language).decimal
    across = [text.replace(".", mark) for text in across]
    assert [text.get_text() for text in axes.get_xticklabels()] == across
    # All that is drawn, 2 to 9, and no tick far beyond it.
    assert [text.get_text() for text in axes.get_yticklabels()] == ["2", "3", "5", "7", "10"]
    for number in (*across, *(written(each, 2, language) for each in (2.5, 8.0, 3.25, 7.0))):
        assert number in picture.alt


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": "n"}, "quantity must be"),
        ({"places": NOISES.flip(0)}, "places must ascend"),
        ({"places": torch.tensor([0.125, 0.125, 1.0])}, "places must ascend"),
        ({"w": torch.tensor([11.99, 0.0, 4.19])}, "w must be positive everywhere, got 0"),
        ({"theory": -THEORY}, "theory must be positive everywhere"),
        ({"theory": THEORY[:2]}, "theory"),
        ({"interval": (LEARNED, LEARNED * math.nan)}, r"interval\[1\]"),
        ({"interval": (LEARNED[None], LEARNED)}, r"interval\[0\]"),
    ],
)
def test_bad_input_of_scaling(change: dict[str, object], message: str) -> None:
    given = {
        "quantity": "noise",
        "places": NOISES,
        "w": LEARNED,
        "interval": (LEARNED, LEARNED),
        "theory": THEORY,
    }
    with pytest.raises(ValueError, match=message):
        plot_scaling(**{**given, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [(50, "50"), (1000, "1000"), (1e4, "10⁴"), (30_000, "3·10⁴"), (1e-5, "10⁻⁵"), (0.01, "0.01")],
)
def test_numbers_of_points_in_words(value: float, text: str) -> None:
    assert plotting._power_of_ten(value) == text


def test_landscape_shows_the_curve_its_minimum_and_the_steps_at_absolute_w() -> None:
    (axes,) = axes_of(landscape())
    curve, minimum, steps = (np.asarray(line.get_xydata()).tolist() for line in axes.lines)
    assert axes.get_xscale() == "log"
    assert np.allclose(curve, [[0.1, 9], [0.5, 6], [2, 3], [8, 5], [40, 7]])
    assert minimum == [[2, 3]]
    assert steps == [[0.5, 6], [3, 4], [4, 4.5]]
    assert axes.get_ylim()[0] == 0
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "0.1",
        "0.3",
        "1",
        "3",
        "10",
        "30",
    ]


@every_language
def test_landscape_words(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(language, monkeypatch)
    picture = landscape()
    (axes,) = axes_of(picture)
    legend = axes.get_legend()
    assert legend is not None
    said = words.read_words(language).pictures
    expected = said["w"], said["loss"], [said["minimum"], said["steps"]]
    labels = [text.get_text() for text in legend.get_texts()]
    assert (axes.get_xlabel(), axes.get_ylabel(), labels) == expected
    for value in (2.0, 0.5, 4.0):
        assert written(value, 2, language) in picture.alt
    assert " 2 " in picture.alt


# --- text alternatives ---


@every_language
def test_text_alternatives_say_what_is_shown(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(language, monkeypatch)
    error = float((PREDICTED - DATA.y_test).square().mean().sqrt())
    largest = float(attention_weights(QUERIES, KEYS, 9.0).max())
    expected = [
        (regression(), ["13", written(error, 3, language)]),
        (two_heatmaps(), ["7 ", "11 ", "(w = 2, w = 9)", written(largest, 3, language)]),
        (loss_curve(), ["0", "2", written(8, 2, language), written(3, 2, language)]),
    ]
    for picture, parts in expected:
        assert all(part in picture.alt for part in parts), picture.alt
        assert "{" not in picture.alt


@pytest.mark.parametrize("draw", [lambda: plot_regression(DATA), lambda: show_heatmaps(WEIGHTS)])
def test_text_alternative_leaves_out_what_is_not_there(draw: Callable[[], Picture]) -> None:
    alt = draw().alt
    assert "prediction" not in alt
    assert "()" not in alt


@pytest.mark.parametrize(
    ("language", "falling"), [("en", ["down", "fall"]), ("vi", ["giảm", "xuống"])]
)
def test_text_alternative_does_not_say_that_a_rising_loss_falls(
    language: str, falling: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(language, monkeypatch)
    curve = LossCurve(epochs=1)
    curve.points = [(0, 3.0), (1, 8.0)]
    alt = curve.picture().alt
    assert alt.index(written(3, 2, language)) < alt.index(written(8, 2, language))
    assert not any(word in alt for word in falling)


# --- the file ---


@every_picture
def test_svg_is_well_formed_and_carries_its_text_alternative(draw: Callable[[], Picture]) -> None:
    picture = draw()
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"image/svg+xml", "text/plain"}
    assert bundle["text/plain"] == picture.alt
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == picture.alt


@pytest.mark.parametrize("title", ["a < b & \"c\" > 'd'", "w = 3.14159", "độ rộng ½", "x{y}"])
def test_any_title_arrives_as_it_is(title: str) -> None:
    assert title in texts(plot_regression(DATA, title=title))
    picture = show_heatmaps(WEIGHTS, titles=[title])
    assert title in texts(picture)
    assert title in str(parsed(picture).get("aria-label"))


@every_picture
def test_svg_holds_nothing_that_would_reach_the_page_around_it(draw: Callable[[], Picture]) -> None:
    tags = {element.tag.removeprefix(SVG) for element in parsed(draw()).iter()}
    assert tags.isdisjoint({"style", "script", "metadata", "foreignObject", "title"})
    assert {"svg", "path", "text"} <= tags


@every_picture
def test_every_colour_is_a_variable_of_the_page_with_a_fallback(
    draw: Callable[[], Picture],
) -> None:
    inked = 0
    for element in parsed(draw()).iter():
        for name, value in element.attrib.items():
            if name in ("style", "fill", "stroke"):
                bare = re.sub(r"var\(--nw-[a-z]+, #[0-9a-f]{6}\)", "", value)
                assert not re.search(r"(?<!url\()#[0-9a-fA-F]{3,8}\b", bare), value
                inked += bare != value
            if name in ("fill", "stroke"):  # var() is not allowed in a presentation attribute
                assert "var(" not in value
    assert inked > 5


@every_picture
def test_text_never_falls_back_to_black(draw: Callable[[], Picture]) -> None:
    for element in parsed(draw()).iter(f"{SVG}text"):
        found = re.search(r"fill: var\(--nw-(ink|pred)", element.attrib["style"])
        assert found, "".join(element.itertext())


def test_roles_are_known_apart() -> None:
    assert len(set(plotting.COLOURS.values())) == len(plotting.COLOURS)


@every_picture
def test_the_same_picture_is_the_same_file(draw: Callable[[], Picture]) -> None:
    assert draw().svg == draw().svg


@every_picture
def test_reading_a_picture_twice_gives_the_same_file(draw: Callable[[], Picture]) -> None:
    picture = draw()
    first = picture.svg
    assert picture.svg == first


@pytest.mark.parametrize("draw", [*PICTURES, lambda: show_heatmaps([WEIGHTS, WEIGHTS])])
def test_names_inside_a_file_are_unique_and_lead_somewhere(draw: Callable[[], Picture]) -> None:
    root = parsed(draw())
    names = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(names) == len(set(names))
    used = re.findall(r"url\(#([^)]+)\)", ElementTree.tostring(root, encoding="unicode"))
    used += [e.attrib[HREF].removeprefix("#") for e in root.iter(f"{SVG}use")]
    assert used
    assert set(used) <= set(names)


def test_pictures_on_one_page_share_a_name_only_for_the_same_thing() -> None:
    named: dict[str, str] = {}
    for draw in (*PICTURES, lambda: show_heatmaps(WEIGHTS)):
        for element in parsed(draw()).iter():
            name = element.attrib.get("id")
            if name is None:
                continue
            content = ElementTree.tostring(element, encoding="unicode").strip()
            assert named.setdefault(name, content) == content, name


def test_a_difference_that_cannot_be_seen_changes_nothing() -> None:
    """Processors round the last bits differently; the stored picture holds on all of them."""
    grid = torch.logspace(-1, 2, 301, dtype=torch.float64)
    losses = 20 + 40 / (1 + grid**2) + torch.log(grid) ** 2
    names = set()
    for tremble in (0.0, 1e-13, -3e-13):
        trembling = losses * (1 + tremble)
        picture = plot_loss_over_w(grid, trembling, steps=[(0.5, 50.3), (12.1, 26.7)])
        names.add(picture.svg)
    assert len(names) == 1


def test_drawing_leaves_matplotlib_s_settings_alone() -> None:
    before = dict(mpl.rcParams)
    assert heatmap().svg
    assert dict(mpl.rcParams) == before


# --- the live loss curve ---


def test_loss_curve_is_displayed_once_and_then_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, Picture]] = []

    class Recorder:
        """Stands in for the notebook's display."""

        def display(self, picture: Picture) -> None:
            shown.append(("display", picture))

        def update(self, picture: Picture) -> None:
            shown.append(("update", picture))

    monkeypatch.setattr(plotting, "DisplayHandle", Recorder)
    curve = LossCurve(epochs=3)
    history = fit(NWKernelRegression(w=0.5), DATA.x_train, DATA.y_train, epochs=3, on_epoch=curve)
    assert [how for how, _ in shown] == ["display", "update", "update", "update"]
    assert curve.points == list(enumerate(history.losses))
    for drawn, (_, picture) in enumerate(shown, start=1):
        (line,) = axes_of(picture)[0].lines
        assert np.asarray(line.get_xydata()).tolist() == [
            list(point) for point in curve.points[:drawn]
        ]


def test_loss_curve_axes_are_wide_enough_from_the_start() -> None:
    curve = LossCurve(epochs=5)
    curve.points = [(0, 8.0), (1, 10.0)]
    (axes,) = axes_of(curve.picture())
    assert axes.get_xlim() == (0, 5)
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] >= 10
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
    assert axes.get_xlabel() == "epoch"


@pytest.fixture(scope="module")
def outputs() -> list[list[nbformat.NotebookNode]]:
    """What a real kernel stores under each of two cells: a training run, and the sliders."""
    cells = [
        "import nwcore\n"
        "from nwcore.plotting import LossCurve\n"
        "data = nwcore.make_regression(n_train=13, seed=1)\n"
        "curve = LossCurve(epochs=2)\n"
        "model = nwcore.NWKernelRegression(w=0.5)\n"
        "history = nwcore.fit(model, data.x_train, data.y_train, epochs=2, on_epoch=curve)",
        "from nwcore.explorers import AttentionExplorer\nAttentionExplorer(n_train=13)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


def test_training_leaves_one_picture_the_last_in_the_notebook(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    (output,) = outputs[0]
    assert output.output_type == "display_data"
    curve = LossCurve(epochs=2)
    model = NWKernelRegression(w=0.5)
    history = fit(model, DATA.x_train, DATA.y_train, epochs=2)
    curve.points = list(enumerate(history.losses))
    assert output.data["text/plain"] == curve.picture().alt
    assert output.data["image/svg+xml"] == curve.picture().svg


def test_sliders_leave_a_widget_and_a_picture_in_the_notebook(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    (output,) = outputs[1]
    assert "application/vnd.jupyter.widget-view+json" in output.data
    root = ElementTree.fromstring(output.data["image/svg+xml"])
    assert root.get("aria-label") == output.data["text/plain"]
