"""The directives ``benchmark-table`` and ``benchmark-summary``: published results beside ours.

They are read from the files that benchmarks write.

``.. benchmark-table:: mnist_*`` shows each file ``benchmarks/results/mnist_*.json`` as a table, and
``.. benchmark-summary::`` has a row for each of several patterns. A file holds::

    {"task": "MNIST, 5,000 training digits", "metric": "test error, %",
     "ours": [{"value": 1.02, "deviation": 0.1, "method": "..."}],
     "published": [{"value": 1.4, "method": "...", "source": "..."}],
     "rivals": [{"value": 2.1, "method": "nearest neighbour"}],
     "ablations": [{"value": 5.1, "method": "raw pixels"}],
     "command": "python benchmarks/published.py ...", "date": "2026-01-31", "seconds": 60}

Published numbers are quoted; rivals, methods of others, were run here. There may be no rivals or ablations. Of several
methods of ours the last stands out: it was decided on before any test. A file may hold any other table, too, as
``columns``, the headings, and ``rows``.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


class BenchmarkTable(SphinxDirective):
    """A table for each result that a pattern matches, in the order of the names of files."""

    required_arguments = 1

    def run(self):
        """Parse the tables as reStructuredText, so that cells may hold markup."""
        return self.wrapped("\n\n".join(result_table(result) for result in self.results(self.arguments[0])))

    def results(self, pattern):
        """Read the files that match a pattern, numbers in their names in order."""
        files = sorted(RESULTS.glob(f"{pattern}.json"), key=lambda file: natural(file.stem))
        if not files:
            raise self.error(f"No file of {RESULTS} matches {pattern}.json.")
        for file in files:
            self.state.document.settings.record_dependencies.add(str(file))
        return [json.loads(file.read_text()) for file in files]

    def wrapped(self, text):
        """Parse text into a container that the style sheet knows."""
        return [nodes.container("", *self.parse_text_to_nodes(text), classes=["benchmark-table"])]


class BenchmarkSummary(BenchmarkTable):
    """A row for each result that one of several patterns matches."""

    required_arguments = 0
    has_content = True

    def run(self):
        """Parse the table as reStructuredText."""
        header = ("Task", "Measure", "Published, best", "Rivals run here, best", "skscat")
        rows = [summary(result) for pattern in self.content for result in self.results(pattern)]
        return self.wrapped(list_table([header, *rows]))


def summary(result):
    """Write one result in a row: the best of those published, the best rival that was run here, and our last."""
    best = min if "error" in result["metric"] else max
    others = (
        number(best(results, key=lambda other: other["value"])) if results else ""
        for results in (result["published"], result.get("rivals"))
    )
    return result["task"], result["metric"], *others, f"**{number(result['ours'][-1])}**"


def natural(name):
    """Sort numbers in names by their values."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in name.split("_")]


def result_table(result):
    """Write one result: a table as it is; or others, published and run here, what less than ours gives, and ours."""
    if "columns" in result:
        # Hyphens that do not break keep powers of ten on one line.
        rows = [
            [f"{cell:g}".replace("-", "\N{NON-BREAKING HYPHEN}") if isinstance(cell, float) else cell for cell in row]
            for row in result["rows"]
        ]
        return titled(result, [result["columns"], *rows])
    rows = [(p["method"], p["source"], number(p)) for p in result["published"]]
    for source, key in (("run here", "rivals"), ("ablation", "ablations"), ("skscat", "ours")):
        rows += [(found["method"], source, number(found)) for found in result.get(key, [])]
    method, source, value = rows[-1]
    rows[-1] = (method, f"**{source}**", f"**{value}**")
    return titled(result, [("Method", "Source", result["metric"]), *rows])


def titled(result, rows):
    """Write a table below its title and above the command that made it, with the time it took and the date."""
    minutes = f"{result['seconds'] / 60:.0f} min" if result["seconds"] >= 90 else f"{result['seconds']} s"
    made = f"``{result['command']}``, {minutes}, {result['date']}"
    return f".. rubric:: {result['task']}\n\n{list_table(rows)}\n\n{made}"


def number(result):
    """Write a value, with its deviation if it has one, between spaces that do not break."""
    # A star marks what was published of other data.
    star = "" if result.get("same_data", True) else "\xa0\\*"
    if "deviation" not in result:
        return f"{result['value']:g}{star}"
    return f"{result['value']:.2f}\xa0±\xa0{result['deviation']:.2f}{star}"


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
    app.add_directive("benchmark-summary", BenchmarkSummary)
    return {"parallel_read_safe": True}
