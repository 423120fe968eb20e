"""The largest singular value of a transfer function along the axis or the circle.

Evaluated on the host in double precision, with the sum of the moduli of all terms beside
it: what a value is exact to. In discrete time s = i tan(theta/2), z = e^(i theta), turns
the circle into the axis, so that one search serves both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.operands import lapack
from perturbsci.statespace.modes import unfold
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.structured import HankelSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.statespace.transfer import substituted
from perturbsci.types import Array

__all__ = ["Realization", "Response", "axis_realization", "frequency_response", "settled"]

Values: TypeAlias = tuple[numpy.ndarray, numpy.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """A transfer function on the imaginary axis, points given by their angle.

    Parameters
    ----------
    values : callable, complex array, shape (k,), to two arrays
        Points s or z to G, shape (k, p, m), and to the sum of the moduli of its terms,
        shape (k,).
    discrete : bool
        Points are z = e^(i theta).
    """

    values: Callable[[numpy.ndarray], Values]
    discrete: bool

    def points(self, places: numpy.ndarray) -> numpy.ndarray:
        """Return s = i y, or z with s = (z - 1)/(z + 1).

        Parameters
        ----------
        places : real array, shape (k,)
            y; infinite is allowed in discrete time, where it is z = -1.

        Returns
        -------
        points : complex array, shape (k,)
            Where G is evaluated.
        """
        if self.discrete:
            return numpy.exp(2j * numpy.arctan(places))
        return 1j * places

    def sigma(self, places: numpy.ndarray) -> Values:
        """Return the largest singular values, and what they are exact to.

        Parameters
        ----------
        places : real array, shape (k,)
            y.

        Returns
        -------
        sigma, rounding : real array, shape (k,)
            Infinite at a pole.
        """
        g, size = self.values(self.points(numpy.asarray(places, dtype=float)))
        finite = numpy.isfinite(g).all(axis=(1, 2))
        sigma = numpy.full(len(g), numpy.inf)
        if g[0].size == 1:
            sigma[finite] = numpy.abs(g[finite, 0, 0])
        else:
            sigma[finite] = numpy.linalg.svdvals(g[finite])[:, 0]
        return sigma, numpy.finfo(numpy.float64).eps * size


@dataclass(frozen=True, slots=True, eq=False)
class Realization:
    """A continuous realization with full matrices on the host.

    Parameters
    ----------
    a, b, c, d : array, shape (n, n), (n, m), (p, n), (p, m)
        In double precision; real if the system is.
    """

    a: numpy.ndarray
    b: numpy.ndarray
    c: numpy.ndarray
    d: numpy.ndarray


def settled(system: StateSpace) -> StateSpace:
    """Return the system in double precision, a HankelSystem in discrete time of step 1.

    Parameters
    ----------
    system : StateSpace
        Without copies.

    Returns
    -------
    system : StateSpace
        On the host. The delay of a HankelSystem is z itself then, whatever its step.
    """
    if isinstance(system, HankelSystem):
        d = None if system.d is None else _double(system.d)
        return HankelSystem(_double(system.markov), d=d, step=1.0)
    if isinstance(system, DiagonalSystem):
        arrays = (system.eigenvalues, system.b, system.c, system.feedthrough())
        values, b, c, d = (_double(each) for each in arrays)
        weights = None if system.weights is None else _double(system.weights)
        step = None if system.step is None else 1.0
        return DiagonalSystem(values, b, c, d=d, step=step, weights=weights)
    full = dense(system)
    arrays = (full.a, full.b, full.c, full.feedthrough())
    a, b, c, d = (_double(each) for each in arrays)
    return DenseSystem(a, b, c, d=d, step=full.step)


def _double(array: Array) -> numpy.ndarray:
    host = to_host(array)
    return host.astype(numpy.complex128 if host.dtype.kind == "c" else numpy.float64)


def frequency_response(system: StateSpace) -> Response:
    """Return the transfer function as something to evaluate often.

    Parameters
    ----------
    system : StateSpace
        From ``settled``.

    Returns
    -------
    response : Response
        Of it.
    """
    if isinstance(system, DiagonalSystem):
        return Response(_modal_values(system), system.is_discrete)
    if isinstance(system, HankelSystem):
        return Response(_markov_values(system), True)
    full = dense(system)
    return Response(_matrix_values(full), full.is_discrete)


def _modal_values(system: DiagonalSystem) -> Callable[[numpy.ndarray], Values]:
    full = unfold(system)
    a, b, c, d = full.eigenvalues, full.b, full.c, full.feedthrough()
    moduli = numpy.linalg.norm(b, axis=1) * numpy.linalg.norm(c, axis=0)

    def values(points: numpy.ndarray) -> Values:
        with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inverse = 1 / (points[:, None] - a)
            if system.is_discrete:
                inverse = inverse * points[:, None]
            g = (c * inverse[:, None, :]) @ b + d
            return g, numpy.abs(inverse) @ moduli + numpy.linalg.norm(d)

    return values


def _markov_values(system: HankelSystem) -> Callable[[numpy.ndarray], Values]:
    h, d = system.markov, system.feedthrough()
    size = float(numpy.linalg.norm(h, axis=(1, 2)).sum() + numpy.linalg.norm(d))

    def values(points: numpy.ndarray) -> Values:
        total = numpy.zeros((len(points), *h.shape[1:]), dtype=complex)
        for each in h[::-1]:
            total = (total + each) / points[:, None, None]
        return total + d, numpy.full(len(points), size)

    return values


def _matrix_values(system: DenseSystem) -> Callable[[numpy.ndarray], Values]:
    t, unitary = lapack().schur(system.a, "complex", check_finite=False)
    left, right = system.c @ unitary, unitary.conj().T @ system.b
    d = system.feedthrough()

    def values(points: numpy.ndarray) -> Values:
        x = substituted(t, right, points, discrete=system.is_discrete)
        with numpy.errstate(invalid="ignore", over="ignore"):
            g = numpy.moveaxis(numpy.tensordot(left, x, axes=1), 1, 0) + d
            moduli = numpy.linalg.norm(left, axis=0) @ numpy.linalg.norm(x, axis=2)
        return g, moduli + numpy.linalg.norm(d)

    return values


def axis_realization(system: StateSpace) -> Realization:
    """Return matrices whose transfer function on the axis is that of the system.

    Parameters
    ----------
    system : StateSpace
        From ``settled``; stable.

    Returns
    -------
    realization : Realization
        In discrete time C a (z - a)^-1 b + C b + D at z = (1 + s)/(1 - s).
    """
    full = dense(system)
    a, b, c, d = full.a, full.b, full.c, full.feedthrough()
    if not full.is_discrete:
        return Realization(a, b, c, d)
    # (z - a)^-1 b = (1 - s)(s - F)^-1 (I + a)^-1 b with F = (I + a)^-1 (a - I), and
    # (1 - s)(s - F)^-1 = (I - F)(s - F)^-1 - I
    unit = numpy.eye(len(a))
    both = numpy.linalg.solve(unit + a, numpy.concatenate([a - unit, b], axis=1))
    moved, entry = both[:, : len(a)], both[:, len(a) :]
    through = c @ a
    return Realization(moved, entry, through @ (unit - moved), d + c @ b - through @ entry)
