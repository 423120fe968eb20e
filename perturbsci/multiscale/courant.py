"""Step limits of explicit upwind transport."""

from collections.abc import Callable

from perturbsci.errors import ParameterError
from perturbsci.multiscale.multistep import Multistep

__all__ = ["multistep_limit"]

SHARE = 0.5  # extrapolated fluxes are stable up to half the step of a one-step scheme


def multistep_limit(
    name: str, largest_step: Callable[[float], float]
) -> Callable[[object, float, float | None], None]:
    """Return what refuses steps of IMEX-BDF that only one-step schemes can make.

    Parameters
    ----------
    name : str
        Of the problem.
    largest_step : callable
        Of the problem, for one-step schemes.

    Returns
    -------
    admit : callable
        As ``SplitProblem`` takes it.
    """

    def admit(scheme: object, epsilon: float, step: float | None) -> None:
        if not isinstance(scheme, Multistep) or step is None:
            return
        limit = SHARE * largest_step(epsilon)
        if step > limit * (1 + 1e-9):
            raise ParameterError(
                f"step is {step:g} but {scheme.name} extrapolates the transport of "
                f"{name!r}, which is stable up to {limit:.6g}; pass a smaller step, or "
                "scheme='ars222'"
            )

    return admit
