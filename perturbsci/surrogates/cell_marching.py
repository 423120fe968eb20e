"""Diffusion on a rectangle whose initial data disagree with the walls.

The layers that begin there are too thin for one polynomial. Cells are graded to the walls,
functions are continuously differentiable (``cell_lines``), and equations are met at Gauss
points in space and at Radau points in time, which damp what the jump excites. Newton's
method keeps one linearization a slab; the eigenvectors of the rule in time leave one sparse
system for each real eigenvalue and pair of complex ones.

Meshes are made finer until a third of the distance to the solution before, the estimated
error, meets the tolerance.

References: Bialecki and Fairweather (2001); Hairer and Wanner (1996), section IV.8.
"""

import importlib
import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy

from perturbsci.results import Status
from perturbsci.surrogates.bases import Legendre
from perturbsci.surrogates.box_statement import BoxStatement
from perturbsci.surrogates.cell_lines import CellLine, cell_line, graded_cells
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss, grid_points
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.surrogates.wall_layers import initial_data
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["march_cells"]

STAGES = 3  # Radau points of a slab
AT_WALL = 6  # degree in graded cells
INNER = (5, 7, 10)  # cells in the middle
DEGREES = (8, 10, 12, 14, 16)  # in them
THIN = 1.0  # tolerances: the share of the interval that the cell at a wall has
WIDEST = 0.02  # such a share
LEVELS = ((1, 4), (2, 4))  # cells and degrees more than the initial data need
COARSER = 4.0  # ratio of the cells at the walls from one level to the next
FACTOR = 1.0 / 3.0  # of the distance to the coarser solution of a first-order method
MOST = 24_000  # functions in space; the factorizations of more take minutes
FASTEST = 2.5  # growth from slab to slab
ITERATIONS = 15
# rows are those of the nearest functions: the pattern is nearly symmetric
ORDERING: dict[str, Any] = {
    "permc_spec": "MMD_AT_PLUS_A",
    "diag_pivot_thresh": 0.01,
    "options": {"SymmetricMode": True},
}
SHORTEST = 1e-12  # of the interval


@dataclass(slots=True)
class _Cells:
    """A statement on cells: functions, wall value, rule in time."""

    statement: BoxStatement
    lines: tuple[CellLine, CellLine]
    level: float
    nodes: Array
    rule: Array
    slabs: list[Array] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    iterations: int = 0
    rejected: int = 0

    @property
    def size(self) -> int:
        """Number of functions in space."""
        return math.prod(len(line.points) for line in self.lines)

    def values(self, unknowns: Array, index: tuple[int, ...]) -> Array:
        """Return one derivative in space at the Gauss points, flat."""
        x, y = (line.tables[a] for line, a in zip(self.lines, index, strict=False))
        return (x @ unknowns @ y.T).ravel()

    def evaluated(self, unknowns: Array, rate: Array, moment: float) -> tuple[Array, Array]:
        """Return the residual and its slopes at one time."""
        columns = []
        for _, index in self.statement.slots:
            if index[2]:
                columns.append(self.values(rate, (0, 0)))
                continue
            own = self.values(unknowns, index)
            columns.append(own if any(index) else own + self.level)
        points = grid_points([*(line.points for line in self.lines), numpy.array([moment])])
        residual, slopes, _ = self.statement.lin(points, numpy.stack(columns, axis=1))
        return residual[:, 0], slopes[:, 0, :]


def march_cells(
    statement: BoxStatement,
    walls: tuple[bool, ...],
    *,
    tolerance: float,
    max_unknowns: int,
    max_steps: int,
) -> Solution:
    """Return a piecewise polynomial with cells graded to walls.

    Parameters
    ----------
    statement : BoxStatement
        As ``wall_layers.disagreements`` knows it.
    walls : tuple of bool
        Of ``wall_layers.disagreements``.
    tolerance : float
        Relative to the L2 norm, of the estimated error at the ends of the slabs.
    max_unknowns, max_steps : int
        Unknowns of a slab; slabs and attempts together.

    Returns
    -------
    solution : Solution
        With a certificate of kind ``"estimate"``.

    Notes
    -----
    Two sparse factorizations a slab; 15 000 functions in space take some 30 seconds. Less
    than the tolerance that is asked for is said by the status.
    """
    begun = time.perf_counter()
    inner, degree = _middle(statement, tolerance)
    first = tolerance * (statement.intervals[2][1] - statement.intervals[2][0])
    most = min(max_unknowns // STAGES, MOST)
    best: _Cells | None = None
    error, ended = math.inf, False
    for level, (cells, more) in enumerate(LEVELS):
        share = min(THIN * tolerance * COARSER ** (len(LEVELS) - 1 - level), WIDEST)
        new = _cells(statement, walls, share, inner + cells, degree + more)
        if best is not None and new.size > most:
            break
        ended = _march(new, tolerance, first, max_steps)
        error = _distance(new, best) * FACTOR if ended and best is not None else math.inf
        best = new
        if error <= tolerance or not ended:
            break
    assert best is not None
    reached = Certificate(
        "L2 norm of the error at the final time, relative to that of the surrogate",
        error if math.isfinite(error) else math.nan,
        tolerance if math.isfinite(error) else math.nan,
        "estimate" if math.isfinite(error) else "none",
        "a third of the distance to the solution on coarser cells",
        ("errors fall at least to a fourth from one mesh to the next",),
    )
    status = Status.CONVERGED if error <= tolerance else Status.TOLERANCE_NOT_REACHED
    if not ended:
        status = Status.MAX_STEPS
    return _solution(best, reached, status, time.perf_counter() - begun)


def _middle(statement: BoxStatement, tolerance: float) -> tuple[int, int]:
    """Return cells and degree in the middle that resolve the initial data."""
    start = initial_data(statement)
    nodes = numpy.cos(math.pi * (numpy.arange(32) + 0.5) / 32)
    for inner in INNER:
        edges = [numpy.linspace(*statement.intervals[k], inner + 1) for k in range(2)]
        axes = [
            (0.5 * (e[1:] + e[:-1])[:, None] + 0.5 * numpy.diff(e)[:, None] * nodes).ravel()
            for e in edges
        ]
        data = start(*axes).reshape(inner, 32, inner, 32)
        inverse = numpy.linalg.inv(legendre_table(nodes, 31))
        found = numpy.abs(numpy.einsum("ik,akbl,jl->abij", inverse, data, inverse))
        tails = numpy.maximum(found.max(axis=(0, 1, 2)), found.max(axis=(0, 1, 3)))
        for degree in DEGREES:
            if tails[degree:].max() <= tolerance * numpy.abs(data).max():
                return inner, degree
    return INNER[-1], DEGREES[-1]


def _cells(
    statement: BoxStatement,
    walls: tuple[bool, ...],
    share: float,
    inner: int,
    degree: int,
) -> _Cells:
    lines = []
    for k in range(2):
        first = tuple(share if walls[2 * k + end] else 0.0 for end in (0, 1))
        edges, graded = graded_cells(statement.intervals[k], (first[0], first[1]), inner)
        degrees = [AT_WALL] * graded[0] + [degree] * inner + [AT_WALL] * graded[1]
        lines.append(cell_line(edges, degrees))
    special = importlib.import_module("scipy.special")
    nodes = numpy.append(0.5 + 0.5 * special.roots_jacobi(STAGES - 1, 1, 0)[0], 1.0)
    nodes = numpy.concatenate([[0.0], nodes])
    values = legendre_table(2.0 * nodes - 1.0, STAGES)
    slopes = 2.0 * legendre_table(2.0 * nodes - 1.0, STAGES, 1)
    rule = (slopes @ numpy.linalg.inv(values))[1:]
    level = next(float(c.value) for c in statement.constraints if c.direction < 2)
    return _Cells(statement, (lines[0], lines[1]), level, nodes, rule)


def _march(cells: _Cells, tolerance: float, first: float, max_steps: int) -> bool:
    """March to the end; return whether it was reached."""
    low, high = cells.statement.intervals[2]
    x, y = cells.lines
    data = initial_data(cells.statement)(x.points, y.points) - cells.level
    now = numpy.linalg.solve(y.tables[0], numpy.linalg.solve(x.tables[0], data).T).T
    size = float(numpy.linalg.norm(data)) or 1.0
    t, step = low, first
    cells.ends.append(low)
    for _ in range(max_steps):
        step = min(step, high - t)
        if t + step < high < t + 2.0 * step:
            step = 0.5 * (high - t)
        found, count = _slab(cells, now, t, step, 1e-2 * tolerance * size)
        cells.iterations += count
        factor = 0.0
        if found is not None:
            # the error of short slabs counts little in the L2 norm of space and time
            used = _time_error(cells, found) / size * math.sqrt(step / (high - low))
            power = (0.3 * tolerance / used) ** (1 / (STAGES + 1)) if used else FASTEST
            factor = min(power, FASTEST) if used <= tolerance else 0.0
        if found is None or factor == 0.0:
            cells.rejected += 1
            step *= 0.3 if found is None else max(0.2, min(power, 0.8))
            if step < SHORTEST * (high - low):
                return False
            continue
        t = high if t + step >= high - SHORTEST * (high - low) else t + step
        cells.slabs.append(found)
        cells.ends.append(t)
        now = found[-1]
        step *= factor if count < ITERATIONS - 3 else min(factor, 1.2)
        if t >= high:
            return True
    return False


def _slab(
    cells: _Cells, now: Array, t: float, step: float, goal: float
) -> tuple[Array | None, int]:
    """Return the unknowns at the nodes of a slab, None where Newton's method failed."""
    linalg = importlib.import_module("scipy.sparse.linalg")
    before, rule = cells.rule[:, 0] / step, cells.rule[:, 1:] / step
    stages = numpy.stack([now] * STAGES)
    if cells.slabs:  # the polynomial of the slab before, a little further
        old = cells.slabs[-1]
        ratio = step / (cells.ends[-1] - cells.ends[-2])
        ahead = 2.0 * (1.0 + ratio * cells.nodes[1:]) - 1.0
        inverse = numpy.linalg.inv(legendre_table(2.0 * cells.nodes - 1.0, STAGES))
        if ratio <= 1.0:
            stages = numpy.tensordot(legendre_table(ahead, STAGES) @ inverse, old, 1)
    values, vectors = numpy.linalg.eig(rule)
    left = numpy.linalg.inv(vectors)
    kept = [k for k, item in enumerate(values) if item.imag >= 0.0]
    systems: dict[int, Any] = {}
    last = math.inf
    for count in range(1, ITERATIONS + 1):
        rates = before[:, None, None] * now + numpy.tensordot(rule, stages, 1)
        rows = []
        for j in range(STAGES):
            moment = t + step * float(cells.nodes[j + 1])
            residual, slopes = cells.evaluated(stages[j], rates[j], moment)
            rows.append(residual)
            if not systems and j == STAGES // 2:
                mass, stiff = _matrices(cells, slopes)
                for k in kept:
                    pole = values[k] if values[k].imag else values[k].real
                    systems[k] = linalg.splu((pole * mass + stiff).tocsc(), **ORDERING)
        turned = left @ numpy.array(rows)
        if not numpy.isfinite(turned).all() or not systems:
            return None, count
        change = numpy.zeros((STAGES, now.size))
        for k in kept:
            own = turned[k] if values[k].imag else turned[k].real
            part = numpy.outer(vectors[:, k], systems[k].solve(own))
            change -= part.real * (2.0 if values[k].imag else 1.0)
        stages = stages + change.reshape(stages.shape)
        moved = max(
            float(numpy.linalg.norm(cells.values(item.reshape(now.shape), (0, 0))))
            for item in change
        )
        if moved <= goal:
            return numpy.concatenate([now[None], stages]), count
        if count > 3 and moved > 2.0 * last:
            break
        last = moved
    return None, count


def _time_error(cells: _Cells, slab: Array) -> float:
    """Return the size that the next polynomial of time would have."""
    inverse = numpy.linalg.inv(legendre_table(2.0 * cells.nodes - 1.0, STAGES))
    last = [
        float(numpy.linalg.norm(cells.values(numpy.tensordot(row, slab, 1), (0, 0))))
        for row in inverse[-2:]
    ]
    return last[1] * min(last[1] / last[0], 1.0) if last[0] else last[1]


def _matrices(cells: _Cells, slopes: Array) -> tuple[Any, Any]:
    """Return what multiplies rates and what multiplies unknowns in one linearization."""
    sparse = importlib.import_module("scipy.sparse")
    mass = stiff = None
    for s, (_, index) in enumerate(cells.statement.slots):
        tables = [
            sparse.csr_array(line.tables[a])
            for line, a in zip(cells.lines, index, strict=False)
        ]
        term = sparse.diags_array(slopes[:, s]) @ sparse.kron(*tables, format="csr")
        if index[2]:
            mass = term if mass is None else mass + term
        else:
            stiff = term if stiff is None else stiff + term
    return mass, stiff


def _distance(cells: _Cells, other: _Cells) -> float:
    """Return the relative L2 distance of two solutions at the final time."""
    sizes = []
    ends = [
        numpy.union1d(a.edges, b.edges)
        for a, b in zip(cells.lines, other.lines, strict=True)
    ]
    nodes, weights = gauss(10)
    axes = [
        (0.5 * (e[1:] + e[:-1])[:, None] + 0.5 * numpy.diff(e)[:, None] * nodes).ravel()
        for e in ends
    ]
    roots = [numpy.sqrt(numpy.outer(0.5 * numpy.diff(e), weights).ravel()) for e in ends]
    fields = []
    for item in (cells, other):
        tables = [_at(line, axis) for line, axis in zip(item.lines, axes, strict=True)]
        fields.append(tables[0] @ item.slabs[-1][-1] @ tables[1].T)
    for values in (fields[0] - fields[1], fields[0] + cells.level):
        sizes.append(float(numpy.linalg.norm(roots[0][:, None] * values * roots[1])))
    return sizes[0] / sizes[1] if sizes[1] else sizes[0]


def _at(line: CellLine, places: Array) -> Array:
    """Return the functions of a line at places."""
    cell = numpy.searchsorted(line.edges[1:-1], places, side="right")
    low, high = line.edges[cell], line.edges[cell + 1]
    table = legendre_table((2.0 * places - low - high) / (high - low), line.count - 1)
    pieces = line.pieces.reshape(len(line.edges) - 1, line.count, -1)
    return numpy.einsum("pk,pkn->pn", table, pieces[cell])


def _solution(
    cells: _Cells, reached: Certificate, status: Status, seconds: float
) -> Solution:
    """Return the slabs as one array of Legendre coefficients."""
    inverse = numpy.linalg.inv(legendre_table(2.0 * cells.nodes - 1.0, STAGES))
    x, y = cells.lines
    width = STAGES + 1
    whole = numpy.zeros((1, len(x.pieces), len(y.pieces), width * len(cells.slabs)))
    for k, slab in enumerate(cells.slabs):
        own = numpy.einsum("kj,jab->abk", inverse, slab)
        own = numpy.einsum("ia,abk->ibk", x.pieces, own)
        own = numpy.einsum("jb,ibk->ijk", y.pieces, own)
        whole[0, :, :, k * width : (k + 1) * width] = own
    whole[0, :: x.count, :: y.count, ::width] += cells.level
    counts = (x.count, y.count, width)
    basis = Legendre(tuple(n - 1 for n in counts), cells.statement.intervals)
    n_cells = (len(x.edges) - 1) * (len(y.edges) - 1)
    statistics = SolveStatistics(
        STAGES * len(x.points) * len(y.points),
        n_cells,
        len(cells.slabs),
        cells.rejected,
        cells.iterations,
        math.nan,
        numpy.zeros((0, 2)),
        seconds,
        f"Legendre{basis.degrees} in cells graded to the walls",
    )
    edges = (x.edges, y.edges, numpy.array(cells.ends))
    return Solution(basis, whole, edges, statistics, status, reached)
