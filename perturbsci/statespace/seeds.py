"""The generator behind a seed of random numbers."""

import numpy

from perturbsci.arguments import checked_seed
from perturbsci.types import Seed

__all__ = ["generator"]


def generator(seed: Seed) -> numpy.random.Generator:
    """Return the generator of a seed, or the one that was given.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        From 0 on; there is no unseeded run.

    Returns
    -------
    draws : numpy.random.Generator
        On the host.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    given = checked_seed(seed)
    if isinstance(given, numpy.random.Generator):
        return given
    return numpy.random.default_rng(given)
