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

from perturbsci.arguments import positive
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ParameterError
from perturbsci.multiscale.problem import SplitProblem
from perturbsci.multiscale.spans import check_count, whole_number
from perturbsci.types import Array

__all__ = ["layer_mesh", "layer_step", "layers_to_resolve"]

LAYERS = ("off", "resolve", "project", "auto")
PROJECTED = 1e-3  # of step^order: a layer this short is projected away

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
    span = positive(span, "span")
    step = positive(step, "step")
    check_count(span, step, "span")
    if step > span * (1 + NEAR):
        raise ParameterError(
            f"step is {step:g} but span only {span:g}; pass a step of at most the span"
        )
    if isinstance(scales, str) or not isinstance(scales, Iterable):
        raise ParameterError(
            f"scales is {scales!r:.60}; pass a tuple of decay times, such as (1e-6,)"
        )
    decay = tuple(positive(scale, "scales") for scale in scales)
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


def layers_to_resolve(
    problem: SplitProblem,
    epsilon: float,
    y: Array,
    step: float | None,
    order: int,
    initial_layer: str,
) -> tuple[float, ...]:
    """Return the decay times of the layers that small steps are to resolve.

    Parameters
    ----------
    problem : SplitProblem
        With ``layer_scales`` and ``equilibrium``, or without.
    epsilon : float
        The small parameter.
    y : array, shape (...)
        The initial state; overwritten where it is projected.
    step : float or None
        H; None for adaptive steps, which find a layer by themselves.
    order : int
        Of the scheme.
    initial_layer : str
        As for ``solve``.

    Returns
    -------
    scales : tuple of float
        Empty for uniform steps.

    Raises
    ------
    ParameterError
        If a projection is asked for but not allowed.
    """
    if initial_layer == "off":
        return ()
    scales: tuple[float, ...] = ()
    if problem.layer_scales is not None:
        scales = tuple(float(each) for each in problem.layer_scales(epsilon))
    resolved = tuple(each for each in scales if each > 0)
    if initial_layer == "resolve":
        return resolved
    longest = 0.0 if step is None else PROJECTED * step**order
    allowed = epsilon == 0 or (bool(scales) and max(scales) < longest)
    if initial_layer == "project" and (problem.equilibrium is None or not allowed):
        raise ParameterError(
            f"initial_layer is {initial_layer!r} for {problem.name!r} with layers "
            f"{scales}: it needs an equilibrium, and layers below {PROJECTED:g} step^order "
            f"= {longest:.3g}; pass 'resolve'"
        )
    if initial_layer == "auto" and _is_off(problem, epsilon, y, step, scales):
        return ()
    if not allowed:
        return resolved
    assert problem.equilibrium is not None
    y[...] = problem.equilibrium(y)
    return ()


def _is_off(
    problem: SplitProblem,
    epsilon: float,
    y: Array,
    step: float | None,
    scales: tuple[float, ...],
) -> bool:
    """Tell whether "auto" has nothing to do."""
    if problem.equilibrium is None:
        return True
    if epsilon == 0:
        return False
    if step is None or not any(each < step for each in scales):
        return True
    return distance_to_equilibrium(problem, y) < 10 * max(scales)


def distance_to_equilibrium(problem: SplitProblem, state: Array) -> float:
    """Return the norm of y - equilibrium(y) over that of y, in the max norm.

    Parameters
    ----------
    problem : SplitProblem
        With ``equilibrium``.
    state : array, shape (...)
        y.

    Returns
    -------
    distance : float
        0 if y is zero.
    """
    assert problem.equilibrium is not None
    size = float(scalar(abs(state).max()))
    return (
        float(scalar(abs(state - problem.equilibrium(state)).max())) / size if size else 0.0
    )
