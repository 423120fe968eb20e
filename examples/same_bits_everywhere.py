r"""
Get the same bits from every route that a kernel can take
=========================================================

Sums of floating-point numbers depend on their order, and ``exp`` differs from library to
library; so a number that is computed on a laptop is rarely the number of a cluster.
A kernel fixes both: it does the operations of its source in their order, and brings its own
elementary functions.
Ricker's map :math:`x \mapsto x e^{r(1 - x)} + 0.01` is chaotic at :math:`r = 2.9`: one
wrong bit grows beyond all digits.
"""

import ctypes
from math import exp

import numpy as np

from perturbsci import backend


@backend.kernel("start[n], rate, steps:i -> final[n]", over="n", cost="steps")
def ricker(i, start, rate, steps, final):
    """Follow one population: Ricker's map with immigration."""
    x = start[i]
    for _ in range(steps):
        x = x * exp(rate * (1.0 - x)) + 0.01
    final[i] = x


def by_pointer(start: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Return the result of the C function, called as a C program would."""
    final = np.empty_like(start)
    dtype = start.dtype.str[1:]
    kinds = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 4
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(ricker.pointer(dtype))
    arrays = (ctypes.c_void_p * 2)(start.ctypes.data, final.ctypes.data)
    extents = (ctypes.c_int64 * 2)(start.size, final.size)
    function(
        0, -1, arrays, extents, (ctypes.c_double * 1)(rate), (ctypes.c_int64 * 1)(steps)
    )
    return final


# %%
# Numba on one thread and on two, the interpreter, a bound call and a C function pointer are
# compared byte by byte, in float64 and in float32.


def main() -> float:
    """Return the mean of the final populations in float64."""
    mean = np.nan
    for dtype in (np.float32, np.float64):
        start = np.linspace(0.1, 2.0, 500, dtype=dtype)
        inputs = (start, 2.9, 300)  # chaotic: one wrong bit grows beyond all digits
        results = {
            "one thread": ricker(*inputs, threads=1),
            "two threads": ricker(*inputs, threads=2),
            "C pointer": by_pointer(*inputs),
        }
        bound = np.empty_like(start)
        ricker.bind(*inputs, out=bound)()
        results["bound"] = bound
        with backend.use("numpy"):
            results["interpreter"] = ricker(*inputs)
        expected = results["one thread"].tobytes()
        for route, final in results.items():
            word = "the same" if final.tobytes() == expected else "OTHER"
            print(f"{np.dtype(dtype).name}  {route:<12} {word} bits")
            assert final.tobytes() == expected
        mean = float(results["one thread"].mean())
    return mean


# %%
# The mean of the final populations is returned.

if __name__ == "__main__":
    main()
