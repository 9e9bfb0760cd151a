"""What was asked, kept and grouped by the whole core as the program puts it together."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import open_saseo
from core.backends.sqlite import open_store
from core.backends.sqlite.review import SqliteReview
from core.review import QuestionFilter
from core.types import Answer, Audience, Question, Session, now
from tests.fakes.patience import PATIENCE


async def test_texts_go_when_their_time_is_over_and_what_is_left_is_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now() - timedelta(days=40)
    async with open_store(tmp_path / "saseo.db", clock=lambda: moment) as store:
        for name, text in (("old", "What is for lunch?"), ("new", "Where can I park my car?"), ("newer", "Parking?")):
            question = Question(name, Session("slack", "T1", "C1"), text, Audience(), author="U1", thread="t")
            await store.answers.record(question, Answer(name, "", "not_found"))
            moment = now()
    erased, erase = asyncio.Event(), SqliteReview.erase_texts

    async def noted(review: SqliteReview, before: datetime, *, limit: int) -> int:
        count = await erase(review, before, limit=limit)
        erased.set()
        return count

    monkeypatch.setattr(SqliteReview, "erase_texts", noted)
    settings = Settings(_env_file=None, data_dir=tmp_path, question_retention_days=30)  # type: ignore[call-arg]
    async with open_saseo(settings) as saseo, asyncio.timeout(PATIENCE):
        await erased.wait()
        texts = [one.asked.text for one in (await saseo.review.page(QuestionFilter())).questions]
        assert texts == ["Parking?", "Where can I park my car?", ""]
        (wish, *_) = await saseo.unanswered.wishes(QuestionFilter())
        kept = {wish.asked.text, *(row.text for row in wish.others)}
        assert kept <= {"Where can I park my car?", "Parking?"}
        figures = await saseo.review.figures(now() - timedelta(days=183))
        assert sum(one.figures.questions for one in figures) == 3
