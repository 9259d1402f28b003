"""Figures of the documentation: one style, sharp on any screen, with a description, and of a size that is measured.

The gallery and the directive ``plot`` draw at 7 inches or less, at 100 dots per inch, about the width of the page, and
save each figure at twice the resolution too. Every figure must have an alternative text. Directives have the option
``:alt:``. In examples, comments in the block that draws the figure are joined, and do not appear on the page::

    # sphinx_gallery_alt = "Test error against the number of training digits. "
    # sphinx_gallery_alt = "The error from scattering is a third of that from pixels."

Each file records its width and the sizes of the text that was drawn in it, in the field ``skscat`` of its metadata,
which ``doc/check_site.py`` compares with the width at which the page shows the figure.
"""

import json
import re
from ast import literal_eval
from contextlib import contextmanager
from unittest.mock import patch

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.sphinxext import plot_directive
from sphinx_gallery.scrapers import figure_rst, matplotlib_scraper

STYLE = {
    "figure.figsize": (7.0, 2.8),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "font.size": 10,
}
FIELD = "skscat"
ALT = re.compile(r"^# sphinx_gallery_alt = (.+)$", re.MULTILINE)


def smallest_character(text, size, properties, is_math):
    """Return the size of the smallest character of a text, in points: formulas have small indices and exponents."""
    if not is_math:
        return size
    return min((glyph[1] for glyph in MathTextParser("path").parse(text, 72, properties).glyphs), default=size)


@contextmanager
def measured():
    """Record the width of figures and their smallest text in the metadata of the files to which they are saved."""
    texts, characters = [], []
    draw_text, savefig = RendererAgg.draw_text, Figure.savefig

    def draw(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if s.strip():
            size = prop.get_size_in_points()
            texts.append((size, s))
            characters.append((smallest_character(s, size, prop, ismath), s))
        return draw_text(self, gc, x, y, s, prop, angle, ismath, mtext)

    def save(self, filename, **options):
        # The text is only known once the figure is drawn.
        texts.clear()
        characters.clear()
        self.canvas.draw()
        smallest = {"text": min(texts, default=None), "characters": min(characters, default=None)}
        record = json.dumps({"inches": self.get_figwidth(), **smallest})
        savefig(self, filename, metadata={FIELD: record}, **options)

    with patch.object(RendererAgg, "draw_text", draw), patch.object(Figure, "savefig", save):
        yield


class PlotDirective(plot_directive.PlotDirective):
    """The directive ``plot``, whose figures are measured and must have an alternative text."""

    def run(self):
        """Draw the figures."""
        if not self.options.get("alt", "").strip():
            raise self.error("A figure must have an alternative text, in the option :alt:.")
        with measured():
            return super().run()


def scrape(block, block_vars, gallery_conf):
    """Save the figures of a block of an example, with the alternative text that its comments give."""
    alt = "".join(literal_eval(text) for text in ALT.findall(block.content)).strip()

    def described(images, folder, titles, srcsetpaths):
        if not alt:
            raise ValueError(f"{block_vars['src_file']}: a figure has no description: comments sphinx_gallery_alt.")
        return figure_rst(images, folder, alt, srcsetpaths)

    with measured(), patch("sphinx_gallery.scrapers.figure_rst", described):
        return matplotlib_scraper(block, block_vars, gallery_conf)


def reset(gallery_conf, example):
    """Set the style of the figures before each example."""
    import matplotlib as mpl

    mpl.rcParams.update(STYLE)


def setup(app):
    """Replace the directive ``plot``; ``matplotlib.sphinxext.plot_directive`` must be loaded before."""
    app.add_directive("plot", PlotDirective, override=True)
    app.add_js_file("figures.js", loading_method="defer")
    return {"parallel_read_safe": True}
