"""Looking back at questions in memory: a small, real twin of the durable ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from core.answers import Answered
from core.backends.memory_answers import Key, MemoryAnswers
from core.backends.reviewed import read_number
from core.backends.written import PAGE_LIMIT, escape
from core.review import (
    DayFigures,
    Figures,
    QuestionFilter,
    QuestionPage,
    Reviewed,
    Thought,
    channel_name,
    reckoned,
    total,
)


class MemoryReview:
    """`Review` over the answers in memory."""

    def __init__(self, answers: MemoryAnswers) -> None:
        self._answers = answers

    async def page(self, where: QuestionFilter, *, after: str | None = None, limit: int = 50) -> QuestionPage:
        """Questions newest first."""
        behind, limit = read_number(after), max(min(limit, PAGE_LIMIT), 1)
        numbered = [(self._answers.numbers[key], key) for key in self._answers.questions]
        found = [
            (number, reviewed)
            for number, key in sorted(numbered, reverse=True)
            if (behind is None or number < behind) and _fits(reviewed := self._reviewed(key), where)
        ]
        shown = found[:limit]
        return QuestionPage(
            tuple(reviewed for _, reviewed in shown), next=str(shown[-1][0]) if len(found) > limit else None
        )

    async def figures(
        self, since: datetime, *, shift: timedelta = timedelta(), workspaces: Sequence[str] | None = None
    ) -> Sequence[DayFigures]:
        """Figures of every channel on every day with questions."""
        found: defaultdict[tuple[date, str], list[Figures]] = defaultdict(list)
        for row in self._answers.questions.values():
            if row.at >= since and _asked_in(row, workspaces):
                day = (row.at.astimezone(UTC) + shift).date()
                found[day, channel_name(row.session)].append(reckoned(row))
        days = sorted(found, key=lambda one: (one[0], escape(one[1])))
        return tuple(DayFigures(day, channel, total(found[day, channel])) for day, channel in days)

    async def erase_texts(self, before: datetime, *, limit: int = 1000) -> int:
        """Erases texts whose time is over."""
        due = [key for key, row in self._answers.questions.items() if row.at < before and row.text]
        due = sorted(due, key=lambda key: self._answers.questions[key].at)[:limit]
        for key in due:
            row = self._answers.questions[key]
            self._answers.questions[key] = replace(
                row, text="", answer="", context=(), thread="", author="", citations=()
            )
            kept = self._answers.opinions_on.get(key, {})
            self._answers.opinions_on[key] = {uuid4().hex: Thought(one.helpful) for one in kept.values()}
        return len(due)

    def _reviewed(self, key: Key) -> Reviewed:
        thoughts = sorted(self._answers.opinions_on.get(key, {}).items())
        # A list of questions says nothing of what an answer rests on.
        return Reviewed(replace(self._answers.questions[key], citations=()), tuple(one for _, one in thoughts))


def _fits(one: Reviewed, where: QuestionFilter) -> bool:
    row = one.asked
    return (
        (where.outcome is None or row.outcome == where.outcome)
        and (where.opinion is None or any(thought.helpful == (where.opinion == "helpful") for thought in one.thoughts))
        and (where.revisions is None or row.revision in where.revisions)
        and (where.channel is None or channel_name(row.session) == where.channel)
        and (where.since is None or row.at >= where.since)
        and _asked_in(row, where.workspaces)
    )


def _asked_in(row: Answered, workspaces: Sequence[str] | None) -> bool:
    return workspaces is None or any(str(row.session).startswith(f"{name}:") for name in workspaces)
