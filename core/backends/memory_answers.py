"""The answers in memory: a small, real twin of the durable ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

from core.answers import OPINION_KEPT, TEXT_KEPT, Answered, Opinions, answered, cited, revision
from core.backends.written import ANSWERS_KEPT, ANSWERS_KEPT_FOR, escape, micros, place_key
from core.channels import channel_of
from core.review import Thought
from core.types import Answer, Outcome, Question, Scope, Session, now

Key = tuple[Session, str]


class MemoryAnswers:
    """`Answers` in memory."""

    def __init__(self, *, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self.questions: dict[Key, Answered] = {}
        self.numbers: dict[Key, int] = {}
        """Rising with every question."""
        self._last = 0
        self.opinions_on: dict[Key, dict[str, Thought]] = {}
        self._counts: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        row = answered(question, answer, at=self._clock())
        key = (row.session, row.id)
        if before := self.questions.get(key):
            self._counts[before.outcome] -= 1
            self.drop({key})
        self._last += 1
        self.questions[key], self.numbers[key] = row, self._last
        self._counts[answer.outcome] += 1
        oldest = micros(row.at) - ANSWERS_KEPT_FOR
        surplus = list(self.questions)[: max(len(self.questions) - ANSWERS_KEPT, 0)]
        self.drop({*surplus, *(old for old, kept in self.questions.items() if micros(kept.at) <= oldest)})

    async def revise(self, id: str, answer: Answer) -> None:  # noqa: A002 - the word for it everywhere
        """Another answer stands in its place now."""
        if row := await self.find(id):
            self.questions[row.session, row.id] = replace(
                row,
                outcome=answer.outcome,
                answer=answer.text[:TEXT_KEPT],
                citations=cited(answer),
                revision=revision(row.outcome, answer),
                revised_at=self._clock(),
            )

    async def doubt(self, id: str) -> None:  # noqa: A002
        """It may no longer hold, and nobody was told."""
        if row := await self.find(id):
            self.questions[row.session, row.id] = replace(row, revision="doubtful", revised_at=self._clock())

    async def find(self, id: str) -> Answered | None:  # noqa: A002
        """The latest question with this id."""
        return next((row for row in reversed(self.questions.values()) if row.id == id), None)

    async def unanswered(
        self,
        *,
        session: Session | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> Sequence[Answered]:
        """Questions that were not found, newest first."""
        place = "" if session is None else place_key(channel_of(session))
        found = [
            row
            for row in reversed(self.questions.values())
            if row.outcome == "not_found"
            and row.text
            and place_key(row.session).startswith(place)
            and (scope is None or scope in row.audience)
            and (since is None or row.at >= since)
        ]
        return tuple(found[: max(limit, 0)])

    async def citing(
        self, document_id: str, *, before: int, since: datetime | None = None, limit: int = 50
    ) -> Sequence[Answered]:
        """Answers that cite an older version of the document, newest first."""
        found = [
            row
            for row in reversed(self.questions.values())
            if any(one.document_id == document_id and one.version < before for one in row.citations)
            and (since is None or row.at >= since)
        ]
        return tuple(found[: max(limit, 0)])

    async def citations(self, document_id: str) -> int:
        """How many answers cite any version of the document."""
        kept = self.questions.values()
        return sum(any(one.document_id == document_id for one in row.citations) for row in kept)

    async def checked(self, id: str, document_id: str, *, version: int) -> None:  # noqa: A002
        """What it cites of this document stands in this version too."""
        for key, row in self.questions.items():
            if row.id == id:
                citations = tuple(
                    replace(one, version=max(version, one.version)) if one.document_id == document_id else one
                    for one in row.citations
                )
                self.questions[key] = replace(row, citations=citations)

    async def judge(self, id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        """Keeps what somebody thinks of an answer."""
        row = await self.find(id)
        if row is not None:
            self.opinions_on.setdefault((row.session, row.id), {})[by] = Thought(helpful, text[:OPINION_KEPT])
        return row is not None

    async def opinions(self, id: str | None = None) -> Opinions:  # noqa: A002
        """Those on one answer, or on all that are kept."""
        row = None if id is None else await self.find(id)
        kept = list(self.opinions_on.values()) if id is None else []
        if row is not None:
            kept = [self.opinions_on.get((row.session, row.id), {})]
        each = [thought.helpful for opinions in kept for thought in opinions.values()]
        return Opinions(each.count(True), each.count(False))

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        return dict(self._counts)

    async def erase(self, prefix: str) -> int:
        """Forgets what was asked in a channel or a workspace; it is still counted."""
        gone = {key for key, row in self.questions.items() if place_key(row.session).startswith(escape(prefix))}
        self.drop(gone)
        return len(gone)

    def forget(self, document_ids: Collection[str]) -> None:
        """Nothing quotes these documents any more."""
        for key, row in self.questions.items():
            left = tuple(one for one in row.citations if one.document_id not in document_ids)
            if left != row.citations:
                self.questions[key] = replace(row, answer="", citations=left)

    def drop(self, keys: Collection[Key]) -> None:
        """Forgets questions with all that is kept about them."""
        for key in keys:
            self.questions.pop(key, None)
            self.numbers.pop(key, None)
            self.opinions_on.pop(key, None)
