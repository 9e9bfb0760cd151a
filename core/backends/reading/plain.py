"""Reads plain text in any encoding: its paragraphs as they are."""

import re
from collections.abc import Iterator

from core.backends.reading.decode import decode
from core.backends.reading.file import File
from core.types import Block, Reading

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")


def read(file: File) -> Reading:
    """Paragraphs stand between blank lines."""
    return Reading(tuple(paragraphs(lines(decode(file.data, name=file.name, declared=file.charset)))))


def lines(text: str) -> str:
    """The text with line feeds for every kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")


def paragraphs(text: str, heading: tuple[str, ...] = ()) -> Iterator[Block]:
    """The paragraphs of a text as blocks."""
    for part in _BLANK_LINES.split(text):
        if part.strip():
            yield Block(part.strip("\n"), heading)
