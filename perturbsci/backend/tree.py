"""The typed tree of a kernel body: what the emitters write and the schedules rearrange.

Types: ``T`` (float32 or float64, bound at emission), ``f8``, ``i`` (int64), ``u4``,
``u8``, ``U`` (unsigned integer as wide as T) and ``b`` (truth value). Every expression is
pure, so that an emitter may write it twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Assign",
    "Binary",
    "Block",
    "Break",
    "Call",
    "Cast",
    "Constant",
    "Continue",
    "Expression",
    "For",
    "Function",
    "If",
    "Length",
    "Load",
    "Name",
    "Return",
    "Select",
    "Statement",
    "Store",
    "Unary",
    "While",
    "parts",
]


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A number of one type."""

    value: float
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A scalar argument, a local variable, or an index."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Length:
    """``array.shape[axis]``."""

    array: str
    axis: int
    type: str = "i"


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """``array[index]``."""

    array: str
    index: tuple["Expression", ...]
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Unary:
    """``-``, ``~`` or ``not``."""

    operator: str
    operand: "Expression"
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """Arithmetic, bits, a comparison, ``and`` or ``or``; both operands of one type."""

    operator: str
    left: "Expression"
    right: "Expression"
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Select:
    """``yes if condition else no``."""

    condition: "Expression"
    yes: "Expression"
    no: "Expression"
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """A conversion between number types; to an integer it truncates."""

    operand: "Expression"
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A native function, ``"portable exp"`` and its like, or one in the language."""

    function: "str | Function"
    arguments: tuple["Expression", ...]
    type: str


Expression: TypeAlias = (
    Constant | Name | Length | Load | Unary | Binary | Select | Cast | Call
)


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """``name = value``; several names take the values of one function."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """``array[index] = value``."""

    array: str
    index: tuple[Expression, ...]
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """A branch."""

    condition: Expression
    body: "Block"
    otherwise: "Block"


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """``for name in range(start, stop, step)``; the bounds are evaluated once."""

    name: str
    start: Expression
    stop: Expression
    step: int
    body: "Block"


@dataclass(frozen=True, slots=True, eq=False)
class While:
    """A loop with a condition."""

    condition: Expression
    body: "Block"


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """Leave the innermost loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Continue:
    """Begin the next turn of the innermost loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    """Leave the body or the function."""

    values: tuple[Expression, ...]


Statement: TypeAlias = Assign | Store | If | For | While | Break | Continue | Return
Block: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A plain function in the language, for one list of argument types."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    body: Block
    returns: tuple[str, ...]


def parts(node: object) -> Iterator[object]:
    """Yield a node and all that it is made of, depth first; not into functions.

    Parameters
    ----------
    node : node, or tuple of nodes
        Any part of a tree.

    Yields
    ------
    part : node
        The node itself first.
    """
    if isinstance(node, tuple):
        for part in node:
            yield from parts(part)
    elif hasattr(node, "__dataclass_fields__"):
        yield node
        if not isinstance(node, Function):
            for name in node.__dataclass_fields__:
                yield from parts(getattr(node, name))
