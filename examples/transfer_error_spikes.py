r"""
How wrong a diagonal memory is, and at which frequency
======================================================

LegS cannot be diagonalized in double precision: S4D drops the term of rank one that is in
the way, the shift keeps most of it.
The largest error over all inputs of unit energy is the H-infinity norm
:math:`\sup_\omega \|G_1(i\omega) - G_2(i\omega)\|` of the difference, known before anything
is trained.
For S4D it sits in one spike, which a sine of that frequency finds.
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import plotting
from perturbsci import statespace as ss

N_STATE = 16
READOUT = np.eye(N_STATE)[0]  # the first Legendre coefficient of the past


# %%
# The frequencies of the spikes are known in closed form, and the error of the shift is
# bounded for every order n.


def main() -> float:
    """Return the largest error of S4D for the first coefficient."""
    legs = ss.hippo("legs", N_STATE)
    exact = ss.DenseSystem(legs.a, legs.b, READOUT)
    worst = {}
    for name, theta in (("S4D", 1.0), ("shift", 0.1)):
        near = ss.perturb_then_diagonalize(legs, theta=theta)
        system = ss.diagonal_system(near, legs.b, READOUT)
        worst[name] = ss.hinf_norm(ss.difference(system, exact))
        norm, kappa = worst[name], near.eigenvector_condition
        print(
            f"{name}: condition {kappa:.4f}, error {norm.value:.10f} at frequency "
            f"{norm.frequency:.6f}"
        )

    spike = ss.legs_spikes(N_STATE, 1)[0]
    print(f"the spike of the closed form is at {spike:.6f}")
    bound = near.transfer_bound * ss.hinf_norm(exact).value
    print(f"proven for the shift: at most {bound:.4f}, whatever n is")
    return worst["S4D"].value


def figure() -> Figure:
    """Draw the error of both diagonal memories over frequency."""
    legs = ss.hippo("legs", N_STATE)
    spikes = ss.legs_spikes(N_STATE, 8)
    frequencies = np.sort(np.concatenate([np.geomspace(0.1, 1e3, 600), spikes]))
    exact = ss.DenseSystem(legs.a, legs.b, READOUT)
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.0)).add_subplot()
        for name, theta, color in (("S4D", 1.0, 6), ("shift by 10 %", 0.1, 5)):
            near = ss.perturb_then_diagonalize(legs, theta=theta)
            error = ss.difference(ss.diagonal_system(near, legs.b, READOUT), exact)
            sizes = np.abs(ss.transfer_function(error, 1j * frequencies)).ravel()
            ax.loglog(frequencies, sizes, color=plotting.COLORS[color], label=name)
        ax.set_xlabel("frequency (radian a unit of time)")
        ax.set_ylabel("error of the transfer function (no unit)")
        ax.set_title("Two diagonal memories, first coefficient of 16")
        ax.legend()
    return ax.figure


# %%
# The error of S4D is returned; the figure shows both errors over frequency.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
