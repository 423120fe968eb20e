"""Shapes of the arrays of a system: state, input and output ports, copies, steps.

A system with n states, m inputs and p outputs has b (n, m), c (p, n) and d (p, m). Copies
are leading axes that all its arrays share: so many systems of one size side by side.
"""

import math
from numbers import Real

from perturbsci.arguments import is_finite_number
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.backend.operands import shared_namespace
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.types import Array

__all__ = ["clean_ports", "clean_step", "clean_weights"]


def clean_ports(
    state: dict[str, Array], n: int, copies: tuple[int, ...], ports: dict[str, Array]
) -> tuple[Array, Array, Array | None]:
    """Return b, c and d that fit a state and one another.

    Parameters
    ----------
    state : dict of array, shape (...)
        Arrays that are clean already, by the names of the arguments.
    n : int
        Number of states.
    copies : tuple of int
        Leading axes that every array must have.
    ports : dict of array_like
        ``"b"``, shape (..., n, m) or (..., n); ``"c"``, shape (..., p, n) or (..., n);
        ``"d"``, shape (..., p, m), or None.

    Returns
    -------
    b : array, shape (..., n, m)
        One column for what came without an axis of inputs.
    c : array, shape (..., p, n)
        One row for what came without an axis of outputs.
    d : array, shape (..., p, m), or None
        A single number is read as one input and one output.

    Raises
    ------
    ShapeError
        If the shapes do not fit together.
    ParameterError
        If an entry is not finite, or precisions are mixed.
    """
    b, c = (as_array(ports[name], name=name) for name in "bc")
    rank = len(copies)
    b = b[..., None] if b.ndim == rank + 1 else b
    c = c[..., None, :] if c.ndim == rank + 1 else c
    names = " and ".join(state)
    if b.ndim != rank + 2 or b.shape[:-1] != (*copies, n):
        raise ShapeError(
            f"b has shape {b.shape}, needed {_shape(copies, n, 'm')} for {names} with "
            f"{n} states; row k of b belongs to state k"
        )
    if c.ndim != rank + 2 or (*c.shape[:-2], c.shape[-1]) != (*copies, n):
        raise ShapeError(
            f"c has shape {c.shape}, needed {_shape(copies, 'p', n)} for {names} with "
            f"{n} states; column k of c belongs to state k"
        )
    d = None if ports["d"] is None else as_array(ports["d"], name="d")
    if d is not None:
        needed = (*copies, c.shape[-2], b.shape[-1])
        d = d.reshape(needed) if d.size == 1 == math.prod(needed) else d
        if d.shape != needed:
            raise ShapeError(
                f"d has shape {d.shape}, needed {needed}: one row an output of c, one "
                "column an input of b"
            )
    shared_namespace(state | {"b": b, "c": c, "d": d})
    return b, c, d


def _shape(copies: tuple[int, ...], *last: int | str) -> str:
    return "(" + ", ".join(str(each) for each in (*copies, *last)) + ")"


def clean_step(
    step: object, copies: tuple[int, ...] = (), n: int | None = None, *, optional: bool
) -> float | Array | None:
    """Return a step: a positive number, or an array of them for copies or states.

    Parameters
    ----------
    step : object
        What was passed.
    copies : tuple of int
        The axes of copies of the system.
    n : int, optional
        Number of states, where a step for each of them is allowed.
    optional : bool
        None is allowed: continuous time.

    Returns
    -------
    step : float, array, shape (...) or (..., n), or None
        Clean.

    Raises
    ------
    ParameterError
        If it is not positive and finite.
    ShapeError
        If the shape is none of those.
    """
    if step is None and optional:
        return None
    if is_finite_number(step) and step > 0:  # type: ignore[operator]
        return float(step)  # type: ignore[arg-type]
    if step is not None and not isinstance(step, (Real, bool, str, complex)):
        return _steps(step, copies, n)
    advice = ", or None for continuous time" if optional else ""
    raise ParameterError(
        f"step is {step!r:.60}; pass one positive number of time units{advice}"
    )


def _steps(step: object, copies: tuple[int, ...], n: int | None) -> float | Array:
    steps = as_array(step, name="step", real=True)
    if not bool(scalar((steps > 0).all())):
        raise ParameterError(
            f"step has minimum {float(scalar(steps.min())):g}; steps are positive"
        )
    if steps.shape == ():
        return float(scalar(steps))
    allowed = [shape for shape in (copies, (*copies, n)) if shape and shape[-1]]
    if steps.shape not in allowed:
        shapes = " or ".join(str(shape) for shape in allowed)
        raise ShapeError(
            f"step has shape {steps.shape}, needed one number"
            f"{' or shape ' + shapes if shapes else ''}: one step a copy or a state"
        )
    return steps


def clean_weights(weights: object, n: int, copies: tuple[int, ...]) -> Array | None:
    """Return the weights of the states in the output.

    Parameters
    ----------
    weights : object
        What was passed.
    n : int
        Number of states.
    copies : tuple of int
        The axes of copies of the system.

    Returns
    -------
    weights : real array, shape (n,) or (..., n), or None
        Clean.

    Raises
    ------
    ShapeError
        If the shape is none of those.
    ParameterError
        If they are complex, not finite or negative.
    """
    if weights is None:
        return None
    clean = as_array(weights, name="weights", real=True)
    if clean.shape not in ((n,), (*copies, n)):
        raise ShapeError(
            f"weights has shape {clean.shape}, needed ({n},): one number a kept mode, 2 "
            "for a conjugate pair and 1 for a real eigenvalue"
        )
    if bool(scalar((clean < 0).any())):
        raise ParameterError(
            f"weights has minimum {float(scalar(clean.min())):g}; it must be 2 for a "
            "conjugate pair and 1 for a real eigenvalue"
        )
    return clean
