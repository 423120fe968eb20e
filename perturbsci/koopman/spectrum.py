"""The spectrum that EDMD returns: eigenvalues with residuals, smallest residual first."""

import dataclasses
import math
from dataclasses import dataclass

from perturbsci.arguments import positive
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ParameterError
from perturbsci.koopman.certificates import of_pairs
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.limits import LimitCount
from perturbsci.koopman.pairs import QR_FLOOR
from perturbsci.koopman.states import GramState
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Spectrum", "empty_spectrum"]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum(Result):
    """Eigenvalues of the Koopman matrix, each with its residual, smallest residual first.

    Parameters
    ----------
    eigenvalues : complex array, shape (k,)
        lambda, per step.
    residuals : real array, shape (k,)
        ||K g - lambda g|| / ||g||, ascending; on the held-out pairs where there are any.
    variance_residuals : real array, shape (k,), or None
        The same with the variance of the noise in it; of ``stochastic_edmd`` only.
    vectors : complex array, shape (n_functions, k)
        Eigenfunction j is ``Psi @ vectors[:, j]``, of norm 1 in L2 of the measure.
    modes : complex array, shape (k, n_state)
        x is about the sum of phi_j(x) modes[j]; in the unit of the state.
    koopman_matrix : real or complex array, shape (n_functions, n_functions)
        K = G^+ A.
    step : float
        Time that one application of K takes.
    rank : int
        Of the dictionary on the data.
    residual_floor : float
        Below it a residual of these data is rounding.
    declare : str
        What the user declared about K: ``"general"``, ``"isometry"``, ``"unitary"`` or
        ``"normal"``.
    operator : str
        ``"koopman"``, or ``"adjoint"`` for kernel forms.
    dictionary : Dictionary or None
        The functions psi.
    gram : GramState
        The Gram matrices that K came from.
    limits : LimitCount
        How many limits the question needs.
    status : Status
        UNDERDETERMINED, RANK_REDUCED, NOTHING_VERIFIED or CONVERGED; the first that
        applies.
    certificate : Certificate
        The largest residual of all pairs, widened by the data error where one is known,
        against 0.5 or the tolerance of ``keep``.
    intervals : real array, shape (k, 2), or None
        What the true residuals lie in: by the data error, or by the bootstrap of held-out
        pairs; None where nothing is known.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1.0, 1.0, 9)[:, None]
    >>> from perturbsci.koopman import Snapshots, edmd, monomials
    >>> spectrum = edmd(Snapshots(x, x / 2), monomials(2))
    >>> sorted(spectrum.eigenvalues.real.round(12).tolist())
    [0.25, 0.5, 1.0]
    """

    eigenvalues: Array
    residuals: Array
    variance_residuals: Array | None
    vectors: Array
    modes: Array
    koopman_matrix: Array
    step: float
    rank: int
    residual_floor: float
    declare: str
    operator: str
    dictionary: Dictionary | None
    gram: GramState
    limits: LimitCount
    status: Status
    certificate: Certificate
    intervals: Array | None = None

    @property
    def exponents(self) -> Array:
        """Continuous-time exponents log(lambda)/step; known modulo 2 pi i/step."""
        xp = namespace(self.eigenvalues)
        zero = self.eigenvalues == 0
        logarithm = xp.log(xp.where(zero, 1.0, self.eigenvalues)) / self.step
        return xp.where(zero, -xp.inf, logarithm)

    def eigenfunctions(self, x: Array) -> Array:
        """Evaluate the eigenfunctions.

        Parameters
        ----------
        x : real or complex array, shape (n, n_state)
            States.

        Returns
        -------
        phi : complex array, shape (n, k)
            Column j belongs to ``eigenvalues[j]``.

        Raises
        ------
        ParameterError
            If the Gram state has no dictionary.
        """
        if self.dictionary is None:
            raise ParameterError(
                f"dictionary is {self.dictionary} in the Gram state of this spectrum; its "
                "functions cannot be evaluated, use `vectors`"
            )
        return self.dictionary(x) @ self.vectors

    def keep(self, tolerance: float) -> "Spectrum":
        """Return the pairs that are verified: residual at most the tolerance.

        Parameters
        ----------
        tolerance : float
            Above 0; chosen before looking at the residuals.

        Returns
        -------
        spectrum : Spectrum
            The same decomposition with fewer pairs; NOTHING_VERIFIED if none is left.

        Raises
        ------
        ParameterError
            If the tolerance is not positive.
        """
        tolerance = positive(tolerance, "tolerance", meaning="a residual, say 0.1")
        kept = self.residuals <= tolerance
        count = int(scalar(namespace(kept).count_nonzero(kept)))  # they come first
        intervals = None if self.intervals is None else self.intervals[:count]
        return dataclasses.replace(
            self,
            eigenvalues=self.eigenvalues[:count],
            residuals=self.residuals[:count],
            vectors=self.vectors[:, :count],
            modes=self.modes[:count],
            status=self.status if count else Status.NOTHING_VERIFIED,
            certificate=of_pairs(
                self.certificate, self.residuals[:count], intervals, tolerance
            ),
            intervals=intervals,
        )

    def summary(self) -> str:
        """Return a table of the pairs, smallest residual first.

        Returns
        -------
        text : str
            At most 30 lines.
        """
        lines = [f"Spectrum: {self.status.name}. {self.status.value}"]
        n = self.gram.n_functions
        reduced = f"reduced from {n} to {self.rank}" if self.rank < n else f"{self.rank}"
        name = "no dictionary" if self.dictionary is None else self.dictionary.name
        lines += [
            f"{len(self.eigenvalues)} pairs of {n} functions ({name}, rank {reduced}), "
            f"step {self.step:g}",
            str(dataclasses.replace(self.certificate, claim=_short(self.certificate))),
            *self._below(),
            *_notes(self.certificate),
            "   residual   modulus   period/step   eigenvalue",
        ]
        for value, residual in zip(
            *map(to_host, (self.eigenvalues, self.residuals)), strict=True
        ):
            angle = abs(math.atan2(value.imag, value.real))
            period = f"{2 * math.pi / angle:13.6g}" if angle > 1e-12 else " none".rjust(13)
            lines.append(f"{residual:11.4g}{abs(value):10.6f} {period}   {value:.8f}")
        return clip(lines, rows=24)

    def _below(self) -> list[str]:
        """Return what to do where the claim about all pairs fails for some of them."""
        bound = self.certificate.bound
        count = int((to_host(self.residuals) <= bound).sum())
        if self.certificate.passed or not count:
            return []
        return [f"{count} pairs have a residual of at most {bound:g}: keep({bound:g})"]


def empty_spectrum(
    state: GramState,
    koopman_matrix: Array,
    rank: int,
    *,
    declare: str,
    limits: LimitCount,
    status: Status,
    certificate: Certificate,
) -> Spectrum:
    """Return the spectrum of a Koopman matrix before its pairs are known.

    Parameters
    ----------
    state : GramState
        That K came from.
    koopman_matrix : array, shape (n_functions, n_functions)
        K.
    rank : int
        Of the functions on the data.
    declare : str
        What is known of K.
    limits : LimitCount
        Of the question.
    status : Status
        UNDERDETERMINED where that is known already.
    certificate : Certificate
        It claims nothing.

    Returns
    -------
    spectrum : Spectrum
        Without any pair.
    """
    xp, n = namespace(koopman_matrix), state.n_functions
    kind = xp.result_type(koopman_matrix.dtype, xp.complex64)
    return Spectrum(
        eigenvalues=xp.zeros(0, dtype=kind),
        residuals=xp.zeros(0, dtype=xp.real(koopman_matrix[:0]).dtype),
        variance_residuals=None,
        vectors=xp.zeros((n, 0), dtype=kind),
        modes=xp.zeros((0, state.moments.shape[1]), dtype=kind),
        koopman_matrix=koopman_matrix,
        step=state.step,
        rank=rank,
        residual_floor=QR_FLOOR,
        declare=declare,
        operator=state.operator,
        dictionary=state.dictionary,
        gram=state,
        limits=limits,
        status=status,
        certificate=certificate,
    )


def _short(certificate: Certificate) -> str:
    """Return the claim up to its explanation."""
    return certificate.claim.partition(":")[0]


def _notes(certificate: Certificate) -> list[str]:
    """Return the assumptions that call for attention."""
    flags = ("note: ", "declared ")
    return [text for text in certificate.assumptions if text.startswith(flags)]
