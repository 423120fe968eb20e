"""Isotropic mixtures against Krook and Wu, Bobylev, and exact moment equations."""

import numpy
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import isotropic_mixture, solve
from perturbsci.verification import load_reference
from tests.multiscale.krook_wu import KrookWu

SETS = {2: KrookWu(2.0, 2.0, 0.5, 0.15), 4: KrookWu(4.0, 3.0, 0.8, 0.1)}
# References are rounded to 8 digits; the method is better by orders of magnitude.
TEMPERATURES = {
    (2, 1.0): (
        load_reference("multiscale_collision.krook_wu2_t1_light"),
        load_reference("multiscale_collision.krook_wu2_t1_heavy"),
    ),
    (2, 4.0): (load_reference("multiscale_collision.krook_wu2_t4_light"),),
    (4, 1.0): (
        load_reference("multiscale_collision.krook_wu4_t1_light"),
        load_reference("multiscale_collision.krook_wu4_t1_heavy"),
    ),
}
SHAPES = {
    (2, 1.0): (
        load_reference("multiscale_collision.krook_wu2_t1_q"),
        load_reference("multiscale_collision.krook_wu2_t1_k"),
    ),
    (2, 4.0): (None, load_reference("multiscale_collision.krook_wu2_t4_k")),
    (4, 1.0): (
        load_reference("multiscale_collision.krook_wu4_t1_q"),
        load_reference("multiscale_collision.krook_wu4_t1_k"),
    ),
}


def mixture(exact, **options):
    return isotropic_mixture(
        masses=(1.0, exact.ratio),
        densities=(1.0, 1.0),
        rates=exact.rates,
        initial=(exact.density(0), exact.density(1)),
        **options,
    )


def gaussian(density, mass, temperature):
    scale = density * (mass / (2 * numpy.pi * temperature)) ** 1.5
    return lambda v: scale * numpy.exp(-mass * v**2 / (2 * temperature))


def test_the_exact_solution_has_the_printed_rates():
    for ratio, reference in (
        (2, load_reference("multiscale_collision.krook_wu2_rate22")),
        (4, load_reference("multiscale_collision.krook_wu4_rate22")),
    ):
        assert SETS[ratio].constants[0] == pytest.approx(reference.value, rel=1e-15)


@pytest.mark.parametrize(("ratio", "time"), list(TEMPERATURES))
def test_krook_wu(ratio, time):
    exact = SETS[ratio]
    problem = mixture(exact)
    run = solve(problem, epsilon=1.0, t_span=(0.0, time), scheme="rk4", step=0.02)
    found = run.observables["temperature"][-1]
    for value, reference in zip(found, TEMPERATURES[ratio, time], strict=False):
        assert value == pytest.approx(reference.value, abs=reference.tolerance)
    for value, reference in zip(exact.at(time)[:2], SHAPES[ratio, time], strict=True):
        if reference is not None:
            assert value == pytest.approx(reference.value, abs=reference.tolerance)
    q, k, *temperatures = exact.at(time)
    s = problem.coordinates["s"]
    shares = numpy.array(exact.constants[1:3])[:, None] * q
    transform = numpy.exp(-k * s / 2) * (1 - shares * k * s)
    # rk4 with step 0.02 and 32 nodes: 7e-11.
    assert abs(run.states[-1] - transform).max() < 2e-10
    numpy.testing.assert_allclose(found, temperatures, rtol=0, atol=1e-11)
    assert abs(run.observables["density"] - 1).max() < 1e-13
    energy = run.invariants["energy"]
    assert abs(energy[-1] / energy[0] - 1) < 1e-12


@pytest.mark.parametrize("ratio", [30.0, 100.0])
def test_any_mass_ratio(ratio):
    exact = KrookWu(ratio, 3.0, 0.5, 0.02)
    run = solve(mixture(exact), epsilon=1.0, t_span=(0.0, 2.0), scheme="rk4", step=0.05)
    _, _, *temperatures = exact.at(2.0)
    numpy.testing.assert_allclose(
        run.observables["temperature"][-1], temperatures, atol=1e-8
    )


def test_bkw_of_one_gas():
    k_0 = 0.7
    start = lambda v: (  # noqa: E731
        (2 * numpy.pi * k_0) ** -1.5
        * numpy.exp(-(v**2) / (2 * k_0))
        * ((5 * k_0 - 3) / (2 * k_0) + (1 - k_0) * v**2 / (2 * k_0**2))
    )
    gas = isotropic_mixture(masses=(1,), densities=(1,), rates=((1,),), initial=(start,))
    run = solve(gas, epsilon=2.0, t_span=(0.0, 8.0), scheme="rk4", step=0.05)
    k = 1 - (1 - k_0) * numpy.exp(-4 / 6)
    exact = 15 * (2 * k - k**2)
    assert run.observables["fourth_moment"][-1, 0] == pytest.approx(exact, abs=1e-9)
    assert run.observables["temperature"][-1, 0] == pytest.approx(1, abs=1e-12)


def test_temperatures_of_maxwellians_follow_the_moment_equation():
    """(T1 - T2)' = -2 (m1 m2 / M^2) lambda (n1 + n2) (T1 - T2), for any densities."""
    m, n, rate = (0.5, 3.0), (2.0, 0.7), 0.9
    gas = isotropic_mixture(
        masses=m,
        densities=n,
        rates=((1.0, rate), (rate, 0.4)),
        initial=(gaussian(n[0], m[0], 1.6), gaussian(n[1], m[1], 0.6)),
    )
    run = solve(gas, epsilon=1.0, t_span=(0.0, 1.5), scheme="rk4", step=0.02)
    slope = 2 * m[0] * m[1] / sum(m) ** 2 * rate * sum(n)
    found = numpy.diff(run.observables["temperature"][-1])[0]
    assert found == pytest.approx(-numpy.exp(-slope * 1.5), rel=1e-8)


def test_three_species_reach_one_temperature():
    m, n = (1.0, 4.0, 16.0), (1.0, 0.5, 0.25)
    gas = isotropic_mixture(
        masses=m,
        densities=n,
        rates=((1.0,) * 3,) * 3,
        initial=tuple(gaussian(*x) for x in zip(n, m, (1.5, 0.8, 0.5), strict=True)),
        orders=(2,),
        n_nodes=20,
        n_cosines=10,
        cutoff=4.0,
    )
    run = solve(gas, epsilon=0.1, t_span=(0.0, 10.0), scheme="rk4", step=0.05)
    common = (1.5 + 0.4 + 0.125) / 1.75
    assert list(run.observables) == ["temperature"]
    numpy.testing.assert_allclose(run.observables["temperature"][-1], common, rtol=1e-8)
    assert abs(gas.equilibrium(run.states[-1]) - run.states[-1]).max() < 1e-8


def test_species_may_be_exchanged_and_time_scaled():
    exact = SETS[4]
    there = solve(mixture(exact), epsilon=1.0, t_span=(0.0, 0.2), scheme="rk4", step=0.02)
    (a, b), (_, d) = exact.rates
    swapped = isotropic_mixture(
        masses=(4.0, 1.0),
        densities=(1.0, 1.0),
        rates=((d, b), (b, a)),
        initial=(exact.density(1), exact.density(0)),
    )
    back = solve(swapped, epsilon=0.5, t_span=(0.0, 0.1), scheme="rk4", step=0.01)
    # The sums over species in another order.
    assert abs(back.states[-1][::-1] - there.states[-1]).max() < 1e-14


def test_the_initial_scale_is_found():
    """A gas 1e4 times colder or hotter than the first guess."""
    for temperature, cutoff in ((1e-4, 600.0), (1e4, 0.06)):
        gas = isotropic_mixture(
            masses=(2.0,),
            densities=(1.0,),
            rates=((1.0,),),
            initial=(gaussian(1.0, 2.0, temperature),),
            cutoff=cutoff,
        )
        found = gas.observables["temperature"](gas.start(1.0), 1.0)[0]
        assert found == pytest.approx(temperature, rel=1e-10)


def test_bad_gases_are_refused():
    good = {
        "masses": (1.0, 2.0),
        "densities": (1.0, 1.0),
        "rates": ((1.0, 0.5), (0.5, 1.0)),
        "initial": (gaussian(1.0, 1.0, 1.0), gaussian(1.0, 2.0, 1.0)),
    }

    def refused(error, match, **changes):
        with pytest.raises(error, match=match):
            isotropic_mixture(**{**good, **changes})

    refused(ParameterError, r"masses\[1\] is -2.*above 0", masses=(1.0, -2.0))
    refused(ParameterError, r"rates\[0\]\[1\] is 0.*above 0", rates=((1, 0), (0, 1)))
    refused(ParameterError, "not symmetric", rates=((1.0, 0.5), (0.6, 1.0)))
    refused(ShapeError, "such as", rates=((1.0,),))
    refused(ShapeError, "each of its rows needs 2 rates", rates=((1.0, 0.5), (0.5,)))
    refused(ShapeError, "one a species", densities=(1.0,))
    refused(ShapeError, "one a species", initial=good["initial"][:1])
    refused(ParameterError, "pass a tuple, one a species", masses=2.0)
    refused(ParameterError, "masses is empty", masses=())
    refused(ParameterError, "tuple of functions of the speed", initial=(1.0, 2.0))
    refused(ParameterError, r"scale the function", densities=(1.0, 1.1))
    refused(
        ParameterError, "no finite real numbers", initial=(lambda v: v * numpy.nan,) * 2
    )
    refused(ShapeError, "one density a speed", initial=(lambda v: v[:3],) * 2)
    refused(ParameterError, "moments out of 0, 2, 4", orders=(1,))
    refused(ParameterError, "n_nodes is 3; pass a whole number from 4", n_nodes=3)
    refused(ParameterError, "n_cosines is 0; pass a whole", n_cosines=0)
    refused(ParameterError, "cutoff is 0; pass one finite number above 0", cutoff=0)


def test_epsilon_zero_and_long_steps_are_refused():
    gas = mixture(SETS[2])
    with pytest.raises(ParameterError, match="pass a positive one"):
        solve(gas, epsilon=0.0, t_span=(0.0, 1.0), scheme="bdf2", step=0.1)
    with pytest.raises(ParameterError, match="largest_step"):
        solve(gas, epsilon=0.01, t_span=(0.0, 1.0), scheme="rk4", step=0.1)
