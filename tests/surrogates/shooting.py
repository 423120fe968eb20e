"""The fold of u'' + u^2 + s = 0 on [0, 1], by shooting with Taylor series in mpmath.

u(0) = w(0) = 0, u'(0) = v, w'(0) = 1, w'' + 2 u w = 0: at the fold u(1) = w(1) = 0, the
unknowns being v and s. Coefficients of the series follow from the equation.
"""

import mpmath

STEPS, TERMS = 10, 26


def ends(v, s):
    """Return u(1) and w(1)."""
    u, du, w, dw = mpmath.mpf(0), v, mpmath.mpf(0), mpmath.mpf(1)
    h = mpmath.mpf(1) / STEPS
    for _ in range(STEPS):
        a, b = [u, du], [w, dw]
        for k in range(TERMS):
            square = sum(a[j] * a[k - j] for j in range(k + 1))
            product = sum(a[j] * b[k - j] for j in range(k + 1))
            a.append(-(square + (s if k == 0 else 0)) / ((k + 1) * (k + 2)))
            b.append(-2 * product / ((k + 1) * (k + 2)))
        u, w = (mpmath.polyval(item[::-1], h) for item in (a, b))
        du, dw = (
            mpmath.polyval([k * c for k, c in enumerate(item)][:0:-1], h) for item in (a, b)
        )
    return u, w


def fold(digits=20):
    """Return s at the fold."""
    with mpmath.workdps(digits):
        found = mpmath.findroot(ends, (mpmath.mpf(14), mpmath.mpf("22.6")), tol=1e-30)
        return found[1]
