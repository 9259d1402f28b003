"""The directive ``benchmark-table``: published results beside ours, read from the files that benchmarks write.

Each file ``benchmarks/results/*.json`` holds one result::

    {"task": "MNIST, 5,000 training digits", "metric": "test error, %", "ours": 1.02,
     "published": [{"value": 1.4, "method": "...", "source": "..."}], "command": "python benchmarks/published.py ..."}

``ours`` may also be a list ``[{"value": 98.3, "deviation": 0.4, "method": "..."}]``, the best method last.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
HEADER = ("Task", "Measure", "skscat", "Published", "Command")


class BenchmarkTable(SphinxDirective):
    """A table with a row for each result."""

    def run(self):
        """Parse the table as reStructuredText, so that cells may hold markup."""
        files = [f for f in sorted(RESULTS.glob("*.json")) if f.stem != "speed"]
        for file in files:
            self.state.document.settings.record_dependencies.add(str(file))
        rows = [row(json.loads(file.read_text())) for file in files]
        text = list_table([HEADER, *rows]) if rows else "No result is recorded yet."
        return self.wrapped(text)

    def wrapped(self, text):
        """Parse text into a container that the style sheet knows."""
        return [nodes.container("", *self.parse_text_to_nodes(text), classes=["benchmark-table"])]


def row(result):
    """Cells of one result."""
    published = "; ".join(f"{p['value']:g} ({p['method']}, {p['source']})" for p in result["published"])
    return result["task"], result["metric"], ours(result["ours"]), published, f"``{result['command']}``"


def ours(results):
    """Write our result, or those of several methods, the last of which stands out."""
    if not isinstance(results, list):
        return f"**{results:g}**"
    values = [f"{r['value']:g}" + (f" ± {r['deviation']:g}" if "deviation" in r else "") for r in results]
    values[-1] = f"**{values[-1]}**"
    return "; ".join(f"{value} ({r['method']})" for value, r in zip(values, results, strict=True))


def list_table(rows):
    """Write rows as a list-table."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in rows:
        for i, cell in enumerate(cells):
            lines.append(f"   {'*' if i == 0 else ' '} - {cell}")
    return "\n".join(lines)


def setup(app):
    """Register the directive."""
    app.add_directive("benchmark-table", BenchmarkTable)
    return {"parallel_read_safe": True}
