"""Orders of accuracy over scheme, epsilon, step and preparation, with their certificate."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from perturbsci.arguments import one_of, positive
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.multiscale.certificates import exact_state, takes_initial
from perturbsci.multiscale.initial_layer import LAYERS
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.problem import PREPARATIONS, SplitProblem, checked_problem
from perturbsci.multiscale.schemes import scheme_name, scheme_named
from perturbsci.multiscale.stepping import solve
from perturbsci.multiscale.tableaux import Tableau
from perturbsci.multiscale.trajectories import speaking
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate, UniformOrder, uniform_order

__all__ = ["OrderMap", "order_map"]

CLAIM = "order uniform in epsilon"
REFINEMENT = 8  # of the smallest step, for a reference that is computed
CONSISTENT = 1e-8  # how near an exact solution starts to the initial state it belongs to
Observable = str | Callable[[Array, float], Array] | None


@dataclass(frozen=True, slots=True, eq=False)
class OrderMap(Result):
    """Errors and observed orders over preparation, scheme, epsilon and step.

    Parameters
    ----------
    schemes, preparations : tuple of str
        Their names.
    epsilons : real array, shape (n_e,)
        The small parameter.
    steps : real array, shape (n_s,)
        In the unit of time.
    errors : real array, shape (n_prep, n_scheme, n_e, n_s)
        Relative, in the max norm.
    orders : real array, shape (n_prep, n_scheme, n_e)
        Tail slopes; NaN where all errors are rounding.
    worst_errors : real array, shape (n_prep, n_scheme, n_s)
        Largest over epsilon.
    worst_orders : real array, shape (n_prep, n_scheme)
        Tail slopes of those.
    status : Status
        NOT_FINITE if a run failed.
    certificates : tuple of Certificate
        One per preparation and scheme, in this order: the largest loss of order.

    Examples
    --------
    >>> from perturbsci.multiscale import goldstein_taylor
    >>> table = order_map(goldstein_taylor(8), schemes=("bdf1",), epsilons=(1e-2, 0.0),
    ...                   steps=(0.1, 0.05, 0.025), t_end=0.5)
    >>> table.worst_orders.round(1).tolist()
    [[1.0]]
    """

    schemes: tuple[str, ...]
    preparations: tuple[str, ...]
    epsilons: Array
    steps: Array
    errors: Array
    orders: Array
    worst_errors: Array
    worst_orders: Array
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first one."""
        return speaking(self.certificates)

    def summary(self) -> str:
        """Return the orders, one row a preparation and scheme.

        Returns
        -------
        text : str
            With the largest error at the finest step and the verdict.
        """
        heads = "".join(f"{value:>9.2g}" for value in self.epsilons)
        lines = [
            f"OrderMap: {self.status.name}. {self.status.value}",
            f"{'orders at epsilon =':<20}{heads}   worst   error",
        ]
        finest = int(numpy.argmin(self.steps))
        verdicts = iter(self.certificates)
        for i, preparation in enumerate(self.preparations):
            for j, scheme in enumerate(self.schemes):
                orders = "".join(f"{value:>9.2f}" for value in self.orders[i, j])
                each = next(verdicts)
                verdict = "passed" if each.passed else "failed"
                verdict = "no claim" if each.kind == "none" else verdict
                lines.append(
                    f"{scheme + ', ' + preparation:<20}{orders}"
                    f"{self.worst_orders[i, j]:>8.2f}"
                    f"{self.worst_errors[i, j, finest]:>8.0e} {verdict}"
                )
        return clip([*lines, str(self.certificate)])


def order_map(
    problem: SplitProblem,
    *,
    schemes: Sequence[str | Tableau | Multistep],
    epsilons: Array,
    steps: Array,
    t_end: float,
    preparations: Sequence[str] = ("well",),
    initial_layer: str = "off",
    reference: Callable[[float, float], Array] | None = None,
    observable: Observable = None,
    slack: float = 0.15,
) -> OrderMap:
    """Measure the order of schemes for every epsilon, from time 0 to a fixed time.

    Parameters
    ----------
    problem : SplitProblem
        What is solved.
    schemes : sequence of str, Tableau or Multistep
        As ``scheme=`` of ``solve``.
    epsilons : real array, shape (n_e,)
        Values of the small parameter, 0 allowed.
    steps : real array, shape (n_s,)
        At least 2 different steps.
    t_end : float
        The time at which errors are taken.
    preparations : sequence of str
        ``"well"``, ``"ill"`` or both.
    initial_layer : str
        As for ``solve``; ``"off"`` by default, which shows the order of the scheme itself.
    reference : callable, optional
        ``reference(time, epsilon) -> state, shape (...)``; by default the exact solution
        of the problem, else ``bdf2`` at an eighth of the smallest step, with resolved
        layers.
    observable : str or callable, optional
        What is compared: an observable of the problem, or ``(state, epsilon) -> array``;
        the whole state by default.
    slack : float
        The loss of order that the certificate allows.

    Returns
    -------
    table : OrderMap
        Certificates of kind ``estimate``: a fitted slope is no theorem.

    Raises
    ------
    ParameterError
        If an argument has a wrong value, or a step exceeds ``largest_step``.

    Notes
    -----
    One run of ``solve`` per entry. A run that does not converge counts with an infinite
    error.

    References
    ----------
    Hu and Shu (2021) for uniform orders of IMEX-BDF.

    Examples
    --------
    >>> from perturbsci.multiscale import jin_xin
    >>> table = order_map(jin_xin(8), schemes=("bdf2",), epsilons=(1.0, 1e-6),
    ...                   steps=(0.01, 0.005), t_end=0.5)
    >>> table.orders.round(1).tolist(), table.certificate.passed
    ([[[2.0, 2.0]]], True)
    """
    checked_problem(problem)
    _check_lists(schemes, preparations, reference)
    epsilons = as_array(epsilons, name="epsilons", ndim=1, real=True)
    steps = as_array(steps, name="steps", ndim=1, real=True)
    if steps.shape[0] < 2:
        raise ParameterError(
            f"steps has {steps.shape[0]} entry, needed 2 for a slope; pass at least two"
        )
    chosen = [scheme_named(each) for each in schemes]
    prepared = tuple(one_of(each, "preparations", PREPARATIONS) for each in preparations)
    one_of(initial_layer, "initial_layer", LAYERS)
    end, slack = positive(t_end, "t_end"), positive(slack, "slack")
    watch = watching(problem, observable)
    tables, certificates = [], []
    for preparation in prepared:
        truth = _Truth(problem, preparation, end, steps, reference, watch)
        for scheme in chosen:

            def error_of(
                epsilon: float,
                step: float,
                scheme: object = scheme,
                preparation: str = preparation,
                truth: "_Truth" = truth,
            ) -> float:
                state = _final(
                    problem, epsilon, step, end, scheme, preparation, initial_layer
                )
                return math.inf if state is None else truth.error(epsilon, state)

            table = uniform_order(error_of, epsilons, steps)
            tables.append(table)
            certificates.append(_certificate(scheme, problem, table, slack, truth.known))
    names = tuple(scheme_name(each) for each in chosen)
    return _gathered(names, prepared, tables, tuple(certificates))


def _check_lists(schemes: object, preparations: object, reference: object) -> None:
    """Refuse what is no list of names, or no reference."""
    if not isinstance(schemes, Sequence) or isinstance(schemes, str) or not schemes:
        raise ParameterError(f"schemes is {schemes!r:.60}; pass a tuple such as ('bdf2',)")
    if not isinstance(preparations, Sequence) or preparations in ((), [], "well", "ill"):
        raise ParameterError(
            f"preparations is {preparations!r:.60}; pass ('well',) or both"
        )
    if reference is not None and not callable(reference):
        raise ParameterError(
            f"reference is {reference!r:.60}; pass a function (time, epsilon) that returns "
            "a state, or None"
        )


def _gathered(
    schemes: tuple[str, ...],
    preparations: tuple[str, ...],
    tables: list[UniformOrder],
    certificates: tuple[Certificate, ...],
) -> OrderMap:
    """Return all tables, one per preparation and scheme, as one."""
    shape = (len(preparations), len(schemes))
    first = tables[0]

    def joined(name: str) -> Array:
        values = numpy.array([getattr(table, name) for table in tables])
        return values.reshape(*shape, *values.shape[1:])

    good = all(table.status is Status.CONVERGED for table in tables)
    return OrderMap(
        schemes=schemes,
        preparations=preparations,
        epsilons=first.epsilons,
        steps=first.steps,
        errors=joined("errors"),
        orders=joined("orders"),
        worst_errors=joined("worst_errors"),
        worst_orders=joined("worst_order"),
        status=Status.CONVERGED if good else Status.NOT_FINITE,
        certificates=certificates,
    )


def watching(
    problem: SplitProblem, observable: Observable
) -> Callable[[Array, float], Array]:
    """Return the function of the state whose errors are taken.

    Parameters
    ----------
    problem : SplitProblem
        With observables.
    observable : str, callable or None
        None for the state itself.

    Returns
    -------
    function : callable
        ``(state, epsilon) -> array, shape (...)``.

    Raises
    ------
    ParameterError
        If the problem has no such observable.
    """
    if observable is None:
        return lambda state, epsilon: state  # noqa: ARG005
    if callable(observable):
        return observable
    if observable in problem.observables:
        return problem.observables[observable]
    raise ParameterError(
        f"observable is {observable!r:.60}; the problem {problem.name!r} has "
        f"{', '.join(problem.observables) or 'none'}, or pass a function (state, epsilon)"
    )


def _final(
    problem: SplitProblem,
    epsilon: float,
    step: float,
    end: float,
    scheme: object,
    preparation: str,
    initial_layer: str,
) -> Array | None:
    """Return the state at the end of a run, None if it failed."""
    try:
        run = solve(
            problem,
            epsilon=epsilon,
            t_span=(0.0, end),
            scheme=scheme,  # type: ignore[arg-type]
            step=step,
            preparation=preparation,
            initial_layer=initial_layer,
        )
    except ConvergenceError:
        return None
    return run.states[-1]


class _Truth:
    """The reference at the end, for each epsilon once."""

    def __init__(
        self,
        problem: SplitProblem,
        preparation: str,
        end: float,
        steps: Array,
        reference: Callable[[float, float], Array] | None,
        watch: Callable[[Array, float], Array],
    ) -> None:
        self.problem, self.preparation, self.end = problem, preparation, end
        self.step = float(min(steps)) / REFINEMENT
        self.reference, self.watch = reference, watch
        self.found: dict[float, Array] = {}
        self.known = True

    def error(self, epsilon: float, state: Array) -> float:
        """Return the error of a state, shape (...), relative in the max norm."""
        if epsilon not in self.found:
            self.found[epsilon] = self.watch(self._state(epsilon), epsilon)
        truth = self.found[epsilon]
        size = float(scalar(abs(truth).max()))
        error = float(scalar(abs(self.watch(state, epsilon) - truth).max()))
        error = error / size if size else error
        return error if error < math.inf else math.inf

    def _state(self, epsilon: float) -> Array:
        problem = self.problem
        if self.reference is not None:
            return self.reference(self.end, epsilon)
        start = problem.start(epsilon, self.preparation)
        if problem.exact is not None and self._belongs(start, epsilon):
            return exact_state(problem, self.end, epsilon, (0.0, start))
        self.known = False
        run = solve(
            problem,
            epsilon=epsilon,
            t_span=(0.0, self.end),
            scheme="bdf2",
            step=self.step,
            preparation=self.preparation,
            initial_layer="resolve",
        )
        return run.states[-1]

    def _belongs(self, start: Array, epsilon: float) -> bool:
        """Tell whether the exact solution starts at this state, shape (...)."""
        problem = self.problem
        if takes_initial(problem):
            return True
        assert problem.exact is not None
        difference = float(scalar(abs(problem.exact(0.0, epsilon) - start).max()))
        return difference <= CONSISTENT * float(scalar(abs(start).max()))


def _certificate(
    scheme: Tableau | Multistep | str,
    problem: SplitProblem,
    table: UniformOrder,
    slack: float,
    known: bool,
) -> Certificate:
    order = problem.native_order or 1 if isinstance(scheme, str) else scheme.order
    method = "tail slopes, exact solution or given reference"
    if not known:
        method = f"tail slopes, bdf2 at 1/{REFINEMENT} step"
    if table.status is not Status.CONVERGED:
        return Certificate(CLAIM, math.inf, slack, "estimate", method, ("a run failed",))
    measured = table.orders[numpy.isfinite(table.orders)]
    if not measured.size:
        why = ("fewer than 2 errors are above the floor: no order can be seen",)
        return Certificate(CLAIM, math.nan, math.nan, "none", method, why)
    loss = float(order - measured.min())
    return Certificate(CLAIM, loss, slack, "estimate", method)
