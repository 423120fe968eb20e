"""Every kernel of the package: compiled for GPUs, run as PTX and C++, equal in each bit."""

import itertools

import numpy
import pytest

import perturbsci.backend.timing
from perturbsci.backend.cuda_text import OPTIONS

from .bodies import made
from .hostbuild import (
    ADDRESSES,
    OPTIMIZED,
    address_sanitizer,
    called,
    called_apart,
    compiler,
    function_of,
    together,
)
from .nvrtc import ARCHITECTURES, DEFAULT, assembled, compiled, library, problems
from .packaged import packaged, without_example
from .policy import broken, is_single
from .routes import GRIDS, bits, compiled_by_numba, interpreted, on_ptx, prepared

KERNELS = packaged()
DTYPES = ("f4", "f8")
every_kernel = pytest.mark.parametrize("name", KERNELS)
both_dtypes = pytest.mark.parametrize("dtype", DTYPES)
needs_nvrtc = pytest.mark.skipif(
    library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"
)
needs_compiler = pytest.mark.skipif(
    compiler() is None, reason="no C++ compiler (g++) is here"
)


def case(name, dtype):
    """Return a kernel and its example."""
    return KERNELS[name], KERNELS[name].example(dtype, 0)


def cases():
    """Return all kernels with their examples in both precisions."""
    return [case(name, dtype) for name in KERNELS for dtype in DTYPES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("packaged")


@pytest.fixture(scope="module")
def checked(folder):
    return together(KERNELS.values(), folder)


def test_every_kernel_has_an_example():
    assert without_example(KERNELS.values()) == []


def test_a_kernel_in_any_module_is_found(monkeypatch):
    kernel, _ = made("grow", "float64")
    for held in (kernel, {"grow": kernel}, (kernel,)):
        monkeypatch.setattr(perturbsci.backend.timing, "PLANTED", held, raising=False)
        found = packaged.__wrapped__()
        assert found["grow"] is kernel
        assert without_example(found.values()) == ["grow"]
    twin, _ = made("grow", "float64")
    monkeypatch.setattr(perturbsci.backend.timing, "TWIN", twin, raising=False)
    with pytest.raises(AssertionError, match="two kernels are called grow"):
        packaged.__wrapped__()


@both_dtypes
@every_kernel
def test_examples_are_small_and_the_same_for_a_seed(name, dtype):
    kernel, inputs = case(name, dtype)
    call = prepared(kernel, inputs, 0)
    assert 0 < call.size <= 4096
    for one, other in zip(inputs, kernel.example(dtype, 0), strict=True):
        assert numpy.asarray(one).tobytes() == numpy.asarray(other).tobytes()


@needs_nvrtc
@both_dtypes
@every_kernel
def test_cuda_compiles_and_rounds_once(name, dtype):
    kernel = KERNELS[name]
    text, options = kernel.source("cuda", dtype), OPTIONS[kernel.math]
    for architecture in DEFAULT if dtype == "f8" else (90,):
        ptx, log = compiled(text, architecture, options)
        assert problems(log) == []
        if kernel.math == "strict":
            assert broken(ptx, single=is_single(kernel, dtype)) == []


@pytest.mark.slow
@needs_nvrtc
@both_dtypes
@every_kernel
def test_every_architecture_gets_machine_code(name, dtype):
    text, options = KERNELS[name].source("cuda", dtype), OPTIONS[KERNELS[name].math]
    for architecture in ARCHITECTURES:
        code, ptx, log = assembled(text, architecture, options)
        assert problems(log) == []
        assert code[:4] == b"\x7fELF"
        if KERNELS[name].math == "strict":
            assert broken(ptx, single=is_single(KERNELS[name], dtype)) == []


@needs_nvrtc
@both_dtypes
@every_kernel
def test_ptx_gives_the_bits_of_numba(name, dtype):
    kernel, inputs = case(name, dtype)
    assert bits(on_ptx(kernel, inputs)) == bits(compiled_by_numba(kernel, inputs))


@pytest.mark.slow
@needs_nvrtc
@both_dtypes
@every_kernel
def test_ptx_gives_the_bits_of_numba_on_every_grid(name, dtype):
    kernel, inputs = case(name, dtype)
    expected = bits(compiled_by_numba(kernel, inputs))
    for architecture in (75, 90, 120):
        for grid, backwards in itertools.product(GRIDS, (False, True)):
            how = {"architecture": architecture, "grid": grid, "backwards": backwards}
            assert bits(on_ptx(kernel, inputs, **how)) == expected, how


@needs_compiler
@both_dtypes
@every_kernel
def test_checked_cpp_gives_the_bits_of_numba(name, dtype, checked):
    kernel, inputs = case(name, dtype)
    kind = prepared(kernel, inputs, 0).dtype
    outputs, _ = called(function_of(checked, kernel, kind), kernel, inputs)
    assert bits(outputs) == bits(compiled_by_numba(kernel, inputs))


@pytest.mark.slow
@both_dtypes
@every_kernel
def test_the_interpreter_gives_the_bits_of_numba(name, dtype):
    kernel, inputs = case(name, dtype)
    assert bits(interpreted(kernel, inputs)) == bits(compiled_by_numba(kernel, inputs))


@pytest.mark.slow
@needs_compiler
def test_no_array_is_left(folder):
    if address_sanitizer() is None:
        pytest.skip("the address sanitizer (libasan) is not here")
    library = together(KERNELS.values(), folder, ADDRESSES)
    for one, outputs in zip(cases(), called_apart(library, cases(), folder), strict=True):
        assert bits(outputs) == bits(compiled_by_numba(*one)), one[0].name


@pytest.mark.slow
@needs_compiler
def test_optimized_cpp_in_reversed_pieces(folder):
    library = together(KERNELS.values(), folder, OPTIMIZED)
    for kernel, inputs in cases():
        call = prepared(kernel, inputs, 0)
        edges = sorted({0, call.size // 3, call.size // 2, call.size})
        pieces = list(itertools.pairwise(edges))[::-1]
        function = function_of(library, kernel, call.dtype)
        outputs, _ = called(function, kernel, inputs, pieces)
        assert bits(outputs) == bits(compiled_by_numba(kernel, inputs)), kernel.name
