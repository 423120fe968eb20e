"""A surrogate as a C99 file without dependencies, to be compiled into other programs.

    int NAME_eval(const double *points, int64_t n, int derivative_index, double *out)

``points`` holds n rows of coordinates, ``out`` takes n rows of real fields. Numbers are
written in hexadecimal, so none is rounded; values agree with those of Python to a few
roundoffs of the largest term that is summed.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
import sympy

from perturbsci.backend import to_host
from perturbsci.errors import ParameterError
from perturbsci.problems.fields import FieldProblem
from perturbsci.surrogates import c_functions
from perturbsci.surrogates.bases import Chebyshev, Elements, Fourier, Legendre
from perturbsci.surrogates.gaussians import TrainableGaussians
from perturbsci.surrogates.jets import tanh_polynomials
from perturbsci.surrogates.networks import Network
from perturbsci.surrogates.polarization import polarized
from perturbsci.surrogates.radial_bases import Gaussians
from perturbsci.surrogates.random_bases import RandomFourier, RandomTanh
from perturbsci.types import Array

__all__ = ["Expansion", "c_source", "described", "exported_orders"]

MOST_ORDERS = 4
FRAME = """
int NAME_eval(const double *points, int64_t n, int derivative_index, double *out) {
    if (derivative_index < 0 || derivative_index >= NAME_N_ORDERS) { return 1; }
    for (int64_t i = 0; i < n; i++) {
        const double *x = points + i * NAME_D;
        int inside = 1;
        for (int k = 0; k < NAME_D; k++) {
            inside = inside && x[k] >= NAME_ends[2 * k] && x[k] <= NAME_ends[2 * k + 1];
        }
        for (int field = 0; field < NAME_M; field++) {
            out[i * NAME_M + field] =
                inside ? NAME_value(x, NAME_orders[derivative_index], field) : NAN;
        }
    }
    return 0;
}
"""


class Expansion(NamedTuple):
    """What is exported: an expansion, the box around its domain, and its derivatives.

    ``derivative_index`` counts ``orders``.
    """

    basis: Any
    coefficients: Array
    edges: tuple[Array, ...]
    ranges: tuple[tuple[float, float], ...]
    n_fields: int
    orders: tuple[tuple[int, ...], ...]


class _Text(NamedTuple):
    """Whole numbers, arrays of numbers and the functions of one kind of basis."""

    sizes: dict[str, int]
    arrays: dict[str, Array]
    functions: str


def exported_orders(dimension: int, highest: int) -> tuple[tuple[int, ...], ...]:
    """Return the derivatives in the order of ``derivative_index``.

    Parameters
    ----------
    dimension : int
        The number of coordinates.
    highest : int
        Highest sum of the orders; beyond 4 none is exported.

    Returns
    -------
    orders : tuple of tuple of int
        The value, the first derivatives coordinate by coordinate, the second, ...

    Examples
    --------
    >>> exported_orders(2, 2)
    ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
    """
    found: list[tuple[int, ...]] = []
    for total in range(min(highest, MOST_ORDERS) + 1):
        for places in itertools.combinations_with_replacement(range(dimension), total):
            found.append(tuple(places.count(k) for k in range(dimension)))
    return tuple(found)


def described(
    problem: FieldProblem, coordinates: Sequence[sympy.Symbol], parts: int
) -> tuple[str, tuple[str, ...]]:
    """Return the name of a program and what its head says.

    Parameters
    ----------
    problem : FieldProblem
        What was solved.
    coordinates : sequence of sympy.Symbol
        Columns of the points.
    parts : int
        2 for complex fields, else 1.

    Returns
    -------
    name : str
        That of the problem where it is an identifier, else ``surrogate``.
    notes : tuple of str
        Title, inputs and outputs.
    """
    name = problem.name if problem.name.isidentifier() else "surrogate"
    fields = ", ".join(str(item.func) for item in problem.fields)
    more = " (real part, imaginary part)" if parts == 2 else ""
    names = ", ".join(map(str, coordinates))
    title = problem.title or name
    return name, (
        f"{title}: written by perturbsci.",
        f"points: rows of {names}; out: rows of {fields}{more}",
    )


def c_source(expansion: Expansion, name: str, notes: Sequence[str]) -> str:
    """Return the text of a C99 file that evaluates an expansion.

    Parameters
    ----------
    expansion : Expansion
        What to export.
    name : str
        An identifier: the function is ``name_eval``.
    notes : sequence of str
        Lines of the comment at the head.

    Returns
    -------
    text : str
        ASCII; compiles without a warning.

    Raises
    ------
    ParameterError
        If the basis has no form in C.
    """
    writer = _WRITERS.get(type(expansion.basis))
    if writer is None:
        names = ", ".join(item.__name__ for item in _WRITERS)
        raise ParameterError(
            f"basis is a {type(expansion.basis).__name__}, which is not written in C; "
            f"solve with one of {names}"
        )
    text = writer(expansion)
    d, orders = len(expansion.ranges), expansion.orders
    indices = [f"derivative_index {k}: orders {item}" for k, item in enumerate(orders)]
    sizes = {"D": d, "M": expansion.n_fields, "N_ORDERS": len(orders), **text.sizes}
    entries = ", ".join(f"NAME_{key} = {value}" for key, value in sizes.items())
    rows = ", ".join("{" + ", ".join(map(str, order)) + "}" for order in orders)
    lines = [
        "/*",
        *(f" * {_plain(line)}" for line in (*notes, *indices)),
        " */",
        "#include <math.h>",
        "#include <stdint.h>",
        "",
        f"enum {{ {entries} }};",
        f"static const int NAME_orders[][NAME_D] = {{{rows}}};",
        _array("ends", numpy.array(expansion.ranges).ravel()),
        *(_array(key, values) for key, values in text.arrays.items()),
    ]
    return ("\n".join(lines) + "\n" + text.functions + FRAME).replace("NAME_", f"{name}_")


def _plain(line: str) -> str:
    """Return a line that cannot end the comment."""
    return line.encode("ascii", "replace").decode().replace("*/", "* /")


def _array(name: str, values: Array) -> str:
    """Return the definition of a constant array, numbers in hexadecimal."""
    host = numpy.asarray(to_host(values))
    whole = host.dtype.kind == "i"
    words = [str(int(item)) if whole else float(item).hex() for item in host.ravel()]
    kind = "int" if whole else "double"
    shape = "[]" if host.ndim == 1 else f"[][{host.shape[1]}]"
    if host.ndim == 2:
        step = host.shape[1]
        words = [
            "{" + ", ".join(words[k : k + step]) + "}" for k in range(0, len(words), step)
        ]
    body = ",\n    ".join(words)
    return f"static const {kind} NAME_{name}{shape} = {{\n    {body}\n}};"


def _elements(expansion: Expansion) -> _Text:
    c = numpy.asarray(to_host(expansion.coefficients))
    steady = len(expansion.ranges) == 1
    slabs = numpy.array([0.0, 1.0]) if steady else numpy.asarray(expansion.edges[0])
    meshes = [
        numpy.asarray(m) for m in (expansion.edges if steady else expansion.edges[1:])
    ]
    counts = [len(mesh) - 1 for mesh in meshes]
    sizes = {
        "COUNT": max(c.shape[2:]),
        "NX": c.shape[2],
        "NT": c.shape[3],
        "N_SLABS": len(meshes),
    }
    arrays = {
        "slabs": slabs.astype(float),
        "starts": numpy.concatenate([[0], numpy.cumsum(counts)]),
        "meshes": numpy.concatenate(meshes).astype(float),
        "c": c.ravel(),
    }
    return _Text(sizes, arrays, c_functions.ELEMENTS)


def _tensor(expansion: Expansion) -> _Text:
    basis, c = expansion.basis, numpy.asarray(to_host(expansion.coefficients))
    c = c.reshape(len(c), *basis.shape) if c.ndim == 2 else c  # one column a product
    cells = [numpy.asarray(pair, dtype=float) for pair in basis.domain]
    if expansion.edges:
        cells = [
            own if len(edge) == 2 else numpy.asarray(edge, dtype=float)
            for own, edge in zip(cells, expansion.edges, strict=True)
        ]
    sizes = {
        "COUNT": max(basis.shape),
        "CHEBYSHEV": int(isinstance(basis, Chebyshev)),
        "FOURIER": int(isinstance(basis, Fourier)),
    }
    arrays = {
        "counts": numpy.array(basis.shape),
        "lengths": numpy.array(c.shape[1:]),
        "cells": numpy.concatenate(cells),
        "c": c.ravel(),
    }
    return _Text(sizes, arrays, c_functions.TENSOR)


def _random(expansion: Expansion) -> _Text:
    basis, highest = expansion.basis, max(map(sum, expansion.orders))
    quotients = [_quotient(n, highest + 1) for n in range(highest + 1)]
    sizes = {
        "SINE": int(isinstance(basis, RandomFourier)),
        "N_FEATURES": basis.n_features,
        "N_QUOTIENT": highest + 1,
    }
    arrays = {
        "quotients": numpy.array(quotients, dtype=float),
        "w": basis.directions().ravel(),
        "b": basis.phases(),
        "c": numpy.asarray(to_host(expansion.coefficients)).ravel(),
    }
    return _Text(sizes, arrays, c_functions.RANDOM)


def _quotient(n: int, length: int) -> list[int]:
    """Return the coefficients of Q_n(s)/(1 - s^2), D^n tanh z = Q_n(tanh z)."""
    row, found = tanh_polynomials(n), [0] * (n + 4)
    if n == 0:
        return [0] * length
    for k in range(len(row) - 1, 1, -1):
        found[k - 2] = found[k] - row[k]
    return (found + [0] * length)[:length]


def _gaussians(expansion: Expansion) -> _Text:
    basis = expansion.basis
    arrays = {
        "centers": numpy.asarray(to_host(basis.centers)).ravel(),
        "scales": 1.0 / numpy.asarray(to_host(basis.widths)).ravel(),
        "c": numpy.asarray(to_host(expansion.coefficients)).ravel(),
    }
    return _Text({"N_FEATURES": basis.n_features}, arrays, c_functions.GAUSSIANS)


def _trained(expansion: Expansion) -> _Text:
    basis, c = expansion.basis, numpy.asarray(to_host(expansion.coefficients))
    d, vectors, weights, first = len(expansion.ranges), [], [], [0]
    for order in expansion.orders:
        directions = polarized([order])
        own = directions.weights[0, sum(order)]
        kept = own.nonzero()[0]
        vectors += [directions.vectors[r] for r in kept]
        weights += [own[r] for r in kept]
        first.append(len(weights))
    edges = numpy.array([numpy.asarray(edge) for edge in expansion.edges])
    sizes = {"DEGREE": max(map(sum, expansion.orders)), "TANH": 1}
    arrays = {
        "lows": edges[:, 0],
        "rates": 2.0 / (edges[:, 1] - edges[:, 0]),
        "first": numpy.array(first),
        "vectors": numpy.array(vectors),
        "weights": numpy.array(weights),
        "c": c,
    }
    if isinstance(basis, Network):
        widths, functions = basis.widths, c_functions.NETWORK
        sizes["TANH"] = int(basis.activation == "tanh")
    else:
        widths = (basis.channels, basis.hidden, expansion.n_fields)
        total, functions = basis.channels * basis.n_gaussians, c_functions.GAUSSIAN_CHANNELS
        sizes |= {"N_SUMS": basis.channels, "N_GAUSSIANS": basis.n_gaussians}
        sizes["N_HEAD"] = (1 + 2 * d) * total
        arrays["scales"] = numpy.exp(-c[(1 + d) * total : (1 + 2 * d) * total])
    sizes |= {"COUNT": max(widths), "N_WIDTHS": len(widths)}
    arrays["widths"] = numpy.array(widths)
    return _Text(sizes, arrays, functions)


_WRITERS: dict[type, Callable[[Expansion], _Text]] = {
    Elements: _elements,
    Legendre: _tensor,
    Chebyshev: _tensor,
    Fourier: _tensor,
    RandomFourier: _random,
    RandomTanh: _random,
    Gaussians: _gaussians,
    Network: _trained,
    TrainableGaussians: _trained,
}
