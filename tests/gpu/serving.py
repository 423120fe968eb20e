"""Call exported functions in a process of its own, under the address sanitizer."""

import ctypes
import json
import sys
from pathlib import Path

import numpy

POINTERS = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_double, ctypes.c_int64)


def served(function, begin, end, arrays, *numbers):
    """Return what one call of an exported function returns; extents, reals, integers."""
    lists = ([a.ctypes.data for a in arrays], *numbers)
    packed = [(kind * max(len(x), 1))(*x) for kind, x in zip(POINTERS, lists, strict=True)]
    return function(ctypes.c_int64(begin), ctypes.c_int64(end), *packed)


def serve(folder):
    """Run the calls that a folder describes, and store what the arrays hold then."""
    library, plan = json.loads((folder / "plan.json").read_text())
    loaded = ctypes.CDLL(library)
    with numpy.load(folder / "in.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    for k, (symbol, count, *numbers) in enumerate(plan):
        mine = [arrays[f"{k}_{j}"] for j in range(count)]
        assert served(getattr(loaded, symbol), 0, -1, mine, *numbers) == 0
    numpy.savez(folder / "out.npz", **arrays)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
