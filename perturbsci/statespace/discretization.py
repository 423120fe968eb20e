"""From x' = A x + B u to x_k = a x_(k-1) + b u_k, with z = A h and u held over a step.

* zoh                a = e^z,                                   b = h phi_1(z) B, exact
* generalized        a = (1 - alpha z)^-1 (1 + (1 - alpha) z),  b = h (1 - alpha z)^-1 B
* euler, bilinear, backward_euler: generalized with alpha = 0, 1/2, 1
* dirac              a = e^z,                                   b = B

phi_1(z) = (e^z - 1)/z, 1 at z = 0. u_k is the input on ((k-1) h, k h]; bilinear is of
order 2 where u_k is its value in the middle. A HankelSystem has one rule,
s = (z - 1)/((z + 1) h).

References: Gu, Goel and Ré (2022); Higham (2008), section 10.5.
"""

import warnings
from types import ModuleType
from typing import cast

import numpy

from perturbsci.arguments import number, one_of
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import expm, solve
from perturbsci.errors import AccuracyWarning, ParameterError
from perturbsci.statespace.ports import clean_step
from perturbsci.statespace.realizations import dense
from perturbsci.statespace.requirements import check_system
from perturbsci.statespace.structured import HankelSystem, LowRankSystem
from perturbsci.statespace.systems import DenseSystem, DiagonalSystem, StateSpace
from perturbsci.types import Array

__all__ = ["discretize"]

MOEBIUS = {"euler": 0.0, "bilinear": 0.5, "backward_euler": 1.0}
RULES = ("zoh", "bilinear", "euler", "backward_euler", "generalized", "dirac")
SMALL = 1e-8  # below, 1 + z/2 is phi_1(z) to rounding


def discretize(
    system: StateSpace, step: float | Array, *, rule: str = "zoh", alpha: float = 0.5
) -> StateSpace:
    """Return the system in discrete time.

    Parameters
    ----------
    system : StateSpace
        Continuous.
    step : float or array, shape (...) or (..., n)
        h, positive, in the time unit of the system; of a DiagonalSystem also one a copy,
        or one a state.
    rule : str
        ``"zoh"`` (exact where u is held over each step), ``"bilinear"`` (order 2 where
        u_k is the value in the middle of step k, order 1 where it is that at its end),
        ``"euler"``, ``"backward_euler"``, ``"generalized"`` or ``"dirac"`` (pulses); for a
        HankelSystem ``"zoh"`` and ``"bilinear"`` both mean its own rule, and a
        LowRankSystem keeps its form under the four rational ones only.
    alpha : float
        Of ``"generalized"``, in [0, 1].

    Returns
    -------
    discrete : StateSpace
        Of the same class; x_k is the state at time k h, after the input of step k.

    Raises
    ------
    ParameterError
        If the system is discrete, the rule unknown or not one for this class, alpha outside
        [0, 1], the step not positive, a pole of the rule is hit, or a number overflows.
    ShapeError
        If the shape of the step does not fit.

    Warns
    -----
    AccuracyWarning
        If the rule makes a mode grow that does not grow in continuous time.

    Notes
    -----
    O(n) for diagonal systems, O(n r^2) for low rank, O(n^3) for full matrices. Single
    precision is computed in double and rounded once.

    Examples
    --------
    >>> discrete = discretize(DiagonalSystem([0.0, -1.0], [1.0, 1.0], [1.0, 1.0]), 0.5)
    >>> discrete.eigenvalues.round(6), discrete.b[:, 0].round(6)
    (array([1.      , 0.606531]), array([0.5     , 0.393469]))
    """
    check_system(system)
    if system.is_discrete:
        raise ParameterError(
            f"system has step {system.step!r:.60}: it is discrete already; discretize the "
            "continuous system"
        )
    one_of(rule, "rule", RULES)
    share = number(alpha, "alpha", least=0.0, most=1.0)
    weight = MOEBIUS.get(rule, share)
    if isinstance(system, DiagonalSystem):
        return _diagonal(system, step, rule, weight)
    h = cast("float", clean_step(step, optional=False))  # no copies, no array
    if isinstance(system, DenseSystem):
        return _dense(system, h, rule, weight)
    if isinstance(system, LowRankSystem):
        return _low_rank(system, h, rule, weight)
    if isinstance(system, HankelSystem) and rule in ("zoh", "bilinear"):
        return HankelSystem(system.markov, d=system.d, step=h)
    raise ParameterError(
        f"rule is {rule!r}, but a {type(system).__name__} has its own rule only; leave "
        "rule out, or discretize dense(system)"
    )


def _diagonal(
    system: DiagonalSystem, step: float | Array, rule: str, alpha: float
) -> DiagonalSystem:
    xp = namespace(system.eigenvalues)
    steps = clean_step(step, system.copies, system.n_state, optional=False)
    h = _wide(xp, xp.asarray(steps))
    if h.shape and h.shape == system.copies:
        h = h[..., None]  # one a copy
    exact = rule in ("zoh", "dirac")
    with numpy.errstate(over="ignore", invalid="ignore", divide="ignore"):
        z = _wide(xp, system.eigenvalues) * h
        if exact:
            a = xp.exp(z)
            factor = h * _phi_1(xp, z) if rule == "zoh" else xp.ones_like(z)
        else:
            a = (1 + (1 - alpha) * z) / (1 - alpha * z)
            factor = h / (1 - alpha * z)
        b = factor[..., None] * system.b
    _check_finite(xp, (a, b, z), z, rule)
    if alpha < 0.5 and not exact:
        _warn_of_growth(system.eigenvalues, a, rule)
    return DiagonalSystem(
        _like(xp, a, system.eigenvalues),
        _like(xp, b, system.b),
        system.c,
        d=system.d,
        step=steps,
        weights=system.weights,
        exponents=_like(xp, z, system.eigenvalues) if exact else None,
    )


def _phi_1(xp: ModuleType, z: Array) -> Array:
    """Return (e^z - 1)/z without cancellation: e^z - 1 from expm1 and half angles."""
    if z.dtype.kind == "c":
        x, y = xp.real(z), xp.imag(z)
        less_one = xp.expm1(x) * xp.cos(y) - 2 * xp.sin(y / 2) ** 2
        top = less_one + 1j * (xp.exp(x) * xp.sin(y))
    else:
        top = xp.expm1(z)
    small = abs(z) < SMALL
    return xp.where(small, 1 + z / 2, top / xp.where(small, 1, z))


def _wide(xp: ModuleType, array: Array) -> Array:
    return xp.astype(array, xp.complex128 if array.dtype.kind == "c" else xp.float64)


def _like(xp: ModuleType, array: Array, like: Array) -> Array:
    """Return the numbers in the precision of another array, real or complex as they are."""
    if xp.finfo(like.dtype).bits == 64:
        return array
    return xp.astype(array, xp.complex64 if array.dtype.kind == "c" else xp.float32)


def _check_finite(xp: ModuleType, arrays: tuple[Array, ...], z: Array, rule: str) -> None:
    if all(bool(scalar(xp.isfinite(each).all())) for each in arrays):
        return
    largest = float(scalar(xp.real(z).max()))
    raise ParameterError(
        f"step makes lambda h reach {largest:.3g}, where the rule {rule!r} overflows "
        "or has a pole; shorten the step"
    )


def _warn_of_growth(continuous: Array, discrete: Array, rule: str) -> None:
    """Warn where a mode that does not grow was made to grow."""
    values, factors = to_host(continuous), numpy.abs(to_host(discrete))
    rounding = float(numpy.finfo(values.dtype).eps)
    grows = (values.real <= 0) & (factors > 1 + 8 * rounding)
    if grows.any():
        warnings.warn(
            f"rule {rule!r} makes {int(grows.sum())} modes grow, by up to "
            f"{float(factors[grows].max()):.6g} a step, that do not grow in continuous "
            "time; shorten the step, or use rule='bilinear' or 'zoh'",
            AccuracyWarning,
            stacklevel=4,
        )


def _dense(system: DenseSystem, h: float, rule: str, alpha: float) -> DenseSystem:
    xp = namespace(system.a)
    n, m = system.n_state, system.n_inputs
    a, b = _wide(xp, system.a), _wide(xp, system.b)
    if rule in ("zoh", "dirac"):
        sides = xp.concat([a, b] if rule == "zoh" else [a], axis=1) * h
        below = xp.zeros((sides.shape[1] - n, sides.shape[1]), dtype=sides.dtype)
        exponential = _exponential(xp.concat([sides, below], axis=0), h, rule)
        moved = exponential[:n, n:] if rule == "zoh" else b
        exponential = exponential[:n, :n]
    else:
        unit = xp.eye(n, dtype=xp.float64)
        right = xp.concat([unit + (1 - alpha) * h * a, h * b], axis=1)
        both = _solved(unit - alpha * h * a, right, h, rule)
        exponential, moved = both[:, :n], both[:, n:]
        if alpha < 0.5:
            _warn_of_dense_growth(a, exponential, rule)
    return DenseSystem(
        _like(xp, exponential, system.a),
        _like(xp, xp.reshape(moved, (n, m)), system.b),
        system.c,
        d=system.d,
        step=h,
    )


def _exponential(a: Array, h: float, rule: str) -> Array:
    try:
        return expm(a)
    except ParameterError:
        raise _unusable(h, rule) from None


def _solved(a: Array, b: Array, h: float, rule: str) -> Array:
    try:
        return solve(a, b)
    except ParameterError:
        raise _unusable(h, rule) from None


def _unusable(h: float, rule: str) -> ParameterError:
    return ParameterError(
        f"step is {h:g}, where the rule {rule!r} overflows or has a pole; shorten the step"
    )


def _warn_of_dense_growth(continuous: Array, discrete: Array, rule: str) -> None:
    """Compare by the least stable mode: the modes of two matrices have no common order."""
    abscissa = numpy.linalg.eigvals(to_host(continuous)).real.max(keepdims=True)
    radius = numpy.abs(numpy.linalg.eigvals(to_host(discrete))).max(keepdims=True)
    _warn_of_growth(abscissa, radius, rule)


def _low_rank(system: LowRankSystem, h: float, rule: str, alpha: float) -> LowRankSystem:
    """Return diag - P Q* again: a rational function of A keeps the rank of the feedback.

    (1 - alpha h A)^-1 = E - alpha h E P M Q* E with E = (1 - alpha h diag)^-1 and
    M = (I + alpha h Q* E P)^-1.
    """
    if rule in ("zoh", "dirac"):
        raise ParameterError(
            f"rule is {rule!r}, which does not keep the form of a LowRankSystem; use "
            "rule='bilinear', or discretize dense(system)"
        )
    xp = namespace(system.eigenvalues)
    names = ("eigenvalues", "p", "q", "b")
    values, p, q, b = (_wide(xp, getattr(system, name)) for name in names)
    z = values * h
    if bool(scalar((alpha * z == 1).any())):
        _check_finite(xp, (xp.asarray([xp.inf]),), z, rule)
    inverse = (1 / (1 - alpha * z))[:, None]
    across = _inner(xp, system, q, xp.concat([inverse * p, inverse * b], axis=1))
    rank = p.shape[1]
    unit = xp.eye(rank, dtype=xp.float64)
    inner = unit + alpha * h * across[:, :rank]
    right = xp.concat([unit, across[:, rank:]], axis=1)
    joined = _solved(inner, right, h, rule)
    turned = h * inverse * p
    discrete = LowRankSystem(
        _like(xp, (1 + (1 - alpha) * z) / (1 - alpha * z), system.eigenvalues),
        _like(xp, turned @ joined[:, :rank], system.p),
        _like(xp, xp.conj(inverse) * q, system.q),
        _like(xp, h * inverse * b - alpha * h * turned @ joined[:, rank:], system.b),
        system.c,
        d=system.d,
        step=h,
        weights=system.weights,
    )
    if alpha < 0.5:
        _warn_of_dense_growth(dense(system).a, dense(discrete).a, rule)
    return discrete


def _inner(xp: ModuleType, system: LowRankSystem, q: Array, vectors: Array) -> Array:
    """Return Q* X, over both members of each pair where the system is halved."""
    if system.weights is None:
        return xp.conj(q).T @ vectors
    return xp.real(xp.conj(q * system.weights[:, None]).T @ vectors)
