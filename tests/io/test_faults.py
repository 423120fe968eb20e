"""A damaged file is refused or reads as before; it never costs memory or another error."""

import contextlib
import tracemalloc

import numpy as np
import pytest
from io_samples import NO_CLAIM, same, sample

from perturbsci import io
from perturbsci.errors import FileFormatError

FAULTS = 100


def examples():
    rng = np.random.default_rng(1)
    plain = {"x": rng.standard_normal((150, 200)), "n": rng.integers(0, 9, 20_000)}
    twins = {name: rng.standard_normal(3_000) for name in ("a", "b", "c", "d")}
    nested = sample(
        {"modes": (rng.standard_normal(20_000) + 1j, rng.random((300, 40)) < 0.5)},
        [NO_CLAIM, sample(rng.standard_normal(10_000), (1, 2.5, "text", None))],
    )
    return {"plain": plain, "twins": twins, "nested": nested}


def bit_flip(rng, content):
    changed = bytearray(content)
    # Half of the flips in the last and first bytes, where the structure is.
    edge = rng.integers(0, min(3000, len(content)))
    place = rng.choice(
        [edge, -1 - edge, rng.integers(len(content)), rng.integers(len(content))]
    )
    changed[place] ^= 1 << rng.integers(8)
    return bytes(changed)


def truncation(rng, content):
    return content[
        : rng.choice([rng.integers(len(content)), len(content) - rng.integers(1, 200)])
    ]


def cut(rng, content):
    start = rng.integers(len(content))
    return content[:start] + content[start + rng.integers(1, 5000) :]


def splice(rng, content):
    place, source = rng.integers(len(content), size=2)
    return (
        content[:place] + content[source : source + rng.integers(1, 300)] + content[place:]
    )


def overwrite(rng, content):
    place, source = rng.integers(len(content), size=2)
    piece = content[source : source + rng.integers(1, 300)]
    return content[:place] + piece + content[place + len(piece) :]


def swap(rng, content):
    """Exchange two members, headers and all, or only their contents."""
    starts = [
        place for place in range(len(content)) if content.startswith(b"PK\3\4", place)
    ]
    stops = [*starts[1:], content.index(b"PK\1\2", starts[-1])]
    first, second = sorted(rng.choice(len(starts), 2, replace=False))
    skip = rng.choice([0, 60])
    a, b = (
        slice(starts[first] + skip, stops[first]),
        slice(starts[second] + skip, stops[second]),
    )
    return (
        content[: a.start]
        + content[b]
        + content[a.stop : b.start]
        + content[a]
        + content[b.stop :]
    )


KINDS = [bit_flip, bit_flip, bit_flip, truncation, cut, splice, overwrite, swap]


def read(path):
    """Return what both readers find, None if they refuse, and the peak of ``load``."""
    found = []
    tracemalloc.start()
    with contextlib.suppress(FileFormatError):
        found.append(io.load(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with contextlib.suppress(FileFormatError):
        found.append(io.verify(path))
    assert len(found) != 1, "one of load and verify refuses what the other reads"
    return found or None, peak


@pytest.mark.parametrize("name", ["plain", "twins", "nested"])
def test_single_faults_are_found_or_harmless(exported, tmp_path, name):
    rng = np.random.default_rng([2, len(name)])
    original = examples()[name]
    sound = io.save(original, tmp_path / "sound.npz")
    content, meta = sound.read_bytes(), io.verify(sound).meta
    path = tmp_path / "faulty.npz"
    refused = 0
    for k in range(FAULTS):
        fault = KINDS[k % len(KINDS)](rng, content)
        path.write_bytes(fault)
        found, peak = read(path)
        # The constant is for files of a few bytes: a directory entry, a message.
        most = 2 * len(fault) + 40_000
        if peak > most:  # another thread's memory is counted too: once more
            found, peak = read(path)
        assert peak <= most, KINDS[k % len(KINDS)]
        refused += found is None
        if found is not None:
            assert same(found[0], original)
            assert found[1].meta == meta
    assert refused >= 0.9 * FAULTS


@pytest.mark.slow
def test_every_bit_of_a_small_file(tmp_path):
    original = {"x": np.arange(3.0)}
    content = io.save(original, tmp_path / "sound.npz").read_bytes()
    path = tmp_path / "faulty.npz"
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert same(io.load(path), original)
        except FileFormatError:
            continue


@pytest.mark.slow
def test_every_truncation_of_a_small_file(tmp_path):
    content = io.save({"x": np.arange(3.0)}, tmp_path / "sound.npz").read_bytes()
    path = tmp_path / "faulty.npz"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(FileFormatError):
            io.load(path)


def test_loading_needs_no_more_memory_than_the_arrays(tmp_path):
    arrays = {f"x{k}": np.zeros(500_000) for k in range(4)}
    path = io.save(arrays, tmp_path / "x.npz")
    tracemalloc.start()
    loaded = io.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    assert same(loaded, arrays)
    del loaded
    tracemalloc.reset_peak()
    io.verify(path)
    checking = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 1.05 * 16_000_000
    assert checking <= 1_000_000
