"""One hash a kernel and precision: every machine and device must give these bits.

Run as a script, this file writes ``data/reference/kernel_hashes.json`` anew; a hash that
changes is a numerical change and belongs into the changelog.
"""

import hashlib
import json
from pathlib import Path

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend import workers
from perturbsci.verification import list_references, load_reference
from tests.gpu.packaged import packaged

FILE = Path(__file__).parents[2] / "data" / "reference" / "kernel_hashes.json"
DTYPES = ("f4", "f8")
SOURCE = "outputs on example(dtype, 0); tests/gpu/test_hashes.py, bit by bit by four routes"


def hash_of(outputs):
    """Return the SHA-256 of all outputs, their types and shapes included."""
    digest = hashlib.sha256()
    for array in outputs if isinstance(outputs, tuple) else (outputs,):
        host = backend.to_host(array)
        digest.update(f"{host.dtype.str} {host.shape} ".encode())
        digest.update(numpy.ascontiguousarray(host).tobytes())
    return digest.hexdigest()


def copied(inputs, device="numpy"):
    """Return the inputs on a device; an array updated in place is not the example's own."""
    return [
        backend.to_device(value.copy(), device)
        if isinstance(value, numpy.ndarray)
        else value
        for value in inputs
    ]


def expected(name, dtype):
    return load_reference(f"kernel.{name}.{dtype}").value


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", packaged())
def test_outputs_have_the_stored_hash_on_one_thread_and_on_two(name, dtype, monkeypatch):
    monkeypatch.setattr(workers, "THREAD_WORK", 1)
    kernel = packaged()[name]
    for threads in (1, 2):
        outputs = kernel(*copied(kernel.example(dtype, 0)), threads=threads)
        assert hash_of(outputs) == expected(name, dtype)


def test_no_hash_is_of_a_kernel_that_is_gone():
    stored = {word for word in list_references() if word.startswith("kernel.")}
    assert stored == {f"kernel.{name}.{t}" for name in packaged() for t in DTYPES}


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", packaged())
def test_a_device_gives_the_stored_hash(name, dtype):
    kernel = packaged()[name]
    inputs = copied(kernel.example(dtype, 0), "cupy")
    with backend.use("cupy"):
        assert hash_of(kernel(*inputs)) == expected(name, dtype)


def written():
    """Return the entries of the file."""
    return [
        {
            "id": f"kernel.{name}.{dtype}",
            "quantity": f"SHA-256 of the outputs of {name} in {dtype}",
            "parameters": {"seed": 0},
            "value": hash_of(kernel(*copied(kernel.example(dtype, 0)))),
            "tolerance": 0,
            "origin": "measured",
            "source": SOURCE,
        }
        for name, kernel in packaged().items()
        for dtype in DTYPES
    ]


if __name__ == "__main__":
    lines = ",\n ".join(json.dumps(entry) for entry in written())
    FILE.write_text(f"[\n {lines}\n]\n", encoding="utf-8")
