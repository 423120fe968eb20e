"""The surrogate: a function that satisfies a statement, with a bound on its error."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.arguments import flag, is_finite_number
from perturbsci.backend.arrays import as_array, namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems import FieldProblem, Region
from perturbsci.problems.compile import compile_expressions
from perturbsci.problems.linearization import linearize
from perturbsci.results import Result, Status, clip
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.counts import checked_orders, is_count
from perturbsci.surrogates.expansions import expand
from perturbsci.surrogates.exports import Expansion, c_source, described, exported_orders
from perturbsci.surrogates.families import last_time, parameter_columns
from perturbsci.surrogates.solution import SolveStatistics
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Surrogate"]

BLOCK = 2**14  # points evaluated together; their tables stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate(Result):
    """A solution as a function that can be evaluated and differentiated anywhere.

    Parameters
    ----------
    problem : FieldProblem
        The statement that it solves.
    basis : object
        One of the basis objects.
    coefficients : array, shape (...)
        Of the basis.
    edges : tuple of array, shape (n + 1,)
        Of elements: for a steady problem the ends in space; else the ends of the slabs
        in time, then the ends in space of each slab.
    parameters : dict of sympy.Symbol to float or (low, high)
        Values that were used; an interval is one more coordinate.
    statistics : SolveStatistics
        What it cost.
    status : Status
        How the computation ended.
    certificate : Certificate
        The bound on the error that was reached, and the tolerance on it.

    Raises
    ------
    ParameterError
        If the basis has another number of coordinates than the problem.

    Examples
    --------
    >>> from perturbsci.problems import heat
    >>> from perturbsci.surrogates import solve
    >>> solution = solve(heat(), tolerance=1e-6)
    >>> bool(abs(solution([[0.5, 0.1]])[0] - numpy.exp(-0.1 * numpy.pi**2)) < 1e-6)
    True
    """

    problem: FieldProblem
    basis: object
    coefficients: Array
    edges: tuple[Array, ...]
    parameters: Mapping[sympy.Symbol, float | tuple[float, float]]
    statistics: SolveStatistics
    status: Status
    certificate: Certificate

    def __post_init__(self) -> None:
        """Check that the basis has as many coordinates as the statement."""
        known = getattr(self.basis, "dimension", None)
        if isinstance(self.basis, Elements):
            known = len(self.basis.degrees)
        if known not in (None, len(self.coordinates)):
            raise ParameterError(
                f"basis has {known} coordinates, but the problem {len(self.coordinates)}: "
                f"{self.coordinates}; pass the problem that it was made for"
            )

    def __call__(self, points: Array, *, extrapolate: bool = False) -> Array:
        """Return the fields at points.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Space, time, then the parameters that are intervals; in their units.
        extrapolate : bool, optional
            Use the expansion outside the domain, too; NaN otherwise.

        Returns
        -------
        values : array, shape (n,) or (n, n_fields)
            NaN in rows that are not finite or not inside.

        Raises
        ------
        ShapeError
            If the points have another number of columns.

        Examples
        --------
        >>> from perturbsci.problems import heat
        >>> from perturbsci.surrogates import solve
        >>> bool(numpy.isnan(solve(heat(), tolerance=1e-3)([[2.0, 0.5]])[0]))
        True
        """
        flag(extrapolate, "extrapolate", meaning="to evaluate outside of the domain")
        zero = (0,) * len(self.coordinates)
        count = len(self.problem.fields)
        columns = [
            self._values(points, zero, k, extrapolate=extrapolate) for k in range(count)
        ]
        if count == 1:
            return columns[0]
        xp = namespace(columns[0])
        return xp.stack(columns, axis=-1)

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The columns of points: space, time, parameters that are intervals."""
        wide = (item for item, value in self.parameters.items() if isinstance(value, tuple))
        return (*self.problem.coordinates, *wide)

    def derivative(self, points: Array, orders: Sequence[int], *, field: int = 0) -> Array:
        """Return one derivative of one field at points.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            In the units of the coordinates.
        orders : sequence of int
            How often to differentiate with respect to each coordinate.
        field : int, optional
            Place of the field in ``problem.fields``.

        Returns
        -------
        values : array, shape (n,)
            NaN in rows that are not finite or not inside.

        Raises
        ------
        ShapeError
            If the points have another number of columns.
        ParameterError
            If an order is no count, their number is wrong, or there is no such field.

        Examples
        --------
        >>> from perturbsci.problems import heat
        >>> from perturbsci.surrogates import solve
        >>> slope = solve(heat(), tolerance=1e-6).derivative([[0.0, 0.0]], (1, 0))
        >>> bool(abs(slope[0] - numpy.pi) < 1e-5)
        True
        """
        counts = checked_orders(orders, self.coordinates)
        if not is_count(field) or field >= len(self.problem.fields):
            raise ParameterError(
                f"field is {field!r}; it must be a place in {self.problem.fields}, from 0"
            )
        return self._values(points, counts, field, extrapolate=False)

    def residual(self, points: Array) -> Array:
        """Return by how much the equations are missed at points.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            In the units of the coordinates.

        Returns
        -------
        residuals : array, shape (n, n_equations)
            One column a real equation; NaN in rows that are not inside.

        Raises
        ------
        ShapeError
            If the points have another number of columns.

        Examples
        --------
        >>> from perturbsci.problems import heat
        >>> from perturbsci.surrogates import solve
        >>> bool(abs(solve(heat(), tolerance=1e-6).residual([[0.3, 0.2]])[0, 0]) < 1e-3)
        True
        """
        place, table, parameters = self.jets(points)
        lin = linearize(self.problem)
        return lin.residual(place, table, parameters)

    def jets(self, points: Array) -> tuple[Array, Array, Array | None]:
        """Return points, fields and derivatives, parameters: what a linearization takes.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            In the units of the coordinates.

        Returns
        -------
        points : array, shape (n, n_coordinates of the statement)
            Without the parameters.
        jets : array, shape (n, n_slots)
            NaN in rows that are not inside.
        parameters : array, shape (n, n_parameters), or None
            None if the statement has none.
        """
        place, good = self._checked(points)
        lin = linearize(self.problem)
        xp = namespace(place)
        more = (0,) * (len(self.coordinates) - len(self.problem.coordinates))
        jets = [self._expanded(place, (*i, *more), k, good) for k, i in lin.slots]
        own = place[:, : len(self.problem.coordinates)]
        given = parameter_columns(self.parameters, lin.parameters, place, own.shape[1])
        return own, xp.stack(jets, axis=-1), given if lin.parameters else None

    def bound_at(self, time: float) -> float:
        """Return the bound on the error at a time, in the norm of the certificate.

        Parameters
        ----------
        time : float
            In its unit; of no meaning in a steady problem.

        Returns
        -------
        bound : float
            Infinite where nothing is known.

        Raises
        ------
        ParameterError
            If the time is no real number.

        Examples
        --------
        >>> from perturbsci.problems import heat
        >>> from perturbsci.surrogates import solve
        >>> solve(heat(), tolerance=1e-6).bound_at(0.5) < 1e-6
        True
        """
        endless = isinstance(time, float) and math.isinf(time)
        if not endless and not is_finite_number(time):
            raise ParameterError(
                f"time is {time!r:.80}; it must be a real number, one time such as 0.5; "
                "statistics.bound_history holds the bounds at the ends of all slabs"
            )
        history = self.statistics.bound_history
        if self.problem.domain.time is None:
            known = self.certificate.kind in ("a-posteriori", "proven")
            return float(self.certificate.value) if known else math.inf
        if not len(history) or not history[0, 0] <= time <= history[-1, 0]:
            return math.inf
        # inside a slab both ends bound it: the history holds the larger one from then on
        k = int(numpy.searchsorted(history[:, 0], time))
        found = float(history[max(k - 1, 0) : k + 1, 1].max())
        return found if not math.isnan(found) else math.inf

    def summary(self) -> str:
        """Return a short text table: status, what it cost, the certificate.

        Returns
        -------
        text : str
            At most 30 lines of at most 100 characters.
        """
        name = self.problem.title or self.problem.name
        return clip(
            [
                f"{type(self).__name__}: {self.status.name}. {self.status.value}",
                *([f"problem   {name}"] if name else []),
                *self.statistics.lines(),
                *textwrap.wrap(str(self.certificate), 100, subsequent_indent="        "),
            ]
        )

    def source(self, target: str = "c") -> str:
        """Return the text of a program that evaluates the surrogate.

        Parameters
        ----------
        target : {"c"}
            C99, see Notes.

        Returns
        -------
        text : str
            One file that needs nothing but the C library; compile it with ``-lm``.

        Raises
        ------
        ParameterError
            If the target is unknown, or the basis has no form in C.

        Notes
        -----
        ``int NAME_eval(const double *points, int64_t n, int derivative_index, double
        *out)`` takes n rows of coordinates and gives n rows of real fields (a complex one
        is two), NaN outside of the box; it returns 1 for an unknown index, else 0. The
        head of the file lists the indices. Equal to Python to about 4 roundoffs of the
        largest term.

        Examples
        --------
        >>> from perturbsci.problems import heat
        >>> from perturbsci.surrogates import solve
        >>> text = solve(heat(), tolerance=1e-3).source("c")
        >>> "int heat_eval(const double *points, int64_t n" in text
        True
        """
        if not isinstance(target, str) or target != "c":
            raise ParameterError(f'target is {target!r:.80}; it must be "c"')
        parts = 2 if linearize(self.problem).is_complex else 1
        order = max(self.problem.order.values(), default=0)
        expansion = Expansion(
            self.basis,
            self.coefficients,
            self.edges,
            self.ranges(),
            parts * len(self.problem.fields),
            exported_orders(len(self.coordinates), max(order, 2)),
        )
        return c_source(expansion, *described(self.problem, self.coordinates, parts))

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Return low and high end of each coordinate.

        Returns
        -------
        ranges : tuple of (float, float)
            Of the box around the domain; one a column of points. The time ends where the
            solution does, which may be before the statement does.
        """
        bounds = list(self.problem.domain.box.bounds)
        if self.problem.domain.time is not None and len(self.edges) > 0:
            bounds[-1] = (bounds[-1][0], last_time(self.basis, self.edges))
        wide = (item for item in self.parameters.values() if isinstance(item, tuple))
        return (*bounds, *wide)

    def _checked(self, points: Array, *, extrapolate: bool = False) -> tuple[Array, Array]:
        """Return points as a clean array, and where values are known."""
        place = as_array(points, name="points", real=True, finite=False, empty=True)
        needed = len(self.coordinates)
        if place.ndim != 2 or place.shape[1] != needed:
            raise ShapeError(
                f"points has shape {place.shape}, needed (n, {needed}): one column for "
                f"each of {self.coordinates}; pass points[None, :] for a single one"
            )
        xp = namespace(place)
        inside = xp.ones(place.shape[0], dtype=xp.bool, device=place.device)
        for k, (low, high) in enumerate(self.ranges()):
            inside = inside & (place[:, k] >= low) & (place[:, k] <= high)
        domain = self.problem.domain
        if isinstance(domain, Region) and place.shape[0]:
            level = compile_expressions([domain.level_set], domain.space)
            inside = inside & (level(place[:, : len(domain.space)])[:, 0] >= 0.0)
        return place, xp.all(xp.isfinite(place), axis=1) & (inside | extrapolate)

    def _values(
        self, points: Array, orders: tuple[int, ...], field: int, *, extrapolate: bool
    ) -> Array:
        """Return one derivative of a field that may be complex."""
        place, good = self._checked(points, extrapolate=extrapolate)
        if not linearize(self.problem).is_complex:
            return self._expanded(place, orders, field, good)
        real, imaginary = (
            self._expanded(place, orders, 2 * field + k, good) for k in range(2)
        )
        return real + 1j * imaginary

    def _expanded(
        self, place: Array, orders: tuple[int, ...], field: int, good: Array
    ) -> Array:
        """Return one derivative of one real field, NaN where it is not known."""
        xp = namespace(place)
        found = xp.empty(place.shape[0], dtype=xp.float64, device=place.device)
        centers = [(low + high) / 2.0 for low, high in self.ranges()]
        anchor = xp.asarray(centers, dtype=xp.float64, device=place.device)
        for start in range(0, place.shape[0], BLOCK):
            rows = slice(start, start + BLOCK)
            use = good[rows]
            safe = xp.where(use[:, None], xp.astype(place[rows], xp.float64), anchor)
            values = expand(
                self.basis, self.coefficients, self.edges, safe, orders, field=field
            )
            found[rows] = xp.where(use, values, xp.nan)
        return found if place.dtype == xp.float64 else xp.astype(found, place.dtype)
