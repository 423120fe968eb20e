"""Optimized DMD: exponents and modes of a record, fitted together (Askham and Kutz 2018).

x(t) = sum_j amplitudes_j exp(exponents_j t) modes_j minimizes the Frobenius norm of the
misfit over all times at once. Noise of the states is then a disturbance of the fit and not,
as in DMD, of its equations; times need not be equidistant.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import flag, positive, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.blas_threads import one_blas_thread
from perturbsci.backend.operands import returned
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.koopman.exponent_starts import ranked_starts
from perturbsci.koopman.exponential_fit import Fit, fitted_exponents, projected
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["OptimizedModes", "optimized_dmd"]

CLAIM = "change of the fit by one more undamped step, relative to the states"
SHORTEST = 1e-290  # time between two states, whose reciprocal is a number
N_STARTS = 2  # the best two, since the misfit has many local minima
ALARMING = 1e8  # half of the digits are lost
LEAST = 2.0**-970  # the inverse of one much smaller is no number
SINGLE = ("float32", "complex64")


@dataclass(frozen=True, slots=True, eq=False)
class OptimizedModes(Result):
    """A sum of exponentials fitted to a record.

    Parameters
    ----------
    exponents : complex array, shape (r,)
        Per unit of time; the largest share of the record first.
    modes : complex array, shape (r, n_state)
        Rows of norm 1.
    amplitudes : real array, shape (r,)
        At time 0, in the unit of the states.
    misfit : float
        Norm of states minus fit over norm of the states (Frobenius).
    steps : int
        Of the iteration.
    status : Status
        MAX_STEPS, TOLERANCE_NOT_REACHED, RANK_REDUCED (the states hold fewer exponents
        than were asked for), ILL_CONDITIONED (exponents nearly coincide) or CONVERGED; the
        first that applies.
    certificate : Certificate
        How stationary the fit is: an estimate, since another minimum may be lower.
    real : bool
        Whether the states were real; then so are those of ``evaluate``.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
    >>> found = optimized_dmd(np.exp(-2 * times)[:, None] * [3.0, 4.0], times, rank=1)
    >>> found.exponents.round(10).tolist(), found.amplitudes.round(10).tolist()
    ([(-2+0j)], [5.0])
    """

    exponents: Array
    modes: Array
    amplitudes: Array
    misfit: float
    steps: int
    status: Status
    certificate: Certificate
    real: bool

    def summary(self) -> str:
        """Return a table of the exponents, the largest share of the record first.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [
            f"OptimizedModes: {self.status.name}. {self.status.value}",
            f"{len(self.exponents)} exponents, misfit {self.misfit:.4g} of the states, "
            f"{self.steps} steps",
            str(self.certificate),
            "       growth     frequency     amplitude",
        ]
        found = map(to_host, (self.exponents, self.amplitudes))
        for alpha, size in zip(*found, strict=True):
            lines.append(f"{alpha.real:13.6g} {alpha.imag:13.6g} {size:13.6g}")
        return clip(lines)

    def evaluate(self, times: Array) -> Array:
        """Return the fit at given times.

        Parameters
        ----------
        times : real array, shape (n_times,)
            In the unit of those of the record, any order.

        Returns
        -------
        states : array, shape (n_times, n_state)
            Real if the states were; infinite where a growing mode overflows.

        Raises
        ------
        ShapeError
            If ``times`` is no row of numbers.
        ParameterError
            If terms of opposite sign overflow at a time.
        """
        times = as_array(times, name="times", ndim=1, real=True, empty=True)
        xp = namespace(times, self.exponents)
        with numpy.errstate(over="ignore", invalid="ignore"):
            phi = xp.exp(times[:, None] * self.exponents)
            states = phi @ (self.amplitudes[:, None] * self.modes)
        if bool(scalar(xp.any(xp.isnan(states)))):
            raise ParameterError(
                f"times reaches {float(scalar(xp.max(xp.abs(times)))):.3g}, where the "
                "exponentials overflow; pass times nearer to the record"
            )
        return xp.real(states) if self.real else states


def optimized_dmd(
    states: Array,
    times: Array,
    *,
    rank: int,
    initial: Array | None = None,
    stable: bool = False,
    tolerance: float = 1e-12,
    max_steps: int = 100,
    strict: bool = True,
) -> OptimizedModes:
    """Fit a sum of exponentials to a record by variable projection.

    Parameters
    ----------
    states : real or complex array, shape (n_times, n_state)
        The record, one row a time.
    times : real array, shape (n_times,)
        Increasing; equidistant or not.
    rank : int
        The number of exponents.
    initial : complex array, shape (rank,), optional
        Exponents to begin with, all different; default those of ``dmd`` with several
        numbers of delays, whichever fit best.
    stable : bool
        Keep Re exponents <= 0.
    tolerance : float
        End where an undamped step changes the fit by less, relative to the states.
    max_steps : int
        End at the latest.
    strict : bool
        Raise if the tolerance is not reached, else return what was reached.

    Returns
    -------
    modes : OptimizedModes
        A local minimum of the misfit.

    Raises
    ------
    ShapeError
        If there is not one time a state, or not ``rank`` initial exponents.
    ParameterError
        If the times do not increase, the rank is below 1 or above
        ``n_times - 1``, the record vanishes or is too short to begin with, or an option is
        out of range.
    ConvergenceError
        If ``max_steps`` were not enough; it carries the best fit.

    Notes
    -----
    By the method of Levenberg and Marquardt with the full Jacobian of Golub and Pereyra:
    about 100 n_times r^2 + 30 r^4 flops a step, on the host also for CuPy arrays. Exponents
    that coincide (secular terms t exp(alpha t)) come out as a close pair with large
    amplitudes: status ILL_CONDITIONED, the fit itself is good.

    References
    ----------
    Askham and Kutz (2018); Golub and Pereyra (1973).

    Examples
    --------
    >>> import numpy as np
    >>> times = np.linspace(0.0, 3.0, 40)
    >>> states = np.cos(5 * times)[:, None]
    >>> sorted(optimized_dmd(states, times, rank=2).exponents.imag.round(9).tolist())
    [-5.0, 5.0]
    """
    flag(stable, "stable", meaning="to keep the real parts of the exponents at most 0")
    flag(strict, "strict", meaning="to raise where the tolerance is not reached")
    states = as_array(states, name="states", ndim=2)
    host, clock, unit = _checked_record(states, times)
    rank = whole(rank, "rank", least=1, most=len(clock) - 1)
    tolerance, max_steps = (
        positive(tolerance, "tolerance"),
        whole(max_steps, "max_steps", least=1),
    )
    columns = _compressed(host)
    if initial is not None:
        starts = [_checked_initial(initial, rank)]
    else:
        starts = ranked_starts(clock, columns, rank, stable=stable)[:N_STARTS]
    if not starts:
        raise ParameterError(
            f"states has {len(clock)} times, too few to begin a fit of rank={rank}; "
            "pass initial exponents, or a lower rank"
        )
    with one_blas_thread():  # a step factorizes matrices of a few dozen columns
        fits = [
            fitted_exponents(
                start,
                clock,
                columns,
                stable=stable,
                tolerance=tolerance,
                max_steps=max_steps,
            )
            for start in starts
        ]
    fit = _lowest(fits, float(numpy.linalg.norm(columns)))
    found = _result(
        _paired(fit, clock, columns, host), host, clock, states, rank, tolerance
    )
    if unit != 1.0:
        found = dataclasses.replace(found, amplitudes=found.amplitudes * unit)
    if strict and found.status in (Status.MAX_STEPS, Status.TOLERANCE_NOT_REACHED):
        raise ConvergenceError(
            f"optimized_dmd took {fit.steps} steps and the last would change the fit by "
            f"{fit.change:.3g}, needed {tolerance:g}; {found.status.value} The misfit is "
            f"{found.misfit:.3g}: pass initial exponents if that is too large",
            found,
        )
    return found


def _checked_record(states: Array, times: Array) -> tuple[Array, Array, float]:
    """Return states over a unit and times on the host, in double precision; the unit.

    The unit is a power of 2, so that squares of very large and very small states are
    numbers and nothing is rounded.
    """
    times = as_array(times, name="times", ndim=1, real=True)
    if times.shape[0] != states.shape[0]:
        raise ShapeError(
            f"times has shape {times.shape} but states has {states.shape}; pass one time a "
            "row of states"
        )
    clock = to_host(times).astype(numpy.float64)
    if len(clock) < 2 or not bool((numpy.diff(clock) > SHORTEST).all()):
        raise ParameterError(
            f"times is {clock.tolist()!r:.60}; pass at least two times that increase, by "
            f"more than {SHORTEST:g}, and the states in their order"
        )
    host = to_host(states)
    host = host.astype(numpy.complex128 if host.dtype.kind == "c" else numpy.float64)
    if not host.any():
        raise ParameterError(
            f"states of shape {host.shape} are all zero; there is no exponential in them"
        )
    size = max(float(abs(part).max()) for part in (host.real, host.imag))
    if 2.0**-400 <= size <= 2.0**400:
        return host, clock, 1.0
    if size < LEAST:
        raise ParameterError(
            f"states has no number above {size:.3g}, and numbers below {LEAST:.3g} are "
            "short of digits; scale the states"
        )
    unit = 2.0 ** math.floor(math.log2(size))
    return host / unit, clock, unit


def _checked_initial(initial: Array, rank: int) -> Array:
    start = to_host(as_array(initial, name="initial", ndim=1)).astype(numpy.complex128)
    if start.shape != (rank,):
        raise ShapeError(
            f"initial has shape {start.shape}, needed ({rank},): one exponent each"
        )
    if len(numpy.unique(start)) < rank:
        raise ParameterError(
            f"initial is {start.tolist()!r:.60}; equal exponents stay equal: pass "
            "different ones"
        )
    return start


def _lowest(fits: list[Fit], size: float) -> Fit:
    """Return the fit of the smallest misfit; of equals, one that converged."""
    misfits = [float(numpy.linalg.norm(fit.residual)) for fit in fits]
    limit = min(misfits) * (1 + 1e-6) + 1e-12 * size
    equals = [fit for fit, m in zip(fits, misfits, strict=True) if m <= limit]
    return min(equals, key=lambda fit: fit.ended != "converged")


def _compressed(host: Array) -> Array:
    """Return states times an orthonormal basis of their rows: misfits stay the same."""
    u, s, _ = numpy.linalg.svd(host, full_matrices=False)
    kept = s > max(host.shape) * 2.0**-52 * s[0]
    return u[:, kept] * s[kept]


def _paired(fit: Fit, times: Array, columns: Array, host: Array) -> Fit:
    """Return the fit to real states with exact conjugate pairs of exponents."""
    alpha = fit.exponents
    if host.dtype.kind == "c":
        return fit
    partner = numpy.abs(alpha[:, None] - alpha.conj()).argmin(axis=1)
    mutual = partner[partner] == numpy.arange(len(alpha))
    paired = numpy.where(mutual, (alpha + alpha[partner].conj()) / 2, alpha)
    again = projected(paired, times, columns)
    change = numpy.linalg.norm(again.residual) - numpy.linalg.norm(fit.residual)
    if change > 1e-12 * numpy.linalg.norm(columns):
        return fit
    return dataclasses.replace(again, change=fit.change, steps=fit.steps, ended=fit.ended)


def _result(
    fit: Fit, host: Array, times: Array, states: Array, rank: int, tolerance: float
) -> OptimizedModes:
    full = projected(fit.exponents, times, host)
    with numpy.errstate(over="ignore", invalid="ignore"):
        at_zero = full.coefficients * numpy.exp(-fit.exponents * full.shifts)[:, None]
    amplitudes = numpy.linalg.norm(at_zero, axis=1)
    if not numpy.isfinite(amplitudes).all():
        raise ParameterError(
            f"times begin at {times[0]:g}, and amplitudes at time 0 overflow; pass "
            "times - times[0]"
        )
    modes = at_zero / numpy.where(amplitudes == 0, 1.0, amplitudes)[:, None]
    shares = numpy.linalg.norm(full.coefficients, axis=1) * numpy.linalg.norm(
        numpy.exp(fit.exponents * (times[:, None] - full.shifts)), axis=0
    )
    order = numpy.lexsort((-fit.exponents.imag, -shares.round(12)))
    single = states.dtype.name in SINGLE
    exponents, modes, amplitudes = (
        a[order].astype(single_type) if single else a[order]
        for a, single_type in zip(
            (fit.exponents, modes, amplitudes),
            (numpy.complex64, numpy.complex64, numpy.float32),
            strict=True,
        )
    )
    exponents, modes, amplitudes = returned(states, exponents, modes, amplitudes)
    return OptimizedModes(
        exponents=exponents,
        modes=modes,
        amplitudes=amplitudes,
        misfit=float(numpy.linalg.norm(full.residual) / numpy.linalg.norm(host)),
        steps=fit.steps,
        real=host.dtype.kind == "f",
        status=_status(fit, rank),
        certificate=_certificate(fit, rank, tolerance),
    )


def _status(fit: Fit, rank: int) -> Status:
    if fit.ended == "max_steps":
        return Status.MAX_STEPS
    if fit.ended == "stalled":
        return Status.TOLERANCE_NOT_REACHED
    if len(fit.exponents) < rank:
        return Status.RANK_REDUCED
    return Status.ILL_CONDITIONED if fit.condition > ALARMING else Status.CONVERGED


def _certificate(fit: Fit, rank: int, tolerance: float) -> Certificate:
    change = fit.change if math.isfinite(fit.change) else math.inf
    assumptions = (
        "this minimum of the misfit is the lowest one",
        f"{len(fit.exponents)} of {rank} exponents, condition of the exponentials "
        f"{fit.condition:.3g}",
    )
    return Certificate(
        CLAIM,
        change,
        max(tolerance, fit.attainable),
        "estimate",
        "variable projection",
        assumptions,
    )
