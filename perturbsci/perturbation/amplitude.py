"""The slow equation of amplitude and phase of a weakly perturbed oscillator.

x'' + w^2 x + epsilon f(x, v) = 0, x = A cos(psi), v = -A w sin(psi), psi' = w + phi':

    dA/d(epsilon t)   = (1/2 pi) int sin(psi) f dpsi / w,
    dphi/d(epsilon t) = (1/2 pi) int cos(psi) f dpsi / (A w).

On a quarter period sine and cosine keep their signs, so that abs(x) and sign(v) become
monomials as well, and

    int_0^(pi/2) cos^p sin^q dpsi = Gamma((p+1)/2) Gamma((q+1)/2) / (2 Gamma((p+q)/2 + 1)).

Reference: Kevorkian and Cole (1996); Bogoliubov and Mitropolsky (1961).
"""

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from perturbsci.errors import ParameterError
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

if TYPE_CHECKING:
    import sympy

__all__ = ["AmplitudeEquation", "amplitude_equation"]

SCAN = numpy.geomspace(1e-3, 1e3, 601)  # where roots are sought without a closed form
N_SAMPLES = 512  # of a period
CLOSE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class AmplitudeEquation(Result):
    """How amplitude and phase drift on the time epsilon t.

    Parameters
    ----------
    amplitude_rate : sympy.Expr
        dA/d(epsilon t); an unevaluated integral where there is no closed form.
    phase_rate : sympy.Expr
        dphi/d(epsilon t).
    symbol : sympy.Symbol
        A.
    fixed_points : tuple of sympy.Expr
        Where ``amplitude_rate`` vanishes, A >= 0, ascending where they are numbers; empty
        if it vanishes everywhere. Without a closed form, sign changes in 1e-3..1e3.
    stable : tuple of bool or None
        Whether amplitudes nearby approach it; None where symbols decide.
    status : Status
        EXACT, or CONVERGED without a closed form.
    certificate : Certificate
        Closed form against samples of the force.

    Examples
    --------
    >>> import sympy
    >>> x, v = sympy.symbols("x v")
    >>> amplitude_equation((x**2 - 1) * v, x, v).fixed_points
    (0, 2)
    """

    amplitude_rate: "sympy.Expr"
    phase_rate: "sympy.Expr"
    symbol: "sympy.Symbol"
    fixed_points: "tuple[sympy.Expr, ...]"
    stable: tuple[bool | None, ...]
    status: Status
    certificate: Certificate


def amplitude_equation(
    force: "sympy.Expr",
    displacement: "sympy.Symbol",
    velocity: "sympy.Symbol",
    *,
    frequency: "sympy.Expr | float" = 1,
) -> AmplitudeEquation:
    """Average x'' + frequency^2 x + epsilon force(x, v) = 0 over the fast phase.

    Parameters
    ----------
    force : sympy.Expr
        Of displacement and velocity; further symbols are parameters.
    displacement, velocity : sympy.Symbol
        x and v = x'.
    frequency : number or sympy.Expr, optional
        w, above zero.

    Returns
    -------
    equation : AmplitudeEquation
        Amplitudes are right to O(epsilon) for times up to 1/epsilon.

    Raises
    ------
    ParameterError
        If an argument is of a wrong type, or the frequency is not positive.

    Notes
    -----
    Closed forms for sums of powers of x, v, abs(x), abs(v) and their signs.

    References
    ----------
    Bogoliubov and Mitropolsky (1961).

    Examples
    --------
    >>> import sympy
    >>> x, v = sympy.symbols("x v")
    >>> equation = amplitude_equation(x**3, x, v)
    >>> equation.amplitude_rate, equation.phase_rate
    (0, 3*A**2/8)
    """
    import sympy  # noqa: PLC0415 (slow to load)

    force, x, v, w = checked_oscillator(force, displacement, velocity, frequency)
    kind = sympy.Dummy if "A" in map(str, force.free_symbols) else sympy.Symbol
    amplitude = kind("A", positive=True)
    sine, cosine = _averages(force, x, v, w, amplitude)
    closed = not sine.has(sympy.Integral) and not cosine.has(sympy.Integral)
    rate, phase = (sympy.expand(part / w) for part in (sine, cosine / amplitude))
    numeric = (force.free_symbols | w.free_symbols) <= {x, v}
    if closed:
        points = _exact_roots(rate, amplitude)
    else:
        points = _scanned_roots(force, x, v, w) if numeric else ()
    return AmplitudeEquation(
        rate,
        phase,
        amplitude,
        points,
        tuple(_is_stable(rate, amplitude, point) for point in points)
        if closed
        else tuple(_falls(force, x, v, w, float(point)) for point in points),
        Status.EXACT if closed else Status.CONVERGED,
        _certificate(rate, force, x, v, w, amplitude, closed and numeric),
    )


def checked_oscillator(
    force: object, displacement: object, velocity: object, frequency: object
) -> "tuple[sympy.Expr, sympy.Symbol, sympy.Symbol, sympy.Expr]":
    """Return force, symbols and frequency, or say what is wrong with them.

    Parameters
    ----------
    force, displacement, velocity, frequency : object
        As a user passed them.

    Returns
    -------
    force, displacement, velocity, frequency : sympy.Expr
        The same.

    Raises
    ------
    ParameterError
        If a type is wrong, or the frequency is not positive.
    """
    import sympy  # noqa: PLC0415 (slow to load)

    from perturbsci.perturbation.formulas import (  # noqa: PLC0415 (loads SymPy)
        as_formulas,
        as_symbols,
    )

    given = as_symbols((displacement, velocity), "(displacement, velocity)")
    for symbol in given:
        if symbol.is_nonnegative or symbol.is_nonpositive or symbol.is_real is False:
            raise ParameterError(
                f"{symbol} is declared of one sign or not real, but it oscillates; pass "
                f"sympy.Symbol({symbol.name!r}, real=True)"
            )
    # A complex symbol would differentiate abs(v) into Re(v) and Im(v).
    x, v = (sympy.Symbol(symbol.name, real=True) for symbol in given)
    f = as_formulas(force, 1, "force")[0].xreplace(dict(zip(given, (x, v), strict=True)))
    if isinstance(frequency, (list, tuple)):
        raise ParameterError(f"frequency is {frequency!r:.60}; pass one number above 0")
    w = as_formulas(frequency, 1, "frequency")[0]
    if w.is_positive is False or (w.is_number and not w.is_positive) or w.has(*given):
        raise ParameterError(f"frequency is {w}; pass one finite number above 0")
    return f, x, v, w


def _averages(
    force: "sympy.Expr",
    x: "sympy.Symbol",
    v: "sympy.Symbol",
    w: "sympy.Expr",
    amplitude: "sympy.Symbol",
) -> "tuple[sympy.Expr, sympy.Expr]":
    """Return the means of sin(psi) f and of cos(psi) f."""
    import sympy  # noqa: PLC0415 (slow to load)

    c, s = sympy.symbols("c s", cls=sympy.Dummy, positive=True)
    totals = [sympy.S.Zero, sympy.S.Zero]
    rate = w if w.is_positive else sympy.Dummy("w", positive=True)
    for right, up in itertools.product((1, -1), repeat=2):
        place = {x: right * amplitude * c, v: -up * amplitude * rate * s}
        f = force.subs(place, simultaneous=True)
        for k, factor in enumerate((up * s, right * c)):
            part = _quarter(sympy.expand(f * factor), c, s)
            if part is None:
                return _integrals(force, x, v, w, amplitude)
            totals[k] += part / (2 * sympy.pi)
    sine, cosine = (sympy.expand(total).subs(rate, w) for total in totals)
    return sine, cosine


def _quarter(
    formula: "sympy.Expr", c: "sympy.Symbol", s: "sympy.Symbol"
) -> "sympy.Expr | None":
    """Return the integral over 0..pi/2 of a sum of c^p s^q; None for anything else."""
    import sympy  # noqa: PLC0415 (slow to load)

    total = sympy.S.Zero
    for term in sympy.Add.make_args(formula) if formula else ():
        factor, rest = term.as_independent(c, s, as_Add=False)
        powers = rest.as_powers_dict()
        p, q = powers.pop(c, sympy.S.Zero), powers.pop(s, sympy.S.Zero)
        if set(powers) - {sympy.S.One} or not (p.is_Rational and q.is_Rational):
            return None
        if min(p, q) <= -1:
            return None
        above = sympy.gamma((p + 1) / 2) * sympy.gamma((q + 1) / 2)
        total += factor * above / (2 * sympy.gamma((p + q) / 2 + 1))
    return total


def _integrals(
    force: "sympy.Expr",
    x: "sympy.Symbol",
    v: "sympy.Symbol",
    w: "sympy.Expr",
    amplitude: "sympy.Symbol",
) -> "tuple[sympy.Expr, sympy.Expr]":
    import sympy  # noqa: PLC0415 (slow to load)

    psi = sympy.Symbol("psi", real=True)
    place = {x: amplitude * sympy.cos(psi), v: -amplitude * w * sympy.sin(psi)}
    found = []
    # What is even in v has no sine, what is odd no cosine.
    for factor, sign in ((sympy.sin(psi), -1), (sympy.cos(psi), 1)):
        part = sympy.expand(force + sign * force.subs(v, -v)) / 2
        f = factor * part.subs(place, simultaneous=True)
        whole = sympy.Integral(f, (psi, 0, 2 * sympy.pi)) if f else sympy.S.Zero
        found.append(whole / (2 * sympy.pi))
    return found[0], found[1]


def _exact_roots(rate: "sympy.Expr", amplitude: "sympy.Symbol") -> "tuple[sympy.Expr, ...]":
    """Return the roots that are not negative, without repetition."""
    import sympy  # noqa: PLC0415 (slow to load)

    if rate == 0:
        return ()
    zero = (sympy.S.Zero,) if rate.subs(amplitude, 0) == 0 else ()
    # A root of A or of its own root is no pole: powers are made whole first.
    powers = [term.as_coeff_exponent(amplitude)[1] for term in sympy.Add.make_args(rate)]
    if not all(power.is_Rational for power in powers):
        return zero
    whole = sympy.ilcm(1, *(power.q for power in powers))
    root = sympy.Dummy("root", positive=True)
    formula = sympy.expand(
        rate.subs(amplitude, root**whole) / root ** (whole * min(powers))
    )
    polynomial = sympy.Poly(formula, root).monic()
    coefficients = [sympy.cancel(c) for c in polynomial.all_coeffs()]
    if all(c.is_Rational for c in coefficients):
        found = sorted(set(sympy.Poly(coefficients, root).real_roots()))
    elif all(c.is_number for c in coefficients):
        found = [z for z in sympy.Poly(coefficients, root).nroots() if z.is_real]
    else:
        found = list(sympy.roots(polynomial))
    kept = [z for z in found if z.is_extended_real is not False and not z.is_nonpositive]
    return zero + tuple(sympy.expand(z**whole) for z in kept)


def _is_stable(
    rate: "sympy.Expr", amplitude: "sympy.Symbol", point: "sympy.Expr"
) -> bool | None:
    """Return whether the first derivative that does not vanish restores the amplitude."""
    import sympy  # noqa: PLC0415 (slow to load)

    if point == 0:  # amplitudes are not negative: the lowest power decides
        lowest = min(
            sympy.Add.make_args(rate), key=lambda term: term.as_coeff_exponent(amplitude)[1]
        )
        negative: bool | None = lowest.is_negative
        return negative
    slope = rate
    for order in itertools.count(1):
        slope = slope.diff(amplitude)
        value = sympy.simplify(slope.subs(amplitude, point))
        if value.is_zero is None and not value.is_number:
            return None
        if not value.is_zero and (not value.is_number or abs(value.evalf()) > CLOSE):
            return (
                None if value.is_negative is None else value.is_negative and order % 2 == 1
            )
    return None


def sampled_rate(
    force: "sympy.Expr",
    x: "sympy.Symbol",
    v: "sympy.Symbol",
    w: "sympy.Expr",
    amplitudes: Array,
) -> Array:
    """Return dA/d(epsilon t) by the trapezoidal rule on one period.

    Parameters
    ----------
    force, x, v, w : sympy.Expr
        Without further symbols.
    amplitudes : real array, shape (n,)
        A.

    Returns
    -------
    rates : real array, shape (n,)
        Exact up to rounding for smooth forces of moderate harmonics; 0 where the force
        cancels to rounding, or is not finite.
    """
    from perturbsci.perturbation.formulas import values  # noqa: PLC0415 (loads SymPy)

    # Points between the zeros of sine and cosine, where sign(v) jumps.
    psi = 2 * math.pi * (numpy.arange(N_SAMPLES) + 0.5) / N_SAMPLES
    place = {
        x: amplitudes[:, None] * numpy.cos(psi),
        v: -amplitudes[:, None] * float(w) * numpy.sin(psi),
    }
    with numpy.errstate(all="ignore"):
        f = values([force], place, numpy)[0] * numpy.ones_like(place[x])
        rates: Array = (f * numpy.sin(psi)).mean(axis=1) / float(w)
        sizes = numpy.abs(f).mean(axis=1) / float(w)
    return numpy.where(numpy.abs(rates) > CLOSE * sizes, rates, 0.0)


def _scanned_roots(
    force: "sympy.Expr", x: "sympy.Symbol", v: "sympy.Symbol", w: "sympy.Expr"
) -> "tuple[sympy.Expr, ...]":
    import sympy  # noqa: PLC0415 (slow to load)
    from scipy.optimize import brentq  # noqa: PLC0415 (slow to load)

    def rate(a: float) -> float:
        return float(sampled_rate(force, x, v, w, numpy.array([a]))[0])

    signs = numpy.sign(sampled_rate(force, x, v, w, SCAN))
    return tuple(
        sympy.Float(brentq(rate, SCAN[k], SCAN[k + 1], xtol=1e-15, rtol=1e-14))
        for k in numpy.flatnonzero(signs[:-1] * signs[1:] < 0)
    )


def _falls(
    force: "sympy.Expr", x: "sympy.Symbol", v: "sympy.Symbol", w: "sympy.Expr", point: float
) -> bool:
    before, after = sampled_rate(force, x, v, w, point * numpy.array([1 - 1e-6, 1 + 1e-6]))
    return bool(before > after)


def _certificate(
    rate: "sympy.Expr",
    force: "sympy.Expr",
    x: "sympy.Symbol",
    v: "sympy.Symbol",
    w: "sympy.Expr",
    amplitude: "sympy.Symbol",
    checkable: bool,
) -> Certificate:
    claim, method = "closed form against samples of the force", "trapezoidal rule"
    if not checkable:
        why = "symbols have no values, or there is no closed form"
        return Certificate(claim, math.nan, math.nan, "none", method, (why,))
    points = numpy.array([0.5, 1.0, 2.0])
    exact = numpy.array([float(rate.subs(amplitude, a).evalf()) for a in points])
    found = sampled_rate(force, x, v, w, points)
    error = float(numpy.abs(found - exact).max() / max(numpy.abs(exact).max(), 1.0))
    # Powers of abs(v) are not smooth: the rule is then of low order.
    return Certificate(claim, error, 1e-4, "estimate", method)
