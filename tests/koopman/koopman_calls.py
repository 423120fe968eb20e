"""Every argument of every public function and method: a good value, and mistakes."""

import numpy as np

from perturbsci import koopman as kp
from tests.koopman.koopman_mistakes import (
    ADVICE,
    NO_CHOICE,
    NO_DATA,
    NO_DEGREES,
    NO_DICTIONARY,
    NO_GRID,
    NO_INTERVAL,
    NO_MODULUS,
    NO_POSITIVE,
    NO_SHARE,
    NO_SNAPSHOTS,
    NO_SPECTRUM,
    choice,
    given,
    no_array,
    no_panel,
    no_row,
    optional_row,
    outside,
    panel,
    positive,
    row,
    whole,
)
from tests.koopman.koopman_samples import (
    ANGLES,
    AT,
    DATA,
    FEW,
    GRID,
    INPUTS,
    MOMENTS,
    OTHER,
    QUADRATIC,
    RECORD,
    RESULTS,
    SPECTRUM,
    STATE,
    TIMES,
    UNITARY,
    X,
    Y,
)
from tests.mistakes import NO_FLAG, NO_NUMBERS, NO_SEED, but

DICTIONARY = given(QUADRATIC, "dictionary", NO_DICTIONARY)
NEEDED = given(QUADRATIC, "dictionary", NO_DICTIONARY | {"none": None})
PART = given(kp.linear(1), "dictionary", NO_DICTIONARY | {"none": None})
SNAPSHOTS = given(DATA, "data", NO_SNAPSHOTS)
SPECTRA = given(SPECTRUM, "data", NO_SPECTRUM)
CIRCULAR = given(UNITARY, "data", but(NO_SPECTRUM, "array"))
SHARE = given(0.95, "share", NO_SHARE)
FLAG = given(True, "flag", NO_FLAG)
SEED = given(0, "seed", NO_SEED)
KERNEL = {
    "snapshots": SNAPSHOTS,
    "kernel": choice("gaussian"),
    "scale": positive(None),
    "degree": whole(20),
    "rank": (None, "pass", but(outside(1, 60), "none", "beyond")),
}
FIT = {
    "data": given(DATA, "data", NO_DATA),
    "dictionary": DICTIONARY,
    "accuracy": given(None, "choice", NO_CHOICE),
}
CLAIM = {
    "declare": choice("general"),
    "modulus": given(None, "modulus", NO_MODULUS),
    "held_out": given(OTHER, "data", but(NO_SNAPSHOTS, "none")),
    "confidence": SHARE,
    "seed": SEED,
}
PAIRS = {"step": positive(), "sampling": choice("unknown")}
SUCCESSORS = {"snapshots": SNAPSHOTS, "second": panel(Y / 2), "dictionary": NEEDED}
SMOOTHED = {
    "angles": row(AT),
    "order": whole(4, 1, 12),
    "epsilon": positive(0.1),
    "poles": choice("equispaced"),
}
SIDE = given(0.0, "number", NO_NUMBERS | {"beyond": 10**400})


def sides(**ends):
    return {name: (end, *SIDE[1:]) for name, end in ends.items()}


CALLS = {
    "Snapshots": (
        kp.Snapshots,
        {"x": panel(X), "y": panel(Y), "weights": optional_row(np.ones(60)), **PAIRS},
    ),
    "Snapshots.from_trajectory": (
        kp.Snapshots.from_trajectory,
        {
            "states": panel(X),
            "delays": whole(2),
            "times": optional_row(np.arange(60.0)),
            **PAIRS,
        },
    ),
    "Snapshots.from_trajectories": (
        kp.Snapshots.from_trajectories,
        {
            "states": given([X], "array", {"none": None, "number": 3.0, "text": "x"}),
            "delays": whole(2),
            "weights": optional_row(np.ones(2)),
            **PAIRS,
        },
    ),
    "Snapshots.from_map": (
        kp.Snapshots.from_map,
        {
            "function": given(np.sin, "data", {"none": None, "array": X, "text": "sin"}),
            "x": panel(X),
            "weights": optional_row(np.ones(60)),
            **PAIRS,
        },
    ),
    "Snapshots.chunks": (DATA.chunks, {"size": whole(7)}),
    "Snapshots.split": (DATA.split, {"fraction": (0.5, *SHARE[1:]), "seed": SEED}),
    "linear": (kp.linear, {"n_state": whole(2)}),
    "fourier": (
        kp.fourier,
        {
            "degrees": given(2, "degrees", NO_DEGREES),
            "period": positive(),
            "form": choice("complex"),
        },
    ),
    "monomials": (
        kp.monomials,
        {
            "degrees": given(2, "degrees", NO_DEGREES),
            "n_state": whole(1),
            "weights": given(
                None,
                "whole",
                {"zero": [0], "half": [1.5], "text": "a", "two": [1, 1], "bool": [True]},
            ),
        },
    ),
    "chebyshev": (
        kp.chebyshev,
        {
            "degrees": given(2, "degrees", NO_DEGREES),
            "interval": given((0, 1), "interval", NO_INTERVAL),
        },
    ),
    "legendre": (
        kp.legendre,
        {
            "degrees": given(2, "degrees", NO_DEGREES),
            "interval": given((0, 1), "interval", NO_INTERVAL),
        },
    ),
    "hermite": (
        kp.hermite,
        {
            "degrees": given(2, "degrees", NO_DEGREES),
            "scale": positive(),
            "form": choice("polynomial"),
        },
    ),
    "radial": (
        kp.radial,
        {"centers": panel(X[:5]), "scale": positive(), "profile": choice("gaussian")},
    ),
    "indicator": (lambda edges: kp.indicator(edges), {"edges": row(np.arange(4.0))}),
    "delays": (kp.delays, {"base": PART, "count": whole(2)}),
    "tensor": (
        lambda factors, cross: kp.tensor(factors, kp.fourier(2), cross=cross),
        {
            "factors": (kp.fourier(2), *PART[1:]),
            "cross": (2, ADVICE["number"], NO_POSITIVE | {"none": "", "below": 0.5}),
        },
    ),
    "union": (
        lambda dictionaries: kp.union(dictionaries, kp.linear(1)),
        {"dictionaries": PART},
    ),
    "custom": (
        kp.custom,
        {
            "function": given(np.sin, "data", {"none": None, "text": "sin", "array": X}),
            "n_functions": whole(1),
            "n_state": whole(1),
            "name": given("sine", "data", {"none": None, "number": 3, "list": ["sine"]}),
        },
    ),
    "kernel_dictionary": (kp.kernel_dictionary, KERNEL),
    "kernel_gram": (kp.kernel_gram, KERNEL),
    "kernel_edmd": (kp.kernel_edmd, KERNEL),
    "compress": (
        kp.compress,
        {
            "data": (DATA, "pass|make", but(NO_DATA, "chunk of another width")),
            "dictionary": NEEDED,
            "rank": whole(3),
            "oversampling": whole(2, 0),
            "power_steps": whole(1, 0),
            "seed": SEED,
        },
    ),
    "place_centers": (
        kp.place_centers,
        {"snapshots": SNAPSHOTS, "count": whole(3), "seed": SEED},
    ),
    "Dictionary": (lambda x: QUADRATIC(x), {"x": panel(X)}),
    "accumulate": (
        kp.accumulate,
        {
            "data": given(DATA, "data", NO_DATA),
            "dictionary": DICTIONARY,
            "form": choice("gram"),
            "onto": given(None, "data", {"data": DATA, "array": X, "text": "x"}),
            "forgetting": (0.5, ADVICE["share"], but(NO_SHARE, "one")),
            "chunk": whole(None),
        },
    ),
    "merge": (
        lambda states: kp.merge(STATE, states),
        {"states": given(STATE, "data", {"none": None, "data": DATA, "array": X})},
    ),
    "discard": (
        kp.discard,
        {
            "state": given(STATE, "data", {"none": None, "data": DATA, "text": "x"}),
            "snapshots": given(FEW, "data", NO_SNAPSHOTS),
        },
    ),
    "edmd": (
        kp.edmd,
        {
            **FIT,
            **CLAIM,
            "rank": whole(None, 1, 6),
            "tolerance": given(None, "number", NO_NUMBERS | {"one": 1, "negative": -0.1}),
            "chunk": whole(None),
            "strict": FLAG,
        },
    ),
    "mpedmd": (kp.mpedmd, {**FIT, "chunk": whole(None), "strict": FLAG}),
    "stochastic_gram": (kp.stochastic_gram, SUCCESSORS),
    "stochastic_edmd": (kp.stochastic_edmd, {**SUCCESSORS, "confidence": SHARE}),
    "pseudospectrum": (
        kp.pseudospectrum,
        {
            **FIT,
            **CLAIM,
            "grid": given(GRID, "array", NO_GRID),
            "tolerance": (1e-6, ADVICE["number"], NO_POSITIVE | {"one": 1}),
            "vectors": FLAG,
        },
    ),
    "certified_spectrum": (
        kp.certified_spectrum,
        {
            **FIT,
            **CLAIM,
            "grid": (GRID, ADVICE["array"], but(NO_GRID, "none")),
            "factor": positive(5.0),
        },
    ),
    "rectangle_grid": (
        kp.rectangle_grid,
        {
            **sides(left=-1.0, right=1.0, bottom=-1.0, top=1.0),
            "spacing": (0.5, ADVICE["number"], NO_POSITIVE),
        },
    ),
    "disk_grid": (kp.disk_grid, {"radius": positive(), "spacing": positive(0.5)}),
    "autocorrelation": (
        kp.autocorrelation,
        {
            "observations": given(X.T, "array", no_array(X.T)),
            "lags": whole(3, 0, 59),
            "weights": optional_row(np.ones(2)),
        },
    ),
    "krylov_gram": (kp.krylov_gram, {"moments": row(MOMENTS), "n_functions": whole(4)}),
    "spectral_measure": (
        kp.spectral_measure,
        {
            "source": row(MOMENTS),
            **SMOOTHED,
            "method": choice("rational"),
            "filter": choice("bump"),
            "coefficients": given(None, "data", {"numbers": np.ones(40)}),
        },
    ),
    "spectral_measure of mpedmd": (
        kp.spectral_measure,
        {
            "source": (UNITARY, ADVICE["data"], {}),
            "angles": (AT, ADVICE["data"], {}),
            "coefficients": row(np.ones(5)),
        },
    ),
    "point_masses": (
        kp.point_masses,
        {"moments": row(MOMENTS), "angles": row(AT), "filter": choice("bump")},
    ),
    "separate_atoms": (
        kp.separate_atoms,
        {"moments": row(MOMENTS), "threshold": (1e-3, *SHARE[1:])},
    ),
    "rational_kernel": (
        kp.rational_kernel,
        {"order": whole(4, 1, 12), "poles": choice("chebyshev")},
    ),
    "rigged_dmd": (
        kp.rigged_dmd,
        {"spectrum": CIRCULAR, "coefficients": row(np.ones(5)), **SMOOTHED},
    ),
    "dmd": (
        kp.dmd,
        {"snapshots": SNAPSHOTS, "method": choice("exact"), "rank": whole(None, 1, 2)},
    ),
    "optimized_dmd": (
        kp.optimized_dmd,
        {
            "states": panel(RECORD),
            "times": row(TIMES),
            "rank": whole(2, 1, 29),
            "initial": optional_row(np.ones(2)),
            "stable": FLAG,
            "tolerance": positive(1e-9),
            "max_steps": whole(30),
            "strict": (False, *FLAG[1:]),
        },
    ),
    "controlled_dmd": (
        kp.controlled_dmd,
        {"snapshots": SNAPSHOTS, "inputs": panel(INPUTS), "rank": whole(None, 1, 3)},
    ),
    "predict": (
        kp.predict,
        {
            "spectrum": SPECTRA,
            "initial": (X[:3], "pass|" + ADVICE["array"], but(no_panel(X[:3]), "1-d")),
            "n_steps": whole(3, 0),
            "coefficients": given(None, "array", but(no_row(np.ones(6)), "2-d")),
        },
    ),
    "generator": (kp.generator, {"spectrum": SPECTRA}),
    "limits_required": (
        kp.limits_required,
        {
            "target": choice("spectrum"),
            "declare": choice("general"),
            "modulus": (False, *FLAG[1:]),
        },
    ),
    "twist_adversary": (
        kp.twist_adversary,
        {
            "radii": row(np.arange(4.0)),
            "size": positive(0.1),
            "n_angles": whole(4),
            "step": positive(),
        },
    ),
    "Spectrum.keep": (SPECTRUM.keep, {"tolerance": positive()}),
    "Spectrum.eigenfunctions": (SPECTRUM.eigenfunctions, {"x": panel(X)}),
    "Pseudospectrum.inside": (RESULTS["Pseudospectrum"].inside, {"epsilon": positive()}),
    "SpectralMeasure.cumulative": (
        RESULTS["SpectralMeasure"].cumulative,
        {"angles": row(AT)},
    ),
    "WavePackets.evaluate": (RESULTS["WavePackets"].evaluate, {"x": panel(ANGLES)}),
    "OptimizedModes.evaluate": (
        RESULTS["OptimizedModes"].evaluate,
        {"times": (TIMES, ADVICE["array"], but(no_row(TIMES), "empty"))},
    ),
    "ControlledModel.simulate": (
        RESULTS["ControlledModel"].simulate,
        {
            "initial": given(X[0], "array", but(no_row(X[0]), "2-d")),
            "inputs": (INPUTS, ADVICE["array"], but(no_panel(INPUTS), "no row")),
        },
    ),
    "Adversary.phase": (
        RESULTS["Adversary"].phase,
        {"r": (TIMES, ADVICE["array"], no_array(TIMES))},
    ),
}
