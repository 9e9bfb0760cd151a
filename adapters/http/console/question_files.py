"""What was asked as files for spreadsheets: every question, and the figures of every day and channel."""

from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter, Request, Response

from adapters.http import looking_back
from adapters.http.console.entering import Visiting
from adapters.http.console.exporting import Cell, download
from adapters.http.console.questions import KINDS, Chosen, Kind
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.insight import insight, workspaces_of
from adapters.http.question_schemas import FigureShape, QuestionRow
from adapters.http.state import saseo
from core.people import Right

AT_ONCE = 500
MOST = 100_000
"""Lines of a file: as many questions as are kept."""
QUESTION_COLUMNS = (
    "asked_at",
    "channel",
    "question",
    "answer",
    "outcome",
    "seconds",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "revision",
    "revised_at",
    "helpful",
    "unhelpful",
    "opinions",
    "id",
)
FIGURE_COLUMNS = ("day", "channel", *FigureShape.model_fields)

router = APIRouter(prefix="/questions", route_class=ConsoleRoute)


@router.get("/questions.csv", name="question_file")
@needs(Right.READ)
async def questions(request: Request, visit: Visiting, chosen: Chosen, kind: Kind = "all") -> Response:
    """Every question of some days, newest first."""
    rules, review = insight(request), saseo(request).review
    where = chosen.narrowed(KINDS[kind], workspaces_of(visit.person))
    # What is wrong is said before a file begins.
    first = await review.page(where, limit=AT_ONCE)

    async def rows() -> AsyncIterator[Sequence[Sequence[Cell]]]:
        page = first
        for _ in range(0, MOST, AT_ONCE):
            yield [_question(looking_back.question(one, rules, person=visit.person)) for one in page.questions]
            if page.next is None:
                return
            page = await review.page(where, after=page.next, limit=AT_ONCE)

    return download("questions.csv", QUESTION_COLUMNS, rows())


@router.get("/figures.csv", name="figure_file")
@needs(Right.READ)
async def figures(request: Request, visit: Visiting, chosen: Chosen) -> Response:
    """The figures of every channel on every day."""
    rules = insight(request)
    found = await saseo(request).review.figures(
        chosen.since, shift=chosen.shift, workspaces=workspaces_of(visit.person)
    )
    days = [one for one in found if chosen.channel in ("", one.channel)]

    async def rows() -> AsyncIterator[Sequence[Sequence[Cell]]]:
        for at in range(0, len(days), AT_ONCE):
            shapes = [looking_back.day(one, prices=rules.prices) for one in days[at : at + AT_ONCE]]
            yield [[_plain(getattr(shape, name)) for name in FIGURE_COLUMNS] for shape in shapes]

    return download("figures.csv", FIGURE_COLUMNS, rows())


def _question(row: QuestionRow) -> Sequence[Cell]:
    helpful = [one.helpful for one in row.opinions]
    more = {
        "helpful": helpful.count(True),
        "unhelpful": helpful.count(False),
        "opinions": "\n".join(one.text for one in row.opinions if one.text),
    }
    values = {**dict(row), **more}
    return [_plain(values[name]) for name in QUESTION_COLUMNS]


def _plain(value: object) -> Cell:
    return value if isinstance(value, str | int | float) or value is None else str(value)
