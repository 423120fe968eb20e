"""Read PTX: parameters, registers, and basic blocks with what is live at their start.

Only what NVRTC writes for kernels of the language is known: one entry, registers,
parameters, straight code and branches. Anything else (a stack, shared memory, a call) is
an error, because then the kernel is not what it should be.
"""

import re
from dataclasses import dataclass, field

ENTRY = re.compile(
    r"\.visible \.entry (\w+)\((.*?)\)\s*((?:\.\w+ [^\n{]*\n)*)\{(.*)\}", re.S
)
# Left over where all calls were inlined; a call itself is an unknown instruction.
FUNCTION = re.compile(r"^\.func\b.*?^\}$", re.S | re.M)
PARAMETER = re.compile(r"\.param\s+\.(\w+)(?:\s+\.ptr)?(?:\s+\.align\s+\d+)?\s+(\w+)")
REGISTERS = re.compile(r"\.reg\s+\.(\w+)\s+(%\w+)(?:<(\d+)>)?")
GUARD = re.compile(r"@(!?)(%\w+)\s+(.*)", re.S)
REGISTER = re.compile(r"%[\w.]+")
HARMLESS = (".version", ".target", ".address_size")


class PTXError(Exception):
    """The text is outside what kernels are made of, or its run broke a rule."""


@dataclass(frozen=True)
class Instruction:
    """One line: ``opcode`` with dots, operands as they stand."""

    opcode: str
    operands: tuple[str, ...]

    @property
    def writes(self):
        """Return the registers that it sets."""
        stores = self.opcode.startswith(("st.", "bra", "ret"))
        return () if stores else tuple(REGISTER.findall(self.operands[0]))

    @property
    def reads(self):
        """Return the registers that it uses."""
        words = self.operands if not self.writes else self.operands[1:]
        return tuple(name for word in words for name in REGISTER.findall(word))


@dataclass
class Block:
    """Straight code; then a jump to ``target`` for lanes where ``guard`` holds."""

    instructions: list = field(default_factory=list)
    guard: str | None = None
    negated: bool = False
    target: int | None = None
    falls: int | None = None
    live: frozenset = frozenset()


@dataclass(frozen=True)
class Entry:
    """A kernel in PTX."""

    name: str
    parameters: dict
    registers: dict
    blocks: list


def parse(text):
    """Return the one entry of a PTX text."""
    text = FUNCTION.sub("", re.sub(r"//[^\n]*", "", text))
    match = ENTRY.search(text)
    if match is None:
        raise PTXError("no visible entry")
    outside = text[: match.start()] + text[match.end() :]
    for line in filter(None, map(str.strip, outside.splitlines())):
        if not line.startswith(HARMLESS):
            raise PTXError(f"outside of the entry stands {line!r}")
    parameters = {name: kind for kind, name in PARAMETER.findall(match[2])}
    registers, lines = {}, []
    for line in _statements(match[4]):
        found = REGISTERS.fullmatch(line)
        if found:
            registers.update(_declared(*found.groups()))
        elif line.startswith(".") and not line.startswith(".pragma"):
            raise PTXError(f"unknown directive {line!r}")
        elif not line.startswith("."):
            lines.append(line)
    blocks = _blocks(lines)
    _mark_live(blocks)
    return Entry(match[1], parameters, registers, blocks)


def _statements(body):
    """Return statements without semicolons, labels with their colon.

    Braces around lines with a register of their own fall away: such a register is set
    before it is read, and two scopes give one name one type.
    """
    body = re.sub(r"(\$\w+):", r"\1:;", body)
    parts = (" ".join(part.split()).lstrip("} ") for part in body.split(";"))
    return [part if "}" in part else part.lstrip("{ ") for part in parts if part]


def _declared(kind, name, count):
    names = [name] if count is None else [f"{name}{k}" for k in range(int(count))]
    return dict.fromkeys(names, kind)


def _blocks(lines):
    """Cut the lines at labels and after jumps."""
    blocks, labels = [Block()], {}
    jumps = {}
    for line in lines:
        if line.endswith(":"):
            if blocks[-1].instructions or len(blocks) - 1 in jumps:
                blocks.append(Block())
            labels[line[:-1]] = len(blocks) - 1
            continue
        guard = GUARD.fullmatch(line)
        opcode, _, rest = (guard[3] if guard else line).partition(" ")
        if opcode in ("bra", "bra.uni", "ret"):
            block = blocks[-1]
            block.guard, block.negated = (
                (guard[2], guard[1] == "!") if guard else (None, False)
            )
            jumps[len(blocks) - 1] = rest
            blocks.append(Block())
        elif guard:
            raise PTXError(f"only jumps are guarded: {line!r}")
        else:
            operands = re.findall(r"\{[^}]*\}|\[[^\]]*\]|[^,\s]+", rest)
            blocks[-1].instructions.append(Instruction(opcode, tuple(operands)))
    for number, block in enumerate(blocks):
        label = jumps.get(number)
        block.target = labels[label] if label else None
        if (number not in jumps or block.guard) and number + 1 < len(blocks):
            block.falls = number + 1
    return blocks


def _mark_live(blocks):
    """Set the registers that may be read before they are set, per block: a fixed point."""
    needs, sets = [], []
    for block in blocks:
        need, known = set(), set()
        for instruction in block.instructions:
            need |= set(instruction.reads) - known
            known |= set(instruction.writes)
        if block.guard:
            need |= {block.guard} - known
        needs.append(need)
        sets.append(known)
    changed = True
    while changed:
        changed = False
        for block, need, known in reversed(list(zip(blocks, needs, sets, strict=True))):
            after = set()
            for number in (block.target, block.falls):
                after |= blocks[number].live if number is not None else set()
            live = frozenset(need | (after - known))
            changed |= live != block.live
            block.live = live
