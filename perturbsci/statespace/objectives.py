"""What the search for a perturbation minimizes, in coordinates without constraints.

With a size, E = r X/||X||_F and f = log sum kappa_i(A + E): the sum is smooth where the
eigenvalues are distinct. With a weight gamma, E = r X and
f = log(cond_2(V) + gamma ||E||_2), the objective of Yu et al. (2024), smooth where the
extreme singular values are simple. Stability adds a penalty,

    penalty * sum max(0, (Re lambda_i + aim)/r)^2.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.statespace.sensitivity import Eigensystem, eigensystem

__all__ = ["Evaluation", "Objective"]

DEFECTIVE = 700.0  # log of a sum of conditions beyond floating point
AIM = 1e-3  # further left than asked, of r
UNIT_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One point of the search.

    Parameters
    ----------
    value : float
        f without the penalty.
    penalized : float
        f.
    gradient : real array, shape (m,)
        Of f with the penalty, with respect to the coordinates.
    perturbation : array, shape (n, n)
        E.
    is_stable : bool
        Whether all real parts are as low as asked; True where nothing is asked.
    """

    value: float
    penalized: float
    gradient: numpy.ndarray
    perturbation: numpy.ndarray
    is_stable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """f over real coordinates x, m = n^2, for a complex A 2 n^2.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A.
    radius : float
        r; the norm of E, with a weight its unit.
    weight : float or None
        gamma; None with a size.
    skew : bool
        Whether E is skew-Hermitian.
    margin : float or None
        Real parts must be negative and at most -margin; None without stability.
    """

    a: numpy.ndarray
    radius: float
    weight: float | None
    skew: bool
    margin: float | None

    def coordinates(self, e: numpy.ndarray) -> numpy.ndarray:
        """Return coordinates of a perturbation.

        Parameters
        ----------
        e : array, shape (n, n)
            E, not 0; with a size only its direction counts.

        Returns
        -------
        x : real array, shape (m,)
            Of norm 1 with a size.
        """
        unit = float(numpy.linalg.norm(e)) if self.weight is None else self.radius
        x = numpy.ascontiguousarray(e / unit, dtype=self.a.dtype)
        return x.ravel().view(numpy.float64)

    def __call__(self, x: numpy.ndarray, penalty: float) -> Evaluation:
        """Return value and gradient at a point.

        Parameters
        ----------
        x : real array, shape (m,)
            Not 0.
        penalty : float
            Of real parts that are too large.

        Returns
        -------
        evaluation : Evaluation
            Of a large value and no gradient where A + E is defective to rounding.
        """
        direction = self._matrix(x)
        length = float(numpy.linalg.norm(direction)) if self.weight is None else 1.0
        unit = direction / length
        e = self.radius * unit
        system = eigensystem(self.a + e)
        if system is None:
            return Evaluation(DEFECTIVE, DEFECTIVE, numpy.zeros_like(x), e, False)
        value, gradient = self._value(system, e)
        penalized = value
        if penalty and self.margin is not None:
            aim = self.margin + AIM * self.radius
            excess = numpy.maximum(system.values.real + aim, 0.0) / self.radius
            penalized += penalty * float(excess @ excess)
            slope = numpy.diag(2 * penalty / self.radius * excess)
            gradient = gradient + self._kept(system.gradient(slope))
        if self.weight is None:  # along the sphere
            gradient = gradient - numpy.vdot(unit, gradient).real * unit
        coordinates = self._matrix_as_point(gradient * (self.radius / length))
        return Evaluation(value, penalized, coordinates, e, self._holds(system, e))

    def is_stable(self, e: numpy.ndarray) -> bool:
        """Tell whether A + E is as stable as asked.

        Parameters
        ----------
        e : array, shape (n, n)
            E.

        Returns
        -------
        stable : bool
            False where A + E is defective to rounding.
        """
        system = eigensystem(self.a + e)
        return system is not None and self._holds(system, e)

    def _value(self, system: Eigensystem, e: numpy.ndarray) -> tuple[float, numpy.ndarray]:
        """Return f without a penalty and its gradient with respect to E."""
        if self.weight is None:
            total = float(system.conditions.sum())
            return math.log(total), self._kept(system.gradient(system.sum_factor() / total))
        condition, factor = system.condition_factor()
        left, s, right = numpy.linalg.svd(e)
        total = condition + self.weight * float(s[0])
        norm = self.weight * numpy.outer(left[:, 0], right[0])
        gradient = (self._kept(system.gradient(factor)) + norm) / total
        return math.log(total), gradient

    def _holds(self, system: Eigensystem, e: numpy.ndarray) -> bool:
        if self.margin is None:
            return True
        # what is found here must still hold after another rounding of the eigenvalues
        norm = float(numpy.linalg.norm(self.a + e))
        rounding = 16 * UNIT_ROUNDOFF * norm * float(system.conditions.max())
        return float(system.values.real.max()) < -self.margin - rounding

    def _kept(self, gradient: numpy.ndarray) -> numpy.ndarray:
        return gradient.real if self.a.dtype.kind == "f" else gradient

    def _matrix(self, x: numpy.ndarray) -> numpy.ndarray:
        matrix = x.view(self.a.dtype).reshape(self.a.shape)
        return (matrix - matrix.conj().T) / 2 if self.skew else matrix

    def _matrix_as_point(self, gradient: numpy.ndarray) -> numpy.ndarray:
        if self.skew:
            gradient = (gradient - gradient.conj().T) / 2
        gradient = numpy.ascontiguousarray(gradient, dtype=self.a.dtype)
        return gradient.ravel().view(numpy.float64)
