"""What the writers share: machine types, and the functions that a body needs.

Every literal and every conversion is explicit, so that float32 code never computes in
float64, and every target evaluates the same operations in the same order.
"""

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable

from perturbsci.backend import tree
from perturbsci.backend.mathematics import variant
from perturbsci.errors import KernelError

__all__ = ["INDENT", "Writer", "functions_of", "instance_name", "machine", "rounded"]

PRECISION = {"T": {"f4": "f4", "f8": "f8"}, "U": {"f4": "u4", "f8": "u8"}}
INDENT = "    "


class Writer(ABC):
    """What the two languages share.

    Parameters
    ----------
    dtype : str
        ``"f4"`` or ``"f8"``: what T is.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def kind(self, symbolic: str) -> str:
        """Return the machine type of a symbolic one.

        Parameters
        ----------
        symbolic : str
            ``"T"``, ``"U"``, ``"i"``, ...

        Returns
        -------
        kind : str
            As ``machine``.
        """
        return machine(symbolic, self.dtype)

    def function_name(self, call: tree.Call) -> str:
        """Return the name of the instance that a call needs.

        Parameters
        ----------
        call : tree.Call
            Of a function in the language.

        Returns
        -------
        name : str
            With the machine types of its arguments.
        """
        return instance_name(resolve(call, self.dtype))

    def block(self, statements: Iterable[tree.Statement], depth: int) -> list[str]:
        """Return the lines of statements.

        Parameters
        ----------
        statements : iterable of statements
            Typed.
        depth : int
            Of indentation.

        Returns
        -------
        lines : list of str
            Without line ends.
        """
        lines = [
            line for statement in statements for line in self.statement(statement, depth)
        ]
        return lines or self.nothing(depth)

    @abstractmethod
    def nothing(self, depth: int) -> list[str]:
        """Return an empty block."""

    @abstractmethod
    def statement(self, node: tree.Statement, depth: int) -> list[str]:
        """Return the lines of one statement."""

    @abstractmethod
    def expression(self, node: tree.Expression) -> str:
        """Return one expression, in parentheses where it could be misread."""


def machine(symbolic: str, dtype: str) -> str:
    """Return the machine type of a symbolic one.

    Parameters
    ----------
    symbolic : str
        ``"T"``, ``"U"``, ``"i"``, ...
    dtype : str
        ``"f4"`` or ``"f8"``: what T is.

    Returns
    -------
    kind : str
        ``"f4"``, ``"f8"``, ``"i"``, ``"u4"``, ``"u8"`` or ``"b"``.
    """
    return PRECISION.get(symbolic, {}).get(dtype, symbolic)


def rounded(value: float, kind: str) -> float:
    """Return a literal as the machine type holds it.

    Text goes to float32 in two roundings in Python but in one in C; rounding here leaves
    nothing to differ.

    Parameters
    ----------
    value : float
        Of a literal.
    kind : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    value : float
        inf beyond the range.
    """
    if kind == "f8":
        return float(value)
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def resolve(call: tree.Call, dtype: str) -> tree.Function:
    """Return the function that a call needs.

    Parameters
    ----------
    call : tree.Call
        Not of a native function.
    dtype : str
        What T of the caller is.

    Returns
    -------
    function : tree.Function
        A portable function has one variant a precision.
    """
    if isinstance(call.function, tree.Function):
        return call.function
    return variant(call.function.removeprefix("portable "), machine(call.type, dtype))


def instance_name(function: tree.Function) -> str:
    """Return the name of a function for these argument types.

    Parameters
    ----------
    function : tree.Function
        Typed.

    Returns
    -------
    name : str
        Such as ``bump_T`` or ``power_T_i``.
    """
    kinds = [kind for _, kind in function.parameters]
    return "_".join([function.name, *(kinds[:1] if len(set(kinds)) == 1 else kinds)])


def functions_of(block: Iterable[tree.Statement], dtype: str) -> dict[str, tree.Function]:
    """Return the functions that statements need, callees first.

    Parameters
    ----------
    block : iterable of statements
        Typed.
    dtype : str
        What T is.

    Returns
    -------
    functions : dict
        Name of the instance to the function.

    Raises
    ------
    KernelError
        If two different functions have one name.
    """
    found: dict[str, tree.Function] = {}
    for call in tree.parts(tuple(block)):
        if not isinstance(call, tree.Call):
            continue
        if isinstance(call.function, str) and not call.function.startswith("portable"):
            continue
        function = resolve(call, dtype)
        inner = {
            **functions_of(function.body, dtype),
            instance_name(function): function,
        }
        for name, other in inner.items():
            if found.setdefault(name, other) is not other:
                raise KernelError(f"two functions are called {name!r}; rename one of them")
    return found
