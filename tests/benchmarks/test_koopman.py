"""EDMD beside the least squares and the eigenproblem that it cannot do without."""

import subprocess
import sys
import time

import numpy
import pytest

from perturbsci import backend, koopman
from perturbsci.backend import linalg
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
from perturbsci.verification import load_reference

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


# Verified EDMD of a pendulum, beside its floor and the stored times of two peers.


def pendulum(n_steps=20, step=0.5):
    """Return 40000 pairs of a grid and its image, and 360 real functions."""
    angle = 2 * numpy.pi * numpy.arange(200) / 200 - numpy.pi
    momentum = -8 + 16 * (numpy.arange(200) + 0.5) / 200
    axes = numpy.meshgrid(angle, momentum, indexing="ij")
    x = numpy.stack([a.ravel() for a in axes], axis=1)
    y, h = x, step / n_steps

    def field(s):
        return numpy.stack([s[:, 1], -numpy.sin(s[:, 0])], axis=1)

    for _ in range(n_steps):
        a = field(y)
        b = field(y + h / 2 * a)
        c = field(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + field(y + h * c))
    functions = tensor(fourier(4, form="real"), hermite(39, form="function"))
    return Snapshots(x, y, step=step), functions


def processor_seconds(*functions, repeats=5):
    """Return the smallest processor time of each, called in turns."""
    seconds = []
    for _ in range(repeats + 1):
        row = []
        for function in functions:
            start = time.process_time()
            function()
            row.append(time.process_time() - start)
        seconds.append(row)
    return numpy.min(seconds[1:], axis=0)


def test_verified_edmd_of_a_pendulum(record):
    data, functions = pendulum()

    def floor():
        psi_x, psi_y = functions(data.x), functions(data.y)
        gram, cross, _ = psi_x.T @ psi_x, psi_x.T @ psi_y, psi_y.T @ psi_y
        return numpy.linalg.eig(numpy.linalg.solve(gram, cross))

    ours, least = processor_seconds(lambda: edmd(data, functions), floor)
    record("verified edmd, M = 40000, N = 360", ours / least, "x features + Grams", "1.3")
    # The peers were measured beside the same floor, features by NumPy: compare by it.
    for name, peer, target in (
        ("PyDMD", load_reference("koopman_systems.peer_pydmd"), 8),
        ("pykoopman", load_reference("koopman_systems.peer_pykoopman"), 1.5),
    ):
        theirs, their_floor, distance = peer.value
        assert distance <= 1e-10  # all agree with plain EDMD
        ratio = theirs / their_floor * least / ours
        record(f"verified edmd beside {name}", ratio, "x faster, by floors", target)


def snapshots_of(dictionary, count):
    x = numpy.random.default_rng(0).uniform(-1, 1, (count, dictionary.n_state))
    return Snapshots(x, numpy.cos(3 * x))


def updates_of_the_same_chunks(state, count):
    """Return a function that makes the symmetric updates of ``accumulate`` alone."""
    width, size = state.blocks.shape[0], state.blocks.dtype.itemsize
    panel = numpy.zeros((2**25 // (width * size), width), state.blocks.dtype)
    panel += numpy.random.default_rng(0).standard_normal(panel.shape)
    full, rest = divmod(count, len(panel))

    def update():
        for rows in [len(panel)] * full + [rest]:
            linalg.gram(panel[:rows])

    return update


STREAMED = {
    "chebyshev, N = 64": (koopman.chebyshev(63), 300000, "4"),
    "hermite x legendre, N = 64": (
        koopman.tensor(koopman.hermite(7), koopman.legendre(7)),
        300000,
        "4",
    ),
    "fourier x fourier, N = 289": (
        koopman.tensor(koopman.fourier(8), koopman.fourier(8)),
        20000,
        "1.4",
    ),
    "hermite x real fourier, N = 356": (
        koopman.tensor(koopman.hermite(3), koopman.fourier(44, form="real")),
        40000,
        "1.4",
    ),
}


@pytest.mark.parametrize("name", STREAMED)
def test_accumulation(compare, name):
    dictionary, count, target = STREAMED[name]
    data = snapshots_of(dictionary, count)
    state = koopman.accumulate(data, dictionary)
    compare(
        f"accumulate, {name} / syrk",
        lambda: koopman.accumulate(data, dictionary),
        updates_of_the_same_chunks(state, count),
        target=target,
        repeats=5,
    )


def test_triangular_factors(compare):
    dictionary = koopman.chebyshev(63)
    data = snapshots_of(dictionary, 60000)
    compare(
        "accumulate, N = 64, form qr / form gram",
        lambda: koopman.accumulate(data, dictionary, form="qr"),
        lambda: koopman.accumulate(data, dictionary),
        target="reported",
        repeats=5,
    )


MEMORY = """
import os
import numpy
from perturbsci import koopman

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

def portions(count):
    for _ in range(count):
        x = rng.uniform(-1, 1, (50000, 1))
        yield koopman.Snapshots(x, numpy.cos(3 * x))
        found.append(resident())

rng, found = numpy.random.default_rng(0), []
dictionary = koopman.chebyshev(63)
data = koopman.Snapshots(*(rng.uniform(-1, 1, (10, 1)) for _ in range(2)))
koopman.accumulate(data, dictionary)
before = resident()
koopman.accumulate(portions(40), dictionary)
print(max(found) - before)
"""


def test_memory_of_two_million_snapshots(record):
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True
    )
    record("accumulate, N = 64, 2e6 snapshots: growth", float(done.stdout), "MB", "50")


# Pseudospectra of the pendulum, 61 x 61 points, beside a dense eigensolver a point. BLAS
# has one thread (set OPENBLAS_NUM_THREADS=1), the points have one and two.


def test_pseudospectrum_beside_a_dense_solver_a_point(record):
    state = accumulate(*pendulum())
    grid = rectangle_grid(-1.5, 1.5, -1.5, 1.5, 0.05)
    half = grid[grid.imag >= 0]
    sample = numpy.random.default_rng(0).choice(half, 40, replace=False)
    root = numpy.linalg.cholesky(state.G)
    a, image = (
        numpy.linalg.solve(root, numpy.linalg.solve(root, m).T).T
        for m in (state.A, state.L)
    )

    def dense():
        eye = numpy.eye(len(a))
        matrices = (image - z * a.T - z.conjugate() * a + abs(z) ** 2 * eye for z in sample)
        return numpy.array([numpy.linalg.eigvalsh(m)[0] for m in matrices])

    seconds, each = {1: [], 2: []}, []
    for _ in range(3):  # in turns, so that a drift of the machine cancels
        for threads, found in seconds.items():
            with backend.use("numba", threads=threads):
                ours = measure(lambda: pseudospectrum(state, grid=grid), repeats=1)
                found.append(ours.best)
        each.append(measure(dense, repeats=1).best / len(sample) * len(half))
    for threads, found in seconds.items():
        label = f"pseudospectrum 61 x 61, N = {len(a)}, {threads} thread(s)"
        target = ("5", ">= 5") if threads == 2 else ("none", "none")
        record(label, min(found), "s", target[0])
        record(f"{label} / eigvalsh", min(each) / min(found), "x faster", target[1])
    exact = numpy.sqrt(numpy.maximum(dense(), 1e-10))
    values = pseudospectrum(state, grid=sample).values
    error = numpy.abs(values / exact - 1)[exact > 1e-5].max()
    record("  largest relative error of tau", error, "", "1e-6")
