"""Maps from values to decisions, how far they bend, and a diagonal seen by random signs.

The soft policy exp(Q/t)/sum is Lipschitz: two policies whose rewards differ by at most
delta differ in total variation by at most delta/(2 t (1 - discount)), since the action
values differ by at most delta/(1 - discount) and the softmax by half of that over t. The
hard one, argmax, is constant within half the gap of the two largest values and jumps at
ties.

The diagonal of a Hessian is the mean of z (grad(x + h z) - grad(x - h z))/(2 h) over
random signs z, with variance sum_{j != i} H_ij^2 an entry and sample. (Moving all entries
together, z = 1, returns the sums of the rows.)

References: Sutton and Barto (2018); Bekas, Kokiopoulou and Saad (2007).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import number, positive, whole
from perturbsci.backend import namespace, random, to_host
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.results import Result, Status
from perturbsci.types import Array, Seed
from perturbsci.verification.certificate import Certificate

__all__ = [
    "Margin",
    "StochasticDiagonal",
    "argmax_margin",
    "hessian_diagonal",
    "policy_bound",
    "soft_argmax",
]


@dataclass(frozen=True, slots=True, eq=False)
class Margin(Result):
    """The largest entry, and how far the values may move before another one is.

    Parameters
    ----------
    index : integer array, shape (...)
        Position of the largest value; the first one in a tie.
    gap : real array, shape (...)
        Largest minus second largest; 0 in a tie, infinite for a single value.
    stable_radius : real array, shape (...)
        gap/2: any change below it in the sup norm keeps the index.
    status : Status
        EXACT.
    certificate : Certificate
        That no row has a tie, where the index jumps.

    Examples
    --------
    >>> float(argmax_margin([1.0, 3.0, 2.5]).stable_radius)
    0.25
    """

    index: Array
    gap: Array
    stable_radius: Array
    status: Status
    certificate: Certificate


@dataclass(frozen=True, slots=True, eq=False)
class StochasticDiagonal(Result):
    """The diagonal of a Hessian, estimated from differences of gradients.

    Parameters
    ----------
    values : real array, shape (n,)
        Means over the samples.
    standard_error : real array, shape (n,)
        Of each mean, from the spread of the samples.
    status : Status
        CONVERGED, or TOLERANCE_NOT_REACHED if the noise exceeds every entry.
    certificate : Certificate
        Three standard errors, the largest of all entries, against the largest entry.

    Examples
    --------
    >>> found = hessian_diagonal(lambda x: x**3, [1.0, 2.0], samples=2)
    >>> found.values.round(6)  # a diagonal Hessian has no noise
    array([ 3., 12.])
    """

    values: Array
    standard_error: Array
    status: Status
    certificate: Certificate


def soft_argmax(values: Array, temperature: float) -> Array:
    """Return the soft policy exp(v/t)/sum exp(v/t) of the last axis.

    Parameters
    ----------
    values : real array, shape (..., k)
        v, of the unit of the temperature.
    temperature : float
        t above 0.

    Returns
    -------
    weights : real array, shape (..., k)
        Positive, or 0 where they underflow; their sum is 1.

    Raises
    ------
    ParameterError
        If the temperature is not positive or a value not finite.
    ShapeError
        If there is no value.

    Examples
    --------
    >>> soft_argmax([0.0, 0.0, 1000.0], 1.0)
    array([0., 0., 1.])
    """
    v = _values(values)
    t = positive(temperature, "temperature")
    xp = namespace(v)
    # Differences of huge values may overflow to -inf, whose weight is 0 as it should be.
    with numpy.errstate(over="ignore", under="ignore"):
        weights = xp.exp((v - xp.max(v, axis=-1, keepdims=True)) / t)
    return weights / xp.sum(weights, axis=-1, keepdims=True)


def argmax_margin(values: Array) -> Margin:
    """Return the position of the largest value and the margin by which it leads.

    Parameters
    ----------
    values : real array, shape (..., k)
        One decision a row.

    Returns
    -------
    margin : Margin
        Fields of shape (...).

    Raises
    ------
    ParameterError
        If a value is not finite.
    ShapeError
        If there is no value.

    Examples
    --------
    >>> int(argmax_margin([1.0, 1.0]).index), float(argmax_margin([1.0, 1.0]).gap)
    (0, 0.0)
    """
    v = _values(values)
    xp = namespace(v)
    index = xp.argmax(v, axis=-1)
    if v.shape[-1] == 1:
        gap = xp.full(v.shape[:-1], xp.inf, dtype=v.dtype)
    else:
        ordered = xp.sort(v, axis=-1)
        with numpy.errstate(over="ignore"):
            gap = xp.asarray(ordered[..., -1] - ordered[..., -2])
    least = float(to_host(xp.min(gap)))
    certificate = Certificate(
        "the largest value is unique in every row (minus the smallest gap)",
        -least,
        -float(xp.finfo(v.dtype).smallest_normal),
        "proven",
        "comparison of the two largest values",
    )
    return Margin(xp.asarray(index), gap, gap / 2, Status.EXACT, certificate)


def policy_bound(reward_change: Array, temperature: float, discount: float) -> float:
    """Return a bound on the total variation of two soft policies.

    max over the states of d_TV <= max abs(R_1 - R_2)/(2 t (1 - discount)).

    Parameters
    ----------
    reward_change : float, or real array of shape (...)
        R_1 - R_2, or its sup norm.
    temperature : float
        t above 0.
    discount : float
        In [0, 1).

    Returns
    -------
    bound : float
        It may exceed 1, and then says nothing: no distance does.

    Raises
    ------
    ParameterError
        If an argument is outside its range.

    Notes
    -----
    Both policies are soft maxima of optimal action values. Loose where the temperature is
    small: policies that do change then cross a tie.

    Examples
    --------
    >>> policy_bound(0.1, 1.0, 0.5)
    0.1
    """
    change = as_array(reward_change, name="reward_change", real=True)
    t = positive(temperature, "temperature")
    gamma = number(discount, "discount", least=0)
    if gamma >= 1:
        raise ParameterError(f"discount is {discount!r}; pass a number in [0, 1)")
    size = float(to_host(namespace(change).max(abs(change))))
    return size / (2 * t * (1 - gamma))


def hessian_diagonal(
    gradient: Callable[[Array], Array],
    point: Array,
    *,
    samples: int = 100,
    step: float = 1e-4,
    seed: Seed = 0,
) -> StochasticDiagonal:
    """Estimate the diagonal of a Hessian from gradients at randomly shifted points.

    Parameters
    ----------
    gradient : callable
        ``gradient(x)`` of an array of shape (n,) returns one of shape (n,).
    point : real array, shape (n,)
        x.
    samples : int
        At least 2; each takes two gradients.
    step : float
        h above 0, in the unit of x. The bias is O(h^2), its rounding error about
        1e-16 max|grad|/h.
    seed : int or numpy.random.Generator
        Of the signs.

    Returns
    -------
    diagonal : StochasticDiagonal
        With standard errors.

    Raises
    ------
    ParameterError
        If an argument is outside its range or a gradient not finite.
    ShapeError
        If the gradient has another shape than the point.

    Notes
    -----
    2 samples gradients, and samples n numbers kept. Halving the error takes four times
    the samples.

    References
    ----------
    Bekas, Kokiopoulou and Saad (2007).

    Examples
    --------
    >>> H = numpy.array([[2.0, 1.0], [1.0, 5.0]])
    >>> found = hessian_diagonal(lambda x: H @ x, [0.0, 0.0], samples=400)
    >>> bool((abs(found.values - [2, 5]) < 3 * found.standard_error).all())
    True
    """
    x = as_array(point, name="point", ndim=1, real=True)
    if not callable(gradient):
        raise ParameterError(f"gradient is {gradient!r:.60}; pass a function of the point")
    count = whole(samples, "samples", least=2)
    h = positive(step, "step")
    xp, n = namespace(x), x.shape[0]
    coins = random.integers(0, 2, (count, n), seed=seed, backend="numba")
    signs = xp.asarray(2 * coins - 1, dtype=x.dtype)
    drawn = xp.stack(
        [z * (_slope(gradient, x + h * z) - _slope(gradient, x - h * z)) for z in signs]
    ) / (2 * h)
    values = xp.mean(drawn, axis=0)
    error = xp.std(drawn, axis=0, correction=1) / count**0.5
    certificate = Certificate(
        "three standard errors, the largest of all entries, against the largest entry",
        3 * float(to_host(xp.max(error))),
        float(to_host(xp.max(abs(values)))),
        "statistical",
        "Chebyshev's inequality, for each entry with probability 8/9",
        ("the spread of the samples is the true one", "the step is small"),
    )
    status = Status.CONVERGED if certificate.passed else Status.TOLERANCE_NOT_REACHED
    return StochasticDiagonal(values, error, status, certificate)


def _slope(gradient: Callable[[Array], Array], x: Array) -> Array:
    slope = as_array(gradient(x), name="gradient(point)", real=True)
    if slope.shape != x.shape:
        raise ShapeError(
            f"gradient(point) has shape {tuple(slope.shape)} but point {tuple(x.shape)}; "
            "return one number a coordinate"
        )
    return slope


def _values(values: Array) -> Array:
    v = as_array(values, name="values", real=True)
    if v.ndim == 0:
        raise ShapeError(
            f"values is the number {float(to_host(v)):.6g}, needed a last axis; pass a list"
        )
    return v
