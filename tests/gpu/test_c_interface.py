"""The C function of a kernel: by Numba as a pointer, and as it is declared for a solver."""

import ctypes
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

from perturbsci.backend import kernel

from .bodies import NAMES, bits, made
from .hostbuild import CHECKED, OPTIMIZED, built, called, compiler

PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    *(ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
)
needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler is here")


SHORT = [("bells", "f4"), ("early", "f8"), ("product", "f8"), ("grow", "f4")]
CASES = [(name, dtype) for name in NAMES for dtype in ("f4", "f8")]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [c if c in SHORT else pytest.param(*c, marks=pytest.mark.slow) for c in CASES],
)
def test_the_pointer_gives_the_bits_of_a_call(name, dtype):
    made_one, inputs = made(name, {"f4": "float32", "f8": "float64"}[dtype])
    function = PROTOTYPE(made_one.pointer(dtype))
    outputs, size = called(function, made_one, inputs)
    assert bits(outputs) == bits(made_one(*inputs))
    pieces = [(size // 2, size), (0, size // 2)]
    assert bits(called(function, made_one, inputs, pieces)[0]) == bits(outputs)


@needs_compiler
def test_the_header_compiles_as_c_and_says_what_to_pass(tmp_path):
    bells, _ = made("bells", "float64")
    text = bells.source("header", "f8")
    assert "arrays: x[n], center[m], weight[m], field[n]" in text
    assert "reals: rate" in text
    header, use = tmp_path / "bells.h", tmp_path / "use.c"
    header.write_text(text)
    use.write_text(
        '#include "bells.h"\n#include "bells.h"\nvoid *f = perturbsci_bells_f8;\n'
    )
    words = ["gcc", "-std=c99", "-Wall", "-Werror", "-c", "use.c", "-o", "use.o"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_compiler
def test_a_checked_build_names_the_array_that_was_left(tmp_path):
    @kernel("x[n], y[n] -> z[n]", over="n")
    def beyond(i, x, y, z):
        z[i] = x[i] + y[i + 1]

    inputs = (numpy.zeros(3), numpy.zeros(3))
    function = built(beyond, "f8", tmp_path, CHECKED)
    with pytest.raises(AssertionError, match="returned 2"):
        called(function, beyond, inputs)
    assert called(function, beyond, inputs, [(0, 2)])[1] == 3  # the flag starts anew


@needs_compiler
def test_ranges_from_two_threads_equal_one_call(tmp_path):
    bells, inputs = made("bells", "float64")
    function, expected = built(bells, "f8", tmp_path, OPTIMIZED), bells(*inputs)
    half = len(expected) // 2
    pieces = [(0, half), (half, len(expected))]
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(called, function, bells, inputs, [p]) for p in pieces]
        found = [job.result()[0][0][slice(*p)] for job, p in zip(jobs, pieces, strict=True)]
    assert numpy.concatenate(found).tobytes() == expected.tobytes()
