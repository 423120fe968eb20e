"""The smallest perturbation that makes the eigenvectors well conditioned, by descent.

* ``size``: the least sum of kappa_i with ||E||_F = size ||A||_F, from the best of five
  Gaussian draws;
* ``condition``: the smallest size with cond_2(V) <= condition, by bisection of its
  logarithm, each size from the perturbation of the last;
* ``weight``: the least cond_2(V) + weight ||E||_2.

Where a matrix that is not normal has a normal one as near, that one is taken: its condition
is 1. Where stability is asked for and no stable point was passed, the result is the last
stable point on the way from a stable matrix to the end of the descent.

Reference: Yu, Nigmetov, Morozov, Mahoney and Erichson (2024).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import random
from perturbsci.results import Status
from perturbsci.statespace.basis import dense_basis
from perturbsci.statespace.descent import Descent, stable_descent
from perturbsci.statespace.normality import normal_correction, stable_share
from perturbsci.statespace.objectives import Objective
from perturbsci.types import Seed

__all__ = ["optimize_perturbation"]

N_DRAWS = 5
FIRST_SIZE = 1e-2
PATIENCE = 3e-4  # of the logarithm of the objective, in ten steps
COARSE = 1e-3  # while a size is looked for
N_SIZES = 16  # tried for a condition
CLOSE = 1.02  # ratio of sizes between which none is tried any more
AIMED, NEAR = 0.985, 0.97  # of the wanted condition: where to aim, and what will do
ROUNDED = 1 - 1e-10  # of the wanted condition: it must hold after another rounding
SMALLEST, LARGEST = 2.0**-50, 8.0  # sizes tried
SHARES = 2.0 ** numpy.arange(-24, 1)  # of a direction, where a weight decides the size
N_RESTARTS = 3  # of the objective that is not smooth


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What is asked for beside the target; margin is None without stability."""

    a: numpy.ndarray
    norm: float
    skew: bool
    margin: float | None
    max_steps: int
    draws: tuple[numpy.ndarray, ...]
    normal: numpy.ndarray | None

    def objective(self, radius: float, weight: float | None = None) -> Objective:
        return Objective(self.a, radius, weight, self.skew, self.margin)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    e: numpy.ndarray
    condition: float
    is_stable: bool
    is_finished: bool = True

    @property
    def norm(self) -> float:
        return float(numpy.linalg.norm(self.e))


def optimize_perturbation(
    a: numpy.ndarray,
    *,
    size: float | None,
    condition: float | None,
    weight: float | None,
    skew: bool,
    stable: bool,
    margin: float,
    seed: Seed,
    max_steps: int,
) -> tuple[numpy.ndarray, Status]:
    """Return the perturbation that one target asks for.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A, entries up to 1.
    size : float or None
        Largest ||E||_F / ||A||_F; it is less where a normal matrix is nearer, or where
        stability asks for it.
    condition : float or None
        Largest cond_2(V).
    weight : float or None
        gamma of cond_2(V) + gamma ||E||_2.
    skew : bool
        Whether E is skew-Hermitian.
    stable : bool
        Whether real parts must be negative and at most -margin.
    margin : float
        In the unit of A.
    seed : int or numpy.random.Generator
        Of the draws.
    max_steps : int
        Of one descent; a condition takes several.

    Returns
    -------
    e : array, shape (n, n)
        E, real for a real A; the best that was found where condition or stability was not
        reached.
    status : Status
        CONVERGED; EXACT for E = 0; MAX_STEPS if the last descent was cut short;
        TOLERANCE_NOT_REACHED if the condition was not met.

    Notes
    -----
    About 1.1 evaluations a step, each about one ``eig`` and one inverse.
    """
    draws = random.normal((N_DRAWS, 2, *a.shape), seed=seed, backend="numba")
    limit = margin if stable else None
    task = _Task(
        a,
        float(numpy.linalg.norm(a)),
        skew,
        limit,
        max_steps,
        tuple(x if a.dtype.kind == "f" else x + 1j * y for x, y in draws),
        normal_correction(a, skew=skew, margin=limit),
    )
    if size is not None:
        found = _at_size(task, size * task.norm)
    elif condition is not None:
        found = _at_condition(task, condition)
    else:
        found = _at_weight(task, 0.0 if weight is None else weight)
    if condition is not None and not _meets(found, condition):
        return found.e, Status.TOLERANCE_NOT_REACHED
    if not found.e.any():
        return found.e, Status.EXACT
    return found.e, Status.CONVERGED if found.is_finished else Status.MAX_STEPS


def _meets(found: _Found, condition: float) -> bool:
    return found.is_stable and found.condition <= max(ROUNDED * condition, 1.0)


def _at_size(
    task: _Task,
    radius: float,
    *,
    start: numpy.ndarray | None = None,
    patience: float = PATIENCE,
) -> _Found:
    """Return the best perturbation of a norm, or a smaller one that makes A normal."""
    if task.normal is not None and numpy.linalg.norm(task.normal) <= radius:
        return _Found(task.normal, 1.0, True)
    objective = task.objective(radius)
    starts = task.draws if start is None else (start,)
    points = [objective.coordinates(e) for e in starts]
    point = min(points, key=lambda x: objective(x, 0.0).value)
    run = stable_descent(objective, point, max_steps=task.max_steps, patience=patience)
    return _chosen(task, objective, run)


def _chosen(task: _Task, objective: Objective, run: Descent) -> _Found:
    """Return the best stable point, else one nearer to a stable matrix."""
    e, is_stable = run.last.perturbation, run.best is not None
    if run.best is not None:
        e = run.best.perturbation
    else:
        norm, n = float(numpy.linalg.norm(e)), len(e)
        bases = [numpy.zeros_like(e)]
        if not task.skew:
            bases.append(-norm / math.sqrt(n) * numpy.eye(n))
        if task.normal is not None:
            longest = float(numpy.linalg.norm(task.normal))
            bases.append(task.normal * min(1.0, norm / longest))
        segments = [stable_share(base, e, objective.is_stable) for base in bases]
        found = [each for each in segments if each is not None]
        is_stable = bool(found)
        e = min(found, key=lambda each: dense_basis(task.a + each).condition, default=e)
    return _Found(e, dense_basis(task.a + e).condition, is_stable, run.is_finished)


def _at_condition(task: _Task, condition: float) -> _Found:
    """Return the smallest perturbation that was found to meet a condition."""
    nothing = numpy.zeros_like(task.a)
    found = _Found(
        nothing,
        dense_basis(task.a).condition,
        task.objective(task.norm).is_stable(nothing),
    )
    if _meets(found, condition):
        return found
    best, low, high = None, 0.0, LARGEST * task.norm
    if task.normal is not None:
        best = _Found(task.normal, 1.0, True)
        high = min(best.norm, high)
    radius, start = min(FIRST_SIZE * task.norm, high / 2), None
    for _ in range(N_SIZES):
        found = _at_size(task, radius, start=start, patience=COARSE)
        start = found.e
        if _meets(found, condition):
            best, high = found, min(radius, found.norm)
            if found.condition >= NEAR * condition:
                break
        else:
            low = radius
        if high <= CLOSE * low or high <= SMALLEST * task.norm:
            break
        radius = _next_radius(radius, found, condition, low, high)
    return found if best is None else best


def _next_radius(
    radius: float, found: _Found, condition: float, low: float, high: float
) -> float:
    """Return what the law condition ~ 1/size asks for, or the middle of the bracket."""
    ratio = found.condition / (AIMED * condition)
    guess = radius * (ratio if math.isfinite(ratio) else math.inf)
    if not found.is_stable:
        guess = max(guess, 2 * radius)
    if low * CLOSE**0.5 < guess < high / CLOSE**0.5 and guess <= 64 * radius:
        return guess
    return math.sqrt(max(low, radius / 64) * min(high, 64 * radius))


def _at_weight(task: _Task, weight: float) -> _Found:
    """Return the least cond_2(V) + weight ||E||_2 that was found."""
    trial = task.objective(1.0, weight)

    def value(e: numpy.ndarray) -> float:
        return trial(trial.coordinates(e), 0.0).value

    draws = [e * (task.norm / numpy.linalg.norm(e)) for e in task.draws]
    directions = [min(draws, key=lambda e: value(FIRST_SIZE * e))]
    if task.normal is not None:
        directions.append(task.normal)
    e = min((share * each for each in directions for share in SHARES), key=value)
    objective, found = task.objective(float(numpy.linalg.norm(e)), weight), []
    for _ in range(N_RESTARTS):
        run = stable_descent(
            objective,
            objective.coordinates(e),
            max_steps=task.max_steps,
            patience=PATIENCE,
        )
        found.append(_chosen(task, objective, run))
        gain = value(e) - value(found[-1].e)
        e = found[-1].e
        if abs(gain) < PATIENCE:
            break
    ends = [(value(each.e), each) for each in found]
    nothing = numpy.zeros_like(e)
    if objective.is_stable(nothing):
        plain = _Found(nothing, dense_basis(task.a).condition, True)
        ends.append((value(nothing), plain))
    if task.normal is not None:  # whose multiple eigenvalues may have oblique vectors
        norm = float(numpy.linalg.norm(task.normal, 2))
        ends.append((math.log(1 + weight * norm), _Found(task.normal, 1.0, True)))
    return min(ends, key=lambda end: (not end[1].is_stable, end[0]))[1]
