"""Spaces of functions in which a surrogate is sought; a basis is data, not an object at work.

Tensor products: Legendre and Chebyshev polynomials, waves. Random features: sin(w.x + b)
and tanh(w.x + b) with w ~ U(-R_k, R_k) in coordinate k. ``Elements`` name the conforming
space-time elements. A basis with centers stands in ``radial_bases``.

References: Rahimi and Recht (2007) for random features; Dong and Li (2021) for those of
tanh.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as option
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy

from perturbsci.backend import random
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "Chebyshev",
    "Elements",
    "Fourier",
    "Legendre",
    "RandomFourier",
    "RandomTanh",
    "checked_positive",
    "checked_whole",
]

Intervals: TypeAlias = tuple[tuple[float, float], ...]


def checked_whole(value: object, name: str, low: int, meaning: str) -> int:
    """Return a whole number from ``low`` on.

    Parameters
    ----------
    value : object
        What a user passed.
    name, meaning : str
        For the message.
    low : int
        The smallest.

    Returns
    -------
    number : int
        Of Python.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a whole number from {low} on: {meaning}"
        )
    return int(value)


def checked_positive(value: object, name: str, meaning: str) -> float:
    """Return a finite number above zero.

    Parameters
    ----------
    value : object
        What a user passed.
    name, meaning : str
        For the message.

    Returns
    -------
    number : float
        Of Python.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not 0.0 < float(value) < math.inf:  # type: ignore[arg-type]
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be a finite number above 0: {meaning}"
        )
    return float(value)  # type: ignore[arg-type]


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
    items = [value] * n_coordinates if isinstance(value, Integral) else list(value)
    if len(items) != n_coordinates:
        raise ParameterError(
            f"{name} is {value!r:.60}; it must be one number or {n_coordinates}, as many "
            "as domain has coordinates"
        )
    meaning = "the highest degree in each coordinate"
    return tuple(checked_whole(item, name, low, meaning) for item in items)


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
        object.__setattr__(self, "domain", _intervals(self.domain))
        degrees = _degrees(self.degrees, len(self.domain), "degrees", 0)
        object.__setattr__(self, "degrees", degrees)

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
        object.__setattr__(self, "domain", _intervals(self.domain))
        degrees = _degrees(self.degrees, len(self.domain), "degrees", 0)
        object.__setattr__(self, "degrees", degrees)

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
        object.__setattr__(self, "domain", _intervals(self.domain))
        modes = _degrees(self.modes, len(self.domain), "modes", 0)
        object.__setattr__(self, "modes", modes)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of waves in each coordinate."""
        return tuple(2 * item + 1 for item in self.modes)  # type: ignore[union-attr]


def _set_random(basis: Any) -> None:
    """Check what the two kinds of random features share."""
    count = checked_whole(basis.n_features, "n_features", 1, "how many random features")
    dimension = checked_whole(basis.dimension, "dimension", 1, "columns of the points")
    given = basis.bandwidth
    items = [given] * dimension if isinstance(given, Real) else list(given)
    if len(items) != dimension:
        raise ParameterError(
            f"bandwidth is {given!r:.60}; it must be one number or {dimension}, as many as "
            "dimension says"
        )
    meaning = "the largest wavenumber in a coordinate"
    bandwidth = tuple(checked_positive(item, "bandwidth", meaning) for item in items)
    seed = checked_whole(basis.seed, "seed", 0, "it draws the directions")
    for name, value in (
        ("n_features", count),
        ("dimension", dimension),
        ("bandwidth", bandwidth),
        ("seed", seed),
    ):
        object.__setattr__(basis, name, value)


def _directions(basis: Any) -> Array:
    """Return w, shape (n_features, dimension): uniform within the bandwidth."""
    shape = (basis.n_features, basis.dimension)
    draws = random.uniform(shape, seed=basis.seed, stream=0, backend="numpy")
    return (2.0 * draws - 1.0) * numpy.array(basis.bandwidth)


@dataclass(frozen=True, slots=True, eq=False)
class RandomFourier:
    """Random waves sin(w.x + b), w_k ~ U(-R_k, R_k), b ~ U(0, 2 pi).

    Parameters
    ----------
    n_features : int
        How many.
    bandwidth : float or sequence of float
        R, one number or one a coordinate, in radians over the unit of the coordinate.
    dimension : int
        The number of coordinates.
    seed : int, optional
        The same seed gives the same waves.

    Raises
    ------
    ParameterError
        If a number is not above zero.

    Examples
    --------
    >>> RandomFourier(5, 2.0, 3).directions().shape
    (5, 3)
    """

    n_features: int
    bandwidth: float | Sequence[float]
    dimension: int
    seed: int = option(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check and store plain numbers."""
        _set_random(self)

    def directions(self) -> Array:
        """Return the wave vectors.

        Returns
        -------
        directions : array, shape (n_features, dimension)
            w; drawn again at each call, the same bits.
        """
        return _directions(self)

    def phases(self) -> Array:
        """Return the phases.

        Returns
        -------
        phases : array, shape (n_features,)
            b.
        """
        count, seed = self.n_features, self.seed
        draws = random.uniform(count, seed=seed, stream=1, backend="numpy")
        return 2.0 * math.pi * draws


@dataclass(frozen=True, slots=True, eq=False)
class RandomTanh:
    """Random layers tanh(w.x + b), w_k ~ U(-R_k, R_k), b ~ U(-max R, max R).

    Parameters
    ----------
    n_features : int
        How many.
    bandwidth : float or sequence of float
        R, one number or one a coordinate, over the unit of the coordinate.
    dimension : int
        The number of coordinates.
    seed : int, optional
        The same seed gives the same layers.

    Raises
    ------
    ParameterError
        If a number is not above zero.

    Notes
    -----
    The layers lie within a box of half width 1 about the origin; scale the coordinates
    so that the domain is that box.

    Examples
    --------
    >>> RandomTanh(5, 2.0, 3).phases().shape
    (5,)
    """

    n_features: int
    bandwidth: float | Sequence[float]
    dimension: int
    seed: int = option(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check and store plain numbers."""
        _set_random(self)

    def directions(self) -> Array:
        """Return the normals of the layers.

        Returns
        -------
        directions : array, shape (n_features, dimension)
            w; drawn again at each call, the same bits.
        """
        return _directions(self)

    def phases(self) -> Array:
        """Return the shifts.

        Returns
        -------
        phases : array, shape (n_features,)
            b.
        """
        count, seed = self.n_features, self.seed
        draws = random.uniform(count, seed=seed, stream=1, backend="numpy")
        return (2.0 * draws - 1.0) * max(self.bandwidth)  # type: ignore[arg-type]


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
    ParameterError
        If the degrees are not one or two integers above zero.

    Examples
    --------
    >>> Elements((11, 8)).degrees
    (11, 8)
    """

    degrees: tuple[int, ...]
    edges: Array | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check the degrees; store a tuple of int."""
        degrees = self.degrees
        good = isinstance(degrees, (tuple, list)) and len(degrees) in (1, 2)
        if not good or not all(isinstance(d, Integral) and d >= 1 for d in degrees):
            raise ParameterError(
                f"degrees is {degrees!r:.80}; it must hold the degree in space, and that in "
                "time where there is a time, such as (13, 8)"
            )
        object.__setattr__(self, "degrees", tuple(int(d) for d in degrees))
