"""Expanded collisions of light and heavy gases, against the exact binary operator."""

import numpy as np
import pytest

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.multiscale import (
    drag_expansion,
    lorentz_expansion,
    maxwellian,
    velocity_grid,
)
from perturbsci.multiscale.expansions import drag_moments
from perturbsci.verification import load_reference

LIGHT = ((0.6, (1.0, 0.3), (0.7, 0.5)), (0.4, (-0.8, -0.5), (0.6, 0.9)))
U, T = np.array([0.4, -0.2]), 0.5
HEAVY = ((1.0, tuple(U), (T, T)),)
SECOND = T * np.eye(2) + np.outer(U, U)


def density(grid, parts):
    total = 0.0
    for weight, mean, variances in parts:
        bells = [
            np.exp(-((x - m) ** 2) / (2 * c)) / np.sqrt(2 * np.pi * c)
            for x, m, c in zip(grid.points, mean, variances, strict=True)
        ]
        total = total + weight * np.prod(bells, axis=0)
    return total


def transform(parts, kx, ky):
    return sum(
        w * np.exp(-1j * (kx * m[0] + ky * m[1]) - (kx**2 * c[0] + ky**2 * c[1]) / 2)
        for w, m, c in parts
    )


def exact_operators(grid, epsilon):
    """Return Q_LH and Q_HL of Maxwell molecules by the transforms of Gaussians (Bobylev).

    exp(-i k.v'), v' after a collision, averaged over its direction, depends on abs(k) only
    where the relative velocity stood, so that the direction moves to k.
    """
    k = np.fft.fftfreq(grid.n, 1 / grid.n) * np.pi / grid.half_width
    kx, ky = np.meshgrid(k, k, indexing="ij")
    size, mass, e = np.hypot(kx, ky), 1 + epsilon**2, epsilon
    light, heavy = 0.0, 0.0
    angles = 2 * np.pi * (np.arange(48) + 0.5) / 48
    for angle in angles:
        sx, sy = size * np.cos(angle), size * np.sin(angle)
        light = light + transform(
            LIGHT, (e**2 * kx + sx) / mass, (e**2 * ky + sy) / mass
        ) * transform(HEAVY, e * (kx - sx) / mass, e * (ky - sy) / mass)
        heavy = heavy + transform(
            HEAVY, (kx + e**2 * sx) / mass, (ky + e**2 * sy) / mass
        ) * transform(LIGHT, e * (kx - sx) / mass, e * (ky - sy) / mass)
    phase = np.exp(1j * k * grid.nodes[0])
    return [
        np.fft.ifft2(
            (q / len(angles) - transform(gas, kx, ky)) * np.outer(phase, phase)
        ).real
        / grid.spacing**2
        for q, gas in ((light, LIGHT), (heavy, HEAVY))
    ]


@pytest.fixture(scope="module")
def fine():
    grid = velocity_grid(56, 9.5, dimension=2)
    return grid, density(grid, LIGHT), density(grid, HEAVY)


def test_moments_of_the_reference(fine):
    wanted = load_reference("multiscale_mixture.lorentz_moments")
    grid, light, _ = fine
    terms = lorentz_expansion(light, grid, density=1.0, velocity=U, second_moment=SECOND)
    x, y = grid.points
    table = [
        [float((weight * q).sum()) * grid.spacing**2 for q in terms]
        for weight in (x, x**2, x**2 + y**2)
    ]
    assert np.array(table) == pytest.approx(np.array(wanted.value), abs=wanted.tolerance)
    for q in terms:
        assert abs(q.sum()) * grid.spacing**2 < 1e-9  # mass, up to the grid


@pytest.mark.parametrize("rate", [0.5, 3.0])
def test_energy_moment(fine, rate):
    # d/dt <|v|^2>/2 = epsilon^2 mu1 n_H (tr <w w> - <|v|^2>).
    grid, light, _ = fine
    _, _, q2 = lorentz_expansion(
        light, grid, density=2.0, velocity=U, second_moment=SECOND, rate=rate
    )
    v2 = grid.speed_squared
    gained = float((v2 * q2).sum()) * grid.spacing**2 / 2
    kinetic = float((v2 * light).sum()) * grid.spacing**2
    # 1e-7: the tail of the light density beyond the grid.
    assert gained == pytest.approx(2 * rate * (np.trace(SECOND) - kinetic), abs=1e-7)


def test_truncation_errors_have_the_orders_of_what_is_left_out(fine):
    wanted = load_reference("multiscale_mixture.truncation_slopes")
    heavy_wanted = load_reference("multiscale_mixture.drag_slopes")
    grid, light, heavy = fine
    q0, q1, q2 = lorentz_expansion(
        light, grid, density=1.0, velocity=U, second_moment=SECOND
    )
    h0, h1 = drag_expansion(heavy, grid, light, grid)
    errors, heavy_errors = [], []
    epsilons = np.array(wanted.parameters["epsilon"])
    for e in epsilons:
        exact, exact_heavy = exact_operators(grid, e)
        left = [exact - q0, exact - q0 - e * q1, exact - q0 - e * q1 - e**2 * q2]
        errors.append([abs(each).max() for each in left])
        left = [exact_heavy / e - h0, exact_heavy / e - h0 - e * h1]
        heavy_errors.append([abs(each).max() for each in left])
    fit = [np.polyfit(np.log(epsilons[1:]), np.log(np.array(e)[1:]), 1)[0]
           for e in (errors, heavy_errors)]  # fmt: skip
    assert fit[0] == pytest.approx(wanted.value, abs=wanted.tolerance)
    assert fit[1] == pytest.approx(heavy_wanted.value, abs=heavy_wanted.tolerance)


def test_a_maxwellian_drags_like_fokker_planck():
    grid = velocity_grid(40, 9.0, dimension=2)
    light = maxwellian(grid, 1.5, np.zeros(2), 1.2)
    heavy = density(grid, ((1.0, (0.3, -0.1), (0.8, 0.6)),))
    q0, q1 = drag_expansion(heavy, grid, light, grid, rate=0.7)
    assert abs(q0).max() < 1e-12  # no force of a gas at rest
    x, y = grid.points
    # For a Gaussian: f (d - sum y_i^2/c_i ...), by hand.
    ax, ay = -(x - 0.3) / 0.8, -(y + 0.1) / 0.6
    div = 2 + x * ax + y * ay
    laplacian = ax**2 - 1 / 0.8 + ay**2 - 1 / 0.6
    # 1e-6: the wave numbers beyond the grid.
    assert q1 == pytest.approx(1.05 * heavy * (div + 1.2 * laplacian), abs=1e-6)


def test_moments_of_spheres_are_those_of_a_maxwellian():
    grid = velocity_grid(40, 9.0, dimension=3)
    F, K, D = drag_moments(
        maxwellian(grid, 1.0, np.zeros(3), 1.0), grid, "hard_spheres", 1.0
    )
    khat = 8 / 3 * np.sqrt(2 / np.pi)
    assert abs(F).max() < 1e-13
    # The kink of |v| at 0 leaves an error of order spacing^4 = 0.04 times 1e-2.
    assert pytest.approx(khat * np.eye(3), rel=2e-4, abs=1e-12) == K
    assert pytest.approx(2 * khat * np.eye(3), rel=2e-4, abs=1e-12) == D


def test_rotation_by_a_right_angle():
    grid = velocity_grid(24, 7.5, dimension=2)
    f = density(grid, LIGHT)
    turned = np.rot90(f, -1)  # v -> (v_y, -v_x)
    R = np.array([[0.0, 1.0], [-1.0, 0.0]])
    plain = lorentz_expansion(f, grid, density=1.0, velocity=U, second_moment=SECOND)
    other = lorentz_expansion(
        turned, grid, density=1.0, velocity=R @ U, second_moment=R @ SECOND @ R.T
    )
    for one, two in zip(plain, other, strict=True):
        assert np.rot90(one, -1) == pytest.approx(two, abs=1e-13)


def test_arrays_of_any_kind_and_unmodified():
    grid = velocity_grid(16, 6.0, dimension=2)
    f = density(grid, ((1.0, (0.2, 0.0), (1.0, 0.8)),))
    f.flags.writeable = False
    options = {"density": 1.0, "velocity": [0.1, 0.0], "second_moment": np.eye(2)}
    plain = lorentz_expansion(f, grid, **options)
    strided = lorentz_expansion(np.asfortranarray(f), grid, **options)
    single = lorentz_expansion(f.astype(np.float32), grid, **options)
    for a, b, c in zip(plain, strided, single, strict=True):
        assert (a == b).all()
        assert c.dtype == np.float32
        assert c == pytest.approx(a, abs=1e-5)


@pytest.mark.parametrize(
    ("change", "error", "advice"),
    [
        ({"density": 0.0}, ParameterError, "density is 0.0"),
        ({"rate": -1.0}, ParameterError, "above 0"),
        ({"kernel": "coulomb"}, ParameterError, "'maxwell', 'hard_spheres'"),
        ({"kernel": "hard_spheres"}, ParameterError, "kernel='maxwell'"),
        ({"velocity": [0.0, 0.0, 0.0]}, ShapeError, "one component a dimension"),
        ({"second_moment": np.eye(3)}, ShapeError, "second_moment has shape"),
        ({"f_light": np.ones((8, 8))}, ShapeError, "evaluate it on grid.points"),
        ({"f_light": np.ones((2, 16, 16))}, ShapeError, "a batch in a loop"),
        ({"grid": velocity_grid(16, 6.0, dimension=1), "f_light": np.ones(16)},
         ParameterError, "pass a grid of 2 or 3"),
    ],
)  # fmt: skip
def test_errors_of_the_lorentz_expansion(change, error, advice):
    options = {
        "f_light": np.ones((16, 16)),
        "grid": velocity_grid(16, 6.0, dimension=2),
        "density": 1.0,
        "velocity": [0.0, 0.0],
        "second_moment": np.eye(2),
        **change,
    }
    with pytest.raises(error, match=advice):
        lorentz_expansion(options.pop("f_light"), options.pop("grid"), **options)


def test_errors_of_the_drag_expansion():
    plane, space = velocity_grid(8, 6.0, dimension=2), velocity_grid(8, 6.0)
    f, g = np.ones((8, 8)), np.ones((8, 8, 8))
    with pytest.raises(ShapeError, match="two grids of one dimension"):
        drag_expansion(f, plane, g, space)
    with pytest.raises(ParameterError, match="must be one of"):
        drag_expansion(f, plane, f, plane, kernel="coulomb")
