"""The limit of a sequence: Shanks' transformation and Richardson's extrapolation.

Shanks, by Wynn's epsilon algorithm, for sums of exponentials in n:

    e_{k+1}(j) = e_{k-1}(j+1) + 1/(e_k(j+1) - e_k(j)),  only even k are values

Richardson for T(h) = T + a_1 h^p_1 + a_2 h^p_2 + ..., by the E-algorithm, which takes any
steps: T_k(j) = T_{k-1}(j) - g (T_{k-1}(j+1) - T_{k-1}(j)) / (g' - g), where g and g' are
h^p_k at j and j+1 after the same k-1 eliminations; for h_j/h_{j+1} = r this is
(r^p T(j+1) - T(j)) / (r^p - 1).

References: Wynn (1956); Brezinski and Redivo Zaglia (1991), sections 2.1 and 2.3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import flag
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["Extrapolation", "error_certificate", "richardson", "shanks"]


@dataclass(frozen=True, slots=True, eq=False)
class Extrapolation(Result):
    """A limit, and the table that leads to it.

    Parameters
    ----------
    value : float, complex or array, shape (...)
        The limit.
    error_estimate : float or real array, shape (...)
        The difference of the last two values of the table.
    table : array, shape (n, n, ...)
        Row k, entry j: e_k(j) or T_k(j); NaN where there is none.
    status : Status
        CONVERGED, or TOLERANCE_NOT_REACHED if the estimate exceeds all entries.
    certificate : Certificate
        The estimate, relative to the largest entry.

    Examples
    --------
    >>> float(shanks([1.0, 1.5, 1.75, 1.875]).value)
    2.0
    """

    value: Array
    error_estimate: Array
    table: Array
    status: Status
    certificate: Certificate


def shanks(sequence: Array, *, strict: bool = True) -> Extrapolation:
    """Extrapolate a sequence, such as partial sums, by Wynn's epsilon algorithm.

    Parameters
    ----------
    sequence : real or complex array, shape (n,)
        At least 3 entries.
    strict : bool
        Raise if the estimate exceeds all entries; False returns the result.

    Returns
    -------
    limit : Extrapolation
        Two entries of a column that agree to rounding end the table; the estimate is
        then the larger of the last two differences in the column.

    Raises
    ------
    ShapeError
        If there are fewer than 3 entries.
    ConvergenceError
        If no digit is certain; it carries the result.

    Notes
    -----
    n^2/2 divisions. Exact after 2 m + 1 entries for a limit plus m exponentials.

    References
    ----------
    Wynn (1956).

    Examples
    --------
    >>> pi = 4 * numpy.cumsum([1.0, -1 / 3, 1 / 5, -1 / 7, 1 / 9, -1 / 11, 1 / 13])
    >>> round(float(shanks(pi).value), 4)
    3.1416
    """
    strict = flag(strict, "strict")
    entries = to_host(as_array(sequence, name="sequence", ndim=1))
    n = len(entries)
    if n < 3:
        raise ShapeError(f"sequence has {n} entries, needed at least 3; add partial sums")
    table = numpy.full((n, n), numpy.nan, dtype=entries.dtype)
    table[0] = entries
    below = numpy.zeros(n, dtype=entries.dtype)
    roundoff = 4 * numpy.finfo(entries.dtype).eps
    for k in range(n - 1):
        steps = numpy.diff(table[k, : n - k])
        if (abs(steps) <= roundoff * abs(table[k, 1 : n - k])).any():
            # Of an odd column: its neighbor on the left is what has converged.
            column = table[k - k % 2, : n - k + k % 2]
            estimate = abs(numpy.diff(column)[-2:]).max()
            return _extrapolation(column[-1], estimate, table, "Wynn's epsilon", strict)
        table[k + 1, : n - k - 1] = below[1 : n - k] + 1 / steps
        below = table[k, : n - k]
    even = range(0, n, 2)
    last = [table[k, n - 1 - k] for k in even]
    estimate = abs(last[-1] - last[-2])
    return _extrapolation(last[-1], estimate, table, "Wynn's epsilon", strict)


def richardson(
    values: Array, steps: Array, *, exponents: Sequence[float], strict: bool = True
) -> Extrapolation:
    """Extrapolate values at several steps to step zero.

    Parameters
    ----------
    values : real or complex array, shape (n, ...)
        T(h_j); numbers or arrays.
    steps : real array, shape (n,)
        h_j, positive and different; in any ratio.
    exponents : sequence of float
        0 < p_1 < p_2 < ...; the first n - 1 are used, or all if there are fewer.
    strict : bool
        Raise if the estimate exceeds all entries; False returns the result.

    Returns
    -------
    limit : Extrapolation
        The entry that uses all exponents and the last steps.

    Raises
    ------
    ShapeError
        If there are fewer than 2 values, or not one step a value.
    ParameterError
        If steps or exponents are not positive or not different.
    ConvergenceError
        If no digit is certain; it carries the result.

    Notes
    -----
    n^3/3 divisions.

    References
    ----------
    Brezinski and Redivo Zaglia (1991), section 2.1.

    Examples
    --------
    >>> h = numpy.array([0.4, 0.2, 0.1])
    >>> round(float(richardson(numpy.sin(h) / h, h, exponents=[2, 4]).value), 6)
    1.0
    """
    strict = flag(strict, "strict")
    column = to_host(as_array(values, name="values"))
    h = to_host(as_array(steps, name="steps", ndim=1, real=True))
    powers = to_host(as_array(exponents, name="exponents", ndim=1, real=True))
    if column.ndim == 0 or len(column) != len(h) or len(h) < 2:
        raise ShapeError(
            f"values has shape {column.shape} but steps {h.shape}; pass one step a value, "
            "at least two"
        )
    if (h <= 0).any() or len(set(h)) < len(h):
        raise ParameterError(f"steps is {h}; pass positive and different ones")
    if (numpy.diff(powers, prepend=0.0) <= 0).any():
        raise ParameterError(f"exponents is {powers}; pass positive ascending numbers")
    n = len(h)
    powers = powers[: n - 1]
    table = numpy.full((n, *column.shape), numpy.nan, dtype=column.dtype)
    table[0] = column
    gauges = h ** powers[:, None]
    for k in range(len(powers)):
        weights = gauges[0, :-1] / (gauges[0, 1:] - gauges[0, :-1])
        gauges = gauges[1:, :-1] - weights * numpy.diff(gauges[1:])
        shaped = weights.reshape(-1, *[1] * (column.ndim - 1))
        column = column[:-1] - shaped * numpy.diff(column, axis=0)
        table[k + 1, : len(column)] = column
    before = table[len(powers) - 1, len(column)]
    return _extrapolation(column[-1], abs(column[-1] - before), table, "Richardson", strict)


def _extrapolation(
    value: Array, estimate: Array, table: Array, method: str, strict: bool
) -> Extrapolation:
    certificate = error_certificate(
        float(numpy.max(estimate)), float(numpy.max(abs(table[0]))), method
    )
    status = Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED
    result = Extrapolation(value, estimate, table, status, certificate)
    if strict and not certificate.passed:
        raise ConvergenceError(
            f"the extrapolated value {numpy.max(abs(value)):.3g} has an error estimate of "
            f"{numpy.max(estimate):.3g}; pass more entries, or strict=False for the table",
            result,
        )
    return result


def error_certificate(estimate: float, size: float, method: str) -> Certificate:
    """Return the claim that the error is smaller than what went in.

    Parameters
    ----------
    estimate : float
        Of the absolute error.
    size : float
        Of the largest entry, or of the value and its first term.
    method : str
        What was done.

    Returns
    -------
    certificate : Certificate
        Of kind ``estimate``; it passes if the estimate is below the size.
    """
    relative = estimate / size if size else (0.0 if estimate == 0 else math.inf)
    return Certificate(
        "error estimate, relative to the data", relative, 1.0, "estimate", method
    )
