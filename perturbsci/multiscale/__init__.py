"""Schemes whose step, cost and accuracy do not depend on a small scale ratio epsilon.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.multiscale.exponents import mode_exponent
    from perturbsci.multiscale.fast_slow_systems import fast_slow, van_der_pol
    from perturbsci.multiscale.initial_layer import layer_mesh
    from perturbsci.multiscale.limits import (
        CommutationCheck,
        check_commutation,
        solve_limit,
    )
    from perturbsci.multiscale.multistep import Multistep
    from perturbsci.multiscale.ordermap import OrderMap, order_map
    from perturbsci.multiscale.problem import SplitProblem
    from perturbsci.multiscale.relaxation import goldstein_taylor, jin_xin
    from perturbsci.multiscale.stepping import solve
    from perturbsci.multiscale.stepwise import Stepper, stepper
    from perturbsci.multiscale.tableaux import Tableau, tableau, tableau_names
    from perturbsci.multiscale.trajectories import Trajectory

_FILES = {
    "Tableau": "tableaux",
    "tableau": "tableaux",
    "tableau_names": "tableaux",
    "Multistep": "multistep",
    "SplitProblem": "problem",
    "solve": "stepping",
    "Trajectory": "trajectories",
    "stepper": "stepwise",
    "Stepper": "stepwise",
    "layer_mesh": "initial_layer",
    "order_map": "ordermap",
    "OrderMap": "ordermap",
    "check_commutation": "limits",
    "CommutationCheck": "limits",
    "jin_xin": "relaxation",
    "goldstein_taylor": "relaxation",
    "fast_slow": "fast_slow_systems",
    "van_der_pol": "fast_slow_systems",
    "solve_limit": "limits",
    "mode_exponent": "exponents",
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
    "order_map",
    "OrderMap",
    "check_commutation",
    "CommutationCheck",
    "jin_xin",
    "goldstein_taylor",
    "fast_slow",
    "van_der_pol",
    "solve_limit",
    "mode_exponent",
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
