"""The measure of an observable of the Lorenz system, and forecasts with their bound.

g = tanh((x y - 3 z)/5), sampled every 0.1 time units; 500 delays of g span the space. EDMD
of them is Hankel DMD: eigenvalues inside the circle, decaying forecasts. mpEDMD makes the
nearest unitary matrix of it, whose atoms are the measure, weakly. The forecast comes with
its bound in L2, and is compared with a trajectory that was not used.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.koopman import (
    Snapshots,
    accumulate,
    edmd,
    linear,
    mpedmd,
    predict,
    spectral_measure,
)
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends, unit_circle
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

STEP, DELAYS, SUBSTEPS = 0.1, 500, 20
N_TIMES = {"small": 16_000, "full": 160_000}
N_TESTED, N_STEPS = 400, 30
ORDER, EPSILON = 6, 0.1


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Learn from one trajectory, forecast another."""
    rng = numpy.random.default_rng(seed)
    n_times = N_TIMES[size]
    long = _observed(rng.uniform(-1, 1, 3), n_times)
    other = _observed(rng.uniform(-1, 1, 3), DELAYS + N_TESTED * 10 + N_STEPS)
    mean, size_of_g = long.mean(), long.std()
    series, tested = (long - mean) / size_of_g, (other - mean) / size_of_g
    data = Snapshots.from_trajectory(series[:, None], delays=DELAYS, step=STEP)
    state = accumulate(data, linear(DELAYS))
    spectrum, plain = mpedmd(state), edmd(state)
    last = numpy.eye(DELAYS)[-1]
    angles = numpy.linspace(-numpy.pi, numpy.pi, 801)
    atoms = spectral_measure(spectrum, angles, method="atoms", coefficients=last)
    smooth = spectral_measure(
        spectrum, angles, order=ORDER, epsilon=EPSILON, coefficients=last
    )
    starts = numpy.arange(N_TESTED) * 10
    windows = tested[starts[:, None] + numpy.arange(DELAYS)]
    truth = tested[starts[:, None] + DELAYS - 1 + numpy.arange(N_STEPS + 1)]
    found: dict[str, Array] = {}
    for name, model in (("unitary", spectrum), ("plain", plain)):
        forecast = predict(model, windows, N_STEPS, coefficients=last)
        errors = forecast.values[..., 0].real - truth
        found[f"{name}_error"] = numpy.sqrt((errors**2).mean(axis=0))
        found[f"{name}_bound"] = forecast.bound[:, 0]
        found[f"{name}_eigenvalues"] = model.eigenvalues
        found[f"{name}_residuals"] = model.residuals
    return found | {
        "times": STEP * numpy.arange(N_STEPS + 1),
        "climate": numpy.sqrt((truth**2).mean(axis=0)),
        "angles": angles,
        "atoms": atoms.cumulative(angles) / atoms.mass,
        "smooth": smooth.cumulative(angles) / smooth.mass,
        "total": atoms.atom_masses.sum() / numpy.array(atoms.mass),
    }


def _observed(start: Array, n_times: int) -> Array:
    """Return g along a trajectory of the Lorenz system (Runge-Kutta, order 4)."""
    h = STEP / SUBSTEPS
    state = start + numpy.array([0.0, 0.0, 25.0])
    values = numpy.empty(n_times)
    x, y, z = (float(part) for part in state)
    for k in range(-200, n_times):  # 20 time units to reach the attractor
        for _ in range(SUBSTEPS):
            x, y, z = _advanced(x, y, z, h)
        if k >= 0:
            values[k] = (x * y - 3 * z) / 5
    return numpy.tanh(values)


def _advanced(x: float, y: float, z: float, h: float) -> tuple[float, float, float]:
    def slopes(x: float, y: float, z: float) -> tuple[float, float, float]:
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    a, b, c = slopes(x, y, z)
    d, e, f = slopes(x + h / 2 * a, y + h / 2 * b, z + h / 2 * c)
    p, q, r = slopes(x + h / 2 * d, y + h / 2 * e, z + h / 2 * f)
    u, v, w = slopes(x + h * p, y + h * q, z + h * r)
    return (
        x + h / 6 * (a + 2 * d + 2 * p + u),
        y + h / 6 * (b + 2 * e + 2 * q + v),
        z + h / 6 * (c + 2 * f + 2 * r + w),
    )


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw eigenvalues, the cumulative measure, and forecasts with their bounds."""
    figure = Figure(figsize=(13.4, 4.3))
    plane, measure, forecast = figure.subplots(1, 3, gridspec_kw={"wspace": 0.06})
    unit_circle(plane)
    for name, color, height, text in (
        ("plain", COLORS[6], 0.1, "EDMD: in the disk"),
        ("unitary", COLORS[5], -0.1, "mpEDMD: on the circle"),
    ):
        values = data[f"{name}_eigenvalues"]
        plane.plot(values.real, values.imag, ".", color=color, markersize=3)
        plane.text(0.0, height, text, color=color, ha="center", va="center")
    plane.set_aspect("equal")
    plane.set_xlabel("real part of eigenvalue (no unit)")
    plane.set_ylabel("imaginary part of eigenvalue (no unit)")
    plane.set_title("EDMD damps, mpEDMD cannot")
    _draw_cumulative(measure, data)
    _draw_forecast(forecast, data)
    return figure


def _draw_cumulative(ax: Axes, data: Mapping[str, Array]) -> None:
    frequency = data["angles"] / STEP
    ax.plot(frequency, data["atoms"], color=COLORS[1], linewidth=3.5)
    ax.plot(frequency, data["smooth"], color=COLORS[5], linewidth=1)
    for height, text, color in (
        (0.93, "atoms of mpEDMD", COLORS[1]),
        (0.86, f"smoothed: order {ORDER}, width {EPSILON:g}", COLORS[5]),
    ):
        ax.text(0.03, height, text, color=color, transform=ax.transAxes)
    ax.set_xlim(frequency[0], frequency[-1])
    ax.set_xlabel("angular frequency (radian/time unit)")
    ax.set_ylabel("measure up to this frequency (no unit)")
    ax.set_title("Half of the measure near one frequency")


def _draw_forecast(ax: Axes, data: Mapping[str, Array]) -> None:
    times, ends = data["times"], []
    for name, words, color in (
        ("plain", "EDMD", COLORS[6]),
        ("unitary", "mpEDMD", COLORS[5]),
    ):
        ax.plot(times, data[f"{name}_error"], color=color)
        ax.plot(times, data[f"{name}_bound"], "--", color=color, linewidth=1)
        ends.append((float(data[f"{name}_error"][-1]), words, color))
    ax.plot(times, data["climate"], color=COLORS[0], linewidth=1)
    ends.append((float(data["climate"][-1]), "mean", COLORS[0]))
    ax.set_ylim(0, 2.5)
    ax.set_xlim(times[0], times[-1])
    label_ends(ax, ends)
    ax.text(0.97, 0.93, "dashed: bounds", ha="right", transform=ax.transAxes)
    ax.set_xlabel("lead (time units)")
    ax.set_ylabel("root mean square error (standard deviations)")
    ax.set_title("Soon no forecast beats the mean by much")


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Check mass, circle, and that no forecast error exceeds its bound."""
    off = float(numpy.abs(numpy.abs(data["unitary_eigenvalues"]) - 1).max())
    excess = [
        float((data[f"{name}_error"] / (data[f"{name}_bound"] + 1e-9))[1:].max())
        for name in ("plain", "unitary")
    ]
    return [
        Claim(
            "Lorenz, mass of all atoms relative to the mean square of g",
            float(data["total"]),
            "koopman_measure.lorenz_mass",
        ),
        Claim(
            "Lorenz, cumulative measure of the smoothed density over the circle",
            float(data["smooth"][-1]),
            "koopman_measure.lorenz_mass",
        ),
        Claim(
            "Lorenz, distance of the eigenvalues of mpEDMD from the circle",
            off,
            "koopman_measure.lorenz_circle",
            relation="at_most",
        ),
        Claim(
            "Lorenz, largest error of a forecast relative to its bound",
            max(excess),
            "koopman_measure.lorenz_forecast",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="koopman_lorenz",
    title="The spectral measure of chaos, and forecasts that know their error",
    source="Colbrook (2023); Colbrook, Drysdale, and Horning (2024)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "500 delays of one observable of the Lorenz system. Left: eigenvalues of Hankel "
        "DMD in the disk, those of its nearest unitary matrix on the circle; the flow is "
        "mixing, so that none is an eigenvalue of it. Middle: half of the measure lies "
        "near one frequency, the pace of the loops, spread over a width that 500 delays "
        "resolve; the atoms follow the measure weakly only. Right: error of forecasts "
        "from windows of another trajectory, with the bound in L2 of the first one "
        "(dashed), against the mean as a forecast. EDMD falls back to the mean; mpEDMD "
        "keeps the variance and is worse where nothing is known."
    ),
)
