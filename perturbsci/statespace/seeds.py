"""Seeds of random numbers: what one is, and the generator behind it."""

import numpy

from perturbsci.perturbation.arguments import whole
from perturbsci.types import Seed

__all__ = ["clean_seed", "generator"]


def clean_seed(seed: Seed) -> Seed:
    """Return a seed, refused also where nothing is drawn with it.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        From 0 on; there is no unseeded run.

    Returns
    -------
    seed : int or numpy.random.Generator
        The same.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if isinstance(seed, numpy.random.Generator):
        return seed
    return whole(seed, "seed", least=0)


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
    given = clean_seed(seed)
    if isinstance(given, numpy.random.Generator):
        return given
    return numpy.random.default_rng(given)
