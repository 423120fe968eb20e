"""Files of the data tree that is shipped with the package.

In a wheel the tree is ``perturbsci/data``; in a checkout or an editable install it is
``data`` beside the package.

Examples
--------
>>> resource("sunspots.csv").read_text(encoding="ascii").splitlines()[1]
'1700,5.0'
"""

from pathlib import Path

from perturbsci.errors import FileFormatError, ParameterError

__all__ = ["resource"]


def resource(*parts: str) -> Path:
    """Return the path of a file or folder of the shipped data tree.

    Parameters
    ----------
    *parts : str
        The components below ``data``; none gives the tree itself.

    Returns
    -------
    path : pathlib.Path
        An existing path.

    Raises
    ------
    ParameterError
        If a part is not text, is absolute, or leads out of the tree.
    FileFormatError
        If the file is in neither place.

    Examples
    --------
    >>> resource("reference").is_dir()
    True
    """
    for part in parts:
        if (
            not isinstance(part, str)
            or Path(part).is_absolute()
            or ".." in Path(part).parts
        ):
            raise ParameterError(
                f"parts holds {part!r}; each must be a name inside the data tree, "
                "such as resource('reference', 'koopman.json')"
            )
    package = Path(__file__).resolve().parent
    places = [package / "data", package.parent / "data"]
    for place in places:
        path = place.joinpath(*parts)
        if path.exists():
            return path
    name = "/".join(parts) or "data"
    raise FileFormatError(
        f"data file {name!r} is neither in {places[0]} nor in {places[1]}; "
        "reinstall perturbsci, or check the spelling"
    )
