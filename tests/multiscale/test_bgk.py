"""BGK and ES-BGK: Sod's tube, transport coefficients, moments, limit, invariances."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.io import load, save
from perturbsci.multiscale import bgk, check_commutation, solve
from perturbsci.multiscale.riemann import GasState, riemann_solution, star_state
from perturbsci.verification import load_reference

SOD = GasState(1.0, 0.0, 1.0), GasState(0.125, 0.0, 0.1)
GAMMAS = (3.0, 2.0, 5 / 3, 7 / 5)
MODELS = [
    {},
    {"velocity_dimension": 2},
    {"velocity_dimension": 3, "model": "es"},
    {"velocity_dimension": 3, "model": "es", "prandtl": 1.4, "frequency": "density"},
    {"model": "es", "boundary": "periodic"},
]


def wavy(x):
    return 1 + 0.2 * np.sin(2 * np.pi * x), 0.1 * np.cos(2 * np.pi * x), 1 + 0 * x


def density_error(n, epsilon):
    problem = bgk(n)
    h = problem.largest_step(epsilon)
    run = solve(problem, epsilon=epsilon, t_span=(0.0, 0.15), step=h)
    exact = riemann_solution(*SOD, 3.0, (problem.coordinates["x"] - 0.5) / 0.15)[0]
    return abs(run.observables["density"][-1] - exact).mean(), run


@pytest.mark.parametrize("index", range(4))
def test_the_riemann_problem_of_sod(index):
    reference = load_reference("multiscale_kinetic.riemann_states")
    p, u = star_state(*SOD, GAMMAS[index])
    rays = np.array([u - 1e-9, u + 1e-9])
    density, velocity, _ = riemann_solution(*SOD, GAMMAS[index], rays)
    wanted = reference.value[index]
    found = [p, u, *density]
    assert abs(np.subtract(found, wanted[:4])).max() < reference.tolerance
    assert abs(velocity - u).max() < 1e-15
    speeds = wanted[4] + np.array([-1e-9, 1e-9])  # the shock is between
    assert riemann_solution(*SOD, GAMMAS[index], speeds)[0][1] == 0.125
    assert riemann_solution(*SOD, GAMMAS[index], speeds)[0][0] > 0.12500001


def test_the_riemann_solution_is_symmetric_and_conserves():
    rng = np.random.default_rng(1)
    for _ in range(20):
        left, right = (GasState(*(0.1 + rng.random(3))) for _ in range(2))
        speed = np.linspace(-4, 4, 40_001)
        density = riemann_solution(left, right, 1.4, speed)[0]
        back = riemann_solution(
            GasState(right.density, -right.velocity, right.pressure),
            GasState(left.density, -left.velocity, left.pressure),
            1.4,
            -speed,
        )
        differ = abs(density - back[0]) > 1e-12
        assert differ.sum() <= 3  # rays on a jump belong to either side
        # Rankine-Hugoniot for the whole fan at t = 1: d/dt int rho = flux in - flux out
        gain = np.trapezoid(density, speed) - 4 * (left.density + right.density)
        flux = left.density * left.velocity - right.density * right.velocity
        assert abs(gain - flux) < 1e-3  # jumps on a mesh of 2e-4


def test_sod_at_small_knudsen_number():
    bound = load_reference("multiscale_kinetic.sod_error")
    ratio = load_reference("multiscale_kinetic.sod_ratio")
    coarse, _ = density_error(100, 1e-8)
    fine, run = density_error(200, 1e-8)
    assert fine <= bound.value
    assert coarse / fine >= ratio.value
    mass = run.invariants["mass"]
    assert (
        abs(mass[-1] / mass[0] - 1) <= load_reference("multiscale_kinetic.sod_mass").value
    )
    assert all(each.passed for each in run.certificates)


def test_steps_do_not_depend_on_the_knudsen_number():
    n_steps = load_reference("multiscale_kinetic.sod_steps").value
    problem = bgk(200)
    for epsilon in (1.0, 1e-4, 1e-8):
        h = problem.largest_step(epsilon)
        assert round(0.15 / h) == n_steps
    errors = [density_error(50, epsilon)[1].n_steps for epsilon in (1.0, 1e-4, 1e-8)]
    assert len(set(errors)) == 1


@pytest.mark.parametrize("options", MODELS)
def test_density_at_epsilon_zero_is_that_of_the_euler_scheme(options):
    problem = bgk(40, 24, **options)
    h = problem.largest_step(0.0)
    check = check_commutation(problem, epsilons=(1e-4, 1e-5), step=h, t_end=5 * h)
    assert check.certificate.passed
    assert check.certificate.bound == 1e-12
    assert check.slope > 0.85


@pytest.mark.parametrize("frequency", ["constant", "density"])
@pytest.mark.parametrize(("model", "number"), [("bgk", 1.0), ("es", 2 / 3), ("es", 0.8)])
def test_transport_coefficients(model, number, frequency):
    epsilon, n = 1e-4, 64

    def gradients(x):
        T = 1 + 0.01 * np.sin(2 * np.pi * x)
        return 1 / T, 0.01 * np.cos(2 * np.pi * x), T

    problem = bgk(
        n,
        32,
        model=model,
        velocity_dimension=3,
        prandtl=None if model == "bgk" else number,
        frequency=frequency,
        initial=gradients,
        boundary="periodic",
    )
    # 20 relaxation times from far off: nothing is left of the data's own stress
    run = solve(
        problem,
        epsilon=epsilon,
        t_span=(0.0, 20 * epsilon),
        step=epsilon,
        preparation="ill",
        initial_layer="resolve",
    )
    gas = {name: values[-1] for name, values in run.observables.items()}
    k = 2j * np.pi * np.fft.fftfreq(n, 1 / n)
    T_x, u_x = (
        np.fft.ifft(k * np.fft.fft(gas[name])).real for name in ("temperature", "velocity")
    )
    p = gas["density"] * gas["temperature"]
    nu = gas["density"] if frequency == "density" else 1.0
    heat, shear = -2.5 * epsilon * p / nu * T_x, -4 / 3 * epsilon * p / nu * u_x
    conduction = gas["heat_flux"] @ heat / (heat @ heat)
    viscosity = (gas["stress"] - p) @ shear / (shear @ shear)
    # terms of second order, epsilon k = 6e-4
    tolerance = load_reference("multiscale_kinetic.prandtl").tolerance
    assert abs(viscosity / conduction - number) < tolerance
    assert abs(conduction - 1) < 2 * tolerance


def test_the_default_prandtl_number_is_that_of_a_monatomic_gas():
    reference = load_reference("multiscale_kinetic.prandtl")
    one = bgk(16, 16, model="es", velocity_dimension=3, initial=wavy, boundary="periodic")
    two = bgk(
        16,
        16,
        model="es",
        velocity_dimension=3,
        prandtl=reference.value,
        initial=wavy,
        boundary="periodic",
    )
    options = {"epsilon": 0.1, "t_span": (0.0, 0.05), "step": 0.0025}
    assert (solve(one, **options).states == solve(two, **options).states).all()


@pytest.mark.parametrize("options", MODELS)
@pytest.mark.parametrize("epsilon", [0.0, 1e-6, 0.3, 1e300])
def test_relaxation_keeps_the_moments_of_its_right_side(options, epsilon):
    problem = bgk(12, 30, initial=wavy, **options)
    rng = np.random.default_rng(2)
    rhs = problem.start(0.0, "ill")
    rhs = rhs * (1 + 0.3 * rng.random(rhs.shape))
    y = problem.solve_implicit(rhs, 0.05, epsilon, out=np.zeros_like(rhs))
    before, after = problem.restrict(rhs), problem.restrict(y)
    # Newton's tolerance, 16 roundoffs, of moments up to 3
    assert abs(before - after).max() < 1e-13
    if epsilon == 1e300:
        assert abs(y - rhs).max() < 1e-14
    if epsilon == 0:
        equilibrium = problem.equilibrium(y)
        if "es" not in options.values():
            assert abs(y - equilibrium).max() < 1e-13


def test_stress_relaxes_at_the_rate_of_the_ellipsoidal_model():
    problem = bgk(
        4, 40, model="es", velocity_dimension=3, initial=wavy, boundary="periodic"
    )
    rhs = problem.start(0.0, "ill")
    epsilon, h = 0.2, 0.07
    y = problem.solve_implicit(rhs, h, epsilon, out=np.zeros_like(rhs))
    stress = [problem.observables["stress"](f, epsilon) for f in (rhs, y)]
    p = problem.observables["density"](rhs, epsilon) * problem.observables["temperature"](
        rhs, epsilon
    )
    # epsilon (P' - P) = h (1 - b) (p - P'), 1 - b = 1/Pr = 3/2
    wanted = (epsilon * stress[0] + 1.5 * h * p) / (epsilon + 1.5 * h)
    assert abs(stress[1] - wanted).max() < 1e-13


def test_free_flight_is_exact_transport():
    problem = bgk(64, 12, initial=wavy, boundary="periodic")
    run = solve(problem, epsilon=1e300, t_span=(0.0, 0.1), scheme="ars443", step=0.0005)
    x, v = problem.coordinates["x"], problem.coordinates["v"]
    shifted = (x[:, None] - 0.1 * v) % 1.0
    n, u, T = wavy(shifted)
    exact = n / np.sqrt(2 * np.pi * T) * np.exp(-((v - u) ** 2) / (2 * T))
    # fifth order in dx = 1/64, waves of 2 pi: (2 pi/64)^5 = 9e-6
    assert abs(run.states[-1][0] - exact).max() < 1e-4
    assert run.certificates[0].passed


def test_well_prepared_data_are_on_the_slow_manifold():
    # The distance of f from where the layer leads falls by epsilon^2.
    moved = []
    for epsilon in (1e-2, 1e-3):
        problem = bgk(
            32, 30, velocity_dimension=3, model="es", initial=wavy, boundary="periodic"
        )
        start = problem.start(epsilon)
        step = epsilon / 20
        run = solve(
            problem, epsilon=epsilon, t_span=(0.0, 10 * epsilon), step=step, initial=start
        )
        flux = run.observables["heat_flux"]
        stress = run.observables["stress"]
        pressure = run.observables["density"] * run.observables["temperature"]
        moved.append(
            max(
                abs(flux[-1] - flux[0]).max(), abs(np.diff(stress - pressure, axis=0)).max()
            )
        )
    assert moved[0] / moved[1] > 50
    ill = problem.start(1e-3, "ill")
    assert abs(ill - problem.equilibrium(ill)).max() > 0.1
    assert abs(problem.restrict(ill) - problem.restrict(problem.start(0.0))).max() < 1e-12


def test_entropy_falls_and_the_limiter_keeps_moments():
    problem = bgk(40, 24, velocity_dimension=3)
    h = problem.largest_step(1e-4)
    run = solve(
        problem,
        epsilon=1e-4,
        t_span=(0.0, 20 * h),
        step=h,
        t_eval=h * np.arange(0, 21, 4),
        positivity="limit",
    )
    assert (np.diff(run.entropy) <= 0).all()
    assert run.minimum.min() >= 0
    assert run.certificates[0].passed


def test_mirror_image_and_galilean_frame():
    problem = bgk(40, 30, initial=wavy, boundary="periodic", velocity_dimension=3)
    mirrored = bgk(
        40,
        30,
        initial=lambda x: tuple(
            a * b for a, b in zip(wavy(1 - x), (1, -1, 1), strict=True)
        ),
        boundary="periodic",
        velocity_dimension=3,
    )
    options = {"epsilon": 0.01, "t_span": (0.0, 0.05), "step": 0.001, "preparation": "ill"}
    one, two = (solve(each, **options).states[-1] for each in (problem, mirrored))
    # other order of summation, 50 steps
    assert abs(one - two[:, ::-1, ::-1]).max() < 1e-12


def test_dtype_memory_order_and_storage(tmp_path):
    problem = bgk(20, 16, velocity_dimension=2)
    options = {"epsilon": 0.01, "t_span": (0.0, 0.02), "step": 0.001}
    start = problem.start(0.01)
    run = solve(problem, **options)
    again = solve(problem, initial=np.asfortranarray(start), **options)
    assert (run.states == again.states).all()
    single = solve(problem, initial=start.astype(np.float32), **options)
    assert single.states.dtype == np.float32
    assert abs(single.states[-1] - run.states[-1]).max() < 1e-5
    assert single.certificates[0].passed
    save(run, tmp_path / "run.npz")
    back = load(tmp_path / "run.npz")
    assert (back.states == run.states).all()
    assert back.observables.keys() == run.observables.keys()
    assert back.certificate.passed == run.certificate.passed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "shakhov"}, "model is 'shakhov'; it must be one of 'bgk', 'es'"),
        ({"frequency": "fast"}, "one of 'constant', 'density'"),
        ({"reconstruction": "eno"}, "one of 'upwind', 'muscl', 'weno5'"),
        ({"boundary": "wall"}, "one of 'outflow', 'periodic'"),
        ({"initial": "lax"}, "initial is 'lax'; it must be one of 'sod'"),
        ({"n_cells": 3}, "n_cells is 3; pass a whole number from 4 on"),
        ({"n_velocities": 41}, "pass 42"),
        ({"n_velocities": 6}, "n_velocities is 6; pass a whole number from 8 on"),
        ({"velocity_dimension": 4}, "velocity_dimension is 4; pass 1, 2 or 3"),
        ({"prandtl": 0.7}, "prandtl is 0.7 but model 'bgk' has 1; pass model='es'"),
        ({"model": "es", "prandtl": 0.5, "velocity_dimension": 3}, "from 0.6667 on"),
        ({"half_width": 3.0}, "half_width is 3, but .* reach 4; pass at least that"),
        ({"half_width": 60.0}, "pass at least"),
        ({"length": 0}, "length is 0; pass one finite number above 0"),
        ({"initial": lambda x: (1 - 2 * x, 0 * x, 1 + x)}, "density is -.* at index 100"),
        ({"initial": lambda x: (1 + x, 0 * x, 0 * x)}, "temperature is 0 at index 0"),
        ({"initial": lambda x: (1 + x, x / 0 * 0, 1 + x)}, "velocity"),
        ({"initial": lambda x: 1 + x}, r"tuple \(density, velocity, temperature\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_errors(options, message):
    with pytest.raises(ParameterError, match=message):
        bgk(**options)


def test_initial_of_the_wrong_shape():
    with pytest.raises(ShapeError, match="density of initial has shape"):
        bgk(initial=lambda x: (x[1:], x, x))


def test_a_step_beyond_the_limit_and_multistep():
    problem = bgk(50, 20)
    h = problem.largest_step(1.0)
    with pytest.raises(ParameterError, match="largest_step"):
        solve(problem, epsilon=1.0, t_span=(0.0, 0.1), step=3 * h)
    with pytest.raises(ParameterError, match="scheme='ars222'"):
        solve(problem, epsilon=1.0, t_span=(0.0, 0.1), step=h, scheme="bdf2")
