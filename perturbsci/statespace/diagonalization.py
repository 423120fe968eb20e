"""Perturb, then diagonalize: a matrix near A whose eigenvectors can be computed with.

A non-normal A cannot be diagonalized: its eigenvectors V have a condition beyond
1/unit_roundoff. A + E with a small E can, and cond_2(V) against ||E|| is the price:

* ``shift``: E = P K P^H, closed form, never less stable than the numerical range of A, and
  the change of the transfer function is proven to be at most rho/(1 - rho);
* ``optimize``, ``skew``: the E of a given size with the smallest sum of kappa_i;
* ``random``: a Gaussian E, the baseline.

Reference: Yu, Nigmetov, Morozov, Mahoney and Erichson (2024).
"""

import math
import warnings
from dataclasses import dataclass, replace

import numpy

from perturbsci.arguments import checked_seed, flag, number, whole
from perturbsci.backend import random
from perturbsci.errors import AccuracyWarning, ConvergenceError
from perturbsci.results import Status
from perturbsci.statespace.basis import dense_basis, normal_basis
from perturbsci.statespace.defect import MOST_COLUMNS, defect_of
from perturbsci.statespace.eigenbasis import USELESS, Diagonalization
from perturbsci.statespace.given import Given, given_matrix
from perturbsci.statespace.measures import Hippo
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.optimization import optimize_perturbation
from perturbsci.statespace.reporting import Found, reported
from perturbsci.statespace.shift import normal_part, shift_by_share, shift_by_size
from perturbsci.statespace.targets import Target, checked_target
from perturbsci.types import Array, Seed

__all__ = ["perturb_then_diagonalize"]

WORK = 14 * 16  # bytes an entry of A
DESCENT = 1200  # the same where 20 pairs of gradients are kept
SIZES = 2.0 ** numpy.arange(-40, 4)  # of random perturbations, tried in this order
EXCESS = 1.2  # over 1/rho: so much more than usual is worth a warning
WAYS_OUT = {  # of an unstable result
    "shift": "use method='optimize'",
    "random": "use method='shift' or 'optimize'",
    "skew": "use method='optimize', which may lower the trace",
    "optimize": "allow a larger perturbation, or use method='shift'",
}
HELD = 300  # largest exponent of a margin or a weight
GROWTH = 1.05  # of theta where a condition is wanted


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What the caller wants beside the target."""

    target: Target
    stable: bool
    margin: float
    seed: Seed
    max_steps: int


def perturb_then_diagonalize(
    a: Hippo | Array,
    *,
    method: str = "shift",
    theta: float | None = None,
    size: float | None = None,
    condition: float | None = None,
    weight: float | None = None,
    low_rank: Array | None = None,
    stable: bool = True,
    margin: float = 0.0,
    seed: Seed = 0,
    max_steps: int = 200,
    strict: bool = True,
) -> Diagonalization:
    """Diagonalize A + E exactly, with a small E that makes the eigenvectors well behaved.

    At most one of ``theta``, ``size``, ``condition`` and ``weight`` is given.

    Parameters
    ----------
    a : Hippo, or real or complex array, shape (n, n)
        A.
    method : str
        ``"shift"``, ``"optimize"``, ``"skew"`` (optimize among skew-Hermitian E, real for
        a real A) or ``"random"`` (Gaussian).
    theta : float, optional
        Share of the shift, from 0 (A itself) to 1 (its normal part); default 0.1, in
        single precision 0.002.
    size : float, optional
        ||E||_F / ||A||_F; default 0.01 where there is no shift. The shift cannot be larger
        than theta = 1 makes it. The optimized E is smaller where a normal matrix is
        nearer, or where stability asks for it.
    condition : float, optional
        Wanted cond_2(V), from 1 on.
    weight : float, optional
        gamma of cond_2(V) + gamma ||E||_2; of ``"optimize"`` only.
    low_rank : array, shape (n,) or (n, r), optional
        P with a + P P^H = -cI + skew, if it is known; of ``"shift"`` only.
    stable : bool
        Refuse an E that makes A unstable: real parts must stay below zero and at most
        -margin. An eigenvalue on the axis that no input reaches is allowed for the shift.
    margin : float
        From 0 on; in the unit of A.
    seed : int or numpy.random.Generator
        Of the random draws.
    max_steps : int
        Of one descent of the optimization; a wanted condition takes up to 16 of them.
    strict : bool
        Raise if the result is unstable although ``stable``, or useless, else return it
        with its status.

    Returns
    -------
    near : Diagonalization
        With status EXACT and E = 0 if A is normal, or theta or size are 0.

    Raises
    ------
    ShapeError
        If ``a`` is not square.
    ParameterError
        If an argument is out of range, two targets are given, or the work exceeds the
        memory of the backend.
    ConvergenceError
        If ``strict`` and cond_2(V) exceeds 1e12, the wanted condition is not reached, or
        ``stable`` and the perturbation makes a stable A unstable; ``partial`` holds the
        result. A random E is refused for any unstable A + E.

    Warns
    -----
    AccuracyWarning
        If theta lies at an exceptional value, where two eigenvalues meet (one column of
        P), or the size is 1 or more.

    Notes
    -----
    The shift of a matrix with P of up to 4 columns: a tridiagonal reduction, O(n^2) for
    the eigenvalues, and a few products of n x n matrices; else about 35 n^3 flops. Scaled
    by a power of two inside, so that entries near 1e+-150 are fine. Arrays of a device are
    computed on the host. A normal A and n = 1 come back unperturbed.

    A descent takes about 1.1 times ``eig`` and an inverse a step, typically 30 to 150
    steps; it ends where ten steps gain less than 0.03 %, which is no proof of an optimum.

    References
    ----------
    Yu, Nigmetov, Morozov, Mahoney and Erichson (2024); docs/theory/statespace.md.

    Examples
    --------
    >>> from perturbsci.statespace import hippo
    >>> near = perturb_then_diagonalize(hippo("legs", 16), condition=10)
    >>> near.eigenvector_condition <= 10, near.certificates[0].passed
    (True, True)
    >>> perturb_then_diagonalize([[2.0, 1.0], [1.0, 2.0]]).status.name
    'EXACT'
    """
    raises = flag(strict, "strict")
    given = given_matrix(a, low_rank, method)
    targets = {"theta": theta, "size": size, "condition": condition, "weight": weight}
    asked = _Asked(
        checked_target(method, targets, single=given.is_single),
        flag(stable, "stable"),
        number(margin, "margin", least=0.0),
        checked_seed(seed),
        whole(max_steps, "max_steps", least=1),
    )
    n = len(given.matrix)
    descends = METHODS[method] is _optimized
    check_memory((DESCENT if descends else WORK) * n * n, "perturb_then_diagonalize")
    found = _unperturbed(given, asked.target) or METHODS[method](given, asked)
    near = reported(given, found, asked.target, asked.margin)
    problem, near = _problem(given, found, near, asked)
    if problem and raises:
        raise ConvergenceError(problem, near)
    if not problem:
        _warn(found, near, asked)
    return near


def _unperturbed(given: Given, target: Target) -> Found | None:
    """Return what needs no perturbation: a normal matrix, or none is wanted."""
    matrix = given.matrix
    # a normal matrix has rows as long as its columns: cheaper than its commutator
    lengths = [numpy.linalg.norm(matrix, axis=axis) for axis in (0, 1)]
    unequal = numpy.abs(lengths[0] - lengths[1]).max()
    basis = None
    if unequal <= 1e3 * len(matrix) * given.unit_roundoff * given.norm:
        basis = normal_basis(matrix)
    if basis is None and target.is_nothing:
        basis = dense_basis(matrix)
    if basis is None:
        return None
    status = Status.EXACT if basis.condition <= USELESS else Status.ILL_CONDITIONED
    return Found(basis, numpy.zeros_like(matrix), status)


def _shift(given: Given, asked: _Asked) -> Found:
    defect = defect_of(given.matrix, given.factor, given.shift, given.unit_roundoff)
    target, matrix = asked.target, given.matrix
    if not defect.factor.shape[1]:  # -cI + S to rounding
        return Found(normal_part(defect), numpy.zeros_like(matrix), Status.EXACT)
    if target.name == "size":
        shift = shift_by_size(matrix, defect, target.value * given.norm)
    elif target.name == "theta":
        shift = shift_by_share(matrix, defect, target.value)
    else:
        theta = min(2 / (1 + target.value), 1.0)
        shift = shift_by_share(matrix, defect, theta)
        while shift.basis.condition > target.value and theta < 1:
            theta = min(GROWTH * theta, 1.0)
            shift = shift_by_share(matrix, defect, theta)
    return Found(shift.basis, shift.perturbation, shift=shift, defect=defect)


def _random(given: Given, asked: _Asked) -> Found:
    """Return a Gaussian perturbation, of the smallest size that meets a condition."""
    n, target = len(given.matrix), asked.target
    draw = random.normal((2, n, n), seed=asked.seed, backend="numba")
    e = draw[0] if given.is_real else draw[0] + 1j * draw[1]
    e = e * (given.norm / float(numpy.linalg.norm(e)))
    if target.name == "size":
        e = target.value * e
        return Found(dense_basis(given.matrix + e), e)
    for size in SIZES:
        basis = dense_basis(given.matrix + size * e)
        if basis.condition <= target.value:
            return Found(basis, size * e)
    return Found(basis, size * e, Status.TOLERANCE_NOT_REACHED)


def _optimized(given: Given, asked: _Asked) -> Found:
    target, matrix = asked.target, given.matrix
    wanted = {target.name: target.value}
    if target.name == "weight":  # of ||E|| in the unit of A
        wanted["weight"] = _rescaled(target.value, given.exponent)
    e, status = optimize_perturbation(
        matrix,
        size=wanted.get("size"),
        condition=wanted.get("condition"),
        weight=wanted.get("weight"),
        skew=target.method == "skew",
        stable=asked.stable,
        margin=_rescaled(asked.margin, -given.exponent),
        seed=asked.seed,
        max_steps=asked.max_steps,
    )
    # a normal matrix may have multiple eigenvalues, whose vectors QR leaves oblique
    return Found(normal_basis(matrix + e) or dense_basis(matrix + e), e, status)


def _rescaled(value: float, exponent: int) -> float:
    """Return value * 2^exponent, held where its square is still a number."""
    mantissa, own = math.frexp(value)
    return math.ldexp(mantissa, min(own + exponent, HELD))


METHODS = {
    "shift": _shift,
    "optimize": _optimized,
    "skew": _optimized,
    "random": _random,
}


def _problem(
    given: Given, found: Found, near: Diagonalization, asked: _Asked
) -> tuple[str, Diagonalization]:
    """Return why the result is not what was asked for, empty if it is, and its status."""
    kappa, target = near.eigenvector_condition, asked.target
    if kappa > USELESS:
        near = replace(near, status=Status.ILL_CONDITIONED)
        return (
            f"the eigenvectors have condition {kappa:.3g}, above {USELESS:g}: they hold "
            f"few digits or none; {_advice(found, asked)}, or pass strict=False"
        ), near
    if target.name == "condition" and kappa > target.value:
        near = replace(near, status=Status.TOLERANCE_NOT_REACHED)
        return (
            f"condition is {target.value:g}, but {target.method!r} came to {kappa:.3g} "
            "only; use method='shift', or allow a larger condition"
        ), near
    if near.status is Status.EXACT or _is_stable(near, found, asked.margin):
        return "", near
    near = replace(near, status=Status.UNSTABLE)
    if not asked.stable or (asked.target.method == "shift" and _was_unstable(given, asked)):
        return "", near
    return (
        f"the perturbed matrix has an eigenvalue of real part {near.abscissa:.6g}, needed "
        f"below 0 and at most {0.0 - asked.margin:g}; {WAYS_OUT[target.method]}, or pass "
        "stable=False"
    ), near


def _advice(found: Found, asked: _Asked) -> str:
    """Say how to leave an exceptional theta, else how to lower the condition."""
    shift = found.shift
    if shift is not None and shift.core.shape[0] > MOST_COLUMNS:
        return (
            f"A is normal less a term of rank {shift.core.shape[0]}, too high for a small "
            "shift: use method='optimize' with size or condition"
        )
    if shift is None or shift.core.shape != (1, 1):
        less = asked.target.name in ("condition", "weight")
        return f"{'lower' if less else 'raise'} {asked.target.name}"
    where = shift.exceptional
    known = f"the nearest exceptional value is {where:.9g}; " * math.isfinite(where)
    return f"{known}raise theta by 10 % or change n by one"


def _is_stable(near: Diagonalization, found: Found, margin: float) -> bool:
    """Tell whether the real parts are as wanted; the shift may leave them at zero."""
    if margin > 0 or found.shift is not None:
        return near.abscissa <= -margin
    return near.abscissa < 0


def _was_unstable(given: Given, asked: _Asked) -> bool:
    """Tell whether A itself is unstable: no fault of the perturbation."""
    abscissa = float(numpy.linalg.eigvals(given.matrix).real.max())
    return abscissa >= -_rescaled(asked.margin, -given.exponent)


def _warn(found: Found, near: Diagonalization, asked: _Asked) -> None:
    """Warn of a perturbation that is no small one, and of an exceptional theta."""
    if near.status is Status.EXACT:
        return
    if asked.target.name == "size" and asked.target.value >= 1:
        warnings.warn(
            f"size is {asked.target.value:g}: the perturbation is as large as the matrix; "
            "pass a size below 1",
            AccuracyWarning,
            stacklevel=3,
        )
    if found.shift is None or asked.target.name == "condition" or near.rho >= 1:
        return
    kappa, limit = near.eigenvector_condition, EXCESS / near.rho
    if found.shift.core.shape == (1, 1) and kappa > limit:
        warnings.warn(
            f"theta is {near.theta:.9g}, where the eigenvectors have condition "
            f"{kappa:.4g}, above {EXCESS}/rho = {limit:.4g}: {_advice(found, asked)}",
            AccuracyWarning,
            stacklevel=3,
        )
