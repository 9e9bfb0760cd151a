"""Documents, passages and questions as rows of a store of our own, the embedded one and PostgreSQL."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from core.answers import Answered
from core.audit import Deed, Noted
from core.backends.reviewed import SECOND
from core.backends.versions import PASSAGES_OF_A_DOCUMENT
from core.backends.written import (
    escape,
    fold,
    micros,
    moment,
    place_key,
    raw,
    read_metadata,
    text,
    unescape,
    write_metadata,
)
from core.inbox import Accepted
from core.profile import Profile, rules
from core.types import Document, Passage, Scope, digest

SCOPES = 4096

Row = tuple[Any, ...]


def asked_columns(row: Answered) -> Row:
    """Of a question: its key, id, place, session, thread, author, language and text."""
    return (
        digest(json.dumps([str(row.session), row.id])),
        escape(row.id),
        place_key(row.session),
        escape(str(row.session)),
        raw(row.thread),
        raw(row.author),
        row.locale,
        raw(row.text),
    )


def spent_columns(row: Answered) -> Row:
    """Of an answer: its microseconds, model, and tokens of the prompt and of the text."""
    return round(row.elapsed * SECOND), raw(row.model or ""), row.usage.prompt, row.usage.completion


def maybe_raw(value: str | None) -> bytes | None:
    """Text as bytes, where there is any."""
    return None if value is None else raw(value)


def maybe_text(data: bytes | None) -> str | None:
    """Bytes as text, where there are any."""
    return None if data is None else text(data)


@lru_cache(maxsize=SCOPES)
def read_scope(name: str) -> Scope:
    """The scope of a row; most documents share a few."""
    return Scope(unescape(name))


def document_values(document: Document, *, passage_count: int) -> dict[str, object]:
    """A document as the values of its columns."""
    return {
        "id": escape(document.id),
        "version": document.version,
        "scope": escape(document.scope.name),
        "state": document.state,
        "read_at": micros(document.read_at),
        "next_check_at": None if document.next_check_at is None else micros(document.next_check_at),
        "title": raw(document.title),
        "folded": raw(fold(document.title)),
        "origin": raw(document.origin),
        "digest": raw(document.digest),
        "url": maybe_raw(document.url),
        "media_type": raw(document.media_type),
        "passage_count": passage_count,
        "metadata": write_metadata(document.metadata),
        "etag": maybe_raw(document.etag),
        "modified": maybe_raw(document.modified),
        "refresh_seconds": document.refresh_seconds,
        "pace": document.pace,
        "failures": document.failures,
        "error": maybe_raw(document.error),
    }


def read_document(row: Row) -> Document:
    """The document of a row of `SELECT * FROM documents`."""
    (
        _number,
        identity,
        version,
        scope,
        state,
        read_at,
        next_check_at,
        title,
        _folded,
        origin,
        digest,
        url,
        media_type,
        passage_count,
        metadata,
        etag,
        modified,
        refresh_seconds,
        failures,
        error,
        pace,
    ) = row
    return Document(
        id=unescape(identity),
        title=text(title),
        origin=text(origin),
        scope=read_scope(scope),
        digest=text(digest),
        url=maybe_text(url),
        media_type=text(media_type),
        state=state,
        version=version,
        passage_count=passage_count,
        metadata=read_metadata(metadata),
        etag=maybe_text(etag),
        modified=maybe_text(modified),
        refresh_seconds=refresh_seconds,
        pace=pace,
        read_at=moment(read_at),
        next_check_at=None if next_check_at is None else moment(next_check_at),
        failures=failures,
        error=maybe_text(error),
    )


def place(version: int, ordinal: int) -> int:
    """Where a passage stands: passages of a version stand together, by ordinal."""
    return version * PASSAGES_OF_A_DOCUMENT + ordinal


def passage_values(passage: Passage) -> Row:
    """A passage as the values of its row. Takes its text apart."""
    return (
        place(passage.version, passage.ordinal),
        raw(passage.text),
        raw(passage.heading),
        passage.page,
        passage.start,
        passage.end,
        rules(),
        Profile.of(passage.text).packed,
        raw(passage.anchor),
    )


def read_passage(document_id: str, row: Row) -> Passage:
    """The passage of a row of `SELECT * FROM passages`."""
    stands, words, heading, page, start, end, made_by, profile, anchor = row
    version, ordinal = divmod(stands, PASSAGES_OF_A_DOCUMENT)
    known = profile if made_by == rules() else b""
    return Passage(document_id, version, ordinal, text(words), text(heading), page, start, end, known, text(anchor))


def read_noted(row: Row) -> Noted:
    """A deed of the row `number, at, who, what, thing, workspace, detail`."""
    number, at, *parts = row
    return Noted(number, moment(at), Deed(*map(unescape, parts)))


def read_accepted(row: Sequence[Any]) -> Accepted:
    """What somebody is owed, of `id, thread, body, attempt, answer`; its messages are kept apart."""
    name, thread, body, attempt, answer = row
    shown = None if answer is None else json.loads(text(answer))
    return Accepted(unescape(name), unescape(thread), json.loads(text(body)), attempt, answer=shown)
