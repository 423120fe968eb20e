"""Compile exported C++ and call it as a simulation code would: through the C interface."""

import ctypes
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy

from . import serving
from .routes import prepared
from .serving import served

CHECKED = (
    *("-O1", "-std=c++14", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-pedantic"),
    *("-fsanitize=undefined", "-fno-sanitize-recover=all", "-DPERTURBSCI_CHECK"),
)
ADDRESSES = ("-fsanitize=address", *(word for word in CHECKED if "_CHECK" not in word))
OPTIMIZED = ("-O3", "-std=c++14", "-ffp-contract=off")
HEADERS = "".join(
    f"#include <{name}>\n" for name in ("cmath", "cstdint", "cstring", "limits")
)


def compiler():
    """Return the C++ compiler, or None."""
    return shutil.which("g++")


def built(kernel, dtype, folder, flags=CHECKED):
    """Return the exported function of a kernel; its text stands alone in a file."""
    return function_of(shared(kernel.source("c++", dtype), folder, flags), kernel, dtype)


def together(kernels, folder, flags=CHECKED, dtypes=("f4", "f8")):
    """Return one library of many exported texts, each in a namespace of its own."""
    texts = [
        f"namespace of_{kernel.name}_{dtype} {{\n{kernel.source('c++', dtype)}}}\n"
        for kernel in kernels
        for dtype in dtypes
    ]
    return shared(HEADERS + "".join(texts), folder, flags)


def shared(text, folder, flags):
    """Return the path of the library that a text compiles to."""
    key = hashlib.sha256("|".join([text, *flags]).encode()).hexdigest()[:16]
    source, library = folder / f"{key}.cpp", folder / f"{key}.so"
    if not library.exists():
        source.write_text(text, encoding="ascii")
        words = [compiler(), *flags, "-shared", "-fPIC", "-o", str(library), str(source)]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return library


def function_of(library, kernel, dtype):
    """Return the exported function of a kernel from a library."""
    return getattr(ctypes.CDLL(str(library)), f"perturbsci_{kernel.name}_{dtype}")


def called(function, kernel, inputs, pieces=((0, -1),)):
    """Return the outputs after the function served every piece of the index range."""
    call = prepared(kernel, inputs, 0xA5)
    for begin, end in pieces:
        code = served(function, begin, end, call.arrays, *_numbers(call))
        assert code == 0, f"returned {code}"
    return call.results, call.size


def _numbers(call):
    return call.extents, call.reals, call.integers


@functools.cache
def address_sanitizer():
    """Return the library that must be loaded first, or None."""
    words = [compiler(), "-print-file-name=libasan.so"]
    path = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return path if Path(path).is_absolute() else None


def called_apart(library, cases, folder):
    """Return the outputs of (kernel, inputs) pairs from a process that a mistake may end.

    Each array there is one block of the heap, so that the address sanitizer sees a step
    across its end.
    """
    calls = [prepared(kernel, inputs, 0xA5) for kernel, inputs in cases]
    arrays = {
        f"{k}_{j}": a for k, call in enumerate(calls) for j, a in enumerate(call.arrays)
    }
    plan = [
        (f"perturbsci_{c.kernel.name}_{c.dtype}", len(c.arrays), *_numbers(c))
        for c in calls
    ]
    numpy.savez(folder / "in.npz", **arrays)
    (folder / "plan.json").write_text(json.dumps([str(library), plan]))
    environment = {
        **os.environ,
        "LD_PRELOAD": address_sanitizer(),  # it must be loaded before Python
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    words = [sys.executable, serving.__file__, str(folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with numpy.load(folder / "out.npz") as found:
        for k, call in enumerate(calls):
            for j, array in enumerate(call.arrays):
                if array.flags.writeable:
                    array[...] = found[f"{k}_{j}"]
    return [call.results for call in calls]
