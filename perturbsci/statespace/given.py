"""The matrix of a user, scaled on the host, with the defect that a Hippo brings."""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number
from perturbsci.backend import to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.families import square_matrix, unit_roundoff
from perturbsci.statespace.defect import given_factor
from perturbsci.statespace.measures import Hippo
from perturbsci.types import Array

__all__ = ["Given", "given_matrix", "scaled"]

HIGHEST = 1022  # of the exponents of sums


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A as it came, and in double precision on the host with entries up to 1.

    Parameters
    ----------
    like : array, shape (n, n)
        As it came: says device and precision.
    matrix : array, shape (n, n)
        A 2^-exponent.
    factor : array, shape (n, r), or None
        P 2^(-exponent/2) if it is known.
    shift : float or None
        c 2^-exponent if it is known.
    exponent : int
        Even, so that P is scaled exactly too.
    """

    like: Array
    matrix: numpy.ndarray
    factor: numpy.ndarray | None
    shift: float | None
    exponent: int

    @property
    def norm(self) -> float:
        """||A||_F of the scaled matrix."""
        return float(numpy.linalg.norm(self.matrix))

    @property
    def unit_roundoff(self) -> float:
        """Of the precision in which A came."""
        return unit_roundoff(self.like)

    @property
    def is_single(self) -> bool:
        """Whether A came in single precision."""
        return bool(self.unit_roundoff > 1e-10)

    @property
    def is_real(self) -> bool:
        """Whether A is real."""
        return self.matrix.dtype.kind == "f"


def given_matrix(a: Hippo | Array, low_rank: object, method: str) -> Given:
    """Return the matrix of a user.

    Parameters
    ----------
    a : Hippo, or real or complex array_like, shape (n, n)
        A.
    low_rank : array_like, shape (n,) or (n, r), or None
        P.
    method : str
        Only ``"shift"`` has a P.

    Returns
    -------
    given : Given
        Clean and scaled.

    Raises
    ------
    ShapeError
        If A is not square or P has not n rows.
    ParameterError
        If an entry is no finite number, or P is given to a method that has none.
    """
    if low_rank is not None and method != "shift":
        raise ParameterError(
            f"low_rank is given with method={method!r:.60}; it is of method='shift' only"
        )
    shift = None
    if isinstance(a, Hippo):
        if a.low_rank is not None and low_rank is None:
            low_rank = a.low_rank
            shift = _known_shift(a.shift)
        a = a.a
    like = square_matrix(a, "a")
    host = to_host(like)
    wide = host.astype(numpy.result_type(host.dtype, numpy.float64))
    exponent = math.frexp(float(numpy.abs(wide).max()))[1]
    exponent += exponent % 2
    if exponent + len(wide).bit_length() > HIGHEST:
        raise ParameterError(
            f"a has entries up to 2^{exponent}, whose eigenvalues overflow; scale a down"
        )
    factor = None
    if low_rank is not None:
        factor = scaled(given_factor(low_rank, len(wide)), -exponent // 2)
    return Given(
        like,
        scaled(wide, -exponent),
        factor,
        None if shift is None else math.ldexp(shift, -exponent),
        exponent,
    )


def _known_shift(shift: object) -> float | None:
    """Return c of a Hippo, None for NaN: there it is not known."""
    if isinstance(shift, float) and math.isnan(shift):
        return None
    return number(shift, "a.shift")


def scaled(array: numpy.ndarray, exponent: int) -> numpy.ndarray:
    """Return array * 2^exponent, in two factors: one of them could overflow.

    Parameters
    ----------
    array : array, shape (...)
        Of floating-point numbers.
    exponent : int
        Of any sign.

    Returns
    -------
    array : array, shape (...)
        Exact but for overflow and underflow.
    """
    if not exponent:
        return array
    half = exponent // 2
    return array * 2.0**half * 2.0 ** (exponent - half)
