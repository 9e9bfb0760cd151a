"""The answers on SQLite: what was asked, how it ended, what it rests on and what people think of it."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, get_args

from core.answers import OPINION_KEPT, TEXT_KEPT, Answered, Citation, Opinions, answered, cited, revision
from core.backends.reviewed import SECOND
from core.backends.rows import asked_columns, spent_columns
from core.backends.sqlite.database import Database, Work, rows, statement
from core.backends.written import (
    ANSWERS_KEPT,
    ANSWERS_KEPT_FOR,
    LAST,
    escape,
    micros,
    moment,
    place_key,
    raw,
    read_turn,
    text,
    unescape,
    write_turn,
)
from core.channels import channel_of
from core.types import Answer, Audience, Outcome, Question, Scope, Session, Usage

EXPIRED_AT_ONCE = 100
"""How many old ones one record deletes: more than it adds, so that they never pile up."""

INSERT = """
    INSERT INTO answers (question, id, place, session, thread, author, locale, text, context, audience, outcome, answer,
        answered_at, elapsed, model, prompt_tokens, completion_tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
CITE = "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?)"
COUNT = "INSERT INTO outcomes VALUES (?, ?) ON CONFLICT (outcome) DO UPDATE SET count = count + excluded.count"
EXPIRE = """
    DELETE FROM answers WHERE answered_at <= ? AND number IN (SELECT number FROM answers ORDER BY number LIMIT ?)
"""
LATEST = "SELECT max(number) FROM answers WHERE id = ?"
CHOSEN = """
    SELECT number, id, session, thread, author, locale, text, context, audience, outcome, answer, answered_at,
        elapsed, model, prompt_tokens, completion_tokens, revision, revised_at
    FROM answers WHERE {chosen} ORDER BY number DESC LIMIT :limit
"""
"""Questions as `read_answered` reads them."""
CITATIONS = "SELECT document_id, version, ordinal, excerpt FROM citations WHERE answer = ? ORDER BY position"
READABLE = ":scope IN (SELECT value FROM json_each(audience))"
WITH_TEXT = "text <> x''"
CITING = "number IN (SELECT answer FROM citations WHERE document_id = :document AND version < :before)"
CHECKED = """
    UPDATE citations SET version = ?
    WHERE document_id = ? AND version < ? AND answer IN (SELECT number FROM answers WHERE id = ?)
"""
REVISE = """
    UPDATE answers SET outcome = :outcome, answer = :answer, revised_at = :present,
        revision = CASE outcome WHEN 'not_found' THEN 'found' ELSE :revision END
    WHERE number = :number
"""
DOUBT = """
    UPDATE answers SET revision = 'doubtful', revised_at = ?
    WHERE number = (SELECT max(number) FROM answers WHERE id = ?)
"""
JUDGE = """
    INSERT INTO opinions SELECT number, ?, ?, ? FROM answers
    WHERE number = (SELECT max(number) FROM answers WHERE id = ?)
    ON CONFLICT (answer, person) DO UPDATE SET helpful = excluded.helpful, text = excluded.text
"""
OPINIONS = "SELECT count(*) FILTER (WHERE helpful), count(*) FILTER (WHERE NOT helpful) FROM opinions"
OPINIONS_ON = """
    SELECT count(*) FILTER (WHERE helpful), count(*) FILTER (WHERE NOT helpful) FROM opinions
    WHERE answer = (SELECT max(number) FROM answers WHERE id = ?)
"""
ERASE = "DELETE FROM answers WHERE place >= ? AND place < ?"


class SqliteAnswers:
    """`Answers` on SQLite. Keeps the last hundred thousand questions, and counts all."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        row = answered(question, answer, at=self._clock())
        await self._database.write(partial(_record, row=row))

    async def revise(self, id: str, answer: Answer) -> None:  # noqa: A002 - the word for it everywhere
        """Another answer stands in its place now."""
        present = micros(self._clock())
        await self._database.write(partial(_revise, id=escape(id), answer=answer, present=present))

    async def doubt(self, id: str) -> None:  # noqa: A002
        """It may no longer hold, and nobody was told."""
        await self._database.write(statement(DOUBT, micros(self._clock()), escape(id)))

    async def find(self, id: str) -> Answered | None:  # noqa: A002
        """The latest question with this id."""
        found = await self._database.read(_chosen("id = :id", limit=1, id=escape(id)))
        return found[0] if found else None

    async def unanswered(
        self,
        *,
        session: Session | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> Sequence[Answered]:
        """Questions that were not found, newest first."""
        chosen, values = ["outcome = 'not_found'", WITH_TEXT], dict[str, object]()
        if session is not None:
            chosen.append("place >= :first AND place < :first || :last")
            values |= {"first": place_key(channel_of(session)), "last": LAST}
        if scope is not None:
            chosen.append(READABLE)
            values["scope"] = escape(scope.name)
        return await self._database.read(_chosen(*chosen, since=since, limit=limit, **values))

    async def citing(
        self, document_id: str, *, before: int, since: datetime | None = None, limit: int = 50
    ) -> Sequence[Answered]:
        """Answers that cite an older version of the document, newest first."""
        document = escape(document_id)
        return await self._database.read(_chosen(CITING, since=since, limit=limit, document=document, before=before))

    async def citations(self, document_id: str) -> int:
        """How many answers cite any version of the document."""
        counted = "SELECT count(DISTINCT answer) FROM citations WHERE document_id = ?"
        return int((await self._database.read(rows(counted, escape(document_id))))[0][0])

    async def checked(self, id: str, document_id: str, *, version: int) -> None:  # noqa: A002
        """What it cites of this document stands in this version too."""
        await self._database.write(statement(CHECKED, version, escape(document_id), version, escape(id)))

    async def judge(self, id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        """Keeps what somebody thinks of an answer."""
        values = (escape(by), helpful, raw(text[:OPINION_KEPT]), escape(id))
        return await self._database.write(lambda connection: connection.execute(JUDGE, values).rowcount == 1)

    async def opinions(self, id: str | None = None) -> Opinions:  # noqa: A002
        """Those on one answer, or on all that are kept."""
        query = rows(OPINIONS) if id is None else rows(OPINIONS_ON, escape(id))
        return Opinions(*(await self._database.read(query))[0])

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        counted = await self._database.read(rows("SELECT outcome, count FROM outcomes"))
        none: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
        return none | dict(counted)

    async def erase(self, prefix: str) -> int:
        """Forgets what was asked in a channel or a workspace; it is still counted."""
        stretch = (escape(prefix), escape(prefix) + LAST)
        return await self._database.write(lambda connection: connection.execute(ERASE, stretch).rowcount)


def forget_citations(connection: sqlite3.Connection, document: str) -> None:
    """Nothing quotes this document any more; its name is escaped."""
    quoting = "SELECT answer FROM citations WHERE document_id = ?"
    connection.execute(f"UPDATE answers SET answer = x'' WHERE number IN ({quoting})", (document,))  # noqa: S608 - ours
    connection.execute("DELETE FROM citations WHERE document_id = ?", (document,))


def _record(connection: sqlite3.Connection, *, row: Answered) -> None:
    asked = asked_columns(row)
    question = asked[0]
    before = connection.execute("SELECT outcome FROM answers WHERE question = ?", (question,)).fetchone()
    if before:
        connection.execute(COUNT, (before[0], -1))
        connection.execute("DELETE FROM answers WHERE question = ?", (question,))
    present = micros(row.at)
    values = (
        *asked,
        json.dumps([escape(text(write_turn(turn))) for turn in row.context]),
        json.dumps(sorted(escape(scope.name) for scope in row.audience.scopes)),
        row.outcome,
        raw(row.answer),
        present,
        *spent_columns(row),
    )
    number = connection.execute(INSERT, values).lastrowid or 0
    _cite(connection, number, row.citations)
    connection.execute(COUNT, (row.outcome, 1))
    connection.execute("DELETE FROM answers WHERE number <= ?", (number - ANSWERS_KEPT,))
    connection.execute(EXPIRE, (present - ANSWERS_KEPT_FOR, EXPIRED_AT_ONCE))


def _revise(connection: sqlite3.Connection, *, id: str, answer: Answer, present: int) -> None:  # noqa: A002
    (number,) = connection.execute(LATEST, (id,)).fetchone()
    if number is None:
        return
    values = {
        "outcome": answer.outcome,
        "answer": raw(answer.text[:TEXT_KEPT]),
        "present": present,
        "revision": revision("answered", answer),
        "number": number,
    }
    connection.execute(REVISE, values)
    connection.execute("DELETE FROM citations WHERE answer = ?", (number,))
    _cite(connection, number, cited(answer))


def _cite(connection: sqlite3.Connection, number: int, citations: Sequence[Citation]) -> None:
    values = (
        (number, position, escape(one.document_id), one.version, one.ordinal, raw(one.excerpt))
        for position, one in enumerate(citations)
    )
    connection.executemany(CITE, values)


def _chosen(
    *conditions: str, limit: int, since: datetime | None = None, **values: object
) -> Work[tuple[Answered, ...]]:
    """Questions that meet every condition, newest first."""
    chosen = list(conditions)
    if since is not None:
        chosen.append("answered_at >= :since")
        values["since"] = micros(since)
    query = CHOSEN.format(chosen=" AND ".join(chosen))
    bound = values | {"limit": min(max(limit, 0), ANSWERS_KEPT)}

    def work(connection: sqlite3.Connection) -> tuple[Answered, ...]:
        found = connection.execute(query, bound).fetchall()
        return tuple(read_answered(row, connection.execute(CITATIONS, row[:1]).fetchall()) for row in found)

    return work


def read_answered(row: tuple[Any, ...], citations: Sequence[tuple[Any, ...]] = ()) -> Answered:
    """The question of a row of `CHOSEN`."""
    _, identity, session, thread, author, locale, words, context, audience, outcome, answer, answered_at = row[:12]
    elapsed, model, prompt, completion, revised, revised_at = row[12:]
    return Answered(
        id=unescape(identity),
        session=Session.parse(unescape(session)),
        text=text(words),
        outcome=outcome,
        audience=Audience.of(*(Scope(unescape(name)) for name in json.loads(audience))),
        at=moment(answered_at),
        thread=text(thread),
        author=text(author),
        locale=locale,
        context=tuple(read_turn(raw(unescape(turn))) for turn in json.loads(context)),
        answer=text(answer),
        citations=tuple(
            Citation(unescape(document), version, ordinal, text(excerpt))
            for document, version, ordinal, excerpt in citations
        ),
        model=text(model) or None,
        usage=Usage(prompt, completion),
        elapsed=elapsed / SECOND,
        revision=revised,
        revised_at=None if revised_at is None else moment(revised_at),
    )
