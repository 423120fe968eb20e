"""The spectral collision operator against exact solutions, moments and symmetries."""

import tracemalloc

import numpy
import pytest

from perturbsci import backend, io
from perturbsci.errors import BackendError, ParameterError, ShapeError
from perturbsci.multiscale import (
    collide,
    maxwellian,
    project_moments,
    spectral_collision,
    velocity_grid,
)
from perturbsci.multiscale.collision import ALIASING
from perturbsci.multiscale.quadratures import directions
from perturbsci.verification import load_reference


def bkw(dimension, time, square):
    """Return the solution of Bobylev, Krook and Wu for rate 1, and its derivative."""
    v = square
    if dimension == 2:
        k = 1 - numpy.exp(-time / 8) / 2
        gauss = numpy.exp(-v / (2 * k)) / (2 * numpy.pi * k**2)
        shape = 2 * k - 1 + (1 - k) * v / (2 * k)
        change = (v / (2 * k**2) - 2 / k) * shape + 2 - v / (2 * k**2)
        return gauss * shape, gauss * change * (1 - k) / 8
    k = 1 - numpy.exp(-time / 6)
    gauss = (2 * numpy.pi * k) ** -1.5 * numpy.exp(-v / (2 * k))
    shape = (5 * k - 3) / (2 * k) + (1 - k) * v / (2 * k**2)
    slope = 3 / (2 * k**2) + v / 2 * (1 / k**2 - 2 / k**3)
    change = (v / (2 * k**2) - 3 / (2 * k)) * shape + slope
    return gauss * shape, gauss * change * (1 - k) / 6


def beams(grid, mass=1.0):
    """Return a density without symmetry."""
    d = grid.dimension
    parts = [(0.6, [0.4, -0.2, 0.1][:d], 0.8), (0.4, [-0.5, 0.3, 0.2][:d], 1.1)]
    return sum(maxwellian(grid, n, u, t, mass=mass) for n, u, t in parts)


def invariants(q, grid):
    basis = [numpy.ones(grid.shape), *grid.points, grid.speed_squared]
    return numpy.array([(q * p).sum() * grid.cell_volume for p in basis])


@pytest.fixture(scope="module")
def plane():
    grid = velocity_grid(32, 9.0, dimension=2)
    return grid, spectral_collision(grid), beams(grid)


@pytest.mark.parametrize("time", [0.5, 2.0])
def test_bkw_in_two_dimensions(time):
    grid = velocity_grid(64, 5.5 * ALIASING, dimension=2)
    f, exact = bkw(2, time, grid.speed_squared)
    operator = spectral_collision(grid, n_radial=24)
    q = collide(operator, f)
    error = abs(q - exact).max() / abs(exact).max()
    assert operator.n_transforms == 219
    assert error <= load_reference("multiscale_collision.bkw_2d_error").value


def test_bkw_in_three_dimensions():
    grid = velocity_grid(32, 4.0 * ALIASING)
    f, exact = bkw(3, 8.0, grid.speed_squared)
    operator = spectral_collision(grid)
    q = collide(operator, f)
    error = abs(q - exact).max() / abs(exact).max()
    assert operator.n_transforms == 531
    assert error <= load_reference("multiscale_collision.bkw_3d_error").value
    assert abs(invariants(q, grid)).max() < 1e-6
    fixed = project_moments(q, grid, maxwellian(grid, 1.0, 0.0, 1.0))
    assert abs(invariants(fixed, grid)).max() < 1e-14


def test_error_falls_with_the_grid():
    """Spectral accuracy: each finer grid gains at least a factor of ten."""
    errors = []
    for n in (24, 32, 40):
        grid = velocity_grid(n, 5.0 * ALIASING, dimension=2)
        f, exact = bkw(2, 4.0, grid.speed_squared)
        q = collide(spectral_collision(grid, n_radial=32), f)
        errors.append(abs(q - exact).max() / abs(exact).max())
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


@pytest.mark.parametrize(("d", "n", "n_angles"), [(2, 48, 16), (3, 24, 4)])
def test_stress_of_maxwell_molecules_decays_at_half_the_rate(d, n, n_angles):
    grid = velocity_grid(n, 11.0 if d == 2 else 8.5, dimension=d)
    f = beams(grid)
    q = collide(spectral_collision(grid, rate=1.7, n_angles=n_angles), f)
    x, y = grid.points[:2]
    mean = invariants(f, grid)[1 : d + 1]
    reference = load_reference("multiscale_collision.stress_rate")
    # Mass outside of the support: 1e-8 at S = 5 in 2-D, 1e-4 at S = 3.9 in 3-D.
    within = reference.tolerance if d == 2 else 2e-3
    for weight in ((x - mean[0]) * (y - mean[1]), (x - mean[0]) ** 2 - (y - mean[1]) ** 2):
        rate = -(q * weight).sum() / (f * weight).sum() / 1.7
        assert rate == pytest.approx(reference.value, abs=within)


def test_eight_directions_are_for_nearly_isotropic_densities():
    """The default of 2-D costs 1e-5 for two beams, twice as many directions nothing."""
    grid = velocity_grid(48, 11.0, dimension=2)
    f = beams(grid)
    few, many = (
        abs(invariants(collide(spectral_collision(grid, n_angles=k), f), grid)).max()
        for k in (8, 16)
    )
    assert 1e-6 < few < 2e-5
    assert many < 1e-9


@pytest.mark.parametrize(
    ("ratio", "n"), [(2, 32), pytest.param(4, 40, marks=pytest.mark.slow)]
)
def test_hard_spheres_exchange_energy_at_the_exact_rate(ratio, n):
    grid = velocity_grid(n, 9.0)
    light = maxwellian(grid, 1.0, 0.0, 1.2)
    heavy = maxwellian(grid, 1.5, 0.0, 0.8, mass=ratio)
    operator = spectral_collision(grid, exponent=1.0, rate=0.7, masses=(1, ratio))
    q = collide(operator, light, heavy)
    change = (q * grid.speed_squared).sum() * grid.cell_volume / 3
    frequency = 8 / 3 * numpy.sqrt(2 / numpy.pi) * 0.7 * numpy.sqrt(1.2 + 0.8 / ratio)
    exact = -2 * ratio / (1 + ratio) ** 2 * 1.5 * frequency * 0.4
    bounds = {
        2: load_reference("multiscale_collision.exchange2_error").value,
        4: load_reference("multiscale_collision.exchange4_error").value,
    }
    assert abs(change / exact - 1) <= bounds[ratio]


def test_two_species_exchange_momentum_and_energy():
    """Maxwell molecules: u1' = -(m2/M) n2 (u1 - u2), and total energy is conserved."""
    grid = velocity_grid(56, 11.0, dimension=2)
    light = maxwellian(grid, 1.0, [0.5, 0.0], 1.1)
    heavy = maxwellian(grid, 2.0, [-0.2, 0.3], 0.9, mass=2)
    lost, won = (
        spectral_collision(grid, masses=masses, n_angles=16) for masses in ((1, 2), (2, 1))
    )
    there = invariants(collide(lost, light, heavy), grid)
    back = invariants(collide(won, heavy, light), grid)
    # Beyond the support of 5.0, thermal speed 1.05 and drift 0.5, is a mass of 1e-7.
    exact = -(2 / 3) * 2 * numpy.array([0.7, -0.3])
    numpy.testing.assert_allclose(there[1:3], exact, rtol=1e-7)
    numpy.testing.assert_allclose(there[1:] + 2 * back[1:], 0, atol=1e-7)
    assert abs(there[0]) < 1e-9
    assert abs(back[0]) < 1e-9


def test_equal_masses_are_one_gas(plane):
    grid, operator, f = plane
    single = collide(operator, f)
    double = collide(operator, f, f.copy())
    assert abs(double - single).max() <= 1e-12 * abs(single).max()
    scaled = spectral_collision(grid, masses=(3.0, 3.0))
    assert collide(scaled, f).tobytes() == single.tobytes()


def test_it_is_bilinear(plane):
    _, operator, f = plane
    g, h = f[::-1].copy(), numpy.roll(f, 1, axis=0)
    together = collide(operator, f, 2 * g - 0.5 * h)
    apart = 2 * collide(operator, f, g) - 0.5 * collide(operator, f, h)
    assert abs(together - apart).max() <= 1e-13 * abs(apart).max()


def test_rate_and_masses_scale(plane):
    grid, operator, f = plane
    faster = collide(spectral_collision(grid, rate=2.5), f)
    assert abs(faster - 2.5 * collide(operator, f)).max() <= 1e-13 * abs(faster).max()
    one = collide(spectral_collision(grid, masses=(1, 3)), f, f)
    two = collide(spectral_collision(grid, masses=(2, 6)), f, f)
    assert abs(one - two).max() <= 1e-13 * abs(one).max()


def test_shifts_by_whole_cells_commute(plane):
    _, operator, f = plane
    q = collide(operator, f)
    moved = collide(operator, numpy.roll(f, (3, -2), (0, 1)))
    assert abs(moved - numpy.roll(q, (3, -2), (0, 1))).max() <= 1e-13 * abs(q).max()


def test_quarter_turns_and_reflections_commute(plane):
    _, operator, f = plane
    q = collide(operator, f)
    for turn in (numpy.rot90, numpy.transpose, numpy.flipud):
        assert abs(collide(operator, turn(f)) - turn(q)).max() <= 1e-13 * abs(q).max()


def test_azimuthal_turns_commute_in_three_dimensions():
    """Turns around the polar axis, the first one, map the directions onto themselves."""
    grid = velocity_grid(16, 8.0)
    operator = spectral_collision(grid)
    f = beams(grid)
    q = collide(operator, f)
    for turn in (lambda x: numpy.rot90(x, axes=(1, 2)), lambda x: x[::-1]):
        assert abs(collide(operator, turn(f)) - turn(q)).max() <= 1e-13 * abs(q).max()


@pytest.mark.parametrize(("d", "n_angles"), [(2, 8), (3, 3), (3, 4), (3, 5)])
def test_directions_integrate_polynomials(d, n_angles):
    nodes, weights, ends = directions(d, n_angles)
    surface = 2 * numpy.pi * (d - 1)
    second = numpy.einsum("s,sk,sl->kl", weights, nodes, nodes)
    fourth = (weights * nodes[:, 0] ** 4).sum()
    assert ends[-1] == len(weights)
    assert weights.sum() == pytest.approx(surface, rel=1e-14)
    numpy.testing.assert_allclose(second, surface / d * numpy.eye(d), atol=1e-14)
    assert fourth == pytest.approx(3 * surface / (d * (d + 2)), rel=1e-14)
    gaps = numpy.linalg.norm(nodes[:, None] + nodes, axis=-1)
    assert gaps.min() > 1e-3  # one of each pair only


def test_more_angles_and_radii_do_not_change_it():
    """An independent quadrature of the same integrals."""
    grid = velocity_grid(24, 8.0)
    f = beams(grid)
    q = collide(spectral_collision(grid), f)
    finer = collide(spectral_collision(grid, n_radial=20, n_angles=7), f)
    assert abs(finer - q).max() <= 1e-4 * abs(q).max()


def test_single_precision(plane):
    _, operator, f = plane
    q = collide(operator, f)
    single = collide(operator, f.astype("f4"))
    assert single.dtype == numpy.float32
    assert abs(single - q).max() <= 1e-5 * abs(f).max()


def test_stacks_and_memory_order(plane):
    grid, operator, f = plane
    q = collide(operator, f)
    stack = numpy.stack([f, f[::-1]])[None]
    found = collide(operator, stack)
    assert found.shape == (1, 2, *grid.shape)
    assert found[0, 0].tobytes() == q.tobytes()
    f.flags.writeable = False
    assert collide(operator, numpy.asfortranarray(f)).tobytes() == q.tobytes()
    f.flags.writeable = True


@pytest.mark.parametrize(("d", "n"), [(2, 32), (3, 16)])
def test_any_number_of_threads_gives_the_same_bits(d, n):
    grid = velocity_grid(n, 9.0, dimension=d)
    operator, f = spectral_collision(grid), beams(grid)
    with backend.use("numba", threads=1):
        one = collide(operator, f)
    with backend.use("numba", threads=2):
        assert collide(operator, f).tobytes() == one.tobytes()


@pytest.mark.parametrize("species", [1, 2])
def test_memory_stays_below_twenty_arrays(species):
    grid = velocity_grid(32, 9.0)
    operator = spectral_collision(grid, n_radial=2, masses=(1, species))
    f = beams(grid)
    collide(operator, f)
    tracemalloc.start()
    collide(operator, f, None if species == 1 else f)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * f.nbytes
    assert operator.memory_bytes > peak / 2


def test_operator_survives_a_file(plane, tmp_path):
    _, operator, f = plane
    io.save(operator, tmp_path / "operator.npz")
    back = io.load(tmp_path / "operator.npz")
    assert back.n_transforms == operator.n_transforms
    assert collide(back, f).tobytes() == collide(operator, f).tobytes()


def test_bad_operators_are_refused(plane):
    grid = plane[0]
    with pytest.raises(ParameterError, match="use dimension 2 or 3"):
        spectral_collision(velocity_grid(16, 6.0, dimension=1))
    with pytest.raises(ParameterError, match="rate is 0; pass one finite number above 0"):
        spectral_collision(grid, rate=0)
    with pytest.raises(ParameterError, match="pass one above -2"):
        spectral_collision(grid, exponent=-2.0)
    with pytest.raises(ParameterError, match="largest without aliasing"):
        spectral_collision(grid, support=9.5)
    with pytest.raises(ParameterError, match="pairs s and -s, pass 8"):
        spectral_collision(grid, n_angles=7)
    with pytest.raises(ParameterError, match="n_radial is 0; pass a whole number from 1"):
        spectral_collision(grid, n_radial=0)
    with pytest.raises(ParameterError, match=r"masses\[1\] is -1; pass one finite"):
        spectral_collision(grid, masses=(1, -1))
    with pytest.raises(ParameterError, match="that of the species that changes"):
        spectral_collision(grid, masses=(1.0,))
    with (
        backend.use("numba", memory=2**20),
        pytest.raises(ParameterError, match=r"use a smaller n, or backend.use\(memory=\)"),
    ):
        spectral_collision(velocity_grid(64, 9.0))


def test_bad_densities_are_refused(plane, monkeypatch):
    _, operator, f = plane
    with pytest.raises(ShapeError, match=r"needed \(32, 32\) on its last axes"):
        collide(operator, f[:16])
    with pytest.raises(ShapeError, match="one density g for each f"):
        collide(operator, f, numpy.stack([f, f]))
    with pytest.raises(ParameterError, match=r"write g.astype\(f.dtype\)"):
        collide(operator, f, f.astype("f4"))
    with pytest.raises(ParameterError, match="not finite, first at index"):
        collide(operator, f * numpy.inf)
    monkeypatch.setattr(
        "perturbsci.multiscale.collision.device_of",
        lambda x: "cupy:0" if x is operator.shell_index else "numpy",
    )
    with pytest.raises(BackendError, match="make the grid of the operator on that backend"):
        collide(operator, f)
