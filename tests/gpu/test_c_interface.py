"""The C function of a kernel: by Numba as a pointer, and as it is declared for a solver."""

import ctypes
import subprocess

import numpy
import pytest

from perturbsci.backend import kernel

from .bodies import NAMES, bits, made
from .hostbuild import CHECKED, built, called, compiler
from .packaged import packaged
from .routes import bits as same
from .routes import compiled_by_numba, prepared

PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    *(ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
)
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-pedantic")
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


PROGRAM = r"""
#include <cstdio>
#include <thread>
#include <vector>
#include "bells.h"
int main() {
    std::vector<double> x(150), center(7), weight(7), field(150);
    for (double &value : x) { if (std::scanf("%lf", &value) != 1) { return 2; } }
    for (double &value : center) { if (std::scanf("%lf", &value) != 1) { return 2; } }
    for (double &value : weight) { if (std::scanf("%lf", &value) != 1) { return 2; } }
    void *arrays[] = {x.data(), center.data(), weight.data(), field.data()};
    const int64_t extents[] = {150, 7, 7, 150};
    const double reals[] = {3.0};
    auto serve = [&](int64_t begin, int64_t end) {
        perturbsci_bells_f8(begin, end, arrays, extents, reals, nullptr);
    };
    std::thread first(serve, 0, 71), second(serve, 71, 150);
    first.join();
    second.join();
    for (double value : field) { std::printf("%a\n", value); }
}
"""


@needs_compiler
def test_a_program_serves_ranges_from_two_threads(tmp_path):
    bells, inputs = made("bells", "float64")
    (tmp_path / "bells.h").write_text(bells.source("header", "f8"))
    (tmp_path / "bells.cpp").write_text(bells.source("c++", "f8"))
    (tmp_path / "main.cpp").write_text(PROGRAM)
    flags = ("-O2", "-std=c++14", "-ffp-contract=off", *WARNINGS, "-pthread")
    words = [compiler(), *flags, "bells.cpp", "main.cpp", "-o", "program"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    numbers = numpy.concatenate(inputs[:3])
    text = "\n".join(float(value).hex() for value in numbers)
    words = [str(tmp_path / "program")]
    printed = subprocess.run(words, input=text, capture_output=True, text=True, check=True)
    found = numpy.array([float.fromhex(word) for word in printed.stdout.split()])
    assert found.tobytes() == bells(*inputs).tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", packaged())
def test_the_pointer_of_a_packaged_kernel_gives_the_bits_of_numba(name, dtype):
    kernel = packaged()[name]
    inputs = kernel.example(dtype, 0)
    kind = prepared(kernel, inputs, 0).dtype  # float64 where no array says what T is
    outputs, _ = called(PROTOTYPE(kernel.pointer(kind)), kernel, inputs)
    assert same(outputs) == same(compiled_by_numba(kernel, inputs))
