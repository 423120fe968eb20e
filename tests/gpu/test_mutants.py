"""Every planted mistake is seen, by the checks that are there for it and by no others."""

import pytest

from .hostbuild import address_sanitizer, compiler
from .mutants import CHECKS, MUTANTS, caught, subject
from .nvrtc import library

pytestmark = [
    pytest.mark.skipif(library() is None, reason="nvidia-cuda-nvrtc-cu12 is not here"),
    pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++) is here"),
]
USUAL = ("compile", "policy", "host", "ptx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if address_sanitizer() is None:
        pytest.skip("the address sanitizer (libasan) is not here")
    return tmp_path_factory.mktemp("mutants")


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_seen(name, folder):
    make, expected = MUTANTS[name]
    names = tuple(CHECKS) if "addresses" in expected else USUAL
    assert caught(make(), folder, names) == expected


@pytest.mark.parametrize("name", ["flipped", "early", "mixed", "grow", "triangular"])
def test_without_a_mistake_nothing_is_seen(name, folder):
    names = tuple(CHECKS) if name == "triangular" else USUAL
    assert caught(subject(name), folder, names) == set()


@pytest.mark.parametrize(("name", "schedule"), [("bells", "lanes"), ("stencil", "flat")])
def test_without_a_mistake_nothing_is_seen_in_float32(name, schedule, folder):
    assert caught(subject(name, "float32", schedule=schedule), folder, USUAL) == set()
