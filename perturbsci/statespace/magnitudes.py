"""Ports of size one: B 2^-i, C 2^-j and D 2^-(i + j), so that no square overflows.

Powers of two are exact: norms of the system are those of the scaled one times 2^(i + j).
"""

import math
from dataclasses import dataclass, replace

import numpy

from perturbsci.statespace.given import scaled
from perturbsci.statespace.structured import HankelSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace

__all__ = ["Magnitudes", "with_ports_of_size_one"]


@dataclass(frozen=True, slots=True, eq=False)
class Magnitudes:
    """A system whose largest entries of B and C lie between 1/2 and 1.

    Parameters
    ----------
    system : StateSpace
        With D scaled likewise.
    inputs, outputs : int
        i and j.
    """

    system: StateSpace
    inputs: int
    outputs: int

    def restored(self, norm: float) -> float:
        """Return what a norm of the scaled system is for the system itself.

        Parameters
        ----------
        norm : float
            Of ``system``.

        Returns
        -------
        norm : float
            Infinite where it overflows.
        """
        with numpy.errstate(over="ignore"):
            return float(numpy.ldexp(norm, self.inputs + self.outputs))


def with_ports_of_size_one(system: StateSpace) -> Magnitudes:
    """Return a system with B and C of size one, and what they were scaled by.

    Parameters
    ----------
    system : StateSpace
        From ``settled``.

    Returns
    -------
    magnitudes : Magnitudes
        Where D is larger than the product of B and C, C is scaled down with it.
    """
    through = _exponent(system.d)
    if isinstance(system, HankelSystem):
        j = _largest(_exponent(system.markov), through)
        d = _down(system.d, j)
        return Magnitudes(HankelSystem(_down(system.markov, j), d, system.step), 0, j)
    assert isinstance(system, (DenseSystem, DiagonalSystem))
    i = _largest(_exponent(system.b))
    j = _largest(_exponent(system.c), None if through is None else through - i)
    b, c, d = _down(system.b, i), _down(system.c, j), _down(system.d, i + j)
    return Magnitudes(replace(system, b=b, c=c, d=d), i, j)


def _exponent(array: numpy.ndarray | None) -> int | None:
    """Return e with the largest part of an entry in [2^(e-1), 2^e); None if all are 0."""
    if array is None:
        return None
    parts = (array.real, array.imag) if array.dtype.kind == "c" else (array,)
    largest = max(float(numpy.abs(part).max()) for part in parts)
    return math.frexp(largest)[1] if largest else None


def _largest(*exponents: int | None) -> int:
    return max((each for each in exponents if each is not None), default=0)


def _down(array: numpy.ndarray | None, exponent: int) -> numpy.ndarray | None:
    return None if array is None else scaled(array, -exponent)
