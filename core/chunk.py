"""Cuts what a reader got out of a file into passages that end on sentences and know their place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.furniture import body_of
from core.types import Passage, Reading

SMALL = 400
"""Characters; a passage is closed at the first sentence end after this length."""
LARGE = 600
"""Characters; no passage of prose is longer."""
WHOLE = 1000
"""Characters; a table or a piece of code up to this length is not cut."""
MOST_PASSAGES = 20_000
"""Of one document: about eight million characters."""

_PARAGRAPH = re.compile(
    r"^[^\S\n]*```.*?^[^\S\n]*```[^\S\n]*$|[^\s](?:[^\n]*[^\s])?(?:[^\S\n]*\n(?![^\S\n]*```)[^\S\n]*[^\s](?:[^\n]*[^\s])?)*",
    re.DOTALL | re.MULTILINE,
)
_SENTENCE = re.compile(r"""\S.*?(?:[.!?。…]+["'”’」』)\]]*(?=\s)|(?=\n)|\Z)""", re.DOTALL)
_LINE = re.compile(r"\S[^\n]*")
_BOILERPLATE = 40
"""Characters; a shorter paragraph may well be said twice and mean it."""
_TABULAR = 0.8
"""Share of the lines with a cell border that makes a table."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the document's text under one heading on one page."""

    start: int
    end: int
    heading: str
    page: int | None
    anchor: str

    def to(self, end: int) -> "Stretch":
        """The same one, ending elsewhere."""
        return replace(self, end=end)


def chunk(reading: Reading, *, document_id: str, version: int) -> tuple[Passage, ...]:
    """The passages of a document in order; `passage.text == reading.text[passage.start:passage.end]`.

    What follows on directly begins where the passage before it ends, so that neighbours can be joined again. A text
    that stood there before, such as navigation or the header of a page, is left out.
    """
    text = reading.text
    whole = _unrepeated(text, _packed(text, _pieces(text, _fresh(text, _paragraphs(reading)))))
    passages: list[Passage] = []
    for stretch in _touching(text, whole):
        passages.append(
            Passage(
                document_id=document_id,
                version=version,
                ordinal=len(passages),
                text=text[stretch.start : stretch.end],
                heading=stretch.heading,
                page=stretch.page,
                start=stretch.start,
                end=stretch.end,
                anchor=stretch.anchor,
            )
        )
        if len(passages) == MOST_PASSAGES:
            break
    return tuple(passages)


def known_as(text: str) -> str:
    """What makes two texts the same to a reader: their characters, whatever the spacing."""
    return " ".join(text.split())


def _paragraphs(reading: Reading) -> Iterator[Stretch]:
    offset = 0
    for block, (first, last) in zip(reading.blocks, body_of(reading.blocks), strict=True):
        heading = " > ".join(part for part in block.heading if part)
        for match in _PARAGRAPH.finditer(block.text, first, last):
            yield Stretch(offset + match.start(), offset + match.end(), heading, block.page, block.anchor)
        offset += len(block.text) + 2


def _fresh(text: str, paragraphs: Iterable[Stretch]) -> Iterator[Stretch]:
    seen: set[str] = set()
    for paragraph in paragraphs:
        known = known_as(text[paragraph.start : paragraph.end])
        if len(known) >= _BOILERPLATE:
            if known in seen:
                continue
            seen.add(known)
        yield paragraph


def _pieces(text: str, paragraphs: Iterable[Stretch]) -> Iterator[Stretch]:
    """Short paragraphs whole, long ones by sentence, and what is laid out in lines by line."""
    for paragraph in paragraphs:
        length = paragraph.end - paragraph.start
        lined = _is_lined(text[paragraph.start : paragraph.end])
        if length <= (WHOLE if lined else SMALL):
            yield paragraph
            continue
        for match in (_LINE if lined else _SENTENCE).finditer(text, paragraph.start, paragraph.end):
            yield from _bounded(text, replace(paragraph, start=match.start(), end=match.end()))


def _is_lined(paragraph: str) -> bool:
    if paragraph.startswith("```"):
        return True
    lines = paragraph.splitlines()
    return len(lines) > 1 and sum("|" in line or "\t" in line for line in lines) >= _TABULAR * len(lines)


def _bounded(text: str, piece: Stretch) -> Iterator[Stretch]:
    """Cuts what has no end of a sentence for too long, between words where there are any."""
    while piece.end - piece.start > LARGE:
        cut = text.rfind(" ", piece.start + SMALL, piece.start + LARGE) + 1 or piece.start + LARGE
        yield piece.to(cut)
        piece = replace(piece, start=cut)
    yield piece


def _packed(text: str, pieces: Iterable[Stretch]) -> Iterator[Stretch]:
    current: Stretch | None = None
    for piece in pieces:
        if current is not None and _joins(text, current, piece):
            current = current.to(piece.end)
            continue
        if current is not None:
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


def _unrepeated(text: str, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    seen: set[str] = set()
    for stretch in stretches:
        known = known_as(text[stretch.start : stretch.end])
        if known and known not in seen:
            seen.add(known)
            yield stretch


def _touching(text: str, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Each reaches to the next one where nothing but space is between them."""
    before: Stretch | None = None
    for stretch in stretches:
        if before is not None:
            yield before if text[before.end : stretch.start].strip() else before.to(stretch.start)
        before = stretch
    if before is not None:
        yield before
