"""Bounds for linear steady statements: from coercivity, or from the spectrum of a box.

With a_i >= a > 0, -dg/du + div(b)/2 >= m, and lambda_i the lowest eigenvalue of -d^2/dx_i^2
with the conditions of direction i, Lambda = sum_i lambda_i:

    ||grad e||_2 <= ||r||_2 / ((a + min(m, 0)/Lambda) sqrt(Lambda)),
    ||e||_2      <= ||r||_2 / (sum_i a_i lambda_i + m),
    max abs(e)   <= sqrt(L)/2 ||e'||_2 in one direction,
    max abs(e)   <= max abs(r) min_i L_i^2/(8 a_i) for b = 0, m >= 0,

Dirichlet walls throughout; where the V' norm of the residual is known mode by mode, it
replaces ||r||_2/sqrt(Lambda). References: Evans (2010), sections 6.2 and 6.4.
"""

import itertools
import math
from collections.abc import Sequence

import numpy

from perturbsci.surrogates.extrema import range_of
from perturbsci.surrogates.lifting import Corrected
from perturbsci.surrogates.panels import root_mean, supremum
from perturbsci.surrogates.sines import sine_spectrum
from perturbsci.surrogates.theorems import Theorem, lowest_eigenvalue
from perturbsci.types import Array

__all__ = ["coercive_bound", "spectral_bound", "spectral_distance"]

ZERO = 1e-12  # relative distance to an eigenvalue that counts as none


def coercive_bound(fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]) -> float:
    """Return a bound of the error of a surrogate that meets its walls.

    Parameters
    ----------
    fixed : Corrected
        Of a coercive statement.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    bound : float
        In the norm of the theorem.
    """
    theorem = fixed.theorem
    if theorem.norm == "max":
        return _max_bound(fixed, ends, counts)
    return _coercive(fixed, ends, counts, theorem.norm)


def _coercive(
    fixed: Corrected, ends: Sequence[Array], counts: Sequence[int], norm: str
) -> float:
    """Return the bound by the V' norm of the residual where it is known, else by L2."""
    theorem = fixed.theorem
    spectrum = sine_spectrum(fixed, ends, counts)
    factor = coercive_factor(theorem, norm)
    if spectrum is None:
        return root_mean(fixed.residual, ends, counts) * factor
    if norm == "energy":
        lowest = sum((math.pi / length) ** 2 for length in theorem.lengths)
        return spectrum.dual_norm() * factor * math.sqrt(lowest)
    if _is_constant(theorem):
        return spectrum.inverse_norm(theorem.viscosities, float(theorem.slope))
    return (
        math.hypot(spectrum.rest, float(numpy.linalg.norm(spectrum.coefficients))) * factor
    )


def _is_constant(theorem: Theorem) -> bool:
    plain = not any(math.isnan(item) for item in theorem.viscosities)
    return plain and bool(theorem.slope.is_number) and not any(theorem.form.flux)


def coercive_factor(theorem: Theorem, norm: str) -> float:
    """Return the constant between the L2 norm of the residual and an error.

    Parameters
    ----------
    theorem : Theorem
        Named ``"coercive"``.
    norm : {"energy", "L2"}
        Of the error.

    Returns
    -------
    factor : float
        In powers of the unit of length.
    """
    form, bounds = theorem.form, theorem.bounds
    low = [range_of(item, form.coordinates, bounds)[0] for item in form.diffusion]
    bottom = range_of(theorem.slope, form.coordinates, bounds)[0]
    eigenvalues = [
        lowest_eigenvalue(length, pair)
        for length, pair in zip(theorem.lengths, theorem.walls, strict=True)
    ]
    whole = sum(eigenvalues)
    shares = sum(a * item for a, item in zip(low, eigenvalues, strict=True))
    if norm == "L2":
        return 1.0 / (shares + bottom)
    if whole == 0.0:
        # a s^2 + m q^2 <= R q: the largest s over all q
        return 0.5 / math.sqrt(bottom * min(low))
    if bottom >= 0.0:
        return 1.0 / (min(low) * math.sqrt(whole))
    return 1.0 / ((min(low) + bottom / whole) * math.sqrt(whole))


def _max_bound(fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]) -> float:
    """Return the smaller of the two bounds of the largest error."""
    theorem = fixed.theorem
    found = math.inf
    fixed_ends = [pair.count("dirichlet") for pair in theorem.walls]
    if theorem.dimension == 1 and fixed_ends[0]:
        # from both ends a quarter of L each in the square, from one all of it
        reach = math.sqrt(theorem.lengths[0]) / (2.0 if fixed_ends[0] == 2 else 1.0)
        found = reach * _coercive(fixed, ends, counts, "energy")
    barriers = [
        length**2 / ((8.0, 2.0)[count == 1] * a)
        for length, count, a in zip(
            theorem.lengths, fixed_ends, theorem.viscosities, strict=True
        )
        if count and not math.isnan(a)
    ]
    rising = theorem.slope == 0 or bool(theorem.slope.is_nonnegative)
    plain = not any(math.isnan(item) for item in theorem.viscosities)
    if barriers and plain and rising and not any(theorem.form.flux):
        found = min(found, min(barriers) * supremum(fixed.residual, ends, counts))
    return found


def spectral_bound(fixed: Corrected, ends: Sequence[Array], counts: Sequence[int]) -> float:
    """Return a bound of the L2 norm of the error for constant coefficients.

    Parameters
    ----------
    fixed : Corrected
        Of a statement with constant coefficients that need not be coercive.
    ends : sequence of array, shape (k + 1,)
        Panels on which it is smooth.
    counts : sequence of int
        Points in each direction of one.

    Returns
    -------
    bound : float
        Infinite if zero is an eigenvalue.
    """
    distance = spectral_distance(fixed.theorem)
    if distance == 0.0:
        return math.inf
    found = root_mean(fixed.residual, ends, counts) / distance
    spectrum = sine_spectrum(fixed, ends, counts)
    if spectrum is None:
        return found
    shift = float(fixed.theorem.slope)
    return min(found, spectrum.inverse_norm(fixed.theorem.viscosities, shift))


def spectral_distance(theorem: Theorem) -> float:
    """Return the distance of zero to the spectrum of -a_i u_ii + c u on a box.

    Parameters
    ----------
    theorem : Theorem
        With constant coefficients and Dirichlet, Neumann or periodic walls.

    Returns
    -------
    distance : float
        0 where it is below 1e-12 of c; rounded down by 1e-14.
    """
    shift = float(theorem.slope)
    lists = [
        a * eigenvalues(length, pair, max(1.0, -2.0 * shift) / a)
        for a, length, pair in zip(
            theorem.viscosities, theorem.lengths, theorem.walls, strict=True
        )
    ]
    sums = numpy.array([sum(item) for item in itertools.product(*lists)])
    distance = float(numpy.abs(sums + shift).min())
    return distance * (1.0 - 1e-14) if distance > ZERO * abs(shift) else 0.0


def eigenvalues(length: float, walls: tuple[str, str], top: float) -> Array:
    """Return the eigenvalues of -d^2/dx^2 on an interval, from the lowest past a level.

    Parameters
    ----------
    length : float
        Of the interval.
    walls : (str, str)
        ``"dirichlet"``, ``"neumann"`` or ``"periodic"``.
    top : float
        Level.

    Returns
    -------
    eigenvalues : array, shape (n,)
        Each once, the last one above the level.
    """
    wave = 2.0 * math.pi / length if walls[0] == "periodic" else math.pi / length
    shift = {2: 1.0, 1: 0.5, 0: 0.0}[walls.count("dirichlet")]
    count = int(math.sqrt(max(top, 0.0)) / wave) + 3
    return (wave * (numpy.arange(count) + shift)) ** 2
