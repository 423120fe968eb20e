"""Linear systems x' = A x + B u, y = C x + D u, as frozen arrays.

In discrete time x_k = A x_(k-1) + B u_k, y_k = C x_k + D u_k: the input of a step acts in
that step, as in the S4 family, so that the transfer function is C (I - A/z)^-1 B + D.

Reference: Gu, Goel and Ré (2022).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy

from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.statespace.ports import clean_ports, clean_step, clean_weights
from perturbsci.types import Array

__all__ = [
    "DenseSystem",
    "DiagonalSystem",
    "StateSpace",
    "all_real",
    "check_halved",
    "freeze",
]


class StateSpace:
    """The abstract base of systems; a final subclass is a frozen dataclass.

    Every subclass has ``d`` and ``step``; ``step`` is None in continuous time.

    Raises
    ------
    TypeError
        If the base itself is called: it has no arrays.

    Examples
    --------
    >>> isinstance(DenseSystem([[-1.0]], [1.0], [1.0]), StateSpace)
    True
    """

    __slots__ = ()
    b: Array  # of all but a HankelSystem
    c: Array
    d: Array | None
    step: float | Array | None

    def __init__(self) -> None:
        raise TypeError(
            f"{type(self).__name__} is abstract; make a DenseSystem or a DiagonalSystem"
        )

    @property
    def is_discrete(self) -> bool:
        """True if the system has a step."""
        return self.step is not None

    @property
    def n_state(self) -> int:
        """The number of states, kept ones for a halved system."""
        raise NotImplementedError(f"{type(self).__name__} has no states")

    @property
    def n_inputs(self) -> int:
        """The number of inputs, m."""
        return int(self.b.shape[-1])

    @property
    def n_outputs(self) -> int:
        """The number of outputs, p."""
        return int(self.c.shape[-2])

    @property
    def copies(self) -> tuple[int, ...]:
        """The leading axes that all arrays share; empty for one system."""
        return ()

    @property
    def is_real(self) -> bool:
        """True if real inputs give real outputs by construction."""
        raise NotImplementedError(f"{type(self).__name__} has no arrays")

    def feedthrough(self) -> Array:
        """Return D, zeros where the system has none.

        Returns
        -------
        d : array, shape (..., p, m)
            On the device of the system.
        """
        if self.d is not None:
            return self.d
        arrays = (getattr(self, each.name) for each in dataclasses.fields(self))  # type: ignore[arg-type]
        first = next(each for each in arrays if hasattr(each, "dtype"))
        shape = (*self.copies, self.n_outputs, self.n_inputs)
        xp = namespace(first)
        return xp.zeros(shape, dtype=xp.finfo(first.dtype).dtype)


@dataclass(frozen=True, slots=True, eq=False)
class DenseSystem(StateSpace):
    """A system given by full matrices.

    Parameters
    ----------
    a : real or complex array, shape (n, n)
        A; per time unit, or per step in discrete time.
    b : real or complex array, shape (n, m) or (n,)
        B; one axis is one input.
    c : real or complex array, shape (p, n) or (n,)
        C; one axis is one output.
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
    >>> system = DenseSystem([[0.0, 1.0], [-1.0, -1.0]], [0.0, 1.0], [1.0, 0.0])
    >>> system.b.shape, system.c.shape, system.n_state
    ((2, 1), (1, 2), 2)
    """

    a: Array
    b: Array
    c: Array
    d: Array | None = None
    step: float | None = None

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        a = as_array(self.a, name="a", ndim=2)
        if a.shape[0] != a.shape[1]:
            raise ShapeError(
                f"a has shape {a.shape}, needed (n, n); rows and columns of a are states"
            )
        ports = {"b": self.b, "c": self.c, "d": self.d}
        b, c, d = clean_ports({"a": a}, a.shape[0], (), ports)
        step = clean_step(self.step, optional=True)
        freeze(self, {"a": a, "b": b, "c": c, "d": d, "step": step})

    @property
    def n_state(self) -> int:
        """The number of states."""
        return int(self.a.shape[0])

    @property
    def is_real(self) -> bool:
        """True if all arrays are real."""
        return all_real(self.a, self.b, self.c, self.d)


@dataclass(frozen=True, slots=True, eq=False)
class DiagonalSystem(StateSpace):
    """A system in its eigenbasis: each state is a mode of its own.

    Without weights y = C x + D u. With weights the system is real and *halved*: of each
    conjugate pair of modes one is kept, and y = Re(C diag(weights) x) + D u.

    Parameters
    ----------
    eigenvalues : real or complex array, shape (..., n)
        Diagonal of A; leading axes are copies, which every array then has.
    b : real or complex array, shape (..., n, m) or (..., n)
        B; without its last axis one input.
    c : real or complex array, shape (..., p, n) or (..., n)
        C; without its axis of outputs one output.
    d : real or complex array, shape (..., p, m), optional
        D; None is zero.
    step : float or array, shape (...) or (..., n), optional
        Positive; one number, one a copy, or one a state; None is continuous time.
    weights : real array, shape (n,) or (..., n), optional
        2 for the kept member (Im > 0) of a conjugate pair, 1 for a real eigenvalue.
    exponents : array, shape (..., n), optional
        Of a discrete system, logarithms of the eigenvalues: lambda h before it was
        exponentiated and rounded. In single precision ``convolution_kernel`` uses them.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite, precisions are mixed, the step is not positive, D of a
        halved system is complex, or the exponents belong to other eigenvalues.

    Examples
    --------
    >>> pair = DiagonalSystem([-1.0 + 2.0j], [1.0 + 0j], [0.5 + 0j], weights=[2.0])
    >>> pair.is_real, pair.n_state, pair.copies
    (True, 1, ())
    """

    eigenvalues: Array
    b: Array
    c: Array
    d: Array | None = None
    step: float | Array | None = None
    weights: Array | None = None
    exponents: Array | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        eigenvalues = as_array(self.eigenvalues, name="eigenvalues")
        if eigenvalues.ndim == 0:
            raise ShapeError(
                f"eigenvalues has shape {eigenvalues.shape}, needed (..., n); for one mode "
                "pass a list of one number"
            )
        *leading, n = eigenvalues.shape
        copies = tuple(leading)
        state = {"eigenvalues": eigenvalues}
        weights = clean_weights(self.weights, n, copies)
        if weights is not None:
            weights = namespace(weights).astype(weights, _real_dtype(eigenvalues))
        ports = {"b": self.b, "c": self.c, "d": self.d}
        b, c, d = clean_ports(state, n, copies, ports)
        check_halved(weights, d)
        step = clean_step(self.step, copies, n, optional=True)
        exponents = self.exponents
        if exponents is not None:
            exponents = _clean_exponents(exponents, eigenvalues)
        ports = {"b": b, "c": c, "d": d}
        rest = {"step": step, "weights": weights, "exponents": exponents}
        freeze(self, {**state, **ports, **rest})

    @property
    def n_state(self) -> int:
        """The number of modes, kept ones if the system is halved."""
        return int(self.eigenvalues.shape[-1])

    @property
    def copies(self) -> tuple[int, ...]:
        """The leading axes that all arrays share; empty for one system."""
        return tuple(int(extent) for extent in self.eigenvalues.shape[:-1])

    @property
    def is_real(self) -> bool:
        """True if the system is halved or all arrays are real."""
        halved = self.weights is not None
        return halved or all_real(self.eigenvalues, self.b, self.c, self.d)

    @property
    def weighted_c(self) -> Array:
        """C diag(weights), C itself where all modes are kept."""
        return self.c if self.weights is None else self.c * self.weights[..., None, :]


def check_halved(weights: Array | None, d: Array | None) -> None:
    """Refuse a complex D beside weights: a halved system is real.

    Parameters
    ----------
    weights : real array, shape (..., n), or None
        Those of the system.
    d : array, shape (..., p, m), or None
        Its D.

    Raises
    ------
    ParameterError
        If D is complex and there are weights.
    """
    if weights is not None and d is not None and d.dtype.kind == "c":
        raise ParameterError(
            f"d has dtype {d.dtype} beside weights, needed real numbers: a halved system "
            "is real; pass d.real, or all modes without weights"
        )


def freeze(system: StateSpace, values: Mapping[str, object]) -> None:
    """Set the checked fields of a frozen system.

    Parameters
    ----------
    system : StateSpace
        While it is made.
    values : mapping of str to object
        By field.
    """
    for name, value in values.items():
        object.__setattr__(system, name, value)


def all_real(*arrays: Array | None) -> bool:
    """Tell whether arrays are real.

    Parameters
    ----------
    *arrays : array, shape (...), or None
        None counts as real.

    Returns
    -------
    real : bool
        By their dtypes.
    """
    return all(each is None or each.dtype.kind == "f" for each in arrays)


def _real_dtype(array: Array) -> object:
    return namespace(array).finfo(array.dtype).dtype


def _clean_exponents(value: object, eigenvalues: Array) -> Array:
    """Return the logarithms, compared with what they are the logarithms of."""
    exponents = as_array(value, name="exponents")
    if exponents.shape != eigenvalues.shape:
        raise ShapeError(
            f"exponents has shape {exponents.shape}, needed {eigenvalues.shape}: one "
            "logarithm an eigenvalue"
        )
    xp = namespace(exponents, eigenvalues, names=("exponents", "eigenvalues"))
    rounding = float(xp.finfo(eigenvalues.dtype).eps)
    expected = xp.exp(xp.astype(exponents, xp.complex128))
    # exp turns the rounding of its argument into a relative error of that size.
    allowed = rounding * (16 + 4 * xp.abs(exponents)) * xp.abs(expected)
    off = xp.abs(expected - eigenvalues) > allowed + numpy.finfo(numpy.float32).tiny
    if bool(scalar(off.any())):
        raise ParameterError(
            f"exponents has {int(scalar(off.sum()))} entries whose exponentials are not "
            "the eigenvalues; leave exponents out where eigenvalues are replaced"
        )
    return exponents
