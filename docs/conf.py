"""How Sphinx builds these pages: ``python -m sphinx -W -b html docs docs/_build``.

The gallery runs every script of ``examples``, about a minute in all, and shows what it
prints and draws; its pages are written to ``docs/gallery``, which git ignores.
"""

import re

import perturbsci

project = "perturbsci"
author = "The perturbsci developers"
copyright = author
version = release = perturbsci.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build"]
suppress_warnings = ["config.cache", "sphinx_gallery.config"]

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "",  # all scripts run
    "within_subsection_order": "ExampleTitleSortKey",
    "abort_on_example_error": True,
    "capture_repr": (),
    "download_all_examples": False,
    "inspect_global_variables": False,
    "show_signature": False,
    "write_computation_times": False,
}

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 2

autodoc_member_order = "bysource"
numpydoc_show_class_members = False  # the directive :members: shows them

html_theme = "pydata_sphinx_theme"
html_title = "perturbsci"
html_show_copyright = False
html_show_sourcelink = False
html_theme_options = {"show_prev_next": False, "navbar_align": "left"}


def headings_to_rubrics(*event):
    """Turn the section Examples of a module into a rubric: a page has one such section."""
    what, lines = event[1], event[-1]
    if what == "module" and "Examples" in lines:
        start = lines.index("Examples")
        lines[start : start + 2] = [".. rubric:: Examples", ""]


def examples_to_gallery(*event):
    """Lead links to a script to its page; in a checkout they lead to the file."""
    page, source = event[1:]
    up = "](" + "../" * page.count("/") + "gallery/"
    text = re.sub(r"\]\((?:\.\./)+examples/(\w+)\.py\)", rf"{up}\1.rst)", source[0])
    top = "](" + "../" * page.count("/") + "examples.md)"
    source[0] = re.sub(r"\]\((?:\.\./)+examples/README\.rst\)", top, text)


def setup(app):
    """Connect before numpydoc does."""
    app.connect("source-read", examples_to_gallery)
    app.connect("autodoc-process-docstring", headings_to_rubrics, priority=400)
