"""A relaxation over many decades of time, with steps that double from octave to octave."""

from collections.abc import Iterator

import numpy

from perturbsci.multiscale import SplitProblem, Trajectory, solve
from perturbsci.types import Array

__all__ = ["marched_octaves", "octave_ends"]


def octave_ends(first: float, last: float) -> Array:
    """Return times with ratio 2 up to the last one.

    Parameters
    ----------
    first, last : float
        The first time is the largest one that does not exceed ``first``.

    Returns
    -------
    times : real array, shape (n,)
        Ascending.
    """
    n = int(numpy.ceil(numpy.log2(last / first)))
    return last * 2.0 ** numpy.arange(-n, 1)


def marched_octaves(
    problem: SplitProblem, epsilon: float, ends: Array, n_steps: int
) -> Iterator[Trajectory]:
    """Yield a run for each octave, each from where the one before ended.

    Parameters
    ----------
    problem : SplitProblem
        Autonomous; started from its ill-prepared data.
    epsilon : float
        The small parameter.
    ends : real array, shape (n,)
        Where the octaves end; the first begins at 0.
    n_steps : int
        Steps of bdf2 in each.

    Yields
    ------
    run : Trajectory
        Of two states, its time counted from its start.
    """
    state, begin = None, 0.0
    for end in ends.tolist():
        span = end - begin
        run = solve(
            problem,
            epsilon=epsilon,
            t_span=(0.0, span),
            scheme="bdf2",
            step=span / n_steps,
            initial=state,
            preparation="ill",
            initial_layer="off",
        )
        yield run
        state, begin = run.states[-1], end
