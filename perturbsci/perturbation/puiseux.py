"""Newton's polygon and the branches of a polynomial P(x, epsilon) about epsilon = 0.

P = sum_j a_j(epsilon) x^j is a list of sparse series, exponent -> coefficient. A root
x ~ c epsilon^mu makes two or more lowest terms balance: -mu is a slope of the lower convex
hull of the points (j, ord a_j), and c a root of the polynomial of the terms on that edge.
What is left is the same problem for y of x = c epsilon^mu + y, with exponents above mu.

References: Walker (1978), chapter IV; Duval (1989).
"""

import itertools
from collections.abc import Iterable
from fractions import Fraction
from math import comb
from typing import TypeAlias

from perturbsci.perturbation.multiprecision import Number, multiplied, roots, summed

__all__ = [
    "Branch",
    "Polynomial",
    "Series",
    "Term",
    "branches",
    "collected",
    "hull",
    "order_of",
    "substituted",
]

Series: TypeAlias = dict[Fraction, Number]
Polynomial: TypeAlias = list[Series]
Term: TypeAlias = tuple[Fraction, Number]  # exponent and coefficient
Branch: TypeAlias = tuple[tuple[Term, ...], int]  # the terms of a root, how many share them
Point: TypeAlias = tuple[int, Fraction]


def collected(terms: Iterable[Term]) -> Series:
    """Return the sum of terms in epsilon, without those that cancel.

    Parameters
    ----------
    terms : iterable of (Fraction, number)
        Exponent and coefficient.

    Returns
    -------
    series : dict
        Exponent to coefficient, none zero.
    """
    found: dict[Fraction, list[Number]] = {}
    for exponent, value in terms:
        found.setdefault(exponent, []).append(value)
    sums = {exponent: summed(values) for exponent, values in found.items()}
    return {exponent: value for exponent, value in sums.items() if value != 0}


def order_of(series: Series) -> Fraction | None:
    """Return the lowest exponent, None for zero.

    Parameters
    ----------
    series : dict
        Exponent to coefficient.

    Returns
    -------
    order : Fraction or None
        What the series is proportional to as epsilon -> 0.
    """
    return min(series, default=None)


def hull(polynomial: Polynomial) -> list[Point]:
    """Return the vertices of the Newton polygon.

    Parameters
    ----------
    polynomial : list of dict
        a_j, j from 0 on; not all zero.

    Returns
    -------
    vertices : list of (int, Fraction)
        (j, ord a_j) on the lower convex hull, from left to right.
    """
    vertices: list[Point] = []
    for j, series in enumerate(polynomial):
        order = order_of(series)
        if order is None:
            continue
        while len(vertices) > 1 and not _turns(vertices[-2], vertices[-1], (j, order)):
            vertices.pop()
        vertices.append((j, order))
    return vertices


def _turns(a: Point, b: Point, c: Point) -> bool:
    """Return whether b lies strictly below the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) < (c[1] - a[1]) * (b[0] - a[0])


def branches(polynomial: Polynomial, count: int) -> list[Branch]:
    """Return the first terms of all roots.

    Parameters
    ----------
    polynomial : list of dict
        a_j; the last one is not zero.
    count : int
        How many nonzero terms at most.

    Returns
    -------
    branches : list of (terms, int)
        Fewer terms where they are the root exactly; the integers add up to the degree.
    """
    return _continued(polynomial, (), len(polynomial) - 1, count)


def _continued(
    polynomial: Polynomial, start: tuple[Term, ...], n_roots: int, count: int
) -> list[Branch]:
    """Return the n_roots smallest roots y, as continuations of a start."""
    vertices = hull(polynomial[: n_roots + 1])
    n_zero = vertices[0][0]
    found: list[Branch] = [(start, n_zero)] if n_zero else []
    for (j, order), (k, end) in itertools.pairwise(vertices):
        mu = (order - end) / (k - j)
        edge = [
            polynomial[i].get(order - mu * (i - j), Fraction(0)) for i in range(j, k + 1)
        ]
        for c, multiplicity in roots(edge):
            terms = (*start, (mu, c))
            if len(terms) == count:
                found.append((terms, multiplicity))
            else:
                rest = _shifted(polynomial, terms[-1])
                found += _continued(rest, terms, multiplicity, count)
    return found


def _shifted(polynomial: Polynomial, term: Term) -> Polynomial:
    """Return P(c epsilon^mu + y) as a polynomial in y."""
    mu, c = term
    powers: list[Number] = [Fraction(1)]
    for _ in polynomial[1:]:
        powers.append(multiplied(powers[-1], c))
    return [
        collected(
            (exponent + mu * (j - i), multiplied(comb(j, i), powers[j - i], value))
            for j in range(i, len(polynomial))
            for exponent, value in polynomial[j].items()
        )
        for i in range(len(polynomial))
    ]


def substituted(polynomial: Polynomial, terms: tuple[Term, ...], order: int) -> Series:
    """Return the coefficient of y^order in P(x + y) for a finite sum x, term by term.

    Parameters
    ----------
    polynomial : list of dict
        a_j.
    terms : tuple of (Fraction, number)
        Of x.
    order : int
        0 gives P(x), 1 the derivative.

    Returns
    -------
    series : dict
        Exponent to coefficient, none zero.
    """
    power: Series = {Fraction(0): Fraction(1)}
    parts: list[Term] = []
    for j in range(order, len(polynomial)):
        scaled = [(p, multiplied(comb(j, order), a)) for p, a in polynomial[j].items()]
        parts += [(p + q, multiplied(a, b)) for p, a in scaled for q, b in power.items()]
        power = collected(
            (p + q, multiplied(a, b)) for p, a in power.items() for q, b in terms
        )
    return collected(parts)
