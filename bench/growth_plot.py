"""The plot of growth: both axes by powers of ten, readable on light and on dark."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes

PLOT = Path(__file__).parent / "growth.svg"
_GRAY = "#7d8590"  # is read on white and on black
_COLORS = ("#3b82f6", "#e0782f", "#22a06b", "#c2508c", "#8b6fe0", "#b58a00", "#0e9aa7", "#d64545")
_MARKS = "osD^vP*X"

matplotlib.use("svg")
matplotlib.rcParams |= {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "growth",  # the same figures, the same file
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _GRAY,
    "axes.labelcolor": _GRAY,
    "axes.edgecolor": _GRAY,
    "xtick.color": _GRAY,
    "ytick.color": _GRAY,
}


def draw_plot(
    kinds: Mapping[str, Sequence[str]],
    sizes: Sequence[int],
    seconds: Callable[[str], Sequence[float]],
) -> None:
    """Draw a panel for each kind of thing, a line for each thing of that kind."""
    figure, panels = pyplot.subplots(
        1, len(kinds), figsize=(12, 6), sharey=True, layout="constrained"
    )
    panels[0].set_ylabel("milliseconds")
    for panel, (kind, names) in zip(panels, kinds.items(), strict=True):
        for place, name in enumerate(names):
            milliseconds = [1000 * one for one in seconds(name)]
            panel.plot(
                sizes,
                milliseconds,
                label=name,
                color=_COLORS[place % len(_COLORS)],
                marker=_MARKS[place % len(_MARKS)],
                markersize=4,
                linewidth=1.6,
            )
        _dress(panel, kind)
    figure.savefig(PLOT, transparent=True, metadata={"Date": None})
    pyplot.close(figure)


def _dress(panel: Axes, kind: str) -> None:
    panel.set(xscale="log", yscale="log", title=kind, xlabel="seats of the group")
    panel.minorticks_off()
    panel.grid(color=_GRAY, alpha=0.25, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(
        frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.14)
    )
