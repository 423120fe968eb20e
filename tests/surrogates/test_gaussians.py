"""Trainable Gaussians: derivatives against 40 digits, the Jacobian, training."""

import itertools

import mpmath
import numpy as np
import pytest
import sympy as sp

from perturbsci import io
from perturbsci import problems as pp
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.problems.linearization import linearize
from perturbsci.results import Status
from perturbsci.surrogates import Network, TrainableGaussians, solve
from perturbsci.surrogates.condition_rows import condition_blocks
from perturbsci.surrogates.gaussians import gaussian_tape
from perturbsci.surrogates.polarization import polarized
from perturbsci.surrogates.scattered import inside_points
from perturbsci.surrogates.training_rows import TrainingRows
from perturbsci.verification import assert_order


def shaken(basis, dimension, n_fields):
    """Return parameters at which no derivative is small."""
    start = basis.starting_parameters(dimension, n_fields)
    return start + np.random.default_rng(1).normal(0.0, 0.3, len(start))


def in_digits(basis, parameters, d):
    """Return the first field as a function of mpmath numbers."""
    mpmath.mp.dps = 40
    total = basis.channels * basis.n_gaussians
    weights, rest = parameters[:total], parameters[total:]
    centers, logs = rest[: total * d].reshape(-1, d), rest[total * d : 2 * total * d]
    logs, head = logs.reshape(-1, d), rest[2 * total * d :]
    first = head[: basis.channels * basis.hidden].reshape(basis.channels, basis.hidden)
    start = basis.channels * basis.hidden
    biases, last = head[start : start + basis.hidden], head[start + basis.hidden :]
    outputs = len(last) // (basis.hidden + 1)

    def field(*x):
        sums = [mpmath.mpf(0)] * basis.channels
        for g in range(total):
            widths = [mpmath.exp(mpmath.mpf(item)) for item in logs[g]]
            square = sum(((x[k] - centers[g, k]) / widths[k]) ** 2 for k in range(d))
            sums[g // basis.n_gaussians] += mpmath.mpf(weights[g]) * mpmath.exp(-square / 2)
        units = [
            mpmath.tanh(
                sum(sums[c] * mpmath.mpf(first[c, j]) for c in range(basis.channels))
                + biases[j]
            )
            for j in range(basis.hidden)
        ]
        column = last[: basis.hidden * outputs : outputs]
        return (
            sum(u * mpmath.mpf(w) for u, w in zip(units, column, strict=True))
            + last[basis.hidden * outputs]
        )

    return field


@pytest.mark.parametrize("d", [1, 2, 3])
def test_all_derivatives_up_to_order_four_have_twelve_digits(d):
    basis = TrainableGaussians(3, channels=2, hidden=4, width=0.7)
    parameters = shaken(basis, d, 2)
    point = np.random.default_rng(d).uniform(-1.0, 1.0, (1, d))
    orders = [a for a in itertools.product(range(5), repeat=d) if sum(a) <= 4]
    orders = orders if d < 3 else [(1, 1, 2), (0, 0, 4), (2, 1, 0)]
    directions = polarized(orders)
    tape = gaussian_tape(basis, parameters, point, directions)
    found = np.einsum("skr,kr->s", directions.weights, np.stack(tape.series)[:, :, 0, 0])
    field = in_digits(basis, parameters, d)
    exact = [mpmath.diff(field, tuple(map(mpmath.mpf, point[0])), a) for a in orders]
    # the requirement of the specification; cancellation among directions is seen in it
    assert np.allclose(found, np.array(exact, dtype=float), rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("orders", [[(0, 0)], [(1, 0), (0, 0)], [(2, 0), (1, 1), (4, 0)]])
def test_the_jacobian_is_the_derivative_of_the_series(orders):
    basis = TrainableGaussians(5, channels=3, hidden=4, width=0.5)
    parameters, directions = shaken(basis, 2, 2), polarized(orders)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (4, 2))
    tape = gaussian_tape(basis, parameters, points, directions)
    adjoints = rng.normal(size=np.stack(tape.series).shape)
    jacobian = tape.pull(list(adjoints))[0]
    assert jacobian.shape == (4, basis.count(2, 2))

    def summed(trial):
        series = np.stack(gaussian_tape(basis, trial, points, directions).series)
        return np.sum(adjoints * series, axis=(0, 1, 3))

    along = rng.normal(size=len(parameters))
    exact, steps, errors = jacobian @ along, 0.01 / 2.0 ** np.arange(4), []
    for h in steps:
        near = (summed(parameters + h * along) - summed(parameters - h * along)) / (2 * h)
        errors.append(np.abs(near - exact).max() / np.abs(exact).max())
    # central differences approach it at second order, and only it
    assert_order(steps, errors, expected=2, within=0.05, cap=1e-3)


def test_the_start_is_that_of_the_paper():
    basis = TrainableGaussians(500, width=0.2, seed=4)
    start = basis.starting_parameters(2, 1)
    assert len(start) == basis.count(2, 1) == 4 * 500 * 5 + 4 * 16 + 16 + 16 + 1
    weights, centers, logs = start[:2000], start[2000:6000], start[6000:10000]
    # 2000 draws: the standard deviation is known to 1/sqrt(4000), five times that allowed
    assert weights.std() == pytest.approx(0.01, rel=5 / 4000**0.5)
    assert -1.0 <= centers.min() < -0.99 < 0.99 < centers.max() < 1.0
    assert np.all(logs == np.log(0.2))


@pytest.mark.parametrize("which", ["burgers", "poisson"])
def test_training_lowers_defects_and_error(which):
    problem, width = (pp.burgers(0.1), 0.5) if which == "burgers" else (pp.poisson(2), 0.7)
    basis = TrainableGaussians(6, channels=2, hidden=8, width=width)
    runs = [
        solve(problem, basis=basis, tolerance=1e-6, max_steps=n, strict=False)
        for n in (1, 40)
    ]
    values = [item.certificate.value for item in runs]
    assert values[1] < 0.2 * values[0]
    assert runs[1].certificate.kind == "held-out"
    assert runs[1].status is Status.MAX_STEPS
    assert np.isinf(runs[1].bound_at(0.5))
    if which == "poisson":
        points = np.random.default_rng(0).random((200, 2))
        exact = np.sin(np.pi * points[:, 0]) * np.sin(np.pi * points[:, 1])
        errors = [np.linalg.norm(run(points) - exact) for run in runs]
        assert errors[1] < 0.1 * errors[0]


def all_conditions():
    """A problem that states one condition of every kind; u = x (1 + t) + cos(pi y)."""
    x, y, t = pp.coordinates("x y t")
    u, p = pp.field("u", x, y, t), sp.Symbol("p")
    exact = x * (1 + t) + sp.cos(sp.pi * y)
    equation = u.diff(t) - p * u.diff(x, 2) - u.diff(y, 2)
    source = (equation.subs(u, exact)).doit()
    points = np.array([[0.1, 0.2, 0.3], [0.5, -0.5, 0.5]])
    return (
        pp.FieldProblem(
            [equation - source],
            pp.Box({x: (0, 2), y: (-1, 1)}, time=(t, 0, 1)),
            [
                pp.Initial(u, exact.subs(t, 0)),
                pp.Neumann(u, -(1 + t), (x, "low")),
                pp.Robin(u, 2, 3, 2 * exact.subs(x, 2) + 3 * (1 + t), (x, "high")),
                pp.Periodic(u, y),
                pp.Data(
                    u,
                    points,
                    [
                        float(exact.subs(dict(zip((x, y, t), q, strict=True))))
                        for q in points
                    ],
                    sigma=0.5,
                ),
            ],
            parameters={p: 0.5},
        ),
        exact,
        (x, y, t),
    )


def test_condition_rows_vanish_at_the_solution():
    problem, exact, symbols = all_conditions()
    blocks = condition_blocks(problem, linearize(problem), 7, 0)
    assert len(blocks) == 1 + 1 + 1 + 2 + 1  # the seam: value and slope
    for block in blocks:
        total = -block.value
        for leg in block.legs:
            for coefficient, field, orders in leg.terms:
                formula = exact
                for symbol, order in zip(symbols, orders, strict=True):
                    formula = formula.diff(symbol, order) if order else formula
                values = sp.lambdify(symbols, formula, "numpy")(*leg.points.T)
                assert field == 0
                total = total + coefficient * values
        # sums of a few numbers of size below ten
        assert np.abs(total).max() < 1e-13, block.name


def test_walls_of_mapped_and_cut_domains():
    x, y = pp.coordinates("x y")
    r, a = sp.symbols("r a", real=True)
    u = pp.field("u", x, y)
    ring = pp.Mapped(pp.Box({r: (1, 2), a: (0, 1)}), {x: r * sp.cos(a), y: r * sp.sin(a)})
    disk = pp.Region(pp.Box({x: (-1, 1), y: (-1, 1)}), sp.Rational(1, 2) - x**2 - y**2)
    problem = pp.FieldProblem([u.diff(x, 2) + u.diff(y, 2)], ring, [pp.Neumann(u, 1)])
    found = condition_blocks(problem, linearize(problem), 9, 0)
    blocks = {block.name: block.legs[0] for block in found}
    leg = blocks["Neumann of u(x, y) at r high"]
    normals = np.stack([term[0] for term in leg.terms], axis=1)
    # the outer circle: unit outward normals are points over the radius
    assert np.allclose(normals, leg.points / 2.0, atol=1e-14)
    inner = blocks["Neumann of u(x, y) at r low"]
    normals = np.stack([term[0] for term in inner.terms], axis=1)
    assert np.allclose(normals, -inner.points, atol=1e-14)

    problem = pp.FieldProblem([u.diff(x, 2) + u.diff(y, 2)], disk, [pp.Neumann(u, 1)])
    (block,) = condition_blocks(problem, linearize(problem), 9, 0)
    normals = np.stack([term[0] for term in block.legs[0].terms], axis=1)
    # to roundoff on the circle of radius sqrt(1/2)
    assert np.allclose(normals, block.legs[0].points * 2**0.5, atol=1e-13)
    assert np.all(np.sum(inside_points(problem, 50, 0) ** 2, axis=1) < 0.5)


def test_complex_fields_train_as_two_real_ones():
    (x,) = pp.coordinates("x")
    u = pp.field("u", x)
    problem = pp.FieldProblem(
        [u.diff(x) - sp.I * u], pp.Box({x: (0, 1)}), [pp.Dirichlet(u, 1, (x, "low"))]
    )
    solution = solve(problem, basis=Network((1, 6, 2)), tolerance=1e-4, max_steps=200)
    points = np.linspace(0.0, 1.0, 20)[:, None]
    # the equation is integrated over a length of one: the error is at most the residual
    assert np.abs(solution(points) - np.exp(1j * points[:, 0])).max() < 1e-3


def test_rows_scale_with_the_coordinates():
    """The same problem in other units gives the same scaled rows."""
    rows = []
    for length in (1.0, 2.0**30):
        (x,) = pp.coordinates("x")
        u = pp.field("u", x)
        problem = pp.FieldProblem(
            [length**2 * u.diff(x, 2) + u - 1],
            pp.Box({x: (0, length)}),
            [pp.Dirichlet(u, 0)],
        )
        basis, edges = TrainableGaussians(3), (np.array([0.0, length]),)
        system = TrainingRows(problem, linearize(problem), basis, edges, 30, 0)
        found = system.rows(basis.starting_parameters(1, 1))
        rows.append(np.concatenate([item.ravel() for pair in found for item in pair]))
    assert np.array_equal(rows[0], rows[1])  # powers of two scale without rounding


def test_a_saved_surrogate_is_the_same(tmp_path):
    basis = TrainableGaussians(3, channels=2, hidden=4, width=0.6)
    problem = pp.burgers(0.1)
    solution = solve(problem, basis=basis, max_steps=5, strict=False)
    io.save(solution, tmp_path / "pig.npz")
    again = io.load(tmp_path / "pig.npz")
    points = np.random.default_rng(0).random((20, 2))
    assert np.array_equal(again(points), solution(points))
    assert again.basis.width == 0.6


def test_what_does_not_fit_is_refused():
    for name in ("n_gaussians", "channels", "hidden"):
        options = {"n_gaussians": 3, name: 0}
        with pytest.raises(ParameterError, match=f"{name} is 0; pass a whole number"):
            TrainableGaussians(**options)
    for wrong in (0.0, -1.0, float("inf"), True, "wide"):
        with pytest.raises(ParameterError, match="the standard deviation in coordinates"):
            TrainableGaussians(3, width=wrong)
    with pytest.raises(ParameterError, match=r"seed is 1\.5"):
        TrainableGaussians(3, seed=1.5)
    with pytest.raises(ShapeError, match="are needed for one field of 2 coordinates"):
        gaussian_tape(
            TrainableGaussians(3), np.zeros(7), np.zeros((1, 2)), polarized([(0, 0)])
        )
    (x,) = pp.coordinates("x")
    u = pp.field("u", x)
    walls = [
        pp.Dirichlet(u, 0),
        pp.Interface(u, (x, 0.5), coefficient=(1, 2)),
    ]
    problem = pp.FieldProblem([u.diff(x, 2) + 1], pp.Box({x: (0, 1)}), walls)
    with pytest.raises(ParameterError, match="cannot jump; use Elements"):
        solve(problem, basis=TrainableGaussians(3))
