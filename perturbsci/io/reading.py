"""Read an archive: everything is checked before anything is allocated or built.

Zip structure -> names -> sizes -> ``meta.json`` -> member list = arrays -> headers ->
CRC-32 and SHA-256, the last two on the bytes as they enter the array.
"""

import contextlib
import hashlib
import json
import os
import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.io.archive import (
    CHUNK,
    DTYPES,
    MAX_AXES,
    MAX_DEPTH,
    MAX_META,
    META,
    SCHEMA,
    Archive,
    ArrayRecord,
    damaged,
    hash_prefix,
    npy_header,
    payload,
    pieces,
)
from perturbsci.io.container import Member, read_at, read_members
from perturbsci.io.fields import Decoder
from perturbsci.io.writing import json_depth
from perturbsci.results import Result
from perturbsci.types import Array

__all__ = ["load", "verify"]

SHA256 = re.compile(r"[0-9a-f]{64}")
KEYS = {"schema", "kind", "fields", "arrays", "provenance"}


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """An open archive whose structure is sound; the arrays are not read yet."""

    file: FileIO
    archive: Archive
    members: dict[str, Member]


def load(
    path: str | os.PathLike[str], *, max_bytes: int = 2**33
) -> Result | dict[str, Array]:
    """Read a file that ``save`` wrote.

    Parameters
    ----------
    path : str or path
        The file.
    max_bytes : int
        The largest file that is accepted.

    Returns
    -------
    result : Result, or dict of str to array of shape (...)
        As it was saved; arrays are NumPy arrays, bit for bit.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged in any way, larger than ``max_bytes``, or made by
        a newer version. A damaged file never gives a result.
    ParameterError
        If ``path`` or ``max_bytes`` is not of the right type.

    Notes
    -----
    One pass: each array is read into its final place and hashed there. Hashes find
    damage, not forgery.

    References
    ----------
    PKWARE (2022), APPNOTE.TXT; FIPS 180-4.

    Examples
    --------
    >>> import tempfile
    >>> from perturbsci.io import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(save({"x": numpy.arange(3.0)}, folder + "/x.npz"))
    {'x': array([0., 1., 2.])}
    """
    with _opened(path, max_bytes) as source:
        archive = source.archive
        arrays = {
            name: _read_array(source, name, record)
            for name, record in archive.arrays.items()
        }
        if archive.kind == "arrays":
            return arrays
        decoder = Decoder(archive.path, arrays, build=True)
        return decoder.rebuild(archive.kind, archive.meta["fields"])  # type: ignore[return-value]


def verify(path: str | os.PathLike[str], *, max_bytes: int = 2**33) -> Archive:
    """Check every byte of a file without keeping its arrays.

    Parameters
    ----------
    path : str or path
        The file.
    max_bytes : int
        The largest file that is accepted.

    Returns
    -------
    archive : Archive
        What it holds, with the certificates of the stored result.

    Raises
    ------
    FileFormatError
        Whenever ``load`` would, apart from fields that a class refuses when it is called.
    ParameterError
        If ``path`` or ``max_bytes`` is not of the right type.

    Notes
    -----
    Memory does not grow with the arrays.

    References
    ----------
    PKWARE (2022), APPNOTE.TXT; FIPS 180-4.

    Examples
    --------
    >>> import tempfile
    >>> from perturbsci.io import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = verify(save({"x": numpy.arange(3.0)}, folder + "/x.npz"))
    >>> archive.kind, archive.arrays["x"].shape
    ('arrays', (3,))
    """
    with _opened(path, max_bytes) as source:
        scratch = memoryview(bytearray(CHUNK))
        for name, record in source.archive.arrays.items():
            _read_content(source, name, record, _repeated(scratch, record.nbytes))
        return source.archive


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str], max_bytes: int) -> Iterator[_Source]:
    """Open a file and check all of it but the contents of the arrays."""
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(text, str) or not text or "\0" in text:
        raise ParameterError(
            f"path is {path!r:.80}, needed a text or a pathlib.Path; pass a file name"
        )
    if type(max_bytes) is not int or max_bytes < 1:
        raise ParameterError(
            f"max_bytes is {max_bytes!r}, needed a positive int; pass 2**33"
        )
    place = Path(text)
    try:
        status = place.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise FileFormatError(
            f"{place}: does not exist, needed a file that io.save wrote; check its name"
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise FileFormatError(f"{place}: is a folder or a device, needed a file")
    if status.st_size > max_bytes:
        raise FileFormatError(
            f"{place}: has {status.st_size} bytes, allowed are {max_bytes}; pass a larger "
            "max_bytes if you trust it"
        )
    with FileIO(place) as file:
        yield _inspect(file, place)


def _inspect(file: FileIO, path: Path) -> _Source:
    listed = read_members(file, path)
    if not listed or listed[0].name != META:
        first = listed[0].name if listed else "nothing"
        needed = f"{META} as the first member; what io.save did not write, numpy.load reads"
        raise damaged(path, f"begins with {first!r}", needed)
    meta = _read_meta(file, path, listed[0])
    members = {member.name.removesuffix(".npy"): member for member in listed[1:]}
    records = _records(meta["arrays"], path)
    if records.keys() != members.keys():
        differing = sorted(records.keys() ^ members.keys())
        raise damaged(
            path, f"has members or records {differing!r:.80}", "one member a record"
        )
    arrays = {name: records[name] for name in members}
    for name, record in arrays.items():
        _check_size(path, name, record, members[name])
        header = npy_header(record.shape, record.dtype)
        found = read_at(file, path, members[name].start, len(header))
        if found != header:
            raise damaged(
                path, f"has the array header {found!r:.200} at {name!r}", f"{header!r}"
            )
    kind, fields = meta["kind"], meta["fields"]
    decoder = Decoder(path, arrays, build=False)
    if kind != "arrays":
        decoder.rebuild(str(kind), fields)
        decoder.check_all_used()
    elif fields != {}:
        raise damaged(path, f"has fields {fields!r:.80} beside plain arrays", "none")
    archive = Archive(path, str(kind), meta, arrays, tuple(decoder.certificates))
    return _Source(file, archive, members)


def _read_meta(file: FileIO, path: Path, member: Member) -> dict[str, object]:
    if member.size > MAX_META:
        raise damaged(path, f"has {member.size} bytes of {META}", f"at most {MAX_META}")
    content = read_at(file, path, member.start, member.size)
    if zlib.crc32(content) != member.crc:
        raise damaged(
            path, f"has another CRC-32 of {META} than {member.crc:08x}", "the same"
        )
    try:
        text = content.decode("utf-8")
        if (depth := json_depth(text)) > MAX_DEPTH:
            raise ValueError(f"nested {depth} deep, allowed are {MAX_DEPTH}")
        meta = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except ValueError as error:
        raise damaged(path, f"has no valid {META} ({error})", "JSON in UTF-8") from None
    schema = meta.get("schema") if isinstance(meta, dict) else None
    if type(schema) is int and schema > SCHEMA:
        raise FileFormatError(
            f"{path}: has schema {schema} and was made by a newer version, this one reads "
            f"up to {SCHEMA}; python -m pip install --upgrade perturbsci"
        )
    if schema != SCHEMA or type(schema) is not int or meta.keys() != KEYS:
        raise damaged(
            path, f"has a {META} with schema {schema!r}", f"{SCHEMA} and {sorted(KEYS)}"
        )
    return meta


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return result


def _refuse(name: str) -> object:
    raise ValueError(f"the constant {name} is not JSON")


def _records(nodes: object, path: Path) -> dict[str, ArrayRecord]:
    """Return what ``meta.json`` says about the arrays."""
    if not isinstance(nodes, dict):
        raise damaged(path, f"has the arrays {nodes!r:.80}", "an object of records")
    records = {}
    for name, node in nodes.items():
        match node:
            case {"shape": list(shape), "dtype": str(dtype), "sha256": str(sha256)} if (
                len(node) == 3
                and dtype in DTYPES
                and SHA256.fullmatch(sha256)
                and len(shape) <= MAX_AXES
                and all(type(extent) is int and 0 <= extent < 2**63 for extent in shape)
            ):
                records[name] = ArrayRecord(tuple(shape), dtype, sha256)
            case _:
                raise damaged(
                    path,
                    f"has the record {node!r:.120} of {name!r:.40}",
                    "shape, dtype, sha256",
                )
    return records


def _check_size(path: Path, name: str, record: ArrayRecord, member: Member) -> None:
    needed = len(npy_header(record.shape, record.dtype)) + record.nbytes
    if member.size != needed:
        raise damaged(
            path,
            f"has {member.size} bytes for {name!r} of shape {record.shape!r:.80} and dtype "
            f"{record.dtype}",
            f"{needed}",
        )


def _read_array(source: _Source, name: str, record: ArrayRecord) -> numpy.ndarray:
    try:
        array = numpy.empty(record.shape, record.dtype)
    except ValueError as error:
        # An empty array may declare other extents that NumPy cannot multiply.
        raise damaged(
            source.archive.path,
            f"has shape {record.shape!r:.80} ({error})",
            "a possible shape",
        ) from None
    _read_content(source, name, record, pieces(payload(array)))
    native = array.dtype.newbyteorder("=")
    return array.astype(native, copy=False)


def _repeated(scratch: memoryview, nbytes: int) -> Iterator[memoryview]:
    """Yield the scratch space as often as the bytes need it."""
    for start in range(0, nbytes, len(scratch)):
        yield scratch[: nbytes - start]


def _read_content(
    source: _Source, name: str, record: ArrayRecord, places: Iterator[memoryview]
) -> None:
    """Read an array into places, and check its CRC-32 and SHA-256 on the way."""
    member, path = source.members[name], source.archive.path
    header = npy_header(record.shape, record.dtype)
    crc = zlib.crc32(header)
    digest = hashlib.sha256(hash_prefix(record.shape, record.dtype))
    source.file.seek(member.start + len(header))
    for place in places:
        _fill(source.file, path, place)
        crc = zlib.crc32(place, crc)
        digest.update(place)
    if crc != member.crc:
        raise damaged(path, f"has CRC-32 {crc:08x} of {name!r}", f"{member.crc:08x}")
    if digest.hexdigest() != record.sha256:
        raise damaged(path, f"has SHA-256 {digest.hexdigest()} of {name!r}", record.sha256)


def _fill(file: FileIO, path: Path, place: memoryview) -> None:
    done = 0
    while done < len(place):
        count = file.readinto(place[done:])
        if not count:
            raise damaged(path, f"ends {len(place) - done} bytes early", "the whole file")
        done += count
