"""Following up does its work once, whatever fails on the way."""

import asyncio

import pytest

from core.changes import Change
from core.errors import Refused, Unavailable
from core.types import Answer, Audience, Document, Question
from tests.fakes.patience import PATIENCE
from tests.unit.followed import (
    ASKED,
    CHANNEL,
    ID,
    LEAVE,
    MORE,
    TEAM,
    notices,
    source_of,
    sources_of,
    stocked,
    taught,
)


async def test_a_crash_after_a_notice_was_left_leaves_no_second_one() -> None:
    core = await stocked()
    before = await core.store.answers.find(ID)
    assert before is not None
    document_id = await taught(core, MORE)
    pending = await core.store.changes.pending()
    await core.following().settle()
    assert len(await notices(core)) == 1
    await core.chat._answers.record(
        Question(ID, CHANNEL, ASKED, Audience.of(TEAM)), Answer(ID, before.answer, "quoted", sources_of(before))
    )
    core.store.changes.note(pending[0])

    await core.following().settle()

    assert await notices(core) == []
    assert list(await core.store.answers.citing(document_id, before=pending[0].version)) == []


async def test_a_forgotten_document_corrects_nothing() -> None:
    core = await stocked()
    document_id = await taught(core, MORE)
    await core.library.forget([document_id])
    core.store.changes.note(Change(document_id, 9))

    assert await core.following().settle() == 1
    assert await notices(core) == []


async def test_an_answer_that_quoted_a_forgotten_document_is_left_alone() -> None:
    core = await stocked()
    row = await core.store.answers.find(ID)
    assert row is not None
    other = await taught(core, LEAVE, origin="api:copy")
    await core.store.answers.record(
        Question(ID, CHANNEL, ASKED, Audience.of(TEAM)),
        Answer(ID, row.answer, "quoted", (*sources_of(row), source_of(other))),
    )
    await core.library.forget([other])
    await taught(core, MORE)

    await core.following().settle()

    assert await notices(core) == []


async def test_what_cannot_be_followed_up_keeps_nothing_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await stocked()
    await taught(core, MORE)
    failures: list[Exception] = [RuntimeError("bug")]

    async def passages(document_id: str, **_: object) -> object:
        raise failures[0]

    monkeypatch.setattr(core.store.shelves, "passages", passages)
    for error in (*failures, Refused("store.damaged", path="x")):
        failures[0] = error
        await core.following().settle()
        assert list(await core.store.changes.pending()) == []
        core.store.changes.note(
            Change((await core.library.add_text("x", origin="api:leave", scope=TEAM)).document.id, 1)
        )


async def test_what_is_away_keeps_the_change_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await stocked()
    await taught(core, MORE)

    async def away(document_id: str, **_: object) -> object:
        raise Unavailable("fetch.unreachable", host="store")

    monkeypatch.setattr(core.store.shelves, "passages", away)
    with pytest.raises(Unavailable):
        await core.following().settle()
    assert len(await core.store.changes.pending()) == 1


async def test_a_question_that_cannot_be_asked_any_more_is_left_alone() -> None:
    core = await stocked()
    row = await core.store.answers.find(ID)
    assert row is not None
    odd = Question(ID, CHANNEL, "???", Audience.of(TEAM))
    await core.store.answers.record(odd, Answer(ID, row.answer, "quoted", sources_of(row)))
    await taught(core, MORE)

    await core.following().settle()

    assert await notices(core) == []
    assert list(await core.store.changes.pending()) == []


async def test_what_is_away_is_tried_again_until_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await stocked()
    document_id = await taught(core, MORE)
    errors: list[Exception] = [RuntimeError("bug"), Unavailable("fetch.unreachable", host="store")]
    find = core.store.catalogue.find

    async def away(name: str) -> Document | None:
        if errors:
            raise errors.pop()
        return await find(name)

    monkeypatch.setattr(core.store.catalogue, "find", away)
    following = asyncio.create_task(core.following().run(quiet=0, patience=0))
    async with asyncio.timeout(PATIENCE):
        await core.store.inbox.waiting("slack:")
        (notice,) = await notices(core)
        assert notice.answer is not None
        assert notice.answer.sources[0].document_id == document_id
        await taught(core, LEAVE.replace("25", "35"))
        await core.store.inbox.waiting("slack:")
    following.cancel()
    assert errors == []


async def test_nothing_is_followed_up_before_somebody_delivers() -> None:
    core = await stocked(delivers=False)
    await taught(core, MORE)
    following = asyncio.create_task(core.following().run(quiet=0, patience=0))
    for _ in range(20):
        await asyncio.sleep(0)
    assert await core.store.changes.pending()

    core.noticing.delivers("slack")
    async with asyncio.timeout(PATIENCE):
        await core.store.inbox.waiting("slack:")
    following.cancel()


async def test_where_nobody_will_ever_deliver_it_is_still_found_what_may_no_longer_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = await stocked(delivers=False)
    await taught(core, MORE)
    doubted, doubt = asyncio.Event(), core.store.answers.doubt

    async def noted(name: str) -> None:
        await doubt(name)
        doubted.set()

    monkeypatch.setattr(core.store.answers, "doubt", noted)
    core.noticing.nobody()
    following = asyncio.create_task(core.following().run(quiet=0, patience=0))
    async with asyncio.timeout(PATIENCE):
        await doubted.wait()
    following.cancel()
    row = await core.store.answers.find(ID)
    assert row is not None
    assert row.revision == "doubtful"
    assert await notices(core) == []
