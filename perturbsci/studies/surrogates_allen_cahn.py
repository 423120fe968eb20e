"""A kink that costs a Fourier grid its digits, and the mesh that finds it by itself.

u_t = 1e-4 u_xx + 5 (u - u^3), periodic on [-1, 1], from x^2 cos(pi x): continuous across
the seam, where its slope jumps from -2 to 2. Nothing but a tolerance is given. The mesh in
space and time follows from the residual alone; it is graded to the seam while the kink
smooths out, then to the two layers. Errors are distances to a solution of a hundredth of
the tolerance, whose own bound is added before anything is claimed.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.plotting import COLORS
from perturbsci.problems import allen_cahn
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.classical import reaction_diffusion
from perturbsci.surrogates import Surrogate, solve
from perturbsci.types import Array

__all__ = ["STUDY"]

DIFFUSION = 1e-4
TOLERANCE = {"small": 1e-4, "full": 1e-6}
N_MODES, STEP = 512, 1e-3  # of the Fourier solver, as is common for this problem
N_X = 2048
# multiples of the step, denser at the start
TIMES = numpy.unique(numpy.rint(numpy.geomspace(2.0, 1000.0, 40))) * STEP
N_PICTURE = 201


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Solve twice and once on a Fourier grid, and measure distances."""
    tolerance = TOLERANCE[size]
    solution, finer = (
        solve(allen_cahn(DIFFUSION), tolerance=value)
        for value in (tolerance, tolerance / 100)
    )
    x = -1.0 + 2.0 * numpy.arange(N_X) / N_X
    reference = _values(finer, x, TIMES)
    _, fourier = reaction_diffusion(
        lambda x: x**2 * numpy.cos(math.pi * x),
        lambda u: 5.0 * (u - u**3),
        TIMES,
        diffusion=DIFFUSION,
        n_modes=N_MODES,
        step=STEP,
    )
    # both grids begin at -1: each point of the coarse one is one of the fine one
    picture = numpy.linspace(-1.0, 1.0, N_PICTURE)
    time_edges, *space_edges = solution.edges
    return {
        "tolerance": numpy.array(tolerance),
        "times": TIMES,
        "errors": _norm(_values(solution, x, TIMES) - reference),
        "bounds": numpy.array([solution.bound_at(float(t)) for t in TIMES]),
        "finer_bounds": numpy.array([finer.bound_at(float(t)) for t in TIMES]),
        "fourier_errors": _norm(fourier.T - reference[:: N_X // N_MODES]),
        "picture": _values(solution, picture, numpy.linspace(0.0, 1.0, N_PICTURE)),
        "time_edges": time_edges,
        "space_edges": _filled(space_edges),
        "certified": numpy.array([solution.certificate.value, solution.certificate.bound]),
    }


def _values(solution: Surrogate, x: Array, times: Array) -> Array:
    grid = numpy.stack(numpy.meshgrid(x, times, indexing="ij"), axis=-1)
    return solution(grid.reshape(-1, 2)).reshape(len(x), len(times))


def _norm(difference: Array) -> Array:
    """Return the L2 norm over the period at each time, by the trapezoid rule."""
    return numpy.sqrt(2.0 * numpy.mean(difference**2, axis=0))


def _filled(rows: list[Array]) -> Array:
    """Return rows of different lengths as one array, NaN where a row has ended."""
    found = numpy.full((len(rows), max(len(row) for row in rows)), math.nan)
    for k, row in enumerate(rows):
        found[k, : len(row)] = row
    return found


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the solution with its mesh, the mesh at the seam, and errors over time."""
    figure = Figure(figsize=(13.0, 4.6))
    left, middle, right = figure.subplots(1, 3)
    ends = numpy.linspace(0.0, 1.0, N_PICTURE)
    image = left.pcolormesh(
        2.0 * ends - 1.0,
        ends,
        data["picture"].T,
        cmap="RdBu_r",
        vmin=-1.0,
        vmax=1.0,
        shading="gouraud",
        rasterized=True,
    )
    figure.colorbar(image, ax=left, label="u (no unit)")
    _draw_mesh(left, data["time_edges"], data["space_edges"])
    left.grid(visible=False)
    left.set_xlim(-1.0, 1.0)
    left.set_ylim(0.0, 1.0)
    left.set_xlabel("place x (no unit)")
    left.set_ylabel("time t (no unit)")
    left.set_title("The mesh follows from the residual,")
    _draw_seam(middle, data)
    _draw_errors(right, data)
    return figure


def _draw_mesh(ax: Axes, times: Array, places: Array) -> None:
    """Draw the edges of elements, a row of them for each slab of time."""
    for k, row in enumerate(places):
        ends = row[~numpy.isnan(row)]
        for lines in (
            ax.vlines(ends, times[k], times[k + 1]),
            ax.hlines(times[k + 1], ends[0], ends[-1]),
        ):
            lines.set(color=COLORS[0], linewidth=0.5, alpha=0.7)


def _draw_seam(ax: Axes, data: Mapping[str, Array]) -> None:
    times, places = data["time_edges"].copy(), 1.0 - data["space_edges"]
    times[0] = times[1] / 10.0  # zero is not on the axis
    inner = numpy.where(places > 0.0, places, math.nan)
    _draw_mesh(ax, times, inner)
    ax.plot(numpy.sqrt(2.0 * DIFFUSION * times), times, color=COLORS[6], label="diffusion")
    middle = len(times) // 2
    ax.annotate(
        r"$\sqrt{2Dt}$",
        (math.sqrt(2.0 * DIFFUSION * times[middle]), times[middle]),
        xytext=(-5, 0),
        textcoords="offset points",
        color=COLORS[6],
        ha="right",
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(numpy.nanmin(inner) / 8.0, 1.0)
    ax.set_ylim(times[0], 1.0)
    ax.set_xlabel("distance from the kink at x = 1 (no unit)")
    ax.set_ylabel("time t (no unit)")
    ax.set_title("is graded to the kink until it has smoothed,")


def _draw_errors(ax: Axes, data: Mapping[str, Array]) -> None:
    times = data["times"]
    power = round(math.log10(float(data["tolerance"])))
    for name, color, style, text, k in (
        ("fourier_errors", COLORS[6], "-", f"Fourier, {N_MODES} modes, error", 2),
        ("bounds", COLORS[5], "-", f"tolerance $10^{{{power}}}$, bound", -16),
        ("errors", COLORS[5], "--", "its error", -16),
    ):
        ax.loglog(times, data[name], style, color=color)
        ax.annotate(
            text, (times[k], data[name][k]), xytext=(4, 4), textcoords="offset points",
            color=color, ha="left" if k > 0 else "right",
        )  # fmt: skip
    ax.set_xlabel("time t (no unit)")
    ax.set_ylabel("L2 norm of the error (no unit)")
    ax.set_title("and its error is known")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the bound with the error and the tolerance, the mesh with the kink."""
    error = data["errors"] + data["finer_bounds"]
    first = data["space_edges"][0]
    smallest = numpy.nanmin(numpy.diff(first))
    proven = data["fourier_errors"] - data["finer_bounds"]
    return [
        Claim(
            "smallest ratio of the bound to distance and bound of a finer solution",
            (data["bounds"] / error).min(),
            "surrogates_studies.bound_holds",
            relation="at_least",
        ),
        Claim(
            "ratio of the bound at the end to the tolerance",
            data["certified"][0] / data["certified"][1],
            "surrogates_studies.tolerance_kept",
            relation="at_most",
        ),
        Claim(
            "smallest element at the start, over the mean one",
            float(smallest * numpy.isfinite(first[1:]).sum() / 2.0),
            "surrogates_studies.allen_cahn_grading",
            relation="at_most",
        ),
        Claim(
            "largest L2 error of 512 Fourier modes: at least this",
            proven.max(),
            "surrogates_studies.allen_cahn_fourier",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="surrogates_allen_cahn",
    title="The mesh of the Allen-Cahn equation follows from its residual",
    source="Allen and Cahn (1979); Raissi, Perdikaris and Karniadakis (2019)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: solution and elements in space and time. Middle: the same elements near the "
        "seam, both axes logarithmic, with the width to which diffusion has smoothed the "
        "kink. Right: error in the L2 norm, as distance to a solution of a hundredth of "
        "the tolerance, and the bound; the classical Fourier solver with 512 modes loses "
        "its digits at the kink and wins them back as the kink smooths. It is faster, and "
        "tells nothing about its error."
    ),
)
