"""Where a spectrum comes from: the Gram state, and the pairs for a second pass."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy

from perturbsci.arguments import one_of, whole
from perturbsci.backend import namespace, to_host
from perturbsci.backend.arrays import scalar
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.agreement import check_dictionary, check_snapshots
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.gram import gram_state
from perturbsci.koopman.oddities import data_notes
from perturbsci.koopman.panels import Panels, keep_panels
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState

__all__ = ["Source", "check_held_out", "open_source"]

ACCURACIES = ("gram", "verified", "qr")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The Gram state, and with it what a second pass needs.

    Parameters
    ----------
    state : GramState
        Of the functions.
    panels : Panels or None
        None where the pairs are gone.
    accuracy : str
        ``"gram"``, ``"verified"`` or ``"qr"``.
    """

    state: GramState
    panels: Panels | None
    accuracy: str

    @property
    def total(self) -> float:
        """By what sums over the samples are divided."""
        return self.state.mass if self.state.uniform else 1.0

    def count(self, rank: int) -> int:
        """Return the number of samples that count.

        Parameters
        ----------
        rank : int
            Of the functions on them.

        Returns
        -------
        count : int
            Samples of positive weight; of these only the distinct ones where there are no
            more than ``rank``, since repetitions do not help against fitting them.
        """
        data = None if self.panels is None else self.panels.data
        if not isinstance(data, Snapshots):
            return self.state.count
        x = data.x if data.weights is None else data.x[data.weights > 0]
        for rows in (x[: 2 * rank + 2], x):
            distinct = len(numpy.unique(to_host(rows), axis=0))
            if distinct > rank:
                return int(x.shape[0])
        return distinct

    def notes(self, rank: int) -> tuple[str, ...]:
        """Return what looks odd about the pairs, and how far the rank was reduced.

        Parameters
        ----------
        rank : int
            Of the functions on the pairs.

        Returns
        -------
        notes : tuple of str
            Nothing where the pairs are gone.
        """
        odd = () if self.panels is None else data_notes(self.panels.data)
        n = self.state.n_functions
        return (*odd, f"rank reduced from {n} to {rank}") if rank < n else odd

    def largest(self) -> float | None:
        """Return the largest sqrt(M w / mass) ||Psi|| at x and y; None without the pairs.

        Returns
        -------
        sup : float or None
            Found in one more pass.
        """
        if self.panels is None:
            return None
        found = 0.0
        for panel in self.panels:
            xp = namespace(panel.psi_x)
            for psi in (panel.psi_x, panel.psi_y):
                found = max(found, float(scalar(xp.max(xp.sum(xp.abs(psi) ** 2, axis=1)))))
        return (found * self.state.count / self.state.mass) ** 0.5


def open_source(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None,
    *,
    accuracy: str | None,
    chunk: int | None,
) -> Source:
    """Return the Gram state of the data, and the pairs if they can be walked again.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        As the user passed it.
    dictionary : Dictionary or None
        None with a ``GramState``; else default the coordinates.
    accuracy : str or None
        None takes what the data allow.
    chunk : int or None
        How many pairs are evaluated at a time.

    Returns
    -------
    source : Source
        With its accuracy decided.

    Raises
    ------
    ShapeError
        If the dictionary is for states of another width.
    ParameterError
        If the accuracy is unknown, or the data do not hold it.
    """
    if accuracy is not None:
        one_of(accuracy, "accuracy", ACCURACIES)
    if chunk is not None:
        chunk = whole(chunk, "chunk", least=1, meaning="how many samples are held at once")
    if isinstance(data, GramState):
        return _of_state(data, dictionary, accuracy)
    if isinstance(data, Iterator):
        if accuracy == "verified":
            raise ParameterError(
                f"accuracy is {accuracy!r} but data is a one-shot iterator, which cannot "
                'be walked twice; pass a list of Snapshots, or accuracy="qr"'
            )
        accuracy = accuracy or "gram"
    accuracy = accuracy or "verified"
    if not isinstance(data, Snapshots | Iterable) or hasattr(data, "dtype"):
        raise ParameterError(
            f"data is a {type(data).__name__}; pass Snapshots(x, y) or "
            "Snapshots.from_trajectory(states)"
        )
    if isinstance(data, Snapshots):
        dictionary = linear(data.n_state) if dictionary is None else dictionary
        check_dictionary(dictionary, data.n_state)
    if accuracy == "verified":
        return _verified(data, dictionary, chunk)
    state = gram_state(data, dictionary, form=accuracy, chunk=chunk)
    again = None if isinstance(data, Iterator) else _panels(data, state, chunk)
    return Source(state, again, accuracy)


def _verified(
    data: Snapshots | Iterable[Snapshots], dictionary: Dictionary | None, chunk: int | None
) -> Source:
    """Return the source for two passes.

    Where squares of the functions leave the range of numbers, factors take their place.
    """
    try:
        found = None
        if isinstance(data, Snapshots) and dictionary is not None:
            found = keep_panels(data, dictionary)
        if found is None:
            state = gram_state(data, dictionary, chunk=chunk)
            found = state, _panels(data, state, chunk)
        state, panels = found
        fine = _in_range(state, panels)
    except ParameterError:
        fine = False  # an overflow; what else is wrong, the next line says again
    if fine:
        return Source(state, panels, "verified")
    state = gram_state(data, dictionary, form="qr", chunk=chunk)
    return Source(state, _panels(data, state, chunk), "qr")


def _panels(
    data: Snapshots | Iterable[Snapshots], state: GramState, chunk: int | None
) -> Panels:
    assert state.dictionary is not None  # of data there always is one
    return Panels(data, state.dictionary, chunk)


def _in_range(state: GramState, panels: Panels) -> bool:
    """Whether no mean square is so small that products of its function underflow."""
    xp = namespace(state.blocks)
    squares = xp.real(xp.linalg.diagonal(state.blocks))
    tiny = squares < float(xp.finfo(squares.dtype).smallest_normal) ** 0.8
    if not bool(scalar(xp.any(tiny))):
        return True
    if panels.kept is None:
        return not bool(scalar(xp.any(tiny & (squares > 0))))
    doubtful = panels.kept[:, : tiny.shape[0]] != 0
    return not bool(scalar(xp.any(doubtful & tiny)))


def check_held_out(held_out: Snapshots | None, source: Source) -> None:
    """Refuse held-out pairs that the functions cannot be evaluated on.

    Parameters
    ----------
    held_out : Snapshots or None
        As the user passed it.
    source : Source
        Of the data.

    Raises
    ------
    ShapeError
        If the states have another width.
    ParameterError
        If it is something else, or there is no dictionary.
    """
    if held_out is None:
        return
    check_snapshots(held_out, "held_out")
    dictionary = source.state.dictionary
    if dictionary is None:
        raise ParameterError(
            f"held_out needs the dictionary, which is {dictionary} for this GramState; "
            "make the state with accumulate(data, dictionary)"
        )
    if source.state.operator == "adjoint":
        raise ParameterError(
            f"held_out came with a state of operator {source.state.operator!r}, whose "
            "residuals live in the space of the kernel; pass the other pairs as data: "
            "edmd(other, kernel_dictionary(snapshots))"
        )
    if held_out.n_state != dictionary.n_state:
        raise ShapeError(
            f"held_out has states of {held_out.n_state} columns but data has "
            f"{dictionary.n_state}; use the same delays and coordinates for both"
        )


def _of_state(
    state: GramState, dictionary: Dictionary | None, accuracy: str | None
) -> Source:
    if dictionary is not None:
        raise ParameterError(
            f"dictionary {getattr(dictionary, 'name', dictionary)!r:.40} came with a "
            "GramState, which has its own; leave it out"
        )
    if accuracy == "verified":
        raise ParameterError(
            f"accuracy is {accuracy!r} but data is a GramState, which holds no pairs; pass "
            "the Snapshots, or leave accuracy=None"
        )
    if accuracy == "qr" and state.form != "qr":
        raise ParameterError(
            f"accuracy is {accuracy!r} but data is a GramState of form {state.form!r}; "
            'make it with accumulate(data, dictionary, form="qr")'
        )
    if accuracy == "gram" and state.form == "qr":
        state = _squared(state)
    accuracy = accuracy or state.form
    return Source(state, None, accuracy)


def _squared(state: GramState) -> GramState:
    """Return the state of form "gram" of a triangular factor."""
    r = state.blocks
    return dataclasses.replace(state, form="gram", blocks=namespace(r).conj(r).T @ r)
