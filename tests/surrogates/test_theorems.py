"""Which theorem applies, and the constants of all of them by independent routes."""

import math

import numpy as np
import pytest
import sympy as sp

from perturbsci import problems as pp
from perturbsci.surrogates.coercive import eigenvalues, spectral_distance
from perturbsci.surrogates.embeddings import embedding_constants
from perturbsci.surrogates.extrema import range_of
from perturbsci.surrogates.theorems import lowest_eigenvalue, recognize

x, y, t = pp.coordinates("x y t")
u1, ut = pp.field("u", x), pp.field("u", x, t)


@pytest.mark.parametrize(
    ("name", "norm", "theorem"),
    [
        ("burgers", None, ("conservation-law", "L1")),
        ("burgers", "L2", None),
        ("allen_cahn", None, ("reaction-diffusion", "L2")),
        ("allen_cahn", "max", ("reaction-diffusion", "max")),
        ("helmholtz", None, ("coercive", "energy")),
        ("klein_gordon", None, ("semilinear-wave", "energy")),
        ("flow_mixing", None, ("conservation-law", "L1")),
        ("nonlinear_diffusion", None, None),
        ("steady_burgers", "max", ("semilinear", "max")),
        ("heat", "L2", ("reaction-diffusion", "L2")),
        ("poisson", "max", ("coercive", "max")),
        ("kuramoto_sivashinsky", None, None),
    ],
)
def test_each_ready_statement_has_its_theorem(name, norm, theorem):
    found = recognize(getattr(pp, name)(), norm)
    assert (found and (found.name, found.norm)) == theorem


@pytest.mark.parametrize("factor", [-3, sp.Rational(1, 7)])
def test_a_multiple_of_the_equation_has_the_same_parts(factor):
    def statement(scale):
        equation = ut.diff(t) + (ut**3).diff(x) - ut.diff(x, 2) / 5 - sp.sin(x)
        return pp.FieldProblem(
            [scale * equation],
            pp.Box({x: (0, 1)}, time=(t, 0, 1)),
            [pp.Initial(ut, 0), pp.Dirichlet(ut, 0)],
        )

    plain, scaled = recognize(statement(1)), recognize(statement(factor))
    assert scaled.scale == float(factor)
    assert plain.scale == 1.0
    state = {scaled.form.state: plain.form.state}
    assert [item.xreplace(state) for item in scaled.form.flux] == list(plain.form.flux)
    assert scaled.form.reaction == plain.form.reaction == sp.sin(x)
    assert scaled.form.diffusion == plain.form.diffusion == (sp.Rational(1, 5),)


def test_a_flux_differentiated_out_is_the_same_as_a_divergence():
    a = 2 + sp.cos(x)
    equation = ut.diff(t) + a * ut.diff(x) - (a * ut.diff(x)).diff(x) + ut
    problem = pp.FieldProblem(
        [equation.doit()],
        pp.Box({x: (0, 1)}, time=(t, 0, 1)),
        [pp.Initial(ut, 0), pp.Dirichlet(ut, 0)],
    )
    found = recognize(problem, "max")
    # in the maximum norm advection that is not conservative adds nothing: -u alone
    assert found.slope == -1
    assert found.growth == -1.0
    assert sp.simplify(found.form.diffusion[0] - a) == 0


@pytest.mark.parametrize(
    ("equation", "conditions"),
    [
        (ut.diff(t) - ut.diff(x, 3), [pp.Initial(ut, 0), pp.Periodic(ut, x)]),
        (ut.diff(t) + ut.diff(x, 2), [pp.Initial(ut, 0), pp.Dirichlet(ut, 0)]),
        (ut * ut.diff(t) - ut.diff(x, 2), [pp.Initial(ut, 1), pp.Dirichlet(ut, 1)]),
        (
            ut.diff(t) + ut * ut.diff(x) - ut.diff(x, 2),
            [pp.Initial(ut, 0), pp.Neumann(ut, 0)],
        ),
    ],
    ids=["third order", "backward", "no storage", "flux through walls"],
)
def test_nothing_is_claimed_beyond_the_class(equation, conditions):
    problem = pp.FieldProblem([equation], pp.Box({x: (0, 1)}, time=(t, 0, 1)), conditions)
    assert recognize(problem) is None


def test_a_parameter_that_is_an_interval_has_no_theorem():
    a = sp.Symbol("a")
    problem = pp.FieldProblem(
        [a * u1.diff(x, 2) + 1],
        pp.Box({x: (0, 1)}),
        [pp.Dirichlet(u1, 0)],
        parameters={a: (1, 2)},
    )
    assert recognize(problem) is None
    assert recognize(problem.at({a: 1.5})).name == "coercive"


@pytest.mark.parametrize("seed", range(12))
def test_local_growth_bounds_every_divided_difference(seed):
    rng = np.random.default_rng(seed)
    a, b, c = (sp.Rational(int(k), 10) for k in rng.integers(-30, 30, 3))
    reaction = a * ut + b * ut**2 - abs(c) * ut**3 if seed % 2 else sp.sin(a * ut) + b * ut
    problem = pp.FieldProblem(
        [ut.diff(t) - ut.diff(x, 2) - reaction],
        pp.Box({x: (0, 1)}, time=(t, 0, 1)),
        [pp.Initial(ut, 0), pp.Dirichlet(ut, 0)],
    )
    theorem = recognize(problem, "max")
    v, h = rng.uniform(-2, 2, 50), rng.uniform(0, 1, 50)
    w = v + h * rng.uniform(-1, 1, 50)
    z = sp.Symbol("z")
    g = sp.lambdify(z, reaction.xreplace({ut: z}))
    quotient = (g(v) - g(w)) / (v - w)
    bound = theorem.local_growth(np.zeros((50, 2)), v, h)
    # rounding of the quotient
    assert (quotient <= bound + 1e-9).all()
    assert (bound <= theorem.growth).all()


def test_the_growth_of_allen_cahn_is_five():
    assert recognize(pp.allen_cahn(), "max").growth == pytest.approx(5.0, rel=1e-11)


@pytest.mark.parametrize("seed", range(10))
def test_a_range_encloses_what_is_sampled(seed):
    rng = np.random.default_rng(seed)
    a, b, c = (sp.Float(k) for k in rng.uniform(-2, 2, 3))
    formula = a * sp.sin(b * x) + c * x * y**2 - sp.exp(x * y) / (2 + x**2)
    low, high = range_of(formula, [x, y], [(-1.0, 1.0), (0.0, 2.0)])
    places = rng.random((400, 2)) * [2, 2] - [1, 0]
    values = sp.lambdify([x, y], formula, "numpy")(*places.T)
    assert low <= values.min()
    assert values.max() <= high
    # 128 boxes: the enclosure is not the whole line
    assert high - low <= 1.6 * (values.max() - values.min())


WALLS = [
    ("dirichlet", "dirichlet"),
    ("dirichlet", "neumann"),
    ("neumann", "dirichlet"),
    ("neumann", "neumann"),
    ("periodic", "periodic"),
]


@pytest.mark.parametrize("walls", WALLS)
def test_spectra_of_intervals_agree_with_galerkin(walls):
    length, n = 1.7, 24
    s = np.polynomial.legendre.Legendre
    z, w = np.polynomial.legendre.leggauss(2 * n)
    rows = []
    for order in (0, 1):
        for end, wall in zip((-1.0, 1.0), walls, strict=True):
            if wall == ("dirichlet", "neumann")[order]:
                rows.append([s.basis(k).deriv(order)(end) for k in range(n)])
        if walls[0] == "periodic":
            rows.append(
                [
                    s.basis(k).deriv(order)(1.0) - s.basis(k).deriv(order)(-1.0)
                    for k in range(n)
                ]
            )
    full = np.linalg.svd(np.array(rows))[2][len(rows) :]
    values = np.array([s.basis(k)(z) for k in range(n)])
    slopes = np.array([s.basis(k).deriv()(z) for k in range(n)])
    mass = full @ (values * w) @ values.T @ full.T * length / 2
    stiff = full @ (slopes * w) @ slopes.T @ full.T * 2 / length
    found = np.sort(np.linalg.eigvals(np.linalg.solve(mass, stiff)).real)
    exact = np.sort(np.repeat(eigenvalues(length, walls, 50.0), 1))
    if walls[0] == "periodic":
        found = found[[0, *range(1, 5, 2)]]
    # the lowest few of a polynomial space of degree 23 are those of the interval
    np.testing.assert_allclose(found[:3], exact[:3], rtol=1e-9, atol=1e-8)
    assert lowest_eigenvalue(length, walls) == pytest.approx(exact[0], abs=1e-12)


@pytest.mark.parametrize("square", [10.0, 30.0, 300.0])
def test_the_distance_to_the_spectrum_is_that_of_a_long_list(square):
    u2 = pp.field("u", x, y)
    problem = pp.FieldProblem(
        [u2.diff(x, 2) + 2 * u2.diff(y, 2) + square * u2],
        pp.Box({x: (0, 2), y: (-1, 2)}),
        [pp.Dirichlet(u2, 1)],
    )
    theorem = recognize(problem, "L2")
    k = np.arange(1, 60)
    table = (np.pi * k / 2) ** 2 + 2 * (np.pi * k[:, None] / 3) ** 2
    expected = np.abs(table - square).min()
    if theorem.name == "helmholtz":
        assert spectral_distance(theorem) == pytest.approx(expected, rel=1e-12)
    assert theorem.name == ("coercive" if square < table.min() else "helmholtz")


def test_the_embedding_of_the_energy_into_the_maximum_is_attained_by_a_tent():
    # v = min(s, L - s): max v = L/2, ||v'|| = sqrt(L), quotient sqrt(L)/2
    length = 2.3
    constants = embedding_constants([length], [1.0], (math.pi / length) ** 2, 40)
    # S_s^(1/s) tends to the constant of the maximum norm
    limit = constants[40] ** (1 / 40)
    assert limit == pytest.approx(math.sqrt(length) / 2, rel=0.05)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("dimension", [1, 2])
def test_embedding_constants_bound_random_functions(seed, dimension):
    rng = np.random.default_rng(seed)
    lengths = rng.uniform(0.5, 2, dimension)
    a = rng.uniform(0.3, 3, dimension)
    k = np.arange(1, 7)
    z, w = np.polynomial.legendre.leggauss(60)
    share = (z + 1) / 2
    table = rng.standard_normal((6,) * dimension)
    # a peak: the worst functions are concentrated
    table = table * 0.3 + 1.0
    sines, cosines = (f(np.outer(share, k) * np.pi) for f in (np.sin, np.cos))
    axes = "ik,kl->il"
    if dimension == 1:
        v, weights = sines @ table, w * lengths[0] / 2
        energy = a[0] * (weights @ (cosines @ (table * k * np.pi / lengths[0])) ** 2)
    else:
        v = np.einsum(axes, sines, table) @ sines.T
        weights = np.outer(w, w) * lengths.prod() / 4
        first = (cosines * k * np.pi / lengths[0]) @ table @ sines.T
        second = sines @ table @ (cosines * k * np.pi / lengths[1]).T
        energy = (weights * (a[0] * first**2 + a[1] * second**2)).sum()
    lowest = float((a * (np.pi / lengths) ** 2).sum())
    constants = embedding_constants(lengths, a, lowest, 6)
    for s, constant in constants.items():
        integral = float((weights * np.abs(v) ** s).sum())
        assert integral <= constant * energy ** (s / 2)
