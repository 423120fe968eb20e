"""Koopman spectra from snapshots, each eigenvalue with the residual that verifies it.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.koopman.adversary import Adversary, twist_adversary
    from perturbsci.koopman.compositions import delays, tensor, union
    from perturbsci.koopman.compression import compress
    from perturbsci.koopman.controlled import ControlledModel, controlled_dmd
    from perturbsci.koopman.dictionaries import Dictionary, custom, linear
    from perturbsci.koopman.forecast import Forecast, predict
    from perturbsci.koopman.galerkin import edmd
    from perturbsci.koopman.generators import GeneratorSpectrum, generator
    from perturbsci.koopman.gram import GramState, accumulate, discard, merge
    from perturbsci.koopman.kernelized import kernel_edmd, kernel_gram
    from perturbsci.koopman.limits import LimitCount, limits_required
    from perturbsci.koopman.localized import (
        indicator,
        kernel_dictionary,
        place_centers,
        radial,
    )
    from perturbsci.koopman.modes import dmd
    from perturbsci.koopman.snapshots import Snapshots
    from perturbsci.koopman.spectrum import Spectrum
    from perturbsci.koopman.stochastic import (
        StochasticGram,
        stochastic_edmd,
        stochastic_gram,
    )
    from perturbsci.koopman.univariate import (
        chebyshev,
        fourier,
        hermite,
        legendre,
        monomials,
    )
    from perturbsci.koopman.variable_projection import OptimizedModes, optimized_dmd

_FILES = {
    "delays": "compositions",
    "tensor": "compositions",
    "union": "compositions",
    "compress": "compression",
    "Dictionary": "dictionaries",
    "custom": "dictionaries",
    "linear": "dictionaries",
    "edmd": "galerkin",
    "GramState": "gram",
    "accumulate": "gram",
    "kernel_edmd": "kernelized",
    "kernel_gram": "kernelized",
    "discard": "gram",
    "merge": "gram",
    "LimitCount": "limits",
    "limits_required": "limits",
    "indicator": "localized",
    "kernel_dictionary": "localized",
    "place_centers": "localized",
    "radial": "localized",
    "Snapshots": "snapshots",
    "Spectrum": "spectrum",
    "chebyshev": "univariate",
    "fourier": "univariate",
    "hermite": "univariate",
    "legendre": "univariate",
    "monomials": "univariate",
    "Adversary": "adversary",
    "twist_adversary": "adversary",
    "ControlledModel": "controlled",
    "controlled_dmd": "controlled",
    "Forecast": "forecast",
    "predict": "forecast",
    "GeneratorSpectrum": "generators",
    "generator": "generators",
    "dmd": "modes",
    "StochasticGram": "stochastic",
    "stochastic_edmd": "stochastic",
    "stochastic_gram": "stochastic",
    "OptimizedModes": "variable_projection",
    "optimized_dmd": "variable_projection",
}

__all__ = [
    "delays",
    "tensor",
    "union",
    "compress",
    "Dictionary",
    "custom",
    "linear",
    "edmd",
    "GramState",
    "accumulate",
    "kernel_edmd",
    "kernel_gram",
    "discard",
    "merge",
    "LimitCount",
    "limits_required",
    "indicator",
    "kernel_dictionary",
    "place_centers",
    "radial",
    "Snapshots",
    "Spectrum",
    "chebyshev",
    "fourier",
    "hermite",
    "legendre",
    "monomials",
    "Adversary",
    "twist_adversary",
    "ControlledModel",
    "controlled_dmd",
    "Forecast",
    "predict",
    "GeneratorSpectrum",
    "generator",
    "dmd",
    "StochasticGram",
    "stochastic_edmd",
    "stochastic_gram",
    "OptimizedModes",
    "optimized_dmd",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.koopman.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.koopman' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
