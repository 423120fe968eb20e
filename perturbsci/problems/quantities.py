"""What follows from a statement: right side, Jacobian, matrix, exact values, residual.

Parameters are put in with 30 digits, so that a rate such as (1 - sqrt(1 - 4 epsilon))/2
is rounded once, at the end. Symbols are told apart by their names, as in ``Problem``.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping

import sympy
from sympy.core.function import AppliedUndef

from perturbsci.arguments import number
from perturbsci.backend.arrays import as_array, namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.base import EVOLUTIONS, TIME, Problem
from perturbsci.problems.compile import DIGITS, compile_expressions, sample_points
from perturbsci.problems.registry import get_problem, list_problems
from perturbsci.types import Array

__all__ = [
    "exact_values",
    "jacobian",
    "matrix_of",
    "residual_of",
    "right_side",
    "with_small",
]


def right_side(problem: Problem) -> Callable[..., Array]:
    """Return the right side of a map or flow as a vectorized function.

    Parameters
    ----------
    problem : Problem
        Of kind ``"map"`` or ``"flow"``.

    Returns
    -------
    function : callable
        Maps states, shape (n, n_state), to images or velocities, shape (n, n_state);
        where the time occurs in the equations it is the second argument, a number or
        shape (n,), 0 by default.

    Raises
    ------
    ParameterError
        If the problem is of another kind.

    Examples
    --------
    >>> import numpy
    >>> flow = right_side(get_problem("linear_fast_slow", {"epsilon": 0.1}))
    >>> flow(numpy.array([[1.0, 0.5]]))
    array([[-0.5,  5. ]])
    """
    return _field(problem, differentiated=False)


def jacobian(problem: Problem) -> Callable[..., Array]:
    """Return the Jacobian of a map or flow as a vectorized function.

    Parameters
    ----------
    problem : Problem
        Of kind ``"map"`` or ``"flow"``.

    Returns
    -------
    function : callable
        Maps states, shape (n, n_state), to matrices d f_i/d x_j, shape
        (n, n_state, n_state); the time as in ``right_side``.

    Raises
    ------
    ParameterError
        If the problem is of another kind.

    Examples
    --------
    >>> import numpy
    >>> jacobian(get_problem("cat"))(numpy.array([[0.3, 0.2]]))
    array([[[2., 1.],
            [1., 1.]]])
    """
    return _field(problem, differentiated=True)


def matrix_of(problem: Problem) -> Array:
    """Return the matrix of a problem of kind ``"matrix"``.

    Parameters
    ----------
    problem : Problem
        With ``entries``.

    Returns
    -------
    matrix : array, shape (n, n)
        Real or complex.

    Raises
    ------
    ParameterError
        If the problem has no ``entries``.
    ShapeError
        If they are no square matrix.

    Examples
    --------
    >>> matrix_of(get_problem("jordan", {"n": 2}))
    array([[0., 1.],
           [0., 0.]])
    """
    entries = _checked(problem).entries
    if entries is None:
        raise ParameterError(
            f"problem {problem.name!r} of kind {problem.kind!r} has no entries; pass one "
            f"of {', '.join(list_problems(kind='matrix'))}"
        )
    matrix = as_array(entries(**problem.parameters), name="entries", ndim=2)
    if matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(
            f"entries of {problem.name!r} give shape {matrix.shape}, needed (n, n); "
            "correct the function"
        )
    return matrix


def exact_values(problem: Problem, points: Array) -> Array:
    """Return the exact solution of a problem at points.

    Parameters
    ----------
    problem : Problem
        With ``exact``.
    points : array, shape (n, n_columns)
        For maps and flows the columns are ``t`` and the initial values of the variables;
        for kinds ``"boundary"`` and ``"pde"`` the coordinates, in the order in which the
        unknown functions have them; for kinds ``"algebraic"`` and ``"matrix"`` the small
        parameter. One column may be passed as shape (n,).

    Returns
    -------
    values : array, shape (n, n_variables)
        In the order of the variables; shape (n,) for one variable if the points have
        that shape.

    Raises
    ------
    ParameterError
        If the problem has no exact solution, or no coordinate that could vary.
    ShapeError
        If the points have another number of columns.

    Examples
    --------
    >>> import numpy
    >>> exact_values(get_problem("goldstein_taylor").limit, numpy.array([[0.0, 0.0]]))
    array([[1.]])
    """
    exact = _checked(problem).exact
    if exact is None:
        raise ParameterError(
            f"problem {problem.name!r} has exact = None: no closed solution is known; "
            "integrate right_side(problem), or compare with its limit"
        )
    names = _exact_arguments(problem)
    if not names:
        raise ParameterError(
            f"problem {problem.name!r} has no small parameter and no coordinate; its exact "
            "solution is the number problem.exact"
        )
    array = as_array(points, name="points", finite=False, empty=True)
    flat = array.ndim == 1 and len(names) == 1
    fixed = {key: value for key, value in problem.parameters.items() if key not in names}
    formulas = _unified([exact[item] for item in problem.variables], fixed)
    evaluate = compile_expressions(formulas, sympy.symbols(names))
    values = evaluate(array[:, None] if flat else array)
    return values[:, 0] if flat and len(problem.variables) == 1 else values


def with_small(problem: Problem, value: float) -> Problem:
    """Return the same problem at another value of its small parameter.

    Parameters
    ----------
    problem : Problem
        With a small parameter.
    value : float
        The new epsilon, dimensionless; a registered problem checks its range.

    Returns
    -------
    problem : Problem
        A new object.

    Raises
    ------
    ParameterError
        If the problem has no small parameter, or the value is refused.

    Examples
    --------
    >>> with_small(get_problem("duffing"), 0.01).parameters
    {'epsilon': 0.01}
    """
    small = _checked(problem).small
    if small is None:
        raise ParameterError(
            f"problem {problem.name!r} has small = None, no parameter that could be "
            f"{value!r}; build it again with other parameters"
        )
    parameters = {**problem.parameters, small: number(value, "value")}
    if problem.name in list_problems():
        same = set(get_problem(problem.name).parameters) == set(parameters)
        rebuilt = get_problem(problem.name, parameters) if same else problem
        if same and rebuilt.equations == problem.equations:
            return rebuilt
    return dataclasses.replace(problem, parameters=parameters)


def residual_of(
    problem: Problem,
    expressions: Mapping[sympy.Expr, sympy.Expr] | Iterable[sympy.Expr],
) -> sympy.ImmutableMatrix:
    """Return what is left when expressions are put into the equations.

    Parameters
    ----------
    problem : Problem
        Any.
    expressions : mapping or iterable of sympy.Expr
        One per variable, by variable or in their order: in ``t`` for maps and flows
        (for maps the number of steps), in the coordinates for unknown functions.

    Returns
    -------
    residual : sympy.ImmutableMatrix, shape (n_equations, 1)
        x'(t) - f(x(t)) for flows, x(t + 1) - f(x(t)) for maps, else the equations; zero
        for an exact solution, up to simplification. Integrals stay unevaluated.

    Raises
    ------
    ParameterError
        If the expressions do not fit the variables.

    Examples
    --------
    >>> problem = get_problem("burgers")
    >>> sympy.simplify(residual_of(problem, problem.exact))
    Matrix([[0]])
    """
    solution = _solution(_checked(problem), expressions)
    time = sympy.Symbol(TIME)
    if problem.kind == "flow":
        left = [solution[item].diff(time) for item in problem.variables]
    elif problem.kind == "map":
        left = [solution[item].subs(time, time + 1) for item in problem.variables]
    else:
        return sympy.ImmutableMatrix(
            [[_inserted(equation, solution)] for equation in problem.equations]
        )
    right = [item.subs(solution, simultaneous=True) for item in problem.equations]
    return sympy.ImmutableMatrix([[a - b] for a, b in zip(left, right, strict=True)])


def _checked(problem: Problem) -> Problem:
    if not isinstance(problem, Problem):
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a Problem, such as get_problem(name) "
            "returns"
        )
    return problem


def _unified(
    formulas: Iterable[sympy.Expr], values: Mapping[str, float]
) -> list[sympy.Expr]:
    """Return formulas with numbers for parameters, and one symbol for each name."""
    found = []
    for formula in formulas:
        table = {
            item: sympy.Float(values[item.name], DIGITS)
            if item.name in values
            else sympy.Symbol(item.name)
            for item in formula.free_symbols
        }
        found.append(formula.xreplace(table))
    return found


def _field(problem: Problem, *, differentiated: bool) -> Callable[..., Array]:
    if _checked(problem).kind not in EVOLUTIONS:
        raise ParameterError(
            f"problem {problem.name!r} is of kind {problem.kind!r}; only maps and flows "
            "have a right side, use its equations or matrix_of"
        )
    formulas = _unified(problem.equations, problem.parameters)
    names = [sympy.Symbol(item.name) for item in problem.variables]
    time = sympy.Symbol(TIME)
    if all(time not in formula.free_symbols for formula in formulas):
        return compile_expressions(formulas, names, jacobian=differentiated)
    evaluate = compile_expressions(formulas, [*names, time], jacobian=differentiated)

    def at_time(states: Array, t: Array = 0.0) -> Array:
        columns = sample_points(states, len(names))
        xp = namespace(columns)
        last = xp.asarray(t, dtype=columns.dtype, device=columns.device)
        last = xp.broadcast_to(last, columns.shape[:-1])[..., None]
        values = evaluate(xp.concat([columns, last], axis=-1))
        return values[..., :-1] if differentiated else values

    return at_time


def _exact_arguments(problem: Problem) -> tuple[str, ...]:
    if problem.kind in EVOLUTIONS:
        return (TIME, *(f"{item.name}0" for item in problem.variables))
    coordinates = dict.fromkeys(
        argument.name
        for item in problem.variables
        if isinstance(item, AppliedUndef)
        for argument in item.args
    )
    return tuple(coordinates) or ((problem.small,) if problem.small else ())


def _solution(problem: Problem, expressions: object) -> dict[sympy.Expr, sympy.Expr]:
    if isinstance(expressions, Mapping):
        found = dict(expressions)
    elif isinstance(expressions, Iterable) and not isinstance(expressions, str):
        items = tuple(expressions)
        found = dict(
            zip(problem.variables, items, strict=len(items) == len(problem.variables))
        )
    else:
        found = {}
    if set(found) != set(problem.variables):
        raise ParameterError(
            f"expressions is {expressions!r:.80}; it must hold one expression for each of "
            f"the variables {problem.variables}"
        )
    for item in found.values():
        if not isinstance(item, sympy.Expr):
            raise ParameterError(
                f"expressions holds {item!r}; each must be a SymPy expression"
            )
    return found


def _inserted(
    equation: sympy.Expr, solution: Mapping[sympy.Expr, sympy.Expr]
) -> sympy.Expr:
    """Return an equation with formulas for its unknowns, also at other arguments."""
    for unknown, formula in solution.items():
        if isinstance(unknown, AppliedUndef):
            equation = equation.replace(unknown.func, sympy.Lambda(unknown.args, formula))
        else:
            equation = equation.subs(unknown, formula)
    return equation.doit(integrals=False)
