"""What the PTX of a strict kernel may hold: operations that round once, to nearest.

``.rn`` must stand there: the assembler may contract a product and a sum that bear none.
"""

import re

from perturbsci.backend import tree
from perturbsci.backend.emit import functions_of

REAL = re.compile(r"^\s*(?:@!?%\w+ )?([a-z]\w*(?:\.\w+)*\.f(?:32|64)(?:\.\w+)*)\s", re.M)
MUST_ROUND = re.compile(r"(add|sub|mul|div|sqrt|rcp)\.")
FORBIDDEN = re.compile(r"\.(?:approx|ftz|sat|full|local|shared)\b|__local_depot|\bcall\b")


def broken(ptx, *, single):
    """Return what breaks the policy; ``single`` allows no float64."""
    found = set(FORBIDDEN.findall(ptx))
    for opcode in set(REAL.findall(ptx)):
        rounds = MUST_ROUND.match(opcode) and not re.search(r"\.rn\.f(32|64)$", opcode)
        if opcode.startswith(("fma", "mad")) or rounds or (single and ".f64" in opcode):
            found.add(opcode)
    return sorted(found)


def is_single(kernel, dtype):
    """Return whether all real numbers of a kernel are float32."""
    if dtype != "f4" or any(a.kind == "f8" for a in kernel.parsed.arguments):
        return False
    functions = functions_of(kernel.body, dtype).values()
    blocks = (kernel.body, *(function.body for function in functions))
    kinds = {getattr(part, "type", None) for block in blocks for part in tree.parts(block)}
    return "f8" not in kinds
