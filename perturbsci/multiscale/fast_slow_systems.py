"""Fast-slow ordinary differential equations y' = f(y, z), epsilon z' = g(y, z).

The slow part is explicit, the fast one implicit by Newton's method; at epsilon = 0 the
fast variable solves g(y, z) = 0.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy

from perturbsci.backend import namespace, to_device, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import whole_number
from perturbsci.types import Array

__all__ = ["fast_slow", "van_der_pol"]

ITERATIONS = 20
RESIDUAL = 1e-12
Right = Callable[[Array, Array], Array]


def fast_slow(
    slow: Right,
    fast: Right,
    *,
    fast_jacobian: Right,
    initial: Array | Callable[[float, str], Array],
    n_slow: int,
    backend: str | None = None,
) -> SplitProblem:
    """Return y' = f(y, z), epsilon z' = g(y, z) as a split problem.

    epsilon is the ratio of the fast to the slow time scale. D = (1, epsilon),
    E = (f, 0), I = (0, g).

    Parameters
    ----------
    slow, fast : callable
        f and g, ``(y, z) -> array, shape (n_slow,)``, and ``shape (n_fast,)``.
    fast_jacobian : callable
        dg/dz, ``(y, z) -> array``, shape (n_fast, n_fast).
    initial : array, shape (n_slow + n_fast,), or callable
        y and then z; or ``initial(epsilon, preparation)``.
    n_slow : int
        How many of them are slow.
    backend : str, optional
        As for ``backend.use``; where the states live.

    Returns
    -------
    problem : SplitProblem
        State (n_slow + n_fast,), observables ``slow`` and ``fast``.

    Raises
    ------
    ParameterError
        If ``n_slow`` leaves no fast variable, or a function is none.
    ShapeError
        If the initial state is no vector.

    Notes
    -----
    At most 20 iterations of Newton's method, to a relative residual of 1e-12, started at
    the latest state; where it fails, an adaptive step is rejected and a run of fixed steps
    ends with STEP_UNDERFLOW.

    References
    ----------
    Hairer and Wanner (1996), section VI.1.

    Examples
    --------
    >>> problem = fast_slow(lambda y, z: -z, lambda y, z: y - z,
    ...                     fast_jacobian=lambda y, z: numpy.array([[-1.0]]),
    ...                     initial=[1.0, 1.0], n_slow=1)
    >>> problem.solve_implicit(numpy.array([1.0, 0.0]), 0.1, 0.0).tolist()
    [1.0, 1.0]
    """
    for name, function in (
        ("slow", slow),
        ("fast", fast),
        ("fast_jacobian", fast_jacobian),
    ):
        if not callable(function):
            raise ParameterError(f"{name} is {function!r:.60}; pass a function (y, z)")
    m = whole_number(n_slow, "n_slow", least=1)
    if not callable(initial):
        initial = _placed(initial, backend)
        initial = as_array(initial, name="initial", real=True)
    first = initial(0.0, "well") if callable(initial) else initial
    first = as_array(first, name="initial", real=True)
    if first.ndim != 1:
        raise ShapeError(
            f"initial has shape {first.shape}, needed one axis: the slow variables, then "
            "the fast ones"
        )
    if m >= first.shape[0]:
        raise ParameterError(
            f"n_slow is {m} of {first.shape[0]} variables; at least one must be fast"
        )
    model = _FastSlow(slow, fast, fast_jacobian, first, m)
    return SplitProblem(
        "fast_slow",
        initial=initial,
        explicit=model.explicit,
        solve_implicit=model.solve_implicit,
        weight=model.weight,
        equilibrium=model.equilibrium,
        observables={
            "slow": lambda state, epsilon: state[:m],  # noqa: ARG005
            "fast": lambda state, epsilon: state[m:],  # noqa: ARG005
        },
        layer_scales=model.layer_scales,
        limit_problem=SplitProblem(
            "fast_slow_limit", initial=first[:m], explicit=model.of_limit
        ),
        restrict=lambda state: state[:m],
        bounds={"commutation": 1e-10},
    )


class _FastSlow:
    """The two parts of a fast-slow system; ``first`` is on its slow manifold."""

    def __init__(
        self, slow: Right, fast: Right, jacobian: Right, first: Array, n_slow: int
    ) -> None:
        self.slow, self.fast, self.jacobian = slow, fast, jacobian
        self.first, self.m = first, n_slow
        self.newton = _Newton(fast, jacobian)

    def weight(self, epsilon: float) -> Array:
        """Return (1, epsilon), shape (n,)."""
        xp, y, z = namespace(self.first), self.first[: self.m], self.first[self.m :]
        return xp.concat([xp.ones_like(y), epsilon * xp.ones_like(z)])

    def explicit(self, state: Array, epsilon: float, out: Array) -> Array:  # noqa: ARG002
        """Write (f, 0) into ``out``, shape (n,)."""
        m = self.m
        out[:m] = self.slow(state[:m], state[m:])
        out[m:] = 0.0
        return out

    def solve_implicit(
        self, rhs: Array, h: float, epsilon: float, guess: Array | None = None
    ) -> Array:
        """Return y = rhs_y and the z with epsilon z - h g(y, z) = rhs_z, shape (n,)."""
        m = self.m
        z = (self.first if guess is None else guess)[m:]
        found = self.newton(rhs[:m], z, rhs[m:], h, epsilon)
        return namespace(rhs).concat([rhs[:m], found])

    def equilibrium(self, state: Array) -> Array:
        """Return y and the z with g(y, z) = 0, shape (n,)."""
        y, z = state[: self.m], state[self.m :]
        return namespace(state).concat([y, self.newton(y, z, 0 * z, 1.0, 0.0)])

    def of_limit(self, y: Array, epsilon: float) -> Array:  # noqa: ARG002 (the limit)
        """Return f on the slow manifold, shape (n_slow,)."""
        return self.slow(y, _root(self.fast, self.jacobian, y, self.first[self.m :]))

    def layer_scales(self, epsilon: float) -> tuple[float, ...]:
        """Return the slowest decay time of z at the start."""
        y, z = self.first[: self.m], self.first[self.m :]
        slowest = float(abs(numpy.linalg.eigvals(to_host(self.jacobian(y, z))).real).min())
        return (epsilon / slowest,) if slowest else ()


def van_der_pol(*, backend: str | None = None) -> SplitProblem:
    """Return van der Pol's oscillator y' = z, epsilon z' = (1 - y^2) z - y, from y = 2.

    epsilon is the inverse square of the usual strength mu.

    Parameters
    ----------
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (y, z), observables ``slow`` and ``fast``; the limit by Lambert's W.

    Notes
    -----
    Well-prepared: z = -2/3 + 10 epsilon/81 - 292 epsilon^2/2187 - 1814 epsilon^3/19683, on
    the slow manifold up to epsilon^4; ill: z = 0. The limit ends at the fold y = 1, at
    t = 3/2 - ln 2.

    References
    ----------
    Hairer and Wanner (1996), section VI.3; Kuehn (2015), chapter 1.

    Examples
    --------
    >>> van_der_pol().limit(0.5).round(9).tolist()
    [1.596768394, -1.030392993]
    """

    def start(epsilon: float, preparation: str) -> Array:
        e = min(epsilon, 1.0)
        z = -2 / 3 + e * (10 / 81 + e * (-292 / 2187 - e * 1814 / 19683))
        return _placed([2.0, z if preparation == "well" else 0.0], backend)

    def limit(time: float) -> Array:
        y = _slow_branch(time)
        return _placed([y, y / (1 - y * y)], backend)

    def jacobian(y: Array, z: Array) -> Array:  # noqa: ARG001 (linear in z)
        return (1 - y * y)[:, None]

    problem = fast_slow(
        lambda y, z: z,  # noqa: ARG005
        lambda y, z: (1 - y * y) * z - y,
        fast_jacobian=jacobian,
        initial=start,
        n_slow=1,
        backend=backend,
    )
    return replace(problem, name="van_der_pol", limit=limit)


def _slow_branch(time: float) -> float:
    """Return y of ln y - y^2/2 = t + ln 2 - 2, y > 1."""
    from scipy.special import lambertw  # noqa: PLC0415 (takes a tenth of a second)

    return float(numpy.sqrt(-lambertw(-4 * numpy.exp(2 * time - 4), -1).real))


def _placed(values: object, backend: str | None) -> Array:
    """Return an array as it is, and what is none on the device of the backend."""
    if hasattr(values, "shape"):
        return values
    return to_device(as_array(values, name="initial"), backend)


class _Newton:
    """Newton's method for epsilon z - h g(y, z) = rhs."""

    def __init__(
        self,
        fast: Right,
        jacobian: Right,
    ) -> None:
        self.fast, self.jacobian = fast, jacobian
        self.memory = threading.local()

    def __call__(self, y: Array, z: Array, rhs: Array, h: float, epsilon: float) -> Array:
        """Return z, shape (n_fast,), or raise ConvergenceError."""
        xp = namespace(z)
        tolerance = max(RESIDUAL, 16 * float(xp.finfo(z.dtype).eps))
        if getattr(self.memory, "dtype", "") != z.dtype.char:
            self.memory.dtype = z.dtype.char
            self.memory.unit = xp.eye(z.shape[0], dtype=z.dtype, device=z.device)
        unit = epsilon * self.memory.unit
        worst = numpy.inf
        for _ in range(ITERATIONS):
            defect = epsilon * z - h * self.fast(y, z) - rhs
            matrix = unit - h * self.jacobian(y, z)
            scale = abs(matrix) @ abs(z) + abs(rhs)
            worst, size = float(scalar(abs(defect).max())), float(scalar(scale.max()))
            if not worst < numpy.inf:
                break
            z = z - _solved(matrix, defect)
            if worst <= tolerance * size:
                return z
        raise ConvergenceError(
            f"Newton's method left the residual {worst:.3g} after {ITERATIONS} iterations; "
            "check fast_jacobian, or shorten the step"
        )


def _solved(matrix: Array, right: Array) -> Array:
    if matrix.shape == (1, 1):
        return right / matrix[0]
    try:
        return namespace(matrix).linalg.solve(matrix, right)
    except numpy.linalg.LinAlgError as error:
        raise ConvergenceError(
            f"the matrix of Newton's method is singular ({error}); the fast variables do "
            "not relax here, check fast_jacobian"
        ) from error


def _root(
    fast: Right,
    jacobian: Right,
    y: Array,
    z: Array,
) -> Array:
    """Return z with g(y, z) = 0 for the limit equation, to rounding."""
    for _ in range(ITERATIONS):
        change = _solved(jacobian(y, z), fast(y, z))
        z = z - change
        if float(scalar(abs(change).max())) <= 1e-14 * float(scalar(abs(z).max())):
            return z
    raise ConvergenceError(
        f"g(y, z) = 0 has no root near z = {to_host(z).tolist()}; check fast_jacobian"
    )
