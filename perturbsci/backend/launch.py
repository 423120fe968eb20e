"""A kernel: checked, compiled on first use, run on threads.

The result does not depend on how the index range is split: every index writes only what
belongs to it.
"""

import functools
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy

from perturbsci.backend import tree
from perturbsci.backend.binding import DTYPES, Bound, bind_arguments
from perturbsci.backend.cache import compiled_module, plain_module
from perturbsci.backend.context import get_backend
from perturbsci.backend.cpp_text import cpp_text
from perturbsci.backend.cuda_text import cuda_text
from perturbsci.backend.lanes import WIDTH, lane_schedule
from perturbsci.backend.language import Source, parse_body, parse_source
from perturbsci.backend.python_text import python_text
from perturbsci.backend.signature import Argument, Signature, parse_signature
from perturbsci.errors import KernelError, ParameterError
from perturbsci.types import Array

__all__ = ["Kernel", "kernel", "kernel_from_text"]

# Below this many units of work a second thread costs more than it brings.
THREAD_WORK = 2**17
NUMBA = {
    "i": "types.int64",
    "u4": "types.uint32",
    "u8": "types.uint64",
    "f8": "types.float64",
}


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
            Every output but scratch; ``out`` itself where it was given.

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
        _run(self, call, threads)
        results = tuple(
            call.results[argument.name]
            for argument in self.parsed.arguments
            if argument.returned and not argument.is_scratch
        )
        return results[0] if len(results) == 1 else results

    def bind(
        self, *inputs: Array, out: Array | tuple[Array, ...] | None = None
    ) -> Callable[[], None]:
        """Check everything once and return a callable without arguments.

        It holds views: each call reads whatever the arrays hold at that time, and
        allocates nothing.

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
        if out is None and any(not a.is_scratch for a in self.parsed.pure_outputs):
            raise ParameterError(f"{self.name}: out is None; pass the arrays to write to")
        call = bind_arguments(self.name, self.parsed, self.cost, inputs, out, exact=True)
        entry, arguments, size = _entry(self, call.dtype), call.arguments, call.size
        if _thread_count(call, None) == 1:
            return functools.partial(entry, 0, size, *arguments)
        return functools.partial(_run, self, call, None)

    def source(self, target: str, dtype: str = "f8") -> str:
        """Return the generated text.

        Parameters
        ----------
        target : str
            ``"numba"``; ``"c++"``, a C++14 file without dependencies; ``"cuda"``.
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
        if dtype not in DTYPES:
            raise ParameterError(f"dtype is {dtype!r}; it must be 'f4' or 'f8'")
        writers = {"c++": cpp_text, "cuda": cuda_text}
        if target in writers:
            return writers[target](self.name, self.parsed, self.indices, self.body, dtype)
        if target != "numba":
            raise ParameterError(f"target is {target!r}; use 'numba', 'c++' or 'cuda'")
        return python_text(
            self.name,
            self.parsed,
            self.indices,
            self.body,
            schedule=self.schedule,
            dtype=dtype,
        )


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
    return _made(name, parsed, indices, block, cost, schedule, math, None)


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
    for label, value, known in (
        ("schedule", schedule, ("flat", "lanes")),
        ("math", math, ("strict", "fast")),
    ):
        if value not in known:
            raise KernelError(f"{name}: {label} is {value!r}; it must be one of {known}")
    if schedule == "lanes":
        lane_schedule(parsed, indices, body)
    over = ", ".join(str(extent) for extent in parsed.over)
    return Kernel(
        name, parsed.text, over, math, schedule, example, cost, parsed, indices, body
    )


@functools.cache
def _entry(made: Kernel, dtype: str) -> Callable[..., None]:
    """Return the compiled entry of a kernel for one precision."""
    types = ", ".join(
        ["types.int64"] * 2 + [_numba_type(a, dtype) for a in made.parsed.arguments]
    )
    text = made.source("numba", dtype)
    entry: Callable[..., None] = compiled_module(
        text, types, fast=made.math == "fast"
    ).entry
    return entry


@functools.cache
def _interpreted(made: Kernel, dtype: str) -> Callable[..., None]:
    entry: Callable[..., None] = plain_module(made.source("numba", dtype)).entry
    return entry


def _numba_type(argument: Argument, dtype: str) -> str:
    element = NUMBA.get(argument.element, f"types.{DTYPES[dtype].name}")
    if not argument.is_array:
        return element
    access = "mutable" if argument.returned else "readonly"
    return f"{access}({element}, {argument.rank})"


_INSIDE = threading.local()


def _run(made: Kernel, call: Bound, threads: int | None) -> None:
    if not call.size:
        return
    if get_backend().name == "numpy":
        with numpy.errstate(all="ignore"):
            _interpreted(made, call.dtype)(0, call.size, *call.arguments)
        return
    entry = _entry(made, call.dtype)
    count = _thread_count(call, threads)
    if count == 1:
        entry(0, call.size, *call.arguments)
        return
    piece = -(-call.size // (count * WIDTH)) * WIDTH
    starts = range(0, call.size, piece)
    jobs = [
        _pool(os.getpid(), count).submit(
            _inside, entry, low, min(low + piece, call.size), call.arguments
        )
        for low in starts
    ]
    for job in jobs:
        job.result()


def _thread_count(call: Bound, threads: int | None) -> int:
    """Return 1 for little work, and inside a worker: threads never start threads."""
    if call.work < THREAD_WORK or getattr(_INSIDE, "yes", False):
        return 1
    return threads if threads is not None else get_backend().threads


def _inside(
    entry: Callable[..., None], low: int, high: int, arguments: Sequence[object]
) -> None:
    _INSIDE.yes = True
    entry(low, high, *arguments)


@functools.cache
def _pool(process: int, count: int) -> ThreadPoolExecutor:
    """Return the threads of this process: a forked child has none of its parent's."""
    return ThreadPoolExecutor(count, thread_name_prefix=f"perturbsci-{process}")
