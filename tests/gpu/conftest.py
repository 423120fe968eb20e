"""A device for tests: the stand-in by default, real hardware with ``-m gpu``."""

import sys

import pytest

from perturbsci.backend import devices

from . import standin
from .nvrtc import library


def _forget(monkeypatch):
    """Let the package look for cupy anew, and not keep the namespace of another one."""
    devices._load_cupy.cache_clear()
    devices.cupy_function.cache_clear()
    for name in [n for n in sys.modules if n.startswith("array_api_compat.cupy")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def stand_in(monkeypatch):
    """Put the stand-in in the place of cupy."""
    if library() is None:
        pytest.skip("nvidia-cuda-nvrtc-cu12 is not here")
    with monkeypatch.context() as patch:
        _forget(patch)
        for name, module in standin.modules().items():
            patch.setitem(sys.modules, name, module)
        patch.setattr(standin, "MEMORY", {"free": 2**40})
        yield sys.modules["cupy"]
        _forget(patch)
    _forget(monkeypatch)


@pytest.fixture(params=["stand-in", pytest.param("cupy", marks=pytest.mark.gpu)])
def device(request):
    """Name of a backend whose arrays are not NumPy's."""
    if request.param == "stand-in":
        request.getfixturevalue("stand_in")
    return "cupy"
