"""The errors of the package; each message says what came, what is needed, what to do.

All derive from ``PerturbsciError`` and from the built-in class that a caller would
expect, so that ``except ValueError`` keeps working.

Examples
--------
>>> try:
...     raise ShapeError("states has 1 axis, needed 2; pass states[:, None]")
... except ValueError as error:
...     print(error)
states has 1 axis, needed 2; pass states[:, None]
"""

import difflib
from collections.abc import Sequence

__all__ = [
    "PerturbsciError",
    "ShapeError",
    "ParameterError",
    "BackendError",
    "KernelError",
    "ConvergenceError",
    "FileFormatError",
    "AccuracyWarning",
]


class PerturbsciError(Exception):
    """The base of all errors of this package."""


class ShapeError(PerturbsciError, ValueError):
    """The shapes of the arguments do not fit together."""


class ParameterError(PerturbsciError, ValueError):
    """An argument has a value or a type that the routine cannot use."""


class BackendError(PerturbsciError, RuntimeError):
    """A backend cannot be used here, or arrays live on different devices."""


class KernelError(BackendError):
    """The body or the signature of a kernel is outside the kernel language."""


class ConvergenceError(PerturbsciError, RuntimeError):
    """An iteration did not reach its tolerance.

    Parameters
    ----------
    message : str
        What was reached, what was needed, what to do.
    partial : object, optional
        The best result so far, with its own status.
    """

    def __init__(self, message: str, partial: object = None) -> None:
        super().__init__(message)
        self.partial = partial


class FileFormatError(PerturbsciError, OSError):
    """A file is damaged, missing, or not in a format of this package."""


class AccuracyWarning(UserWarning):
    """The result is right but holds fewer digits than one would expect."""


def unknown_name(module: str, name: str, names: Sequence[str]) -> AttributeError:
    """Return the error of a name that a module does not have.

    Parameters
    ----------
    module : str
        Its dotted name.
    name : str
        What was asked for.
    names : sequence of str
        What it has.

    Returns
    -------
    error : AttributeError
        It suggests the names that are spelled alike, else lists all.

    Examples
    --------
    >>> print(unknown_name("perturbsci.koopman", "EDMD", ["edmd", "dmd", "predict"]))
    module 'perturbsci.koopman' has no attribute 'EDMD'; did you mean edmd, dmd?
    """
    spelled = {each.lower(): each for each in names}
    near = difflib.get_close_matches(name.lower(), spelled)
    advice = f"did you mean {', '.join(spelled[each] for each in near)}?"
    if not near:
        advice = f"it has {', '.join(sorted(names))}"
    return AttributeError(f"module {module!r} has no attribute {name!r}; {advice}")
