"""The statement of a perturbed problem: equations, small parameter, limit, exact solution.

A ``Problem`` holds mathematics only, no discretization and no data; the methods turn it
into arrays.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as option
from fractions import Fraction

import sympy
from sympy.core.function import AppliedUndef

from perturbsci.errors import ParameterError
from perturbsci.problems.parameters import finite_parameter
from perturbsci.types import Array

__all__ = ["Problem"]

KINDS = ("map", "flow", "matrix", "pde", "algebraic", "boundary")
EVOLUTIONS = ("map", "flow")
TIME = "t"


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A problem with a small parameter, its limit and, where one exists, its solution.

    Symbols are told apart by their names: a symbol of an equation is a variable, a
    parameter, or the time ``t``; in ``exact`` the initial value of the variable ``x`` is
    the symbol ``x0``.

    Parameters
    ----------
    name : str
        An identifier.
    title : str
        One line for people.
    kind : str
        ``"map"``, ``"flow"``, ``"matrix"``, ``"pde"``, ``"algebraic"`` or ``"boundary"``.
    variables : tuple of sympy.Expr
        The symbols of the state or the unknown numbers; the unknown functions of kinds
        ``"pde"`` and ``"boundary"`` are applied to their coordinates, ``y(x)``.
    equations : tuple of sympy.Expr
        For maps and flows the right sides, one per variable; for every other kind
        expressions that vanish.
    parameters : mapping of str to float
        The values of the parameters, dimensionless.
    small : str or None
        The name of the small parameter.
    exact : mapping of sympy.Symbol to sympy.Expr, or None
        Per variable an expression in the parameters and, for maps and flows, ``t`` (for
        maps the number of steps) and the initial values, else the coordinates.
    limit : Problem or None
        The problem at small parameter 0; it may have fewer variables.
    source : str
        A key of the bibliography.
    units : mapping of str to str, optional
        The units of variables, parameters and coordinates that have one, by name.
    domain : tuple of float, optional
        The interval ``(left, right)`` of a boundary-value problem.
    conditions : mapping of sympy.Expr to sympy.Expr, optional
        Boundary or initial values, such as ``{y(0): 1}``.
    limit_order : fractions.Fraction, optional
        The power of the small parameter to which the distance to ``limit`` is
        proportional, away from layers and at fixed times.
    entries : callable, optional
        For kind ``"matrix"``: takes the parameters by name, returns an array, shape (n, n).

    Raises
    ------
    ParameterError
        If a field contradicts another one or is of the wrong type.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> decay = Problem("decay", "Linear decay", "flow", (x,), (-x,), {}, None,
    ...                 {x: sympy.Symbol("x0") * sympy.exp(-sympy.Symbol("t"))}, None,
    ...                 "BenderOrszag1999")
    >>> decay.exact[x]
    x0*exp(-t)
    """

    name: str
    title: str
    kind: str
    variables: tuple[sympy.Expr, ...]
    equations: tuple[sympy.Expr, ...]
    parameters: Mapping[str, float]
    small: str | None
    exact: Mapping[sympy.Symbol, sympy.Expr] | None
    limit: "Problem | None"
    source: str
    units: Mapping[str, str] = option(default_factory=dict, kw_only=True)
    domain: tuple[float, ...] = option(default=(), kw_only=True)
    conditions: Mapping[sympy.Expr, sympy.Expr] = option(default_factory=dict, kw_only=True)
    limit_order: Fraction | None = option(default=None, kw_only=True)
    entries: Callable[..., Array] | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check that the fields fit together; store tuples, floats and own dicts."""
        _check_texts(self)
        object.__setattr__(self, "variables", _expressions("variables", self.variables))
        object.__setattr__(self, "equations", _expressions("equations", self.equations))
        _check_variables(self)
        object.__setattr__(self, "parameters", _parameters(self.parameters, self.small))
        self._check_equations()
        if self.exact is not None:
            self._check_exact(self.exact)
            object.__setattr__(self, "exact", dict(self.exact))
        if self.limit is not None and not isinstance(self.limit, Problem):
            raise ParameterError(
                f"limit is {self.limit!r}; it must be a Problem, or None if there is none"
            )
        self._check_options()

    def _check_options(self) -> None:
        object.__setattr__(self, "units", _units(self.units))
        object.__setattr__(self, "domain", _domain(self.domain))
        object.__setattr__(self, "conditions", self._conditions())
        if self.limit_order is not None:
            object.__setattr__(self, "limit_order", _limit_order(self))
        if self.entries is not None and not (
            self.kind == "matrix" and callable(self.entries)
        ):
            raise ParameterError(
                f"entries is {self.entries!r} for kind {self.kind!r}; it must be a "
                "function that returns the matrix of a problem of kind 'matrix', or None"
            )

    def _conditions(self) -> dict[sympy.Expr, sympy.Expr]:
        if not isinstance(self.conditions, Mapping):
            raise ParameterError(
                f"conditions is {self.conditions!r}; it must map values of the unknowns to "
                "expressions, such as {y(0): 1}"
            )
        values = [
            sympy.Integer(item) if type(item) is int else item
            for item in self.conditions.values()
        ]
        keys = _expressions("conditions", self.conditions)
        known = {TIME, *self.parameters}
        known |= {symbol.name for item in self.variables for symbol in item.free_symbols}
        _check_symbols("conditions", (*keys, *_expressions("conditions", values)), known)
        return dict(zip(keys, values, strict=True))

    def _check_equations(self) -> None:
        if self.kind in EVOLUTIONS and len(self.equations) != len(self.variables):
            raise ParameterError(
                f"equations has {len(self.equations)} entries for {len(self.variables)} "
                f"variables; a {self.kind} needs one right side per variable"
            )
        known = {TIME, *self.parameters}
        known |= {symbol.name for item in self.variables for symbol in item.free_symbols}
        _check_symbols("equations", self.equations, known)

    def _check_exact(self, exact: Mapping[sympy.Symbol, sympy.Expr]) -> None:
        if not isinstance(exact, Mapping) or set(exact) != set(self.variables):
            raise ParameterError(
                f"exact is {exact!r}; it must map each of the variables "
                f"{self.variables} to its solution, or be None"
            )
        solutions = _expressions("exact", exact.values())
        known = {TIME, *self.parameters}
        known |= {symbol.name for item in self.variables for symbol in item.free_symbols}
        known |= {f"{item.name}0" for item in self.variables if item.is_Symbol}
        known -= {item.name for item in self.variables if item.is_Symbol}
        _check_symbols("exact", solutions, known)


def _check_texts(problem: Problem) -> None:
    if not isinstance(problem.name, str) or not problem.name.isidentifier():
        raise ParameterError(
            f"name is {problem.name!r}; it must be an identifier such as 'damped_wave'"
        )
    for field, text in (("title", problem.title), ("source", problem.source)):
        if not isinstance(text, str) or not text.strip():
            raise ParameterError(
                f"{field} of the problem {problem.name!r} is {text!r}; give one line for "
                "people as title, a key of the bibliography as source"
            )
    if not isinstance(problem.kind, str) or problem.kind not in KINDS:
        raise ParameterError(
            f"kind is {problem.kind!r}; it must be one of {', '.join(KINDS)}"
        )


def _expressions(field: str, items: object) -> tuple[sympy.Expr, ...]:
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise ParameterError(
            f"{field} is {items!r}; pass a tuple of SymPy expressions, also for one"
        )
    expressions = tuple(items)
    for item in expressions:
        if not isinstance(item, sympy.Expr):
            raise ParameterError(
                f"{field} holds {item!r} of type {type(item).__name__}; it must be a SymPy "
                "expression, text goes through parse_expression first"
            )
    return expressions


def _check_variables(problem: Problem) -> None:
    for item in problem.variables:
        applied = isinstance(item, AppliedUndef) and problem.kind not in EVOLUTIONS
        if not (item.is_Symbol or applied):
            raise ParameterError(
                f"variables holds {item!r}; each must be a sympy Symbol (an applied "
                "function only where the equations vanish)"
            )
    names = [str(item) for item in problem.variables]
    if len(set(names)) < len(names) or TIME in names:
        raise ParameterError(
            f"variables has the names {names}; they must differ from one another and from "
            f"the time {TIME!r}"
        )
    if problem.kind in EVOLUTIONS and not names:
        raise ParameterError(f"variables is {names}; a {problem.kind} needs at least one")


def _parameters(parameters: object, small: str | None) -> dict[str, float]:
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r}; it must map names to numbers, {{}} for none"
        )
    for name in parameters:
        if not isinstance(name, str) or not name.isidentifier():
            raise ParameterError(
                f"parameters has the key {name!r}; each must be a name such as 'epsilon'"
            )
    if small is not None and (not isinstance(small, str) or small not in parameters):
        raise ParameterError(
            f"small is {small!r}; it must be None or one of the parameters "
            f"{list(parameters)}"
        )
    return {name: finite_parameter(name, value) for name, value in parameters.items()}


def _check_symbols(field: str, items: tuple[sympy.Expr, ...], known: set[str]) -> None:
    used = {symbol.name for item in items for symbol in item.free_symbols}
    if used - known:
        raise ParameterError(
            f"{field} has the symbols {sorted(used - known)}; known are {sorted(known)}: "
            "declare them as variables or parameters"
        )


def _units(units: object) -> dict[str, str]:
    if isinstance(units, Mapping):
        texts = dict(units)
        if all(isinstance(text, str) for pair in texts.items() for text in pair):
            return texts
    raise ParameterError(
        f"units is {units!r}; it must map names to units, such as {{'t': 's'}}"
    )


def _domain(domain: object) -> tuple[float, ...]:
    if isinstance(domain, tuple) and len(domain) in (0, 2):
        ends = tuple(finite_parameter("domain", end) for end in domain)
        if ends == () or ends[0] < ends[1]:
            return ends
    raise ParameterError(
        f"domain is {domain!r}; it must be an interval (left, right) with left < right, "
        "or () for none"
    )


def _limit_order(problem: Problem) -> Fraction:
    order = problem.limit_order
    if problem.limit is None or not isinstance(order, (int, Fraction)) or order <= 0:
        raise ParameterError(
            f"limit_order is {order!r} with {'a' if problem.limit else 'no'} limit; it "
            "must be a Fraction above zero and stand beside a limit, or be None"
        )
    return Fraction(order)
