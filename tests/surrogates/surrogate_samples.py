"""Small statements, and one result of every class and basis that the subpackage returns."""

import numpy as np
import sympy as sp

from perturbsci import problems as pp
from perturbsci import surrogates as su

x, y, t = pp.coordinates("x y t")
a = sp.Symbol("a", positive=True)
q, w = pp.field("q", x), pp.field("w", x, y)
LINE, SQUARE = pp.Box({x: (0, 1)}), pp.Box({x: (0, 1), y: (0, 1)})
CURVE = pp.FieldProblem(
    [q.diff(x, 2) + a], LINE, [pp.Dirichlet(q, 0)], parameters={a: 1}, name="curve"
)
CORNERS = np.random.default_rng(0).random((30, 2))
SINE = sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
PLANE = pp.FieldProblem(
    [w.diff(x, 2) + w.diff(y, 2) + SINE], SQUARE, [pp.Dirichlet(w, 0)], name="plane"
)
WAVE = pp.FieldProblem(
    [q.diff(x, 2) + (1 + sp.I) * q],
    LINE,
    [pp.Dirichlet(q, 0, (x, "low")), pp.Dirichlet(q, 1, (x, "high"))],
    name="complex_wave",
)


def rough(problem, basis, **options):
    """Return what a few steps give, whatever its status."""
    options = {"tolerance": 1e-2, "max_steps": 3, "strict": False} | options
    return su.solve(problem, basis=basis, **options)


HEAT = su.solve(pp.heat(), tolerance=1e-3)
STEADY = su.solve(CURVE)
BRANCH = su.continue_branch(CURVE, a, 0.0, 2.0)
SURROGATES = {
    "elements in time": HEAT,
    "elements": STEADY,
    "complex elements": su.solve(WAVE),
    "box": su.solve(PLANE, tolerance=1e-3),
    "chebyshev": rough(PLANE, su.Chebyshev(5, SQUARE)),
    "random waves": rough(PLANE, su.RandomFourier(20, 4.0, 2)),
    "random layers": rough(PLANE, su.RandomTanh(20, 2.0, 2)),
    "gaussians": rough(PLANE, su.Gaussians(CORNERS[:8], 0.3)),
    "radial": rough(PLANE, su.Radial(CORNERS[:6], 1.0, kind="inverse-multiquadric")),
    "trainable gaussians": rough(CURVE, su.TrainableGaussians(4)),
    "network": rough(CURVE, su.Network((1, 6, 1))),
    "network over a parameter": rough(CURVE, su.Network((2, 6, 1)), parameters={a: (1, 2)}),
    "point of a branch": BRANCH.solutions[-1],
}
FITS = {
    "real": su.fit_linear(CORNERS, np.ones(30)),
    "complex, single": su.fit_linear(
        np.eye(3, dtype=np.complex64) * 1j, np.ones((3, 2), np.float32)
    ),
    "without rank": su.fit_linear(np.ones((4, 2)), np.ones(4), method="rrqr"),
}
RESULTS = {**SURROGATES, **FITS, "branch": BRANCH}
BASES = {
    "Legendre": su.Legendre((3, 2), SQUARE),
    "Chebyshev": su.Chebyshev(3, [(0, 1)]),
    "Fourier": su.Fourier((2, 1), SQUARE),
    "Elements": su.Elements((7,), edges=np.array([0.0, 0.3, 1.0])),
    "Family": su.Family(
        [0.0, 1.0], 2, (su.Elements((7,)),) * 2, ((1, 1, 8, 1),) * 2, (1, 1)
    ),
    "RandomFourier": su.RandomFourier(5, (1.0, 2.0), 2, seed=3),
    "RandomTanh": su.RandomTanh(5, 2.0, 3),
    "Gaussians": su.Gaussians(CORNERS, 0.3),
    "Radial": su.Radial(CORNERS, 2.0),
    "TrainableGaussians": su.TrainableGaussians(4, channels=2),
    "Network": su.Network((2, 5, 1), activation="sine", seed=2),
}
