"""Waves of short length by WKB exponents.

    epsilon^2 y'' + Q(x) y = 0,    y = exp((1/epsilon) sum_k epsilon^k S_k(x))

    S_0'^2 = -Q,    2 S_0' S_k' + S_{k-1}'' + sum_{j=1}^{k-1} S_j' S_{k-j}' = 0

The odd part of the sum is -1/2 ln of the derivative of the even part, so that only even
terms are integrated.

Reference: Bender and Orszag (1999), section 10.1.
"""

import itertools
from dataclasses import dataclass
from numbers import Integral

import numpy
import sympy

from perturbsci.arguments import is_finite_number, positive, whole
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_symbol
from perturbsci.perturbation.samples import (
    as_expression,
    sampled,
)
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["WKBExpansion", "wkb"]

SMALLEST = 1e-150  # epsilon, whose powers divide the phases
TESTED = (0.37, 0.81, 1.43)  # where the recursion is checked; any points would do
AGREES = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class WKBExpansion(Result):
    """The exponents of rapidly oscillating or growing solutions.

    Parameters
    ----------
    phases : tuple of sympy.Expr
        S_0, ..., S_N for the sign 1, S_0' = i sqrt(Q), or i u if Q is a square u^2; with
        the sign -1 the even ones change sign.
        Their constants are those of the closed form, or zero at ``start``.
    second : sympy.Expr
        S_2, also for N < 2.
    variable : sympy.Symbol
        x.
    status : Status
        CONVERGED.
    certificate : Certificate
        The equation holds through epsilon^N, at test points.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> waves = wkb((1 + x) ** 2, x, e)
    >>> complex(numpy.round(waves.evaluate(1.0, 0.1), 6))
    (-0.53718+0.459823j)
    """

    phases: tuple[sympy.Expr, ...]
    second: sympy.Expr
    variable: sympy.Symbol
    status: Status
    certificate: Certificate

    def evaluate(self, points: Array, epsilon: float, *, sign: int = 1) -> Array:
        """Return y = exp((1/epsilon) sum epsilon^k S_k).

        Parameters
        ----------
        points : real array, shape (S)
            Away from zeros of Q; where Q < 0 the principal roots are taken.
        epsilon : float
            Above zero.
        sign : int
            1 or -1, of S_0.

        Returns
        -------
        values : complex array, shape (S)
            On the host.

        Raises
        ------
        ParameterError
            If a phase is not finite at a point, or an argument is out of range.
        """
        if isinstance(sign, bool) or not isinstance(sign, Integral) or sign not in (1, -1):
            raise ParameterError(f"sign is {sign!r}; pass 1 or -1")
        if positive(epsilon, "epsilon") < SMALLEST:
            raise ParameterError(f"epsilon is {epsilon:.3g}; pass one above {SMALLEST:g}")
        total = sum(
            sign ** (k + 1) * small ** (k - 1) * phase
            for small in (positive(epsilon, "epsilon"),)
            for k, phase in enumerate(self._at(self.phases, points))
        )
        with numpy.errstate(over="ignore"):
            return numpy.exp(total)[()]

    def validity(self, points: Array, epsilon: float) -> Array:
        """Return abs(epsilon S_2), which has to be small.

        Parameters
        ----------
        points : real array, shape (S)
            Away from zeros of Q.
        epsilon : float
            Above zero.

        Returns
        -------
        values : real array, shape (S)
            The relative size of the first term that order 1 leaves out.

        Raises
        ------
        ParameterError
            As for ``evaluate``.
        """
        return abs(positive(epsilon, "epsilon") * self._at((self.second,), points)[0])[()]

    def _at(self, phases: tuple[sympy.Expr, ...], points: Array) -> list[Array]:
        x = to_host(as_array(points, name="points", real=True, empty=True))
        values = [sampled(phase, self.variable, x + 0j) for phase in phases]
        if not all(numpy.isfinite(value).all() for value in values):
            raise ParameterError(
                f"points in {x.min():g}..{x.max():g} hold a zero of frequency_squared or a "
                "singularity, where WKB has no value; keep away from it, or use langer"
            )
        return values


def wkb(
    frequency_squared: sympy.Expr,
    x: sympy.Symbol,
    epsilon: sympy.Symbol,
    *,
    order: int = 1,
    start: float = 0.0,
) -> WKBExpansion:
    """Expand the exponents of epsilon^2 y'' + Q(x) y = 0.

    Parameters
    ----------
    frequency_squared : sympy.Expr
        Q, of x alone.
    x, epsilon : sympy.Symbol
        Variable and small parameter.
    order : int
        N; 0 is geometrical optics, 1 adds the amplitude Q^(-1/4).
    start : float
        Where integrals begin for which SymPy has no closed form.

    Returns
    -------
    expansion : WKBExpansion
        With N + 1 phases.

    Raises
    ------
    ParameterError
        If Q is zero or no expression of x, or the order negative.

    Notes
    -----
    The number of operations grows by a factor of about 3 an order.

    References
    ----------
    Bender and Orszag (1999), section 10.1.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> wkb(x**-4, x, e, order=2).second  # two terms are exact
    0
    """
    as_symbol(x, "x")
    as_symbol(epsilon, "epsilon")
    q = as_expression(frequency_squared, x, "frequency_squared")
    if sympy.simplify(q) == 0:
        raise ParameterError(f"frequency_squared is {q}, zero; pass another function")
    order = whole(order, "order", least=0)
    place = sympy.S(start) if isinstance(start, sympy.Expr) else sympy.nan
    if is_finite_number(start):
        place = sympy.S(start)
    if not (place.is_real and place.is_finite):
        raise ParameterError(f"start is {start!r}; pass one finite real number")
    slopes = _slopes(q, x, max(order, 2))
    phases = [_phase(slopes, k, x, place, q) for k in range(max(order, 2) + 1)]
    return WKBExpansion(
        tuple(phases[: order + 1]),
        phases[2],
        x,
        Status.CONVERGED,
        _recursion_certificate(phases[: order + 1], q, x),
    )


def _slopes(q: sympy.Expr, x: sympy.Symbol, order: int) -> list[sympy.Expr]:
    """Return S_0', ..., S_N'; first for symbols r_j = d^j sqrt(Q)/dx^j."""
    names = [sympy.Dummy(f"r{j}") for j in range(order + 2)]

    def slope(formula: sympy.Expr) -> sympy.Expr:
        pairs = itertools.pairwise(names)
        return sympy.Add(*(formula.diff(name) * above for name, above in pairs))

    found = [sympy.I * names[0]]
    for k in range(1, order + 1):
        products = sum(found[j] * found[k - j] for j in range(1, k))
        found.append(sympy.expand(-(slope(found[k - 1]) + products) / (2 * found[0])))
    root = _root(q, x)
    derivatives = [root.diff(x, j) if j else root for j in range(order + 2)]
    values = dict(zip(names, derivatives, strict=True))
    return [_simple(formula.subs(values)) for formula in found]


def _root(q: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    """Return sqrt(Q); that of a square without a kink, u instead of |u|."""
    real = sympy.Dummy("x", real=True)
    root = sympy.sqrt(sympy.factor(q.subs(x, real)))
    return root.replace(sympy.Abs, lambda u: u).subs(real, x)


def _simple(formula: sympy.Expr) -> sympy.Expr:
    return sympy.powsimp(sympy.factor_terms(sympy.together(formula)))


def _phase(
    slopes: list[sympy.Expr], k: int, x: sympy.Symbol, start: sympy.Expr, q: sympy.Expr
) -> sympy.Expr:
    """Return S_k: the odd ones by the logarithm of the even part, else an integral."""
    if k == 1:
        return -sympy.log(q) / 4
    if k % 2:
        # -1/2 ln(1 + u), u = sum_j d^j S_{2j}'/S_0', d = epsilon^2
        d = sympy.Dummy("d")
        half = (k - 1) // 2
        u = sum(d**j * slopes[2 * j] / slopes[0] for j in range(1, half + 1))
        logarithm = sum((-1) ** (m + 1) * u**m / m for m in range(1, half + 1))
        return _simple(-sympy.expand(logarithm).coeff(d, half) / 2)
    for form in (sympy.expand(slopes[k]), slopes[k]):
        parts = [_antiderivative(term, x) for term in sympy.Add.make_args(form)]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            return sympy.Add(*known)
    return sympy.Integral(slopes[k], (x, start, x))


def _antiderivative(term: sympy.Expr, x: sympy.Symbol) -> sympy.Expr | None:
    """Return that of a power or exponential of a linear function; None for others."""
    if not term.has(x):
        return term * x
    factor, rest = term.as_independent(x, as_Add=False)
    base, power = rest.as_base_exp()
    if not power.has(x) and not (rate := base.diff(x)).has(x):
        if power == -1:
            return factor * sympy.log(base) / rate
        return factor * base ** (power + 1) / (rate * (power + 1))
    if not base.has(x) and not (rate := power.diff(x) * sympy.log(base)).has(x):
        return factor * rest / rate
    return None


def _recursion_certificate(
    phases: list[sympy.Expr], q: sympy.Expr, x: sympy.Symbol
) -> Certificate:
    """Compare the closed forms with the recursion, at test points."""
    slopes = [phase.diff(x) for phase in phases]
    points = numpy.array(TESTED, dtype=complex)
    first = [sampled(slope, x, points) for slope in slopes]
    bends = [sampled(slope.diff(x), x, points) for slope in slopes]
    terms = [[sampled(q, x, points), first[0] ** 2]]
    for k in range(1, len(phases)):
        products = [first[j] * first[k - j] for j in range(k + 1)]
        terms.append([bends[k - 1], *products])
    worst = 0.0
    for parts in terms:
        usable = numpy.isfinite(parts).all(axis=0)
        size = numpy.where(
            numpy.abs(parts).max(axis=0) > 0, numpy.abs(parts).max(axis=0), 1
        )
        worst = max(worst, (abs(sum(parts)) / size)[usable].max(initial=0.0))
    return Certificate(
        "relative defect of the equation through epsilon^order, at test points",
        float(worst),
        AGREES,
        "estimate",
        "derivatives of the phases",
        ("the error at one epsilon: see validity",),
    )
