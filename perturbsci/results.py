"""The base of every result, and the one list of statuses.

A result is a frozen dataclass with ``status``, ``certificate`` (with several claims
``certificates``), and its arrays as plain fields.

Examples
--------
>>> Status.CONVERGED.ok, Status.MAX_STEPS.ok
(True, False)
>>> Status.MAX_STEPS.value
'Raise `max_steps` or loosen the tolerance.'
"""

import dataclasses
import enum
import textwrap
from numbers import Number

import numpy

from perturbsci import backend
from perturbsci.types import Array

__all__ = ["Status", "Result"]


class Status(enum.Enum):
    """How a computation ended; the value is advice to the user."""

    CONVERGED = "The result meets its tolerance; use it with its certificate."
    EXACT = "The result is exact up to rounding; use it as it is."
    TOLERANCE_NOT_REACHED = (
        "Loosen the tolerance or allow more unknowns; the best result so far is kept."
    )
    MAX_STEPS = "Raise `max_steps` or loosen the tolerance."
    NOT_FINITE = "A value became infinite or NaN; check the input and shorten the step."
    RANK_REDUCED = (
        "Directions without information were dropped; "
        "add data or remove dependent functions."
    )
    ILL_CONDITIONED = (
        "Half of the digits or more are lost; rescale, or perturb with "
        "`statespace.perturb_then_diagonalize`."
    )
    DIVERGED = (
        "The iteration or forecast grew without bound; use a measure-preserving or "
        "stable model, or fewer steps."
    )
    STOPPED = "The callback asked to stop; continue from the last state."
    STEP_UNDERFLOW = (
        "The step fell below rounding; use a stiffly accurate implicit scheme or "
        "loosen the tolerances."
    )
    UNSTABLE_STEP = "The step exceeds the stability limit; stay below `largest_step`."
    NEGATIVE_DENSITY = (
        "Density or temperature became negative; refine the velocity grid or use "
        '`positivity="limit"`.'
    )
    UNSTABLE = (
        "An eigenvalue lies outside the stable half plane or disk; stabilize the matrix, "
        'or perturb it less or with `method="shift"`.'
    )
    UNDERDETERMINED = "Use more snapshots, fewer functions, or the kernel form."
    DECLARATION_DOUBTFUL = "The data contradict `declare`; check the weights and the box."
    FLOOR_REACHED = 'Residuals are at roundoff; `accuracy="qr"` goes lower.'
    NOTHING_VERIFIED = "No pair can be trusted; change the dictionary."
    AMBIGUOUS = (
        "The series has a singularity on the positive axis; the value is known up to "
        "`ambiguity` only."
    )
    EXHAUSTED = "The terms still decrease at the end; ask for a higher order."
    NONGENERIC = (
        "The leading coefficients vanish; the perturbation needs a finer analysis "
        "(`expand_roots` of the characteristic polynomial)."
    )

    @property
    def ok(self) -> bool:
        """True for the normal ends, CONVERGED and EXACT."""
        return self in (Status.CONVERGED, Status.EXACT)


class Result:
    """The abstract base of results; a final subclass is a frozen dataclass.

    A subclass has the field ``status`` and either the field ``certificate`` or the
    field ``certificates`` together with a property ``certificate``: the first one that
    fails, else the first.

    Raises
    ------
    TypeError
        If the base itself is called: it has no fields.
    """

    __slots__ = ()
    status: Status

    def __init__(self) -> None:
        raise TypeError(
            f"{type(self).__name__} is abstract; return a frozen subclass of it"
        )

    def arrays(self) -> dict[str, Array]:
        """Return the fields that are arrays, in field order.

        Returns
        -------
        arrays : dict
            Name of the field to the array itself, shape (...), not a copy.
        """
        return {
            name: value
            for name in (field.name for field in dataclasses.fields(self))  # type: ignore[arg-type]
            if _is_array(value := getattr(self, name))
        }

    def summary(self) -> str:
        """Return a short text table: status, fields, certificates.

        Numbers, texts and formulas stand as they are, an array by its shape and range;
        fields without a short text, such as functions, are left out, and so are numbers
        that are NaN: they do not apply.

        Returns
        -------
        text : str
            At most 30 lines of at most 100 characters.
        """
        lines = [f"{type(self).__name__}: {self.status.name}. {self.status.value}"]
        for name in (field.name for field in dataclasses.fields(self)):  # type: ignore[arg-type]
            text = _described(getattr(self, name))
            if text and name not in ("status", "certificate", "certificates"):
                lines.append(f"{name}  {text}")
        for certificate in self._claims():
            assumptions = getattr(certificate, "assumptions", ())
            notes = [text for text in assumptions if text.startswith("note: ")]
            lines += [str(certificate), *notes]
        return clip(lines)

    def _claims(self) -> tuple[object, ...]:
        fields: dict[str, object] = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
            if field.name in ("certificate", "certificates")
        }
        several = fields.get("certificates")
        return several if isinstance(several, tuple) else tuple(fields.values())


def clip(lines: list[str], *, rows: int = 30, columns: int = 100) -> str:
    """Join lines into a text that fits a terminal, saying how much was left out.

    Parameters
    ----------
    lines : list of str
        One entry a line; a row of a table has two spaces in a row somewhere, a sentence
        has not.
    rows, columns : int
        The largest number of lines and of characters in a line.

    Returns
    -------
    text : str
        Sentences go on in the next line, tables are cut where they are too long.
    """
    fitted = [part for line in lines for part in _fitted(line, columns)]
    if len(fitted) > rows:
        fitted = [*fitted[: rows - 1], f"... and {len(fitted) - rows + 1} lines more"]
    return "\n".join(fitted)


def _fitted(line: str, columns: int) -> list[str]:
    """Return a sentence in up to four lines, a row of a table in one."""
    flat = " ".join(line.split("\n"))
    if len(flat) <= columns:
        return [flat]
    if "  " in flat:
        return [flat[: columns - 3] + "..."]
    return textwrap.wrap(
        flat, columns, subsequent_indent=" " * 4, max_lines=4, placeholder=" ..."
    )


def _is_array(value: object) -> bool:
    return (
        hasattr(value, "shape")
        and hasattr(value, "dtype")
        and not isinstance(value, numpy.generic)
    )


def _described(value: object) -> str:
    """Return a value in few words; nothing where it has no text of its own."""
    if _is_array(value):
        host = backend.to_host(value)
        shape = "(" + ", ".join(str(extent) for extent in host.shape) + ")"
        return f"{shape}  {host.dtype}  {_range(host)}"
    if isinstance(value, tuple):
        parts = [_described(part) for part in value]
        return ", ".join(parts) if all(parts) else ""
    if isinstance(value, (float, complex)):
        return f"{value:.12g}" if value == value else ""
    own = type(value).__str__ is not object.__str__  # formulas, fractions, series
    return str(value) if own or isinstance(value, (Number, str)) else ""


def _range(host: numpy.ndarray) -> str:
    if host.size == 0:
        return "empty"
    values = numpy.abs(host) if host.dtype.kind == "c" else host
    finite = values[numpy.isfinite(values)]
    lost = values.size - finite.size
    text = f"{finite.min():.6g}..{finite.max():.6g}" if finite.size else "no finite value"
    if host.dtype.kind == "c":
        text = f"modulus {text}"
    return f"{text} ({lost} not finite)" if lost else text
