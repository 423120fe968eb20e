"""The sums of the fast spectral method for one pair of densities.

Q+ = sum over radii r of F^-1[gain_r F(sum over directions s of weight f(. + a r s)
g(. - b r s))], Q- = f F^-1[loss F(g)]: for the directions of a ring two inverse transforms
each, for a radius one forward. Summed in a fixed order.
"""

from collections.abc import Callable
from dataclasses import dataclass

from perturbsci.backend import fft, namespace
from perturbsci.backend.kernels.collision import (
    accumulate_product,
    shell_multiply,
    shift_phases,
)
from perturbsci.types import Array

__all__ = ["Tables", "evaluated", "loss_rate"]

CACHE_BYTES = 2**19  # of spectra that are shifted at a time


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The tables of an operator in the precision of a density, with three axes.

    Parameters
    ----------
    rings : tuple of slice
        Directions with one first component.
    weights : list of float
        Of the directions.
    ahead, behind : tuple of complex array, shape (n_radial, n_directions, n)
        Phases of a r s and -b r s a coordinate; the last one of half the length.
    gain : real array, shape (n_radial, n_shells)
        Weight and multiplier of a radius.
    loss : real array, shape (n_shells,)
        Of the loss.
    shell_index : int array, shape (n_waves,)
        Of each wave.
    """

    rings: tuple[slice, ...]
    weights: list[float]
    ahead: tuple[Array, ...]
    behind: tuple[Array, ...]
    gain: Array
    loss: Array
    shell_index: Array


def evaluated(tables: Tables, f: Array, g: Array, *, same: bool) -> Array:
    """Return Q(f, g) of one pair of densities.

    Parameters
    ----------
    tables : Tables
        In their precision.
    f, g : real array, shape (n, n) or (n, n, n)
        Densities.
    same : bool
        Whether s and -s give the same product: f is g, and a = b.

    Returns
    -------
    q : real array, shape (n, n) or (n, n, n)
        Gain minus loss.
    """
    xp, shape, axes = namespace(f), f.shape, tuple(range(f.ndim))
    f_hat = fft.rfftn(f)
    g_hat = f_hat if g is f else fft.rfftn(g)
    waves, three = f_hat.shape, (1,) * (3 - f.ndim)
    spectra = (f_hat.reshape(three + waves), g_hat.reshape(three + waves))
    product, weighted = xp.empty_like(f), xp.empty_like(f_hat.reshape(-1))
    gained = xp.zeros_like(weighted)
    for radius in range(tables.gain.shape[0]):
        product[...] = 0
        for ring in tables.rings:
            for opposite in (False,) if same else (False, True):
                _add_ring(tables, radius, ring, spectra, product, opposite)
        spectrum = fft.rfftn(product).reshape(-1)
        shell_multiply(spectrum, tables.shell_index, tables.gain[radius], out=weighted)
        gained += weighted
    # Both of s and -s were added where they differ.
    share = 1.0 if same else 0.5
    q = share * fft.irfftn(gained.reshape(waves), shape, axes)
    return q - f * _convolved(tables, g_hat, shape)


def loss_rate(tables: Tables, g: Array) -> Array:
    """Return k_loss * g, the rate at which collisions with g remove molecules.

    Parameters
    ----------
    tables : Tables
        In the precision of g.
    g : real array, shape (n, n) or (n, n, n)
        A density.

    Returns
    -------
    rate : real array, shape (n, n) or (n, n, n)
        A function of the velocity of what is hit.
    """
    return _convolved(tables, fft.rfftn(g), g.shape)


def _convolved(tables: Tables, g_hat: Array, shape: tuple[int, ...]) -> Array:
    weighted = shell_multiply(g_hat.reshape(-1), tables.shell_index, tables.loss)
    return fft.irfftn(weighted.reshape(g_hat.shape), shape, tuple(range(len(shape))))


def _add_ring(
    tables: Tables,
    radius: int,
    ring: slice,
    spectra: tuple[Array, ...],
    product: Array,
    opposite: bool,
) -> None:
    """Add weight f(. + a r s) g(. - b r s) for the directions of one ring, or for -s.

    They have one polar component: the first axis is shifted and transformed once for all.
    """
    xp, total, wave = namespace(product), product.reshape(-1), spectra[0]
    weights = tables.weights[ring]
    # As many directions at a time as stay in a cache, so that small grids pay few calls.
    width = min(len(weights), max(1, CACHE_BYTES // wave.nbytes))
    shifted = xp.empty((width, *wave.shape), dtype=wave.dtype)
    sides = [
        _shifting(
            spectra[side], [table[radius, ring] for table in phases], shifted, opposite
        )
        for side, phases in enumerate((tables.ahead, tables.behind))
    ]
    for first in range(0, len(weights), width):
        count = min(width, len(weights) - first)
        x, y = (shifted_values(first, count) for shifted_values in sides)
        for place in range(count):
            accumulate_product(x[place], y[place], weights[first + place], total)


def _shifting(
    spectrum: Array, phases: list[Array], shifted: Array, opposite: bool
) -> Callable[[int, int], Array]:
    """Return a function that gives shifted densities, (first, count) -> (count, n^d)."""
    xp, n = namespace(spectrum), spectrum.shape[1]
    polar, b, c = (xp.conj(table) for table in phases) if opposite else phases
    lead = fft.ifft(spectrum * polar[0, :, None, None], axis=0, overwrite=True)
    ones = xp.ones_like(polar[0])
    second, third = xp.empty_like(b[: len(shifted)]), xp.empty_like(c[: len(shifted)])
    steps = [
        shift_phases.bind(lead, ones, second[k], third[k], out=shifted[k])
        for k in range(len(shifted))
    ]

    def shifted_values(first: int, count: int) -> Array:
        second[:count], third[:count] = b[first : first + count], c[first : first + count]
        for step in steps[:count]:
            step()
        lines = fft.ifft(shifted[:count], axis=2, overwrite=True)
        return fft.irfft(lines, n, axis=3).reshape(count, -1)

    return shifted_values
