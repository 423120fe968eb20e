"""One tensor product of Legendre polynomials on a box: degrees found by the residual.

The first degrees are those that resolve the data: sources, coefficients, walls and
initial values. Then, until the residual on a finer grid is small enough or what is left
of it is rounding, the degree grows in the directions whose coefficients have the largest
tail. Where initial data disagree with the walls, cells are graded to these
(``cell_marching``).

References: Shen, Tang and Wang (2011), chapters 3, 4 and 8.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.results import Status
from perturbsci.surrogates.bases import Legendre
from perturbsci.surrogates.bounds import certified_surrogate
from perturbsci.surrogates.box_degrees import SHARE, SMALLEST, first_counts, slab_counts
from perturbsci.surrogates.box_marching import march
from perturbsci.surrogates.box_newton import Fit, Measure, finer, measured, newton
from perturbsci.surrogates.box_statement import BoxStatement, box_statement
from perturbsci.surrogates.cell_marching import march_cells
from perturbsci.surrogates.guesses import Guess, guessed_values
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.surrogates.tensor_space import TensorSpace
from perturbsci.surrogates.tensors import contract
from perturbsci.surrogates.wall_layers import disagreements
from perturbsci.types import Array, Seed

__all__ = ["adapted", "solve_box"]

LARGEST = 8000  # unknowns of a whole interval of time to begin with
ONE_SLAB = 16000  # unknowns up to which that goes on
POOR = 1e-4  # relative residual of one slab from which on several are tried
ROUNDING = 3.0  # multiples of the rounding of one evaluation that count as rounding
STALLS = 6  # raised degrees without a residual that is half of that at the last such
HIGHEST = 160  # functions in a direction, where more hardly pay
NEAR = 1e3  # multiples of rounding where two such are enough


def solve_box(
    problem: FieldProblem,
    basis: Legendre | None,
    *,
    tolerance: float,
    norm: str | None,
    guess: Guess,
    max_unknowns: int,
    max_steps: int,
    seed: Seed,  # noqa: ARG001 (nothing is drawn)
) -> Solution:
    """Return the polynomial of a box with the least residual.

    Parameters
    ----------
    problem : FieldProblem
        On a box, steady or with the time as one more direction.
    basis : Legendre or None
        None: the degrees are found.
    tolerance : float
        Relative; it decides when the residual is small enough.
    norm : str or None
        Of the bound, at which a steady statement ends whose residual falls slowly.
    guess : callable or None
        Fields at points, from where Newton's method starts.
    max_unknowns, max_steps : int
        Unknowns of one system; numbers of degrees that are tried.
    seed : int
        Not used.

    Returns
    -------
    solution : Solution
        Without a certificate.

    Raises
    ------
    ParameterError
        If the statement is none for a tensor product.

    Examples
    --------
    >>> from perturbsci.problems import poisson
    >>> found = solve_box(poisson(2), None, tolerance=1e-8, norm=None, guess=None,
    ...                   max_unknowns=4000, max_steps=20, seed=0)
    >>> found.status.name
    'CONVERGED'
    """
    begun = time.perf_counter()
    statement = box_statement(problem)
    if basis is not None:
        _check_basis(basis, statement)
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if basis is not None:
            space = statement.space(basis.shape)
            fit = newton(space, statement.lin, _start(statement, space, guess))
            measure = measured(finer(space), statement.lin, fit.coefficients)
            found = Adapted(space, fit, measure)
            return _solution(found, tolerance, time.perf_counter() - begun)
        walls = disagreements(statement, SHARE * tolerance)
        if walls is not None and any(walls):
            return march_cells(
                statement,
                walls,
                tolerance=tolerance,
                max_unknowns=max_unknowns,
                max_steps=max_steps,
            )
        limits = (max_unknowns, max_steps)
        best = _one_slab(statement, tolerance, norm, guess, limits)
        if best is not None:
            return _solution(best, tolerance, time.perf_counter() - begun)
        return march(
            statement,
            slab_counts(statement, tolerance),
            tolerance=tolerance,
            max_unknowns=max_unknowns,
            max_steps=max_steps,
        )


def _one_slab(
    statement: BoxStatement,
    tolerance: float,
    norm: str | None,
    guess: Guess,
    limits: tuple[int, int],
) -> "Adapted | None":
    """Return a fit over the whole time, None where slabs are needed."""
    counts, resolved = first_counts(statement, tolerance)
    if statement.problem.domain.time is None:

        def enough(found: Adapted) -> bool:
            solution = _solution(found, tolerance, 0.0)
            one = certified_surrogate(statement.problem, solution, tolerance, norm)
            return one.status is Status.CONVERGED

        return adapted(statement, counts, tolerance, guess, *limits, enough=enough)
    if not resolved or math.prod(counts) > LARGEST:
        return None
    most = min(limits[0], ONE_SLAB)
    found = adapted(statement, counts, tolerance, guess, most, limits[1])
    return found if found.measure.residual <= POOR * found.measure.scale else None


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """A fit with the space and the measure of its residual.

    Parameters
    ----------
    space : TensorSpace
        Polynomials.
    fit : Fit
        Coefficients.
    measure : Measure
        Residual on a finer grid.
    steps : int
        Linear systems in all.
    rejected : int
        Degrees that were tried before.
    floored : bool
        Whether higher degrees did not help near the rounding.
    """

    space: TensorSpace
    fit: Fit
    measure: Measure
    steps: int = 0
    rejected: int = 0
    floored: bool = False

    @property
    def is_near_rounding(self) -> bool:
        """Whether higher degrees have little to remove."""
        return self.measure.residual <= NEAR * self.measure.rounding

    def reached(self, tolerance: float) -> bool:
        """Tell whether the residual is as small as the tolerance asks.

        Parameters
        ----------
        tolerance : float
            Relative.

        Returns
        -------
        reached : bool
            Also if what is left is rounding.
        """
        m = self.measure
        goal = SHARE * tolerance * min(m.allowed, m.scale)
        return self.floored or m.residual <= max(goal, ROUNDING * m.rounding)


def adapted(
    statement: BoxStatement,
    counts: tuple[int, ...],
    tolerance: float,
    guess: Guess,
    max_unknowns: int,
    max_steps: int,
    *,
    enough: Callable[[Adapted], bool] | None = None,
) -> Adapted:
    """Return a fit whose degrees were raised until the residual was small.

    Parameters
    ----------
    statement : BoxStatement
        On one box.
    counts : tuple of int
        Polynomials to begin with.
    tolerance : float
        Relative.
    guess : callable or None
        Where Newton's method starts.
    max_unknowns, max_steps : int
        Limits.
    enough : callable, optional
        Whether a fit whose residual is above the tolerance will do; asked where the
        residual falls slowly.

    Returns
    -------
    adapted : Adapted
        The smallest residual that was seen.
    """
    while math.prod(counts) > max_unknowns and max(counts) > SMALLEST:
        k = counts.index(max(counts))
        counts = (*counts[:k], max(SMALLEST, int(0.85 * counts[k])), *counts[k + 1 :])
    best: Adapted | None = None
    mark, stalls, steps, start = math.inf, 0, 0, None
    for attempt in range(max_steps):
        space = statement.space(counts)
        if best is not None and space.n_unknowns > max_unknowns:
            break
        begin = _start(statement, space, guess) if start is None else start
        fit = newton(space, statement.lin, begin)
        steps += fit.steps
        now = measured(finer(space), statement.lin, fit.coefficients)
        if best is None or now.residual < best.measure.residual:
            best = Adapted(space, fit, now, steps, attempt)
        # a singularity lowers the residual little by little: measured from the last half
        halved = now.residual < 0.5 * mark
        mark, stalls = (now.residual, 0) if halved else (mark, stalls + 1)
        stuck = stalls >= (2 if best.is_near_rounding else STALLS)
        larger = _raised(counts, now.tails)
        stuck = stuck or larger == counts or not math.isfinite(now.residual)
        if best.reached(tolerance) or stuck:
            break
        if stalls and enough is not None and enough(best):
            break
        counts, start = larger, _continued(statement, fit.coefficients, larger)
    assert best is not None
    return dataclasses.replace(best, steps=steps, floored=best.is_near_rounding)


def _raised(counts: Sequence[int], tails: Sequence[float]) -> tuple[int, ...]:
    """Return more polynomials where the tail is near the largest."""
    largest = max(tails)
    return tuple(
        max(n, min(n + max(4, n // 6), HIGHEST)) if tail >= 0.03 * largest else n
        for n, tail in zip(counts, tails, strict=True)
    )


def _start(statement: BoxStatement, space: TensorSpace, guess: Guess) -> Array:
    """Return coefficients that satisfy the conditions, near a guess if there is one."""
    lifted = space.lift(statement.data(space))
    if guess is None:
        return lifted
    values = guessed_values(
        guess, space.points(), statement.n_fields, is_complex=statement.lin.is_complex
    )
    projections = space.projections()
    near = numpy.stack(
        [
            contract(values[:, f].reshape(space.grid), projections)
            for f in range(statement.n_fields)
        ]
    )
    return lifted + _without_data(space, near - lifted)


def _without_data(space: TensorSpace, coefficients: Array) -> Array:
    """Return the part of coefficients that satisfies homogeneous conditions."""
    found = coefficients.copy()
    for f in range(space.n_fields):
        for k in range(len(space.counts)):
            if len(space.rows[f][k]):
                one: list[Array | None] = [None] * len(space.counts)
                one[k] = (
                    numpy.eye(space.counts[k]) - space.inverses[f][k] @ space.rows[f][k]
                )
                found[f] = contract(found[f], one)
    return found


def _continued(
    statement: BoxStatement, coefficients: Array, counts: Sequence[int]
) -> Array:
    """Return old coefficients in a larger space, with the conditions of that one."""
    space = statement.space(counts)
    grown = numpy.zeros((statement.n_fields, *counts))
    grown[tuple(slice(0, n) for n in coefficients.shape)] = coefficients
    lifted = space.lift(statement.data(space))
    return lifted + _without_data(space, grown - lifted)


def _check_basis(basis: Legendre, statement: BoxStatement) -> None:
    """Raise if a basis does not live on the box."""
    ends = numpy.array(basis.domain).shape, numpy.array(statement.intervals).shape
    if ends[0] != ends[1] or not numpy.allclose(basis.domain, statement.intervals):
        raise ParameterError(
            f"basis has the domain {basis.domain}, but the problem {statement.intervals}; "
            "they must agree"
        )


def _solution(found: Adapted, tolerance: float, seconds: float) -> Solution:
    """Return what ``solve`` makes a surrogate of."""
    space, m = found.space, found.measure
    degrees = tuple(count - 1 for count in space.counts)
    status = Status.CONVERGED if found.reached(tolerance) else Status.TOLERANCE_NOT_REACHED
    if m.residual == 0.0:
        status = Status.EXACT
    statistics = SolveStatistics(
        space.n_unknowns,
        1,
        1,
        found.rejected,
        found.steps or found.fit.steps,
        m.residual,
        numpy.zeros((0, 2)),
        seconds,
        f"Legendre{degrees}",
    )
    return Solution(
        Legendre(degrees, space.intervals),
        found.fit.coefficients,
        (),
        statistics,
        status,
    )
