"""Tableaux: published properties, order conditions, and the refusal of wrong digits."""

import dataclasses

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import Multistep, Tableau, tableau, tableau_names
from perturbsci.verification import load_reference

PUBLISHED = {  # order, kind, globally, implicitly stiffly accurate
    "ars111": (1, "ARS", True, True),
    "ars222": (2, "ARS", True, True),
    "ars232": (2, "ARS", False, True),
    "ars233": (3, "ARS", False, False),
    "ars443": (3, "ARS", True, True),
    "ssp222": (2, "A", False, False),
    "ssp322": (2, "A", False, True),
    "ssp332": (2, "A", False, True),
    "ssp433": (3, "A", False, False),
    "dp242": (2, "A", True, True),
    "bpr353": (3, "CK", True, True),
    "ark324": (3, "CK", False, True),
    "heun": (2, "explicit", False, False),
    "rk4": (4, "explicit", False, False),
}
COEFFICIENTS = ("explicit", "implicit", "explicit_weights", "implicit_weights")
every = pytest.mark.parametrize("name", PUBLISHED)


def test_the_names_are_those_of_the_literature():
    assert tableau_names() == tuple(PUBLISHED)
    assert tableau("ars222") is tableau("ars222")


@every
def test_published_properties(name):
    pair = tableau(name)
    found = (
        pair.order,
        pair.kind,
        pair.globally_stiffly_accurate,
        pair.implicitly_stiffly_accurate,
    )
    assert found == PUBLISHED[name]
    assert pair.name == name
    assert pair.stages == len(pair.explicit)


@every
def test_order_defects_are_rounding_up_to_the_order(name):
    pair = tableau(name)
    defects = pair.order_defects
    assert defects.shape == (min(pair.order + 1, 3),)
    assert (defects[: pair.order] <= 1e-12).all()
    if pair.order < 3:
        assert defects[-1] > 1e-2  # the order is not higher than stated


def test_stability_at_infinity():
    found = {name: tableau(name).stability_at_infinity for name in PUBLISHED}
    for name, identifier in (
        ("ars233", "multiscale.ars233_infinity"),
        ("bpr353", "multiscale.bpr353_infinity"),
    ):
        reference = load_reference(identifier)
        assert abs(found.pop(name) - reference.value) <= reference.tolerance
    assert found.pop("heun") == found.pop("rk4") == 1.0
    # ssp433 is printed with 14 digits, and R(inf) = 1 - 1/a + ... amplifies their rounding
    assert max(map(abs, found.values())) <= 1e-12


@every
def test_stability_at_infinity_is_the_limit_of_the_stability_function(name):
    pair = tableau(name)
    z = -1e8
    A, b = pair.implicit, pair.implicit_weights
    ones = np.ones(pair.stages)
    value = 1 + z * b @ np.linalg.solve(np.eye(pair.stages) - z * A, ones)
    # R(z) - R(inf) = O(1/z), and z b.(...) cancels to 1e8 unit roundoffs
    assert abs(value - pair.stability_at_infinity) <= 1e-6


def test_without_stiff_accuracy_stability_at_infinity_may_be_infinite():
    # b . Ahat^(-1) a differs from b_1: R grows linearly
    pair = Tableau(
        "grows",
        [[0, 0], [1, 0]],
        [[0, 0], [1 / 4, 3 / 4]],
        [0, 1],
        [1 / 2, 1 / 2],
        order=1,
    )
    assert pair.stability_at_infinity == -np.inf


@every
@pytest.mark.parametrize("part", COEFFICIENTS)
def test_a_change_of_1e_6_in_any_coefficient_is_refused(name, part):
    pair = tableau(name)
    changed = 0
    for index in np.ndindex(getattr(pair, part).shape):
        array = getattr(pair, part).copy()
        array[index] += 1e-6
        with pytest.raises(ParameterError):
            dataclasses.replace(pair, **{part: array})
        changed += 1
    assert changed == getattr(pair, part).size


@pytest.mark.parametrize("part", ["embedded_explicit", "embedded_implicit"])
def test_a_change_in_the_embedded_pair_is_refused(part):
    pair = tableau("ark324")
    assert pair.has_embedded
    assert pair.embedded_order == 2
    for j in range(4):
        array = getattr(pair, part).copy()
        array[j] += 1e-6
        with pytest.raises(ParameterError, match="violates a condition of order 1"):
            dataclasses.replace(pair, **{part: array})


def test_arrays_are_frozen_copies():
    explicit = np.array([[0.0, 0.0], [1.0, 0.0]])
    pair = Tableau("euler", explicit, [[0, 0], [0, 1]], [1, 0], [0, 1], order=1)
    explicit[1, 0] = 5.0
    assert pair.explicit[1, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        pair.explicit[1, 0] = 2.0
    c_explicit, c_implicit = pair.abscissae
    assert c_explicit.tolist() == c_implicit.tolist() == [0.0, 1.0]


ZERO = [[0, 0], [0, 0]]
EULER = [[0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "advice"),
    [
        (
            ("x", [[0, 1], [0, 0]], ZERO, [1, 0], [1, 0]),
            {},
            ParameterError,
            "set it to zero",
        ),
        (
            ("x", [[1, 0], [1, 0]], ZERO, [1, 0], [1, 0]),
            {},
            ParameterError,
            "strictly lower",
        ),
        (
            ("x", EULER, [[0, 1], [0, 1]], [1, 0], [0, 1]),
            {},
            ParameterError,
            "lower triang",
        ),
        (("x", EULER, [[0, 0], [1, 0]], [1, 0], [0, 1]), {}, ParameterError, "positive"),
        (("x", EULER, [[0, 0, 0]], [1, 0], [0, 1]), {}, ShapeError, "needed \\(2, 2\\)"),
        (("x", EULER, ZERO, [1, 0, 0], [0, 1]), {}, ShapeError, "needed \\(2,\\)"),
        (("x", EULER, ZERO, [1, 0], [[0, 1]]), {}, ShapeError, "1 axis"),
        (("x", EULER, [[0, 0], [0, np.nan]], [1, 0], [0, 1]), {}, ParameterError, "finite"),
        (("x", EULER, [[0, 0], [0, 1]], [1, 1], [0, 1]), {}, ParameterError, "of order 1"),
        (
            ("x", EULER, [[0, 0], [0, 1]], [1, 0], [0, 1]),
            {"order": 2},
            ParameterError,
            "of order 2",
        ),
        (
            ("x", EULER, [[0, 0], [0, 1]], [1, 0], [0, 1]),
            {"order": 4},
            ParameterError,
            "1 to 3",
        ),
        (
            ("x", EULER, [[0, 0], [0, 1]], [1, 0], [0, 1]),
            {"order": True},
            ParameterError,
            "whole",
        ),
        (("", EULER, [[0, 0], [0, 1]], [1, 0], [0, 1]), {}, ParameterError, "pass a word"),
        (
            ("x", EULER, [[0, 0], [0, 1]], [1, 0], [0, 1]),
            {"embedded_order": 1},
            ParameterError,
            "pass all three",
        ),
        (
            ("x", EULER, [[0, 0], [0, 1.0001]], [1, 0], [0, 1]),
            {},
            ParameterError,
            "wrong digit",
        ),
    ],
)
def test_what_is_no_tableau_is_refused(arguments, options, error, advice):
    with pytest.raises(error, match=advice):
        Tableau(*arguments, **{"order": 1, **options})


def test_the_message_names_the_condition_and_its_value():
    with pytest.raises(ParameterError, match=r"sum of the explicit weights = 1, by 0\.5"):
        Tableau("x", EULER, [[0, 0], [0, 1]], [1.5, 0], [0, 1], order=1)


def test_an_unknown_name_offers_the_nearest_first():
    with pytest.raises(ParameterError, match="known are ars222, "):
        tableau("ars22")


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_multistep_weights_are_exact_for_polynomials(order):
    scheme = Multistep(order)
    a, e = scheme.state_weights, scheme.explicit_weights
    assert a.shape == (order + 1,)
    assert e.shape == (order,)
    assert scheme.name == f"bdf{order}"
    times = -np.arange(order + 1.0)  # of y_{n+1-j}, the step is 1
    for power in range(order + 1):
        derivative = power * 0.0 ** max(power - 1, 0) if power else 0.0
        assert abs(a @ times**power - derivative) <= 1e-13
    for power in range(order):  # extrapolation of E to time 0
        assert abs(e @ times[1:] ** power - 0.0**power) <= 1e-13


@pytest.mark.parametrize("order", [0, 5, 2.0, True, "2"])
def test_unknown_multistep_orders_are_refused(order):
    with pytest.raises(ParameterError, match="order 1, 2, 3 and 4"):
        Multistep(order)
