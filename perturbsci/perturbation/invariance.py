"""The algebra behind slow manifolds: branches of g = 0, powers of epsilon, hyperbolicity.

On z = h(x, epsilon) = sum epsilon^k h_k the equation of invariance leaves
g(x, h) - epsilon (D h) f(x, h); its first power that does not vanish is the order.

Reference: Kuehn (2015), chapters 3 and 11.
"""

import math

import numpy
import sympy

from perturbsci.errors import ParameterError
from perturbsci.perturbation.formulas import as_formulas, sample_points

__all__ = [
    "check_hyperbolic_somewhere",
    "critical_branch",
    "fast_jacobian",
    "is_hyperbolic",
    "left_over",
    "on_manifold",
    "power",
    "tidy",
    "total",
]

HYPERBOLIC = 1e-10  # of the norm of g_z: real parts below are on the axis
Symbols = tuple[sympy.Symbol, ...]


def critical_branch(g: sympy.Matrix, z: Symbols, branch: object) -> sympy.Matrix:
    """Return h_0, a solution of g(x, z) = 0.

    Parameters
    ----------
    g : sympy.Matrix
        Of epsilon = 0.
    z : tuple of sympy.Symbol
        Fast variables.
    branch : formulas, int or None
        As a user passed it.

    Returns
    -------
    start : sympy.Matrix
        One formula a fast variable.

    Raises
    ------
    ParameterError
        If it is none, or not the only one.
    """
    if branch is not None and not isinstance(branch, int):
        chosen = as_formulas(branch, len(z), "branch")
        left = g.subs(dict(zip(z, chosen, strict=True)), simultaneous=True)
        if any(sympy.simplify(formula) != 0 for formula in left) or chosen.has(*z):
            raise ParameterError(
                f"branch is {list(chosen)!s:.60}, where fast is {list(left)!s:.60} at "
                "epsilon = 0; pass formulas of the slow variables where it vanishes"
            )
        return chosen
    try:
        found = sympy.solve(list(g), list(z), dict=True)
    except NotImplementedError:
        found = []
    found = [solution for solution in found if set(solution) == set(z)]
    listed = "; ".join(str(list(solution.values())) for solution in found)
    if branch is None and len(found) != 1:
        raise ParameterError(
            f"fast = 0 has {len(found)} solutions that SymPy finds ({listed:.200}); pass "
            "branch= as the formulas of one"
        )
    if branch is not None and not -len(found) <= branch < len(found):
        raise ParameterError(
            f"branch is {branch}, but SymPy finds {len(found)} solutions of fast = 0 "
            f"({listed:.200}); pass the number of one, or its formulas"
        )
    solution = found[0 if branch is None else branch]
    return sympy.ImmutableMatrix(len(z), 1, [solution[name] for name in z])


def on_manifold(field: sympy.Matrix, z: Symbols, h: sympy.Matrix) -> sympy.Matrix:
    """Return a field with h in place of z.

    Parameters
    ----------
    field : sympy.Matrix
        Formulas.
    z : tuple of sympy.Symbol
        Fast variables.
    h : sympy.Matrix
        What replaces them.

    Returns
    -------
    field : sympy.Matrix
        On the manifold.
    """
    return field.subs(dict(zip(z, h, strict=True)), simultaneous=True)


def fast_jacobian(
    g: sympy.Matrix,
    z: Symbols,
    start: sympy.Matrix,
    small: sympy.Symbol,
) -> sympy.Matrix:
    """Return g_z(x, h_0, 0).

    Parameters
    ----------
    g : sympy.Matrix
        The fast field.
    z : tuple of sympy.Symbol
        Fast variables.
    start : sympy.Matrix
        h_0.
    small : sympy.Symbol
        epsilon.

    Returns
    -------
    jacobian : sympy.Matrix
        Square.
    """
    return on_manifold(g.jacobian(z).subs(small, 0), z, start)


def total(terms: tuple[sympy.Matrix, ...], small: sympy.Symbol) -> sympy.Matrix:
    """Return sum epsilon^k h_k.

    Parameters
    ----------
    terms : tuple of sympy.Matrix
        h_k.
    small : sympy.Symbol
        epsilon.

    Returns
    -------
    total : sympy.Matrix
        A polynomial of epsilon.
    """
    total = terms[0]
    for k, term in enumerate(terms[1:], start=1):
        total += small**k * term
    return total


def power(field: sympy.Matrix, small: sympy.Symbol, k: int) -> sympy.Matrix:
    """Return the coefficient of epsilon^k.

    Parameters
    ----------
    field : sympy.Matrix
        Smooth in epsilon.
    small : sympy.Symbol
        epsilon.
    k : int
        The power.

    Returns
    -------
    coefficient : sympy.Matrix
        The derivative over k!.
    """
    return field.diff(small, k).subs(small, 0) / math.factorial(k)


def tidy(column: sympy.Matrix) -> sympy.Matrix:
    """Return formulas in a short form.

    Parameters
    ----------
    column : sympy.Matrix
        Formulas.

    Returns
    -------
    column : sympy.Matrix
        Over a common denominator, factored.
    """
    return column.applyfunc(sympy.factor)


def is_hyperbolic(matrices: numpy.ndarray) -> numpy.ndarray:
    """Return where no eigenvalue is on the imaginary axis.

    Parameters
    ----------
    matrices : array, shape (..., n, n)
        Jacobians.

    Returns
    -------
    hyperbolic : bool array, shape (...)
        False for entries that are not finite.
    """
    finite = numpy.isfinite(matrices).all(axis=(-2, -1))
    safe = numpy.where(finite[..., None, None], matrices, 0.0)
    sizes = numpy.linalg.norm(safe, axis=(-2, -1))
    rates = numpy.abs(numpy.linalg.eigvals(safe).real).min(axis=-1)
    hyperbolic: numpy.ndarray = finite & (rates > HYPERBOLIC * sizes)
    return hyperbolic


def check_hyperbolic_somewhere(jacobian: sympy.Matrix, x: Symbols) -> None:
    """Refuse a fast Jacobian that is on the imaginary axis at all sample points.

    Parameters
    ----------
    jacobian : sympy.Matrix
        g_z.
    x : tuple of sympy.Symbol
        Slow variables, for the message.

    Raises
    ------
    ParameterError
        If so.
    """
    for place in sample_points(jacobian.free_symbols):
        entries = [complex(entry.subs(place).evalf()) for entry in jacobian]
        matrix = numpy.array(entries).reshape(jacobian.shape)
        if is_hyperbolic(matrix):
            return
    raise ParameterError(
        f"the manifold is not normally hyperbolic at any {x}: the fast Jacobian is "
        f"{jacobian.tolist()!s:.80}; choose another branch, or other fast variables"
    )


def left_over(
    f: sympy.Matrix,
    g: sympy.Matrix,
    x: Symbols,
    z: Symbols,
    small: sympy.Symbol,
    terms: tuple[sympy.Matrix, ...],
) -> sympy.Matrix:
    """Return g(x, h) - epsilon (D h) f(x, h).

    Parameters
    ----------
    f, g : sympy.Matrix
        Slow and fast field.
    x, z : tuple of sympy.Symbol
        Their variables.
    small : sympy.Symbol
        epsilon.
    terms : tuple of sympy.Matrix
        h_k.

    Returns
    -------
    left : sympy.Matrix
        One formula a fast variable.
    """
    h = total(terms, small)
    return on_manifold(g, z, h) - small * h.jacobian(x) * on_manifold(f, z, h)
