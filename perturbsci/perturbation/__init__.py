"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.balance import Balance, dominant_balance
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.layers import LayerExpansion, match_layers
    from perturbsci.perturbation.quantization import Quantization, quantize
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )
    from perturbsci.perturbation.semiclassical import WKBExpansion, wkb
    from perturbsci.perturbation.turning import UniformAiry, langer, turning_points

_FILES = {
    "Balance": "balance",
    "dominant_balance": "balance",
    "Resummation": "borel",
    "borel_sum": "borel",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "LayerExpansion": "layers",
    "match_layers": "layers",
    "Quantization": "quantization",
    "quantize": "quantization",
    "PadeApproximant": "rational",
    "pade": "rational",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
    "WKBExpansion": "semiclassical",
    "wkb": "semiclassical",
    "UniformAiry": "turning",
    "langer": "turning",
    "turning_points": "turning",
}

__all__ = [
    "Balance",
    "dominant_balance",
    "Resummation",
    "borel_sum",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "LayerExpansion",
    "match_layers",
    "Quantization",
    "quantize",
    "PadeApproximant",
    "pade",
    "Singularity",
    "Truncation",
    "optimal_truncation",
    "radius_of_convergence",
    "WKBExpansion",
    "wkb",
    "UniformAiry",
    "langer",
    "turning_points",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.perturbation.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.perturbation' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
