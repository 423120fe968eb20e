"""How far errors have grown: B' = L B + norm of the residual, slab by slab.

L is 0 in L1 for a viscous conservation law (Kruzhkov 1970), else the one-sided Lipschitz
constant of the reaction at the states that are possible: within the current bound of u_h
(Gronwall). The bound in the maximum norm says which states are possible; it is carried
along where another norm is asked for.
"""

import math

import numpy

from perturbsci.surrogates.adaptivity import shares_of
from perturbsci.surrogates.gronwall import grown_bound, growth_factor
from perturbsci.surrogates.residual import Grid, Slab, grid_of, jets, residuals
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.theorems import Theorem
from perturbsci.types import Array

__all__ = ["Growth"]


class Growth:
    """The bound of a march and what makes it grow.

    Parameters
    ----------
    theorem : Theorem or None
        Without one the sum of the residuals is carried, with growth 0.
    pointwise : Theorem or None
        That of the maximum norm, for the radius.
    norm : {"L1", "L2", "max"}
        Of the residual in space.
    count : int
        Of real equations.
    """

    def __init__(
        self, theorem: Theorem | None, pointwise: Theorem | None, norm: str, count: int
    ) -> None:
        self.theorem = theorem
        self.pointwise = pointwise
        self.norm = norm
        self.scales = numpy.full(count, abs(theorem.scale) if theorem else 1.0)
        self.bound = 0.0
        self.largest = math.inf  # the bound in the maximum norm

    @property
    def is_contraction(self) -> bool:
        """Whether errors never grow."""
        return not self.is_known or self.theorem.growth == 0.0  # type: ignore[union-attr]

    @property
    def is_known(self) -> bool:
        """Whether a theorem of first order in time applies, in the norm that is used."""
        return self.theorem is not None and self.theorem.norm == self.norm

    def begin(self, defect: float, largest: float) -> None:
        """Start from the defect of the initial data in the norm, and its maximum.

        Parameters
        ----------
        defect : float
            In the norm.
        largest : float
            In the maximum norm.
        """
        self.bound = defect
        if self.pointwise is not None:
            self.largest = largest

    def jump(self, size: float, largest: float) -> None:
        """Add a jump between two slabs, and its maximum.

        Parameters
        ----------
        size : float
            In the norm.
        largest : float
            In the maximum norm.
        """
        self.bound += size
        self.largest += largest

    def decay(
        self, setting: Setting, edges: Array, start: tuple[Array, ...], time: float
    ) -> float:
        """Return the share of an error now that keeps it within the tolerance at the end.

        exp(-L (T - t)) with the largest growth rate L at the present state.

        Parameters
        ----------
        setting : Setting
            The statement.
        edges : array, shape (n + 1,)
            In X.
        start : tuple of array, shape (n, q, p + 1)
            Start data of each real field.
        time : float
            Scaled.

        Returns
        -------
        decay : float
            At most 1.
        """
        if self.is_contraction:
            return 1.0
        slab = Slab(edges, time, 1e-9, start)
        grid = _start_grid(setting)
        radius = self.largest if math.isfinite(self.largest) else 0.0
        blank = tuple(
            numpy.zeros((len(edges) - 1, space.degree + 1, setting.count))
            for space in setting.space
        )
        rate = self._rate(self.theorem, setting, slab, blank, grid, radius)
        rate = max(rate, 0.0)
        return math.exp(-min(rate * setting.length * (1.0 - time), 600.0))

    def advance(
        self, setting: Setting, slab: Slab, unknowns: tuple[Array, ...], grid: Grid
    ) -> float:
        """Take one slab into the bound; return the bound of all its times.

        Parameters
        ----------
        setting : Setting
            The statement.
        slab : Slab
            Where.
        unknowns : tuple of array, shape (n, p + 1, p_t)
            One a real field.
        grid : Grid
            Points.

        Returns
        -------
        highest : float
            The bound of all times of the slab.
        """
        found = residuals(setting, slab, unknowns, grid) / self.scales
        added = float(shares_of(setting, slab, found, grid, self.norm).sum())
        if self.is_contraction:
            self.bound += added
            return self.bound
        step = slab.step * setting.length
        radius = self.largest
        if math.isfinite(radius):
            more = added
            if self.norm != "max":
                more = float(shares_of(setting, slab, found, grid, "max").sum())

            def rate(radius: float) -> float:
                return self._rate(self.pointwise, setting, slab, unknowns, grid, radius)

            radius, self.largest = grown_bound(rate, self.largest, more, step)
        fastest = self._rate(self.theorem, setting, slab, unknowns, grid, radius)
        up = growth_factor(max(fastest * step, 0.0))
        highest = up * (self.bound + added)
        self.bound = growth_factor(fastest * step) * self.bound + up * added
        if not math.isfinite(fastest):
            self.bound = highest = math.inf
        return highest

    def _rate(
        self,
        theorem: Theorem | None,
        setting: Setting,
        slab: Slab,
        unknowns: tuple[Array, ...],
        grid: Grid,
        radius: float,
    ) -> float:
        """Return the largest growth rate over a slab where errors are below a radius."""
        assert theorem is not None
        if not math.isfinite(radius):
            return theorem.growth
        points, table = jets(setting, slab, unknowns, grid)
        column = next(k for k, (_, index) in enumerate(setting.lin.slots) if not any(index))
        rates = theorem.local_growth(points, table[:, column], radius)
        return float(numpy.max(rates))


def _start_grid(setting: Setting) -> Grid:
    """Return Gauss points in space and one in time."""
    return grid_of(setting, 5, 1 - setting.count)
