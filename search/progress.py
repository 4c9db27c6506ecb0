"""The reconcile with a progress bar, for the commands that need the index complete before they start."""

from typing import Any

from tqdm import tqdm

from search import services
from search.services.upkeep import Progress


def reconcile_with_progress(stream: Any) -> int:
    """Bring the index in step with all articles; returns how many could not be done."""
    with tqdm(unit="article", desc="Indexing", file=stream, disable=None, leave=False) as bar:

        def show(progress: Progress) -> None:
            bar.total = progress.total
            bar.set_postfix_str(f"{progress.passages} passages", refresh=False)
            bar.update(progress.done - bar.n)
            bar.refresh()

        return services.reconcile(on_progress=show)
