"""Expansions in a small parameter, with powers and logarithms as gauges.

    value(epsilon) = sum_k c_k epsilon^p_k (ln epsilon)^l_k

The gauges epsilon^p (ln epsilon)^l are ordered by size as epsilon -> 0: p ascending, and
for equal p the logarithm l descending. They multiply by adding (p, l), which keeps this
order; so one rule says where a product of two truncated expansions ends.

Reference: Bender and Orszag (1999), sections 3.5 and 7.2.
"""

import functools
import itertools
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Complex, Rational, Real
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation.gauges import (
    Term,
    as_fraction,
    known,
    merged,
    rounded,
    series_text,
    stacked,
    times,
)
from perturbsci.types import Array

if TYPE_CHECKING:
    import sympy

__all__ = ["Expansion"]


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """A finite sum of gauges epsilon^p (ln epsilon)^l with their coefficients.

    Parameters
    ----------
    coefficients : real or complex array, shape (K, ...)
        c_k; numbers, vectors or matrices.
    powers : real array, shape (K,)
        p_k, in the order in which the terms are added.
    logs : integer array, shape (K,)
        l_k, the power of ln(epsilon).
    exact : tuple of Fraction, optional
        The K coefficients without rounding, where all are rational numbers.

    Raises
    ------
    ShapeError
        If there is not one power and one logarithm a coefficient.
    ParameterError
        If a number is not finite or a logarithm is not an integer.

    Notes
    -----
    ``a + b`` and ``a - b`` keep every term of both. ``a * b`` and ``a**n`` keep what two
    truncated series determine: with a known down to its last gauge and beginning with its
    first, a product ends at the larger one of last(a) first(b) and first(a) last(b); for
    K consecutive powers each, these are the first K terms. Numbers are taken as exact.
    Equal gauges are merged; coefficients that are arrays are multiplied entry by entry.

    Examples
    --------
    >>> series = Expansion.from_terms([1, -1, 2])
    >>> float(series.evaluate(0.1))
    0.92
    >>> (series * series).exact
    (Fraction(1, 1), Fraction(-2, 1), Fraction(5, 1))
    """

    coefficients: Array
    powers: Array
    logs: Array
    exact: tuple[Fraction, ...] | None = None

    # A NumPy number on the left leaves the product to __rmul__.
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        """Check the shapes and the types."""
        values = as_array(self.coefficients, name="coefficients", empty=True)
        powers = to_host(
            as_array(self.powers, name="powers", ndim=1, real=True, empty=True)
        )
        logs = to_host(as_array(self.logs, name="logs", ndim=1, real=True, empty=True))
        if values.ndim == 0 or not (values.shape[0] == len(powers) == len(logs)):
            raise ShapeError(
                f"coefficients has shape {tuple(values.shape)} but powers {powers.shape} "
                f"and logs {logs.shape}; pass one power and one logarithm a coefficient"
            )
        if (logs != numpy.round(logs)).any():
            raise ParameterError(f"logs is {logs}; pass integers, powers of ln(epsilon)")
        if self.exact is not None:
            listed = self.exact if isinstance(self.exact, Iterable) else (None,)
            fractions = tuple(as_fraction(value) for value in listed)
            if None in fractions or values.shape != (len(fractions),):
                raise ParameterError(
                    f"exact holds {len(fractions)} entries for coefficients of shape "
                    f"{tuple(values.shape)}; pass one Fraction a coefficient, or None"
                )
            object.__setattr__(self, "exact", fractions)
        object.__setattr__(self, "coefficients", values)
        object.__setattr__(self, "powers", powers.astype(numpy.float64))
        object.__setattr__(self, "logs", logs.astype(numpy.int64))

    @classmethod
    def from_terms(
        cls,
        terms: Iterable[object],
        *,
        powers: Iterable[object] | None = None,
        logs: Iterable[int] | None = None,
    ) -> "Expansion":
        """Return the expansion with these coefficients.

        Parameters
        ----------
        terms : sequence of K numbers, or of arrays of equal shape
            ``int``, ``Fraction`` and ``sympy.Rational`` are kept exactly as well, if all
            K are of these types.
        powers : sequence of K real numbers, optional
            Default 0, 1, 2, ...; ``Fraction`` and ``sympy.Rational`` are welcome.
        logs : sequence of K integers, optional
            Default 0.

        Returns
        -------
        expansion : Expansion
            In the order given.

        Raises
        ------
        ShapeError
            If the lengths or the shapes differ.
        ParameterError
            If a term is no number, not finite, or too large for float64.

        Examples
        --------
        >>> Expansion.from_terms([1, Fraction(1, 3)], powers=[0, Fraction(1, 2)]).powers
        array([0. , 0.5])
        """
        if not isinstance(terms, Iterable) or isinstance(terms, (str, bytes, dict)):
            raise ParameterError(f"terms is {terms!r:.60}; pass a list of coefficients")
        for name, each in (("powers", powers), ("logs", logs)):
            if isinstance(each, str) or not isinstance(each, Iterable | None):
                raise ParameterError(f"{name} is {each!r:.60}; pass a list, one a term")
        given = list(terms)
        if any(isinstance(term, (bool, numpy.bool_)) for term in given):
            raise ParameterError(f"terms is {terms!r:.60}; pass numbers, no truth values")
        found = [as_fraction(term) for term in given]
        exact = tuple(fraction for fraction in found if fraction is not None)
        rational = len(exact) == len(given)
        return cls(
            [rounded(f) for f in exact] if rational else stacked(given),
            [rounded(p) for p in (range(len(given)) if powers is None else powers)],
            [0] * len(given) if logs is None else list(logs),
            exact if rational else None,
        )

    @classmethod
    def from_sympy(
        cls, expression: "sympy.Expr", epsilon: "sympy.Symbol", *, order: int
    ) -> "Expansion":
        """Expand a SymPy expression about epsilon = 0, through epsilon^order.

        Parameters
        ----------
        expression : sympy.Expr
            A function of epsilon alone, taken for epsilon > 0: fractional powers and
            logarithms may occur.
        epsilon : sympy.Symbol
            The small parameter.
        order : int
            The largest power that is kept.

        Returns
        -------
        expansion : Expansion
            Without fractional powers and logarithms all powers from 0, or from the lowest
            negative one, through ``order`` are listed; otherwise those that occur.

        Raises
        ------
        ParameterError
            If the order is negative, or the expression has no such expansion.

        Examples
        --------
        >>> import sympy
        >>> e = sympy.Symbol("epsilon")
        >>> Expansion.from_sympy(1 / (1 + e), e, order=3).coefficients
        array([ 1., -1.,  1., -1.])
        """
        from perturbsci.perturbation import symbolic  # noqa: PLC0415 (loads SymPy)

        terms = symbolic.expanded(expression, epsilon, order)
        powers, logs = [power for power, _, _ in terms], [log for _, log, _ in terms]
        return cls.from_terms([c for _, _, c in terms], powers=powers, logs=logs)

    def __str__(self) -> str:
        """Return the sum as text, ``1 + 3/8 epsilon``; of arrays their number and shape."""
        if self.coefficients.ndim > 1:
            return f"{len(self)} x array of shape {tuple(self.coefficients.shape[1:])}"
        values = self.exact or to_host(self.coefficients).tolist()
        return series_text(
            zip(self.powers.tolist(), self.logs.tolist(), values, strict=True)
        )

    def __len__(self) -> int:
        """Return the number of terms, K."""
        return len(self.powers)

    def evaluate(self, epsilon: Array, *, terms: int | None = None) -> Array:
        """Return the value of the sum.

        Parameters
        ----------
        epsilon : real or complex array, shape (S)
            Fractional powers and logarithms of a negative number are complex, on the
            principal branch. Zero gives the limit.
        terms : int, optional
            How many, from the first; default all.

        Returns
        -------
        value : array, shape (S + value shape)
            Real if coefficients, epsilon and all gauges are.

        Raises
        ------
        ParameterError
            If ``terms`` is not in 0..K, or epsilon is zero and the limit infinite.

        Notes
        -----
        K multiplications a value and point; the powers may underflow to zero.
        """
        count = len(self)
        if terms is not None:
            count = whole(terms, "terms", least=0, most=len(self))
        xp, gauges = self._gauges(epsilon)
        return xp.tensordot(gauges[..., :count], self.coefficients[:count], axes=1)[()]

    def partial_sums(self, epsilon: Array) -> Array:
        """Return the sums of the first 1, 2, ..., K terms.

        Parameters
        ----------
        epsilon : real or complex array, shape (S)
            As for ``evaluate``.

        Returns
        -------
        sums : array, shape (K, S + value shape)
            The last is the value.
        """
        xp, gauges = self._gauges(epsilon)
        if not len(self):
            return xp.zeros((0, *gauges.shape[:-1], *self.coefficients.shape[1:]))
        terms = [
            xp.tensordot(gauges[..., k : k + 1], self.coefficients[k : k + 1], axes=1)
            for k in range(len(self))
        ]
        return xp.stack(list(itertools.accumulate(terms)))

    def _gauges(self, epsilon: Array) -> tuple[ModuleType, Array]:
        """Return the namespace and epsilon^p (ln epsilon)^l, shape S + (K,)."""
        small = as_array(epsilon, name="epsilon", empty=True)[..., None]
        xp = namespace(self.coefficients, small, names=("coefficients", "epsilon"))
        zero = small == 0
        if bool(xp.any(zero)):
            self._check_limit()
        powers, logs = self.powers, self.logs
        branched = bool((powers != numpy.round(powers)).any() or logs.any())
        if (
            branched
            and xp.isdtype(small.dtype, "real floating")
            and bool(xp.any(small < 0))
        ):
            small = xp.astype(small, xp.complex128)
        x = xp.where(zero, xp.full_like(small, 0.5), small)  # no warning at 0
        gauges = x ** xp.asarray(powers, dtype=x.dtype)
        if logs.any():
            gauges = gauges * xp.log(x) ** xp.asarray(logs, dtype=x.dtype)
        limit = xp.asarray((powers == 0) & (logs == 0), dtype=gauges.dtype)
        return xp, xp.where(zero, limit, gauges)

    def _check_limit(self) -> None:
        """Refuse epsilon = 0 where a term grows without bound."""
        grows = (self.powers < 0) | ((self.powers == 0) & (self.logs > 0))
        for k in numpy.flatnonzero(grows):
            if bool((self.coefficients[int(k)] != 0).any()):
                raise ParameterError(
                    f"epsilon holds 0, where the term epsilon^{self.powers[k]:g} "
                    f"ln(epsilon)^{self.logs[k]} is infinite; pass nonzero numbers"
                )

    def __neg__(self) -> "Expansion":
        """Return the expansion with the signs of all coefficients changed."""
        return self * -1

    def __add__(self, other: "Expansion | complex") -> "Expansion":
        """Return the sum with an expansion or a number: all terms of both."""
        if not isinstance(other, (Expansion, Complex, Rational)):
            return NotImplemented
        if isinstance(other, Expansion):
            _check_shapes(self, other, "added")
        left, right, exact = _operands(self, other)
        return _collected([*left, *right], self, exact=exact)

    __radd__ = __add__

    def __sub__(self, other: "Expansion | complex") -> "Expansion":
        """Return the difference: all terms of both."""
        if not isinstance(other, (Expansion, Complex, Rational)):
            return NotImplemented
        return self + other * -1

    def __rsub__(self, other: complex) -> "Expansion":
        """Return a number minus the expansion."""
        return -self + other

    def __mul__(self, other: "Expansion | complex") -> "Expansion":
        """Return the product with a number, or with an expansion as far as both reach."""
        if not isinstance(other, (Expansion, Complex, Rational)):
            return NotImplemented
        if isinstance(other, Expansion):
            _check_shapes(self, other, "multiplied")
        left, right, exact = _operands(self, other)
        terms = [(times(g, h), a * b) for g, a in left for h, b in right]
        if isinstance(other, Expansion):
            terms = known(terms, [g for g, _ in left], [h for h, _ in right])
        return _collected(terms, self, exact=exact)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> "Expansion":
        """Return a positive integer power, cut like a product."""
        count = whole(exponent, "the exponent", least=1)
        return functools.reduce(operator.mul, itertools.repeat(self, count))


def _check_shapes(left: Expansion, right: Expansion, what: str) -> None:
    """Refuse value shapes that differ, unless one is that of numbers."""
    shapes = [tuple(each.coefficients.shape[1:]) for each in (left, right)]
    if shapes[0] != shapes[1] and (what == "added" or () not in shapes):
        raise ShapeError(
            f"the values have shapes {shapes[0]} and {shapes[1]}; expansions of equal "
            f"value shape are {what}"
        )


def _operands(
    left: Expansion, right: "Expansion | complex"
) -> tuple[list[Term], list[Term], bool]:
    """Return the terms of both, as Fractions if both are exact."""
    fraction = as_fraction(right)
    exact = left.exact is not None and (
        right.exact is not None if isinstance(right, Expansion) else fraction is not None
    )
    if isinstance(right, Expansion):
        return _terms(left, exact), _terms(right, exact), exact
    number = float(right) if isinstance(right, Real) else complex(right)
    return _terms(left, exact), [((0.0, 0), fraction if exact else number)], exact


def _terms(expansion: Expansion, exact: bool) -> list[Term]:
    gauges = zip(expansion.powers.tolist(), (-expansion.logs).tolist(), strict=True)
    values = expansion.exact if exact else expansion.coefficients
    return list(zip(gauges, values, strict=True))  # type: ignore[arg-type]


def _collected(terms: list[Term], like: Expansion, *, exact: bool) -> Expansion:
    """Return the expansion of the terms, equal gauges merged, the largest first."""
    if not terms:
        return like
    sizes, values = zip(*merged(terms), strict=True)
    xp = namespace(like.coefficients)
    return Expansion(
        xp.stack([xp.asarray(rounded(v) if exact else v) for v in values]),
        [power for power, _ in sizes],
        [-log for _, log in sizes],
        values if exact else None,
    )
