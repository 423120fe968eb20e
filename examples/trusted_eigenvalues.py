r"""
Which periods of El Niño temperatures can be trusted
====================================================

Sixty monthly delays of 61 years of temperatures give 61 eigenvalues, most of them without
meaning.
Each carries the residual :math:`\|Kg - \lambda g\|/\|g\|` of its function; the ones below a
threshold that was chosen beforehand are kept.
"""

import numpy as np

from perturbsci import io, koopman

N_TRAINING = 600  # 50 years; the last 11 years are held out
DELAYS = 60
THRESHOLD = 0.10


# %%
# A second residual, on months that the fit never saw, is the check on the first.


def main() -> float:
    """Return the annual period in months, from the verified eigenvalues only."""
    record = io.load_record("elnino")
    train, held_out = (
        koopman.Snapshots.from_trajectory(part[:, None], delays=DELAYS)
        for part in (record.values[:N_TRAINING], record.values[N_TRAINING:])
    )
    functions = koopman.monomials(1, n_state=DELAYS)  # the constant and the 60 delays
    spectrum = koopman.edmd(train, functions)
    outside = koopman.edmd(train, functions, held_out=held_out)

    trusted = spectrum.keep(THRESHOLD)
    print(trusted.summary())
    print()
    print(outside.keep(THRESHOLD).summary())

    oscillating = trusted.eigenvalues[trusted.eigenvalues.imag > 0]
    periods = 2 * np.pi / np.angle(oscillating)
    year = float(periods[np.abs(periods - 12).argmin()])
    print(f"\nannual period: {year:.6f} {record.step_unit}s")
    return year


# %%
# The period nearest to the year is returned, in months.

if __name__ == "__main__":
    main()
