"""The features of all pairs, as often as they are needed: kept, or evaluated in chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from perturbsci.backend import namespace
from perturbsci.koopman.chunking import chunk_panel, chunk_rows, pieces
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.joining import summed
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState
from perturbsci.koopman.sums import added
from perturbsci.types import Array

__all__ = ["Panel", "Panels", "keep_panels"]

KEPT_BYTES = 256 * 2**20


class Panel(NamedTuple):
    """sqrt(W) Psi_X and sqrt(W) Psi_Y of some pairs, W = 1 without weights."""

    psi_x: Array
    psi_y: Array
    weights: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """An iterable of panels that can be walked again.

    Parameters
    ----------
    data : Snapshots or iterable of Snapshots
        The pairs.
    dictionary : Dictionary
        The functions.
    chunk : int or None
        Rows of a panel; default 32 MB of features.
    kept : array, shape (n_samples, 2 n_functions), or None
        sqrt(W) [Psi_X Psi_Y] of Snapshots, if it is kept.
    """

    data: Snapshots | Iterable[Snapshots]
    dictionary: Dictionary
    chunk: int | None = None
    kept: Array | None = None

    def __iter__(self) -> Iterator[Panel]:
        """Yield panel after panel, in the order of the data."""
        n = self.dictionary.n_functions
        held = None
        for piece in pieces(self.data):
            row_bytes = 2 * n * piece.x.dtype.itemsize
            for rows in chunk_rows(piece.n_samples, row_bytes, "gram", self.chunk):
                if self.kept is None:
                    z = chunk_panel(piece, self.dictionary, rows, held)
                    held = z if held is None else held
                else:
                    z = self.kept[rows]
                weights = None if piece.weights is None else piece.weights[rows]
                yield Panel(z[:, :n], z[:, n : 2 * n], weights)


def keep_panels(data: Snapshots, dictionary: Dictionary) -> tuple[GramState, Panels] | None:
    """Return the Gram state, and the panels with the features that it took.

    Parameters
    ----------
    data : Snapshots
        The pairs.
    dictionary : Dictionary
        The functions.

    Returns
    -------
    found : (GramState, Panels), or None
        None if the features take more than 256 MB.

    Raises
    ------
    ParameterError
        If a feature or its square is not finite.
    """
    sample = dictionary(data.x[:1])
    size = 2 * data.n_samples * dictionary.n_functions * sample.dtype.itemsize
    if size > KEPT_BYTES:
        return None
    sums, z = added(None, data, dictionary, form="gram", chunk=data.n_samples)
    dtype = namespace(z).result_type(z.dtype)
    state = summed(
        sums,
        dtype,
        form="gram",
        uniform=data.weights is None,
        step=data.step,
        dictionary=dictionary,
        sampling=data.sampling,
    )
    return state, Panels(data, dictionary, kept=z)
