"""The smallest residual at given points, with its floor, in-sample or on other pairs."""

import dataclasses
import functools
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.backend.operands import returned
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.minimizers import Family, visit_minimizers
from perturbsci.koopman.pairs import QR_FLOOR, pair_sums
from perturbsci.koopman.panels import Panels, keep_panels
from perturbsci.koopman.resampling import held_out_residuals, independent_block
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source
from perturbsci.koopman.whitening import Whitened
from perturbsci.types import Array

__all__ = ["Minima", "Points", "smallest_residuals", "residuals_outside"]

DOUBT = 100.0  # residuals below this many floors are computed again


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of the plane, each once, those of real arithmetic first.

    Parameters
    ----------
    z : complex array, shape (k,)
        Of the closed upper half plane if conjugate points have conjugate minimizers.
    n_real : int
        How many real ones come first; 0 where all are to be treated as complex.
    back : integer array, shape (n,)
        Place of each point of the grid in z; on the host.
    flipped : bool array, shape (n,)
        Whether it is the conjugate of that place; on the host.
    shape : tuple of int
        Of the grid.
    """

    z: Array
    n_real: int
    back: numpy.ndarray
    flipped: numpy.ndarray
    shape: tuple[int, ...]

    @staticmethod
    def of(grid: Array, *, is_real: bool, conjugate: bool) -> "Points":
        """Return the points of a grid.

        Parameters
        ----------
        grid : real or complex array, shape (...)
            Clean.
        is_real : bool
            The Gram matrices are real.
        conjugate : bool
            Take conj(z): the state is of the adjoint.

        Returns
        -------
        points : Points
            On the device of the grid.
        """
        z = to_host(grid).ravel().astype(numpy.complex128)
        flipped = z.imag < 0 if is_real else numpy.zeros(z.shape, bool)
        z = numpy.where(flipped, z.conj(), z)
        if conjugate and not is_real:
            z = z.conj()
        z, back = numpy.unique(z + 0.0, return_inverse=True)
        on_axis = (z.imag == 0) if is_real else numpy.zeros(z.shape, bool)
        order = numpy.argsort(~on_axis, kind="stable")
        place = numpy.empty_like(order)
        place[order] = numpy.arange(len(order))
        flipped = flipped ^ conjugate if is_real else flipped
        return Points(
            returned(grid, z[order])[0],
            int(on_axis.sum()),
            place[back.ravel()],
            flipped,
            tuple(grid.shape),
        )

    def spread(self, found: Array) -> Array:
        """Return numbers or vectors of the points at every point of the grid.

        Parameters
        ----------
        found : array, shape (k,) or (k, n_functions)
            Vectors of flipped points are conjugated.

        Returns
        -------
        values : array, shape (...) or (..., n_functions)
            That of the grid; on the same device.
        """
        xp = namespace(found)
        back, flipped = returned(found, self.back, self.flipped)
        values = xp.take(found, back, axis=0)
        if found.ndim == 2:
            values = xp.where(flipped[:, None], xp.conj(values), values)
        return xp.reshape(values, self.shape + tuple(found.shape[1:]))


@dataclass(frozen=True, slots=True, eq=False)
class Minima:
    """The smallest residuals at points.

    Parameters
    ----------
    values : real array, shape (k,)
        tau.
    stretch : real array, shape (k,)
        ||v||^2 of the minimizers, which have norm 1 in L2 of the measure.
    vectors : complex array, shape (k, n_functions), or None
        v, if all were asked for.
    rounding : real array, shape (k,)
        Floors of the values.
    floor : float
        The largest.
    reached : bool
        Whether a value was raised to its floor.
    """

    values: Array
    stretch: Array
    vectors: Array | None
    rounding: Array
    floor: float
    reached: bool


def smallest_residuals(
    source: Source,
    whitened: Whitened,
    points: Points,
    tolerance: float,
    *,
    everywhere: bool,
) -> Minima:
    """Return the smallest residual at every point.

    Parameters
    ----------
    source : Source
        Its accuracy decides what happens to values near rounding.
    whitened : Whitened
        Of this source.
    points : Points
        On the same device.
    tolerance : float
        Relative change of tau over the last step.
    everywhere : bool
        Keep all minimizers.

    Returns
    -------
    minima : Minima
        Values are inf if all functions vanish.
    """
    xp = namespace(points.z)
    if not whitened.rank:
        return _nothing(points.z, whitened.basis.shape[0])
    family = Family.of(whitened)
    recorder = _Recorder.of(source, whitened, family, points.z, everywhere=everywhere)
    n_real = points.n_real
    for start, z in ((0, xp.real(points.z[:n_real])), (n_real, points.z[n_real:])):
        record = functools.partial(recorder.record, start, z)
        visit_minimizers(family, z, tolerance, record)
    recorder.verify()
    values, floors = recorder.values, recorder.floors
    fine = QR_FLOOR * whitened.unit_roundoff / 2**-53
    if source.accuracy == "verified":
        floors = xp.full_like(values, fine)
    reached = source.accuracy == "gram" and bool(scalar(xp.any(values < floors)))
    if reached:
        values = xp.maximum(values, floors)
    largest = max(float(scalar(xp.max(floors))), fine)
    return Minima(values, recorder.stretch, recorder.vectors, floors, largest, reached)


def _nothing(z: Array, n_functions: int) -> Minima:
    """Return what is known of functions that all vanish."""
    xp = namespace(z)
    zeros = xp.zeros_like(xp.real(z))
    vectors = xp.zeros((z.shape[0], n_functions), dtype=z.dtype, device=z.device)
    return Minima(zeros + math.inf, zeros, vectors, zeros, 0.0, False)


@dataclass(frozen=True, slots=True, eq=False)
class _Recorder:
    """What is noted of the minimizers while they are found, block by block."""

    source: Source
    whitened: Whitened
    family: Family
    z: Array
    values: Array
    floors: Array
    stretch: Array
    vectors: Array | None
    doubtful: list[tuple[int, Array]]

    @staticmethod
    def of(
        source: Source,
        whitened: Whitened,
        family: Family,
        z: Array,
        *,
        everywhere: bool,
    ) -> "_Recorder":
        xp = namespace(z)
        values, floors, stretch = (xp.zeros_like(xp.real(z)) for _ in range(3))
        shape = (z.shape[0], whitened.basis.shape[0])
        vectors = xp.zeros(shape, dtype=z.dtype, device=z.device) if everywhere else None
        columns = (values, floors, stretch, vectors)
        return _Recorder(source, whitened, family, z, *columns, [])

    def record(self, start: int, z: Array, block: slice, w: Array) -> None:
        """Note the minimizers of z[block], whose places begin at start."""
        residuals, floors, lengths = self.whitened.measured(z[block], w)
        first = start + block.start
        if self.whitened.factors is not None:
            limit = DOUBT**2 * self.family.rounding(z[block])
            for k in numpy.flatnonzero(to_host(residuals**2 < limit)).tolist():
                better, u = self.whitened.factors.minimum(scalar(z[block.start + k]).item())
                if better < float(scalar(residuals[k])):
                    residuals[k], w[k] = better, u
        elif self.source.accuracy == "verified" and self.source.panels is not None:
            near = numpy.flatnonzero(to_host(residuals < DOUBT * floors))
            self.doubtful.extend((first + k, w[k]) for k in near.tolist())
        there = slice(first, first + len(w))
        self.values[there], self.floors[there] = residuals, floors
        self.stretch[there] = lengths
        if self.vectors is not None:
            self.vectors[there] = w @ self.whitened.basis.T

    def verify(self) -> None:
        """Compute values near rounding again, in a second pass over the pairs."""
        xp = namespace(self.z)
        found = sorted(self.doubtful, key=operator.itemgetter(0))
        panels = () if self.source.panels is None else self.source.panels
        for batch in _batches(len(found), len(self.whitened.scale)):
            places = numpy.array([place for place, _ in found[batch]])
            (index,) = returned(self.z, places)
            w = xp.stack([xp.astype(w, self.z.dtype) for _, w in found[batch]])
            v = self.whitened.basis @ w.T
            misses, squares = pair_sums(panels, self.z[index], v)
            self.values[index] = xp.sqrt(misses / squares)


def residuals_outside(
    minima: Minima,
    z: Array,
    held_out: Snapshots,
    dictionary: Dictionary,
    *,
    confidence: float,
    seed: int | numpy.random.Generator,
) -> tuple[Minima, Array]:
    """Return the residuals of minimizers on other pairs, and their bootstrap intervals.

    Parameters
    ----------
    minima : Minima
        With all vectors.
    z : complex array, shape (k,)
        Their points.
    held_out : Snapshots
        The other pairs.
    dictionary : Dictionary
        Of the functions.
    confidence : float
        Of the intervals.
    seed : int or numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    minima : Minima
        With the values there.
    intervals : real array, shape (k, 2)
        As of ``held_out_residuals``.
    """
    xp = namespace(z)
    if isinstance(seed, numpy.random.Generator):
        seed = int(seed.integers(2**62))  # the same resamples for every batch
    kept = keep_panels(held_out, dictionary)
    panels = Panels(held_out, dictionary) if kept is None else kept[1]
    # Real functions are evaluated for one of each conjugate pair, that above the axis.
    below = xp.imag(z) < 0
    if dictionary.dtype_kind == "complex" or held_out.x.dtype.kind == "c":
        below = below & False
    z = xp.where(below, xp.conj(z), z)
    vectors = xp.where(below[:, None], xp.conj(minima.vectors), minima.vectors)
    found = [
        held_out_residuals(
            panels,
            z[batch],
            vectors[batch].T,
            block=independent_block(held_out),
            confidence=confidence,
            seed=seed,
        )
        for batch in _batches(len(z), dictionary.n_functions)
    ]
    residuals, intervals = (xp.concat(parts) for parts in zip(*found, strict=True))
    return dataclasses.replace(minima, values=residuals, reached=False), intervals


def _batches(count: int, n_functions: int) -> Iterator[slice]:
    """Yield slices of functions whose values take no more room than the features."""
    length = max(32, 2 * n_functions)
    for start in range(0, count, length):
        yield slice(start, min(start + length, count))
