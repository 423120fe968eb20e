"""A change that breaks a promise makes a test fail: seven of them, one at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

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
        "tests/koopman/test_reference_numbers.py tests/koopman/test_edmd.py",
    ),
    "residual is not divided by the norm": (
        "perturbsci/koopman/pairs.py",
        "misses / norms)",
        "misses)",
        "tests/koopman/test_reference_numbers.py tests/koopman/test_edmd.py",
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
