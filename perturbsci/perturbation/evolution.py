"""Initial value problems of a hierarchy, all orders integrated at once.

The highest derivatives in t follow from M u_k^(n) = -(rest of F_k), M the same for all
orders; derivatives in x, where there is one, are taken by the fast Fourier transform on
[0, 2 pi). The time integration is DOP853.

References: Hairer, Norsett and Wanner (1993), section II.10; Trefethen (2000), chapter 3.
"""

import math
from collections.abc import Callable, Iterable

import numpy
import sympy

from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.perturbation.hierarchy import Atom, Hierarchy, atoms_of

__all__ = ["compiled", "evolved", "grows", "is_complex"]

TOLERANCES = (1e-10, 1e-12)  # of the run and of the one that is returned
NODES = (8, 16, 32, 64, 128)  # in x; the first that suffices, since derivatives of order
RESOLVED = 1e-9  # k amplify rounding by the k-th power of the number of nodes
DOUBLINGS = 8
HORIZONS = (256.0, 32.0)  # how far growth is followed, the first that is affordable
MOST_CALLS = 40_000  # of the right side; a frequency that grows with t needs any number


def compiled(
    formulas: Iterable[sympy.Expr], made: Hierarchy
) -> tuple[Callable[..., list], list[Atom]]:
    """Return formulas as a function of the variables and of what they hold.

    Parameters
    ----------
    formulas : iterable of sympy.Expr
        Of the functions of a hierarchy and their derivatives.
    made : Hierarchy
        Whose functions they hold.

    Returns
    -------
    function : callable
        ``function(*variables, *values)`` gives a list of arrays or numbers.
    atoms : list of (order, unknown, derivatives in t, derivatives in x)
        What the values are.
    """
    given = list(formulas)
    atoms = atoms_of(given, made)
    names = {node: sympy.Dummy() for node in atoms}
    function = sympy.lambdify(
        (*made.variables, *names.values()),
        [formula.xreplace(names) for formula in given],
        modules=["scipy", "numpy"],
        cse=True,
    )
    return function, list(atoms.values())


def is_complex(made: Hierarchy) -> bool:
    """Return whether the imaginary unit occurs in equations or conditions.

    Parameters
    ----------
    made : Hierarchy
        Any.

    Returns
    -------
    found : bool
        True if it does.
    """
    formulas = [formula for row in made.equations for formula in row]
    formulas += [value for condition in made.conditions for value in condition[3]]
    return any(formula.has(sympy.I) for formula in formulas)


class Flow:
    """The right side y' of the states of all orders, on n nodes in x.

    Parameters
    ----------
    made : Hierarchy
        Of an initial value problem.
    n_nodes : int
        1 for ordinary differential equations.

    Raises
    ------
    ParameterError
        If the limit is nonlinear in its highest derivatives.
    """

    def __init__(self, made: Hierarchy, n_nodes: int) -> None:
        self.made = made
        self.n_nodes = n_nodes
        self.n_calls, self.most_calls = 0, math.inf
        self.dtype = numpy.complex128 if is_complex(made) else numpy.float64
        self.x = 2 * numpy.pi * numpy.arange(n_nodes) / n_nodes
        self.waves = numpy.fft.fftfreq(n_nodes, 1 / n_nodes)
        self.places = {slot: place for place, slot in enumerate(made.slots)}
        self.fields = [self.places[i, 0] for i in range(len(made.degrees))]
        t = made.variables[0]
        heads = [
            [u.diff(t, n) for u, n in zip(row, made.degrees, strict=True)]
            for row in made.functions
        ]
        table = {node: sympy.Dummy() for node in heads[0]}
        jacobian = sympy.Matrix(
            [formula.xreplace(table) for formula in made.equations[0]]
        ).jacobian(list(table.values()))
        if jacobian.free_symbols & set(table.values()):
            raise ParameterError(
                f"equations at order 0 are {made.equations[0]!s:.80}, nonlinear in the "
                f"highest derivatives; solve them for {heads[0]!s:.60} first"
            )
        self.head, self.head_atoms = compiled(list(jacobian), made)
        self.rests = [
            compiled([formula.xreplace(dict.fromkeys(own, 0)) for formula in row], made)
            for row, own in zip(made.equations, heads, strict=True)
        ]

    def start(self) -> numpy.ndarray:
        """Return the initial states.

        Returns
        -------
        state : array, shape (N + 1, n_slots, n_nodes)
            u, u', ... of each unknown below its highest derivative.
        """
        made = self.made
        state = numpy.zeros(
            (len(made.equations), len(self.places), self.n_nodes), self.dtype
        )
        for i, m, _, values in made.conditions:
            functions, _ = compiled(values, made)
            for k, value in enumerate(functions(*self._variables(0.0))):
                state[k, self.places[i, m]] = value
        return state

    def __call__(self, t: float, flat: numpy.ndarray) -> numpy.ndarray:
        """Return the derivative of the states, as one vector."""
        self.n_calls += 1
        if self.n_calls > self.most_calls:
            raise ConvergenceError(f"the right side was called {self.n_calls} times")
        made, n = self.made, len(self.made.degrees)
        shape = (len(made.equations), len(self.places), self.n_nodes)
        state = flat.reshape(shape)
        change = numpy.empty_like(state)
        variables = self._variables(t)
        highest: list[numpy.ndarray] = []
        for k, (function, atoms) in enumerate(self.rests):
            rest = self._full(
                function(*variables, *(self._value(a, state, highest) for a in atoms)), n
            )
            if k == 0:
                known = [self._value(a, state, highest) for a in self.head_atoms]
                head = self._full(self.head(*variables, *known), n * n)
                head = numpy.moveaxis(head.reshape(n, n, -1), -1, 0)
            # One division where it does: a call of LAPACK costs as much as all the rest.
            solved = (
                -rest / head[:, 0, 0]
                if n == 1
                else numpy.linalg.solve(head, -rest.T[..., None])[..., 0].T
            )
            highest.append(solved)
            for (i, m), place in self.places.items():
                last = m + 1 == made.degrees[i]
                change[k, place] = solved[i] if last else state[k, place + 1]
        return change.reshape(-1)

    def _variables(self, t: float) -> list:
        return [t, self.x][: len(self.made.variables)]

    def _full(self, values: list, count: int) -> numpy.ndarray:
        """Return numbers and arrays as rows over the nodes."""
        rows = numpy.empty((count, self.n_nodes), self.dtype)
        for row, value in zip(rows, values, strict=True):
            row[:] = value
        return rows

    def _value(
        self, atom: Atom, state: numpy.ndarray, highest: list[numpy.ndarray]
    ) -> numpy.ndarray:
        """Return a derivative on the nodes."""
        k, i, m, in_x = atom
        value = highest[k][i] if m == self.made.degrees[i] else state[k, self.places[i, m]]
        if not in_x:
            return value
        factor = (1j * self.waves) ** in_x
        if in_x % 2:
            factor[self.waves == -self.n_nodes // 2] = 0  # the sawtooth has slope 0
        slope = numpy.fft.ifft(factor * numpy.fft.fft(value))
        return slope if self.dtype == numpy.complex128 else slope.real


def evolved(made: Hierarchy, points: numpy.ndarray) -> tuple[numpy.ndarray, float]:
    """Return the values of all orders at points, and an estimate of their error.

    Parameters
    ----------
    made : Hierarchy
        Of an initial value problem.
    points : real array, shape (n,) or (n, 2)
        t, or (t, x); on both sides of the start.

    Returns
    -------
    values : array, shape (N + 1, n, n_unknowns)
        u_k.
    estimate : float
        Difference of two tolerances, or of two numbers of nodes, relative to the largest
        value of each order.

    Raises
    ------
    ConvergenceError
        If the integration ends before the last point.
    """
    if len(made.variables) == 1:
        looser, values = (_run(made, points, 1, tolerance) for tolerance in TOLERANCES)
        return values, _distance(looser, values)
    for n_nodes in NODES:
        values = _run(made, points, n_nodes, TOLERANCES[1])
        # A wave that looks like a longer one on one grid does not on the other.
        estimate = _distance(_run(made, points, 2 * n_nodes + 1, TOLERANCES[1]), values)
        if estimate <= RESOLVED:
            break
    return values, estimate


def _distance(a: numpy.ndarray, b: numpy.ndarray) -> float:
    """Return max |a - b| relative to the largest b of each order."""
    sizes = abs(b).max(axis=(1, 2), initial=0)
    misses = abs(a - b).max(axis=(1, 2), initial=0)
    return float((misses / numpy.where(sizes > 0, sizes, 1)).max(initial=0))


def _run(
    made: Hierarchy, points: numpy.ndarray, n_nodes: int, tolerance: float
) -> numpy.ndarray:
    """Return values at points."""
    flow = Flow(made, n_nodes)
    times = points if points.ndim == 1 else points[:, 0]
    steps, places = numpy.unique(times, return_inverse=True)
    states = _states(flow, steps, tolerance)[:, :, flow.fields]
    if points.ndim == 1:
        return numpy.moveaxis(states[places, :, :, 0], 0, 1)
    spectrum = numpy.fft.fft(states, axis=-1) / n_nodes
    phases = numpy.exp(1j * flow.waves * points[:, 1:])
    values = numpy.einsum("pkiw,pw->kpi", spectrum[places], phases)
    return values if flow.dtype == numpy.complex128 else values.real


def _states(flow: Flow, times: numpy.ndarray, tolerance: float) -> numpy.ndarray:
    """Return the states at ascending times, shape (n_times, N + 1, n_slots, n_nodes)."""
    from scipy.integrate import solve_ivp  # noqa: PLC0415 (takes a tenth of a second)

    start, first = flow.start(), float(flow.made.positions[0])
    found = numpy.empty((len(times), *start.shape), flow.dtype)
    for side in (1, -1):
        chosen = numpy.flatnonzero(times >= first if side > 0 else times < first)[::side]
        if not len(chosen) or times[chosen[-1]] == first:
            found[chosen] = start
            continue
        with numpy.errstate(all="ignore"):
            run = solve_ivp(
                flow,
                (first, times[chosen[-1]]),
                start.reshape(-1),
                method="DOP853",
                t_eval=times[chosen],
                rtol=tolerance,
                atol=tolerance / 100,
            )
        if not run.success or not numpy.isfinite(run.y).all():
            raise ConvergenceError(
                f"the integration from {first:g} ended at "
                f"{run.t[-1] if len(run.t) else first:g}, before {times[chosen[-1]]:g} "
                f"({run.message}); choose points before a singularity, or fewer orders"
            )
        found[chosen] = run.y.T.reshape(-1, *start.shape)
    return found


def grows(made: Hierarchy, values_at: Callable | None = None) -> numpy.ndarray:
    """Return whether max |u_k| grows like a power of t, over 8 doublings of t.

    Parameters
    ----------
    made : Hierarchy
        Of an initial value problem.
    values_at : callable, optional
        ``values_at(times)`` gives the values of all orders, shape (N + 1, n, ...);
        default by integration.

    Returns
    -------
    secular : bool array, shape (N + 1,)
        True if the slope exceeds 0.5 in the later half of the doublings; False for
        exponential growth, where it doubles with t, and where the solution ends within
        32 units of t or takes too many steps to be followed so far.
    """
    for horizon in HORIZONS[len(made.variables) - 1 :]:
        values = _followed(made, horizon, values_at)
        if values is not None:
            break
    else:
        return numpy.zeros(len(made.equations), bool)
    sizes = abs(values).reshape(len(made.equations), DOUBLINGS, -1).max(axis=2)
    with numpy.errstate(all="ignore"):
        slopes = numpy.diff(numpy.log2(sizes), axis=1)[:, -DOUBLINGS // 2 :]
    # Exponential growth: each slope is twice the one before, the last 8/3 of the median.
    middle = numpy.median(slopes, axis=1)
    return (middle > 0.5) & (slopes[:, -1] < 2 * middle)


def _followed(
    made: Hierarchy, horizon: float, values_at: Callable | None
) -> numpy.ndarray | None:
    """Return the values of all orders at 100 times a doubling, None if they cannot be."""
    ends = horizon / 2.0 ** numpy.arange(DOUBLINGS, -1, -1)
    inside = numpy.linspace(0, 1, 100, endpoint=False)
    steps = (ends[:-1, None] + numpy.diff(ends)[:, None] * inside).reshape(-1)
    times = float(made.positions[0]) + steps
    if values_at is not None:
        return values_at(times)
    flow = Flow(made, NODES[2] if len(made.variables) == 2 else 1)
    flow.most_calls = MOST_CALLS
    try:
        states = _states(flow, times, TOLERANCES[0])
    except ConvergenceError:
        return None
    return numpy.moveaxis(states[:, :, flow.fields], 0, 1)
