"""How far rounding can have moved the outputs of a simulation.

With g = sum_l abs(a)^l a state is at most X = g abs(b) max abs(u) + abs(x_(-1)), and its
error at most (m + 8) roundoffs g X: each step adds a few roundoffs of X, which then decay,
and so does the error of a power of a that carries a state over a chunk.

Reference: Higham (2002), chapter 3.
"""

import math

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.arrays import scalar
from perturbsci.statespace.systems import DiagonalSystem, StateSpace
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["rounding_claim"]


def rounding_claim(
    system: StateSpace, u: Array, state: Array, y: Array, method: str
) -> Certificate:
    """Return a bound of the rounding error of outputs, relative to the largest.

    Parameters
    ----------
    system : StateSpace
        Discrete.
    u : array, shape (batch, length, ..., m)
        Inputs.
    state : array, shape (batch, ..., n)
        Before the first step.
    y : array, shape (batch, length, ..., p)
        Outputs.
    method : str
        How they were found.

    Returns
    -------
    claim : Certificate
        Below half of the digits; of kind ``"none"`` without modes, or by transform.
    """
    claim = "rounding error of the outputs, relative to the largest"
    if not isinstance(system, DiagonalSystem) or method == "convolution":
        reason = "no bound of the powers of the matrix, or of the transform, is at hand"
        advice = (
            f"compare with method={'scan' if method == 'recurrence' else 'recurrence'!r}"
        )
        return Certificate(claim, math.nan, math.nan, "none", method, (reason, advice))
    a = numpy.abs(to_host(system.eigenvalues).astype(numpy.complex128))
    unit = float(numpy.finfo(to_host(system.eigenvalues).dtype).eps)
    length, m = u.shape[1], system.n_inputs
    with numpy.errstate(all="ignore"):
        grown = numpy.where(a < 1, (1 - a**length) / (1 - a), length * a**length)
        largest = float(scalar(abs(u).max()))
        entered = numpy.abs(to_host(system.b)).sum(axis=-1) * largest
        begun = to_host(abs(state)).max(axis=0) * numpy.maximum(1.0, a**length)
        state_size = grown * entered + begun
        c = numpy.abs(to_host(system.c)).sum(axis=-2)
        c = c if system.weights is None else c * to_host(system.weights)
        error = c * state_size * unit * ((m + 8) * grown + system.n_state + m + 4)
        total = float(error.sum(axis=-1).max())
    size = float(scalar(abs(y).max()))
    value = total / size if size > 0 else (0.0 if total == 0 else math.inf)
    return Certificate(claim, value, unit**0.5, "a-posteriori", "moduli of the modes")
