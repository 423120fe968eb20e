"""One species of charges on a periodic phase-space grid: moments, field, and one step.

A step is half a shift in x, a shift in v by F h, half a shift in x (Strang); shifts are
exact on trigonometric interpolants. F is that of Gauss' law, epsilon^2 F_x = rho - 1, or,
at the end of the step, that of Ampere's law with the current that its own moment equation
predicts,

    (epsilon^2 + h^2 rho) F' = G - h (j - <j>) + h^2 S_x + c,   S = int v^2 f dv,

G the antiderivative of rho - 1, which is epsilon^2 F, and c such that F' has no mean. As
epsilon -> 0 it stays bounded and keeps the density at 1 for every step.

References: Cheng and Knorr (1976); Degond, Deluzet and Navoret (2010).
"""

import math
import threading

import numpy

from perturbsci.backend import fft, namespace, to_device, to_host
from perturbsci.multiscale.periodic import cell_centers, signed_wavenumbers
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["PeriodicPlasma"]

LARGEST = 1e150  # of epsilon, whose square is needed
DRIFT = 1e-2  # of the energy, above which steps are too long for the splitting


class PeriodicPlasma:
    """Grid, moments, field and step; each thread has its buffers.

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
        self.spacing = 2 * half_width / m
        # Odd multiples of half a spacing: symmetric to the last bit.
        nodes = (2 * numpy.arange(m) + 1 - m) * (self.spacing / 2)
        self.v = to_device(nodes, backend)
        self.k = fft.wavenumbers(n, length, backend="numpy")
        self.slopes = 1j * signed_wavenumbers(n, length)
        flat = self.slopes == 0
        self.antiderivative = numpy.where(flat, 0, 1 / numpy.where(flat, 1, self.slopes))
        self.q = fft.wavenumbers(m, 2 * half_width, backend="numpy")
        self.memory = threading.local()

    def particles(self, state: Array) -> Array:
        """Return f of a state, shape (n, m)."""
        return state[:, : self.shape[1]]

    def moment(self, state: Array, power: int) -> Array:
        """Return int v^power f dv, shape (n,)."""
        v = namespace(state).asarray(self.v, dtype=state.dtype)
        return (self.particles(state) * v**power).sum(1) * self.spacing

    def force(self, state: Array, epsilon: float) -> Array:
        """Return F, shape (n,)."""
        if self.field == "ampere":
            return state[:, self.shape[1]]
        if self.field == "none" or epsilon == 0:
            return 0 * state[:, 0]
        return self._filtered(self.moment(state, 0), self.antiderivative) / (
            min(epsilon, LARGEST) ** 2
        )

    def field_energy(self, state: Array, epsilon: float) -> Array:
        """Return epsilon^2/2 int F^2 dx."""
        scaled = min(epsilon, LARGEST) * self.force(state, epsilon)
        return (scaled**2).mean() * (self.length / 2)

    def _filtered(self, u: Array, factor: Array) -> Array:
        """Return a field with its Fourier coefficients times a factor, shape (n,)."""
        xp = namespace(u)
        spectrum = fft.fft(u)
        factor = xp.asarray(factor, dtype=spectrum.dtype, device=u.device)
        return fft.ifft(spectrum * factor).real + 0

    def step(self, state: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write the state after a step into ``out``, shape (n, m) or (n, m + 1)."""
        memory = self._ready(state)
        if memory.h != h:
            self._set_phases(h)
        f = self.particles(out)
        self._shift_in_space(self.particles(state), f)
        if self.field != "none":
            if self.field == "ampere":
                self._predict(f, h, epsilon)
                out[:, self.shape[1]] = memory.force
            else:
                self._gauss(f)
                memory.force /= min(epsilon, LARGEST) ** 2
            self._kick(f, h)
        self._shift_in_space(f, f)
        return out

    def _gauss(self, f: Array) -> None:
        """Put the antiderivative of rho - 1 into the buffer of the force."""
        memory = self.memory
        memory.xp.sum(f, axis=1, out=memory.rho)
        memory.rho *= self.spacing
        self._filter(memory.rho, memory.antiderivative, memory.force)

    def _predict(self, f: Array, h: float, epsilon: float) -> None:
        """Put the field at the end of the step into the buffer of the force."""
        memory = self.memory
        xp, force, row, rho = memory.xp, memory.force, memory.row, memory.rho
        self._gauss(f)
        xp.multiply(f, memory.velocities, out=memory.angles)
        xp.sum(memory.angles, axis=1, out=row)  # j
        row *= self.spacing
        row -= row.mean()
        row *= h
        force -= row
        memory.angles *= memory.velocities
        xp.sum(memory.angles, axis=1, out=row)  # S
        self._filter(row, memory.slopes, row)
        row *= h * h * self.spacing
        force += row
        xp.multiply(rho, h * h, out=row)
        row += min(epsilon, LARGEST) ** 2
        force /= row
        xp.divide(1.0, row, out=row)
        row *= force.mean() / row.mean()
        force -= row

    def _filter(self, u: Array, factor: Array, out: Array) -> None:
        memory = self.memory
        memory.wave[...] = u
        spectrum = fft.fft(memory.wave, overwrite=True)
        spectrum *= factor
        out[...] = fft.ifft(spectrum, overwrite=True).real

    def _kick(self, f: Array, h: float) -> None:
        memory = self.memory
        memory.xp.multiply(memory.force[:, None], memory.rates, out=memory.angles)
        memory.angles *= -h
        memory.xp.cos(memory.angles, out=memory.phases.real)
        memory.xp.sin(memory.angles, out=memory.phases.imag)
        memory.work[...] = f
        spectrum = fft.fft(memory.work, axis=1, overwrite=True)
        spectrum *= memory.phases
        f[...] = fft.ifft(spectrum, axis=1, overwrite=True).real

    def _shift_in_space(self, f: Array, out: Array) -> None:
        memory = self.memory
        memory.work[...] = f
        spectrum = fft.fft(memory.work, axis=0, overwrite=True)
        spectrum *= memory.drift
        out[...] = fft.ifft(spectrum, axis=0, overwrite=True).real

    def _ready(self, like: Array) -> threading.local:
        memory = self.memory
        if getattr(memory, "dtype", "") == like.dtype.name:
            return memory
        memory.dtype, memory.h = like.dtype.name, None
        memory.xp = xp = namespace(like)
        real, device, n = like.dtype, like.device, self.shape[0]
        dtype = xp.complex64 if real.name == "float32" else xp.complex128
        for name in ("work", "drift", "phases"):
            setattr(memory, name, xp.zeros(self.shape, dtype=dtype, device=device))
        memory.wave = xp.zeros(n, dtype=dtype, device=device)
        memory.angles = xp.zeros(self.shape, dtype=real, device=device)
        for name in ("rho", "force", "row"):
            setattr(memory, name, xp.zeros(n, dtype=real, device=device))
        memory.rates = xp.asarray(self.q, dtype=real, device=device)[None, :]
        memory.velocities = xp.asarray(self.v, dtype=real)[None, :]
        memory.slopes = xp.asarray(self.slopes, dtype=dtype, device=device)
        memory.antiderivative = xp.asarray(self.antiderivative, dtype=dtype, device=device)
        return memory

    def _set_phases(self, h: float) -> None:
        """Set exp(-i k v h/2), computed in double precision on the host."""
        memory = self.memory
        memory.drift[...] = memory.xp.asarray(
            self.drift_phases(h / 2), dtype=memory.drift.dtype, device=memory.drift.device
        )
        memory.h = h

    def drift_phases(self, time: float) -> Array:
        """Return exp(-i k v t), shape (n, m), on the host."""
        phases = numpy.exp(-1j * time * self.k[:, None] * to_host(self.v))
        half = self.shape[0] // 2
        phases[half] = phases[half].real  # the mean of both signs of this wave
        return phases

    def streamed(self, time: float, epsilon: float, initial: Array) -> Array:  # noqa: ARG002
        """Return f(x - v t, v), exact without a field."""
        xp = namespace(initial)
        spectrum = fft.fft(initial, axis=0)
        phases = xp.asarray(
            self.drift_phases(time), dtype=spectrum.dtype, device=initial.device
        )
        return fft.ifft(spectrum * phases, axis=0).real + 0

    def thermal_momentum(self, state: Array, epsilon: float) -> float:  # noqa: ARG002
        """Return the mean over x of int abs(v) f dv, the scale of the momentum."""
        v = namespace(state).asarray(abs(self.v), dtype=state.dtype)
        return float((abs(self.particles(state)) * v).sum(1).mean() * self.spacing)

    def claims(
        self, times: Array, states: Array, epsilon: float
    ) -> tuple[Certificate, ...]:
        """Return whether phase mixing is resolved, and the drift of the energy."""
        elapsed = float(times[-1] - times[0])
        method = f"2 pi/(k dv), dv = {self.spacing:.3g}, k the fundamental wavenumber"
        recurrence = Certificate(
            "run shorter than the recurrence time",
            elapsed,
            self.length / self.spacing,
            "estimate",
            method,
        )
        energies = [
            float(
                self.moment(f, 2).mean() * self.length / 2 + self.field_energy(f, epsilon)
            )
            for f in (states[0], states[-1])
        ]
        drift = abs(energies[1] - energies[0]) / abs(energies[0])
        energy = Certificate(
            "energy drift of the splitting",
            drift if math.isfinite(drift) else math.inf,
            DRIFT,
            "estimate",
            "kinetic and field energy, start and end",
        )
        return (recurrence, energy)
