"""A tiny study with a claim, so that tests of the machinery do not run a real one."""

import dataclasses

import numpy
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from perturbsci.studies import Claim, Study


def _run(size, backend, seed):
    return {"x": numpy.random.default_rng(seed).random(5), "period": numpy.array(12.0)}


def _draw(data):
    figure = Figure(figsize=(1, 1))  # without axes: text takes most of the time
    figure.add_artist(Line2D(data["x"], data["x"] ** 2))
    return figure


def _claims(data):
    return [Claim("the year in months", data["period"], "koopman.year")]


STUDY = Study("koopman_tiny", "Tiny", "made here", _run, _draw, _claims, ("small", "full"))


@pytest.fixture
def tiny():
    """The study."""
    return STUDY


@pytest.fixture
def variant():
    """``variant(run=...)``: the study with other parts."""
    return lambda **changes: dataclasses.replace(STUDY, **changes)
