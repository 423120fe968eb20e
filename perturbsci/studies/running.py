"""Run a study: arrays, claims, figure, files; a finished study is kept."""

import dataclasses
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy

from perturbsci import io
from perturbsci.arguments import flag
from perturbsci.backend import get_backend, to_host, use
from perturbsci.errors import FileFormatError, ParameterError
from perturbsci.files import RESOURCE_ERRORS
from perturbsci.studies.base import CheckedClaim, Study, StudyOutcome, check_claim
from perturbsci.studies.storage import (
    file_hash,
    read_record,
    remove_stale,
    study_key,
    write_record,
)

__all__ = ["run_study", "lacks_resources"]

FORMATS = ("png", "pdf")


def run_study(
    study: Study,
    *,
    size: str = "small",
    backend: str | None = None,
    seed: int = 0,
    output: str | Path | None = None,
    force: bool = False,
) -> StudyOutcome:
    """Run a study and check its claims; with ``output`` also draw and store it.

    Parameters
    ----------
    study : Study
        Of the package or of your own.
    size : str
        ``"small"`` or ``"full"``.
    backend : str, optional
        As for ``backend.use``; default the backend in force.
    seed : int
        For the random parts.
    output : str or path, optional
        Folder for ``<name>.npz``, ``.png``, ``.pdf`` and, last, ``.json``; default:
        nothing is written.
    force : bool
        Run again even if nothing changed.

    Returns
    -------
    outcome : StudyOutcome
        ``"kept"`` if code, data and arguments are those of a finished run whose files
        verify; its claims are then computed again from the stored arrays. A study that
        raises is ``"failed"``.

    Raises
    ------
    ParameterError
        If the size is not one of the study, or the seed no integer.
    OSError, MemoryError
        If disk or memory run out.

    Examples
    --------
    >>> from perturbsci import studies
    >>> run_study(studies.get_study("verification_uniform_order")).passed
    True
    """
    if not isinstance(study, Study):
        raise ParameterError(
            f"study is a {type(study).__name__}; pass get_study(name) or a Study"
        )
    if not isinstance(size, str) or size not in study.sizes:
        raise ParameterError(
            f"size is {size!r}, but study {study.name!r} knows {', '.join(study.sizes)}; "
            "pass one of these"
        )
    force = flag(force, "force")
    if output is not None and not isinstance(output, (str, Path)):
        raise ParameterError(f"output is {output!r:.60}; pass a folder, or None")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ParameterError(f"seed is {seed!r}; pass a whole number from 0 on")
    name = get_backend().name if backend is None else backend
    with use(name):
        if output is None:
            return _guarded(study, size, name, seed, None, force)
        folder = Path(output)
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale(folder)
        return _guarded(study, size, name, seed, folder, force)


def lacks_resources(error: BaseException) -> bool:
    """Return whether disk or memory ran out: no other study would fare better.

    Parameters
    ----------
    error : BaseException
        As it was raised.

    Returns
    -------
    lacking : bool
        True also for a folder that cannot be written to.
    """
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, OSError) and error.errno in RESOURCE_ERRORS


def _guarded(
    study: Study, size: str, backend: str, seed: int, folder: Path | None, force: bool
) -> StudyOutcome:
    """Keep or run the study; an error of its own becomes the state ``"failed"``."""
    start = time.perf_counter()
    try:
        key = "" if folder is None else study_key(study, size, backend, seed)
        kept = None if force or folder is None else _kept(study, key, folder, start)
        return kept or _drawn(study, size, backend, seed, folder, key, start)
    except Exception as error:  # foreign code: the other studies run on
        if lacks_resources(error):
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        message = f"{type(error).__name__} at {where}: {error}"
        return StudyOutcome(
            study.name, "failed", (), {}, time.perf_counter() - start, message
        )


def _drawn(
    study: Study,
    size: str,
    backend: str,
    seed: int,
    folder: Path | None,
    key: str,
    start: float,
) -> StudyOutcome:
    data = {
        name: numpy.asarray(to_host(array))
        for name, array in study.run(size, backend, seed).items()
    }
    hashes = {name: io.hash_array(array) for name, array in data.items()}
    claims = _check(study, data)
    if folder is not None:
        files = _write_files(study, data, folder, {"size": size, "backend": backend}, seed)
        seconds = time.perf_counter() - start
        record = {
            "schema": 1,
            "name": study.name,
            "title": study.title,
            "source": study.source,
            "caption": study.caption,
            "key": key,
            "size": size,
            "backend": backend,
            "seed": seed,
            "seconds": seconds,
            "files": {path.name: file_hash(path) for path in files},
            "arrays": hashes,
            "claims": [dataclasses.asdict(claim) for claim in claims],
            "provenance": io.provenance(
                parameters={"size": size}, seed=seed, seconds=seconds
            ),
        }
        write_record(folder / f"{study.name}.json", record)
    return StudyOutcome(study.name, "drawn", claims, hashes, time.perf_counter() - start)


def _write_files(
    study: Study,
    data: Mapping[str, numpy.ndarray],
    folder: Path,
    parameters: Mapping[str, object],
    seed: int,
) -> list[Path]:
    """Write data and figure; the record that says "finished" is not among them."""
    from perturbsci import plotting  # noqa: PLC0415 (matplotlib only where something is drawn)

    stem = folder / study.name
    stem.with_suffix(".json").unlink(missing_ok=True)
    archive = io.save(data, f"{stem}.npz", parameters=parameters, seed=seed, overwrite=True)
    with plotting.style():
        return [archive, *plotting.save_figure(study.draw(data), stem, formats=FORMATS)]


def _kept(study: Study, key: str, folder: Path, start: float) -> StudyOutcome | None:
    """Return the outcome of a finished run with this key, or None."""
    try:
        record = read_record(folder / f"{study.name}.json")
        if record["key"] != key:
            return None
        data = io.load(folder / f"{study.name}.npz")  # the bytes that the record names
    except FileFormatError:
        return None
    claims = _check(study, cast("dict[str, numpy.ndarray]", data))
    return StudyOutcome(
        study.name, "kept", claims, record["arrays"], time.perf_counter() - start
    )


def _check(study: Study, data: Mapping[str, numpy.ndarray]) -> tuple[CheckedClaim, ...]:
    return tuple(check_claim(claim) for claim in study.claims(data))
