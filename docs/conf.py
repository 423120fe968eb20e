"""How Sphinx builds these pages: ``python -m sphinx -W -b html docs docs/_build``."""

import perturbsci

project = "perturbsci"
author = "The perturbsci developers"
copyright = author
version = release = perturbsci.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
suppress_warnings = ["config.cache"]

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


def setup(app):
    """Connect before numpydoc does."""
    app.connect("autodoc-process-docstring", headings_to_rubrics, priority=400)
