"""Asymptotic-preserving solvers whose step, cost and accuracy do not depend on epsilon.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.multiscale.angular import angular_average
    from perturbsci.multiscale.bgk_models import bgk
    from perturbsci.multiscale.collision import (
        CollisionOperator,
        collide,
        spectral_collision,
    )
    from perturbsci.multiscale.epochal import EpochalRelaxation, epochal_relaxation
    from perturbsci.multiscale.equilibria import maxwellian
    from perturbsci.multiscale.expansions import drag_expansion, lorentz_expansion
    from perturbsci.multiscale.exponents import mode_exponent
    from perturbsci.multiscale.fast_slow_systems import fast_slow, van_der_pol
    from perturbsci.multiscale.homogeneous import boltzmann
    from perturbsci.multiscale.initial_layer import layer_mesh
    from perturbsci.multiscale.isotropic import isotropic_mixture
    from perturbsci.multiscale.limits import (
        CommutationCheck,
        check_commutation,
        solve_limit,
    )
    from perturbsci.multiscale.mixture import disparate_mass
    from perturbsci.multiscale.moment_fixes import limit_positive, project_moments
    from perturbsci.multiscale.multistep import Multistep
    from perturbsci.multiscale.ordermap import OrderMap, order_map
    from perturbsci.multiscale.problem import SplitProblem
    from perturbsci.multiscale.radiation import su_olson
    from perturbsci.multiscale.relaxation import goldstein_taylor, jin_xin
    from perturbsci.multiscale.stepping import solve
    from perturbsci.multiscale.stepwise import Stepper, stepper
    from perturbsci.multiscale.tableaux import Tableau, tableau, tableau_names
    from perturbsci.multiscale.trajectories import Trajectory
    from perturbsci.multiscale.transport import linear_transport
    from perturbsci.multiscale.velocity import Moments, VelocityGrid, moments, velocity_grid
    from perturbsci.multiscale.vlasov import vlasov_poisson

_FILES = {
    "angular_average": "angular",
    "bgk": "bgk_models",
    "CollisionOperator": "collision",
    "spectral_collision": "collision",
    "collide": "collision",
    "EpochalRelaxation": "epochal",
    "epochal_relaxation": "epochal",
    "maxwellian": "equilibria",
    "lorentz_expansion": "expansions",
    "drag_expansion": "expansions",
    "mode_exponent": "exponents",
    "fast_slow": "fast_slow_systems",
    "van_der_pol": "fast_slow_systems",
    "boltzmann": "homogeneous",
    "layer_mesh": "initial_layer",
    "isotropic_mixture": "isotropic",
    "check_commutation": "limits",
    "CommutationCheck": "limits",
    "solve_limit": "limits",
    "disparate_mass": "mixture",
    "project_moments": "moment_fixes",
    "limit_positive": "moment_fixes",
    "Multistep": "multistep",
    "order_map": "ordermap",
    "OrderMap": "ordermap",
    "SplitProblem": "problem",
    "su_olson": "radiation",
    "jin_xin": "relaxation",
    "goldstein_taylor": "relaxation",
    "solve": "stepping",
    "stepper": "stepwise",
    "Stepper": "stepwise",
    "Tableau": "tableaux",
    "tableau": "tableaux",
    "tableau_names": "tableaux",
    "Trajectory": "trajectories",
    "linear_transport": "transport",
    "VelocityGrid": "velocity",
    "velocity_grid": "velocity",
    "Moments": "velocity",
    "moments": "velocity",
    "vlasov_poisson": "vlasov",
}

__all__ = [
    "linear_transport",
    "su_olson",
    "bgk",
    "vlasov_poisson",
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
    "order_map",
    "OrderMap",
    "check_commutation",
    "CommutationCheck",
    "goldstein_taylor",
    "fast_slow",
    "van_der_pol",
    "solve_limit",
    "mode_exponent",
    "boltzmann",
    "isotropic_mixture",
    "lorentz_expansion",
    "drag_expansion",
    "EpochalRelaxation",
    "epochal_relaxation",
    "disparate_mass",
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
