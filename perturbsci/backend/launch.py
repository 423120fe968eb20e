"""A kernel: checked, compiled on first use, run on threads.

The result does not depend on how the index range is split: every index writes only what
belongs to it.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy

from perturbsci.backend import tree
from perturbsci.backend.binding import Bound, bind_arguments
from perturbsci.backend.cache import compiled_module, plain_module
from perturbsci.backend.context import backend_name
from perturbsci.backend.lanes import lane_schedule
from perturbsci.backend.language import Source, parse_body, parse_source
from perturbsci.backend.layout import DTYPES
from perturbsci.backend.signature import Signature, check_options, parse_signature
from perturbsci.backend.workers import run_in_pieces, thread_count
from perturbsci.errors import KernelError, ParameterError
from perturbsci.types import Array

__all__ = ["Kernel", "kernel", "kernel_from_text"]


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A function over an index space, compiled from one Python body.

    Parameters
    ----------
    name : str
        Of the Python function.
    signature : str
        ``"inputs -> outputs"``.
    over : str
        The extents that the indices run over.
    math : str
        ``"strict"`` (the same bits everywhere) or ``"fast"``.
    schedule : str
        ``"flat"`` or ``"lanes"``.
    example : callable or None
        ``example(dtype, seed)`` returns inputs, arrays of shape (see signature).
    cost : str
        Product of extents: the work of one index.
    parsed : Signature
        The same as ``signature``, parsed.
    indices : tuple of str
        Their names in the body.
    body : tuple of statements
        The typed tree.

    Examples
    --------
    >>> @kernel("x[n], a -> y[n]", over="n")
    ... def scale(i, x, a, y):
    ...     y[i] = a * x[i]
    >>> scale(numpy.arange(3.0), 2.0)
    array([0., 2., 4.])
    """

    name: str
    signature: str
    over: str
    math: str
    schedule: str
    example: Callable[[str, int], tuple[Array, ...]] | None
    cost: str
    parsed: Signature
    indices: tuple[str, ...]
    body: tree.Block

    def __call__(
        self,
        *inputs: Array,
        out: Array | tuple[Array, ...] | None = None,
        threads: int | None = None,
    ) -> Array:
        """Run the kernel.

        Parameters
        ----------
        *inputs : array or number, shape (see signature)
            In its order.
        out : array or tuple of array, shape (see signature), optional
            For the outputs that are not inputs, without scratch; C-contiguous.
        threads : int, optional
            Default that of the backend in force.

        Returns
        -------
        outputs : array, shape (see signature), or a tuple of them
            In the order right of the arrow, without scratch; ``out`` itself where it was
            given.

        Raises
        ------
        ShapeError
            If an extent does not fit.
        ParameterError
            If a dtype, a number of arguments or ``out`` does not fit.
        BackendError
            If an array is neither NumPy nor CuPy.
        """
        call = bind_arguments(self.name, self.parsed, self.cost, inputs, out)
        _step(self, call, threads)()
        names = self.parsed.results
        if len(names) == 1:
            return call.results[names[0]]
        return tuple(call.results[name] for name in names)

    def bind(
        self, *inputs: Array, out: Array | tuple[Array, ...] | None = None
    ) -> Callable[[], object]:
        """Check everything once and return a callable without arguments.

        It holds views: each call reads whatever the arrays hold at that time, and
        allocates nothing. Backend and number of threads are those in force now.

        Parameters
        ----------
        *inputs : array or number, shape (see signature)
            Of exactly the dtype and layout that the kernel runs on.
        out : array or tuple of array, shape (see signature)
            The outputs that are not inputs, without scratch.

        Returns
        -------
        step : callable
            Writes into ``out`` and the arrays updated in place.

        Raises
        ------
        ParameterError
            If an input would have to be copied, or ``out`` is missing.
        """
        if out is None and any(not a.is_scratch for a in self.parsed.outputs):
            raise ParameterError(f"{self.name}: out is None; pass the arrays to write to")
        call = bind_arguments(self.name, self.parsed, self.cost, inputs, out, exact=True)
        return _step(self, call, None)

    def pointer(self, dtype: str = "f8") -> int:
        """Return the address of a C function that serves a range of flat indices.

        ``int32_t f(int64_t begin, int64_t end, void *const *arrays, const int64_t
        *extents, const double *reals, const int64_t *integers)``, as in the exported C++;
        ``end < 0`` means all. Reentrant; it lives as long as the process.

        Parameters
        ----------
        dtype : str
            ``"f4"`` or ``"f8"``.

        Returns
        -------
        address : int
            For ``ctypes``, or a solver in C or Fortran.

        Raises
        ------
        ParameterError
            If the dtype is unknown.
        """
        return int(_pointer(self, _checked_dtype(dtype)).pointer.address)

    def source(self, target: str, dtype: str = "f8") -> str:
        """Return the generated text.

        Parameters
        ----------
        target : str
            ``"numba"``; ``"c++"``, a C++14 file without dependencies; ``"header"``, its
            declaration in C; ``"cuda"``.
        dtype : str
            ``"f4"`` or ``"f8"``.

        Returns
        -------
        text : str
            Deterministic.

        Raises
        ------
        ParameterError
            If the target or dtype is unknown.
        """
        return _source(self, target, dtype)


def kernel(
    signature: str,
    *,
    over: str,
    cost: str = "1",
    schedule: str = "flat",
    math: str = "strict",
    example: Callable[[str, int], tuple[Array, ...]] | None = None,
) -> Callable[[Callable[..., object]], Kernel]:
    """Make a kernel of a short Python function that writes the outputs of one index.

    The body is parsed and type-checked at once; it is compiled on the first call with a
    dtype and kept on disk.

    Parameters
    ----------
    signature : str
        Such as ``"x[n], center[m], rate -> field[n]"``.
    over : str
        One to three extents; the body receives as many indices, the last one fastest.
    cost : str
        Product of extents: the work of one index, for the decision on threads.
    schedule : str
        ``"flat"``, or ``"lanes"``: 64 indices go through uniform loops side by side.
    math : str
        ``"strict"``, or ``"fast"``: contraction and reassociation, other bits.
    example : callable, optional
        ``example(dtype, seed)`` returns small inputs, arrays of shape (see signature).

    Returns
    -------
    decorate : callable
        Takes the function, returns a ``Kernel``.

    Raises
    ------
    KernelError
        If signature or body are outside the language.

    Examples
    --------
    >>> @kernel("x[n], y[m] -> product[n, m]", over="n, m")
    ... def outer(i, j, x, y, product):
    ...     product[i, j] = x[i] * y[j]
    >>> outer(numpy.arange(2.0), numpy.arange(1.0, 3.0))
    array([[0., 0.],
           [1., 2.]])
    """

    def decorate(function: Callable[..., object]) -> Kernel:
        name = getattr(function, "__name__", "?")
        parsed = parse_signature(signature, over, name)
        indices, body = parse_body(function, parsed)
        return _made(name, parsed, indices, body, cost, schedule, math, example)

    return decorate


def kernel_from_text(
    name: str,
    body: str,
    signature: str,
    *,
    over: str,
    cost: str = "1",
    schedule: str = "flat",
    math: str = "strict",
    visible: Mapping[str, object] | None = None,
    example: Callable[[str, int], tuple[Array, ...]] | None = None,
) -> Kernel:
    r"""Make a kernel of a generated body; the text is parsed, never executed.

    Parameters
    ----------
    name : str
        Of the kernel.
    body : str
        A function definition in the language.
    signature, over, cost, schedule, math : str
        As for ``kernel``.
    visible : mapping, optional
        What free names in the body stand for.
    example : callable, optional
        ``example(dtype, seed)`` returns small inputs, arrays of shape (see signature).

    Returns
    -------
    kernel : Kernel
        As of a function in a file.

    Raises
    ------
    KernelError
        If signature or body are outside the language.

    Examples
    --------
    >>> text = "def twice(i, x, y):\n    y[i] = 2.0 * x[i]"
    >>> kernel_from_text("twice", text, "x[n] -> y[n]", over="n")(numpy.ones(2))
    array([2., 2.])
    """
    parsed = parse_signature(signature, over, name)
    try:
        source = Source(body, f"<{name}>", 1, name)
    except (SyntaxError, StopIteration) as error:
        raise KernelError(f"{name}: its body is no function definition ({error})") from None
    indices, block = parse_source(source, parsed, visible or {})
    return _made(name, parsed, indices, block, cost, schedule, math, example)


def _made(
    name: str,
    parsed: Signature,
    indices: tuple[str, ...],
    body: tree.Block,
    cost: str,
    schedule: str,
    math: str,
    example: Callable[[str, int], tuple[Array, ...]] | None,
) -> Kernel:
    if example is not None and not callable(example):
        raise KernelError(f"{name}: example is {example!r:.60}; pass a function or None")
    check_options(parsed, cost, schedule, math, name)
    if schedule == "lanes":
        lane_schedule(parsed, indices, body)
    over = ", ".join(str(extent) for extent in parsed.over)
    return Kernel(
        name, parsed.text, over, math, schedule, example, cost, parsed, indices, body
    )


@functools.cache
def _source(made: Kernel, target: str, dtype: str) -> str:
    from perturbsci.backend import cpp_text, cuda_text, python_text  # noqa: PLC0415 (not needed to decorate)

    parts = (made.name, made.parsed, made.indices, made.body, _checked_dtype(dtype))
    if target == "c++":
        return cpp_text.cpp_text(*parts)
    if target == "cuda":
        return cuda_text.cuda_text(*parts)
    if target == "header":
        return cpp_text.header_text(made.name, made.parsed, dtype)
    if target == "numba":
        return python_text.python_text(*parts, schedule=made.schedule)
    raise ParameterError(f"target is {target!r}; use 'numba', 'c++', 'header' or 'cuda'")


def _checked_dtype(dtype: str) -> str:
    if dtype not in DTYPES:
        raise ParameterError(f"dtype is {dtype!r}; it must be 'f4' or 'f8'")
    return dtype


def _step(made: Kernel, call: Bound, threads: int | None) -> Callable[[], object]:
    """Return what runs a call: compiled, interpreted, on threads or on a device."""
    layout = call.layout
    count = thread_count(made.name, layout.work, threads)
    if not layout.size:
        return _nothing
    if layout.device != "numpy":
        return _device_step(made, call)
    if backend_name() == "numpy":
        return functools.partial(_interpret, made, call)
    entry = _compiled(made, layout.dtype).entry
    if count == 1:
        return functools.partial(entry, 0, layout.size, *call.arguments)
    return functools.partial(run_in_pieces, entry, layout.size, call.arguments, count)


def _device_step(made: Kernel, call: Bound) -> Callable[[], object]:
    from perturbsci.backend.cuda_launch import device_step  # noqa: PLC0415 (for devices)
    from perturbsci.backend.cuda_text import OPTIONS  # noqa: PLC0415 (for devices)

    text = made.source("cuda", call.layout.dtype)
    return device_step(made.name, text, OPTIONS[made.math], made.parsed, call)


def _nothing() -> None:
    """Run an empty index space."""


def _interpret(made: Kernel, call: Bound) -> None:
    with numpy.errstate(all="ignore"):
        entry = plain_module(made.source("numba", call.layout.dtype)).entry
        entry(0, call.layout.size, *call.arguments)


@functools.cache
def _compiled(made: Kernel, dtype: str) -> ModuleType:
    """Return the module with the compiled entry of a kernel for one precision."""
    from perturbsci.backend.numba_text import numba_module  # noqa: PLC0415 (as above)

    fast, text = made.math == "fast", made.source("numba", dtype)
    return compiled_module(numba_module(text, made.parsed, dtype, fast=fast))


@functools.cache
def _pointer(made: Kernel, dtype: str) -> ModuleType:
    """Return the module with the C function of a kernel, and keep it alive."""
    from perturbsci.backend.numba_text import pointer_module  # noqa: PLC0415 (as above)

    entry = _compiled(made, dtype)
    return compiled_module(pointer_module(entry.__name__, made.parsed, dtype))
