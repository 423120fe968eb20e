"""Compile exported C++ and call it as a simulation code would: through the C interface."""

import ctypes
import hashlib
import shutil
import subprocess

from perturbsci.backend.binding import bind_arguments

CHECKED = (
    *("-O1", "-std=c++14", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-pedantic"),
    *("-fsanitize=undefined", "-fno-sanitize-recover=all", "-DPERTURBSCI_CHECK"),
)
OPTIMIZED = ("-O3", "-std=c++14", "-ffp-contract=off")


def compiler():
    """Return the C++ compiler, or None."""
    return shutil.which("g++")


def built(kernel, dtype, folder, flags=CHECKED):
    """Return the exported function of a kernel."""
    text = kernel.source("c++", dtype)
    key = hashlib.sha256("|".join([text, *flags]).encode()).hexdigest()[:16]
    source, library = folder / f"{key}.cpp", folder / f"{key}.so"
    source.write_text(text, encoding="ascii")
    words = [compiler(), *flags, "-shared", "-fPIC", "-o", str(library), str(source)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return getattr(ctypes.CDLL(str(library)), f"perturbsci_{kernel.name}_{dtype}")


def called(function, kernel, inputs, pieces=((0, -1),)):
    """Return the outputs after the function served every piece of the index range."""
    bound = bind_arguments(kernel.name, kernel.parsed, kernel.cost, inputs)
    pairs = list(zip(kernel.parsed.arguments, bound.arguments, strict=True))
    arrays = [value for argument, value in pairs if argument.is_array]
    extents = [
        extent
        for argument, value in pairs
        if argument.is_array
        for extent in value.shape[: len(argument.extents)]
    ]
    scalars = [
        (argument.kind in ("T", "f8"), v) for argument, v in pairs if not argument.is_array
    ]
    reals = [float(value) for is_real, value in scalars if is_real]
    integers = [int(value) for is_real, value in scalars if not is_real]
    for begin, end in pieces:
        code = function(
            ctypes.c_int64(begin),
            ctypes.c_int64(end),
            (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays]),
            (ctypes.c_int64 * len(extents))(*extents),
            (ctypes.c_double * max(len(reals), 1))(*reals),
            (ctypes.c_int64 * max(len(integers), 1))(*integers),
        )
        assert code == 0, f"returned {code}"
    return tuple(
        bound.results[argument.name]
        for argument in kernel.parsed.arguments
        if argument.returned
    ), bound.layout.size
