import itertools
import math

import numpy as np
import pytest
from scipy import special

from perturbsci.errors import ParameterError
from perturbsci.koopman import chebyshev, fourier, hermite, legendre, monomials

X = np.random.default_rng(0).standard_normal((7, 3))
LINE = np.random.default_rng(1).uniform(-1, 1, (200, 1))


def product(x, indices):
    """Return the monomials by the definition, one power at a time."""
    psi = np.ones((len(x), len(indices)), dtype=x.dtype)
    for j, powers in enumerate(indices):
        for k, power in enumerate(powers):
            for _ in range(power):
                psi[:, j] *= x[:, k]
    return psi


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_monomials_are_products_of_powers(degree, dtype):
    x = X.astype(dtype) * (1 + 0.5j if dtype is np.complex128 else 1)
    for n_state in (1, 3):
        dictionary = monomials(degree, n_state=n_state)
        psi = dictionary(x[:, :n_state])
        assert psi.dtype == dtype
        # at most `degree` roundings on either side
        expected = product(x[:, :n_state], dictionary.indices)
        assert psi == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("n_state", "degree"), [(1, 9), (2, 4), (3, 3), (5, 2), (60, 1)])
def test_the_number_of_monomials_is_a_binomial_coefficient(n_state, degree):
    dictionary = monomials(degree, n_state=n_state)
    assert dictionary.n_functions == math.comb(n_state + degree, degree)
    assert len({tuple(row) for row in dictionary.indices}) == dictionary.n_functions


@pytest.mark.parametrize("weights", [None, (1, 2, 1), (3, 1, 2)])
def test_exactly_the_weighted_degrees_up_to_the_bound_in_order(weights):
    costs = np.array(weights or (1, 1, 1))
    dictionary = monomials(4, n_state=3, weights=weights)
    every = [k for k in itertools.product(range(5), repeat=3) if costs @ k <= 4]
    assert [tuple(row) for row in dictionary.indices] == sorted(
        every, key=lambda k: (costs @ k, [-i for i in k])
    )


def test_the_first_monomials_of_degree_one_are_the_constant_and_the_coordinates():
    psi = monomials(1, n_state=3)(X)
    assert np.array_equal(psi, np.hstack([np.ones((7, 1)), X]))


def test_exact_degrees_of_one_coordinate_in_their_order_also_twice():
    dictionary = monomials([3, 0, 1, 3])
    assert dictionary.indices.tolist() == [[3], [0], [1], [3]]
    assert dictionary([[2.0], [3.0]]).tolist() == [[8, 1, 2, 8], [27, 1, 3, 27]]


def test_whole_numbers_of_numpy_count_as_such():
    dictionary = monomials(np.int64(2), n_state=np.int64(2), weights=np.array([1, 2]))
    assert dictionary.n_functions == 4
    assert fourier(np.int32(2)).n_functions == 5


def test_as_many_coordinates_as_a_long_embedding_has():
    dictionary = monomials(1, n_state=1500)
    assert dictionary.n_functions == 1501
    assert np.array_equal(dictionary.indices[1:], np.eye(1500))
    x = np.random.default_rng(2).standard_normal((3, 1500))
    assert np.array_equal(dictionary(x), np.hstack([np.ones((3, 1)), x]))


@pytest.mark.parametrize("period", [2 * math.pi, 1.0, 7.5])
@pytest.mark.parametrize("degrees", [4, [3, -2, 0, 3], [-40]])
def test_waves_against_the_exponential(period, degrees):
    dictionary = fourier(degrees, period=period)
    k = np.arange(-4, 5) if degrees == 4 else np.array(degrees)
    assert dictionary.indices[:, 0].tolist() == k.tolist()
    assert dictionary.dtype_kind == "complex"
    # the error of exp(ix) is multiplied by k <= 40 in the table
    exact = np.exp(2j * np.pi * k * LINE / period)
    assert abs(dictionary(LINE) - exact).max() < 4e-14


def test_the_real_form_interleaves_cosines_and_sines():
    dictionary = fourier(3, period=2.0, form="real")
    assert dictionary.indices[:, 0].tolist() == [0, 1, -1, 2, -2, 3, -3]
    assert dictionary.dtype_kind == "real"
    angle = np.pi * LINE
    waves = [f(k * angle) * math.sqrt(2) for k in (1, 2, 3) for f in (np.cos, np.sin)]
    expected = np.hstack([np.ones_like(LINE), *waves])
    assert dictionary(LINE) == pytest.approx(expected, abs=5e-15)  # 3 * 2 pi roundings
    assert (dictionary(LINE)[:, 0] == 1.0).all()


@pytest.mark.parametrize("interval", [(-1, 1), (2.0, 2.5), (-30, 10)])
@pytest.mark.parametrize(
    ("constructor", "reference"),
    [
        (chebyshev, lambda k, t: special.eval_chebyt(k, t) * math.sqrt(2 - (k == 0))),
        (legendre, lambda k, t: special.eval_legendre(k, t) * math.sqrt(2 * k + 1)),
    ],
)
def test_polynomials_of_an_interval_against_scipy(interval, constructor, reference):
    left, right = interval
    x = left + (right - left) * (LINE + 1) / 2
    expected = np.hstack([reference(k, LINE) for k in range(13)])
    # a rounding of x moves p_k by up to k^2 roundings of its largest value
    assert constructor(12, interval=interval)(x) == pytest.approx(expected, abs=2e-12)
    some = constructor([7, 0, 2], interval=interval)(x)
    assert some == pytest.approx(expected[:, [7, 0, 2]], abs=2e-12)


@pytest.mark.parametrize("scale", [1.0, 0.3, 20.0])
def test_hermite_polynomials_against_scipy(scale):
    psi = hermite(12, scale=scale)(scale * 3 * LINE)
    for k in range(13):
        exact = special.eval_hermitenorm(k, 3 * LINE[:, 0]) / math.sqrt(math.factorial(k))
        # both run the recurrence: k roundings of its largest terms, about e^(t^2/4)
        assert psi[:, k] == pytest.approx(exact, abs=1e-12)


def quadrature(dictionary, nodes, weights):
    psi = dictionary(nodes[:, None])
    return (psi.conj().T * weights) @ psi


@pytest.mark.parametrize(
    ("dictionary", "rule"),
    [
        (fourier(9, period=3.0), lambda: (np.arange(20) * 0.15, np.full(20, 0.05))),
        (
            fourier(9, period=3.0, form="real"),
            lambda: (np.arange(20) * 0.15, np.full(20, 0.05)),
        ),
        (chebyshev(9), lambda: (special.roots_chebyt(10)[0], np.full(10, 0.1))),
        (legendre(9), lambda: special.roots_legendre(10)),
        (hermite(9), lambda: special.roots_hermitenorm(10)),
    ],
    ids=["fourier", "real", "chebyshev", "legendre", "hermite"],
)
def test_each_family_is_orthonormal_for_its_probability(dictionary, rule):
    nodes, weights = rule()
    gram = quadrature(dictionary, nodes, weights / weights.sum())
    assert gram == pytest.approx(np.eye(len(gram)), abs=1e-13)  # exact rules: rounding


@pytest.mark.parametrize("scale", [1.0, 0.25])
@pytest.mark.parametrize("degree", [40, 800])
def test_hermite_functions_are_orthonormal_on_the_line_also_of_high_degree(scale, degree):
    # The trapezoidal rule is exact to rounding for entire functions that decay so fast.
    half = math.sqrt(2 * degree + 1) + 12
    nodes = scale * np.linspace(-half, half, 40 * int(half))
    dictionary = hermite(degree, scale=scale, form="function")
    psi = dictionary(nodes[:, None])
    gram = psi.T @ psi * (nodes[1] - nodes[0])
    # beyond abs(t) = 24 the exponent -t^2/2 of up to 1300 is rounded: 1e-13 relative
    assert abs(gram - np.eye(degree + 1)).max() < 1e-11


def test_hermite_functions_neither_overflow_nor_underflow_too_early():
    far = np.array([[30.0], [-30.0], [1e3], [1e300], [-1e8]])
    psi = hermite([0, 440, 441, 900], form="function")(far)
    assert (psi[2:] == 0).all()
    # the exponent -450 is rounded to 2^-45 relative
    assert psi[:2, 0] == pytest.approx(math.exp(-450) * math.pi**-0.25, rel=1e-13)
    # 30 is the turning point of degree 450: there h_k is of order one, though e^-450 is not
    assert 0.05 < abs(psi[0, 1]) < math.pi**-0.25
    assert psi[1, 1] == pytest.approx(psi[0, 1], rel=1e-12)  # even
    assert psi[1, 2] == pytest.approx(-psi[0, 2], rel=1e-12)  # odd


def test_the_two_ways_to_hermite_functions_meet_where_one_hands_over():
    t = np.array([[23.999999], [24.0], [24.000001]])
    psi = hermite([250, 300, 301], form="function")(t)
    # h_k' is at most about sqrt(2k): 25 for these degrees, over a step of 1e-6
    assert abs(np.diff(psi, axis=0)).max() < 5e-5
    assert abs(psi[2] - 2 * psi[1] + psi[0]).max() < 1e-9  # second difference


@pytest.mark.parametrize(
    "dictionary",
    [
        fourier(6, period=1.3),
        fourier(6, form="real"),
        chebyshev(6, interval=(-1, 1.5)),
        legendre([5, 2], interval=(-1.2, 1)),
        hermite(20, scale=0.1, form="function"),
    ],
    ids=["fourier", "real", "chebyshev", "legendre", "hermite"],
)
def test_bounds_hold_on_a_dense_sample(dictionary):
    x = np.linspace(-1, 1, 20001)[:, None]
    psi = dictionary(x)
    sup, slope = dictionary.bounds
    assert np.linalg.norm(psi, axis=1).max() <= sup * (1 + 1e-14)
    change = np.linalg.norm(np.diff(psi, axis=0), axis=1).max() / (x[1, 0] - x[0, 0])
    assert change <= slope * (1 + 1e-9)  # rounding of the quotient: 2^-52 / 1e-4


@pytest.mark.parametrize("form", ["complex", "real"])
def test_bounds_of_waves_are_those_of_the_specification(form):
    sup, slope = fourier(5, period=3.0, form=form).bounds
    assert sup == pytest.approx(math.sqrt(11), rel=1e-15)
    # sum of k^2 over -5..5 is 110
    assert slope == pytest.approx(2 * math.pi / 3 * math.sqrt(110), rel=1e-15)


def test_polynomials_attain_their_bounds_at_the_end_of_the_interval():
    for dictionary in (chebyshev(8, interval=(0, 3)), legendre(8, interval=(0, 3))):
        ends = dictionary(np.array([[3.0], [3.0 - 1e-7]]))
        sup, slope = dictionary.bounds
        assert np.linalg.norm(ends[0]) == pytest.approx(sup, rel=1e-13)
        # one-sided difference: relative error about p''/p' * 1e-7
        assert np.linalg.norm(ends[0] - ends[1]) / 1e-7 == pytest.approx(slope, rel=1e-5)


def test_functions_that_grow_have_no_bounds():
    assert monomials(2).bounds is None
    assert hermite(2).bounds is None


@pytest.mark.parametrize(
    "dictionary",
    [
        fourier(5),
        fourier(5, form="real"),
        monomials(5),
        chebyshev(5),
        legendre(5),
        hermite(5),
        hermite(5, form="function"),
    ],
)
def test_single_precision_is_kept_and_close(dictionary):
    x = LINE.astype(np.float32)
    psi = dictionary(x)
    assert psi.dtype == (np.complex64 if dictionary.dtype_kind == "complex" else np.float32)
    # k^2 roundings of 2^-24 of values up to sqrt(11)
    assert abs(psi - dictionary(x.astype(float))).max() < 2e-5


@pytest.mark.parametrize(
    "dictionary", [fourier(2), chebyshev(2), hermite(2), hermite(2, form="function")]
)
def test_complex_states_are_refused_where_functions_are_real(dictionary):
    with pytest.raises(ParameterError, match=r"x has dtype complex128, needed real"):
        dictionary(LINE + 0j)


@pytest.mark.parametrize("dictionary", [monomials(40), hermite(40), legendre(40)])
def test_overflow_is_refused_with_the_index_of_the_state(dictionary):
    x = np.array([[1.0], [1e9], [2.0]])
    with pytest.raises(ParameterError, match=r"x\[1\] = \[1000000000.0\] is so large"):
        dictionary(x)
    assert np.isfinite(dictionary(x[::2])).all()


@pytest.mark.parametrize(
    ("arguments", "options", "match"),
    [
        ((-1,), {}, "degrees is -1; the largest degree is a number from 0 on"),
        ((True,), {}, "degrees is True; the largest degree is a number from 0 on"),
        ((1.5,), {}, "degrees is 1.5; pass whole numbers from 0 on, at least one"),
        (([],), {}, r"degrees is \[\]; pass whole numbers from 0 on, at least one"),
        (([-1, 2],), {}, r"degrees is \[-1, 2\]; pass whole numbers from 0 on"),
        (([0.5],), {}, "pass whole numbers from 0 on"),
        (([[1], [1, 2]],), {}, "pass whole numbers from 0 on"),
        ((None,), {}, "degrees is None; pass whole numbers from 0 on"),
        (("3",), {}, "degrees is '3'; pass whole numbers from 0 on"),
        (([1, 2],), {"n_state": 2}, "is for one coordinate: pass the largest degree"),
        (([1, 2],), {"weights": [1]}, "is for one coordinate: pass the largest degree"),
        ((2,), {"n_state": 0}, "n_state is 0; it must be the number of columns"),
        ((2,), {"n_state": 2.0}, "n_state is 2.0; it must be the number of columns"),
        ((2,), {"n_state": True}, "n_state is True; it must be the number of columns"),
        ((2,), {"n_state": 2, "weights": [1]}, r"weights is \[1\]; pass 2 whole numbers"),
        ((2,), {"n_state": 2, "weights": 3}, "weights is 3; pass 2 whole numbers from 1"),
        ((2,), {"n_state": 2, "weights": [0, 1]}, "pass 2 whole numbers from 1 on"),
        ((2,), {"n_state": 2, "weights": [1, 1.5]}, "pass 2 whole numbers from 1 on"),
        (
            (10,),
            {"n_state": 12},
            r"asks for up to 646646 functions, at most 20000 fit .*; lower the degree",
        ),
        ((10**9,), {}, "asks for up to 1000000001 functions, at most 20000 fit"),
    ],
)
def test_bad_monomials_are_refused_with_advice(arguments, options, match):
    with pytest.raises(ParameterError, match=match):
        monomials(*arguments, **options)


@pytest.mark.parametrize("constructor", [fourier, chebyshev, legendre, hermite])
@pytest.mark.parametrize(
    ("degrees", "match"),
    [
        (-1, "degrees is -1; the largest degree is a number from 0 on"),
        (False, "degrees is False; the largest degree"),
        (2.0, "degrees is 2.0; pass whole numbers"),
        ([], r"degrees is \[\]; pass whole numbers.*at least one"),
        ([0.5], "pass whole numbers"),
        ("2", "pass whole numbers"),
        (None, "degrees is None; pass whole numbers"),
        (10**7, r"functions, whose dense Gram matrix takes .* GB; at most 20000 fit"),
        ([30000], "degrees holds 30000, a degree above 20000.*choose lower ones"),
        (np.arange(20001), "asks for 20001 functions"),
    ],
)
def test_bad_degrees_are_refused_with_advice(constructor, degrees, match):
    with pytest.raises(ParameterError, match=match):
        constructor(degrees)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: fourier(2, period=0), "period is 0; .*pass a positive finite number"),
        (lambda: fourier(2, period=-1.0), "period is -1.0"),
        (lambda: fourier(2, period=math.nan), "period is nan"),
        (lambda: fourier(2, period="2"), "period is '2'"),
        (lambda: fourier(2, form="cosine"), "form is 'cosine'; it must be one of complex"),
        (lambda: fourier([1, 2], form="real"), "pass the largest frequency n"),
        (lambda: chebyshev([-1]), r"degrees is \[-1\]; pass whole numbers from 0 on"),
        (lambda: chebyshev(2, interval=(1, -1)), r"interval is \(1, -1\).*left < right"),
        (lambda: chebyshev(2, interval=(1, 1)), r"interval is \(1, 1\)"),
        (lambda: legendre(2, interval=(0, math.inf)), "both finite"),
        (lambda: legendre(2, interval=3.0), r"interval is 3\.0; pass \(left, right\)"),
        (lambda: legendre(2, interval=(1, 2, 3)), r"interval is \(1, 2, 3\)"),
        (lambda: hermite(2, scale=0.0), "scale is 0.0; the unit of x"),
        (lambda: hermite(2, scale=None), "scale is None"),
        (lambda: hermite(2, form="physics"), "form is 'physics'; it must be one of polyn"),
    ],
)
def test_bad_options_are_refused_with_advice(make, match):
    with pytest.raises(ParameterError, match=match):
        make()
