"""A gas in its moving thermal frame: what is left when drift and temperature are taken out.

f(v, t) = n T^(-d/2) F(xi, t), xi = (v - c)/sqrt(T), c(t) the center, F = M + gamma with a
unit Maxwellian M and gamma without the moments of 1, xi, abs(xi)^2. If D f_t = Q(f) then

    D gamma_t = (1 - Pi)[Q + (D T'/(2 T)) div(xi gamma) + (D c'/sqrt(T)).grad gamma],

Q written in xi, Pi the projection on span{1, xi, abs(xi)^2} M: what the frame does to M is
tangent, and what it does to gamma has no such moments. A fixed grid in xi holds the hot and
the cold state alike, which a fixed grid in v does not.

Stiff terms are implicit: -(beta - P A - L) gamma, P friction and diffusion
(``fokker_planck``), A the angular average, L = s (A - 1) the Lorentz operator of the light
gas; a heavy gas has A = 1 and no L. P and L are in the equation, beta is a penalty, which
is added to the explicit collisions. Since A^2 = A, and A commutes with P and with
s(abs(xi)), D gamma + h (beta - P A - L) gamma = rhs has the solution

    gamma = (D + h beta - h P)^(-1) A rhs + (D + h beta + h s)^(-1) (1 - A) rhs.

Where the grid resolves less than A^2 = A needs, this *is* the implicit operator: P and L
added to the explicit part and taken off again would leave a remainder there, times the
ratio of light-heavy to light-light collisions, which bdf2 amplifies. So only modes of
collisions are penalized, with rates between 0 and beta.

The collision operator cuts relative speeds off at twice its support, and so leaves modes
near the corners of the grid without loss; ``collisions`` adds the loss that is missing.

References: Filbet and Jin (2010) for the penalty; Filbet and Rey (2013) for rescaled
velocities.
"""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import scalar
from perturbsci.multiscale.angular import angular_average
from perturbsci.multiscale.collision import CollisionOperator, collide
from perturbsci.multiscale.derivatives import Waves
from perturbsci.multiscale.equilibria import maxwellian
from perturbsci.multiscale.fokker_planck import FokkerPlanck
from perturbsci.multiscale.moment_fixes import project_moments
from perturbsci.multiscale.velocity import VelocityGrid
from perturbsci.types import Array

__all__ = ["MovingFrame", "Penalty"]


@dataclass(frozen=True, slots=True, eq=False)
class Penalty:
    """The implicit operator -(beta - P A - L) of a gas.

    Parameters
    ----------
    rate : float
        beta.
    friction, diffusion : float
        Of P = a div xi + b Laplacian.
    scattering : float or real array, shape (n, ..., n)
        s in L = s (A - 1); 0 for a heavy gas, for which A = 1 here.
    """

    rate: float
    friction: float
    diffusion: float
    scattering: Array | float = 0.0

    @property
    def scatters(self) -> bool:
        """Whether there is an L."""
        return not (isinstance(self.scattering, float) and self.scattering == 0)


@dataclass(frozen=True, slots=True, eq=False)
class MovingFrame:
    """One species on the grid of its frame.

    Parameters
    ----------
    grid : VelocityGrid
        Of xi, in thermal speeds.
    waves : Waves
        Of the grid.
    rest : real array, shape (n, ..., n)
        The unit Maxwellian without drift, M0.
    collision : CollisionOperator
        Of the species with itself.
    rest_change : real array, shape (n, ..., n)
        Q(M0, M0) as the operator has it: zero but for its spectral error, which is thus
        subtracted.
    missing_loss : real array, shape (n, ..., n)
        Loss rate among M0 that the cut-off of the operator leaves out.
    drag : FokkerPlanck
        P on the grid.
    """

    grid: VelocityGrid
    waves: Waves
    rest: Array
    collision: CollisionOperator
    rest_change: Array
    missing_loss: Array
    drag: FokkerPlanck

    @staticmethod
    def of(collision: CollisionOperator, grid: VelocityGrid) -> "MovingFrame":
        """Return the frame of a species.

        Parameters
        ----------
        collision : CollisionOperator
            On the grid.
        grid : VelocityGrid
            Of xi.

        Returns
        -------
        frame : MovingFrame
            With the Maxwellian at rest.
        """
        zeros = numpy.zeros(grid.dimension)
        rest = maxwellian(grid, 1.0, zeros, 1.0)
        change, waves = collide(collision, rest), Waves.of(grid, rest)
        lost = _missing_loss(collision, waves, rest)
        return MovingFrame(
            grid, waves, rest, collision, change, lost, FokkerPlanck.of(grid)
        )

    def drifting(self, drift: numpy.ndarray) -> Array:
        """Return the unit Maxwellian of a drift.

        Parameters
        ----------
        drift : real array, shape (d,)
            In thermal speeds; M0 itself if it is zero to rounding.

        Returns
        -------
        density : real array, shape (n, ..., n)
            Exact moments on the grid.
        """
        if float(abs(drift).max()) < 1e-15:
            return self.rest
        return maxwellian(self.grid, 1.0, drift, 1.0)

    def collisions(self, gamma: Array, equilibrium: Array) -> Array:
        """Return Q(F, F) - Q(M, M), F = M + gamma, for density and temperature 1.

        Parameters
        ----------
        gamma : real array, shape (n, ..., n)
            F - M.
        equilibrium : real array, shape (n, ..., n)
            M.

        Returns
        -------
        change : real array, shape (n, ..., n)
            Exactly 0 for gamma = 0.
        """
        base = self.rest_change
        if equilibrium is not self.rest:
            base = collide(self.collision, equilibrium)
        change = collide(self.collision, equilibrium + gamma) - base
        return change - self.missing_loss * gamma

    def motion(
        self, gamma: Array, stretching: float, pull: numpy.ndarray | None = None
    ) -> Array:
        """Return s div(xi gamma) + p.grad gamma.

        Parameters
        ----------
        gamma : real array, shape (n, ..., n)
            In the frame.
        stretching : float
            s = D T'/(2 T).
        pull : real array, shape (d,), optional
            p = D c'/sqrt(T); zero by default.

        Returns
        -------
        change : real array, shape (n, ..., n)
            What the motion of the frame does.
        """
        change = self.drag.applied(gamma, stretching, 0.0)
        if pull is None or not pull.any():
            return change
        slope = sum(float(p) * k for p, k in zip(pull, self.waves.first, strict=True))
        return change + self.waves.back(slope * self.waves.forward(gamma))

    def relaxed(
        self,
        rhs: Array,
        weight: float,
        h: float,
        penalty: Penalty,
        equilibrium: Array | None = None,
    ) -> Array:
        """Return gamma with D gamma + h (beta - P A - L) gamma = rhs + h L M.

        Parameters
        ----------
        rhs : real array, shape (n, ..., n)
            Without the 2 + d moments.
        weight : float
            D, from 0 on.
        h : float
            Length of the implicit part.
        penalty : Penalty
            Its numbers.
        equilibrium : real array, shape (n, ..., n), optional
            M; M0 by default, for which L M = 0.

        Returns
        -------
        gamma : real array, shape (n, ..., n)
            Without the 2 + d moments.
        """
        M = self.rest if equilibrium is None else equilibrium
        base = weight + h * penalty.rate
        mean = angular_average(rhs, self.grid) if penalty.scatters else rhs
        friction, diffusion = h * penalty.friction, h * penalty.diffusion
        gamma = self.drag.solved(mean, base, friction, diffusion)
        if penalty.scatters:
            strength = h * penalty.scattering
            source = rhs - mean
            if M is not self.rest:
                drift = M - self.rest
                source = source - strength * (drift - angular_average(drift, self.grid))
            gamma = gamma + source / (base + strength)
        return self.tangent_free(gamma, M)

    def tangent_free(self, change: Array, equilibrium: Array) -> Array:
        """Return (1 - Pi) of a change.

        Parameters
        ----------
        change : real array, shape (n, ..., n)
            Of F.
        equilibrium : real array, shape (n, ..., n)
            M.

        Returns
        -------
        projected : real array, shape (n, ..., n)
            Without the 2 + d moments.
        """
        return project_moments(change, self.grid, equilibrium)

    def entropy(self, gamma: Array, equilibrium: Array) -> float:
        """Return int F ln F dxi.

        Parameters
        ----------
        gamma, equilibrium : real array, shape (n, ..., n)
            F = M + gamma; values below zero count as zero.

        Returns
        -------
        entropy : float
            Midpoint rule.
        """
        F = equilibrium + gamma
        xp = namespace(F)
        smallest = float(xp.finfo(F.dtype).tiny)
        positive = xp.maximum(F, xp.zeros_like(F))
        total = (positive * xp.log(xp.maximum(F, xp.full_like(F, smallest)))).sum()
        return float(scalar(total)) * self.grid.cell_volume

    def distance(self, gamma: Array) -> float:
        """Return int abs(F - M) dxi, the relative L1 distance to the Maxwellian.

        Parameters
        ----------
        gamma : real array, shape (n, ..., n)
            F - M.

        Returns
        -------
        distance : float
            Midpoint rule.
        """
        return float(scalar(abs(gamma).sum())) * self.grid.cell_volume


def _missing_loss(collision: CollisionOperator, waves: Waves, rest: Array) -> Array:
    """Return the loss rate among M0, less the one that the operator has, if positive."""
    xp, grid = namespace(rest), collision.grid
    transform = waves.forward(rest)
    loss = xp.take(collision.loss, collision.shell_index).reshape(transform.shape)
    present = waves.back(loss * transform)
    if collision.exponent == 0:
        complete = xp.full_like(rest, collision.rate)
    else:  # hard spheres: rate times the mean relative speed
        r = xp.sqrt(grid.speed_squared)
        bell = math.sqrt(2 / math.pi) * xp.exp(-(r**2) / 2)
        erf = linalg.special_module(rest).erf(r / math.sqrt(2))
        complete = collision.rate * (bell + (r + 1 / r) * erf)
        # As for the penalty, rates beyond the half width do not grow further.
        most = xp.full_like(complete, collision.rate * grid.half_width)
        complete = xp.minimum(complete, most)
    return xp.maximum(complete - present, xp.zeros_like(rest))
