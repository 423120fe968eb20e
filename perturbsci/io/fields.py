"""Everything of a result that is not an array, as JSON, and back.

JSON knows None, booleans, text, lists and finite floats (Python writes the shortest
decimal that gives the same bits); all else is a tagged object:

    {"int": "0x..."}                 from 2**53 on, where other readers lose digits
    {"float": "nan"}, "inf", "-inf"  with "bits" if it is not the common NaN
    {"complex": [re, im]}  {"fraction": [p, q]}  {"status": "CONVERGED"}
    {"scalar": "<f4", "hex": "..."}  a NumPy scalar, its little-endian bytes
    {"tuple": [...]}  {"dict": [keys], "values": [values]}  in the order of the dict
    {"array": "field.key"}           the member with that name
    {"formula": [nodes]}             a SymPy object, see ``formulas``
    {"object": "verification.Certificate", "fields": {...}}
"""

import dataclasses
import math
import struct
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.io.archive import DTYPES, MAX_DEPTH, NAME, damaged, is_array, portable_array
from perturbsci.io.formulas import decode_formula, encode_formula, is_formula
from perturbsci.io.kinds import find_class, kind_of
from perturbsci.results import Status
from perturbsci.verification.certificate import Certificate

__all__ = ["Decoder", "encode", "encode_fields", "member_name"]

SAFE_INTEGER = 2**53
COMMON_NAN = struct.pack("<d", math.nan)
Number = TypeVar("Number", int, float)


def encode_fields(
    result: object, where: str, arrays: dict[str, numpy.ndarray], depth: int = 0
) -> dict[str, object]:
    """Return the fields of a frozen dataclass as JSON, and collect its arrays.

    Parameters
    ----------
    result : dataclass
        Of the public API.
    where : str
        Its path, such as ``"modes.0"``; empty at the top.
    arrays : dict
        Name to array, shape (...); new ones are added.
    depth : int
        How deep it is nested.

    Returns
    -------
    fields : dict
        Name to JSON value; fields that the constructor does not take are left out.

    Raises
    ------
    ParameterError
        If something in it cannot be stored.
    """
    names = [field.name for field in dataclasses.fields(result) if field.init]  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    return {
        name: encode(getattr(result, name), prefix + name, arrays, depth + 1)
        for name in names
    }


def encode(
    value: object, where: str, arrays: dict[str, numpy.ndarray], depth: int = 0
) -> object:
    """Return a value as JSON, and collect the arrays in it.

    Parameters
    ----------
    value : object
        See the top of this file; exact types only, so that it comes back as what it was.
    where : str
        Its path, such as ``"modes.0"``.
    arrays : dict
        Name to array, shape (...); new ones are added.
    depth : int
        How deep it is nested.

    Returns
    -------
    node : object
        For ``json.dumps``.

    Raises
    ------
    ParameterError
        If something in it cannot be stored.
    """
    if depth > MAX_DEPTH:
        raise ParameterError(
            f"field {where!r:.80} is nested more than {MAX_DEPTH} deep; store it flat, or "
            "in two files"
        )
    if is_array(value):
        arrays[member_name(where, arrays)] = portable_array(value, f"field {where!r}")
        return {"array": where}
    if isinstance(value, numpy.generic):
        return _scalar_node(value, where)
    if isinstance(value, Status):
        return {"status": value.name}
    if dataclasses.is_dataclass(value) and (kind := kind_of(type(value))):
        return {"object": kind, "fields": encode_fields(value, where, arrays, depth)}
    if is_formula(value):
        return {"formula": encode_formula(value, where)}
    if type(value) in (tuple, list, dict):
        return _container_node(value, where, arrays, depth)
    return _plain_node(value, where)


def member_name(name: object, taken: Mapping[str, object]) -> str:
    """Return the name if an array can be stored under it.

    Parameters
    ----------
    name : object
        A path such as ``"modes.0"``, or a key of the mapping that is saved.
    taken : mapping
        Names that are in use.

    Returns
    -------
    name : str
        The same.

    Raises
    ------
    ParameterError
        If it is no text, has forbidden characters, or is in use.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ParameterError(
            f"{name!r:.150} cannot name an array in a file, needed a letter or _ and then "
            "at most 127 ASCII letters, digits, _ or dots; rename the field or the key"
        )
    if name in taken:
        raise ParameterError(
            f"two arrays would be stored as {name!r}; rename the key that has a dot in it"
        )
    return name


def _plain_node(value: object, where: str) -> object:
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < SAFE_INTEGER else {"int": hex(value)}
    if type(value) is float:
        return _float_node(value)
    if type(value) is complex:
        return {"complex": [_float_node(value.real), _float_node(value.imag)]}
    if type(value) is Fraction:
        return {"fraction": [_plain_node(n, where) for n in value.as_integer_ratio()]}
    cls = type(value)
    if callable(value):
        top = where.rpartition(".")[0].partition(".")[0] or where
        raise ParameterError(
            f"field {where!r} holds a {cls.__module__}.{cls.__qualname__}, which cannot be "
            "stored: files hold data, no code; build that part with a named constructor, "
            f"or store the result without it: dataclasses.replace(result, {top}=None)"
        )
    raise ParameterError(
        f"field {where!r} holds a {cls.__module__}.{cls.__qualname__}, which cannot be "
        "stored; numbers, text, arrays, tuples, lists, dicts and results can: convert it, "
        "or save what it was made from"
    )


def _float_node(value: float) -> object:
    if math.isfinite(value):
        return value
    bits = struct.pack("<d", value)
    if math.isnan(value) and bits != COMMON_NAN:
        return {"float": "nan", "bits": bits.hex()}
    return {"float": str(value)}


def _scalar_node(value: numpy.generic, where: str) -> object:
    array = portable_array(numpy.asarray(value), f"field {where!r}")
    return {"scalar": array.dtype.newbyteorder("<").str, "hex": array.tobytes().hex()}


def _container_node(
    value: object, where: str, arrays: dict[str, numpy.ndarray], depth: int
) -> object:
    if isinstance(value, dict):
        entries = [
            encode(entry, f"{where}.{key}", arrays, depth + 1)
            for key, entry in value.items()
        ]
        keys = [encode(key, f"{where} (key)", arrays, depth + 1) for key in value]
        return {"dict": keys, "values": entries}
    assert isinstance(value, (tuple, list))
    items = [
        encode(item, f"{where}.{k}", arrays, depth + 1) for k, item in enumerate(value)
    ]
    return items if isinstance(value, list) else {"tuple": items}


class Decoder:
    """Rebuild values from JSON; with ``build=False`` only check that it could be done.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    arrays : mapping
        Name to array, shape (...), or anything if nothing is built.
    build : bool
        Call the classes.
    """

    def __init__(self, path: Path, arrays: Mapping[str, object], *, build: bool) -> None:
        self.path = path
        self.arrays = arrays
        self.build = build
        self.certificates: list[Certificate] = []
        self.used: list[str] = []

    def check_all_used(self) -> None:
        """Check that each array of the file belongs to exactly one field.

        Raises
        ------
        FileFormatError
            If not.
        """
        if sorted(self.used) != sorted(self.arrays):
            extra = set(self.used) ^ set(self.arrays) or set(self.used)
            raise damaged(
                self.path,
                f"has arrays {sorted(extra)} in no field or two",
                "one field each",
            )

    def rebuild(self, kind: str, fields: object) -> object:
        """Rebuild a dataclass by calling its class.

        Parameters
        ----------
        kind : str
            ``"<subpackage>.<Class>"``.
        fields : dict
            Name to JSON value.

        Returns
        -------
        result : object
            Of that class; a placeholder if nothing is built.

        Raises
        ------
        FileFormatError
            If the class is not exported, or refuses the fields.
        """
        cls = find_class(kind)
        if cls is None or not isinstance(fields, dict):
            raise damaged(
                self.path,
                f"holds a {kind!r:.80}",
                "a class that this version of perturbsci has",
            )
        # The order of the file is alphabetical; certificates are listed in field order.
        names = [field.name for field in dataclasses.fields(cls) if field.init]
        if unknown := sorted(fields.keys() - set(names)):
            raise damaged(
                self.path, f"has fields {unknown!r:.80} of {kind}", f"only {names}"
            )
        values = {name: self.value(fields[name]) for name in names if name in fields}
        if not self.build and cls is not Certificate:
            return object()
        try:
            result = cls(**values)
        except Exception as error:  # the class checks what a stranger wrote
            raise damaged(
                self.path, f"holds a {kind} that is refused ({error})", "valid fields"
            ) from error
        if isinstance(result, Certificate):
            self.certificates.append(result)
        return result

    def value(self, node: object) -> object:
        """Rebuild one value.

        Parameters
        ----------
        node : object
            From ``json.loads``, its depth checked.

        Returns
        -------
        value : object
            What ``encode`` was given.

        Raises
        ------
        FileFormatError
            If a tag is unknown or its content is not of the right form.
        """
        try:
            return self._untagged(node) if isinstance(node, dict) else self._plain(node)
        except (FileFormatError, RecursionError):
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise damaged(
                self.path, f"has the field content {node!r:.80} ({error})", "a known tag"
            ) from None

    def _plain(self, node: object) -> object:
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if isinstance(node, float) and not math.isfinite(node):
            raise ValueError("a number beyond the largest float")
        return node

    def _untagged(self, node: dict[str, object]) -> object:
        match tuple(sorted(node)), tuple(node[key] for key in sorted(node)):
            case ("int",), (str(text),):
                return int(text, 16)
            case ("float",), (("nan" | "inf" | "-inf") as text,):
                return float(text)
            case ("bits", "float"), (str(bits), "nan"):
                return _nan(bits)
            case ("complex",), ([real, imaginary],):
                return complex(self._typed(real, float), self._typed(imaginary, float))
            case ("fraction",), ([over, under],):
                return Fraction(self._typed(over, int), self._typed(under, int))
            case ("status",), (str(name),):
                return Status[name]
            case ("hex", "scalar"), (str(content), str(dtype)):
                return _scalar(dtype, content)
            case ("formula",), ([*nodes],):
                return decode_formula(nodes)
            case ("tuple",), ([*items],):
                return tuple(self.value(item) for item in items)
            case ("dict", "values"), ([*keys], [*values]):
                return self._dict(keys, values)
            case ("array",), (str(name),):
                self.used.append(name)
                return self.arrays[name]
            case ("fields", "object"), (fields, str(kind)):
                return self.rebuild(kind, fields)
        raise ValueError("no such tag")

    def _typed(self, node: object, kind: type[Number]) -> Number:
        value = self.value(node)
        if type(value) is not kind:
            raise TypeError(f"not a {kind.__name__}")
        return value

    def _dict(self, keys: list[object], values: list[object]) -> dict[object, object]:
        entries = [self.value(entry) for entry in values]
        rebuilt = dict(zip([self.value(key) for key in keys], entries, strict=True))
        if len(rebuilt) != len(keys):
            raise ValueError("a key occurs twice")
        return rebuilt


def _nan(bits: str) -> float:
    value = _scalar("<f8", bits)
    if not math.isnan(value):
        raise ValueError("the bits are no NaN")
    return float(value)


def _scalar(dtype: str, content: str) -> numpy.number:
    raw = bytes.fromhex(content)
    if dtype not in DTYPES or len(raw) != numpy.dtype(dtype).itemsize:
        raise ValueError("no portable scalar")
    native = numpy.frombuffer(raw, dtype).astype(numpy.dtype(dtype).newbyteorder("="))
    return native[0]
