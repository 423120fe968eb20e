"""Dictionaries: the functions psi_1, ..., psi_N of the state that span the search space.

A dictionary is data: the name of a family of functions, their degrees, parameters and
parts. So it can be stored with a result, compared, and evaluated on any device.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from perturbsci.arguments import whole
from perturbsci.backend import namespace
from perturbsci.backend.arrays import as_array
from perturbsci.errors import ParameterError
from perturbsci.koopman import consistency, families, profiles
from perturbsci.koopman.products import tensor_values
from perturbsci.koopman.validity import check_count, check_n_state
from perturbsci.types import Array

__all__ = ["Dictionary", "custom", "linear"]

# Families with one row of ``indices`` a function: values(x, indices, *parameters).
GRADED: dict[str, Callable[..., Array]] = {
    "monomials": families.monomial_values,
    "fourier": families.fourier_values,
    "real_fourier": families.real_fourier_values,
    "chebyshev": families.chebyshev_values,
    "legendre": families.legendre_values,
    "hermite": families.hermite_values,
    "hermite_function": families.hermite_function_values,
}
OTHERS = ("linear", "kernel", "indicator", "custom")
COMPOSED = ("delays", "tensor", "union")


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """A finite set of functions of the state; calling it evaluates all of them.

    Make one with a constructor: ``linear``, ``monomials``, ``fourier``, ``chebyshev``,
    ``legendre``, ``hermite``, ``radial``, ``indicator``, ``delays``, ``tensor``, ``union``,
    ``custom``, ``kernel_dictionary``, ``compress``.

    Parameters
    ----------
    name : str
        How it was made, for summaries.
    family : str
        Which formula evaluates it.
    n_state : int
        The number of columns of a state.
    indices : integer array, shape (n_functions, n_factors), optional
        The degree of function j in factor k; None where there are no degrees.
    parameters : tuple
        Numbers, text and arrays of the formula.
    parts : tuple of Dictionary
        What it is composed of.
    bounds : tuple of float, optional
        ``(sup, slope)``: a bound of ||Psi(x)||_2 and a Lipschitz constant of x -> Psi(x).
    mixing : real or complex array, shape (n_mixed, n_functions), optional
        Multiplied from the right: Psi(x) mixing.
    function : callable, optional
        Of a ``custom`` dictionary: x to an array of shape (n_samples, n_functions).

    Raises
    ------
    ShapeError, ParameterError
        If the fields do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import monomials
    >>> monomials(2)(np.array([[3.0]]))
    array([[1., 3., 9.]])
    """

    name: str
    family: str
    n_state: int
    indices: Array | None = None
    parameters: tuple[object, ...] = ()
    parts: tuple["Dictionary", ...] = ()
    bounds: tuple[float, float] | None = None
    mixing: Array | None = None
    function: Callable[[Array], Array] | None = None

    def __post_init__(self) -> None:
        """Check what evaluation relies on."""
        check_n_state(self.n_state)
        if self.family not in (*GRADED, *OTHERS, *COMPOSED):
            raise ParameterError(
                f"family is {self.family!r:.40}; use a constructor such as fourier(degrees)"
            )
        parameters, indices = self.parameters, self.indices
        if self.family in COMPOSED:
            self._check_parts()
            if self.family == "tensor":
                sizes = [part.n_functions for part in self.parts]
                parameters = (consistency.checked_positions(parameters[0], sizes),)
        else:
            parameters = consistency.checked_parameters(
                self.family, parameters, self.n_state
            )
        if self.family in GRADED:
            indices = consistency.checked_indices(indices, self.family, self.n_state)
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "indices", indices)
        check_count(self._n_mixed, self.name)
        if self.family == "custom" and not callable(self.function):
            raise ParameterError(
                f"function is a {type(self.function).__name__}; pass a callable that "
                "returns an array of shape (n_samples, n_functions)"
            )
        if self.mixing is not None:
            mixing = consistency.checked_mixing(self.mixing, self._n_mixed)
            object.__setattr__(self, "mixing", mixing)
            check_count(self.n_functions, self.name)
        if self.bounds is not None:
            object.__setattr__(self, "bounds", consistency.checked_bounds(self.bounds))

    def _check_parts(self) -> None:
        """Check that the parts take the columns of a state as their family does."""
        widths = [part.n_state for part in self.parts if isinstance(part, Dictionary)]
        count = 1
        if self.family == "delays":
            meaning = "the number of blocks of a delay-embedded state"
            count = whole(self.parameters[0], "count", least=1, meaning=meaning)
        same = self.family != "union" or len(set(widths)) == 1
        total = count * (sum(widths[:1]) if self.family == "union" else sum(widths))
        one = self.family != "delays" or len(widths) == 1
        if len(widths) < len(self.parts) or not (same and one) or total != self.n_state:
            raise ParameterError(
                f"parts of {self.family} take {widths} columns of a state of "
                f"{self.n_state}; use tensor(...), union(...) or delays(...)"
            )

    @property
    def n_functions(self) -> int:
        """The number N of functions."""
        return self._n_mixed if self.mixing is None else int(self.mixing.shape[1])

    @property
    def _n_mixed(self) -> int:
        """The number of functions before mixing."""
        if self.family in GRADED:
            return int(self.indices.shape[0])  # type: ignore[union-attr]
        match self.family:
            case "linear":
                return self.n_state
            case "indicator":
                return math.prod(len(edges) - 1 for edges in self.parameters)  # type: ignore[misc, arg-type]
            case "custom":
                return int(self.parameters[0])  # type: ignore[call-overload]
            case "union":
                return sum(part.n_functions for part in self.parts)
            case "delays":
                base, count = self.parts[0], int(self.parameters[0])  # type: ignore[call-overload]
                return int(count * base.n_functions - (count - 1) * len(base.constants))
        return len(self.parameters[0])  # type: ignore[arg-type]

    @property
    def dtype_kind(self) -> str:
        """``"complex"`` if a value at a real state can be complex, else ``"real"``."""
        mixed = self.mixing is not None and self.mixing.dtype.kind == "c"
        own = self.family in ("fourier", "custom")
        inside = any(part.dtype_kind == "complex" for part in self.parts)
        return "complex" if mixed or own or inside else "real"

    @property
    def constants(self) -> tuple[int, ...]:
        """Which functions are constant, as far as their formulas tell."""
        if self.mixing is not None or self.family in ("hermite_function", "custom"):
            return ()
        if self.family in GRADED and self.indices is not None:
            return tuple(numpy.flatnonzero(~self.indices.any(axis=1)).tolist())
        if self.family == "indicator" and self._n_mixed == 1:
            return (0,)
        if self.family == "delays":
            return self.parts[0].constants
        if self.family == "union":
            ends = numpy.cumsum([0, *(part.n_functions for part in self.parts)]).tolist()
            return tuple(
                start + k
                for start, part in zip(ends, self.parts, strict=False)
                for k in part.constants
            )
        if self.family == "tensor":
            positions = numpy.asarray(self.parameters[0])
            flat = [
                numpy.isin(positions[:, f], part.constants)
                for f, part in enumerate(self.parts)
            ]
            return tuple(numpy.flatnonzero(numpy.all(flat, axis=0)).tolist())
        return ()

    @property
    def coordinates(self) -> tuple[int, ...] | None:
        """Where each coordinate stands among the functions; None if one is missing."""
        place = numpy.full(self.n_state, -1)
        for k, j in self._coordinate_pairs():
            if place[k] < 0:
                place[k] = j
        return None if (place < 0).any() else tuple(place.tolist())

    def _coordinate_pairs(self) -> list[tuple[int, int]]:
        """Return (k, j) where function j is coordinate k."""
        if self.mixing is not None:
            return []
        if self.family == "linear":
            return [(k, k) for k in range(self.n_state)]
        if self.family == "monomials" and self.indices is not None:
            rows = numpy.flatnonzero(self.indices.sum(axis=1) == 1)
            columns = self.indices[rows].argmax(axis=1)
            return list(zip(columns.tolist(), rows.tolist(), strict=True))
        if self.family == "union":
            found, start = [], 0
            for part in self.parts:
                found += [(k, start + j) for k, j in part._coordinate_pairs()]
                start += part.n_functions
            return found
        return []

    def __call__(self, x: Array) -> Array:
        """Evaluate every function at every state.

        Parameters
        ----------
        x : real or complex array, shape (n_samples, n_state)
            States; complex ones for linear functions, monomials and custom ones only.

        Returns
        -------
        psi : array like ``x``, shape (n_samples, n_functions)
            Column j holds psi_j.

        Raises
        ------
        ShapeError
            If the states have another number of columns.
        ParameterError
            If a state is not finite, complex where real is needed, outside the cells of
            indicator functions, or so large that a polynomial overflows.
        """
        x = as_array(x, name="x", ndim=2, columns=self.n_state)
        with numpy.errstate(over="ignore", invalid="ignore"):
            psi = self._values(x)
            if self._grows:
                consistency.check_overflow(psi, x, self.name)
        if self.mixing is None:
            return psi
        xp = namespace(psi)
        mixing = xp.asarray(self.mixing)
        kind = "complex" if mixing.dtype.kind == "c" else "real"
        single = xp.finfo(psi.dtype).bits == 32
        precise = {"real": xp.float32, "complex": xp.complex64}[kind]
        return psi @ (xp.astype(mixing, precise) if single else mixing)

    @property
    def _grows(self) -> bool:
        """Whether values can leave the range of floating point."""
        if self.family == "kernel":
            return self.parameters[1] == "polynomial"
        steep = self.family in ("monomials", "chebyshev", "legendre", "hermite")
        return steep or any(part._grows for part in self.parts)

    def _values(self, x: Array) -> Array:
        xp = namespace(x)
        if self.family in GRADED:
            return GRADED[self.family](x, self.indices, *self.parameters)
        match self.family:
            case "linear":
                return xp.asarray(x, copy=True)
            case "kernel":
                return profiles.kernel_values(x, *self.parameters)  # type: ignore[arg-type]
            case "indicator":
                return profiles.indicator_values(x, self.parameters)
            case "custom":
                assert self.function is not None
                shape = (x.shape[0], self._n_mixed)
                return consistency.checked_values(self.function(x), shape, self.name)
            case "union":
                panels = [part(x) for part in self.parts]
                dtype = xp.result_type(*(panel.dtype for panel in panels))
                return xp.concat([xp.astype(panel, dtype) for panel in panels], axis=1)
            case "delays":
                base, width = self.parts[0], self.parts[0].n_state
                moving = numpy.setdiff1d(numpy.arange(base.n_functions), base.constants)
                panels = [base(x[:, :width])]
                for start in range(width, self.n_state, width):
                    panel = base(x[:, start : start + width])
                    panels.append(xp.take(panel, xp.asarray(moving), axis=1))
                return xp.concat(panels, axis=1)
        ends = numpy.cumsum([0, *(part.n_state for part in self.parts)]).tolist()
        panels = [
            part(x[:, start:end])
            for part, start, end in zip(self.parts, ends[:-1], ends[1:], strict=True)
        ]
        return tensor_values(panels, self.parameters[0])


def linear(n_state: int) -> Dictionary:
    """Return the coordinates themselves: EDMD with them is dynamic mode decomposition.

    Parameters
    ----------
    n_state : int
        The number of columns of a state, at least 1.

    Returns
    -------
    dictionary : Dictionary
        psi_j(x) = x_j.

    Raises
    ------
    ParameterError
        If ``n_state`` is no positive integer.

    Examples
    --------
    >>> linear(3).n_functions
    3
    """
    check_n_state(n_state)
    return Dictionary("linear", "linear", int(n_state))


def custom(
    function: Callable[[Array], Array],
    n_functions: int,
    *,
    n_state: int,
    name: str = "custom",
) -> Dictionary:
    """Return the functions that a callable of yours evaluates.

    Parameters
    ----------
    function : callable
        Takes x of shape (n_samples, n_state), returns real or complex values of shape
        (n_samples, n_functions).
    n_functions : int
        How many.
    n_state : int
        The number of columns of a state.
    name : str
        For summaries and messages.

    Returns
    -------
    dictionary : Dictionary
        Its values are checked on every call. It cannot be stored: a function is no data.

    Raises
    ------
    ParameterError
        If ``function`` cannot be called, or a count is no positive whole number.

    Examples
    --------
    >>> import numpy as np
    >>> tanh = custom(lambda x: np.tanh(x), 1, n_state=1)
    >>> tanh(np.array([[0.0]]))
    array([[0.]])
    """
    if not isinstance(name, str):
        raise ParameterError(f"name is a {type(name).__name__}; pass text for summaries")
    count = whole(
        n_functions, "n_functions", least=1, meaning="how many columns function returns"
    )
    check_n_state(n_state)
    return Dictionary(name, "custom", int(n_state), parameters=(count,), function=function)
