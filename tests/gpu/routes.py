"""One kernel by several routes: compiled, interpreted, as C++, as PTX without a device.

Each route gets inputs of its own, and outputs filled with its own pattern: an element that
nobody wrote differs between two routes.
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend.binding import bind_arguments
from perturbsci.backend.cache import plain_module
from perturbsci.backend.cuda_text import OPTIONS
from perturbsci.backend.layout import dtype_of

from . import ptx
from .nvrtc import compiled

# Ways to lay n indices on a grid of (blocks, threads): all in one block, a block an index,
# and odd blocks that come back for a second and third turn.
GRIDS = {
    "one block": lambda n: (1, n),
    "one thread a block": lambda n: (n, 1),
    "odd blocks, several turns": lambda n: (max(n // 33, 1), 13),
}


@dataclass(frozen=True, eq=False)
class Call:
    """The arguments of one call, as machine code takes them."""

    kernel: object
    dtype: str
    size: int
    given: tuple
    values: tuple
    named: dict

    @property
    def results(self):
        """Return what a caller gets: outputs without scratch."""
        arguments = self.kernel.parsed.arguments
        names = [a.name for a in arguments if a.returned and not a.is_scratch]
        return tuple(self.named[name] for name in names)

    @property
    def arrays(self):
        """Return the array arguments, in order."""
        return [v for a, v in self._pairs() if a.is_array]

    @property
    def extents(self):
        """Return the extents of all arrays."""
        return [e for a, v in self._pairs() if a.is_array for e in _shape(a, v)]

    @property
    def reals(self):
        """Return the real scalars."""
        return [float(v) for a, v in self._scalars() if a.kind in ("T", "f8")]

    @property
    def integers(self):
        """Return the whole scalars."""
        return [int(v) for a, v in self._scalars() if a.kind not in ("T", "f8")]

    @property
    def cuda(self):
        """Return the arguments of the CUDA entry."""
        words = [numpy.int64(0), numpy.int64(self.size)]
        for argument, value in self._pairs():
            if argument.is_array:
                words += [value, *map(numpy.int64, _shape(argument, value))]
            else:
                words.append(dtype_of(argument, self.dtype).type(value))
        return words

    def _pairs(self):
        return list(zip(self.kernel.parsed.arguments, self.values, strict=True))

    def _scalars(self):
        return [(a, v) for a, v in self._pairs() if not a.is_array]


def _shape(argument, value):
    """Return the extents that a target is told; a complex array's without its 2."""
    return value.shape[: len(argument.extents)]


def prepared(kernel, inputs, pattern):
    """Return a call with inputs of its own, outputs filled with a byte."""
    inputs = [x.copy() if isinstance(x, numpy.ndarray) else x for x in inputs]
    bound = bind_arguments(kernel.name, kernel.parsed, kernel.cost, inputs)
    values = []
    for argument, value in zip(kernel.parsed.arguments, bound.arguments, strict=True):
        if argument.is_array and not argument.given:
            value.view(numpy.uint8)[...] = pattern
        if argument.is_array and not argument.returned:
            value = value.view()
            value.flags.writeable = False
        values.append(value)
    layout = bound.layout
    return Call(
        kernel, layout.dtype, layout.size, tuple(inputs), tuple(values), bound.results
    )


def compiled_by_numba(kernel, inputs):
    """Return the outputs of an ordinary call."""
    call = prepared(kernel, inputs, 0xC3)
    pure = [a.name for a in kernel.parsed.outputs if not a.is_scratch]
    inputs, out = call.given, tuple(call.named[name] for name in pure)
    found = kernel(*inputs, out=out) if out else kernel(*inputs)
    return found if isinstance(found, tuple) else (found,)


def interpreted(kernel, inputs, *, text=None):
    """Return the outputs of the generated Python, run as it stands."""
    call = prepared(kernel, inputs, 0xC3)
    module = plain_module(text or kernel.source("numba", call.dtype))
    with numpy.errstate(all="ignore"):
        module.entry(0, call.size, *call.values)
    return call.results


def on_ptx(
    kernel,
    inputs,
    *,
    architecture=90,
    grid="one block",
    backwards=False,
    text=None,
    options=None,
):
    """Return the outputs of the CUDA text, compiled by NVRTC and run lane by lane."""
    call = prepared(kernel, inputs, 0x5A)
    text = text or kernel.source("cuda", call.dtype)
    module = ptx.load(compiled(text, architecture, options or OPTIONS[kernel.math])[0])
    symbol = f"perturbsci_{kernel.name}_{call.dtype}"
    module.launch(symbol, *GRIDS[grid](call.size), call.cuda, backwards=backwards)
    return call.results


def bits(outputs):
    """Return the bytes of outputs; every NaN counts as the same one."""
    found = []
    for array in outputs:
        kind = "f4" if array.dtype.itemsize == 8 and array.dtype.kind == "c" else "f8"
        real = array.copy().view(kind) if array.dtype.kind == "c" else array.copy()
        if real.dtype.kind == "f":
            real[numpy.isnan(real)] = numpy.nan
        found.append(real.tobytes())
    return found
