"""Tiny studies behind the command, and fresh processes to interrupt."""

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from matplotlib.figure import Figure

from perturbsci.studies import Claim, Study

ROOT = Path(__file__).parents[2]

# Runs the command on studies that take a while; printed first so that a test can wait.
SLOW_STUDIES = """
import sys, time
import numpy
from matplotlib.figure import Figure
from perturbsci.cli import figures, main
from perturbsci.studies import Study

def run(size, backend, seed):
    print("running", file=sys.stderr, flush=True)
    time.sleep({seconds})
    return {{"x": numpy.arange(4.0)}}

def make(name):
    draw, claims = lambda data: Figure(), lambda data: []
    return Study(name, name, "made here", run, draw, claims, ["small"])

figures.get_study = make
sys.exit(main(["figures", "koopman_a", "koopman_b", "-o", sys.argv[1]]))
"""


def _make(value):
    return Study(
        "koopman_tiny",
        "Tiny",
        "made here",
        lambda size, backend, seed: {"x": numpy.arange(3.0)},
        lambda data: Figure(figsize=(2, 2)),
        lambda data: [Claim("the year in months", value, "koopman.year")],
        ("small", "full"),
    )


@pytest.fixture
def with_study(monkeypatch):
    """``with_study(value)``: the command then knows one study that claims this value."""

    def install(value=12.0, study=None):
        made = study or _make(value)
        monkeypatch.setattr("perturbsci.cli.figures.get_study", lambda name: made)
        return made

    return install


@pytest.fixture
def start():
    """``start(folder, seconds)``: the command in a fresh process, on two slow studies."""
    started = []

    def launch(folder, seconds=30.0):
        text = SLOW_STUDIES.format(seconds=seconds)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-c", text, str(folder)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        process.kill()
        process.communicate()
