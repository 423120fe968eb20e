"""Save and load beside what they cost at least: NumPy's zip, the hash, the disk."""

import hashlib
import os
import statistics
import time

import numpy as np
import pytest

from perturbsci import io

REPEATS = 11


def ratio(ours, floor):
    """Return the median of ours over that of the floor, timed in turns."""
    seconds = {ours: [], floor: []}
    for function in (ours, floor) * (REPEATS + 1):
        start = time.perf_counter()
        function()
        seconds[function].append(time.perf_counter() - start)
    # The first turn warms up.
    return statistics.median(seconds[ours][1:]) / statistics.median(seconds[floor][1:])


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(3_276_800) for name in "abcd"}


@pytest.mark.bench
def test_save_of_100_megabytes(arrays, tmp_path):
    def floor():
        with (tmp_path / "floor.npz").open("wb") as file:
            np.savez(file, **arrays)
            for array in arrays.values():
                hashlib.sha256(array).hexdigest()
            file.flush()
            os.fsync(file.fileno())

    found = ratio(lambda: io.save(arrays, tmp_path / "x.npz", overwrite=True), floor)
    print(f"save 100 MB: ratio {found:.2f} (target 1.3)")


@pytest.mark.bench
def test_load_of_100_megabytes(arrays, tmp_path):
    path = io.save(arrays, tmp_path / "x.npz")

    def floor():
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files[1:]:
                hashlib.sha256(archive[name]).hexdigest()

    found = ratio(lambda: io.load(path), floor)
    print(f"load 100 MB: ratio {found:.2f} (target 1.3)")


@pytest.mark.bench
def test_hash_of_25_megabytes(arrays):
    array = arrays["a"]
    found = ratio(lambda: io.hash_array(array), lambda: hashlib.sha256(array).hexdigest())
    print(f"hash_array 25 MB: ratio {found:.2f} of a bare SHA-256")


@pytest.mark.bench
def test_save_and_load_of_a_small_result(tmp_path):
    arrays, path = {"x": np.zeros(10)}, tmp_path / "x.npz"
    io.save(arrays, path)

    def floor():
        np.savez(tmp_path / "floor.npz", **arrays)

    saving = ratio(lambda: io.save(arrays, path, overwrite=True), floor)
    loading = ratio(lambda: io.load(path), lambda: dict(np.load(path, allow_pickle=False)))
    print(
        f"small file: save ratio {saving:.1f} (fsync, provenance), load ratio {loading:.1f}"
    )
