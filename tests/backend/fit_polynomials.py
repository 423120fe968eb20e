"""The polynomials of the portable functions: minimax fits by Remez' exchange in mpmath.

``python -m tests.backend.fit_polynomials`` prints them, constant term first, below the
largest weighted error; ``test_mathematics.py`` compares them with those of the package.
"""

import sys
from collections.abc import Callable
from math import factorial
from typing import NamedTuple

import mpmath
import numpy
from mpmath import mpf

from perturbsci.backend.formats import FORMATS

DIGITS = 40
POINTS = 24  # of the grid, a coefficient
SLACK = 1 + mpf(2) ** -10  # rounding lets arguments leave their interval by less
HALF_LN2 = mpf(0.34657359027997264) * SLACK
LOG_RANGE = mpf(3 - 8**0.5) ** 2 * SLACK  # s^2 with s = f/(2 + f), 1 + f = sqrt(2)
QUARTER_PI = mpf(0.78539816339744831) ** 2 * SLACK


class Fit(NamedTuple):
    """A function on an interval, and how much an error there weighs in the result."""

    function: Callable
    low: mpf
    high: mpf
    weight: Callable
    count: int


def fits(dtype):
    """Return the fits of one precision by the names of the polynomials."""
    count = dict(zip(NAMES, COUNTS[dtype], strict=True))
    zero, last = mpf(0), mpf(FORMATS[dtype].ERF_LAST)
    ends = {
        "exp_tail": (-HALF_LN2, HALF_LN2),
        "erf_inner": (zero, mpf(1)),
        "erf_outer": (zero, last - 1),
        "log_tail": (zero, LOG_RANGE),
        "log_rest": (zero, LOG_RANGE),
        "sin_tail": (zero, QUARTER_PI),
        "cos_tail": (zero, QUARTER_PI),
    }
    return {
        name: Fit(FUNCTIONS[name], *ends[name], WEIGHTS[name], count[name])
        for name in NAMES
    }


def taylor(term):
    """Return z -> the sum of term(j) z^j."""
    terms = [term(j) for j in range(40)][::-1]
    return lambda z: mpmath.polyval(terms, z)


def erf_term(j):
    """Return the coefficient of x^(2j+1) in erf(x), less 1 for j = 0."""
    return 2 / mpmath.sqrt(mpmath.pi) * (-1) ** j / (factorial(j) * (2 * j + 1)) - (j == 0)


with mpmath.workdps(DIGITS):
    FUNCTIONS = {
        "exp_tail": taylor(lambda j: 1 / mpf(factorial(j + 2))),
        "erf_inner": taylor(erf_term),
        "erf_outer": lambda y: -mpmath.log(mpmath.erfc(1 + y)),
        "log_tail": taylor(lambda j: 2 / mpf(2 * j + 3)),
        "log_rest": taylor(lambda j: 2 / mpf(2 * j + 5)),
        "sin_tail": taylor(lambda j: (-1) ** (j + 1) / mpf(factorial(2 * j + 3))),
        "cos_tail": taylor(lambda j: (-1) ** j / mpf(factorial(2 * j + 4))),
    }
NAMES = tuple(FUNCTIONS)
WEIGHTS = {
    "exp_tail": lambda r: r * r,
    "erf_inner": lambda z: 1,
    "erf_outer": lambda y: mpmath.erfc(1 + y),
    "log_tail": lambda z: z,
    "log_rest": lambda z: z * z,
    "sin_tail": lambda z: z,
    "cos_tail": lambda z: z * z,
}
COUNTS = {"f8": (10, 12, 18, 7, 7, 6, 6), "f4": (5, 7, 7, 3, 3, 3, 3)}


def minimax(fit):
    """Return the coefficients, constant term first, and the largest weighted error."""
    n_points = POINTS * fit.count
    middle, radius = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    x = [middle - radius * mpmath.cospi(mpf(k) / n_points) for k in range(n_points + 1)]
    values, weights = [fit.function(z) for z in x], [fit.weight(z) for z in x]
    # Not symmetric: a point of weight 0 would leave the system without a solution.
    chosen = [round(n_points * (j + 0.4) / (fit.count + 1)) for j in range(fit.count + 1)]
    worst, level = mpf(1), mpf(0)
    while worst > level * mpf(1.002):
        rows = [
            [weights[k] * x[k] ** power for power in range(fit.count)] + [(-1) ** j]
            for j, k in enumerate(chosen)
        ]
        right = [weights[k] * values[k] for k in chosen]
        *powers, level = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix(right))
        errors = [
            weight * (mpmath.polyval(powers[::-1], z) - value)
            for weight, z, value in zip(weights, x, values, strict=True)
        ]
        worst, level = max(map(abs, errors)), abs(level)
        chosen = alternating(errors, fit.count + 1)
    return powers, worst


def alternating(errors, count):
    """Return count places of large errors whose signs alternate."""
    peaks = []
    for k, error in enumerate(errors):
        if error == 0:
            continue
        if not peaks or (error > 0) != (errors[peaks[-1]] > 0):
            peaks.append(k)
        elif abs(error) > abs(errors[peaks[-1]]):
            peaks[-1] = k
    while len(peaks) > count:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks


def fitted(name, dtype):
    """Return the coefficients as the precision prints them, and the largest error."""
    with mpmath.workdps(DIGITS):
        powers, worst = minimax(fits(dtype)[name])
        values = [float(power) for power in powers]
    if dtype == "f4":
        values = [float(str(numpy.float32(value))) for value in values]
    return values, float(worst)


def main():
    """Print all of them."""
    for dtype in COUNTS:
        for name in NAMES:
            values, worst = fitted(name, dtype)
            lines = [f"{name} {dtype}: 2^{numpy.log2(worst):.1f}", *map(repr, values)]
            sys.stdout.write("\n    ".join(lines) + "\n")


if __name__ == "__main__":
    main()
