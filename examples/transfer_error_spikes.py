"""How wrong a diagonal memory is, and at which frequency, before anything is trained.

LegS cannot be diagonalized in double precision. S4D drops the term that is in the way, the
shift keeps most of it. The H-infinity norm of the difference is the largest error over all
inputs of unit energy; for S4D it sits in one spike, which a sine of that frequency finds.
The error of S4D is returned.
"""

import numpy as np

from perturbsci import statespace as ss

N_STATE = 16
READOUT = np.eye(N_STATE)[0]  # the first Legendre coefficient of the past


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


if __name__ == "__main__":
    main()
