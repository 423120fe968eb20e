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
    lowest = 3.0 * (math.pi / 4) ** 2 + 5.0 * (math.pi / 2) ** 2
    theorem = SimpleNamespace(
        name="semilinear",
        norm=norm,
        viscosities=(3.0, 5.0),
        lengths=(4.0, 2.0),
        lowest=lowest,
    )
    fixed = SimpleNamespace(theorem=theorem, lift=lambda points, _: 0 * points[:, 0])
    assert steady_bound(fixed, ENDS, COUNTS) == pytest.approx(7.0 * factor, rel=1e-14)


def test_the_energy_in_one_direction_is_the_norm_of_the_slope():
    def cube(points, index):
        return {(0,): points[:, 0] ** 3, (1,): 3 * points[:, 0] ** 2}[index]

    found = error_norm(cube, "energy", (np.array([0.0, 2.0]),), (6,))
    assert found == pytest.approx(math.sqrt(9 * 2**5 / 5), rel=1e-14)


def test_what_was_changed_at_the_walls_is_added(monkeypatch):
    monkeypatch.setattr(bounds, "coercive_bound", lambda *_: 2.0)
    theorem = SimpleNamespace(name="coercive", norm="L2")
    fixed = SimpleNamespace(theorem=theorem, lift=derivative)
    expected = 2.0 + math.sqrt(3**3 / 3 * 4**5 / 5)
    assert steady_bound(fixed, ENDS, COUNTS) == pytest.approx(expected, rel=1e-13)


def test_an_infinite_radius_is_an_infinite_bound(monkeypatch):
    monkeypatch.setattr(bounds, "kantorovich_radius", lambda *_: math.inf)
    theorem = SimpleNamespace(
        name="semilinear", norm="L2", viscosities=(3.0,), lengths=(4.0,), lowest=1.0
    )
    assert steady_bound(SimpleNamespace(theorem=theorem), ENDS, COUNTS) == math.inf


ROUNDING = 16 * 2.0**-52
SLABS = (((2.0, 3.0), "first"), ((3.0, 4.0), "second"), ((4.0, 5.0), "last"))


def certified(monkeypatch, theorem, tolerance, *, fixed=True, **given):
    """Return certificate and history where a theorem and its numbers are given."""
    corrected = SimpleNamespace(
        theorem=theorem,
        lift=lambda points, _: 0 * points[:, 0],
        surrogate=SimpleNamespace(derivative=derivative),
        surrogate_on_grid=None,
    )
    given |= {"recognize": theorem, "corrected": corrected if fixed else None}
    for name, value in given.items():
        monkeypatch.setattr(bounds, name, lambda *_, value=value: value)
    return bounds.certificate_and_history(SimpleNamespace(problem=None), tolerance)


def evolution(end):
    return SimpleNamespace(
        name="reaction-diffusion",
        norm="L2",
        claim="L2 norm of the error",
        form=SimpleNamespace(time_order=1),
        dimension=2,
        bounds=((0.0, 1.0), (0.0, 1.0), (2.0, end)),
        assumptions=("smooth",),
    )


@pytest.mark.parametrize(("size", "allowed"), [(4.0, 0.4), (0.5, 0.05), (0.0, 0.1)])
def test_an_evolution_is_certified_at_its_worst_time(monkeypatch, size, allowed):
    history = ((2.0, 0.5), (3.0, 0.75), (5.0, 0.25))
    given = {"bound_history": history, "slab_ends": SLABS, "panel_counts": (4, 4)}
    found, told = certified(monkeypatch, evolution(5.0), 0.1, size_at=size, **given)
    assert told == history
    assert found.bound == pytest.approx(allowed, rel=1e-15)  # of what is not 0
    assert found.value == 0.75 + ROUNDING * size
    assert found.kind == "a-posteriori"
    assert "up to time 5 (surrogate at the start: " in found.claim


def test_the_size_of_an_evolution_is_that_of_its_start(monkeypatch):
    seen = []
    given = {"bound_history": ((5.0, 1.0),), "slab_ends": SLABS, "panel_counts": (4, 4)}
    with monkeypatch.context() as patch:
        certified(patch, evolution(5.0), 0.1, size_at=1.0, **given)
        patch.setattr(bounds, "panel_counts", lambda _, n_directions: n_directions)
        patch.setattr(bounds, "size_at", lambda *words: seen.append(words[2:]) or 1.0)
        bounds.certificate_and_history(SimpleNamespace(problem=None), 0.1)
    assert seen == [(2.0, "first", 3)]  # two directions and the time


@pytest.mark.parametrize(
    ("end", "size", "bound"), [(6.0, 1.0, 0.5), (5.0, 1.0, math.inf), (5.0, math.inf, 0.5)]
)
def test_an_evolution_that_is_not_bounded_to_its_end_claims_nothing(
    monkeypatch, end, size, bound
):
    given = {"slab_ends": SLABS, "panel_counts": (4, 4), "size_at": size}
    found, _ = certified(
        monkeypatch, evolution(end), 0.1, bound_history=((5.0, bound),), **given
    )
    assert found.kind == "none"
    assert found.assumptions == ("the bound is not finite up to the final time",)


def test_a_steady_statement_is_certified_relative_to_the_surrogate(monkeypatch):
    theorem = SimpleNamespace(
        name="coercive",
        norm="L2",
        claim="L2 norm of the error",
        form=SimpleNamespace(time_order=0),
        dimension=2,
        assumptions=("smooth",),
    )
    given = {"panel_ends": (ENDS, COUNTS), "coercive_bound": 0.25}
    found, told = certified(monkeypatch, theorem, 0.1, **given)
    size = math.sqrt(3**3 / 3 * 4**5 / 5)
    assert told == ()
    assert found.bound == pytest.approx(0.1 * size, rel=1e-13)
    assert found.value == pytest.approx(0.25 + ROUNDING * size, rel=2e-16, abs=0)
    assert found.value > 0.25
    assert found.claim == "L2 norm of the error (surrogate: 42.9)"


@pytest.mark.parametrize("theorem", [None, SimpleNamespace()])
def test_without_a_theorem_or_a_correction_the_residual_is_all_that_is_said(
    monkeypatch, theorem
):
    found = certified(monkeypatch, theorem, 0.1, fixed=theorem is None, held_out="held")
    assert found == ("held", ())
