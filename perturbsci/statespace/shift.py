"""The shift E = P K P^H: a perturbation whose effect on the transfer function is proven.

For A + P P^H = N = -cI + S and a contraction Gamma, ||Gamma||_2 = rho < 1,

    K = 2 Gamma (I + Gamma)^{-1},   A + E = N - P M P^H,   M = (I - Gamma)(I + Gamma)^{-1}.

The Hermitian part of M is not negative, so that A + E is no less stable than the numerical
range of A. Gamma = rho U with a unitary U, rho = theta/(2 - theta): U = 1 for one column
of P (then E = theta P P^H), else the candidate with the best conditioned eigenvectors. With
z_i = -(lambda_i + c) and H = M^{-1} + M^{-H} the unit eigenvectors have the Gram matrix

    G_ij = (y_i^H H y_j) / (conj z_i + z_j), scaled to ones on the diagonal,

a Cauchy matrix for one column. Derivations: docs/theory/statespace.md, section 3.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy

from perturbsci.statespace.basis import (
    Basis,
    dense_basis,
    reconstructed,
    unfolded_basis,
)
from perturbsci.statespace.defect import MOST_COLUMNS, Defect
from perturbsci.statespace.secular import SecularRoots, critical_share, secular_roots
from perturbsci.statespace.skew_modes import SkewModes, skew_modes

__all__ = ["Shift", "normal_part", "share_of_size", "shift_by_share", "shift_by_size"]

UNIT_ROUNDOFF = 2.0**-53
WELL_CONDITIONED = 50.0  # below it the Gram matrix and the left vectors lose no digits
FEW = 32  # modes, up to which an inverse costs nothing and is more accurate
LARGEST = 1.5  # ||K||_2; U = 1 has at most 1, and no E shall exceed the defect by far
N_BISECTIONS = 60
N_PAIRS = 8  # of close eigenvalues, between which an exceptional theta is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """A shifted matrix in diagonal form.

    Parameters
    ----------
    basis : Basis
        Of A + E.
    perturbation : array, shape (n, n)
        E.
    core : array, shape (r, r)
        K.
    rho : float
        ||Gamma||_2.
    exceptional : float
        The nearest exceptional theta that was found, where the eigenvectors are worse than
        1.2/rho for one column of P; else NaN.
    """

    basis: Basis
    perturbation: numpy.ndarray
    core: numpy.ndarray
    rho: float
    exceptional: float


def shift_by_share(a: numpy.ndarray, defect: Defect, theta: float) -> Shift:
    """Return the best shift of a given theta.

    Parameters
    ----------
    a : array, shape (n, n)
        A, of norm about 1.
    defect : Defect
        Of A; P has a column.
    theta : float
        In (0, 1].

    Returns
    -------
    shift : Shift
        For theta = 1 that of the normal part.

    Notes
    -----
    O(n^2) a candidate for up to 4 columns of P beside two products of n x n matrices; with
    more columns, or where the secular equation is not safe, about 35 n^3 flops.
    """
    rho = theta / (2 - theta)
    turns = _turns(defect.factor.shape[1]) if theta < 1 else [numpy.ones((1, 1))]
    return _best(a, defect, [(turn, rho) for turn in turns])


def shift_by_size(a: numpy.ndarray, defect: Defect, size: float) -> Shift:
    """Return the best shift with ||E||_F equal to a size, or to what the whole shift has.

    Parameters
    ----------
    a : array, shape (n, n)
        A, of norm about 1.
    defect : Defect
        Of A; P has a column.
    size : float
        Wanted ||E||_F, above 0.

    Returns
    -------
    shift : Shift
        The normal part where ``size`` is at least ||P P^H||_F.
    """
    whole = float(numpy.linalg.norm(defect.factor.conj().T @ defect.factor))
    if size >= whole:
        return shift_by_share(a, defect, 1.0)
    turns = _turns(defect.factor.shape[1])
    return _best(
        a, defect, [(turn, share_of_size(defect.factor, turn, size)) for turn in turns]
    )


def normal_part(defect: Defect) -> Basis:
    """Return the orthonormal basis of N = -cI + S, which is theta = 1.

    Parameters
    ----------
    defect : Defect
        With S and c.

    Returns
    -------
    basis : Basis
        Of condition 1.
    """
    modes = defect.modes or skew_modes(defect.skew, defect.factor[:, :0])
    values = 1j * modes.frequencies[: modes.n_kept] - defect.shift
    return unfolded_basis(
        values, modes.vectors(), modes.n_pairs, real=modes.is_real, condition=1.0
    )


def share_of_size(factor: numpy.ndarray, turn: numpy.ndarray, size: float) -> float:
    """Return rho with ||P K P^H||_F = size for Gamma = rho U, by bisection.

    Parameters
    ----------
    factor : array, shape (n, r)
        P.
    turn : array, shape (r, r) or (1, 1)
        U; a number stands for its multiple of the identity.
    size : float
        Below ||P P^H||_F.

    Returns
    -------
    rho : float
        In [0, 1).
    """
    gram = factor.conj().T @ factor
    if turn.shape == (1, 1) and turn[0, 0] == 1:
        theta = size / float(numpy.linalg.norm(gram))
        return theta / (2 - theta)
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(N_BISECTIONS):
        middle = (low + high) / 2
        core, _ = _cores(turn, middle, len(gram))
        square = numpy.trace(core @ gram @ core.conj().T @ gram).real
        low, high = (middle, high) if square < size**2 else (low, middle)
    return low


def _turns(r: int) -> list[numpy.ndarray]:
    """Return the candidates for U; (1, 1) stands for a multiple of the identity.

    Two columns: in the basis (1, +-1)/sqrt(2) the inner function of a window is nearly
    antidiagonal, and a reflection or a quarter turn makes U Theta diagonal there.
    """
    one = numpy.ones((1, 1))
    if r == 1 or r > MOST_COLUMNS:
        return [one]
    signs = [numpy.diag(row) for row in itertools.product((1.0, -1.0), repeat=r)]
    if r > 2:
        return signs
    quarter = numpy.array([[0.0, -1.0], [1.0, 0.0]])
    return [one, signs[1], signs[2], quarter, quarter.T]


def _cores(turn: numpy.ndarray, rho: float, r: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return K and M."""
    one = numpy.eye(r)
    gamma = rho * (turn[0, 0] * one if turn.shape == (1, 1) else turn)
    inverse = numpy.linalg.inv(one + gamma)
    return 2 * gamma @ inverse, (one - gamma) @ inverse


def _best(
    a: numpy.ndarray,
    defect: Defect,
    candidates: list[tuple[numpy.ndarray, float]],
) -> Shift:
    """Return the candidate with the smallest condition; E is made for that one alone."""
    r = defect.factor.shape[1]
    if len(candidates) == 1:
        turn, rho = candidates[0]
        core, m = _cores(turn, rho, r)
        return _solved(a, defect, core, m, rho)
    found = []
    for turn, rho in candidates:
        core, m = _cores(turn, rho, r)
        if numpy.linalg.norm(core, 2) > LARGEST:
            continue
        roots, real = _roots(a, defect, m), _is_real(defect)
        condition = math.inf if roots is None else _gram_condition(m, roots, real=real)
        found.append((condition, core, m, rho))
    if all(math.isinf(each[0]) for each in found):
        shifts = [_solved(a, defect, core, m, rho) for _, core, m, rho in found]
        return min(shifts, key=lambda shift: shift.basis.condition)
    _, core, m, rho = min(found, key=lambda each: each[0])
    return _solved(a, defect, core, m, rho)


def _is_real(defect: Defect) -> bool:
    return defect.modes is not None and defect.modes.is_real


def _roots(a: numpy.ndarray, defect: Defect, m: numpy.ndarray) -> SecularRoots | None:
    """Return the roots; couplings below the rounding of A count as none."""
    if defect.modes is None or not m.any():
        return None
    size = float(numpy.linalg.norm(defect.factor))
    least = UNIT_ROUNDOFF * float(numpy.linalg.norm(a)) / size
    return secular_roots(defect.modes, m, least)


def _solved(
    a: numpy.ndarray,
    defect: Defect,
    core: numpy.ndarray,
    m: numpy.ndarray,
    rho: float,
) -> Shift:
    """Return the shift by its secular equation, by QR where that is not safe."""
    p = defect.factor
    perturbation = p @ core @ p.conj().T
    total = a + perturbation
    basis, modes = None, defect.modes
    if not m.any():
        basis = normal_part(defect)
    elif modes is not None and (roots := _roots(a, defect, m)) is not None:
        basis = _accurate(total, _basis(modes, defect.shift, m, roots))
    if basis is None:
        basis = dense_basis(total)
        # the exact ones lie left of -c: moving there what rounding moved out is no error
        values = numpy.minimum(basis.values.real, -defect.shift) + 1j * basis.values.imag
        basis = replace(basis, values=values)
    exceptional = math.nan
    if p.shape[1] == 1 and rho < 1 and basis.condition > 1.2 / rho:
        exceptional = _exceptional(defect, basis, 2 * rho / (1 + rho))
    return Shift(basis, perturbation, core, rho, exceptional)


def _accurate(total: numpy.ndarray, basis: Basis) -> Basis | None:
    """Return the basis with its residual if that is as small as QR would leave it."""
    if not math.isfinite(basis.condition):
        return None
    real = total.dtype.kind == "f"
    parts = (basis.values, basis.right, basis.inverse)
    residual = float(numpy.linalg.norm(total - reconstructed(*parts, real=real)))
    allowed = 10 * len(total) * UNIT_ROUNDOFF * basis.condition
    if not residual <= allowed * float(numpy.linalg.norm(total)):
        return None
    return replace(basis, residual=residual)


def _basis(modes: SkewModes, shift: float, m: numpy.ndarray, roots: SecularRoots) -> Basis:
    """Return the basis that the roots give, with the modes that P does not reach."""
    rows = (roots.vectors @ modes.couplings[roots.modes].T) * roots.inverse_distances
    rows /= numpy.linalg.norm(rows, axis=1)[:, None]
    alone = numpy.setdiff1d(numpy.arange(modes.n_kept), roots.modes)
    kept = len(roots.roots)
    columns = numpy.zeros((len(modes.frequencies), kept + len(alone)), complex)
    columns[roots.modes, :kept] = rows.T
    columns[alone, kept + numpy.arange(len(alone))] = 1.0
    values = numpy.concatenate([roots.roots, 1j * modes.frequencies[alone]])
    paired = numpy.arange(kept) < roots.n_pairs
    paired = numpy.concatenate([paired, alone < modes.n_pairs])
    order = numpy.argsort(~paired, kind="stable")
    condition, left = _gram_condition(m, roots, real=modes.is_real), None
    well = condition <= WELL_CONDITIONED
    if len(m) == 1 and well and len(columns) > FEW:
        # N - P M P^H is a symmetric matrix in modes whose couplings are real
        right, mirrored = modes.with_mirror(columns[:, order])
        left = mirrored.T
    else:
        right = modes.combined(columns[:, order])
    return unfolded_basis(
        values[order] - shift,
        right,
        int(paired.sum()) if modes.is_real else 0,
        real=modes.is_real,
        condition=condition if well else math.nan,
        left=left,
    )


def _gram_condition(m: numpy.ndarray, roots: SecularRoots, *, real: bool) -> float:
    """Return cond_2(V) from the Gram matrix, that of a real matrix made real."""
    inverse = numpy.linalg.inv(m)
    weight = numpy.linalg.cholesky(inverse + inverse.conj().T)
    u = roots.vectors @ weight.conj()
    u /= numpy.linalg.norm(u, axis=1)[:, None]
    u *= numpy.sqrt(2 * roots.damping)[:, None]
    z, pairs = -roots.roots, roots.n_pairs
    gram = (u.conj() @ u.T) / (z.conj()[:, None] + z)
    if real:
        partner = (u @ u.T) / (z[:, None] + z)
        total, rest = gram + partner, gram - partner
        total[pairs:] *= math.sqrt(0.5)
        total[:, pairs:] *= math.sqrt(0.5)
        mixed = total.imag[:, :pairs]
        gram = numpy.block([[total.real, mixed], [mixed.T, rest.real[:pairs, :pairs]]])
    values = numpy.linalg.eigvalsh(gram)
    return math.sqrt(values[-1] / values[0]) if values[0] > 0 else math.inf


def _exceptional(defect: Defect, basis: Basis, theta: float) -> float:
    """Return the exceptional theta nearest to a theta, of those near close eigenvalues."""
    if defect.modes is None:
        return math.nan
    s = basis.values + defect.shift
    gaps = numpy.abs(s[:, None] - s) / numpy.abs(s)
    gaps[numpy.tri(len(s), dtype=bool)] = numpy.inf
    closest = numpy.argsort(gaps, axis=None)[:N_PAIRS]
    centers = [(s[k // len(s)] + s[k % len(s)]) / 2 for k in closest]
    shares = [critical_share(defect.modes, center) for center in centers]
    inside = [share for share in shares if 0 < share < 1]
    return min(inside, key=lambda share: abs(share - theta), default=math.nan)
