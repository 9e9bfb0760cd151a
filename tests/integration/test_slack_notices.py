"""Notices in Slack: told once, in the thread, without a ping, and to nobody who may not read them."""

import asyncio
from typing import Any

from core.backends.memory_world import ScriptedModel
from core.notices import Notice
from core.types import Session
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack, Message
from tests.integration.sharing import NOTHING, PAGE, known, private, thread
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running

NEW = LEAVE.replace("15", "20")


async def asked(core: Core, slack: FakeSlack, **more: Any) -> tuple[Message, Message]:
    """A question that was answered, with its answer."""
    question = slack.ask(QUESTION, **more)
    answer = await slack.posted("15 days", thread_ts=question.ts)
    await slack.until(lambda: core.store.answers.questions or None, what="the answer to be kept")
    return question, answer


async def handbook() -> Core:
    """A core that knows a handbook which may change."""
    core = await knowing(text=NOTHING)
    await core.library.add_text(LEAVE, title="Rules", origin="api:rules")
    return core


async def changed(core: Core) -> None:
    """The handbook says something else now."""
    await core.library.add_text(NEW, title="Rules", origin="api:rules")
    await core.following(ScriptedModel("Employees have ", "20 days [1].")).settle()


async def test_an_answer_that_has_changed_is_corrected_once_and_marked() -> None:
    core = await handbook()
    async with FakeSlack() as slack, running(slack, core):
        question, answer = await asked(core, slack, user=slack.sam)
        await changed(core)
        told = await slack.posted("has changed", thread_ts=question.ts)
        assert "15 days" in told.shown
        assert "20 days" in told.shown
        assert f"<@{slack.sam.id}>" not in told.shown
        await slack.until(lambda: "no longer right" in answer.shown, what="the old answer to be marked")
        assert "15 days" in answer.shown, "it can still be read"
        assert len(thread(slack, question)) == 2


async def test_a_notice_that_an_earlier_process_left_is_told_by_the_next_one() -> None:
    core = await handbook()
    async with FakeSlack() as slack:
        async with running(slack, core):
            question, _ = await asked(core, slack, user=slack.sam)
        await changed(core)
        for _ in range(2):
            async with running(slack, core):
                await slack.posted("has changed", thread_ts=question.ts)
        assert len(thread(slack, question)) == 2


async def test_what_was_open_is_told_when_knowledge_arrives() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        question = slack.ask(QUESTION, channel=channel, user=slack.sam)
        await slack.posted("find", thread_ts=question.ts)
        slack.upload("handbook.txt", LEAVE, channel=channel)
        await known(core)
        await core.following(ScriptedModel("Employees have ", "15 days [1].")).settle()
        told = await slack.posted("By now I can", thread_ts=question.ts)
        assert "15 days" in told.shown
        slack.command("/gaps", channel=channel, user=slack.sam)
        await slack.posted("no question here")


async def test_nobody_is_told_what_others_read_along_by_now() -> None:
    core = await handbook()
    async with FakeSlack() as slack, running(slack, core):
        guest = slack.new_user("guest", is_restricted=True)
        question, _ = await asked(core, slack, user=slack.sam)
        slack.join(slack.general, guest)
        await changed(core)
        await slack.call("conversations.members")
        await asyncio.sleep(0.3)
        assert len(thread(slack, question)) == 1


async def test_a_channel_that_wants_no_notices_gets_none() -> None:
    core = await handbook()
    async with FakeSlack() as slack, running(slack, core):
        question, _ = await asked(core, slack, user=slack.sam)
        slack.sam.is_admin = True
        slack.command("/saseo", "notices off", user=slack.sam)
        await slack.posted("Notices here are off")
        await changed(core)
        await asyncio.sleep(0.3)
        assert len(thread(slack, question)) == 1


async def test_a_dead_link_is_told_of_where_it_was_shared() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        message = slack.say(f"<{PAGE}>", channel=private(slack), user=slack.sam)
        (document,) = await known(core)
        notice = Notice(
            id=f"slack:{slack.team.id}:{message.channel}:{message.ts}:{PAGE}+dead:1",
            kind="dead",
            about="",
            session=Session("slack", slack.team.id, message.channel),
            thread=f"slack:{slack.team.id}:{message.channel}:{message.ts}",
            title=document.title,
            url=PAGE,
            document_id=document.id,
        )
        assert await core.noticing.put(notice)
        await slack.posted("I cannot read", thread_ts=message.ts)


async def test_what_was_asked_with_a_command_has_no_thread_to_tell_in() -> None:
    core = await handbook()
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/ask", f"private {QUESTION}", user=slack.sam)
        await slack.posted("15 days")
        await changed(core)
        await asyncio.sleep(0.3)
        assert not slack.called("chat.postMessage")
