"""Gram states: everything about the pairs that a spectrum needs, in bounded memory.

Z = [Psi_X Psi_Y], S = Z* W Z; its blocks are G = Psi_X* W Psi_X, A = Psi_X* W Psi_Y and
L = Psi_Y* W Psi_Y. States of two data sets add up, and samples can be taken away again.
"""

import dataclasses
import functools
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real

from perturbsci.backend import linalg, namespace
from perturbsci.backend.arrays import as_array, scalar
from perturbsci.errors import AccuracyWarning, ParameterError, ShapeError
from perturbsci.koopman.agreement import check_agreement
from perturbsci.koopman.chunking import pieces
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.gram_fields import check_widths, checked_blocks, checked_squares
from perturbsci.koopman.snapshots import SAMPLINGS, Snapshots
from perturbsci.koopman.sums import (
    Sums,
    added,
    double,
    faded,
    joined,
    rounded,
    rounded_squares,
)
from perturbsci.koopman.validity import checked_choice, checked_positive, checked_whole
from perturbsci.types import Array

__all__ = ["GramState", "accumulate", "discard", "gram_state", "merge"]

FORMS = ("gram", "qr")
OPERATORS = ("koopman", "adjoint")
# lambda_min(G) below minus this times ||G|| after samples were taken away: digits are lost.
INDEFINITE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class GramState:
    """The Gram matrices of a dictionary on pairs.

    Parameters
    ----------
    form : str
        ``"gram"``: ``blocks`` is S = Z* W Z; ``"qr"``: ``blocks`` is the triangular factor
        R of sqrt(W) Z.
    blocks : array, shape (2 n_functions, 2 n_functions)
        Sums over the samples, not divided by the mass.
    moments : array, shape (n_functions, n_state)
        Psi_X* W X.
    count : int
        Number of samples.
    mass : float
        Sum of the weights; ``count`` without weights (less what was forgotten).
    uniform : bool
        Whether the samples had no weights: then G, A, L are divided by the mass.
    step : float
        Time between x and y.
    dictionary : Dictionary or None
        The functions.
    operator : str
        ``"koopman"`` or ``"adjoint"``.
    sampling : str
        As that of the snapshots; ``"unknown"`` where they differ.
    squares : real array, shape (n_state,), optional
        Sums of w abs(x)^2 of each coordinate: what a forecast of a coordinate outside the
        span of the functions has to know.

    Raises
    ------
    ShapeError
        If blocks, moments and dictionary do not fit together.
    ParameterError
        If an entry is not finite, S is not Hermitian, R is not triangular, or another
        field has no meaning.

    Notes
    -----
    Each use of ``G``, ``A`` or ``L`` copies its block; for form "qr" it costs a product
    of two of them.

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> state.G.item(), state.A.item(), state.L.item()
    (2.5, 1.25, 0.625)
    """

    form: str
    blocks: Array
    moments: Array
    count: int
    mass: float
    uniform: bool
    step: float
    dictionary: Dictionary | None = None
    operator: str = "koopman"
    sampling: str = "unknown"
    squares: Array | None = None

    def __post_init__(self) -> None:
        """Check that the fields fit together: a state can be made by hand."""
        checked_choice(self.form, "form", FORMS)
        checked_choice(self.operator, "operator", OPERATORS)
        checked_choice(self.sampling, "sampling", SAMPLINGS)
        checked = {
            "blocks": checked_blocks(self.blocks, self.form),
            "moments": as_array(self.moments, name="moments", ndim=2, empty=True),
            "count": checked_whole(self.count, "count", 1, "the number of samples"),
            "mass": checked_positive(self.mass, "mass", "the sum of the weights"),
            "step": checked_positive(self.step, "step", "the time between x and y"),
        }
        if not isinstance(self.uniform, bool):
            raise ParameterError(
                f"uniform is {self.uniform!r:.60}; pass True where samples have no weights"
            )
        if self.squares is not None:
            checked["squares"] = checked_squares(self.squares, self.moments)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        check_widths(self.blocks, self.moments, self.dictionary)

    @property
    def n_functions(self) -> int:
        """The number N of functions."""
        return int(self.blocks.shape[0]) // 2

    @property
    def G(self) -> Array:
        """Psi_X* W Psi_X, shape (n_functions, n_functions)."""
        return self._block(0, 0)

    @property
    def A(self) -> Array:
        """Psi_X* W Psi_Y, shape (n_functions, n_functions)."""
        return self._block(0, 1)

    @property
    def L(self) -> Array:
        """Psi_Y* W Psi_Y, shape (n_functions, n_functions)."""
        return self._block(1, 1)

    def _block(self, i: int, j: int) -> Array:
        n = self.n_functions
        rows, columns = slice(i * n, (i + 1) * n), slice(j * n, (j + 1) * n)
        total = self.mass if self.uniform else 1.0
        if self.form == "gram":
            return self.blocks[rows, columns] / total
        left, right = self.blocks[:, rows], self.blocks[:, columns]
        if i == j:
            return linalg.gram(left) / total
        return namespace(left).conj(left).T @ right / total


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
        Samples held at once; default 32 MB of features (8 MB of form "qr").

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
    checked_choice(form, "form", FORMS)
    _check_forgetting(forgetting)
    if chunk is not None:
        chunk = checked_whole(chunk, "chunk", 1, "how many samples are held at once")
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
    return GramState(
        form=form,
        blocks=rounded(total.blocks, dtype),
        moments=rounded(total.moments, dtype),
        count=total.count,
        mass=total.mass,
        uniform=first.weights is None,
        step=first.step if onto is None else onto.step,
        dictionary=functions,
        sampling=samplings.pop() if len(samplings) == 1 else "unknown",
        squares=rounded_squares(total, dtype),
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
            "dictionary came together with a GramState, which has its functions already; "
            "leave it out, or pass the Snapshots"
        )
    if checked_choice(form, "form", FORMS) == "qr" and data.form != "qr":
        raise ParameterError(
            'data is a GramState of form "gram", needed "qr"; accumulate the Snapshots '
            'with form="qr"'
        )
    return data


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
    >>> from perturbsci.koopman import Snapshots, linear
    >>> x = np.array([[1.0], [2.0]])
    >>> state = accumulate(Snapshots(x, x / 2), linear(1))
    >>> merge(state, state).count, merge(state, state).G.item()
    (4, 2.5)
    """
    if not states:
        raise ParameterError("states is empty; pass at least one GramState")
    for k, state in enumerate(states):
        if not isinstance(state, GramState):
            raise ParameterError(
                f"states[{k}] is a {type(state).__name__}; pass what accumulate returns"
            )
        if k:
            _check_pair(state, f"states[{k}]", states[0], "states[0]")
    return functools.reduce(_merged, states)


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
    part = accumulate(snapshots, state.dictionary)
    _check_pair(part, "snapshots", state, "state")
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
    remaining = _with_sums(state, joined("gram", _sums(state), _sums(part), sign=-1))
    _warn_of_lost_digits(state, remaining)
    return remaining


def _warn_of_lost_digits(before: GramState, after: GramState) -> None:
    xp = namespace(after.blocks)
    unit = float(xp.finfo(after.blocks.dtype).eps)
    values = linalg.eigh(after.blocks[: after.n_functions, : after.n_functions])[0]
    smallest, largest = float(scalar(values[0])), float(scalar(values[-1]))
    size = max(largest, -smallest)
    noise = unit * linalg.norm(before.blocks)
    limit = max(INDEFINITE, unit * after.n_functions)
    if smallest < -limit * size or noise > max(limit, unit) * size:
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
    if not isinstance(dictionary, Dictionary):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; pass one such as "
            f"linear({piece.n_state}) or monomials(2, n_state={piece.n_state})"
        )
    if dictionary.n_state != piece.n_state:
        raise ShapeError(
            f"dictionary is for states of {dictionary.n_state} columns but snapshots.x has "
            f"{piece.n_state}; make it with n_state={piece.n_state}"
        )
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
    check_agreement("data", found, "onto", _traits(onto))
    return _sums(onto)


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
    _check_pair(data, "data", onto, "onto")
    past = _with_sums(onto, faded(form, _sums(onto), forgetting))
    return _merged(past, data)


def _traits(state: GramState) -> dict[str, object]:
    return {
        "form": state.form,
        "operator": state.operator,
        "step": state.step,
        "weighted": not state.uniform,
        "size": (state.n_functions, state.moments.shape[1]),
        "dictionary": state.dictionary,
    }


def _check_pair(state: GramState, name: str, other: GramState, its_name: str) -> None:
    """Refuse states that cannot be added, or taken from each other."""
    if state.operator == "adjoint":
        raise ParameterError(
            f"{name} is of the adjoint, whose functions are kernel functions of its own "
            "snapshots; put the snapshots together instead"
        )
    check_agreement(name, _traits(state), its_name, _traits(other))
    names = (f"{name}.blocks", f"{its_name}.blocks")
    namespace(state.blocks, other.blocks, names=names)


def _sums(state: GramState) -> Sums:
    blocks, moments = double(state.blocks), double(state.moments)
    squares = None if state.squares is None else double(state.squares)
    return Sums(blocks, moments, state.count, state.mass, squares)


def _merged(a: GramState, b: GramState) -> GramState:
    sampling = a.sampling if a.sampling == b.sampling else "unknown"
    dtype = namespace(a.blocks).result_type(a.blocks.dtype, b.blocks.dtype)
    return _with_sums(a, joined(a.form, _sums(a), _sums(b)), sampling, dtype)


def _with_sums(
    state: GramState, sums: Sums, sampling: str | None = None, dtype: object = None
) -> GramState:
    """Return a state of the same kind over other samples."""
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
