"""Norms of functions in closed form, and what a ball of the energy norm means in others."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from perturbsci.surrogates import bounds
from perturbsci.surrogates.bounds import error_norm, steady_bound

A, B = 1.5, 2.0  # half lengths: u = x y^2 on [0, 3] x [0, 4]
ENDS = (np.array([0.0, A, 2 * A]), np.array([0.0, 2 * B]))
COUNTS = (6, 6)


def derivative(points, index):
    x, y = points.T
    return {(0, 0): x * y**2, (1, 0): y**2, (0, 1): 2 * x * y}[index]


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        ("max", 3 * 16.0),
        ("L2", math.sqrt(3**3 / 3 * 4**5 / 5)),
        ("energy", math.sqrt(3 * 4**5 / 5 + 4 * 3**3 / 3 * 4**3 / 3)),
    ],
)
def test_norms_of_a_polynomial_on_a_rectangle(norm, expected):
    # Gauss quadrature of 6 points is exact here; the supremum has a margin of its own
    close = {"rel": 1e-13} if norm != "max" else {"rel": 0.02}
    assert error_norm(derivative, norm, ENDS, COUNTS) == pytest.approx(expected, **close)


@pytest.mark.parametrize(
    ("norm", "factor"),
    [
        ("energy", 1 / math.sqrt(3.0)),  # sqrt(a) ||u'|| <= r, the least of both a
        ("L2", 1 / math.sqrt(3.0 * (math.pi / 4) ** 2 + 5.0 * (math.pi / 2) ** 2)),
        ("max", 0.5 * math.sqrt(4.0 / 3.0)),  # |u| <= sqrt(L) ||u'|| / 2
    ],
)
def test_the_radius_of_newton_and_kantorovich_in_every_norm(monkeypatch, norm, factor):
    monkeypatch.setattr(bounds, "kantorovich_radius", lambda *_: 7.0)
    theorem = SimpleNamespace(
        name="semilinear", norm=norm, viscosities=(3.0, 5.0), lengths=(4.0, 2.0)
    )
    fixed = SimpleNamespace(theorem=theorem, lift=lambda points, _: 0 * points[:, 0])
    assert steady_bound(fixed, ENDS, COUNTS) == pytest.approx(7.0 * factor, rel=1e-14)


def test_an_infinite_radius_is_an_infinite_bound(monkeypatch):
    monkeypatch.setattr(bounds, "kantorovich_radius", lambda *_: math.inf)
    theorem = SimpleNamespace(
        name="semilinear", norm="L2", viscosities=(3.0,), lengths=(4.0,)
    )
    assert steady_bound(SimpleNamespace(theorem=theorem), ENDS, COUNTS) == math.inf
