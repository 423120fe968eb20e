"""Coefficients of a forecast: where they begin, how they move, what one step neglects.

c_n = K^n c with all pairs; with some of them c_n = V Lambda^n a. The distance of one true
step from the model's is, with the Gram matrices of the data,

    e_n^2 = c_n* L c_n - 2 Re(c_{n+1}* A c_n) + c_{n+1}* G c_{n+1}.
"""

import math

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.linalg import eig, eigh, lstsq, norm, solve
from perturbsci.errors import ParameterError
from perturbsci.koopman.projection import adjoint
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState
from perturbsci.types import Array

__all__ = [
    "coefficient_path",
    "first_coefficients",
    "is_complete",
    "norm_in_the_span",
    "represented",
    "step_errors",
]

FLOOR = 32 * 2.0**-53  # rounding of a quadratic form, relative to its terms


def is_complete(spectrum: Spectrum) -> bool:
    """Return whether all pairs are there, so that K itself can be used.

    Parameters
    ----------
    spectrum : Spectrum
        Perhaps after ``keep``.

    Returns
    -------
    complete : bool
        As many pairs as the rank.
    """
    return len(spectrum.eigenvalues) >= spectrum.rank


def _whitener(state: GramState) -> Array:
    """Return W with W* G W = 1 on the directions that are more than rounding."""
    xp = namespace(state.blocks)
    g = state.G
    diagonal = xp.real(xp.linalg.diagonal(g))
    scale = xp.where(diagonal > 0, diagonal, 1.0) ** -0.5
    values, vectors = eigh(g * scale[:, None] * scale)
    tolerance = state.n_functions * float(xp.finfo(values.dtype).eps)
    kept = values > tolerance * values[-1]
    return scale[:, None] * vectors[:, kept] / xp.sqrt(values[kept])


def norm_in_the_span(state: GramState) -> float:
    """Return sqrt(lambda_max(L, G)): the norm of the operator, seen within the span.

    Parameters
    ----------
    state : GramState
        Of the dictionary.

    Returns
    -------
    norm : float
        0 if all functions vanish.
    """
    white = _whitener(state)
    if not white.shape[1]:
        return 0.0
    return math.sqrt(max(0.0, float(eigh(adjoint(white) @ state.L @ white)[0][-1])))


def first_coefficients(
    spectrum: Spectrum, coefficients: Array | None
) -> tuple[Array, Array]:
    """Return c of the outputs, and what the used pairs begin with.

    Parameters
    ----------
    spectrum : Spectrum
        Perhaps after ``keep``.
    coefficients : array, shape (n_functions, n_outputs), or None
        Of observables; None for the coordinates of the state.

    Returns
    -------
    wanted : array, shape (n_functions, n_outputs)
        c; of coordinates that the dictionary lacks, the least-squares ones.
    inner : array, shape (n_functions, n_outputs) or (k, n_outputs)
        c itself, or a for the k pairs that are left: their rows of V^{-1} c.
    """
    state = spectrum.gram
    xp = namespace(spectrum.koopman_matrix)
    wanted = coefficients
    if wanted is None:
        columns = _coordinates(spectrum)
        if columns is None:
            white = _whitener(state)
            wanted = white @ (adjoint(white) @ _moments(state))
        else:
            identity = xp.eye(state.n_functions, dtype=spectrum.koopman_matrix.dtype)
            wanted = identity[:, list(columns)]
    if is_complete(spectrum):
        return wanted, wanted
    if coefficients is None:
        return wanted, spectrum.modes
    return wanted, _shares(spectrum, wanted)


def _coordinates(spectrum: Spectrum) -> tuple[int, ...] | None:
    return None if spectrum.dictionary is None else spectrum.dictionary.coordinates


def _moments(state: GramState) -> Array:
    return state.moments / (state.mass if state.uniform else 1.0)


def _shares(spectrum: Spectrum, wanted: Array) -> Array:
    """Return the rows of V^{-1} c that belong to the pairs that are left."""
    xp = namespace(spectrum.eigenvalues)
    values, vectors = eig(spectrum.koopman_matrix)
    chosen: list[int] = []
    for value in spectrum.eigenvalues:
        distance = xp.abs(values - value)
        distance[chosen] = xp.inf
        chosen.append(int(xp.argmin(distance)))
    try:
        all_shares = solve(vectors, xp.astype(wanted, vectors.dtype))
    except ParameterError:
        all_shares = lstsq(vectors, xp.astype(wanted, vectors.dtype))[0]
    part = vectors[:, chosen] @ all_shares[chosen]
    return lstsq(spectrum.vectors, part)[0]


def represented(
    spectrum: Spectrum, coefficients: Array | None, wanted: Array, inner: Array
) -> tuple[Array, Array]:
    """Return the L2 error of what the forecast begins with, and the norm of the outputs.

    Parameters
    ----------
    spectrum : Spectrum
        Perhaps after ``keep``.
    coefficients : array, shape (n_functions, n_outputs), or None
        As the user passed them.
    wanted : array, shape (n_functions, n_outputs)
        Of ``first_coefficients``.
    inner : array, shape (n_functions, n_outputs) or (k, n_outputs)
        Of ``first_coefficients``.

    Returns
    -------
    missing, size : real array, shape (n_outputs,)
        inf where it is not known: coordinates outside the span need ``state.squares``.
    """
    xp = namespace(spectrum.koopman_matrix)
    state = spectrum.gram
    used = inner if is_complete(spectrum) else spectrum.vectors @ inner
    inside = coefficients is not None or _coordinates(spectrum) is not None
    if inside:
        size = _norms(state, wanted)
        missing = 0 * size if is_complete(spectrum) else _norms(state, wanted - used)
        return missing, size
    if state.squares is None:
        unknown = xp.full((wanted.shape[1],), xp.inf)
        return unknown, unknown
    squares = state.squares / (state.mass if state.uniform else 1.0)
    cross = xp.real(xp.sum(xp.conj(used) * _moments(state), axis=0))
    own = xp.real(xp.sum(xp.conj(used) * (state.G @ used), axis=0))
    floor = FLOOR * (squares + 2 * xp.abs(cross) + own)
    return xp.sqrt(xp.maximum(squares - 2 * cross + own, floor)), xp.sqrt(squares)


def _norms(state: GramState, c: Array) -> Array:
    """Return ||Psi c|| of each column."""
    xp = namespace(c)
    form = xp.real(xp.sum(xp.conj(c) * (state.G @ c), axis=0))
    terms = xp.sum(xp.abs(c) * (xp.abs(state.G) @ xp.abs(c)), axis=0)
    return xp.sqrt(xp.maximum(form, FLOOR * terms))


def coefficient_path(spectrum: Spectrum, inner: Array, count: int) -> tuple[Array, Array]:
    """Return c of ``count`` steps, and what the next ones begin with.

    Parameters
    ----------
    spectrum : Spectrum
        Perhaps after ``keep``.
    inner : array, shape (n_functions, n_outputs) or (k, n_outputs)
        Of ``first_coefficients``, or of the call before.
    count : int
        Number of steps.

    Returns
    -------
    path : array, shape (count + 1, n_functions, n_outputs)
        Beginning with the present.
    inner : array, shape (n_functions, n_outputs) or (k, n_outputs)
        At the end of the path.
    """
    xp = namespace(inner)
    if is_complete(spectrum):
        path = [inner]
        for _ in range(count):
            path.append(spectrum.koopman_matrix @ path[-1])
        return xp.stack(path), path[-1]
    powers = spectrum.eigenvalues ** xp.arange(count + 1)[:, None]
    shares = powers[:, :, None] * inner
    return spectrum.vectors @ shares, shares[-1]


def step_errors(state: GramState, path: Array) -> Array:
    """Return e_n, the distance of one true step from the model's.

    Parameters
    ----------
    state : GramState
        Of the data.
    path : array, shape (count + 1, n_functions, n_outputs)
        Finite.

    Returns
    -------
    errors : real array, shape (count, n_outputs)
        Never below the rounding of the quadratic form; inf where they overflow.

    Notes
    -----
    6 to 14 n_functions^2 n_outputs flops a step.
    """
    xp = namespace(path)
    count, n, n_outputs = path.shape[0] - 1, path.shape[1], path.shape[2]
    if not count:
        return xp.zeros((0, n_outputs), dtype=xp.abs(path[:0]).dtype)
    now, after = (
        xp.reshape(xp.moveaxis(part, 1, 0), (n, count * n_outputs))
        for part in (path[:-1], path[1:])
    )
    # Squares of large coefficients would overflow long before the coefficients do.
    size = xp.maximum(xp.max(xp.abs(now), axis=0), xp.max(xp.abs(after), axis=0))
    size = xp.where(size > 0, size, 1.0)
    now, after = now / size, after / size
    if state.form == "qr":
        total = state.mass if state.uniform else 1.0
        miss = state.blocks[:, n:] @ now - state.blocks[:, :n] @ after
        errors = norm(miss, axis=0) / math.sqrt(total)
    else:
        g, a, image = state.G, state.A, state.L
        terms = ((now, image, now, 1), (after, a, now, -2), (after, g, after, 1))
        form = sum(
            f * xp.real(xp.sum(xp.conj(p) * (m @ r), axis=0)) for p, m, r, f in terms
        )
        sizes = sum(
            abs(f) * xp.sum(xp.abs(p) * (xp.abs(m) @ xp.abs(r)), axis=0)
            for p, m, r, f in terms
        )
        errors = xp.sqrt(xp.maximum(form, FLOOR * sizes))
    with numpy.errstate(over="ignore"):
        return xp.reshape(errors * size, (count, n_outputs))
