"""Configuration of the documentation."""

import inspect
import os
import re
import sys
from pathlib import Path

import skscat

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from figures import STYLE

project = "skscat"
author = "The skscat developers"
copyright = "The skscat developers"
version = release = skscat.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    # Formulas are rendered offline.
    "sphinx-mathjax-offline",
    "numpydoc",
    "matplotlib.sphinxext.plot_directive",
    "matplotlib.sphinxext.figmpl_directive",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    # The list of changes is written in Markdown.
    "myst_parser",
    "benchmark_table",
    "figures",
    "speed_table",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
default_role = "literal"

# Links to the documentation of other projects need a network connection at build time.
if os.environ.get("SKSCAT_DOC_INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "joblib": ("https://joblib.readthedocs.io/en/stable", None),
        "torch": ("https://docs.pytorch.org/docs/stable", None),
    }

autosummary_generate = True
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False

copybutton_exclude = ".linenos, .gp, .go"

plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", STYLE["figure.dpi"])]
plot_srcset = ["2x"]
# Plots of results read files relative to the repository.
plot_working_directory = str(Path(__file__).parents[1])
plot_rcparams = STYLE
plot_apply_rcparams = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "doc_module": ("skscat",),
    "backreferences_dir": "api/generated/backreferences",
    "reference_url": {"skscat": None},
    "abort_on_example_error": True,
    "image_scrapers": ("figures.scrape",),
    "image_srcset": ["2x"],
    "reset_modules": ("matplotlib", "figures.reset"),
    "remove_config_comments": True,
    # In the order in which they are read best; what is not listed comes last.
    "subsection_order": "gallery_order.sections",
    "within_subsection_order": "gallery_order.examples",
    "parallel": 2,
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "write_computation_times": False,
    # Show diagrams of estimators and audio players, but not the return values of matplotlib calls.
    "capture_repr": ("_repr_html_",),
}
html_theme = "pydata_sphinx_theme"
html_title = f"skscat {release}"
html_static_path = ["_static"]
html_css_files = ["skscat.css"]
html_js_files = [("diagrams.js", {"defer": "defer"})]
html_context = {"default_mode": "auto"}
html_favicon = "_static/logo.svg"
html_show_sourcelink = False
html_copy_source = False
html_domain_indices = False
html_theme_options = {
    "logo": {"text": "skscat", "image_light": "_static/logo.svg", "image_dark": "_static/logo.svg"},
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "header_links_before_dropdown": 8,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
PAGES_WITHOUT_SIDEBAR = (
    "index",
    "getting_started",
    "install",
    "glossary",
    "migration",
    "results",
    "bibliography",
    "changes",
)
html_sidebars = {page: [] for page in PAGES_WITHOUT_SIDEBAR}


def skip_member(app, what, name, obj, skip, options):
    """Skip members that a class inherits from other packages."""
    function = obj.fget if isinstance(obj, property) else obj
    module = getattr(function, "__module__", None) or ""
    return skip or not (inspect.isroutine(function) and module.startswith("skscat"))


def escape(app, what, name, obj, options, lines):
    """Escape types such as ``(n, *shape)`` and ``(n_features_in_,)``, and names such as ``J. Doe``, in docstrings."""
    for i, line in enumerate(lines):
        lines[i] = re.sub(r"^(\s*\.\. \[\S+\] )(?=[A-Z]\. )", r"\1\\", line)
        if re.match(r"\s+\*\*.*\*\* : ", line):
            label, colon, kind = line.partition(" : ")
            lines[i] = label + colon + re.sub(r"(?<=[ (])\*(?=\w)|(?<=\w)_(?=[,) ])", r"\\\g<0>", kind)


def setup(app):
    app.connect("autodoc-skip-member", skip_member)
    # After numpydoc, whose priority is 500.
    app.connect("autodoc-process-docstring", escape, priority=600)
