"""Planted violations of names and citations, side effects, dangerous calls."""

from .checks_behavior import (
    check_errors_have_values,
    check_no_dangerous_calls,
    check_no_side_effects,
    check_random_numbers_are_seeded,
)
from .checks_names import (
    check_bibliography,
    check_names,
    check_no_name_of_a_sibling,
    check_spelling,
)
from .small_tree import Plant, Plants

GRAM = "perturbsci/koopman/gram.py"
MAIN = "perturbsci/koopman/galerkin.py"

PLANTS: Plants = {
    check_names: [
        Plant("perturbsci/koopman/gram_utils.py", '"""Gram."""\n', "gram_utils"),
        Plant("tests/helpers.py", '"""Help."""\n', "helpers"),
        Plant(GRAM, "def _compute_gram() -> None:\n    pass\n", "_compute_gram"),
        Plant(GRAM, "class GramManager:\n    pass\n", "GramManager"),
        Plant(GRAM, "def misc_sums() -> None:\n    pass\n", "misc_sums"),
    ],
    check_no_name_of_a_sibling: [
        Plant("perturbsci/koopman/edmd.py", '"""Edmd."""\n', "edmd is exported"),
    ],
    check_spelling: [
        Plant("docs/start.md", "The behaviour of it.\n", "'behaviour'"),
        Plant("README.md", "Colours\n", "'Colours'"),
        Plant(GRAM, "# by normalisation\n", "'normalisation'"),
        Plant(GRAM, "re_centred = 1\n", "'centred'"),
        Plant(GRAM, "# Discretised\n", "'Discretised'"),
        Plant(GRAM, "nearest_neighbours = 1\n", "'neighbours'"),
    ],
    check_bibliography: [
        Plant(MAIN, "Rowley (2016)", "cites Williams", old="Rowley (2015)"),
        Plant(
            GRAM,
            '"""Gram matrices.\n\nAfter Okabe\nand Ito (2008)."""',
            "cites Okabe and Ito (2008)",
            old='"""Gram matrices."""',
            at="After Okabe",
        ),
        Plant(GRAM, 'Problem(source="Yule1927")\n', "no key"),
        Plant(GRAM, 'Problem(source="Yule (1927), page 3")\n', "cites Yule"),
        Plant(
            "docs/bibliography.md",
            "none",
            "holds no entry",
            at="# Bib",
            old="- **Williams2015**",
        ),
    ],
    check_no_side_effects: [
        Plant(GRAM, "print(1)\n", "calls print"),
        Plant(GRAM, "def f():\n    global STATE\n", "global STATE", at="    global"),
        *[
            Plant(GRAM, f"{call}\n", "opens a file")
            for call in (
                "open(x)",
                "Path(x).open()",
                "path.read_text()",
                "path.write_bytes(b'')",
                "import numpy as np; np.savez(path)",
            )
        ],
        *[
            Plant(
                GRAM,
                f"CACHE = {start}\ndef f(x):\n    {change}\n",
                "f changes the module-level CACHE",
                at=f"    {change}",
            )
            for start, change in (
                ("{}", "CACHE[x] = 1"),
                ("[]", "CACHE.append(x)"),
                ("set()", "CACHE.add(x)"),
                ("dict()", "del CACHE[x]"),
            )
        ],
    ],
    check_random_numbers_are_seeded: [
        Plant(
            GRAM,
            "import numpy as np\nnp.random.seed(0)\n",
            "numpy.random.seed",
            at="np.random",
        ),
        Plant(
            "tests/test_a.py",
            "from numpy import random\nx = random.rand(3)\n",
            "numpy.random.rand",
            at="x =",
        ),
        Plant(
            GRAM, "import numpy as np\nnp.random.default_rng()\n", "no seed", at="np.random"
        ),
    ],
    check_no_dangerous_calls: [
        *[
            Plant(GRAM, f"{call}\n", "parse_expression")
            for call in (
                "eval(x)",
                "exec(x)",
                "compile(x, '', 'eval')",
                "import pickle",
                "from joblib import load",
                "from sympy import sympify",
                "sympy.parse_expr(x)",
                "yaml.load(x)",
                "subprocess.run(x, shell=True)",
                "os.system(x)",
                "import numpy as np; np.load(x)",
                "import numpy; numpy.load(x, allow_pickle=True)",
            )
        ],
    ],
    check_errors_have_values: [
        *[
            Plant(GRAM, f"raise {error}\n", "shows no value")
            for error in (
                "ShapeError",
                "ShapeError()",
                'errors.ShapeError("x is wrong")',
                'ShapeError(f"x is wrong")',
                'ShapeError("x is " + "wrong")',
                'ShapeError(f"{x}" if x else "wrong")',
            )
        ],
    ],
}
