import dataclasses
import itertools
import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import Dictionary, linear, monomials

X = np.random.default_rng(0).standard_normal((7, 3))


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
    dictionary = monomials(degree, n_state=3)
    assert dictionary(x).dtype == dtype
    assert dictionary(x) == pytest.approx(product(x, dictionary.indices), rel=1e-14)


def test_any_table_of_degrees_can_be_used():
    indices = np.array([[0, 3, 1], [0, 0, 0], [2, 0, 0], [0, 3, 1]])
    dictionary = Dictionary("mine", indices)
    assert (dictionary.n_functions, dictionary.n_state) == (4, 3)
    assert dictionary(X) == pytest.approx(product(X, indices), rel=1e-14)


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


def test_exact_degrees_of_one_coordinate():
    dictionary = monomials([3, 0, 1])
    assert dictionary.indices.tolist() == [[3], [0], [1]]
    assert dictionary([[2.0], [3.0]]).tolist() == [[8, 1, 2], [27, 1, 3]]


def test_linear_functions_are_the_coordinates():
    assert np.array_equal(linear(3)(X), X)
    assert linear(3).name == "linear"


def test_whole_numbers_of_numpy_count_as_such():
    dictionary = monomials(np.int64(2), n_state=np.int64(2), weights=np.array([1, 2]))
    assert dictionary.n_functions == 4
    assert linear(np.int64(2)).n_functions == 2


def test_as_many_coordinates_as_a_long_embedding_has():
    dictionary = monomials(1, n_state=1500)
    assert dictionary.n_functions == 1501
    assert np.array_equal(dictionary.indices[1:], np.eye(1500))


def test_states_are_not_modified_and_functions_do_not_share_their_memory():
    x = X.copy()
    dictionary = linear(3)
    psi = dictionary(x)
    psi[:] = 0.0
    assert np.array_equal(x, X)
    before = dictionary.indices.copy()
    monomials(3, n_state=3)(x)
    assert np.array_equal(x, X)
    assert np.array_equal(dictionary.indices, before)


def test_single_precision_and_other_layouts():
    dictionary = monomials(3, n_state=3)
    assert dictionary(X.astype(np.float32)).dtype == np.float32
    assert dictionary(np.asfortranarray(X)).tobytes() == dictionary(X).tobytes()
    assert dictionary(X.astype(">f8")).tobytes() == dictionary(X).tobytes()


def test_a_dictionary_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        linear(3).name = "other"


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


@pytest.mark.parametrize("n_state", [0, -1, 1.5, None, True])
def test_linear_functions_need_a_number_of_columns(n_state):
    with pytest.raises(ParameterError, match=r"the number of columns of snapshots\.x"):
        linear(n_state)


@pytest.mark.parametrize(
    ("indices", "error", "match"),
    [
        ([1, 2], ShapeError, r"indices has shape \(2,\), .* one row of degrees a function"),
        (np.zeros((0, 2), int), ShapeError, r"\(0, 2\), .* one row of degrees a function"),
        ([[1.0, 2.0]], ParameterError, "dtype float64.*degrees are whole numbers from 0"),
        ([[1, -2]], ParameterError, "indices .*-2.* degrees are whole numbers from 0"),
        ([["a"]], ParameterError, "degrees are whole numbers from 0 on"),
        ([[1], [1, 2]], ShapeError, "one row of degrees a function"),
    ],
)
def test_bad_tables_are_refused_with_advice(indices, error, match):
    with pytest.raises(error, match=match):
        Dictionary("mine", indices)


@pytest.mark.parametrize("x", [X[:, :2], X[0], np.ones((2, 4))])
def test_states_of_another_width_are_refused(x):
    with pytest.raises(ShapeError, match=r"x has shape .*, needed"):
        linear(3)(x)
