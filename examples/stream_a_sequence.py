r"""
Feed a long memory one sample at a time
=======================================

Inside a simulation or an instrument, samples come in one by one, and only the state of
:math:`x_{k+1} = \bar A x_k + \bar B u_k` is kept between two of them.
The memory is LegS with 64 coefficients, shifted by 2 % so that it can be diagonalized; its
first coefficient is a mean of the past that fades like :math:`e^{-t}`, here with a time
constant of 30 years.
"""

import math

import numpy as np

from perturbsci import io
from perturbsci import statespace as ss

N_STATE, YEARS = 64, 30.0


# %%
# Sunspot numbers come in year by year. The output is compared with that of the whole
# sequence at once, and with the fading mean in closed form, which the shift changes by at
# most 1 % at every frequency.


def main() -> float:
    """Return the fading mean of the sunspot number in the last year."""
    numbers = io.load_record("sunspots").values
    memory = ss.hippo("legs", N_STATE)
    near = ss.perturb_then_diagonalize(memory, theta=0.02)
    first = np.eye(1, N_STATE)
    system = ss.discretize(ss.diagonal_system(near, memory.b, first), 1 / YEARS)
    print(near.certificates[-1])

    state = np.zeros((1, system.n_state), dtype=complex)
    for number in numbers:
        state, output = ss.advance(system, state, np.array([[number]]))
    mean = float(output[0, 0])

    whole = ss.simulate(system, numbers[None, :, None]).outputs[0, -1, 0]
    exact = 0.0
    for number in numbers:  # y' = u - y, with u held over each year
        exact = number + math.exp(-1 / YEARS) * (exact - number)
    print(f"fading mean: {mean:.6f}, at once {whole:.6f}, closed form {exact:.6f}")
    return mean


# %%
# The fading mean of the last year is returned.

if __name__ == "__main__":
    main()
