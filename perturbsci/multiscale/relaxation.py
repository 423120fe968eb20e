"""Hyperbolic relaxation systems of two fields, with their limits and exact solutions.

Both are periodic; the state has the rows u (density) and v (flux).
"""

import math
import threading
from collections.abc import Callable

import numpy

from perturbsci.arguments import number, one_of, positive
from perturbsci.backend import namespace, to_host
from perturbsci.errors import ParameterError
from perturbsci.multiscale.diffusive import DiffusiveSolver, capped_square
from perturbsci.multiscale.modes import pair_at
from perturbsci.multiscale.periodic import (
    cell_centers,
    filtered,
    initial_density,
    signed_wavenumbers,
)
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import whole_number
from perturbsci.multiscale.upwinding import SPACES, two_wave_transport
from perturbsci.types import Array

__all__ = ["goldstein_taylor", "jin_xin"]

FLUXES = ("linear", "burgers")
OFFSET = 0.9  # of the flux over the density, by which ill-prepared data are off
Profile = Callable[[Array], Array] | None


def jin_xin(
    n_cells: int = 64,
    *,
    speed: float = 1.0,
    coefficient: float = 0.6,
    flux: str = "linear",
    initial: Profile = None,
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
    differences. In the spectral form waves below rounding do not grow (``periodic``); data
    that use the shortest waves need a third of that step.

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
    a = positive(speed, "speed")
    length = positive(length, "length")
    b = _slope(coefficient, a) if flux == "linear" else None
    x = cell_centers(n, length, backend=backend)
    density = initial_density(initial, x, length)
    if b is None:
        _check_speed(density, a)
    model = _JinXin(density, a, b, length, space)
    has_exact = b is not None and space == "spectral"
    largest = length / n / a * (1.0 if space == "spectral" else 0.5)
    return SplitProblem(
        "jin_xin",
        initial=model.start,
        explicit=model.explicit,
        solve_implicit=model.solve_implicit,
        weight=lambda epsilon: _column(density, epsilon),
        exact=model.exact if has_exact else None,
        limit=model.limit if has_exact else None,
        equilibrium=lambda state: namespace(state).stack(
            [state[0], model.relaxed(state[0])]
        ),
        invariants={"mass": _mass},
        observables=_fields(),
        layer_scales=lambda epsilon: (epsilon,),
        largest_step=lambda epsilon: largest,  # noqa: ARG005 (it does not depend on it)
        coordinates={"x": x},
        limit_problem=_limit_problem("jin_xin_limit", density, x, explicit=model.of_limit),
        restrict=lambda state: state[0],
    )


def goldstein_taylor(
    n_cells: int = 64,
    *,
    length: float = 2 * math.pi,
    initial: Profile = None,
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
    length = positive(length, "length")
    x = cell_centers(n, length, backend=backend)
    density = initial_density(initial, x, length)
    k = signed_wavenumbers(n, length)

    def slaved(u: Array) -> Array:
        return -filtered(u, 1j * k)

    def start(epsilon: float, preparation: str) -> Array:  # noqa: ARG001 (same for all)
        v = slaved(density)
        v = v + OFFSET * density if preparation == "ill" else v
        return namespace(density).stack([density, v])

    def exact(time: float, epsilon: float, initial: Array | None = None) -> Array:
        pair = start(epsilon, "well") if initial is None else initial
        return pair_at(pair, time, k, capped_square(epsilon), 0.0, 1.0)

    def limit(time: float) -> Array:
        u = filtered(density, numpy.exp(-k * k * time))
        return namespace(u).stack([u, slaved(u)])

    def entropy(state: Array, epsilon: float) -> Array:
        return (state[0] ** 2 + capped_square(epsilon) * state[1] ** 2).mean() / 2

    def heat(rhs: Array, h: float, epsilon: float) -> Array:  # noqa: ARG001 (the limit)
        return filtered(rhs, 1 / (1 + h * k * k))

    return SplitProblem(
        "goldstein_taylor",
        initial=start,
        explicit=None,
        solve_implicit=DiffusiveSolver(k),
        weight=lambda epsilon: _column(density, capped_square(epsilon)),
        exact=exact,
        limit=limit,
        equilibrium=lambda state: namespace(state).stack([state[0], slaved(state[0])]),
        invariants={"mass": _mass},
        entropy=entropy,
        observables=_fields(),
        layer_scales=lambda epsilon: (capped_square(epsilon),),
        coordinates={"x": x},
        limit_problem=_limit_problem(
            "goldstein_taylor_limit", density, x, solve_implicit=heat
        ),
        restrict=lambda state: state[0],
    )


class _JinXin:
    """The discrete relaxation system; b is None for the flux u^2/2."""

    def __init__(
        self, density: Array, a: float, b: float | None, length: float, space: str
    ) -> None:
        n = density.shape[0]
        self.density, self.a, self.b = density, a, b
        self.k = signed_wavenumbers(n, length)
        self.transport = two_wave_transport(n, length, a, space)
        self.memory = threading.local()

    def relaxed(self, u: Array) -> Array:
        """Return F(u), shape (n,)."""
        return u * u / 2 if self.b is None else self.b * u

    def start(self, epsilon: float, preparation: str) -> Array:
        """Return the initial state, shape (2, n)."""
        u, xp = self.density, namespace(self.density)
        v = self.relaxed(u)
        if preparation == "ill":
            return xp.stack([u, v + OFFSET * u])
        slope = u if self.b is None else self.b
        correction = (slope * slope - self.a**2) * filtered(u, 1j * self.k)
        return xp.stack([u, v + min(epsilon, 1.0) * correction])

    def explicit(self, state: Array, epsilon: float, out: Array) -> Array:
        """Write (-v_x, -epsilon a^2 u_x) into ``out``, shape (2, n)."""
        self.transport(state, out)
        out[1] *= epsilon
        return out

    def solve_implicit(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write v = (rhs_v + h F(u))/(epsilon + h) into ``out``, shape (2, n)."""
        xp = namespace(rhs)
        out[0] = rhs[0]
        if self.b is None:
            xp.multiply(rhs[0], rhs[0], out=out[1])
            out[1] *= h / 2
        else:
            xp.multiply(rhs[0], h * self.b, out=out[1])
        out[1] += rhs[1]
        out[1] /= epsilon + h
        return out

    def of_limit(self, u: Array, epsilon: float) -> Array:  # noqa: ARG002 (the limit)
        """Return -F(u)_x, shape (n,)."""
        memory = self.memory
        if getattr(memory, "dtype", "") != u.dtype.char:
            memory.dtype = u.dtype.char
            memory.pair, memory.rate = (namespace(u).stack([u, u]) for _ in range(2))
        memory.pair[0], memory.pair[1] = u, self.relaxed(u)
        self.transport(memory.pair, memory.rate)
        return memory.rate[0]

    def exact(self, time: float, epsilon: float, initial: Array | None = None) -> Array:
        """Return the state at a time, shape (2, n)."""
        assert self.b is not None
        pair = self.start(epsilon, "well") if initial is None else initial
        return pair_at(pair, time, self.k, epsilon, self.b, epsilon * self.a**2)

    def limit(self, time: float) -> Array:
        """Return u(x - b t) and b u, shape (2, n)."""
        assert self.b is not None
        u = filtered(self.density, numpy.exp(-1j * self.k * self.b * time))
        return namespace(u).stack([u, self.b * u])


def _slope(coefficient: object, speed: float) -> float:
    value = number(coefficient, "coefficient")
    if abs(value) >= speed:
        raise ParameterError(
            f"coefficient is {coefficient!r} at speed {speed:g}; the subcharacteristic "
            "condition abs(coefficient) < speed fails, pass a larger speed"
        )
    return value


def _check_speed(density: Array, speed: float) -> None:
    host = abs(to_host(density))
    if host.max() >= speed:
        raise ParameterError(
            f"initial is {host.max():g} at index {int(host.argmax())} with speed "
            f"{speed:g}; the subcharacteristic condition abs(u) < speed fails, pass a "
            "larger speed"
        )


def _column(like: Array, second: float) -> Array:
    """Return the weight (1, second), shape (2, 1)."""
    xp = namespace(like)
    return xp.asarray([[1.0], [second]], dtype=xp.float64, device=like.device)


def _mass(state: Array, epsilon: float) -> Array:  # noqa: ARG001 (as SplitProblem asks)
    return state[0].mean()


def _fields() -> dict[str, Callable[[Array, float], Array]]:
    return {
        "density": lambda state, epsilon: state[0],  # noqa: ARG005
        "flux": lambda state, epsilon: state[1],  # noqa: ARG005
    }


def _limit_problem(
    name: str,
    density: Array,
    x: Array,
    *,
    explicit: Callable[..., Array] | None = None,
    solve_implicit: Callable[..., Array] | None = None,
) -> SplitProblem:
    """Return the equation of the density alone."""
    return SplitProblem(
        name,
        initial=density,
        explicit=explicit,
        solve_implicit=solve_implicit,
        invariants={"mass": lambda u, epsilon: u.mean()},  # noqa: ARG005
        observables={"density": lambda u, epsilon: u},  # noqa: ARG005
        coordinates={"x": x},
    )
