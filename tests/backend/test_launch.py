"""Calls of kernels: what decides precision and device, outputs, threads, memory."""

import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import array_api_strict
import numpy
import pytest

from perturbsci import backend
from perturbsci.backend import workers
from perturbsci.backend.arrays import blocks
from perturbsci.backend.kernels.pairwise import radial_matrix
from perturbsci.backend.language import u8, wide
from perturbsci.errors import BackendError, KernelError, ParameterError, ShapeError


@backend.kernel("x[n], a -> y[n]", over="n")
def scale(i, x, a, y):
    y[i] = a * x[i]


@backend.kernel("total[n], x[n] -> square[n], total[n], _work[n]", over="n")
def collect(i, total, x, square, _work):
    _work[i] = x[i] * x[i]
    square[i] = _work[i]
    total[i] = total[i] + _work[i]


@backend.kernel("n:i, first -> ramp[n], count[n]:i", over="n")
def ramp(i, n, first, ramp, count):
    ramp[i] = first + i
    count[i] = n - i


@backend.kernel("z[n]:c, q:i -> power[n, q]:c", over="n", cost="8 q")
def powers(i, z, q, power):
    real = 1.0
    imaginary = 0.0
    for k in range(q):
        power[i, k, 0] = real
        power[i, k, 1] = imaginary
        product = real * z[i, 0] - imaginary * z[i, 1]
        imaginary = real * z[i, 1] + imaginary * z[i, 0]
        real = product


def test_outputs_come_in_the_order_right_of_the_arrow_without_scratch():
    total = numpy.ones(3)
    square, same = collect(total, numpy.arange(3.0))
    assert same is total
    assert square.tolist() == [0.0, 1.0, 4.0]
    assert total.tolist() == [1.0, 2.0, 5.0]


def test_integers_become_float64_and_do_not_mix_with_float32():
    assert scale(numpy.arange(3), 0.5).dtype == numpy.float64
    assert scale(numpy.ones(3, bool), 0.5).tolist() == [0.5] * 3
    total = numpy.ones(3, "f4")
    with pytest.raises(ParameterError, match=r"total is float32 but x is float64.*astype"):
        collect(total, numpy.arange(3))


def test_without_an_array_the_output_decides_precision():
    values, counts = ramp(3, 0.5)
    assert (values.dtype, counts.tolist()) == (numpy.float64, [3, 2, 1])
    out = (numpy.empty(3, "f4"), numpy.empty(3, int))
    assert ramp(3, 0.5, out=out)[0] is out[0]
    assert out[0].tolist() == [0.5, 1.5, 2.5]


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_complex_arrays_and_a_whole_number_that_binds_an_extent(dtype):
    z = numpy.array([1j, 2.0], dtype)
    expected = [[1, 1j, -1], [1, 2, 4]]
    assert powers(z, 3).dtype == dtype
    numpy.testing.assert_array_equal(powers(z, 3), expected)
    numpy.testing.assert_array_equal(powers(z.real, 1), [[1], [1]])
    with pytest.raises(ShapeError, match="power would have shape"):
        powers(z, -1)


@pytest.mark.parametrize("wrong", [2.5, "3", None, 2**64, float("nan"), 1j])
def test_a_whole_number_has_no_fraction(wrong):
    with pytest.raises(ParameterError, match=r"powers: q is .*without a fraction"):
        powers(numpy.ones(2, complex), wrong)


@pytest.mark.parametrize("wrong", ["0.5", None, 1j, numpy.complex64(1), numpy.ones(2)])
def test_a_real_number_is_real(wrong):
    with pytest.raises(ParameterError, match=r"scale: a is .*one real number"):
        scale(numpy.ones(2), wrong)


def test_numbers_of_any_real_type_are_taken():
    for number in (2, True, numpy.float32(0.5), numpy.array(0.25), numpy.int8(3)):
        assert scale(numpy.ones(1), number)[0] == float(number)
    assert scale(numpy.ones(1, "f4"), 1e300)[0] == numpy.inf


def test_float32_takes_a_number_rounded_once():
    assert scale(numpy.ones(1, "f4"), 0.1)[0] == numpy.float32(0.1)


def test_arrays_that_lie_askew_are_copied():
    memory = numpy.zeros(25, "u1")
    askew = memory[1:].view("f8")
    askew[:] = [1.0, 2.0, 3.0]
    assert not askew.flags.aligned
    assert scale(askew, 2.0).tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(ParameterError, match="aligned False"):
        scale(numpy.ones(3), 2.0, out=askew)


def test_what_is_no_array_of_ours_is_refused():
    for other in (array_api_strict.ones(3), [1.0, 2.0, 3.0], 1.0):
        with pytest.raises(BackendError, match=r"scale: x is a .*to_device"):
            scale(other, 2.0)
    with pytest.raises(ParameterError, match=r"masked array.*filled"):
        scale(numpy.ma.masked_array([1.0, 2.0], [True, False]), 2.0)
    total = numpy.ones(3)
    total.flags.writeable = False
    with pytest.raises(ParameterError, match="total is read-only"):
        collect(total, numpy.ones(3))


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2"])
def test_threads_are_counted_from_one(wrong):
    with pytest.raises(ParameterError, match=r"scale: threads is .*from 1 on"):
        scale(numpy.ones(3), 2.0, threads=wrong)


def test_a_cost_names_extents_that_exist():
    with pytest.raises(KernelError, match="cost='m' has the factor 'm'"):

        @backend.kernel("x[n] -> y[n]", over="n", cost="m")
        def body(i, x, y):
            y[i] = x[i]


def test_bound_steps_allocate_nothing():
    step = scale.bind(numpy.ones(100), 2.0, out=numpy.empty(100))
    step()
    tracemalloc.start()
    for _ in range(10):
        step()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(10_000):
        step()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before <= 64  # the loop counter itself
    assert peak - before <= 1024


def test_bind_copies_nothing():
    with pytest.raises(ParameterError, match="x has dtype int64"):
        scale.bind(numpy.arange(3), 2.0, out=numpy.empty(3))
    with pytest.raises(ParameterError, match="out is None; pass the arrays"):
        scale.bind(numpy.ones(3), 2.0)


def test_eight_threads_at_once_give_the_same_bits():
    x = numpy.random.default_rng(0).random((8, 1000))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: scale(row, 1.1), x))
    assert numpy.stack(found).tobytes() == scale(x.ravel(), 1.1).tobytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_computes_on_threads_of_its_own(monkeypatch):
    monkeypatch.setattr(workers, "THREAD_WORK", 1)
    x = numpy.arange(1000.0)
    expected = scale(x, 1.1, threads=2).tobytes()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(
            writing, b"same" if scale(x, 1.1, threads=2).tobytes() == expected else b"no"
        )
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 4) == b"same"
    os.waitpid(child, 0)


def test_blocks_cover_the_range_and_fit():
    for n, limit in ((0, 8), (1, 8), (7, 24), (7, 1)):
        parts = list(blocks(n, 8, memory=limit))
        assert [k for part in parts for k in range(part.start, part.stop)] == list(range(n))
        assert all(8 * (part.stop - part.start) <= max(limit, 8) for part in parts)
    with backend.use("numba", memory=80):
        assert next(blocks(100, 8)) == slice(0, 10)
    assert next(blocks(2**40, 1)).stop <= 2**28


def test_the_size_of_blocks_does_not_change_a_bit():
    x = numpy.random.default_rng(0).random((50, 2))
    whole = radial_matrix(x, x, 0.3, 0)
    for rows in (1, 7, 50):
        parts = [radial_matrix(x[b], x, 0.3, 0) for b in blocks(50, 800, memory=800 * rows)]
        assert len(parts) == -(-50 // rows)
        assert numpy.concatenate(parts).tobytes() == whole.tobytes()


def test_synchronize_waits_for_nothing_on_a_host():
    backend.synchronize()
    backend.synchronize("numpy")
    with pytest.raises(ParameterError, match="'jax'"):
        backend.synchronize("jax")


def test_kernels_compile_in_memory_where_no_folder_is_safe(monkeypatch, tmp_path):
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    for folder, problem in ((open_folder, "chmod 700"), (tmp_path / "file" / "x", "made")):
        (tmp_path / "file").touch()
        monkeypatch.setenv("PERTURBSCI_CACHE_DIR", str(folder))

        @backend.kernel("x[n] -> y[n]", over="n")
        def twice(i, x, y):
            y[i] = 2.0 * x[i]

        before = backend.info().compiled
        assert twice(numpy.ones(2)).tolist() == [2.0, 2.0]
        assert problem in backend.info().cache_problem
        assert backend.info().compiled == before + 1
    assert list(open_folder.iterdir()) == []


def test_negative_whole_numbers_wrap_to_unsigned_on_every_route():
    @backend.kernel("x[n], shift:i -> y[n]:u8", over="n")
    def wrapped(i, x, shift, y):
        y[i] = u8(shift - i)

    found = wrapped(numpy.ones(3), 1)
    assert found.tolist() == [1, 0, 2**64 - 1]
    with backend.use("numpy"):
        assert wrapped(numpy.ones(3), 1).tolist() == found.tolist()


def test_a_signature_may_stand_on_several_lines():
    @backend.kernel(
        """x[n],
        a -> y[n]""",
        over="n",
    )
    def times(i, x, a, y):
        y[i] = a * x[i]

    assert times.signature == "x[n], a -> y[n]"
    assert times(numpy.ones(1), 2.0)[0] == 2.0


def test_literals_of_64_bits_and_shifts_of_negative_numbers():
    @backend.kernel("n:i, x[n] -> y[n]:u8, z[n]:i", over="n")
    def shifted(i, n, x, y, z):
        y[i] = u8(0x9E3779B97F4A7C15) * u8(i + 1)
        z[i] = (1 - i) << 3

    y, z = shifted(3, numpy.ones(3))
    assert y.tolist() == [k * 0x9E3779B97F4A7C15 % 2**64 for k in (1, 2, 3)]
    assert z.tolist() == [8, 0, -8]
    assert "0x9E" not in shifted.source("c++")  # decimal, unsigned
    assert f"{0x9E3779B97F4A7C15}ULL" in shifted.source("c++")


def plus(x, y):
    """A function that bodies call for two types."""
    return x + y


def test_one_function_serves_two_types_in_one_kernel():
    @backend.kernel("x[n] -> y[n]", over="n")
    def both(i, x, y):
        y[i] = plus(x[i], 1.0) + float(plus(wide(x[i]), wide(1)))

    for dtype in ("f4", "f8"):
        assert both(numpy.ones(1, dtype)).tolist() == [4.0]


def test_a_loop_to_an_entry_of_an_input_stays_outside_the_lanes():
    @backend.kernel("x[n], most[m]:i -> y[n]", over="n", schedule="lanes")
    def repeated(i, x, most, y):
        total = 0.0
        for j in range(most[0]):
            total += x[i] + j
        y[i] = total

    text = repeated.source("numba")
    assert text.index("for j in") < text.rindex("for lane_ in")
    assert repeated(numpy.zeros(70), numpy.array([4]))[-1] == 6.0
