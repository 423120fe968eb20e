"""Periodic solutions of W^2 X'' + X + epsilon F(X, W X') = 0, order by order.

X = sum epsilon^k x_k(tau) with trigonometric polynomials x_k, W = 1 + sum epsilon^k w_k,
x_0 = cos(tau), X'(0) = 0, U = W X':

    x_k'' + x_k = r_k = - [epsilon^k] (W^2 - 1) X'' - [epsilon^(k-1)] F(X, U).

The cosine of frequency 1 in r_k vanishes by the choice of w_k, the sine by a symmetry of F
(then X(0) = 1), or, on a limit cycle, by the choice of the cosine in x_(k-1).

A trigonometric polynomial is a dict: the key n >= 0 stands for cos(n tau), n < 0 for
sin(-n tau). Coefficients are Fractions, or floats that come from samples by FFT.

References: Bender and Orszag (1999), section 11.1; Kevorkian and Cole (1996).
"""

import itertools
import operator
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = [
    "Force",
    "Harmonics",
    "Waves",
    "added",
    "expanded_waves",
    "rate",
    "rational_force",
    "sampled_force",
]

Number: TypeAlias = Any  # Fraction or float
Harmonics: TypeAlias = dict[int, Number]
# [epsilon^n] F from the coefficients of X and U; asked for n = 0, 1, 2, ..., and again
# for the last n when they change.
Force: TypeAlias = Callable[[int, list[Harmonics], list[Harmonics]], Harmonics]
Terms: TypeAlias = dict[tuple[int, int], Any]

RESONANCE = 1e-9  # a resonance up to here, relative to the force, is rounding


class Waves(NamedTuple):
    """The coefficients x_k and w_k."""

    waves: list[Harmonics]
    frequencies: list[Number]


def rational_force(terms: Terms) -> Force:
    """Return F = sum c_ij X^i U^j in rational arithmetic.

    Parameters
    ----------
    terms : dict
        (i, j) to the Fraction c_ij.

    Returns
    -------
    force : callable
        See ``Force``.
    """
    table = _empty_table(terms)

    def force(n: int, x: list[Harmonics], u: list[Harmonics]) -> Harmonics:
        _extend(table, n, x, u, _product, added)
        return added([_scaled(c, table[key][n]) for key, c in terms.items()])

    table[0, 0] = [{0: Fraction(1)}]
    return force


def sampled_force(terms: Terms, n_samples: int) -> Force:
    """Return F = sum c_ij(tau) (X - x_0)^i (U - u_0)^j on samples of tau.

    Parameters
    ----------
    terms : dict
        (i, j) to the samples of the Taylor coefficient, shape (n_samples,).
    n_samples : int
        At 2 pi m/n_samples.

    Returns
    -------
    force : callable
        See ``Force``; it keeps the harmonics below n_samples/3, which are free of aliasing.
    """
    table = _empty_table(terms)
    nothing = numpy.zeros(n_samples)
    table[0, 0] = [nothing + 1]

    def force(n: int, x: list[Harmonics], u: list[Harmonics]) -> Harmonics:
        moved_x, moved_u = (
            [nothing, *(samples(wave, n_samples) for wave in series[1 : n + 1])]
            for series in (x, u)
        )
        _extend(table, n, moved_x, moved_u, operator.mul, lambda parts: sum(parts, nothing))
        return _harmonics(sum((c * table[key][n] for key, c in terms.items()), nothing))

    return force


def _empty_table(terms: Terms) -> dict[tuple[int, int], list]:
    """Return a row for each product on the way 1, U, ..., U^j, X U^j, ..., X^i U^j."""
    keys = {(0, b) for _, j in terms for b in range(j + 1)} | {(0, 0)}
    keys |= {(a, j) for i, j in terms for a in range(i + 1)}
    return {key: [] for key in sorted(keys)}


def _extend(
    table: dict[tuple[int, int], list],
    n: int,
    x: list,
    u: list,
    multiply: Callable,
    total: Callable,
) -> None:
    """Write the coefficient of epsilon^n into each row: Cauchy products."""
    for (i, j), row in table.items():
        if i == j == 0:
            row[1:] = [total([])] * n
            continue
        below, factor = (table[i - 1, j], x) if i else (table[0, j - 1], u)
        row[n:] = [total([multiply(below[m], factor[n - m]) for m in range(n + 1)])]


def _product(p: Harmonics, q: Harmonics) -> Harmonics:
    """Return the product, by cos a cos b = (cos(a - b) + cos(a + b))/2 and its like."""
    found: dict[int, Any] = defaultdict(int)
    for (a, x), (b, y) in itertools.product(p.items(), q.items()):
        half = x * y / 2
        low, high = abs(abs(a) - abs(b)), abs(a) + abs(b)
        if (a < 0) == (b < 0):
            found[low] += half
            found[high] += -half if a < 0 else half
        else:
            found[-high] += half
            if low:  # sin a cos b holds sin(a - b), of the sign of a - b
                found[-low] += half if min(a, b) + max(a, b) < 0 else -half
    return {n: c for n, c in found.items() if c}


def added(parts: list[Harmonics]) -> Harmonics:
    """Return a sum.

    Parameters
    ----------
    parts : list of Harmonics
        Any number of them.

    Returns
    -------
    total : Harmonics
        Without zeros.
    """
    found: dict[int, Any] = defaultdict(int)
    for wave in parts:
        for n, c in wave.items():
            found[n] += c
    return {n: c for n, c in found.items() if c}


def _scaled(factor: Number, wave: Harmonics) -> Harmonics:
    return {n: factor * c for n, c in wave.items()} if factor else {}


def _slope(wave: Harmonics) -> Harmonics:
    """Return the derivative: c cos(n tau) gives -n c sin(n tau), c sin(n tau) n c cos."""
    return {-n: -n * c for n, c in wave.items() if n}


def rate(w: list[Number], x: list[Harmonics], k: int) -> Harmonics:
    """Return the coefficient of epsilon^k in U = W X'.

    Parameters
    ----------
    w, x : list
        The coefficients of W and X through k.
    k : int
        The order.

    Returns
    -------
    rate : Harmonics
        sum_j w_j x'_(k-j).
    """
    return added([_scaled(w[j], _slope(x[k - j])) for j in range(k + 1)])


def samples(wave: Harmonics, n_samples: int) -> Array:
    """Return a trigonometric polynomial at tau = 2 pi m/n_samples.

    Parameters
    ----------
    wave : Harmonics
        Of frequencies below n_samples/2.
    n_samples : int
        Even.

    Returns
    -------
    samples : real array, shape (n_samples,)
        Its values.
    """
    spectrum = numpy.zeros(n_samples // 2 + 1, complex)
    for n, c in wave.items():
        spectrum[abs(n)] += float(c) * (0.5 if n > 0 else -0.5j if n < 0 else 1.0)
    return numpy.fft.irfft(n_samples * spectrum, n_samples)


def _harmonics(values: Array) -> Harmonics:
    """Return the trigonometric polynomial of frequencies below a third of the samples."""
    spectrum = 2 * numpy.fft.rfft(values)[: len(values) // 3] / len(values)
    spectrum[0] /= 2
    rounding = numpy.finfo(float).eps * numpy.abs(values).max() / 2
    found = dict(enumerate(spectrum.real.tolist()))
    found |= {-n: -c for n, c in enumerate(spectrum.imag.tolist()) if n}
    return {n: c for n, c in found.items() if abs(c) > rounding}


def expanded_waves(force: Force, order: int, *, cycle: bool) -> Waves:
    """Return the periodic solution through epsilon^order.

    Parameters
    ----------
    force : callable
        F; on a limit cycle x_0 = cos(tau) is the one that the sines of F allow.
    order : int
        N.
    cycle : bool
        A limit cycle; otherwise X(0) = 1.

    Returns
    -------
    expansion : Waves
        N + 1 terms each.

    Raises
    ------
    ParameterError
        If a sine of frequency 1 is left, or the limit cycle is degenerate.
    """
    x: list[Harmonics] = [{1: Fraction(1)}]
    u: list[Harmonics] = [_slope(x[0])]
    w: list[Number] = [Fraction(1)]
    response: Number | None = None  # of the sine in r_k to the cosine in x_(k-1)
    for k in range(1, order + 1 + cycle):
        known = added([_scaled(-s, _slope(_slope(x[k - j]))) for j, s in _squares(w, k)])
        answer = force(k - 1, x, u)
        if cycle and k > 1:
            if response is None:
                changed = force(1, [x[0], added([x[1], x[0]])], [u[0], added([u[1], u[0]])])
                response = answer.get(-1, 0) - changed.get(-1, 0)
                _check_response(response, changed)
            shift = -(known.get(-1, 0) - answer.get(-1, 0)) / response
            x[k - 1] = added([x[k - 1], {1: shift}])
            u[k - 1] = added([u[k - 1], {-1: -shift}])
            answer = force(k - 1, x, u)
            known = added(
                [_scaled(-s, _slope(_slope(x[k - j]))) for j, s in _squares(w, k)]
            )
        right = added([known, _scaled(Fraction(-1), answer)])
        _check_sine(right.get(-1, 0), answer, k, cycle)
        if k > order:
            break
        w.append(-right.get(1, Fraction(0)) / 2)  # (W^2)_k X_0'' holds -2 w_k cos(tau)
        wave = {n: c / (1 - n * n) for n, c in right.items() if abs(n) != 1}
        wave[-1] = sum(n * c for n, c in wave.items() if n < 0)  # X'(0) = 0
        if not cycle:
            wave[1] = -sum(c for n, c in wave.items() if n >= 0)  # X(0) = 1
        x.append(added([wave]))
        u.append(rate(w, x, k))
    return Waves(x, w)


def _squares(w: list[Number], k: int) -> list[tuple[int, Number]]:
    """Return j and [epsilon^j] W^2 for j = 1..k, without the unknown 2 w_k."""
    return [
        (j, sum((w[i] * w[j - i] for i in range(j + 1) if max(i, j - i) < k), Fraction(0)))
        for j in range(1, k + 1)
    ]


def _check_sine(sine: Number, force: Harmonics, k: int, cycle: bool) -> None:
    size = max([abs(c) for c in force.values()], default=0)
    if abs(sine) > (RESONANCE * size if isinstance(sine, float) else 0):
        advice = (
            "the amplitude is not that of the cycle; rescale the force"
            if cycle
            else "the amplitude grows or decays; pass amplitude=None for a limit cycle, or "
            "use amplitude_equation"
        )
        raise ParameterError(
            f"force leaves {float(sine):.3g} sin(tau) at order {k}, where none is "
            f"allowed: {advice}"
        )


def _check_response(response: Number, force: Harmonics) -> None:
    size = max([abs(c) for c in force.values()], default=0)
    if abs(response) <= (RESONANCE * size if isinstance(response, float) else 0):
        raise ParameterError(
            f"force has a double limit cycle: the rate of the amplitude changes by "
            f"{float(response):.3g} per amplitude; its powers of epsilon are fractional, "
            "perturb the force"
        )
