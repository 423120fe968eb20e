"""The slots of a PTX entry: registers, parameters, constants, and the memory.

A slot holds a register (an array over lanes, or one NumPy scalar where all lanes agree), a
parameter, a constant or the memory. A register always holds its declared type; an
instruction that wants another one of the same width looks at the same bits.
"""

import struct

import numpy

from .ptx_text import PTXError

KINDS = {"s": "i", "u": "u", "b": "u", "f": "f"}
MEMORY = "memory"
SPECIAL = ("%tid.x", "%ntid.x", "%ctaid.x", "%nctaid.x")


def kind_of(word):
    """Return the NumPy type of a PTX type."""
    if word == "pred":
        return numpy.dtype(bool)
    return numpy.dtype(f"{KINDS[word[0]]}{int(word[1:]) // 8}")


class Decoder:
    """Closures for the instructions of one entry, and the slots that they use."""

    def __init__(self, entry):
        self.slots = {MEMORY: 0, "lane": 1}
        self.template = [None, None]
        self.kinds = {name: kind_of(kind) for name, kind in entry.registers.items()}
        self.kinds |= dict.fromkeys(SPECIAL, kind_of("u32"))
        self.kinds |= {name: kind_of(kind) for name, kind in entry.parameters.items()}
        for name in self.kinds:
            self.slot(name)
        self.code = []

    def slot(self, name, value=None):
        """Return the number of a slot; a new one begins with a value."""
        if name not in self.slots:
            self.slots[name] = len(self.template)
            self.template.append(value)
        return self.slots[name]

    def read(self, word, kind):
        """Return the slot that holds an operand in this type."""
        if word in self.kinds:
            held = self.kinds[word]
            if held == kind:
                return self.slots[word]
            place = self.slot(f"{word} as {kind}")
            self.code.append(_seen(self.slots[word], held, kind, place))
            return place
        return self.slot(f"{word}:{kind}", _constant(word, kind))

    def write(self, word, kind):
        """Return the slot for a result of this type, and what brings it to its register."""
        if word not in self.kinds:
            raise PTXError(f"{word} is not declared")
        held = self.kinds[word]
        if held == kind:
            return self.slots[word], []
        place = self.slot(f"{word} from {kind}")
        return place, [_seen(place, kind, held, self.slots[word])]

    def emit(self, function, target, kind, *sources):
        """Append ``target = function(*sources)``; sources are slots."""
        place, after = self.write(target, kind)
        self.code += [_applied(function, place, sources), *after]


def _applied(function, d, sources):
    if len(sources) == 1:
        (a,) = sources

        def run(r):
            r[d] = function(r[a])
    elif len(sources) == 2:
        a, b = sources

        def run(r):
            r[d] = function(r[a], r[b])
    else:

        def run(r):
            r[d] = function(*[r[k] for k in sources])

    return run


def _seen(source, held, kind, target):
    """Return what looks at the bits of a slot as another type, cut or filled up."""
    if held.itemsize == kind.itemsize and bool not in (held, kind):

        def run(r):
            r[target] = r[source].view(kind)
    elif "f" in (held.kind, kind.kind) or bool in (held, kind):
        raise PTXError(f"a register of {held} is used as {kind}")
    else:

        def run(r):
            r[target] = r[source].astype(kind)

    return run


def _constant(word, kind):
    """Return an immediate operand as a NumPy scalar of this type."""
    if kind.kind == "b":
        return numpy.bool_(int(word) != 0)
    if word[:2] in ("0f", "0d"):
        real = numpy.dtype("f4" if word[1] == "f" else "f8")
        value = real.type(struct.unpack(">" + real.char, bytes.fromhex(word[2:]))[0])
        return value.view(kind)
    number = int(word, 0)
    if kind.kind == "f":
        raise PTXError(f"{word} is no real number")
    unsigned = numpy.dtype(f"u{kind.itemsize}")
    return unsigned.type(number % 2 ** (8 * kind.itemsize)).view(kind)
