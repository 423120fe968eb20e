"""A system in the coordinates of a diagonalization, x = V z.

z' = diag(lambda) z + V^{-1} B u, y = C V z. For the shift the input is corrected,
B_Gamma = B - P K P^+ B/2. Where B = P b that is P (1 + Gamma)^{-1} b, and the transfer
function is C (s - A)^{-1} P (1 + Gamma Theta)^{-1} b: without the correction its change is
not bounded by rho/(1 - rho).
"""

import numpy

from perturbsci.arguments import flag
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.eigenbasis import Diagonalization
from perturbsci.statespace.systems import DiagonalSystem
from perturbsci.types import Array

__all__ = ["diagonal_system"]


def diagonal_system(
    diagonalization: Diagonalization,
    b: Array,
    c: Array,
    *,
    d: Array | None = None,
    correct: bool = True,
) -> DiagonalSystem:
    """Return the system of A + E in its eigenbasis.

    Parameters
    ----------
    diagonalization : Diagonalization
        Of A + E.
    b : real or complex array, shape (n, m) or (n,)
        B of the system with A; one axis is one input.
    c : real or complex array, shape (p, n) or (n,)
        C; one axis is one output.
    d : real or complex array, shape (p, m), optional
        D; None is zero.
    correct : bool
        Replace B by B_Gamma where E is a shift. The part of B outside the range of P stays
        as it is, and nothing is claimed about it.

    Returns
    -------
    system : DiagonalSystem
        In continuous time. Of a real A with real b, c and d it is halved: the modes with
        Im > 0 with weight 2, and the real ones with weight 1.

    Raises
    ------
    ShapeError
        If b or c has not n rows or columns.
    ParameterError
        If an entry is not finite, or the first argument is no Diagonalization.

    Notes
    -----
    Two products with V and its inverse, in the precision of the diagonalization.

    Examples
    --------
    >>> from perturbsci.statespace import hippo, perturb_then_diagonalize
    >>> legs = hippo("legs", 4)
    >>> near = perturb_then_diagonalize(legs, theta=1)
    >>> system = diagonal_system(near, legs.b, [1.0, 0.0, 0.0, 0.0])
    >>> system.weights.tolist(), system.eigenvalues.round(4).tolist()
    ([2.0, 2.0], [(-0.5+4.6033j), (-0.5+0.5565j)])
    """
    if not isinstance(diagonalization, Diagonalization):
        raise ParameterError(
            f"diagonalization is a {type(diagonalization).__name__}; pass what "
            "perturb_then_diagonalize returns"
        )
    near, n = diagonalization, diagonalization.right.shape[0]
    inputs, outputs = as_array(b, name="b"), as_array(c, name="c")
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    outputs = outputs[None, :] if outputs.ndim == 1 else outputs
    if inputs.ndim != 2 or inputs.shape[0] != n:
        raise ShapeError(
            f"b has shape {inputs.shape} but A has {n} rows; pass b with {n} rows, one "
            "column an input"
        )
    if outputs.ndim != 2 or outputs.shape[1] != n:
        raise ShapeError(
            f"c has shape {outputs.shape} but A has {n} columns; pass c with {n} columns, "
            "one row an output"
        )
    through = None if d is None else as_array(d, name="d")
    xp = namespace(near.right, inputs, outputs, names=("diagonalization", "b", "c"))
    real = all(
        each is None or each.dtype.kind == "f"
        for each in (near.perturbation, inputs, outputs, through)
    )
    corrected = flag(correct, "correct")
    if corrected and near.core is not None and near.low_rank is not None:
        inputs = inputs - _correction(near.low_rank, near.core, inputs)
    precision, values = near.right.dtype, near.eigenvalues
    inputs = near.inverse @ xp.astype(inputs, precision)
    outputs = xp.astype(outputs, precision) @ near.right
    if through is not None:
        kind = xp.finfo(precision).dtype if through.dtype.kind == "f" else precision
        through = xp.astype(through, kind)
    if not real:
        return DiagonalSystem(values, inputs, outputs, through)
    kept = numpy.flatnonzero(to_host(values).imag >= 0)
    weights = numpy.where(to_host(values).imag[kept] > 0, 2.0, 1.0)
    kept, weights = returned(values, kept, weights)
    return DiagonalSystem(
        values[kept], inputs[kept], outputs[:, kept], through, weights=weights
    )


def _correction(low_rank: Array, core: Array, inputs: Array) -> Array:
    """Return P K P^+ B/2."""
    p, b = to_host(low_rank), to_host(inputs)
    half = p @ (to_host(core) @ (numpy.linalg.pinv(p) @ b)) / 2
    return returned(inputs, half)[0]
