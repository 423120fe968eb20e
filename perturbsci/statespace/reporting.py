"""From a perturbation of the scaled matrix to the result: units, precision, claims."""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend.linalg import eigh
from perturbsci.backend.operands import returned
from perturbsci.results import Status
from perturbsci.statespace.basis import Basis, reconstructed
from perturbsci.statespace.defect import Defect
from perturbsci.statespace.eigenbasis import USELESS, Diagonalization
from perturbsci.statespace.given import Given, scaled
from perturbsci.statespace.shift import Shift
from perturbsci.statespace.targets import Target
from perturbsci.verification import Certificate

__all__ = ["Found", "reported"]

SINGLE = {"f": numpy.float32, "c": numpy.complex64}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A perturbation of the scaled matrix, and the basis that it gives.

    Parameters
    ----------
    basis : Basis
        Of A + E.
    perturbation : array, shape (n, n)
        E.
    status : Status
        How its search ended.
    shift : Shift or None
        Where E is a shift.
    defect : Defect or None
        That of the shift.
    """

    basis: Basis
    perturbation: numpy.ndarray
    status: Status = Status.CONVERGED
    shift: Shift | None = None
    defect: Defect | None = None


def reported(given: Given, found: Found, target: Target, margin: float) -> Diagonalization:
    """Return the result in the unit, precision and place of the matrix that was given.

    Parameters
    ----------
    given : Given
        A.
    found : Found
        E and the basis.
    target : Target
        What was asked for.
    margin : float
        Of stability, in the unit of A.

    Returns
    -------
    near : Diagonalization
        With its certificates; the status is that of the search.
    """
    basis, e = _kept(given, found)
    near, kappa = given.matrix + e, basis.condition
    relative = _quotient(float(numpy.linalg.norm(e)), given.norm)
    error = _backward_error(near, basis, given.norm)
    shift, defect = found.shift, found.defect
    exact = not e.any()
    core = low_rank = None
    theta = rho = 0.0 if exact and target.method == "shift" else math.nan
    if shift is not None and defect is not None:
        theta, rho = 2 * shift.rho / (1 + shift.rho), shift.rho
        theta = target.value if target.name == "theta" else theta
        core = _precise(shift.core, given)
        low_rank = scaled(_precise(defect.factor, given), given.exponent // 2)
    proven = defect is not None and defect.shift >= 0 and rho < 1
    transfer = 0.0 if exact else rho / (1 - rho) if proven else math.nan
    abscissa = _unscaled(float(basis.values.real.max()), given)
    numerical = _unscaled(_numerical_abscissa(near, defect), given)
    certificates = (
        _accuracy(error, kappa, given),
        _target_met(relative, kappa, target, found, given),
        _stability(abscissa, margin, defect),
        _transfer(transfer, found, defect, exact),
    )
    conditions = _row_norms(basis.inverse)
    values = scaled(basis.values, given.exponent)
    arrays = (values, basis.right, basis.inverse, scaled(e, given.exponent))
    values, right, inverse, e = returned(given.like, *arrays)
    (conditions,) = returned(given.like, conditions)
    if core is not None and low_rank is not None:
        core, low_rank = returned(given.like, core, low_rank)
    return Diagonalization(
        values,
        right,
        inverse,
        e,
        relative,
        theta,
        rho,
        core,
        low_rank,
        conditions,
        kappa,
        error,
        abscissa,
        numerical,
        transfer,
        found.status,
        certificates,
    )


def _kept(given: Given, found: Found) -> tuple[Basis, numpy.ndarray]:
    """Return basis and E rounded to the precision of A: what is claimed is about these."""
    basis = found.basis
    if not given.is_single:
        return basis, found.perturbation
    arrays = (basis.values, basis.right, basis.inverse)
    values, right, inverse = (_precise(array, given) for array in arrays)
    e = _precise(found.perturbation, given)
    return Basis(values, right, inverse, basis.condition), e


def _row_norms(inverse: numpy.ndarray) -> numpy.ndarray:
    """Return kappa_i, at least 1; of a defective matrix the squares would overflow."""
    largest = numpy.maximum(numpy.abs(inverse.real), numpy.abs(inverse.imag)).max(axis=1)
    exponents = numpy.frexp(largest)[1][:, None]
    rows = numpy.ldexp(inverse.real, -exponents) + 1j * numpy.ldexp(
        inverse.imag, -exponents
    )
    norms: numpy.ndarray = numpy.linalg.norm(rows, axis=1)
    return numpy.maximum(numpy.ldexp(norms, exponents[:, 0]), 1.0)


def _precise(array: numpy.ndarray, given: Given) -> numpy.ndarray:
    return array.astype(SINGLE[array.dtype.kind]) if given.is_single else array


def _unscaled(value: float, given: Given) -> float:
    return float(scaled(numpy.asarray(value), given.exponent))


def _quotient(value: float, norm: float) -> float:
    if value == 0:
        return 0.0
    return value / norm if norm else math.inf


def _backward_error(near: numpy.ndarray, basis: Basis, norm: float) -> float:
    if math.isfinite(basis.residual):
        return _quotient(basis.residual, norm)
    wide = [each.astype(complex) for each in (basis.values, basis.right, basis.inverse)]
    with numpy.errstate(all="ignore"):
        rest = near - reconstructed(*wide, real=near.dtype.kind == "f")
        error = _quotient(float(numpy.linalg.norm(rest)), norm)
    return error if math.isfinite(error) else math.inf


def _numerical_abscissa(near: numpy.ndarray, defect: Defect | None) -> float:
    """Return the largest eigenvalue of the Hermitian part.

    Of a shift it is -c, attained where P^H vanishes.
    """
    if defect is not None and defect.factor.shape[1] < len(near):
        return 0.0 - defect.shift
    return float(eigh((near + near.conj().T) / 2)[0][-1])


def _accuracy(error: float, kappa: float, given: Given) -> Certificate:
    allowance = kappa if kappa <= USELESS else 1.0  # a useless basis gets none
    return Certificate(
        "backward error, relative to A",
        error,
        30 * len(given.matrix) * given.unit_roundoff * allowance,
        "a-posteriori",
        "Frobenius norm",
    )


def _target_met(
    relative: float, kappa: float, target: Target, found: Found, given: Given
) -> Certificate:
    """Return the certificate about what was asked for."""
    if target.name == "condition":
        claim = "condition of the eigenvectors"
        return Certificate(claim, kappa, target.value, "a-posteriori", "singular values")
    claim, method = "size of E, relative to A", "Frobenius norm"
    if target.name == "weight":
        why = ("the objective decides the size; none was asked for",)
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    wanted = target.value
    if target.name == "theta" and found.shift is not None and found.defect is not None:
        p = found.defect.factor
        core = float(numpy.linalg.norm(found.shift.core, 2))
        wanted = core * float(numpy.linalg.norm(p.conj().T @ p)) / given.norm
    rounding = 1 + 4 * len(given.matrix) * given.unit_roundoff
    return Certificate(claim, relative, wanted * rounding, "a-posteriori", method)


def _stability(abscissa: float, margin: float, defect: Defect | None) -> Certificate:
    assumptions: tuple[str, ...] = ("the computed eigenvalues are those of A + E",)
    method = "eigenvalues"
    if defect is not None and defect.shift >= 0:
        assumptions, method = (), "numerical range"
    claim = "largest real part of an eigenvalue"
    return Certificate(claim, abscissa, 0.0 - margin, "a-posteriori", method, assumptions)


def _transfer(
    bound: float, found: Found, defect: Defect | None, exact: bool
) -> Certificate:
    """Return the certificate about the change of the transfer function."""
    claim, method = "change of the transfer function", "rho/(1 - rho)"
    if exact:
        return Certificate(claim, 0.0, 0.0, "proven", "E = 0")
    if math.isfinite(bound):
        one = defect is not None and defect.factor.shape[1] == 1
        scale = "relative to C (s - A)^-1 B" if one else "in sup ||C (s - A)^-1 P|| ||b||"
        assumptions = (scale, "B = P b, replaced by P (1 + Gamma)^-1 b")
        return Certificate(claim, bound, bound, "proven", method, assumptions)
    if found.shift is None:
        why = "only the shift has a bound"
    elif defect is not None and defect.shift < 0:
        why = "the numerical range of A reaches into the right half plane"
    else:
        why = "theta is 1: A + E is the normal part"
    advice = "use hinf_norm(difference(...))"
    return Certificate(claim, math.nan, math.nan, "none", method, (why, advice))
