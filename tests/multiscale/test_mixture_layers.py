"""The mixture from data far off equilibrium: what is stable, and two defects that stand."""

import pytest

from perturbsci.errors import ParameterError
from perturbsci.multiscale import disparate_mass, epochal_relaxation, solve


@pytest.mark.parametrize("epsilon", [1e-5, 0.0])
def test_no_penalized_mode_grows_in_the_limit(epsilon):
    assert_no_mode_grows(epsilon)



@pytest.mark.parametrize("epsilon", [1.0, 0.3, 1e-2])
def test_no_penalized_mode_grows(epsilon):
    assert_no_mode_grows(epsilon)


def assert_no_mode_grows(epsilon):
    # 60 steps from far off, the layers not resolved: a mode that is amplified shows.
    gas = disparate_mass(16, dimension=2, rates=(1.0, 10.0, 1.0))
    run = solve(
        gas, epsilon=epsilon, t_span=(0, 3.0), scheme="bdf2", step=0.05,
        preparation="ill", initial_layer="off", t_eval=[0.0, 1.5, 3.0],
    )  # fmt: skip
    for name in ("light_distance", "heavy_distance"):
        values = run.observables[name]
        assert values[2] < values[1] < values[0]
    assert run.certificates[0].passed



def test_ill_prepared_data_follow_the_exact_law_once_the_layers_are_resolved():
    gas = disparate_mass(24, dimension=2)
    times = [0.0, 0.1, 0.5]
    errors = []
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
        assert run.certificates[0].passed
        assert run.certificates[1].passed  # entropy
        assert o["light_distance"][-1] < 1e-9
    # Second order, that of the layer mesh, with a cap on the error.
    assert errors[1] < errors[0] / 3.5
    assert errors[1] < 1e-5
