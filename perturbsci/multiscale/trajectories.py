"""What a run returns, and where it stores its states on the way."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.errors import ParameterError
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["Record", "Trajectory", "speaking"]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory(Result):
    """States of a run at the stored times, and what it conserved.

    Parameters
    ----------
    times : real array, shape (n,)
        On the host, in the unit of the problem.
    states : array, shape (n, ...)
        One state a time.
    observables, invariants : dict of str to array, shape (n, ...)
        The first axis is time.
    entropy, minimum : real array, shape (n,), or None
        Where the problem defines them.
    step_sizes : real array, shape (n_steps,)
        Every step that was made.
    counts : dict of str to int
        ``steps, rejected, explicit, implicit, layer_steps``.
    epsilon : float
        The small parameter.
    scheme : str
        Its name.
    coordinates : dict of str to array, shape (...)
        Of the problem.
    status : Status
        CONVERGED, STOPPED, or why the run ended early.
    certificates : tuple of Certificate
        Conserved; entropy; nonnegative; close to the limit; exact, where each applies.

    Examples
    --------
    >>> from perturbsci.multiscale import jin_xin, solve
    >>> run = solve(jin_xin(16), epsilon=0.0, t_span=(0.0, 0.1), step=0.01)
    >>> print(run.certificate.claim, run.certificate.passed, run.counts["implicit"])
    conserved True 20
    """

    times: Array
    states: Array
    observables: dict[str, Array]
    invariants: dict[str, Array]
    entropy: Array | None
    minimum: Array | None
    step_sizes: Array
    counts: dict[str, int]
    epsilon: float
    scheme: str
    coordinates: dict[str, Array]
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def n_steps(self) -> int:
        """The number of steps that were made."""
        return int(self.step_sizes.shape[0])

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first; see ``speaking``."""
        return speaking(self.certificates)

    def summary(self) -> str:
        """Return scheme, counts, observables at the end and certificates.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        counted = ", ".join(f"{value} {name}" for name, value in self.counts.items())
        shape = tuple(self.states.shape[1:])
        lines = [
            f"Trajectory: {self.status.name}. {self.status.value}",
            f"{self.scheme}, epsilon = {self.epsilon:g}, t = {self.times[0]:g} to "
            f"{self.times[-1]:g}, {len(self.times)} states of shape {shape}",
            f"counts: {counted}",
        ]
        for name, values in self.observables.items():
            lines.append(f"{name} at the end: {_range(to_host(values[-1]))}")
        return clip([*lines, *(str(each) for each in self.certificates)])


class Record:
    """The states that a run stores, and the numbers that belong to them.

    Parameters
    ----------
    problem : SplitProblem
        With observables, invariants, entropy, minimum.
    epsilon : float
        The small parameter.
    like : array, shape (...)
        A state.
    n_times : int
        How many are expected.
    """

    def __init__(
        self, problem: SplitProblem, epsilon: float, like: Array, n_times: int
    ) -> None:
        self.problem, self.epsilon = problem, epsilon
        self.xp = namespace(like)
        self.states = self.xp.zeros(
            (n_times, *like.shape), dtype=like.dtype, device=like.device
        )
        self.times: list[float] = []

    def store(self, time: float, state: Array) -> None:
        """Keep a copy of a state, unless its time is already there.

        Parameters
        ----------
        time : float
            Its time.
        state : array, shape (...)
            On the device of the others.
        """
        if self.times and time <= self.times[-1]:
            return
        if len(self.times) == len(self.states):
            self.states = self.xp.concat([self.states, state[None]], axis=0)
        else:
            self.states[len(self.times)] = state
        self.times.append(time)

    def kept(self) -> tuple[Array, Array]:
        """Return what was stored.

        Returns
        -------
        times, states : array, shape (n,) and shape (n, ...)
            In order.
        """
        n = len(self.times)
        states = self.states if n == len(self.states) else self.states[:n, ...] + 0
        return numpy.array(self.times), states

    def values(self, name: str, function: Callable[[Array, float], Array]) -> Array:
        """Return a function of all stored states.

        Parameters
        ----------
        name : str
            For the message.
        function : callable
            ``(state, epsilon) -> number or array, shape (...)``.

        Returns
        -------
        values : array, shape (n, ...)
            The first axis is time.

        Raises
        ------
        ParameterError
            If the function raises; chained to what it raised.
        """
        xp = self.xp
        device = self.states.device
        found = []
        for state in self.kept()[1]:
            try:
                found.append(xp.asarray(function(state, self.epsilon), device=device))
            except Exception as error:
                raise ParameterError(
                    f"{name} of the problem {self.problem.name!r} raised "
                    f"{type(error).__name__} at epsilon = {self.epsilon:g}: {error}; "
                    "correct the function"
                ) from error
        return xp.stack(found)


def _range(values: numpy.ndarray) -> str:
    """Return one number, or the least and the largest; of complex ones the modulus."""
    word = "modulus " if values.dtype.kind == "c" else ""
    sizes = numpy.abs(values) if word else values
    low, high = sizes.min(), sizes.max()
    return f"{word}{low:.6g}" if low == high else f"{word}{low:.6g}..{high:.6g}"


def speaking(certificates: tuple[Certificate, ...]) -> Certificate:
    """Return the certificate that speaks for a run, or for a table of runs.

    The first that fails, else the first. Other than for ``verification.decisive`` one of
    kind ``"none"`` does not fail: it stands for a claim without meaning at this epsilon,
    such as "close to the limit" at epsilon = 1, not for one that could not be shown.

    Parameters
    ----------
    certificates : tuple of Certificate
        At least one.

    Returns
    -------
    certificate : Certificate
        One of them.
    """
    failed = (each for each in certificates if each.kind != "none" and not each.passed)
    return next(failed, certificates[0])
