"""Replace a file in one step: at any moment the old or the new one is there, complete.

In this order: temporary file in the same folder, write, fsync, rename, fsync of the folder.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from perturbsci.errors import ParameterError, PerturbsciError

__all__ = ["RESOURCE_ERRORS", "check_target", "write_atomically"]

# The system lacks room or permission: no other file in that folder would fare better.
RESOURCE_ERRORS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
)


def write_atomically(
    path: str | os.PathLike[str],
    write: Callable[[BinaryIO], object],
    *,
    overwrite: bool = False,
    needed: int | None = None,
) -> Path:
    """Let a function write a file that appears only when it is complete.

    Parameters
    ----------
    path : str or path
        The file; its folder must exist.
    write : callable
        Called once with a binary file.
    overwrite : bool
        Replace an existing file.
    needed : int, optional
        Bytes that will be written, for the message on a full disk.

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    ParameterError
        If the target exists, is a link, or cannot be a file.
    OSError
        If it cannot be written; with the ``errno`` of the system, and the old file kept.
    """
    target = check_target(path, overwrite=overwrite)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    with _explained(target, needed):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(target.parent)
    return target


def check_target(
    path: str | os.PathLike[str], *, overwrite: bool, suffix: str = ""
) -> Path:
    """Return the path if a file can be written there.

    Parameters
    ----------
    path : str or path
        The file.
    overwrite : bool
        It may exist.
    suffix : str
        How its name must end.

    Returns
    -------
    target : pathlib.Path
        The same.

    Raises
    ------
    ParameterError
        If not.
    """
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(text, str) or not text or "\0" in text:
        raise ParameterError(
            f"path is {path!r:.80}, needed a text or a pathlib.Path; pass a file name such "
            f"as 'result{suffix}'"
        )
    target = Path(text)
    if not target.name.endswith(suffix):
        raise ParameterError(f"path is {text!r}, needed a name in {suffix}; add the suffix")
    if target.is_symlink():
        raise ParameterError(
            f"path {text!r} is a symbolic link, which a rename would replace; pass the "
            "file that it points to"
        )
    if not target.parent.is_dir():
        raise ParameterError(
            f"path {text!r} is in no existing folder; make {target.parent} first"
        )
    if target.exists() and not target.is_file():
        raise ParameterError(
            f"path {text!r} is a folder or device; pass a file name in a folder"
        )
    if target.exists() and not overwrite:
        raise ParameterError(
            f"path {text!r} exists; pass overwrite=True to replace it, or another name"
        )
    return target


@contextlib.contextmanager
def _explained(target: Path, needed: int | None) -> Iterator[None]:
    """Add path, needed and free bytes to an error of the system about resources."""
    try:
        yield
    except PerturbsciError:
        raise
    except OSError as error:
        if error.errno not in RESOURCE_ERRORS:
            raise
        wanted = "" if needed is None else f"needed {needed} bytes, "
        free = f"{shutil.disk_usage(target.parent).free} bytes are free in its folder"
        advice = "make room or choose another folder; an existing file was kept"
        raise OSError(
            error.errno, f"{error.strerror} ({wanted}{free}); {advice}", str(target)
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename durable; some systems cannot, and the file is complete anyway."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
