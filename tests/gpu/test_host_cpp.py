"""Exported C++ gives the bits of Numba: checked, optimized, in reversed pieces."""

import itertools

import pytest

from .bodies import NAMES, bits, made
from .hostbuild import CHECKED, OPTIMIZED, built, called, compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++) is here")


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", NAMES)
def test_checked_build_equals_numba(name, dtype, tmp_path):
    kernel, inputs = made(name, {"f4": "float32", "f8": "float64"}[dtype])
    outputs, _ = called(built(kernel, dtype, tmp_path, CHECKED), kernel, inputs)
    assert bits(outputs) == bits(kernel(*inputs))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", NAMES)
def test_optimized_build_in_reversed_pieces_equals_numba(name, dtype, tmp_path):
    kernel, inputs = made(name, {"f4": "float32", "f8": "float64"}[dtype])
    function = built(kernel, dtype, tmp_path, OPTIMIZED)
    _, size = called(function, kernel, inputs)
    edges = [0, size // 3, size // 2, size]
    pieces = list(itertools.pairwise(edges))[::-1]
    outputs, _ = called(function, kernel, inputs, pieces)
    assert bits(outputs) == bits(kernel(*inputs))
