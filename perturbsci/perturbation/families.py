"""Families of matrices, A_0 + epsilon A_1 + epsilon^2 A_2 + ..., checked at entry."""

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "check_range",
    "is_diagonal",
    "is_hermitian",
    "matrix_family",
    "square_matrix",
    "unit_roundoff",
]

LARGEST = 5000  # rows of a dense matrix
CLUSTER = 1e-10  # eigenvalues closer than this, relative to the largest, are one


def square_matrix(value: object, name: str) -> Array:
    """Return a clean dense square matrix.

    Parameters
    ----------
    value : array_like, shape (n, n)
        The matrix.
    name : str
        The argument, for messages.

    Returns
    -------
    matrix : array, shape (n, n)
        In one of the four dtypes.

    Raises
    ------
    ShapeError
        If it is not square.
    ParameterError
        If it is too large for a dense routine.
    """
    matrix = as_array(value, name=name, ndim=2)
    rows, columns = matrix.shape
    if rows != columns:
        raise ShapeError(
            f"{name} has shape {(rows, columns)}, needed a square matrix (n, n); pass as "
            "many rows as columns"
        )
    if rows > LARGEST:
        raise ParameterError(
            f"{name} has {rows} rows, at most {LARGEST} in a dense routine; project onto "
            "the part of the spectrum that matters first"
        )
    return matrix


def check_range(matrix: Array, name: str) -> None:
    """Refuse a matrix whose norm would overflow in a sum of squares.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Clean.
    name : str
        The argument, for the message.

    Raises
    ------
    ParameterError
        If an entry reaches sqrt(largest number) / n.
    """
    xp = namespace(matrix)
    size = float(scalar(xp.max(xp.abs(matrix))))
    if size >= float(xp.finfo(matrix.dtype).max) ** 0.5 / matrix.shape[0]:
        raise ParameterError(
            f"{name} has entries up to {size:.3g}, whose squares overflow; scale it down, "
            "eigenvalues and singular values scale along"
        )


def matrix_family(
    matrix: object,
    perturbation: object,
    *,
    name: str = "perturbation",
    first_name: str = "matrix",
) -> tuple[Array, ...]:
    """Return (A_0, A_1, ...) of one shape and dtype.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        A_0.
    perturbation : array_like, shape (n, n), or a tuple of them
        A_1, or (A_1, A_2, ...).
    name, first_name : str
        Of the second and of the first argument, for messages.

    Returns
    -------
    matrices : tuple of array, shape (n, n)
        All of the dtype that holds every one.

    Raises
    ------
    ParameterError
        If there is no matrix, or squares of the entries overflow.
    ShapeError
        If a shape differs from that of ``matrix``.
    """
    first = square_matrix(matrix, first_name)
    several = _is_tuple_of_matrices(perturbation)
    given = tuple(perturbation) if several else (perturbation,)  # type: ignore[arg-type]
    if several and not given and name == "perturbation":
        raise ParameterError(f"{name} is {perturbation!r}; pass one matrix or a tuple")
    check_range(first, first_name)
    terms = [first]
    for k, value in enumerate(given):
        label = f"{name}[{k}]" if several else name
        term = as_array(value, name=label, ndim=2)
        if term.shape != first.shape:
            raise ShapeError(
                f"{label} has shape {tuple(term.shape)} but {first_name} has "
                f"{tuple(first.shape)}; pass a {label} of the shape of {first_name}"
            )
        check_range(term, label)
        terms.append(term)
    xp = namespace(*terms)
    dtype = xp.result_type(*terms)
    return tuple(xp.asarray(term, dtype=dtype) for term in terms)


def _is_tuple_of_matrices(value: object) -> bool:
    """Tell (A_1, A_2) from the rows of one matrix."""
    if not isinstance(value, (tuple, list)):
        return False
    return all(
        getattr(each, "ndim", None) == 2
        or (isinstance(each, (tuple, list)) and bool(each) and _is_row(each[0]))
        for each in value
    )


def _is_row(value: object) -> bool:
    return isinstance(value, (tuple, list)) or getattr(value, "ndim", 0) == 1


def unit_roundoff(array: Array) -> float:
    """Return the largest relative error of one rounding.

    Parameters
    ----------
    array : array, shape (...)
        Says the precision.

    Returns
    -------
    u : float
        1.1e-16 in double precision.
    """
    return float(namespace(array).finfo(array.dtype).eps) / 2


def is_hermitian(matrix: Array) -> bool:
    """Tell whether A = A* up to the rounding of a product of matrices.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A.

    Returns
    -------
    hermitian : bool
        max abs(A - A*) <= 2 n u max abs(A).
    """
    xp = namespace(matrix)
    adjoint = matrix.T if xp.isdtype(matrix.dtype, "real floating") else xp.conj(matrix).T
    if bool(xp.all(matrix == adjoint)):
        return True
    difference = float(xp.max(xp.abs(matrix - adjoint)))
    rounding = 2 * matrix.shape[0] * unit_roundoff(matrix)
    return difference <= rounding * float(xp.max(xp.abs(matrix)))


def is_diagonal(matrix: Array) -> bool:
    """Tell whether all entries off the diagonal are zero.

    Parameters
    ----------
    matrix : array, shape (n, n)
        A.

    Returns
    -------
    diagonal : bool
        Exactly so.
    """
    diagonal = to_host(namespace(matrix).linalg.diagonal(matrix))
    if namespace(matrix) is numpy:  # one pass, where it counts
        return int(numpy.count_nonzero(matrix)) == int(numpy.count_nonzero(diagonal))
    return int((to_host(matrix) != 0).sum()) == int((diagonal != 0).sum())
