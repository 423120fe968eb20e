"""Extended dynamic mode decomposition (EDMD) with a residual on every eigenpair.

G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y, K = G^+ A, K v = lambda v (Williams, Kevrekidis,
and Rowley 2015); residuals as in Colbrook and Townsend (2024).
"""

from collections.abc import Iterable
from numbers import Real

import numpy

from perturbsci.arguments import checked_seed, flag, whole
from perturbsci.backend.linalg import eig
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.koopman.assembly import Pairs, outlined, with_pairs
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import check_evidence
from perturbsci.koopman.fits import Fit, fitted, lifted, state_modes
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import check_held_out, open_source
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState
from perturbsci.koopman.verdicts import (
    Verdict,
    gathered,
    judged,
)
from perturbsci.types import Array

__all__ = ["edmd"]

DEFECTIVE = 1e8  # a larger condition of the eigenvectors is flagged


def edmd(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    accuracy: str | None = None,
    declare: str = "general",
    rank: int | None = None,
    tolerance: float | None = None,
    held_out: Snapshots | None = None,
    modulus: tuple[float, float] | None = None,
    confidence: float = 0.95,
    chunk: int | None = None,
    seed: int | numpy.random.Generator = 0,
    strict: bool = True,
) -> Spectrum:
    """Approximate the spectrum of the Koopman operator, with a residual on every pair.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        The pairs that K is fitted to.
    dictionary : Dictionary, optional
        Default the coordinates, ``linear(n_state)``; None with a ``GramState``.
    accuracy : str, optional
        ``"gram"``: one pass, residuals down to a floor of about 1e-7; ``"verified"``: a
        second pass over the pairs for what is near that floor, residuals down to about
        1e-14; ``"qr"``: one pass by orthogonal factorization, about 20 times the work,
        the same floor. Default the best that the data allow without "qr".
    declare : str
        What is known of K in L2 of the measure: ``"general"``, ``"isometry"``,
        ``"unitary"`` or ``"normal"``; checked against the data.
    rank : int, optional
        At most so many directions of the span of the functions.
    tolerance : float, optional
        Eigenvalues of G (columns scaled to norm 1) at most this times the largest are
        dropped; default n_functions * 2^-52, its square for "qr".
    held_out : Snapshots, optional
        Independent pairs; residuals are then measured on them, with a bootstrap interval.
    modulus : (float, float), optional
        Lipschitz constant of the map, and the largest diameter of the cells whose masses
        the weights are: gives an a-posteriori certificate for a dictionary with bounds.
    confidence : float
        Of a statistical certificate, and of the interval of held-out residuals.
    chunk : int, optional
        How many pairs are evaluated at a time; default 32 MB of features.
    seed : int or numpy.random.Generator
        Of the bootstrap.
    strict : bool
        Raise if the eigenvalue solver fails, else return K without any pair.

    Returns
    -------
    spectrum : Spectrum
        Sorted by residual.

    Raises
    ------
    ShapeError
        If the dictionary or ``held_out`` is for states of another width.
    ParameterError
        If an option is out of range, or ``accuracy`` asks for more than the data hold.
    ConvergenceError
        If the eigenvalue solver fails.

    Notes
    -----
    About 4 n_samples N^2 + 35 N^3 flops for real functions, 4 n_samples N more for every
    pair that is verified; features of all pairs are kept up to 256 MB. The eigenproblem is
    solved on the host. A small residual says that there is a function g with
    ||(K - lambda) g|| <= r ||g||, not that lambda is an eigenvalue.

    References
    ----------
    Williams, Kevrekidis, and Rowley (2015); Colbrook and Townsend (2024).

    Examples
    --------
    >>> import numpy as np
    >>> angle = 0.4 * np.arange(200)
    >>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> spectrum = edmd(Snapshots.from_trajectory(states))
    >>> float(abs(np.angle(spectrum.eigenvalues[0])).round(12))
    0.4
    """
    check_evidence(declare, modulus, confidence)
    flag(strict, "strict", meaning="to raise where the eigenvalue solver fails")
    checked_seed(seed)
    source = open_source(data, dictionary, accuracy=accuracy, chunk=chunk)
    check_held_out(held_out, source)
    _check_cut(tolerance, rank, source.state)
    fit = fitted(source, rank=rank, tolerance=tolerance)
    evidence = gathered(
        source,
        fit.projection.rank,
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
    )
    outline = outlined(
        source,
        evidence,
        fit.koopman_matrix,
        fit.projection.rank,
        declare=declare,
        method="EDMD" if source.state.operator == "koopman" else "kernel EDMD",
        modulus=modulus is not None,
    )
    try:
        values, small = eig(fit.small_matrix)
    except ConvergenceError as error:
        if strict:
            raise ConvergenceError(f"edmd: {error}", outline.empty) from None
        return outline.empty
    pairs, verdict, remarks = _normalized(fit, values, small)
    return with_pairs(
        outline._replace(notes=(*outline.notes, *remarks)),
        fit,
        verdict,
        pairs,
        doubtful=evidence.doubtful,
        held_out=held_out,
        confidence=confidence,
        seed=seed,
    )


def _normalized(
    fit: Fit, values: Array, small: Array
) -> tuple[Pairs, Verdict, tuple[str, ...]]:
    """Return the pairs with functions of norm 1, their verdict, and what is odd."""
    modes, condition = state_modes(fit, small)
    vectors = lifted(fit, small)
    verdict = judged(fit, values, vectors)
    norms = verdict.numbers.norms
    plain = vectors / norms / fit.pencil.scale[:, None]
    defect = f"note: eigenvector condition > 1e8: {condition:.3g}, K is defective"
    remarks = () if condition <= DEFECTIVE else (defect,)
    return Pairs(values, plain, modes * norms[:, None]), verdict, remarks


def _check_cut(tolerance: float | None, rank: int | None, state: GramState) -> None:
    """Refuse a relative cut outside [0, 1), and a rank that is not in 1, ..., min(M, N)."""
    number = isinstance(tolerance, Real) and not isinstance(tolerance, bool)
    if tolerance is not None and not (number and 0 <= tolerance < 1):
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [0, 1), relative to the largest"
        )
    if rank is not None:
        most = min(state.count, state.n_functions)
        meaning = "at most the number of samples and that of functions"
        whole(rank, "rank", least=1, most=most, meaning=meaning)
