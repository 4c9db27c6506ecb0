"""The reconcile with a progress bar, for the commands that need the index complete before they start."""

from typing import Any

from tqdm import tqdm

from search import services


def reconcile_with_progress(stream: Any) -> int:
    """Bring the index in step with all articles; returns how many could not be done."""
    with tqdm(unit="article", desc="Indexing", file=stream, disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return services.reconcile(on_progress=show)
