"""Looking back at what was asked: questions by page, and figures for each day and channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol

from core.answers import Answered, Revision
from core.types import Outcome, Session, Usage

BOUNDS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.4, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45, 60)
"""Upper bounds, in seconds, of the buckets that answers are counted in by how long they took; a last one is open."""
CONSOLE = "http::console"
"""All conversations of the console count as one channel."""
API = "http::api"
"""All conversations of the API count as one channel."""

STALE: frozenset[Revision] = frozenset({"changed", "withdrawn", "doubtful"})
"""What is known of answers that no longer held."""

Opinion = Literal["helpful", "unhelpful"]
TextReaders = Literal["everyone", "administrators", "nobody"]
"""Who may read the texts of questions, answers and opinions."""


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Which questions a list shows; None: any."""

    outcome: Outcome | None = None
    opinion: Opinion | None = None
    """Only questions on whose answer somebody thinks so."""
    revisions: frozenset[Revision] | None = None
    channel: str | None = None
    """As `channel_name` spells it."""
    since: datetime | None = None
    workspaces: tuple[str, ...] | None = None
    """Only those asked in these workspaces, spelled `slack:T1`."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What somebody thinks of an answer; the text is often empty."""

    helpful: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A question with what people think of its answer."""

    asked: Answered
    thoughts: tuple[Thought, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One page of a list of questions; `next` is the cursor of the following page."""

    questions: tuple[Reviewed, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What some questions add up to."""

    answered: int = 0
    quoted: int = 0
    not_found: int = 0
    failed: int = 0
    seconds: float = 0.0
    """That all of them took together."""
    times: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    """How many took so long: one number for each of `BOUNDS`, and one for what took longer."""
    usage: Usage = field(default_factory=Usage)

    @property
    def questions(self) -> int:
        """How many there are."""
        return self.answered + self.quoted + self.not_found + self.failed

    @property
    def mean(self) -> float | None:
        """Seconds that one took; None where there is none."""
        return self.seconds / self.questions if self.questions else None

    def quantile(self, share: float) -> float | None:
        """Seconds that this share of the questions took at most, 0 to 1, as exactly as the buckets say; None where
        there are no questions."""
        if self.questions == 1:
            return self.seconds
        wanted = share * sum(self.times)
        below, lowest = 0, 0.0
        for bound, count in zip(BOUNDS, self.times, strict=False):
            if count and below + count >= wanted:
                return lowest + (bound - lowest) * (wanted - below) / count
            below, lowest = below + count, bound
        return lowest if sum(self.times) else None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of one channel on one day."""

    day: date
    channel: str
    figures: Figures


class Review(Protocol):
    """What was asked lately, for whoever looks after the bot. Bounded as `core.answers.Answers` is."""

    async def page(self, where: QuestionFilter, *, after: str | None = None, limit: int = 50) -> QuestionPage:
        """Questions newest first, from the cursor `after` on. Raises Refused for a cursor that is none."""
        ...

    async def figures(
        self, since: datetime, *, shift: timedelta = timedelta(), workspaces: Sequence[str] | None = None
    ) -> Sequence[DayFigures]:
        """Figures of every channel on every day with questions, oldest day first, channels by name. Days begin
        `shift` before those of UTC."""
        ...

    async def erase_texts(self, before: datetime, *, limit: int = 1000) -> int:
        """Erases what was asked, answered and thought before a moment, the oldest first, and who it was; the figures
        stay. Returns how many questions that were; as many as `limit`: perhaps there are more."""
        ...


def channel_name(session: Session) -> str:
    """The channel that a session counts for, without its thread."""
    name = str(session)
    if session.platform == "http":
        return CONSOLE if name.startswith(f"{CONSOLE}-") else API
    return name.partition("/")[0]


def total(figures: Iterable[Figures]) -> Figures:
    """Figures added up."""
    rows = list(figures)
    return Figures(
        answered=sum(row.answered for row in rows),
        quoted=sum(row.quoted for row in rows),
        not_found=sum(row.not_found for row in rows),
        failed=sum(row.failed for row in rows),
        seconds=sum(row.seconds for row in rows),
        times=tuple(map(sum, zip(*(row.times for row in rows), strict=True))) if rows else Figures().times,
        usage=Usage(sum(row.usage.prompt for row in rows), sum(row.usage.completion for row in rows)),
    )


def apart(within: Sequence[int], *, count: int) -> tuple[int, ...]:
    """The buckets of `count` answers, of which so many took at most as long as each of `BOUNDS`."""
    sums = (*within, count)
    return tuple(more - less for less, more in zip((0, *sums), sums, strict=False))


def reckoned(row: Answered) -> Figures:
    """The figures of one question."""
    within = [int(row.elapsed <= bound) for bound in BOUNDS]
    counted = {"answered": 0, "quoted": 0, "not_found": 0, "failed": 0} | {row.outcome: 1}
    return Figures(**counted, seconds=row.elapsed, times=apart(within, count=1), usage=row.usage)


def first_day(days: int, *, present: datetime, shift: timedelta) -> date:
    """The first of so many days, today the last of them."""
    return (present + shift).astimezone(UTC).date() - timedelta(days=days - 1)


def begin(day: date, *, shift: timedelta) -> datetime:
    """The moment when a day begins."""
    return datetime.combine(day, time(), UTC) - shift


def asked_alone(row: Answered) -> bool:
    """Whether only its asker sees what was answered: in a direct message, or in a channel without the others."""
    direct = any(scope.name.startswith("dm:") for scope in row.audience.scopes)
    apart = not row.thread or row.session.channel.rpartition("/")[2] == row.author
    return direct or (bool(row.author) and apart)


def may_read_texts(readers: TextReaders, *, administrator: bool) -> bool:
    """Whether somebody may read the texts of questions."""
    return readers == "everyone" or (readers == "administrators" and administrator)
