"""Systems with structure beyond a diagonal: diagonal minus low rank, and Hankel.

* LowRankSystem: A = diag(lambda) - P Q*, the form of S4. Halved, the modes that were left
  out are the conjugates of the kept ones, and Q* x sums over both.
* HankelSystem: G(s) = sum_i h_i w^-(i+1) + D with w = (1 + s)/(1 - s), the form of HOPE: n
  Markov parameters, all poles at s = -1. At a step h, s = (z - 1)/((z + 1) h).

References: Gu, Goel and Ré (2022); Yu, Mahoney and Erichson (2024).
"""

from dataclasses import dataclass

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.operands import shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.ports import clean_ports, clean_step, clean_weights
from perturbsci.statespace.systems import StateSpace, all_real, check_halved, freeze
from perturbsci.types import Array

__all__ = ["HankelSystem", "LowRankSystem"]

ROUNDING = 1e3  # unit roundoffs of an imaginary part that stands for none


@dataclass(frozen=True, slots=True, eq=False)
class LowRankSystem(StateSpace):
    """A diagonal system with a feedback of low rank, A = diag(lambda) - P Q*.

    With weights the system is real and halved: y = Re(C diag(weights) x) + D u, and the
    feedback is -P Re(Q* diag(weights) x), the sum over both members of each pair.

    Parameters
    ----------
    eigenvalues : real or complex array, shape (n,)
        lambda.
    p, q : real or complex array, shape (n, r) or (n,)
        P and Q; one axis is rank 1.
    b : real or complex array, shape (n, m) or (n,)
        B.
    c : real or complex array, shape (p, n) or (n,)
        C.
    d : real or complex array, shape (p, m), optional
        D; None is zero.
    step : float, optional
        Positive; None is continuous time.
    weights : real array, shape (n,), optional
        2 for the kept member of a conjugate pair, 1 for a real eigenvalue, whose rows of
        P, Q, B and column of C are real then.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite, precisions are mixed, the step is not positive, or a
        weight is neither 2 nor 1 with real entries.

    Examples
    --------
    >>> system = LowRankSystem([-1.0, -2.0], [1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [1.0, 0.0])
    >>> system.p.shape, system.n_state
    ((2, 1), 2)
    """

    eigenvalues: Array
    p: Array
    q: Array
    b: Array
    c: Array
    d: Array | None = None
    step: float | None = None
    weights: Array | None = None

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        eigenvalues = as_array(self.eigenvalues, name="eigenvalues", ndim=1)
        n = eigenvalues.shape[0]
        p, q = (_columns(getattr(self, name), name, n) for name in "pq")
        if p.shape != q.shape:
            raise ShapeError(
                f"q has shape {q.shape} but p has {p.shape}; both have one column a rank"
            )
        weights = clean_weights(self.weights, n, ())
        if weights is not None:
            xp = namespace(weights)
            weights = xp.astype(weights, xp.finfo(eigenvalues.dtype).dtype)
        state = {"eigenvalues": eigenvalues, "p": p, "q": q}
        ports = {"b": self.b, "c": self.c, "d": self.d}
        b, c, d = clean_ports(state, n, (), ports)
        check_halved(weights, d)
        if weights is not None:
            _check_pairs(weights, {**state, "b": b, "c": c.T})
        step = clean_step(self.step, optional=True)
        rest = {"b": b, "c": c, "d": d, "step": step, "weights": weights}
        freeze(self, {**state, **rest})

    @property
    def n_state(self) -> int:
        """The number of modes, kept ones if the system is halved."""
        return int(self.eigenvalues.shape[0])

    @property
    def is_real(self) -> bool:
        """True if the system is halved or all arrays are real."""
        arrays = (self.eigenvalues, self.p, self.q, self.b, self.c, self.d)
        return self.weights is not None or all_real(*arrays)


@dataclass(frozen=True, slots=True, eq=False)
class HankelSystem(StateSpace):
    """A system given by its first n Markov parameters, the others being zero.

    G(s) = sum_i h_i ((1 - s)/(1 + s))^(i+1) + D, with s = (z - 1)/((z + 1) step) where
    there is a step.

    Parameters
    ----------
    markov : real or complex array, shape (n,) or (n, p, m)
        h_i, i = 0..n-1; one axis is one input and one output.
    d : real or complex array, shape (p, m), optional
        D; None is zero.
    step : float, optional
        Positive; None is continuous time.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite, precisions are mixed, or the step is not positive.

    Examples
    --------
    >>> HankelSystem([1.0, 0.5]).markov.shape
    (2, 1, 1)
    """

    markov: Array
    d: Array | None = None
    step: float | None = None

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        markov = as_array(self.markov, name="markov")
        markov = markov[:, None, None] if markov.ndim == 1 else markov
        if markov.ndim != 3:
            raise ShapeError(
                f"markov has shape {markov.shape}, needed (n,) or (n, p, m): one matrix of "
                "outputs by inputs a delay"
            )
        d = self.d
        if d is not None:
            d = as_array(d, name="d")
            d = d.reshape(1, 1) if d.size == 1 == markov[0].size else d
            if d.shape != markov.shape[1:]:
                raise ShapeError(
                    f"d has shape {d.shape}, needed {markov.shape[1:]} as in markov"
                )
        shared_namespace({"markov": markov, "d": d})
        step = clean_step(self.step, optional=True)
        freeze(self, {"markov": markov, "d": d, "step": step})

    @property
    def n_state(self) -> int:
        """The number of states: one a Markov parameter and input."""
        return int(self.markov.shape[0] * self.markov.shape[2])

    @property
    def n_inputs(self) -> int:
        """The number of inputs, m."""
        return int(self.markov.shape[2])

    @property
    def n_outputs(self) -> int:
        """The number of outputs, p."""
        return int(self.markov.shape[1])

    @property
    def is_real(self) -> bool:
        """True if the Markov parameters and D are real."""
        return all_real(self.markov, self.d)


def _check_pairs(weights: Array, rows: dict[str, Array]) -> None:
    """Refuse what is neither a pair nor real: the feedback sums over both members."""
    xp = namespace(weights)
    odd = int(scalar(((weights != 1) & (weights != 2)).sum()))
    if odd:
        raise ParameterError(
            f"weights has {odd} entries other than 1 and 2; the feedback of a "
            "LowRankSystem needs 2 for a conjugate pair and 1 for a real eigenvalue"
        )
    for name, array in rows.items():
        if array.dtype.kind != "c" or not array.size:
            continue
        lost = xp.imag(array) * xp.reshape(weights == 1, (-1,) + (1,) * (array.ndim - 1))
        allowed = ROUNDING * xp.finfo(array.dtype).eps * xp.abs(array).max()
        if bool(scalar(xp.abs(lost).max() > allowed)):
            raise ParameterError(
                f"{name} has complex entries for a mode of weight 1, needed real ones; "
                "give a conjugate pair weight 2, or keep all modes without weights"
            )


def _columns(value: Array, name: str, n: int) -> Array:
    array = as_array(value, name=name, empty=True)  # rank 0 is no feedback
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] != n:
        raise ShapeError(
            f"{name} has shape {array.shape}, needed ({n}, r): one row an eigenvalue"
        )
    return array
