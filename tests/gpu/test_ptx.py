"""Kernels as PTX give the bits of Numba; the interpreter itself is checked first."""

from fractions import Fraction

import numpy
import pytest

from perturbsci.backend.cuda_text import OPTIONS

from . import ptx
from .bodies import EVERY, made
from .nvrtc import compiled, library
from .ptx_arithmetic import (
    compared,
    extreme,
    fused,
    high_part,
    quotient,
    remainder,
    to_whole,
)
from .routes import GRIDS, bits, compiled_by_numba, on_ptx, prepared

needs_nvrtc = pytest.mark.skipif(
    library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"
)

HEAD = """.version 8.8
.target sm_90
.address_size 64
.visible .entry f(.param .u64 f_param_0, .param .u64 f_param_1)
{
.reg .pred %p<4>; .reg .b32 %r<9>; .reg .f32 %f<9>; .reg .b64 %rd<9>; .reg .f64 %fd<9>;
ld.param.u64 %rd1, [f_param_0];
ld.param.u64 %rd2, [f_param_1];
mov.u32 %r1, %tid.x;
mul.wide.u32 %rd3, %r1, 8;
add.s64 %rd4, %rd1, %rd3;
add.s64 %rd5, %rd2, %rd3;
"""


def ran(lines, x, n_lanes=None):
    """Run lines over x and return y; lane k has x[k] at %rd4 and y[k] at %rd5."""
    y = numpy.zeros(x.shape)
    module = ptx.load(HEAD + lines + "\nret;\n}\n")
    module.launch("f", 1, n_lanes or x.size, (x, y))
    return y


COPY = "ld.global.f64 %fd1, [%rd4]; st.global.f64 [%rd5], %fd1;"


def test_a_copy_is_a_copy():
    x = numpy.random.default_rng(0).random(7)
    assert ran(COPY, x).tobytes() == x.tobytes()


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("st.global.f64 [%rd5], %fd7;", "%fd7, which was never set"),
        ("ld.global.f64 %fd1, [%rd4+8];", "out of bounds"),
        ("ld.global.f64 %fd1, [%rd4+-8];", "in no array"),
        ("ld.global.f64 %fd1, [%rd5+-8];", "out of bounds"),
        ("mov.u64 %rd6, 0; ld.global.f64 %fd1, [%rd6];", "address 0x0 is in no array"),
        ("ld.global.f64 %fd1, [%rd5+4];", "not aligned"),
        ("ld.global.f32 %f1, [%rd4];", "accessed as float32"),
        (
            "mov.f64 %fd1, 0d0000000000000000; st.global.f64 [%rd2], %fd1;",
            "two lanes write",
        ),
        (COPY + "bar.sync 0;", "unknown instruction bar.sync"),
        ("add.ftz.f32 %f1, %f2, %f3;", "unknown instruction add.ftz.f32"),
        ("sqrt.approx.f32 %f1, %f2;", "unknown instruction sqrt.approx"),
        ("cvt.f32.f64 %f1, %fd1;", "unknown conversion"),
        ("mov.u32 %f1, %fd1;", "is used as"),
        ("$L: bra $L;", "an endless loop"),
        (".local .align 8 .b8 depot[8];", "unknown directive"),
        ("@%p1 add.s32 %r1, %r1, 1;", "only jumps are guarded"),
        (
            "ld.global.f64 %fd1, [%rd4]; st.global.f64 [%rd5], %fd1;"
            "sub.s64 %rd6, %rd5, %rd3; ld.global.f64 %fd2, [%rd6];",
            "reads what another one wrote",
        ),
        (
            "ld.global.f64 %fd1, [%rd2]; st.global.f64 [%rd5], %fd1;",
            "writes what another one read",
        ),
    ],
)
def test_what_a_device_would_do_silently_is_an_error(lines, problem, monkeypatch):
    monkeypatch.setattr(ptx, "PIECES", 1000)
    with pytest.raises(ptx.PTXError, match=problem):
        ran(lines, numpy.ones(4))


def test_an_input_cannot_be_written():
    x = numpy.ones(4)
    x.flags.writeable = False
    with pytest.raises(ptx.PTXError, match="is an input and is written"):
        ran("mov.f64 %fd1, 0d0000000000000000; st.global.f64 [%rd4], %fd1;", x)


def test_an_output_cannot_be_an_input_too():
    x = numpy.ones(4)
    module = ptx.load(HEAD + COPY + "\nret;\n}\n")
    with pytest.raises(ptx.PTXError, match="shares memory with another"):
        module.launch("f", 1, 3, (x[1:], x[:3]))
    y = numpy.zeros(2)
    module.launch("f", 1, 2, (x[:2], y))
    assert y.tolist() == [1, 1]


def test_arguments_have_the_width_of_parameters():
    module = ptx.load(HEAD + COPY + "\nret;\n}\n")
    with pytest.raises(ptx.PTXError, match="float32, needed uint64"):
        module.launch("f", 1, 1, (numpy.float32(1), 2))


def test_lanes_part_and_meet_again():
    # Collatz steps: every lane leaves the loop at its own time.
    lines = """
    ld.global.f64 %fd1, [%rd4]; cvt.rzi.s64.f64 %rd6, %fd1; mov.u64 %rd7, 0;
    $TOP: setp.eq.s64 %p1, %rd6, 1; @%p1 bra $END;
    add.s64 %rd7, %rd7, 1; and.b64 %rd8, %rd6, 1; setp.eq.s64 %p2, %rd8, 0;
    @%p2 bra $EVEN;
    mad.lo.s64 %rd6, %rd6, 3, 1; bra.uni $TOP;
    $EVEN: shr.s64 %rd6, %rd6, 1; bra.uni $TOP;
    $END: cvt.rn.f64.s64 %fd2, %rd7; st.global.f64 [%rd5], %fd2;
    """
    x = numpy.arange(1.0, 30.0)

    def steps(n):
        return 0 if n == 1 else 1 + steps(n // 2 if n % 2 == 0 else 3 * n + 1)

    assert ran(lines, x).tolist() == [steps(int(n)) for n in x]


def test_bits_move_between_registers_of_one_width():
    lines = """
    ld.global.f64 %fd1, [%rd4]; mov.b64 {%r2, %r3}, %fd1; shf.l.wrap.b32 %r4, %r2, %r3, 8;
    prmt.b32 %r5, %r2, %r3, 0x7654; setp.ne.s32 %p1, %r5, %r3; selp.b32 %r6, 0, %r2, %p1;
    mov.b64 %rd6, {%r6, %r4}; st.global.b64 [%rd5], %rd6;
    """
    x = numpy.random.default_rng(0).random(5)
    old = x.view("u8")
    high, low = old >> 32, old & 0xFFFFFFFF
    new = ((((high << 8) | (low >> 24)) & 0xFFFFFFFF) << 32) | low
    assert ran(lines, x).view("u8").tolist() == new.tolist()


def test_fields_of_bits_are_taken_out_and_put_in():
    lines = """
    ld.global.b64 %rd6, [%rd4]; bfe.u64 %rd7, %rd6, 60, 9; bfe.s64 %rd8, %rd6, 10, 20;
    bfi.b64 %rd6, %rd7, %rd8, 40, 4; st.global.b64 [%rd5], %rd6;
    """
    x = numpy.random.default_rng(0).random(50)
    x *= numpy.resize([1.0, -1e-9, 1e9], 50)
    expected = []
    for word in map(int, x.view("u8")):
        low = (word >> 10) & 0xFFFFF
        low -= (low >> 19) << 20
        expected.append((low & ~(15 << 40) & 2**64 - 1) | (word >> 60) << 40)
    assert ran(lines, x).view("u8").tolist() == expected


def test_a_function_that_nobody_calls_is_passed_over():
    left = ".func  (.param .b64 out) g(\n.param .b64 a\n)\n{\n\tret;\n\n}\n"
    text = (HEAD + COPY + "\nret;\n}\n").replace(".visible", left + ".visible")
    x, y = numpy.ones(2), numpy.zeros(2)
    ptx.load(text).launch("f", 1, 2, (x, y))
    assert y.tolist() == [1, 1]
    with pytest.raises(ptx.PTXError, match=r"unknown instruction call\.uni"):
        ptx.load(text.replace("ret;\n}\n", "call.uni (%rd6), g, (%rd1);\nret;\n}\n"))


def rounded(value, digits, smallest):
    """Return a fraction rounded to nearest even, as a fraction."""
    if value == 0:
        return value
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2) ** exponent
    unit = Fraction(2) ** max(exponent - digits + 1, smallest)
    return round(value / unit) * unit


@pytest.mark.parametrize(
    ("dtype", "digits", "smallest", "ranges"),
    [
        ("f4", 24, -149, ((-1, 1), (-30, 30), (-149, 50))),
        ("f8", 53, -1074, ((-1, 1), (-300, 300), (-540, -480))),
    ],
)
def test_fused_rounds_once(dtype, digits, smallest, ranges):
    rng = numpy.random.default_rng(0)
    for low, high in ranges:
        parts = rng.uniform(-1, 1, (3, 999)), rng.integers(low, high, (3, 999))
        a, b, c = numpy.ldexp(*parts).astype(dtype)
        with numpy.errstate(all="ignore"):
            c[::3] = -(a * b)[::3]  # only the rounding error of the product is left
            c[1::3] = numpy.ldexp((a * b)[1::3], rng.integers(-56, 57, c[1::3].size))
            found = fused(a, b, c)
        for row in zip(a, b, c, found, strict=True):
            x, y, z, w = (Fraction(float(v)) for v in row)
            assert w == rounded(x * y + z, digits, smallest)


def test_fused_at_the_ends():
    inf, nan = numpy.inf, numpy.nan
    a = numpy.array([inf, 0.0, nan, 1e300, -1e300, -0.0, 1e300, 1.0])
    b = numpy.array([2.0, inf, 1.0, 1e300, 1e300, 1.0, 1e9, 1.0])
    c = numpy.array([-1.0, 1.0, 1.0, -inf, 1.0, -0.0, -1e309, -1.0])
    expected = numpy.array([inf, nan, nan, -inf, -inf, -0.0, -inf, 0.0])
    with numpy.errstate(all="ignore"):
        found = fused(a, b, c)
    numpy.testing.assert_array_equal(found, expected)
    assert not numpy.isnan(found[5:]).any()
    assert numpy.signbit(found[5:]).tolist() == [True, True, False]


def test_whole_numbers_are_those_of_c():
    rng = numpy.random.default_rng(0)
    for kind in ("i4", "u4", "i8", "u8"):
        bits_of = 8 * int(kind[1])
        words = rng.integers(0, 256, (2, 500 * bits_of // 8), dtype="u1").view(kind)
        a, b = words[0], words[1] >> (numpy.arange(500) % bits_of).astype(kind)
        b[b == 0] = 3
        cut = [int(Fraction(int(x), int(y))) for x, y in zip(a, b, strict=True)]
        left = [int(x) - q * int(y) for x, q, y in zip(a, cut, b, strict=True)]
        high = [int(x) * int(y) >> bits_of for x, y in zip(a, b, strict=True)]
        assert quotient(a, b).tolist() == cut
        assert remainder(a, b).tolist() == left
        assert high_part(a, b).tolist() == high
    with pytest.raises(ZeroDivisionError):
        quotient(numpy.int64(1), numpy.int64(0))


def test_conversions_to_whole_numbers_clamp():
    x = numpy.array([3.0, -3.0, 1e30, -1e30, numpy.inf, numpy.nan])
    top, low = 2**63 - 1, -(2**63)
    with numpy.errstate(all="ignore"):
        assert to_whole(x, numpy.dtype("i8")).tolist() == [3, -3, top, low, top, low]
        small = to_whole(x.astype("f4"), numpy.dtype("u4"))
    assert small.tolist() == [3, 0, 2**32 - 1, 0, 2**32 - 1, 0]


def test_comparisons_of_nan():
    nan, one = numpy.float64("nan"), numpy.float64(1)
    for relation in ("eq", "ne", "lt", "le", "gt", "ge", "num"):
        assert not compared(relation, real=True)(nan, one)
        assert compared("nan" if relation == "num" else relation + "u", real=True)(nan, one)
    for name, relation in (("lt", "ltu"), ("eq", "equ"), ("ne", "neu"), ("ge", "geu")):
        for pair in ((1.0, 2.0), (2.0, 2.0), (2.0, 1.0)):
            pair = numpy.float64(pair)
            assert compared(name, real=True)(*pair) == compared(relation, real=True)(*pair)


def test_extremes_prefer_numbers_and_order_zeros():
    nan, minus = numpy.float64("nan"), numpy.float64(-0.0)
    pairs = [(nan, 1.0), (1.0, nan), (minus, 0.0), (0.0, minus), (2.0, 1.0)]
    a, b = numpy.array(pairs).T
    low, high = extreme("min")(a, b), extreme("max")(a, b)
    assert low.tolist() == [1, 1, 0, 0, 1]
    assert numpy.signbit(low).tolist() == [False, False, True, True, False]
    assert high.tolist() == [1, 1, 0, 0, 2]
    assert not numpy.signbit(high).any()


@needs_nvrtc
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EVERY)
def test_bodies_give_the_bits_of_numba(name, dtype):
    kernel, inputs = made(name, dtype)
    expected = bits(compiled_by_numba(kernel, inputs))
    for architecture in (75, 90, 120):  # the last comes from a newer code generator
        assert bits(on_ptx(kernel, inputs, architecture=architecture)) == expected
    for grid in GRIDS:
        assert bits(on_ptx(kernel, inputs, grid=grid, backwards=True)) == expected


@needs_nvrtc
def test_a_contracted_kernel_is_the_fused_one():
    kernel, (z, y) = made("product", "float64")
    text, _ = compiled(kernel.source("cuda", "f8"), 90, OPTIONS["fast"])
    call = prepared(kernel, (z, y), 0)
    ptx.load(text).launch("perturbsci_product_f8", 1, call.size, call.cuda)
    # One of the two products of the imaginary part goes into the sum without rounding.
    # What bears no .rn the assembler may still contract; the interpreter leaves it alone.
    a, b, c, d = z.real, z.imag, y.real, y.imag
    ways = (fused(a, d, b * c), fused(b, c, a * d))
    assert any(call.results[0].imag.tobytes() == way.tobytes() for way in ways)
    assert bits(call.results) != bits(compiled_by_numba(kernel, (z, y)))
