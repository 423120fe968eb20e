"""The small real records that come with the package; each is checked when it is read.

``times`` are decimal years: of a month its middle, year + (month - 1/2)/12; of a week its
date, year + (day of the year - 1)/(days of the year); of a year the year itself.
"""

import calendar
import datetime
import difflib
import hashlib
from dataclasses import dataclass

import numpy

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.resources import resource
from perturbsci.types import Array

__all__ = ["Record", "load_record"]

LICENSE = "public domain"
# name: title, step unit, unit, origin
DESCRIPTIONS = {
    "elnino": (
        "Monthly sea surface temperature, Niño 1+2 region, 1950-2010",
        "month",
        "degree Celsius",
        "ERSST.V3B, Niño 1+2 region, 0-10 S, 90-80 W, US National Weather Service",
    ),
    "sunspots": (
        "Yearly mean sunspot number, 1700-2008",
        "year",
        "1",
        "Yearly sunspot numbers 1700-2008, US National Geophysical Data Center",
    ),
    "co2": (
        "Weekly atmospheric CO2, Mauna Loa, 1958-2001",
        "week",
        "parts per million by volume",
        "Keeling and Whorf (2004), Mauna Loa, Carbon Dioxide Information Analysis Center",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A measured series with where it comes from.

    Parameters
    ----------
    name, title : str
        For ``load_record``, and for a figure.
    times : float64 array, shape (n,), or None
        Decimal years.
    values : float64 array, shape (n,) or (n, columns)
        In ``unit``; NaN where missing.
    labels : array of text, shape (n,), or None
        Dates, where the record has them.
    step : float
        Between two values, in ``step_unit``.
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
        ``"elnino"``, ``"sunspots"`` or ``"co2"``.

    Returns
    -------
    record : Record
        ``values`` and ``times`` are float64 arrays, shape (n,).

    Raises
    ------
    ParameterError
        If there is no such record; the message offers the nearest.
    FileFormatError
        If a byte of the file is not as it was released.

    Notes
    -----
    Reads and hashes at most 40 kB.

    References
    ----------
    Keeling and Whorf (2004) for co2; ``data/README.md`` for the others.

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
    title, step_unit, unit, origin = DESCRIPTIONS[name]
    rows, sha256 = _rows(name)
    values = numpy.array([float(row[-1] or "nan") for row in rows])
    labels = None
    if step_unit == "month":
        times = [int(row[0]) + (int(row[1]) - 0.5) / 12 for row in rows]
    elif step_unit == "year":
        times = [float(row[0]) for row in rows]
    else:
        labels = numpy.array([row[0] for row in rows])
        times = [_decimal_year(row[0]) for row in rows]
    return Record(
        name=name,
        title=title,
        times=numpy.array(times),
        values=values,
        labels=labels,
        step=1.0,
        step_unit=step_unit,
        unit=unit,
        origin=origin,
        license=LICENSE,
        sha256=sha256,
    )


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
