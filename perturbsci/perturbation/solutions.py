"""The regular solution of F(x, epsilon) = 0 through x_0 as a power series in epsilon.

    x_k = -J^{-1} [epsilon^k] F(sum_{j<k} x_j epsilon^j, epsilon),  J = F_x(x_0, 0)

Reference: Hinch (1991), section 1.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Number as PlainNumber

import numpy
import sympy

from perturbsci.arguments import is_finite_number, whole
from perturbsci.backend import linalg
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.composition import Composer, Values
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.formulas import as_equations, as_symbol, as_symbols
from perturbsci.perturbation.multiprecision import (
    DIGITS,
    Number,
    context,
    number,
    summed,
    wide,
)
from perturbsci.results import Result, Status
from perturbsci.verification.certificate import Certificate

__all__ = ["SolutionExpansion", "expand_solution"]

SINGULAR = 1e14  # condition number beyond which J counts as singular
DOUBTFUL = 1e8
STEPS = 12  # of Newton's method: digits double, 100 of them from 3
NEAR = 1e-3  # how far the start may be from the solution


@dataclass(frozen=True, slots=True, eq=False)
class SolutionExpansion(Result):
    """A regular solution of a system of equations as a power series.

    Parameters
    ----------
    expansion : Expansion
        Coefficients of shape (N + 1, n_unknowns), powers 0, ..., N.
    condition : float
        2-norm condition number of the Jacobian at epsilon = 0.
    status : Status
        ILL_CONDITIONED if the condition number exceeds 1e8.
    certificate : Certificate
        ``value`` is the power of epsilon that the residual must begin with, N + 1,
        ``bound`` the one found by substitution; N + 2 stands for that one or more.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> expand_solution((x**2 + e * x - 1,), (x,), e, (1,), order=2).condition
    1.0
    """

    expansion: Expansion
    condition: float
    status: Status
    certificate: Certificate


def expand_solution(
    equations: Iterable[sympy.Expr],
    unknowns: Iterable[sympy.Symbol],
    epsilon: sympy.Symbol,
    start: Iterable[object],
    *,
    order: int = 4,
) -> SolutionExpansion:
    """Expand the solution of analytic equations that passes through a regular one.

    Parameters
    ----------
    equations : sequence of n sympy.Expr
        Each vanishes; analytic in the unknowns and in epsilon.
    unknowns : sequence of n sympy.Symbol
        x.
    epsilon : sympy.Symbol
        The small parameter.
    start : sequence of n numbers
        x_0, of Python or SymPy; three digits are enough, Newton's method adds the rest.
    order : int
        N, the highest power.

    Returns
    -------
    solution : SolutionExpansion
        With all coefficients rounded from 100 digits.

    Raises
    ------
    ShapeError
        If there are not as many equations and start values as unknowns.
    ParameterError
        If the Jacobian is singular, the start no solution at epsilon = 0, the equations
        not analytic there, or an argument of another kind.

    Notes
    -----
    One LU factorization, and N evaluations of F with series of N + 1 terms.

    References
    ----------
    Hinch (1991), section 1.1.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> root = expand_solution((x**2 + e * x - 1,), (x,), e, (1,), order=2)
    >>> root.expansion.coefficients[:, 0]
    array([ 1.   , -0.5  ,  0.125])
    """
    order = whole(order, "order", least=0)
    formulas, names = _system(equations, unknowns, epsilon)
    first = _polished(formulas, names, epsilon, _start(start, names))
    matrix = _jacobian(formulas, names, epsilon, first)
    condition = _condition(matrix)
    composer = Composer(order + 1)
    series = [composer.constant(value) for value in first]
    known = dict(zip(names, series, strict=True))
    known[epsilon] = composer.constant(0)
    known[epsilon][1] = context().mpc(1)
    for k in range(1, order + 1):
        column = [composer.evaluate(formula, known)[k] for formula in formulas]
        for values, step in zip(series, context().lu_solve(matrix, column), strict=True):
            values[k] = -step
    found = _first_power([composer.evaluate(formula, known) for formula in formulas])
    columns = [_rounded(values[:-1]) for values in series]
    table = numpy.array(columns).T
    return SolutionExpansion(
        Expansion.from_terms(list(table if table.imag.any() else table.real)),
        condition,
        Status.ILL_CONDITIONED if condition > DOUBTFUL else Status.CONVERGED,
        Certificate(
            "power of epsilon in the residual, needed and found",
            float(order + 1),
            float(found),
            "a-posteriori",
            f"substitution, {DIGITS} digits",
            ("coefficients before rounding",),
        ),
    )


def _system(
    equations: Iterable[sympy.Expr],
    unknowns: Iterable[sympy.Symbol],
    epsilon: sympy.Symbol,
) -> tuple[list[sympy.Expr], list[sympy.Symbol]]:
    """Return equations and unknowns as lists of one length."""
    names = list(as_symbols(unknowns, "unknowns"))
    as_symbol(epsilon, "epsilon")
    formulas = as_equations(equations, len(names))
    held = set().union(*(formula.free_symbols for formula in formulas))
    if unknown := sorted(map(str, held - {*names, epsilon})):
        raise ParameterError(
            f"equations holds {', '.join(unknown)} beside the unknowns and {epsilon}; "
            "substitute numbers"
        )
    return formulas, names


def _start(start: Iterable[object], names: list[sympy.Symbol]) -> list[Number]:
    try:
        listed = [start] if isinstance(start, (PlainNumber, sympy.Expr)) else start
        given = [sympy.S(value) for value in listed if not isinstance(value, str)]
        values = [wide(number(value)) for value in given]
        if not all(is_finite_number(abs(complex(value))) for value in values):
            raise TypeError
    except (TypeError, AttributeError, OverflowError, ParameterError, sympy.SympifyError):
        raise ParameterError(f"start is {start!r:.60}; pass a tuple of numbers") from None
    if len(values) != len(names):
        raise ShapeError(
            f"start has {len(values)} numbers but unknowns {len(names)}; pass one an "
            "unknown"
        )
    return values


def _polished(
    formulas: list[sympy.Expr],
    names: list[sympy.Symbol],
    epsilon: sympy.Symbol,
    start: list[Number],
) -> list[Number]:
    """Return the solution at epsilon = 0 with all digits, by Newton's method."""
    composer, here = Composer(0), list(start)
    for _ in range(STEPS):
        known = {name: [value] for name, value in zip(names, here, strict=True)}
        known[epsilon] = composer.constant(0)
        values = [composer.evaluate(formula, known)[0] for formula in formulas]
        matrix = _jacobian(formulas, names, epsilon, here)
        _condition(matrix)
        steps = context().lu_solve(matrix, values)
        here = [value - step for value, step in zip(here, steps, strict=True)]
        size = 1 + max(abs(value) for value in here)
        moved = max(abs(a - b) for a, b in zip(here, start, strict=True))
        if moved > NEAR * size:
            raise _no_solution(start, values, epsilon)
        if max(abs(step) for step in steps) <= context().mpf(10) ** (5 - DIGITS) * size:
            return here
    raise _singular(numpy.inf)  # slow: the start is near a solution where J vanishes


def _no_solution(
    start: list[Number], values: list[Number], epsilon: sympy.Symbol
) -> ParameterError:
    return ParameterError(
        f"start is {[complex(value) for value in start]}, where the equations at {epsilon} "
        f"= 0 are {[complex(value) for value in values]}; pass a solution with three "
        "digits at least"
    )


def _jacobian(
    formulas: list[sympy.Expr],
    names: list[sympy.Symbol],
    epsilon: sympy.Symbol,
    here: list[Number],
) -> Number:
    """Return F_x(x, 0); what is left by cancellation of the terms is zero."""
    composer = Composer(0)
    known = {name: [value] for name, value in zip(names, here, strict=True)}
    known[epsilon] = composer.constant(0)
    rows = [[formula.diff(name) for name in names] for formula in formulas]
    return context().matrix(
        [
            [
                summed(composer.evaluate(part, known)[0] for part in _parts(entry))
                for entry in row
            ]
            for row in rows
        ]
    )


def _parts(entry: sympy.Expr) -> tuple[sympy.Expr, ...]:
    return sympy.Add.make_args(sympy.expand(entry))


def _condition(matrix: Number) -> float:
    """Return the condition number of the Jacobian, or refuse a singular one."""
    array = numpy.array([[complex(entry) for entry in row] for row in matrix.tolist()])
    values = linalg.svd(array)[1]
    condition = float(values[0] / values[-1]) if values[-1] else numpy.inf
    if not condition <= SINGULAR:
        raise _singular(condition)
    return condition


def _singular(condition: float) -> ParameterError:
    return ParameterError(
        f"equations has a singular Jacobian at the start, condition number "
        f"{condition:.3g}, needed at most {SINGULAR:.0e}; use expand_roots, the "
        "solution has fractional powers or is not unique"
    )


def _rounded(values: Values) -> list[complex]:
    """Return the coefficients in double precision, zero where they are rounding."""
    size = max(1, max(abs(value) for value in values))
    tolerance = context().mpf(10) ** (-DIGITS // 2) * size
    parts = [[p if abs(p) > tolerance else 0 for p in (v.real, v.imag)] for v in values]
    return [complex(float(real), float(imaginary)) for real, imaginary in parts]


def _first_power(residuals: list[Values]) -> int:
    """Return the first power that is more than rounding, or one above the last."""
    size = max(1, max(abs(value) for series in residuals for value in series))
    tolerance = context().mpf(10) ** (-DIGITS // 2) * size
    length = len(residuals[0])
    found = (k for k in range(length) if any(abs(s[k]) > tolerance for s in residuals))
    return next(found, length)
