r"""
What the eigenvalues of your matrix do not say
==============================================

All eigenvalues of a stable matrix have negative real parts, and still its solutions may
grow before they decay, and a small perturbation may make it unstable.
The :math:`\epsilon`-pseudospectrum is where :math:`\|(z - A)^{-1}\| \ge 1/\epsilon`, the
union of the spectra of all :math:`A + E` with :math:`\|E\| \le \epsilon`.
The Kreiss constant :math:`\sup_{\mathrm{Re} z > 0} \mathrm{Re} z \|(z - A)^{-1}\|` bounds
the largest :math:`\|e^{tA}\|` from below.
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from perturbsci import perturbation, plotting

MATRIX = np.array([[-1.0, 10.0], [0.0, -1.0]])
LEVELS = (0.01, 0.1, 0.3)


# %%
# Put your own matrix in place of this one.


def main() -> float:
    """Return the Kreiss constant of the matrix."""
    grid = perturbation.resolvent_grid(MATRIX, box=None, shape=(60, 60))
    print(grid.summary())
    for level in LEVELS:
        abscissa = perturbation.pseudospectral_abscissa(MATRIX, level)
        print(
            f"\na perturbation of norm {level:g} moves eigenvalues to the real part "
            f"{abscissa.value:.6f}; {len(grid.contours(level))} curve(s) bound where"
        )

    distance = perturbation.distance_to_instability(MATRIX)
    print(f"\nsmallest perturbation that makes it unstable: {distance.value:.10f}")

    constant = perturbation.kreiss_constant(MATRIX)
    print(f"\n{constant.summary()}")
    growth = perturbation.transient_growth(MATRIX, np.linspace(0.0, 3.0, 31))
    print(f"\nsolutions grow at least {constant.value:.4f} times, in fact "
          f"{growth.norms.max():.4f} times")  # fmt: skip
    return constant.value


def figure() -> Figure:
    """Draw the pseudospectra, and what is stable."""
    grid = perturbation.resolvent_grid(MATRIX, box=None, shape=(60, 60))
    with plotting.style():
        ax = plt.figure(figsize=(5.6, 4.8)).add_subplot()
        for level, color in zip(LEVELS, plotting.COLORS[5:], strict=True):
            for curve in grid.contours(level):
                ax.plot(curve.real, curve.imag, color=color)
            top = max(grid.contours(level)[0], key=lambda z: z.imag)
            ax.annotate(f"ε = {level:g}", (top.real, top.imag), xytext=(0, 3),
                        textcoords="offset points", ha="center", color=color)  # fmt: skip
        ax.plot([-1.0], [0.0], "k.")
        ax.annotate("both eigenvalues", (-1.0, 0.0), xytext=(0, -45),
                    textcoords="offset points", ha="center")  # fmt: skip
        ax.axvline(0.0, color="black", linewidth=0.8, linestyle="--")
        ax.set_aspect("equal")
        ax.set_xlabel("real part (1/time)")
        ax.set_ylabel("imaginary part (1/time)")
        ax.set_title("A perturbation of norm 0.1 may cross the dashed line")
    return ax.figure


# %%
# The growth guaranteed by the Kreiss constant is returned; the figure shows the level
# curves that cross the imaginary axis although both eigenvalues are -1.

if __name__ == "__main__":
    main()
    figure()
    plt.show()
