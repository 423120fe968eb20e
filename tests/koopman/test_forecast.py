"""Forecasts with a bound of their error, and the generator behind one step."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    accumulate,
    dmd,
    edmd,
    fourier,
    generator,
    kernel_edmd,
    legendre,
    linear,
    monomials,
    mpedmd,
    predict,
    radial,
    tensor,
)
from perturbsci.results import Status

RNG = np.random.default_rng(0)
N_STEPS = 12


def circle_nodes(count):
    return 2 * np.pi * np.arange(count)[:, None] / count, None


def interval_nodes(count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes[:, None], weights / 2


def torus_nodes(count):
    angle = 2 * np.pi * np.arange(count) / count
    return np.stack([a.ravel() for a in np.meshgrid(angle, angle, indexing="ij")], 1), None


SYSTEMS = {
    "circle map": (
        circle_nodes,
        64,
        512,
        lambda x: x + 1 + 0.3 * np.sin(x),
        fourier(6),
        "general",
    ),
    "cubic map": (
        interval_nodes,
        20,
        100,
        lambda x: 0.9 * x - 0.3 * x**3,
        legendre(5),
        "general",
    ),
    "cat map": (
        torus_nodes,
        16,
        48,
        lambda x: x @ np.array([[2.0, 1.0], [1.0, 1.0]]),
        tensor(fourier(2), fourier(2)),
        "unitary",
    ),
    "radial functions": (
        interval_nodes,
        40,
        200,
        lambda x: 0.9 * x - 0.3 * x**3,
        radial(np.linspace(-1, 1, 8)[:, None], scale=0.7),
        "general",
    ),
}


def fitted(name, **options):
    nodes, few, _, advance, dictionary, declare = SYSTEMS[name]
    x, weights = nodes(few)
    data = Snapshots(x, advance(x), weights=weights, sampling="quadrature")
    return edmd(data, dictionary, declare=declare, **options)


def true_errors(name, spectrum, coefficients, n_steps):
    """Return ||g o F^n - forecast_n|| of each output by a finer quadrature."""
    nodes, _, many, advance, _, _ = SYSTEMS[name]
    x, weights = nodes(many)
    weights = np.full(len(x), 1 / len(x)) if weights is None else weights
    forecast = predict(spectrum, x, n_steps, coefficients=coefficients)
    errors, state = [], x
    for n in range(n_steps + 1):
        exact = state if coefficients is None else spectrum.dictionary(state) @ coefficients
        errors.append(np.sqrt(weights @ np.abs(exact - forecast.values[:, n]) ** 2))
        state = advance(state)
    return np.array(errors), forecast


@pytest.mark.parametrize("tolerance", [None, 0.3])
@pytest.mark.parametrize("form", ["gram", "qr"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_the_bound_is_at_least_the_true_error(name, form, tolerance):
    """2 % is the quadrature of the pairs that the bound was computed from."""
    nodes, few, _, advance, dictionary, declare = SYSTEMS[name]
    x, weights = nodes(few)
    data = Snapshots(x, advance(x), weights=weights, sampling="quadrature")
    spectrum = edmd(accumulate(data, dictionary, form=form), declare=declare)
    spectrum = spectrum if tolerance is None else spectrum.keep(tolerance)
    outputs = None
    if "map" in name and name != "cubic map":
        outputs = np.eye(dictionary.n_functions)[:, [1, dictionary.n_functions // 2 + 1]]
    errors, forecast = true_errors(name, spectrum, outputs, N_STEPS)
    assert (errors <= 1.02 * forecast.bound + 1e-14).all()
    assert forecast.status is spectrum.status
    assert forecast.certificate.kind == "estimate"
    if name == "cat map":
        assert forecast.operator_norm == 1.0
    if form == "qr" and tolerance is None:
        # Not idle either: one step is bounded by what it is, to the same 2 %.
        one = (errors[1] > 1e-6) & (errors[0] < 1e-12)
        assert (forecast.bound[1][one] <= 1.02 * errors[1][one]).all()


def test_values_are_powers_of_the_koopman_matrix():
    spectrum = fitted("circle map")
    initial = np.array([[0.3], [1.0], [4.0]])
    coefficients = RNG.standard_normal((13, 2)) + 1j * RNG.standard_normal((13, 2))
    forecast = predict(spectrum, initial, 300, coefficients=coefficients)
    assert forecast.values.shape == (3, 301, 2)
    assert forecast.bound.shape == (301, 2)
    for n in (0, 1, 7, 255, 256, 257, 300):
        power = np.linalg.matrix_power(spectrum.koopman_matrix, n)
        wanted = spectrum.dictionary(initial) @ power @ coefficients
        assert forecast.values[:, n] == pytest.approx(wanted, abs=1e-11)
    assert forecast.times == pytest.approx(np.arange(301.0))


def test_the_bound_follows_its_recursion():
    spectrum = fitted("circle map")
    coefficients = np.eye(13)[:, [5]]
    forecast = predict(spectrum, np.array([0.3]), 9, coefficients=coefficients)
    g, a, image, k = (
        spectrum.gram.G,
        spectrum.gram.A,
        spectrum.gram.L,
        spectrum.koopman_matrix,
    )
    q = np.sqrt(scipy.linalg.eigh(image, g, eigvals_only=True)[-1])
    assert forecast.operator_norm == pytest.approx(q, rel=1e-12)
    c, bound = coefficients[:, 0].astype(complex), 0.0
    for n in range(10):
        assert forecast.bound[n, 0] == pytest.approx(bound, rel=1e-6, abs=1e-6)
        ahead = k @ c
        form = c.conj() @ image @ c - 2 * ahead.conj() @ a @ c + ahead.conj() @ g @ ahead
        bound, c = q * bound + np.sqrt(max(form.real, 0.0)), ahead


def test_kept_pairs_forecast_their_part():
    spectrum = fitted("circle map")
    kept = spectrum.keep(0.3)
    assert 0 < len(kept.eigenvalues) < 13
    initial = np.array([[0.3], [2.0]])
    coefficients = RNG.standard_normal((13, 2))
    forecast = predict(kept, initial, 6, coefficients=coefficients)
    shares = np.linalg.solve(spectrum.vectors, coefficients)[: len(kept.eigenvalues)]
    phi = kept.eigenfunctions(initial)
    for n in range(7):
        wanted = phi * kept.eigenvalues**n @ shares
        assert forecast.values[:, n] == pytest.approx(wanted, abs=1e-11)
    lost = spectrum.vectors[:, len(kept.eigenvalues) :]
    lost = lost @ np.linalg.solve(spectrum.vectors, coefficients)[len(kept.eigenvalues) :]
    missing = np.sqrt(np.sum(lost.conj() * (spectrum.gram.G @ lost), axis=0).real)
    assert forecast.bound[0] == pytest.approx(missing, rel=1e-9)
    # For the state it is the sum over the modes.
    cubic = fitted("cubic map")
    few = cubic.keep(0.02)
    assert 0 < len(few.eigenvalues) < 6
    found = predict(few, np.array([0.5]), 3).values[0]
    phi = few.eigenfunctions(np.array([[0.5]]))
    wanted = [(phi * few.eigenvalues**n @ few.modes)[0] for n in range(4)]
    assert found == pytest.approx(np.real(wanted), abs=1e-12)
    assert found.dtype == np.float64


def test_no_pair_kept_forecasts_nothing_and_says_so():
    nothing = fitted("circle map").keep(1e-300)
    forecast = predict(nothing, np.array([0.3]), 2, coefficients=np.eye(13)[:, [1]])
    assert not forecast.values.any()
    assert forecast.status is Status.NOTHING_VERIFIED
    assert forecast.bound[0] == pytest.approx([1.0])


def test_a_linear_system_is_forecast_exactly():
    matrix = np.array([[0.9, 0.2], [-0.1, 0.5]])
    x = RNG.standard_normal((50, 2))
    for spectrum in (
        edmd(Snapshots(x, x @ matrix.T, step=0.5)),
        dmd(Snapshots(x, x @ matrix.T)),
    ):
        forecast = predict(spectrum, x[0], 5)
        for n in range(6):
            wanted = np.linalg.matrix_power(matrix, n) @ x[0]
            assert forecast.values[0, n] == pytest.approx(wanted, abs=1e-13)
        assert forecast.times[1] == spectrum.step
        assert forecast.bound.max() <= 1e-6  # the floor of the quadratic form
        assert forecast.certificate.passed


def test_an_unverified_spectrum_gives_no_certificate():
    x = RNG.standard_normal((3, 3))
    spectrum = edmd(Snapshots(x, RNG.standard_normal((3, 3))))
    forecast = predict(spectrum, x, 2)
    assert (forecast.status, forecast.certificate.kind) == (Status.UNDERDETERMINED, "none")


def test_a_state_outside_the_span_needs_its_squares():
    spectrum = fitted("radial functions")
    assert predict(spectrum, np.array([0.3]), 2).bound[0] > 0
    unknown = dataclasses.replace(
        spectrum, gram=dataclasses.replace(spectrum.gram, squares=None)
    )
    forecast = predict(unknown, np.array([0.3]), 2)
    assert np.isinf(forecast.bound).all()
    assert forecast.certificate.kind == "none"
    assert "pass coefficients" in forecast.certificate.assumptions[0]


def test_growth_beyond_the_largest_number_is_reported():
    x = RNG.standard_normal((50, 2))
    spectrum = dmd(Snapshots(x, x @ np.diag([50.0, 0.5])))
    forecast = predict(spectrum, x[:3], 300)
    last = int(np.isfinite(forecast.values).all(axis=(0, 2)).sum())
    assert 170 < last < 190  # 50^n reaches 1e308 at n = 181
    assert np.isfinite(forecast.values[:, :last]).all()
    assert np.isnan(forecast.values[:, last:]).all()
    assert np.isinf(forecast.bound[last:]).all()
    assert not np.isnan(forecast.bound).any()
    assert forecast.status is Status.DIVERGED
    assert not forecast.certificate.passed
    assert "largest |lambda| = 50, which overflowed" in forecast.summary()
    assert "use a measure-preserving or" in forecast.status.value
    short = predict(spectrum, x[:3], 100)
    assert short.status is Status.CONVERGED


def test_a_measure_preserving_forecast_keeps_its_size():
    nodes, few, _, advance, dictionary, _ = SYSTEMS["cat map"]
    x, _ = nodes(few)
    spectrum = mpedmd(Snapshots(x, advance(x), sampling="quadrature"), dictionary)
    forecast = predict(spectrum, x, 400, coefficients=np.eye(25)[:, [3]])
    sizes = np.sqrt(np.mean(np.abs(forecast.values[:, :, 0]) ** 2, axis=0))
    assert sizes == pytest.approx(np.ones(401), abs=1e-10)


def test_single_precision_is_kept():
    x = RNG.standard_normal((50, 2)).astype(np.float32)
    spectrum = dmd(Snapshots(x, x * np.float32(0.5)))
    forecast = predict(spectrum, x[:2], 3)
    assert forecast.values.dtype == forecast.bound.dtype == np.float32


KERNEL = kernel_edmd(Snapshots(RNG.standard_normal((9, 2)), RNG.standard_normal((9, 2))))
CUBIC = fitted("cubic map")


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"spectrum": 3}, ParameterError, "spectrum is a int; pass what edmd, mpedmd or"),
        (
            {"spectrum": KERNEL},
            ParameterError,
            "of the adjoint operator.*kernel_dictionary",
        ),
        (
            {"spectrum": dataclasses.replace(CUBIC, dictionary=None)},
            ParameterError,
            "6 functions but no dictionary .* use edmd with a dictionary",
        ),
        ({"initial": np.ones(2)}, ShapeError, "initial has shape .*, needed 1 columns"),
        ({"initial": np.ones((1, 1, 1))}, ShapeError, "pass one state, or one row a state"),
        (
            {"initial": [np.nan]},
            ParameterError,
            "`initial` has 1 values that are not finite",
        ),
        ({"n_steps": -1}, ParameterError, "n_steps is -1; pass a whole number from 0 on"),
        ({"n_steps": 1.5}, ParameterError, "n_steps is 1.5; pass a whole number"),
        ({"coefficients": np.ones(5)}, ShapeError, r"\(5,\), needed \(6, n_outputs\)"),
        ({"coefficients": np.ones((6, 1, 1))}, ShapeError, r"needed \(6, n_outputs\)"),
    ],
)
def test_bad_arguments_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        predict(**{"spectrum": CUBIC, "initial": np.ones(1), "n_steps": 2} | options)


@pytest.mark.parametrize(
    "make", [lambda: predict(CUBIC, [0.5], 3), lambda: generator(CUBIC)]
)
def test_results_survive_storage_bit_by_bit(make, tmp_path):
    result = make()
    io.save(result, tmp_path / "result.npz")
    again = io.load(tmp_path / "result.npz")
    for name, array in result.arrays().items():
        assert array.tobytes() == again.arrays()[name].tobytes()
    assert again.summary() == result.summary()


def sampled(matrix, step, seed=1):
    """Return pairs of x' = matrix x."""
    x = np.random.default_rng(seed).standard_normal((40, len(matrix)))
    return Snapshots(x, x @ scipy.linalg.expm(step * np.asarray(matrix)).T, step=step)


def test_the_generator_of_a_linear_system_is_its_matrix():
    matrix = np.array([[-0.3, 2.0, 0.0], [-2.0, -0.3, 0.0], [0.5, 0.0, -1.0]])
    found = generator(dmd(sampled(matrix, 0.5)))
    assert found.matrix == pytest.approx(matrix.T, abs=1e-12)
    assert found.matrix.dtype == np.float64
    exact = np.linalg.eigvals(matrix)
    assert np.abs(found.exponents[:, None] - exact).min(axis=1).max() <= 1e-12
    assert found.nyquist == pytest.approx(2 * np.pi)
    assert not found.ambiguous.any()
    assert found.certificate.kind == "estimate"
    assert found.certificate.passed
    assert "a residual of K implies none for the generator" in found.certificate.assumptions


@pytest.mark.parametrize(
    ("frequency", "ambiguous"), [(0.85, False), (0.95, True), (1.0, True), (1.4, False)]
)
def test_frequencies_near_that_of_nyquist_are_ambiguous(frequency, ambiguous):
    """1.4 pi/step looks like 0.6 pi/step: nothing in the pairs tells."""
    step = 0.25
    omega = frequency * np.pi / step
    found = generator(dmd(sampled([[0.0, omega], [-omega, 0.0]], step)))
    assert found.ambiguous.tolist() == [ambiguous] * 2
    seen = abs((frequency + 1) % 2 - 1) * np.pi / step
    assert np.abs(found.exponents.imag) == pytest.approx([seen, seen], abs=1e-9)
    assert found.certificate.passed is not ambiguous


def test_what_is_gone_after_one_step_has_the_exponent_minus_infinity():
    x = RNG.standard_normal((40, 2))
    found = generator(dmd(Snapshots(x, x @ np.diag([0.5, 0.0]), step=0.5)))
    gone = np.isinf(found.exponents.real)
    assert sorted(gone.tolist()) == [False, True]
    assert found.ambiguous.tolist() == gone.tolist()
    assert found.exponents[gone].real == -np.inf
    assert found.exponents[gone].imag == 0.0
    assert found.exponents[~gone] == pytest.approx([2 * np.log(0.5)])
    assert found.matrix == pytest.approx(np.diag([2 * np.log(0.5), 0.0]), abs=1e-12)
    assert "1 eigenvalues are 0" in found.certificate.assumptions[2]


def test_a_negative_eigenvalue_has_a_complex_logarithm():
    x = RNG.standard_normal((40, 1))
    found = generator(dmd(Snapshots(x, -0.5 * x)))
    assert found.matrix == pytest.approx(np.array([[np.log(0.5) + 1j * np.pi]]), abs=1e-12)
    assert found.ambiguous.tolist() == [True]


def test_the_exponents_of_monomials_are_sums():
    x = RNG.uniform(-1, 1, (60, 1))
    found = generator(edmd(Snapshots(x, x * np.exp(-0.2), step=0.1), monomials(4)))
    assert sorted(found.exponents.real) == pytest.approx([-8, -6, -4, -2, 0], abs=1e-9)
    assert scipy.linalg.expm(0.1 * found.matrix) == pytest.approx(
        np.diag(np.exp(-0.2 * np.arange(5))), abs=1e-10
    )


def test_a_generator_without_evidence_claims_nothing():
    x = RNG.standard_normal((2, 2))
    found = generator(edmd(Snapshots(x, x / 2), linear(2)))
    assert found.certificate.kind == "none"
    assert found.status is Status.UNDERDETERMINED
    with pytest.raises(ParameterError, match="spectrum is a list; pass what edmd"):
        generator([])
