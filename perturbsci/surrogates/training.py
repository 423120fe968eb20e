"""Training of bases whose parameters enter nonlinearly, by nonlinear least squares.

The rows are the equations at random points inside and the conditions at random points of
their sides. Each block of rows is divided by the root mean square of its Jacobian's rows at
the start and by the root of their number, so no weight is chosen by hand. Rounds of
Levenberg-Marquardt steps alternate with a new draw of the points; what is reported are the
defects at points that no round has seen.

These are baselines: no theorem bounds the error of what is only penalized.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from perturbsci.errors import ParameterError
from perturbsci.problems.domains import Mapped
from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.linearization import linearize
from perturbsci.results import Status
from perturbsci.surrogates.levenberg import levenberg_marquardt
from perturbsci.surrogates.networks import Network
from perturbsci.surrogates.scattered import inside_points
from perturbsci.surrogates.solution import Solution, SolveStatistics
from perturbsci.surrogates.training_rows import Trainable, TrainingRows
from perturbsci.types import Array, Seed
from perturbsci.verification import Certificate

__all__ = ["solve_trained"]

STEPS = 40  # of Levenberg-Marquardt between two draws of the points
PATIENCE = 4  # rounds that may pass without progress by a tenth
N_FRESH = 1000
FLOOR = 0.1  # parameters are of comparable size; nearly dead ones must not run away
LEAST_ROWS, MOST_ROWS = 300, 3000
CLAIM = "largest root mean square of equations and conditions, each over its largest term"


def solve_trained(
    problem: FieldProblem,
    basis: Trainable,
    *,
    tolerance: float,
    norm: str | None,  # noqa: ARG001 (no theorem bounds what is only penalized)
    guess: object,
    max_unknowns: int,
    max_steps: int,
    seed: Seed,
) -> Solution:
    """Return a trained network or trained Gaussians.

    Parameters
    ----------
    problem : FieldProblem
        On any domain; no Interface.
    basis : Network or TrainableGaussians
        The architecture.
    tolerance : float
        On the defects at fresh points, each over its largest term.
    norm : str or None
        Without meaning here.
    guess : Surrogate or None
        Of the same basis: its parameters are the start.
    max_unknowns : int
        Parameters at most.
    max_steps : int
        Of Levenberg-Marquardt, in all.
    seed : int or numpy.random.Generator
        Of the points; the starting parameters come from the seed of the basis.

    Returns
    -------
    solution : Solution
        With a certificate of kind ``"held-out"``: it says nothing about the error.

    Raises
    ------
    ParameterError
        If the widths of a network do not fit the problem, or its parameters are too many.

    Notes
    -----
    A step takes about 2 m p min(m, p) flops for m rows and p parameters.
    """
    begin = time.perf_counter()
    lin = linearize(problem)
    edges = _edges(problem)
    n_fields = len(problem.fields) * (2 if lin.is_complex else 1)
    parameters = _start(basis, len(edges), n_fields, guess)
    if len(parameters) > max_unknowns:
        raise ParameterError(
            f"basis has {len(parameters)} parameters, more than max_unknowns={max_unknowns}"
        )
    draw = _draws(seed)
    n_rows = int(numpy.clip(2 * len(parameters), LEAST_ROWS, MOST_ROWS))
    fresh = TrainingRows(problem, lin, basis, edges, N_FRESH, next(draw))
    used, stale, best = 0, 0, (fresh.defect(parameters), parameters)
    weights: list[float] = []
    while best[0] > tolerance and used < max_steps and stale < PATIENCE:
        system = TrainingRows(problem, lin, basis, edges, n_rows, next(draw))
        weights = weights or system.weights(parameters)
        steps = min(STEPS, max_steps - used)
        parameters, done = _round(system, weights, parameters, steps)
        used += max(done, 1)
        defect = fresh.defect(parameters)
        stale = 0 if defect < 0.9 * best[0] else stale + 1
        best = min(best, (defect, parameters), key=lambda pair: pair[0])
    reached = best[0] <= tolerance
    short = Status.MAX_STEPS if used >= max_steps else Status.TOLERANCE_NOT_REACHED
    statistics = SolveStatistics(
        unknowns=len(parameters),
        elements=1,
        slabs=1,
        rejected=0,
        newton_iterations=used,
        residual_norm=fresh.residual_norm(best[1]),
        bound_history=numpy.zeros((0, 2)),
        seconds=time.perf_counter() - begin,
        choice=f"{type(basis).__name__}, {len(parameters)} parameters",
    )
    status = Status.CONVERGED if reached else short
    certificate = _certificate(best[0], tolerance)
    return Solution(basis, best[1], edges, statistics, status, certificate)


def _round(
    system: TrainingRows,
    weights: Sequence[float],
    parameters: Array,
    max_steps: int,
) -> tuple[Array, int]:
    """Return parameters after some steps at one draw of points, and their number."""

    def rows(trial: Array) -> tuple[Array, Array]:
        with numpy.errstate(over="ignore", invalid="ignore"):
            found = system.rows(trial)
        residuals = [w * item for w, (item, _) in zip(weights, found, strict=True)]
        jacobians = [w * item for w, (_, item) in zip(weights, found, strict=True)]
        return numpy.concatenate(residuals), numpy.concatenate(jacobians)

    def alone(trial: Array) -> Array:
        with numpy.errstate(over="ignore", invalid="ignore"):
            found = system.residuals(trial)
        return numpy.concatenate([w * r for w, r in zip(weights, found, strict=True)])

    fit = levenberg_marquardt(
        rows, parameters, residual=alone, max_steps=max_steps, floor=FLOOR
    )
    return fit.parameters, fit.steps


def _edges(problem: FieldProblem) -> tuple[Array, ...]:
    """Return low and high end of each coordinate of the surrogate.

    Those of a mapped domain are of its image, found on a sample.
    """
    wide = [value for value in problem.parameters.values() if isinstance(value, tuple)]
    bounds = numpy.array([*problem.domain.box.bounds, *wide], dtype=numpy.float64)
    if isinstance(problem.domain, Mapped):
        sample = inside_points(problem, 4096, 0)
        d = len(problem.domain.box.space)
        bounds[:d] = numpy.stack([sample.min(axis=0), sample.max(axis=0)], axis=1)[:d]
    return tuple(bounds)


def _start(basis: Trainable, dimension: int, n_fields: int, guess: Any) -> Array:
    """Return the parameters to begin with."""
    if isinstance(basis, Network):
        if (basis.widths[0], basis.widths[-1]) != (dimension, n_fields):
            raise ParameterError(
                f"basis has the widths {basis.widths}; a network for this problem must "
                f"begin with {dimension} coordinates and end with {n_fields} real fields, "
                "such as "
                f"{(dimension, 20, 20, n_fields)}"
            )
        start = basis.starting_parameters()
    else:
        start = basis.starting_parameters(dimension, n_fields)
    if guess is None:
        return start
    given = getattr(guess, "coefficients", None)
    if given is None or given.shape != start.shape:
        raise ParameterError(
            f"guess is {type(guess).__name__}; it must be a Surrogate of the same basis, "
            f"with {len(start)} parameters"
        )
    return numpy.array(given, dtype=numpy.float64)


def _draws(seed: Seed) -> Iterator[int]:
    """Yield seeds of draws of points."""
    generator = numpy.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**62))


def _certificate(defect: float, tolerance: float) -> Certificate:
    return Certificate(
        CLAIM,
        defect,
        tolerance,
        "held-out",
        f"{N_FRESH} fresh points",
        ("the conditions are penalized: the error itself is not bounded",),
    )
