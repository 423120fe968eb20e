"""The residual of an eigenpair: how far it is from being one of the operator.

res(lambda, g) = ||K g - lambda g|| / ||g|| in L2 of the measure, with g = Psi v evaluated
as ||Psi_Y v - lambda Psi_X v|| / ||Psi_X v|| (Colbrook and Townsend 2024). The quadratic
form v*(L - lambda A* - conj(lambda) A + |lambda|^2 G) v would lose half of the digits.
"""

from types import ModuleType

from perturbsci.backend import namespace
from perturbsci.backend.linalg import norm
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["root_weights", "weighted_panels", "pair_residuals"]


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


def weighted_panels(snapshots: Snapshots, dictionary: Dictionary) -> tuple[Array, Array]:
    """Return sqrt(W) Psi_X and sqrt(W) Psi_Y.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs with their weights.
    dictionary : Dictionary
        On the same state.

    Returns
    -------
    psi_x, psi_y : array, shape (n_samples, n_functions)
        So that the 2-norm of ``psi_x @ v`` is the norm of Psi v in L2 of the measure.
    """
    root = root_weights(snapshots)
    return dictionary(snapshots.x) * root, dictionary(snapshots.y) * root


def pair_residuals(
    psi_x: Array, psi_y: Array, eigenvalues: Array, vectors: Array
) -> tuple[Array, Array]:
    """Return the residual of every pair and the norm of its function.

    Parameters
    ----------
    psi_x, psi_y : array, shape (n_samples, n_functions)
        As ``weighted_panels`` gives them.
    eigenvalues : complex array, shape (k,)
        lambda, in the order of ``eig``: behind a member of a conjugate pair with positive
        imaginary part stands the other one.
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
    if xp.isdtype(psi_x.dtype, "complex floating"):
        return _quotients(xp, psi_x @ vectors, psi_y @ vectors, eigenvalues)
    first = xp.imag(eigenvalues) >= 0
    index = xp.cumulative_sum(xp.astype(first, xp.int64)) - 1
    chosen = xp.take(vectors, xp.nonzero(first)[0], axis=1)
    real, imaginary, kind = xp.real(chosen), xp.imag(chosen), chosen.dtype
    function, image = (
        xp.astype(psi @ real, kind) + 1j * xp.astype(psi @ imaginary, kind)
        for psi in (psi_x, psi_y)
    )
    residuals, norms = _quotients(xp, function, image, eigenvalues[first])
    return xp.take(residuals, index), xp.take(norms, index)


def _quotients(
    xp: ModuleType, function: Array, image: Array, eigenvalues: Array
) -> tuple[Array, Array]:
    """Return residuals and norms from the columns Psi_X v and Psi_Y v."""
    norms = norm(function, axis=0)
    misses = norm(image - function * eigenvalues, axis=0)
    vanishing = norms == 0
    norms = xp.where(vanishing, 1.0, norms)
    return xp.where(vanishing, xp.inf, misses / norms), norms
