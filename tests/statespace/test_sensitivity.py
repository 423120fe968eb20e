"""The gradient of the sum of conditions: closed forms, differences, complex steps."""

import numpy as np
import pytest

from perturbsci.errors import AccuracyWarning, ParameterError, ShapeError
from perturbsci.statespace import condition_gradient, hippo, legs_log10_condition
from perturbsci.statespace.sensitivity import eigensystem

U = 2.0**-53


def sample(n, seed, kind):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    return a if kind == "f" else a + 1j * rng.standard_normal((n, n))


def unit_direction(a, seed):
    e = sample(len(a), 100 + seed, a.dtype.kind)
    return e / np.linalg.norm(e)


def slope(gradient, direction):
    return np.vdot(gradient, direction).real


@pytest.mark.parametrize(("coupling", "gap"), [(3.0, 1.0), (-0.5, 2.0), (100.0, 0.1)])
def test_two_rows_in_closed_form(coupling, gap):
    a = np.array([[1.0, coupling], [0.0, 1.0 + gap]])
    value, gradient = condition_gradient(a)
    # both conditions are sqrt(1 + (coupling/gap)^2); 50 unit roundoffs a digit lost
    quotient = coupling / gap
    exact = 2 * np.hypot(1, quotient)
    assert value == pytest.approx(exact, rel=50 * U * exact)
    to_coupling = 4 * quotient / (gap * exact)
    to_gap = -quotient * to_coupling
    allowed = 50 * U * exact * np.abs(gradient).max()
    assert gradient[0, 1] == pytest.approx(to_coupling, abs=allowed)
    assert gradient[1, 1] == pytest.approx(to_gap, abs=allowed)
    assert gradient[0, 0] == pytest.approx(-to_gap, abs=allowed)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_value_is_the_sum_of_the_conditions_of_legs(n):
    exact = float((10.0 ** legs_log10_condition(n)).sum())
    value, _ = condition_gradient(hippo("legs", n))
    # first-order change of a condition under rounding of A: about kappa^2 u ||A||
    assert value == pytest.approx(exact, rel=10 * U * exact * n**2)


@pytest.mark.parametrize("kind", ["f", "c"])
@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_gradient_against_central_differences(n, kind):
    for seed in range(6):
        a = sample(n, seed, kind)
        e, h = unit_direction(a, seed), 1e-5
        ahead, behind = (condition_gradient(a + s * h * e)[0] for s in (1, -1))
        value, gradient = condition_gradient(a)
        difference = (ahead - behind) / (2 * h)
        scale = np.linalg.norm(gradient) + value
        # h^2 times a third derivative, kappa^3 in the worst case, and rounding u/h
        assert slope(gradient, e) == pytest.approx(difference, abs=1e-7 * scale * value)
        assert gradient.dtype.kind == kind


@pytest.mark.parametrize("seed", range(8))
def test_gradient_against_complex_steps(seed):
    n = 3 + seed % 5
    a, h = sample(n, seed, "f"), 1e-30
    e = unit_direction(a, seed)
    _, gradient = condition_gradient(a)
    values, right = np.linalg.eig(a)
    partner = np.array([np.abs(values - each.conj()).argmin() for each in values])
    # first-order change of V and V^{-1} under i h e, kept apart from the base so that
    # nothing cancels: the analytic continuation replaces conjugates by partners
    left = np.linalg.inv(right)
    gaps = values - values[:, None]
    q = np.divide(1.0, gaps, out=np.zeros_like(gaps), where=gaps != 0)
    mixing = q * (left @ (1j * h * e) @ right)
    v, w = right.astype(complex), left.astype(complex)
    dv, dw = v @ mixing, -mixing @ w

    def products(x, dx):
        base = (x * x[partner]).sum(axis=1)
        change = (dx * x[partner] + x * dx[partner]).sum(axis=1)
        return base, change

    lefts, dlefts = products(w, dw)
    rights, drights = products(v.T, dv.T)
    kappa = np.sqrt((lefts * rights).real)
    change = (dlefts * rights + lefts * drights) / (2 * kappa)
    exact = change.imag.sum() / h
    assert slope(gradient, e) == pytest.approx(exact, rel=1e-9, abs=1e-9 * kappa.max() ** 2)


@pytest.mark.parametrize("kind", ["f", "c"])
def test_gradients_of_the_other_functions_of_the_eigensystem(kind):
    for seed in range(6):
        a = sample(6, seed, kind) + 3 * np.diag(np.arange(6))  # no eigenvalues close
        e, h = unit_direction(a, seed), 1e-6
        base, ahead, behind = (eigensystem(a + s * h * e) for s in (0, 1, -1))
        condition, factor = base.condition_factor()
        assert condition == pytest.approx(np.linalg.cond(base.right), rel=1e-12)
        difference = (ahead.condition_factor()[0] - behind.condition_factor()[0]) / (2 * h)
        # rounding u kappa/h, and h^2 kappa^3
        assert slope(base.gradient(factor), e) == pytest.approx(
            difference, abs=1e-7 * condition**2
        )
        weights = np.abs(base.values.imag)
        moved = base.gradient(np.diag(weights))
        order = [
            [np.abs(other.values - each).argmin() for each in base.values]
            for other in (ahead, behind)
        ]
        parts = [
            other.values[k].real @ weights
            for other, k in zip((ahead, behind), order, strict=True)
        ]
        difference = (parts[0] - parts[1]) / (2 * h)
        assert slope(moved, e) == pytest.approx(
            difference, abs=1e-7 * base.conditions.max() ** 2
        )


@pytest.mark.parametrize("seed", range(6))
def test_invariances(seed):
    kind = "fc"[seed % 2]
    a = sample(5, seed, kind)
    value, gradient = condition_gradient(a)
    scaled_value, scaled_gradient = condition_gradient(4 * a)  # an even power of two
    assert scaled_value == value
    assert (4 * scaled_gradient).tobytes() == gradient.tobytes()
    unitary = np.linalg.qr(sample(5, 50 + seed, kind))[0]
    turned_value, turned = condition_gradient(unitary @ a @ unitary.conj().T)
    allowed = 1e3 * U * value * np.linalg.norm(gradient)
    assert turned_value == pytest.approx(value, rel=100 * U * value)
    back = unitary.conj().T @ turned @ unitary
    assert np.linalg.norm(back - gradient) <= allowed
    # neither scaling, nor a shift, nor a turn changes the sum
    k = sample(5, 70 + seed, kind)
    skew = k - k.conj().T
    for direction in (a, np.eye(5), skew @ a - a @ skew):
        assert abs(slope(gradient, direction)) <= allowed * np.linalg.norm(direction)
    adjoint_value, adjoint = condition_gradient(a.conj().T)
    assert adjoint_value == pytest.approx(value, rel=100 * U * value)
    assert np.linalg.norm(adjoint.conj().T - gradient) <= allowed


def test_a_normal_matrix_is_a_minimum():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    for a in (np.eye(3), turn, np.diag([1.0, 2.0]), np.zeros((2, 2)), [[4]]):
        value, gradient = condition_gradient(a)
        assert value == len(a)
        assert not gradient.any()


def test_any_layout_gives_the_same_bits_and_inputs_stay():
    a = sample(6, 0, "f")
    value, gradient = condition_gradient(a)
    wide = np.zeros((12, 12))
    wide[::2, ::2] = a
    frozen = a.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(a), wide[::2, ::2], frozen, a.astype(">f8"), a.tolist()):
        again, other = condition_gradient(same)
        assert again == value
        assert other.tobytes() == gradient.tobytes()
    single, rounded = condition_gradient(a.astype("f4"))
    assert rounded.dtype == np.float32
    assert single == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("a", [np.eye(8, k=1), np.diag([1.0, 1, 2]) + np.eye(3, k=2)])
def test_coinciding_eigenvalues_are_refused(a):
    with pytest.raises(ParameterError, match=r"coincide to rounding .*pass a matrix with"):
        condition_gradient(a)


def test_lost_digits_are_told():
    with pytest.warns(AccuracyWarning, match="few digits of the gradient are right"):
        condition_gradient(hippo("legs", 24))


@pytest.mark.parametrize(
    ("a", "error", "advice"),
    [
        (np.ones((2, 3)), ShapeError, "as many rows as columns"),
        (np.ones(3), ShapeError, "a has"),
        ([[1.0, np.nan], [0.0, 1.0]], ParameterError, r"first at index \(0, 1\)"),
        ([["x"]], ParameterError, "a "),
    ],
)
def test_bad_input(a, error, advice):
    with pytest.raises(error, match=advice):
        condition_gradient(a)
