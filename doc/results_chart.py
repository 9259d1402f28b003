"""Chart of our results beside the best published ones and the best baselines."""

import json

import matplotlib.pyplot as plt
from benchmark_table import RESULTS, compared, is_error, summarized
from matplotlib.ticker import StrMethodFormatter

MARKERS = {
    "published": {"label": "best published", "color": "C1", "marker": "s"},
    "baselines": {"label": "best baseline run here", "color": "C2", "marker": "^"},
    "ours": {"label": "skscat", "color": "C0", "marker": "o"},
}


def error(result, found):
    """Return a value as an error: the rest of an accuracy."""
    return found["value"] if is_error(result) else 100 - found["value"]


def draw(ax, results):
    """Draw a row of markers per result; those of results on other data are not filled."""
    for row, result in enumerate(results.values()):
        found = {key: other for key, other in compared(result).items() if other}
        errors = [error(result, other) for other in found.values()]
        ax.plot([min(errors), max(errors)], [row, row], color="0.7", zorder=1)
        for (key, other), x in zip(found.items(), errors, strict=True):
            style = MARKERS[key]
            face = style["color"] if other.get("same_data", True) else "white"
            ax.scatter(x, row, color=style["color"], facecolor=face, marker=style["marker"], zorder=2)
    ax.set_yticks(range(len(results)), list(results))
    ax.set(ylim=(len(results) - 0.5, -0.5), xscale="log")
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.grid(axis="x", color="0.9")


def legend(fig, ax):
    """Draw the legend above the panels."""
    handles = [ax.scatter([], [], color=s["color"], marker=s["marker"], label=s["label"]) for s in MARKERS.values()]
    handles.append(ax.scatter([], [], color="0.4", facecolor="white", label="different data"))
    fig.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False)


results = {name: json.loads((RESULTS / f"{stem}.json").read_text()) for stem, name in summarized().items()}
energies = {name: result for name, result in results.items() if "kcal" in result["metric"]}
shares = {name: result for name, result in results.items() if name not in energies}
figure, (upper, lower) = plt.subplots(
    2, figsize=(7, 8.5), height_ratios=(len(shares), len(energies)), layout="constrained"
)
draw(upper, shares)
draw(lower, energies)
upper.set(xlabel="$\\leftarrow$ better    Error (%)", xticks=[0.5, 1, 2, 5, 10, 20, 50])
lower.set(xlabel="$\\leftarrow$ better    Mean absolute error (kcal/mol)", xticks=[1, 2, 5, 10])
legend(figure, upper)
plt.show()
