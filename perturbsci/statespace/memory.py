"""Refuse work whose arrays exceed the memory of the backend, before it starts."""

from perturbsci.backend import get_backend
from perturbsci.errors import ParameterError

__all__ = ["check_memory"]


def check_memory(needed: int, work: str) -> None:
    """Refuse work that needs more bytes than the backend in force may use.

    Parameters
    ----------
    needed : int
        Estimate, in bytes.
    work : str
        The function that would need them.

    Raises
    ------
    ParameterError
        If it is more.
    """
    limit = get_backend().memory
    if needed > limit:
        raise ParameterError(
            f"{work} needs about {needed / 2**30:.3g} GiB, more than the "
            f"{limit / 2**30:.3g} GiB of the backend; lower n, or raise the limit with "
            "backend.use(..., memory=bytes)"
        )
