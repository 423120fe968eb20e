"""Measure-preserving EDMD: a unitary Koopman matrix, its spectrum on the unit circle.

In a basis B of the span that is orthonormal in L2 of the measure, B* G B = 1, the Galerkin
matrix is B* A B; its nearest unitary matrix P = V U* (polar factor) gives K = B P B* G. All
its eigenvalues lie on the circle and its eigenfunctions are orthonormal (Colbrook 2023).
"""

import dataclasses
import math
from types import ModuleType

from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import eigh, norm, schur, svd
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.evidence import gather_evidence, limits_in_words
from perturbsci.koopman.gram import GramState, accumulate
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.pairs import pair_residuals, weighted_panels
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["mpedmd"]

ACCURACIES = ("gram", "verified", "qr")
OFF_CIRCLE = 1e-10  # a larger distance is no rounding
DOUBTFUL = 1e-6
CLOSE = 100  # times its floor, a quadratic form has less than four digits
FLUCTUATION = 4.0  # standard deviations, about
TRUSTED = 0.5  # above it a residual says nothing: NOTHING_VERIFIED
VANISHING = (
    "dictionary vanishes on all samples of data; pass functions that are not zero there, "
    "or check the data"
)
CLAIM = "largest residual ||K g - lambda g|| / ||g||"
METHOD = "mpEDMD"


def mpedmd(
    data: Snapshots | GramState,
    dictionary: Dictionary | None = None,
    *,
    accuracy: str | None = None,
    chunk: int | None = None,
    strict: bool = True,
) -> Spectrum:
    """Approximate the spectrum of a measure-preserving system by a unitary matrix.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        Pairs of a system that preserves the measure behind the weights.
    dictionary : Dictionary, optional
        Default the coordinates, ``linear(n_state)``; None with a GramState.
    accuracy : str, optional
        How residuals are taken: ``"gram"``, ``"verified"`` or ``"qr"``, as for ``edmd``;
        default the best that the data allow in two passes.
    chunk : int, optional
        Samples that are evaluated at once.
    strict : bool
        Raise if the Schur form fails or leaves the circle, else return K without pairs.

    Returns
    -------
    spectrum : Spectrum
        Eigenvalues of modulus 1, eigenfunctions orthonormal in L2 of the measure, sorted by
        residual. DECLARATION_DOUBTFUL where the data do not preserve the measure.

    Raises
    ------
    ShapeError
        If the dictionary is for states of another width.
    ParameterError
        If an option is unknown or asks for more than the data hold.
    ConvergenceError
        If the Schur form fails.

    Notes
    -----
    About 60 N^3 flops beyond the Gram matrices. Being on the circle verifies nothing: also
    noise gives such eigenvalues. The residuals tell. As the number of functions grows, the
    spectral measures converge weakly.

    References
    ----------
    Colbrook (2023).

    Examples
    --------
    >>> import numpy as np
    >>> angle = 0.4 * np.arange(200)
    >>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> spectrum = mpedmd(Snapshots.from_trajectory(states))
    >>> bool(abs(abs(spectrum.eigenvalues) - 1).max() < 1e-12)
    True
    """
    state, snapshots = _state(data, dictionary, accuracy)
    basis, dual, galerkin = _whitened(state)
    u, _, vh = svd(galerkin)
    unitary = u @ vh
    empty = _without_pairs(state, basis @ unitary @ dual, basis.shape[1])
    try:
        values, vectors = _unitary_pairs(unitary)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"mpedmd: {error}", empty) from None
        return empty
    xp = namespace(basis)
    vectors = xp.astype(basis, vectors.dtype) @ vectors
    residuals, floors = forms = _forms(state, values, vectors)
    if snapshots is not None and accuracy != "gram":
        residuals = _verified(snapshots, state.dictionary, values, vectors, forms)
    order = xp.argsort(residuals, stable=True)
    quadratic = snapshots is None or accuracy == "gram"
    floor = float(scalar(xp.max(floors))) if quadratic else 1e-14
    modes = xp.conj(vectors).T @ xp.astype(state.moments, vectors.dtype)
    total = state.mass if state.uniform else 1.0
    found = dataclasses.replace(
        empty,
        eigenvalues=values[order],
        residuals=residuals[order],
        vectors=vectors[:, order],
        modes=modes[order] / total,
        residual_floor=floor,
    )
    return _judged(found)


def _adjoint(a: Array) -> Array:
    return namespace(a).conj(a).T


def _whitened(state: GramState) -> tuple[Array, Array, Array]:
    """Return B with B* G B = 1, B* G, and B* A B; directions without information dropped.

    Columns are scaled first, so that the rank does not depend on the units of functions.
    """
    xp = namespace(state.blocks)
    n = state.n_functions
    unit = float(xp.finfo(state.blocks.dtype).eps)
    if state.form == "qr":
        total = math.sqrt(state.mass) if state.uniform else 1.0
        r = state.blocks[:n] / total
        scale = _scales(xp, xp.sqrt(xp.sum(xp.abs(r[:, :n]) ** 2, axis=0)))
        u, s, vh = svd(r[:, :n] / scale)
        rank = int(scalar(xp.sum(s > n * unit * s[0])))
        if not rank:
            raise ParameterError(VANISHING)
        s, v = s[:rank], _adjoint(vh[:rank])
        basis = v / s / scale[:, None]
        dual = s[:, None] * _adjoint(v) * scale
        return basis, dual, _adjoint(u[:, :rank]) @ r[:, n:] @ basis
    g = state.G
    scale = _scales(xp, xp.sqrt(xp.real(xp.linalg.diagonal(g))))
    values, v = eigh(g / scale / scale[:, None])
    keep = values > n * unit * xp.max(values)
    if not bool(scalar(xp.any(keep))):
        raise ParameterError(VANISHING)
    s, v = xp.sqrt(values[keep]), v[:, keep]
    basis = v / s / scale[:, None]
    dual = s[:, None] * _adjoint(v) * scale
    return basis, dual, _adjoint(basis) @ state.A @ basis


def _scales(xp: ModuleType, norms: Array) -> Array:
    """Return what columns are divided by: their norms, 1 for a column of zeros."""
    return xp.where(norms > 0, norms, 1.0)


def _unitary_pairs(unitary: Array) -> tuple[Array, Array]:
    """Return eigenvalues on the circle and orthonormal eigenvectors of a unitary matrix.

    The Schur form of a normal matrix is diagonal; ``eig`` would lose the orthogonality of
    vectors in clusters, where dense point spectra put most of them.
    """
    xp = namespace(unitary)
    t, vectors = schur(unitary)
    values = xp.linalg.diagonal(t)
    moduli = xp.abs(values)
    off = float(scalar(xp.max(xp.abs(moduli - 1))))
    slack = max(OFF_CIRCLE, 1e3 * float(xp.finfo(unitary.dtype).eps))
    if not off < slack:
        raise ConvergenceError(
            f"the Schur form left the unit circle by {off:.3g}; scale the dictionary, or "
            "use accuracy='qr'"
        )
    return values / moduli, vectors


def _forms(state: GramState, values: Array, vectors: Array) -> tuple[Array, Array]:
    """Return the residuals by G, A and L, not below their floors, and the floors.

    res^2 = v*(L - l A* - conj(l) A + abs(l)^2 G) v with v* G v = 1; rounding of the sum is
    at most 32 u (||L|| + 2 ||A|| + ||G||) ||v||^2, columns scaled, Frobenius norms.
    """
    xp = namespace(state.blocks)
    g, a, image = (xp.astype(m, vectors.dtype) for m in (state.G, state.A, state.L))

    def form(matrix: Array) -> Array:
        return xp.sum(xp.conj(vectors) * (matrix @ vectors), axis=0)

    real = xp.real(form(image)) + xp.real(form(g))
    squares = real - 2 * xp.real(xp.conj(values) * form(a))
    scale = _scales(xp, xp.sqrt(xp.real(xp.linalg.diagonal(state.G))))
    weight = sum(
        times * float(scalar(norm(matrix / scale / scale[:, None])))
        for times, matrix in ((1, image), (2, a), (1, g))
    )
    sizes = xp.sum(xp.abs(vectors * scale[:, None]) ** 2, axis=0)
    floors = xp.sqrt(16 * float(xp.finfo(vectors.dtype).eps) * weight * sizes)
    return xp.sqrt(xp.maximum(squares, floors**2)), floors


def _verified(
    snapshots: Snapshots,
    dictionary: Dictionary,
    values: Array,
    vectors: Array,
    forms: tuple[Array, Array],
) -> Array:
    """Return the residuals, directly where the quadratic form cannot be trusted."""
    xp = namespace(values)
    residuals, floors = forms
    doubtful = residuals < CLOSE * floors
    if not bool(scalar(xp.any(doubtful))):
        return residuals
    psi_x, psi_y = (
        xp.astype(psi, vectors.dtype) for psi in weighted_panels(snapshots, dictionary)
    )
    direct, _ = pair_residuals(psi_x, psi_y, values[doubtful], vectors[:, doubtful])
    residuals[doubtful] = direct
    return residuals


def _state(
    data: Snapshots | GramState, dictionary: Dictionary | None, accuracy: str | None
) -> tuple[GramState, Snapshots | None]:
    """Return the Gram state, and the pairs if a second pass is possible."""
    if accuracy is not None and accuracy not in ACCURACIES:
        raise ParameterError(
            f"accuracy is {accuracy!r}; it must be one of {', '.join(ACCURACIES)} or None"
        )
    if isinstance(data, GramState):
        return data, None
    return accumulate(data, dictionary or linear(data.n_state)), data


def _without_pairs(state: GramState, koopman_matrix: Array, rank: int) -> Spectrum:
    """Return the spectrum before its pairs are known: nothing is claimed."""
    xp = namespace(koopman_matrix)
    kind = xp.result_type(koopman_matrix.dtype, xp.complex64)
    n = state.n_functions
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=kind),
        residuals=xp.zeros(0, dtype=xp.abs(koopman_matrix[:1]).dtype),
        variance_residuals=None,
        vectors=xp.zeros((n, 0), dtype=kind),
        modes=xp.zeros((0, state.moments.shape[1]), dtype=kind),
        koopman_matrix=koopman_matrix,
        step=state.step,
        rank=rank,
        residual_floor=1e-14,
        declare="unitary",
        operator=state.operator,
        dictionary=state.dictionary,
        gram=state,
        limits=limits_required("eigenvalue_residual"),
        status=Status.TOLERANCE_NOT_REACHED,
        certificate=Certificate(
            CLAIM, math.nan, math.nan, "none", METHOD, ("there is no eigenpair",)
        ),
    )


def _judged(spectrum: Spectrum) -> Spectrum:
    """Return the spectrum with status and certificate."""
    state, residuals = spectrum.gram, spectrum.residuals
    evidence = gather_evidence(state, declare="unitary")
    verified = float(scalar(residuals[0])) <= TRUSTED
    if state.n_functions >= state.count:
        status = Status.UNDERDETERMINED
    elif spectrum.rank < state.n_functions:
        status = Status.RANK_REDUCED
    elif evidence.deviation > _explained(state):
        status = Status.DECLARATION_DOUBTFUL
    else:
        status = Status.CONVERGED if verified else Status.NOTHING_VERIFIED
    if evidence.kind == "none":
        certificate = Certificate(
            CLAIM, math.nan, math.nan, "none", METHOD, evidence.assumptions
        )
    else:
        upper = evidence.interval(spectrum.eigenvalues, residuals)[1]
        counts = {"M": state.count, "N": state.n_functions}
        certificate = Certificate(
            CLAIM,
            float(scalar(upper.max())),
            TRUSTED,
            evidence.kind,
            METHOD,
            (*evidence.assumptions, limits_in_words(spectrum.limits, counts)),
        )
    return dataclasses.replace(spectrum, status=status, certificate=certificate)


def _explained(state: GramState) -> float:
    """Return the deviation ||L - G|| / ||G|| that sampling alone explains.

    Quadrature is exact to rounding for functions that it resolves; averages over M samples
    of N functions fluctuate by about sqrt(N/M).
    """
    if state.sampling == "quadrature":
        return DOUBTFUL
    return max(DOUBTFUL, FLUCTUATION * math.sqrt(state.n_functions / state.count))
