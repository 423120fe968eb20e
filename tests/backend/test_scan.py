"""Linear recurrences: closed forms, a Python loop, equal bits, IEEE values, errors."""

import numpy
import pytest

from perturbsci import backend
from perturbsci.backend import scan, workers
from perturbsci.errors import BackendError, ParameterError, ShapeError

RNG = numpy.random.default_rng(0)
SINGLE = [pytest.param(name, marks=pytest.mark.slow) for name in ("float32", "complex64")]
CHUNKS = (1, 7, 256, None)


def numbers(*shape, dtype="float64"):
    x = RNG.standard_normal(shape)
    if dtype.startswith("complex"):
        x = x + 1j * RNG.standard_normal(shape)
    return x.astype(dtype)


def contractions(*shape, dtype="float64"):
    """Return multipliers of modulus at most 1."""
    a = numbers(*shape, dtype=dtype)
    return (a / numpy.maximum(abs(a), 1)).astype(dtype)


def loop(a, b, x0=0.0, *, wide=numpy.clongdouble):
    """Return the states in extended precision, one step after the other."""
    a = numpy.broadcast_to(a, b.shape)
    x = numpy.empty(b.shape, wide)
    state = numpy.broadcast_to(wide(x0), b[..., 0, :].shape)
    for k in range(b.shape[-2]):
        state = a[..., k, :].astype(wide) * state + b[..., k, :]
        x[..., k, :] = state
    return x


def bound(x):
    """Return the error that the docstring allows."""
    return 4 * x.shape[-2] * numpy.finfo(x.dtype).eps / 2 * max(abs(x).max(), 1)


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("dtype", ["float64", "complex128", *SINGLE])
def test_against_a_loop_in_extended_precision(dtype, chunk):
    b, x0 = numbers(2, 600, 3, dtype=dtype), numbers(2, 3, dtype=dtype)
    for a in (contractions(3, dtype=dtype), contractions(2, 600, 3, dtype=dtype)):
        x = scan.linear(a, b, initial=x0, chunk=chunk)
        assert x.dtype == dtype
        assert abs(x - loop(a, b, x0)).max() <= bound(x)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_powers_of_a_constant_multiplier(chunk):
    a = numpy.array([0.5, -0.25, 1.0, 0.999])
    source, x0 = numpy.zeros((300, 4)), numpy.array([1.0, 2.0, 3.0, 4.0])
    x = scan.linear(a, source, initial=x0, chunk=chunk)
    exact = a ** numpy.arange(1.0, 301)[:, None] * x0
    assert (x[:, :3] == exact[:, :3]).all()  # products of powers of 2 are exact
    numpy.testing.assert_allclose(x[:, 3], exact[:, 3], rtol=600 * 2.0**-53)


@pytest.mark.parametrize("chunk", [7, None])
def test_a_scan_from_the_end_is_the_scan_of_the_reversed(chunk):
    a, b, x0 = contractions(50, 3, dtype="complex128"), numbers(2, 50, 3), numbers(3)
    backward = scan.linear(a, b, initial=x0, reverse=True, chunk=chunk)
    forward = scan.linear(a[::-1], b[:, ::-1], initial=x0, chunk=chunk)
    assert backward.tobytes() == forward[:, ::-1].tobytes()


def test_adjoint_of_the_scan():
    """<y, S b> = <S* y, b>: S* scans from the end with conj(a), one step later."""
    a, b, y = (contractions(300, 2, dtype="complex128") for _ in range(3))
    later = numpy.concatenate([a[1:], numpy.zeros((1, 2))]).conj()
    left = numpy.vdot(y, scan.linear(a, b, chunk=64))
    right = numpy.vdot(scan.linear(later, y, reverse=True, chunk=64), b)
    # Sums of 600 products of modulus up to 300.
    assert abs(left - right) <= 600 * 300 * 2.0**-52


@pytest.mark.parametrize("dtype", ["float64", "complex128", *SINGLE])
@pytest.mark.parametrize("varying", [False, True])
def test_the_same_bits_on_every_path(monkeypatch, dtype, varying):
    monkeypatch.setattr(workers, "THREAD_WORK", 1)
    shape = (3, 100, 5)
    a = contractions(*(shape if varying else shape[-1:]), dtype=dtype)
    b, x0 = numbers(*shape, dtype=dtype), numbers(3, 5, dtype=dtype)
    for chunk in (7, 100):
        found = []
        # One thread runs the fused kernel, two and three run the three launches.
        for threads in (1, 2, 3):
            with backend.use("numba", threads=threads):
                found.append(scan.linear(a, b, initial=x0, chunk=chunk).tobytes())
        with backend.use("numpy", threads=1):
            found.append(scan.linear(a, b, initial=x0, chunk=chunk).tobytes())
        assert len(set(found)) == 1


def test_auto_looks_at_shapes_only():
    a = [0.999]
    for shape, chunk in (
        ((1, 1024, 1), 256),
        ((1, 1023, 1), None),
        ((1024, 1024, 1), None),
    ):
        b = numbers(*shape)
        for threads in (1, 2):
            with backend.use("numba", threads=threads):
                assert (scan.linear(a, b) == scan.linear(a, b, chunk=chunk)).all()
    # The two differ, so that the comparison above tells them apart.
    b = numbers(1, 1024, 1)
    assert (scan.linear(a, b, chunk=256) != scan.linear(a, b, chunk=None)).any()


@pytest.mark.parametrize(
    ("multiplier", "initial"),
    [
        ((), ()),
        ((4,), (4,)),
        ((5, 4), (3, 4)),
        ((3, 1, 1), (1, 4)),
        ((2, 1, 5, 1), (2, 3, 1)),
    ],
)
def test_multiplier_and_initial_broadcast(multiplier, initial):
    a, x0, b = contractions(*multiplier), numbers(*initial), numbers(2, 3, 5, 4)
    whole = scan.linear(
        numpy.broadcast_to(a, b.shape),
        b,
        initial=numpy.broadcast_to(x0, (2, 3, 4)),
        chunk=2,
    )
    assert scan.linear(a, b, initial=x0, chunk=2).tobytes() == whole.tobytes()


def test_real_and_complex_mix_and_layouts_do_not_matter():
    a, b = contractions(3, dtype="complex128"), numbers(20, 3)
    mixed = scan.linear(a, b)
    assert mixed.dtype == numpy.complex128
    assert mixed.tobytes() == scan.linear(a, b.astype("complex128")).tobytes()
    real = scan.linear(a.real, b.astype("complex128"))
    assert (real.real == scan.linear(a.real, b)).all()
    assert not real.imag.any()
    wide = numpy.zeros((20, 6), order="F")
    wide[:, ::2] = b
    assert scan.linear(a, wide[:, ::2]).tobytes() == mixed.tobytes()
    assert scan.linear([0.5], [[1], [1]]).tolist() == [[1.0], [1.5]]


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (0, 5, 3), (2, 0, 3)])
def test_empty_extents(shape):
    assert scan.linear(numpy.ones(shape[-1]), numpy.ones(shape)).shape == shape


def test_one_step():
    x = scan.linear([0.5], [[2.0]], initial=[4.0], chunk=9)
    assert x.tolist() == [[4.0]]


def test_growth_ends_in_infinity():
    for chunk in CHUNKS:
        x = scan.linear([2.0], numpy.ones((1100, 1)), chunk=chunk)
        assert x[:1023, 0].tolist() == [2.0 ** (k + 1) - 1 for k in range(53)] + [
            2.0 ** (k + 1) for k in range(53, 1023)
        ]
        assert numpy.isinf(x[1024:]).all()
        # While nothing has come in yet, a product that overflows does no harm.
        source = numpy.zeros((600, 1))
        source[520] = 1.0
        late = scan.linear([1e3], source, chunk=chunk)
        assert not late[:520].any()
        numpy.testing.assert_allclose(late[520:600:10, 0], 1e3 ** numpy.arange(0.0, 80, 10))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf])
def test_what_is_not_finite_stays_where_it_belongs(dtype, bad):
    """From step k on in its own channel, for every chunk; nowhere else."""
    for place in ("multiplier", "source"):
        for k in (0, 7, 8, 20):
            a, b = contractions(30, 2, dtype=dtype), numbers(30, 2, dtype=dtype)
            (a if place == "multiplier" else b)[k, 1] = bad
            expected = numpy.zeros((30, 2), bool)
            expected[k:, 1] = True
            for chunk in (1, 7, None):
                assert (~numpy.isfinite(scan.linear(a, b, chunk=chunk)) == expected).all()


def test_out_is_written_and_returned():
    a, b = contractions(3), numbers(40, 3)
    out = numpy.empty((40, 3))
    assert scan.linear(a, b, out=out) is out
    assert (out == scan.linear(a, b)).all()


B = numpy.zeros((4, 3))


@pytest.mark.parametrize(
    ("error", "message", "arguments", "options"),
    [
        (
            ShapeError,
            r"source has shape \(4,\), needed .*source\[:, None\]",
            ([1.0], B[:, 0]),
            {},
        ),
        (ShapeError, r"multiplier has shape \(2,\), which does not", ([1.0, 1.0], B), {}),
        (ShapeError, r"multiplier has shape \(1, 4, 3\)", (B[None], B), {}),
        (ShapeError, r"initial has shape \(4,\)", ([1.0], B), {"initial": B[:, 0]}),
        (ShapeError, r"out has shape \(3, 4\), needed \(4, 3\)", ([1.0], B), {"out": B.T}),
        (
            ParameterError,
            "source is float32 but multiplier is float64",
            ([1.0], B.astype("f4")),
            {},
        ),
        (ParameterError, "chunk is 0; it must be a whole", ([1.0], B), {"chunk": 0}),
        (ParameterError, "chunk is 2.5", ([1.0], B), {"chunk": 2.5}),
        (ParameterError, "out has dtype float32", ([1.0], B), {"out": B.astype("f4")}),
        (ParameterError, "out has dtype .* in C order", ([1.0], B), {"out": B.copy("F")}),
        (ParameterError, "out for x overlaps b", ([1.0], B), {"out": B}),
        (BackendError, "out is a list", ([1.0], B), {"out": B.tolist()}),
        (ParameterError, "source has dtype bool", ([1.0], B > 0), {}),
    ],
)
def test_errors(error, message, arguments, options):
    with pytest.raises(error, match=message):
        scan.linear(*arguments, **options)
