"""Certificates of residuals against operators whose action in L2 is known exactly."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from koopman_samples import RESULTS

from perturbsci.errors import ParameterError
from perturbsci.koopman import (
    Snapshots,
    accumulate,
    edmd,
    fourier,
    legendre,
    limits_required,
    linear,
    monomials,
)
from perturbsci.koopman.evidence import Evidence, gather_evidence
from perturbsci.koopman.limits import limits_in_words
from perturbsci.results import Status


def cells(rng, n_points, low, high):
    """Return random points of an interval, the masses of their cells, the largest cell."""
    x = np.sort(rng.uniform(low, high, n_points))
    ends = np.concatenate([[low], (x[1:] + x[:-1]) / 2, [high]])
    sizes = np.diff(ends)
    return x, sizes / (high - low), sizes.max()


def winding(rng, degree):
    """Return x -> m x + a on the circle, its Lipschitz constant, and its true residual."""
    m, a = int(rng.integers(1, 4)), rng.uniform(0, 2 * np.pi)
    k = np.arange(-degree, degree + 1)

    def residual(value, v):
        image = dict(zip(m * k, v * np.exp(1j * a * k), strict=True))
        own = dict(zip(k, -value * v, strict=True))
        total = sum(abs(image.get(j, 0) + own.get(j, 0)) ** 2 for j in {*image, *own})
        return math.sqrt(total / (np.abs(v) ** 2).sum())

    return (lambda x: m * x + a), m, residual


def contraction(rng, degree):
    """Return x -> a x + b of [-1, 1] into itself, likewise in Legendre polynomials."""
    a = rng.uniform(-0.9, 0.9)
    b = rng.uniform(-1, 1) * (1 - abs(a))
    nodes, weights = np.polynomial.legendre.leggauss(2 * degree + 2)
    functions = legendre(degree)
    psi_x, psi_y = functions(nodes[:, None]), functions((a * nodes + b)[:, None])

    def residual(value, v):
        miss, g = np.abs(psi_y @ v - value * psi_x @ v), np.abs(psi_x @ v)
        return math.sqrt((weights @ miss**2) / (weights @ g**2))

    return (lambda x: a * x + b), abs(a), residual


@pytest.mark.parametrize("family", ["circle", "interval"])
@pytest.mark.parametrize("block", range(3))
def test_no_true_residual_lies_outside_its_a_posteriori_interval(family, block):
    """50 random maps each: 300 in all, every pair of every spectrum."""
    finite = 0
    for seed in range(50 * block, 50 * block + 50):
        rng = np.random.default_rng([seed, family == "circle"])
        degree, n_points = int(rng.integers(1, 4)), int(10 ** rng.uniform(1.5, 4))
        circle = family == "circle"
        low, high = (0, 2 * np.pi) if circle else (-1, 1)
        x, weights, diameter = cells(rng, n_points, low, high)
        make = winding if circle else contraction
        function, lipschitz, residual = make(rng, degree)
        data = Snapshots(
            x[:, None], function(x)[:, None], weights=weights, sampling="quadrature"
        )
        functions = fourier(degree) if circle else legendre(degree)
        spectrum = edmd(data, functions, modulus=(lipschitz, diameter))
        assert spectrum.certificate.kind == "a-posteriori"
        true = np.array(
            [
                residual(*p)
                for p in zip(spectrum.eigenvalues, spectrum.vectors.T, strict=True)
            ]
        )
        lower, upper = spectrum.intervals.T
        assert (true <= upper).all()
        assert (true >= lower - 1e-12).all()  # rounding of both
        assert true.max() <= spectrum.certificate.value
        finite += np.isfinite(upper).all()
    assert finite >= 10  # the bound is not void throughout


def coverage(n_seeds, n_samples, degree=1):
    inside, finite = 0, 0
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        function, _, residual = winding(rng, degree)
        x = rng.uniform(0, 2 * np.pi, (n_samples, 1))
        data = Snapshots(x, function(x), sampling="independent")
        spectrum = edmd(data, fourier(degree), confidence=0.95)
        assert spectrum.certificate.kind == "statistical"
        true = np.array(
            [
                residual(*p)
                for p in zip(spectrum.eigenvalues, spectrum.vectors.T, strict=True)
            ]
        )
        lower, upper = spectrum.intervals.T
        inside += bool((true <= upper).all() and (true >= lower - 1e-12).all())
        finite += bool(np.isfinite(upper).all())
    return inside / n_seeds, finite / n_seeds


@pytest.mark.parametrize(("n_samples", "informative"), [(100, 0.0), (3000, 1.0)])
def test_statistical_intervals_cover_at_their_level(n_samples, informative):
    covered, finite = coverage(200, n_samples)
    assert covered >= 0.95
    assert finite >= informative


@pytest.mark.slow
@pytest.mark.parametrize("n_samples", [300, 1000, 10000])
def test_statistical_intervals_cover_with_more_functions(n_samples):
    assert coverage(200, n_samples, degree=4)[0] >= 0.95


def test_the_bernstein_errors_hold_in_the_basis_of_the_true_g():
    """Legendre functions, G = I: the errors of G, A and L themselves, 200 seeds."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    functions = legendre(2)
    psi, image = functions(nodes[:, None]), functions(nodes[:, None] / 2)
    exact = [(a.T * weights / 2) @ b for a, b in ((psi, psi), (psi, image), (image, image))]
    held = 0
    for seed in range(200):
        x = np.random.default_rng(seed).uniform(-1, 1, (2000, 1))
        state = accumulate(Snapshots(x, x / 2, sampling="independent"), functions)
        evidence = gather_evidence(state)
        errors = [
            np.linalg.norm(found - true, 2)
            for found, true in zip((state.G, state.A, state.L), exact, strict=True)
        ]
        held += all(e <= t for e, t in zip(errors, evidence.relative, strict=True))
        assert max(evidence.relative) < 1
    assert held >= 190


def test_too_few_independent_samples_make_the_bound_void():
    x = np.random.default_rng(0).uniform(0, 2 * np.pi, (30, 1))
    spectrum = edmd(Snapshots(x, x + 1, sampling="independent"), fourier(2))
    assert spectrum.certificate.kind == "statistical"
    assert spectrum.certificate.value == math.inf
    assert not spectrum.certificate.passed


RNG = np.random.default_rng(0)
ANGLES = RNG.uniform(0, 2 * np.pi, (400, 1))
X = RNG.uniform(-1, 1, (400, 2))
OTHER = Snapshots(ANGLES[:50], ANGLES[:50] + 1)


@pytest.mark.parametrize(
    ("sampling", "options", "kind"),
    [
        ("unknown", {}, "estimate"),
        ("ergodic", {}, "estimate"),
        ("quadrature", {}, "estimate"),
        ("quadrature", {"modulus": (1.0, 0.01)}, "a-posteriori"),
        ("independent", {}, "statistical"),
        ("independent", {"held_out": OTHER}, "held-out"),
        ("quadrature", {"modulus": (1.0, 0.01), "held_out": OTHER}, "held-out"),
    ],
)
def test_each_situation_earns_its_kind(sampling, options, kind):
    data = Snapshots(ANGLES, ANGLES + 1, sampling=sampling)
    certificate = edmd(data, fourier(2), **options).certificate
    assert certificate.kind == kind
    assert certificate.claim.startswith("largest residual in L2 of the measure")
    assert "there is g with ||(K - l) g|| <= r ||g||" in certificate.claim
    assert "eigenvalue" not in certificate.claim


def test_a_modulus_without_bounds_of_the_dictionary_is_not_used():
    data = Snapshots(X, X / 2, sampling="quadrature")
    certificate = edmd(data, modulus=(0.5, 0.1)).certificate
    assert certificate.kind == "estimate"
    assert any("modulus not used" in text for text in certificate.assumptions)


def test_bounds_that_the_data_exceed_are_not_used():
    """Legendre polynomials are bounded on [-1, 1]; these pairs lie outside."""
    x = RNG.uniform(-1, 1, (400, 1))
    state = accumulate(Snapshots(x, 3 * x, sampling="quadrature"), legendre(3))
    evidence = gather_evidence(state, modulus=(3.0, 0.01))
    assert evidence.kind == "estimate"
    assert any("leave the domain" in text for text in evidence.assumptions)


def test_without_bounds_the_largest_value_on_independent_samples_is_assumed():
    data = Snapshots(X, X / 2, sampling="independent")
    certificate = edmd(data, monomials(1, n_state=2)).certificate
    assert certificate.kind == "statistical"
    largest = np.sqrt(1 + (X**2).sum(axis=1).max())
    assert f"||Psi|| <= {largest:.4g}" in certificate.assumptions[0]
    weights = np.linspace(0.5, 1.5, 400)
    weighted = edmd(dataclasses.replace(data, weights=weights), monomials(1, n_state=2))
    assert weighted.certificate.kind == "statistical"


@pytest.mark.parametrize("declare", ["isometry", "unitary", "normal"])
def test_declarations_are_printed_and_allow_what_follows_from_them(declare):
    data = Snapshots(
        *(np.linspace(0, 2 * np.pi, 64, endpoint=False)[:, None] + s for s in (0, 1))
    )
    spectrum = edmd(data, fourier(5), declare=declare)
    assert spectrum.status is Status.CONVERGED
    certificate = spectrum.certificate
    text = next(t for t in certificate.assumptions if t.startswith(f"declared {declare}"))
    assert float(text.rpartition("= ")[2]) <= 1e-13
    assert ("dist(l, spectrum) <= r" in certificate.claim) == (declare != "isometry")
    circle = any("spectrum is the circle" in t for t in certificate.assumptions)
    assert circle == (declare == "isometry")
    assert spectrum.declare == declare


@pytest.mark.parametrize("declare", ["isometry", "unitary", "normal"])
def test_a_declaration_against_the_data_is_doubted_with_the_number(declare):
    spectrum = edmd(Snapshots(X, X / 2), declare=declare)
    assert spectrum.status is Status.DECLARATION_DOUBTFUL
    assert "||L - G|| / ||G|| = 0.75" in " ".join(spectrum.certificate.assumptions)
    assert "dist(l, spectrum)" not in spectrum.certificate.claim


def test_the_limits_are_counted_in_words():
    spectrum = edmd(Snapshots(X, X / 2))
    assert spectrum.limits.required == 3
    text = "limits required 3, taken 0: M = 400, N = 2"
    assert text in spectrum.certificate.assumptions
    limits = limits_required("point_spectrum")
    assert limits_in_words(limits, {"eps": 0.05}) == (
        "limits not computable, taken 0: eps = 0.05"
    )


def test_widening_follows_its_formula():
    evidence = Evidence("a-posteriori", (), (0.1, 0.2, 0.3), (0.01, 0.02, 0.03))
    z, r = np.array([0.0, 1j, -2.0]), np.array([0.5, 0.1, 0.2])
    wanted = 0.3 + 0.4 * np.abs(z) + 0.1 * (np.abs(z) ** 2 + r**2)
    assert evidence.widening(z, r) == pytest.approx(wanted, rel=1e-15)
    lower, upper = evidence.interval(z, r)
    assert upper == pytest.approx(np.sqrt(r**2 + wanted), rel=1e-15)
    assert lower == pytest.approx(np.sqrt(np.maximum(r**2 - wanted, 0)), rel=1e-15)
    near = evidence.interval(z, r, stretch=np.ones(3))[1]
    scaled = 0.03 + 0.04 * np.abs(z) + 0.01 * (np.abs(z) ** 2 + r**2)
    assert near == pytest.approx(np.sqrt(r**2 + scaled / 0.99), rel=1e-15)
    void = evidence.interval(z, r, stretch=np.full(3, 1e3))[1]
    assert void == pytest.approx(upper, rel=1e-15)
    assert (Evidence("estimate", ()).widening(z) == 0).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"declare": "compact"}, "declare is 'compact'; it must be one of 'general'"),
        ({"modulus": 1.0}, r"modulus is 1.0; pass \(lipschitz, fill_distance\)"),
        ({"modulus": (1.0, -1.0)}, "largest diameter of a cell, both from 0 on"),
        ({"confidence": 1.0}, r"confidence is 1.0; it must be a probability in \(0, 1\)"),
        ({"confidence": True}, "confidence is True; it must be a probability"),
    ],
)
def test_options_out_of_range_are_refused(options, match):
    with pytest.raises(ParameterError, match=match):
        edmd(Snapshots(X, X / 2), **options)


def noisy(rng, n_samples):
    """Return x -> x/2 + noise/4, for which g(x) = x has the residual 1/(4 std x)."""
    x = rng.standard_normal((n_samples, 1))
    return Snapshots(x, x / 2 + rng.standard_normal((n_samples, 1)) / 4)


def test_bootstrap_intervals_cover_the_residual_of_a_fixed_pair():
    """200 held-out sets of 200 pairs: at least 90 % where 95 % are meant."""
    spectrum_data = noisy(np.random.default_rng(0), 500)
    covered = 0
    for seed in range(200):
        held_out = noisy(np.random.default_rng([1, seed]), 200)
        spectrum = edmd(spectrum_data, linear(1), held_out=held_out, seed=seed)
        true = math.hypot(0.25, abs(spectrum.eigenvalues[0] - 0.5))
        low, high = spectrum.intervals[0]
        assert low <= spectrum.residuals[0] <= high
        covered += low <= true <= high
    assert 180 <= covered < 200


def test_held_out_intervals_are_seeded_and_follow_the_pairs_that_are_kept():
    data, other = noisy(np.random.default_rng(0), 500), noisy(np.random.default_rng(1), 90)
    first, again, different = (
        edmd(data, monomials(3), held_out=other, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(first.intervals, again.intervals)
    assert not np.array_equal(first.intervals, different.intervals)
    kept = first.keep(0.6)
    low, high = kept.intervals[-1]
    words = next(t for t in kept.certificate.assumptions if t.startswith("interval of"))
    assert words.endswith(f"[{low:.4g}, {high:.4g}]")
    assert kept.certificate.value == kept.residuals[-1]


def test_neighbors_along_a_trajectory_widen_the_interval():
    rng = np.random.default_rng(2)
    states = np.cumsum(rng.standard_normal((2000, 1)), axis=0) * 0.01
    series = Snapshots.from_trajectory(np.sin(states))
    shuffled = dataclasses.replace(series, sampling="independent")
    widths = [
        np.ptp(edmd(series, linear(1), held_out=h).intervals[0]) for h in (series, shuffled)
    ]
    assert widths[0] > 1.5 * widths[1]


def test_every_certificate_kind_survives_products_of_options():
    """No combination raises or leaves NaN without kind "none"."""
    for sampling, declare, accuracy in itertools.product(
        ("quadrature", "independent"), ("general", "unitary"), ("gram", "verified", "qr")
    ):
        data = Snapshots(ANGLES, ANGLES + 1, sampling=sampling)
        spectrum = edmd(
            data, fourier(1), declare=declare, accuracy=accuracy, modulus=(1.0, 0.001)
        )
        assert spectrum.certificate.kind == "a-posteriori"
        assert not math.isnan(spectrum.certificate.value)


@pytest.mark.parametrize(("factor", "status"), [(1.0, "CONVERGED"), (0.2, "DECLARATION")])
def test_samples_contradict_a_declaration_only_beyond_their_fluctuation(factor, status):
    """Of a map that keeps the measure ||L - G|| is at most ||dL|| + ||dG||."""
    angle = np.random.default_rng(5).uniform(0, 2 * np.pi, (4000, 1))
    data = Snapshots(angle, factor * angle + 1.0, sampling="independent")
    spectrum = edmd(data, fourier(1), declare="unitary")
    evidence = gather_evidence(spectrum.gram, declare="unitary")
    assert spectrum.status.name.startswith(status)
    assert ("dist(l, spectrum)" in spectrum.certificate.claim) == (factor == 1.0)
    assert evidence.allowed == evidence.relative[0] + evidence.relative[2]
    assert 1e-3 < evidence.allowed < 0.3


@pytest.mark.parametrize("name", [name for name in RESULTS if "Spectrum" in name])
def test_no_assumption_stands_twice_in_a_certificate(name):
    assumptions = RESULTS[name].certificate.assumptions
    assert len(set(assumptions)) == len(assumptions)
