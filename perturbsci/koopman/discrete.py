"""The spectral measure of a unitary Galerkin matrix: point masses on the circle.

nu = sum_j w_j delta(theta_j), w_j = abs(v_j* G c)^2 for g = Psi c (Colbrook 2023). Smoothed
by a rational kernel its density is (1/2 pi) Re[c_0 + 2 sum_k alpha_k sum_j w_j l_j/(z_k -
l_j)], z_k = e^{it - i eps a_k}: one Cauchy sum a pole.
"""

import math

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.backend.kernels.sums import cauchy_sum
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.projection import adjoint
from perturbsci.koopman.rational import RationalKernel
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.types import Array

__all__ = [
    "atomic_cumulative",
    "moment_errors",
    "pair_forms",
    "smoothed_atoms",
    "smoothed_cumulative",
    "spectral_coordinates",
]

LOST = 1e-8  # relative mass that rounding may lose
SOME = 256  # powers of K_N at a time


def spectral_coordinates(
    spectrum: Spectrum, coefficients: Array | None, *, name: str = "source"
) -> tuple[Array, float]:
    """Return b = V* G c, the parts of g = Psi c along the eigenfunctions.

    Parameters
    ----------
    spectrum : Spectrum
        As ``mpedmd`` gives it: unitary, with all its pairs.
    coefficients : real or complex array, shape (n_functions,)
        c, as the user passed it.
    name : str
        The argument that holds the spectrum.

    Returns
    -------
    b : complex array, shape (k,)
        Their squares are the masses at the angles of the eigenvalues.
    mass : float
        The sum of these: c* G c = ||g||^2, in the directions that were kept.

    Raises
    ------
    ShapeError
        If there is not one coefficient a function.
    ParameterError
        If coefficients are missing or zero, or the spectrum is not unitary.
    """
    if not isinstance(spectrum, Spectrum):
        raise ParameterError(
            f"{name} is a {type(spectrum).__name__}; pass what mpedmd(data, dictionary) "
            "returns"
        )
    xp = namespace(spectrum.vectors)
    moduli = xp.abs(spectrum.eigenvalues)
    off = float(scalar(xp.max(xp.abs(moduli - 1)))) if len(moduli) else 0.0
    if off > LOST:
        raise ParameterError(
            f"{name} has an eigenvalue {off:.3g} away from the unit circle; its measure is "
            "defined for the spectrum of mpedmd(data, dictionary) only"
        )
    if coefficients is None:
        raise ParameterError(
            f"coefficients is {coefficients}, needed those of g in the dictionary; pass "
            "one number a function, say numpy.eye(n_functions)[0] for the first function"
        )
    vectors = spectrum.vectors
    c = as_array(coefficients, name="coefficients", ndim=1)
    if len(c) != vectors.shape[0]:
        raise ShapeError(
            f"coefficients has shape {c.shape}, needed ({vectors.shape[0]},): one a "
            "function of the dictionary"
        )
    xp = namespace(vectors, c, names=(name, "coefficients"))
    c = xp.astype(c, vectors.dtype)
    image = xp.astype(spectrum.gram.G, vectors.dtype) @ c
    mass = float(scalar(xp.real(xp.conj(c) @ image)))
    if not mass > 0:
        raise ParameterError(
            f"coefficients has norm {mass:g} in L2 of the measure; pass an observable that "
            "does not vanish"
        )
    b = xp.conj(vectors).T @ image
    lost = abs(float(scalar(xp.sum(xp.abs(b) ** 2))) - mass)
    slack = max(LOST, 1e3 * float(xp.finfo(vectors.dtype).eps))
    whole = len(moduli) == spectrum.rank
    if not whole or (lost > slack * mass and spectrum.rank == vectors.shape[0]):
        raise ParameterError(
            f"{name} has {len(moduli)} pairs that hold all but {lost / mass:.3g} of the "
            "mass of g; pass the whole spectrum of mpedmd, not a part that keep(...) left"
        )
    return b, float(scalar(xp.sum(xp.abs(b) ** 2)))


def smoothed_atoms(
    angles: Array, masses: Array, kernel: RationalKernel, epsilon: float, at: Array
) -> Array:
    """Return the density of atoms smoothed by a rational kernel.

    Parameters
    ----------
    angles, masses : float64 array, shape (k,)
        The atoms.
    kernel : RationalKernel
        Of order m.
    epsilon : float
        Its width in radians.
    at : float64 array, shape (n_angles,)
        Where.

    Returns
    -------
    density : float64 array, shape (n_angles,)
        A mass a radian.

    Notes
    -----
    About 12 m k n_angles flops in one kernel launch a pole.
    """
    xp = namespace(angles, masses, at)
    points = xp.exp(1j * angles)
    total = xp.zeros(len(at), dtype=at.dtype) + xp.sum(masses)
    for a, alpha in zip(kernel.poles.tolist(), kernel.residues.tolist(), strict=True):
        z = xp.exp(1j * at) * complex(numpy.exp(-1j * epsilon * a))
        total = total + 2 * xp.real(alpha * cauchy_sum(masses * points, points, z))
    return total / (2 * math.pi)


def smoothed_cumulative(
    angles: Array, masses: Array, kernel: RationalKernel, epsilon: float, at: Array
) -> Array:
    """Return the integral of ``smoothed_atoms`` from -pi.

    sum_{n >= 1} x^n/n = -log(1 - x), abs(x) < 1: the principal branch throughout.

    Parameters
    ----------
    angles, masses : float64 array, shape (k,)
        The atoms.
    kernel : RationalKernel
        Of order m.
    epsilon : float
        Its width in radians.
    at : float64 array, shape (n_angles,)
        Where.

    Returns
    -------
    integral : float64 array, shape (n_angles,)
        A mass.
    """
    xp = namespace(angles, masses, at)
    pairs = list(zip(kernel.poles.tolist(), kernel.residues.tolist(), strict=True))

    def primitive(t: Array) -> Array:
        total = t * xp.sum(masses)
        for a, alpha in pairs:
            x = xp.exp(1j * (angles - t[:, None])) * complex(numpy.exp(1j * epsilon * a))
            total = total + 2 * xp.real(-1j * alpha * (xp.log(1 - x) @ (masses + 0j)))
        return total

    start = primitive(xp.full(1, -math.pi, dtype=at.dtype))
    parts = [primitive(at[block]) for block in blocks(len(at), 64 * len(angles))]
    return (xp.concat(parts) - start) / (2 * math.pi)


def atomic_cumulative(angles: Array, masses: Array, at: Array) -> Array:
    """Return the mass of the atoms in (-pi, t], continued beyond a turn.

    Parameters
    ----------
    angles, masses : float64 array, shape (k,)
        In (-pi, pi], ascending.
    at : float64 array, shape (n_angles,)
        t.

    Returns
    -------
    mass : float64 array, shape (n_angles,)
        A turn more adds the whole mass.
    """
    xp = namespace(angles, masses, at)
    steps = xp.concat([xp.zeros(1, dtype=masses.dtype), xp.cumulative_sum(masses)])
    turns = xp.ceil((at - math.pi) / (2 * math.pi))
    within = at - 2 * math.pi * turns
    return xp.take(steps, xp.searchsorted(angles, within, side="right")) + turns * steps[-1]


def moment_errors(spectrum: Spectrum, b: Array, mass: float, n: int) -> numpy.ndarray:
    """Return how far the moments c_1, ..., c_n of the discrete measure may be off.

    c_n - sum_j w_j l_j^n = <(K^n - K_N^n) g, g>, and for an isometry K
    ||(K^n - K_N^n) g|| <= sum_{j<n} ||(K - K_N) K_N^j g||, each from G, A and L.

    Parameters
    ----------
    spectrum : Spectrum
        Of ``mpedmd``.
    b : complex array, shape (k,)
        From ``spectral_coordinates``.
    mass : float
        ||g||^2.
    n : int
        How many.

    Returns
    -------
    errors : numpy.ndarray, shape (n,)
        Not above 2 ||g||^2, which no two positive measures of this mass exceed.

    Notes
    -----
    At most 8 k^2 n flops: it ends where the bound is void. Rounding alone makes an error
    of about 1e-8 ||g||^2 a step.
    """
    defect = to_host(_defect(spectrum))
    values, start = to_host(spectrum.eigenvalues), to_host(b)
    errors, known = numpy.full(n, 2 * mass), 0.0
    for first in range(0, n, SOME):
        index = numpy.arange(first, min(first + SOME, n))
        powers = values ** index[:, None] * start
        forms = ((powers.conj() @ defect) * powers).sum(axis=1).real
        sums = known + numpy.cumsum(numpy.sqrt(numpy.maximum(forms, 0.0)))
        errors[index] = numpy.minimum(sums * math.sqrt(mass), 2 * mass)
        known = float(sums[-1])
        if errors[index[-1]] >= 2 * mass:
            break
    return errors


def pair_forms(spectrum: Spectrum) -> tuple[Array, Array, Array]:
    """Return V* G V, V* A V and V* L V of the eigenvectors.

    Parameters
    ----------
    spectrum : Spectrum
        With V and the Gram matrices.

    Returns
    -------
    g, a, image : complex arrays, shape (k, k)
        The Gram matrices of the eigenfunctions.
    """
    v, gram = spectrum.vectors, spectrum.gram
    xp = namespace(v)
    g, a, image = (
        adjoint(v) @ xp.astype(block, v.dtype) @ v for block in (gram.G, gram.A, gram.L)
    )
    return g, a, image


def _defect(spectrum: Spectrum) -> Array:
    """Return the Gram matrix of (K - K_N) Psi V, K_N V = V E."""
    g, a, image = pair_forms(spectrum)
    values, turned = spectrum.eigenvalues, namespace(g).conj(spectrum.eigenvalues)
    cross = adjoint(a) * values
    return image - cross - adjoint(cross) + turned[:, None] * g * values
