r"""
Take a kernel out of Python as C++ without dependencies
=======================================================

The simulation code compiles the file as its own and calls one C function over any range
of indices, from any of its threads.
Here it advances a chain of nonlinear springs, :math:`p_i' = r_{i+1} - r_i + \alpha
(r_{i+1}^2 - r_i^2)` with :math:`r_i = q_i - q_{i-1}`, by the leapfrog rule, which keeps the
energy up to an oscillation of order :math:`h^2`.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from perturbsci import backend

LINKS = 64
STEP = 0.05


@backend.kernel("q[n+2], p[n], alpha, step -> p[n]", over="n")
def kick(i, q, p, alpha, step):
    """Add the pull of both springs to the momentum of one mass."""
    left = q[i + 1] - q[i]
    right = q[i + 2] - q[i + 1]
    p[i] = p[i] + step * ((right - left) + alpha * (right * right - left * left))


KINDS = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 4
Function = ctypes.CFUNCTYPE(ctypes.c_int32, *KINDS)


def compiled(folder: Path) -> ctypes._CFuncPtr:
    """Return the exported function, built by the compiler of the system if there is one."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        print("no compiler: the C pointer of the kernel stands in")
        return Function(kick.pointer("f8"))
    (folder / "kick.h").write_text(kick.source("header", "f8"))
    source, library = folder / "kick.cpp", folder / "kick.so"
    source.write_text(kick.source("c++", "f8"))
    flags = ["-O2", "-std=c++14", "-ffp-contract=off", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(source), "-o", str(library)], check=True)
    print(f"compiled {len(source.read_text().splitlines())} lines of C++")
    function = ctypes.CDLL(str(library)).perturbsci_kick_f8
    function.argtypes, function.restype = KINDS, ctypes.c_int32
    return function


def energy(q: np.ndarray, p: np.ndarray, alpha: float) -> float:
    """Return kinetic energy and that of the springs, r^2/2 + alpha r^3/3."""
    r = np.diff(q)
    return float((p * p).sum() / 2 + (r * r / 2 + alpha * r**3 / 3).sum())


# %%
# A compiler, if there is one, builds the file, and ``ctypes`` stands for the simulation: it
# serves the indices in two ranges. Without a compiler the C pointer of the kernel does the
# same.


def main() -> float:
    """Return the relative energy after 1000 steps."""
    alpha = 0.25
    q = np.sin(np.pi * np.arange(LINKS + 2) / (LINKS + 1))
    q[[0, -1]] = 0.0
    p = np.zeros(LINKS)
    start = energy(q, p, alpha)
    with tempfile.TemporaryDirectory() as folder:
        function = compiled(Path(folder))
        arrays = (ctypes.c_void_p * 2)(q.ctypes.data, p.ctypes.data)
        extents = (ctypes.c_int64 * 2)(q.size, p.size)
        reals, none = (ctypes.c_double * 2)(alpha, STEP), (ctypes.c_int64 * 1)()
        for _ in range(1000):
            q[1:-1] += STEP / 2 * p
            for begin, end in ((0, LINKS // 2), (LINKS // 2, LINKS)):
                assert function(begin, end, arrays, extents, reals, none) == 0
            q[1:-1] += STEP / 2 * p
    relative = energy(q, p, alpha) / start
    print(f"energy after 1000 steps: {relative:.12f} of that at the start")
    return relative


# %%
# The energy of the chain after 1000 steps, relative to that at the start, is returned.

if __name__ == "__main__":
    main()
