"""Which theorem bounds the error of a statement by its residual, read off its formulas.

Every theorem is one for the standard form of one scalar equation on a box, with walls that
let nothing in. What it assumes is written down with it.

| name | statement | norms |
|---|---|---|
| conservation-law | u_t + div f(x, t, u) = div(a(u) grad u) + s(x, t), a >= 0 | L1 |
| reaction-diffusion | u_t + div(b u) = div(a grad u) + g(x, t, u) | L2, max, L1 |
| coercive | -div(a grad u) + div(b u) + c u = s, coercive | energy, L2, max |
| helmholtz | -a_i u_ii + c u = s, constant, not coercive | L2 |
| semilinear | -a_i u_ii + div f(x, u) = g(x, u) | energy, max, L2 |
| linear-wave, semilinear-wave | u_tt + d u_t = c_i^2 u_ii + g(x, t, u) | energy |
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import sympy

from perturbsci.problems.fields import FieldProblem
from perturbsci.problems.identities import vanishes
from perturbsci.surrogates.extrema import range_of
from perturbsci.surrogates.slopes import highest_slope, local_slopes
from perturbsci.surrogates.standard_form import StandardForm, standard_form, wall_kinds
from perturbsci.types import Array

__all__ = ["Theorem", "recognize"]

CLOSED = ("dirichlet", "periodic")
WALLED = ("dirichlet", "neumann", "robin", "periodic")
LINE = (-math.inf, math.inf)
CLAIMS = {
    "energy": "energy norm of the error",
    "L2": "L2 norm of the error",
    "L1": "L1 norm of the error",
    "max": "max norm of the error",
}


@dataclass(frozen=True, slots=True, eq=False)
class Theorem:
    """A theorem that applies to a statement, with its constants.

    Parameters
    ----------
    name : str
        A row of the table above.
    norm : str
        ``"L1"``, ``"L2"``, ``"max"`` or ``"energy"``; of the error that is bounded.
    form : StandardForm
        The parts of the equation; residuals are divided by ``form.scale``.
    bounds : tuple of (float, float)
        Low and high end of each coordinate, the time last.
    walls : tuple of (str, str)
        Conditions on the low and the high side of each direction.
    slope : sympy.Expr
        Of an evolution: the growth rate of the error in this norm, in coordinates and
        state; of a steady statement -dg/du + div(b)/2.
    growth : float
        Upper bound of ``slope`` over all places and all states, of an evolution;
        infinite if there is none.
    assumptions : tuple of str
        In words.
    """

    name: str
    norm: str
    form: StandardForm
    bounds: tuple[tuple[float, float], ...]
    walls: tuple[tuple[str, str], ...]
    slope: sympy.Expr
    growth: float
    assumptions: tuple[str, ...]

    @property
    def claim(self) -> str:
        """What is bounded, in words."""
        return CLAIMS[self.norm]

    @property
    def scale(self) -> float:
        """What the residual of the statement is divided by."""
        return self.form.scale

    @property
    def dimension(self) -> int:
        """Number of directions of space."""
        return len(self.form.diffusion)

    @property
    def lengths(self) -> tuple[float, ...]:
        """Lengths of the sides of the box."""
        return tuple(high - low for low, high in self.bounds[: self.dimension])

    @property
    def viscosities(self) -> tuple[float, ...]:
        """Constant diffusion of each direction, NaN where it is not constant."""
        return tuple(
            float(item) if item.is_number else math.nan for item in self.form.diffusion
        )

    @property
    def lowest(self) -> float:
        """Lower bound of the eigenvalues of -a_i d_ii with these walls."""
        pairs = zip(self.viscosities, self.lengths, self.walls, strict=True)
        return sum(a * lowest_eigenvalue(length, wall) for a, length, wall in pairs)

    def mirrored(self) -> "Theorem":
        """Return the theorem with the opposite growth rate, for moduli of it.

        Returns
        -------
        theorem : Theorem
            Its ``growth`` is infinite.
        """
        return dataclasses.replace(self, slope=-self.slope, growth=math.inf)

    def local_growth(self, points: Array, values: Array, radius: float | Array) -> Array:
        """Return upper bounds of the growth rate where states are known up to a radius.

        Parameters
        ----------
        points : array, shape (n, n_coordinates)
            Space, then time.
        values : array, shape (n,)
            u_h there.
        radius : float or array, shape (n,)
            The states looked at are u_h - radius to u_h + radius.

        Returns
        -------
        rates : array, shape (n,)
            At least (g(u) - g(v))/(u - v) and what advection adds, for all u, v there;
            never above ``growth``.

        Notes
        -----
        By the Taylor polynomial about u_h with its coefficients replaced by their moduli:
        exact in the radius for polynomials, else with a remainder enclosed over all states
        at hand. Rounded up by 1e-12 relative.
        """
        rates = local_slopes(self.form, self.slope, self.bounds, points, values, radius)
        return numpy.minimum(rates, self.growth)


def recognize(problem: FieldProblem, norm: str | None = None) -> Theorem | None:
    """Return the theorem that bounds errors of a statement by residuals.

    Parameters
    ----------
    problem : FieldProblem
        Any.
    norm : str, optional
        The norm asked for; by default that of the theorem.

    Returns
    -------
    theorem : Theorem or None
        None if none of them applies in this norm.

    Examples
    --------
    >>> from perturbsci.problems import allen_cahn, burgers, helmholtz
    >>> [recognize(item()).name for item in (burgers, allen_cahn, helmholtz)]
    ['conservation-law', 'reaction-diffusion', 'coercive']
    >>> recognize(allen_cahn(), "max").growth
    5.000000000005
    """
    form = standard_form(problem)
    if form is None:
        return None
    walls = wall_kinds(problem)
    rules = {0: _steady, 1: _evolution, 2: _wave}
    return rules[form.time_order](form, problem.domain.box.bounds, walls, norm)


def _evolution(
    form: StandardForm,
    bounds: tuple[tuple[float, float], ...],
    walls: tuple[tuple[str, str], ...],
    norm: str | None,
) -> Theorem | None:
    """Return the L1 contraction of conservation laws, or a Gronwall inequality."""
    u = form.state
    speeds = [item.diff(u) for item in form.flux]
    kinds = {kind for pair in walls for kind in pair}
    linear = not any(item.has(u) for item in (*speeds, *form.diffusion))
    source = form.reaction.diff(u)
    closed = kinds <= set(CLOSED) or (kinds <= set(WALLED) and not any(speeds))
    if not closed or not _is_diffusive(form, bounds):
        return None
    if source == 0 and norm in (None, "L1"):
        assumptions = (
            "L1 contraction (Kruzhkov 1970): u_t + div f(x, t, u) = div(a grad u) + s(x, t)"
            " with a >= 0 and the same conditions on the walls",
            *_inviscid(form),
        )
        parts = ("conservation-law", "L1", form, bounds, walls)
        return Theorem(*parts, sympy.S.Zero, 0.0, assumptions)
    if not linear and norm in (None, "L1"):
        norm = "L1"
    norm = norm or "L2"
    if norm not in ("L1", "L2", "max") or (norm != "L1" and not linear):
        return None
    share = {"L1": sympy.S.Zero, "L2": sympy.Rational(1, 2), "max": sympy.S.One}[norm]
    divergence = sum(
        (b.diff(x) for b, x in zip(speeds, form.coordinates, strict=False)), sympy.S.Zero
    )
    if vanishes(divergence):
        divergence = sympy.S.Zero
    slope = sympy.expand(source - share * divergence)
    growth = highest_slope(slope, form, bounds)
    assumptions = (
        f"Gronwall in the {norm} norm: the error grows at most like exp(L t), L at least "
        "the one-sided Lipschitz constant of the reaction",
        "a >= 0, and the walls let nothing in",
        *_inviscid(form),
    )
    parts = ("reaction-diffusion", norm, form, bounds, walls)
    return Theorem(*parts, slope, growth, assumptions)


def _inviscid(form: StandardForm) -> tuple[str, ...]:
    if all(item != 0 for item in form.diffusion):
        return ()
    return ("where nothing diffuses, the solution is the entropy solution",)


def _wave(
    form: StandardForm,
    bounds: tuple[tuple[float, float], ...],
    walls: tuple[tuple[str, str], ...],
    norm: str | None,
) -> Theorem | None:
    """Return the energy inequality of waves."""
    kinds = {kind for pair in walls for kind in pair}
    still = not any(form.flux) and form.damping >= 0.0
    plain = all(item.is_number and item > 0 for item in form.diffusion)
    if not (still and plain and kinds <= {"dirichlet", "neumann", "periodic"}):
        return None
    if norm not in (None, "energy"):
        return None
    slope = -form.reaction.diff(form.state)
    linear = bool(slope.is_number and slope >= 0)
    if not linear and kinds != {"dirichlet"}:
        return None
    text = (
        "energy identity of u_tt + d u_t - c_i^2 u_ii + k u = s, d and k >= 0: the energy "
        "norm of the error grows at most by the L2 norm of the residual"
    )
    notes = ["the walls do no work on the error"]
    if not linear:
        notes.append("the growth is computed at 9 times of a slab, with room between them")
        text = (
            "energy inequality of u_tt + d u_t - c_i^2 u_ii + g(x, t, u) = 0 with Gronwall,"
            " the growth from g between u_h and the solution"
        )
    parts = ("linear-wave" if linear else "semilinear-wave", "energy", form, bounds, walls)
    growth = 0.0 if linear else math.inf
    return Theorem(*parts, slope, growth, (text, *notes))


def _steady(
    form: StandardForm,
    bounds: tuple[tuple[float, float], ...],
    walls: tuple[tuple[str, str], ...],
    norm: str | None,
) -> Theorem | None:
    """Return coercivity, the spectrum of the box, or Newton-Kantorovich."""
    u = form.state
    speeds = [item.diff(u) for item in form.flux]
    slope = -form.reaction.diff(u)
    if any(item.has(u) for item in form.diffusion):
        return None
    if any(item.has(u) for item in (*speeds, slope)):
        return _semilinear(form, bounds, walls, norm, sympy.S.Zero)
    pairs = zip(speeds, form.coordinates, strict=False)
    slope += sum((b.diff(x) for b, x in pairs), sympy.S.Zero) / 2
    slope = sympy.expand(slope)
    kinds = {kind for pair in walls for kind in pair}
    margin, lowest = _coercivity(form, bounds, walls, slope)
    closed = kinds <= set(CLOSED) or (kinds <= set(WALLED) and not any(speeds))
    # a maximum principle, or the embedding of one direction
    still = not any(speeds) and (slope == 0 or bool(slope.is_nonnegative))
    line = len(bounds) == 1 and "dirichlet" in kinds
    known = ("energy", "L2", "max") if still or line else ("energy", "L2")
    if closed and margin > 0.0 and lowest > 0.0 and norm in (None, *known):
        wanted = norm or "energy"
        text = (
            "Lax-Milgram: -div(a grad u) + div(b u) + c u = s is coercive on the box",
            "the surrogate meets the conditions on the walls, or is corrected to",
        )
        return Theorem("coercive", wanted, form, bounds, walls, slope, 0.0, text)
    constant = slope.is_number and all(item.is_number for item in form.diffusion)
    plain = constant and not any(speeds) and all(item > 0 for item in form.diffusion)
    if plain and norm in (None, "L2") and kinds <= {"dirichlet", "neumann", "periodic"}:
        only = ("constant coefficients on a box: how far zero is from the exact spectrum",)
        return Theorem("helmholtz", "L2", form, bounds, walls, slope, 0.0, only)
    return _semilinear(form, bounds, walls, norm, slope)


def _semilinear(
    form: StandardForm,
    bounds: tuple[tuple[float, float], ...],
    walls: tuple[tuple[str, str], ...],
    norm: str | None,
    slope: sympy.Expr,
) -> Theorem | None:
    d = len(form.diffusion)
    plain = all(item.is_number and item > 0 for item in form.diffusion)
    closed = all(kind == "dirichlet" for pair in walls for kind in pair)
    moving = any(form.flux)
    smooth = d == 1 or (d == 2 and form.reaction.is_polynomial(form.state))
    known = ("energy", "L2", "max") if d == 1 else ("energy", "L2")
    if not plain or not closed or not smooth or (moving and d > 1):
        return None
    if norm not in (None, *known):
        return None
    text = (
        "Newton-Kantorovich: an approximate inverse from a Galerkin block and the inverse "
        "of the principal part on the rest contracts about the surrogate",
        "the solution is that nearest to the surrogate, unique in the ball",
    )
    parts = ("semilinear", norm or "energy", form, bounds, walls)
    return Theorem(*parts, slope, 0.0, text)


def _is_diffusive(form: StandardForm, bounds: Sequence[tuple[float, float]]) -> bool:
    """Return whether all diffusion is above or at zero, whatever the state."""
    for item in form.diffusion:
        if item.is_number:
            if not item >= 0:
                return False
            continue
        symbols = (*form.coordinates, form.state)
        if range_of(item, symbols, (*bounds, LINE))[0] < 0.0:
            return False
    return True


def _coercivity(
    form: StandardForm,
    bounds: Sequence[tuple[float, float]],
    walls: Sequence[tuple[str, str]],
    slope: sympy.Expr,
) -> tuple[float, float]:
    """Return lower bounds of (grad e, L e)/(grad e, grad e) and of the diffusion."""
    ranges = [range_of(item, form.coordinates, bounds) for item in form.diffusion]
    lowest = min(low for low, _ in ranges)
    bottom = range_of(slope, form.coordinates, bounds)[0]
    eigenvalue = sum(
        lowest_eigenvalue(high - low, pair)
        for (low, high), pair in zip(bounds, walls, strict=True)
    )
    if eigenvalue == 0.0:
        return (bottom if bottom > 0.0 else 0.0), lowest
    return lowest + min(0.0, bottom) / eigenvalue, lowest


def lowest_eigenvalue(length: float, walls: tuple[str, str]) -> float:
    """Return a lower bound of -d^2/dx^2 on an interval with conditions at its ends.

    Parameters
    ----------
    length : float
        Of the interval.
    walls : (str, str)
        ``"dirichlet"``, ``"neumann"``, ``"robin"`` or ``"periodic"``.

    Returns
    -------
    eigenvalue : float
        (pi/L)^2, (pi/(2 L))^2 or 0; Robin walls count as Neumann walls.
    """
    fixed = walls.count("dirichlet")
    return (0.0, (math.pi / (2.0 * length)) ** 2, (math.pi / length) ** 2)[fixed]
