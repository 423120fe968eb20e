"""Portable functions beside NumPy's: alone on an array, and consumed in a loop."""

import math
from math import exp

import numpy
import pytest
from scipy import special

from perturbsci import backend

pytestmark = pytest.mark.bench

BODY = "def {name}_map(i, x, y):\n    y[i] = {name}(x[i])"
POW = "def pow_map(i, x, y):\n    y[i] = pow(x[i], x[i])"


def gaussians(i, x, center, scale, weight, value, first, second):
    a = 0.0
    b = 0.0
    c = 0.0
    for j in range(center.shape[0]):
        z = (x[i] - center[j]) * scale[j]
        phi = weight[j] * exp(-0.5 * z * z)
        a += phi
        b -= z * scale[j] * phi
        c += (z * z - 1.0) * scale[j] * scale[j] * phi
    value[i] = a
    first[i] = b
    second[i] = c


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_gaussians_with_two_derivatives_beside_broadcasting(compare, dtype):
    signature = "x[n], center[m], scale[m], weight[m] -> value[n], first[n], second[n]"
    kernel = backend.kernel(signature, over="n", cost="m", schedule="lanes")(gaussians)
    x = numpy.random.default_rng(0).random(8000).astype(dtype)
    center, scale = numpy.linspace(0, 1, 256, dtype=dtype), numpy.full(256, 6, dtype)
    weight = numpy.ones(256, dtype)

    def broadcasting():
        z = (x[:, None] - center) * scale
        phi = weight * numpy.exp(-0.5 * z * z)
        second = (z * z - 1) * scale * scale * phi
        return phi.sum(axis=1), (-z * scale * phi).sum(axis=1), second.sum(axis=1)

    compare(
        f"256 Gaussians, two derivatives, 8000 points, {dtype} / NumPy",
        lambda: kernel(x, center, scale, weight, threads=1),
        broadcasting,
        target="0.2",
    )


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize(
    "name", ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf", "pow"]
)
def test_a_function_on_an_array_beside_numpy(compare, name, dtype):
    text = POW if name == "pow" else BODY.format(name=name)
    kernel = backend.launch.kernel_from_text(
        f"{name}_map", text, "x[n] -> y[n]", over="n", visible={name: getattr(math, name)}
    )
    x = numpy.random.default_rng(0).uniform(0.1, 10, 2**16).astype(dtype)
    out = numpy.empty_like(x)
    step = kernel.bind(x, out=out)
    platform = {"erf": special.erf, "pow": lambda v, out: numpy.power(v, v, out=out)}
    function = platform.get(name) or getattr(numpy, name)
    compare(
        f"{name} of 65536 numbers, {dtype} / NumPy or SciPy",
        step,
        lambda: function(x, out=out),
        target="none",
    )
