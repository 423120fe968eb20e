"""Averaging over a fast phase, and the weakly perturbed oscillators that it began with.

x' = epsilon f(x, theta, epsilon), theta' = 1, period 2 pi, f = f_1 + epsilon f_2 + ...,
x = y + epsilon w_1(y, theta) + epsilon^2 w_2(y, theta), y' = epsilon g_1 + epsilon^2 g_2:

    g_1 = <f_1>,                          w_1 = int (f_1 - g_1) dtheta,
    g_2 = <f_2 + (D f_1) w_1 - (D w_1) g_1>,  w_2 the integral of the rest,

with D = d/dx and integrals of zero mean. The fields are trigonometric polynomials of theta,
sum_n c_n(x) z^n with z = exp(i theta), which are integrated term by term.

Reference: Sanders, Verhulst and Murdock (2007), chapters 2 and 3.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturbsci.arguments import whole
from perturbsci.errors import ParameterError
from perturbsci.perturbation.amplitude import AmplitudeEquation, amplitude_equation
from perturbsci.perturbation.oscillations import Oscillation, lindstedt
from perturbsci.results import Result, Status
from perturbsci.verification.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sympy

__all__ = [
    "AmplitudeEquation",
    "AveragedSystem",
    "Oscillation",
    "amplitude_equation",
    "average",
    "lindstedt",
]

VANISHING = 1e-20  # of 30 digits


@dataclass(frozen=True, slots=True, eq=False)
class AveragedSystem(Result):
    """An autonomous system y' = epsilon g_1(y) + epsilon^2 g_2(y) instead of x'.

    Parameters
    ----------
    terms : tuple of sympy.Matrix
        g_1, g_2, columns of the state symbols, which stand for y.
    transformation : tuple of sympy.Matrix
        w_1, w_2 of x = y + epsilon w_1 + epsilon^2 w_2, with zero mean over the phase.
    status : Status
        EXACT: the terms are closed forms.
    certificate : Certificate
        What is left of the equation through epsilon^order at sample points, relative.

    Examples
    --------
    >>> import sympy
    >>> x, t, e = sympy.symbols("x t epsilon")
    >>> average([x * sympy.cos(t) ** 2], [x], t, e).terms
    (Matrix([[x/2]]),)
    """

    terms: "tuple[sympy.Matrix, ...]"
    transformation: "tuple[sympy.Matrix, ...]"
    status: Status
    certificate: Certificate


def average(
    field: "Sequence[sympy.Expr] | sympy.Matrix",
    state: "Sequence[sympy.Symbol]",
    phase: "sympy.Symbol",
    epsilon: "sympy.Symbol",
    *,
    order: int = 1,
) -> AveragedSystem:
    """Average x' = epsilon field(x, phase, epsilon), phase' = 1, over 2 pi.

    Parameters
    ----------
    field : sequence of n sympy.Expr
        f, a trigonometric polynomial of the phase, smooth in epsilon.
    state : sequence of n sympy.Symbol
        x.
    phase, epsilon : sympy.Symbol
        theta and the small parameter.
    order : int, optional
        1 or 2.

    Returns
    -------
    system : AveragedSystem
        With y(0) from x(0) = y + epsilon w_1 + ..., order N, the error of y' is
        O(epsilon^N) for times up to 1/epsilon.

    Raises
    ------
    ParameterError
        If an argument is of a wrong type, or the field is no trigonometric polynomial of
        period 2 pi.
    ShapeError
        If there is not one formula a state symbol.

    References
    ----------
    Sanders, Verhulst and Murdock (2007), theorems 2.8.1 and 2.9.2.

    Examples
    --------
    >>> import sympy
    >>> x, t, e = sympy.symbols("x t epsilon")
    >>> average([sympy.sin(t) + x * sympy.cos(t)], [x], t, e, order=2).terms
    (Matrix([[0]]), Matrix([[-1/2]]))
    """
    from perturbsci.perturbation.formulas import (  # noqa: PLC0415 (loads SymPy)
        as_formulas,
        as_symbols,
    )

    x = as_symbols(state, "state")
    theta, small = as_symbols((phase, epsilon), "(phase, epsilon)")
    as_symbols((*x, theta, small), "(*state, phase, epsilon)")
    f = as_formulas(field, len(x), "field")
    n = whole(order, "order", least=1, most=2)
    first = f.subs(small, 0)
    mean, wave = _split(first, theta)
    terms, waves = [mean], [wave]
    if n == 2:
        second = f.diff(small).subs(small, 0)
        rest = second + first.jacobian(x) * wave - wave.jacobian(x) * mean
        mean, wave = _split(rest, theta)
        terms.append(mean)
        waves.append(wave)
    return AveragedSystem(
        tuple(terms),
        tuple(waves),
        Status.EXACT,
        _certificate(f, terms, waves, x, theta, small),
    )


def _split(
    field: "sympy.Matrix", theta: "sympy.Symbol"
) -> "tuple[sympy.Matrix, sympy.Matrix]":
    """Return the mean and the integral of the rest."""
    import sympy  # noqa: PLC0415 (slow to load)

    means, waves = [], []
    for formula in field:
        mean = wave = sympy.S.Zero
        for (n, shift), (even, odd) in _fourier(formula, theta).items():
            angle = n * theta + shift
            if n == 0:
                mean += even * sympy.cos(angle) + odd * sympy.sin(angle)
            else:
                wave += even / n * sympy.sin(angle) - odd / n * sympy.cos(angle)
        means.append(mean)
        waves.append(wave)
    size = len(means)
    return sympy.ImmutableMatrix(size, 1, means), sympy.ImmutableMatrix(size, 1, waves)


def _fourier(
    formula: "sympy.Expr", theta: "sympy.Symbol"
) -> "dict[tuple[int, sympy.Expr], tuple[sympy.Expr, sympy.Expr]]":
    """Return (n, a) -> (c, d) of the sum of c cos(n theta + a) + d sin(n theta + a)."""
    import sympy  # noqa: PLC0415 (slow to load)

    waves = {
        wave: wave.rewrite(sympy.exp)
        for wave in formula.atoms(sympy.sin, sympy.cos)
        if wave.has(theta)
    }
    found: dict[tuple[int, sympy.Expr], list[sympy.Expr]] = {}
    for term in sympy.Add.make_args(
        sympy.expand(formula.xreplace(waves), power_base=False)
    ):
        factor, angle = _polar(term)
        n = sympy.expand(angle).coeff(theta)
        shift = sympy.expand(angle - n * theta)
        if factor.has(theta) or shift.has(theta) or not n.is_Integer:
            raise ParameterError(
                f"field holds {formula!s:.60}, which is no trigonometric polynomial of "
                f"{theta} with period 2 pi; expand it in a Fourier series first"
            )
        turn = n < 0 or (n == 0 and shift.could_extract_minus_sign())
        key = (-int(n), -shift) if turn else (int(n), shift)
        pair = found.setdefault(key, [sympy.S.Zero, sympy.S.Zero])
        pair[0] += factor
        pair[1] += -sympy.I * factor if turn else sympy.I * factor
    return {key: (sympy.expand(c), sympy.expand(d)) for key, (c, d) in found.items()}


def _polar(term: "sympy.Expr") -> "tuple[sympy.Expr, sympy.Expr]":
    """Return factor and angle of factor exp(i angle)."""
    import sympy  # noqa: PLC0415 (slow to load)

    factor, angle = sympy.S.One, sympy.S.Zero
    for part in sympy.Mul.make_args(sympy.powsimp(term, combine="exp")):
        if not isinstance(part, sympy.exp):
            factor *= part
            continue
        for exponent in sympy.Add.make_args(sympy.expand(part.args[0])):
            turning = exponent / sympy.I
            if turning.has(sympy.I):
                factor *= sympy.exp(exponent)
            else:
                angle += turning
    return factor, angle


def _certificate(
    f: "sympy.Matrix",
    terms: "list[sympy.Matrix]",
    waves: "list[sympy.Matrix]",
    x: "tuple[sympy.Symbol, ...]",
    theta: "sympy.Symbol",
    small: "sympy.Symbol",
) -> Certificate:
    """Put x = y + epsilon w into the equation and take its powers of epsilon."""
    import sympy  # noqa: PLC0415 (slow to load)

    from perturbsci.perturbation.formulas import (  # noqa: PLC0415 (loads SymPy)
        sampled_powers,
    )

    change, slow = sympy.zeros(len(x), 1), sympy.zeros(len(x), 1)
    for k, (wave, term) in enumerate(zip(waves, terms, strict=True)):
        change += small ** (k + 1) * wave
        slow += small ** (k + 1) * term
    moved = f.subs(
        {name: name + shift for name, shift in zip(x, change, strict=True)},
        simultaneous=True,
    )
    left = slow + change.jacobian(x) * slow + change.diff(theta) - small * moved
    size = sum(sampled_powers(f, small, len(terms))) or 1.0
    return Certificate(
        f"equation left over through epsilon^{len(terms)}",
        max(sampled_powers(left, small, len(terms) + 1)) / size,
        VANISHING,
        "a-posteriori",
        "substitution at sample points, 30 digits",
    )
