"""Koopman spectra from snapshots, each eigenvalue with the residual that verifies it.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.koopman.atoms import SeparatedMeasure, separate_atoms
    from perturbsci.koopman.compositions import delays, tensor, union
    from perturbsci.koopman.compression import compress
    from perturbsci.koopman.correlations import autocorrelation, krylov_gram
    from perturbsci.koopman.dictionaries import Dictionary, custom, linear
    from perturbsci.koopman.galerkin import edmd
    from perturbsci.koopman.gram import GramState, accumulate, discard, merge
    from perturbsci.koopman.kernelized import kernel_edmd, kernel_gram
    from perturbsci.koopman.limits import LimitCount, limits_required
    from perturbsci.koopman.localized import (
        indicator,
        kernel_dictionary,
        place_centers,
        radial,
    )
    from perturbsci.koopman.measure import SpectralMeasure, point_masses, spectral_measure
    from perturbsci.koopman.packets import WavePackets, rigged_dmd
    from perturbsci.koopman.rational import RationalKernel, rational_kernel
    from perturbsci.koopman.snapshots import Snapshots
    from perturbsci.koopman.spectrum import Spectrum
    from perturbsci.koopman.unitary import mpedmd
    from perturbsci.koopman.univariate import (
        chebyshev,
        fourier,
        hermite,
        legendre,
        monomials,
    )

_FILES = {
    "SeparatedMeasure": "atoms",
    "separate_atoms": "atoms",
    "delays": "compositions",
    "tensor": "compositions",
    "union": "compositions",
    "compress": "compression",
    "autocorrelation": "correlations",
    "krylov_gram": "correlations",
    "Dictionary": "dictionaries",
    "linear": "dictionaries",
    "custom": "dictionaries",
    "edmd": "galerkin",
    "GramState": "gram",
    "accumulate": "gram",
    "discard": "gram",
    "merge": "gram",
    "kernel_edmd": "kernelized",
    "kernel_gram": "kernelized",
    "LimitCount": "limits",
    "limits_required": "limits",
    "indicator": "localized",
    "radial": "localized",
    "kernel_dictionary": "localized",
    "place_centers": "localized",
    "SpectralMeasure": "measure",
    "point_masses": "measure",
    "spectral_measure": "measure",
    "WavePackets": "packets",
    "rigged_dmd": "packets",
    "RationalKernel": "rational",
    "rational_kernel": "rational",
    "Snapshots": "snapshots",
    "Spectrum": "spectrum",
    "mpedmd": "unitary",
    "monomials": "univariate",
    "chebyshev": "univariate",
    "fourier": "univariate",
    "hermite": "univariate",
    "legendre": "univariate",
}

__all__ = [
    "SeparatedMeasure",
    "separate_atoms",
    "delays",
    "tensor",
    "union",
    "compress",
    "autocorrelation",
    "krylov_gram",
    "Dictionary",
    "linear",
    "custom",
    "edmd",
    "GramState",
    "accumulate",
    "discard",
    "merge",
    "kernel_edmd",
    "kernel_gram",
    "LimitCount",
    "limits_required",
    "indicator",
    "radial",
    "kernel_dictionary",
    "place_centers",
    "SpectralMeasure",
    "point_masses",
    "spectral_measure",
    "WavePackets",
    "rigged_dmd",
    "RationalKernel",
    "rational_kernel",
    "Snapshots",
    "Spectrum",
    "mpedmd",
    "monomials",
    "chebyshev",
    "fourier",
    "hermite",
    "legendre",
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
