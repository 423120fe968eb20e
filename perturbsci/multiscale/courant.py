"""Step limits of explicit upwind transport."""

from collections.abc import Callable

from perturbsci.errors import ParameterError
from perturbsci.multiscale.multistep import Multistep

__all__ = ["multistep_limit"]


def multistep_limit(
    name: str, largest_step: Callable[[float], float], share: float
) -> Callable[[object, float, float | None], None]:
    """Return what refuses steps of IMEX-BDF that only one-step schemes can make.

    Parameters
    ----------
    name : str
        Of the problem.
    largest_step : callable
        Of the problem, for one-step schemes.
    share : float
        Of that step, up to which extrapolated fluxes are stable.

    Returns
    -------
    admit : callable
        As ``SplitProblem`` takes it.
    """

    def admit(scheme: object, epsilon: float, step: float | None) -> None:
        if not isinstance(scheme, Multistep) or step is None:
            return
        limit = share * largest_step(epsilon)
        if step > limit * (1 + 1e-9):
            raise ParameterError(
                f"step is {step:g} but {scheme.name} extrapolates the transport of "
                f"{name!r}, which is stable up to {limit:.6g}; pass a smaller step, or "
                "scheme='ars222'"
            )

    return admit
