"""Kernels with one planted mistake each, and the checks that must see it.

A mistake stands in the body, so that all targets share it; or in the text of one target,
as if its emitter were wrong; or in the options of the compiler.
"""

import inspect
import re
from dataclasses import dataclass, replace

from perturbsci.backend.cuda_text import OPTIONS
from perturbsci.backend.launch import kernel_from_text

from . import bodies
from .hostbuild import ADDRESSES, CHECKED, called_apart, shared
from .nvrtc import compiled, problems
from .policy import broken, is_single
from .ptx import PTXError
from .routes import GRIDS, bits, interpreted, on_ptx, prepared


@dataclass(frozen=True)
class Subject:
    """A kernel on inputs, and the texts that are meant to be it."""

    kernel: object
    inputs: tuple
    dtype: str
    python: str
    cpp: str
    cuda: str
    options: tuple = OPTIONS["strict"]

    def changed(self, field, old, new):
        """Return it with one piece of one text replaced, which must stand there."""
        text = getattr(self, field)
        assert old in text, f"{old!r} is not in the {field} text of {self.kernel.name}"
        return replace(self, **{field: text.replace(old, new)})


def subject(name, dtype="float64", *, schedule="flat", body=None, over=None):
    """Return a body of ``bodies``; ``body`` holds a piece of its source and another."""
    function, signature, old_over, inputs = bodies.cases(dtype)[name]
    text = inspect.getsource(function)
    if body:
        assert body[0] in text, f"{body[0]!r} is not in {name}"
        text = text.replace(*body)
    visible = vars(bodies)
    kernel = kernel_from_text(
        name, text, signature, over=over or old_over, schedule=schedule, visible=visible
    )
    kind = prepared(kernel, inputs, 0).dtype
    texts = [kernel.source(target, kind) for target in ("numba", "c++", "cuda")]
    return Subject(kernel, inputs, kind, *texts)


def option(base, word):
    """Return a subject compiled with another option."""
    kept = tuple(w for w in base.options if w.split("=")[0] != word.split("=")[0])
    return replace(base, options=(*kept, word))


def shared_by_lanes(base, name):
    """Return a subject whose lanes share one entry of a promoted local."""
    text, count = re.subn(rf"\b{name}\[[^\]]*lane_[^\]]*\]", f"{name}[0]", base.python)
    assert count > 1, f"{name} is not promoted"
    return replace(base, python=text)


def check_compile(it, folder):
    """Both compilers take the text without a word."""
    shared(it.cpp, folder, CHECKED)
    assert problems(compiled(it.cuda, 90, it.options)[1]) == []


def check_policy(it, folder):
    """The PTX rounds once, to nearest, in the right precision."""
    ptx, _ = compiled(it.cuda, 90, it.options)
    assert broken(ptx, single=is_single(it.kernel, it.dtype)) == []


def check_host(it, folder, flags=CHECKED):
    """C++ has the bits of the Python text; indices and undefined behavior are watched."""
    library = shared(it.cpp, folder, flags)
    (found,) = called_apart(library, [(it.kernel, it.inputs)], folder)
    assert bits(found) == expected_bits(it)


def check_addresses(it, folder):
    """The same, where every array is a block of the heap that must not be left."""
    check_host(it, folder, ADDRESSES)


def check_ptx(it, folder):
    """PTX, run lane by lane on every grid, has the bits of the Python text."""
    for grid in GRIDS:
        found = on_ptx(it.kernel, it.inputs, grid=grid, text=it.cuda, options=it.options)
        assert bits(found) == expected_bits(it)


def expected_bits(it):
    """Return the bits of the Python text, or None where it steps out of an array."""
    try:
        return bits(interpreted(it.kernel, it.inputs, text=it.python))
    except IndexError:
        return None


CHECKS = {
    "compile": check_compile,
    "policy": check_policy,
    "host": check_host,
    "addresses": check_addresses,
    "ptx": check_ptx,
}


def caught(it, folder, names):
    """Return those of the checks that fail; a text that does not compile has no others."""
    found = set()
    for name in names:
        if not _passes(name, it, folder):
            found.add(name)
            if name == "compile":
                break
    return found


_KNOWN = {}


def _passes(name, it, folder):
    """Return whether a check passes; the C++ of many mutants is the same."""
    cuda = () if name in ("host", "addresses") else (it.cuda, it.options)
    key = (name, it.python, it.cpp, *cuda)
    if key not in _KNOWN:
        try:
            CHECKS[name](it, folder)
            _KNOWN[key] = True
        except (AssertionError, PTXError):
            _KNOWN[key] = False
    return _KNOWN[key]


Y = "y[PERTURBSCI_AT(i, y_0, 2)] ="
MUTANTS = {
    # In the body: all targets compute the same wrong thing.
    "ghost cells are forgotten": (
        lambda: subject("stencil", over="n, m"),
        {"host", "ptx"},
    ),
    "an index is negative": (
        lambda: subject("flipped", body=("x[i]", "x[i - 1]")),
        {"host", "ptx"},
    ),
    "two indices write one entry": (
        lambda: subject("flipped", body=("y[i] =", "y[i // 2] =")),
        {"host", "ptx"},
    ),
    "scratch is shared": (
        lambda: subject("triangular", body=("_norm[row, k]", "_norm[row, 0]")),
        {"ptx"},
    ),
    "the entry of a neighbor is read": (
        lambda: subject("early", body=("y[i] + x[i]", "y[max(i - 1, 0)] + x[i]")),
        {"ptx"},
    ),
    "an entry is not written": (
        lambda: subject(
            "flipped", body=("    y[i] =", "    if x[i] > 0.5:\n        y[i] =")
        ),
        {"host", "ptx"},
    ),
    "a whole number overflows": (
        lambda: subject(
            "mixed",
            body=(
                "u8(keys[i]) * u8(0x1E3779B97F4A7C15)",
                "u8(keys[i] * 0x1E3779B97F4A7C15)",
            ),
        ),
        {"host"},
    ),
    # In one text: as if an emitter were wrong.
    "a literal has no type": (
        lambda: subject("stencil", "float32").changed("cuda", "(0.25f)", "(0.25)"),
        {"policy"},
    ),
    "a quotient is cut towards zero": (
        lambda: subject("mixed").changed("cuda", "return q - (", "return q - 0 * ("),
        {"ptx"},
    ),
    "the range ends one later": (
        lambda: subject("grow").changed("cuda", "flat_ < end_", "flat_ <= end_"),
        {"ptx"},
    ),
    "the grid goes on by one": (
        lambda: subject("grow").changed("cuda", "flat_ += stride_", "flat_ += 1"),
        {"ptx"},
    ),
    "the entry divides by another extent": (
        lambda: subject("stencil").changed("cuda", "% (f_1)", "% (f_0)"),
        {"ptx"},
    ),
    "an array is addressed by another extent": (
        lambda: subject("stencil").changed("cuda", "* out_1 +", "* out_0 +"),
        {"ptx"},
    ),
    "a conjugation is missing": (
        lambda: subject("triangular").changed(
            "cuda", "(imaginary * a) - ", "(imaginary * a) + "
        ),
        {"ptx"},
    ),
    "a sum is associated otherwise": (
        lambda: subject("stencil").changed("cuda", "((u + v) + w)", "(u + (v + w))"),
        {"ptx"},
    ),
    "an input is written": (
        lambda: subject("grow").changed("cuda", Y, "((double *)x)[i] ="),
        {"ptx"},
    ),
    "a constant array is written": (
        lambda: subject("grow").changed("cpp", Y, "x[i] ="),
        {"compile"},
    ),
    "an extent is passed for another one": (
        lambda: subject("stencil").changed(
            "cpp", "out_1 = extents_[4]", "out_1 = extents_[0]"
        ),
        {"host", "addresses"},
    ),
    "a lane array is one number": (
        lambda: shared_by_lanes(subject("bells", schedule="lanes"), "total"),
        {"host", "ptx"},
    ),
    # In the options.
    "products are contracted": (
        lambda: option(subject("bells"), "--fmad=true"),
        {"policy", "ptx"},
    ),
    "subnormals are flushed": (
        lambda: option(subject("bells", "float32"), "--ftz=true"),
        {"policy", "ptx"},
    ),
    "quotients are approximate": (
        lambda: option(subject("nested", "float32"), "--prec-div=false"),
        {"policy", "ptx"},
    ),
}
