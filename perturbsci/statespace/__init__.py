"""Long-memory state-space models: nearby diagonal forms, their kernels and their norms.

Each name is loaded from its file on first use (PEP 562): importing this subpackage
loads neither SciPy nor Numba.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbsci.statespace.classifier import (
        SequenceClassifier,
        classify,
        loss_and_gradient,
        sequence_classifier,
        with_parameters,
    )
    from perturbsci.statespace.closed_form import (
        lagt_shift_poles,
        legs_inner,
        legs_log10_condition,
        legs_spikes,
        legs_states,
    )
    from perturbsci.statespace.convolution import convolution_kernel, convolve
    from perturbsci.statespace.coordinates import diagonal_system
    from perturbsci.statespace.diagonalization import perturb_then_diagonalize
    from perturbsci.statespace.discretization import discretize
    from perturbsci.statespace.eigenbasis import Diagonalization
    from perturbsci.statespace.initializations import Initialization, initialize
    from perturbsci.statespace.measures import Hippo, hippo
    from perturbsci.statespace.modes import halve, unfold
    from perturbsci.statespace.norms import (
        gramians,
        h2_norm,
        hankel_singular_values,
        kernel_l1_norm,
    )
    from perturbsci.statespace.peaks import HinfNorm, hinf_norm
    from perturbsci.statespace.realizations import dense, difference
    from perturbsci.statespace.robustness import (
        NoiseRobustness,
        fourier_noise,
        frozen_features,
        noise_robustness,
    )
    from perturbsci.statespace.sensitivity import condition_gradient
    from perturbsci.statespace.simulation import (
        Simulation,
        advance,
        bidirectional,
        simulate,
    )
    from perturbsci.statespace.structured import HankelSystem, LowRankSystem
    from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
    from perturbsci.statespace.tokens import ListOps, listops, listops_value
    from perturbsci.statespace.training import Training, train
    from perturbsci.statespace.transfer import transfer_function

_FILES = {
    "SequenceClassifier": "classifier",
    "classify": "classifier",
    "loss_and_gradient": "classifier",
    "sequence_classifier": "classifier",
    "with_parameters": "classifier",
    "legs_states": "closed_form",
    "legs_inner": "closed_form",
    "legs_log10_condition": "closed_form",
    "legs_spikes": "closed_form",
    "lagt_shift_poles": "closed_form",
    "convolution_kernel": "convolution",
    "convolve": "convolution",
    "diagonal_system": "coordinates",
    "perturb_then_diagonalize": "diagonalization",
    "discretize": "discretization",
    "Diagonalization": "eigenbasis",
    "Initialization": "initializations",
    "initialize": "initializations",
    "Hippo": "measures",
    "hippo": "measures",
    "halve": "modes",
    "unfold": "modes",
    "gramians": "norms",
    "h2_norm": "norms",
    "hankel_singular_values": "norms",
    "kernel_l1_norm": "norms",
    "HinfNorm": "peaks",
    "hinf_norm": "peaks",
    "dense": "realizations",
    "difference": "realizations",
    "NoiseRobustness": "robustness",
    "fourier_noise": "robustness",
    "frozen_features": "robustness",
    "noise_robustness": "robustness",
    "condition_gradient": "sensitivity",
    "Simulation": "simulation",
    "advance": "simulation",
    "bidirectional": "simulation",
    "simulate": "simulation",
    "HankelSystem": "structured",
    "LowRankSystem": "structured",
    "DenseSystem": "systems",
    "DiagonalSystem": "systems",
    "StateSpace": "systems",
    "ListOps": "tokens",
    "listops": "tokens",
    "listops_value": "tokens",
    "Training": "training",
    "train": "training",
    "transfer_function": "transfer",
}

__all__ = [
    "Hippo",
    "hippo",
    "legs_states",
    "legs_inner",
    "legs_log10_condition",
    "legs_spikes",
    "lagt_shift_poles",
    "Diagonalization",
    "perturb_then_diagonalize",
    "diagonal_system",
    "convolution_kernel",
    "convolve",
    "discretize",
    "halve",
    "unfold",
    "gramians",
    "h2_norm",
    "hankel_singular_values",
    "kernel_l1_norm",
    "HinfNorm",
    "hinf_norm",
    "dense",
    "difference",
    "Simulation",
    "advance",
    "bidirectional",
    "simulate",
    "HankelSystem",
    "LowRankSystem",
    "DenseSystem",
    "DiagonalSystem",
    "StateSpace",
    "transfer_function",
    "Initialization",
    "initialize",
    "SequenceClassifier",
    "classify",
    "loss_and_gradient",
    "sequence_classifier",
    "with_parameters",
    "Training",
    "train",
    "ListOps",
    "listops",
    "listops_value",
    "NoiseRobustness",
    "fourier_noise",
    "frozen_features",
    "noise_robustness",
    "condition_gradient",
]


def __getattr__(name: str) -> object:
    """Load the file of a name when it is first used (PEP 562)."""
    if name in _FILES:
        module = importlib.import_module(f"perturbsci.statespace.{_FILES[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'perturbsci.statespace' has no attribute {name!r}; it has {__all__}"
    )


def __dir__() -> list[str]:
    """Return the public names without loading anything."""
    return sorted(__all__)
