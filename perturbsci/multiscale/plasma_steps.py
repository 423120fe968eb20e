"""One step of charges in phase space, in place and without allocation.

A step is half a shift in x, a shift in v by F h, half a shift in x (Strang); shifts are
exact on trigonometric interpolants. F is that of Gauss' law, epsilon^2 F_x = rho - 1, or,
at the end of the step, that of Ampere's law with the current that its own moment equation
predicts,

    (epsilon^2 + h^2 rho) F' = G - h (j - <j>) + h^2 S_x + c,   S = int v^2 f dv,

G the antiderivative of rho - 1, which is epsilon^2 F, and c such that F' has no mean. As
epsilon -> 0 it stays bounded and keeps the density at 1 for every step.

References: Cheng and Knorr (1976); Degond, Deluzet, Navoret, Sun and Vignal (2010).
"""

import threading

from perturbsci.backend import fft, namespace
from perturbsci.multiscale.diffusive import LARGEST
from perturbsci.multiscale.plasma import PeriodicPlasma
from perturbsci.types import Array

__all__ = ["PlasmaSteps"]


class PlasmaSteps:
    """Strang splitting; each thread has its buffers.

    Parameters
    ----------
    plasma : PeriodicPlasma
        What moves.
    """

    def __init__(self, plasma: PeriodicPlasma) -> None:
        self.plasma = plasma
        self.memory = threading.local()

    def step(self, state: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write the state after a step into ``out``, shape (n, m) or (n, m + 1).

        Parameters
        ----------
        state : array, shape (...)
            As the problem holds it.
        h : float
            Step.
        epsilon : float
            The small parameter.
        out : array, shape (...)
            The result.

        Returns
        -------
        out : array, shape (...)
            The same.
        """
        memory = self._ready(state)
        if memory.h != h:
            self._set_phases(h)
        f = self.plasma.particles(out)
        self._shift_in_space(self.plasma.particles(state), f)
        if self.plasma.field != "none":
            if self.plasma.field == "ampere":
                self._predict(f, h, epsilon)
                out[:, self.plasma.shape[1]] = memory.force
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
        memory.rho *= self.plasma.spacing
        self._filter(memory.rho, memory.antiderivative, memory.force)

    def _predict(self, f: Array, h: float, epsilon: float) -> None:
        """Put the field at the end of the step into the buffer of the force."""
        memory = self.memory
        xp, force, row, rho = memory.xp, memory.force, memory.row, memory.rho
        self._gauss(f)
        memory.angles[...] = f
        memory.angles *= memory.velocities
        xp.sum(memory.angles, axis=1, out=row)  # j
        row *= self.plasma.spacing
        row -= row.mean()
        row *= h
        force -= row
        memory.angles *= memory.velocities
        xp.sum(memory.angles, axis=1, out=row)  # S
        self._filter(row, memory.slopes, row)
        row *= h * h * self.plasma.spacing
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
        memory.angles[...] = memory.force[:, None]
        memory.angles *= memory.rates
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
        real, device, n = like.dtype, like.device, self.plasma.shape[0]
        dtype = xp.complex64 if real.name == "float32" else xp.complex128
        for name in ("work", "drift", "phases"):
            setattr(memory, name, xp.zeros(self.plasma.shape, dtype=dtype, device=device))
        memory.wave = xp.zeros(n, dtype=dtype, device=device)
        memory.angles = xp.zeros(self.plasma.shape, dtype=real, device=device)
        for name in ("rho", "force", "row"):
            setattr(memory, name, xp.zeros(n, dtype=real, device=device))
        # Whole tables: NumPy allocates where it broadcasts.
        for name, row in (("rates", self.plasma.q), ("velocities", self.plasma.v)):
            table = xp.zeros(self.plasma.shape, dtype=real, device=device)
            table[...] = xp.asarray(row, device=device)
            setattr(memory, name, table)
        memory.slopes = xp.asarray(self.plasma.slopes, dtype=dtype, device=device)
        memory.antiderivative = xp.asarray(
            self.plasma.antiderivative, dtype=dtype, device=device
        )
        return memory

    def _set_phases(self, h: float) -> None:
        """Set exp(-i k v h/2), computed in double precision on the host."""
        memory = self.memory
        memory.drift[...] = memory.xp.asarray(
            self.plasma.drift_phases(h / 2),
            dtype=memory.drift.dtype,
            device=memory.drift.device,
        )
        memory.h = h
