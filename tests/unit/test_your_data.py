"""The page "Your data": tables as people write them, the search for w, what is taken away."""

import contextlib
import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from node import Node, node
from sphinx.errors import ExtensionError

from nwbook.yours import read_words
from nwcore import attention_pooling, find_bandwidth, leave_one_out_loss, make_regression
from nwcore.datasets import load_gapminder, load_mcycle

ROOM = Path(__file__).resolve().parents[2] / "web" / "yours"
PURE = ("numbers", "parse", "search", "model", "link", "export", "write", "ticks", "serve")


@pytest.fixture(scope="module")
def room() -> Iterator[Node]:
    with node(*(ROOM / f"{name}.js" for name in PURE), ROOM / "bundling.mjs") as running:
        yield running


def read(room: Node, text: str, logarithm: bool = False, **wanted: Any) -> dict[str, Any]:
    """What the page makes of a text: the first two columns of numbers."""
    found: dict[str, Any] = room(
        """
        const { table, fault } = E.readTable(given.text, given.wanted);
        if (fault) return { fault };
        const [x, y] = table.numeric;
        const { points, fault: wrong } = E.choosePoints(table, x, y, given.logarithm);
        return { ...table, ...points, x: [...points.x], y: [...points.y], fault: wrong };
        """,
        text=text,
        wanted=wanted,
        logarithm=logarithm,
    )
    return found


# Numbers


@pytest.mark.parametrize(
    ("cell", "by_point", "by_comma"),
    [
        ("1.5", 1.5, None),
        ("1,5", None, 1.5),
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("1,234,567", 1234567, None),
        ("1234,567", None, 1234.567),
        ("12,34,567", None, None),
        ("1 234,5", None, 1234.5),
        ("1\u202f234.5", 1234.5, None),
        ("1'234'567", 1234567, 1234567),
        (" 7 ", 7, 7),
        ("+7", 7, 7),
        ("−7", -7, -7),
        (".5", 0.5, None),
        ("5.", 5, None),
        ("1e3", 1000, 1000),
        ("2.5E-3", 0.0025, None),
        ("1e400", math.inf, math.inf),
        ("0x10", None, None),
        ("1e", None, None),
        ("12%", None, None),
        ("--5", None, None),
        ("", None, None),
        (".", None, None),
        ("1 2", None, None),
        ("Infinity", None, None),
    ],
)
def test_a_number_is_read_by_its_decimal_mark(
    cell: str, by_point: float | None, by_comma: float | None, room: Node
) -> None:
    found = room.numbers(
        "return packed(E.readNumber(given.cell, '.'), E.readNumber(given.cell, ','))", cell=cell
    )
    wanted = [math.nan if each is None else each for each in (by_point, by_comma)]
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("cells", "mark", "unsure"),
    [
        (["1.5", "2"], ".", ""),
        (["1,5", "2"], ",", ""),
        (["1,234", "2.5"], ".", ""),
        (["1.234", "2,5"], ",", ""),
        (["1,234", "5,678"], ",", "1,234"),
        (["1.234", "5.678"], ".", "1.234"),
        (["−1,234"], ",", "−1,234"),
        (["name", "1,5"], ",", ""),
        (["7"], ".", ""),
        ([], ".", ""),
        (["1.5", "2.5", "2,5"], ".", ""),
        (["1.5", "2,5", "1,234"], ",", ""),
    ],
)
def test_the_decimal_mark_is_that_of_most_cells(
    cells: list[str], mark: str, unsure: str, room: Node
) -> None:
    assert room("return E.decimalMarkOf(given.cells)", cells=cells) == {
        "mark": mark,
        "unsure": unsure,
    }


# Tables


@pytest.mark.parametrize(
    "text",
    [
        "1.5,2\n3,4.25\n",
        "1.5, 2\n3, 4.25",
        "x,y\n1.5,2\n3,4.25\n",
        "x;y\n1,5;2\n3;4,25\n",
        "x\ty\n1,5\t2\n3\t4,25\n",
        "x|y\n1.5|2\n3|4.25\n",
        "1,5 2\n3   4,25\n",
        " 1.5\t 2 \n 3 \t4.25",
        '"x","y"\n"1,5","2"\n"3","4,25"\n',
        "\ufeffx;y\r\n1,5;2\r\n3;4,25\r\n",
        "x,y\r1.5,2\r3,4.25\r",
        "# measured\n\nx,y\n1.5,2\n\n3,4.25\n\n",
        "name,x,y\nanna,1.5,2\nbinh,3,4.25\n",
    ],
)
def test_tables_of_all_kinds_give_the_same_points(text: str, room: Node) -> None:
    found = read(room, text)
    assert (found["x"], found["y"]) == ([1.5, 3], [2, 4.25])
    assert found["fault"] is None
    assert found["wrong"] == []


@pytest.mark.parametrize(
    ("text", "header"),
    [("x,y\n1,2\n3,4", True), ("1,2\n3,4", False), ("NA,2\n3,4", False), ("x,2\n3,4", True)],
)
def test_a_first_line_of_names_is_told_from_numbers(text: str, header: bool, room: Node) -> None:
    assert read(room, text)["header"] is header


def test_the_reader_has_the_last_word_on_names_and_mark(room: Node) -> None:
    assert read(room, "2000,2010\n1,2\n3,4", header=True)["names"] == ["2000", "2010"]
    assert read(room, "1,234;2\n3;4")["x"] == [1.234, 3]
    by_point = read(room, "1,234;2\n3;4", mark=".")
    assert (by_point["x"], by_point["unsure"]) == ([1234, 3], "")


def test_missing_values_are_named_and_counted(room: Node) -> None:
    found = read(room, "x,y\n1,2\n,3\nNA,4\n5,NaN\nNA,\n,\n6,7\n")
    assert found["x"] == [1, 6]
    assert found["missing"] == {
        "count": 5,
        "words": [["", 4], ["NA", 2], ["NaN", 1]],
        "lines": [3, 4, 5, 6, 7],
    }


def test_a_column_that_is_not_chosen_may_lack_values(room: Node) -> None:
    found = read(room, "x,y,note\n1,2,\n3,4,NA\n")
    assert (found["x"], found["missing"]["count"]) == ([1, 3], 0)


def test_what_is_wrong_is_told_with_its_line(room: Node) -> None:
    text = '# head\nx;y\n1;2\n"3\n";abc\n4;1e101\n5;6;7\n8;9\n'
    found = read(room, text)
    assert found["lines"] == [3, 8]
    told = [(each["kind"], each["line"]) for each in found["wrong"]]
    assert told == [("number", 4), ("large", 6), ("fields", 7)]
    assert found["wrong"][0]["values"]["found"] == "abc"
    assert found["wrong"][0]["values"]["column"] == 2
    assert found["wrong"][2]["values"] == {"found": 3, "expected": 2}


def test_the_largest_number_is_taken_and_no_larger_one(room: Node) -> None:
    assert read(room, "1,2\n1e100,4\n-1e100,5")["x"] == [1, 1e100, -1e100]
    assert len(read(room, "1,2\n1.01e100,4\n3,-1.01e100")["wrong"]) == 2


def test_a_logarithm_takes_positive_numbers_alone(room: Node) -> None:
    found = read(room, "x,y\n100,1\n0,2\n-10,3\n1000,4\n", logarithm=True)
    assert found["x"] == [2, 3]
    assert [(each["kind"], each["line"]) for each in found["wrong"]] == [
        ("not_positive", 3),
        ("not_positive", 4),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("", "empty", {}),
        (" \n\t\n", "empty", {}),
        ("# nothing\n", "empty", {}),
        ("PK\x03\x04\x14\0", "binary", {}),
        ("x\n1\n2\n", "one_column", {"line": 1, "found": "x"}),
        ("a,b\nc,d\n", "no_numbers", {}),
        ("a,b\n1,d\n2,e\n", "one_numeric", {}),
        ('x,y\n"1,2\n3,4\n', "quotes", {"line": 2}),
        ("1,2\n", "too_few", {"count": 1}),
        ("1,2\n1,3\n1,4\n", "constant", {"count": 3, "x": 1}),
        ("1e15,2\n1000000000000001,3\n", "close", {}),
        ("10000000000000000,2\n10000000000000002,3\n", "close", {}),
        ("0,2\n1e-101,3\n", "close", {}),
    ],
)
def test_what_cannot_be_drawn_is_explained(
    text: str, kind: str, values: dict[str, Any], room: Node
) -> None:
    assert read(room, text)["fault"] == {"kind": kind, "values": values}


def test_inputs_that_differ_enough_may_be_large(room: Node) -> None:
    assert read(room, "1000000000000,2\n1000000000002,3\n")["fault"] is None


def test_the_first_point_too_many_is_named(room: Node) -> None:
    rows = [f"{i},{i % 7}" for i in range(5001)]
    fault = read(room, "x,y\n" + "\n".join(rows))["fault"]
    assert fault == {"kind": "too_many", "values": {"count": 5001, "most": 5000, "line": 5002}}
    assert read(room, "x,y\n" + "\n".join(rows[:5000]))["fault"] is None


def test_a_text_of_a_book_is_too_long(room: Node) -> None:
    fault = room("return E.readTable('1,2\\n'.repeat(1250001)).fault")
    assert fault == {"kind": "long", "values": {"most": 5_000_000}}


# The search, against nwcore.find_bandwidth

Points = tuple[torch.Tensor, torch.Tensor]


def samples() -> dict[str, Points]:
    book = make_regression(seed=6, dtype=torch.float64)
    crash = load_mcycle()
    world = load_gapminder(year=2007)
    return {
        "book": (book.x_train, book.y_train),
        "mcycle": (crash.times, crash.accel),
        "gapminder": (world.gdp_per_capita.log10(), world.life_expectancy),
    }


def problems() -> dict[str, Points]:
    """Samples, and points that a search could trip over."""
    spread = torch.tensor([0.0, 1.0, 2.0, 3.0, 50.0], dtype=torch.float64)
    valleys = make_regression(n_train=40, noise=1.0, seed=19, dtype=torch.float64)
    return {
        **samples(),
        "two valleys": (valleys.x_train, valleys.y_train),
        "two points": (spread[:2], torch.tensor([1.0, 3.0], dtype=torch.float64)),
        "flat": (spread, torch.full((5,), 4.0, dtype=torch.float64)),
        "far": (spread * 1e90, spread.sin() * 1e95),
        "small": (spread * 1e-80 + 1e-79, spread.sin() * 1e-90),
        "twice": (torch.cat([spread, spread]), torch.cat([spread.sin(), spread.cos()])),
        "mostly twice": (spread[[0, 0, 1, 1, 2, 2, 4]], spread[[0, 1, 2, 3, 1, 0, 2]]),
        "backwards": (spread.flip(0), spread.sin()),
    }


def searched(room: Node, x: torch.Tensor, y: torch.Tensor) -> dict[str, Any]:
    found: dict[str, Any] = room(
        "const { curve, ...rest } = E.createModel(v.x, v.y).search(); return rest",
        {"x": x.numpy(), "y": y.numpy()},
    )
    return found


@pytest.mark.parametrize("name", problems())
def test_the_search_finds_what_python_finds(name: str, room: Node) -> None:
    x, y = problems()[name]
    found, wanted = searched(room, x, y), find_bandwidth(x, y)
    assert found["w"] == pytest.approx(wanted.w, rel=1e-6)
    assert found["loss"] == pytest.approx(wanted.loss, rel=1e-9, abs=0)
    assert (found["low"], found["high"]) == pytest.approx((wanted.low, wanted.high), rel=1e-13)
    assert found["atEdge"] == wanted.at_edge
    assert [each["w"] for each in found["minima"]] == pytest.approx(
        [w for w, _ in wanted.minima], rel=1e-6
    )


def test_the_problems_are_of_several_kinds() -> None:
    """The search is tried on one and several valleys, inside the range and at its end."""
    found = [find_bandwidth(x, y) for x, y in problems().values()]
    assert {len(each.minima) > 1 for each in found} == {True, False}
    assert {each.at_edge for each in found} == {True, False}


@pytest.mark.parametrize("seed", range(8))
def test_the_search_finds_what_python_finds_in_noise(seed: int, room: Node) -> None:
    data = make_regression(n_train=17, noise=2.0, seed=seed, dtype=torch.float64)
    found = searched(room, data.x_train, data.y_train)
    wanted = find_bandwidth(data.x_train, data.y_train)
    assert found["w"] == pytest.approx(wanted.w, rel=1e-6)
    assert len(found["minima"]) == len(wanted.minima)


@pytest.mark.parametrize("exponent", [600, -600])
def test_the_search_follows_the_units_to_the_ends_of_the_numbers(exponent: int, room: Node) -> None:
    x, y = problems()["book"]
    unit = 2.0**exponent
    found, plain = searched(room, x * unit, y), searched(room, x, y)
    assert found["w"] == pytest.approx(plain["w"] / unit, rel=1e-12)
    assert found["loss"] == pytest.approx(plain["loss"], rel=1e-12)


# What is shown


@pytest.mark.parametrize("name", ["mcycle", "far"])
def test_the_pictures_hold_what_python_computes(name: str, room: Node) -> None:
    x, y = problems()[name]
    w = 1.7 * find_bandwidth(x, y).w
    given = {"x": x.flip(0).numpy(), "y": y.flip(0).numpy()}
    body = """
      const model = E.createModel(v.x, v.y);
      const look = model.look(given.w);
      const rest = model.rest(given.w);
      const weights = model.weights(look.queries[40], given.w);
      return packed(look.queries, look.curve, rest.fitted, rest.leftOut, look.loss,
        model.predict(weights), weights, look.columns, model.order);
    """
    n, q = len(x), 201
    found = room.numbers(body, given, w=w)
    queries, curve, fitted, left_out, rest = np.split(found, np.cumsum([q, q, n, n]))
    low, high = float(x.min()), float(x.max())
    np.testing.assert_allclose(queries, np.linspace(low, high, q), rtol=1e-14, atol=1e-14 * high)
    size = float(y.abs().max())
    wanted = attention_pooling(torch.from_numpy(queries.copy()), x, y, w)
    np.testing.assert_allclose(curve, wanted, rtol=0, atol=1e-11 * size)
    keys = x.sort().values
    np.testing.assert_allclose(fitted, attention_pooling(keys, x, y, w), rtol=0, atol=1e-11 * size)
    loss, prediction, weights, columns = rest[0], rest[1], rest[2 : 2 + n], rest[2 + n]
    assert loss == pytest.approx(float(leave_one_out_loss(x, y, w)), rel=1e-10)
    values = y.flip(0).numpy()[rest[3 + n :].astype(int)]
    assert ((values - left_out) ** 2).sum() == pytest.approx(loss, rel=1e-10)
    assert prediction == curve[40]
    assert weights.sum() == pytest.approx(1)
    assert columns == min(n, 150)


def test_the_heatmap_of_many_keys_sums_neighbours(room: Node) -> None:
    data = make_regression(n_train=700, seed=3, dtype=torch.float64)
    body = """
      const model = E.createModel(v.x, v.y);
      const { heat, columns, queries } = model.look(3);
      return packed(columns, heat.subarray(60 * columns, 61 * columns),
        model.weights(queries[60], 3));
    """
    found = room.numbers(body, {"x": data.x_train.numpy(), "y": data.y_train.numpy()})
    columns, row, weights = int(found[0]), found[1:151], found[151:]
    assert columns == 150
    place = np.arange(700) * 150 // 700
    np.testing.assert_allclose(row, np.bincount(place, weights), rtol=1e-12)


def test_of_several_w_that_wait_the_last_is_computed(room: Node) -> None:
    told = room(
        """
        const told = [];
        const ask = E.serve((answer) => told.push(answer));
        ask({ x: Float64Array.of(0, 1, 2, 4), y: Float64Array.of(1, 0, 2, 1) });
        for (const w of [1, 2, 3]) ask({ w });
        while (!told.some(({ rest }) => rest)) await new Promise((go) => setTimeout(go, 1));
        return told.map((answer) => [Object.keys(answer)[0], Object.values(answer)[0].w ?? null]);
        """
    )
    kinds = [kind for kind, _ in told]
    assert kinds[-3:] == ["search", "look", "rest"]
    assert set(kinds[:-3]) == {"progress"}
    assert [w for kind, w in told if kind in ("look", "rest")] == [3, 3]


# What is taken away


def test_samples_are_the_books_data(room: Node) -> None:
    texts = room("return E.samples()")
    crash, world = read(room, texts["mcycle"]), load_gapminder(year=2007)
    assert crash["x"] == load_mcycle().times.tolist()
    assert crash["y"] == load_mcycle().accel.tolist()
    rows = list(csv.DictReader(io.StringIO(texts["gapminder"])))
    assert tuple(row["country"] for row in rows) == world.country
    assert [float(row["lifeExp"]) for row in rows] == world.life_expectancy.tolist()
    assert [float(row["gdpPercap"]) for row in rows] == world.gdp_per_capita.tolist()


PYTHON = """
  const model = E.createModel(v.x, v.y);
  const w = given.w ?? model.search().w;
  const look = model.look(w);
  const query = look.queries[77];
  const prediction = model.predict(model.weights(query, w));
  const best = given.w === null;
  const points = { x: v.x, y: v.y, lines: [...v.x.keys()].map((i) => i + 2) };
  return {
    code: E.pythonLines({ x: v.x, y: v.y, at: look, best, query, prediction }),
    csv: E.predictionsCsv(points, given.names, model.order, model.rest(w)),
    numbers: [w, look.loss, prediction],
  };
"""


@pytest.mark.parametrize("w", [None, 0.75])
@pytest.mark.parametrize("name", [*samples(), "large"])
def test_the_python_prints_the_numbers_of_the_page(
    name: str, w: float | None, room: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = make_regression(n_train=201, seed=2, dtype=torch.float64)
    x, y = {**samples(), "large": (large.x_train, large.y_train)}[name]
    given = {"x": x.numpy(), "y": y.numpy()}
    names = ["time; s, of day", 'the "y"\nof it']
    made = room(PYTHON, given, w=w, names=names)
    monkeypatch.chdir(tmp_path)
    Path("predictions.csv").write_text(made["csv"], encoding="utf-8", newline="")
    assert ("predictions.csv" in made["code"]) is (name == "large")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(made["code"], "page.py", "exec"), {})
    printed = [float(line) for line in said.getvalue().split()]
    beside = [float(each) for each in re.findall(r"^print.*# (\S+)$", made["code"], re.MULTILINE)]
    assert beside == made["numbers"]
    assert printed == pytest.approx(beside, rel=1e-8)
    assert max(map(len, made["code"].split("\n"))) <= 88


def test_predictions_stand_in_the_order_of_the_points(room: Node) -> None:
    x, y = np.array([3.0, 1.0, 2.0, 1.0]), np.array([1.0, 5.0, 2.0, 4.0])
    made = room(PYTHON, {"x": x, "y": y}, w=0.8, names=["=x", "y,z"])
    rows = list(csv.reader(io.StringIO(made["csv"])))
    assert rows[0][:3] == ["line", "'=x", "y,z"]
    numbers = np.array(rows[1:], dtype=float)
    assert numbers[:, 0].tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(numbers[:, 1:3], np.stack([x, y], axis=1))
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    fitted = attention_pooling(tx, tx, ty, 0.8).numpy()
    np.testing.assert_allclose(numbers[:, 3], fitted, rtol=1e-12)
    np.testing.assert_allclose(numbers[:, 4], y - fitted, rtol=1e-12)
    left = [
        float(attention_pooling(tx[i : i + 1], tx[keep], ty[keep], 0.8))
        for i, keep in ((i, [j for j in range(4) if j != i]) for i in range(4))
    ]
    np.testing.assert_allclose(numbers[:, 5], left, rtol=1e-12)
    np.testing.assert_allclose(numbers[:, 6], y - left, rtol=1e-12)


def test_the_curve_as_numbers(room: Node) -> None:
    text = room("return E.curveCsv({ queries: [0.5, 1], curve: [2, 3.25] }, ['time', 'height'])")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["time", "prediction"], ["0.5", "2"], ["1", "3.25"]]


def test_a_link_brings_back_what_it_was_made_of(room: Node) -> None:
    linked = {
        "xName": "thời gian; =&#,_",
        "yName": "y",
        "w": 0.25,
        "query": -1.5,
        "pairs": [[1e-7, -2.5], [3, 1e21], [0.1, 0.2]],
    }
    body = "const hash = E.writeLink(given.linked); return [hash, E.readLink(hash)];"
    hash_, back = room(body, linked=linked)
    assert back == linked
    assert re.fullmatch(r"#yours:[\w%.;=,+\-~!*'()]+", hash_), hash_
    _, plain = room(body, linked={**linked, "xName": "", "w": None, "query": None})
    assert plain == {**linked, "xName": "", "w": None, "query": None}


def test_a_link_is_made_of_small_data_alone(room: Node) -> None:
    body = """
      const pairs = Array.from({ length: given.n }, (_, i) => [10 + (i % 10), 1]);
      return E.writeLink({ xName: "", yName: "", w: null, query: null, pairs })?.length ?? null;
    """
    # "#yours:d=", and a point is "10,1" and the "_" before the next
    assert [room(body, n=n) for n in (2, 1598, 1599)] == [9 + 9, 9 + 5 * 1598 - 1, None]


@pytest.mark.parametrize(
    ("hash_", "readable"),
    [
        ("", "other"),
        ("#bring-points", "other"),
        ("#attention:w=4", "other"),
        ("#yours:", "none"),
        ("#yours:d=1,2_3", "none"),
        ("#yours:d=1,2_3,", "none"),
        ("#yours:d=1,2_3,x", "none"),
        ("#yours:d=1,2_3,Infinity", "none"),
        ("#yours:d=1,2,3", "none"),
        ("#yours:x=%E0%A4%A;d=1,2_3,4", "none"),
        ("#yours:w=0;d=1,2_3,4", "none"),
        ("#yours:w=-1;d=1,2_3,4", "none"),
        ("#yours:w=2;d=1,2_3,4", "read"),
    ],
)
def test_an_address_that_is_broken_is_told_from_another(
    hash_: str, readable: str, room: Node
) -> None:
    body = """
      const link = E.readLink(given.hash);
      return link === undefined ? "other" : link === null ? "none" : "read";
    """
    assert room(body, hash=hash_) == readable


def test_data_of_a_link_are_read_as_any_table(room: Node) -> None:
    linked = {"xName": 'a "b"\tc', "yName": "", "pairs": [[1, 2.5], [3, 4]]}
    table = room("return E.tableOf(given.linked, ['x', 'y'])", linked=linked)
    found = read(room, table, header=True, mark=".")
    assert (found["names"], found["x"], found["y"]) == (['a "b"\tc', "y"], [1, 3], [2.5, 4])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.23456, "1,235"),
        (-1.5, "−1,5"),
        (123456, "123456"),
        (0.00012346, "0,0001235"),
        (1e6, "10⁶"),
        (-1e6, "−10⁶"),
        (1.25e-7, "1,25·10⁻⁷"),
        (1e100, "10¹⁰⁰"),
        (999999.9, "1000000"),
        (100, "100"),
        ("NaN", "không xác định"),
    ],
)
def test_numbers_are_written_with_few_digits(value: Any, text: str, room: Node) -> None:
    words = {"decimal": ",", "undefined": "không xác định"}
    body = "return E.createNumberWriter(given.words)(Number(given.value))"
    assert room(body, words=words, value=value) == text


@pytest.mark.parametrize(
    ("low", "high", "width", "ticks"),
    [
        (0.05, 20, 400, [0.1, 1, 10]),
        (0.15, 4, 400, [0.2, 0.5, 1, 2]),
        (1e-3, 1e3, 200, [1e-3, 1, 1e3]),
    ],
)
def test_ticks_of_w_are_round_and_apart(
    low: float, high: float, width: int, ticks: list[float], room: Node
) -> None:
    body = "return E.powersIn(given.low, given.high, given.width)"
    assert room(body, low=low, high=high, width=width) == pytest.approx(ticks)


# Words


def test_every_language_says_the_same_of_the_page(tmp_path: Path) -> None:
    assert read_words("vi").keys() == read_words("en").keys()
    (tmp_path / "en.yml").write_text('a: "x {y}"\nb: b\n', encoding="utf-8")
    (tmp_path / "vi.yml").write_text('a: "x {z}"\nb: b\n', encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"a must have the places"):
        read_words("en", tmp_path)
    (tmp_path / "vi.yml").write_text('a: "x {y}"\n', encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"vi\.yml: b is missing"):
        read_words("en", tmp_path)
    (tmp_path / "vi.yml").write_text('a: "x {y}"\nb: no\n', encoding="utf-8")
    with pytest.raises(ExtensionError, match="b must be a text, got False"):
        read_words("vi", tmp_path)
    with pytest.raises(ExtensionError, match=r"fr\.yml is missing"):
        read_words("fr", tmp_path)


def test_every_word_that_the_scripts_ask_for_is_there() -> None:
    words = read_words("en")
    code = "\n".join(file.read_text("utf-8") for file in sorted(ROOM.rglob("*.js")))
    asked = set(re.findall(r"\bwords\.(\w+)", code)) - {"get", "set", "map"}
    assert len(asked) > 30
    assert asked <= words.keys()
    kinds = set(re.findall(r'(?:without\(|kind: |\? )"(\w+)"', code))
    assert {"constant", "number", "fields", "one_numeric", "link"} <= kinds
    told = {key.partition("_")[2] for key in words if re.match("(fault|wrong)_", key)}
    assert told <= kinds | {"no_numbers", "large", "unreadable"}
