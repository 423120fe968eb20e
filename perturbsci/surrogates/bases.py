"""Bases of surrogates: what is summed, as frozen descriptions without coefficients."""

from dataclasses import dataclass
from dataclasses import field as option
from numbers import Integral

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["Elements"]


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """Conforming space-time elements: piecewise polynomials, smooth across the pieces.

    Parameters
    ----------
    degrees : tuple of int
        Degree in space, and number of functions in time where there is a time.
    edges : array, shape (n_elements + 1,), optional
        Ends of the elements in space, ascending, in the unit of the coordinate; by
        default they are chosen by the residual.

    Raises
    ------
    ParameterError
        If the degrees are not one or two integers above zero.

    Examples
    --------
    >>> Elements((11, 8)).degrees
    (11, 8)
    """

    degrees: tuple[int, ...]
    edges: Array | None = option(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check the degrees; store a tuple of int."""
        degrees = self.degrees
        good = isinstance(degrees, (tuple, list)) and len(degrees) in (1, 2)
        if not good or not all(isinstance(d, Integral) and d >= 1 for d in degrees):
            raise ParameterError(
                f"degrees is {degrees!r:.80}; it must hold the degree in space, and that in "
                "time where there is a time, such as (13, 8)"
            )
        object.__setattr__(self, "degrees", tuple(int(d) for d in degrees))
