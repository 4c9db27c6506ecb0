"""The files of a tantivy index: a folder of one process's own, and copies that cost nothing. Pure.

Tantivy never changes a file of a segment once it is written, so a hard link is as good as a copy.
"""

import fcntl
import json
import os
import shutil
import tempfile
from pathlib import Path

PRIVATE = "words-"
META, MANAGED, WRITER_LOCK = "meta.json", ".managed.json", ".tantivy-writer.lock"
ATTEMPTS = 5


def private_folder(parent: Path) -> Path:
    """A new folder for one index, after removing those whose processes were killed. Raises OSError."""
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.glob(f"{PRIVATE}*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=parent, prefix=PRIVATE))


def _is_abandoned(folder: Path) -> bool:
    """Whether no living process writes there: tantivy holds its lock for as long as the writer lives."""
    try:
        with (folder / WRITER_LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def copy_index(source: Path, target: Path) -> None:
    """Link the files of the last commit into an empty folder. Raises OSError.

    A merge in the background may replace segments meanwhile: then the next attempt finds those that came instead.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _link_commit(source, target)
            return
        except FileNotFoundError:
            if attempt == ATTEMPTS:
                raise


def _link_commit(source: Path, target: Path) -> None:
    meta = (source / META).read_bytes()
    segments = [each["segment_id"].replace("-", "") for each in json.loads(meta)["segments"]]
    names = [each.name for each in source.iterdir() if each.name.partition(".")[0] in segments]
    if {each.partition(".")[0] for each in names} != set(segments):
        raise FileNotFoundError(f"{source} has lost a segment")
    for name in names:
        if not (target / name).exists():
            _link(source / name, target / name)
    (target / META).write_bytes(meta)
    (target / MANAGED).write_text(json.dumps([*names, META]))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
