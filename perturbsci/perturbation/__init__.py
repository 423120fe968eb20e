"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.blocks import BlockDiagonalization, block_diagonalize
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.conditions import (
        Bound,
        Departure,
        EigenConditions,
        bauer_fike,
        eigen_conditions,
        nonnormality,
    )
    from perturbsci.perturbation.defective import DefectiveSplitting, lidskii
    from perturbsci.perturbation.degenerate import degenerate_expansions
    from perturbsci.perturbation.eigen import EigenExpansion, rayleigh_schrodinger
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.markov import StationaryExpansion, stationary_expansion
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )

_FILES = {
    "BlockDiagonalization": "blocks",
    "block_diagonalize": "blocks",
    "Resummation": "borel",
    "borel_sum": "borel",
    "Bound": "conditions",
    "Departure": "conditions",
    "EigenConditions": "conditions",
    "bauer_fike": "conditions",
    "eigen_conditions": "conditions",
    "nonnormality": "conditions",
    "DefectiveSplitting": "defective",
    "lidskii": "defective",
    "degenerate_expansions": "degenerate",
    "EigenExpansion": "eigen",
    "rayleigh_schrodinger": "eigen",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "StationaryExpansion": "markov",
    "stationary_expansion": "markov",
    "PadeApproximant": "rational",
    "pade": "rational",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
}

__all__ = [
    "BlockDiagonalization",
    "block_diagonalize",
    "Resummation",
    "borel_sum",
    "Bound",
    "Departure",
    "EigenConditions",
    "bauer_fike",
    "eigen_conditions",
    "nonnormality",
    "DefectiveSplitting",
    "lidskii",
    "degenerate_expansions",
    "EigenExpansion",
    "rayleigh_schrodinger",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "StationaryExpansion",
    "stationary_expansion",
    "PadeApproximant",
    "pade",
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
