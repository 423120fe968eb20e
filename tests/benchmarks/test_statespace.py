"""State-space systems beside step loops, dlsim and one-line NumPy."""

import numpy
import pytest
import scipy.signal

from perturbsci import backend
from perturbsci.problems import matrices
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    convolution_kernel,
    dense,
    difference,
    discretize,
    halve,
    hinf_norm,
    simulate,
)

pytestmark = pytest.mark.bench

LENGTH = 16384


def shifted(n, theta=0.1):
    """LegS, and its eigenbasis after the shift, halved."""
    a, root = matrices.hippo_legs(n), numpy.sqrt(2 * numpy.arange(n) + 1)
    values, right = numpy.linalg.eig(a + theta / 2 * numpy.outer(root, root))
    b = numpy.linalg.solve(right, (1 - theta / 2) * root + 0j)
    readout = numpy.random.default_rng(0).standard_normal((1, n)) / 8
    return DenseSystem(a, root, readout), halve(DiagonalSystem(values, b, readout @ right))


SYSTEM = discretize(shifted(64)[1], 1e-3)
INPUTS = numpy.random.default_rng(1).standard_normal((1, LENGTH, 1))


def loop():
    a, b = SYSTEM.eigenvalues, SYSTEM.b[:, 0]
    c, u = SYSTEM.c[0] * SYSTEM.weights, INPUTS[0, :, 0]
    x, y = numpy.zeros(len(a), dtype=complex), numpy.empty(LENGTH)
    for k in range(LENGTH):
        x = a * x + b * u[k]
        y[k] = (c @ x).real
    return y


def one_thread():
    with backend.use("numba", threads=1):
        return simulate(SYSTEM, INPUTS)


def test_scan_beside_a_step_loop(compare):
    compare(
        "simulate, n = 64, L = 16384 / NumPy step loop",
        one_thread,
        loop,
        target="1/30 = 0.033",
    )


def test_scan_beside_dlsim(compare):
    full = dense(SYSTEM)
    matrix = (full.a, full.b, full.c, numpy.zeros((1, 1)), 1.0)
    compare(
        "simulate, n = 64, L = 16384 / scipy.signal.dlsim",
        one_thread,
        lambda: scipy.signal.dlsim(matrix, INPUTS[0]),
        target="1/60 = 0.017",
        repeats=5,
    )


def test_kernel_beside_one_line(compare):
    residues = (SYSTEM.c[0] * SYSTEM.b[:, 0] * SYSTEM.weights)[:, None]
    exponents = numpy.log(SYSTEM.eigenvalues)[:, None]
    compare(
        "convolution_kernel, n = 64, L = 16384 / sum of exp in NumPy",
        lambda: convolution_kernel(SYSTEM, LENGTH),
        lambda: (residues * numpy.exp(exponents * numpy.arange(LENGTH))).sum(axis=0).real,
        target="1/3",
    )


def test_hinf_norm_of_192_states(compare):
    exact, half = shifted(96)
    system = difference(half, exact)
    full = dense(system)
    compare(
        "hinf_norm, 192 states / eigenvalues of a matrix of 384",
        lambda: hinf_norm(system),
        lambda: numpy.linalg.eigvals(
            numpy.block([[full.a, full.b @ full.b.T], [full.c.T @ full.c, -full.a.T]])
        ),
        target="below 1 s",
        repeats=5,
    )
