"""Sine series on a box with Dirichlet walls: norms of a residual mode by mode.

With r_k the coefficients of r in the sines of norm 1, lambda_k their eigenvalues and mu_k
those of an operator with constant coefficients,

    ||r||_V'^2 <= sum_k r_k^2/lambda_k + ||rest||^2/lambda,  lambda the lowest left out,

and alike ||L^-1 r||_2^2 <= sum_k (r_k/mu_k)^2 + ||rest||^2/mu^2. Both are nearly
equalities: what a least-squares fit leaves over oscillates, and its V' norm is
far below its L2 norm. Where it is confined to a corner many modes would be needed; there

    (rest, v) = -(R, v_x),  R_x = rest with mean 0 along x,  so that ||rest||_V' <= ||R||_2,

along the direction in which ||R||_2 is smaller, and that replaces ||rest||/sqrt(lambda).
"""

import itertools
import math
from collections.abc import Sequence

import numpy

from perturbsci.surrogates.lifting import Corrected
from perturbsci.surrogates.panels import Panels
from perturbsci.surrogates.quadrature import gauss
from perturbsci.types import Array

__all__ = ["Spectrum", "refined", "sine_spectrum"]

MODES = {1: 128, 2: 40}
ROUNDING = 1e-14  # of the square of a norm, lost in a difference


class Spectrum:
    """Sine coefficients of a residual on a box.

    Parameters
    ----------
    lengths : sequence of float
        Of the sides.
    coefficients : array, shape (n_1, ..., n_d)
        Entry [0, ...] belongs to one half wave.
    rest : float
        L2 norm of what the coefficients leave out, rounded up.
    primitive : float
        L2 norm of its primitive, of mean 0, along one direction.
    """

    def __init__(
        self,
        lengths: Sequence[float],
        coefficients: Array,
        rest: float,
        primitive: float = math.inf,
    ) -> None:
        self.lengths, self.coefficients = tuple(lengths), coefficients
        self.rest, self.primitive = rest, primitive

    def eigenvalues(self, weights: Sequence[float]) -> tuple[Array, float]:
        """Return sum_i a_i (pi k_i/L_i)^2 of all modes, and the lowest one left out.

        Parameters
        ----------
        weights : sequence of float
            a_i.

        Returns
        -------
        values : array, shape (n_1, ..., n_d)
            Of the modes.
        lowest : float
            Of the others.
        """
        units = [
            a * (math.pi / item) ** 2 for a, item in zip(weights, self.lengths, strict=True)
        ]
        shape = self.coefficients.shape
        axes = [
            unit * numpy.arange(1, n + 1) ** 2 for unit, n in zip(units, shape, strict=True)
        ]
        total = sum(units)
        lowest = min(
            total - unit + unit * (n + 1) ** 2 for unit, n in zip(units, shape, strict=True)
        )
        grids = numpy.meshgrid(*axes, indexing="ij")
        return numpy.sum(grids, axis=0), lowest

    def dual_norm(self) -> float:
        """Return the largest (r, v)/||grad v|| over all v that vanish on the walls.

        Returns
        -------
        norm : float
            By quadrature.
        """
        values, lowest = self.eigenvalues([1.0] * len(self.lengths))
        rest = min(self.rest / math.sqrt(lowest), self.primitive)
        return math.sqrt(float((self.coefficients**2 / values).sum()) + rest**2)

    def inverse_norm(self, weights: Sequence[float], shift: float) -> float:
        """Return the L2 norm of the solution of -a_i e_ii + c e = r.

        Parameters
        ----------
        weights : sequence of float
            a_i.
        shift : float
            c.

        Returns
        -------
        norm : float
            Infinite if too few modes are known to say.
        """
        values, lowest = self.eigenvalues(weights)
        if lowest + shift <= 0.5 * abs(shift):
            return math.inf
        square = float((self.coefficients**2 / (values + shift) ** 2).sum())
        return math.sqrt(square + (self.rest / (lowest + shift)) ** 2)


def sine_spectrum(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]
) -> Spectrum | None:
    """Return the sine series of the residual of a surrogate that meets its walls.

    Parameters
    ----------
    fixed : Corrected
        With Dirichlet walls.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    spectrum : Spectrum or None
        None in more than two directions, with other walls, or if a value is not finite.

    Notes
    -----
    128 modes in one direction, 40 x 40 in two; products of small matrices.
    """
    theorem = fixed.theorem
    d = theorem.dimension
    if d not in MODES or any(
        kind != "dirichlet" for pair in theorem.walls for kind in pair
    ):
        return None
    n_modes = MODES[d]
    grid = Panels(refined(ends, counts, [n_modes] * d), counts)
    values = fixed.residual(grid.points)
    if not bool(numpy.isfinite(values).all()):
        return None
    square = float(grid.weights @ values**2)
    shape = [len(axis) for axis in grid.axes]
    waves = [
        math.sqrt(2.0 / length)
        * numpy.sin(numpy.outer(numpy.arange(1, n_modes + 1) * (math.pi / length), x - low))
        for x, (low, _), length in zip(
            grid.axes, theorem.bounds, theorem.lengths, strict=False
        )
    ]
    table = _product(waves, (grid.weights * values).reshape(shape))
    rest = max(0.0, square - float((table**2).sum())) + ROUNDING * square
    left = values.reshape(shape) - _product([each.T for each in waves], table)
    primitive = min(_primitive_norm(grid, left, k) for k in range(d))
    rounding = ROUNDING * math.sqrt(square) * max(theorem.lengths)
    return Spectrum(theorem.lengths, table, math.sqrt(rest), primitive + rounding)


def _product(matrices: Sequence[Array], table: Array) -> Array:
    """Return a table multiplied by one matrix along each axis."""
    for k, matrix in enumerate(matrices):
        table = numpy.moveaxis(numpy.tensordot(matrix, table, axes=(1, k)), 0, k)
    return table


def _primitive_norm(grid: Panels, values: Array, k: int) -> float:
    """Return the L2 norm of the primitive of mean 0 along axis k, of values on a grid."""
    count, edge = grid.counts[k], grid.ends[k]
    nodes, weights = gauss(count)
    legendre = numpy.polynomial.legendre
    # rows: values to coefficients, to the primitive from -1 on, to values
    coefficients = numpy.linalg.inv(legendre.legvander(nodes, count - 1))
    integral = legendre.legvander(nodes, count) @ legendre.legint(coefficients, lbnd=-1)
    half = numpy.diff(edge) / 2.0
    pieces = numpy.moveaxis(values, k, -1)
    pieces = pieces.reshape(*pieces.shape[:-1], len(half), count) * half[:, None]
    starts = numpy.cumsum(pieces @ weights, axis=-1)
    starts = numpy.concatenate([0.0 * starts[..., :1], starts[..., :-1]], axis=-1)
    primitive = pieces @ integral.T + starts[..., None]
    mean = numpy.tensordot(primitive @ weights, half, axes=(-1, 0)) / (edge[-1] - edge[0])
    primitive = primitive - mean[..., None, None]
    primitive = numpy.moveaxis(primitive.reshape(*primitive.shape[:-2], -1), -1, k)
    return math.sqrt(float(grid.weights @ primitive.ravel() ** 2))


def refined(
    ends: Sequence[Array], counts: Sequence[int], waves: Sequence[int]
) -> tuple[Array, ...]:
    """Return panels that resolve products of two modes and a coefficient.

    Parameters
    ----------
    ends : sequence of array, shape (k + 1,)
        Ends of panels in each direction.
    counts : sequence of int
        Points in each direction of one panel.
    waves : sequence of int
        Half waves of the highest mode in each direction.

    Returns
    -------
    ends : tuple of array, shape (k + 1,)
        A panel with m points holds at most m/4 half waves.
    """
    found = []
    for edge, count, most in zip(ends, counts, waves, strict=True):
        longest = 0.25 * count * (edge[-1] - edge[0]) / max(1, most)
        pieces = [
            numpy.linspace(low, high, math.ceil((high - low) / longest) + 1)[:-1]
            for low, high in itertools.pairwise(edge)
        ]
        found.append(numpy.concatenate([*pieces, edge[-1:]]))
    return tuple(found)
