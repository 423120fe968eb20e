"""Portable elementary functions keep their bounds over their whole range.

The error of a value y is abs(y - f(x)) in units in the last place (ulp) of f(x), the
spacing of the floating-point numbers there; rounding the exact value costs up to 0.5.
Exact are mpmath (float64) and the platform's functions in float64, 29 bits finer (float32).
Arguments are x = end t^3 for t from -1 to 1 (log and log1p: log x and log(1 + x) are), so
that the neighborhoods of 0 and 1 are dense; for pow, y log x is.
"""

from collections.abc import Mapping
from math import cos, erf, exp, expm1, log, log1p, pow, sin, tanh

import mpmath
import numpy
from matplotlib.figure import Figure
from scipy import special

from perturbsci.backend import kernel
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array
from perturbsci.verification import load_reference

__all__ = ["STUDY"]

FUNCTIONS = ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "erf", "pow")
# The ends of the range, left and right, in terms of t^3; the bound in ulp.
RANGES = {
    "f8": {
        "exp": (-745.0, 709.7, "backend.exp_f8"),
        "expm1": (-40.0, 709.7, "backend.expm1_f8"),
        "log": (-744.0, 709.7, "backend.log_f8"),
        "log1p": (-36.7, 709.7, "backend.log1p_f8"),
        "sin": (-1e5, 1e5, "backend.sin_f8"),
        "cos": (-1e5, 1e5, "backend.cos_f8"),
        "tanh": (-23.0, 23.0, "backend.tanh_f8"),
        "erf": (-6.0, 6.0, "backend.erf_f8"),
        "pow": (-708.0, 709.0, "backend.pow_f8"),
    },
    "f4": {
        "exp": (-103.0, 88.7, "backend.exp_f4"),
        "expm1": (-20.0, 88.7, "backend.expm1_f4"),
        "log": (-103.0, 88.7, "backend.log_f4"),
        "log1p": (-16.6, 88.7, "backend.log1p_f4"),
        "sin": (-1e3, 1e3, "backend.sin_f4"),
        "cos": (-1e3, 1e3, "backend.cos_f4"),
        "tanh": (-11.0, 11.0, "backend.tanh_f4"),
        "erf": (-4.0, 4.0, "backend.erf_f4"),
        "pow": (-87.0, 88.0, "backend.pow_f4"),
    },
}
N_POINTS = {"small": {"f8": 5000, "f4": 50_000}, "full": {"f8": 100_000, "f4": 1_000_000}}
N_BINS = 80
# Sine and cosine far out: from, to, what an error is measured in over x, its bound.
FAR = {
    "f8": (1e5, 2.0**30, 2.0**-51, "backend.far_f8"),
    "f4": (1e3, 2.0**16, 2.0**-22, "backend.far_f4"),
}
N_FAR = 500
ROW = 5.0  # ulp from one row of the figure to the next


def example(dtype: str, seed: int) -> tuple[Array, Array, Array]:
    """Return arguments of all functions, special values among them; exact in any way.

    Parameters
    ----------
    dtype : str
        ``"f4"`` or ``"f8"``.
    seed : int
        Of the ordinary arguments.

    Returns
    -------
    x, y, function : arrays, shape (n,)
        Inputs of ``portable``.
    """
    ordinary = numpy.random.default_rng(seed).integers(-(2**20), 2**20, 200) / 2.0**14
    special_values = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, numpy.inf, -numpy.inf, numpy.nan]
    tiny, huge = numpy.finfo(dtype).smallest_subnormal, numpy.finfo(dtype).max
    values = numpy.array([*special_values, tiny, -tiny, huge, -huge, *ordinary], dtype)
    x = numpy.tile(values, len(FUNCTIONS))
    y = numpy.tile(numpy.roll(values, 5), len(FUNCTIONS))
    return x, y, numpy.repeat(numpy.arange(len(FUNCTIONS)), len(values))


@kernel("x[n], y[n], function[n]:i -> value[n]", over="n", example=example)
def portable(i, x, y, function, value):  # type: ignore[no-untyped-def]
    """Compute any of the functions; y is the exponent of pow."""
    if function[i] == 0:
        value[i] = exp(x[i])
    elif function[i] == 1:
        value[i] = expm1(x[i])
    elif function[i] == 2:
        value[i] = log(x[i])
    elif function[i] == 3:
        value[i] = log1p(x[i])
    elif function[i] == 4:
        value[i] = sin(x[i])
    elif function[i] == 5:
        value[i] = cos(x[i])
    elif function[i] == 6:
        value[i] = tanh(x[i])
    elif function[i] == 7:
        value[i] = erf(x[i])
    else:
        value[i] = pow(x[i], y[i])


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Measure the largest errors over the ranges, and the errors far out."""
    edges = numpy.linspace(-1, 1, N_BINS + 1)
    errors = numpy.zeros((2, 2, len(FUNCTIONS), N_BINS))
    far = numpy.zeros((2, 2))
    for k, (dtype, n_points) in enumerate(N_POINTS[size].items()):
        for j, name in enumerate(FUNCTIONS):
            generator = numpy.random.default_rng([seed, k, j])
            place = numpy.linspace(-1, 1, n_points)
            x, y = arguments(name, dtype, place, generator)
            bins = numpy.clip(numpy.searchsorted(edges, place) - 1, 0, N_BINS - 1)
            exact, rest = reference(name, x, y)
            for each, found in enumerate((values(name, x, y), platform(name, x, y))):
                ulp = error(found, exact, rest) / numpy.spacing(abs(exact).astype(dtype))
                numpy.maximum.at(errors[k, each, j], bins, ulp)
        low, high, unit, _ = FAR[dtype]
        x = generator.uniform(low, high, N_FAR).astype(dtype)
        for each, name in enumerate(("sin", "cos")):
            missed = error(values(name, x, x), *reference(name, x, x))
            far[k, each] = (missed / (unit * x)).max()
    return {"edges": edges, "errors": errors, "far": far}


def arguments(
    name: str, dtype: str, place: Array, generator: numpy.random.Generator
) -> tuple[Array, Array]:
    """Return arguments at places from -1 to 1 of the range, and exponents for pow.

    Parameters
    ----------
    name : str
        Of a function.
    dtype : str
        ``"f4"`` or ``"f8"``.
    place : array, shape (n,)
        t.
    generator : numpy.random.Generator
        For the bases of pow.

    Returns
    -------
    x, y : arrays, shape (n,)
        Of the dtype.
    """
    left, right, _ = RANGES[dtype][name]
    along = numpy.where(place < 0, -left, right) * (place * place * place)
    # Portable functions again, so that the arguments are the same on every machine.
    if name == "pow":
        spread = generator.uniform(-1, 1, len(place))
        bases = values("exp", 20 * (spread * spread * spread), spread).astype(dtype)
        x = numpy.where(bases == 1, numpy.array(2, dtype), bases)
        return x, (along / values("log", x.astype("f8"), along)).astype(dtype)
    inverse = {"log": "exp", "log1p": "expm1"}.get(name)
    x = (values(inverse, along, along) if inverse else along).astype(dtype)
    return x, x


def values(name: str, x: Array, y: Array) -> Array:
    """Return a portable function at x.

    Parameters
    ----------
    name : str
        Of the function.
    x, y : arrays, shape (n,)
        Arguments; y for pow.

    Returns
    -------
    values : array, shape (n,)
        Of the dtype of x.
    """
    result: Array = portable(x, y, numpy.full(len(x), FUNCTIONS.index(name)))
    return result


def platform(name: str, x: Array, y: Array) -> Array:
    """Return what NumPy or SciPy give on this machine.

    Parameters
    ----------
    name : str
        Of the function.
    x, y : arrays, shape (n,)
        Arguments; y for pow.

    Returns
    -------
    values : array, shape (n,)
        Of the dtype of x.
    """
    if name == "pow":
        result: Array = numpy.power(x, y)
        return result
    return special.erf(x) if name == "erf" else getattr(numpy, name)(x)


def reference(name: str, x: Array, y: Array) -> tuple[Array, Array]:
    """Return exact values as a sum of two float64 numbers.

    Parameters
    ----------
    name : str
        Of the function.
    x, y : arrays, shape (n,)
        Arguments; y for pow.

    Returns
    -------
    exact, rest : arrays, shape (n,)
        The rest is 0 for float32, where the platform's float64 is exact enough.
    """
    if x.dtype == numpy.float32:
        exact = platform(name, x.astype("f8"), y.astype("f8"))
        return exact, numpy.zeros_like(exact)
    function = mpmath.power if name == "pow" else getattr(mpmath, name)
    columns = (x, y) if name == "pow" else (x,)
    with mpmath.workprec(100):
        numbers = [[mpmath.mpf(value) for value in column.tolist()] for column in columns]
        found = [function(*row) for row in zip(*numbers, strict=True)]
        exact = numpy.array([float(value) for value in found])
        rest = [float(v - w) for v, w in zip(found, exact.tolist(), strict=True)]
    return exact, numpy.array(rest)


def error(found: Array, exact: Array, rest: Array) -> Array:
    """Return the distance of values from exact ones.

    Parameters
    ----------
    found : array, shape (n,)
        Of any real dtype.
    exact, rest : arrays, shape (n,)
        As ``reference``.

    Returns
    -------
    error : array, shape (n,)
        Not negative.
    """
    return abs((found.astype("f8") - exact) - rest)


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw the largest errors along the range, one row a function."""
    figure = Figure(figsize=(7.6, 6.8))
    figure.suptitle("The portable functions keep their bounds")
    axes = figure.subplots(1, 2, sharey=True)
    middles = (data["edges"][1:] + data["edges"][:-1]) / 2
    for k, (ax, dtype) in enumerate(zip(axes, RANGES, strict=True)):
        for j, name in enumerate(FUNCTIONS):
            foot = -ROW * j
            own, other = foot + data["errors"][k, :, j]
            ax.fill_between(middles, foot, other, step="mid", color="0.82", linewidth=0)
            ax.step(middles, own, where="mid", color=COLORS[5], linewidth=1.1)
            bound = bound_of(name, dtype)
            ax.hlines(foot + bound, -1, 1, color=COLORS[6], linewidth=1.0)
            ax.text(1.02, foot + bound, f"{bound:g}", color=COLORS[6], va="center", size=8)
            ax.hlines(foot, -1, 1, color="0.5", linewidth=0.5)
        ax.set_title({"f8": "float64", "f4": "float32"}[dtype])
        ax.set_xlabel("place t, argument ∝ t³ (no unit)", size=9)
        ax.set_xlim(-1, 1.12)
        ax.grid(False)
    for words, color, x in (
        ("portable", COLORS[5], -0.98),
        ("NumPy and SciPy here", "0.5", -0.42),
        ("bound", COLORS[6], 0.72),
    ):
        axes[0].text(x, 2.6, words, color=color, size=9)
    axes[0].set_yticks([-ROW * j for j in range(len(FUNCTIONS))], FUNCTIONS)
    axes[0].set_ylabel("largest error, from the line of each function up (ulp)")
    axes[0].set_ylim(-ROW * (len(FUNCTIONS) - 1) - 0.4, ROW)
    return figure


def bound_of(name: str, dtype: str) -> float:
    """Return the bound that a function keeps, in ulp.

    Parameters
    ----------
    name : str
        Of the function.
    dtype : str
        ``"f4"`` or ``"f8"``.

    Returns
    -------
    bound : float
        From the reference numbers.
    """
    return float(numpy.asarray(load_reference(RANGES[dtype][name][2]).value))


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the largest error of every function with its bound."""
    found = []
    for k, (dtype, words) in enumerate({"f8": "float64", "f4": "float32"}.items()):
        found += [
            Claim(
                f"largest error of {name} in {words} (ulp)",
                data["errors"][k, 0, j].max(),
                RANGES[dtype][name][2],
                relation="at_most",
            )
            for j, name in enumerate(FUNCTIONS)
        ]
        low, high, unit, bound = FAR[dtype]
        found.append(
            Claim(
                f"error of sin and cos in {words} from {low:g} "
                f"to 2^{numpy.log2(high):.0f}, over 2^{numpy.log2(unit):.0f} x",
                data["far"][k].max(),
                bound,
                relation="at_most",
            )
        )
    return found


STUDY = Study(
    name="backend_mathematics",
    title="Portable elementary functions keep their bounds over their whole range",
    source="exact values by mpmath; Cody and Waite (1980) for the argument reductions",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Largest error of the portable functions (blue) along their range, which have the "
        "same bits on every machine, and of NumPy's and SciPy's on this one (gray), in "
        "units in the last place. Each row begins at its thin gray line; the bound, red "
        "with its number, is not reached. Arguments are t^3 times the end of the range: "
        "745 for exp, 1e5 (float32: 1000) for sin and cos, 6 for erf; for log, log1p and "
        "pow it is the logarithm of argument or result."
    ),
)
