"""Long sums: a loop in float32 stands still, chunks and a tree keep every digit.

Uniform numbers K 2^-53 (float32: K 2^-24) are summed in a plain loop of their own
precision, by NumPy (pairwise), and by ``backend.reduce.sum``: chunks of 1024 in float64,
joined by a tree. The whole numbers K are summed exactly beside them. Rounding errors of a
loop over n positive terms grow like sqrt(n) u relative to the sum as long as they are
random, and up to n u where they are not; those of the tree do not grow beyond a chunk.
"""

from collections.abc import Mapping

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perturbsci.backend import random, reduce
from perturbsci.plotting import COLORS
from perturbsci.plotting.appearance import label_ends
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

N_SEEDS = 8
CHUNK = 1024
POWERS = {"small": numpy.arange(4, 22), "full": numpy.arange(4, 26)}
BITS = {"f4": 24, "f8": 53}
METHODS = ("loop", "numpy", "tree")
COUNT = 2**25  # ones that are added; a float32 loop stops at 2^24


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Measure relative errors against exact sums, and count to 2^25."""
    lengths = 2 ** POWERS[size]
    data = {"lengths": lengths}
    for dtype in BITS:
        errors = [_errors(lengths, dtype, seed, stream) for stream in range(N_SEEDS)]
        # Root mean squares over the streams; a single error may be 0 by chance.
        rms = numpy.sqrt(numpy.mean(numpy.square(errors), axis=0))
        data |= {f"{name}_{dtype}": rms[:, k] for k, name in enumerate(METHODS)}
        data[f"worst_tree_{dtype}"] = numpy.max(errors, axis=0)[:, 2]
    ones = numpy.ones(COUNT, "f4")
    data["ones_loop"] = numpy.array(_last_of_a_loop(ones), "f8")
    data["ones_tree"] = numpy.array(reduce.sum(ones))
    return data


def _errors(lengths: Array, dtype: str, seed: int, stream: int) -> Array:
    """Return relative errors, one row a length, one column a method."""
    x = random.uniform(
        int(lengths[-1]), seed=seed, stream=stream, dtype=dtype, backend="numba"
    )
    whole = numpy.ldexp(x, BITS[dtype]).astype("i8")
    # Two halves, because a sum of 53-bit numbers does not fit into 64 bits.
    high, low = numpy.cumsum(whole >> 26), numpy.cumsum(whole & (2**26 - 1))
    loop = numpy.cumsum(x, dtype=dtype)  # one addition after the other
    rows = []
    for n in lengths.tolist():
        exact = (int(high[n - 1]) << 26) + int(low[n - 1])
        sums = (loop[n - 1], numpy.sum(x[:n]), reduce.sum(x[:n]))
        rows.append([_relative_error(float(s), exact, BITS[dtype]) for s in sums])
    return numpy.array(rows)


def _relative_error(found: float, exact: int, bits: int) -> float:
    """Return abs(found - sum) / sum for sum = exact 2^-bits, rounded once."""
    numerator, denominator = found.as_integer_ratio()
    return abs(numerator * 2**bits - exact * denominator) / (exact * denominator)


def _last_of_a_loop(x: Array) -> float:
    """Return the last partial sum of a loop, in pieces that need little memory."""
    total = x[:1] * 0
    for part in numpy.split(x, 32):
        total = numpy.cumsum(numpy.concatenate([total, part]), dtype=x.dtype)[-1:]
    return float(total[0])


def _bound(n: Array) -> Array:
    """Return the error that the docstring of ``reduce.sum`` allows, positive terms."""
    chunk = numpy.minimum(n, CHUNK)
    return (chunk + numpy.log2(numpy.maximum(n / CHUNK, 1))) * 2.0**-53


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw error against length, one panel a precision."""
    figure = Figure(figsize=(9.6, 4.2))
    panels = figure.subplots(1, 2)
    for ax, dtype, title in zip(
        panels,
        BITS,
        ("float32: exact, where a loop drifts", "float64: at rounding, below its bound"),
        strict=True,
    ):
        _panel(ax, data, dtype)
        ax.set_title(title)
    panels[0].set_ylabel("relative error of the sum (no unit)")
    return figure


def _panel(ax: Axes, data: Mapping[str, Array], dtype: str) -> None:
    n, u = data["lengths"], 2.0 ** -BITS[dtype]
    names = ("plain loop", "NumPy pairwise", "reduce.sum")
    ends = []
    for name, label, color in zip(METHODS, names, (6, 1, 5), strict=True):
        errors = data[f"{name}_{dtype}"]
        if not errors.any():
            text = f"{label}: exact, error 0"
            ax.text(n[0], u / 15, text, color=COLORS[color])
            continue
        shown = numpy.where(errors > 0, errors, numpy.nan)
        ax.plot(n, shown, "o-", color=COLORS[color], markersize=3)
        ends.append((float(errors[-1]), label, COLORS[color]))
    ax.axhline(u, color=COLORS[0], linewidth=0.8, linestyle="--")
    ends.append((u, "exact, rounded", COLORS[0]))
    if dtype == "f8":
        ax.plot(n, _bound(n), color=COLORS[5], linewidth=0.8, linestyle=":")
        ends.append((float(_bound(n[-1:])[0]), "bound of\nreduce.sum", COLORS[5]))
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(n[0] / 1.2, n[-1] * 1.2)
    ax.set_ylim(u / 20)
    ax.set_xlabel("number of terms (no unit)")
    label_ends(ax, ends, gap=0.08)


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Compare the two counts, the growth of the error, and the bound."""
    n = data["lengths"]
    slope = numpy.polyfit(numpy.log(n), numpy.log(data["tree_f8"]), 1)[0]
    worst = (data["worst_tree_f8"] / _bound(n)).max()
    return [
        Claim(
            "2^25 ones added by a loop in float32",
            float(data["ones_loop"]),
            "backend_summation.ones_by_a_loop",
        ),
        Claim(
            "2^25 float32 ones added by reduce.sum",
            float(data["ones_tree"]),
            "backend_summation.ones_by_a_tree",
        ),
        Claim(
            "slope of the error of reduce.sum over the number of terms, float64, log-log",
            float(slope),
            "backend_summation.slope_of_the_tree",
            relation="at_most",
        ),
        Claim(
            "largest error of reduce.sum over its bound, float64",
            float(worst),
            "backend_summation.error_over_bound",
            relation="at_most",
        ),
    ]


STUDY = Study(
    name="backend_summation",
    title="Sums of many numbers, and what is left of them",
    source="Higham (2002), chapter 4",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Relative error of the sum of n uniform numbers in [0, 1), root mean square over "
        f"{N_SEEDS} streams, against exact integer arithmetic. A loop loses digits with "
        "every term; reduce.sum adds chunks of 1024 in order and joins them by a tree, "
        "always in float64, so that its error stops growing at one chunk, and float32 "
        "numbers lose nothing that float32 could show. The sum of NumPy is as good here, "
        "but its order, and so its last digits, depend on machine and memory layout. A "
        "loop over 2^25 ones in float32 ends at 2^24; reduce.sum counts them all."
    ),
)
