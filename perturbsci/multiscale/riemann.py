"""The Riemann problem of an ideal gas, exactly: what Sod's tube does at epsilon = 0.

Pressure and velocity between the waves are the root of f_L(p) + f_R(p) + u_R - u_L = 0, by
Newton from below, where the function is increasing and concave.

References: Toro (2009), chapter 4; Sod (1978).
"""

from dataclasses import dataclass

import numpy

from perturbsci.types import Array

__all__ = ["GasState", "riemann_solution", "star_state"]


@dataclass(frozen=True, slots=True, eq=False)
class GasState:
    """Density, velocity and pressure, positive but for the velocity.

    Parameters
    ----------
    density, velocity, pressure : float
        Of a uniform gas.
    """

    density: float
    velocity: float
    pressure: float

    def sound(self, gamma: float) -> float:
        """Return the speed of sound.

        Parameters
        ----------
        gamma : float
            Ratio of specific heats.

        Returns
        -------
        speed : float
            Positive.
        """
        return float(numpy.sqrt(gamma * self.pressure / self.density))


def star_state(left: GasState, right: GasState, gamma: float) -> tuple[float, float]:
    """Return pressure and velocity between the two outer waves.

    Parameters
    ----------
    left, right : GasState
        Without vacuum between them.
    gamma : float
        Ratio of specific heats, above 1.

    Returns
    -------
    pressure, velocity : float
        To rounding.
    """
    gap = right.velocity - left.velocity
    p = _two_rarefactions(left, right, gamma)
    for _ in range(60):
        (a, slope_a), (b, slope_b) = (_wave(side, p, gamma) for side in (left, right))
        change = (a + b + gap) / (slope_a + slope_b)
        p = max(p - change, 1e-14 * p)
        if abs(change) <= 1e-15 * p:
            break
    a, b = (_wave(side, p, gamma)[0] for side in (left, right))
    return p, (left.velocity + right.velocity + b - a) / 2


def _two_rarefactions(left: GasState, right: GasState, gamma: float) -> float:
    """Return the pressure between two rarefactions, exact if there are two."""
    z = (gamma - 1) / (2 * gamma)
    a, b = left.sound(gamma), right.sound(gamma)
    top = a + b - (gamma - 1) / 2 * (right.velocity - left.velocity)
    return float((top / (a / left.pressure**z + b / right.pressure**z)) ** (1 / z))


def _wave(side: GasState, p: float, gamma: float) -> tuple[float, float]:
    """Return the jump of the velocity over one wave, and its derivative by p."""
    if p > side.pressure:
        A = 2 / ((gamma + 1) * side.density)
        B = (gamma - 1) / (gamma + 1) * side.pressure
        root = numpy.sqrt(A / (p + B))
        jump = (p - side.pressure) * root
        return float(jump), float(root * (1 - (p - side.pressure) / (2 * (p + B))))
    c = side.sound(gamma)
    ratio = p / side.pressure
    z = (gamma - 1) / (2 * gamma)
    jump = 2 * c / (gamma - 1) * (ratio**z - 1)
    return float(jump), float(ratio ** (-(gamma + 1) / (2 * gamma)) / (side.density * c))


def riemann_solution(
    left: GasState, right: GasState, gamma: float, speed: Array
) -> tuple[Array, Array, Array]:
    """Return density, velocity and pressure on rays x/t.

    Parameters
    ----------
    left, right : GasState
        Before the gas moves.
    gamma : float
        Ratio of specific heats.
    speed : real array, shape (n,)
        x/t, on the host.

    Returns
    -------
    density, velocity, pressure : real arrays, shape (n,)
        Exact but for rounding.

    Examples
    --------
    >>> import numpy as np
    >>> states = GasState(1.0, 0.0, 1.0), GasState(0.125, 0.0, 0.1)
    >>> riemann_solution(*states, 1.4, np.array([0.5]))[0].round(6)
    array([0.426319])
    """
    p, u = star_state(left, right, gamma)
    mirrored = GasState(right.density, -right.velocity, right.pressure)
    on_left = speed <= u
    first = _side(left, p, u, gamma, speed)
    second = _side(mirrored, p, -u, gamma, -speed)
    density, velocity, pressure = (
        numpy.where(on_left, one, two) for one, two in zip(first, second, strict=True)
    )
    velocity = numpy.where(on_left, velocity, -velocity)
    return density, velocity, pressure


def _side(
    side: GasState, p: float, u: float, gamma: float, speed: Array
) -> tuple[Array, Array, Array]:
    """Return the three fields left of the contact."""
    c, ratio = side.sound(gamma), p / side.pressure
    bend = (gamma - 1) / (gamma + 1)
    if ratio > 1:
        density = side.density * (ratio + bend) / (bend * ratio + 1)
        root = numpy.sqrt((gamma + 1) / (2 * gamma) * ratio + (gamma - 1) / (2 * gamma))
        before = speed < side.velocity - c * root
        inside = numpy.zeros_like(before)
        fan = numpy.zeros((3, *speed.shape))
    else:
        density = side.density * ratio ** (1 / gamma)
        before = speed < side.velocity - c
        inside = ~before & (speed < u - c * ratio ** ((gamma - 1) / (2 * gamma)))
        factor = 2 / (gamma + 1) + bend / c * (side.velocity - speed)
        factor = numpy.maximum(factor, 0.0)
        fan = numpy.stack(
            [
                side.density * factor ** (2 / (gamma - 1)),
                2 / (gamma + 1) * (c + (gamma - 1) / 2 * side.velocity + speed),
                side.pressure * factor ** (2 * gamma / (gamma - 1)),
            ]
        )
    outer = (side.density, side.velocity, side.pressure)
    star = (density, u, p)
    fields = [
        numpy.where(before, outer[k], numpy.where(inside, fan[k], star[k]))
        for k in range(3)
    ]
    return fields[0], fields[1], fields[2]
