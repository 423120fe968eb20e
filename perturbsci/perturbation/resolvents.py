"""What singular values on a grid show: the level curves that bound pseudospectra.

Near an eigenvalue of condition kappa the level set of epsilon is a disk of radius epsilon
kappa, which the points of a grid may miss altogether: such disks are added to the curves
that the grid shows.

Reference: Trefethen and Embree (2005), chapters 52 and 39.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive
from perturbsci.backend import to_host
from perturbsci.perturbation.level_sets import level_curves
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["ResolventGrid"]

CIRCLE = numpy.exp(2j * math.pi * numpy.arange(65) / 64)


@dataclass(frozen=True, slots=True, eq=False)
class ResolventGrid(Result):
    """The smallest singular value of A - z B on a rectangular grid of z.

    Parameters
    ----------
    re : real array, shape (nx,)
        Real parts, ascending.
    im : real array, shape (ny,)
        Imaginary parts, ascending.
    sigma : real array, shape (ny, nx)
        sigma_min = 1/||(A - z B)^-1||, from above.
    eigenvalues : complex array, shape (n,)
        Of A - z B, descending modulus, infinite ones first.
    steps : int array, shape (ny, nx)
        Lanczos steps that a point took; -1 where sigma is below 10 n unit_roundoff ||A||,
        which cannot be resolved.
    eigenvalue_condition : real array, shape (n,)
        ||x|| ||y|| / abs(y* B x); NaN where there is a lower block.
    status : Status
        TOLERANCE_NOT_REACHED if a point that can be resolved has not settled.
    certificates : tuple of Certificate
        The backward error of the reduction; the change over the last two steps.

    Examples
    --------
    >>> from perturbsci.perturbation import resolvent_grid
    >>> grid = resolvent_grid(numpy.diag([0.5, 2.5]), box=(0, 3, -1, 1), shape=(4, 3))
    >>> round(float(grid.sigma[1, 2]), 12)
    0.5
    >>> [complex(curve[0]) for curve in grid.contours(0.25)]  # two circles
    [(2.75+0j), (0.75+0j)]
    """

    re: Array
    im: Array
    sigma: Array
    eigenvalues: Array
    steps: Array
    eigenvalue_condition: Array
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    def contours(self, epsilon: float) -> list[Array]:
        """Return the boundary of the epsilon-pseudospectrum inside the box.

        Parameters
        ----------
        epsilon : float
            The level, above 0.

        Returns
        -------
        curves : list of complex arrays, shape (k,)
            Closed ones end where they begin; open ones end at the rim of the box. Where
            no grid point around an eigenvalue is inside, a circle of radius epsilon times
            the condition stands for its component, which holds to first order.

        Raises
        ------
        ParameterError
            If the level is not positive.

        Notes
        -----
        Linear interpolation of log(sigma): an error of second order in the grid spacing.
        """
        level = positive(epsilon, "epsilon")
        sigma, re, im = to_host(self.sigma), to_host(self.re), to_host(self.im)
        tiny = numpy.finfo(sigma.dtype).tiny
        values = numpy.log(numpy.maximum(sigma, tiny)) - math.log(level)
        curves = level_curves(re, im, values)
        return curves + self._disks(level)

    def _disks(self, level: float) -> list[Array]:
        """Return circles for the components that lie between the grid points.

        sigma grows like the m-th power of the distance to m eigenvalues in one cell, which
        bounds the radius where they are (nearly) defective and the condition is useless.
        """
        sigma, re, im = to_host(self.sigma), to_host(self.re), to_host(self.im)
        values, conditions = to_host(self.eigenvalues), to_host(self.eigenvalue_condition)
        inside = (re[0] < values.real) & (values.real < re[-1])
        inside &= (im[0] < values.imag) & (values.imag < im[-1])
        columns, rows = (
            numpy.searchsorted(side, part[inside]) - 1
            for side, part in ((re, values.real), (im, values.imag))
        )
        drawn: list[tuple[complex, float]] = []
        for center, condition, i, j in zip(
            values[inside].tolist(), conditions[inside], columns, rows, strict=True
        ):
            around = sigma[j : j + 2, i : i + 2]
            if not (around > level).all():
                continue  # the grid sees this component
            away = numpy.abs(re[i : i + 2] + 1j * im[j : j + 2, None] - center)
            near = numpy.unravel_index(away.argmin(), away.shape)
            m = int(((columns == i) & (rows == j)).sum())
            largest = (
                away[near] * (level / around[near]) ** (1 / m) if m > 1 else away[near]
            )
            radius = float(min(level * condition, largest))
            hidden = any(abs(center - other) < r for other, r in drawn)
            if radius > 0 and not hidden:
                drawn.append((center, radius))
        return [center + radius * CIRCLE for center, radius in drawn]
