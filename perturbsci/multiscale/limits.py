"""The limit epsilon -> 0 on its own: its solver, and whether the scheme commutes with it.

``solve_limit`` knows nothing of D, of epsilon or of the engine's recursion: it solves
y' = F(y) + G(y) of the limit equation by what remains there of the scheme, the explicit
tableau for F, the implicit one for G. The two must agree to rounding at epsilon = 0.

References: Jin (1999) for asymptotic-preserving schemes; Dimarco and Pareschi (2013).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError
from perturbsci.multiscale import spans
from perturbsci.multiscale.certificates import trajectory_of
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.ordermap import Observable, watching
from perturbsci.multiscale.problem import SplitProblem, checked_problem
from perturbsci.multiscale.schemes import scheme_named
from perturbsci.multiscale.spans import checked_epsilon, checked_span, checked_times
from perturbsci.multiscale.stepping import solve
from perturbsci.multiscale.tableaux import Tableau, tableau
from perturbsci.multiscale.trajectories import Record, Trajectory
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["CommutationCheck", "check_commutation", "solve_limit"]

CLAIM = "limit of the scheme equals the scheme of the limit"
METHOD = "against solve_limit"
IDENTICAL = 1e-12
NEAR = 1e-9
Advance = Callable[[Array, float], Array]


@dataclass(frozen=True, slots=True, eq=False)
class CommutationCheck(Result):
    """How a scheme approaches its limit as epsilon falls, at one step.

    Parameters
    ----------
    epsilons : real array, shape (n_e,)
        The small parameter.
    distances : real array, shape (n_e,)
        Norm of run(epsilon) - run(0), max norm.
    slope : float
        Of log distance over log epsilon; NaN for fewer than 2 distances above rounding.
    limit_distance : float
        Norm of run(0) minus the limit, of what both have.
    status : Status
        CONVERGED.
    certificate : Certificate
        Kind ``none`` if the problem has no limit equation of its own.

    Examples
    --------
    >>> from perturbsci.multiscale import goldstein_taylor
    >>> check = check_commutation(goldstein_taylor(8), epsilons=(0.1, 0.05), step=0.1,
    ...                           t_end=1.0)
    >>> check.limit_distance < 1e-14
    True
    """

    epsilons: Array
    distances: Array
    slope: float
    limit_distance: float
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return distances, slope and certificate.

        Returns
        -------
        text : str
            One row per epsilon.
        """
        rows = [
            f"{e:>12.3g}{d:>12.3e}"
            for e, d in zip(self.epsilons, self.distances, strict=True)
        ]
        first = f"CommutationCheck: {self.status.name}. {self.status.value}"
        last = f"slope {self.slope:.3f}, distance to the limit {self.limit_distance:.3g}"
        head = f"{'epsilon':>12}{'distance':>12}"
        return clip([first, head, *rows, last, str(self.certificate)])


def check_commutation(
    problem: SplitProblem,
    *,
    scheme: str | Tableau | Multistep = "ars222",
    epsilons: Array,
    step: float,
    t_end: float,
    observable: Observable = None,
) -> CommutationCheck:
    """Compare runs with their limit: epsilon -> 0 of the scheme, scheme of epsilon = 0.

    Parameters
    ----------
    problem : SplitProblem
        What is solved, from well-prepared data.
    scheme : str, Tableau or Multistep
        As for ``solve``.
    epsilons : real array, shape (n_e,)
        Positive values of the small parameter.
    step : float
        The same for all.
    t_end : float
        The time at which states are compared; the start is at 0.
    observable : str or callable, optional
        What ``distances`` compares; the whole state by default.

    Returns
    -------
    check : CommutationCheck
        Its certificate compares run(0) with ``solve_limit``.

    Raises
    ------
    ParameterError
        If an argument has a wrong value.

    Notes
    -----
    n_e + 2 runs. Without a limit equation of its own, ``limit_distance`` is that to
    ``problem.limit``, which holds the error of the scheme, and nothing is certified.

    References
    ----------
    Jin (1999).

    Examples
    --------
    >>> from perturbsci.multiscale import jin_xin
    >>> check = check_commutation(jin_xin(16), epsilons=(1e-3, 1e-4), step=0.01, t_end=0.1)
    >>> check.certificate.passed, round(check.slope, 1)
    (True, 1.0)
    """
    checked_problem(problem)
    values = numpy.asarray(as_array(epsilons, name="epsilons", ndim=1, real=True))
    if not (values > 0).all():
        raise ParameterError(
            f"epsilons holds {values.min():g}; pass values above 0, 0 itself is compared"
        )
    end = positive(t_end, "t_end")
    watch = watching(problem, observable)

    def final(epsilon: float) -> Array:
        run = solve(
            problem,
            epsilon=checked_epsilon(epsilon),
            t_span=(0.0, end),
            scheme=scheme,
            step=step,
            initial_layer="off",
        )
        return run.states[-1]

    last = final(0.0)
    distances = numpy.array(
        [_distance(watch(final(float(e)), e), watch(last, 0.0)) for e in values]
    )
    limit_distance, certificate = _limit_distance(problem, last, scheme, step, end)
    return CommutationCheck(
        epsilons=values,
        distances=distances,
        slope=_slope(values, distances),
        limit_distance=limit_distance,
        status=Status.CONVERGED,
        certificate=certificate,
    )


def solve_limit(
    problem: SplitProblem,
    *,
    t_span: tuple[float, float],
    step: float,
    scheme: str | Tableau | Multistep = "ars222",
    t_eval: Array | None = None,
) -> Trajectory:
    """Solve the limit equation of a problem alone, by what remains of the scheme.

    Parameters
    ----------
    problem : SplitProblem
        With ``limit_problem``.
    t_span : tuple of float
        Start and end.
    step : float
        Fixed steps of at most this size.
    scheme : str, Tableau or Multistep
        As for ``solve``.
    t_eval : real array, shape (n,), optional
        The times that are stored; start and end by default.

    Returns
    -------
    trajectory : Trajectory
        Of the limit equation: its states are those of ``problem.limit_problem``.

    Raises
    ------
    ParameterError
        If the problem has no limit equation of its own, or an argument is wrong.

    Notes
    -----
    Written apart from ``solve`` so that the two can be compared; it allocates.

    References
    ----------
    Dimarco and Pareschi (2013), section 2.

    Examples
    --------
    >>> from perturbsci.multiscale import goldstein_taylor
    >>> run = solve_limit(goldstein_taylor(16), t_span=(0.0, 1.0), step=0.1)
    >>> run.states.shape
    (2, 16)
    """
    checked_problem(problem)
    if problem.limit_problem is None:
        raise ParameterError(
            f"problem {problem.name!r} has no limit equation of its own; run "
            "solve(problem, epsilon=0.0, ...), or pass one with limit_problem="
        )
    limit = problem.limit_problem
    span = checked_span(t_span)
    times = checked_times(t_eval, span)
    step = positive(step, "step")
    spans.check_count(span[1] - span[0], step)
    chosen = scheme_named(scheme)
    if isinstance(chosen, str):
        raise ParameterError(
            f"scheme is {chosen!r}; the limit equation needs a tableau or a Multistep"
        )
    y = limit.start(0.0)
    start = (span[0], y)
    record = Record(limit, 0.0, y, len(times))
    if times[0] == span[0]:
        record.store(*start)
    sizes: list[float] = []
    now, wanted = span[0], set(times.tolist())
    if isinstance(chosen, Multistep):
        one_step: Advance = _Backward(limit, chosen)
    else:
        one_step = _stages(limit, chosen)
    for stop in sorted({*wanted, span[1]} - {span[0]}):
        n_steps = max(math.ceil((stop - now) / step - NEAR), 1)
        h = (stop - now) / n_steps
        h = step if abs(h - step) <= NEAR * h else h
        for _ in range(n_steps):
            y = one_step(y, h)
            sizes.append(h)
        now = stop
        if stop in wanted:
            record.store(stop, y)
    return trajectory_of(
        record,
        sizes=sizes,
        counts={"steps": len(sizes)},
        scheme=chosen.name,
        status=Status.CONVERGED,
        start=start,
        held_out=True,
    )


def _stages(limit: SplitProblem, pair: Tableau) -> Advance:
    """Return one step of y' = F(y) + G(y) by a tableau."""
    A_explicit, A = pair.explicit.tolist(), pair.implicit.tolist()
    b_explicit, b = pair.explicit_weights.tolist(), pair.implicit_weights.tolist()
    carried: list[Array] = []

    def advance(y: Array, h: float) -> Array:
        F: list[Array] = []
        G: list[Array] = []
        for i in range(pair.stages):
            right = y + h * sum(_products(A_explicit[i], F, A[i], G))
            a = A[i][i]
            if limit.solve_implicit is None or (i == 0 and a == 0):
                Y = right
                G.append(_first(limit, pair, y, h, carried) if i == 0 else 0 * y)
            else:
                Y = limit.solve_implicit(right, h * a, 0.0)
                G.append((Y - right) / (h * a))
            F.append(0 * y if limit.explicit is None else limit.explicit(Y, 0.0) + 0)
        carried[:] = G[-1:]
        if pair.globally_stiffly_accurate:
            return Y
        return y + h * sum(_products(b_explicit, F, b, G))

    return advance


def _products(
    explicit: list[float], F: list[Array], implicit: list[float], G: list[Array]
) -> Iterator[Array]:
    for row, slopes in ((explicit, F), (implicit, G)):
        yield from (a * slope for a, slope in zip(row, slopes, strict=False) if a)


def _first(
    limit: SplitProblem, pair: Tableau, y: Array, h: float, carried: list[Array]
) -> Array:
    """Return G(y) of the first stage: carried over, or from short solves."""
    if pair.kind != "CK" or limit.solve_implicit is None:
        return 0 * y
    slope = carried[0] if carried else 0 * y
    short = 1e-3 * h
    for _ in range(0 if carried and pair.globally_stiffly_accurate else 2):
        right = y - short * slope
        slope = (limit.solve_implicit(right, short, 0.0) - right) / short
    return slope


class _Backward:
    """Steps of y' = F(y) + G(y) by backward differentiation."""

    def __init__(self, limit: SplitProblem, scheme: Multistep) -> None:
        self.limit, self.q = limit, scheme.order
        self.a, self.e = scheme.state_weights.tolist(), scheme.explicit_weights.tolist()
        name, self.parts = {1: ("", 1), 2: ("ars222", 1), 3: ("ars443", 4)}.get(
            self.q, ("ars443", 16)
        )
        self.start = _stages(limit, tableau(name)) if name else None
        self.past: list[tuple[Array, Array]] = []
        self.h = 0.0

    def __call__(self, y: Array, h: float) -> Array:
        """Return the state one step later, shape (...)."""
        if self.past and abs(h - self.h) > IDENTICAL * h:
            self.past = []
        self.h = h
        limit = self.limit
        slope = 0 * y if limit.explicit is None else limit.explicit(y, 0.0) + 0
        self.past = [(y, slope), *self.past][: self.q]
        if len(self.past) < self.q:
            assert self.start is not None
            for _ in range(self.parts):
                y = self.start(y, h / self.parts)
            return y
        right = sum(
            h * e * F - a * old
            for a, e, (old, F) in zip(self.a[1:], self.e, self.past, strict=True)
        )
        right = right / self.a[0]
        if limit.solve_implicit is None:
            return right
        return limit.solve_implicit(right, h / self.a[0], 0.0)


def _distance(a: Array, b: Array) -> float:
    return float(scalar(abs(a - b).max()))


def _slope(epsilons: Array, distances: Array) -> float:
    kept = distances > 1e-13
    if kept.sum() < 2 or numpy.unique(epsilons[kept]).size < 2:
        return math.nan
    x, y = numpy.log(epsilons[kept]), numpy.log(distances[kept])
    x = x - x.mean()
    return float(x @ (y - y.mean()) / (x @ x))


def _limit_distance(
    problem: SplitProblem,
    last: Array,
    scheme: str | Tableau | Multistep,
    step: float,
    end: float,
) -> tuple[float, Certificate]:
    """Return the distance of run(0) to the limit, and what that certifies."""
    if problem.limit_problem is None or problem.restrict is None:
        distance = math.nan
        if problem.limit is not None:
            distance = _distance(last, problem.limit(end))
        why = ("no limit_problem",)
        return distance, Certificate(CLAIM, math.nan, math.nan, "none", METHOD, why)
    run = solve_limit(problem, t_span=(0.0, end), step=step, scheme=scheme)
    mine = problem.restrict(last)
    size = float(scalar(abs(mine).max()))
    distance = _distance(mine, run.states[-1])
    bound = problem.bounds.get("commutation", IDENTICAL)
    value = distance / size if size else distance
    return distance, Certificate(CLAIM, value, bound, "a-posteriori", METHOD)
