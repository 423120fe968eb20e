"""What a well conditioned eigenbasis costs: change of the transfer function against kappa.

The Legendre memory is perturbed in four ways, and the result is measured twice: by the
condition kappa of its eigenvectors, and by the largest change of its states over all
frequencies, the H-infinity norm of the difference for the worst readout. The exact memory
has the norm 1. The closed-form shift changes several times less than an optimized E of
equal condition, and more than ten times less than one of equal size; its end, kappa = 1,
is the diagonal model S4D.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci import statespace as ss
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY"]

N = {"small": 32, "full": 64}
N_DRAWS = {"small": 5, "full": 20}
THETAS = numpy.array([1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01])
SIZES = numpy.array([0.1, 0.03, 0.01, 0.003, 0.001])
TABLE_N, TABLE_THETAS = (16, 64), (0.5, 0.3, 0.1, 0.01)
FREQUENCIES = numpy.concatenate([[0.0], numpy.geomspace(1e-2, 1e6, 12001)])
TOP = 100.0  # where what has no norm is drawn
COLOR = {"shift": COLORS[5], "optimize": COLORS[6], "skew": COLORS[3], "random": COLORS[1]}


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Return condition and error, rows (kappa, error), of every perturbation."""
    legs = ss.hippo("legs", N[size], backend="numpy")
    ways: dict[str, list[tuple[float, float]]] = {
        "shift": [_measured(legs, "shift", theta=theta) for theta in THETAS],
        "sized": [_measured(legs, "shift", size=e) for e in SIZES],
    }
    for method in ("optimize", "skew"):
        ways[method] = [
            _measured(legs, method, size=e, seed=seed, stable=True) for e in SIZES
        ]
    ways["random"] = [
        _measured(legs, "random", size=e, seed=seed + k)
        for e in SIZES
        for k in range(N_DRAWS[size])
    ]
    pairs = [[(n, theta) for n in TABLE_N] for theta in TABLE_THETAS]
    return {
        **{method: numpy.array(points).T for method, points in ways.items()},
        "conditions": numpy.array([[_condition(*pair) for pair in row] for row in pairs]),
        "relative": numpy.array([[_relative(*pair) for pair in row] for row in pairs]),
    }


def _measured(
    legs: ss.Hippo,
    method: str,
    *,
    theta: float | None = None,
    size: float | None = None,
    seed: int = 0,
    stable: bool = False,
) -> tuple[float, float]:
    """Return the condition, and the H-infinity norm of the change of all states."""
    near = ss.perturb_then_diagonalize(
        legs, method=method, theta=theta, size=size, seed=seed, stable=stable, strict=False
    )
    states = numpy.eye(len(legs.b))
    exact = ss.DenseSystem(legs.a, legs.b, states)
    change = ss.difference(ss.diagonal_system(near, legs.b, states), exact)
    return near.eigenvector_condition, ss.hinf_norm(change).value


def _condition(n: int, theta: float) -> float:
    legs = ss.hippo("legs", n, backend="numpy")
    return ss.perturb_then_diagonalize(legs, theta=theta).eigenvector_condition


def _relative(n: int, theta: float) -> float:
    """Return the largest relative change of a state over the frequencies."""
    legs, s = ss.hippo("legs", n, backend="numpy"), 1j * FREQUENCIES
    near = ss.perturb_then_diagonalize(legs, theta=theta)
    first = numpy.eye(n)[:1]
    shifted = ss.transfer_function(ss.diagonal_system(near, legs.b, first), s)[:, 0, 0]
    exact = ss.legs_states(s, n)[:, 0]
    return float(numpy.abs(shifted / exact - 1).max())


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw error against condition."""
    figure = Figure(figsize=(7.2, 4.8))
    ax = figure.subplots()
    _draw_random(ax, data["random"])
    for name in ("optimize", "skew", "shift"):
        ax.loglog(*data[name], "o-", color=COLOR[name], markersize=4)
    kappa = numpy.geomspace(1.1, 1e4, 100)
    ax.loglog(kappa, 1 / (kappa - 1), "--", color=COLORS[0], linewidth=1.0)
    s4d = data["shift"][:, 0]
    ax.plot(*s4d, "s", color=COLORS[0], markersize=7)
    for text, point, offset, color in (
        ("S4D, the normal part", s4d, (9, -3), COLORS[0]),
        ("shift, closed form", data["shift"][:, 6], (-108, -14), COLOR["shift"]),
        ("optimized", data["optimize"][:, 0], (8, 2), COLOR["optimize"]),
        ("optimized, skew", data["skew"][:, 2], (7, 4), COLOR["skew"]),
        ("1/(κ - 1)", (1e3, 1e-3), (6, 2), COLORS[0]),
    ):
        ax.annotate(text, tuple(point), offset, textcoords="offset points", color=color)
    ax.set_xlim(0.8, 4e4)
    ax.set_ylim(5e-4, 3 * TOP)
    ax.set_xlabel("condition κ of the eigenvectors (no unit)")
    ax.set_ylabel("largest change of the states (no unit)")
    ax.set_title("At equal condition the shift changes the memory least")
    return figure


def _draw_random(ax: Axes, points: Array) -> None:
    """Draw random perturbations; unstable ones have no norm, and stand on top."""
    kappa, error = points
    finite = numpy.isfinite(error)
    ax.loglog(kappa[finite], error[finite], "o", color=COLOR["random"], markersize=4)
    unstable = kappa[~finite]
    ax.plot(unstable, numpy.full(len(unstable), TOP), "x", color=COLOR["random"])
    if len(unstable):
        ax.annotate("random, unstable: no norm", (unstable.max(), TOP), (8, -4),
                    textcoords="offset points", color=COLOR["random"])  # fmt: skip
    if finite.any():
        last = numpy.argmax(numpy.where(finite, error, 0.0))
        ax.annotate("random", (kappa[last], error[last]), (7, -3),
                    textcoords="offset points", color=COLOR["random"])  # fmt: skip


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the shift with its tables, and the other ways with it."""
    conditions = _table("statespace_shift.condition_table")
    errors = _table("statespace_shift.relative_error_table")
    small = int(numpy.flatnonzero(THETAS == 0.2)[0])
    kappa, error = data["optimize"]
    stable_draws = numpy.isfinite(data["random"][1])
    return [
        Claim(
            "largest relative deviation of a shifted condition from its table",
            float(numpy.abs(data["conditions"] / conditions - 1).max()),
            "statespace_optimize.condition_deviation",
            relation="at_most",
        ),
        Claim(
            "largest deviation of a relative error of the shift from its table",
            float(numpy.abs(data["relative"] - errors).max()),
            "statespace_optimize.error_deviation",
            relation="at_most",
        ),
        Claim(
            "largest change of the states by the shift at theta = .2",
            float(data["shift"][1, small]),
            "statespace_shift.worst_output_error",
            relation="at_most",
        ),
        Claim(
            "error of the optimized perturbation over that of the shift at equal condition",
            float((error / _shift_error_at(data, kappa)).min()),
            "statespace_optimize.ratio_at_equal_condition",
            relation="at_least",
        ),
        Claim(
            "error of the optimized perturbation over that of the shift of equal size",
            float((error / data["sized"][1]).min()),
            "statespace_optimize.ratio_at_equal_size",
            relation="at_least",
        ),
        Claim(
            "largest change of the states by S4D",
            float(data["shift"][1, 0]),
            "statespace_optimize.s4d_error",
            relation="at_least",
        ),
        Claim(
            "share of stable draws",
            float(stable_draws.mean()),
            "statespace_optimize.stable_draws",
            relation="at_most",
        ),
    ]


def _table(identifier: str) -> Array:
    """Return the columns of a table that the study computes."""
    reference = load_reference(identifier)
    columns = [reference.parameters["n"].index(n) for n in TABLE_N]  # type: ignore[attr-defined]
    return numpy.array(reference.value)[:, columns]


def _shift_error_at(data: Mapping[str, Array], kappa: Array) -> Array:
    """Return the error of the shift at given conditions, between its points."""
    condition, error = numpy.log(data["shift"])
    return numpy.exp(numpy.interp(numpy.log(kappa), condition, error))


STUDY = Study(
    name="statespace_tradeoff",
    title="What a well conditioned eigenbasis costs",
    source="Yu, Nigmetov, Morozov, Mahoney and Erichson (2024); docs/theory/statespace.md",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Legendre memory with 32 states (full: 64): largest change of its states over all "
        "frequencies (an H-infinity norm; the exact memory has 1) against the condition of "
        "the eigenvectors. The shift (blue) is a closed form; dashed, the value of its "
        "proven bound rho/(1 - rho) where kappa = 1/rho; its end is S4D (square). A "
        "perturbation that is optimized for the condition alone (orange), or among skew "
        "ones (green), changes the memory more at equal condition, though it is smaller in "
        "norm. Random perturbations (yellow) are far behind; the larger ones are unstable "
        "and have no norm at all (crosses). Conditions are computed; no optimum is proven."
    ),
)
