"""Orbits in a self-gravitating isothermal slab, and the arms of a phase spiral.

Phi = 2 sigma^2 ln cosh(z/h), E = v^2/2 + Phi. With Phi(z) = E sin(theta)^2 the integrals
over an orbit have smooth periodic integrands, so that the trapezoidal rule converges
geometrically; with g(y) = (1 - e^(-y))/y, e = E/(2 sigma^2), y = 2 e sin(theta)^2:

    T       = (2 sqrt(2) h/sigma) int_0^(pi/2) g(y)^(-1/2) dtheta,   Omega = 2 pi/T
    I       = (4 sqrt(2) h sigma e/pi) int_0^(pi/2) cos(theta)^2 g(y)^(-1/2) dtheta
    dT/dE   = -(sqrt(2) h/sigma^3) int_0^(pi/2) sin(theta)^2 (g'/g) g(y)^(-1/2) dtheta

and dOmega/dI = -Omega^3 (dT/dE)/(2 pi), because dE/dI = Omega.

References: Spitzer (1942) for the slab; Trefethen and Weideman (2014) for the rule.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.arguments import positive, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array, blocks
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate

__all__ = ["SlabOrbits", "count_arms", "slab_orbit"]

LARGE = 1e60  # fourth powers stay in range
DEEP = 1e12  # energy over 2 dispersion^2: 16 million points an orbit
TOLERANCE = 1e-12
# y/(e^y - 1) = 1 - y/2 + sum B_k y^k/k!, so that g'/g = -1/2 + y/12 - y^3/720 + ...
BERNOULLI = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)


@dataclass(frozen=True, slots=True, eq=False)
class SlabOrbits(Result):
    """Frequency, action and shear of orbits through an isothermal slab.

    Parameters
    ----------
    energy : real array, shape (S)
        E above the midplane, squared velocities.
    frequency : real array, shape (S)
        Omega, falling from sqrt(2) sigma/h at E = 0.
    action : real array, shape (S)
        I, the area of the orbit over 2 pi.
    shear : real array, shape (S)
        dOmega/dI, from -1/(4 h^2) at E = 0 towards 0.
    status : Status
        CONVERGED, or TOLERANCE_NOT_REACHED.
    certificate : Certificate
        The largest relative change of a period with twice as many points.

    Examples
    --------
    >>> slab_orbit([0.0, 1.0]).frequency.round(7)
    array([1.4142136, 1.2536482])
    """

    energy: Array
    frequency: Array
    action: Array
    shear: Array
    status: Status
    certificate: Certificate


def slab_orbit(
    energy: Array, *, dispersion: float = 1.0, scale_height: float = 1.0
) -> SlabOrbits:
    """Return frequencies and actions of orbits in Phi = 2 sigma^2 ln cosh(z/h).

    Parameters
    ----------
    energy : real array, shape (S)
        E from 0 on, the energy above that of rest in the midplane.
    dispersion : float
        sigma above 0, a velocity.
    scale_height : float
        h above 0, a length.

    Returns
    -------
    orbits : SlabOrbits
        Arrays of shape (S).

    Raises
    ------
    ParameterError
        If an energy is negative or not finite, or a scale not positive.

    Notes
    -----
    About 32 + 16 sqrt(E/(2 sigma^2)) points an orbit; memory in blocks.

    References
    ----------
    Spitzer (1942); Trefethen and Weideman (2014).

    Examples
    --------
    >>> orbits = slab_orbit([2.0], dispersion=2.0, scale_height=3.0)
    >>> bool(orbits.frequency[0] < 2**0.5 * 2 / 3)
    True
    """
    sigma = positive(dispersion, "dispersion")
    h = positive(scale_height, "scale_height")
    for name, unit in (("dispersion", sigma), ("scale_height", h)):
        if not 1 / LARGE <= unit <= LARGE:
            raise ParameterError(
                f"{name} is {unit:.3g}, whose powers overflow; pass it in a unit in which "
                "it is about one"
            )
    values = as_array(energy, name="energy", real=True, empty=True)
    xp = namespace(values)
    if bool(to_host(xp.any(values < 0))):
        raise ParameterError(
            f"energy has the value {float(to_host(xp.min(values))):.6g}; pass energies "
            "from 0 on, the midplane has Phi = 0"
        )
    e = xp.reshape(values, (-1,)) / (2 * sigma**2)
    top = float(to_host(xp.max(e))) if e.shape[0] else 0.0
    if top > DEEP:
        raise ParameterError(
            f"energy reaches {top:.3g} times 2 dispersion^2, at most {DEEP:g} is resolved; "
            "pass lower energies"
        )
    points = 2 * int(16 + 8 * math.sqrt(top))
    parts = [_integrals(e[part], points) for part in blocks(e.shape[0], 64 * points)]
    columns = xp.concat(parts, axis=0) if parts else xp.zeros((0, 4), dtype=e.dtype)
    period = (2 * math.sqrt(2) * h / sigma) * columns[:, 0]
    frequency = 2 * math.pi / period
    action = (4 * math.sqrt(2) * h * sigma / math.pi) * e * columns[:, 1]
    slope = (-math.sqrt(2) * h / sigma**3) * columns[:, 2]
    shear = -(frequency**3) * slope / (2 * math.pi)
    change = float(to_host(xp.max(columns[:, 3]))) if e.shape[0] else 0.0
    certificate = Certificate(
        "relative change of a period from half as many points",
        change,
        max(TOLERANCE, 16 * float(xp.finfo(values.dtype).eps)),
        "estimate",
        "trapezoidal rule of a periodic integrand",
    )
    status = Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED
    shaped = [xp.reshape(each, values.shape) for each in (frequency, action, shear)]
    return SlabOrbits(values, shaped[0], shaped[1], shaped[2], status, certificate)


def _integrals(e: Array, points: int) -> Array:
    """Return the three integrals over theta and the change of the first, as columns."""
    xp = namespace(e)
    theta = xp.linspace(0, math.pi / 2, points + 1, dtype=e.dtype)
    sine, cosine = xp.sin(theta) ** 2, xp.cos(theta) ** 2
    y = 2 * e[:, None] * sine
    root, logarithm = _factors(y)
    rows = xp.stack([root, cosine * root, sine * logarithm * root], axis=-1)
    width = math.pi / (2 * points)
    ends = (rows[:, 0, :] + rows[:, -1, :]) / 2
    inner = xp.sum(rows[:, 1:-1, :], axis=1)
    coarse = 2 * width * (ends[:, :1] + xp.sum(rows[:, 2:-1:2, :1], axis=1))
    fine = width * (ends + inner)
    return xp.concat([fine, abs(coarse / fine[:, :1] - 1)], axis=1)


def _factors(y: Array) -> tuple[Array, Array]:
    """Return g(y)^(-1/2) and g'(y)/g(y), g = (1 - e^(-y))/y, from y = 0 on.

    g'/g = (y/(e^y - 1) - 1)/y, by its series below 1/2 where the difference cancels.
    """
    xp = namespace(y)
    safe = xp.where(y == 0, xp.ones_like(y), y)
    root = xp.where(y == 0, xp.ones_like(y), xp.sqrt(safe / -xp.expm1(-safe)))
    small = xp.where(y < 0.5, y, xp.zeros_like(y))
    series = xp.zeros_like(y)
    for factor in reversed(BERNOULLI):
        series = factor + small**2 * series
    large = xp.where(y < 0.5, xp.ones_like(y), y)
    # y/(e^y - 1) = y e^(-y)/(1 - e^(-y)): no overflow.
    ratio = large * xp.exp(-large) / -xp.expm1(-large)
    return root, xp.where(y < 0.5, small * series - 0.5, (ratio - 1) / large)


def count_arms(field: Array, *, n_rings: int = 8) -> int:
    """Count the arms of a spiral: how often the phase winds around the center.

    Parameters
    ----------
    field : complex array, shape (n_z, n_v)
        Of one angle mode, such as f_1(I) exp(i n theta); the center of the grid is the
        center of the spiral.
    n_rings : int
        Ellipses, equally spaced out to the edge, on which windings are counted.

    Returns
    -------
    arms : int
        From 0 on, whichever way the phase winds.

    Raises
    ------
    ShapeError
        If the field is no matrix, or smaller than 3 x 3.
    ParameterError
        If it is real, not finite, or zero on every ring.

    Notes
    -----
    The rings vote, each with the smallest modulus on it: only where the field vanishes
    can a winding change. Between grid points the field is interpolated linearly, so that
    an arm needs about four points across.

    Examples
    --------
    >>> z, v = numpy.meshgrid(*2 * [numpy.linspace(-1, 1, 33)], indexing="ij")
    >>> count_arms((z + 1j * v) ** 2)
    2
    """
    values = to_host(as_array(field, name="field", ndim=2))
    rings = whole(n_rings, "n_rings", least=1)
    if values.dtype.kind != "c":
        raise ParameterError(
            f"field has dtype {values.dtype}, needed complex numbers; pass the complex "
            "amplitude of one angle mode, the phase of a real field has no winding"
        )
    if min(values.shape) < 3:
        raise ShapeError(f"field has shape {values.shape}; pass at least 3 x 3 points")
    center = (numpy.array(values.shape) - 1) / 2
    angle = numpy.linspace(0, 2 * math.pi, 8 * sum(values.shape), endpoint=False)
    radius = numpy.arange(1, rings + 1)[:, None] / rings
    around = _interpolated(
        values,
        center[0] * (1 + radius * numpy.cos(angle)),
        center[1] * (1 + radius * numpy.sin(angle)),
    )
    turns = numpy.angle(numpy.roll(around, -1, axis=1) * around.conj()).sum(axis=1)
    windings = abs(numpy.rint(turns / (2 * math.pi)).astype(int))
    votes = numpy.bincount(windings, weights=abs(around).min(axis=1))
    if not votes.any():
        raise ParameterError(
            f"field vanishes somewhere on each of {rings} rings; pass a field whose "
            "modulus is positive around the center"
        )
    return int(votes.argmax())


def _interpolated(values: Array, row: Array, column: Array) -> Array:
    """Return bilinear values at fractional positions inside the grid."""
    last = numpy.array(values.shape) - 2
    i = numpy.clip(row.astype(int), 0, last[0])
    j = numpy.clip(column.astype(int), 0, last[1])
    s, t = row - i, column - j
    low = (1 - t) * values[i, j] + t * values[i, j + 1]
    high = (1 - t) * values[i + 1, j] + t * values[i + 1, j + 1]
    return (1 - s) * low + s * high
