"""The names of the ready problems: a constructor is registered under its own name."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import TypeVar

from perturbsci.errors import ParameterError
from perturbsci.problems.base import KINDS, Problem
from perturbsci.problems.parameters import finite_parameter

__all__ = ["get_problem", "list_problems", "register"]

Constructor = TypeVar("Constructor", bound=Callable[..., Problem])

_CONSTRUCTORS: dict[str, Callable[..., Problem]] = {}


def register(function: Constructor) -> Constructor:
    """Add a constructor of a problem to the registry; used as a decorator.

    Parameters
    ----------
    function : callable
        Takes keyword parameters, all with defaults, and returns a ``Problem`` whose name
        is the name of the function.

    Returns
    -------
    function : callable
        The same object.

    Raises
    ------
    ParameterError
        If the name is taken, or a parameter has no default.

    Examples
    --------
    >>> register(list_problems)
    Traceback (most recent call last):
        ...
    perturbsci.errors.ParameterError: function 'list_problems' returns ...
    """
    name = function.__name__
    signature = inspect.signature(function)
    if signature.return_annotation not in (Problem, "Problem"):
        raise ParameterError(
            f"function {name!r} returns {signature.return_annotation!r}; register takes "
            "constructors that are annotated as returning Problem"
        )
    if name in _CONSTRUCTORS:
        raise ParameterError(
            f"function {name!r} is registered already; give the new problem another name"
        )
    bare = [key for key, item in signature.parameters.items() if item.default is item.empty]
    if bare:
        raise ParameterError(
            f"function {name!r} has the parameters {bare} without default; give every "
            "parameter one, so that the problem can be built from its name"
        )
    _CONSTRUCTORS[name] = function
    return function


def get_problem(name: str, parameters: Mapping[str, float] | None = None) -> Problem:
    """Return a ready problem by its name.

    Parameters
    ----------
    name : str
        One of ``list_problems()``.
    parameters : mapping of str to float, optional
        Values that replace the defaults of the constructor, dimensionless.

    Returns
    -------
    problem : Problem
        A new object.

    Raises
    ------
    ParameterError
        If the name or a parameter is unknown, or a value is not a finite number.

    Examples
    --------
    >>> get_problem("damped_oscillator", {"epsilon": 0.2}).parameters
    {'epsilon': 0.2}
    """
    if not isinstance(name, str) or name not in _CONSTRUCTORS:
        near = difflib.get_close_matches(str(name), _CONSTRUCTORS, n=1, cutoff=0.0)
        raise ParameterError(
            f"name is {name!r}, a problem that is unknown; did you mean {near[0]!r}? All "
            "names: "
            f"{', '.join(list_problems())}"
        )
    constructor = _CONSTRUCTORS[name]
    if parameters is not None and not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r}; it must map names to numbers, such as "
            "{'epsilon': 0.1}"
        )
    allowed = list(inspect.signature(constructor).parameters)
    chosen = {}
    for key, value in (parameters or {}).items():
        if key not in allowed:
            raise ParameterError(
                f"parameter {key!r} is unknown to the problem {name!r}; it has "
                f"{', '.join(allowed) or 'no parameters'}"
            )
        chosen[key] = finite_parameter(key, value)
    return constructor(**chosen)


def list_problems(*, kind: str | None = None) -> tuple[str, ...]:
    """Return the names of all registered problems.

    Parameters
    ----------
    kind : str, optional
        Only those of this kind, such as ``"flow"``.

    Returns
    -------
    names : tuple of str
        Sorted.

    Raises
    ------
    ParameterError
        If there is no such kind.

    Examples
    --------
    >>> list_problems(kind="algebraic")
    ('cubic_singular', 'quadratic_root')
    """
    if kind is None:
        return tuple(sorted(_CONSTRUCTORS))
    if not isinstance(kind, str) or kind not in KINDS:
        raise ParameterError(f"kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    return tuple(name for name in sorted(_CONSTRUCTORS) if get_problem(name).kind == kind)
