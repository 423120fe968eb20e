"""Frequencies, wavenumbers and good lengths of discrete Fourier transforms."""

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.backend.arrays import to_device
from perturbsci.types import Array

__all__ = ["fftfreq", "rfftfreq", "wavenumbers", "next_fast_length"]


def fftfreq(n: int, step: float = 1.0, *, backend: str | None = None) -> Array:
    """Return the frequencies of ``fft``, cycles per unit of ``step``.

    0, 1, ..., -2, -1 over n step; for even n the entry n/2 is negative, -1 / (2 step).

    Parameters
    ----------
    n : int
        Number of samples.
    step : float
        Distance of two samples.
    backend : str, optional
        As for ``use``.

    Returns
    -------
    frequencies : float64 array, shape (n,)
        In the order of ``fft``.

    Raises
    ------
    ParameterError
        If n or ``step`` is not positive.

    Examples
    --------
    >>> fftfreq(4, 0.5)
    array([ 0. ,  0.5, -1. , -0.5])
    """
    return to_device(_signed(n) / (n * positive(step, "step")), backend)


def rfftfreq(n: int, step: float = 1.0, *, backend: str | None = None) -> Array:
    """Return the frequencies of ``rfft``, cycles per unit of ``step``.

    Parameters
    ----------
    n : int
        Number of samples.
    step : float
        Distance of two samples.
    backend : str, optional
        As for ``use``.

    Returns
    -------
    frequencies : float64 array, shape (n // 2 + 1,)
        0, 1, ..., n // 2 over n step; none is negative.

    Examples
    --------
    >>> rfftfreq(4, 0.5)
    array([0. , 0.5, 1. ])
    """
    return to_device(
        numpy.abs(_signed(n)[: n // 2 + 1]) / (n * positive(step, "step")), backend
    )


def wavenumbers(n: int, length: float, *, backend: str | None = None) -> Array:
    """Return the wavenumbers 2 pi k / length of a periodic interval, in order of ``fft``.

    Multiply by i k to differentiate; for even n set the entry n/2 to zero first in odd
    derivatives, because that wave has no derivative on the grid.

    Parameters
    ----------
    n : int
        Number of points.
    length : float
        Of the interval.
    backend : str, optional
        As for ``use``.

    Returns
    -------
    wavenumbers : float64 array, shape (n,)
        For even n the entry n/2 is negative.

    Examples
    --------
    >>> wavenumbers(4, 2 * numpy.pi)
    array([ 0.,  1., -2., -1.])
    """
    return to_device(_signed(n) * (2 * numpy.pi / positive(length, "length")), backend)


def next_fast_length(n: int) -> int:
    """Return the smallest product of 2, 3 and 5 that is at least n.

    Fast on every device, so that a padded length does not depend on the device.

    Parameters
    ----------
    n : int
        The length that is needed.

    Returns
    -------
    length : int
        At least n.

    Examples
    --------
    >>> next_fast_length(1021)
    1024
    """
    import scipy.fft  # noqa: PLC0415 (takes a twentieth of a second)

    return int(scipy.fft.next_fast_len(whole(n, "n", least=1), real=True))


def _signed(n: int) -> numpy.ndarray:
    """Return 0, 1, ..., -2, -1."""
    k = numpy.arange(whole(n, "n", least=1))
    return numpy.where(k < (n + 1) // 2, k, k - n)
