"""A zip of articles as a folder, for as long as it is read: looked at before anything of it is written anywhere."""

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from kb.foreign.page import BadSource, printable

MAX_FILES = 100_000
MAX_UNPACKED = 2_000_000_000
MAX_FILE = 50_000_000
MAX_RATIO = 200  # of a bomb it is 1,000; texts that repeat each other come to 50
MAX_PATH = 400
NOT_A_ZIP = "It is damaged, or no zip."


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder that a zip holds, gone again afterwards. BadSource when it is not safe to unpack."""
    with tempfile.TemporaryDirectory(prefix="articles-") as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                _check(members, path.stat().st_size)
                for member in members:
                    _unpack(archive, member, folder)
        except (
            zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
        ) as problem:  # fmt: skip
            raise BadSource(f"{path.name}: {NOT_A_ZIP}") from problem
        yield folder


def _check(members: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked_size = sum(member.file_size for member in members)
    if len(members) > MAX_FILES or unpacked_size > MAX_UNPACKED:
        raise BadSource(
            f"The zip holds more than {MAX_FILES:,} files or {MAX_UNPACKED // 10**9} GB; split it."
        )
    if unpacked_size > 20_000_000 and unpacked_size > packed * MAX_RATIO:
        raise BadSource("The zip unpacks to far more than articles would.")
    names: set[str] = set()
    for member in members:
        _check_member(member, names)
        names.add(member.filename.lower())


def _check_member(member: zipfile.ZipInfo, names: set[str]) -> None:
    name = printable(member.filename)
    parts = PurePosixPath(member.filename).parts
    if not parts or parts[0] == "/" or ".." in parts or len(member.filename) > MAX_PATH:
        raise BadSource(f"The zip has a file that would lie elsewhere: {name}.")
    if any("\\" in part or ":" in part or part.strip(". ") == "" for part in parts):
        raise BadSource(f"The zip has a file whose name is no name: {name}.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BadSource(f"The zip has a link in it: {name}.")
    if member.filename.lower() in names:
        raise BadSource(f"The zip has a file twice: {name}.")
    if member.flag_bits & 1:
        raise BadSource("The zip has a password; pack it without one.")
    if member.file_size > MAX_FILE:
        raise BadSource(f"The zip has a file of more than {MAX_FILE // 10**6} MB: {name}.")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder.joinpath(*PurePosixPath(member.filename).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Never over or through what is there already.
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with archive.open(member) as source, os.fdopen(opened, "wb") as file:
        while part := source.read(1_000_000):
            file.write(part)
