"""Stability of a system, modes that no input reaches or no output sees being left out.

A mode on the rim of the stable region with a residue of zero is no part of the transfer
function, as in the Fourier memory. What is left is stable if all eigenvalues lie inside;
the numerical range decides first, since the eigenvalues of a strongly non-normal matrix
are known less well than the matrix.

Reference: Trefethen and Embree (2005), chapter 17.
"""

from dataclasses import dataclass

import numpy

from perturbsci.errors import ParameterError
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.structured import HankelSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.verification import Certificate

__all__ = ["Stability", "without_silent_modes"]

SILENT = 1e-12
LARGEST = 1e151  # squares of so many entries as memory holds stay finite
SPACING = float(numpy.finfo(numpy.float64).eps)  # of numbers at 1: two roundoffs


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """A system without silent modes, and how stable it is.

    Parameters
    ----------
    system : StateSpace
        From ``settled``, silent modes left out, or moved inside for full matrices.
    abscissa : float
        Largest real part of its eigenvalues, or largest modulus in discrete time.
    is_stable : bool
        The abscissa is below 0, the radius below 1.
    certificate : Certificate
        The same as a claim.
    """

    system: StateSpace
    abscissa: float
    is_stable: bool
    certificate: Certificate


def without_silent_modes(system: StateSpace) -> Stability:
    """Return the system without modes on the rim that do not matter, and its stability.

    Parameters
    ----------
    system : StateSpace
        From ``settled``.

    Returns
    -------
    stability : Stability
        Of it.

    Raises
    ------
    ParameterError
        If squares of the entries of a full matrix overflow.
    """
    if isinstance(system, HankelSystem):
        return _judged(system, 0.0, "nilpotent")
    if isinstance(system, DiagonalSystem):
        return _of_modes(system)
    return _of_matrices(dense(system))


def _judged(system: StateSpace, abscissa: float, method: str) -> Stability:
    what, limit = ("modulus", 1.0) if system.is_discrete else ("real part", 0.0)
    certificate = Certificate(
        f"largest {what} of an eigenvalue",
        abscissa,
        float(numpy.nextafter(limit, -1.0)),
        "a-posteriori",
        method,
    )
    return Stability(system, abscissa, certificate.passed, certificate)


def _outside(system: StateSpace, values: numpy.ndarray) -> numpy.ndarray:
    """Return how far eigenvalues lie beyond the rim, negative inside."""
    return numpy.abs(values) - 1 if system.is_discrete else values.real


def _of_modes(system: DiagonalSystem) -> Stability:
    values = system.eigenvalues
    residues = numpy.linalg.norm(system.b, axis=1) * numpy.linalg.norm(system.c, axis=0)
    far = _outside(system, values)
    rounding = len(values) * SPACING * float(numpy.abs(values).max())
    silent = (numpy.abs(far) <= rounding) & (residues <= SILENT * residues.sum())
    keep = ~silent
    if silent.any() and keep.any():
        weights = None if system.weights is None else system.weights[keep]
        system = DiagonalSystem(
            values[keep], system.b[keep], system.c[:, keep], d=system.d, step=system.step,
            weights=weights,
        )  # fmt: skip
        values = values[keep]
    elif silent.all():  # nothing but D is left
        inside = (
            numpy.zeros_like(values) if system.is_discrete else -numpy.ones_like(values)
        )
        system = DiagonalSystem(
            inside, 0 * system.b, system.c, d=system.d, step=system.step,
            weights=system.weights,
        )  # fmt: skip
        values = inside
    reach = numpy.abs(values) if system.is_discrete else values.real
    return _judged(system, float(reach.max()), "eigenvalues as given")


def _of_matrices(system: DenseSystem) -> Stability:
    a = system.a
    largest = float(numpy.abs(a).max())
    if largest > LARGEST:
        raise ParameterError(
            f"system has entries of a up to {largest:.3g}, whose squares overflow; take a "
            "shorter unit of time, or coordinates of another size"
        )
    if system.is_discrete:
        radius = float(numpy.linalg.norm(a, 2))
        if radius < 1:
            return _judged(system, radius, "2-norm")
    else:
        top = float(numpy.linalg.eigvalsh((a + a.conj().T) / 2)[-1])
        if top < 0:
            return _judged(system, top, "numerical range")
    values, right = numpy.linalg.eig(a)
    far = _outside(system, values)
    rounding = 10 * len(a) * SPACING * float(numpy.linalg.norm(a))
    rim = numpy.flatnonzero(numpy.abs(far) <= rounding)
    if len(rim):
        a, silent = _moved_inside(system, values, right, rim)
        system = DenseSystem(a, system.b, system.c, d=system.d, step=system.step)
        values = numpy.delete(values, silent)
    reach = numpy.abs(values) if system.is_discrete else values.real
    inside = 0.0 if system.is_discrete else -1.0
    return _judged(system, float(reach.max()) if len(reach) else inside, "eigenvalues")


def _moved_inside(
    system: DenseSystem, values: numpy.ndarray, right: numpy.ndarray, rim: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return A with silent modes moved inside, and which they are.

    A - delta v w* moves one eigenvalue and leaves the transfer function as it was.
    """
    left = numpy.linalg.pinv(right)
    b, c = left @ system.b, system.c @ right
    residues = numpy.linalg.norm(b, axis=1) * numpy.linalg.norm(c, axis=0)
    silent = rim[residues[rim] <= SILENT * residues.sum()]
    shift = 0.5 if system.is_discrete else float(numpy.abs(values).mean()) or 1.0
    factor = (shift - 1) * values[silent] if system.is_discrete else -shift
    moved = system.a + (right[:, silent] * factor) @ left[silent]
    if system.a.dtype.kind == "f":  # silent modes come in conjugate pairs
        moved = moved.real
    return moved, silent
