"""Rational kernels: smooth a measure on the circle to order m in the width epsilon.

K_eps(t) = -(1/2 pi) sum_j Re[alpha_j (1 + z_j)/(1 - z_j)], z_j = e^{it - i eps a_j}, with
poles a_j of imaginary part 1 and sum_j alpha_j a_j^k = delta_{k0} for k = 0, ..., m - 1.
Convolution multiplies the moment c_n by w_n = sum_j alpha_j e^{i n eps a_j}, which is real
and 1 + O((n eps)^m): the error is O(eps^m log(1/eps)) where the density is smooth
(Colbrook, Horning,
and Townsend 2021).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import one_of, positive, whole
from perturbsci.types import Array

__all__ = ["RationalKernel", "checked_epsilon", "damping", "rational_kernel"]

MOST = 12  # sum |alpha| grows threefold an order: beyond, rounding is all that is left
POLES = ("equispaced", "chebyshev")


@dataclass(frozen=True, slots=True, eq=False)
class RationalKernel:
    """The poles and residues of a kernel of order m.

    Parameters
    ----------
    poles : complex array, shape (m,)
        a_j, imaginary part 1, in units of epsilon.
    residues : complex array, shape (m,)
        alpha_j; their sum is 1.
    noise_amplification : float
        sum_j abs(alpha_j): an error d of all moments costs at most this factor.

    Examples
    --------
    >>> kernel = rational_kernel(2)
    >>> kernel.residues.tolist(), round(kernel.noise_amplification, 2)
    ([(0.5+1.5j), (0.5-1.5j)], 3.16)
    """

    poles: Array
    residues: Array
    noise_amplification: float

    @property
    def order(self) -> int:
        """The order m."""
        return len(self.poles)


def rational_kernel(order: int, *, poles: str = "equispaced") -> RationalKernel:
    """Return the kernel of order m with poles on the line of imaginary part 1.

    Parameters
    ----------
    order : int
        m, from 1 to 12.
    poles : str
        ``"equispaced"``: real parts 2j/(m+1) - 1; ``"chebyshev"``: cos((2j-1) pi/(2m));
        j = 1, ..., m.

    Returns
    -------
    kernel : RationalKernel
        On the host.

    Raises
    ------
    ParameterError
        If the order is out of range or the poles are unknown.

    Notes
    -----
    The Vandermonde system has the solution alpha_j = prod_{i != j} a_i/(a_i - a_j), each
    factor with a relative error of a few roundoffs; no system is solved.

    References
    ----------
    Colbrook, Horning, and Townsend (2021); Colbrook and Townsend (2024), section 5.

    Examples
    --------
    >>> rational_kernel(3).residues.tolist()
    [(-2+1j), (5+0j), (-2-1j)]
    """
    meaning = "higher ones amplify every error of the moments a millionfold"
    m = whole(order, "order", least=1, most=MOST, meaning=meaning)
    one_of(poles, "poles", POLES)
    # Odd numerators: the real parts, and with them the residues, are symmetric to the bit.
    odd = numpy.arange(1 - m, m, 2)
    real = odd / (m + 1) if poles == "equispaced" else numpy.sin(-odd * math.pi / (2 * m))
    a = real + 1j
    residues = numpy.array(
        [numpy.prod(others / (others - a[j])) for j, others in _without_each(a)]
    )
    residues = (residues + residues[::-1].conj()) / 2
    return RationalKernel(a, residues, float(numpy.abs(residues).sum()))


def _without_each(a: Array) -> list[tuple[int, Array]]:
    return [(j, numpy.delete(a, j)) for j in range(len(a))]


def damping(kernel: RationalKernel, epsilon: float, n: Array) -> Array:
    """Return w_n, what the kernel makes of the moments c_n.

    Parameters
    ----------
    kernel : RationalKernel
        Of any order.
    epsilon : float
        The width in radians.
    n : real array, shape (k,)
        From 0 on.

    Returns
    -------
    w : real array, shape (k,)
        sum_j alpha_j e^{i n eps a_j}; at most ``noise_amplification`` e^{-n eps}.
    """
    phases = numpy.exp(1j * epsilon * kernel.poles * numpy.asarray(n)[:, None])
    return (phases @ kernel.residues).real


def checked_epsilon(epsilon: float) -> float:
    """Return the width of a kernel as a number.

    Parameters
    ----------
    epsilon : float
        As the user passed it.

    Returns
    -------
    epsilon : float
        In radians.

    Raises
    ------
    ParameterError
        If it is no positive number.
    """
    return positive(epsilon, "epsilon", meaning="the width in radians, say 0.1")
