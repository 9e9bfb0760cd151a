"""API shapes to core values. Pure; Refused where a value makes no sense."""

import uuid
from collections.abc import Sequence

from adapters.http.schemas import ChatRequest, QueryRequest
from core.errors import Refused
from core.types import PUBLIC, Audience, Question, Scope, Session


def scope(name: str) -> Scope:
    """The scope with this name."""
    try:
        return Scope(name)
    except ValueError as error:
        raise Refused("http.scope", name=name[:100]) from error


def audience(names: Sequence[str] | None) -> Audience:
    """Public documents unless scopes are named."""
    return Audience.of(PUBLIC) if names is None else Audience.of(*map(scope, names))


def session(session_id: str) -> Session:
    """A conversation of the API."""
    return Session("http", "", session_id)


def place(name: str) -> Session:
    """A channel by the name of its session, `slack:T1:C1`."""
    try:
        return Session.parse(name)
    except ValueError as error:
        raise Refused("http.session", name=name[:100]) from error


def message(request: ChatRequest, *, session_id: str, locale: str) -> Question:
    """A message of a conversation."""
    return Question(
        id=f"http:{uuid.uuid4()}",
        session=session(session_id),
        text=request.message,
        audience=audience(request.audience),
        locale="ko" if locale == "ko" else "en",
    )


def question(request: QueryRequest, *, locale: str) -> Question:
    """A question without a conversation: a session of its own."""
    identity = f"query-{uuid.uuid4()}"
    return Question(
        id=f"http:{identity}",
        session=session(identity),
        text=request.question,
        audience=audience(request.audience),
        locale="ko" if locale == "ko" else "en",
        filters=request.filters or {},
        limit=request.k,
    )
