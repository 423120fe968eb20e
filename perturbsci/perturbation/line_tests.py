"""Where a line, a circle or a ray crosses a level set of sigma_min(A - z I).

sigma_min(A - z) = s, or another singular value is s, at z = x + iy if and only if iy is an
eigenvalue of [[x - A*, s], [-s, A - x]]; if and only if x is a real eigenvalue of
[[A* + iy, -s], [-s, A - iy]]; and at z = r w, abs(w) = 1, if and only if w is an
eigenvalue of the pencil [[-s, A], [r, 0]] - w [[0, r], [A*, -s]].

The first two matrices are Hamiltonian: rounding moves a double eigenvalue on the axis by
the square root of the unit roundoff, and half of the digits are what a test for "on the
axis" can ask for. Too many candidates cost time, never correctness: each one, and the
middles between them, is judged by its singular values.

A place is y on the line Re z = size, or the angle on the circle abs(z) = size.

References: Byers (1988); Burke, Lewis, and Overton (2003); Mengi and Overton (2005).
"""

from dataclasses import dataclass

import numpy

from perturbsci.backend.operands import lapack

__all__ = ["HALF", "Lines", "Lowest"]

HALF = float(numpy.finfo(numpy.float64).eps) ** 0.5
NEWTON_STEPS = 6
MOST_LEVELS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """A matrix with its lines Re z = size, or its circles abs(z) = size.

    Parameters
    ----------
    a : complex array, shape (n, n)
        On the host.
    discrete : bool
        Circles, not lines.
    norm : float
        ||A||_2.
    """

    a: numpy.ndarray
    discrete: bool
    norm: float

    @property
    def rounding(self) -> float:
        """How exactly singular values of this matrix are known."""
        return len(self.a) * float(numpy.finfo(numpy.float64).eps) * self.norm

    def points(self, size: float, places: numpy.ndarray) -> numpy.ndarray:
        """Return z.

        Parameters
        ----------
        size : float
            Real part, or modulus.
        places : real array, shape (k,)
            Imaginary parts, or angles.

        Returns
        -------
        z : complex array, shape (k,)
            In the plane.
        """
        if self.discrete:
            return size * numpy.exp(1j * places)
        return size + 1j * places

    def point(self, size: float, place: float) -> complex:
        """Return one z.

        Parameters
        ----------
        size, place : float
            Real and imaginary part, or modulus and angle.

        Returns
        -------
        z : complex
            In the plane.
        """
        return complex(self.points(size, numpy.array([place]))[0])

    def sizes_and_places(self, z: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Return the inverse of ``points``.

        Parameters
        ----------
        z : complex array, shape (k,)
            Points.

        Returns
        -------
        sizes, places : real array, shape (k,)
            Real and imaginary parts, or moduli and angles.
        """
        return (numpy.abs(z), numpy.angle(z)) if self.discrete else (z.real, z.imag)

    def sigma(self, size: float, places: numpy.ndarray) -> numpy.ndarray:
        """Return sigma_min(A - z).

        Parameters
        ----------
        size : float
            Real part, or modulus.
        places : real array, shape (k,)
            Imaginary parts, or angles.

        Returns
        -------
        sigma : real array, shape (k,)
            By singular value decompositions.
        """
        z = self.points(size, places)[:, None, None]
        return numpy.linalg.svdvals(self.a - z * numpy.eye(len(self.a)))[:, -1]

    def candidates(self, size: float, level: float) -> numpy.ndarray:
        """Return where the line may cross the level, and the middles between.

        Parameters
        ----------
        size : float
            Real part, or modulus.
        level : float
            Of a singular value.

        Returns
        -------
        places : real array, shape (k,)
            Every component of sigma < level on the line holds one of them.
        """
        places = numpy.sort(self._on_circle(size, level) if self.discrete
                            else self._on_line(size, level))  # fmt: skip
        following = places[1:]
        if self.discrete:
            following = numpy.append(following, places[:1] + 2 * numpy.pi)
        return numpy.concatenate([(places[: len(following)] + following) / 2, places])

    def _on_line(self, x: float, s: float) -> numpy.ndarray:
        b, unit = self.a - x * numpy.eye(len(self.a)), s * numpy.eye(len(self.a))
        hamiltonian = numpy.block([[-b.conj().T, unit], [-unit, b]])
        values = numpy.linalg.eigvals(hamiltonian)
        return values.imag[numpy.abs(values.real) <= HALF * numpy.linalg.norm(hamiltonian)]

    def _on_circle(self, r: float, s: float) -> numpy.ndarray:
        unit, zero = numpy.eye(len(self.a)), numpy.zeros_like(self.a)
        left = numpy.block([[-s * unit, self.a], [r * unit, zero]])
        right = numpy.block([[zero, r * unit], [self.a.conj().T, -s * unit]])
        alpha, beta = lapack().eigvals(left, right, homogeneous_eigvals=True)
        off = numpy.abs(numpy.abs(alpha) - numpy.abs(beta))
        on = off <= HALF * numpy.linalg.norm(left)
        return numpy.angle(alpha[on] * beta[on].conj())

    def farthest(self, place: float, level: float) -> float:
        """Return the largest size on a ray where sigma_min is the level.

        Parameters
        ----------
        place : float
            y of a horizontal line, or the angle of a ray from 0.
        level : float
            Of sigma_min.

        Returns
        -------
        size : float
            Real part, or modulus; -inf if none is found.
        """
        n = len(self.a)
        if self.discrete:
            b = numpy.exp(-1j * place) * self.a
        else:
            b = self.a - 1j * place * numpy.eye(n)
        unit = level * numpy.eye(n)
        mirrored = numpy.block([[b.conj().T, -unit], [-unit, b]])
        values = numpy.linalg.eigvals(mirrored)
        real = numpy.abs(values.imag) <= HALF * numpy.linalg.norm(mirrored)
        for x in numpy.sort(values.real[real])[::-1]:
            size, sigma = _on_level(b, float(x), level)
            if sigma <= level * (1 + HALF) + self.rounding:
                return size
        return -numpy.inf

    def outward(
        self, places: numpy.ndarray, level: float, best: tuple[float, float]
    ) -> tuple[float, float]:
        """Return the farthest point on rays that start inside the pseudospectrum.

        Parameters
        ----------
        places : real array, shape (k,)
            Of the rays.
        level : float
            Of sigma_min.
        best : tuple of float
            Size and place of what is to be exceeded.

        Returns
        -------
        size, place : float
            ``best`` if no ray goes beyond it.
        """
        order = numpy.argsort(self.sigma(best[0], places))
        for place in places[order].tolist():
            if self.sigma(best[0], numpy.array([place]))[0] < level:
                reached = self.farthest(place, level)
                best = max(best, (reached, place))
        return best

    def lowest(self, size: float, places: numpy.ndarray) -> "Lowest":
        """Return the smallest sigma_min on a line.

        Parameters
        ----------
        size : float
            Real part, or modulus.
        places : real array, shape (k,)
            Where to start, at least one.

        Returns
        -------
        lowest : Lowest
            To a relative change of 1e-12, or to rounding.
        """
        sigma, place = self._best_of(size, places)
        for levels in range(1, MOST_LEVELS + 1):
            if sigma <= self.rounding:
                return Lowest(sigma, place, levels, True)
            found = self.candidates(size, sigma)
            lower, there = self._best_of(size, found) if len(found) else (sigma, place)
            gain = sigma - lower
            if gain > 0:
                sigma, place = lower, there
            if gain <= max(1e-12 * sigma, 0.1 * self.rounding):
                return Lowest(sigma, place, levels, True)
        return Lowest(sigma, place, MOST_LEVELS, False)

    def _best_of(self, size: float, places: numpy.ndarray) -> tuple[float, float]:
        sigma = self.sigma(size, places)
        first = int(numpy.argmin(sigma))
        return float(sigma[first]), float(places[first])


@dataclass(frozen=True, slots=True, eq=False)
class Lowest:
    """The smallest singular value on a line.

    Parameters
    ----------
    sigma, place : float
        The value, and where.
    levels : int
        Tests that were made.
    settled : bool
        The last of them found nothing lower.
    """

    sigma: float
    place: float
    levels: int
    settled: bool


def _on_level(b: numpy.ndarray, x: float, level: float) -> tuple[float, float]:
    """Return x with sigma_min(B - x) = level by Newton's method, and sigma_min there.

    With singular vectors u and v, d sigma/dx = -Re u* v.
    """
    for _step in range(NEWTON_STEPS):
        u, s, vh = numpy.linalg.svd(b - x * numpy.eye(len(b)))
        slope = -float(numpy.vdot(u[:, -1], vh[-1].conj()).real)
        shift = (level - s[-1]) / slope if slope > HALF else 0.0
        x += float(shift)
        if abs(shift) <= 4e-16 * abs(x):
            break
    return x, float(numpy.linalg.svdvals(b - x * numpy.eye(len(b)))[-1])
