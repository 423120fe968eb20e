"""The shift beside the eigensolver that it replaces; closed forms beside solves."""

import numpy
import pytest

from perturbsci.statespace import (
    hippo,
    legs_inner,
    legs_spikes,
    legs_states,
    perturb_then_diagonalize,
)

pytestmark = pytest.mark.bench

N = 512


@pytest.mark.parametrize("measure", ["legs", "lagt", "fout"])
def test_shift_of_one_column(compare, measure):
    memory = hippo(measure, N)
    near = memory.a + 0.1 * memory.low_rank @ memory.low_rank.T
    compare(
        f"shift of {measure}, n = 512 / numpy.linalg.eig(A + E)",
        lambda: perturb_then_diagonalize(memory),
        lambda: numpy.linalg.eig(near),
        target="0.6",
    )


def test_shift_of_two_columns(compare):
    memory = hippo("legt", N)
    near = memory.a + perturb_then_diagonalize(memory).perturbation
    compare(
        "shift of legt, five candidates, n = 512 / numpy.linalg.eig",
        lambda: perturb_then_diagonalize(memory),
        lambda: numpy.linalg.eig(near),
        target="2",
        repeats=5,
    )


def test_shift_of_a_plain_array(compare):
    memory = hippo("legs", N)
    near = memory.a + 0.1 * memory.low_rank @ memory.low_rank.T
    compare(
        "shift of a plain array, P unknown, n = 512 / numpy.linalg.eig",
        lambda: perturb_then_diagonalize(memory.a),
        lambda: numpy.linalg.eig(near),
        target="1",
    )


def test_states(compare):
    s, memory = 1j * numpy.geomspace(1e-2, 1e6, 1000), hippo("legs", 1024)
    few = s[::200]
    compare(
        "legs_states, n = 1024, 1000 points / 5 dense solves",
        lambda: legs_states(s, 1024),
        lambda: [numpy.linalg.solve(x * numpy.eye(1024) - memory.a, memory.b) for x in few],
        target="1",
        repeats=5,
    )
    compare(
        "legs_inner / legs_states, n = 1024, 1000 points",
        lambda: legs_inner(s, 1024),
        lambda: legs_states(s, 1024),
        target="1",
    )


def test_spikes(compare):
    memory = hippo("legs", N)
    normal = memory.a + memory.low_rank @ memory.low_rank.T + 0.5 * numpy.eye(N)
    compare(
        "legs_spikes, all of n = 512 / eigvalsh",
        lambda: legs_spikes(N),
        lambda: numpy.linalg.eigvalsh(-1j * normal),
        target="1",
    )
