"""What grows in a mixture and what does not: penalized modes, exchange of heat."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError
from perturbsci.multiscale import (
    SplitProblem,
    disparate_mass,
    epochal_relaxation,
    solve,
    velocity_grid,
)
from perturbsci.multiscale.fokker_planck import FokkerPlanck
from perturbsci.results import Status


@pytest.mark.parametrize(
    ("epsilon", "ratio"), [(1.0, 10.0), (1.0, 30.0), (0.3, 10.0), (1e-2, 10.0), (0.0, 30.0)]
)
def test_no_penalized_mode_grows(epsilon, ratio):
    # 30 steps from far off, the layers not resolved: a mode that is amplified shows.
    gas = disparate_mass(16, dimension=2, rates=(1.0, ratio, 1.0))
    run = solve(
        gas, epsilon=epsilon, t_span=(0, 1.5), scheme="bdf2", step=0.05,
        preparation="ill", initial_layer="off", t_eval=[0.0, 0.75, 1.5],
    )  # fmt: skip
    for name in ("light_distance", "heavy_distance"):
        values = run.observables[name]
        assert values[2] < values[1] < values[0]
    assert run.certificates[0].passed


def test_spheres_far_from_equilibrium_relax():
    gas = disparate_mass(12, kernel="hard_spheres", rates=(1.0, 5.0, 1.0))
    run = solve(
        gas, epsilon=0.3, t_span=(0, 0.5), scheme="bdf2", step=0.05, preparation="ill",
        initial_layer="off", t_eval=[0.0, 0.25, 0.5],
    )  # fmt: skip
    for name in ("light_distance", "heavy_distance"):
        values = run.observables[name]
        assert values[2] < values[1] < values[0]


def amplification(epsilon, temperatures, rates, step):
    """Return the largest factor of a step of bdf2 on both gammas, linearized."""
    initial = dict(
        zip(("light_temperature", "heavy_temperature"), temperatures, strict=True)
    )
    gas = disparate_mass(8, dimension=2, rates=rates, initial=initial)
    rest = gas.start(epsilon)
    columns = []
    for k in range(6, rest.size):
        shift = np.zeros(rest.size)
        shift[k] = 1e-4
        E = gas.explicit(rest + shift, epsilon) - gas.explicit(rest - shift, epsilon)
        I = gas.solve_implicit(rest + shift, step / 1.5, epsilon)  # noqa: E741
        I = I - gas.solve_implicit(rest - shift, step / 1.5, epsilon)  # noqa: E741
        columns.append([E[6:] / 2e-4, I[6:] / 2e-4])
    E, R = np.moveaxis(np.array(columns), 0, 2)
    D, one = np.diag(gas.weight(epsilon)[6:]), np.eye(len(E))
    blocks = [R @ (2 * D + 2 * step * E) / 1.5, -R @ (D / 2 + step * E) / 1.5]
    companion = np.block([blocks, [one, np.zeros_like(one)]])
    return abs(np.linalg.eigvals(companion)).max()


@pytest.mark.parametrize(
    ("epsilon", "temperatures"),
    [
        pytest.param(0.5, (0.5, 1.0), marks=pytest.mark.slow),
        (0.3, (1.0, 0.5)),
        pytest.param(1e-2, (1.0, 1.0), marks=pytest.mark.slow),
    ],
)
def test_every_mode_of_both_gases_contracts(epsilon, temperatures):
    assert amplification(epsilon, temperatures, (1.0, 30.0, 1.0), 0.05) < 1


@pytest.mark.slow
def test_the_slowest_mode_contracts_as_the_penalty_lets_it():
    # |v|^4 decays at 1/4 of the loss rate in two dimensions, so that bdf2, x^2 = rho
    # (2 x - 1) with rho = 3/4, contracts by sqrt(3)/2 a step once h/epsilon^2 is large.
    gas = disparate_mass(16, dimension=2)
    distance = []
    solve(
        gas, epsilon=0.0, t_span=(0, 3.0), scheme="bdf2", step=0.05, preparation="ill",
        initial_layer="off",
        callback=lambda _, y: distance.append(gas.observables["light_distance"](y, 0.0)),
    )  # fmt: skip
    # The root is complex, of angle 30 degrees: the largest of 12 steps, a period, is taken.
    # Slower modes of equal roots beat with it: 2 per cent.
    rate = (max(distance[-12:]) / max(distance[18:30])) ** (1 / 30)
    assert rate == pytest.approx(np.sqrt(3) / 2, abs=0.02)


def test_ill_prepared_data_follow_the_exact_law_once_the_layers_are_resolved():
    gas = disparate_mass(16, dimension=2)
    times = [0.0, 0.1, 0.5]
    errors, left = [], []
    for step in (0.05, 0.025):
        run = solve(
            gas, epsilon=1e-3, t_span=(0, 0.5), scheme="bdf2", step=step, t_eval=times,
            preparation="ill", initial_layer="resolve",
        )  # fmt: skip
        o = run.observables
        exact = epochal_relaxation(
            times, epsilon=1e-3, dimension=2,
            temperatures=(o["light_temperature"][0], o["heavy_temperature"][0]),
            velocities=(o["light_velocity"][0], o["heavy_velocity"][0]),
        )  # fmt: skip
        errors.append(abs(o["light_temperature"] - exact.light_temperature).max())
        left.append(o["light_distance"][-1])
        assert run.certificates[0].passed
        assert run.certificates[1].passed  # entropy
    # Second order, that of the layer mesh, with a cap on the error.
    assert errors[1] < errors[0] / 3.5
    assert errors[1] < 1e-5
    # The light gas: rho (2 rho - 1) = 3/8 in each step of the heavy layer, sqrt(3)/2 in
    # each later one: 7 of the first and 10 of the others leave 3e-4, 13 and 20 leave
    # 2e-7, of what the mesh leaves of the light layer, 1e-4 and 1e-5 of it here.
    assert left[0] < 1e-6
    assert left[1] < 1e-8


@pytest.mark.parametrize("dimension", [2, 3])
def test_friction_and_diffusion_are_solved_for(dimension):
    grid = velocity_grid(16, 6.0, dimension=dimension)
    drag = FokkerPlanck.of(grid)
    f = np.random.default_rng(3).standard_normal(grid.shape)
    found = drag.solved(f, 1.1, 3.0, 1.5)
    # 1e-12: backward stable, the norm of P is about 100.
    assert 1.1 * found - drag.applied(found, 3.0, 1.5) == pytest.approx(f, abs=1e-12)
    assert drag.solved(f, 2.0, 0.0, 0.0) == pytest.approx(f / 2, abs=0)
    assert drag.solved(f.astype("f4"), 1.1, 3.0, 1.5).dtype == np.float32


def test_friction_and_diffusion_have_the_modes_of_the_unbounded_operator():
    drag = FokkerPlanck.of(velocity_grid(32, 10.0, dimension=2))
    rates = np.sort(np.linalg.eigvals(drag.friction + drag.diffusion).real)[::-1]
    # The tapering starts at 8 thermal speeds, where a mode of index 3 is 1e-11 of its peak,
    # times the largest wave number squared and the condition of the eigenvectors.
    assert rates[:4] == pytest.approx([0, -1, -2, -3], abs=1e-2)
    assert rates.max() < 1e-12


def decay(penalized):
    """Return y' = -y/epsilon with a penalty beta = 4 of which 1 is the decay."""
    return SplitProblem(
        "decay", initial=np.ones(1),
        explicit=lambda y, _: 3.0 * y,
        solve_implicit=lambda rhs, h, epsilon: rhs / (epsilon + 4.0 * h),
        weight=lambda epsilon: np.array([epsilon]), penalized=penalized,
    )  # fmt: skip


@pytest.mark.parametrize(("penalized", "factor"), [(True, 0.375), (False, -0.343)])
def test_the_start_of_bdf2_where_a_decay_is_penalized(penalized, factor):
    # rho (2 rho - 1), and (3 + 2 sqrt 2) rho^2 - (2 + 2 sqrt 2) rho of ars222; rho = 3/4.
    run = solve(
        decay(penalized), epsilon=1e-12, t_span=(0, 0.1), scheme="bdf2", step=0.1,
        initial_layer="off",
    )  # fmt: skip
    assert run.states[-1, 0] == pytest.approx(factor, abs=1e-3)


def test_extrapolated_euler_steps_are_of_second_order():
    errors = [
        solve(
            decay(True), epsilon=1.0, t_span=(0, h), scheme="bdf2", step=h,
            initial_layer="off",
        ).states[-1, 0] - np.exp(-h)
        for h in (0.02, 0.01, 0.005)
    ]  # fmt: skip
    orders = np.log2(abs(np.array(errors[:-1]) / errors[1:]))
    assert orders == pytest.approx(3, abs=0.1)  # of one step


def test_penalized_is_true_or_false():
    with pytest.raises(ParameterError, match="solve_implicit takes off"):
        decay("yes")


@pytest.mark.parametrize(("kernel", "dimension"), [("maxwell", 2), ("hard_spheres", 3)])
def test_frequent_exchange_limits_the_step(kernel, dimension):
    gas = disparate_mass(8, dimension=dimension, kernel=kernel, rates=(1.0, 100.0, 1.0))
    largest = gas.largest_step(0.03)
    options = {"epsilon": 0.03, "t_span": (0.0, 40 * largest), "scheme": "bdf2"}
    run = solve(gas, **options, step=0.9 * largest)
    light, heavy = (run.observables[f"{name}_temperature"] for name in ("light", "heavy"))
    gap = light - heavy
    # bdf2 has the factor -0.87 at 0.9 of its limit: 0.87^44 is 2e-3.
    assert abs(gap[-1]) <= 5e-3 * gap[0]
    with pytest.raises(ParameterError, match="largest_step = "):
        solve(gas, **options, step=1.1 * largest)
    options["t_span"] = (0.0, 100 * largest)
    long = solve(gas, **options, step=1.6 * largest, strict=False)
    assert long.status is Status.UNSTABLE_STEP


def test_the_limit_of_the_step_is_where_bdf2_has_the_factor_minus_one():
    gas = disparate_mass(8, dimension=2, densities=(1.0, 2.0), rates=(1.0, 3.0, 1.0))
    for epsilon in (0.0, 0.1, 1.0):
        z = gas.largest_step(epsilon) * 2 * 3.0 * (1.0 + 2.0) / (1 + epsilon**2) ** 2
        factors = np.roots([3 / 2 + 2 * z / 3, 2 * z / 3 - 2, 1 / 2 - z / 3])
        # A simple root: some roundoffs of its coefficients, which are about 10.
        assert abs(factors + 1).min() <= 1e-14
