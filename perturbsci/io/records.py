"""The small real records that come with the package; each is checked when it is read.

``times`` are decimal years: of a month its middle, year + (month - 1/2)/12; of a week its
date, year + (day of the year - 1)/(days of the year); of a year the year itself.
"""

import calendar
import datetime
import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.resources import resource
from perturbsci.types import Array

__all__ = ["Record", "load_record"]

Columns: TypeAlias = tuple[Array, Array | None, Array | None]  # values, times, labels
# name: title, step unit, unit, origin, license
DESCRIPTIONS = {
    "elnino": (
        "Monthly sea surface temperature, Niño 1+2 region, 1950-2010",
        "month",
        "degree Celsius",
        "ERSST.V3B, Niño 1+2 region, 0-10 S, 90-80 W, US National Weather Service",
        "public domain",
    ),
    "sunspots": (
        "Yearly mean sunspot number, 1700-2008",
        "year",
        "1",
        "Yearly sunspot numbers 1700-2008, US National Geophysical Data Center",
        "public domain",
    ),
    "co2": (
        "Weekly atmospheric CO2, Mauna Loa, 1958-2001",
        "week",
        "parts per million by volume",
        "Keeling and Whorf (2004), Mauna Loa, Carbon Dioxide Information Analysis Center",
        "public domain",
    ),
    "digits": (
        "Handwritten digits, 8 by 8 pixels, row by row",
        "pixel",
        "1",
        "Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, test set, "
        "UCI Machine Learning Repository",
        "CC BY 4.0",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Measurements with where they come from: a series, or one short series a row.

    Parameters
    ----------
    name, title : str
        For ``load_record``, and for a figure.
    times : float64 array, shape (n,), or None
        Decimal years; None where rows are no instants.
    values : float64 array, shape (n,) or (n, columns)
        In ``unit``; NaN where missing.
    labels : array of text or int64, shape (n,), or None
        Dates or classes, where the record has them.
    step : float
        Between two values, in ``step_unit``; of ``digits`` between two columns.
    step_unit, unit : str
        Of time and of the values.
    origin, license, sha256 : str
        Who measured it, what may be done with it, and the hash of the file.

    Examples
    --------
    >>> record = load_record("co2")
    >>> str(record.labels[0]), float(record.values[0]), record.unit
    ('1958-03-29', 316.1, 'parts per million by volume')
    """

    name: str
    title: str
    times: Array | None
    values: Array
    labels: Array | None
    step: float
    step_unit: str
    unit: str
    origin: str
    license: str
    sha256: str


def load_record(name: str) -> Record:
    """Return a record of the shipped data tree.

    Parameters
    ----------
    name : str
        ``"elnino"``, ``"sunspots"``, ``"co2"`` or ``"digits"``.

    Returns
    -------
    record : Record
        ``values`` and ``times`` are float64 arrays, shape (n,); of ``digits`` the values
        are gray levels from 0 to 16, shape (1797, 64), labels 0 to 9, and there are no
        times.

    Raises
    ------
    ParameterError
        If there is no such record; the message offers the nearest.
    FileFormatError
        If a byte of the file is not as it was released.

    Notes
    -----
    Reads and hashes at most 266 kB.

    References
    ----------
    Keeling and Whorf (2004) for co2, Alpaydin and Kaynak (1998) for digits;
    ``data/README.md`` for the others.

    Examples
    --------
    >>> record = load_record("elnino")
    >>> record.values.shape, float(record.values.max()), record.step_unit
    ((732,), 29.24, 'month')
    """
    if not isinstance(name, str) or name not in DESCRIPTIONS:
        near = difflib.get_close_matches(str(name), DESCRIPTIONS, n=1, cutoff=0.0)[0]
        raise ParameterError(
            f"name is {name!r:.80}, needed one of {', '.join(DESCRIPTIONS)}; did you mean "
            f"{near!r}?"
        )
    title, step_unit, unit, origin, terms = DESCRIPTIONS[name]
    rows, sha256 = _rows(name)
    values, times, labels = _LAYOUTS[step_unit](rows)
    return Record(
        name=name,
        title=title,
        times=times,
        values=values,
        labels=labels,
        step=1.0,
        step_unit=step_unit,
        unit=unit,
        origin=origin,
        license=terms,
        sha256=sha256,
    )


def _of_months(rows: list[list[str]]) -> Columns:
    times = [int(row[0]) + (int(row[1]) - 0.5) / 12 for row in rows]
    return _last(rows), numpy.array(times), None


def _of_years(rows: list[list[str]]) -> Columns:
    return _last(rows), numpy.array([float(row[0]) for row in rows]), None


def _of_weeks(rows: list[list[str]]) -> Columns:
    times = numpy.array([_decimal_year(row[0]) for row in rows])
    return _last(rows), times, numpy.array([row[0] for row in rows])


def _of_images(rows: list[list[str]]) -> Columns:
    cells = numpy.array(rows, dtype=numpy.int64)
    return cells[:, 1:].astype(float), None, cells[:, 0].copy()


def _last(rows: list[list[str]]) -> numpy.ndarray:
    return numpy.array([float(row[-1] or "nan") for row in rows])


def _rows(name: str) -> tuple[list[list[str]], str]:
    """Return the cells below the header line, after the hash was found right."""
    sums = resource("SHA256SUMS").read_text(encoding="ascii", errors="replace")
    expected = {line[66:]: line[:64] for line in sums.splitlines()}.get(f"{name}.csv")
    path = resource(f"{name}.csv")
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != expected:
        raise FileFormatError(
            f"{path}: has SHA-256 {sha256}, needed {expected} as in SHA256SUMS; reinstall "
            "perturbsci, or restore the file"
        )
    lines = content.decode("ascii").splitlines()[1:]
    return [line.split(",") for line in lines], sha256


def _decimal_year(date: str) -> float:
    day = datetime.date.fromisoformat(date)
    length = 366 if calendar.isleap(day.year) else 365
    return day.year + (day.timetuple().tm_yday - 1) / length


_LAYOUTS: dict[str, Callable[[list[list[str]]], Columns]] = {
    "month": _of_months,
    "year": _of_years,
    "week": _of_weeks,
    "pixel": _of_images,
}
