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
from perturbsci.surrogates.tensor_space import TensorSpace, gauss
from perturbsci.surrogates.tensors import contract
from perturbsci.types import Array

__all__ = ["dense_step", "krylov_step"]


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
        Matrix and right side to the least-squares solution.

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
            [contract(item, test).ravel() for item, test in zip(columns, tests, strict=True)]
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
            [inverse(item).ravel() for inverse, item in zip(inverses, parts(r), strict=True)]
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
    """Return the derivatives of the trial functions at the nodes: field, direction, order."""
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
    share = weights / weights.sum()
    mass, stiff = [], []
    for k in range(d):
        tables = [tests[field][k] @ (t @ space.nulls[field][k]) for t in space.tables[k]]
        mass.append(tables[0])
        stiff.append(numpy.zeros_like(tables[0]))
        for s, (place, index) in enumerate(space.slots):
            if place == field and index[k] and sum(index) == index[k]:
                stiff[k] += float(share @ slopes[:, field, s]) * tables[index[k]]
    level = sum(
        float(share @ slopes[:, field, s])
        for s, (place, index) in enumerate(space.slots)
        if place == field and not any(index)
    )
    values, left, right = [], [], []
    for k in range(d - 1):
        found = numpy.linalg.eig(numpy.linalg.solve(mass[k], stiff[k]))
        eigenvalues, vectors = found[0], found[1]
        values.append(eigenvalues)
        right.append(vectors)
        left.append(numpy.linalg.inv(mass[k] @ vectors))
    sums = numpy.zeros(()) + level
    for item in values:
        sums = numpy.add.outer(sums, item)
    matrices = stiff[-1] + sums[..., None, None] * mass[-1]
    inverses = _inverted(matrices)

    def inverse(r: Array) -> Array:
        turned = contract(r, [*left, None])
        solved = numpy.matmul(inverses, turned[..., None])[..., 0]
        return contract(solved, [*right, None]).real

    return inverse


def _inverted(matrices: Array) -> Array:
    """Return the inverses of a stack; the identity where one is singular."""
    try:
        return numpy.linalg.inv(matrices)
    except numpy.linalg.LinAlgError:
        return numpy.broadcast_to(numpy.eye(matrices.shape[-1]), matrices.shape)
