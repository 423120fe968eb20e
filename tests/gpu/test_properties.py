"""Random bodies give equal bits by every route."""

import random

import numpy
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .hostbuild import CHECKED, address_sanitizer, called_apart, compiler, together
from .nvrtc import library
from .random_bodies import random_kernel, random_text
from .routes import bits, compiled_by_numba, interpreted, on_ptx

pytestmark = pytest.mark.skipif(
    compiler() is None or address_sanitizer() is None, reason="no g++ with libasan is here"
)
# Random text compares a number with itself, and the compiler would say so.
SILENT = tuple(word for word in CHECKED if not word.startswith("-W"))


def inputs(dtype):
    """Return ordinary numbers, and those at the ends of the range."""
    rng = numpy.random.default_rng(0)
    ends = [0.0, -0.0, 1e-40, numpy.inf, -numpy.inf, numpy.nan, 88.0, -700.0]
    x = numpy.concatenate([rng.uniform(-2, 2, 70), ends]).astype(dtype)
    return x, rng.uniform(-1, 1, 5).astype(dtype), rng.integers(-50, 50, x.size), 0.75


def assert_equal_bits(texts, dtype, folder, *, compile_first):
    """Compare the interpreter with C++, PTX, lanes, and the first few with Numba."""
    kernels = [random_kernel(text, f"body{j}") for j, text in enumerate(texts)]
    library_ = together(kernels, folder, SILENT, (dtype,))
    numbers = inputs(dtype)
    host = called_apart(library_, [(kernel, numbers) for kernel in kernels], folder)
    for j, (text, kernel) in enumerate(zip(texts, kernels, strict=True)):
        expected = bits(interpreted(kernel, numbers))
        in_lanes = random_kernel(text, schedule="lanes")
        assert bits(interpreted(in_lanes, numbers)) == expected, text
        assert bits(host[j]) == expected, text
        if library() is not None:
            assert bits(on_ptx(kernel, numbers)) == expected, text
        if j < compile_first:
            assert bits(compiled_by_numba(kernel, numbers)) == expected, text


def test_a_dozen_random_bodies_give_equal_bits(tmp_path):
    generator = random.Random(1)
    texts = [random_text(generator.choice) for _ in range(12)]
    assert_equal_bits(texts, "f8", tmp_path, compile_first=2)


@pytest.mark.slow
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # each try compiles; the text of the first failure is enough
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data(), dtype=st.sampled_from(["f4", "f8"]))
def test_random_bodies_give_equal_bits(data, dtype, tmp_path_factory):
    def choose(options):
        return options[data.draw(st.integers(0, len(options) - 1))]

    text = random_text(choose)
    assert_equal_bits([text], dtype, tmp_path_factory.mktemp("random"), compile_first=1)
