"""Conjugate modes of a real system: keep one of each pair, or write all of them out.

A real system has eigenvalues in conjugate pairs, and residues c_k b_k to match, so that
half of the modes say everything: y = Re(sum_k w_k c_k x_k), w = 2 for a pair and 1 for a
real eigenvalue.
"""

from typing import TypeVar

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.backend.operands import lapack, returned
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.structured import LowRankSystem
from perturbsci.statespace.systems import DiagonalSystem
from perturbsci.types import Array

__all__ = ["alone", "halve", "unfold"]

Modal = TypeVar("Modal", bound=DiagonalSystem | LowRankSystem)


def halve(system: DiagonalSystem) -> DiagonalSystem:
    """Return a real system with one mode of each conjugate pair.

    Parameters
    ----------
    system : DiagonalSystem
        All modes, without weights; a halved one is returned as it is.

    Returns
    -------
    halved : DiagonalSystem
        Real eigenvalues and those with Im > 0, in the order of ``system``, with weights.

    Raises
    ------
    ParameterError
        If eigenvalues or residues are not closed under conjugation, to half of the digits.
    ShapeError
        If copies differ in their number of real eigenvalues.

    Notes
    -----
    Pairs are matched by the smallest sum of distances, O(n^3) at worst, on the host.

    Examples
    --------
    >>> system = DiagonalSystem([-1 + 2j, -1 - 2j, -3 + 0j], [1.0] * 3, [1j, -1j, 2.0])
    >>> half = halve(system)
    >>> half.eigenvalues.tolist(), half.weights.tolist()
    ([(-1+2j), (-3+0j)], [2.0, 1.0])
    """
    if not isinstance(system, DiagonalSystem):
        raise ParameterError(
            f"system is a {type(system).__name__}, needed a DiagonalSystem; diagonalize it "
            "with diagonal_system(perturb_then_diagonalize(a), b, c)"
        )
    if system.weights is not None:
        return system
    host = to_host(system.eigenvalues).reshape(-1, system.n_state)
    residues = _residues(system).reshape(len(host), system.n_state, -1)
    kept = [_kept(*pair) for pair in zip(host, residues, strict=True)]
    counts = sorted({len(index) for index, _ in kept})
    if len(counts) > 1:
        raise ShapeError(
            f"system has copies with {counts[0]} and with {counts[-1]} modes to keep; "
            "halve copies that have the same number of real eigenvalues"
        )
    index, alone_there = (
        numpy.stack(each).reshape(*system.copies, -1) for each in zip(*kept, strict=True)
    )
    place, real = returned(system.eigenvalues, index, alone_there)
    xp = namespace(system.eigenvalues)
    eigenvalues = xp.take_along_axis(system.eigenvalues, place, axis=-1)
    ones = xp.ones_like(xp.real(eigenvalues))
    exponents = system.exponents
    if exponents is not None:
        exponents = xp.take_along_axis(exponents, place, axis=-1)
    halved = DiagonalSystem(
        xp.where(real, xp.real(eigenvalues), eigenvalues),
        xp.take_along_axis(system.b, place[..., :, None], axis=-2),
        xp.take_along_axis(system.c, place[..., None, :], axis=-1),
        d=None if system.d is None else xp.real(system.d),
        step=_taken_step(system, place),
        weights=xp.where(real, ones, 2 * ones),
        exponents=exponents,
    )
    _check_real_ports(system)
    return halved


def _residues(system: DiagonalSystem) -> numpy.ndarray:
    """Return c_k b_k on the host, shape (..., n, p m)."""
    b, c = to_host(system.b), to_host(system.c)
    products = numpy.swapaxes(c, -1, -2)[..., :, None] * b[..., None, :]
    return products.reshape(*products.shape[:-2], -1)


def _kept(
    values: numpy.ndarray, residues: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return the places of real eigenvalues and of one member of each pair; who is real."""
    rounding = float(numpy.finfo(values.dtype).eps)
    scale = max(float(numpy.abs(values).max()), float(numpy.finfo(values.dtype).tiny))
    weight = max(float(numpy.abs(residues).max()), float(numpy.finfo(values.dtype).tiny))
    near = numpy.abs(values.imag) <= 64 * len(values) * rounding * scale
    half = rounding**0.5
    real = near & (numpy.abs(residues.imag).max(axis=1) <= half * weight)
    real |= (values.imag == 0) & near
    above = numpy.flatnonzero(~real & (values.imag > 0))
    below = numpy.flatnonzero(~real & (values.imag < 0))
    if len(above) != len(below):
        raise ParameterError(
            f"system has {len(above)} eigenvalues above and {len(below)} below the real "
            "axis; it is not real: keep all modes, without halve"
        )
    partner = below[_matching(values[above], values[below].conj())]
    apart = numpy.abs(values[above] - values[partner].conj())
    defect = _largest(apart) / scale
    odd = numpy.abs(residues[above] - residues[partner].conj())
    odd_real = numpy.abs(residues[real].imag)
    unlike = max(_largest(odd), _largest(odd_real)) / weight
    if max(defect, unlike) > half:
        raise ParameterError(
            f"system is not real: eigenvalues differ from conjugate pairs by {defect:.2g} "
            f"and residues by {unlike:.2g}, relative to the largest; keep all modes, "
            "without halve"
        )
    places = numpy.sort(numpy.concatenate([numpy.flatnonzero(real), above]))
    return places, real[places]


def _largest(values: numpy.ndarray) -> float:
    return float(values.max()) if values.size else 0.0


def _matching(first: numpy.ndarray, second: numpy.ndarray) -> numpy.ndarray:
    """Return which entry of ``second`` belongs to each of ``first``."""
    one, two = numpy.argsort(first), numpy.argsort(second)
    if (first[one] == second[two]).all():
        places = numpy.empty_like(two)
        places[one] = two
        return places
    lapack()  # scipy is there
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 (takes a while)

    return linear_sum_assignment(numpy.abs(first[:, None] - second))[1]


def _taken_step(system: DiagonalSystem, place: Array) -> float | Array | None:
    """Return the step, taken along where it is one a state."""
    step = system.step
    if getattr(step, "shape", ()) != system.eigenvalues.shape or step is None:
        return step
    return namespace(place).take_along_axis(step, place, axis=-1)


def _check_real_ports(system: DiagonalSystem) -> None:
    if system.d is not None and system.d.dtype.kind == "c":
        largest = float(scalar(abs(system.d.imag).max()))
        if largest > 0:
            raise ParameterError(
                f"d has imaginary parts up to {largest:.2g}; a halved system is real: "
                "keep all modes, without halve"
            )


def alone(eigenvalues: Array, b: Array, c: Array) -> tuple[Array, Array, numpy.ndarray]:
    """Return real rows of b and columns of c for modes that need no conjugate.

    A mode with a real eigenvalue stands alone where its row of b, or its column of c, is
    real up to one phase: then Re(c x) = c' x' with real c' and x'.

    Parameters
    ----------
    eigenvalues : array, shape (..., n)
        Kept ones.
    b : array, shape (..., n, m)
        Inputs.
    c : array, shape (..., p, n)
        Outputs, weights included.

    Returns
    -------
    b : array, shape (..., n, m)
        Real in modes that stand alone.
    c : array, shape (..., p, n)
        Real in modes that stand alone.
    single : bool array, shape (n,)
        Which do so in every copy; on the host.
    """
    xp = namespace(eigenvalues)
    rows, columns = b, xp.swapaxes(c, -1, -2)
    by_b, turn_b = _phase(xp, rows)
    by_c, turn_c = _phase(xp, columns)
    turn = xp.where(by_b, turn_b, xp.conj(turn_c))[..., None]
    single = (xp.imag(eigenvalues + 0j) == 0) & (by_b | by_c)
    mask = numpy.asarray(to_host(single).reshape(-1, single.shape[-1]).all(axis=0))
    (chosen,) = returned(eigenvalues, mask)
    chosen = chosen[:, None]
    rows = xp.where(chosen, xp.real(rows * xp.conj(turn)), rows)
    columns = xp.where(chosen, xp.real(columns * turn), columns)
    return rows, xp.swapaxes(columns, -1, -2), mask


def _phase(xp: object, vectors: Array) -> tuple[Array, Array]:
    """Return which vectors are real up to a phase, and that phase, e^(i phi)."""
    square = (vectors * vectors).sum(axis=-1) + 0j
    size = abs(square)
    one = xp.ones_like(square)  # type: ignore[attr-defined]
    turn = xp.sqrt(xp.where(size > 0, square / xp.where(size > 0, size, 1), one))  # type: ignore[attr-defined]
    turned = vectors * xp.conj(turn)[..., None]  # type: ignore[attr-defined]
    rounding = 16 * xp.finfo(vectors.dtype).eps  # type: ignore[attr-defined]
    imaginary = abs(xp.imag(turned + 0j)).max(axis=-1)  # type: ignore[attr-defined]
    return imaginary <= rounding * abs(vectors).max(axis=-1), turn


def unfold(system: Modal) -> Modal:
    """Return a halved system with all its modes and without weights.

    Parameters
    ----------
    system : DiagonalSystem or LowRankSystem
        Halved; one without weights is returned as it is.

    Returns
    -------
    unfolded : of the same class
        The kept modes in their order, then the conjugates of those that are not real.

    Raises
    ------
    ParameterError
        If the system has no modes.

    Notes
    -----
    A real eigenvalue whose b and c are both complex, beyond a phase, is written twice.

    Examples
    --------
    >>> half = DiagonalSystem([-1 + 2j, -3 + 0j], [1.0, 1.0], [1j, 2.0], weights=[2.0, 1.0])
    >>> unfold(half).eigenvalues.tolist()
    [(-1+2j), (-3+0j), (-1-2j)]
    """
    if not isinstance(system, (DiagonalSystem, LowRankSystem)):
        raise ParameterError(
            f"system is a {type(system).__name__}, needed a DiagonalSystem or a "
            "LowRankSystem; the others have all their states already"
        )
    if system.weights is None:
        return system
    if isinstance(system, LowRankSystem):
        return _unfolded_low_rank(system)  # type: ignore[return-value]
    xp = namespace(system.eigenvalues)
    b, c, single = alone(system.eigenvalues, system.b, system.weighted_c)
    (pair,) = returned(b, numpy.flatnonzero(~single))
    (scale,) = returned(b, numpy.where(single, 1.0, 0.5))
    c = c * xp.astype(scale, xp.real(c).dtype)
    step, exponents = system.step, system.exponents
    if getattr(step, "shape", ()) == system.eigenvalues.shape and step is not None:
        step = xp.concat([step, xp.take(step, pair, axis=-1)], axis=-1)
    return DiagonalSystem(  # type: ignore[return-value]
        _with_conjugates(xp, system.eigenvalues, pair, -1),
        _with_conjugates(xp, b, pair, -2),
        _with_conjugates(xp, c, pair, -1),
        d=system.d,
        step=step,
        exponents=None if exponents is None else _with_conjugates(xp, exponents, pair, -1),
    )


def _unfolded_low_rank(system: LowRankSystem) -> LowRankSystem:
    """Return all modes of a halved system with feedback; weight 2 is a pair."""
    xp = namespace(system.eigenvalues)
    weights = to_host(system.weights)
    (pair,) = returned(system.eigenvalues, numpy.flatnonzero(weights == 2))
    arrays = (system.eigenvalues, system.p, system.q, system.b)
    eigenvalues, p, q, b = (_with_conjugates(xp, each, pair, 0) for each in arrays)
    c = _with_conjugates(xp, system.c, pair, -1)
    return LowRankSystem(eigenvalues, p, q, b, c, d=system.d, step=system.step)


def _with_conjugates(xp: object, array: Array, pair: Array, axis: int) -> Array:
    return xp.concat([array, xp.conj(xp.take(array, pair, axis=axis))], axis=axis)  # type: ignore[attr-defined]
