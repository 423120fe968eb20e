"""Eigenvectors of a skew-Hermitian matrix S, S e_k = i nu_k e_k, and how P meets them.

A real S is reduced to a tridiagonal T = Q^T S Q; with its even rows before its odd ones

    T = [[0, B], [-B^T, 0]],   B bidiagonal,   B = U diag(nu) W^T,

so that e = (Q_even u + i Q_odd w)/sqrt(2) belongs to i nu and its conjugate to -i nu: half
the order, all in real numbers, and pairs that are exactly conjugate. A complex S goes
through the Hermitian matrix -i S.

Reference: Ward and Gray (1978).
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend.linalg import eigh
from perturbsci.backend.operands import lapack

__all__ = ["SkewModes", "skew_modes"]

UNIT_ROUNDOFF = 2.0**-53
HALF_ROOT = numpy.sqrt(0.5)


@dataclass(frozen=True, slots=True, eq=False)
class SkewModes:
    """The eigenvectors of S in the order: nu > 0 of pairs, single ones, nu < 0 of pairs.

    Parameters
    ----------
    frequencies : real array, shape (n,)
        nu; only a real S has pairs, nu[k] = -nu[k + n - n_pairs], and its single ones
        are 0.
    couplings : complex array, shape (n, r)
        e_k^H P; exactly conjugate in pairs, real from zero on for one column, exactly
        zero for null vectors that P does not reach.
    basis : array, shape (n, n)
        Complex S: the e_k. Real S: orthonormal g, f and single vectors,
        e = (f + i g)/sqrt(2).
    n_pairs : int
        How many pairs.
    """

    frequencies: numpy.ndarray
    couplings: numpy.ndarray
    basis: numpy.ndarray
    n_pairs: int

    @property
    def n_kept(self) -> int:
        """How many modes are kept, one of each pair."""
        return len(self.frequencies) - self.n_pairs

    @property
    def is_real(self) -> bool:
        """Whether S is real."""
        return self.basis.dtype.kind == "f"

    def combined(self, coefficients: numpy.ndarray) -> numpy.ndarray:
        """Return sums over the modes.

        Parameters
        ----------
        coefficients : complex array, shape (n, k)
            One column a sum.

        Returns
        -------
        vectors : complex array, shape (n, k)
            sum_j e_j coefficients[j].
        """
        if not self.is_real:
            return self.basis @ coefficients
        even, odd = self._parts(coefficients)
        return even + odd

    def with_mirror(
        self, coefficients: numpy.ndarray
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Return sums over the modes, and over their conjugates.

        Parameters
        ----------
        coefficients : complex array, shape (n, k)
            One column a sum.

        Returns
        -------
        vectors, mirrored : complex array, shape (n, k)
            sum_j e_j coefficients[j] and sum_j conj(e_j) coefficients[j]; for a real S
            both for the work of one.
        """
        if not self.is_real:
            return self.basis @ coefficients, self.basis.conj() @ coefficients
        even, odd = self._parts(coefficients)
        return even + odd, even - odd

    def _parts(self, coefficients: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Return the sums of f and single vectors, and those of i g, of a real S.

        Products of real matrices are half the work of those with a complex factor.
        """
        kept, pairs = self.n_kept, self.n_pairs
        coefficients = numpy.ascontiguousarray(coefficients)
        plus, minus = coefficients[:pairs], coefficients[kept:]
        sums = numpy.concatenate([HALF_ROOT * (plus + minus), coefficients[pairs:kept]])
        rest = 1j * HALF_ROOT * (plus - minus)
        even = self.basis[:, pairs:] @ sums.view(float)
        return even.view(complex), (self.basis[:, :pairs] @ rest.view(float)).view(complex)

    def vectors(self) -> numpy.ndarray:
        """Return the eigenvectors of the kept modes.

        Returns
        -------
        vectors : complex array, shape (n, n_kept)
            e_k; real parts only where a real S has a single mode.
        """
        unit = numpy.eye(len(self.frequencies), self.n_kept, dtype=complex)
        return self.combined(unit)


def skew_modes(s: numpy.ndarray, p: numpy.ndarray) -> SkewModes:
    """Return the modes of a skew-Hermitian matrix and their couplings.

    Parameters
    ----------
    s : real or complex array, shape (n, n)
        S = -S^H exactly.
    p : real or complex array, shape (n, r)
        P; real if S is.

    Returns
    -------
    modes : SkewModes
        Where a real S is singular, the null vectors are turned so that P couples to at
        most r of them.

    Notes
    -----
    Real: 5 n^3 flops for T and Q, and a singular value decomposition of half the order.
    """
    if s.dtype.kind == "c" or p.dtype.kind == "c":
        values, vectors = eigh(-1j * s)
        couplings = vectors.conj().T @ p
        if p.shape[1] == 1:
            vectors, couplings = vectors * _phases(couplings), numpy.abs(couplings) + 0j
        return SkewModes(values, couplings, vectors, 0)
    frequencies, f, g, null = _real_modes(s)
    coupled = null.T @ p
    if null.shape[1] > p.shape[1]:
        turn = numpy.linalg.qr(coupled, mode="complete")[0]
        null, coupled = null @ turn, turn.T @ coupled
        coupled[p.shape[1] :] = 0.0
    half = HALF_ROOT * (f.T @ p - 1j * (g.T @ p))
    if p.shape[1] == 1:
        turn = _phases(half)
        f, g = f * turn.real - g * turn.imag, f * turn.imag + g * turn.real
        null, half = null * _phases(coupled).real, numpy.abs(half)
        coupled = numpy.abs(coupled)
    return SkewModes(
        numpy.concatenate([frequencies, numpy.zeros(null.shape[1]), -frequencies]),
        numpy.concatenate([half, coupled, half.conj()]) + 0j,
        numpy.concatenate([g, f, null], axis=1),
        len(frequencies),
    )


def _phases(couplings: numpy.ndarray) -> numpy.ndarray:
    """Return what turns the modes of one column so that e^H P is real from zero on."""
    size = numpy.abs(couplings[:, 0])
    return numpy.where(size > 0, couplings[:, 0] / numpy.where(size > 0, size, 1.0), 1.0)


def _real_modes(
    s: numpy.ndarray,
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return nu > 0, f, g with S f = -nu g, S g = nu f, and the null vectors."""
    n = len(s)
    t, q = lapack().hessenberg(s, calc_q=True, check_finite=False)
    below = numpy.diagonal(t, -1)
    b = numpy.zeros(((n + 1) // 2, n // 2))
    b[range(n // 2), range(n // 2)] = -below[0::2]
    rows = numpy.arange((n - 1) // 2)
    b[rows + 1, rows] = below[1::2]
    u, nu, wt = numpy.linalg.svd(b)
    even, odd = q[:, 0::2] @ u, q[:, 1::2] @ wt.T
    rank = int((nu > 4 * n * UNIT_ROUNDOFF * nu.max(initial=0.0)).sum())
    null = numpy.concatenate([even[:, rank:], odd[:, rank:]], axis=1)
    return nu[:rank], even[:, :rank], odd[:, :rank], null
