"""Small data, and one result of every class that the subpackage returns."""

import numpy as np

from perturbsci import koopman as kp

RNG = np.random.default_rng(0)
MATRIX = np.array([[0.9, 0.2], [-0.1, 0.5]])
X = RNG.uniform(-1, 1, (60, 2))
Y = X @ MATRIX + 0.1 * RNG.standard_normal((60, 2))
INPUTS = RNG.standard_normal((60, 1))
DATA = kp.Snapshots(X, Y)
OTHER = kp.Snapshots(RNG.uniform(-1, 1, (60, 2)), Y)
FEW = kp.Snapshots(X[:5], Y[:5])
NARROW = kp.Snapshots(X[:, :1], Y[:, :1])
QUADRATIC = kp.monomials(2, n_state=2)
STATE = kp.accumulate(DATA, QUADRATIC)
ANGLES = np.linspace(0, 6, 40)[:, None]
ROTATION = kp.Snapshots(ANGLES, ANGLES + 1)
MOMENTS = 0.5 ** np.arange(40.0)
TIMES = np.linspace(0, 3, 30)
RECORD = np.cos(5 * TIMES)[:, None] * np.ones((1, 2))
GRID = np.array([0.0, 0.5, 1.0, 1.5])
AT = np.linspace(0.0, 1.0, 4)

SPECTRUM = kp.edmd(DATA, QUADRATIC)
UNITARY = kp.mpedmd(ROTATION, kp.fourier(2))

RESULTS = {
    "Spectrum": SPECTRUM,
    "Spectrum, held out": kp.edmd(DATA, QUADRATIC, held_out=OTHER),
    "Spectrum, kept": SPECTRUM.keep(0.4),
    "Spectrum, unitary": UNITARY,
    "Spectrum, kernel": kp.kernel_edmd(DATA, rank=4),
    "Spectrum, two successors": kp.stochastic_edmd(DATA, Y[::-1] / 2, QUADRATIC),
    "Spectrum, DMD": kp.dmd(DATA, method="total-least-squares"),
    "Spectrum, single": kp.edmd(kp.Snapshots(np.float32(X), np.float32(Y)), QUADRATIC),
    "Spectrum, moments": kp.mpedmd(kp.krylov_gram(MOMENTS, 4)),
    "StochasticGram": kp.stochastic_gram(DATA, Y[::-1] / 2, QUADRATIC),
    "Pseudospectrum": kp.pseudospectrum(DATA, QUADRATIC, grid=GRID, vectors=True),
    "CertifiedSpectrum": kp.certified_spectrum(DATA, QUADRATIC, grid=GRID),
    "SpectralMeasure": kp.spectral_measure(MOMENTS, AT),
    "SpectralMeasure, atoms": kp.spectral_measure(
        UNITARY, AT, method="atoms", coefficients=np.ones(5)
    ),
    "SeparatedMeasure": kp.separate_atoms(0.5 * MOMENTS + 0.5),
    "WavePackets": kp.rigged_dmd(UNITARY, np.ones(5), AT),
    "OptimizedModes": kp.optimized_dmd(RECORD, TIMES, rank=2),
    "ControlledModel": kp.controlled_dmd(DATA, INPUTS),
    "Forecast": kp.predict(SPECTRUM, X[:3], 4),
    "GeneratorSpectrum": kp.generator(SPECTRUM),
    "Adversary": kp.twist_adversary([0.0, 0.5, 2.0]),
}

# What is no result, but part of one.
PARTS = {
    "Snapshots": kp.Snapshots(X, Y, weights=np.ones(60), sampling="quadrature"),
    "GramState": STATE,
    "GramState, qr": kp.accumulate(DATA, QUADRATIC, form="qr"),
    "GramState, moments": kp.krylov_gram(MOMENTS, 4),
    "GramState, adjoint": kp.kernel_gram(DATA, rank=4),
    "LimitCount": kp.limits_required("spectrum"),
    "RationalKernel": kp.rational_kernel(5, poles="chebyshev"),
}

DICTIONARIES = {
    "linear": kp.linear(2),
    "fourier": kp.tensor(kp.fourier(2), kp.fourier([0, 3], period=1.0)),
    "real fourier": kp.union(
        kp.linear(2), kp.tensor(kp.fourier(1, form="real"), kp.linear(1))
    ),
    "monomials": kp.monomials(3, n_state=2, weights=(1, 2)),
    "chebyshev": kp.tensor(kp.chebyshev(3, interval=(-2, 2)), kp.legendre(3), cross=4),
    "hermite": kp.tensor(kp.hermite(2), kp.hermite(2, scale=2.0, form="function")),
    "radial": kp.radial(X[:5], scale=0.5, profile="lorentzian"),
    "indicator": kp.indicator([-1.0, 0.0, 1.0], np.array([-1.0, 1.0])),
    "delays": kp.delays(kp.hermite(2), 2),
    "kernel": kp.kernel_dictionary(DATA, rank=4),
    "compressed": kp.compress(DATA, QUADRATIC, rank=3),
}
