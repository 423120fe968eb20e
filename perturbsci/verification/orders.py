"""Observed order of accuracy: the slope of log error over log step.

The slope is taken over the finest points above the round-off floor. Pairwise orders
collapse there: classical RK4 gives 3.58 and -0.51 where the tail slope gives 3.999.
"""

import math

import numpy

from perturbsci.arguments import number, whole
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["observed_order", "assert_order"]


def observed_order(
    steps: Array, errors: Array, *, floor: float = 1e-11, last: int = 4
) -> float:
    """Return the observed order of accuracy.

    The slope of the least-squares line of log(error) on log(step) over the ``last``
    finest points whose error is above ``floor``.

    Parameters
    ----------
    steps : real array, shape (m,)
        Positive and different from each other; in the unit of the variable.
    errors : real array, shape (m,)
        Not negative, relative to the size of the solution; an error that is not finite
        is dropped.
    floor : float
        Errors up to here are rounding; use 1e-4 in float32.
    last : int
        How many of the finest points are used, at least 2.

    Returns
    -------
    order : float
        p of error = C step^p.

    Raises
    ------
    ShapeError
        If the two lengths differ.
    ParameterError
        If a step is not positive, repeated or not finite, an error is negative, or fewer
        than 2 points remain.

    References
    ----------
    Higham (2002), section 1.5, for what rounding does to the finest points.

    Examples
    --------
    >>> observed_order([0.1, 0.05, 0.025], [4e-3, 1e-3, 2.5e-4])
    2.0
    """
    step, error = _tail(steps, errors, floor, last)
    x = numpy.log(step / step.max())
    y = numpy.log(error / error.max())
    deviation = x - x.mean()
    return round(float(deviation @ y / (deviation @ deviation)), 14)


def assert_order(
    steps: Array,
    errors: Array,
    expected: float,
    *,
    within: float = 0.05,
    cap: float | None = None,
    floor: float = 1e-11,
    last: int = 4,
) -> None:
    """Assert an observed order, decreasing errors, and a cap on the finest error.

    An order alone can be right with a wrong constant: hence the cap.

    Parameters
    ----------
    steps, errors : real array, shape (m,)
        As for ``observed_order``.
    expected : float
        The order of the theory.
    within : float
        How far the observed order may be from it.
    cap : float, optional
        The largest error allowed at the finest step.
    floor, last : float, int
        As for ``observed_order``.

    Raises
    ------
    AssertionError
        With the table of steps and errors.

    Examples
    --------
    >>> assert_order([0.1, 0.05, 0.025], [4e-3, 1e-3, 2.5e-4], expected=2, cap=3e-4)
    """
    given = {"expected": expected, "within": within, "cap": 0.0 if cap is None else cap}
    for name, value in given.items():
        nan = isinstance(value, float) and math.isnan(value)
        if not nan:  # NaN fails below, with the table
            number(value, name)
    order = observed_order(steps, errors, floor=floor, last=last)
    step, error = _tail(steps, errors, floor, last)
    problems = []
    if not abs(order - expected) <= within:
        problems.append(f"observed order {order:.4f}, expected {expected} within {within}")
    if not (numpy.diff(error) > 0).all():
        problems.append("the errors do not decrease with the step")
    if cap is not None and not error[0] <= cap:
        problems.append(f"finest error {error[0]:.4g} is above the cap {cap:.4g}")
    if problems:
        rows = [
            f"{h:14.6g} {e:14.6g}" for h, e in zip(step[::-1], error[::-1], strict=True)
        ]
        raise AssertionError(
            "\n".join(["; ".join(problems), "          step          error", *rows])
        )


def _tail(
    steps: Array, errors: Array, floor: float, last: int
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the finest points above the floor, sorted by step."""
    step = numpy.asarray(as_array(steps, name="steps", ndim=1, real=True), dtype=float)
    error = numpy.asarray(
        as_array(errors, name="errors", ndim=1, real=True, finite=False), dtype=float
    )
    if step.shape != error.shape:
        raise ShapeError(
            f"errors has shape {error.shape} but steps has {step.shape}; pass one each"
        )
    if not (step > 0).all() or numpy.unique(step).size < step.size:
        raise ParameterError(
            f"steps is {step.tolist()}; every step must be positive and occur once"
        )
    if (error < 0).any():
        raise ParameterError(f"errors holds {error.min()}; pass absolute values")
    last = whole(last, "last", least=2, meaning="a slope needs at least 2 points")
    floor = number(floor, "floor", least=0.0)
    kept = numpy.isfinite(error) & (error > floor)
    order = numpy.argsort(step[kept])[:last]
    if order.size < 2:
        raise ParameterError(
            f"errors leaves {order.size} points above floor {floor:g}, needed 2; take "
            "larger steps, or lower the floor if the errors are not rounding"
        )
    return step[kept][order], error[kept][order]
