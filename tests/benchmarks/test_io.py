"""Save and load beside what they cost at least: NumPy's zip, the hash, the disk."""

import hashlib
import os
import tracemalloc

import numpy as np
import pytest

from perturbsci import io

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(3_276_800) for name in "abcd"}


def test_save_of_100_megabytes(compare, arrays, tmp_path):
    def floor():
        with (tmp_path / "floor.npz").open("wb") as file:
            np.savez(file, **arrays)
            for array in arrays.values():
                hashlib.sha256(array).hexdigest()
            file.flush()
            os.fsync(file.fileno())

    def ours():
        io.save(arrays, tmp_path / "x.npz", overwrite=True)

    compare("save 100 MB / savez + sha256 + fsync", ours, floor, target="1.3")


def test_load_of_100_megabytes(compare, arrays, tmp_path):
    path = io.save(arrays, tmp_path / "x.npz")

    def floor():
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files[1:]:
                hashlib.sha256(archive[name]).hexdigest()

    compare("load 100 MB / numpy.load + sha256", lambda: io.load(path), floor, target="1.3")


def test_peak_memory_of_load(record, arrays, tmp_path):
    path = io.save(arrays, tmp_path / "x.npz")
    tracemalloc.start()
    loaded = io.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = sum(array.nbytes for array in loaded.values())
    record("peak memory of load / arrays", peak / size, "times", "1.2")


def test_hash_of_25_megabytes(compare, arrays):
    array = arrays["a"]

    def bare():
        hashlib.sha256(array).hexdigest()

    compare("hash_array 25 MB / sha256", lambda: io.hash_array(array), bare, target="none")
