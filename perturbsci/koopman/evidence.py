"""What kind of knowledge pairs give about the Koopman operator, and how far to widen it.

With data errors dG, dA, dL of the Gram matrices and t = ||d|| / lambda_min(G) each,

    |res^2 - res_hat^2| <= t_L + 2 |z| t_A + (|z|^2 + res_hat^2) t_G

for every function of the span. The errors come from a modulus of continuity (Lipschitz
constants of map and dictionary, size of the cells behind the weights) or from the matrix
Bernstein inequality for independent samples (Tropp 2012).
"""

import math
from dataclasses import dataclass
from numbers import Real

from perturbsci.arguments import one_of
from perturbsci.backend import namespace
from perturbsci.backend.arrays import scalar
from perturbsci.backend.linalg import eigh
from perturbsci.errors import ParameterError
from perturbsci.koopman.limits import DECLARATIONS
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState
from perturbsci.types import Array

__all__ = ["Evidence", "check_evidence", "gather_evidence"]

DOUBTFUL = 1e-6  # a relative ||L - G|| above it contradicts a declared isometry
WHY_ESTIMATE = {
    "quadrature": "the error of the quadrature is not known: pass modulus=(lipschitz, "
    "fill_distance)",
    "ergodic": "how fast averages along a trajectory converge is not known",
    "unknown": "how the pairs stand for the measure is not known: pass sampling= to "
    "Snapshots",
    "independent": "no bound of the dictionary is known",
}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The kind of certificate that a Gram state earns, and its data error.

    Parameters
    ----------
    kind : str
        As of ``verification.Certificate``.
    assumptions : tuple of str
        What has to be true; for kind "none" why nothing is known.
    relative : tuple of float
        t_G, t_A, t_L: errors of the Gram matrices, relative to the true G; all 0 where
        nothing is known.
    absolute : tuple of float or None
        Bounds of ``||dG||``, ``||dA||``, ``||dL||`` where these are known.
    deviation : float
        ``||L - G|| / ||G||`` if K was declared isometric, unitary or normal, else 0.
    allowed : float
        How large that may be without contradicting the declaration.
    """

    kind: str
    assumptions: tuple[str, ...]
    relative: tuple[float, float, float] = (0.0, 0.0, 0.0)
    absolute: tuple[float, float, float] | None = None
    deviation: float = 0.0
    allowed: float = DOUBTFUL

    @property
    def doubtful(self) -> bool:
        """Whether the data contradict the declaration."""
        return not self.deviation <= self.allowed

    def widening(self, z: Array, residuals: Array | float = 0.0) -> Array:
        """Return how far squared residuals at z may be off, for any function of the span.

        Parameters
        ----------
        z : complex array, shape (...)
            Points or eigenvalues.
        residuals : real array, shape (...), or float
            As found there; without them the bound is of first order.

        Returns
        -------
        d2 : real array, shape (...)
            0 where nothing is known, inf where the bound is void.
        """
        return self._squares(*self.relative, z, residuals)

    def interval(
        self, z: Array, residuals: Array, *, stretch: Array | None = None
    ) -> tuple[Array, Array]:
        """Return the interval that holds the true residuals.

        Parameters
        ----------
        z : complex array, shape (...)
            Points or eigenvalues.
        residuals : real array, shape (...)
            As found there.
        stretch : real array, shape (...), optional
            ``||v||^2 / (v* G v)`` of the pairs; narrows the interval where the errors of
            the Gram matrices are known by themselves.

        Returns
        -------
        lower, upper : real array, shape (...)
            sqrt(max(res^2 - d2, 0)) and sqrt(res^2 + d2).
        """
        xp = namespace(residuals)
        d2 = self.widening(z, residuals)
        if stretch is not None and self.absolute is not None:
            # v* G v >= 1 - ||dG|| stretch where v* G_hat v = 1: void if not positive.
            left = 1 - self.absolute[0] * stretch
            known = self._squares(*self.absolute, z, residuals) * stretch
            d2 = xp.minimum(
                d2, xp.where(left > 0, known / xp.where(left > 0, left, 1.0), xp.inf)
            )
        square = residuals**2
        return xp.sqrt(xp.maximum(square - d2, 0 * square)), xp.sqrt(square + d2)

    @staticmethod
    def _squares(
        g: float, a: float, image: float, z: Array, residuals: Array | float
    ) -> Array:
        xp = namespace(z)
        modulus = xp.abs(z)
        if math.inf in (g, a, image):
            return xp.full_like(modulus, xp.inf)
        return image + 2 * a * modulus + g * (modulus**2 + residuals**2)


def gather_evidence(
    state: GramState,
    *,
    declare: str = "general",
    modulus: tuple[float, float] | None = None,
    held_out: Snapshots | None = None,
    confidence: float = 0.95,
    sup: float | None = None,
) -> Evidence:
    """Return what kind of certificate residuals from a Gram state earn.

    Parameters
    ----------
    state : GramState
        Of the pairs that the functions were fitted to.
    declare : str
        ``"general"``, ``"isometry"``, ``"unitary"`` or ``"normal"``.
    modulus : (float, float), optional
        Lipschitz constant of the map, and the largest diameter of the cells whose masses
        the weights are.
    held_out : Snapshots, optional
        Independent pairs that residuals are measured on.
    confidence : float
        Coverage of a statistical bound, in (0, 1).
    sup : float, optional
        A bound of sqrt(M w_i / mass) ``||Psi||`` at x and y; default that of the dictionary
        for equal weights.

    Returns
    -------
    evidence : Evidence
        Kind, assumptions and data error.

    Raises
    ------
    ParameterError
        If an option is out of range.

    Notes
    -----
    At most two eigenproblems of size n_functions. Several sources: held-out pairs come
    first, then a modulus, then independent sampling.

    References
    ----------
    Tropp (2012), theorem 1.6; the inversion for an unknown G is derived here.
    """
    check_evidence(declare, modulus, confidence)
    why = _nothing(state)
    if why:
        return Evidence("none", (why,))
    deviation, declared = _declaration(state, declare)
    common = (*declared, f"{state.sampling} sampling, M = {state.count}")
    if state.operator == "adjoint":
        text = "residuals in the kernel's space, which hides what leaves the span: check "
        text += "with edmd(second_snapshots, kernel_dictionary(snapshots, rank=rank))"
        return Evidence("estimate", (text, *declared), deviation=deviation)
    if held_out is not None:
        text = f"on {held_out.n_samples} held-out pairs that stand for the measure"
        return Evidence("held-out", (text, *declared), deviation=deviation)
    bounds = None if state.dictionary is None else state.dictionary.bounds
    if bounds is not None and _contradicted(state, bounds[0]):
        bounds, common = None, (*common, "the pairs leave the domain of the dictionary")
    if modulus is not None and bounds is not None:
        relative, absolute = _from_modulus(state, modulus, bounds)
        text = f"map has Lipschitz constant {modulus[0]:g}; weights are the masses of cells"
        text += f" of diameter {modulus[1]:g} at most"
        return Evidence("a-posteriori", (text, *common), relative, absolute, deviation)
    if modulus is not None:
        common = (*common, "modulus not used: the dictionary has no known bounds")
    if sup is None and bounds is not None and state.uniform:
        sup = bounds[0]
    if state.sampling == "independent" and sup is not None:
        relative = _from_independence(state, sup, confidence)
        text = f"independent samples, ||Psi|| <= {sup:.4g}; holds with probability "
        text += f"{confidence:g} for all pairs together"
        # ||L - G|| of an isometry is at most ||dL|| + ||dG||: samples fluctuate by that.
        explained = relative[0] + relative[2]
        allowed = max(DOUBTFUL, explained) if explained < math.inf else DOUBTFUL
        return Evidence("statistical", (text, *common), relative, None, deviation, allowed)
    return Evidence(
        "estimate", (WHY_ESTIMATE[state.sampling], *common), deviation=deviation
    )


def check_evidence(
    declare: str, modulus: tuple[float, float] | None, confidence: float
) -> None:
    """Refuse options of ``gather_evidence`` that are out of range.

    Parameters
    ----------
    declare : str
        What the user knows of the operator.
    modulus : (float, float) or None
        Lipschitz constant and fill distance.
    confidence : float
        A probability.

    Raises
    ------
    ParameterError
        If one of them is.
    """
    one_of(declare, "declare", DECLARATIONS)
    number = isinstance(confidence, Real) and not isinstance(confidence, bool)
    if not (number and 0 < confidence < 1):
        raise ParameterError(
            f"confidence is {confidence!r}; it must be a probability in (0, 1), say 0.95"
        )
    if modulus is None:
        return
    pair = isinstance(modulus, (tuple, list)) and len(modulus) == 2
    if not pair or not all(_is_size(m) for m in modulus):
        raise ParameterError(
            f"modulus is {modulus!r:.60}; pass (lipschitz, fill_distance): the Lipschitz "
            "constant of the map and the largest diameter of a cell, both from 0 on"
        )


def _is_size(value: object) -> bool:
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and 0 <= value < 2**1023  # type: ignore[operator]


def _nothing(state: GramState) -> str:
    """Return why no certificate can be given, or an empty text."""
    # In the space of a kernel the images leave the span, however few the samples are.
    if state.n_functions >= state.count and state.operator == "koopman":
        return (
            f"{state.n_functions} functions fit {state.count} samples exactly: residuals "
            "are 0"
        )
    if not _trace(state.G) > 0:
        return "all functions vanish on all samples"
    return ""


def _trace(matrix: Array) -> float:
    xp = namespace(matrix)
    return float(scalar(xp.real(xp.linalg.trace(matrix))))


def _declaration(state: GramState, declare: str) -> tuple[float, tuple[str, ...]]:
    """Return ||L - G|| / ||G|| and the declaration in words.

    A normal composition operator on a finite measure is unitary: one check serves all.
    """
    if declare == "general":
        return 0.0, ()
    xp = namespace(state.blocks)
    g = state.G
    change = eigh(state.L - g)[0]
    deviation = float(scalar(xp.max(xp.abs(change)) / eigh(g)[0][-1]))
    return deviation, (f"declared {declare}: ||L - G|| / ||G|| = {deviation:.3g}",)


def _contradicted(state: GramState, sup: float) -> bool:
    """Whether the mean square of ||Psi|| exceeds its supposed bound."""
    mass = 1.0 if state.uniform else state.mass
    limit = sup**2 * mass * (1 + 1e-9)
    return max(_trace(state.G), _trace(state.L)) > limit


def _from_modulus(
    state: GramState, modulus: tuple[float, float], bounds: tuple[float, float]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    lipschitz, diameter = modulus
    sup, slope = bounds
    unit = sup * slope * diameter * (1.0 if state.uniform else state.mass)
    absolute = (2 * unit, (1 + lipschitz) * unit, 2 * lipschitz * unit)
    smallest = float(scalar(eigh(state.G)[0][0])) - absolute[0]
    if smallest <= 0:
        return (math.inf,) * 3, absolute
    return tuple(error / smallest for error in absolute), absolute  # type: ignore[return-value]


def _from_independence(
    state: GramState, sup: float, confidence: float
) -> tuple[float, float, float]:
    """Return the Bernstein errors in the basis that makes the true G the identity.

    There ||Psi||^2 <= B = sup^2 / mu, mu = lambda_min(G), and P(||dG|| >= t) is at most
    2 N exp(-M t^2 / (2 B (1 + t/3))). mu is unknown; but otherwise the smallest eigenvalue
    of the sampled G is at most (1 + t) mu, which grows with mu: solved for mu.
    """
    xp = namespace(state.blocks)
    mass = 1.0 if state.uniform else state.mass
    values, vectors = eigh(state.G / mass)
    found = float(scalar(values[0]))
    rare = math.log(3 * 2 * state.n_functions / (1 - confidence)) / state.count
    b = rare * sup**2
    if found <= 2 * b / 3:
        return (math.inf,) * 3
    smallest = found + 2 * b / 3 - math.sqrt((2 * b / 3) ** 2 + 2 * b * found)
    b = b / smallest
    t_g = _bernstein(b, 1.0)
    white = vectors / xp.sqrt(values)
    image = float(scalar(eigh(xp.conj(white).T @ (state.L / mass) @ white)[0][-1]))
    # The largest l with l - t(l) <= (1 + t_G) image bounds the true L in the true basis.
    image *= 1 + t_g
    image += 4 * b / 3 + math.sqrt((4 * b / 3) ** 2 + 2 * b * image)
    # A term of A is no positive matrix: it may lie twice as far from the mean.
    return t_g, _bernstein(b, max(1.0, image), 2.0), _bernstein(b, image)


def _bernstein(b: float, variance: float, size: float = 1.0) -> float:
    """Return t of t^2 = 2 b (variance + size t / 3)."""
    return size * b / 3 + math.sqrt((size * b / 3) ** 2 + 2 * b * variance)
