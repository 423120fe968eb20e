"""Spectra located by local minima of the residual, each point with its bound.

For every point z of a grid with tau(z) < 1 the points of smallest tau in the disk of radius
``factor`` tau(z) around it are kept (Colbrook and Townsend 2024, algorithm 3). If K is
normal, dist(z, spectrum) <= tau(z).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, positive
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.backend.linalg import eig
from perturbsci.backend.operands import returned
from perturbsci.koopman.certificates import ISOMETRY, NORMAL, TRUSTED
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.fields import Question, ask
from perturbsci.koopman.grids import rectangle_grid
from perturbsci.koopman.limits import LimitCount, limits_in_words, limits_required
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["CertifiedSpectrum", "certified_spectrum"]

SPACING = 0.05
MOST_STEPS = 80  # from the middle of a default grid to its side
MARGIN = 1.3
TOLERANCE = 1e-13
CLAIM = (
    "location of the spectrum: r; at every point z there is g with ||(K - z) g|| <= r ||g||"
)


@dataclass(frozen=True, slots=True, eq=False)
class CertifiedSpectrum(Result):
    """Local minima of the residual, and the bound that holds for all of them.

    Parameters
    ----------
    points : complex array, shape (k,)
        Ordered as in the grid.
    residuals : real array, shape (k,)
        tau there.
    bound : float
        The largest residual, widened by the data error where one is known; NaN without
        points.
    grid : complex array, shape (...)
        z.
    values : real array, shape (...)
        tau on the grid.
    limits : LimitCount
        How many limits the spectrum needs.
    status : Status
        UNDERDETERMINED, RANK_REDUCED, DECLARATION_DOUBTFUL, NOTHING_VERIFIED (no point),
        FLOOR_REACHED or CONVERGED; the first that applies.
    certificate : Certificate
        The bound against 0.5; of kind "none" unless the data error is known.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, certified_spectrum, linear
    >>> x = np.random.default_rng(0).standard_normal((9, 2))
    >>> found = certified_spectrum(Snapshots(x, x * [0.5, -0.5]), linear(2), factor=2.0)
    >>> sorted(found.points.real.round(12).tolist())
    [-0.5, 0.5]
    """

    points: Array
    residuals: Array
    bound: float
    grid: Array
    values: Array
    limits: LimitCount
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return a table of the points, smallest residual first.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        points, residuals = to_host(self.points), to_host(self.residuals)
        lines = [f"CertifiedSpectrum: {self.status.name}. {self.status.value}"]
        lines += [
            f"{points.size} of {to_host(self.values).size} points, bound {self.bound:.6g}",
            str(self.certificate),
            *self.certificate.assumptions,
            "   residual   modulus   point",
        ]
        for k in numpy.argsort(residuals, kind="stable").tolist():
            z = points[k]
            lines.append(f"{residuals[k]:11.4g}{abs(z):10.6f}   {z:.6f}")
        return clip(lines)


def certified_spectrum(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    grid: Array | None = None,
    declare: str = "general",
    modulus: tuple[float, float] | None = None,
    held_out: Snapshots | None = None,
    confidence: float = 0.95,
    factor: float = 5.0,
    accuracy: str | None = None,
    seed: int | numpy.random.Generator = 0,
) -> CertifiedSpectrum:
    """Locate the spectrum by local minima of the residual on a grid.

    Parameters
    ----------
    data, dictionary, declare, modulus, held_out, confidence, accuracy, seed
        As of ``pseudospectrum``.
    grid : complex array, shape (...), optional
        Points z; default a square grid of spacing 0.05 (coarser where that would be more
        than 161 points a side) over 1.3 times the norm of K on the span, and the
        eigenvalues of EDMD.
    factor : float
        In a disk of this many tau around each point the minimum is sought; smaller ones
        resolve more and keep more points.

    Returns
    -------
    spectrum : CertifiedSpectrum
        Without a point if tau >= 1 everywhere.

    Raises
    ------
    ShapeError, ParameterError
        As of ``pseudospectrum``; if ``factor`` is not positive.

    Notes
    -----
    As of ``pseudospectrum``, and the square of the number of grid points. What is certain
    is that every point is in the pseudospectrum of its residual; that all of the spectrum
    is near the points needs all limits.

    References
    ----------
    Colbrook and Townsend (2024), algorithm 3.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import fourier
    >>> x = 2 * np.pi * np.arange(40)[:, None] / 40
    >>> rotation = Snapshots(x, x + 1.0, sampling="quadrature")
    >>> found = certified_spectrum(rotation, fourier(2), declare="unitary", factor=1.5)
    >>> found.bound < 1e-7, found.certificate.kind
    (True, 'none')
    """
    factor = positive(factor, "factor")
    checked_seed(seed)
    if grid is not None:
        grid = as_array(grid, name="grid")
    question = ask(
        data,
        dictionary,
        accuracy=accuracy,
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
    )
    grid = _default_grid(question) if grid is None else grid
    field = question.field(grid, TOLERANCE, vectors=False, seed=seed)
    xp = namespace(grid)
    values = field.points.spread(field.minima.values)
    flat = to_host(values).ravel()
    places = _local_minima(to_host(grid).ravel(), flat, factor)
    upper = flat
    if field.intervals is not None and question.evidence.kind != "held-out":
        upper = to_host(field.points.spread(field.intervals[:, 1])).ravel()
    bound = float(upper[places].max()) if len(places) else math.nan
    (index,) = returned(grid, places)
    status = question.status()
    if status is Status.CONVERGED and not len(places):
        status = Status.NOTHING_VERIFIED
    if status is Status.CONVERGED and field.minima.reached:
        status = Status.FLOOR_REACHED
    limits = limits_required("spectrum", declare=declare, modulus=modulus is not None)
    points = xp.astype(grid, xp.result_type(grid.dtype, xp.complex64))
    real = xp.real(question.source.state.blocks[:0]).dtype
    values = xp.astype(values, real)
    return CertifiedSpectrum(
        points=xp.reshape(points, (-1,))[index],
        residuals=xp.reshape(values, (-1,))[index],
        bound=bound,
        grid=points,
        values=values,
        limits=limits,
        status=status,
        certificate=_certificate(question, bound, limits),
    )


def _default_grid(question: Question) -> Array:
    """Return a square grid around everything that K can do on the span."""
    whitened = question.whitened
    if not whitened.rank:
        return returned(whitened.level, numpy.zeros(1, complex))[0]
    xp = namespace(whitened.level)
    largest = max(float(scalar(xp.linalg.eigvalsh(whitened.level)[-1])), 0.0)
    half = max(MARGIN * math.sqrt(largest), SPACING)
    spacing = max(SPACING, half / MOST_STEPS)
    square = rectangle_grid(-half, half, -half, half, spacing, backend="numpy").ravel()
    found = to_host(eig(whitened.cross)[0])  # G is 1: K is A
    if question.source.state.operator == "adjoint":
        found = found.conj()
    apart = numpy.abs(square[:, None] - found).min(axis=1) > 1e-6 * spacing
    square = square[apart]  # an eigenvalue on the grid is one point, not two
    return returned(whitened.level, numpy.concatenate([square, found]))[0]


def _local_minima(z: numpy.ndarray, tau: numpy.ndarray, factor: float) -> numpy.ndarray:
    """Return the places of smallest tau in the disks around points of tau < 1.

    Exact ties are kept together, so that conjugate points are.
    """
    order = numpy.argsort(tau, kind="stable")
    z, tau = z[order], tau[order]
    centers = numpy.flatnonzero(tau < 1)
    kept = numpy.zeros(z.shape, bool)
    for block in blocks(len(centers), 32 * len(z)):
        i = centers[block]
        near = numpy.abs(z[None, :] - z[i, None]) <= factor * tau[i, None]
        smallest = tau[near.argmax(axis=1)]  # the first one, since tau ascends
        kept |= (near & (tau == smallest[:, None])).any(axis=0)
    return numpy.sort(order[kept])


def _certificate(question: Question, bound: float, limits: LimitCount) -> Certificate:
    """Return what the data allow to say about where the spectrum is."""
    evidence, state = question.evidence, question.source.state
    sizes = {"M": state.count, "N": state.n_functions, "eps": bound}
    words = limits_in_words(limits, sizes)
    assumptions = (*evidence.assumptions, *question.notes(), words)
    claim, method = CLAIM, "residual minima"
    if evidence.kind in ("none", "estimate") or math.isnan(bound):
        if math.isnan(bound):
            assumptions = ("no point of the grid has tau < 1", *assumptions)
        return Certificate(claim, math.nan, math.nan, "none", method, assumptions)
    if question.declare in NORMAL and not evidence.doubtful:
        claim += "; dist(z, spectrum) <= r"
    if question.declare == "isometry":
        assumptions = (*assumptions, ISOMETRY)
    return Certificate(claim, bound, TRUSTED, evidence.kind, method, assumptions)
