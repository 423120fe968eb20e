"""The radiative transfer benchmark of Su and Olson: photons heat cold matter in a slab.

The mesh is symmetric about x = 0, so that only x > 0 is kept, and graded: x(s) with

    s = A x + C x0 asinh(x/x0),

cells at s = i + 1/2, an edge at the source's end. With J = x'(s) the transport is
-w I_s/J, differenced by WENO5 in s. Beside the end of the source U has a logarithmic
slope, (d/2) ln(1/d), which a uniform mesh of the same size misses by some 1e-3.

References: Su and Olson (1997); Jiang and Shu (1996).
"""

import threading

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import namespace, to_device
from perturbsci.backend.kernels.fluxes import weno5_difference
from perturbsci.errors import ParameterError
from perturbsci.multiscale.courant import multistep_limit
from perturbsci.multiscale.directions import half_range
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import whole_number
from perturbsci.multiscale.upwinding import GHOSTS
from perturbsci.types import Array

__all__ = ["su_olson"]

FINENESS = 6.0  # of the mesh at x = 0 over a uniform one
CORE = 1.2  # x0 in units of the source's half width
COURANT = 0.8
TINY = 1e-30
UNDERSHOOT = 1e-3  # of a fifth-order reconstruction at a jump


def su_olson(
    n_cells: int = 400,
    n_angles: int = 32,
    *,
    half_width: float = 20.0,
    source_half_width: float = 0.5,
    source_time: float = 10.0,
    backend: str | None = None,
) -> SplitProblem:
    """Return radiation and matter that exchange energy, heated in abs(x) < 1/2.

    I_t + w I_x = (V - I)/epsilon + S,  V_t = (U - V)/epsilon,  U = <I>, w in [-1, 1] the
    direction cosine, S = 1 for abs(x) < ``source_half_width`` and t < ``source_time``;
    epsilon is the time of absorption and emission. The benchmark is epsilon = 1 and cold at
    the start; at epsilon = 0 radiation and matter have one temperature and stay where they
    are, I = V = t/2 in the source.

    Parameters
    ----------
    n_cells : int
        Cells in 0 < x < half_width, at least 8.
    n_angles : int
        Cosines in (-1, 1), even: Gauss-Legendre in each half.
    half_width : float
        Where vacuum begins; the benchmark is an infinite medium, so more than the time.
    source_half_width, source_time : float
        Of S; the time counts from the start of the run, which should have a step end there.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (n_cells, n_angles + 2): I for each cosine, V, and the time that passed, by
        which S ends. Observables ``density`` (U), ``flux``, ``material`` (V);
        ``coordinates["x"]`` are the centers in x > 0, the solution is even.

    Raises
    ------
    ParameterError
        If an argument has a wrong value, or the cells cannot have an edge at the source.

    Notes
    -----
    The data are zero and so in equilibrium; ill-prepared: V = 1 in the source.
    ``largest_step`` is 0.8 of the finest cell, 0.24 of it for IMEX-BDF.
    ``positivity="limit"`` clips small negative intensities at equal energy.

    References
    ----------
    Su and Olson (1997).

    Examples
    --------
    >>> from perturbsci.multiscale import solve
    >>> run = solve(su_olson(100, 8), epsilon=1.0, t_span=(0.0, 0.1), step=0.01)
    >>> round(float(run.observables["density"][-1][0]), 4)
    0.0953
    """
    n = whole_number(n_cells, "n_cells", least=8)
    m = whole_number(n_angles, "n_angles", least=2)
    if m % 2:
        raise ParameterError(f"n_angles is {m}; both directions need as many, pass {m + 1}")
    half_width = positive(half_width, "half_width")
    edge = positive(source_half_width, "source_half_width")
    source_time = positive(source_time, "source_time")
    x, stretch = _graded(n, half_width, edge)
    slab = _HeatedSlab(x, stretch, m, edge, source_time, backend)
    largest = COURANT * float(stretch.min())

    def largest_step(epsilon: float) -> float:  # noqa: ARG001 (as SplitProblem asks)
        return largest

    return SplitProblem(
        "su_olson",
        initial=slab.start,
        explicit=slab.explicit,
        solve_implicit=slab.solve,
        limit=slab.limit,
        equilibrium=slab.equilibrium,
        invariants={"energy": slab.energy},
        invariant_scales={"energy": lambda state, epsilon: edge * source_time},  # noqa: ARG005
        minimum=lambda state, epsilon: state[:, :-1].min(),  # noqa: ARG005
        limiter=slab.limited,
        observables={
            "density": lambda state, epsilon: slab.mean(state),  # noqa: ARG005
            "flux": lambda state, epsilon: slab.mean(state * slab.extended(slab.w)),  # noqa: ARG005
            "material": lambda state, epsilon: state[:, m],  # noqa: ARG005
        },
        layer_scales=lambda epsilon: (epsilon,),
        largest_step=largest_step,
        admit=multistep_limit("su_olson", largest_step, 0.3),
        coordinates={"x": slab.x, "v": slab.w},
        bounds={"minimum": UNDERSHOOT},
    )


def _graded(n: int, half_width: float, edge: float) -> tuple[Array, Array]:
    """Return centers and x'(s) there, both of shape (n,)."""
    if edge >= half_width:
        raise ParameterError(
            f"source_half_width is {edge:g} but half_width {half_width:g}; pass a smaller "
            "source"
        )
    x0 = CORE * edge

    def bent(x: Array | float) -> Array:
        return x0 * numpy.arcsinh(numpy.asarray(x) / x0)

    whole, inner = float(bent(half_width)), float(bent(edge))
    fineness = min(FINENESS, half_width / whole)
    C = (fineness - 1) * n / half_width / (1 - whole / half_width)
    wanted = (fineness * n / half_width - C) * edge + C * inner
    k = min(max(round(wanted), 1), n - 1)
    A, C = numpy.linalg.solve([[edge, inner], [half_width, whole]], [k, n])

    def density(x: Array) -> Array:
        return A + C / numpy.sqrt(1 + (x / x0) ** 2)

    if min(density(numpy.array([0.0, half_width]))) <= 0:
        raise ParameterError(
            f"n_cells is {n}, too few to resolve a source of half width {edge:g} in "
            f"{half_width:g}; pass more cells or a smaller half_width"
        )
    target = numpy.arange(n) + 0.5
    low, high = numpy.zeros(n), numpy.full(n, half_width)
    for _ in range(80):
        x = (low + high) / 2
        above = A * x + C * bent(x) > target
        low, high = numpy.where(above, low, x), numpy.where(above, x, high)
    return x, 1 / density(x)


class _HeatedSlab:
    """The parts of the benchmark; each thread has its buffers."""

    def __init__(
        self,
        x: Array,
        stretch: Array,
        n_angles: int,
        edge: float,
        source_time: float,
        backend: str | None,
    ) -> None:
        mu, weights = half_range(n_angles // 2, backend="numpy")
        self.w = to_device(numpy.concatenate([-mu[::-1], mu]), backend)
        self.weights = to_device(numpy.concatenate([weights[::-1], weights]) / 2, backend)
        self.x, self.stretch = to_device(x, backend), to_device(stretch, backend)
        self.heated = to_device(1.0 * (x < edge), backend)
        self.edge, self.source_time, self.m = edge, source_time, n_angles
        self.end = source_time * (1 - 1e-9)  # a clock of many steps is a little off
        self.forward = n_angles // 2  # index of the first positive cosine
        self.memory = threading.local()

    def start(self, epsilon: float, preparation: str) -> Array:  # noqa: ARG002
        """Return cold matter without radiation."""
        xp = namespace(self.x)
        state = xp.zeros((self.x.shape[0], self.m + 2), device=self.x.device)
        if preparation == "ill":
            state[:, self.m] = self.heated
        return state

    def explicit(self, state: Array, epsilon: float, out: Array) -> Array:  # noqa: ARG002
        """Write -w I_x + S into ``out``, shape (n_cells, n_angles + 2)."""
        memory, m, half = self._ready(state), self.m, self.forward
        cells = memory.padded
        cells[GHOSTS:-GHOSTS] = state[:, :m]
        cells[:GHOSTS] = state[GHOSTS - 1 :: -1, m - 1 :: -1]  # I(-x, w) = I(x, -w)
        cells[-GHOSTS:, half:] = state[-1, half:m]
        memory.move()
        memory.rates *= memory.inverse
        namespace(state).less(state[:, m + 1], self.end, out=memory.is_on)
        memory.other[...] = memory.is_on
        memory.other *= memory.heated
        memory.spread[...] = memory.other[:, None]
        memory.rates += memory.spread
        out[:, :m] = memory.rates
        out[:, m] = 0.0
        out[:, m + 1] = 1.0
        return out

    def solve(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write the exchange of energy into ``out``, shape (n_cells, n_angles + 2)."""
        # I (epsilon + h) = epsilon r_I + h V with U + V conserved in every cell; in units
        # of epsilon + h, so that no epsilon overflows.
        memory, m = self._ready(rhs), self.m
        xp, V = namespace(rhs), memory.material
        stay, go = (epsilon / h, 1.0) if epsilon < h else (1.0, h / epsilon)
        memory.rates[...] = rhs[:, :m]
        xp.multiply(memory.rates, memory.weights, out=memory.spread)
        xp.sum(memory.spread, axis=1, out=V)
        V *= go / (stay + 2 * go)
        xp.multiply(rhs[:, m], (stay + go) / (stay + 2 * go), out=memory.other)
        V += memory.other
        out[:, m] = V
        V *= go / (stay + go)
        memory.spread[...] = V[:, None]
        memory.rates *= stay / (stay + go)
        memory.rates += memory.spread
        out[:, :m] = memory.rates
        out[:, m + 1] = rhs[:, m + 1]
        return out

    def _ready(self, like: Array) -> threading.local:
        memory = self.memory
        if getattr(memory, "dtype", "") == like.dtype.name:
            return memory
        memory.dtype, xp = like.dtype.name, namespace(like)
        n, m, dtype, device = like.shape[0], self.m, like.dtype, like.device
        for name, shape in (
            ("padded", (n + 2 * GHOSTS, m)),
            *((name, (n, m)) for name in ("rates", "spread", "weights", "inverse")),
            ("material", (n,)),
            ("other", (n,)),
        ):
            setattr(memory, name, xp.zeros(shape, dtype=dtype, device=device))
        # Whole tables: NumPy allocates where it broadcasts.
        memory.weights[...] = self.weights
        memory.inverse[...] = (1 / self.stretch)[:, None]
        memory.w = xp.asarray(self.w, dtype=dtype)
        memory.heated = xp.asarray(self.heated, dtype=dtype)
        memory.move = weno5_difference.bind(memory.padded, memory.w, 1.0, out=memory.rates)
        memory.is_on = xp.zeros(n, dtype=bool, device=device)
        return memory

    def mean(self, state: Array) -> Array:
        """Return <I>, shape (n_cells,)."""
        weights = namespace(state).asarray(self.weights, dtype=state.dtype)
        return (state[:, : self.m] * weights).sum(1)

    def extended(self, row: Array) -> Array:
        """Return a row of n_angles numbers with two zeros behind, as a state has."""
        xp = namespace(row)
        return xp.concat([row, 0 * row[:2]])

    def energy(self, state: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return the energy in x > 0 minus what the source gave."""
        xp = namespace(state)
        stretch = xp.asarray(self.stretch, dtype=state.dtype)
        held = ((self.mean(state) + state[:, self.m]) * stretch).sum()
        heated = (xp.asarray(self.heated, dtype=state.dtype) * stretch).sum()
        return held - heated * xp.minimum(state[0, -1], 0 * state[0, -1] + self.source_time)

    def equilibrium(self, state: Array) -> Array:
        """Return the state of one temperature with the same energy in each cell."""
        xp = namespace(state)
        half = (self.mean(state) + state[:, self.m])[:, None] / 2
        ones = xp.ones((1, self.m + 1), dtype=state.dtype, device=state.device)
        return xp.concat([half * ones, state[:, -1:]], axis=1)

    def limit(self, time: float) -> Array:
        """Return the exact solution at epsilon = 0."""
        xp = namespace(self.x)
        state = self.start(0.0, "well")
        state[:, :-1] = (self.heated * (min(time, self.source_time) / 2))[:, None]
        return xp.concat([state[:, :-1], 0 * state[:, -1:] + time], axis=1)

    def limited(self, state: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return a state without negative numbers and with the same energy."""
        xp, m = namespace(state), self.m
        stretch = xp.asarray(self.stretch, dtype=state.dtype)
        total = self.mean(state) + state[:, m]
        kept = xp.maximum(total, 0 * total)
        # U + V stays in every cell; a cell without energy takes it from all others.
        kept *= (total * stretch).sum() / xp.maximum(
            (kept * stretch).sum(), TINY + 0 * total[0]
        )
        clipped = xp.maximum(state, 0 * state)
        size = self.mean(clipped) + clipped[:, m]
        factor = kept / xp.where(size > 0, size, 1 + 0 * size)
        return xp.concat([clipped[:, :-1] * factor[:, None], state[:, -1:]], axis=1)
