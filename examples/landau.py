"""Landau damping: a plasma wave decays although nothing collides.

Electrons before a background of ions, perturbed by cos(x/2): the electric field
oscillates and decays because particles of different velocities run out of phase.
The rate is read off the computed field by Prony's method, a linear recurrence that every
a exp(-g t) cos(w t + p) satisfies, and compared with the root of the dispersion relation.
The damping rate is returned.
"""

import math

import numpy as np

from perturbsci import multiscale

SPACING = 0.5  # of the samples
GUESS = -0.15  # of the rate, so that late samples weigh as much as early ones


def main() -> float:
    """Return the damping rate at wavenumber 1/2."""
    problem = multiscale.vlasov_poisson(16, 256, wavenumber=0.5, amplitude=1e-3)
    times = np.arange(8.0, 24.01, SPACING)
    run = multiscale.solve(
        problem,
        epsilon=1.0,
        t_span=(0.0, 24.0),
        scheme="native",
        step=0.05,
        t_eval=times,
    )
    print(run.summary())

    wave = run.observables["fundamental"].imag * np.exp(-GUESS * times)
    pairs = np.column_stack([wave[1:-1], -wave[:-2]])
    twice_cosine, square = np.linalg.lstsq(pairs, wave[2:], rcond=None)[0]
    rate = math.log(square) / (2 * SPACING) + GUESS
    frequency = math.acos(twice_cosine / (2 * math.sqrt(square))) / SPACING

    exact = multiscale.mode_exponent("landau", 0.5)
    print(f"damping   {rate:.7f}, dispersion relation {exact.real:.7f}")
    print(f"frequency {frequency:.7f}, dispersion relation {-exact.imag:.7f}")
    return rate


if __name__ == "__main__":
    main()
