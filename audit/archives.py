"""What an archive that was served holds, as text. Pure."""

import io
import zipfile

MOST_FILES = 100_000
MOST_BYTES = 200_000_000


def words_of_zip(content: bytes) -> str:
    """Names and texts of the files in it, one after the other; what is no text gives its name alone."""
    told: list[str] = []
    room = MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist()[:MOST_FILES]:
            told.append(entry.filename)
            room -= entry.file_size
            if room > 0:
                told.append(archive.read(entry).decode("utf-8", "replace"))
    return "\n".join(told)
