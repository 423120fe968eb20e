"""Pairs (x_i, y_i = F(x_i)) of a dynamical system, with quadrature weights.

From one trajectory with n delays, x_i = (s_i, ..., s_{i+n-1}) and y_i is the same one step
later, so that block j of the state is the observable g o F^j (Arbabi and Mezic 2017).
"""

import math
from dataclasses import dataclass
from numbers import Integral, Real

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["Snapshots"]

SAMPLINGS = ("quadrature", "independent", "ergodic", "unknown")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshots:
    """Pairs of states one step apart; rows are samples.

    Parameters
    ----------
    x : real or complex array, shape (n_samples, n_state)
        States, in the user's unit; at least 2 samples.
    y : real or complex array, shape (n_samples, n_state)
        ``y[i]`` is the image of ``x[i]``.
    weights : real array, shape (n_samples,), optional
        Quadrature weights, not negative, taken as they are; default 1/n_samples each.
    step : float
        Time between x and y, positive, in the user's unit of time.
    sampling : str
        How x and weights stand for the measure: ``"quadrature"``, ``"independent"``,
        ``"ergodic"`` or ``"unknown"``.

    Raises
    ------
    ShapeError
        If x, y and weights do not fit together.
    ParameterError
        If a value is not finite, a weight negative, or the step not positive.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(0.0, 1.0, 5)[:, None]
    >>> Snapshots(x, x**2, step=0.5).n_samples
    5
    """

    x: Array
    y: Array
    weights: Array | None = None
    step: float = 1.0
    sampling: str = "unknown"

    def __post_init__(self) -> None:
        """Check shapes, weights, step and sampling."""
        x = as_array(self.x, name="snapshots.x", ndim=2)
        y = as_array(self.y, name="snapshots.y", ndim=2)
        if y.shape != x.shape:
            raise ShapeError(
                f"snapshots.y has shape {y.shape} but snapshots.x has {x.shape}; each row "
                "of y is the image of the same row of x. For one trajectory use "
                "Snapshots.from_trajectory(states)."
            )
        if x.shape[0] < 2:
            raise ShapeError(
                f"snapshots.x has shape {x.shape}: one sample says nothing about a "
                "spectrum; pass at least 2 rows"
            )
        weights = self.weights
        if weights is not None:
            weights = _checked_weights(weights, x.shape[0])
        namespace(x, y, weights, names=("snapshots.x", "snapshots.y", "snapshots.weights"))
        if self.sampling not in SAMPLINGS:
            raise ParameterError(
                f"sampling is {self.sampling!r}; it must be one of {', '.join(SAMPLINGS)}"
            )
        checked = {"x": x, "y": y, "weights": weights, "step": _checked_step(self.step)}
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def n_samples(self) -> int:
        """The number of pairs."""
        return int(self.x.shape[0])

    @property
    def n_state(self) -> int:
        """The number of columns of a state, delays included."""
        return int(self.x.shape[1])

    @staticmethod
    def from_trajectory(
        states: Array,
        *,
        delays: int = 1,
        step: float = 1.0,
        times: Array | None = None,
        sampling: str = "ergodic",
    ) -> "Snapshots":
        """Return the pairs of one trajectory, each state with its delays.

        Column ``j * n_state + c`` of x is component c of the state j steps later.

        Parameters
        ----------
        states : real or complex array, shape (n_times, n_state)
            Equidistant in time.
        delays : int
            How many successive states make a row, at least 1.
        step : float
            Time between two states.
        times : real array, shape (n_times,), optional
            Increasing and uniform to 1e-8; sets ``step``.
        sampling : str
            As for the class.

        Returns
        -------
        snapshots : Snapshots
            ``n_times - delays`` pairs of ``delays * n_state`` columns; x and y share
            their memory.

        Raises
        ------
        ShapeError
            If the trajectory is shorter than ``delays + 2``, or ``times`` does not fit.
        ParameterError
            If ``delays`` is no positive integer or ``times`` is not uniform.

        Examples
        --------
        >>> import numpy as np
        >>> Snapshots.from_trajectory(np.arange(5.0)[:, None], delays=2).x
        array([[0., 1.],
               [1., 2.],
               [2., 3.]])
        """
        states = as_array(states, name="states", ndim=2)
        if isinstance(delays, bool) or not isinstance(delays, Integral) or delays < 1:
            raise ParameterError(
                f"delays is {delays!r}; it must be a whole number from 1 on"
            )
        n_times, n_state = states.shape
        n_pairs = n_times - delays
        if n_pairs < 2:
            raise ShapeError(
                f"states has {n_times} times, needed {delays + 2} for 2 pairs with "
                f"delays={delays}; pass a longer trajectory or fewer delays"
            )
        if times is not None:
            step = _uniform_step(times, n_times)
        xp = namespace(states)
        blocks = [states[j : n_pairs + 1 + j] for j in range(delays)]
        windows = xp.reshape(xp.stack(blocks, axis=1), (n_pairs + 1, delays * n_state))
        return Snapshots(windows[:-1], windows[1:], step=step, sampling=sampling)


def _checked_weights(weights: Array, n_samples: int) -> Array:
    weights = as_array(weights, name="snapshots.weights", ndim=1, real=True)
    if weights.shape != (n_samples,):
        raise ShapeError(
            f"snapshots.weights has shape {weights.shape}, needed ({n_samples},): one "
            "weight a row of x"
        )
    if not (bool((weights >= 0).all()) and float(weights.sum()) > 0):
        raise ParameterError(
            f"snapshots.weights has minimum {float(weights.min()):g} and sum "
            f"{float(weights.sum()):g}; weights are not negative and not all zero"
        )
    return weights


def _checked_step(step: float) -> float:
    number = isinstance(step, Real) and not isinstance(step, bool)
    if not (number and 0 < step < math.inf):
        raise ParameterError(
            f"step is {step!r}; it must be a positive number of time units"
        )
    return float(step)


def _uniform_step(times: Array, n_times: int) -> float:
    times = as_array(times, name="times", ndim=1, real=True)
    if times.shape != (n_times,):
        raise ShapeError(f"times has shape {times.shape}, needed ({n_times},): one a state")
    mean = float(times[-1] - times[0]) / (n_times - 1)
    gaps = times[1:] - times[:-1]
    if not (mean > 0 and float(abs(gaps - mean).max()) <= 1e-8 * mean):
        raise ParameterError(
            f"times has steps from {float(gaps.min()):g} to {float(gaps.max()):g}; it must "
            "increase uniformly: resample the trajectory, or pass its uniform pieces"
        )
    return mean
