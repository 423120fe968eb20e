"""What holds at the walls, at the start and inside: the conditions of a statement.

A side is ``"all"``, or ``(symbol, "low")``, ``(symbol, "high")``, or a tuple of these.
Normal derivatives point outward.
"""

from dataclasses import dataclass
from dataclasses import field as option
from numbers import Integral
from typing import Any

import numpy
import sympy
from sympy.core.function import AppliedUndef

from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.domains import ENDS
from perturbsci.problems.parameters import exact_parameter, formula_parameter
from perturbsci.types import Array

__all__ = ["Data", "Dirichlet", "Initial", "Interface", "Neumann", "Periodic", "Robin"]

Side = str | tuple[sympy.Symbol, str] | tuple[tuple[sympy.Symbol, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dirichlet:
    """The field has a value on a side.

    Parameters
    ----------
    field : sympy.Expr
        The unknown function.
    value : sympy.Expr or number
        In the coordinates.
    side : str or tuple, optional
        Where; by default on all sides.

    Raises
    ------
    ParameterError
        If the field is no function, the value no formula, or the side no side.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Dirichlet(sympy.Function("u")(x, t), 0, (x, "low")).side
    (x, 'low')
    """

    field: sympy.Expr
    value: sympy.Expr
    side: Side = "all"

    def __post_init__(self) -> None:
        """Check the three and store the value as a formula."""
        _set(self, field=_function(self.field), side=_side(self.side))
        _set(self, value=formula_parameter("value of a Dirichlet condition", self.value))


@dataclass(frozen=True, slots=True, eq=False)
class Neumann:
    """The outward normal derivative has a value on a side.

    Parameters
    ----------
    field : sympy.Expr
        The unknown function.
    value : sympy.Expr or number
        In the coordinates.
    side : str or tuple, optional
        Where; by default on all sides.

    Raises
    ------
    ParameterError
        If the field is no function, the value no formula, or the side no side.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Neumann(sympy.Function("u")(x, t), sympy.cos(t)).side
    'all'
    """

    field: sympy.Expr
    value: sympy.Expr
    side: Side = "all"

    def __post_init__(self) -> None:
        """Check the three and store the value as a formula."""
        _set(self, field=_function(self.field), side=_side(self.side))
        _set(self, value=formula_parameter("value of a Neumann condition", self.value))


@dataclass(frozen=True, slots=True, eq=False)
class Robin:
    """alpha u + beta du/dn has a value on a side.

    Parameters
    ----------
    field : sympy.Expr
        u, the unknown function.
    alpha, beta, value : sympy.Expr or number
        In the coordinates.
    side : str or tuple, optional
        Where; by default on all sides.

    Raises
    ------
    ParameterError
        If the field is no function, a formula is none, the side is no side, or alpha and
        beta are both zero.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Robin(sympy.Function("u")(x, t), 1, 2, 0).beta
    2
    """

    field: sympy.Expr
    alpha: sympy.Expr
    beta: sympy.Expr
    value: sympy.Expr
    side: Side = "all"

    def __post_init__(self) -> None:
        """Check the five and store formulas."""
        _set(self, field=_function(self.field), side=_side(self.side))
        for name in ("alpha", "beta", "value"):
            formula = formula_parameter(f"{name} of a Robin condition", getattr(self, name))
            _set(self, **{name: formula})
        if self.alpha == 0 and self.beta == 0:
            raise ParameterError(
                f"alpha and beta of a Robin condition are {self.alpha} and {self.beta}; "
                "one must differ from zero, otherwise nothing is asked of the field"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Periodic:
    """The field and its derivatives agree on the two sides of a coordinate.

    Parameters
    ----------
    field : sympy.Expr
        The unknown function.
    coordinate : sympy.Symbol
        In which it is periodic.

    Raises
    ------
    ParameterError
        If the field is no function, or the coordinate no symbol.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Periodic(sympy.Function("u")(x, t), x).coordinate
    x
    """

    field: sympy.Expr
    coordinate: sympy.Symbol

    def __post_init__(self) -> None:
        """Check the two."""
        _set(self, field=_function(self.field))
        if not isinstance(self.coordinate, sympy.Symbol):
            raise ParameterError(
                f"coordinate is {self.coordinate!r:.80}; it must be a sympy Symbol of the "
                "box, such as x"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Initial:
    """A time derivative of the field has a value at the start.

    Parameters
    ----------
    field : sympy.Expr
        The unknown function.
    value : sympy.Expr or number
        In the spatial coordinates.
    order : int, optional
        Which time derivative; 0 is the field itself.

    Raises
    ------
    ParameterError
        If the field is no function, the value no formula, or the order below zero.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Initial(sympy.Function("u")(x, t), sympy.sin(x), order=1).order
    1
    """

    field: sympy.Expr
    value: sympy.Expr
    order: int = option(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check the three and store the value as a formula."""
        _set(self, field=_function(self.field))
        _set(self, value=formula_parameter("value of an Initial condition", self.value))
        if not isinstance(self.order, Integral) or self.order < 0 or self.order is True:
            raise ParameterError(
                f"order is {self.order!r}; it must be 0 for the field itself, 1 for its "
                "first time derivative, and so on"
            )
        _set(self, order=int(self.order))


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """A jump of the field and of its flux at a place inside.

    u(right) - u(left) = jump; coefficient[1] u_x(right) - coefficient[0] u_x(left) =
    flux_jump.

    Parameters
    ----------
    field : sympy.Expr
        u, the unknown function.
    at : (sympy.Symbol, number)
        The coordinate x and the position.
    coefficient : (sympy.Expr or number, sympy.Expr or number)
        Left and right of it.
    jump, flux_jump : sympy.Expr or number, optional
        By default zero.

    Raises
    ------
    ParameterError
        If the field is no function, or a formula or the position is none.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> Interface(sympy.Function("u")(x), (x, 0.5), coefficient=(1, 10)).jump
    0
    """

    field: sympy.Expr
    at: tuple[sympy.Symbol, float | sympy.Expr]
    coefficient: tuple[sympy.Expr, sympy.Expr] = option(kw_only=True)
    jump: sympy.Expr = option(default=sympy.S.Zero, kw_only=True)
    flux_jump: sympy.Expr = option(default=sympy.S.Zero, kw_only=True)

    def __post_init__(self) -> None:
        """Check all and store formulas."""
        _set(self, field=_function(self.field))
        if not _is_pair(self.at) or not isinstance(self.at[0], sympy.Symbol):
            raise ParameterError(
                f"at is {self.at!r:.80}; it must be (symbol, position), such as (x, 0.5)"
            )
        _set(self, at=(self.at[0], exact_parameter("at", self.at[1])))
        if not _is_pair(self.coefficient):
            raise ParameterError(
                f"coefficient is {self.coefficient!r:.80}; it must be (left, right)"
            )
        both = tuple(formula_parameter("coefficient", item) for item in self.coefficient)
        _set(self, coefficient=both, jump=formula_parameter("jump", self.jump))
        _set(self, flux_jump=formula_parameter("flux_jump", self.flux_jump))


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Measured values of the field, with their standard deviations.

    Parameters
    ----------
    field : sympy.Expr
        The unknown function.
    points : array, shape (n, n_coordinates)
        Where: space, then time, in the units of the coordinates.
    values : array, shape (n,)
        What was measured; two values at one point are two measurements.
    sigma : float or array, shape (n,)
        Standard deviation, above zero.

    Raises
    ------
    ParameterError
        If the field is no function, or sigma is not above zero.
    ShapeError
        If the lengths differ.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> Data(sympy.Function("u")(x), [[0.1], [0.2]], [1.0, 2.0], sigma=0.1).sigma
    0.1
    """

    field: sympy.Expr
    points: Array
    values: Array
    sigma: float | Array = option(kw_only=True)

    def __post_init__(self) -> None:
        """Check the shapes and signs; store arrays."""
        _set(self, field=_function(self.field))
        points = as_array(self.points, name="points")
        values = as_array(self.values, name="values")
        if points.ndim != 2 or values.shape != points.shape[:1]:
            raise ShapeError(
                f"points has shape {points.shape} and values {values.shape}; needed "
                "(n, n_coordinates) and (n,), one value a point"
            )
        scalar = isinstance(self.sigma, (int, float)) or numpy.ndim(self.sigma) == 0
        sigma = exact_parameter("sigma", self.sigma) if scalar else self.sigma
        if not scalar:
            sigma = as_array(self.sigma, name="sigma")
            if sigma.shape != values.shape:
                raise ShapeError(
                    f"sigma has shape {sigma.shape}, needed a number or {values.shape}, "
                    "one a value"
                )
        low = float(sigma if scalar else sigma.min())  # type: ignore[union-attr]
        if not low > 0.0:
            raise ParameterError(
                f"sigma is {low} somewhere; it must be above zero: a value that holds "
                "exactly is a Dirichlet or Initial condition"
            )
        _set(self, points=points, values=values, sigma=low if scalar else sigma)


def _set(condition: object, **fields: object) -> None:
    for name, value in fields.items():
        object.__setattr__(condition, name, value)


def _is_pair(item: object) -> bool:
    return isinstance(item, (tuple, list)) and len(item) == 2


def _function(field: Any) -> sympy.Expr:
    plain = isinstance(field, AppliedUndef) and field.args
    if plain and all(item.is_Symbol for item in field.args):
        return field
    raise ParameterError(
        f"field is {field!r:.80}; it must be an unknown function of coordinates, such as "
        'problems.field("u", x, t)'
    )


def _side(side: object) -> Side:
    if side == "all" and isinstance(side, str):
        return "all"
    if isinstance(side, (tuple, list)):
        if _is_end(side):
            return (side[0], side[1])
        if side and all(_is_end(item) for item in side):
            return tuple((item[0], item[1]) for item in side)
    raise ParameterError(
        f'side is {side!r:.80}; it must be "all", or (symbol, "low"), (symbol, "high"), or '
        "a tuple of these"
    )


def _is_end(item: Any) -> bool:
    if not _is_pair(item):
        return False
    symbol, end = item
    return isinstance(symbol, sympy.Symbol) and isinstance(end, str) and end in ENDS
