"""Namespace-generic code on a device that refuses a silent return to the host."""

import array_api_strict as xp
import numpy as np
import pytest

from perturbsci.backend import linalg, namespace
from perturbsci.koopman.residual import pair_residuals

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


@pytest.mark.parametrize("factor", [1.0, 1.0 + 0.5j])
def test_residuals_stay_there(factor):
    panels = MATRIX * factor, MATRIX @ SYMMETRIC * factor
    pairs = linalg.eig(np.linalg.solve(*panels) + 0.1 * SYMMETRIC)
    host = pair_residuals(*panels, *pairs)
    device = pair_residuals(*map(put, panels), *map(put, pairs))
    for there, here in zip(device, host, strict=True):
        assert back(there) == pytest.approx(here, rel=1e-12)
