"""What is outside the language: refused at decoration, with file, line and source line."""

import re

import numpy
import pytest

from perturbsci.backend.launch import kernel, kernel_from_text
from perturbsci.errors import BackendError, KernelError, ParameterError, ShapeError

FORBIDDEN = {
    "y[i] = [x[i]][0]": "is no array argument",
    "y[i] = x[i] ** 0.5": "math.pow",
    "y[i] = x[i] % 2.0": "for whole numbers",
    "y[i] = x[0.5]": "whole number",
    "y[i] = x[i, 0]": "has 1 axes",
    "y[i] = x[-1]": "not wrapped",
    "x[i] = 1.0": "right of the arrow",
    "i = 3": "is an argument",
    "a = 1.0 if x[i] > 0 else 2\n    a = x[i] > 0": "cannot become b",
    "if x[i] > 0:\n        a = 1.0\n    y[i] = a": "not assigned on every path",
    "for j in range(3):\n        j = 2": "variable of a loop",
    "for j in range(3):\n        pass\n    y[i] = 1.0 * j": "not assigned on every path",
    "for j in range(3):\n        pass\n    j = 2": "variable of a loop",
    "j = 2\n    for j in range(3):\n        pass": "is taken",
    "for j in [1, 2]:\n        pass": r"range\(",
    "for j in range(0, 9, 0):\n        pass": "not 0",
    "return x[i]": "returns nothing",
    "y[i] = print(x[i])": "no function of the language",
    "y[i] = unknown": "no local, argument",
    "y[i] = x": "is an array",
    "with x:\n        pass": "allowed are",
    "try:\n        pass\n    except ValueError:\n        pass": "allowed are",
    "y[i] = (lambda: 1.0)()": "no function of the language",
    "y[i] = x[i] if i else 0.0": "a condition is a comparison",
    "y[i] = x.shape[2]": "literal k",
    "y[i] = abs(x=1.0)": "without keywords",
    "float64 = 1.0": "reserved",
    "signed = 1.0": "reserved",
    "y[i] = x[i] + (9223372036854775808 + i)": "does not fit into int64",
    "y[i] = 1.0\n    return\n    y[i] = 2.0": "never reached",
    "import math": "allowed are",
    "a, b = x[i]": "unpack the values of a call",
    "y[i] = min(x[i])": "takes 2 numbers",
    "y[i] = 'text'": "not in the language",
    "global z": "allowed are",
}


@pytest.mark.parametrize("line", FORBIDDEN)
def test_what_is_outside_is_refused_with_its_line(line):
    text = f"def body(i, x, y):\n    {line}\n"
    with pytest.raises(KernelError, match=FORBIDDEN[line]) as caught:
        kernel_from_text("body", text, "x[n] -> y[n]", over="n")
    message = str(caught.value)
    assert re.search(r"<body>:\d+: ", message)
    assert any(part.strip() in message for part in line.splitlines())


def test_a_function_of_the_language_cannot_call_itself():
    def again(x):
        return again(x)

    with pytest.raises(KernelError, match="cannot call itself"):

        @kernel("x[n] -> y[n]", over="n")
        def body(i, x, y):
            y[i] = again(x[i])


def test_a_function_returns_on_every_path():
    def half(x):  # noqa: RET503 (what the test is about)
        if x > 0:
            return x

    with pytest.raises(KernelError, match="return on every path"):

        @kernel("x[n] -> y[n]", over="n")
        def body(i, x, y):
            y[i] = half(x[i])


@pytest.mark.parametrize(
    ("signature", "over", "advice"),
    [
        ("x[n], y[n]", "n", 'needs one "->"'),
        ("x[n] -> y[m]", "n", "bound by no input"),
        ("x[n] -> y[n]", "m", "bound by no input"),
        ("x[n:2] -> y[n]", "n", "is no extent"),
        ("x[n]:q -> y[n]", "n", "a kind of"),
        ("x[n] -> y", "n", "without extents"),
        ("x[n], x[n] -> y[n]", "n", "stands twice"),
        ("x[a,b,c,d,e] -> y[a]", "a", "at most 4"),
        ("x[n] -> y[n]", "n, n, n, n", "one to three"),
        ("_x[n] -> y[n]", "n", "scratch is an output"),
        ("x[n] -> x[n]:i", "n", "the same on both sides"),
        ("x[n] -> ", "n", "names no output"),
    ],
)
def test_a_signature_that_makes_no_sense_is_refused(signature, over, advice):
    with pytest.raises(KernelError, match=advice):
        kernel_from_text(
            "body", "def body(i, x, y):\n    y[i] = x[i]", signature, over=over
        )


def test_arguments_must_be_those_of_the_signature():
    with pytest.raises(KernelError, match="1 indices, then x, y"):
        kernel_from_text(
            "body", "def body(i, a, y):\n    y[i] = a[i]", "x[n] -> y[n]", over="n"
        )


def test_lanes_cannot_return():
    text = "def body(i, x, y):\n    if x[i] > 0:\n        return\n    y[i] = 1.0"
    with pytest.raises(KernelError, match="schedule='flat'"):
        kernel_from_text("body", text, "x[n] -> y[n]", over="n", schedule="lanes")


@pytest.fixture
def scale():
    @kernel("x[n], z[n, m], a -> y[n+1]", over="n")
    def scaled(i, x, z, a, y):
        y[i] = a * x[i] + z[i, 0]

    return scaled


def test_every_bad_argument_is_named(scale):
    x, z = numpy.zeros(3), numpy.zeros((3, 2))
    with pytest.raises(ShapeError, match=r"z has shape .* where x fixed n = 3"):
        scale(x, numpy.zeros((4, 2)), 1.0)
    with pytest.raises(ShapeError, match="needed 2 axes"):
        scale(x, x, 1.0)
    with pytest.raises(ParameterError, match="x is float32 but z is float64"):
        scale(x.astype("f4"), z, 1.0)
    with pytest.raises(ParameterError, match="got 2 arguments, needed x, z, a"):
        scale(x, z)
    with pytest.raises(ParameterError, match="a is 'text'"):
        scale(x, z, "text")
    with pytest.raises(ParameterError, match=r"x has dtype complex128.*:c"):
        scale(x + 0j, z, 1.0)
    with pytest.raises(ParameterError, match="x has dtype float16"):
        scale(x.astype("f2"), z, 1.0)
    with pytest.raises(BackendError, match=r"x is a list.*to_device"):
        scale([0.0] * 3, z, 1.0)
    with pytest.raises(ShapeError, match=r"out for y has shape \(3,\), needed \(4,\)"):
        scale(x, z, 1.0, out=numpy.zeros(3))
    with pytest.raises(ParameterError, match="out for y has dtype float32"):
        scale(x, z, 1.0, out=numpy.zeros(4, "f4"))
    memory = numpy.zeros(7)
    with pytest.raises(ParameterError, match="overlaps x"):
        scale(memory[:3], z, 1.0, out=memory[2:6])
    with pytest.raises(ParameterError, match="out holds 2 arrays, needed y"):
        scale(x, z, 1.0, out=(x, x))
    with pytest.raises(ParameterError, match="not C-contiguous"):
        scale.bind(numpy.zeros(6)[::2], z, 1.0, out=numpy.zeros(4))


def test_inputs_of_any_layout_are_taken(scale):
    x, z = numpy.arange(3.0), numpy.arange(6.0).reshape(3, 2)
    expected = scale(x, z, 2.0)
    for other in (x.astype(">f8"), numpy.repeat(x, 2)[::2], x.astype(int)):
        numpy.testing.assert_array_equal(scale(other, z, 2.0)[:3], expected[:3])
    numpy.testing.assert_array_equal(
        scale(x, numpy.asfortranarray(z), 2.0)[:3], expected[:3]
    )
