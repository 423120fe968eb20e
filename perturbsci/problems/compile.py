"""SymPy expressions as functions of arrays: a tape of array operations.

Common subexpressions are found once (``sympy.cse``); the graph that is left is laid out
as a list of steps, each one operation of the array namespace on earlier values. Nothing
is ever printed as source text and executed, so names of symbols can do no harm.

Samples go through the tape in blocks that stay in the cache. Numbers without symbols are
folded with 30 digits before they are rounded to float64.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import NamedTuple

import numpy
import sympy

from perturbsci.arguments import flag
from perturbsci.backend.arrays import as_array, blocks, namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.operations import FUNCTIONS, JOINS, Operation, where
from perturbsci.types import Array

__all__ = ["compile_expressions"]

DIGITS = 30
CACHE = 2**20  # bytes of values on the tape; half of a second-level cache
# the derivative of these is zero almost everywhere
FLAT = (
    sympy.floor,
    sympy.ceiling,
    sympy.sign,
    sympy.Heaviside,
)


class Step(NamedTuple):
    """One operation of the tape, and the places of its operands."""

    operation: Operation | str
    places: tuple[int, ...]


def compile_expressions(
    expressions: Iterable[sympy.Expr],
    arguments: Iterable[sympy.Symbol],
    *,
    jacobian: bool = False,
) -> Callable[[Array], Array]:
    """Return a vectorized function that evaluates expressions, or their derivatives.

    Parameters
    ----------
    expressions : iterable of sympy.Expr
        m formulas.
    arguments : iterable of sympy.Symbol
        The n symbols that the columns of the points stand for, in this order.
    jacobian : bool, optional
        Compile the derivatives of each expression with respect to each argument instead;
        steps such as ``floor`` count as constant between their jumps.

    Returns
    -------
    function : callable
        Maps points, shape (..., n), to values, shape (..., m), or to derivatives, shape
        (..., m, n). Real and complex arrays of NumPy or of another array-API namespace;
        the dtype and the device are kept, real points give complex values where a formula
        holds complex numbers. NaN in gives NaN out.

    Raises
    ------
    ParameterError
        If a formula holds a symbol that is no argument, or what has no array function,
        such as an unevaluated derivative or integral.

    Notes
    -----
    About one pass through the cache an operation; special functions (``erf``, Airy,
    Bessel, Lambert's W) are those of SciPy and need arrays on the host.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> flow = compile_expressions((x * y, x + sympy.exp(y)), (x, y))
    >>> flow(numpy.array([[2.0, 0.0], [1.0, 0.0]]))
    array([[0., 3.],
           [0., 2.]])
    >>> compile_expressions((x * y,), (x, y), jacobian=True)(numpy.array([2.0, 5.0]))
    array([[5., 2.]])
    """
    names = _symbols(arguments)
    formulas = _formulas(expressions, names)
    jacobian = flag(jacobian, "jacobian")
    shape: tuple[int, ...] = (len(formulas),)
    if jacobian:
        shape = (len(formulas), len(names))
        formulas = [_derivative(item, name) for item in formulas for name in names]
    tape = Tape(names, formulas)

    def evaluate(points: Array) -> Array:
        columns = sample_points(points, len(names))
        leading = columns.shape[:-1]
        xp = namespace(columns)
        values = tape.evaluate(xp, xp.reshape(columns, (-1, len(names))))
        return xp.reshape(values, leading + shape)

    return evaluate


def _symbols(arguments: object) -> tuple[sympy.Symbol, ...]:
    if isinstance(arguments, str) or not isinstance(arguments, Iterable):
        raise ParameterError(
            f"arguments is {arguments!r}; pass a tuple of sympy Symbols, also for one"
        )
    names = tuple(arguments)
    wrong = [item for item in names if not isinstance(item, sympy.Symbol)]
    if wrong or not names or len(set(names)) < len(names):
        raise ParameterError(
            f"arguments is {names!r}; it must hold sympy Symbols, at least one and each "
            "only once"
        )
    return names


def _formulas(expressions: object, names: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    if isinstance(expressions, str) or not isinstance(expressions, Iterable):
        raise ParameterError(
            f"expressions is {expressions!r}; pass a tuple of SymPy expressions, also for "
            "one"
        )
    formulas = [sympy.Integer(item) if type(item) is int else item for item in expressions]
    for item in formulas:
        if not isinstance(item, sympy.Expr):
            raise ParameterError(
                f"expressions holds {item!r} of type {type(item).__name__}; it must be a "
                "SymPy expression, text goes through parse_expression first"
            )
        if item.has(sympy.nan, sympy.zoo):
            raise ParameterError(f"expressions holds {item!s:.60}; pass finite formulas")
        if unknown := item.free_symbols - set(names):
            raise ParameterError(
                f"expressions holds the symbols {sorted(map(str, unknown))}, which are no "
                f"arguments; the arguments are {list(map(str, names))}"
            )
    if not formulas:
        raise ParameterError(
            f"expressions is {expressions!r}, needed at least one; pass a formula"
        )
    return formulas


def sample_points(points: Array, n_arguments: int) -> Array:
    """Return points as an array of the right number of columns.

    Parameters
    ----------
    points : array_like, shape (..., n_arguments)
        Arrays of other array-API namespaces are left where they are.
    n_arguments : int
        Number of columns.

    Returns
    -------
    points : array, shape (..., n_arguments)
        Real or complex.

    Raises
    ------
    ShapeError
        If the number of columns is another one.
    """
    foreign = hasattr(points, "__array_namespace__") and not isinstance(
        points, numpy.ndarray
    )
    array = points if foreign else as_array(points, name="points", finite=False, empty=True)
    shape = array.shape
    if shape[-1:] != (n_arguments,):
        raise ShapeError(
            f"points has shape {shape}, needed {n_arguments} columns on its last axis, one "
            "an argument; for one column pass points[:, None]"
        )
    return array


def _derivative(formula: sympy.Expr, name: sympy.Symbol) -> sympy.Expr:
    """Return d formula/d name, flat functions held constant."""
    flat = {node: sympy.Dummy() for node in formula.atoms(*FLAT)}
    real = {}
    if formula.has(sympy.Abs):  # of a symbol without assumptions SymPy gives no formula
        real = {item: sympy.Dummy(item.name, real=True) for item in formula.free_symbols}
    inner = formula.xreplace(flat).xreplace(real)
    slope = inner.diff(real.get(name, name))
    back = {new: old for table in (flat, real) for old, new in table.items()}
    return slope.xreplace(back)


class Tape:
    """Expressions laid out as steps over values; built once, evaluated on any points.

    Parameters
    ----------
    names : sequence of sympy.Symbol
        The first values: one column each.
    formulas : sequence of sympy.Expr
        What is evaluated.
    """

    def __init__(
        self, names: Sequence[sympy.Symbol], formulas: Sequence[sympy.Expr]
    ) -> None:
        self.start: list[complex | None] = [None] * len(names)  # numbers, where known
        self.steps: dict[int, Step] = {}
        self.places: dict[object, int] = {name: k for k, name in enumerate(names)}
        shared, reduced = sympy.cse(
            list(formulas), symbols=sympy.numbered_symbols(cls=sympy.Dummy), order="none"
        )
        numbers: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol, formula in shared:
            part = formula.xreplace(numbers)
            if part.free_symbols:
                self.places[symbol] = self._place(part)
            else:
                numbers[symbol] = part
        self.results = [self._place(formula.xreplace(numbers)) for formula in reduced]
        self.is_complex = any(isinstance(number, complex) for number in self.start)

    def evaluate(self, xp: ModuleType, points: Array) -> Array:
        """Return the values of all formulas.

        Parameters
        ----------
        xp : module
            The namespace of the points.
        points : array, shape (n, n_arguments)
            One sample a row.

        Returns
        -------
        values : array, shape (n, n_formulas)
            On the same device.
        """
        dtype = points.dtype
        if self.is_complex and xp.isdtype(dtype, "real floating"):
            dtype = xp.complex64 if dtype == xp.float32 else xp.complex128
        n, n_arguments = points.shape
        shape = (n, len(self.results))
        values = xp.empty(shape, dtype=dtype, device=points.device)
        item_bytes = 16 * len(self.start)
        for block in blocks(n, item_bytes, memory=CACHE if xp is numpy else None):
            columns = xp.astype(points[block, :], dtype)
            found: list = list(self.start)
            found[:n_arguments] = [
                xp.asarray(columns[:, k], copy=True) for k in range(n_arguments)
            ]
            for place, (operation, places) in self.steps.items():
                run = getattr(xp, operation) if isinstance(operation, str) else operation
                found[place] = run(*[found[k] for k in places])
            for k, place in enumerate(self.results):
                values[block, k] = found[place]
        return values

    def _place(self, node: sympy.Basic) -> int:
        """Return where the value of a node stands, after adding the steps to it."""
        if node not in self.places:
            self.places[node] = (
                self._number(node) if not node.free_symbols else self._inner(node)
            )
        return self.places[node]

    def _number(self, node: sympy.Basic) -> int:
        """Place a number, or a truth value."""
        if node in (sympy.true, sympy.false):
            return self._constant(bool(node))
        value = sympy.N(node, DIGITS)
        if not value.is_number or value.atoms(sympy.Function, sympy.Integral):
            raise _refusal(node)
        real, imaginary = value.as_real_imag()
        return self._constant(
            complex(float(real), float(imaginary)) if imaginary != 0 else float(real)
        )

    def _constant(self, value: complex) -> int:
        """Place a number of Python."""
        self.start.append(value)
        return len(self.start) - 1

    def _step(self, operation: Operation | str, *places: int) -> int:
        """Place the result of one operation."""
        key = (operation, places)
        if key not in self.places:
            self.start.append(None)
            self.places[key] = len(self.start) - 1
            self.steps[self.places[key]] = Step(operation, places)
        return self.places[key]

    def _inner(self, node: sympy.Basic) -> int:
        """Place a node that depends on an argument."""
        head = type(node)
        if head is sympy.Mul:
            return self._product(node)
        if head is sympy.Add:
            return self._total(node)
        if head is sympy.Pow:
            return self._power(node.base, node.exp)
        if head is sympy.Piecewise:
            return self._pieces(node)
        operation = FUNCTIONS.get((head, len(node.args)))
        if operation is None and head not in JOINS:
            raise _refusal(node)
        places = [self._place(item) for item in node.args]
        if operation is not None:
            return self._step(operation, *places)
        return functools.reduce(functools.partial(self._step, JOINS[head]), places)

    def _total(self, node: sympy.Add) -> int:
        """Place a sum: what is added, minus what has a negative coefficient."""
        terms = sorted(node.args, key=lambda item: item.could_extract_minus_sign())
        found = self._place(terms[0])
        for term in terms[1:]:
            if term.could_extract_minus_sign() and not term.is_Add:
                found = self._step(operator.sub, found, self._place(-term))
            else:
                found = self._step(operator.add, found, self._place(term))
        return found

    def _product(self, node: sympy.Mul) -> int:
        """Place a product as one division at most."""
        if node.args[0] is sympy.S.NegativeOne:
            return self._step(operator.neg, self._place(-node))
        numerators: list[sympy.Expr] = []
        denominators: list[sympy.Expr] = []
        for factor in node.args:
            base, exponent = factor.as_base_exp()
            if factor.is_Pow and exponent.is_Rational and exponent.is_negative:
                denominators.append(sympy.Pow(base, -exponent))
            else:
                numerators.append(factor)
        join = functools.partial(self._step, operator.mul)
        above = functools.reduce(join, map(self._place, numerators or [sympy.S.One]))
        if not denominators:
            return above
        return self._step(
            operator.truediv, above, functools.reduce(join, map(self._place, denominators))
        )

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> int:
        """Place a power: whole ones by squaring, halves by a root."""
        if exponent.is_Float and exponent == int(exponent):
            exponent = sympy.Integer(exponent)
        if exponent.is_Rational and exponent.is_negative:
            return self._step(
                operator.truediv, self._constant(1.0), self._power(base, -exponent)
            )
        if exponent == 1:
            return self._place(base)
        if exponent == sympy.Rational(1, 2):
            return self._step("sqrt", self._place(base))
        if exponent.is_Integer and exponent <= 64:
            half = self._power(base, exponent // 2)
            square = self._step(operator.mul, half, half)
            return (
                self._step(operator.mul, square, self._place(base))
                if exponent % 2
                else square
            )
        return self._step(operator.pow, self._place(base), self._place(exponent))

    def _pieces(self, node: sympy.Piecewise) -> int:
        """Place a case distinction, last case first; NaN where no case holds."""
        found = self._constant(float("nan"))
        for value, condition in reversed(node.args):
            places = (self._place(condition), self._place(value), found)
            found = self._step(where, *places, 0)  # numbers take the shape of a column
        return found


def _refusal(node: sympy.Basic) -> ParameterError:
    return ParameterError(
        f"expressions holds {node!s:.80} ({type(node).__name__}), which has no function of "
        "arrays; evaluate derivatives and integrals with doit() first"
    )
