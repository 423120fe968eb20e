"""Kernels beside NumPy expressions: what a loop costs when it is compiled."""

import numpy
import pytest

from perturbsci.backend.timing import measure
from tests.gpu.bodies import made

pytestmark = pytest.mark.bench


@pytest.fixture
def gaussians():
    generator = numpy.random.default_rng(0)
    return generator.random(8000), numpy.linspace(0, 1, 256), numpy.ones(256), 40.0


@pytest.mark.parametrize("schedule", ["lanes", "flat"])
def test_gaussians_beside_broadcasting(compare, gaussians, schedule):
    kernel, _ = made("bells", "float64", schedule)
    x, center, weight, rate = gaussians

    def broadcasting():
        return (weight * numpy.exp(-rate * (x[:, None] - center) ** 2)).sum(axis=1)

    compare(
        f"256 Gaussians at 8000 points, {schedule} / NumPy broadcasting",
        lambda: kernel(x, center, weight, rate, threads=1),
        broadcasting,
        target="0.2 (with derivatives)",
    )


def test_calls(record):
    kernel, (steps, x) = made("grow", "float64")
    x = x[:100].copy()
    bound = kernel.bind(steps, x, out=numpy.empty_like(x))
    for what, call, target in (
        ("call of a bound kernel, n = 100", bound, "2"),
        ("call of a kernel, n = 100", lambda: kernel(steps, x), "8"),
    ):
        record(what, 1e6 * measure(call).median, "microseconds", target)
