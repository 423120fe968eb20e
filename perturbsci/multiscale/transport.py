"""Linear transport in a slab in diffusive scaling: neutrons, photons, or random walkers."""

import math
from collections.abc import Callable

import numpy

from perturbsci.arguments import one_of, positive
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ParameterError
from perturbsci.multiscale.diffusive import LARGEST, capped_square
from perturbsci.multiscale.directions import half_range, profile
from perturbsci.multiscale.parity import ParityModes, diffusion_wavenumbers
from perturbsci.multiscale.periodic import (
    cell_centers,
    filtered,
    initial_density,
    signed_wavenumbers,
)
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import whole_number
from perturbsci.multiscale.staggered import (
    FaceTransport,
    lattice_diffusion,
    lattice_symbol,
)
from perturbsci.types import Array

__all__ = ["linear_transport"]

SPACES = ("spectral", "upwind", "muscl")
Field = float | Callable[[Array], Array]


def linear_transport(
    n_cells: int = 64,
    n_angles: int = 16,
    *,
    length: float = 2 * math.pi,
    initial: Callable[[Array], Array] | None = None,
    scattering: Field = 1.0,
    absorption: Field = 0.0,
    source: Field | None = None,
    space: str = "spectral",
    backend: str | None = None,
) -> SplitProblem:
    """Return isotropic scattering in a slab, whose limit is diffusion.

    epsilon f_t + w f_x = (s_s/epsilon)(<f> - f) - epsilon s_a f + epsilon S, w in [-1, 1]
    the direction cosine, <f> the mean over w; epsilon is the mean free path over the length
    of the slab for s_s = 1. In parity form D = (1, epsilon^2, epsilon^2); see ``parity``
    and, for the two difference forms, ``staggered``. The limit is
    rho_t = (<w^2> rho_x/s_s)_x - s_a rho + S with <w^2> = 1/3.

    Parameters
    ----------
    n_cells : int
        Cells, at least 2; 4 for the difference forms.
    n_angles : int
        Gauss-Legendre cosines in (0, 1); as many point backward.
    length : float
        Of the periodic interval.
    initial : callable, optional
        ``initial(x) -> density``, shape (n_cells,); 1 + 0.5 cos(2 pi x/length) by default.
    scattering : float or callable
        s_s > 0; a function of x with ``"upwind"`` and ``"muscl"`` only.
    absorption, source : float or callable, optional
        s_a >= 0 likewise; S(x).
    space : str
        ``"spectral"``, everything implicit; ``"upwind"`` or ``"muscl"``, first and second
        order, transport of what is not diffusion explicit.
    backend : str, optional
        As for ``backend.use``.

    Returns
    -------
    problem : SplitProblem
        State (n_cells, 1 + 2 n_angles): density, even deviation, odd part over epsilon;
        observables ``density``, ``flux`` and ``material`` (what isotropic emission sees,
        the density itself).

    Raises
    ------
    ParameterError
        If an argument has a wrong value, or a coefficient varies with
        ``space="spectral"``.
    ShapeError
        If a function returns another shape than x.

    Notes
    -----
    Well-prepared: j = -w rho_x/s_s, g = epsilon^2 (w^2 - <w^2>) rho_xx/s_s^2, with
    epsilon at most 1; ill: j = 0, g = (w^2 - <w^2>) rho/2. A spectral solve costs two
    transforms of the state; with varying coefficients a solve costs n_cells^2 and a new
    step or epsilon n_cells^3.

    References
    ----------
    Jin, Pareschi and Toscani (2000); Lemou and Mieussens (2008).

    Examples
    --------
    >>> from perturbsci.multiscale import solve
    >>> problem = linear_transport(16, 8)
    >>> run = solve(problem, epsilon=1e-8, t_span=(0.0, 1.0), step=0.01)
    >>> wave = 2 * abs(run.observables["density"][-1] - 1).max()
    >>> round(float(-3 * math.log(wave / math.cos(math.pi / 16))), 4)
    1.0
    """
    one_of(space, "space", SPACES)
    n = whole_number(n_cells, "n_cells", least=2 if space == "spectral" else 4)
    m = whole_number(n_angles, "n_angles", least=1)
    length = positive(length, "length")
    x = cell_centers(n, length, backend=backend)
    w, weights = half_range(m, backend=backend)
    faces = x + length / n / 2
    fields = {
        "scattering": profile(scattering, "scattering", faces, positive=True),
        "absorption": profile(absorption, "absorption", x),
        "source": profile(0.0 if source is None else source, "source", x, signed=True),
    }
    density = initial_density(initial, x, length)
    face_absorption = profile(absorption, "absorption", faces)
    slab = _Slab(x, length, w, weights, density, space, face_absorption, **fields)
    face = None
    if space == "spectral":
        solver: Callable[..., Array] = slab.modes()
    else:
        face = slab.face_transport()
        solver = face.solve
    return SplitProblem(
        "linear_transport",
        initial=slab.start,
        explicit=None if face is None else face.explicit,
        solve_implicit=solver,
        weight=slab.weight,
        limit=slab.limit if space == "spectral" else None,
        equilibrium=slab.equilibrium,
        invariants={"mass": _mass} if slab.is_conservative else {},
        entropy=slab.entropy if space == "spectral" and not slab.is_driven else None,
        minimum=slab.minimum,
        observables={
            "density": lambda state, epsilon: state[:, 0],  # noqa: ARG005
            "flux": slab.flux,
            "material": lambda state, epsilon: state[:, 0],  # noqa: ARG005
        },
        layer_scales=lambda epsilon: (capped_square(epsilon) / slab.least,),
        largest_step=None if face is None else face.largest_step,
        coordinates={"x": x, "v": w},
        limit_problem=slab.heat_equation(),
        restrict=lambda state: state[:, 0],
    )


def _mass(state: Array, epsilon: float) -> Array:  # noqa: ARG001 (as SplitProblem asks)
    return state[:, 0].mean()


class _Slab:
    """What a slab is made of, and the functions of its problem."""

    def __init__(
        self,
        x: Array,
        length: float,
        w: Array,
        weights: Array,
        density: Array,
        space: str,
        face_absorption: Array,
        *,
        scattering: Array,
        absorption: Array,
        source: Array,
    ) -> None:
        self.x, self.length, self.w, self.weights = x, length, w, weights
        self.density, self.space, self.width = density, space, length / x.shape[0]
        self.scattering, self.absorption, self.source = scattering, absorption, source
        self.face_absorption = face_absorption
        self.least = float(to_host(scattering).min())
        self.is_driven = bool(to_host(source).any())
        self.is_conservative = not self.is_driven and not to_host(absorption).any()
        host = to_host(weights) @ to_host(w) ** 2
        self.mean_square = float(host)  # <w^2>
        if space == "spectral":
            for name in ("scattering", "absorption"):
                if numpy.ptp(to_host(getattr(self, name))) > 0:
                    raise ParameterError(
                        f"{name} varies with x but space is 'spectral', which needs a "
                        "constant; pass space='muscl' or 'upwind'"
                    )

    def modes(self) -> ParityModes:
        """Return the implicit solver of the spectral form."""
        return ParityModes(
            self.x.shape[0],
            self.length,
            self.w,
            self.weights,
            scattering=self.least,
            absorption=float(scalar(self.absorption[0])),
            source=self.source,
        )

    def face_transport(self) -> FaceTransport:
        """Return both parts of the difference forms."""
        return FaceTransport(
            self.width,
            self.w,
            self.weights,
            self.space,
            scattering=self.scattering,
            absorption=(self.absorption, self.face_absorption),
            source=self.source,
        )

    def weight(self, epsilon: float) -> Array:
        """Return D, shape (n_cells, 1 + 2 n_angles): broadcasting would allocate."""
        D = numpy.full((self.x.shape[0], 1 + 2 * self.w.shape[0]), capped_square(epsilon))
        D[:, 0] = 1.0
        return namespace(self.x).asarray(D, device=self.x.device)

    def slope(self, rho: Array) -> Array:
        """Return rho_x where j lives, shape (n_cells,)."""
        if self.space == "spectral":
            return filtered(rho, 1j * signed_wavenumbers(rho.shape[0], self.length))
        return (namespace(rho).roll(rho, -1) - rho) / self.width

    def curvature(self, rho: Array) -> Array:
        """Return rho_xx where g lives, shape (n_cells,)."""
        if self.space == "spectral":
            return self.slope(self.slope(rho))
        xp = namespace(rho)
        once = self.slope(rho)
        return (xp.roll(once, -1) - xp.roll(once, 1)) / (2 * self.width)

    def fields(self, rho: Array, g: Array, j: Array) -> Array:
        """Return a state of rho (n,), g (n, n_angles) and j (n, n_angles)."""
        return namespace(rho).concat([rho[:, None], g, j], axis=1)

    def start(self, epsilon: float, preparation: str) -> Array:
        """Return the initial state."""
        rho, s = self.density, self.scattering
        shape = self.w**2 - self.mean_square
        if preparation == "ill":
            g = self.at_faces(rho)[:, None] * shape / 2
            return self.fields(rho, g, 0 * g)
        j = -(self.slope(rho) / s)[:, None] * self.w
        curved = self.curvature(rho) * min(epsilon, 1.0) ** 2 / s**2
        return self.fields(rho, curved[:, None] * shape, j)

    def at_faces(self, rho: Array) -> Array:
        """Return a field of the cells where g and j live, shape (n_cells,)."""
        if self.space == "spectral":
            return rho
        return (rho + namespace(rho).roll(rho, -1)) / 2

    def equilibrium(self, state: Array) -> Array:
        """Return the state of the diffusion limit with the same density."""
        xp = namespace(state)
        rho = state[:, 0]
        s = xp.asarray(self.scattering, dtype=state.dtype)
        w = xp.asarray(self.w, dtype=state.dtype)
        j = -(self.slope(rho) / s)[:, None] * w
        return self.fields(rho, 0 * j, j)

    def limit(self, time: float) -> Array:
        """Return the exact solution at epsilon = 0."""
        rate = self.mean_square / self.least * self._squares() + float(
            scalar(self.absorption[0])
        )
        gain = numpy.where(
            rate == 0, time, -numpy.expm1(-rate * time) / (rate + (rate == 0))
        )
        rho = filtered(self.density, numpy.exp(-rate * time))
        rho = rho + filtered(self.source, gain)
        return self.equilibrium(self.fields(rho, *(2 * [0 * rho[:, None] * self.w])))

    def heat_equation(self) -> SplitProblem:
        """Return the limit equation alone; its state is rho, shape (n_cells,)."""
        mass = {"mass": lambda u, epsilon: u.mean()}  # noqa: ARG005
        return SplitProblem(
            "linear_transport_limit",
            initial=self.density,
            explicit=None,
            solve_implicit=self.diffuse,
            invariants=mass if self.is_conservative else {},
            observables={"density": lambda u, epsilon: u},  # noqa: ARG005
            coordinates={"x": self.x},
        )

    def diffuse(self, rhs: Array, h: float, epsilon: float) -> Array:  # noqa: ARG002
        """Return rho of the implicit heat equation, shape (n_cells,)."""
        rhs = rhs + h * self.source
        s, absorbed = to_host(self.scattering), to_host(self.absorption)
        if numpy.ptp(s) == 0 and numpy.ptp(absorbed) == 0:
            rate = self.mean_square / self.least * self._squares()
            return filtered(rhs, 1 / (1 + h * (rate + absorbed[0])))
        matrix = numpy.diag(1 + h * absorbed)
        matrix += lattice_diffusion(h * self.mean_square / s, self.width)
        return namespace(rhs).asarray(numpy.linalg.solve(matrix, to_host(rhs)))

    def _squares(self) -> Array:
        """Return k^2 of the diffusion, shape (n_cells,)."""
        n = self.x.shape[0]
        if self.space == "spectral":
            return diffusion_wavenumbers(n, self.length) ** 2
        return lattice_symbol(n, self.width)

    def flux(self, state: Array, epsilon: float) -> Array:  # noqa: ARG002
        """Return <w j> in the cells, shape (n_cells,)."""
        xp, m = namespace(state), self.w.shape[0]
        q = (state[:, 1 + m :] * xp.asarray(self.w * self.weights, dtype=state.dtype)).sum(
            1
        )
        return q if self.space == "spectral" else (q + xp.roll(q, 1)) / 2

    def minimum(self, state: Array, epsilon: float) -> Array:
        """Return the smallest of r +- epsilon j."""
        m = self.w.shape[0]
        even = self.at_faces(state[:, 0])[:, None] + state[:, 1 : 1 + m]
        return (even - min(epsilon, LARGEST) * abs(state[:, 1 + m :])).min()

    def entropy(self, state: Array, epsilon: float) -> Array:
        """Return the mean of f^2/2 over x and all directions."""
        m = self.w.shape[0]
        weights = namespace(state).asarray(self.weights, dtype=state.dtype)
        square = state[:, 1 : 1 + m] ** 2
        square = square + capped_square(epsilon) * state[:, 1 + m :] ** 2
        return (state[:, 0] ** 2 + (square * weights).sum(1)).mean() / 2
