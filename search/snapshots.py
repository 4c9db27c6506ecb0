"""A snapshot of the index: a folder of files with a manifest that says what they are of, and their checksums.

Processes share the folder of snapshots. Each writes a folder of its own and renames it into place; the newest counts.
A snapshot only saves time, so whatever is wrong with it, it is refused and the database is read instead.
"""

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Of the files that are written: a snapshot of another version is refused.
VERSION = 5
MANIFEST = "manifest"
# A folder that is being written is called so.
UNFINISHED = "unfinished-"
# Snapshots of one origin, `<database>-<fingerprint>`; with an ending, a file of an older version.
ROOT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{16}(\.vectors)?")
# Seconds after which what belongs to another model or database may go: a week.
UNUSED_AFTER = 7 * 24 * 3600


class SnapshotRefused(Exception):
    """A snapshot is truncated, altered, of something else, or no snapshot at all: rebuild from the database."""


@dataclass(frozen=True)
class Origin:
    """What a snapshot is of: vectors of one model and splitter (the fingerprint), in one database."""

    database: str
    fingerprint: str
    version: int = VERSION


def write(root: Path, origin: Origin, fill: Callable[[Path], int]) -> None:
    """Keep what `fill` writes into a folder as the newest snapshot; it returns up to which change that goes.

    Raises OSError. Nothing is forced to the disk: what a power cut tears, the checksums notice.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=UNFINISHED))
    try:
        sequence = fill(folder)
        manifest = {"origin": asdict(origin), "sequence": sequence, "files": _checksums(folder)}
        text = json.dumps(manifest)
        (folder / MANIFEST).write_text(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")
        name = folder.name.removeprefix(UNFINISHED)
        folder = folder.rename(root / f"{time.time_ns():020}-{name}")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for older in _folders(root):
        if older.name < folder.name:
            shutil.rmtree(older, ignore_errors=True)
    _clear_away_others(root)


def _clear_away_others(root: Path) -> None:
    """Remove what nobody has written to for a week: of models that went, and of databases that were restored."""
    for other in root.parent.iterdir():
        if other == root or not ROOT.fullmatch(other.name) or not _is_unused(other):
            continue
        if other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
        else:
            other.unlink(missing_ok=True)


def _is_unused(root: Path) -> bool:
    """Whether a root and everything in it is older than a week: what is being written has just come."""
    long_ago = time.time() - UNUSED_AFTER
    return all(each.lstat().st_mtime < long_ago for each in [root, *root.rglob("*")])


def newest(root: Path, origin: Origin) -> tuple[Path, int]:
    """The folder of the newest snapshot, every file of it whole, and its sequence.

    Raises FileNotFoundError when there is none, SnapshotRefused when it cannot be trusted.
    """
    folders = _folders(root)
    if not folders:
        raise FileNotFoundError(root)
    folder = folders[-1]
    try:
        manifest = _manifest(folder)
        if manifest["origin"] != asdict(origin):
            raise SnapshotRefused(f"{folder} is of {manifest['origin']}")
        if manifest["files"] != _checksums(folder):
            raise SnapshotRefused(f"{folder} has files that were not written so")
        return folder, int(manifest["sequence"])
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise SnapshotRefused(f"{folder} cannot be read: {problem}") from problem


def _folders(root: Path) -> list[Path]:
    """Finished snapshots, the newest last: their names begin with the time."""
    if not root.is_dir():
        return []
    return sorted(each for each in root.iterdir() if each.name[:1].isdigit())


def _manifest(folder: Path) -> dict[str, Any]:
    checksum, _, text = (folder / MANIFEST).read_text().partition("\n")
    if hashlib.sha256(text.encode()).hexdigest() != checksum:
        raise ValueError("the manifest is not whole")
    manifest: dict[str, Any] = json.loads(text)
    return manifest


def _checksums(folder: Path) -> dict[str, str]:
    """Every file but the manifest → its checksum. In threads: a gigabyte takes most of a second."""
    files = [each for each in folder.rglob("*") if each.is_file() and each.name != MANIFEST]
    with ThreadPoolExecutor() as threads:
        sums = list(threads.map(_checksum, files))
    return {str(each.relative_to(folder)): checksum for each, checksum in zip(files, sums, strict=True)}


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
