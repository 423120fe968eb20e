"""One wrong number that all others agree with, and the limits of what is read."""

import os
import struct
import zipfile

import numpy as np
import pytest
from io_samples import ARRAYS, entries, refused, repack, same, with_meta

from perturbsci import io
from perturbsci.errors import FileFormatError
from perturbsci.io import reading
from perturbsci.io.archive import CHUNK, npy_header
from perturbsci.io.writing import json_depth


@pytest.mark.parametrize(
    "shape", [(-1, -6), (-1, -1), (0, 2**63), (0, 2**64), (6, True), (6.0,)]
)
def test_extents_that_no_array_has_although_header_and_size_fit(tmp_path, shape):
    empty = shape[0] == 0
    path = io.save({"x": np.zeros(0 if empty else 6)}, tmp_path / "x.npz")

    def change(members):
        content = b"" if empty else bytes(8 * int(np.prod(shape)))
        members["x.npy"] = npy_header(shape, "<f8") + content
        with_meta(lambda meta: meta["arrays"]["x"].update(shape=list(shape)))(members)

    refused(repack(path, tmp_path / "e.npz", change), "has the record .* of 'x'")


@pytest.mark.parametrize(
    ("member", "match"),
    [(0, "has another CRC-32 of meta.json"), (1, "has CRC-32 [0-9a-f]{8} of 'x'")],
)
def test_a_checksum_that_both_headers_have_wrong(sound, member, match):
    """Everything else is sound, SHA-256 and bytes too."""
    content = bytearray(sound.read_bytes())
    entry = entries(content)[member]
    local = struct.unpack_from("<L", content, entry + 42)[0]
    for place in (entry + 16, local + 14):
        content[place] ^= 1
    sound.write_bytes(content)
    refused(sound, match)


def test_arrays_of_several_pieces_are_verified_to_their_last_byte(tmp_path):
    path = io.save({"x": np.zeros(2 * CHUNK + 3, np.uint8)}, tmp_path / "x.npz")
    assert io.verify(path).arrays["x"].nbytes == 2 * CHUNK + 3
    content = bytearray(path.read_bytes())
    content[entries(content)[0] - 1] ^= 1
    path.write_bytes(content)
    refused(path, "has CRC-32 [0-9a-f]{8} of 'x'")


def test_a_file_that_shrinks_while_it_is_read(sound, monkeypatch):
    def shortened(*arguments):
        os.truncate(sound, sound.stat().st_size - 300)
        return fields(*arguments)

    fields = reading.Archive
    monkeypatch.setattr(reading, "Archive", shortened)
    refused(sound, "ends [0-9]+ bytes early", [io.load])


def test_the_limits_belong_to_what_is_read(sound, tmp_path, monkeypatch):
    many = io.save({"x": np.zeros((1,) * 64)}, tmp_path / "axes.npz")
    assert io.load(many)["x"].ndim == io.verify(many).arrays["x"].shape.count(1) == 64
    assert same(io.load(sound, max_bytes=sound.stat().st_size), ARRAYS)
    with pytest.raises(FileFormatError, match="allowed are 1;"):
        io.load(sound, max_bytes=1)
    with zipfile.ZipFile(sound) as archive:
        text = archive.read("meta.json").decode()
    for name, limit in (("MAX_META", len(text)), ("MAX_DEPTH", json_depth(text))):
        monkeypatch.setattr(reading, name, limit)
        assert same(io.load(sound), ARRAYS)
        monkeypatch.setattr(reading, name, limit - 1)
        refused(sound, "at most|allowed are")
        monkeypatch.setattr(reading, name, limit)
