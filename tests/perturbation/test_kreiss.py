"""Kreiss constants and transient growth: closed forms, dense minimization, bounds."""

import math

import mpmath
import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.perturbation import (
    distance_to_instability,
    kreiss,
    kreiss_constant,
    pseudospectral_abscissa,
    smallest_singular_values,
    transient_growth,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference
from tests.perturbation.test_criss_cross import plane, random_matrix, sigma_at, two_by_two

CLOSED = load_reference("perturbation.kreiss")
GAP = load_reference("perturbation.kreiss_gap").value
DEVIATION = load_reference("perturbation.extremes").value
DOMAINS = ("continuous", "discrete")
SEEDS = [1, 6, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(7, 25))]


def check(found):
    assert found.value <= found.upper <= (1 + GAP) * found.value
    assert all(certificate.passed for certificate in found.certificates)
    assert found.status.ok


def dense_kreiss(a, discrete):
    """Return the largest excess/sigma from a dense grid, refined without gradients."""
    scale = np.linalg.norm(a, 2)
    excesses = np.geomspace(1e-4 * scale, 1e3 * scale, 60)[:, None]
    angles = np.linspace(-np.pi, np.pi, 121)
    places = angles if discrete else scale * np.sinh(3 * angles / np.pi) / np.sinh(3)
    sigma = smallest_singular_values(a, plane(excesses + discrete, places, discrete))
    i, j = np.unravel_index((excesses / sigma).argmax(), sigma.shape)
    start = (math.log(excesses[i, 0]), places[j])

    def loss(x):
        excess = math.exp(x[0])
        return math.log(sigma_at(a, plane(excess + discrete, x[1], discrete)) / excess)

    options = {"xatol": 1e-7 * scale, "fatol": 1e-13, "initial_simplex": None}
    for _ in range(2):  # a second simplex, where the first one has shrunk too early
        start = scipy.optimize.minimize(
            loss, start, method="Nelder-Mead", options=options
        ).x
    return max(1.0, math.exp(-loss(start)))


def test_two_by_two_has_its_closed_form():
    for c, exact in zip(CLOSED.parameters["c"], CLOSED.value, strict=True):
        found = kreiss_constant(two_by_two(c))
        assert found.value == pytest.approx(exact, rel=CLOSED.tolerance)
        check(found)
        if c > 2:
            epsilon = 4 * c / (c**2 - 4)
            assert found.epsilon == pytest.approx(epsilon, rel=1e-4)  # flat at its maximum
            assert found.point == pytest.approx(-1 + math.sqrt(epsilon**2 + c * epsilon))
        else:
            assert found.point == math.inf


@pytest.mark.parametrize("c", [2.001, 2.1, 1e4, 1e6])
def test_closed_form_from_nearly_contractive_to_extreme(c):
    found = kreiss_constant(two_by_two(c))
    assert found.value - 1 == pytest.approx((c - 2) ** 2 / (4 * c), rel=1e-6)
    check(found)


def test_it_is_the_largest_quotient_of_abscissa_and_level():
    a = random_matrix(5)
    found = kreiss_constant(a)
    abscissa = pseudospectral_abscissa(a, found.epsilon)
    assert abscissa.value / found.epsilon == pytest.approx(found.value, rel=1e-9)
    for factor in (0.5, 0.9, 1.1, 2.0):
        level = factor * found.epsilon
        assert pseudospectral_abscissa(a, level).value / level < found.value


def test_what_rounding_hides_is_told():
    found = kreiss_constant(two_by_two(1e9))  # sigma is 1e-9, its rounding 1e-7
    assert found.status is Status.ILL_CONDITIONED
    assert not found.certificate.passed


@pytest.mark.parametrize("c", [2.5, 10.0])
def test_discrete_nilpotent_block_has_its_closed_form(c):
    # abs(z)^2 = s^2 + c s for [[0, c], [0, 0]]; maximize (sqrt(s^2 + c s) - 1)/s over s.
    with mpmath.workdps(30):
        quotient = lambda s: (mpmath.sqrt(s * s + c * s) - 1) / s  # noqa: E731
        at = mpmath.findroot(lambda s: mpmath.diff(quotient, s), 4 / c)
        exact = float(quotient(at))
    found = kreiss_constant([[0.0, c], [0.0, 0.0]], domain="discrete")
    assert found.value == pytest.approx(exact, rel=1e-9)
    assert found.epsilon == pytest.approx(float(at), rel=1e-4)
    check(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_random_matrices_agree_with_dense_minimization(seed, domain):
    a = random_matrix(seed, domain == "discrete")
    found = kreiss_constant(a, domain=domain)
    exact = dense_kreiss(a, domain == "discrete")
    assert found.value == pytest.approx(exact, rel=DEVIATION)
    assert found.upper >= exact
    check(found)


@pytest.mark.slow
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_upper_bound_is_above_a_dense_grid(domain):
    discrete = domain == "discrete"
    for seed in range(50):
        a = random_matrix(seed, discrete)[: 3 + seed % 6, : 3 + seed % 6]
        values = np.linalg.eigvals(a)
        a = a / (1.1 * abs(values).max()) if discrete else a
        a = a if discrete else a - (values.real.max() + 0.02) * np.eye(len(a))
        excesses = np.geomspace(1e-4, 1e2, 60)[:, None]
        places = np.linspace(-np.pi, np.pi, 121)
        sigma = smallest_singular_values(a, plane(excesses + discrete, places, discrete))
        found = kreiss_constant(a, domain=domain)
        assert found.upper >= (excesses / sigma).max()
        check(found)


@pytest.mark.parametrize("domain", DOMAINS)
def test_normal_and_contractive_matrices_have_one_at_infinity(domain):
    generator = np.random.default_rng(2)
    for n in (1, 4, 9, 20):
        parts = generator.standard_normal((3, n, n))
        q = np.linalg.qr(parts[0] + 1j * parts[1])[0]
        values = -abs(parts[2, 0]) + 1j * parts[1, 0]
        values = values if domain == "continuous" else values / abs(values).max()
        found = kreiss_constant(q @ np.diag(values) @ q.conj().T, domain=domain)
        assert found.value == pytest.approx(1.0, abs=1e-10)
        assert found.point == math.inf
        check(found)
    skew = parts[0] - parts[0].T if domain == "continuous" else np.linalg.qr(parts[0])[0]
    assert kreiss_constant(skew, domain=domain).value == 1.0
    assert kreiss_constant(np.zeros((3, 3)), domain=domain).value == 1.0
    assert kreiss_constant([[-1.0]], domain="continuous").value == 1.0


@pytest.mark.parametrize(
    ("matrix", "domain"),
    [
        ([[0.1]], "continuous"),
        ([[1.1]], "discrete"),
        ([[0.0, 1.0], [0.0, 0.0]], "continuous"),  # defective on the border
        ([[1.0, 1.0], [0.0, 1.0]], "discrete"),
    ],
)
def test_unstable_matrices_have_none(matrix, domain):
    found = kreiss_constant(matrix, domain=domain)
    assert found.value == found.upper == math.inf
    assert found.status is Status.UNSTABLE
    assert not found.certificate.passed


@pytest.mark.parametrize("c", [4.0, 30.0])
def test_a_simple_eigenvalue_on_the_border_is_legal(c):
    a = np.array([[0.0, c], [0.0, -1.0]])
    found = kreiss_constant(a)
    limit = math.hypot(1, c)  # the condition of the eigenvalue 0, as x -> 0
    assert found.value == pytest.approx(limit, rel=1e-6)
    check(found)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_scale_rotation_and_similarity_leave_it_alone(factor):
    a = random_matrix(6)
    n = len(a)
    parts = np.random.default_rng(3).standard_normal((2, n, n))
    q = np.linalg.qr(parts[0] + 1j * parts[1])[0]
    moved = factor * (q @ a @ q.conj().T + 2j * np.eye(n))
    found = kreiss_constant(moved)
    assert found.value == pytest.approx(kreiss_constant(a).value, rel=1e-9)
    check(found)


def test_the_bound_between_two_lines_holds_for_every_line_between():
    generator = np.random.default_rng(4)
    for discrete in (False, True):
        matrix = random_matrix(8, discrete)
        scale = np.linalg.norm(matrix, 2)
        for _ in range(8):
            low, high = np.sort(scale * 10 ** generator.uniform(-3, 2, 2))
            places = np.linspace(-np.pi, np.pi, 301) * (1 if discrete else scale)
            one, other, between = (
                smallest_singular_values(
                    matrix, plane(x + discrete, places, discrete)
                ).min()
                for x in (low, high, math.sqrt(low * high))
            )
            bound, peak = kreiss._between(
                kreiss.Line(low, one, 0.0, discrete),
                kreiss.Line(high, other, 0.0, discrete),
            )
            assert low * (1 - 1e-12) <= peak <= high * (1 + 1e-12)
            # The minima are those of a dense line: second order in its spacing.
            assert math.sqrt(low * high) / between <= bound * (1 + 1e-3)


def test_a_search_that_does_not_end_is_told(monkeypatch):
    monkeypatch.setattr(kreiss, "MOST_LINES", 3)
    with pytest.raises(ConvergenceError, match=r"value .* so far.*strict=False") as info:
        kreiss_constant(two_by_two(10.0))
    kept = kreiss_constant(two_by_two(10.0), strict=False)
    assert kept.value == info.value.partial.value == pytest.approx(2.6)
    assert kept.upper > (1 + GAP) * kept.value
    assert kept.status is Status.MAX_STEPS


def test_growth_has_its_closed_form():
    c, times = 10.0, np.array([0.0, 0.3, 1.0, 7.0, 2.0])
    found = transient_growth(two_by_two(c), times)
    exact = np.exp(-times) * (c * times + np.sqrt((c * times) ** 2 + 4)) / 2
    np.testing.assert_allclose(found.norms, exact, rtol=1e-13)
    np.testing.assert_allclose(found.lower_bound, np.exp(-times), rtol=1e-14)
    constant = kreiss_constant(two_by_two(c)).upper
    ceiling = np.minimum(np.exp((c / 2 - 1) * times), 2 * math.e * constant)
    np.testing.assert_allclose(found.upper_bound, ceiling, rtol=1e-12)
    assert found.certificate.passed


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("seed", range(2))
def test_growth_stays_between_its_bounds_and_reaches_the_constant(seed, domain):
    a = random_matrix(seed, domain == "discrete")[:12, :12]
    scale = np.linalg.norm(a, 2)
    times = np.arange(0, 30) if domain == "discrete" else np.linspace(0, 20 / scale, 30)
    found = transient_growth(a, times, domain=domain)
    assert (found.norms >= found.lower_bound * (1 - 1e-10)).all()
    assert (found.norms <= found.upper_bound * (1 + 1e-10)).all()
    assert found.certificate.passed
    if distance_to_instability(a, domain=domain).value > 0:
        constant = kreiss_constant(a, domain=domain)
        longest = 400 if domain == "discrete" else 400 / scale
        many = np.arange(400) if domain == "discrete" else np.linspace(0, longest, 501)
        peak = transient_growth(a, many, domain=domain).norms.max()
        assert constant.value * (1 - 1e-3) <= peak <= math.e * 12 * constant.upper


def test_powers_agree_with_products():
    a = random_matrix(2, discrete=True)
    found = transient_growth(a, [0, 1, 5], domain="discrete")
    exact = [np.linalg.norm(x, 2) for x in (np.eye(len(a)), a, a @ a @ a @ a @ a)]
    np.testing.assert_allclose(found.norms, exact, rtol=1e-12)


def test_growth_of_an_unstable_matrix_and_overflow():
    found = transient_growth([[1.0, 5.0], [0.0, 2.0]], [0.0, 1.0])
    exact = np.linalg.norm(scipy.linalg.expm([[1.0, 5.0], [0.0, 2.0]]), 2)
    assert found.norms[1] == pytest.approx(exact)
    assert found.certificate.passed
    lost = transient_growth([[1.0]], [1e4])
    assert (lost.norms[0], lost.status) == (math.inf, Status.NOT_FINITE)
    assert lost.certificate.kind == "none"
    assert transient_growth([[1.0]], []).norms.shape == (0,)


def test_results_are_stored_and_read_back(tmp_path):
    for k, found in enumerate(
        (kreiss_constant(two_by_two(1.0)), transient_growth(two_by_two(5.0), [0.0, 1.0]))
    ):
        io.save(found, tmp_path / f"{k}.npz")
        assert io.load(tmp_path / f"{k}.npz").summary() == found.summary()


@pytest.mark.parametrize(
    "call", [kreiss_constant, lambda a, **options: transient_growth(a, [1.0], **options)]
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(ShapeError, match="needed a square matrix"):
        call(np.ones((2, 3)))
    with pytest.raises(ParameterError, match="not finite"):
        call([[np.nan]])
    with pytest.raises(ParameterError, match="domain is 'z'; it must be 'continuous'"):
        call(np.eye(2), domain="z")
    with pytest.raises(ParameterError, match="n = 5001"):
        call(np.zeros((5001, 5001), np.float32))


def test_broken_times_and_tolerances_are_refused():
    with pytest.raises(ParameterError, match=r"times holds -1.*from 0 on"):
        transient_growth([[0.0]], [1.0, -1.0])
    with pytest.raises(ParameterError, match="whole numbers of steps"):
        transient_growth([[0.0]], [0.5], domain="discrete")
    with pytest.raises(ParameterError, match="tolerance is 0; pass one finite"):
        kreiss_constant([[0.0]], tolerance=0)
