"""Class labels as arguments: one whole number a sequence."""

import numpy

from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["clean_labels", "commonest_share"]


def clean_labels(labels: object, n_samples: int, n_classes: int | None = None) -> Array:
    """Return labels as int64.

    Parameters
    ----------
    labels : object
        Whole numbers, shape (n_samples,).
    n_samples : int
        Number of sequences.
    n_classes : int, optional
        Labels are below it; default any from 0 on.

    Returns
    -------
    labels : int64 array, shape (n_samples,)
        On their device.

    Raises
    ------
    ShapeError
        If there is not one a sequence.
    ParameterError
        If one is no whole number, or out of range.
    """
    clean = as_array(labels, name="labels", real=True)
    if clean.shape != (n_samples,):
        raise ShapeError(
            f"labels has shape {clean.shape}, needed ({n_samples},): one class a sequence "
            "of inputs"
        )
    host = to_host(clean)
    most = 2**53 if n_classes is None else n_classes - 1
    odd = (host != numpy.rint(host)) | (host < 0) | (host > most)
    if odd.any():
        top = "on" if n_classes is None else f"to {most}"
        raise ParameterError(
            f"labels has {host[odd][0]:g} at index {int(odd.argmax())}, needed whole "
            f"numbers from 0 {top}; number the classes"
        )
    xp = namespace(clean)
    return xp.astype(clean, xp.int64)


def commonest_share(labels: numpy.ndarray) -> float:
    """Return the share of the commonest class: the accuracy of always naming it.

    Parameters
    ----------
    labels : int array, shape (n,)
        On the host.

    Returns
    -------
    share : float
        From 1/n to 1.
    """
    return float(numpy.unique(labels, return_counts=True)[1].max() / len(labels))
