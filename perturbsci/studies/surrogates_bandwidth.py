"""The bandwidth of random features without knowing the error.

Lap u + u = f on [-1, 1]^2 with u = sin(pi x) sin(4 pi y), as a sum of sines of random
directions with wavenumbers up to R, fitted to equation and walls by linear least squares.
The error falls by ten orders as R passes the wavenumbers of the solution and rises beyond.
The residual at points that the fit has not seen has its minimum at the same place.
"""

import math
from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure

from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.studies.classical import helmholtz_collocation
from perturbsci.surrogates import Gaussians, RandomFourier, feature_jets, fit_linear
from perturbsci.types import Array

__all__ = ["STUDY"]

N_FEATURES = {"small": 600, "full": 1000}
N_SEEDS = {"small": 2, "full": 9}
N_BANDWIDTHS = {"small": 9, "full": 25}
N_FRESH = 400
N_GRID = 28  # Gaussians of the neutral basis in a direction
ORDERS = [(0, 0), (2, 0), (0, 2)]


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return held-out residuals and errors over bandwidths and draws."""
    bandwidths = numpy.geomspace(2.0, 60.0, N_BANDWIDTHS[size])
    found = numpy.array(
        [
            [
                _fitted(RandomFourier(N_FEATURES[size], r, 2, seed=seed + k), seed)
                for r in bandwidths
            ]
            for k in range(N_SEEDS[size])
        ]
    )
    # centers beyond the walls: with none there the error is a thousand times larger
    ends = numpy.linspace(-1.4, 1.4, N_GRID)
    centers = numpy.stack(numpy.meshgrid(ends, ends), axis=-1).reshape(-1, 2)
    neutral = _fitted(Gaussians(centers, 2.5 * (ends[1] - ends[0])), seed)
    x, values = helmholtz_collocation(_source, 1.0, 32)
    exact = numpy.sin(math.pi * x)[:, None] * numpy.sin(4 * math.pi * x)
    classical = numpy.linalg.norm(values - exact) / numpy.linalg.norm(exact)
    return {
        "bandwidths": bandwidths,
        "residuals": found[:, :, 0],
        "errors": found[:, :, 1],
        "neutral": numpy.array(neutral[1]),
        "classical": numpy.array(classical),
    }


def _source(x: Array, y: Array) -> Array:
    return (1 - 17 * math.pi**2) * numpy.sin(math.pi * x) * numpy.sin(4 * math.pi * y)


def _fitted(basis: RandomFourier | Gaussians, seed: int) -> tuple[float, float]:
    """Return the held-out residual and the error, relative to f and to u."""
    rng = numpy.random.default_rng(seed)
    inside = rng.uniform(-1, 1, (2 * basis.n_features, 2))
    walls, fresh = (rng.uniform(-1, 1, (n, 2)) for n in (basis.n_features // 2, N_FRESH))
    side = numpy.arange(len(walls)) % 4
    walls[numpy.arange(len(walls)), side // 2] = 2.0 * (side % 2) - 1.0
    rows = _equation(basis, inside)
    edges = feature_jets(basis, walls, [(0, 0)])[0, 0]
    # both kinds of rows to norm 1, so that no weight between them is chosen
    scales = [numpy.linalg.norm(item, axis=1, keepdims=True) for item in (rows, edges)]
    matrix = numpy.concatenate([rows / scales[0], edges / scales[1]])
    right = numpy.zeros(len(matrix))
    right[: len(rows)] = _source(*inside.T) / scales[0][:, 0]
    weights = fit_linear(matrix, right, method="rrqr").solution
    misfit = _equation(basis, fresh) @ weights - _source(*fresh.T)
    exact = numpy.sin(math.pi * fresh[:, 0]) * numpy.sin(4 * math.pi * fresh[:, 1])
    error = feature_jets(basis, fresh, [(0, 0)])[0, 0] @ weights - exact
    return (
        float(numpy.linalg.norm(misfit) / numpy.linalg.norm(_source(*fresh.T))),
        float(numpy.linalg.norm(error) / numpy.linalg.norm(exact)),
    )


def _equation(basis: RandomFourier | Gaussians, points: Array) -> Array:
    jets = feature_jets(basis, points, ORDERS)
    return jets[0, 0] + jets[2, 0] + jets[0, 2]


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw residual and error over the bandwidth, each with its minimum."""
    figure = Figure(figsize=(7.2, 4.6))
    ax = figure.subplots()
    r = data["bandwidths"]
    for name, color, text, place in (
        ("residuals", COLORS[5], "held-out residual", (2, -36)),
        ("errors", COLORS[6], "error", (12, 0)),
    ):
        middle = numpy.median(data[name], axis=0)
        ax.loglog(r, data[name].T, color=color, alpha=0.25, linewidth=0.8)
        ax.loglog(r, middle, color=color, linewidth=2.2)
        k = int(middle.argmin())
        ax.plot(r[k], middle[k], "o", color=color)
        ax.annotate(
            text, (r[0], middle[0]), xytext=place, textcoords="offset points", color=color
        )
    for name, text in (
        ("neutral", f"{N_GRID**2} fixed Gaussians, error"),
        ("classical", "Chebyshev collocation, 32 x 32, error"),
    ):
        level = float(data[name])
        ax.axhline(level, color=COLORS[0], linestyle="--", linewidth=1.0)
        ax.annotate(
            text, (r[0], level), xytext=(0, 3), textcoords="offset points", color=COLORS[0]
        )
    ax.axvline(4 * math.pi, color=COLORS[0], linewidth=0.8, linestyle=":")
    ax.annotate(
        "largest wavenumber\nof the solution",
        (4 * math.pi, ax.get_ylim()[1]),
        xytext=(5, -26),
        textcoords="offset points",
    )
    ax.set_xticks([2, 5, 10, 20, 50], labels=["2", "5", "10", "20", "50"])
    ax.minorticks_off()
    ax.set_xlabel("bandwidth R (radians per unit of length)")
    ax.set_ylabel("relative L2 norm (no unit)")
    ax.set_title("The residual at fresh points finds the bandwidth")
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare what the residual chooses with the best of the sweep."""
    chosen = data["residuals"].argmin(axis=1)
    errors = data["errors"]
    found = errors[numpy.arange(len(errors)), chosen]
    return [
        Claim(
            "largest ratio of the error at the chosen bandwidth to the smallest one",
            float((found / errors.min(axis=1)).max()),
            "surrogates_training.bandwidth_ratio",
            relation="at_most",
        ),
        Claim(
            "largest relative error at the chosen bandwidth",
            float(found.max()),
            "surrogates_training.bandwidth_error",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="surrogates_bandwidth",
    title="Choosing the bandwidth of random features by a residual",
    source="Helmholtz equation on a square, manufactured solution",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Relative residual at fresh points and relative error of random-feature solutions "
        "of the Helmholtz equation, thin lines for single draws, thick lines for the "
        "median, dots at its minimum. Sines are the best case here: the solution is a sum "
        "of four plane waves. The fixed Gaussians are the neutral basis, and the classical "
        "method is better and faster than both."
    ),
)
