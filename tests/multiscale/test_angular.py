"""The angular average against quadrature, and as a projection."""

import mpmath
import numpy
import pytest

from perturbsci import backend
from perturbsci.errors import ShapeError
from perturbsci.multiscale import angular_average, velocity_grid

MEAN, VARIANCES = (0.3, -0.2, 0.1), (0.9, 1.1, 0.8)


def anisotropic(grid):
    """Return an unnormalized Gaussian, off center and with a diagonal covariance."""
    return numpy.exp(-exponent(grid.points))


def exponent(point):
    return sum(
        (x - u) ** 2 / (2 * s) for x, u, s in zip(point, MEAN, VARIANCES, strict=False)
    )


def average_on_circle(radius):
    """Return the mean over a circle, by mpmath."""

    def integrand(angle):
        return mpmath.exp(
            -exponent((radius * mpmath.cos(angle), radius * mpmath.sin(angle)))
        )

    turns = mpmath.linspace(0, 2 * mpmath.pi, 5)
    return float(mpmath.quad(integrand, turns) / (2 * mpmath.pi))


def average_on_sphere(radius):
    """Return the mean over a sphere: exp and a Bessel function in one angle, mpmath."""

    def integrand(cosine):
        # Gauss-Legendre in the cosine, the trapezoidal rule of 40 points in the azimuth.
        sine = mpmath.sqrt(1 - cosine**2)
        points = [2 * mpmath.pi * k / 40 for k in range(40)]
        values = [
            mpmath.exp(
                -exponent(
                    (
                        radius * sine * mpmath.cos(p),
                        radius * sine * mpmath.sin(p),
                        radius * cosine,
                    )
                )
            )
            for p in points
        ]
        return mpmath.fsum(values) / 40

    return float(mpmath.quad(integrand, [-1, 0, 1], maxdegree=4) / 2)


def test_circles_agree_with_quadrature():
    grid = velocity_grid(48, 8.5, dimension=2)
    found = angular_average(anisotropic(grid), grid)
    for i, j in ((30, 20), (36, 38)):
        radius = float(numpy.hypot(grid.nodes[i], grid.nodes[j]))
        # The wave 2 pi / dv / 2 = 8.9 of the narrowest direction: exp(-0.45 8.9^2) < 1e-15.
        assert found[i, j] == pytest.approx(average_on_circle(radius), abs=1e-13)


def test_spheres_agree_with_quadrature():
    grid = velocity_grid(40, 8.5, dimension=3)
    found = angular_average(anisotropic(grid), grid)
    for i, j, k in ((24, 17, 22),):
        radius = float(numpy.sqrt((grid.nodes[[i, j, k]] ** 2).sum()))
        # The largest wave of the grid is 7.4: exp(-0.4 7.4^2) = 3e-10 at single waves, and
        # their sum over shells is smaller still.
        assert found[i, j, k] == pytest.approx(average_on_sphere(radius), abs=1e-11)


def test_in_one_dimension_it_is_the_even_part():
    grid = velocity_grid(16, 4.0, dimension=1)
    f = numpy.exp(-((grid.nodes - 0.5) ** 2))
    assert (angular_average(f, grid) == (f + f[::-1]) / 2).all()


@pytest.mark.parametrize(("d", "n"), [(2, 48), (3, 40)])
def test_it_is_a_projection(d, n):
    grid = velocity_grid(n, 8.5, dimension=d)
    once = angular_average(anisotropic(grid), grid)
    twice = angular_average(once, grid)
    # 3-D: the spectral tail of the grid, as above.
    assert abs(twice - once).max() < (1e-12 if d == 2 else 1e-11)
    assert (once[grid.speed_squared > grid.half_width**2] == 0).all()
    radial = numpy.exp(-grid.speed_squared / 2)
    kept = angular_average(radial, grid)
    assert abs(kept - radial).max() < 1e-11


@pytest.mark.parametrize("d", [2, 3])
def test_it_does_not_see_rotations_of_the_grid(d):
    grid = velocity_grid(24, 6.5, dimension=d)
    f = anisotropic(grid)
    average = angular_average(f, grid)
    for turned in (numpy.rot90(f), numpy.swapaxes(f, 0, d - 1), f[::-1]):
        # The same terms in another order.
        assert abs(angular_average(turned, grid) - average).max() < 1e-15


def test_stacks_and_single_precision():
    grid = velocity_grid(16, 6.0, dimension=2)
    f = anisotropic(grid)
    stack = angular_average(numpy.stack([f, 2 * f]), grid)
    assert stack[0].tobytes() == angular_average(f, grid).tobytes()
    assert abs(stack[1] - 2 * stack[0]).max() < 1e-15
    single = angular_average(f.astype("f4"), grid)
    assert single.dtype == numpy.float32
    assert abs(single - stack[0]).max() < 1e-6


def test_any_number_of_threads_gives_the_same_bits():
    grid = velocity_grid(32, 6.0, dimension=3)
    f = anisotropic(grid)
    with backend.use("numba", threads=1):
        one = angular_average(f, grid)
    with backend.use("numba", threads=2):
        assert angular_average(numpy.asfortranarray(f), grid).tobytes() == one.tobytes()


def test_another_grid_is_refused():
    with pytest.raises(ShapeError, match=r"needed \(16, 16\) on its last axes"):
        angular_average(numpy.ones((16, 8)), velocity_grid(16, 6.0, dimension=2))
