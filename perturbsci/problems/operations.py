"""The array operations that SymPy functions become, and Dawson's integral.

Elementary functions are those of the array namespace; special functions are SciPy's and
run on the host. A number of Python is a legal operand wherever another one is an array.
"""

import operator
from collections.abc import Callable

import numpy
import sympy

from perturbsci.backend.arrays import device_of, namespace
from perturbsci.errors import BackendError
from perturbsci.types import Array

__all__ = ["dawson"]

Operation = Callable[..., Array]


class dawson(sympy.Function):  # noqa: N801 (SymPy's functions are lower case)
    """Dawson's integral, exp(-z^2) times the integral of exp(s^2) from 0 to z.

    It stays of order one where exp(-z^2) and erfi(z) leave the range of float64.

    References
    ----------
    Bender and Orszag (1999), chapter 6.

    Examples
    --------
    >>> z = sympy.Symbol("z")
    >>> dawson(z).diff(z)
    -2*z*dawson(z) + 1
    """

    nargs = 1

    @classmethod
    def eval(cls, z: sympy.Expr) -> sympy.Expr | None:
        """Return the value at zero.

        Parameters
        ----------
        z : sympy.Expr
            The argument.

        Returns
        -------
        value : sympy.Expr or None
            None where the function stays as it is.
        """
        return sympy.S.Zero if z.is_zero else None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:  # noqa: ARG002 (SymPy passes it)
        """Return the derivative, 1 - 2 z dawson(z).

        Parameters
        ----------
        argindex : int
            Always 1, there is one argument.

        Returns
        -------
        derivative : sympy.Expr
            The right side of the differential equation.
        """
        return 1 - 2 * self.args[0] * self

    def _eval_evalf(self, precision: int) -> sympy.Expr:
        z = self.args[0]
        form = sympy.sqrt(sympy.pi) / 2 * sympy.exp(-(z**2)) * sympy.erfi(z)
        return form._eval_evalf(precision)


def where(condition: Array, a: Array, b: Array, like: Array) -> Array:
    """Return a where the condition holds, else b.

    Parameters
    ----------
    condition, a, b : array, shape (n,), or a number
        Numbers take the shape of ``like``.
    like : array, shape (n,)
        An argument.

    Returns
    -------
    chosen : array, shape (n,)
        Of the dtype that a and b share.
    """
    truth, *values = (_filled(item, like) for item in (condition, a, b))
    return namespace(like).where(truth, *values)


def _filled(value: Array, like: Array) -> Array:
    if hasattr(value, "shape"):
        return value
    xp = namespace(like)
    return xp.full_like(like, value, dtype=xp.bool if isinstance(value, bool) else None)


def _pairwise(name: str) -> Operation:
    """Return an operation on two operands of which one may be a number."""

    def operation(a: Array, b: Array) -> Array:
        like = a if hasattr(a, "shape") else b
        return getattr(namespace(like), name)(_filled(a, like), _filled(b, like))

    return operation


def _special(name: str, part: int | None = None) -> Operation:
    """Return a function of ``scipy.special``, or one part of what it returns."""

    def operation(*values: Array) -> Array:
        from scipy import special  # noqa: PLC0415 (rarely needed, slow to load)

        array = next(value for value in values if hasattr(value, "shape"))
        if not isinstance(array, numpy.ndarray):
            raise BackendError(
                f"points lives on {device_of(array)}, but {name} runs on the host only; "
                "pass backend.to_host(points)"
            )
        result = getattr(special, name)(*values)
        return result if part is None else result[part]

    return operation


def _lambert(a: Array, branch: float = 0.0) -> Array:
    result = _special("lambertw")(a, int(branch))
    if a.dtype.kind == "c":
        return result
    return numpy.where(result.imag == 0.0, result.real, numpy.nan)


def _of_order(name: str) -> Operation:
    """Return a special function whose first operand is a whole number."""
    return lambda order, a: _special(name)(int(order), a)


def _heaviside(a: Array, at_zero: Array) -> Array:
    return where(a > 0.0, 1.0, where(a < 0.0, 0.0, at_zero, a), a)


ELEMENTARY = (
    *("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh"),
    *("tanh", "asinh", "acosh", "atanh", "floor", "sign"),
)

# By SymPy's head and the number of operands; a text is a name of the array namespace.
FUNCTIONS: dict[tuple[object, int], Operation | str] = {
    **{(getattr(sympy, name), 1): name for name in ELEMENTARY},
    (sympy.Abs, 1): "abs",
    (sympy.ceiling, 1): "ceil",
    (sympy.re, 1): "real",
    (sympy.im, 1): "imag",
    (sympy.conjugate, 1): "conj",
    (sympy.Not, 1): "logical_not",
    (sympy.atan2, 2): _pairwise("atan2"),
    (sympy.Heaviside, 2): _heaviside,
    (sympy.erf, 1): _special("erf"),
    (sympy.erfc, 1): _special("erfc"),
    (sympy.erfi, 1): _special("erfi"),
    (dawson, 1): _special("dawsn"),
    (sympy.gamma, 1): _special("gamma"),
    (sympy.airyai, 1): _special("airy", 0),
    (sympy.airyaiprime, 1): _special("airy", 1),
    (sympy.airybi, 1): _special("airy", 2),
    (sympy.airybiprime, 1): _special("airy", 3),
    (sympy.besselj, 2): _special("jv"),
    (sympy.jn, 2): _of_order("spherical_jn"),
    (sympy.polygamma, 2): _of_order("polygamma"),
    (sympy.LambertW, 1): _lambert,
    (sympy.LambertW, 2): _lambert,
    (sympy.StrictLessThan, 2): operator.lt,
    (sympy.LessThan, 2): operator.le,
    (sympy.StrictGreaterThan, 2): operator.gt,
    (sympy.GreaterThan, 2): operator.ge,
    (sympy.Equality, 2): operator.eq,
    (sympy.Unequality, 2): operator.ne,
}

# Heads of any number of operands: joined two by two.
JOINS: dict[object, Operation] = {
    sympy.Min: _pairwise("minimum"),
    sympy.Max: _pairwise("maximum"),
    sympy.And: _pairwise("logical_and"),
    sympy.Or: _pairwise("logical_or"),
}
