"""Run PTX without a GPU: registers are NumPy arrays over lanes.

Of the lanes that have not returned, those at the smallest program counter run the next
straight piece of code together. Memory is the argument arrays: every access is checked
for bounds and alignment. Reading a register that was never set is an error, and so is
touching an element that another lane wrote, or writing one that another lane touched: on
a device the two have no order. NaN is one value here; on a device its payload may differ.
"""

import functools

import numpy

from .ptx_operations import closures
from .ptx_slots import MEMORY, SPECIAL, Decoder, kind_of
from .ptx_text import PTXError, parse

__all__ = ["Module", "PTXError", "load"]

SPACING = 1 << 40  # bytes between the addresses of two arrays: no index leads across
MANY = -1  # more than one lane read this element
PIECES = 2_000_000  # of straight code in one launch; more is taken for an endless loop


class Module:
    """One compiled text; ``launch`` runs its entry."""

    def __init__(self, entry):
        self.name = entry.name
        self.parameters = entry.parameters
        decoder = Decoder(entry)
        self.blocks = [
            (
                [run for line in block.instructions for run in closures(decoder, line)],
                None if block.guard is None else decoder.slots[block.guard],
                block.negated,
                block.target,
                block.falls,
            )
            for block in entry.blocks
        ]
        constants = {
            name: k for name, k in decoder.slots.items() if name in entry.parameters
        }
        self.live = [
            [
                1,
                *sorted(
                    decoder.slots[name] for name in block.live if name not in constants
                ),
            ]
            for block in entry.blocks
        ]
        self.needs = [_needed(block, decoder) for block in entry.blocks]
        self.slots, self.template = decoder.slots, decoder.template
        self.lane_instructions = 0

    def launch(self, symbol, grid, block, args, *, backwards=False):
        """Run ``symbol`` on ``grid`` blocks of ``block`` threads.

        Arguments are NumPy arrays (memory; a read-only one must not be written) and NumPy
        scalars of the parameter's width. ``backwards`` numbers the lanes from the end.
        """
        if symbol != self.name:
            raise PTXError(f"{symbol} is not here; the entry is {self.name}")
        block, grid = _one(block), _one(grid)
        memory = Memory([a for a in args if isinstance(a, numpy.ndarray)])
        lanes = numpy.arange(grid * block, dtype=numpy.int32)
        lanes = lanes[::-1].copy() if backwards else lanes
        registers = self.template.copy()
        values = (lanes % block, block, lanes // block, grid)
        for name, value in zip(SPECIAL, values, strict=True):
            registers[self.slots[name]] = numpy.asarray(value).astype(numpy.uint32)[()]
        registers[self.slots[MEMORY]], registers[1] = memory, lanes + 1
        for name, value in zip(self.parameters, memory.passed(args), strict=True):
            registers[self.slots[name]] = _parameter(name, value, self.parameters[name])
        with numpy.errstate(all="ignore"):
            self._run(registers)

    def _run(self, registers):
        base = registers.copy()
        for name in ("lane", *SPECIAL):
            base[self.slots[name]] = None
        for name in ("%ntid.x", "%nctaid.x"):
            base[self.slots[name]] = registers[self.slots[name]]
        waiting = {0: registers}
        for _ in range(PIECES):
            if not waiting:
                return
            number = min(waiting)
            group = waiting.pop(number)
            for target, part in self._piece(number, group, base):
                other = waiting.get(target)
                live = self.live[target]
                waiting[target] = (
                    part if other is None else _merged(other, part, live, base)
                )
        raise PTXError(f"{self.name} ran {PIECES} pieces of code: an endless loop")

    def _piece(self, number, registers, base):
        """Run one block; return where its lanes go, as (block, registers)."""
        code, guard, negated, target, falls = self.blocks[number]
        for slot, name in self.needs[number]:
            if registers[slot] is None:
                raise PTXError(f"{self.name} reads {name}, which was never set")
        for run in code:
            run(registers)
        self.lane_instructions += len(code) * registers[1].size
        if guard is None:
            return (
                [(target if falls is None else falls, registers)]
                if (falls is not None or target is not None)
                else []
            )
        jumps = registers[guard] ^ negated
        if jumps.all():
            parts = [(target, registers)]
        elif not jumps.any():
            parts = [(falls, registers)]
        else:
            parts = [
                (place, _narrowed(registers, keep, self.live[place], base))
                for place, keep in ((target, jumps), (falls, ~jumps))
                if place is not None
            ]
        return [(place, part) for place, part in parts if place is not None]


class Memory:
    """The argument arrays at made-up addresses, and who touched what."""

    def __init__(self, arrays):
        self.flat, self.owner, self.reader = [], [], []
        self.shared = {
            k
            for k, one in enumerate(arrays)
            for j, other in enumerate(arrays)
            if j != k and numpy.may_share_memory(one, other)
        }
        for array in arrays:
            if not array.flags.c_contiguous:
                raise PTXError("an array is not C-contiguous")
            kind = f"f{array.itemsize // 2}" if array.dtype.kind == "c" else array.dtype
            self.flat.append(array.reshape(-1).view(kind))
            writable = array.flags.writeable
            tracked = numpy.zeros(self.flat[-1].size, numpy.int32) if writable else None
            self.owner.append(tracked)
            self.reader.append(None if tracked is None else tracked.copy())

    def passed(self, args):
        """Return the arguments with addresses in the place of arrays."""
        numbers = iter(range(1, len(self.flat) + 1))
        return [
            numpy.uint64(next(numbers) * SPACING) if isinstance(a, numpy.ndarray) else a
            for a in args
        ]

    def load(self, address, offset, kind, lane):
        """Return the elements at addresses, one a lane."""
        address = address + numpy.uint64(offset % 2**64)
        parts = self._parts(address, kind)
        if len(parts) == 1:
            ((number, index, _),) = parts
            return self._loaded(number, index, kind, lane)
        found = numpy.empty(lane.shape, kind)
        for number, index, here in parts:
            found[here] = self._loaded(number, index, kind, lane[here])
        return found

    def store(self, address, offset, value, lane):
        """Write one element a lane."""
        address = address + numpy.uint64(offset % 2**64)
        for number, index, here in self._parts(address, value.dtype):
            part, mine = (value, lane) if here is None else (_at(value, here), lane[here])
            index = numpy.broadcast_to(index, mine.shape)
            owner = self.owner[number]
            if owner is None:
                raise PTXError(f"array {number} is an input and is written")
            if number in self.shared:
                raise PTXError(f"array {number} is written and shares memory with another")
            before, readers = owner[index], self.reader[number][index]
            owner[index] = mine
            wrong = ((before != 0) & (before != mine)) | (owner[index] != mine)
            if wrong.any():
                raise PTXError(f"two lanes write one element of array {number}")
            if ((readers != 0) & (readers != mine)).any():
                raise PTXError(f"a lane writes what another one read of array {number}")
            self.flat[number].view(value.dtype)[index] = part

    def _loaded(self, number, index, kind, lane):
        owner = self.owner[number]
        if owner is not None:
            every = numpy.broadcast_to(index, lane.shape)
            before = owner[every]
            if ((before != 0) & (before != lane)).any():
                raise PTXError(f"a lane reads what another one wrote to array {number}")
            reader = self.reader[number]
            known = reader[every]
            reader[every] = numpy.where((known == 0) | (known == lane), lane, MANY)
            reader[every[reader[every] != lane]] = MANY
        return self.flat[number].view(kind)[index]

    def _parts(self, address, kind):
        """Return (array, index, which lanes) for addresses; one part has which = None."""
        first = address.item(0) // SPACING - 1
        if 0 <= first < len(self.flat):
            index, legal = self._index(first, address, kind)
            if legal.all():
                return [(first, index, None)]
        parts = []
        numbers = (address // numpy.uint64(SPACING)).astype(int) - 1
        for number in numpy.unique(numbers):
            here = numbers == number
            if not 0 <= number < len(self.flat):
                raise PTXError(f"address {_at(address, here).item(0):#x} is in no array")
            index, legal = self._index(number, _at(address, here), kind)
            if not legal.all():
                raise PTXError(
                    f"array {number} of {self.flat[number].size} elements: an access is "
                    "out of bounds or not aligned"
                )
            parts.append((number, index, here))
        return parts

    def _index(self, number, address, kind):
        flat = self.flat[number]
        if flat.itemsize != kind.itemsize:
            raise PTXError(f"array {number} of {flat.dtype} is accessed as {kind}")
        offset = address - numpy.uint64((number + 1) * SPACING)
        # Rotated to the right, a byte offset that is not aligned becomes a huge index.
        places = kind.itemsize.bit_length() - 1
        index = (offset >> numpy.uint64(places)) | (offset << numpy.uint64(64 - places))
        return index.view(numpy.int64), index < numpy.uint64(flat.size)


@functools.cache
def load(text):
    """Return the module of a PTX text, decoded once."""
    return Module(parse(text))


def _one(shape):
    """Return the number of blocks or threads; only the first axis is used."""
    first, *rest = shape if isinstance(shape, tuple) else (shape,)
    if any(other != 1 for other in rest):
        raise PTXError(f"{shape} has more than one axis")
    return int(first)


def _parameter(name, value, word):
    kind = kind_of(word)
    value = {int: numpy.int64, float: numpy.float64}.get(type(value), lambda x: x)(value)
    if value.dtype.itemsize != kind.itemsize:
        raise PTXError(f"{name} is {value.dtype}, needed {kind}")
    return value.view(kind)


def _needed(block, decoder):
    """Return slots and names that a block reads before it sets them."""
    known, found = set(), {}
    for line in block.instructions:
        found |= {name: None for name in line.reads if name not in known}
        known |= set(line.writes)
    if block.guard and block.guard not in known:
        found[block.guard] = None
    return [(decoder.slots[name], name) for name in found]


def _at(value, keep):
    return value[keep] if value.ndim else value


def _narrowed(registers, keep, live, base):
    part = base.copy()
    for slot in live:
        value = registers[slot]
        part[slot] = value if value is None else _at(value, keep)
    return part


def _merged(one, two, live, base):
    """Return the registers of two groups that meet; what one never set stays unset."""
    both = base.copy()
    sizes = one[1].size, two[1].size
    for slot in live:
        a, b = one[slot], two[slot]
        if a is None or b is None:
            continue
        if a.ndim == b.ndim == 0 and a.tobytes() == b.tobytes():
            both[slot] = a
            continue
        pieces = (numpy.broadcast_to(v, n) for v, n in zip((a, b), sizes, strict=True))
        both[slot] = numpy.concatenate(list(pieces))
    return both
