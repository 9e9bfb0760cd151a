"""What is kept of people, in memory: a small, real twin of the durable ones."""

from collections.abc import Sequence
from dataclasses import replace

from core.answers import Answered
from core.audit import Noted
from core.backends.memory_answers import Key, MemoryAnswers
from core.backends.memory_console import MemoryDeeds, MemoryVisits
from core.backends.memory_inbox import MemoryInbox
from core.backends.recorded import limited, older_than
from core.backends.written import place_key
from core.inbox import Accepted
from core.people import Arrival
from core.review import Reviewed
from core.subjects import PAGE, Individual, Judgement, Subject, Visit
from core.types import Session


class MemoryTraces:
    """`Traces` in memory."""

    def __init__(self, *, answers: MemoryAnswers, inbox: MemoryInbox, visits: MemoryVisits, deeds: MemoryDeeds) -> None:
        self._answers = answers
        self._inbox = inbox
        self._visits = visits
        self._deeds = deeds

    async def questions(
        self, whose: Subject, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Reviewed]]:
        """What was asked, newest first."""
        found = [(number, self._reviewed(key)) for number, key in self._older(before) if self._asked(key, whose)]
        return found[: limited(limit)]

    async def judgements(
        self, whose: Individual, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Judgement]]:
        """What a person thinks of answers, newest first."""
        found = [
            (number, Judgement(key[1], thought.helpful, thought.text))
            for number, key in self._older(before)
            for person, thought in sorted(self._answers.opinions_on.get(key, {}).items())
            if person in whose.judges
        ]
        return found[: limited(limit)]

    async def owed(
        self, prefix: str, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[tuple[int, Accepted]]:
        """What is not finished in the inbox, newest first."""
        numbered = list(enumerate(self._inbox.kept(), 1))
        found = [
            (number, entry.item)
            for number, entry in reversed(numbered)
            if number < older_than(before) and entry.finished_at is None and entry.item.id.startswith(prefix)
        ]
        return found[: limited(limit)]

    async def deeds(self, who: str, *, before: int | None = None, limit: int = PAGE) -> Sequence[tuple[int, Noted]]:
        """What somebody did, newest first."""
        found = [
            (noted.number, noted)
            for noted in reversed(self._deeds.noted)
            if noted.deed.who == who and noted.number < older_than(before)
        ]
        return found[: limited(limit)]

    async def visits(self, whose: Individual) -> Sequence[Visit]:
        """Where a person is signed in."""
        kept = [Visit(Arrival.load(body), until) for _, body, until in self._visits.visits.values()]
        return sorted((one for one in kept if one.arrival.id == str(whose)), key=lambda one: one.until)

    async def erase(self, whose: Individual, *, alias: str) -> None:
        """Erases what a person left."""
        theirs = [key for key in self._answers.questions if self._asked(key, whose)]
        sessions = {session for session, _ in theirs}
        self._answers.drop(theirs)
        for key, row in self._answers.questions.items():
            if row.session in sessions:
                self._answers.questions[key] = replace(row, context=())
        for thoughts in self._answers.opinions_on.values():
            for person in whose.judges:
                thoughts.pop(person, None)
        kept = self._visits.visits.items()
        self._visits.visits = {name: visit for name, visit in kept if Arrival.load(visit[1]).id != str(whose)}
        self._deeds.noted = [_renamed(noted, str(whose), alias) for noted in self._deeds.noted]

    def _older(self, before: int | None) -> Sequence[tuple[int, Key]]:
        numbered = [(number, key) for key, number in self._answers.numbers.items() if number < older_than(before)]
        return sorted(numbered, reverse=True)

    def _asked(self, key: Key, whose: Subject) -> bool:
        row: Answered = self._answers.questions[key]
        if isinstance(whose, Session):
            return place_key(row.session).startswith(place_key(whose))
        session = str(row.session)
        by_them = row.author == whose.id or session.endswith(whose.alone)
        return row.author == str(whose) or (session.startswith(whose.within) and by_them)

    def _reviewed(self, key: Key) -> Reviewed:
        thoughts = sorted(self._answers.opinions_on.get(key, {}).items())
        return Reviewed(self._answers.questions[key], tuple(thought for _, thought in thoughts))


def _renamed(noted: Noted, who: str, alias: str) -> Noted:
    return replace(noted, deed=replace(noted.deed, who=alias)) if noted.deed.who == who else noted
