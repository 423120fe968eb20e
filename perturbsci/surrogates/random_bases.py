"""Random features: sin(w.x + b) and tanh(w.x + b), w ~ U(-R_k, R_k) in coordinate k.

References: Rahimi and Recht (2007); Dong and Li (2021) for tanh.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as option
from math import cos, sin
from typing import Any

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.backend import random
from perturbsci.backend.launch import kernel
from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["RandomFourier", "RandomTanh", "random_features"]

MOST, LARGEST = 10_000, 2**31 - 1  # coordinates, features


def _features_example(dtype: str, seed: int) -> tuple[object, ...]:
    x = random.uniform((150, 2), seed=seed, dtype=dtype)
    w = 8 * random.uniform((20, 2), seed=seed, stream=1, dtype=dtype) - 4
    b = 6 * random.uniform(20, seed=seed, stream=2, dtype=dtype)
    return x, w, b, numpy.array([seed % 4, 1])


@kernel(
    "x[n, d], direction[m, d], phase[m], alpha[d]:i -> phi[n, m]",
    over="n, m",
    cost="d * 20",
    schedule="lanes",
    example=_features_example,
)
def random_features(
    i: int, j: int, x: Array, direction: Array, phase: Array, alpha: Array, phi: Array
) -> None:
    """D^alpha of sin(w.x + b), which is w^alpha sin(w.x + b + abs(alpha) pi/2).

    The quarter turns are not rounded. Relative to abs(w)^alpha the error is at most
    d + 3 roundoffs times 1 + abs(w).abs(x) + abs(b). About 20 + 3 d flops. Bitwise.
    """
    z = phase[j]
    factor = 1.0
    order = 0
    for k in range(x.shape[1]):
        z += direction[j, k] * x[i, k]
        for _power in range(alpha[k]):
            factor *= direction[j, k]
        order += alpha[k]
    turned = sin(z) if order % 2 == 0 else cos(z)
    phi[i, j] = factor * turned if order % 4 < 2 else -factor * turned


class _Random:
    """What the two kinds of random features share: checks, directions, draws."""

    __slots__ = ()
    n_features: int
    bandwidth: float | Sequence[float]
    dimension: int
    seed: int

    def __post_init__(self) -> None:
        """Check and store plain numbers."""
        meaning = "how many random features"
        count = whole(self.n_features, "n_features", least=1, most=LARGEST, meaning=meaning)
        meaning = "columns of the points"
        dimension = whole(self.dimension, "dimension", least=1, most=MOST, meaning=meaning)
        given = self.bandwidth
        several = isinstance(given, Sequence) and not isinstance(given, str)
        items: list[Any] = list(given) if several else [given] * dimension  # type: ignore[arg-type]
        if len(items) != dimension:
            raise ParameterError(
                f"bandwidth is {given!r:.60}; it must be one number or {dimension}, as "
                "many as dimension says"
            )
        meaning = "it must be the largest wavenumber in a coordinate"
        bandwidth = tuple(positive(item, "bandwidth", meaning=meaning) for item in items)
        meaning = "it draws the directions"
        seed = whole(self.seed, "seed", least=0, most=2**64 - 1, meaning=meaning)
        object.__setattr__(self, "n_features", count)
        object.__setattr__(self, "dimension", dimension)
        object.__setattr__(self, "bandwidth", bandwidth)
        object.__setattr__(self, "seed", seed)

    def directions(self) -> Array:
        """Return w, uniform within the bandwidth.

        Returns
        -------
        directions : array, shape (n_features, dimension)
            Wave vectors, or normals of layers; drawn again at each call, the same bits.
        """
        shape = (self.n_features, self.dimension)
        draws = random.uniform(shape, seed=self.seed, stream=0, backend="numba")
        return (2.0 * draws - 1.0) * numpy.array(self.bandwidth)

    def _shares(self) -> Array:
        """Return one number of [0, 1) a feature, for its phase."""
        return random.uniform(self.n_features, seed=self.seed, stream=1, backend="numba")


@dataclass(frozen=True, slots=True, eq=False)
class RandomFourier(_Random):
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

    def phases(self) -> Array:
        """Return the phases.

        Returns
        -------
        phases : array, shape (n_features,)
            b.
        """
        return 2.0 * math.pi * self._shares()


@dataclass(frozen=True, slots=True, eq=False)
class RandomTanh(_Random):
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

    def phases(self) -> Array:
        """Return the shifts.

        Returns
        -------
        phases : array, shape (n_features,)
            b.
        """
        return (2.0 * self._shares() - 1.0) * max(self.bandwidth)  # type: ignore[arg-type]
