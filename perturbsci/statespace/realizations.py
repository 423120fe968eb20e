"""The same transfer function in full matrices, and the difference of two systems.

Reference: Zhou, Doyle and Glover (1996), section 3.6.
"""

from types import ModuleType

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.linalg import solve
from perturbsci.backend.operands import returned, shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.memory import check_memory
from perturbsci.statespace.modes import alone, unfold
from perturbsci.statespace.requirements import check_single, check_system
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["dense", "difference"]


def dense(system: StateSpace) -> DenseSystem:
    """Return the system with full matrices, real ones if it is real.

    Parameters
    ----------
    system : StateSpace
        One system, without axes of copies.

    Returns
    -------
    dense : DenseSystem
        Of the same transfer function. A kept mode of a halved system becomes its real and
        imaginary part; a HankelSystem n states an input, in discrete time one more.

    Raises
    ------
    ShapeError
        If the system has copies.
    ParameterError
        If it is no system, or the matrices exceed the memory of the backend.

    Notes
    -----
    n^2 numbers.

    Examples
    --------
    >>> pair = DiagonalSystem([-1.0 + 2.0j], [1.0 + 0j], [0.5 + 0j], weights=[2.0])
    >>> dense(pair).a
    array([[-1., -2.],
           [ 2., -1.]])
    """
    check_single(system)
    if isinstance(system, DenseSystem):
        return system
    check_memory(64 * (2 * system.n_state) ** 2, "dense", "take fewer states")
    if isinstance(system, DiagonalSystem):
        return _dense_diagonal(system)
    if isinstance(system, LowRankSystem):
        return _dense_low_rank(system)
    assert isinstance(system, HankelSystem)
    return _dense_hankel(system)


def _dense_diagonal(system: DiagonalSystem) -> DenseSystem:
    xp = namespace(system.eigenvalues)
    step = _one_step(system)
    if system.weights is None:
        a = _diagonal(xp, system.eigenvalues)
        return DenseSystem(a, system.b, system.c, d=system.d, step=step)
    b, c, single = alone(system.eigenvalues, system.b, system.weighted_c)
    (keep,) = returned(b, numpy.flatnonzero(numpy.append(numpy.ones_like(single), ~single)))
    a = _real_form(xp, _diagonal(xp, system.eigenvalues))
    return DenseSystem(
        xp.take(xp.take(a, keep, axis=0), keep, axis=1),
        xp.take(_real_rows(xp, b), keep, axis=0),
        xp.take(_real_columns(xp, c), keep, axis=1),
        d=system.d,
        step=step,
    )


def _one_step(system: DiagonalSystem) -> float | None:
    step = system.step
    if step is None or isinstance(step, float):
        return step
    steps = to_host(step)
    if steps.min() < steps.max():
        raise ParameterError(
            f"system has steps from {steps.min():g} to {steps.max():g}, one a state; full "
            "matrices need one step"
        )
    return float(steps.flat[0])


def _dense_low_rank(system: LowRankSystem) -> DenseSystem:
    xp = namespace(system.eigenvalues)
    a, p, q = _diagonal(xp, system.eigenvalues), system.p, system.q
    if system.weights is None:
        a = a - p @ xp.conj(q).T
        return DenseSystem(a, system.b, system.c, d=system.d, step=system.step)
    w = to_host(system.weights)
    (keep,) = returned(a, numpy.flatnonzero(numpy.append(numpy.ones_like(w), w > 1)))
    # Re(q* x) = Re q . Re x + Im q . Im x
    full = (
        _real_form(xp, a)
        - _real_rows(xp, p) @ _real_rows(xp, q * system.weights[:, None]).T
    )
    return DenseSystem(
        xp.take(xp.take(full, keep, axis=0), keep, axis=1),
        xp.take(_real_rows(xp, system.b), keep, axis=0),
        xp.take(_real_columns(xp, system.c * system.weights), keep, axis=1),
        d=system.d,
        step=system.step,
    )


def _diagonal(xp: ModuleType, values: Array) -> Array:
    return values[:, None] * xp.eye(len(values), dtype=xp.real(values).dtype)


def _real_form(xp: ModuleType, a: Array) -> Array:
    """Return the matrix of x -> A x on (Re x, Im x)."""
    upper = xp.concat([xp.real(a), -xp.imag(a + 0j)], axis=1)
    lower = xp.concat([xp.imag(a + 0j), xp.real(a)], axis=1)
    return xp.concat([upper, lower], axis=0)


def _real_rows(xp: ModuleType, b: Array) -> Array:
    return xp.concat([xp.real(b), xp.imag(b + 0j)], axis=0)


def _real_columns(xp: ModuleType, c: Array) -> Array:
    return xp.concat([xp.real(c), -xp.imag(c + 0j)], axis=1)


def _dense_hankel(system: HankelSystem) -> DenseSystem:
    """Return the shift register of the Markov parameters with all-passes for delays.

    With N the down shift, G = D + C w^-1 (I - N w^-1)^-1 E.
    """
    xp = namespace(system.markov)
    n, outputs, m = system.markov.shape
    dtype = xp.real(system.markov).dtype
    unit, shift = xp.eye(n * m, dtype=dtype), xp.eye(n * m, k=-m, dtype=dtype)
    enter = unit[:, :m]
    c = xp.reshape(xp.moveaxis(system.markov, 0, 1), (outputs, n * m))
    if system.step is None:
        # w^-1 = (1 - s)/(1 + s): G = D + C (1 - s)(s (I + N) + I - N)^-1 E
        a = -solve(unit + shift, unit - shift)
        b = solve(unit + shift, enter)
        return DenseSystem(a, b, c @ (unit - a), d=system.feedthrough() - c @ b)
    # w^-1 = (q - r)/(1 - r q), q = 1/z: G = D + C (q - r)(I - q F)^-1 (I + r N)^-1 E;
    # q (I - q F)^-1 takes the input of the step before, which is a state of its own.
    ratio = (1 - system.step) / (1 + system.step)
    inner = solve(unit + ratio * shift, ratio * unit + shift)
    b = solve(unit + ratio * shift, enter)
    zero = xp.zeros((m, n * m + m), dtype=dtype)
    a = xp.concat([xp.concat([inner, b], axis=1), zero], axis=0)
    entry = xp.concat([xp.zeros_like(b), xp.eye(m, dtype=dtype)], axis=0)
    # x_k = F x_(k-1) + b u_(k-1) is q (I - q F)^-1 b u, and (I - q F)^-1 b u = b u + F x.
    read = xp.concat([c - ratio * (c @ inner), xp.zeros((outputs, m), dtype=dtype)], axis=1)
    d = system.feedthrough() - ratio * (c @ b)
    return DenseSystem(a, entry, read, d=d, step=system.step)


def difference(first: StateSpace, second: StateSpace) -> StateSpace:
    """Return the system whose output is that of the first less that of the second.

    Parameters
    ----------
    first, second : StateSpace
        Of the same step, ports and copies.

    Returns
    -------
    difference : StateSpace
        Diagonal, low rank or Hankel where both allow it, else dense; with the states of
        both.

    Raises
    ------
    ShapeError
        If ports or copies differ.
    ParameterError
        If the steps differ, or precisions do.

    Examples
    --------
    >>> fast = DiagonalSystem([-2.0], [1.0], [1.0])
    >>> slow = DiagonalSystem([-1.0], [1.0], [1.0])
    >>> difference(fast, slow).c
    array([[ 1., -1.]])
    """
    check_system(first, "first")
    check_system(second, "second")
    _check_alike(first, second)
    shared_namespace({"first": first.feedthrough(), "second": second.feedthrough()})
    d = first.feedthrough() - second.feedthrough()
    if isinstance(first, DiagonalSystem) and isinstance(second, DiagonalSystem):
        return _diagonal_difference(first, second, d)
    if isinstance(first, HankelSystem) and isinstance(second, HankelSystem):
        return _hankel_difference(first, second, d)
    modal = (DiagonalSystem, LowRankSystem)
    if isinstance(first, modal) and isinstance(second, modal):
        return _low_rank_difference(first, second, d)
    one, two = dense(first), dense(second)
    xp = namespace(one.a, two.a)
    return DenseSystem(
        _block_diagonal(xp, one.a, two.a),
        xp.concat([one.b, two.b], axis=0),
        xp.concat([one.c, -two.c], axis=1),
        d=one.feedthrough() - two.feedthrough(),
        step=one.step,
    )


def _check_alike(first: StateSpace, second: StateSpace) -> None:
    ports = [(each.n_outputs, each.n_inputs) for each in (first, second)]
    if ports[0] != ports[1] or first.copies != second.copies:
        raise ShapeError(
            f"second has {ports[1][0]} outputs, {ports[1][1]} inputs and copies "
            f"{second.copies}, but first has {ports[0][0]}, {ports[0][1]} and "
            f"{first.copies}; subtract systems with the same ports"
        )
    if not _same_step(first.step, second.step):
        raise ParameterError(
            f"second has step {second.step!r:.60} but first has {first.step!r:.60}; "
            "discretize both with the same step"
        )


def _same_step(first: float | Array | None, second: float | Array | None) -> bool:
    if first is None or second is None:
        return first is second
    one, two = to_host(first), to_host(second)
    shapes = one.shape == two.shape or not (one.ndim and two.ndim)
    return shapes and bool((one == two).all())


def _diagonal_difference(
    first: DiagonalSystem, second: DiagonalSystem, d: Array
) -> DiagonalSystem:
    if (first.weights is None) != (second.weights is None):
        first, second = unfold(first), unfold(second)
    xp = namespace(first.eigenvalues, second.eigenvalues)
    pair = (first, second)
    weights = None
    if first.weights is not None and second.weights is not None:
        weights = xp.concat([_spread(xp, each, each.weights) for each in pair], axis=-1)
    step: float | Array | None = first.step
    if any(_has_step_a_state(each) for each in pair):
        step = xp.concat([_spread(xp, each, each.step) for each in pair], axis=-1)
    both = (first.exponents, second.exponents)
    exponents = None if any(each is None for each in both) else xp.concat(both, axis=-1)
    return DiagonalSystem(
        xp.concat([first.eigenvalues, second.eigenvalues], axis=-1),
        xp.concat([first.b, second.b], axis=-2),
        xp.concat([first.c, -second.c], axis=-1),
        d=d,
        step=step,
        weights=weights,
        exponents=exponents,
    )


def _has_step_a_state(system: DiagonalSystem) -> bool:
    return getattr(system.step, "shape", None) == system.eigenvalues.shape


def _spread(xp: ModuleType, system: DiagonalSystem, values: object) -> Array:
    """Return numbers of the modes with all axes of copies."""
    dtype = xp.real(system.eigenvalues).dtype
    return xp.broadcast_to(xp.asarray(values, dtype=dtype), system.eigenvalues.shape)


def _hankel_difference(first: HankelSystem, second: HankelSystem, d: Array) -> HankelSystem:
    xp = namespace(first.markov, second.markov)
    n = max(len(first.markov), len(second.markov))
    one, two = (
        xp.concat([h, xp.zeros((n - len(h), *h.shape[1:]), dtype=h.dtype)], axis=0)
        for h in (first.markov, second.markov)
    )
    return HankelSystem(one - two, d=d, step=first.step)


def _low_rank_difference(
    first: DiagonalSystem | LowRankSystem, second: DiagonalSystem | LowRankSystem, d: Array
) -> StateSpace:
    """Return diag - P Q* with P and Q of both beside each other."""
    if first.copies:
        raise ShapeError(
            f"first has copies {first.copies}, needed one system beside a LowRankSystem"
        )
    if (first.weights is None) != (second.weights is None):
        first, second = unfold(first), unfold(second)
    xp = namespace(first.eigenvalues, second.eigenvalues)
    p, q = (
        _block_diagonal(xp, _feedback(xp, first, name), _feedback(xp, second, name))
        for name in "pq"
    )
    weights = None
    if first.weights is not None and second.weights is not None:
        weights = xp.concat([first.weights, second.weights], axis=0)
    step = first.step if isinstance(first, LowRankSystem) else second.step
    return LowRankSystem(
        xp.concat([first.eigenvalues, second.eigenvalues], axis=0),
        p,
        q,
        xp.concat([first.b, second.b], axis=0),
        xp.concat([first.c, -second.c], axis=1),
        d=d,
        step=step,
        weights=weights,
    )


def _feedback(xp: ModuleType, system: DiagonalSystem | LowRankSystem, name: str) -> Array:
    if isinstance(system, LowRankSystem):
        return system.p if name == "p" else system.q
    return xp.zeros((system.n_state, 0), dtype=system.b.dtype)


def _block_diagonal(xp: ModuleType, first: Array, second: Array) -> Array:
    one = xp.zeros((first.shape[0], second.shape[1]), dtype=first.dtype)
    two = xp.zeros((second.shape[0], first.shape[1]), dtype=second.dtype)
    upper = xp.concat([first, one], axis=1)
    return xp.concat([upper, xp.concat([two, second], axis=1)], axis=0)
