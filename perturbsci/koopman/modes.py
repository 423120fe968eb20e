"""Dynamic mode decomposition (DMD): the spectrum that linear observables see.

x K = y with states as rows; an eigenvector v of K is the observable phi(x) = x v, and
residuals are those of EDMD with the coordinates as dictionary.
"""

import dataclasses

from perturbsci.arguments import one_of, whole
from perturbsci.backend import namespace
from perturbsci.backend.linalg import eig, lstsq, solve
from perturbsci.errors import ParameterError
from perturbsci.koopman.agreement import check_snapshots
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.dictionaries import linear
from perturbsci.koopman.evidence import gather_evidence
from perturbsci.koopman.gram import accumulate
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.linear_fits import (
    forward_backward_fit,
    leading_directions,
    least_squares_fit,
    total_least_squares_fit,
)
from perturbsci.koopman.oddities import data_notes
from perturbsci.koopman.pairs import pair_residuals, root_weights
from perturbsci.koopman.projection import adjoint
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import open_source
from perturbsci.koopman.spectrum import Spectrum, empty_spectrum
from perturbsci.koopman.states import GramState
from perturbsci.koopman.unitary import mpedmd
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["dmd"]

FITS = {
    "exact": least_squares_fit,
    "forward-backward": forward_backward_fit,
    "total-least-squares": total_least_squares_fit,
}
METHODS = (*FITS, "measure-preserving")
VANISHING = 1e-12  # eigenvalues below it, relative to the largest, divide nothing


def dmd(
    snapshots: Snapshots, *, method: str = "exact", rank: int | None = None
) -> Spectrum:
    """Decompose pairs of states into modes, each with eigenvalue and residual.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs; delay-embedded ones give Hankel DMD. Without a constant part: subtract the
        mean, or use ``edmd`` with a constant.
    method : str
        ``"exact"``: least squares, right for noise in the images only.
        ``"forward-backward"``: cancels the bias of equal noise in x and y.
        ``"total-least-squares"``: fits noise in x and y together.
        ``"measure-preserving"``: a unitary matrix, for systems that keep ||x||.
    rank : int, optional
        The number of directions of x that are kept; default all but rounding.

    Returns
    -------
    spectrum : Spectrum
        With dictionary ``linear(n_state)``, ``rank`` pairs sorted by residual. Where
        directions were cut, ``modes`` are the exact ones: they predict y, not x.

    Raises
    ------
    ParameterError
        If the method is unknown, the rank no whole number from 1 to
        min(n_samples, n_state), or "forward-backward" meets a map that is not invertible.
    ConvergenceError
        If an eigenvalue solver fails.

    Notes
    -----
    About 10 n_samples n_state^2 flops. Noise in the states biases every eigenvalue of
    "exact" inward; the residuals hold that noise too, so that they do not rank the
    methods.

    References
    ----------
    Tu, Rowley, Luchtenburg, Brunton, and Kutz (2014); Dawson, Hemati, Williams, and Rowley
    (2016); Hemati, Rowley, Deem, and Cattafesta (2017); Colbrook (2023).

    Examples
    --------
    >>> import numpy as np
    >>> angle = 0.4 * np.arange(200)
    >>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> spectrum = dmd(Snapshots.from_trajectory(states), method="total-least-squares")
    >>> float(abs(np.angle(spectrum.eigenvalues[0])).round(12))
    0.4
    """
    check_snapshots(snapshots)
    one_of(method, "method", METHODS)
    if rank is not None:
        rank = whole(rank, "rank", least=1, most=min(snapshots.x.shape))
    if method == "measure-preserving":
        return _measure_preserving(snapshots, rank)
    root = root_weights(snapshots)
    x, y = snapshots.x * root, snapshots.y * root
    matrix, basis = FITS[method](x, y, rank)
    values, inner = eig(adjoint(basis) @ matrix @ basis)
    vectors = basis @ inner
    residuals, norms = pair_residuals(x, y, values, vectors)
    modes = _exact_modes(values, _rows_of_inverse(inner) @ adjoint(basis), matrix)
    order = namespace(residuals).argsort(residuals, stable=True)
    residuals = residuals[order]
    state, fitted = _states(snapshots, basis)
    certificate = residual_certificate(
        gather_evidence(fitted),
        residuals,
        None,
        declare="general",
        method=f"{method} DMD",
        notes=(
            f"{basis.shape[1]} of {len(basis)} directions, chosen by x",
            *data_notes(snapshots),
        ),
    )
    empty = empty_spectrum(
        state,
        matrix,
        basis.shape[1],
        declare="general",
        limits=limits_required("spectrum"),
        status=_status(basis, fitted.count, residuals),
        certificate=certificate,
    )
    return dataclasses.replace(
        empty,
        eigenvalues=values[order],
        residuals=residuals,
        vectors=(vectors / norms)[:, order],
        modes=(modes * norms[:, None])[order],
    )


def _rows_of_inverse(inner: Array) -> Array:
    """Return W^{-1}; by least squares where K is defective."""
    identity = namespace(inner).eye(inner.shape[0], dtype=inner.dtype)
    try:
        return solve(inner, identity)
    except ParameterError:
        return lstsq(inner, identity)[0]


def _exact_modes(values: Array, projected: Array, matrix: Array) -> Array:
    """Return left eigenvectors of K; the projected ones where lambda = 0."""
    xp = namespace(values)
    if not values.shape[0]:
        return projected
    size = xp.abs(values)
    usable = size > VANISHING * xp.max(size)
    divisor = xp.where(usable, values, 1.0)
    return xp.where(usable[:, None], (projected @ matrix) / divisor[:, None], projected)


def _states(snapshots: Snapshots, basis: Array) -> tuple[GramState, GramState]:
    """Return the Gram state of the coordinates, and that of what was fitted."""
    source = open_source(snapshots, None, accuracy="gram", chunk=None)
    state, rank = source.state, basis.shape[1]
    # Only the functions x Q were fitted: as many of them as samples leave no residual.
    fitted = _restricted(state, basis) if rank else state
    return state, dataclasses.replace(fitted, count=source.count(rank))


def _status(basis: Array, count: int, residuals: Array) -> Status:
    """Return the first status that applies."""
    n_state, rank = basis.shape
    if rank >= count:
        return Status.UNDERDETERMINED
    if rank < n_state:
        return Status.RANK_REDUCED
    trusted = bool((residuals <= TRUSTED).any())
    return Status.CONVERGED if trusted else Status.NOTHING_VERIFIED


def _restricted(state: GramState, basis: Array) -> GramState:
    """Return the Gram state of the functions x Q, which are all that was fitted."""
    xp = namespace(basis)
    n, r = basis.shape
    zero = xp.zeros((n, r), dtype=basis.dtype)
    both = xp.concat(
        [xp.concat([basis, zero], axis=1), xp.concat([zero, basis], axis=1)], axis=0
    )
    return dataclasses.replace(
        state,
        blocks=adjoint(both) @ state.blocks @ both,
        moments=adjoint(basis) @ state.moments,
        dictionary=None,
    )


def _measure_preserving(snapshots: Snapshots, rank: int | None) -> Spectrum:
    """Return measure-preserving EDMD of the leading directions."""
    n = snapshots.n_state
    if rank is None:
        return mpedmd(snapshots, linear(n))
    basis = leading_directions(snapshots.x * root_weights(snapshots), rank)[2]
    inner = mpedmd(
        dataclasses.replace(snapshots, x=snapshots.x @ basis, y=snapshots.y @ basis),
        linear(basis.shape[1]),
    )
    cut = basis.shape[1] < n and inner.status is not Status.UNDERDETERMINED
    return dataclasses.replace(
        inner,
        status=Status.RANK_REDUCED if cut else inner.status,
        vectors=basis @ inner.vectors,
        modes=inner.modes @ adjoint(basis),
        koopman_matrix=basis @ inner.koopman_matrix @ adjoint(basis),
        dictionary=linear(n),
        gram=accumulate(snapshots, linear(n)),
    )
