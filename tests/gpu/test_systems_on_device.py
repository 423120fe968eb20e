"""State-space systems on a device: arrays stay there, numbers are those of the host.

On the stand-in the libraries are those of the host, so that only dispatch and hidden
transfers are seen; with ``-m gpu`` the same tests compare real ones.
"""

import dataclasses

import numpy
import pytest

from perturbsci import backend
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    HankelSystem,
    LowRankSystem,
    StateSpace,
    advance,
    bidirectional,
    convolution_kernel,
    convolve,
    dense,
    difference,
    discretize,
    gramians,
    halve,
    hankel_singular_values,
    hinf_norm,
    simulate,
    transfer_function,
    unfold,
)

RNG = numpy.random.default_rng(0)
VALUES = numpy.array([-0.5 + 3j, -0.5 - 3j, -1.0, -2.0 + 1j, -2.0 - 1j])
KEPT = VALUES[[0, 2, 3]]
B = RNG.standard_normal((3, 2)) + 1j * RNG.standard_normal((3, 2)) * [[1], [0], [1]]
C = RNG.standard_normal((2, 3)) + 1j * RNG.standard_normal((2, 3)) * [1, 0, 1]
D = RNG.standard_normal((2, 2))
WEIGHTS = numpy.array([2.0, 1.0, 2.0])
INPUTS = RNG.standard_normal((2, 300, 2))
COPIED = [numpy.stack([each, each + 0.1]) for each in (KEPT, B, C, D)]

HALVED = DiagonalSystem(KEPT, B, C, D, weights=WEIGHTS)
SYSTEMS = {
    "halved": HALVED,
    "all modes": unfold(HALVED),
    "dense": dense(HALVED),
    "low rank": LowRankSystem(KEPT, 0.1 * B, 0.1 * B, B, C, D, weights=WEIGHTS),
    "hankel": HankelSystem(RNG.standard_normal((4, 2, 2)), D),
    "copies": DiagonalSystem(*COPIED, weights=WEIGHTS),
}
ROUTES = {
    "simulate": lambda s, u: simulate(s, u).outputs,
    "final state": lambda s, u: simulate(s, u).final_state,
    "recurrence": lambda s, u: simulate(s, u[:, :20], method="recurrence").outputs,
    "convolution": lambda s, u: simulate(s, u, method="convolution").outputs,
    "kernel": lambda s, u: convolution_kernel(s, 70),
    "convolve": lambda s, u: convolve(u, convolution_kernel(s, 70)),
    "bidirectional": lambda s, u: bidirectional(s, s, u),
    "transfer function": lambda s, u: transfer_function(s, 1.1 * abs(u[0, :3].ravel())),
    "difference": lambda s, u: transfer_function(
        difference(s, s), 1.1 + abs(u[0, :3].ravel())
    ),
}


def moved(value, device):
    """Return a system or an array with all its arrays on a device."""
    if isinstance(value, numpy.ndarray):
        return backend.to_device(value.copy(), device)
    if not isinstance(value, StateSpace):
        return value
    names = [field.name for field in dataclasses.fields(value)]
    return dataclasses.replace(
        value, **{name: moved(getattr(value, name), device) for name in names}
    )


def agrees(found, expected):
    assert not isinstance(found, numpy.ndarray)
    host = backend.to_host(found)
    # two libraries of transforms and products; every sum has below 300 terms
    assert numpy.abs(host - expected).max() <= 1e-11 * max(numpy.abs(expected).max(), 1e-3)
    assert host.dtype == expected.dtype


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("what", ROUTES)
def test_sequences_stay_on_the_device(device, name, what):
    system = discretize(SYSTEMS[name], 0.05, rule="bilinear")
    there = discretize(moved(SYSTEMS[name], device), 0.05, rule="bilinear")
    inputs = numpy.stack([INPUTS, -INPUTS], axis=2) if name == "copies" else INPUTS
    expected = ROUTES[what](system, inputs)
    agrees(ROUTES[what](there, moved(inputs, device)), expected)


@pytest.mark.parametrize("name", ["halved", "all modes", "dense", "copies"])
def test_zoh_on_the_device(device, name):
    system, there = (
        discretize(s, 0.05) for s in (SYSTEMS[name], moved(SYSTEMS[name], device))
    )
    agrees(there.b, system.b)


def test_forms_on_the_device(device):
    full = moved(unfold(HALVED), device)
    agrees(halve(full).b, B)
    agrees(unfold(moved(HALVED, device)).c, unfold(HALVED).c)
    agrees(dense(moved(HALVED, device)).a, dense(HALVED).a)
    assert isinstance(difference(full, dense(full)), DenseSystem)


def test_one_step_on_the_device(device):
    system = discretize(HALVED, 0.05)
    there = moved(system, device)
    state, sample = numpy.zeros((2, 3)) + 1j, INPUTS[:, 0]
    expected = advance(system, state, sample)
    for found, here in zip(
        advance(there, moved(state, device), moved(sample, device)), expected, strict=True
    ):
        agrees(found, here)


def test_norms_of_a_system_on_the_device(device):
    there = moved(HALVED, device)
    assert hinf_norm(there).value == hinf_norm(HALVED).value
    agrees(gramians(there)[0], gramians(HALVED)[0])
    agrees(hankel_singular_values(there), hankel_singular_values(HALVED))
