"""Measure-preserving EDMD: a unitary Koopman matrix, its spectrum on the unit circle.

In a basis B of the span that is orthonormal in L2 of the measure, B* G B = 1, the Galerkin
matrix is B* A B; its nearest unitary matrix P = U V* (polar factor) gives K = B P B* G. All
its eigenvalues lie on the circle and its eigenfunctions are orthonormal (Colbrook 2023).
"""

import dataclasses
import math
from collections.abc import Iterable

from perturbsci.arguments import flag
from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import schur, svd
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import Evidence, gather_evidence, limits_in_words
from perturbsci.koopman.fits import Fit
from perturbsci.koopman.limits import limits_required
from perturbsci.koopman.pairs import QR_FLOOR
from perturbsci.koopman.projection import Pencil, project, scaled_pencil
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source, open_source
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState
from perturbsci.koopman.verdicts import judged
from perturbsci.koopman.verdicts import sines as moving_parts
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["mpedmd"]

OFF_CIRCLE = 1e-10  # a larger distance is no rounding
DOUBTFUL = 1e-6  # of ||L - G|| / ||G|| where quadrature is exact
FLUCTUATION = 4.0  # standard deviations, about
PRESERVED = "K preserves the measure, so that the nearest unitary matrix stands for it"


def mpedmd(
    data: Snapshots | Iterable[Snapshots] | GramState,
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
        default the best that the data allow.
    chunk : int, optional
        How many pairs are evaluated at a time.
    strict : bool
        Raise if the Schur form fails or leaves the circle, else return K without pairs.

    Returns
    -------
    spectrum : Spectrum
        Eigenvalues of modulus 1, eigenfunctions orthonormal in L2 of the measure, sorted by
        residual. DECLARATION_DOUBTFUL where L differs from G by more than sampling
        explains: the data do not preserve the measure.

    Raises
    ------
    ShapeError
        If the dictionary is for states of another width.
    ParameterError
        If an option is unknown or asks for more than the data hold, or all functions
        vanish on the data.
    ConvergenceError
        If the Schur form fails; with the spectrum so far.

    Notes
    -----
    About 60 N^3 flops beyond the Gram matrices; the Schur form is computed on the host.
    Being on the circle verifies nothing: noise gives such eigenvalues too. The residuals
    tell. As the number of functions grows, the spectral measures converge weakly.

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
    flag(strict, "strict", meaning="to raise where the Schur form fails")
    source = open_source(data, dictionary, accuracy=accuracy, chunk=chunk)
    fit, basis, unitary = _fitted(source)
    counted = dataclasses.replace(source.state, count=source.count(basis.shape[1]))
    evidence = gather_evidence(counted, declare="unitary")
    dual = _adjoint(basis) @ fit.pencil.G * fit.pencil.scale
    matrix = (basis / fit.pencil.scale[:, None]) @ unitary @ dual
    empty = _without_pairs(source, evidence, matrix, basis.shape[1])
    try:
        values, vectors = _unitary_pairs(unitary)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"mpedmd: {error}", empty) from None
        return empty
    return _with_pairs(empty, evidence, fit, values, basis @ vectors)


def _adjoint(a: Array) -> Array:
    return namespace(a).conj(a).T


def _fitted(source: Source) -> tuple[Fit, Array, Array]:
    """Return K of EDMD in scaled columns, the basis B there, and the unitary matrix."""
    pencil = scaled_pencil(source.state)
    eps = float(namespace(pencil.G).finfo(pencil.G.dtype).eps)
    tolerance = len(pencil.scale) * eps
    projection = project(
        pencil,
        source.state.moments / source.total / pencil.scale[:, None],
        tolerance=tolerance if pencil.factors is None else tolerance**2,
        rank=None,
    )
    if not projection.rank:
        raise ParameterError(
            f"dictionary has rank 0 on the {source.state.count} samples of data: it "
            "vanishes on all samples; pass functions that are not zero there, or check data"
        )
    basis = projection.basis / projection.strengths**0.5
    if pencil.factors is None:
        galerkin = _adjoint(basis) @ pencil.A @ basis
    else:  # without squaring the condition number
        r11, r12, _ = pencil.factors
        galerkin = _adjoint(r11 @ basis) @ (r12 @ basis)
    left, _, right = svd(galerkin)
    return Fit(source, pencil, projection), basis, left @ right


def _unitary_pairs(unitary: Array) -> tuple[Array, Array]:
    """Return eigenvalues on the circle and orthonormal eigenvectors of a unitary matrix.

    The Schur form of a normal matrix is diagonal; ``eig`` would lose the orthogonality of
    vectors in clusters, and a dense point spectrum is full of these.
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
            'use accuracy="qr"'
        )
    return values / moduli, vectors


def _without_pairs(
    source: Source, evidence: Evidence, matrix: Array, rank: int
) -> Spectrum:
    """Return the spectrum before its pairs are known: nothing is claimed."""
    xp, state = namespace(matrix), source.state
    kind, n = xp.result_type(matrix.dtype, xp.complex64), state.n_functions
    limits = limits_required("spectrum", declare="unitary")
    notes = [PRESERVED, limits_in_words(limits, {"M": state.count, "N": n})]
    notes += source.notes()
    if rank < n:
        notes += [f"rank reduced from {n} to {rank}"]
    residuals = xp.zeros(0, dtype=xp.abs(matrix[:1]).dtype)
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=kind),
        residuals=residuals,
        variance_residuals=None,
        vectors=xp.zeros((n, 0), dtype=kind),
        modes=xp.zeros((0, state.moments.shape[1]), dtype=kind),
        koopman_matrix=matrix,
        step=state.step,
        rank=rank,
        residual_floor=QR_FLOOR,
        declare="unitary",
        operator=state.operator,
        dictionary=state.dictionary,
        gram=state,
        limits=limits,
        status=Status.TOLERANCE_NOT_REACHED,
        certificate=_certificate(state, evidence, residuals, None, tuple(notes)),
    )


def _with_pairs(
    empty: Spectrum, evidence: Evidence, fit: Fit, values: Array, vectors: Array
) -> Spectrum:
    """Return the spectrum with its pairs; ``vectors`` belong to the scaled functions."""
    xp, source = namespace(vectors), fit.source
    # Eigenvectors of the complex Schur form are no conjugate pairs, not even for real data.
    wide = fit._replace(pencil=_complex(fit.pencil, vectors))
    numbers, reached = judged(wide, values, vectors)
    sines = moving_parts(wide, values, vectors, numbers)
    residuals = numbers.residuals
    plain = vectors / fit.pencil.scale[:, None]
    moments = source.state.moments / source.total / fit.pencil.scale[:, None]
    modes = _adjoint(vectors) @ xp.astype(moments, vectors.dtype)
    floors = numbers.floors if source.accuracy == "gram" else QR_FLOOR + 0 * residuals
    order = xp.argsort(residuals, stable=True)
    intervals = None
    if evidence.kind == "statistical":
        stretch = xp.sum(xp.abs(plain) ** 2, axis=0)
        lower, upper = evidence.interval(values, residuals, stretch=stretch)
        intervals = xp.stack([lower, upper + floors], axis=1)[order]
    adjoint = empty.operator == "adjoint"
    found = dataclasses.replace(
        empty,
        eigenvalues=(xp.conj(values) if adjoint else values)[order],
        residuals=residuals[order],
        vectors=plain[:, order],
        modes=modes[order],
        residual_floor=float(scalar(xp.max(floors))),
        intervals=intervals,
    )
    notes = empty.certificate.assumptions
    return dataclasses.replace(
        found,
        status=_status(found, evidence, sines[order], reached),
        certificate=_certificate(
            empty.gram,
            evidence,
            found.residuals,
            intervals,
            notes[notes.index(PRESERVED) :],
        ),
    )


def _certificate(
    state: GramState,
    evidence: Evidence,
    residuals: Array,
    intervals: Array | None,
    notes: tuple[str, ...],
) -> Certificate:
    found = residual_certificate(
        evidence,
        residuals,
        intervals,
        declare="unitary",
        operator=state.operator,
        notes=notes,
    )
    return dataclasses.replace(found, method="mpEDMD")


def _complex(pencil: Pencil, like: Array) -> Pencil:
    xp = namespace(like)
    g, a, image = (xp.astype(m, like.dtype) for m in (pencil.G, pencil.A, pencil.L))
    factors = pencil.factors
    if factors is not None:
        r11, r12, r22 = (xp.astype(m, like.dtype) for m in factors)
        factors = (r11, r12, r22)
    return Pencil(pencil.scale, g, a, image, factors)


def _status(spectrum: Spectrum, evidence: Evidence, sines: Array, reached: bool) -> Status:
    """Return the first status that applies; no dynamics is in a constant function."""
    xp, state = namespace(sines), spectrum.gram
    if evidence.kind == "none":
        return Status.UNDERDETERMINED
    if spectrum.rank < state.n_functions:
        return Status.RANK_REDUCED
    # Quadrature is exact for functions that it resolves; averages over M samples of N
    # functions fluctuate by about sqrt(N/M), which contradicts nothing.
    explained = 0.0
    if state.sampling != "quadrature":
        explained = FLUCTUATION * math.sqrt(state.n_functions / state.count)
    if evidence.deviation > max(DOUBTFUL, explained):
        return Status.DECLARATION_DOUBTFUL
    verified = (spectrum.residuals <= TRUSTED * sines) & (sines > 0)
    if not bool(scalar(xp.any(verified))):
        return Status.NOTHING_VERIFIED
    return Status.FLOOR_REACHED if reached else Status.CONVERGED
