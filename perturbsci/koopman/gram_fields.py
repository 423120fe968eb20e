"""What the fields of a Gram state must be: a state can also be made by hand."""

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.types import Array

__all__ = ["check_widths", "checked_blocks", "checked_squares"]

# What summation in single precision, in any order, leaves of S = S*.
HERMITIAN = 1e-5


def checked_blocks(blocks: Array, form: str) -> Array:
    """Return S or R as a clean array.

    Parameters
    ----------
    blocks : array_like, shape (2 n_functions, 2 n_functions)
        As the user passed it.
    form : str
        ``"gram"`` or ``"qr"``.

    Returns
    -------
    blocks : array, shape (2 n_functions, 2 n_functions)
        Finite; Hermitian to 1e-5 of its largest entry, or upper triangular.

    Raises
    ------
    ShapeError
        If it is no square matrix of even size.
    ParameterError
        If an entry is not finite, or it is not Hermitian or triangular.
    """
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


def check_widths(blocks: Array, moments: Array, dictionary: Dictionary | None) -> None:
    """Refuse blocks, moments and dictionary of different widths, or on different devices.

    Parameters
    ----------
    blocks : array, shape (2 n_functions, 2 n_functions)
        Clean.
    moments : array, shape (n_functions, n_state)
        Clean.
    dictionary : Dictionary or None
        The functions.

    Raises
    ------
    ShapeError
        If a number of functions or of columns differs.
    ParameterError
        If ``dictionary`` is something else.
    """
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


def checked_squares(squares: Array, moments: Array) -> Array:
    """Return the sums of squares of the coordinates as a clean array.

    Parameters
    ----------
    squares : array_like, shape (n_state,)
        As the user passed them.
    moments : array, shape (n_functions, n_state)
        Of the same states.

    Returns
    -------
    squares : real array, shape (n_state,)
        Finite, from 0 on.

    Raises
    ------
    ShapeError
        If there is not one a coordinate.
    ParameterError
        If one is negative or not finite.
    """
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
