"""Initial data that disagree with the walls of a rectangle: thin layers begin there."""

from collections.abc import Callable

import numpy

from perturbsci.problems.compile import compile_expressions
from perturbsci.surrogates.box_statement import BoxStatement
from perturbsci.types import Array

__all__ = ["disagreements", "initial_data"]


def disagreements(statement: BoxStatement, tolerance: float) -> tuple[bool, ...] | None:
    """Return on which walls the initial data disagree with those of the walls.

    Parameters
    ----------
    statement : BoxStatement
        On a box.
    tolerance : float
        Relative to the largest initial value.

    Returns
    -------
    found : tuple of bool or None
        Low and high end of the first direction, then of the second. None if the statement
        is not one real field in two directions, of first order in time and second in
        space, with one constant on all walls.
    """
    orders = (
        [[index[k] for _, index in statement.slots] for k in range(3)]
        if (len(statement.intervals) == 3 and statement.n_fields == 1)
        else []
    )
    if statement.problem.domain.time is None or [max(row) for row in orders] != [2, 2, 1]:
        return None
    if any(sum(index) > 1 and index[2] for _, index in statement.slots):
        return None
    walls = [c for c in statement.constraints if c.direction < 2]
    if len(walls) != 4 or any(c.weights != (1.0,) or c.end == "seam" for c in walls):
        return None
    values = {c.value for c in walls}
    if len(values) != 1 or not next(iter(values)).is_number:
        return None
    level, start = float(values.pop()), initial_data(statement)
    axes = [numpy.linspace(*statement.intervals[k], 201) for k in range(2)]
    data = start(*axes) - level
    if not numpy.isfinite(data).all():
        return None
    sides = (data[0], data[-1], data[:, 0], data[:, -1])
    largest = float(numpy.abs(data).max())
    return tuple(float(numpy.abs(side).max()) > tolerance * largest for side in sides)


def initial_data(statement: BoxStatement) -> Callable[[Array, Array], Array]:
    """Return the initial data of one field as a function of two axes.

    Parameters
    ----------
    statement : BoxStatement
        In two directions and time.

    Returns
    -------
    start : callable
        Maps axes, shapes (n,) and (m,), to values, shape (n, m).
    """
    (value,) = [c.value for c in statement.constraints if c.direction == 2]
    evaluate = compile_expressions([value], statement.problem.domain.space)

    def start(x: Array, y: Array) -> Array:
        grid = numpy.meshgrid(x, y, indexing="ij")
        return evaluate(numpy.stack(grid, axis=-1))[..., 0]

    return start
