"""A worker's application for the tests: the site's own settings, and one task that leaves a trace."""

from pathlib import Path

from config.celery import app


@app.task
def write_file(path: str) -> None:
    """Show that a worker ran this."""
    Path(path).write_text("done")
