r"""
Take a solution into a simulation code as one C file
====================================================

Burgers' equation :math:`u_t + u u_x = \nu u_{xx}` is solved once, with a bound on the
error, and the surrogate is written as one C99 file with all its numbers exact.
A surrogate is a sum of products of polynomials, so that values and derivatives are a few
multiplications each, and the C function agrees with Python to some roundoffs.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from perturbsci import problems
from perturbsci import surrogates as su

POINTS = np.column_stack([np.zeros(1001), np.linspace(0.0, 1.0, 1001)])
DOUBLES = ctypes.POINTER(ctypes.c_double)


def compiled(source: str, folder: Path) -> ctypes._CFuncPtr | None:
    """Return the function of a C file, None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        print("no compiler: the surrogate itself stands in")
        return None
    text, library = folder / "burgers.c", folder / "burgers.so"
    text.write_text(source)
    flags = ["-O2", "-std=c99", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(text), "-o", str(library), "-lm"], check=True)
    print(f"compiled {len(source)} characters of C")
    function = ctypes.CDLL(str(library)).burgers_eval
    function.argtypes = [DOUBLES, ctypes.c_int64, ctypes.c_int, DOUBLES]
    return function


# %%
# A compiler, if there is one, builds the file, and ``ctypes`` stands for the simulation,
# which asks for the value and the slope at points of its own. Without a compiler the
# surrogate itself answers.


def main() -> float:
    """Return the steepest slope of the solution at x = 0."""
    solution = su.solve(problems.burgers(), tolerance=1e-10)
    print(solution.certificate)
    slopes = solution.derivative(POINTS, (1, 0))
    with tempfile.TemporaryDirectory() as folder:
        function = compiled(solution.source("c"), Path(folder))
        if function is not None:
            found = np.empty(len(POINTS))
            pointers = POINTS.ctypes.data_as(DOUBLES), found.ctypes.data_as(DOUBLES)
            assert function(pointers[0], len(POINTS), 1, pointers[1]) == 0
            error = np.abs(found - slopes).max() / np.abs(slopes).max()
            print(f"largest difference from Python: {error / 2.0**-52:.1f} roundoffs")
            slopes = found
    steepest, when = float(slopes.min()), POINTS[slopes.argmin(), 1]
    print(f"steepest slope at x = 0: {steepest:.6f}, at t = {when:.3f}")
    return steepest


# %%
# The steepest slope on the line x = 0 is returned.

if __name__ == "__main__":
    main()
