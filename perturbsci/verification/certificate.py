"""A certificate: one claim, the number behind it, its bound, and how it is known.

``passed`` is ``value <= bound`` and nothing else; it is False for NaN, so that a claim
about which nothing is known never passes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from perturbsci.errors import ParameterError

__all__ = ["Certificate", "decisive"]

KINDS = ("proven", "a-posteriori", "statistical", "held-out", "estimate", "none")
NO_NUMBERS = (complex, numpy.complexfloating, str, bytes, bool, numpy.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """One claim about a result and the evidence for it.

    Parameters
    ----------
    claim : str
        What is claimed, in words.
    value : float
        The number that was found; in the units of the claim.
    bound : float
        The largest ``value`` for which the claim holds.
    kind : str
        How it is known: ``"proven"`` (a theorem plus rigorous arithmetic),
        ``"a-posteriori"`` (a computed bound, floating-point quadrature),
        ``"statistical"`` (holds with the stated probability), ``"held-out"`` (measured
        on independent data), ``"estimate"``, or ``"none"`` (nothing can be claimed).
    method : str
        What computed the value.
    assumptions : tuple of str, optional
        What has to be true for the claim; for ``kind="none"`` why nothing is claimed.

    Raises
    ------
    ParameterError
        If the kind is unknown, a text is empty, a number is not a number, or a
        certificate of kind ``"none"`` claims a value or gives no reason.

    Examples
    --------
    >>> certificate = Certificate("residual", 0.02, 0.1, "held-out", "EDMD")
    >>> certificate.passed
    True
    >>> print(certificate)
    passed: residual: 0.02 <= 0.1 (held-out, EDMD)
    """

    claim: str
    value: float
    bound: float
    kind: str
    method: str
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the kind, the texts and the numbers."""
        if not isinstance(self.kind, str) or self.kind not in KINDS:
            raise ParameterError(
                f"kind is {self.kind!r}; it must be one of {', '.join(KINDS)}"
            )
        for name, text in (("claim", self.claim), ("method", self.method)):
            if not isinstance(text, str) or not text.strip():
                raise ParameterError(f"{name} is {text!r}; say it in words, it is printed")
        texts = isinstance(self.assumptions, (tuple, list))
        if not texts or not all(isinstance(text, str) for text in self.assumptions):
            raise ParameterError(
                f"assumptions is {self.assumptions!r}; pass a tuple of texts"
            )
        for name in ("value", "bound"):
            object.__setattr__(self, name, _number(name, getattr(self, name)))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        if self.kind == "none":
            self._check_none()

    def _check_none(self) -> None:
        if not (math.isnan(self.value) and math.isnan(self.bound)):
            raise ParameterError(
                f"kind 'none' came with value {self.value} and bound {self.bound}; both "
                "must be NaN, since nothing is claimed"
            )
        if not self.assumptions:
            raise ParameterError(
                f"kind 'none' for {self.claim!r} came without assumptions; "
                "say there why nothing can be claimed"
            )

    @property
    def passed(self) -> bool:
        """True if ``value <= bound``; False for NaN."""
        return self.value <= self.bound

    def __str__(self) -> str:
        """Return the certificate in one line."""
        if self.kind == "none":
            text = f"no claim: {self.claim} ({self.method}): {'; '.join(self.assumptions)}"
            return " ".join(text.splitlines())
        verdict, relation = ("passed", "<=") if self.passed else ("failed", "not <=")
        numbers = f"{self.value:.6g} {relation} {self.bound:.6g}"
        text = f"{verdict}: {self.claim}: {numbers} ({self.kind}, {self.method})"
        return " ".join(text.splitlines())


def decisive(certificates: Sequence[Certificate]) -> Certificate:
    """Return the certificate that speaks for several.

    Parameters
    ----------
    certificates : sequence of Certificate
        At least one.

    Returns
    -------
    certificate : Certificate
        The first one that fails, else the first.

    Examples
    --------
    >>> small = Certificate("residual", 0.02, 0.1, "held-out", "EDMD")
    >>> large = Certificate("drift", 0.2, 0.1, "held-out", "EDMD")
    >>> decisive((small, large)).claim
    'drift'
    """
    return next((each for each in certificates if not each.passed), certificates[0])


def _number(name: str, value: object) -> float:
    try:
        if isinstance(value, NO_NUMBERS):
            raise TypeError
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(f"{name} is {value!r}; it must be one real number") from None
