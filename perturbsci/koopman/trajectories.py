"""Trajectories as arrays, and the windows of successive states in them."""

from collections.abc import Iterable

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "delay_windows",
    "sample_weights",
    "trajectory_list",
    "uniform_step",
]


def delay_windows(states: Array, delays: int) -> Array:
    """Return every window of successive states as one row.

    Parameters
    ----------
    states : array, shape (n_times, n_state)
        One trajectory.
    delays : int
        How many states make a row.

    Returns
    -------
    windows : array, shape (n_times - delays + 1, delays * n_state)
        Column ``j * n_state + c`` is component c of the state j steps later.
    """
    xp = namespace(states)
    count = states.shape[0] - delays + 1
    blocks = [states[j : count + j] for j in range(delays)]
    return xp.reshape(xp.stack(blocks, axis=1), (count, delays * states.shape[1]))


def trajectory_list(states: Iterable[Array] | Array, delays: int) -> list[Array]:
    """Return several trajectories as clean arrays of one width.

    Parameters
    ----------
    states : iterable of array, shape (n_times_b, n_state), or one array
        One array has shape (n_trajectories, n_times, n_state).
    delays : int
        Each trajectory is long enough for one pair of windows of this length.

    Returns
    -------
    trajectories : list of array, shape (n_times_b, n_state)
        On one device.

    Raises
    ------
    ShapeError
        If there is none, one is too short, or the widths differ.
    ParameterError
        If it holds something else.
    """
    if hasattr(states, "dtype"):
        if getattr(states, "ndim", 0) != 3:
            raise ShapeError(
                f"states has shape {tuple(states.shape)}, needed a list of (n_times, "  # type: ignore[union-attr]
                "n_state) arrays or one array (n_trajectories, n_times, n_state); for one "
                "trajectory use Snapshots.from_trajectory(states)"
            )
        states = as_array(states, name="states", ndim=3)
    elif isinstance(states, (str, bytes, dict)) or not isinstance(states, Iterable):
        raise ParameterError(
            f"states is a {type(states).__name__}, needed a list of (n_times, n_state) "
            "arrays; for one trajectory use Snapshots.from_trajectory(states)"
        )
    found = [as_array(each, name=f"states[{b}]", ndim=2) for b, each in enumerate(states)]
    if not found:
        raise ShapeError(
            f"states is {states!r:.60}, without any trajectory; pass at least one"
        )
    for b, each in enumerate(found):
        if each.shape[0] < delays + 1:
            raise ShapeError(
                f"states[{b}] has {each.shape[0]} times, needed {delays + 1} for a pair "
                f"with delays={delays}; drop this trajectory or use fewer delays"
            )
        if each.shape[1] != found[0].shape[1]:
            raise ShapeError(
                f"states[{b}] has {each.shape[1]} columns but states[0] has "
                f"{found[0].shape[1]}; pass the same coordinates of every trajectory"
            )
    namespace(*found, names=tuple(f"states[{b}]" for b in range(len(found))))
    return found


def sample_weights(weights: Array, trajectories: list[Array], delays: int) -> Array:
    """Return the weight of each sample from that of its trajectory.

    Parameters
    ----------
    weights : real array, shape (n_trajectories,)
        As the user passed it.
    trajectories : list of array, shape (n_times_b, n_state)
        Clean.
    delays : int
        How many states make a row.

    Returns
    -------
    weights : array, shape (n_samples,)
        In the order of the samples.

    Raises
    ------
    ShapeError
        If there is not one weight a trajectory.
    """
    weights = as_array(weights, name="weights", ndim=1, real=True)
    if weights.shape != (len(trajectories),):
        raise ShapeError(
            f"weights has shape {weights.shape}, needed ({len(trajectories)},): one weight "
            "a trajectory, given to every sample of it"
        )
    xp = namespace(weights, trajectories[0], names=("weights", "states[0]"))
    counts = [each.shape[0] - delays for each in trajectories]
    index = numpy.repeat(numpy.arange(len(trajectories)), counts)
    return xp.take(weights, xp.asarray(index))


def uniform_step(times: Array, n_times: int, step: float) -> float:
    """Return the step of times that are uniform.

    Parameters
    ----------
    times : real array, shape (n_times,)
        As the user passed it.
    n_times : int
        How many states there are.
    step : float
        What the user passed beside them; 1 where nothing was passed.

    Returns
    -------
    step : float
        The mean gap.

    Raises
    ------
    ShapeError
        If there is not one time a state.
    ParameterError
        If the gaps are not positive, differ from the mean by more than 1e-8 of it, or
        contradict the step.
    """
    host = to_host(as_array(times, name="times", ndim=1, real=True))
    if host.shape != (n_times,):
        raise ShapeError(f"times has shape {host.shape}, needed ({n_times},): one a state")
    gaps = numpy.diff(host.astype(numpy.float64))
    mean = float(host[-1] - host[0]) / (n_times - 1)
    if not (mean > 0 and float(abs(gaps - mean).max()) <= 1e-8 * mean):
        raise ParameterError(
            f"times has steps from {float(gaps.min()):g} to {float(gaps.max()):g}; it must "
            "increase uniformly: resample the trajectory, or pass its uniform pieces"
        )
    if step != 1.0 and not abs(step - mean) <= 1e-8 * mean:
        raise ParameterError(
            f"step is {step!r:.60} but times are {mean:.6g} apart; pass one of the two"
        )
    return mean
