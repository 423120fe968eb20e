import math

import numpy as np
import pytest
from scipy.spatial import distance

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman import (
    Snapshots,
    indicator,
    kernel_dictionary,
    place_centers,
    radial,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
PAIRS = Snapshots(X, X[::-1].copy())
FORMULAS = {
    "gaussian": lambda r, s: np.exp(-(r**2) / s**2),
    "laplacian": lambda r, s: np.exp(-r / s),
    "lorentzian": lambda r, s: 1 / (1 + r**2 / s**2),
}


@pytest.mark.parametrize("profile", FORMULAS)
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_radial_functions_of_the_distance_to_each_center(profile, scale):
    centers = RNG.standard_normal((8, 3))
    psi = radial(centers, scale=scale, profile=profile)(X)
    r = distance.cdist(X, centers)
    # rounding of r^2/s^2, up to 100, is an absolute error of the exponent
    assert psi == pytest.approx(FORMULAS[profile](r, scale), rel=1e-13)


@pytest.mark.parametrize("profile", FORMULAS)
@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.parametrize("scale", [0.05, 5.0, 100.0])
def test_radial_functions_of_many_coordinates(profile, scale, offset):
    # near the center of a function, far from it, with and without a matrix product
    centers = offset + RNG.standard_normal((9, 40))
    x = np.concatenate([centers, centers + 0.01, offset + RNG.standard_normal((9, 40))])
    psi = radial(centers, scale=scale, profile=profile)(x)
    exact = FORMULAS[profile](distance.cdist(x, centers), scale)
    assert (psi[np.arange(9), np.arange(9)] == 1).all() or profile != "laplacian"
    # squared norms of 80/scale^2 <= 64 are rounded; far points have r^2/s^2 of 1e5 but
    # values of 0; an offset of 1e3 rounds the differences themselves to 1e-13/scale
    tolerance = 3e-14 + 10 * 2.0**-53 * offset / scale
    assert abs(psi - exact).max() < tolerance


@pytest.mark.parametrize("profile", FORMULAS)
@pytest.mark.parametrize("spread", [0.0, 0.3, 5.0])
def test_the_bounds_of_radial_functions_hold_and_know_how_far_centers_are(profile, spread):
    centers = spread * RNG.standard_normal((20, 2))
    dictionary = radial(centers, scale=1.0, profile=profile)
    sup, slope = dictionary.bounds
    near = centers[RNG.integers(0, 20, 5000)] + 0.7 * RNG.standard_normal((5000, 2))
    step = RNG.standard_normal((5000, 2))
    step *= 1e-5 / np.linalg.norm(step, axis=1)[:, None]
    psi, moved = dictionary(near), dictionary(near + step)
    assert np.linalg.norm(psi, axis=1).max() <= sup
    # the quotient of a rounding of 20 values and the step: 1e-10
    assert np.linalg.norm(moved - psi, axis=1).max() / 1e-5 <= slope * (1 + 1e-9)
    if spread == 0.0:
        assert sup == pytest.approx(math.sqrt(20), rel=1e-15)  # reached at the center
        assert np.linalg.norm(dictionary(centers[:1])) == pytest.approx(sup, rel=1e-15)
    if spread == 5.0:
        assert sup < 0.75 * math.sqrt(20)


def test_many_centers_get_the_plain_bound():
    dictionary = radial(RNG.standard_normal((2100, 1)), scale=2.0)
    sup, slope = dictionary.bounds
    assert sup == pytest.approx(math.sqrt(2100), rel=1e-15)
    assert slope == pytest.approx(math.sqrt(2100) * math.sqrt(2 / math.e) / 2, rel=1e-15)


def test_indicators_are_one_in_the_cell_of_the_state():
    edges = (np.array([0.0, 1.0, 3.0, 4.0]), np.array([-1.0, 0.0, 5.0]))
    dictionary = indicator(*edges)
    assert (dictionary.n_functions, dictionary.n_state) == (6, 2)
    rng = np.random.default_rng(1)
    x = np.stack([rng.uniform(0, 4, 500), rng.uniform(-1, 5, 500)], axis=1)
    psi = dictionary(x)
    slow = np.digitize(x[:, 0], edges[0][1:-1])
    fast = np.digitize(x[:, 1], edges[1][1:-1])
    assert np.array_equal(psi.argmax(axis=1), 2 * slow + fast)
    assert np.array_equal(psi.sum(axis=1), np.ones(500))
    assert np.array_equal(np.unique(psi), [0.0, 1.0])


def test_cells_are_closed_on_the_left_and_the_last_one_on_the_right_too():
    dictionary = indicator([0, 1, 2])
    cells = dictionary(np.array([[0.0], [1.0], [np.nextafter(1, 0)], [2.0]]))
    assert cells.argmax(axis=1).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("x", "match"),
    [
        ([[0.5, 0.5], [0.5, 2.5]], r"x\[1, 1\] is 2.5, outside the cells of \[0, 2\]"),
        ([[-1e-9, 0.5]], r"x\[0, 0\] is -1e-09, outside .*those of snapshots.y too"),
    ],
)
def test_states_outside_the_cells_are_refused_with_their_index(x, match):
    with pytest.raises(ParameterError, match=match):
        indicator([0, 1], [0, 1, 2])(np.array(x))


def kernel(name, x, y, d, degree):
    r = distance.cdist(x, y)
    if name in FORMULAS:
        return FORMULAS[name](r, d)
    inner = x @ y.T / d**2
    return (1 + inner) ** degree if name == "polynomial" else inner


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("gaussian", 12),
        ("laplacian", 40),
        ("lorentzian", 20),
        ("polynomial", 15),
        ("linear", 3),
    ],
)
@pytest.mark.parametrize("scale", [None, 2.5])
def test_kernel_functions_are_those_of_the_leading_eigenpairs(name, rank, scale):
    dictionary = kernel_dictionary(PAIRS, kernel=name, scale=scale, degree=4, rank=rank)
    center = 0.0 if name == "polynomial" else X.mean(axis=0)
    d = scale or np.linalg.norm(X - center, axis=1).mean()
    gram = kernel(name, X, X, d, 4)
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1][:rank], vectors[:, ::-1][:, :rank]
    other = RNG.standard_normal((10, 3))
    expected = kernel(name, other, X, d, 4) @ vectors / np.sqrt(values)
    psi = dictionary(other)
    assert psi.shape == (10, rank)
    # eigenvectors have a free sign; the errors are those of D^-1/2, cond^1/2 roundings
    signs = np.sign((psi * expected).sum(axis=0))
    tolerance = 1e-13 * math.sqrt(values[0]) * (values[0] / values[-1])
    assert abs(psi * signs - expected).max() < tolerance
    # on the data themselves Psi* Psi = D: k(X, X) U D^-1/2 = U D^1/2
    ours = dictionary(X)
    assert ours.T @ ours == pytest.approx(np.diag(values), abs=1e-11 * values[0])


def test_bounds_of_kernel_functions_come_from_the_space_of_the_kernel():
    dictionary = kernel_dictionary(PAIRS, scale=2.0, rank=10)
    sup, slope = dictionary.bounds
    assert sup == pytest.approx(1.0, abs=1e-9)  # k(x, x) = 1, up to rounding of B* K B
    assert slope == pytest.approx(math.sqrt(2) / 2.0, abs=1e-9)
    assert kernel_dictionary(PAIRS, kernel="laplacian", rank=5).bounds[1] > 0
    assert kernel_dictionary(PAIRS, kernel="linear", rank=2).bounds is None


def test_centers_are_the_means_of_their_clusters():
    rng = np.random.default_rng(2)
    blobs = rng.standard_normal((9, 2)) * 20
    x = np.concatenate([blob + 0.1 * rng.standard_normal((40, 2)) for blob in blobs])
    centers = place_centers(Snapshots(x, x), 9)
    nearest = distance.cdist(x, centers).argmin(axis=1)
    assert len(np.unique(nearest)) == 9
    for k in range(9):
        assert centers[k] == pytest.approx(x[nearest == k].mean(axis=0), rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_no_cluster_is_empty_and_no_center_occurs_twice(seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (60, 2)).astype(float)  # at most 16 different states
    count = len(np.unique(x, axis=0))
    centers = place_centers(Snapshots(x, x), count, seed=seed)
    assert np.array_equal(np.unique(centers, axis=0), np.unique(x, axis=0))
    fewer = place_centers(Snapshots(x, x), count // 2, seed=seed)
    assert len(np.unique(fewer, axis=0)) == count // 2
    with pytest.raises(ParameterError, match=f"has {count} different states; pass count="):
        place_centers(Snapshots(x, x), count + 1, seed=seed)


def test_centers_depend_on_the_seed_alone():
    one, two = (place_centers(PAIRS, 7, seed=3) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert place_centers(PAIRS, 7, seed=4).tobytes() != one.tobytes()
    single = Snapshots(X.astype(np.float32), X.astype(np.float32))
    assert place_centers(single, 7).dtype == np.float32


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: radial(X, scale=0), ParameterError, "scale is 0; the width of every"),
        (lambda: radial(X, scale=-1.0), ParameterError, "scale is -1.0"),
        (lambda: radial(X, scale=math.inf), ParameterError, "scale is inf"),
        (lambda: radial(X, scale="1"), ParameterError, "scale is '1'"),
        (
            lambda: radial(X[0], scale=1.0),
            ShapeError,
            r"centers has shape \(3,\), needed 2",
        ),
        (lambda: radial(X * np.nan, scale=1.0), ParameterError, "`centers` has 180 values"),
        (lambda: radial(X * 1j, scale=1.0), ParameterError, "centers has dtype complex128"),
        (
            lambda: radial(X, scale=1.0, profile="cubic"),
            ParameterError,
            "profile is 'cubic'; it must be one of gaussian, laplacian, lorentzian",
        ),
        (
            lambda: radial(np.zeros((20001, 1)), scale=1.0),
            ParameterError,
            "20001 functions",
        ),
        (lambda: indicator(), ShapeError, r"edges is \(\), needed one array of cell edges"),
        (
            lambda: indicator([1.0]),
            ShapeError,
            r"edges\[0\] has 1 entry, needed at least 2",
        ),
        (
            lambda: indicator([0, 1], [0, 2, 2]),
            ParameterError,
            r"edges\[1\] goes from 2 to 2",
        ),
        (lambda: indicator([2, 1]), ParameterError, "edges increase: pass numpy.unique"),
        (lambda: indicator([[0, 1]]), ShapeError, r"edges\[0\] has shape \(1, 2\)"),
        (lambda: indicator([0, np.nan]), ParameterError, r"`edges\[0\]` has 1 values"),
        (lambda: indicator(*[np.arange(29)] * 3), ParameterError, "21952 functions"),
        (lambda: place_centers(X, 3), ParameterError, "snapshots is a ndarray; pass Snap"),
        (lambda: place_centers(PAIRS, 0), ParameterError, "count is 0; the number of cent"),
        (lambda: place_centers(PAIRS, 2.0), ParameterError, "count is 2.0"),
        (lambda: place_centers(PAIRS, 61), ParameterError, "has 60 different states"),
        (lambda: place_centers(PAIRS, 3, seed=-1), ParameterError, "seed is -1"),
        (
            lambda: place_centers(Snapshots(X * 1j, X * 1j), 2),
            ParameterError,
            "snapshots.x has dtype complex128, needed real",
        ),
        (lambda: kernel_dictionary(X, rank=2), ParameterError, "snapshots is a ndarray"),
        (lambda: kernel_dictionary(PAIRS, rank=0), ParameterError, "rank is 0; the number"),
        (lambda: kernel_dictionary(PAIRS, rank=2.0), ParameterError, "rank is 2.0"),
        (lambda: kernel_dictionary(PAIRS, rank=61), ParameterError, "there are 60 samples"),
        (
            lambda: kernel_dictionary(PAIRS, kernel="linear", rank=4),
            ParameterError,
            "has 3 eigenvalues above rounding; pass rank=3 or less",
        ),
        (
            lambda: kernel_dictionary(PAIRS, kernel="cosine", rank=2),
            ParameterError,
            "kernel is 'cosine'; it must be one of gaussian, laplacian, lorentzian, poly",
        ),
        (
            lambda: kernel_dictionary(PAIRS, scale=0.0, rank=2),
            ParameterError,
            "scale is 0.0",
        ),
        (lambda: kernel_dictionary(PAIRS, degree=0, rank=2), ParameterError, "degree is 0"),
        (
            lambda: kernel_dictionary(Snapshots(X * 0 + 1, X), rank=1),
            ParameterError,
            "all 60 states coincide and give no unit of distances; pass scale",
        ),
    ],
)
def test_bad_arguments_are_refused_with_advice(make, error, match):
    with pytest.raises(error, match=match):
        make()
