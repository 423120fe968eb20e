"""A study, its claims, and what came of them."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

import numpy

from perturbsci.errors import ParameterError
from perturbsci.results import clip
from perturbsci.types import Array
from perturbsci.verification import Reference, load_reference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Claim", "CheckedClaim", "Study", "StudyOutcome", "check_claim"]

SIZES = ("small", "full")
RELATIONS: Mapping[str, Callable[[float, float, float], bool]] = {
    "equal": lambda value, expected, tolerance: abs(value - expected) <= tolerance,
    "at_most": lambda value, expected, tolerance: value <= expected + tolerance,
    "at_least": lambda value, expected, tolerance: value >= expected - tolerance,
}


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A number that a study found, and the reference number it is compared with.

    Parameters
    ----------
    text : str
        What is claimed, in words, with the unit.
    value : float
        What the study found.
    reference : str or Reference
        Identifier of a reference number of the package, or a number of your own; value
        and tolerance stand there.
    relation : str
        ``"equal"``, ``"at_most"`` or ``"at_least"``, each up to the tolerance.

    Raises
    ------
    ParameterError
        If the text is empty, the value no number, or the relation unknown.

    Examples
    --------
    >>> Claim("annual period in months", 12.003, "koopman.elnino_annual_period").relation
    'equal'
    """

    text: str
    value: float
    reference: str | Reference
    _: KW_ONLY
    relation: str = "equal"

    def __post_init__(self) -> None:
        """Check text, value and relation."""
        if not isinstance(self.text, str) or not self.text.strip():
            raise ParameterError(f"text is {self.text!r}; say in words what is claimed")
        own = isinstance(self.reference, Reference)
        if not own and not (isinstance(self.reference, str) and self.reference):
            raise ParameterError(
                f"reference is {self.reference!r:.60}; pass the identifier of a reference "
                "number, or a Reference"
            )
        if not isinstance(self.relation, str) or self.relation not in RELATIONS:
            raise ParameterError(
                f"relation is {self.relation!r}; it must be one of {', '.join(RELATIONS)}"
            )
        try:
            if isinstance(self.value, (str, bool, numpy.bool_)):
                raise TypeError
            object.__setattr__(self, "value", float(self.value))
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(
                f"value is {self.value!r} for {self.text!r}; pass one real number"
            ) from None


@dataclass(frozen=True, slots=True, eq=False)
class CheckedClaim:
    """A claim beside its reference number.

    Parameters
    ----------
    text, value, reference, relation : str, float, str, str
        As in ``Claim``.
    expected, tolerance : float
        Of the reference number.
    passed : bool
        Whether the relation holds; never for NaN.
    origin, source : str
        Of the reference number.

    Examples
    --------
    >>> identifier = "koopman.elnino_annual_period"
    >>> CheckedClaim("period", 12.0, identifier, "equal", 12.0, 0.1, True, "", "").passed
    True
    """

    text: str
    value: float
    reference: str
    relation: str
    expected: float
    tolerance: float
    passed: bool
    origin: str
    source: str

    def __str__(self) -> str:
        """Return one line: passed, text, value against reference."""
        symbol = {"equal": "=", "at_most": "<=", "at_least": ">="}[self.relation]
        return (
            f"{'passed' if self.passed else 'FAILED'}  {self.text}: {self.value:.8g} "
            f"{symbol} {self.expected:.8g} within {self.tolerance:.2g}"
        )


def check_claim(claim: Claim) -> CheckedClaim:
    """Compare a claim with its reference number.

    Parameters
    ----------
    claim : Claim
        With the identifier of a reference number.

    Returns
    -------
    checked : CheckedClaim
        With the verdict.

    Raises
    ------
    ParameterError
        If there is no such reference number, or it is a table.
    """
    reference = claim.reference
    if not isinstance(reference, Reference):
        reference = load_reference(reference)
    if not isinstance(reference.value, (int, float)):
        raise ParameterError(
            f"reference {reference.id!r} is a table, needed one number; cite an entry"
        )
    expected, tolerance = float(reference.value), float(reference.tolerance)
    holds = RELATIONS[claim.relation](claim.value, expected, tolerance)
    return CheckedClaim(
        claim.text,
        claim.value,
        reference.id,
        claim.relation,
        expected,
        tolerance,
        holds and math.isfinite(claim.value),
        reference.origin,
        reference.source,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One figure with the numbers that it claims.

    Parameters
    ----------
    name : str
        ``<subpackage>_<what>``; the name of its files.
    title : str
        One line for the report.
    source : str
        Where method and data come from.
    run : callable
        ``run(size, backend, seed)`` returns a mapping of names to arrays, shape (...).
    draw : callable
        ``draw(data)``, arrays of shape (...) by name, returns a matplotlib Figure.
    claims : callable
        ``claims(data)``, arrays of shape (...) by name, returns a list of ``Claim``.
    sizes : collection of str
        Which of ``"small"`` and ``"full"`` it knows.
    caption : str
        What to see in the figure, and what not to conclude from it.

    Raises
    ------
    ParameterError
        If the name is no file name, a text is empty or a size unknown.

    Examples
    --------
    >>> from perturbsci import studies
    >>> studies.get_study("koopman_elnino").sizes
    ('small', 'full')
    """

    name: str
    title: str
    source: str
    run: Callable[[str, str, int], Mapping[str, Array]]
    draw: Callable[[Mapping[str, Array]], "Figure"]
    claims: Callable[[Mapping[str, Array]], list[Claim]]
    sizes: Collection[str]
    _: KW_ONLY
    caption: str = ""

    def __post_init__(self) -> None:
        """Check the name, the texts and the sizes."""
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ParameterError(
                f"name is {self.name!r}; use letters, digits and underscores"
            )
        for label in ("title", "source"):
            text = getattr(self, label)
            if not isinstance(text, str) or not text.strip():
                raise ParameterError(
                    f"{label} of study {self.name!r} is {text!r:.60} or empty; say it in "
                    "words"
                )
        if not isinstance(self.caption, str):
            raise ParameterError(f"caption is {self.caption!r:.60}; pass a text")
        for label in ("run", "draw", "claims"):
            if not callable(getattr(self, label)):
                raise ParameterError(
                    f"{label} is {getattr(self, label)!r:.60}; pass a function"
                )
        listed = isinstance(self.sizes, Collection) and not isinstance(self.sizes, str)
        if not listed or not self.sizes or any(size not in SIZES for size in self.sizes):
            raise ParameterError(
                f"sizes is {self.sizes!r:.60}; it holds 'small', 'full' or both"
            )


@dataclass(frozen=True, slots=True, eq=False)
class StudyOutcome:
    """What came of a study.

    Parameters
    ----------
    name : str
        Of the study.
    state : str
        ``"drawn"``, ``"kept"`` (finished earlier, claims checked again) or ``"failed"``.
    claims : tuple of CheckedClaim
        Empty if it failed.
    arrays : mapping of str to str
        Name to SHA-256 of the array.
    seconds : float
        Spent now.
    message : str
        Why it failed, else empty.

    Examples
    --------
    >>> StudyOutcome("koopman_mine", "failed", (), {}, 0.1, "ValueError: x is 0").passed
    False
    """

    name: str
    state: str
    claims: tuple[CheckedClaim, ...]
    arrays: Mapping[str, str]
    seconds: float
    message: str = ""

    @property
    def passed(self) -> bool:
        """True if it ran and every claim holds."""
        return self.state != "failed" and all(claim.passed for claim in self.claims)

    def table(self) -> str:
        """Return the claims as text: claim, value, reference, tolerance, passed.

        Returns
        -------
        text : str
            One line a claim.
        """
        rows = [str(claim) for claim in self.claims]
        verdict = f"{self.name}: {self.state}, {len(rows)} claims"
        note = [self.message] if self.message else []
        return clip([verdict, *note, *rows], rows=200, columns=140)
