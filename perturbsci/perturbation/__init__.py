"""What a small term does to a number, a root, an eigenvalue or a trajectory.

Regular, the answer is a power series: ``rayleigh_schrodinger``, ``degenerate_expansions``,
``block_diagonalize``, ``expand_solution``, ``expand_regular``, ``solution_response``.
Singular, the limit is of another kind: ``expand_roots``, ``lidskii``, ``match_layers``,
``wkb``, ``lindstedt``, ``average``, ``expand_slow_manifold``; divergent series by ``pade``
and ``borel_sum``. Non-normal, eigenvalues do not tell: ``eigen_conditions``,
``resolvent_grid``, ``pseudospectral_abscissa``, ``kreiss_constant``, ``transient_growth``.
Every result has ``summary()``; ``dir(perturbsci.perturbation)`` lists all names.

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
    from perturbsci.perturbation.algebraic import (
        NewtonPolygon,
        RootExpansions,
        expand_roots,
        newton_polygon,
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
    from perturbsci.perturbation.blocks import BlockDiagonalization, block_diagonalize
    from perturbsci.perturbation.borel import Resummation, borel_sum
    from perturbsci.perturbation.born import (
        BornSeries,
        Scattering,
        born_series,
        scattering_length,
    )
    from perturbsci.perturbation.conditions import (
        Bound,
        Departure,
        EigenConditions,
        bauer_fike,
        eigen_conditions,
        nonnormality,
    )
    from perturbsci.perturbation.criss_cross import (
        distance_to_instability,
        pseudospectral_abscissa,
        pseudospectral_radius,
    )
    from perturbsci.perturbation.decisions import (
        Margin,
        StochasticDiagonal,
        argmax_margin,
        hessian_diagonal,
        policy_bound,
        soft_argmax,
    )
    from perturbsci.perturbation.defective import DefectiveSplitting, lidskii
    from perturbsci.perturbation.degenerate import degenerate_expansions
    from perturbsci.perturbation.driven_phases import linear_response
    from perturbsci.perturbation.eigen import EigenExpansion, rayleigh_schrodinger
    from perturbsci.perturbation.expansion import Expansion
    from perturbsci.perturbation.extrapolation import Extrapolation, richardson, shanks
    from perturbsci.perturbation.extremum import Extremum
    from perturbsci.perturbation.field_of_values import NumericalRange, numerical_range
    from perturbsci.perturbation.implicit import (
        Response,
        fixed_point_response,
        leave_one_out,
        minimizer_response,
        solution_response,
    )
    from perturbsci.perturbation.kreiss import kreiss_constant
    from perturbsci.perturbation.layers import LayerExpansion, match_layers
    from perturbsci.perturbation.markov import StationaryExpansion, stationary_expansion
    from perturbsci.perturbation.phase_mixing import phase_moment, pulse_response
    from perturbsci.perturbation.pseudospectrum import (
        resolvent_grid,
        smallest_singular_values,
    )
    from perturbsci.perturbation.quantization import Quantization, quantize
    from perturbsci.perturbation.rational import PadeApproximant, pade
    from perturbsci.perturbation.regular import RegularExpansion, expand_regular
    from perturbsci.perturbation.resolvents import ResolventGrid
    from perturbsci.perturbation.resummation import (
        Singularity,
        Truncation,
        optimal_truncation,
        radius_of_convergence,
    )
    from perturbsci.perturbation.semiclassical import WKBExpansion, wkb
    from perturbsci.perturbation.slab import SlabOrbits, count_arms, slab_orbit
    from perturbsci.perturbation.slow_manifold import (
        RateSplitting,
        SlowManifold,
        expand_slow_manifold,
        split_rates,
    )
    from perturbsci.perturbation.solutions import SolutionExpansion, expand_solution
    from perturbsci.perturbation.transients import TransientGrowth, transient_growth
    from perturbsci.perturbation.turning import UniformAiry, langer, turning_points

_FILES = {
    "DescentPath": "acceleration",
    "MomentumMethod": "acceleration",
    "descend": "acceleration",
    "momentum_method": "acceleration",
    "NewtonPolygon": "algebraic",
    "RootExpansions": "algebraic",
    "expand_roots": "algebraic",
    "newton_polygon": "algebraic",
    "AmplitudeEquation": "averaging",
    "AveragedSystem": "averaging",
    "Oscillation": "averaging",
    "amplitude_equation": "averaging",
    "average": "averaging",
    "lindstedt": "averaging",
    "Balance": "balance",
    "dominant_balance": "balance",
    "BlockDiagonalization": "blocks",
    "block_diagonalize": "blocks",
    "Resummation": "borel",
    "borel_sum": "borel",
    "BornSeries": "born",
    "Scattering": "born",
    "born_series": "born",
    "scattering_length": "born",
    "Bound": "conditions",
    "Departure": "conditions",
    "EigenConditions": "conditions",
    "bauer_fike": "conditions",
    "eigen_conditions": "conditions",
    "nonnormality": "conditions",
    "distance_to_instability": "criss_cross",
    "pseudospectral_abscissa": "criss_cross",
    "pseudospectral_radius": "criss_cross",
    "Margin": "decisions",
    "StochasticDiagonal": "decisions",
    "argmax_margin": "decisions",
    "hessian_diagonal": "decisions",
    "policy_bound": "decisions",
    "soft_argmax": "decisions",
    "DefectiveSplitting": "defective",
    "lidskii": "defective",
    "degenerate_expansions": "degenerate",
    "linear_response": "driven_phases",
    "EigenExpansion": "eigen",
    "rayleigh_schrodinger": "eigen",
    "Expansion": "expansion",
    "Extrapolation": "extrapolation",
    "richardson": "extrapolation",
    "shanks": "extrapolation",
    "Extremum": "extremum",
    "NumericalRange": "field_of_values",
    "numerical_range": "field_of_values",
    "Response": "implicit",
    "fixed_point_response": "implicit",
    "leave_one_out": "implicit",
    "minimizer_response": "implicit",
    "solution_response": "implicit",
    "kreiss_constant": "kreiss",
    "LayerExpansion": "layers",
    "match_layers": "layers",
    "StationaryExpansion": "markov",
    "stationary_expansion": "markov",
    "phase_moment": "phase_mixing",
    "pulse_response": "phase_mixing",
    "resolvent_grid": "pseudospectrum",
    "smallest_singular_values": "pseudospectrum",
    "Quantization": "quantization",
    "quantize": "quantization",
    "PadeApproximant": "rational",
    "pade": "rational",
    "RegularExpansion": "regular",
    "expand_regular": "regular",
    "ResolventGrid": "resolvents",
    "Singularity": "resummation",
    "Truncation": "resummation",
    "optimal_truncation": "resummation",
    "radius_of_convergence": "resummation",
    "WKBExpansion": "semiclassical",
    "wkb": "semiclassical",
    "SlabOrbits": "slab",
    "count_arms": "slab",
    "slab_orbit": "slab",
    "RateSplitting": "slow_manifold",
    "SlowManifold": "slow_manifold",
    "expand_slow_manifold": "slow_manifold",
    "split_rates": "slow_manifold",
    "SolutionExpansion": "solutions",
    "expand_solution": "solutions",
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
    "NewtonPolygon",
    "RootExpansions",
    "expand_roots",
    "newton_polygon",
    "AmplitudeEquation",
    "AveragedSystem",
    "Oscillation",
    "amplitude_equation",
    "average",
    "lindstedt",
    "Balance",
    "dominant_balance",
    "BlockDiagonalization",
    "block_diagonalize",
    "Resummation",
    "borel_sum",
    "BornSeries",
    "Scattering",
    "born_series",
    "scattering_length",
    "Bound",
    "Departure",
    "EigenConditions",
    "bauer_fike",
    "eigen_conditions",
    "nonnormality",
    "distance_to_instability",
    "pseudospectral_abscissa",
    "pseudospectral_radius",
    "Margin",
    "StochasticDiagonal",
    "argmax_margin",
    "hessian_diagonal",
    "policy_bound",
    "soft_argmax",
    "DefectiveSplitting",
    "lidskii",
    "degenerate_expansions",
    "linear_response",
    "EigenExpansion",
    "rayleigh_schrodinger",
    "Expansion",
    "Extrapolation",
    "richardson",
    "shanks",
    "Extremum",
    "NumericalRange",
    "numerical_range",
    "Response",
    "fixed_point_response",
    "leave_one_out",
    "minimizer_response",
    "solution_response",
    "kreiss_constant",
    "LayerExpansion",
    "match_layers",
    "StationaryExpansion",
    "stationary_expansion",
    "phase_moment",
    "pulse_response",
    "resolvent_grid",
    "smallest_singular_values",
    "Quantization",
    "quantize",
    "PadeApproximant",
    "pade",
    "RegularExpansion",
    "expand_regular",
    "ResolventGrid",
    "Singularity",
    "Truncation",
    "optimal_truncation",
    "radius_of_convergence",
    "WKBExpansion",
    "wkb",
    "SlabOrbits",
    "count_arms",
    "slab_orbit",
    "RateSplitting",
    "SlowManifold",
    "expand_slow_manifold",
    "split_rates",
    "SolutionExpansion",
    "expand_solution",
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
