"""Measured data to smooth: a crash test, and the wealth and health of 142 countries.

The files, their sources and their licences are listed in README.md beside them.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from nwcore._checks import FLOAT_DTYPES, check_integer


@dataclass(frozen=True)
class MotorcycleData:
    """Head accelerations in a simulated motorcycle accident.

    Attributes
    ----------
    times : Tensor, shape (133,), in ms
        Time after the impact, ascending; some times occur more than once.
    accel : Tensor, shape (133,), in g
        Acceleration of the head.
    units : mapping of str
        The unit of each of these.
    """

    times: Tensor
    accel: Tensor
    units: ClassVar[Mapping[str, str]] = MappingProxyType({"times": "ms", "accel": "g"})


@dataclass(frozen=True)
class GapminderData:
    """Wealth and health of countries, a row for a country in a year.

    Attributes
    ----------
    country, continent : tuple of str, length n
        English names, countries in alphabetical order and years ascending.
    year : Tensor, shape (n,)
    life_expectancy : Tensor, shape (n,), in years
        At birth.
    population : Tensor, shape (n,), in persons
    gdp_per_capita : Tensor, shape (n,), in international dollars of 2005
        Gross domestic product per person, at equal purchasing power.
    units : mapping of str
        The unit of each of the numbers.
    """

    country: tuple[str, ...]
    continent: tuple[str, ...]
    year: Tensor
    life_expectancy: Tensor
    population: Tensor
    gdp_per_capita: Tensor
    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "year": "years",
            "life_expectancy": "years",
            "population": "persons",
            "gdp_per_capita": "international dollars of 2005",
        }
    )


def load_mcycle(dtype: torch.dtype = torch.float64) -> MotorcycleData:
    """Load 133 head accelerations measured in a simulated motorcycle accident.

    A classical test of smoothers: flat, then two sharp turns, with noise that grows in between. The
    values are facts and may be used freely.

    Parameters
    ----------
    dtype : torch.dtype
        torch.float32 or torch.float64.

    Returns
    -------
    MotorcycleData

    Raises
    ------
    TypeError
        If `dtype` is another.

    References
    ----------
    Schmidt, Mattern and Schüler (1981); Silverman (1985), "Some aspects of the spline smoothing
    approach to non-parametric regression curve fitting", table 1; the values as in `mcycle` of the
    R package MASS.

    Examples
    --------
    >>> data = load_mcycle()
    >>> len(data.times), float(data.accel.min()), data.units["accel"]
    (133, -134.0, 'g')
    """
    _check_dtype(dtype)
    rows = _read("mcycle.csv")
    return MotorcycleData(*(_numbers(rows, name, dtype) for name in ("times", "accel")))


def load_gapminder(
    country: str | None = None, year: int | None = None, dtype: torch.dtype = torch.float64
) -> GapminderData:
    """Load life expectancy, population and GDP of 142 countries, every five years, 1952 to 2007.

    Free data from Gapminder.org (CC BY 3.0), in the excerpt of the R package gapminder (CC0).

    Parameters
    ----------
    country : str, optional
        An English name, such as "Vietnam"; all countries when omitted.
    year : int, optional
        1952, 1957, …, 2007; all years when omitted.
    dtype : torch.dtype
        torch.float32 or torch.float64.

    Returns
    -------
    GapminderData
        1,704 rows; 142 for one year, 12 for one country.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, or there is no such country or year.

    References
    ----------
    Gapminder, gapminder.org/data; Bryan (2017), "gapminder: Data from Gapminder",
    doi:10.5281/zenodo.594018.

    Examples
    --------
    >>> data = load_gapminder("Vietnam")
    >>> data.life_expectancy[[0, -1]]
    tensor([40.4120, 74.2490], dtype=torch.float64)
    """
    _check_dtype(dtype)
    rows = _read("gapminder.csv")
    if country is not None:
        if not isinstance(country, str):
            raise TypeError(f"country must be a str, got {type(country).__name__}")
        rows = [row for row in rows if row["country"] == country]
        if not rows:
            raise ValueError(
                f'country must be one of the 142 of the data, such as "Vietnam", got {country!r}'
            )
    if year is not None:
        year = check_integer("year", year, low=1952, high=2007)
        rows = [row for row in rows if row["year"] == str(year)]
        if not rows:
            raise ValueError(f"year must be 1952, 1957, …, 2002 or 2007, got {year}")
    return GapminderData(
        tuple(row["country"] for row in rows),
        tuple(row["continent"] for row in rows),
        *(_numbers(rows, name, dtype) for name in ("year", "lifeExp", "pop", "gdpPercap")),
    )


def _check_dtype(dtype: torch.dtype) -> None:
    if dtype not in FLOAT_DTYPES:
        raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _numbers(rows: list[dict[str, str]], name: str, dtype: torch.dtype) -> Tensor:
    return torch.tensor([float(row[name]) for row in rows], dtype=dtype)
