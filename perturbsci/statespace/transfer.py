"""The transfer function C (s I - A)^-1 B + D, or C (I - A/z)^-1 B + D in discrete time.

Diagonal systems are sums over their modes. Full matrices are brought to Schur form once;
then each point is a substitution, all points side by side. With a feedback of low rank,
(s - diag + P Q*)^-1 = R - R P (I + Q* R P)^-1 Q* R, R = (s - diag)^-1.

Reference: Zhou, Doyle and Glover (1996), chapter 3.
"""

from types import ModuleType

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.backend.kernels.sums import cauchy_sum
from perturbsci.backend.linalg import schur
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.modes import unfold
from perturbsci.statespace.requirements import check_system
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["low_rank_products", "substituted", "transfer_function"]


def transfer_function(system: StateSpace, s: Array) -> Array:
    """Return the transfer function at points of the plane.

    Parameters
    ----------
    system : StateSpace
        Any.
    s : real or complex array, shape (k,)
        Points s, in 1/time, for a discrete system z; taken to the precision of the system.

    Returns
    -------
    values : complex array, shape (..., k, p, m)
        G(s); infinite at a pole.

    Raises
    ------
    ShapeError
        If s has more than one axis.
    ParameterError
        If a point is not finite.

    Notes
    -----
    O(n p m) a point for diagonal systems, O(n^2 m) for full matrices after 25 n^3 flops.
    The error is a few n unit roundoffs of the sum of the moduli of its terms.

    Examples
    --------
    >>> transfer_function(DiagonalSystem([-1.0], [1.0], [1.0]), [0.0, 1.0])[:, 0, 0]
    array([1. +0.j, 0.5+0.j])
    """
    check_system(system)
    points = as_array(s, name="s")
    points = points[None] if points.ndim == 0 else points
    if points.ndim != 1:
        raise ShapeError(f"s has shape {points.shape}, needed (k,); pass s.ravel()")
    d = system.feedthrough()
    xp = namespace(d, points, names=("system", "s"))
    single = xp.finfo(d.dtype).bits == 32
    farthest, limit = float(scalar(xp.max(xp.abs(points)))), 1e30 if single else 1e150
    if farthest > limit:
        raise ParameterError(
            f"s reaches {farthest:.3g}, where squares overflow; pass points up to "
            f"{limit:g}, beyond them the value is d"
        )
    points = xp.astype(points, xp.complex64 if single else xp.complex128)
    if isinstance(system, DiagonalSystem):
        values = _of_modes(xp, system, points)
    elif isinstance(system, LowRankSystem):
        full = unfold(system)
        values = low_rank_products(full, full.c, points)
        values = values * points[:, None, None] if system.is_discrete else values
    elif isinstance(system, HankelSystem):
        values = _of_markov(xp, system, points)
    else:
        assert isinstance(system, DenseSystem)
        values = _of_matrices(system, points)
    return values + d[..., None, :, :]


def low_rank_products(system: LowRankSystem, c: Array, points: Array) -> Array:
    """Return C (z - diag + P Q*)^-1 B.

    C R B - C R P (I + Q* R P)^-1 Q* R B with R = (z - diag)^-1: Cauchy sums.

    Parameters
    ----------
    system : LowRankSystem
        With all its modes.
    c : array, shape (p, n)
        C, that of the system or another one.
    points : complex array, shape (k,)
        z.

    Returns
    -------
    products : complex array, shape (k, p, m)
        Infinite where a point is an eigenvalue of the diagonal.
    """
    xp = namespace(points)
    arrays = (c, xp.conj(system.q).T, system.b, system.p)
    c, q, b, p = (xp.astype(each, points.dtype) for each in arrays)
    left, right = xp.concat([c, q], axis=0), xp.concat([b, p], axis=1)
    found = _cauchy_products(left, system.eigenvalues, right, points)
    outputs, m, rank = c.shape[0], system.n_inputs, p.shape[1]
    direct = found[:, :outputs, :m]
    if not rank:
        return direct
    inner = xp.eye(rank, dtype=points.dtype) + found[:, outputs:, m:]
    return direct - found[:, :outputs, m:] @ xp.linalg.solve(inner, found[:, outputs:, :m])


def _cauchy_products(left: Array, poles: Array, right: Array, points: Array) -> Array:
    """Return left (z - diag(poles))^-1 right, a Cauchy sum an entry."""
    xp = namespace(points)
    poles = xp.astype(poles, points.dtype)
    entries = [
        [cauchy_sum(_flat(xp, row * column, points), poles, points) for column in right.T]
        for row in left
    ]
    return xp.stack([xp.stack(row, axis=-1) for row in entries], axis=-2)


def _flat(xp: ModuleType, products: Array, points: Array) -> Array:
    return xp.asarray(products, dtype=points.dtype, order="C")


def _of_modes(xp: ModuleType, system: DiagonalSystem, points: Array) -> Array:
    n, m, p = system.n_state, system.n_inputs, system.n_outputs
    # The modes left out contribute conj(F(conj s)), F half the sum over the kept ones.
    c = system.c if system.weights is None else system.weighted_c / 2
    poles = xp.reshape(system.eigenvalues, (-1, n))
    b, c = xp.reshape(system.b, (-1, n, m)), xp.reshape(c, (-1, p, n))
    rows = []
    for row, left, right in zip(poles, c, b, strict=True):
        found = _cauchy_products(left, row, right, points)
        if system.weights is not None:
            mirrored = _cauchy_products(left, row, right, xp.conj(points))
            found = found + xp.conj(mirrored)
        rows.append(found)
    values = xp.reshape(xp.stack(rows), (*system.copies, len(points), p, m))
    return values * points[:, None, None] if system.is_discrete else values


def _of_markov(xp: ModuleType, system: HankelSystem, points: Array) -> Array:
    """Return sum_i h_i r^(i+1) by Horner's rule, r = 1/w."""
    if system.step is None:
        top, bottom = 1 - points, 1 + points
    else:
        top = (points + 1) * system.step - (points - 1)
        bottom = (points + 1) * system.step + (points - 1)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        ratio = (top / bottom)[:, None, None]
        total = xp.zeros((len(points), *system.markov.shape[1:]), dtype=points.dtype)
        for h in system.markov[::-1]:
            total = (total + h) * ratio
    return xp.where((bottom == 0)[:, None, None], xp.inf + 0j, total)


def _of_matrices(system: DenseSystem, points: Array) -> Array:
    t, unitary = (to_host(each) for each in schur(system.a))
    right = unitary.conj().T @ to_host(system.b)
    left = to_host(system.c) @ unitary
    host = to_host(points)
    values = numpy.empty((len(host), system.n_outputs, system.n_inputs), dtype=host.dtype)
    for block in blocks(len(host), 3 * right.size * host.itemsize):
        solved = substituted(t, right, host[block], discrete=system.is_discrete)
        lost = ~numpy.isfinite(solved).all(axis=(0, 2))
        solved[:, lost] = 0
        values[block] = numpy.moveaxis(numpy.tensordot(left, solved, axes=1), 1, 0)
        values[block][lost] = numpy.inf  # a pole, also where inf - inf arose
    (values,) = returned(points, values)
    return values


def substituted(
    t: numpy.ndarray, right: numpy.ndarray, points: numpy.ndarray, *, discrete: bool
) -> numpy.ndarray:
    """Return (z - T)^-1 right, z times that in discrete time, by substitution.

    Parameters
    ----------
    t : complex array, shape (n, n)
        T, upper triangular.
    right : complex array, shape (n, m)
        Right sides.
    points : complex array, shape (k,)
        z; all of them side by side.
    discrete : bool
        Multiply by z.

    Returns
    -------
    x : complex array, shape (n, k, m)
        Not finite where a point is on the diagonal.
    """
    n, m = right.shape
    x = numpy.empty((n, len(points), m), dtype=points.dtype)
    scale = points[:, None] if discrete else 1.0
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for k in reversed(range(n)):
            above = numpy.tensordot(t[k, k + 1 :], x[k + 1 :], axes=1)
            x[k] = (scale * right[k] + above) / (points[:, None] - t[k, k])
    return x
