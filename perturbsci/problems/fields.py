"""A complete statement: equations, domain, conditions, parameters and what is known.

Coordinates are real symbols, a field is an unknown function of them, and an equation is
an expression that vanishes. Points are rows of space, time, then the parameters that are
intervals.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as option

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import TIME, Problem
from perturbsci.problems.classification import is_conservative, is_linear, principal_type
from perturbsci.problems.conditions import (
    Data,
    Dirichlet,
    Initial,
    Interface,
    Neumann,
    Periodic,
    Robin,
)
from perturbsci.problems.consistency import exact_defects
from perturbsci.problems.derivatives import JetForm, fields_of, jet_form
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.parameters import exact_parameter, formula_parameter
from perturbsci.problems.placement import check_conditions

__all__ = ["FieldProblem", "coordinates", "field"]

Domain = Box | Mapped | Region
Condition = Dirichlet | Neumann | Robin | Periodic | Initial | Interface | Data
Value = float | sympy.Expr | tuple[float, float]
DEFECT = 1e-20  # relative, of an exact solution in 30 digits


def coordinates(names: str) -> tuple[sympy.Symbol, ...]:
    """Return real symbols for the coordinates of a statement.

    Parameters
    ----------
    names : str
        Separated by blanks or commas.

    Returns
    -------
    symbols : tuple of sympy.Symbol
        A tuple also of one.

    Raises
    ------
    ParameterError
        If the names are not different identifiers.

    Examples
    --------
    >>> coordinates("x t")
    (x, t)
    """
    words = names.replace(",", " ").split() if isinstance(names, str) else []
    if not words or len(set(words)) < len(words) or not all(map(str.isidentifier, words)):
        raise ParameterError(
            f"names is {names!r}; it must hold different names, such as 'x t'"
        )
    return tuple(sympy.Symbol(word, real=True) for word in words)


def field(name: str, *coordinates: sympy.Symbol) -> sympy.Expr:
    """Return an unknown function of coordinates; its derivatives are ``u.diff(x, 2)``.

    Parameters
    ----------
    name : str
        An identifier.
    *coordinates : sympy.Symbol
        What it depends on.

    Returns
    -------
    field : sympy.Expr
        An applied undefined function.

    Raises
    ------
    ParameterError
        If the name is no identifier, or a coordinate no symbol.

    Examples
    --------
    >>> field("u", *coordinates("x t"))
    u(x, t)
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ParameterError(f"name is {name!r}; it must be an identifier such as 'u'")
    wrong = [item for item in coordinates if not isinstance(item, sympy.Symbol)]
    if wrong or not coordinates or len(set(coordinates)) < len(coordinates):
        raise ParameterError(
            f"coordinates is {coordinates!r:.80}; a field depends on different symbols, "
            'make them with problems.coordinates("x t")'
        )
    return sympy.Function(name)(*coordinates)


@dataclass(frozen=True, slots=True, eq=False)
class FieldProblem:
    """Partial differential equations with domain, conditions and data.

    Parameters
    ----------
    equations : iterable of sympy.Expr or sympy.Eq
        Expressions that vanish.
    domain : Box, Mapped or Region
        Where they hold.
    conditions : iterable of Dirichlet, Neumann, Robin, Periodic, Initial, Interface, Data
        What else holds.
    parameters : dict of sympy.Symbol to number or (low, high), optional
        Values of the parameters; an interval makes one more coordinate.
    exact : dict of sympy.Expr to sympy.Expr, optional
        Each field as a formula in coordinates and parameters; no method ever uses it.
    name, title, source : str, optional
        An identifier, one line for people, a key of the bibliography.

    Raises
    ------
    ParameterError
        If a part is of the wrong type, a condition belongs to an unknown field or a side
        that does not exist or depends on the wrong coordinates, two conditions of one
        kind stand on one side, or ``exact`` does not satisfy equations and conditions to
        1e-20 at 20 random points.
    ShapeError
        If points of measured data have the wrong number of columns.

    Notes
    -----
    Whether the statement has one solution is another question: ask ``lint``.

    Examples
    --------
    >>> x, t = coordinates("x t")
    >>> u = field("u", x, t)
    >>> problem = FieldProblem([u.diff(t) - u.diff(x, 2)], Box({x: (0, 1)}, time=(t, 0, 1)),
    ...                        [Initial(u, sympy.sin(sympy.pi * x)), Dirichlet(u, 0)])
    >>> problem.type, problem.order, problem.linear, problem.conservative
    ('parabolic', {x: 2, t: 1}, True, True)
    """

    equations: tuple[sympy.Expr, ...]
    domain: Domain
    conditions: tuple[Condition, ...]
    parameters: Mapping[sympy.Symbol, Value] | None = option(default=None, kw_only=True)
    exact: Mapping[sympy.Expr, sympy.Expr] | None = option(default=None, kw_only=True)
    name: str = option(default="", kw_only=True)
    title: str = option(default="", kw_only=True)
    source: str = option(default="", kw_only=True)

    def __post_init__(self) -> None:
        """Check that the parts fit together; store tuples, numbers and own dicts."""
        for name in ("name", "title", "source"):
            if not isinstance(getattr(self, name), str):
                raise ParameterError(f"{name} is {getattr(self, name)!r}; it must be text")
        if not isinstance(self.domain, (Box, Mapped, Region)):
            raise ParameterError(
                f"domain is {self.domain!r:.80}; it must be a Box, Mapped or Region"
            )
        object.__setattr__(self, "equations", _equations(self.equations))
        object.__setattr__(self, "parameters", _parameters(self.parameters, self.domain))
        if not self.fields:
            raise ParameterError(
                f"equations is {self.equations!s:.80}, which holds no unknown function of "
                f"{list(map(str, self.coordinates))}; make one with problems.field"
            )
        object.__setattr__(self, "conditions", _conditions(self.conditions))
        check_conditions(self.form, self.domain, self.conditions, self.parameters)
        if self.exact is not None:
            object.__setattr__(self, "exact", _exact(self))
            self._check_exact()

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The spatial coordinates, then the time."""
        return self.domain.coordinates

    @property
    def fields(self) -> tuple[sympy.Expr, ...]:
        """The unknown functions, equation by equation, by name within one."""
        return fields_of(self.equations, self.coordinates)

    @property
    def form(self) -> JetForm:
        """The equations with a symbol for each derivative of each field."""
        return jet_form(self.equations, self.fields, self.coordinates)

    @property
    def order(self) -> dict[sympy.Symbol, int]:
        """The highest derivative in each coordinate; coefficients of zero do not count."""
        form = numeric_form(self)
        found = [form.orders(place) for place in range(len(form.fields))]
        return dict(zip(self.coordinates, map(max, zip(*found, strict=True)), strict=True))

    @property
    def linear(self) -> bool:
        """Whether the equations are linear in the fields, up to sources."""
        return is_linear(numeric_form(self))

    @property
    def conservative(self) -> bool:
        """Whether each equation is a divergence in space and time, up to sources."""
        return is_conservative(numeric_form(self))

    @property
    def type(self) -> str:
        """``"elliptic"``, ``"parabolic"``, ``"hyperbolic"`` or ``"mixed"``."""
        return principal_type(numeric_form(self), self.domain, numeric_conditions(self))

    def at(self, parameters: Mapping[sympy.Symbol, Value]) -> "FieldProblem":
        """Return the same statement at other values of some parameters.

        Parameters
        ----------
        parameters : dict of sympy.Symbol to number or (low, high)
            Replaces those values; a name may stand for its symbol.

        Returns
        -------
        problem : FieldProblem
            A new object.

        Raises
        ------
        ParameterError
            If the statement has no such parameter, or a value is refused.

        Examples
        --------
        >>> (x,), nu = coordinates("x"), sympy.Symbol("nu")
        >>> u = field("u", x)
        >>> problem = FieldProblem([nu * u.diff(x, 2)], Box({x: (0, 1)}), [Dirichlet(u, 0)],
        ...                        parameters={nu: 1})
        >>> problem.at({nu: (1, 2)}).parameters
        {nu: (1.0, 2.0)}
        """
        values = dict(self.parameters or {})
        values |= _renamed(parameters, {item.name: item for item in values})
        return dataclasses.replace(self, parameters=values)

    @staticmethod
    def from_problem(
        problem: Problem,
        domain: Domain,
        conditions: Iterable[Condition],
        *,
        parameters: Mapping[sympy.Symbol, Value] | None = None,
    ) -> "FieldProblem":
        """Return the complete statement of the equations of a ``Problem``.

        Parameters
        ----------
        problem : Problem
            Of kind ``"pde"``; its coordinates and fields are matched by name, its time
            ``t`` is that of the domain.
        domain : Box, Mapped or Region
            Where they hold.
        conditions : iterable
            On the fields of the same names.
        parameters : dict of sympy.Symbol to number or (low, high), optional
            Replaces values of the problem; a name may stand for its symbol.

        Returns
        -------
        statement : FieldProblem
            With name, title and source of the problem, and its exact solution where that
            satisfies the conditions.

        Raises
        ------
        ParameterError
            If the problem is of another kind, or a name has no counterpart.

        Examples
        --------
        >>> from perturbsci.problems import get_problem
        >>> x, t = coordinates("x t")
        >>> u = field("u", x, t)
        >>> FieldProblem.from_problem(get_problem("heat"), Box({x: (-1, 1)}, time=(t, 0, 1)),
        ...                           [Initial(u, sympy.sin(sympy.pi * x)), Dirichlet(u, 0)],
        ...                           parameters={"wavenumber": sympy.pi}).exact
        {u(x, t): exp(-diffusion*t*wavenumber**2)*sin(wavenumber*x)}
        """
        conditions = _conditions(conditions)
        translate = _translation(problem, domain, conditions)
        values = _translated_parameters(problem, parameters)
        names = {item.name: item for item in values}
        statement = FieldProblem(
            tuple(translate(item, names) for item in problem.equations),
            domain,
            conditions,
            parameters=values,
            name=problem.name,
            title=problem.title,
            source=problem.source,
        )
        if problem.exact is None:
            return statement
        exact = {
            translate(item, names): translate(formula, names)
            for item, formula in problem.exact.items()
        }
        defects = exact_defects(
            statement.form, domain, conditions, statement.parameters or {}, exact
        )
        fits = all(value <= DEFECT for _, value in defects)
        return dataclasses.replace(statement, exact=exact) if fits else statement

    def _check_exact(self) -> None:
        assert self.exact is not None
        defects = exact_defects(
            self.form, self.domain, self.conditions, self.parameters or {}, self.exact
        )
        for text, value in defects:
            if not value <= DEFECT:
                raise ParameterError(
                    f"exact misses {text} by {value:.2g} relative (inconsistent-exact), "
                    f"needed {DEFECT:g} in 30 digits; correct it, write numbers such as pi "
                    "and 1/3 with SymPy, or leave it out"
                )


def numeric_form(problem: FieldProblem) -> JetForm:
    """Return the equations of a statement with its numbers for the parameters.

    Parameters
    ----------
    problem : FieldProblem
        Any.

    Returns
    -------
    form : JetForm
        Parameters that are intervals stand at their middle.
    """
    table: dict[sympy.Basic, sympy.Expr] = {**numbers_of(problem.parameters or {})}
    for item in problem.equations:  # rounded sums would hide what vanishes
        table |= {number: sympy.Rational(number) for number in item.atoms(sympy.Float)}
    equations = tuple(item.doit().xreplace(table) for item in problem.equations)
    return jet_form(equations, problem.fields, problem.coordinates)


def numeric_conditions(problem: FieldProblem) -> tuple[Condition, ...]:
    """Return the conditions of a statement with its numbers for the parameters.

    Parameters
    ----------
    problem : FieldProblem
        Any.

    Returns
    -------
    conditions : tuple
        Parameters that are intervals stand at their middle.
    """
    table = numbers_of(problem.parameters or {})
    found = []
    for item in problem.conditions:
        formulas = {
            name: getattr(item, name).xreplace(table)
            for name in ("value", "alpha", "beta", "jump", "flux_jump")
            if hasattr(item, name)
        }
        found.append(dataclasses.replace(item, **formulas))
    return tuple(found)


def numbers_of(
    parameters: Mapping[sympy.Symbol, Value],
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return the value of each parameter as an exact number.

    Parameters
    ----------
    parameters : dict of sympy.Symbol to number or (low, high)
        Intervals stand at their middle.

    Returns
    -------
    numbers : dict of sympy.Symbol to sympy.Expr
        Floats become the rational numbers that they are.
    """
    middle = {
        item: (value[0] + value[1]) / 2 if isinstance(value, tuple) else value
        for item, value in parameters.items()
    }
    return {
        item: value if isinstance(value, sympy.Expr) else sympy.Rational(value)
        for item, value in middle.items()
    }


def _equations(equations: object) -> tuple[sympy.Expr, ...]:
    items = (equations,) if isinstance(equations, sympy.Basic) else equations
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise ParameterError(
            f"equations is {equations!r:.80}; it must be a list of SymPy expressions, text "
            "goes through problems.parse_expression first"
        )
    found = []
    for item in items:
        expression = item.lhs - item.rhs if isinstance(item, sympy.Eq) else item
        if not isinstance(expression, sympy.Expr):
            raise ParameterError(
                f"equations holds {item!r:.80} of type {type(item).__name__}; each must be "
                "a SymPy expression that vanishes, or a sympy.Eq; text goes through "
                "problems.parse_expression first"
            )
        found.append(expression)
    return tuple(found)


def _conditions(conditions: object) -> tuple[Condition, ...]:
    if isinstance(conditions, Condition):
        return (conditions,)
    items = tuple(conditions) if isinstance(conditions, Iterable) else (conditions,)
    for item in items:
        if not isinstance(item, Condition):
            raise ParameterError(
                f"conditions holds {item!r:.80}; each must be a Dirichlet, Neumann, Robin, "
                "Periodic, Initial, Interface or Data"
            )
    return items


def _parameters(parameters: object, domain: Domain) -> dict[sympy.Symbol, Value]:
    if parameters is None:
        return {}
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r:.80}; it must map symbols to numbers"
        )
    found: dict[sympy.Symbol, Value] = {}
    for symbol, value in parameters.items():
        if not isinstance(symbol, sympy.Symbol) or symbol in domain.coordinates:
            raise ParameterError(
                f"parameters has the key {symbol!r:.80}; each must be a sympy Symbol that "
                "is no coordinate"
            )
        if isinstance(value, (tuple, list)):
            ends = [float(exact_parameter(symbol.name, end)) for end in value]
            if len(ends) != 2 or not ends[0] < ends[1]:
                raise ParameterError(
                    f"parameter {symbol.name!r} is {value!r:.80}; an interval is "
                    "(low, high) with low below high"
                )
            found[symbol] = (ends[0], ends[1])
        else:
            found[symbol] = exact_parameter(symbol.name, value)
    return found


def _exact(problem: FieldProblem) -> dict[sympy.Expr, sympy.Expr]:
    exact = problem.exact
    if not isinstance(exact, Mapping) or set(exact) != set(problem.fields):
        raise ParameterError(
            f"exact is {exact!r:.80}; it must map each of the fields {problem.fields} to "
            "its solution, or be None"
        )
    return {item: formula_parameter("exact", formula) for item, formula in exact.items()}


def _renamed(
    parameters: object, names: Mapping[str, sympy.Symbol]
) -> dict[sympy.Symbol, Value]:
    """Return values by symbol; a symbol is found by its name."""
    if not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r:.80}; it must map symbols to numbers"
        )
    found = {}
    for key, value in parameters.items():
        name = key.name if isinstance(key, sympy.Symbol) else key
        if not isinstance(name, str) or name not in names:
            raise ParameterError(
                f"parameters has the key {key!r:.80}; the statement has "
                f"{', '.join(names) or 'no parameters'}"
            )
        found[names[name]] = value
    return found


def _translated_parameters(
    problem: Problem, parameters: Mapping[sympy.Symbol, Value] | None
) -> dict[sympy.Symbol, Value]:
    """Return the values of a problem by symbol; symbols that are given are kept."""
    names = {name: sympy.Symbol(name) for name in problem.parameters}
    given = parameters if parameters is not None else {}
    if isinstance(given, Mapping):
        names |= {
            item.name: item
            for item in given
            if isinstance(item, sympy.Symbol) and item.name in names
        }
    values: dict[sympy.Symbol, Value] = {
        names[name]: value for name, value in problem.parameters.items()
    }
    return values | _renamed(given, names)


def _translation(
    problem: Problem, domain: Domain, conditions: Iterable[Condition]
) -> Callable[[sympy.Expr, Mapping[str, sympy.Symbol]], sympy.Expr]:
    """Return what rewrites a formula of a problem in the symbols of a domain."""
    if not isinstance(problem, Problem) or problem.kind != "pde":
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a Problem of kind 'pde', such as "
            "get_problem('burgers')"
        )
    symbols = {item.name: item for item in domain.coordinates}
    if domain.time:
        symbols[TIME] = domain.time[0]
    known = {str(item.field.func): item.field for item in conditions}
    table: dict[sympy.Expr, sympy.Expr] = {}
    for variable in problem.variables:
        missing = [item.name for item in variable.args if item.name not in symbols]
        if missing:
            raise ParameterError(
                f"domain has the coordinates {list(symbols)}, but {variable} of the problem "
                f"{problem.name!r} depends on {missing}, too"
            )
        name = str(variable.func)
        used = {symbols[item.name] for item in variable.args}
        plain = sympy.Function(name)(*(c for c in domain.coordinates if c in used))
        table[variable] = known.get(name, plain)

    def translate(formula: sympy.Expr, names: Mapping[str, sympy.Symbol]) -> sympy.Expr:
        known = {item: (names | symbols).get(item.name, item) for item in formula.free_symbols}
        fields = {old.xreplace(known): new for old, new in table.items()}
        return formula.xreplace(known).xreplace(fields)

    return translate
