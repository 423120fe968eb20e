"""Operands of the array modules: checked arrays, their namespace, and the way home.

NumPy and CuPy arrays and lists pass ``as_array``; arrays of another array-API library
are taken as they are. What a device lacks is computed on the host and sent back.
"""

import contextlib
from collections.abc import Callable
from types import ModuleType

import numpy

from perturbsci.backend.arrays import as_array, device_of, namespace
from perturbsci.backend.blas_threads import one_blas_thread
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.types import Array

__all__ = [
    "operand",
    "square",
    "pencil",
    "right_side",
    "shared_namespace",
    "returned",
    "converged",
    "errors_raised",
    "lapack",
]

FEW, MANY = 32, 512  # rows and columns between which BLAS threads wait for one another


def operand(
    value: Array,
    name: str,
    *,
    ndim: int | None = None,
    real: bool = False,
    finite: bool = True,
) -> Array:
    """Return a clean array of any library.

    Parameters
    ----------
    value : array_like, shape (...)
        For ``arrays.as_array``, which arrays of other libraries bypass.
    name : str
        The argument, for messages.
    ndim : int, optional
        The number of axes that is needed.
    real, finite : bool
        Refuse complex numbers; refuse NaN and infinity.

    Returns
    -------
    array : array, shape (...)
        In C order, in one of the four dtypes.
    """
    foreign = hasattr(value, "__array_namespace__") and not isinstance(value, type)
    if foreign and not _is_ours(value):
        return value
    return as_array(value, name=name, ndim=ndim, real=real, finite=finite, empty=True)


def _is_ours(value: Array) -> bool:
    here = isinstance(value, (numpy.ndarray, numpy.generic))
    return here or device_of(value).startswith("cupy")


def square(a: Array, name: str = "a") -> Array:
    """Return a clean square matrix.

    Parameters
    ----------
    a : array_like, shape (n, n)
        The matrix.
    name : str
        The argument, for messages.

    Returns
    -------
    a : array, shape (n, n)
        Clean.

    Raises
    ------
    ShapeError
        If it is not square.
    """
    a = operand(a, name, ndim=2)
    if a.shape[0] != a.shape[1]:
        raise ShapeError(
            f"{name} has shape {tuple(a.shape)}, needed a square matrix; for a rectangular "
            "one use svd or lstsq"
        )
    return a


def pencil(a: Array, b: Array) -> tuple[Array, Array]:
    """Return two clean square matrices of one size and precision.

    Parameters
    ----------
    a, b : array_like, shape (n, n)
        The pencil A - z B.

    Returns
    -------
    a, b : array, shape (n, n)
        Clean.

    Raises
    ------
    ShapeError
        If they differ in size.
    """
    a, b = square(a), square(b, "b")
    shared_namespace({"a": a, "b": b})
    if a.shape != b.shape:
        raise ShapeError(
            f"b has shape {tuple(b.shape)} but a has {tuple(a.shape)}; needed one size "
            "for the pencil A - z B"
        )
    return a, b


def right_side(a: Array, b: Array) -> Array:
    """Return clean right sides.

    Parameters
    ----------
    a : array, shape (m, n)
        The matrix, clean.
    b : array_like, shape (m,) or (m, k)
        One column each.

    Returns
    -------
    b : array, shape (m,) or (m, k)
        Clean.

    Raises
    ------
    ShapeError
        If its rows are not those of ``a``.
    """
    b = operand(b, "b")
    if b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise ShapeError(
            f"b has shape {tuple(b.shape)} but a has {tuple(a.shape)}; needed "
            f"({a.shape[0]},) or ({a.shape[0]}, k); transpose b if its columns are the rows"
        )
    return b


def shared_namespace(arrays: dict[str, Array]) -> ModuleType:
    """Return the namespace of arrays on one device and of one precision.

    Parameters
    ----------
    arrays : dict of array, shape (...)
        Or None; the keys are the names of the arguments.

    Returns
    -------
    xp : module
        Theirs.

    Raises
    ------
    ParameterError
        If single stands beside double precision.
    """
    xp = namespace(*arrays.values(), names=tuple(arrays))
    given = {name: array for name, array in arrays.items() if array is not None}
    bits = {name: xp.finfo(array.dtype).bits for name, array in given.items()}
    if len(set(bits.values())) > 1:
        found = " but ".join(
            f"{name} has dtype {each.dtype}" for name, each in given.items()
        )
        raise ParameterError(f"{found}; needed one precision, convert with astype")
    return xp


def returned(like: Array, *arrays: numpy.ndarray) -> tuple[Array, ...]:
    """Return arrays of the host on the device of another one.

    Parameters
    ----------
    like : array, shape (...)
        Says the device.
    *arrays : numpy.ndarray, shape (...)
        Not copied if that is the host.

    Returns
    -------
    arrays : tuple of array, shape (...)
        There.
    """
    if isinstance(like, numpy.ndarray):
        return arrays
    xp = namespace(like)
    return tuple(xp.asarray(array, device=like.device) for array in arrays)


def converged(solver: Callable[[Array], Array], a: Array) -> Array:
    """Return ``solver(a)``, or say that its iteration failed.

    Parameters
    ----------
    solver : callable, array, shape (m, n), to arrays
        Raises ``LinAlgError`` where it does not converge.
    a : array, shape (m, n)
        Its matrix.

    Returns
    -------
    value : array, shape (...), or a tuple of arrays
        Of the solver.

    Raises
    ------
    ConvergenceError
        If it does not converge.

    Notes
    -----
    Between 32 and 512 rows or columns on one BLAS thread: two are slower there, by a
    factor of 5 to 300 where other processes are at work.
    """
    small = isinstance(a, numpy.ndarray) and FEW < min(a.shape) <= MANY
    try:
        with errors_raised(a), one_blas_thread() if small else contextlib.nullcontext():
            return solver(a)
    except numpy.linalg.LinAlgError as error:
        raise ConvergenceError(
            f"the iteration for a matrix of shape {tuple(a.shape)} failed ({error}); "
            "scale the matrix, or perturb it slightly"
        ) from None


def errors_raised(a: Array) -> contextlib.AbstractContextManager[object]:
    """Let solvers of CuPy raise, which by default return garbage.

    Parameters
    ----------
    a : array, shape (...)
        Of any library; only CuPy is told.

    Returns
    -------
    context : context manager
        Solvers raise ``LinAlgError`` inside.
    """
    if not device_of(a).startswith("cupy"):
        return contextlib.nullcontext()
    import cupyx  # noqa: PLC0415 (only where an array of cupy is)

    return cupyx.errstate(linalg="raise")


def lapack() -> ModuleType:
    """Return ``scipy.linalg``, imported at its first use: it takes a tenth of a second.

    Returns
    -------
    linalg : module
        ``scipy.linalg``.
    """
    import scipy.linalg  # noqa: PLC0415

    return scipy.linalg
