"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.criss_cross import (
        distance_to_instability,
        pseudospectral_abscissa,
        pseudospectral_radius,
    )
    from perturbsci.perturbation.extremum import Extremum
    from perturbsci.perturbation.field_of_values import NumericalRange, numerical_range
    from perturbsci.perturbation.kreiss import kreiss_constant
    from perturbsci.perturbation.pseudospectrum import (
        ResolventGrid,
        resolvent_grid,
        smallest_singular_values,
    )

_FILES = {
    "distance_to_instability": "criss_cross",
    "pseudospectral_abscissa": "criss_cross",
    "pseudospectral_radius": "criss_cross",
    "Extremum": "extremum",
    "NumericalRange": "field_of_values",
    "numerical_range": "field_of_values",
    "kreiss_constant": "kreiss",
    "ResolventGrid": "pseudospectrum",
    "resolvent_grid": "pseudospectrum",
    "smallest_singular_values": "pseudospectrum",
}

__all__ = [
    "distance_to_instability",
    "pseudospectral_abscissa",
    "pseudospectral_radius",
    "Extremum",
    "NumericalRange",
    "numerical_range",
    "kreiss_constant",
    "ResolventGrid",
    "resolvent_grid",
    "smallest_singular_values",
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
