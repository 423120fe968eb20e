"""Tighter bounds over time by reconstruction: a better solution on the accepted meshes.

The integral of abs(r) is far above the error where r oscillates: what one half of a wave
adds, the other takes away. One Gauss-Newton step at degree + 2 on the mesh of each slab
gives u_+, whose residual is smaller by orders, and with the theorem for u_+

    ||e(t)|| <= ||u_+ - u_h||(t) + bound(u_+)(t),

of which only the second part is loose. The smaller of this and the direct bound is kept.
"""

import itertools
import math
from collections.abc import Sequence

import numpy

from perturbsci.surrogates.elements import SpaceShapes
from perturbsci.surrogates.evolution import Growth
from perturbsci.surrogates.marching import Piece, ends_in_time, piece_of
from perturbsci.surrogates.newton import fit_slab
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.residual import Slab, grid_of, hermite_scales
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.starts import element_norms, norm_of_shares, start_data
from perturbsci.types import Array

__all__ = ["tightened"]

MORE = 2  # degrees, in space and in time
DENSE = 4  # points a degree, where a maximum is looked for


def tightened(
    setting: Setting,
    pieces: Sequence[Piece],
    growth: Growth,
    history: Sequence[tuple[float, float]],
) -> list[tuple[float, float]]:
    """Return the history of a bound with what reconstruction improves.

    Parameters
    ----------
    setting : Setting
        The statement, at the degrees of the pieces.
    pieces : sequence of Piece
        All slabs of a march.
    growth : Growth
        Fresh; it carries the bound of the reconstruction.
    history : sequence of (float, float)
        Times, and bounds from the residuals of the pieces: the start, then the slabs.

    Returns
    -------
    history : list of (float, float)
        The same times, bounds that are nowhere larger.

    Notes
    -----
    One linear problem a slab, about (1 + 2/p)^3 (1 + 2/p_t)^3 as expensive as one of the
    march. Norms in time are taken from their values at Chebyshev points; what may lie
    between them is added (Ehlich and Zeller, 1964).

    References
    ----------
    Ehlich and Zeller (1964).
    """
    fine, norm = setting.raised(MORE), growth.norm
    first = start_data(fine, pieces[0].edges, math.inf, norm)
    growth.begin(first.defect, first.largest)
    fit_grid = grid_of(fine, 2, 2)
    exact = grid_of(fine, fine.degree + 8, fine.count + 8)
    edges, start, time = first.edges, first.data, 0.0
    found = [history[0]]
    for piece, (moment, direct) in zip(pieces, history[1:], strict=True):
        start, jump, largest = _moved(fine, edges, start, piece.edges, norm)
        growth.jump(jump, largest)
        slab = Slab(piece.edges, time, piece.end - time, start)
        guess = _embedded(setting, fine, slab, piece)
        fit = fit_slab(fine, slab, fit_grid, guess, most=1)
        highest = growth.advance(fine, slab, fit.unknowns, exact)
        better = piece_of(fine, slab, fit.unknowns)
        bound = _distance(fine, piece, better, norm) + highest
        found.append((moment, min(direct, bound) if math.isfinite(bound) else direct))
        edges, start = slab.edges, ends_in_time(fine, slab, fit.unknowns)
        time = piece.end
    return found


def _embedded(
    coarse: Setting, fine: Setting, slab: Slab, piece: Piece
) -> tuple[Array, ...]:
    """Return the unknowns of a piece at the higher degrees: what changes from its start."""
    found = []
    for k, (space, time) in enumerate(zip(coarse.space, coarse.time, strict=True)):
        q, count = time.order, time.count
        # the start data stand in the first q modes in time alone
        modes = numpy.linalg.solve(space.legendre, piece.coefficients[:, k])
        changes = modes[..., q : q + count] @ numpy.linalg.inv(time.legendre[q:]).T
        changes /= hermite_scales(coarse, slab, k)[:, :, None]
        wide = fine.space[k]
        table = numpy.zeros((len(changes), wide.degree + 1, fine.count))
        inner = space.bubbles
        table[:, :inner, :count] = changes[:, :inner]
        table[:, wide.bubbles :, :count] = changes[:, inner:]
        found.append(table)
    return tuple(found)


def _distance(setting: Setting, piece: Piece, better: Piece, norm: str) -> float:
    """Return the largest norm over a slab of the difference of two functions on a mesh."""
    _, fields, n_x, n_t = better.coefficients.shape
    missed = better.coefficients.copy()
    missed[:, :, : piece.coefficients.shape[2], : piece.coefficients.shape[3]] -= (
        piece.coefficients
    )
    tau, between = _chebyshev(n_t - 1)
    in_time = missed @ legendre_table(tau, n_t - 1).T
    xi, weights = gauss(2 * n_x + 8)
    if norm == "max":
        xi, more = _chebyshev(n_x - 1)
        weights, between = numpy.zeros(len(xi)), between * more
    table = legendre_table(xi, n_x - 1)
    area = setting.width / 2.0 * numpy.diff(better.edges) / 2.0
    sizes = numpy.zeros(len(tau))
    for k in range(fields):
        values = numpy.einsum("gi,nis->sng", table, in_time[:, k], optimize=True)
        sizes += [
            norm_of_shares(element_norms(item, weights, area, norm), norm)
            for item in values
        ]
    return between * float(sizes.max())


def _chebyshev(degree: int) -> tuple[Array, float]:
    """Return points, and the most by which a polynomial exceeds its largest value there.

    1/cos(pi degree/(2 n)) at the n zeros of T_n (Ehlich and Zeller, 1964); it holds for
    the L1 and the L2 norm in space, too, which are suprema over functionals.
    """
    n = DENSE * (degree + 1)
    places = numpy.cos(numpy.pi * (numpy.arange(n) + 0.5) / n)
    return places, 1.0 / math.cos(math.pi * degree / (2.0 * n))


def _moved(
    setting: Setting, edges: Array, start: tuple[Array, ...], target: Array, norm: str
) -> tuple[tuple[Array, ...], float, float]:
    """Return start data on another mesh, the norm and the maximum of what is missed."""
    if numpy.array_equal(edges, target):
        return start, 0.0, 0.0
    found, total, largest = [], 0.0, 0.0
    for shapes, data in zip(setting.space, start, strict=True):
        rows, shares = [], []
        for low, high in itertools.pairwise(target):
            new, missed, weights = _refitted(shapes, edges, data, low, high)
            rows.append(new)
            area = numpy.array([setting.width / 2.0 * (high - low) / 2.0])
            each = [element_norms(row[None], weights, area, norm)[0] for row in missed]
            shares.append(each)
            largest = max(largest, float(numpy.abs(missed).max(initial=0.0)))
        found.append(numpy.array(rows))
        total += sum(norm_of_shares(item, norm) for item in numpy.array(shares).T)
    return tuple(found), total, largest


def _refitted(
    shapes: SpaceShapes, edges: Array, data: Array, low: float, high: float
) -> tuple[Array, Array, Array]:
    """Return data on one element, (q, p + 1), what is missed at points, and weights."""
    inside = edges[(edges > low) & (edges < high)]
    first = int(numpy.searchsorted(edges, low, side="right")) - 1
    parts = numpy.array([low, *inside, high])
    if len(parts) == 2 and edges[first] == low and edges[first + 1] == high:
        return data[first], numpy.zeros((data.shape[1], 1)), numpy.zeros(1)
    legendre = data @ shapes.legendre.T
    xi, weights = gauss(2 * shapes.degree + 8)
    values, places, share, ends = [], [], [], []
    for k, (left, right) in enumerate(itertools.pairwise(parts)):
        old = legendre[first + k]
        width = edges[first + k + 1] - edges[first + k]
        spot = left + (right - left) * (xi + 1.0) / 2.0
        local = 2.0 * (spot - edges[first + k]) / width - 1.0
        values.append(old @ legendre_table(local, shapes.degree).T)
        places.append(2.0 * (spot - low) / (high - low) - 1.0)
        share.append(weights * (right - left) / (high - low))
        unit = ((high - low) / width) ** numpy.arange(shapes.smoothness)
        for end in ((left,) if k == 0 else ()) + ((right,) if right == high else ()):
            at = 2.0 * (end - edges[first + k]) / width - 1.0
            ends.append(shapes.end_values(old, at) * unit)
    known, root = numpy.concatenate(values, axis=1), numpy.sqrt(numpy.concatenate(share))
    table = shapes.table(numpy.concatenate(places), 0)
    fixed = numpy.concatenate(ends, axis=1)
    rest = (known - fixed @ table[:, shapes.bubbles :].T) * root
    inner = numpy.linalg.lstsq(table[:, : shapes.bubbles] * root[:, None], rest.T)[0].T
    new = numpy.concatenate([inner, fixed], axis=1)
    return new, known - new @ table.T, root**2
