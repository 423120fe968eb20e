"""Large linear systems by GMRES with a preconditioner on the right.

Deterministic, and every inner product is taken twice (classical Gram-Schmidt with one
repetition), so that the basis stays orthogonal to rounding.

References: Saad and Schultz (1986).
"""

from collections.abc import Callable

import numpy

from perturbsci.types import Array

__all__ = ["gmres"]


def gmres(
    apply: Callable[[Array], Array],
    right_side: Array,
    precondition: Callable[[Array], Array],
    *,
    tolerance: float,
    max_steps: int = 100,
) -> tuple[Array, float, int]:
    """Return x with A x = b, without restarts.

    Parameters
    ----------
    apply : callable
        x to A x, shape (n,).
    right_side : array, shape (n,)
        b.
    precondition : callable
        r, shape (n,), to an approximation of A^-1 r.
    tolerance : float
        On the residual over that of x = 0.
    max_steps : int, optional
        The largest dimension of the Krylov space.

    Returns
    -------
    solution : array, shape (n,)
        The best in the space.
    reached : float
        The relative residual, by the recurrence.
    steps : int
        Dimension of the space.

    Notes
    -----
    ``steps`` applications and 4 n steps^2 flops.

    Examples
    --------
    >>> a = numpy.array([[2.0, 1.0], [0.0, 3.0]])
    >>> x, reached, steps = gmres(a.__matmul__, numpy.ones(2), lambda r: r, tolerance=1e-14)
    >>> bool(numpy.allclose(a @ x, 1.0)), steps
    (True, 1)
    """
    size = float(numpy.linalg.norm(right_side))
    if size == 0.0:
        return numpy.zeros_like(right_side), 0.0, 0
    v = numpy.zeros((max_steps + 1, len(right_side)))
    h = numpy.zeros((max_steps + 1, max_steps))
    v[0] = right_side / size
    reached, steps = 1.0, 0
    y: Array = numpy.zeros(0)
    for k in range(max_steps):
        w = apply(precondition(v[k]))
        for _ in range(2):
            part = v[: k + 1] @ w
            w = w - part @ v[: k + 1]
            h[: k + 1, k] += part
        h[k + 1, k] = numpy.linalg.norm(w)
        steps = k + 1
        target = numpy.zeros(k + 2)
        target[0] = 1.0
        y = numpy.linalg.lstsq(h[: k + 2, : k + 1], target, rcond=None)[0]
        reached = float(numpy.linalg.norm(h[: k + 2, : k + 1] @ y - target))
        if reached <= tolerance or h[k + 1, k] <= 1e-14 * abs(h[: k + 1, k]).max():
            break
        v[k + 1] = w / h[k + 1, k]
    return size * precondition(y @ v[:steps]), reached, steps
