"""The directives ``benchmark-table`` and ``benchmark-summary``: published results next to ours.

The results are read from the files written by the benchmarks. ``.. benchmark-table:: mnist_*`` shows each file
``benchmarks/results/mnist_*.json`` as a table; with the option ``:folded:``, only its title and its best values are
visible until it is opened. ``.. benchmark-summary::`` is a table with one row for each result of ``SUMMARY``. A file
holds::

    {"task": "MNIST, 5,000 training digits", "metric": "test error, %",
     "ours": [{"value": 1.02, "deviation": 0.1, "method": "..."}],
     "published": [{"value": 1.4, "method": "...", "source": "..."}],
     "baselines": [{"value": 2.1, "method": "nearest neighbor"}],
     "ablations": [{"value": 5.1, "method": "raw pixels"}],
     "command": "python benchmarks/published.py ...", "date": "2026-01-31", "seconds": 60}

Published results are quoted. Baselines (key ``baselines``) are methods of others that were run here. Baselines and
ablations are optional. ``deviation`` is a standard deviation. The best value on the same data is bold, except for
ablations. If there are several methods of ours, the last one was chosen before any test. A file may also hold an
arbitrary table, with the headings in ``columns`` and the cells in ``rows``.
"""

import json
import re
from itertools import chain
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
# Calls and parameters at the beginning of a cell.
CODE = re.compile(r"^(\w+\(.*\)|\w+=\S+(?:, \w+=\S+)*)(?=$|[,:] )")
# Names of the results in the summary, by file.
SUMMARY = {
    "mnist_affine_300": "MNIST, 300 digits",
    "mnist_affine_1000": "MNIST, 1,000 digits",
    "mnist_affine_2000": "MNIST, 2,000 digits",
    "mnist_affine_5000": "MNIST, 5,000 digits, affine subspaces",
    "mnist_svm_5000": "MNIST, 5,000 digits, SVM",
    "mnist_svm_60000": "MNIST, 60,000 digits, SVM",
    "mnist_ridge_60000": "MNIST, 60,000 digits, kernel ridge",
    "mnist_rotated": "MNIST, rotated, 12,000 digits",
    "kth_tips_05": "KTH-TIPS, 5 photographs per class",
    "kth_tips_20": "KTH-TIPS, 20 photographs per class",
    "kth_tips_40": "KTH-TIPS, 40 photographs per class",
    "uiuc_05": "UIUC, 5 photographs per class",
    "uiuc_10": "UIUC, 10 photographs per class",
    "uiuc_20": "UIUC, 20 photographs per class",
    "brodatz": "Brodatz, across scans",
    "cifar10_50000": "CIFAR-10, 50,000 images",
    "caltech101": "Caltech-101, 30 images per class",
    "caltech_sizes": "Caltech-101, 10 classes, original sizes",
    "haar_mnist_10000": "Scrambled MNIST, 10,000 digits",
    "haar_mnist_60000": "Scrambled MNIST, 60,000 digits",
    "haar_cifar10_50000": "Scrambled CIFAR-10, 50,000 images",
    "fsdd": "Spoken digits",
    "fsdd_own_lengths": "Spoken digits, original lengths",
    "fsdd_speakers": "Spoken digits, new speakers",
    "fsdd_speakers_own_lengths": "Spoken digits, new speakers, original lengths",
    "ucr": "UCR archive, 100 datasets",
    "ucr_hydra": "UCR archive, 66 smallest datasets",
    "molecules_454_fourier": "454 planar molecules, Fourier",
    "molecules_454_wavelet": "454 planar molecules, wavelets",
    "molecules_454_scattering": "454 planar molecules, scattering",
    "molecules_4357_coulomb": "4,357 planar molecules, Coulomb",
    "molecules_4357_fourier": "4,357 planar molecules, Fourier",
    "molecules_4357_wavelet": "4,357 planar molecules, wavelets",
    "molecules_4357_scattering": "4,357 planar molecules, scattering",
    "molecules_4357_harmonic": "4,357 planar molecules, 3-D",
    "molecules_4357_joined": "4,357 planar molecules, 2-D and 3-D",
    "molecules_3d": "7,101 molecules, 3-D",
}


class BenchmarkTable(SphinxDirective):
    """One table per result that matches a pattern, in the order of the file names."""

    required_arguments = 1
    option_spec = {"folded": directives.flag}

    def run(self):
        """Parse the tables as reStructuredText, so that cells may contain markup."""
        show = folded if "folded" in self.options else result_table
        return self.wrapped("\n\n".join(show(result) for result in self.results(self.arguments[0])))

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
    """One row per result: the best published one, the best baseline run here, and ours."""

    required_arguments = 0

    def run(self):
        """Parse the table as reStructuredText."""
        header = ("Task", "Metric", "Best published", "Best baseline run here", "skscat")
        rows = [self._row(name, self.results(stem)[0]) for stem, name in summarized().items()]
        return self.wrapped(list_table([header, *rows]))

    def _row(self, name, result):
        found = compared(result)
        top = best_value(found.values(), result)
        cells = [format_value(value, top) if value else "" for value in found.values()]
        return name, f"{short_metric(result)} {arrow(result)}", *cells


def summarized():
    """Return ``SUMMARY``, or raise ValueError if a comparison with others is missing."""
    stems = {file.stem for file in RESULTS.glob("*.json") if "metric" in json.loads(file.read_text())}
    if missing := stems - set(SUMMARY):
        raise ValueError(f"SUMMARY has no names of {sorted(missing)}.")
    return SUMMARY


def is_error(result):
    """Return whether smaller values are better."""
    return "error" in result["metric"]


def arrow(result):
    """Return an arrow in the direction of better values."""
    return "\N{DOWNWARDS ARROW}" if is_error(result) else "\N{UPWARDS ARROW}"


def short_metric(result):
    """Return the metric without what follows a comma."""
    return result["metric"].partition(",")[0]


def best(found, result):
    """Return the best of several values, None if there are none."""
    return (min if is_error(result) else max)(found, key=lambda other: other["value"], default=None)


def compared(result):
    """Return what a result is summarized by: best published value, best baseline, and our last method."""
    others = {key: best(result.get(key, []), result) for key in ("published", "baselines")}
    return others | {"ours": result["ours"][-1]}


def best_value(found, result):
    """Return the best of several values, other than those on different data, or None if no two are comparable."""
    comparable = [value for value in found if value and value.get("same_data", True)]
    return best(comparable, result)["value"] if len(comparable) > 1 else None


def natural_key(name):
    """Return a sort key that orders the numbers in a name by value."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in name.split("_")]


def result_table(result):
    """Format one result: an arbitrary table, or published results, baselines, ablations and our methods."""
    return f".. rubric:: {result['task']}\n\n{table_with_origin(result)}"


def folded(result):
    """Format one result as a title that opens to a table."""
    title = result["task"][0].upper() + result["task"][1:]
    if "metric" in result:
        found = {name: other for name, other in compared(result).items() if other}
        names = {"published": "best published", "baselines": "best baseline", "ours": "skscat"}
        values = ", ".join(f"{names[name]} {format_value(found[name])}" for name in reversed(found))
        title = f"{title}: {short_metric(result)}, {values}"
    lines = [f".. admonition:: {title}", "   :collapsible: closed", ""]
    return "\n".join([*lines, *(f"   {line}" for line in table_with_origin(result).splitlines())])


def table_with_origin(result):
    """Format a table, and the command that reproduces it, the computing time and the date."""
    duration = f"{result['seconds'] / 60:.0f} min" if result["seconds"] >= 90 else f"{result['seconds']} s"
    rows = measured_rows(result) if "columns" in result else compared_rows(result)
    return f"{list_table(rows)}\n\n``{result['command']}``, {duration}, {result['date']}"


def measured_rows(result):
    """Format the cells of an arbitrary table."""
    return [result["columns"], *(map(format_cell, row) for row in result["rows"])]


def format_cell(cell):
    """Format a number, a text or code: a call, or parameters with their values. Empty cells become dashes."""
    if isinstance(cell, float):
        # Non-breaking hyphens keep powers of ten on one line.
        return f"{cell:g}".replace("-", "\N{NON-BREAKING HYPHEN}")
    if isinstance(cell, int) and abs(cell) > 9999:
        return f"{cell:,}"
    if isinstance(cell, str):
        return CODE.sub(r"``\1``", cell) or "\N{EN DASH}"
    return cell


def compared_rows(result):
    """Format published results, baselines, ablations and our methods."""
    rows = [("Method", "Source", f"{result['metric']} {arrow(result)}")]
    sources = {"baselines": "run here", "ablations": "ablation", "ours": "skscat"}
    # Ablations may be on fewer data.
    others = [result.get(key, []) for key in ("published", "baselines", "ours")]
    top = best_value(chain(*others), result)
    for key in ("published", *sources):
        for found in result.get(key, []):
            chosen = " (chosen)" if len(result["ours"]) > 1 and found is result["ours"][-1] else ""
            source = found["source"] if key == "published" else sources[key] + chosen
            rows.append((found["method"], source, format_value(found, top if key != "ablations" else None)))
    return rows


def format_value(result, top=None):
    """Format a value, with its standard deviation if it has one, and non-breaking spaces; bold if it is ``top``."""
    if "deviation" in result:
        text = f"{result['value']:.2f}\xa0±\xa0{result['deviation']:.2f}"
    else:
        text = f"{result['value']:g}"
    # An asterisk marks results on different or more data.
    if not result.get("same_data", True):
        return text + "\xa0\\*"
    return f"**{text}**" if result["value"] == top else text


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
