"""Measure-preserving EDMD: a unitary Koopman matrix, its spectrum on the unit circle.

In a basis B of the span that is orthonormal in L2 of the measure, B* G B = 1, the Galerkin
matrix is B* A B; its nearest unitary matrix P = U V* (polar factor) gives K = B P B* G. All
its eigenvalues lie on the circle and its eigenfunctions are orthonormal (Colbrook 2023).
"""

import math
from collections.abc import Iterable

from perturbsci.arguments import flag
from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import schur, svd
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.assembly import Pairs, outlined, with_pairs
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import DOUBTFUL
from perturbsci.koopman.fits import Fit, plain_fit
from perturbsci.koopman.projection import Pencil, adjoint
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source, open_source
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState
from perturbsci.koopman.verdicts import gathered, judged
from perturbsci.types import Array

__all__ = ["mpedmd"]

OFF_CIRCLE = 1e-10  # a larger distance is no rounding
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
    fit, basis = _orthonormal(source)
    unitary = _nearest_unitary(fit.pencil, basis)
    scale, rank = fit.pencil.scale, basis.shape[1]
    evidence = gathered(source, rank, declare="unitary")
    outline = outlined(
        source,
        evidence,
        (basis / scale[:, None]) @ unitary @ (adjoint(basis) @ fit.pencil.G * scale),
        rank,
        declare="unitary",
        method="mpEDMD",
        remarks=(PRESERVED,),
    )
    try:
        values, small = _unitary_pairs(unitary)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"mpedmd: {error}", outline.empty) from None
        return outline.empty
    vectors = basis @ small
    # Eigenvectors of the complex Schur form are no conjugate pairs, not even for real data.
    wide = fit._replace(pencil=_complex(fit.pencil, vectors))
    modes = adjoint(vectors) @ namespace(vectors).astype(fit.moments, vectors.dtype)
    return with_pairs(
        outline,
        wide,
        judged(wide, values, vectors),
        Pairs(values, vectors / scale[:, None], modes),
        doubtful=evidence.deviation > _explained(source.state),
    )


def _orthonormal(source: Source) -> tuple[Fit, Array]:
    """Return the fit of EDMD, and B with B* G B = 1 in its scaled columns."""
    fit = plain_fit(source, rank=None, tolerance=None)
    if not fit.projection.rank:
        raise ParameterError(
            f"dictionary has rank 0 on the {source.state.count} samples of data: it "
            "vanishes on all samples; pass functions that are not zero there, or check data"
        )
    return fit, fit.projection.basis / fit.projection.strengths**0.5


def _nearest_unitary(pencil: Pencil, basis: Array) -> Array:
    """Return the polar factor of B* A B."""
    if pencil.factors is None:
        galerkin = adjoint(basis) @ pencil.A @ basis
    else:  # without squaring the condition number
        r11, r12, _ = pencil.factors
        galerkin = adjoint(r11 @ basis) @ (r12 @ basis)
    left, _, right = svd(galerkin)
    return left @ right


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


def _complex(pencil: Pencil, like: Array) -> Pencil:
    xp = namespace(like)
    g, a, image = (xp.astype(m, like.dtype) for m in (pencil.G, pencil.A, pencil.L))
    factors = pencil.factors
    if factors is not None:
        r11, r12, r22 = (xp.astype(m, like.dtype) for m in factors)
        factors = (r11, r12, r22)
    return Pencil(pencil.scale, g, a, image, factors)


def _explained(state: GramState) -> float:
    """Return how large ||L - G|| / ||G|| may be for a measure that is preserved.

    Quadrature is exact for functions that it resolves; averages over M samples of N
    functions fluctuate by about sqrt(N/M), which contradicts nothing.
    """
    if state.sampling == "quadrature":
        return DOUBTFUL
    return max(DOUBTFUL, FLUCTUATION * math.sqrt(state.n_functions / state.count))
