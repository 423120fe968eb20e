"""Kernels and filters: the exact residues, their conditions, their shapes."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from perturbsci import io, koopman
from perturbsci.errors import ParameterError
from perturbsci.koopman.filters import FILTER_ORDERS, filter_weights
from perturbsci.koopman.rational import damping, rational_kernel
from perturbsci.verification import load_reference

# Residues of equispaced poles up to the middle, by rational arithmetic.
EXACT = {
    1: [(1, 0)],
    2: [(Fraction(1, 2), Fraction(3, 2))],
    3: [(-2, 1), (5, 0)],
    4: [(Fraction(-39, 24), Fraction(-65, 24)), (Fraction(17, 8), Fraction(85, 8))],
    5: [
        (Fraction(15, 4), Fraction(-10, 4)),
        (Fraction(-39, 2), Fraction(13, 2)),
        (Fraction(65, 2), 0),
    ],
    6: [
        (Fraction(725, 192), Fraction(1015, 192)),
        (Fraction(-2775, 192), Fraction(-6475, 192)),
        (Fraction(1073, 96), Fraction(7511, 96)),
    ],
}
EVERY = [(m, poles) for m in range(1, 13) for poles in ("equispaced", "chebyshev")]


@pytest.mark.parametrize("order", EXACT)
def test_the_residues_are_exact_fractions(order):
    half = np.array([complex(float(a), float(b)) for a, b in EXACT[order]])
    expected = np.concatenate([half, half[: order // 2][::-1].conj()])
    # m factors with 4 roundoffs each.
    error = abs(rational_kernel(order).residues - expected)
    assert (error <= 8 * order * 2.0**-52 * abs(expected)).all()


@pytest.mark.parametrize(("order", "poles"), EVERY)
def test_the_residues_solve_the_vandermonde_system(order, poles):
    kernel = rational_kernel(order, poles=poles)
    with mpmath.workdps(60):
        a = [mpmath.mpc(z.real, z.imag) for z in kernel.poles.tolist()]
        system = mpmath.matrix(order, order)
        for k in range(order):
            for j in range(order):
                system[k, j] = a[j] ** k
        solution = mpmath.lu_solve(system, mpmath.eye(order)[:, 0])
        exact = np.array([complex(value) for value in solution])
    # The differences a_i - a_j of rounded poles are exact but for one roundoff each.
    assert (abs(kernel.residues - exact) <= 32 * order * 2.0**-52 * abs(exact)).all()


@pytest.mark.parametrize(("order", "poles"), EVERY)
def test_poles_and_residues_are_symmetric_to_the_bit(order, poles):
    kernel = rational_kernel(order, poles=poles)
    assert np.array_equal(kernel.poles[::-1].real, -kernel.poles.real)
    assert np.array_equal(kernel.residues[::-1], kernel.residues.conj())
    assert (kernel.poles.imag == 1).all()
    assert kernel.order == order


def test_where_the_poles_are():
    j = np.arange(1, 8)
    assert rational_kernel(7).poles.real == pytest.approx(2 * j / 8 - 1, abs=1e-15)
    chebyshev = rational_kernel(7, poles="chebyshev").poles.real
    assert chebyshev == pytest.approx(np.cos((2 * j - 1) * np.pi / 14), abs=1e-15)


def test_the_noise_amplification():
    reference = load_reference("koopman_measure.amplifications")
    found = [rational_kernel(m).noise_amplification for m in range(1, 7)]
    assert found == pytest.approx(reference.value, abs=reference.tolerance)


@pytest.mark.parametrize("order", range(1, 13))
def test_low_moments_are_kept_to_the_order(order):
    kernel, n = rational_kernel(order), 2.0 ** -np.arange(1, 4)
    # |w(x) - 1| <= sum |alpha| |a|^m x^m/m! e^(|a| x) by Taylor's theorem.
    a = abs(kernel.poles)
    bound = (abs(kernel.residues) * a**order) @ np.exp(np.outer(a, n)) * n**order
    bound /= float(mpmath.factorial(order))
    slack = 8 * order * 2.0**-52 * kernel.noise_amplification
    assert (abs(damping(kernel, 1.0, n) - 1) <= bound + slack).all()


@pytest.mark.parametrize("name", FILTER_ORDERS)
def test_filters_fall_from_one_to_zero(name):
    weights = filter_weights(name, 200)
    assert (weights[0], weights[-1]) == (1.0, 0.0)
    assert (np.diff(weights) <= 209 * 2.0**-52).all()  # 35 + 84 + 70 + 20 roundoffs
    # The sharpened cosine and the bump keep phi(x) + phi(1 - x) = 1 at the middle.
    assert weights[100] == pytest.approx(0.5, abs=1e-14)


@pytest.mark.parametrize(("name", "order"), [("fejer", 1), ("cosine", 2), ("vandeven", 4)])
def test_filters_start_as_their_order_says(name, order):
    drop = 1 - filter_weights(name, 1000)[1:4]
    steepness = np.log2(drop[1] / drop[0])
    assert steepness == pytest.approx(order, abs=0.02)  # next term 84/35 * 2e-3 relative


@pytest.mark.parametrize("order", [0, 13, -1, 2.0, True, "4", None])
def test_an_order_out_of_range_is_refused(order):
    with pytest.raises(ParameterError, match="whole number from 1 to 12"):
        koopman.rational_kernel(order)


def test_unknown_poles_are_refused():
    with pytest.raises(ParameterError, match=r"poles is 'uniform'.*equispaced, chebyshev"):
        koopman.rational_kernel(3, poles="uniform")


def test_a_kernel_survives_a_file(tmp_path):
    kernel = rational_kernel(5, poles="chebyshev")
    io.save(kernel, tmp_path / "kernel.npz")
    again = io.load(tmp_path / "kernel.npz")
    assert again.residues.tobytes() == kernel.residues.tobytes()
    assert again.poles.tobytes() == kernel.poles.tobytes()
    assert again.noise_amplification == kernel.noise_amplification
