"""Loop interchange: 64 indices go through a uniform loop side by side.

Statements without a uniform loop run for all lanes of a block before the next one begins;
a loop whose bounds are the same for all lanes stays outside, its lane loops inside. Legal
because indices are independent, and equal in every bit because each lane still does the
same operations in the same order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from perturbsci.backend import tree
from perturbsci.backend.signature import Signature
from perturbsci.errors import KernelError

__all__ = ["WIDTH", "LaneLoop", "lane_schedule"]

WIDTH = 64


@dataclass(frozen=True, slots=True, eq=False)
class LaneLoop:
    """Statements that run for each lane of a block.

    Parameters
    ----------
    body : tuple of statements
        Typed.
    """

    body: tree.Block


def lane_schedule(
    signature: Signature, indices: tuple[str, ...], body: tree.Block
) -> tuple[tuple[object, ...], Mapping[str, str]]:
    """Return the body in lane loops and uniform loops, and what became an array.

    Parameters
    ----------
    signature : Signature
        Of the kernel.
    indices : tuple of str
        The lanes run along the last one.
    body : tuple of statements
        Typed.

    Returns
    -------
    blocks : tuple of LaneLoop and For
        A For holds such a tuple again.
    promoted : mapping of str to str
        Locals alive across a boundary, with their types: arrays of ``WIDTH``.

    Raises
    ------
    KernelError
        If the body returns: lanes go on together.
    """
    returns = sum(isinstance(node, tree.Return) for node in _statements(body))
    if returns:
        raise KernelError(
            f"a body with {returns} returns cannot have schedule 'lanes'; use an if, or "
            "schedule='flat'"
        )
    # What all lanes share: scalars, leading indices, and entries of inputs at such places.
    shared = {a.name for a in signature.arguments if not (a.is_array and a.returned)}
    blocks = _blocks(body, frozenset(shared | set(indices[:-1])))
    promoted = _promoted(blocks)
    return tuple(_rewritten(item, promoted) for item in blocks), promoted


def _blocks(body: tree.Block, uniform: frozenset[str]) -> tuple[object, ...]:
    found: list[object] = []
    lane: list[tree.Statement] = []
    for node in body:
        if isinstance(node, tree.For) and _is_uniform(node, uniform):
            if lane:
                found.append(LaneLoop(tuple(lane)))
                lane = []
            inner = _blocks(node.body, uniform | {node.name})
            found.append(tree.For(node.name, node.start, node.stop, node.step, inner))  # type: ignore[arg-type]
        else:
            lane.append(node)
    if lane:
        found.append(LaneLoop(tuple(lane)))
    return tuple(found)


def _is_uniform(loop: tree.For, uniform: frozenset[str]) -> bool:
    """Return whether all lanes go through the loop together."""
    bounds = (*tree.parts(loop.start), *tree.parts(loop.stop))
    if any(isinstance(part, tree.Call) for part in bounds):
        return False
    names = {part.name for part in bounds if isinstance(part, tree.Name)}
    names |= {part.array for part in bounds if isinstance(part, tree.Load)}
    jumps = any(isinstance(n, (tree.Break, tree.Continue)) for n in _statements(loop.body))
    return names <= uniform and not jumps


def _promoted(blocks: tuple[object, ...]) -> dict[str, str]:
    """Return the locals of several lane loops, or read first in their only one."""
    types: dict[str, str] = {}
    places: dict[str, set[int]] = {}
    read_first: set[str] = set()
    for place, loop in enumerate(_lane_loops(blocks)):
        seen: set[str] = set()
        for name, kind, written in _occurrences(loop.body):
            if written:
                types[name] = kind
            elif name not in seen:
                read_first.add(name)
            seen.add(name)
            places.setdefault(name, set()).add(place)
    chosen = (n for n in types if len(places[n]) > 1 or n in read_first)
    return {name: types[name] for name in chosen}


def _lane_loops(blocks: tuple[object, ...]) -> Iterator[LaneLoop]:
    for item in blocks:
        if isinstance(item, LaneLoop):
            yield item
        elif isinstance(item, tree.For):
            yield from _lane_loops(item.body)


def _occurrences(body: tree.Block) -> Iterator[tuple[str, str, bool]]:
    """Yield name, type and whether it is written, in the order of execution."""
    for node in body:
        match node:
            case tree.Assign(names=names, types=types, value=value):
                yield from _reads(value)
                yield from ((n, t, True) for n, t in zip(names, types, strict=True))
            case tree.If(condition=condition, body=yes, otherwise=no):
                yield from _reads(condition)
                yield from _occurrences(yes)
                yield from _occurrences(no)
            case tree.For(start=start, stop=stop, body=block):
                yield from _reads(start, stop)
                yield from _occurrences(block)
            case tree.While(condition=condition, body=block):
                yield from _reads(condition)
                yield from _occurrences(block)
            case tree.Store(index=index, value=value):
                yield from _reads(*index, value)


def _reads(*values: tree.Expression) -> Iterator[tuple[str, str, bool]]:
    for value in values:
        for part in tree.parts(value):
            if isinstance(part, tree.Name):
                yield part.name, part.type, False


def _statements(body: tree.Block) -> Iterator[tree.Statement]:
    kinds = (tree.Return, tree.Break, tree.Continue)
    return (part for part in tree.parts(body) if isinstance(part, kinds))


def _rewritten(node: object, promoted: Mapping[str, str]) -> object:
    """Return a node with promoted names replaced by entries of lane arrays."""
    lane = (tree.Name("lane_", "i"),)
    match node:
        case tuple():
            return tuple(_rewritten(part, promoted) for part in node)
        case tree.Name(name=name, type=kind) if name in promoted:
            return tree.Load(name, lane, kind)
        case tree.Assign(names=(name,), value=value) if name in promoted:
            return tree.Store(name, lane, _rewritten(value, promoted))  # type: ignore[arg-type]
        case tree.Assign(names=names) if set(names) & set(promoted):
            return _unpacked(node, promoted)
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, tree.Function):
        return node
    fields = {name: getattr(node, name) for name in node.__dataclass_fields__}
    return type(node)(**{n: _rewritten(v, promoted) for n, v in fields.items()})


def _unpacked(node: tree.Assign, promoted: Mapping[str, str]) -> tree.Assign:
    """Return ``x, y = f(...)`` with entries of lane arrays as targets."""
    names = tuple(f"{n}[lane_]" if n in promoted else n for n in node.names)
    return tree.Assign(names, node.types, _rewritten(node.value, promoted))  # type: ignore[arg-type]
