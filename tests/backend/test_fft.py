"""Transforms on identities and closed forms, in every precision and layout."""

import numpy as np
import pytest
import scipy.fft

from perturbsci.backend import fft, use
from perturbsci.errors import BackendError, ParameterError, ShapeError

DTYPES = ["f4", "f8", "c8", "c16"]
LENGTHS = [1, 2, 3, 8, 15, 97, 360, 1024]


def numbers(dtype, *shape, seed=0):
    rng = np.random.default_rng([seed, *shape])
    values = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return (values if dtype[0] == "c" else values.real).astype(dtype)


def is_near(found, wanted, dtype, n):
    """Say whether the error in the 2-norm is 8 log2(2 n) roundings of the norm.

    Also for prime lengths, which go through three transforms of about twice the length.
    """
    limit = 8 * np.log2(2 * n) * np.finfo(dtype).eps * np.linalg.norm(wanted)
    return np.linalg.norm(np.asarray(found) - wanted) <= limit


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_one_axis_against_the_matrix_of_the_definition(dtype, n):
    x = numbers(dtype, 3, n)
    # Exponents are reduced mod n first: exp(2 pi i j k / n) of large j k loses digits.
    k = np.arange(n)
    matrix = np.exp(-2j * np.pi * (np.outer(k, k) % n) / n)
    complex_type = np.result_type(dtype, np.complex64)
    transform = fft.fft(x)
    assert transform.dtype == complex_type
    assert is_near(transform, x @ matrix, dtype, n)
    assert is_near(fft.ifft(transform), x, dtype, n)
    assert is_near(np.linalg.norm(transform), np.linalg.norm(x) * n**0.5, dtype, n)
    if dtype[0] == "f":
        half = fft.rfft(x)
        assert half.dtype == complex_type
        assert is_near(half, (x @ matrix)[:, : n // 2 + 1], dtype, n)
        assert fft.irfft(half, n).dtype == dtype
        assert is_near(fft.irfft(half, n), x, dtype, n)


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("axes", [None, (0,), (2, 0), (-1, 1)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_several_axes_are_single_ones_in_turn(dtype, axes, norm):
    x = numbers(dtype, 4, 5, 6)
    wanted, back = x, x
    for axis in axes or (0, 1, 2):
        wanted = fft.fft(wanted, axis=axis, norm=norm)
        back = fft.ifft(back, axis=axis, norm=norm)
    assert is_near(fft.fftn(x, axes=axes, norm=norm), wanted, dtype, 120)
    assert is_near(fft.ifftn(x, axes=axes, norm=norm), back, dtype, 120)
    if dtype[0] == "f":
        half = fft.rfftn(x, axes=axes, norm=norm)
        last = (axes or (2,))[-1]
        kept = np.take(wanted, range(x.shape[last] // 2 + 1), axis=last)
        assert is_near(half, kept, dtype, 120)
        lengths = tuple(x.shape[axis] for axis in axes or (0, 1, 2))
        assert is_near(fft.irfftn(half, lengths, axes, norm), x, dtype, 120)


def test_lengths_cut_and_fill():
    x = numbers("f8", 2, 6)
    longer = np.concatenate([x, np.zeros((2, 3))], axis=1)
    assert np.array_equal(fft.fft(x, 4), fft.fft(x[:, :4]))
    assert np.array_equal(fft.rfft(x, 9), fft.rfft(longer))
    assert np.array_equal(fft.fftn(x, (9,)), fft.fftn(longer, axes=(1,)))
    assert fft.irfft(fft.rfft(x)).shape == (2, 6)
    assert fft.irfftn(fft.rfftn(x)).shape == (2, 6)


@pytest.mark.parametrize("n", [2, 3, 8, 15, 97])
def test_a_wave_has_one_line_and_its_derivative(n):
    length = 3.0
    k = (n - 1) // 2
    wave = np.exp(2j * np.pi * (k * np.arange(n) % n) / n)
    lines = fft.fft(wave)
    assert is_near(lines, n * np.eye(n)[k], "f8", n)
    assert fft.fftfreq(n, length / n)[k] == pytest.approx(k / length, rel=1e-15)
    derivative = fft.ifft(1j * fft.wavenumbers(n, length) * lines)
    # Rounding of every line is multiplied by the largest wavenumber.
    error = np.abs(derivative - 2j * np.pi * k / length * wave).max()
    assert error <= 50 * n * 2.0**-53 * np.pi * n / length


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies_are_whole_numbers_over_the_length(n):
    whole = [k if 2 * k < n else k - n for k in range(n)]
    assert (fft.fftfreq(n) * n).round(12).tolist() == whole
    assert (fft.rfftfreq(n) * n).round(12).tolist() == list(range(n // 2 + 1))
    assert np.array_equal(fft.wavenumbers(n, 2 * np.pi, backend="numpy"), whole)
    assert np.array_equal(fft.fftfreq(n, 0.25), 4 * fft.fftfreq(n))
    assert np.array_equal(fft.rfftfreq(n, 0.25), 4 * fft.rfftfreq(n))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    ("kind", "n"), [(1, 2), (1, 3), (1, 9), (1, 64), (2, 1), (2, 2), (2, 9), (2, 64)]
)
def test_cosine_transforms_of_cosines(kind, dtype, n):
    j = np.arange(n)
    angles = np.pi * j / (n - 1) if kind == 1 else np.pi * (j + 0.5) / n
    cosines = np.cos(np.outer(j, angles))  # row m: cos(m angle)
    weight = np.where((j == 0) | ((j == n - 1) & (kind == 1)), 2, 1)
    size = n - 1 if kind == 1 else n
    transform = fft.dct(cosines.astype(dtype), type=kind)
    assert transform.dtype == dtype
    assert is_near(transform, np.diag(size * weight), dtype, n)
    for axis in (0, 1):
        back = fft.idct(fft.dct(cosines, type=kind, axis=axis), type=kind, axis=axis)
        assert is_near(back, cosines, "f8", n)


def test_any_layout_and_integers():
    x = numbers("c16", 6, 8)
    for given in (np.asfortranarray(x), x.astype(">c16"), np.repeat(x, 2, axis=1)[:, ::2]):
        assert np.array_equal(fft.fft(given), fft.fft(x))
    assert np.array_equal(fft.rfft([1, 2, 1, 0]), [4, -2j, 0])
    assert fft.fft(np.zeros((0, 4))).shape == (0, 4)


@pytest.mark.parametrize("name", ["fft", "ifft", "fftn", "ifftn", "irfft", "irfftn"])
def test_inputs_survive_unless_they_may_be_used_up(name):
    x = numbers("c16", 16, 64)
    before, transform = x.copy(), getattr(fft, name)
    wanted = transform(x)
    assert np.array_equal(x, before)
    assert np.array_equal(transform(x, overwrite=True), wanted)


@pytest.mark.parametrize("name", ["fft", "rfft", "fftn", "dct"])
def test_threads_do_not_change_the_bits(name):
    x = numbers("f8", 128, 1024)
    results = []
    for threads in (1, 2):
        with use("numpy", threads=threads):
            results.append(getattr(fft, name)(x))
    assert np.array_equal(*results)


def test_the_threads_in_force_are_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(scipy.fft, "fft", lambda x, **options: asked.append(options))
    with use("numpy", threads=3):
        fft.fft(np.ones((512, 256)))
        fft.fft(np.ones(4))  # too short to be divided
    monkeypatch.setattr(scipy.fft, "dct", lambda x, **options: asked.append(options))
    with use("numpy", threads=2):
        fft.dct(np.ones((512, 256)))
        fft.dct(np.ones(4))
    assert [options["workers"] for options in asked] == [3, 1, 2, 1]


def test_not_a_number_passes_through():
    assert np.isnan(fft.fft(np.array([1.0, np.nan, 2.0]))).all()


def test_fast_lengths_have_small_factors_and_none_is_left_out():
    smooth = sorted(
        2**i * 3**j * 5**k for i in range(11) for j in range(7) for k in range(5)
    )
    for n in range(1, 1000):
        assert fft.next_fast_length(n) == next(each for each in smooth if each >= n)


def test_there_are_no_plans_to_clear_on_a_host():
    assert fft.clear_plans() is None


@pytest.mark.parametrize("transform", [fft.rfft, fft.rfftn, fft.dct, fft.idct])
def test_real_transforms_take_real_numbers(transform):
    with pytest.raises(ParameterError, match=r"x has dtype complex128, .*x.real"):
        transform(np.ones(4) * 1j)


def test_what_transforms_refuse():
    x = np.ones((2, 3))
    with pytest.raises(ParameterError, match="norm is 'unitary'; it must be one of"):
        fft.fft(x, norm="unitary")
    with pytest.raises(ShapeError, match=r"axis is \(2,\) but x has .* from -2 to 1"):
        fft.fft(x, axis=2)
    with pytest.raises(ShapeError, match=r"axes is \(\) but x .* one axis or more"):
        fft.fftn(x, axes=())
    with pytest.raises(ParameterError, match=r"axes is \(0, -2\); name each axis once"):
        fft.fftn(x, axes=(0, -2))
    for lengths in ((0,), (2, 3), (2.0,)):
        with pytest.raises(ParameterError, match=r"s is .*(needed one|pass a whole)"):
            fft.fftn(x, lengths, axes=(0,))
    for transform, empty in ((fft.fft, np.zeros((2, 0))), (fft.irfft, np.ones((2, 1)))):
        with pytest.raises(ShapeError, match=r"too short to transform along \(-1,\); pass"):
            transform(empty)
    with pytest.raises(ParameterError, match=r"type is 3; it must be 1 .* or 2"):
        fft.dct(x, type=3)
    with pytest.raises(ShapeError, match=r"x has shape \(1,\), needed 2 entries or more"):
        fft.dct(np.ones(1), type=1)
    with pytest.raises(ShapeError, match=r"axis is 5 but x has .*; needed"):
        fft.idct(x, axis=5)
    with pytest.raises(BackendError, match="cupy"):
        fft.wavenumbers(4, 1.0, backend="cupy")


@pytest.mark.parametrize("n", [0, -3, 2.5])
def test_counts_are_whole(n):
    for function in (fft.next_fast_length, fft.fftfreq, fft.rfftfreq):
        with pytest.raises(ParameterError, match=r"n is .*; pass a whole number"):
            function(n)


@pytest.mark.parametrize("size", [0.0, -1.0, np.inf, np.nan])
def test_lengths_are_positive(size):
    with pytest.raises(
        ParameterError, match=r"length is .*; pass one finite number above 0"
    ):
        fft.wavenumbers(4, size)
    with pytest.raises(ParameterError, match=r"step is .*; pass one finite number above 0"):
        fft.rfftfreq(4, size)
