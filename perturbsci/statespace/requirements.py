"""What functions of systems ask of a system: that it is one, alone, in discrete time."""

from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.systems import StateSpace

__all__ = ["check_discrete", "check_single", "check_system"]


def check_system(system: object, name: str = "system") -> None:
    """Refuse what is no system.

    Parameters
    ----------
    system : object
        What was passed.
    name : str
        Of the argument.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if not isinstance(system, StateSpace):
        raise ParameterError(
            f"{name} is a {type(system).__name__}, needed a system such as DiagonalSystem; "
            "make one with diagonal_system(...) or DenseSystem(a, b, c)"
        )


def check_single(system: StateSpace) -> None:
    """Refuse what is no system, or one with axes of copies.

    Parameters
    ----------
    system : StateSpace
        What was passed.

    Raises
    ------
    ParameterError
        If it is no system.
    ShapeError
        If it has copies.
    """
    check_system(system)
    if system.copies:
        raise ShapeError(
            f"system has copies {system.copies}, needed one system; take one of them by "
            "an index into its arrays"
        )


def check_discrete(system: StateSpace, purpose: str, name: str = "system") -> None:
    """Refuse what is no system, or one in continuous time.

    Parameters
    ----------
    system : StateSpace
        What was passed.
    purpose : str
        What needs a step, for the message.
    name : str
        Of the argument.

    Raises
    ------
    ParameterError
        If it has no step.
    """
    check_system(system, name)
    if not system.is_discrete:
        raise ParameterError(
            f"{name} has step None, needed a discrete one for {purpose}; pass "
            f"discretize({name}, step)"
        )
