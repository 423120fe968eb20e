"""Gram states: everything about the pairs that a spectrum needs, in bounded memory.

Z = [Psi_X Psi_Y], S = Z* W Z; its blocks are G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y and
L = Psi_Y* W Psi_Y. States of two data sets add up, and samples can be taken away again.
"""

import functools
import warnings
from collections.abc import Iterable
from numbers import Real

from perturbsci.arguments import one_of, whole
from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import scalar
from perturbsci.errors import AccuracyWarning, ParameterError
from perturbsci.koopman.agreement import (
    check_agreement,
    check_dictionary,
    check_snapshots,
)
from perturbsci.koopman.chunking import pieces
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.joining import (
    check_additive,
    merge,
    summed,
    sums_of,
    traits,
    with_sums,
)
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import FORMS, GramState
from perturbsci.koopman.sums import Sums, added, faded, joined

__all__ = ["accumulate", "discard", "gram_state"]

# lambda_min(G) below minus this times ||G|| after samples were taken away: digits are lost.
INDEFINITE = 1e-10


def accumulate(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    form: str = "gram",
    onto: GramState | None = None,
    forgetting: float = 1.0,
    chunk: int | None = None,
) -> GramState:
    """Sum up what a spectrum needs of the data: one pass, bounded memory.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        A generator is read once; a state is added to ``onto``.
    dictionary : Dictionary, optional
        The functions; default those of ``onto``, else ``linear(n_state)``.
    form : str
        ``"gram"``, or ``"qr"`` which keeps the digits that squaring loses.
    onto : GramState, optional
        The sums so far; not modified.
    forgetting : float
        In (0, 1]: what the sums so far are multiplied with before each portion is added.
        A portion is ``chunk`` samples where ``chunk`` is given, else one Snapshots.
    chunk : int, optional
        Samples held at once; default 32 MB of features (8 MB and more of form "qr").

    Returns
    -------
    state : GramState
        In the precision of the features; sums are carried in double precision.

    Raises
    ------
    ShapeError
        If there is no data, or the dictionary is for states of another width.
    ParameterError
        If an option is outside its range, a feature is not finite, or data, ``onto`` and
        dictionary do not belong together.

    Notes
    -----
    4 n_samples n_functions^2 flops for real functions (one symmetric update of
    [Psi_X Psi_Y] a chunk), four times that for complex ones; form "qr" takes about 20
    times as long. Memory beyond the data: one chunk of features, and S. Form "gram" is
    bitwise the same for any number of threads of OpenBLAS, "qr" for one number.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> accumulate(Snapshots(x + 1, x), onto=state, forgetting=0.5).mass
    3.0
    """
    one_of(form, "form", FORMS)
    _check_forgetting(forgetting)
    if chunk is not None:
        chunk = whole(chunk, "chunk", least=1, meaning="how many samples are held at once")
    if not isinstance(onto, GramState | None):
        raise ParameterError(f"onto is a {type(onto).__name__}; pass a GramState")
    if isinstance(data, GramState):
        return _state_onto(data, dictionary, form, onto, forgetting)
    portions = pieces(data)
    first = next(portions)
    functions = _functions_on(first, dictionary, onto)
    add = functools.partial(
        added, dictionary=functions, form=form, forgetting=forgetting, chunk=chunk
    )
    total, panel = add(_start(first, functions, form, onto), first)
    samplings = {first.sampling, first.sampling if onto is None else onto.sampling}
    for piece in portions:
        samplings.add(piece.sampling)
        total, panel = add(total, piece, held=panel)
    features = [panel] if onto is None else [panel, onto.blocks]
    dtype = namespace(panel).result_type(*(array.dtype for array in features))
    return summed(
        total,
        dtype,
        form=form,
        uniform=first.weights is None,
        step=first.step if onto is None else onto.step,
        dictionary=functions,
        sampling=samplings.pop() if len(samplings) == 1 else "unknown",
    )


def gram_state(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None = None,
    *,
    form: str = "gram",
    chunk: int | None = None,
) -> GramState:
    """Return the Gram state of whatever a user may pass as data.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        A state passes through, of either form.
    dictionary : Dictionary, optional
        The functions, default ``linear(n_state)``; None with a state, which has its own.
    form : str
        What is needed: ``"qr"`` refuses states of form "gram".
    chunk : int, optional
        As for ``accumulate``.

    Returns
    -------
    state : GramState
        Of the data.

    Raises
    ------
    ShapeError, ParameterError
        As ``accumulate``; if a dictionary comes with a state.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots
    >>> x = np.array([[1.0], [2.0]])
    >>> gram_state(Snapshots(x, x / 2)).dictionary.name
    'linear'
    """
    if not isinstance(data, GramState):
        return accumulate(data, dictionary, form=form, chunk=chunk)
    if dictionary is not None:
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__} beside a GramState, which has "
            "its functions already; leave it out, or pass the Snapshots"
        )
    if one_of(form, "form", FORMS) == "qr" and data.form != "qr":
        raise ParameterError(
            f'data is a GramState of form {data.form!r}, needed "qr"; accumulate the '
            'Snapshots with form="qr"'
        )
    return data


def discard(state: GramState, snapshots: Snapshots) -> GramState:
    """Take samples away again: the past of a sliding window.

    Parameters
    ----------
    state : GramState
        Of form "gram", made without forgetting, with these samples among its own.
    snapshots : Snapshots
        What to take away, with the weights it came with.

    Returns
    -------
    state : GramState
        Of the samples that remain.

    Raises
    ------
    ShapeError
        If the snapshots are for states of another width.
    ParameterError
        If the state is of form "qr", of the adjoint or without a dictionary, has
        forgotten, or nothing would remain.

    Warns
    -----
    AccuracyWarning
        If the smallest eigenvalue of the new G is below -1e-10 ||G||, or what was taken
        away was so much larger than what remains that its rounding matters: accumulate the
        remaining samples again.

    Notes
    -----
    Rounding errors of what was taken away stay: each discard adds about one unit roundoff
    of the old S. 4 n_functions^2 flops a sample and 10 n_functions^3 for the eigenvalues.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> discard(state, Snapshots(x[:2], x[:2] / 2)).G.item()
    12.5
    """
    if not isinstance(state, GramState):
        raise ParameterError(
            f"state is a {type(state).__name__}; pass what accumulate returns"
        )
    if state.form != "gram" or state.operator != "koopman" or state.dictionary is None:
        name = None if state.dictionary is None else state.dictionary.name
        raise ParameterError(
            f"state has form {state.form!r}, operator {state.operator!r} and dictionary "
            f'{name!r}; only states of form "gram" that accumulate made can lose samples: '
            "accumulate the remaining ones"
        )
    check_snapshots(snapshots)
    part = accumulate(snapshots, state.dictionary)
    check_additive(part, "snapshots", state, "state")
    if state.uniform and abs(state.mass - state.count) > 1e-12 * state.count:
        raise ParameterError(
            f"state has forgotten: mass {state.mass:.6g} of {state.count} samples, so that "
            "one sample does not weigh 1; use forgetting or a window, not both"
        )
    if part.count >= state.count or not state.mass > part.mass:
        raise ParameterError(
            f"snapshots has {part.count} samples of mass {part.mass:.6g} but state only "
            f"{state.count} of mass {state.mass:.6g}; nothing would remain: accumulate anew"
        )
    remaining = with_sums(state, joined("gram", sums_of(state), sums_of(part), sign=-1))
    _warn_of_lost_digits(state, remaining)
    return remaining


def _warn_of_lost_digits(before: GramState, after: GramState) -> None:
    xp = namespace(after.blocks)
    unit = float(xp.finfo(after.blocks.dtype).eps)
    values = linalg.eigh(after.blocks[: after.n_functions, : after.n_functions])[0]
    smallest, largest = float(scalar(values[0])), float(scalar(values[-1]))
    size = max(largest, -smallest)
    noise = unit * linalg.norm(before.blocks)
    limit = max(INDEFINITE, 100 * unit * after.n_functions)  # the second of single data
    if smallest < -limit * size or noise > limit * size:
        warnings.warn(
            f"discard left G with eigenvalues from {smallest:.3g} to {largest:.3g}, after "
            f"rounding errors of about {noise:.3g}: digits are lost; accumulate the "
            "remaining samples again",
            AccuracyWarning,
            stacklevel=3,
        )


def _functions_on(
    piece: Snapshots, dictionary: Dictionary | None, onto: GramState | None
) -> Dictionary:
    """Return the functions to be summed up, for states of this width."""
    if dictionary is None and onto is not None:
        dictionary = onto.dictionary
    if dictionary is None:
        dictionary = linear(piece.n_state)
    check_dictionary(dictionary, piece.n_state)
    return dictionary


def _start(
    piece: Snapshots, dictionary: Dictionary, form: str, onto: GramState | None
) -> Sums | None:
    """Return the sums so far, once it is clear that the data can be added to them."""
    if onto is None:
        return None
    found = {
        "form": form,
        "operator": "koopman",
        "step": piece.step,
        "weighted": piece.weights is not None,
        "size": (dictionary.n_functions, piece.n_state),
        "dictionary": dictionary,
    }
    check_agreement("data", found, "onto", traits(onto))
    namespace(piece.x, onto.blocks, names=("data.x", "onto.blocks"))
    return sums_of(onto)


def _check_forgetting(forgetting: float) -> None:
    number = isinstance(forgetting, Real) and not isinstance(forgetting, bool)
    if not (number and 0 < forgetting <= 1):
        raise ParameterError(
            f"forgetting is {forgetting!r:.60}; what earlier sums are multiplied with lies "
            "in (0, 1], 1 forgets nothing"
        )


def _state_onto(
    data: GramState,
    dictionary: Dictionary | None,
    form: str,
    onto: GramState | None,
    forgetting: float,
) -> GramState:
    """Return a state as data: itself, or added to another one."""
    needed = {"form": form, "dictionary": data.dictionary}
    found = {"form": data.form, "dictionary": dictionary or data.dictionary}
    check_agreement("data", found, "the call", needed)
    if onto is None:
        return data
    check_additive(data, "data", onto, "onto")
    past = with_sums(onto, faded(form, sums_of(onto), forgetting))
    return merge(past, data)
