"""All roots of a polynomial equation P(x, epsilon) = 0 as series in powers of epsilon.

    x ~ c_0 epsilon^p_0 + c_1 epsilon^p_1 + ...,  p_0 < p_1 < ... rational

The Newton polygon gives p_0 and the number of roots for each; what it leaves is a problem
of the same kind. Roots may go to infinity (p_0 < 0), split at any order, or be exact.

References: Walker (1978), chapter IV; Bender and Orszag (1999), section 7.1.
"""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy
import sympy

from perturbsci.arguments import whole
from perturbsci.errors import ParameterError
from perturbsci.perturbation.expansion import Expansion
from perturbsci.perturbation.formulas import as_equation, as_symbol, as_symbols
from perturbsci.perturbation.gauges import plain_number
from perturbsci.perturbation.multiprecision import (
    DIGITS,
    context,
    number,
    wide,
    without_floats,
)
from perturbsci.perturbation.puiseux import (
    Branch,
    Polynomial,
    Term,
    branches,
    collected,
    hull,
    order_of,
    substituted,
)
from perturbsci.perturbation.solutions import SolutionExpansion, expand_solution
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = [
    "NewtonPolygon",
    "RootExpansions",
    "SolutionExpansion",
    "expand_roots",
    "expand_solution",
    "newton_polygon",
]


@dataclass(frozen=True, slots=True, eq=False)
class NewtonPolygon(Result):
    """The lower convex hull of the points (j, q) of the terms epsilon^q x^j.

    Parameters
    ----------
    vertices : real array, shape (k, 2)
        (j, q) from left to right.
    slopes : tuple of Fraction
        Of the k - 1 edges, ascending. An edge of slope s has roots x ~ c epsilon^(-s).
    lengths : tuple of int
        Number of roots on each edge; the other roots are zero.
    status : Status
        EXACT.
    certificate : Certificate
        How far the lowest point lies below the polygon: zero, in rational arithmetic.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> newton_polygon(e * x**3 - x + 1, x, e).lengths
    (1, 2)
    """

    vertices: Array
    slopes: tuple[Fraction, ...]
    lengths: tuple[int, ...]
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return the edges, one a line.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [f"NewtonPolygon: {self.status.name}. {self.status.value}"]
        edges = zip(self.slopes, self.lengths, strict=True)
        lines += [
            f"{length} root{'s' * (length > 1)} ~ epsilon^({-slope})"
            for slope, length in edges
        ]
        return clip([*lines, str(self.certificate)])


@dataclass(frozen=True, slots=True, eq=False)
class RootExpansions(Result):
    """All roots of an equation, as expansions in the small parameter.

    Parameters
    ----------
    expansions : tuple of Expansion
        By power of the leading term, then by its argument in (-pi, pi], then by its size,
        then by the next terms; the root zero, without terms, last. Zero terms are left
        out. ``exact`` is there where all coefficients are rational.
    multiplicities : tuple of int
        How many roots agree with the expansion in all its terms.
    polygon : NewtonPolygon
        Of the equation.
    status : Status
        EXACT if every expansion is a root exactly, else CONVERGED.
    certificates : tuple of Certificate
        One an expansion: ``value`` is the power of epsilon in P(x) that makes the terms
        right, ``bound`` the one that was found by substitution, infinite for zero.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> expand_roots(x**2 - e, x, e).expansions[0].powers
    array([0.5])
    """

    expansions: tuple[Expansion, ...]
    multiplicities: tuple[int, ...]
    polygon: NewtonPolygon
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    def summary(self) -> str:
        """Return the expansions, one a line.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [f"RootExpansions: {self.status.name}. {self.status.value}"]
        for root, count in zip(self.expansions, self.multiplicities, strict=True):
            lines.append(f"{count} root{'s' * (count > 1)}  {root}")
        return clip([*lines, str(self.certificate)])


def newton_polygon(
    equation: sympy.Expr, unknown: sympy.Symbol, epsilon: sympy.Symbol
) -> NewtonPolygon:
    """Return the Newton polygon of an equation: which powers its roots begin with.

    Parameters
    ----------
    equation : sympy.Expr
        Vanishes; a polynomial or a quotient of polynomials in the unknown and in rational
        powers of epsilon.
    unknown, epsilon : sympy.Symbol
        What is solved for; the small parameter, taken as positive.

    Returns
    -------
    polygon : NewtonPolygon
        With exact slopes.

    Raises
    ------
    ParameterError
        If the equation is of another kind or holds no unknown.

    References
    ----------
    Walker (1978), section IV.3.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> newton_polygon(e * x**3 - x + 1, x, e).slopes
    (Fraction(0, 1), Fraction(1, 2))
    """
    return _polygon(_read(equation, unknown, epsilon)[0])


def expand_roots(
    equation: sympy.Expr, unknown: sympy.Symbol, epsilon: sympy.Symbol, *, terms: int = 4
) -> RootExpansions:
    """Expand all roots of an equation in powers of epsilon, fractional ones included.

    Parameters
    ----------
    equation : sympy.Expr
        As for ``newton_polygon``. Floats are read as decimals: 0.1 is 1/10.
    unknown, epsilon : sympy.Symbol
        What is solved for; the small parameter, taken as positive.
    terms : int
        The largest number of nonzero terms of an expansion.

    Returns
    -------
    roots : RootExpansions
        The multiplicities add up to the number of roots.

    Raises
    ------
    ParameterError
        If an argument is of another kind, or a coefficient exceeds float64.
    ConvergenceError
        If the roots of an edge polynomial are not found.

    Notes
    -----
    Rational arithmetic where it goes, else 100 digits; coefficients are rounded at the
    end. A term costs about degree^2 times the number of powers of epsilon.

    References
    ----------
    Walker (1978), chapter IV.

    Examples
    --------
    >>> x, e = sympy.symbols("x epsilon")
    >>> roots = expand_roots(e * x**3 - x + 1, x, e)
    >>> [str(c) for c in roots.expansions[2].exact]
    ['1', '1', '3', '12']
    """
    terms = whole(terms, "terms", least=1)
    polynomial, exact = _read(equation, unknown, epsilon)
    found = sorted(branches(polynomial, terms), key=_place)
    certificates = tuple(_certificate(polynomial, branch) for branch in found)
    ended = all(claim.bound == math.inf for claim in certificates)
    return RootExpansions(
        tuple(_expansion(branch[0], exact) for branch in found),
        tuple(multiplicity for _, multiplicity in found),
        _polygon(polynomial),
        Status.EXACT if ended else Status.CONVERGED,
        certificates,
    )


def _polygon(polynomial: Polynomial) -> NewtonPolygon:
    vertices = hull(polynomial)
    edges = list(itertools.pairwise(vertices))
    lines = [(a, (b[1] - a[1]) / (b[0] - a[0]), b) for a, b in edges]
    depths = [
        a[1] + slope * (j - a[0]) - min(series)
        for a, slope, b in lines
        for j, series in enumerate(polynomial)
        if series and a[0] <= j <= b[0]
    ]
    depth = float(max(depths, default=0))
    return NewtonPolygon(
        numpy.array([[float(j), float(q)] for j, q in vertices]),
        tuple(slope for _, slope, _ in lines),
        tuple(b[0] - a[0] for a, _, b in lines),
        Status.EXACT,
        Certificate("no point below the polygon", depth, 0.0, "proven", "rational hull"),
    )


def _place(branch: Branch) -> tuple:
    """Return what the roots are sorted by; arguments are compared to 30 digits."""
    keys: list[tuple] = []
    for power, value in branch[0]:
        argument = context().nint(context().arg(wide(value)) * 10**30)
        keys.append((power, int(argument), abs(wide(value))))
    return tuple(keys) or ((math.inf, 0, 0),)


def _expansion(terms: tuple[Term, ...], exact: bool) -> Expansion:
    powers = [power for power, _ in terms]
    if exact and all(isinstance(value, Fraction) for _, value in terms):
        return Expansion.from_terms([value for _, value in terms], powers=powers)
    values = [plain_number(complex(wide(value))) for _, value in terms]
    return Expansion.from_terms(values, powers=powers)


def _certificate(polynomial: Polynomial, branch: Branch) -> Certificate:
    """Substitute the terms: Q(y) = P(x + y) has m roots y = o(last term) and no more.

    This is so if ord Q_0 > ord Q_m + m p for the last power p; all orders lie on a grid.
    """
    terms, m = branch
    last = terms[-1][0] if terms else Fraction(0)
    rest = order_of(substituted(polynomial, terms, 0))
    slope = order_of(substituted(polynomial, terms, m)) or Fraction(0)
    powers = [q for series in polynomial for q in series] + [p for p, _ in terms]
    grid = Fraction(1, math.lcm(*(power.denominator for power in powers)))
    return Certificate(
        "power of epsilon in the residual, needed and found",
        float(slope + m * last + grid),
        math.inf if rest is None else float(rest),
        "a-posteriori",
        f"substitution, rational or {DIGITS} digits",
        ("coefficients before rounding",),
    )


def _read(
    equation: sympy.Expr, unknown: sympy.Symbol, epsilon: sympy.Symbol
) -> tuple[Polynomial, bool]:
    """Return the coefficients a_j(epsilon), and whether no float was among them."""
    symbols = (as_symbol(unknown, "unknown"), as_symbol(epsilon, "epsilon"))
    as_symbols(symbols, "(unknown, epsilon)")
    equation = as_equation(equation, "equation")
    small = sympy.Dummy("epsilon", positive=True)
    exact = not equation.has(sympy.Float)
    formula = without_floats(equation).xreplace({epsilon: small})
    terms = _terms(formula, unknown, small)
    if terms is None:
        numerator, _ = sympy.fraction(sympy.cancel(sympy.together(formula)))
        terms = _terms(numerator, unknown, small)
    if terms is None:
        raise ParameterError(
            f"equation {equation!s:.80} is no polynomial in {unknown} and rational powers "
            f"of {epsilon}; expand its coefficients in {epsilon} first, or use "
            "expand_solution for one regular root"
        )
    degree = max((j for j, _, _ in terms), default=0)
    polynomial = [
        collected((q, number(c)) for i, q, c in terms if i == j) for j in range(degree + 1)
    ]
    while polynomial and not polynomial[-1]:
        polynomial.pop()
    if len(polynomial) < 2:
        raise ParameterError(
            f"equation {equation!s:.80} does not depend on {unknown}; pass an expression "
            "that vanishes for certain values of the unknown only"
        )
    return polynomial, exact


def _terms(
    formula: sympy.Expr, unknown: sympy.Symbol, small: sympy.Symbol
) -> list[tuple[int, Fraction, sympy.Expr]] | None:
    """Return j, q and c of the terms c epsilon^q x^j, None if there are others."""
    found = []
    for term in sympy.Add.make_args(sympy.expand(formula)):
        constant, rest = term.as_independent(unknown, small, as_Add=False)
        powers = {unknown: sympy.S.Zero, small: sympy.S.Zero}
        for base, exponent in (f.as_base_exp() for f in sympy.Mul.make_args(rest)):
            if base in powers:
                powers[base] += exponent
            elif base not in (0, 1):
                return None
        j, q = powers[unknown], powers[small]
        if not (j.is_Integer and j >= 0 and q.is_Rational):
            return None
        found.append((int(j), Fraction(int(q.p), int(q.q)), constant))
    return found
