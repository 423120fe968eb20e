"""What keeps a matrix from being normal, P P^H = -(A + A^H)/2 - cI >= 0.

With c = -omega(A), omega the numerical abscissa, every square matrix has the form
A + P P^H = -cI + S, S skew-Hermitian; a Hippo brings P and c with it.
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.linalg import eigh
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.skew_modes import SkewModes, skew_modes

__all__ = ["MOST_COLUMNS", "Defect", "defect_of", "given_factor"]

MOST_COLUMNS = 4  # of P, up to which the secular equation is solved


@dataclass(frozen=True, slots=True, eq=False)
class Defect:
    """A + P P^H = -cI + S.

    Parameters
    ----------
    shift : float
        c.
    factor : array, shape (n, r)
        P.
    skew : array, shape (n, n)
        S.
    modes : SkewModes or None
        Of S and P; None where P has more than 4 columns.
    """

    shift: float
    factor: numpy.ndarray
    skew: numpy.ndarray
    modes: SkewModes | None


def defect_of(
    a: numpy.ndarray,
    factor: numpy.ndarray | None,
    shift: float | None,
    unit_roundoff: float,
) -> Defect:
    """Return the defect of a matrix.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A, of norm about 1.
    factor : array, shape (n, r), or None
        P if it is known.
    shift : float or None
        c if it is known.
    unit_roundoff : float
        Of the precision in which A was given.

    Returns
    -------
    defect : Defect
        With the smallest P where none is given.

    Raises
    ------
    ParameterError
        If A + P P^H + cI is not skew for any c.

    Notes
    -----
    One Hermitian eigenproblem without ``factor``, and the modes of S.
    """
    hermitian, skew = (a + a.conj().T) / 2, (a - a.conj().T) / 2
    allowed = len(a) * unit_roundoff * float(numpy.linalg.norm(a))
    if factor is None:
        values, vectors = eigh(hermitian)
        omega = float(values[-1])
        omega = 0.0 if abs(omega) <= allowed else omega
        excess = omega - values
        kept = excess > allowed
        factor, shift = vectors[:, kept] * numpy.sqrt(excess[kept]), -omega
    else:
        total = hermitian + factor @ factor.conj().T
        level = float(-numpy.diagonal(total).real.mean())
        shift = level if shift is None else shift
        rest = total + shift * numpy.eye(len(a))
        if numpy.linalg.norm(rest) > 8 * allowed:
            raise ParameterError(
                f"low_rank has shape {factor.shape}, but the Hermitian part of a + low_rank"
                f" low_rank^H is a multiple of the identity only to "
                f"{numpy.linalg.norm(rest) / numpy.linalg.norm(a):.3g} relative; leave "
                "low_rank out, and it is computed"
            )
        shift = 0.0 if abs(shift) <= allowed else shift
    small = factor.shape[1] <= MOST_COLUMNS
    return Defect(shift, factor, skew, skew_modes(skew, factor) if small else None)


def given_factor(low_rank: object, n: int) -> numpy.ndarray:
    """Return a factor P that a user gave.

    Parameters
    ----------
    low_rank : array_like, shape (n,) or (n, r)
        P.
    n : int
        Size of the matrix.

    Returns
    -------
    factor : real or complex array, shape (n, r)
        On the host, in double precision.

    Raises
    ------
    ShapeError
        If it has not n rows.
    """
    factor = to_host(as_array(low_rank, name="low_rank", empty=True))
    factor = factor[:, None] if factor.ndim == 1 else factor
    if factor.ndim != 2 or len(factor) != n:
        raise ShapeError(
            f"low_rank has shape {factor.shape} but a has {(n, n)}; pass P with {n} rows"
        )
    return factor.astype(numpy.result_type(factor.dtype, numpy.float64))
