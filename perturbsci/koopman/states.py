"""The Gram matrices of a dictionary on pairs, as sums over the samples.

Z = [Psi_X Psi_Y], S = Z* W Z; its blocks are G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y and
L = Psi_Y* W Psi_Y. A state can also be made by hand: its fields are checked.
"""

from dataclasses import dataclass

from perturbsci.arguments import one_of, positive, whole
from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import SAMPLINGS
from perturbsci.types import Array

__all__ = ["FORMS", "GramState", "block_matrix"]

FORMS = ("gram", "qr")
OPERATORS = ("koopman", "adjoint")
# What summation in single precision, in any order, leaves of S = S*.
HERMITIAN = 1e-5


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
    squares : real array, shape (n_state,), optional
        Sums of w abs(x)^2 of each coordinate: what a forecast of a coordinate outside the
        span of the functions has to know.

    Raises
    ------
    ShapeError
        If blocks, moments and dictionary do not fit together.
    ParameterError
        If an entry is not finite, S is not Hermitian, R is not triangular, or another
        field has no meaning.

    Notes
    -----
    Each use of ``G``, ``A`` or ``L`` copies its block; for form "qr" it costs a product
    of two of them.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, accumulate, linear
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
    squares: Array | None = None

    def __post_init__(self) -> None:
        """Check that the fields fit together: a state can be made by hand."""
        one_of(self.form, "form", FORMS)
        one_of(self.operator, "operator", OPERATORS)
        one_of(self.sampling, "sampling", SAMPLINGS)
        checked = {
            "blocks": _checked_blocks(self.blocks, self.form),
            "moments": as_array(self.moments, name="moments", ndim=2, empty=True),
            "count": whole(self.count, "count", least=1, meaning="the number of samples"),
            "mass": positive(self.mass, "mass", meaning="the sum of the weights"),
            "step": positive(self.step, "step", meaning="the time between x and y"),
        }
        if not isinstance(self.uniform, bool):
            raise ParameterError(
                f"uniform is {self.uniform!r:.60}; pass True where samples have no weights"
            )
        if self.squares is not None:
            checked["squares"] = _checked_squares(self.squares, checked["moments"])
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        _check_widths(self.blocks, self.moments, self.dictionary)

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
        if i == j:
            return linalg.gram(left) / total
        return namespace(left).conj(left).T @ right / total


def block_matrix(g: Array, a: Array, image: Array) -> Array:
    """Return [[G, A], [A*, L]].

    Parameters
    ----------
    g, a, image : arrays, shape (n_functions, n_functions)
        G, A and L.

    Returns
    -------
    blocks : array, shape (2 n_functions, 2 n_functions)
        As ``GramState`` takes them.
    """
    xp = namespace(g, a, image)
    rows = ([g, a], [xp.conj(a).T, image])
    return xp.concat([xp.concat(row, axis=1) for row in rows], axis=0)


def _checked_blocks(blocks: Array, form: str) -> Array:
    """Return S, Hermitian to 1e-5 of its largest entry, or R, upper triangular."""
    blocks = as_array(blocks, name="blocks", ndim=2)
    rows, columns = blocks.shape
    if rows != columns or rows % 2:
        raise ShapeError(
            f"blocks has shape {blocks.shape}, needed (2 N, 2 N) for N functions: "
            "[[G, A], [A*, L]], or its triangular factor"
        )
    xp = namespace(blocks)
    if form == "qr":
        lower = xp.abs(xp.tril(blocks, k=-1))
        if bool(scalar(xp.any(lower > 0))):
            raise ParameterError(
                f"blocks has {float(scalar(xp.max(lower))):.3g} below its diagonal; form "
                '"qr" takes the upper triangular factor of sqrt(W) [Psi_X Psi_Y]'
            )
        return blocks
    skew = float(scalar(xp.max(xp.abs(blocks - xp.conj(blocks).T))))
    size = float(scalar(xp.max(xp.abs(blocks))))
    if skew > HERMITIAN * size:
        raise ParameterError(
            f"blocks differs from its adjoint by {skew:.3g} at a size of {size:.3g}; form "
            '"gram" takes [[G, A], [A*, L]] with G and L Hermitian'
        )
    return blocks


def _check_widths(blocks: Array, moments: Array, dictionary: Dictionary | None) -> None:
    """Refuse blocks, moments and dictionary of different widths, or on two devices."""
    namespace(blocks, moments, names=("blocks", "moments"))
    n = blocks.shape[0] // 2
    if moments.shape[0] != n:
        raise ShapeError(
            f"moments has shape {moments.shape} but blocks has {blocks.shape}; needed {n} "
            "rows, one a function: Psi_X* W X"
        )
    if not isinstance(dictionary, Dictionary | None):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; pass the Dictionary that the "
            "blocks were made with, or None"
        )
    if dictionary is None:
        return
    found = (dictionary.n_functions, dictionary.n_state)
    if found != (n, moments.shape[1]):
        raise ShapeError(
            f"dictionary has {found[0]} functions of {found[1]} columns but blocks is for "
            f"{n} functions and moments for {moments.shape[1]} columns; pass the one that "
            "they were made with"
        )


def _checked_squares(squares: Array, moments: Array) -> Array:
    """Return the sums of squares of the coordinates as a clean array."""
    squares = as_array(squares, name="squares", ndim=1, real=True, empty=True)
    if squares.shape != moments.shape[1:]:
        raise ShapeError(
            f"squares has shape {squares.shape}, needed {moments.shape[1:]}: one sum of "
            "w abs(x)^2 a coordinate"
        )
    xp = namespace(squares)
    if bool(scalar(xp.any(squares < 0))):
        raise ParameterError(
            f"squares has the entry {float(scalar(xp.min(squares))):.3g}; sums of squares "
            "are from 0 on"
        )
    return squares
