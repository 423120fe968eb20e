"""An optimized perturbation beside the one eigenproblem that it makes well conditioned."""

import numpy
import pytest

from perturbsci.statespace import condition_gradient, hippo, perturb_then_diagonalize

pytestmark = pytest.mark.bench

N = 64


def eig_and_inverse(a):
    return numpy.linalg.inv(numpy.linalg.eig(a)[1])


@pytest.mark.parametrize("method", ["optimize", "skew"])
def test_descent(compare, method):
    legs = hippo("legs", N)
    near = perturb_then_diagonalize(legs, method=method, size=0.03)
    total = legs.a + near.perturbation
    compare(
        f"{method}, legs, n = 64, size .03 / 20 times eig and inverse",
        lambda: perturb_then_diagonalize(legs, method=method, size=0.03),
        lambda: [eig_and_inverse(total) for _ in range(20)],
        target="30",
        repeats=5,
    )


def test_gradient(compare):
    total = hippo("legs", N).a + perturb_then_diagonalize(hippo("legs", N)).perturbation
    compare(
        "condition_gradient, n = 64 / one eig and inverse",
        lambda: condition_gradient(total),
        lambda: eig_and_inverse(total),
        target="2",
    )
