"""The generator of continuous time, as far as a Koopman matrix of one step knows it.

K = exp(step * generator), so that the exponents are log(lambda)/step modulo
2 pi i/step: a frequency above pi/step looks like one below it.
"""

import math
import warnings
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.linalg import eig, lstsq, solve
from perturbsci.backend.operands import returned
from perturbsci.errors import ParameterError
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["GeneratorSpectrum", "generator"]

CLAIM = "largest abs(Im exponent), against pi/step"
ZERO = 1e-12  # an eigenvalue of this modulus has decayed within one step
NEAR = 0.9  # of pi/step: from there on an alias is as likely


@dataclass(frozen=True, slots=True, eq=False)
class GeneratorSpectrum(Result):
    """Exponents of continuous time.

    Parameters
    ----------
    exponents : complex array, shape (k,)
        log(lambda)/step in the order of the spectrum, known modulo 2 pi i/step; -inf where
        lambda is 0.
    matrix : real or complex array, shape (n_functions, n_functions)
        log(K)/step on the functions whose eigenvalue is not 0, and 0 on the others.
    nyquist : float
        pi/step, the largest angular frequency that one step can tell.
    ambiguous : bool array, shape (k,)
        Exponents whose frequency exceeds 0.9 pi/step, and those of -inf.
    status : Status
        That of the spectrum.
    certificate : Certificate
        Of kind "estimate" at best: a residual of K implies none for the generator.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, dmd
    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> found = generator(dmd(Snapshots(x, x * np.exp(-0.2), step=0.1)))
    >>> found.exponents.round(9).tolist(), found.matrix.round(9).tolist()
    ([(-2+0j)], [[-2.0]])
    """

    exponents: Array
    matrix: Array
    nyquist: float
    ambiguous: Array
    status: Status
    certificate: Certificate

    def summary(self) -> str:
        """Return a table of the exponents, in the order of the spectrum.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [
            f"GeneratorSpectrum: {self.status.name}. {self.status.value}",
            f"{len(self.exponents)} exponents, frequencies up to {self.nyquist:.6g}",
            str(self.certificate),
            "       growth     frequency",
        ]
        found = map(to_host, (self.exponents, self.ambiguous))
        for alpha, doubt in zip(*found, strict=True):
            note = "   ambiguous" if doubt else ""
            lines.append(f"{alpha.real:13.6g} {alpha.imag:13.6g}{note}")
        return clip(lines)


def generator(spectrum: Spectrum) -> GeneratorSpectrum:
    """Return the exponents and the matrix of the generator behind a Koopman matrix.

    Parameters
    ----------
    spectrum : Spectrum
        With its step in the user's unit of time.

    Returns
    -------
    generator : GeneratorSpectrum
        Principal logarithms: imaginary parts in (-pi/step, pi/step].

    Raises
    ------
    ParameterError
        If ``spectrum`` is something else.
    ConvergenceError
        If an eigenvalue solver fails.

    Notes
    -----
    About 30 n_functions^3 flops, on the host. The matrix is real for a real K without
    negative eigenvalues. It may be far off although K is close: log magnifies the error of
    an eigenvalue by 1/abs(lambda), and eigenvalues near -1 jump by 2 pi i/step.

    References
    ----------
    Mauroy and Goncalves (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, dmd
    >>> angle = 3.0 * np.arange(50)
    >>> states = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    >>> found = generator(dmd(Snapshots.from_trajectory(states)))
    >>> found.ambiguous.tolist()
    [True, True]
    """
    if not isinstance(spectrum, Spectrum):
        raise ParameterError(
            f"spectrum is a {type(spectrum).__name__}; pass what edmd, mpedmd or dmd return"
        )
    xp = namespace(spectrum.eigenvalues)
    exponents, gone = _logarithms(spectrum.eigenvalues, spectrum.step)
    nyquist = math.pi / spectrum.step
    frequencies = xp.abs(xp.imag(xp.where(gone, 0.0, exponents)))
    return GeneratorSpectrum(
        exponents=exponents,
        matrix=_matrix(spectrum.koopman_matrix, spectrum.step),
        nyquist=nyquist,
        ambiguous=gone | (frequencies > NEAR * nyquist),
        status=spectrum.status,
        certificate=_certificate(spectrum, frequencies, gone, nyquist),
    )


def _logarithms(eigenvalues: Array, step: float) -> tuple[Array, Array]:
    """Return log(lambda)/step, and which lambda are 0."""
    xp = namespace(eigenvalues)
    gone = xp.abs(eigenvalues) <= ZERO
    exponents = xp.log(xp.where(gone, 1.0, eigenvalues)) / step
    return xp.where(gone, -math.inf, exponents), gone


def _matrix(koopman_matrix: Array, step: float) -> Array:
    """Return V diag(log lambda) V^{-1} / step, with 0 for lambda = 0.

    The Schur method of SciPy where no eigenvalue is 0: it needs no eigenvectors, which a
    defective K has not enough of.
    """
    host = to_host(koopman_matrix)
    values, vectors = eig(host)
    gone = numpy.abs(values) <= ZERO
    if not gone.any():
        import scipy.linalg  # noqa: PLC0415 (takes a fifth of a second)

        with warnings.catch_warnings():  # its estimate of its own error, 1e-13 or so
            warnings.simplefilter("ignore", RuntimeWarning)
            matrix = scipy.linalg.logm(host) / step
    else:
        logarithms = numpy.log(numpy.where(gone, 1.0, values)) / step
        try:
            matrix = solve(vectors.T, (vectors * logarithms).T).T
        except ParameterError:
            matrix = lstsq(vectors.T, (vectors * logarithms).T)[0].T
    negative = (numpy.abs(values.imag) <= ZERO) & (values.real < -ZERO)
    if host.dtype.kind == "f" and not negative.any():
        matrix = numpy.real(matrix)
    single = host.dtype.name in ("float32", "complex64")
    if single:
        matrix = matrix.astype(
            numpy.complex64 if matrix.dtype.kind == "c" else numpy.float32
        )
    return returned(koopman_matrix, matrix)[0]


def _certificate(
    spectrum: Spectrum, frequencies: Array, gone: Array, nyquist: float
) -> Certificate:
    method = "principal logarithm"
    if spectrum.certificate.kind == "none" or not frequencies.shape[0]:
        why = spectrum.certificate.assumptions or ("there is no eigenpair",)
        return Certificate(CLAIM, math.nan, math.nan, "none", method, why)
    lost = int(gone.sum())
    assumptions = (
        f"exponents are known modulo 2 pi i/step = {2 * nyquist:.6g} i; no frequency of "
        f"the system exceeds {nyquist:.6g}",
        "a residual of K implies none for the generator",
        f"{lost} eigenvalues are 0 to {ZERO:g}: their exponents are -inf",
    )
    highest = float(namespace(frequencies).max(frequencies))
    return Certificate(CLAIM, highest, NEAR * nyquist, "estimate", method, assumptions)
