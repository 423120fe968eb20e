"""Corrections of a density or a collision term that restore its moments.

``project_moments``: Q + (c_0 + c.v + c_2 |v|^2) M; ``limit_positive``: max(f, 0)
exp(a + b.v + c |v|^2). In both the 2 + d coefficients make the moments of 1, v and |v|^2
what they should be; both work in x = (v - u) / sqrt(T), where the basis 1, x_k,
(|x|^2 - d) / sqrt(2 d) of a Maxwellian is orthonormal.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale.velocity import (
    VelocityGrid,
    checked_density,
    first_sums,
    moments,
    pair_sums,
)
from perturbsci.types import Array

__all__ = ["limit_positive", "project_moments"]

MOST_ITERATIONS = 30


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """Nodes seen from the mean velocity in units of the thermal speed, per direction."""

    grid: VelocityGrid
    center: Array
    scale: Array
    lines: tuple[Array, ...]
    squares: tuple[Array, ...]

    @staticmethod
    def of(weight: Array, grid: VelocityGrid) -> "_Frame":
        """Return the frame in which a weight has mean 0 and d as mean square."""
        xp, d = namespace(weight), grid.dimension
        measured = moments(weight, grid)
        lowest = float(scalar(measured.temperature.min()))
        if not lowest > 0:
            raise ParameterError(
                f"a density has temperature {lowest:.3g}, needed a positive one: its "
                "negative part is too large, refine the velocity grid"
            )
        center, scale = measured.velocity, xp.sqrt(measured.temperature)
        nodes = xp.asarray(grid.nodes, dtype=weight.dtype)
        lines = [(nodes - center[..., k, None]) / scale[..., None] for k in range(d)]
        # The part of (|x|^2 - d) / sqrt(2 d) that belongs to one direction.
        squares = [(line**2 - 1) / math.sqrt(2 * d) for line in lines]
        return _Frame(grid, center, scale, tuple(lines), tuple(squares))

    def integrals(self, f: Array) -> Array:
        """Return the integrals of f times 1, x_k and the square, shape (..., 2 + d)."""
        xp, volume = namespace(f), self.grid.cell_volume
        lines = first_sums(f, pair_sums(f, self.grid), self.grid)
        first = [(m * x).sum(-1) for m, x in zip(lines, self.lines, strict=True)]
        second = [(m * x).sum(-1) for m, x in zip(lines, self.squares, strict=True)]
        parts = [lines[0].sum(-1), *first, sum(second[1:], second[0])]
        return volume * xp.stack(parts, axis=-1)

    def gram(self, weight: Array) -> Array:
        """Return the Gram matrix of the basis in this weight, (..., 2 + d, 2 + d)."""
        xp, d = namespace(weight), self.grid.dimension
        pairs = pair_sums(weight, self.grid)
        lines = first_sums(weight, pairs, self.grid)
        x, s = self.lines, self.squares
        rows: list[list[Array]] = [[lines[0] for _ in range(d + 2)] for _ in range(d + 2)]
        square = (lines[0] * s[0] ** 2).sum(-1)
        cross = [(lines[k] * x[k] * s[k]).sum(-1) for k in range(d)]
        for k in range(1, d):
            square = square + (lines[k] * s[k] ** 2).sum(-1)
        for (k, j), pair in pairs.items():
            by_x = (pair * x[k][..., :, None]).sum(-2)
            by_s = (pair * s[k][..., :, None]).sum(-2)
            rows[k + 1][j + 1] = rows[j + 1][k + 1] = (by_x * x[j]).sum(-1)
            cross[k] = cross[k] + (by_x * s[j]).sum(-1)
            cross[j] = cross[j] + (by_s * x[j]).sum(-1)
            square = square + 2 * (by_s * s[j]).sum(-1)
        mean = [(m * y).sum(-1) for m, y in zip(lines, x, strict=True)]
        spread = [(m * y).sum(-1) for m, y in zip(lines, s, strict=True)]
        rows[0][0] = lines[0].sum(-1)
        rows[0][d + 1] = rows[d + 1][0] = sum(spread[1:], spread[0])
        rows[d + 1][d + 1] = square
        for k in range(d):
            rows[0][k + 1] = rows[k + 1][0] = mean[k]
            rows[k + 1][k + 1] = (lines[k] * x[k] ** 2).sum(-1)
            rows[k + 1][d + 1] = rows[d + 1][k + 1] = cross[k]
        matrix = xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)
        return self.grid.cell_volume * matrix

    def polynomial(self, coefficients: Array) -> Array:
        """Return the combination of the basis on the nodes, shape (..., n, ..., n)."""
        grid, d = self.grid, self.grid.dimension
        last = coefficients[..., d + 1, None]
        total = coefficients[(..., 0) + (None,) * d]
        for k in reversed(range(d)):
            line = coefficients[..., k + 1, None] * self.lines[k] + last * self.squares[k]
            total = total + grid.along(line, k)
        return total

    def plain(self, target: Array) -> Array:
        """Return the integrals of the basis that belong to those of 1, v, abs(v)^2."""
        xp, d = namespace(target), self.grid.dimension
        n, momentum, energy = target[..., 0], target[..., 1 : d + 1], target[..., d + 1]
        u, scale = self.center, self.scale
        square = energy - 2 * (u * momentum).sum(-1) + n * (u**2).sum(-1)
        first = (momentum - n[..., None] * u) / scale[..., None]
        last = (square / scale**2 - d * n) / math.sqrt(2 * d)
        return xp.concat([n[..., None], first, last[..., None]], axis=-1)


def project_moments(
    q: Array, grid: VelocityGrid, maxwellian: Array, target: Array | None = None
) -> Array:
    """Return Q + (c_0 + c.v + c_2 abs(v)^2) M with the moments that it should have.

    With ``target=None`` this is 1 - Pi, Pi the projection on the tangent space of
    Maxwellians at M, orthogonal in the weight 1 / M.

    Parameters
    ----------
    q : real array, shape (..., n, ..., n)
        A collision term or another change of a density.
    grid : VelocityGrid
        The nodes.
    maxwellian : real array, shape (..., n, ..., n)
        M, a density of positive temperature; leading axes broadcast against those of q.
    target : real array, shape (..., 2 + d), optional
        The integrals of 1, v and abs(v)^2 that the result has; default 0.

    Returns
    -------
    fixed : real array, shape (..., n, ..., n)
        Integrals equal to ``target`` up to rounding of the sum of moduli.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If M has a density that is not positive.

    Notes
    -----
    About 4 d passes over the grid; the 2 + d equations are solved twice, the second time
    for what rounding left.

    Examples
    --------
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(16, 6.0, dimension=2)
    >>> m = maxwellian(grid, 1.0, 0.0, 1.0)
    >>> float(abs(project_moments(m, grid, m)).max()) < 1e-14
    True
    """
    q = checked_density(q, grid, "q")
    weight = checked_density(maxwellian, grid, "maxwellian")
    xp = namespace(q, weight, names=("q", "maxwellian"))
    frame = _Frame.of(weight, grid)
    gram = frame.gram(weight)
    wanted = None if target is None else frame.plain(_checked_target(target, grid))
    for _ in range(2):
        missing = -frame.integrals(q)
        if wanted is not None:
            missing = missing + xp.asarray(wanted, dtype=q.dtype)
        q = q + weight * frame.polynomial(_solved(gram, missing))
    return q


def _checked_target(target: Array, grid: VelocityGrid) -> Array:
    target = as_array(target, name="target", real=True)
    if target.shape[-1:] != (grid.dimension + 2,):
        raise ShapeError(
            f"target has shape {target.shape}, needed {grid.dimension + 2} numbers on its "
            "last axis: the integrals of 1, of the components of v, and of abs(v)^2"
        )
    return target


def _solved(gram: Array, right: Array) -> Array:
    """Return the solution of small systems; leading axes broadcast."""
    xp, size = namespace(gram), gram.shape[-1]
    if gram.ndim == 2:
        flat = right.reshape(-1, size)
        return linalg.solve(gram, flat.T).T.reshape(right.shape)
    shape = right.shape[:-1]
    gram = xp.broadcast_to(gram, (*shape, size, size))
    return xp.linalg.solve(gram, right[..., None])[..., 0]


def limit_positive(f: Array, grid: VelocityGrid) -> Array:
    """Return a density without negative values and with the moments of f.

    Values below zero become zero; the rest is multiplied by exp(a + b.v + c abs(v)^2) so
    that density, momentum and energy are as before. What is positive already is returned
    as it is.

    Parameters
    ----------
    f : real array, shape (..., n, ..., n)
        Densities with positive density and temperature.
    grid : VelocityGrid
        The nodes.

    Returns
    -------
    limited : real array, shape (..., n, ..., n)
        Not negative; the number of changed nodes is that of ``f < 0``, the mass moved
        their sum.

    Raises
    ------
    ShapeError
        If f is not on the grid.
    ParameterError
        If density or temperature is not positive.
    ConvergenceError
        If Newton's method doesn't reach the moments: the negative part is too large.

    Notes
    -----
    3 to 6 iterations of about 4 d passes over the grid.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.multiscale import maxwellian, velocity_grid
    >>> grid = velocity_grid(16, 6.0, dimension=1)
    >>> f = maxwellian(grid, 1.0, 0.0, 1.0) - 1e-6
    >>> limited = limit_positive(f, grid)
    >>> bool((limited >= 0).all()), bool(abs(limited.sum() / f.sum() - 1) < 1e-13)
    (True, True)
    """
    f = checked_density(f, grid)
    xp = namespace(f)
    frame = _Frame.of(f, grid)
    if bool(scalar((f >= 0).all())):
        return f
    wanted = frame.integrals(f)
    base = xp.maximum(f, xp.zeros_like(f))
    exponent = xp.zeros_like(wanted)
    tolerance = 64 * float(xp.finfo(f.dtype).eps)
    size = wanted[..., :1]
    limited, previous = base, math.inf
    for _ in range(MOST_ITERATIONS):
        missing = wanted - frame.integrals(limited)
        worst = float(scalar((abs(missing) / size).max()))
        if worst <= tolerance or (worst < 100 * tolerance and worst > previous / 2):
            return limited
        try:
            step = _solved(frame.gram(limited), missing)
        except (ParameterError, numpy.linalg.LinAlgError):
            break  # all weight on one node
        # Half a unit at most: far steps of the exponential overflow before they converge.
        largest = abs(step).max(-1, keepdims=True) if step.ndim > 1 else abs(step).max()
        exponent = exponent + step / xp.maximum(2 * largest, xp.ones_like(largest))
        limited, previous = base * xp.exp(frame.polynomial(exponent)), worst
    raise ConvergenceError(
        f"limit_positive left a relative defect of {worst:.3g} in the moments of f; its "
        "negative part is too large, refine the velocity grid",
        partial=limited,
    )
