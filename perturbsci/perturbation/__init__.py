"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SymPy nor SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.perturbation.acceleration import (
        DescentPath,
        MomentumMethod,
        descend,
        momentum_method,
    )
    from perturbsci.perturbation.averaging import (
        AmplitudeEquation,
        AveragedSystem,
        Oscillation,
        amplitude_equation,
        average,
        lindstedt,
    )
    from perturbsci.perturbation.balance import Balance, dominant_balance
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.criss_cross import (
        distance_to_instability,
        pseudospectral_abscissa,
        pseudospectral_radius,
    )
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.extremum import Extremum
    from perturbsci.perturbation.field_of_values import NumericalRange, numerical_range
    from perturbsci.perturbation.kreiss import kreiss_constant
    from perturbsci.perturbation.layers import LayerExpansion, match_layers
    from perturbsci.perturbation.pseudospectrum import (
        resolvent_grid,
        smallest_singular_values,
    )
    from perturbsci.perturbation.quantization import Quantization, quantize
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.resolvents import ResolventGrid
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )
    from perturbsci.perturbation.semiclassical import WKBExpansion, wkb
    from perturbsci.perturbation.slow_manifold import (
        RateSplitting,
        SlowManifold,
        expand_slow_manifold,
        split_rates,
    )
    from perturbsci.perturbation.transients import TransientGrowth, transient_growth
    from perturbsci.perturbation.turning import UniformAiry, langer, turning_points

_FILES = {
    "DescentPath": "acceleration",
    "MomentumMethod": "acceleration",
    "descend": "acceleration",
    "momentum_method": "acceleration",
    "AmplitudeEquation": "averaging",
    "AveragedSystem": "averaging",
    "Oscillation": "averaging",
    "amplitude_equation": "averaging",
    "average": "averaging",
    "lindstedt": "averaging",
    "Balance": "balance",
    "dominant_balance": "balance",
    "Resummation": "borel",
    "borel_sum": "borel",
    "distance_to_instability": "criss_cross",
    "pseudospectral_abscissa": "criss_cross",
    "pseudospectral_radius": "criss_cross",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "Extremum": "extremum",
    "NumericalRange": "field_of_values",
    "numerical_range": "field_of_values",
    "kreiss_constant": "kreiss",
    "LayerExpansion": "layers",
    "match_layers": "layers",
    "resolvent_grid": "pseudospectrum",
    "smallest_singular_values": "pseudospectrum",
    "Quantization": "quantization",
    "quantize": "quantization",
    "PadeApproximant": "rational",
    "pade": "rational",
    "ResolventGrid": "resolvents",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
    "WKBExpansion": "semiclassical",
    "wkb": "semiclassical",
    "RateSplitting": "slow_manifold",
    "SlowManifold": "slow_manifold",
    "expand_slow_manifold": "slow_manifold",
    "split_rates": "slow_manifold",
    "TransientGrowth": "transients",
    "transient_growth": "transients",
    "UniformAiry": "turning",
    "langer": "turning",
    "turning_points": "turning",
}

__all__ = [
    "DescentPath",
    "MomentumMethod",
    "descend",
    "momentum_method",
    "AmplitudeEquation",
    "AveragedSystem",
    "Oscillation",
    "amplitude_equation",
    "average",
    "lindstedt",
    "Balance",
    "dominant_balance",
    "Resummation",
    "borel_sum",
    "distance_to_instability",
    "pseudospectral_abscissa",
    "pseudospectral_radius",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "Extremum",
    "NumericalRange",
    "numerical_range",
    "kreiss_constant",
    "LayerExpansion",
    "match_layers",
    "resolvent_grid",
    "smallest_singular_values",
    "Quantization",
    "quantize",
    "PadeApproximant",
    "pade",
    "ResolventGrid",
    "Singularity",
    "Truncation",
    "optimal_truncation",
    "radius_of_convergence",
    "WKBExpansion",
    "wkb",
    "RateSplitting",
    "SlowManifold",
    "expand_slow_manifold",
    "split_rates",
    "TransientGrowth",
    "transient_growth",
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
