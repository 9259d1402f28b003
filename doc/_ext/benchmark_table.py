"""The directives ``benchmark-table`` and ``benchmark-summary``: published results next to ours.

The results are read from the files written by the benchmarks. ``.. benchmark-table:: mnist_*`` shows each file
``benchmarks/results/mnist_*.json`` as a table. ``.. benchmark-summary::`` is a table with one row for each file that
matches one of the patterns in its content. A file holds::

    {"task": "MNIST, 5,000 training digits", "metric": "test error, %",
     "ours": [{"value": 1.02, "deviation": 0.1, "method": "..."}],
     "published": [{"value": 1.4, "method": "...", "source": "..."}],
     "baselines": [{"value": 2.1, "method": "nearest neighbor"}],
     "ablations": [{"value": 5.1, "method": "raw pixels"}],
     "command": "python benchmarks/published.py ...", "date": "2026-01-31", "seconds": 60}

Published results are quoted. Baselines (key ``baselines``) are methods of others that were run here. Baselines and
ablations are optional. ``deviation`` is a standard deviation. If there are several methods of ours, the last one is
highlighted: it was chosen before any test. A file may also hold an arbitrary table, with the headings in ``columns``
and the cells in ``rows``.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


class BenchmarkTable(SphinxDirective):
    """One table per result that matches a pattern, in the order of the file names."""

    required_arguments = 1

    def run(self):
        """Parse the tables as reStructuredText, so that cells may contain markup."""
        return self.wrapped("\n\n".join(result_table(result) for result in self.results(self.arguments[0])))

    def results(self, pattern):
        """Read the files that match a pattern, sorted by name and by the numbers in it."""
        files = sorted(RESULTS.glob(f"{pattern}.json"), key=lambda file: natural_key(file.stem))
        if not files:
            raise self.error(f"No file in {RESULTS} matches {pattern}.json.")
        for file in files:
            self.state.document.settings.record_dependencies.add(str(file))
        return [json.loads(file.read_text()) for file in files]

    def wrapped(self, text):
        """Parse text into a container with the class ``benchmark-table``."""
        return [nodes.container("", *self.parse_text_to_nodes(text), classes=["benchmark-table"])]


class BenchmarkSummary(BenchmarkTable):
    """One row per result that matches one of several patterns."""

    required_arguments = 0
    has_content = True

    def run(self):
        """Parse the table as reStructuredText."""
        header = ("Task", "Metric", "Best published", "Best baseline run here", "skscat")
        rows = [summary(result) for pattern in self.content for result in self.results(pattern)]
        return self.wrapped(list_table([header, *rows]))


def summary(result):
    """Format one result as a row: the best published result, the best baseline run here, and our last method."""
    best = min if "error" in result["metric"] else max
    others = (
        format_value(best(results, key=lambda other: other["value"])) if results else ""
        for results in (result["published"], result.get("baselines"))
    )
    return result["task"], result["metric"], *others, f"**{format_value(result['ours'][-1])}**"


def natural_key(name):
    """Return a sort key that orders the numbers in a name by value."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in name.split("_")]


def result_table(result):
    """Format one result: an arbitrary table, or published results, baselines, ablations and our methods."""
    if "columns" in result:
        # Non-breaking hyphens keep powers of ten on one line.
        rows = [
            [f"{cell:g}".replace("-", "\N{NON-BREAKING HYPHEN}") if isinstance(cell, float) else cell for cell in row]
            for row in result["rows"]
        ]
        return titled(result, [result["columns"], *rows])
    rows = [(p["method"], p["source"], format_value(p)) for p in result["published"]]
    for source, key in (("run here", "baselines"), ("ablation", "ablations"), ("skscat", "ours")):
        rows += [(found["method"], source, format_value(found)) for found in result.get(key, [])]
    method, source, value = rows[-1]
    rows[-1] = (method, f"**{source}**", f"**{value}**")
    return titled(result, [("Method", "Source", result["metric"]), *rows])


def titled(result, rows):
    """Format a table with its title, the command that reproduces it, the computing time and the date."""
    duration = f"{result['seconds'] / 60:.0f} min" if result["seconds"] >= 90 else f"{result['seconds']} s"
    origin = f"``{result['command']}``, {duration}, {result['date']}"
    return f".. rubric:: {result['task']}\n\n{list_table(rows)}\n\n{origin}"


def format_value(result):
    """Format a value, with its standard deviation if it has one, and non-breaking spaces."""
    # An asterisk marks results on different or more data.
    star = "" if result.get("same_data", True) else "\xa0\\*"
    if "deviation" not in result:
        return f"{result['value']:g}{star}"
    return f"{result['value']:.2f}\xa0±\xa0{result['deviation']:.2f}{star}"


def list_table(rows):
    """Format rows as a list-table."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in rows:
        for i, cell in enumerate(cells):
            lines.append(f"   {'*' if i == 0 else ' '} - {cell}")
    return "\n".join(lines)


def setup(app):
    """Register the directives."""
    app.add_directive("benchmark-table", BenchmarkTable)
    app.add_directive("benchmark-summary", BenchmarkSummary)
    return {"parallel_read_safe": True}
