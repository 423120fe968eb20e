"""Where a spectrum comes from: the Gram state, and the pairs for a second pass.

Where squares of the functions overflow or underflow, they are divided by powers of two.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy

from perturbsci.backend import linalg, namespace, to_host
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary, linear
from perturbsci.koopman.gram import GramState, gram_state
from perturbsci.koopman.panels import Panels
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.types import Array

__all__ = ["Source", "check_held_out", "open_source"]

ACCURACIES = ("gram", "verified", "qr")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The Gram state, and with it what a second pass needs.

    Parameters
    ----------
    state : GramState
        Of the functions.
    scaled : GramState
        Of Psi / unit; the same object where unit is 1.
    unit : real array, shape (n_functions,)
        Powers of two.
    panels : Panels or None
        None where the pairs are gone.
    accuracy : str
        ``"gram"``, ``"verified"`` or ``"qr"``.
    """

    state: GramState
    scaled: GramState
    unit: Array
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
                squares = xp.sum(xp.abs(psi) ** 2, axis=1)
                if panel.weights is not None:
                    squares = squares * panel.weights * (self.state.count / self.state.mass)
                found = max(found, float(xp.max(squares)))
        return found**0.5


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
    if accuracy is not None and accuracy not in ACCURACIES:
        raise ParameterError(
            f"accuracy is {accuracy!r}; it must be one of {', '.join(ACCURACIES)}"
        )
    if isinstance(data, GramState):
        return _of_state(data, dictionary, accuracy)
    if isinstance(data, Iterator):
        if accuracy == "verified":
            raise ParameterError(
                'accuracy is "verified" but data is a one-shot iterator, which cannot be '
                'walked twice; pass a list of Snapshots, or accuracy="qr"'
            )
        accuracy = accuracy or "gram"
    accuracy = accuracy or "verified"
    if not isinstance(data, Snapshots | Iterable) or hasattr(data, "dtype"):
        raise ParameterError(
            f"data is a {type(data).__name__}; pass Snapshots(x, y) or "
            "Snapshots.from_trajectory(states)"
        )
    if isinstance(data, Snapshots):
        dictionary = _checked(data, dictionary)
        panels = Panels(data, dictionary, chunk)
        panels = panels.remembered() if accuracy == "verified" else panels
        if panels.kept is not None:
            state = _gram_of(panels, data)
            return Source(state, *_rescaled(state, panels), panels, accuracy)
    form = "qr" if accuracy == "qr" else "gram"
    state = gram_state(data, dictionary, form=form, chunk=chunk)
    again = None if isinstance(data, Iterator) else Panels(data, state.dictionary, chunk)
    return Source(state, state, _ones(state), again, accuracy)


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
    if not isinstance(held_out, Snapshots):
        raise ParameterError(
            f"held_out is a {type(held_out).__name__}; pass Snapshots like data"
        )
    dictionary = source.state.dictionary
    if dictionary is None:
        raise ParameterError(
            "held_out needs the dictionary, and data is a GramState without one; make the "
            "state with accumulate(data, dictionary)"
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
            "dictionary came with a GramState, which has its own; pass dictionary=None"
        )
    if accuracy == "verified":
        raise ParameterError(
            'accuracy is "verified" but data is a GramState, which holds no pairs; pass '
            "the Snapshots, or leave accuracy=None"
        )
    if accuracy == "qr" and state.form != "qr":
        raise ParameterError(
            'accuracy is "qr" but data is a GramState of form "gram"; make it with '
            'accumulate(data, dictionary, form="qr")'
        )
    if accuracy == "gram" and state.form == "qr":
        state = _squared(state)
    accuracy = accuracy or state.form
    return Source(state, state, _ones(state), None, accuracy)


def _ones(state: GramState) -> Array:
    xp = namespace(state.blocks)
    return xp.ones(state.n_functions, dtype=xp.real(state.blocks[:0]).dtype)


def _squared(state: GramState) -> GramState:
    """Return the state of form "gram" of a triangular factor."""
    r = state.blocks
    return dataclasses.replace(state, form="gram", blocks=namespace(r).conj(r).T @ r)


def _checked(data: Snapshots, dictionary: Dictionary | None) -> Dictionary:
    """Return the dictionary of Snapshots."""
    if dictionary is None:
        return linear(data.n_state)
    if not isinstance(dictionary, Dictionary):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; pass linear(n_state) or "
            "monomials(degree, n_state=n_state)"
        )
    if dictionary.n_state != data.n_state:
        raise ShapeError(
            f"dictionary is for states of {dictionary.n_state} columns but snapshots.x has "
            f"{data.n_state}; make it with n_state={data.n_state}"
        )
    return dictionary


def _gram_of(panels: Panels, data: Snapshots) -> GramState:
    """Return the Gram state of Snapshots whose features are kept."""
    blocks, moments = _sums(panels)
    return GramState(
        form="gram",
        blocks=blocks,
        moments=moments,
        count=data.n_samples,
        mass=float(data.n_samples if data.weights is None else data.weights.sum()),
        uniform=data.weights is None,
        step=data.step,
        dictionary=panels.dictionary,
        sampling=data.sampling,
    )


def _sums(panels: Panels, unit: Array | None = None) -> tuple[Array, Array]:
    """Return Z* W Z and Psi_X* W X, of Psi / unit."""
    n = panels.dictionary.n_functions
    blocks, moments, start = None, None, 0
    kept: Array = panels.kept
    for panel in panels:
        z = kept[start : start + len(panel.x)]
        start += len(panel.x)
        z = z if unit is None else z / unit
        blocks = linalg.gram(z, weight=panel.weights, out=blocks)
        moments = linalg.gram(z[:, :n], panel.x, weight=panel.weights, out=moments)
    return blocks, moments


def _rescaled(state: GramState, panels: Panels) -> tuple[GramState, Array]:
    """Return the state of Psi / unit: unit is 1 unless squares over- or underflow."""
    xp = namespace(state.blocks)
    n = state.n_functions
    squares = xp.real(xp.linalg.diagonal(state.blocks))
    limit = float(xp.finfo(squares.dtype).max) ** 0.9
    if bool(xp.all((squares > 1 / limit) & (squares < limit))):
        return state, xp.ones(n, dtype=squares.dtype)
    norms = linalg.norm(panels.kept, axis=0)[:n]
    unit = 2.0 ** xp.floor(xp.log2(xp.where(norms > 0, norms, 1.0)))
    blocks, moments = _sums(panels, xp.concat([unit, unit]))
    return dataclasses.replace(state, blocks=blocks, moments=moments), unit
