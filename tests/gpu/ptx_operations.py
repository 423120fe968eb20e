"""Turn PTX instructions into closures over a list of slots, once a module."""

import re

import numpy

from .ptx_arithmetic import (
    compared,
    extracted,
    extreme,
    fused,
    high_part,
    inserted,
    permuted,
    quotient,
    remainder,
    to_whole,
    wide_product,
)
from .ptx_slots import kind_of
from .ptx_text import PTXError

LOGIC = {"and": numpy.bitwise_and, "or": numpy.bitwise_or, "xor": numpy.bitwise_xor}
TWO = {
    "add": numpy.add,
    "sub": numpy.subtract,
    "mul": numpy.multiply,
    "mul.lo": numpy.multiply,
    "mul.hi": high_part,
    "div": quotient,
    "rem": remainder,
    "min": numpy.minimum,
    "max": numpy.maximum,
    **LOGIC,
}
REAL_TWO = {**TWO, "div": numpy.divide, "min": extreme("min"), "max": extreme("max")}
REAL_ONE = {"neg": numpy.negative, "abs": numpy.abs, "sqrt.rn": numpy.sqrt}
REAL_ROUND = {"m": numpy.floor, "z": numpy.trunc, "n": numpy.rint, "p": numpy.ceil}


def closures(decoder, instruction):
    """Return what runs one instruction."""
    for pattern, build in PATTERNS:
        match = pattern.fullmatch(instruction.opcode)
        if match:
            decoder.code = []
            build(decoder, instruction.operands, *match.groups())
            return decoder.code
    raise PTXError(f"unknown instruction {instruction.opcode} {instruction.operands}")


def _two(decoder, operands, name, word):
    """Whole numbers or logic: signed and unsigned differ only where the type says s."""
    signed = name in ("mul.hi", "div", "rem", "min", "max")
    kind = kind_of(word if signed or word == "pred" else f"u{word[1:]}")
    d, a, b = operands
    decoder.emit(TWO[name], d, kind, decoder.read(a, kind), decoder.read(b, kind))


def _two_real(decoder, operands, name, word):
    kind = kind_of(word)
    d, a, b = operands
    decoder.emit(REAL_TWO[name], d, kind, decoder.read(a, kind), decoder.read(b, kind))


def _one_real(decoder, operands, name, word):
    kind = kind_of(word)
    decoder.emit(REAL_ONE[name], operands[0], kind, decoder.read(operands[1], kind))


def _reciprocal(decoder, operands, word):
    kind = kind_of(word)
    one = kind.type(1)
    decoder.emit(lambda a: one / a, operands[0], kind, decoder.read(operands[1], kind))


def _one_whole(decoder, operands, name, word):
    kind = kind_of(word)
    function = {"neg": numpy.negative, "abs": numpy.abs, "not": numpy.invert}[name]
    decoder.emit(function, operands[0], kind, decoder.read(operands[1], kind))


def _multiply_wide(decoder, operands, word):
    kind = kind_of(word)
    wide = numpy.dtype(f"{kind.kind}{2 * kind.itemsize}")
    sources = [decoder.read(x, kind) for x in operands[1:]]
    decoder.emit(wide_product, operands[0], wide, *sources)


def _multiply_add(decoder, operands, how, word):
    d, a, b, c = operands
    kind = kind_of(word)
    result = numpy.dtype(f"{kind.kind}{2 * kind.itemsize}") if how == "wide" else kind
    product = {"wide": wide_product, "lo": numpy.multiply, "hi": high_part}[how]
    sources = decoder.read(a, kind), decoder.read(b, kind), decoder.read(c, result)
    decoder.emit(lambda a, b, c: product(a, b) + c, d, result, *sources)


def _fused(decoder, operands, word):
    kind = kind_of(word)
    decoder.emit(fused, operands[0], kind, *(decoder.read(x, kind) for x in operands[1:]))


def _shift(decoder, operands, name, word):
    """Shift by any amount: NumPy and PTX both fill up beyond the width."""
    kind = kind_of(word)
    d, a, amount = operands
    places = decoder.read(amount, kind_of("u32"))
    function = numpy.left_shift if name == "shl" else numpy.right_shift

    def shifted(value, by):
        return function(value, by.astype(kind))

    decoder.emit(shifted, d, kind, decoder.read(a, kind), places)


def _funnel(decoder, operands, side):
    """Shift 64 bits, keep 32: a rotation where both halves are equal."""
    kind = kind_of("u32")
    d, *sources = operands

    def shifted(low, high, by):
        both = (high.astype("u8") << numpy.uint64(32)) | low
        by = (by & numpy.uint32(31)).astype("u8")
        found = (both << by) >> numpy.uint64(32) if side == "l" else both >> by
        return found.astype("u4")

    decoder.emit(shifted, d, kind, *(decoder.read(x, kind) for x in sources))


def _permute(decoder, operands):
    kind = kind_of("u32")
    decoder.emit(
        permuted, operands[0], kind, *(decoder.read(x, kind) for x in operands[1:])
    )


def _insert_bits(decoder, operands, word):
    kind, (d, a, b, *places) = kind_of(word), operands
    sources = [decoder.read(x, kind) for x in (a, b)]
    sources += [decoder.read(x, kind_of("u32")) for x in places]
    decoder.emit(inserted, d, kind, *sources)


def _extract_bits(decoder, operands, word):
    kind, (d, a, *places) = kind_of(word), operands
    sources = [decoder.read(a, kind), *(decoder.read(x, kind_of("u32")) for x in places)]
    decoder.emit(extracted, d, kind, *sources)


def _set_predicate(decoder, operands, relation, logic, word):
    d, a, b, *more = operands
    kind = kind_of(word)
    function = compared(relation, real=kind.kind == "f")
    sources = [decoder.read(a, kind), decoder.read(b, kind)]
    if logic:
        combine = LOGIC[logic]
        sources.append(decoder.read(more[0], kind_of("pred")))
        decoder.emit(
            lambda a, b, p: combine(function(a, b), p), d, kind_of("pred"), *sources
        )
    else:
        decoder.emit(function, d, kind_of("pred"), *sources)


def _select(decoder, operands, word):
    d, a, b, p = operands
    kind = kind_of(word)

    def chosen(a, b, p):
        return numpy.where(p, a, b) if p.ndim else (a if p else b)

    sources = decoder.read(a, kind), decoder.read(b, kind), decoder.read(p, kind_of("pred"))
    decoder.emit(chosen, d, kind, *sources)


def _move(decoder, operands, word):
    d, a = operands
    kind = kind_of(word)
    if d.startswith("{"):
        half = numpy.dtype(f"u{kind.itemsize // 2}")
        source = decoder.read(a, numpy.dtype(f"u{kind.itemsize}"))
        for k, part in enumerate(re.findall(r"%\w+", d)):
            by = numpy.dtype(f"u{kind.itemsize}").type(8 * half.itemsize * k)
            decoder.emit(lambda x, by=by: (x >> by).astype(half), part, half, source)
    elif a.startswith("{"):
        whole = numpy.dtype(f"u{kind.itemsize}")
        half = numpy.dtype(f"u{kind.itemsize // 2}")
        by = whole.type(8 * half.itemsize)
        low, high = (decoder.read(x, half) for x in re.findall(r"[%\w]+", a))
        decoder.emit(
            lambda x, y: x.astype(whole) | (y.astype(whole) << by), d, whole, low, high
        )
    else:
        # The two sides may be declared differently: the bits move.
        decoder.emit(lambda x: x, d, kind, decoder.read(a, kind))


def _convert(decoder, operands, rounding, to, of):
    d, a = operands
    kind, held = kind_of(to), kind_of(of)
    source = decoder.read(a, held)
    to_int = bool(rounding) and rounding.endswith("i")
    if kind.kind != "f":
        legal = to_int if held.kind == "f" else not rounding
    elif held == kind:
        legal = to_int
    else:
        exact = held.kind == "f" and held.itemsize < kind.itemsize
        legal = rounding == (None if exact else ".rn")
    if not legal:
        raise PTXError(f"unknown conversion cvt{rounding or ''}.{to}.{of}")
    if not to_int:
        decoder.emit(lambda x: x.astype(kind), d, kind, source)
        return
    to_integer = REAL_ROUND[rounding[2]]
    if kind.kind == "f":
        decoder.emit(to_integer, d, kind, source)
    else:
        decoder.emit(lambda x: to_whole(to_integer(x), kind), d, kind, source)


def _address(decoder, word):
    """Return the slot of a base and a number of bytes."""
    base, offset = re.fullmatch(r"\[(%\w+)([+-]+\d+)?\]", word).groups()
    return decoder.read(base, kind_of("u64")), int((offset or "0").replace("+-", "-"))


def _load_parameter(decoder, operands, word):
    name = operands[1].strip("[]")
    kind = kind_of(word)
    if name not in decoder.kinds or decoder.kinds[name].itemsize != kind.itemsize:
        raise PTXError(f"{name} is no parameter of {kind}")
    decoder.emit(lambda x: x, operands[0], kind, decoder.read(name, kind))


def _load(decoder, operands, word):
    kind = kind_of(word)
    address, offset = _address(decoder, operands[1])
    place, after = decoder.write(operands[0], kind)

    def run(r):
        r[place] = r[0].load(r[address], offset, kind, r[1])

    decoder.code += [run, *after]


def _store(decoder, operands, word):
    kind = kind_of(word)
    address, offset = _address(decoder, operands[0])
    source = decoder.read(operands[1], kind)

    def run(r):
        r[0].store(r[address], offset, r[source], r[1])

    decoder.code.append(run)


def _address_space(decoder, operands):
    _move(decoder, operands, "u64")


WHOLE, REAL, BITS = r"([su](?:16|32|64))", r"(f(?:32|64))", r"(pred|b(?:16|32|64))"
PATTERNS = [
    (re.compile(pattern), build)
    for pattern, build in (
        (rf"(add|sub|mul\.lo|mul\.hi|div|rem|min|max)\.{WHOLE}", _two),
        (rf"(and|or|xor)\.{BITS}", _two),
        (rf"(add|sub|mul)(?:\.rn)?\.{REAL}", _two_real),
        (rf"(div)\.rn\.{REAL}", _two_real),
        (rf"(min|max)\.{REAL}", _two_real),
        (rf"(neg|abs|sqrt\.rn)\.{REAL}", _one_real),
        (rf"rcp\.rn\.{REAL}", _reciprocal),
        (r"(neg|abs)\.(s(?:16|32|64))", _one_whole),
        (rf"(not)\.{BITS}", _one_whole),
        (r"mul\.wide\.([su](?:16|32))", _multiply_wide),
        (rf"mad\.(lo|hi|wide)\.{WHOLE}", _multiply_add),
        (rf"fma\.rn\.{REAL}", _fused),
        (r"(shl)\.(b(?:16|32|64))", _shift),
        (r"(shr)\.([bsu](?:16|32|64))", _shift),
        (r"shf\.([lr])\.wrap\.b32", _funnel),
        (r"prmt\.b32", _permute),
        (r"bfi\.(b(?:32|64))", _insert_bits),
        (r"bfe\.([su](?:32|64))", _extract_bits),
        (r"setp\.(\w+)(?:\.(and|or|xor))?\.([bsuf](?:16|32|64))", _set_predicate),
        (r"selp\.([bsuf](?:16|32|64))", _select),
        (r"mov\.(pred|[bsuf](?:16|32|64))", _move),
        (r"cvt(\.r[nmpz]i?)?\.([suf](?:8|16|32|64))\.([suf](?:8|16|32|64))", _convert),
        (r"cvta\.to\.global\.u64", _address_space),
        (r"ld\.param\.([bsuf](?:16|32|64))", _load_parameter),
        (r"ld\.global(?:\.nc)?\.([bsuf](?:8|16|32|64))", _load),
        (r"st\.global\.([bsuf](?:8|16|32|64))", _store),
    )
]
