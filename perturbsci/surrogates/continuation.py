"""Branches of solutions over a parameter: folds, crossings, stability.

The parameter is one more unknown, and the length of the curve is what is prescribed, so
that a branch is followed around its folds (Keller 1977).
"""

import sympy

from perturbsci.arguments import flag, is_finite_number, whole
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.surrogates.branches import Branch
from perturbsci.surrogates.guesses import checked_guess
from perturbsci.surrogates.polynomial_space import checked_space
from perturbsci.surrogates.walks import Walk

__all__ = ["continue_branch"]

DEGREE = 24


def continue_branch(
    problem: FieldProblem,
    parameter: sympy.Symbol,
    start: float,
    stop: float,
    *,
    tolerance: float = 1e-8,
    guess: object = None,
    max_points: int = 400,
    strict: bool = True,
) -> Branch:
    """Return the branch of solutions through one of them, over a parameter.

    Parameters
    ----------
    problem : FieldProblem
        Steady, on an interval, with ``parameter`` among its parameters.
    parameter : sympy.Symbol
        The one that varies.
    start, stop : float
        The branch begins at ``start`` towards ``stop``, and ends where the parameter
        leaves the interval between them, also backwards after a fold.
    tolerance : float, optional
        On the share of the highest Legendre coefficients; the degree is raised to it.
    guess : Surrogate or callable, optional
        From which Newton's method begins at ``start``; maps points, shape (n, 1), to
        values. Zero by default.
    max_points : int, optional
        Of the branch.
    strict : bool, optional
        Raise if the end is not reached; otherwise the status says so.

    Returns
    -------
    branch : Branch
        Its values, solutions, folds and bifurcations.

    Raises
    ------
    ParameterError
        If the statement is of another kind, it has no such parameter, or a number is out
        of range.
    ConvergenceError
        If Newton's method fails at the start, or the end is not reached; its ``partial``
        is the Branch so far, None at the start.

    Notes
    -----
    Dense linear algebra with some 25 to 120 unknowns a field: about 5 ms a point. Steps
    follow the number of Newton steps and are cut where more than one eigenvalue changes
    sign. Other branches are not followed: pass a guess on them.

    References
    ----------
    Keller (1977).

    Examples
    --------
    >>> from perturbsci import problems as pp
    >>> (x,), p = pp.coordinates("x"), sympy.Symbol("p")
    >>> u = pp.field("u", x)
    >>> problem = pp.FieldProblem([u.diff(x, 2) + p * u - u**3],
    ...                           pp.Box({x: (0, sympy.pi)}), [pp.Dirichlet(u, 0)],
    ...                           parameters={p: 0})
    >>> continue_branch(problem, p, 0.5, 5.0).bifurcations.round(8)
    array([1., 4.])
    """
    _check(start, stop, tolerance, max_points, strict)
    space = checked_space(problem, parameter, DEGREE)
    walk = Walk(space, float(start), float(stop), float(tolerance))
    if not walk.begin(checked_guess(guess, problem.coordinates)):
        raise ConvergenceError(
            f"Newton's method found no solution at {space.parameter} = {start}; "
            "pass a guess near one",
            None,
        )
    status = walk.go(int(max_points))
    branch = walk.branch(status)
    if strict and not status.ok:
        raise ConvergenceError(
            f"the branch stopped at {space.parameter} = {branch.parameter_values[-1]:.6g} "
            f"after {len(branch.parameter_values)} points: {status.value} The branch so "
            "far is `partial` of this error",
            branch,
        )
    return branch


def _check(
    start: object, stop: object, tolerance: object, max_points: object, strict: object
) -> None:
    """Raise for arguments that are out of range."""
    for name, value in (("start", start), ("stop", stop)):
        if not is_finite_number(value):
            raise ParameterError(f"{name} is {value!r:.80}; it must be a finite number")
    if float(start) == float(stop):  # type: ignore[arg-type]
        raise ParameterError(
            f"start and stop are both {start!r}; a branch needs an interval, for a single "
            "value use solve"
        )
    if not is_finite_number(tolerance) or not 1e-13 <= float(tolerance) < 1.0:  # type: ignore[arg-type]
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [1e-13, 1), such as 1e-8"
        )
    whole(max_points, "max_points", least=2)
    flag(strict, "strict")
