"""The data that the package brings: what is in the files, and that it is what was published."""

import hashlib
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
import torch

from nwcore import datasets, find_bandwidth
from nwcore.datasets import load_gapminder, load_mcycle

FOLDER = Path(datasets.__file__).parent
CHECKSUMS = {
    "mcycle.csv": "93d06e3d834a5c21056b40f16fcd03c4384acff5020e273453d5cd62d730f0c8",
    "gapminder.csv": "9859ce5cbcc146efe608feb5cf917b6c60f8767fe7df2ebe49b00598a0baf099",
}


def test_no_file_has_changed_and_each_has_its_source_and_licence() -> None:
    assert {path.name for path in FOLDER.glob("*.csv")} == CHECKSUMS.keys()
    readme = (FOLDER / "README.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in readme.splitlines() if line.startswith("| `")}
    assert rows.keys() == CHECKSUMS.keys()
    for name, checksum in CHECKSUMS.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == checksum
        assert all(len(cell.strip()) > 2 for cell in rows[name].split("|")[1:-1])


def test_the_motorcycle_data_have_their_published_summary() -> None:
    # As R's summary(MASS::mcycle) prints it: minimum, quartiles with the median, maximum, mean.
    data = load_mcycle()
    for values, summary in (
        (data.times, [2.40, 15.60, 23.40, 34.80, 57.60, 25.18]),
        (data.accel, [-134.00, -54.90, -13.30, 0.00, 75.00, -25.55]),
    ):
        found = [*np.quantile(values.numpy(), [0, 0.25, 0.5, 0.75, 1]), float(values.mean())]
        np.testing.assert_allclose(found, summary, atol=0.005)
        assert values.shape == (133,)
    assert bool((data.times.diff() >= 0).all())
    assert len(torch.unique(data.times)) == 94
    assert data.units == {"times": "ms", "accel": "g"}
    assert find_bandwidth(data.times, data.accel).bandwidth == pytest.approx(1.0, rel=0.5)  # in ms


def test_the_countries_have_their_published_summary() -> None:
    # Medians of life expectancy as the README of the R package gapminder prints them.
    everything = {
        "Africa": 47.7920,
        "Americas": 67.0480,
        "Asia": 61.7915,
        "Europe": 72.2410,
        "Oceania": 73.6650,
    }
    last = {
        "Africa": 52.9265,
        "Americas": 72.8990,
        "Asia": 72.3960,
        "Europe": 78.6085,
        "Oceania": 80.7195,
    }
    for data, medians in ((load_gapminder(), everything), (load_gapminder(year=2007), last)):
        assert set(data.continent) == medians.keys()
        for continent, median in medians.items():
            there = torch.tensor([name == continent for name in data.continent])
            found = np.median(data.life_expectancy[there].numpy())
            assert found == pytest.approx(median, abs=1e-9)


def test_every_country_has_every_year() -> None:
    data = load_gapminder()
    assert len(set(data.country)) == 142
    years = data.year.reshape(142, 12)
    assert bool((years == torch.arange(1952, 2008, 5)).all())
    assert [len(set(data.country[i : i + 12])) for i in range(0, 1704, 12)] == [1] * 142
    for name, unit in data.units.items():
        column = getattr(data, name)
        assert column.shape == (1704,)
        assert bool((column > 0).all())
        assert len(unit) > 3


def test_one_country_and_one_year() -> None:
    data = load_gapminder("Vietnam")
    assert data.country == ("Vietnam",) * 12
    assert data.population[-1] == 85262356
    assert data.gdp_per_capita[0] == 605.0664917
    one = load_gapminder("Vietnam", 1977, dtype=torch.float32)
    assert (one.country, one.continent) == (("Vietnam",), ("Asia",))
    assert one.life_expectancy.tolist() == pytest.approx([55.764])
    assert one.year.dtype == torch.float32
    assert len(load_gapminder(year=1952).country) == 142


def test_nothing_that_is_loaded_can_be_exchanged() -> None:
    data = load_mcycle(torch.float32)
    assert data.accel.dtype == torch.float32
    with pytest.raises(FrozenInstanceError):
        data.accel = data.times  # type: ignore[misc]
    data.accel.zero_()
    assert float(load_mcycle().accel.min()) == -134
    with pytest.raises(TypeError):
        data.units["accel"] = "m/s²"  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"country": "Viet Nam"}, ValueError, "one of the 142 .* got 'Viet Nam'"),
        ({"country": 84}, TypeError, "country must be a str, got int"),
        ({"year": 1950}, ValueError, "year must be between 1952 and 2007, got 1950"),
        ({"year": 1953}, ValueError, "year must be 1952, 1957, .* got 1953"),
        ({"year": "1952"}, TypeError, "year must be an integer, got '1952'"),
        (
            {"dtype": torch.float16},
            TypeError,
            "dtype must be torch.float32 or .* got torch.float16",
        ),
    ],
)
def test_bad_input_is_named(arguments: dict[str, object], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        load_gapminder(**arguments)  # type: ignore[arg-type]


def test_the_motorcycle_data_have_two_dtypes() -> None:
    with pytest.raises(TypeError, match="dtype must be"):
        load_mcycle(torch.int64)
