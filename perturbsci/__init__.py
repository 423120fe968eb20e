"""Scientific computing with small parameters, where every result says how it knows.

The subpackages are loaded on first use, so that ``import perturbsci`` costs little
more than an import of NumPy.

Examples
--------
>>> import perturbsci
>>> perturbsci.verification.observed_order([0.1, 0.05, 0.025], [4e-3, 1e-3, 2.5e-4])
2.0
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from perturbsci.errors import unknown_name

if TYPE_CHECKING:
    from perturbsci import (
        backend,
        errors,
        io,
        koopman,
        multiscale,
        perturbation,
        plotting,
        problems,
        resources,
        results,
        statespace,
        studies,
        surrogates,
        types,
        verification,
    )

__version__ = "0.1.0"

__all__ = [
    "backend",
    "errors",
    "io",
    "koopman",
    "multiscale",
    "perturbation",
    "plotting",
    "problems",
    "resources",
    "results",
    "statespace",
    "studies",
    "surrogates",
    "types",
    "verification",
]


def __getattr__(name: str) -> ModuleType:
    """Load a subpackage when it is first named (PEP 562)."""
    if name in __all__:
        return importlib.import_module(f"perturbsci.{name}")
    raise unknown_name("perturbsci", name, __all__)


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted([*__all__, "__version__"])
