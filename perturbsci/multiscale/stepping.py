"""Solve a split problem, or make its steps one by one inside another code."""

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.backend.arrays import as_array
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.marching import (
    Ended,
    March,
    march_adaptively,
    march_uniformly,
)
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.problem import SplitProblem, checked_epsilon, checked_state
from perturbsci.multiscale.recursion import (
    FailedCall,
    Parts,
    Recursion,
    is_finite,
    recursion_of,
    scheme_named,
)
from perturbsci.multiscale.spans import (
    checked_span,
    checked_times,
    one_of,
    positive_number,
    whole_number,
)
from perturbsci.multiscale.tableaux import Tableau, tableau
from perturbsci.multiscale.trajectories import (
    Record,
    Trajectory,
    distance_to_equilibrium,
    takes_initial,
    trajectory_of,
)
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Stepper", "solve", "stepper"]

LAYERS = ("off", "resolve", "project", "auto")
POSITIVITY = ("monitor", "limit")
RTOL, ATOL = 1e-6, 1e-9
EXPLODED = 1e6  # growth of a state by which an unstable step is recognized


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
    callback: Callable[[float, Array], bool | None] | None = None,
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
        ``callback(time, state)`` after every step, which must not modify the state; True
        stops the run.
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
    plan = _planned(problem, epsilon, t_span, scheme, step, (rtol, atol), t_eval, strict)
    one_of(initial_layer, "initial_layer", LAYERS)
    y = problem.start(epsilon, preparation)
    if initial is not None:
        own = checked_state(problem, initial, epsilon)
        y = as_array(own, name="initial", copy=True)
    march = March(
        Parts(problem, epsilon, y),
        y,
        plan.span[0],
        Record(problem, epsilon, y, len(plan.times)),
        callback,
        whole_number(max_steps, "max_steps", least=1),
        _limits(problem, positivity),
    )
    recursion = _recursion(march.parts, plan)
    start = (plan.span[0], y + 0)
    if plan.times[0] == plan.span[0]:
        march.record.store(*start)
    scales = _prepare_layer(march, recursion.order, plan, initial_layer)
    status = _march(march, recursion, plan, scales)
    status = _with_instability(status, march, start[1], plan)
    trajectory = trajectory_of(
        march.record,
        sizes=march.sizes,
        counts=march.counts(),
        scheme=_name(plan.scheme),
        status=status,
        start=start,
        held_out=initial is None or takes_initial(problem),
    )
    if strict and status not in (Status.CONVERGED, Status.STOPPED):
        raise ConvergenceError(
            f"the run of {problem.name!r} with {trajectory.scheme!r} ended at t = "
            f"{trajectory.times[-1]:g} after {trajectory.n_steps} steps, "
            f"{status.name}: {status.value}",
            trajectory,
        )
    return trajectory


@dataclass(frozen=True, slots=True, eq=False)
class Stepper:
    """The steps of one scheme, one after the other, for a time loop of one's own.

    Made by ``stepper``. It is for one thread: the buffers of the first call serve all
    later ones.

    Parameters
    ----------
    problem : SplitProblem
        What is solved.
    epsilon : float
        The small parameter.
    scheme : Tableau, Multistep or ``"native"``
        How.
    step : float
        The size of every step.
    """

    problem: SplitProblem
    epsilon: float
    scheme: Tableau | Multistep | str
    step: float
    _memory: dict[str, object] = option(default_factory=dict, repr=False)

    def advance(
        self,
        state: Array,
        *,
        time: float = 0.0,
        n_steps: int = 1,
        out: Array | None = None,
    ) -> Array:
        """Return the state some steps later.

        Parameters
        ----------
        state : array, shape (...)
            y; a multistep scheme starts anew if it is not the state returned last.
        time : float
            The time of ``state``, for messages only.
        n_steps : int
            How many steps.
        out : array, shape (...), optional
            Where the result goes; may be ``state`` itself. Without it the result is a new
            array, the only one that is allocated.

        Returns
        -------
        state : array, shape (...)
            After ``n_steps`` steps; ``out`` if it was given.

        Raises
        ------
        ShapeError
            If ``state`` or ``out`` has the wrong shape.
        ParameterError
            If ``out`` has another dtype, or a function of the problem raises.
        ConvergenceError
            If the state is not finite any more (looked at on the host only).

        Examples
        --------
        >>> from perturbsci.multiscale import jin_xin
        >>> problem = jin_xin(16)
        >>> steps = stepper(problem, epsilon=1e-6, step=0.01)
        >>> state = problem.start(1e-6)
        >>> for _ in range(5):
        ...     state = steps.advance(state, n_steps=10)
        >>> run = solve(problem, epsilon=1e-6, t_span=(0.0, 0.5), step=0.01)
        >>> bool((state == run.states[-1]).all())
        True
        """
        n_steps = whole_number(n_steps, "n_steps", least=1)
        work = self._memory.get("work")
        if not isinstance(work, _Work) or not work.fits(state):
            y = checked_state(self.problem, state, self.epsilon)
            if not isinstance(work, _Work) or work.last.dtype != y.dtype:
                work = _Work(self, y)
                self._memory["work"] = work
            state = y
        out = work.result(out)
        if work.recursion.remembers and not work.is_last(state):
            work.recursion.restart()
        with _quiet():
            work.run(state, out, n_steps, time, self.step)
        return out


def stepper(
    problem: SplitProblem,
    *,
    epsilon: float,
    scheme: str | Tableau | Multistep = "ars222",
    step: float,
) -> Stepper:
    """Return an object whose ``advance`` makes steps without allocating anything.

    Parameters
    ----------
    problem : SplitProblem
        What is solved.
    epsilon : float
        The small parameter, from 0 on.
    scheme : str, Tableau or Multistep
        As for ``solve``.
    step : float
        The size of every step.

    Returns
    -------
    stepper : Stepper
        Gives the bits of ``solve`` with the same steps and ``initial_layer="off"``.

    Raises
    ------
    ParameterError
        If an argument has a wrong value, the scheme does not fit the problem, or the step
        exceeds ``largest_step``.

    Notes
    -----
    The first call of ``advance`` allocates the stages and five states.

    Examples
    --------
    >>> from perturbsci.multiscale import jin_xin
    >>> stepper(jin_xin(16), epsilon=1e-6, scheme="bdf2", step=0.01).step
    0.01
    """
    epsilon = checked_epsilon(epsilon)
    step = positive_number(step, "step")
    span = (0.0, step)
    plan = _planned(problem, epsilon, span, scheme, step, (None, None), None, True)
    _recursion(Parts(problem, epsilon, problem.start(epsilon)), plan)
    return Stepper(problem, epsilon, plan.scheme, step)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Arguments of a run that were checked."""

    span: tuple[float, float]
    times: Array
    scheme: Tableau | Multistep | str
    step: float | None
    tolerances: tuple[float, float] | None
    largest: float

    @property
    def stops(self) -> list[float]:
        """The times after the start at which a step must end."""
        later = {*self.times.tolist(), self.span[1]} - {self.span[0]}
        return sorted(later)


class _Work:
    """The buffers of a stepper."""

    def __init__(self, steps: Stepper, like: Array) -> None:
        self.parts = Parts(steps.problem, steps.epsilon, like)
        self.recursion = recursion_of(self.parts, steps.scheme)
        self.last = self.parts.buffer()
        self.returned: Array = None
        self.same = self.parts.xp.zeros(like.shape, dtype=bool, device=like.device)

    def fits(self, state: Array) -> bool:
        """Tell whether a state, shape (...), can be used as it is."""
        last = self.last
        if type(state) is not type(last) or state.shape != last.shape:
            return False
        return state.dtype == last.dtype and state.flags.c_contiguous

    def result(self, out: Array | None) -> Array:
        """Return where the result goes, shape (...)."""
        if out is None:
            return self.parts.buffer()
        if self.fits(out) and getattr(out.flags, "writeable", True):
            return out
        found = f"shape {getattr(out, 'shape', None)}, dtype {getattr(out, 'dtype', None)}"
        raise ParameterError(
            f"out has {found}; pass a writeable array in C order of shape "
            f"{self.last.shape} and dtype {self.last.dtype}, as the state has"
        )

    def is_last(self, state: Array) -> bool:
        """Tell whether a state, shape (...), is the one that was returned last."""
        if self.returned is None:
            return False
        if self.parts.xp is not numpy:  # a comparison of contents would have to wait
            return state is self.returned
        numpy.equal(state, self.last, out=self.same)
        return bool(self.same.all())

    def run(self, state: Array, out: Array, n_steps: int, time: float, h: float) -> None:
        """Make the steps from state to out, shape (...)."""
        for k in range(n_steps):
            try:
                self.recursion.advance(state, h, out)
            except FailedCall as error:
                cause = error.__cause__
                raise ParameterError(
                    f"{error} raised {type(cause).__name__} at t = {time + k * h:.6g}, "
                    f"step {k + 1} (h = {h:.3g}): {cause}; correct the function of the "
                    f"problem {self.parts.problem.name!r}"
                ) from cause
            state = out
        if self.parts.xp is numpy and not is_finite(out):
            self.returned = None
            raise ConvergenceError(
                f"the state after t = {time:g} is not finite (h = {h:.3g}): "
                f"{Status.NOT_FINITE.value}"
            )
        if self.recursion.remembers:
            self.last[...] = out
        self.returned = out


def _planned(
    problem: SplitProblem,
    epsilon: float,
    t_span: tuple[float, float],
    scheme: object,
    step: float | None,
    tolerances: tuple[float | None, float | None],
    t_eval: Array | None,
    strict: bool,
) -> _Plan:
    """Return what is to be done, or say which argument is in the way."""
    if not isinstance(problem, SplitProblem):
        raise ParameterError(
            f"problem is a {type(problem).__name__}; pass a SplitProblem, such as "
            "jin_xin(64)"
        )
    span = checked_span(t_span)
    times = checked_times(t_eval, span)
    if (step is None) == (tolerances == (None, None)):
        raise ParameterError(
            f"step is {step!r}, rtol {tolerances[0]!r} and atol {tolerances[1]!r}; pass "
            "either step, or one or both tolerances"
        )
    if step is not None:
        step = positive_number(step, "step")
        length = span[1] - span[0]
        if length and step > length * (1 + 1e-9):
            raise ParameterError(
                f"step is {step:g} but t_span only {length:g} long; pass a step of at most "
                "that"
            )
    rtol, atol = tolerances
    chosen = scheme_named(scheme)
    if problem.admit is not None:
        problem.admit(chosen, epsilon, step)
    return _Plan(
        span,
        times,
        chosen,
        step,
        None
        if step is not None
        else (
            RTOL if rtol is None else positive_number(rtol, "rtol"),
            ATOL if atol is None else positive_number(atol, "atol"),
        ),
        _largest_step(problem, epsilon, step, strict),
    )


def _largest_step(
    problem: SplitProblem, epsilon: float, step: float | None, strict: bool
) -> float:
    if problem.largest_step is None:
        return math.inf
    largest = float(problem.largest_step(epsilon))
    if strict and step is not None and step > largest * (1 + 1e-9):
        raise ParameterError(
            f"step is {step:g} but the explicit part of {problem.name!r} is stable up to "
            f"largest_step = {largest:.6g} at epsilon = {epsilon:g}; pass a smaller step, "
            "or strict=False to see what happens"
        )
    return largest


def _limits(problem: SplitProblem, positivity: str) -> bool:
    limits = one_of(positivity, "positivity", POSITIVITY) == "limit"
    if limits and problem.limiter is None:
        raise ParameterError(
            f"positivity is {positivity!r} but the problem {problem.name!r} has no "
            "limiter; pass 'monitor'"
        )
    return limits


def _recursion(parts: Parts, plan: _Plan) -> Recursion:
    recursion = recursion_of(parts, plan.scheme)
    if plan.tolerances and not recursion.adaptive:
        raise ParameterError(
            f"rtol is {plan.tolerances[0]:g} with scheme {_name(plan.scheme)!r}, whose "
            "steps are fixed; pass step=, or a one-step scheme such as 'ark324'"
        )
    return recursion


def _prepare_layer(
    march: March, order: int, plan: _Plan, initial_layer: str
) -> tuple[float, ...]:
    """Project the state where that is wanted; return the layers to be resolved."""
    problem, epsilon, step = march.parts.problem, march.parts.epsilon, plan.step
    if initial_layer == "off" or not plan.stops:
        return ()
    scales: tuple[float, ...] = ()
    if problem.layer_scales is not None:
        scales = tuple(float(each) for each in problem.layer_scales(epsilon))
    resolved = tuple(each for each in scales if each > 0)
    if initial_layer == "resolve":
        return resolved
    allowed = (bool(scales) and max(scales) < 1e-3 * (step or 0.0) ** order) or epsilon == 0
    if initial_layer == "project":
        if problem.equilibrium is None or not allowed:
            limit = 1e-3 * (step or 0.0) ** order
            raise ParameterError(
                f"initial_layer is {initial_layer!r} for {problem.name!r} with layers "
                f"{scales}: it needs an equilibrium, and layers below 1e-3 step^order = "
                f"{limit:.3g}; pass 'resolve'"
            )
        march.y[...] = problem.equilibrium(march.y)
        return ()
    if problem.equilibrium is None or (not scales and epsilon > 0):
        return ()
    if epsilon > 0 and not any(each < (step or 0.0) for each in scales):
        return ()  # also with adaptive steps, which find the layer
    if epsilon > 0 and distance_to_equilibrium(problem, march.y) < 10 * max(scales):
        return ()
    if allowed:
        march.y[...] = problem.equilibrium(march.y)
        return ()
    return resolved


def _march(
    march: March, recursion: Recursion, plan: _Plan, scales: tuple[float, ...]
) -> Status:
    """March to the end of the span; return how it ended."""
    wanted = set(plan.times.tolist())
    try:
        with _quiet():
            if not plan.stops:
                return Status.CONVERGED
            if plan.tolerances:
                rtol, atol = plan.tolerances
                march_adaptively(
                    march,
                    recursion,
                    plan.stops,
                    wanted,
                    rtol=rtol,
                    atol=atol,
                    largest=plan.largest,
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
                    in_layer=_layer_recursion(march.parts, plan.scheme, scales),
                )
    except Ended as end:
        march.record.store(march.time, march.y)
        return end.status
    return Status.CONVERGED


def _layer_recursion(
    parts: Parts, scheme: Tableau | Multistep | str, scales: tuple[float, ...]
) -> Recursion | None:
    """Return the one-step scheme that leads a multistep scheme through a layer."""
    if not scales or not isinstance(scheme, Multistep):
        return None
    return recursion_of(parts, tableau("ars222" if scheme.order <= 2 else "ars443"))


def _with_instability(status: Status, march: March, start: Array, plan: _Plan) -> Status:
    """Return UNSTABLE_STEP where a step that is too large made the state explode."""
    if plan.step is None or plan.step <= plan.largest * (1 + 1e-9):
        return status
    size = float(abs(march.y).max())
    exploded = size > EXPLODED * max(float(abs(start).max()), 1e-300)
    return Status.UNSTABLE_STEP if status is Status.NOT_FINITE or exploded else status


def _name(scheme: Tableau | Multistep | str) -> str:
    return scheme if isinstance(scheme, str) else scheme.name


def _quiet() -> contextlib.AbstractContextManager[None]:
    """Return a context in which a state may become infinite: that is looked at here."""
    return numpy.errstate(all="ignore")
