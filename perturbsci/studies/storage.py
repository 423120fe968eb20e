"""The record of a finished study: ``<name>.json``, written last, sealed by a hash.

It holds the key of everything that the study depends on, the hashes of its files and
arrays, and its claims; where it is missing or does not fit, the study runs again.
"""

import functools
import hashlib
import json
import math
import os
import uuid
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

from perturbsci.errors import FileFormatError
from perturbsci.files import write_atomically
from perturbsci.resources import resource
from perturbsci.studies.base import Study

__all__ = ["study_key", "file_hash", "write_record", "read_record", "remove_stale"]

LIBRARIES = ("numpy", "scipy", "sympy", "numba", "matplotlib")
PACKAGE = Path(__file__).parents[1]


def study_key(study: Study, size: str, backend: str, seed: int) -> str:
    """Return the hash of everything that a study's arrays depend on.

    Parameters
    ----------
    study : Study
        Its own file counts, also outside the package; one without a file, as in a
        notebook, never has the same key twice.
    size, backend, seed : str, str, int
        As for ``run_study``.

    Returns
    -------
    key : str
        64 hex digits.
    """
    parts = {
        "sources": _sources(),
        "study": _source_hash(study.run),
        "name": study.name,
        "size": size,
        "backend": backend,
        "seed": seed,
        "versions": {name: metadata.version(name) for name in LIBRARIES},
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _source_hash(run: Callable) -> str:
    code = getattr(getattr(run, "func", run), "__code__", None)  # func: of a partial
    path = Path(code.co_filename) if code else None
    return file_hash(path) if path and path.is_file() else uuid.uuid4().hex


@functools.cache
def _sources() -> str:
    """Hash all sources of the package and all shipped data, by name and content."""
    digest = hashlib.sha256()
    for root, pattern in ((PACKAGE, "*.py"), (resource(), "*")):
        for path in sorted(root.rglob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}|{file_hash(path)}|".encode())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Parameters
    ----------
    path : pathlib.Path
        An existing file.

    Returns
    -------
    digest : str
        64 hex digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_record(path: Path, record: Mapping[str, object]) -> None:
    """Write a record with its own hash.

    Parameters
    ----------
    path : pathlib.Path
        ``<output>/<name>.json``.
    record : mapping
        Plain JSON values; a float that is not finite becomes null.
    """
    content = {name: _finite(value) for name, value in record.items()}
    text = json.dumps({**content, "sha256": _seal(content)}, indent=1, sort_keys=True)
    write_atomically(path, lambda file: file.write(text.encode()), overwrite=True)


def read_record(path: Path, *, files: bool = True) -> dict:
    """Return a record after checking it and the files that it names.

    Parameters
    ----------
    path : pathlib.Path
        ``<output>/<name>.json``.
    files : bool
        Check the hashes of the files beside it too.

    Returns
    -------
    record : dict
        As it was written.

    Raises
    ------
    FileFormatError
        If the record or one of its files is missing or damaged.
    """
    advice = "run `perturbsci figures` again to replace it"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        seal = record.pop("sha256")
        schema, named = record["schema"], dict(record["files"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise FileFormatError(
            f"{path} is no record of a study ({error!r}); {advice}"
        ) from None
    if schema != 1:
        raise FileFormatError(f"{path} has schema {schema}, known is 1; update perturbsci")
    if seal != _seal(record):
        raise FileFormatError(f"{path} does not fit its own hash {seal!r:.20}; {advice}")
    for name, digest in named.items() if files else ():
        other = path.with_name(Path(name).name)
        if not other.is_file() or file_hash(other) != digest:
            raise FileFormatError(
                f"{other} is missing or differs from what {path.name} names; {advice}"
            )
    return record


def remove_stale(folder: Path) -> None:
    """Remove temporary files that a killed process left behind.

    Parameters
    ----------
    folder : pathlib.Path
        Of the outputs; files of processes that still run stay.
    """
    for path in folder.glob(".*.tmp"):
        pid = path.name.split(".")[-3]
        if pid.isdigit() and not _runs(int(pid)):
            path.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _seal(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _finite(value: object) -> object:
    """Replace floats that JSON does not know by None."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
