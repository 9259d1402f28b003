"""The directive ``speed-table``: one table of ``benchmarks/results/speed.json``, which ``benchmarks/speed.py`` writes.

Its argument is the name of the table; its content maps the keys to show to column headings::

    .. speed-table:: 2d

       ours_ms: ours (ms)
       ratio: times faster

``.. speed-table:: machine`` states the command, date and machine of the tables.
"""

import json
from pathlib import Path

from benchmark_table import BenchmarkTable, format_cell, list_table

FILE = Path(__file__).parents[2] / "benchmarks" / "results" / "speed.json"


class SpeedTable(BenchmarkTable):
    """A table with one row per workload, or a sentence on the origin of all tables."""

    required_arguments = 1
    has_content = True

    def run(self):
        """Parse the table as reStructuredText."""
        self.state.document.settings.record_dependencies.add(str(FILE))
        if not FILE.exists():
            return self.wrapped("No results have been recorded yet.")
        tables = json.loads(FILE.read_text())["tables"]
        if self.arguments[0] == "machine":
            return self.wrapped(origins(tables))
        columns = dict(line.split(": ", 1) for line in self.content if line.strip())
        rows = [cells(row, columns) for row in tables[self.arguments[0]]["rows"] if list(columns)[-1] in row]
        return self.wrapped(list_table([("Workload", *columns.values()), *rows]))


def cells(row, columns):
    """Return the cells of one workload, with dashes where it has no such result."""
    return row["workload"], *(format_number(row[key]) if key in row else format_cell("") for key in columns)


def format_number(value):
    """Format a number with two or three significant digits."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1e-2 or value == 0 else f"{value:.1e}"


def origins(tables):
    """State the origin of the tables: each origin once, with the names of its tables if there are several."""
    names = {}
    for name, table in tables.items():
        names.setdefault(origin(table), []).append(name)
    if len(names) == 1:
        return f"These times were measured {next(iter(names))}."
    return " ".join(f"Measured {text}: tables {', '.join(of_origin)}." for text, of_origin in names.items())


def origin(table):
    """State the command, date and machine of a table."""
    versions = ", ".join(f"{name} {version}" for name, version in table["machine"]["versions"].items())
    cpu, cores = (table["machine"][key] for key in ("cpu", "cores"))
    return f"by running ``{table['command']}`` on {table['date']}, on {cores} cores of {cpu}, with {versions}"


def setup(app):
    """Register the directive."""
    app.add_directive("speed-table", SpeedTable)
    return {"parallel_read_safe": True}
