"""Boundary and interior layers by matched expansions, on Chebyshev grids.

    epsilon y'' + a(x) y' + b(x) y = f(x),    epsilon^2 y'' - c(x)^2 y = f(x)

With w = a (or w = c at the left end, -c at the right one) and d the width of the layers,
the uniform expansion is

    y = sum_k d^k [ y_k(x) + sum_l v_k(x) exp(-(1/d) int_{x_l}^x w) ],

where the v_k make up for the boundary values that the outer terms y_k miss. Inner terms
are its re-expansion at fixed X = |x - x_l|/d: P_k(X) + Q_k(X) exp(-|w(x_l)| X). The
composite is outer + inner - overlap = outer + sum_k d^k Q_k(X) exp(-|w(x_l)| X).

References: Bender and Orszag (1999), chapter 9; Kevorkian and Cole (1996), chapter 2.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy

from perturbsci.arguments import one_of
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

if TYPE_CHECKING:
    import sympy

__all__ = ["LayerExpansion", "match_layers"]

PARTS = ("composite", "uniform", "outer", "inner")
NOTHING = 745.0  # exp(-NOTHING) underflows to zero


@dataclass(frozen=True, slots=True, eq=False)
class LayerExpansion(Result):
    """The matched expansion of a boundary-value problem with layers.

    Functions of x are Chebyshev series on the interval (for ``numpy.polynomial``), those
    of X are coefficients of 1, X, X^2, ...; each term has its power of epsilon.

    Parameters
    ----------
    locations : tuple of float
        x_l, one a layer, ascending.
    width_exponents : tuple of Fraction
        Layer l has the width d = epsilon^width_exponents[l].
    outer : Expansion
        Of Chebyshev series, shape (N + 1, pieces, n): one piece, or with an interior
        layer those to its left and right.
    inner : tuple of Expansion
        Of the pair P, Q of polynomials in X, shape (N + 1, 2, m): the inner expansion of
        layer l is P + Q g, with g(X) = exp(-rates[l] X) at an end, erf(rates[l] X) inside.
    overlap : tuple of Expansion
        The limits of the inner expansions far from the layer, shape (N + 1, pieces, m).
    uniform : tuple of Expansion
        Of the Chebyshev series v, shape (N + 1, n).
    speeds : real array, shape (n_layers, n)
        Chebyshev series of the mean of w from x_l to x: times x - x_l it is the integral.
    rates : tuple of float
        abs(w(x_l)); inside sqrt(a'(x_l)/2).
    interval : tuple of float
        x_0, x_1.
    remainder : Expansion
        Of numbers: abs(y - uniform) is at most its value, but for what the layers leave at
        the other end (see ``error_bound``). Powers through epsilon^(N s) are rounding.
    status : Status
        CONVERGED.
    certificate : Certificate
        The maximum principle for the residual, a-posteriori where it holds.

    Examples
    --------
    >>> import sympy
    >>> x, e = sympy.symbols("x epsilon")
    >>> y = sympy.Function("y")(x)
    >>> layer = match_layers(e * y.diff(x, 2) + y.diff(x), y, x, e, boundary=(0, 1))
    >>> bool(abs(layer.evaluate(0.05, 0.05) - (1 - numpy.exp(-1))) < 1e-13)
    True
    """

    locations: tuple[float, ...]
    width_exponents: tuple[Fraction, ...]
    outer: Expansion
    inner: tuple[Expansion, ...]
    overlap: tuple[Expansion, ...]
    uniform: tuple[Expansion, ...]
    speeds: Array
    rates: tuple[float, ...]
    interval: tuple[float, float]
    remainder: Expansion
    status: Status
    certificate: Certificate

    def evaluate(self, x: Array, epsilon: float, *, part: str = "composite") -> Array:
        """Return the values of the expansion.

        Parameters
        ----------
        x : real array, shape (S)
            In the interval.
        epsilon : float
            From 0 on; 0 gives the limit.
        part : str
            ``"composite"``, ``"uniform"``, ``"outer"`` or ``"inner"``; the last one is the
            inner expansion of the nearest layer.

        Returns
        -------
        values : real array, shape (S)
            On the host.

        Raises
        ------
        ParameterError
            If a point is outside the interval, epsilon negative, or the part unknown.

        Notes
        -----
        Exponents are evaluated, never ratios of exponentials: nothing overflows.
        """
        part = one_of(part, "part", PARTS)
        points, small = self._checked(x, epsilon)
        if isinstance(part, str) and part == "inner":
            nearest = self._nearest(points)
            values = [self._inner(layer, points, small) for layer in range(len(self.rates))]
            return numpy.choose(nearest, values)[()]
        total = self._outer(points, small)
        for layer in range(len(self.rates)) if part != "outer" else ():
            local = self._composite if part == "composite" else self._uniform
            total = total + local(layer, points, small)
        return total[()]

    def error_bound(self, epsilon: float) -> float:
        """Return how far the uniform expansion may be from the solution.

        Parameters
        ----------
        epsilon : float
            From 0 on.

        Returns
        -------
        bound : float
            The remainder, and what each layer leaves at the other end; as certain as the
            certificate.

        Raises
        ------
        ParameterError
            If epsilon is negative.
        """
        ends, small = self._checked(self.interval, epsilon)
        total = float(self.remainder.evaluate(small))
        for layer, place in enumerate(self.locations):
            left = abs(self._uniform(layer, ends, small))
            total += float(left[ends != place].sum()) if self._side(layer) else 0.0
        return total

    def _checked(self, x: Array, epsilon: float) -> tuple[Array, float]:
        points = to_host(as_array(x, name="x", real=True, empty=True)).astype(float)
        small = to_host(as_array(epsilon, name="epsilon", ndim=0, real=True))
        low, high = self.interval
        if small < 0:
            raise ParameterError(f"epsilon is {epsilon!r}; pass a number from 0 on")
        if ((points < low) | (points > high)).any():
            raise ParameterError(
                f"x holds points outside [{low:g}, {high:g}]; keep inside the interval"
            )
        return points, float(small)

    def _side(self, layer: int) -> int:
        """Return 1 for a layer at the left end, -1 at the right one, 0 inside."""
        place = self.locations[layer]
        return (place == self.interval[0]) - (place == self.interval[1])

    def _curve(self, series: Array, points: Array) -> Array:
        from perturbsci.perturbation.curves import on_curve  # noqa: PLC0415 (loads SymPy)

        return on_curve(numpy.moveaxis(series, -1, 0), self.interval, points)

    def _nearest(self, points: Array) -> Array:
        gaps = [abs(points - place) for place in self.locations]
        return numpy.argmin(numpy.stack(gaps), axis=0)

    def _outer(self, points: Array, small: float) -> Array:
        values = self._curve(self.outer.evaluate(small), points)
        if len(values) == 1:
            return values[0]
        return numpy.where(points < self.locations[0], values[0], values[1])

    def _uniform(self, layer: int, points: Array, small: float) -> Array:
        series = self.uniform[layer].evaluate(small)
        width = self._width(layer, small)
        distance = points - self.locations[layer]
        phase = (distance * self._curve(self.speeds[layer], points)).clip(min=0.0)
        if self._side(layer):
            return self._curve(series, points) * _decay(phase, width)
        # (1 + erf)/2 minus the step that the two outer pieces make; width^2 ~ epsilon.
        return self._curve(series, points) * _half_step(distance, phase**0.5, width)

    def _composite(self, layer: int, points: Array, small: float) -> Array:
        width, rate = self._width(layer, small), self.rates[layer]
        distance = points - self.locations[layer]
        q = self.inner[layer].coefficients[:, 1]
        if not self._side(layer):
            return 2 * q[0, 0] * _half_step(distance, rate * abs(distance), width)
        distance = abs(distance)
        near = rate * distance <= NOTHING * width
        stretched = numpy.zeros_like(distance)
        numpy.divide(distance, width, out=stretched, where=near & (distance > 0))
        powers = width ** numpy.arange(len(q))
        polynomial = numpy.polynomial.polynomial.polyval(stretched, powers @ q)
        return polynomial * _decay(rate * distance, width)

    def _inner(self, layer: int, points: Array, small: float) -> Array:
        width, side = self._width(layer, small), self._side(layer)
        p = self.inner[layer].coefficients[:, 0]
        distance = points - self.locations[layer]
        if not side:
            jump = self._composite(layer, points, small)
            ends = self.overlap[layer].coefficients[0, :, 0]
            return numpy.where(distance < 0, ends[0], ends[1]) + jump
        # d^k X^j = d^(k-j) |x - x_l|^j has no negative power: P_k ends at X^k.
        total = self._composite(layer, points, small)
        for k, row in enumerate(p):
            weights = row[: k + 1] * width ** numpy.arange(k, -1, -1)
            total = total + numpy.polynomial.polynomial.polyval(abs(distance), weights)
        return total

    def _width(self, layer: int, small: float) -> float:
        return small ** float(self.width_exponents[layer])


def _decay(phase: Array, width: float) -> Array:
    """Return exp(-phase/width), also for width 0."""
    exponent = numpy.full_like(phase, NOTHING + 1)
    numpy.divide(phase, width, out=exponent, where=phase < (NOTHING + 1) * width)
    exponent[phase == 0] = 0.0
    return numpy.exp(-exponent)


def _half_step(distance: Array, phase: Array, width: float) -> Array:
    """Return (erf(-+phase/width) +- 1)/2, what smooths a step at distance 0."""
    from scipy.special import erfc  # noqa: PLC0415 (slow to load)

    argument = numpy.full_like(phase, 40.0)
    numpy.divide(phase, width, out=argument, where=phase < 40 * width)
    argument[phase == 0] = 0.0
    return numpy.where(distance < 0, 0.5, -0.5) * erfc(argument)


def match_layers(
    equation: "sympy.Expr",
    unknown: "sympy.Expr",
    x: "sympy.Symbol",
    epsilon: "sympy.Symbol",
    *,
    boundary: tuple[float, float],
    interval: tuple[float, float] = (0, 1),
    order: int = 0,
) -> LayerExpansion:
    """Expand the solution of a boundary-value problem with layers.

    Parameters
    ----------
    equation : sympy.Expr
        Vanishes: p epsilon^s y'' + a y' + b y - f with s > 0 and smooth p, a, b, f of x;
        or p epsilon^s y'' + b y - f with b/p < 0.
    unknown : applied sympy function
        y(x).
    x, epsilon : sympy.Symbol
        Variable and small parameter.
    boundary : pair of float
        Values of y at the two ends.
    interval : pair of float
        x_0 < x_1.
    order : int
        N; composite and uniform expansions have errors O(d^(N + 1)), d the layer width
        (epsilon^s, without a y' epsilon^(s/2)). At an interior zero of a only N = 0, with
        an error O(epsilon^(s/2)).

    Returns
    -------
    expansion : LayerExpansion
        To be evaluated at any epsilon.

    Raises
    ------
    ParameterError
        If the equation is in none of the classes, or its functions are not smooth.

    Notes
    -----
    N + 1 linear systems of the size of the Chebyshev grid, 16 to 512. Each order costs
    one or two numerical derivatives, about n^2 rounding errors for n coefficients; they
    are multiplied by d^N.

    References
    ----------
    Bender and Orszag (1999), chapter 9.

    Examples
    --------
    >>> import sympy
    >>> x, e = sympy.symbols("x epsilon")
    >>> y = sympy.Function("y")(x)
    >>> equation = e * y.diff(x, 2) + (1 + x) * y.diff(x) + y
    >>> layer = match_layers(equation, y, x, e, boundary=(1, 1))
    >>> bool(abs(layer.evaluate(0.5, 0.0) - 2 / 1.5) < 1e-13)
    True
    """
    from perturbsci.perturbation import layer_terms  # noqa: PLC0415 (loads SymPy)

    terms = layer_terms.layer_terms(
        equation, unknown, x, epsilon, boundary=boundary, interval=interval, order=order
    )
    s = terms.width_exponent
    outer_powers = [k * s for k in range(len(terms.outer))]
    rigorous = terms.kind == "a-posteriori"
    certificate = Certificate(
        "error of the uniform part over its power of epsilon",
        terms.sampled_residual,
        float(sum(terms.residuals.values())),
        terms.kind,
        "maximum principle" if rigorous else "size of the residual",
        ("epsilon <= 1", "no layer reaches the other end, see error_bound"),
    )
    return LayerExpansion(
        locations=terms.locations,
        width_exponents=(s,) * len(terms.locations),
        outer=Expansion.from_terms(terms.outer, powers=outer_powers),
        inner=tuple(Expansion.from_terms(i, powers=outer_powers) for i in terms.inner),
        overlap=tuple(Expansion.from_terms(o, powers=outer_powers) for o in terms.overlap),
        uniform=tuple(Expansion.from_terms(v, powers=outer_powers) for v in terms.layers),
        speeds=terms.speeds,
        rates=terms.rates,
        interval=terms.interval,
        remainder=Expansion.from_terms(
            list(terms.residuals.values()), powers=list(terms.residuals)
        ),
        status=Status.CONVERGED,
        certificate=certificate,
    )
