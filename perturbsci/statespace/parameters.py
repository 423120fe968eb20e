"""The parameters of a classifier: their names and shapes, and what they start from.

``encoder.weights``, ``encoder.bias``; for each block ``layer0.modes.decay``, ``frequency``,
``b``, ``c``, ``d`` and ``log_step``, ``layer0.mixing`` (of copies only), ``layer0.norm``;
``decoder.weights``, ``decoder.bias``.
"""

import math
from collections.abc import Mapping

import numpy

from perturbsci.errors import ParameterError
from perturbsci.statespace.initializations import initialize
from perturbsci.statespace.state_layers import named
from perturbsci.statespace.systems import DiagonalSystem
from perturbsci.types import Array

__all__ = ["expected_shapes", "starting_values"]

WHOLE_BLOCK = {"s4-ptd": "s5-ptd", "s4d-legs": "s5"}  # the same memory, many ports


def expected_shapes(
    layer: str, arrays: Mapping[str, Array]
) -> dict[str, tuple[tuple[int, ...], str]]:
    """Return shape and kind of every parameter, from those that fix the sizes.

    Parameters
    ----------
    layer : str
        ``"s4d"`` or ``"s5"``.
    arrays : mapping of str to array, shape (...)
        Parameters by name.

    Returns
    -------
    expected : dict of (tuple of int, str)
        Shape, and the kinds of dtype that are allowed.

    Raises
    ------
    ParameterError
        If those that fix the sizes are missing, or no matrices.
    """
    keys = ("encoder.weights", "decoder.weights", "layer0.modes.frequency")
    if any(key not in arrays or arrays[key].ndim != 2 for key in keys):
        raise ParameterError(
            f"parameters have no matrices {', '.join(keys)}; keep the keys and shapes of "
            "model.parameters"
        )
    (n_inputs, width), n_classes = arrays[keys[0]].shape, arrays[keys[1]].shape[1]
    n = arrays[keys[2]].shape[1]
    g, m = (width, 1) if layer == "s4d" else (1, width)
    of_layer = {
        "modes.decay": ((g, n), "f"),
        "modes.frequency": ((g, n), "f"),
        "modes.b": ((g, n, m), "fc"),
        "modes.c": ((g, m, n), "fc"),
        "modes.d": ((width,), "f"),
        "modes.log_step": ((g, 1 if layer == "s4d" else n), "f"),
        "norm.scale": ((width,), "f"),
        "norm.shift": ((width,), "f"),
    }
    if layer == "s4d":
        of_layer |= {
            "mixing.weights": ((width, width), "f"),
            "mixing.bias": ((width,), "f"),
        }
    depth = sum(name.endswith(".modes.decay") for name in arrays)
    return {
        "encoder.weights": ((n_inputs, width), "f"),
        "encoder.bias": ((width,), "f"),
        **{
            f"layer{k}.{name}": each
            for k in range(depth)
            for name, each in of_layer.items()
        },
        "decoder.weights": ((width, n_classes), "f"),
        "decoder.bias": ((n_classes,), "f"),
    }


def starting_values(
    layer: str,
    initialization: str,
    sizes: Mapping[str, int],
    step_range: tuple[float, float],
    rng: numpy.random.Generator,
) -> dict[str, numpy.ndarray]:
    """Return parameters to begin with.

    Parameters
    ----------
    layer : str
        ``"s4d"`` or ``"s5"``.
    initialization : str
        For ``initialize``, a diagonal one in continuous time.
    sizes : mapping of str to int
        ``n_inputs``, ``n_classes``, ``n_state``, ``width``, ``depth``.
    step_range : tuple of float
        Of the steps.
    rng : numpy.random.Generator
        Of all draws.

    Returns
    -------
    values : dict of array, shape (...)
        On the host; weights have variance one over the number of their inputs.
    """
    m, width = sizes["n_inputs"], sizes["width"]
    values = {"encoder.weights": _normal(rng, m, width), "encoder.bias": numpy.zeros(width)}
    for k in range(sizes["depth"]):
        system, steps = _system(
            layer, initialization, sizes["n_state"], width, step_range, rng
        )
        values |= named(f"layer{k}", _block(layer, system, steps, width, rng))
    values["decoder.weights"] = _normal(rng, width, sizes["n_classes"])
    values["decoder.bias"] = numpy.zeros(sizes["n_classes"])
    return values


def _normal(rng: numpy.random.Generator, rows: int, columns: int) -> numpy.ndarray:
    return rng.standard_normal((rows, columns)) / math.sqrt(rows)


def _system(
    layer: str,
    initialization: str,
    n_state: int,
    width: int,
    step_range: tuple[float, float],
    rng: numpy.random.Generator,
) -> tuple[DiagonalSystem, numpy.ndarray]:
    """Return many copies of one port, or one copy of many ports, and their steps."""
    if layer == "s4d":
        begun = initialize(
            initialization,
            n_state,
            copies=width,
            step_range=step_range,
            seed=rng,
            backend="numpy",
        )
        steps = begun.steps[:, None]
    else:
        begun = initialize(
            WHOLE_BLOCK.get(initialization, initialization),
            n_state,
            inputs=width,
            outputs=width,
            step_range=step_range,
            seed=rng,
            backend="numpy",
        )
        steps = numpy.broadcast_to(begun.steps, (1, begun.system.n_state)).copy()
    assert isinstance(begun.system, DiagonalSystem)
    return begun.system, steps


def _block(
    layer: str,
    system: DiagonalSystem,
    steps: numpy.ndarray,
    width: int,
    rng: numpy.random.Generator,
) -> dict[str, numpy.ndarray]:
    values, b = system.eigenvalues, system.b
    c = system.c * system.weights  # a pair counts twice: from here on y = Re(C x)
    if layer == "s5":
        values, b, c = values[None], b[None], c[None]
    found = {
        "modes.decay": numpy.log(-values.real),
        "modes.frequency": values.imag.copy(),
        "modes.b": b,
        "modes.c": c,
        "modes.d": rng.standard_normal(width),
        "modes.log_step": numpy.log(steps),
        "norm.scale": numpy.ones(width),
        "norm.shift": numpy.zeros(width),
    }
    if layer == "s4d":
        found["mixing.weights"] = _normal(rng, width, width)
        found["mixing.bias"] = numpy.zeros(width)
    return found
