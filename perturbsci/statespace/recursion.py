"""Step by step, and 64 steps at a time: x_k = A x_(k-1) + B u_k, y_k = C x_k + D u_k.

Over a block of T steps y = O x + T u and x_end = A^T x + R u, with O = (C A^(t+1))_t, T the
lower block Toeplitz matrix of the impulse response, and R = (A^(T-1) B, ..., B).
"""

from types import ModuleType
from typing import TypeAlias

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError
from perturbsci.statespace.impulse import BLOCK, matrix_response
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.structured import LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["block_scan", "dense_states", "one_step", "structured_states"]

System: TypeAlias = DenseSystem | DiagonalSystem | LowRankSystem


def one_step(system: StateSpace, state: Array, sample: Array) -> tuple[Array, Array]:
    """Return the next state and its output; nothing is checked.

    Parameters
    ----------
    system : StateSpace
        Discrete, of a class with states.
    state : array, shape (batch, ..., n)
        x_(k-1).
    sample : array, shape (batch, ..., m)
        u_k.

    Returns
    -------
    state : array, shape (batch, ..., n)
        x_k.
    output : array, shape (batch, ..., p)
        y_k, without D.

    Raises
    ------
    ParameterError
        If the class has no states.
    """
    xp = namespace(state, sample)
    if isinstance(system, DenseSystem):
        state = state @ system.a.T + sample @ system.b.T
        return state, state @ system.c.T
    if isinstance(system, DiagonalSystem):
        moved = (system.b @ sample[..., None])[..., 0]
        state = system.eigenvalues * state + moved
        c = system.c
        if system.weights is None:
            return state, (c @ state[..., None])[..., 0]
        weighted = system.weights * state
        return state, xp.real((c @ weighted[..., None])[..., 0])
    if isinstance(system, LowRankSystem):
        seen = state if system.weights is None else system.weights * state
        back = seen @ xp.conj(system.q)
        back = back if system.weights is None else xp.real(back)
        state = system.eigenvalues * state - back @ system.p.T + sample @ system.b.T
        if system.weights is None:
            return state, state @ system.c.T
        return state, xp.real((system.weights * state) @ system.c.T)
    raise ParameterError(
        f"system is a {type(system).__name__}, which has no states; pass dense(system)"
    )


def block_scan(system: DenseSystem, inputs: Array, initial: Array) -> tuple[Array, Array]:
    """Return outputs without D, and the last state, 64 steps at a time.

    Parameters
    ----------
    system : DenseSystem
        Discrete.
    inputs : array, shape (batch, length, m)
        u.
    initial : array, shape (batch, n)
        x_(-1).

    Returns
    -------
    outputs : array, shape (batch, length, p)
        y.
    final : array, shape (batch, n)
        The last state.

    Notes
    -----
    Per step about 64 p m + 2 n (p + m) + n^2 / 64 products.
    """
    xp = namespace(system.a)
    batch, length = inputs.shape[:2]
    pieces, state = [], initial
    whole = length // BLOCK * BLOCK
    if whole:
        observed, response, reached, jump = _block_matrices(xp, system)
        u = xp.reshape(inputs[:, :whole], (batch, -1, BLOCK * system.n_inputs))
        forced, entered = u @ response.T, u @ reached.T
        for k in range(u.shape[1]):
            pieces.append(forced[:, k] + state @ observed.T)
            state = state @ jump.T + entered[:, k]
        y = xp.stack(pieces, axis=1)
        pieces = [xp.reshape(y, (batch, whole, system.n_outputs))]
    for k in range(whole, length):
        state, output = one_step(system, state, inputs[:, k])
        pieces.append(output[:, None])
    return xp.concat(pieces, axis=1), state


def _block_matrices(
    xp: ModuleType, system: DenseSystem
) -> tuple[Array, Array, Array, Array]:
    """Return O (64 p, n), the Toeplitz matrix (64 p, 64 m), R (n, 64 m) and A^64."""
    p, m = system.n_outputs, system.n_inputs
    rows, columns = [system.c @ system.a], [system.b]
    for _step in range(BLOCK - 1):
        rows.append(rows[-1] @ system.a)
        columns.append(system.a @ columns[-1])
    k = matrix_response(system, BLOCK)
    delay = numpy.arange(BLOCK)[:, None] - numpy.arange(BLOCK)
    place, causal = returned(k, numpy.maximum(delay, 0), delay >= 0)
    later = xp.reshape(xp.take(k, xp.reshape(place, (-1,)), axis=0), (BLOCK, BLOCK, p, m))
    toeplitz = xp.where(causal[..., None, None], later, xp.zeros_like(later))
    response = xp.reshape(xp.permute_dims(toeplitz, (0, 2, 1, 3)), (BLOCK * p, BLOCK * m))
    return (
        xp.concat(rows, axis=0),
        xp.asarray(response, dtype=k.dtype),
        xp.concat(columns[::-1], axis=1),
        xp.linalg.matrix_power(system.a, BLOCK),
    )


def dense_states(system: StateSpace, states: Array) -> tuple[DenseSystem, Array]:
    """Return the system in full matrices, and states of it.

    Parameters
    ----------
    system : StateSpace
        Without copies.
    states : array, shape (batch, n)
        States of ``system``.

    Returns
    -------
    full : DenseSystem
        ``dense(system)``.
    states : array, shape (batch, n')
        The same states in its coordinates.
    """
    full = dense(system)
    pairs = _pairs(system)
    if pairs is None:
        return full, states
    xp = namespace(states)
    imaginary = xp.take(xp.imag(states + 0j), pairs, axis=1)
    return full, xp.concat([xp.real(states), imaginary], axis=1)


def structured_states(system: StateSpace, states: Array) -> Array:
    """Return states of the system from those of ``dense(system)``.

    Parameters
    ----------
    system : StateSpace
        Without copies.
    states : array, shape (batch, n')
        States of ``dense(system)``.

    Returns
    -------
    states : array, shape (batch, n)
        Complex for a halved system.
    """
    pairs = _pairs(system)
    if pairs is None:
        return states
    xp = namespace(states)
    n = system.n_state
    places = numpy.zeros((states.shape[1] - n, n))
    places[numpy.arange(len(places)), to_host(pairs)] = 1
    (spread,) = returned(states, places.astype(to_host(states).dtype))
    return states[:, :n] + 1j * xp.matmul(states[:, n:], spread)


def _pairs(system: StateSpace) -> Array | None:
    """Return the kept modes of a halved system that stand for two."""
    if not isinstance(system, LowRankSystem) or system.weights is None:
        return None
    (pairs,) = returned(system.weights, numpy.flatnonzero(to_host(system.weights) > 1))
    return pairs
