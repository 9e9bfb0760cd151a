"""Questions and figures as the API and the console show them. Pure."""

from adapters.http.insight import Insight
from adapters.http.question_schemas import DayShape, FigureShape, QuestionRow, ThoughtShape
from core.people import Person
from core.pricing import Prices
from core.review import DayFigures, Figures, Reviewed, channel_name
from core.types import Usage

FARTHEST = 14 * 60
"""Minutes that days begin before or after those of UTC, wherever their reader is."""


def question(one: Reviewed, rules: Insight, *, person: Person) -> QuestionRow:
    """A question; without its texts where they are not for this person."""
    row = one.asked
    texts = rules.shows(row, person)
    return QuestionRow(
        id=row.id,
        channel=channel_name(row.session),
        asked_at=row.at,
        question=row.text if texts else None,
        answer=row.answer if texts else None,
        outcome=row.outcome,
        seconds=round(row.elapsed, 3),
        model=row.model,
        prompt_tokens=row.usage.prompt,
        completion_tokens=row.usage.completion,
        cost=cost(row.usage, rules.prices),
        revision=row.revision,
        revised_at=row.revised_at,
        opinions=[ThoughtShape(helpful=each.helpful, text=each.text if texts else None) for each in one.thoughts],
    )


def figures(added: Figures, *, prices: Prices | None) -> FigureShape:
    """Figures, with what they cost."""
    return FigureShape.model_validate(_fields(added, prices))


def day(one: DayFigures, *, prices: Prices | None) -> DayShape:
    """The figures of one channel on one day."""
    return DayShape.model_validate({"day": one.day, "channel": one.channel, **_fields(one.figures, prices)})


def cost(usage: Usage, prices: Prices | None) -> float | None:
    """Dollars, as far as prices are known."""
    return None if prices is None else round(prices.cost(usage), 6)


def _fields(added: Figures, prices: Prices | None) -> dict[str, object]:
    return {
        "questions": added.questions,
        "answered": added.answered,
        "quoted": added.quoted,
        "not_found": added.not_found,
        "failed": added.failed,
        "mean_seconds": _rounded(added.mean),
        "median_seconds": _rounded(added.quantile(0.5)),
        "p95_seconds": _rounded(added.quantile(0.95)),
        "prompt_tokens": added.usage.prompt,
        "completion_tokens": added.usage.completion,
        "cost": cost(added.usage, prices),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
