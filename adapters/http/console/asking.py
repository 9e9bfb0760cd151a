"""The page to ask: answers as they are written, their sources in context, and what people think of them."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from adapters.http import inbound
from adapters.http.console.entering import Changing, Visiting
from adapters.http.console.marking import answer_html, marked, web
from adapters.http.console.pages import language, page, texts
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.viewpoints import offered, seen, seen_by
from adapters.http.schemas import Shape
from adapters.http.state import saseo
from core.answers import OPINION_KEPT
from core.chat import cleaned
from core.errors import Refused, SaseoError
from core.people import Right
from core.types import Answer, Question, Source, identify

BEFORE = 1
"""Passages shown before the one that is cited, and as many after it."""
LATEST = 200
"""Documents whose readers' places are offered to look from."""

router = APIRouter(route_class=ConsoleRoute)


class Asked(Shape):
    """A question of the page. `talk` is the conversation it belongs to."""

    question: Annotated[str, Field(max_length=100_000)]
    talk: Annotated[str, Field(pattern=r"^[0-9a-f-]{1,40}$")]
    seen_from: Annotated[str, Field(max_length=300)] = ""
    """Empty: from their own place."""


class Opinion(Shape):
    """What somebody thinks of an answer."""

    id: Annotated[str, Field(max_length=200)]
    helpful: bool
    text: Annotated[str, Field(max_length=OPINION_KEPT)] = ""


@router.get("/", name="console")
@needs(Right.READ)
async def console(request: Request, visit: Visiting) -> Response:
    """The page itself."""
    shown = await saseo(request).catalogue.page(seen(visit.person), limit=LATEST)
    scopes = {document.scope for document in shown.documents}
    return page(
        request,
        "ask.html",
        here="ask",
        visit=visit,
        scopes=offered(visit.person, scopes),
        empty=all(document.scope.name == "guide" for document in shown.documents),
        said=texts(language(request), "console_script."),
    )


async def asked(body: Asked, request: Request, visit: Changing) -> Question:
    """The question; refused before a stream begins where it cannot be asked."""
    cleaned(body.question)
    saseo(request).chat.room.check()
    return Question(
        id=f"http:{uuid.uuid4()}",
        session=inbound.session(f"console-{identify(visit.person.id, body.talk)}"),
        text=body.question,
        audience=seen_by(visit.person, body.seen_from),
        author=visit.person.id,
        locale="ko" if language(request) == "ko" else "en",
    )


@router.post("/ask", response_class=EventSourceResponse)
@needs(Right.READ)
async def ask(request: Request, question: Annotated[Question, Depends(asked)]) -> AsyncIterator[ServerSentEvent]:
    """The answer as server-sent events: `delta` while it is written, then `done` with the whole, or `error`."""
    try:
        async with aclosing(saseo(request).chat.stream(question)) as parts:
            async for part in parts:
                yield _event(part, question)
    except SaseoError as error:
        yield ServerSentEvent(event="error", data={"detail": error.text(language(request))})


@router.get("/passages/{document_id}/{ordinal}")
@needs(Right.READ)
async def passage(
    request: Request, visit: Visiting, document_id: str, ordinal: int, version: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """A passage between those around it, with a word where the document has changed since."""
    document = await saseo(request).catalogue.find(document_id)
    if document is None or ordinal < 0 or not visit.person.reads(document.scope):
        raise Refused("library.unknown", document_id=document_id)
    first = max(ordinal - BEFORE, 0)
    around = await saseo(request).shelves.passages(document_id, first=first, count=ordinal - first + 1 + BEFORE)
    return page(
        request,
        "passage.html",
        visit=visit,
        document=document,
        url=web(document.url),
        changed=version not in (0, document.version),
        around=[(one, marked(one.text, one.text if one.ordinal == ordinal else "")) for one in around],
        cited=ordinal,
    )


@router.post("/opinions", status_code=204)
@needs(Right.READ)
async def judge(opinion: Opinion, request: Request, visit: Changing) -> None:
    """Keeps what somebody thinks of an answer."""
    found = await saseo(request).answers.find(opinion.id)
    own = found is not None and found.author == visit.person.id
    if not own or not await saseo(request).answers.judge(
        opinion.id, helpful=opinion.helpful, by=f"console:{visit.person.id}", text=opinion.text.strip()
    ):
        raise Refused("console.no_answer")


def _event(part: str | Answer, question: Question) -> ServerSentEvent:
    if isinstance(part, str):
        return ServerSentEvent(event="delta", data={"text": part})
    name = f"source-{question.id.removeprefix('http:')}"
    return ServerSentEvent(
        event="done",
        data={
            "id": question.id,
            "name": name,
            "html": str(answer_html(part.text, name=name)),
            "text": part.text,
            "outcome": part.outcome,
            "nearest": list(part.nearest),
            "sources": list(_sources(part.sources)),
            "seconds": round(part.elapsed, 2),
        },
    )


def _sources(sources: tuple[Source, ...]) -> Iterator[dict[str, object]]:
    for source in sources:
        yield {
            "number": source.number,
            "title": source.title,
            "page": source.page,
            "heading": source.heading,
            "url": web(source.url),
            "read_at": source.read_at.isoformat(timespec="seconds"),
            "document": source.document_id,
            "passage": source.ordinal,
            "version": source.version,
        }
