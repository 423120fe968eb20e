"""The features of all pairs, as often as they are needed: kept, or evaluated in chunks."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from perturbsci.backend import namespace
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["Panel", "Panels"]

KEPT_BYTES = 256 * 2**20
CHUNK_BYTES = 32 * 2**20


class Panel(NamedTuple):
    """Features of some pairs; ``weights`` None means equal ones."""

    psi_x: Array
    psi_y: Array
    weights: Array | None
    x: Array


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
        Z = [Psi_X Psi_Y], if it is kept.
    """

    data: Snapshots | Iterable[Snapshots]
    dictionary: Dictionary
    chunk: int | None = None
    kept: Array | None = None

    def __iter__(self) -> Iterator[Panel]:
        """Yield panel after panel, in the order of the data."""
        n = self.dictionary.n_functions
        for part in [self.data] if isinstance(self.data, Snapshots) else self.data:
            complex_part = namespace(part.x).isdtype(part.x.dtype, "complex floating")
            wide = complex_part or self.dictionary.dtype_kind == "complex"
            rows = self.chunk or max(1, CHUNK_BYTES // (2 * n * (16 if wide else 8)))
            for start in range(0, part.n_samples, rows):
                row = slice(start, start + rows)
                if self.kept is None:
                    psi_x, psi_y = (self.dictionary(each[row]) for each in (part.x, part.y))
                else:
                    psi_x, psi_y = self.kept[row, :n], self.kept[row, n:]
                weights = part.weights
                if weights is not None:
                    xp = namespace(psi_x)
                    weights = xp.astype(weights[row], xp.real(psi_x[:0]).dtype)
                yield Panel(psi_x, psi_y, weights, part.x[row])

    def remembered(self) -> "Panels":
        """Return the same panels, their features evaluated once if they fit in 256 MB.

        Returns
        -------
        panels : Panels
            These themselves if the data are no Snapshots, or too many.
        """
        if not isinstance(self.data, Snapshots) or self.kept is not None:
            return self
        m, n = self.data.n_samples, self.dictionary.n_functions
        z = None
        start = 0
        for panel in self:
            if z is None:
                if 2 * m * n * panel.psi_x.dtype.itemsize > KEPT_BYTES:
                    return self
                z = namespace(panel.psi_x).empty((m, 2 * n), dtype=panel.psi_x.dtype)
            rows = slice(start, start + panel.psi_x.shape[0])
            z[rows, :n], z[rows, n:] = panel.psi_x, panel.psi_y
            start = rows.stop
        return dataclasses.replace(self, kept=z)
