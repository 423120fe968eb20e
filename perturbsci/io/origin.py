"""Where a result comes from: versions, source, command, machine; nobody's name or home."""

import contextlib
import datetime
import getpass
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from importlib import metadata
from pathlib import Path

import numpy

from perturbsci import backend
from perturbsci.arguments import is_finite_number
from perturbsci.errors import BackendError, ParameterError
from perturbsci.types import Seed

try:
    import resource as limits
except ImportError:  # Windows has none
    limits = None  # type: ignore[assignment]

__all__ = ["provenance"]

LIBRARIES = ("perturbsci", "numpy", "scipy", "sympy", "numba", "matplotlib")
CUPY = ("cupy", "cupy-cuda12x", "cupy-cuda13x")
# Of "OpenBLAS 0.3.31 USE64BITINT NO_AFFINITY Haswell MAX_THREADS=64" the core is left.
OPENBLAS_FLAGS = re.compile(r"OpenBLAS|[\d.]+(dev)?|[A-Z0-9_]+(=\w+)?")


def provenance(
    *,
    parameters: Mapping[str, object] | None = None,
    seed: Seed | None = None,
    seconds: float | None = None,
) -> dict[str, object]:
    """Return where and how a result is being made, for JSON.

    Parameters
    ----------
    parameters : mapping, optional
        What it is made with: numbers, text, and lists and mappings of them.
    seed : int or numpy.random.Generator, optional
        None means that none was used; of a generator only the kind is told.
    seconds : float, optional
        How long it took; the start is that long ago.

    Returns
    -------
    origin : dict
        ``versions``, ``git`` (commit and whether files differ from it, or None outside a
        checkout), ``command`` (words, of paths only the last part), ``parameters``,
        ``seed``, ``backend``, ``threads``, ``blas``, ``machine``, ``start`` (UTC),
        ``seconds``, ``peak_memory`` (bytes so far). No user, host or home path.

    Raises
    ------
    ParameterError
        If a parameter or the seed is not JSON-like.

    Notes
    -----
    About 10 ms, most of it for git.

    References
    ----------
    ``docs/reliability.md``.

    Examples
    --------
    >>> origin = provenance(parameters={"epsilon": 0.1}, seed=0)
    >>> origin["parameters"], origin["seed"], origin["machine"]["cores"] >= 1
    ({'epsilon': 0.1}, 0, True)
    """
    if parameters is not None and not isinstance(parameters, Mapping):
        raise ParameterError(
            f"parameters is {parameters!r:.60}; pass a mapping of names to values, or None"
        )
    known = seconds is None or (is_finite_number(seconds) and 0 <= seconds < 1e12)
    if not known:
        raise ParameterError(
            f"seconds is {seconds!r}, needed a time from 0 on; pass None if unknown"
        )
    now = datetime.datetime.now(datetime.UTC)
    start = now - datetime.timedelta(seconds=float(seconds or 0.0))
    name, threads = _backend()
    origin: dict[str, object] = {
        "versions": _versions(),
        "git": _git(Path(__file__).resolve().parents[1]),
        "command": [_anonymous(word) for word in sys.argv[1:]],
        "parameters": _plain(parameters or {}, "parameters"),
        "seed": _seed(seed),
        "backend": name,
        "threads": threads,
        "blas": _blas(),
        "machine": _machine(),
        "start": start.isoformat(timespec="seconds"),
        "seconds": None if seconds is None else float(seconds),
        "peak_memory": _peak_memory(),
    }
    return origin


def _backend() -> tuple[str | None, int | None]:
    try:
        active = backend.get_backend()
    except (BackendError, ParameterError):
        # A wish that cannot be met here must not stop a finished result from being saved.
        return None, None
    return active.name, active.threads


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"python": platform.python_version()}
    versions |= {name: _version(name) for name in LIBRARIES}
    versions["cupy"] = next(filter(None, map(_version, CUPY)), None)
    return versions


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _git(package: Path) -> dict[str, object] | None:
    """Return commit and state of the checkout that the package lies in, if it does."""
    top = package.parent
    if not (top / ".git").exists() or not (top / "pyproject.toml").is_file():
        return None
    command = [
        "git",
        "--no-optional-locks",
        "-C",
        str(top),
        "status",
        "--porcelain=v2",
        "--branch",
    ]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.splitlines()
    commits = [line.split()[-1] for line in lines if line.startswith("# branch.oid ")]
    dirty = any(not line.startswith("#") for line in lines)
    return {"commit": commits[0] if commits else None, "dirty": dirty}


def _anonymous(word: str) -> str:
    """Return a word of the command; of a path only its last part, and no user or host."""
    option, equals, value = word.rpartition("=")
    option, value = (
        re.split(r"[/\\]+", text.rstrip("/\\"))[-1] for text in (option, value)
    )
    # Long ones first: the host may be part of its own full name.
    for private in sorted(_private_words(), key=len, reverse=True):
        value = re.sub(rf"\b{re.escape(private)}\b", "~", value)
    return option + equals + value


def _private_words() -> set[str]:
    words = {platform.node(), platform.node().partition(".")[0]}
    with contextlib.suppress(KeyError, OSError, RuntimeError):  # no user database
        words |= {Path.home().name, getpass.getuser()}
    return words - {""}


def _plain(value: object, where: str) -> object:
    """Return a parameter as JSON that a person reads; NaN and infinity as text."""
    if isinstance(value, numpy.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if numpy.isfinite(value) else str(value)
    if isinstance(value, (complex, Fraction)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [_plain(item, f"{where}[{k}]") for k, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    raise ParameterError(
        f"{where} is a {type(value).__name__}, needed numbers, text, lists or mappings "
        "with text keys; pass array.tolist() or str(object)"
    )


def _seed(seed: object) -> object:
    if seed is None:
        return None
    if isinstance(seed, (int, numpy.integer)) and not isinstance(seed, bool) and seed >= 0:
        return int(seed)
    if isinstance(seed, numpy.random.Generator):
        return f"Generator({type(seed.bit_generator).__name__})"
    raise ParameterError(
        f"seed is {seed!r:.80}, needed an int from 0 on or a numpy.random.Generator; pass "
        "None if none was used"
    )


def _blas() -> dict[str, str | None]:
    config = numpy.show_config(mode="dicts") or {}
    found = config.get("Build Dependencies", {}).get("blas", {})
    words = str(found.get("openblas configuration", "")).split()
    cores = [word for word in words if not OPENBLAS_FLAGS.fullmatch(word)]
    return {
        "name": found.get("name"),
        "version": found.get("version"),
        # With DYNAMIC_ARCH the core is chosen when the library is loaded.
        "architecture": None if "DYNAMIC_ARCH" in words or not cores else cores[0],
    }


def _machine() -> dict[str, object]:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        memory = None
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": _cores(),
        "memory": memory,
    }


def _cores() -> int | None:
    """Return how many cores this process may use, where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return os.cpu_count() if affinity is None else len(affinity(0))


def _peak_memory() -> int | None:
    """Return bytes; Linux counts in kB, macOS in bytes."""
    if limits is None:
        return None
    peak = limits.getrusage(limits.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024
