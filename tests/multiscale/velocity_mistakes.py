"""What only one argument can get wrong in velocity space: a call, and the advice."""

import math

import numpy as np

from perturbsci import multiscale as ms
from tests.multiscale.multiscale_samples import (
    GRID,
    HOT,
    MIXTURE,
    OPERATOR,
    SPAN,
    TWO,
    gas,
)

MIXED = ms.disparate_mass(12, dimension=2)
BOLTZMANN = ms.boltzmann(GRID, initial=HOT, operator=OPERATOR)
LINE = ms.velocity_grid(8, 5.0, dimension=1)
HOLED = HOT.copy()
HOLED[3, 4] = math.nan
LIGHT = ((1.0, (0.0, 0.0), (1.0, 1.0)),)


def running(problem, **options):
    """Return the call of a run."""
    return lambda: ms.solve(problem, **SPAN | options)


def species(**options):
    return lambda: ms.isotropic_mixture(**MIXTURE | options)


def mixture(**initial):
    return lambda: ms.solve(
        ms.disparate_mass(12, dimension=2, initial=initial), **SPAN, scheme="bdf2"
    )


VELOCITY = {
    # Grids, densities, operators
    "odd grid": (lambda: ms.velocity_grid(9, 5.0), "n is 9; .* even .* pass 10"),
    "four dimensions": (
        lambda: ms.velocity_grid(8, 5.0, dimension=4),
        "dimension is 4; .* 3",
    ),
    "density of another grid": (
        lambda: ms.moments(np.ones((8, 9)), GRID),
        r"f has shape \(8, 9\), needed \(8, 8\) on its last axes, .* grid.points",
    ),
    "NaN of a density": (lambda: ms.moments(HOLED, GRID), r"`f` .*first at index \(3, 4\)"),
    "no mass": (lambda: ms.moments(0 * HOT, GRID), "f has density 0.* a positive one"),
    "cold Maxwellian": (
        lambda: ms.maxwellian(GRID, 1.0, 0.0, 0.0),
        r"temperature is 0 .*a Maxwellian needs a positive one",
    ),
    "empty Maxwellian": (
        lambda: ms.maxwellian(GRID, np.array([1.0, -1.0]), 0.0, 1.0),
        r"density is -1 at index \(1,\)",
    ),
    "velocity of three": (
        lambda: ms.maxwellian(GRID, 1.0, np.zeros(3), 1.0),
        r"velocity has shape \(3,\), needed 2 components",
    ),
    "unlike shapes": (
        lambda: ms.maxwellian(GRID, np.ones(2), 0.0, np.ones(3)),
        r"density has shape \(2,\), .* need one shape",
    ),
    "target of two": (
        lambda: ms.project_moments(HOT, GRID, HOT, np.zeros(2)),
        r"target has shape \(2,\)",
    ),
    "collisions on a line": (lambda: ms.spectral_collision(LINE), "dimension 1, .* 2 or 3"),
    "singular kernel": (
        lambda: ms.spectral_collision(GRID, exponent=-2.0),
        "exponent is -2, where the collision rate diverges.* above -2",
    ),
    "odd directions": (lambda: ms.spectral_collision(GRID, n_angles=5), "pass 6"),
    "support beyond": (
        lambda: ms.spectral_collision(GRID, support=9.0),
        "support is 9, bey",
    ),
    "g of another shape": (
        lambda: ms.collide(OPERATOR, HOT, np.stack([HOT, HOT])),
        r"g has shape \(2, 8, 8\) but f has \(8, 8\)",
    ),
    "g of another precision": (
        lambda: ms.collide(OPERATOR, HOT, np.float32(HOT)),
        r"g has dtype float32 but f has float64; write g.astype\(f.dtype\)",
    ),
    "operator of two": (
        lambda: ms.boltzmann(GRID, initial=HOT, operator=TWO),
        "one gas needs equal ones",
    ),
    "operator elsewhere": (
        lambda: ms.boltzmann(
            ms.velocity_grid(8, 6.0, dimension=2), initial=HOT, operator=TWO
        ),
        "build it on this grid",
    ),
    "narrow grid": (
        lambda: ms.boltzmann(GRID, initial=ms.maxwellian(GRID, 1.0, [3.0, 0.0], 1.0)),
        "grid has half_width 5, but mean velocity and 4 thermal",
    ),
    "third order penalized": (
        running(BOLTZMANN, scheme="bdf3"),
        "scheme is 'bdf3'; .*'bdf2'",
    ),
    "ars443 penalized": (
        running(BOLTZMANN, scheme="ars443"),
        "scheme is 'ars443'; .*'bdf2'",
    ),
    # Mixtures
    "not symmetric": (
        species(rates=((1.0, 0.5), (0.4, 1.0))),
        "not symmetric.*rates.j..i.",
    ),
    "one rate": (species(rates=((1.0,),)), "rates is .*pass 2 rows of 2 rates"),
    "no mass of one": (species(masses=(1.0, 0.0)), r"masses\[1\] is 0.* above 0"),
    "another density": (
        species(densities=(1.0, 2.0)),
        r"densities\[1\] is 2, but the integral",
    ),
    "speeds of three": (
        species(initial=(gas, lambda v: v[:3])),
        r"initial\[1\] returned shape",
    ),
    "speeds of NaN": (
        species(initial=(gas, lambda v: v * math.nan)),
        r"initial\[1\] returned",
    ),
    "heavier light gas": (
        running(MIXED, epsilon=2.0),
        "epsilon is 2, .*exchange the species",
    ),
    "ars222 of a mixture": (running(MIXED, scheme="ars222"), "scheme is 'ars222'.*bdf2"),
    "bdf3 of a mixture": (running(MIXED, scheme="bdf3"), "scheme is 'bdf3'.*bdf2"),
    "flat spheres": (
        lambda: ms.disparate_mass(12, dimension=2, kernel="hard_spheres"),
        "hard_spheres.* (3|three)",
    ),
    "flat sphere expansion": (
        lambda: ms.drag_expansion(HOT, GRID, HOT, GRID, kernel="hard_spheres"),
        "kernel is 'hard_spheres' on a grid of 2 dimensions; .*kernel='maxwell'",
    ),
    "flat epochal spheres": (
        lambda: ms.epochal_relaxation(
            [0.1], epsilon=0.1, temperatures=(1.0, 1.0), kernel="hard_spheres", dimension=2
        ),
        "hard_spheres.* (3|three)",
    ),
    "unlike grids": (
        lambda: ms.drag_expansion(HOT, GRID, ms.maxwellian(LINE, 1.0, 0.0, 1.0), LINE),
        "grid has 2 dimensions but light_grid 1; pass two grids of one dimension",
    ),
    "a batch to expand": (
        lambda: ms.drag_expansion(np.stack([HOT, HOT]), GRID, HOT, GRID),
        r"f_heavy has shape \(2, 8, 8\), needed \(8, 8\); pass one density",
    ),
    "moment of three": (
        lambda: ms.lorentz_expansion(
            HOT, GRID, density=1.0, velocity=np.zeros(2), second_moment=np.eye(3)
        ),
        r"second_moment has shape \(3, 3\), needed \(2, 2\)",
    ),
    "cold light gas": (
        mixture(light_temperature=-1.0, heavy_temperature=1.0),
        r"initial\['light_temperature'\] is -1.* above 0",
    ),
    "no heavy temperature": (
        mixture(light_temperature=1.0),
        "initial has the keys .*pass lig",
    ),
    "three components": (
        mixture(light_temperature=1.0, heavy_temperature=1.0, heavy_velocity=np.zeros(3)),
        r"heavy_velocity has shape \(3,\), needed \(2,\)",
    ),
    "no Gaussian": (
        mixture(light=(), heavy=LIGHT),
        r"initial\['light'\] is \(\); .*Gaussians",
    ),
    "half a Gaussian": (
        mixture(light=((1.0,),), heavy=LIGHT),
        r"\(weight, mean, covariance",
    ),
    "flat Gaussian": (
        mixture(light=((1.0, (0.0, 0.0), (1.0, 0.0)),), heavy=LIGHT),
        "covariance_diagonal .*positive variances",
    ),
    "far Gaussian": (
        mixture(light=((1.0, (30.0, 0.0), (1.0, 1.0)), *LIGHT), heavy=LIGHT),
        "half_widths|n_velocities",
    ),
    "before the start": (
        lambda: ms.epochal_relaxation([-0.1], epsilon=0.1, temperatures=(1.0, 1.0)),
        "times has -0.1, which lies before the start",
    ),
}
