"""Texts go when their time is over: all of them, at once and from then on, whatever fails meanwhile."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import Unavailable
from core.retention import Retention
from core.review import QuestionFilter
from core.types import Answer, Audience, Question, Session
from tests.fakes.saseo import Core


async def asked(core: Core, count: int) -> None:
    for number in range(count):
        question = Question(f"q{number}", Session("slack", "T1", "C1"), "What?", Audience())
        await core.store.answers.record(question, Answer(question.id, "That.", "answered"))


async def texts(core: Core) -> list[str]:
    return [one.asked.text for one in (await core.store.review.page(QuestionFilter())).questions]


def retention(core: Core) -> Retention:
    return Retention(core.store.review, days=30, clock=lambda: core.now)


async def test_texts_are_kept_for_their_days_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.retention.AT_ONCE", 2)
    core = Core()
    await asked(core, 5)
    core.now += timedelta(days=30)
    assert await retention(core).erase() == 0
    core.now += timedelta(seconds=1)
    assert await retention(core).erase() == 5
    assert await texts(core) == [""] * 5


async def test_it_looks_again_and_again_also_after_a_failure() -> None:
    core = Core()
    await asked(core, 1)
    core.now += timedelta(days=31)
    looked = asyncio.Event()
    erase, failures = core.store.review.erase_texts, [Unavailable("store.busy")]

    async def failing_once(*details: object, **more: object) -> int:
        if failures:
            raise failures.pop()
        count = await erase(*details, **more)  # type: ignore[arg-type]
        if not count:
            looked.set()
        return count

    core.store.review.erase_texts = failing_once  # type: ignore[method-assign]
    running = asyncio.create_task(retention(core).run(pause=0))
    await looked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await texts(core) == [""]
