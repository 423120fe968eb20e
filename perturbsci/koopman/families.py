"""Values and bounds of the families of functions of one coordinate, and of monomials.

Row j of ``indices`` says which function: its degree (Fourier: its frequency k; of the real
form, k > 0 is the cosine and k < 0 the sine). Each family comes from one table of all
degrees up to the largest, of which the columns in question are taken.

References: Olver, Lozier, Boisvert and Clark (2010), table 18.9.1; Indritz (1961) for
abs(h_k) <= pi^(-1/4), the bound of the Hermite functions.
"""

import functools
import math

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.kernels import tables
from perturbsci.koopman.products import tensor_values
from perturbsci.types import Array

__all__ = [
    "chebyshev_values",
    "component_bounds",
    "fourier_values",
    "hermite_function_values",
    "hermite_values",
    "legendre_values",
    "monomial_values",
    "real_fourier_values",
]

ROOT2 = math.sqrt(2.0)


def monomial_values(x: Array, indices: Array) -> Array:
    """Return prod_k x_k^indices[j, k].

    Parameters
    ----------
    x : real or complex array, shape (n_samples, n_state)
        States.
    indices : integer array, shape (n_functions, n_state)
        Powers.

    Returns
    -------
    psi : array, shape (n_samples, n_functions)
        The product runs over the coordinates that occur, from the first on.
    """
    xp = namespace(x)
    slots = max(int((indices > 0).sum(axis=1).max()), 1)
    if x.shape[1] <= slots and not xp.isdtype(x.dtype, "complex floating"):
        if slots == 1:
            return _polynomials(x[:, 0], indices, "monomials")
        every = numpy.arange(int(indices.max()) + 1)[:, None]
        panels = [_polynomials(x[:, k], every, "monomials") for k in range(x.shape[1])]
        return tensor_values(panels, indices)
    if slots == 1 and indices.max() <= 1:
        columns = xp.concat([x, xp.ones_like(x[:, :1])], axis=1)
        lead = numpy.where(indices.any(axis=1), indices.argmax(axis=1), x.shape[1])
        return xp.take(columns, xp.asarray(lead), axis=1)
    powers = [xp.ones_like(x[:, :1]), x]
    for _ in range(1, int(indices.max())):
        powers.append(powers[-1] * x)
    table = xp.concat(powers, axis=1)
    # Column 0 of the table is 1: it fills the slots of functions of fewer coordinates.
    columns = numpy.where(
        indices > 0, 1 + (indices - 1) * x.shape[1] + numpy.arange(x.shape[1]), 0
    )
    order = numpy.argsort(indices == 0, axis=1, kind="stable")[:, :slots]
    return tensor_values([table] * slots, numpy.take_along_axis(columns, order, axis=1))


def fourier_values(x: Array, indices: Array, period: float) -> Array:
    """Return exp(2 pi i k x / period).

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k.
    period : float
        Positive.

    Returns
    -------
    psi : complex array, shape (n_samples, n_functions)
        Of the precision of ``x``.
    """
    return tensor_values([_waves(x, indices, period)], indices)


def real_fourier_values(x: Array, indices: Array, period: float) -> Array:
    """Return 1, sqrt2 cos(2 pi k x / period), sqrt2 sin(2 pi abs(k) x / period).

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k: 0 the constant, > 0 a cosine, < 0 a sine.
    period : float
        Positive.

    Returns
    -------
    psi : real array, shape (n_samples, n_functions)
        Like ``x``.
    """
    xp = namespace(x)
    waves = _waves(x, indices, period)
    # Real and imaginary parts lie side by side in memory: columns 2k and 2k + 1.
    table = xp.reshape(xp.stack([xp.real(waves), xp.imag(waves)], axis=2), (len(x), -1))
    k = indices[:, 0]
    psi = tensor_values([table], (2 * abs(k) + (k < 0))[:, None], scale=ROOT2)
    for j in numpy.flatnonzero(k == 0).tolist():
        psi[:, j] = 1.0
    return psi


def _waves(x: Array, indices: Array, period: float) -> Array:
    """Return exp(2 pi i k x / period) for k = 0, ..., max abs(indices)."""
    angle = _coordinate(x) * (2 * math.pi / period)
    return tables.trigonometric_table(angle, int(abs(indices).max()) + 1)


def chebyshev_values(x: Array, indices: Array, left: float, right: float) -> Array:
    """Return 1, sqrt2 T_k of the interval mapped to [-1, 1].

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k.
    left, right : float
        The interval.

    Returns
    -------
    psi : real array, shape (n_samples, n_functions)
        Like ``x``.
    """
    return _polynomials(_reduced(x, left, right), indices, "chebyshev")


def legendre_values(x: Array, indices: Array, left: float, right: float) -> Array:
    """Return sqrt(2k+1) P_k of the interval mapped to [-1, 1].

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k.
    left, right : float
        The interval.

    Returns
    -------
    psi : real array, shape (n_samples, n_functions)
        Like ``x``.
    """
    return _polynomials(_reduced(x, left, right), indices, "legendre")


def hermite_values(x: Array, indices: Array, scale: float) -> Array:
    """Return He_k(x/scale)/sqrt(k!).

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k.
    scale : float
        Standard deviation of the normal distribution for which they are orthonormal.

    Returns
    -------
    psi : real array, shape (n_samples, n_functions)
        Like ``x``.
    """
    return _polynomials(_coordinate(x) / scale, indices, "hermite")


def hermite_function_values(x: Array, indices: Array, scale: float) -> Array:
    """Return h_k(x/scale)/sqrt(scale), h_k the normalized Hermite functions.

    h_{k+1} = sqrt(2/(k+1)) x h_k - sqrt(k/(k+1)) h_{k-1}, h_0 = pi^(-1/4) exp(-x^2/2).

    Parameters
    ----------
    x : real array, shape (n_samples, 1)
        States.
    indices : integer array, shape (n_functions, 1)
        k.
    scale : float
        Positive.

    Returns
    -------
    psi : real array, shape (n_samples, n_functions)
        Like ``x``.
    """
    xp = namespace(x)
    # All h_k of degree 20000 and less are 0 in floating point beyond abs(t) = 1000.
    t = xp.clip(_coordinate(x) / scale, -1000.0, 1000.0)
    # As abs(h_k) < 1, what multiplies exp(-t^2/2) stays below exp(t^2/2): no overflow here.
    near = xp.abs(t) < (24.0 if t.dtype == xp.float64 else 12.0)
    psi = _polynomials(xp.where(near, t, 0.0), indices, "hermite_function")
    psi *= (xp.exp(-t * t / 2) * (math.pi**-0.25 / math.sqrt(scale)))[:, None]
    if not bool(scalar(near.all())):
        far = xp.nonzero(~near)[0]
        psi[far] = _far_functions(t[far], indices) / math.sqrt(scale)
    return psi


def _far_functions(t: Array, indices: Array) -> Array:
    """Return h_k(t) where exp(-t^2/2) alone may underflow.

    The recurrence runs without that factor, and counts in ``shift`` the powers of two by
    which its numbers were divided to stay finite.
    """
    xp = namespace(t)
    bits = 256 if t.dtype == xp.float64 else 32
    value = xp.full_like(t, math.pi**-0.25)
    before, shift = xp.zeros_like(t), xp.zeros_like(t)
    weight = xp.exp(-t * t / 2)
    table = xp.empty((int(indices.max()) + 1, t.shape[0]), dtype=t.dtype)
    for k in range(len(table)):
        table[k] = value * weight
        after = math.sqrt(2 / (k + 1)) * t * value - math.sqrt(k / (k + 1)) * before
        before, value = value, after
        large = xp.abs(value) > 2.0**bits
        if bool(scalar(large.any())):
            shrink = xp.where(large, 2.0**-bits, 1.0)
            before, value = before * shrink, value * shrink
            shift = shift + xp.where(large, 1.0, 0.0)
            weight = xp.exp(shift * (bits * math.log(2.0)) - t * t / 2)
    return xp.take(table, xp.asarray(indices[:, 0]), axis=0).T


def _coordinate(x: Array) -> Array:
    """Return the one column of a clean array of states, which must be real."""
    if namespace(x).isdtype(x.dtype, "complex floating"):
        as_array(x, name="x", real=True)
    return x[:, 0]


def _reduced(x: Array, left: float, right: float) -> Array:
    x = _coordinate(x)
    return ((x - left) - (right - x)) / (right - left)


@functools.lru_cache(maxsize=64)
def _recurrence(family: str, q: int) -> numpy.ndarray:
    """Return the rows (a_k, b_k, c_k) of polynomials that begin with 1."""
    if family == "chebyshev":
        rows, _ = tables.chebyshev(q, backend="numpy")
        rows[:1, 0] *= ROOT2
        rows[1:2, 2] *= ROOT2
    elif family == "legendre":
        rows, _ = tables.orthonormal_legendre(q, backend="numpy")
    elif family == "monomials":
        rows, _ = tables.monomials(q, backend="numpy")
    elif family == "hermite":
        rows, _ = tables.orthonormal_hermite(q, backend="numpy")
    else:  # h_{k+1} = sqrt(2/(k+1)) x h_k - sqrt(k/(k+1)) h_{k-1}
        k = numpy.arange(q)
        rows = numpy.stack(
            [numpy.sqrt(2 / (k + 1)), 0.0 * k, numpy.sqrt(k / (k + 1))], axis=1
        )
    rows.flags.writeable = False
    return rows


def _polynomials(t: Array, indices: Array, family: str) -> Array:
    xp = namespace(t)
    k = indices[:, 0]
    rows = _recurrence(family, int(k.max()) + 1)
    table = tables.polynomial_table(t, xp.asarray(rows, dtype=t.dtype), 1.0, 1)[:, 0]
    if numpy.array_equal(k, numpy.arange(table.shape[1])):
        return table
    return xp.take(table, xp.asarray(k), axis=1)


def component_bounds(
    family: str, indices: Array, parameters: tuple[float, ...]
) -> tuple[numpy.ndarray, numpy.ndarray] | None:
    """Return bounds b_j of abs(psi_j) and s_j of abs(psi_j'), whose norms bound Psi.

    Parameters
    ----------
    family : str
        Of one coordinate.
    indices : integer array, shape (n_functions, 1)
        Degrees.
    parameters : tuple of float
        Of the family.

    Returns
    -------
    sup, slope : array, shape (n_functions,), or None
        None where no bound exists on the line. For the real Fourier form, those of the
        cosine and the sine of one frequency hold together: cos^2 + sin^2 = 1.
    """
    k = abs(indices[:, 0]).astype(float)
    if family in ("fourier", "real_fourier"):
        return numpy.ones_like(k), k * (2 * math.pi / parameters[0])
    if family == "chebyshev":
        sup = numpy.where(k == 0, 1.0, ROOT2)
        return sup, sup * k**2 * (2 / (parameters[1] - parameters[0]))
    if family == "legendre":
        sup = numpy.sqrt(2 * k + 1)
        return sup, sup * k * (k + 1) / (parameters[1] - parameters[0])
    if family == "hermite_function":
        sup = numpy.full_like(k, math.pi**-0.25 / math.sqrt(parameters[0]))
        return sup, sup * (numpy.sqrt(k / 2) + numpy.sqrt((k + 1) / 2)) / parameters[0]
    return None
