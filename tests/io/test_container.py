"""The zip64 fields, tried on small files by lowering the limit."""

import contextlib
import zipfile
from io import FileIO

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import FileFormatError
from perturbsci.io import container

ARRAYS = {"x": np.arange(300.0), "y": np.arange(4), "z": np.zeros((0, 2))}


# Bytes of the zip64 end record that say which program wrote it.
VERSIONS64 = range(-86, -82)


@contextlib.contextmanager
def damaged(path, place):
    """Change one byte, counted from the end, for a while."""
    with path.open("r+b", buffering=0) as file:
        file.seek(place, 2)
        byte = file.read(1)[0]
        for value in (byte ^ 0x40, byte):
            file.seek(place, 2)
            file.write(bytes([value]))
            if value != byte:
                yield


def test_python_and_numpy_find_nothing_wrong(tmp_path):
    path = io.save(ARRAYS, tmp_path / "x.npz")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["meta.json", "x.npy", "y.npy", "z.npy"]
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert (entry.comment, archive.comment, entry.flag_bits) == (b"", b"", 0)
            assert (entry.create_version, entry.extract_version) == (20, 20)
            assert entry.external_attr == 0o600 << 16


def test_more_members_than_two_bytes_count_need_the_wide_records():
    members = [container.Member("x.npy", 0, 35, 0, 0)] * 0xFFFF
    narrow, wide = (container.end_matter(members[:n], 9) for n in (0xFFFE, 0xFFFF))
    assert b"PK\6\6" not in narrow
    assert narrow[-14:-10] == b"\xfe\xff" * 2
    assert wide[-14:-10] == b"\xff" * 4
    assert wide[-22 - 20 - 56 :][:4] == b"PK\6\6"


def test_versions_say_whether_the_wide_fields_are_used():
    head = container.local_header("x.npy", 2**32 - 1, 0)
    assert (head[4], container.local_header("x.npy", 2**32 - 2, 0)[4]) == (45, 20)
    assert container.end_matter([container.Member("x.npy", 0, 35, 2**33, 0)], 9)[4] == 45


def test_a_file_that_ends_before_what_is_read(tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(b"12345")
    with FileIO(path) as file, pytest.raises(FileFormatError, match="ends at byte 5"):
        container.read_at(file, path, 2, 7)
    # an end record that announces the wide records, in a file without room for them
    path.write_bytes(b"PK\5\6" + b"\0" * 4 + b"\xff" * 2 + b"\0" * 12)
    with pytest.raises(FileFormatError, match="has -76 bytes before its end"):
        io.verify(path)


def test_members_from_four_gibibytes_on(tmp_path):
    size, offset = 2**33 + 7, 2**34 + 1
    head = container.local_header("x.npy", size, 5)
    member = container.Member("x.npy", offset, offset + len(head), size, 5)
    end = container.end_matter([member], member.start + size)
    path = tmp_path / "x.npz"
    path.write_bytes(end)
    with zipfile.ZipFile(end_after(path, member.start + size)) as archive:
        (entry,) = archive.infolist()
    assert (entry.file_size, entry.compress_size, entry.header_offset) == (
        size,
        size,
        offset,
    )
    assert size.to_bytes(8, "little") * 2 == head[-16:]


def end_after(path, offset):
    """Return the file with a hole before it; it takes no room on the disk."""
    content = path.read_bytes()
    with path.open("wb") as file:
        file.seek(offset)
        file.write(content)
    return path


def test_a_member_of_eight_gibibytes_is_found(tmp_path):
    """Structure only: a hole of the file stands for the content."""
    size = 2**33
    path = tmp_path / "x.npz"
    first = container.local_header("meta.json", size, 5)
    second = container.local_header("x.npy", 3, 6)
    members = [
        container.Member("meta.json", 0, len(first), size, 5),
        container.Member("x.npy", len(first) + size, len(first) + size + len(second), 3, 6),
    ]
    with path.open("wb") as file:
        file.write(first)
        file.seek(members[1].offset)
        file.write(second + b"abc" + container.end_matter(members, members[1].start + 3))
    with FileIO(path) as file:
        found = container.read_members(file, path)
    assert [str(member) for member in found] == [str(member) for member in members]
    with pytest.raises(FileFormatError, match="at most 16777216"):
        io.load(path, max_bytes=2**40)
    for place in range(-98, 0):
        if place not in VERSIONS64:
            refused = pytest.raises(FileFormatError, match=r"x\.npz")
            with damaged(path, place), FileIO(path) as file, refused:
                container.read_members(file, path)
