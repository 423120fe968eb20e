"""Moments c_n = <K^n g, g> of an observable, and the Krylov space that they span.

c_n = int e^{int} dnu(t): the moments are the Fourier coefficients of the spectral measure
of g. Along a trajectory c_n is an average of g_{j+n} conj(g_j). In the functions g, Kg,
..., K^{N-1} g a measure-preserving system has G_jk = c_{k-j}, A_jk = c_{k-j+1} and L = G
(Arbabi and Mezić 2017; Colbrook and Townsend 2024, section 4).
"""

from perturbsci.arguments import whole
from perturbsci.backend import fft, namespace
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.states import GramState, block_matrix
from perturbsci.types import Array

__all__ = ["autocorrelation", "checked_moments", "krylov_gram"]

SLACK = 1e-8  # relative rounding that moments may have and still be those of a measure


def autocorrelation(
    observations: Array, lags: int, *, weights: Array | None = None
) -> Array:
    """Return the moments c_0, ..., c_lags of an observable from its values in time.

    Parameters
    ----------
    observations : real or complex array, shape (n_times,) or (n_trajectories, n_times)
        Values g_j of the observable along trajectories, equidistant in time; subtract the
        mean if the atom at angle 0 is not wanted.
    lags : int
        The largest lag, from 0 to n_times - 1.
    weights : real array, shape (n_trajectories,), optional
        Quadrature weights of the starts, not negative, taken as they are; default: the
        average over all times and trajectories.

    Returns
    -------
    moments : array, shape (lags + 1,)
        c_n = sum_j g_{j+n} conj(g_j)/(n_times - n), averaged over trajectories; with
        weights c_n = sum_b w_b g[b, n] conj(g[b, 0]). Real for real observations.

    Raises
    ------
    ShapeError
        If ``observations`` has more than two axes or ``weights`` does not fit.
    ParameterError
        If ``lags`` is no whole number below n_times, a weight is negative or all are 0.

    Notes
    -----
    O(n_times log n_times) for each trajectory by FFT. The error is about 1/sqrt(n_times)
    for a mixing system, 1/n_times for a quasi-periodic one; lags near n_times average
    over few times and need not be moments of any measure.

    References
    ----------
    Colbrook and Townsend (2024), section 4.

    Examples
    --------
    >>> import numpy as np
    >>> autocorrelation(np.array([1.0, -1.0, 1.0, -1.0]), 2).round(12).tolist()
    [1.0, -1.0, 1.0]
    """
    values = as_array(observations, name="observations")
    if values.ndim not in (1, 2):
        raise ShapeError(
            f"observations has shape {values.shape}, needed (n_times,) or (n_trajectories, "
            "n_times); pass one scalar observable at a time"
        )
    single, xp = values.ndim == 1, namespace(values)
    values = values[None, :] if single else values
    n_times = int(values.shape[1])
    meaning = f"observations hold {values.shape[0]} trajectories of {n_times} times"
    lags = whole(lags, "lags", least=0, most=n_times - 1, meaning=meaning)
    if weights is None:
        available = n_times - xp.arange(lags + 1, dtype=xp.abs(values[:1, :1]).dtype)
        return _lagged_sums(values, lags) / (available * values.shape[0])
    if single:
        raise ShapeError(
            f"observations has shape {values.shape[1:]} but weights came with it, needed "
            "(n_trajectories, n_times); drop weights, or pass observations[None, :]"
        )
    root = _checked_weights(weights, int(values.shape[0]))
    namespace(values, root, names=("observations", "weights"))
    root = xp.astype(root, xp.abs(values[:1, :1]).dtype)
    return (root * xp.conj(values[:, 0])) @ values[:, : lags + 1]


def _lagged_sums(values: Array, lags: int) -> Array:
    """Return sum_j g_{j+n} conj(g_j), n = 0, ..., lags, over all trajectories."""
    xp = namespace(values)
    n_trajectories, n_times = values.shape
    length = fft.next_fast_length(n_times + lags)
    is_complex = xp.isdtype(values.dtype, "complex floating")
    total = xp.zeros(lags + 1, dtype=values.dtype)
    for block in blocks(n_trajectories, 48 * length):
        if is_complex:
            transform = fft.fft(values[block], length)
            power = xp.astype(xp.abs(transform) ** 2, values.dtype)
            sums = fft.ifft(xp.sum(power, axis=0))
        else:
            transform = fft.rfft(values[block], length)
            power = xp.sum(xp.abs(transform) ** 2, axis=0)
            sums = fft.irfft(xp.astype(power, transform.dtype), length)
        total = total + sums[: lags + 1]
    return total


def _checked_weights(weights: Array, n_trajectories: int) -> Array:
    weights = as_array(weights, name="weights", ndim=1, real=True)
    if weights.shape != (n_trajectories,):
        raise ShapeError(
            f"weights has shape {weights.shape}, needed ({n_trajectories},): one weight a "
            "trajectory"
        )
    least, total = float(scalar(weights.min())), float(scalar(weights.sum()))
    if not (least >= 0 and total > 0):
        raise ParameterError(
            f"weights has minimum {least:g} and sum {total:g}; weights are not negative "
            "and not all zero"
        )
    return weights


def krylov_gram(moments: Array, n_functions: int) -> GramState:
    """Return the Gram state of g, Kg, ..., K^{N-1} g for a measure-preserving system.

    Parameters
    ----------
    moments : real or complex array, shape (n,)
        c_0, c_1, ...; at least ``n_functions + 1`` of them.
    n_functions : int
        N.

    Returns
    -------
    state : GramState
        G_jk = c_{k-j}, A_jk = c_{k-j+1}, L = G; without dictionary. ``count`` is the number
        of moments.

    Raises
    ------
    ShapeError
        If there are too few moments.
    ParameterError
        If ``n_functions`` is no positive integer, or they are moments of no measure.

    Notes
    -----
    ``mpedmd`` of it finds the N-point measure with the moments c_0, ..., c_{N-1}. Moments
    that were estimated can make G indefinite; ``mpedmd`` then drops directions.

    References
    ----------
    Arbabi and Mezić (2017); Colbrook and Townsend (2024), section 4.

    Examples
    --------
    >>> import numpy as np
    >>> krylov_gram(np.exp(0.3j * np.arange(3)) + [1, 0, 0], 2).G.round(3)
    array([[2.   +0.j   , 0.955+0.296j],
           [0.955-0.296j, 2.   +0.j   ]])
    """
    c = checked_moments(moments)
    n = whole(n_functions, "n_functions", least=1)
    if len(c) < n + 1:
        raise ShapeError(
            f"moments has shape {c.shape}, needed at least {n + 1} for {n} functions; pass "
            f"more moments or n_functions={len(c) - 1}"
        )
    xp = namespace(c)
    both = xp.concat([xp.flip(xp.conj(c[1:n])), c[: n + 1]])  # c_{1-n}, ..., c_n
    index = xp.arange(n)
    offset = index[None, :] - index[:, None] + n - 1
    flat = xp.reshape(offset, (-1,))
    g = xp.reshape(xp.take(both, flat), (n, n))
    a = xp.reshape(xp.take(both, flat + 1), (n, n))
    return GramState(
        form="gram",
        blocks=block_matrix(g, a, g),
        moments=xp.zeros((n, 0), dtype=c.dtype),
        count=len(c),
        mass=1.0,
        uniform=False,
        step=1.0,
    )


def checked_moments(moments: Array, *, name: str = "moments") -> Array:
    """Return moments that a positive measure can have.

    Parameters
    ----------
    moments : real or complex array, shape (n,)
        c_0, c_1, ..., as the user passed them.
    name : str
        The argument.

    Returns
    -------
    moments : array, shape (n,)
        With a positive c_0.

    Raises
    ------
    ParameterError
        If c_0 is not positive, or abs(c_n) > c_0 (1 + 1e-8) for some n.
    """
    c = as_array(moments, name=name, ndim=1)
    xp = namespace(c)
    mass = complex(scalar(c[0]))
    slack = max(SLACK, 8 * float(xp.finfo(c.dtype).eps))
    if not mass.real > 0 or abs(mass.imag) > slack * mass.real:
        raise ParameterError(
            f"{name} begins with c_0 = {mass:g}; it must be the positive number ||g||^2: "
            "pass c_0, c_1, ..., as autocorrelation gives them"
        )
    size = xp.abs(c)
    largest = float(scalar(size.max()))
    if largest > mass.real * (1 + slack):
        worst = int(scalar(xp.argmax(size)))
        raise ParameterError(
            f"{name} has |c_{worst}| = {largest:.8g} above c_0 = "
            f"{mass.real:.8g}, so that no positive measure has them; pass fewer lags, at "
            "most a tenth of the number of times, or more data"
        )
    return c
