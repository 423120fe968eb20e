"""An extreme value over the complex plane, with its bracket.

``value`` is attained at ``point``; ``upper`` is what the exact value does not exceed.
"""

from dataclasses import dataclass

from perturbsci.errors import ConvergenceError
from perturbsci.results import Result, Status, clip
from perturbsci.verification.certificate import Certificate, decisive

__all__ = ["Extremum", "settled"]


@dataclass(frozen=True, slots=True, eq=False)
class Extremum(Result):
    """An extreme value over the complex plane, where it is attained, and its bracket.

    Parameters
    ----------
    value : float
        The extreme value that was found.
    point : complex
        Where; inf where it is approached only as z grows.
    upper : float
        What the exact value does not exceed.
    iterations : int
        Sweeps or levels.
    epsilon : float
        sigma_min(A - z) at ``point``, the level of the pseudospectrum that it belongs to.
    status : Status
        MAX_STEPS if the search has not ended; for a Kreiss constant UNSTABLE, and
        ILL_CONDITIONED where sigma_min is not resolved in double precision.
    certificates : tuple of Certificate
        What is known from below and from above.

    Examples
    --------
    >>> from perturbsci.perturbation import distance_to_instability
    >>> print(distance_to_instability([[-1.0, 1.5], [0.0, -1.0]]).summary())
    Extremum: CONVERGED. The result meets its tolerance; use it with its certificate.
    value 0.5, at most 0.5...
    """

    value: float
    point: complex
    upper: float
    iterations: int
    epsilon: float
    status: Status
    certificates: tuple[Certificate, ...]

    @property
    def certificate(self) -> Certificate:
        """The first certificate that fails, else the first."""
        return decisive(self.certificates)

    def summary(self) -> str:
        """Return value, bracket, point and certificates.

        Returns
        -------
        text : str
            A few lines.
        """
        first = f"Extremum: {self.status.name}. {self.status.value}"
        numbers = f"value {self.value:.12g}, at most {self.upper:.12g}"
        place = f"at {self.point:.8g}, epsilon {self.epsilon:.6g}"
        lines = [first, numbers, f"{place}, {self.iterations} iterations"]
        return clip(lines + [str(certificate) for certificate in self.certificates])


def settled(found: Extremum, *, strict: bool) -> Extremum:
    """Return the result, or raise it if its iteration did not end.

    Parameters
    ----------
    found : Extremum
        With a status.
    strict : bool
        Raise.

    Returns
    -------
    found : Extremum
        The same.

    Raises
    ------
    ConvergenceError
        If the status is MAX_STEPS.
    """
    if strict and found.status is Status.MAX_STEPS:
        raise ConvergenceError(
            f"the search has not ended after {found.iterations} iterations, value "
            f"{found.value:.9g} so far; scale or balance the matrix, or keep the value "
            "with strict=False",
            found,
        )
    return found
