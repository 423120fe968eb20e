"""Spaces of functions in which a surrogate is sought; a basis is data, it does nothing.

Tensor products of Legendre or Chebyshev polynomials or of waves, and the conforming
space-time elements. Random features stand in ``random_bases``, functions around centers
in ``radial_bases``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as option
from numbers import Integral
from typing import Any, TypeAlias

from perturbsci.arguments import whole
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.surrogates.counts import is_count
from perturbsci.types import Array

__all__ = ["Chebyshev", "Elements", "Fourier", "Legendre"]

HIGHEST = 100_000  # degree: a table of more is no longer accurate
Intervals: TypeAlias = tuple[tuple[float, float], ...]


def _intervals(domain: Any) -> Intervals:
    """Return the intervals of a Box, or of a sequence of pairs."""
    pairs = domain.bounds if hasattr(domain, "bounds") else domain
    array = as_array(pairs, name="domain", real=True)
    if array.shape == (2,):
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != 2:
        raise ParameterError(
            f"domain has shape {array.shape}; it must be a Box or one (low, high) for each "
            "coordinate"
        )
    ends = tuple((float(low), float(high)) for low, high in array)
    if wrong := [pair for pair in ends if not pair[0] < pair[1]]:
        raise ParameterError(f"domain holds {wrong[0]}; low must be below high")
    return ends


def _degrees(value: Any, n_coordinates: int, name: str, low: int) -> tuple[int, ...]:
    """Return one whole number a coordinate; one alone stands for all."""
    if isinstance(value, str) or not isinstance(value, (Integral, Sequence)):
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a whole number or a sequence of them"
        )
    items = [value] * n_coordinates if isinstance(value, Integral) else list(value)
    if len(items) != n_coordinates:
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be one number or {n_coordinates}, as many "
            "as domain has coordinates"
        )
    meaning = "it must be the highest degree in each coordinate"
    return tuple(
        whole(item, name, least=low, most=HIGHEST, meaning=meaning) for item in items
    )


class _Tensor:
    """What tensor products share: extents and numbers of features."""

    __slots__ = ()
    domain: Intervals

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return len(self.domain)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of functions in each coordinate."""
        raise NotImplementedError

    def _set_plain(self, name: str) -> None:
        """Check and store intervals and counts as plain tuples."""
        object.__setattr__(self, "domain", _intervals(self.domain))
        counts = _degrees(getattr(self, name), len(self.domain), name, 0)
        object.__setattr__(self, name, counts)

    @property
    def n_features(self) -> int:
        """The number of products."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Legendre(_Tensor):
    """Products of Legendre polynomials P_0, ..., P_n of each interval.

    Parameters
    ----------
    degrees : int or sequence of int
        The highest degree in each coordinate.
    domain : Box or sequence of (low, high)
        One interval a coordinate; for a problem in time the last one is the time.

    Raises
    ------
    ParameterError
        If a degree is no whole number from 0 on, or an interval is empty.

    Examples
    --------
    >>> Legendre((3, 2), [(-1, 1), (0, 1)]).n_features
    12
    """

    degrees: int | Sequence[int]
    domain: Any

    def __post_init__(self) -> None:
        """Check and store plain tuples."""
        self._set_plain("degrees")

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of polynomials in each coordinate."""
        return tuple(item + 1 for item in self.degrees)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True, eq=False)
class Chebyshev(_Tensor):
    """Products of Chebyshev polynomials T_0, ..., T_n of each interval.

    Parameters
    ----------
    degrees : int or sequence of int
        The highest degree in each coordinate.
    domain : Box or sequence of (low, high)
        One interval a coordinate; for a problem in time the last one is the time.

    Raises
    ------
    ParameterError
        If a degree is no whole number from 0 on, or an interval is empty.

    Examples
    --------
    >>> Chebyshev(4, [(-1, 1), (0, 1)]).shape
    (5, 5)
    """

    degrees: int | Sequence[int]
    domain: Any

    def __post_init__(self) -> None:
        """Check and store plain tuples."""
        self._set_plain("degrees")

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of polynomials in each coordinate."""
        return tuple(item + 1 for item in self.degrees)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True, eq=False)
class Fourier(_Tensor):
    """Products of 1, cos, sin, cos 2, sin 2, ... with the intervals as periods.

    Parameters
    ----------
    modes : int or sequence of int
        The highest wavenumber in each coordinate.
    domain : Box or sequence of (low, high)
        One period a coordinate.

    Raises
    ------
    ParameterError
        If a number is no whole number from 0 on, or an interval is empty.

    Examples
    --------
    >>> Fourier(2, [(0, 1)]).n_features
    5
    """

    modes: int | Sequence[int]
    domain: Any

    def __post_init__(self) -> None:
        """Check and store plain tuples."""
        self._set_plain("modes")

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of waves in each coordinate."""
        return tuple(2 * item + 1 for item in self.modes)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """Conforming space-time elements: piecewise polynomials, smooth across the pieces.

    Parameters
    ----------
    degrees : tuple of int
        Degree in space, and number of functions in time where there is a time.
    edges : array, shape (n_elements + 1,), optional
        Ends of the elements in space, ascending, in the unit of the coordinate; by
        default they are chosen by the residual.

    Raises
    ------
    ShapeError
        If the edges have not one axis.
    ParameterError
        If the degrees are not one or two integers above zero, or the edges not two or
        more ascending numbers.

    Examples
    --------
    >>> Elements((11, 8)).degrees
    (11, 8)
    """

    degrees: tuple[int, ...]
    edges: Array | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check degrees and edges; store a tuple of int and an array."""
        degrees = self.degrees
        good = isinstance(degrees, (tuple, list)) and len(degrees) in (1, 2)
        if not good or not all(is_count(item, 1) and item <= HIGHEST for item in degrees):
            raise ParameterError(
                f"degrees is {degrees!r:.80}; it must hold the degree in space, and that "
                "in time where there is a time, such as (13, 8)"
            )
        object.__setattr__(self, "degrees", tuple(int(d) for d in degrees))
        if self.edges is None:
            return
        edges = as_array(self.edges, name="edges", ndim=1, real=True)
        if len(edges) < 2 or not bool((edges[1:] > edges[:-1]).all()):
            raise ParameterError(
                f"edges has {len(edges)} entries, {edges[:4].tolist()!r:.60} the first; "
                "they must be two or more, ascending: the ends of the elements"
            )
        object.__setattr__(self, "edges", edges)
