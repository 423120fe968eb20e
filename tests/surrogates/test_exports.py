"""Surrogates in C: compiled without a warning, and equal to Python to rounding."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from perturbsci import problems as pp
from perturbsci.errors import ParameterError
from perturbsci.surrogates import (
    Chebyshev,
    Elements,
    Fourier,
    Gaussians,
    Legendre,
    Network,
    Radial,
    RandomFourier,
    RandomTanh,
    TrainableGaussians,
    feature_jets,
    solve,
)
from perturbsci.surrogates.expansions import expand
from perturbsci.surrogates.exports import Expansion, c_source, exported_orders
from perturbsci.surrogates.tensors import expand_tensor

ROUNDOFF = 2.0**-52
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2")
RANGES = ((-1.0, 1.0), (0.0, 2.0))
EDGES = tuple(np.array(pair) for pair in RANGES)

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc is here")


def built(text, name, folder):
    """Return the function of a C text."""
    (folder / f"{name}.c").write_text(text, encoding="ascii")
    words = ["gcc", *FLAGS, "-fPIC", "-shared", f"{name}.c", "-o", f"{name}.so", "-lm"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    function = getattr(ctypes.CDLL(str(folder / f"{name}.so")), f"{name}_eval")
    pointer = ctypes.POINTER(ctypes.c_double)
    function.argtypes = (pointer, ctypes.c_int64, ctypes.c_int, pointer)
    return function


def called(function, points, index, n_fields):
    points, out = np.ascontiguousarray(points), np.zeros((len(points), n_fields))
    pointer = ctypes.POINTER(ctypes.c_double)
    code = function(
        points.ctypes.data_as(pointer), len(points), index, out.ctypes.data_as(pointer)
    )
    return code, out


def random_points(n=200, seed=0):
    low, high = np.array(RANGES).T
    return low + (high - low) * np.random.default_rng(seed).random((n, 2))


def compared(basis, coefficients, edges, n_fields, python, scales, folder):
    """Assert that all derivatives up to order three agree to 4 roundoffs of the scale."""
    orders = exported_orders(2, 3)
    expansion = Expansion(basis, coefficients, edges, RANGES, n_fields, orders)
    function = built(
        c_source(expansion, "bells", ["a comment */ to end \u00e9"]), "bells", folder
    )
    points = random_points()
    for index, order in enumerate(orders):
        code, found = called(function, points, index, n_fields)
        assert code == 0
        for field in range(n_fields):
            error = np.abs(found[:, field] - python(points, order, field))
            assert np.all(error <= 4 * ROUNDOFF * scales(points, order, field)), order
    for index in (-1, len(orders)):
        code, found = called(function, points, index, n_fields)
        assert code == 1
        assert not found.any()


TENSORS = [
    (Legendre((9, 7), RANGES), (2, 10, 8), ()),
    (Chebyshev((12, 3), RANGES), (1, 13, 4), ()),
    (Fourier((5, 7), RANGES), (1, 11, 15), ()),
    (Legendre((5, 7), RANGES), (1, 12, 24), ([-1, 0.3, 1], [0, 0.5, 1.5, 2])),
]


@needs_compiler
@pytest.mark.parametrize(("basis", "shape", "edges"), TENSORS)
def test_tensor_products(basis, shape, edges, tmp_path):
    coefficients = np.random.default_rng(1).normal(size=shape)
    edges = tuple(np.array(ends, dtype=float) for ends in edges)

    def python(points, order, field):
        return expand_tensor(basis, coefficients, edges, points, order, field)

    def scale(points, order, field):
        # the largest of all values: no term that is summed is far above it
        return np.abs(python(points, order, field)).max()

    compared(basis, coefficients, edges, shape[0], python, scale, tmp_path)


FEATURES = [
    RandomFourier(50, 6.0, 2),
    RandomTanh(50, 6.0, 2),
    Gaussians(random_points(30, 5), [[0.3, 0.4]]),
]


@needs_compiler
@pytest.mark.parametrize("basis", FEATURES, ids=lambda basis: type(basis).__name__)
def test_sums_of_features(basis, tmp_path):
    coefficients = np.random.default_rng(1).normal(size=(2, basis.n_features))

    def python(points, order, field):
        return feature_jets(basis, points, [order])[order] @ coefficients[field]

    def scale(points, order, field):
        if isinstance(basis, Gaussians):
            return np.abs(python(points, order, field)).max()
        # a phase is a sum of products as well, and is rounded in its own order
        w, b = np.abs(basis.directions()), np.abs(basis.phases())
        phase = np.abs(points) @ w.T + b
        size = np.prod(w ** np.array(order), axis=1) * (1.0 + phase)
        return np.max(size * np.abs(coefficients[field]), axis=1) + abs(
            python(points, order, field)
        )

    compared(basis, coefficients, (), 2, python, scale, tmp_path)


@needs_compiler
@pytest.mark.parametrize(
    "basis",
    [
        Network((2, 12, 10, 2)),
        Network((2, 12, 10, 2), activation="sine"),
        Network((2, 2)),
        TrainableGaussians(20, width=0.3),
    ],
    ids=["tanh", "sine", "affine", "gaussians"],
)
def test_trained_bases(basis, tmp_path):
    rng = np.random.default_rng(1)
    if isinstance(basis, Network):
        parameters = basis.starting_parameters()
    else:
        parameters = basis.starting_parameters(2, 2)
    parameters = parameters + rng.normal(0.0, 0.1, len(parameters))

    def python(points, order, field):
        return expand(basis, parameters, EDGES, points, order, field=field)

    def scale(points, order, field):
        # Layers pass roundoffs on. All derivatives of one total order are read off the
        # same series, so the largest of them is the largest term; a factor 4 for three
        # layers of a dozen terms each.
        alike = [o for o in exported_orders(2, 3) if sum(o) == sum(order)]
        return 4 * max(np.abs(python(points, o, k)).max() for o in alike for k in (0, 1))

    compared(basis, parameters, EDGES, 2, python, scale, tmp_path)


@needs_compiler
def test_elements_through_the_surrogate(tmp_path):
    solution = solve(pp.burgers(), tolerance=1e-3)
    assert isinstance(solution.basis, Elements)
    function = built(solution.source(), "burgers", tmp_path)
    points = random_points(500) * [1.0, 0.5]
    wild = [[np.nan, 0.5], [0.5, np.inf], [1.1, 0.5], [0.5, 1.1], [-1.0, 0.0], [1.0, 1.0]]
    points = np.concatenate([points, wild])
    for index, order in enumerate(exported_orders(2, 2)):
        code, found = called(function, points, index, 1)
        wanted = solution.derivative(points, order)
        assert code == 0
        assert np.array_equal(np.isnan(found[:, 0]), np.isnan(wanted))
        assert np.isnan(wanted).sum() == 4
        largest = np.nanmax(np.abs(wanted))
        assert np.nanmax(np.abs(found[:, 0] - wanted)) <= 4 * ROUNDOFF * largest


@needs_compiler
def test_steady_elements(tmp_path):
    edges, orders = (np.array([0.0, 0.2, 0.7, 1.0]),), exported_orders(1, 3)
    coefficients = np.random.default_rng(0).normal(size=(3, 2, 9, 1))
    basis, ranges = Elements((8,)), ((0.0, 1.0),)
    expansion = Expansion(basis, coefficients, edges, ranges, 2, orders)
    function = built(c_source(expansion, "steady", []), "steady", tmp_path)
    points = np.concatenate([np.linspace(0.0, 1.0, 101)[:, None], edges[0][:, None]])
    for index, order in enumerate(orders):
        found = called(function, points, index, 2)[1]
        for field in (0, 1):
            wanted = expand(basis, coefficients, edges, points, order, field=field)
            largest = np.abs(wanted).max()
            assert np.abs(found[:, field] - wanted).max() <= 4 * ROUNDOFF * largest


@needs_compiler
def test_two_surrogates_live_in_one_program(tmp_path):
    orders = exported_orders(2, 1)
    texts = []
    for name, seed in (("one", 1), ("two", 2)):
        basis = Network((2, 4, 1), seed=seed)
        parameters = basis.starting_parameters()
        expansion = Expansion(basis, parameters, EDGES, RANGES, 1, orders)
        texts.append(c_source(expansion, name, []))
    function = built("\n".join(texts), "two", tmp_path)
    found = called(function, random_points(3), 0, 1)[1]
    wanted = expand(basis, parameters, EDGES, random_points(3), (0, 0))
    assert np.allclose(found[:, 0], wanted, rtol=1e-13)


def test_derivatives_are_counted_order_by_order():
    assert exported_orders(1, 3) == ((0,), (1,), (2,), (3,))
    assert exported_orders(3, 1) == ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert len(exported_orders(2, 9)) == 15  # beyond order four none is written


def test_the_head_of_the_file_says_what_is_in_it():
    text = solve(pp.heat(), tolerance=1e-3).source("c")
    assert "derivative_index 5: orders (0, 2)" in text
    assert "points: rows of x, t; out: rows of u" in text
    assert text.isascii()


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ParameterError, match='it must be "c"'):
        solve(pp.heat(), tolerance=1e-3).source("fortran")
    expansion = Expansion(
        Radial([[0.0]], 1.0), np.zeros((1, 1)), (), ((0.0, 1.0),), 1, ((0,),)
    )
    with pytest.raises(ParameterError, match="solve with one of Elements"):
        c_source(expansion, "bells", [])
