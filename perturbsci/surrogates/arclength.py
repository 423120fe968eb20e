"""Pseudo-arclength continuation: one step along a curve F(c, sigma) = 0.

The tangent t solves [F_c F_sigma; t_old'] t = (0, 1); a step goes to the solution on the
plane at distance s along it. The curve turns where the last component of t changes sign,
and other curves cross it where the determinant of the bordered matrix does.

References: Keller (1977); Govaerts (2000), chapters 1 and 2.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.types import Array

__all__ = ["Place", "corrected_place", "first_place", "located"]

NEWTON = 10
TARGET = 1e-12  # of the last Newton step, relative
EVENT = 1e-11  # of the arclength, relative, to which an event is located
STEPS = 80

Equations = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A point of the curve.

    Parameters
    ----------
    state : array, shape (n + 1,)
        c, then sigma.
    tangent : array, shape (n + 1,)
        Of length 1.
    sign : float
        Of the determinant of the bordered matrix.
    count : int
        Eigenvalues of F_c with a positive real part.
    iterations : int
        Of Newton's method.
    """

    state: Array
    tangent: Array
    sign: float
    count: int
    iterations: int

    @property
    def turn(self) -> float:
        """The component of the tangent along the parameter."""
        return float(self.tangent[-1])


def first_place(equations: Equations, state: Array) -> Place | None:
    """Return the point of the curve at a fixed parameter.

    Parameters
    ----------
    equations : callable
        Maps (c, sigma) to F and its Jacobian, shape (n, n + 1).
    state : array, shape (n + 1,)
        Guess.

    Returns
    -------
    place : Place or None
        None if Newton's method fails.
    """
    fixed = numpy.zeros(len(state))
    fixed[-1] = 1.0
    found = _newton(equations, state, fixed, float(state[-1]), most=40)
    if found is None:
        return None
    return _place(equations, found[0], fixed, found[1])


def corrected_place(equations: Equations, place: Place, step: float) -> Place | None:
    """Return the point of the curve on the plane at a distance along the tangent.

    Parameters
    ----------
    equations : callable
        Maps (c, sigma) to F and its Jacobian.
    place : Place
        Where the step begins.
    step : float
        Distance along its tangent.

    Returns
    -------
    place : Place or None
        None if Newton's method fails or the curve turned too far.
    """
    guess = place.state + step * place.tangent
    level = float(place.tangent @ guess)
    found = _newton(equations, guess, place.tangent, level, most=NEWTON)
    if found is None:
        return None
    following = _place(equations, found[0], place.tangent, found[1])
    if following is None or float(following.tangent @ place.tangent) < 0.5:
        return None
    return following


def located(
    equations: Equations, place: Place, step: float, value: Callable[[Place], float]
) -> tuple[Place, float] | None:
    """Return where a quantity changes its sign within one step.

    Parameters
    ----------
    equations : callable
        Maps (c, sigma) to F and its Jacobian.
    place : Place
        Before the event.
    step : float
        Beyond the event.
    value : callable
        Of a place; of different signs at both ends.

    Returns
    -------
    place, width : Place and float
        After it, and the arclength between the last two places around it; None if the
        signs agree or Newton's method fails at both ends.

    Notes
    -----
    By bisection: the quantity may jump.
    """
    low, high = 0.0, step
    start = value(place)
    best = corrected_place(equations, place, step)
    if best is None or value(best) * start > 0.0:
        return None
    for _ in range(STEPS):
        if high - low <= EVENT * max(abs(step), 1.0):
            break
        middle = 0.5 * (low + high)
        found = corrected_place(equations, place, middle)
        if found is None:
            # at the crossing itself the matrix is singular: look beside it
            found = corrected_place(equations, place, low + 0.47 * (high - low))
            middle = low + 0.47 * (high - low)
            if found is None:
                break
        if value(found) * start > 0.0:
            low = middle
        else:
            high, best = middle, found
    return best, high - low


def _newton(
    equations: Equations, guess: Array, normal: Array, level: float, *, most: int
) -> tuple[Array, int] | None:
    """Return the point on a plane where F vanishes, and how many steps it took."""
    state = guess
    previous = numpy.inf
    for count in range(1, most + 1):
        f, jacobian = equations(state)
        if not bool(numpy.isfinite(f).all() and numpy.isfinite(jacobian).all()):
            return None
        matrix = numpy.concatenate([jacobian, normal[None, :]])
        right = numpy.concatenate([f, [float(normal @ state) - level]])
        change = _solved(matrix, right)
        state = state - change
        size = float(numpy.linalg.norm(change))
        scale = max(1.0, float(numpy.linalg.norm(state)))
        if size <= TARGET * scale:
            return state, count
        # rounding: a small step that no longer falls
        if size <= 1e-9 * scale and size > 0.3 * previous:
            return state, count
        previous = size
    return None


def _solved(matrix: Array, right: Array) -> Array:
    """Return the solution by QR; the smallest one where other curves cross."""
    q, r = numpy.linalg.qr(matrix)
    diagonal = numpy.abs(numpy.diag(r))
    if diagonal.min() > 1e-13 * diagonal.max():
        return numpy.linalg.solve(r, q.T @ right)
    return numpy.linalg.lstsq(matrix, right, rcond=1e-13)[0]


def _place(
    equations: Equations, state: Array, previous: Array, iterations: int
) -> Place | None:
    """Return a point with its tangent, of the same direction as another one."""
    _, jacobian = equations(state)
    _, _, rows = numpy.linalg.svd(jacobian)
    tangent = rows[-1]
    if float(tangent @ previous) < 0.0:
        tangent = -tangent
    bordered = numpy.concatenate([jacobian, tangent[None, :]])
    sign, _ = numpy.linalg.slogdet(bordered)
    values = numpy.linalg.eigvals(jacobian[:, :-1])
    count = int((values.real > 0.0).sum())
    return Place(state, tangent, float(sign), count, iterations)
