r"""
Advance a stiff solver inside a time loop that is not its own
=============================================================

A host code owns the arrays and the loop; ``Stepper.advance`` makes the steps of
:math:`u_t + v_x = 0`, :math:`\epsilon^2 v_t + u_x = -v` in place, and allocates nothing
after its first call.
The host adds a source of particles between the steps, as a simulation in Fortran or C++
would.
With the source off, the mode :math:`e^{ikx}` decays like :math:`e^{st}` with
:math:`\epsilon^2 s^2 + s + k^2 = 0`.
"""

import math
import tracemalloc

import numpy as np

from perturbsci import multiscale as ms

CELLS, EPSILON, STEP, STEPS = 64, 1e-3, 0.01, 100


# %%
# The step, 0.01, is ten thousand times longer than the relaxation time :math:`\epsilon^2 =
# 10^{-6}`.


def main() -> float:
    """Return the decay rate of the longest wave, measured in the loop."""
    problem = ms.goldstein_taylor(CELLS, initial=np.cos)
    transport = ms.stepper(problem, epsilon=EPSILON, scheme="bdf2", step=STEP)
    state = problem.start(EPSILON)  # density and flux, owned by this loop
    source = np.zeros(CELLS)
    transport.advance(state, out=state, n_steps=2)  # the first calls allocate

    start = abs(np.fft.fft(state[0])[1])
    tracemalloc.start()
    for _ in range(STEPS):
        state[0] += STEP * source
        transport.advance(state, out=state)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    rate = math.log(abs(np.fft.fft(state[0])[1]) / start) / (STEPS * STEP)
    exact = ms.mode_exponent("goldstein_taylor", 1.0, epsilon=EPSILON).real
    print(f"decay rate {rate:.9f}, in closed form {exact:.9f}")
    print(f"peak of memory allocated by {STEPS} steps: {peak} bytes")
    return rate


# %%
# The measured exponent is returned.

if __name__ == "__main__":
    main()
