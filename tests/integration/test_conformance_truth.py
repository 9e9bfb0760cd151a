"""The stories of what was said, the same on every platform: it stays true, and what was not known is told later."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core.channels import ChannelSettings
from core.errors import Refused
from core.refresh import DEAD_AFTER
from core.types import Document
from tests.fakes.saseo import Core
from tests.integration.conformance import PLATFORMS, OnSlack, Platform, on, quiet, told
from tests.integration.http_asking import client_of
from tests.integration.people import NOTHING, PAGE, choose, commanded, holds, known, post, rewritten
from tests.integration.slack_running import LEAVE, QUESTION, knowing

every = pytest.mark.parametrize("platform", PLATFORMS)
CHANGED = LEAVE.replace("15 days", "20 days")
A_DAY = 1
"""Notices in one channel; usually a few."""


async def stocked() -> Core:
    """A core that quotes, and knows nothing yet of what is asked."""
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    core.chat = core.chat_with(None)
    return core


async def linked(there: Platform) -> tuple[Any, Document]:
    """A link in everybody's channel that was read; its message."""
    await choose(there, there.general, "auto")
    message = post(there, PAGE, there.general)
    (document,) = await known(there.core, 1)
    await quiet(there)
    return message, document


async def read_again(core: Core, page: bytes | Refused) -> None:
    """The page is this now; it is looked at as by the scheduler, and what follows from it is followed up."""
    core.web.pages[PAGE] = page
    core.now += timedelta(days=1)
    (document,) = await known(core, 1)
    await core.library.refresh(document)
    await core.following().settle()


def below(there: Platform, notice: Any, first: Any, answer: Any) -> bool:
    """Whether a notice stands where people look for what belongs to an answer."""
    if isinstance(there, OnSlack):
        return bool(notice.thread_ts == first.ts)
    return notice.referenced is answer


def rings(there: Platform, message: Any) -> bool:
    """Whether somebody was called by it."""
    return "<@" in message.shown or "<!" in message.shown if isinstance(there, OnSlack) else bool(message.pinged)


@every
@pytest.mark.parametrize(("page", "says"), [(CHANGED, "has changed"), ("The canteen has soup.", "no longer")])
async def test_an_answer_whose_page_changes_is_corrected_once_below_it(platform: str, page: str, says: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        await linked(there)
        question = there.ask(QUESTION)
        answer = await told(there, "15 days")
        before = len(there.answers())
        await read_again(core, page.encode())
        notice = await told(there, says, where=lambda one: one is not answer)
        assert below(there, notice, question, answer)
        assert not rings(there, notice)
        assert "15 days" in there.shown(notice), "what was said before"
        assert ("20 days" in there.shown(notice)) is (page == CHANGED), "what holds now"
        assert "no longer right" in there.shown(answer)
        assert "15 days" in there.shown(answer), "it can still be read"
        await core.following().settle()
        there.again()
        await quiet(there)
        assert len(there.answers()) == before + 1


@every
@pytest.mark.parametrize("left", ["old", "unwanted"])
async def test_an_old_answer_and_a_channel_that_wants_no_notices_are_left_alone(platform: str, left: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        await rewritten(there, LEAVE)
        there.ask(QUESTION)
        await told(there, "15 days")
        if left == "old":
            core.now += timedelta(days=31)
        else:
            await core.store.channels.put(there.general.session, ChannelSettings(notices=False))
        await rewritten(there, CHANGED)
        await quiet(there)
        assert len(there.answers()) == 1
        assert "no longer right" not in there.shown(there.answers()[0])


@every
async def test_a_channel_is_told_a_few_times_a_day_and_no_more(platform: str) -> None:
    core = await stocked()
    # Both platforms slow down who posts much in a channel.
    core.noticing._a_day = A_DAY
    async with on(platform, core) as there, there.running():
        await rewritten(there, LEAVE)
        for _ in range(A_DAY + 1):
            there.ask(QUESTION)
        await told(there, "15 days", count=A_DAY + 1)
        await rewritten(there, CHANGED)
        await told(there, "has changed")
        assert len([one for one in there.answers() if "has changed" in there.shown(one)]) == A_DAY


@every
async def test_a_question_without_an_answer_is_listed_until_it_is_answered_and_then_told_once(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running(), client_of(core) as client:

        async def open_questions() -> list[str]:
            where = {"session": str(there.general.session)}
            return [row["question"] for row in (await client.get("/api/v1/gaps", params=where)).json()]

        question = there.ask(QUESTION)
        answer = await told(there, "could not find")
        assert await open_questions() == [QUESTION]
        await commanded(there, "gaps", place=there.general)
        await told(there, QUESTION, where=there.private)
        await rewritten(there, LEAVE)
        notice = await told(there, "By now I can")
        assert "15 days" in there.shown(notice)
        assert below(there, notice, question, answer)
        assert not rings(there, notice)
        await rewritten(there, CHANGED)
        await quiet(there)
        assert len([one for one in there.answers() if "By now I can" in there.shown(one)]) == 1
        assert await open_questions() == []


@every
async def test_a_dead_link_is_told_of_once_where_it_was_posted(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        message, document = await linked(there)
        before = len(there.answers())
        for checked in range(1, DEAD_AFTER + 2):
            await read_again(core, Refused("fetch.gone"))
            (found,) = await known(core, 1)
            assert found.state == ("dead" if checked >= DEAD_AFTER else "ready")
        notice = await told(there, "cannot read")
        assert below(there, notice, message, message)
        assert not rings(there, notice)
        assert len(there.answers()) == before + 1
        await commanded(there, "sources", place=there.general)
        await told(there, document.title, where=there.private)


@every
async def test_an_answer_that_only_the_next_process_gave_is_marked_like_any_other(platform: str) -> None:
    core = await knowing(asyncio.Event(), text=NOTHING)
    async with on(platform, core) as there:
        async with there.running():
            await rewritten(there, LEAVE)
            there.ask(QUESTION)
            await holds(partial(accepted, core), what="the question")
        core.chat = core.chat_with(None)
        async with there.running():
            answer = await told(there, "15 days")
            (row,) = core.store.answers.questions.values()
            assert row.id.endswith("#2"), "it was asked anew, by another name"
            await rewritten(there, CHANGED)
            notice = await told(there, "has changed", where=lambda one: one is not answer)
            assert "20 days" in there.shown(notice)
            assert "no longer right" in there.shown(answer)
            assert "no longer right" not in there.shown(notice)


async def accepted(core: Core) -> bool:
    return bool(core.store.inbox._entries)
