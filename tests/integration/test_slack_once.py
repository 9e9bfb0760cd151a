"""Exactly one visible answer: twins, redelivery, restarts, two adapters, edits, lost connections."""

import asyncio
from typing import Any

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.inbox import Accepted
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running


async def settled(slack: FakeSlack) -> None:
    """Waits until everything that was sent is acknowledged, and a moment longer."""
    for delivery in list(slack.outbox.sent):
        await delivery.settled()
    await asyncio.sleep(0.3)


def only(slack: FakeSlack, asked: Message) -> Message:
    """The one answer to a question."""
    answers = slack.answers(asked.channel, thread_ts=asked.thread_ts or asked.ts)
    assert len(answers) == 1, [answer.shown for answer in answers]
    assert "15 days of paid leave [1]" in answers[0].shown
    assert not answers[0].streaming
    return answers[0]


@pytest.mark.parametrize("order", ["mention_first", "message_first"])
@pytest.mark.parametrize("gap", [0.0, 0.4])
async def test_twin_events_are_one_question(order: Any, gap: float) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.twin_order, slack.twin_gap = order, gap
        asked = slack.ask(QUESTION)
        await slack.posted("15 days")
        await settled(slack)
        assert len(asked.deliveries) == 2
        only(slack, asked)


async def test_a_redelivered_event_is_answered_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        slack.outbox.again(asked.deliveries[0])
        await slack.posted("15 days")
        slack.outbox.again(asked.deliveries[0])
        await settled(slack)
        only(slack, asked)


async def test_an_acknowledgement_that_is_lost_costs_no_second_answer() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lost_acks = 2
        asked = slack.ask(QUESTION)
        await slack.posted("15 days")
        slack.clock.advance(4)
        await settled(slack)
        assert any(len(delivery.attempts) > 1 for delivery in asked.deliveries)
        only(slack, asked)


async def test_an_event_after_a_restart_is_known() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with running(slack, core):
            asked = slack.ask(QUESTION)
            await slack.posted("15 days")
            await settled(slack)
        async with running(slack, core):
            slack.outbox.again(asked.deliveries[0])
            await settled(slack)
        only(slack, asked)


async def test_two_adapters_on_one_store_give_one_answer() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core), running(slack, core):
        asked = [slack.ask(QUESTION, channel=slack.new_channel(f"c{number}")) for number in range(6)]
        for question in asked:
            slack.outbox.again(question.deliveries[0])
            await slack.posted("15 days", channel=question.channel)
        await settled(slack)
        for question in asked:
            only(slack, question)


async def test_edits_unfurls_and_its_own_changes_are_no_questions() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        answer = await slack.posted("15 days")
        slack.edit(asked, f"<@{slack.team.bot_user.id}> {QUESTION} Please.")
        slack.unfurl(asked)
        slack.unfurl(answer)
        slack.delete(asked)
        await settled(slack)
        only(slack, asked)


async def test_a_mention_that_comes_with_an_edit_is_answered_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.say(QUESTION)
        slack.edit(asked, f"<@{slack.team.bot_user.id}> {QUESTION}")
        await slack.posted("15 days")
        slack.edit(asked, f"<@{slack.team.bot_user.id}> {QUESTION}!")
        await settled(slack)
        only(slack, asked)


async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again() -> None:
    core = await knowing()
    accept = core.store.inbox.accept

    async def full(item: Accepted, *, holder: str) -> bool:
        core.store.inbox.accept = accept  # type: ignore[method-assign]
        raise Unavailable("store.full", path="x")

    async with FakeSlack() as slack, running(slack, core):
        core.store.inbox.accept = full  # type: ignore[method-assign]
        slack.twin_gap = 60
        asked = slack.ask(QUESTION)
        await asyncio.sleep(0.3)
        assert slack.answers() == []
        slack.clock.advance(4)
        await slack.posted("15 days")
        first = asked.deliveries[0]
        assert [attempt.failure for attempt in first.attempts] == ["timeout", ""]


async def test_it_is_kept_before_it_is_acknowledged() -> None:
    core = await knowing()
    accept, gate = core.store.inbox.accept, asyncio.Event()

    async def slowly(item: Accepted, *, holder: str) -> bool:
        await gate.wait()
        return await accept(item, holder=holder)

    core.store.inbox.accept = slowly  # type: ignore[method-assign]
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await asyncio.sleep(0.3)
        assert not asked.deliveries[0].acknowledged
        gate.set()
        await asked.deliveries[0].settled()
        assert asked.deliveries[0].acknowledged
        await slack.posted("15 days")


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.startStream", "chat.stopStream", "chat.appendStream"])
async def test_a_connection_that_breaks_costs_neither_the_answer_nor_a_second_one(method: str, drop: str) -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault(method, drop=drop))
        asked = slack.ask(QUESTION)
        await asyncio.sleep(1.5)
        gate.set()
        await slack.posted("of paid leave [1]")
        await settled(slack)
        only(slack, asked)


@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_after_a_crash_the_same_message_is_finished(pieces: int) -> None:
    never = asyncio.Event()
    core = await knowing(*ANSWER[:pieces], never)
    async with FakeSlack() as slack:
        async with running(slack, core) as adapter:
            adapter.drain_seconds = 0.0
            asked = slack.ask(QUESTION)
            if pieces:
                begun = await slack.posted(ANSWER[0].strip(), finished=False)
            else:
                await slack.call("assistant.threads.setStatus")
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with running(slack, core):
            answer = await slack.posted("15 days of paid leave [1]")
            await settled(slack)
        assert only(slack, asked) is answer
        assert not pieces or begun is answer


async def test_an_answer_that_was_written_but_not_noted_as_posted_is_found_again() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with running(slack, core):
            asked = slack.ask(QUESTION)
            first = await slack.posted("15 days")
            await settled(slack)
        # As if the process had died between the post and the note of it.
        entry = next(iter(core.store.inbox._entries.values()))
        core.store.inbox._posted.clear()
        entry.finished_at, entry.item = None, type(entry.item)(entry.item.id, entry.item.thread, body_of(slack, asked))
        async with running(slack, core):
            await slack.call("conversations.replies")
            await settled(slack)
        assert only(slack, asked) is first


def body_of(slack: FakeSlack, asked: Message) -> dict[str, Any]:
    return {
        "id": f"slack:{slack.team.id}:{asked.channel}:{asked.ts}",
        "way": "mention",
        "team": slack.team.id,
        "channel": asked.channel,
        "user": asked.user,
        "text": QUESTION,
        "ts": asked.ts,
        "thread": asked.ts,
    }
