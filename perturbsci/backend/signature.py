"""The signature of a kernel: ``"x[n], q:i -> table[n, q]"``.

Inputs left of the arrow, outputs right of it; a name on both sides is updated in place,
an output that begins with ``_`` is scratch. Suffixes: none for T (float32 or float64, one
a call), ``:c`` complex of T, ``:i`` int64, ``:u4``, ``:u8`` unsigned, ``:f8`` always
float64. An extent is ``name``, an integer, ``name+k`` or ``name-k``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from perturbsci.errors import KernelError

__all__ = [
    "Argument",
    "Extent",
    "Signature",
    "check_options",
    "parse_signature",
]

ARGUMENT = re.compile(r"\s*(_?[A-Za-z]\w*)\s*(?:\[([^\]]*)\])?\s*(?::\s*(\w+))?\s*")
EXTENT = re.compile(r"\s*(?:(\d+)|([A-Za-z]\w*)\s*(?:([+-])\s*(\d+))?)\s*")
KINDS = ("T", "c", "i", "u4", "u8", "f8")
MAX_RANK = 4


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """``name + offset``, or the number ``offset`` where ``name`` is empty.

    Parameters
    ----------
    name : str
        Of the extent.
    offset : int
        Added to it.
    """

    name: str
    offset: int

    def __str__(self) -> str:
        """Return it as it was written."""
        if not self.name:
            return str(self.offset)
        return f"{self.name}{self.offset:+d}" if self.offset else self.name

    def value(self, bound: Mapping[str, int]) -> int:
        """Return the number, given what the names stand for.

        Parameters
        ----------
        bound : mapping of str to int
            Every name that occurs.

        Returns
        -------
        value : int
            At least 0 for a legal call.
        """
        return (bound[self.name] if self.name else 0) + self.offset


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """One argument: an array where ``extents`` is not None, else a scalar.

    Parameters
    ----------
    name : str
        As in the body.
    kind : str
        ``"T"``, ``"c"``, ``"i"``, ``"u4"``, ``"u8"`` or ``"f8"``.
    extents : tuple of Extent, or None
        As the user sees them: a complex array has no trailing 2.
    given, returned : bool
        Left of the arrow; right of it.
    """

    name: str
    kind: str
    extents: tuple[Extent, ...] | None
    given: bool
    returned: bool

    @property
    def is_array(self) -> bool:
        """True for an array."""
        return self.extents is not None

    @property
    def is_scratch(self) -> bool:
        """True for an output that is allocated and passed, but not returned."""
        return self.name.startswith("_")

    @property
    def element(self) -> str:
        """The type of one entry in the body; a complex array is a real one there."""
        return "T" if self.kind == "c" else self.kind

    @property
    def rank(self) -> int:
        """The number of indices in the body."""
        return len(self.extents or ()) + (self.kind == "c")


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """All arguments in the order of the body, and the extents that indices run over.

    Parameters
    ----------
    text : str
        As it was written.
    inputs : tuple of Argument
        What a caller passes.
    outputs : tuple of Argument
        What is allocated unless it is passed as ``out``, scratch included.
    results : tuple of str
        What a call returns, in the order right of the arrow.
    over : tuple of Extent
        One an index.
    wholes : tuple of int
        Positions of the inputs that are whole numbers.
    takes_arrays : bool
        Whether an input is an array.
    """

    text: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    results: tuple[str, ...]
    over: tuple[Extent, ...]
    wholes: tuple[int, ...]
    takes_arrays: bool

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """All of them, in the order of the body."""
        return self.inputs + self.outputs

    @property
    def arrays(self) -> tuple[Argument, ...]:
        """The arrays in signature order."""
        return tuple(argument for argument in self.arguments if argument.is_array)


def parse_signature(text: str, over: str, where: str) -> Signature:
    """Return the parsed signature.

    Parameters
    ----------
    text : str
        ``"inputs -> outputs"``.
    over : str
        One to three extents, comma separated.
    where : str
        The kernel, for messages.

    Returns
    -------
    signature : Signature
        Every extent bound by an input.

    Raises
    ------
    KernelError
        If the text does not follow the grammar, or an extent is bound by nothing.
    """
    for name, value in (("signature", text), ("over", over)):
        if not isinstance(value, str) or not value.strip():
            raise KernelError(f"{where}: {name} is {value!r:.60}; it must be text")
    text = " ".join(text.split())
    if text.count("->") != 1:
        raise KernelError(
            f'{where}: signature {text!r} needs one "->" between inputs and outputs'
        )
    left, right = (list(_arguments(side, where)) for side in text.split("->"))
    outputs = {argument.name: argument for argument in right}
    names = [argument.name for argument in left]
    for argument in left:
        twin = outputs.get(argument.name)
        if twin is not None and _shown(twin) != _shown(argument):
            raise KernelError(
                f"{where}: {argument.name!r} is {_shown(argument)} left of the arrow but "
                f"{_shown(twin)} right of it; write it the same on both sides"
            )
    inputs = tuple(
        Argument(a.name, a.kind, a.extents, True, a.name in outputs) for a in left
    )
    pure = tuple(
        Argument(a.name, a.kind, a.extents, False, True)
        for a in right
        if a.name not in names
    )
    arguments = [*inputs, *pure]
    _check(arguments, right, where)
    runs = tuple(_extent(word, where) for word in over.split(","))
    if not 1 <= len(runs) <= 3:
        raise KernelError(
            f"{where}: over={over!r} has {len(runs)} extents, needed one to three"
        )
    bound = {extent.name for a in arguments if a.given for extent in a.extents or ()}
    bound |= {a.name for a in arguments if a.given and not a.is_array and a.kind == "i"}
    wanted = {e.name for a in arguments for e in a.extents or ()} | {e.name for e in runs}
    if unbound := sorted(wanted - bound - {""}):
        raise KernelError(
            f"{where}: extent {unbound[0]!r} is bound by no input; use it in an input, "
            f"or add the integer argument {unbound[0]}:i"
        )
    results = tuple(a.name for a in right if not a.is_scratch)
    wholes = tuple(
        k for k, a in enumerate(inputs) if not a.is_array and a.kind not in ("T", "f8")
    )
    takes_arrays = any(argument.is_array for argument in inputs)
    return Signature(text, inputs, pure, results, runs, wholes, takes_arrays)


def check_options(
    signature: Signature, cost: str, schedule: str, math: str, where: str
) -> None:
    """Refuse a cost, a schedule or a mathematics that is none.

    Parameters
    ----------
    signature : Signature
        Parsed.
    cost, schedule, math : str
        As passed to ``kernel``.
    where : str
        The kernel, for messages.

    Raises
    ------
    KernelError
        With the words that are known.
    """
    given = {"schedule": (schedule, ("flat", "lanes")), "math": (math, ("strict", "fast"))}
    for label, (word, known) in given.items():
        if not isinstance(word, str) or word not in known:
            raise KernelError(f"{where}: {label} is {word!r}; it must be one of {known}")
    _check_cost(signature, cost, where)


def _check_cost(signature: Signature, cost: str, where: str) -> None:
    if not isinstance(cost, str) or not cost.strip():
        raise KernelError(f"{where}: cost is {cost!r:.60}; it must be text, '1' for one")
    known = {e.name for a in signature.inputs for e in a.extents or ()}
    known |= {a.name for a in signature.inputs if not a.is_array and a.kind == "i"}
    for word in cost.replace("*", " ").split():
        if not word.isdigit() and word not in known:
            raise KernelError(
                f"{where}: cost={cost!r} has the factor {word!r}; write a product of whole "
                f"numbers and of {', '.join(sorted(known - {''})) or 'extents'}"
            )


def _arguments(side: str, where: str) -> Iterator[Argument]:
    for word in re.findall(r"(?:[^,\[]|\[[^\]]*\])+", side):
        match = ARGUMENT.fullmatch(word)
        kind = (match[3] or "T") if match else ""
        if match is None or kind not in KINDS:
            raise KernelError(
                f"{where}: {word.strip()!r} is no argument; write name, name[n, m] or "
                f"name[n]:kind with a kind of {', '.join(KINDS[1:])}"
            )
        extents = None
        if match[2] is not None:
            extents = tuple(_extent(part, where) for part in match[2].split(","))
            if len(extents) > MAX_RANK:
                raise KernelError(
                    f"{where}: {match[1]!r} has rank {len(extents)}, at most 4"
                )
        yield Argument(match[1], kind, extents, False, False)


def _extent(word: str, where: str) -> Extent:
    match = EXTENT.fullmatch(word)
    if match is None:
        raise KernelError(
            f"{where}: {word.strip()!r} is no extent; write n, an integer, n+1 or n-1"
        )
    if match[1]:
        return Extent("", int(match[1]))
    return Extent(match[2], int(f"{match[3] or '+'}{match[4] or 0}"))


def _check(arguments: list[Argument], outputs: list[Argument], where: str) -> None:
    names = [argument.name for argument in arguments]
    twice = [name for name in names if names.count(name) > 1]
    scalars = [a.name for a in outputs if not a.is_array]
    complex_scalars = [a.name for a in arguments if a.kind == "c" and not a.is_array]
    scratch = [a.name for a in arguments if a.given and a.is_scratch]
    for found, problem in (
        (twice, "stands twice on one side; give each argument its own name"),
        (scalars, "is an output without extents; write it as an array"),
        (complex_scalars, "is a complex scalar; pass an array of one entry"),
        (scratch, "begins with _ but is an input; scratch is an output"),
    ):
        if found:
            raise KernelError(f"{where}: {found[0]!r} {problem}")
    if not outputs:
        raise KernelError(
            f"{where}: the signature names no output right of the arrow, needed one"
        )


def _shown(argument: Argument) -> str:
    extents = (
        "" if argument.extents is None else f"[{', '.join(map(str, argument.extents))}]"
    )
    return f"{argument.name}{extents}:{argument.kind}"
