"""The residual of an eigenpair: how far it is from being one of the operator.

res(lambda, g) = ||K g - lambda g|| / ||g|| in L2 of the measure, g = Psi v (Colbrook and
Townsend 2024), in one of three ways:

* from G, A, L: res^2 = v*(L - lambda A* - conj(lambda) A + |lambda|^2 G) v / v* G v, which
  loses half of the digits: below a floor it says nothing;
* from the triangular factor of [Psi_X Psi_Y], without squares;
* from the pairs themselves, ||Psi_Y v - lambda Psi_X v|| / ||Psi_X v||.
"""

import math
from collections.abc import Iterable
from types import ModuleType
from typing import NamedTuple

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import norm
from perturbsci.koopman.panels import Panel
from perturbsci.koopman.projection import Pencil
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = [
    "PairNumbers",
    "mean_functions",
    "pair_numbers",
    "pair_residuals",
    "pair_sums",
    "representatives",
    "root_weights",
]

QR_FLOOR = 1e-14


class PairNumbers(NamedTuple):
    """Residuals, their floors, and the norms of the functions, shape (k,) each."""

    residuals: Array
    floors: Array
    norms: Array


def pair_numbers(pencil: Pencil, eigenvalues: Array, vectors: Array) -> PairNumbers:
    """Return residuals from the Gram matrices, or from their factors where there are any.

    Parameters
    ----------
    pencil : Pencil
        Scaled to columns of norm 1.
    eigenvalues : complex array, shape (k,)
        lambda, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        v of the scaled functions.

    Returns
    -------
    numbers : PairNumbers
        A residual from Gram matrices is 0 where the form is negative; it says nothing
        below its floor, the square root of 32 u ||v||^2 / v* G v times
        ||L|| + 2 abs(lambda) ||A|| + abs(lambda)^2 ||G||.

    Notes
    -----
    About 12 N^2 k flops for a real pencil; one of each conjugate pair is evaluated.
    """
    xp = namespace(vectors)
    chosen, index = representatives(pencil.G, eigenvalues)
    values, v = xp.take(eigenvalues, chosen), xp.take(vectors, chosen, axis=1)
    if pencil.factors is None:
        found = _from_forms(xp, pencil, values, v)
    else:
        r11, r12, r22 = pencil.factors
        function = _apply(r11, v)
        image, outside = _apply(r12, v) - function * values, _apply(r22, v)
        norms = norm(function, axis=0)
        safe = xp.where(norms == 0, 1.0, norms)
        residuals = xp.hypot(norm(image, axis=0), norm(outside, axis=0)) / safe
        residuals = xp.where(norms == 0, xp.inf, residuals)
        floor = QR_FLOOR * float(xp.finfo(safe.dtype).eps) / 2**-52
        found = PairNumbers(residuals, xp.full_like(safe, floor), safe)
    return PairNumbers(*(xp.take(each, index) for each in found))


def _from_forms(xp: ModuleType, pencil: Pencil, values: Array, v: Array) -> PairNumbers:
    g, a, image = (
        xp.sum(xp.conj(v) * _apply(m, v), axis=0) for m in (pencil.G, pencil.A, pencil.L)
    )
    modulus = xp.abs(values)
    form = xp.real(image) - 2 * xp.real(xp.conj(values) * a) + modulus**2 * xp.real(g)
    size_g, size_l = (_largest_eigenvalue(m) for m in (pencil.G, pencil.L))
    size_a = math.sqrt(max(size_g * size_l, 0.0))  # at least ||A||: S is not negative
    lengths = norm(v, axis=0) ** 2
    rounding = 16 * float(xp.finfo(lengths.dtype).eps)  # 32 u
    # Below its own rounding v* G v is no norm, and the floor exceeds every residual.
    squares = xp.maximum(xp.real(g), rounding * size_g * lengths)
    squares = xp.where(squares > 0, squares, 1.0)
    spread = size_l + 2 * modulus * size_a + modulus**2 * size_g
    return PairNumbers(
        xp.sqrt(xp.maximum(form, 0 * form) / squares),
        xp.sqrt(rounding * spread * lengths / squares),
        xp.sqrt(squares),
    )


def _largest_eigenvalue(matrix: Array) -> float:
    return float(scalar(namespace(matrix).linalg.eigvalsh(matrix)[-1]))


def pair_sums(
    panels: Iterable[Panel], eigenvalues: Array, vectors: Array
) -> tuple[Array, Array]:
    """Return sums of squares over the pairs for given eigenpairs.

    Parameters
    ----------
    panels : iterable of Panel
        The features.
    eigenvalues : complex array, shape (k,)
        lambda.
    vectors : complex array, shape (n_functions, k)
        v of the functions as they are.

    Returns
    -------
    misses, squares : real array, shape (k,)
        Of w abs(Psi_Y v - lambda Psi_X v)^2 and w abs(Psi_X v)^2, not divided by the mass.
    """
    xp = namespace(vectors)
    misses: Array = 0.0
    squares: Array = 0.0
    for panel in panels:
        function, image = _apply(panel.psi_x, vectors), _apply(panel.psi_y, vectors)
        miss = image - function * eigenvalues
        misses = misses + xp.sum(xp.abs(miss) ** 2, axis=0)
        squares = squares + xp.sum(xp.abs(function) ** 2, axis=0)
    return misses, squares


def mean_functions(panels: Iterable[Panel]) -> Array:
    """Return the sums of w Psi over the pairs.

    Parameters
    ----------
    panels : iterable of Panel
        The features.

    Returns
    -------
    means : array, shape (n_functions,)
        Not divided by the mass.
    """
    total: Array = 0.0
    for panel in panels:
        psi, xp = panel.psi_x, namespace(panel.psi_x)
        if panel.weights is None:
            total = total + xp.sum(psi, axis=0)
        else:
            roots = xp.astype(xp.sqrt(panel.weights), xp.real(psi[:0]).dtype)
            total = total + roots @ psi
    return total


def representatives(real: Array, eigenvalues: Array) -> tuple[Array, Array]:
    """Return which pairs to evaluate, and the place of every pair among them.

    Parameters
    ----------
    real : array, shape (...)
        Any array of the data: where it is real, one of each conjugate pair is enough.
    eigenvalues : complex array, shape (k,)
        In the order of ``eig``: behind a member of a conjugate pair with positive imaginary
        part stands the other one.

    Returns
    -------
    chosen : integer array, shape (m,)
        Places of the pairs to evaluate.
    index : integer array, shape (k,)
        So that ``take(found, index)`` are the numbers of all pairs.
    """
    xp = namespace(eigenvalues)
    first = xp.imag(eigenvalues) >= 0
    if xp.isdtype(real.dtype, "complex floating"):
        first = first | True
    index = xp.cumulative_sum(xp.astype(first, xp.int64)) - 1
    return xp.nonzero(first)[0], index


def _apply(psi: Array, vectors: Array) -> Array:
    """Return psi @ vectors; where psi is real by one real product, which reads it once."""
    xp = namespace(psi)
    if xp.isdtype(psi.dtype, "complex floating"):
        return psi @ vectors
    parts = psi @ xp.concat([xp.real(vectors), xp.imag(vectors)], axis=1)
    count = vectors.shape[1]
    return xp.astype(parts[:, :count], vectors.dtype) + 1j * parts[:, count:]


def root_weights(snapshots: Snapshots) -> Array:
    """Return the square roots of the weights as a column.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs with their weights.

    Returns
    -------
    root : real array, shape (n_samples, 1)
        1/sqrt(n_samples) each where no weights were given.
    """
    xp = namespace(snapshots.x)
    real = xp.abs(snapshots.x[:1]).dtype
    if snapshots.weights is None:
        return xp.full((snapshots.n_samples, 1), snapshots.n_samples**-0.5, dtype=real)
    return xp.astype(xp.sqrt(snapshots.weights), real)[:, None]


def pair_residuals(
    psi_x: Array, psi_y: Array, eigenvalues: Array, vectors: Array
) -> tuple[Array, Array]:
    """Return the residual of every pair and the norm of its function.

    Parameters
    ----------
    psi_x, psi_y : array, shape (n_samples, n_functions)
        sqrt(W) Psi_X and sqrt(W) Psi_Y.
    eigenvalues : complex array, shape (k,)
        lambda, in the order of ``eig``.
    vectors : complex array, shape (n_functions, k)
        Column j is v of ``eigenvalues[j]``.

    Returns
    -------
    residuals : real array, shape (k,)
        A function that vanishes on all samples has inf: nothing is known about it.
    norms : real array, shape (k,)
        ||Psi_X v||, 1 instead of 0.

    Notes
    -----
    4 n_samples n_functions k flops for real panels, where one of each conjugate pair is
    evaluated; four times that for complex ones.
    """
    xp = namespace(psi_x, psi_y, eigenvalues, vectors)
    chosen, index = representatives(psi_x, eigenvalues)
    v = xp.take(vectors, chosen, axis=1)
    v = xp.astype(v, xp.result_type(eigenvalues.dtype, vectors.dtype))
    function = _apply(psi_x, v)
    norms = norm(function, axis=0)
    misses = norm(_apply(psi_y, v) - function * xp.take(eigenvalues, chosen), axis=0)
    vanishing = norms == 0
    norms = xp.where(vanishing, 1.0, norms)
    residuals = xp.where(vanishing, xp.inf, misses / norms)
    return xp.take(residuals, index), xp.take(norms, index)
