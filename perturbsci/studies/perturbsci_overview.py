"""The four methods in one figure: what the usual way says, and what a certificate adds.

Each panel is drawn from the arrays of a study of its own, which explains it.
"""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends, unit_circle
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.registry import get_study
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY"]

EXACT, OURS, USUAL = COLORS[0], COLORS[5], COLORS[6]
THRESHOLD = 0.1  # of residuals, as in koopman_pollution
SHOWN = {
    "koopman_pollution": ("eigenvalues_100", "residuals_100"),
    "statespace_spikes": ("frequency_256", "exact_256", "s4d_256", "shift_256"),
    "multiscale_mass_ratio": ("ratios", "errors", "fixed_ratios", "fixed_errors"),
    "surrogates_burgers": ("tolerances", "times", "bounds", "l1"),
}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Run the four studies and keep what is shown of each."""
    found: dict[str, Array] = {}
    for name, shown in SHOWN.items():
        data = get_study(name).run(size, backend, seed)
        found |= {key: data[key] for key in shown}
    return found


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw one panel a method."""
    figure = Figure(figsize=(11.0, 8.2))
    panels = figure.subplots(2, 2)
    _draw_koopman(panels[0, 0], data)
    _draw_statespace(panels[0, 1], data)
    _draw_multiscale(panels[1, 0], data)
    _draw_surrogates(panels[1, 1], data)
    return figure


def _draw_koopman(ax: Axes, data: Mapping[str, Array]) -> None:
    values, trusted = data["eigenvalues_100"], data["residuals_100"] <= THRESHOLD
    unit_circle(ax)
    ax.plot(values.real, values.imag, ".", color=USUAL)
    ax.plot(values[trusted].real, values[trusted].imag, "o", color=OURS, markersize=8)
    ax.text(0, 1.06, "the true spectrum is this circle", ha="center", color=EXACT)
    ax.text(0, 0.0, "EDMD", ha="center", color=USUAL)
    at_one = int((abs(values[trusted] - 1) < 0.05).sum())
    words = f"residual\nat most 0.1\n({at_one} near 1)"
    ax.text(1.06, 0.0, words, va="center", color=OURS)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_ylim(-1.2, 1.25)
    ax.set_xlabel("real part of eigenvalue (no unit)")
    ax.set_ylabel("imaginary part of eigenvalue (no unit)")
    ax.set_title(
        f"koopman: {len(values)} eigenvalues, the residual stands by {trusted.sum()}"
    )


def _draw_statespace(ax: Axes, data: Mapping[str, Array]) -> None:
    frequency, exact = data["frequency_256"], data["exact_256"]
    bound = load_reference("statespace_studies.shift_bound").value
    ax.loglog(frequency, data["s4d_256"], color=USUAL, linewidth=0.9)
    ax.loglog(frequency, exact, color=EXACT)
    ax.loglog(frequency, data["shift_256"], color=OURS, linewidth=2)
    ax.loglog(frequency, bound * exact, "--", color=OURS, linewidth=1.2)
    for place, words, color in (
        ((0.13, 1.5), "the exact memory", EXACT),
        ((20.0, 1.5), "error, low-rank term dropped", USUAL),
        ((0.13, 0.08), "proven bound", OURS),
        ((0.6, 3e-5), "error, term shared out", OURS),
    ):
        ax.text(*place, words, color=color)
    ax.set_xlim(frequency[0], frequency[-1])
    ax.set_ylim(1e-6, 8)
    ax.set_xlabel("frequency (1/time)")
    ax.set_ylabel("modulus of the transfer function (no unit)")
    ax.set_title("statespace: a diagonal memory without spikes, by a theorem")


def _draw_multiscale(ax: Axes, data: Mapping[str, Array]) -> None:
    ax.loglog(data["fixed_ratios"], data["fixed_errors"], "s-", color=USUAL)
    ax.loglog(data["ratios"], data["errors"], "o-", color=OURS)
    ax.axhline(1.0, color=EXACT, linewidth=0.8)
    ax.text(2e8, 0.75, "100 % wrong", ha="right", va="top", color=EXACT)
    ax.text(4e2, 3.0, "one grid of velocities, 64² nodes", color=USUAL)
    ax.text(1e4, data["errors"][-1] / 3, "two grids, 32² nodes each,\n20 steps", color=OURS,
            va="top")  # fmt: skip
    ax.set_xlim(1, 3e8)
    ax.set_ylim(1e-8, 30)
    ax.set_xlabel("mass ratio, heavy over light gas (no unit)")
    ax.set_ylabel("relative error of the heat exchanged (no unit)")
    ax.set_title("multiscale: one step, one cost, one error for every mass ratio")


def _draw_surrogates(ax: Axes, data: Mapping[str, Array]) -> None:
    times, ends = data["times"], []
    for k, tolerance in enumerate(data["tolerances"]):
        ax.semilogy(times, data["bounds"][k], color=OURS, linewidth=2.0)
        ax.semilogy(times, data["l1"][k], "--", color=EXACT, linewidth=1.0)
        words = f"tolerance $10^{{{round(math.log10(tolerance))}}}$"
        ends.append((float(data["bounds"][k][-1]), words, OURS))
    network = float(load_reference("surrogates_peers.deepxde_burgers").value)
    ax.axhline(network, color=USUAL, linestyle=":")
    ax.text(0.02, 1.4 * network, "a trained network: relative L2 error", color=USUAL)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(min(1e-14, data["l1"].min()), 0.1)
    label_ends(ax, ends)
    ax.text(0.02, 0.03, "bounds; dashed: true errors", transform=ax.transAxes)
    ax.set_xlabel("time t (no unit)")
    ax.set_ylabel("L1 norm of the error (no unit)")
    ax.set_title("surrogates: Burgers' equation, with a bound at every time")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare one number of each panel."""
    few = data["ratios"] >= 1e4
    return [
        Claim(
            "koopman: fraction of the eigenvalues of EDMD with a residual above 0.1",
            float((data["residuals_100"] > THRESHOLD).mean()),
            "koopman_pollution.spurious",
            relation="at_least",
        ),
        Claim(
            "statespace: largest error of the shift relative to the memory, n = 256",
            float((data["shift_256"] / data["exact_256"]).max()),
            "statespace_studies.shift_bound",
            relation="at_most",
        ),
        Claim(
            "multiscale: largest error over the least, mass ratios 1e4 to 1e8",
            float(data["errors"][few].max() / data["errors"][few].min()),
            "multiscale_studies.flat_error",
        ),
        Claim(
            "surrogates: smallest ratio of bound to true L1 error",
            float((data["bounds"] / data["l1"]).min()),
            "surrogates_studies.bound_holds",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="perturbsci_overview",
    title="Four methods, each beside the usual way",
    source="the studies koopman_pollution, statespace_spikes, multiscale_mass_ratio and "
    "surrogates_burgers, with their sources",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Blue is what comes with a certificate, orange the usual way, black what is true. "
        "The four studies that the panels are taken from say more, also where the usual "
        "way wins: a tuned Fourier solver is faster than the surrogate, and for signals "
        "without high frequencies both memories are good."
    ),
)
