"""The functions of a problem at one epsilon, with buffers, checks and counts."""

from collections.abc import Callable
from types import ModuleType

import numpy

from perturbsci.backend.arrays import as_array, device_of, namespace, scalar, to_host
from perturbsci.errors import BackendError, ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale.problem import SplitProblem, parameter_names
from perturbsci.types import Array

__all__ = ["FailedCall", "Parts", "is_finite"]


class FailedCall(Exception):  # noqa: N818 (a message from inside a step, never seen outside)
    """A function of the user raised; the text says which, the cause what."""


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

    def fill(out: Array, *arguments: object) -> None:
        assert function is not None
        try:
            found = function(*arguments, out=out) if takes_out else function(*arguments)
        except ConvergenceError:
            raise
        except Exception as error:
            raise FailedCall(name) from error
        if found is out or (takes_out and found is None):
            return
        _check_result(name, found, like)
        out[...] = found

    return fill


def _check_result(name: str, found: Array, like: Array) -> None:
    shape = getattr(found, "shape", None)
    if shape != like.shape:
        what = f"shape {shape}" if shape is not None else f"{found!r:.60}"
        raise ShapeError(
            f"{name} returned {what}, needed an array of the shape of the state, "
            f"{like.shape}"
        )
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
