"""The numbers that tests, studies and pages claim, each with its origin and source.

They stand in ``data/reference/<subpackage>.json`` and nowhere else.
"""

import difflib
import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.resources import resource

__all__ = ["Reference", "load_reference", "list_references"]

ORIGINS = ("exact", "derived", "published", "measured")


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One number, or a table of them, that something is compared with.

    Parameters
    ----------
    id : str
        ``<subpackage>.<what>``; its file is called after the subpackage.
    quantity : str
        What the number is, with its unit.
    parameters : dict
        For which case.
    value : float, nested list of floats, or str
        The number; text where it is a hash.
    tolerance : float
        The absolute difference that a claim may have, in the unit of the value.
    origin : str
        ``"exact"``, ``"derived"``, ``"published"`` or ``"measured"``.
    source : str
        Paper with table or figure, formula, or script.

    Examples
    --------
    >>> load_reference("koopman.elnino_annual_period").value
    12.002517
    """

    id: str
    quantity: str
    parameters: Mapping[str, object]
    value: Any
    tolerance: float
    origin: str
    source: str


@functools.cache
def _table() -> Mapping[str, Reference]:
    """Read every file once; the files are part of the installation."""
    table: dict[str, Reference] = {}
    for path in sorted(resource("reference").glob("*.json")):
        try:
            entries = [Reference(**entry) for entry in json.loads(path.read_text("utf-8"))]
        except (TypeError, ValueError) as error:
            names = ", ".join(field.name for field in fields(Reference))
            raise FileFormatError(
                f"{path} holds an entry that is no reference number ({error}); "
                f"each needs exactly {names}"
            ) from None
        for entry in entries:
            _check(entry, path.stem, known=str(entry.id) in table)
            table[entry.id] = entry
    return MappingProxyType(table)


def _check(entry: Reference, stem: str, *, known: bool) -> None:
    """Refuse an entry that a claim could not be checked against."""
    problem = (
        "occurs twice"
        if known
        else f"must begin with {stem!r} and a dot, or with its first words"
        if not f"{stem}_".startswith(str(entry.id).partition(".")[0] + "_")
        or "." not in str(entry.id)
        else f"has origin {entry.origin!r}, not one of {ORIGINS}"
        if entry.origin not in ORIGINS
        else f"has tolerance {entry.tolerance!r}, not a number from 0 on"
        if not (
            isinstance(entry.tolerance, (int, float)) and 0 <= entry.tolerance < math.inf
        )
        else ""
    )
    if problem:
        raise FileFormatError(
            f"{stem}.json: reference {entry.id!r} {problem}; correct the file"
        )


def load_reference(identifier: str) -> Reference:
    """Return the reference number with this identifier.

    Parameters
    ----------
    identifier : str
        ``<subpackage>.<what>``.

    Returns
    -------
    reference : Reference
        With value, tolerance, origin and source.

    Raises
    ------
    ParameterError
        If there is none; the message offers the nearest.

    Examples
    --------
    >>> load_reference("io.elnino_minimum").value
    18.95
    """
    table = _table()
    if not isinstance(identifier, str) or identifier not in table:
        near = difflib.get_close_matches(str(identifier), table, n=1, cutoff=0.0)
        raise ParameterError(
            f"identifier is {identifier!r}, which is no reference number; did you mean "
            f"{near[0] if near else 'none: data/reference is empty'!r}?"
        )
    return table[identifier]


def list_references() -> tuple[str, ...]:
    """Return all identifiers, sorted.

    Returns
    -------
    identifiers : tuple of str
        For ``load_reference``.

    Examples
    --------
    >>> "koopman.elnino_annual_period" in list_references()
    True
    """
    return tuple(sorted(_table()))
