"""Periodic oscillations by the method of Lindstedt and Poincare.

x'' + w_0^2 x + epsilon f(x, x') = 0, x = sum epsilon^k x_k(tau), tau = w t,
w = sum epsilon^k w_k. With x = a_0 X, w = w_0 W, a_0 the amplitude at epsilon = 0,

    W^2 X'' + X + epsilon F(X, W X') = 0,  F(X, U) = f(a_0 X, a_0 w_0 U)/(a_0 w_0^2),

which is solved in `harmonics`: in Fractions where F is a polynomial with rational
coefficients, otherwise on samples of tau, doubled until the harmonics are resolved.

References: Bender and Orszag (1999), section 11.1; Kevorkian and Cole (1996); Andersen and
Geer (1982).
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy

from perturbsci.arguments import flag, whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.amplitude import amplitude_equation, checked_oscillator
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.gauges import as_fraction
from perturbsci.perturbation.harmonics import (
    Force,
    Harmonics,
    Waves,
    added,
    expanded_waves,
    rate,
    rational_force,
    sampled_force,
)
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

if TYPE_CHECKING:
    import sympy

__all__ = ["Oscillation", "lindstedt"]

FIRST_SAMPLES, LAST_SAMPLES = 64, 4096
RESOLVED = 1e-14  # of the largest harmonic: the size of the last ones
CONSISTENT = 1e-9  # of the terms of the equation, what may be left of them


@dataclass(frozen=True, slots=True, eq=False)
class Oscillation(Result):
    """A periodic oscillation as a series in epsilon.

    Parameters
    ----------
    frequency : Expansion
        w, N + 1 terms.
    amplitude : Expansion
        x(0), where x'(0) = 0.
    harmonics : complex array, shape (N + 1, H)
        x_k(tau) = Re sum_h harmonics[k, h] exp(i h tau), tau = w t.
    limit_cycle : bool
        The amplitude was found, not given.
    status : Status
        EXACT in rational arithmetic, otherwise CONVERGED, or TOLERANCE_NOT_REACHED if the
        harmonics decay too slowly.
    certificate : Certificate
        What is left when the series is put into the equation on samples of tau, through
        epsilon^N, relative to its terms.

    Examples
    --------
    >>> import sympy
    >>> x, v = sympy.symbols("x v")
    >>> duffing = lindstedt(x**3, x, v, order=1)
    >>> float(duffing.evaluate(0.0, 0.1))
    1.0
    """

    frequency: Expansion
    amplitude: Expansion
    harmonics: Array
    limit_cycle: bool
    status: Status
    certificate: Certificate

    def evaluate(self, t: Array, epsilon: Array) -> Array:
        """Return the displacement.

        Parameters
        ----------
        t : real array, shape (S)
            Times; x'(0) = 0.
        epsilon : real number or array, shape (S)
            The small parameter.

        Returns
        -------
        x : real array, shape (S)
            With an error of O(epsilon^(N+1) (1 + t)).
        """
        times = as_array(t, name="t", real=True, empty=True)
        small = as_array(epsilon, name="epsilon", real=True, empty=True)
        xp = namespace(times, small, names=("t", "epsilon"))
        powers = xp.asarray(numpy.arange(len(self.harmonics)), dtype=small.dtype)
        waves = xp.tensordot(small[..., None] ** powers, xp.asarray(self.harmonics), axes=1)
        phase = self.frequency.evaluate(small) * times
        orders = xp.asarray(numpy.arange(self.harmonics.shape[1]), dtype=times.dtype)
        return xp.real(xp.sum(waves * xp.exp(1j * phase[..., None] * orders), axis=-1))[()]


def lindstedt(
    force: "sympy.Expr",
    displacement: "sympy.Symbol",
    velocity: "sympy.Symbol",
    *,
    order: int = 4,
    amplitude: "sympy.Expr | Fraction | float | None" = 1,
    frequency: "sympy.Expr | Fraction | float" = 1,
    strict: bool = True,
) -> Oscillation:
    """Expand the periodic solutions of x'' + frequency^2 x + epsilon force(x, x') = 0.

    Parameters
    ----------
    force : sympy.Expr
        f, of displacement and velocity alone, smooth.
    displacement, velocity : sympy.Symbol
        x and v = x'.
    order : int, optional
        N, the largest power of epsilon.
    amplitude : number or None, optional
        x(0) for every epsilon, where x'(0) = 0. None finds a limit cycle: of several the
        smallest one that is stable, or else the smallest.
    frequency : number, optional
        w_0, above zero. Integers, fractions and SymPy numbers are kept exactly.
    strict : bool, optional
        Raise if the harmonics decay too slowly; False returns the result.

    Returns
    -------
    oscillation : Oscillation
        In exact Fractions where f is a polynomial and f(a_0 X, a_0 w_0 U)/(a_0 w_0^2) has
        rational coefficients.

    Raises
    ------
    ParameterError
        If an argument is of a wrong type, the amplitude grows or decays, there is no limit
        cycle, or it is a double one.
    ConvergenceError
        If 4096 samples do not resolve the harmonics; it carries the result.

    Notes
    -----
    Fixing x(0) gives other coefficients than fixing the first harmonic. Cost: O(N^2)
    products of trigonometric polynomials a monomial of the force.

    References
    ----------
    Bender and Orszag (1999), section 11.1; Andersen and Geer (1982).

    Examples
    --------
    >>> import sympy
    >>> x, v = sympy.symbols("x v")
    >>> lindstedt(x**3, x, v, order=2).frequency.exact
    (Fraction(1, 1), Fraction(3, 8), Fraction(-21, 256))
    >>> lindstedt((x**2 - 1) * v, x, v, order=2, amplitude=None).amplitude.exact
    (Fraction(2, 1), Fraction(0, 1), Fraction(1, 96))
    """
    strict = flag(strict, "strict")
    f, x, v, w = checked_oscillator(force, displacement, velocity, frequency)
    n = whole(order, "order", least=0)
    if others := sorted(map(str, (f.free_symbols | w.free_symbols) - {x, v})):
        raise ParameterError(
            f"force or frequency holds {', '.join(others)} beside {x} and {v}; substitute "
            "numbers"
        )
    cycle = amplitude is None
    a = _cycle(f, x, v, w) if cycle else _amplitude(amplitude)
    for name, given in (("frequency", w), ("amplitude", a)):
        if not numpy.finfo(float).tiny <= abs(given) <= numpy.finfo(float).max:
            raise ParameterError(
                f"{name} is {given!s:.60}; pass a number in reach of float"
            )
    scaled = f.subs({x: a * x, v: a * w * v}, simultaneous=True) / (a * w**2)
    terms = _rational_terms(scaled, x, v)
    degree = max([i + j for i, j in terms], default=1) if terms is not None else 1
    n_samples = max(FIRST_SAMPLES, 2 ** math.ceil(math.log2(4 * (n + 1) * max(degree, 1))))
    resolved = True
    if terms is not None:
        waves = expanded_waves(rational_force(terms), n, cycle=cycle)
    else:
        waves, n_samples, resolved = _on_samples(scaled, x, v, n, cycle, n_samples)
    taylor = _taylor(scaled, x, v, n, 2 * n_samples)
    left = _left_over(sampled_force(taylor, 2 * n_samples), waves)
    status = Status.EXACT if terms is not None else Status.CONVERGED
    result = _oscillation(
        waves, a, w, cycle, left, status if resolved else Status.TOLERANCE_NOT_REACHED
    )
    if strict and not resolved:
        raise ConvergenceError(
            f"{n_samples} samples leave harmonics above {RESOLVED:g} at order {n}: the "
            "force is not smooth; lower the order, or pass strict=False for the result",
            result,
        )
    return result


def _amplitude(amplitude: object) -> "sympy.Expr":
    from perturbsci.perturbation.formulas import as_formulas  # noqa: PLC0415 (loads SymPy)

    if isinstance(amplitude, (list, tuple)):
        raise ParameterError(f"amplitude is {amplitude!r:.60}; pass one real number")
    a = as_formulas(amplitude, 1, "amplitude")[0]
    if not (a.is_number and a.is_extended_real) or a.is_zero:
        raise ParameterError(
            f"amplitude is {a}; pass x(0) as a real number that is not 0, or None for a "
            "limit cycle"
        )
    return a


def _cycle(
    f: "sympy.Expr", x: "sympy.Symbol", v: "sympy.Symbol", w: "sympy.Expr"
) -> "sympy.Expr":
    """Return the amplitude of a limit cycle at epsilon = 0."""
    equation = amplitude_equation(f, x, v, frequency=w)
    found = [
        (not stable, point)
        for point, stable in zip(equation.fixed_points, equation.stable, strict=True)
        if point.is_positive
    ]
    if not found:
        raise ParameterError(
            f"force has no limit cycle: dA/d(epsilon t) = {equation.amplitude_rate!s:.80} "
            "vanishes at no positive amplitude or at all; pass amplitude=x(0) if every "
            "amplitude oscillates"
        )
    return min(found, key=lambda entry: (entry[0], float(entry[1])))[1]


def _rational_terms(
    scaled: "sympy.Expr", x: "sympy.Symbol", v: "sympy.Symbol"
) -> dict[tuple[int, int], Fraction] | None:
    """Return the coefficients of a polynomial; None unless all are rational."""
    import sympy  # noqa: PLC0415 (slow to load)

    polynomial = sympy.expand(scaled)
    if not polynomial.is_polynomial(x, v):
        return None
    found = {key: as_fraction(c) for key, c in sympy.Poly(polynomial, x, v).terms()}
    terms = {key: c for key, c in found.items() if c is not None}
    return terms if len(terms) == len(found) else None


def _on_samples(
    scaled: "sympy.Expr",
    x: "sympy.Symbol",
    v: "sympy.Symbol",
    order: int,
    cycle: bool,
    n_samples: int,
) -> tuple[Waves, int, bool]:
    """Return the expansion, its number of samples, and whether they resolve it."""
    while True:
        force = sampled_force(_taylor(scaled, x, v, order, n_samples), n_samples)
        waves = expanded_waves(force, order, cycle=cycle)
        tail = [
            abs(c) / max(map(abs, wave.values()))
            for wave in waves.waves
            for k, c in wave.items()
            if abs(k) > n_samples // 4
        ]
        resolved = max(tail, default=0.0) <= RESOLVED
        if resolved or n_samples >= LAST_SAMPLES:
            return waves, n_samples, resolved
        n_samples *= 2


def _taylor(
    scaled: "sympy.Expr", x: "sympy.Symbol", v: "sympy.Symbol", order: int, n_samples: int
) -> dict[tuple[int, int], Array]:
    """Return the Taylor coefficients of F on the circle x = cos tau, v = -sin tau."""
    import sympy  # noqa: PLC0415 (slow to load)

    from perturbsci.perturbation.formulas import values  # noqa: PLC0415 (loads SymPy)

    tau = 2 * math.pi * numpy.arange(n_samples) / n_samples
    place = {x: numpy.cos(tau), v: -numpy.sin(tau)}
    formulas: dict[tuple[int, int], sympy.Expr] = {}
    for i in range(order + 1):
        for j in range(order + 1 - i):
            base, name = (formulas[i - 1, j], x) if i else (formulas.get((0, j - 1)), v)
            formulas[i, j] = scaled if base is None else base.diff(name)
    kept = {key: formula for key, formula in formulas.items() if formula != 0}
    if any(formula.has(sympy.DiracDelta) for formula in kept.values()):
        raise ParameterError(
            f"force {scaled!s:.60} has a corner, and order {order} needs {order} smooth "
            "derivatives; lower the order, or use amplitude_equation"
        )
    with numpy.errstate(all="ignore"):
        found = values(kept.values(), place, numpy)
    terms = {
        (i, j): value / (math.factorial(i) * math.factorial(j)) * numpy.ones(n_samples)
        for (i, j), value in zip(kept, found, strict=True)
    }
    if not all(numpy.isrealobj(c) and numpy.isfinite(c).all() for c in terms.values()):
        raise ParameterError(
            f"force {scaled!s:.60} or a derivative is not finite and real on the circle "
            "x = a cos(tau); expansions need a smooth force there, change the amplitude"
        )
    return terms


def _left_over(force: Force, waves: Waves) -> float:
    """Return the largest coefficient of W^2 X'' + X + epsilon F, relative to its terms."""
    x, w = waves
    worst = 0.0
    u: list[Harmonics] = []
    for k, wave in enumerate(x):
        squares = [sum(w[i] * w[j - i] for i in range(j + 1)) for j in range(k + 1)]
        parts = [wave]
        parts += [
            {n: -s * n * n * c for n, c in x[k - j].items()} for j, s in enumerate(squares)
        ]
        parts += [force(k - 1, x, u)] if k else []
        u.append(rate(w, x, k))
        size = max(abs(c) for part in parts for c in [0.0, *part.values()])
        total = max(map(abs, added(parts).values()), default=0.0)
        worst = max(worst, float(total) / float(size or 1.0))
    return worst


def _oscillation(
    waves: Waves,
    a: "sympy.Expr",
    w: "sympy.Expr",
    cycle: bool,
    left: float,
    status: Status,
) -> Oscillation:
    starts = [
        sum((c for n, c in wave.items() if n >= 0), Fraction(0)) for wave in waves.waves
    ]
    height = max(abs(n) for wave in waves.waves for n in wave) + 1
    harmonics = numpy.zeros((len(waves.waves), height), complex)
    for k, wave in enumerate(waves.waves):
        for n, c in wave.items():
            harmonics[k, abs(n)] += float(a) * float(c) * (-1j if n < 0 else 1)
    return Oscillation(
        _series(w, waves.frequencies),
        _series(a, starts),
        harmonics,
        cycle,
        status,
        Certificate(
            "equation left over through the last order",
            left,
            CONSISTENT,
            "estimate",
            "samples",
        ),
    )


def _series(unit: "sympy.Expr", coefficients: list[Fraction | float]) -> Expansion:
    """Return unit times the series, exactly where both are rational."""
    scale = as_fraction(unit)
    if scale is None or any(isinstance(c, float) for c in coefficients):
        return Expansion.from_terms([float(unit) * float(c) for c in coefficients])
    return Expansion.from_terms([scale * c for c in coefficients])
