"""Energy levels of one well by the quantization of action, with its second-order term.

    -hbar^2 y'' + V(x) y = E y

    (n + 1/2) pi hbar = int sqrt(E - V) dx - (hbar^2/24) d/dE int V''/sqrt(E - V) dx

between the turning points x_m -+ x_d. With x = x_m + x_d sin(theta) both integrands are
smooth and periodic, so that the midpoint rule converges geometrically; the derivative is
taken after the integral, which it would make divergent inside.

Reference: Bender and Orszag (1999), section 10.5; Dunham (1932).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.arguments import positive, whole
from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_symbol
from perturbsci.perturbation.samples import (
    as_expression,
    as_interval,
    sampled,
)
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["Quantization", "quantize"]

LARGEST = 1e100  # hbar or its reciprocal
SCAN = 2001  # points on which the well is looked for
WIDEST = 2.0**20
NODES = 256
STEP = 1e-3  # of the difference quotient in E, relative to the distance from the minimum
BACKWARD = (25, -48, 36, -16, 3)  # twelfths
SHALLOW = 1e-6  # energies so near the minimum have no level, relative to the bracket
SMALL = 0.05  # the largest relative correction for which two terms are trusted


@dataclass(frozen=True, slots=True, eq=False)
class Quantization(Result):
    """An energy level.

    Parameters
    ----------
    energy : float
        E.
    action : float
        int sqrt(E - V) dx, between the turning points.
    correction : float
        The second-order term; zero for lower orders. Both add up to (n + 1/2) pi hbar.
    status : Status
        CONVERGED.
    certificate : Certificate
        The size of the second term relative to the first.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> round(quantize(x**2, x, level=3, bracket=(1, 20)).energy, 10)
    7.0
    """

    energy: float
    action: float
    correction: float
    status: Status
    certificate: Certificate


def quantize(
    potential: sympy.Expr,
    x: sympy.Symbol,
    *,
    level: int,
    hbar: float = 1.0,
    order: int = 2,
    bracket: tuple[float, float],
) -> Quantization:
    """Find an energy level of a potential with one well.

    Parameters
    ----------
    potential : sympy.Expr
        V, smooth; above the upper energy on both sides of one well.
    x : sympy.Symbol
        The variable.
    level : int
        n, from 0 on.
    hbar : float
        The small parameter.
    order : int
        0 to 2, in hbar; 2 adds the correction.
    bracket : pair of float
        Two energies with the level between them.

    Returns
    -------
    level : Quantization
        With the two terms of the condition.

    Raises
    ------
    ParameterError
        If the level is not between the energies, or there is not one well.

    Notes
    -----
    The energy by Brent's method, about 10 to 20 integrals of 256 points, and the turning
    points of each.

    References
    ----------
    Bender and Orszag (1999), section 10.5.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> round(quantize(x**4, x, level=3, bracket=(5, 20)).energy, 6)
    11.644989
    """
    from scipy.optimize import brentq  # noqa: PLC0415 (slow to load)

    as_symbol(x, "x")
    v = as_expression(potential, x, "potential")
    low, high = as_interval(bracket, "bracket")
    level, order = whole(level, "level", least=0), whole(order, "order", least=0, most=2)
    hbar = positive(hbar, "hbar")
    if not 1 / LARGEST <= hbar <= LARGEST:
        raise ParameterError(f"hbar is {hbar:.3g}, whose square overflows; rescale x")
    well = _Well(v, x, high)
    target = (level + 0.5) * math.pi * hbar

    def defect(energy: float) -> float:
        if energy - well.bottom <= SHALLOW * (high - well.bottom):
            return -target
        correction = well.correction(energy, hbar) if order == 2 else 0.0
        return well.action(energy) + correction - target

    if not defect(low) < 0 < defect(high):
        raise ParameterError(
            f"bracket is ({low:g}, {high:g}), where (action - (n + 1/2) pi hbar) is "
            f"{defect(low):.3g} and {defect(high):.3g}; pass a lower energy with a "
            "negative and an upper one with a positive value"
        )
    energy = brentq(defect, low, high, xtol=1e-300, rtol=4 * 2.0**-52)
    action, second = well.action(energy), well.correction(energy, hbar)
    certificate = Certificate(
        "second-order term relative to the action",
        abs(second) / action,
        SMALL,
        "estimate",
        "quantization of the action",
    )
    return Quantization(
        float(energy),
        action,
        second if order == 2 else 0.0,
        Status.CONVERGED,
        certificate,
    )


class _Well:
    """The region where V is below an energy, and integrals over it."""

    def __init__(self, potential: sympy.Expr, x: sympy.Symbol, top: float) -> None:
        self.value = _function(potential, x)
        self.bend = _function(potential.diff(x, 2), x)
        self.ends = self._found(top)
        self.place, self.bottom = self._minimum()

    def _found(self, top: float) -> tuple[float, float]:
        """Return points of a growing scan just outside the well."""
        half = 1.0
        while half <= WIDEST:
            points = numpy.linspace(-half, half, SCAN)
            below = self.value(points) < top
            if below.any() and not below[0] and not below[-1]:
                changes = numpy.flatnonzero(numpy.diff(below.astype(int)))
                if len(changes) == 2:
                    return float(points[changes[0]]), float(points[changes[1] + 1])
                raise ParameterError(
                    f"potential has {len(changes) // 2} wells below the energy {top:g}; "
                    "lower the bracket, or pass one well"
                )
            half *= 2
        raise ParameterError(
            f"potential does not rise above the upper energy {top:g} of the bracket on "
            "both sides of a well; pass energies of bound states"
        )

    def _minimum(self) -> tuple[float, float]:
        """Return place and value of the minimum, by golden-section search from a scan."""
        from scipy.optimize import minimize_scalar  # noqa: PLC0415 (slow to load)

        points = numpy.linspace(*self.ends, SCAN)
        k = int(numpy.argmin(self.value(points)))
        near = (points[max(k - 1, 0)], points[min(k + 1, SCAN - 1)])
        found = minimize_scalar(
            lambda p: float(self.value(numpy.array(p))),
            bounds=near,
            method="bounded",
            options={"xatol": 1e-12 * (near[1] - near[0])},
        )
        return float(found.x), float(found.fun)

    def _substitution(self, energy: float) -> tuple[Array, Array, Array]:
        """Return x, dx/dtheta times the weights, and E - V, at the midpoints."""
        from scipy.optimize import brentq  # noqa: PLC0415 (slow to load)

        left, right = (
            brentq(
                lambda p: float(self.value(numpy.array(p))) - energy,
                *sorted((self.place, end)),
                xtol=1e-300,
                rtol=4 * 2.0**-52,
            )
            for end in self.ends
        )
        theta = (numpy.arange(NODES) + 0.5) * math.pi / NODES - math.pi / 2
        half = (right - left) / 2
        points = (left + right) / 2 + half * numpy.sin(theta)
        weights = half * numpy.cos(theta) * math.pi / NODES
        return points, weights, energy - self.value(points)

    def action(self, energy: float) -> float:
        _, weights, kinetic = self._substitution(energy)
        return float((numpy.sqrt(kinetic.clip(min=0)) * weights).sum())

    def correction(self, energy: float, hbar: float) -> float:
        step = STEP * (energy - self.bottom)
        # Differences of fourth order from below: above, the well may be open.
        rates = [w * self._bending(energy - k * step) for k, w in enumerate(BACKWARD)]
        return -(hbar**2) / 24 * sum(rates) / (12 * step)

    def _bending(self, energy: float) -> float:
        points, weights, kinetic = self._substitution(energy)
        return float((self.bend(points) * weights / numpy.sqrt(kinetic)).sum())


def _function(expression: sympy.Expr, x: sympy.Symbol) -> Callable[[Array], Array]:
    return lambda points: sampled(expression, x, points)
