"""From data to the smallest residuals on a grid: what both kinds of pseudospectra share."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy

from perturbsci.backend import namespace
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.evidence import Evidence, check_evidence
from perturbsci.koopman.minima import (
    Minima,
    Points,
    residuals_outside,
    smallest_residuals,
)
from perturbsci.koopman.projection import scaled_pencil
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.sources import Source, check_held_out, open_source
from perturbsci.koopman.states import GramState
from perturbsci.koopman.verdicts import gathered
from perturbsci.koopman.whitening import Whitened, whiten
from perturbsci.results import Status
from perturbsci.types import Array

__all__ = ["Field", "Question", "ask"]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What residuals are asked of, and what is known about it.

    Parameters
    ----------
    source : Source
        The Gram state, and the pairs if they are there.
    whitened : Whitened
        Its matrices.
    evidence : Evidence
        What may be claimed.
    declare : str
        What the user knows of K.
    held_out : Snapshots or None
        The pairs that residuals are measured on.
    confidence : float
        Of intervals.
    """

    source: Source
    whitened: Whitened
    evidence: Evidence
    declare: str
    held_out: Snapshots | None
    confidence: float

    def status(self) -> Status:
        """Return the first status that the data, the span or the declaration causes.

        Returns
        -------
        status : Status
            UNDERDETERMINED, RANK_REDUCED, DECLARATION_DOUBTFUL or CONVERGED.
        """
        state, rank = self.source.state, self.whitened.rank
        if state.operator == "koopman" and state.n_functions >= self.source.count(rank):
            return Status.UNDERDETERMINED
        if rank < state.n_functions:
            return Status.RANK_REDUCED
        doubtful = self.evidence.doubtful
        return Status.DECLARATION_DOUBTFUL if doubtful else Status.CONVERGED

    def notes(self) -> tuple[str, ...]:
        """Return what looks odd about the pairs, and how far the rank was reduced.

        Returns
        -------
        notes : tuple of str
            In words; empty for most data.
        """
        return self.source.notes(self.whitened.rank)

    def field(
        self,
        grid: Array,
        tolerance: float,
        *,
        vectors: bool,
        seed: int | numpy.random.Generator,
    ) -> "Field":
        """Return the smallest residuals on a grid.

        Parameters
        ----------
        grid : real or complex array, shape (...)
            On the device of the data.
        tolerance : float
            Relative change over the last step.
        vectors : bool
            Keep the minimizers.
        seed : int or numpy.random.Generator
            Of the bootstrap of held-out residuals.

        Returns
        -------
        field : Field
            With values, intervals and floors.
        """
        source, whitened, evidence = self.source, self.whitened, self.evidence
        xp = namespace(whitened.level, grid, names=("data", "grid"))
        points = Points.of(
            grid,
            is_real=not xp.isdtype(whitened.level.dtype, "complex floating"),
            conjugate=source.state.operator == "adjoint",
        )
        everywhere = vectors or self.held_out is not None
        found = smallest_residuals(
            source, whitened, points, tolerance, everywhere=everywhere
        )
        intervals = None
        dictionary = source.state.dictionary
        if self.held_out is not None and dictionary is not None and whitened.rank:
            found, intervals = residuals_outside(
                found,
                points.z,
                self.held_out,
                dictionary,
                confidence=self.confidence,
                seed=seed,
            )
        elif evidence.kind in ("a-posteriori", "statistical"):
            lower, upper = evidence.interval(points.z, found.values, stretch=found.stretch)
            intervals = xp.stack([lower, upper + found.rounding], axis=1)
        if self.declare == "unitary":
            least = xp.abs(1 - xp.abs(points.z))
            found = dataclasses.replace(found, values=xp.maximum(found.values, least))
        return Field(points, found, intervals)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """The smallest residuals at the points of a grid.

    Parameters
    ----------
    points : Points
        Each once.
    minima : Minima
        There.
    intervals : real array, shape (k, 2), or None
        What the true residuals of the minimizers lie in, where something is known.
    """

    points: Points
    minima: Minima
    intervals: Array | None


def ask(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None,
    *,
    accuracy: str | None,
    declare: str,
    modulus: tuple[float, float] | None,
    held_out: Snapshots | None,
    confidence: float,
) -> Question:
    """Return what the data allow to ask.

    Parameters
    ----------
    data, dictionary, accuracy, declare, modulus, held_out, confidence
        As of ``pseudospectrum``.

    Returns
    -------
    question : Question
        With the data read once.

    Raises
    ------
    ShapeError, ParameterError
        As of ``pseudospectrum``.
    """
    check_evidence(declare, modulus, confidence)
    source = open_source(data, dictionary, accuracy=accuracy, chunk=None)
    check_held_out(held_out, source)
    whitened = whiten(scaled_pencil(source.state))
    evidence = gathered(
        source,
        whitened.rank,
        declare=declare,
        modulus=modulus,
        held_out=held_out,
        confidence=confidence,
    )
    return Question(source, whitened, evidence, declare, held_out, confidence)
