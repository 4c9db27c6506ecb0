"""Pictures from strangers: only their pixels get in, and whoever is refused reads what to do."""

import io
import struct
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kb.images import KEPT_SIDE, MAX_NAME, BadPicture, Picture, accept, clean_name
from tests.kb.hostile_uploads import GIF, JPEG, NAMES, PAYLOAD, PNG, UPLOADS, WEBP, Upload, moving, picture

# All that the parts of a written picture may be called: pixels, and what it takes to read them.
PARTS: dict[str, set[bytes | int]] = {
    "image/png": {b"IHDR", b"IDAT", b"IEND"},
    "image/jpeg": {0xE0, 0xDB, 0xC0, 0xC4, 0xDA},
    "image/webp": {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"},
}
SMUGGLED = (b"<script", b"<?php", b"<svg", b"%PDF", b"PK\x03\x04", b"Exif", b"http:", b"ICC")


def parts(made: Picture) -> Iterator[bytes | int]:
    """What a picture consists of, read without the library that wrote it; fails on anything in between or behind."""
    content = made.content
    if made.media_type == "image/png":
        here, form, least = 8, ">I4s", 12
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
    elif made.media_type == "image/webp":
        here, form, least = 12, "<4sI", 8
        assert content[:4] + content[8:12] == b"RIFFWEBP"
        assert struct.unpack("<I", content[4:8])[0] + 8 == len(content)
    else:
        yield from _segments(content)
        return
    while here < len(content):
        fields = struct.unpack_from(form, content, here)
        length, kind = (fields[0], fields[1]) if form.startswith(">") else (fields[1], fields[0])
        here += length + least + (length % 2 if made.media_type == "image/webp" else 0)
        yield kind
    assert here == len(content)


def _segments(content: bytes) -> Iterator[int]:
    here = 2
    assert content.startswith(b"\xff\xd8")
    while True:
        marker, length = struct.unpack_from(">xBH", content, here)
        yield marker
        if marker == 0xDA:
            break
        here += 2 + length
    assert content.index(b"\xff\xd9", here) == len(content) - 2


def assert_only_pixels(made: Picture) -> None:
    assert set(parts(made)) <= PARTS[made.media_type]
    assert not [smuggled for smuggled in SMUGGLED if smuggled in made.content]
    with Image.open(io.BytesIO(made.content)) as reread:
        reread.load()
        assert reread.size == (made.width, made.height)
        assert not reread.getexif()
        assert max(reread.size) <= KEPT_SIDE
    assert made.name.endswith(f".{made.extension}")


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload.case)
def test_of_an_upload_only_pixels_are_kept_or_its_owner_is_told_what_to_do(upload: Upload) -> None:
    if not upload.told:
        assert_only_pixels(accept(upload.content, upload.name))
        return
    with pytest.raises(BadPicture) as refused:
        accept(upload.content, upload.name)
    assert upload.told in str(refused.value)
    assert any(word in str(refused.value).lower() for word in ("choose", "save"))


def test_no_two_cases_are_called_the_same() -> None:
    assert len({upload.case for upload in UPLOADS}) == len(UPLOADS) >= 60


@given(st.binary(max_size=400), st.text(max_size=30))
def test_no_bytes_at_all_raise_anything_but_what_a_person_can_read(content: bytes, name: str) -> None:
    _accept_or_refuse(content, name)


@given(
    st.sampled_from([PNG, JPEG, GIF, WEBP, moving("GIF"), moving("PNG"), moving("WEBP"),
                     picture("JPEG", progressive=True), picture("PNG", mode="P")]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 6)), max_size=4),
    st.floats(0, 1),
)  # fmt: skip
@settings(max_examples=500)
def test_a_picture_changed_at_random_is_written_anew_or_refused(
    content: bytes, changes: list[tuple[float, bytes, int]], kept: float
) -> None:
    for where, inserted, dropped in changes:
        at = int(where * len(content))
        content = content[:at] + inserted + content[at + dropped :]
    _accept_or_refuse(content[: int(len(content) * max(kept, 0.3))] if kept < 0.5 else content, "a.png")


def _accept_or_refuse(content: bytes, name: str) -> None:
    with suppress(BadPicture):
        assert_only_pixels(accept(content, name))


@pytest.mark.parametrize("written_as", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_with_the_camera_turned_stands_upright(written_as: str, orientation: int) -> None:
    file, lying = io.BytesIO(), Image.new("RGB", (64, 32), "white")
    lying.paste("black", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying.save(file, written_as, exif=exif)
    made = accept(file.getvalue(), "photo")
    assert (made.width, made.height) == ((64, 32) if orientation < 5 else (32, 64))
    with Image.open(io.BytesIO(made.content)) as upright:
        grey = np.asarray(upright.convert("L"))
    dark = np.argwhere(grey[[[4], [-5]], [4, -5]] < 128).tolist()
    row, column = ([0, 0], [0, 1], [1, 1], [1, 0])[(orientation - 1) % 4]
    assert dark == [[row, column]]


def test_a_large_picture_is_scaled_down_and_says_so() -> None:
    made = accept(picture("JPEG", (6000, 3000)), "wall.jpg")
    assert (made.width, made.height) == (4000, 2000)
    assert made.notes == ("Scaled down to 4,000 × 2,000 pixels.",)


@pytest.mark.parametrize("written_as", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_kept_and_its_owner_is_told(written_as: str) -> None:
    made = accept(moving(written_as), "steps")
    with Image.open(io.BytesIO(made.content)) as still:
        assert not getattr(still, "is_animated", False)
    assert "Only the first picture" in made.notes[0]


def test_see_through_parts_stay_see_through_and_colours_stay() -> None:
    made = accept(picture("PNG", mode="RGBA", colour=(200, 10, 20, 99)), "a.png")
    with Image.open(io.BytesIO(made.content)) as reread:
        assert reread.getpixel((3, 3)) == (200, 10, 20, 99)
    deep = accept(picture("PNG", mode="I;16", colour=40_000), "a.png")
    with Image.open(io.BytesIO(deep.content)) as reread:
        assert reread.getpixel((3, 3)) == 40_000 // 256


def test_the_same_pixels_have_the_same_digest_whatever_came_along() -> None:
    assert accept(PNG, "a.png").digest == accept(PNG + PAYLOAD, "b.png").digest
    assert accept(PNG, "a.png").notes == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_without_folders_or_tricks(name: str) -> None:
    assert accept(PNG, name).name == NAMES[name]


@given(st.text(st.characters(), max_size=300))
def test_any_name_becomes_one_that_any_system_can_keep(name: str) -> None:
    shown = clean_name(name, "webp")
    assert shown.endswith(".webp")
    assert len(shown.encode()) <= MAX_NAME
    assert not set(shown) & set('/\\<>:"|?*\0\r\n')
    assert shown == shown.strip(" .")
    assert clean_name(shown, "webp") == shown
