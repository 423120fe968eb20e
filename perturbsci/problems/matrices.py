"""Test matrices of perturbation theory, as arrays with exact entries.

Each function returns one (n, n) real array; ``get_problem(name)`` returns the statement
whose ``entries`` is the function of that name.
"""

import numpy

from perturbsci.backend import to_device
from perturbsci.errors import ParameterError
from perturbsci.problems.parameters import (
    finite_parameter,
    positive_parameter,
    whole_parameter,
)
from perturbsci.types import Array, BackendName

__all__ = [
    "convection_diffusion",
    "hippo_legs",
    "jordan",
    "jordan_corner",
    "kahan",
    "nearly_decomposable",
    "quartic",
    "toeplitz_limacon",
]


def jordan(
    n: int = 8, eigenvalue: float = 0.0, *, backend: BackendName | None = None
) -> Array:
    """Return a Jordan block: the eigenvalue on the diagonal, ones above it.

    Parameters
    ----------
    n : int, optional
        Size.
    eigenvalue : float, optional
        The only one, with one eigenvector.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Its numerical range is the disk of radius cos(pi/(n + 1)) about the eigenvalue.

    References
    ----------
    Trefethen and Embree (2005), chapter 7.

    Examples
    --------
    >>> jordan(2, 3.0)
    array([[3., 1.],
           [0., 3.]])
    """
    size = whole_parameter("n", n)
    value = finite_parameter("eigenvalue", eigenvalue)
    return to_device(value * numpy.eye(size) + numpy.eye(size, k=1), backend)


def jordan_corner(
    n: int = 8, epsilon: float = 1e-6, *, backend: BackendName | None = None
) -> Array:
    """Return the Jordan block of zero with epsilon in the lower left corner.

    Its eigenvalues are the n roots of z^n = epsilon.

    Parameters
    ----------
    n : int, optional
        Size.
    epsilon : float, optional
        The corner entry; dimensionless.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        For n = 1 the number epsilon.

    References
    ----------
    Moro, Burke and Overton (1997).

    Examples
    --------
    >>> jordan_corner(2, 0.25)
    array([[0.  , 1.  ],
           [0.25, 0.  ]])
    """
    matrix = numpy.eye(whole_parameter("n", n), k=1)
    matrix[-1, 0] = finite_parameter("epsilon", epsilon)
    return to_device(matrix, backend)


def toeplitz_limacon(n: int = 32, *, backend: BackendName | None = None) -> Array:
    """Return the Toeplitz matrix with ones on the first and second superdiagonals.

    Its symbol z + z^2 maps the unit circle to a limacon: as n grows, the pseudospectra fill
    the inside of that curve, while the only eigenvalue is 0.

    Parameters
    ----------
    n : int, optional
        Size.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Nilpotent.

    References
    ----------
    Trefethen and Embree (2005), chapter 7.

    Examples
    --------
    >>> toeplitz_limacon(3)
    array([[0., 1., 1.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    size = whole_parameter("n", n)
    return to_device(numpy.eye(size, k=1) + numpy.eye(size, k=2), backend)


def kahan(n: int = 32, last: float = 0.1, *, backend: BackendName | None = None) -> Array:
    """Return Kahan's matrix: row k is s^k (0, ..., 0, 1, -c, ..., -c), s^2 + c^2 = 1.

    Parameters
    ----------
    n : int, optional
        Size.
    last : float, optional
        s^(n - 1), the last diagonal entry, in (0, 1).
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Upper triangular; its smallest singular value is far below ``last``.

    Raises
    ------
    ParameterError
        If ``last`` is not in (0, 1).

    References
    ----------
    Kahan (1966); Trefethen and Embree (2005).

    Examples
    --------
    >>> kahan(2, 0.6)
    array([[ 1. , -0.8],
           [ 0. ,  0.6]])
    """
    size = whole_parameter("n", n)
    corner = positive_parameter("last", last)
    if corner >= 1.0:
        raise ParameterError(
            f"last is {corner}; the last diagonal entry is below 1, choose one in (0, 1)"
        )
    s = corner ** (1.0 / max(size - 1, 1))
    c = numpy.sqrt((1.0 - s) * (1.0 + s))
    rows = numpy.eye(size) - c * numpy.triu(numpy.ones((size, size)), k=1)
    return to_device(s ** numpy.arange(size)[:, None] * rows, backend)


def convection_diffusion(
    n: int = 80, diffusion: float = 0.01, *, backend: BackendName | None = None
) -> Array:
    """Return diffusion D2 - D1 by central differences at n interior points of [0, 1].

    Zero at the walls, h = 1/(n + 1). With d the diffusion the eigenvalues are
    -2 d/h^2 + 2 sqrt(d^2/h^4 - 1/(4 h^2)) cos(k pi/(n + 1)), k = 1, ..., n.

    Parameters
    ----------
    n : int, optional
        Number of points.
    diffusion : float, optional
        d, from zero on; dimensionless, with unit speed and length.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Tridiagonal; the condition number of its eigenvectors grows like exp(1/(2 d)).

    Raises
    ------
    ParameterError
        If the diffusion is negative.

    References
    ----------
    Reddy and Trefethen (1994).

    Examples
    --------
    >>> convection_diffusion(2, 0.5)
    array([[-9.,  3.],
           [ 6., -9.]])
    """
    size = whole_parameter("n", n)
    value = finite_parameter("diffusion", diffusion)
    if value < 0.0:
        raise ParameterError(
            f"diffusion is {value}; it must be from zero on, change its sign"
        )
    second, first = value * (size + 1.0) ** 2, (size + 1.0) / 2.0
    matrix = numpy.diag(numpy.full(size, -2.0 * second))
    matrix += (second - first) * numpy.eye(size, k=1)
    matrix += (second + first) * numpy.eye(size, k=-1)
    return to_device(matrix, backend)


def hippo_legs(n: int = 64, *, backend: BackendName | None = None) -> Array:
    """Return the state matrix of the scaled Legendre memory (HiPPO-LegS).

    A_ij = -sqrt((2i + 1)(2j + 1)) for i > j, -(i + 1) for i = j, 0 above, i, j from 0.
    Its eigenvalues are -1, ..., -n.

    Parameters
    ----------
    n : int, optional
        Number of polynomials.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Lower triangular; stable with the sign of x' = A x + B u.

    References
    ----------
    Gu, Dao, Ermon, Rudra and Ré (2020), theorem 2.

    Examples
    --------
    >>> hippo_legs(2).round(3)
    array([[-1.   ,  0.   ],
           [-1.732, -2.   ]])
    """
    i = numpy.arange(whole_parameter("n", n))
    # the product under one root: an integer, so that each entry is rounded once
    lower = numpy.tril(numpy.sqrt((2.0 * i[:, None] + 1.0) * (2.0 * i + 1.0)), k=-1)
    return to_device(0.0 - lower - numpy.diag(i + 1.0), backend)


def quartic(n: int = 60, *, backend: BackendName | None = None) -> Array:
    """Return x^4 in the basis of the harmonic oscillator p^2/2 + x^2/2.

    With x = (a + a*)/sqrt 2 the entries are (6 k^2 + 6 k + 3)/4 at (k, k),
    (2 k + 3)/2 sqrt((k + 1)(k + 2)) at (k, k + 2) and
    sqrt((k + 1)(k + 2)(k + 3)(k + 4))/4 at (k, k + 4).

    Parameters
    ----------
    n : int, optional
        Number of levels; the entries are those of the infinite matrix.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (n, n)
        Symmetric; the unperturbed levels are ``arange(n) + 0.5``.

    References
    ----------
    Bender and Wu (1969).

    Examples
    --------
    >>> quartic(2)
    array([[0.75, 0.  ],
           [0.  , 3.75]])
    """
    size = whole_parameter("n", n)
    k = numpy.arange(size, dtype=float)
    matrix = numpy.diag((6.0 * k**2 + 6.0 * k + 3.0) / 4.0)
    second = (2.0 * k + 3.0) / 2.0 * numpy.sqrt((k + 1.0) * (k + 2.0))
    fourth = numpy.sqrt((k + 1.0) * (k + 2.0) * (k + 3.0) * (k + 4.0)) / 4.0
    for offset, entries in ((2, second), (4, fourth)):
        above = numpy.diag(entries[: max(size - offset, 0)], k=offset)[:size, :size]
        matrix += above + above.T
    return to_device(matrix, backend)


def nearly_decomposable(
    epsilon: float = 0.01, *, backend: BackendName | None = None
) -> Array:
    """Return P + epsilon D, a chain of two pairs of states with rare moves between them.

    P = diag([[.5, .5], [.25, .75]], [[.6, .4], [.8, .2]]); D has the rows
    (-.5, 0, .5, 0), 0, 0, (1, 0, 0, -1). As epsilon -> 0 the stationary distribution
    tends to (2, 4, 2, 1)/9, one of many of P.

    Parameters
    ----------
    epsilon : float, optional
        Rows are probabilities for 0 <= epsilon <= 0.2; the matrix is linear in it, so
        that ``nearly_decomposable(1) - nearly_decomposable(0)`` is D.
    backend : str, optional
        Where the array is made; default the backend in force.

    Returns
    -------
    matrix : array, shape (4, 4)
        Row sums 1.

    References
    ----------
    Simon and Ando (1961).

    Examples
    --------
    >>> nearly_decomposable(0.1)[0]
    array([0.45, 0.5 , 0.05, 0.  ])
    """
    value = finite_parameter("epsilon", epsilon)
    matrix = numpy.array(
        [
            [0.5 - 0.5 * value, 0.5, 0.5 * value, 0.0],
            [0.25, 0.75, 0.0, 0.0],
            [0.0, 0.0, 0.6, 0.4],
            [value, 0.0, 0.8, 0.2 - value],
        ]
    )
    return to_device(matrix, backend)
