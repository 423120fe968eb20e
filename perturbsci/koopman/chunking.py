"""Data in portions that fit into memory, and the panel sqrt(W) [Psi_X Psi_Y] of each.

The boundaries depend only on shapes and on ``chunk``, so that sums come in one order.
Features are made in blocks that stay in the cache and copied once, into a panel that all
chunks share.
"""

from collections.abc import Iterable, Iterator
from types import ModuleType

import numpy

from perturbsci.backend import linalg, namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.agreement import check_agreement
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["chunk_panel", "chunk_rows", "feature_bytes", "pieces", "state_products"]

PANEL_BYTES = 2**25
BLOCK_BYTES = 2**21


def pieces(data: Snapshots | Iterable[Snapshots]) -> Iterator[Snapshots]:
    """Yield the Snapshots of which data consist, each checked against the first.

    Parameters
    ----------
    data : Snapshots or iterable of Snapshots
        A generator is read once.

    Yields
    ------
    piece : Snapshots
        In order.

    Raises
    ------
    ShapeError
        If there is none.
    ParameterError
        If something else is among them, or they differ in width, step or having weights.
    BackendError
        If they live on different devices.
    """
    if isinstance(data, Snapshots):
        yield data
        return
    if isinstance(data, (str, bytes, dict, numpy.ndarray)) or not isinstance(
        data, Iterable
    ):
        raise ParameterError(
            f"data is a {type(data).__name__}; pass Snapshots(x, y), "
            "Snapshots.from_trajectory(states), an iterable of Snapshots or a GramState"
        )
    first = None
    for k, piece in enumerate(data):
        if not isinstance(piece, Snapshots):
            raise ParameterError(
                f"data[{k}] is a {type(piece).__name__}; every item of an iterable is a "
                "Snapshots(x, y)"
            )
        first = piece if first is None else first
        check_agreement(f"data[{k}]", _properties(piece), "data[0]", _properties(first))
        namespace(first.x, piece.x, names=("data[0].x", f"data[{k}].x"))
        yield piece
    if first is None:
        raise ShapeError(
            f"data is a {type(data).__name__} without any Snapshots; pass at least one, "
            "and a generator only once"
        )


def _properties(piece: Snapshots) -> dict[str, object]:
    weighted = piece.weights is not None
    return {"n_state": piece.n_state, "step": piece.step, "weighted": weighted}


def chunk_rows(n_samples: int, row_bytes: int, form: str, chunk: int | None) -> list[slice]:
    """Return the rows of each chunk of one piece.

    Parameters
    ----------
    n_samples : int
        Of the piece.
    row_bytes : int
        As ``feature_bytes`` gives it.
    form : str
        ``"gram"`` or ``"qr"``.
    chunk : int, optional
        Samples of a chunk; default 32 MB of features. LAPACK's QR holds its panel three
        times: form "qr" takes 8 MB, more only where that is below 16 rows a function.

    Returns
    -------
    rows : list of slice
        In order; the last one may be shorter.
    """
    size = chunk or max(1, PANEL_BYTES // row_bytes)
    if form == "qr" and chunk is None:
        size = min(size, max(size // 4, row_bytes))  # 16 bytes a function: both panels
    return [slice(k, min(k + size, n_samples)) for k in range(0, n_samples, size)]


def feature_bytes(piece: Snapshots, dictionary: Dictionary) -> int:
    """Return the bytes of [Psi_X Psi_Y] of one sample.

    Parameters
    ----------
    piece : Snapshots
        The pairs.
    dictionary : Dictionary
        On the same state.

    Returns
    -------
    row_bytes : int
        Of complex functions if the dictionary can have any.
    """
    real = namespace(piece.x).isdtype(piece.x.dtype, "real floating")
    parts = 2 if real and dictionary.dtype_kind == "complex" else 1
    return int(2 * dictionary.n_functions * piece.x.dtype.itemsize * parts)


def chunk_panel(
    piece: Snapshots,
    dictionary: Dictionary,
    rows: slice,
    held: Array | None = None,
    *,
    states: bool = False,
) -> Array:
    """Return sqrt(W) [Psi_X Psi_Y] of some rows, X behind it where that is asked for.

    Parameters
    ----------
    piece : Snapshots
        The pairs; without weights W = 1.
    dictionary : Dictionary
        On the same state.
    rows : slice
        Which pairs.
    held : array, shape (m, width), optional
        A panel of another chunk, which is overwritten where it is large enough.
    states : bool
        Append the columns sqrt(W) X.

    Returns
    -------
    panel : array, shape (n_rows, width)
        In C order; of width 2 n_functions, n_state more with ``states``.
    """
    xp = namespace(piece.x)
    n, count = dictionary.n_functions, rows.stop - rows.start
    width = 2 * n + piece.n_state * states
    panel = held[:count] if held is not None and len(held) >= count else None
    size = max(1, BLOCK_BYTES // (16 * n))
    for start in range(rows.start, rows.stop, size):
        block = slice(start, min(start + size, rows.stop))
        parts = _features(piece, dictionary, block) + [piece.x[block]] * states
        dtype = xp.result_type(*(part.dtype for part in parts))
        root = None if piece.weights is None else _root(xp, piece.weights[block], dtype)
        panel = _panel_of(xp, panel, (count, width), dtype, piece.x)
        begin, to = start - rows.start, block.stop - rows.start
        ends = (0, n, 2 * n, width)
        for part, left, right in zip(parts, ends, ends[1:], strict=False):
            panel[begin:to, left:right] = part if root is None else part * root
    return panel


def _features(piece: Snapshots, dictionary: Dictionary, block: slice) -> list[Array]:
    """Return Psi_X and Psi_Y; of one trajectory each state is evaluated once."""
    x, y = piece.x[block], piece.y[block]
    if not _successive(piece.x, piece.y):
        return [
            _evaluated(dictionary, x, "snapshots.x", block),
            _evaluated(dictionary, y, "snapshots.y", block),
        ]
    both = numpy.concatenate([x, y[-1:]], axis=0)
    psi = _evaluated(dictionary, both, "snapshots.x", block)
    return [psi[:-1], psi[1:]]


def _evaluated(dictionary: Dictionary, x: Array, name: str, block: slice) -> Array:
    """Return Psi at some states; an error says which samples they are."""
    try:
        return dictionary(x)
    except (ParameterError, ShapeError) as error:
        where = f"{name}[{block.start}:{block.stop}], called x in what follows"
        raise type(error)(f"{where}: {error}") from None


def _successive(x: Array, y: Array) -> bool:
    """Return whether row i of y is row i + 1 of x, in one memory."""
    if not isinstance(x, numpy.ndarray):
        return False
    shift = y.__array_interface__["data"][0] - x.__array_interface__["data"][0]
    return bool(shift == x.strides[0] and x.strides == y.strides and x.dtype == y.dtype)


def _panel_of(
    xp: ModuleType, panel: Array | None, shape: tuple[int, int], dtype: object, like: Array
) -> Array:
    """Return a panel that can hold numbers of a type: the given one if it can."""
    if panel is None:
        return xp.empty(shape, dtype=dtype, device=like.device)
    wide = xp.result_type(panel.dtype, dtype)  # a custom function may turn complex
    return panel if wide == panel.dtype else xp.astype(panel, wide)


def _root(xp: ModuleType, weights: Array, dtype: object) -> Array:
    """Return sqrt(w) as a column of the precision of the panel."""
    real = {32: xp.float32, 64: xp.float64}[xp.finfo(dtype).bits]
    return xp.astype(xp.sqrt(weights), real)[:, None]


def state_products(psi: Array, x: Array) -> Array:
    """Return Psi* X by symmetric updates of [Psi X], group by group.

    A general matrix product of a BLAS rounds differently for every number of threads,
    its symmetric update does not (measured with OpenBLAS, 1 to 8 threads).

    Parameters
    ----------
    psi : real or complex array, shape (m, n_functions)
        sqrt(W) Psi.
    x : real or complex array, shape (m, n_state)
        sqrt(W) X.

    Returns
    -------
    products : array, shape (n_functions, n_state)
        Psi* W X.
    """
    xp = namespace(psi, x)
    n = psi.shape[1]
    size = max(1, 2 * BLOCK_BYTES // (16 * n))
    groups = []
    for first in range(0, x.shape[1], n):
        total: Array | float = 0.0
        for start in range(0, psi.shape[0], size):
            rows = slice(start, start + size)
            both = [psi[rows], x[rows, first : first + n]]
            dtype = xp.result_type(*(part.dtype for part in both))
            both = [xp.astype(part, dtype, copy=False) for part in both]
            total = total + linalg.gram(xp.concat(both, axis=1))[:n, n:]
        groups.append(total)
    return xp.concat(groups, axis=1)
