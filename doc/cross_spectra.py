"""Shares of the statistics between maps of polarized dust that differ from zero."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

TITLES = {"spectrum": "cross-spectra", "phase": "signal and envelopes", "envelope": "envelopes"}


def draw(ax, rows):
    """Draw the shares of the statistics of one kind, and those of independent surrogates."""
    where = np.arange(len(rows))
    for offset, column, color, label in ((-0.2, 3, "C0", "maps"), (0.2, 4, "0.6", "independent surrogates")):
        ax.bar(where + offset, [row[column] for row in rows], 0.4, color=color, label=label)
    ax.set_xticks(where, [row[1].replace(", ", ", |") + "|" if row[0] == "phase" else row[1] for row in rows])
    ax.spines[["right", "top"]].set_visible(False)


result = json.loads(Path("benchmarks/results/fields_cross.json").read_text())
_, axes = plt.subplots(1, 3, figsize=(7, 2.5), width_ratios=(3, 6, 3), sharey=True, layout="constrained")
for panel, (kind, title) in zip(axes, TITLES.items(), strict=True):
    draw(panel, [row for row in result["rows"] if row[0] == kind])
    panel.set_title(title)
axes[0].set(ylabel="differ from zero (%)", ylim=(0, 75))
axes[1].legend(frameon=False, loc="upper left")
plt.show()
