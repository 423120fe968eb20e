"""Effective blocks and eigenvalue series, beside the stored times of the peer.

``tests/benchmarks/peers/pymablock_blocks.py --beside`` measures both in one process.
"""

import statistics
import time

import numpy as np
import pytest

from perturbsci.perturbation import block_diagonalize, rayleigh_schrodinger
from perturbsci.verification import load_reference

pytestmark = pytest.mark.bench

REPEATS = 41


def case(n, m):
    """Return a diagonal H_0 with two separate blocks, a dense H_1, and labels."""
    rng = np.random.default_rng(0)
    energies = np.sort(rng.uniform(0, 1, n))
    energies[m:] += 2
    coupling = rng.standard_normal((n, n))
    return (np.diag(energies), coupling + coupling.T), [0] * m + [1] * (n - m)


def milliseconds(function):
    function()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


@pytest.mark.parametrize(
    ("position", "gauge", "target"),
    [(0, "canonical", 15), (0, "bloch", 40), (1, "canonical", 4), (1, "bloch", 4)],
)
def test_one_effective_block(record, position, gauge, target):
    peer = load_reference("perturbation.peer_milliseconds")
    n, m, order = peer.parameters["cases"][position]
    matrices, labels = case(n, m)
    ours = milliseconds(
        lambda: block_diagonalize(matrices, labels, order=order, gauge=gauge).effective[0]
    )
    theirs = peer.value[position]
    what = f"block of {m}, n = {n}, order {order}, {gauge}"
    record(what, theirs / ours, f"x faster than {theirs:.3g} ms", target)


def test_one_eigenvalue(record):
    peer = load_reference("perturbation.peer_milliseconds")
    n, _, order = peer.parameters["cases"][2]
    matrices, _ = case(n, 1)
    ours = milliseconds(lambda: rayleigh_schrodinger(*matrices, 0, order=order))
    what = f"eigenvalue series, n = {n}, order {order}"
    record(what, peer.value[2] / ours, f"x faster than {peer.value[2]:.3g} ms", 50)
