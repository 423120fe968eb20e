"""Where a field lives: a box, its smooth image, or the part of it that a formula cuts out.

A side of a box is named by its symbol and an end, ``(x, "low")``.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as option
from typing import TypeAlias

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.parameters import exact_parameter, formula_parameter

__all__ = ["Box", "Mapped", "Region"]

ENDS = ("low", "high")
GRID = 4096  # points at most on which a formula is looked at
Number: TypeAlias = float | sympy.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A product of intervals, and a time interval.

    Parameters
    ----------
    intervals : dict of sympy.Symbol to (number, number)
        Low and high end of each spatial coordinate, in its unit; exact numbers such as
        ``sympy.pi`` are kept.
    time : (sympy.Symbol, number, number) or None, optional
        Symbol, start and end; None for a steady problem.

    Raises
    ------
    ParameterError
        If there is no interval, a coordinate is no symbol or occurs twice, or an interval
        is empty, reversed or infinite.

    Examples
    --------
    >>> x, t = sympy.symbols("x t", real=True)
    >>> Box({x: (0, sympy.pi)}, time=(t, 0, 2)).coordinates
    (x, t)
    """

    intervals: Mapping[sympy.Symbol, tuple[Number, Number]]
    time: tuple[sympy.Symbol, Number, Number] | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check symbols and ends; store own dict and numbers."""
        if not isinstance(self.intervals, Mapping) or not self.intervals:
            raise ParameterError(
                f"intervals is {self.intervals!r:.80}; it must map each spatial symbol to "
                "(low, high), such as {x: (-1, 1)}"
            )
        table = {
            _symbol("intervals", item): _interval(f"the interval of {item}", ends)
            for item, ends in self.intervals.items()
        }
        object.__setattr__(self, "intervals", table)
        if self.time is not None:
            object.__setattr__(self, "time", _time(self.time, table))

    @property
    def space(self) -> tuple[sympy.Symbol, ...]:
        """The spatial coordinates."""
        return tuple(self.intervals)

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The spatial coordinates, then the time."""
        return (*self.space, *((self.time[0],) if self.time else ()))

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """Low and high end of each coordinate as floats."""
        ends = [*self.intervals.values(), *((self.time[1:],) if self.time else ())]
        return tuple((float(low), float(high)) for low, high in ends)

    @property
    def box(self) -> "Box":
        """The box itself, as of every domain."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """The image of a box under a smooth invertible map.

    Parameters
    ----------
    box : Box
        The reference box; its sides name the sides of the image.
    mapping : dict of sympy.Symbol to sympy.Expr
        Each physical coordinate as a formula in the symbols of the box; as many as the
        box has spatial coordinates.

    Raises
    ------
    ParameterError
        If the numbers of coordinates differ, a formula holds another symbol, or the
        Jacobian determinant of the map is not of one sign on a grid of the box.

    Examples
    --------
    >>> x, y, r, a = sympy.symbols("x y r a", real=True)
    >>> image = {x: r * sympy.cos(a), y: r * sympy.sin(a)}
    >>> Mapped(Box({r: (1, 2), a: (0, 1)}), image).coordinates
    (x, y)
    """

    box: Box
    mapping: Mapping[sympy.Symbol, sympy.Expr]

    def __post_init__(self) -> None:
        """Check that the map is square, known and invertible on a grid."""
        _checked_box(self.box)
        if not isinstance(self.mapping, Mapping) or len(self.mapping) != len(
            self.box.space
        ):
            raise ParameterError(
                f"mapping is {self.mapping!r:.80}; it must map {len(self.box.space)} "
                "physical symbols to formulas, as many as the box has spatial coordinates"
            )
        table = {
            _symbol("mapping", item): formula_parameter(f"the image of {item}", formula)
            for item, formula in self.mapping.items()
        }
        object.__setattr__(self, "mapping", table)
        unknown = set().union(*(item.free_symbols for item in table.values()))
        unknown -= set(self.box.space)
        if unknown or (self.box.time and self.box.time[0] in table):
            raise ParameterError(
                f"mapping holds the symbols {sorted(map(str, unknown)) or 'of the time'}; "
                f"its formulas may hold those of the box, {list(map(str, self.box.space))}"
            )
        _check_invertible(self)

    @property
    def space(self) -> tuple[sympy.Symbol, ...]:
        """The physical coordinates."""
        return tuple(self.mapping)

    @property
    def time(self) -> tuple[sympy.Symbol, Number, Number] | None:
        """Symbol, start and end of the time, or None."""
        return self.box.time

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The physical coordinates, then the time."""
        return (*self.space, *((self.time[0],) if self.time else ()))

    def jacobian(self) -> sympy.ImmutableMatrix:
        """Return the derivatives of the map.

        Returns
        -------
        jacobian : sympy.ImmutableMatrix, shape (d, d)
            Row: physical coordinate; column: symbol of the box.
        """
        return sympy.ImmutableMatrix(
            [
                [image.diff(symbol) for symbol in self.box.space]
                for image in self.mapping.values()
            ]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The part of a box where a formula is above zero.

    Parameters
    ----------
    box : Box
        Around the region.
    level_set : sympy.Expr
        In the spatial coordinates of the box.

    Raises
    ------
    ParameterError
        If the formula holds another symbol, or is positive nowhere on a grid of the box.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> Region(Box({x: (-1, 1), y: (-1, 1)}), 1 - x**2 - y**2).coordinates
    (x, y)
    """

    box: Box
    level_set: sympy.Expr

    def __post_init__(self) -> None:
        """Check the symbols of the formula, and that some of the box is inside."""
        _checked_box(self.box)
        formula = formula_parameter("level_set", self.level_set)
        object.__setattr__(self, "level_set", formula)
        unknown = formula.free_symbols - set(self.box.space)
        if unknown:
            raise ParameterError(
                f"level_set holds the symbols {sorted(map(str, unknown))}; it may hold "
                f"those of the box, {list(map(str, self.box.space))}"
            )
        if not bool((_on_grid(self.box, formula) > 0.0).any()):
            raise ParameterError(
                f"level_set is {formula!s:.80}, which is positive nowhere on a grid of the "
                "box; the region is where it is above zero, change its sign"
            )

    @property
    def space(self) -> tuple[sympy.Symbol, ...]:
        """The spatial coordinates."""
        return self.box.space

    @property
    def time(self) -> tuple[sympy.Symbol, Number, Number] | None:
        """Symbol, start and end of the time, or None."""
        return self.box.time

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The spatial coordinates, then the time."""
        return self.box.coordinates


def _symbol(name: str, item: object) -> sympy.Symbol:
    if isinstance(item, sympy.Symbol) and item.is_commutative:
        return item
    raise ParameterError(
        f"{name} has the key {item!r:.80}; each must be a sympy Symbol, make them with "
        'problems.coordinates("x y")'
    )


def _interval(name: str, ends: object) -> tuple[Number, Number]:
    if not isinstance(ends, (tuple, list)) or len(ends) != 2:
        raise ParameterError(f"{name} is {ends!r:.80}; it must be (low, high)")
    low, high = (exact_parameter(name, end) for end in ends)
    if not float(low) < float(high):
        raise ParameterError(
            f"{name} is ({low}, {high}); low must be below high, in float64, too"
        )
    return low, high


def _time(
    time: object, table: Mapping[sympy.Symbol, object]
) -> tuple[sympy.Symbol, Number, Number]:
    if not isinstance(time, (tuple, list)) or len(time) != 3:
        raise ParameterError(
            f"time is {time!r:.80}; it must be (symbol, start, end), such as (t, 0, 1)"
        )
    symbol = _symbol("time", time[0])
    if symbol in table:
        raise ParameterError(
            f"time has the symbol {symbol}, which is a spatial coordinate; use another one"
        )
    return (symbol, *_interval(f"the interval of the time {symbol}", time[1:]))


def _checked_box(box: object) -> None:
    if not isinstance(box, Box):
        raise ParameterError(
            f"box is {box!r:.80}; it must be a Box, such as Box({{x: (0, 1)}})"
        )


def _on_grid(box: Box, formula: sympy.Expr) -> numpy.ndarray:
    """Return a formula on a grid of the inside of a box, shape (n,)."""
    d = len(box.space)
    share = (numpy.arange(count := max(2, int(GRID ** (1 / d)))) + 0.5) / count
    axes = [low + (high - low) * share for low, high in box.bounds[:d]]
    points = numpy.array(list(itertools.product(*axes)))
    with numpy.errstate(all="ignore"):
        return compile_expressions([formula], box.space)(points)[:, 0]


def _check_invertible(domain: Mapped) -> None:
    values = _on_grid(domain.box, domain.jacobian().det())
    if not (bool((values > 0.0).all()) or bool((values < 0.0).all())):
        raise ParameterError(
            f"mapping has a Jacobian determinant from {values.min():.3g} to "
            f"{values.max():.3g} on the box; it must be invertible: keep away from points "
            "where the map folds"
        )
