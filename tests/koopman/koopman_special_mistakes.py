"""What only one argument can get wrong: a call, and the advice it is given."""

import math

import numpy as np

from perturbsci import koopman as kp
from tests.koopman.koopman_samples import (
    AT,
    DATA,
    FEW,
    GRID,
    INPUTS,
    MOMENTS,
    NARROW,
    OTHER,
    QUADRATIC,
    RECORD,
    RESULTS,
    ROTATION,
    SPECTRUM,
    STATE,
    TIMES,
    UNITARY,
    X,
    Y,
)

HOLED = X.copy()
HOLED[7, 1] = math.nan
HOLED[9, 0] = math.inf
PAIRS = kp.Snapshots.from_trajectories
PATH = kp.Snapshots.from_trajectory
WEIGHTED = kp.Snapshots(X, Y, weights=np.ones(60))
SLOWER = kp.Snapshots(X, Y, step=2.0)
TURNED = kp.accumulate(DATA, QUADRATIC, form="qr")
ADJOINT = RESULTS["Spectrum, kernel"]


def returning(value):
    """Return the call of a custom dictionary whose function returns this."""
    return lambda: kp.custom(lambda x: value, 1, n_state=2, name="mine")(X)


def weighing(weights):
    return lambda: kp.Snapshots(X, Y, weights=weights)


def timed(times):
    return lambda: PATH(X, times=times)


def of_moments(moments):
    return lambda: kp.spectral_measure(moments, AT)


def once():
    """Return a generator of chunks, which can be read once."""
    return DATA.chunks(20)


NOT_ONE = np.concatenate([[1.0], [1.0 + 1e-7]])

SPECIAL = {
    # Pairs and trajectories
    "index of NaN": (lambda: kp.Snapshots(HOLED, Y), r"`snapshots\.x` has 2 .* \(7, 1\)"),
    "NaN of y": (lambda: kp.Snapshots(X, HOLED), r"`snapshots\.y` has 2 .* \(7, 1\)"),
    "NaN of a trajectory": (lambda: PATH(HOLED), r"`states` has 2 .* first .* \(7, 1\)"),
    "NaN of the second": (lambda: PAIRS([X, HOLED]), r"`states\[1\]` has 2 .* \(7, 1\)"),
    "one column of x": (lambda: kp.Snapshots(X[:, 0], Y), r"pass snapshots\.x\[:, None\]"),
    "1-D states": (lambda: PATH(X[:, 0]), r"pass states\[:, None\]"),
    "fewer images": (lambda: kp.Snapshots(X, Y[1:]), r"y has shape \(59, 2\).*from_traj"),
    "another width": (lambda: kp.Snapshots(X, Y[:, :1]), r"y has shape \(60, 1\) but"),
    "one sample": (lambda: kp.Snapshots(X[:1], Y[:1]), "one sample .* at least 2 rows"),
    "complex x and text": (
        lambda: kp.Snapshots(X.astype(np.complex64), np.full(X.shape, "a")),
        r"snapshots\.y has dtype str",
    ),
    "few weights": (weighing(np.ones(59)), r"weights has shape \(59,\), needed \(60,\)"),
    "negative weight": (weighing(np.append(np.ones(59), -1)), "weights has minimum -1"),
    "no weight": (weighing(np.zeros(60)), r"weights has .* sum 0; .* not all zero"),
    "endless weights": (weighing(np.full(60, 1e308)), "sum inf; .* their sum is finite"),
    "complex weights": (weighing(np.ones(60) * 1j), r"pass snapshots\.weights\.real"),
    "decreasing times": (timed(-np.arange(60.0)), "times has steps .* must increase"),
    "times that stand": (timed(np.zeros(60)), "times has steps from 0 to 0; .* increase"),
    "uneven times": (timed(np.arange(60.0) ** 2), "times has steps .* uniformly: resam"),
    "few times": (timed(np.arange(59.0)), r"times has shape \(59,\), needed \(60,\)"),
    "short trajectory": (
        lambda: PATH(X, delays=59),
        "states has 60 times, needed 61 .* delays=59",
    ),
    "shorter one": (lambda: PAIRS([X, X[:2]], delays=2), r"states\[1\] has 2 times, ne"),
    "widths": (lambda: PAIRS([X, X[:, :1]]), r"states\[1\] has 1 columns but states\[0\]"),
    "no trajectory": (lambda: PAIRS([]), "states is .*without any trajectory; pass at l"),
    "one for several": (lambda: PAIRS(X), r"states has shape \(60, 2\).*from_trajectory"),
    "dict of states": (lambda: PAIRS({"a": X}), "states is a dict, needed a list"),
    "weights a sample": (
        lambda: PAIRS([X], weights=np.ones(60)),
        "one weight a trajectory",
    ),
    "map of one state": (
        lambda: kp.Snapshots.from_map(lambda x: x[0], X),
        r"function\(x\) has shape \(2,\) for x of shape \(60, 2\)",
    ),
    "map to NaN": (
        lambda: kp.Snapshots.from_map(lambda x: x * math.nan, X),
        r"`function\(x\)` has 120 values that are not finite",
    ),
    "tiny part": (lambda: DATA.split(1e-3), "fraction is 0.001, which splits 60 .* into 0"),
    # Dictionaries
    "another n_state": (lambda: kp.edmd(DATA, kp.linear(3)), "make it with n_state=2"),
    "n_state of a state": (lambda: QUADRATIC(X[:, :1]), r"x has shape .* 2 columns"),
    "n_state of compress": (
        lambda: kp.compress(DATA, kp.linear(3), rank=1),
        "dictionary is for states of 3 columns .* make it with n_state=2",
    ),
    "mine of one axis": (
        returning(X[:, 0]),
        r"mine\(x\) has shape \(60,\), needed \(60, 1\)",
    ),
    "mine of few rows": (returning(X[:9, :1]), r"mine\(x\) has shape \(9, 1\), needed"),
    "mine is NaN": (returning(X[:, :1] * math.nan), r"`mine\(x\)` has 60 .* not finite"),
    "mine is None": (returning(None), r"mine\(x\) is None, needed numbers"),
    "mine is text": (returning("abc"), r"mine\(x\) is 'abc', needed numbers"),
    "mine is of bools": (returning(X[:, :1] > 0), r"mine\(x\) has dtype bool"),
    "degrees of columns": (
        lambda: kp.monomials([1, 2], n_state=2),
        "degrees is .* pass the largest",
    ),
    "real frequencies": (lambda: kp.fourier([1, 2], form="real"), "degrees .* form"),
    "edges decrease": (lambda: kp.indicator([1, 0]), r"edges\[0\] goes from 1 to 0 at"),
    "equal edges": (lambda: kp.indicator([0, 1], [0, 0]), r"edges\[1\] goes from 0 to 0"),
    "one edge": (lambda: kp.indicator([0]), r"edges\[0\] has 1 entry, needed at least 2"),
    "no edges": (lambda: kp.indicator(), r"edges is \(\), needed one array"),
    "outside the cells": (lambda: kp.indicator([0, 1], [0, 1])(X), r"x\[\d+, \d\]|outside"),
    "cross below 1": (lambda: kp.tensor(kp.fourier(2), cross=0.5), "cross is 0.5; .*1 on"),
    "no degrees": (
        lambda: kp.tensor(kp.indicator([0, 1]), cross=2),
        r"factors\[0\] .*no degrees",
    ),
    "no factor": (lambda: kp.tensor(), "factors is empty; pass at least one dictionary"),
    "no dictionaries": (lambda: kp.union(), "dictionaries is empty; pass at least one"),
    "union of widths": (lambda: kp.union(kp.linear(1), kp.linear(2)), "use tensor"),
    "many functions": (lambda: kp.fourier(10**4), "asks for 20001 functions, .* takes 3.2"),
    "much memory": (lambda: kp.tensor(kp.fourier(99), kp.fourier(99)), "tensor of .* GB"),
    "centers of states": (
        lambda: kp.place_centers(FEW, 6),
        "count is 6 but .* 5 different",
    ),
    "rank of a kernel": (lambda: kp.kernel_gram(FEW, rank=6), "rank is 6 but .* 5 samples"),
    "kernel of copies": (
        lambda: kp.kernel_edmd(kp.Snapshots(0 * X, Y)),
        "scale is None, but all 60 states coincide .*; pass scale",
    ),
    "kernel of complex x": (
        lambda: kp.kernel_gram(kp.Snapshots(X * 1j, Y)),
        r"snapshots\.x .*complex",
    ),
    "rank of compress": (lambda: kp.compress(DATA, QUADRATIC, rank=7), "rank is 7, above"),
    "independent functions": (
        lambda: kp.compress(DATA, kp.union(kp.linear(2), kp.linear(2)), rank=3),
        "rank is 3 but .* 2 independent combinations .* pass rank=2",
    ),
    # Gram states
    "no chunk": (lambda: kp.accumulate([]), "data is a list without any Snapshots; pass"),
    "chunks of widths": (lambda: kp.accumulate([DATA, NARROW]), r"data\[1\] has n_state 1"),
    "chunks of steps": (lambda: kp.accumulate([DATA, SLOWER]), r"data\[1\] has step 2"),
    "some weights": (
        lambda: kp.accumulate([DATA, WEIGHTED]),
        r"data\[1\] has weighted True",
    ),
    "merge of nothing": (lambda: kp.merge(), r"states is \(\); pass at least one"),
    "merge of functions": (
        lambda: kp.merge(STATE, kp.accumulate(DATA, kp.radial(X[:6], scale=1.0))),
        r"states\[1\] has dictionary radial.* but states\[0\] has monomials",
    ),
    "merge of forms": (lambda: kp.merge(STATE, TURNED), r"states\[1\] has form 'qr' but"),
    "merge of steps": (
        lambda: kp.merge(STATE, kp.accumulate(SLOWER, QUADRATIC)),
        r"states\[1\] has step 2.0 but states\[0\] has 1.0",
    ),
    "window of factors": (lambda: kp.discard(TURNED, FEW), "state has form 'qr'"),
    "nothing would remain": (lambda: kp.discard(STATE, DATA), "nothing would remain"),
    "verified state": (
        lambda: kp.edmd(STATE, accuracy="verified"),
        "accuracy is 'verified' but data is a GramState, which holds no pairs; pass the",
    ),
    "qr of squares": (
        lambda: kp.edmd(STATE, accuracy="qr"),
        "accuracy is 'qr' .* form=.qr",
    ),
    "verified once": (lambda: kp.edmd(once(), accuracy="verified"), "one-shot iterator"),
    "twice a dictionary": (lambda: kp.edmd(STATE, QUADRATIC), "dictionary .* leave it out"),
    # Spectra
    "narrow held out": (lambda: kp.edmd(DATA, held_out=NARROW), "held_out has states of 1"),
    "held out of a grid": (
        lambda: kp.pseudospectrum(DATA, grid=GRID, held_out=NARROW),
        "held_out has states of 1 columns but data has 2; use the same delays",
    ),
    "held out and moments": (
        lambda: kp.edmd(kp.krylov_gram(MOMENTS, 3), held_out=OTHER),
        "held_out needs the dictionary, which is None",
    ),
    "held out and kernels": (
        lambda: kp.edmd(kp.kernel_gram(DATA, rank=3), held_out=OTHER),
        "held_out came with a state of operator 'adjoint'.*pass the other pairs as data",
    ),
    "rank of samples": (lambda: kp.edmd(FEW, QUADRATIC, rank=6), "rank is 6; .* 1 to 5"),
    "mpedmd of nothing": (
        lambda: kp.mpedmd(kp.Snapshots(0 * X, Y)),
        "dictionary has rank 0",
    ),
    "no grid": (lambda: kp.pseudospectrum(DATA, grid=[]), r"grid has shape \(0,\)"),
    "grid of NaN": (
        lambda: kp.certified_spectrum(DATA, grid=[0.0, complex(0, math.nan)]),
        r"`grid` has 1 values that are not finite, first at index \(1,\)",
    ),
    "reversed sides": (
        lambda: kp.rectangle_grid(1.0, -1.0, 0.0, 1.0, 0.5),
        "left is 1 and right is -1; the order is",
    ),
    "bottom above top": (
        lambda: kp.rectangle_grid(0.0, 1.0, 1.0, 1.0, 0.5),
        "bottom is 1 and top is 1; the order is",
    ),
    "fine grid": (lambda: kp.disk_grid(1.0, 1e-6), "spacing is 1e-06, which gives 4e"),
    "coarse grid": (
        lambda: kp.rectangle_grid(0.1, 0.2, 0.1, 0.2, 1.0),
        "spacing is 1, of which no multiple lies in the rectangle",
    ),
    "few successors": (
        lambda: kp.stochastic_gram(DATA, Y[1:], QUADRATIC),
        r"second has shape \(59, 2\) but snapshots\.y has \(60, 2\)",
    ),
    "successors of others": (
        lambda: kp.stochastic_edmd(DATA, OTHER, QUADRATIC),
        "second has 60 samples whose x are not those of snapshots",
    ),
    "no inverse": (
        lambda: kp.dmd(kp.Snapshots(X, 0 * X), method="forward-backward"),
        "method 'forward-backward' needs an invertible map, .* method='exact'",
    ),
    # Measures
    "c_0 = 0": (of_moments(0 * MOMENTS), r"source begins with c_0 = 0.* positive number"),
    "c_0 < 0": (of_moments(-MOMENTS), r"source begins with c_0 = -1.* positive number"),
    "c_0 complex": (of_moments(1j * MOMENTS), r"source begins with c_0 = 0\+1j"),
    "c_1 > c_0": (of_moments(NOT_ONE), r"source has \|c_1\| = 1.0000001 above c_0 = 1"),
    "moments of no measure": (
        lambda: kp.krylov_gram(MOMENTS[::-1], 3),
        r"moments has \|c_39\| = 1 above c_0 = .* no positive measure",
    ),
    "few moments": (lambda: kp.krylov_gram(MOMENTS[:4], 4), "needed at least 5 for 4 func"),
    "one moment": (lambda: kp.point_masses(MOMENTS[:1], AT), "moments has shape .* needed"),
    "seven moments": (lambda: kp.separate_atoms(MOMENTS[:7]), "moments .* at least 8"),
    "lags of times": (lambda: kp.autocorrelation(MOMENTS, 40), "lags is 40; .* 0 to 39"),
    "3-D observations": (lambda: kp.autocorrelation(X[None], 1), "observations has shape"),
    "weights of one": (
        lambda: kp.autocorrelation(MOMENTS, 1, weights=np.ones(1)),
        r"observations has shape \(40,\) but weights came with it",
    ),
    "weights of two": (
        lambda: kp.autocorrelation(X.T, 1, weights=np.ones(3)),
        r"weights has shape \(3,\), needed \(2,\): one weight a trajectory",
    ),
    "negative weights": (
        lambda: kp.autocorrelation(X.T, 1, weights=-np.ones(2)),
        "weights has minimum -1 and sum -2; weights are not negative",
    ),
    "atoms of moments": (
        lambda: kp.spectral_measure(MOMENTS, AT, method="atoms"),
        "method is 'atoms' for a source of moments",
    ),
    "not unitary": (
        lambda: kp.spectral_measure(SPECTRUM, AT, coefficients=np.ones(6)),
        "source has an eigenvalue .* away from the unit circle",
    ),
    "packets not unitary": (
        lambda: kp.rigged_dmd(SPECTRUM, np.ones(6), AT),
        "spectrum has an eigenvalue .* away from the unit circle",
    ),
    "part of a measure": (
        lambda: kp.spectral_measure(UNITARY.keep(1e-9), AT, coefficients=np.ones(5)),
        "source has .* pairs .* pass the whole spectrum of mpedmd",
    ),
    "no coefficients": (lambda: kp.spectral_measure(UNITARY, AT), "coefficients is None"),
    "few coefficients": (
        lambda: kp.rigged_dmd(UNITARY, np.ones(4), AT),
        r"coefficients has shape \(4,\), needed \(5,\)",
    ),
    "no observable": (
        lambda: kp.rigged_dmd(UNITARY, np.zeros(5), AT),
        "coefficients has no",
    ),
    "packets of moments": (
        lambda: kp.rigged_dmd(RESULTS["Spectrum, moments"], np.ones(4), AT).evaluate(X),
        "dictionary of these packets is None, since the spectrum came from moments",
    ),
    # Linear observables, forecasts, limits
    "decreasing record": (
        lambda: kp.optimized_dmd(RECORD, -TIMES, rank=2),
        "times is .*; pass at least two times that increase",
    ),
    "few times of a record": (
        lambda: kp.optimized_dmd(RECORD, TIMES[1:], rank=2),
        r"times has shape \(29,\) but states has \(30, 2\)",
    ),
    "equal exponents": (
        lambda: kp.optimized_dmd(RECORD, TIMES, rank=2, initial=[1j, 1j]),
        "initial is .* pass different ones",
    ),
    "few exponents": (
        lambda: kp.optimized_dmd(RECORD, TIMES, rank=2, initial=[1j]),
        r"initial has shape \(1,\), needed \(2,\)",
    ),
    "record of zeros": (
        lambda: kp.optimized_dmd(0 * RECORD, TIMES, rank=1),
        r"states of shape \(30, 2\) are all zero",
    ),
    "record of subnormals": (
        lambda: kp.optimized_dmd(1e-310 * RECORD, TIMES, rank=1),
        "states has no number above 1e-310, .* scale the states",
    ),
    "few inputs": (
        lambda: kp.controlled_dmd(DATA, INPUTS[1:]),
        r"inputs has .* 60 samples",
    ),
    "inputs of two": (
        lambda: RESULTS["ControlledModel"].simulate(X[0], X),
        r"inputs has shape \(60, 2\), needed 1 column",
    ),
    "initial of three": (
        lambda: kp.predict(SPECTRUM, np.ones(3), 1),
        r"initial has shape \(3,\), needed 2 columns",
    ),
    "coefficients of five": (
        lambda: kp.predict(SPECTRUM, X[0], 1, coefficients=np.ones(5)),
        r"coefficients has shape \(5,\), needed \(6, n_outputs\)",
    ),
    "forecast of the adjoint": (
        lambda: kp.predict(ADJOINT, X[0], 1),
        "spectrum is of the adjoint operator, .* kernel_dictionary",
    ),
    "forecast of moments": (
        lambda: kp.predict(RESULTS["Spectrum, moments"], X[0], 1),
        "spectrum has 4 functions but no dictionary",
    ),
    "eigenfunctions of moments": (
        lambda: RESULTS["Spectrum, moments"].eigenfunctions(X),
        "dictionary is None .* use `vectors`",
    ),
    "one radius": (lambda: kp.twist_adversary([1.0]), "radii is .* two different radii"),
    "equal radii": (lambda: kp.twist_adversary([1.0, 1.0]), "radii is .* two different ra"),
    "negative radius": (lambda: kp.twist_adversary([-1.0, 1.0]), "radii is .* from 0 on"),
    "a device": (lambda: kp.disk_grid(1.0, 0.5, backend="x"), "backend .*'x'"),
    "another device": (
        lambda: kp.rectangle_grid(0.0, 1.0, 0.0, 1.0, 0.5, backend=3),
        "backend .*3",
    ),
    # Numbers at the end of their range
    "squares of pairs": (
        lambda: kp.edmd(kp.Snapshots(1e160 * X, 1e160 * Y), accuracy="gram"),
        "dictionary: function 0 of linear .* center and scale the states",
    ),
    "squares of two": (
        lambda: kp.stochastic_gram(kp.Snapshots(1e160 * X, Y), Y, kp.linear(2)),
        "dictionary: linear has a value .* center and scale the states",
    ),
    "products with states": (
        lambda: kp.edmd(kp.Snapshots(1e160 * X, 1e160 * Y)),
        "dictionary: products of linear with states of size .* center and scale",
    ),
    "large kernel": (
        lambda: kp.kernel_edmd(kp.Snapshots(1e160 * X, Y)),
        r"snapshots\.x has states of size .* scale the states",
    ),
    "largest kernel": (
        lambda: kp.kernel_gram(kp.Snapshots(1.7e308 * X, Y)),
        "scale is None, but the 60 states are so large .* scale the states",
    ),
    "power of a state": (lambda: QUADRATIC(1e200 * X), r"x\[0\] = .* is so large"),
    "large functions": (
        lambda: kp.compress(kp.Snapshots(1e160 * X, Y), kp.linear(2), rank=1),
        "dictionary linear has a value of size .* center and scale the states",
    ),
    "no functions": (
        lambda: kp.compress(kp.Snapshots(0 * X, Y), kp.linear(2), rank=1),
        "dictionary linear has no value above 0 on data: pass functions",
    ),
    "angles of a rotation": (
        lambda: kp.hermite(2)(ROTATION.x * 1e200),
        r"x\[\d+\] = .* larg",
    ),
}
