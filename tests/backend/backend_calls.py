"""Every argument of every public function of arrays: a good value, and mistakes."""

import math

import numpy as np

from perturbsci import backend
from perturbsci.backend import fft, linalg, random, reduce, scan
from tests.mistakes import (
    NO_FUNCTION,
    NO_REAL,
    NO_WHOLE,
    array,
    but,
    choice,
    entry,
    flag,
    holed,
    like,
    matrix,
    positive,
    seed,
    whole,
)

A = np.array([[4.0, 1.0], [1.0, 3.0]])
B = np.ones((2, 2))
X = np.linspace(0.0, 1.0, 8)
NO_BACKEND = but(choice("numpy")[2], "none")
NO_NUMBERS_HERE = {"none": None, "text": "x", "dict": {}, "ragged": [[1.0], [1.0, 2.0]]}
NO_NUMBERS_HERE |= {"generator": (x for x in X), "function": np.sin, "class": np.ndarray}
BACKEND = entry(None, NO_BACKEND)
LENGTH = entry(None, but(NO_WHOLE, "none") | {"below": 0, "negative": -3})
AXIS = entry(-1, NO_WHOLE | {"beyond the last": 7, "below": -9})
NORM = entry(None, but(choice("ortho")[2], "none"))
AXES = entry(None, {"number": 1.5, "text": "ab", "beyond the last": (7,), "twice": (0, 0)})
LENGTHS = entry(None, {"number": 1.5, "text": "ab", "zero": (0,), "negative": (-1,)})
SHAPE = {"none": None, "text": "22", "negative": (-1,), "float": 2.0, "floats": (2.0, 3.0)}
SHAPE |= {
    "bool": True,
    "nan": math.nan,
    "huge": 10**14,
    "list of text": ["2"],
    "complex": 2j,
}
OVERWRITE = {"overwrite": flag()}
DRAWS = {
    "seed": seed(),
    "stream": whole(0, 0),
    "offset": whole(0, 0),
    "backend": BACKEND,
}
LINES = {"x": holed(X, empty=X[:0]), "axis": AXIS, **OVERWRITE}
SPECTRA = {"n": LENGTH, "norm": NORM}
MANY = {"x": holed(B, empty=B[:0]), "s": LENGTHS, "axes": AXES, "norm": NORM, **OVERWRITE}
FREQUENCIES = {"n": whole(8), "backend": BACKEND}


def copied(i, x, y):
    """Write one number."""
    y[i] = x[i]


CALLS = {
    "kernel": (
        lambda **given: backend.kernel(**given)(copied),
        {
            "signature": entry(
                "x[n] -> y[n]",
                {
                    "none": None,
                    "number": 3,
                    "empty": "",
                    "arrow": "x[n]",
                },
            ),
            "over": entry("n", {"none": None, "number": 3, "empty": ""}),
            "cost": entry(
                "1", {"none": None, "number": 3, "empty": "", "code": "import os"}
            ),
            "schedule": choice("flat"),
            "math": choice("strict"),
            "example": entry(None, but(NO_FUNCTION, "none")),
        },
    ),
    "use": (
        lambda **given: backend.use(**given).__enter__(),
        {
            "backend": choice("numpy"),
            "threads": entry(None, but(whole(1)[2], "none")),
            "memory": entry(None, but(whole(1)[2], "none")),
        },
    ),
    "namespace": (
        lambda array: backend.namespace(array),
        {"array": entry(X, {"text": "x", "dict": {}, "class": np.ndarray})},
    ),
    "to_host": (backend.to_host, {"array": entry(X, NO_NUMBERS_HERE)}),
    "to_device": (
        backend.to_device,
        {"array": entry(X, NO_NUMBERS_HERE), "backend": BACKEND},
    ),
    "synchronize": (backend.synchronize, {"backend": BACKEND}),
    "scan.linear": (
        scan.linear,
        {
            "multiplier": holed(np.ones((8, 1)), fewer=np.ones((7, 1))),
            "source": holed(np.ones((8, 1)), row=X),
            "initial": entry(None, {"text": "x", "two": np.ones(2), "dict": {}}),
            "reverse": flag(),
            "chunk": entry("auto", but(whole(4)[2], "none")),
            "out": entry(None, {"text": "x", "list": [1.0], "fewer": X[1:], "number": 1.0}),
        },
    ),
    "reduce.dot": (
        reduce.dot,
        {"x": holed(X, empty=X[:0], fewer=X[1:]), "y": holed(X, fewer=X[1:])},
    ),
    "reduce.norm": (reduce.norm, {"x": holed(X)}),
    "reduce.sum": (
        reduce.sum,
        {"x": holed(B), "axis": entry(None, but(AXIS[2], "none") | {"twice": (0, 0)})},
    ),
    "random.integers": (
        random.integers,
        {
            "low": entry(0, but(NO_WHOLE, "none") | {"above": 9}),
            "high": entry(5, but(NO_WHOLE, "none") | {"below": -1}),
            "shape": entry(4, SHAPE),
            **DRAWS,
        },
    ),
    **{
        f"random.{draw.__name__}": (
            draw,
            {"shape": entry(4, SHAPE), **DRAWS, "dtype": choice("f8")},
        )
        for draw in (random.normal, random.uniform)
    },
    "random.philox": (
        random.philox,
        {
            "counter": entry(
                np.zeros((2, 4), np.uint32),
                {
                    "none": None,
                    "text": "x",
                    "floats": np.zeros((2, 4)),
                    "three": np.zeros((2, 3), np.uint32),
                },
            ),
            "key": entry(
                np.zeros(2, np.uint32),
                {
                    "none": None,
                    "text": "x",
                    "floats": np.zeros(2),
                    "three": np.zeros(3, np.uint32),
                },
            ),
        },
    ),
    **{
        f"fft.{f.__name__}": (f, LINES | SPECTRA)
        for f in (fft.fft, fft.ifft, fft.rfft, fft.irfft)
    },
    **{
        f"fft.{f.__name__}": (f, MANY) for f in (fft.fftn, fft.ifftn, fft.rfftn, fft.irfftn)
    },
    **{
        f"fft.{f.__name__}": (
            f,
            LINES | {"type": entry(2, NO_WHOLE | {"zero": 0, "five": 5})},
        )
        for f in (fft.dct, fft.idct)
    },
    **{
        f"fft.{f.__name__}": (f, FREQUENCIES | {"step": positive()})
        for f in (fft.fftfreq, fft.rfftfreq)
    },
    "fft.wavenumbers": (fft.wavenumbers, FREQUENCIES | {"length": positive()}),
    "fft.next_fast_length": (fft.next_fast_length, {"n": whole(8)}),
    "linalg.eig": (linalg.eig, {"a": matrix(A), "b": like(A, other=np.eye(3), row=X[:2])}),
    **{
        f"linalg.{f.__name__}": (f, {"a": matrix(A)})
        for f in (linalg.eigh, linalg.cholesky, linalg.schur, linalg.expm)
    },
    **{
        f"linalg.{f.__name__}": (f, {"a": array(A, empty=X, row=X, number=1.0)})
        for f in (linalg.svd, linalg.qr)
    },
    "linalg.solve": (linalg.solve, {"a": matrix(A), "b": array(X[:2], more=X)}),
    "linalg.solve_triangular": (
        linalg.solve_triangular,
        {"a": matrix(A), "b": array(X[:2], more=X), "lower": flag(), "trans": choice("N")},
    ),
    "linalg.lstsq": (
        linalg.lstsq,
        {
            "a": array(A, row=X),
            "b": array(X[:2], more=X),
            "tolerance": entry(None, but(NO_REAL, "none") | {"negative": -1.0}),
        },
    ),
    "linalg.norm": (
        linalg.norm,
        {"a": holed(A), "axis": entry(None, but(AXIS[2], "none"))},
    ),
    "linalg.qz": (linalg.qz, {"a": matrix(A), "b": matrix(B, other=np.eye(3))}),
    "linalg.sylvester": (
        linalg.sylvester,
        {"a": matrix(A), "b": matrix(A), "c": array(B, other=np.eye(3))},
    ),
    "linalg.gram": (
        linalg.gram,
        {
            "x": array(B, empty=X, row=X),
            "y": like(B, rows=np.ones((3, 2)), row=X),
            "weight": like(X[:2], more=X),
            "out": entry(
                None, {"text": "x", "list": [1.0], "other": np.eye(3), "number": 1.0}
            ),
        },
    ),
    "linalg.sort_spectrum": (linalg.sort_spectrum, {"values": holed(X, nan=X * math.nan)}),
    "linalg.sparse_module": (
        linalg.sparse_module,
        {"x": entry(X, {"text": "x", "none": None, "dict": {}})},
    ),
    "linalg.special_module": (
        linalg.special_module,
        {"x": entry(X, {"text": "x", "none": None, "dict": {}})},
    ),
}
