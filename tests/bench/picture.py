"""The picture of docs/performance.md: what grows with the number of passages."""

from pathlib import Path
from typing import Any

PANELS = {
    "A search, median": (
        "ms",
        {"search, all, p50 (ms)": "everybody's", "search, 1%, p50 (ms)": "1% of the articles"},
    ),
    "Start from the snapshot": ("s", {"start (s)": "in all", "of which checksums (s)": "of which checksums"}),
    "Memory a passage": (
        "bytes",
        {"memory a passage (bytes)": "in memory", "snapshot a passage (bytes)": "on disk"},
    ),
}


def draw(results: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw what bench_index measured, one panel for each kind of cost, to a PNG."""
    from matplotlib.figure import Figure

    sizes = sorted(map(int, results))
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    panels = figure.subplots(1, len(PANELS))
    for panel, (title, (unit, lines)) in zip(panels, PANELS.items(), strict=True):
        for (measure, label), style in zip(lines.items(), ("o-", "s--"), strict=True):
            panel.plot(sizes, [results[str(size)][measure] for size in sizes], style, label=label)
        panel.set(title=title, xlabel="passages", ylabel=unit, xscale="log", ylim=(0, None))
        panel.grid(alpha=0.3)
        panel.legend()
    figure.savefig(path, dpi=130)
