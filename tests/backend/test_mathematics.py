"""Portable functions: errors against exact values, special values, the same bits."""

import inspect
import math

import mpmath
import numpy
import pytest

from perturbsci import backend
from perturbsci.backend.formats import FORMATS
from perturbsci.studies.backend_mathematics import (
    FUNCTIONS,
    arguments,
    bound_of,
    error,
    example,
    portable,
    reference,
    values,
)
from tests.gpu import hostbuild

from .fit_polynomials import COUNTS, NAMES, fitted

INF, NAN = math.inf, math.nan
DTYPES = ("f8", "f4")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_coefficients_are_those_of_the_fit(name, dtype):
    constants = getattr(FORMATS[dtype], name).__code__.co_consts
    found = [abs(value) for value in constants if isinstance(value, float)]
    wanted, worst = fitted(name, dtype)
    # 40 digits leave nothing but the last rounding to differ between versions of mpmath.
    numpy.testing.assert_allclose(sorted(found), sorted(map(abs, wanted)), rtol=2.0**-52)
    assert len(found) == COUNTS[dtype][NAMES.index(name)]
    text = inspect.getsource(FORMATS[dtype].__dict__[name].__func__)
    promised = text.split("2^-")[1].split()[0].rstrip('."')
    assert worst <= 2.0 ** -int(promised)


def largest_error(name, dtype, n_points):
    """Return the largest error in ulp at places all over the range."""
    generator = numpy.random.default_rng(0)
    place = generator.uniform(-1, 1, n_points)
    x, y = arguments(name, dtype, place, generator)
    exact, rest = reference(name, x, y)
    found = values(name, x, y)
    return (error(found, exact, rest) / numpy.spacing(abs(exact).astype(dtype))).max()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_in_float32_are_within_the_bounds(name):
    assert largest_error(name, "f4", 100_000) <= bound_of(name, "f4")


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_in_float64_are_within_the_bounds(name):
    assert largest_error(name, "f8", 100_000) <= bound_of(name, "f8")


@pytest.mark.parametrize(("dtype", "step"), [("f8", 97), ("f4", 1)])
def test_sine_and_cosine_are_right_where_they_nearly_vanish(dtype, step):
    # k pi/2 <= 1e5 in float64, 1e3 in float32: there the reduction cancels most.
    last = {"f8": 63661, "f4": 636}[dtype]
    with mpmath.workdps(50):
        x = numpy.array([float(k * mpmath.pi / 2) for k in range(1, last, step)], dtype)
        for name in ("sin", "cos"):
            exact = [getattr(mpmath, name)(mpmath.mpf(float(value))) for value in x]
            pairs = zip(values(name, x, x), exact, strict=True)
            errors = [abs(float(y) - v) / numpy.spacing(abs(y)).item() for y, v in pairs]
            assert max(errors) <= bound_of(name, dtype)


SPECIAL = {
    "exp": [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (720.0, INF), (-760.0, 0.0)],
    "expm1": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, INF),
        (-INF, -1.0),
        (720.0, INF),
        (-80.0, -1.0),
    ],
    "log": [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (INF, INF), (-1.5, NAN), (-INF, NAN)],
    "sin": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, NAN),
        (-INF, NAN),
        (2.0**31, NAN),
        (-(2.0**31), NAN),
    ],
    "cos": [
        (0.0, 1.0),
        (-0.0, 1.0),
        (INF, NAN),
        (-INF, NAN),
        (2.0**31, NAN),
        (-(2.0**31), NAN),
    ],
    "tanh": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (INF, 1.0),
        (-INF, -1.0),
        (30.0, 1.0),
        (-30.0, -1.0),
    ],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (7.0, 1.0), (-7.0, -1.0)],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values_are_exact_to_the_sign_of_zero_and_nan(name, dtype):
    x, expected = numpy.array([*SPECIAL[name], (NAN, NAN)], dtype).T
    assert values(name, x.copy(), x.copy()).tobytes() == expected.astype(dtype).tobytes()
    # A NaN that comes in goes out with its payload.
    odd = (x[-1:].view(f"u{x.itemsize}") + 3).view(dtype)
    assert values(name, odd, odd).tobytes() == odd.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_subnormal_arguments_keep_their_value_where_the_slope_is_1(dtype):
    tiny = numpy.finfo(dtype).smallest_subnormal * numpy.array([1, -1, 3, 1000], dtype)
    for name in ("expm1", "log1p", "sin", "tanh"):
        assert values(name, tiny, tiny).tobytes() == tiny.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_overflows_and_vanishes_where_rounding_says(dtype):
    information = numpy.finfo(dtype)
    least = information.smallest_subnormal
    # Beyond half a spacing above the largest number is inf, below half the least is 0.
    last = mpmath.mpf(2) ** information.maxexp * (
        1 - mpmath.mpf(float(information.eps)) / 4
    )
    for edge, inside, outside in (
        (mpmath.log(last), information.max, INF),
        (mpmath.log(mpmath.mpf(float(least)) / 2), least, 0.0),
    ):
        x = numpy.array(float(edge), dtype)
        near = numpy.nextafter(x, numpy.array([0, math.copysign(INF, x)], dtype))
        found = values("exp", near, near)
        assert found[1] == outside
        assert inside / 2 < found[0] <= inside


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_two_are_exact(dtype):
    information = numpy.finfo(dtype)
    k = numpy.arange(information.minexp - information.nmant, information.maxexp)
    two = numpy.full(len(k), 2, dtype)
    expected = numpy.ldexp(numpy.ones(len(k), dtype), k)
    assert values("pow", two, k.astype(dtype)).tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_treats_special_arguments_as_c_does(dtype):
    odd = float(2 ** (numpy.finfo(dtype).nmant + 1) - 1)  # the largest odd number
    whole = [0.0, 1.0, 2.0, 3.0, odd, odd + 1, INF]
    one = [*whole, 0.5, 1 - 2.0**-20, 1 + 2.0**-20, 2.5, 1e30]
    x, y = numpy.meshgrid(
        [*one, *numpy.negative(one), NAN], [*one, *numpy.negative(one), NAN]
    )
    x, y = x.ravel().astype(dtype), y.ravel().astype(dtype)
    with numpy.errstate(all="ignore"):
        expected = numpy.power(x, y)
    found = values("pow", x, y)
    special = ~numpy.isfinite(expected) | (expected == 0) | (abs(expected) == 1)
    numpy.testing.assert_array_equal(found[special], expected[special])
    signs = special & ~numpy.isnan(expected)
    numpy.testing.assert_array_equal(
        numpy.signbit(found[signs]), numpy.signbit(expected[signs])
    )
    assert numpy.isfinite(found[~special]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_interpreter_gives_the_same_bits(dtype):
    inputs = example(dtype, 0)
    expected = portable(*inputs).tobytes()
    with backend.use("numpy"):
        assert portable(*inputs).tobytes() == expected


def power_in_lanes(i, x, y, value):
    total = 0.0
    for _turn in range(1):
        total = math.pow(x[i], y[i])
    value[i] = total


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
def test_lanes_give_the_same_bits(dtype):
    x, y, function = example(dtype, 0)
    is_pow = function == FUNCTIONS.index("pow")
    lanes = backend.kernel("x[n], y[n] -> value[n]", over="n", schedule="lanes")(
        power_in_lanes
    )
    found = lanes(x[is_pow], y[is_pow])
    assert found.tobytes() == portable(x, y, function)[is_pow].tobytes()


@pytest.mark.skipif(hostbuild.compiler() is None, reason="no C++ compiler (g++) is here")
@pytest.mark.parametrize("dtype", DTYPES)
def test_exported_cpp_gives_the_same_bits(dtype, tmp_path):
    inputs = example(dtype, 0)
    function = hostbuild.built(portable, dtype, tmp_path)
    (found,), _ = hostbuild.called(function, portable, inputs)
    assert found.tobytes() == portable(*inputs).tobytes()


def test_float32_is_computed_in_float32_alone():
    text = portable.source("numba", "f4")
    assert "float64(" not in text[text.index("@inlined") :]
