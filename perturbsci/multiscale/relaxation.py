"""Hyperbolic relaxation systems of two fields, with their limits and exact solutions.

Both are linear or nearly so and periodic; the state has the rows u (density) and v (flux).
"""

import math
import threading
from collections.abc import Callable
from numbers import Real

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.backend.kernels.fluxes import (
    muscl_difference,
    upwind_difference,
    weno5_difference,
)
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.modes import pair_at
from perturbsci.multiscale.periodic import (
    PairDerivative,
    cell_centers,
    signed_wavenumbers,
)
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import one_of, positive_number, whole_number
from perturbsci.types import Array

__all__ = ["goldstein_taylor", "jin_xin"]

FLUXES = ("linear", "burgers")
DIFFERENCES = {
    "upwind": upwind_difference,
    "muscl": muscl_difference,
    "weno5": weno5_difference,
}
SPACES = ("spectral", *DIFFERENCES)
OFFSET = 0.9  # of the flux over the density, by which ill-prepared data are off
LARGEST_WEIGHT = 1e300  # in place of an epsilon^2 that overflows
Pair = Callable[[Array, Array], None]


def jin_xin(
    n_cells: int = 64,
    *,
    speed: float = 1.0,
    coefficient: float = 0.6,
    flux: str = "linear",
    initial: Callable[[Array], Array] | None = None,
    length: float = 1.0,
    space: str = "spectral",
    backend: str | None = None,
) -> SplitProblem:
    """Return Jin and Xin's relaxation of u_t + F(u)_x = 0, on a periodic interval.

    u_t + v_x = 0,  v_t + a^2 u_x = -(v - F(u))/epsilon; epsilon is the relaxation time.
    D = (1, epsilon), E = (-v_x, -epsilon a^2 u_x), I = (0, F(u) - v).

    Parameters
    ----------
    n_cells : int
        Cells, at least 4; 2 for ``space="spectral"``.
    speed : float
        a, above abs(F'(u)).
    coefficient : float
        b of the linear flux.
    flux : str
        ``"linear"``, F = b u, or ``"burgers"``, F = u^2/2.
    initial : callable, optional
        ``initial(x) -> density``; 1 + 0.5 cos(2 pi x/length) by default.
    length : float
        Of the interval.
    space : str
        ``"spectral"``; ``"upwind"``, ``"muscl"`` or ``"weno5"`` of v + a u and v - a u.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (2, n_cells), observables ``density`` and ``flux``; with the exact solution
        of the spectral form for the linear flux.

    Raises
    ------
    ParameterError
        If the subcharacteristic condition abs(F') < a fails, or an option is unknown.
    ShapeError
        If the density has another shape than x.

    Notes
    -----
    Well-prepared: v = F(u) + epsilon (F'(u)^2 - a^2) u_x, with epsilon at most 1; ill:
    v = F(u) + 0.9 u. ``largest_step`` is length/(n_cells a), half of it for the
    differences; a spectral wave below rounding does not grow (``periodic``), but data that
    use the shortest waves need a third of it.

    References
    ----------
    Jin and Xin (1995), section 2.

    Examples
    --------
    >>> problem = jin_xin(32, coefficient=0.5)
    >>> problem.start(1e-3).shape, problem.largest_step(1e-3)
    ((2, 32), 0.03125)
    """
    one_of(space, "space", SPACES)
    one_of(flux, "flux", FLUXES)
    n = whole_number(n_cells, "n_cells", least=2 if space == "spectral" else 4)
    a = positive_number(speed, "speed")
    length = positive_number(length, "length")
    b = _slope(coefficient, flux, a)
    x = cell_centers(n, length, backend=backend)
    density = _density(initial, x, length)
    if flux == "burgers":
        _check_speed(density, a)
    k = signed_wavenumbers(n, length)
    transport = _transport(n, length, a, space)
    memory = threading.local()

    def relaxed(u: Array) -> Array:
        return b * u if flux == "linear" else u * u / 2

    def start(epsilon: float, preparation: str) -> Array:
        xp = namespace(density)
        v = relaxed(density)
        if preparation == "ill":
            return xp.stack([density, v + OFFSET * density])
        slope = b * xp.ones_like(density) if flux == "linear" else density
        u_x = _derivative(density, k)
        return xp.stack([density, v + min(epsilon, 1.0) * (slope**2 - a * a) * u_x])

    def explicit(state: Array, epsilon: float, out: Array) -> Array:
        transport(state, out)
        out[1] *= epsilon
        return out

    def solve_implicit(rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        # v = (rhs_v + h F(u))/(epsilon + h)
        xp = namespace(rhs)
        out[0] = rhs[0]
        if flux == "linear":
            xp.multiply(rhs[0], h * b, out=out[1])
        else:
            xp.multiply(rhs[0], rhs[0], out=out[1])
            out[1] *= h / 2
        out[1] += rhs[1]
        out[1] /= epsilon + h
        return out

    def of_limit(u: Array, epsilon: float) -> Array:  # noqa: ARG001 (as SplitProblem asks)
        if getattr(memory, "shape", None) != (u.shape, u.dtype):
            memory.shape = (u.shape, u.dtype)
            memory.pair, memory.rate = (namespace(u).stack([u, u]) for _ in range(2))
        memory.pair[0], memory.pair[1] = u, relaxed(u)
        transport(memory.pair, memory.rate)
        return memory.rate[0]

    def exact(time: float, epsilon: float, initial: Array | None = None) -> Array:
        pair = start(epsilon, "well") if initial is None else initial
        return pair_at(pair, time, k, epsilon, b, lambda: epsilon * a * a)

    def limit(time: float) -> Array:
        u = _advected(density, k, b * time)
        return namespace(u).stack([u, b * u])

    linear = flux == "linear"
    cell = length / n / a
    return SplitProblem(
        "jin_xin",
        initial=start,
        explicit=explicit,
        solve_implicit=solve_implicit,
        weight=_weight(density, lambda epsilon: epsilon),
        exact=exact if linear and space == "spectral" else None,
        limit=limit if linear and space == "spectral" else None,
        equilibrium=lambda state: namespace(state).stack([state[0], relaxed(state[0])]),
        invariants={"mass": _mass},
        observables=_fields(),
        layer_scales=lambda epsilon: (epsilon,),
        largest_step=lambda epsilon: cell if space == "spectral" else cell / 2,  # noqa: ARG005
        coordinates={"x": x},
        limit_problem=SplitProblem(
            "jin_xin_limit",
            initial=density,
            explicit=of_limit,
            invariants={"mass": lambda u, epsilon: u.mean()},  # noqa: ARG005
            observables={"density": lambda u, epsilon: u},  # noqa: ARG005
            coordinates={"x": x},
        ),
        restrict=lambda state: state[0],
    )


def goldstein_taylor(
    n_cells: int = 64,
    *,
    length: float = 2 * math.pi,
    initial: Callable[[Array], Array] | None = None,
    space: str = "spectral",
    backend: str | None = None,
) -> SplitProblem:
    """Return the Goldstein-Taylor model in diffusive scaling, on a periodic interval.

    u_t + v_x = 0,  epsilon^2 v_t + u_x = -v; epsilon is the mean free path.
    D = (1, epsilon^2), E = 0, I = (-v_x, -u_x - v), solved for each Fourier mode, so that
    at epsilon = 0 it is the implicit heat equation u_t = u_xx without a limit on the step.

    Parameters
    ----------
    n_cells : int
        Cells, at least 2.
    length : float
        Of the interval.
    initial : callable, optional
        ``initial(x) -> density``; 1 + 0.5 cos(2 pi x/length) by default.
    space : str
        ``"spectral"``.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (2, n_cells), observables ``density`` and ``flux``, exact solution.

    Raises
    ------
    ParameterError
        If an argument has a wrong value.
    ShapeError
        If the density has another shape than x.

    Notes
    -----
    Well-prepared: v = -u_x; ill: v = -u_x + 0.9 u. From epsilon = 1e150 on the weight is
    1e300.

    References
    ----------
    Jin, Pareschi and Toscani (1998).

    Examples
    --------
    >>> goldstein_taylor(16).start(0.1).shape
    (2, 16)
    """
    one_of(space, "space", ("spectral",))
    n = whole_number(n_cells, "n_cells", least=2)
    length = positive_number(length, "length")
    x = cell_centers(n, length, backend=backend)
    density = _density(initial, x, length)
    k = signed_wavenumbers(n, length)
    solver = _DiffusiveSolver(k)

    def start(epsilon: float, preparation: str) -> Array:  # noqa: ARG001 (same for all)
        v = -_derivative(density, k)
        if preparation == "ill":
            v = v + OFFSET * density
        return namespace(density).stack([density, v])

    def exact(time: float, epsilon: float, initial: Array | None = None) -> Array:
        pair = start(epsilon, "well") if initial is None else initial
        return pair_at(pair, time, k, _square(epsilon), 0.0, lambda: 1.0)

    def limit(time: float) -> Array:
        u = _filtered(density, numpy.exp(-k * k * time))
        return namespace(u).stack([u, -_derivative(u, k)])

    def entropy(state: Array, epsilon: float) -> Array:
        return (state[0] ** 2 + _square(epsilon) * state[1] ** 2).mean() / 2

    return SplitProblem(
        "goldstein_taylor",
        initial=start,
        explicit=None,
        solve_implicit=solver,
        weight=_weight(density, _square),
        exact=exact,
        limit=limit,
        equilibrium=lambda y: namespace(y).stack([y[0], -_derivative(y[0], k)]),
        invariants={"mass": _mass},
        entropy=entropy,
        observables=_fields(),
        layer_scales=lambda epsilon: (_square(epsilon),),
        coordinates={"x": x},
        limit_problem=SplitProblem(
            "goldstein_taylor_limit",
            initial=density,
            explicit=None,
            solve_implicit=lambda rhs, h, epsilon: _filtered(rhs, 1 / (1 + h * k * k)),  # noqa: ARG005
            invariants={"mass": lambda u, epsilon: u.mean()},  # noqa: ARG005
            observables={"density": lambda u, epsilon: u},  # noqa: ARG005
            coordinates={"x": x},
        ),
        restrict=lambda state: state[0],
    )


class _DiffusiveSolver:
    """Solve u + i k h v = r_u, epsilon^2 v + h (i k u + v) = r_v for every mode.

    u = (r_u - q r_v)/(1 - h i k q),  v = (r_v - h i k u)/d,  q = h i k/d,
    d = epsilon^2 + h.
    """

    def __init__(self, k: Array) -> None:
        self.k = k
        self.memory = threading.local()

    def __call__(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Return y with D y - h I(y) = rhs, shape (2, n)."""
        memory = self.memory
        if getattr(memory, "dtype", "") != rhs.dtype.name:
            self._allocate(rhs)
        if memory.key != (h, epsilon):
            self._set_factors(h, epsilon)
        memory.work[...] = rhs
        u, v = spectrum = fft.fft(memory.work, overwrite=True)
        memory.xp.multiply(memory.quotient, v, out=memory.term)
        u -= memory.term
        u *= memory.inverse
        memory.xp.multiply(memory.slope, u, out=memory.term)
        v -= memory.term
        v /= memory.delay
        out[...] = fft.ifft(spectrum, overwrite=True).real
        return out

    def _allocate(self, rhs: Array) -> None:
        memory = self.memory
        memory.xp = xp = namespace(rhs)
        memory.dtype, memory.key = rhs.dtype.name, None
        dtype = xp.complex64 if rhs.dtype.name == "float32" else xp.complex128
        memory.work = xp.zeros(rhs.shape, dtype=dtype, device=rhs.device)
        memory.term, memory.slope, memory.quotient, memory.inverse = (
            xp.zeros(rhs.shape[1], dtype=dtype, device=rhs.device) for _ in range(4)
        )

    def _set_factors(self, h: float, epsilon: float) -> None:
        memory = self.memory
        memory.key = (h, epsilon)
        memory.delay = _square(epsilon) + h
        slope = 1j * h * self.k
        for name, values in (
            ("slope", slope),
            ("quotient", slope / memory.delay),
            ("inverse", 1 / (1 - slope * slope / memory.delay)),
        ):
            buffer = getattr(memory, name)
            buffer[...] = memory.xp.asarray(values, device=buffer.device)


def _transport(n: int, length: float, a: float, space: str) -> Pair:
    """Return the function (u, v) -> (-v_x, -a^2 u_x)."""
    if space == "spectral":
        derivative = PairDerivative(n, length)
        memory = threading.local()

        def spectral(state: Array, out: Array) -> None:
            if getattr(memory, "dtype", "") != state.dtype.name:
                memory.dtype = state.dtype.name
                memory.slopes = namespace(state).zeros_like(state)
            derivative(state, memory.slopes)
            xp = namespace(state)
            xp.negative(memory.slopes[1], out=out[0])
            xp.multiply(memory.slopes[0], -a * a, out=out[1])

        return spectral
    difference = DIFFERENCES[space]

    def upwinded(state: Array, out: Array) -> None:
        # v + a u moves with speed a, v - a u with -a
        xp = namespace(state)
        u, v = state
        waves = xp.stack([v + a * u, v - a * u], axis=1)
        waves = xp.concat([waves[-3:], waves, waves[:3]], axis=0)
        speeds = xp.asarray([a, -a], dtype=state.dtype, device=state.device)
        rates = difference(waves, speeds, length / n)
        out[0] = (rates[:, 0] - rates[:, 1]) / (2 * a)
        out[1] = (rates[:, 0] + rates[:, 1]) / 2

    return upwinded


def _slope(coefficient: object, flux: str, speed: float) -> float:
    if not isinstance(coefficient, Real) or not math.isfinite(coefficient):
        raise ParameterError(f"coefficient is {coefficient!r:.60}; pass one finite number")
    if flux == "linear" and abs(coefficient) >= speed:
        raise ParameterError(
            f"coefficient is {coefficient!r} at speed {speed:g}; the subcharacteristic "
            "condition abs(coefficient) < speed fails, pass a larger speed"
        )
    return float(coefficient)


def _check_speed(density: Array, speed: float) -> None:
    host = abs(to_host(density))
    if host.max() >= speed:
        raise ParameterError(
            f"initial is {host.max():g} at index {int(host.argmax())} with speed "
            f"{speed:g}; the subcharacteristic condition abs(u) < speed fails, pass a "
            "larger speed"
        )


def _density(initial: Callable[[Array], Array] | None, x: Array, length: float) -> Array:
    """Return the density at the points, checked."""
    if initial is None:
        return 1 + 0.5 * namespace(x).cos(2 * math.pi * x / length)
    if not callable(initial):
        raise ParameterError(
            f"initial is {initial!r:.60}; pass a function of x that returns the density"
        )
    density = as_array(initial(x), name="initial", real=True, copy=True)
    if density.shape != x.shape:
        raise ShapeError(
            f"initial returned shape {density.shape} for x of shape {x.shape}; return one "
            "density a point"
        )
    return density


def _square(epsilon: float) -> float:
    return min(epsilon * epsilon, LARGEST_WEIGHT)


def _weight(like: Array, second: Callable[[float], float]) -> Callable[[float], Array]:
    """Return epsilon -> (1, second(epsilon)) as a column."""
    xp = namespace(like)

    def weight(epsilon: float) -> Array:
        column = [[1.0], [second(epsilon)]]
        return xp.asarray(column, dtype=xp.float64, device=like.device)

    return weight


def _mass(state: Array, epsilon: float) -> Array:  # noqa: ARG001 (as SplitProblem asks)
    return state[0].mean()


def _fields() -> dict[str, Callable[[Array, float], Array]]:
    return {
        "density": lambda state, epsilon: state[0],  # noqa: ARG005
        "flux": lambda state, epsilon: state[1],  # noqa: ARG005
    }


def _filtered(u: Array, factor: Array) -> Array:
    """Return u with its Fourier coefficients times a factor, in the precision of u."""
    xp = namespace(u)
    spectrum = fft.fft(u)
    factor = xp.asarray(factor, dtype=spectrum.dtype, device=u.device)
    return xp.asarray(fft.ifft(spectrum * factor).real, copy=True)


def _derivative(u: Array, k: Array) -> Array:
    return _filtered(u, 1j * k)


def _advected(u: Array, k: Array, distance: float) -> Array:
    return _filtered(u, numpy.exp(-1j * k * distance))
