r"""
A long memory in diagonal form, in ten lines
============================================

The HiPPO memory :math:`x' = Ax + Bu` of 64 Legendre polynomials cannot be diagonalized in
floating point: an eigenvalue of it has the condition :math:`10^{46}`.
The shift :math:`A + \theta P P^*` by its own rank-one part can, stays stable, and with a
corrected input changes the transfer function by at most
:math:`\rho/(1 - \rho)` of itself, :math:`\rho = \theta/(2 - \theta)`, at every frequency.
"""

import numpy as np

from perturbsci import statespace as ss

# %%
# Ten lines from the memory to the outputs of a diagonal system.


def main() -> float:
    """Return the condition of the eigenvectors of the shifted memory."""
    legs = ss.hippo("legs", 64)
    near = ss.perturb_then_diagonalize(legs, theta=0.1)
    readout = np.eye(64)[:1]
    system = ss.diagonal_system(near, legs.b, readout)
    exact = ss.DenseSystem(legs.a, legs.b, readout)
    error = ss.hinf_norm(ss.difference(system, exact)).value
    bound = near.transfer_bound * ss.hinf_norm(exact).value
    inputs = np.sin(0.01 * np.arange(1000.0))[None, :, None]
    outputs = ss.simulate(ss.discretize(system, 1e-2), inputs).outputs

    print(near.summary())
    print(f"\nlargest change over all inputs {error:.6g}, at most {bound:.6g}")
    worst = ss.legs_log10_condition(64).max()
    print(
        f"condition 10^{worst:.1f} without, {near.eigenvector_condition:.4f} with the shift"
    )
    print(f"outputs {outputs.shape}, last {outputs[0, -1, 0]:.6f}")
    return near.eigenvector_condition


# %%
# The condition of the eigenvectors of the shifted matrix is returned.

if __name__ == "__main__":
    main()
