"""Whether data and functions belong together: kinds, widths, step, form and weights."""

import dataclasses
import math
from collections.abc import Mapping

import numpy

from perturbsci.backend.arrays import to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots

__all__ = ["check_agreement", "check_snapshots", "check_dictionary", "same_functions"]

STEP_TOLERANCE = 1e-8  # that of uniform ``times``: steps read off clocks differ in rounding
ADVICE = {
    "form": 'accumulate both with the same form ("gram" or "qr")',
    "operator": "states of the Koopman operator and of its adjoint do not add up",
    "n_state": "use the same coordinates and delays for all of the data",
    "step": "resample one of them, or keep them apart",
    "weighted": "give weights to all of the data or to none of it",
    "dictionary": "accumulate all of the data with one dictionary",
    "size": "needed are equal numbers of functions and of state columns",
}


def check_agreement(
    name: str, found: Mapping[str, object], other: str, needed: Mapping[str, object]
) -> None:
    """Refuse a portion of data that cannot be added to another one.

    Parameters
    ----------
    name, other : str
        What the caller's user calls the two.
    found, needed : mapping
        Their properties; the keys are those of ``ADVICE``.

    Raises
    ------
    ParameterError
        If a property differs: steps by more than 1e-8 of them, dictionaries in what they
        evaluate.
    """
    for key, value in found.items():
        if _differ(key, value, needed[key]):
            raise ParameterError(
                f"{name} has {key} {_shown(value)} but {other} has {_shown(needed[key])}; "
                f"{ADVICE[key]}"
            )


def _differ(key: str, a: object, b: object) -> bool:
    if key == "step":
        return not math.isclose(a, b, rel_tol=STEP_TOLERANCE)  # type: ignore[arg-type]
    return not same_functions(a, b) if key == "dictionary" else a != b


def _shown(value: object) -> str:
    if isinstance(value, Dictionary):
        return f"{value.name} ({value.n_functions} functions of {value.n_state} columns)"
    return repr(value)


def same_functions(a: object, b: object) -> bool:
    """Return whether two dictionaries evaluate the same functions in the same order.

    Their fields are compared one by one: text and numbers by value, arrays by shape and
    value, parts by the same rule, a callable of the user by identity. Names and bounds
    play no part: they do not change a value.

    Parameters
    ----------
    a, b : Dictionary or None
        Two dictionaries, or parts and parameters of them.

    Returns
    -------
    same : bool
        False too for the same functions written in another way, say ``linear(1)`` and
        ``monomials([1])``.

    Examples
    --------
    >>> from perturbsci.koopman import linear, monomials
    >>> same_functions(linear(2), linear(2)), same_functions(linear(1), monomials([1]))
    (True, False)
    """
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a)]
        return all(
            same_functions(getattr(a, name), getattr(b, name))
            for name in names
            if name not in ("name", "bounds")
        )
    if isinstance(a, tuple):
        pairs = zip(a, b, strict=False)  # type: ignore[call-overload]
        return len(a) == len(b) and all(same_functions(*pair) for pair in pairs)  # type: ignore[arg-type]
    if hasattr(a, "shape"):
        return bool(numpy.array_equal(to_host(a), to_host(b)))
    return not callable(a) and bool(a == b)


def check_dictionary(dictionary: Dictionary, n_state: int) -> None:
    """Refuse anything but functions of states of a width.

    Parameters
    ----------
    dictionary : Dictionary
        As the user passed it.
    n_state : int
        The number of columns of a state.

    Raises
    ------
    ParameterError
        If it is no dictionary.
    ShapeError
        If it is for states of another width.
    """
    if not isinstance(dictionary, Dictionary):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; pass linear({n_state}), "
            f"monomials(2, n_state={n_state}) or what another constructor returns; a "
            f"function of yours goes into custom(function, n_functions, n_state={n_state})"
        )
    if dictionary.n_state != n_state:
        raise ShapeError(
            f"dictionary is for states of {dictionary.n_state} columns but snapshots.x has "
            f"{n_state}; make it with n_state={n_state}"
        )


def check_snapshots(snapshots: Snapshots, name: str = "snapshots") -> None:
    """Refuse anything but Snapshots.

    Parameters
    ----------
    snapshots : Snapshots
        As the user passed it.
    name : str
        Of the argument.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if not isinstance(snapshots, Snapshots):
        raise ParameterError(
            f"{name} is a {type(snapshots).__name__}; pass Snapshots(x, y) or "
            "Snapshots.from_trajectory(states)"
        )
