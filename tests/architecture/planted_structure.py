"""Planted violations of layers and sizes."""

from itertools import pairwise

from .checks_imports import (
    check_cupy_in_one_place,
    check_imports_by_name,
    check_imports_point_down,
    check_no_cycles,
    check_no_own_init,
)
from .checks_size import check_files_are_short, check_functions_are_short
from .small_tree import Plant, Plants

GRAM = "perturbsci/koopman/gram.py"
DEEP = (
    "\ndef deep(x: int) -> None:\n    if x:\n        for k in x:\n            with k:\n"
    "                try:\n                    while k:\n                        pass\n"
    "                finally:\n                    pass\n"
)
MATCHED = (
    "\ndef matched(x: int) -> None:\n    match x:\n        case 1:\n            pass\n"
    "        case 2:\n            for k in x:\n                if k:\n"
    "                    pass\n                elif x:\n                    with k:\n"
    "                        if x:\n                            pass\n"
)

# DESIGN, section 2, once more: a layer that moves in checks_imports.py is noticed here.
UPWARD = (
    "types",
    "resources",
    "backend",
    "results",
    "verification",
    "perturbation",
    "problems",
    "multiscale",
    "sweeps",
    "studies",
    "cli",
    "__main__",
)
METHODS = (
    "koopman",
    "statespace",
    "multiscale",
    "surrogates",
    "io",
    "plotting",
    "exchange",
)
BESIDE = (
    (*METHODS, "koopman"),
    ("sweeps", "embedding", "estimators", "sweeps"),
    ("types", "errors"),
)

PLANTS: Plants = {
    check_imports_point_down: [
        *[
            Plant(f"perturbsci/{low}/planted.py", f"import perturbsci.{high}\n", "is above")
            for low, high in pairwise(UPWARD)
        ],
        *[
            Plant(
                f"perturbsci/{one}/planted.py",
                f"import perturbsci.{two}\n",
                "stands beside",
            )
            for row in BESIDE
            for one, two in pairwise(row)
        ],
        Plant(GRAM, "import perturbsci.studies\n", "is above"),
        Plant(GRAM, "from perturbsci import io\n", "stands beside"),
        Plant(GRAM, "from ..plotting import x\n", "stands beside"),
        Plant(
            GRAM,
            "def f():\n    from perturbsci.cli import main\n",
            "is above",
            at="    from perturbsci.cli",
        ),
        Plant(
            GRAM,
            "if TYPE_CHECKING:\n    from perturbsci import cli\n",
            "is above",
            at="    from perturbsci import cli",
        ),
        Plant(
            GRAM,
            "import perturbsci\nx = perturbsci.statespace.hippo\n",
            "stands beside",
            at="x = perturbsci",
        ),
        Plant(
            GRAM,
            "import perturbsci as p\nx = p.studies.run\n",
            "is above",
            at="x = p.studies",
        ),
        Plant(GRAM, 'import_module("perturbsci.io")\n', "stands beside"),
        Plant(GRAM, 'import_module(f"perturbsci.io.{x}")\n', "beside"),
        Plant("perturbsci/errors.py", "import perturbsci.types\n", "stands beside"),
        Plant("perturbsci/newhome/a.py", '"""New."""\n', "has no layer"),
        Plant(GRAM, "from perturbsci import nowhere\n", "has no layer"),
    ],
    check_imports_by_name: [
        Plant(GRAM, "importlib.import_module(name)\n", "computed"),
        Plant(GRAM, '__import__(f"perturbsci.{name}")\n', "computed"),
    ],
    check_no_own_init: [
        Plant(GRAM, "from perturbsci.koopman import edmd\n", "it belongs to"),
        Plant(GRAM, "from . import edmd\n", "it belongs to"),
    ],
    check_no_cycles: [
        Plant(
            GRAM,
            "def f():\n    from .galerkin import edmd\n",
            "import cycle",
            at="    from .galerkin",
        ),
    ],
    check_cupy_in_one_place: [
        Plant(
            GRAM,
            "def f():\n    import cupy.linalg\n",
            "imports cupy",
            at="    import cupy.linalg",
        ),
        Plant(GRAM, 'importlib.import_module("cupy")\n', "imports cupy"),
        Plant("perturbsci/backend/arrays.py", "from cupy import zeros\n", "imports cupy"),
        Plant(
            "perturbsci/backend/devices.py",
            "def g():\n    import cupy\n",
            "imports cupy",
            at="    import cupy",
        ),
        Plant(GRAM, "import cupyx.scipy\n", "cupyx at module level"),
    ],
    check_files_are_short: [
        Plant("tests/test_long.py", "\n" * 400 + "x = 1\n", "401 lines", at="x = 1"),
    ],
    check_functions_are_short: [
        Plant(
            GRAM, "def long() -> None:\n" + "    x = 1\n" * 60, "61 lines", at="def long"
        ),
        Plant(GRAM, DEEP, "5 blocks deep", at="def deep"),
        Plant(GRAM, MATCHED, "5 blocks deep", at="def matched"),
    ],
}
