"""A stand-in for cupy: NumPy memory, the names of the real wheel, none of its comforts.

Its arrays refuse ``__array__``, ``__float__``, ``__bool__`` and NumPy arrays, because each
of these is a transfer that nobody wrote. Launches, allocations and transfers are counted.
``RawModule`` compiles with NVRTC and runs the PTX; nothing here proves that a driver does
the same.
"""

import contextlib
import functools
import operator
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy
import scipy.fft
import scipy.linalg

from . import ptx
from .nvrtc import compiled

ARCHITECTURE = 75
COUNTS = {"launches": 0, "allocations": 0, "transfers": 0}
MEMORY = {"free": 2**40}
_DEVICE = [0]
BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or"),
    *("xor", "lshift", "rshift", "lt", "le", "gt", "ge", "eq", "ne"),
)
METHODS = (
    *("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "conj", "conjugate"),
    *("copy", "cumsum", "cumprod", "diagonal", "dot", "flatten", "max", "mean", "min"),
    *("nonzero", "prod", "ravel", "repeat", "reshape", "round", "squeeze", "std", "sum"),
    *("swapaxes", "take", "trace", "transpose", "var", "view"),
)


class Device:
    """One of two devices; a context manager as the real one."""

    def __init__(self, number=None):
        self.id = _DEVICE[-1] if number is None else int(number)

    def __int__(self):
        return self.id

    def __enter__(self):
        _DEVICE.append(self.id)
        return self

    def __exit__(self, *_):
        _DEVICE.pop()

    def __eq__(self, other):
        return isinstance(other, Device) and other.id == self.id

    __hash__ = None


class OutOfMemoryError(MemoryError):
    """What the real pool raises."""


class ndarray:  # noqa: N801 (the name of the real class)
    """NumPy memory that only a stand-in function may touch."""

    __array_priority__ = 100
    __array_ufunc__ = None

    def __init__(self, host, device=None):
        self._host, self.device = host, device or Device()

    def __getattr__(self, name):
        if name in ("shape", "dtype", "ndim", "size", "nbytes", "itemsize", "strides"):
            return getattr(self._host, name)
        if name in ("T", "mT", "real", "imag"):
            return ndarray(getattr(self._host, name), self.device)
        if name in METHODS:
            return functools.partial(_on_host, getattr(numpy.ndarray, name), self)
        raise AttributeError(f"cupy.ndarray of the stand-in has no {name!r}")

    @property
    def flags(self):
        flags = self._host.flags
        return SimpleNamespace(
            c_contiguous=flags.c_contiguous,
            f_contiguous=flags.f_contiguous,
            owndata=flags.owndata,
        )

    def get(self):
        COUNTS["transfers"] += 1
        return self._host.copy()

    def item(self):
        return self.get().item()

    def __len__(self):
        return len(self._host)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index):
        return _on_host(operator.getitem, self, index)

    def __setitem__(self, index, value):
        _refuse_numpy(value)
        self._host[_bare(index)] = _bare(value)

    def __array_namespace__(self, api_version=None):
        return sys.modules["cupy"]

    def _refused(self, *_, **__):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed; use backend.to_host"
        )

    __array__ = __float__ = __bool__ = __int__ = __complex__ = __index__ = _refused


def _refuse_numpy(*values):
    if any(type(value) is numpy.ndarray for value in values):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")


def _bare(value):
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, (tuple, list)):
        return type(value)(_bare(part) for part in value)
    return value


def _dressed(value):
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        COUNTS["allocations"] += 1
        return ndarray(numpy.asarray(value))
    if isinstance(value, tuple):
        parts = [_dressed(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def _on_host(function, *args, **kwargs):
    """Run a function of NumPy on the memory of arrays; views share it, as they would."""
    _refuse_numpy(*args, *kwargs.values())
    devices = {value.device.id for value in args if isinstance(value, ndarray)}
    if len(devices) > 1:
        raise ValueError("Array device must be same as the current device")
    with Device(*devices) if devices else contextlib.nullcontext():
        bare = {name: _bare(value) for name, value in kwargs.items()}
        return _dressed(function(*_bare(args), **bare))


def _operator(name):
    function = getattr(operator, f"__{name}__")
    return lambda self, other: _on_host(function, self, other)


def _reversed(name):
    function = getattr(operator, f"__{name}__")
    return lambda self, other: _on_host(function, other, self)


def _in_place(name):
    function = getattr(operator, f"__i{name}__")

    def operate(self, other):
        _refuse_numpy(other)
        function(self._host, _bare(other))  # in the memory that views share
        return self

    return operate


for _name in BINARY:
    setattr(ndarray, f"__{_name}__", _operator(_name))
    if _name not in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(ndarray, f"__r{_name}__", _reversed(_name))
        setattr(ndarray, f"__i{_name}__", _in_place(_name))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(
        ndarray,
        f"__{_name}__",
        functools.partialmethod(
            lambda self, f: _on_host(f, self), getattr(operator, _name)
        ),
    )
ndarray.__module__ = "cupy"
ndarray.__hash__ = None


def empty(shape, dtype=float, order="C"):
    """Allocate, unless the memory of the device is spent."""
    wanted = int(numpy.prod(shape, dtype=object)) * numpy.dtype(dtype).itemsize
    if wanted > MEMORY["free"]:
        raise OutOfMemoryError(f"Out of memory allocating {wanted} bytes")
    made = numpy.empty(shape, dtype, order)
    made.ravel("K").view("u1")[...] = 0xA5  # what was never written should show
    return _dressed(made)


def asarray(a, dtype=None, order=None, *, blocking=False):
    """Bring to the device; the one function that takes NumPy arrays."""
    if isinstance(a, ndarray):
        same = dtype in (None, a.dtype) and (order != "C" or a.flags.c_contiguous)
        return a if same else _on_host(numpy.asarray, a, dtype=dtype, order=order)
    COUNTS["transfers"] += isinstance(a, numpy.ndarray)
    return _dressed(numpy.array(_bare(a), dtype=dtype, order=order))


def array(a, dtype=None, copy=True, order="K", ndmin=0):
    """Copy to the device."""
    COUNTS["transfers"] += isinstance(a, numpy.ndarray)
    return _dressed(numpy.array(_bare(a), dtype=dtype, copy=copy or None, order=order))


class RawModule:
    """NVRTC, then the interpreter."""

    def __init__(self, *, code, options=()):
        self.code, self.options = code, options

    def get_function(self, name):
        module = _loaded(self.code, self.options)

        def launch(grid, block, args):
            COUNTS["launches"] += 1
            module.launch(name, grid, block, [_passed(value) for value in args])

        return launch


def _passed(value):
    """Return a complex array as the pairs that a pointer to it means."""
    host = _bare(value)
    if isinstance(host, numpy.ndarray) and host.dtype.kind == "c":
        return host.view(host.real.dtype)
    return host


@functools.cache
def _loaded(code, options):
    text, _ = compiled(code, ARCHITECTURE, options)
    return ptx.load(text)


def _names():
    """Return module -> public names, as the real wheel has them."""
    found, module = {}, ""
    lines = (Path(__file__).parent / "cupy_names.txt").read_text().splitlines()[2:]
    for line in lines:
        if line.startswith("  "):
            found[module] += line.split()
        else:
            module = line
            found[module] = []
    return found


def _module(name, library, names):
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    module.__path__ = []
    for word in names:
        value = getattr(library, word)
        plain = isinstance(value, type) or not callable(value)
        wrapped = value if plain else functools.partial(_on_host, value)
        setattr(module, word, wrapped)
    return module


def modules():
    """Return the modules of the stand-in, to be put into ``sys.modules``."""
    names = _names()
    libraries = {
        "cupy": numpy,
        "cupy.linalg": numpy.linalg,
        "cupy.fft": numpy.fft,
        "cupyx.scipy.fft": scipy.fft,
        "cupyx.scipy.linalg": scipy.linalg,
    }
    made = {name: _module(name, libraries[name], names[name]) for name in libraries}
    for name in ("cupyx", "cupyx.scipy"):
        made[name] = _module(name, None, ())
    cupy = made["cupy"]
    cupy.__version__ = "14.2.0"
    cupy.ndarray, cupy.empty, cupy.asarray, cupy.array = ndarray, empty, asarray, array
    cupy.RawModule = RawModule
    cupy.asnumpy = lambda a: a.get()
    cupy.from_dlpack = lambda a: asarray(numpy.from_dlpack(a))
    cupy.get_default_memory_pool = lambda: SimpleNamespace(free_all_blocks=_free)
    cuda = made["cupy.cuda"] = _module("cupy.cuda", None, ())
    made["cupyx"].errstate = lambda linalg: contextlib.nullcontext()
    made["cupy.cuda.device"] = _module("cupy.cuda.device", None, ())
    cuda.Device = made["cupy.cuda.device"].Device = Device
    cuda.Stream = SimpleNamespace
    vars(cuda).update(
        is_available=lambda: True,
        get_current_stream=lambda: SimpleNamespace(synchronize=lambda: None),
        memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        runtime=SimpleNamespace(
            getDeviceCount=lambda: 2,
            driverGetVersion=lambda: 12060,
            runtimeGetVersion=lambda: 12060,
            memGetInfo=lambda: (MEMORY["free"], 2**40),
            getDeviceProperties=lambda k: {"name": f"stand-in {k}".encode()},
        ),
    )
    for name, module in made.items():
        owner, _, last = name.rpartition(".")
        if owner:
            setattr(made[owner], last, module)
    return made


def _free():
    MEMORY["free"] = MEMORY.get("after_free", MEMORY["free"])
