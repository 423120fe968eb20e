"""What a perturbation shall achieve: theta, size, condition or weight, exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass

from perturbsci.arguments import number
from perturbsci.errors import ParameterError

__all__ = ["METHODS", "Target", "checked_target"]

METHODS = {  # method: the targets that it has
    "shift": ("theta", "size", "condition"),
    "optimize": ("size", "condition", "weight"),
    "skew": ("size", "condition"),
    "random": ("size", "condition"),
}
LEAST = {"theta": 0.0, "size": 0.0, "condition": 1.0, "weight": 0.0}
LARGEST = 1e100  # size whose square is far from overflow
SINGLE = 2e-3  # theta where rounding in single precision and 1/kappa balance


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One target.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    name : str
        ``"theta"``, ``"size"``, ``"condition"`` or ``"weight"``.
    value : float
        What is wanted.
    """

    method: str
    name: str
    value: float

    @property
    def is_nothing(self) -> bool:
        """Whether it asks for no perturbation at all."""
        return self.name in ("theta", "size") and self.value == 0


def checked_target(
    method: object, given: Mapping[str, object], *, single: bool = False
) -> Target:
    """Return the target of a method, the default if none is given.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    given : dict
        Name to value or None.
    single : bool
        Whether the matrix is given in single precision.

    Returns
    -------
    target : Target
        Default theta = 0.1 (0.002 in single precision) for the shift, else size = 0.01.

    Raises
    ------
    ParameterError
        If the method is unknown, two targets are given, the method does not have the
        target, or its value is out of range.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise ParameterError(f"method is {method!r:.60}; pass one of {', '.join(METHODS)}")
    asked = {name: value for name, value in given.items() if value is not None}
    if len(asked) > 1:
        raise ParameterError(
            f"{' and '.join(asked)} are both given; pass one target, the others follow"
        )
    if not asked:
        if method == "shift":
            return Target(method, "theta", SINGLE if single else 0.1)
        return Target(method, "size", 1e-2)
    ((name, value),) = asked.items()
    if name not in METHODS[method]:
        raise ParameterError(
            f"{name} is {value!r:.60}, a target that method={method!r} does not have; pass "
            f"{' or '.join(METHODS[method])}"
        )
    wanted = number(value, name, least=LEAST[name])
    if name == "theta" and wanted > 1:
        raise ParameterError(f"theta is {wanted}; pass a share of the shift, from 0 to 1")
    if name == "size" and wanted > LARGEST:
        raise ParameterError(f"size is {wanted:g}; pass a size of at most {LARGEST:g}")
    return Target(method, name, wanted)
