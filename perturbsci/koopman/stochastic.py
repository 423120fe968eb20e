"""Random dynamics: the averaged Koopman operator, and the variance around it.

(K g)(x) = E g(F(x)) averages over the noise. Two independent successors y, y' of each x
tell the average from the noise:

    A = Psi_X* W (Psi_Y + Psi_Y')/2,  H = (Psi_Y* W Psi_Y' + Psi_Y'* W Psi_Y)/2,
    L = (Psi_Y* W Psi_Y + Psi_Y'* W Psi_Y')/2.

H gives residuals of the averaged operator; L adds the variance, res_var^2 = res^2 +
int Var g(F) (Colbrook, Li, Raut, and Townsend 2024).
"""

import dataclasses
from dataclasses import dataclass

from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import as_array, blocks, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.agreement import check_dictionary, check_snapshots
from perturbsci.koopman.certificates import TRUSTED, residual_certificate
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import Evidence, gather_evidence
from perturbsci.koopman.galerkin import edmd
from perturbsci.koopman.limits import limits_in_words
from perturbsci.koopman.noise import largest_row, pair_means
from perturbsci.koopman.oddities import data_notes, with_notes
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState, block_matrix
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["StochasticGram", "stochastic_edmd", "stochastic_gram"]

CONSTANT = 1e-6
FLUCTUATION = 4.0  # standard deviations, about
NOTE = (
    "residuals are those of the averaged operator; below one standard error of their "
    "square nothing is known"
)


@dataclass(frozen=True, slots=True, eq=False)
class StochasticGram(Result):
    """The Gram matrices of pairs with two independent successors.

    Parameters
    ----------
    mean : GramState
        With H in the place of L: for the averaged operator. Sampling may leave H slightly
        indefinite.
    variance : GramState
        With L: residuals of it hold the variance.
    covariance : array, shape (n_functions, n_functions)
        L - H, the integrated covariance of Psi(F(x)).
    status : Status
        CONVERGED, or DECLARATION_DOUBTFUL if H is more indefinite than sampling explains:
        then the successors are not independent.
    certificate : Certificate
        How far H is from positive semidefinite, relative to the norm of L.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> found = stochastic_gram(Snapshots(x, x + 1), x - 1, linear(1))
    >>> found.mean.L.item(), found.variance.L.item(), found.covariance.item()
    (1.5, 3.5, 2.0)
    """

    mean: GramState
    variance: GramState
    covariance: Array
    status: Status
    certificate: Certificate


def stochastic_gram(
    snapshots: Snapshots, second: Array | Snapshots, dictionary: Dictionary
) -> StochasticGram:
    """Return the Gram matrices of pairs with two independent successors.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs (x_i, y_i).
    second : array, shape (n_samples, n_state), or Snapshots
        y'_i, drawn like y_i and independent of it; Snapshots must have the same x.
    dictionary : Dictionary
        The functions.

    Returns
    -------
    gram : StochasticGram
        States for ``edmd`` and ``pseudospectrum``: ``mean`` and ``variance``.

    Raises
    ------
    ShapeError
        If there is not one second successor a sample, or a width differs.
    ParameterError
        If an argument is of another type, or Snapshots have another x.

    Notes
    -----
    9 n_samples n_functions^2 flops, in chunks of bounded memory.

    References
    ----------
    Colbrook, Li, Raut, and Townsend (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.standard_normal((1000, 1)), rng.standard_normal((2, 1000, 1))
    >>> data = Snapshots(x, 0.5 * x + noise[0])
    >>> bool(abs(stochastic_gram(data, 0.5 * x + noise[1], linear(1)).covariance - 1) < 0.2)
    True
    """
    second = _checked(snapshots, second, dictionary)
    xp = namespace(snapshots.x)
    n, weights = dictionary.n_functions, snapshots.weights
    total: Array = None
    moments: Array = None
    squares: Array = None
    for rows in blocks(snapshots.n_samples, 3 * 16 * n):
        x = snapshots.x[rows]
        psi = [dictionary(part) for part in (x, snapshots.y[rows], second[rows])]
        z = xp.concat(psi, axis=1)
        _check_range(z, dictionary, rows.start)
        w = None if weights is None else xp.astype(weights[rows], xp.real(z[:0]).dtype)
        total = linalg.gram(z, weight=w, out=total)
        part = linalg.gram(psi[0], x, weight=w)
        moments = part if moments is None else moments + part
        size = xp.abs(x) ** 2 if w is None else xp.abs(x) ** 2 * w[:, None]
        size = xp.sum(size, axis=0)
        squares = size if squares is None else squares + size
    g, cross, image = _averages(total, n)
    first, last = (slice(n, 2 * n), slice(2 * n, 3 * n))
    h = (total[first, last] + total[last, first]) / 2
    states = [
        GramState(
            form="gram",
            blocks=block_matrix(g, cross, corner),
            moments=moments,
            count=snapshots.n_samples,
            mass=float(snapshots.n_samples if weights is None else weights.sum()),
            uniform=weights is None,
            step=snapshots.step,
            dictionary=dictionary,
            sampling=snapshots.sampling,
            squares=squares,
        )
        for corner in (h, image)
    ]
    return _judged(*states)


def _check_range(z: Array, dictionary: Dictionary, first: int) -> None:
    """Refuse values whose squares overflow."""
    xp = namespace(z)
    size = xp.max(xp.abs(z), axis=1)
    row = int(scalar(xp.argmax(size)))
    if float(scalar(size[row])) >= float(xp.finfo(z.dtype).max) ** 0.5 / len(z):
        raise ParameterError(
            f"dictionary: {dictionary.name} has a value of size "
            f"{float(scalar(size[row])):.3g} at sample {first + row}, needed values whose "
            "squares can be summed; center and scale the states, or lower the degree"
        )


def _averages(total: Array, n: int) -> tuple[Array, Array, Array]:
    """Return the sums behind G, A and L, averaged over both successors."""
    one, two, three = slice(0, n), slice(n, 2 * n), slice(2 * n, 3 * n)
    cross = (total[one, two] + total[one, three]) / 2
    return total[one, one], cross, (total[two, two] + total[three, three]) / 2


def _checked(
    snapshots: Snapshots, second: Array | Snapshots, dictionary: Dictionary
) -> Array:
    """Return the second successors."""
    check_snapshots(snapshots)
    check_dictionary(dictionary, snapshots.n_state)
    if isinstance(second, Snapshots):
        xp = namespace(snapshots.x, second.x, names=("snapshots.x", "second.x"))
        same = second.x.shape == snapshots.x.shape and bool(xp.all(second.x == snapshots.x))
        if not same:
            raise ParameterError(
                f"second has {second.n_samples} samples whose x are not those of "
                "snapshots; both successors belong to the same x: pass y' as an array"
            )
        return second.y
    second = as_array(second, name="second", ndim=2)
    if second.shape != snapshots.x.shape:
        raise ShapeError(
            f"second has shape {second.shape} but snapshots.y has {snapshots.y.shape}; row "
            "i holds a second, independent successor of x[i]"
        )
    namespace(snapshots.x, second, names=("snapshots.x", "second"))
    return second


def _judged(mean: GramState, variance: GramState) -> StochasticGram:
    """Return the states with what the sign of H says about the successors."""
    xp = namespace(mean.blocks)
    size = float(linalg.eigh(variance.L)[0][-1])
    lowest = float(linalg.eigh(mean.L)[0][0])
    indefinite = max(0.0, -lowest) / size if size > 0 else 0.0
    bound = FLUCTUATION * (mean.n_functions / mean.count) ** 0.5
    bound = max(bound, mean.n_functions * float(xp.finfo(mean.blocks.dtype).eps))
    certificate = Certificate(
        "negative part of H = E Psi(y)* Psi(y') relative to the norm of L",
        indefinite,
        bound,
        "estimate",
        "two successors",
        (
            "y and y' are independent given x",
            f"{mean.sampling} sampling, M = {mean.count}, N = {mean.n_functions}",
        ),
    )
    return StochasticGram(
        mean=mean,
        variance=variance,
        covariance=variance.L - mean.L,
        status=Status.CONVERGED if certificate.passed else Status.DECLARATION_DOUBTFUL,
        certificate=certificate,
    )


def stochastic_edmd(
    snapshots: Snapshots,
    second: Array | Snapshots,
    dictionary: Dictionary,
    *,
    confidence: float = 0.95,
) -> Spectrum:
    """Approximate the spectrum of the averaged Koopman operator, with two residuals.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs (x_i, y_i). All combinations of nodes x with nodes of the noise for y and for
        y' are recognized and cost no accuracy, unless the sampling is called random.
    second : array, shape (n_samples, n_state), or Snapshots
        y'_i, drawn like y_i and independent of it; Snapshots must have the same x.
    dictionary : Dictionary
        The functions.
    confidence : float
        Of a statistical certificate, in (0, 1).

    Returns
    -------
    spectrum : Spectrum
        ``residuals`` of the averaged operator, ascending, and ``variance_residuals`` with
        the variance in them.

    Raises
    ------
    ShapeError
        If there is not one second successor a sample, or a width differs.
    ParameterError
        If an argument is of another type, or the confidence outside (0, 1).
    ConvergenceError
        If the eigenvalue solver fails.

    Notes
    -----
    About 9 n_samples N^2 + 35 N^3 flops. The square of a residual is a mean of products of
    both successors, which may come out negative: it is never reported below its standard
    error, so that residuals of exact pairs shrink like n_samples^(-1/4) only.

    References
    ----------
    Colbrook, Li, Raut, and Townsend (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, hermite
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.standard_normal((4000, 1)), rng.standard_normal((2, 4000, 1))
    >>> y, second = 0.5 * x + np.sqrt(0.75) * noise
    >>> spectrum = stochastic_edmd(Snapshots(x, y), second, hermite(1))
    >>> sorted(spectrum.eigenvalues.real.round(1).tolist())
    [0.5, 1.0]
    """
    gram = stochastic_gram(snapshots, second, dictionary)
    second = _checked(snapshots, second, dictionary)
    spectrum = edmd(gram.mean, confidence=confidence)
    if not len(spectrum.eigenvalues):
        return with_notes(spectrum, snapshots)
    evidence = _evidence(gram, snapshots, second, confidence)
    means = pair_means(
        snapshots, second, dictionary, spectrum.eigenvalues, spectrum.vectors
    )
    xp = namespace(means.squares)
    limits = limits_in_words(
        spectrum.limits, {"M": snapshots.n_samples, "N": gram.mean.n_functions}
    )
    # A negative mean of products says no more than that the residual is below its error.
    residuals = xp.sqrt(xp.maximum(means.products, means.errors) / means.squares)
    variances = xp.sqrt(means.spreads / means.squares)
    order = xp.argsort(residuals, stable=True)
    residuals, values = residuals[order], spectrum.eigenvalues[order]
    intervals = None
    if evidence.kind == "statistical":
        intervals = xp.stack(evidence.interval(values, residuals), axis=1)
    certificate = residual_certificate(
        evidence,
        residuals,
        intervals,
        declare="general",
        method="stochastic EDMD",
        notes=(limits, NOTE, *data_notes(snapshots)),
        confidence=confidence,
    )
    return dataclasses.replace(
        spectrum,
        eigenvalues=values,
        residuals=residuals,
        variance_residuals=variances[order],
        vectors=spectrum.vectors[:, order],
        modes=spectrum.modes[order],
        residual_floor=float(xp.max(xp.sqrt(means.errors / means.squares))),
        status=_status(spectrum, gram, residuals, variances[order]),
        certificate=certificate,
        intervals=intervals,
    )


def _evidence(
    gram: StochasticGram, snapshots: Snapshots, second: Array, confidence: float
) -> Evidence:
    """Return what the pairs are worth for the averaged operator.

    A term (a* b + b* a)/2 of H has the variance bound of L but is no positive matrix: the
    error of A, which is computed for such terms, covers it.
    """
    sup, dictionary = None, gram.mean.dictionary
    assert dictionary is not None  # stochastic_gram put it there
    bounded = snapshots.weights is None and dictionary.bounds is not None
    if snapshots.sampling == "independent" and not bounded:
        sup = largest_row(snapshots, second, dictionary)
    found = gather_evidence(gram.variance, confidence=confidence, sup=sup)
    g, a, image = found.relative
    return dataclasses.replace(found, relative=(g, a, max(a, image)))


def _status(
    before: Spectrum, gram: StochasticGram, residuals: Array, variances: Array
) -> Status:
    """Return the first status that applies."""
    if before.status in (Status.UNDERDETERMINED, Status.RANK_REDUCED):
        return before.status
    if gram.status is Status.DECLARATION_DOUBTFUL:
        return gram.status
    xp = namespace(variances)
    constant = xp.argmin(variances)  # without noise and at 1: no dynamics is in it
    trusted = residuals <= TRUSTED
    if float(variances[constant]) <= CONSTANT:
        trusted[constant] = False
    return Status.CONVERGED if bool(xp.any(trusted)) else Status.NOTHING_VERIFIED
