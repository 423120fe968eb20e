"""Norms of systems: closed forms, sweeps, quadrature, and the inequalities between them."""

import math

import numpy
import pytest
import scipy.linalg

from perturbsci import backend, io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    HankelSystem,
    convolution_kernel,
    dense,
    difference,
    discretize,
    gramians,
    h2_norm,
    halve,
    hankel_singular_values,
    hinf_norm,
    kernel_l1_norm,
    transfer_function,
    unfold,
)
from perturbsci.verification import load_reference

from .statespace_samples import (
    all_modes,
    dense_sample,
    legs_shifted,
    low_rank_sample,
    stable_matrix,
)


def sigma(system, frequencies):
    """sigma_max(G) on the axis, or on the circle."""
    s = 1j * numpy.asarray(frequencies)
    points = numpy.exp(s * system.step) if system.is_discrete else s
    return numpy.linalg.svdvals(transfer_function(system, points))[:, 0]


def swept(system, count=20001):
    """The largest of many values, polished by a second sweep around it."""
    if system.is_discrete:
        grid = numpy.linspace(-math.pi, math.pi, count) / system.step
    else:
        scale = numpy.abs(numpy.linalg.eigvals(dense(system).a)).max()
        grid = numpy.tan(numpy.linspace(-1.57, 1.57, count)) * scale
    for _ in range(4):
        k = int(numpy.clip(sigma(system, grid).argmax(), 1, len(grid) - 2))
        grid = numpy.linspace(grid[k - 1], grid[k + 1], 401)
    return sigma(system, grid).max()


@pytest.mark.parametrize("row", load_reference("statespace_norms.s4d_peaks").value)
def test_hinf_norm_of_s4d_less_legs(row):
    n, value, frequency = int(row[0]), row[1], row[2]
    exact, half = legs_shifted(n, 1, numpy.eye(n)[:1])
    for form in (half, unfold(half)):
        found = hinf_norm(difference(form, exact))
        assert abs(found.value / value - 1) <= 1e-9
        assert abs(found.frequency / frequency - 1) <= 1e-8  # the value is flat there
        assert found.status is Status.CONVERGED


@pytest.mark.parametrize("row", load_reference("statespace_norms.shift_peaks").value)
def test_hinf_norm_of_the_shift_less_legs(row):
    n, theta, value, frequency = int(row[0]), *row[1:]
    exact, half = legs_shifted(n, theta, numpy.eye(n)[:1])
    found = hinf_norm(difference(half, exact))
    assert abs(found.value / value - 1) <= 1e-9
    assert abs(found.frequency / frequency - 1) <= 1e-7
    rho = theta / (2 - theta)
    assert found.value <= rho / (1 - rho) * hinf_norm(exact).value * (1 + 1e-9)


def test_l1_distances_to_legs():
    numbers = load_reference("statespace_norms.l1_distances")
    readout = numpy.random.default_rng(0).standard_normal((1, 64)) / 8
    found = []
    for theta in (0.3, 0.1, 0.01, 1):
        exact, half = legs_shifted(64, theta, readout)
        kernels = [
            convolution_kernel(discretize(each, 1e-3), 1024) for each in (exact, half)
        ]
        found.append(numpy.abs(kernels[1] - kernels[0]).sum())
    found.insert(0, numpy.abs(kernels[0]).sum())
    for value, expected in zip(found, numbers.value, strict=True):
        assert abs(value / expected - 1) <= numbers.tolerance


def random_systems():
    rng = numpy.random.default_rng(0)
    for k in range(24):
        n, m, p = (int(rng.integers(1, high)) for high in (11, 4, 4))
        a = stable_matrix(n, k, complex_entries=k % 3 == 0, margin=10 ** rng.uniform(-3, 0))
        a = a * 10 ** rng.uniform(-3, 3)
        ports = rng.standard_normal((n, m)), rng.standard_normal((p, n))
        system = DenseSystem(a, *ports, rng.standard_normal((p, m)) * (k % 2))
        if k % 4 == 1:
            system = discretize(system, 10 ** rng.uniform(-2, 0.5) / numpy.abs(a).max())
        yield k, system


@pytest.mark.parametrize(("k", "system"), list(random_systems()))
def test_hinf_norm_of_random_systems(k, system):
    found = hinf_norm(system)
    assert found.lower <= found.value <= found.upper <= found.lower * (1 + 1e-9)
    assert found.certificate.passed
    at_once = numpy.linalg.norm(system.feedthrough(), 2)
    least = swept(system) if system.is_discrete else max(swept(system), at_once)
    assert least <= found.upper
    assert found.value <= least * (1 + 1e-3)  # a narrow peak may hide from the sweep
    if math.isfinite(found.frequency):
        assert abs(sigma(system, [found.frequency])[0] / found.value - 1) <= 1e-10
    else:
        assert found.value == pytest.approx(at_once, rel=1e-14)


def test_hinf_norm_of_every_form():
    system = dense_sample(8, seed=3)
    half = halve(all_modes(system))
    expected = hinf_norm(system).value
    for form in (half, unfold(half), dense(half)):
        assert abs(hinf_norm(form).value / expected - 1) <= 1e-11
    exact, full, low = low_rank_sample(seed=1)
    for form in (full, low):
        assert abs(hinf_norm(form).value / hinf_norm(exact).value - 1) <= 1e-11
    for step in (0.01, 0.5):
        found = [hinf_norm(discretize(each, step)) for each in (system, half)]
        assert abs(found[0].value / found[1].value - 1) <= 1e-11
        # values rounded by 1e-14 show the top of a peak to 1e-6 of its width
        assert abs(found[0].frequency - found[1].frequency) <= 1e-6


def test_hinf_norm_of_closed_forms():
    # 1/(s^2 + 2 zeta s + 1): 1/(2 zeta sqrt(1 - zeta^2)) at sqrt(1 - 2 zeta^2)
    for zeta in (0.3, 1e-2, 1e-5):
        system = DenseSystem([[0.0, 1.0], [-1.0, -2 * zeta]], [0.0, 1.0], [1.0, 0.0])
        found = hinf_norm(system)
        assert found.value == pytest.approx(
            1 / (2 * zeta * math.sqrt(1 - zeta**2)), rel=1e-10
        )
        assert found.frequency == pytest.approx(math.sqrt(1 - 2 * zeta**2), rel=1e-9)
    low_pass = hinf_norm(DiagonalSystem([-2.0], [3.0], [1.0]))
    assert (low_pass.value, low_pass.frequency) == (1.5, 0.0)
    high_pass = hinf_norm(DiagonalSystem([-1.0], [1.0], [-1.0], 1.0))  # s/(s + 1)
    assert (high_pass.value, high_pass.frequency) == (1.0, math.inf)
    all_pass = hinf_norm(DiagonalSystem([-1.0], [2.0], [-1.0], 1.0))  # (s - 1)/(s + 1)
    assert all_pass.value == pytest.approx(1, abs=1e-14)
    alternating = hinf_norm(DiagonalSystem([-0.5], [1.0], [1.0], step=0.1))
    assert alternating.value == pytest.approx(2, rel=1e-14)  # z/(z + 1/2) at z = -1
    assert alternating.frequency == pytest.approx(math.pi / 0.1, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e150])
def test_hinf_norm_of_scaled_time(scale):
    half = halve(all_modes(dense_sample(6, seed=2)))
    fast = DiagonalSystem(
        scale * half.eigenvalues, scale * half.b, half.c, half.d, weights=half.weights
    )
    one, other = hinf_norm(half), hinf_norm(fast)
    assert abs(other.value / one.value - 1) <= 1e-10
    assert abs(other.frequency / (scale * one.frequency) - 1) <= 1e-6


def test_hinf_norm_of_hankel_systems_is_that_of_their_series():
    system = HankelSystem([1.0, -0.5, 0.25, 2.0], -0.3)
    w = numpy.exp(1j * numpy.linspace(0, math.pi, 20001))
    series = numpy.abs(numpy.polyval([2.0, 0.25, -0.5, 1.0, -0.3], 1 / w))
    for form in (system, discretize(system, 0.3), dense(system)):
        found = hinf_norm(form)
        assert series.max() <= found.upper
        assert found.value <= series.max() * (1 + 1e-8)
        assert abs(sigma(form, [found.frequency])[0] / found.value - 1) <= 1e-9
    with_delay = discretize(system, 0.3)
    assert h2_norm(with_delay) == pytest.approx(_energy(with_delay, 600), rel=1e-12)
    total = numpy.abs(convolution_kernel(with_delay, 600)).sum()
    assert kernel_l1_norm(with_delay) == pytest.approx(total, rel=1e-10)


def _energy(system, length):
    kernel = convolution_kernel(system, length)
    kernel[0] += system.feedthrough()
    return float(numpy.linalg.norm(kernel))


def fourier_memory(n=9):
    """The truncated Fourier memory: mode 1 is at 0 and no input reaches it."""
    d = numpy.zeros(n - 1)
    d[2::2] = numpy.arange(1, len(d[2::2]) + 1)
    b = numpy.where(numpy.arange(n) % 2, 0.0, math.sqrt(2))
    b[0] = 1
    a = math.pi * (numpy.diag(d, -1) - numpy.diag(d, 1)) - numpy.outer(b, b)
    return DenseSystem(a, b, numpy.random.default_rng(0).standard_normal(n))


def test_a_marginal_mode_that_no_input_reaches_does_not_matter():
    system = fourier_memory()
    values = numpy.linalg.eigvals(system.a)
    assert numpy.abs(values).min() <= 1e-14
    modes = all_modes(system)
    forms = [system, modes, halve(modes)]
    found = [hinf_norm(each).value for each in forms]
    assert max(found) / min(found) - 1 <= 1e-10
    assert swept(system) == pytest.approx(found[0], rel=1e-8)
    energy = [h2_norm(each) for each in forms]
    assert max(energy) / min(energy) - 1 <= 1e-10
    discrete = [discretize(each, 0.01) for each in forms]
    found = [hinf_norm(each).value for each in discrete]
    assert max(found) / min(found) - 1 <= 1e-10
    total = numpy.abs(convolution_kernel(discrete[2], 20000)).sum()
    for each in discrete:
        assert h2_norm(each) == pytest.approx(_energy(each, 20000), rel=1e-9)
        assert kernel_l1_norm(each) == pytest.approx(total, rel=1e-9)


def test_unstable_systems_have_infinite_norms():
    for system in (
        DiagonalSystem([0.1], [1.0], [1.0]),
        DiagonalSystem([1j, -1j], [1.0, 1.0], [1.0, 1.0]),
        DenseSystem([[0.0, 1.0], [-1.0, 0.0]], [0.0, 1.0], [1.0, 0.0]),
        DiagonalSystem([0.1, -1.0], [0.0, 1.0], [1.0, 1.0]),  # off the axis: not left out
        DiagonalSystem([1.0], [1.0], [1.0], step=1.0),
        DenseSystem([[-1.1]], [1.0], [1.0], step=1.0),
    ):
        found = hinf_norm(system)
        assert found.value == found.lower == found.upper == math.inf
        assert found.status is Status.UNSTABLE
        assert not found.certificate.passed
        assert h2_norm(system) == math.inf
        with pytest.raises(ParameterError, match="Gramians are infinite"):
            gramians(system)
        with pytest.raises(ParameterError, match="split off the unstable modes"):
            hankel_singular_values(system)
    assert kernel_l1_norm(DiagonalSystem([-1.0], [1.0], [1.0], step=1.0)) == math.inf


def test_a_system_that_is_zero():
    half = discretize(halve(all_modes(dense_sample())), 0.1)
    found = hinf_norm(difference(half, half))
    assert found.value <= 1e-14
    assert hinf_norm(DiagonalSystem([-1.0], [0.0], [1.0])).value == 0
    assert hinf_norm(DenseSystem([[0.0]], [0.0], [1.0], 3.0)).value == 3
    assert hinf_norm(DiagonalSystem([0.0], [0.0], [1.0], 3.0)).value == 3


def test_rounding_is_named_where_it_is_above_the_tolerance():
    half = halve(all_modes(dense_sample(8, seed=1)))
    arrays, weights = (half.eigenvalues, half.b), half.weights
    one = DiagonalSystem(*arrays, half.c, weights=weights)
    other = DiagonalSystem(*arrays, half.c * (1 + 1e-9), weights=weights)
    found = hinf_norm(difference(one, other))
    assert found.status is Status.TOLERANCE_NOT_REACHED
    # 1 + 1e-9 is itself rounded to 1e-7 of the difference
    exact = 1e-9 * hinf_norm(one).value
    assert abs(found.value - exact) <= found.upper - found.lower + 1e-7 * exact


@pytest.mark.parametrize("seed", range(12))
def test_gramians_solve_their_equations(seed):
    options = {"complex_entries": seed % 3 == 0}
    system = dense_sample(6, seed=seed, **options)
    system = discretize(system, 0.3) if seed % 2 else system
    a, b, c = system.a, system.b, system.c
    pair = gramians(system)
    for w, f, g in zip(pair, (a, a.conj().T), (b, c.conj().T), strict=True):
        left = f @ w @ f.conj().T - w if seed % 2 else f @ w + w @ f.conj().T
        scale = numpy.abs(w).max() * max(numpy.abs(a).max(), 1)
        assert numpy.abs(left + g @ g.conj().T).max() <= 1e-12 * scale
    modes = all_modes(DenseSystem(a, b, c, step=system.step))
    modes = DiagonalSystem(modes.eigenvalues, modes.b, modes.c, step=system.step)
    _, right = numpy.linalg.eig(a)
    # modes of condition up to 1e3: two factors of it times rounding
    found = right @ gramians(modes)[0] @ right.conj().T
    assert numpy.abs(found - pair[0]).max() <= 1e-9 * numpy.abs(pair[0]).max()
    energy = numpy.trace(c @ pair[0] @ c.conj().T).real
    without = DenseSystem(a, b, c, -c @ b if system.is_discrete else None, step=system.step)
    expected = energy - numpy.linalg.norm(c @ b) ** 2 if system.is_discrete else energy
    assert h2_norm(without) == pytest.approx(math.sqrt(expected), rel=1e-9)


def test_h2_norm_by_quadrature():
    system = halve(all_modes(dense_sample(6, seed=5)))
    system = DiagonalSystem(system.eigenvalues, system.b, system.c, weights=system.weights)
    # w = 4 tan(t/2) makes the integrand analytic and periodic: the trapezoid rule
    # converges geometrically
    t = 2 * math.pi * (numpy.arange(4000) + 0.5) / 4000
    w = 4 * numpy.tan(t / 2)
    squares = (numpy.abs(transfer_function(system, 1j * w)) ** 2).sum(axis=(1, 2))
    integral = (squares * 2 / numpy.cos(t / 2) ** 2).sum() / 4000
    assert h2_norm(system) == pytest.approx(math.sqrt(integral), rel=1e-10)
    assert h2_norm(dense(system)) == pytest.approx(h2_norm(system), rel=1e-10)
    assert h2_norm(DiagonalSystem([-2.0], [1.0], [1.0], 1.0)) == math.inf


@pytest.mark.parametrize("seed", range(10))
def test_hankel_singular_values_bound_the_hinf_norm(seed):
    rng = numpy.random.default_rng(seed)
    a = stable_matrix(7, seed, complex_entries=seed % 3 == 0)
    d = rng.standard_normal((3, 2)) if seed % 2 else None
    system = DenseSystem(a, rng.standard_normal((7, 2)), rng.standard_normal((3, 7)), d)
    values = hankel_singular_values(system)
    assert (numpy.diff(values) <= 0).all()
    assert len(values) == 7
    largest = hinf_norm(system).value
    assert values[0] <= largest * (1 + 1e-12)
    at_once = 0 if d is None else numpy.linalg.norm(d, 2)
    assert largest <= (2 * values.sum() + at_once) * (1 + 1e-12)
    products = numpy.linalg.eigvals(numpy.matmul(*gramians(system)))
    plain = numpy.sqrt(numpy.sort(numpy.abs(products))[::-1])
    # the plain product loses half of the digits
    assert numpy.abs(values - plain).max() <= 1e-7 * values[0]
    # and no similarity changes them
    turn = scipy.linalg.qr(rng.standard_normal((7, 7)))[0]
    turned = DenseSystem(turn @ a @ turn.T, turn @ system.b, system.c @ turn.T, d)
    assert numpy.abs(hankel_singular_values(turned) - values).max() <= 1e-13 * values[0]


def test_small_hankel_singular_values_keep_their_digits():
    # Parts that do not touch: the values of each, b c / (2 abs(l)), down to 1e-14
    decays = 10.0 ** -numpy.arange(0, 15, 2)
    system = DenseSystem(
        -numpy.diag(1 + numpy.arange(8.0)), numpy.diag(decays), numpy.diag(decays)
    )
    expected = decays**2 / (2 * (1 + numpy.arange(8)))
    values = hankel_singular_values(system)
    assert values[:4] == pytest.approx(expected[:4], rel=1e-4)  # to 1e-12 of the largest
    assert (values[4:] <= 1e-15).all()


def test_hankel_singular_values_of_a_series_are_those_of_its_hankel_matrix():
    markov = numpy.random.default_rng(0).standard_normal(5)
    rows = [numpy.append(markov[k:], numpy.zeros(k)) for k in range(5)]
    expected = numpy.linalg.svdvals(numpy.array(rows))
    found = hankel_singular_values(HankelSystem(markov))
    assert numpy.abs(found - expected).max() <= 1e-12 * expected[0]


def test_kernel_l1_norm_against_sums():
    for seed in range(6):
        system = dense_sample(5, 1, 1, seed=seed)
        half = halve(all_modes(system))
        for form in (system, half, unfold(half)):
            discrete = discretize(form, 0.05)
            total = numpy.abs(convolution_kernel(discrete, 4000)).sum()
            found = kernel_l1_norm(discrete)
            assert abs(found / total - 1) <= 1e-9
            assert hinf_norm(DiagonalSystem(
                discretize(half, 0.05).eigenvalues, discretize(half, 0.05).b, half.c,
                step=0.05, weights=half.weights,
            )).value <= found * (1 + 1e-9)  # fmt: skip
    assert kernel_l1_norm(DiagonalSystem([-0.5], [1.0], [1.0], step=1.0)) == pytest.approx(
        2
    )


def test_norms_survive_a_file(tmp_path):
    for system in (dense_sample(), DiagonalSystem([1.0], [1.0], [1.0])):
        found = hinf_norm(system)
        io.save(found, tmp_path / "norm.npz", overwrite=True)
        again = io.load(tmp_path / "norm.npz")
        for name in ("value", "frequency", "lower", "upper", "abscissa"):
            one, two = getattr(found, name), getattr(again, name)
            assert type(two) is float
            assert one == two or (math.isnan(one) and math.isnan(two))
        assert again.status is found.status
        assert f"{found.value:.12g}" in again.summary()


def test_bad_norms():
    system = dense_sample()
    copies = DiagonalSystem(-numpy.ones((2, 1)), numpy.ones((2, 1)), numpy.ones((2, 1)))
    for norm in (hinf_norm, h2_norm, gramians, hankel_singular_values):
        with pytest.raises(ShapeError, match="take one of them"):
            norm(copies)
        with pytest.raises(ParameterError, match="needed a system"):
            norm(numpy.eye(2))
    for tolerance in (0, -1.0, math.nan, "1", None):
        with pytest.raises(ParameterError, match="above 0"):
            hinf_norm(system, tolerance=tolerance)
    with (
        backend.use("numpy", memory=2**14),
        pytest.raises(ParameterError, match=r"raise the limit with backend\.use"),
    ):
        hinf_norm(dense_sample(20))
    with pytest.raises(ParameterError, match="discretize"):
        kernel_l1_norm(system)
    with pytest.raises(ShapeError, match="one input and one output"):
        kernel_l1_norm(discretize(system, 0.1))
