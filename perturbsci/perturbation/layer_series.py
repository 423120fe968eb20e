"""From terms on a grid to series: outer and uniform ones in x, inner ones in X.

Inner terms are the re-expansion of y_k(x) and v_k(x) exp(-(1/d) int w) at fixed
X = |x - x_l|/d. Bounds of the error are those of the residual times a factor.

References: Bender and Orszag (1999), section 9.3; Protter and Weinberger (1984),
section 1.5.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy

from perturbsci.perturbation.curves import Grid, on_curve
from perturbsci.types import Array

__all__ = ["Layer", "LayerTerms", "collected"]

FINE = 1001  # points on which a residual is sampled


class LayerTerms(NamedTuple):
    """Series of all terms, and bounds of what they leave."""

    locations: tuple[float, ...]
    width_exponent: Fraction
    outer: list[Array]
    layers: list[list[Array]]
    inner: list[list[Array]]
    overlap: list[list[Array]]
    speeds: Array
    rates: tuple[float, ...]
    interval: tuple[float, float]
    residuals: dict[Fraction, float]
    sampled_residual: float
    kind: str


class Layer(NamedTuple):
    """A layer at an end: v_k on the grid, w, and the v_N'' that is left."""

    place: float
    side: int
    terms: list[Array]
    speed: Array
    left: Array


def collected(
    grid: Grid,
    outer: list[Array],
    layers: list[Layer],
    s: Fraction,
    residuals: dict[Fraction, list[Array]],
    factor: float,
    kind: str,
) -> LayerTerms:
    """Return the series of everything.

    Parameters
    ----------
    grid : Grid
        Where the terms are known.
    outer : list of array, shape (n,)
        y_k.
    layers : list of Layer
        One or two.
    s : Fraction
        d = epsilon^s.
    residuals : dict
        Power of epsilon to the functions, shape (n,), that are left there.
    factor : float
        The largest error over the largest residual.
    kind : str
        Of the certificate.

    Returns
    -------
    terms : LayerTerms
        With bounds of the error.
    """
    series = grid.transform
    fine = numpy.linspace(*grid.interval, FINE)
    terms = zip(outer, *(layer.terms for layer in layers), strict=True)
    bounds = {
        s * k: factor * sum(_loss(series @ u) for u in each) for k, each in enumerate(terms)
    }
    samples = 0.0
    for power, parts in residuals.items():
        curves = [series @ part for part in parts]
        # |T_j| <= 1: the sum of the moduli bounds the maximum, the samples do not.
        bounds[power] = factor * float(sum(abs(curve).sum() for curve in curves))
        samples += factor * float(
            sum(abs(on_curve(curve, grid.interval, fine)).max() for curve in curves)
        )
    inner = [_inner(grid, outer, layer) for layer in layers]
    return LayerTerms(
        locations=tuple(layer.place for layer in layers),
        width_exponent=s,
        outer=[(series @ y)[None] for y in outer],
        layers=[[series @ v for v in layer.terms] for layer in layers],
        inner=inner,
        overlap=[[pair[:1] for pair in pairs] for pairs in inner],
        speeds=numpy.stack(
            [series @ grid.mean(layer.place, layer.speed) for layer in layers]
        ),
        rates=tuple(abs(grid.at(layer.speed, layer.place)) for layer in layers),
        interval=grid.interval,
        residuals=bounds,
        sampled_residual=samples,
        kind=kind,
    )


def _loss(series: Array) -> float:
    """Return what a derivative of n coefficients loses, and what the next ones may be."""
    n, sizes = len(series), abs(series)
    return float(2.0**-53 * n**2 * sizes.max() + n * sizes[-(n // 8) :].max())


def _inner(grid: Grid, outer: list[Array], layer: Layer) -> list[Array]:
    """Return the pairs P_k, Q_k of polynomials in X.

    P = sum d^(k+m) y_k,m X^m; the same sum for v is multiplied by the series of
    exp(-sum_{m>=1} d^m w_m X^(m+1)/(m+1)), with Taylor coefficients y_k,m, v_k,m, w_m in
    the distance from the layer.
    """
    order = len(outer) - 1
    width = 2 * order + 1
    p, v, g = (numpy.zeros((order + 1, width)) for _ in range(3))
    for k in range(order + 1):
        for m, (y, u) in enumerate(
            zip(
                grid.taylor(outer[k], layer.place, order - k),
                grid.taylor(layer.terms[k], layer.place, order - k),
                strict=True,
            )
        ):
            p[k + m, m] = layer.side**m * y
            v[k + m, m] = layer.side**m * u
    speed = grid.taylor(layer.speed, layer.place, order)
    speed = layer.side ** numpy.arange(1, order + 2) * speed
    g[0, 0] = 1.0
    for n in range(1, order + 1):
        for m in range(1, n + 1):
            # n g_n = sum_m m e_m g_{n-m} for g = exp(sum_m e_m d^m)
            g[n, m + 1 :] -= m * speed[m] / (m + 1) / n * g[n - m, : width - m - 1]
    q = [
        sum(numpy.convolve(v[m], g[n - m])[:width] for m in range(n + 1))
        for n in range(order + 1)
    ]
    return [numpy.stack(pair) for pair in zip(p, q, strict=True)]
