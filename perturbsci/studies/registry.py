"""Which studies there are: one file of this folder each, found by its name."""

import ast
import difflib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from perturbsci.errors import ParameterError

if TYPE_CHECKING:
    from perturbsci.studies.base import Study

__all__ = ["list_studies", "get_study", "first_line"]

FOLDER = Path(__file__).parent


def list_studies() -> tuple[str, ...]:
    """Return the names of the studies of the package, sorted; none is imported.

    Returns
    -------
    names : tuple of str
        ``<subpackage>_<what>``.

    Examples
    --------
    >>> "koopman_elnino" in list_studies()
    True
    """
    names = (path.stem for path in FOLDER.glob("*_*.py"))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def get_study(name: str) -> "Study":
    """Return a study of the package.

    Parameters
    ----------
    name : str
        One of ``list_studies()``.

    Returns
    -------
    study : Study
        For ``run_study``.

    Raises
    ------
    ParameterError
        If there is none; the message offers the nearest.

    Examples
    --------
    >>> get_study("koopman_sunspots").name
    'koopman_sunspots'
    """
    if not isinstance(name, str) or name not in list_studies():
        near = difflib.get_close_matches(str(name), list_studies(), n=1, cutoff=0.0)
        raise ParameterError(
            f"name is {name!r}, which is no study; did you mean {near[0]!r}? "
            "`perturbsci figures --list` shows all"
        )
    study: Study = importlib.import_module(f"perturbsci.studies.{name}").STUDY
    return study


def first_line(name: str) -> str:
    """Return the first line of a study's docstring, read without importing it.

    Parameters
    ----------
    name : str
        One of ``list_studies()``.

    Returns
    -------
    line : str
        What it shows.
    """
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]
