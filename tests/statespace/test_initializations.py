"""Ten initializations against the systems that they are diagonal forms of."""

import numpy
import pytest

from perturbsci import io
from perturbsci.errors import ConvergenceError, ParameterError
from perturbsci.statespace import (
    DiagonalSystem,
    HankelSystem,
    LowRankSystem,
    dense,
    diagonal_system,
    discretize,
    hippo,
    initialize,
    legs_inner,
    simulate,
    transfer_function,
)

DIAGONAL = ("s4d-legs", "s4d-lin", "s4d-inv", "s4d-real", "s4-ptd", "s5", "s5-ptd")
NAMES = ("s4", *DIAGONAL, "lru", "hope")
POINTS = 1j * numpy.concatenate([[0.0], numpy.geomspace(1e-2, 1e5, 60)])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [1, 2, 7, 16])
def test_every_name_runs_a_sequence(name, n):
    # for n = 2 and theta below 0.134 the two poles are real
    begun = initialize(name, n, inputs=3, outputs=2, theta=0.5, seed=4)
    rule = "bilinear" if name == "s4" else "zoh"
    system = begun.system
    system = system if name == "lru" else discretize(system, begun.steps, rule=rule)
    found = simulate(system, numpy.ones((1, 6, 3))).outputs
    assert begun.name == name
    assert found.shape == (1, 6, 2)
    assert found.dtype.kind == ("c" if name == "lru" else "f")
    assert numpy.isfinite(found).all()
    kept = {"hope": 3 * n, "lru": n}.get(name, (n + 1) // 2)
    assert system.n_state == kept
    has_basis = name in ("s4", "s4d-legs", "s4-ptd", "s5", "s5-ptd")
    assert (begun.diagonalization is not None) == has_basis


@pytest.mark.parametrize("n", [1, 2, 9, 64])
def test_s4_is_legs(n):
    """G of diag - p p^H against solves with A, the outputs taken back by V^{-1}."""
    begun, memory = initialize("s4", n, seed=5), hippo("legs", n)
    near = begun.diagonalization
    weighted = begun.system.c * begun.system.weights
    c = (weighted @ near.inverse[near.eigenvalues.imag >= 0]).real
    exact = numpy.stack(
        [c @ numpy.linalg.solve(s * numpy.eye(n) - memory.a, memory.b) for s in POINTS]
    )[:, None]
    found = transfer_function(begun.system, POINTS)
    # both routes lose what C V V^{-1} and the solves lose: n^2 unit roundoffs
    assert numpy.abs(found - exact).max() <= 1e-11 * numpy.abs(exact).max()
    assert (begun.system.p == begun.system.q).all()


def test_equal_seeds_give_equal_outputs_in_the_coordinates_of_legs():
    """So the transfer functions differ as theory says, at every frequency."""
    n, theta = 32, 0.2
    exact, normal, near = (
        transfer_function(initialize(name, n, theta=theta, seed=2).system, POINTS)
        for name in ("s4", "s4d-legs", "s4-ptd")
    )
    inner = legs_inner(POINTS, n)[:, None, None]
    # 1 + Theta is as small as 1/n between the points: so many digits are lost
    assert numpy.abs(normal * (1 + inner) / exact - 1).max() <= 1e-10
    rho = theta / (2 - theta)
    assert numpy.abs(near * (1 + rho * inner) / exact - 1).max() <= 1e-10
    assert numpy.abs(near / exact - 1).max() <= rho / (1 - rho) * (1 + 1e-9)


@pytest.mark.parametrize("name", ["s5", "s5-ptd"])
@pytest.mark.parametrize("blocks", [1, 3])
def test_blocks_are_memories_of_their_own(name, blocks):
    n, m, p = 180, 4, 5
    begun = initialize(name, n, inputs=m, outputs=p, blocks=blocks, seed=1)
    near, system = begun.diagonalization, begun.system
    kept = near.eigenvalues.imag >= 0
    expected = numpy.tile(near.eigenvalues[kept], blocks)
    assert (system.eigenvalues == expected).all()
    assert near.eigenvalues.shape == (n // blocks,)
    assert near.theta == (1.0 if name == "s5" else 0.1)
    assert begun.steps.shape == (system.n_state,)
    # back in the coordinates of LegS, B and C are real normal numbers
    b = system.b.reshape(blocks, -1, m) * system.weights.reshape(blocks, -1, 1)
    c = system.c.reshape(p, blocks, -1) * system.weights.reshape(blocks, -1)
    back_b = (near.right[:, kept] @ b).real
    back_c = (c @ near.inverse[kept]).real
    for numbers, variance in ((back_b, 1 / m), (back_c, 1 / n)):
        size = numbers.size
        # mean and variance of `size` normal numbers lie within 5 standard errors
        assert abs(numbers.mean()) <= 5 * (variance / size) ** 0.5
        assert abs(numbers.var() / variance - 1) <= 5 * (2 / size) ** 0.5


def test_the_formulas():
    n, k = 10, numpy.arange(5)
    lin, inv, real = (
        initialize(name, n).system for name in ("s4d-lin", "s4d-inv", "s4d-real")
    )
    assert (lin.eigenvalues == -0.5 + 1j * numpy.pi * k).all()
    expected = n / numpy.pi * (n / (2 * k + 1) - 1)
    assert numpy.abs(inv.eigenvalues.imag / expected - 1).max() <= 1e-15
    assert (inv.eigenvalues.real == -0.5).all()
    assert (real.eigenvalues == -(k + 1)).all()
    assert lin.weights.tolist() == [1.0, 2.0, 2.0, 2.0, 2.0]
    for system in (lin, inv, real):
        assert (system.b == 1).all()


def test_s4d_legs_is_the_normal_part_with_half_of_the_input():
    memory, system = hippo("legs", 8), initialize("s4d-legs", 8).system
    normal = memory.a + memory.low_rank @ memory.low_rank.T
    expected = numpy.linalg.eigvals(normal)
    expected = expected[expected.imag > 0]
    order = numpy.argsort(-expected.imag)
    assert numpy.abs(system.eigenvalues - expected[order]).max() <= 1e-12
    near = initialize("s4d-legs", 8).diagonalization
    direct = diagonal_system(near, memory.b / 2, numpy.eye(8), correct=False)
    assert numpy.abs(system.b - direct.b).max() <= 1e-14
    single = initialize("s4d-legs", 1).system  # n = 1: -1/2, not the -1 of LegS
    assert abs(single.eigenvalues[0] + 0.5) <= 2e-16
    assert abs(single.b[0, 0] - 0.5) <= 2e-16
    kept = initialize("s4-ptd", 1, theta=1.0).system  # nothing to perturb: LegS itself
    assert (kept.eigenvalues[0], kept.b[0, 0]) == (-1.0, 1.0)


def test_copies_share_eigenvalues_and_draw_outputs():
    begun = initialize("s4-ptd", 16, copies=500, seed=3)
    one = initialize("s4-ptd", 16, seed=3)
    assert (begun.system.eigenvalues == one.system.eigenvalues).all()
    assert (begun.system.b == one.system.b).all()
    assert len(numpy.unique(begun.system.c[:, 0, 0])) == 500
    assert begun.steps.shape == (500,)
    assert 1e-3 <= begun.steps.min() < 2e-3
    assert 5e-2 < begun.steps.max() <= 1e-1
    # log-uniform: the mean of 500 logarithms within 5 standard errors
    share = numpy.log(begun.steps / 1e-3) / numpy.log(100)
    assert abs(share.mean() - 0.5) <= 5 / (12 * 500) ** 0.5


def test_complex_normal_outputs_have_variance_one():
    c = initialize("s4d-lin", 20, copies=400).system.c
    assert abs((abs(c) ** 2).mean() - 1) <= 5 / c.size**0.5
    assert abs((c * c).mean()) <= 5 * 2**0.5 / c.size**0.5


def test_lru_is_uniform_in_a_ring():
    n = 4000
    begun = initialize("lru", n, inputs=2, radius_range=(0.5, 0.9))
    values, system = begun.system.eigenvalues, begun.system
    assert system.step == 1.0
    assert begun.steps == 1.0
    radii, angles = abs(values), numpy.angle(values) % (2 * numpy.pi)
    assert 0.5 <= radii.min() < 0.51
    assert 0.89 < radii.max() <= 0.9
    area = (radii**2 - 0.25) / (0.81 - 0.25)
    for share in (area, angles / (2 * numpy.pi)):
        # largest distance of n uniform numbers from their distribution, Kolmogorov
        ranks = (numpy.arange(n) + 0.5) / n
        assert abs(numpy.sort(share) - ranks).max() <= 1.9 / n**0.5
    scaled = (abs(system.b) ** 2).sum(axis=1) / (1 - radii**2)
    assert abs(scaled.mean() - 1) <= 5 * (0.5 / n) ** 0.5
    copies = initialize("lru", 3, copies=2).system.eigenvalues
    assert len(numpy.unique(copies)) == 6


def test_hope_holds_markov_parameters():
    begun = initialize("hope", 2000)
    assert isinstance(begun.system, HankelSystem)
    assert not begun.system.is_discrete
    assert begun.system.markov.shape == (2000, 1, 1)
    assert abs(begun.system.markov.var() * 2000 - 1) <= 5 * (2 / 2000) ** 0.5


@pytest.mark.parametrize("name", NAMES)
def test_seeds(name):
    def bits(seed):
        system = initialize(name, 6, seed=seed).system
        return (system.markov if name == "hope" else system.c).tobytes()

    assert bits(1) == bits(1)
    assert bits(1) != bits(2)
    rng = numpy.random.default_rng(1)
    assert bits(rng) != bits(rng)


@pytest.mark.parametrize("name", NAMES)
def test_beginnings_survive_a_file(tmp_path, name):
    begun = initialize(name, 5)
    io.save(begun, tmp_path / "begun.npz")
    again = io.load(tmp_path / "begun.npz")
    assert again.name == begun.name
    assert type(again.system) is type(begun.system)
    assert again.steps.tobytes() == begun.steps.tobytes()
    array = "markov" if name == "hope" else "c"
    found, kept = (getattr(each.system, array).tobytes() for each in (again, begun))
    assert found == kept


def test_kinds_of_systems():
    assert isinstance(initialize("s4", 4).system, LowRankSystem)
    assert dense(initialize("s4", 4).system).is_real
    for name in DIAGONAL:
        system = initialize(name, 4).system
        assert isinstance(system, DiagonalSystem)
        assert system.is_real


def test_bad_beginnings():
    with pytest.raises(ParameterError, match="pass one of s4, s4d-legs"):
        initialize("s6", 4)
    for n in (0, -1, 2.5, True, "4"):
        with pytest.raises(ParameterError, match=r"n is .*pass a whole number from 1 on"):
            initialize("s5", n)
    with pytest.raises(ParameterError, match="does not divide n = 16; pass a divisor"):
        initialize("s5", 16, blocks=3)
    with pytest.raises(ParameterError, match="only s5 and s5-ptd have blocks"):
        initialize("s4-ptd", 16, blocks=2)
    for name in ("s4", "hope"):
        with pytest.raises(ParameterError, match="draw one system a seed"):
            initialize(name, 4, copies=2)
    for bad in ((0.1, 0.01), (0.1,), 0.1, (-1.0, 1.0), (numpy.nan, 1.0)):
        with pytest.raises(ParameterError, match="step_range"):
            initialize("s5", 4, step_range=bad)
    with pytest.raises(ParameterError, match="steps are positive"):
        initialize("s5", 4, step_range=(0.0, 1.0))
    with pytest.raises(ParameterError, match="from 0 to 1, the smaller one first"):
        initialize("lru", 4, radius_range=(0.0, 1.1))
    with pytest.raises(ParameterError, match="theta"):
        initialize("s4-ptd", 4, theta=1.5)
    with pytest.raises(ConvergenceError):
        initialize("s4-ptd", 64, theta=0.0)
    with pytest.raises(ParameterError, match="copies"):
        initialize("s5", 4, copies=0)
    with pytest.raises(ParameterError, match="seed"):
        initialize("s5", 4, seed=None)
