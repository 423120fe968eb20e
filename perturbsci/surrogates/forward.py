"""Solve a statement: choose the basis, call its solver, attach the certificate."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import sympy

from perturbsci.arguments import (
    checked_seed,
    flag,
    is_finite_number,
    one_of,
    whole,
)
from perturbsci.backend.context import use
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.problems import Box, FieldProblem, Finding, Region, lint
from perturbsci.surrogates.bases import Chebyshev, Elements, Fourier, Legendre
from perturbsci.surrogates.bounds import certified_surrogate
from perturbsci.surrogates.boxes import solve_box
from perturbsci.surrogates.element_solution import solve_elements
from perturbsci.surrogates.feature_solver import solve_features
from perturbsci.surrogates.gaussians import TrainableGaussians
from perturbsci.surrogates.guesses import checked_guess
from perturbsci.surrogates.networks import Network
from perturbsci.surrogates.parametric import interval_of, solve_family
from perturbsci.surrogates.radial_bases import Gaussians, Radial
from perturbsci.surrogates.random_bases import RandomFourier, RandomTanh
from perturbsci.surrogates.solution import Solution
from perturbsci.surrogates.surrogate import Surrogate
from perturbsci.surrogates.training import solve_trained
from perturbsci.types import BackendName, Seed

__all__ = ["solve"]

NORMS = ("L1", "L2", "max", "energy")
# basis class -> solver(problem, basis, *, tolerance, norm, guess, max_unknowns, max_steps,
# seed) -> Solution
SOLVERS: dict[type, Callable[..., Solution]] = {
    Elements: solve_elements,
    Legendre: solve_box,
    Chebyshev: solve_features,
    Fourier: solve_features,
    RandomFourier: solve_features,
    RandomTanh: solve_features,
    Gaussians: solve_features,
    Radial: solve_features,
    Network: solve_trained,
    TrainableGaussians: solve_trained,
}
BOXES = 3  # coordinates up to which one tensor product is tried
# tolerance from which on -> degree in space, number of functions in time
DEGREES = ((1e-4, (11, 8)), (1e-6, (13, 8)), (1e-8, (15, 10)), (0.0, (17, 12)))
TRIES = 6  # solves, until the bound meets the tolerance
NEAR = 1e-2  # at most by which the residual is asked to be smaller from one to the next
LEAST = 1e-16  # of the terms of the equation, below which there is only rounding
Value = float | tuple[float, float]


def solve(
    problem: FieldProblem,
    *,
    tolerance: float = 1e-6,
    norm: str | None = None,
    basis: object = None,
    parameters: Mapping[sympy.Symbol, Value] | None = None,
    guess: object = None,
    max_unknowns: int = 2_000_000,
    max_steps: int = 2000,
    seed: Seed = 0,
    backend: BackendName | None = None,
    strict: bool = True,
) -> Surrogate:
    """Return a function that satisfies a statement, with a bound on its error.

    Parameters
    ----------
    problem : FieldProblem
        Equations, domain, conditions; ``lint`` must find no error in it.
    tolerance : float, optional
        On the certified bound, relative to the size of the initial data in the norm of
        the theorem; from 1e-13 to below 1.
    norm : {"L1", "L2", "max", "energy"} or None, optional
        Of the bound; by default that of the theorem that applies.
    basis : object, optional
        One of the basis objects; chosen by dimension and tolerance otherwise.
    parameters : dict of sympy.Symbol to float or (low, high), optional
        Replaces values of the statement; an interval is one more coordinate (a single
        one, but for networks).
    guess : Surrogate, optional
        From where Newton's iteration starts in a steady problem; zero otherwise.
    max_unknowns : int, optional
        That are solved for together.
    max_steps : int, optional
        Attempts at slabs in time, or at meshes in a steady problem.
    seed : int or numpy.random.Generator, optional
        Of random features and fresh points.
    backend : {"numpy", "numba", "cupy"}, optional
        Checked only: coefficients stay on the host, values go where the points are.
    strict : bool, optional
        Raise if the tolerance is not reached; otherwise the status says so.

    Returns
    -------
    solution : Surrogate
        To be called, differentiated, saved.

    Raises
    ------
    ParameterError
        If an argument is out of range, or ``lint`` finds an error (all are listed).
    ConvergenceError
        If steps or unknowns run out; its ``partial`` is the Surrogate so far.

    Notes
    -----
    Everything is decided by the residual; an exact solution of the statement is never
    looked at. Linear in the number of elements. Over an interval of a parameter the
    statement is solved at 31 values of it or more, and the tolerance is relative to the
    largest of these solutions; where there are none on a part, the error names that part.

    Examples
    --------
    >>> from perturbsci.problems import burgers
    >>> solution = solve(burgers(), tolerance=1e-3)
    >>> solution.certificate.passed
    True
    """
    _check_options(problem, tolerance, norm, max_unknowns, max_steps, strict)
    seed = checked_seed(seed)
    if backend is not None:
        with use(backend):
            pass
    if parameters is not None:
        problem = problem.at(parameters)
    errors = _errors(problem)
    if errors:
        text = "; ".join(f"{item.code}: {item.message} ({item.advice})" for item in errors)
        raise ParameterError(f"problem has no unique solution that lint can see: {text}")
    chosen = _default_basis(problem, tolerance) if basis is None else basis
    solver = SOLVERS.get(type(chosen)) if chosen is not None else _free_solver(problem)
    if solver is None:
        names = ", ".join(item.__name__ for item in SOLVERS)
        raise ParameterError(f"basis is {chosen!r:.80}; it must be None or one of {names}")
    limits = {"max_unknowns": int(max_unknowns), "max_steps": int(max_steps)}
    wide = [item for item, v in problem.parameters.items() if isinstance(v, tuple)]
    begin = checked_guess(guess, (*problem.coordinates, *wide))
    options = {"norm": norm, "guess": begin, "seed": seed, **limits}
    symbol = None if solver is solve_trained else interval_of(problem)
    if symbol is None:
        surrogate = _certified(problem, chosen, solver, float(tolerance), options)
    else:
        surrogate = _over_interval(problem, symbol, chosen, solver, tolerance, options)
    if strict and not surrogate.status.ok:
        warned = ", ".join(item.code for item in lint(problem))
        raise ConvergenceError(
            f"{_reached(surrogate)}: {surrogate.status.value} The result so far is "
            "`partial` of this error" + (f"; lint warns of {warned}" if warned else ""),
            surrogate,
        )
    return surrogate


def _errors(problem: FieldProblem) -> list[Finding]:
    """Return what is wrong with a statement, at both ends of its intervals, too."""
    wide = {key: v for key, v in problem.parameters.items() if isinstance(v, tuple)}
    sides = [
        {key: value[k] for key, value in wide.items()} for k in range(2 if wide else 0)
    ]
    for item in (problem, *(problem.at(side) for side in sides)):
        if errors := [each for each in lint(item) if each.severity == "error"]:
            return errors
    return []


def _over_interval(
    problem: FieldProblem,
    symbol: sympy.Symbol,
    basis: object,
    solver: Callable[..., Solution],
    tolerance: float,
    options: Mapping[str, Any],
) -> Surrogate:
    """Return a solution for all values of a parameter."""
    plain = dataclasses.replace(problem, exact=None)  # not to be checked at each value

    def at(value: float, near: Surrogate | None) -> Surrogate:
        guess = options["guess"] if near is None else near
        here = {**options, "guess": guess}
        one = plain.at({symbol: value})
        return _certified(one, basis, solver, tolerance / 2.0, here)

    return solve_family(problem, symbol, at, tolerance, options["norm"])


def _reached(surrogate: Surrogate) -> str:
    """Return how far a solution is from its tolerance or from its end, in words."""
    known, problem = surrogate.certificate, surrogate.problem
    if known.kind == "none":
        return known.assumptions[0]
    last = len(problem.coordinates) - 1
    end, until = problem.domain.box.bounds[last][1], surrogate.ranges()[last][1]
    if problem.domain.time is not None and until < end:
        return f"the march ended at {until:.6g} of {end:.6g}"
    word = "residual" if known.kind == "held-out" else "bound"
    return f"the {word} reached {known.value:.3g} of {known.bound:.3g}"


def _certified(
    problem: FieldProblem,
    basis: object,
    solver: Callable[..., Solution],
    tolerance: float,
    options: Mapping[str, Any],
) -> Surrogate:
    """Return a solution whose certificate meets the tolerance, or the last that was tried.

    A solver that knows no theorem makes the residual small; how small it has to be for the
    bound shows only afterwards.
    """
    inner = tolerance
    for _ in range(TRIES):
        found = solver(problem, basis, tolerance=inner, **options)
        surrogate = certified_surrogate(problem, found, tolerance, options["norm"])
        reached = surrogate.certificate
        if found.certificate is not None or reached.passed or not found.status.ok:
            break
        if reached.kind == "none" and inner < NEAR * tolerance:
            break
        ratio = reached.bound / reached.value if reached.kind != "none" else NEAR
        inner *= min(max(0.5 * ratio, NEAR), 0.5)
        if inner < LEAST:
            break
    return surrogate


def _check_options(
    problem: object,
    tolerance: object,
    norm: object,
    max_unknowns: object,
    max_steps: object,
    strict: object,
) -> None:
    """Raise for arguments that are out of range."""
    if not isinstance(problem, FieldProblem):
        raise ParameterError(
            f"problem is {problem!r:.80}; it must be a FieldProblem, such as "
            "problems.burgers(); formulas as text go through problems.parse_expression"
        )
    real = is_finite_number(tolerance)
    if not real or not 1e-13 <= float(tolerance) < 1.0:  # type: ignore[arg-type]
        raise ParameterError(
            f"tolerance is {tolerance!r}; it must be in [1e-13, 1), such as 1e-6: it is "
            "the bound on the error that is asked for, relative to the size of the data"
        )
    if norm is not None:
        one_of(norm, "norm", NORMS)
    whole(max_unknowns, "max_unknowns", least=1)
    whole(max_steps, "max_steps", least=1)
    flag(strict, "strict")


def _default_basis(problem: FieldProblem, tolerance: float) -> object:
    """Return the basis for a dimension and a tolerance, None where its solver finds it."""
    dimension = len(problem.domain.space)
    if dimension == 1 and not isinstance(problem.domain, Region):
        degrees = next(pair for level, pair in DEGREES if tolerance >= level)
        return Elements(degrees if problem.domain.time else degrees[:1])
    return None


def _free_solver(problem: FieldProblem) -> Callable[..., Solution]:
    """Return the solver that finds degrees or bandwidths for itself."""
    box = isinstance(problem.domain, Box) and len(problem.coordinates) <= BOXES
    return solve_box if box else solve_features
