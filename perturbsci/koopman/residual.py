"""Pseudospectra of the Koopman operator from pairs, without spectral pollution.

    tau_N(z) = min over g in the span of ||(K - z) g|| / ||g||
             = sigma_min([R12 R11^-1 - z; R22 R11^-1]),

R = [R11 R12; 0 R22] the factor of sqrt(W) [Psi_X Psi_Y] (Colbrook and Townsend 2024,
algorithm 2). With exact quadrature {tau_N < epsilon} lies inside the epsilon
pseudospectrum, grows with the dictionary, and fills it in the limit.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, flag, positive
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError
from perturbsci.koopman.certificates import residual_certificate
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.fields import Field, Question, ask
from perturbsci.koopman.limits import LimitCount, limits_in_words, limits_required
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Pseudospectrum", "pseudospectrum"]

LEVELS = (0.5, 0.2, 0.1, 0.05, 0.01)  # of the summary


@dataclass(frozen=True, slots=True, eq=False)
class Pseudospectrum(Result):
    """The smallest residual at every point of a grid.

    Parameters
    ----------
    grid : complex array, shape (...)
        z.
    values : real array, shape (...)
        tau(z); on the held-out pairs where there are any; inf where all functions vanish.
    vectors : complex array, shape (..., n_functions), or None
        The minimizer at z is ``Psi @ vectors[...]``, of norm 1 in L2 of the measure.
    residual_floor : float
        Below it a value is rounding.
    limits : LimitCount
        How many limits the pseudospectrum needs.
    status : Status
        UNDERDETERMINED, RANK_REDUCED, DECLARATION_DOUBTFUL, FLOOR_REACHED or CONVERGED;
        the first that applies.
    certificate : Certificate
        The smallest value on the grid, for kinds "a-posteriori" and "statistical" the
        smallest that the data error allows, against 0.5.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear, pseudospectrum
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> field = pseudospectrum(Snapshots(x, x / 2), linear(2), grid=np.array([0.0, 0.4j]))
    >>> field.values.round(12)
    array([0.5       , 0.64031242])
    """

    grid: Array
    values: Array
    vectors: Array | None
    residual_floor: float
    limits: LimitCount
    status: Status
    certificate: Certificate

    def inside(self, epsilon: float) -> Array:
        """Return which points are inside the epsilon pseudospectrum.

        Parameters
        ----------
        epsilon : float
            Above 0.

        Returns
        -------
        inside : bool array, shape (...)
            Where tau < epsilon; a point outside may move inside with more functions.

        Raises
        ------
        ParameterError
            If epsilon is not positive.
        """
        return self.values < positive(epsilon, "epsilon")

    def summary(self) -> str:
        """Return the range of tau and how much of the grid lies inside some levels.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        values = to_host(self.values)
        lines = [f"Pseudospectrum: {self.status.name}. {self.status.value}"]
        lines += [
            f"{values.size} points, tau from {values.min():.6g} to {values.max():.6g}, "
            f"residual floor {self.residual_floor:.3g}",
            str(self.certificate),
            *self.certificate.assumptions,
            "   epsilon   points inside",
        ]
        lines += [f"{level:10g}{(values < level).sum():16d}" for level in LEVELS]
        return clip(lines)


def pseudospectrum(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    grid: Array,
    tolerance: float = 1e-13,
    declare: str = "general",
    accuracy: str | None = None,
    vectors: bool = False,
    held_out: Snapshots | None = None,
    modulus: tuple[float, float] | None = None,
    confidence: float = 0.95,
    seed: int | numpy.random.Generator = 0,
) -> Pseudospectrum:
    """Return the smallest residual of all functions of the span, at every point of a grid.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        Pairs of states.
    dictionary : Dictionary, optional
        Default the coordinates, ``linear(n_state)``; None with a ``GramState``.
    grid : real or complex array, shape (...)
        Points z, say of ``rectangle_grid`` or ``disk_grid``.
    tolerance : float
        Relative change of tau over the last step of the iteration, below 1.
    declare : str
        What is known of K in L2 of the measure: ``"general"``, ``"isometry"``,
        ``"unitary"`` or ``"normal"``; checked against the data. ``"unitary"`` raises tau
        to at least ``abs(1 - abs(z))``.
    accuracy : str, optional
        ``"gram"``, ``"verified"`` or ``"qr"``, as for ``edmd``: values down to about 1e-7,
        or to about 1e-14. Default the best that the data allow without "qr".
    vectors : bool
        Keep the minimizers; their memory is that of the grid times n_functions.
    held_out : Snapshots, optional
        Independent pairs; tau is then the residual there of the minimizer found here.
    modulus : (float, float), optional
        Lipschitz constant of the map, and the largest diameter of the cells whose masses
        the weights are.
    confidence : float
        Of a statistical certificate, and of the interval of a held-out one.
    seed : int or numpy.random.Generator
        Of the bootstrap of held-out residuals.

    Returns
    -------
    field : Pseudospectrum
        Bitwise the same for every number of threads; for real data, conjugate points have
        the same value.

    Raises
    ------
    ShapeError
        If the grid is empty, or the dictionary or ``held_out`` is for states of another
        width.
    ParameterError
        If a point is not finite, an option is out of range, or ``accuracy`` asks for more
        than the data hold.

    Notes
    -----
    A Cholesky factorization (4/3 N^3 flops, a quarter on the real axis for real data) and
    some 8 steps of 32 N^2 flops a point. The minimizer is that of the neighboring point
    improved; each point ends with a factorization which proves that no value is too large
    by more than 3 %, and settles to ``tolerance`` unless two residuals are closer than
    that. Points are spread over the threads of the backend; let BLAS have one. Rounding of
    Gram matrices is about 1e-15/tau^2 of tau. Memory: N^2 and the grid.

    References
    ----------
    Colbrook and Townsend (2024), algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import fourier
    >>> x = 2 * np.pi * np.arange(100)[:, None] / 100
    >>> rotation = Snapshots(x, x + 1.0, sampling="quadrature")
    >>> grid = np.exp(1j * np.array([0.0, 0.5, 1.0]))
    >>> field = pseudospectrum(rotation, fourier(3), grid=grid)
    >>> field.values.round(12)  # distances to the nearest e^(ik)
    array([0.        , 0.49480792, 0.        ])
    """
    if positive(tolerance, "tolerance") >= 1:
        raise ParameterError(
            f"tolerance is {tolerance!r}; pass a relative change below 1, say 1e-6"
        )
    flag(vectors, "vectors", meaning="to keep the minimizers")
    checked_seed(seed)
    grid = as_array(grid, name="grid")
    question = ask(
        data,
        dictionary,
        accuracy=accuracy,
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
    )
    field = question.field(grid, tolerance, vectors=vectors, seed=seed)
    found, spread = field.minima, field.points.spread
    xp = namespace(grid)
    limits = limits_required("pseudospectrum", declare=declare, modulus=modulus is not None)
    status = question.status()
    if status is Status.CONVERGED and found.reached:
        status = Status.FLOOR_REACHED
    real = xp.real(question.source.state.blocks[:0]).dtype
    return Pseudospectrum(
        grid=xp.astype(grid, xp.result_type(grid.dtype, xp.complex64)),
        values=xp.astype(spread(found.values), real),
        vectors=spread(found.vectors) if vectors else None,
        residual_floor=found.floor,
        limits=limits,
        status=status,
        certificate=_certificate(question, field, limits),
    )


def _certificate(question: Question, field: Field, limits: LimitCount) -> Certificate:
    """Return the certificate of the smallest value, or of the smallest that is certain."""
    evidence, state = question.evidence, question.source.state
    xp = namespace(field.minima.values)
    sure = field.minima.values
    if field.intervals is not None and evidence.kind != "held-out":
        sure = field.intervals[:, 1]
    best = int(scalar(xp.argmin(sure)))
    one = slice(best, best + 1)
    words = limits_in_words(limits, {"M": state.count, "N": state.n_functions})
    certificate = residual_certificate(
        evidence,
        to_host(field.minima.values[one]),
        None if field.intervals is None else to_host(field.intervals[one]),
        declare=question.declare,
        method="residual pseudospectrum",
        operator=state.operator,
        notes=(*question.notes(), words),
        confidence=question.confidence,
    )
    claim = certificate.claim.replace("largest residual", "smallest residual of the grid")
    claim = claim.replace("for every pair there is", "at one of its points l there is")
    return dataclasses.replace(certificate, claim=claim)
