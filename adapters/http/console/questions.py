"""The pages of what was asked: how much, how it went and what it cost, and what people asked in vain."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from adapters.http import looking_back
from adapters.http.console.entering import Visiting
from adapters.http.console.pages import page
from adapters.http.console.plots import overlaid, stacked
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.stretch import Stretch, chosen_stretch
from adapters.http.insight import Insight, insight, workspaces_of
from adapters.http.question_schemas import FigureShape
from adapters.http.state import saseo
from core.people import Person, Right
from core.review import STALE, DayFigures, Figures, QuestionFilter, total
from core.unanswered import Wish

PAGE = 50
FEW = 10
"""Questions of a kind on the first page."""
WISHES = 20
EXAMPLES = 4
"""Other ways in which the same was asked."""
CHANNELS = 50
"""Channels that are shown and offered, those with the most questions."""

Kind = Literal["all", "answered", "quoted", "not_found", "failed", "unhelpful", "stale", "found"]
KINDS: Mapping[Kind, QuestionFilter] = {
    "all": QuestionFilter(),
    "not_found": QuestionFilter(outcome="not_found"),
    "answered": QuestionFilter(outcome="answered"),
    "quoted": QuestionFilter(outcome="quoted"),
    "failed": QuestionFilter(outcome="failed"),
    "unhelpful": QuestionFilter(opinion="unhelpful"),
    "stale": QuestionFilter(revisions=STALE),
    "found": QuestionFilter(revisions=frozenset({"found"})),
}

router = APIRouter(prefix="/questions", route_class=ConsoleRoute)
Chosen = Annotated[Stretch, Depends(chosen_stretch)]


@router.get("", name="questions")
@needs(Right.READ)
async def overview(request: Request, visit: Visiting, chosen: Chosen) -> Response:
    """Plots of the days that were chosen, and what needs somebody's care."""
    core, rules, person = saseo(request), insight(request), visit.person
    workspaces = workspaces_of(person)
    days, opinions, stale = await asyncio.gather(
        core.review.figures(chosen.since, shift=chosen.shift, workspaces=workspaces),
        core.review.page(chosen.narrowed(KINDS["unhelpful"], workspaces), limit=FEW),
        core.review.page(chosen.narrowed(KINDS["stale"], workspaces), limit=FEW),
    )
    return page(
        request,
        "questions.html",
        here="questions",
        visit=visit,
        chosen=chosen,
        # Half a year of many channels is much to add up.
        **await asyncio.to_thread(_figures, chosen, days, rules),
        wishes=await _wishes(request, person, chosen),
        unhelpful=[looking_back.question(one, rules, person=person) for one in opinions.questions],
        stale=[looking_back.question(one, rules, person=person) for one in stale.questions],
        readable=rules.open_to(person),
        readers=rules.texts,
        examples=EXAMPLES,
    )


@router.get("/list", name="question_list")
@needs(Right.READ)
async def listing(
    request: Request,
    visit: Visiting,
    chosen: Chosen,
    kind: Kind = "all",
    after: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Questions of one kind, newest first, a page at a time."""
    rules = insight(request)
    where = chosen.narrowed(KINDS[kind], workspaces_of(visit.person))
    found = await saseo(request).review.page(where, after=after, limit=PAGE)
    return page(
        request,
        "question-list.html",
        here="questions",
        visit=visit,
        chosen=chosen,
        kind=kind,
        kinds=list(KINDS),
        questions=[looking_back.question(one, rules, person=visit.person) for one in found.questions],
        next=found.next,
        readers=rules.texts,
    )


async def _wishes(request: Request, person: Person, chosen: Stretch) -> Sequence[Wish]:
    """What was asked in vain, as far as this person may read it."""
    rules = insight(request)
    if not rules.open_to(person):
        return ()
    where = chosen.narrowed(KINDS["not_found"], workspaces_of(person))
    wishes = await saseo(request).unanswered.wishes(where, readable=lambda row: rules.shows(row, person))
    return wishes[:WISHES]


def _figures(chosen: Stretch, days: Sequence[DayFigures], rules: Insight) -> Mapping[str, Any]:
    """What the page shows of the figures."""
    rows = [one for one in days if chosen.channel in ("", one.channel)]
    return {
        "total": looking_back.figures(total(one.figures for one in rows), prices=rules.prices),
        "channels": _channels(days, rules),
        "plots": _plots(chosen, rows, rules),
    }


def _channels(days: Sequence[DayFigures], rules: Insight) -> Sequence[tuple[str, FigureShape]]:
    """The figures of every channel, those with the most questions first."""
    by_name: defaultdict[str, list[Figures]] = defaultdict(list)
    for one in days:
        by_name[one.channel].append(one.figures)
    added = {name: total(figures) for name, figures in by_name.items()}
    ordered = sorted(added.items(), key=lambda one: (-one[1].questions, one[0]))
    return [(name, looking_back.figures(figures, prices=rules.prices)) for name, figures in ordered[:CHANNELS]]


def _plots(chosen: Stretch, rows: Sequence[DayFigures], rules: Insight) -> Mapping[str, object]:
    """How much was asked each day and how it ended, how long answers took, and what they cost."""
    by_day = {day: looking_back.figures(figures, prices=rules.prices) for day, figures in _each_day(chosen, rows)}
    outcomes = ("answered", "quoted", "not_found", "failed")
    plots = {
        "volume": stacked([(day, {name: getattr(one, name) for name in outcomes}) for day, one in by_day.items()]),
        "latency": overlaid(
            [(day, {"p95": one.p95_seconds, "median": one.median_seconds}) for day, one in by_day.items()]
        ),
    }
    if rules.prices is not None:
        return {**plots, "cost": stacked([(day, {"cost": one.cost}) for day, one in by_day.items()])}
    tokens = [(day, {"prompt": one.prompt_tokens, "completion": one.completion_tokens}) for day, one in by_day.items()]
    return {**plots, "tokens": stacked(tokens)}


def _each_day(chosen: Stretch, rows: Sequence[DayFigures]) -> Sequence[tuple[date, Figures]]:
    """The figures of every day, also of those without questions."""
    by_day: dict[date, list[Figures]] = {chosen.first + timedelta(days=number): [] for number in range(chosen.days)}
    for one in rows:
        # What came after midnight while this page is made belongs to a day that it does not show.
        if one.day in by_day:
            by_day[one.day].append(one.figures)
    return [(day, total(figures)) for day, figures in by_day.items()]
