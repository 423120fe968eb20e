"""The zip container: stored members side by side, and a reader that believes nothing.

    local header, name, content  (each member)  |  central directory  |  end record

Every byte must belong to exactly one of these, and each local header must say what the
directory says; then a declared size can never exceed the file. Members or offsets from
4 GiB on use the zip64 fields.

References: PKWARE (2022), APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from perturbsci.io.archive import META, NAME, damaged

__all__ = ["Member", "end_matter", "local_header", "read_at", "read_members"]

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
LIMIT = 0xFFFFFFFF
VERSION, VERSION64, UNIX = 20, 45, 3 << 8
# 1980-01-01 00:00, the first moment that a zip file knows: two saves give equal bytes.
TIME, DATE = 0, 33
ATTRIBUTES = 0o600 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One stored file of the container.

    Parameters
    ----------
    name : str
        ASCII.
    offset, start : int
        Where its local header and its content begin.
    size : int
        Bytes of content.
    crc : int
        CRC-32 of the content.
    """

    name: str
    offset: int
    start: int
    size: int
    crc: int


def local_header(name: str, size: int, crc: int) -> bytes:
    """Return what precedes the content of a member.

    Parameters
    ----------
    name : str
        ASCII.
    size, crc : int
        Of the content.

    Returns
    -------
    header : bytes
        Local header and name.
    """
    large = size >= LIMIT
    extra = _extra64([size, size] if large else [])
    shown = LIMIT if large else size
    version = VERSION64 if large else VERSION
    fields = (version, 0, 0, TIME, DATE, crc, shown, shown, len(name), len(extra))
    return LOCAL.pack(b"PK\3\4", *fields) + name.encode("ascii") + extra


def end_matter(members: list[Member], offset: int) -> bytes:
    """Return the central directory and the end record.

    Parameters
    ----------
    members : list of Member
        In the order of the file.
    offset : int
        Where the directory begins.

    Returns
    -------
    content : bytes
        The rest of the file.
    """
    directory = b"".join(map(_central_header, members))
    size, count = len(directory), len(members)
    records = b""
    if offset >= LIMIT or size >= LIMIT or count >= 0xFFFF:
        fields = (VERSION64, VERSION64, 0, 0, count, count, size, offset)
        records = END64.pack(b"PK\6\6", END64.size - 12, *fields)
        records += LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
        count, size, offset = 0xFFFF, LIMIT, LIMIT
    return directory + records + END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)


def _central_header(member: Member) -> bytes:
    size = min(member.size, LIMIT)
    offset = min(member.offset, LIMIT)
    large = [member.size, member.size] if size == LIMIT else []
    large += [member.offset] if offset == LIMIT else []
    extra = _extra64(large)
    version = VERSION64 if large else VERSION
    head = (UNIX | version, version, 0, 0, TIME, DATE, member.crc, size, size)
    tail = (len(member.name), len(extra), 0, 0, 0, ATTRIBUTES, offset)
    return CENTRAL.pack(b"PK\1\2", *head, *tail) + member.name.encode("ascii") + extra


def _extra64(values: list[int]) -> bytes:
    if not values:
        return b""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def read_at(file: FileIO, path: Path, offset: int, size: int) -> bytes:
    """Return bytes at a place of the file, all of them.

    Parameters
    ----------
    file : io.FileIO
        Unbuffered.
    path : pathlib.Path
        Its name, for the message.
    offset, size : int
        Checked against the size of the file by the caller.

    Returns
    -------
    content : bytes
        Of length ``size``.

    Raises
    ------
    FileFormatError
        If the file ends before.
    """
    file.seek(offset)
    content = file.read(size)
    while len(content) < size:
        more = file.read(size - len(content))
        if not more:
            raise damaged(
                path, f"ends at byte {offset + len(content)}", f"{size} bytes there"
            )
        content += more
    return content


def read_members(file: FileIO, path: Path) -> list[Member]:
    """Return the members of a container after checking every header byte that matters.

    Parameters
    ----------
    file : io.FileIO
        Unbuffered, for reading.
    path : pathlib.Path
        Its name, for messages.

    Returns
    -------
    members : list of Member
        In the order of the file; their contents fill it without gap or overlap.

    Raises
    ------
    FileFormatError
        If anything is compressed, encrypted, duplicate, overlapping, misnamed, outside
        the file, or not accounted for.
    """
    size = os.fstat(file.fileno()).st_size
    count, start, stop = _directory_place(file, path, size)
    members: list[Member] = []
    seen: set[str] = set()
    position = 0
    for name, declared in _directory_entries(
        read_at(file, path, start, stop - start), path
    ):
        if name in seen:
            raise damaged(path, f"holds the member {name!r} twice", "different names")
        seen.add(name)
        member = _member(file, path, name, declared, position, start)
        position = member.start + member.size
        members.append(member)
    if len(members) != count:
        raise damaged(
            path, f"lists {len(members)} members", f"{count} as its end record says"
        )
    if position != start:
        raise damaged(
            path, f"has members that end at byte {position}", f"the end at {start}"
        )
    return members


def _directory_place(file: FileIO, path: Path, size: int) -> tuple[int, int, int]:
    """Return the number of members and the place of the central directory."""
    if size < END.size:
        raise damaged(path, f"has {size} bytes", "a zip file; the rest may be missing")
    if read_at(file, path, 0, 4) not in (b"PK\3\4", b"PK\5\6"):
        raise damaged(path, "does not begin like a zip file", "the bytes 'PK'")
    magic, *disks, total, length, start, comment = END.unpack(
        read_at(file, path, size - END.size, END.size)
    )
    if magic != b"PK\5\6" or comment:
        raise damaged(path, "does not end with a zip end record", "it as the last 22 bytes")
    stop = size - END.size
    count = disks[2]
    if count == 0xFFFF or LIMIT in (length, start):
        shown = (count, total, length, start)
        wide, stop = _directory_place64(file, path, stop)
        limits = (0xFFFF, 0xFFFF, LIMIT, LIMIT)
        for short, value, limit in zip(shown, wide, limits, strict=True):
            if short not in (limit, value):
                raise damaged(path, f"has {short} in its end record", f"{value} or {limit}")
        count, total, length, start = wide
    if disks[:2] != [0, 0] or count != total:
        raise damaged(path, f"is part of a split zip file {disks[:2]}", "one whole file")
    if start + length != stop:
        raise damaged(
            path, f"has a directory from {start} to {start + length}", f"it to {stop}"
        )
    return count, start, stop


def _directory_place64(file: FileIO, path: Path, stop: int) -> tuple[list[int], int]:
    """Return [count, total, length, start] and stop from the zip64 end record."""
    stop -= LOCATOR.size + END64.size
    if stop < 0:
        raise damaged(path, f"has {stop} bytes before its end", "a zip64 end record")
    records = read_at(file, path, stop, END64.size + LOCATOR.size)
    magic, size, _, _, disk, first, *numbers = END64.unpack_from(records)
    locator = LOCATOR.unpack_from(records, END64.size)
    expected = (b"PK\6\6", END64.size - 12, 0, 0)
    if (magic, size, disk, first) != expected or locator != (b"PK\6\7", 0, stop, 1):
        raise damaged(path, f"has no zip64 end record at byte {stop}", "one, as announced")
    return numbers, stop


def _directory_entries(content: bytes, path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield name and (flags, method, crc, stored size, size, offset) of each entry."""
    place = 0
    while place < len(content):
        if len(content) - place < CENTRAL.size:
            raise damaged(path, f"has a directory cut at byte {place}", "whole entries")
        magic, _, _, flags, method, _, _, crc, stored, size, *rest = CENTRAL.unpack_from(
            content, place
        )
        name_length, extra_length, comment, disk, _, _, offset = rest
        place += CENTRAL.size
        stop = place + name_length + extra_length
        if magic != b"PK\1\2" or comment or disk or stop > len(content):
            raise damaged(
                path, f"has a broken directory entry before byte {place}", "an entry"
            )
        name = _name(content[place : place + name_length], path)
        extra = content[place + name_length : stop]
        size, stored, offset = _widened(extra, (size, stored, offset), path, name)
        yield name, (flags, method, crc, stored, size, offset)
        place = stop


def _name(content: bytes, path: Path) -> str:
    name = content.decode("latin-1")
    stem = name.removesuffix(".npy")
    if not NAME.fullmatch(stem) or (stem == name) != (name == META):
        raise damaged(
            path, f"holds a member {name[:140]!r}", f"{META}, or <name>.npy in ASCII"
        )
    return name


def _widened(
    extra: bytes, values: tuple[int, ...], path: Path, name: str
) -> tuple[int, ...]:
    """Replace the values that are at the 32-bit limit by those of the zip64 field."""
    large = values.count(LIMIT)
    if len(extra) != (4 + 8 * large if large else 0):
        raise damaged(
            path, f"has {len(extra)} extra bytes at {name!r}", "a zip64 field or none"
        )
    if not large:
        return values
    tag, length, *wide = struct.unpack(f"<HH{large}Q", extra)
    if (tag, length) != (1, 8 * large):
        raise damaged(path, f"has an extra field {tag} at {name!r}", "a zip64 field")
    rest = iter(wide)
    return tuple(next(rest) if value == LIMIT else value for value in values)


def _member(
    file: FileIO, path: Path, name: str, declared: tuple[int, ...], position: int, end: int
) -> Member:
    """Return the member at ``position`` if its local header repeats the declaration."""
    flags, method, crc, stored, size, offset = declared
    if flags & 1:
        raise damaged(path, f"holds an encrypted member {name!r}", "plain members")
    if method or flags or stored != size:
        raise damaged(
            path,
            f"holds {name!r} with method {method}, flags {flags}, {stored} of {size} bytes",
            "stored members without compression",
        )
    if offset != position or position + LOCAL.size > end:
        raise damaged(
            path,
            f"says that {name!r} begins at byte {offset}",
            f"byte {position}, without overlap",
        )
    magic, _, *shown, name_length, extra_length = LOCAL.unpack(
        read_at(file, path, offset, LOCAL.size)
    )
    start = offset + LOCAL.size + name_length + extra_length
    if magic != b"PK\3\4" or start + size > end:
        raise damaged(
            path, f"has no room for the {size} bytes of {name!r}", f"an end by {end}"
        )
    rest = read_at(file, path, offset + LOCAL.size, name_length + extra_length)
    repeated_name, extra = rest[:name_length], rest[name_length:]
    *_, shown_stored, shown_size = shown
    wide_size, wide_stored = _widened(extra, (shown_size, shown_stored), path, name)
    found = (shown[0], shown[1], shown[4], wide_stored, wide_size, repeated_name)
    if found != (flags, method, crc, stored, size, name.encode("ascii")):
        raise damaged(path, f"has a local header {found} at {name!r}", f"{declared}")
    return Member(name, offset, start, size, crc)
