"""What a run is to do: its arguments, checked before any work starts."""

import contextlib
import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive
from perturbsci.errors import ParameterError
from perturbsci.multiscale.parts import Parts
from perturbsci.multiscale.problem import SplitProblem, checked_problem
from perturbsci.multiscale.recursion import Recursion, recursion_of
from perturbsci.multiscale.schemes import Scheme, scheme_name, scheme_named
from perturbsci.multiscale.spans import check_count, checked_span, checked_times
from perturbsci.types import Array

__all__ = ["Plan", "planned", "quiet"]

RTOL, ATOL = 1e-6, 1e-9
NEAR = 1e-9  # relative; a step this little above a bound is at the bound


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Arguments of a run that were checked.

    Parameters
    ----------
    span : tuple of float
        t0 <= t1.
    times : real array, shape (n,)
        At which states are stored.
    scheme : Tableau, Multistep or ``"native"``
        Resolved.
    step : float or None
        The largest step, if steps are fixed.
    tolerances : tuple of float or None
        rtol and atol, if they are not.
    largest : float
        The stability limit.
    """

    span: tuple[float, float]
    times: Array
    scheme: Scheme
    step: float | None
    tolerances: tuple[float, float] | None
    largest: float

    @property
    def stops(self) -> list[float]:
        """The times after the start at which a step must end."""
        later = {*self.times.tolist(), self.span[1]} - {self.span[0]}
        return sorted(later)

    @property
    def exceeds(self) -> bool:
        """True if the fixed step is above the stability limit."""
        return self.step is not None and self.step > self.largest * (1 + NEAR)

    def recursion(self, parts: Parts) -> Recursion:
        """Return the recursion of the scheme.

        Parameters
        ----------
        parts : Parts
            Of the problem.

        Returns
        -------
        recursion : Recursion
            With buffers of its own.

        Raises
        ------
        ParameterError
            If the scheme does not fit the problem, or adaptive steps.
        """
        found = recursion_of(parts, self.scheme)
        if self.tolerances and not found.adaptive:
            raise ParameterError(
                f"rtol is {self.tolerances[0]:g} with scheme {scheme_name(self.scheme)!r}, "
                "whose steps are fixed; pass step=, or a one-step scheme such as 'ark324'"
            )
        return found


def planned(
    problem: SplitProblem,
    epsilon: float,
    t_span: tuple[float, float],
    scheme: object,
    step: float | None,
    tolerances: tuple[float | None, float | None] = (None, None),
    *,
    t_eval: Array | None = None,
    strict: bool = True,
) -> Plan:
    """Return what is to be done, or say which argument is in the way.

    Parameters
    ----------
    problem : SplitProblem
        What is solved.
    epsilon : float
        Checked.
    t_span : tuple of float
        Start and end.
    scheme : str, Tableau or Multistep
        How.
    step : float or None
        Fixed, or else
    tolerances : tuple of float or None
        rtol and atol, None for the default.
    t_eval : real array, shape (n,), optional
        Where states are stored.
    strict : bool
        Refuse a step above the stability limit.

    Returns
    -------
    plan : Plan
        Checked.

    Raises
    ------
    ParameterError
        If an argument has a wrong value.
    """
    checked_problem(problem)
    span = checked_span(t_span)
    times = checked_times(t_eval, span)
    if (step is None) == (tolerances == (None, None)):
        raise ParameterError(
            f"step is {step!r}, rtol {tolerances[0]!r} and atol {tolerances[1]!r}; pass "
            "either step, or one or both tolerances"
        )
    if step is not None:
        step = positive(step, "step")
        length = span[1] - span[0]
        check_count(length, step)
        if length and step > length * (1 + NEAR):
            raise ParameterError(
                f"step is {step:g} but t_span only {length:g} long; pass a step of at most "
                "that"
            )
    rtol, atol = tolerances
    chosen = scheme_named(scheme)
    if problem.admit is not None:
        problem.admit(chosen, epsilon, step)
    adaptive = None
    if step is None:
        rtol = RTOL if rtol is None else positive(rtol, "rtol")
        atol = ATOL if atol is None else positive(atol, "atol")
        adaptive = (rtol, atol)
    largest = _largest_step(problem, epsilon)
    plan = Plan(span, times, chosen, step, adaptive, largest)
    if strict and plan.exceeds:
        raise ParameterError(
            f"step is {step:g} but the explicit part of {problem.name!r} is stable up to "
            f"largest_step = {largest:.6g} at epsilon = {epsilon:g}; pass a smaller step, "
            "or strict=False to see what happens"
        )
    return plan


def quiet() -> contextlib.AbstractContextManager[None]:
    """Return a context in which a state may become infinite: that is looked at here.

    Returns
    -------
    context : context manager
        Of NumPy's floating-point warnings.
    """
    return numpy.errstate(all="ignore")


def _largest_step(problem: SplitProblem, epsilon: float) -> float:
    if problem.largest_step is None:
        return math.inf
    return float(problem.largest_step(epsilon))
