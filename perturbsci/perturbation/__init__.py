"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.algebraic import (
        NewtonPolygon,
        RootExpansions,
        SolutionExpansion,
        expand_roots,
        expand_solution,
        newton_polygon,
    )
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.regular import RegularExpansion, expand_regular
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )

_FILES = {
    "NewtonPolygon": "algebraic",
    "RootExpansions": "algebraic",
    "SolutionExpansion": "solutions",
    "expand_roots": "algebraic",
    "expand_solution": "solutions",
    "newton_polygon": "algebraic",
    "Resummation": "borel",
    "borel_sum": "borel",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "PadeApproximant": "rational",
    "pade": "rational",
    "RegularExpansion": "regular",
    "expand_regular": "regular",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
}

__all__ = [
    "NewtonPolygon",
    "RootExpansions",
    "SolutionExpansion",
    "expand_roots",
    "expand_solution",
    "newton_polygon",
    "Resummation",
    "borel_sum",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "PadeApproximant",
    "pade",
    "RegularExpansion",
    "expand_regular",
    "Singularity",
    "Truncation",
    "optimal_truncation",
    "radius_of_convergence",
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
