"""Core values to API shapes. Pure."""

from collections.abc import Iterable, Iterator

from fastapi.sse import ServerSentEvent

from adapters.http.schemas import ChatResponse, DocumentRow, PassageShape, QueryResponse, SourceShape, Taken, TurnShape
from core.errors import Refused, SaseoError
from core.library import Added
from core.messages import render
from core.roots import Visit
from core.types import Answer, Document, Passage, Source, Turn


def source(item: Source) -> SourceShape:
    """What was sent with the document, and on top of it what we know about the passage."""
    known = {
        "document_id": item.document_id,
        "title": item.title,
        "url": item.url,
        "page": item.page,
        "heading": item.heading,
    }
    return SourceShape(content=item.excerpt, metadata={**item.metadata, **known}, score=round(item.score, 6))


def sources(items: Iterable[Source]) -> list[SourceShape]:
    """Sources in their order."""
    return [source(item) for item in items]


def chat(answer: Answer, *, session_id: str) -> ChatResponse:
    """An answer in a conversation: only what it cites."""
    return ChatResponse(
        response=answer.text,
        session_id=session_id,
        sources=sources(answer.sources),
        execution_time=round(answer.elapsed, 4),
        outcome=answer.outcome,
    )


def events(part: str | Answer, *, session_id: str) -> Iterator[ServerSentEvent]:
    """A piece of a streamed answer as events; the Answer itself ends them."""
    if isinstance(part, str):
        yield ServerSentEvent(event="delta", data={"text": part})
        return
    shape = chat(part, session_id=session_id)
    yield ServerSentEvent(event="sources", data={"sources": [item.model_dump() for item in shape.sources]})
    yield ServerSentEvent(event="done", data=shape.model_dump(exclude={"sources"}))


def query(answer: Answer) -> QueryResponse:
    """An answer without a conversation: all that was found, the cited first."""
    found = sources((*answer.sources, *answer.further))
    return QueryResponse(
        answer=answer.text,
        sources=found,
        execution_time=round(answer.elapsed, 4),
        retrieved_docs=len(found),
        outcome=answer.outcome,
    )


def turn(item: Turn) -> TurnShape:
    """A message of the history."""
    return TurnShape(type=item.role, content=item.text, timestamp=item.at)


def row(document: Document) -> DocumentRow:
    """A document in a list."""
    return DocumentRow.model_validate(fields(document))


def fields(document: Document) -> dict[str, object]:
    """What a list and a page of a document both show."""
    return {
        "id": document.id,
        "title": document.title,
        "origin": document.origin,
        "url": document.url,
        "scope": str(document.scope),
        "state": document.state,
        "media_type": document.media_type,
        "passages_count": document.passage_count,
        "metadata": dict(document.metadata),
        "read_at": document.read_at,
        "next_check_at": document.next_check_at,
        "failures": document.failures,
        "last_error": document.error,
    }


def passage(item: Passage) -> PassageShape:
    """A passage of a document."""
    return PassageShape(text=item.text, page=item.page, heading=item.heading)


def taken(name: str, added: Added) -> Taken:
    """A document that was taken in."""
    return Taken(
        name=name,
        status="added" if added.changed else "unchanged",
        document_id=added.document.id,
        passages=added.document.passage_count,
    )


def not_taken(name: str, error: SaseoError, *, locale: str) -> Taken:
    """A document that was not taken in, and why."""
    return Taken(name=name, status="refused" if isinstance(error, Refused) else "failed", detail=error.text(locale))


def visited(visit: Visit, *, locale: str) -> Taken:
    """A page of a site."""
    if visit.added is None:
        return Taken(name=visit.url, status="waiting", detail=render("sitemap.waiting", locale))
    if visit.added.reason is not None:
        return not_taken(visit.url, visit.added.reason, locale=locale)
    return taken(visit.url, visit.added)
