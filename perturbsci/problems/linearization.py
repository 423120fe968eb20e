"""The residual of a statement and its exact derivatives, compiled once.

With R_k(x, D^a u, p) the equations, the outputs at each point are R_k, dR_k/d(D^a u) for
each multi-index a, and dR_k/dp. Complex fields are split: each becomes its real and its
imaginary part, each equation two real ones.
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import sympy

from perturbsci.backend.arrays import as_array, namespace
from perturbsci.backend.launch import Kernel, kernel_from_text
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.derivatives import JetForm, Slot, jet_form
from perturbsci.problems.enclosures import Evaluator, interval_arithmetic
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.kernel_text import VISIBLE, kernel_body
from perturbsci.types import Array

__all__ = ["Linearization", "linearize"]


@dataclass(frozen=True, slots=True, eq=False)
class Linearization:
    """Residual and derivatives of equations as functions of points and jets.

    Parameters
    ----------
    coordinates : tuple of sympy.Symbol
        Columns of the points.
    parameters : tuple of sympy.Symbol
        Columns of the parameters.
    slots : tuple of (int, tuple of int)
        Columns of the jets: real field and multi-index over the coordinates.
    symbols : tuple of sympy.Symbol
        One a slot, as in the formulas.
    residuals : tuple of sympy.Expr
        One a real equation.
    slopes : tuple of tuple of sympy.Expr
        dR_k/d(D^a u): one row an equation, one column a slot.
    sensitivities : tuple of tuple of sympy.Expr
        dR_k/dp: one row an equation, one column a parameter.
    is_complex : bool
        Whether real fields 2k and 2k + 1 are the parts of field k, and equations alike.
    defaults : array, shape (n_parameters,)
        Values of the parameters, NaN for intervals.
    """

    coordinates: tuple[sympy.Symbol, ...]
    parameters: tuple[sympy.Symbol, ...]
    slots: tuple[Slot, ...]
    symbols: tuple[sympy.Symbol, ...]
    residuals: tuple[sympy.Expr, ...]
    slopes: tuple[tuple[sympy.Expr, ...], ...]
    sensitivities: tuple[tuple[sympy.Expr, ...], ...]
    is_complex: bool
    defaults: Array

    @property
    def pattern(self) -> Array:
        """Which slopes do not vanish identically, boolean, shape (n_equations, n_slots)."""
        return numpy.array([[item != 0 for item in row] for row in self.slopes])

    def residual(
        self, points: Array, jets: Array, parameters: Array | None = None
    ) -> Array:
        """Return the residual of each equation.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Where, in the units of the coordinates.
        jets : array, shape (n, n_slots)
            Fields and derivatives there.
        parameters : array, shape (n_parameters,) or (n, n_parameters), optional
            By default those of the statement.

        Returns
        -------
        residuals : array, shape (n, n_equations)
            On the device of the points.

        Raises
        ------
        ShapeError
            If the shapes do not fit.
        """
        arrays = self._arrays(points, jets, parameters)
        return self._run(arrays, derivatives=False)[0]

    def __call__(
        self, points: Array, jets: Array, parameters: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """Return the residual and its derivatives.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Where, in the units of the coordinates.
        jets : array, shape (n, n_slots)
            Fields and derivatives there.
        parameters : array, shape (n_parameters,) or (n, n_parameters), optional
            By default those of the statement.

        Returns
        -------
        residuals : array, shape (n, n_equations)
            R.
        slopes : array, shape (n, n_equations, n_slots)
            dR/d(D^a u).
        sensitivities : array, shape (n, n_equations, n_parameters)
            dR/dp.

        Raises
        ------
        ShapeError
            If the shapes do not fit.

        Notes
        -----
        One pass over the points; the kernel is compiled on the first call and kept on
        disk.
        """
        arrays = self._arrays(points, jets, parameters)
        found = self._run(arrays, derivatives=True)
        xp, n, e = namespace(found[0]), found[0].shape[0], len(self.residuals)
        empty = xp.empty((n, e, 0), dtype=found[0].dtype, device=found[0].device)
        return found if len(found) == 3 else (*found, empty)

    def enclose(
        self, point: Sequence[Any], jet: Sequence[Any], parameters: Sequence[Any] = ()
    ) -> tuple[list[Any], list[list[Any]]]:
        """Return intervals that hold residual and slopes over a box of points and jets.

        Parameters
        ----------
        point : sequence of intervals or numbers
            Of ``enclosures.interval_arithmetic()``, one a coordinate.
        jet : sequence of intervals or numbers
            One a slot.
        parameters : sequence of intervals or numbers, optional
            By default those of the statement.

        Returns
        -------
        residuals : list of intervals
            One an equation.
        slopes : list of list of intervals
            dR/d(D^a u).

        Raises
        ------
        ParameterError
            If a formula has no enclosure, or the numbers do not match.
        """
        given = list(parameters) or [float(item) for item in self.defaults]
        counts = (len(point), len(jet), len(given))
        needed = (len(self.coordinates), len(self.slots), len(self.parameters))
        if counts != needed:
            raise ParameterError(
                f"point, jet and parameters have {counts} entries, needed {needed}"
            )
        values = [*point, *jet, *given]
        table = dict(
            zip((*self.coordinates, *self.symbols, *self.parameters), values, strict=True)
        )
        found = _evaluator(self.residuals, self.slopes)(table)
        e, s = len(self.residuals), len(self.slots)
        return found[:e], [found[e + k * s : e + (k + 1) * s] for k in range(e)]

    def _arrays(
        self, points: Array, jets: Array, parameters: Array | None
    ) -> tuple[Array, Array, Array]:
        """Return the three inputs as arrays of one length."""
        place = as_array(points, name="points", finite=False, empty=True)
        jet = as_array(jets, name="jets", finite=False, empty=True)
        n = place.shape[0] if place.ndim == 2 else -1
        needed = ((n, len(self.coordinates)), (n, len(self.slots)))
        if (place.shape, jet.shape) != needed:
            raise ShapeError(
                f"points has shape {place.shape} and jets {jet.shape}; needed "
                f"(n, {len(self.coordinates)}) for {self.coordinates} and "
                f"(n, {len(self.slots)}) for the slots {self.slots}"
            )
        xp = namespace(place)
        given = self.defaults if parameters is None else parameters
        row = xp.asarray(given, dtype=place.dtype, device=place.device)
        if row.shape not in ((len(self.parameters),), (n, len(self.parameters))):
            raise ShapeError(
                f"parameters has shape {row.shape}, needed ({len(self.parameters)},) or "
                f"({n}, {len(self.parameters)}) for {self.parameters}"
            )
        return place, jet, xp.broadcast_to(row, (n, len(self.parameters)))

    def _run(
        self, arrays: tuple[Array, Array, Array], *, derivatives: bool
    ) -> tuple[Array, ...]:
        groups = (self.coordinates, self.symbols, self.parameters)
        slopes = self.slopes if derivatives else ()
        sensitivities = self.sensitivities if derivatives and self.parameters else ()
        run = _runner(groups, self.residuals, slopes, sensitivities)
        if isinstance(run, Kernel):
            found = run(
                *(array for array, group in zip(arrays, groups, strict=True) if group)
            )
            return found if isinstance(found, tuple) else (found,)
        xp = namespace(arrays[0])
        values = run(xp.concat(list(arrays), axis=-1))
        n, e, s = len(values), len(self.residuals), len(self.slots)
        found = [xp.asarray(values[:, :e], copy=True)]
        if derivatives:
            found.append(xp.reshape(values[:, e : e + e * s], (n, e, s)))
        if sensitivities:
            found.append(xp.reshape(values[:, e + e * s :], (n, e, len(self.parameters))))
        return tuple(found)


@functools.lru_cache(maxsize=32)
def linearize(problem: FieldProblem) -> Linearization:
    """Return the residual of a statement and its exact derivatives.

    Parameters
    ----------
    problem : FieldProblem
        Any.

    Returns
    -------
    linearization : Linearization
        Compiled on first use; kernels of equal equations are shared.

    Raises
    ------
    ParameterError
        If an equation holds what is no field, coordinate or parameter.

    Examples
    --------
    >>> from perturbsci.problems import burgers
    >>> found = linearize(burgers())
    >>> found.slots
    ((0, (0, 0)), (0, (0, 1)), (0, (1, 0)), (0, (2, 0)))
    >>> found.residual(numpy.zeros((1, 2)), numpy.array([[2.0, 1.0, 3.0, 0.0]]))
    array([[7.]])
    """
    form = problem.form
    parameters = dict(problem.parameters)
    known = {*form.coordinates, *parameters, *form.symbols}
    for item in form.residuals:
        functions = item.atoms(sympy.core.function.AppliedUndef)
        if unknown := (item.free_symbols - known) | functions:
            raise ParameterError(
                f"equations holds {sorted(map(str, unknown))}, which are no field, "
                "coordinate or parameter; declare them with parameters={symbol: value}"
            )
    values = tuple(
        float("nan") if isinstance(value, tuple) else float(value)
        for value in parameters.values()
    )
    is_complex = _is_complex(problem)
    parts = (problem.equations, problem.fields, problem.coordinates, tuple(parameters))
    slots, symbols, residuals, *derivatives = _formulas(*parts, is_complex)
    defaults = numpy.array(values, dtype=numpy.float64)
    return Linearization(
        problem.coordinates,
        tuple(parameters),
        slots,
        symbols,
        residuals,
        derivatives[0],
        derivatives[1],
        is_complex,
        defaults,
    )


def _is_complex(problem: FieldProblem) -> bool:
    """Return whether the imaginary unit stands anywhere in a statement."""
    formulas = [*problem.equations, *(problem.exact or {}).values()]
    for item in problem.conditions:
        formulas += [
            getattr(item, name)
            for name in ("value", "alpha", "beta")
            if hasattr(item, name)
        ]
    return any(formula.has(sympy.I) for formula in formulas)


@functools.lru_cache(maxsize=64)
def _formulas(
    equations: tuple[sympy.Expr, ...],
    fields: tuple[sympy.Expr, ...],
    coordinates: tuple[sympy.Symbol, ...],
    parameters: tuple[sympy.Symbol, ...],
    is_complex: bool,
) -> tuple[Any, ...]:
    """Return slots, symbols, residuals and their two kinds of derivatives."""
    form = jet_form(equations, fields, coordinates)
    slots, symbols, residuals = form.slots, form.symbols, form.residuals
    if is_complex:
        slots, symbols, residuals = _split(form, parameters)
    return (
        slots,
        symbols,
        residuals,
        tuple(tuple(item.diff(symbol) for symbol in symbols) for item in residuals),
        tuple(tuple(item.diff(symbol) for symbol in parameters) for item in residuals),
    )


def _split(
    form: JetForm, parameters: tuple[sympy.Symbol, ...]
) -> tuple[tuple[Slot, ...], tuple[sympy.Symbol, ...], tuple[sympy.Expr, ...]]:
    """Return slots, symbols and residuals of the real and the imaginary parts."""
    real = {item: sympy.Dummy(item.name, real=True) for item in form.coordinates}
    real |= {item: sympy.Dummy(item.name, real=True) for item in parameters}
    back = {new: old for old, new in real.items()}
    parts: dict[Slot, sympy.Symbol] = {}
    table = dict(real)
    for symbol, (place, index) in zip(form.symbols, form.slots, strict=True):
        pair = [sympy.Dummy(f"{symbol.name}_{part}", real=True) for part in ("re", "im")]
        parts[2 * place, index], parts[2 * place + 1, index] = pair
        table[symbol] = pair[0] + sympy.I * pair[1]
    residuals: list[sympy.Expr] = []
    for item in form.residuals:
        whole = sympy.expand(item.xreplace(table).doit())
        residuals += [part.xreplace(back) for part in whole.as_real_imag()]
    slots = sorted(parts, key=lambda slot: (slot[0], sum(slot[1]), slot[1]))
    return tuple(slots), tuple(parts[slot] for slot in slots), tuple(residuals)


@functools.lru_cache(maxsize=64)
def _runner(
    groups: tuple[tuple[sympy.Symbol, ...], ...],
    residuals: tuple[sympy.Expr, ...],
    slopes: tuple[tuple[sympy.Expr, ...], ...],
    sensitivities: tuple[tuple[sympy.Expr, ...], ...],
) -> Kernel | Callable[[Array], Array]:
    """Return a kernel; a tape of array operations where kernels lack a function.

    ``groups`` are the symbols of points, jets and parameters; without slopes only the
    residual is computed.
    """
    arrays = ("points", "jets", "parameters")
    inputs = {
        symbol: f"{name}[i, {k}]"
        for name, group in zip(arrays, groups, strict=True)
        for k, symbol in enumerate(group)
    }
    outputs = {f"residuals[i, {k}]": item for k, item in enumerate(residuals)}
    for name, rows in (("slopes", slopes), ("sensitivities", sensitivities)):
        outputs |= {
            f"{name}[i, {k}, {j}]": item
            for k, row in enumerate(rows)
            for j, item in enumerate(row)
        }
    left = [f"{name}[n, {len(g)}]" for name, g in zip(arrays, groups, strict=True) if g]
    e = len(residuals)
    right = [f"residuals[n, {e}]"]
    right += [f"slopes[n, {e}, {len(groups[1])}]"] if slopes else []
    right += [f"sensitivities[n, {e}, {len(groups[2])}]"] if sensitivities else []
    names = ", ".join(item.partition("[")[0] for item in (*left, *right))
    try:
        body = kernel_body("residual", f"i, {names}", inputs, outputs)
    except ParameterError:
        symbols = [symbol for group in groups for symbol in group]
        return compile_expressions(outputs.values(), symbols)
    name = f"residual_{hashlib.sha256(body.encode()).hexdigest()[:12]}"
    signature = f"{', '.join(left)} -> {', '.join(right)}"
    body = body.replace("def residual(", f"def {name}(", 1)
    return kernel_from_text(name, body, signature, over="n", visible=VISIBLE)


@functools.lru_cache(maxsize=16)
def _evaluator(
    residuals: tuple[sympy.Expr, ...], slopes: tuple[tuple[sympy.Expr, ...], ...]
) -> Evaluator:
    outputs = [*residuals, *(item for row in slopes for item in row)]
    return Evaluator(outputs, interval_arithmetic())
