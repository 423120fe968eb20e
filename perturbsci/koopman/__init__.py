"""Koopman spectra from snapshots, each eigenvalue with the residual that verifies it.

A study goes from pairs of states to eigenvalues, and from those that are verified to a
forecast: ``Snapshots.from_trajectory``, ``edmd``, ``Spectrum.keep``, ``predict``.

=============  =======================================================================
data           Snapshots; accumulate, merge, discard for streams
functions      linear, monomials, fourier, chebyshev, legendre, hermite, radial with
               place_centers, indicator, kernel_dictionary, custom; delays, tensor,
               union, compress of these
spectra        edmd, mpedmd, kernel_edmd, stochastic_edmd, dmd, optimized_dmd,
               controlled_dmd, generator; pseudospectrum and certified_spectrum on a
               disk_grid or rectangle_grid
measures       autocorrelation, krylov_gram, spectral_measure, separate_atoms,
               point_masses, rational_kernel, rigged_dmd
forecasts      predict
what is known  limits_required, twist_adversary
=============  =======================================================================

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.

Examples
--------
>>> import numpy as np
>>> from perturbsci import koopman
>>> angle = 0.4 * np.arange(200)
>>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
>>> spectrum = koopman.edmd(koopman.Snapshots.from_trajectory(states, step=0.1))
>>> trusted = spectrum.keep(0.1)
>>> trusted.exponents.imag.round(9).tolist()
[4.0, -4.0]
>>> koopman.predict(trusted, states[-1], 10).values.shape
(1, 11, 2)
"""

import importlib
from typing import TYPE_CHECKING

from perturbsci.errors import unknown_name

if TYPE_CHECKING:
    from perturbsci.koopman.adversary import Adversary, twist_adversary
    from perturbsci.koopman.atoms import SeparatedMeasure, separate_atoms
    from perturbsci.koopman.certified import CertifiedSpectrum, certified_spectrum
    from perturbsci.koopman.compositions import delays, tensor, union
    from perturbsci.koopman.compression import compress
    from perturbsci.koopman.controlled import ControlledModel, controlled_dmd
    from perturbsci.koopman.correlations import autocorrelation, krylov_gram
    from perturbsci.koopman.dictionaries import Dictionary, custom, linear
    from perturbsci.koopman.forecast import Forecast, predict
    from perturbsci.koopman.galerkin import edmd
    from perturbsci.koopman.generators import GeneratorSpectrum, generator
    from perturbsci.koopman.gram import accumulate, discard
    from perturbsci.koopman.grids import disk_grid, rectangle_grid
    from perturbsci.koopman.joining import merge
    from perturbsci.koopman.kernelized import kernel_edmd, kernel_gram
    from perturbsci.koopman.limits import LimitCount, limits_required
    from perturbsci.koopman.localized import (
        indicator,
        kernel_dictionary,
        place_centers,
        radial,
    )
    from perturbsci.koopman.measure import point_masses, spectral_measure
    from perturbsci.koopman.measure_fields import SpectralMeasure
    from perturbsci.koopman.modes import dmd
    from perturbsci.koopman.packets import WavePackets, rigged_dmd
    from perturbsci.koopman.rational import RationalKernel, rational_kernel
    from perturbsci.koopman.residual import Pseudospectrum, pseudospectrum
    from perturbsci.koopman.snapshots import Snapshots
    from perturbsci.koopman.spectrum import Spectrum
    from perturbsci.koopman.states import GramState
    from perturbsci.koopman.stochastic import (
        StochasticGram,
        stochastic_edmd,
        stochastic_gram,
    )
    from perturbsci.koopman.unitary import mpedmd
    from perturbsci.koopman.univariate import (
        chebyshev,
        fourier,
        hermite,
        legendre,
        monomials,
    )
    from perturbsci.koopman.variable_projection import OptimizedModes, optimized_dmd

_FILES = {
    "Adversary": "adversary",
    "twist_adversary": "adversary",
    "SeparatedMeasure": "atoms",
    "separate_atoms": "atoms",
    "CertifiedSpectrum": "certified",
    "certified_spectrum": "certified",
    "delays": "compositions",
    "tensor": "compositions",
    "union": "compositions",
    "compress": "compression",
    "ControlledModel": "controlled",
    "controlled_dmd": "controlled",
    "autocorrelation": "correlations",
    "krylov_gram": "correlations",
    "Dictionary": "dictionaries",
    "custom": "dictionaries",
    "linear": "dictionaries",
    "Forecast": "forecast",
    "predict": "forecast",
    "edmd": "galerkin",
    "GeneratorSpectrum": "generators",
    "generator": "generators",
    "accumulate": "gram",
    "discard": "gram",
    "disk_grid": "grids",
    "rectangle_grid": "grids",
    "merge": "joining",
    "kernel_edmd": "kernelized",
    "kernel_gram": "kernelized",
    "LimitCount": "limits",
    "limits_required": "limits",
    "indicator": "localized",
    "kernel_dictionary": "localized",
    "place_centers": "localized",
    "radial": "localized",
    "point_masses": "measure",
    "spectral_measure": "measure",
    "SpectralMeasure": "measure_fields",
    "dmd": "modes",
    "WavePackets": "packets",
    "rigged_dmd": "packets",
    "RationalKernel": "rational",
    "rational_kernel": "rational",
    "Pseudospectrum": "residual",
    "pseudospectrum": "residual",
    "Snapshots": "snapshots",
    "Spectrum": "spectrum",
    "GramState": "states",
    "StochasticGram": "stochastic",
    "stochastic_edmd": "stochastic",
    "stochastic_gram": "stochastic",
    "mpedmd": "unitary",
    "chebyshev": "univariate",
    "fourier": "univariate",
    "hermite": "univariate",
    "legendre": "univariate",
    "monomials": "univariate",
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
    "discard",
    "merge",
    "CertifiedSpectrum",
    "certified_spectrum",
    "disk_grid",
    "rectangle_grid",
    "Pseudospectrum",
    "pseudospectrum",
    "Adversary",
    "twist_adversary",
    "SeparatedMeasure",
    "separate_atoms",
    "ControlledModel",
    "controlled_dmd",
    "autocorrelation",
    "krylov_gram",
    "Forecast",
    "predict",
    "GeneratorSpectrum",
    "generator",
    "point_masses",
    "spectral_measure",
    "SpectralMeasure",
    "dmd",
    "WavePackets",
    "rigged_dmd",
    "RationalKernel",
    "rational_kernel",
    "StochasticGram",
    "stochastic_edmd",
    "stochastic_gram",
    "mpedmd",
    "OptimizedModes",
    "optimized_dmd",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.koopman.{_FILES[name]}")
        return getattr(module, name)
    raise unknown_name("perturbsci.koopman", name, __all__)


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
