"""Forecasts by powers of the Koopman matrix, with a bound of their error in L2.

values_n = Psi(x_0) c_n, c_n = K^n c. One step of the true operator leaves the span by

    e_n = ||Psi_Y c_n - Psi_X c_{n+1}||,   bound_{n+1} = q bound_n + e_n,

q at least the norm of the operator: 1 if it keeps the measure.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.limits import PRESERVING
from perturbsci.koopman.propagation import (
    coefficient_path,
    first_coefficients,
    norm_in_the_span,
    represented,
    step_errors,
)
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Forecast", "predict"]

CLAIM = "largest bound of the L2 error of a forecast over the norm of the output"
BLOCK = 256  # steps whose products are taken together


@dataclass(frozen=True, slots=True, eq=False)
class Forecast(Result):
    """Forecasts from several states at once.

    Parameters
    ----------
    times : real array, shape (n_steps + 1,)
        From 0 on, in the unit of the spectrum's step.
    values : array, shape (n_initial, n_steps + 1, n_outputs)
        In the unit of the outputs; NaN from the step on where numbers overflow.
    bound : real array, shape (n_steps + 1, n_outputs)
        Of the error in L2 of the measure, over all initial states; inf where the values
        are NaN.
    operator_norm : float
        q.
    status : Status
        DIVERGED if numbers overflowed, else that of the spectrum.
    certificate : Certificate
        The largest bound relative to the norm of the output, against 1: a forecast of
        zeros is as good.
    growth : float
        The largest modulus of the eigenvalues that were used.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, dmd
    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> forecast = predict(dmd(Snapshots(x, x / 2)), np.array([8.0]), 3)
    >>> forecast.values[0, :, 0].round(9).tolist()
    [8.0, 4.0, 2.0, 1.0]
    """

    times: Array
    values: Array
    bound: Array
    operator_norm: float
    status: Status
    certificate: Certificate
    growth: float

    def summary(self) -> str:
        """Return status, certificate, and the bound at a few steps.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        n_initial, n_times, n_outputs = self.values.shape
        lines = [
            f"Forecast: {self.status.name}. {self.status.value}",
            f"{n_initial} initial states, {n_times - 1} steps, {n_outputs} outputs; "
            f"operator norm {self.operator_norm:.6g}",
            f"largest |lambda| = {self.growth:.10g}"
            + (", which overflowed" if self.status is Status.DIVERGED else ""),
            str(self.certificate),
            "       time   bound of each output",
        ]
        for n in sorted({round((n_times - 1) * k / 10) for k in range(11)}):
            bounds = "".join(f"{float(b):11.4g}" for b in self.bound[n, :7])
            lines.append(f"{float(self.times[n]):11.4g}{bounds}")
        return clip(lines)


def predict(
    spectrum: Spectrum, initial: Array, n_steps: int, *, coefficients: Array | None = None
) -> Forecast:
    """Forecast the state, or observables, from initial states.

    Parameters
    ----------
    spectrum : Spectrum
        Of ``edmd``, ``mpedmd`` or ``dmd``. After ``keep``, only the pairs that are left
        are used, and the bound holds what the others would have added.
    initial : array, shape (n_state,) or (n_initial, n_state)
        States at time 0, as rows of ``snapshots.x``: with their delays.
    n_steps : int
        From 0 on.
    coefficients : array, shape (n_functions,) or (n_functions, n_outputs), optional
        Observables Psi c to forecast; default the coordinates of the state.

    Returns
    -------
    forecast : Forecast
        Of shape (n_initial, n_steps + 1, n_outputs).

    Raises
    ------
    ShapeError
        If the initial states or the coefficients are of another width.
    ParameterError
        If the spectrum is of an adjoint operator or has no functions to evaluate, or
        ``n_steps`` is no whole number from 0 on.

    Notes
    -----
    About 14 n_functions^2 n_outputs flops a step. The bound is a mean over the measure,
    not one for each initial state. Without ``declare="isometry"`` or ``"unitary"`` q is the
    norm within the span only, so that the bound is an estimate; and so is every sum over
    samples. Coordinates that the dictionary does not hold are represented by least squares,
    whose error is part of the bound.

    References
    ----------
    Colbrook and Townsend (2024); the bound is derived here.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, edmd, monomials
    >>> x = np.linspace(-1.0, 1.0, 9)[:, None]
    >>> spectrum = edmd(Snapshots(x, x / 2), monomials(2))
    >>> square = predict(spectrum, [0.8], 1, coefficients=[0.0, 0.0, 1.0])
    >>> square.values[0, :, 0].round(9).tolist()
    [0.64, 0.16]
    """
    dictionary = _check_dictionary(spectrum)
    n_steps = whole(n_steps, "n_steps", least=0)
    initial = as_array(initial, name="initial")
    if initial.ndim > 2 or initial.shape[-1:] != (dictionary.n_state,):
        raise ShapeError(
            f"initial has shape {initial.shape}, needed {dictionary.n_state} columns; pass "
            "one state, or one row a state, like the rows of snapshots.x with their delays"
        )
    namespace(initial, spectrum.koopman_matrix, names=("initial", "spectrum"))
    coefficients = _checked_coefficients(spectrum, coefficients)
    psi = dictionary(initial if initial.ndim == 2 else initial[None, :])
    wanted, inner = first_coefficients(spectrum, coefficients)
    missing, size = represented(spectrum, coefficients, wanted, inner)
    q = 1.0
    if spectrum.declare not in PRESERVING:
        q = max(1.0, norm_in_the_span(spectrum.gram))
    values, bound = _propagated(spectrum, psi, inner, missing, q, n_steps)
    if _is_real(spectrum, psi, coefficients):
        values = namespace(values).real(values)
    return _forecast(spectrum, values, bound, size, q, n_steps)


def _check_dictionary(spectrum: Spectrum) -> Dictionary:
    """Return the functions of a spectrum, if they can be evaluated at a state."""
    if not isinstance(spectrum, Spectrum):
        raise ParameterError(
            f"spectrum is a {type(spectrum).__name__}; pass what edmd, mpedmd or dmd return"
        )
    if spectrum.operator != "koopman":
        raise ParameterError(
            f"spectrum is of the {spectrum.operator} operator, which does not move "
            "observables; use edmd(other_snapshots, kernel_dictionary(snapshots, rank=r))"
        )
    if spectrum.dictionary is None:
        raise ParameterError(
            f"spectrum has {spectrum.gram.n_functions} functions but no dictionary to "
            "evaluate them at a state; use edmd with a dictionary"
        )
    return spectrum.dictionary


def _checked_coefficients(spectrum: Spectrum, coefficients: Array | None) -> Array | None:
    if coefficients is None:
        return None
    coefficients = as_array(coefficients, name="coefficients")
    n = spectrum.gram.n_functions
    if coefficients.ndim > 2 or coefficients.shape[:1] != (n,):
        raise ShapeError(
            f"coefficients has shape {coefficients.shape}, needed ({n}, n_outputs): one "
            "row a function of the dictionary"
        )
    namespace(coefficients, spectrum.koopman_matrix, names=("coefficients", "spectrum"))
    return coefficients if coefficients.ndim == 2 else coefficients[:, None]


def _is_real(spectrum: Spectrum, psi: Array, coefficients: Array | None) -> bool:
    """Whether the outputs are real: conjugate pairs have equal residuals, hence stay."""
    arrays = [psi, spectrum.koopman_matrix, spectrum.gram.moments]
    arrays += [] if coefficients is None else [coefficients]
    return all(array.dtype.kind == "f" for array in arrays)


def _propagated(
    spectrum: Spectrum, psi: Array, inner: Array, missing: Array, q: float, n_steps: int
) -> tuple[Array, Array]:
    """Return values and bounds up to the first step where a number overflows."""
    xp = namespace(inner)
    values: list[Array] = []
    bounds = [missing]
    with numpy.errstate(over="ignore", invalid="ignore"):
        for start in range(0, n_steps + 1, BLOCK):
            count = min(BLOCK, n_steps + 1 - start)
            path, inner = coefficient_path(spectrum, inner, count)
            block = psi @ path
            good = min(_finite_steps(path), _finite_steps(block))
            values.append(block[: min(good, count)])
            # The last step of the record needs no error, but it costs little.
            for error in step_errors(spectrum.gram, path[:good]):
                bounds.append(q * bounds[-1] + error)
            if good <= count:
                break
    found = xp.concat(values, axis=0)[: n_steps + 1]
    return found, xp.stack(bounds)[: found.shape[0]]


def _finite_steps(path: Array) -> int:
    """Return how many leading entries of an array are finite throughout."""
    xp = namespace(path)
    finite = xp.all(xp.isfinite(path), axis=(1, 2))
    return int(xp.sum(xp.cumulative_prod(xp.astype(finite, xp.int64))))


def _forecast(
    spectrum: Spectrum, values: Array, bound: Array, size: Array, q: float, n_steps: int
) -> Forecast:
    xp = namespace(values, bound)
    lost = n_steps + 1 - values.shape[0]
    if lost:
        values = xp.concat(
            [values, xp.full((lost, *values.shape[1:]), xp.nan, dtype=values.dtype)]
        )
        bound = xp.concat(
            [bound, xp.full((lost, bound.shape[1]), xp.inf, dtype=bound.dtype)]
        )
    modulus = xp.abs(spectrum.eigenvalues)
    growth = float(xp.max(modulus)) if modulus.shape[0] else 0.0
    return Forecast(
        times=spectrum.step * xp.arange(n_steps + 1),
        values=xp.moveaxis(values, 0, 1),
        bound=bound,
        operator_norm=q,
        growth=growth,
        status=Status.DIVERGED if lost else spectrum.status,
        certificate=_certificate(spectrum, bound, size, q),
    )


def _certificate(spectrum: Spectrum, bound: Array, size: Array, q: float) -> Certificate:
    method = "powers of the Koopman matrix"
    if spectrum.certificate.kind == "none":
        why = spectrum.certificate.assumptions
        return Certificate(CLAIM, math.nan, math.nan, "none", method, why)
    xp = namespace(bound)
    largest = xp.max(bound, axis=0)
    safe = xp.where((size > 0) & xp.isfinite(size), size, 1.0)
    relative = float(xp.max(xp.where(largest > 0, largest / safe, 0.0)))
    if math.isinf(relative) and not bool(xp.all(xp.isfinite(bound[0]))):
        text = "the error of representing the state is not known: pass coefficients, or a "
        text += "dictionary that holds the coordinates"
        return Certificate(CLAIM, math.nan, math.nan, "none", method, (text,))
    preserving = spectrum.declare in PRESERVING
    assumptions = (
        f"norm of the operator at most {q:.6g}, "
        + (f"declared {spectrum.declare}" if preserving else "seen within the span only"),
        f"{len(spectrum.eigenvalues)} of {spectrum.rank} pairs are used",
        *spectrum.certificate.assumptions,
    )
    return Certificate(CLAIM, relative, 1.0, "estimate", method, assumptions)
