"""Gram states: everything about the pairs that a spectrum needs, in bounded memory.

Z = [Psi_X Psi_Y], S = Z* W Z; its blocks are G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y and
L = Psi_Y* W Psi_Y. States of two data sets add up.
"""

from dataclasses import dataclass

from perturbsci.backend import linalg, namespace
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["GramState", "accumulate"]


@dataclass(frozen=True, slots=True, eq=False)
class GramState:
    """The Gram matrices of a dictionary on pairs.

    Parameters
    ----------
    form : str
        ``"gram"``: ``blocks`` is S = Z* W Z; ``"qr"``: ``blocks`` is the triangular factor
        R of sqrt(W) Z.
    blocks : array, shape (2 n_functions, 2 n_functions)
        Sums over the samples, not divided by the mass.
    moments : array, shape (n_functions, n_state)
        Psi_X* W X.
    count : int
        Number of samples.
    mass : float
        Sum of the weights; ``count`` without weights (less what was forgotten).
    uniform : bool
        Whether the samples had no weights: then G, A, L are divided by the mass.
    step : float
        Time between x and y.
    dictionary : Dictionary or None
        The functions.
    operator : str
        ``"koopman"`` or ``"adjoint"``.
    sampling : str
        As that of the snapshots; ``"unknown"`` where they differ.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> state.G.item(), state.A.item(), state.L.item()
    (2.5, 1.25, 0.625)
    """

    form: str
    blocks: Array
    moments: Array
    count: int
    mass: float
    uniform: bool
    step: float
    dictionary: Dictionary | None = None
    operator: str = "koopman"
    sampling: str = "unknown"

    @property
    def n_functions(self) -> int:
        """The number N of functions."""
        return int(self.blocks.shape[0]) // 2

    @property
    def G(self) -> Array:
        """Psi_X* W Psi_X, shape (n_functions, n_functions)."""
        return self._block(0, 0)

    @property
    def A(self) -> Array:
        """Psi_X* W Psi_Y, shape (n_functions, n_functions)."""
        return self._block(0, 1)

    @property
    def L(self) -> Array:
        """Psi_Y* W Psi_Y, shape (n_functions, n_functions)."""
        return self._block(1, 1)

    def _block(self, i: int, j: int) -> Array:
        n = self.n_functions
        rows, columns = slice(i * n, (i + 1) * n), slice(j * n, (j + 1) * n)
        total = self.mass if self.uniform else 1.0
        if self.form == "gram":
            return self.blocks[rows, columns] / total
        left, right = self.blocks[:, rows], self.blocks[:, columns]
        return namespace(left).conj(left).T @ right / total


def accumulate(data: Snapshots, dictionary: Dictionary) -> GramState:
    """Return the Gram state of a dictionary on pairs.

    Parameters
    ----------
    data : Snapshots
        The pairs.
    dictionary : Dictionary
        The functions.

    Returns
    -------
    state : GramState
        Of form "gram".

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> accumulate(Snapshots(x, x / 2), linear(1)).count
    2
    """
    xp = namespace(data.x)
    psi_x = dictionary(data.x)
    z = xp.concat([psi_x, dictionary(data.y)], axis=1)
    weights = data.weights
    if weights is not None:
        weights = xp.astype(weights, xp.real(psi_x[:0]).dtype)
    return GramState(
        form="gram",
        blocks=linalg.gram(z, weight=weights),
        moments=linalg.gram(psi_x, data.x, weight=weights),
        count=data.n_samples,
        mass=float(data.n_samples if weights is None else weights.sum()),
        uniform=weights is None,
        step=data.step,
        dictionary=dictionary,
        sampling=data.sampling,
    )


def gram_state(data, dictionary, *, form="gram", chunk=None):
    import dataclasses

    if isinstance(data, GramState):
        return data
    parts = [data] if isinstance(data, Snapshots) else list(data)
    if dictionary is None:
        from perturbsci.koopman.dictionaries import linear

        dictionary = linear(parts[0].n_state)
    states = [accumulate(p, dictionary) for p in parts]
    if form == "qr":
        z = [
            (1 if p.weights is None else p.weights[:, None] ** 0.5)
            * namespace(p.x).concat([dictionary(p.x), dictionary(p.y)], axis=1)
            for p in parts
        ]
        z = namespace(z[0]).concat(z, axis=0)
        r = linalg.qr(z)[1]
        n = z.shape[1]
        if len(r) < n:
            r = namespace(r).concat([r, 0 * r[:1].repeat(n - len(r), 0)])
    s = dataclasses.replace(
        states[0],
        form=form,
        blocks=r if form == "qr" else sum(s.blocks for s in states),
        moments=sum(s.moments for s in states),
        count=sum(s.count for s in states),
        mass=sum(s.mass for s in states),
    )
    return s
