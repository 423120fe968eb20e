"""Planted violations of docstrings, types and classes."""

from .checks_docs import check_docstrings
from .checks_interface import (
    check_all_is_the_api,
    check_annotations,
    check_hierarchies_are_flat,
    check_options_are_keywords,
    check_results_are_frozen,
)
from .small_tree import Plant, Plants

GRAM = "perturbsci/koopman/gram.py"
MAIN = "perturbsci/koopman/galerkin.py"
INIT = "perturbsci/koopman/__init__.py"

PLANTS: Plants = {
    check_docstrings: [
        Plant(GRAM, "", "file has no docstring", old='"""Gram matrices."""'),
        Plant(GRAM, "def bare() -> None:\n    pass\n", "no docstring"),
        Plant(GRAM, "class Bare:\n    pass\n", "no docstring"),
        Plant(
            "perturbsci/studies/koopman_small.py", "def draw():\n    pass\n", "no docstring"
        ),
        Plant(GRAM, 'def bare(x: int) -> None:\n    """Do."""\n', "name x"),
        Plant(GRAM, 'def bare() -> int:\n    """Do."""\n', "has no Returns"),
        Plant(
            MAIN, "seed : int", "name strict", old="seed, strict : int, bool", at="def edmd"
        ),
        Plant(
            MAIN,
            "seed, strict, x2 : int",
            "names x2",
            old="seed, strict : int, bool",
            at="def edmd",
        ),
        Plant(
            MAIN, "of states\n", "of x says no shape", old="shape (n, m)\n", at="def edmd"
        ),
        Plant(
            MAIN,
            "array",
            "of values says no shape",
            old="array, shape (k,)",
            at="class Spectrum",
        ),
        Plant(
            MAIN,
            "    value : array",
            "name values",
            old="    values : array",
            at="class Spectrum",
        ),
        Plant(
            MAIN,
            "    KeyError\n        If x",
            "name ShapeError",
            old="    ShapeError\n        If x",
            at="def edmd",
        ),
        Plant(
            MAIN,
            "    KeyError\n        If there",
            "name ShapeError",
            old="    ShapeError\n        If there",
            at="class Spectrum",
        ),
        Plant(
            MAIN,
            "",
            "no Examples",
            old="    Examples\n    --------\n    >>> edmd(x)",
            at="def edmd",
        ),
        Plant(
            MAIN,
            "",
            "no Examples",
            old="    Examples\n    --------\n    >>> spectrum",
            at="class Spectrum",
        ),
        Plant(
            MAIN,
            "pass",
            "no docstring",
            old='"""Check the values."""',
            at="def __post_init__",
        ),
        Plant(MAIN, "pass", "no docstring", old='"""True always."""', at="def ok"),
        Plant(
            MAIN,
            "        size : float",
            "name tolerance",
            old="        tolerance : float",
            at="def keep",
        ),
        Plant(
            GRAM,
            "array\n        Hermitian",
            "Returns says no shape",
            old="array, shape (m, m)\n        Hermitian",
            at="def gram",
        ),
    ],
    check_annotations: [
        Plant(GRAM, "def _f(x) -> None:\n    pass\n", "x has no annotation"),
        Plant(GRAM, "def _f(*, x) -> None:\n    pass\n", "x has no annotation"),
        Plant(
            GRAM,
            "class A:\n    def f(self):\n        pass\n",
            "return has no annotation",
            at="    def f",
        ),
        Plant(GRAM, "def f(x: Any) -> None:\n    pass\n", "annotated Any"),
        Plant(GRAM, "def f() -> typing.Any | None:\n    pass\n", "annotated Any"),
        Plant(GRAM, "def f(x: Optional[Any]) -> None:\n    pass\n", "Any"),
    ],
    check_options_are_keywords: [
        Plant(GRAM, "def f(x: bool) -> None:\n    pass\n", "boolean x"),
        Plant(GRAM, "def f(y, x=False) -> None:\n    pass\n", "boolean x"),
        Plant(
            GRAM,
            "class A:\n    def f(self, x: bool | None):\n        pass\n",
            "boolean x",
            at="    def f",
        ),
        Plant(GRAM, "def f(**options):\n    pass\n", "takes **options"),
    ],
    check_all_is_the_api: [
        Plant(
            INIT,
            '["Spectrum", "edmd", "dmd"]',
            "no own file provides",
            old='["Spectrum", "edmd"]',
            at="__all__",
        ),
        Plant(
            INIT,
            '["Spectrum"]',
            "edmd is re-exported",
            old='["Spectrum", "edmd"]',
            at="__all__",
        ),
        Plant(
            INIT,
            '["edmd", "Spectrum", "edmd"]',
            "edmd twice",
            old='["Spectrum", "edmd"]',
            at="__all__",
        ),
        Plant(
            INIT,
            "__all__ = sorted(NAMES)",
            "no plain list",
            at='"""Sp',
            old='__all__ = ["Spectrum", "edmd"]',
        ),
        Plant(
            INIT,
            "\nFILES = {'dmd': 'gram'}\n\ndef __getattr__(name):\n    return FILES[name]\n",
            "dmd is re-exported",
            at="__all__",
        ),
        Plant(
            MAIN,
            '["Spectrum", "edmd", "dmd"]',
            "is not defined",
            old='["Spectrum", "edmd"]',
            at="__all__",
        ),
        Plant(
            "docs/reference/koopman.md",
            "Spectrum\n",
            "docs/reference has no koopman.edmd",
            old="Spectrum, edmd\n",
        ),
    ],
    check_results_are_frozen: [
        Plant(
            GRAM,
            "@dataclass\nclass A:\n    x: int\n",
            "lacks frozen=True, slots=True, eq=False",
            at="class A",
        ),
        Plant(
            GRAM,
            "@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n    x: int\n",
            "lacks eq=False",
            at="class A",
        ),
    ],
    check_hierarchies_are_flat: [
        Plant(
            GRAM,
            "class A:\n    pass\nclass B(A):\n    pass\nclass C(B):\n    pass\n",
            "C derives from B, which derives from A",
            at="class C",
        ),
    ],
}
