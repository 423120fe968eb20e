r"""
Get a number out of a series that diverges
==========================================

Euler's series :math:`\sum (-1)^n n!\, \epsilon^n` expands
:math:`\int_0^\infty e^{-s}/(1 + \epsilon s)\, ds`.
Its terms fall, and then grow without end: cut at the smallest one, the series is as good as
it can be, and its error estimate says how good that is.
Padé approximants of the same terms converge, and the Borel sum is exact, because the Borel
transform :math:`1/(1 + t)` is rational.
"""

import math

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import plotting
from perturbsci.perturbation import Expansion, borel_sum, optimal_truncation, pade

EPSILON = 0.2


# %%
# With all signs positive the transform has a pole on the way of the integral: the sum is
# known up to an ambiguity, which is exponentially small and is stated.


def main() -> float:
    """Return the Borel sum of Euler's series."""
    euler = Expansion.from_terms([(-1) ** n * math.factorial(n) for n in range(17)])
    for n in (2, 5, 10, 16):
        print(f"partial sum of {n:2} terms: {euler.evaluate(EPSILON, terms=n):.10f}")

    cut = optimal_truncation(euler, EPSILON)
    print(f"cut after {cut.terms} terms: {cut.value:.10f}, off by {cut.error_estimate:.1e}")
    print(f"Padé [8/8]: {pade(euler, 8, 8).evaluate(EPSILON):.10f}")
    found = borel_sum(euler, EPSILON)
    print(f"Borel sum: {found.value:.10f}, {found.status.name}")
    print(found.certificate)

    growing = Expansion.from_terms([math.factorial(n) for n in range(17)])
    other = borel_sum(growing, EPSILON)
    print(
        f"positive signs: {other.value:.6f} +- {other.ambiguity:.6f}, {other.status.name}"
    )
    print(other.status.value)
    return float(found.value)


def figure() -> Figure:
    """Draw the error over the number of terms: partial sums and Padé approximants."""
    terms = [(-1) ** n * math.factorial(n) for n in range(17)]
    euler = Expansion.from_terms(terms)
    exact = borel_sum(euler, EPSILON).value
    counts = range(1, 18)
    sums = [abs(euler.evaluate(EPSILON, terms=n) - exact) for n in counts]
    orders = range(1, 9)
    ratios = [abs(pade(euler, n, n).evaluate(EPSILON) - exact) for n in orders]
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        ax.semilogy(counts, sums, "o-", label="partial sum")
        ax.semilogy([2 * n + 1 for n in orders], ratios, "s--", label="Padé approximant")
        ax.set_xlabel("terms of the series (count)")
        ax.set_ylabel("distance to the Borel sum (no unit)")
        ax.set_title("Euler's series at ε = 1/5")
        ax.legend()
    return ax.figure


# %%
# The Borel sum at epsilon = 1/5 is returned; the figure shows how far each number of terms
# brings the three ways.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
