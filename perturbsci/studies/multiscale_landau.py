"""Landau damping: rates of a computed plasma wave against the dispersion relation.

Strang splitting with exact shifts in Fourier space. On a grid of velocities the phases that
mixed come together again after 2 pi/(k dv): a coarse grid shows a wave that is not there.
"""

from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.multiscale import mode_exponent, solve, vlasov_poisson
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY", "damped_wave"]

WAVENUMBERS = (0.3, 0.4, 0.5, 0.6)
MAIN = 0.5
VELOCITIES = {"small": 256, "full": 512}
COARSE = 32
STEP = {"small": 0.05, "full": 0.025}
END = 36.0
WINDOW = (8.0, 25.0)
AMPLITUDE = 1e-3


def damped_wave(
    times: Array, wave: Array, rate: float, frequency: float
) -> tuple[float, float]:
    """Return rate and frequency of a exp(rate t) cos(frequency t + p), least squares.

    Relative to the envelope, by Gauss-Newton from the given start.
    """
    for _ in range(30):
        scale = numpy.exp(rate * times)
        pair = numpy.stack([numpy.cos(frequency * times), numpy.sin(frequency * times)], 1)
        a, b = numpy.linalg.lstsq(pair, wave / scale, rcond=None)[0]
        model = pair @ [a, b]
        turned = pair @ [b, -a]
        columns = numpy.column_stack([pair, times * model, times * turned])
        change = numpy.linalg.lstsq(columns, wave / scale - model, rcond=None)[0][2:]
        rate, frequency = rate + change[0], frequency + change[1]
        if abs(change).max() < 1e-13:
            break
    return float(rate), float(frequency)


def _field(k: float, n_velocities: int, step: float, times: Array, backend: str) -> Array:
    """Return the fundamental of the field, real, over its amplitude at the start."""
    problem = vlasov_poisson(
        16, n_velocities, wavenumber=k, amplitude=AMPLITUDE, backend=backend
    )
    run = solve(
        problem,
        epsilon=1.0,
        t_span=(0.0, float(times[-1])),
        step=step,
        t_eval=times,
        scheme="native",
    )
    return -2 * run.observables["fundamental"].imag * k / AMPLITUDE


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Run one wave on two grids, and fit rate and frequency for every wavenumber."""
    step, n = STEP[size], VELOCITIES[size]
    times = numpy.arange(0, END + 0.05, 0.1)
    inside = (times >= WINDOW[0]) & (times <= WINDOW[1])
    short = times[: int(inside.nonzero()[0][-1]) + 1]
    fits = []
    for k in WAVENUMBERS:
        exact = mode_exponent("landau", k)
        main = k == MAIN
        wave = _field(k, n, step, times if main else short, backend)
        kept = inside[: wave.size]
        fits.append(
            damped_wave(times[: wave.size][kept], wave[kept], exact.real, -exact.imag)
        )
        if main:
            fine = wave
    coarse = _field(MAIN, COARSE, step, times, backend)
    exact_k = numpy.linspace(0.25, 0.65, 41)
    exponents = numpy.array([mode_exponent("landau", float(k)) for k in exact_k])
    return {
        "times": times,
        "fine": fine,
        "coarse": coarse,
        "fits": numpy.array(fits),
        "exact_k": exact_k,
        "exponents": exponents,
    }


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the decay on two grids, and the rates over the wavenumber."""
    figure = Figure(figsize=(11, 4.4))
    ax, rates = figure.subplots(1, 2, width_ratios=(1.5, 1))
    times = data["times"]
    exact = mode_exponent("landau", MAIN).real
    later = times > 3  # when other modes have died out
    start = (abs(data["fine"]) / numpy.exp(exact * times))[later].max()
    ax.semilogy(times, abs(data["coarse"]), color=COLORS[1], linewidth=1)
    ax.semilogy(times, abs(data["fine"]), color=COLORS[5])
    ax.semilogy(times, start * numpy.exp(exact * times), "--", color=COLORS[0])
    ax.set_ylim(1e-4, 3)
    ax.set_xlabel("time (inverse plasma frequency)")
    ax.set_ylabel("field, first wave (its start)")
    ax.set_title("A plasma wave decays without collisions, k = 0.5")
    back = 2 * numpy.pi / (MAIN * 16 / COARSE)
    ax.annotate(
        f"{COARSE} velocities: phases meet\nagain at 2π/(k Δv) = {back:.1f}",
        (14.6, 0.75),
        color=COLORS[1],
    )
    ax.annotate("256 velocities or more", (1.0, 3e-4), color=COLORS[5])
    ax.annotate("slope of the\ndispersion relation", (4.6, 0.62), color=COLORS[0])
    rates.plot(data["exact_k"], data["exponents"].real, color=COLORS[0])
    rates.plot(WAVENUMBERS, data["fits"][:, 0], "o", color=COLORS[5])
    rates.set_xlabel("wavenumber (inverse Debye length)")
    rates.set_ylabel("growth rate (plasma frequency)")
    rates.set_title("Dots computed, line exact")
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare rate and frequency at k = 1/2 and the worst rate with the exact ones."""
    rate, frequency = data["fits"][WAVENUMBERS.index(MAIN)]
    exact = numpy.array([mode_exponent("landau", k).real for k in WAVENUMBERS])
    worst = float(abs(data["fits"][:, 0] - exact).max())
    return [
        Claim("damping rate at k = 0.5", float(rate), "multiscale_kinetic.landau_damping"),
        Claim(
            "frequency at k = 0.5", float(frequency), "multiscale_kinetic.landau_frequency"
        ),
        Claim(
            "largest error of a damping rate, k = 0.3 to 0.6",
            worst,
            "multiscale_kinetic.landau_rates",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="multiscale_landau",
    title="Landau damping of a plasma wave",
    source="Vlasov-Poisson, splitting of Cheng and Knorr (1976)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: the first Fourier coefficient of the electric field over its value at the "
        "start, on a fine and on a coarse grid of velocities, and the slope of the "
        "dispersion relation. Right: fitted rates against its root. The perturbation is "
        "0.001; at 0.01 the nonlinear shift of the rate is 4e-4. No collisions, one "
        "dimension, ions at rest."
    ),
)
