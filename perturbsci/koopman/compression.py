"""Whitened leading functions of a large dictionary by a randomized range finder.

With Psi = U S V* on the data (in L2(w)), the functions Psi V_r S_r^(-1) are orthonormal
there, and no r functions in the span carry more of Psi. V_r is found from l = rank +
oversampling random combinations by orthogonal iteration (Halko, Martinsson, and Tropp
2011, algorithm 4.4), in passes over the data that hold one chunk of features at a time.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy

from perturbsci.arguments import checked_seed, whole
from perturbsci.backend import namespace, random
from perturbsci.backend.arrays import scalar, to_host
from perturbsci.backend.linalg import eigh, qr, svd
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.koopman.dictionaries import Dictionary
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.states import GramState
from perturbsci.types import Array, Seed

__all__ = ["compress"]

CHUNK_BYTES = 2**25
KEPT_BYTES = 2**28  # features of one pass are kept for the next up to this size


def compress(
    data: Snapshots | Iterable[Snapshots] | GramState,
    dictionary: Dictionary | None,
    *,
    rank: int,
    oversampling: int = 10,
    power_steps: int = 2,
    seed: Seed = 0,
) -> Dictionary:
    """Return the same functions mixed to ``rank`` whitened leading ones.

    Parameters
    ----------
    data : Snapshots, iterable of Snapshots, or GramState
        On whose x the new functions are orthonormal: G = I. The Gram state must be one of
        ``dictionary``; it squares the condition number.
    dictionary : Dictionary
        The functions to mix; None with a Gram state takes its own.
    rank : int
        The number of new functions, at most that of the samples and of the old ones.
    oversampling : int
        How many more random directions are carried along, from 0 on.
    power_steps : int
        How often they are multiplied with Psi* Psi after the first time, from 0 on.
    seed : int or numpy.random.Generator
        Of the random directions; not used for a Gram state, which is decomposed whole.

    Returns
    -------
    dictionary : Dictionary
        With a field ``mixing`` and ``rank`` functions, the leading one first.

    Raises
    ------
    ParameterError
        If an argument is out of range, or the functions have fewer than ``rank``
        independent combinations on these data.

    Notes
    -----
    About (power_steps + 2) passes of 4 n_samples * n_functions * (rank + oversampling)
    flops, in which features are evaluated anew where they exceed 256 MB. An iterator that
    can be used once only is kept as a list of its snapshots.

    References
    ----------
    Halko, Martinsson, and Tropp (2011).

    Examples
    --------
    >>> import numpy as np
    >>> from perturbsci.koopman import accumulate, monomials
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> data = Snapshots(x, x)
    >>> mixed = compress(data, monomials(9), rank=3)
    >>> bool(np.allclose(accumulate(data, mixed).G, np.eye(3), rtol=0, atol=1e-12))
    True
    """
    if dictionary is None and isinstance(data, GramState):
        dictionary = data.dictionary
    if not isinstance(dictionary, Dictionary):
        raise ParameterError(
            f"dictionary is a {type(dictionary).__name__}; make one with a constructor "
            "such as fourier(degrees)"
        )
    checked_seed(seed)
    rank = whole(rank, "rank", least=1, meaning="the number of functions to keep")
    extra = whole(oversampling, "oversampling", least=0, meaning="spare directions")
    steps = whole(power_steps, "power_steps", least=0, meaning="the number of power steps")
    if isinstance(data, GramState):
        _check_rank(rank, data.count, dictionary.n_functions)
        vectors, values = _gram_directions(data, dictionary)
    else:
        panels = _panels(data, dictionary)
        _check_rank(rank, panels.count, dictionary.n_functions)
        width = min(rank + extra, panels.count, dictionary.n_functions)
        start = random.normal((dictionary.n_functions, width), seed=seed)
        _check_range(panels)
        vectors, values = _directions(panels, to_host(start), steps)
    tiny = dictionary.n_functions * float(numpy.finfo(values.dtype).eps)
    if isinstance(data, GramState) and data.form == "gram":
        tiny = tiny**0.5
    least = float(numpy.finfo(values.dtype).smallest_normal) / 2.0**-52
    found = int((values > max(tiny * float(values[0]), least)).sum())
    if not found:
        raise ParameterError(
            f"dictionary {dictionary.name} vanishes on data; pass functions that are not "
            "zero there, or scale the states"
        )
    if found < rank:
        raise ParameterError(
            f"rank is {rank} but {dictionary.name} has {found} independent combinations on "
            f"these data; pass rank={found} or less"
        )
    return _mixed(dictionary, vectors[:, :rank] / values[:rank])


def _check_rank(rank: int, n_samples: int, n_functions: int) -> None:
    if rank > min(n_samples, n_functions):
        raise ParameterError(
            f"rank is {rank}, above the {n_functions} functions or the {n_samples} "
            f"samples; pass a rank up to {min(n_samples, n_functions)}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Panels:
    """sqrt(W) Psi_X in chunks, kept where small."""

    chunks: list[Snapshots]
    dictionary: Dictionary
    count: int
    kept: list[Array] | None = None

    def __iter__(self) -> Iterator[Array]:
        return iter(self.kept) if self.kept is not None else self._fresh()

    def _fresh(self) -> Iterator[Array]:
        item = _item_bytes(self.dictionary) * self.dictionary.n_functions
        rows = max(CHUNK_BYTES // item, 1)
        for chunk in self.chunks:
            for start in range(0, chunk.n_samples, rows):
                part = slice(start, start + rows)
                psi = self.dictionary(chunk.x[part])
                xp = namespace(psi)
                if chunk.weights is None:
                    yield psi / self.count**0.5
                else:
                    root = xp.astype(xp.sqrt(chunk.weights[part]), xp.real(psi[:0]).dtype)
                    yield psi * root[:, None]


def _item_bytes(dictionary: Dictionary) -> int:
    return 16 if dictionary.dtype_kind == "complex" else 8


def _panels(data: Snapshots | Iterable[Snapshots], dictionary: Dictionary) -> _Panels:
    chunks = [data] if not isinstance(data, Iterable) else list(data)
    if not chunks or not all(isinstance(chunk, Snapshots) for chunk in chunks):
        raise ParameterError(
            f"data is a {type(data).__name__} that does not hold snapshots; pass "
            "Snapshots(x, y), several of them, or a GramState"
        )
    for chunk in chunks:
        if chunk.n_state != dictionary.n_state:
            raise ShapeError(
                f"dictionary is for states of {dictionary.n_state} columns but snapshots.x "
                f"has {chunk.n_state}; make it with n_state={chunk.n_state}"
            )
    weighted = sum(chunk.weights is not None for chunk in chunks)
    if weighted not in (0, len(chunks)):
        raise ParameterError(
            f"data has {weighted} chunks with weights among {len(chunks)}; give all of "
            "them weights, or none"
        )
    panels = _Panels(chunks, dictionary, sum(chunk.n_samples for chunk in chunks))
    if panels.count * dictionary.n_functions * _item_bytes(dictionary) > KEPT_BYTES:
        return panels
    return dataclasses.replace(panels, kept=list(panels))


def _check_range(panels: _Panels) -> None:
    """Refuse functions whose squares overflow, or that have no inverse."""
    largest = 0.0
    for psi in panels:
        xp = namespace(psi)
        size = float(scalar(xp.max(xp.abs(psi))))
        largest = max(largest, size)
        if size >= float(xp.finfo(psi.dtype).max) ** 0.5 / panels.count:
            raise ParameterError(
                f"dictionary {panels.dictionary.name} has a value of size {size:.3g} on "
                "data, needed values whose squares can be summed; center and scale the "
                "states, or lower the degree"
            )
    if largest * panels.count**0.5 <= 2.0**-970:
        raise ParameterError(
            f"dictionary {panels.dictionary.name} has no value above {largest:.3g} on "
            "data: pass functions that are not zero there, or scale the states"
        )


def _directions(
    panels: _Panels, start: numpy.ndarray, steps: int
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return right singular vectors V and values S of Psi in the range that is found."""
    first = next(iter(panels))
    xp = namespace(first)
    basis = xp.asarray(start, dtype=first.dtype)
    for _ in range(steps + 1):
        # The factor R of Psi V makes the columns of Psi V R^-1 orthonormal, so that small
        # singular directions are not lost beside large ones in the square of Psi.
        even = basis @ _whitening(_triangle(panels, basis))
        total = xp.zeros_like(even)
        for psi in panels:
            total += xp.conj(psi).T @ (psi @ even)
        basis = qr(total)[0]
    _, values, right = svd(_triangle(panels, basis))
    return to_host(basis @ xp.conj(right).T), to_host(values)


def _triangle(panels: _Panels, basis: Array) -> Array:
    """Return R of the orthogonal factorization of Psi V, chunk by chunk."""
    found = None
    for psi in panels:
        image = psi @ basis
        xp = namespace(image)
        found = qr(image if found is None else xp.concat([found, image], axis=0))[1]
    return found


def _whitening(triangle: Array) -> Array:
    """Return T with (R T)* R T = 1 on the directions that R does not map to 0."""
    _, values, right = svd(triangle)
    xp = namespace(triangle)
    kept = values > values[0] * xp.finfo(values.dtype).eps
    inverse = xp.where(kept, 1.0 / xp.where(kept, values, 1.0), 0.0)
    return xp.conj(right).T * inverse


def _gram_directions(
    state: GramState, dictionary: Dictionary
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return right singular vectors and singular values of Psi from its Gram state."""
    if state.n_functions != dictionary.n_functions:
        raise ParameterError(
            f"data is a GramState of {state.n_functions} functions but dictionary has "
            f"{dictionary.n_functions}; pass the dictionary it was accumulated with"
        )
    if state.form == "qr":
        n = state.n_functions
        total = state.mass**0.5 if state.uniform else 1.0
        _, values, right = svd(state.blocks[:n, :n] / total)
        return to_host(namespace(right).conj(right).T), to_host(values)
    values, vectors = eigh(state.G)
    values, vectors = to_host(values)[::-1], to_host(vectors)[:, ::-1]
    return vectors, numpy.sqrt(numpy.maximum(values, 0.0))


def _mixed(dictionary: Dictionary, mixing: numpy.ndarray) -> Dictionary:
    """Return Psi mixing, with its bounds."""
    bounds = None
    if dictionary.bounds is not None:
        size = float(numpy.linalg.norm(mixing, 2))
        bounds = (dictionary.bounds[0] * size, dictionary.bounds[1] * size)
    before = dictionary.mixing
    return dataclasses.replace(
        dictionary,
        name=f"{mixing.shape[1]} leading of {dictionary.name}",
        bounds=bounds,
        mixing=mixing if before is None else before @ mixing,
    )
