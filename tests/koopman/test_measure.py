"""Spectral measures against closed forms, orders of convergence, bounds, invariances."""

import re

import numpy as np
import pytest

from perturbsci import io
from perturbsci import koopman as kp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.filters import FILTER_ORDERS
from perturbsci.results import Status
from perturbsci.verification import load_reference

WRAPPED = 0.95 ** (np.arange(4001.0) ** 2 / 2)  # c_n of the wrapped Gaussian
SMALL = 2 - np.sqrt(3)
LAG = np.arange(801)
TWIST = (-SMALL) ** LAG * (1 + LAG * np.sqrt(3) / 2)  # c_n/c_0 of the twist
TURN = np.linspace(-np.pi, np.pi, 2001)
EPSILONS = {"gaussian": (0.2, 0.1, 0.05, 0.025, 0.0125), "twist": (0.4, 0.2, 0.1, 0.05)}


def density(source, angle, **options):
    return float(kp.spectral_measure(source, [angle], **options).density[0])


def random_measure(seed, n_moments):
    """Moments of random atoms, of a random mass."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(-np.pi, np.pi, rng.integers(1, 9))
    masses = rng.exponential(size=len(angles)) * 10.0 ** rng.uniform(-3, 3)
    return np.exp(1j * np.outer(np.arange(n_moments), angles)) @ masses, angles, masses


def errors(name, order):
    moments, angle = {"gaussian": (WRAPPED, 0.2), "twist": (TWIST, 1.0)}[name]
    exact = {
        "gaussian": load_reference("koopman_measure.gaussian_density").value[1],
        "twist": load_reference("koopman_measure.twist_density").value,
    }[name]
    return [
        abs(density(moments, angle, order=order, epsilon=epsilon) - exact)
        for epsilon in EPSILONS[name]
    ]


TABLES = {
    ("gaussian", 1): "koopman_measure.gaussian_errors_1",
    ("gaussian", 2): "koopman_measure.gaussian_errors_2",
    ("gaussian", 4): "koopman_measure.gaussian_errors_4",
    ("gaussian", 5): "koopman_measure.gaussian_errors_5",
    ("gaussian", 6): "koopman_measure.gaussian_errors_6",
    ("twist", 2): "koopman_measure.twist_errors_2",
    ("twist", 4): "koopman_measure.twist_errors_4",
    ("twist", 6): "koopman_measure.twist_errors_6",
}


@pytest.mark.parametrize("case", TABLES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_the_errors_of_the_tables_to_three_digits(case):
    table = np.array(load_reference(TABLES[case]).value)
    # Half a unit of the third digit, and 1e-14 for rounding of a sum of residues up to 80.
    third_digit = 10.0 ** (np.floor(np.log10(table)) - 2)
    assert (abs(np.array(errors(*case)) - table) <= 0.501 * third_digit + 1e-14).all()


SLOPES = {
    1: "koopman_measure.slope_1",
    2: "koopman_measure.slope_2",
    4: "koopman_measure.slope_4",
    5: "koopman_measure.slope_5",
    6: "koopman_measure.slope_6",
}


@pytest.mark.parametrize("order", SLOPES)
def test_the_observed_order_is_that_of_the_kernel(order):
    reference = load_reference(SLOPES[order])
    found = errors("gaussian", order)
    assert np.log2(found[-2] / found[-1]) == pytest.approx(
        reference.value, abs=reference.tolerance
    )


def test_order_six_reaches_its_cap():
    reference = load_reference("koopman_measure.finest_error")
    assert errors("gaussian", 6)[-1] <= reference.value


def test_the_density_of_the_wrapped_gaussian():
    reference = load_reference("koopman_measure.gaussian_density")
    found = kp.spectral_measure(WRAPPED[:200], [0.0, 0.2], method="filter").density
    # All moments above rounding pass the bump filter unchanged: phi(26/199) = 1 - 1e-160.
    assert found == pytest.approx(reference.value, abs=1e-14)


def test_the_sign_of_angles():
    """An atom at 1, where c_n = e^{in}: the density peaks at 1, not at -1."""
    moments = np.exp(1j * np.arange(200))
    measure = kp.spectral_measure(moments, TURN, order=2, epsilon=0.1)
    assert TURN[measure.density.argmax()] == pytest.approx(1.0, abs=TURN[1] - TURN[0])


def test_the_measure_of_the_tent_map():
    """g = sum a_j psi_{2^j}: abs(sum a_j e^{ijt})^2/(2 pi), a polynomial of the kernels."""
    a = np.array([1.0, -0.5j, 0.25, 0.7])
    moments = np.zeros(400, complex)
    for n in range(4):
        moments[n] = (a[: 4 - n] * a[n:].conj()).sum()  # K psi_k = psi_{2k}
    exact = abs(np.exp(1j * np.outer(TURN, np.arange(4))) @ a) ** 2 / (2 * np.pi)
    for n in range(4):  # the sign convention, by quadrature over the circle
        integral = np.mean(exact[:-1] * np.exp(1j * n * TURN[:-1])) * 2 * np.pi
        assert abs(integral - moments[n]) <= 1e-13
    found = kp.spectral_measure(moments, TURN, method="filter").density
    assert abs(found - exact).max() <= 1e-13


@pytest.mark.parametrize("poles", ["equispaced", "chebyshev"])
@pytest.mark.parametrize("order", [1, 2, 3, 5, 8, 12])
def test_moments_and_closed_form_of_the_kernel_agree(order, poles):
    """The geometric series in closed form: F(z) = (e^{it} + z)/(e^{it} - z) of one atom."""
    kernel, epsilon, atom = kp.rational_kernel(order, poles=poles), 0.3, 0.7
    z = np.exp(1j * TURN[:, None] - 1j * epsilon * kernel.poles)
    f = (np.exp(1j * atom) + z) / (np.exp(1j * atom) - z)
    exact = -(kernel.residues * f).real.sum(axis=1) / (2 * np.pi)
    moments = np.exp(1j * atom * np.arange(300))
    found = kp.spectral_measure(moments, TURN, order=order, epsilon=epsilon, poles=poles)
    # Rounding of the residues and the truncated tail.
    slack = 1e-13 * kernel.noise_amplification + found.truncation
    assert abs(found.density - exact).max() <= slack


@pytest.mark.parametrize("batch", range(10))
def test_truncation_costs_at_most_its_bound(batch):
    for seed in range(30 * batch, 30 * batch + 30):
        assert_truncation_bound(seed)


def assert_truncation_bound(seed):
    rng = np.random.default_rng(seed)
    order, epsilon = int(rng.integers(1, 9)), 10 ** rng.uniform(-2, 0)
    n = int(rng.integers(1, 60))
    _, angles, masses = random_measure(seed, 1)
    options = {"order": order, "epsilon": epsilon}
    at = np.append(rng.uniform(-np.pi, np.pi, 30), angles)
    kernel = kp.rational_kernel(order)
    z = np.exp(1j * at[:, None] - 1j * epsilon * kernel.poles)
    points = np.exp(1j * angles)
    f = ((points + z[..., None]) / (points - z[..., None])) @ masses
    exact = -(kernel.residues * f).real.sum(axis=1) / (2 * np.pi)
    moments = np.exp(1j * np.outer(np.arange(n + 1), angles)) @ masses
    measure = kp.spectral_measure(moments, at, **options)
    slack = 1e-12 * kernel.noise_amplification * masses.sum() / epsilon
    assert abs(measure.density - exact).max() <= measure.truncation + slack
    assert measure.certificate.value == measure.truncation
    assert measure.certificate.kind == "a-posteriori"


def test_the_certificate_wants_enough_moments():
    poor = kp.spectral_measure(WRAPPED[:50], [0.0], epsilon=0.1)
    assert poor.status is Status.TOLERANCE_NOT_REACHED
    assert not poor.certificate.passed
    rich = kp.spectral_measure(WRAPPED[:300], [0.0], epsilon=0.1)
    assert rich.status is Status.CONVERGED
    assert rich.certificate.passed
    assert any(
        "limits required 2, taken 0" in text for text in rich.certificate.assumptions
    )


@pytest.mark.parametrize("order", [1, 4, 9])
def test_errors_of_the_moments_cost_what_the_certificate_says(order):
    size, epsilon = 1e-3, 0.1
    options = {"order": order, "epsilon": epsilon}
    base = kp.spectral_measure(WRAPPED[:400], TURN, **options)
    # The worst signs at the angle 0 for the weights of this kernel.
    weights = (
        np.exp(1j * epsilon * np.outer(LAG[:400], kp.rational_kernel(order).poles))
        @ kp.rational_kernel(order).residues
    ).real
    wrong = WRAPPED[:400] + size * np.sign(weights)
    found = kp.spectral_measure(wrong / 1.5 + 0.5 * (LAG[:400] == 0), TURN, **options)
    exact = kp.spectral_measure(
        WRAPPED[:400] / 1.5 + 0.5 * (LAG[:400] == 0), TURN, **options
    )
    text = next(t for t in base.certificate.assumptions if "an error d of each" in t)
    factor = float(text.split("at most ")[1].removesuffix(" d"))
    change = abs(found.density - exact.density).max()
    assert change == pytest.approx(size / 1.5 * factor, rel=6e-3)  # three digits


SOURCES = {
    "rational": {"order": 4, "epsilon": 0.3},
    "rough": {"order": 1, "epsilon": 0.2, "poles": "chebyshev"},
    **{name: {"method": "filter", "filter": name} for name in FILTER_ORDERS},
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("seed", range(3))
def test_the_cumulative_measure_is_the_integral_of_the_density(name, seed):
    moments, _, _ = random_measure(seed, 41)
    n = 64  # more than the degree: the trapezoidal rule is exact over whole turns
    grid = -np.pi + 2 * np.pi * np.arange(n) / n
    measure = kp.spectral_measure(moments, grid, **SOURCES[name])
    assert measure.cumulative([-np.pi, np.pi, 3 * np.pi]) == pytest.approx(
        np.array([0, 1, 2]) * measure.mass, abs=1e-13 * measure.mass
    )
    nodes, weights = np.polynomial.legendre.leggauss(140)  # waves of 120 radians
    for end in (-2.0, 0.3, 2.9):
        at = (end + np.pi) / 2 * (nodes + 1) - np.pi
        piece = kp.spectral_measure(moments, at, **SOURCES[name])
        integral = piece.density @ weights * (end + np.pi) / 2
        assert measure.cumulative([end])[0] == pytest.approx(
            integral, abs=1e-12 * measure.mass
        )
    assert measure.density.mean() * 2 * np.pi == pytest.approx(measure.mass, rel=1e-13)


@pytest.mark.parametrize("options", [SOURCES["rough"], SOURCES["fejer"]])
@pytest.mark.parametrize("seed", range(5))
def test_positive_kernels_give_increasing_measures(options, seed):
    moments, _, masses = random_measure(seed, 200)
    measure = kp.spectral_measure(moments, TURN, **options)
    # The Poisson series is cut at e^{-200 epsilon}; Fejer's kernel is positive as it is.
    slack = measure.truncation + 1e-13 * masses.sum()
    assert measure.density.min() >= -slack
    assert np.diff(measure.cumulative(TURN)).min() >= -slack * (TURN[1] - TURN[0])


@pytest.mark.parametrize("name", FILTER_ORDERS)
def test_point_masses_of_atoms_on_a_continuum(name):
    n = 2000
    moments = 0.6 * np.exp(0.4j * np.arange(n)) + 0.4 * WRAPPED[:n]
    found = kp.point_masses(moments, [0.4, -2.5], filter=name)
    # At an atom 2 pi/(sum of weights) times the density beside it, 1.8 at most; far from
    # one the tail of the filter, and of Fejer's 1/(N sin^2).
    assert found == pytest.approx([0.6, 0.0], abs=3e-3)


@pytest.mark.parametrize("seed", range(20))
def test_a_factor_and_a_rotation_of_the_measure(seed):
    rng = np.random.default_rng(seed)
    moments, _, _ = random_measure(seed, 150)
    factor, shift = 10 ** rng.uniform(-20, 20), rng.uniform(-3, 3)
    options = {"order": int(rng.integers(1, 7)), "epsilon": 0.2}
    base = kp.spectral_measure(moments, TURN, **options)
    scaled = kp.spectral_measure(factor * moments, TURN, **options)
    scale = abs(base.density).max()
    assert abs(scaled.density / factor - base.density).max() <= 1e-12 * scale
    assert scaled.status is base.status
    turned = moments * np.exp(1j * shift * np.arange(150))
    moved = kp.spectral_measure(turned, TURN + shift, **options)
    # 150 phases of up to 6 radians: 1e3 roundoffs of the largest value.
    assert abs(moved.density - base.density).max() <= 1e-12 * scale


def test_the_period_of_angles():
    angles = np.array([0.3, 0.3 + 2 * np.pi, 0.3 - 20 * np.pi])
    found = kp.spectral_measure(WRAPPED[:100], angles).density
    assert found == pytest.approx(found[0], rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 17, 100])
def test_every_number_of_moments(n):
    """The sum in two factors is the sum, also where the table is padded."""
    rng = np.random.default_rng(n)
    moments = np.append([1.0], rng.uniform(-0.3, 0.3, n - 1) + 0j)
    kernel = kp.rational_kernel(2)
    lags = np.arange(n)
    weights = (np.exp(0.1j * np.outer(lags, kernel.poles)) @ kernel.residues).real
    terms = np.exp(-1j * np.outer(TURN, lags)) * (weights * moments)
    exact = (2 * terms.sum(axis=1).real - 1) / (2 * np.pi)
    found = kp.spectral_measure(moments, TURN, order=2, epsilon=0.1).density
    assert abs(found - exact).max() <= 1e-13


def test_single_precision_is_kept_and_computed_in_double():
    single = WRAPPED[:100].astype(np.float32)
    measure = kp.spectral_measure(single, TURN)
    assert measure.density.dtype == np.float32
    assert measure.cumulative(TURN).dtype == np.float32
    assert kp.point_masses(single, [0.0]).dtype == np.float32
    exact = kp.spectral_measure(single.astype(float), TURN).density
    assert abs(measure.density - exact).max() <= 2.0**-24 * exact.max()


def test_inputs_are_not_modified():
    moments, angles = WRAPPED[:60].copy(), TURN.copy()
    moments.flags.writeable = angles.flags.writeable = False
    kp.spectral_measure(moments, angles).cumulative(angles)
    kp.point_masses(moments, angles)
    strided = np.repeat(WRAPPED[:60], 2)[::2]
    same = kp.spectral_measure(strided, angles[::-1]).density
    assert np.array_equal(same, kp.spectral_measure(moments, angles[::-1].copy()).density)


@pytest.mark.parametrize("name", SOURCES)
def test_a_measure_survives_a_file(name, tmp_path):
    measure = kp.spectral_measure(WRAPPED[:80], TURN[:50], **SOURCES[name])
    io.save(measure, tmp_path / "measure.npz")
    again = io.load(tmp_path / "measure.npz")
    for field, array in measure.arrays().items():
        assert getattr(again, field).tobytes() == array.tobytes()
    assert again.cumulative(TURN).tobytes() == measure.cumulative(TURN).tobytes()
    assert str(again.certificate) == str(measure.certificate)
    assert (again.status, again.order, again.epsilon) == (
        measure.status,
        measure.order,
        measure.epsilon,
    )
    assert len(measure.summary().splitlines()) <= 30


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "fft"}, "method is 'fft'.*'rational', 'filter', 'atoms'"),
        ({"method": "atoms"}, "separate_atoms"),
        ({"order": 0}, "order is 0"),
        ({"order": 13}, "order is 13"),
        ({"epsilon": 0}, "epsilon is 0.*the width in radians"),
        ({"epsilon": -0.1}, "epsilon is -0.1"),
        ({"epsilon": np.nan}, "epsilon is nan"),
        ({"epsilon": "0.1"}, "epsilon is '0.1'"),
        ({"epsilon": True}, "epsilon is True"),
        ({"poles": "random"}, "'equispaced', 'chebyshev'"),
        ({"filter": "hann", "method": "filter"}, "filter is 'hann'.*fejer"),
        ({"coefficients": np.ones(3)}, "drop coefficients"),
    ],
)
def test_bad_options_are_refused(options, match):
    with pytest.raises(ParameterError, match=match):
        kp.spectral_measure(WRAPPED[:10], [0.0], **options)


@pytest.mark.parametrize(
    ("angles", "error", "match"),
    [
        (0.0, ShapeError, "angles has shape"),
        ([], ShapeError, "angles has shape"),
        ([[0.0]], ShapeError, "angles has shape"),
        ([np.nan], ParameterError, "not finite"),
        ([1j], ParameterError, "needed real numbers"),
        (None, ParameterError, "angles is None"),
    ],
)
def test_bad_angles_are_refused(angles, error, match):
    measure = kp.spectral_measure(WRAPPED[:10], [0.0])
    for call in (
        lambda: kp.spectral_measure(WRAPPED[:10], angles),
        lambda: kp.point_masses(WRAPPED[:10], angles),
        lambda: measure.cumulative(angles),
    ):
        with pytest.raises(error, match=match):
            call()


def test_a_filter_needs_two_moments():
    for call in (
        lambda: kp.spectral_measure([1.0], [0.0], method="filter"),
        lambda: kp.point_masses([1.0], [0.0]),
    ):
        with pytest.raises(ShapeError, match="pass c_0 and c_1"):
            call()
    assert density([2 * np.pi], 0.0) == pytest.approx(1.0, rel=1e-15)


def test_an_unknown_filter_of_point_masses_is_refused():
    with pytest.raises(ParameterError, match="filter is None"):
        kp.point_masses(WRAPPED[:10], [0.0], filter=None)


def test_too_few_moments_come_with_the_number_that_is_enough():
    short = kp.spectral_measure(0.5 ** np.arange(20.0), [0.0], epsilon=0.1)
    (note,) = (t for t in short.certificate.assumptions if t.startswith("note: "))
    enough = int(re.search(r"moments up to (\d+)", note)[1])
    assert note in short.summary()
    for n, passed in ((enough, True), (enough - 1, False)):
        moments = 0.5 ** np.arange(n + 1.0)
        assert kp.spectral_measure(moments, [0.0], epsilon=0.1).certificate.passed == passed
