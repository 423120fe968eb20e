"""Descend by L-BFGS, and keep the best point that is stable.

Reference: Liu and Nocedal (1989).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy

from perturbsci.statespace.objectives import Evaluation, Objective

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

__all__ = ["Descent", "descend", "stable_descent"]

MEMORY = 20  # pairs of the L-BFGS matrix
WINDOW = 10  # steps over which progress is measured
MOST_EVALUATIONS = 3  # a step
PENALTIES = (1e3, 1e5, 1e7)
LIMIT_REACHED = 1  # of the statuses of L-BFGS-B in SciPy


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """Where a descent ended, and what it passed.

    Parameters
    ----------
    point : real array, shape (m,)
        The last one.
    last : Evaluation
        There, with the penalty of this descent.
    best : Evaluation or None
        The stable one of the smallest value without penalty; None if none was stable.
    n_steps : int
        Steps made.
    is_finished : bool
        Whether it ended before ``max_steps``.
    """

    point: numpy.ndarray
    last: Evaluation
    best: Evaluation | None
    n_steps: int
    is_finished: bool


def descend(
    objective: Objective,
    start: numpy.ndarray,
    *,
    penalty: float,
    max_steps: int,
    patience: float,
) -> Descent:
    """Return where a descent from a point ends.

    Parameters
    ----------
    objective : Objective
        f.
    start : real array, shape (m,)
        Coordinates.
    penalty : float
        Of instability.
    max_steps : int
        From 1 on.
    patience : float
        It ends once 10 steps lower f by less than this.

    Returns
    -------
    descent : Descent
        Never worse than the start.

    Notes
    -----
    About 1.1 evaluations a step, each about one ``eig`` and one inverse.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 (slow to load)

    best: list[Evaluation] = []
    progress: list[float] = []

    def evaluate(x: numpy.ndarray) -> tuple[float, numpy.ndarray]:
        found = objective(numpy.ascontiguousarray(x), penalty)
        if found.is_stable and not (best and best[0].value <= found.value):
            best[:] = [found]
        return found.penalized, found.gradient

    def watch(intermediate_result: "OptimizeResult") -> None:
        progress.append(float(intermediate_result.fun))
        gain = progress[-WINDOW - 1] - progress[-1] if len(progress) > WINDOW else numpy.inf
        if gain < patience:
            raise StopIteration

    options = {
        "maxiter": max_steps,
        "maxfun": MOST_EVALUATIONS * max_steps + WINDOW,
        "maxcor": MEMORY,
        "ftol": 1e-10,
        "gtol": 1e-8,
    }
    end = minimize(
        evaluate, start, jac=True, method="L-BFGS-B", callback=watch, options=options
    )
    point = numpy.ascontiguousarray(end.x)
    last, found = objective(point, penalty), best[0] if best else None
    return Descent(point, last, found, int(end.nit), end.status != LIMIT_REACHED)


def stable_descent(
    objective: Objective, start: numpy.ndarray, *, max_steps: int, patience: float
) -> Descent:
    """Return where a descent ends that lets instability pass first, then penalizes it.

    Parameters
    ----------
    objective : Objective
        f; its margin says whether stability is asked for.
    start : real array, shape (m,)
        Coordinates.
    max_steps : int
        In all.
    patience : float
        As for ``descend``.

    Returns
    -------
    descent : Descent
        ``best`` is that of all rounds.
    """
    kept = 0 if objective.margin is None else max_steps // 3
    run = descend(
        objective, start, penalty=0.0, max_steps=max_steps - kept, patience=patience
    )
    for penalty in PENALTIES:
        left = max_steps - run.n_steps
        if left < 1 or (run.last.is_stable and run.is_finished):
            break
        then = descend(
            objective, run.point, penalty=penalty, max_steps=left, patience=patience
        )
        found = [each for each in (run.best, then.best) if each is not None]
        best = min(found, key=lambda each: each.value, default=None)
        n_steps = run.n_steps + then.n_steps
        run = replace(then, best=best, n_steps=n_steps)
    return run
