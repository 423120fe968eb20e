"""The solver with conforming elements: marching in time, refinement in a steady problem."""

import dataclasses
import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.backend.blas_threads import one_blas_thread
from perturbsci.problems import FieldProblem
from perturbsci.problems.linearization import linearize
from perturbsci.results import Status
from perturbsci.surrogates.adaptivity import shares_of
from perturbsci.surrogates.bases import Elements
from perturbsci.surrogates.ends import ends_of
from perturbsci.surrogates.evolution import Growth
from perturbsci.surrogates.guesses import Guess, guessed_values
from perturbsci.surrogates.marching import March, march, piece_of
from perturbsci.surrogates.newton import fit_slab, start_of
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.reconstruction import tightened
from perturbsci.surrogates.refinement import refine
from perturbsci.surrogates.residual import Slab, grid_of, residuals
from perturbsci.surrogates.setting import Setting, setting_of
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.surrogates.starts import (
    FIRST,
    data_norm,
    element_norms,
    norm_of_shares,
    start_data,
)
from perturbsci.surrogates.theorems import Theorem, recognize
from perturbsci.types import Array, Seed
from perturbsci.verification import Certificate

__all__ = ["solve_elements"]

COARSE = 1e-2  # of the size of the residual of zero


def solve_elements(
    problem: FieldProblem,
    basis: Elements,
    *,
    tolerance: float,
    norm: str | None,
    guess: Guess,
    max_unknowns: int,
    max_steps: int,
    seed: Seed,  # noqa: ARG001 (nothing is drawn)
) -> Solution:
    """Return piecewise polynomials that satisfy a statement in one space dimension.

    Parameters
    ----------
    problem : FieldProblem
        On an interval, with or without a time.
    basis : Elements
        Degrees, and the coarsest mesh if it has edges.
    tolerance : float
        On the bound of the error, relative to the data.
    norm : str or None
        Of the bound.
    guess : Surrogate or None
        From where a steady problem starts.
    max_unknowns, max_steps : int
        Limits.
    seed : int or numpy.random.Generator
        Nothing is random here.

    Returns
    -------
    solution : Solution
        With a certificate where a theorem of evolution applies.
    """
    with one_blas_thread():
        return _solved(problem, basis, tolerance, norm, guess, (max_unknowns, max_steps))


def _solved(
    problem: FieldProblem,
    basis: Elements,
    tolerance: float,
    norm: str | None,
    guess: Guess,
    limits: tuple[int, int],
) -> Solution:
    """Return the solution of a steady problem or of an evolution."""
    begin = clock.perf_counter()
    setting = setting_of(problem, basis.degrees)
    edges = _first_mesh(setting, basis)
    if setting.steady:
        first = _guess(setting, edges, guess) if guess is not None else None
        if first is None and not problem.linear and not setting.lin.is_complex:
            first = _smoothest(problem, setting, edges)
        return _steady(setting, basis, edges, tolerance, first, limits, begin)
    return _marched(problem, setting, basis, edges, tolerance, norm, limits, begin)


def _steady(
    setting: Setting,
    basis: Elements,
    edges: Array,
    tolerance: float,
    first: tuple[Array, ...] | None,
    limits: tuple[int, int],
    begin: float,
) -> Solution:
    """Return the solution of a steady problem; its certificate is that of the theorem."""
    found = refine(
        setting, edges, tolerance, first, max_unknowns=limits[0], max_steps=limits[1]
    )
    n = len(found.slab.widths)
    statistics = SolveStatistics(
        n * setting.fields * (setting.degree + 1),
        n,
        1,
        found.rounds - 1,
        found.iterations,
        found.indicator.sum,
        numpy.zeros((0, 2)),
        clock.perf_counter() - begin,
        f"Elements{basis.degrees}",
    )
    coefficients = piece_of(setting, found.slab, found.fit.unknowns).coefficients
    ends = (setting.x(found.slab.edges),)
    return Solution(basis, coefficients, ends, statistics, found.status)


def _smoothest(problem: FieldProblem, setting: Setting, edges: Array) -> tuple[Array, ...]:
    """Return the function that meets the conditions with the least highest derivative.

    Without a guess a nonlinear problem starts there: zero with corrections at the walls
    has layers that Newton's iteration may keep.
    """
    (symbol,) = problem.domain.space
    pairs = zip(problem.fields, setting.space, strict=True)
    plain = FieldProblem(
        [field.diff(symbol, shapes.smoothness) for field, shapes in pairs],
        problem.domain,
        problem.conditions,
        parameters=problem.parameters,
    )
    smooth = dataclasses.replace(setting, lin=linearize(plain))
    slab = Slab(
        edges,
        0.0,
        1.0,
        tuple(numpy.zeros((len(edges) - 1, 0, s.degree + 1)) for s in setting.space),
    )
    fit = fit_slab(smooth, slab, grid_of(smooth, 2, 2))
    found = piece_of(smooth, slab, fit.unknowns).coefficients[..., 0]
    return tuple(found[:, k] for k in range(setting.fields))


def _guess(
    setting: Setting, edges: Array, guess: Callable[[Array], Array]
) -> tuple[Array, ...]:
    """Return Legendre coefficients of a function on a mesh, (n, p + 1) each field."""
    xi, weights = gauss(setting.degree + 1)
    places = edges[:-1, None] + numpy.diff(edges)[:, None] * ((xi + 1.0) / 2.0)
    points = setting.x(places).reshape(-1, 1)
    values = guessed_values(
        guess, points, setting.fields, is_complex=setting.lin.is_complex
    )
    table = legendre_table(xi, setting.degree) * weights[:, None]
    table = table * (2.0 * numpy.arange(setting.degree + 1) + 1.0) / 2.0
    columns = values.T.reshape(setting.fields, *places.shape)
    return tuple(item @ table for item in columns)


def _marched(
    problem: FieldProblem,
    setting: Setting,
    basis: Elements,
    edges: Array,
    tolerance: float,
    norm: str | None,
    limits: tuple[int, int],
    begin: float,
) -> Solution:
    """Return the solution of an evolution."""
    theorem = recognize(problem, norm)
    space = "L2"
    if theorem is not None and theorem.norm in ("L1", "L2", "max"):
        space = theorem.norm
    pointwise = recognize(problem, "max") if theorem is not None else None
    growth = Growth(theorem, pointwise, space, len(setting.lin.residuals))
    run = _Run(setting, edges, growth, limits)
    scale = data_norm(setting, edges, space)
    if not scale > 0.0:
        scale = run.scale_from_zero()
    found = run.at(tolerance * scale)
    target = tolerance * scale
    certificate = None
    exact = all(item.constant for item in setting.walls) and not setting.joints
    if theorem is not None and theorem.norm == space and exact:
        if found.status.ok and found.pieces:
            fresh = Growth(theorem, pointwise, space, len(setting.lin.residuals))
            found.history = tightened(setting, found.pieces, fresh, found.history)
        certificate = _certificate(setting, theorem, found, target, scale)
    elif not found.pieces:
        reason = "no step in time was accepted: there is nothing to look at"
        text = f"error after time {setting.start:.6g}"
        certificate = Certificate(text, math.nan, math.nan, "none", "solve", (reason,))
    statistics = SolveStatistics(
        found.elements * setting.fields * (setting.degree + 1) * setting.count,
        found.elements,
        len(found.pieces),
        found.rejected,
        found.iterations,
        math.sqrt(found.square * setting.width / 2.0 * setting.length),
        numpy.array(found.history),
        clock.perf_counter() - begin,
        f"Elements{basis.degrees}",
    )
    parts = _arrays(setting, found)
    exact = found.status.ok and scale == 0.0
    status = Status.EXACT if exact else found.status
    known = scale if theorem is None or theorem.norm == space else None
    return Solution(basis, *parts, statistics, status, certificate, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """A march that can be repeated at another tolerance."""

    setting: Setting
    edges: Array
    growth: Growth
    limits: tuple[int, int]

    def at(self, target: float) -> March:
        """Return the march for an absolute tolerance."""
        setting, norm = self.setting, self.growth.norm
        size = data_norm(setting, self.edges, norm)
        coarse = start_data(setting, self.edges, 1e-2 * size, norm)
        decay = self.growth.decay(setting, coarse.edges, coarse.data, 0.0)
        start = start_data(setting, self.edges, 0.1 * target * decay, norm)
        names = ("max_unknowns", "max_steps")
        limits = dict(zip(names, self.limits, strict=True))
        return march(setting, start, target, self.growth, **limits)

    def scale_from_zero(self) -> float:
        """Return the size of the solution where all data at the start vanish.

        That of a coarse solution, for which the residual of zero says what is coarse; 0 if
        zero solves the statement.
        """
        setting, norm = self.setting, self.growth.norm
        start = start_data(setting, self.edges, 0.0, norm)
        slab = Slab(start.edges, 0.0, 1.0, start.data)
        grid = grid_of(setting, 5, 4)
        blank = start_of(setting, slab, ends_of(setting, slab))
        residual = residuals(setting, slab, blank, grid) / self.growth.scales
        size = float(shares_of(setting, slab, residual, grid, norm).sum())
        if not size > 0.0:
            return 0.0
        coarse = self.at(COARSE * size)
        return max(_norms(setting, coarse, norm), default=size)


def _norms(setting: Setting, found: March, norm: str) -> list[float]:
    """Return the norm of all fields at the end of each slab, where it is above zero."""
    xi, weights = gauss(2 * setting.degree + 8)
    table, sizes = legendre_table(xi, setting.degree), []
    for piece in found.pieces:
        area = setting.width / 2.0 * numpy.diff(piece.edges) / 2.0
        values = piece.coefficients.sum(axis=3) @ table.T
        shares = (
            element_norms(values[:, k], weights, area, norm) for k in range(setting.fields)
        )
        sizes.append(sum(norm_of_shares(item, norm) for item in shares))
    return [item for item in sizes if item > 0.0]


def _first_mesh(setting: Setting, basis: Elements) -> Array:
    """Return the coarsest mesh in X: equal elements and the joints."""
    if basis.edges is not None:
        return 2.0 * (numpy.asarray(basis.edges) - setting.low) / setting.width - 1.0
    places = {joint.place for joint in setting.joints}
    equal = [item for item in numpy.linspace(-1.0, 1.0, FIRST + 1) if item not in places]
    return numpy.sort(numpy.array([*equal, *places]))


def _arrays(setting: Setting, found: March) -> tuple[Array, tuple[Array, ...]]:
    """Return coefficients of all elements, and ends in time and in space."""
    n_t = setting.count + max(item.order for item in setting.time)
    empty = numpy.zeros((0, setting.fields, setting.degree + 1, n_t))
    coefficients = numpy.concatenate([empty, *(item.coefficients for item in found.pieces)])
    times = setting.t(numpy.array([0.0, *(item.end for item in found.pieces)]))
    return coefficients, (times, *(setting.x(item.edges) for item in found.pieces))


def _certificate(
    setting: Setting,
    theorem: Theorem,
    found: March,
    target: float,
    scale: float,
) -> Certificate:
    """Return the bound that the march has reached."""
    end = setting.start + setting.length
    claim = f"{theorem.claim} up to time {end:.6g} (data: {scale:.6g})"
    value = max(value for _, value in found.history)
    if not found.status.ok or not math.isfinite(value):
        reason = f"the march ended at {found.history[-1][0]:.6g} of {end:.6g}"
        if found.status.ok:
            reason = "the bound grew beyond the size of the solution"
        return Certificate(claim, math.nan, math.nan, "none", theorem.name, (reason,))
    return Certificate(
        claim,
        value,
        target,
        "a-posteriori",
        theorem.name,
        theorem.assumptions,
    )
