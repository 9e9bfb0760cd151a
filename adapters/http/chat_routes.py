"""Routes of the conversation: ask, ask with streaming, history."""

import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from adapters.http import inbound, outbound
from adapters.http.deeds import deed
from adapters.http.schemas import LONGEST_SESSION, ChatRequest, ChatResponse, Said, TurnShape
from adapters.http.state import locale, saseo
from core.chat import cleaned
from core.errors import SaseoError
from core.types import Question

HISTORY_LIMIT = 200

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
ID = Path(min_length=1, max_length=LONGEST_SESSION, pattern=r"^[^\x00-\x1f\x7f]+$")


async def asked(body: ChatRequest, request: Request) -> tuple[Question, str]:
    """The question and its session id; refused before a stream begins where it cannot be asked."""
    cleaned(body.message)
    saseo(request).chat.room.check()
    session_id = body.session_id or str(uuid.uuid4())
    return inbound.message(body, session_id=session_id, locale=locale(request)), session_id


Asked = Annotated[tuple[Question, str], Depends(asked)]


@router.post("/")
async def ask(asked: Asked, request: Request) -> ChatResponse:
    """Answers a message from the documents, with sources."""
    question, session_id = asked
    return outbound.chat(await saseo(request).chat.ask(question), session_id=session_id)


@router.post("/stream", response_class=EventSourceResponse)
async def stream(asked: Asked, request: Request) -> AsyncIterator[ServerSentEvent]:
    """The same as server-sent events: `delta` while it is written, then `sources` and `done`, or `error`.

    `done` holds the text that counts: an answer that could not be finished as it began is replaced by it.
    """
    question, session_id = asked
    try:
        async with aclosing(saseo(request).chat.stream(question)) as parts:
            async for part in parts:
                for event in outbound.events(part, session_id=session_id):
                    yield event
    except SaseoError as error:
        yield ServerSentEvent(event="error", data={"detail": error.text(locale(request))})


@router.get("/history/{session_id:path}")
async def history(request: Request, session_id: str = ID) -> list[TurnShape]:
    """What was said in a conversation, oldest first."""
    turns = await saseo(request).history.recent(inbound.session(session_id), limit=HISTORY_LIMIT)
    return [outbound.turn(turn) for turn in turns]


@router.delete("/history/{session_id:path}")
async def clear(request: Request, session_id: str = ID) -> Said:
    """Forgets a conversation."""
    await saseo(request).history.clear(inbound.session(session_id))
    await deed(request, "history.cleared", thing=session_id)
    return Said(message="Chat history cleared successfully")
