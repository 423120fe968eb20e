"""The same bits by every route of the host: threads, bound calls, C pointer, interpreter.

Five packaged kernels run in float32 and float64 by Numba on one thread, and the bytes of
all their outputs are compared with those of the other routes. The formula as an expression
of NumPy, with sums and elementary functions of its own, shows what differs otherwise.
"""

import ctypes
from collections.abc import Mapping

import numpy
from matplotlib.figure import Figure
from numpy.polynomial import chebyshev as polynomials

from perturbsci.backend import random, use
from perturbsci.backend.binding import bind_arguments
from perturbsci.backend.draws import normal_pairs
from perturbsci.backend.kernels.fluxes import weno5_difference
from perturbsci.backend.kernels.gaussians import gaussian_sum
from perturbsci.backend.kernels.sums import cauchy_sum
from perturbsci.backend.kernels.tables import chebyshev, polynomial_table
from perturbsci.backend.launch import Kernel
from perturbsci.plotting import COLORS
from perturbsci.studies.base import Claim, Study
from perturbsci.types import Array

__all__ = ["STUDY"]

DTYPES = ("f4", "f8")
ROUTES = ("two threads", "bound call", "C pointer", "interpreter")
FEW = {"small": 70, "full": 500}  # indices; the interpreter takes a while
MANY = 2**17  # indices, enough that a second thread is used
TERMS = 24


def _inputs(name: str, n: int, dtype: str, seed: int) -> tuple[Kernel, list[object]]:
    """Return a kernel and inputs for n indices."""

    def draw(*shape: int, stream: int = 0) -> Array:
        return random.uniform(shape, seed=seed, stream=stream, dtype=dtype)

    if name == "polynomial_table":
        recurrence, first = chebyshev(TERMS)
        x = 2 * draw(n) - 1
        return polynomial_table, [x, recurrence.astype(x.dtype), first, 1]
    if name == "gaussian_sum":
        center, scale = draw(TERMS, 1, stream=1), 9 * draw(TERMS, 1, stream=2)
        return gaussian_sum, [draw(n, 1), center, scale, draw(TERMS, stream=3), 3]
    if name == "cauchy_sum":
        c, pole = (draw(TERMS, stream=k) + 1j * draw(TERMS, stream=k + 9) for k in (1, 2))
        z = draw(n, stream=5) + 1j * draw(n, stream=6) + 1
        kind = z.dtype
        return cauchy_sum, [c.astype(kind), pole.astype(kind), z.astype(kind)]
    if name == "weno5_difference":
        return weno5_difference, [draw(n + 6, 1), 2 * draw(1, stream=1) - 1, 1 / n]
    return normal_pairs, [numpy.zeros((n, 2), dtype), 0, 1, seed]


NAMES = (
    "polynomial_table",
    "gaussian_sum",
    "cauchy_sum",
    "weno5_difference",
    "normal_pairs",
)


def _by_numpy(name: str, inputs: list) -> Array | None:
    """Return the output as an expression of NumPy would give it; None without one."""
    if name == "polynomial_table":
        table = polynomials.chebvander(inputs[0], TERMS - 1)
        return table[:, None, :].astype(inputs[0].dtype)
    if name == "gaussian_sum":
        x, center, scale, weight, _ = inputs
        s = scale.T
        z = (x - center.T) * s
        phi = weight * numpy.exp(-(z * z) / 2)
        columns = (phi, -z * s * phi, (z * z - 1) * s * s * phi)
        return numpy.stack([column.sum(axis=1) for column in columns], axis=1)
    if name == "cauchy_sum":
        c, pole, z = inputs
        return (c / (z[:, None] - pole)).sum(axis=1)
    return None


def run(size: str, backend: str, seed: int) -> dict[str, Array]:
    """Count the bytes in which a route differs from Numba on one thread."""
    differing = numpy.zeros((len(NAMES), len(DTYPES), len(ROUTES)))
    by_numpy = numpy.full((len(NAMES), len(DTYPES)), numpy.nan)
    sizes = numpy.zeros((len(NAMES), len(DTYPES)))
    for i, name in enumerate(NAMES):
        for j, dtype in enumerate(DTYPES):
            kernel, inputs = _inputs(name, FEW[size], dtype, seed)
            expected = kernel(*_fresh(inputs), threads=1)
            for k, route in enumerate((_bound, _by_pointer, _interpreted), start=1):
                differing[i, j, k] = _different(route(kernel, _fresh(inputs)), expected)
            kernel, many = _inputs(name, MANY, dtype, seed)
            one, two = (kernel(*_fresh(many), threads=count) for count in (1, 2))
            differing[i, j, 0] = _different(one, two)
            other = _by_numpy(name, inputs)
            if other is not None:
                by_numpy[i, j] = _different(other, expected)
            sizes[i, j] = expected.nbytes
    return {"differing": differing, "by_numpy": by_numpy, "bytes": sizes}


def _fresh(inputs: list) -> list:
    """Return the inputs with arrays of their own: some are updated in place."""
    return [v.copy() if isinstance(v, numpy.ndarray) else v for v in inputs]


def _different(a: Array, b: Array) -> int:
    """Return the number of bytes that differ."""
    one, other = (numpy.frombuffer(array.tobytes(), "u1") for array in (a, b))
    return (
        int((one != other).sum()) if one.size == other.size else max(one.size, other.size)
    )


def _interpreted(kernel: Kernel, inputs: list) -> Array:
    with use("numpy"):
        return kernel(*inputs)


def _outputs(kernel: Kernel, inputs: list) -> tuple[Array, ...]:
    """Return empty outputs of a call; none where the input is updated in place."""
    call = bind_arguments(kernel.name, kernel.parsed, kernel.cost, inputs)
    return tuple(call.results[a.name] for a in kernel.parsed.outputs if not a.is_scratch)


def _bound(kernel: Kernel, inputs: list) -> Array:
    out = _outputs(kernel, inputs)
    kernel.bind(*inputs, out=out)()
    return out[0] if out else inputs[0]


def _by_pointer(kernel: Kernel, inputs: list) -> Array:
    """Call the C function, the second half of the indices first."""
    call = bind_arguments(kernel.name, kernel.parsed, kernel.cost, inputs)
    pairs = list(zip(kernel.parsed.arguments, call.arguments, strict=True))
    arrays = [(a, v) for a, v in pairs if a.extents is not None]
    addresses = [v.ctypes.data for _, v in arrays]  # type: ignore[attr-defined]
    extents = [e for a, v in arrays for e in v.shape[: len(a.extents or ())]]  # type: ignore[attr-defined]
    scalars = [(a.kind in ("T", "f8"), v) for a, v in pairs if a.extents is None]
    reals = [float(v) for is_real, v in scalars if is_real]  # type: ignore[arg-type]
    integers = [int(v) for is_real, v in scalars if not is_real]  # type: ignore[call-overload]
    kinds = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 4
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(kernel.pointer(call.layout.dtype))
    tables = (
        (ctypes.c_void_p * len(addresses))(*addresses),
        (ctypes.c_int64 * len(extents))(*extents),
        (ctypes.c_double * max(len(reals), 1))(*reals),
        (ctypes.c_int64 * max(len(integers), 1))(*integers),
    )
    half = call.layout.size // 2
    for begin, end in ((half, call.layout.size), (0, half)):
        function(begin, end, *tables)
    return call.results[kernel.parsed.results[0]]


def draw(data: Mapping[str, Array]) -> Figure:
    """Draw a table of differing bytes, kernels by routes."""
    figure = Figure(figsize=(8.4, 4.0))
    ax = figure.subplots()
    rows = [(i, j) for i in range(len(NAMES)) for j in range(len(DTYPES))]
    for y, (i, j) in enumerate(rows):
        counts = [*data["differing"][i, j], data["by_numpy"][i, j]]
        for x, count in enumerate(counts):
            missing = numpy.isnan(count)
            color = COLORS[0] if missing else COLORS[5] if count == 0 else COLORS[6]
            share = f"{count:.0f} of {data['bytes'][i, j]:.0f}"
            text = "not compared" if missing else "0" if count == 0 else share
            ax.text(x, y, text, ha="center", va="center", color=color)
    ax.set_xticks(range(len(ROUTES) + 1), [*ROUTES, "NumPy expression"])
    labels = [f"{NAMES[i]} {DTYPES[j]}" for i, j in rows]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_xlim(-0.6, len(ROUTES) + 0.6)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvline(len(ROUTES) - 0.5, color=COLORS[0], linewidth=0.8)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_title("Four routes give the same bits, the same formula in NumPy does not")
    ax.set_xlabel("bytes that differ from Numba on one thread (no unit)")
    return figure


def claims(data: Mapping[str, Array]) -> list[Claim]:
    """Claim 0 for each route, and that NumPy's own order gives other bits."""
    return [
        *(
            Claim(
                f"{route}: bytes that differ, five kernels in f4 and f8",
                float(data["differing"][:, :, k].sum()),
                "backend.same_bits",
            )
            for k, route in enumerate(ROUTES)
        ),
        Claim(
            "expressions of NumPy: bytes that differ (not the same)",
            float(numpy.nansum(data["by_numpy"])),
            "backend.other_bits",
            relation="at_least",
        ),
    ]


STUDY = Study(
    name="backend_same_bits",
    title="One kernel, the same bits by every route",
    source="Counts of differing bytes; IEEE 754 operations in the order of the source",
    run=run,
    draw=draw,
    claims=claims,
    sizes=("small", "full"),
    caption=(
        "Bytes of all outputs that differ from Numba on one thread: none by threads, bound "
        "calls, the C pointer and the interpreter. NumPy's expressions, with sums and "
        "functions of their own, differ; both are accurate. GPU code is compared in the "
        "tests, by interpretation."
    ),
)
