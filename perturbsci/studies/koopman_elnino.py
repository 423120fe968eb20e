"""Which eigenvalues of 61 years of El Niño temperatures are real.

Monthly sea-surface temperature z_t of the Niño 1+2 region, d delays, functions 1 and the
d delays, trained on months 0..599. A residual below 0.10 verifies 5 of 61 eigenvalues:
the mean, the year and the half-year. Two checks stand beside it, since residuals of delay
embeddings fall with d for noise too: the same residual on months 600..731, and the
smallest residual that 100 autoregressive noise series reach.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.io import load_record
from perturbsci.koopman import Snapshots, Spectrum, edmd, monomials
from perturbsci.plotting import COLORS, draw_eigenvalues
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.baselines import (
    autoregression,
    noise_minima,
    root_mean_square,
    spectral_forecast,
)
from perturbsci.types import Array

__all__ = ["STUDY"]

N_TRAINING = 600
DELAYS = 60  # the embedding whose eigenvalues are drawn
THRESHOLD = 0.10  # chosen before the noise test
LEADS = (1, 2, 3, 6, 12, 24)
YEAR = numpy.exp(1j * numpy.pi / 6)
EMBEDDINGS = (12, 24, 36, DELAYS)
SWEEP = {"small": EMBEDDINGS, "full": tuple(range(12, 97))}
N_SERIES = {"small": 100, "full": 1000}
FORECASTS = (
    "all pairs",
    "verified pairs",
    "climatology",
    "damped persistence",
    "anomaly persistence",
    "persistence",
)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Fit all embeddings, test them against noise, and forecast."""
    values = load_record("elnino").values
    data: dict[str, Array] = {}
    spectra = {delays: _fit(values, delays) for delays in SWEEP[size]}
    for delays in EMBEDDINGS:
        data[f"eigenvalues_{delays}"] = spectra[delays][0].eigenvalues
        data[f"residuals_{delays}"] = spectra[delays][0].residuals
        data[f"held_out_eigenvalues_{delays}"] = spectra[delays][1].eigenvalues
        data[f"held_out_residuals_{delays}"] = spectra[delays][1].residuals
    data["delays"] = numpy.array(SWEEP[size])
    for name, target in (("year", YEAR), ("half_year", YEAR**2)):
        pairs = [[_nearest(s, target) for s in spectra[d]] for d in SWEEP[size]]
        data[f"{name}_residuals"] = numpy.array(pairs)
    climatology = values[:N_TRAINING].reshape(-1, 12).mean(axis=0)
    anomalies = values - numpy.resize(climatology, values.size)
    phi, sigma = autoregression(anomalies[:N_TRAINING])
    data["autoregression"] = numpy.array([phi, sigma])
    data["noise_minima"] = numpy.array(
        [
            noise_minima(
                phi,
                sigma,
                mean=values[:N_TRAINING].mean(),
                n_times=N_TRAINING,
                delays=delays,
                n_series=N_SERIES[size],
                seed=seed,
            )
            for delays in EMBEDDINGS
        ]
    )
    data["leads"] = numpy.array(LEADS)
    trained = spectra[DELAYS][0]
    data["forecast_errors"] = numpy.array(
        [_forecast_errors(values, climatology, phi, trained, lead) for lead in LEADS]
    )
    return data


def _fit(values: Array, delays: int) -> tuple[Spectrum, Spectrum]:
    """Return the spectrum with residuals in-sample and on the held-out months."""
    train = Snapshots.from_trajectory(values[:N_TRAINING, None], delays=delays)
    held_out = Snapshots.from_trajectory(values[N_TRAINING:, None], delays=delays)
    functions = monomials(1, n_state=delays)
    return edmd(train, functions), edmd(train, functions, held_out=held_out)


def _nearest(spectrum: Spectrum, target: complex) -> float:
    """Return the residual of the eigenvalue nearest to the target."""
    return float(spectrum.residuals[numpy.abs(spectrum.eigenvalues - target).argmin()])


def _forecast_errors(
    values: Array, climatology: Array, phi: float, spectrum: Spectrum, lead: int
) -> list[float]:
    """Return the root mean square error of every forecast of months 600..731."""
    targets = numpy.arange(N_TRAINING, values.size)
    season = numpy.resize(climatology, values.size)
    ends = targets - lead  # the newest month that a forecast may use
    windows = values[ends[:, None] + numpy.arange(1 - DELAYS, 1)]
    before = values[ends]
    forecasts = [
        spectral_forecast(spectrum, windows, lead),
        spectral_forecast(spectrum.keep(THRESHOLD), windows, lead),
        season[targets],
        season[targets] + phi**lead * (before - season[ends]),
        season[targets] + (before - season[ends]),
        before,
    ]
    return [root_mean_square(values[targets] - forecast) for forecast in forecasts]


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the spectrum, the residuals against noise, and the forecast errors."""
    figure = Figure(figsize=(8.6, 5.8))
    panels = figure.subplot_mosaic([["a", "b"], ["a", "c"]], width_ratios=(1.25, 1.0))
    _draw_spectrum(panels["a"], data)
    _draw_residuals(panels["b"], data)
    _draw_forecasts(panels["c"], data)
    return figure


def _draw_spectrum(ax: Axes, data: Mapping[str, Array]) -> None:
    eigenvalues = data["eigenvalues_60"]
    draw_eigenvalues(eigenvalues, data["residuals_60"], threshold=THRESHOLD, ax=ax)
    for target, name in ((1.0, "mean"), (YEAR, "year"), (YEAR**2, "half-year")):
        for sign in (1, -1) if name != "mean" else (1,):
            x, y = 0.74 * numpy.real(target), 0.86 * sign * numpy.imag(target)
            ax.text(x, y, name, ha="center", va="center", fontweight="bold")
    bar = ax.figure.colorbar(
        ax.collections[-1], ax=ax, orientation="horizontal", shrink=0.9, pad=0.03
    )
    bar.set_label("residual (no unit)")
    ax.set_title(
        f"5 of {len(eigenvalues)} eigenvalues are verified,\nthe pale ones are not"
    )


def _draw_residuals(ax: Axes, data: Mapping[str, Array]) -> None:
    delays, noise = data["delays"], data["noise_minima"]
    low, high = noise.min(axis=1), noise.max(axis=1)
    ax.fill_between(EMBEDDINGS, low, high, color=COLORS[1], alpha=0.3, linewidth=0)
    ax.text(40, 1.25 * high[2], "noise", color="#8a5f00", ha="center")
    ends = []
    for name, label, color in (
        ("year_residuals", "year", COLORS[5]),
        ("half_year_residuals", "half-year", COLORS[6]),
    ):
        for values, kind, mark in zip(
            data[name].T, ("", ", held out"), ("o-", "s--"), strict=True
        ):
            ax.semilogy(delays, values, mark, color=color, markersize=3.5, linewidth=1.2)
            ends.append((float(values[-1]), label + kind, color))
    ax.axhline(THRESHOLD, color=COLORS[0], linewidth=0.8)
    ax.set_yticks(
        [0.02, 0.05, 0.1, 0.2, 0.4], ["0.02", "0.05", "threshold\n0.1", "0.2", "0.4"]
    )
    ax.minorticks_off()
    ax.set_xlabel("number of delays (months)")
    ax.set_ylabel("residual (no unit)")
    ax.set_title("Residuals fall with delays, for noise too")
    label_ends(ax, ends, gap=0.1)


def _draw_forecasts(ax: Axes, data: Mapping[str, Array]) -> None:
    ends = []
    for k, color in enumerate((COLORS[6], COLORS[5], COLORS[0], COLORS[3])):
        errors = data["forecast_errors"][:, k]
        koopman = FORECASTS[k].endswith("pairs")
        ax.plot(
            data["leads"], errors, "o-" if koopman else "s--", color=color, markersize=3.5
        )
        ends.append((float(errors[-1]), FORECASTS[k], color))
    ax.set_xscale("log", base=2)
    ax.set_xticks(data["leads"], [str(lead) for lead in data["leads"]])
    ax.minorticks_off()
    ax.set_ylim(0.4, 1.05)
    ax.set_xlabel("lead (months)")
    ax.set_ylabel("rms error (°C)")
    ax.set_title("Dropping the unverified helps from lead 3")
    label_ends(ax, ends, gap=0.1)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare eigenvalues, residuals and forecast errors with their references."""
    return [*_eigenvalue_claims(data), *_noise_claims(data), *_forecast_claims(data)]


def _eigenvalue_claims(data: Mapping[str, Array]) -> list[Claim]:
    eigenvalues, residuals = data["eigenvalues_60"], data["residuals_60"]
    outside, held_out = data["held_out_eigenvalues_60"], data["held_out_residuals_60"]
    year, half = (int(numpy.abs(eigenvalues - z).argmin()) for z in (YEAR, YEAR**2))
    year_out, half_out = (int(numpy.abs(outside - z).argmin()) for z in (YEAR, YEAR**2))
    periods = 2 * numpy.pi / numpy.angle(eigenvalues[[year, half]])
    return [
        Claim("annual period (months)", periods[0], "koopman.elnino_annual_period"),
        Claim("annual period against the year (months)", periods[0], "koopman.year"),
        Claim(
            "distance of the annual eigenvalue from exp(i pi/6)",
            abs(eigenvalues[year] - YEAR),
            "koopman.elnino_annual_distance",
            relation="at_most",
        ),
        Claim("annual residual", residuals[year], "koopman.elnino_annual_residual"),
        Claim(
            "annual residual, held out",
            held_out[year_out],
            "koopman.elnino_annual_held_out",
        ),
        Claim(
            "semi-annual period (months)", periods[1], "koopman.elnino_semiannual_period"
        ),
        Claim(
            "semi-annual residual", residuals[half], "koopman.elnino_semiannual_residual"
        ),
        Claim(
            "semi-annual residual, held out",
            held_out[half_out],
            "koopman.elnino_semiannual_held_out",
        ),
        Claim(
            "verified eigenvalues",
            (residuals <= THRESHOLD).sum(),
            "koopman.elnino_verified",
        ),
        Claim(
            "verified eigenvalues, held out",
            (held_out <= THRESHOLD).sum(),
            "koopman.elnino_verified",
        ),
    ]


def _noise_claims(data: Mapping[str, Array]) -> list[Claim]:
    annual = data["year_residuals"][list(data["delays"]).index(DELAYS), 0]
    return [
        Claim(
            "annual residual over the smallest of all noise series",
            annual / data["noise_minima"][EMBEDDINGS.index(DELAYS)].min(),
            "koopman.elnino_noise_ratio",
            relation="at_most",
        )
    ]


def _forecast_claims(data: Mapping[str, Array]) -> list[Claim]:
    every, kept, season, damped = data["forecast_errors"][:, :4].T
    late = numpy.flatnonzero(data["leads"] >= 3)
    third, sixth = (list(data["leads"]).index(lead) for lead in (3, 6))
    return [
        Claim(
            "lead 1: all pairs over climatology",
            every[0] / season[0],
            "koopman.elnino_lead1_climatology",
            relation="at_most",
        ),
        Claim(
            "lead 1: all pairs over damped persistence (not better)",
            every[0] / damped[0],
            "koopman.elnino_lead1_damped",
        ),
        Claim(
            "lead 3: all pairs over climatology",
            every[third] / season[third],
            "koopman.elnino_lead3_all",
        ),
        Claim(
            "lead 3: verified pairs over climatology",
            kept[third] / season[third],
            "koopman.elnino_lead3_verified",
        ),
        Claim(
            "leads 3 to 24: smallest ratio of a Koopman forecast to climatology",
            (numpy.minimum(every, kept) / season)[late].min(),
            "koopman.elnino_climatology_wins",
            relation="at_least",
        ),
        Claim(
            "lead 6: verified pairs over all pairs",
            kept[sixth] / every[sixth],
            "koopman.elnino_lead6_kept",
        ),
        Claim(
            "leads 3 to 24: largest ratio of verified pairs to all pairs",
            (kept / every)[late].max(),
            "koopman.elnino_kept_helps",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="koopman_elnino",
    title="Five of 61 eigenvalues of El Niño temperatures are real",
    source=(
        "Residuals: Colbrook and Townsend (2024); delays: Arbabi and Mezic (2017); data: "
        "ERSST.V3B, Niño 1+2 region, US National Weather Service, 1950-2010"
    ),
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: eigenvalues of 60 monthly delays, colored by residual; the mean, the year "
        "and the half-year are verified (residual at most 0.10), all others are not. "
        "Top right: the residual falls with the number of delays, for noise too (band: the "
        "smallest residuals of 100 noise series); the annual line lies far below that "
        "band, the semi-annual line (0.093) close to the threshold. Bottom right: forecast "
        "errors for 2000-2010. This is not a good forecast of El Niño: damped persistence "
        "is as good at one month and better after, and climatology wins from 3 months on. "
        "What the residual buys is knowing which pairs to keep at long leads. The annual "
        "cycle is forced by the sun: finding it shows that the method works, it is no "
        "discovery."
    ),
)
