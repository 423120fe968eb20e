"""Result classes to be stored, and equality bit for bit."""

import dataclasses
import json
import struct
import zipfile

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import FileFormatError
from perturbsci.results import Result, Status
from perturbsci.verification import Certificate

HELD_OUT = Certificate("residual", 0.02, 0.1, "held-out", "EDMD", ("stationary", "no gaps"))
ARRAYS = {"x": numpy.arange(6.0).reshape(2, 3), "y": numpy.arange(4)}
NO_CLAIM = Certificate("modes", float("nan"), float("nan"), "none", "EDMD", ("no data",))


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Sample(Result):
    __module__ = "perturbsci.verification.samples"
    status: Status
    certificate: Certificate
    value: object
    again: object = None
    derived: object = dataclasses.field(init=False, default=None)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Picky:
    __module__ = "perturbsci.verification.samples"
    size: int

    def __post_init__(self):
        if self.size != 3:
            raise ArithmeticError(f"size is {self.size}")


@dataclasses.dataclass
class Thawed:
    __module__ = "perturbsci.verification.samples"
    size: int


def sample(value, again=None):
    return Sample(Status.MAX_STEPS, HELD_OUT, value, again)


def same(a, b):
    """Return whether two values have the same types and bits all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (numpy.ndarray, numpy.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a)]
        return all(same(getattr(a, name), getattr(b, name)) for name in names)
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b)
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    return a == b


def repack(source, target, change=lambda _: None, **options):
    """Write an archive again with zipfile after changing {name: bytes}."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def refused(path, match, readers=(io.load, io.verify)):
    for reader in readers:
        with pytest.raises(FileFormatError, match=match) as caught:
            reader(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        assert "needed" in message or "allowed" in message or "reads up" in message


def with_meta(change):
    """Return a change of the members that changes meta.json as an object."""

    def apply(members):
        meta = json.loads(members["meta.json"])
        change(meta)
        members["meta.json"] = json.dumps(meta).encode()

    return apply


def entries(content):
    """Return where the entries of the central directory begin."""
    return [place for place in range(len(content)) if content.startswith(b"PK\1\2", place)]
