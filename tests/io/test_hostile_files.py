"""Files that a stranger made by hand; each is refused with its own reason."""

import struct
import zipfile

import numpy as np
import pytest
from io_samples import ARRAYS, entries, refused, repack, same, sample, with_meta

from perturbsci import io
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.io.archive import npy_header


def test_an_archive_that_zipfile_wrote_again_is_read(sound, tmp_path):
    assert same(io.load(repack(sound, tmp_path / "again.npz")), ARRAYS)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_compressed_members(sound, tmp_path, compression):
    refused(
        repack(sound, tmp_path / "e.npz", compression=compression), "without compression"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_members(sound):
    with zipfile.ZipFile(sound, "a") as archive:
        archive.writestr("x.npy", b"other")
    refused(sound, r"'x\.npy' twice")


@pytest.mark.parametrize(
    ("name", "content"),
    [("z.npy", b"1"), ("evil.py", b"1"), ("../x.npy", b"1"), ("é.npy", b"1")],
)
def test_foreign_members(sound, name, content):
    with zipfile.ZipFile(sound, "a") as archive:
        archive.writestr(name, content)
    refused(sound, "one member a record|<name>.npy in ASCII")


def test_a_missing_member(sound, tmp_path):
    refused(repack(sound, tmp_path / "e.npz", lambda members: members.pop("y.npy")), "'y'")


def test_meta_must_come_first(sound, tmp_path):
    def change(members):
        members["meta.json"] = members.pop("meta.json")

    refused(
        repack(sound, tmp_path / "e.npz", change),
        "with 'x.npy'.*as the first member",
    )


@pytest.mark.parametrize(
    ("offset", "form", "value", "match"),
    [
        (8, "<H", 1, "encrypted member"),
        (8, "<H", 8, "flags 8"),
        (10, "<H", 8, "method 8"),
        (20, "<L", 2**31, "of 176 bytes"),
        (42, "<L", 0, "without overlap"),
        (42, "<L", 2**31, "without overlap"),
        (32, "<H", 5, "broken directory entry"),
        (28, "<H", 9000, "broken directory entry"),
        (34, "<H", 1, "broken directory entry"),
        (16, "<L", 1, "local header"),
    ],
)
def test_changed_directory_entries(sound, offset, form, value, match):
    content = bytearray(sound.read_bytes())
    struct.pack_into(form, content, entries(content)[1] + offset, value)
    sound.write_bytes(content)
    refused(sound, match)


def test_sizes_beyond_the_file_are_refused_before_anything_is_allocated(sound):
    content = bytearray(sound.read_bytes())
    place = entries(content)[1]
    struct.pack_into("<2L", content, place + 20, 2**32 - 2, 2**32 - 2)
    sound.write_bytes(content)
    refused(sound, "no room for the 4294967294 bytes")


def test_overlapping_members(sound):
    """Two names for one content, as in an overlapping zip bomb."""
    content = bytearray(sound.read_bytes())
    first, second = entries(content)[1:]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    sound.write_bytes(content)
    refused(sound, "without overlap")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda content: b"MZ garbage" + content, "begin like a zip"),
        (lambda content: content + b"garbage", "end record"),
        (lambda content: content[:-2] + b"\2\0hi", "end record"),
        (lambda _: b"", "has 0 bytes"),
        (lambda _: b"PK", "has 2 bytes"),
        (lambda _: b"PK\5\6" + bytes(18), "begins with 'nothing'"),
        (
            lambda content: content[:-12] + b"\xff\xff" + content[-10:],
            "zip64 end record|split",
        ),
        (lambda content: content[:-18] + b"\1\0" + content[-16:], "split zip file"),
        (
            lambda content: content[:-14] + b"\x09\0\x09\0" + content[-10:],
            "lists 3 members",
        ),
        (
            lambda content: content[:-6] + struct.pack("<L", 7) + content[-2:],
            "directory from 7",
        ),
        (lambda _: bytes(range(256)), "begin like a zip"),
    ],
)
def test_changed_frames(sound, change, match):
    sound.write_bytes(change(sound.read_bytes()))
    refused(sound, match)


def set_record(**values):
    return with_meta(lambda meta: meta["arrays"]["x"].update(values))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (with_meta(lambda meta: meta.update(schema=2)), "made by a newer version"),
        (with_meta(lambda meta: meta.update(schema=0)), "schema 0"),
        (with_meta(lambda meta: meta.update(schema=True)), "schema True"),
        (with_meta(lambda meta: meta.update(schema="1")), "schema '1'"),
        (with_meta(lambda meta: meta.pop("fields")), "provenance"),
        (with_meta(lambda meta: meta.update(more=1)), "provenance"),
        (with_meta(lambda meta: meta.update(fields={"x": 1})), "beside plain arrays"),
        (with_meta(lambda meta: meta.update(arrays=[])), "object of records"),
        (with_meta(lambda meta: meta.update(kind="os.system")), "'os.system'"),
        (
            with_meta(lambda meta: meta.update(kind="verification.uniform_order")),
            "uniform_order",
        ),
        (
            with_meta(lambda meta: meta.update(kind="verification.orders")),
            "verification.orders",
        ),
        (with_meta(lambda meta: meta.update(kind=["io"])), "a class that this version"),
        (set_record(dtype="|O"), "record .* of 'x'"),
        (set_record(dtype=">f8"), "record"),
        (set_record(dtype="f8,f8"), "record"),
        (set_record(dtype=8), "record"),
        (set_record(shape=[2, -3]), "record"),
        (set_record(shape=[2, 3.0]), "record"),
        (set_record(shape=[True, 6]), "record"),
        (set_record(shape=[2**63]), "record"),
        (set_record(shape=[1] * 65), "has the record"),
        (set_record(shape=[10**9, 10**9]), "176 bytes for 'x'"),
        (set_record(shape=[6]), "array header"),
        (set_record(dtype="<i8"), "array header"),
        (set_record(sha256="0" * 64), "SHA-256"),
        (set_record(sha256="0" * 63), "record"),
        (set_record(more=1), "record"),
        (lambda members: members.update({"meta.json": b"{"}), "no valid meta.json"),
        (lambda members: members.update({"meta.json": b"\xff"}), "no valid meta.json"),
        (lambda members: members.update({"meta.json": b"[1]"}), "schema None"),
        (lambda members: members.update({"meta.json": b"NaN"}), "constant NaN"),
        (
            lambda members: members.update({"meta.json": b'{"a": 1, "a": 2}'}),
            "occurs twice",
        ),
        (
            lambda members: members.update({"meta.json": b"[" * 10**5}),
            "nested 100000 deep, allowed are 20",
        ),
        (lambda members: members.update({"meta.json": b"1" * 5000}), "no valid meta.json"),
        (
            lambda members: members.update({"meta.json": b" " * (2**24 + 1)}),
            "at most 16777216",
        ),
    ],
)
def test_changed_meta(sound, tmp_path, change, match):
    refused(repack(sound, tmp_path / "e.npz", change), match)


HEADERS = {
    "an absurd length": b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 60,
    "version 3": b"\x93NUMPY\x03\x00" + b" " * 60,
    "objects": npy_header((2, 3), "<f8").replace(b"'<f8'", b"'|O' "),
    "Fortran order": npy_header((2, 3), "<f8").replace(b"False", b"True "),
    "a call": npy_header((2, 3), "<f8").replace(b"(2, 3)", b"exit()"),
    "nothing": b"",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_changed_array_headers(sound, tmp_path, header):
    """The member keeps its size, so that only the header is wrong."""

    def change(members):
        members["x.npy"] = header + members["x.npy"][len(header) :] if header else b""

    refused(repack(sound, tmp_path / "e.npz", change), "array header|0 bytes for 'x'")


def test_an_impossible_empty_shape(tmp_path):
    path = io.save({"x": np.zeros((0, 7))}, tmp_path / "x.npz")
    shape = (0, 2**62, 2**62)
    header = npy_header(shape, "<f8")

    def change(members):
        members["x.npy"] = header
        with_meta(lambda meta: meta["arrays"]["x"].update(shape=list(shape)))(members)

    refused(repack(path, tmp_path / "e.npz", change), "a possible shape", [io.load])


def test_swapped_contents_of_equal_shape(tmp_path):
    path = io.save({"x": np.zeros(5), "y": np.ones(5)}, tmp_path / "x.npz")

    def change(members):
        members["x.npy"], members["y.npy"] = members["y.npy"], members["x.npy"]

    refused(repack(path, tmp_path / "e.npz", change), "SHA-256 .* of 'x'")


FIELDS = [
    ({"int": "ten"}, "ten"),
    ({"int": 3}, "no such tag"),
    ({"float": "1.5"}, "no such tag"),
    ({"float": "nan", "bits": "0000000000000000"}, "no NaN"),
    ({"float": "nan", "bits": "00"}, "00"),
    ({"complex": [1.0]}, "no such tag"),
    ({"complex": [1, "2"]}, "not a float"),
    ({"fraction": [1, 0]}, "Fraction"),
    ({"fraction": [1, 2.0]}, "not a int"),
    ({"status": "FINE"}, "FINE"),
    ({"scalar": "|O", "hex": "00"}, "no portable scalar"),
    ({"scalar": "<f8", "hex": "00"}, "no portable scalar"),
    ({"scalar": "<f8", "hex": "zz"}, "zz"),
    ({"tuple": 3}, "no such tag"),
    ({"dict": ["a"], "values": []}, "zip"),
    ({"dict": ["a", "a"], "values": [1, 2]}, "a key occurs twice"),
    ({"dict": [[1]], "values": [1]}, "unhashable"),
    ({"array": "missing"}, "missing"),
    ({"array": "value"}, "in no field or two"),
    ({"object": "os.system", "fields": {}}, "'os.system'"),
    ({"object": "verification.Picky", "fields": []}, "a class that"),
    ({"object": "verification.Picky", "fields": {"length": 3}}, "length"),
    ({"object": "verification.Thawed", "fields": {"size": 3}}, "Thawed"),
    ({"object": "verification.Certificate", "fields": {"claim": "x"}}, "refused"),
    ({"pickle": "gASVIQAAAAAAAACMBXBvc2l4"}, "no such tag"),
    ({}, "no such tag"),
]


@pytest.mark.parametrize(
    ("node", "match"), FIELDS, ids=[str(k) for k in range(len(FIELDS))]
)
def test_changed_fields(exported, tmp_path, node, match):
    path = io.save(sample(np.zeros(2), 1), tmp_path / "x.npz")
    change = with_meta(lambda meta: meta["fields"].update(again=node))
    refused(repack(path, tmp_path / "e.npz", change), match)


@pytest.mark.parametrize(("fields", "match"), [({"size": 4}, "size is 4"), ({}, "missing")])
def test_what_a_class_refuses_is_found_when_it_is_built(exported, tmp_path, fields, match):
    path = io.save(sample(np.zeros(2), 1), tmp_path / "x.npz")
    node = {"object": "verification.Picky", "fields": fields}
    change = with_meta(lambda meta: meta["fields"].update(again=node))
    again = repack(path, tmp_path / "e.npz", change)
    refused(again, f"refused .*{match}", [io.load])
    assert io.verify(again).kind == "verification.Sample"


def test_a_number_beyond_the_largest_float(exported, tmp_path):
    path = io.save(sample(np.zeros(2), 1.25), tmp_path / "x.npz")

    def change(members):
        members["meta.json"] = members["meta.json"].replace(b"1.25", b"1e999")

    refused(repack(path, tmp_path / "e.npz", change), "beyond the largest float")


def test_an_array_that_no_field_uses(exported, tmp_path):
    path = io.save(sample(np.zeros(2), 1), tmp_path / "x.npz")
    change = with_meta(lambda meta: meta["fields"].update(value=1))
    refused(repack(path, tmp_path / "e.npz", change), "in no field or two")


def test_what_is_no_file(tmp_path):
    refused(tmp_path / "missing.npz", "does not exist")
    refused(tmp_path, "a folder or a device")


@pytest.mark.parametrize("path", [3, None, b"x.npz", "", "a\0b.npz"])
def test_what_is_no_path(path):
    with pytest.raises(ParameterError, match="pass a file name"):
        io.load(path)


def test_files_above_the_limit(sound):
    with pytest.raises(FileFormatError, match="pass a larger max_bytes if you trust it"):
        io.verify(sound, max_bytes=100)
    for limit in (0, -1, 2.0, True):
        with pytest.raises(ParameterError, match=r"pass 2\*\*33"):
            io.load(sound, max_bytes=limit)
