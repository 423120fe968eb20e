"""Velocity grids: moments in closed form, Maxwellians and repairs that keep them."""

import numpy
import pytest
from scipy.optimize import root

from perturbsci import backend, io
from perturbsci.errors import ConvergenceError, ParameterError, ShapeError
from perturbsci.multiscale import (
    limit_positive,
    maxwellian,
    moments,
    project_moments,
    velocity_grid,
)
from perturbsci.multiscale.equilibria import discrete_maxwellian

DIMENSIONS = (1, 2, 3)


def gaussian(grid, mean, variances):
    """Return a normalized Gaussian with a diagonal covariance."""
    f = numpy.ones(grid.shape)
    for x, u, s in zip(grid.points, mean, variances, strict=True):
        f = f * numpy.exp(-((x - u) ** 2) / (2 * s)) / numpy.sqrt(2 * numpy.pi * s)
    return f


def integrals(f, grid):
    """Return the integrals of 1, v and abs(v)^2, and those of their moduli."""
    axes = tuple(range(-grid.dimension, 0))
    basis = [numpy.ones(grid.shape), *grid.points, grid.speed_squared]
    exact = [(f * p).sum(axes) * grid.cell_volume for p in basis]
    scale = [(abs(f * p)).sum(axes) * grid.cell_volume for p in basis]
    return numpy.stack(exact, -1), numpy.stack(scale, -1)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_grid_is_symmetric(d):
    grid = velocity_grid(12, 3.0, dimension=d)
    assert grid.shape == (12,) * d
    assert (grid.nodes == -grid.nodes[::-1]).all()
    assert grid.spacing == 0.5
    assert [x.shape for x in grid.points] == [grid.shape] * d
    squares = sum(x**2 for x in grid.points)
    numpy.testing.assert_allclose(grid.speed_squared, squares, rtol=4e-16)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_moments_of_a_gaussian(d):
    grid = velocity_grid(40, 11.0, dimension=d)
    u, s = numpy.array([0.3, -0.5, 0.2])[:d], numpy.array([0.8, 1.2, 1.0])[:d]
    found = moments(2.5 * gaussian(grid, u, s), grid, mass=3.0)
    # Fourth moments of independent normal components: 3 s^2, and s_k s_l for pairs.
    fourth = 2.5 * (2 * (s**2).sum() + s.sum() ** 2)
    # Beyond the grid is less than exp(-(11 - 0.5)^2 / 2.4), beyond its spectrum less.
    assert float(found.density) == pytest.approx(2.5, rel=1e-13)
    numpy.testing.assert_allclose(found.velocity, u, rtol=1e-12)
    assert float(found.temperature) == pytest.approx(3 * s.mean(), rel=1e-12)
    numpy.testing.assert_allclose(found.stress, 7.5 * numpy.diag(s), atol=1e-12)
    numpy.testing.assert_allclose(found.heat_flux, 0, atol=1e-12)
    assert float(found.fourth) == pytest.approx(fourth, rel=1e-11)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_moments_of_two_beams(d):
    """The heat flux of two Gaussians follows from shifted moments."""
    grid = velocity_grid(40, 11.0, dimension=d)
    parts = [(0.7, [0.5, 0.4, -0.2][:d], 0.9), (0.3, [-1.2, 0.1, 0.6][:d], 1.3)]
    f = sum(w * gaussian(grid, u, [t] * d) for w, u, t in parts)
    mean = sum(w * numpy.array(u) for w, u, _ in parts)
    stress, flux = numpy.zeros((d, d)), numpy.zeros(d)
    for w, u, t in parts:
        c = u - mean
        stress += w * (numpy.outer(c, c) + t * numpy.eye(d))
        flux += w / 2 * c * ((c**2).sum() + (d + 2) * t)
    found = moments(f, grid)
    numpy.testing.assert_allclose(found.velocity, mean, atol=1e-12)
    numpy.testing.assert_allclose(found.stress, stress, atol=1e-12)
    numpy.testing.assert_allclose(found.heat_flux, flux, atol=1e-11)
    by_definition = (
        sum((x - u) ** 2 for x, u in zip(grid.points, mean, strict=True)) ** 2 * f
    )
    expected = by_definition.sum() * grid.cell_volume
    assert float(found.fourth) == pytest.approx(expected, rel=1e-12)


def test_moments_of_a_stack_are_those_of_its_densities(generator):
    grid = velocity_grid(16, 6.0, dimension=2)
    f = generator.random((2, 3, *grid.shape))
    stack, one = moments(f, grid), moments(f[1, 2], grid)
    for name in ("density", "velocity", "temperature", "stress", "heat_flux", "fourth"):
        numpy.testing.assert_allclose(
            getattr(stack, name)[1, 2], getattr(one, name), rtol=1e-14, atol=1e-13
        )


@pytest.fixture
def generator():
    return numpy.random.default_rng(8)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_discrete_maxwellians_have_their_moments(d, generator):
    grid = velocity_grid(20, 5.0, dimension=d)
    n = generator.uniform(0.1, 5, 40)
    u = generator.uniform(-1, 1, (40, d))
    # From half a spacing as thermal speed, where the plain values are off by a tenth.
    t = generator.uniform(0.07, 1.5, 40) * 3
    f = maxwellian(grid, n, u, t, mass=3.0)
    found = moments(f, grid, mass=3.0)
    # 32 unit roundoffs of the equations, and the sums of the check.
    numpy.testing.assert_allclose(found.density, n, rtol=2e-14)
    numpy.testing.assert_allclose(found.velocity, u, atol=2e-14)
    numpy.testing.assert_allclose(found.temperature, t, rtol=2e-14)
    if d == 1:
        plain = moments(maxwellian(grid, n, u, t, mass=3.0, discrete=False), grid, mass=3.0)
        assert abs(plain.temperature / t - 1).max() > 1e-3


def test_newton_agrees_with_a_general_solver():
    grid = velocity_grid(12, 3.0, dimension=2)
    u, t = numpy.array([0.31, -0.2]), 0.11
    x, y = grid.points

    def values(p):
        return numpy.exp(p[0] + p[1] * x + p[2] * y + p[3] * grid.speed_squared)

    def equations(p):
        wanted = [1.0, *u, 2 * t + (u**2).sum()]
        return integrals(values(p), grid)[0] - wanted

    start = [-numpy.log(2 * numpy.pi * t) - (u**2).sum() / (2 * t), *(u / t), -1 / (2 * t)]
    solution = root(equations, start, tol=1e-14)
    f = maxwellian(grid, 1.0, u, t)
    # hybr stops at 1e-14 in the unknowns; f is their exponential.
    numpy.testing.assert_allclose(f, values(solution.x), atol=1e-11)


def test_without_a_discrete_maxwellian_the_plain_values_come():
    grid = velocity_grid(16, 4.0, dimension=1)
    # Mean 0 between two nodes at +-0.25: no density has a variance below 0.0625.
    f = maxwellian(grid, 1.0, 0.0, 0.05)
    plain = maxwellian(grid, 1.0, 0.0, 0.05, discrete=False)
    # The exponents reach 140, of which one rounding is 3e-14.
    numpy.testing.assert_allclose(f, plain, rtol=1e-13)
    center, variance = numpy.zeros((1, 1)), numpy.full(1, 0.05)
    _, defect = discrete_maxwellian(grid.nodes, grid.spacing, center, variance, 1e-14)
    assert defect[0] > 1e-3
    # On a node the same temperature is possible.
    assert float(moments(maxwellian(grid, 1.0, 0.25, 0.05), grid).temperature) == (
        pytest.approx(0.05, rel=1e-13)
    )


def test_wide_maxwellians_bend_upwards():
    """A temperature above that of the uniform density needs a positive exponent."""
    grid = velocity_grid(16, 4.0, dimension=1)
    f = maxwellian(grid, 1.0, 0.3, 7.0)
    assert f[0] > f[8]
    assert float(moments(f, grid).temperature) == pytest.approx(7.0, rel=1e-13)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_projection_removes_exactly_the_moments(d, generator):
    grid = velocity_grid(16, 6.0, dimension=d)
    m = maxwellian(grid, 1.3, numpy.full(d, 0.4), 0.9)
    q = generator.standard_normal((3, *grid.shape)) * m
    fixed = project_moments(q, grid, m)
    left, scale = integrals(fixed, grid)
    assert (abs(left) <= 1e-15 * scale).all()
    again = project_moments(fixed, grid, m)
    assert abs(again - fixed).max() <= 1e-15 * abs(q).max()
    # Orthogonal in the weight 1 / M: what is removed is a combination of 1, v, v^2 times M.
    basis = numpy.stack([numpy.ones(grid.shape), *grid.points, grid.speed_squared])
    rows = (basis * numpy.sqrt(m)).reshape(d + 2, -1).T
    removed = ((q - fixed) / numpy.sqrt(m)).reshape(3, -1).T
    rest = removed - rows @ numpy.linalg.lstsq(rows, removed)[0]
    assert abs(rest).max() <= 1e-12 * abs(removed).max()


@pytest.mark.parametrize("d", DIMENSIONS)
def test_projection_reaches_a_target(d, generator):
    grid = velocity_grid(16, 6.0, dimension=d)
    m = maxwellian(grid, [1.0, 2.0], generator.uniform(-0.5, 0.5, (2, d)), [0.8, 1.1])
    q = generator.standard_normal((2, *grid.shape)) * m
    target = generator.standard_normal((2, d + 2))
    found, scale = integrals(project_moments(q, grid, m, target), grid)
    assert (abs(found - target) <= 1e-14 * (scale + abs(target))).all()


@pytest.mark.parametrize("d", DIMENSIONS)
def test_limiting_keeps_the_moments(d):
    grid = velocity_grid(16, 6.0, dimension=d)
    f = gaussian(grid, [0.2] * d, [0.9] * d)
    x = grid.points[0]
    f = f * (0.8 + 0.9 * x + 0.2 * x**2)
    assert f.min() < -1e-2 * f.max()
    limited = limit_positive(f, grid)
    assert limited.min() >= 0
    before, _ = integrals(f, grid)
    after, scale = integrals(limited, grid)
    assert (abs(after - before) <= 1e-13 * scale).all()
    positive = abs(f) + 1e-300
    assert limit_positive(positive, grid).tobytes() == positive.tobytes()


def test_single_precision_stays_single(generator):
    grid = velocity_grid(16, 6.0, dimension=2)
    n, t = (generator.uniform(0.5, 1.5, 3).astype("f4") for _ in range(2))
    f = maxwellian(grid, n, numpy.zeros((3, 2), "f4"), t)
    assert f.dtype == numpy.float32
    found = moments(f, grid)
    numpy.testing.assert_allclose(found.temperature, t, rtol=2e-6)
    assert project_moments(f, grid, f).dtype == numpy.float32
    assert limit_positive(f - numpy.float32(1e-4), grid).dtype == numpy.float32


@pytest.mark.parametrize("d", DIMENSIONS)
def test_memory_order_is_free(d, generator):
    grid = velocity_grid(12, 5.0, dimension=d)
    f = generator.random(grid.shape)
    copies = [numpy.asfortranarray(f), numpy.repeat(f, 2, axis=-1)[..., ::2]]
    copies += [f.astype(">f8")]
    for copy in copies:
        assert moments(copy, grid).stress.tobytes() == moments(f, grid).stress.tobytes()
        fixed = project_moments(copy, grid, f + 1)
        assert fixed.tobytes() == project_moments(f, grid, f + 1).tobytes()


def test_grid_and_moments_survive_a_file(tmp_path):
    grid = velocity_grid(8, 2.0, dimension=2)
    io.save(grid, tmp_path / "grid.npz")
    back = io.load(tmp_path / "grid.npz")
    assert back.nodes.tobytes() == grid.nodes.tobytes()
    assert (back.n, back.dimension, back.half_width) == (8, 2, 2.0)
    found = moments(maxwellian(grid, 1.0, 0.0, 0.3), grid)
    io.save(found, tmp_path / "moments.npz")
    assert io.load(tmp_path / "moments.npz").stress.tobytes() == found.stress.tobytes()


def test_bad_grids_are_refused():
    with pytest.raises(ParameterError, match="even number of nodes, pass 10"):
        velocity_grid(9, 1.0)
    with pytest.raises(ParameterError, match="whole number from 8 on"):
        velocity_grid(6, 1.0)
    with pytest.raises(ParameterError, match=r"half_width is -1\.0; pass one finite"):
        velocity_grid(8, -1.0)
    with pytest.raises(ParameterError, match="dimension is 4; pass a whole number from 1"):
        velocity_grid(8, 1.0, dimension=4)


def test_bad_densities_are_refused():
    grid = velocity_grid(8, 2.0, dimension=2)
    f = numpy.ones(grid.shape)
    with pytest.raises(ShapeError, match=r"needed \(8, 8\) on its last axes.*grid.points"):
        moments(numpy.ones((8, 7)), grid)
    with pytest.raises(ParameterError, match=r"density 0 at index \(1,\).*positive one"):
        moments(numpy.stack([f, 0 * f]), grid)
    with pytest.raises(ParameterError, match="not finite, first at index"):
        moments(f * numpy.nan, grid)
    with pytest.raises(ParameterError, match="mass is 0; pass one finite number above 0"):
        moments(f, grid, mass=0)
    with pytest.raises(ShapeError, match=r"target has shape .*needed 4 numbers"):
        project_moments(f, grid, f, numpy.zeros(3))
    with pytest.raises(ParameterError, match="maxwellian has dtype bool"):
        project_moments(f, grid, f > 0)


def test_bad_maxwellians_are_refused():
    grid = velocity_grid(8, 2.0, dimension=2)
    with pytest.raises(ParameterError, match=r"temperature is -1 at index \(1,\)"):
        maxwellian(grid, 1.0, 0.0, [1.0, -1.0])
    with pytest.raises(ParameterError, match=r"density is 0 at index.*positive one"):
        maxwellian(grid, 0.0, 0.0, 1.0)
    with pytest.raises(ShapeError, match="needed 2 components on its last axis"):
        maxwellian(grid, 1.0, [0.0, 0.0, 0.0], 1.0)
    with pytest.raises(ShapeError, match="one more axis of components"):
        maxwellian(grid, numpy.ones(3), numpy.zeros((2, 2)), 1.0)


def test_hopeless_densities_are_not_limited():
    grid = velocity_grid(8, 4.0, dimension=1)
    f = numpy.array([-1.0, 0, 0, 2, 2, 0, 0, -1.0])
    with pytest.raises(ParameterError, match="refine the velocity grid"):
        limit_positive(f, grid)
    narrow = numpy.array([0.0, -0.035, 0, 1, 1, 0, -0.035, 0])
    # Its temperature is 0.03, but no positive density of mean 0 is narrower than 0.25.
    with pytest.raises(ConvergenceError, match="refine the velocity grid"):
        limit_positive(narrow, grid)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_interpreter_gives_the_same_maxwellian(d):
    grid = velocity_grid(8, 3.0, dimension=d)
    compiled = maxwellian(grid, 1.0, 0.1, 0.5)
    with backend.use("numpy"):
        assert maxwellian(grid, 1.0, 0.1, 0.5).tobytes() == compiled.tobytes()
