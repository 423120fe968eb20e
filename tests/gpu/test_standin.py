"""The launcher on a device: no transfer, no allocation, the bits of the CPU."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.arrays import as_array, blocks
from perturbsci.errors import BackendError, ParameterError, ShapeError

from . import standin
from .bodies import NAMES, bits, made

pytestmark = pytest.mark.usefixtures("stand_in")


@pytest.fixture
def counts(monkeypatch):
    """Counters that start at zero."""
    monkeypatch.setattr(standin, "COUNTS", dict.fromkeys(standin.COUNTS, 0))
    return standin.COUNTS


def on_device(inputs):
    return tuple(
        backend.to_device(value, "cupy") if isinstance(value, numpy.ndarray) else value
        for value in inputs
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_a_launch_gives_the_bits_of_the_host(name, dtype):
    kernel, inputs = made(name, dtype)
    found = kernel(*on_device(inputs))
    arrays = found if isinstance(found, tuple) else (found,)
    assert bits(tuple(backend.to_host(array) for array in arrays)) == bits(kernel(*inputs))


def test_a_bound_step_launches_once_and_moves_nothing(counts):
    kernel, (steps, x) = made("grow", "float64")
    x = backend.to_device(x, "cupy")
    out = backend.namespace(x).empty(x.shape)
    step = kernel.bind(steps, x, out=out)
    before = dict(counts)
    for _ in range(3):
        step()
    assert counts == {**before, "launches": before["launches"] + 3}


def test_arrays_decide_the_device_and_do_not_mix():
    kernel, (x, c, w, rate) = made("bells", "float64")
    near, far = backend.to_device(x, "cupy"), backend.to_device(c, "cupy:1")
    with pytest.raises(
        BackendError, match=r"x lives on cupy:0 but center on numpy.*to_dev"
    ):
        kernel(near, c, w, rate)
    with pytest.raises(BackendError, match="x lives on cupy:0 but center on cupy:1"):
        kernel(near, far, far, rate)
    with pytest.raises(BackendError, match="argument 1 lives on cupy:0 but argument 2"):
        backend.namespace(near, c)
    with pytest.raises(BackendError, match="needed one on cupy:0"):
        kernel(*on_device((x, c, w)), rate, out=numpy.empty_like(x))
    found = kernel(*(backend.to_device(a, "cupy:1") for a in (x, c, w)), rate)
    assert found.device.id == 1
    assert backend.namespace(near, None, 2.0).__name__ == "array_api_compat.cupy"


def test_use_decides_where_no_array_does():
    @backend.kernel("n:i -> ramp[n]", over="n")
    def ramp(i, n, ramp):
        ramp[i] = 1.0 * i

    with backend.use("cupy:1"):
        found = ramp(4)
    assert found.device.id == 1
    assert backend.to_host(found).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert isinstance(ramp(4), numpy.ndarray)


def test_bad_arrays_on_a_device_are_named():
    kernel, (x, c, w, rate) = made("bells", "float64")
    x, c, w = on_device((x, c, w))
    with pytest.raises(ShapeError, match="weight has shape"):
        kernel(x, c, w[:3], rate)
    with pytest.raises(ParameterError, match="center is float32 but x is float64"):
        kernel(x, c.astype("f4"), w, rate)
    with pytest.raises(ParameterError, match="overlaps x"):
        kernel(x, c, w, rate, out=x)
    strided = x[::2]
    found = backend.to_host(kernel(strided, c, w, rate))
    assert found.tobytes() == backend.to_host(kernel(x, c, w, rate))[::2].tobytes()


def test_memory_that_is_spent_is_freed_once_then_named():
    kernel, inputs = made("grow", "float64")
    inputs = on_device(inputs)
    standin.MEMORY.update(free=100, after_free=2**40)
    kernel(*inputs)
    standin.MEMORY.update(free=100, after_free=100)
    with pytest.raises(BackendError, match=r"cupy:0 has 100 bytes free, needed 1200 .*use"):
        kernel(*inputs)
    standin.MEMORY.update(free=80)
    with backend.use("cupy"):
        assert next(blocks(100, 1)) == slice(0, 20)


def test_what_cupy_cannot_compile_is_a_backend_error(monkeypatch):
    def broken(self, name):
        raise RuntimeError("libnvrtc.so.12 is missing")

    monkeypatch.setattr(standin.RawModule, "get_function", broken)
    kernel, inputs = made("grow", "float64")
    with pytest.raises(BackendError, match=r"cupy .* cannot compile .*libnvrtc.*use\("):
        kernel(*on_device(inputs))


def test_choosing_and_moving(counts):
    assert backend.available() == ("numba", "numpy", "cupy", "cupy:0", "cupy:1")
    found = backend.info()
    assert (found.cuda_driver, found.gpus) == (12060, ("stand-in 0", "stand-in 1"))
    with backend.use("cupy:1") as chosen:
        assert chosen.device == "cuda:1"
        x = backend.to_device(numpy.ones(3))
        assert backend.to_device(x) is x
    assert backend.to_device(x, "cupy:0").device.id == 0
    assert as_array(x, name="x") is x
    backend.synchronize("cupy")
    with pytest.raises(BackendError, match="device 7 is missing, 2 answer"):
        backend.to_device(x, "cupy:7")
