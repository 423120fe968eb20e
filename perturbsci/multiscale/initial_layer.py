"""Meshes in time for data off the slow manifold: small steps in the initial layer.

A Bakhvalov-type mesh: with H the step outside, N = span/H, n = N/2 and p the order,

    h(t) = min over the scales s of min(H, (2 p s/n) exp(t/((p + 1) s))),

so that the local error, (h/s)^(p+1) exp(-t/s), is the same in every step of a layer. There
is evidence for it, no theorem (certificates that rest on it are estimates).

References: Bakhvalov (1969); Linß (2010), section 2.1.
"""

import math
from collections.abc import Iterable

import numpy

from perturbsci.errors import ParameterError
from perturbsci.multiscale.spans import positive_number, whole_number
from perturbsci.types import Array

__all__ = ["layer_mesh"]

LARGEST_EXPONENT = 600.0
NEAR = 1e-9  # a step this close to what remains, relatively, is what remains


def layer_mesh(span: float, step: float, scales: Iterable[float], *, order: int) -> Array:
    """Return step sizes that resolve initial layers and end uniformly.

    Parameters
    ----------
    span : float
        The length of the interval; time counts from 0.
    step : float
        H, the step outside the layers, at most ``span``.
    scales : iterable of float
        The decay times of the layers, positive.
    order : int
        p of the scheme.

    Returns
    -------
    steps : real array, shape (n_steps,)
        They add up to ``span``; uniform if no layer is shorter than the step.

    Raises
    ------
    ParameterError
        If a length is not positive, the step longer than the span, or the order below 1.

    Notes
    -----
    About 1.4 span/step steps for one scale, whatever it is.

    References
    ----------
    Bakhvalov (1969).

    Examples
    --------
    >>> layer_mesh(1.0, 0.25, (1.0,), order=2)
    array([0.25, 0.25, 0.25, 0.25])
    >>> len(layer_mesh(0.5, 0.5 / 320, (1e-6,), order=2))
    444
    """
    span = positive_number(span, "span")
    step = positive_number(step, "step")
    if step > span * (1 + NEAR):
        raise ParameterError(
            f"step is {step:g} but span only {span:g}; pass a step of at most the span"
        )
    decay = tuple(positive_number(scale, "scales") for scale in scales)
    order = whole_number(order, "order", least=1)
    steps = []
    time = 0.0
    while (rest := span - time) > NEAR * step:
        h = layer_step(time, span, step, decay, order)
        h = rest if h >= rest * (1 - NEAR) else h
        steps.append(h)
        time += h
    mesh = numpy.array(steps)
    mesh[-1] += span - math.fsum(mesh)
    return mesh


def layer_step(
    time: float, span: float, step: float, scales: tuple[float, ...], order: int
) -> float:
    """Return the size of the step that begins at a time.

    Parameters
    ----------
    time : float
        Since the start of the run.
    span, step : float
        As for ``layer_mesh``.
    scales : tuple of float
        Decay times.
    order : int
        p.

    Returns
    -------
    h : float
        At most ``step``.
    """
    h = step
    half = span / step / 2
    for scale in scales:
        exponent = time / ((order + 1) * scale)
        if exponent < LARGEST_EXPONENT:
            h = min(h, 2 * order * scale / half * math.exp(exponent))
    return h
