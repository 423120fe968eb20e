"""How a run is known: conserved, entropy, sign, limit and exact solution, as certificates.

They look at stored times only; which of them a run gets depends on what the problem names.
"""

import math
from dataclasses import replace

import numpy

from perturbsci.backend import to_host
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ConvergenceError
from perturbsci.multiscale.initial_layer import distance_to_equilibrium
from perturbsci.multiscale.problem import SplitProblem, parameter_names
from perturbsci.multiscale.trajectories import Record, Trajectory
from perturbsci.results import Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["exact_state", "takes_initial", "trajectory_of"]

SINGLE = 1e8  # how much looser certificates are in single precision
ROUNDING = 1e-13  # of an equilibrium with derivatives
SMALL_SCALE = 0.1  # layers longer than this are no layers


def trajectory_of(
    record: Record,
    *,
    sizes: list[float],
    counts: dict[str, int],
    scheme: str,
    status: Status,
    start: tuple[float, Array],
    held_out: bool,
) -> Trajectory:
    """Return the result of a run, with its certificates.

    Parameters
    ----------
    record : Record
        What was stored.
    sizes : list of float
        Every step.
    counts : dict of str to int
        Of calls.
    scheme : str
        Its name.
    status : Status
        How the run ended.
    start : tuple of float and array, shape (...)
        Time and state at the start.
    held_out : bool
        Whether the exact solution of the problem belongs to this start.

    Returns
    -------
    trajectory : Trajectory
        With certificates.
    """
    problem = record.problem
    times, states = record.kept()
    trajectory = Trajectory(
        times=times,
        states=states,
        observables={k: record.values(k, f) for k, f in problem.observables.items()},
        invariants={k: record.values(k, f) for k, f in problem.invariants.items()},
        entropy=record.values("entropy", problem.entropy) if problem.entropy else None,
        minimum=record.values("minimum", problem.minimum) if problem.minimum else None,
        step_sizes=numpy.array(sizes, dtype=numpy.float64),
        counts=counts,
        epsilon=record.epsilon,
        scheme=scheme,
        coordinates=dict(problem.coordinates),
        status=status,
        certificates=(),
    )
    certificates = [_conserved(trajectory, problem)]
    if trajectory.entropy is not None:
        certificates.append(_entropy(trajectory, problem))
    if trajectory.minimum is not None:
        certificates.append(_nonnegative(trajectory, problem))
    certificates.append(_close_to_limit(trajectory, problem))
    if held_out and problem.exact is not None:
        certificates.append(_against_exact(trajectory, problem, start))
    if problem.claims is not None:
        certificates += problem.claims(times, states, record.epsilon)
    return replace(trajectory, certificates=tuple(certificates))


def _precision(trajectory: Trajectory) -> float:
    return SINGLE if trajectory.states.dtype.name in ("float32", "complex64") else 1.0


def _at(trajectory: Trajectory) -> str:
    return f"at {len(trajectory.times)} stored times"


def _conserved(trajectory: Trajectory, problem: SplitProblem) -> Certificate:
    claim, method = "conserved", f"invariants {_at(trajectory)}"
    if not problem.invariants:
        why = ("the problem names no invariants",)
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    first = trajectory.states[0]
    defect = 0.0
    for name, values in trajectory.invariants.items():
        host = to_host(values)
        drift = float(numpy.abs(host - host[0]).max())
        size = problem.invariant_scales.get(name)
        if size is None:
            size = problem.invariants[name]
            first_scale = numpy.abs(to_host(size(abs(first), trajectory.epsilon))).max()
        else:
            first_scale = size(first, trajectory.epsilon)
        scale = max(float(first_scale), float(numpy.abs(host[0]).max()))
        # numpy.maximum keeps NaN, which then fails; max would drop it.
        defect = float(numpy.maximum(defect, drift / scale if scale else drift))
    bound = problem.bounds.get("conserved", 1e-13) * max(
        1.0, math.sqrt(trajectory.n_steps) / 10
    )
    bound *= _precision(trajectory)
    return Certificate(claim, defect, bound, "a-posteriori", method)


def _entropy(trajectory: Trajectory, problem: SplitProblem) -> Certificate:
    entropy = to_host(trajectory.entropy)
    rise = float(numpy.diff(entropy).max(initial=0.0)) / (abs(float(entropy[0])) + 1)
    bound = problem.bounds.get("entropy", 1e-12) * _precision(trajectory)
    kind = "estimate" if "entropy" in problem.bounds else "a-posteriori"
    method = f"largest rise {_at(trajectory)}"
    return Certificate("entropy does not increase", rise, bound, kind, method)


def _nonnegative(trajectory: Trajectory, problem: SplitProblem) -> Certificate:
    smallest = float(to_host(trajectory.minimum).min())
    largest = float(scalar(abs(trajectory.states).max()))
    value = float(numpy.maximum(0.0, -smallest)) / largest if largest else 0.0
    bound = problem.bounds.get("minimum", 1e-8)
    return Certificate("nonnegative", value, bound, "a-posteriori", _at(trajectory))


def _close_to_limit(trajectory: Trajectory, problem: SplitProblem) -> Certificate:
    claim, method = "close to the limit", "distance to equilibrium"
    scales: tuple[float, ...] = ()
    if problem.layer_scales is not None:
        scales = tuple(problem.layer_scales(trajectory.epsilon))
    largest = max(scales, default=math.inf)
    if problem.equilibrium is None or largest > SMALL_SCALE:
        why = (
            "no equilibrium or no layer_scales named"
            if problem.equilibrium is None or not scales
            else f"a layer of {largest:g} is not small",
        )
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    try:
        value = distance_to_equilibrium(problem, trajectory.states[-1])
    except ConvergenceError as error:
        return Certificate(claim, math.nan, math.nan, "none", method, (str(error),))
    bound = problem.bounds.get("limit", problem.bounds.get("limit_factor", 10) * largest)
    bound += ROUNDING * _precision(trajectory)
    return Certificate(claim, value, bound, "estimate", method)


def _against_exact(
    trajectory: Trajectory, problem: SplitProblem, start: tuple[float, Array]
) -> Certificate:
    claim, method = "error against the exact solution", "relative, at the end"
    with numpy.errstate(all="ignore"):
        exact = exact_state(problem, trajectory.times[-1], trajectory.epsilon, start)
        size = float(scalar(abs(exact).max()))
        error = float(scalar(abs(trajectory.states[-1] - exact).max()))
    if not (math.isfinite(size) and math.isfinite(error)):
        why = (f"the exact solution is not finite at epsilon = {trajectory.epsilon:g}",)
        return Certificate(claim, math.nan, math.nan, "none", method, why)
    return Certificate(claim, error / size if size else error, 1.0, "held-out", method)


def exact_state(
    problem: SplitProblem, time: float, epsilon: float, start: tuple[float, Array]
) -> Array:
    """Return the exact solution of a run.

    Parameters
    ----------
    problem : SplitProblem
        With ``exact``.
    time : float
        Of the run.
    epsilon : float
        The small parameter.
    start : tuple of float and array, shape (...)
        Time and state at the start of the run.

    Returns
    -------
    state : array, shape (...)
        Exact up to rounding.
    """
    assert problem.exact is not None
    if takes_initial(problem):
        return problem.exact(float(time - start[0]), epsilon, initial=start[1])
    return problem.exact(float(time), epsilon)


def takes_initial(problem: SplitProblem) -> bool:
    """Tell whether ``exact`` takes any initial state.

    Parameters
    ----------
    problem : SplitProblem
        With ``exact`` or without.

    Returns
    -------
    takes : bool
        True if it has a parameter named ``initial``.
    """
    return problem.exact is not None and "initial" in parameter_names(problem.exact)
