"""IMEX backward differentiation: implicit in the stiff part, extrapolated in the other.

    sum_{j=0..q} a_j D y_{n+1-j} = h sum_{j=1..q} e_j E_{n+1-j} + h I_{n+1}

References: Ascher, Ruuth and Wetton (1995); Hu and Shu (2021) for orders uniform in
epsilon.
"""

from dataclasses import dataclass

import numpy

from perturbsci.errors import ParameterError
from perturbsci.types import Array

__all__ = ["Multistep"]

COEFFICIENTS = {
    1: ((1.0, -1.0), (1.0,)),
    2: ((3 / 2, -2.0, 1 / 2), (2.0, -1.0)),
    3: ((11 / 6, -3.0, 3 / 2, -1 / 3), (3.0, -3.0, 1.0)),
    4: ((25 / 12, -4.0, 3.0, -4 / 3, 1 / 4), (4.0, -6.0, 4.0, -1.0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Multistep:
    """An IMEX-BDF scheme of order 1 to 4; fixed steps only.

    Parameters
    ----------
    order : int
        q, the number of earlier states that it uses.

    Raises
    ------
    ParameterError
        If there is no such order.

    Notes
    -----
    One explicit and one implicit evaluation a step, whatever the order. It starts with
    one step of ``ars222`` (q = 2), or with ``ars443`` at h/4 (q = 3) or h/16 (q = 4), and
    again after every change of step.

    References
    ----------
    Ascher, Ruuth and Wetton (1995), section 3.

    Examples
    --------
    >>> Multistep(2).name, Multistep(2).state_weights
    ('bdf2', array([ 1.5, -2. ,  0.5]))
    """

    order: int

    def __post_init__(self) -> None:
        """Check the order."""
        if type(self.order) is not int or self.order not in COEFFICIENTS:
            raise ParameterError(
                f"order is {self.order!r:.60}; IMEX-BDF is known here for order 1, 2, 3 "
                "and 4, pass one of them"
            )

    @property
    def name(self) -> str:
        """``"bdf1"`` to ``"bdf4"``."""
        return f"bdf{self.order}"

    @property
    def state_weights(self) -> Array:
        """The weights a_j of y_{n+1-j}, j from 0 to q, shape (q + 1,)."""
        return numpy.array(COEFFICIENTS[self.order][0])

    @property
    def explicit_weights(self) -> Array:
        """The weights e_j of E_{n+1-j}, j from 1 to q, shape (q,)."""
        return numpy.array(COEFFICIENTS[self.order][1])
