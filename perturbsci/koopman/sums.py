"""The sums behind a Gram state, carried in double precision, and how they join and fade.

Form "gram": S = Z* W Z and sums add. Form "qr": R of sqrt(W) Z, R* R = S, and R of
stacked factors is that of the stacked data.
"""

import contextlib
from dataclasses import dataclass
from types import ModuleType

import numpy

from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import scalar, to_host
from perturbsci.errors import ParameterError
from perturbsci.koopman.chunking import (
    chunk_panel,
    chunk_rows,
    feature_bytes,
    state_products,
)
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.factors import triangle
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["Sums", "added", "double", "faded", "joined", "rounded", "rounded_squares"]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over samples.

    Parameters
    ----------
    blocks : array, shape (2 n_functions, 2 n_functions)
        S or R.
    moments : array, shape (n_functions, n_state)
        Psi_X* W X.
    count : int
        Samples seen.
    mass : float
        Sum of their weights, 1 each where there are none.
    squares : real array, shape (n_state,), or None
        Of w abs(x)^2; None where a part does not know them.
    """

    blocks: Array
    moments: Array
    count: int
    mass: float
    squares: Array | None


def added(
    total: Sums | None,
    piece: Snapshots,
    dictionary: Dictionary,
    *,
    form: str,
    forgetting: float = 1.0,
    chunk: int | None = None,
    held: Array | None = None,
) -> tuple[Sums, Array]:
    """Return the sums so far with those over one piece, chunk by chunk.

    Parameters
    ----------
    total : Sums or None
        The sums so far, if there are any.
    piece : Snapshots
        The pairs.
    dictionary : Dictionary
        On the same state.
    form : str
        ``"gram"`` or ``"qr"``.
    forgetting : float
        What the sums so far are multiplied with: before each chunk of the user's, before
        the piece if the chunks are only those that memory asks for.
    chunk : int, optional
        Samples of a chunk.
    held : array, shape (m, width), optional
        The panel of an earlier chunk, overwritten.

    Returns
    -------
    sums : Sums
        In double precision.
    panel : array, shape (m, width)
        To be passed on as ``held``.

    Raises
    ------
    ParameterError
        If a feature, or a product of two, is not finite.
    """
    row_bytes = feature_bytes(piece, dictionary)
    for rows in chunk_rows(piece.n_samples, row_bytes, form, chunk):
        if total is not None and (chunk is not None or rows.start == 0):
            total = faded(form, total, forgetting)
        part, panel = _chunk_sums(piece, dictionary, rows, form, held)
        total = part if total is None else joined(form, total, part)
        if held is None or held.dtype != panel.dtype or len(held) < len(panel):
            held = panel
    assert total is not None  # a piece has at least one row
    return total, held


def _chunk_sums(
    piece: Snapshots, dictionary: Dictionary, rows: slice, form: str, held: Array | None
) -> tuple[Sums, Array]:
    """Return the sums over some rows of a piece, and the panel."""
    n, xp = dictionary.n_functions, namespace(piece.x)
    columns = dictionary.coordinates
    # Where X is among the functions its products are in S; narrow real states ride along.
    rides = form == "gram" and columns is None and piece.n_state <= n
    rides = rides and not xp.isdtype(piece.x.dtype, "complex floating")
    panel = chunk_panel(piece, dictionary, rows, held, states=rides)
    products = _products(panel, dictionary, rows.start, form)
    if rides:
        moments = products[:n, 2 * n :]
    elif columns is not None and form == "gram":
        moments = xp.take(products[:n], xp.asarray(columns), axis=1)
    else:
        with numpy.errstate(all="ignore"):
            moments = state_products(panel[:, :n], _weighted_states(xp, piece, rows))
        if not bool(scalar(xp.all(xp.isfinite(moments)))):
            raise ParameterError(
                f"dictionary: products of {dictionary.name} with states of size "
                f"{float(scalar(xp.max(xp.abs(piece.x[rows])))):.3g} in rows {rows.start} "
                f"to {rows.stop - 1} of snapshots.x overflow; center and scale the states"
            )
    weights = None if piece.weights is None else piece.weights[rows]
    count = rows.stop - rows.start
    total = count if weights is None else scalar(xp.sum(weights, dtype=xp.float64))
    mass = float(total)
    blocks = products[: 2 * n, : 2 * n]
    with numpy.errstate(over="ignore"):
        squares = double(xp.sum(xp.abs(_weighted_states(xp, piece, rows)) ** 2, axis=0))
    return Sums(double(blocks), double(moments), count, mass, squares), panel


def _products(panel: Array, dictionary: Dictionary, first: int, form: str) -> Array:
    """Return Z* Z or R of a panel; where a square overflows say which feature does it."""
    xp = namespace(panel)
    # The error of gram knows no dictionary; what overflows is named below.
    with contextlib.suppress(ParameterError), numpy.errstate(all="ignore"):
        products = linalg.gram(panel) if form == "gram" else triangle(panel)
        if bool(scalar(xp.all(xp.isfinite(products)))):
            return products
    host = abs(to_host(panel))
    limit = float(xp.finfo(panel.dtype).max) ** (0.5 if form == "gram" else 1)
    limit /= len(host) ** 0.5
    row, column = (int(k[0]) for k in numpy.nonzero(~(host < limit)))
    n = dictionary.n_functions
    name = f"function {column % n} of {dictionary.name}" if column < 2 * n else "the state"
    raise ParameterError(
        f"dictionary: {name} has the value {host[row, column]:.3g} at sample "
        f"{first + row}, needed values whose squares can be summed; center and scale the "
        'states, lower the degree, or use form="qr"'
    )


def _weighted_states(xp: ModuleType, piece: Snapshots, rows: slice) -> Array:
    """Return sqrt(W) X."""
    x = piece.x[rows]
    if piece.weights is None:
        return x
    real = xp.abs(x[:1]).dtype
    return x * xp.astype(xp.sqrt(piece.weights[rows]), real)[:, None]


def double(array: Array) -> Array:
    """Return an array in double precision.

    Parameters
    ----------
    array : real or complex array, shape (m, n)
        Of either precision.

    Returns
    -------
    array : array, shape (m, n)
        Itself if it is.
    """
    xp = namespace(array)
    return xp.astype(array, xp.result_type(array.dtype, xp.float64), copy=False)


def rounded(array: Array, dtype: object) -> Array:
    """Return sums in the precision of the features.

    Parameters
    ----------
    array : real or complex array, shape (m, n)
        In double precision.
    dtype : dtype
        Of the features: single or double, real or complex.

    Returns
    -------
    array : array, shape (m, n)
        In single precision where ``dtype`` is; complex where it was.
    """
    xp = namespace(array)
    if xp.finfo(dtype).bits > 32:
        return array
    is_complex = xp.isdtype(array.dtype, "complex floating")
    return xp.astype(array, xp.complex64 if is_complex else xp.float32)


def rounded_squares(sums: Sums, dtype: object) -> Array | None:
    """Return the sums of squares in the precision of the features.

    Parameters
    ----------
    sums : Sums
        With or without them.
    dtype : dtype
        Of the features.

    Returns
    -------
    squares : real array, shape (n_state,), or None
        None where they are not known or overflow.
    """
    if sums.squares is None:
        return None
    xp = namespace(sums.squares)
    with numpy.errstate(over="ignore"):
        # Rounding of samples that were taken away may leave less than nothing.
        squares = rounded(xp.maximum(sums.squares, 0 * sums.squares), dtype)
    return squares if bool(scalar(xp.all(xp.isfinite(squares)))) else None


def joined(form: str, a: Sums, b: Sums, *, sign: int = 1) -> Sums:
    """Return the sums over two sets of samples.

    Parameters
    ----------
    form : str
        Of both.
    a, b : Sums
        With the same functions.
    sign : int
        -1 takes the samples of b away (form "gram").

    Returns
    -------
    sums : Sums
        Of the first, then the second.
    """
    add = form == "gram"
    blocks = a.blocks + sign * b.blocks if add else triangle(a.blocks, b.blocks)
    moments = a.moments + sign * b.moments
    count, mass = a.count + sign * b.count, a.mass + sign * b.mass
    squares = None
    if a.squares is not None and b.squares is not None:
        squares = a.squares + sign * b.squares
    return Sums(blocks, moments, count, mass, squares)


def faded(form: str, sums: Sums, factor: float) -> Sums:
    """Return sums whose samples weigh less.

    Parameters
    ----------
    form : str
        Of the sums.
    sums : Sums
        So far.
    factor : float
        What every weight is multiplied with.

    Returns
    -------
    sums : Sums
        Of the same count.
    """
    if factor == 1:
        return sums
    root = factor if form == "gram" else factor**0.5
    mass = sums.mass * factor
    squares = None if sums.squares is None else sums.squares * factor
    return Sums(sums.blocks * root, sums.moments * factor, sums.count, mass, squares)
