"""Features on scattered points, fitted by pivoted QR; the bandwidth found by the residual.

Gauss-Newton on rows of norm 1 (see ``collocation``). Bandwidth R of random waves, without
knowing the error: 60 % of the points are fitted with a quarter of the features and the
residual is measured on the other 40 %; R runs over eight values from pi/diameter to
pi/(2 nearest spacing), then eight steps of golden section in ln R about the best, then
one sweep of each coordinate by a factor of 1.5. At last the features are doubled until
the residual on fresh points is small.

References: Dong and Li (2021).
"""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import blocks
from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.results import Status
from perturbsci.surrogates.collocation import Collocation, collocation
from perturbsci.surrogates.features import Features, feature_jets
from perturbsci.surrogates.least_squares import fit_linear
from perturbsci.surrogates.random_bases import RandomFourier
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.types import Array, Seed

__all__ = ["expand_features", "solve_features"]

GRID = 8  # bandwidths to begin with
GOLDEN = 8
TRIED = 0.6  # share of the points that a trial is fitted to
ROWS = 3  # points inside for each feature
FIRST = 256  # features at first
MOST = 1024  # features at most: dense QR of three times as many rows
STEPS = 12  # of Gauss-Newton
EMPTY = 1e-13  # norm of a row over the largest below which it is none
RATIO = 0.5 * (math.sqrt(5.0) - 1.0)


def expand_features(
    basis: Features,
    coefficients: Array,
    edges: tuple[Array, ...],  # noqa: ARG001 (every basis has them)
    points: Array,
    orders: Sequence[int],
    field: int = 0,
) -> Array:
    """Return one derivative of one real field of a sum of features.

    Parameters
    ----------
    basis : object
        With a table of features.
    coefficients : array, shape (n_fields, n_features)
        One row a field.
    edges : tuple of array, shape (n,)
        Not used.
    points : array, shape (n, d)
        In the units of the coordinates.
    orders : sequence of int
        How often to differentiate with respect to each coordinate.
    field : int, optional
        Which.

    Returns
    -------
    values : array, shape (n,)
        NaN for a row that holds one.

    Examples
    --------
    >>> basis = RandomFourier(1, 1.0, 1)
    >>> expand_features(basis, numpy.zeros((1, 1)), (), numpy.ones((2, 1)), (0,))
    array([0., 0.])
    """
    xp = namespace(points)
    own = xp.asarray(coefficients[field], dtype=points.dtype, device=points.device)
    values = xp.empty(len(points), dtype=points.dtype, device=points.device)
    index = tuple(int(item) for item in orders)
    for block in blocks(len(points), 32 * len(own)):
        part = points[block, :]
        good = xp.isfinite(xp.sum(part, axis=1))
        part = xp.where(good[:, None], part, 0.0)
        found = feature_jets(basis, part, [index])[index] @ own
        values[block] = xp.where(good, found, xp.nan)
    return values


def solve_features(
    problem: FieldProblem,
    basis: Features | None,
    *,
    tolerance: float,
    norm: str | None,  # noqa: ARG001 (every solver has it)
    guess: object,  # noqa: ARG001 (Gauss-Newton starts from zero)
    max_unknowns: int,
    max_steps: int,
    seed: Seed,
) -> Solution:
    """Return the sum of features with the least residual.

    Parameters
    ----------
    problem : FieldProblem
        On any domain, with numbers for its parameters.
    basis : object or None
        Features that are kept; None: random waves whose bandwidth and number are found.
    tolerance : float
        Of the held-out residual, relative to the largest term.
    norm, guess : object
        Not used.
    max_unknowns, max_steps : int
        Features of all fields; numbers of features that are tried.
    seed : int or numpy.random.Generator
        Of waves and points.

    Returns
    -------
    solution : Solution
        Without a certificate.

    Raises
    ------
    ParameterError
        If the basis has another dimension, or a condition has no rows.
    """
    begun = time.perf_counter()
    if basis is not None and basis.dimension != len(problem.coordinates):
        raise ParameterError(
            f"basis has {basis.dimension} coordinates, but the problem "
            f"{len(problem.coordinates)}: {problem.coordinates}; they must be as many"
        )
    number = seed if isinstance(seed, int) else int(seed.integers(2**31))
    tried = 0
    if basis is not None:
        coefficients, steps, held, size = _fitted(problem, basis, number)
        tried = 1
    else:
        bandwidth = _bandwidth(problem, number)
        count, best = FIRST, math.inf
        coefficients = None
        while tried < max_steps:
            d = len(problem.coordinates)
            wider = RandomFourier(count, bandwidth, d, seed=number)
            found, more, value, amount = _fitted(problem, wider, number)
            tried += 1
            if value < best or coefficients is None:
                basis, coefficients, steps, held, size = wider, found, more, value, amount
                best = value
            full = 2 * count > min(MOST, max_unknowns // coefficients.shape[0])
            if value <= tolerance or full:
                break
            count *= 2
    assert coefficients is not None
    statistics = SolveStatistics(
        int(coefficients.size),
        1,
        1,
        tried - 1,
        steps,
        held * size,
        numpy.zeros((0, 2)),
        time.perf_counter() - begun,
        f"{type(basis).__name__} with {coefficients.shape[1]} features"
        + _bandwidth_text(basis),
    )
    status = Status.CONVERGED if held <= tolerance else Status.TOLERANCE_NOT_REACHED
    return Solution(basis, coefficients, (), statistics, status)


def _bandwidth_text(basis: object) -> str:
    """Return the bandwidth of random features in words."""
    found = getattr(basis, "bandwidth", None)
    return f", bandwidth {found}" if found else ""


def _fitted(
    problem: FieldProblem, basis: Any, seed: int
) -> tuple[Array, int, float, float]:
    """Return coefficients, steps, and the relative residual on fresh points."""
    count = ROWS * basis.n_features
    fitted = collocation(problem, count, seed)
    coefficients, steps = _gauss_newton(fitted, basis)
    fresh = collocation(problem, max(count // 2, 64), seed + 7919)
    held, size = _relative(fresh, basis, coefficients)
    return coefficients, steps, held, size


def _gauss_newton(points: Collocation, basis: Any) -> tuple[Array, int]:
    """Return the coefficients with the least sum of squares of rows of norm 1."""
    inside, walls = points.tables(basis)
    m = next(iter(inside.values())).shape[1]
    current = numpy.zeros((points.n_fields, m))
    jets = points.jets(inside, current)
    residual, slopes, _ = points.lin(points.points, jets)
    best, before, steps = current, math.inf, 0
    for _ in range(STEPS):
        matrix, right, weights = _system(points, inside, walls, residual, slopes, current)
        change = fit_linear(matrix, right, method="rrqr").solution
        steps += 1
        factor, accepted = 1.0, False
        for _ in range(6):
            trial = current + factor * change.reshape(current.shape)
            jets = points.jets(inside, trial)
            new, new_slopes, _ = points.lin(points.points, jets)
            rows = points.misses(walls, trial)
            size = float(
                numpy.linalg.norm(numpy.concatenate([new.T.ravel(), rows]) * weights)
            )
            if size < before and math.isfinite(size):
                accepted = True
                break
            factor *= 0.5
        if not accepted:
            break
        slow = size > 0.95 * before
        current, residual, slopes, best = trial, new, new_slopes, trial
        before = size
        if slow or size == 0.0:
            break
    return best, steps


def _system(
    points: Collocation,
    inside: dict[tuple[int, ...], Array],
    walls: list[dict[int, Array]],
    residual: Array,
    slopes: Array,
    coefficients: Array,
) -> tuple[Array, Array, Array]:
    """Return matrix, right side and weights of the rows."""
    n, e = residual.shape
    m = coefficients.shape[1]
    total = n * e + sum(len(item.value) for item in points.conditions)
    matrix = numpy.zeros((total, points.n_fields * m))
    for s, (f, index) in enumerate(points.lin.slots):
        for row in range(e):
            if slopes[:, row, s].any():
                block = matrix[row * n : (row + 1) * n, f * m : (f + 1) * m]
                block += slopes[:, row, s][:, None] * inside[index]
    start = n * e
    for table, item in zip(walls, points.conditions, strict=True):
        rows = slice(start, start + len(item.value))
        for field, part in table.items():
            matrix[rows, field * m : (field + 1) * m] = part
        start += len(item.value)
    right = -numpy.concatenate([residual.T.ravel(), points.misses(walls, coefficients)])
    norms = numpy.linalg.norm(matrix, axis=1)
    # a condition that all features satisfy leaves rows of rounding, which say nothing
    weights = numpy.where(
        norms > EMPTY * norms.max(), 1.0 / numpy.maximum(norms, 1e-300), 0.0
    )
    return matrix * weights[:, None], right * weights, weights


def _relative(points: Collocation, basis: Any, coefficients: Array) -> tuple[float, float]:
    """Return the residual over its largest term, and that term; walls alike."""
    inside, walls = points.tables(basis)
    jets = points.jets(inside, coefficients)
    residual, slopes, _ = points.lin(points.points, jets)
    source = points.lin.residual(points.points, numpy.zeros_like(jets))
    # known numbers first: terms of a wild function would make any residual look small
    size = _mean(source)
    if size == 0.0:
        size = _mean(numpy.abs(slopes * jets[:, None, :]).max(axis=(1, 2), initial=0.0))
    defect = _mean(residual) / size if size else 0.0
    misses = points.misses(walls, coefficients)
    amount = max((_mean(item.value) for item in points.conditions), default=0.0)
    if amount == 0.0:
        amount = _mean(jets[:, [not any(index) for _, index in points.lin.slots]])
    return defect + (_mean(misses) / amount if amount else 0.0), size


def _mean(values: Array) -> float:
    """Return the root mean square, 0 of nothing."""
    return float(numpy.sqrt((values**2).mean())) if values.size else 0.0


def _bandwidth(problem: FieldProblem, seed: int) -> tuple[float, ...]:
    """Return the bandwidth whose fit is best on points that it has not seen."""
    bounds = numpy.array(problem.domain.box.bounds)
    count = FIRST // 4
    d = len(bounds)
    sample = collocation(problem, max(ROWS * count, 64), seed)
    low, high = sample.points.min(axis=0), sample.points.max(axis=0)
    half = 0.5 * (high - low)
    train, held = _split(sample)

    def measure(shape: Array) -> float:
        basis = RandomFourier(count, tuple(shape / half), d, seed=seed)
        with numpy.errstate(all="ignore"):
            coefficients, _ = _gauss_newton(train, basis)
            return _relative(held, basis, coefficients)[0]

    spacing = 2.0 * (1.0 / len(sample.points)) ** (1.0 / d)  # of the unit box [-1, 1]^d
    smallest, largest = math.pi / (2.0 * math.sqrt(d)), math.pi / (2.0 * spacing)
    largest = max(largest, 4.0 * smallest)
    grid = numpy.linspace(math.log(smallest), math.log(largest), GRID)
    values = [measure(numpy.full(d, math.exp(item))) for item in grid]
    k = int(numpy.nanargmin(values))
    place = _golden(
        lambda item: measure(numpy.full(d, math.exp(item))),
        float(grid[max(k - 1, 0)]),
        float(grid[min(k + 1, GRID - 1)]),
    )
    shape = numpy.full(d, math.exp(place))
    best = measure(shape)
    if values[k] < best:
        shape, best = numpy.full(d, math.exp(grid[k])), values[k]
    for k in range(d if d > 1 else 0):
        for factor in (1.5, 1.0 / 1.5):
            trial = shape.copy()
            trial[k] *= factor
            value = measure(trial)
            if value < best:
                shape, best = trial, value
                break
    return tuple(float(item) for item in shape / half)


def _golden(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function is least, by eight steps of golden section."""
    left, right = high - RATIO * (high - low), low + RATIO * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(GOLDEN):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - RATIO * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + RATIO * (high - low)
            at_right = function(right)
    return left if at_left < at_right else right


def _split(sample: Collocation) -> tuple[Collocation, Collocation]:
    """Return 60 % of the points of every kind, and the others."""
    parts = []
    for kept in (True, False):
        rows = _chosen(len(sample.points), kept)
        conditions = tuple(
            item.at(_chosen(len(item.value), kept)) for item in sample.conditions
        )
        parts.append(
            dataclasses.replace(sample, points=sample.points[rows], conditions=conditions)
        )
    return parts[0], parts[1]


def _chosen(count: int, kept: bool) -> Array:
    """Return the places of 60 % of a count, evenly, or of the others."""
    share = (numpy.arange(count) * TRIED) % 1.0 < TRIED
    return numpy.nonzero(share if kept else ~share)[0]
