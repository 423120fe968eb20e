"""Two maps with one data set and two spectra: what no algorithm can learn from pairs.

F_phi(theta, r) = (theta + phi(r), r) keeps area. A smooth phi that vanishes at the radii of
the data gives the data of the identity, phi = 0. The Koopman operator of the identity has
the spectrum {1}; that of F_phi multiplies exp(i k theta) by exp(i k phi(r)), and these
values fill the circle as k grows. Whatever an algorithm answers, it is wrong for one map.
"""

import math
from dataclasses import dataclass

from perturbsci.arguments import positive, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.koopman.limits import limits_in_words, limits_required
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification import Certificate

__all__ = ["Adversary", "twist_adversary"]

CIRCLE_POINTS = 360


@dataclass(frozen=True, slots=True, eq=False)
class Adversary(Result):
    """The identity and a twist that agree on all data and differ in their spectra.

    Parameters
    ----------
    snapshots : Snapshots
        Pairs y = x of both maps; columns theta in [0, 2 pi) and r, weights the normalized
        masses of the cells around the points.
    spectrum_identity : complex array, shape (1,)
        That of phi = 0: the number 1.
    spectrum_twisted : complex array, shape (360,)
        Points of that of the twist: the unit circle.
    status : Status
        EXACT: both maps reproduce the data without error.
    certificate : Certificate
        Of kind "none": these pairs say nothing about the spectrum.
    gap : (float, float)
        The radii between which the twist turns.
    size : float
        The largest angle by which it turns, in radians.

    Examples
    --------
    >>> import numpy as np
    >>> adversary = twist_adversary([0.0, 0.5, 2.0])
    >>> adversary.phase(np.array([0.5, 1.25, 2.0]))
    array([0. , 0.1, 0. ])
    """

    snapshots: Snapshots
    spectrum_identity: Array
    spectrum_twisted: Array
    status: Status
    certificate: Certificate
    gap: tuple[float, float]
    size: float

    def phase(self, r: Array) -> Array:
        """Return phi(r), the angle by which the twist turns at a radius.

        phi = size exp(1 - 1/(1 - u^2)) with u from -1 to 1 across the gap, else 0.

        Parameters
        ----------
        r : real array, shape (...)
            Radii, in the unit of those of the data.

        Returns
        -------
        phi : real array, shape (...)
            In radians; 0 at every radius of the data, infinitely often differentiable.

        Raises
        ------
        ParameterError
            If a radius is no finite real number.
        """
        r = as_array(r, name="r", real=True, empty=True)
        xp = namespace(r)
        inner, outer = self.gap
        u = (2 * r - inner - outer) / (outer - inner)
        room = 1 - u * u
        inside = (room > 0) & (r > inner) & (r < outer)
        bump = self.size * xp.exp(1 - 1 / xp.where(inside, room, 1.0))
        return xp.where(inside, bump, xp.zeros_like(bump))


def twist_adversary(
    radii: Array, *, size: float = 0.1, n_angles: int = 16, step: float = 1.0
) -> Adversary:
    """Return a map that has the data of the identity and another spectrum.

    Parameters
    ----------
    radii : real array, shape (n_radii,)
        Where data are taken, from 0 on, any order; at least two different ones.
    size : float
        Largest angle of the twist, in radians, above 0: however small.
    n_angles : int
        How many equidistant angles there are at each radius, from 1 on.
    step : float
        Time between x and y, in the user's unit.

    Returns
    -------
    adversary : Adversary
        With ``n_radii * n_angles`` pairs; the widest gap between neighbors is twisted.

    Raises
    ------
    ShapeError
        If ``radii`` is no row of numbers.
    ParameterError
        If a radius is negative or not finite, all are equal, or an option is no positive
        number.

    Notes
    -----
    The gap closes with more radii, but none of them is ever enough: only a modulus of
    continuity of the map bounds what can happen between them.

    References
    ----------
    Colbrook, Mezic, and Stepanenko (2024); this construction is derived here.

    Examples
    --------
    >>> adversary = twist_adversary([0.2, 0.4, 1.0], size=1e-3)
    >>> bool((adversary.snapshots.x == adversary.snapshots.y).all())
    True
    >>> adversary.gap, adversary.certificate.kind
    ((0.4, 1.0), 'none')
    """
    radii = as_array(radii, name="radii", ndim=1, real=True)
    size, n_angles = positive(size, "size"), whole(n_angles, "n_angles", least=1)
    xp = namespace(radii)
    ordered = xp.sort(radii)
    widths = ordered[1:] - ordered[:-1]
    if float(ordered[0]) < 0 or not (widths.shape[0] and float(xp.max(widths)) > 0):
        raise ParameterError(
            f"radii is {to_host(radii).tolist()!r:.60}; pass at least two different radii "
            "from 0 on: the twist hides between two neighbors"
        )
    widest = int(xp.argmax(widths))
    gap = (float(ordered[widest]), float(ordered[widest + 1]))
    turns = xp.arange(n_angles, dtype=radii.dtype) / n_angles
    angles = xp.tile(2 * math.pi * turns, (ordered.shape[0],))
    x = xp.stack([angles, xp.repeat(ordered, n_angles)], axis=1)
    weights = xp.repeat(_cells(ordered), n_angles) / n_angles
    around = xp.arange(CIRCLE_POINTS) * (2j * math.pi / CIRCLE_POINTS)
    return Adversary(
        snapshots=Snapshots(x, x, weights=weights, step=step, sampling="quadrature"),
        gap=gap,
        size=size,
        spectrum_identity=xp.ones(1, dtype=around.dtype),
        spectrum_twisted=xp.exp(around),
        status=Status.EXACT,
        certificate=_certificate(gap, size, x.shape[0]),
    )


def _cells(ordered: Array) -> Array:
    """Return the share of the radial interval that is nearest to each radius."""
    xp = namespace(ordered)
    middles = (ordered[1:] + ordered[:-1]) / 2
    edges = xp.concat([ordered[:1], middles, ordered[-1:]])
    return (edges[1:] - edges[:-1]) / (ordered[-1] - ordered[0])


def _certificate(gap: tuple[float, float], size: float, count: int) -> Certificate:
    why = (
        f"the identity, with spectrum {{1}}, and a twist by at most {size:g} rad at radii "
        f"from {gap[0]:g} to {gap[1]:g}, with the circle as spectrum, give these same "
        f"{count} pairs",
        "a modulus of continuity of the map would bound the twist: pass "
        "modulus=(lipschitz, fill_distance)",
        limits_in_words(limits_required("spectrum", declare="unitary"), {"M": count}),
    )
    return Certificate(
        "location of the spectrum", math.nan, math.nan, "none", "twist adversary", why
    )
