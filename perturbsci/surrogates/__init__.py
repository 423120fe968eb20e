"""Surrogates of solutions: functions that satisfy an equation, with a bound on their error.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.surrogates.bases import Elements
    from perturbsci.surrogates.forward import solve
    from perturbsci.surrogates.solution import SolveStatistics
    from perturbsci.surrogates.surrogate import Surrogate

_FILES = {
    "Elements": "bases",
    "solve": "forward",
    "SolveStatistics": "solution",
    "Surrogate": "surrogate",
}

__all__ = [
    "Elements",
    "solve",
    "SolveStatistics",
    "Surrogate",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.surrogates.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.surrogates' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
