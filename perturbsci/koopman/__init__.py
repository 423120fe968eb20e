"""Koopman spectra from snapshots, each eigenvalue with the residual that verifies it."""

from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.galerkin import edmd
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.univariate import monomials

__all__ = ["Snapshots", "Dictionary", "linear", "monomials", "Spectrum", "edmd"]
