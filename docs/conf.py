"""Settings of the documentation site: ``make docs`` builds it in ``build/docs``."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.make.site_tables import fill_tables  # noqa: E402  # found by the line above

if TYPE_CHECKING:
    from docutils.nodes import math, math_block
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

project = "heliofront"
author = "heliofront contributors"
copyright = f"2026, {author}"
version = release = installed_version("heliofront")

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["make", "notebooks", "examples"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {name: name for name in ("FloatArray", "IntArray", "Quantity")}
maximum_signature_line_length = 80
numpydoc_show_class_members = False
add_module_names = False

html_theme = "furo"
html_title = f"heliofront {version}"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"


def _inline_math(translator: HTML5Translator, node: math) -> None:
    translator.body.append(convert(node.astext()))
    raise SkipNode  # its text is in the formula


def _block_math(translator: HTML5Translator, node: math_block) -> None:
    translator.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise SkipNode


def _fill(app: Sphinx, document: str, source: list[str]) -> None:
    source[0] = fill_tables(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Render formulas as MathML, which needs no script, and fill tables in as pages are read."""
    app.add_html_math_renderer("mathml", (_inline_math, None), (_block_math, None))
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
