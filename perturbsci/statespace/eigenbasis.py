"""The result of perturb-then-diagonalize: A + E = V diag(lambda) V^{-1}, and its claims."""

import math
from dataclasses import dataclass

import numpy

from perturbsci.backend import to_host
from perturbsci.perturbation.families import unit_roundoff
from perturbsci.results import Result, Status, clip
from perturbsci.types import Array
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["USELESS", "Diagonalization"]

USELESS = 1e12  # condition of eigenvectors that hold no more than a few digits


@dataclass(frozen=True, slots=True, eq=False)
class Diagonalization(Result):
    """A diagonal form of a matrix near A.

    Parameters
    ----------
    eigenvalues : complex array, shape (n,)
        lambda of A + E, in the order of ``backend.linalg.eig``; in the unit of A.
    right : complex array, shape (n, n)
        V; columns of unit 2-norm, in the phase of ``backend.linalg.eig``. Columns of a
        conjugate pair of a real A are exactly conjugate.
    inverse : complex array, shape (n, n)
        V^{-1}.
    perturbation : array, shape (n, n)
        E; real for a real A, unless a complex ``low_rank`` is given.
    size : float
        ||E||_F / ||A||_F.
    theta, rho : float
        The share of the shift and ||Gamma||_2 = theta/(2 - theta); NaN for other methods.
    core : array, shape (r, r), or None
        K of E = P K P^H; of the shift only.
    low_rank : array, shape (n, r), or None
        P; of the shift only.
    eigenvalue_condition : real array, shape (n,)
        kappa_i, from 1 on.
    eigenvector_condition : float
        cond_2(V).
    backward_error : float
        ||A + E - V diag(lambda) V^{-1}||_F / ||A||_F.
    abscissa, numerical_abscissa : float
        Largest real part of the eigenvalues, and of the numerical range, of A + E.
    transfer_bound : float
        rho/(1 - rho), a bound of the change of the transfer function, relative for one
        column of P; NaN where nothing is proven.
    status : Status
        CONVERGED; EXACT for E = 0; UNSTABLE; ILL_CONDITIONED where cond_2(V) exceeds 1e12;
        MAX_STEPS if the optimization stopped early.
    certificates : tuple of Certificate
        Backward error, size (or condition, if that was asked for), stability, change of
        the transfer function.

    Examples
    --------
    >>> from perturbsci.statespace import hippo, perturb_then_diagonalize
    >>> near = perturb_then_diagonalize(hippo("legs", 64), theta=0.1)
    >>> round(near.eigenvector_condition, 2), round(near.transfer_bound, 4)
    (18.16, 0.0556)
    """

    eigenvalues: Array
    right: Array
    inverse: Array
    perturbation: Array
    size: float
    theta: float
    rho: float
    core: Array | None
    low_rank: Array | None
    eigenvalue_condition: Array
    eigenvector_condition: float
    backward_error: float
    abscissa: float
    numerical_abscissa: float
    transfer_bound: float
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    @property
    def unreached(self) -> tuple[int, ...]:
        """Eigenvalues of the shift that P does not reach: they are eigenvalues of A."""
        if self.low_rank is None:
            return ()
        low_rank, right = to_host(self.low_rank), to_host(self.right)
        allowed = len(right) * unit_roundoff(right) * float(numpy.linalg.norm(low_rank))
        reached = numpy.linalg.norm(low_rank.conj().T @ right, axis=0) > allowed
        return tuple(int(k) for k in numpy.flatnonzero(~reached))

    def summary(self) -> str:
        """Return a short text table: status, numbers, arrays, certificates.

        Returns
        -------
        text : str
            At most 30 lines of at most 100 characters.
        """
        lines = Result.summary(self).split("\n")
        kappa, u = self.eigenvector_condition, unit_roundoff(self.right)
        numbers = [
            self._error(kappa, u),
        ]
        values = to_host(self.eigenvalues)
        lone = [k for k in self.unreached if abs(values[k].real) <= u * abs(values).max()]
        numbers += [
            f"eigenvalue {values[k]:.6g} lies on the axis, and no input reaches it"
            for k in lone[:3]
        ]
        if not isinstance(self.right, numpy.ndarray):
            numbers.append("computed on the host: the eigenproblem has no device routine")
        return clip([lines[0], *numbers, *lines[1:]])

    def _error(self, kappa: float, u: float) -> str:
        """Say how far off transfer functions are; 1/(kappa - 1) is for one column only."""
        if self.status is Status.EXACT:
            return f"rounding, u kappa: {u * kappa:.3g}"
        if math.isnan(self.transfer_bound):
            advice = "of perturbation see hinf_norm(difference(...))"
            return f"error of rounding, u kappa: {u * kappa:.3g}; {advice}"
        term, change = "rho/(1 - rho)", self.transfer_bound
        if self.core is not None and self.core.shape == (1, 1) and kappa > 1:
            term, change = "1/(kappa - 1)", 1 / (kappa - 1)
        total = u * kappa + change
        return f"rounding and perturbation together, u kappa + {term}: {total:.3g}"
