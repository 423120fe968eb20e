"""A problem split for an IMEX scheme: D(epsilon) y' = E(y, epsilon) + I(y, epsilon).

E is evaluated, I is only ever solved for: ``solve_implicit(rhs, h, epsilon)`` returns the y
with D y - h I(y) = rhs. Nothing is divided by epsilon, so that epsilon = 0 is a value like
any other.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as option
from typing import Optional

from perturbsci.arguments import flag, number, one_of
from perturbsci.backend.arrays import as_array, device_of
from perturbsci.errors import (
    BackendError,
    ParameterError,
    PerturbsciError,
    ShapeError,
)
from perturbsci.multiscale.spans import checked_epsilon, whole_number
from perturbsci.types import Array

__all__ = ["SplitProblem"]

# What the functions of a problem return; ``Array`` would hide which of them is a state.
Evaluation = Callable[..., Array]
OfState = Callable[[Array], Array]
Functional = Callable[[Array, float], Array]
OfEpsilon = Callable[[float], Array]
Start = Array | Callable[[float, str], Array]
Table = Mapping[str, Functional]
Coordinates = Mapping[str, Array]

PREPARATIONS = ("well", "ill")
CALLABLES = (
    "explicit",
    "solve_implicit",
    "weight",
    "native",
    "limit",
    "exact",
    "equilibrium",
    "entropy",
    "minimum",
    "layer_scales",
    "largest_step",
    "restrict",
    "limiter",
    "macroscopic_minimum",
    "admit",
    "claims",
)
TABLES = ("invariants", "observables", "invariant_scales")
BOUNDS = ("conserved", "entropy", "minimum", "limit", "limit_factor", "commutation")


@dataclass(frozen=True, slots=True, eq=False)
class SplitProblem:
    """A discretized problem with a small parameter, split into two parts.

    Every callable gets arrays that it must not modify. One with a parameter named ``out``
    is given a buffer of the shape of the state, to write its result into; a
    ``solve_implicit`` with a parameter named ``guess`` the latest state, which for a
    stage that is solved in place is that same buffer. No function is told the time: where
    it matters, it is one more component of the state, with E = 1.

    Parameters
    ----------
    name : str
        For messages.
    initial : array, shape (...), or callable
        y(t0), of any shape; or ``initial(epsilon, preparation) -> y``, preparation
        ``"well"`` (on the slow manifold up to epsilon^2) or ``"ill"``.
    explicit : callable or None
        ``explicit(state, epsilon) -> E``; None if E = 0.
    solve_implicit : callable, optional
        ``solve_implicit(rhs, h, epsilon) -> y`` with D y - h I(y) = rhs; None if I = 0.
    weight : callable, optional
        ``weight(epsilon) -> D``, not negative, broadcasts to the state; None if D = 1.
    native : callable, optional
        ``native(state, h, epsilon) -> y``, a one-step map of its own (``scheme="native"``).
    native_order : int, optional
        Its order; 1 by default.
    limit : callable, optional
        ``limit(time) -> y`` at epsilon = 0.
    exact : callable, optional
        ``exact(time, epsilon) -> y``; one with a parameter named ``initial`` is given the
        state at the start of the run, and the time since then.
    equilibrium : callable, optional
        ``equilibrium(state) -> y``, the state on the slow manifold of epsilon = 0 with the
        same conserved quantities.
    invariants, observables : mapping of str to callable, optional
        ``(state, epsilon) -> number or array``.
    entropy, minimum : callable, optional
        ``(state, epsilon) -> number``: what must not increase; what must not be negative.
    layer_scales : callable, optional
        ``layer_scales(epsilon)``, the decay times of the fast layers, a tuple.
    largest_step : callable, optional
        ``largest_step(epsilon)``, the stability limit of the explicit part.
    coordinates : mapping of str to array, optional
        What the axes of the state mean, such as ``x``.
    invariant_scales : mapping of str to callable, optional
        ``(state, epsilon) -> number``: the sum of the absolute contributions to an
        invariant. By default the invariant of abs(state).
    limit_problem : SplitProblem, optional
        The limit equation alone, as ``solve_limit`` solves it; its weight is 1, and one of
        its two parts is None.
    restrict : callable, optional
        ``restrict(state)``, the state of the limit equation in a state of this one.
    limiter : callable, optional
        ``limiter(state, epsilon) -> y``, not negative (``positivity="limit"``).
    macroscopic_minimum : callable, optional
        ``(state, epsilon) -> number``, the smallest density or temperature: a run whose
        value is not positive is lost.
    admit : callable, optional
        ``admit(scheme, epsilon, step)`` raises ``ParameterError`` for a scheme (a
        ``Tableau``, a ``Multistep`` or ``"native"``) that fails here.
    claims : callable, optional
        ``claims(times, states, epsilon)``, a tuple of further certificates.
    penalized : bool
        Whether solve_implicit takes off a penalty that explicit adds, more than the decay
        that is there: then ``bdf2`` starts, and passes layers, by extrapolated Euler
        steps, which damp every such mode; ``ars222`` would not.
    bounds : mapping of str to float, optional
        Bounds of certificates other than the usual ones: ``"conserved"``, ``"entropy"``
        (its kind is then ``estimate``), ``"minimum"``, ``"limit"`` or ``"limit_factor"``
        (times the longest layer, 10 by default), ``"commutation"``.

    Raises
    ------
    ParameterError
        If a field is of the wrong type, or there is nothing to step with.

    Notes
    -----
    The statement itself, without a discretization, is a ``problems.Problem``.

    Examples
    --------
    >>> import numpy
    >>> decay = SplitProblem("decay", initial=numpy.array([1.0]), explicit=None,
    ...                      solve_implicit=lambda rhs, h, epsilon: rhs / (epsilon + h),
    ...                      weight=lambda epsilon: epsilon)
    >>> decay.start(0.0).tolist()
    [1.0]
    """

    name: str
    initial: Start = option(kw_only=True)
    explicit: Evaluation | None = option(kw_only=True)
    solve_implicit: Evaluation | None = option(default=None, kw_only=True)
    weight: OfEpsilon | None = option(default=None, kw_only=True)
    native: Evaluation | None = option(default=None, kw_only=True)
    native_order: int | None = option(default=None, kw_only=True)
    limit: OfEpsilon | None = option(default=None, kw_only=True)
    exact: Evaluation | None = option(default=None, kw_only=True)
    equilibrium: OfState | None = option(default=None, kw_only=True)
    invariants: Table = option(default_factory=dict, kw_only=True)
    entropy: Functional | None = option(default=None, kw_only=True)
    minimum: Functional | None = option(default=None, kw_only=True)
    observables: Table = option(default_factory=dict, kw_only=True)
    layer_scales: Callable[[float], tuple[float, ...]] | None = option(
        default=None, kw_only=True
    )
    largest_step: Callable[[float], float] | None = option(default=None, kw_only=True)
    coordinates: Coordinates = option(default_factory=dict, kw_only=True)
    invariant_scales: Table = option(default_factory=dict, kw_only=True)
    limit_problem: Optional["SplitProblem"] = option(default=None, kw_only=True)
    restrict: OfState | None = option(default=None, kw_only=True)
    limiter: Functional | None = option(default=None, kw_only=True)
    macroscopic_minimum: Functional | None = option(default=None, kw_only=True)
    admit: Callable[[object, float, float | None], None] | None = option(
        default=None, kw_only=True
    )
    claims: Callable[..., tuple] | None = option(default=None, kw_only=True)
    penalized: bool = option(default=False, kw_only=True)
    bounds: Mapping[str, float] = option(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        """Check the types of the fields; keep copies of the mappings."""
        if not isinstance(self.name, str) or not self.name:
            raise ParameterError(f"name is {self.name!r}; pass a word for messages")
        for name in CALLABLES:
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise ParameterError(
                    f"{name} of the problem {self.name!r} is {value!r:.60}; pass a "
                    "function (see SplitProblem for its arguments), or None"
                )
        if self.explicit is self.solve_implicit is self.native is None:
            raise ParameterError(
                f"the problem {self.name!r} has explicit = None, solve_implicit = None and "
                "native = None; pass at least one of the three"
            )
        for name in TABLES:
            table = getattr(self, name)
            if not isinstance(table, Mapping) or not all(map(callable, table.values())):
                raise ParameterError(
                    f"{name} of the problem {self.name!r} is {table!r:.80}; pass a mapping "
                    "of names to functions (state, epsilon)"
                )
            object.__setattr__(self, name, dict(table))
        self._check_others()
        object.__setattr__(self, "bounds", dict(self.bounds))
        object.__setattr__(self, "coordinates", dict(self.coordinates))
        if not callable(self.initial):
            object.__setattr__(self, "initial", as_array(self.initial, name="initial"))

    def _check_others(self) -> None:
        """Check the fields that are neither functions nor tables of functions."""
        flag(
            self.penalized,
            "penalized",
            meaning="if explicit adds what solve_implicit takes off",
        )
        if self.native_order is not None:
            whole_number(self.native_order, "native_order", least=1)
        if not isinstance(self.limit_problem, SplitProblem | None):
            raise ParameterError(
                f"limit_problem of the problem {self.name!r} is a "
                f"{type(self.limit_problem).__name__}; pass a SplitProblem, or None"
            )
        for name in ("coordinates", "bounds"):
            if not isinstance(getattr(self, name), Mapping):
                raise ParameterError(
                    f"{name} of the problem {self.name!r} is "
                    f"{getattr(self, name)!r:.60}; pass a mapping, {{}} if there are none"
                )
        if unknown := sorted(set(self.bounds) - set(BOUNDS)):
            raise ParameterError(
                f"bounds of the problem {self.name!r} has the keys {unknown}; known are "
                f"{', '.join(BOUNDS)}"
            )
        for key, bound in self.bounds.items():
            number(bound, f"bounds[{key!r}]", least=0.0)

    def start(self, epsilon: float, preparation: str = "well") -> Array:
        """Return a copy of the initial state.

        Parameters
        ----------
        epsilon : float
            The small parameter, from 0 on.
        preparation : str
            ``"well"`` or ``"ill"``; a problem with one initial state takes no notice.

        Returns
        -------
        state : array, shape (...)
            y(t0).

        Raises
        ------
        ParameterError
            If epsilon is no number from 0 on, the preparation is unknown, or ``initial``
            raises; chained to what it raised.
        """
        epsilon = checked_epsilon(epsilon)
        one_of(preparation, "preparation", PREPARATIONS)
        value = self.initial
        if callable(value):
            try:
                value = value(epsilon, preparation)
            except PerturbsciError:
                raise
            except Exception as error:
                raise ParameterError(
                    f"initial raised {type(error).__name__} at epsilon = {epsilon:g}: "
                    f"{error}; pass a function (epsilon, preparation), or an array"
                ) from error
        return as_array(value, name="initial", copy=True)


def checked_problem(problem: object) -> SplitProblem:
    """Return a problem that a caller passed.

    Parameters
    ----------
    problem : object
        What was passed.

    Returns
    -------
    problem : SplitProblem
        The same.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if isinstance(problem, SplitProblem):
        return problem
    raise ParameterError(
        f"problem is a {type(problem).__name__}; pass a SplitProblem, such as jin_xin(64)"
    )


def checked_state(
    problem: SplitProblem, state: object, epsilon: float, name: str = "state"
) -> Array:
    """Return a state that a caller passed, if it is one of this problem.

    Parameters
    ----------
    problem : SplitProblem
        Whose state it should be.
    state : array_like, shape (...)
        Any order, stride, byte order.
    epsilon : float
        The small parameter.
    name : str
        Of the argument.

    Returns
    -------
    state : array, shape (...)
        C order.

    Raises
    ------
    ShapeError
        If it has another shape than the initial state of the problem.
    BackendError
        If it lives on another device.
    """
    own = problem.start(epsilon)
    real = "complex" not in own.dtype.name
    array = as_array(state, name=name, real=real)
    if device_of(array) != device_of(own):
        raise BackendError(
            f"{name} lives on {device_of(array)} but the problem {problem.name!r} on "
            f"{device_of(own)}; move it with backend.to_device or backend.to_host"
        )
    if array.shape != own.shape:
        raise ShapeError(
            f"{name} has shape {array.shape}, needed {own.shape} as the initial state of "
            f"the problem {problem.name!r}"
        )
    return array


def parameter_names(function: Evaluation) -> tuple[str, ...]:
    """Return what the parameters of a function are called.

    Parameters
    ----------
    function : callable
        Of a user.

    Returns
    -------
    names : tuple of str
        Empty where they cannot be found out, as for some functions written in C.
    """
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()
