r"""What kind of equations these are: linear, conservative, and of which type.

An expression is a divergence exactly if its Euler operator vanishes identically,

    sum_a (-D)^a dR/d(D^a u) = 0  for each field u     (Olver 1993, theorem 4.7).

The type follows from the terms of highest order with ik for each derivative in space:
of the growth rates that they give, at states drawn from the data.
"""

from collections.abc import Sequence

import numpy
import sympy

from perturbsci.problems.derivatives import JetForm, derivative_of
from perturbsci.problems.domains import Box, Mapped, Region
from perturbsci.problems.identities import vanishes
from perturbsci.problems.sampling import sampled_states, slope_values, space_points
from perturbsci.types import Array

__all__ = [
    "ROUNDING",
    "directions",
    "euler_operator",
    "growth_rates",
    "is_conservative",
    "is_linear",
    "principal_type",
    "space_order",
    "time_orders",
]

Domain = Box | Mapped | Region
N_STATES = 64
ROUNDING = 1e-9  # relative, of what counts as zero among sampled coefficients


def is_linear(form: JetForm) -> bool:
    """Return whether all equations are affine in all slots.

    Parameters
    ----------
    form : JetForm
        Any.

    Returns
    -------
    linear : bool
        Sources and coefficients may depend on the coordinates.
    """
    known = set(form.symbols)
    return all(
        vanishes(slope.diff(symbol))
        for row in form.slopes()
        for slope in row
        for symbol in slope.free_symbols & known
    )


def euler_operator(form: JetForm, equation: int, field: int) -> sympy.Expr:
    """Return the Euler operator of one equation with respect to one field.

    Parameters
    ----------
    form : JetForm
        Any.
    equation, field : int
        Their places.

    Returns
    -------
    variation : sympy.Expr
        In the fields and their derivatives, not simplified; it vanishes identically if
        the equation is a divergence.
    """
    back = {
        symbol: derivative_of(form.fields[place], form.coordinates, index)
        for symbol, (place, index) in zip(form.symbols, form.slots, strict=True)
    }
    total = sympy.S.Zero
    for symbol, (place, index) in zip(form.symbols, form.slots, strict=True):
        if place == field:
            slope = form.residuals[equation].diff(symbol).xreplace(back)
            total += (-1) ** sum(index) * derivative_of(slope, form.coordinates, index)
    return total.doit()


def is_conservative(form: JetForm) -> bool:
    """Return whether every equation is a divergence in space and time, up to sources.

    Parameters
    ----------
    form : JetForm
        With numbers for its parameters.

    Returns
    -------
    conservative : bool
        True also for what is written as u u_x instead of (u^2/2)_x.
    """
    return all(
        vanishes(euler_operator(form, equation, field))
        for equation in range(len(form.residuals))
        for field in range(len(form.fields))
    )


def time_orders(form: JetForm, *, timed: bool) -> tuple[int, ...]:
    """Return the highest time derivative of each field.

    Parameters
    ----------
    form : JetForm
        Any.
    timed : bool
        Whether the last coordinate is the time.

    Returns
    -------
    orders : tuple of int
        Zeros in a steady problem.
    """
    count = len(form.fields)
    return tuple(form.orders(k)[-1] if timed else 0 for k in range(count))


def directions(dimension: int) -> Array:
    """Return unit vectors: the axes, then 16 random ones.

    Parameters
    ----------
    dimension : int
        Of space.

    Returns
    -------
    vectors : array, shape (n, dimension)
        One vector in one dimension.
    """
    axes = numpy.eye(dimension)
    if dimension == 1:
        return axes
    random = numpy.random.default_rng(0).standard_normal((16, dimension))
    return numpy.concatenate([axes, random / numpy.linalg.norm(random, axis=1)[:, None]])


def growth_rates(form: JetForm, slopes: Array, order: int, *, timed: bool) -> Array | None:
    """Return the growth rates of short waves that the terms of one order give.

    With q the time order, A_q u^(q) + sum_(abs(a) = order) A_a D^a u = 0 has solutions
    exp(lambda t + i k x) with lambda^q among the eigenvalues of
    -A_q^-1 sum_a A_a (i k)^a; those are returned, for unit k.

    Parameters
    ----------
    form : JetForm
        As many equations as fields.
    slopes : array, shape (n, n_equations, n_slots)
        From ``slope_values``.
    order : int
        Total order in space.
    timed : bool
        Whether the last coordinate is the time.

    Returns
    -------
    rates : array, shape (n, n_directions, n_fields), or None
        None if the fields differ in time order, the time derivatives do not determine
        them, or space and time are differentiated together.
    """
    n_fields = len(form.fields)
    orders = set(time_orders(form, timed=timed))
    if len(orders) != 1 or len(form.residuals) != n_fields or _is_entangled(form, timed):
        return None
    q = orders.pop()
    d = len(form.coordinates) - timed
    vectors = directions(d)
    leading = numpy.zeros((len(slopes), n_fields, n_fields), dtype=complex)
    symbol = numpy.zeros((len(slopes), len(vectors), n_fields, n_fields), dtype=complex)
    for k, (place, index) in enumerate(form.slots):
        space, in_time = index[:d], index[-1] if timed else 0
        if q and in_time == q and not any(space):
            leading[:, :, place] += slopes[:, :, k]
        if sum(space) == order and not in_time:
            powers = (1j * vectors) ** numpy.array(space)
            factor = numpy.prod(powers, axis=1)[None, :, None]
            symbol[:, :, :, place] += factor * slopes[:, None, :, k]
    if q:
        if not (numpy.linalg.cond(leading) < 1.0 / ROUNDING).all():
            return None
        symbol = -numpy.linalg.solve(leading[:, None], symbol)
    if not numpy.isfinite(symbol).all():
        return None
    return numpy.linalg.eigvals(symbol)


def space_order(form: JetForm, *, timed: bool) -> int:
    """Return the highest total order of a derivative in space.

    Parameters
    ----------
    form : JetForm
        Any.
    timed : bool
        Whether the last coordinate is the time.

    Returns
    -------
    order : int
        Over all fields.
    """
    return max(sum(index[:-1] if timed else index) for _, index in form.slots)


def principal_type(form: JetForm, domain: Domain, conditions: Sequence[object]) -> str:
    """Return the type of equations.

    Parameters
    ----------
    form : JetForm
        With numbers for its parameters.
    domain : Box, Mapped or Region
        Of the statement.
    conditions : sequence
        With numbers for their parameters.

    Returns
    -------
    type : str
        ``"parabolic"`` if short waves decay, ``"hyperbolic"`` if they travel (dispersive
        waves, too) or nothing moves, ``"elliptic"`` in a steady problem without real
        characteristics, ``"mixed"`` where that changes from state to state or the fields
        differ.
    """
    timed = domain.time is not None
    points = space_points(domain, N_STATES)
    slopes = slope_values(form, sampled_states(form, domain, conditions, points))
    orders = set(time_orders(form, timed=timed))
    if orders == {0}:
        kinds = _steady_kinds(form, slopes)
    else:
        order = space_order(form, timed=timed)
        rates = growth_rates(form, slopes, order, timed=timed)
        kinds = set() if rates is None else _evolution_kinds(rates, order, orders.pop())
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _is_entangled(form: JetForm, timed: bool) -> bool:
    """Return whether a derivative is one in space and in time."""
    return timed and any(index[-1] and any(index[:-1]) for _, index in form.slots)


def _steady_kinds(form: JetForm, slopes: Array) -> set[str]:
    """Return the types found: without real characteristics, or with some.

    The characteristic polynomial is the term of highest degree in s of
    det(sum_a A_a (i s k)^a), its coefficients found by a Fourier transform over s on the
    unit circle. In a system the orders of the fields may differ.
    """
    n_fields, d = len(form.fields), len(form.coordinates)
    if len(form.residuals) != n_fields or not numpy.isfinite(slopes).all():
        return set()
    vectors = directions(d)
    count = n_fields * max(sum(index) for _, index in form.slots) + 1
    circle = numpy.exp(2j * numpy.pi * numpy.arange(count) / count)
    waves = 1j * circle[:, None, None] * vectors
    symbol = numpy.zeros(
        (len(slopes), count, len(vectors), n_fields, n_fields), dtype=complex
    )
    for k, (place, index) in enumerate(form.slots):
        powers = numpy.prod(waves ** numpy.array(index), axis=-1)
        symbol[..., place] += powers[:, :, None] * slopes[:, None, None, :, k]
    terms = numpy.fft.fft(numpy.linalg.det(symbol), axis=1) / count
    sizes = numpy.abs(terms).max(axis=(0, 2))
    # a small coefficient of the highest term still decides; rounding does not
    degree = int(numpy.flatnonzero(sizes > 1e-13 * sizes.max())[-1])
    return _characteristic_kinds(terms[:, degree] / 1j**degree, degree)


def _characteristic_kinds(polynomial: Array, degree: int) -> set[str]:
    """Return the types of a polynomial of unit vectors: a change of sign is a real zero."""
    size = numpy.abs(polynomial).max(axis=1, keepdims=True)
    real = (numpy.abs(polynomial.imag) <= ROUNDING * size).all(axis=1)
    zero = (numpy.abs(polynomial) <= ROUNDING * size).any(axis=1)
    sign = numpy.sign(polynomial.real)
    elliptic = ~zero & (~real | (sign == sign[:, :1]).all(axis=1))
    if polynomial.shape[1] > 1 and degree % 2:
        elliptic &= ~real  # odd: it changes its sign between k and -k
    return {"elliptic" if item else "hyperbolic" for item in elliptic}


def _evolution_kinds(rates: Array, order: int, q: int) -> set[str]:
    """Return the types found: decay, oscillation or growth of short waves."""
    size = numpy.abs(rates).max(axis=(1, 2), keepdims=True)
    decay = (rates.real < -ROUNDING * size).any(axis=(1, 2))
    growth = (rates.real > ROUNDING * size).any(axis=(1, 2))
    turn = (numpy.abs(rates.imag) > ROUNDING * size).any(axis=(1, 2))
    kinds = set()
    for falls, rises, turns in zip(decay, growth, turn, strict=True):
        if q == 1 and order % 2 == 0:
            both = falls and rises
            kinds.add("mixed" if both else "parabolic" if falls or rises else "hyperbolic")
        elif q == 1:
            kinds.add("elliptic" if falls or rises else "hyperbolic")
        elif q == 2 and not turns and not (falls and rises):
            kinds.add("elliptic" if rises else "hyperbolic")
        else:
            kinds.add("mixed")
    return kinds
