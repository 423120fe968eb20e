"""Dynamic mode decomposition (DMD): the spectrum that linear observables see.

x K = y with states as rows; an eigenvector v of K is the observable phi(x) = x v, and
residuals are those of EDMD with the coordinates as dictionary.
"""

import dataclasses
import math

from perturbsci.backend import namespace
from perturbsci.backend.linalg import eig, lstsq, solve
from perturbsci.errors import ParameterError
from perturbsci.koopman.dictionaries import linear
from perturbsci.koopman.evidence import gather_evidence
from perturbsci.koopman.gram import GramState, accumulate
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.linear_fits import (
    forward_backward_fit,
    leading_directions,
    least_squares_fit,
    total_least_squares_fit,
)
from perturbsci.koopman.pairs import pair_residuals, root_weights
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.perturbation.arguments import whole
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["dmd"]

FITS = {
    "exact": least_squares_fit,
    "forward-backward": forward_backward_fit,
    "total-least-squares": total_least_squares_fit,
}
METHODS = (*FITS, "measure-preserving")
CLAIM = "largest residual ||K g - lambda g|| / ||g||"
TRUSTED = 0.5  # above it a residual says nothing: NOTHING_VERIFIED
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
    if not isinstance(snapshots, Snapshots):
        raise ParameterError(
            f"snapshots is a {type(snapshots).__name__}; pass Snapshots(x, y) or "
            "Snapshots.from_trajectory(states)"
        )
    if not isinstance(method, str) or method not in METHODS:
        raise ParameterError(
            f"method is {method!r:.60}; it must be one of {', '.join(METHODS)}"
        )
    if rank is not None:
        rank = whole(rank, "rank", least=1, most=min(snapshots.x.shape))
    if method == "measure-preserving":
        return _measure_preserving(snapshots, rank)
    root = root_weights(snapshots)
    x, y = snapshots.x * root, snapshots.y * root
    matrix, basis = FITS[method](x, y, rank)
    adjoint = namespace(basis).conj(basis).T
    values, inner = eig(adjoint @ matrix @ basis)
    vectors = basis @ inner
    residuals, norms = pair_residuals(x, y, values, vectors)
    modes = _exact_modes(values, _rows_of_inverse(inner) @ adjoint, matrix)
    order = namespace(residuals).argsort(residuals, stable=True)
    state = accumulate(snapshots, linear(snapshots.n_state))
    spectrum = _without_verdict(snapshots, state, matrix, basis.shape[1])
    return _with_verdict(
        dataclasses.replace(
            spectrum,
            eigenvalues=values[order],
            residuals=residuals[order],
            vectors=(vectors / norms)[:, order],
            modes=(modes * norms[:, None])[order],
        ),
        basis,
        wanted=rank,
        method=f"{method} DMD",
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


def _without_verdict(
    snapshots: Snapshots, state: GramState, matrix: Array, rank: int
) -> Spectrum:
    """Return the spectrum before its pairs are known."""
    xp = namespace(matrix)
    kind = xp.result_type(matrix.dtype, xp.complex64)
    n = snapshots.n_state
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=kind),
        residuals=xp.real(xp.zeros(0, dtype=kind)),
        variance_residuals=None,
        vectors=xp.zeros((n, 0), dtype=kind),
        modes=xp.zeros((0, n), dtype=kind),
        koopman_matrix=matrix,
        step=snapshots.step,
        rank=rank,
        residual_floor=1e-14,
        declare="general",
        operator="koopman",
        dictionary=state.dictionary,
        gram=state,
        limits=limits_required("eigenvalue_residual"),
        status=Status.CONVERGED,
        certificate=Certificate(
            CLAIM, math.nan, math.nan, "none", "DMD", ("there is no eigenpair",)
        ),
    )


def _with_verdict(
    spectrum: Spectrum, basis: Array, *, wanted: int | None, method: str
) -> Spectrum:
    """Return the spectrum with status and certificate."""
    evidence = gather_evidence(_restricted(spectrum.gram, basis))
    residuals = spectrum.residuals
    full = spectrum.dictionary.n_functions if wanted is None else wanted
    if evidence.kind == "none" or not residuals.shape[0]:
        status = Status.UNDERDETERMINED if spectrum.rank else Status.RANK_REDUCED
        certificate = spectrum.certificate
        if evidence.kind == "none":
            certificate = dataclasses.replace(certificate, assumptions=evidence.assumptions)
        return dataclasses.replace(spectrum, status=status, certificate=certificate)
    if spectrum.rank < full:
        status = Status.RANK_REDUCED
    elif not float(residuals[0]) <= TRUSTED:
        status = Status.NOTHING_VERIFIED
    else:
        status = Status.CONVERGED
    kept = f"{spectrum.rank} of {spectrum.dictionary.n_functions} directions, chosen by x"
    certificate = Certificate(
        CLAIM,
        float(residuals[-1]),
        TRUSTED,
        evidence.kind,
        method,
        (*evidence.assumptions, kept),
    )
    return dataclasses.replace(spectrum, status=status, certificate=certificate)


def _restricted(state: GramState, basis: Array) -> GramState:
    """Return the Gram state of the functions x Q, which are all that was fitted."""
    xp = namespace(basis)
    n, r = basis.shape
    zero = xp.zeros((n, r), dtype=basis.dtype)
    both = xp.concat(
        [xp.concat([basis, zero], axis=1), xp.concat([zero, basis], axis=1)], axis=0
    )
    adjoint = xp.conj(both).T
    return dataclasses.replace(
        state,
        blocks=adjoint @ state.blocks @ both,
        moments=adjoint[:r, :n] @ state.moments,
        dictionary=None,
    )


def _measure_preserving(snapshots: Snapshots, rank: int | None) -> Spectrum:
    """Return measure-preserving EDMD of the leading directions."""
    from perturbsci.koopman.unitary import mpedmd

    n = snapshots.n_state
    if rank is None:
        return mpedmd(snapshots, linear(n))
    basis = leading_directions(snapshots.x * root_weights(snapshots), rank)[2]
    inner = mpedmd(
        dataclasses.replace(snapshots, x=snapshots.x @ basis, y=snapshots.y @ basis),
        linear(basis.shape[1]),
    )
    adjoint = namespace(basis).conj(basis).T
    return dataclasses.replace(
        inner,
        vectors=basis @ inner.vectors,
        modes=inner.modes @ adjoint,
        koopman_matrix=basis @ inner.koopman_matrix @ adjoint,
        dictionary=linear(n),
        gram=accumulate(snapshots, linear(n)),
    )
