"""Passages by the million: vectors drawn around real ones, and texts of as many words as a language has."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 10
DRAW_AT_ONCE = 50_000
VOCABULARY = 200_000
WORDS_A_PASSAGE = 60
LETTERS = str.maketrans("0123456789", "aeioubdgkl")


def articles_of(files: Sequence[Path]) -> list[tuple[str, str]]:
    """(title, Markdown) of Markdown files and of the lines of JSON Lines files (title, text)."""
    return [
        article
        for file in files
        for article in (_lines(file) if file.suffix == ".jsonl" else [(file.stem, file.read_text())])
    ]


def texts_of(files: Sequence[Path]) -> list[str]:
    """Their passages as they are embedded."""
    from search.splitting import embedding_text, split

    return [
        embedding_text(title, span.path, body[span.start : span.end])
        for title, body in articles_of(files)
        for span in split(body)
    ]


def _lines(file: Path) -> list[tuple[str, str]]:
    rows = (json.loads(line) for line in file.read_text().splitlines())
    return [(row["title"], row["text"]) for row in rows]


def drawn(
    real: NDArray[np.float32], count: int, random: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """`count` vectors of length one around real ones (m, d), in matrices of at most DRAW_AT_ONCE rows.

    Each lies between a real vector and one of its ten nearest, moved by half the difference of two neighbours
    elsewhere (as texts on one topic differ) and by a little noise in every direction.
    """
    near = np.argsort(-(real @ real.T), axis=1)[:, 1 : NEIGHBOURS + 1]

    def neighbours(of: NDArray[np.int64]) -> NDArray[np.float32]:
        return real[near[of, random.integers(near.shape[1], size=len(of))]]

    for begin in range(0, count, DRAW_AT_ONCE):
        rows = min(DRAW_AT_ONCE, count - begin)
        one, other = random.integers(len(real), size=rows), random.integers(len(real), size=rows)
        way = random.uniform(0, 0.5, (rows, 1)).astype(np.float32)
        made = real[one] * (1 - way) + neighbours(one) * way + 0.5 * (real[other] - neighbours(other))
        made += random.normal(0, 0.3 / real.shape[1] ** 0.5, made.shape).astype(np.float32)
        yield (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def words(random: np.random.Generator, count: int) -> list[str]:
    """Texts of WORDS_A_PASSAGE words each, common words often and rare ones seldom (Zipf), as in any language."""
    numbers = random.zipf(1.2, (count, WORDS_A_PASSAGE)) % VOCABULARY
    return [" ".join(map(word, row)) for row in numbers.tolist()]


def word(number: int) -> str:
    """A word of letters: digits would make it look like an error code."""
    return f"w{number}".translate(LETTERS)
