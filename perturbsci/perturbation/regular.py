"""Regular expansions of differential equations: u = sum_k epsilon^k u_k, order by order.

Closed forms where the limit is linear with constant coefficients, by ``dsolve`` on
request; numbers for every regular problem: DOP853 for initial values, Fourier modes in x
for periodic evolution equations, Chebyshev collocation for boundary values.

A term that grows like a power of t (secular) ends the use of the expansion at times of
order 1/epsilon: see ``lindstedt`` and ``average``.

References: Holmes (2013), section 1.6; Bender and Orszag (1999), sections 7.2 and 11.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.arguments import flag, one_of, whole
from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.collocation import collocated
from perturbsci.perturbation.evolution import compiled, evolved, grows, is_complex
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.exponentials import closed_forms, is_secular
from perturbsci.perturbation.hierarchy import Condition, Hierarchy, hierarchy_of
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["RegularExpansion", "expand_regular"]

METHODS = ("auto", "symbolic", "numeric")
AGREEMENT = 1e-9
SPAN = 10.0  # of the default points of an initial value problem
N_POINTS = 101
Terms = tuple[tuple[sympy.Expr, ...], ...]
Values = numpy.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class RegularExpansion(Result):
    """The first orders of a solution, as formulas and as numbers.

    Parameters
    ----------
    equations : tuple of tuple of sympy.Expr
        Entry k, i: equation i of order k, which vanishes.
    terms : tuple of tuple of sympy.Expr
        Entry k, i: u_k of unknown i; as many orders as have a closed form.
    secular : bool array, shape (N + 1,)
        Whether u_k grows like a power of t; False for boundary values.
    points : real array, shape (n_points,) or (n_points, 2)
        t, or (t, x).
    values : array, shape (N + 1, n_points, n_unknowns)
        u_k there.
    functions, variables, conditions, degrees : tuple
        What the equations are solved for, and under which conditions.
    status : Status
        TOLERANCE_NOT_REACHED if the certificate fails.
    certificate : Certificate
        Relative difference of closed forms and numbers, of two numerical solutions, or
        relative residual of the closed forms, at most 1e-9.

    Examples
    --------
    >>> t, e = sympy.symbols("t epsilon")
    >>> u = sympy.Function("u")
    >>> decay = u(t).diff(t) + u(t) + e * u(t) ** 2
    >>> expand_regular((decay,), (u(t),), (t,), e, conditions={u(0): 1}, order=1).terms
    ((exp(-t),), (-exp(-t) + exp(-2*t),))
    """

    equations: Terms
    terms: Terms
    secular: Array
    points: Array
    values: Array
    functions: Terms
    variables: tuple[sympy.Symbol, ...]
    conditions: tuple[Condition, ...]
    degrees: tuple[int, ...]
    status: Status
    certificate: Certificate

    def evaluate(self, epsilon: Array, points: Array | None = None) -> Array:
        """Return the sum of all orders.

        Parameters
        ----------
        epsilon : real array, shape (S)
            The small parameter.
        points : real array, shape (n_points,) or (n_points, 2), optional
            Default those of the result; others are computed as these were.

        Returns
        -------
        value : array, shape (S + (n_points, n_unknowns))
            sum_k epsilon^k u_k.

        Raises
        ------
        ParameterError
            If points of a boundary value problem lie outside the interval.
        """
        values = self.values
        if points is not None:
            made = Hierarchy(
                self.equations,
                self.functions,
                self.variables,
                self.conditions,
                self.degrees,
            )
            where = _points(points, made)
            if len(self.terms) == len(self.equations):
                values = _values_of(self.terms, made, where)
            else:
                values, _ = _numbers(made, where)
        return Expansion.from_terms(list(values)).evaluate(epsilon)


def expand_regular(
    equations: Iterable[sympy.Expr],
    unknowns: Iterable[sympy.Expr],
    variables: Iterable[sympy.Symbol],
    epsilon: sympy.Symbol,
    *,
    conditions: Mapping[sympy.Expr, object],
    order: int = 2,
    method: str = "auto",
    points: Array | None = None,
    strict: bool = True,
) -> RegularExpansion:
    """Expand the solution of a regularly perturbed differential equation.

    Parameters
    ----------
    equations : sequence of n sympy.Expr
        Each vanishes; analytic in epsilon.
    unknowns : sequence of n applied functions
        u(t), or u(t, x).
    variables : sequence of sympy.Symbol
        (t,), or (t, x) for an evolution equation, 2 pi periodic in x.
    epsilon : sympy.Symbol
        The small parameter.
    conditions : mapping
        Such as ``{u(0): 1, u(t).diff(t).subs(t, 0): 0}``, ``{y(0): 1, y(1): 0}`` or
        ``{u(0, x): sin(x)}``; values may depend on epsilon.
    order : int
        N.
    method : str
        ``"auto"``: closed forms for limits with constant coefficients, and numbers;
        ``"symbolic"``: closed forms of all orders, by ``dsolve`` where needed, which may
        take long; ``"numeric"``: numbers only.
    points : real array, shape (n_points,) or (n_points, 2), optional
        Default 101 of the interval, or of 10 units of time; needed for (t, x).
    strict : bool
        Raise if the certificate fails; False returns the result.

    Returns
    -------
    expansion : RegularExpansion
        With equations, closed forms, values and secular flags.

    Raises
    ------
    ParameterError
        If an argument is of another kind, the perturbation is singular, or an order has
        no closed form and ``method="symbolic"``.
    ShapeError
        If there are not as many equations as unknowns, or points have another shape.
    ConvergenceError
        If the certificate fails, or a numerical solution is not found.

    Notes
    -----
    All orders are integrated at once, with a relative tolerance of 1e-12.

    References
    ----------
    Holmes (2013), section 1.6.

    Examples
    --------
    >>> t, e = sympy.symbols("t epsilon")
    >>> u = sympy.Function("u")
    >>> spring = u(t).diff(t, 2) + u(t) + e * u(t) ** 3
    >>> start = {u(0): 1, u(t).diff(t).subs(t, 0): 0}
    >>> series = expand_regular((spring,), (u(t),), (t,), e, conditions=start, order=1)
    >>> series.terms[1][0], series.secular.tolist()
    (-3*t*sin(t)/8 - cos(t)/32 + cos(3*t)/32, [False, True])
    """
    strict = flag(strict, "strict")
    order = whole(order, "order", least=0)
    method = one_of(method, "method", METHODS)
    if not isinstance(conditions, Mapping):
        raise ParameterError(
            f"conditions is {conditions!r:.60}; pass a dict such as {{u(0): 1}}"
        )
    made = hierarchy_of(equations, unknowns, variables, epsilon, conditions, order)
    where = _points(points, made)
    terms = () if method == "numeric" else _terms(made, dsolve=method == "symbolic")
    values, claim = _certified(terms, made, where, method)
    result = RegularExpansion(
        made.equations,
        terms,
        _secular(terms, made),
        where,
        values,
        made.functions,
        made.variables,
        made.conditions,
        made.degrees,
        Status.CONVERGED if claim.passed else Status.TOLERANCE_NOT_REACHED,
        claim,
    )
    if strict and not claim.passed:
        raise ConvergenceError(
            f"the expansion does not meet its own estimate ({claim}); choose fewer orders "
            "or nearer points, or pass strict=False",
            result,
        )
    return result


def _certified(
    terms: Terms, made: Hierarchy, points: numpy.ndarray, method: str
) -> tuple[Values, Certificate]:
    """Return the values, from closed forms if there are all, and what speaks for them."""
    if method == "symbolic":
        values, miss = _values_of(terms, made, points), _residual(terms, made, points)
        texts = "relative residual", "a-posteriori", "substitution"
    else:
        values, miss = _numbers(made, points)
        texts = "relative error", "estimate", "two numerical solutions"
        if len(terms) == len(made.equations):
            numbers, values = values, _values_of(terms, made, points)
            miss = _distance(values, numbers)
            texts = "relative error", "estimate", "closed form against numbers"
    claim, kind, how = texts
    return values, Certificate(claim, miss, AGREEMENT, kind, how)


def _points(points: Array | None, made: Hierarchy) -> numpy.ndarray:
    if points is None and len(made.variables) == 2:
        raise ParameterError(
            f"points is {points}; pass an array of shape (n, 2), one {made.variables} a row"
        )
    if points is None:
        first = float(made.positions[0])
        last = float(made.positions[-1]) if len(made.positions) > 1 else first + SPAN
        return numpy.linspace(first, last, N_POINTS)
    two = len(made.variables) == 2
    array = as_array(
        points,
        name="points",
        ndim=2 if two else 1,
        columns=2 if two else None,
        real=True,
        empty=True,
    )
    return numpy.asarray(to_host(array), dtype=numpy.float64)


def _terms(made: Hierarchy, *, dsolve: bool) -> Terms:
    """Return the closed forms, of all orders if ``dsolve`` is asked for."""
    if len(made.variables) == 2:
        if dsolve:
            raise ParameterError(
                f"method is 'symbolic' for the variables {made.variables}, where there "
                "are no closed forms; use 'auto' or 'numeric'"
            )
        return ()
    terms = closed_forms(made)
    while dsolve and len(terms) < len(made.equations):
        terms.append(_dsolved(made, terms))
    return tuple(terms)


def _dsolved(
    made: Hierarchy, terms: list[tuple[sympy.Expr, ...]]
) -> tuple[sympy.Expr, ...]:
    """Return the next order by SymPy's general solver."""
    k, t = len(terms), made.variables[0]
    known = {
        u: term
        for functions, row in zip(made.functions, terms, strict=False)
        for u, term in zip(functions, row, strict=True)
    }
    unknowns = list(made.functions[k])
    equations = [sympy.expand(f.subs(known).doit()) for f in made.equations[k]]
    values = {
        unknowns[i].diff(t, m).subs(t, position): value[k]
        for i, m, position, value in made.conditions
    }
    single = len(unknowns) == 1
    try:
        found = sympy.dsolve(
            equations[0] if single else equations,
            unknowns[0] if single else unknowns,
            ics=values,
        )
    except (NotImplementedError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise _no_form(k, error) from None
    solutions = found if isinstance(found, list) else [found]
    table = {each.lhs: each.rhs for each in reversed(solutions)}
    if set(table) != set(unknowns) or any(
        value.has(sympy.Integral, sympy.Order) or value.free_symbols - {t}
        for value in table.values()
    ):
        raise _no_form(k, "SymPy's solution is implicit, an integral or a series")
    return tuple(table[u] for u in unknowns)


def _no_form(k: int, why: object) -> ParameterError:
    return ParameterError(
        f"method is 'symbolic', but order {k} has no closed form ({why!s:.80}); use 'auto' "
        "or 'numeric'"
    )


def _values_of(terms: Terms, made: Hierarchy, points: numpy.ndarray) -> Values:
    """Return the values of closed forms, shape (N + 1, n_points, n_unknowns)."""
    function, _ = compiled([term for row in terms for term in row], made)
    columns = [
        numpy.broadcast_to(value, points.shape)
        for value in function(points.astype(numpy.complex128))
    ]
    shape = (*points.shape, len(terms), len(made.degrees))
    values = numpy.moveaxis(numpy.stack(columns, axis=-1).reshape(shape), 1, 0)
    return values if is_complex(made) else numpy.ascontiguousarray(values.real)


def _residual(terms: Terms, made: Hierarchy, points: numpy.ndarray) -> float:
    """Return the largest residual of an equation, relative to the sizes of its terms."""
    known = {
        u: term
        for functions, row in zip(made.functions, terms, strict=True)
        for u, term in zip(functions, row, strict=True)
    }
    worst = 0.0
    for formula in (formula for row in made.equations for formula in row):
        parts = [part.subs(known).doit() for part in sympy.Add.make_args(formula)]
        function, _ = compiled(parts, made)
        found = [numpy.broadcast_to(value, points.shape) for value in function(points)]
        table = numpy.stack(found)
        size = abs(table).sum(axis=0).max(initial=0)
        worst = max(worst, float(abs(table.sum(axis=0)).max(initial=0) / (size or 1.0)))
    return worst


def _numbers(made: Hierarchy, points: numpy.ndarray) -> tuple[Values, float]:
    boundary = len(made.positions) > 1
    return collocated(made, points) if boundary else evolved(made, points)


def _distance(left: Values, right: Values) -> float:
    sizes = abs(right).max(axis=(1, 2), initial=0)
    misses = abs(left - right).max(axis=(1, 2), initial=0)
    return float((misses / numpy.where(sizes > 0, sizes, 1)).max(initial=0))


def _secular(terms: Terms, made: Hierarchy) -> numpy.ndarray:
    """Return which orders grow, from the closed forms as far as they go."""
    if len(made.positions) > 1:
        return numpy.zeros(len(made.equations), bool)
    t = made.variables[0]
    flags = [[is_secular(term, t) for term in row] for row in terms]
    if len(terms) == len(made.equations) and all(None not in row for row in flags):
        return numpy.array([any(row) for row in flags])
    if len(terms) == len(made.equations):
        return grows(made, lambda times: _values_of(terms, made, times))
    return grows(made)
