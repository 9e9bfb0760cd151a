"""Routes that look back at what was asked: questions by page, and figures by day and channel."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from adapters.http import looking_back
from adapters.http.insight import WHOEVER_HAS_THE_TOKEN, insight
from adapters.http.looking_back import FARTHEST
from adapters.http.question_schemas import FigureList, QuestionList
from adapters.http.state import saseo
from core.answers import DAYS_KEPT, Revision
from core.pricing import Prices
from core.review import DayFigures, Opinion, QuestionFilter, begin, first_day, total
from core.types import Outcome, now

MOST = 500

router = APIRouter(prefix="/api/v1/questions", tags=["questions"])
Channel = Annotated[str | None, Query(max_length=500, description="Such as slack:T1:C1, http::console or http::api")]


@router.get("")
async def listing(
    request: Request,
    outcome: Outcome | None = None,
    opinion: Opinion | None = None,
    revision: Revision | None = None,
    channel: Channel = None,
    days: Annotated[int, Query(ge=1, le=DAYS_KEPT)] = DAYS_KEPT,
    after: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> QuestionList:
    """What was asked in the last days, newest first, a page at a time."""
    rules = insight(request)
    where = QuestionFilter(
        outcome=outcome,
        opinion=opinion,
        revisions=None if revision is None else frozenset({revision}),
        channel=channel,
        since=now() - timedelta(days=days),
    )
    page = await saseo(request).review.page(where, after=after, limit=limit)
    shown = [looking_back.question(one, rules, person=WHOEVER_HAS_THE_TOKEN) for one in page.questions]
    return QuestionList(questions=shown, next=page.next)


@router.get("/figures")
async def figures(
    request: Request,
    days: Annotated[int, Query(ge=1, le=DAYS_KEPT)] = 30,
    channel: Channel = None,
    offset: Annotated[int, Query(ge=-FARTHEST, le=FARTHEST, description="Minutes that days begin before UTC's")] = 0,
) -> FigureList:
    """How much was asked on each of the last days, today among them, in each channel, and what became of it."""
    shift = timedelta(minutes=offset)
    since = begin(first_day(days, present=now(), shift=shift), shift=shift)
    found = await saseo(request).review.figures(since, shift=shift)
    rows = [one for one in found if channel is None or one.channel == channel]
    # Half a year of many channels is much to add up.
    return await asyncio.to_thread(_added, since, rows, prices=insight(request).prices)


def _added(since: datetime, rows: Sequence[DayFigures], *, prices: Prices | None) -> FigureList:
    return FigureList(
        since=since,
        total=looking_back.figures(total(one.figures for one in rows), prices=prices),
        days=[looking_back.day(one, prices=prices) for one in rows],
    )
