"""States of several data sets as one: the sums add up, and the fields must agree."""

import dataclasses
import functools

from perturbsci.backend import namespace
from perturbsci.errors import ParameterError
from perturbsci.koopman.agreement import check_agreement
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.states import GramState
from perturbsci.koopman.sums import Sums, double, joined, rounded, rounded_squares

__all__ = ["check_additive", "merge", "summed", "sums_of", "traits", "with_sums"]


def merge(*states: GramState) -> GramState:
    """Return the state of all data together.

    Parameters
    ----------
    *states : GramState
        Of the same dictionary, step, form and weight convention.

    Returns
    -------
    state : GramState
        The same in any order and grouping, up to rounding.

    Raises
    ------
    ParameterError
        If there is no state, or they do not belong together.

    Notes
    -----
    Form "gram": a sum of blocks; form "qr": 16/3 (2 n_functions)^3 flops a state.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, accumulate, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> merge(state, state).count, merge(state, state).G.item()
    (4, 2.5)
    """
    if not states:
        raise ParameterError(f"states is {states!r}; pass at least one GramState")
    for k, state in enumerate(states):
        if not isinstance(state, GramState):
            raise ParameterError(
                f"states[{k}] is a {type(state).__name__}; pass what accumulate returns"
            )
        if k:
            check_additive(state, f"states[{k}]", states[0], "states[0]")
    return functools.reduce(_merged, states)


def traits(state: GramState) -> dict[str, object]:
    """Return what must agree before two states are added.

    Parameters
    ----------
    state : GramState
        One of them.

    Returns
    -------
    traits : dict
        For ``agreement.check_agreement``.
    """
    return {
        "form": state.form,
        "operator": state.operator,
        "step": state.step,
        "weighted": not state.uniform,
        "size": (state.n_functions, state.moments.shape[1]),
        "dictionary": state.dictionary,
    }


def check_additive(state: GramState, name: str, other: GramState, its_name: str) -> None:
    """Refuse states that cannot be added, or taken from each other.

    Parameters
    ----------
    state, other : GramState
        The two.
    name, its_name : str
        What the caller's user calls them.

    Raises
    ------
    ParameterError
        If they are of the adjoint, or differ in form, step, dictionary or weights.
    BackendError
        If they live on different devices.
    """
    if state.operator == "adjoint":
        raise ParameterError(
            f"{name} is of the adjoint, whose functions are kernel functions of its own "
            "snapshots; put the snapshots together instead"
        )
    check_agreement(name, traits(state), its_name, traits(other))
    names = (f"{name}.blocks", f"{its_name}.blocks")
    namespace(state.blocks, other.blocks, names=names)


def sums_of(state: GramState) -> Sums:
    """Return the sums of a state in double precision.

    Parameters
    ----------
    state : GramState
        Of either form.

    Returns
    -------
    sums : Sums
        Its arrays themselves if they are double already.
    """
    blocks, moments = double(state.blocks), double(state.moments)
    squares = None if state.squares is None else double(state.squares)
    return Sums(blocks, moments, state.count, state.mass, squares)


def _merged(a: GramState, b: GramState) -> GramState:
    sampling = a.sampling if a.sampling == b.sampling else "unknown"
    dtype = namespace(a.blocks).result_type(a.blocks.dtype, b.blocks.dtype)
    return with_sums(a, joined(a.form, sums_of(a), sums_of(b)), sampling, dtype)


def with_sums(
    state: GramState, sums: Sums, sampling: str | None = None, dtype: object = None
) -> GramState:
    """Return a state of the same kind over other samples.

    Parameters
    ----------
    state : GramState
        Gives form, step, dictionary and the rest.
    sums : Sums
        Over the samples.
    sampling : str, optional
        Default that of the state.
    dtype : dtype, optional
        Of the features; default that of the state's blocks.

    Returns
    -------
    state : GramState
        In the precision of ``dtype``.
    """
    dtype = state.blocks.dtype if dtype is None else dtype
    return dataclasses.replace(
        state,
        blocks=rounded(sums.blocks, dtype),
        moments=rounded(sums.moments, dtype),
        count=sums.count,
        mass=sums.mass,
        sampling=state.sampling if sampling is None else sampling,
        squares=rounded_squares(sums, dtype),
    )


def summed(
    sums: Sums,
    dtype: object,
    *,
    form: str,
    uniform: bool,
    step: float,
    dictionary: Dictionary,
    sampling: str,
) -> GramState:
    """Return the state of sums over samples.

    Parameters
    ----------
    sums : Sums
        In double precision.
    dtype : dtype
        Of the features.
    form, uniform, step, dictionary, sampling
        Fields of the state.

    Returns
    -------
    state : GramState
        In the precision of the features.
    """
    return GramState(
        form=form,
        blocks=rounded(sums.blocks, dtype),
        moments=rounded(sums.moments, dtype),
        count=sums.count,
        mass=sums.mass,
        uniform=uniform,
        step=step,
        dictionary=dictionary,
        sampling=sampling,
        squares=rounded_squares(sums, dtype),
    )
