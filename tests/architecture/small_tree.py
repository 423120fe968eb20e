"""A small tree in order, and the form of one planted violation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GALERKIN = '''"""The matrix K = G^+ A of Williams, Kevrekidis, and Rowley (2015)."""

from dataclasses import dataclass

import numpy

from perturbsci.errors import ShapeError
from perturbsci.koopman.gram import gram
from perturbsci.types import Array

__all__ = ["Spectrum", "edmd"]

NAMES = {"x": "states"}


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Eigenvalues.

    Parameters
    ----------
    values : array, shape (k,)
        Unordered.

    Raises
    ------
    ShapeError
        If there is none.

    Examples
    --------
    >>> spectrum
    """

    values: Array

    def __post_init__(self) -> None:
        """Check the values."""
        if not self.values.size:
            raise ShapeError(f"values has shape {self.values.shape}; give one or more")

    @property
    def ok(self) -> bool:
        """True always."""
        return True

    def keep(self, tolerance: float) -> "Spectrum":
        """Return those below a tolerance.

        Parameters
        ----------
        tolerance : float
            Of the residual.

        Returns
        -------
        spectrum : Spectrum
            The kept ones.
        """
        return Spectrum(self.values[self.values < tolerance])


def edmd(x: Array, *, seed: int = 0, strict: bool = True) -> Spectrum:
    """Return eigenvalues.

    Parameters
    ----------
    x : array,
        shape (n, m)
        States.
    seed, strict : int, bool
        Options.

    Returns
    -------
    spectrum : Spectrum
        Of the matrix.

    Raises
    ------
    ShapeError
        If x is empty.

    Examples
    --------
    >>> edmd(x)
    """
    rng = numpy.random.default_rng(seed)
    names = {}
    names["x"] = rng
    if strict and x.size == 0:
        raise ShapeError("x has shape " + f"{x.shape}; " + "give one row or more")
    return Spectrum(numpy.linalg.eigvals(gram(x)))
'''

ARRAYS = '''"""Arrays of any device."""

from types import ModuleType


def device_library() -> ModuleType:
    """Return cupy.

    Returns
    -------
    cupy : module
        Loaded.
    """
    import cupy
    import cupyx

    return cupy, cupyx
'''

STUDY = '''"""A small study."""

from perturbsci.studies.base import Claim, Study


def run(size: str, backend: str, seed: int) -> dict:
    """Return the data."""


def claims(data: dict) -> list[Claim]:
    """Compare."""
    return [Claim("period", data["period"], "koopman.period")]


STUDY = Study(name="small", source="Williams2015", run=run, claims=claims)
'''.replace(
    "def run(size, backend, seed)", "def run(size: str, backend: str, seed: int) -> dict"
)
BASE = '''"""What a study is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """One number.

    Parameters
    ----------
    text : str
        Words.
    """

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One figure.

    Parameters
    ----------
    name : str
        Of the file.
    """

    name: str
'''

REFERENCE = """[
  {"id": "koopman.period", "quantity": "period", "parameters": {}, "value": 12.0,
   "tolerance": 0.01, "origin": "measured", "source": "a script"}
]
"""

README = """# Small

    python -m pip install . && perturbsci figures
    python -m pip install ".[test]" && python -m pytest
"""

FILES = {
    "perturbsci/__init__.py": '"""Small."""\n\nimport importlib\n\nNAME = "errors"\n'
    "importlib.import_module(NAME)\n",
    "perturbsci/errors.py": '"""Errors."""\n\n__all__ = ["BaseProblem", "ShapeError"]\n\n\n'
    'class BaseProblem(Exception):\n    """Base."""\n\n\n'
    'class ShapeError(BaseProblem):\n    """Shapes."""\n',
    "perturbsci/types.py": '"""Types."""\n\nfrom typing import Any\n\nArray = Any\n',
    "perturbsci/backend/__init__.py": '"""Arrays."""\n\n__all__ = []\n',
    "perturbsci/backend/arrays.py": ARRAYS,
    "perturbsci/koopman/__init__.py": '"""Spectra."""\n\n'
    "from perturbsci.koopman.galerkin import Spectrum, edmd\n\n"
    '__all__ = ["Spectrum", "edmd"]\n',
    "perturbsci/koopman/galerkin.py": GALERKIN,
    "perturbsci/koopman/gram.py": '"""Gram matrices."""\n\nfrom perturbsci import backend\n'
    "from perturbsci.types import Array\n\n\n"
    'def gram(x: Array) -> Array:\n    """Return x* x.\n\n    Parameters\n    ----------\n'
    "    x : array, shape (n, m)\n        Rows.\n\n    Returns\n    -------\n"
    "    g : array, shape (m, m)\n        Hermitian.\n"
    '    """\n    return backend.arrays.matmul(x.T, x)\n',
    "perturbsci/studies/__init__.py": '"""Studies."""\n\n__all__ = []\n',
    "perturbsci/studies/base.py": BASE,
    "perturbsci/studies/koopman_small.py": STUDY,
    "examples/small.py": '"""An example."""\n',
    "tests/test_small.py": "import pytest\n\n\ndef test_unknown():\n"
    '    with pytest.raises(ValueError):\n        load_reference("koopman.perod")\n',
    "docs/bibliography.md": "# Bibliography\n\n- **Williams2015** M. O. Williams, "
    "I. G. Kevrekidis, C. W. Rowley, on behaviour.\n",
    "docs/reference/koopman.md": "Spectrum, edmd\n",
    "docs/reference/backend.md": "none\n",
    "data/reference/koopman.json": REFERENCE,
    "figures/small.png": "",
    "pyproject.toml": "",
    "README.md": README,
    "LICENSE": "",
    "CHANGELOG.md": "",
    "CITATION.cff": "",
    ".gitignore": "/figures/\n",
}


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """One violation: ``new`` is appended to a file, or put in the place of ``old``.

    The finding must stand at the first line that holds ``at`` (default: the first line
    of what was planted) and must say ``says``.
    """

    path: str
    new: str
    says: str
    old: str = ""
    at: str = ""

    def put(self, root: Path) -> int:
        """Plant it and return the line where it must be found."""
        path = root / self.path
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert self.old in text, f"{self.path} has no {self.old!r} to replace"
        text = text.replace(self.old, self.new, 1) if self.old else text + self.new
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        mark = self.at or self.new.strip().split("\n")[0]
        return text.count("\n", 0, text.index(mark)) + 1 if mark else 1


Plants = dict[Callable[[Path], list[str]], list[Plant]]


def write_tree(root: Path) -> None:
    """Write the small tree."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
