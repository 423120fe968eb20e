"""One thread a process, no screen, and on request another order of the tests."""

import functools
import os
import random
from dataclasses import replace

import pytest

for _name in ("OPENBLAS", "OMP", "MKL", "NUMBA"):  # read once, when NumPy and Numba load
    os.environ.setdefault(f"{_name}_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def study_data():
    """``study_data(name)``: the arrays of a study at size small, run once a session."""
    from perturbsci import studies  # noqa: PLC0415 (threads are pinned first)

    return functools.cache(lambda name: studies.get_study(name).run("small", "numba", 0))


@pytest.fixture(scope="session")
def study_outcome(study_data):
    """``study_outcome(name)``: what the claims of a study say of those arrays."""
    from perturbsci import studies  # noqa: PLC0415 (as above)

    def outcome(name):
        data = study_data(name)
        return studies.run_study(replace(studies.get_study(name), run=lambda *_: data))

    return functools.cache(outcome)


def pytest_collection_modifyitems(items):
    """Shuffle under ``PERTURBSCI_SHUFFLE=seed``: no test may lean on an earlier one."""
    seed = os.environ.get("PERTURBSCI_SHUFFLE")
    if seed:
        random.Random(seed).shuffle(items)
