"""Schemes whose step, cost and accuracy do not depend on a small scale ratio epsilon.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.multiscale.angular import angular_average
    from perturbsci.multiscale.equilibria import maxwellian
    from perturbsci.multiscale.initial_layer import layer_mesh
    from perturbsci.multiscale.moment_fixes import limit_positive, project_moments
    from perturbsci.multiscale.multistep import Multistep
    from perturbsci.multiscale.problem import SplitProblem
    from perturbsci.multiscale.relaxation import jin_xin
    from perturbsci.multiscale.stepping import Stepper, solve, stepper
    from perturbsci.multiscale.tableaux import Tableau, tableau, tableau_names
    from perturbsci.multiscale.trajectories import Trajectory
    from perturbsci.multiscale.velocity import Moments, VelocityGrid, moments, velocity_grid

_FILES = {
    "angular_average": "angular",
    "maxwellian": "equilibria",
    "layer_mesh": "initial_layer",
    "project_moments": "moment_fixes",
    "limit_positive": "moment_fixes",
    "Multistep": "multistep",
    "SplitProblem": "problem",
    "jin_xin": "relaxation",
    "solve": "stepping",
    "stepper": "stepping",
    "Stepper": "stepping",
    "Tableau": "tableaux",
    "tableau": "tableaux",
    "tableau_names": "tableaux",
    "Trajectory": "trajectories",
    "VelocityGrid": "velocity",
    "velocity_grid": "velocity",
    "Moments": "velocity",
    "moments": "velocity",
}

__all__ = [
    "Tableau",
    "tableau",
    "tableau_names",
    "Multistep",
    "SplitProblem",
    "solve",
    "Trajectory",
    "stepper",
    "Stepper",
    "layer_mesh",
    "jin_xin",
    "VelocityGrid",
    "velocity_grid",
    "Moments",
    "moments",
    "maxwellian",
    "project_moments",
    "limit_positive",
    "angular_average",
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
