"""A change that breaks a promise makes a test fail: by hand, and drawn at random.

The files below hold what decides whether a result is believed. Of each, a few changes are
drawn from all that ``mutation`` makes; ``python tests/mutation.py FILE TESTS`` runs them
all.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.equivalent import EQUIVALENT
from tests.mutation import mutants

ROOT = Path(__file__).parents[1]
SAMPLE = 6

VERIFICATION = "tests/verification tests/gpu/test_verification_on_device.py"

STORED = "tests/io/test_round_trip.py tests/io/test_writing.py"
HOSTILE = "tests/io/test_hostile_files.py tests/io/test_limits.py"

# file: the tests that must notice a change of it
TESTS = {
    "perturbsci/verification/certificate.py": VERIFICATION,
    "perturbsci/verification/orders.py": VERIFICATION,
    "perturbsci/verification/uniform.py": VERIFICATION,
    "perturbsci/verification/backward.py": VERIFICATION,
    "perturbsci/verification/references.py": VERIFICATION,
    "perturbsci/io/archive.py": f"{STORED} {HOSTILE}",
    "perturbsci/io/container.py": f"tests/io/test_container.py {HOSTILE}",
    "perturbsci/io/reading.py": HOSTILE,
    "perturbsci/io/writing.py": STORED,
    "perturbsci/koopman/pairs.py": "tests/koopman/test_pairs.py",
    "perturbsci/studies/base.py": "tests/studies/test_base.py",
    "perturbsci/studies/running.py": "tests/studies/test_running.py",
    "perturbsci/studies/storage.py": "tests/studies/test_running.py",
    "perturbsci/surrogates/bounds.py": "tests/surrogates/test_error_norms.py "
    "tests/surrogates/test_bounds.py",
}

# what: file, text, changed text, the tests that must notice
MUTANTS = {
    "array hash is not compared": (
        "perturbsci/io/reading.py",
        "if digest.hexdigest() != record.sha256:",
        "if False:",
        "tests/io/test_faults.py tests/io/test_hostile_files.py",
    ),
    "declared size is not compared": (
        "perturbsci/io/reading.py",
        "if member.size != needed:",
        "if False:",
        "tests/io/test_hostile_files.py",
    ),
    "residual forgets the eigenvalue": (
        "perturbsci/koopman/pairs.py",
        "image - function * eigenvalues",
        "image - function",
        "tests/koopman/test_pairs.py",
    ),
    "residual is not divided by the norm": (
        "perturbsci/koopman/pairs.py",
        "misses / norms)",
        "misses)",
        "tests/koopman/test_pairs.py",
    ),
    "plotting moves below io": (
        "tests/architecture/checks_imports.py",
        '    ("backend",),\n',
        '    ("backend", "studies"),\n',
        "tests/architecture",
    ),
    "claims compare the wrong way": (
        "perturbsci/studies/base.py",
        "value <= expected + tolerance",
        "value >= expected + tolerance",
        "tests/studies/test_base.py",
    ),
    "a claim ignores its tolerance": (
        "perturbsci/studies/base.py",
        "abs(value - expected) <= tolerance",
        "abs(value - expected) <= 10 * tolerance",
        "tests/studies/test_base.py",
    ),
    "NaN passes a certificate": (
        "perturbsci/verification/certificate.py",
        "return self.value <= self.bound",
        "return not self.value > self.bound",
        "tests/verification/test_certificate.py",
    ),
}


@pytest.mark.parametrize("path", TESTS)
def test_what_is_said_to_be_equivalent_is_a_mutant(path):
    names = {each.name for each in mutants((ROOT / path).read_text(encoding="utf-8"), path)}
    assert EQUIVALENT.get(path, {}).keys() <= names


def test_the_generator_makes_every_kind_of_change():
    text = """
LIMIT = 2
def f(a, b=3):
    \"\"\"Words 4.\"\"\"
    if a < b and not a:
        raise ValueError(f"{a + 5}")
    a *= 1
    g(a)
    return a - b
"""
    assert [each.name for each in mutants(text, "x.py")] == [
        "LIMIT: 2 -> 3",
        "LIMIT: 2 -> 1",
        "f: if a < b and (not a): -> if not (a < b and (not a)):",
        "f: a < b and (not a) -> a < b or not a",
        "f: a < b -> a <= b",
        "f: not a -> a",
        "f: raise ValueError(f'{a + 5}') -> pass",
        "f: a *= 1 -> pass",
        "f: 1 -> 2",
        "f: 1 -> 0",
        "f: g(a) -> pass",
        "f: return a - b -> return None",
        "f: a - b -> a + b",
    ]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("path", TESTS)
def test_a_drawn_mutant_is_noticed(path):
    done = subprocess.run(
        [
            sys.executable,
            "tests/mutation.py",
            path,
            *TESTS[path].split(),
            f"--sample={SAMPLE}",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    outcomes = json.loads(done.stdout.splitlines()[-1])["outcomes"]
    alive = {name for name, outcome in outcomes.items() if outcome != "killed"}
    assert alive <= EQUIVALENT.get(path, {}).keys()


@pytest.mark.slow
@pytest.mark.parametrize("what", MUTANTS)
def test_a_mutant_is_noticed(what, tmp_path):
    path, old, new, tests = MUTANTS[what]
    for name in ("perturbsci", "tests", "data", "docs", "examples"):
        ignored = shutil.ignore_patterns("__pycache__", "_build")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    text = (tmp_path / path).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            *tests.split(),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout[-2000:]
