"""The names of one function of the kernel language: types, and what is assigned by now."""

import ast
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Protocol

from perturbsci.backend import tree
from perturbsci.errors import KernelError

__all__ = ["NUMBERS", "REAL", "UNSIGNED", "WEAK", "Errors", "Scope"]

WEAK = ("wf", "wi")  # a real and a whole literal
REAL = ("T", "f8")
UNSIGNED = ("u4", "u8", "U")
NUMBERS = (*REAL, "i", *UNSIGNED)


# What the generated text itself calls, and the words of C++ that Python lets through;
# names that end in _ are its own variables.
WORDS = (
    "abs bool empty entry float32 float64 floor inf inlined int32 int64 max min nan "
    "one_index range sqrt uint32 uint64 "
    "alignas alignof and_eq asm auto bitand bitor case catch char char8_t char16_t "
    "char32_t compl concept const constexpr const_cast decltype default delete do double "
    "dynamic_cast else enum explicit export extern false float friend goto inline int "
    "long mutable namespace new noexcept not_eq nullptr operator or_eq private protected "
    "public register reinterpret_cast requires short signed sizeof static static_assert "
    "static_cast struct switch template this thread_local throw true typedef typeid "
    "typename union unsigned using virtual void volatile wchar_t xor xor_eq "
    "blockDim blockIdx gridDim threadIdx warpSize"
)
RESERVED = frozenset(WORDS.split())


class Errors(Protocol):
    """What points at a line of the source."""

    def error(self, node: ast.AST, problem: str) -> KernelError:
        """Return the error for a node."""


class Scope:
    """The names of one function: their types, and which are assigned by now."""

    def __init__(
        self,
        types: Mapping[str, str],
        ranks: Mapping[str, int],
        writable: frozenset[str],
        visible: Mapping[str, object],
        parse_function: Callable[[FunctionType, tuple[str, ...]], tree.Function],
    ) -> None:
        self.types, self.ranks, self.writable = dict(types), ranks, writable
        self.visible, self.parse_function = visible, parse_function
        self.fixed = frozenset(types)
        # A function of f8 alone computes in f8; there is no T in it.
        self.real = "f8" if "f8" in types.values() and "T" not in types.values() else "T"
        # None stands for "this point is never reached": every name counts as assigned.
        self.assigned: frozenset[str] | None = frozenset(types)
        self.counters: tuple[str, ...] = ()
        self.ever_counters: set[str] = set()

    def assign(
        self, source: Errors, node: ast.AST, name: str, kind: str, *, exact: bool = False
    ) -> str:
        """Return the type of a name that is assigned now."""
        if name in self.fixed:
            raise source.error(node, f"{name!r} is an argument; assign to another name")
        check_name(source, node, name)
        if name in self.ever_counters:
            raise source.error(
                node, f"{name!r} is the variable of a loop; assign to another name"
            )
        first = self.types.setdefault(name, self.settled(kind))
        fits = kind == first or (not exact and kind in ("wi", "i", "wf") and first in REAL)
        if not fits and not (kind == "wi" and first in NUMBERS):
            raise source.error(
                node,
                f"{name!r} is {first} and cannot become {self.settled(kind)}; convert it",
            )
        if self.assigned is not None:
            self.assigned |= {name}
        return first

    def settled(self, kind: str) -> str:
        """Return what a weak type becomes alone."""
        return {"wf": self.real, "wi": "i"}.get(kind, kind)

    def begin_loop(self, source: Errors, node: ast.AST, name: str) -> None:
        """Make a name the variable of the loop that begins."""
        check_name(source, node, name)
        is_local = name in self.types and name not in self.ever_counters
        if is_local or name in self.counters:
            raise source.error(node, f"{name!r} is taken; give the loop another variable")
        self.types[name] = "i"
        self.ever_counters.add(name)
        self.counters += (name,)
        if self.assigned is not None:
            self.assigned |= {name}

    def end_loop(self, name: str) -> None:
        """Forget the variable of the loop that ended."""
        self.counters = tuple(other for other in self.counters if other != name)
        if self.assigned is not None:
            self.assigned -= {name}

    def leave(self) -> None:
        """Mark what follows a jump as never reached."""
        self.assigned = None

    def merge(self, other: frozenset[str] | None) -> None:
        """Keep what both branches assign."""
        if self.assigned is None:
            self.assigned = other
        elif other is not None:
            self.assigned &= other


def check_name(source: Errors, node: ast.AST, name: str) -> None:
    """Refuse a name that the generated text uses itself.

    Parameters
    ----------
    source : Errors
        For the message.
    node : ast.AST
        Where the name stands.
    name : str
        Of a local, an argument or an index.

    Raises
    ------
    KernelError
        If the name is reserved.
    """
    if name in RESERVED or (name.endswith("_") and name != "_"):
        raise source.error(
            node, f"{name!r} is reserved for generated text; choose another name"
        )
