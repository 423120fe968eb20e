"""SymPy expressions and matrices as flat lists of nodes, and back.

A node is [head, ...] with the indices of earlier nodes; the last one is the expression:

    ["Symbol", name, {assumption: bool}]   ["Integer", "0x.."], ["Rational", "0x..", "0x.."]
    ["Float", sign, "0x...", exponent, bits, precision]     ["pi"], ["E"], ["I"], ...
    ["Add", 0, 1], ["sin", 2], ["Applied", "u", 0, 1]     ["Matrix", rows, columns, 0, 1]

Heads stand in a fixed table; sums, products and powers are put together as they were,
without evaluation, so that a file cannot make SymPy compute. Text is never parsed.
"""

import sys
from collections.abc import Hashable
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

ARITHMETIC = ("Add", "Mul", "Pow", "Min", "Max")
LOGIC = ("And", "Or", "Not")
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
OF_EXPRESSIONS = frozenset((*ARITHMETIC, *RELATIONS, *FUNCTIONS))
OF_PARTS = ("Derivative", "Integral", "Piecewise", "ExprCondPair", "Tuple")
HEADS = OF_EXPRESSIONS | {*LOGIC, *OF_PARTS}
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
    if sum(len(node) for node in nodes if isinstance(node, list)) > 10 * MAX_NODES:
        raise ValueError("too many operands in the nodes of a formula")
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
            raise ValueError(f"nodes nested more than {MAX_NESTING} deep")
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


def _class(sympy: ModuleType, name: str) -> Any:
    """Return the class of a head, or None."""
    if name == "ExprCondPair":
        return sympy.functions.elementary.piecewise.ExprCondPair
    if name == "dawson":
        from perturbsci.problems.operations import dawson  # noqa: PLC0415 (loads SymPy)

        return dawson
    return getattr(sympy, name) if name in HEADS else None


def _split(node: list[object]) -> tuple[list[object], list[int]]:
    """Return what belongs to the head, and the indices."""
    length = {"Symbol": 2, "Integer": 1, "Rational": 2, "Float": 5, "Applied": 1}
    count = 2 if node[0] in MATRICES.values() else length.get(str(node[0]), 0)
    return node[1 : 1 + count], node[1 + count :]  # type: ignore[return-value]


def _build(
    sympy: ModuleType, head: str, payload: list[object], children: list[object]
) -> object:
    """Return one node, its payload and the kinds of its parts checked."""
    if not children and head not in MATRICES.values():
        return _leaf(sympy, head, payload)
    expressions = _are(sympy.Expr, children)
    match head, payload:
        case "Applied", [str(name)] if expressions:
            return sympy.Function(name)(*children)
        case (("Matrix" | "ImmutableMatrix"), [int(rows), int(columns)]) if expressions:
            if rows >= 0 and columns >= 0 and rows * columns == len(children):
                return getattr(sympy, head)(rows, columns, children)
        case _ if head in OF_EXPRESSIONS and expressions:
            return _class(sympy, head)(*children, evaluate=False)
        case _ if head in LOGIC and _are(sympy.logic.boolalg.Boolean, children):
            return getattr(sympy, head)(*children, evaluate=False)
        case _ if head in OF_PARTS:
            return _composed(sympy, head, children)
    raise ValueError("no such node")


def _leaf(sympy: ModuleType, head: str, payload: list[object]) -> object:
    """Return a symbol, a number or a constant."""
    match head, payload:
        case "Symbol", [str(name), dict(known)]:
            if all(type(value) is bool for value in known.values()):
                return sympy.Symbol(name, **known)
        case "Integer", [str(number)]:
            return sympy.Integer(_whole(number))
        case "Rational", [str(over), str(under)]:
            return sympy.Rational(_whole(over), _whole(under))
        case "Float", [int(sign), str(mantissa), int(exponent), int(bits), int(precision)]:
            parts = (sign, _whole(mantissa), exponent, bits)
            sound = sign in (0, 1) and parts[1] >= 0 and bits == parts[1].bit_length()
            if sound and 0 < precision <= MAX_BITS and abs(exponent) <= 2**31:
                # of the tuple of zero SymPy makes an Integer
                return sympy.Float(parts if parts[1] else 0.0, precision=precision)
        case _ if head in CONSTANTS:
            return _constant(sympy, CONSTANTS[head])
    raise ValueError("no such node")


def _composed(sympy: ModuleType, head: str, children: list[Any]) -> object:
    """Return a node whose constructor would fold cases or sort variables: made bare."""
    pair = _class(sympy, "ExprCondPair")
    first, rest = children[0], children[1:]
    of_expression = isinstance(first, sympy.Expr)
    match head:
        case "Tuple":
            return sympy.Tuple(*children)
        case "ExprCondPair" if of_expression and len(rest) == 1:
            if _are(sympy.logic.boolalg.Boolean, rest):
                return sympy.Tuple.__new__(pair, *children)
        case "Piecewise" if _are(pair, children):
            return sympy.Basic.__new__(sympy.Piecewise, *children)
        case "Derivative" if of_expression and rest and _are(sympy.Tuple, rest):
            if all(len(item) == 2 for item in rest):
                return sympy.Expr.__new__(sympy.Derivative, *children)
        case "Integral" if of_expression and rest and _are(sympy.Tuple, rest):
            integral = sympy.Expr.__new__(sympy.Integral, *children)
            integral.is_commutative = first.is_commutative
            return integral
    raise ValueError("no such node")


def _are(kind: Any, items: list[Any]) -> bool:
    return all(isinstance(item, kind) for item in items)


def _whole(text: str) -> int:
    if len(text) > MAX_BITS // 4 + 3:
        raise ValueError("a number of too many digits")
    return int(text, 16)
