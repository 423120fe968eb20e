"""Limits: commutation with the limit scheme, order maps, exponents, invariances."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perturbsci import problems
from perturbsci.errors import ParameterError
from perturbsci.io import load, save
from perturbsci.multiscale import (
    SplitProblem,
    check_commutation,
    goldstein_taylor,
    jin_xin,
    mode_exponent,
    order_map,
    solve,
    solve_limit,
    van_der_pol,
)
from perturbsci.results import Status
from perturbsci.verification import load_reference

from .systems import linear, mode, t1

GLOBALLY_STIFF = (
    "ars111",
    "ars222",
    "ars443",
    "dp242",
    "bpr353",
    "bdf1",
    "bdf2",
    "bdf3",
    "bdf4",
)
FAMILIES = {
    "jin_xin": lambda: jin_xin(16),
    "burgers": lambda: jin_xin(16, flux="burgers", speed=2.0),
    "weno5": lambda: jin_xin(16, space="weno5"),
    "goldstein_taylor": lambda: goldstein_taylor(16),
    "van_der_pol": van_der_pol,
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scheme", GLOBALLY_STIFF)
def test_the_limit_of_the_scheme_is_the_scheme_of_the_limit(family, scheme):
    problem = FAMILIES[family]()
    check = check_commutation(
        problem, scheme=scheme, epsilons=(1e-4, 1e-5), step=0.01, t_end=0.1
    )
    assert check.certificate.passed
    assert check.certificate.bound == (1e-10 if family == "van_der_pol" else 1e-12)
    assert check.limit_distance <= 1e-13
    assert check.slope >= 0.9
    assert check.status is Status.CONVERGED


def test_a_scheme_that_does_not_commute_is_found_out():
    problem = jin_xin(16)
    slow = SplitProblem("other", initial=problem.start(0.0)[0], explicit=lambda u, e: 0 * u)
    wrong = SplitProblem(
        "wrong",
        **{
            name: getattr(problem, name)
            for name in ("initial", "explicit", "solve_implicit", "weight", "restrict")
        },
        limit_problem=slow,
    )
    check = check_commutation(wrong, epsilons=(1e-3,), step=0.01, t_end=0.1)
    assert not check.certificate.passed
    assert np.isnan(check.slope)


def test_without_a_limit_equation_nothing_is_certified():
    check = check_commutation(linear(0), epsilons=(1e-4, 1e-5), step=0.01, t_end=0.1)
    assert check.certificate.kind == "none"
    assert np.isnan(check.limit_distance)
    assert check.slope >= 0.9
    problem = SplitProblem(
        "decay", initial=[1.0], explicit=lambda y, e: -y, limit=lambda t: np.exp(-t)
    )
    check = check_commutation(problem, scheme="rk4", epsilons=(1e-3,), step=0.1, t_end=1.0)
    assert 0 < check.limit_distance < 1e-6


def test_checks_and_maps_survive_storage(tmp_path):
    check = check_commutation(
        goldstein_taylor(8), epsilons=(0.1, 0.01), step=0.1, t_end=1.0
    )
    table = order_map(
        t1(), schemes=("bdf2",), epsilons=(1.0, 0.0), steps=(0.02, 0.01), t_end=0.1
    )
    for name, result in (("check", check), ("table", table)):
        save(result, tmp_path / f"{name}.npz")
        again = load(tmp_path / f"{name}.npz")
        assert again.summary() == result.summary()
        assert len(result.summary().splitlines()) <= 30
    assert (load(tmp_path / "table.npz").errors == table.errors).all()


def test_solve_limit_converges_to_the_limit():
    problem = goldstein_taylor(8)
    run = solve_limit(problem, t_span=(0, 1), step=0.01, scheme="bdf3", t_eval=[0.5, 1.0])
    assert abs(run.states[-1] - problem.limit(1.0)[0]).max() <= 1e-6
    assert run.times.tolist() == [0.5, 1.0]
    assert run.certificate.passed
    with pytest.raises(ParameterError, match="no limit equation of its own"):
        solve_limit(linear(0), t_span=(0, 1), step=0.1)
    with pytest.raises(ParameterError, match="a tableau or a Multistep"):
        solve_limit(problem, t_span=(0, 1), step=0.1, scheme="native")


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"epsilons": (0.0, 0.1)}, "above 0"),
        ({"t_end": 0.0}, "t_end is 0.0"),
        ({"observable": "speed"}, "has density, flux"),
        ({"scheme": "ssp222"}, "'ars222' or 'bdf2'"),
    ],
)
def test_check_commutation_refuses(changes, advice):
    options = {"epsilons": (0.1, 0.01), "step": 0.01, "t_end": 0.1, **changes}
    with pytest.raises(ParameterError, match=advice):
        check_commutation(jin_xin(8), **options)
    with pytest.raises(ParameterError, match="such as jin_xin"):
        check_commutation("jin_xin", **options)


# Order maps ----------------------------------------------------------------------------


def test_order_map_of_prepared_and_unprepared_data():
    table = order_map(
        t1(),
        schemes=("ars222", "bdf2"),
        epsilons=(1.0, 1e-6),
        steps=(0.01, 0.005, 0.0025),
        t_end=0.5,
        preparations=("well", "ill"),
    )
    assert table.errors.shape == (2, 2, 2, 3)
    assert table.orders.shape == (2, 2, 2)
    assert table.worst_errors.shape == (2, 2, 3)
    assert table.worst_orders.shape == (2, 2)
    assert (table.worst_errors == table.errors.max(axis=2)).all()
    assert [each.passed for each in table.certificates] == [True, True, False, False]
    assert table.certificate is table.certificates[2]
    assert abs(table.orders[1, :, 1] - 1).max() <= 0.05
    assert all(each.kind == "estimate" for each in table.certificates)
    assert "exact solution" in table.certificates[0].method
    rows = table.summary().splitlines()
    assert rows[2].startswith("ars222, well")
    assert rows[5].endswith("failed")


def test_order_map_without_an_exact_solution_says_so():
    table = order_map(
        van_der_pol(),
        schemes=("bdf2",),
        epsilons=(1e-3,),
        steps=(0.02, 0.01, 0.005),
        t_end=0.3,
    )
    assert "bdf2 at 1/8" in table.certificate.method
    assert table.certificate.passed
    given = order_map(
        van_der_pol(),
        schemes=("bdf1",),
        epsilons=(0.0,),
        steps=(0.02, 0.01),
        t_end=0.3,
        reference=lambda time, epsilon: van_der_pol().limit(time),
        observable="slow",
    )
    assert given.certificate.passed


def test_order_map_knows_when_an_exact_solution_starts_elsewhere():
    problem = linear(2)
    other = SplitProblem(
        "other",
        initial=lambda epsilon, preparation: (
            problem.initial * (2.0 if preparation == "ill" else 1.0)
        ),
        explicit=problem.explicit,
        solve_implicit=problem.solve_implicit,
        weight=problem.weight,
        exact=problem.exact,
    )
    options = {
        "schemes": ("ars222",),
        "epsilons": (0.5,),
        "steps": (0.02, 0.01),
        "t_end": 0.2,
    }
    table = order_map(other, preparations=("well", "ill"), **options)
    assert "exact" in table.certificates[0].method
    assert "bdf2" in table.certificates[1].method
    assert abs(table.orders - 2).max() <= 0.15  # a reference of the same order


def test_order_map_claims_nothing_below_rounding():
    problem = SplitProblem(
        "still", initial=[1.0], explicit=lambda y, e: 0 * y, exact=lambda t, e: np.ones(1)
    )
    table = order_map(
        problem, schemes=("heun",), epsilons=(1.0,), steps=(0.1, 0.05), t_end=1.0
    )
    assert table.certificate.kind == "none"
    assert np.isnan(table.orders).all()


def test_a_run_that_fails_counts_as_an_infinite_error():
    problem = SplitProblem(
        "grow", initial=[1.0], explicit=lambda y, e: y**3, exact=lambda t, e: np.ones(1)
    )
    table = order_map(
        problem, schemes=("heun",), epsilons=(1.0,), steps=(0.1, 0.05), t_end=3.0
    )
    assert table.status is Status.NOT_FINITE
    assert not table.certificate.passed
    assert np.isinf(table.errors).all()


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"schemes": ()}, "such as \\('bdf2',\\)"),
        ({"schemes": "bdf2"}, "such as \\('bdf2',\\)"),
        ({"schemes": ("bdf9",)}, "one of bdf"),
        ({"preparations": ("good",)}, "'well', 'ill'"),
        ({"preparations": "well"}, "pass \\('well',\\)"),
        ({"epsilons": (-1.0,)}, "from 0 on"),
        ({"steps": (0.1,)}, "needed 2"),
        ({"t_end": -1.0}, "above 0"),
        ({"slack": 0.0}, "above 0"),
        ({"initial_layer": "no"}, "'off', 'resolve'"),
        ({"observable": "speed"}, "has density, flux"),
        ({"steps": (0.3, 0.2)}, "largest_step"),
    ],
)
def test_order_map_refuses(changes, advice):
    options = {
        "schemes": ("bdf2",),
        "epsilons": (1.0,),
        "steps": (0.02, 0.01),
        "t_end": 0.5,
        **changes,
    }
    with pytest.raises(ParameterError, match=advice):
        order_map(jin_xin(8), **options)
    with pytest.raises(ParameterError, match="such as jin_xin"):
        order_map(None, **options)


# Exponents -----------------------------------------------------------------------------


def test_slab_exponents():
    reference = load_reference("multiscale.slab_exponents")
    for epsilon, value in zip(
        reference.parameters["epsilons"], reference.value, strict=True
    ):
        assert (
            abs(mode_exponent("slab", 1.0, epsilon=epsilon) - value) <= reference.tolerance
        )
    # the statement of the same problem: the ratio of two times; and the series below 1e-3
    statement = problems.get_problem("slab_transport", {"epsilon": 0.3, "wavenumber": 2.0})
    first, last = problems.exact_values(
        statement, np.array([[0.0, 0.0, 0.5], [1.0, 0.0, 0.5]])
    )
    s = mode_exponent("slab", 2.0, epsilon=0.3)
    assert s.real == pytest.approx(np.log(last[0] / first[0]), rel=1e-13)
    below, above = (
        mode_exponent("slab", 1.0, epsilon=1e-3 * (1 + d)).real for d in (-1e-9, 1e-9)
    )
    assert abs(below - above) <= 1e-9  # z cot z - 1 cancels to 1e-16/1e-6
    assert mode_exponent("slab", 3.0, epsilon=0.0) == -3.0


def test_goldstein_taylor_exponents_solve_their_equation():
    for epsilon, k in ((0.1, 1.0), (0.5, 1.0), (2.0, 3.0), (1e-9, 2.0)):
        s = mode_exponent("goldstein_taylor", k, epsilon=epsilon)
        assert abs(epsilon**2 * s**2 + s + k**2) <= 1e-14 * k**2 * (1 + epsilon * k)


def test_landau_modes():
    reference = load_reference("multiscale.landau_modes")
    for k, frequency, damping in reference.value:
        s = mode_exponent("landau", k)
        assert abs(-s.imag + 1j * s.real - frequency - 1j * damping) <= reference.tolerance
        scaled = mode_exponent("landau", k / 0.25, epsilon=0.25)
        assert abs(scaled - s / 0.25) <= 1e-12 * abs(scaled)


@pytest.mark.parametrize("k", [0.02, 0.0999, 0.1001, 0.3, 1.0, 5.0])
def test_landau_modes_with_forty_digits(k):
    with mpmath.workdps(60):

        def dispersion(zeta):
            w = mpmath.exp(-(zeta**2)) * mpmath.erfc(-1j * zeta)
            return 1 + (1 + zeta * 1j * mpmath.sqrt(mpmath.pi) * w) / mpmath.mpf(k) ** 2

        guess = 1j * mode_exponent("landau", k) / (np.sqrt(2) * k)
        root = mpmath.findroot(dispersion, mpmath.mpc(guess))
        assert abs(complex(root - guess)) <= 1e-12 * abs(guess)
        if k == 0.0999:  # damping below rounding of the frequency has its own digits
            assert abs(float(root.imag) / guess.imag - 1) <= 1e-2


def test_two_stream_growth():
    reference = load_reference("multiscale.two_stream_growth")
    found = [mode_exponent("two_stream", k).real for k in (0.2, 0.5)]
    assert abs(np.array(found) - reference.value).max() <= reference.tolerance
    assert mode_exponent("two_stream", 0.999).real < 0.01


@pytest.mark.parametrize(
    ("arguments", "epsilon", "advice"),
    [
        (("slab", 1.0), 1.6, "pi/2"),
        (("two_stream", 1.0), 1.0, "below 1"),
        (("landau", 1.0), 0.0, "Debye length"),
        (("landau", 30.0), 1.0, "at most 20"),
        (("waves", 1.0), 1.0, "'slab', 'goldstein_taylor'"),
        (("slab", -1.0), 1.0, "above 0"),
        (("slab", 1.0), -1.0, "from 0 on"),
    ],
)
def test_mode_exponent_refuses(arguments, epsilon, advice):
    with pytest.raises(ParameterError, match=advice):
        mode_exponent(*arguments, epsilon=epsilon)


# Invariances ---------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(GLOBALLY_STIFF))
def test_epsilon_0_is_the_limit_of_small_epsilon(seed, scheme):
    problem = linear(seed)
    options = {"t_span": (0, 0.2), "scheme": scheme, "step": 0.02}
    zero = solve(problem, epsilon=0.0, **options).states[-1]
    tiny = solve(problem, epsilon=1e-300, **options).states[-1]
    # kind CK finds I of the start by a solve of 1e-3 h, which multiplies rounding by 1e3
    assert abs(zero - tiny).max() <= 1e-12 * max(1.0, abs(zero).max())


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from([*GLOBALLY_STIFF, "ssp222", "ark324"]))
def test_scaling_of_time(seed, scheme):
    """y'(t/2) has half the parts; powers of two leave all bits but those of the solves."""
    problem = linear(seed)
    slow = SplitProblem(
        "slow",
        initial=problem.initial,
        explicit=lambda y, e: problem.explicit(y, e) / 2,
        solve_implicit=lambda rhs, h, e: problem.solve_implicit(rhs, h / 2, e),
        weight=problem.weight,
    )
    fast = solve(problem, epsilon=0.1, t_span=(0, 0.5), scheme=scheme, step=1 / 32)
    other = solve(slow, epsilon=0.1, t_span=(0, 1), scheme=scheme, step=1 / 16)
    np.testing.assert_allclose(fast.states[-1], other.states[-1], rtol=1e-12, atol=1e-12)


def test_shifting_the_cells_shifts_the_solution():
    def profile(x):
        return 1 + 0.3 * np.cos(2 * np.pi * x) + 0.1 * np.sin(4 * np.pi * x)

    options = {"epsilon": 1e-2, "t_span": (0, 0.2), "step": 0.01}
    for space in ("spectral", "muscl"):
        run = solve(jin_xin(16, initial=profile, space=space), **options)
        moved = solve(
            jin_xin(16, initial=lambda x: profile(x - 3 / 16), space=space), **options
        )
        np.testing.assert_allclose(
            np.roll(run.states[-1], 3, axis=1), moved.states[-1], atol=1e-13
        )


def test_one_mode_of_jin_xin_is_the_two_by_two_system():
    assert t1().initial is not None
    assert (t1().start(0.1)[0] == mode(t1().coordinates["x"])).all()
