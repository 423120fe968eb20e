r"""
More functions than snapshots, and still verified
=================================================

There are 20301 quadratic functions of a field on 200 points, and 60 pairs of fields: plain
EDMD fits them exactly, its residuals are all zero and say nothing.
The kernel :math:`(1 + x \cdot y/d^2)^2` stands for all these functions; its eigenpairs have
residuals, but in the space of the kernel, where noise looks good too.
So the functions it found are tried on a second set of fields, in :math:`L^2`.
"""

import numpy as np

from perturbsci import koopman

STEP = 0.05
MODES = np.arange(1, 6)
POINTS = np.pi * np.arange(1, 201) / 201


def fields(n_samples: int, *, seed: int) -> koopman.Snapshots:
    """Return sums of five sines and what the heat equation makes of them in one step."""
    amplitudes = np.random.default_rng(seed).standard_normal((n_samples, len(MODES)))
    waves = np.sin(np.outer(MODES, POINTS))
    decay = np.exp(-(MODES**2) * STEP)
    return koopman.Snapshots(amplitudes @ waves, amplitudes * decay @ waves, step=STEP)


# %%
# The fields are five sines under the heat equation, whose decay rates are 1, 4, 9, 16, 25,
# and their sums for products of two amplitudes.


def main() -> float:
    """Return the decay rate of the slowest mode."""
    first, second = fields(60, seed=0), fields(400, seed=1)

    plain = koopman.edmd(first)  # 200 coordinates alone are more than 60 pairs
    print(f"plain: {plain.status.name}, certificate {plain.certificate.kind!r}\n")

    kernel = {"kernel": "polynomial", "degree": 2}
    spectrum = koopman.kernel_edmd(first, **kernel)
    print(spectrum.summary())

    learned = koopman.kernel_dictionary(first, rank=spectrum.rank, **kernel)
    checked = koopman.edmd(second, learned).keep(1e-6)
    print()
    print(checked.summary())

    rates = -checked.exponents.real
    slowest = float(rates[np.abs(rates - 1).argmin()])
    print(f"\ndecay rate {slowest:.12f} per unit of time")
    return slowest


# %%
# The decay rate of the slowest mode is returned; it is 1.

if __name__ == "__main__":
    main()
