"""Dense linear algebra in one spelling for NumPy, CuPy and array-API arrays.

Every routine takes size 0, refuses NaN, and is backward stable: its backward error is a
modest multiple of n * unit_roundoff also for entries near 1e+-150. Results repeat
bitwise on one machine with the same versions and threads (level "run"); across machines
they agree to rounding, once in canonical form. Real and complex, single and double
precision are kept; single beside double is refused.

CuPy has no Schur form, QZ or Sylvester solver, and its matrix exponential falls short of
rounding: what ``on_host`` names runs on the host and comes back, ``eig`` below n = 3000.
"""

from types import ModuleType

from perturbsci.backend.arrays import device_of
from perturbsci.backend.decompositions import cholesky, qr, qz, schur, svd
from perturbsci.backend.eigenvalues import eig, eigh, sort_spectrum
from perturbsci.backend.equations import expm, lstsq, solve, solve_triangular, sylvester
from perturbsci.backend.products import gram, norm
from perturbsci.errors import BackendError
from perturbsci.types import Array

__all__ = [
    "eig",
    "eigh",
    "svd",
    "qr",
    "cholesky",
    "solve",
    "solve_triangular",
    "lstsq",
    "norm",
    "schur",
    "qz",
    "expm",
    "sylvester",
    "gram",
    "sort_spectrum",
    "on_host",
    "sparse_module",
    "special_module",
]

on_host = frozenset({"eig", "schur", "qz", "sylvester", "expm"})


def sparse_module(x: Array) -> ModuleType:
    """Return the module of sparse matrices that belongs to an array.

    Only CSR matrices and their products are common to both.

    Parameters
    ----------
    x : array, shape (...)
        Of NumPy or CuPy.

    Returns
    -------
    sparse : module
        ``scipy.sparse`` or ``cupyx.scipy.sparse``.

    Raises
    ------
    BackendError
        If the array belongs to another library.

    Examples
    --------
    >>> import numpy
    >>> sparse_module(numpy.zeros(1)).__name__
    'scipy.sparse'
    """
    if _on_cupy(x):
        import cupyx.scipy.sparse  # noqa: PLC0415 (only where an array of cupy is)

        return cupyx.scipy.sparse
    import scipy.sparse  # noqa: PLC0415 (takes a fifth of a second)

    return scipy.sparse


def special_module(x: Array) -> ModuleType:
    """Return the module of special functions that belongs to an array.

    CuPy lacks hyp2f1, wofz, airy and the nodes of Gauss quadrature.

    Parameters
    ----------
    x : array, shape (...)
        Of NumPy or CuPy.

    Returns
    -------
    special : module
        ``scipy.special`` or ``cupyx.scipy.special``.

    Raises
    ------
    BackendError
        If the array belongs to another library.

    Examples
    --------
    >>> import numpy
    >>> float(special_module(numpy.zeros(1)).erf(0.0))
    0.0
    """
    if _on_cupy(x):
        import cupyx.scipy.special  # noqa: PLC0415 (only where an array of cupy is)

        return cupyx.scipy.special
    import scipy.special  # noqa: PLC0415 (takes a tenth of a second)

    return scipy.special


def _on_cupy(x: Array) -> bool:
    device = device_of(x, name="x")
    if device != "numpy" and not device.startswith("cupy"):
        raise BackendError(
            f"x lives on {device}, needed an array of NumPy or CuPy; move it with "
            "backend.to_host(x) or backend.to_device(x)"
        )
    return device != "numpy"
