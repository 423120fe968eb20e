"""One step of a scheme, as ``solve`` and ``Stepper`` make it, without allocation.

Stage i of a tableau, with D the weight of the problem:

    rhs_i = D y_n + h sum_{j<i} (A~_ij E_j + A_ij I_j)
    Y_i   = solve_implicit(rhs_i, h A_ii)
    I_i   = (D Y_i - rhs_i)/(h A_ii)
    E_i   = explicit(Y_i)

I is never evaluated, and nothing is divided by epsilon. If A_11 = 0, Y_1 = y_n; where the
first column of A is not zero (kind CK), I_1 is that of the last stage of the step before.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Protocol

import numpy

from perturbsci.backend.arrays import as_array, device_of, namespace, scalar, to_host
from perturbsci.errors import BackendError, ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.problem import SplitProblem, parameter_names
from perturbsci.multiscale.tableaux import Tableau, nearest_first, tableau, tableau_names
from perturbsci.types import Array

__all__ = ["Parts", "Recursion", "recursion_of", "scheme_named", "FailedCall"]

MULTISTEP = ("bdf1", "bdf2", "bdf3", "bdf4")
FIRST_SOLVE = 1e-3  # length of the solves that find I_1 of kind CK, in steps
FIRST_SOLVES = 2
START = {2: ("ars222", 1), 3: ("ars443", 4), 4: ("ars443", 16)}
SAME = 1e-12  # relative difference of two steps that count as one


class FailedCall(Exception):  # noqa: N818 (a message from inside a step, never seen outside)
    """A function of the user raised; it says which."""


class Recursion(Protocol):
    """What steps: one scheme bound to one problem, one epsilon and its buffers."""

    order: int
    adaptive: bool
    remembers: bool

    def advance(self, y: Array, h: float, out: Array) -> None:
        """Write the state after one step of length h into ``out``, which may be ``y``."""

    def restart(self) -> None:
        """Forget all earlier steps."""


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
        """Return a new array for a state, shape (...)."""
        return self.xp.zeros_like(self.like)

    def evaluate(self, y: Array, out: Array) -> None:
        """Write E(y) into ``out``, shape (...)."""
        self.counts["explicit"] += 1
        self._explicit(out, y, self.epsilon)

    def solve(self, rhs: Array, h: float, guess: Array, out: Array) -> None:
        """Write the y with D y - h I(y) = rhs into ``out``, shape (...), not ``rhs``."""
        if self.problem.solve_implicit is None:
            self.divide(rhs, out)
            return
        self.counts["implicit"] += 1
        if self._guesses:
            self._solve(out, rhs, h, self.epsilon, guess)
        else:
            self._solve(out, rhs, h, self.epsilon)

    def step_natively(self, y: Array, h: float, out: Array) -> None:
        """Write the result of the problem's own step into ``out``, shape (...)."""
        self._native(out, y, h, self.epsilon)

    def multiply(self, y: Array, out: Array) -> None:
        """Write D y into ``out``, shape (...)."""
        if self.weight is None:
            out[...] = y
        else:
            self.xp.multiply(self.weight, y, out=out)

    def divide(self, rhs: Array, out: Array) -> None:
        """Write rhs/D into ``out``, shape (...)."""
        if self.weight is None:
            out[...] = rhs
        else:
            self.xp.divide(rhs, self.weight, out=out)


class _RungeKutta:
    """The stage recursion of a tableau."""

    def __init__(self, parts: Parts, scheme: Tableau) -> None:
        self.parts, self.tableau, self.order = parts, scheme, scheme.order
        self.adaptive = True
        self.final = scheme.globally_stiffly_accurate
        has_implicit = parts.problem.solve_implicit is not None
        has_explicit = parts.problem.explicit is not None
        self.A_explicit, self.A = scheme.explicit.tolist(), scheme.implicit.tolist()
        rows = (*self.A_explicit, [] if self.final else scheme.explicit_weights.tolist())
        self.b_explicit = scheme.explicit_weights.tolist()
        self.b = scheme.implicit_weights.tolist()
        s = scheme.stages
        used = [
            has_explicit
            and (any(len(row) > j and row[j] for row in rows) or scheme.has_embedded)
            for j in range(s)
        ]
        self.E = [parts.buffer() if each else None for each in used]
        self.I = [parts.buffer() if has_implicit else None for _ in range(s)]
        self.Dy, self.rhs, self.term, self.Y = (parts.buffer() for _ in range(4))
        self.carries = self.remembers = has_implicit and scheme.kind == "CK"
        self.first = parts.buffer() if self.carries else None
        self.kept = parts.buffer() if self.carries else None
        self.knows_first = self.marked = False

    def restart(self) -> None:
        self.knows_first = False

    def advance(self, y: Array, h: float, out: Array) -> None:
        parts, xp, E, rhs = self.parts, self.parts.xp, self.E, self.rhs
        I = self.I  # noqa: E741 (as in the formula)
        s = len(self.A)
        parts.multiply(y, self.Dy)
        if self.carries:
            self._find_first(y, h)
        latest = y
        for i in range(s):
            rhs[...] = self.Dy
            self._accumulate(h, self.A_explicit[i][:i], self.A[i][:i])
            a = self.A[i][i]
            Y = out if self.final and i == s - 1 else self.Y
            if i == 0 and a == 0.0:
                Y = y
            elif a == 0.0:
                parts.divide(rhs, Y)
            else:
                parts.solve(rhs, h * a, latest, Y)
                if I[i] is not None:  # I_i = (D Y_i - rhs_i)/(h A_ii)
                    parts.multiply(Y, I[i])
                    xp.subtract(I[i], rhs, out=I[i])
                    xp.divide(I[i], h * a, out=I[i])
            latest = Y
            if E[i] is not None:
                parts.evaluate(Y, E[i])
        if not self.final:
            rhs[...] = self.Dy
            self._accumulate(h, self.b_explicit, self.b)
            parts.divide(rhs, out)
        if self.carries:
            self.first[...] = I[s - 1]
            self.knows_first = True

    def estimate(self, h: float, out: Array) -> None:
        """Write the difference of the step to that of the embedded pair into ``out``."""
        pair = self.tableau
        self.rhs[...] = 0.0
        self._accumulate(
            h,
            (pair.explicit_weights - pair.embedded_explicit).tolist(),
            (pair.implicit_weights - pair.embedded_implicit).tolist(),
        )
        self.parts.divide(self.rhs, out)

    def mark(self) -> None:
        """Keep what a rejected step must find again."""
        self.marked = self.knows_first
        if self.kept is not None:
            self.kept[...] = self.first

    def back(self) -> None:
        """Return to the mark."""
        self.knows_first = self.marked
        if self.kept is not None:
            self.first[...] = self.kept

    def _accumulate(self, h: float, explicit: list[float], implicit: list[float]) -> None:
        """Add h sum_j (A~_ij E_j + A_ij I_j) to rhs."""
        xp, rhs, term = self.parts.xp, self.rhs, self.term
        for row, slopes in ((explicit, self.E), (implicit, self.I)):
            for a, slope in zip(row, slopes, strict=False):
                if a != 0.0 and slope is not None:
                    xp.multiply(slope, h * a, out=term)
                    xp.add(rhs, term, out=rhs)

    def _find_first(self, y: Array, h: float) -> None:
        """Put I(y) into the first stage.

        It is that of the last stage of the step before; else, and where that stage is
        not the step, short solves D Y - d I(Y) = D y - d I_1 correct I_1 to I(Y): the
        defect shrinks by d times the rate of I each time, and never grows.
        """
        parts, xp, first, rhs = self.parts, self.parts.xp, self.I[0], self.rhs
        if self.knows_first:
            first[...] = self.first
            if self.final:
                return
        else:
            first[...] = 0.0
        short = FIRST_SOLVE * h
        for _ in range(FIRST_SOLVES):
            xp.multiply(first, -short, out=rhs)
            xp.add(rhs, self.Dy, out=rhs)
            parts.solve(rhs, short, y, self.Y)
            parts.multiply(self.Y, first)
            xp.subtract(first, rhs, out=first)
            xp.divide(first, short, out=first)


class _Backward:
    """The recursion of an IMEX-BDF scheme, with its start."""

    adaptive = False
    remembers = True

    def __init__(self, parts: Parts, scheme: Multistep) -> None:
        q = scheme.order
        self.parts, self.order = parts, q
        self.a, self.e = scheme.state_weights.tolist(), scheme.explicit_weights.tolist()
        self.states = [parts.buffer() for _ in range(q)]
        self.E = [parts.buffer() for _ in range(q if parts.problem.explicit else 0)]
        self.rhs, self.term = parts.buffer(), parts.buffer()
        name, self.parts_of_start = START.get(q, ("ars222", 1))
        self.start = _RungeKutta(parts, tableau(name)) if q > 1 else None
        self.known, self.h = 0, 0.0

    def restart(self) -> None:
        self.known = 0

    def advance(self, y: Array, h: float, out: Array) -> None:
        if self.known and abs(h - self.h) > SAME * h:
            self.restart()
        self.h = h
        self._remember(y)
        if self.known < self.order:
            assert self.start is not None
            for _ in range(self.parts_of_start):
                self.start.advance(y, h / self.parts_of_start, out)
                y = out
            return
        parts, xp, rhs, term = self.parts, self.parts.xp, self.rhs, self.term
        rhs[...] = 0.0
        for a, state in zip(self.a[1:], self.states, strict=True):
            xp.multiply(state, a, out=term)
            xp.subtract(rhs, term, out=rhs)
        if parts.weight is not None:
            xp.multiply(parts.weight, rhs, out=rhs)
        for e, slope in zip(self.e, self.E, strict=False):
            xp.multiply(slope, h * e, out=term)
            xp.add(rhs, term, out=rhs)
        xp.divide(rhs, self.a[0], out=rhs)
        parts.solve(rhs, h / self.a[0], self.states[0], out)

    def _remember(self, y: Array) -> None:
        """Put y and E(y) in front of the earlier ones; the oldest go."""
        self.states.insert(0, self.states.pop())
        self.states[0][...] = y
        if self.E:
            self.E.insert(0, self.E.pop())
            self.parts.evaluate(self.states[0], self.E[0])
        self.known = min(self.known + 1, self.order)


class _Native:
    """A problem's own one-step map."""

    adaptive = True
    remembers = False

    def __init__(self, parts: Parts) -> None:
        self.parts, self.order = parts, parts.problem.native_order or 1
        self.copy = parts.buffer()

    def restart(self) -> None:
        """Do nothing: the map knows one state only."""

    mark = back = restart

    def advance(self, y: Array, h: float, out: Array) -> None:
        self.copy[...] = y  # the map may write into out while it still reads y
        self.parts.step_natively(self.copy, h, out)


def scheme_named(scheme: object) -> Tableau | Multistep | str:
    """Return the scheme that a user means.

    Parameters
    ----------
    scheme : str, Tableau or Multistep
        As ``solve`` takes it.

    Returns
    -------
    scheme : Tableau, Multistep or ``"native"``
        Resolved.

    Raises
    ------
    ParameterError
        If it is none; the message lists the names, the nearest first.
    """
    if isinstance(scheme, Tableau | Multistep) or scheme == "native":
        return scheme  # type: ignore[return-value]
    if isinstance(scheme, str) and scheme in tableau_names():
        return tableau(scheme)
    if isinstance(scheme, str) and scheme in MULTISTEP:
        return Multistep(int(scheme[3:]))
    words = nearest_first(scheme, (*tableau_names(), *MULTISTEP, "native"))
    raise ParameterError(
        f"scheme is {scheme!r:.60}; pass a Tableau, a Multistep or one of "
        f"{', '.join(words)}"
    )


def recursion_of(parts: Parts, scheme: Tableau | Multistep | str) -> Recursion:
    """Return the recursion of a scheme for a problem, or say why they do not fit.

    Parameters
    ----------
    parts : Parts
        The problem at one epsilon.
    scheme : Tableau, Multistep or ``"native"``
        Resolved.

    Returns
    -------
    recursion : Recursion
        With buffers of its own.

    Raises
    ------
    ParameterError
        If the scheme cannot solve this problem.
    """
    problem = parts.problem
    if scheme == "native":
        if problem.native is None:
            raise ParameterError(
                f"scheme is 'native' but the problem {problem.name!r} has no map of its "
                "own; pass a tableau such as 'ars222'"
            )
        return _Native(parts)
    if problem.explicit is problem.solve_implicit is None:
        raise ParameterError(
            f"scheme is {getattr(scheme, 'name', scheme)!r} but the problem "
            f"{problem.name!r} has only a map of its own; pass scheme='native'"
        )
    if isinstance(scheme, Multistep):
        return _Backward(parts, scheme)
    assert isinstance(scheme, Tableau)
    if scheme.kind == "explicit" and problem.solve_implicit is not None:
        raise ParameterError(
            f"scheme is {scheme.name!r}, which is explicit, but the problem "
            f"{problem.name!r} has an implicit part; pass 'ars222' or 'bdf2'"
        )
    if parts.has_zero_weight and not scheme.globally_stiffly_accurate:
        raise ParameterError(
            f"scheme is {scheme.name!r}, which is not globally stiffly accurate, but at "
            f"epsilon = {parts.epsilon:g} the weight of the problem {problem.name!r} has "
            "zeros, which its last combination would divide by; pass 'ars222' or 'bdf2'"
        )
    return _RungeKutta(parts, scheme)


def _weight_of(
    problem: SplitProblem, epsilon: float, like: Array
) -> tuple[Array | None, bool]:
    """Return D in the precision of the state, None for ones, and whether it has zeros."""
    if problem.weight is None:
        return None, False
    weight = problem.weight(epsilon)
    xp = namespace(like)
    if not hasattr(weight, "shape"):
        weight = xp.asarray(weight, device=getattr(like, "device", None))
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
    return xp.asarray(weight, dtype=like.real.dtype), smallest == 0


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


def _check_result(name: str, found: object, like: Array) -> None:
    shape = getattr(found, "shape", None)
    if shape != like.shape:
        raise ShapeError(
            f"{name} returned "
            + (f"shape {shape}" if shape is not None else f"{found!r:.60}")
            + f", needed an array of the shape of the state, {like.shape}"
        )
    if found.dtype.kind == "c" != like.dtype.kind:  # type: ignore[attr-defined]
        raise ParameterError(
            f"{name} returned complex numbers for a state of dtype {like.dtype}; start "
            "from a complex state, or return the real part"
        )
    if device_of(found) != device_of(like):
        raise BackendError(
            f"{name} returned an array on {device_of(found)} for a state on "
            f"{device_of(like)}; compute it there"
        )


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
