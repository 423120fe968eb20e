"""Launch a kernel on the device of its arrays: 128 threads a block, grid-stride, 64 bit."""

import functools
from collections.abc import Callable

import numpy

from perturbsci.backend.binding import Bound
from perturbsci.backend.devices import cupy_function
from perturbsci.backend.layout import dtype_of
from perturbsci.backend.signature import Signature

__all__ = ["device_step"]

THREADS = 128
BLOCKS = 2**16


def device_step(
    name: str, text: str, options: tuple[str, ...], signature: Signature, call: Bound
) -> Callable[[], object]:
    """Return what launches a bound call on the current stream, without a transfer.

    Parameters
    ----------
    name : str
        Of the kernel.
    text : str
        Of ``cuda_text``.
    options : tuple of str
        For the compiler.
    signature : Signature
        Of the kernel.
    call : Bound
        Arrays of one device, whole and real numbers.

    Returns
    -------
    step : callable
        Without arguments; allocates nothing.

    Raises
    ------
    BackendError
        If cupy cannot compile the text.
    """
    layout = call.layout
    words: list[object] = [numpy.int64(0), numpy.int64(layout.size)]
    for argument, value in zip(signature.arguments, call.arguments, strict=True):
        if argument.extents is None:
            words.append(dtype_of(argument, layout.dtype).type(value))
        else:
            words += [value, *map(numpy.int64, value.shape)]  # type: ignore[attr-defined]
    symbol = f"perturbsci_{name}_{layout.dtype}"
    function = cupy_function(text, symbol, options, layout.device)
    grid = (min(-(-layout.size // THREADS), BLOCKS),)
    return functools.partial(function, grid, (THREADS,), tuple(words))
