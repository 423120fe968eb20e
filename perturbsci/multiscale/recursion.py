"""One step of a scheme, as ``solve`` and ``Stepper`` make it, without allocation.

Stage i of a tableau, with D the weight of the problem:

    rhs_i = D y_n + h sum_{j<i} (A~_ij E_j + A_ij I_j)
    Y_i   = solve_implicit(rhs_i, h A_ii)
    I_i   = (D Y_i - rhs_i)/(h A_ii)
    E_i   = explicit(Y_i)

I is never evaluated, and nothing is divided by epsilon. If A_11 = 0, Y_1 = y_n; where the
first column of A is not zero (kind CK), I_1 is that of the last stage of the step before.
"""

from typing import Protocol

from perturbsci.errors import ParameterError
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.parts import Parts
from perturbsci.multiscale.schemes import Scheme
from perturbsci.multiscale.tableaux import Tableau, tableau
from perturbsci.types import Array

__all__ = ["Recursion", "recursion_of", "starting_recursion"]

FIRST_SOLVE = 1e-3  # length of the solves that find I_1 of kind CK, in steps
FIRST_SOLVES = 2
START = {1: 1, 2: 1, 3: 4, 4: 16}  # parts of a step that a start consists of
SAME = 1e-12  # relative difference of two steps that count as one


class Recursion(Protocol):
    """What steps: one scheme bound to one problem, one epsilon and its buffers."""

    order: int
    adaptive: bool
    remembers: bool

    def advance(self, y: Array, h: float, out: Array) -> None:
        """Make one step.

        Parameters
        ----------
        y, out : array, shape (...)
            Before and after; may be the same.
        h : float
            Its length.
        """

    def restart(self) -> None:
        """Forget all earlier steps."""

    def mark(self) -> None:
        """Keep what a rejected step must find again; adaptive recursions only."""

    def back(self) -> None:
        """Return to the mark."""


class _RungeKutta:
    """The stage recursion of a tableau."""

    def __init__(self, parts: Parts, scheme: Tableau) -> None:
        self.parts, self.tableau, self.order = parts, scheme, scheme.order
        self.adaptive = True
        self.final = scheme.globally_stiffly_accurate
        self.A_explicit, self.A = scheme.explicit.tolist(), scheme.implicit.tolist()
        self.b_explicit = scheme.explicit_weights.tolist()
        self.b = scheme.implicit_weights.tolist()
        has_implicit = parts.problem.solve_implicit is not None
        self.carries = self.remembers = has_implicit and scheme.kind == "CK"
        self.E = self._slopes(parts.problem.explicit is not None, self.A_explicit, False)
        self.I = self._slopes(has_implicit, self.A, self.carries)
        self.weighted, self.rhs, self.term, self.Y = (parts.buffer() for _ in range(4))
        carried = 2 if self.carries else 0
        self.first, self.kept = (*(parts.buffer() for _ in range(carried)), None, None)[:2]
        self.knows_first = self.marked = False

    def _slopes(self, exist: bool, rows: list[list[float]], carried: bool) -> list[Array]:
        """Return a buffer for each slope that is used later, None for the others."""
        weights = self.b_explicit if rows is self.A_explicit else self.b
        ends = [] if self.final else [weights]
        every = self.tableau.has_embedded or carried
        used = [
            exist and (every or any(row[j] for row in [*rows[j + 1 :], *ends]))
            for j in range(len(rows))
        ]
        return [self.parts.buffer() if each else None for each in used]

    def restart(self) -> None:
        """Forget I of the last stage."""
        self.knows_first = False

    def advance(self, y: Array, h: float, out: Array) -> None:
        """Write the state after one step into ``out``, shape (...)."""
        parts, xp, E, rhs = self.parts, self.parts.xp, self.E, self.rhs
        I = self.I  # noqa: E741 (as in the formula)
        s = len(self.A)
        Dy = y
        if parts.weight is not None:
            Dy = self.weighted
            parts.multiply(y, Dy)
        if self.carries:
            self._find_first(y, Dy, h)
        latest = y
        for i in range(s):
            rhs[...] = Dy
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
            rhs[...] = Dy
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

    def _find_first(self, y: Array, Dy: Array, h: float) -> None:
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
            xp.add(rhs, Dy, out=rhs)
            parts.solve(rhs, short, y, self.Y)
            parts.multiply(self.Y, first)
            xp.subtract(first, rhs, out=first)
            xp.divide(first, short, out=first)


class _Extrapolated:
    """Euler steps, one of h and two of h/2: y = 2 y_(h/2) - y_h, of order 2.

    A penalized mode is contracted by rho = 1 - lambda/beta in each Euler step once h
    beta/D is large, so by rho (2 rho - 1) here, less than 1 for -1/2 < rho < 1.
    """

    order = 2
    adaptive = False
    remembers = False

    def __init__(self, parts: Parts) -> None:
        self.parts, self.whole = parts, parts.buffer()
        self.euler = _RungeKutta(parts, tableau("ars111"))

    def restart(self) -> None:
        """Do nothing: every step stands alone."""

    mark = back = restart

    def advance(self, y: Array, h: float, out: Array) -> None:
        """Write the state after one step into ``out``, shape (...)."""
        self.euler.advance(y, h, self.whole)
        self.euler.advance(y, h / 2, out)
        self.euler.advance(out, h / 2, out)
        self.parts.xp.multiply(out, 2.0, out=out)
        self.parts.xp.subtract(out, self.whole, out=out)


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
        self.parts_of_start = START[q]
        self.start = starting_recursion(parts, q) if q > 1 else None
        self.known, self.h = 0, 0.0

    def restart(self) -> None:
        """Forget the earlier states."""
        self.known = 0

    mark = back = restart

    def advance(self, y: Array, h: float, out: Array) -> None:
        """Write the state after one step into ``out``, shape (...)."""
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
        """Write the state after one step into ``out``, shape (...)."""
        self.copy[...] = y  # the map may write into out while it still reads y
        self.parts.step_natively(self.copy, h, out)


def recursion_of(parts: Parts, scheme: Scheme) -> Recursion:
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


def starting_recursion(parts: Parts, order: int) -> Recursion:
    """Return what starts a multistep scheme, and leads it through a layer.

    Parameters
    ----------
    parts : Parts
        The problem at one epsilon.
    order : int
        Of the scheme.

    Returns
    -------
    recursion : Recursion
        One-step, of order 2, or 3 for order 3 and 4.
    """
    if parts.problem.penalized:
        return _Extrapolated(parts)
    return _RungeKutta(parts, tableau("ars222" if order <= 2 else "ars443"))
