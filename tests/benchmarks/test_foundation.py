"""Starts, inputs and certificates: what every call pays."""

import os
import re
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy
import pytest

from perturbsci.backend.arrays import as_array
from perturbsci.backend.timing import measure
from perturbsci.verification import Certificate

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

pytestmark = pytest.mark.bench


def start(*words):
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT
    )
    return time.perf_counter() - begin


def medians(*commands, repeats=7):
    """Return the median seconds of each command, started in turns."""
    rounds = [[start(*words) for words in commands] for _ in range(repeats + 1)][1:]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def test_import_beyond_numpy(record):
    base, both = medians(["-c", "import numpy"], ["-c", "import numpy, perturbsci"])
    record("import perturbsci beyond numpy", both - base, "s", "0.10")


def test_help_and_list_beyond_python(record):
    base, text, listed = medians(
        ["-c", "pass"],
        ["-m", "perturbsci", "--help"],
        ["-m", "perturbsci", "figures", "--list"],
    )
    record("perturbsci --help beyond python", text - base, "s", "0.35")
    record("perturbsci figures --list beyond python", listed - base, "s", "0.35")


FIRST_FIGURE = """
import numpy
from perturbsci import koopman, plotting
angles = 0.4 * numpy.arange(400)
states = numpy.stack([numpy.cos(angles), numpy.sin(angles)], axis=1)
spectrum = koopman.edmd(koopman.Snapshots.from_trajectory(states))
with plotting.style():
    ax = plotting.draw_eigenvalues(spectrum.eigenvalues, spectrum.residuals)
    plotting.save_figure(ax.figure, {stem!r}, formats=("png",))
"""


def test_first_figure(record, tmp_path, monkeypatch):
    code = FIRST_FIGURE.format(stem=str(tmp_path / "first"))
    for what in ("no kernel compiled before", "kernels kept on disk"):
        cache = {**ENVIRONMENT, "PERTURBSCI_CACHE_DIR": str(tmp_path / "cache")}
        (tmp_path / "cache").mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setattr(f"{__name__}.ENVIRONMENT", cache)
        record(f"first figure of a process, {what}", start("-c", code), "s", "-")
    assert (tmp_path / "first.png").is_file()


def test_size_of_an_installation(record):
    names = ["perturbsci"]
    for name in names:  # grows by what each needs
        needed = (
            re.match(r"[A-Za-z0-9._-]+", text)[0].lower().replace("_", "-")
            for text in metadata.requires(name) or ()
            if "extra ==" not in text
        )
        names += [each for each in dict.fromkeys(needed) if each not in names]
    sizes = {
        name: sum(
            path.locate().stat().st_size
            for path in metadata.files(name) or ()
            if path.locate().is_file()
        )
        for name in names
    }
    record("installed, with all that it needs", sum(sizes.values()) / 1e6, "MB", "-")
    record("installed, perturbsci alone", sizes["perturbsci"] / 1e6, "MB", "-")


def test_as_array_of_100_values(record):
    values = numpy.random.default_rng(0).random(100)
    seconds = measure(lambda: as_array(values, name="values", ndim=1)).median
    record("as_array, clean float64, 100 values", 1e6 * seconds, "microseconds", "10")


def test_certificate(record):
    seconds = measure(lambda: Certificate("c", 0.1, 0.2, "estimate", "m")).median
    record("Certificate(...)", 1e6 * seconds, "microseconds", "5")


def test_main_job(record, tmp_path):
    words = ["-m", "perturbsci", "figures", "-o", str(tmp_path), "--json"]
    record("figures, three studies drawn", start(*words), "s", "20")
    (kept,) = medians(words, repeats=3)
    record("figures, three studies kept", kept, "s", "2 + 0.1 a study")
