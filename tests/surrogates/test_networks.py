"""Perceptrons: all mixed derivatives against 40 digits, the reverse sweep, training."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci import problems as pp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Status
from perturbsci.surrogates import Network, feature_jets, solve
from perturbsci.surrogates.expansions import expand
from perturbsci.surrogates.networks import network_tape
from perturbsci.surrogates.polarization import polarized
from perturbsci.verification import assert_order


def orders_of(d, highest=4):
    return [a for a in itertools.product(range(highest + 1), repeat=d) if sum(a) <= highest]


def jets(tape, directions):
    return np.einsum("skr,krnf->snf", directions.weights, np.stack(tape.series))


def in_digits(basis, parameters):
    """Return the first output as a function of mpmath numbers."""
    mpmath.mp.dps = 40

    def output(*x):
        values, start = list(x), 0
        function = mpmath.tanh if basis.activation == "tanh" else mpmath.sin
        for number, (n_in, n_out) in enumerate(itertools.pairwise(basis.widths)):
            weights = parameters[start : start + n_in * n_out].reshape(n_in, n_out)
            biases = parameters[start + n_in * n_out : start + (n_in + 1) * n_out]
            start += (n_in + 1) * n_out
            values = [
                sum(values[i] * mpmath.mpf(weights[i, j]) for i in range(n_in)) + biases[j]
                for j in range(n_out)
            ]
            if number < len(basis.widths) - 2:
                values = [function(item) for item in values]
        return values[0]

    return output


@pytest.mark.parametrize("activation", ["tanh", "sine"])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_all_derivatives_up_to_order_four_have_twelve_digits(activation, d):
    basis = Network((d, 5, 4, 2), activation=activation, seed=d)
    parameters = basis.starting_parameters()
    point = np.random.default_rng(d).uniform(-1.0, 1.0, (1, d))
    orders = orders_of(d) if d < 3 else [(1, 1, 2), (2, 1, 0), (0, 0, 4), (0, 2, 1)]
    directions = polarized(orders)
    found = jets(network_tape(basis, parameters, point, directions), directions)[:, 0, 0]
    output = in_digits(basis, parameters)
    exact = [mpmath.diff(output, tuple(map(mpmath.mpf, point[0])), a) for a in orders]
    # the requirement of the specification; a few roundoffs times what cancels are seen
    assert np.allclose(found, np.array(exact, dtype=float), rtol=1e-12, atol=0.0)


def test_units_that_saturate_keep_the_digits_of_their_slopes():
    basis = Network((1, 1, 1))
    parameters = np.array([1.0, 0.0, 1.0, 0.0])
    directions = polarized([(1,), (2,)])
    tape = network_tape(basis, parameters, np.array([[20.0]]), directions)
    slope = float(mpmath.sech(20) ** 2)
    found = jets(tape, directions)[:, 0, 0]
    assert found[0] == pytest.approx(slope, rel=1e-14)  # exp and a square: few roundoffs
    assert found[1] == pytest.approx(-2.0 * np.tanh(20.0) * slope, rel=1e-14)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_polarization_is_exact_for_polynomials(d):
    rng = np.random.default_rng(d)
    orders = [a for a in orders_of(d) if sum(a) == 4]
    directions = polarized(orders)
    coefficients = rng.integers(-9, 10, len(orders)).astype(float)
    # t^4 of a form of degree four along v is the form at v; its derivatives are a! c_a
    values = [
        sum(
            c * np.prod(v ** np.array(a)) for c, a in zip(coefficients, orders, strict=True)
        )
        for v in directions.vectors
    ]
    found = directions.weights[:, 4, :] @ values
    factorial = [np.prod([np.prod(np.arange(1, k + 1)) for k in a]) for a in orders]
    # integers below 2^53 over a power of two: no rounding at all
    assert np.array_equal(found, coefficients * factorial)


@pytest.mark.parametrize("activation", ["tanh", "sine"])
def test_the_reverse_sweep_is_the_derivative_of_the_series(activation):
    basis = Network((2, 6, 5, 2), activation=activation, seed=1)
    rng = np.random.default_rng(0)
    parameters, points = basis.starting_parameters(), rng.uniform(-1, 1, (4, 2))
    directions = polarized(orders_of(2))

    def summed(trial):
        series = np.stack(network_tape(basis, trial, points, directions).series)
        return np.sum(adjoints * series, axis=(0, 1, 3))

    tape = network_tape(basis, parameters, points, directions)
    adjoints = rng.normal(size=np.stack(tape.series).shape)
    jacobian, inputs = tape.pull(list(adjoints))
    assert jacobian.shape == (4, basis.count)
    assert inputs[0].shape == (len(directions.vectors), 4, 2)
    along, steps = rng.normal(size=basis.count), 0.02 / 2.0 ** np.arange(4)
    exact = jacobian @ along
    errors = []
    for h in steps:
        near = summed(parameters + h * along) - summed(parameters - h * along)
        errors.append(np.abs(near / (2 * h) - exact).max() / np.abs(exact).max())
    # central differences approach it at second order, and only it
    assert_order(steps, errors, expected=2, within=0.05, cap=1e-2)


def test_rows_belong_to_their_points():
    basis = Network((2, 4, 1))
    points = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    directions = polarized([(1, 1)])
    parameters = basis.starting_parameters()
    whole = network_tape(basis, parameters, points, directions)
    all_rows = whole.pull([np.ones_like(item) for item in whole.series])[0]
    for k in (0, 3):
        one = network_tape(basis, parameters, points[k : k + 1], directions)
        own = one.pull([np.ones_like(item) for item in one.series])[0]
        # sums run in another order for other shapes
        assert np.allclose(all_rows[k], own[0], rtol=1e-13, atol=1e-14)


def test_features_of_a_network_are_what_its_last_layer_sums():
    basis = Network((2, 5, 3, 1), seed=3)
    points = np.random.default_rng(0).uniform(-1, 1, (7, 2))
    parameters = basis.starting_parameters()
    table = feature_jets(basis, points, [(0, 0), (2, 1)])
    for order, columns in table.items():
        edges = (np.array([-1.0, 1.0]),) * 2
        whole = expand(basis, parameters, edges, points, order)
        # the same units summed by another product: a few roundoffs of the sum
        assert np.allclose(columns @ parameters[-4:], whole, rtol=1e-12, atol=1e-14)


def test_a_trained_network_solves_a_linear_problem_and_survives_the_disk(tmp_path):
    basis = Network((1, 8, 1))
    solution = solve(small_problem(), basis=basis, tolerance=1e-4, max_steps=200)
    assert solution.status is Status.CONVERGED
    assert solution.certificate.kind == "held-out"
    assert solution.statistics.unknowns == basis.count
    points = np.linspace(0.0, 2.0, 50)[:, None]
    # the residual is below 1e-4 of its largest term, and the problem is well conditioned
    assert np.abs(solution(points) - np.sin(points[:, 0])).max() < 1e-3
    slope = solution.derivative(points, (1,))
    assert np.abs(slope - np.cos(points[:, 0])).max() < 1e-2
    io.save(solution, tmp_path / "net.npz")
    again = io.load(tmp_path / "net.npz")
    assert np.array_equal(again(points), solution(points))
    assert again.basis.widths == (1, 8, 1)
    assert len(solution.summary().splitlines()) <= 30


def small_problem():
    """u'' + u = 0 with u(0) = 0, u'(2) = cos 2, stated with a Robin wall: sin x."""
    (x,) = pp.coordinates("x")
    u = pp.field("u", x)
    return pp.FieldProblem(
        [u.diff(x, 2) + u],
        pp.Box({x: (0, 2)}),
        [
            pp.Dirichlet(u, 0, (x, "low")),
            pp.Robin(u, 1, 2, sp.sin(2) + 2 * sp.cos(2), (x, "high")),
        ],
    )


def test_the_same_seed_trains_to_the_same_bits():
    runs = [
        solve(small_problem(), basis=Network((1, 4, 1)), max_steps=5, seed=s, strict=False)
        for s in (7, 7, 8)
    ]
    assert np.array_equal(runs[0].coefficients, runs[1].coefficients)
    assert not np.array_equal(runs[0].coefficients, runs[2].coefficients)


def test_training_goes_on_from_a_guess():
    basis = Network((1, 6, 1))
    first = solve(small_problem(), basis=basis, max_steps=40, strict=False)
    second = solve(small_problem(), basis=basis, guess=first, max_steps=40, strict=False)
    assert second.certificate.value <= first.certificate.value


def test_a_network_that_does_not_fit_is_refused():
    for wrong in ((3,), "ab", (2, 0, 1), (2, 1.5, 1), (True, 2)):
        with pytest.raises(ParameterError, match="such as \\(2, 20, 20, 1\\)"):
            Network(wrong)
    with pytest.raises(ParameterError, match="must be one of"):
        Network((1, 2, 1), activation="relu")
    with pytest.raises(ParameterError, match="seed is -1"):
        Network((1, 2, 1), seed=-1)
    with pytest.raises(ParameterError, match="such as \\(1, 20, 20, 1\\)"):
        solve(small_problem(), basis=Network((2, 4, 1)))
    with pytest.raises(ParameterError, match="more than max_unknowns=3"):
        solve(small_problem(), basis=Network((1, 4, 1)), max_unknowns=3)
    with pytest.raises(ParameterError, match="a Surrogate of the same basis"):
        solve(small_problem(), basis=Network((1, 4, 1)), guess=np.sin)
    with pytest.raises(ShapeError, match="a network of widths"):
        network_tape(Network((1, 4, 1)), np.zeros(3), np.zeros((1, 1)), polarized([(0,)]))
