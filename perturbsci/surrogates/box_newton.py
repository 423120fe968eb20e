"""Newton's method in one tensor product of polynomials, and what its residual says.

The residual is measured on a finer grid than that of the fit, in L2, and beside it three
numbers that are known without the solution: the size of the largest term of the
equations, how large a residual the tolerance allows, and what rounding alone makes of it.
"""

import dataclasses
import functools
from dataclasses import dataclass

import numpy

from perturbsci.problems.linearization import Linearization
from perturbsci.surrogates.jets import polynomial_jets
from perturbsci.surrogates.least_squares import least_squares
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.tensor_space import SPARE, TensorSpace
from perturbsci.surrogates.tensor_systems import dense_step, krylov_step
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["Fit", "Measure", "finer", "measured", "newton"]

DENSE = 250  # unknowns up to which all points are fitted by QR
MOST_DENSE = 2500
UNIT_ROUNDOFF = 2.0**-53
TIGHTEST, LOOSEST = 1e-10, 1e-2  # relative residuals of a linear system
FEWEST = 1e-2  # linear residual that a step of GMRES has to reach to be used


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients that Newton's method reached.

    Parameters
    ----------
    coefficients : array, shape (n_fields, n_1, ..., n_d)
        Of Legendre polynomials.
    steps : int
        Linear systems solved.
    krylov : int
        The most applications in one linear system; 0 where all were dense.
    """

    coefficients: Array
    steps: int
    krylov: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """What the residual on a fine grid says.

    Parameters
    ----------
    residual : float
        L2 norm over the box, all equations.
    scale : float
        L2 norm of the largest term.
    allowed : float
        L2 norm of a residual that moves the solution by its own size, as far as the
        coefficients and the box tell.
    rounding : float
        L2 norm of what coefficients with independent errors of one unit roundoff of the
        largest leave of the equations: what backward stability promises.
    tails : tuple of float
        Share of the highest degrees in the coefficients, one a direction.
    shares : tuple of float
        L2 norm of the part of the residual that is of higher degree in a direction than
        what was tested there.
    """

    residual: float
    scale: float
    allowed: float
    rounding: float
    tails: tuple[float, ...]
    shares: tuple[float, ...]


def finer(space: TensorSpace, spare: int = 2 * SPARE + 1) -> TensorSpace:
    """Return the same polynomials on more points.

    Parameters
    ----------
    space : TensorSpace
        Any.
    spare : int, optional
        Nodes beyond the number of polynomials.

    Returns
    -------
    space : TensorSpace
        No node is one of the first but those at the center.
    """
    nodes, weights, tables = [], [], []
    for count, (low, high), old in zip(
        space.counts, space.intervals, space.tables, strict=True
    ):
        place, weight = gauss(count + spare)
        half, order = 0.5 * (high - low), len(old) - 1
        nodes.append(0.5 * (low + high) + half * place)
        weights.append(half * weight)
        jets = polynomial_jets(place, (-1.0, 1.0), count, order, family="legendre")
        scale = half ** -numpy.arange(order + 1.0)
        tables.append(numpy.moveaxis(jets, 1, 0) * scale[:, None, None])
    return dataclasses.replace(
        space, nodes=tuple(nodes), weights=tuple(weights), tables=tuple(tables)
    )


def newton(
    space: TensorSpace,
    lin: Linearization,
    start: Array,
    *,
    max_steps: int = 20,
    target: float = 0.0,
    max_krylov: int = 100,
) -> Fit:
    """Return coefficients with the least residual that Newton's method finds.

    Parameters
    ----------
    space : TensorSpace
        Polynomials and grid.
    lin : Linearization
        Of the equations.
    start : array, shape (n_fields, n_1, ..., n_d)
        Satisfies the conditions.
    max_steps : int, optional
        Linear systems.
    target : float, optional
        Residual norm that is small enough.
    max_krylov : int, optional
        Applications of the operator in one linear system.

    Returns
    -------
    fit : Fit
        The best that was seen.

    Notes
    -----
    A step is halved up to six times until the residual falls; it ends when it falls by
    less than 5 %.
    """
    points, roots = space.points(), space.roots()[:, None]
    current, steps, krylov = start, 0, 0
    residual, slopes, _ = lin(points, space.jets(current))
    size = float(numpy.linalg.norm(roots * residual))
    while steps < max_steps and numpy.isfinite(size) and size > target:
        inner = min(max(0.1 * target / size, TIGHTEST), LOOSEST)
        change, applied = _step(space, slopes, residual, inner, max_krylov)
        if change is None:
            break
        steps, krylov = steps + 1, max(krylov, applied)
        factor, found = 1.0, numpy.inf
        for _ in range(7):
            trial = current + factor * change
            new = lin(points, space.jets(trial))
            found = float(numpy.linalg.norm(roots * new[0]))
            if found < size:
                break
            factor *= 0.5
        if not found < size:
            break
        current, (residual, slopes, _) = trial, new
        slow, size = found > 0.95 * size, found
        if slow:
            break
    return Fit(current, steps, krylov)


def _step(
    space: TensorSpace,
    slopes: Array,
    residual: Array,
    inner: float,
    max_krylov: int,
) -> tuple[Array | None, int]:
    """Return the change of the coefficients, None where nothing solves the system."""
    unknowns, square = space.n_unknowns, residual.shape[1] == space.n_fields
    steps = 0
    if unknowns > DENSE and square:
        step, reached, steps = krylov_step(
            space, slopes, residual, tolerance=inner, max_steps=max_krylov
        )
        if reached <= max(FEWEST, inner) or unknowns > MOST_DENSE:
            return space.expand(step), steps
    if unknowns > MOST_DENSE:
        return None, steps
    return space.expand(dense_step(space, slopes, residual, least_squares)), steps


def measured(space: TensorSpace, lin: Linearization, coefficients: Array) -> Measure:
    """Return the residual on the grid of a space, with what it is compared to.

    Parameters
    ----------
    space : TensorSpace
        On a finer grid than the fit.
    lin : Linearization
        Of the equations.
    coefficients : array, shape (n_fields, n_1, ..., n_d)
        Of Legendre polynomials.

    Returns
    -------
    measure : Measure
        See there.
    """
    points, roots = space.points(), space.roots()
    jets = space.jets(coefficients)
    residual, slopes, _ = lin(points, jets)
    source = lin.residual(points, numpy.zeros_like(jets))
    sizes = [float(numpy.linalg.norm(roots[:, None] * source, axis=0).max())]
    rounding, rates = 0.0, []
    extents = [0.5 * (high - low) for low, high in space.intervals]
    weight = roots / numpy.linalg.norm(roots)
    for s, (f, index) in enumerate(space.slots):
        slope = numpy.abs(slopes[:, :, s]).max(axis=1)
        sizes.append(float(numpy.linalg.norm(roots * slope * jets[:, s])))
        tables = [t[a] for t, a in zip(space.tables, index, strict=True)]
        noise = (
            functools.reduce(
                numpy.multiply.outer, [numpy.linalg.norm(t, axis=1) for t in tables]
            ).ravel()
            * numpy.abs(coefficients[f]).max()
        )
        rounding = max(rounding, float(numpy.linalg.norm(roots * slope * noise)))
        rate = float(numpy.linalg.norm(weight * slope))
        for extent, a in zip(extents, index, strict=True):
            rate /= extent**a
        if any(index) and rate > 0.0:
            rates.append(rate)
    zero = [s for s, (_, index) in enumerate(space.slots) if not any(index)]
    values = jets[:, zero] if zero else space.jets(coefficients)[:, :1]
    amount = float(numpy.linalg.norm(roots[:, None] * values))
    return Measure(
        float(numpy.linalg.norm(roots[:, None] * residual)),
        max(sizes),
        min(rates, default=1.0) * amount if zero else min(rates, default=1.0) * max(sizes),
        UNIT_ROUNDOFF * rounding,
        _tails(coefficients),
        _shares(space, residual),
    )


def _shares(space: TensorSpace, residual: Array) -> tuple[float, ...]:
    """Return the norm of the residual beyond the tested degrees of each direction."""
    roots = space.roots().reshape(space.grid)
    d = len(space.counts)
    matrices = []
    for nodes in space.nodes:
        place, weight = gauss(len(nodes))
        table = polynomial_jets(place, (-1.0, 1.0), len(nodes), 0, family="legendre")[:, 0]
        norms = numpy.sqrt(numpy.arange(len(nodes)) + 0.5)
        matrices.append((table * norms * numpy.sqrt(weight)[:, None]).T)
    energies = numpy.zeros(d)
    for f in range(residual.shape[1]):
        values = roots * residual[:, f].reshape(space.grid)
        squares = contract(values, matrices) ** 2
        tested = space.shape(min(f, space.n_fields - 1))
        for k in range(d):
            energies[k] += numpy.moveaxis(squares, k, 0)[tested[k] :].sum()
    return tuple(float(item) for item in numpy.sqrt(energies))


def _tails(coefficients: Array) -> tuple[float, ...]:
    """Return the share of the last eighth of the degrees, at least two, in L2."""
    weighted = coefficients.copy()
    for k, count in enumerate(coefficients.shape[1:]):
        shape = [1] * coefficients.ndim
        shape[k + 1] = count
        weighted /= numpy.sqrt(numpy.arange(count) + 0.5).reshape(shape)
    whole = float(numpy.linalg.norm(weighted))
    found = []
    for k, count in enumerate(coefficients.shape[1:]):
        last = numpy.moveaxis(weighted, k + 1, 0)[count - max(2, count // 8) :]
        found.append(float(numpy.linalg.norm(last)) / whole if whole else 0.0)
    return tuple(found)
