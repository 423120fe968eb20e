r"""
Measure Landau damping, and check it against the dispersion relation
====================================================================

Electrons before a background of ions, :math:`f_t + v f_x + F f_v = 0` with
:math:`F_x = \rho - 1`, are perturbed by :math:`\cos(x/2)`.
The electric field oscillates and decays although nothing collides, because particles of
different velocities run out of phase: like :math:`e^{-gt} \cos(\omega t + \varphi)`, where
:math:`-g - i\omega` is a root of the dispersion relation.
"""

import math

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import multiscale, plotting

SPACING = 0.5  # of the samples
GUESS = -0.15  # of the rate, so that late samples weigh as much as early ones


# %%
# The rate is read off the computed field by Prony's method, a linear recurrence of three
# samples that every such oscillation satisfies.


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


def figure() -> Figure:
    """Draw the field, and how the dispersion relation says it decays."""
    problem = multiscale.vlasov_poisson(16, 256, wavenumber=0.5, amplitude=1e-3)
    times = np.arange(0.0, 24.01, 0.1)
    span = (0.0, 24.0)
    run = multiscale.solve(
        problem, epsilon=1.0, t_span=span, scheme="native", step=0.05, t_eval=times
    )
    field = np.abs(run.observables["fundamental"])
    rate = multiscale.mode_exponent("landau", 0.5).real
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        ax.semilogy(times, field, label="computed field")
        envelope = field[0] * np.exp(rate * times)
        ax.semilogy(times, envelope, "--", label=f"decay at the rate {rate:.4f}")
        ax.set_xlabel("time (1/plasma frequency)")
        ax.set_ylabel("amplitude of the field (no unit)")
        ax.set_title("A plasma wave decays although nothing collides")
        ax.legend()
    return ax.figure


# %%
# The damping rate is returned; the figure shows the field under the envelope of the theory.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
