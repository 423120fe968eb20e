import itertools
import math

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    chebyshev,
    custom,
    delays,
    fourier,
    hermite,
    indicator,
    legendre,
    linear,
    monomials,
    radial,
    tensor,
    union,
)

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (30, 4))
EDGES = np.linspace(-1, 1, 4)


def outer(*panels):
    """Return all products, the first factor slowest, by the definition."""
    product = panels[0]
    for panel in panels[1:]:
        product = np.einsum("na,nb->nab", product, panel).reshape(len(product), -1)
    return product


@pytest.mark.parametrize(
    "factors",
    [
        (fourier(2), hermite(3)),
        (chebyshev(2), legendre(1), monomials(2)),
        (monomials(2, n_state=2), fourier(1, form="real"), linear(1)),
        (tensor(fourier(1), chebyshev(2)), union(linear(1), fourier([3]))),
        (radial(X[:3, :2], scale=1.0), indicator(EDGES)),
        (fourier(2),),
    ],
)
def test_a_tensor_product_is_the_product_of_its_factors(factors):
    dictionary = tensor(*factors)
    ends = np.cumsum([0, *(factor.n_state for factor in factors)])
    panels = [
        factor(X[:, start:end])
        for factor, start, end in zip(factors, ends[:-1], ends[1:], strict=True)
    ]
    expected = outer(*panels)
    assert dictionary.n_state == ends[-1]
    # three factors: three roundings, four times that for complex products
    assert dictionary(X[:, : ends[-1]]) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("cross", [1, 2, 5, 7.5, 16])
def test_a_hyperbolic_cross_keeps_exactly_the_indices_of_the_definition(cross):
    factors = (fourier(4), chebyshev(5), fourier(2, form="real"))
    weight = [lambda k: max(1, abs(k)), lambda k: k + 1, lambda k: max(1, abs(k))]
    rows = [factor.indices[:, 0].tolist() for factor in factors]
    expected = [
        k
        for k in itertools.product(*rows)
        if math.prod(w(i) for w, i in zip(weight, k, strict=True)) <= cross
    ]
    dictionary = tensor(*factors, cross=cross)
    assert [tuple(row) for row in dictionary.indices] == expected
    whole = tensor(*factors)
    place = [whole.indices.tolist().index(list(k)) for k in expected]
    assert np.array_equal(dictionary(X[:, :3]), whole(X[:, :3])[:, place])


def test_a_cross_of_nested_and_linear_factors():
    inside = tensor(fourier(3), chebyshev(2))
    one = tensor(inside, chebyshev(3), cross=6)
    flat = tensor(fourier(3), chebyshev(2), chebyshev(3), cross=6)
    assert np.array_equal(one.indices, flat.indices)
    assert np.array_equal(one(X[:, :3]), flat(X[:, :3]))
    assert tensor(linear(2), chebyshev(3), cross=4).n_functions == 4  # 2 * (k + 1) <= 4


def test_a_cross_of_many_factors_is_never_built_whole():
    dictionary = tensor(*[chebyshev(20)] * 12, cross=8)  # the full product has 21^12
    # products of at most 8: of 2..8; 2*2, 2*3, 3*2, 2*4, 4*2; 2*2*2
    assert dictionary.n_functions == 1 + 12 * 7 + math.comb(12, 2) * 5 + math.comb(12, 3)


def test_bounds_of_waves_in_several_coordinates_are_exact():
    for form in ("complex", "real"):
        waves = tensor(fourier(3, period=2.0, form=form), fourier(2, form=form))
        for dictionary in (waves, tensor(*waves.parts, cross=3)):
            sup, slope = dictionary.bounds
            k = dictionary.indices * np.array([np.pi, 1.0])
            assert sup == pytest.approx(math.sqrt(dictionary.n_functions), rel=1e-14)
            assert slope == pytest.approx(np.linalg.norm(k), rel=1e-14)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize(
    ("base", "constant"),
    [
        (monomials(2), [0]),
        (fourier(1), [1]),
        (linear(1), []),
        (hermite(2, form="function"), []),
        (chebyshev([2, 0, 1]), [1]),
        (indicator([-1.0, 1.0]), [0]),
        (union(monomials(1), fourier(1, form="real")), [0, 2]),
    ],
)
def test_delays_apply_the_base_to_each_block_and_keep_a_constant_once(
    base, constant, count
):
    dictionary = delays(base, count)
    blocks = [base(X[:, [j]]) for j in range(count)]
    expected = [blocks[0], *(np.delete(block, constant, axis=1) for block in blocks[1:])]
    assert base.constants == tuple(constant)
    assert dictionary.constants == tuple(constant)
    assert np.array_equal(dictionary(X[:, :count]), np.hstack(expected))
    assert dictionary.n_state == count


def test_delays_match_the_columns_of_an_embedded_trajectory():
    states = RNG.standard_normal((20, 2))
    data = Snapshots.from_trajectory(states, delays=3)
    base = monomials(2, n_state=2)
    psi = delays(base, 3)(data.x)
    for j in range(3):
        block = base(states[j : j + 17])
        columns = slice(0, 6) if j == 0 else slice(6 + 5 * (j - 1), 6 + 5 * j)
        assert np.array_equal(psi[:, columns], block if j == 0 else block[:, 1:])


def test_a_union_stands_side_by_side_and_keeps_duplicates():
    parts = (monomials(2, n_state=2), tensor(fourier(1), fourier(1)), linear(2))
    dictionary = union(*parts)
    psi = dictionary(X[:, :2])
    assert np.array_equal(psi, np.hstack([part(X[:, :2]) for part in parts]))
    assert dictionary.constants == (0, 10)
    assert psi.dtype == complex
    twice = union(chebyshev(3), chebyshev(3))
    assert twice.n_functions == 8
    assert twice.bounds == pytest.approx(np.sqrt(2) * np.array(chebyshev(3).bounds))


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: tensor(), ParameterError, "factors is empty; pass at least one"),
        (lambda: union(), ParameterError, "dictionaries is empty"),
        (lambda: tensor(fourier(1), 3), ParameterError, r"factors\[1\] is a int, needed"),
        (lambda: union(None), ParameterError, r"dictionaries\[0\] is a NoneType"),
        (lambda: union(linear(1), linear(2)), ShapeError, r"\[1, 2\] columns.*tensor\("),
        (lambda: delays(3, 2), ParameterError, r"base\[0\] is a int, needed a Dictionary"),
        (lambda: delays(linear(1), 0), ParameterError, "count is 0; .* from 1 on"),
        (lambda: delays(linear(1), 1.0), ParameterError, "count is 1.0"),
        (lambda: delays(linear(1), True), ParameterError, "count is True"),
        (lambda: delays(monomials(200), 200), ParameterError, "functions, whose dense"),
        (lambda: linear(20001), ParameterError, "takes 3.2 GB; at most 20000 fit"),
        (lambda: union(*[linear(101)] * 200), ParameterError, "asks for 20200 functions"),
        (lambda: tensor(fourier(200), fourier(200)), ParameterError, "160801 functions"),
        (
            lambda: tensor(*[fourier(1000)] * 4, cross=900),
            ParameterError,
            r"tensor with cross=900 asks for \d+ functions",
        ),
        (lambda: tensor(fourier(2), cross=0.5), ParameterError, "cross is 0.5; .* from 1"),
        (lambda: tensor(fourier(2), cross=math.nan), ParameterError, "cross is nan"),
        (lambda: tensor(fourier(2), cross="2"), ParameterError, "cross is '2'"),
        (lambda: tensor(fourier(2), cross=True), ParameterError, "cross is True"),
        (lambda: tensor(fourier([5]), cross=2), ParameterError, "the smallest is 5"),
        (
            lambda: tensor(fourier(2), radial(X[:, :1], scale=1.0), cross=2),
            ParameterError,
            r"factors\[1\] \(radial\) has no degrees, which cross=2 needs",
        ),
        (lambda: custom(3, 1, n_state=1), ParameterError, "function is a int; pass a call"),
        (lambda: custom(np.cos, 0, n_state=1), ParameterError, "n_functions is 0"),
        (lambda: custom(np.cos, 1.0, n_state=1), ParameterError, "n_functions is 1.0"),
        (lambda: custom(np.cos, 1, n_state=0), ParameterError, "n_state is 0"),
        (lambda: custom(np.cos, 1, n_state=1, name=2), ParameterError, "name is a int"),
    ],
)
def test_bad_compositions_are_refused_with_advice(make, error, match):
    with pytest.raises(error, match=match):
        make()
