"""Slab transport: its stages against residuals, exponents, limit, orders, errors."""

import numpy as np
import pytest
import sympy

from perturbsci import problems
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import (
    check_commutation,
    linear_transport,
    mode_exponent,
    order_map,
    solve,
    stepper,
)
from perturbsci.verification import load_reference, observed_order

TWO_PI = 2 * np.pi


def cosines(m):
    nodes, weights = np.polynomial.legendre.leggauss(m)
    return (nodes + 1) / 2, weights / 2


def random_state(n, m, seed):
    """Columns rho, g with <g> = 0, j."""
    state = np.random.default_rng(seed).standard_normal((n, 1 + 2 * m))
    weights = cosines(m)[1]
    state[:, 1 : 1 + m] -= (state[:, 1 : 1 + m] @ weights)[:, None]
    return state


def slope(u):
    """Spectral derivative on (0, 2 pi), odd number of points: no wave is special."""
    n = len(u)
    k = np.fft.fftfreq(n, 1 / n)
    return np.fft.ifft(
        1j * k.reshape(-1, *(1,) * (u.ndim - 1)) * np.fft.fft(u, axis=0), axis=0
    ).real


@pytest.mark.parametrize("epsilon", [0.0, 1e-8, 1e-2, 1.0, 30.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_spectral_stage_solves_the_parity_equations(epsilon, seed):
    n, m, h, ss, sa = 15, 4, 0.07, 1.3, 0.4
    w, weights = cosines(m)
    source = np.cos(np.arange(n) * TWO_PI / n + 0.2)
    problem = linear_transport(n, m, scattering=ss, absorption=sa, source=lambda x: source)
    rhs = random_state(n, m, seed)
    y = problem.solve_implicit(rhs, h, epsilon, out=np.zeros_like(rhs))
    rho, g, j = y[:, 0], y[:, 1 : 1 + m], y[:, 1 + m :]
    flow = w * slope(j)
    mean = flow @ weights
    square = epsilon**2
    residual = np.column_stack(
        [
            rho - h * (-mean - sa * rho + source),
            square * g + h * (square * (flow - mean[:, None]) + (ss + square * sa) * g),
            square * j + h * (w * slope(rho[:, None] + g) + (ss + square * sa) * j),
        ]
    )
    # 20 operations of numbers up to the right side and its derivatives, k up to 7
    size = abs(rhs).max() * (1 + square)
    assert abs(residual - rhs).max() < 200 * np.finfo(float).eps * size
    assert abs(g @ weights).max() < 100 * np.finfo(float).eps * (1 + abs(g).max())


@pytest.mark.parametrize("space", ["upwind", "muscl"])
@pytest.mark.parametrize("varying", [False, True])
def test_a_staggered_stage_solves_its_equations(space, varying):
    n, m, h, epsilon, dx = 12, 3, 0.05, 0.3, TWO_PI / 12
    x = (np.arange(n) + 0.5) * dx
    w, weights = cosines(m)

    def ss(x):
        return 1.2 + 0.5 * np.sin(x) * varying

    def sa(x):
        return 0.3 + 0.1 * np.cos(x) * varying

    problem = linear_transport(
        n, m, space=space, scattering=ss, absorption=sa, source=np.sin
    )
    rhs = random_state(n, m, 4)
    y = problem.solve_implicit(rhs, h, epsilon, out=np.zeros_like(rhs))
    rho, g, j = y[:, 0], y[:, 1 : 1 + m], y[:, 1 + m :]
    faces = x + dx / 2
    rate = (ss(faces) + epsilon**2 * sa(faces))[:, None]
    flux = j @ (w * weights)
    residual = np.column_stack(
        [
            rho - h * (-(flux - np.roll(flux, 1)) / dx - sa(x) * rho + np.sin(x)),
            epsilon**2 * g + h * rate * g,
            epsilon**2 * j + h * (w * ((np.roll(rho, -1) - rho) / dx)[:, None] + rate * j),
        ]
    )
    # an inverse of a well-conditioned matrix of 12 rows
    assert abs(residual - rhs).max() < 1e-13


def test_staggered_transport_is_upwind_and_keeps_the_mean_of_g():
    n, m, epsilon, dx = 16, 3, 0.9, TWO_PI / 16
    w, weights = cosines(m)
    problem = linear_transport(n, m, space="upwind")
    y = random_state(n, m, 5)
    E = problem.explicit(y, epsilon, out=np.zeros_like(y))
    plus = y[:, 1 : 1 + m] + epsilon * y[:, 1 + m :]
    minus = y[:, 1 : 1 + m] - epsilon * y[:, 1 + m :]
    left = w * (plus - np.roll(plus, 1, axis=0)) / dx
    right = w * (np.roll(minus, -1, axis=0) - minus) / dx
    even = -epsilon / 2 * (left - right)
    assert abs(E[:, 0]).max() == 0
    assert abs(E[:, 1 : 1 + m] - (even - (even @ weights)[:, None])).max() < 1e-13
    assert abs(E[:, 1 + m :] + (left + right) / 2).max() < 1e-13


@pytest.mark.parametrize("index", range(1, 5))
def test_decay_of_a_mode_is_that_of_the_slab(index):
    epsilon = [1.0, 0.5, 0.2, 0.1, 0.01][index]
    reference = load_reference("multiscale_kinetic.slab_exponents")
    problem = linear_transport(8, 16)
    # At t = 5 the other modes, exp(-t/epsilon^2), are below 2e-9; third order in h.
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 6.0),
        scheme="bdf3",
        step=0.01,
        t_eval=[5.0, 6.0],
    )
    waves = abs(np.fft.fft(run.observables["density"], axis=1)[:, 1])
    rate = np.log(waves[1] / waves[0])
    assert abs(rate - reference.value[index]) < reference.tolerance
    assert abs(rate - mode_exponent("slab", 1.0, epsilon=epsilon)) < reference.tolerance


@pytest.mark.parametrize("epsilon", [0.5, 0.05])
def test_a_run_follows_the_exact_mode_of_its_statement(epsilon):
    statement = problems.get_problem("slab_transport", {"epsilon": epsilon})
    ((field, solution),) = statement.exact.items()
    solution = solution.subs(dict(statement.parameters))

    def exact(time, problem):
        x, w = problem.coordinates["x"], problem.coordinates["v"]
        t, place, cosine = field.args
        f = sympy.lambdify((place, cosine), solution.subs(t, time).evalf(), "numpy")
        forward, backward = f(x[:, None], w), f(x[:, None], -w)
        even = (forward + backward) / 2
        rho = even @ cosines(len(w))[1]
        odd = (forward - backward) / (2 * epsilon)
        return np.column_stack([rho, even - rho[:, None], odd])

    problem = linear_transport(8, 12)
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 1.0),
        scheme="bdf3",
        step=0.01,
        initial=exact(0.0, problem),
        initial_layer="off",
    )
    # third order: (0.01)^3 s^4/4 < 1e-8, and 12 cosines for a pole at 1/z
    assert abs(run.states[-1] - exact(1.0, problem)).max() < 1e-6


@pytest.mark.parametrize("space", ["spectral", "upwind", "muscl"])
@pytest.mark.parametrize("scheme", ["ars222", "ars443", "bdf2", "bdf3"])
def test_the_limit_of_the_scheme_is_the_scheme_of_the_limit(space, scheme):
    check = check_commutation(
        linear_transport(16, 4, space=space, absorption=0.2),
        scheme=scheme,
        epsilons=(1e-3, 1e-4),
        step=0.05,
        t_end=0.25,
    )
    assert check.certificate.passed
    assert check.certificate.bound == 1e-12
    assert check.slope > 1.8  # the distance is of the size epsilon^2


def test_the_limit_with_varying_coefficients():
    problem = linear_transport(
        16,
        4,
        space="muscl",
        scattering=lambda x: 1 + 0.5 * np.sin(x),
        absorption=lambda x: 0.1 + 0.05 * np.cos(x),
        source=lambda x: np.exp(-((x - 3) ** 2)),
    )
    check = check_commutation(problem, epsilons=(1e-3, 1e-4), step=0.05, t_end=0.25)
    assert check.certificate.passed


@pytest.mark.parametrize("space", ["spectral", "muscl", "upwind"])
def test_epsilon_from_nothing_to_everything(space):
    problem = linear_transport(16, 4, space=space)
    options = {"t_span": (0.0, 0.5), "step": 0.05}
    last = solve(problem, epsilon=0.0, **options).states[-1]
    tiny = solve(problem, epsilon=1e-300, **options).states[-1]
    assert abs(last - tiny).max() <= 1e-12
    vast = solve(problem, epsilon=1e300, **options)
    assert np.isfinite(vast.states).all()
    assert vast.certificates[0].passed


def test_heat_equation_at_epsilon_zero():
    problem = linear_transport(32, 8, absorption=0.3, source=lambda x: 1 + np.cos(2 * x))
    run = solve(problem, epsilon=0.0, t_span=(0.0, 1.0), scheme="bdf3", step=0.005)
    exact = problem.limit(1.0)
    # third order: (0.005)^3/4 times the fourth power of the fastest rate, 4/3 + 0.3
    assert abs(run.states[-1] - exact).max() < 2e-6


def test_order_is_uniform_in_epsilon():
    table = order_map(
        linear_transport(4, 4),
        schemes=("ars222", "bdf2"),
        epsilons=(1.0, 0.3, 0.1, 1e-2, 1e-6),
        steps=0.4 / 2.0 ** np.arange(3, 6),
        t_end=0.8,
        observable="density",
    )
    assert table.worst_orders[0, 1] >= 1.9
    assert table.worst_orders[0, 0] >= 1.8


@pytest.mark.parametrize(("space", "order"), [("muscl", 2.0), ("upwind", 1.0)])
def test_order_in_space(space, order):
    epsilon, errors, cells = 0.5, [], (32, 64, 128)
    options = {"epsilon": epsilon, "t_span": (0.0, 0.4), "step": 0.0025}
    for n in cells:
        fine = solve(linear_transport(n, 4), **options)
        run = solve(linear_transport(n, 4, space=space), **options)
        wave = [
            abs(np.fft.fft(each.observables["density"][-1])[1]) / n for each in (fine, run)
        ]
        errors.append(abs(wave[0] - wave[1]))
    found = observed_order([1 / n for n in cells], errors)
    assert found > order - 0.2  # van Leer's limiter clips the extrema of the wave


@pytest.mark.parametrize("epsilon", [10.0, 1.0, 0.3, 0.11])
def test_differences_are_stable_up_to_their_largest_step(epsilon):
    n = 60  # dx = 0.105, just below the last epsilon
    for space in ("upwind", "muscl"):
        problem = linear_transport(n, 4, space=space)
        h = problem.largest_step(epsilon)
        assert h == 0.5 * TWO_PI / n / max(1, 1 / epsilon)
        start = problem.start(epsilon)
        noise = random_state(n, 4, 6)
        run = solve(
            problem, epsilon=epsilon, t_span=(0.0, 60 * h), step=h, initial=start + noise
        )
        assert problem.entropy is None
        assert abs(run.states[-1]).max() < 3 * abs(start + noise).max()


@pytest.mark.parametrize("epsilon", [0.1, 0.03, 0.01, 1e-3])
def test_no_step_limit_where_cells_do_not_resolve_epsilon(epsilon):
    for space in ("upwind", "muscl"):
        problem = linear_transport(60, 4, space=space)
        assert problem.largest_step(epsilon) == np.inf
        noise = random_state(60, 4, 7)
        for h in (1e-3, 0.1, 10.0):
            run = solve(
                problem,
                epsilon=epsilon,
                t_span=(0.0, 40 * h),
                step=h,
                initial=noise,
                initial_layer="off",
            )
            assert abs(run.states[-1][:, 0]).max() <= 1.1 * abs(noise).max()


def test_well_prepared_data_are_second_order_close():
    for space in ("spectral", "muscl"):
        problem = linear_transport(16, 4, space=space)
        distances = [
            abs(problem.start(e) - problem.equilibrium(problem.start(e))).max()
            for e in (1e-2, 1e-3)
        ]
        assert distances[0] / distances[1] == pytest.approx(100, rel=1e-6)
        ill = problem.start(1e-3, "ill")
        assert abs(ill - problem.equilibrium(ill)).max() > 0.1


@pytest.mark.parametrize("space", ["spectral", "muscl"])
def test_dtype_order_and_translation(space):
    problem = linear_transport(16, 4, space=space)
    options = {"epsilon": 0.2, "t_span": (0.0, 0.2), "step": 0.02}
    start = problem.start(0.2)
    run = solve(problem, **options).states[-1]
    again = solve(problem, initial=np.asfortranarray(start), **options).states[-1]
    assert (run == again).all()
    single = solve(problem, initial=start.astype(np.float32), **options)
    assert single.states.dtype == np.float32
    # 10 steps of single precision
    assert abs(single.states[-1] - run).max() < 1e-5
    assert all(each.passed for each in single.certificates if each.kind != "none")
    moved = solve(problem, initial=np.roll(start, 3, axis=0), **options).states[-1]
    assert abs(np.roll(run, 3, axis=0) - moved).max() < 1e-13


def test_a_stepper_gives_the_bits_of_solve():
    problem = linear_transport(16, 4, space="muscl")
    steps = stepper(problem, epsilon=0.5, step=0.02)
    state = problem.start(0.5)
    for _ in range(10):
        state = steps.advance(state)
    options = {"epsilon": 0.5, "t_span": (0.0, 0.2), "step": 0.02, "initial_layer": "off"}
    assert (state == solve(problem, **options).states[-1]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"space": "fourier"}, "one of 'spectral', 'upwind', 'muscl'"),
        ({"n_cells": 1}, "n_cells is 1; pass a whole number from 2 on"),
        ({"n_cells": 3, "space": "muscl"}, "n_cells is 3; pass a whole number from 4 on"),
        ({"n_angles": 0}, "n_angles is 0; pass a whole number from 1 on"),
        ({"length": -1.0}, "length is -1.0; pass one finite number above 0"),
        ({"scattering": 0.0}, "scattering is 0 at index 0; it must be finite and > 0"),
        ({"absorption": -1.0}, "absorption is -1 at index 0; it must be finite and >= 0"),
        ({"scattering": lambda x: 1 + x}, "pass space='muscl' or 'upwind'"),
        ({"source": "sun"}, "pass a number, or a function of x"),
        ({"scattering": True}, "pass a number, or a function of x"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ParameterError, match=message):
        linear_transport(**options)


def test_functions_of_the_wrong_shape():
    with pytest.raises(ShapeError, match=r"needed one number a cell, \(8,\)"):
        linear_transport(8, initial=lambda x: x[:-1])


def test_a_step_beyond_the_limit_names_it():
    problem = linear_transport(16, 4, space="upwind")
    with pytest.raises(ParameterError, match=r"largest_step = 0\.19635"):
        solve(problem, epsilon=1.0, t_span=(0.0, 1.0), step=0.5)
