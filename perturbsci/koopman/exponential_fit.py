"""Exponents of a sum of exponentials by variable projection.

Phi_ij = exp(alpha_j t_i), B = Phi^+ X, R = X - Phi B; alpha minimizes ||R||_F (Golub and
Pereyra 1973). With d_j = t phi_j, q_j = (1 - Phi Phi^+) d_j, b_j row j of B, g_j column j
of (Phi^+)* and c_j = d_j* R, a change a of the exponents changes R by

    dR = -sum_j (a_j q_j b_j + conj(a_j) g_j c_j).

All terms of the first kind are orthogonal to all of the second (the one that Kaufman
drops), so that the Jacobian shrinks to 2 r^2 rows without forming its products.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy

from perturbsci.types import Array

__all__ = ["Fit", "fitted_exponents", "projected"]

ROUNDING = 2.0**-52
BLIND = 1e-13  # directions of the Jacobian below it, relative, are rounding


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Exponents and what belongs to them.

    Parameters
    ----------
    exponents : complex array, shape (r,)
        alpha.
    coefficients : complex array, shape (r, n_columns)
        B, of the columns exp(alpha_j (t - shifts_j)).
    shifts : real array, shape (r,)
        The time at which each column has modulus 1, its largest.
    residual : complex array, shape (n_times, n_columns)
        R.
    condition : float
        Of Phi with columns of norm 1.
    change : float
        How much an undamped step would change the fit to first order, relative to X.
    attainable : float
        What rounding of the terms alone makes of ``change``, as a rule.
    steps : int
        How many were taken.
    ended : str
        ``"converged"``, ``"max_steps"`` or ``"stalled"``.
    """

    exponents: Array
    coefficients: Array
    shifts: Array
    residual: Array
    condition: float
    attainable: float
    change: float = numpy.inf
    steps: int = 0
    ended: str = "converged"


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Phi by its singular value decomposition, and d_j."""

    u: Array
    s: Array
    vh: Array
    sizes: Array
    slopes: Array


def _columns(exponents: Array, times: Array) -> tuple[_Columns, Array]:
    # Where Re alpha > 0 a column is largest at the end: nothing overflows. The span of
    # Phi, hence R, does not depend on the shifts.
    shifts = numpy.where(exponents.real > 0, times[-1], times[0])
    lags = times[:, None] - shifts
    phi = numpy.exp(exponents * lags)
    sizes = numpy.linalg.norm(phi, axis=0)
    u, s, vh = numpy.linalg.svd(phi / sizes, full_matrices=False)
    kept = s > len(times) * ROUNDING * s[0]
    columns = _Columns(u[:, kept], s[kept], vh[kept], sizes, lags * phi / sizes)
    return columns, shifts


def projected(exponents: Array, times: Array, states: Array) -> Fit:
    """Return the best coefficients for given exponents.

    Parameters
    ----------
    exponents : complex array, shape (r,)
        alpha.
    times : real array, shape (n_times,)
        Increasing.
    states : real or complex array, shape (n_times, n_columns)
        X.

    Returns
    -------
    fit : Fit
        With ``change`` infinite: not known.
    """
    columns, shifts = _columns(exponents, times)
    inside = columns.u.conj().T @ states
    b = columns.vh.conj().T @ (inside / columns.s[:, None])
    residual = states - columns.u @ inside
    full = len(columns.s) == len(exponents)
    condition = float(columns.s[0] / columns.s[-1]) if full else numpy.inf
    terms = float(numpy.linalg.norm(b, axis=1).sum() / numpy.linalg.norm(states))
    # Rounding of the terms is spread over all entries; few directions of it are seen.
    attainable = ROUNDING / 2 * terms * math.sqrt(2 * len(exponents) / states.shape[0])
    coefficients = b / columns.sizes[:, None]
    return Fit(exponents, coefficients, shifts, residual, condition, attainable)


def _linearized(
    exponents: Array, times: Array, states: Array
) -> tuple[Array, Array, float]:
    """Return J and r of min ||r - J z||, z = (Re a, Im a), and ||R||."""
    columns, _ = _columns(exponents, times)
    u, d = columns.u, columns.slopes
    inside = u.conj().T @ states
    b = columns.vh.conj().T @ (inside / columns.s[:, None])
    residual = states - u @ inside
    q_basis, q = numpy.linalg.qr(d - u @ (u.conj().T @ d))
    b_basis, b_small = numpy.linalg.qr(b.T)
    c = numpy.linalg.qr((d.conj().T @ residual).T, mode="r")
    g = columns.vh / columns.s[:, None]  # u times this is (Phi^+)*
    first = _outer(q, b_small)
    second = _outer(g, c).conj()
    jacobian = numpy.concatenate([first, second])
    seen = (q_basis.conj().T @ residual @ b_basis.conj()).ravel()
    right = numpy.concatenate([seen, numpy.zeros(len(second), seen.dtype)])
    real = numpy.block([[jacobian.real, -jacobian.imag], [jacobian.imag, jacobian.real]])
    both = numpy.concatenate([right.real, right.imag])
    return real, both, float(numpy.linalg.norm(residual))


def _outer(left: Array, right: Array) -> Array:
    """Return the columns vec(left_j right_j^T)."""
    return (left[:, None, :] * right[None, :, :]).reshape(-1, left.shape[1])


def fitted_exponents(
    start: Array,
    times: Array,
    states: Array,
    *,
    stable: bool,
    tolerance: float,
    max_steps: int,
) -> Fit:
    """Minimize ||R|| over the exponents by the method of Levenberg and Marquardt.

    Parameters
    ----------
    start : complex array, shape (r,)
        Where to begin.
    times : real array, shape (n_times,)
        Increasing.
    states : real or complex array, shape (n_times, n_columns)
        X.
    stable : bool
        Keep Re alpha <= 0, by projection; exponents that push outward stay on the axis.
    tolerance : float
        End where a step changes the fit by less, relative to ``||X||``.
    max_steps : int
        End at the latest.

    Returns
    -------
    fit : Fit
        A local minimum if it converged.
    """
    alpha = start.astype(numpy.complex128)
    if stable:
        alpha = _clipped(alpha)
    size = float(numpy.linalg.norm(states))
    damping, ended, change, steps = 1e-3, "max_steps", numpy.inf, 0
    held = numpy.zeros(2 * len(alpha), bool)
    for steps in range(max_steps + 1):
        jacobian, right, misfit = _linearized(alpha, times, states)
        if stable:
            uphill = (jacobian.T @ right)[: len(alpha)] > 0
            held[: len(alpha)] = (alpha.real >= 0) & uphill
            jacobian[:, held] = 0.0
        scales = numpy.linalg.norm(jacobian, axis=0)
        scales[scales == 0] = 1.0
        u, s, vh = numpy.linalg.svd(jacobian / scales, full_matrices=False)
        seen = numpy.where(s > BLIND * s[0], u.T @ right, 0.0)
        change = float(numpy.linalg.norm(seen)) / size
        fit = projected(alpha, times, states)
        if change <= max(tolerance, fit.attainable):
            ended = "converged"
            break
        if steps == max_steps:
            break
        for _ in range(40):
            z = vh.T @ (seen * s / (s * s + damping)) / scales
            z[held] = 0.0  # rounding would push it off the axis
            trial = alpha + z[: len(alpha)] + 1j * z[len(alpha) :]
            trial = _clipped(trial) if stable else trial
            found = numpy.inf
            if numpy.isfinite(trial).all():
                found = float(numpy.linalg.norm(projected(trial, times, states).residual))
            # Differences below rounding decide nothing: the step is taken.
            if found <= misfit + 64 * ROUNDING * size:
                break
            damping *= 4
        else:
            ended = "stalled"
            break
        alpha = trial
        damping = max(damping / 5, 1e-15)
    return dataclasses.replace(
        projected(alpha, times, states), change=change, steps=steps, ended=ended
    )


def _clipped(alpha: Array) -> Array:
    return numpy.minimum(alpha.real, 0.0) + 1j * alpha.imag
