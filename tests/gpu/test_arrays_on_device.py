"""Array modules on a device: they stay there, and agree with the host.

On the stand-in the libraries are those of the host, so that only dispatch and hidden
transfers are seen; with ``-m gpu`` the same tests compare real ones.
"""

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend import fft, linalg, random, reduce, scan

RNG = numpy.random.default_rng(0)
SQUARE = RNG.standard_normal((6, 6)) + 4 * numpy.eye(6)
COMPLEX = SQUARE + 1j * RNG.standard_normal((6, 6))
SYMMETRIC = SQUARE @ SQUARE.T
TALL = RNG.standard_normal((9, 6))
SIDES = RNG.standard_normal((6, 2))
UPPER = numpy.triu(SQUARE)

CASES = {
    "eig": lambda m: linalg.eig(m(SQUARE)),
    "eig of a pencil": lambda m: linalg.eig(m(SQUARE), m(SYMMETRIC)),
    "eigh": lambda m: linalg.eigh(m(SYMMETRIC)),
    "eigh of zero": lambda m: linalg.eigh(m(numpy.zeros((3, 3)))),
    "singular values": lambda m: linalg.svd(m(TALL))[1],
    "R up to signs": lambda m: abs(linalg.qr(m(TALL))[1]),
    "cholesky": lambda m: linalg.cholesky(m(SYMMETRIC)),
    "solve": lambda m: linalg.solve(m(SQUARE), m(SIDES)),
    "solve_triangular": lambda m: linalg.solve_triangular(m(UPPER), m(SIDES)),
    "lstsq": lambda m: linalg.lstsq(m(TALL), m(TALL[:, 0]))[0],
    "norm": lambda m: linalg.norm(m(1e200 * TALL), axis=0),
    "expm": lambda m: linalg.expm(m(SQUARE)),
    "sylvester": lambda m: linalg.sylvester(m(SQUARE), m(SYMMETRIC), m(SQUARE)),
    "diagonal of Schur": lambda m: linalg.sort_spectrum(
        linalg.schur(m(COMPLEX))[0].diagonal()
    ),
    "gram": lambda m: linalg.gram(m(TALL), weight=m(abs(TALL[:, 0]))),
    "gram of two": lambda m: linalg.gram(m(TALL), m(TALL[:, :2])),
    "fft": lambda m: fft.fft(m(COMPLEX)),
    "irfftn": lambda m: fft.irfftn(fft.rfftn(m(TALL[:8]))),
    "dct": lambda m: fft.idct(fft.dct(m(TALL), type=1), type=1),
}


def here(array):
    return array.copy()


def hosts(found):
    parts = found if isinstance(found, tuple) else (found,)
    return [numpy.asarray(backend.to_host(part)) for part in parts]


@pytest.mark.parametrize("name", CASES)
def test_a_result_is_that_of_the_host_and_stays_on_the_device(device, name):
    def there(array):
        return backend.to_device(array.copy(), device)

    found = CASES[name](there)
    for part in found if isinstance(found, tuple) else (found,):
        assert not isinstance(part, numpy.ndarray)
    for a, b in zip(hosts(found), hosts(CASES[name](here)), strict=True):
        # Backward errors of n u on matrices of condition below 100.
        assert abs(a - b).max() <= 1e-11 * abs(b).max()
        assert a.dtype == b.dtype


STREAMS = {
    "uniform": lambda m, b: random.uniform((3, 5), seed=1, backend=b),
    "normal": lambda m, b: random.normal(7, seed=2, offset=3, dtype="f4", backend=b),
    "integers": lambda m, b: random.integers(-3, 9, 11, seed=3, backend=b),
    "scan": lambda m, b: scan.linear(m(TALL[0] / 4), m(TALL)),
    "scan in chunks": lambda m, b: scan.linear(
        m(COMPLEX[:, 0] / 9), m(COMPLEX), initial=m(COMPLEX[0]), chunk=4
    ),
    "scan backwards": lambda m, b: scan.linear(m(TALL[0] / 4), m(TALL), reverse=True),
    "sum": lambda m, b: reduce.sum(m(TALL)),
    "sum along": lambda m, b: reduce.sum(m(TALL), axis=0),
    "dot": lambda m, b: reduce.dot(m(COMPLEX[0]), m(COMPLEX[1])),
    "euclidean norm": lambda m, b: reduce.norm(m(1e-160 * TALL)),
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams_scans_and_sums_have_the_same_bits(device, name):
    def there(array):
        return backend.to_device(array.copy(), device)

    found, expected = STREAMS[name](there, device), STREAMS[name](here, "numba")
    assert not isinstance(found, numpy.ndarray)
    for a, b in zip(hosts(found), hosts(expected), strict=True):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
