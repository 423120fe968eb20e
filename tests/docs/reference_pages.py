"""The pages of docs/reference, one a public module, made from its ``__all__``.

``python tests/docs/reference_pages.py`` writes them anew; the test beside it compares.
"""

import enum
import importlib
import inspect
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
MODULES = (
    "verification",
    "koopman",
    "statespace",
    "multiscale",
    "surrogates",
    "perturbation",
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
ALIASES = {  # public names without a docstring of their own
    "Array": "A NumPy or CuPy array.",
    "Seed": "An ``int`` or a ``numpy.random.Generator``.",
    "BackendName": '``"numpy"``, ``"numba"`` or ``"cupy"``.',
    "Size": '``"small"`` or ``"full"``.',
    "COLORS": "The eight colors of Okabe and Ito (2008), as hex texts.",
}


def pages():
    """Return file name -> text of every page, the index among them."""
    index = "# Reference\n\nThe public names of every module, from their docstrings.\n\n"
    names = "\n".join(MODULES)
    found = {"index.md": f"{index}```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"}
    return found | {f"{name}.md": page(name) for name in MODULES}


def page(name):
    """Return the page of one module."""
    module = importlib.import_module(f"perturbsci.{name}")
    head = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: perturbsci.{name}\n\n"
    entries = [entry(module, public) for public in module.__all__]
    return head + "\n".join(entries) + "```\n"


def entry(module, public):
    """Return the directive that shows one public name."""
    value, full = getattr(module, public), f"{module.__name__}.{public}"
    if public in ALIASES:
        return f".. py:data:: {full}\n\n   {ALIASES[public]}\n"
    if inspect.ismodule(value):
        return f".. automodule:: {full}\n   :members:\n"
    if inspect.isfunction(value):
        return f".. autofunction:: {full}\n"
    members = "   :undoc-members:\n" if issubclass(value, enum.Enum) else ""
    return f".. autoclass:: {full}\n   :members:\n{members}"


def main():
    """Write all pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
