"""The pages of docs/reference, one a public module, made from its ``__all__``.

``python tests/docs/reference_pages.py`` writes them anew; the test beside it compares.
"""

import importlib
import inspect
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
MODULES = (
    "verification",
    "koopman",
    "problems",
    "io",
    "plotting",
    "studies",
    "backend",
    "errors",
    "results",
    "resources",
    "types",
    "cli",
)
DIRECTIVES = (
    (inspect.ismodule, "automodule"),
    (inspect.isclass, "autoclass"),
    (inspect.isfunction, "autofunction"),
)


def pages():
    """Return file name -> text of every page, the index among them."""
    index = "# Reference\n\nThe public names of every module, from their docstrings.\n\n"
    names = "\n".join(MODULES)
    found = {"index.md": f"{index}```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"}
    return found | {f"{name}.md": page(name) for name in MODULES}


def page(name):
    """Return the page of one module."""
    module = importlib.import_module(f"perturbsci.{name}")
    lines = [f"# {name}\n", "```{eval-rst}", f".. automodule:: perturbsci.{name}", ""]
    for public in module.__all__:
        value = getattr(module, public)
        directive = next((what for fits, what in DIRECTIVES if fits(value)), "autodata")
        directive = "autodata" if name == "types" else directive  # aliases, no classes
        lines += [f".. {directive}:: perturbsci.{name}.{public}"]
        if directive in ("automodule", "autoclass"):
            lines += ["   :members:"]
        if directive == "autodata":
            lines += ["   :no-value:"]
        lines += [""]
    return "\n".join([*lines[:-1], "```\n"])


def main():
    """Write all pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
