"""Exported C++ gives the bits of Numba: checked, optimized, in reversed pieces."""

import itertools

import pytest

from .bodies import NAMES, made
from .hostbuild import (
    ADDRESSES,
    OPTIMIZED,
    address_sanitizer,
    built,
    called,
    called_apart,
    compiler,
    function_of,
    together,
)
from .routes import bits, compiled_by_numba, prepared

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++) is here")
DTYPES = ("float32", "float64")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("host")


@pytest.fixture(scope="module")
def checked(folder):
    """Bounds and undefined behavior are checked; all texts in one library."""
    return together([made(name, "float64")[0] for name in NAMES], folder)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_checked_build_equals_numba(name, dtype, checked):
    kernel, inputs = made(name, dtype)
    kind = prepared(kernel, inputs, 0).dtype
    outputs, _ = called(function_of(checked, kernel, kind), kernel, inputs)
    assert bits(outputs) == bits(compiled_by_numba(kernel, inputs))


def test_a_file_stands_alone(folder):
    kernel, inputs = made("bells", "float64")
    outputs, _ = called(built(kernel, "f8", folder), kernel, inputs)
    assert bits(outputs) == bits(compiled_by_numba(kernel, inputs))


def test_no_array_is_left(folder):
    if address_sanitizer() is None:
        pytest.skip("the address sanitizer (libasan) is not here")
    cases = [made(name, dtype) for name in NAMES for dtype in DTYPES]
    library = together([kernel for kernel, _ in cases[::2]], folder, ADDRESSES)
    for case, outputs in zip(cases, called_apart(library, cases, folder), strict=True):
        assert bits(outputs) == bits(compiled_by_numba(*case)), case[0].name


@pytest.mark.slow
def test_optimized_build_in_reversed_pieces_equals_numba(folder):
    cases = [made(name, dtype) for name in NAMES for dtype in DTYPES]
    library = together([kernel for kernel, _ in cases[::2]], folder, OPTIMIZED)
    for kernel, inputs in cases:
        call = prepared(kernel, inputs, 0)
        edges = [0, call.size // 3, call.size // 2, call.size]
        pieces = list(itertools.pairwise(edges))[::-1]
        function = function_of(library, kernel, call.dtype)
        outputs, _ = called(function, kernel, inputs, pieces)
        assert bits(outputs) == bits(compiled_by_numba(kernel, inputs)), kernel.name
