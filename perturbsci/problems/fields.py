"""A complete statement: equations, domain, conditions, parameters and what is known.

Coordinates are real symbols, a field is an unknown function of them, and an equation is
an expression that vanishes. Points are rows of space, time, then the parameters that are
intervals.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as option

import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.base import Problem
from perturbsci.problems.classification import is_conservative, is_linear, principal_type
from perturbsci.problems.consistency import exact_defects
from perturbsci.problems.derivatives import JetForm, fields_of, jet_form
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.parameters import formula_parameter
from perturbsci.problems.parts import (
    Condition,
    Domain,
    Value,
    checked_conditions,
    checked_equations,
    checked_parameters,
    renamed_parameters,
)
from perturbsci.problems.placement import check_conditions
from perturbsci.problems.substitution import numeric_conditions, numeric_form
from perturbsci.problems.translation import translated_parameters, translation

__all__ = ["FieldProblem", "coordinates", "field"]

DEFECT = 1e-20  # relative, of an exact solution in 40 digits


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
    >>> from perturbsci.problems import Dirichlet, Initial
    >>> x, t = coordinates("x t")
    >>> u = field("u", x, t)
    >>> problem = FieldProblem([u.diff(t) - u.diff(x, 2)], Box({x: (0, 1)}, time=(t, 0, 1)),
    ...                        [Initial(u, sympy.sin(sympy.pi * x)), Dirichlet(u, 0)])
    >>> problem.type, problem.order, problem.linear, problem.conservative
    ('parabolic', {x: 2, t: 1}, True, True)
    """

    equations: Sequence[sympy.Expr]
    domain: Domain
    conditions: Sequence[Condition]
    parameters: Mapping[sympy.Symbol, Value] = option(default_factory=dict, kw_only=True)
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
        object.__setattr__(self, "equations", checked_equations(self.equations))
        object.__setattr__(
            self, "parameters", checked_parameters(self.parameters, self.domain)
        )
        if not self.fields:
            raise ParameterError(
                f"equations is {self.equations!s:.80}, which holds no unknown function of "
                f"{list(map(str, self.coordinates))}; make one with problems.field"
            )
        object.__setattr__(self, "conditions", checked_conditions(self.conditions))
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
        form = self._numeric_form()
        found = [form.orders(place) for place in range(len(form.fields))]
        return dict(zip(self.coordinates, map(max, zip(*found, strict=True)), strict=True))

    @property
    def linear(self) -> bool:
        """Whether the equations are linear in the fields, up to sources."""
        return is_linear(self._numeric_form())

    @property
    def conservative(self) -> bool:
        """Whether each equation is a divergence in space and time, up to sources."""
        return is_conservative(self._numeric_form())

    @property
    def type(self) -> str:
        """``"elliptic"``, ``"parabolic"``, ``"hyperbolic"`` or ``"mixed"``."""
        return principal_type(
            self._numeric_form(),
            self.domain,
            numeric_conditions(self.conditions, self.parameters),
        )

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
        >>> from perturbsci.problems import Dirichlet
        >>> (x,), nu = coordinates("x"), sympy.Symbol("nu")
        >>> u = field("u", x)
        >>> problem = FieldProblem([nu * u.diff(x, 2)], Box({x: (0, 1)}), [Dirichlet(u, 0)],
        ...                        parameters={nu: 1})
        >>> problem.at({nu: (1, 2)}).parameters
        {nu: (1.0, 2.0)}
        """
        values = dict(self.parameters)
        values |= renamed_parameters(parameters, {item.name: item for item in values})
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
        >>> from perturbsci.problems import Dirichlet, Initial, get_problem
        >>> x, t = coordinates("x t")
        >>> u = field("u", x, t)
        >>> domain = Box({x: (-1, 1)}, time=(t, 0, 1))
        >>> data = [Initial(u, sympy.sin(sympy.pi * x)), Dirichlet(u, 0)]
        >>> FieldProblem.from_problem(get_problem("heat"), domain, data,
        ...                           parameters={"wavenumber": sympy.pi}).exact
        {u(x, t): exp(-diffusion*t*wavenumber**2)*sin(wavenumber*x)}
        """
        conditions = checked_conditions(conditions)
        if not isinstance(domain, (Box, Mapped, Region)):
            raise ParameterError(f"domain is {domain!r:.60}; pass a Box, Mapped or Region")
        translate = translation(problem, domain, conditions)
        values = translated_parameters(problem, parameters)
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
            statement.form, domain, conditions, statement.parameters, exact
        )
        fits = all(value <= DEFECT for _, value in defects)
        return dataclasses.replace(statement, exact=exact) if fits else statement

    def _numeric_form(self) -> JetForm:
        return numeric_form(self.equations, self.fields, self.coordinates, self.parameters)

    def _check_exact(self) -> None:
        assert self.exact is not None
        defects = exact_defects(
            self.form, self.domain, self.conditions, self.parameters, self.exact
        )
        for text, value in defects:
            if not value <= DEFECT:
                raise ParameterError(
                    f"exact misses {text} by {value:.2g} relative (inconsistent-exact), "
                    f"needed {DEFECT:g} in 40 digits; correct it, write numbers such as pi "
                    "and 1/3 with SymPy, or leave it out"
                )


def _exact(problem: FieldProblem) -> dict[sympy.Expr, sympy.Expr]:
    exact = problem.exact
    if not isinstance(exact, Mapping) or set(exact) != set(problem.fields):
        raise ParameterError(
            f"exact is {exact!r:.80}; it must map each of the fields {problem.fields} to "
            "its solution, or be None"
        )
    return {item: formula_parameter("exact", formula) for item, formula in exact.items()}
