"""Sphinx configuration: every page, formula and script comes from this build, nothing from a network."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]  # the checkout's own packages, and our extensions

from verify.files.provenance import version as installed_version  # noqa: E402

project = "bulkspike"
author = "The bulkspike developers"
project_copyright = "The bulkspike developers, MIT licence"
version = release = installed_version()

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "plain_docstrings",
    "mathml",
    "equation_names",
    "reference",
    "recorded",
    "named_places",
    "first_terms",
    "wide_tables",
    "api_pages",
]
exclude_patterns = ["_build", "_ext", "data", "examples"]
nitpicky = False
default_role = "code"  # `name` in a docstring
smartquotes_action = "qe"  # leave the dashes of options alone

# -- Markdown and notebooks ---------------------------------------------------------------------------------------
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
myst_dmath_allow_labels = True
myst_dmath_double_inline = True
myst_heading_anchors = 3
myst_update_mathjax = False
nb_execution_mode = "force"  # the tutorial is a notebook; it takes seconds
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # by default these come from a CDN

# -- mathematics: MathML, converted by docs/_ext/mathml.py ----------------------------------------------------------
html_math_renderer = "mathml"

# -- API ------------------------------------------------------------------------------------------------------------
api_packages = ["theory", "sim", "verify"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_use_legacy_class_based = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_validation_checks: set[str] = set()

# -- HTML -----------------------------------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "bulkspike"
html_static_path = ["_static"]
html_css_files = ["bulkspike.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_sidebars = {
    "index": [],
    "quickstart": [],
    "commands": [],
    "reading-a-verdict": [],
    "statistics": [],
    "changelog": [],
    "found": [],
    "verdicts": [],
    "predictions": [],
    "tables": [],
    "gallery": [],
    "calibration": [],
    "tutorial": [],
    "published-items": [],
    "recipes": [],
    "glossary": [],
    "bibliography": [],
    "layout": [],
    "strategies": [],
    "benchmarks": [],
    "adding-*": [],
}
WIDE = (
    "verdicts",
    "tables",
    "found",
    "commands",
    "published-items",
)  # their tables have the page's whole width
html_theme_options = {
    "logo": {"text": "bulkspike"},
    "navbar_align": "left",
    "navbar_persistent": [],
    "navbar_end": ["search-button", "theme-switcher"],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "show_version_warning_banner": False,
    "header_links_before_dropdown": 8,
    "secondary_sidebar_items": {"**": ["page-toc"], **{name: [] for name in WIDE}},
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "github-dark",
}
