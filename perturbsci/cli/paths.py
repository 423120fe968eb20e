"""The files that a person names: an archive, or the record of a study."""

from pathlib import Path

from perturbsci.errors import ParameterError

__all__ = ["SUFFIXES", "stored_file"]

SUFFIXES = (".npz", ".json")


def stored_file(word: str) -> Path:
    """Return the path of a file that may hold a result or a study.

    Parameters
    ----------
    word : str
        As typed.

    Returns
    -------
    path : pathlib.Path
        Of an existing file.

    Raises
    ------
    ParameterError
        If there is no such file, or its name ends otherwise: usage, not damage.
    """
    path = Path(word)
    if path.is_dir():
        raise ParameterError(f"path {word!r} is a folder; name one of its files")
    if path.suffix not in SUFFIXES:
        raise ParameterError(
            f"path {word!r} is no folder, .npz or .json file; name one of them"
        )
    if not path.exists():
        raise ParameterError(f"path {word!r} does not exist; check its name and folder")
    return path
