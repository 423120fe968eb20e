"""Small problems, and one result of every class that the subpackage returns."""

import numpy as np

from perturbsci import multiscale as ms

PAIR = ms.jin_xin(8)
DIFFUSIVE = ms.goldstein_taylor(8)
GRID = ms.velocity_grid(8, 5.0, dimension=2)
HOT = ms.maxwellian(GRID, 1.0, [0.1, 0.0], 0.7)
OPERATOR = ms.spectral_collision(GRID)
TWO = ms.spectral_collision(GRID, masses=(1.0, 2.0))
AXIS = np.eye(2)
TIMES = np.linspace(0.0, 1.0, 3)
SPAN = {"epsilon": 1e-3, "t_span": (0.0, 0.1), "step": 0.05}


def gas(speed):
    """One isotropic density of density and temperature 1."""
    return np.exp(-(speed**2) / 2) / (2 * np.pi) ** 1.5


MIXTURE = {
    "masses": (1.0, 2.0),
    "densities": (1.0, 1.0),
    "rates": ((1.0, 0.5), (0.5, 1.0)),
    "initial": (gas, lambda v: 2**1.5 * gas(2**0.5 * v)),
    "n_nodes": 8,
    "n_cosines": 6,
}

RESULTS = {
    "Trajectory": ms.solve(PAIR, **SPAN),
    "Trajectory, single": ms.solve(PAIR, **SPAN, initial=np.float32(PAIR.start(0.0))),
    "Trajectory, adaptive": ms.solve(
        ms.van_der_pol(), epsilon=0.1, t_span=(0.0, 0.1), rtol=1e-4
    ),
    "Trajectory, stopped": ms.solve(PAIR, **SPAN, callback=lambda t, y: True),
    "Trajectory, entropy": ms.solve(
        ms.boltzmann(GRID, initial=HOT, operator=OPERATOR),
        **SPAN | {"epsilon": 1.0},
        scheme="bdf2",
    ),
    "Trajectory, complex": ms.solve(
        ms.vlasov_poisson(8, 16), **SPAN | {"epsilon": 1.0}, scheme="native"
    ),
    "Trajectory, species": ms.solve(
        ms.isotropic_mixture(**MIXTURE), **SPAN | {"epsilon": 1.0}, scheme="rk4"
    ),
    "Trajectory, limit": ms.solve_limit(PAIR, t_span=(0.0, 0.1), step=0.05),
    "Trajectory, gas": ms.solve(
        ms.bgk(8, 8, initial=lambda x: (1 + 0 * x, 0 * x, 1 + 0 * x)),
        **SPAN | {"step": 0.005},
    ),
    "OrderMap": ms.order_map(
        PAIR, schemes=("bdf2",), epsilons=(1.0, 1e-6), steps=(0.05, 0.025), t_end=0.1
    ),
    "CommutationCheck": ms.check_commutation(
        PAIR, epsilons=(1e-3, 1e-4), step=0.05, t_end=0.1
    ),
    "EpochalRelaxation": ms.epochal_relaxation(
        TIMES, epsilon=0.1, temperatures=(2.0, 1.0), velocities=(0.5, 0.0)
    ),
}

# What is no result, but part of one.
PARTS = {
    "Tableau": ms.tableau("ark324"),
    "Tableau, explicit": ms.tableau("rk4"),
    "Multistep": ms.Multistep(3),
    "VelocityGrid": GRID,
    "Moments": ms.moments(HOT, GRID),
    "CollisionOperator": OPERATOR,
    "CollisionOperator, two": TWO,
}
