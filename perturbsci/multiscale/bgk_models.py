"""Relaxation models of a rarefied gas in one dimension: BGK and its ellipsoidal form."""

import math
from collections.abc import Callable

import numpy

from perturbsci.arguments import one_of, positive
from perturbsci.backend import namespace, to_device, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale.chapman_enskog import near_equilibrium, two_streams
from perturbsci.multiscale.courant import multistep_limit
from perturbsci.multiscale.equilibria import maxwellian
from perturbsci.multiscale.gas_steps import GasSteps
from perturbsci.multiscale.moment_fixes import limit_positive
from perturbsci.multiscale.periodic import cell_centers
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.reduced_gas import ReducedGas
from perturbsci.multiscale.riemann import GasState, riemann_solution
from perturbsci.multiscale.spans import whole_number
from perturbsci.multiscale.upwinding import DIFFERENCES
from perturbsci.multiscale.velocity import VelocityGrid, velocity_grid
from perturbsci.types import Array

__all__ = ["bgk"]

SOD = (GasState(1.0, 0.0, 1.0), GasState(0.125, 0.0, 0.1))
COURANT = 0.5
LEAK = 1e-6  # through open ends that no wave has reached, but its smeared-out precursor
UNDERSHOOT = 1e-5  # of a fifth-order reconstruction at a jump
THERMAL_WIDTH, NEEDED_WIDTH = 7.0, 4.0
RESOLVED = 0.5  # of a velocity step in thermal speeds, below which there is no Maxwellian
WORDS = {
    "model": ("bgk", "es"),
    "frequency": ("constant", "density"),
    "reconstruction": tuple(DIFFERENCES),
    "boundary": ("outflow", "periodic"),
}
OBSERVABLES = ("density", "velocity", "temperature", "stress", "heat_flux")
Gas = tuple[Array, Array, Array]


def bgk(
    n_cells: int = 200,
    n_velocities: int = 40,
    *,
    model: str = "bgk",
    velocity_dimension: int = 1,
    initial: str | Callable[[Array], Gas] = "sod",
    prandtl: float | None = None,
    half_width: float | None = None,
    frequency: str = "constant",
    reconstruction: str = "weno5",
    boundary: str = "outflow",
    length: float = 1.0,
    backend: str | None = None,
) -> SplitProblem:
    """Return a gas that relaxes to its local equilibrium.

    f_t + v f_x = (nu/epsilon)(G - f), nu = 1 or the density; epsilon is the Knudsen number.
    G is the Maxwellian, or for ``model="es"`` the Gaussian of ``reduced_gas`` with the
    Prandtl number Pr. Viscosity and heat conduction are mu = p epsilon Pr/nu and kappa =
    ((d + 2)/2) p epsilon/nu, the limit is the Euler equations with gamma = (d + 2)/d.

    Parameters
    ----------
    n_cells : int
        Cells, at least 4.
    n_velocities : int
        Nodes in v_x, even, at least 8.
    model : str
        ``"bgk"`` or ``"es"``; the same for ``velocity_dimension=1``.
    velocity_dimension : int
        d, 1 to 3; beyond 1 two reduced fields are solved for.
    initial : str or callable
        ``"sod"``: density and pressure 1 and 1 left, 0.125 and 0.1 right of length/2; or
        ``initial(x) -> (density, velocity, temperature)``, each of shape (n_cells,).
    prandtl : float, optional
        Of ``model="es"``, 2/3 by default, at least (d - 1)/d.
    half_width : float, optional
        v_x from -half_width to half_width; 7 thermal speeds of the hottest cell by default,
        or what the mean velocity needs.
    frequency : str
        ``"constant"`` or ``"density"``.
    reconstruction : str
        ``"weno5"``, ``"muscl"`` or ``"upwind"``.
    boundary : str
        ``"outflow"`` or ``"periodic"``.
    length : float
        x from 0 to length.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (n_fields, n_cells, n_velocities); observables ``density``, ``velocity``,
        ``temperature``, ``stress`` (P_xx, rho T in equilibrium), ``heat_flux``.

    Raises
    ------
    ParameterError
        If an argument has a wrong value, density or temperature is not positive in a cell,
        or the velocity grid is too narrow or too coarse.
    ShapeError
        If ``initial`` returns another shape.

    Notes
    -----
    The implicit stage is explicit: moments of rhs give G, a discrete Maxwellian (Newton per
    cell), so that mass is kept to rounding. ``largest_step`` is half a cell over half_width
    for every epsilon (a quarter for IMEX-BDF). Well-prepared: first order of Chapman and
    Enskog, for ``"sod"`` Maxwellians (a jump has no slow manifold); ill: two beams. With
    ``"outflow"`` mass and energy are invariants only for ends at rest, and until waves
    reach them.

    References
    ----------
    Bhatnagar, Gross and Krook (1954); Holway (1966); Chu (1965); Mieussens (2000).

    Examples
    --------
    >>> from perturbsci.multiscale import solve
    >>> tube = bgk(50, 20)
    >>> run = solve(tube, epsilon=1e-8, t_span=(0.0, 0.1), step=tube.largest_step(1e-8))
    >>> run.n_steps, run.certificate.passed
    (70, True)
    """
    words = (model, frequency, reconstruction, boundary)
    for value, (name, known) in zip(words, WORDS.items(), strict=True):
        one_of(value, name, known)
    n = whole_number(n_cells, "n_cells", least=4)
    d = _dimension(velocity_dimension)
    length = positive(length, "length")
    x = cell_centers(n, length, backend=backend)
    start = _initial(initial, x, length)
    grid = _velocities(n_velocities, half_width, start, backend)
    gas = ReducedGas(grid, d, _bend(model, prandtl, d), frequency)
    steps = GasSteps(gas, reconstruction, boundary, length / n)
    tube = _Tube(steps, x, start, initial == "sod", length)
    largest = COURANT * length / n / grid.half_width

    def largest_step(epsilon: float) -> float:  # noqa: ARG001 (as SplitProblem asks)
        return largest

    slowest = float(to_host(gas.rate(start[0])).min())
    return SplitProblem(
        "bgk",
        initial=tube.start,
        explicit=steps.transport,
        solve_implicit=steps.relax,
        limit=tube.limit if initial == "sod" and boundary == "outflow" else None,
        equilibrium=gas.equilibrium,
        invariants=tube.invariants(),
        invariant_scales=tube.scales(),
        entropy=lambda f, epsilon: gas.entropy(f).mean() * length,  # noqa: ARG005
        minimum=lambda f, epsilon: f.min(),  # noqa: ARG005
        macroscopic_minimum=tube.smallest,
        limiter=tube.limited,
        observables={name: gas.observable(name) for name in OBSERVABLES},
        layer_scales=lambda epsilon: (epsilon / slowest,),
        largest_step=largest_step,
        admit=multistep_limit("bgk", largest_step, 0.5),
        coordinates={"x": x, "v": grid.nodes},
        bounds=tube.bounds(COURANT / largest),
        limit_problem=tube.euler(),
        restrict=gas.conserved,
    )


def _dimension(value: object) -> int:
    d = whole_number(value, "velocity_dimension", least=1)
    if d > 3:
        raise ParameterError(f"velocity_dimension is {d}; pass 1, 2 or 3")
    return d


def _bend(model: str, prandtl: float | None, d: int) -> float:
    """Return b = 1 - 1/Pr."""
    if model == "bgk":
        if prandtl is not None and positive(prandtl, "prandtl") != 1:
            raise ParameterError(
                f"prandtl is {prandtl!r:.60} but model 'bgk' has 1; pass model='es'"
            )
        return 0.0
    number = 2 / 3 if prandtl is None else positive(prandtl, "prandtl")
    least = (d - 1) / d
    if number < least * (1 - 1e-12):
        raise ParameterError(
            f"prandtl is {number:g}; the Gaussian of the ellipsoidal model exists from "
            f"{least:.4g} on for velocity_dimension={d}"
        )
    return 1 - 1 / number


def _initial(initial: object, x: Array, length: float) -> Gas:
    """Return density, velocity and temperature, each of shape (n_cells,)."""
    xp = namespace(x)
    if callable(initial):
        found = initial(x)
        if not isinstance(found, tuple) or len(found) != 3:
            raise ParameterError(
                f"initial returned {found!r:.60}; pass a function of x that returns the "
                "tuple (density, velocity, temperature)"
            )
    else:
        one_of(initial, "initial", ("sod",))
        left = 1.0 * (x < length / 2)
        left = xp.asarray(left, dtype=x.dtype)
        found = tuple(
            left * a + (1 - left) * b
            for a, b in zip(*(_primitive(side) for side in SOD), strict=True)
        )
    arrays = []
    for name, value in zip(("density", "velocity", "temperature"), found, strict=True):
        array = as_array(value, name=name, real=True)
        if array.shape not in ((), x.shape):
            raise ShapeError(
                f"{name} of initial has shape {array.shape}, needed one number a cell, "
                f"{x.shape}"
            )
        array = xp.asarray(array, dtype=x.dtype) + 0 * x
        host = to_host(array)
        bad = ~numpy.isfinite(host)
        if name != "velocity":
            bad |= ~(host > 0)
        if bad.any():
            index = int(numpy.argmax(bad))
            raise ParameterError(
                f"{name} is {host[index]:g} at index {index}; a gas needs finite values, "
                "density and temperature above 0"
            )
        arrays.append(array)
    return arrays[0], arrays[1], arrays[2]


def _primitive(side: GasState) -> tuple[float, float, float]:
    return side.density, side.velocity, side.pressure / side.density


def _velocities(
    n_velocities: int, half_width: float | None, start: Gas, backend: str | None
) -> VelocityGrid:
    """Return a grid that holds the initial gas."""
    mean, temperature = (to_host(each) for each in start[1:])
    thermal = numpy.sqrt(temperature)
    needed = float((abs(mean) + NEEDED_WIDTH * thermal).max())
    if half_width is None:
        wide = float((abs(mean) + (THERMAL_WIDTH - 1) * thermal).max())
        half_width = max(THERMAL_WIDTH * float(thermal.max()), wide)
    half_width = positive(half_width, "half_width")
    if half_width < needed:
        raise ParameterError(
            f"half_width is {half_width:g}, but mean velocity and {NEEDED_WIDTH:g} thermal "
            f"speeds of the initial gas reach {needed:.4g}; pass at least that"
        )
    n = whole_number(n_velocities, "n_velocities", least=8)
    grid = velocity_grid(n, half_width, dimension=1, backend=backend)
    if float(thermal.min()) < RESOLVED * grid.spacing:
        more = 2 * math.ceil(half_width * RESOLVED / float(thermal.min()))
        raise ParameterError(
            f"n_velocities is {n}, a spacing of {grid.spacing:.3g} for a thermal speed of "
            f"{thermal.min():.3g} in the coldest cell; pass at least {more + 2}"
        )
    return grid


class _Tube:
    """The functions of a problem that are not those of the gas alone."""

    def __init__(
        self, steps: GasSteps, x: Array, start: Gas, is_sod: bool, length: float
    ) -> None:
        self.gas, self.steps, self.x, self.gas_start = steps.gas, steps, x, start
        self.is_sod, self.length = is_sod, length
        ends = to_host(start[1])[[0, -1]]
        self.at_rest = steps.boundary == "periodic" or not ends.any()

    def maxwellians(self) -> Array:
        """Return the local equilibria of the initial gas."""
        density, velocity, temperature = self.gas_start
        rest = (self.gas.d - 1) * temperature
        return self.gas.gaussian(density, velocity, temperature, rest)

    def start(self, epsilon: float, preparation: str) -> Array:
        """Return the initial state."""
        if preparation == "ill":
            return two_streams(self.gas, *self.gas_start)
        state = self.maxwellians()
        if self.is_sod:
            return state
        transport, size = self.steps.transport, min(epsilon, 1e300)
        return near_equilibrium(self.gas, transport, state, size)

    def limit(self, time: float) -> Array:
        """Return the Maxwellians of the exact solution of the Euler equations."""
        if time == 0:
            return self.maxwellians()
        gamma = (self.gas.d + 2) / self.gas.d
        rays = (to_host(self.x) - self.length / 2) / time
        density, velocity, pressure = riemann_solution(*SOD, gamma, rays)
        fields = numpy.stack([density, velocity, pressure / density])
        density, velocity, temperature = namespace(self.x).asarray(
            fields, device=self.x.device
        )
        rest = (self.gas.d - 1) * temperature
        return self.gas.gaussian(density, velocity, temperature, rest)

    def invariants(self) -> dict[str, Callable[[Array, float], Array]]:
        """Return what the boundary lets be conserved."""
        if not self.at_rest:
            return {}
        rows = {"mass": 0, "energy": 2}
        if self.steps.boundary == "periodic":
            rows["momentum"] = 1
        return {name: self.gas.integral(row) for name, row in rows.items()}

    def scales(self) -> dict[str, Callable[[Array, float], float]]:
        """Return the sum of the absolute contributions to the momentum."""

        def momentum(f: Array, epsilon: float) -> float:  # noqa: ARG001
            v = namespace(f).asarray(abs(self.gas.grid.nodes), dtype=f.dtype)
            return float(scalar((abs(f[0]) * v).sum(1).mean())) * self.gas.grid.spacing

        is_periodic = self.steps.boundary == "periodic"
        return {"momentum": momentum} if is_periodic else {}

    def bounds(self, sharpness: float) -> dict[str, float]:
        """Return bounds of certificates; sharpness is largest speed over a cell's width."""
        # Next to a jump f - G is up to epsilon abs(v) over the width of a cell.
        bounds = {"entropy": 1e-6, "minimum": UNDERSHOOT, "limit_factor": sharpness}
        is_open = self.steps.boundary == "outflow"
        return {**bounds, **({"conserved": LEAK} if is_open else {})}

    def smallest(self, state: Array, epsilon: float) -> float:  # noqa: ARG002
        """Return the smallest density or temperature."""
        own = self.gas.fields(state)
        return min(float(scalar(own.density.min())), float(scalar(own.temperature.min())))

    def limited(self, state: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return a state without negative values and with the same moments."""
        xp = namespace(state)
        fields = [limit_positive(state[0], self.gas.grid)]
        if self.gas.n_fields > 1:
            h = state[1]
            clipped = xp.maximum(h, 0 * h)
            fields.append(clipped * (h.sum(1) / clipped.sum(1))[:, None])
        return xp.stack(fields)

    def euler(self) -> SplitProblem:
        """Return the Euler equations as the transport of local Maxwellians.

        State (3, n_cells): density, momentum and twice the energy, d rho T + rho u^2.
        """
        gas, d = self.gas, self.gas.d
        xp = namespace(self.x)

        def explicit(U: Array, epsilon: float) -> Array:  # noqa: ARG001
            u = U[1] / U[0]
            temperature = (U[2] / U[0] - u * u) / d
            g = maxwellian(gas.grid, U[0], u[:, None], temperature)
            fields = [g, (d - 1) * temperature[:, None] * g][: gas.n_fields]
            state = xp.stack(fields)
            rate = self.steps.transport(state, 0.0, xp.zeros_like(state))
            return gas.conserved(rate)

        density, velocity, temperature = self.gas_start
        momentum = density * velocity
        energy = density * (velocity**2 + d * temperature)
        return SplitProblem(
            "euler",
            initial=to_device(xp.stack([density, momentum, energy])),
            explicit=explicit,
            invariants={"mass": lambda U, epsilon: U[0].mean()} if self.at_rest else {},  # noqa: ARG005
            observables={"density": lambda U, epsilon: U[0]},  # noqa: ARG005
            coordinates={"x": self.x},
        )
