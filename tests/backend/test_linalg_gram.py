"""Gram matrices: exactly Hermitian, backward stable, in any layout and in portions."""

import tracemalloc

import numpy as np
import pytest

from perturbsci.backend import linalg
from perturbsci.errors import BackendError, ParameterError, ShapeError
from tests.backend.matrices import UNIT_ROUNDOFF

DTYPES = ["f4", "f8", "c8", "c16"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch, request):
    """Let panels of 3000 rows go through many blocks."""
    if "no_copy" not in request.node.name:
        monkeypatch.setattr("perturbsci.backend.products.BLOCK_BYTES", 1)


def panel(dtype, *shape, seed=0):
    rng = np.random.default_rng([seed, *shape])
    values = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return (values if dtype[0] == "c" else values.real).astype(dtype)


def is_product(total, x, y, weight):
    """Say whether every entry is within rounding of its own row and column."""
    wide = [each.astype("c16") for each in (x, y)]
    wanted = wide[0].conj().T @ (weight.astype("f8")[:, None] * wide[1])
    sizes = [np.sqrt(weight.astype("f8") @ np.abs(each) ** 2) for each in wide]
    unit = np.finfo(total.dtype).eps / 2
    # 8: complex products and the scaling; sums of m terms, in any order.
    return (np.abs(total - wanted) <= 8 * (len(x) + 4) * unit * np.outer(*sizes)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (1, 5), (7, 3), (3000, 6)])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_matrix_of_one_panel_is_exactly_hermitian(dtype, shape, weighted):
    x = panel(dtype, *shape)
    weight = np.random.default_rng(1).random(shape[0]).astype(x.real.dtype)
    total = linalg.gram(x, weight=weight if weighted else None)
    assert total.dtype == x.dtype
    assert np.array_equal(total, total.conj().T)
    assert is_product(total, x, x, weight if weighted else np.ones(shape[0]))


@pytest.mark.parametrize("dtype", ["f8", "c16"])
@pytest.mark.parametrize("other", ["f8", "c16"])
@pytest.mark.parametrize("shape", [(0, 3, 2), (5, 3, 0), (1, 1, 1), (3000, 6, 4)])
@pytest.mark.parametrize("weighted", [False, True])
def test_two_panels(dtype, other, shape, weighted):
    m, n, k = shape
    x, y = panel(dtype, m, n), panel(other, m, k, seed=1)
    weight = np.random.default_rng(1).random(m)
    total = linalg.gram(x, y, weight=weight if weighted else None)
    assert total.shape == (n, k)
    assert total.dtype == np.result_type(x, y)
    assert is_product(total, x, y, weight if weighted else np.ones(m))


@pytest.mark.parametrize("layout", ["F", "strided", "big-endian", "read-only"])
def test_any_layout_gives_the_same_bits(layout):
    x = panel("c16", 40, 5)
    given = {
        "F": np.asfortranarray(x),
        "strided": np.repeat(x, 2, axis=0)[::2],
        "big-endian": x.astype(">c16"),
        "read-only": x.copy(),
    }[layout]
    given.flags.writeable = False
    assert np.array_equal(linalg.gram(given), linalg.gram(x))
    assert np.array_equal(linalg.gram([[1, 2], [3, 4]]), [[10.0, 14.0], [14.0, 20.0]])


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_entries_near_the_ends_of_the_range(scale):
    x = panel("f8", 30, 4)
    assert is_product(linalg.gram(scale * x) / scale**2, x, x, np.ones(30))


@pytest.mark.parametrize("y", [None, panel("c16", 30, 5, seed=1)])
def test_portions_add_up(y):
    x = panel("c16", 30, 4)
    total = np.full((4, 4 if y is None else 5), 2 + 0j)
    for rows in (slice(0, 7), slice(7, 30)):
        result = linalg.gram(x[rows], None if y is None else y[rows], out=total)
        assert result is total
    assert is_product(total - 2, x, x if y is None else y, np.ones(30))
    assert y is not None or np.array_equal(total, total.conj().T)


@pytest.mark.parametrize("weight", [None, np.ones(20000)])
def test_no_copy_of_the_panel_is_made(weight):
    x = panel("f8", 20000, 100)
    linalg.gram(x[:10], weight=weight if weight is None else weight[:10])
    tracemalloc.start()
    linalg.gram(x, weight=weight)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= x.nbytes / 4  # two blocks of 1 MiB and the result


def test_weights_of_zero_leave_samples_out():
    x = panel("f8", 9, 3)
    weight = np.array([1.0] * 6 + [0.0] * 3)
    assert linalg.gram(x, weight=weight) == pytest.approx(
        linalg.gram(x[:6]), abs=50 * UNIT_ROUNDOFF
    )


@pytest.mark.parametrize("y", [None, np.ones((3, 1))])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_named(y, bad):
    x = np.ones((3, 2))
    x[1, 1] = bad
    with pytest.raises(ParameterError, match=r"`x` has 1 values .* first at .*1, 1"):
        linalg.gram(x, y)
    with pytest.raises(ParameterError, match=r"`y` has 1 values .* first at .*1, 1"):
        linalg.gram(np.ones((3, 2)), x)
    assert linalg.gram(np.full((1, 1), 1e200))[0, 0] == np.inf


def test_what_gram_refuses():
    x = np.ones((3, 2))
    with pytest.raises(ParameterError, match=r"weight\[1\] is -2; .* drop the samples"):
        linalg.gram(x, weight=np.array([1.0, -2.0, 3.0]))
    with pytest.raises(ShapeError, match=r"weight has shape \(2,\) but x has \(3, 2\)"):
        linalg.gram(x, weight=np.ones(2))
    with pytest.raises(
        ShapeError, match=r"y has shape \(2, 2\) but x has \(3, 2\); needed"
    ):
        linalg.gram(x, np.ones((2, 2)))
    with pytest.raises(ParameterError, match=r"x has dtype float64 but y .* float32"):
        linalg.gram(x, np.ones((3, 2), dtype="f4"))
    with pytest.raises(ShapeError, match=r"out has shape \(2,\), needed .*; make it"):
        linalg.gram(x, out=np.zeros(2))
    with pytest.raises(ParameterError, match=r"out is float64, needed a .*complex"):
        linalg.gram(x * 1j, out=np.zeros((2, 2)))
    with pytest.raises(ParameterError, match=r"out is a read-only array of float64"):
        linalg.gram(x, out=np.broadcast_to(0.0, (2, 2)))
    with pytest.raises(BackendError, match="out is a list, not an array"):
        linalg.gram(x, out=[[0.0]])
