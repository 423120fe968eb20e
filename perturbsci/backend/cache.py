"""Compiled kernels as files: generated text becomes a module that Numba can cache.

Numba keeps what it compiled beside a source file, and cannot do so for text that was
executed in memory. So each instance is written as ``k_<hash>.py`` by an atomic rename and
loaded from there; where no safe folder can be had, it is compiled in memory.
"""

import functools
import hashlib
import importlib.util
import os
import platform
import stat
import sys
from pathlib import Path
from types import ModuleType

import numpy

from perturbsci.errors import ParameterError

__all__ = ["cache_folder", "cache_problem", "compiled_module", "counts", "plain_module"]

_COUNTS = {"compiled": 0, "loaded": 0}
_FAILED: dict[Path, str] = {}  # folders that failed while they were used


def counts() -> tuple[int, int]:
    """Return how many instances this process compiled, and how many it found compiled.

    Returns
    -------
    compiled, loaded : int
        Since the process started.
    """
    return _COUNTS["compiled"], _COUNTS["loaded"]


def cache_folder() -> Path:
    """Return where compiled kernels are kept.

    Returns
    -------
    folder : pathlib.Path
        ``PERTURBSCI_CACHE_DIR``, else in the user's cache folder.
    """
    wanted = os.environ.get("PERTURBSCI_CACHE_DIR")
    if wanted:
        return Path(wanted)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "perturbsci"


def cache_problem() -> str:
    """Return why compiled kernels cannot be kept.

    Numba's files are pickles: a folder that others can write to is not used.

    Returns
    -------
    problem : str
        Empty if they can.
    """
    folder = cache_folder()
    return _FAILED.get(folder) or _folder_problem(folder)


@functools.cache
def _folder_problem(folder: Path) -> str:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        return f"{folder} cannot be made: {error.strerror}"
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return f"{folder} belongs to another user"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"{folder} can be written to by others; chmod 700"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} is read-only"
    return ""


@functools.cache
def plain_module(text: str) -> ModuleType:
    """Return the module of a generated text, for the interpreter.

    Parameters
    ----------
    text : str
        Generated from a typed tree; nothing a user wrote stands in it.

    Returns
    -------
    module : module
        With ``entry``.
    """
    return _in_memory("inlined = lambda function: function\n" + text)


def compiled_module(text: str) -> ModuleType:
    """Return the module of a generated text, compiled by Numba.

    Parameters
    ----------
    text : str
        Of ``numba_module``.

    Returns
    -------
    module : module
        With ``entry``, compiled or loaded.
    """
    from perturbsci.files import write_atomically  # noqa: PLC0415 (for compiling only)

    folder = cache_folder()
    if not cache_problem():
        name = "k_" + hashlib.sha256(f"{text}|{_versions()}".encode()).hexdigest()[:16]
        path = folder / f"{name}.py"
        try:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                write_atomically(
                    path, lambda file: file.write(text.encode()), overwrite=True
                )
            return _from_file(name, path)
        except (OSError, ParameterError) as error:  # full, or taken away in between
            _FAILED[folder] = f"{path} cannot be kept: {error}"
    _COUNTS["compiled"] += 1
    return _in_memory(text.replace("cache=True", "cache=False"))


def _from_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    # Numba looks the module up by name when it loads from its cache.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    hits = sum(module.entry.stats.cache_hits.values())
    _COUNTS["loaded" if hits else "compiled"] += 1
    return module


def _in_memory(text: str) -> ModuleType:
    name = "k_" + hashlib.sha256(text.encode()).hexdigest()[:16]
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    return module


@functools.cache
def _versions() -> str:
    from importlib import metadata  # noqa: PLC0415 (slow to import, and Numba does it)

    from llvmlite.binding import get_host_cpu_name  # noqa: PLC0415 (Numba's own)

    parts = (metadata.version("numba"), numpy.__version__, platform.python_version())
    return "|".join((*parts, platform.machine(), get_host_cpu_name()))
