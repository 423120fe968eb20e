"""The module that Numba compiles: generated text, its types, and a C function of it.

Explicit types, C order, no fastmath but what ``math="fast"`` names: never ``nnan`` or
``ninf``, with which ``isnan`` would be False. ``error_model="numpy"`` because checks for
division by zero would keep loops from becoming vectors.
"""

from perturbsci.backend.emit import INDENT
from perturbsci.backend.layout import FIXED, dtype_of
from perturbsci.backend.python_text import PythonWriter, extent_expression
from perturbsci.backend.signature import Argument, Signature

__all__ = ["numba_module", "pointer_module"]

HEAD = """from numba import njit, types

def mutable(dtype, rank):
    return types.Array(dtype, rank, "C")

def readonly(dtype, rank):
    return types.Array(dtype, rank, "C", readonly=True)

inlined = njit(nogil=True, error_model="numpy", forceinline=True{fast})

"""
ENTRY = """
signature = types.void({types})
entry = njit([signature], nogil=True, error_model="numpy", cache=True{fast})(entry)
"""
FAST = ', fastmath={"contract", "arcp", "nsz", "reassoc"}'
POINTER = """
from numba import carray, cfunc, types
from numpy import float32, float64, int32, int64, uint32, uint64

address, pointer_to = types.voidptr, types.CPointer

@cfunc(
    types.int32(
        types.int64, types.int64, pointer_to(address), pointer_to(types.int64),
        pointer_to(types.float64), pointer_to(types.int64),
    ),
    error_model="numpy",
    cache=True,
)
def pointer(begin_, end_, arrays_, extents_, reals_, integers_):
"""


def numba_module(text: str, signature: Signature, dtype: str, *, fast: bool) -> str:
    """Return a module with ``entry``, compiled when it is loaded.

    Parameters
    ----------
    text : str
        Of ``python_text``.
    signature : Signature
        Of the kernel.
    dtype : str
        ``"f4"`` or ``"f8"``.
    fast : bool
        Allow contraction and reassociation.

    Returns
    -------
    text : str
        Deterministic.
    """
    flags = FAST if fast else ""
    arguments = [_type(argument, dtype) for argument in signature.arguments]
    types = ", ".join(["types.int64"] * 2 + arguments)
    return HEAD.format(fast=flags) + text + ENTRY.format(types=types, fast=flags)


def _type(argument: Argument, dtype: str) -> str:
    element = f"types.{FIXED.get(argument.element, dtype_of(argument, dtype)).name}"
    if argument.kind == "c":
        element = {"f4": "types.float32", "f8": "types.float64"}[dtype]
    if not argument.is_array:
        return element
    access = "mutable" if argument.returned else "readonly"
    return f"{access}({element}, {argument.rank})"


def pointer_module(module: str, signature: Signature, dtype: str) -> str:
    """Return a module with the C function ``pointer``, which calls ``entry`` of another.

    Arguments come from four tables; see ``Kernel.pointer``.

    Parameters
    ----------
    module : str
        Name of the loaded module that holds ``entry``.
    signature : Signature
        Of the kernel.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    text : str
        Deterministic.
    """
    writer = PythonWriter(dtype)
    lines: list[str] = []
    arrays = extents = reals = integers = 0
    for argument in signature.arguments:
        kind = writer.TYPES[writer.kind(argument.element)]
        if argument.extents is not None:
            count = len(argument.extents)
            shape = [f"extents_[{extents + k}]" for k in range(count)]
            shape += ["2"] * (argument.kind == "c")
            source = f"carray(arrays_[{arrays}], ({', '.join(shape)},), {kind})"
            arrays, extents = arrays + 1, extents + count
        elif argument.kind in ("T", "f8"):
            source, reals = f"{kind}(reals_[{reals}])", reals + 1
        else:
            source, integers = f"{kind}(integers_[{integers}])", integers + 1
        lines.append(f"{argument.name} = {source}")
    runs = [writer.expression(extent_expression(signature, e)) for e in signature.over]
    names = ", ".join(argument.name for argument in signature.arguments)
    lines += [
        "if end_ < 0:",
        f"{INDENT}end_ = {' * '.join(f'({run})' for run in runs)}",
        f"entry(begin_, end_, {names})",
        "return int32(0)",
    ]
    return (
        f"from {module} import entry\n"
        + POINTER
        + "\n".join(INDENT + line for line in lines)
        + "\n"
    )
