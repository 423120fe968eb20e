"""Atoms of a spectral measure, separated from its continuous part.

By the Riemann-Lebesgue lemma the moments of a continuous density fade, those of atoms do
not: the second half of the moments is nearly sum_k m_k e^{i n theta_k}. ESPRIT finds the
angles (Roy and Kailath 1989), least squares the masses.
"""

import math
from dataclasses import dataclass
from numbers import Real

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.linalg import eig, lstsq, svd
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.correlations import checked_moments
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["SeparatedMeasure", "separate_atoms"]

ROWS, COLUMNS = 512, 2048  # of the Hankel matrix: seconds at most
TAIL = 2**14  # moments that angles and masses are fitted to
FEWEST = 8
DECAY = 1.0  # an atom loses less than this in log(modulus) over the whole window
STEPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class SeparatedMeasure(Result):
    """Atoms, and the moments of what is left.

    Parameters
    ----------
    angles : real array, shape (k,)
        Radians a step, ascending in (-pi, pi]; empty if there is no atom.
    masses : real array, shape (k,)
        Positive.
    remainder : array, shape (n,)
        c_n - sum_k m_k e^{i n theta_k}: moments for ``spectral_measure``.
    status : Status
        TOLERANCE_NOT_REACHED if the fitted moments are not explained by the atoms.
    certificate : Certificate
        What is left of the fitted moments, against ``threshold``; an estimate.

    Examples
    --------
    >>> import numpy as np
    >>> separate_atoms(np.append([1.0], np.zeros(99))).angles
    array([], dtype=float64)
    """

    angles: Array
    masses: Array
    remainder: Array
    status: Status
    certificate: Certificate


def separate_atoms(moments: Array, *, threshold: float = 1e-3) -> SeparatedMeasure:
    """Return the atoms of a spectral measure and the moments of the rest.

    Parameters
    ----------
    moments : real or complex array, shape (n,)
        c_0, c_1, ..., at least 8.
    threshold : float
        The smallest mass of an atom, relative to c_0; above the noise of the moments.

    Returns
    -------
    separated : SeparatedMeasure
        With atoms of any number, also none.

    Raises
    ------
    ShapeError
        If there are fewer than 8 moments.
    ParameterError
        If the threshold is not between 0 and 1 or no measure has these moments.

    Notes
    -----
    One singular value decomposition of a matrix of at most 512 x 2048 numbers of the
    second half of the moments, on the host. Atoms closer than about 2 pi over the number
    of moments used merge unless the moments are nearly exact; a continuous part narrower
    than that is an atom to it.

    References
    ----------
    Roy and Kailath (1989).

    Examples
    --------
    >>> import numpy as np
    >>> n = np.arange(200)
    >>> found = separate_atoms(0.25 * np.exp(1j * n) + 0.75 * 0.8**n)
    >>> found.angles.round(9), found.masses.round(9)
    (array([1.]), array([0.25]))
    """
    c = checked_moments(moments)
    if len(c) < FEWEST:
        raise ShapeError(
            f"moments has shape {c.shape}, needed at least {FEWEST}; pass more lags"
        )
    real = isinstance(threshold, Real) and not isinstance(threshold, bool)
    if not (real and 0 < threshold < 1):
        raise ParameterError(
            f"threshold is {threshold!r}; it must be a part of c_0 between 0 and 1"
        )
    host = to_host(c).astype(numpy.complex128)
    mass, first = float(host[0].real), max(len(host) // 2, len(host) - TAIL)
    index, tail = numpy.arange(first, len(host)), host[first:]
    points, fading = _modes(tail, float(threshold) * mass)
    angles, masses = _fitted(index, tail, numpy.angle(points), fading)
    left = tail - _waves(index, angles) @ masses
    certificate = Certificate(
        "root mean square of what the atoms leave of the last moments, against c_0",
        math.sqrt(float((numpy.abs(left) ** 2).mean())) / mass,
        float(threshold),
        "estimate",
        "ESPRIT and least squares",
        (
            f"a continuous part narrower than {2 * math.pi / len(host):.2g} radians cannot "
            "be told from an atom",
            f"atoms of less than {threshold:g} of the mass are not looked for",
        ),
    )
    xp = namespace(c)
    real_type = xp.abs(c[:1]).dtype
    remainder = host - _waves(numpy.arange(len(host)), angles) @ masses
    if not xp.isdtype(c.dtype, "complex floating"):
        remainder = remainder.real
    return SeparatedMeasure(
        xp.asarray(angles, dtype=real_type),
        xp.asarray(masses, dtype=real_type),
        xp.asarray(remainder, dtype=c.dtype),
        Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED,
        certificate,
    )


def _modes(tail: Array, smallest: float) -> tuple[Array, Array]:
    """Return the ratios of geometric sequences in the tail: lasting ones and fading ones.

    The column space of H_jk = c_{j+k} is spanned by (1, l, l^2, ...): shifted by one row
    it is multiplied by l.
    """
    rows = min(len(tail) // 2, ROWS)
    columns = min(len(tail) - rows + 1, COLUMNS)
    window = tail[len(tail) - (rows + columns - 1) :]
    hankel = numpy.lib.stride_tricks.sliding_window_view(window, columns)
    u, s, _ = svd(numpy.ascontiguousarray(hankel))
    rank = min(int((s > smallest * math.sqrt(rows * columns)).sum()), rows - 1)
    if rank == 0:
        return numpy.zeros(0, complex), numpy.zeros(0, complex)
    shift = lstsq(u[:-1, :rank], u[1:, :rank])[0]
    ratios = eig(shift)[0]
    drift = numpy.abs(numpy.log(numpy.maximum(numpy.abs(ratios), 1e-300))) * len(window)
    return ratios[drift < DECAY], ratios[drift >= DECAY]


def _fitted(index: Array, tail: Array, angles: Array, fading: Array) -> tuple[Array, Array]:
    """Return angles and positive masses of the best fit to the tail (Gauss-Newton)."""
    # Fading sequences take part in the fit, so that they do not spoil the masses.
    fading = fading[numpy.abs(fading) <= 1]
    beside = fading ** (index - index[0])[:, None]
    beside = numpy.concatenate([beside, 1j * beside], axis=1)
    masses, miss = _masses(index, tail, angles, beside)
    for _ in range(STEPS):
        waves = _waves(index, angles)
        turns = 1j * index[:, None] * waves * masses
        solution = _real_fit(numpy.concatenate([turns, waves, beside], axis=1), miss)
        moved = angles + solution[: len(angles)]
        trial, trial_miss = _masses(index, tail, moved, beside)
        if not numpy.linalg.norm(trial_miss) < numpy.linalg.norm(miss):
            break
        angles, masses, miss = moved, trial, trial_miss
    keep = masses > 0
    if not keep.all():
        return _fitted(index, tail, angles[keep], fading)
    angles = math.pi - numpy.mod(math.pi - angles, 2 * math.pi)  # into (-pi, pi]
    order = numpy.argsort(angles, stable=True)
    return angles[order], masses[order]


def _masses(index: Array, tail: Array, angles: Array, beside: Array) -> tuple[Array, Array]:
    """Return the real masses of least squares, and what they leave."""
    columns = numpy.concatenate([_waves(index, angles), beside], axis=1)
    solution = _real_fit(columns, tail)
    return solution[: len(angles)], tail - columns @ solution


def _real_fit(columns: Array, target: Array) -> Array:
    """Return the real x that minimizes ||columns x - target||, complex numbers in both."""
    if not columns.shape[1]:
        return numpy.zeros(0)
    both = numpy.concatenate([columns.real, columns.imag])
    scale = numpy.maximum(numpy.linalg.norm(both, axis=0), 1e-300)
    return lstsq(both / scale, numpy.concatenate([target.real, target.imag]))[0] / scale


def _waves(index: Array, angles: Array) -> Array:
    return numpy.exp(1j * index[:, None] * angles)
