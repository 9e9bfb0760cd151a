"""What was asked, how it ended and what the answer rests on, kept so that an answer can stay true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from core.types import Answer, Audience, Language, Outcome, Question, Scope, Session, Turn, Usage

Revision = Literal["found", "changed", "withdrawn", "doubtful"]
"""What became of an answer later: it was found at last, corrected or withdrawn, and who asked was told; or it may no
longer hold and nobody was told."""

DAYS_KEPT = 183
"""Half a year, for which a question is kept."""
TEXT_KEPT = 8000
"""Characters of an answer."""
EXCERPT_KEPT = 2000
"""Characters of a cited passage."""
CONTEXT_KEPT = 4
"""Turns before a question that it may lean on."""
TURN_KEPT = 1000
"""Characters of each of them."""
OPINION_KEPT = 2000
"""Characters of what somebody says about an answer."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer cites, as it was then. The texts go when the document is forgotten."""

    document_id: str
    version: int
    ordinal: int
    excerpt: str
    """Verbatim, at most `EXCERPT_KEPT` characters."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and how it ended. Nothing of it is older than half a year. Its texts are empty once they were erased,
    see `core.retention`."""

    id: str
    """The question's own id."""
    session: Session
    text: str
    outcome: Outcome
    audience: Audience
    at: datetime
    thread: str = ""
    author: str = ""
    locale: Language = "en"
    context: tuple[Turn, ...] = ()
    """What was said before."""
    answer: str = ""
    """Empty once a document that it cites was forgotten."""
    citations: tuple[Citation, ...] = ()
    model: str | None = None
    """The model that was asked."""
    usage: Usage = field(default_factory=Usage)
    elapsed: float = 0.0
    """Seconds from the question to its answer."""
    revision: Revision | None = None
    revised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opinions:
    """How many people found answers helpful, and how many did not."""

    helpful: int = 0
    unhelpful: int = 0


def answered(question: Question, answer: Answer, *, at: datetime) -> Answered:
    """What is kept of a question and its answer."""
    context = question.context[-CONTEXT_KEPT:]
    return Answered(
        id=question.id,
        session=question.session,
        text=question.text,
        outcome=answer.outcome,
        audience=question.audience,
        at=at,
        thread=question.thread,
        author=question.author,
        locale=question.locale,
        context=tuple(Turn(turn.role, turn.text[:TURN_KEPT], turn.at) for turn in context),
        answer=answer.text[:TEXT_KEPT],
        citations=cited(answer),
        model=answer.model,
        usage=answer.usage,
        elapsed=answer.elapsed,
    )


def revision(before: Outcome, answer: Answer) -> Revision:
    """What becomes of an answer with this outcome when another one takes its place."""
    if before == "not_found":
        return "found"
    return "withdrawn" if answer.outcome == "not_found" else "changed"


def cited(answer: Answer) -> tuple[Citation, ...]:
    """The passages that an answer rests on."""
    return tuple(
        Citation(source.document_id, source.version, source.ordinal, source.excerpt[:EXCERPT_KEPT])
        for source in answer.sources
    )


class Answers(Protocol):
    """The latest questions, bounded in number and age; prefixes as in `core.shares.within`."""

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        ...

    async def revise(self, id: str, answer: Answer) -> None:  # noqa: A002 - the word for it everywhere
        """Another answer stands in its place now, see `revision`. Its moment, its figures and the counts stay."""
        ...

    async def doubt(self, id: str) -> None:  # noqa: A002
        """It may no longer hold, and nobody was told."""
        ...

    async def find(self, id: str) -> Answered | None:  # noqa: A002
        """A question that is kept."""
        ...

    async def unanswered(
        self,
        *,
        session: Session | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> Sequence[Answered]:
        """Questions that the documents could not answer and whose texts are still there, newest first: in the channel
        of a session and its threads, by people who may read a scope, since a moment."""
        ...

    async def citing(
        self, document_id: str, *, before: int, since: datetime | None = None, limit: int = 50
    ) -> Sequence[Answered]:
        """Answers that cite a version of the document older than `before`, newest first, since a moment."""
        ...

    async def citations(self, document_id: str) -> int:
        """How many of the answers that are kept cite any version of the document."""
        ...

    async def checked(self, id: str, document_id: str, *, version: int) -> None:  # noqa: A002
        """What the answer cites of this document stands in this version too."""
        ...

    async def judge(self, id: str, *, helpful: bool, by: str, text: str = "") -> bool:  # noqa: A002
        """Keeps what somebody thinks of an answer, in place of what they thought before. False: it is not kept."""
        ...

    async def opinions(self, id: str | None = None) -> Opinions:  # noqa: A002
        """Those on one answer, or on all that are kept."""
        ...

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        ...

    async def erase(self, prefix: str) -> int:
        """Forgets what was asked in a channel or a workspace, and returns how much that was."""
        ...
