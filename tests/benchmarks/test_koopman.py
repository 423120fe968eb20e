"""EDMD beside the least squares and the eigenproblem that it cannot do without."""

import dataclasses

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.timing import measure
from perturbsci.io import load_record
from perturbsci.koopman import (
    Snapshots,
    accumulate,
    edmd,
    fourier,
    hermite,
    monomials,
    pseudospectrum,
    rectangle_grid,
    tensor,
)

pytestmark = pytest.mark.bench


def test_edmd_of_el_nino(compare):
    values = load_record("elnino").values[:600, None]
    data = Snapshots.from_trajectory(values, delays=60)
    functions = monomials(1, n_state=60)
    psi_x, psi_y = functions(data.x), functions(data.y)

    def floor():
        return numpy.linalg.eig(numpy.linalg.lstsq(psi_x, psi_y)[0])

    compare(
        "edmd, El Niño, 60 delays / lstsq + eig",
        lambda: edmd(data, functions),
        floor,
        target="2.0",
        repeats=101,
    )


# Pseudospectra: pendulum, 61 x 61 points, beside a dense eigensolver a point. BLAS has one
# thread (set OPENBLAS_NUM_THREADS=1), the points have one and two.


def pendulum_state(n_functions):
    """Return the Gram state of a half step of the pendulum, 40000 midpoints."""
    x, p = numpy.meshgrid(
        2 * numpy.pi * numpy.arange(200) / 200, numpy.linspace(-10, 10, 200), indexing="ij"
    )
    states = numpy.stack([x.ravel(), p.ravel()], axis=1)
    images = states.copy()
    for _ in range(20):
        images[:, 1] -= 0.0125 * numpy.sin(images[:, 0])
        images[:, 0] += 0.025 * images[:, 1]
        images[:, 1] -= 0.0125 * numpy.sin(images[:, 0])
    factors = fourier(60, form="real"), hermite(60, form="function")
    functions = tensor(*factors, cross=60)
    state = accumulate(Snapshots(states, images), functions)
    degree = (1 + functions.indices[:, 0]) // 2  # constant, cosines and sines by turns
    weight = numpy.maximum(degree, 1) * (functions.indices[:, 1] + 1)
    n = functions.n_functions
    kept = numpy.sort(numpy.argsort(weight, kind="stable")[:n_functions])
    both = numpy.concatenate([kept, n + kept])
    return dataclasses.replace(
        state,
        blocks=state.blocks[numpy.ix_(both, both)],
        moments=state.moments[kept],
        dictionary=None,
    )


def test_pseudospectrum_beside_a_dense_solver_a_point(record):
    state = pendulum_state(356)
    grid = rectangle_grid(-1.5, 1.5, -1.5, 1.5, 0.05)
    half = grid[grid.imag >= 0]
    sample = numpy.random.default_rng(0).choice(half, 40, replace=False)
    g, a, image = state.G, state.A, state.L
    root = numpy.linalg.cholesky(g)

    def whitened(m):
        return numpy.linalg.solve(root, numpy.linalg.solve(root, m).T).T

    a, image = whitened(a), whitened(image)

    def dense(z):
        m = image - z * a.T - z.conjugate() * a + abs(z) ** 2 * numpy.eye(356)
        return numpy.linalg.eigvalsh(m)[0]

    seconds = {1: [], 2: []}
    each = []
    for _ in range(3):  # in turns, so that a drift of the machine cancels
        for threads, found in seconds.items():
            with backend.use("numba", threads=threads):
                ours = measure(lambda: pseudospectrum(state, grid=grid), repeats=1)
                found.append(ours.best)
        found = measure(lambda: [dense(z) for z in sample], repeats=1)
        each.append(found.best / len(sample) * len(half))
    for threads, found in seconds.items():
        label = f"pseudospectrum 61 x 61, N = 356, {threads} thread(s)"
        target = ("<= 5", ">= 5") if threads == 2 else ("none", "none")
        record(label, min(found), "s", target[0])
        record(f"{label} / eigvalsh", min(each) / min(found), "times faster", target[1])
    values = pseudospectrum(state, grid=sample).values
    exact = numpy.sqrt(numpy.maximum([dense(z) for z in sample], 0))
    resolved = exact > 1e-5
    error = numpy.abs(values / numpy.where(resolved, exact, 1) - 1)[resolved].max()
    record("  largest relative error of tau", error, "", "<= 1e-6")
