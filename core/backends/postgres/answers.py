"""The answers on PostgreSQL: what was asked, how it ended, what it rests on and what people think of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, and_, any_, case, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.answers import OPINION_KEPT, TEXT_KEPT, Answered, Citation, Opinions, answered, cited, revision
from core.backends.postgres.database import Database
from core.backends.postgres.phrases import among, begins
from core.backends.postgres.recording import Oldest, record
from core.backends.postgres.tables import NAME, answers, citations, opinions, outcomes
from core.backends.reviewed import SECOND
from core.backends.written import (
    ANSWERS_KEPT,
    escape,
    micros,
    moment,
    place_key,
    raw,
    read_turn,
    text,
    unescape,
)
from core.channels import channel_of
from core.types import Answer, Audience, Outcome, Question, Scope, Session, Usage, now


class PostgresAnswers:
    """`Answers` on PostgreSQL. Keeps the last hundred thousand questions, and counts all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._oldest = Oldest()

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        row = answered(question, answer, at=now())
        self._oldest = await record(self._database, row, self._oldest)

    async def revise(self, id: str, answer: Answer) -> None:  # noqa: A002 - the word for it everywhere
        """Another answer stands in its place now."""
        present = self._database.present()
        await self._database.write(partial(_revise, id=escape(id), answer=answer, present=present))

    async def doubt(self, id: str) -> None:  # noqa: A002
        """It may no longer hold, and nobody was told."""
        latest = update(answers).where(answers.c.number == _latest(escape(id)).scalar_subquery())
        await self._database.change(latest.values(revision="doubtful", revised_at=self._database.present()))

    async def find(self, id: str) -> Answered | None:  # noqa: A002
        """The latest question with this id."""
        found = await self._chosen(answers.c.id == escape(id), limit=1)
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
        chosen = [answers.c.outcome == "not_found", answers.c.text != b""]
        if session is not None:
            chosen.append(begins(answers.c.place, place_key(channel_of(session))))
        if scope is not None:
            chosen.append(literal(escape(scope.name), NAME) == any_(answers.c.audience))
        return await self._chosen(*chosen, since=since, limit=limit)

    async def citing(
        self, document_id: str, *, before: int, since: datetime | None = None, limit: int = 50
    ) -> Sequence[Answered]:
        """Answers that cite an older version of the document, newest first."""
        older = and_(citations.c.document_id == escape(document_id), citations.c.version < before)
        quoting = answers.c.number.in_(select(citations.c.answer).where(older))
        return await self._chosen(quoting, since=since, limit=limit)

    async def citations(self, document_id: str) -> int:
        """How many answers cite any version of the document."""
        counted = select(func.count(citations.c.answer.distinct()))
        found = await self._database.read(counted.where(citations.c.document_id == escape(document_id)))
        return int(found[0][0])

    async def checked(self, id: str, document_id: str, *, version: int) -> None:  # noqa: A002
        """What it cites of this document stands in this version too."""
        of_it = citations.c.answer.in_(select(answers.c.number).where(answers.c.id == escape(id)))
        older = (citations.c.document_id == escape(document_id), citations.c.version < version)
        await self._database.change(update(citations).where(of_it, *older).values(version=version))

    async def judge(self, id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        """Keeps what somebody thinks of an answer."""
        said = (literal(escape(by), NAME), literal(helpful), literal(raw(text[:OPINION_KEPT])))
        of_it = select(answers.c.number, *said).where(answers.c.number == _latest(escape(id)).scalar_subquery())
        row = upsert(opinions).from_select(["answer", "person", "helpful", "text"], of_it)
        thought = {"helpful": row.excluded.helpful, "text": row.excluded.text}
        kept = row.on_conflict_do_update(index_elements=[opinions.c.answer, opinions.c.person], set_=thought)
        return await self._database.change(kept) == 1

    async def opinions(self, id: str | None = None) -> Opinions:  # noqa: A002
        """Those on one answer, or on all that are kept."""
        helpful, count = opinions.c.helpful, func.count()
        query = select(count.filter(helpful), count.filter(~helpful)).select_from(opinions)
        if id is not None:
            query = query.where(opinions.c.answer == _latest(escape(id)).scalar_subquery())
        return Opinions(*(await self._database.read(query))[0])

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        counted = [tuple(row) for row in await self._database.read(select(outcomes.c.outcome, outcomes.c.count))]
        none: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
        return none | dict(counted)

    async def erase(self, prefix: str) -> int:
        """Forgets what was asked in a channel or a workspace; it is still counted."""
        return await self._database.change(delete(answers).where(begins(answers.c.place, escape(prefix))))

    async def _chosen(
        self, *conditions: ColumnElement[bool], limit: int, since: datetime | None = None
    ) -> Sequence[Answered]:
        """Questions that meet every condition, newest first."""
        query = select(answers).where(*conditions).order_by(answers.c.number.desc())
        if since is not None:
            query = query.where(answers.c.answered_at >= micros(since))
        return await self._database.look(partial(_chosen, query=query.limit(min(max(limit, 0), ANSWERS_KEPT))))


async def forget_citations(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Nothing quotes these documents any more; their names are escaped."""
    quoting = select(citations.c.answer).where(among(citations.c.document_id, names))
    await connection.execute(update(answers).where(answers.c.number.in_(quoting)).values(answer=b""))
    await connection.execute(delete(citations).where(among(citations.c.document_id, names)))


async def _revise(
    connection: AsyncConnection,
    *,
    id: str,  # noqa: A002
    answer: Answer,
    present: ColumnElement[int],
) -> None:
    became = case((answers.c.outcome == "not_found", "found"), else_=revision("answered", answer))
    revised = {
        "outcome": answer.outcome,
        "answer": raw(answer.text[:TEXT_KEPT]),
        "revision": became,
        "revised_at": present,
    }
    latest = update(answers).where(answers.c.number == _latest(id).scalar_subquery()).values(revised)
    number = (await connection.execute(latest.returning(answers.c.number))).scalar()
    if number is None:
        return
    await connection.execute(delete(citations).where(citations.c.answer == number))
    await _cite(connection, number, cited(answer))


async def _cite(connection: AsyncConnection, number: int, cited_by_it: Sequence[Citation]) -> None:
    if not cited_by_it:
        return
    rows = [
        {
            "answer": number,
            "position": position,
            "document_id": escape(one.document_id),
            "version": one.version,
            "ordinal": one.ordinal,
            "excerpt": raw(one.excerpt),
        }
        for position, one in enumerate(cited_by_it)
    ]
    await connection.execute(insert(citations), rows)


async def _chosen(connection: AsyncConnection, query: Select[Any]) -> Sequence[Answered]:
    found = (await connection.execute(query)).all()
    of_them = among(citations.c.answer, [row.number for row in found])
    cited_by: dict[int, list[Citation]] = {row.number: [] for row in found}
    for one in await connection.execute(select(citations).where(of_them).order_by(citations.c.position)):
        citation = Citation(unescape(one.document_id), one.version, one.ordinal, text(one.excerpt))
        cited_by[one.answer].append(citation)
    return tuple(read_answered(row, tuple(cited_by[row.number])) for row in found)


def _latest(id: str) -> Select[tuple[int]]:  # noqa: A002
    return select(func.max(answers.c.number)).where(answers.c.id == id)


def read_answered(row: Any, citations_of_it: tuple[Citation, ...] = ()) -> Answered:
    """The question of a row of `answers`."""
    return Answered(
        id=unescape(row.id),
        session=Session.parse(unescape(row.session)),
        text=text(row.text),
        outcome=row.outcome,
        audience=Audience.of(*(Scope(unescape(name)) for name in row.audience)),
        at=moment(row.answered_at),
        thread=text(row.thread),
        author=text(row.author),
        locale=row.locale,
        context=tuple(read_turn(raw(turn)) for turn in json.loads(text(row.context))),
        answer=text(row.answer),
        citations=citations_of_it,
        model=text(row.model) or None,
        usage=Usage(row.prompt_tokens, row.completion_tokens),
        elapsed=row.elapsed / SECOND,
        revision=row.revision,
        revised_at=None if row.revised_at is None else moment(row.revised_at),
    )
