"""Pairs (x_i, y_i = F(x_i)) of a dynamical system, with quadrature weights.

From one trajectory with n delays, x_i = (s_i, ..., s_{i+n-1}) and y_i is the same one step
later, so that block j of the state is the observable g o F^j (Arbabi and Mezic 2017).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from numbers import Real

import numpy

from perturbsci.arguments import one_of, positive, whole
from perturbsci.backend import namespace, random
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.trajectories import (
    delay_windows,
    sample_weights,
    trajectory_list,
    uniform_step,
)
from perturbsci.types import Array, Seed

__all__ = ["Snapshots"]

SAMPLINGS = ("quadrature", "independent", "ergodic", "unknown")
DELAYS = "how many successive states make a row"


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
        one_of(self.sampling, "sampling", SAMPLINGS)
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
        delays = whole(delays, "delays", least=1, meaning=DELAYS)
        n_times = states.shape[0]
        if n_times < delays + 2:
            raise ShapeError(
                f"states has {n_times} times, needed {delays + 2} for 2 pairs with "
                f"delays={delays}; pass a longer trajectory or fewer delays"
            )
        if times is not None:
            step = uniform_step(times, n_times, step)
        windows = delay_windows(states, delays)
        return Snapshots(windows[:-1], windows[1:], step=step, sampling=sampling)

    @staticmethod
    def from_trajectories(
        states: Iterable[Array] | Array,
        *,
        delays: int = 1,
        step: float = 1.0,
        weights: Array | None = None,
        sampling: str = "unknown",
    ) -> "Snapshots":
        """Return the pairs of several trajectories; none crosses from one to the next.

        Parameters
        ----------
        states : iterable of array, shape (n_times_b, n_state), or one array
            Of different lengths, or one array (n_trajectories, n_times, n_state).
        delays : int
            How many successive states make a row, at least 1.
        step : float
            Time between two states.
        weights : real array, shape (n_trajectories,), optional
            Given to every sample of a trajectory; default 1/n_samples each.
        sampling : str
            As for the class.

        Returns
        -------
        snapshots : Snapshots
            ``n_times_b - delays`` pairs of each trajectory, in order.

        Raises
        ------
        ShapeError
            If there is no trajectory, one is shorter than ``delays + 1``, widths differ,
            or there is not one weight a trajectory.
        ParameterError
            If ``delays`` is no positive integer, or a number is not finite.

        Examples
        --------
        >>> import numpy as np
        >>> first, second = np.arange(3.0)[:, None], np.arange(7.0, 9.0)[:, None]
        >>> Snapshots.from_trajectories([first, second]).x[:, 0]
        array([0., 1., 7.])
        """
        delays = whole(delays, "delays", least=1, meaning=DELAYS)
        found = trajectory_list(states, delays)
        xp = namespace(*found)
        if weights is not None:
            weights = sample_weights(weights, found, delays)
        windows = [delay_windows(each, delays) for each in found]
        return Snapshots(
            xp.concat([window[:-1] for window in windows], axis=0),
            xp.concat([window[1:] for window in windows], axis=0),
            weights=weights,
            step=step,
            sampling=sampling,
        )

    @staticmethod
    def from_map(
        function: Callable[[Array], Array],
        x: Array,
        *,
        weights: Array | None = None,
        step: float = 1.0,
        sampling: str = "unknown",
    ) -> "Snapshots":
        """Return the pairs (x, function(x)).

        Parameters
        ----------
        function : callable
            Takes a copy of all states, shape (n_samples, n_state); returns their images.
        x : real or complex array, shape (n_samples, n_state)
            States.
        weights : real array, shape (n_samples,), optional
            Quadrature weights.
        step : float
            Time that one application takes.
        sampling : str
            As for the class.

        Returns
        -------
        snapshots : Snapshots
            With ``y = function(x)``.

        Raises
        ------
        ShapeError
            If the images have another shape than the states.
        ParameterError
            If ``function`` cannot be called, or a number is not finite.

        Examples
        --------
        >>> import numpy as np
        >>> Snapshots.from_map(lambda x: x / 2, np.array([[1.0], [2.0]])).y[:, 0]
        array([0.5, 1. ])
        """
        if not callable(function):
            raise ParameterError(
                f"function is a {type(function).__name__}; pass a callable that maps "
                "x of shape (n_samples, n_state) to its images"
            )
        x = as_array(x, name="x", ndim=2)
        y = as_array(function(namespace(x).asarray(x, copy=True)), name="function(x)")
        if y.shape != x.shape:
            raise ShapeError(
                f"function(x) has shape {y.shape} for x of shape {x.shape}; it takes all "
                "states at once and returns one row for each"
            )
        return Snapshots(x, y, weights=weights, step=step, sampling=sampling)

    def chunks(self, size: int) -> Iterator["Snapshots"]:
        """Return the same pairs in portions.

        Parameters
        ----------
        size : int
            Samples of a portion; the last may have fewer, and one is allowed here.

        Returns
        -------
        chunks : iterator of Snapshots
            Views, in order.

        Raises
        ------
        ParameterError
            If ``size`` is no positive integer.

        Examples
        --------
        >>> import numpy as np
        >>> x = np.zeros((5, 1))
        >>> [chunk.n_samples for chunk in Snapshots(x, x).chunks(2)]
        [2, 2, 1]
        """
        size = whole(size, "size", least=1, meaning="how many samples a chunk has")
        starts = range(0, self.n_samples, size)
        return (self._view(slice(start, start + size)) for start in starts)

    def split(self, fraction: float, *, seed: Seed = 0) -> tuple["Snapshots", "Snapshots"]:
        """Return two parts of the pairs, drawn at random: to fit, and to hold out.

        Parameters
        ----------
        fraction : float
            In (0, 1): the first part holds ``round(fraction * n_samples)`` samples.
        seed : int or numpy.random.Generator
            Of the draw.

        Returns
        -------
        first, second : Snapshots
            Each in the order of the pairs, with their weights; a part of a quadrature is
            none, and its ``sampling`` is ``"unknown"``.

        Raises
        ------
        ParameterError
            If ``fraction`` is outside (0, 1), or a part has fewer than 2 samples or no
            weight.

        Notes
        -----
        Neighbors in time resemble each other: two parts of one trajectory are not
        independent. Hold out another trajectory, or its end.

        Examples
        --------
        >>> import numpy as np
        >>> x = np.arange(10.0)[:, None]
        >>> first, second = Snapshots(x, x).split(0.7)
        >>> first.n_samples, second.n_samples
        (7, 3)
        """
        if not (isinstance(fraction, Real) and 0 < fraction < 1):  # no bool is between
            raise ParameterError(
                f"fraction is {fraction!r:.60}; the share of the first part lies in (0, 1)"
            )
        count = round(fraction * self.n_samples)
        if not 2 <= count <= self.n_samples - 2:
            raise ParameterError(
                f"fraction is {fraction!r}, which splits {self.n_samples} samples into "
                f"{count} and {self.n_samples - count}; both parts need 2 samples"
            )
        order = random.uniform(self.n_samples, seed=seed, backend="numba").argsort()
        return self._part(order[:count]), self._part(order[count:])

    def _view(self, rows: slice) -> "Snapshots":
        """Return some rows; the whole was checked, and one sample is a chunk too."""
        view: Snapshots = object.__new__(Snapshots)
        weights = None if self.weights is None else self.weights[rows]
        fields = (self.x[rows], self.y[rows], weights, self.step, self.sampling)
        for name, value in zip(self.__slots__, fields, strict=True):
            object.__setattr__(view, name, value)
        return view

    def _part(self, order: numpy.ndarray) -> "Snapshots":
        """Return the pairs at some places, in their own order."""
        xp = namespace(self.x)
        rows = xp.asarray(numpy.sort(order))
        return Snapshots(
            xp.take(self.x, rows, axis=0),
            xp.take(self.y, rows, axis=0),
            weights=None if self.weights is None else xp.take(self.weights, rows),
            step=self.step,
            sampling="unknown" if self.sampling == "quadrature" else self.sampling,
        )


def _checked_weights(weights: Array, n_samples: int) -> Array:
    weights = as_array(weights, name="snapshots.weights", ndim=1, real=True)
    if weights.shape != (n_samples,):
        raise ShapeError(
            f"snapshots.weights has shape {weights.shape}, needed ({n_samples},): one "
            "weight a row of x"
        )
    with numpy.errstate(over="ignore"):
        smallest, total = float(scalar(weights.min())), float(scalar(weights.sum()))
    if not (smallest >= 0 and 0 < total < math.inf):
        raise ParameterError(
            f"snapshots.weights has minimum {smallest:g} and sum {total:g}; weights are "
            "not negative and not all zero, and their sum is finite"
        )
    return weights


def _checked_step(step: float) -> float:
    return positive(step, "step", meaning="the time between x and y")
