"""Outputs of a discrete system, for whole sequences or sample by sample.

Three routes to the same numbers: a scan fused with its read-out, the recurrence as it
stands, and the convolution with the impulse response.

References: Blelloch (1990), prefix sums; Gu, Goel and Ré (2022).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import one_of
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.operands import shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.statespace.convolution import convolution_kernel, convolve
from perturbsci.statespace.impulse import modal_sums
from perturbsci.statespace.readout import modal_scan
from perturbsci.statespace.recursion import (
    block_scan,
    dense_states,
    one_step,
    structured_states,
)
from perturbsci.statespace.requirements import check_discrete
from perturbsci.statespace.roundoff import rounding_claim
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DiagonalSystem, StateSpace
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["Simulation", "advance", "bidirectional", "simulate"]

METHODS = ("scan", "recurrence", "convolution")
AXES = {"inputs": ("batch", "length"), "sample": ("batch",)}  # before copies and inputs


@dataclass(frozen=True, slots=True, eq=False)
class Simulation(Result):
    """Outputs of a system, and the state that it ends in.

    Parameters
    ----------
    outputs : array, shape (batch, length, p)
        y; with copies (batch, length, ..., p). Real if system and inputs are.
    final_state : array, shape (batch, n)
        The state after the last step, to go on from; with copies (batch, ..., n).
    status : Status
        NOT_FINITE if an output is infinite or NaN.
    certificates : tuple of Certificate
        How many outputs are not finite; the rounding error of the outputs, relative to
        the largest, where a bound is known: for modes.

    Examples
    --------
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> simulate(system, [[[1.0], [1.0]]]).outputs[0, :, 0].tolist()
    [1.0, 1.5]
    """

    outputs: Array
    final_state: Array
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)


def simulate(
    system: StateSpace,
    inputs: Array,
    *,
    initial: Array | None = None,
    method: str = "scan",
) -> Simulation:
    """Return the outputs of a discrete system.

    Parameters
    ----------
    system : StateSpace
        Discrete.
    inputs : real or complex array, shape (batch, length, m)
        u; with copies (batch, length, ..., m). Real for a halved system.
    initial : array, shape (batch, n) or (n,), optional
        x_(-1), before the first step; default 0. With copies (batch, ..., n). A
        HankelSystem has the states of ``dense(system)``.
    method : str
        ``"scan"``, ``"recurrence"`` or ``"convolution"``.

    Returns
    -------
    simulation : Simulation
        Outputs and the last state.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If the system is continuous, the method unknown, the inputs of a halved system
        complex, an entry not finite, or precisions are mixed.

    Notes
    -----
    The scan of a diagonal system runs at about (10 + 4 m + 4 p) n flops a step, twice
    for few sequences; full matrices go 64 steps at a time. The recurrence takes a step of
    Python each. The convolution takes memory for the padded inputs.

    Examples
    --------
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> found = simulate(system, [[[0.0], [0.0]]], initial=[[4.0]])
    >>> found.outputs[0, :, 0].tolist(), found.final_state.tolist()
    ([2.0, 1.0], [[1.0]])
    """
    check_discrete(system, "a simulation")
    one_of(method, "method", METHODS)
    u = _clean_inputs(system, inputs, "inputs")
    state = _clean_state(system, initial, u)
    xp = namespace(u)
    with numpy.errstate(over="ignore", invalid="ignore"):
        y, final = _ROUTES[method](system, u, state)
        y = y + (system.feedthrough() @ u[..., None])[..., 0] if system.d is not None else y
    lost = int(scalar((~xp.isfinite(y)).sum()))
    return Simulation(
        y,
        final,
        Status.NOT_FINITE if lost else Status.CONVERGED,
        (
            Certificate(
                "outputs that are not finite",
                lost,
                0.0,
                "a-posteriori",
                f"{method}, counted",
            ),
            rounding_claim(system, u, state, y, method),
        ),
    )


def advance(system: StateSpace, state: Array, sample: Array) -> tuple[Array, Array]:
    """Return the state and the output after one step.

    Parameters
    ----------
    system : StateSpace
        Discrete.
    state : array, shape (batch, n)
        x_(k-1); with copies (batch, ..., n). To begin at rest: zeros of that shape, n is
        ``system.n_state``.
    sample : array, shape (batch, m)
        u_k; with copies (batch, ..., m).

    Returns
    -------
    state : array, shape (batch, n)
        x_k.
    output : array, shape (batch, p)
        y_k.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If the system is continuous, or has no states (a HankelSystem: pass
        ``dense(system)``), or an entry is not finite.

    Notes
    -----
    O(n) for diagonal systems, O(n r), O(n^2) for full matrices.

    Examples
    --------
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> advance(system, [[4.0]], [[1.0]])
    (array([[3.]]), array([[3.]]))
    """
    check_discrete(system, "a step")
    if isinstance(system, HankelSystem):
        raise ParameterError(
            f"system is a {type(system).__name__}, which has no states; pass dense(system)"
        )
    u = _clean_inputs(system, sample, "sample")
    x = as_array(state, name="state")
    needed = (u.shape[0], *system.copies, system.n_state)
    if x.shape != needed:
        raise ShapeError(
            f"state has shape {x.shape}, needed {needed}: one row a sequence of sample; to "
            "begin at rest pass zeros of that shape"
        )
    shared_namespace({"state": x, "sample": u})
    x, y = one_step(system, x, u)
    if system.d is not None:
        y = y + (system.d @ u[..., None])[..., 0]
    return x, y


def bidirectional(forward: StateSpace, backward: StateSpace, inputs: Array) -> Array:
    """Return the outputs of one system run forward and of another run from the end.

    Parameters
    ----------
    forward, backward : StateSpace
        Discrete, of the same inputs and copies.
    inputs : real or complex array, shape (batch, length, m)
        u; with copies (batch, length, ..., m).

    Returns
    -------
    outputs : array, shape (batch, length, p + p')
        First those of ``forward``, then those of ``backward``, both in the order of time.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If a system is continuous.

    Notes
    -----
    Two scans.

    Examples
    --------
    >>> system = DiagonalSystem([0.5], [1.0], [1.0], step=1.0)
    >>> bidirectional(system, system, [[[1.0], [0.0]]])[0].tolist()
    [[1.0, 1.0], [0.5, 0.0]]
    """
    check_discrete(forward, "a simulation", "forward")
    check_discrete(backward, "a simulation", "backward")
    u = as_array(inputs, name="inputs")
    ahead = simulate(forward, u).outputs
    xp = namespace(u)
    back = simulate(backward, xp.flip(u, axis=1)).outputs
    return xp.concat([ahead, xp.flip(back, axis=1)], axis=-1)


def _clean_inputs(system: StateSpace, inputs: Array, name: str) -> Array:
    u = as_array(inputs, name=name)
    axes = AXES[name]
    last = (*system.copies, system.n_inputs)
    if u.ndim != len(axes) + len(last) or u.shape[len(axes) :] != last:
        needed = "(" + ", ".join([*axes, *map(str, last)]) + ")"
        advice = f"pass {name}[None], for one input {name}[..., None]"
        if u.ndim == len(axes) - 1 and last == (1,):
            advice = f"and one input pass {name}[None, ..., None]"
        raise ShapeError(
            f"{name} has shape {u.shape}, needed {needed}; for one sequence {advice}"
        )
    shared_namespace({"system": system.feedthrough(), name: u})
    halved = isinstance(system, (DiagonalSystem, LowRankSystem))
    if halved and system.weights is not None and u.dtype.kind == "c":  # type: ignore[attr-defined]
        raise ParameterError(
            f"{name} has dtype {u.dtype}, needed real numbers for a halved system; pass "
            "real and imaginary part one after the other, or unfold(system)"
        )
    return u


def _clean_state(system: StateSpace, initial: Array | None, u: Array) -> Array:
    """Return x_(-1) in the dtype of the states."""
    xp = namespace(u)
    n = system.n_state
    if isinstance(system, HankelSystem):
        n += system.n_inputs
    needed = (u.shape[0], *system.copies, n)
    is_real = system.is_real and getattr(system, "weights", None) is None
    kind = u.dtype if is_real else xp.result_type(u.dtype, xp.complex64)
    if initial is None:
        return xp.zeros(needed, dtype=kind)
    state = as_array(initial, name="initial")
    shared_namespace({"inputs": u, "initial": state})
    if state.shape not in (needed, needed[1:]):
        raise ShapeError(
            f"initial has shape {state.shape}, needed {needed}: one state a sequence; pass "
            "a final_state, or None to begin at rest"
        )
    kind = xp.result_type(kind, state.dtype)
    return xp.asarray(xp.broadcast_to(state, needed), dtype=kind, order="C")


def _scan(system: StateSpace, u: Array, state: Array) -> tuple[Array, Array]:
    if isinstance(system, DiagonalSystem):
        return _modal_scan(system, u, state)
    full, states = dense_states(system, state)
    y, final = block_scan(full, u, states)
    return y + _at_once(system, full, u), structured_states(system, final)


def _at_once(system: StateSpace, full: StateSpace, u: Array) -> Array | float:
    """Return what a HankelSystem passes at once, beyond its D: its realization has more."""
    if not isinstance(system, HankelSystem):
        return 0.0
    return u @ (full.feedthrough() - system.feedthrough()).T


def _modal_scan(system: DiagonalSystem, u: Array, state: Array) -> tuple[Array, Array]:
    """Bring inputs and outputs to real ones, copies to one axis, and run the kernels."""
    xp = namespace(u)
    n, copies = system.n_state, math.prod(system.copies)
    kind = xp.result_type(u.dtype, xp.complex64)
    c = system.weighted_c
    is_complex = not (system.is_real and u.dtype.kind == state.dtype.kind == "f") and (
        system.weights is None
    )
    if is_complex:  # Im(c x) = Re(-i c x)
        c = xp.concat([c + 0j, -1j * c], axis=-2)
    b = system.b
    if u.dtype.kind == "c":
        u, b = (
            xp.concat([xp.real(u), xp.imag(u)], axis=-1),
            xp.concat([b + 0j, 1j * b], axis=-1),
        )
    a, b, c, state = (
        xp.asarray(xp.reshape(each, shape), dtype=kind, order="C")
        for each, shape in (
            (system.eigenvalues, (copies, n)),
            (b, (copies, n, b.shape[-1])),
            (c, (copies, c.shape[-2], n)),
            (state, (u.shape[0], copies, n)),
        )
    )
    y, final = modal_scan(
        a, b, c, xp.reshape(u, (*u.shape[:2], copies, u.shape[-1])), state
    )
    y = xp.reshape(y, (*u.shape[:2], *system.copies, y.shape[-1]))
    final = xp.reshape(final, (u.shape[0], *system.copies, n))
    if is_complex:
        p = system.n_outputs
        return y[..., :p] + 1j * y[..., p:], final
    return y, final if system.weights is not None else xp.real(final)


def _recurrence(system: StateSpace, u: Array, state: Array) -> tuple[Array, Array]:
    xp = namespace(u)
    stepped = dense_states(system, state)[0] if isinstance(system, HankelSystem) else system
    outputs = []
    for k in range(u.shape[1]):
        state, y = one_step(stepped, state, u[:, k])
        outputs.append(y)
    return xp.stack(outputs, axis=1) + _at_once(system, stepped, u), state


def _convolution(system: StateSpace, u: Array, state: Array) -> tuple[Array, Array]:
    """Convolve; what the initial state adds comes from the modes, or from a scan of it."""
    y = convolve(u, convolution_kernel(system, u.shape[1]))
    at_rest = not bool(scalar((state != 0).any()))
    final = _scan(system, u, state)[1]
    if at_rest:
        return y, final
    if isinstance(system, DiagonalSystem):
        return y + _decay(system, u.shape[1], state), final
    return y + _scan(system, namespace(u).zeros_like(u), state)[0], final


def _decay(system: DiagonalSystem, length: int, state: Array) -> Array:
    """Return C a^(k+1) x, k = 0..length-1."""
    xp = namespace(state)
    rows = system.weighted_c * (system.eigenvalues * state)[..., None, :]
    ratio = xp.broadcast_to(system.eigenvalues[..., None, :], rows.shape)
    real = system.weights is not None or rows.dtype.kind == "f"
    return xp.moveaxis(modal_sums(rows, ratio, length, real=real), -1, 1)


_ROUTES = {"scan": _scan, "recurrence": _recurrence, "convolution": _convolution}
