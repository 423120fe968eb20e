"""Solve a split problem over a span of time."""

from collections.abc import Callable

from perturbsci.arguments import flag, one_of
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.adaptivity import march_adaptively
from perturbsci.multiscale.certificates import takes_initial, trajectory_of
from perturbsci.multiscale.initial_layer import LAYERS, layers_to_resolve
from perturbsci.multiscale.marching import Ended, March, march_uniformly
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.parts import Parts
from perturbsci.multiscale.plans import Plan, planned, quiet
from perturbsci.multiscale.problem import SplitProblem, checked_state
from perturbsci.multiscale.recursion import Recursion, starting_recursion
from perturbsci.multiscale.schemes import scheme_name
from perturbsci.multiscale.spans import checked_epsilon, whole_number
from perturbsci.multiscale.tableaux import Tableau
from perturbsci.multiscale.trajectories import (
    Record,
    Trajectory,
)
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["solve"]

POSITIVITY = ("monitor", "limit")
EXPLODED = 1e6  # growth of a state by which an unstable step is recognized
Callback = Callable[[float, Array], bool | None]


def solve(
    problem: SplitProblem,
    *,
    epsilon: float,
    t_span: tuple[float, float],
    scheme: str | Tableau | Multistep = "ars222",
    step: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    t_eval: Array | None = None,
    initial: Array | None = None,
    preparation: str = "well",
    initial_layer: str = "auto",
    callback: Callback | None = None,
    max_steps: int = 1_000_000,
    positivity: str = "monitor",
    strict: bool = True,
) -> Trajectory:
    """Solve D(epsilon) y' = E(y, epsilon) + I(y, epsilon) over a span of time.

    Parameters
    ----------
    problem : SplitProblem
        What is solved.
    epsilon : float
        The small parameter, from 0 on; 0 runs the limit of the scheme.
    t_span : tuple of float
        Start and end.
    scheme : str, Tableau or Multistep
        A name of ``tableau_names()``, ``"bdf1"`` to ``"bdf4"``, or ``"native"``.
    step : float, optional
        Fixed steps of at most this size, equal between two stored times.
    rtol, atol : float, optional
        Instead of ``step``: tolerances of one step, by default 1e-6 and 1e-9.
    t_eval : real array, shape (n,), optional
        The times at which states are stored, hit exactly; start and end by default.
    initial : array, shape (...), optional
        Instead of the initial state of the problem.
    preparation : str
        ``"well"`` or ``"ill"``, for the initial state of the problem.
    initial_layer : str
        ``"off"``; ``"resolve"`` with small first steps (``layer_mesh``); ``"project"`` onto
        the equilibrium, which costs an error of the size of the longest layer; ``"auto"``
        decides.
    callback : callable, optional
        ``callback(time, state)`` after every step; True stops the run. The state is a
        buffer of the run: copy what is kept, modify nothing.
    max_steps : int
        The largest number of steps.
    positivity : str
        ``"monitor"`` negative values, or ``"limit"`` them after every step.
    strict : bool
        Raise if the run fails, else return what was reached, with its status.

    Returns
    -------
    trajectory : Trajectory
        With certificates: what was conserved, and how close to the limit it came.

    Raises
    ------
    ParameterError
        If an argument has a wrong value or the scheme does not fit the problem, and if a
        function of the problem raises.
    ShapeError
        If a state or a result of a function has the wrong shape.
    ConvergenceError
        If the run fails; it carries the partial trajectory.

    Notes
    -----
    Memory for the stages and four states, besides those that are stored. Adaptive steps
    are for one-step schemes.

    References
    ----------
    Ascher, Ruuth and Spiteri (1997); Pareschi and Russo (2005); Hu and Shu (2021).

    Examples
    --------
    >>> from perturbsci.multiscale import jin_xin
    >>> run = solve(jin_xin(16), epsilon=1e-6, t_span=(0.0, 0.5), step=0.01)
    >>> run.n_steps, run.certificate.passed
    (50, True)
    """
    epsilon = checked_epsilon(epsilon)
    strict = flag(strict, "strict", meaning="to raise if the run fails")
    plan = planned(
        problem, epsilon, t_span, scheme, step, (rtol, atol), t_eval=t_eval, strict=strict
    )
    one_of(initial_layer, "initial_layer", LAYERS)
    if callback is not None and not callable(callback):
        raise ParameterError(
            f"callback is {callback!r:.60}; pass a function (time, state), or None"
        )
    y = problem.start(epsilon, preparation)
    if initial is not None:
        own = checked_state(problem, initial, epsilon, "initial")
        y = as_array(own, name="initial", copy=True)
    march = March(
        Parts(problem, epsilon, y),
        y,
        plan.span[0],
        Record(problem, epsilon, y, len(plan.times)),
        callback,
        max_steps=whole_number(max_steps, "max_steps", least=1),
        limits=_limits(problem, positivity),
    )
    recursion = plan.recursion(march.parts)
    if plan.stops and plan.scheme != "native":
        march.parts.check_split(y)
    start = (plan.span[0], y + 0)
    if plan.times[0] == plan.span[0]:
        march.record.store(*start)
    scales: tuple[float, ...] = ()
    if plan.stops:
        scales = layers_to_resolve(
            problem, epsilon, march.y, plan.step, recursion.order, initial_layer
        )
    status = _march(march, recursion, plan, scales)
    if plan.exceeds:
        status = _with_instability(status, march.y, start[1])
    held_out = initial is None or takes_initial(problem)
    return _finished(march, plan, status, start, held_out=held_out, strict=strict)


def _finished(
    march: March,
    plan: Plan,
    status: Status,
    start: tuple[float, Array],
    *,
    held_out: bool,
    strict: bool,
) -> Trajectory:
    """Return the trajectory, or raise with it."""
    problem = march.parts.problem
    trajectory = trajectory_of(
        march.record,
        sizes=march.sizes,
        counts=march.counts(),
        scheme=scheme_name(plan.scheme),
        status=status,
        start=start,
        held_out=held_out,
    )
    if strict and status not in (Status.CONVERGED, Status.STOPPED):
        raise ConvergenceError(
            f"the run of {problem.name!r} with {trajectory.scheme!r} ended at t = "
            f"{trajectory.times[-1]:g} after {trajectory.n_steps} steps, "
            f"{status.name}: {status.value}",
            trajectory,
        )
    return trajectory


def _limits(problem: SplitProblem, positivity: str) -> bool:
    limits = one_of(positivity, "positivity", POSITIVITY) == "limit"
    if limits and problem.limiter is None:
        raise ParameterError(
            f"positivity is {positivity!r} but the problem {problem.name!r} has no "
            "limiter; pass 'monitor'"
        )
    return limits


def _march(
    march: March, recursion: Recursion, plan: Plan, scales: tuple[float, ...]
) -> Status:
    """March to the end of the span; return how it ended."""
    wanted = set(plan.times.tolist())
    if not plan.stops:
        return Status.CONVERGED
    try:
        with quiet():
            if plan.tolerances:
                march_adaptively(
                    march, recursion, plan.stops, wanted, plan.tolerances, plan.largest
                )
            else:
                assert plan.step is not None
                march_uniformly(
                    march,
                    recursion,
                    plan.stops,
                    wanted,
                    plan.step,
                    scales=scales,
                    in_layer=_in_layer(march.parts, plan, scales),
                )
    except Ended as end:
        march.record.store(march.time, march.y)
        return end.status
    return Status.CONVERGED


def _in_layer(parts: Parts, plan: Plan, scales: tuple[float, ...]) -> Recursion | None:
    """Return the one-step scheme that leads a multistep scheme through a layer."""
    if not scales or not isinstance(plan.scheme, Multistep):
        return None
    return starting_recursion(parts, plan.scheme.order)


def _with_instability(status: Status, last: Array, first: Array) -> Status:
    """Return UNSTABLE_STEP if a step above the limit made the state explode."""
    size = float(scalar(abs(last).max()))
    exploded = not size <= EXPLODED * max(float(scalar(abs(first).max())), 1e-300)
    return Status.UNSTABLE_STEP if status is Status.NOT_FINITE or exploded else status
