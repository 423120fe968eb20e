"""The implicit stage of the diffusive scaling, mode by mode and without allocation.

u + i k h v = r_u,  epsilon^2 v + h (i k u + v) = r_v: with d = epsilon^2 + h, q = i k h/d,

    u = (r_u - q r_v)/(1 - i k h q),   v = (r_v - i k h u)/d;

at epsilon = 0 u = r_u/(1 + h k^2) - ..., the implicit heat equation.

References: Jin, Pareschi and Toscani (1998).
"""

import threading

from perturbsci.backend import fft, namespace
from perturbsci.types import Array

__all__ = ["LARGEST", "DiffusiveSolver", "capped_square"]

LARGEST = 1e150  # in place of a larger epsilon, whose square overflows


def capped_square(epsilon: float) -> float:
    """Return epsilon^2, at most 1e300.

    Parameters
    ----------
    epsilon : float
        From 0 on.

    Returns
    -------
    square : float
        Finite.
    """
    capped = min(epsilon, LARGEST)
    return capped * capped


class DiffusiveSolver:
    """Solve D y - h I(y) = rhs with D = (1, epsilon^2), I = (-v_x, -u_x - v).

    Parameters
    ----------
    k : real array, shape (n,)
        Wavenumbers in the order of ``fft``, on the host.
    """

    def __init__(self, k: Array) -> None:
        self.k = k
        self.memory = threading.local()

    def __call__(self, rhs: Array, h: float, epsilon: float, out: Array) -> Array:
        """Write y into ``out``, shape (2, n)."""
        memory = self.memory
        if getattr(memory, "dtype", "") != rhs.dtype.char:
            self._allocate(rhs)
        if memory.key != (h, epsilon):
            self._set_factors(h, epsilon)
        memory.work[...] = rhs
        spectrum = fft.fft(memory.work, overwrite=True)
        u, v, term = spectrum[0], spectrum[1], memory.term
        memory.xp.multiply(memory.quotient, v, out=term)
        u -= term
        u *= memory.inverse
        memory.xp.multiply(memory.slope, u, out=term)
        v -= term
        v /= memory.delay
        out[...] = fft.ifft(spectrum, overwrite=True).real
        return out

    def _allocate(self, rhs: Array) -> None:
        memory = self.memory
        memory.xp = xp = namespace(rhs)
        memory.dtype, memory.key = rhs.dtype.char, None
        dtype = xp.complex64 if rhs.dtype.name == "float32" else xp.complex128
        memory.work = xp.zeros(rhs.shape, dtype=dtype, device=rhs.device)
        memory.term, memory.slope, memory.quotient, memory.inverse = (
            xp.zeros(rhs.shape[1], dtype=dtype, device=rhs.device) for _ in range(4)
        )

    def _set_factors(self, h: float, epsilon: float) -> None:
        memory = self.memory
        memory.key = (h, epsilon)
        memory.delay = capped_square(epsilon) + h
        slope = 1j * h * self.k
        for name, values in (
            ("slope", slope),
            ("quotient", slope / memory.delay),
            ("inverse", 1 / (1 - slope * slope / memory.delay)),
        ):
            buffer = getattr(memory, name)
            buffer[...] = memory.xp.asarray(values, device=buffer.device)
