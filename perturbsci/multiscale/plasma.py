"""One species of charges on a periodic phase-space grid: moments, field and invariants."""

import math
from collections.abc import Callable

import numpy

from perturbsci.backend import fft, namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.multiscale.diffusive import LARGEST
from perturbsci.multiscale.periodic import cell_centers, signed_wavenumbers
from perturbsci.multiscale.velocity import velocity_grid
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["PeriodicPlasma"]

DRIFT = 1e-2  # of the energy, above which steps are too long for the splitting


class PeriodicPlasma:
    """Grid, moments and field of a state.

    Parameters
    ----------
    n, m : int
        Points in x and v, even.
    length, half_width : float
        Of the intervals in x and v.
    field : str
        ``"poisson"``, ``"ampere"`` or ``"none"``. With ``"ampere"`` a state has one more
        column, F.
    backend : str, optional
        As for ``backend.use``.
    """

    def __init__(
        self,
        n: int,
        m: int,
        length: float,
        half_width: float,
        field: str,
        backend: str | None,
    ) -> None:
        self.shape, self.length, self.half_width = (n, m), length, half_width
        self.field = field
        self.x = cell_centers(n, length, backend=backend)
        grid = velocity_grid(m, half_width, dimension=1, backend=backend)
        self.v, self.spacing = grid.nodes, grid.spacing
        self.k = fft.wavenumbers(n, length, backend="numpy")
        self.slopes = 1j * signed_wavenumbers(n, length)
        flat = self.slopes == 0
        self.antiderivative = numpy.where(flat, 0, 1 / numpy.where(flat, 1, self.slopes))
        self.q = fft.wavenumbers(m, 2 * half_width, backend="numpy")

    def particles(self, state: Array) -> Array:
        """Return f of a state, shape (n, m).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.

        Returns
        -------
        f : array, shape (n, m)
            A view.
        """
        return state[:, : self.shape[1]]

    def moment(self, state: Array, power: int) -> Array:
        """Return int v^power f dv, shape (n,).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        power : int
            0 for the density.

        Returns
        -------
        moment : real array, shape (n,)
            Midpoint rule.
        """
        v = namespace(state).asarray(self.v, dtype=state.dtype)
        return (self.particles(state) * v**power).sum(1) * self.spacing

    def force(self, state: Array, epsilon: float) -> Array:
        """Return F, shape (n,).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.

        Returns
        -------
        force : real array, shape (n,)
            Zero mean.
        """
        if self.field == "ampere":
            return state[:, self.shape[1]]
        if self.field == "none" or epsilon == 0:
            return 0 * state[:, 0]
        return self._filtered(self.moment(state, 0), self.antiderivative) / (
            min(epsilon, LARGEST) ** 2
        )

    def fundamental(self, state: Array, epsilon: float) -> Array:
        """Return the mean over x of F exp(-i k x), k the fundamental wavenumber.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.

        Returns
        -------
        coefficient : complex array, shape ()
            One number.
        """
        n = self.shape[0]
        turn = complex(math.cos(math.pi / n), -math.sin(math.pi / n))  # x = 0 is an edge
        return fft.fft(self.force(state, epsilon) + 0)[1] * (turn / n)

    def with_field(self, f: Array, epsilon: float, charge: float, size: float) -> Array:
        """Return a state of ``"ampere"``: f, shape (n, m), with F as one more column.

        For the density 1 + charge cos(k x) F is charge/(epsilon^2 k) sin(k x), the fraction
        being ``size`` where epsilon^2 underflows.

        Parameters
        ----------
        f : real array, shape (n, m)
            The particles.
        epsilon : float
            The small parameter.
        charge : float
            Amplitude; 0 for data of a user.
        size : float
            For epsilon = 0.

        Returns
        -------
        state : real array, shape (n, m + 1)
            New.
        """
        xp, k = namespace(f), 2 * math.pi / self.length
        square = min(epsilon, LARGEST) ** 2
        if charge:
            regular = charge / square if square > 1e-300 else size
            force = regular / k * xp.sin(k * self.x)
        else:
            inverse = 1 / square if square > 1e-300 else 0.0
            force = self._filtered(self.moment(f, 0), self.antiderivative) * inverse
        return xp.concat([f, force[:, None]], axis=1)

    def invariants(self) -> dict[str, Callable[[Array, float], Array]]:
        """Return mass, and momentum where F is that of the density of the same time.

        Returns
        -------
        invariants : dict of str to callable
            Functions of state and epsilon, to an array of shape ().
        """
        kept = {"mass": lambda f, epsilon: self.moment(f, 0).mean()}  # noqa: ARG005
        if self.field != "ampere":
            kept["momentum"] = lambda f, epsilon: self.moment(f, 1).mean()  # noqa: ARG005
        return kept

    def field_energy(self, state: Array, epsilon: float) -> Array:
        """Return epsilon^2/2 int F^2 dx.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.

        Returns
        -------
        energy : real array, shape ()
            Not negative.
        """
        scaled = min(epsilon, LARGEST) * self.force(state, epsilon)
        return (scaled**2).mean() * (self.length / 2)

    def _filtered(self, u: Array, factor: Array) -> Array:
        """Return a field with its Fourier coefficients times a factor, shape (n,)."""
        xp = namespace(u)
        spectrum = fft.fft(u)
        factor = xp.asarray(factor, dtype=spectrum.dtype, device=u.device)
        return fft.ifft(spectrum * factor).real + 0

    def drift_phases(self, time: float) -> Array:
        """Return exp(-i k v t), shape (n, m), on the host.

        Parameters
        ----------
        time : float
            Elapsed.

        Returns
        -------
        phases : complex array, shape (n, m)
            The shortest wave has the mean of both signs.
        """
        phases = numpy.exp(-1j * time * self.k[:, None] * to_host(self.v))
        half = self.shape[0] // 2
        phases[half] = phases[half].real  # the mean of both signs of this wave
        return phases

    def streamed(self, time: float, epsilon: float, initial: Array) -> Array:  # noqa: ARG002
        """Return f(x - v t, v), exact without a field.

        Parameters
        ----------
        time : float
            Elapsed.
        epsilon : float
            The small parameter.
        initial : real array, shape (n, m)
            At time 0.

        Returns
        -------
        f : real array, shape (n, m)
            New.
        """
        xp = namespace(initial)
        spectrum = fft.fft(initial, axis=0)
        phases = xp.asarray(
            self.drift_phases(time), dtype=spectrum.dtype, device=initial.device
        )
        return fft.ifft(spectrum * phases, axis=0).real + 0

    def thermal_momentum(self, state: Array, epsilon: float) -> float:  # noqa: ARG002
        """Return the mean over x of int abs(v) f dv, the scale of the momentum.

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        epsilon : float
            The small parameter.

        Returns
        -------
        scale : float
            Positive.
        """
        v = namespace(state).asarray(abs(self.v), dtype=state.dtype)
        return float(scalar((abs(self.particles(state)) * v).sum(1).mean() * self.spacing))

    def claims(
        self, times: Array, states: Array, epsilon: float
    ) -> tuple[Certificate, ...]:
        """Return whether phase mixing is resolved, and the drift of the energy.

        Parameters
        ----------
        times : real array, shape (n_times,)
            Stored ones.
        states : array, shape (n_times, ...)
            Stored ones.
        epsilon : float
            The small parameter.

        Returns
        -------
        certificates : tuple of Certificate
            Two, of kind estimate.
        """
        elapsed = float(times[-1] - times[0])
        method = f"2 pi/(k dv), dv = {self.spacing:.3g}"
        recurrence = Certificate(
            "run shorter than the recurrence time",
            elapsed,
            self.length / self.spacing,
            "estimate",
            method,
        )
        energies = [
            float(scalar(self.moment(f, 2).mean())) * self.length / 2
            + float(scalar(self.field_energy(f, epsilon)))
            for f in (states[0], states[-1])
        ]
        drift = abs(energies[1] - energies[0]) / abs(energies[0])
        energy = Certificate(
            "energy drift of the splitting",
            drift if math.isfinite(drift) else math.inf,
            DRIFT,
            "estimate",
            "start to end",
        )
        return (recurrence, energy)
