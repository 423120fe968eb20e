"""Steps one by one, for a time loop inside another code."""

from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.arguments import number, positive
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.parts import FailedCall, Parts, is_finite
from perturbsci.multiscale.plans import planned, quiet
from perturbsci.multiscale.problem import SplitProblem, checked_state
from perturbsci.multiscale.recursion import recursion_of
from perturbsci.multiscale.schemes import Scheme
from perturbsci.multiscale.spans import checked_epsilon, whole_number
from perturbsci.multiscale.tableaux import Tableau
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Stepper", "stepper"]


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

    Examples
    --------
    >>> from perturbsci.multiscale import goldstein_taylor
    >>> problem = goldstein_taylor(8)
    >>> stepper(problem, epsilon=0.1, step=0.1).advance(problem.start(0.1)).shape
    (2, 8)
    """

    problem: SplitProblem
    epsilon: float
    scheme: Scheme
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
        >>> from perturbsci.multiscale import jin_xin, solve
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
        time = number(time, "time")
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
        with quiet():
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
    step = positive(step, "step")
    plan = planned(problem, epsilon, (0.0, step), scheme, step)
    plan.recursion(Parts(problem, epsilon, problem.start(epsilon)))
    return Stepper(problem, epsilon, plan.scheme, step)


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
                seen = error.at(time + k * h, k + 1, h, self.parts.problem)
                raise seen from error.__cause__
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
