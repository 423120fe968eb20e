"""Hyperbolic relaxation systems of two fields, with their limits and exact solutions."""

import math
from collections.abc import Callable

import numpy

from perturbsci.backend import fft, get_backend, namespace, to_device, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.periodic import PairDerivative, cell_centers
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import one_of, positive_number, whole_number
from perturbsci.types import Array

__all__ = ["jin_xin"]


def jin_xin(
    n_cells: int = 64,
    *,
    speed: float = 1.0,
    coefficient: float = 0.6,
    flux: str = "linear",
    initial: Callable[[Array], Array] | None = None,
    length: float = 1.0,
    space: str = "spectral",
    backend: str | None = None,
) -> SplitProblem:
    """Return Jin and Xin's relaxation u_t + v_x = 0, v_t + a^2 u_x = -(v - F(u))/epsilon.
    """
    n = whole_number(n_cells, "n_cells", least=2)
    a = positive_number(speed, "speed")
    length = positive_number(length, "length")
    x = cell_centers(n, length, backend=backend)
    b = coefficient
    u0 = 1 + 0.5 * numpy.cos(2 * math.pi * x / length)
    like = numpy.zeros((2, n))
    derivative = PairDerivative(n, length, like)
    pair = numpy.zeros((2, n))

    def start(epsilon: float, preparation: str) -> Array:
        pair[0] = u0
        derivative(pair, pair)
        ux = pair[0].copy()
        v = b * u0 + (epsilon * (b * b - a * a) * ux if preparation == "well" else 0.9 * u0)
        return numpy.stack([u0, v])

    def explicit(state: Array, epsilon: float, out: Array) -> Array:
        derivative(state, pair)
        numpy.negative(pair[1], out=out[0])
        numpy.multiply(pair[0], -epsilon * a * a, out=out[1])
        return out

    def solve_implicit(rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        out[0] = rhs[0]
        numpy.multiply(rhs[0], h * b, out=out[1])
        out[1] += rhs[1]
        out[1] /= epsilon + h
        return out

    return SplitProblem(
        "jin_xin",
        initial=start,
        explicit=explicit,
        solve_implicit=solve_implicit,
        weight=lambda epsilon: numpy.array([[1.0], [epsilon]]),
        equilibrium=lambda y: numpy.stack([y[0], b * y[0]]),
        invariants={"mass": lambda y, epsilon: y[0].mean()},
        observables={"density": lambda y, epsilon: y[0], "flux": lambda y, epsilon: y[1]},
        layer_scales=lambda epsilon: (epsilon,),
        coordinates={"x": x},
    )
