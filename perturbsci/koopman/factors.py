"""Triangular factors: the R of tall panels, found without their Q.

A Gram matrix squares the condition number of its panel, R does not: R* R = Z* Z. The R of
stacked factors is that of the stacked panels, so factors add up as Gram matrices do.
"""

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.linalg import qr
from perturbsci.types import Array

__all__ = ["triangle"]


def triangle(*panels: Array) -> Array:
    """Return R of the QR factorization of panels on top of each other.

    Parameters
    ----------
    *panels : real or complex array, shape (m_b, n)
        Finite, on one device; at least one row in all.

    Returns
    -------
    r : array, shape (n, n)
        Upper triangular, its diagonal positive to rounding, so that it is unique for
        panels of full rank; rows of zeros where there are fewer rows than columns.

    Notes
    -----
    Householder reflections, 2 m n^2 flops; the backward error of each column is a modest
    multiple of n * unit_roundoff times its norm. Bitwise the same for one number of
    threads of the BLAS; another number changes the rounding.

    References
    ----------
    Demmel, Grigori, Hoemmen, and Langou (2012), section 3.

    Examples
    --------
    >>> triangle(numpy.array([[-3.0, 0.0]]), numpy.array([[4.0, 5.0]])).round(12)
    array([[5., 4.],
           [0., 3.]])
    """
    xp = namespace(*panels)
    dtype = xp.result_type(*(panel.dtype for panel in panels))
    stack = xp.concat([xp.astype(panel, dtype, copy=False) for panel in panels], axis=0)
    r = numpy.linalg.qr(stack, mode="r") if xp is numpy else qr(stack)[1]
    diagonal = xp.linalg.diagonal(r)
    sizes = xp.abs(diagonal)
    phases = xp.where(sizes > 0, diagonal / xp.where(sizes > 0, sizes, 1.0), 1.0)
    r = xp.conj(phases)[:, None] * r
    missing = r.shape[1] - r.shape[0]
    if missing:
        zeros = xp.zeros((missing, r.shape[1]), dtype=r.dtype, device=r.device)
        r = xp.concat([r, zeros], axis=0)
    return r
