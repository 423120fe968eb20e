"""Runs of the light and heavy gas, against exact laws and a scheme on fixed grids."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import (
    collide,
    disparate_mass,
    drag_expansion,
    epochal_relaxation,
    lorentz_expansion,
    moments,
    project_moments,
    solve,
    spectral_collision,
    stepper,
    tableau,
    velocity_grid,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

DRIFT = np.array([0.2, 0.0])


@pytest.fixture(scope="module")
def gas():
    return disparate_mass(16, dimension=2)


@pytest.fixture(scope="module")
def coarse():
    return disparate_mass(8, dimension=2)  # enough for Maxwellians, which frames keep


def gap(run):
    o = run.observables
    return o["light_temperature"] - o["heavy_temperature"]


def exact_gap(epsilon, time):
    found = epochal_relaxation(
        [time], epsilon=epsilon, temperatures=(1.2, 0.9), dimension=2,
        velocities=(epsilon * DRIFT, DRIFT),
    )  # fmt: skip
    return float(found.light_temperature[0] - found.heavy_temperature[0])


def test_order_and_errors_do_not_depend_on_epsilon(coarse):
    order = load_reference("multiscale_mixture.uniform_order")
    errors = []
    for epsilon in order.parameters["epsilon"]:
        exact = exact_gap(epsilon, 0.5)
        runs = [
            solve(coarse, epsilon=epsilon, t_span=(0, 0.5), scheme="bdf2", step=0.5 / n)
            for n in (10, 20, 40)
        ]
        errors.append([abs(gap(run)[-1] - exact) for run in runs])
        for run in runs:
            assert [c.passed for c in run.certificates[:3]] == [True] * 3
    errors = np.array(errors)
    assert (np.log2(errors[:, :-1] / errors[:, 1:]) >= order.value).all()
    # From 1e-2 down: the exact rate itself changes by 2 epsilon^2, its fourth power by 8.
    assert errors[2:] == pytest.approx(np.tile(errors[1], (2, 1)), rel=0.01)
    # A scheme whose heat is explicit makes the errors of the reference.
    table = load_reference("multiscale_mixture.gap_errors")
    assert (errors[[0, 1, 3], 1] < np.array(table.value)[:, 0]).all()


def test_explicit_heat_started_by_euler_gives_the_reference():
    # The two recursions that the stored numbers come from; h rate = 0.1 .. 0.025.
    table = load_reference("multiscale_mixture.gap_errors")
    for epsilon, row in zip(table.parameters["epsilon"], table.value, strict=True):
        rate = 4 / (1 + epsilon**2) ** 2
        for n, wanted in zip((20, 40, 80), row, strict=True):
            z = rate * 0.5 / n
            y = [0.3, 0.3 * (1 - z)]
            for _ in range(n - 1):
                y.append((2 * y[-1] - y[-2] / 2 - z * (2 * y[-1] - y[-2])) / 1.5)
            error = y[-1] - exact_gap(epsilon, 0.5)
            assert error == pytest.approx(wanted, abs=table.tolerance)


@pytest.mark.parametrize("scheme", ["bdf1", "ars111"])
def test_first_order(coarse, scheme):
    errors = []
    for n in (10, 20, 40):
        run = solve(coarse, epsilon=1e-3, t_span=(0, 0.5), scheme=scheme, step=0.5 / n)
        errors.append(gap(run)[-1] - exact_gap(1e-3, 0.5))
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(1, abs=0.1)


def test_closure_leading_is_off_by_two_epsilon_squared():
    epsilon = 0.2
    rates = []
    for closure in ("eps2", "leading"):
        gas = disparate_mass(8, dimension=2, closure=closure)
        run = solve(gas, epsilon=epsilon, t_span=(0, 0.5), scheme="bdf2", step=0.0125)
        rates.append(-np.log(gap(run)[-1] / 0.3) / 0.5)
    assert rates[1] / rates[0] == pytest.approx((1 + epsilon**2) ** 2, rel=1e-4)


def sample(grid, variances):
    bells = [
        np.exp(-(x**2) / (2 * c)) / np.sqrt(2 * np.pi * c)
        for x, c in zip(grid.points, variances, strict=True)
    ]
    return np.prod(bells, axis=0)


def fixed_grid(light, heavy, epsilon, t_end, n_steps):
    """Return the stress anisotropies of both gases by Runge-Kutta 4 on fixed grids.

    No frame, no penalty, no decomposition: f_L' = (Q_LL + Q0 + epsilon Q1 +
    epsilon^2 Q2)/epsilon^2 and f_H' = (Q_HH + Q0h + epsilon Q1h)/epsilon, each with the
    moments of the exact exchange of heat.
    """
    grid = velocity_grid(40, 11.5, dimension=2)
    operator = spectral_collision(grid)
    f = np.stack([sample(grid, light), sample(grid, heavy)])
    q = 1 / (1 + epsilon**2)

    def slope(f):
        both = moments(f, grid)
        T = both.temperature
        heat = 4 * q**2 * (T[0] - T[1])  # twice d n n mu1 times the difference
        second = both.stress[1] / both.density[1]
        terms = lorentz_expansion(
            f[0], grid, density=1.0, velocity=np.zeros(2), second_moment=second
        )
        light = collide(operator, f[0]) - collide(operator, equilibrium(grid, T[0]))
        light = light + terms[0] + epsilon * terms[1] + epsilon**2 * terms[2]
        h0, h1 = drag_expansion(f[1], grid, f[0], grid)
        heavy = collide(operator, f[1]) - collide(operator, equilibrium(grid, T[1]))
        heavy = heavy + h0 + epsilon * h1
        change = np.stack([light / epsilon**2, heavy / epsilon])
        target = np.array([[0, 0, 0, -heat], [0, 0, 0, heat]])
        base = np.stack([equilibrium(grid, T[0]), equilibrium(grid, T[1])])
        return project_moments(change, grid, base, target)

    h = t_end / n_steps
    for _ in range(n_steps):
        k1 = slope(f)
        k2 = slope(f + h / 2 * k1)
        k3 = slope(f + h / 2 * k2)
        f = f + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(f + h * k3))
    both = moments(f, grid)
    return both.temperature, both.stress[:, 0, 0] - both.stress[:, 1, 1]


def equilibrium(grid, temperature):
    return sample(grid, (temperature, temperature))


def test_moving_frames_agree_with_fixed_grids():
    light, heavy, epsilon, t_end = (1.5, 1.1), (0.9, 0.7), 0.4, 0.12
    T, anisotropy = fixed_grid(light, heavy, epsilon, t_end, 6)
    parts = {"light": ((1.0, (0, 0), light),), "heavy": ((1.0, (0, 0), heavy),)}
    gas = disparate_mass(32, dimension=2, initial=parts)
    run = solve(
        gas, epsilon=epsilon, t_span=(0, t_end), scheme="bdf2", step=t_end / 24,
        initial_layer="off",
    )  # fmt: skip
    o = run.observables
    assert o["light_temperature"][-1] == pytest.approx(T[0], rel=1e-6)
    assert o["heavy_temperature"][-1] == pytest.approx(T[1], rel=1e-6)
    for k, name in enumerate(("light", "heavy")):
        scale = np.sqrt(o[f"{name}_temperature"][-1])
        grid = velocity_grid(32, scale * gas_width(32), dimension=2)
        stress = moments(o[name][-1], grid).stress
        # 0.3 per cent: the tails beyond the support of the collision operators, which
        # differ between the two grids, and (step/epsilon^2)^2 of bdf2; without the terms of
        # temperature change, or with another epsilon, the difference is 5 to 30 per cent.
        assert stress[0, 0] - stress[1, 1] == pytest.approx(anisotropy[k], rel=3e-3)


def gas_width(n):
    return float(np.sqrt(np.pi * n * (3 + np.sqrt(2)) / 4))


def test_projection_onto_the_slow_manifold_conserves(gas):
    state = gas.start(1e-4, "ill")
    flat = gas.equilibrium(state)
    for name in ("momentum", "energy", "light_mass"):
        quantity = gas.invariants[name]
        assert quantity(flat, 1e-4) == pytest.approx(quantity(state, 1e-4), rel=1e-14)
    assert gas.observables["light_distance"](flat, 1e-4) == 0
    assert gas.observables["light_velocity"](flat, 1e-4) == pytest.approx(
        1e-4 * gas.observables["heavy_velocity"](flat, 1e-4), rel=1e-12
    )


def test_entropy_falls_by_its_production(gas):
    # dH/dt = -d n n khat (T_L - T_H)^2/(T_L T_H) in the limit.
    run = solve(gas, epsilon=0.0, t_span=(0, 0.02), scheme="bdf2", step=0.001)
    fall = (run.entropy[-1] - run.entropy[0]) / 0.02
    o = run.observables
    T = [o[f"{name}_temperature"].mean() for name in ("light", "heavy")]
    # Second order in the length of the span, 0.02 times the rate 4.
    assert fall == pytest.approx(-2 * (T[0] - T[1]) ** 2 / (T[0] * T[1]), rel=5e-3)


def test_zero_and_the_smallest_epsilon_agree(gas):
    runs = [
        solve(gas, epsilon=e, t_span=(0, 0.2), scheme="bdf2", step=0.02)
        for e in (0.0, 1e-300)
    ]
    assert runs[0].states == pytest.approx(runs[1].states, abs=1e-12)


def test_gaussians_are_what_the_observables_show():
    light = ((0.6, (1.0, 0.3), (0.7, 0.5)), (0.4, (-0.8, -0.5), (0.6, 0.9)))
    heavy = ((2.0, (0.4, -0.2), (0.5, 0.5)),)
    gas = disparate_mass(
        32, dimension=2, densities=(0.5, 2.0), initial={"light": light, "heavy": heavy}
    )
    epsilon = 0.1
    state = gas.start(epsilon)
    seen = {name: f(state, epsilon) for name, f in gas.observables.items()}
    assert seen["heavy_temperature"] == pytest.approx(0.5, rel=1e-13)
    assert seen["heavy_distance"] == 0
    u = np.array([0.4, -0.2])
    assert seen["light_velocity"] == pytest.approx([0.28, -0.02], abs=1e-14)
    scale = np.sqrt(float(seen["light_temperature"]))
    axes = [scale * gas.coordinates["v"] + epsilon * c for c in u]
    x, y = np.meshgrid(*axes, indexing="ij")
    wanted = 0.5 * sum(
        w * np.exp(-((x - m[0]) ** 2) / (2 * c[0]) - (y - m[1]) ** 2 / (2 * c[1]))
        / (2 * np.pi * np.sqrt(c[0] * c[1]))
        for w, m, c in light
    )  # fmt: skip
    # Exact moments are enforced on the grid; the tail beyond it is 1e-9.
    assert seen["light"] == pytest.approx(wanted, abs=1e-8)


def test_hard_spheres_follow_their_law():
    gas = disparate_mass(
        12, kernel="hard_spheres",
        initial={"light_temperature": 2.0, "heavy_temperature": 0.5},
    )  # fmt: skip
    epsilon = np.sqrt(1e-3)
    run = solve(
        gas, epsilon=epsilon, t_span=(0, 0.25), scheme="bdf2", step=0.0125,
        t_eval=[0.1, 0.25],
    )  # fmt: skip
    exact = epochal_relaxation(
        [0.1, 0.25], epsilon=epsilon, temperatures=(2.0, 0.5), kernel="hard_spheres"
    )
    # Light spheres are Maxwellian up to epsilon^2 only.
    found = run.observables["light_temperature"]
    assert found == pytest.approx(exact.light_temperature, abs=1e-3)
    assert run.certificates[0].passed


def test_a_right_angle_and_the_order_of_memory():
    drift = np.array([0.3, 0.1])
    R = np.array([[0.0, -1.0], [1.0, 0.0]])
    found = []
    for u in (drift, R @ drift):
        data = {
            "light_temperature": 1.3, "heavy_temperature": 0.8,
            "heavy_velocity": u, "light_velocity": 2 * u,
        }  # fmt: skip
        gas = disparate_mass(16, dimension=2, initial=data)
        run = solve(gas, epsilon=0.2, t_span=(0, 0.1), scheme="bdf2", step=0.02)
        found.append(run.observables)
    assert found[1]["light_velocity"] == pytest.approx(
        found[0]["light_velocity"] @ R.T, abs=1e-13
    )
    assert found[1]["light_temperature"] == pytest.approx(
        found[0]["light_temperature"], abs=1e-13
    )


def test_a_stepper_makes_the_bits_of_solve(gas):
    run = solve(
        gas, epsilon=1e-2, t_span=(0, 0.1), scheme="bdf2", step=0.02, initial_layer="off"
    )
    steps = stepper(gas, epsilon=1e-2, scheme="bdf2", step=0.02)
    assert (steps.advance(gas.start(1e-2), n_steps=5) == run.states[-1]).all()


def test_a_trajectory_survives_its_file(gas, tmp_path):
    run = solve(gas, epsilon=1e-2, t_span=(0, 0.04), scheme="bdf2", step=0.02)
    io.save(run, tmp_path / "run.npz")
    back = io.load(tmp_path / "run.npz")
    assert (back.states == run.states).all()
    assert (back.observables["light"] == run.observables["light"]).all()
    assert [c.claim for c in back.certificates] == [c.claim for c in run.certificates]


def test_certificates_say_what_is_not_small(gas):
    run = solve(gas, epsilon=1.0, t_span=(0, 0.1), scheme="bdf2", step=0.05)
    assert run.status is Status.CONVERGED
    claims = {c.claim: c for c in run.certificates}
    assert not claims["expansion is small"].passed
    assert claims["expansion is small"].value == 1.0
    assert not claims["velocity grids resolve a Maxwellian"].passed  # 16 nodes
    fine = solve(
        disparate_mass(32, dimension=2), epsilon=1e-2, t_span=(0, 0.04), scheme="bdf2",
        step=0.02,
    )  # fmt: skip
    assert all(c.passed for c in fine.certificates if c.kind != "none")
    assert len(fine.summary().splitlines()) <= 30


@pytest.mark.parametrize("scheme", ["ars222", "ars443", "bdf3", "bdf4", "ssp222"])
def test_schemes_that_amplify_are_refused(gas, scheme):
    with pytest.raises(ParameterError, match='pass scheme="bdf2"'):
        solve(gas, epsilon=0.1, t_span=(0, 0.1), scheme=scheme, step=0.05)
    if not scheme.startswith("bdf"):
        with pytest.raises(ParameterError, match='pass scheme="bdf2"'):
            solve(gas, epsilon=0.1, t_span=(0, 0.1), scheme=tableau(scheme), step=0.05)


def test_a_light_gas_must_be_light(gas):
    with pytest.raises(ParameterError, match="exchange the species"):
        solve(gas, epsilon=2.0, t_span=(0, 0.1), scheme="bdf2", step=0.05)
    with pytest.raises(ParameterError, match="exchange the species"):
        gas.start(1.5)


WARM = {"light_temperature": 1.0, "heavy_temperature": 2.0}


@pytest.mark.parametrize(
    ("change", "error", "advice"),
    [
        ({"n_velocities": 15}, ParameterError, "even number"),
        ({"n_velocities": 6}, ParameterError, "from 8 on"),
        ({"dimension": 1}, ParameterError, "from 2 to 3"),
        ({"kernel": "hard_spheres"}, ParameterError, "pass dimension=3"),
        ({"kernel": "coulomb"}, ParameterError, "'maxwell', 'hard_spheres'"),
        ({"closure": "none"}, ParameterError, "'eps2', 'leading'"),
        ({"densities": (0.0, 1.0)}, ParameterError, r"densities\[0\]"),
        ({"densities": (1.0,)}, ParameterError, "pass 2 numbers"),
        ({"rates": (1.0, -1.0, 1.0)}, ParameterError, r"rates\[1\]"),
        ({"rates": 1.0}, ParameterError, "light-light, light-heavy, heavy-heavy"),
        ({"half_widths": 3.0}, ParameterError, "a Maxwellian reaches to 4"),
        ({"half_widths": (9.0, 0.0)}, ParameterError, r"half_widths\[1\]"),
        ({"initial": 3.0}, ParameterError, "pass None or a mapping"),
        (
            {"initial": {"light_temperature": 1.0}},
            ParameterError,
            "velocities may be missing",
        ),
        ({"initial": {**WARM, "shade": 1}}, ParameterError, "'shade'"),
        ({"initial": {**WARM, "light_temperature": 0.0}}, ParameterError, "above 0"),
        (
            {"initial": {**WARM, "heavy_temperature": float("nan")}},
            ParameterError,
            "above 0",
        ),
        ({"initial": {**WARM, "light_velocity": [1.0, 0.0, 0.0]}}, ShapeError, "component"),
        (
            {"initial": {**WARM, "light_velocity": 5.0}},
            ParameterError,
            "larger half_widths",
        ),
        ({"initial": {"light": (), "heavy": ()}}, ParameterError, "a tuple of Gaussians"),
        (
            {"initial": {"light": ((1.0, (0, 0)),), "heavy": ((1.0, (0, 0), (1, 1)),)}},
            ParameterError,
            "weight, mean, covariance_diagonal",
        ),
        (
            {"initial": {"light": ((1.0, (0, 0), (1, 0)),), "heavy": ((1.0, (0, 0), 1),)}},
            ParameterError,
            "pass positive variances",
        ),
        (
            {
                "initial": {
                    "light": ((1.0, (2, 0), (0.01, 0.01)), (1.0, (-2, 0), (0.01, 0.01))),
                    "heavy": ((1.0, (0, 0), 1.0),),
                }
            },
            ParameterError,
            "raise n_velocities",
        ),
    ],
)
def test_errors(change, error, advice):
    options = {"n_velocities": 16, "dimension": 2, **change}
    with pytest.raises(error, match=advice):
        disparate_mass(**options)
