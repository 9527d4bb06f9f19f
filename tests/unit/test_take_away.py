"""What is taken away of an explorer: SVG as the pen draws it, numbers as nwcore computes them."""

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from node import EXPLORERS_FOLDER, JAVASCRIPT, Node, node

from nwcore import leave_one_out_loss
from nwcore.explorers import (
    EXPLORERS,
    AttentionExplorer,
    BiasVarianceExplorer,
    ContextExplorer,
    KernelExplorer,
    MetricExplorer,
    TrainingExplorer,
)
from nwcore.explorers.attention import SHOWN_KERNELS

BOOK_STYLE = Path(__file__).resolve().parents[2] / "assets" / "book.css"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    names = ("drawing/svg", "drawing/pen", "aside/csv", "aside/name")
    with node(*(JAVASCRIPT / f"{name}.js" for name in names)) as running:
        yield running


def drawn(js: Node, body: str) -> ElementTree.Element:
    """What a context of 100 by 50 pixels has written."""
    text = js(
        f"""
        const c = new E.SvgContext((text, font) => 7 * text.length, () => "data:x");
        {body}
        return c.written(100, 50, given.title);
        """,
        title='say "hi" & <go>',
    )
    return ElementTree.fromstring(text)


# The context of SVG -------------------------------------------------------------------------------


def test_a_picture_has_its_size_and_says_what_it_shows(js: Node) -> None:
    root = drawn(js, "")
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height")) == ("100", "50")
    assert root.get("viewBox") == "0 0 100 50"
    assert [(child.tag, child.text) for child in root] == [(f"{SVG}title", 'say "hi" & <go>')]


def test_text_stands_where_a_canvas_would_put_it(js: Node) -> None:
    root = drawn(
        js,
        """
        c.font = "600 12px Some, \\"A B\\"";
        c.textAlign = "right";
        c.textBaseline = "top";
        c.fillStyle = "#ff0000";
        c.fillText("a < b & c", 5, 6);
        c.textBaseline = "middle";
        c.strokeText("x", 5, 6);
        """,
    )
    first, second = root.findall(f"{SVG}text")
    assert first.text == "a < b & c"
    assert first.attrib == {
        "x": "5",
        "y": "15.6",
        "font-size": "12",
        "font-family": 'Some, "A B"',
        "font-weight": "600",
        "text-anchor": "end",
        "fill": "#ff0000",
    }
    assert (second.get("y"), second.get("fill"), second.get("stroke")) == (
        "10.2",
        "none",
        "#000000",
    )


def test_lines_have_dashes_until_they_are_taken_back(js: Node) -> None:
    root = drawn(
        js,
        """
        c.setLineDash([7, 4]);
        c.lineWidth = 2.2;
        c.lineJoin = "round";
        c.beginPath();
        c.moveTo(0, 0.123456);
        c.lineTo(5, 5);
        c.quadraticCurveTo(6, 7, 8, 9.999);
        c.stroke();
        c.setLineDash([]);
        c.strokeRect(1, 2, 3, 4);
        """,
    )
    curve, rectangle = root.findall(f"{SVG}path")
    assert curve.attrib == {
        "d": "M0 0.12L5 5Q6 7 8 10",
        "fill": "none",
        "stroke": "#000000",
        "stroke-width": "2.2",
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
        "stroke-dasharray": "7 4",
    }
    assert rectangle.get("d") == "M1 2h3v4h-3z"
    assert rectangle.get("stroke-dasharray") is None


def test_circles_and_ellipses_are_whole(js: Node) -> None:
    root = drawn(
        js,
        """
        c.globalAlpha = 0.5;
        c.beginPath();
        c.arc(10, 20, 3, 0, 7);
        c.fill();
        c.globalAlpha = 1;
        c.beginPath();
        c.ellipse(10, 20, 5, 2, 0, 0, 7);
        c.stroke();
        """,
    )
    circle, ellipse = root.findall(f"{SVG}path")
    assert circle.get("d") == "M7 20A3 3 0 1 1 13 20A3 3 0 1 1 7 20"
    assert (circle.get("opacity"), ellipse.get("opacity")) == ("0.5", None)
    assert ellipse.get("d") == "M5 20A5 2 0 1 1 15 20A5 2 0 1 1 5 20"


def test_a_clip_stays_where_it_was_made_and_ends_with_its_state(js: Node) -> None:
    """What is moved within it does not move it; one within another shows what both let through."""
    root = drawn(
        js,
        """
        c.save();
        c.beginPath();
        c.rect(1, 2, 30, 40);
        c.clip();
        c.fillRect(0, 0, 1, 1);
        c.save();
        c.translate(5, 6);
        c.rotate(Math.PI / 2);
        c.fillRect(0, 0, 2, 2);
        c.beginPath();
        c.rect(0, 0, 9, 9);
        c.clip();
        c.fillRect(0, 0, 3, 3);
        c.restore();
        c.fillRect(0, 0, 4, 4);
        c.restore();
        c.fillRect(0, 0, 5, 5);
        """,
    )
    outer, inner = root.findall(f"{SVG}defs/{SVG}clipPath")
    assert outer.attrib == {"id": "clip0"}
    assert outer[0].attrib == {"d": "M1 2h30v40h-30z"}
    assert inner.attrib == {"id": "clip1", "clip-path": "url(#clip0)"}
    assert inner[0].attrib == {"d": "M0 0h9v9h-9z", "transform": "translate(5 6)rotate(90)"}
    groups = root.findall(f"{SVG}g")
    assert [group.get("clip-path") for group in groups] == [
        "url(#clip0)",
        "url(#clip1)",
        "url(#clip0)",
    ]
    sizes = [[path.get("d", "")[5] for path in group] for group in groups]
    assert sizes == [["1", "2"], ["3"], ["4"]]
    moved = [path.get("transform") for group in groups for path in group]
    assert moved == [None, *2 * ["translate(5 6)rotate(90)"], None]
    assert [path.get("d") for path in root.findall(f"{SVG}path")] == ["M0 0h5v5h-5z"]


def test_a_group_that_is_open_at_the_end_is_closed(js: Node) -> None:
    root = drawn(js, "c.rect(0, 0, 9, 9); c.clip(); c.fillRect(0, 0, 1, 1);")
    assert len(root.findall(f"{SVG}g/{SVG}path")) == 1


def test_what_was_saved_comes_back(js: Node) -> None:
    root = drawn(
        js,
        """
        c.save();
        c.setLineDash([1]);
        c.strokeStyle = "#00ff00";
        c.lineWidth = 9;
        c.translate(1, 1);
        c.restore();
        c.restore();
        c.beginPath();
        c.moveTo(0, 0);
        c.stroke();
        """,
    )
    (path,) = root.findall(f"{SVG}path")
    assert (path.get("stroke"), path.get("stroke-width")) == ("#000000", "1")
    assert path.get("stroke-dasharray") is None
    assert path.get("transform") is None


def test_a_colour_with_alpha_is_a_colour_and_an_opacity(js: Node) -> None:
    root = drawn(
        js,
        """
        const strip = c.createLinearGradient(1, 0, 9, 0);
        strip.addColorStop(0, "rgba(1, 2, 3, 0.3)");
        strip.addColorStop(1, "#ffffff");
        c.fillStyle = strip;
        c.fillRect(0, 0, 1, 1);
        c.fillStyle = "rgba(4, 5, 6, 1)";
        c.fillRect(0, 0, 1, 1);
        """,
    )
    (gradient,) = root.findall(f"{SVG}defs/{SVG}linearGradient")
    assert gradient.get("gradientUnits") == "userSpaceOnUse"
    assert [stop.attrib for stop in gradient] == [
        {"offset": "0", "stop-color": "rgb(1, 2, 3)", "stop-opacity": "0.3"},
        {"offset": "1", "stop-color": "#ffffff"},
    ]
    strip, opaque = root.findall(f"{SVG}path")
    assert strip.get("fill") == f"url(#{gradient.get('id')})"
    assert (opaque.get("fill"), opaque.get("fill-opacity")) == ("rgb(4, 5, 6)", None)


@pytest.mark.parametrize(("smooth", "rendering"), [("true", "auto"), ("false", "pixelated")])
def test_a_picture_is_embedded(smooth: str, rendering: str, js: Node) -> None:
    body = f"c.imageSmoothingEnabled = {smooth}; c.drawImage({{}}, 1, 2, 9, 8);"
    (image,) = drawn(js, body).findall(f"{SVG}image")
    assert image.get("href") == "data:x"
    assert image.get("style") == f"image-rendering:{rendering}"
    size = [image.get(name) for name in ("x", "y", "width", "height", "preserveAspectRatio")]
    assert size == ["1", "2", "9", "8", "none"]


def test_all_that_pictures_ask_of_a_canvas_is_there(js: Node) -> None:
    """Whatever a picture calls or sets; the easel's own is the screen's alone."""
    asked = set()
    for folder in ("drawing", "attention", "training", "context", "metric", "risk"):
        for file in sorted((JAVASCRIPT / folder).glob("*.js")):
            if file.name not in ("svg.js", "markup.js"):
                asked |= set(
                    re.findall(r"(?<![#.\w])(?:context|target)\.(\w+)", file.read_text("utf-8"))
                )
    assert {"fillText", "quadraticCurveTo", "ellipse", "imageSmoothingEnabled"} <= asked
    missing = js(
        "return given.names.filter((name) => !(name in new E.SvgContext()))", names=sorted(asked)
    )
    assert missing == []


# Colours, names, cells ----------------------------------------------------------------------------


def declared(file: Path, selector: str) -> dict[str, str]:
    """The custom properties of all rules with this selector among theirs."""
    rules = re.findall(
        r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.S)
    )
    found: dict[str, str] = {}
    for selectors, body in rules:
        if selector in [each.strip() for each in selectors.split(",")]:
            found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
    return found


@pytest.mark.parametrize(
    ("own", "theme"), [(".nw-print", "light"), (".nw-dark", "dark")], ids=["light", "dark"]
)
def test_a_file_has_the_colours_of_the_books_theme(own: str, theme: str) -> None:
    mine = declared(EXPLORERS_FOLDER / "explorers.css", f".nw-explorer{own}")
    book = declared(BOOK_STYLE, "html") | declared(BOOK_STYLE, f'html[data-theme="{theme}"]')
    for name in ("ink", "soft", "line", "card", "truth", "pred", "point", "accent"):
        assert mine[f"x-{name}"] == book[f"nw-{name}"], name
    assert mine["x-paper"] == book["pst-color-background"]


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("", "attention-dark.svg"),
        ("#attention:w=4.9;n=13", "attention-w=4.9-n=13-dark.svg"),
        ("#attention:moved=3_1.5_-2~8_0_3", "attention-moved=3_1.5_-2~8_0_3-dark.svg"),
        ("#attention:formula=exp(-u*u%2F2)", "attention-formula=exp_-u_u_2F2_-dark.svg"),
        ("#attention:moved=" + 200 * "9", "attention-moved=" + 74 * "9" + "-dark.svg"),
    ],
)
def test_a_file_is_named_after_explorer_and_state(state: str, name: str, js: Node) -> None:
    body = "return E.nameOf(given.state, 'attention', ['dark', 'svg'])"
    assert js(body, state=state) == name


def test_cells_are_as_a_spreadsheet_reads_them(js: Node) -> None:
    text = js(
        """return E.csvOfRows([
          { part: "a", x: 0.1 + 0.2, y: NaN },
          { part: 'say "b", c', z: -1e-7 },
          { part: "=1+1", x: 1e300, z: "" },
        ])"""
    )
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text))) == [
        ["part", "x", "y", "z"],
        ["a", "0.30000000000000004", "", ""],
        ['say "b", c', "", "", "-1e-7"],
        ["'=1+1", "1e+300", "", ""],
    ]


# Tables -------------------------------------------------------------------------------------------

Parts = dict[str, dict[str, list[float]]]


def table_of(folder: str, function: str, state: dict[str, Any]) -> Parts:
    """The columns of each part, as they stand in the file."""
    modules = [JAVASCRIPT / folder / f"{name}.js" for name in ("table", "computation")]
    with node(*modules, JAVASCRIPT / "aside" / "csv.js") as js:
        body = "const numbers = E.createComputation()(given.state, true);"
        body += f"return E.csvOfRows(E.{function}(given.state, numbers));"
        text = js(body, state=state)
    found: Parts = {}
    for row in csv.DictReader(io.StringIO(text)):
        columns = found.setdefault(row.pop("part"), {})
        for name, cell in row.items():
            columns.setdefault(name, []).append(float(cell) if cell else math.nan)
    return {
        part: {name: cells for name, cells in columns.items() if not all(map(math.isnan, cells))}
        for part, columns in found.items()
    }


def same(cells: list[float], numbers: Any, **within: Any) -> bool:
    wanted = [float(number) for number in numbers]
    return cells == pytest.approx(wanted, **{"rel": 1e-12, "abs": 1e-12, **within}, nan_ok=True)


POOLING = {"noise": 0.7, "n_train": 13, "seed": 6, "n_queries": 9, "moved": [[3, 1.5, -2.0]]}


def pooling_state(**more: Any) -> dict[str, Any]:
    return {**POOLING, "formula": "exp(-abs(u))", "line": False, **more}


def test_the_table_of_attention_holds_all_weights() -> None:
    found = table_of("attention", "tableOfAll", pooling_state(w=4.9, kernel="gaussian", query=2))
    result = AttentionExplorer(**POOLING, w=4.9).result
    assert found.keys() == {"training", "query", "weight"}
    assert same(found["training"]["x"], result.keys)
    assert same(found["training"]["y"], result.values)
    assert same(found["query"]["x"], result.queries)
    assert same(found["query"]["truth"], result.truth)
    assert same(found["query"]["prediction"], result.predictions)
    assert same(found["weight"]["weight"], result.weights.flatten())
    assert same(found["weight"]["x"], result.queries.repeat_interleave(13))
    assert same(found["weight"]["key"], result.keys.repeat(9))


def test_the_table_of_kernels_holds_the_weights_of_the_chosen_query() -> None:
    """Empty where no key is in reach, and of the chosen query, whatever a pointer previews."""
    state = pooling_state(w=30.0, kernel="boxcar", query=2, row=5)
    found = table_of("attention", "tableOfOne", state)
    result = KernelExplorer(**POOLING, w=30.0, kernel="boxcar", query=2).result
    assert same(found["query"]["prediction"], result.predictions)
    assert any(map(math.isnan, found["query"]["prediction"]))
    calm = table_of(
        "attention", "tableOfOne", pooling_state(w=2.0, kernel="boxcar", query=2, row=5)
    )
    calmer = KernelExplorer(**POOLING, w=2.0, kernel="boxcar", query=2).result
    assert same(calm["weight"]["weight"], calmer.weights[2])
    assert set(calm["weight"]["x"]) == {float(result.queries[2])}


def test_the_table_of_training_holds_the_loss_and_the_steps() -> None:
    given = {"start": 1.0, "lr": 0.02, "steps": 3, "noise": 0.5, "n_train": 12, "seed": 1}
    found = table_of("training", "table", {**given, "reduction": "sum"})
    result = TrainingExplorer(**given, reduction="sum").result
    assert same(found["step"]["step"], range(4))
    assert same(found["step"]["w"], result.history.w)
    assert same(found["step"]["loss"], result.history.losses)
    assert len(found["step"]["gradient"]) == 4
    assert same(found["training"]["x"], result.data.x_train)
    assert same(found["training"]["y"], result.data.y_train)
    assert same(found["query"]["prediction"], result.predictions)
    assert same(found["weight"]["weight"], result.weights.flatten())
    assert same(found["weight"]["x"], result.data.x_test.repeat_interleave(12))
    assert same(found["weight"]["key"], result.data.x_train.repeat(50))
    data = result.data
    losses = [leave_one_out_loss(data.x_train, data.y_train, w) for w in found["loss"]["w"]]
    assert same(found["loss"]["loss"], losses)
    assert found["minimum"]["loss"][0] <= min(found["loss"]["loss"])


def test_the_table_of_context_holds_the_task_and_each_w() -> None:
    given = {"n_context": 20, "noise": 0.3, "roughness": 1.0, "seed": 2, "task": 5, "steps": 4}
    trained = {"trained_n": 20, "trained_noise": 0.3, "trained_roughness": 1.0, "trained_seed": 2}
    earlier = [[50, 4.5], [200, 6.1]]
    found = table_of("context", "table", {**given, **trained, "earlier": earlier})
    result = ContextExplorer(**given, **trained, earlier=earlier).result
    assert same(found["example"]["x"], result.x)
    assert same(found["example"]["y"], result.y)
    assert same(found["query"]["x"], result.places)
    assert same(found["query"]["truth"], result.truth)
    assert same(found["query"]["prediction"], result.predictions, rel=1e-6)
    assert same(found["query"]["best_prediction"], result.best_predictions, rel=1e-6)
    assert same(found["step"]["w"], result.history.w, rel=1e-6)
    assert same(found["error"]["w"], [result.w, result.best], rel=1e-6)
    assert same(found["error"]["error"], [result.error, result.least_error], rel=1e-6)
    assert same(found["theory"]["w"], [result.theory])
    assert (found["earlier"]["n_context"], found["earlier"]["w"]) == ([50, 200], [4.5, 6.1])


@pytest.mark.parametrize("mask", ["none", "causal"])
def test_the_table_of_metric_holds_keys_query_and_steps(mask: str) -> None:
    given = {"angle": 40, "noise": 0.2, "n_train": 15, "seed": 3, "steps": 5, "q1": 0.4, "q2": -1.1}
    named = {"shape": "matrix", "score": "distance", "mask": mask}
    found = table_of("metric", "table", {**given, **named})
    result = MetricExplorer(**given, **named).result
    keys, (query, step, matrix) = found["training"], (found[p] for p in ("query", "step", "matrix"))
    assert same(keys["x1"], result.data.x_train[:, 0])
    assert same(keys["x2"], result.data.x_train[:, 1])
    assert same(keys["y"], result.data.y_train)
    assert same(keys["weight"], result.weights, rel=1e-6)
    place = result.place
    assert keys["hidden"] == [float(place is not None and key >= place) for key in range(15)]
    assert same([*query["x1"], *query["x2"]], result.query)
    assert same(query["truth"], [result.truth])
    assert same(query["prediction"], [result.prediction], rel=1e-6)
    assert step["step"] == [0, 1, 2, 3, 4, 5]
    assert same(step["loss"], result.history.losses, rel=1e-6)
    last = [step[f"{name}_singular_value"][-1] for name in ("first", "second")]
    assert same(last, result.singular_values, rel=1e-6)
    assert same(matrix["w"], result.matrix.flatten(), rel=1e-6)
    assert (matrix["row"], matrix["column"]) == ([1, 1, 2, 2], [1, 2, 1, 2])


def test_the_table_of_risk_holds_every_fit_and_the_whole_curve() -> None:
    given = {"w": 6.0, "noise": 0.4, "n_train": 12, "seed": 1}
    state = {**given, "degree_index": 0, "kernel_index": SHOWN_KERNELS.index("boxcar")}
    found = table_of("risk", "table", state)
    result = BiasVarianceExplorer(**given, kernel="boxcar").result
    assert same(found["query"]["mean_fit"], result.mean)
    assert same(found["fit"]["fit"], result.fits.flatten())
    assert same(found["fit"]["x"], result.queries.repeat(100))
    assert found["fit"]["data_set"] == [1 + cell // 50 for cell in range(5000)]
    assert same(found["error"]["w"], result.grid)
    assert same(found["error"]["squared_bias"], result.bias_curve, rel=1e-9)
    assert same(found["error"]["variance"], result.variance_curve, rel=1e-9)
    assert same(found["error"]["error"], result.error_curve, rel=1e-9)
    shown = [found["shown"][name][0] for name in ("w", "squared_bias", "variance", "error")]
    assert same(shown, [6.0, result.squared_bias, result.variance, result.error], rel=1e-9)
    assert same(found["best"]["w"], [result.best], rel=1e-6)


def test_every_explorer_has_a_table() -> None:
    """One more needs one here, too."""
    named = {file.parent.name for file in JAVASCRIPT.glob("*/table.js")} - {"shell"}
    assert named | {"kernels"} == EXPLORERS.keys()
