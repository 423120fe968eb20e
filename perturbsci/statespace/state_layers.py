"""The state-space layer and the block around it, each with its way back.

Copies of a system with diagonal state matrix, lambda = -exp(decay) + i frequency (always
stable), discretized by the bilinear rule with h = exp(log_step), r = 1/(1 - lambda h/2):

    x_k = a x_(k-1) + b' u_k,   y_k = Re(C x_k) + d u_k,   a = 2 r - 1,   b' = h r b.

With gy = dL/dy the adjoint runs from the end,

    g_k = conj(a) g_(k+1) + C^H gy_k,   ga = sum_k g_k conj(x_(k-1)),   gb' = sum_k g_k u_k.

Gradients of complex numbers mean dL = Re sum conj(g) dp, so that w = f(z) has
gz = conj(f'(z)) gw. Many copies of one input and output are the layer of S4D, one copy of
many that of S5.

References: Gu, Gupta, Goel and Ré (2022); Smith, Warrington and Linderman (2023).
"""

from collections.abc import Mapping

from perturbsci.backend import namespace
from perturbsci.backend.scan import linear
from perturbsci.statespace.layers import Back, affine, gelu, normalize
from perturbsci.types import Array

__all__ = ["block", "modes", "named", "part"]


def part(parameters: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """Return the parameters below a prefix, under the rest of their names.

    Parameters
    ----------
    parameters : mapping of str to array, shape (...)
        ``"layer0.modes.b"`` and the like.
    prefix : str
        ``"layer0.modes"``.

    Returns
    -------
    below : dict of array, shape (...)
        ``"b"`` and the like.
    """
    start = prefix + "."
    return {
        name.removeprefix(start): each
        for name, each in parameters.items()
        if name.startswith(start)
    }


def named(prefix: str, gradients: Mapping[str, Array]) -> dict[str, Array]:
    """Return gradients under their full names.

    Parameters
    ----------
    prefix : str
        ``"layer0.modes"``.
    gradients : mapping of str to array, shape (...)
        ``"b"`` and the like.

    Returns
    -------
    full : dict of array, shape (...)
        ``"layer0.modes.b"`` and the like.
    """
    return {f"{prefix}.{name}": each for name, each in gradients.items()}


def modes(
    u: Array,
    decay: Array,
    frequency: Array,
    b: Array,
    c: Array,
    d: Array,
    log_step: Array,
) -> tuple[Array, Back]:
    """Return the outputs of copies of a diagonal system.

    Parameters
    ----------
    u : real array, shape (batch, length, g m)
        Inputs, copy by copy.
    decay, frequency : real array, shape (g, n)
        log(-Re lambda) and Im lambda.
    b : complex array, shape (g, n, m)
        Inputs of the copies.
    c : complex array, shape (g, m, n)
        Outputs of the copies, as many as inputs.
    d : real array, shape (g m,)
        From each input to its output.
    log_step : real array, shape (g, 1) or (g, n)
        log h.

    Returns
    -------
    y : real array, shape (batch, length, g m)
        Outputs.
    back : callable
        Gradients of the six parameters.

    Notes
    -----
    (16 m + 8) g n flops a step, about three times that on the way back; the states of all
    steps are kept.
    """
    xp = namespace(u)
    copies, n, _ = b.shape
    shape = (copies, *u.shape[:2], n)
    h = xp.exp(log_step)
    eigenvalues = -xp.exp(decay) + 1j * frequency
    r = 1 / (1 - eigenvalues * h / 2)
    a, moved = 2 * r - 1, (h * r)[..., None] * b

    def scan(multiplier: Array, source: Array, *, reverse: bool = False) -> Array:
        factor = xp.reshape(multiplier, (copies, 1, 1, n))
        return linear(factor, xp.reshape(source, shape), reverse=reverse)

    inputs = _by_copy(u, copies)
    x = scan(a, inputs @ _transposed(moved))
    y = xp.real(xp.reshape(x, (*inputs.shape[:2], n)) @ _transposed(c))

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        outputs = _by_copy(gy, copies)
        g = scan(xp.conj(a), outputs @ xp.conj(c), reverse=True)
        g_a = xp.sum(g[:, :, 1:] * xp.conj(x[:, :, :-1]), axis=(1, 2))
        g, states = (xp.reshape(each, (*inputs.shape[:2], n)) for each in (g, x))
        g_moved = _transposed(g) @ inputs
        g_factor = xp.sum(xp.conj(b) * g_moved, axis=-1)  # of h r
        g_r = 2 * g_a + h * g_factor
        g_z = xp.conj(r * r / 2) * g_r  # of z = lambda h
        g_log = h * xp.real(xp.conj(r) * g_factor + xp.conj(eigenvalues) * g_z)
        if log_step.shape[1] == 1:
            g_log = xp.sum(g_log, axis=1, keepdims=True)
        found = {
            "decay": -xp.exp(decay) * xp.real(h * g_z),
            "frequency": xp.imag(h * g_z),
            "b": xp.conj(h * r)[..., None] * g_moved,
            "c": xp.conj(_transposed(outputs) @ states),
            "d": xp.sum(gy * u, axis=(0, 1)),
            "log_step": g_log,
        }
        return _in_time(xp.real(g @ xp.conj(moved)), u.shape) + gy * d, found

    return _in_time(y, u.shape) + u * d, back


def _transposed(matrices: Array) -> Array:
    return namespace(matrices).permute_dims(matrices, (0, 2, 1))


def _by_copy(signal: Array, copies: int) -> Array:
    """Return a signal with shape (copies, batch length, ports): one matrix a copy."""
    xp = namespace(signal)
    cut = xp.reshape(signal, (signal.shape[0] * signal.shape[1], copies, -1))
    return xp.asarray(xp.permute_dims(cut, (1, 0, 2)), order="C")


def _in_time(signal: Array, shape: tuple[int, ...]) -> Array:
    """Return a signal with shape (batch, length, copies ports) again."""
    xp = namespace(signal)
    return xp.reshape(xp.permute_dims(signal, (1, 0, 2)), shape)


def block(u: Array, parameters: Mapping[str, Array]) -> tuple[Array, Back]:
    """Return normalize(u + mix(gelu(modes(u)))).

    Parameters
    ----------
    u : real array, shape (batch, length, width)
        Inputs.
    parameters : mapping of str to array, shape (...)
        ``"modes. ..."``, ``"norm. ..."`` and, for copies, ``"mixing. ..."``.

    Returns
    -------
    y : real array, shape (batch, length, width)
        Outputs.
    back : callable
        Gradients under the same names.
    """
    v, back_modes = modes(u, **part(parameters, "modes"))
    v, back_gelu = gelu(v)
    steps: list[tuple[str, Back]] = [("modes", back_modes), ("gelu", back_gelu)]
    if mixing := part(parameters, "mixing"):
        v, back_mixing = affine(v, **mixing)
        steps.append(("mixing", back_mixing))
    y, back_norm = normalize(u + v, **part(parameters, "norm"))

    def back(gy: Array) -> tuple[Array, dict[str, Array]]:
        around, found = back_norm(gy)
        found, through = named("norm", found), around
        for name, step in reversed(steps):
            through, gradients = step(through)
            found |= named(name, gradients)
        return around + through, found

    return y, back
