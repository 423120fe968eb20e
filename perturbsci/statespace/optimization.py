"""The perturbation of a given size whose eigenvectors are best conditioned."""

import numpy

from perturbsci.errors import ParameterError
from perturbsci.results import Status
from perturbsci.types import Seed

__all__ = ["optimize_perturbation"]


def optimize_perturbation(
    a: numpy.ndarray,
    *,
    size: float | None,
    condition: float | None,
    weight: float | None,
    skew: bool,
    stable: bool,
    margin: float,
    seed: Seed,
    max_steps: int,
) -> tuple[numpy.ndarray, Status]:
    """Return a perturbation E of a matrix, and how its search ended.

    Exactly one of ``size``, ``condition`` and ``weight`` is given.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A, on the host, double precision, entries up to 1, not normal.
    size : float or None
        Wanted ||E||_F / ||A||_F, above 0; an upper bound where ``stable``.
    condition : float or None
        Wanted cond_2(V) of the eigenvectors of A + E in unit columns.
    weight : float or None
        gamma of cond_2(V) + gamma ||E||_2.
    skew : bool
        Look among skew-symmetric E only.
    stable : bool
        Keep real parts below zero and at most -margin.
    margin : float
        In the unit of ``a``.
    seed : int or numpy.random.Generator
        Of the starts.
    max_steps : int
        Of the optimization.

    Returns
    -------
    perturbation : array, shape (n, n)
        E; real for a real A.
    status : Status
        CONVERGED, MAX_STEPS, or TOLERANCE_NOT_REACHED where the condition is not met.

    Raises
    ------
    ParameterError
        Always: this version searches for none.
    """
    del size, condition, weight, stable, margin, seed, max_steps  # no search yet
    raise ParameterError(
        f"method is {'skew' if skew else 'optimize'!r}, which this version does not have "
        f"for a matrix of shape {a.shape}; pass 'shift' or 'random'"
    )
