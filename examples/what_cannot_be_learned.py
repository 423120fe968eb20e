r"""
What no algorithm can learn from these data
===========================================

A twist of an annulus turns only between the radii where data were taken, so that its pairs
are those of the identity, whose spectrum is :math:`\{1\}`; that of the twist is the whole
circle.
EDMD answers 1 with residual 0, and a user who knows nothing else cannot tell.
A Lipschitz constant of the map bounds what can hide between the samples.
"""

import math

import numpy as np

from perturbsci import koopman as kp

# %%
# Whoever knows such a constant passes it as ``modulus=`` and gets a certificate.


def main() -> float:
    """Return the certified residual of the eigenvalue 1."""
    radii = np.linspace(0.5, 1.5, 51)
    adversary = kp.twist_adversary(radii, size=1e-3, n_angles=315)
    print(adversary.certificate)
    hidden = adversary.phase(np.array([sum(adversary.gap) / 2]))
    print(f"the twist turns by {hidden[0]:g} rad between two of the radii")

    wave = kp.tensor(kp.fourier([1]), kp.legendre([0], interval=(0.5, 1.5)))
    plain = kp.edmd(adversary.snapshots, wave)
    print(f"EDMD: {plain.eigenvalues[0]:.3f}, residual {plain.residuals[0]:.1e}")
    print(plain.certificate)

    cell = math.hypot(2 * math.pi / 315, 1 / 50)
    known = kp.edmd(adversary.snapshots, wave, modulus=(1.2, cell))
    print(known.certificate)
    return known.certificate.value


# %%
# The largest residual that any map with this constant can hide from these pairs is
# returned.

if __name__ == "__main__":
    main()
