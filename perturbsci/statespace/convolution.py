"""The convolution kernel of a discrete system, and causal convolution with it.

y_k = sum_(l <= k) K_l u_(k-l), by a fast Fourier transform of at least 2 L - 1 points.

References: Gu, Goel and Ré (2022); Gu, Gupta, Goel and Ré (2022).
"""

import math

from perturbsci.arguments import whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.backend.fft import fft, ifft, irfft, next_fast_length, rfft
from perturbsci.backend.operands import shared_namespace
from perturbsci.errors import ShapeError
from perturbsci.statespace.impulse import (
    hankel_response,
    low_rank_response,
    matrix_response,
    modal_response,
)
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.requirements import check_discrete
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["convolution_kernel", "convolve"]


def convolution_kernel(system: StateSpace, length: int) -> Array:
    """Return K_l = C a^l b for l = 0, ..., length - 1.

    Parameters
    ----------
    system : StateSpace
        Discrete.
    length : int
        From 1 on.

    Returns
    -------
    kernel : array, shape (..., length, p, m)
        Real for real systems, in their precision; D is not in it.

    Raises
    ------
    ParameterError
        If the system is continuous, the length no whole number from 1 on, or the kernel
        exceeds the memory of the backend.

    Notes
    -----
    Diagonal: 7 n p m flops a step, error at most (4 (l + 1) + n) 2^-52 of the sum of the
    moduli of its terms; in single precision after ``discretize`` that of the rounded
    exponents. Dense: about n^2 m / 64 + n p m a step. Low rank: (p + r) (m + r) n, error
    about 1e-10 of the largest entry. No array of length times n is formed. Powers that
    underflow are 0; those of an unstable system may overflow to infinity or NaN.

    Examples
    --------
    >>> convolution_kernel(DiagonalSystem([0.5], [1.0], [1.0], step=1.0), 3)[:, 0, 0]
    array([1.  , 0.5 , 0.25])
    """
    check_discrete(system, "a convolution kernel")
    count = whole(length, "length", least=1)
    entries = count * math.prod(system.copies) * system.n_outputs * system.n_inputs
    check_memory(48 * entries, "convolution_kernel", "lower length")
    if isinstance(system, DiagonalSystem):
        return modal_response(system, count)
    if isinstance(system, DenseSystem):
        return matrix_response(system, count)
    if isinstance(system, LowRankSystem):
        return low_rank_response(system, count)
    assert isinstance(system, HankelSystem)
    return hankel_response(system, count)


def convolve(inputs: Array, kernel: Array) -> Array:
    """Return the causal convolution of inputs with a kernel.

    Parameters
    ----------
    inputs : real or complex array, shape (batch, length, m)
        u; with copies (batch, length, ..., m).
    kernel : real or complex array, shape (k, p, m)
        K; with copies (..., k, p, m). What is beyond the length is not used.

    Returns
    -------
    outputs : array, shape (batch, length, p)
        y_k = sum_l K_l u_(k-l); with copies (batch, length, ..., p). Real if both are.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite, or precisions are mixed.

    Notes
    -----
    O(L log L) a pair of ports. Error: a few log2(L) unit roundoffs of ||K|| ||u||.

    Examples
    --------
    >>> kernel = convolution_kernel(DiagonalSystem([0.5], [1.0], [1.0], step=1.0), 3)
    >>> convolve([[[1.0], [0.0], [1.0]]], kernel)[0, :, 0].round(12)
    array([1.  , 0.5 , 1.25])
    """
    u, k = as_array(inputs, name="inputs"), as_array(kernel, name="kernel")
    if k.ndim < 3 or u.ndim != k.ndim:
        raise ShapeError(
            f"inputs has shape {u.shape} and kernel {k.shape}; needed (batch, length, m) "
            "and (k, p, m), with copies (batch, length, ..., m) and (..., k, p, m)"
        )
    if (*u.shape[2:-1], u.shape[-1]) != (*k.shape[:-3], k.shape[-1]):
        raise ShapeError(
            f"inputs has shape {u.shape} but kernel {k.shape}: copies and inputs differ; "
            "the last axis of both has one entry an input"
        )
    xp = shared_namespace({"inputs": u, "kernel": k})
    length = u.shape[1]
    k = xp.moveaxis(k, -3, 0)[:length]
    size = next_fast_length(length + k.shape[0] - 1)
    real = u.dtype.kind == k.dtype.kind == "f"
    forward = rfft if real else fft
    left, right = forward(k, size, axis=0), forward(u, size, axis=1)
    # One input needs no matrix product, which is slow for so many small ones.
    right = right[..., None]
    values = (left * right if u.shape[-1] == 1 else left @ right)[..., 0]
    back = irfft(values, size, axis=1) if real else ifft(values, axis=1)
    return namespace(back).asarray(back[:, :length], order="C")
