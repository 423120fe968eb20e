"""A relaxation over many decades of time, with steps that grow from octave to octave."""

import numpy

from perturbsci.multiscale import SplitProblem, Trajectory, solve
from perturbsci.types import Array

__all__ = ["marched_octaves", "octave_ends", "octave_values"]


def octave_ends(first: float, last: float) -> Array:
    """Return times with ratio 2 up to the last one.

    Parameters
    ----------
    first, last : float
        The first time is the largest one that does not exceed ``first``.

    Returns
    -------
    times : real array, shape (n,)
        Ascending, n odd.
    """
    n = int(numpy.ceil(numpy.log2(last / first)))
    return last * 2.0 ** numpy.arange(-n - n % 2, 1)


def marched_octaves(
    problem: SplitProblem, epsilon: float, ends: Array, n_steps: int
) -> list[Trajectory]:
    """Return runs, the first over one octave, each later one over two.

    Parameters
    ----------
    problem : SplitProblem
        Autonomous; started from its ill-prepared data.
    epsilon : float
        The small parameter.
    ends : real array, shape (n,)
        Of ``octave_ends``; the first octave begins at 0.
    n_steps : int
        Steps of bdf2 in each run, divisible by 3; a start costs two more evaluations.

    Returns
    -------
    runs : list of Trajectory
        Of the states at its start and at the ends of its octaves; each starts where the
        one before ended, and counts its time from there.
    """
    runs: list[Trajectory] = []
    begin = 0.0
    for end in ends[::2].tolist():
        span = end - begin
        stops = [0.0, span / 3, span] if runs else [0.0, span]
        run = solve(
            problem,
            epsilon=epsilon,
            t_span=(0.0, span),
            scheme="bdf2",
            step=span / n_steps,
            t_eval=stops,
            initial=runs[-1].states[-1] if runs else None,
            preparation="ill",
            initial_layer="off",
        )
        runs.append(run)
        begin = end
    return runs


def octave_values(runs: list[Trajectory], name: str) -> Array:
    """Return an observable, or the entropy, at 0 and at the end of each octave.

    Parameters
    ----------
    runs : list of Trajectory
        Of ``marched_octaves``.
    name : str
        Of an observable, or ``"entropy"``.

    Returns
    -------
    values : real array, shape (n + 1, ...)
        At 0 and at the times of ``octave_ends``.
    """
    series = [
        numpy.asarray(run.entropy if name == "entropy" else run.observables[name])
        for run in runs
    ]
    return numpy.concatenate([series[0], *(each[1:] for each in series[1:])])
