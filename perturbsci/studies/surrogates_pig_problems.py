"""Five published problems, solved with nothing given but a tolerance.

The benchmarks of physics-informed Gaussians (Kang, Oh, Hong and Park 2024): for each the
relative L2 error of `solve`, measured against an exact solution or a converged classical
one, the bound that was known without either, a classical solver, and the error that is
published for trained Gaussians (other hardware, single precision, other test points).
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy
from matplotlib.figure import Figure

from perturbsci import problems as pp
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.classical import helmholtz_collocation, reaction_diffusion
from perturbsci.studies.squares import characteristics, porous_diffusion, wave_collocation
from perturbsci.surrogates import solve
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY"]

RANDOM = 4000  # points at which an exact solution is compared
FREQUENCY, END = 2.0, 10.0  # of the Klein-Gordon equation
FASTEST = 0.385  # of the tangential velocity of the vortex
SETTLED, RESIDUAL_ONLY, OPEN = 2.0, 1.0, 0.0  # bound met, no theorem, tolerance missed


class Truth(NamedTuple):
    """Points, shape (n, d), weights of a mean there, the solution, a classical error."""

    points: Array
    weights: Array
    values: Array
    classical: float


class Entry(NamedTuple):
    """A problem: its label, statement, truth at a size, tolerance of each size."""

    label: str
    problem: Callable[[], pp.FieldProblem]
    truth: Callable[[str], Truth]
    tolerances: Mapping[str, float]


def _relative(found: Array, truth: Array, weights: Array | float = 1.0) -> float:
    return math.sqrt(numpy.sum(weights * (found - truth) ** 2)) / math.sqrt(
        numpy.sum(weights * truth**2)
    )


def _scattered(bounds: list[tuple[float, float]]) -> tuple[Array, Array]:
    """Return random points of a box, and their weights."""
    low, high = numpy.array(bounds).T
    share = numpy.random.default_rng(7).random((RANDOM, len(bounds)))
    return low + (high - low) * share, numpy.full(RANDOM, 1.0 / RANDOM)


def _product(*axes: Array) -> Array:
    return numpy.stack(numpy.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _helmholtz(a: int, b: int) -> Callable[[str], Truth]:
    def value(x: Array, y: Array) -> Array:
        return numpy.sin(a * math.pi * x) * numpy.sin(b * math.pi * y)

    def truth(size: str) -> Truth:
        factor = 1 - math.pi**2 * (a**2 + b**2)
        x, found = helmholtz_collocation(lambda x, y: factor * value(x, y), 1.0, 64)
        points, weights = _scattered([(-1, 1)] * 2)
        classical = _relative(found, value(x[:, None], x))
        return Truth(points, weights, value(*points.T), classical)

    return truth


def _allen_cahn(size: str) -> Truth:
    """Compare on the grid of 512 modes with one several times finer."""
    times = numpy.arange(1, 11) / 10
    finer = 4 if size == "small" else 16
    runs = [
        reaction_diffusion(
            lambda x: x**2 * numpy.cos(math.pi * x),
            lambda u: 5 * u - 5 * u**3,
            times,
            diffusion=1e-4,
            n_modes=n,
            step=step,
        )
        for n, step in ((512, 1e-3), (512 * finer, 2e-3 if size == "small" else 5e-4))
    ]
    (x, usual), (_, fine) = runs
    values = fine[:, ::finer].T.ravel()
    points = _product(x, times)
    return Truth(
        points, numpy.ones(len(points)), values, _relative(usual.T.ravel(), values)
    )


def _klein_gordon_value(x: Array, y: Array, t: float | Array) -> Array:
    return (x + y) * numpy.cos(FREQUENCY * t) + x * y * numpy.sin(FREQUENCY * t)


def _klein_gordon_rate(x: Array, y: Array, t: float | Array) -> Array:
    # u of the problem, a quarter of a period later in each term, times the frequency
    swing = x * y * numpy.cos(FREQUENCY * t) - (x + y) * numpy.sin(FREQUENCY * t)
    return FREQUENCY * swing


def _klein_gordon(size: str) -> Truth:
    def force(x: Array, y: Array, t: float, u: Array) -> Array:
        known = _klein_gordon_value(x, y, t)
        return known**2 - FREQUENCY**2 * known - u**2

    times = END * numpy.arange(1, 11) / 10
    step = 0.02 if size == "small" else 0.0025
    x, found = wave_collocation(
        _klein_gordon_value, _klein_gordon_rate, force, times, 8, step
    )
    known = _klein_gordon_value(x[:, None], x, times[:, None, None])
    points, weights = _scattered([(-1, 1), (-1, 1), (0, END)])
    return Truth(points, weights, _klein_gordon_value(*points.T), _relative(found, known))


def _turn(x: Array, y: Array) -> Array:
    """Return the angular velocity of the vortex."""
    r = numpy.hypot(x, y)
    return numpy.tanh(r) / (FASTEST * r * numpy.cosh(r) ** 2)


def _front(_: Array, y: Array) -> Array:
    return -numpy.tanh(0.5 * y)


def _flow_mixing(size: str) -> Truth:
    points, weights = _scattered([(-4, 4), (-4, 4), (0, 4)])
    x, y, t = points.T
    angle = _turn(x, y) * t
    known = _front(x, y * numpy.cos(angle) - x * numpy.sin(angle))

    def velocity(at: Array) -> Array:
        turned = numpy.stack([-at[:, 1], at[:, 0]], axis=1)
        return _turn(*at.T)[:, None] * turned

    steps = 40 if size == "small" else 160
    found = characteristics(points, velocity, _front, steps)
    return Truth(points, weights, known, _relative(found, known))


def _hills(x: Array, y: Array) -> Array:
    return (
        0.25 * numpy.exp(-10 * ((x - 0.3) ** 2 + (y - 0.2) ** 2))
        + 0.4 * numpy.exp(-15 * ((x + 0.5) ** 2 + (y + 0.1) ** 2))
        + 0.3 * numpy.exp(-20 * (x**2 + (y + 0.5) ** 2))
    )


def _nonlinear_diffusion(size: str) -> Truth:
    """Extrapolate two grids, each of order two."""
    times = numpy.array([0.25, 0.5, 0.75, 1.0])
    n = 40 if size == "small" else 160
    x, coarse = porous_diffusion(_hills, 0.05, times, n, n)
    _, fine = porous_diffusion(_hills, 0.05, times, 2 * n, 2 * n)
    fine = fine[:, ::2, ::2]
    known = numpy.moveaxis((4 * fine - coarse) / 3, 0, 2).ravel()
    points = _product(x, x, times)
    shares = numpy.gradient(x)
    weights = (shares[:, None] * shares)[:, :, None] * numpy.full(len(times), 1.0)
    usual = numpy.moveaxis(fine, 0, 2).ravel()
    weights = weights.ravel()
    return Truth(points, weights, known, _relative(usual, known, weights))


ENTRIES = (
    Entry(
        "Helmholtz, modes 1 and 4",
        pp.helmholtz,
        _helmholtz(1, 4),
        {"small": 1e-8, "full": 1e-10},
    ),
    Entry(
        "Helmholtz, modes 10 and 10",
        lambda: pp.helmholtz((10, 10)),
        _helmholtz(10, 10),
        {"full": 1e-8},
    ),
    Entry("Klein-Gordon", pp.klein_gordon, _klein_gordon, {"small": 1e-6, "full": 1e-8}),
    Entry("Allen-Cahn", pp.allen_cahn, _allen_cahn, {"small": 1e-4, "full": 1e-7}),
    Entry("flow mixing", pp.flow_mixing, _flow_mixing, {"small": 1e-3, "full": 1e-5}),
    Entry(
        "nonlinear diffusion",
        pp.nonlinear_diffusion,
        _nonlinear_diffusion,
        {"small": 1e-3, "full": 1e-5},
    ),
)
# of trained Gaussians, in the order of the entries
PUBLISHED = (
    "surrogates_tables.pig_helmholtz",
    "surrogates_tables.pig_helmholtz_ten",
    "surrogates_tables.pig_klein_gordon",
    "surrogates_tables.pig_allen_cahn",
    "surrogates_tables.pig_flow_mixing",
    "surrogates_tables.pig_nonlinear_diffusion",
)
# of the errors here
CAPS = (
    "surrogates_tables.error_helmholtz",
    "surrogates_tables.error_helmholtz_ten",
    "surrogates_tables.error_klein_gordon",
    "surrogates_tables.error_allen_cahn",
    "surrogates_tables.error_flow_mixing",
    "surrogates_tables.error_nonlinear_diffusion",
)


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return tolerance, bound, outcome and errors of each problem."""
    rows = []
    for k, entry in enumerate(ENTRIES):
        if size not in entry.tolerances:
            continue
        tolerance = entry.tolerances[size]
        truth = entry.truth(size)
        surrogate = solve(entry.problem(), tolerance=tolerance, seed=seed, strict=False)
        found = surrogate.certificate
        error = _relative(surrogate(truth.points), truth.values, truth.weights)
        bounded = found.kind in ("proven", "a-posteriori")
        # the certificate is in the norm of a theorem; relative as the tolerance is
        bound = tolerance * found.value / found.bound if bounded else math.nan
        outcome = (RESIDUAL_ONLY, SETTLED)[bounded] if surrogate.status.ok else OPEN
        rows.append(
            (
                k,
                tolerance,
                bound,
                outcome,
                error,
                truth.classical,
                load_reference(PUBLISHED[k]).value,
            )
        )
    names = (
        "entry",
        "tolerances",
        "bounds",
        "outcomes",
        "errors",
        "classical",
        "published",
    )
    return dict(zip(names, numpy.array(rows).T.copy(), strict=True))


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw a row of errors for each problem."""
    figure = Figure(figsize=(7.6, 4.6))
    ax = figure.subplots()
    places = numpy.arange(len(data["entry"]))[::-1]
    mine, classical, peer = COLORS[5], COLORS[0], COLORS[6]
    errors, bounds = data["errors"], data["bounds"]
    marks = (
        (data["classical"], "s", classical, "classical solver, error"),
        (data["published"], "D", peer, "trained Gaussians, error as published"),
        (errors, "o", mine, "solve, error"),
        (bounds, ">", mine, "solve, its bound without a known solution"),
    )
    for values, mark, color, text in marks:
        ax.plot(values, places, mark, color=color, markersize=5, label=text)
    asked = data["tolerances"]
    ax.plot(asked, places, "|", color=mine, markersize=17, label="tolerance asked for")
    ax.hlines(places, errors, bounds, color=mine, linewidth=1.4)
    missed = data["outcomes"] == OPEN
    ax.plot(errors[missed], places[missed], "o", color=mine, markerfacecolor="white")
    words = {OPEN: "tolerance not reached", RESIDUAL_ONLY: "estimate only, no theorem"}
    for error, y, outcome in zip(errors, places, data["outcomes"], strict=True):
        ax.annotate(
            words.get(float(outcome), ""),
            (error, y),
            xytext=(4, -15),
            textcoords="offset points",
            ha="right",
            color=mine,
        )
    ax.set_xscale("log")
    ax.set_yticks(places, [ENTRIES[int(k)].label for k in data["entry"]])
    ax.set_ylim(-0.6, places[0] + 0.6)
    ax.set_xlabel("relative L2 error (no unit)")
    ax.set_title("Five published problems with nothing given but a tolerance")
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the errors with caps, and count the bounds that met their tolerance."""
    found = [
        Claim(
            f"relative L2 error, {ENTRIES[int(k)].label}",
            float(error),
            CAPS[int(k)],
            relation="at_most",
        )
        for k, error in zip(data["entry"], data["errors"], strict=True)
    ]
    settled = int((data["outcomes"] == SETTLED).sum())
    return [
        *found,
        Claim(
            "statements with a bound below the tolerance",
            float(settled),
            "surrogates_tables.settled",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="surrogates_pig_problems",
    title="Published problems with nothing given but a tolerance",
    source="statements and published errors of Kang, Oh, Hong and Park (2024)",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Relative L2 errors in space and time of solve (dots; open where the tolerance was "
        "not reached), the bounds that it gave without a known solution (arrow heads, each "
        "in the norm of its theorem, relative as the tolerance is), the tolerances asked "
        "for, a classical solver made for each problem, and the errors published for "
        "trained Gaussians. Those come from other hardware, single precision and other "
        "test points: they show the size of the errors, not a race. The solution of the "
        "Klein-Gordon equation is bilinear in x and y, hence exact in space for "
        "polynomials. Nonlinear diffusion has no known solution and no theorem here; its "
        "error is the distance to two classical grids, extrapolated. The kink of Allen and "
        "Cahn's data limits the Fourier grid that its error is measured against."
    ),
)
