"""Refuse work whose arrays exceed the memory of the backend, before it starts."""

from perturbsci.backend import get_backend
from perturbsci.errors import ParameterError

__all__ = ["check_memory"]


def check_memory(needed: int, work: str, advice: str = "lower n") -> None:
    """Refuse work that needs more bytes than the backend in force may use.

    Parameters
    ----------
    needed : int
        Estimate, in bytes.
    work : str
        The function that would need them.
    advice : str
        What to do besides raising the limit.

    Raises
    ------
    ParameterError
        If it is more.
    """
    limit = get_backend().memory
    if needed > limit:
        size = min(needed, 2**1000) / 2**30  # a whole number may be beyond float
        raise ParameterError(
            f"{work} needs about {size:.3g} GiB, more than the {limit / 2**30:.3g} GiB of "
            f"the backend; {advice}, or raise the limit with backend.use(..., memory=bytes)"
        )
