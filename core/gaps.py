"""Questions without an answer: when knowledge arrives that answers one, whoever asked is told, once."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.answers import Answered, Answers
from core.chat import Chat
from core.errors import SaseoError, Unavailable
from core.evidence import MOST_PASSAGES, Evidence
from core.followup import Sense, senses
from core.notices import Notice
from core.noticing import Noticing
from core.ports import DenseIndex, Embedder, Hit, Index, Query, Shelves
from core.types import Document, Passage, Question, now

log = logging.getLogger(__name__)

OPEN = 50
"""The latest questions of the people who may read a document that are looked at again."""
STILL_OPEN = timedelta(days=30)
"""Nobody waits for an answer longer."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    document: Document


class Gaps:
    """Looks among new documents for answers to what could not be answered before."""

    def __init__(
        self,
        *,
        answers: Answers,
        chat: Chat,
        evidence: Evidence,
        dense: DenseIndex,
        lexical: Index,
        embedder: Embedder,
        shelves: Shelves,
        noticing: Noticing,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._answers = answers
        self._chat = chat
        self._evidence = evidence
        self._dense = dense
        self._lexical = lexical
        self._embedder = embedder
        self._shelves = shelves
        self._noticing = noticing
        self._clock = clock

    async def close(self, documents: Sequence[Document]) -> int:
        """Tells whoever asked what these documents answer, and returns how many questions that were. Raises
        Unavailable; then it may be repeated."""
        closed = 0
        for row in (await self._open(documents)).values():
            readable = {document.id: document for document in documents if document.scope in row.audience}
            closed += await self._guarded(row, readable)
        return closed

    async def _open(self, documents: Sequence[Document]) -> Mapping[str, Answered]:
        """Open questions of people who may read one of these documents, by id."""
        since = self._clock() - STILL_OPEN
        found: dict[str, Answered] = {}
        for scope in sorted({document.scope for document in documents}):
            rows = await self._answers.unanswered(scope=scope, since=since, limit=OPEN)
            found |= {row.id: row for row in rows if await self._noticing.wanted(row.session)}
        return found

    async def _guarded(self, row: Answered, documents: Mapping[str, Document]) -> bool:
        """A question that cannot be looked at again never keeps the others waiting."""
        try:
            return await self._closed(row, documents)
        except Unavailable:
            raise
        except SaseoError as error:
            log.warning("cannot ask a question again: %s", error.code)
        except Exception:
            log.exception("cannot ask a question again")
        return False

    async def _closed(self, row: Answered, documents: Mapping[str, Document]) -> bool:
        if not await self._may_hold(row, documents.keys()):
            return False
        answer = await self._chat.reconsider(again(row))
        if answer.outcome == "not_found" or not answer.sources:
            return False
        source = next((one for one in answer.sources if one.document_id in documents), answer.sources[0])
        notice = Notice(
            id=f"{row.id}+found",
            kind="found",
            about=row.id,
            session=row.session,
            thread=row.thread,
            author=row.author,
            locale=row.locale,
            question=row.text,
            answer=answer,
            title=source.title,
            url=source.url,
            document_id=source.document_id,
        )
        if not await self._noticing.put(notice):
            return False
        await self._answers.revise(row.id, answer)
        return True

    async def _may_hold(self, row: Answered, documents: Collection[str]) -> bool:
        """Whether the evidence gate lets these documents answer the question, alone or as it was meant."""
        for sense in senses(row.text, row.context):
            if await self._holds(sense, row, documents):
                return True
        return False

    async def _holds(self, sense: Sense, row: Answered, documents: Collection[str]) -> bool:
        vector = await self._embedder.question(sense.text)
        query = Query(sense.text, vector, row.audience, documents=frozenset(documents))
        hits = await asyncio.gather(
            self._dense.search(query, limit=MOST_PASSAGES), self._lexical.search(query, limit=MOST_PASSAGES)
        )
        keys = list(dict.fromkeys(hit.key for hit in _in_turn(*hits)))[:MOST_PASSAGES]
        resolved = await self._shelves.resolve(keys, row.audience)
        found = [_Candidate(*resolved[key]) for key in keys if key in resolved]
        return bool(found) and (await self._evidence.weigh(sense.text, found, new=sense.new)).enough


def again(row: Answered) -> Question:
    """A question as it was asked."""
    return Question(
        id=row.id,
        session=row.session,
        text=row.text,
        audience=row.audience,
        author=row.author,
        locale=row.locale,
        context=row.context,
        thread=row.thread,
    )


def _in_turn(first: Sequence[Hit], second: Sequence[Hit]) -> list[Hit]:
    """Hits of two arms in turns, so that both are heard."""
    longest = max(len(first), len(second))
    return [hits[rank] for rank in range(longest) for hits in (first, second) if rank < len(hits)]
