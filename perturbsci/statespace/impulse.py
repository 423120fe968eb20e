"""Impulse responses K_l = C a^l b of discrete systems, l = 0, ..., length - 1.

* modes: sum_k c_k b_k a_k^l, by ``vandermonde_sum``
* full matrices: (C a^j) (a^(64 t) b), j < 64, so that no more than 64 rows are kept
* low rank: at z_j with z_j^L = s, K^(z) = C (I - a^L / s) (I - a/z)^-1 b, then a discrete
  Fourier transform; s = 4 keeps the circle off poles on the unit circle
* Hankel: the input through n all-pass filters in a row

Reference: Gu, Goel and Ré (2022), appendix C.3.
"""

import math

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.fft import ifft, irfft
from perturbsci.backend.kernels.sums import vandermonde_sum
from perturbsci.backend.scan import linear
from perturbsci.statespace.modes import unfold
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem
from perturbsci.statespace.transfer import low_rank_products
from perturbsci.types import Array

__all__ = [
    "hankel_response",
    "low_rank_response",
    "matrix_response",
    "modal_response",
    "modal_sums",
]

BLOCK = 64
CIRCLE = 4.0  # s; K_l comes from s^(-l/L) K_l, so that at most a factor 4 is lost


def modal_response(system: DiagonalSystem, length: int) -> Array:
    """Return K of a diagonal system.

    Parameters
    ----------
    system : DiagonalSystem
        Discrete.
    length : int
        From 1 on.

    Returns
    -------
    kernel : array, shape (..., length, p, m)
        Real if the system is.
    """
    xp = namespace(system.eigenvalues)
    b, c = system.b, system.weighted_c
    ratio, single = system.eigenvalues, xp.finfo(system.eigenvalues.dtype).bits == 32
    if system.exponents is not None and single:
        # A rounded pole is wrong by l roundoffs after l steps; its logarithm is not.
        ratio = xp.exp(xp.astype(system.exponents, xp.complex128))
        b, c = (xp.astype(each, xp.complex128) for each in (b, c))
    rows = xp.swapaxes(b, -1, -2)[..., None, :, :] * c[..., :, None, :]
    ratio = xp.broadcast_to(ratio[..., None, None, :], rows.shape)
    kernel = modal_sums(rows, ratio, length, real=system.is_real)
    kernel = xp.moveaxis(kernel, -1, -3)
    kind = ("float" if kernel.dtype.kind == "f" else "complex") + str(
        (32 if single else 64) * (1 if kernel.dtype.kind == "f" else 2)
    )
    return xp.asarray(kernel, dtype=getattr(xp, kind), order="C")


def modal_sums(rows: Array, ratio: Array, length: int, *, real: bool) -> Array:
    """Return sum_k rows_k ratio_k^l.

    Parameters
    ----------
    rows : array, shape (..., n)
        Factors.
    ratio : array, shape (..., n)
        Of the same shape.
    length : int
        From 1 on.
    real : bool
        Return the real part only.

    Returns
    -------
    sums : array, shape (..., length)
        Complex unless ``real``.
    """
    xp = namespace(rows, ratio)
    flat = (math.prod(rows.shape[:-1]), rows.shape[-1])
    bits = max(xp.finfo(rows.dtype).bits, xp.finfo(ratio.dtype).bits)
    kind = xp.complex64 if bits == 32 else xp.complex128
    factors, powers = (
        xp.asarray(xp.reshape(each, flat), dtype=kind, order="C") for each in (rows, ratio)
    )
    sums = vandermonde_sum(factors, powers, length)
    if not real:
        sums = sums + 1j * vandermonde_sum(-1j * factors, powers, length)
    return xp.reshape(sums, (*rows.shape[:-1], length))


def matrix_response(system: DenseSystem, length: int) -> Array:
    """Return K of full matrices.

    Parameters
    ----------
    system : DenseSystem
        Discrete.
    length : int
        From 1 on.

    Returns
    -------
    kernel : array, shape (length, p, m)
        Real if the system is.
    """
    xp = namespace(system.a)
    with numpy.errstate(over="ignore", invalid="ignore"):
        rows = [system.c]
        while len(rows) < min(BLOCK, length):
            rows.append(rows[-1] @ system.a)
        block = xp.concat(rows, axis=0)
        jump = xp.linalg.matrix_power(system.a, BLOCK)
        column, pieces = system.b, []
        for _start in range(0, length, BLOCK):
            pieces.append(block @ column)
            column = jump @ column
    shape = (-1, system.n_outputs, system.n_inputs)
    return xp.reshape(xp.concat(pieces, axis=0), shape)[:length]


def low_rank_response(system: LowRankSystem, length: int) -> Array:
    """Return K of a diagonal with a feedback of low rank.

    Parameters
    ----------
    system : LowRankSystem
        Discrete.
    length : int
        From 1 on.

    Returns
    -------
    kernel : array, shape (length, p, m)
        Real if the system is.

    Notes
    -----
    (p + r) (m + r) Cauchy sums of n terms at L points, and log2(L) products of n by n
    matrices for a^L. A pole of modulus 4^(1/L) spoils it. Where a^L overflows, the powers
    of full matrices are taken instead: the first ones may still be finite.
    """
    xp = namespace(system.eigenvalues)
    full = unfold(system)
    with numpy.errstate(over="ignore", invalid="ignore"):
        last = xp.linalg.matrix_power(dense(full).a, length)
    if not bool(scalar(xp.isfinite(last).all())):
        return matrix_response(dense(system), length)
    c = full.c - full.c @ last / CIRCLE
    count = length // 2 + 1 if system.is_real else length
    angle = xp.asarray(2 * math.pi / length * numpy.arange(count))
    z = CIRCLE ** (1 / length) * xp.exp(1j * angle)
    z = xp.astype(z, xp.result_type(full.eigenvalues.dtype, xp.complex64))
    # K^(z_j) = sum_l K_l radius^-l e^(-2 pi i j l / L)
    values = low_rank_products(full, c, z) * z[:, None, None]
    scaled = irfft(values, length, axis=0) if system.is_real else ifft(values, axis=0)
    growth = CIRCLE ** (numpy.arange(length) / length)
    return scaled * xp.asarray(growth[:, None, None], dtype=xp.real(scaled).dtype)


def hankel_response(system: HankelSystem, length: int) -> Array:
    """Return K of a Hankel system, causal: nothing of it is folded back in time.

    Parameters
    ----------
    system : HankelSystem
        Discrete.
    length : int
        From 1 on.

    Returns
    -------
    kernel : array, shape (length, p, m)
        Real if the system is; what the input reaches at once stands at l = 0.
    """
    xp = namespace(system.markov)
    step = system.step or 1.0
    ratio = (1 - step) / (1 + step)
    dtype = xp.real(system.markov).dtype
    factor = xp.full((1,), ratio, dtype=dtype)
    signal = xp.astype(xp.arange(length)[:, None] == 0, dtype)
    kernel = xp.zeros((length, *system.markov.shape[1:]), dtype=system.markov.dtype)
    for h in system.markov:
        # (q - r)/(1 - r q), q the delay
        inner = linear(factor, signal)
        delayed = xp.concat([xp.zeros_like(inner[:1]), inner[:-1]], axis=0)
        signal = delayed - ratio * inner
        kernel = kernel + signal[:, :, None] * h
    return kernel
