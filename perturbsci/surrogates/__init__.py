"""Surrogates of differential equations: functions with a bound on their error.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.surrogates.bases import Chebyshev, Elements, Fourier, Legendre
    from perturbsci.surrogates.branches import Branch
    from perturbsci.surrogates.certification import certify
    from perturbsci.surrogates.continuation import continue_branch
    from perturbsci.surrogates.families import Family
    from perturbsci.surrogates.features import feature_jets
    from perturbsci.surrogates.forward import solve
    from perturbsci.surrogates.gaussians import TrainableGaussians
    from perturbsci.surrogates.least_squares import LinearFit, fit_linear
    from perturbsci.surrogates.networks import Network
    from perturbsci.surrogates.radial_bases import Gaussians, Radial
    from perturbsci.surrogates.random_bases import RandomFourier, RandomTanh
    from perturbsci.surrogates.solution import SolveStatistics
    from perturbsci.surrogates.surrogate import Surrogate

_FILES = {
    "Chebyshev": "bases",
    "Elements": "bases",
    "Fourier": "bases",
    "Legendre": "bases",
    "certify": "certification",
    "Branch": "branches",
    "continue_branch": "continuation",
    "Family": "families",
    "feature_jets": "features",
    "solve": "forward",
    "TrainableGaussians": "gaussians",
    "LinearFit": "least_squares",
    "fit_linear": "least_squares",
    "Network": "networks",
    "Gaussians": "radial_bases",
    "Radial": "radial_bases",
    "RandomFourier": "random_bases",
    "RandomTanh": "random_bases",
    "SolveStatistics": "solution",
    "Surrogate": "surrogate",
}

__all__ = [
    "Branch",
    "certify",
    "continue_branch",
    "Chebyshev",
    "Elements",
    "Family",
    "Fourier",
    "Gaussians",
    "Legendre",
    "LinearFit",
    "fit_linear",
    "Radial",
    "RandomFourier",
    "RandomTanh",
    "feature_jets",
    "solve",
    "SolveStatistics",
    "Surrogate",
    "Network",
    "TrainableGaussians",
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
