"""Times and steps as arguments: spans, evaluation times, single numbers."""

from collections.abc import Iterable

import numpy

from perturbsci.arguments import number, whole
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "check_count",
    "checked_epsilon",
    "checked_span",
    "checked_times",
    "even_number",
    "whole_number",
]

MOST_STEPS = 1e10
LARGEST_COUNT = 2**31 - 1  # of cells, nodes, angles


def checked_epsilon(epsilon: object) -> float:
    """Return epsilon as a float.

    Parameters
    ----------
    epsilon : object
        What was passed.

    Returns
    -------
    epsilon : float
        From 0 on, finite.

    Raises
    ------
    ParameterError
        If it is no such number; an array gets the hint to call ``order_map``.
    """
    try:
        return number(epsilon, "epsilon", least=0.0)
    except ParameterError as error:
        many = getattr(epsilon, "ndim", 0) or isinstance(epsilon, (list, tuple))
        if not many:
            raise
        advice = "for a whole table call order_map(epsilons=...)"
        raise ParameterError(f"{error}; {advice}") from None


def whole_number(value: object, name: str, *, least: int) -> int:
    """Return one whole number.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    least : int
        The smallest that is allowed; the largest has 31 bits.

    Returns
    -------
    number : int
        Of Python.

    Raises
    ------
    ParameterError
        If it is none, or outside the range.
    """
    found = whole(value, name, least=least)
    if found > LARGEST_COUNT:
        raise ParameterError(
            f"{name} has {found.bit_length()} bits; pass a whole number up to "
            f"{LARGEST_COUNT}"
        )
    return found


def even_number(value: object, name: str, *, least: int) -> int:
    """Return one even number: a grid that Fourier transforms shift and reflect.

    Parameters
    ----------
    value : object
        What was passed.
    name : str
        Of the argument.
    least : int
        The smallest that is allowed.

    Returns
    -------
    number : int
        Of Python.

    Raises
    ------
    ParameterError
        If it is no whole number, too small, or odd.
    """
    found = whole_number(value, name, least=least)
    if found % 2:
        raise ParameterError(
            f"{name} is {found}; Fourier methods need an even number of nodes, pass "
            f"{found + 1}"
        )
    return found


def checked_span(t_span: object) -> tuple[float, float]:
    """Return the two ends of an interval of time.

    Parameters
    ----------
    t_span : pair of float
        Start and end, which may be equal.

    Returns
    -------
    ends : tuple of float
        t0 <= t1, finite.

    Raises
    ------
    ParameterError
        If it is no such pair.
    """
    ends = list(t_span) if isinstance(t_span, Iterable) else []
    try:
        start, end = (number(t, "t_span") for t in ends)
    except ValueError:  # not two, or not numbers
        raise ParameterError(
            f"t_span is {t_span!r:.60}; pass two finite numbers, such as (0.0, 0.5)"
        ) from None
    if start > end:
        raise ParameterError(
            f"t_span is {t_span!r:.60}, which runs backward; pass the earlier time first, "
            "relaxation has no way back"
        )
    return start, end


def check_count(length: float, step: float, name: str = "t_span") -> None:
    """Refuse more steps than a run could take.

    Parameters
    ----------
    length, step : float
        Of the span and of a step.
    name : str
        Of the span, for the message.

    Raises
    ------
    ParameterError
        If there are more than 1e10 of them.
    """
    if length > MOST_STEPS * step:
        raise ParameterError(
            f"step is {step:.3g} for a {name} of length {length:.3g}, which is more than "
            f"{MOST_STEPS:g} steps; pass a longer step or a shorter {name}"
        )


def checked_times(t_eval: object, t_span: tuple[float, float]) -> Array:
    """Return the times at which states are stored.

    Parameters
    ----------
    t_eval : real array, shape (n,), or None
        Strictly increasing, inside the span; None for its ends.
    t_span : tuple of float
        Checked.

    Returns
    -------
    times : real array, shape (n,)
        On the host, float64.

    Raises
    ------
    ParameterError
        If they are not sorted, or one is outside.
    """
    start, end = t_span
    if t_eval is None:
        return numpy.array([start, end] if end > start else [start])
    times = to_host(as_array(t_eval, name="t_eval", ndim=1, real=True))
    times = times.astype(numpy.float64)
    if (numpy.diff(times) <= 0).any():
        k = int(numpy.argmax(numpy.diff(times) <= 0))
        raise ParameterError(
            f"t_eval has {times[k]:g} before {times[k + 1]:g} at index {k}; pass strictly "
            "increasing times"
        )
    if times[0] < start or times[-1] > end:
        outside = times[0] if times[0] < start else times[-1]
        raise ParameterError(
            f"t_eval holds {outside:g}, which is outside t_span = ({start:g}, {end:g}); "
            "drop it or widen the span"
        )
    return times
