"""Configuration of the documentation.

Built, warnings as errors, by ``python -m sphinx -W -b html doc doc/_build/html``.
"""

import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.ext.autosummary import autosummary_table

import skactive

project = "skactive"
author = "The skactive developers"
copyright = f"2026, {author}"
version = release = skactive.__version__
# the address of the repository stands in pyproject.toml alone
metadata = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
urls = metadata["project"]["urls"]

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # formulas without a network
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "tutorials"]
default_role = "py:obj"  # `name` links to what it names, and is code where it cannot

autodoc_typehints = "none"  # docstrings say the types, in words
autosummary_generate = True

copybutton_prompt_text = r">>> |\.\.\. |\$ "  # copied without prompts and output
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "auto_tutorials",
    "filename_pattern": r"\.py$",  # all of them are run when the pages are built
    "within_subsection_order": "FileNameSortKey",  # the order of a course
    "download_all_examples": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "show_memory": False,
    "write_computation_times": False,
    "plot_gallery": True,  # -D plot_gallery=0 builds without running them
}
numpydoc_show_class_members = False  # the class template lists them

# of linkcheck: ours, which exist once this is published; .ci/links.py checks the pages
linkcheck_ignore = [*map(re.escape, urls.values()), r"http://(localhost|127\.).*"]
linkcheck_timeout = 20

html_theme = "pydata_sphinx_theme"
html_title = "skactive"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_show_sourcelink = False
# pages without pages below them: the width is better spent on text
childless = ["index", "install"]
html_sidebars = {page: [] for page in childless}
html_baseurl = urls["Documentation"]
html_theme_options = {
    "github_url": urls["Source"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def skip_inherited_from_elsewhere(app, what, name, member, skip, options):
    """Leave out what scikit-learn and torch document themselves."""
    module = getattr(member, "__module__", None) or ""
    return skip or module.startswith(("sklearn.", "torch."))


def drop_citations_from_summaries(app, doctree):
    """Leave out the [1]_ of first lines where they stand in a table of names."""
    for table in doctree.findall(autosummary_table):
        for marker in list(table.findall(pending_xref)):
            if marker["refdomain"] == "citation":
                before = marker.parent[marker.parent.index(marker) - 1]
                before.parent.replace(before, nodes.Text(before.rstrip()))
                marker.parent.remove(marker)


def setup(app):
    """Connect the handlers above."""
    app.connect("autodoc-skip-member", skip_inherited_from_elsewhere)
    app.connect("doctree-read", drop_citations_from_summaries)
