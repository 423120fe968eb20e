"""CUDA text compiles for real architectures; its PTX keeps the promise of equal bits."""

import pytest

from perturbsci.backend.cuda_text import OPTIONS

from .bodies import EVERY, NAMES, made
from .nvrtc import (
    ARCHITECTURES,
    DEFAULT,
    assembled,
    compiled,
    library,
    problems,
    supported_architectures,
)
from .policy import broken, is_single

pytestmark = pytest.mark.skipif(
    library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"
)


STRICT = OPTIONS["strict"]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("architecture", DEFAULT)
def test_ptx_rounds_every_operation_once_and_to_nearest(name, dtype, architecture):
    kernel, _ = made(name, "float64")
    ptx, log = compiled(kernel.source("cuda", dtype), architecture, STRICT)
    assert problems(log) == []
    assert broken(ptx, single=is_single(kernel, dtype)) == []
    assert is_single(kernel, dtype) == (dtype == "f4" and name != "precise")


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", NAMES)
def test_every_architecture_gets_machine_code(name, architecture):
    assert architecture in supported_architectures()
    kernel, _ = made(name, "float64")
    for dtype in ("f4", "f8"):
        code, ptx, log = assembled(kernel.source("cuda", dtype), architecture, STRICT)
        assert problems(log) == []
        assert code[:4] == b"\x7fELF"
        assert broken(ptx, single=is_single(kernel, dtype)) == []


def test_the_policy_sees_a_contraction_and_what_may_become_one():
    kernel, _ = made("bells", "float64")
    ptx, _ = compiled(kernel.source("cuda", "f8"), 90, OPTIONS["fast"])
    found = broken(ptx, single=False)
    assert "fma.rn.f64" in found
    assert "add.f64" in found
