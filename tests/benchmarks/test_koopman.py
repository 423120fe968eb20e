"""EDMD beside the least squares and the eigenproblem that it cannot do without."""

import subprocess
import sys

import numpy
import pytest

from perturbsci import koopman
from perturbsci.backend import linalg
from perturbsci.io import load_record
from perturbsci.koopman import Snapshots, edmd, monomials

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
