"""SymPy expressions and matrices as flat lists of nodes, and back.

A node is [head, ...] with the indices of earlier nodes; the last one is the expression:

    ["Symbol", name, {assumption: bool}]   ["Integer", "0x.."], ["Rational", "0x..", "0x.."]
    ["Float", sign, "0x...", exponent, bits, precision]     ["pi"], ["E"], ["I"], ...
    ["Add", 0, 1], ["sin", 2], ["Applied", "u", 0, 1]     ["Matrix", rows, columns, 0, 1]

Heads stand in a fixed table; sums, products and powers are put together as they were,
without evaluation, so that a file cannot make SymPy compute. Text is never parsed.
"""

import sys
from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any

from perturbsci.errors import ParameterError

__all__ = ["decode_formula", "encode_formula", "is_formula"]

MAX_NODES = 100_000
MAX_NESTING = 300  # SymPy walks expressions by recursion
MAX_BITS = 2**16

CONSTANTS = {
    "pi": "pi",
    "E": "E",
    "I": "I",
    "oo": "oo",
    "-oo": "NegativeInfinity",
    "zoo": "zoo",
    "nan": "nan",
    "true": "true",
    "false": "false",
    "EulerGamma": "EulerGamma",
}

# Built without evaluation where SymPy would evaluate.
PLAIN = ("Add", "Mul", "Pow", "Piecewise", "And", "Or", "Not", "Min", "Max")
RELATIONS = (
    *("StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan"),
    *("Equality", "Unequality"),
)
FUNCTIONS = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh"),
    *("acosh", "atanh", "exp", "log", "Abs", "sign", "floor", "ceiling", "atan2", "re"),
    *("im", "conjugate", "Heaviside", "erf", "erfc", "erfi", "airyai", "airybi"),
    *("airyaiprime", "airybiprime", "besselj", "jn", "gamma", "LambertW", "dawson"),
)
UNEVALUATED = frozenset((*PLAIN, *RELATIONS, *FUNCTIONS))
# Containers: they evaluate nothing by themselves.
BOUND = ("Derivative", "Integral", "Tuple", "ExprCondPair")
MATRICES = {"MutableDenseMatrix": "Matrix", "ImmutableDenseMatrix": "ImmutableMatrix"}


def is_formula(value: object) -> bool:
    """Return whether a value is a SymPy object; SymPy is not loaded to find out.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    found : bool
        True for expressions, truth values and matrices of SymPy.
    """
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, (sympy.Basic, sympy.MatrixBase))


def encode_formula(value: object, where: str) -> list[list[object]]:
    """Return the nodes of a SymPy object.

    Parameters
    ----------
    value : sympy.Basic or sympy.MatrixBase
        The object.
    where : str
        Its path, for the message.

    Returns
    -------
    nodes : list of list
        For ``json.dumps``.

    Raises
    ------
    ParameterError
        If a node is none of the table, or there are too many.
    """
    sympy = _sympy()
    nodes: list[list[object]] = []
    places: dict[object, int] = {}
    pending: list[tuple[object, int, list[object] | None]] = [(value, 1, None)]
    while pending:
        item, nesting, head = pending.pop()
        if _key(item) in places:
            continue
        if len(nodes) > MAX_NODES or nesting > MAX_NESTING:
            raise ParameterError(
                f"field {where!r} holds a formula of more than {MAX_NODES} nodes, or "
                f"nested more than {MAX_NESTING} deep; store its values, or its source"
            )
        children = _children(sympy, item)
        if head is None:
            pending.append((item, nesting, _head(sympy, item, where)))
            pending += [(child, nesting + 1, None) for child in children]
        else:
            places[_key(item)] = len(nodes)
            nodes.append([*head, *(places[_key(child)] for child in children)])
    return nodes


def decode_formula(nodes: list[object]) -> object:
    """Rebuild a SymPy object node by node.

    Parameters
    ----------
    nodes : list
        From ``encode_formula``, or from a stranger.

    Returns
    -------
    value : sympy.Basic or sympy.MatrixBase
        Equal to what was encoded.

    Raises
    ------
    ValueError
        If a node is not of the right form.
    """
    if not 0 < len(nodes) <= MAX_NODES + 1:
        raise ValueError(f"{len(nodes)} nodes of a formula")
    sympy = _sympy()
    built: list[object] = []
    nesting: list[int] = []
    for node in nodes:
        if not isinstance(node, list) or not node or not isinstance(node[0], str):
            raise ValueError(f"the node {node!r:.60}")
        payload, indices = _split(node)
        if not all(type(k) is int and 0 <= k < len(built) for k in indices):
            raise ValueError(f"an index of the node {node!r:.60}")
        depth = 1 + max((nesting[k] for k in indices), default=0)
        if depth > MAX_NESTING:
            raise ValueError(f"a formula nested more than {MAX_NESTING} deep")
        try:
            item = _build(sympy, str(node[0]), payload, [built[k] for k in indices])
        except Exception as error:  # SymPy raises all kinds for what makes no sense
            raise ValueError(f"the node {node!r:.60} ({error!r:.80})") from None
        built.append(item)
        nesting.append(depth)
    return built[-1]


def _sympy() -> ModuleType:
    import sympy  # noqa: PLC0415 (only results with formulas need it)

    return sympy


def _children(sympy: ModuleType, item: Any) -> list[object]:
    if isinstance(item, sympy.MatrixBase):
        return list(item.flat())
    return [] if item.is_Symbol or item.is_Number else list(item.args)


def _head(sympy: ModuleType, item: Any, where: str) -> list[object]:
    """Return a node without its indices."""
    kind = type(item)
    name = kind.__name__
    if isinstance(item, sympy.MatrixBase) and name in MATRICES:
        return [MATRICES[name], *item.shape]
    if kind is sympy.Symbol:
        return ["Symbol", item.name, item.__getnewargs_ex__()[1]]
    for text, constant in CONSTANTS.items():
        if item is _constant(sympy, constant):
            return [text]
    if isinstance(item, sympy.Integer) and _bits(item.p) <= MAX_BITS:
        return ["Integer", hex(item.p)]
    if isinstance(item, sympy.Rational) and _bits(item.p * item.q) <= MAX_BITS:
        return ["Rational", hex(item.p), hex(item.q)]
    if kind is sympy.Float:
        sign, mantissa, exponent, bits = item._mpf_
        return ["Float", int(sign), hex(mantissa), int(exponent), int(bits), item._prec]
    if isinstance(item, sympy.core.function.AppliedUndef) and not item.func._kwargs:
        return ["Applied", name]
    if kind is _class(sympy, name):
        return [name]
    raise ParameterError(
        f"field {where!r} holds a {kind.__module__}.{name}, which cannot be stored in a "
        "formula; numbers, plain symbols, elementary functions, derivatives, "
        "integrals, cases and matrices can"
    )


def _key(item: object) -> object:
    """Return what nodes are told apart by; a mutable matrix has no hash."""
    return (type(item), item) if isinstance(item, Hashable) else id(item)


def _bits(number: int) -> int:
    return abs(int(number)).bit_length()


def _constant(sympy: ModuleType, name: str) -> object:
    return getattr(sympy, name, None) or getattr(sympy.S, name)


def _class(sympy: ModuleType, name: str) -> Callable[..., object] | None:
    """Return the class of a head, or None."""
    if name == "ExprCondPair":
        return sympy.functions.elementary.piecewise.ExprCondPair
    if name == "dawson":
        from perturbsci.problems.operations import dawson  # noqa: PLC0415 (loads SymPy)

        return dawson
    return getattr(sympy, name) if name in UNEVALUATED or name in BOUND else None


def _split(node: list[object]) -> tuple[list[object], list[int]]:
    """Return what belongs to the head, and the indices."""
    length = {"Symbol": 2, "Integer": 1, "Rational": 2, "Float": 5, "Applied": 1}
    count = 2 if node[0] in MATRICES.values() else length.get(str(node[0]), 0)
    return node[1 : 1 + count], node[1 + count :]  # type: ignore[return-value]


def _build(
    sympy: ModuleType, head: str, payload: list[object], children: list[object]
) -> object:
    """Return one node, its payload checked by the patterns."""
    match head, payload:
        case "Symbol", [str(name), dict(known)] if not children:
            if all(type(value) is bool for value in known.values()):
                return sympy.Symbol(name, **known)
        case "Integer", [str(number)] if not children:
            return sympy.Integer(_whole(number))
        case "Rational", [str(over), str(under)] if not children:
            return sympy.Rational(_whole(over), _whole(under))
        case "Float", [int(sign), str(mantissa), int(exponent), int(bits), int(precision)]:
            parts = (sign, _whole(mantissa), exponent, bits)
            if not children and 0 < precision <= MAX_BITS and abs(exponent) <= 2**31:
                # of the tuple of zero SymPy makes an Integer
                return sympy.Float(parts if parts[1] else 0.0, precision=precision)
        case "Applied", [str(name)] if children:
            return sympy.Function(name)(*children)
        case (("Matrix" | "ImmutableMatrix"), [int(rows), int(columns)]):
            if rows >= 0 and columns >= 0 and rows * columns == len(children):
                return getattr(sympy, head)(rows, columns, children)
        case _ if head in CONSTANTS and not children:
            return _constant(sympy, CONSTANTS[head])
        case _ if children and (cls := _class(sympy, head)):
            options = {"evaluate": False} if head in UNEVALUATED else {}
            return cls(*children, **options)
    raise ValueError("no such node")


def _whole(text: str) -> int:
    if len(text) > MAX_BITS // 4 + 3:
        raise ValueError("a number of too many digits")
    return int(text, 16)
