"""GPU code without a GPU: how fast PTX is run by NumPy, and compiled by NVRTC."""

import numpy
import pytest

from perturbsci.backend.cuda_text import OPTIONS
from perturbsci.backend.timing import measure
from tests.gpu import nvrtc, ptx
from tests.gpu.bodies import made
from tests.gpu.routes import prepared

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(
        nvrtc.library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"
    ),
]
OPTIONS_90 = (90, OPTIONS["strict"])


def inputs_of(name, n):
    rng = numpy.random.default_rng(0)
    return {
        "bells": (rng.random(n), rng.random(64), rng.random(64), 3.0),
        "stencil": (rng.random((n // 8 + 6, 8)), rng.random(8) - 0.5, 0.1),
        "nested": (rng.random(n // 12), rng.random(3), 9),
    }[name]


@pytest.mark.parametrize("n", [100, 4096])
@pytest.mark.parametrize("name", ["bells", "stencil", "nested"])
def test_interpreter(record, name, n):
    kernel, _ = made(name, "float64")
    call = prepared(kernel, inputs_of(name, n), 0)
    module = ptx.load(nvrtc.compiled(kernel.source("cuda", "f8"), *OPTIONS_90)[0])
    before = module.lane_instructions

    def launch():
        module.launch(module.name, 1, call.size, call.cuda)

    launch()
    work = module.lane_instructions - before
    rate = work / measure(launch).best
    record(
        f"PTX by NumPy, {name}, {call.size} lanes", 1e-6 * rate, "M instructions/s", "15"
    )


def test_compilers(record):
    kernel, _ = made("stencil", "float64")
    text = kernel.source("cuda", "f8")
    for what, compile_ in (("PTX", nvrtc.compiled), ("machine code", nvrtc.assembled)):
        seconds = measure(lambda c=compile_: c.__wrapped__(text, *OPTIONS_90)).best
        record(f"NVRTC, stencil to {what}", seconds, "seconds", "0.08")
