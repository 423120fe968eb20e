"""Pairs of Runge-Kutta tableaux: one explicit, one diagonally implicit (IMEX).

Stage i solves D Y_i = D y + h sum_{j<i} (A~_ij E_j + A_ij I_j) + h A_ii I_i, and the step
ends with D y' = D y + h sum_j (b~_j E_j + b_j I_j). A pair has order p if for all weights
b in {b~, b}, all matrices A in {A~, A} and all abscissae c, c' in {c~, c}, c = A 1,

    1: sum b = 1    2: b.c = 1/2    3: b.(c c') = 1/3,  b.A c = 1/6.

References: Ascher, Ruuth and Spiteri (1997); Pareschi and Russo (2005); Kennedy and
Carpenter (2003); Boscarino, Pareschi and Russo (2013); Dimarco and Pareschi (2013).
"""

import difflib
import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as option

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.coefficients import ROWS
from perturbsci.types import Array

__all__ = ["Tableau", "tableau", "tableau_names"]

TOLERANCE = 1e-12
SLIP = 1e-3  # two coefficients this near, but not equal, are one with a wrong digit
MAX_ORDER = 4
ARRAYS = ("explicit", "implicit", "explicit_weights", "implicit_weights")
EMBEDDED = ("embedded_explicit", "embedded_implicit")


@dataclass(frozen=True, slots=True, eq=False)
class Tableau:
    """The coefficients of an IMEX Runge-Kutta scheme, checked against its order.

    Parameters
    ----------
    name : str
        As ``scheme=`` and messages call it.
    explicit, implicit : real array, shape (s, s)
        A~, strictly lower triangular, and A, lower triangular; dimensionless. Only the
        first entry of the diagonal of A may be zero, or all of A.
    explicit_weights, implicit_weights : real array, shape (s,)
        b~ and b.
    order : int
        p, 1 to 3; 4 if the implicit part is zero.
    embedded_order : int, optional
        The order of the embedded pair, below ``order``.
    embedded_explicit, embedded_implicit : real array, shape (s,), optional
        Its weights.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If a matrix is not triangular, a condition of the stated order is violated by more
        than 1e-12, or two coefficients that agree to three digits differ afterwards.

    Notes
    -----
    The arrays are copies with the write flag off. The last check finds a wrong digit
    where no condition of the order sees it: the diagonal of A, the abscissae of the two
    parts, and the last rows beside the weights are compared.

    Examples
    --------
    >>> euler = Tableau("euler", [[0, 0], [1, 0]], [[0, 0], [0, 1]], [1, 0], [0, 1],
    ...                 order=1)
    >>> euler.kind, euler.globally_stiffly_accurate, euler.stability_at_infinity
    ('ARS', True, 0.0)
    """

    name: str
    explicit: Array
    implicit: Array
    explicit_weights: Array
    implicit_weights: Array
    order: int = option(kw_only=True)
    embedded_order: int | None = option(default=None, kw_only=True)
    embedded_explicit: Array | None = option(default=None, kw_only=True)
    embedded_implicit: Array | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check shapes, triangles, digits and order conditions; freeze the arrays."""
        if not isinstance(self.name, str) or not self.name:
            raise ParameterError(f"name is {self.name!r}; pass a word such as 'ars222'")
        for name in ARRAYS + EMBEDDED:
            value = getattr(self, name)
            if value is not None or name in ARRAYS:
                object.__setattr__(self, name, _frozen(value, name))
        self._check_shapes()
        self._check_triangles()
        self._check_order("order", self.order, MAX_ORDER if self.kind == "explicit" else 3)
        self._check_digits()
        _check_conditions(self, self.explicit_weights, self.implicit_weights, self.order)
        if self.has_embedded:
            assert self.embedded_order is not None
            self._check_order("embedded_order", self.embedded_order, self.order - 1)
            _check_conditions(
                self, self.embedded_explicit, self.embedded_implicit, self.embedded_order
            )

    @property
    def stages(self) -> int:
        """The number of stages s."""
        return self.explicit.shape[0]

    @property
    def kind(self) -> str:
        """``"explicit"`` (A = 0), ``"A"`` (A regular), ``"ARS"`` or ``"CK"``.

        The first row of A is zero for the last two, the first column too for ``"ARS"``.
        """
        if not self.implicit.any():
            return "explicit"
        if self.implicit[0, 0] != 0:
            return "A"
        return "CK" if self.implicit[:, 0].any() else "ARS"

    @property
    def globally_stiffly_accurate(self) -> bool:
        """True if the last stage is the step: both last rows are the weights."""
        same = _equal(self.explicit[-1], self.explicit_weights)
        return same and self.implicitly_stiffly_accurate

    @property
    def implicitly_stiffly_accurate(self) -> bool:
        """True if the last row of A is b; False for an explicit tableau."""
        same = _equal(self.implicit[-1], self.implicit_weights)
        return same and self.kind != "explicit"

    @property
    def stability_at_infinity(self) -> float:
        """R(inf) of the implicit part, with R(z) = 1 + z b^T (1 - z A)^(-1) 1.

        Without the first row and column, where they are singular, R(z) = 1 +
        z (b_1 - b.Ahat^(-1) a) - b.Ahat^(-1) 1 - b.Ahat^(-2) a + O(1/z), a the first
        column; 1 for an explicit tableau, whose R is 1.
        """
        if self.kind == "explicit":
            return 1.0
        k = 0 if self.kind == "A" else 1
        row = numpy.linalg.solve(self.implicit[k:, k:].T, self.implicit_weights[k:])
        value = 1.0 - float(row.sum())
        if k:
            column = self.implicit[1:, 0]
            growth = float(self.implicit_weights[0] - row @ column)
            if abs(growth) > TOLERANCE:
                return -math.copysign(math.inf, growth)
            value -= float(numpy.linalg.solve(self.implicit[1:, 1:].T, row) @ column)
        return round(value, 14) + 0.0

    @property
    def abscissae(self) -> tuple[Array, Array]:
        """The row sums c~ and c, explicit and implicit, each of shape (s,)."""
        return self.explicit.sum(axis=1), self.implicit.sum(axis=1)

    @property
    def order_defects(self) -> Array:
        """The largest violation of the conditions of order 1, 2, ..., at most 3.

        Up to ``order + 1``, coupling conditions included.
        """
        weights = (self.explicit_weights, self.implicit_weights)
        last = min(self.order + 1, 3)
        return numpy.array(
            [
                max(abs(value) for _, value in _conditions(self, *weights, order))
                for order in range(1, last + 1)
            ]
        )

    @property
    def has_embedded(self) -> bool:
        """True if it brings the weights of a second pair."""
        return self.embedded_explicit is not None

    def _check_shapes(self) -> None:
        s = self.explicit.shape[0]
        for name in ARRAYS + EMBEDDED:
            wanted = (s, s) if name in ARRAYS[:2] else (s,)
            value = getattr(self, name)
            if value is not None and value.shape != wanted:
                raise ShapeError(
                    f"{name} of the tableau {self.name!r} has shape {value.shape}, needed "
                    f"{wanted} like explicit, which has {s} rows"
                )
        given = [getattr(self, name) is not None for name in (*EMBEDDED, "embedded_order")]
        if any(given) and not all(given):
            raise ParameterError(
                f"embedded_order is {self.embedded_order!r} of the tableau {self.name!r}, "
                "but it comes with both embedded_explicit and embedded_implicit or not at "
                "all; pass all three"
            )

    def _check_triangles(self) -> None:
        for name, shift in (("explicit", 0), ("implicit", 1)):
            above = numpy.argwhere(numpy.triu(getattr(self, name), shift))
            if len(above):
                i, j = above[0].tolist()
                which = "strictly lower" if shift == 0 else "lower"
                raise ParameterError(
                    f"{name}[{i}, {j}] of the tableau {self.name!r} is "
                    f"{getattr(self, name)[i, j]:g}; the matrix must be {which} "
                    "triangular, set it to zero"
                )
        diagonal = numpy.diagonal(self.implicit)
        if self.kind != "explicit" and not (diagonal[1:] > 0).all():
            i = 1 + int(numpy.argmin(diagonal[1:]))
            raise ParameterError(
                f"implicit[{i}, {i}] of the tableau {self.name!r} is {diagonal[i]:g}; "
                "after the first stage every stage must be implicit, with a positive entry"
            )

    def _check_order(self, name: str, order: object, most: int) -> None:
        known = isinstance(order, int) and not isinstance(order, bool)
        if not known or not 1 <= int(order) <= most:  # type: ignore[call-overload]
            raise ParameterError(
                f"{name} of the tableau {self.name!r} is {order!r}; it must be a whole "
                f"number from 1 to {most}, conditions beyond are not checked here"
            )

    def _check_digits(self) -> None:
        """Refuse coefficients that nearly agree: a wrong digit is the likely reason."""
        diagonal = numpy.diagonal(self.implicit)
        pairs = [
            (f"implicit[{i}, {i}]", f"implicit[{j}, {j}]", diagonal[i], diagonal[j])
            for i, j in itertools.combinations(range(self.stages), 2)
        ]
        c = self.abscissae
        if self.kind != "explicit":
            pairs += [
                (f"the sum of explicit[{i}]", f"that of implicit[{i}]", c[0][i], c[1][i])
                for i in range(self.stages)
            ]
        for name in ("explicit", "implicit"):
            weights = getattr(self, f"{name}_weights")
            near = list(zip(getattr(self, name)[-1], weights, strict=True))
            if max(abs(a - b) for a, b in near) < SLIP:
                pairs += [
                    (f"{name}[-1, {j}]", f"{name}_weights[{j}]", a, b)
                    for j, (a, b) in enumerate(near)
                ]
        for one, other, a, b in pairs:
            if TOLERANCE < abs(a - b) < SLIP:
                raise ParameterError(
                    f"{one} of the tableau {self.name!r} is {a:.15g} but {other} is "
                    f"{b:.15g}; a difference of {a - b:.3g} is a wrong digit, correct it"
                )


def tableau(name: str) -> Tableau:
    """Return a tableau of the literature by its name.

    Parameters
    ----------
    name : str
        One of ``tableau_names()``.

    Returns
    -------
    tableau : Tableau
        The same object at every call.

    Raises
    ------
    ParameterError
        If there is none of this name; the message lists all, the nearest first.

    Examples
    --------
    >>> tableau("ars222").order, tableau("ssp222").kind
    (2, 'A')
    """
    if not isinstance(name, str) or name not in ROWS:
        raise ParameterError(
            f"name is {name!r:.60}, which is no tableau; known are "
            f"{', '.join(nearest_first(name, tableau_names()))}"
        )
    return _built(name)


def tableau_names() -> tuple[str, ...]:
    """Return the names of all tableaux.

    Returns
    -------
    names : tuple of str
        For ``tableau`` and ``scheme=``; ``heun`` and ``rk4`` have no implicit part.

    Examples
    --------
    >>> len(tableau_names())
    14
    """
    return tuple(ROWS)


def nearest_first(word: object, known: Sequence[str]) -> list[str]:
    """Return known words, those that look like a wrong one first.

    Parameters
    ----------
    word : object
        What was passed.
    known : sequence of str
        What could have been meant.

    Returns
    -------
    words : list of str
        All of them.
    """
    matcher = difflib.SequenceMatcher(b=str(word))

    def distance(each: str) -> float:
        matcher.set_seq1(each)
        return -matcher.ratio()

    return sorted(known, key=distance)


@functools.cache
def _built(name: str) -> Tableau:
    order, explicit, implicit, weights, embedded = ROWS[name]
    s = len(explicit)
    square = [
        [[*row, *(s - len(row)) * [0.0]] for row in rows] for rows in (explicit, implicit)
    ]
    second, b_explicit, b_implicit = embedded or (None, None, None)
    return Tableau(
        name,
        square[0],
        square[1],
        weights[0],
        weights[1],
        order=order,
        embedded_order=second,
        embedded_explicit=b_explicit,
        embedded_implicit=b_implicit,
    )


def _frozen(value: object, name: str) -> Array:
    ndim = 2 if name in ARRAYS[:2] else 1
    array = to_host(as_array(value, name=name, ndim=ndim, real=True, copy=True))
    array = array.astype(numpy.float64)
    array.flags.writeable = False
    return array


def _equal(a: Array, b: Array) -> bool:
    return bool((abs(a - b) <= TOLERANCE).all())


def _conditions(
    pair: Tableau, explicit_weights: Array, implicit_weights: Array, order: int
) -> Iterator[tuple[str, float]]:
    """Yield each condition of one order, in words, and how far it is from holding."""
    parts = {"explicit": (pair.explicit, explicit_weights)}
    if pair.kind != "explicit":
        parts["implicit"] = (pair.implicit, implicit_weights)
    for one, (_, b) in parts.items():
        if order == 1:
            yield f"sum of the {one} weights = 1", float(b.sum()) - 1
        for two, (A, _) in parts.items():
            c = A.sum(axis=1)
            if order == 2:
                yield f"{one} weights . {two} abscissae = 1/2", float(b @ c) - 1 / 2
            for three, (other, _) in parts.items():
                d = other.sum(axis=1)
                if order == 3:
                    both = f"{two} and {three} abscissae"
                    yield f"{one} weights . {both} = 1/3", float(b @ (c * d)) - 1 / 3
                    product = f"{two} matrix . {three} abscissae"
                    yield f"{one} weights . {product} = 1/6", float(b @ A @ d) - 1 / 6
        if order == 4:  # of explicit tableaux only: one matrix, one vector of abscissae
            yield "b . c^3 = 1/4", float(b @ c**3) - 1 / 4
            yield "b . (c A c) = 1/8", float(b @ (c * (A @ c))) - 1 / 8
            yield "b . A c^2 = 1/12", float(b @ A @ c**2) - 1 / 12
            yield "b . A A c = 1/24", float(b @ A @ A @ c) - 1 / 24


def _check_conditions(
    pair: Tableau, b_explicit: Array, b_implicit: Array, most: int
) -> None:
    for order in range(1, most + 1):
        for words, value in _conditions(pair, b_explicit, b_implicit, order):
            if not abs(value) <= TOLERANCE:
                raise ParameterError(
                    f"the tableau {pair.name!r} violates a condition of order {order}, "
                    f"{words}, by {value:.3g}; correct a coefficient or lower the order"
                )
