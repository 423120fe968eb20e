"""What studies of a time series share: forecasts by eigenpairs, and what noise reaches."""

import numpy

from perturbsci.koopman import Snapshots, Spectrum, edmd, monomials
from perturbsci.types import Array

__all__ = ["autoregression", "noise_minima", "root_mean_square", "spectral_forecast"]

BURN_IN = 100
REAL = 1e-9  # imaginary parts up to here: no oscillation


def spectral_forecast(spectrum: Spectrum, windows: Array, lead: int) -> Array:
    """Return Re sum_j lambda_j^lead phi_j(x) modes[j, -1]: the newest coordinate, later.

    Parameters
    ----------
    spectrum : Spectrum
        Of delay-embedded states; all its pairs are used.
    windows : real array, shape (n, n_delays)
        The newest value last.
    lead : int
        In steps.

    Returns
    -------
    forecast : real array, shape (n,)
        In the unit of the state.
    """
    weights = spectrum.eigenvalues**lead * spectrum.modes[:, -1]
    return (spectrum.eigenfunctions(windows) @ weights).real


def autoregression(anomalies: Array) -> tuple[float, float]:
    """Return phi and sigma of a_t = phi a_{t-1} + sigma e_t.

    Parameters
    ----------
    anomalies : real array, shape (n,)
        Deviations from a mean, in any unit.

    Returns
    -------
    phi, sigma : float
        Least squares, and the root mean square of what is left.
    """
    now, before = anomalies[1:], anomalies[:-1]
    phi = float(now @ before / (before @ before))
    return phi, root_mean_square(now - phi * before)


def noise_minima(
    phi: float,
    sigma: float,
    *,
    mean: float,
    n_times: int,
    delays: int,
    n_series: int,
    seed: int,
) -> Array:
    """Return the smallest residual of an oscillating pair for each of many noise series.

    First-order autoregressive series w_k = phi w_{k-1} + sigma e_k, fitted exactly as the
    data are: a residual that noise reaches verifies nothing.

    Parameters
    ----------
    phi, sigma : float
        Of the series; sigma in the unit of the data.
    mean : float
        Added to every value.
    n_times, delays : int
        Length of a series, and of its embedding.
    n_series, seed : int
        How many, and the start of the random numbers.

    Returns
    -------
    minima : real array, shape (n_series,)
        inf where no pair oscillates.
    """
    generator = numpy.random.default_rng(seed)
    functions = monomials(1, n_state=delays)
    minima = numpy.full(n_series, numpy.inf)
    for k in range(n_series):
        series = _autoregressive(generator.standard_normal(n_times + BURN_IN), phi, sigma)
        states = (series[BURN_IN:] + mean)[:, None]
        spectrum = edmd(Snapshots.from_trajectory(states, delays=delays), functions)
        oscillating = numpy.abs(spectrum.eigenvalues.imag) > REAL
        minima[k] = spectrum.residuals[oscillating].min(initial=numpy.inf)
    return minima


def _autoregressive(noise: Array, phi: float, sigma: float) -> Array:
    series, value = numpy.empty_like(noise), 0.0
    for k, e in enumerate(noise):
        value = phi * value + sigma * e
        series[k] = value
    return series


def root_mean_square(errors: Array) -> float:
    """Return the root of the mean square.

    Parameters
    ----------
    errors : real array, shape (n,)
        In any unit.

    Returns
    -------
    size : float
        In the same unit.
    """
    return float(numpy.sqrt(numpy.mean(errors**2)))
