"""Namespace-generic code on a device that refuses a silent return to the host."""

import array_api_strict as xp
import numpy as np
import pytest

from perturbsci.backend import fft, linalg, namespace
from perturbsci.errors import BackendError
from perturbsci.koopman.pairs import pair_residuals

DEVICE = xp.Device("device1")
MATRIX = np.random.default_rng(0).standard_normal((6, 6))
SYMMETRIC = MATRIX + MATRIX.T


def put(array):
    return xp.asarray(array, device=DEVICE)


def back(array):
    assert array.device == DEVICE
    return np.asarray(xp.asarray(array, device=xp.Device("CPU_DEVICE")))


def test_the_device_refuses_a_silent_copy():
    with pytest.raises(RuntimeError, match="Can't convert array on the"):
        np.asarray(put(MATRIX))


def test_the_namespace_is_found():
    assert namespace(put(MATRIX), 1.0, None) is xp


def test_svd_stays_there():
    parts = [back(part) for part in linalg.svd(put(MATRIX))]
    for part, host in zip(parts, linalg.svd(MATRIX), strict=True):
        assert part == pytest.approx(host, abs=1e-13)


def test_qr_stays_there():
    parts = [back(part) for part in linalg.qr(put(MATRIX))]
    for part, host in zip(parts, linalg.qr(MATRIX), strict=True):
        assert part == pytest.approx(host, abs=1e-13)


@pytest.mark.parametrize("columns", [0, slice(0, 2)])
def test_solve_stays_there(columns):
    right_side = MATRIX[:, columns]
    solution = linalg.solve(put(SYMMETRIC), put(right_side))
    assert back(solution) == pytest.approx(linalg.solve(SYMMETRIC, right_side))


@pytest.mark.parametrize("matrix", [SYMMETRIC, SYMMETRIC + 1j * (MATRIX - MATRIX.T)])
def test_eigh_stays_there(matrix):
    values, vectors = linalg.eigh(put(matrix))
    host_values, host_vectors = linalg.eigh(matrix)
    assert back(values) == pytest.approx(host_values, abs=1e-13)
    assert back(vectors) == pytest.approx(host_vectors, abs=1e-12)


def test_norms_stay_there():
    assert linalg.norm(put(MATRIX)) == pytest.approx(np.linalg.norm(MATRIX))
    columns = linalg.norm(put(MATRIX), axis=0)
    assert back(columns) == pytest.approx(np.linalg.norm(MATRIX, axis=0))


def test_a_zero_matrix_has_eigenvectors():
    values, vectors = linalg.eigh(put(np.zeros((3, 3))))
    assert np.array_equal(back(values), np.zeros(3))
    assert np.array_equal(back(vectors), np.eye(3))


@pytest.mark.parametrize("root", [MATRIX, MATRIX + 1j * SYMMETRIC])
def test_cholesky_and_triangular_systems_stay_there(root):
    matrix = root @ root.conj().T
    lower = linalg.cholesky(put(matrix))
    assert back(lower) == pytest.approx(linalg.cholesky(matrix), abs=1e-12)
    for trans in "NTC":
        for below, given in ((True, lower), (False, lower.T)):
            options = {"lower": below, "trans": trans}
            solution = linalg.solve_triangular(given, put(root), **options)
            host = linalg.solve_triangular(back(given), root, **options)
            assert back(solution) == pytest.approx(host, rel=1e-10)


@pytest.mark.parametrize("factor", [1.0, 1.0 + 0.5j])
@pytest.mark.parametrize("weight", [None, np.arange(6.0)])
@pytest.mark.parametrize("columns", [None, slice(0, 2)])
def test_gram_stays_there(monkeypatch, factor, weight, columns):
    monkeypatch.setattr("perturbsci.backend.products.DEVICE_ROWS", 4)
    x = MATRIX * factor
    y = None if columns is None else x[:, columns]
    there = None if weight is None else put(weight)
    total = linalg.gram(put(x), None if y is None else put(y), weight=there)
    host = linalg.gram(x, y, weight=weight)
    assert back(total) == pytest.approx(host, abs=1e-13)
    assert y is not None or np.array_equal(back(total), back(total).conj().T)
    out = put(np.ones_like(host))
    assert linalg.gram(put(x), None if y is None else put(y), weight=there, out=out) is out
    assert back(out) == pytest.approx(host + 1, abs=1e-13)


def test_sorting_uses_the_standard():
    # The order of n numbers is found on the host, so on the device of the host.
    given = np.array([1.0, -3.0, 2.0]), MATRIX[:, :3]
    there = linalg.sort_spectrum(*map(xp.asarray, given))
    assert all(type(part) is type(put(MATRIX)) for part in there)
    assert np.array_equal(np.vstack(there), np.vstack(linalg.sort_spectrum(*given)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_transforms_stay_there(name, dtype):
    x = MATRIX.astype(dtype)
    for transform, options in (
        (getattr(fft, name), {"axis": 0, "norm": "ortho"}),
        (getattr(fft, name), {"n": 8}),
        (getattr(fft, f"{name}n"), {"axes": (1, 0)}),
        (getattr(fft, f"{name}n"), {"s": (4, 8)}),
    ):
        there, host = back(transform(put(x), **options)), transform(x, **options)
        assert there.dtype == host.dtype
        # Another library for the same sums: a few roundings of the largest line.
        assert np.abs(there - host).max() <= 20 * np.finfo(dtype).eps * np.abs(host).max()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("transform", [fft.dct, fft.idct])
@pytest.mark.parametrize("options", [{"type": 1}, {"type": 2}, {"type": 2, "axis": 0}])
def test_cosine_transforms_stay_there(transform, options, dtype):
    x = MATRIX.astype(dtype)[:5]
    there, host = back(transform(put(x), **options)), transform(x, **options)
    assert there.dtype == host.dtype == dtype
    assert np.abs(there - host).max() <= 20 * np.finfo(dtype).eps * np.abs(host).max()


def test_sparse_and_special_functions_are_for_numpy_and_cupy():
    for module in (linalg.sparse_module, linalg.special_module):
        with pytest.raises(BackendError, match=r"x lives on array_api_strict.*to_host"):
            module(put(MATRIX))


@pytest.mark.parametrize("factor", [1.0, 1.0 + 0.5j])
def test_residuals_stay_there(factor):
    panels = MATRIX * factor, MATRIX @ SYMMETRIC * factor
    pairs = linalg.eig(np.linalg.solve(*panels) + 0.1 * SYMMETRIC)
    host = pair_residuals(*panels, *pairs)
    device = pair_residuals(*map(put, panels), *map(put, pairs))
    for there, here in zip(device, host, strict=True):
        assert back(there) == pytest.approx(here, rel=1e-12)
