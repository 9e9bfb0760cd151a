"""How many questions may be asked, and what they may cost: windows of an hour or a day, counted where all can see."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Protocol

from core.channels import channel_of
from core.errors import Refused
from core.measuring import SILENT, Recorder
from core.messages import render
from core.metrics import BUDGET_USED, LIMITED
from core.types import Question, now

HOUR = 3600
DAY = 86_400
NEAR = 0.8
"""From this part of a limit on, people are told how much of it is used."""
MILLIONTH = 1_000_000
"""Money is counted in millionths of a dollar, so that nothing is lost by adding up."""


@dataclass(frozen=True, slots=True)
class Window:
    """A limit in the hour or the day, by UTC, in which something happens."""

    name: str
    """Different for every limit, everybody whom it is for, and every hour or day."""
    most: int
    seconds: float
    """Until it is over."""
    limit: str = ""
    """What it limits, as texts and figures name it, e.g. `user_hour`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is in each window now. Where one was full, nothing was counted in any of them."""

    counts: tuple[int, ...]
    admitted: bool


class Tallies(Protocol):
    """Counts things in windows, for all processes together."""

    async def admit(self, name: str, windows: Sequence[Window]) -> Counted:
        """Counts what has this name once in every window, or in none where one is full. What was counted before is
        admitted and not counted again, until the last of the windows is over. Nobody counts in between."""
        ...

    async def add(self, window: Window, amount: int) -> int:
        """Adds to a window, also beyond `most`, and returns how much there is."""
        ...

    async def used(self, windows: Sequence[Window]) -> Sequence[int]:
        """How much there is in each."""
        ...


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much is allowed; 0: as much as anybody likes. Dollars need the prices of the model."""

    user_hour: int = 0
    user_day: int = 0
    channel_hour: int = 0
    channel_day: int = 0
    workspace_hour: int = 0
    workspace_day: int = 0
    tokens_day: int = 0
    dollars_day: float = 0.0

    def for_question(self, question: Question, moment: datetime) -> tuple[Window, ...]:
        """The windows that a question counts in. Who has no name, as over the API, is nobody's share."""
        session = question.session
        workspace = session.home
        whose = {
            "user": f"{workspace}:{question.author}" if question.author else "",
            "channel": str(channel_of(session)),
            "workspace": workspace,
        }
        limits = (
            ("user", HOUR, self.user_hour),
            ("user", DAY, self.user_day),
            ("channel", HOUR, self.channel_hour),
            ("channel", DAY, self.channel_day),
            ("workspace", HOUR, self.workspace_hour),
            ("workspace", DAY, self.workspace_day),
        )
        return tuple(
            window(f"{kind}_{'hour' if seconds == HOUR else 'day'}", most, seconds, moment, whose=whose[kind])
            for kind, seconds, most in limits
            if most and whose[kind]
        )

    def budgets(self, moment: datetime) -> tuple[Window, ...]:
        """The windows that the model's work counts in: tokens, and millionths of a dollar."""
        limits = (("tokens_day", self.tokens_day), ("dollars_day", round(self.dollars_day * MILLIONTH)))
        return tuple(window(limit, most, DAY, moment) for limit, most in limits if most)


def window(limit: str, most: int, seconds: int, moment: datetime, *, whose: str = "") -> Window:
    """The window of a limit that a moment is in."""
    since = int(moment.timestamp())
    number = since // seconds
    return Window(f"{limit}:{whose}:{number}", most, (number + 1) * seconds - moment.timestamp(), limit)


def is_near(used: int, most: int) -> bool:
    """Whether it is time to say how much is used."""
    return used >= most * NEAR


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets questions in while there is room in all of their windows."""

    tallies: Tallies
    quotas: Quotas
    _: KW_ONLY
    clock: Callable[[], datetime] = now
    recorder: Recorder = SILENT

    async def admit(self, question: Question, *, locale: str) -> str:
        """Counts a question once, however often it is tried, and returns what there is to say about it: that a limit
        is near, or nothing. Raises Refused where it is one too many, and Unavailable."""
        moment = self.clock()
        windows = self.quotas.for_question(question, moment)
        budgets = self.quotas.budgets(moment)
        near: list[tuple[float, str]] = []
        if windows:
            counted = await self.tallies.admit(first_name(question.id), windows)
            if not counted.admitted:
                raise self._refusal(windows, counted.counts)
            near += [_near(each, used, locale) for each, used in zip(windows, counted.counts, strict=True)]
        if budgets:
            used = await self.tallies.used(budgets)
            # Once it is used up, the answer is a quote that says so.
            spent = [(each, amount) for each, amount in zip(budgets, used, strict=True) if amount < each.most]
            near += [_near_budget(each, amount, locale) for each, amount in spent]
        share, text = max(near, default=(0.0, ""))
        return text if share >= NEAR else ""

    def _refusal(self, windows: Sequence[Window], counts: Sequence[int]) -> Refused:
        """The one that lasts longest: before it is over, asking again is of no use."""
        full = [each for each, used in zip(windows, counts, strict=True) if used >= each.most]
        last = max(full, key=lambda each: each.seconds)
        self.recorder.add(LIMITED, limit=last.limit)
        minutes = max(1, -int(-last.seconds // 60))
        return Refused(f"limits.{last.limit}", most=last.most, minutes=minutes, hours=max(1, -(-minutes // 60)))


@dataclass(frozen=True, slots=True)
class Budget:
    """What the model's work may take in a day."""

    tallies: Tallies
    quotas: Quotas
    _: KW_ONLY
    clock: Callable[[], datetime] = now
    recorder: Recorder = SILENT

    async def check(self) -> None:
        """Raises Refused once it is used up, and Unavailable."""
        for each in await self.look():
            self.recorder.add(LIMITED, limit=each.limit)
            raise Refused("limits.budget")

    async def look(self) -> Sequence[Window]:
        """Those that are used up; figures tell how much of each is used. Raises Unavailable."""
        windows = self.quotas.budgets(self.clock())
        used = dict(zip(windows, await self.tallies.used(windows), strict=True))
        for each, amount in used.items():
            self._tell(each, amount)
        return [each for each, amount in used.items() if amount >= each.most]

    async def spend(self, *, tokens: int, dollars: float) -> bool:
        """Adds what was used. True when a warning is due: a budget is nearly used up, or just is."""
        amounts = {"tokens_day": tokens, "dollars_day": round(dollars * MILLIONTH)}
        warn = False
        for each in self.quotas.budgets(self.clock()):
            amount = amounts[each.limit]
            used = await self.tallies.add(each, amount)
            self._tell(each, used)
            before = used - amount
            warn |= is_near(before, each.most) < is_near(used, each.most) or before < each.most <= used
        return warn

    def _tell(self, budget: Window, used: int) -> None:
        self.recorder.set(BUDGET_USED, used / budget.most, budget=budget.limit)


def first_name(question_id: str) -> str:
    """The name that a question had when it was first tried: later attempts have theirs behind a `#`."""
    return question_id.partition("#")[0]


def _near(each: Window, used: int, locale: str) -> tuple[float, str]:
    return used / each.most, render(f"limits.near_{each.limit}", locale, used=used, most=each.most)


def _near_budget(each: Window, used: int, locale: str) -> tuple[float, str]:
    share = used / each.most
    return share, render("limits.near_budget", locale, percent=int(share * 100))
