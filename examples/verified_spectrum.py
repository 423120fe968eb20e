r"""
A spectrum that says which eigenvalues to believe
=================================================

A nonlinear map of the circle that is a rotation in other coordinates has the eigenvalues
:math:`e^{ik\alpha}`, and its spectrum is the circle.
Sixty-one waves cannot carry all of them, and plain EDMD returns as many numbers inside the
disk as it has functions left.
The residual :math:`\|Kg - \lambda g\|/\|g\|` of each pair tells them apart.
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import koopman, plotting

ALPHA = np.pi * (3 - np.sqrt(5))  # the golden angle
SHIFT = 0.4  # how far the other coordinates are from the angle


def rotate(angle: np.ndarray) -> np.ndarray:
    """Return h^-1(exp(i alpha) h(z)), h(z) = (z - shift)/(1 - shift z), as angles."""
    z = np.exp(1j * angle)
    turned = np.exp(1j * ALPHA) * (z - SHIFT) / (1 - SHIFT * z)
    return np.angle((turned + SHIFT) / (1 + SHIFT * turned))


# %%
# A second, independent set of points confirms it.


def main() -> float:
    """Return the angle of rotation."""
    grid = 2 * np.pi * np.arange(400)[:, None] / 400
    data = koopman.Snapshots.from_map(rotate, grid, sampling="quadrature")
    points = np.random.default_rng(0).uniform(0, 2 * np.pi, (2000, 1))
    other = koopman.Snapshots.from_map(rotate, points, sampling="independent")

    waves = koopman.fourier(30)
    spectrum = koopman.edmd(data, waves)
    checked = koopman.edmd(data, waves, held_out=other)

    inside = int((np.abs(spectrum.eigenvalues) < 0.9).sum())
    print(f"{inside} of {len(spectrum.eigenvalues)} eigenvalues have modulus below 0.9\n")
    print(spectrum.keep(1e-6).summary())
    print()
    print(checked.keep(1e-6).summary())

    trusted = checked.keep(1e-6)
    angles = np.angle(trusted.eigenvalues)
    basic = float(angles[np.abs(angles - ALPHA).argmin()])
    print(f"\nrotation by {basic:.12f} rad a step")
    return basic


def figure() -> Figure:
    """Draw all eigenvalues of plain EDMD, colored by their residuals."""
    grid = 2 * np.pi * np.arange(400)[:, None] / 400
    spectrum = koopman.edmd(koopman.Snapshots.from_map(rotate, grid), koopman.fourier(30))
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.8)).add_subplot()
        pairs = spectrum.eigenvalues, spectrum.residuals
        plotting.draw_eigenvalues(*pairs, threshold=0.1, ax=ax)
        ax.figure.colorbar(ax.collections[-1], label="residual (no unit)", shrink=0.8)
        ax.set_xticks(np.linspace(-1.0, 1.0, 5))
        ax.set_title("Eigenvalues of 61 waves; the spectrum is the circle")
    return ax.figure


# %%
# The rotation angle alpha is returned, from the verified pair that turns slowest; the
# figure colors all eigenvalues by their residuals.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
