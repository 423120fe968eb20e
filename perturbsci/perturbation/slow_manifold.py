"""Slow manifolds z = h(x, epsilon) of x' = f(x, z, epsilon), epsilon z' = g(x, z, epsilon).

Invariance, g(x, h) = epsilon (D h) f(x, h), order by order with h = sum epsilon^k h_k:

    g(x, h_0, 0) = 0,
    g_z(x, h_0, 0) h_k = [epsilon^(k-1)] (D h) f - [epsilon^k] g(x, h),

with h through epsilon^(k-1) on the right.

The manifold persists where no eigenvalue of g_z lies on the imaginary axis.

References: Fenichel (1979); Kuehn (2015), chapters 3 and 11.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.perturbation.gauges import finite_number
from perturbsci.perturbation.rates import RateSplitting, split_rates
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sympy

__all__ = ["RateSplitting", "SlowManifold", "expand_slow_manifold", "split_rates"]

VANISHING = 1e-20  # of 30 digits


@dataclass(frozen=True, slots=True, eq=False)
class SlowManifold(Result):
    """A slow manifold as a series in epsilon.

    Parameters
    ----------
    terms : tuple of sympy.Matrix
        h_0, ..., h_N, columns of n_fast formulas of the slow variables.
    reduced : tuple of sympy.Matrix
        The coefficients of f(x, h(x, epsilon), epsilon), columns of n_slow formulas.
    slow, fast : sympy.Matrix
        f and g.
    slow_variables, fast_variables : tuple of sympy.Symbol
        x and z.
    epsilon : sympy.Symbol
        The small parameter.
    status : Status
        EXACT if the next power of the residual vanishes as well, else CONVERGED.
    certificate : Certificate
        How many powers of epsilon are missing in the order N + 1 of the residual.

    Examples
    --------
    >>> import sympy
    >>> x, z, e = sympy.symbols("x z epsilon")
    >>> manifold = expand_slow_manifold([-x], [x**2 - z], [x], [z], e, order=1)
    >>> manifold.evaluate([[2.0]], 0.1)
    array([[4.8]])
    """

    terms: "tuple[sympy.Matrix, ...]"
    reduced: "tuple[sympy.Matrix, ...]"
    slow: "sympy.Matrix"
    fast: "sympy.Matrix"
    slow_variables: "tuple[sympy.Symbol, ...]"
    fast_variables: "tuple[sympy.Symbol, ...]"
    epsilon: "sympy.Symbol"
    status: Status
    certificate: Certificate

    def evaluate(self, x: Array, epsilon: float) -> Array:
        """Return the fast variables on the manifold.

        Parameters
        ----------
        x : real array, shape (..., n_slow)
            Slow variables; with one of them also shape (S), a number or points.
        epsilon : float
            The small parameter.

        Returns
        -------
        z : array, shape (..., n_fast)
            h(x, epsilon).

        Raises
        ------
        ParameterError
            If the manifold is not normally hyperbolic at a point.
        """
        from perturbsci.perturbation import invariance  # noqa: PLC0415 (loads SymPy)

        return self._values(invariance.total(self.terms, self.epsilon), x, epsilon)

    def residual(self, x: Array, epsilon: float) -> Array:
        """Return g(x, h) - epsilon (D h) f(x, h), which is O(epsilon^(N+1)).

        Parameters
        ----------
        x : real array, shape (..., n_slow)
            Slow variables.
        epsilon : float
            The small parameter.

        Returns
        -------
        residual : array, shape (..., n_fast)
            How far the manifold is from invariant.

        Raises
        ------
        ParameterError
            If the manifold is not normally hyperbolic at a point.
        """
        from perturbsci.perturbation import invariance  # noqa: PLC0415 (loads SymPy)

        return self._values(
            invariance.left_over(
                self.slow,
                self.fast,
                self.slow_variables,
                self.fast_variables,
                self.epsilon,
                self.terms,
            ),
            x,
            epsilon,
        )

    def reduced_field(self, x: Array, epsilon: float) -> Array:
        """Return x' on the manifold, through epsilon^N.

        Parameters
        ----------
        x : real array, shape (..., n_slow)
            Slow variables.
        epsilon : float
            The small parameter.

        Returns
        -------
        field : array, shape (..., n_slow)
            The sum of epsilon^k reduced[k].

        Raises
        ------
        ParameterError
            If the manifold is not normally hyperbolic at a point.
        """
        from perturbsci.perturbation import invariance  # noqa: PLC0415 (loads SymPy)

        return self._values(invariance.total(self.reduced, self.epsilon), x, epsilon)

    def _values(self, formulas: "sympy.Matrix", x: Array, epsilon: float) -> Array:
        from perturbsci.perturbation.formulas import values  # noqa: PLC0415 (loads SymPy)

        n_slow = len(self.slow_variables)
        points = as_array(x, name="x", real=True, empty=True)
        if n_slow == 1 and points.shape[-1:] != (1,):
            points = points[..., None]
        points = as_array(points, name="x", columns=n_slow, real=True, empty=True)
        small = finite_number(epsilon, "epsilon")
        if isinstance(small, complex):
            raise ParameterError(f"epsilon is {epsilon!r:.60}; pass one real number")
        xp = namespace(points)
        columns = {name: points[..., k] for k, name in enumerate(self.slow_variables)}
        self._check_hyperbolic(to_host(points))
        columns[self.epsilon] = xp.full_like(points[..., 0], small)
        ones = xp.ones_like(points[..., 0])
        return xp.stack([ones * value for value in values(formulas, columns, xp)], axis=-1)

    def _check_hyperbolic(self, points: numpy.ndarray) -> None:
        from perturbsci.perturbation import invariance  # noqa: PLC0415 (loads SymPy)
        from perturbsci.perturbation.formulas import values  # noqa: PLC0415 (loads SymPy)

        place = {name: points[..., k] for k, name in enumerate(self.slow_variables)}
        jacobian = invariance.fast_jacobian(
            self.fast, self.fast_variables, self.terms[0], self.epsilon
        )
        ones = numpy.ones(points.shape[:-1])
        with numpy.errstate(all="ignore"):
            entries = [ones * value for value in values(jacobian, place, numpy)]
        n_fast = len(self.fast_variables)
        matrices = numpy.stack(entries, axis=-1).reshape(*points.shape[:-1], n_fast, n_fast)
        bad = ~invariance.is_hyperbolic(matrices)
        if bad.any():
            where = points[bad][0].tolist()
            raise ParameterError(
                f"the manifold is not normally hyperbolic at {self.slow_variables} = "
                f"{where}: an eigenvalue of the fast Jacobian is on the imaginary axis, or "
                "not finite; keep away from such points"
            )


def expand_slow_manifold(
    slow: "Sequence[sympy.Expr] | sympy.Matrix",
    fast: "Sequence[sympy.Expr] | sympy.Matrix",
    slow_variables: "Sequence[sympy.Symbol]",
    fast_variables: "Sequence[sympy.Symbol]",
    epsilon: "sympy.Symbol",
    *,
    order: int = 3,
    branch: "Sequence[sympy.Expr] | sympy.Expr | int | None" = None,
) -> SlowManifold:
    """Expand the slow manifold of x' = slow, epsilon z' = fast.

    Parameters
    ----------
    slow : sequence of n_slow sympy.Expr
        f(x, z, epsilon).
    fast : sequence of n_fast sympy.Expr
        g(x, z, epsilon).
    slow_variables, fast_variables : sequence of sympy.Symbol
        x and z.
    epsilon : sympy.Symbol
        The small parameter.
    order : int, optional
        N.
    branch : formulas, int or None, optional
        h_0, one formula a fast variable; or which of the solutions of g = 0 that SymPy
        finds. None needs a single one.

    Returns
    -------
    manifold : SlowManifold
        N + 1 terms.

    Raises
    ------
    ParameterError
        If an argument is of a wrong type, g = 0 has no single solution or the branch is
        none, or an eigenvalue of g_z is on the imaginary axis everywhere.
    ShapeError
        If there is not one formula a variable.

    Notes
    -----
    The series diverges in general; its terms grow near points where g_z is singular.

    References
    ----------
    Fenichel (1979); Kuehn (2015), chapter 11.

    Examples
    --------
    >>> import sympy
    >>> y, z, e = sympy.symbols("y z epsilon")
    >>> van_der_pol = expand_slow_manifold([z], [(1 - y**2) * z - y], [y], [z], e, order=1)
    >>> [term[0].subs(y, 2) for term in van_der_pol.terms]
    [-2/3, 10/81]
    """
    from perturbsci.perturbation import invariance  # noqa: PLC0415 (loads SymPy)
    from perturbsci.perturbation.formulas import (  # noqa: PLC0415 (loads SymPy)
        as_formulas,
        as_symbols,
    )

    x = as_symbols(slow_variables, "slow_variables")
    z = as_symbols(fast_variables, "fast_variables")
    small = as_symbols(epsilon, "epsilon")[0]
    as_symbols((*x, *z, small), "(*slow_variables, *fast_variables, epsilon)")
    f = as_formulas(slow, len(x), "slow")
    g = as_formulas(fast, len(z), "fast")
    n = whole(order, "order", least=0)
    start = invariance.critical_branch(g.subs(small, 0), z, branch)
    jacobian = invariance.fast_jacobian(g, z, start, small)
    invariance.check_hyperbolic_somewhere(jacobian, x)
    terms = [start]
    for k in range(1, n + 1):
        left = invariance.left_over(f, g, x, z, small, tuple(terms))
        h_k = jacobian.LUsolve(-invariance.power(left, small, k))
        terms.append(invariance.tidy(h_k))
    h = invariance.total(tuple(terms), small)
    moving = invariance.on_manifold(f, z, h)
    reduced = tuple(
        invariance.tidy(invariance.power(moving, small, k)) for k in range(n + 1)
    )
    left = invariance.left_over(f, g, x, z, small, tuple(terms))
    certificate, exact = _certificate(left, jacobian, small, n + 1)
    status = Status.EXACT if exact else Status.CONVERGED
    return SlowManifold(tuple(terms), reduced, f, g, x, z, small, status, certificate)


def _certificate(
    left: "sympy.Matrix", scale: "sympy.Matrix", small: "sympy.Symbol", count: int
) -> tuple[Certificate, bool]:
    """Return the certificate, and whether one power more vanishes."""
    from perturbsci.perturbation.formulas import (  # noqa: PLC0415 (loads SymPy)
        sampled_powers,
    )

    sizes = sampled_powers(left, small, count + 1)
    size = sum(sampled_powers(scale, small, 1)) or 1.0
    # A size that is no number counts as one that does not vanish.
    first = next((k for k, s in enumerate(sizes) if not s <= VANISHING * size), count + 1)
    certificate = Certificate(
        f"powers missing in a residual of O(epsilon^{count})",
        max(count - first, 0),
        0.0,
        "a-posteriori",
        "substitution at sample points, 30 digits",
    )
    return certificate, first > count
