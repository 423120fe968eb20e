"""Imports point down, one way, and are lazy where the command line needs it."""

import json
import subprocess
import sys

import pytest

from . import checks_imports
from .source import ROOT, assert_none

HEAVY = ("sympy", "scipy", "numba", "matplotlib", "cupy")

# Runs one statement and prints which of the libraries it left loaded.
PROBE = """
import contextlib, io, json, runpy, sys
with contextlib.redirect_stdout(io.StringIO()):
    try:
        exec(sys.argv[1])
    except SystemExit as end:
        if end.code:
            raise
print(json.dumps([name for name in {names!r} if name in sys.modules]))
"""
COMMAND = (
    "sys.argv = ['perturbsci', *{words!r}]\n"
    "runpy.run_module('perturbsci', run_name='__main__', alter_sys=True)"
)


def loaded(root, statement):
    """Return which of the heavy libraries a fresh process has loaded after a statement."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(names=HEAVY), statement],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    reason = (done.stderr.strip().splitlines() or [""])[-1]
    assert done.returncode == 0, f"{statement!r} ended with {done.returncode}: {reason}"
    return json.loads(done.stdout)


def test_imports_point_down():
    assert_none(checks_imports.check_imports_point_down(ROOT))


def test_imports_by_name():
    assert_none(checks_imports.check_imports_by_name(ROOT))


def test_files_do_not_import_their_own_subpackage():
    assert_none(checks_imports.check_no_own_init(ROOT))


def test_no_cycles():
    assert_none(checks_imports.check_no_cycles(ROOT))


def test_cupy_in_one_place():
    assert_none(checks_imports.check_cupy_in_one_place(ROOT))


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("import perturbsci", HEAVY),
        ("import perturbsci.koopman", ("matplotlib", "sympy")),
        (COMMAND.format(words=["--help"]), ("numba", "matplotlib")),
        (COMMAND.format(words=["figures", "--list"]), ("numba", "matplotlib")),
    ],
    ids=["perturbsci", "koopman", "help", "list"],
)
def test_lazy_imports(statement, banned):
    found = sorted(set(loaded(ROOT, statement)) & set(banned))
    assert not found, (
        f"{statement!r} loads {found}; import them in the functions that use them"
    )


def test_the_probe_finds_what_is_loaded(tmp_path):
    package = tmp_path / "perturbsci"
    package.mkdir()
    (package / "__init__.py").write_text("import sympy\n")
    (package / "__main__.py").write_text("import numba\nraise SystemExit(0)\n")
    for name in ("sympy", "numba"):
        (tmp_path / f"{name}.py").write_text("")
    assert loaded(tmp_path, "import perturbsci") == ["sympy"]
    assert loaded(tmp_path, COMMAND.format(words=["--help"])) == ["sympy", "numba"]
