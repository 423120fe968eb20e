"""Search for the largest gain on the imaginary axis: level sets, and peaks between them.

The imaginary eigenvalues of the Hamiltonian matrix of a level are where a singular value of
G crosses it; the middles of the intervals between them lie above it, if anything does. Too
many candidates cost time, never correctness: each is judged by the value of G.

References: Boyd and Balakrishnan (1990); Bruinsma and Steinbuch (1990).
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.statespace.responses import Realization, Response

__all__ = ["GainSearch", "first_places"]

ON_AXIS = 1e-8
NEAR_LEVEL = 1e-6
ZOOMS, POINTS = 14, 17  # each round makes an interval 8 times narrower
NARROW = 1e-9


def first_places(values: numpy.ndarray, *, real: bool) -> numpy.ndarray:
    """Return 0, the resonances, and the geometric means of neighbors.

    Parameters
    ----------
    values : complex array, shape (n,)
        Eigenvalues.
    real : bool
        Half of the axis will do.

    Returns
    -------
    places : real array, shape (k,)
        y, ascending.
    """
    found = []
    for sign in (1.0,) if real else (1.0, -1.0):
        side = sign * values.imag
        near = numpy.concatenate([numpy.abs(values), side[side > 0]])
        near = numpy.unique(near[near > 0])
        means = numpy.sqrt(near[1:]) * numpy.sqrt(near[:-1])
        ends = numpy.array([0.1, 10.0]) * near[[0, -1]] if len(near) else near
        found.append(sign * numpy.concatenate([near, means, ends]))
    return numpy.unique(numpy.concatenate([[0.0], *found]))


@dataclass(frozen=True, slots=True, eq=False)
class GainSearch:
    """A search for the largest gain: places on the axis, and values of G there.

    Parameters
    ----------
    response : Response
        G.
    realization : Realization
        Of it, continuous.
    real : bool
        G(conj s) = conj G(s): half of the axis will do.
    accuracy : float
        Relative.
    """

    response: Response
    realization: Realization
    real: bool
    accuracy: float

    def level(self, best: tuple[float, float]) -> float:
        """Return a level above the best value by twice the accuracy, or by rounding.

        Parameters
        ----------
        best : tuple of float
            Gain and place.

        Returns
        -------
        level : float
            Above its gain.
        """
        place = best[1]
        rounding = 0.0
        if self.response.discrete or math.isfinite(place):
            rounding = float(self.response.sigma(numpy.array([place]))[1][0])
        return max(best[0] * (1 + 2 * self.accuracy), best[0] + 4 * rounding)

    def improved(
        self, places: numpy.ndarray, best: tuple[float, float], count: int
    ) -> tuple[float, float]:
        """Return the largest gain at places, and near the best ``count`` of its peaks.

        Parameters
        ----------
        places : real array, shape (k,)
            y, ascending.
        best : tuple of float
            Gain and place to be exceeded.
        count : int
            How many peaks are followed.

        Returns
        -------
        best : tuple of float
            Gain and place.
        """
        sigma = self.response.sigma(places)[0]
        padded = numpy.concatenate([[-1.0], sigma, [-1.0]])
        peaks = numpy.flatnonzero((sigma >= padded[:-2]) & (sigma >= padded[2:]))
        order = peaks[numpy.argsort(-sigma[peaks])][:count]
        best = max(best, (float(sigma[order[0]]), float(places[order[0]])))
        low = places[numpy.maximum(order - 1, 0)]
        high = places[numpy.minimum(order + 1, len(places) - 1)]
        return max(best, self._zoomed(low, high))

    def _zoomed(self, low: numpy.ndarray, high: numpy.ndarray) -> tuple[float, float]:
        """Return the largest gain in intervals, all of them searched side by side."""
        rows = numpy.arange(len(low))
        for _round in range(ZOOMS):
            grid = low[:, None] + (high - low)[:, None] * numpy.linspace(0, 1, POINTS)
            sigma = self.response.sigma(grid.ravel())[0].reshape(grid.shape)
            top = sigma.argmax(axis=1)
            low = grid[rows, numpy.maximum(top - 1, 0)]
            high = grid[rows, numpy.minimum(top + 1, POINTS - 1)]
            if (high - low <= NARROW * numpy.maximum(abs(low), abs(high))).all():
                break
        row = int(sigma.max(axis=1).argmax())
        return float(sigma[row, top[row]]), float(grid[row, top[row]])

    def centered(self, best: tuple[float, float]) -> tuple[float, float]:
        """Return the top of a parabola through the peak, which its values alone blur.

        Values are flat to rounding over 1e-8 of the width of a peak.

        Parameters
        ----------
        best : tuple of float
            Gain and place.

        Returns
        -------
        best : tuple of float
            The same gain to rounding.
        """
        value, place = best
        if not math.isfinite(place) or place == 0 or value <= 0:
            return best
        reach = 1e-6 * abs(place)
        for _round in range(2):
            sides = numpy.array([place - reach, place, place + reach])
            left, middle, right = self.response.sigma(sides)[0]
            bend = left - 2 * middle + right
            if not bend < 0:
                return best
            top = place + reach * (left - right) / (2 * bend)
            reach = 1e-5 * reach * math.sqrt(2 * middle / -bend)
        found = float(self.response.sigma(numpy.array([top]))[0][0])
        near = abs(top - place) <= 1e-3 * abs(place)
        return (found, float(top)) if near and found >= value * (1 - 1e-13) else best

    def upright(self, best: tuple[float, float]) -> tuple[float, float]:
        """Return frequency 0, else the positive one of two, if its gain is the same.

        Parameters
        ----------
        best : tuple of float
            Gain and place.

        Returns
        -------
        best : tuple of float
            The same gain to rounding or accuracy.
        """
        value, place = best
        if not math.isfinite(place):
            return best
        still, rounding = self.response.sigma(numpy.array([0.0]))
        if still[0] >= value - 4 * rounding[0]:
            return float(still[0]), 0.0
        if place > 0:
            return best
        mirrored = float(self.response.sigma(numpy.array([-place]))[0][0])
        return (mirrored, -place) if mirrored >= value * (1 - self.accuracy) else best

    def above(self, level: float, best: tuple[float, float]) -> tuple[float, float]:
        """Return a gain above the level, or ``best`` if there is none.

        Parameters
        ----------
        level : float
            Of a singular value.
        best : tuple of float
            Gain and place.

        Returns
        -------
        best : tuple of float
            Gain and place.
        """
        if level <= 0:
            return best
        values = numpy.linalg.eigvals(_hamiltonian(self.realization, level))
        size = float(numpy.abs(values).max())
        places = numpy.sort(values.imag[numpy.abs(values.real) <= ON_AXIS * size])
        if self.real:
            places = numpy.abs(places)
        if not len(places):
            return best
        places = numpy.unique(places)
        sigma = self.response.sigma(places)[0]
        places = places[sigma >= level * (1 - NEAR_LEVEL)]
        if not len(places):
            return best
        ends = [0.0] if self.real else []
        places = numpy.unique(numpy.concatenate([ends, places]))
        middles = (places[1:] + places[:-1]) / 2
        return self.improved(numpy.unique(numpy.concatenate([places, middles])), best, 3)


def _hamiltonian(realization: Realization, level: float) -> numpy.ndarray:
    # Everything is divided by the level: R = I - D* D with D = D / level.
    a, b = realization.a, realization.b
    c, d = realization.c / level, realization.d / level
    r = numpy.eye(d.shape[1]) - d.conj().T @ d
    inverse = numpy.linalg.solve(r, numpy.concatenate([d.conj().T @ c, b.conj().T], axis=1))
    inner, outer = inverse[:, : len(a)], inverse[:, len(a) :]
    moved = a + b @ inner
    lower = -c.conj().T @ c - (d.conj().T @ c).conj().T @ inner
    return numpy.block([[moved, b @ outer], [lower, -moved.conj().T]])
