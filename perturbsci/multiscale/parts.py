"""The functions of a problem at one epsilon, with buffers, checks and counts."""

import math
from collections.abc import Callable
from types import ModuleType

import numpy

from perturbsci.backend.arrays import as_array, device_of, namespace, scalar, to_host
from perturbsci.errors import BackendError, ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale.problem import SplitProblem, parameter_names
from perturbsci.types import Array

__all__ = ["FailedCall", "Parts", "is_finite"]

SPLIT = 1e-3  # relative; a solve that returns another state than it was given


class FailedCall(Exception):  # noqa: N818 (a message from inside a step, never seen outside)
    """A function of the user raised; the text says which, the cause what."""

    def at(self, time: float, step: int, h: float, problem: SplitProblem) -> ParameterError:
        """Return the error that a user sees, to be chained to what the function raised.

        Parameters
        ----------
        time : float
            At the start of the step.
        step : int
            Its number, from 1 on.
        h : float
            Its length.
        problem : SplitProblem
            Whose function it is.

        Returns
        -------
        error : ParameterError
            Not raised yet.
        """
        cause = self.__cause__
        return ParameterError(
            f"{self} raised {type(cause).__name__} at t = {time:.6g}, step {step} (h = "
            f"{h:.3g}): {cause}; correct the function of the problem {problem.name!r}"
        )


class Parts:
    """The two parts and the weight of a problem at one epsilon; it counts the calls.

    Parameters
    ----------
    problem : SplitProblem
        With its functions.
    epsilon : float
        Checked.
    like : array, shape (...)
        A state, of which buffers have shape and dtype.

    Raises
    ------
    ParameterError
        If the weight is negative or not finite.
    ShapeError
        If it does not broadcast to the state.
    """

    def __init__(self, problem: SplitProblem, epsilon: float, like: Array) -> None:
        self.problem, self.epsilon, self.like = problem, epsilon, like
        self.xp: ModuleType = namespace(like)
        self.weight, self.has_zero_weight = _weight_of(problem, epsilon, like)
        self.counts = {"explicit": 0, "implicit": 0}
        self._explicit = _filling("explicit", problem.explicit, like)
        self._solve = _filling("solve_implicit", problem.solve_implicit, like)
        self._native = _filling("native", problem.native, like)
        solve = problem.solve_implicit
        self._guesses = solve is not None and "guess" in parameter_names(solve)

    def buffer(self) -> Array:
        """Return a new array for a state.

        Returns
        -------
        buffer : array, shape (...)
            Zeros.
        """
        return self.xp.zeros_like(self.like)

    def evaluate(self, y: Array, out: Array) -> None:
        """Write E(y) into ``out``.

        Parameters
        ----------
        y, out : array, shape (...)
            States.
        """
        self.counts["explicit"] += 1
        self._explicit(out, y, self.epsilon)

    def solve(self, rhs: Array, h: float, guess: Array, out: Array) -> None:
        """Write the y with D y - h I(y) = rhs into ``out``.

        Parameters
        ----------
        rhs, guess, out : array, shape (...)
            ``guess`` is the latest state and may be ``out``; ``rhs`` may not.
        h : float
            The step times a coefficient.
        """
        if self.problem.solve_implicit is None:
            self.divide(rhs, out)
            return
        self.counts["implicit"] += 1
        if self._guesses:
            self._solve(out, rhs, h, self.epsilon, guess)
        else:
            self._solve(out, rhs, h, self.epsilon)

    def step_natively(self, y: Array, h: float, out: Array) -> None:
        """Write the result of the problem's own step into ``out``.

        Parameters
        ----------
        y, out : array, shape (...)
            States.
        h : float
            The step.
        """
        self._native(out, y, h, self.epsilon)

    def check_split(self, y: Array) -> None:
        """Refuse a solve that does not return y for D y and a step of length 0.

        Parameters
        ----------
        y : array, shape (...)
            A state.

        Raises
        ------
        ParameterError
            If solve_implicit belongs to another D, or takes its arguments in another
            order. Where D has zeros, and where a step of 0 has no meaning to it, nothing
            is said.
        """
        problem = self.problem
        if problem.solve_implicit is None or self.has_zero_weight:
            return
        rhs, found = self.buffer(), self.buffer()
        self.multiply(y, rhs)
        implicit = self.counts["implicit"]
        try:
            with numpy.errstate(all="ignore"):
                self.solve(rhs, 0.0, y, found)
        except (FailedCall, ConvergenceError):
            return
        finally:
            self.counts["implicit"] = implicit
        size = float(scalar(abs(y).max()))
        error = float(scalar(abs(found - y).max()))
        if math.isfinite(error) and error > SPLIT * size:
            raise ParameterError(
                f"solve_implicit of the problem {problem.name!r} solves another equation: "
                f"for rhs = D y and h = 0 it must return y, and is off by {error:.3g} at "
                f"epsilon = {self.epsilon:g}; make it return the y with D y - h I(y) = "
                "rhs, D that of weight (1 without one), arguments (rhs, h, epsilon)"
            )

    def multiply(self, y: Array, out: Array) -> None:
        """Write D y into ``out``.

        Parameters
        ----------
        y, out : array, shape (...)
            May be the same.
        """
        if self.weight is None:
            out[...] = y
        else:
            self.xp.multiply(self.weight, y, out=out)

    def divide(self, rhs: Array, out: Array) -> None:
        """Write rhs/D into ``out``.

        Parameters
        ----------
        rhs, out : array, shape (...)
            May be the same.
        """
        if self.weight is None:
            out[...] = rhs
        else:
            self.xp.divide(rhs, self.weight, out=out)


def is_finite(state: Array) -> bool:
    """Tell whether all entries are finite.

    Parameters
    ----------
    state : array, shape (...)
        On any device, for which this waits.

    Returns
    -------
    finite : bool
        The sum is looked at first: it is infinite or NaN if an entry is.
    """
    xp = namespace(state)
    total = scalar(xp.sum(state))
    return bool(abs(total) < float("inf")) or bool(scalar(xp.all(xp.isfinite(state))))


def _weight_of(
    problem: SplitProblem, epsilon: float, like: Array
) -> tuple[Array | None, bool]:
    """Return D as an array like the state, None for ones, and whether it has zeros."""
    if problem.weight is None:
        return None, False
    weight = problem.weight(epsilon)
    xp = namespace(like)
    if not hasattr(weight, "shape"):
        weight = xp.asarray(weight, device=like.device)
    weight = as_array(weight, name="weight", real=True)
    if device_of(weight) != device_of(like):
        raise BackendError(
            f"weight of the problem {problem.name!r} lives on {device_of(weight)} but its "
            f"state on {device_of(like)}; make it there"
        )
    try:
        fits = numpy.broadcast_shapes(weight.shape, like.shape) == tuple(like.shape)
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"weight of the problem {problem.name!r} has shape {weight.shape}, which does "
            f"not broadcast to the state, {like.shape}; insert axes of length 1"
        )
    smallest = float(to_host(weight).min())
    if smallest < 0:
        raise ParameterError(
            f"weight of the problem {problem.name!r} is {smallest:g} somewhere at epsilon "
            f"= {epsilon:g}; D must not be negative"
        )
    # One full array: NumPy multiplies through a buffer where it has to broadcast.
    full = xp.broadcast_to(xp.asarray(weight, dtype=like.real.dtype), like.shape)
    return xp.asarray(full, copy=True), smallest == 0


def _filling(
    name: str, function: Callable[..., Array] | None, like: Array
) -> Callable[..., None]:
    """Return a function that writes the result of a user's function into a buffer."""
    takes_out = function is not None and "out" in parameter_names(function)
    watched = True  # in the first call, whether the argument stays as it is

    def fill(out: Array, given: Array, *others: object) -> None:
        nonlocal watched
        assert function is not None
        before = given + 0 if watched else None
        try:
            found = (
                function(given, *others, out=out) if takes_out else function(given, *others)
            )
        except ConvergenceError:
            raise
        except Exception as error:
            raise FailedCall(name) from error
        if before is not None:
            watched = False
            _check_untouched(name, before, given)
        if found is out or (takes_out and found is None):
            return
        _check_result(name, found, like)
        out[...] = found

    return fill


def _check_untouched(name: str, before: Array, after: Array) -> None:
    xp = namespace(before)
    changed = (before != after) & (before == before)  # not NaN before
    if bool(scalar(xp.any(changed))):
        raise ParameterError(
            f"{name} modified the array that it was given, which the run still needs; "
            "work on a copy, or write into a parameter named out"
        )


def _check_result(name: str, found: Array, like: Array) -> None:
    shape = getattr(found, "shape", None)
    if shape is None:
        raise ShapeError(
            f"{name} returned a {type(found).__name__}, {found!r:.40}, needed one array of "
            f"the shape of the state, {like.shape}; join parts with stack"
        )
    if shape != like.shape:
        raise ShapeError(
            f"{name} returned shape {shape}, needed an array of the shape of the state, "
            f"{like.shape}"
        )
    if isinstance(found, numpy.generic):  # what NumPy makes of an array without axes
        found = numpy.asarray(found)
    if found.dtype.kind == "c" and like.dtype.kind != "c":
        raise ParameterError(
            f"{name} returned complex numbers for a state of dtype {like.dtype}; start "
            "from a complex state, or return the real part"
        )
    if device_of(found) != device_of(like):
        raise BackendError(
            f"{name} returned an array on {device_of(found)} for a state on "
            f"{device_of(like)}; compute it there"
        )
