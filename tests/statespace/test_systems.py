"""Systems: shapes, the halving of conjugate pairs, full matrices, differences."""

import numpy
import pytest

from perturbsci.errors import ParameterError, PerturbsciError, ShapeError
from perturbsci.io.kinds import find_class, kind_of
from perturbsci.statespace import (
    DenseSystem,
    DiagonalSystem,
    HankelSystem,
    LowRankSystem,
    StateSpace,
    dense,
    difference,
    discretize,
    halve,
    transfer_function,
    unfold,
)

from .statespace_samples import all_modes, dense_sample, low_rank_sample, resolvent

POINTS = numpy.array([0.3j, 2.0 - 1j, 5.0, -0.1 + 9j])
ROUNDING = 1e-12  # n = 7..8 modes of condition below 100, a few hundred unit roundoffs


def close(found, expected, rounding=ROUNDING):
    scale = numpy.abs(expected).max()
    assert numpy.abs(found - expected).max() <= rounding * scale


def test_one_axis_is_one_input_and_one_output():
    system = DenseSystem(numpy.eye(2), [1, 2], [3, 4], 5.0)
    assert (system.b.shape, system.c.shape, system.d.shape) == ((2, 1), (1, 2), (1, 1))
    assert system.a.dtype == system.b.dtype == numpy.float64
    copies = DiagonalSystem(numpy.ones((3, 2)), numpy.ones((3, 2)), numpy.ones((3, 2)))
    assert (copies.b.shape, copies.c.shape, copies.copies) == ((3, 2, 1), (3, 1, 2), (3,))


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="make a DenseSystem"):
        StateSpace()


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_every_form_has_the_same_transfer_function(n):
    system = dense_sample(n, seed=n)
    expected = resolvent(system.a, system.b, system.c, system.d, POINTS)
    full = all_modes(system)
    half = halve(full)
    for form in (system, full, half, unfold(half), dense(half), dense(full)):
        close(transfer_function(form, POINTS), expected)
    assert half.n_state == (n + int((full.eigenvalues.imag == 0).sum())) // 2
    assert unfold(half).n_state == dense(half).n_state == n
    assert half.is_real
    assert dense(half).is_real
    assert not full.is_real or n == 1 or not full.eigenvalues.imag.any()


@pytest.mark.parametrize("n", [5, 6])
def test_halving_keeps_transfer_functions_of_odd_and_even_size(n):
    rng = numpy.random.default_rng(n)
    pairs = -rng.random(n // 2) + 1j * rng.random(n // 2)
    real = [-0.3] if n % 2 else []
    values = numpy.concatenate([pairs, pairs.conj(), real])
    kept = rng.standard_normal((n // 2, 2)) + 1j * rng.standard_normal((n // 2, 2))
    b = numpy.concatenate([kept, kept.conj(), rng.standard_normal((n % 2, 2))])
    order = rng.permutation(n)
    full = DiagonalSystem(values[order], b[order], b[order].T)
    half = halve(full)
    close(transfer_function(half, POINTS), transfer_function(full, POINTS), 1e-13)
    close(transfer_function(unfold(half), POINTS), transfer_function(full, POINTS), 1e-13)
    assert sorted(half.weights.tolist()) == [1.0] * (n % 2) + [2.0] * (n // 2)


def test_halving_bears_rounding_of_pairs_and_phases_of_eigenvectors():
    full = all_modes(dense_sample(8, seed=3))
    rng = numpy.random.default_rng(5)
    phase = numpy.exp(2j * numpy.pi * rng.random(8))
    noise = 1 + 1e-14 * (rng.standard_normal(8) + 1j * rng.standard_normal(8))
    turned = DiagonalSystem(
        full.eigenvalues * noise, phase[:, None] * full.b, full.c / phase, full.d
    )
    half = halve(turned)
    expected = transfer_function(full, POINTS)
    for form in (half, unfold(half), dense(half)):
        close(transfer_function(form, POINTS), expected, 1e-11)  # the noise times 8 modes


def test_halving_works_for_copies():
    half = [halve(all_modes(dense_sample(6, 1, 1, seed=s))) for s in (11, 12)]
    arrays = ([each.eigenvalues, each.b, each.c] for each in map(unfold, half))
    stacked = DiagonalSystem(*(numpy.stack(each) for each in zip(*arrays, strict=True)))
    values = transfer_function(halve(stacked), POINTS)
    close(values, transfer_function(stacked, POINTS))
    close(transfer_function(unfold(halve(stacked)), POINTS), values)


def test_halving_needs_copies_with_the_same_count():
    values = [[1j, -1j], [-1.0, -2.0]]
    with pytest.raises(ShapeError, match="same number of real eigenvalues"):
        halve(DiagonalSystem(values, numpy.ones((2, 2)), numpy.ones((2, 2))))


def test_halving_refuses_what_is_not_real():
    full = all_modes(dense_sample(6, seed=1))
    with pytest.raises(ParameterError, match=r"above and .* below the real axis"):
        halve(DiagonalSystem([1j, 2j, -1j], numpy.ones(3), numpy.ones(3)))
    wrong = full.b.copy()
    wrong[0] *= 1 + 1e-3j
    with pytest.raises(ParameterError, match=r"residues by .*keep all modes"):
        halve(DiagonalSystem(full.eigenvalues, wrong, full.c))
    with pytest.raises(ParameterError, match="diagonalize it"):
        halve(dense_sample())
    with pytest.raises(ParameterError, match="imaginary parts up to"):
        halve(DiagonalSystem(full.eigenvalues, full.b, full.c, full.d * 1j))


def test_a_real_eigenvalue_with_complex_ports_is_written_twice():
    half = DiagonalSystem([-1.0], [[1.0, 1j]], [[1.0], [1j]], weights=[1.0])
    expected = numpy.real(half.c @ half.b) / (POINTS[:, None, None] + 1)
    for form in (half, unfold(half), dense(half)):
        close(transfer_function(form, POINTS), expected, 1e-15)
    assert unfold(half).n_state == 2


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_low_rank_systems_have_the_transfer_function_of_their_matrices(rank):
    exact, full, half = low_rank_sample(rank=rank, seed=4)
    expected = resolvent(exact.a, exact.b, exact.c, exact.d, POINTS)
    for form in (full, half, unfold(half), dense(full), dense(half)):
        close(transfer_function(form, POINTS), expected)
    assert dense(half).is_real


def test_hankel_systems_are_series_in_a_moebius_variable():
    rng = numpy.random.default_rng(7)
    system = HankelSystem(rng.standard_normal((5, 3, 2)), rng.standard_normal((3, 2)))
    inverse = ((1 - POINTS) / (1 + POINTS))[:, None, None]
    expected = system.d + sum(h * inverse ** (i + 1) for i, h in enumerate(system.markov))
    close(transfer_function(system, POINTS), expected)
    close(transfer_function(dense(system), POINTS), expected)
    z = numpy.exp(1j * numpy.array([0.2, 1.0, 3.0, numpy.pi]))
    for step in (0.1, 1.0, 4.0):
        discrete = discretize(system, step)
        found = transfer_function(discrete, z)
        close(transfer_function(dense(discrete), z), found)
        s = (z[:3] - 1) / (z[:3] + 1) / step
        close(found[:3], transfer_function(system, s))


def test_differences_of_all_pairs_of_forms():
    exact, low, low_half = low_rank_sample(seed=2)
    system = dense_sample(6, seed=9)
    half = halve(all_modes(system))
    hankel = HankelSystem(numpy.random.default_rng(0).standard_normal((4, 3, 2)))
    forms = (exact, low, low_half, half, unfold(half), hankel)
    for first in forms:
        for second in forms:
            found = difference(first, second)
            one, two = (transfer_function(each, POINTS) for each in (first, second))
            scale = numpy.abs(one).max() + numpy.abs(two).max()
            error = numpy.abs(transfer_function(found, POINTS) - (one - two)).max()
            assert error <= ROUNDING * scale
    assert isinstance(difference(half, half), DiagonalSystem)
    assert isinstance(difference(low_half, half), LowRankSystem)
    assert isinstance(difference(hankel, HankelSystem(hankel.markov[:2])), HankelSystem)


def test_differences_refuse_unlike_systems():
    one = DiagonalSystem([-1.0], [1.0], [1.0])
    with pytest.raises(ParameterError, match="same step"):
        difference(one, discretize(one, 0.1))
    with pytest.raises(ParameterError, match="same step"):
        difference(discretize(one, 0.2), discretize(one, 0.1))
    with pytest.raises(ShapeError, match="same ports"):
        difference(one, DiagonalSystem([-1.0], [[1.0, 2.0]], [1.0]))
    with pytest.raises(ParameterError, match="convert with astype"):
        difference(one, DiagonalSystem(*(numpy.ones(1, "f4") for _ in range(3))))
    with pytest.raises(ParameterError, match="needed a system"):
        difference(one, 3)


def test_transfer_function_is_infinite_at_a_pole():
    for system in (
        DiagonalSystem([-1.0, -2.0], [1.0, 1.0], [1.0, 1.0]),
        DenseSystem(numpy.diag([-1.0, -2.0]), [1.0, 1.0], [1.0, 1.0]),
        HankelSystem([1.0, 1.0]),
    ):
        assert numpy.isinf(numpy.abs(transfer_function(system, [-1.0])[0, 0, 0]))


BAD = [
    ((numpy.ones((2, 3)), [1, 2], [1, 2]), {}, ShapeError, "needed \\(n, n\\)"),
    ((numpy.eye(2), [1, 2, 3], [1, 2]), {}, ShapeError, "row k of b"),
    ((numpy.eye(2), [1, 2], [1, 2, 3]), {}, ShapeError, "column k of c"),
    ((numpy.eye(2), [1, 2], [1, 2], [[1, 2]]), {}, ShapeError, "one row an output"),
    ((numpy.eye(2), [1, numpy.nan], [1, 2]), {}, ParameterError, "not finite"),
    ((numpy.eye(2), ["a", "b"], [1, 2]), {}, ParameterError, "needed"),
    ((numpy.eye(2), None, [1, 2]), {}, ParameterError, "needed numbers"),
    ((numpy.eye(2), [1, 2], [1, 2]), {"step": 0.0}, ParameterError, "one positive number"),
    ((numpy.eye(2), [1, 2], [1, 2]), {"step": True}, ParameterError, "one positive number"),
    ((numpy.eye(2), [1, 2], [1, 2]), {"step": [0.1, 0.2]}, ShapeError, "needed one number"),
    ((numpy.eye(2, dtype="f2"), [1, 2], [1, 2]), {}, ParameterError, "float32"),
    ((numpy.eye(2, dtype="f4"), [1, 2], [1, 2]), {}, ParameterError, "astype"),
    ((numpy.zeros((0, 0)), [], []), {}, ShapeError, "holds no number"),
]


@pytest.mark.parametrize(("arrays", "options", "error", "advice"), BAD)
def test_dense_systems_refuse_bad_arrays(arrays, options, error, advice):
    with pytest.raises(error, match=advice) as caught:
        DenseSystem(*arrays, **options)
    assert isinstance(caught.value, PerturbsciError)


def test_diagonal_systems_refuse_bad_weights_steps_and_exponents():
    ones = numpy.ones(2)
    for weights, error, advice in (
        ([1.0], ShapeError, "one number a kept mode"),
        ([1.0, -1.0], ParameterError, "must be 2"),
        ([1j, 1.0], ParameterError, "needed real numbers"),
    ):
        with pytest.raises(error, match=advice):
            DiagonalSystem(-ones, ones, ones, weights=weights)
    with pytest.raises(ParameterError, match=r"pass d\.real"):
        DiagonalSystem(-ones, ones, ones, 1j, weights=ones)
    with pytest.raises(ParameterError, match="steps are positive"):
        DiagonalSystem(-ones, ones, ones, step=[0.1, -1.0])
    with pytest.raises(ParameterError, match="leave exponents out"):
        DiagonalSystem(-ones, ones, ones, exponents=ones)
    with pytest.raises(ShapeError, match="one logarithm an eigenvalue"):
        DiagonalSystem(-ones, ones, ones, exponents=[1.0])
    with pytest.raises(ShapeError, match="pass a list"):
        DiagonalSystem(1.0, ones, ones)
    with pytest.raises(ShapeError, match="row k of b"):
        DiagonalSystem(numpy.ones((3, 2)), ones, ones)


def test_structured_systems_refuse_bad_arrays():
    ones = numpy.ones(2)
    with pytest.raises(ShapeError, match="one column a rank"):
        LowRankSystem(ones, ones, numpy.ones((2, 2)), ones, ones)
    with pytest.raises(ShapeError, match="one row an eigenvalue"):
        LowRankSystem(ones, numpy.ones(3), ones, ones, ones)
    with pytest.raises(ShapeError, match="outputs by inputs a delay"):
        HankelSystem(numpy.ones((2, 2)))
    with pytest.raises(ShapeError, match="as in markov"):
        HankelSystem([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ShapeError, match="take one of them"):
        dense(DiagonalSystem(numpy.ones((2, 2)), numpy.ones((2, 2)), numpy.ones((2, 2))))
    with pytest.raises(ParameterError, match="needs 2 for a conjugate pair"):
        unfold(LowRankSystem(ones, ones, ones, ones, ones, weights=[3.0, 1.0]))


def test_any_memory_layout_gives_the_same_numbers_and_is_left_alone():
    system = dense_sample()
    expected = transfer_function(system, POINTS)
    for make in (
        numpy.asfortranarray,
        lambda x: x.astype(x.dtype.newbyteorder(">")),
        lambda x: numpy.repeat(x, 2, axis=0)[::2],
        lambda x: x.tolist(),
    ):
        arrays = [make(each) for each in (system.a, system.b, system.c, system.d)]
        for each in arrays:
            if isinstance(each, numpy.ndarray):
                each.setflags(write=False)
        found = transfer_function(DenseSystem(*arrays), POINTS)
        assert found.tobytes() == expected.tobytes()


def test_single_precision_is_kept():
    half = halve(all_modes(dense_sample()))
    single = DiagonalSystem(
        *(each.astype("c8") for each in (half.eigenvalues, half.b, half.c)),
        half.d.astype("f4"),
        weights=half.weights,
    )
    assert single.weights.dtype == numpy.float32
    found = transfer_function(single, POINTS)
    assert found.dtype == numpy.complex64
    close(found, transfer_function(half, POINTS), 1e-5)  # 7 modes in single precision


def test_files_may_name_the_systems():
    for cls in (DenseSystem, DiagonalSystem, LowRankSystem, HankelSystem):
        assert find_class(kind_of(cls)) is cls
