"""Random streams: known answers, the offset rule, the exact inverse, moments."""

import mpmath
import numpy
import pytest
from scipy.special import ndtr

from perturbsci import backend
from perturbsci.backend import draws, random
from perturbsci.backend.launch import kernel
from perturbsci.errors import BackendError, ParameterError, ShapeError

ONES = [2**32 - 1] * 4
PI = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
ANSWERS = (
    ([0] * 4, [0] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    (ONES, ONES[:2], "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (PI, [0xA4093822, 0x299F31D0], "d16cfe09 94fdcceb 5001e420 24126ea1"),
)
SEEDS = (0, 1, 2, 2**32 + 5, 2**64 - 1)
DRAWS = {
    "uniform": random.uniform,
    "normal": random.normal,
    "integers": lambda *args, **options: random.integers(-5, 2**40, *args, **options),
}


@pytest.mark.parametrize(("counter", "key", "words"), ANSWERS)
def test_known_answers_of_philox(counter, key, words):
    found = random.philox(numpy.array(counter, "u4"), numpy.array(key, "u4"))
    assert " ".join(f"{word:08x}" for word in found.tolist()) == words


def words_of(element, *, seed, stream):
    """Return the two words that an element is made of, from integers alone."""
    block = element // 2
    counter = [block, block >> 32, stream, stream >> 32]
    low_high = [
        numpy.array([v % 2**32 for v in x], "u4") for x in (counter, [seed, seed >> 32])
    ]
    words = random.philox(*low_high).tolist()
    return words[2:] if element % 2 else words[:2]


@pytest.mark.parametrize("offset", [0, 5, 2**33 - 3, 2**62 + 1])
def test_draws_are_made_of_their_words(offset):
    settings = {"seed": 2**63 + 11, "stream": 2**40 + 3}
    words = [words_of(offset + k, **settings) for k in range(7)]
    u8 = random.uniform(7, offset=offset, **settings)
    assert u8.tolist() == [(a << 21 ^ b) % 2**53 * 2.0**-53 for a, b in words]
    u4 = random.uniform(7, offset=offset, dtype="f4", **settings)
    assert u4.dtype == numpy.float32
    assert u4.tolist() == [(a >> 8) * 2.0**-24 for a, b in words]
    for low, high in ((0, 1), (-3, 4), (-(2**63), 2**63 - 1)):
        drawn = random.integers(low, high, 7, offset=offset, **settings)
        assert drawn.tolist() == [
            low + ((a << 32 | b) * (high - low) >> 64) for a, b in words
        ]


@pytest.mark.parametrize("name", DRAWS)
def test_an_offset_continues_the_stream(name):
    draw = DRAWS[name]
    whole = draw(10, seed=3, offset=0)
    for skip in range(10):
        assert draw(10 - skip, seed=3, offset=skip).tobytes() == whole[skip:].tobytes()
    assert draw((2, 5), seed=3).tobytes() == whole.tobytes()
    assert draw((), seed=3).shape == ()
    assert draw((4, 0), seed=3).shape == (4, 0)


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_bits_for_any_threads_and_in_the_interpreter(name):
    draw = DRAWS[name]
    whole = draw(30_000, seed=9, stream=1)
    for threads in (1, 2, 3):
        with backend.use("numba", threads=threads):
            assert draw(30_000, seed=9, stream=1).tobytes() == whole.tobytes()
    assert draw(130, seed=9, stream=1, backend="numpy").tobytes() == whole[:130].tobytes()


def test_a_generator_gives_one_draw_of_64_bits():
    generator, twin = numpy.random.default_rng(4), numpy.random.default_rng(4)
    for _ in range(2):
        seed = int(twin.integers(0, 2**64, dtype=numpy.uint64))
        drawn = random.uniform(3, seed=generator)
        assert drawn.tolist() == random.uniform(3, seed=seed).tolist()


@kernel("p[n]:f8 -> x[n]:f8", over="n")
def quantile(i, p, x):
    x[i] = draws._lower_quantile(p[i])


@kernel("words[n, 2]:u8 -> x[n]:f8", over="n")
def of_words(i, words, x):
    x[i] = draws._normal(words[i, 0], words[i, 1])


def exact_quantile(p, start):
    """Return the root x of Phi(x) = p by Newton's rule with 40 digits."""
    x = mpmath.mpf(start)
    for _ in range(2):  # from 1e-13 to 1e-26 to 1e-52, beyond the 40 digits
        density = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        x -= (mpmath.ncdf(x) - mpmath.mpf(p)) / density
    return x


def test_the_inverse_normal_distribution_is_exact_to_1e_15():
    rng = numpy.random.default_rng(0)
    named = [0.1, 1e-3, 1e-10, 2.0**-54, 0.075, numpy.exp(-25), 0.5 - 2.0**-53]
    p = numpy.concatenate(
        [named, rng.uniform(0, 0.5, 100), 10 ** rng.uniform(-16, -1, 200)]
    )
    with mpmath.workdps(40):
        for value, x in zip(p.tolist(), quantile(p).tolist(), strict=True):
            assert abs(exact_quantile(value, x) / mpmath.mpf(x) - 1) <= 1e-15


def test_normals_are_odd_about_the_middle_and_round_to_float32():
    ends = numpy.array([[0, 0], [2**32 - 1, 2**21 - 1], [2**31 - 1, 2**21 - 1], [2**31, 0]])
    least, greatest, below, above = of_words(ends.astype("u8"))
    # K = 0 and 2^53 - 1; K = 2^52 - 1 and 2^52 lie 2^-54 from 1/2, where x = sqrt(2 pi) q.
    assert -least == greatest == -float(quantile(numpy.array([2.0**-54]))[0])
    assert -below == above == pytest.approx(numpy.sqrt(2 * numpy.pi) * 2.0**-54, rel=1e-15)
    normals = random.normal(10_000, seed=5)
    # ndtr is good to 1e-15; K + 1/2 against K makes 2^-54.
    numpy.testing.assert_allclose(ndtr(normals), random.uniform(10_000, seed=5), atol=4e-15)
    assert (random.normal(10_000, seed=5, dtype="f4") == normals.astype("f4")).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_moments_and_distribution_of_a_million_normals(seed):
    n = 10**6
    x = random.normal(n, seed=seed)
    # Four standard errors, 1/sqrt(n) and sqrt(2/n).
    assert abs(x.mean()) < 4e-3
    assert abs(x.var() - 1) < 6e-3
    steps = numpy.arange(n + 1) / n
    cumulated = ndtr(numpy.sort(x))
    distance = max((cumulated - steps[:-1]).max(), (steps[1:] - cumulated).max())
    # Kolmogorov: 2 exp(-2 n D^2) is the probability of a larger distance.
    assert 2 * numpy.exp(-2 * n * distance**2) > 1e-3
    assert abs(x @ random.normal(n, seed=seed, stream=1)) / n < 4e-3


def test_every_digit_of_a_die_is_as_frequent():
    n = 600_000
    counts = numpy.bincount(random.integers(1, 7, n, seed=0), minlength=7)
    assert counts[0] == 0
    chi_square = ((counts[1:] - n / 6) ** 2).sum() / (n / 6)
    assert chi_square < 20.5  # probability 1e-3 with 5 degrees of freedom


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, r"seed is -1; .* in \[0, 2\^64\) or a numpy.random.Generator"),
        ({"seed": 2**64}, "seed is 1844"),
        ({"seed": 1.0}, "seed is 1.0"),
        ({"seed": True}, "seed is True"),
        ({"seed": None}, "seed is None"),
        ({"shape": -1}, r"shape is -1; it must be a whole number in \[0, 2\^63\)"),
        ({"shape": (2, 1.5)}, "shape is 1.5"),
        ({"stream": 2**64}, "stream is 1844"),
        ({"offset": -2}, "offset is -2"),
        ({"dtype": "f2"}, "dtype is 'f2'; it must be 'f8' or 'f4'"),
        ({"backend": "tpu"}, "backend is 'tpu'"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ParameterError, match=message):
        random.uniform(**{"shape": 3, "seed": 0, **options})


def test_errors_of_integers_and_philox():
    with pytest.raises(ParameterError, match="low is 3 and high is 3; low must lie below"):
        random.integers(3, 3, 2, seed=0)
    with pytest.raises(ParameterError, match=r"high is 9.*; .* in \[-2\^63, 2\^63\)"):
        random.integers(0, 2**63, 2, seed=0)
    with pytest.raises(ShapeError, match=r"counter has shape \(3,\), needed 4 words"):
        random.philox(numpy.zeros(3, "u4"), numpy.zeros(2, "u4"))
    with pytest.raises(ShapeError, match="key"):
        random.philox(numpy.zeros(4, "u4"), numpy.zeros(3, "u4"))
    with pytest.raises(BackendError, match="counter is a list"):
        random.philox([0, 0, 0, 0], numpy.zeros(2, "u4"))
