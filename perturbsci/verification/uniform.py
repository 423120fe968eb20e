"""Orders of accuracy uniform in a small parameter.

A scheme can converge for every epsilon and still lose its order somewhere between: the
errors maximized over epsilon converge at ``worst_order``, which is what a user gets who
keeps one step for all epsilon.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate
from perturbsci.verification.orders import observed_order

__all__ = ["UniformOrder", "uniform_order"]

REDUCTION = 0.1  # the loss of order that still counts as none


@dataclass(frozen=True, slots=True, eq=False)
class UniformOrder(Result):
    r"""Errors over epsilon and step, and the orders that they show.

    Parameters
    ----------
    epsilons : real array, shape (k,)
        The small parameter.
    steps : real array, shape (m,)
        In the unit of the variable.
    errors : real array, shape (k, m)
        As ``error_of`` gave them.
    orders : real array, shape (k,)
        Tail slope of each row; NaN where fewer than 2 errors are above the floor.
    order : float
        The smallest of them.
    worst_errors : real array, shape (m,)
        Maximum over epsilon.
    worst_order : float
        Tail slope of ``worst_errors``.
    status : Status
        NOT_FINITE if an error is not finite.
    certificate : Certificate
        What order reduction costs: median(orders) - worst_order, of kind ``estimate``.

    Examples
    --------
    >>> table = uniform_order(lambda epsilon, step: step**2, [1.0, 1e-3], [0.1, 0.05])
    >>> print(table.summary())
    UniformOrder: CONVERGED. The result meets its tolerance; use it with its certificate.
    epsilon \ step      0.1     0.05   order
               1  1.0e-02  2.5e-03   2.000
           0.001  1.0e-02  2.5e-03   2.000
           worst  1.0e-02  2.5e-03   2.000
    passed: order uniform in epsilon: 0 <= 0.1 (estimate, tail slopes)
    """

    epsilons: Array
    steps: Array
    errors: Array
    orders: Array
    order: float
    worst_errors: Array
    worst_order: float
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return the table of errors and orders.

        Returns
        -------
        text : str
            One row per epsilon, the worst case last.
        """
        header = "".join(f"{step:>9.3g}" for step in self.steps)
        rows = [
            (f"{e:g}", r, p)
            for e, r, p in zip(self.epsilons, self.errors, self.orders, strict=True)
        ]
        rows.append(("worst", self.worst_errors, self.worst_order))
        table = [
            f"{name:>14}" + "".join(f"{error:>9.1e}" for error in row) + f"{order:>8.3f}"
            for name, row, order in rows
        ]
        first = f"UniformOrder: {self.status.name}. {self.status.value}"
        return clip(
            [first, f"epsilon \\ step{header}   order", *table, str(self.certificate)]
        )


def uniform_order(
    error_of: Callable[[float, float], float],
    epsilons: Array,
    steps: Array,
    *,
    floor: float = 1e-11,
    last: int = 4,
) -> UniformOrder:
    """Measure the order of accuracy for every epsilon, and of the worst case.

    Parameters
    ----------
    error_of : callable
        ``error_of(epsilon, step)`` gives an error relative to the size of the solution.
    epsilons : real array, shape (k,)
        Values of the small parameter, 0 allowed.
    steps : real array, shape (m,)
        At least 2 different positive steps.
    floor, last : float, int
        As for ``observed_order``.

    Returns
    -------
    table : UniformOrder
        With status and certificate.

    Raises
    ------
    ParameterError
        If an epsilon is negative or an error is not a number, or negative.

    Notes
    -----
    k * m calls of ``error_of``.

    Examples
    --------
    >>> uniform_order(lambda epsilon, step: step, [0.1, 0.0], [0.2, 0.1]).worst_order
    1.0
    """
    if not callable(error_of):
        raise ParameterError(
            f"error_of is {error_of!r:.60}; pass a function of epsilon and step"
        )
    floor = number(floor, "floor", least=0.0)
    epsilon = numpy.asarray(as_array(epsilons, name="epsilons", ndim=1, real=True))
    step = numpy.asarray(as_array(steps, name="steps", ndim=1, real=True))
    if (epsilon < 0).any():
        raise ParameterError(f"epsilons holds {epsilon.min()}; pass values from 0 on")
    observed_order(
        step, step, floor=0.0, last=last
    )  # refuses unusable steps before any work
    errors = numpy.array([[_error(error_of, e, h) for h in step] for e in epsilon])
    orders = numpy.array([_slope(step, row, floor, last) for row in errors])
    worst = errors.max(axis=0)
    finite = bool(numpy.isfinite(errors).all())
    worst_order = _slope(step, worst, floor, last) if finite else math.nan
    measured = orders[numpy.isfinite(orders)]
    return UniformOrder(
        epsilons=epsilon,
        steps=step,
        errors=errors,
        orders=orders,
        order=float(measured.min()) if measured.size else math.nan,
        worst_errors=worst,
        worst_order=worst_order,
        status=Status.CONVERGED if finite else Status.NOT_FINITE,
        certificate=_certificate(measured, worst_order, finite),
    )


def _error(error_of: Callable[[float, float], float], epsilon: float, step: float) -> float:
    error = error_of(float(epsilon), float(step))
    try:
        odd = isinstance(error, str) or numpy.iscomplexobj(error)
        value = -1.0 if odd else float(error)
    except (TypeError, ValueError):
        value = -1.0
    if value < 0:
        raise ParameterError(
            f"error_of({epsilon:g}, {step:g}) is {error!r}; return a number from 0 on"
        )
    return value


def _slope(steps: numpy.ndarray, errors: numpy.ndarray, floor: float, last: int) -> float:
    usable = numpy.isfinite(errors) & (errors > floor)
    if usable.sum() < 2:
        return math.nan
    return observed_order(steps, errors, floor=floor, last=last)


def _certificate(measured: numpy.ndarray, worst_order: float, finite: bool) -> Certificate:
    claim, method = "order uniform in epsilon", "tail slopes"
    if finite and math.isnan(worst_order):
        why = ("fewer than 2 errors are above the floor: no order can be seen",)
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    loss = float(numpy.median(measured)) - worst_order if measured.size else math.nan
    return Certificate(claim, loss, REDUCTION, "estimate", method)
