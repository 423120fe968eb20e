"""
A spectrum from a record with gaps
==================================

The weekly carbon dioxide record of Mauna Loa misses some weeks, and
``Snapshots.from_trajectory`` refuses values that are not finite: filling them would put
made-up numbers into the fit.
A Koopman fit needs pairs :math:`(x_i, F(x_i))` and no unbroken trajectory, so each window
of 53 consecutive measured weeks gives one: its first 52 weeks are the state, its last 52
the image.
"""

import numpy as np

from perturbsci import io, koopman

DELAYS = 52
WEEKS_PER_YEAR = 365.2425 / 7


# %%
# The trend and the annual cycle are the eigenvalues with the smallest residuals.


def main() -> float:
    """Return the annual period of carbon dioxide in weeks."""
    record = io.load_record("co2")
    windows = np.lib.stride_tricks.sliding_window_view(record.values, DELAYS + 1)
    complete = windows[np.isfinite(windows).all(axis=1)]
    print(f"{np.isnan(record.values).sum()} of {record.values.size} weeks are missing,")
    print(f"{len(complete)} of {len(windows)} windows are complete")

    pairs = koopman.Snapshots(complete[:, :-1], complete[:, 1:], sampling="ergodic")
    spectrum = koopman.edmd(pairs, koopman.monomials(1, n_state=DELAYS))
    print(spectrum.keep(0.10).summary())

    target = np.exp(2j * np.pi / WEEKS_PER_YEAR)
    annual = np.abs(spectrum.eigenvalues - target).argmin()
    period = float(2 * np.pi / abs(np.angle(spectrum.eigenvalues[annual])))
    print(f"annual period: {period:.6f} {record.step_unit}s")
    return period


# %%
# The annual period is returned, in weeks.

if __name__ == "__main__":
    main()
