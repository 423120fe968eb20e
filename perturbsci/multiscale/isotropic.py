"""Isotropic gases of Maxwell molecules at any mass ratio, in Fourier space.

phi_i(s), s = |k|^2 / m_i, is the transform of the density of species i. With a = m_j / M,
A = (1 - a)^2 + a^2 + 2 a (1 - a) c and B = 2 a^2 (1 - c) m_i / m_j, both at most 1,

phi_i' = sum_j lambda_ij [ (1/2) int phi_i(s A) phi_j(s B) dc - phi_i(s) phi_j(0) ]

is closed on each interval [0, cutoff^2], the same for all species: no velocity grid has to
hold a light and a heavy gas. phi(0) is the density, -2 phi'(0) / phi(0) the temperature,
60 phi''(0) / m^2 the fourth moment. Chebyshev points in s, Gauss-Legendre in c.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import namespace
from perturbsci.backend.arrays import to_device
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import whole_number
from perturbsci.types import Array

__all__ = ["isotropic_mixture"]

MOMENTS = {0: "density", 2: "temperature", 4: "fourth_moment"}
WIDEST = 1e3  # thermal speeds of a cutoff
SPEEDS = 400  # Gauss-Legendre nodes of the initial transform
REACH = 12.0  # thermal speeds that it covers
DENSITY_ERROR = 1e-8


def isotropic_mixture(
    *,
    masses: tuple[float, ...],
    densities: tuple[float, ...],
    rates: tuple[tuple[float, ...], ...],
    initial: tuple[Callable[[Array], Array], ...],
    n_nodes: int = 32,
    n_cosines: int = 20,
    cutoff: float = 6.0,
    orders: tuple[int, ...] = (0, 2, 4),
    backend: str | None = None,
) -> SplitProblem:
    """Return epsilon f_i,t = sum_j Q_ij(f_i, f_j), isotropic Maxwell molecules in 3-D.

    epsilon is the Knudsen number: time counts in units of epsilon over the rates.

    Parameters
    ----------
    masses, densities : tuple of float
        One a species, one or more species.
    rates : tuple of tuple of float
        lambda_ij, symmetric, positive: B = lambda_ij / (4 pi).
    initial : tuple of callable
        ``f_i(speed) -> density`` in velocity space, array of shape (n,) each; int f_i =
        densities[i].
    n_nodes : int
        Chebyshev points in s, at least 4.
    n_cosines : int
        Gauss-Legendre points in c.
    cutoff : float
        s reaches cutoff^2: a Maxwellian of temperature T has fallen to
        exp(-T cutoff^2 / 2) there. The result below does not depend on it, only the
        resolution does.
    orders : tuple of int
        Which moments are observables: 0 ``density``, 2 ``temperature``, 4
        ``fourth_moment`` (int abs(v)^4 f_i), each of shape (n_times, n_species).
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State phi, shape (n_species, n_nodes), s descending from cutoff^2 to 0; purely
        explicit, ``largest_step`` is epsilon over the largest collision rate.

    Raises
    ------
    ShapeError
        If the tuples do not fit together.
    ParameterError
        If a number is not positive, rates are not symmetric, or a density is not the
        integral of its f_i.

    Notes
    -----
    n_species^2 pairs of matrices (n_nodes n_cosines, n_nodes). Spectrally accurate for
    densities with a transform that is smooth in s; nothing is known about the sign of f.

    References
    ----------
    Krook and Wu (1977), for the exact solution of two species.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.multiscale import solve
    >>> gas = isotropic_mixture(masses=(1.0,), densities=(1.0,), rates=((1.0,),),
    ...     initial=(lambda v: np.exp(-v**2 / 2) / (2 * np.pi) ** 1.5,))
    >>> run = solve(gas, epsilon=1.0, t_span=(0.0, 1.0), scheme="rk4", step=0.1)
    >>> run.observables["temperature"].round(9).tolist()
    [[1.0], [1.0]]
    """
    m, n, rate = _checked_gas(masses, densities, rates)
    if not isinstance(initial, (tuple, list)) or not all(map(callable, initial)):
        raise ParameterError(
            f"initial is {initial!r:.60}; pass a tuple of functions of the speed"
        )
    if len(initial) != len(m):
        raise ShapeError(
            f"initial has {len(initial)} functions for {len(m)} masses; pass one a species"
        )
    n_nodes = whole_number(n_nodes, "n_nodes", least=4)
    n_cosines = whole_number(n_cosines, "n_cosines", least=1)
    cutoff = positive(cutoff, "cutoff")
    if cutoff > WIDEST:
        raise ParameterError(f"cutoff is {cutoff:.3g}; pass one up to {WIDEST:g}")
    top = cutoff**2
    names = _checked_orders(orders)
    s = top / 2 * (1 + numpy.cos(numpy.pi * numpy.arange(n_nodes) / (n_nodes - 1)))
    s[-1] = 0.0
    state = numpy.stack(
        [
            _transform(f, mass, density, s, i)
            for i, (f, mass, density) in enumerate(zip(initial, m, n, strict=True))
        ]
    )
    gas = _Gas.of(m, rate, s, n_cosines, backend)
    fastest = max(float((rate[i] * n).sum()) for i in range(len(m)))
    slowest = _slowest_rate(m, n, rate)
    return SplitProblem(
        "isotropic_mixture",
        initial=to_device(state, backend),
        explicit=gas.explicit,
        weight=lambda epsilon: epsilon,
        equilibrium=gas.equilibrium,
        invariants={"density": gas.density, "energy": gas.energy},
        invariant_scales={"energy": lambda phi, epsilon: float(gas.energy(phi, epsilon))},
        observables={name: getattr(gas, name) for name in names},
        layer_scales=lambda epsilon: (epsilon / slowest,),
        largest_step=lambda epsilon: epsilon / fastest,
        coordinates={"s": to_device(s, backend)},
        admit=_admit,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Gas:
    """Interpolation at s A and s B for each pair, and derivatives at s = 0."""

    masses: Array
    rates: numpy.ndarray
    s: Array
    weights: Array
    own: dict[tuple[int, int], Array]
    other: dict[tuple[int, int], Array]
    slopes: Array

    @staticmethod
    def of(
        masses: numpy.ndarray,
        rates: numpy.ndarray,
        s: numpy.ndarray,
        n_cosines: int,
        backend: str | None,
    ) -> "_Gas":
        """Return the matrices of all pairs."""
        c, weights = numpy.polynomial.legendre.leggauss(n_cosines)
        own: dict[tuple[int, int], Array] = {}
        other: dict[tuple[int, int], Array] = {}
        for i, j in numpy.ndindex(rates.shape):
            a = masses[j] / (masses[i] + masses[j])
            first = (1 - a) ** 2 + a**2 + 2 * a * (1 - a) * c
            second = 2 * a**2 * (1 - c) * masses[i] / masses[j]
            for table, factor in ((own, first), (other, second)):
                matrix = _interpolation(s, numpy.multiply.outer(s, factor).ravel())
                table[i, j] = to_device(matrix, backend)
        first = _differentiation(s)
        slopes = numpy.stack([first[-1], (first @ first)[-1]])
        return _Gas(
            to_device(masses, backend),
            rates,
            to_device(s, backend),
            to_device(weights / 2, backend),
            own,
            other,
            to_device(slopes, backend),
        )

    def explicit(self, phi: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return the gain minus the loss of all pairs."""
        xp = namespace(phi)
        rows = []
        for i in range(phi.shape[0]):
            row = xp.zeros_like(phi[i])
            for j in range(phi.shape[0]):
                # Sums instead of matrix products: the same bits for any number of threads.
                x = (self.own[i, j] * phi[i]).sum(-1)
                y = (self.other[i, j] * phi[j]).sum(-1)
                gain = ((x * y).reshape(phi.shape[1], -1) * self.weights).sum(-1)
                row = row + float(self.rates[i, j]) * (gain - phi[i] * phi[j, -1])
            rows.append(row)
        return xp.stack(rows)

    def equilibrium(self, phi: Array) -> Array:
        """Return n_i exp(-T s / 2) with the common temperature T."""
        xp = namespace(phi)
        common = (self.energy(phi, 1.0) / phi[:, -1].sum()) * (2 / 3)
        return phi[:, -1:] * xp.exp(-common / 2 * self.s)

    def density(self, phi: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return phi(0)."""
        return phi[:, -1]

    def temperature(self, phi: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return -2 phi'(0) / phi(0)."""
        return -2 * (phi * self.slopes[0]).sum(-1) / phi[:, -1]

    def fourth_moment(self, phi: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return 60 phi''(0) / m^2."""
        return 60 * (phi * self.slopes[1]).sum(-1) / self.masses**2

    def energy(self, phi: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return the sum of 3/2 n_i T_i."""
        return -3 * (phi * self.slopes[0]).sum()


def _admit(scheme: object, epsilon: float, step: float | None) -> None:  # noqa: ARG001
    if epsilon == 0:
        raise ParameterError(
            f"epsilon is {epsilon:g}, where isotropic_mixture is nothing but its "
            "equilibrium n_i exp(-T s / 2); pass a positive one"
        )


def _checked_gas(
    masses: object, densities: object, rates: object
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return masses, densities and rates as arrays."""
    m, n = _positive_tuple(masses, "masses"), _positive_tuple(densities, "densities")
    if len(n) != len(m):
        raise ShapeError(
            f"densities has {len(n)} entries for {len(m)} masses; pass one a species"
        )
    if not isinstance(rates, (tuple, list, numpy.ndarray)) or len(rates) != len(m):
        raise ShapeError(
            f"rates is {rates!r:.60}; pass {len(m)} rows of {len(m)} rates, such as "
            "((1.0, 0.5), (0.5, 1.0)) for two species"
        )
    rows = [_positive_tuple(row, f"rates[{i}]") for i, row in enumerate(rates)]
    if any(len(row) != len(m) for row in rows):
        raise ShapeError(f"rates is {rates!r:.60}; each of its rows needs {len(m)} rates")
    matrix = numpy.array(rows)
    if (matrix != matrix.T).any():
        raise ParameterError(
            f"rates is {rates!r:.60}, which is not symmetric; both species of a pair see "
            "the same collisions, make rates[i][j] equal to rates[j][i]"
        )
    return numpy.array(m), numpy.array(n), matrix


def _positive_tuple(values: object, name: str) -> list[float]:
    if isinstance(values, Real) or not isinstance(values, (tuple, list, numpy.ndarray)):
        raise ParameterError(f"{name} is {values!r:.60}; pass a tuple, one a species")
    if not len(values):
        raise ParameterError(f"{name} is empty; pass one number a species")
    return [positive(value, f"{name}[{i}]") for i, value in enumerate(values)]


def _checked_orders(orders: object) -> list[str]:
    if not isinstance(orders, (tuple, list)) or not set(orders) <= set(MOMENTS):
        raise ParameterError(
            f"orders is {orders!r:.60}; pass a tuple of moments out of "
            f"{', '.join(map(str, MOMENTS))}"
        )
    return [MOMENTS[order] for order in sorted(set(orders))]


def _slowest_rate(m: numpy.ndarray, n: numpy.ndarray, rate: numpy.ndarray) -> float:
    """Return the smaller of the decay rates of temperature differences and BKW modes."""
    rates = [float(rate[i, i] * n[i]) / 6 for i in range(len(m))]
    for i in range(len(m)):
        for j in range(i):
            contact = 2 * m[i] * m[j] / (m[i] + m[j]) ** 2 * (n[i] + n[j])
            rates.append(float(rate[i, j] * contact))
    return min(rates)


def _transform(
    f: Callable[[Array], Array], mass: float, density: float, s: numpy.ndarray, i: int
) -> numpy.ndarray:
    """Return 4 pi int f(v) v^2 sinc(|k| v) dv at |k|^2 = mass s."""
    x, weights = numpy.polynomial.legendre.leggauss(SPEEDS)
    x, weights = (x + 1) / 2, weights / 2
    reach = REACH / math.sqrt(mass)
    # The thermal speed is not known yet: measure it on the interval that it gives.
    for _ in range(40):
        v = reach * x
        values = _density_values(f, v, i)
        measure = 4 * numpy.pi * reach * weights * v**2 * values
        total = float(measure.sum())
        spread = float((measure * v**2).sum())
        if not (total > 0 and spread > 0):
            break
        previous, reach = reach, REACH * math.sqrt(spread / (3 * total))
        if abs(previous - reach) < 1e-6 * reach:
            break
    if not abs(total - density) <= DENSITY_ERROR * density:
        raise ParameterError(
            f"densities[{i}] is {density:g}, but the integral of initial[{i}] over "
            f"velocity space is {total:.12g}; scale the function, or pass that density"
        )
    argument = numpy.sqrt(mass * s)[:, None] * v
    return (numpy.sinc(argument / numpy.pi) * measure).sum(-1)


def _density_values(f: Callable[[Array], Array], v: numpy.ndarray, i: int) -> numpy.ndarray:
    values = numpy.asarray(f(v.copy()))
    if values.shape != v.shape:
        raise ShapeError(
            f"initial[{i}] returned shape {values.shape} for {v.size} speeds; return one "
            "density a speed"
        )
    if values.dtype.kind not in "fiu" or not numpy.isfinite(values).all():
        raise ParameterError(
            f"initial[{i}] returned values that are no finite real numbers; return the "
            "density in velocity space for every speed from 0 on"
        )
    return values


def _interpolation(s: numpy.ndarray, points: numpy.ndarray) -> numpy.ndarray:
    """Return the matrix from values at Chebyshev points s to those at ``points``."""
    weights = (-1.0) ** numpy.arange(s.size)
    weights[[0, -1]] /= 2
    gaps = numpy.subtract.outer(points, s)
    rows, columns = numpy.nonzero(gaps == 0)
    gaps[rows] = 1.0
    matrix = weights / gaps
    matrix[rows] = 0.0
    matrix[rows, columns] = 1.0
    return matrix / matrix.sum(-1, keepdims=True)


def _differentiation(s: numpy.ndarray) -> numpy.ndarray:
    """Return the matrix that differentiates the interpolant at Chebyshev points."""
    weights = (-1.0) ** numpy.arange(s.size)
    weights[[0, -1]] /= 2
    gaps = numpy.subtract.outer(s, s) + numpy.eye(s.size)
    matrix = numpy.divide.outer(1 / weights, 1 / weights) / gaps
    numpy.fill_diagonal(matrix, 0.0)
    # Rows sum to 0: constants have no derivative, which keeps rounding small.
    numpy.fill_diagonal(matrix, -matrix.sum(-1))
    return matrix
