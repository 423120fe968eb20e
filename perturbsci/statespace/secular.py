"""Eigenvalues of N - P M P^H from the modes of the normal matrix N, and their vectors.

With s = lambda + c, N = -c + S, S e_k = i nu_k e_k and rows p_k = e_k^H P, they solve

    det(I + M g(s)) = 0,   g(s) = sum_k p_k^H p_k / (s - i nu_k).

All roots are found at once by the iteration of Ehrlich and Aberth: Newton's method for
f(s) prod_k (s - i nu_k) / prod_j (s - s_j), the other roots divided out. A root is kept as
i nu_k + delta, relative to a pole near it, so that differences from the poles keep their
digits: they make the eigenvectors.

References: Aberth (1973); Gu and Eisenstat (1994).
"""

from dataclasses import dataclass

import numpy

from perturbsci.statespace.skew_modes import SkewModes

__all__ = ["SecularRoots", "critical_share", "secular_roots"]

UNIT_ROUNDOFF = 2.0**-53
N_STEPS = 12
SMALL_STEP = 1e-9  # of delta: the next one would be far below rounding
CLOSE = 64  # unit roundoffs of the largest frequency and n: poles that are one


@dataclass(frozen=True, slots=True, eq=False)
class SecularRoots:
    """Roots of the secular equation, one of each conjugate pair, the pairs first.

    Parameters
    ----------
    modes : int array, shape (m,)
        Which modes are coupled.
    roots : complex array, shape (h,)
        s; of a real matrix exactly real behind the pairs.
    damping : real array, shape (h,)
        -Re s > 0, to full relative accuracy.
    inverse_distances : complex array, shape (h, m)
        1/(s_i - i nu_k).
    vectors : complex array, shape (h, r)
        y_i with (I + M g(s_i)) y_i = 0.
    n_pairs : int
        How many roots stand for a pair.
    """

    modes: numpy.ndarray
    roots: numpy.ndarray
    damping: numpy.ndarray
    inverse_distances: numpy.ndarray
    vectors: numpy.ndarray
    n_pairs: int


def secular_roots(modes: SkewModes, m: numpy.ndarray, least: float) -> SecularRoots | None:
    """Return the roots for a matrix M with non-negative Hermitian part.

    Parameters
    ----------
    modes : SkewModes
        Of S, with the couplings of P.
    m : real or complex array, shape (r, r)
        M, not zero; real if S is.
    least : float
        Modes with a coupling up to this are left alone.

    Returns
    -------
    roots : SecularRoots or None
        None where this route is not safe: coupled modes of one frequency, or an iteration
        that does not settle, as at a multiple root.

    Notes
    -----
    About 5 steps of 30 n^2 flops for one column of P; memory 6 arrays of n^2/2 complex
    numbers.
    """
    coupled = numpy.flatnonzero(numpy.linalg.norm(modes.couplings, axis=1) > least)
    n_pairs = int((coupled < modes.n_pairs).sum())
    poles, p = 1j * modes.frequencies[coupled], modes.couplings[coupled]
    width = CLOSE * len(poles) * UNIT_ROUNDOFF * numpy.abs(poles).max(initial=0.0)
    if not len(poles) or (numpy.diff(numpy.sort(poles.imag)) <= width).any():
        return None
    equation = _Equation(poles, p, m, n_pairs, modes.is_real)
    with numpy.errstate(all="ignore"):
        found = _settled(equation, equation.first())
        if found is None:
            return None
        inverse = 1 / equation.distances(found)
        value = equation.value(inverse)
    return SecularRoots(
        coupled,
        equation.positions(found),
        -found.delta.real,
        inverse,
        _null_vectors(value),
        found.n_pairs,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Iterates:
    """Roots as poles[anchor] + delta; those behind the pairs of a real matrix are real."""

    anchor: numpy.ndarray
    delta: numpy.ndarray
    n_pairs: int


class _Equation:
    """The secular equation of one M."""

    __slots__ = ("is_real", "m", "n_pairs", "p", "poles", "products")

    def __init__(
        self,
        poles: numpy.ndarray,
        p: numpy.ndarray,
        m: numpy.ndarray,
        n_pairs: int,
        is_real: bool,
    ) -> None:
        self.poles, self.p, self.m = poles, p, m
        self.n_pairs, self.is_real = n_pairs, is_real
        self.products = (p.conj()[:, :, None] * p[:, None, :]).reshape(len(p), -1)

    def positions(self, at: _Iterates) -> numpy.ndarray:
        """Return s."""
        s = self.poles[at.anchor] + at.delta
        if self.is_real:
            s.imag[at.n_pairs :] = 0.0
        return s

    def distances(self, at: _Iterates) -> numpy.ndarray:
        """Return s_i - i nu_k."""
        gaps = self.poles[at.anchor][:, None] - self.poles
        gaps += at.delta[:, None]
        return gaps

    def value(self, weights: numpy.ndarray) -> numpy.ndarray:
        """Return I + M sum_k weights[i, k] p_k^H p_k."""
        return numpy.eye(len(self.m)) + self.change(weights)

    def change(self, weights: numpy.ndarray) -> numpy.ndarray:
        """Return M sum_k weights[i, k] p_k^H p_k."""
        r = len(self.m)
        return self.m @ (weights @ self.products).reshape(len(weights), r, r)

    def first(self) -> _Iterates:
        """Return delta to first order in p_k, all else of g as it is at the pole."""
        kept = len(self.poles) - self.n_pairs
        start = _Iterates(numpy.arange(kept), numpy.zeros(kept, complex), self.n_pairs)
        gaps = self.distances(start)
        numpy.fill_diagonal(gaps, numpy.inf)
        p = self.p[:kept]
        turned = numpy.linalg.solve(self.value(1 / gaps), (p @ self.m.T)[:, :, None])
        delta = -(p.conj() * turned[:, :, 0]).sum(axis=1)
        delta = numpy.where(delta.real < 0, delta, -numpy.abs(delta))
        return self.kept_real(_Iterates(start.anchor, delta, self.n_pairs))

    def kept_real(self, at: _Iterates) -> _Iterates:
        """Keep single roots of a real matrix on the axis."""
        if self.is_real:
            single = slice(at.n_pairs, None)
            at.delta.imag[single] = -self.poles[at.anchor[single]].imag
        return at

    def step(self, at: _Iterates, moving: numpy.ndarray) -> numpy.ndarray:
        """Return the steps of Ehrlich and Aberth of some of the roots."""
        some = _Iterates(at.anchor[moving], at.delta[moving], 0)
        gaps = self.distances(some)
        inverse = 1 / gaps
        value, slope = self.value(inverse), -self.change(inverse * inverse)
        newton = _quotient(value, slope)
        partners = slice(0, at.n_pairs)
        anchors = numpy.concatenate([at.anchor, self.partner(at.anchor[partners])])
        deltas = numpy.concatenate([at.delta, at.delta[partners].conj()])
        apart = gaps[:, anchors] - deltas
        apart[range(len(moving)), moving] = numpy.inf
        others = (1 / apart).sum(axis=1)
        return newton / (1 + newton * (inverse.sum(axis=1) - others))

    def partner(self, anchor: numpy.ndarray) -> numpy.ndarray:
        """Return the conjugate poles."""
        kept = len(self.poles) - self.n_pairs
        below = numpy.where(anchor >= kept, anchor - kept, anchor)
        return numpy.where(anchor < self.n_pairs, anchor + kept, below)

    def parted(self, at: _Iterates, stuck: numpy.ndarray) -> _Iterates:
        """Return iterates where two real ones stand for each pair that does not settle."""
        s = self.positions(at)[stuck]
        low, high = s.real - numpy.abs(s.imag), s.real + numpy.abs(s.imag)
        high = numpy.where(high < 0, high, 0.5 * s.real)
        anchor = numpy.concatenate(
            [numpy.delete(at.anchor, stuck), at.anchor[stuck], at.anchor[stuck]]
        )
        real = numpy.concatenate([low, high]) - numpy.tile(self.poles[at.anchor[stuck]], 2)
        delta = numpy.concatenate([numpy.delete(at.delta, stuck), real])
        return self.kept_real(_Iterates(anchor, delta, at.n_pairs - len(stuck)))


def _settled(equation: _Equation, at: _Iterates) -> _Iterates | None:
    """Return the roots; pairs of a real matrix that do not settle are tried as two real."""
    for _ in range(2):
        moving = numpy.arange(len(at.delta))
        for _ in range(N_STEPS):
            step = equation.step(at, moving)
            at.delta[moving] -= step
            at = equation.kept_real(at)
            if not numpy.isfinite(at.delta).all():
                return None
            moving = moving[numpy.abs(step) > SMALL_STEP * numpy.abs(at.delta[moving])]
            if not len(moving):
                return at if (at.delta.real < 0).all() else None
        if not equation.is_real or (moving >= at.n_pairs).any():
            return None
        at = equation.parted(at, moving)
    return None


def _quotient(value: numpy.ndarray, slope: numpy.ndarray) -> numpy.ndarray:
    """Return det(B)/det(B)', the derivative column by column: no B is inverted."""
    if value.shape[-1] == 1:
        return value[:, 0, 0] / slope[:, 0, 0]
    change = numpy.zeros(len(value), complex)
    for column in range(value.shape[-1]):
        mixed = value.copy()
        mixed[:, :, column] = slope[:, :, column]
        change += numpy.linalg.det(mixed)
    return numpy.linalg.det(value) / change


def _null_vectors(value: numpy.ndarray) -> numpy.ndarray:
    """Return y of each B = I + M g, its largest entry real: y is real if B is."""
    if value.shape[-1] == 1:
        return numpy.ones((len(value), 1), complex)
    vectors = numpy.linalg.svd(value)[2][:, -1, :].conj()
    pivot = vectors[range(len(vectors)), numpy.abs(vectors).argmax(axis=1)]
    return vectors * (pivot.conj() / numpy.abs(pivot))[:, None]


def critical_share(modes: SkewModes, near: complex) -> float:
    """Return theta at which two roots of one column of P meet: -1/g(s) where g' = 0.

    Parameters
    ----------
    modes : SkewModes
        With one column of couplings.
    near : complex
        A point between the two roots.

    Returns
    -------
    theta : float
        1 + 1/g at the critical point near by; NaN if Newton's method finds none, or one
        whose theta is not real: there no two roots meet.
    """
    poles, weights = 1j * modes.frequencies, numpy.abs(modes.couplings[:, 0]) ** 2
    s = complex(near)
    with numpy.errstate(all="ignore"):
        for _ in range(5 * N_STEPS):
            inverse = 1 / (s - poles)
            slope = (weights * inverse**2).sum()
            step = slope / (-2 * (weights * inverse**3).sum())
            s -= step
            if abs(step) <= SMALL_STEP * abs(s):
                share = 1 + 1 / (weights / (s - poles)).sum()
                real = abs(share.imag) <= SMALL_STEP**0.5 * abs(share)
                return float(share.real) if real else numpy.nan
    return numpy.nan
