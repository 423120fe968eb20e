"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.born import (
        BornSeries,
        Scattering,
        born_series,
        scattering_length,
    )
    from perturbsci.perturbation.decisions import (
        Margin,
        StochasticDiagonal,
        argmax_margin,
        hessian_diagonal,
        policy_bound,
        soft_argmax,
    )
    from perturbsci.perturbation.driven_phases import linear_response
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.implicit import (
        Response,
        fixed_point_response,
        leave_one_out,
        minimizer_response,
        solution_response,
    )
    from perturbsci.perturbation.phase_mixing import phase_moment, pulse_response
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )
    from perturbsci.perturbation.slab import SlabOrbits, count_arms, slab_orbit

_FILES = {
    "Resummation": "borel",
    "borel_sum": "borel",
    "BornSeries": "born",
    "Scattering": "born",
    "born_series": "born",
    "scattering_length": "born",
    "Margin": "decisions",
    "StochasticDiagonal": "decisions",
    "argmax_margin": "decisions",
    "hessian_diagonal": "decisions",
    "policy_bound": "decisions",
    "soft_argmax": "decisions",
    "linear_response": "driven_phases",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "Response": "implicit",
    "fixed_point_response": "implicit",
    "leave_one_out": "implicit",
    "minimizer_response": "implicit",
    "solution_response": "implicit",
    "phase_moment": "phase_mixing",
    "pulse_response": "phase_mixing",
    "PadeApproximant": "rational",
    "pade": "rational",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
    "SlabOrbits": "slab",
    "count_arms": "slab",
    "slab_orbit": "slab",
}

__all__ = [
    "Resummation",
    "borel_sum",
    "BornSeries",
    "Scattering",
    "born_series",
    "scattering_length",
    "Margin",
    "StochasticDiagonal",
    "argmax_margin",
    "hessian_diagonal",
    "policy_bound",
    "soft_argmax",
    "linear_response",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "Response",
    "fixed_point_response",
    "leave_one_out",
    "minimizer_response",
    "solution_response",
    "phase_moment",
    "pulse_response",
    "PadeApproximant",
    "pade",
    "Singularity",
    "Truncation",
    "optimal_truncation",
    "radius_of_convergence",
    "SlabOrbits",
    "count_arms",
    "slab_orbit",
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
