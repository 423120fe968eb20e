"""A series that diverges for every epsilon, and the number that it means.

Euler's series sum (-1)^n n! epsilon^n expands int_0^inf e^(-s)/(1 + epsilon s) ds.
Its terms fall, and then grow without end: cut at the smallest one, the series is as good as
it can be, and its error estimate says how good that is.
Padé approximants of the same terms converge, and the Borel sum is exact, because the Borel
transform 1/(1 + t) is rational.
With all signs positive the transform has a pole on the way of the integral: the sum is
known up to an ambiguity, which is exponentially small and is stated.
The Borel sum at epsilon = 1/5 is returned.
"""

import math

from perturbsci.perturbation import Expansion, borel_sum, optimal_truncation, pade

EPSILON = 0.2


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


if __name__ == "__main__":
    main()
