"""How many successive limits any algorithm needs to learn a spectral quantity from pairs.

The solvability complexity index counts limits that cannot be exchanged or merged: in the
number of samples M, of functions N, and in the level epsilon.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from perturbsci.arguments import one_of
from perturbsci.errors import ParameterError

__all__ = ["LimitCount", "limits_in_words", "limits_required"]

DECLARATIONS = ("general", "isometry", "unitary", "normal")
PRESERVING = ("isometry", "unitary")
ORDERS = {  # of a general operator; the first limit is taken first
    "pseudospectrum": ("M", "N"),
    "spectrum": ("M", "N", "epsilon"),
    "spectral_measure": ("M", "N"),
    "point_spectrum": (),
    "eigenvalue_residual": ("M",),
}
SOURCE = "Colbrook, Mezic, and Stepanenko (2024), second-hand: abstract and summaries"


@dataclass(frozen=True, slots=True, eq=False)
class LimitCount:
    """How many limits a question needs.

    Parameters
    ----------
    required : int
        The number of successive limits; -1 where no number is enough.
    order : tuple of str
        Which limits, the first one taken first.
    statement : str
        The same in words.
    source : str
        Where the count comes from.

    Examples
    --------
    >>> limits_required("pseudospectrum").required
    2
    """

    required: int
    order: tuple[str, ...]
    statement: str
    source: str


def limits_required(
    target: str, *, declare: str = "general", modulus: bool = False
) -> LimitCount:
    """Return how many successive limits any algorithm needs for this target.

    Parameters
    ----------
    target : str
        ``"pseudospectrum"``, ``"spectrum"``, ``"spectral_measure"``,
        ``"point_spectrum"`` or ``"eigenvalue_residual"``.
    declare : str
        What is known of the operator: ``"general"``, ``"isometry"``, ``"unitary"`` or
        ``"normal"``.
    modulus : bool
        Whether a modulus of continuity of the map is known.

    Returns
    -------
    limits : LimitCount
        ``required`` is -1 where the quantity cannot be computed.

    Raises
    ------
    ParameterError
        If the target or the declaration is unknown, or ``modulus`` is no truth value.

    Notes
    -----
    A modulus saves the limit in M only together with a measure-preserving map. It never
    makes the point spectrum computable.

    References
    ----------
    Colbrook, Mezic, and Stepanenko (2024).

    Examples
    --------
    >>> limits_required("spectrum").order
    ('M', 'N', 'epsilon')
    >>> limits_required("spectrum", declare="unitary", modulus=True).required
    1
    """
    one_of(target, "target", ORDERS)
    one_of(declare, "declare", DECLARATIONS)
    if not isinstance(modulus, bool):
        raise ParameterError(
            f"modulus is {modulus!r:.60}; pass True if a modulus of continuity of the map "
            "is known, else False"
        )
    if target == "point_spectrum":
        return LimitCount(
            -1, (), "no number of limits tells which eigenvalues exist", SOURCE
        )
    order = ORDERS[target]
    preserving = declare in PRESERVING
    if target == "spectrum" and preserving:
        order = ("M", "N")
    controlled = modulus and preserving and target in ("spectrum", "pseudospectrum")
    if controlled:
        order = ("N",)
    kind = "any operator" if declare == "general" else f"an operator declared {declare}"
    words = f"{target} of {kind}: limits in {', then '.join(order)}"
    words += ", with error control by the modulus of continuity" if controlled else ""
    words += ", in the weak sense" if target == "spectral_measure" else ""
    return LimitCount(len(order), order, words, SOURCE)


def limits_in_words(limits: LimitCount, sizes: Mapping[str, float]) -> str:
    """Return how many limits are required, and at which sizes none was taken.

    Parameters
    ----------
    limits : LimitCount
        Of the question.
    sizes : mapping
        Name to value: M, N, eps.

    Returns
    -------
    text : str
        "limits required 3, taken 0: M = 4000, N = 25, eps = 0.05".
    """
    required = "not computable" if limits.required < 0 else f"required {limits.required}"
    return f"limits {required}, taken 0: " + ", ".join(
        f"{name} = {value:g}" for name, value in sizes.items()
    )
