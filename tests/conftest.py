"""One thread a process, no screen, and on request another order of the tests."""

import os
import random

for _name in ("OPENBLAS", "OMP", "MKL", "NUMBA"):  # read once, when NumPy and Numba load
    os.environ.setdefault(f"{_name}_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_collection_modifyitems(items):
    """Shuffle under ``PERTURBSCI_SHUFFLE=seed``: no test may lean on an earlier one."""
    seed = os.environ.get("PERTURBSCI_SHUFFLE")
    if seed:
        random.Random(seed).shuffle(items)
