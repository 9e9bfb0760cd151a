"""Found passages as numbered sources."""

from collections.abc import Sequence

from core.exports import heading_link
from core.followed import without_note
from core.origins import is_link
from core.retrieval import Found
from core.types import Document, Passage, Source


def numbered(
    found: Sequence[Found], *, cited: Sequence[int], limit: int
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The cited passages in the order of their numbers, and the best others after them, `limit` together."""
    others = [index for index in range(len(found)) if index not in cited][: max(limit - len(cited), 0)]
    sources = [as_source(number, found[index]) for number, index in enumerate([*cited, *others], start=1)]
    return tuple(sources[: len(cited)]), tuple(sources[len(cited) :])


def as_source(number: int, found: Found) -> Source:
    """A passage as a reader sees it."""
    document, passage = found.document, found.passage
    return Source(
        number=number,
        document_id=document.id,
        title=document.title,
        excerpt=passage.text,
        url=_address(document, passage),
        page=passage.page,
        heading=passage.heading,
        score=found.score,
        read_at=document.read_at,
        metadata=without_note(document.metadata),
        version=passage.version,
        ordinal=passage.ordinal,
    )


def _address(document: Document, passage: Passage) -> str | None:
    """Where a reader opens it: a page of the web at the heading above the passage."""
    if document.url is None or not is_link(document):
        return document.url
    return heading_link(document.url, passage.anchor, media_type=document.media_type)
