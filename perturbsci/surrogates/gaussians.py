"""Trainable Gaussians with a small perceptron behind them: the physics-informed Gaussians.

phi_c(x) = sum_i w_ci exp(-1/2 sum_d ((x_d - mu_cid)/sigma_cid)^2) for each channel c, and
u = MLP(phi) with one hidden layer of tanh (Kang et al. 2024). It is a baseline to compare
with, not a default: all parameters are trained by nonlinear least squares.

Along a direction the exponent is a quadratic polynomial q_0 + q_1 t + q_2 t^2, and
e = exp(q) follows from k e_k = sum_{j<=2} j q_j e_{k-j}. In reverse qbar_j =
sum_{k>=j} e_{k-j} ebar_k, and with the linear zeta = (x + t v - mu)/sigma
dq = zeta dmu/sigma + zeta^2 dln(sigma): every derivative is in closed form.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as option
from typing import NamedTuple

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.backend.arrays import namespace
from perturbsci.errors import ShapeError
from perturbsci.surrogates.networks import starting_layers
from perturbsci.surrogates.perceptrons import (
    Tape,
    perceptron,
    product_adjoints,
    split_layers,
)
from perturbsci.surrogates.polarization import Directions
from perturbsci.types import Array

__all__ = ["TrainableGaussians", "gaussian_tape"]

LARGEST = 2**31 - 1
SPREAD = 0.01  # standard deviation of the starting weights (Kang et al. 2024)


@dataclass(frozen=True, slots=True, eq=False)
class TrainableGaussians:
    """Sums of Gaussians whose centers, widths and weights are trained, and a perceptron.

    Parameters
    ----------
    n_gaussians : int
        In each channel.
    channels : int, optional
        Sums that enter the perceptron.
    hidden : int, optional
        Units of its hidden layer.
    width : float, optional
        Standard deviation of every Gaussian before training, in coordinates that are
        scaled to [-1, 1].
    seed : int, optional
        Of the starting values: centers uniform in [-1, 1]^d, weights normal with standard
        deviation 0.01.

    Raises
    ------
    ParameterError
        If a count is not a whole number above zero, or the width not a number above zero.

    References
    ----------
    Kang et al. (2024).

    Examples
    --------
    >>> TrainableGaussians(100).count(2, 1)
    2097
    """

    n_gaussians: int
    channels: int = option(default=4, kw_only=True)
    hidden: int = option(default=16, kw_only=True)
    width: float = option(default=0.1, kw_only=True)
    seed: int = option(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check all."""
        for name in ("n_gaussians", "channels", "hidden"):
            count = whole(getattr(self, name), name, least=1, most=LARGEST)
            object.__setattr__(self, name, count)
        meaning = "the standard deviation in coordinates that are scaled to [-1, 1]"
        width = positive(self.width, "width", meaning=meaning)
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "seed", whole(self.seed, "seed", least=0))

    def count(self, dimension: int, n_fields: int) -> int:
        """Return the number of parameters.

        Parameters
        ----------
        dimension : int
            Coordinates.
        n_fields : int
            Real fields.

        Returns
        -------
        count : int
            Of weights, centers, widths and the perceptron.
        """
        dimension = whole(dimension, "dimension", least=1)
        n_fields = whole(n_fields, "n_fields", least=0)
        head = (self.channels + 1) * self.hidden + (self.hidden + 1) * n_fields
        return self.channels * self.n_gaussians * (1 + 2 * dimension) + head

    def starting_parameters(self, dimension: int, n_fields: int) -> Array:
        """Return the parameters before training.

        Parameters
        ----------
        dimension : int
            Coordinates.
        n_fields : int
            Real fields.

        Returns
        -------
        parameters : array, shape (n_parameters,)
            Weights, centers, logarithms of the widths, then the perceptron; on the host.
        """
        dimension = whole(dimension, "dimension", least=1, most=LARGEST)
        n_fields = whole(n_fields, "n_fields", least=1, most=LARGEST)
        generator = numpy.random.default_rng(self.seed)
        total = self.channels * self.n_gaussians
        centers = generator.uniform(-1.0, 1.0, total * dimension)
        weights = generator.normal(0.0, SPREAD, total)
        widths = numpy.full(total * dimension, math.log(self.width))
        head = starting_layers((self.channels, self.hidden, n_fields), generator)
        return numpy.concatenate([weights, centers, widths, head])


class _Sums(NamedTuple):
    """Parameters of the sums: weights (g,), centers and inverse widths (g, d)."""

    weights: Array
    centers: Array
    scales: Array


def gaussian_tape(
    basis: TrainableGaussians, parameters: Array, points: Array, directions: Directions
) -> Tape:
    """Return the Taylor series along directions, and the reverse sweep.

    Parameters
    ----------
    basis : TrainableGaussians
        The architecture.
    parameters : array, shape (n_parameters,)
        As ``starting_parameters`` orders them.
    points : array, shape (n, d)
        Where, in coordinates that are scaled to [-1, 1].
    directions : Directions
        From ``polarized``.

    Returns
    -------
    tape : Tape
        Series of shape (n_directions, n, n_fields) each.

    Raises
    ------
    ShapeError
        If the number of parameters fits no number of fields.

    Notes
    -----
    About 20 (K + 1)^2 n_directions flops a point and Gaussian.
    """
    d, total = points.shape[-1], basis.channels * basis.n_gaussians
    n_fields = _field_count(basis, parameters.shape[0], d)
    xp, ends = namespace(points), (total, (1 + d) * total, (1 + 2 * d) * total)
    sums = _Sums(
        parameters[: ends[0]],
        xp.reshape(parameters[ends[0] : ends[1]], (total, d)),
        xp.exp(-xp.reshape(parameters[ends[1] : ends[2]], (total, d))),
    )
    series, pull_sums = _channel_series(sums, points, directions, basis.channels)
    widths = (basis.channels, basis.hidden, n_fields)
    head = perceptron(split_layers(parameters[ends[2] :], widths), series, "tanh")

    def pull(adjoints: list[Array]) -> tuple[Array, list[Array]]:
        own, inner = head.pull(adjoints)
        return xp.concat([pull_sums(inner), own], axis=1), []

    return Tape(head.series, pull)


def _field_count(basis: TrainableGaussians, count: int, dimension: int) -> int:
    """Return the number of fields that fits a number of parameters."""
    extra = count - basis.count(dimension, 0)
    if extra <= 0 or extra % (basis.hidden + 1):
        raise ShapeError(
            f"parameters has {count} entries; {basis.count(dimension, 1)} are needed for "
            f"one field of {dimension} coordinates"
        )
    return extra // (basis.hidden + 1)


def _channel_series(
    sums: _Sums, points: Array, directions: Directions, channels: int
) -> tuple[list[Array], Callable[[list[Array]], Array]]:
    """Return the series of the channels, and the map from adjoints to derivatives."""
    xp = namespace(points)
    vectors = xp.asarray(directions.vectors, dtype=points.dtype, device=points.device)
    # zeta = place + t slope, shapes (1, n, g, d) and (n_directions, 1, g, d)
    place = (points[None, :, None, :] - sums.centers) * sums.scales
    slope = (vectors[:, None, None, :] * sums.scales) if directions.degree else None
    terms = _exponentials(place, slope, directions)
    n_directions, n, total = terms[0].shape
    shape = (n_directions, n, channels, total // channels)
    series = [xp.sum(xp.reshape(item * sums.weights, shape), axis=-1) for item in terms]

    def pull(adjoints: list[Array]) -> Array:
        wide = [
            xp.reshape(xp.broadcast_to(item[..., None], shape), terms[0].shape)
            for item in adjoints
        ]
        weights = sum(xp.sum(e * bar, axis=0) for e, bar in zip(terms, wide, strict=True))
        bars = product_adjoints(terms, [item * sums.weights for item in wide])
        centers = xp.sum(bars[0][..., None] * place, axis=0)
        widths = xp.sum(bars[0][..., None] * place * place, axis=0)
        if slope is not None:
            centers = centers + xp.sum(bars[1][..., None] * slope, axis=0)
            both = xp.sum(bars[1][..., None] * slope, axis=0) * place[0]
            widths = widths + 2.0 * both
        if slope is not None and len(bars) > 2:
            widths = widths + xp.sum(bars[2][..., None] * slope * slope, axis=0)
        flat = (n, -1)
        centers = xp.reshape(centers * sums.scales, flat)
        return xp.concat([weights, centers, xp.reshape(widths, flat)], axis=1)

    return series, pull


def _exponentials(place: Array, slope: Array | None, directions: Directions) -> list[Array]:
    """Return the series of exp(-zeta.zeta/2), each coefficient (n_directions, n, g)."""
    xp = namespace(place)
    n_directions = directions.vectors.shape[0]
    first = xp.exp(-0.5 * xp.sum(place * place, axis=-1))
    terms = [xp.broadcast_to(first, (n_directions, *first.shape[1:]))]
    if slope is None:
        return terms
    linear = -xp.sum(place * slope, axis=-1)
    square = -0.5 * xp.sum(slope * slope, axis=-1)
    for k in range(1, directions.degree + 1):
        total = linear * terms[k - 1]
        if k >= 2:
            total = total + 2.0 * square * terms[k - 2]
        terms.append(total / k)
    return terms
