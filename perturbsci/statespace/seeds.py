"""The random generator behind a seed."""

import numpy

from perturbsci.perturbation.arguments import whole
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
    if isinstance(seed, numpy.random.Generator):
        return seed
    return numpy.random.default_rng(whole(seed, "seed", least=0))
