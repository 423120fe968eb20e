"""The archive format: limits, names, array bytes and their hashes.

An archive is a zip file of stored members: ``meta.json`` first, then ``<name>.npy`` for
each array, C-ordered and little-endian. The hash of an array is

    SHA-256( dtype.str | n1,n2,... |  bytes )

so that the same numbers with another shape or dtype have another hash.
"""

import hashlib
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy

from perturbsci import backend
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["Archive", "ArrayRecord", "hash_array"]

SCHEMA = 1
META = "meta.json"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")
MAX_META = 16 * 2**20
MAX_DEPTH = 20
MAX_AXES = 64
# Small enough to stay in the second-level cache between CRC-32 and SHA-256.
CHUNK = 2**18
INTEGERS = ("|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8")
DTYPES = frozenset(["|b1", *INTEGERS, "<f2", "<f4", "<f8", "<c8", "<c16"])


@dataclass(frozen=True, slots=True, eq=False)
class ArrayRecord:
    """What an archive says about one of its arrays.

    Parameters
    ----------
    shape : tuple of int
        Extents; empty for a number.
    dtype : str
        As ``numpy.dtype.str``, little-endian.
    sha256 : str
        64 hex digits, see ``hash_array``.

    Examples
    --------
    >>> ArrayRecord((2, 3), "<f8", hash_array(numpy.zeros((2, 3)))).nbytes
    48
    """

    shape: tuple[int, ...]
    dtype: str
    sha256: str

    @property
    def nbytes(self) -> int:
        """The number of bytes of the array, exact for any shape."""
        return math.prod(self.shape) * int(self.dtype[2:])


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """A checked file: what it holds, without the arrays.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    kind : str
        ``"arrays"`` or ``"<subpackage>.<Class>"``.
    meta : dict
        The content of ``meta.json``.
    arrays : dict
        Name to ``ArrayRecord``, in the order of the file.
    certificates : tuple of Certificate
        All that the stored result holds, nested ones included, in field order.

    Examples
    --------
    >>> Archive(Path("x.npz"), "arrays", {"schema": 1}, {}, ()).kind
    'arrays'
    """

    path: Path
    kind: str
    meta: dict[str, object]
    arrays: dict[str, ArrayRecord]
    certificates: tuple[Certificate, ...]


def damaged(path: Path, found: str, needed: str) -> FileFormatError:
    """Return the error for a file that cannot be trusted.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    found, needed : str
        What is there, and what a sound file has.

    Returns
    -------
    error : FileFormatError
        To be raised.
    """
    return FileFormatError(
        f"{path}: {found}, needed {needed}; restore the file from a copy, or save the "
        "result again"
    )


def hash_array(array: Array) -> str:
    """Return the SHA-256 of an array: dtype, shape and values, whatever the memory order.

    Parameters
    ----------
    array : array, shape (...)
        Of booleans, integers, real or complex numbers; NumPy or CuPy.

    Returns
    -------
    sha256 : str
        64 hex digits; equal for equal dtype, shape and bits on every machine.

    Raises
    ------
    ParameterError
        If it is no array or its dtype is not portable.

    Notes
    -----
    About 1 to 2 GB/s where the processor has SHA instructions. Only an array that is not
    C-ordered and little-endian is copied.

    References
    ----------
    FIPS 180-4.

    Examples
    --------
    >>> hash_array(numpy.arange(6.0).reshape(2, 3))[:16]
    '6904226fabd422f2'
    """
    host = portable_array(array, "array")
    digest = hashlib.sha256(hash_prefix(host.shape, host.dtype.newbyteorder("<").str))
    digest.update(payload(host))
    return digest.hexdigest()


def is_array(value: object) -> bool:
    """Return whether a value is an array of NumPy or of a device.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    answer : bool
        False for NumPy scalars.
    """
    return isinstance(value, numpy.ndarray) or hasattr(value, "__cuda_array_interface__")


def portable_array(value: Array, where: str) -> numpy.ndarray:
    """Return the array on the host, C-ordered and little-endian.

    Parameters
    ----------
    value : array, shape (...)
        NumPy or CuPy; copied only if necessary.
    where : str
        What to call it in a message.

    Returns
    -------
    array : numpy.ndarray, shape (...)
        Of one of the dtypes that mean the same on every machine.

    Raises
    ------
    ParameterError
        If it is no array, is masked, or has a dtype that cannot be stored.
    """
    if not is_array(value):
        raise ParameterError(
            f"{where} is a {type(value).__name__}, needed an array; pass "
            f"numpy.asarray({where}) if it holds numbers"
        )
    if isinstance(value, numpy.ma.MaskedArray):
        raise ParameterError(
            f"{where} is a masked array of shape {value.shape}, whose mask would be lost; "
            "pass .filled(number), or data and mask as two arrays"
        )
    host = numpy.asarray(backend.to_host(value))
    dtype = host.dtype.newbyteorder("<")
    if dtype.str not in DTYPES:
        raise ParameterError(
            f"{where} has dtype {host.dtype}, needed booleans, integers, or real or "
            f"complex numbers of at most 64 bits a part; {_cast(host.dtype)}"
        )
    # ascontiguousarray would turn 0-d into 1-d.
    return host.astype(dtype, order="C", copy=False)


def _cast(dtype: numpy.dtype) -> str:
    if dtype.kind in "fc":
        target = "float64" if dtype.kind == "f" else "complex128"
        return f"write .astype(numpy.{target}), which drops digits that are not portable"
    return "write .astype(numpy.float64) if all entries are numbers, or store it as a tuple"


def payload(array: numpy.ndarray) -> memoryview:
    """Return the bytes of a C-ordered array, without a copy.

    Parameters
    ----------
    array : numpy.ndarray, shape (...)
        C-ordered.

    Returns
    -------
    content : memoryview
        Of single bytes.
    """
    return array.reshape(-1).view(numpy.uint8).data


def pieces(content: memoryview) -> Iterator[memoryview]:
    """Iterate over bytes in pieces that stay in the cache.

    Parameters
    ----------
    content : memoryview
        From ``payload``.

    Yields
    ------
    piece : memoryview
        Of at most CHUNK bytes.
    """
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def hash_prefix(shape: tuple[int, ...], dtype: str) -> bytes:
    """Return what is hashed before the bytes of an array.

    Parameters
    ----------
    shape : tuple of int
        Extents.
    dtype : str
        As ``numpy.dtype.str``.

    Returns
    -------
    prefix : bytes
        ASCII ``dtype|n1,n2,...|``.
    """
    return f"{dtype}|{','.join(map(str, shape))}|".encode("ascii")


def npy_header(shape: tuple[int, ...], dtype: str) -> bytes:
    """Return the header of an ``.npy`` member, byte for byte as NumPy 2 writes it.

    Built here, so that archives of all NumPy versions have the same bytes and a reader
    needs no parser: it compares.

    Parameters
    ----------
    shape : tuple of int
        Extents.
    dtype : str
        As ``numpy.dtype.str``.

    Returns
    -------
    header : bytes
        Magic, version 1.0, length, and a dictionary padded to a multiple of 64 bytes.
    """
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    # NumPy leaves room for the first extent to grow in place.
    text += " " * (21 - len(repr(shape[0])) if shape else 0)
    text += " " * (64 - (11 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("ascii")


def seal(array: numpy.ndarray) -> tuple[ArrayRecord, int]:
    """Return the record of a portable array, and the CRC-32 of its member.

    Parameters
    ----------
    array : numpy.ndarray, shape (...)
        From ``portable_array``.

    Returns
    -------
    record : ArrayRecord
        Shape, dtype, SHA-256.
    crc : int
        Of header and bytes.
    """
    dtype = array.dtype.newbyteorder("<").str
    digest = hashlib.sha256(hash_prefix(array.shape, dtype))
    crc = zlib.crc32(npy_header(array.shape, dtype))
    for piece in pieces(payload(array)):
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
    return ArrayRecord(array.shape, dtype, digest.hexdigest()), crc
