"""The picture of docs/performance.md: what grows with the number of passages."""

from pathlib import Path
from typing import Any

PANELS = {
    "A search: the processor's time, median": (
        "ms",
        {
            "all of it, all, processor, p50 (ms)": "vectors, words and names",
            "words, all, processor, p50 (ms)": "words alone",
            "search, all, processor, p50 (ms)": "vectors alone",
        },
    ),
    "Start from the snapshot": (
        "s",
        {"start from disk (s)": "files on disk", "start (s)": "files in memory"},
    ),
    "Memory a passage": (
        "bytes",
        {"memory a passage (bytes)": "in memory", "snapshot a passage (bytes)": "on disk"},
    ),
}
STYLES = ("o-", "s--", "^:")


def draw(results: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw what bench_index measured, one panel for each kind of cost, to a PNG."""
    from matplotlib.figure import Figure

    sizes = sorted(map(int, results))
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    panels = figure.subplots(1, len(PANELS))
    for panel, (title, (unit, lines)) in zip(panels, PANELS.items(), strict=True):
        for (measure, label), style in zip(lines.items(), STYLES, strict=False):
            panel.plot(sizes, [results[str(size)][measure] for size in sizes], style, label=label)
        room_for_the_legend = 1.4 * panel.get_ylim()[1]
        panel.set(title=title, xlabel="passages", ylabel=unit, xscale="log", ylim=(0, room_for_the_legend))
        panel.grid(alpha=0.3)
        panel.legend(fontsize="small")
    figure.savefig(path, dpi=130)
