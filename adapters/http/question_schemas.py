"""The shapes of what was asked: questions, what people think of their answers, and figures."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from core.answers import Revision
from core.types import Outcome


class ThoughtShape(BaseModel):
    """What somebody thinks of an answer; `text` is null where the texts are not for you."""

    helpful: bool
    text: str | None


class QuestionRow(BaseModel):
    """A question in a list. Texts are empty once they were erased, and null where they are not for you."""

    id: str
    channel: str = Field(examples=["slack:T024BE91L:C024BE91L"])
    """`http::console` and `http::api` stand for all conversations of the console and of the API."""
    asked_at: datetime
    question: str | None
    answer: str | None
    outcome: Outcome
    seconds: float
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Dollars; null where no prices are set."""
    revision: Revision | None
    """What became of the answer later."""
    revised_at: datetime | None
    opinions: list[ThoughtShape]


class QuestionList(BaseModel):
    """One page, newest first; `next` is the cursor of the following one."""

    questions: list[QuestionRow]
    next: str | None


class FigureShape(BaseModel):
    """What some questions add up to. Times are in seconds, null where there are no questions."""

    questions: int
    answered: int
    quoted: int
    not_found: int
    failed: int
    mean_seconds: float | None
    median_seconds: float | None
    p95_seconds: float | None
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Dollars; null where no prices are set."""


class DayShape(FigureShape):
    """The figures of one channel on one day."""

    day: date
    channel: str


class FigureList(BaseModel):
    """Figures since the beginning of a day: of each day and channel with questions, and of all together."""

    since: datetime
    total: FigureShape
    days: list[DayShape]
