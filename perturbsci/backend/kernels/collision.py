"""Array steps of spectral collision operators: phases, products, shells, angular sums.

In Fourier space a collision integral is a sum over quadrature nodes of products of shifted
transforms; a shift has a phase that separates, a multiplier depends on abs(k) alone:

* ``shift_phases``: out_pqr = f_pqr ((a_p b_q) c_r);
* ``accumulate_product``: total_i = total_i + (weight x_i) y_i, in place;
* ``shell_multiply``: out_i = f_i table[shell_i];
* ``segment_sum``: sums_s = f[order[start_s]] + ... + f[order[start_{s+1} - 1]], in this
  order, 0 for an empty segment.

Shapes: ``f[p, q, r]``, ``a[p]``, ``b[q]``, ``c[r]`` complex; ``x[n]``, ``y[n]``,
``total[n]`` real; ``f[n]`` complex, ``shell[n]`` in [0, s), ``table[s]`` real;
``order[n]`` in [0, n), ``start[s+1]`` ascending. Indices are not checked. Level bitwise;
a complex product as written; a sum of l terms is within (l - 1) unit roundoffs of the sum
of their moduli. Work n, at the speed of memory; ``segment_sum`` at that of its gathers.

References: Gamba, Haack, Hauck and Hu (2017).
"""

import numpy

from perturbsci.backend.launch import kernel
from perturbsci.backend.random import uniform
from perturbsci.types import Array

__all__ = ["accumulate_product", "segment_sum", "shell_multiply", "shift_phases"]


def _complex(shape: tuple[int, ...], dtype: str, seed: int, stream: int) -> Array:
    parts = uniform((2, *shape), seed=seed, stream=stream, dtype=dtype)
    return parts[0] + 1j * parts[1]


def _phases_example(dtype: str, seed: int) -> tuple[Array, ...]:
    shapes = ((3, 4, 9), (3,), (4,), (9,))
    return tuple(_complex(s, dtype, seed, stream) for stream, s in enumerate(shapes))


@kernel(
    "f[p, q, r]:c, a[p]:c, b[q]:c, c[r]:c -> out[p, q, r]:c",
    over="p, q, r",
    example=_phases_example,
)
def shift_phases(
    i: int, j: int, k: int, f: Array, a: Array, b: Array, c: Array, out: Array
) -> None:
    """Write f times three phase factors."""
    plane_r = a[i, 0] * b[j, 0] - a[i, 1] * b[j, 1]
    plane_i = a[i, 0] * b[j, 1] + a[i, 1] * b[j, 0]
    phase_r = plane_r * c[k, 0] - plane_i * c[k, 1]
    phase_i = plane_r * c[k, 1] + plane_i * c[k, 0]
    out[i, j, k, 0] = f[i, j, k, 0] * phase_r - f[i, j, k, 1] * phase_i
    out[i, j, k, 1] = f[i, j, k, 0] * phase_i + f[i, j, k, 1] * phase_r


def _product_example(dtype: str, seed: int) -> tuple[object, ...]:
    x, y, total = uniform((3, 150), seed=seed, dtype=dtype)
    return x, y, 0.75, total


@kernel("x[n], y[n], weight, total[n] -> total[n]", over="n", example=_product_example)
def accumulate_product(i: int, x: Array, y: Array, weight: float, total: Array) -> None:
    """Add one weighted product."""
    total[i] += weight * x[i] * y[i]


def _shells(seed: int) -> Array:
    """Return 150 shells of 7: whole numbers, the same on every machine."""
    return (numpy.arange(150) * 5 + seed) % 7


def _multiply_example(dtype: str, seed: int) -> tuple[Array, ...]:
    table = uniform(7, seed=seed, stream=1, dtype=dtype)
    return _complex((150,), dtype, seed, 0), _shells(seed), table


@kernel("f[n]:c, shell[n]:i, table[s] -> out[n]:c", over="n", example=_multiply_example)
def shell_multiply(i: int, f: Array, shell: Array, table: Array, out: Array) -> None:
    """Write f times the entry of its shell."""
    out[i, 0] = f[i, 0] * table[shell[i]]
    out[i, 1] = f[i, 1] * table[shell[i]]


def _sum_example(dtype: str, seed: int) -> tuple[Array, ...]:
    order = numpy.argsort(_shells(seed), kind="stable")
    start = numpy.concatenate([[0], numpy.cumsum(numpy.bincount(_shells(seed)))])
    return _complex((150,), dtype, seed, 0), order, start


# A segment of a shell holds some hundred points.
@kernel(
    "f[n]:c, order[n]:i, start[s+1]:i -> sums[s]:c",
    over="s",
    cost="100",
    example=_sum_example,
)
def segment_sum(i: int, f: Array, order: Array, start: Array, sums: Array) -> None:
    """Write the sum over one segment."""
    total_r = 0.0
    total_i = 0.0
    for place in range(start[i], start[i + 1]):
        total_r += f[order[place], 0]
        total_i += f[order[place], 1]
    sums[i, 0] = total_r
    sums[i, 1] = total_i
