"""Single arguments: what passes keeps its value, what does not is refused by name."""

import math
from fractions import Fraction

import numpy as np
import pytest

from perturbsci.arguments import (
    checked_seed,
    flag,
    is_finite_number,
    number,
    one_of,
    positive,
    whole,
)
from perturbsci.errors import ParameterError


@pytest.mark.parametrize("value", [True, np.True_])
def test_a_flag_becomes_that_of_python(value):
    assert flag(value, "strict") is True


@pytest.mark.parametrize("value", [1, 0, None, "yes", np.array([True])])
def test_anything_else_is_no_flag(value):
    with pytest.raises(ParameterError, match=r"strict is .*; pass True or False"):
        flag(value, "strict")
    with pytest.raises(ParameterError, match="pass True to overwrite, else False"):
        flag(value, "replace", meaning="to overwrite")


@pytest.mark.parametrize("value", [2, 2.0, Fraction(2), np.float32(2), np.int8(2)])
def test_a_number_becomes_a_float(value):
    assert type(number(value, "x", least=2, most=2)) is float
    assert positive(value, "x") == 2.0


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, True, 1j, "2", None])
def test_what_is_no_finite_number_is_refused(value):
    assert not is_finite_number(value)
    with pytest.raises(ParameterError, match=r"x is .*; pass one finite number$"):
        number(value, "x")
    with pytest.raises(ParameterError, match="width: pass one finite number above 0"):
        positive(value, "x", meaning="a width")


def test_numbers_out_of_range_are_told_the_range():
    with pytest.raises(ParameterError, match=r"x is -1; .* from 0 on"):
        number(-1, "x", least=0)
    with pytest.raises(ParameterError, match=r"x is 2; .* from 0 to 1"):
        number(2, "x", least=0, most=1)
    with pytest.raises(ParameterError, match=r"x is 0.0; .* above 0"):
        positive(0.0, "x")


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_a_whole_number_becomes_an_int(value):
    assert type(whole(value, "n_modes", least=3, most=3)) is int


@pytest.mark.parametrize("value", [3.0, True, "3", None, 0, 10])
def test_what_is_no_whole_number_of_the_range_is_refused(value):
    with pytest.raises(ParameterError, match=r"n is .*; modes: pass a whole number from 1"):
        whole(value, "n", least=1, most=9, meaning="modes")


def test_a_word_must_be_known():
    assert one_of("pade", "method", ("pade", "conformal")) == "pade"
    for value in ("Pade", None, 0, ["pade"]):
        with pytest.raises(ParameterError, match="it must be one of 'pade', 'conformal'"):
            one_of(value, "method", ("pade", "conformal"))


def test_a_seed_determines_what_is_drawn():
    generator = np.random.default_rng(0)
    assert checked_seed(generator) is generator
    assert checked_seed(np.uint64(2**64 - 1)) == 2**64 - 1
    for value in (None, np.random, -1, 2**64, 1.0, True):
        with pytest.raises(ParameterError, match=r"seed is .*numpy\.random\.Generator"):
            checked_seed(value)
