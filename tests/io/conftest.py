import sys
import types
from pathlib import Path

import pytest

from perturbsci import io, verification
from perturbsci.io import kinds

# A package tests/io would be called "io" and hide the one of Python.
sys.path.insert(0, str(Path(__file__).parent))
import io_samples as samples


@pytest.fixture(scope="module")
def exported():
    """Let the look-up find the sample classes as if a subpackage exported them."""
    names = ["Sample", "Picky", "Thawed"]
    public = {name: getattr(verification, name) for name in verification.__all__}
    public |= {name: getattr(samples, name) for name in names}
    module = types.SimpleNamespace(__all__=list(public), **public)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "import_subpackage", lambda _: module)
        yield module


@pytest.fixture
def sound(tmp_path):
    """An archive of two arrays."""
    return io.save(samples.ARRAYS, tmp_path / "sound.npz")
