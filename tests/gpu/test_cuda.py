"""CUDA text compiles for real architectures; its PTX keeps the promise of equal bits."""

import re

import pytest

from perturbsci.backend.cuda_text import OPTIONS

from .bodies import NAMES, made
from .nvrtc import compiled, library

pytestmark = pytest.mark.skipif(
    library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"
)

DTYPES = {"f4": "float32", "f8": "float64"}
ROUNDED = re.compile(r"\b(add|sub|mul|div|sqrt|fma)((?:\.\w+)*)\.f(32|64)\b")


def ptx_of(name, dtype, architecture):
    kernel, _ = made(name, DTYPES[dtype])
    ptx, log = compiled(kernel.source("cuda", dtype), architecture, OPTIONS["strict"])
    problems = [
        line for line in log.splitlines() if line.strip("\0 ") and "deprecated" not in line
    ]
    assert problems == []
    return ptx


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("architecture", [70, 90, 120])
def test_ptx_rounds_every_operation_once_and_to_nearest(name, dtype, architecture):
    ptx = ptx_of(name, dtype, architecture)
    found = ROUNDED.findall(ptx)
    assert all(operation != "fma" for operation, _, _ in found)
    assert ".approx" not in ptx
    assert ".ftz" not in ptx
    assert all(modes in ("", ".rn") for _, modes, _ in found)
    if dtype == "f4" and name != "precise":
        assert all(width == "32" for _, _, width in found)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", [75, 80, 86, 89, 100])
@pytest.mark.parametrize("name", NAMES)
def test_every_architecture_compiles(name, architecture):
    for dtype in DTYPES:
        ptx_of(name, dtype, architecture)


def test_the_policy_sees_a_contraction():
    kernel, _ = made("bells", "float64")
    ptx, _ = compiled(kernel.source("cuda", "f8"), 90, OPTIONS["fast"])
    assert "fma.rn.f64" in ptx
