"""The linear systems of Newton's method in a tensor product, and how they are solved.

Few unknowns: the rows of all Gauss points, weighted to the L2 norm, by Householder QR.
Many: the residual is tested against as many polynomials as there are unknowns, and the
square system is solved by GMRES. Its preconditioner is the operator with the averages
of the coefficients, kept to derivatives in one direction each,

K_1 x M_2 x M_3 + M_1 x K_2 x M_3 + M_1 x M_2 x K_3,

inverted by eigenvectors of M_k^-1 K_k in all directions but the last, and a small solve
for each pair of eigenvalues in that one. For constant coefficients it is the inverse.

References: Lynch, Rice and Thomas (1964) for the inversion.
"""

import math
from collections.abc import Callable

import numpy

from perturbsci.surrogates.krylov import gmres
from perturbsci.surrogates.quadrature import gauss
from perturbsci.surrogates.tensor_space import TensorSpace
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["dense_step", "krylov_step"]

SEPARATED = 1e8  # condition of eigenvectors up to which they are used


def dense_step(
    space: TensorSpace,
    slopes: Array,
    residual: Array,
    solve: Callable[[Array, Array], Array],
) -> Array:
    """Return the least-squares step at all points.

    Parameters
    ----------
    space : TensorSpace
        Polynomials and grid.
    slopes : array, shape (n, n_equations, n_slots)
        dR/d(D^a u) on the grid.
    residual : array, shape (n, n_equations)
        R.
    solve : callable
        Matrix, shape (m, n), and right side, shape (m,), to the least-squares solution.

    Returns
    -------
    step : array, shape (n_unknowns,)
        Minimizes the L2 norm of R + J step.

    Notes
    -----
    2 m n^2 flops for m rows and n unknowns.
    """
    roots = space.roots()
    n, e = residual.shape
    matrix = numpy.zeros((n * e, space.n_unknowns))
    start = 0
    for f in range(space.n_fields):
        size = math.prod(space.shape(f))
        for s, (place, index) in enumerate(space.slots):
            if place != f or not slopes[:, :, s].any():
                continue
            block = numpy.ones((1, 1))
            for k, a in enumerate(index):
                table = space.tables[k][a] @ space.nulls[f][k]
                block = numpy.einsum("ij,kl->ikjl", block, table).reshape(
                    block.shape[0] * table.shape[0], -1
                )
            for row in range(e):
                if slopes[:, row, s].any():
                    part = (roots * slopes[:, row, s])[:, None] * block
                    matrix[row * n : (row + 1) * n, start : start + size] += part
        start += size
    return solve(matrix, -(roots[:, None] * residual).T.ravel())


def krylov_step(
    space: TensorSpace,
    slopes: Array,
    residual: Array,
    *,
    tolerance: float,
    max_steps: int = 100,
) -> tuple[Array, float, int]:
    """Return the step of the tau method.

    Parameters
    ----------
    space : TensorSpace
        With as many fields as there are equations; equation k is tested for field k.
    slopes : array, shape (n, n_equations, n_slots)
        dR/d(D^a u) on the grid.
    residual : array, shape (n, n_equations)
        R.
    tolerance : float
        On the linear residual over the first.
    max_steps : int, optional
        Of GMRES.

    Returns
    -------
    step : array, shape (n_unknowns,)
        Of all fields.
    reached : float
        Relative linear residual.
    steps : int
        Of GMRES.
    """
    tests = [_tests(space, f) for f in range(space.n_fields)]
    trials = _trials(space)
    shapes = [space.shape(f) for f in range(space.n_fields)]
    ends = numpy.cumsum([math.prod(shape) for shape in shapes])
    inverses = [_averaged_inverse(space, slopes, tests, f) for f in range(space.n_fields)]

    def parts(x: Array) -> list[Array]:
        pieces = numpy.split(x, ends[:-1])
        return [item.reshape(shape) for item, shape in zip(pieces, shapes, strict=True)]

    def tested(values: Array) -> Array:
        columns = [values[:, f].reshape(space.grid) for f in range(space.n_fields)]
        return numpy.concatenate(
            [
                contract(item, test).ravel()
                for item, test in zip(columns, tests, strict=True)
            ]
        )

    def apply(x: Array) -> Array:
        pieces = parts(x)
        total = numpy.zeros(residual.shape)
        for s, (f, index) in enumerate(space.slots):
            if slopes[:, :, s].any():
                jet = contract(pieces[f], [trials[f][k][a] for k, a in enumerate(index)])
                total += slopes[:, :, s] * jet.ravel()[:, None]
        return tested(total)

    def precondition(r: Array) -> Array:
        return numpy.concatenate(
            [
                inverse(item).ravel()
                for inverse, item in zip(inverses, parts(r), strict=True)
            ]
        )

    return gmres(
        apply, -tested(residual), precondition, tolerance=tolerance, max_steps=max_steps
    )


def _tests(space: TensorSpace, field: int) -> list[Array]:
    """Return orthonormal test functions times weights, shape (n_k, m_k) each."""
    found = []
    for k, count in enumerate(space.shape(field)):
        table = space.tables[k][0][:, :count]
        _, weights = gauss(len(space.nodes[k]))
        norms = numpy.sqrt(numpy.arange(count) + 0.5)
        found.append(norms[:, None] * (weights[:, None] * table).T)
    return found


def _trials(space: TensorSpace) -> list[list[list[Array]]]:
    """Return derivatives of the trial functions: by field, direction and order."""
    return [
        [
            [table @ space.nulls[f][k] for table in space.tables[k]]
            for k in range(len(space.counts))
        ]
        for f in range(space.n_fields)
    ]


def _averaged_inverse(
    space: TensorSpace, slopes: Array, tests: list[list[Array]], field: int
) -> Callable[[Array], Array]:
    """Return the inverse of the operator with averaged coefficients, on one field."""
    d = len(space.counts)
    weights = space.roots() ** 2
    averages = (weights / weights.sum()) @ slopes[:, field, :]
    tables = [
        [tests[field][k] @ (t @ space.nulls[field][k]) for t in space.tables[k]]
        for k in range(d)
    ]
    own = [
        (float(averages[s]), index)
        for s, (place, index) in enumerate(space.slots)
        if place == field
    ]
    values, left, right = [], [], []
    for k in range(d - 1):
        pair = _eigenvectors(tables[k], [(a, i[k]) for a, i in own if 0 < i[k] == sum(i)])
        values.append(pair[0])
        right.append(pair[1])
        turned = tables[k][0] if pair[1] is None else tables[k][0] @ pair[1]
        left.append(numpy.linalg.inv(turned))
    sums = numpy.zeros(()) + sum(a for a, index in own if not any(index))
    for item in values:
        sums = numpy.add.outer(sums, item)
    stiff = sum(
        (a * tables[-1][i[-1]] for a, i in own if 0 < i[-1] == sum(i)),
        numpy.zeros_like(tables[-1][0]),
    )
    matrices = stiff + sums[..., None, None] * tables[-1][0]
    inverses = _inverted(matrices)

    def inverse(r: Array) -> Array:
        turned = contract(r, [*left, None])
        solved = numpy.matmul(inverses, turned[..., None])[..., 0]
        return contract(solved, [*right, None]).real

    return inverse


def _eigenvectors(
    tables: list[Array], terms: list[tuple[float, int]]
) -> tuple[Array, Array | None]:
    """Return eigenvalues and vectors of M^-1 K, as much of K as can be diagonalized.

    Odd derivatives have eigenvectors that depend on one another up to rounding; they are
    left out where that is so, and everything where it still is: None with one 0.
    """
    for kept in (terms, [(a, s) for a, s in terms if s % 2 == 0]):
        stiff = sum((a * tables[s] for a, s in kept), numpy.zeros_like(tables[0]))
        large = max((abs(a) * numpy.abs(tables[s]).max() for a, s in kept), default=0.0)
        if large <= 1e-10 * numpy.abs(tables[0]).max():
            break
        values, vectors = numpy.linalg.eig(numpy.linalg.solve(tables[0], stiff))
        if numpy.linalg.cond(vectors) < SEPARATED:
            return values, vectors
    return numpy.zeros(1), None


def _inverted(matrices: Array) -> Array:
    """Return the inverses of a stack; the identity where one is singular."""
    try:
        return numpy.linalg.inv(matrices)
    except numpy.linalg.LinAlgError:
        return numpy.broadcast_to(numpy.eye(matrices.shape[-1]), matrices.shape)
