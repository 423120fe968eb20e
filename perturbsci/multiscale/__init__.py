"""Asymptotic-preserving solvers whose step, cost and accuracy do not depend on epsilon.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.multiscale.angular import angular_average
    from perturbsci.multiscale.collision import (
        CollisionOperator,
        collide,
        spectral_collision,
    )
    from perturbsci.multiscale.equilibria import maxwellian
    from perturbsci.multiscale.moment_fixes import limit_positive, project_moments
    from perturbsci.multiscale.velocity import (
        Moments,
        VelocityGrid,
        moments,
        velocity_grid,
    )

_FILES = {
    "angular_average": "angular",
    "CollisionOperator": "collision",
    "collide": "collision",
    "spectral_collision": "collision",
    "maxwellian": "equilibria",
    "limit_positive": "moment_fixes",
    "project_moments": "moment_fixes",
    "Moments": "velocity",
    "VelocityGrid": "velocity",
    "moments": "velocity",
    "velocity_grid": "velocity",
}

__all__ = [
    "VelocityGrid",
    "velocity_grid",
    "Moments",
    "moments",
    "maxwellian",
    "project_moments",
    "limit_positive",
    "angular_average",
    "CollisionOperator",
    "spectral_collision",
    "collide",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.multiscale.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.multiscale' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
