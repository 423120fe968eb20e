"""Homogeneous gases: the Boltzmann equation in velocity space alone.

epsilon f_t = Q(f, f). The split form penalizes Q by a relaxation to the Maxwellian M of the
initial data, E = Q(f, f) - Q(M, M) + beta (f - M), I = beta (M - f), beta the largest loss
rate (Filbet and Jin 2010): each step inverts numbers only, and epsilon = 0 is M. Q(M, M),
zero but for the error of the spectral method, is subtracted so that M is an exact state.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number
from perturbsci.backend import namespace
from perturbsci.backend.arrays import device_of, scalar, to_device, to_host
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.multiscale.collision import (
    CollisionOperator,
    collide,
    spectral_collision,
    tables_of,
)
from perturbsci.multiscale.collision_sums import loss_rate
from perturbsci.multiscale.equilibria import maxwellian
from perturbsci.multiscale.moment_fixes import limit_positive, project_moments
from perturbsci.multiscale.multistep import Multistep
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.velocity import (
    VelocityGrid,
    checked_density,
    checked_grid,
    moments,
)
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["boltzmann"]

TAIL = 1e-6  # of the mass, from which the support is too small
WIDTHS = 4.0  # thermal speeds that must fit into the grid
SLOWEST = {2: 1 / 8, 3: 1 / 6}  # decay of the fourth moment over the collision rate
REFUSED = ("bdf3", "bdf4", "ars443")


def boltzmann(
    grid: VelocityGrid,
    *,
    initial: Array | Callable[..., Array],
    operator: CollisionOperator | None = None,
    rate: float = 1.0,
    exponent: float = 0.0,
    penalty: float | None = None,
    backend: str | None = None,
) -> SplitProblem:
    """Return epsilon f_t = Q(f, f), the homogeneous Boltzmann equation.

    epsilon is the Knudsen number, the time between collisions over the unit of time. Each
    Q is projected so that density, momentum and energy hold to rounding.

    Parameters
    ----------
    grid : VelocityGrid
        In 2 or 3 dimensions.
    initial : real array, shape (n, n) or (n, n, n), or callable
        f(0), of shape grid.shape, or ``initial(*grid.points)``. Both preparations take it
        as it is: the only data on the slow manifold are Maxwellians, which do not change.
    operator : CollisionOperator, optional
        On this grid, of equal masses; default ``spectral_collision(grid, rate=rate,
        exponent=exponent)``.
    rate, exponent : float
        Of the default operator.
    penalty : float, optional
        beta; default the largest rate of loss within 3 thermal speeds. With 0 the problem
        has no implicit part: for epsilon of order 1 and schemes such as ``"rk4"``.
    backend : str, optional
        That of the grid, or None.

    Returns
    -------
    problem : SplitProblem
        State of shape grid.shape; observables ``density``, ``velocity``, ``temperature``,
        ``distance`` (int abs(f - M) / int f) and ``fourth_moment``.

    Raises
    ------
    ParameterError
        If the grid is narrower than the mean velocity plus 4 thermal speeds, density or
        temperature are not positive, or the operator belongs to another grid.
    ShapeError
        If f(0) is not on the grid.
    BackendError
        If ``backend`` is not that of the grid.

    Notes
    -----
    One Q and three passes of ``project_moments`` a stage. A certificate of a run fails
    where more than 1e-6 of the mass is outside of the support of the operator. ``bdf2`` is
    stable for all epsilon, ``ars222`` marginally; ``bdf3``, ``bdf4`` and ``ars443`` are
    refused, because modes that decay more slowly than beta / 2 grow.

    References
    ----------
    Filbet and Jin (2010), section 2.

    Examples
    --------
    >>> from perturbsci.multiscale import maxwellian, solve, velocity_grid
    >>> grid = velocity_grid(16, 9.0, dimension=2)
    >>> f = sum(maxwellian(grid, 0.5, [u, 0.0], 1.0) for u in (-1.0, 1.0))
    >>> run = solve(boltzmann(grid, initial=f), epsilon=1e-8, t_span=(0.0, 0.1),
    ...             scheme="bdf2", step=0.05)
    >>> bool(run.observables["distance"][-1] < 1e-9)
    True
    """
    checked_grid(grid)
    _check_backend(grid, backend)
    f = _initial_density(initial, grid)
    operator = _checked_operator(operator, grid, rate, exponent)
    center, temperature = _checked_width(f, grid)
    start = moments(f, grid)
    rest = maxwellian(grid, start.density, start.velocity, start.temperature)
    largest = _largest_loss(operator, rest, center, temperature)
    beta = largest if penalty is None else number(penalty, "penalty", least=0.0)
    gas = _Gas(operator, rest, center, beta, temperature)
    slowest = SLOWEST[grid.dimension] * largest
    return SplitProblem(
        "boltzmann",
        initial=f,
        explicit=gas.explicit,
        solve_implicit=gas.solve_implicit if beta else None,
        weight=lambda epsilon: epsilon,
        limit=lambda time: rest,  # noqa: ARG005 (at rest)
        equilibrium=gas.equilibrium,
        invariants={"density": gas.density, "momentum": gas.momentum, "energy": gas.energy},
        invariant_scales={"momentum": gas.momentum_scale},
        entropy=gas.entropy,
        minimum=lambda state, epsilon: state.min(),  # noqa: ARG005 (at every epsilon)
        observables=gas.observables(),
        layer_scales=lambda epsilon: (epsilon / slowest,),
        coordinates={"v": grid.nodes},
        limiter=lambda state, epsilon: limit_positive(state, grid),  # noqa: ARG005
        admit=gas.admit if beta else None,
        claims=gas.claims,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Gas:
    """The operator, the Maxwellian of the initial data, its Q, and what is measured."""

    operator: CollisionOperator
    rest: Array
    center: numpy.ndarray
    beta: float
    temperature: float
    residual: Array = None

    def __post_init__(self) -> None:
        """Evaluate Q(M, M) once."""
        object.__setattr__(self, "residual", self._projected(self.rest))

    @property
    def grid(self) -> VelocityGrid:
        """The nodes."""
        return self.operator.grid

    def _projected(self, f: Array) -> Array:
        return project_moments(collide(self.operator, f), self.grid, self.rest)

    def explicit(self, f: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return Q(f, f) - Q(M, M) + beta (f - M)."""
        return self._projected(f) - self.residual + self.beta * (f - self.rest)

    def solve_implicit(self, rhs: Array, h: float, epsilon: float) -> Array:
        """Return y with epsilon y - h beta (M - y) = rhs."""
        return (rhs + (h * self.beta) * self.rest) / (epsilon + h * self.beta)

    def equilibrium(self, f: Array) -> Array:
        """Return the Maxwellian with the moments of f."""
        own = moments(f, self.grid)
        return maxwellian(self.grid, own.density, own.velocity, own.temperature)

    def density(self, f: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return int f."""
        return f.sum() * self.grid.cell_volume

    def momentum(self, f: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return int v f."""
        xp, d = namespace(f), self.grid.dimension
        sums = [
            (self.grid.along(self.grid.nodes, k) * f).sum() * self.grid.cell_volume
            for k in range(d)
        ]
        return xp.stack(sums)

    def momentum_scale(self, f: Array, epsilon: float) -> float:  # noqa: ARG002
        """Return int abs(v) f."""
        xp = namespace(f)
        speed = xp.sqrt(self.grid.speed_squared)
        return float(scalar((speed * abs(f)).sum() * self.grid.cell_volume))

    def energy(self, f: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return int abs(v)^2 f / 2."""
        return (self.grid.speed_squared * f).sum() * self.grid.cell_volume / 2

    def entropy(self, f: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return int f ln f over what is positive."""
        xp = namespace(f)
        positive = xp.where(f > 0, f, xp.ones_like(f))
        return (positive * xp.log(positive)).sum() * self.grid.cell_volume

    def observables(self) -> dict[str, Callable[[Array, float], Array]]:
        """Return the functions of the states that a run records."""

        def measured(field: str) -> Callable[[Array, float], Array]:
            return lambda f, epsilon: getattr(moments(f, self.grid), field)  # noqa: ARG005

        def distance(f: Array, epsilon: float) -> Array:  # noqa: ARG001
            return abs(f - self.equilibrium(f)).sum() / f.sum()

        return {
            "density": measured("density"),
            "velocity": measured("velocity"),
            "temperature": measured("temperature"),
            "distance": distance,
            "fourth_moment": measured("fourth"),
        }

    def admit(self, scheme: object, epsilon: float, step: float | None) -> None:  # noqa: ARG002
        """Refuse schemes that are unstable with a penalty."""
        name = scheme.name if isinstance(scheme, Multistep) else getattr(scheme, "name", "")
        if name in REFUSED:
            raise ParameterError(
                f"scheme is {name!r}; with penalized collisions it amplifies modes that "
                "decay more slowly than the penalty, use 'bdf2' (or penalty=0 and "
                "epsilon of order 1)"
            )

    def claims(self, times: Array, states: Array, epsilon: float) -> tuple[Certificate]:  # noqa: ARG002
        """Return the certificate on the mass outside of the support."""
        xp, grid = namespace(states), self.grid
        square = sum(
            grid.along((grid.nodes - float(u)) ** 2, k) for k, u in enumerate(self.center)
        )
        outside = xp.asarray(square > self.operator.support**2, dtype=states.dtype)
        axes = tuple(range(1, states.ndim))
        share = (abs(states) * outside).sum(axes) / abs(states).sum(axes)
        return (
            Certificate(
                "mass outside of the support",
                float(to_host(share).max()),
                TAIL,
                "estimate",
                f"share at {len(times)} stored times",
                (f"abs(v - u) > {self.operator.support:.4g}",),
            ),
        )


def _check_backend(grid: VelocityGrid, backend: str | None) -> None:
    if backend is not None:
        asked = device_of(to_device(numpy.zeros(1), backend))
        if asked != device_of(grid.nodes):
            raise BackendError(
                f"backend is {backend!r} but the grid lives on {device_of(grid.nodes)}; "
                f"make it with velocity_grid(..., backend={backend!r})"
            )


def _initial_density(initial: object, grid: VelocityGrid) -> Array:
    f = checked_density(
        initial(*grid.points) if callable(initial) else initial, grid, "initial"
    )
    if f.shape != grid.shape:
        raise ShapeError(
            f"initial has shape {f.shape}, needed {grid.shape}; solve one density at a time"
        )
    return f


def _checked_operator(
    operator: CollisionOperator | None, grid: VelocityGrid, rate: float, exponent: float
) -> CollisionOperator:
    if operator is None:
        return spectral_collision(grid, rate=rate, exponent=exponent)
    if not isinstance(operator, CollisionOperator):
        raise ParameterError(
            f"operator is a {type(operator).__name__}; pass spectral_collision(grid, ...)"
        )
    own = (operator.grid.n, operator.grid.half_width, operator.grid.dimension)
    if own != (grid.n, grid.half_width, grid.dimension):
        raise ParameterError(
            f"operator has a grid with n, half_width, dimension = {own}, needed "
            f"{(grid.n, grid.half_width, grid.dimension)}; build it on this grid"
        )
    if operator.masses[0] != operator.masses[1]:
        raise ParameterError(
            f"operator has masses {operator.masses}; one gas needs equal ones"
        )
    return operator


def _checked_width(f: Array, grid: VelocityGrid) -> tuple[numpy.ndarray, float]:
    """Return mean velocity and temperature, if the grid is wide enough for them."""
    own = moments(f, grid)
    center, temperature = to_host(own.velocity), float(scalar(own.temperature))
    if not temperature > 0:
        raise ParameterError(
            f"initial has temperature {temperature:g}; a density needs a positive one"
        )
    reach = float(abs(center).max()) + WIDTHS * math.sqrt(temperature)
    if reach > grid.half_width:
        raise ParameterError(
            f"grid has half_width {grid.half_width:g}, but mean velocity and 4 thermal "
            f"speeds of initial reach {reach:.4g}; use a wider grid"
        )
    return center, temperature


def _largest_loss(
    operator: CollisionOperator, rest: Array, center: numpy.ndarray, temperature: float
) -> float:
    """Return the largest rate of loss within 3 thermal speeds."""
    grid, xp = operator.grid, namespace(rest)
    lost = loss_rate(tables_of(operator, rest.dtype.name), rest)
    square = sum(grid.along((grid.nodes - float(u)) ** 2, k) for k, u in enumerate(center))
    near = xp.where(square <= 9 * temperature, lost, xp.zeros_like(lost))
    return float(scalar(near.max()))
