"""An exact Padé approximant and a Borel sum of forty terms."""

import math
import time
from fractions import Fraction

import pytest

from perturbsci.perturbation import Expansion, borel_sum, pade
from perturbsci.perturbation.continued import continued_fraction

pytestmark = pytest.mark.bench


def test_forty_terms(record):
    terms = [Fraction((-3) ** n * math.factorial(2 * n), 2**n * (n + 1)) for n in range(40)]
    series = Expansion.from_terms([c / math.factorial(n) for n, c in enumerate(terms)])
    seconds = []
    for _ in range(3):
        continued_fraction.cache_clear()
        start = time.process_time()
        pade(series, 19, 20)
        borel_sum(series, 1.0)
        seconds.append(time.process_time() - start)
    record("exact Padé and Borel sum, 40 terms", min(seconds), "s, one thread", "0.5")
