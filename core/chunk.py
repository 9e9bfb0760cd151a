"""Cuts what a reader got out of a file into passages that end on sentences and know their place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.types import Passage, Reading

SMALL = 400
"""Characters; a passage is closed at the first sentence end after this length."""
LARGE = 600
"""Characters; no passage of prose is longer."""
MOST_PASSAGES = 20_000
"""Of one document: about eight million characters."""

_PARAGRAPH = re.compile(r"\S(?:.*\S)?(?:[^\S\n]*\n[^\S\n]*\S(?:.*\S)?)*")
_SENTENCE = re.compile(r"""\S.*?(?:[.!?。…]+["'”’」』)\]]*(?=\s)|(?=\n)|\Z)""", re.DOTALL)
_SPACE = re.compile(r"\s+")
_BOILERPLATE = 40
"""Characters; a shorter paragraph may well be said twice and mean it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the document's text under one heading on one page."""

    start: int
    end: int
    heading: str
    page: int | None


def chunk(reading: Reading, *, document_id: str, version: int) -> tuple[Passage, ...]:
    """The passages of a document in order; `passage.text == reading.text[passage.start:passage.end]`."""
    text = reading.text
    stretches = _packed(text, _pieces(text, _fresh(text, _paragraphs(reading))))
    seen: set[str] = set()
    passages: list[Passage] = []
    for stretch in stretches:
        body = text[stretch.start : stretch.end]
        known = _SPACE.sub(" ", body)
        if known in seen:
            continue
        seen.add(known)
        passages.append(
            Passage(
                document_id=document_id,
                version=version,
                ordinal=len(passages),
                text=body,
                heading=stretch.heading,
                page=stretch.page,
                start=stretch.start,
                end=stretch.end,
            )
        )
        if len(passages) == MOST_PASSAGES:
            break
    return tuple(passages)


def _paragraphs(reading: Reading) -> Iterator[Stretch]:
    offset = 0
    for block in reading.blocks:
        heading = " > ".join(part for part in block.heading if part)
        for match in _PARAGRAPH.finditer(block.text):
            yield Stretch(offset + match.start(), offset + match.end(), heading, block.page)
        offset += len(block.text) + 2


def _fresh(text: str, paragraphs: Iterable[Stretch]) -> Iterator[Stretch]:
    """Leaves out paragraphs that stood there before: navigation, headers and footers of pages."""
    seen: set[str] = set()
    for paragraph in paragraphs:
        known = _SPACE.sub(" ", text[paragraph.start : paragraph.end])
        if len(known) >= _BOILERPLATE:
            if known in seen:
                continue
            seen.add(known)
        yield paragraph


def _pieces(text: str, paragraphs: Iterable[Stretch]) -> Iterator[Stretch]:
    """Sentences of long paragraphs, other paragraphs whole."""
    for paragraph in paragraphs:
        if paragraph.end - paragraph.start <= SMALL:
            yield paragraph
            continue
        for match in _SENTENCE.finditer(text, paragraph.start, paragraph.end):
            yield from _bounded(text, match.start(), match.end(), paragraph)


def _bounded(text: str, start: int, end: int, paragraph: Stretch) -> Iterator[Stretch]:
    while end - start > LARGE:
        cut = text.rfind(" ", start + SMALL, start + LARGE)
        stop = cut if cut > 0 else start + LARGE
        yield Stretch(start, stop, paragraph.heading, paragraph.page)
        start = stop + (cut > 0)
    if start < end:
        yield Stretch(start, end, paragraph.heading, paragraph.page)


def _packed(text: str, pieces: Iterable[Stretch]) -> Iterator[Stretch]:
    current: Stretch | None = None
    for piece in pieces:
        if current is None:
            current = piece
        elif _joins(text, current, piece):
            current = Stretch(current.start, piece.end, current.heading, current.page)
        else:
            yield current
            current = piece
    if current is not None:
        yield current


def _joins(text: str, current: Stretch, piece: Stretch) -> bool:
    return (
        (current.heading, current.page) == (piece.heading, piece.page)
        and current.end - current.start < SMALL
        and piece.end - current.start <= LARGE
        and not text[current.end : piece.start].strip()
    )
