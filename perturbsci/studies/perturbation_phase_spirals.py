"""A shaken slab of stars winds up into spirals, one arm for bending, two for breathing.

A pulse Phi_1 = A(I) exp(-t^2/(2 w^2)) of angle mode n shakes the orbits of an isothermal
slab with F_0 = exp(-I/I_0). The response f_1(I, t) exp(i n theta) shears, because the
frequency falls with the action. Averaged over a distribution of frequencies the phases mix:
exponential in I, Omega = 1 - I: abs(mean) = 1/sqrt(1 + (s t)^2); a Gaussian spread of
frequencies: exp(-(s t)^2/2); diffusing actions: exp(-D Omega'^2 t^3/3).
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy
from matplotlib.figure import Figure

from perturbsci.perturbation import (
    count_arms,
    linear_response,
    phase_moment,
    pulse_response,
    slab_orbit,
)
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["STUDY", "angles", "exponential_moment"]

WIDTH = 0.5  # of the pulse in units of h/sigma
SCALE = 1.0  # I_0 in units of sigma h
REACH = 3.0  # of the maps in units of h and sigma
TIMES = (3.0, 9.0, 18.0, 27.0)
POINTS = {"small": 97, "full": 241}
SPREAD, DIFFUSION = 0.05, 1e-3
MODES = {"bending": 1, "breathing": 2}


def angles(z: Array, v: Array) -> tuple[Array, Array]:
    """Return energy and angle at points of the slab with sigma = h = 1.

    With sin(t)^2 = Phi/E the time since z = 0 is an integral of g(2 e sin(t)^2)^(-1/2),
    see ``perturbation.slab_orbit``; 40 Gauss nodes.
    """
    phi = 2 * numpy.log(numpy.cosh(z))
    energy = v**2 / 2 + phi
    end = numpy.arctan2(numpy.sign(z) * numpy.sqrt(phi), v / math.sqrt(2))
    x, w = numpy.polynomial.legendre.leggauss(40)
    y = energy[..., None] * numpy.sin(end[..., None] * (x + 1) / 2) ** 2
    safe = numpy.where(y > 0, y, 1.0)
    root = numpy.where(y > 0, numpy.sqrt(safe / -numpy.expm1(-safe)), 1.0)
    time = (root @ w) * end / 2 / math.sqrt(2)
    return energy, slab_orbit(energy).frequency * time


def exponential_moment(times: Array) -> Array:
    """Return the mean for Omega = 1 - I and F_0 = exp(-I/s)/s, by Gauss-Legendre panels."""
    x, w = numpy.polynomial.legendre.leggauss(16)
    panels = numpy.arange(40)[:, None]  # of width s: exp(-40) is left out
    action = SPREAD * (panels + (x + 1) / 2).ravel()
    weights = numpy.tile(w / 2, 40) * numpy.exp(-action / SPREAD)
    return phase_moment(1 - action, weights, times)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Make the maps of both modes, and the decaying means."""
    axis = numpy.linspace(-REACH, REACH, POINTS[size])
    z, v = numpy.meshgrid(axis, axis, indexing="ij")
    energy, theta = angles(z, v)
    data = {"axis": axis}
    for name, n in MODES.items():
        fields, miss = _spirals(n, energy, theta)
        data |= {name: fields, f"miss_{name}": numpy.array(miss)}
    t = numpy.geomspace(10, 80, 25)
    frequencies = 1 + SPREAD * numpy.linspace(-8, 8, 401)
    gauss = numpy.exp(-((frequencies - 1) ** 2) / (2 * SPREAD**2))
    data["times"] = t
    data["exponential"] = abs(exponential_moment(t))
    data["lateral"] = abs(phase_moment(frequencies, gauss / gauss.sum(), t))
    data["diffusing"] = abs(phase_moment([1.0], [1.0], t, diffusion=DIFFUSION, shear=0.3))
    data["last"] = abs(exponential_moment(numpy.array([80.0])))
    return data


def _spirals(n: int, energy: Array, theta: Array) -> tuple[Array, float]:
    """Return f_1 exp(i n theta) at ``TIMES``; how far f_1 is from the whole pulse's."""
    orbits = slab_orbit(numpy.linspace(0, energy.max(), 400))
    omega, action = orbits.frequency, orbits.action
    t = numpy.linspace(-6 * WIDTH, 6 * WIDTH, 601)
    kick = action ** (n / 2)  # regular at the center: z^n near it
    gradient = -numpy.exp(-action / SCALE) / SCALE
    pulse = numpy.exp(-(t**2) / (2 * WIDTH**2))
    f = linear_response(gradient, omega, pulse[:, None] * kick, t, mode=n)[-1]
    steady = f * numpy.exp(1j * n * omega * t[-1])  # at rest in each orbit's own phase
    whole = 1j * n * gradient * kick * pulse_response(omega, WIDTH, mode=n)
    miss = abs(steady - whole).max() / abs(whole).max()
    here = numpy.interp(energy, orbits.energy, steady)
    rate = slab_orbit(energy).frequency
    fields = [here * numpy.exp(1j * n * (theta - rate * time)) for time in TIMES]
    return numpy.stack(fields), float(miss)


def _exponent(t: Array, size: Array) -> float:
    """Return p of size = exp(-c t^p), fitted over all times."""
    power = numpy.polyfit(numpy.log(t), numpy.log(-numpy.log(size)), 1)[0]
    return round(float(power), 6)  # what rounding leaves is no part of the claim


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw both spirals at four times, and the decay of three means."""
    figure = Figure(figsize=(12.5, 5.0))
    figure.suptitle("A disturbance winds up and never decays, but its mean does")
    grid = figure.add_gridspec(2, 6)
    for row, name in enumerate(MODES):
        for column, time in enumerate(TIMES):
            ax = figure.add_subplot(grid[row, column])
            _map(ax, data["axis"], data[name][column])
            ax.set_xlabel("z (h)" if row == 1 or column else "")
            ax.set_ylabel(f"{name}: velocity ($\\sigma$)" if column == 0 else "")
            if row == 0:
                ax.set_title(f"t = {time:g} $h/\\sigma$")
    _decay(figure.add_subplot(grid[:, 4:]), data)
    return figure


def _map(ax: "Axes", axis: Array, field: Array) -> None:
    top = abs(field).max()
    edges = (axis[0], axis[-1], axis[0], axis[-1])
    ax.imshow(
        field.real.T, origin="lower", extent=edges, cmap="RdBu_r", vmin=-top, vmax=top
    )
    ax.grid(visible=False)


def _decay(ax: "Axes", data: Mapping[str, Array]) -> None:
    t = data["times"]
    closed = {
        "exponential": (1 / numpy.sqrt(1 + (SPREAD * t) ** 2), 5, "exponential F₀"),
        "lateral": (numpy.exp(-((SPREAD * t) ** 2) / 2), 6, "Gaussian spread,\nlog ~ t²"),
        "diffusing": (
            numpy.exp(-DIFFUSION * 0.3**2 * t**3 / 3),
            3,
            "diffusing actions,\nlog ~ t³",
        ),
    }
    ends = []
    for name, (line, color, label) in closed.items():
        ax.semilogy(t, data[name], "o", color=COLORS[color], markersize=4)
        ax.semilogy(t, line, color=COLORS[color])
        ends.append((float(line[-1]), label, COLORS[color]))
    ax.set_xlabel("time ($h/\\sigma$)")
    ax.set_ylabel("modulus of the mean (no unit)")
    ax.set_title("Three ways to mix: dots computed, lines closed form")
    label_ends(ax, ends)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Count the arms, and compare the decays."""
    t = data["times"]
    miss = max(float(data[f"miss_{name}"]) for name in MODES)
    return [
        *(
            Claim(
                f"arms of the {name} spiral at the last time",
                float(count_arms(data[name][-1])),
                reference,
            )
            for name, reference in (
                ("bending", "perturbation.arms_bending"),
                ("breathing", "perturbation.arms_breathing"),
            )
        ),
        Claim(
            "mean over an exponential distribution at t = 80",
            float(data["last"][0]),
            "perturbation.moment_at_80",
        ),
        Claim(
            "power of t in the decay, Gaussian spread of frequencies",
            _exponent(t, data["lateral"]),
            "perturbation.exponent_lateral",
        ),
        Claim(
            "power of t in the decay, diffusing actions",
            _exponent(t, data["diffusing"]),
            "perturbation.exponent_diffusion",
        ),
        Claim(
            "response in 600 steps against the closed form of the pulse",
            miss,
            "perturbation.pulse_in_steps",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="perturbation_phase_spirals",
    title="Phase spirals of a shaken slab",
    source="linear response, Binney and Tremaine (2008); slab of Spitzer (1942)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Left: the response of an isothermal slab to a short pulse in the plane of height "
        "and vertical velocity, its real part, red above and blue below zero; the bending "
        "mode has one arm, the breathing mode two, and both wind up because outer orbits "
        "are slower. Right: the mean over a distribution of frequencies decays in three "
        "laws. Linear response to a given potential: the gravity of the response itself is "
        "left out, and no published figure is reproduced."
    ),
)
