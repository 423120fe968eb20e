"""Initial densities of a light and a heavy gas: sums of Gaussians, and what they must obey.

A Gaussian is (weight, mean (d,), covariance_diagonal (d,)), the light ones in light units,
the heavy ones in heavy units; the weights of a species count relative to their sum.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.velocity import VelocityGrid

__all__ = ["Gaussians", "default_data", "mixture_data"]

MAXWELLIAN_KEYS = (
    "light_temperature",
    "heavy_temperature",
    "light_velocity",
    "heavy_velocity",
)
THERMAL_SPEEDS = 4.0  # how far from its mean a Gaussian must lie within the grid
RESOLVED = 0.5  # the least width of a Gaussian, in spacings of the grid


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """A density of unit mass, a sum of Gaussians.

    Parameters
    ----------
    name : str
        ``"light"`` or ``"heavy"``, for messages.
    weights : real array, shape (m,)
        Positive, of sum 1.
    means, variances : real array, shape (m, d)
        In the units of the species.
    """

    name: str
    weights: numpy.ndarray
    means: numpy.ndarray
    variances: numpy.ndarray

    @property
    def velocity(self) -> numpy.ndarray:
        """The mean, shape (d,)."""
        return self.weights @ self.means

    @property
    def temperature(self) -> float:
        """The variance, averaged over the directions."""
        square = float((self.weights @ (self.variances + self.means**2)).sum())
        velocity = self.velocity
        return (square - float(velocity @ velocity)) / len(velocity)

    @property
    def is_maxwellian(self) -> bool:
        """Whether it is one Gaussian, the same in all directions."""
        return len(self.weights) == 1 and bool(numpy.ptp(self.variances) == 0)

    def in_frame(self, grid: VelocityGrid, center: numpy.ndarray) -> numpy.ndarray:
        """Return F(xi) on the grid of its thermal frame.

        Parameters
        ----------
        grid : VelocityGrid
            Of xi = (v - center)/sqrt(T).
        center : real array, shape (d,)
            In the units of the species.

        Returns
        -------
        density : real array, shape (n, ..., n)
            On the host.

        Raises
        ------
        ParameterError
            If a Gaussian is not within the grid, or narrower than half a spacing.
        """
        scale = math.sqrt(self.temperature)
        nodes = to_host(grid.nodes)
        total = numpy.zeros(grid.shape)
        for weight, mean, variance in zip(
            self.weights, self.means, self.variances, strict=True
        ):
            middle, width = (mean - center) / scale, numpy.sqrt(variance) / scale
            self._check_within(grid, middle, width)
            line: numpy.ndarray = numpy.array(weight)
            for k in range(grid.dimension):
                bell = numpy.exp(-(((nodes - middle[k]) / width[k]) ** 2) / 2)
                bell = bell / (math.sqrt(2 * math.pi) * width[k])
                line = line[..., None] * bell
            total += line
        return total

    def _check_within(
        self, grid: VelocityGrid, middle: numpy.ndarray, width: numpy.ndarray
    ) -> None:
        reach = float((abs(middle) + THERMAL_SPEEDS * width).max())
        if reach > grid.half_width:
            raise ParameterError(
                f"half_widths is {grid.half_width:g} thermal speeds for the {self.name} "
                f"gas, but its density reaches to {reach:.3g} (mean + 4 widths); pass "
                "larger half_widths and n_velocities"
            )
        if float(width.min()) < RESOLVED * grid.spacing:
            raise ParameterError(
                f"initial has a {self.name} Gaussian of width {width.min():.3g} thermal "
                f"speeds on a grid of spacing {grid.spacing:.3g}; raise n_velocities or "
                "widen the Gaussian"
            )


def default_data(
    dimension: int, preparation: str, epsilon: float
) -> tuple[Gaussians, Gaussians]:
    """Return Maxwellians of different temperature, or densities far from any.

    Parameters
    ----------
    dimension : int
        d.
    preparation : str
        ``"well"``: T_L = 1.2, T_H = 0.9, common drift u_H = 0.2; ``"ill"``: two Gaussians
        each, with a slip.
    epsilon : float
        Square root of the mass ratio.

    Returns
    -------
    light, heavy : Gaussians
        Of unit mass.
    """
    if preparation == "well":
        drift = numpy.zeros(dimension)
        drift[0] = 0.2
        return (
            _maxwellian("light", epsilon * drift, 1.2),
            _maxwellian("heavy", drift, 0.9),
        )
    light = (
        (0.6, (1.0, 0.3, 0.0), (0.7, 0.5, 0.6)),
        (0.4, (-0.8, -0.5, 0.2), (0.6, 0.9, 0.7)),
    )
    heavy = (
        (0.5, (0.9, 0.0, 0.0), (0.4, 0.6, 0.5)),
        (0.5, (-0.5, 0.3, 0.0), (0.5, 0.4, 0.6)),
    )
    cut = [[(w, m[:dimension], c[:dimension]) for w, m, c in gas] for gas in (light, heavy)]
    return _sum_of("light", cut[0], dimension), _sum_of("heavy", cut[1], dimension)


def mixture_data(
    initial: Mapping[str, object], dimension: int, epsilon: float
) -> tuple[Gaussians, Gaussians]:
    """Return the densities that a caller described.

    Parameters
    ----------
    initial : mapping
        Keys ``light`` and ``heavy``, each a tuple of Gaussians; or ``light_temperature``
        and ``heavy_temperature``, and optionally ``light_velocity`` (by default the drift
        epsilon u_H of the heavy gas) and ``heavy_velocity`` (by default 0).
    dimension : int
        d.
    epsilon : float
        Square root of the mass ratio.

    Returns
    -------
    light, heavy : Gaussians
        Of unit mass.

    Raises
    ------
    ParameterError
        If a key is missing or unknown, a temperature, weight or variance not positive.
    ShapeError
        If a mean or a variance has not d components.
    """
    if not isinstance(initial, Mapping):
        raise ParameterError(
            f"initial is a {type(initial).__name__}; pass None or a mapping with the keys "
            "light and heavy, or light_temperature and heavy_temperature"
        )
    keys = set(initial)
    if keys == {"light", "heavy"}:
        return (
            _sum_of("light", initial["light"], dimension),
            _sum_of("heavy", initial["heavy"], dimension),
        )
    if not set(MAXWELLIAN_KEYS[:2]) <= keys <= set(MAXWELLIAN_KEYS):
        raise ParameterError(
            f"initial has the keys {sorted(map(str, keys))}; pass light and heavy, tuples "
            f"of Gaussians, or {', '.join(MAXWELLIAN_KEYS)} (velocities may be missing)"
        )
    u = _vector(initial.get("heavy_velocity", 0.0), "heavy_velocity", dimension)
    U = epsilon * u
    if initial.get("light_velocity") is not None:
        U = _vector(initial["light_velocity"], "light_velocity", dimension)
    T = [positive(initial[key], f"initial[{key!r}]") for key in MAXWELLIAN_KEYS[:2]]
    return _maxwellian("light", U, T[0]), _maxwellian("heavy", u, T[1])


def _maxwellian(name: str, velocity: numpy.ndarray, temperature: float) -> Gaussians:
    d = len(velocity)
    return Gaussians(
        name, numpy.ones(1), velocity[None], numpy.full((1, d), float(temperature))
    )


def _sum_of(name: str, parts: object, dimension: int) -> Gaussians:
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not len(parts):
        raise ParameterError(
            f"initial[{name!r}] is {parts!r:.60}; pass a tuple of Gaussians (weight, mean, "
            "covariance_diagonal)"
        )
    weights, means, variances = [], [], []
    for k, part in enumerate(parts):
        label = f"initial[{name!r}][{k}]"
        if not isinstance(part, Sequence) or len(part) != 3:
            raise ParameterError(
                f"{label} is {part!r:.60}; pass (weight, mean, covariance_diagonal)"
            )
        weights.append(positive(part[0], f"the weight of {label}"))
        means.append(_vector(part[1], f"the mean of {label}", dimension))
        widths = _vector(part[2], f"the covariance_diagonal of {label}", dimension)
        if not (widths > 0).all():
            raise ParameterError(
                f"the covariance_diagonal of {label} is {widths.tolist()}; pass positive "
                "variances"
            )
        variances.append(widths)
    total = math.fsum(weights)
    return Gaussians(
        name, numpy.array(weights) / total, numpy.array(means), numpy.array(variances)
    )


def _vector(value: object, name: str, dimension: int) -> numpy.ndarray:
    """Return d components; a number is one along the first axis, a variance in all."""
    array = to_host(as_array(value, name=name, real=True)).astype(numpy.float64)
    if array.ndim == 0:
        if "covariance" in name:
            return numpy.full(dimension, float(array))
        return numpy.concatenate([[float(array)], numpy.zeros(dimension - 1)])
    if array.shape != (dimension,):
        raise ShapeError(
            f"{name} has shape {array.shape}, needed ({dimension},), one component a "
            "dimension"
        )
    return array
