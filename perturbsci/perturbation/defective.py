"""How a defective eigenvalue splits: fractional powers of the perturbation (Lidskii).

Jordan blocks of sizes n_1 > ... > n_q, r_j of each; X_j and Y_j hold the right eigenvectors
(heads of chains) and left eigenvectors (their ends) of the blocks of sizes n_1 ... n_j,
scaled as columns of P and rows of P^-1, and Phi_j = Y_j* E X_j. The r_j solutions xi of

    det(Phi_j - xi diag(0, I)) = 0   (a Schur complement)

give r_j n_j eigenvalues lambda + (xi epsilon)^(1/n_j) + ..., all n_j roots of each.

Reference: Moro, Burke and Overton (1997), theorem 2.1.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy

from perturbsci.arguments import is_finite_number
from perturbsci.backend import to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.families import matrix_family
from perturbsci.perturbation.gauges import finite_number
from perturbsci.perturbation.jordan import chains, staircase
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["DefectiveSplitting", "lidskii"]


@dataclass(frozen=True, slots=True, eq=False)
class DefectiveSplitting(Result):
    """The leading behavior of all eigenvalues that leave a multiple one.

    Parameters
    ----------
    block_sizes : tuple of int
        n_1 > n_2 > ...
    multiplicities : tuple of int
        r_j, how many blocks have that size.
    exponents : tuple of Fraction
        1/n_j.
    coefficients : tuple of complex array, shape (r_j n_j,)
        c of lambda + c epsilon^(1/n_j); by argument in (-pi, pi]. NaN where the theory
        does not apply.
    expansions : tuple of Expansion
        lambda + c epsilon^(1/n_j), one an eigenvalue, without those that are NaN.
    status : Status
        NONGENERIC if a Phi_(j-1) is singular or a coefficient vanishes.
    certificate : Certificate
        How far apart the singular values that count as zero are from the others.

    Examples
    --------
    >>> corner = [[0.0, 0.0], [1.0, 0.0]]
    >>> lidskii([[2.0, 1.0], [0.0, 2.0]], corner, 2.0).exponents
    (Fraction(1, 2),)
    """

    block_sizes: tuple[int, ...]
    multiplicities: tuple[int, ...]
    exponents: tuple[Fraction, ...]
    coefficients: tuple[Array, ...]
    expansions: tuple[Expansion, ...]
    status: Status
    certificate: Certificate


def lidskii(
    matrix: Array,
    perturbation: Array | tuple[Array, ...],
    eigenvalue: complex,
    *,
    tolerance: float = 1e-8,
) -> DefectiveSplitting:
    """Split a defective eigenvalue of A + epsilon E to leading order.

    Parameters
    ----------
    matrix : real or complex array, shape (n, n)
        A.
    perturbation : array, shape (n, n), or a tuple of them
        E; of a tuple (A_1, A_2, ...) only the first one matters.
    eigenvalue : float or complex
        lambda, known to about the square of what the rank decisions allow.
    tolerance : float
        Singular values up to this, relative to the norm of A, are zero.

    Returns
    -------
    splitting : DefectiveSplitting
        For the Jordan structure that the tolerance leads to.

    Raises
    ------
    ShapeError
        If the matrices are not square and of one shape.
    ParameterError
        If it is no eigenvalue, or the tolerance is not in (0, 1).

    Notes
    -----
    At most n singular value decompositions, on the host. Semisimple eigenvalues come with
    exponent 1.

    Examples
    --------
    >>> split = lidskii([[2.0, 1.0], [0.0, 2.0]], [[0.0, 0.0], [4.0, 0.0]], 2.0)
    >>> [complex(c.round(12)) for c in split.coefficients[0]]
    [(2+0j), (-2+0j)]
    """
    first, leading = matrix_family(matrix, perturbation)[:2]
    value = complex(finite_number(eigenvalue, "eigenvalue"))
    if not is_finite_number(tolerance) or not 0 < float(tolerance) < 1:
        raise ParameterError(f"tolerance is {tolerance!r}; pass a number in (0, 1)")
    structure = staircase(to_host(first).astype(numpy.complex128), value, float(tolerance))
    heads, tails = chains(structure)
    phi = tails @ to_host(leading) @ heads
    sizes = sorted(set(structure.sizes), reverse=True)
    repeats = [structure.sizes.count(size) for size in sizes]
    scale = float(numpy.linalg.norm(phi)) * float(tolerance)
    found = [
        _coefficients(phi, sum(repeats[:j]), repeats[j], sizes[j], scale)
        for j in range(len(sizes))
    ]
    generic = all(numpy.isfinite(c).all() and (c != 0).all() for c in found)
    return DefectiveSplitting(
        tuple(sizes),
        tuple(repeats),
        tuple(Fraction(1, size) for size in sizes),
        tuple(found),
        tuple(
            Expansion([value, c], [0.0, 1 / size], [0, 0])
            for size, group in zip(sizes, found, strict=True)
            for c in group
            if numpy.isfinite(c)
        ),
        Status.CONVERGED if generic else Status.NONGENERIC,
        Certificate(
            "largest singular value taken as zero, relative to the smallest kept one",
            structure.largest_zero / structure.smallest_kept,
            1e-3,
            "estimate",
            f"staircase of null spaces, tolerance {tolerance:g}",
        ),
    )


def _coefficients(
    phi: numpy.ndarray, before: int, count: int, size: int, zero: float
) -> numpy.ndarray:
    """Return all roots xi^(1/n_j) of one group, NaN if Phi_(j-1) is singular."""
    end = before + count
    inner = phi[before:end, before:end]
    if before:
        corner = phi[:before, :before]
        if numpy.linalg.svdvals(corner)[-1] <= zero:
            return numpy.full(count * size, numpy.nan, dtype=numpy.complex128)
        inner = inner - phi[before:end, :before] @ numpy.linalg.solve(
            corner, phi[:before, before:end]
        )
    xi = numpy.linalg.eigvals(inner).astype(numpy.complex128)
    xi[numpy.abs(xi) <= zero] = 0
    turns = numpy.exp(2j * numpy.pi * numpy.arange(size) / size)
    roots = (xi[:, None] ** (1 / size) * turns).ravel()
    angles = numpy.angle(roots)
    angles[angles <= -numpy.pi * (1 - 1e-12)] = numpy.pi  # -1 up to rounding
    return roots[numpy.argsort(angles, kind="stable")]
