"""An exact Padé approximant and a Borel sum of forty terms of the quartic oscillator."""

import time
from fractions import Fraction

import pytest

from perturbsci.perturbation import Expansion, borel_sum, pade
from perturbsci.perturbation.continued import continued_fraction

pytestmark = pytest.mark.bench


def energies(count):
    """Return E_n of p^2/2 + x^2/2 + g x^4 (Bender and Wu 1969)."""
    energy, rows = [Fraction(1, 2)], [[Fraction(1)]]
    for n in range(1, count):
        row = [Fraction(0)] * (2 * n + 2)
        for j in range(2 * n, 0, -1):
            past = [(energy[k], rows[n - k]) for k in range(1, n)]
            known = [e * earlier[j] for e, earlier in past if j < len(earlier)]
            low = rows[n - 1][j - 2] if 0 <= j - 2 < len(rows[n - 1]) else 0
            row[j] = ((j + 1) * (2 * j + 1) * row[j + 1] - low + sum(known)) / (2 * j)
        rows.append(row)
        energy.append(-row[1])
    return energy


def test_forty_terms(record):
    series = Expansion.from_terms(energies(40))
    seconds = []
    for _ in range(5):
        continued_fraction.cache_clear()
        start = time.process_time()
        pade(series, 19, 20).evaluate(1.0)
        borel_sum(series, 1.0)
        seconds.append(time.process_time() - start)
    record("exact Padé and Borel sum, 40 terms", min(seconds), "s, one thread", "0.5")
