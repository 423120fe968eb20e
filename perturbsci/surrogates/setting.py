"""A statement in one space dimension as numbers: what elements have to satisfy.

Space and time are scaled to X in [-1, 1] and s in [0, 1]; unknowns at the ends of elements
are derivatives with respect to X.
"""

import dataclasses
from dataclasses import dataclass

from perturbsci.errors import ParameterError
from perturbsci.problems import (
    Data,
    FieldProblem,
    Initial,
    Mapped,
    Periodic,
    Region,
)
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.derivatives import JetForm
from perturbsci.problems.linearization import Linearization, linearize
from perturbsci.problems.substitution import numeric_conditions, numeric_form
from perturbsci.surrogates.elements import (
    SpaceShapes,
    TimeShapes,
    space_shapes,
    time_shapes,
)
from perturbsci.surrogates.wall_tables import (
    Joint,
    Table,
    Wall,
    joints_of,
    parts_of,
    real_fields,
    walls_of,
)
from perturbsci.types import Array

__all__ = ["Setting", "setting_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Everything numerical about a statement, its degrees and its scales.

    Parameters
    ----------
    lin : Linearization
        Residual and derivatives.
    space, time : tuple
        Shape functions of each real field.
    low, width, start, length : float
        x = low + width (X + 1)/2, t = start + length s.
    walls, joints : tuple
        Conditions at the ends and inside.
    periodic, steady : bool
        In space; without a time.
    initial : tuple of tuple of callable
        [field][order]: x (n, 1) -> value and derivatives in x, (n, M).
    """

    lin: Linearization
    space: tuple[SpaceShapes, ...]
    time: tuple[TimeShapes, ...]
    low: float
    width: float
    start: float
    length: float
    walls: tuple[Wall, ...]
    joints: tuple[Joint, ...]
    periodic: bool
    steady: bool
    initial: tuple[tuple[Table, ...], ...]

    @property
    def fields(self) -> int:
        """The number of real fields."""
        return len(self.space)

    @property
    def degree(self) -> int:
        """The degree in space."""
        return self.space[0].degree

    @property
    def count(self) -> int:
        """The number of functions in time."""
        return self.time[0].count

    @property
    def sizes(self) -> tuple[int, ...]:
        """Unknowns of each field at an end of an element."""
        return tuple(item.smoothness * self.count for item in self.space)

    def raised(self, more: int) -> "Setting":
        """Return the same statement for elements of higher degrees.

        Parameters
        ----------
        more : int
            By how much, in space and in time.

        Returns
        -------
        setting : Setting
            Functions at the ends of elements are the same, bubbles are added.
        """
        space = (space_shapes(item.degree + more, item.smoothness) for item in self.space)
        time = (time_shapes(item.count + more, item.order) for item in self.time)
        return dataclasses.replace(self, space=tuple(space), time=tuple(time))

    def x(self, places: Array) -> Array:
        """Return physical places of scaled ones.

        Parameters
        ----------
        places : array, shape (...)
            In X.

        Returns
        -------
        x : array, shape (...)
            In the unit of the coordinate.
        """
        return self.low + self.width * ((places + 1.0) / 2.0)

    def t(self, times: Array) -> Array:
        """Return physical times of scaled ones.

        Parameters
        ----------
        times : array, shape (...)
            Scaled.

        Returns
        -------
        t : array, shape (...)
            In the unit of the time.
        """
        return self.start + self.length * times

    def factor(self, index: tuple[int, ...]) -> float:
        """Return what turns a scaled derivative into a physical one.

        Parameters
        ----------
        index : tuple of int
            Multi-index.

        Returns
        -------
        factor : float
            One for the function itself.
        """
        found = (2.0 / self.width) ** index[0]
        return found if self.steady else found / self.length ** index[1]


def setting_of(problem: FieldProblem, degrees: tuple[int, ...]) -> Setting:
    """Return a statement as numbers.

    Parameters
    ----------
    problem : FieldProblem
        In one space dimension, with numbers for its parameters.
    degrees : tuple of int
        In space, and in time where there is a time.

    Returns
    -------
    setting : Setting
        For elements of these degrees.

    Raises
    ------
    ParameterError
        If the domain is not an interval, or a condition is beyond elements.
    """
    domain = problem.domain
    if len(domain.space) != 1 or isinstance(domain, (Mapped, Region)):
        raise ParameterError(
            f"basis is Elements, but the domain is {type(domain).__name__} in "
            f"{len(domain.space)} dimensions; elements need a Box in one, take basis=None"
        )
    steady = domain.time is None
    if len(degrees) != 2 - steady:
        raise ParameterError(
            f"basis is Elements({degrees}); needed {2 - steady}: in space"
            + ("" if steady else " and in time")
        )
    lin = linearize(problem)
    conditions = numeric_conditions(problem.conditions, problem.parameters)
    if any(isinstance(item, Data) for item in conditions):
        raise ParameterError(
            f"conditions hold Data on {problem.fields}; measured values are no conditions "
            "of a forward problem, leave them out"
        )
    walls = [wall for item in conditions for wall in walls_of(item, problem, lin)]
    joints = [joint for item in conditions for joint in joints_of(item, problem, lin)]
    smoothness = _smoothness(problem, lin, walls)
    if degrees[0] < 2 * max(smoothness) + 1:
        raise ParameterError(
            f"basis is Elements({degrees}); a smoothness of {max(smoothness)} needs at "
            f"least degree {2 * max(smoothness) + 1} in space"
        )
    orders = _time_orders(problem, lin)
    ends = domain.bounds
    start, end = (0.0, 1.0) if steady else ends[1]
    return Setting(
        lin,
        tuple(space_shapes(degrees[0], m) for m in smoothness),
        tuple(time_shapes(1 if steady else degrees[1], q) for q in orders),
        ends[0][0],
        ends[0][1] - ends[0][0],
        start,
        end - start,
        tuple(walls),
        tuple(joints),
        _is_periodic(problem, conditions),
        steady,
        _initial(problem, conditions, lin, smoothness, orders),
    )


def _smoothness(
    problem: FieldProblem, lin: Linearization, walls: list[Wall]
) -> tuple[int, ...]:
    """Return M of each real field: its order in space, and what the walls ask for."""
    form = _numeric(problem)
    copies = 2 if lin.is_complex else 1
    found = []
    for field in range(len(problem.fields) * copies):
        m = max(1, form.orders(field // copies)[0])
        found.append(max([m, *(w.width for w in walls if w.field == field)]))
    if max(found) > 4:
        raise ParameterError(
            f"the equations are of order {max(found)} in space; elements go up to 4: "
            "introduce derivatives as further fields"
        )
    return tuple(found)


def _time_orders(problem: FieldProblem, lin: Linearization) -> tuple[int, ...]:
    form, copies = _numeric(problem), 2 if lin.is_complex else 1
    if problem.domain.time is None:
        return (0,) * (len(problem.fields) * copies)
    found = tuple(form.orders(k)[1] for k in range(len(problem.fields)))
    if max(found) > 2:
        raise ParameterError(
            f"the equations are of order {max(found)} in time; elements go up to 2: "
            "introduce derivatives as further fields"
        )
    return tuple(q for q in found for _ in range(copies))


def _numeric(problem: FieldProblem) -> JetForm:
    """Return the equations with numbers for their parameters."""
    return numeric_form(
        problem.equations, problem.fields, problem.coordinates, problem.parameters
    )


def _is_periodic(problem: FieldProblem, conditions: tuple[object, ...]) -> bool:
    fields = {item.field for item in conditions if isinstance(item, Periodic)}
    if fields and fields != set(problem.fields):
        raise ParameterError(
            f"only {sorted(map(str, fields))} of {problem.fields} are periodic; elements "
            "need all fields or none to be"
        )
    return bool(fields)


def _initial(
    problem: FieldProblem,
    conditions: tuple[object, ...],
    lin: Linearization,
    smoothness: tuple[int, ...],
    orders: tuple[int, ...],
) -> tuple[tuple[Table, ...], ...]:
    """Return value and derivatives in x of each initial condition of each real field."""
    (symbol,) = problem.domain.space
    given = {
        (field, item.order): part
        for item in conditions
        if isinstance(item, Initial)
        for field, part in zip(
            real_fields(item, problem, lin), parts_of(item.value, lin), strict=True
        )
    }
    found = []
    for field, (m, q) in enumerate(zip(smoothness, orders, strict=True)):
        tables = []
        for order in range(q):
            formula = given[field, order]
            formulas = [formula.diff(symbol, k) for k in range(m)]
            tables.append(compile_expressions(formulas, (symbol,)))
        found.append(tuple(tables))
    return tuple(found)
