"""Write an archive: describe, hash, lay out, and only then open a file.

Whatever cannot be stored is named before anything is written; ``perturbsci.files`` makes
the file appear only when it is complete.
"""

import json
import os
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy

from perturbsci.arguments import flag
from perturbsci.errors import ParameterError
from perturbsci.files import check_target, write_atomically
from perturbsci.io.archive import (
    MAX_DEPTH,
    MAX_META,
    META,
    SCHEMA,
    ArrayRecord,
    npy_header,
    payload,
    portable_array,
    seal,
)
from perturbsci.io.container import Member, end_matter, local_header
from perturbsci.io.fields import encode_fields, member_name
from perturbsci.io.kinds import kind_of
from perturbsci.io.origin import provenance
from perturbsci.results import Result
from perturbsci.types import Array, Seed

__all__ = ["json_depth", "save"]

# No repeated group: the stack of one would grow with the length of a text.
MARKS = re.compile(r'\\.|["\[\]{}]')


def save(
    result: Result | Mapping[str, Array],
    path: str | os.PathLike[str],
    *,
    parameters: Mapping[str, object] | None = None,
    seed: Seed | None = None,
    overwrite: bool = False,
) -> Path:
    """Store a result, or named arrays, in one file.

    The file is complete or absent at any moment; its arrays can also be read with
    ``numpy.load``. Fields may be numbers, text, arrays, None, statuses, certificates,
    results, SymPy expressions and matrices, and tuples, lists and dicts of them; a NumPy
    scalar stays one.

    Parameters
    ----------
    result : Result or mapping of str to array, shape (...)
        A frozen dataclass of this package, or arrays of booleans, integers, real or
        complex numbers. Device arrays are copied to the host once.
    path : str or path
        Must end in ``.npz``; its folder must exist.
    parameters : mapping, optional
        What the result was made with; goes into the provenance.
    seed : int or numpy.random.Generator, optional
        None means that none was used.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    ParameterError
        If something in the result cannot be stored, or the target exists or cannot be a
        file; nothing has been written then.
    OSError
        If the disk is full or the folder is read-only; an old file is still there.

    Notes
    -----
    Two passes over the arrays, hash and write. Equal results give equal bytes apart from
    the provenance, which holds time and machine.

    References
    ----------
    PKWARE (2022), APPNOTE.TXT; FIPS 180-4.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save({"x": numpy.arange(3.0)}, folder + "/x.npz")
    ...     path.name
    'x.npz'
    """
    overwrite = flag(overwrite, "overwrite")
    target = check_target(path, overwrite=overwrite, suffix=".npz")
    kind, fields, arrays = _describe(result)
    sealed = {name: seal(array) for name, array in arrays.items()}
    meta = {
        "schema": SCHEMA,
        "kind": kind,
        "fields": fields,
        "arrays": {name: _record_node(record) for name, (record, _) in sealed.items()},
        "provenance": provenance(parameters=parameters, seed=seed),
    }
    members, chunks = _layout(_meta_bytes(meta), arrays, sealed)
    last = members[-1]
    chunks.append(end_matter(members, last.start + last.size))
    needed = last.start + last.size + len(chunks[-1])

    def write(file: BinaryIO) -> None:
        for chunk in chunks:
            file.write(chunk)

    return write_atomically(target, write, overwrite=overwrite, needed=needed)


def json_depth(text: str) -> int:
    """Return how deep the brackets of a JSON text are nested, without parsing it.

    Parameters
    ----------
    text : str
        Well-formed or not.

    Returns
    -------
    depth : int
        0 for a number.
    """
    depth = deepest = 0
    quoted = False
    for token in MARKS.finditer(text):
        mark = token.group()
        if mark == '"':
            quoted = not quoted
        elif not quoted and mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not quoted and mark in "]}":
            depth -= 1
    return deepest


def _describe(
    result: object,
) -> tuple[str, dict[str, object], dict[str, numpy.ndarray]]:
    """Return kind, JSON fields and portable arrays of what is to be stored."""
    arrays: dict[str, numpy.ndarray] = {}
    if isinstance(result, Mapping):
        for key, value in result.items():
            arrays[member_name(key, arrays)] = portable_array(value, f"result[{key!r}]")
        return "arrays", {}, arrays
    kind = kind_of(type(result))
    if kind is None:
        raise ParameterError(
            f"result is a {type(result).__name__}, needed a result of this package or a "
            "mapping of names to arrays; pass {'x': array}"
        )
    return kind, encode_fields(result, "", arrays), arrays


def _record_node(record: ArrayRecord) -> dict[str, object]:
    return {"shape": list(record.shape), "dtype": record.dtype, "sha256": record.sha256}


def _meta_bytes(meta: dict[str, object]) -> bytes:
    text = json.dumps(meta, sort_keys=True, allow_nan=False)
    if len(text) > MAX_META:
        raise ParameterError(
            f"result has {len(text)} bytes that are not in arrays, allowed are {MAX_META}; "
            "turn long lists of numbers into arrays"
        )
    if (depth := json_depth(text)) > MAX_DEPTH:
        raise ParameterError(
            f"result is nested {depth} deep as JSON, allowed are {MAX_DEPTH}; store it "
            "flat, or in two files"
        )
    return text.encode("ascii")


def _layout(
    meta: bytes,
    arrays: Mapping[str, numpy.ndarray],
    sealed: Mapping[str, tuple[ArrayRecord, int]],
) -> tuple[list[Member], list[bytes | memoryview]]:
    """Return the members in order, and everything to write before the directory."""
    contents: list[tuple[str, list[bytes | memoryview], int]]
    contents = [(META, [meta], zlib.crc32(meta))]
    for name, (record, crc) in sealed.items():
        header = npy_header(record.shape, record.dtype)
        contents.append((f"{name}.npy", [header, payload(arrays[name])], crc))
    members: list[Member] = []
    chunks: list[bytes | memoryview] = []
    offset = 0
    for name, parts, crc in contents:
        size = sum(len(part) for part in parts)
        head = local_header(name, size, crc)
        members.append(Member(name, offset, offset + len(head), size, crc))
        chunks += [head, *parts]
        offset += len(head) + size
    return members, chunks
