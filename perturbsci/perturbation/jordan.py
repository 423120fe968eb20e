"""The Jordan structure of one eigenvalue, by a staircase of null spaces.

Unitary steps split off the null space of N = A - lambda, then that of what is left, until
nothing is null. Their dimensions nu_1 >= nu_2 >= ... count the blocks of size at least 1,
2, ...; in the new basis N is strictly block upper triangular on the first m = sum nu_k
coordinates, K = R^-1 N R there, and ker K^k is spanned by the first nu_1 + ... + nu_k.

References: Kublanovskaya (1966); Golub and Wilkinson (1976).
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend.linalg import sylvester
from perturbsci.errors import ParameterError

__all__ = ["Staircase", "chains", "staircase"]


@dataclass(frozen=True, slots=True, eq=False)
class Staircase:
    """The invariant subspace of one eigenvalue.

    Parameters
    ----------
    nullities : tuple of int
        nu_1, nu_2, ...
    nilpotent : complex array, shape (m, m)
        K.
    right : complex array, shape (n, m)
        Orthonormal basis R.
    left : complex array, shape (m, n)
        L with L R = I and L A = (lambda + K) L.
    largest_zero, smallest_kept : float
        The singular values at the decisions about rank, relative to the norm.
    """

    nullities: tuple[int, ...]
    nilpotent: numpy.ndarray
    right: numpy.ndarray
    left: numpy.ndarray
    largest_zero: float
    smallest_kept: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of the Jordan blocks, descending, each as often as it occurs."""
        counts = [*self.nullities, 0]
        return tuple(
            size
            for size in range(len(self.nullities), 0, -1)
            for _ in range(counts[size - 1] - counts[size])
        )


def staircase(matrix: numpy.ndarray, eigenvalue: complex, tolerance: float) -> Staircase:
    """Return the structure of an eigenvalue.

    Parameters
    ----------
    matrix : complex array, shape (n, n)
        A.
    eigenvalue : complex
        lambda.
    tolerance : float
        Singular values up to this, relative to the norm of A, are zero.

    Returns
    -------
    structure : Staircase
        Of it.

    Raises
    ------
    ParameterError
        If it is no eigenvalue to that tolerance.
    """
    n = len(matrix)
    shifted = matrix - eigenvalue * numpy.eye(n)
    scale = float(numpy.linalg.norm(matrix, 2)) or 1.0
    basis = numpy.eye(n, dtype=numpy.complex128)
    nullities: list[int] = []
    zeros, kept, done = [0.0], [1.0], 0
    while done < n:
        tail = basis[:, done:]
        _, s, vh = numpy.linalg.svd(tail.conj().T @ shifted @ tail)
        null = int((s <= tolerance * scale).sum())
        zeros += [float(value) / scale for value in s[len(s) - null :]]
        kept += [float(value) / scale for value in s[: len(s) - null]]
        if not null:
            break
        turned = tail @ vh.conj().T
        basis[:, done:] = numpy.concatenate(
            [turned[:, len(s) - null :], turned[:, : len(s) - null]], axis=1
        )
        nullities.append(null)
        done += null
    if not nullities:
        nearest = numpy.linalg.eigvals(matrix)
        nearest = nearest[numpy.abs(nearest - eigenvalue).argmin()]
        raise ParameterError(
            f"eigenvalue is {eigenvalue:.12g}, which is none of matrix to the relative "
            f"tolerance {tolerance:g}; pass one, the nearest one is {nearest:.12g}"
        )
    whole = basis.conj().T @ shifted @ basis
    nilpotent = _strictly_upper(whole[:done, :done], nullities)
    rest = sylvester(nilpotent, -whole[done:, done:], whole[:done, done:])
    left = numpy.concatenate([numpy.eye(done), rest], axis=1) @ basis.conj().T
    return Staircase(
        tuple(nullities), nilpotent, basis[:, :done], left, max(zeros), min(kept)
    )


def _strictly_upper(matrix: numpy.ndarray, nullities: list[int]) -> numpy.ndarray:
    """Return the matrix with zeros on and below the blocks of the diagonal."""
    step = numpy.repeat(numpy.arange(len(nullities)), nullities)
    return numpy.where(step[:, None] < step, matrix, 0)


def chains(structure: Staircase) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the ends of the Jordan chains, longest first.

    Parameters
    ----------
    structure : Staircase
        Of an eigenvalue.

    Returns
    -------
    heads : complex array, shape (n, r)
        Eigenvectors K^(size-1) v of the r chains, columns of a Jordan basis P.
    tails : complex array, shape (r, n)
        Left eigenvectors, the rows of P^-1 that belong to the generators v.
    """
    k, nu = structure.nilpotent, structure.nullities
    starts = numpy.concatenate([[0], numpy.cumsum(nu)])
    generators: list[numpy.ndarray] = []
    carried = numpy.zeros((len(k), 0), dtype=k.dtype)  # images of longer chains
    for level in range(len(nu), 0, -1):
        rows = slice(starts[level - 1], starts[level])
        u, _, _ = numpy.linalg.svd(carried[rows, :], full_matrices=True)
        fresh = numpy.zeros((len(k), nu[level - 1] - carried.shape[1]), dtype=k.dtype)
        fresh[rows, :] = u[:, carried.shape[1] :]
        generators += [fresh[:, i] for i in range(fresh.shape[1])]
        carried = k @ numpy.concatenate([carried, fresh], axis=1)
    columns, ends, heads = [], [], []
    for size, generator in zip(structure.sizes, generators, strict=True):
        chain = [generator]
        for _ in range(size - 1):
            chain.append(k @ chain[-1])
        heads.append(chain[-1])
        columns += chain[::-1]
        ends.append(len(columns) - 1)
    inverse = numpy.linalg.inv(numpy.stack(columns, axis=1))
    return structure.right @ numpy.stack(heads, axis=1), inverse[ends] @ structure.left
