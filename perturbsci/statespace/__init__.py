"""Long-memory state-space models: nearby diagonal forms, and how near they are.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.statespace.closed_form import (
        lagt_shift_poles,
        legs_inner,
        legs_log10_condition,
        legs_spikes,
        legs_states,
    )
    from perturbsci.statespace.diagonalization import perturb_then_diagonalize
    from perturbsci.statespace.eigenbasis import Diagonalization
    from perturbsci.statespace.measures import Hippo, hippo

_FILES = {
    "Hippo": "measures",
    "hippo": "measures",
    "legs_states": "closed_form",
    "legs_inner": "closed_form",
    "legs_log10_condition": "closed_form",
    "legs_spikes": "closed_form",
    "lagt_shift_poles": "closed_form",
    "Diagonalization": "eigenbasis",
    "perturb_then_diagonalize": "diagonalization",
}

__all__ = [
    "Hippo",
    "hippo",
    "legs_states",
    "legs_inner",
    "legs_log10_condition",
    "legs_spikes",
    "lagt_shift_poles",
    "Diagonalization",
    "perturb_then_diagonalize",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.statespace.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.statespace' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
