"""Abscissa, radius and distance: closed forms, dense minimization, invariances, errors."""

import itertools
import math

import numpy as np
import pytest
import scipy.optimize

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import (
    criss_cross,
    distance_to_instability,
    pseudospectral_abscissa,
    pseudospectral_radius,
    smallest_singular_values,
)
from perturbsci.perturbation.line_tests import Lines
from perturbsci.results import Status
from perturbsci.verification import load_reference

DEVIATION = load_reference("perturbation.extremes").value
DISTANCES = load_reference("perturbation.distance")
DISCRETE = (False, True)
SEARCHES = {False: pseudospectral_abscissa, True: pseudospectral_radius}
DOMAINS = {False: "continuous", True: "discrete"}


SEEDS = [1, 6, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(7, 25))]


def two_by_two(c):
    return np.array([[-1.0, c], [0.0, -1.0]])


def random_matrix(seed, discrete=False):
    """Return a stable non-normal matrix of order 10 to 40, every third one complex."""
    generator = np.random.default_rng(seed)
    n = int(generator.integers(10, 41))
    parts = generator.standard_normal((3, n, n)) / math.sqrt(n)
    a = np.diag(np.diag(parts[0])) + 1.5 * np.triu(parts[1], 1) + 0.1 * np.tril(parts[2])
    a = a + 1j * np.diag(parts[2, 0]) if seed % 3 == 0 else a
    values = np.linalg.eigvals(a)
    if discrete:
        return a / (1.1 * abs(values).max())
    return a - (values.real.max() + 0.1) * np.eye(n)


def sigma_at(a, z):
    return float(np.linalg.svd(a - z * np.eye(len(a)), compute_uv=False)[-1])


def plane(size, place, discrete):
    return size * np.exp(1j * place) if discrete else size + 1j * place


def dense_extreme(a, epsilon, discrete):
    """Return the abscissa or radius by bisection and nested searches, on dense lines.

    min over the place of sigma(size, place) does not fall as the size grows outside the
    spectrum, so that bisection finds the size to the density of the line; each of its
    minima is then refined: the outermost crossing as a function of the place.
    """
    values = np.linalg.eigvals(a)
    sizes, own = (abs(values), np.angle(values)) if discrete else (values.real, values.imag)
    reach = np.linalg.norm(a, 2) + epsilon
    places = (
        np.linspace(-np.pi, np.pi, 401) if discrete else np.linspace(-reach, reach, 401)
    )
    places = np.sort(np.concatenate([places, own]))
    low, high = sizes.max(), reach
    for _ in range(12):
        middle = (low + high) / 2
        line = smallest_singular_values(a, plane(middle, places, discrete))
        low, high = (middle, high) if line.min() <= epsilon else (low, middle)
    line = smallest_singular_values(a, plane(high, places, discrete))
    inner = np.minimum(np.roll(line, 1), np.roll(line, -1))
    starts = np.flatnonzero((line <= inner) & (line <= 1.1 * epsilon))
    return max(refined(a, epsilon, discrete, places, k, low) for k in starts)


def refined(a, epsilon, discrete, places, k, low):
    """Return the largest size at which sigma is epsilon, near one place."""
    scale = np.linalg.norm(a, 2)

    def size_at(place):
        def gap(size):
            return sigma_at(a, plane(size, place, discrete)) - epsilon

        start = low
        while gap(start) > 0:
            start -= 0.01 * scale
        return scipy.optimize.brentq(gap, start, low + scale, xtol=1e-14, rtol=1e-14)

    bounds = places[max(k - 1, 0)], places[min(k + 1, len(places) - 1)]
    return -scipy.optimize.minimize_scalar(
        lambda place: -size_at(place),
        bounds=bounds,
        method="bounded",
        options={"xatol": 1e-8 * scale},
    ).fun


def dense_distance(a, discrete):
    """Return the smallest sigma on the border from a dense grid, refined."""
    reach = np.linalg.norm(a, 2)
    places = (
        np.linspace(-np.pi, np.pi, 2001) if discrete else np.linspace(-reach, reach, 2001)
    )
    border = float(discrete)
    values = smallest_singular_values(a, plane(border, places, discrete))
    center, spacing = places[values.argmin()], places[1] - places[0]
    return scipy.optimize.minimize_scalar(
        lambda place: sigma_at(a, plane(border, place, discrete)),
        bounds=(center - spacing, center + spacing),
        method="bounded",
        options={"xatol": 1e-10},
    ).fun


def check(found):
    assert found.upper >= found.value
    assert all(certificate.passed for certificate in found.certificates)
    assert found.status.ok


@pytest.mark.parametrize("epsilon", [1e-6, 1e-3, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("c", [1.0, 2.5, 10.0, 100.0])
def test_two_by_two_has_its_closed_forms(c, epsilon):
    reach = math.sqrt(epsilon**2 + c * epsilon)
    abscissa = pseudospectral_abscissa(two_by_two(c), epsilon)
    radius = pseudospectral_radius(two_by_two(c), epsilon)
    assert abscissa.value == pytest.approx(reach - 1, abs=1e-9)
    assert radius.value == pytest.approx(reach + 1, rel=1e-9)
    assert abscissa.point == pytest.approx(reach - 1, abs=1e-5)
    check(abscissa)
    check(radius)


def test_two_by_two_has_its_distance():
    for c, exact in zip(DISTANCES.parameters["c"], DISTANCES.value, strict=True):
        found = distance_to_instability(two_by_two(c))
        assert found.value == pytest.approx(exact, rel=DISTANCES.tolerance)
        assert found.point == pytest.approx(0, abs=1e-6)
        check(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("discrete", DISCRETE)
def test_random_matrices_agree_with_dense_minimization(seed, discrete):
    a = random_matrix(seed, discrete)
    distance = distance_to_instability(a, domain=DOMAINS[discrete])
    exact = dense_distance(a, discrete)
    assert distance.value == pytest.approx(exact, rel=DEVIATION)
    check(distance)
    for epsilon in (0.3 * exact, 3 * exact):
        found = SEARCHES[discrete](a, epsilon)
        expected = dense_extreme(a, epsilon, discrete)
        assert found.value == pytest.approx(expected, rel=DEVIATION, abs=DEVIATION)
        assert found.upper >= expected
        check(found)
        assert (found.value > discrete) == (epsilon > exact)


@pytest.mark.parametrize("discrete", DISCRETE)
def test_normal_matrices_reach_epsilon_beyond_their_spectrum(discrete):
    generator = np.random.default_rng(1)
    for n in (1, 2, 7):
        parts = generator.standard_normal((4, n, n))
        q = np.linalg.qr(parts[0] + 1j * parts[1])[0]
        values = parts[2, 0] + 1j * parts[3, 0]
        found = SEARCHES[discrete](q @ np.diag(values) @ q.conj().T, 0.25)
        sizes = abs(values) if discrete else values.real
        assert found.value == pytest.approx(sizes.max() + 0.25, abs=1e-10)
        check(found)


def test_several_components_are_searched_and_the_farthest_wins():
    left = 30 * np.eye(2, k=1) + (-2 + 5j) * np.eye(2)  # reaches farther than 0
    right = np.zeros((1, 1))
    a = np.block([[left, np.zeros((2, 1))], [np.zeros((1, 2)), right]])
    found = pseudospectral_abscissa(a, 0.5)
    assert found.point == pytest.approx(-2 + math.sqrt(0.25 + 15) + 5j, rel=1e-6)
    check(found)


@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_similarity_shift_and_scale(factor):
    a = random_matrix(3)
    n = len(a)
    parts = np.random.default_rng(2).standard_normal((2, n, n))
    q = np.linalg.qr(parts[0] + 1j * parts[1])[0]
    one = pseudospectral_abscissa(a, 0.1)
    moved = factor * (q @ a @ q.conj().T + (2 - 1j) * np.eye(n))
    other = pseudospectral_abscissa(moved, 0.1 * factor)
    assert other.value / factor == pytest.approx(one.value + 2, rel=1e-9)
    radius = pseudospectral_radius(a, 0.1)
    turned = pseudospectral_radius(
        factor * np.exp(0.7j) * (q @ a @ q.conj().T), 0.1 * factor
    )
    assert turned.value / factor == pytest.approx(radius.value, rel=1e-9)
    distance = distance_to_instability(factor * (q @ a @ q.conj().T + 1j * np.eye(n)))
    assert distance.value / factor == pytest.approx(
        distance_to_instability(a).value, rel=1e-9
    )


@pytest.mark.parametrize("domain", DOMAINS.values())
def test_an_unstable_matrix_has_distance_zero(domain):
    found = distance_to_instability(np.diag([2.0 + 1j, -3.0]), domain=domain)
    assert (found.value, found.upper, found.status) == (0.0, 0.0, Status.EXACT)
    assert abs(found.point.real if domain == "continuous" else abs(found.point) - 1) < 1e-15
    assert found.certificate.passed


def test_zero_matrix_and_order_one():
    for found in (
        pseudospectral_abscissa([[0.0]], 2.0),
        pseudospectral_radius([[0.0]], 2.0),
    ):
        assert found.value == 2.0
        check(found)
    assert pseudospectral_abscissa(np.zeros((3, 3)), 0.5).value == pytest.approx(0.5)
    assert distance_to_instability([[-3.0]]).value == 3.0
    assert distance_to_instability([[0.25j]], domain="discrete").value == 0.75


def test_an_extremum_is_stored_and_read_back(tmp_path):
    found = pseudospectral_abscissa(two_by_two(3.0), 0.1)
    io.save(found, tmp_path / "abscissa.npz")
    assert io.load(tmp_path / "abscissa.npz").summary() == found.summary()
    assert "line test" in found.summary()


@pytest.mark.parametrize("search", SEARCHES.values())
def test_levels_that_mean_nothing_are_refused(search):
    for level in (0, -1.0, math.nan, math.inf, "x", True):
        with pytest.raises(
            ParameterError, match=r"epsilon is .*; pass one finite number above 0"
        ):
            search(np.eye(2), level)
    with pytest.raises(ParameterError, match="epsilon is 1e-15, below resolution"):
        search(np.eye(2), 1e-15)


@pytest.mark.parametrize(
    "call", [*SEARCHES.values(), lambda a, _: distance_to_instability(a)]
)
def test_matrices_that_mean_nothing_are_refused(call):
    with pytest.raises(ShapeError, match=r"shape \(2, 3\), needed a square matrix"):
        call(np.ones((2, 3)), 0.1)
    with pytest.raises(ParameterError, match="not finite"):
        call([[np.inf]], 0.1)
    with pytest.raises(ParameterError, match="n = 5001, needed at most 5000"):
        call(np.zeros((5001, 5001), np.float32), 0.1)


def test_an_unknown_domain_is_refused():
    with pytest.raises(ParameterError, match="domain is 'time'; it must be 'continuous'"):
        distance_to_instability(np.eye(2), domain="time")


@pytest.mark.parametrize("sweeps", [4, 100])
def test_a_search_that_does_not_end_is_told(monkeypatch, sweeps):
    a = random_matrix(1)
    steps = itertools.count() if sweeps == 4 else itertools.repeat(1)

    def farthest(lines, place, level):
        return -0.1 + 1e-5 * next(steps)  # the spectral abscissa is -0.1

    monkeypatch.setattr(criss_cross, "MOST_SWEEPS", sweeps)
    monkeypatch.setattr(Lines, "farthest", farthest)
    with pytest.raises(ConvergenceError, match=r"iterations.*strict=False") as info:
        pseudospectral_abscissa(a, 0.1)
    kept = pseudospectral_abscissa(a, 0.1, strict=False)
    assert kept.status is info.value.partial.status is Status.MAX_STEPS
    assert not kept.certificate.passed
    assert kept.iterations == (4 if sweeps == 4 else 1)
