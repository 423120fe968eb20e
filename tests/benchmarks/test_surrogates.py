"""Surrogates beside a classical solver, their elimination beside a product of matrices."""

import math
import time

import numpy
import pytest
import sympy

from perturbsci import problems as pp
from perturbsci import surrogates as su
from perturbsci.studies.classical import (
    cole_hopf,
    conservation_law,
    helmholtz_collocation,
    reaction_diffusion,
)
from perturbsci.surrogates.elimination import eliminate, least_squares
from perturbsci.surrogates.pieces import legendre_table
from perturbsci.verification import load_reference

pytestmark = pytest.mark.bench
TIMES = numpy.linspace(0.0, 1.0, 101)[1:]


def timed(function, repeats=3):
    """Return the shortest of several processor times after one warm-up, and the result."""
    result, seconds = function(), []
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def grid(x, times):
    return numpy.stack(numpy.meshgrid(x, times, indexing="ij"), axis=-1).reshape(-1, 2)


def relative(found, exact):
    return numpy.linalg.norm(found - exact) / numpy.linalg.norm(exact)


@pytest.mark.parametrize(
    ("tolerance", "modes", "steps", "seconds", "error"),
    [(1e-6, 2048, 1600, "1.5 s", "1e-8"), (1e-8, 2048, 6400, "4 s", "1e-10")],
)
def test_burgers(record, tolerance, modes, steps, seconds, error):
    viscosity = 0.01 / math.pi
    ours, solution = timed(lambda: su.solve(pp.burgers(), tolerance=tolerance))
    theirs, (x, values) = timed(
        lambda: conservation_law(
            lambda x: -numpy.sin(math.pi * x),
            lambda u: 0.5 * u * u,
            TIMES,
            viscosity=viscosity,
            n_modes=modes,
            step=1.0 / steps,
        ),
        repeats=1,
    )
    points = grid(numpy.linspace(-1, 1, 256), TIMES)
    exact = cole_hopf(points, viscosity, n_nodes=2001)
    coarse = slice(0, modes // 2, modes // 256)
    true = cole_hopf(grid(x[coarse], TIMES), viscosity, n_nodes=2001)
    name = f"Burgers, tolerance {tolerance:.0e}"
    record(name, ours, "s", f"at most {seconds}")
    record(f"{name}: relative L2 error", relative(solution(points), exact), "", error)
    unit = f"times ETDRK4, {modes} modes, {steps} steps"
    record(f"{name} beside", ours / theirs, unit, "-")
    their_error = relative(values[:, coarse].T.ravel(), true)
    record("that classical solver: relative L2 error", their_error, "", "-")
    if tolerance == 1e-6:
        peer = load_reference("surrogates_peers.deepxde_burgers")
        unit = f"times faster, error {peer.value:.1e}"
        record(f"{name} beside DeepXDE", peer.parameters["seconds"] / ours, unit, "-")


def test_allen_cahn(record):
    ours, solution = timed(lambda: su.solve(pp.allen_cahn(), tolerance=1e-7), repeats=2)
    theirs, _ = timed(
        lambda: reaction_diffusion(
            lambda x: x**2 * numpy.cos(math.pi * x),
            lambda u: 5.0 * (u - u**3),
            [1.0],
            diffusion=1e-4,
            n_modes=512,
            step=1e-3,
        )
    )
    finer = su.solve(pp.allen_cahn(), tolerance=1e-8)
    points = grid(numpy.linspace(-1, 1, 256), TIMES)
    record("Allen-Cahn, tolerance 1e-7", ours, "s", "at most 8 s")
    distance = relative(solution(points), finer(points))
    record("the same: relative distance to tolerance 1e-8", distance, "", "1e-7")
    record("the same beside", ours / theirs, "times ETDRK4, 512 modes, step 1e-3", "-")


@pytest.mark.parametrize(
    ("modes", "tolerance", "n", "target"),
    [((1, 4), 1e-12, 32, "1e-12 in 1 s"), ((10, 10), 1e-9, 64, "1e-9 in 6 s")],
)
def test_helmholtz(record, modes, tolerance, n, target):
    problem = pp.helmholtz(modes)
    ours, solution = timed(lambda: su.solve(problem, tolerance=tolerance))
    (field,) = problem.fields
    exact = sympy.lambdify(problem.domain.space, problem.exact[field])
    points = numpy.random.default_rng(0).uniform(-1, 1, (10000, 2))
    first, second = (k * math.pi for k in modes)

    def source(x, y):
        shape = numpy.sin(first * x) * numpy.sin(second * y)
        return (1.0 - first**2 - second**2) * shape

    theirs, _ = timed(lambda: helmholtz_collocation(source, 1.0, n))
    name = f"Helmholtz {modes}, tolerance {tolerance:.0e}"
    record(name, ours, "s", target)
    error = relative(solution(points), exact(*points.T))
    record(f"{name}: relative L2 error", error, "", target)
    record(f"{name} beside", ours / theirs, f"times collocation, {n} x {n}", "-")


@pytest.mark.parametrize(
    ("name", "tolerance", "target"),
    [
        ("klein_gordon", 1e-8, "6 s"),
        ("flow_mixing", 1e-5, "60 s"),
        ("nonlinear_diffusion", 1e-5, "60 s"),
    ],
)
def test_planes_in_time(record, name, tolerance, target):
    problem = getattr(pp, name)()
    start = time.process_time()
    solution = su.solve(problem, tolerance=tolerance, strict=False)
    record(f"{name}, tolerance {tolerance:.0e}", time.process_time() - start, "s", target)
    reached = solution.certificate
    record(f"{name}: its bound", reached.value, reached.kind, f"{tolerance:.0e}")


def elements(count, degrees=(15, 10), ends=20):
    """Return matrices like those of elements: rows, bubbles, and both ends."""
    p, q = degrees
    rng = numpy.random.default_rng(0)
    shape = (count, (p + 2) * (q + 2), (p + 1) * q)
    return rng.standard_normal(shape), rng.standard_normal(shape[:2]), ends


def chained(matrix, side, ends):
    """Return the solution by elimination and a chain; the walls are free."""
    maps = [numpy.eye(ends)] * (len(matrix) + 1)
    chain = eliminate(matrix, side, ends)
    return least_squares(chain, maps, periodic=False)


def test_elimination_beside_products(compare):
    matrix, side, ends = elements(20)
    _, rows, columns = matrix.shape
    # as many operations as a QR: 2 n^2 (m - n/3)
    inner = round(rows - columns / 3)
    left = numpy.ascontiguousarray(matrix[:, :inner].transpose(0, 2, 1))
    right = numpy.ascontiguousarray(matrix[:, :inner])
    compare(
        "element QR and chain, 20 elements (15, 10) / dgemm",
        lambda: chained(matrix, side, ends),
        lambda: left @ right,
        target="2",
    )


def test_elimination_beside_least_squares(compare):
    matrix, side, ends = elements(20)
    count, rows, columns = matrix.shape
    inner = columns - 2 * ends
    whole = numpy.zeros((count * rows, count * (inner + ends) + ends))
    for k in range(count):
        own, first = slice(k * rows, (k + 1) * rows), k * (inner + ends)
        order = numpy.r_[inner : inner + ends, :inner, inner + ends : columns]
        whole[own, first : first + columns] = matrix[k][:, order]
    wanted = numpy.linalg.lstsq(whole, side.ravel())[0]
    bubbles, left, _, _ = chained(matrix, side, ends)
    found = wanted[:-ends].reshape(count, -1)
    assert numpy.allclose(found[:, :ends], left, atol=1e-10)
    assert numpy.allclose(found[:, ends:], bubbles, atol=1e-10)
    compare(
        "element QR and chain, 20 elements / lstsq of all",
        lambda: chained(matrix, side, ends),
        lambda: numpy.linalg.lstsq(whole, side.ravel()),
        target="0.05",
        repeats=1,
    )


def test_evaluation_beside_einsum(compare, record):
    x, t = pp.coordinates("x t")
    u = pp.field("u", x, t)
    problem = pp.FieldProblem(
        [u.diff(t) - u.diff(x, 2)],
        pp.Box({x: (0, 1)}, time=(t, 0, 1)),
        [pp.Initial(u, 0), pp.Dirichlet(u, 0)],
    )
    rng = numpy.random.default_rng(0)
    ends = (numpy.array([0.0, 1.0]), numpy.array([0.0, 1.0]))
    solved = su.solve(problem, basis=su.Elements((15, 10)))
    table = rng.standard_normal((1, 1, 16, 11))
    surrogate = su.Surrogate(
        problem, solved.basis, table, ends, {}, solved.statistics, solved.status,
        solved.certificate,
    )  # fmt: skip
    points = rng.uniform(0, 1, (100_000, 2))

    def floor():
        local = 2.0 * points - 1.0
        left, right = (legendre_table(local[:, k], n) for k, n in ((0, 15), (1, 10)))
        return numpy.einsum("ni,ij,nj->n", left, table[0, 0], right, optimize=True)

    compare(
        "evaluation, 1e5 points, one element (15, 10) / einsum",
        lambda: surrogate(points),
        floor,
        target="-",
    )
    seconds, _ = timed(lambda: surrogate(points))
    record("the same", 0.1 / seconds, "million values a second", "at least 10")
