"""What an earlier process left behind in any state is finished, once."""

import asyncio
from typing import Any

import pytest

from adapters.answering import MOST_ATTEMPTS
from adapters.slack.inbound import Asked
from adapters.slack.outbound import said
from core.backends.memory_world import ScriptedModel
from core.inbox import Accepted
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running


async def left(core: Core, slack: FakeSlack, question: Message, *, attempts: int = 0, **more: Any) -> Accepted:
    """A question that a dead process had accepted."""
    asked = Asked(
        id=f"slack:{slack.team.id}:{question.channel}:{question.ts}",
        way=more.pop("way", "mention"),
        team=slack.team.id,
        channel=question.channel,
        user=question.user or "",
        text=more.pop("text", QUESTION),
        ts=more.pop("ts", question.ts),
        thread=more.pop("thread", question.ts),
        **more,
    )
    item = Accepted(asked.id, asked.place, asked.dump())
    await core.store.inbox.accept(item, holder="dead")
    await core.store.inbox.release("dead")
    for _ in range(attempts):
        await core.store.inbox.take("slack:", holder="dead")
        await core.store.inbox.release("dead")
    return item


def own(slack: FakeSlack, question: Message, text: str, **more: Any) -> Message:
    """A message that the dead process had posted in the thread."""
    return slack.say(text, channel=question.channel, user=slack.team.bot_user, thread_ts=question.ts, **more)


async def finished(slack: FakeSlack, core: Core, item: Accepted) -> None:
    """Waits until nothing is owed any more."""
    for _ in range(1000):
        if core.store.inbox._entries[item.id].finished_at is not None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{item.id} is still owed")


def visible(slack: FakeSlack, question: Message) -> list[str]:
    return [one.shown for one in slack.answers(question.channel, thread_ts=question.ts)]


async def test_an_answer_that_was_known_is_posted_as_it_was_known() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        item = await left(core, slack, question)
        await core.store.inbox.written(item.id, {"posts": [said("As it was.").dump()]})
        async with running(slack, core):
            await finished(slack, core, item)
        assert visible(slack, question) == ["As it was."]


async def test_messages_that_were_posted_are_finished_and_surplus_ones_go() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        item = await left(core, slack, question)
        first, second = own(slack, question, "half an ans"), own(slack, question, "more of it")
        for message in (first, second):
            await core.store.inbox.posted(item.id, f"slack:{slack.team.id}:{question.channel}:{message.ts}")
        async with running(slack, core):
            await finished(slack, core, item)
        assert len(visible(slack, question)) == 1
        assert "15 days of paid leave" in first.shown


async def test_of_messages_of_others_none_is_taken_for_its_own() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        item = await left(core, slack, question)
        payload = {"question": "slack:another", "number": 0}
        other = own(slack, question, "of another", metadata={"event_type": "saseo_answer", "event_payload": payload})
        noted = own(slack, question, "noted")
        people = slack.say("of people", user=slack.sam, thread_ts=question.ts)
        done = await left(core, slack, slack.say("done"))
        await core.store.inbox.posted(done.id, f"slack:{slack.team.id}:{question.channel}:{noted.ts}")
        await core.store.inbox.finish(done.id)
        async with running(slack, core, follow_up_hours=0):
            await finished(slack, core, item)
        assert (other.shown, noted.shown, people.shown) == ("of another", "noted", "of people")
        assert len([text for text in visible(slack, question) if "15 days" in text]) == 1


async def test_where_messages_cannot_be_looked_for_the_answer_is_posted() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        item = await left(core, slack, question)
        slack.faults.lack(["conversations.replies"])
        async with running(slack, core):
            await finished(slack, core, item)
        assert len(visible(slack, question)) == 1


async def test_a_question_that_keeps_ending_the_process_is_given_up_with_a_reference() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION, user=slack.sam)
        item = await left(core, slack, question, attempts=MOST_ATTEMPTS)
        async with running(slack, core):
            await finished(slack, core, item)
        (told,) = visible(slack, question)
        assert "reference" in told


async def test_what_another_process_has_answered_is_finished_in_silence() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.twin_gap = 60
        claimed = f"answer:slack:{slack.team.id}:{slack.general.id}:"
        claim = core.store.claims.claim

        async def taken(key: str, *, seconds: float) -> bool:
            return False if key.startswith(claimed) else await claim(key, seconds=seconds)

        core.store.claims.claim = taken  # type: ignore[method-assign]
        slack.ask(QUESTION)
        await slack.call("assistant.threads.setStatus", count=2)
        await asyncio.sleep(0.2)
        assert slack.answers() == []
        assert not any(status.text for status in slack.statuses.values())


async def test_files_alone_are_no_question_and_files_with_a_question_are_answered() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        alone, both = slack.say("", user=slack.sam), slack.say(QUESTION, user=slack.sam)
        items = [await left(core, slack, alone, text="", files=1), await left(core, slack, both, files=2)]
        async with running(slack, core):
            for item in items:
                await finished(slack, core, item)
        assert not visible(slack, alone), "what becomes of them is told by itself"
        (answer,) = visible(slack, both)
        assert "15 days" in answer


async def test_while_slack_is_away_the_answer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.answering.DELIVERY_WAITS", (0.1, 0.1))
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.postMessage", times=3, status=503))
        slack.ask(QUESTION)
        await slack.posted("15 days")
        await asyncio.sleep(0.3)
        assert len(slack.answers()) == 1


async def test_what_could_not_be_delivered_is_left_to_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.answering.DELIVERY_WAITS", ())
    core = await knowing()
    async with FakeSlack() as slack:
        async with running(slack, core):
            slack.faults.scripted.append(Fault("chat.*", times=30, status=503))
            asked = slack.ask(QUESTION)
            await slack.call("chat.postMessage", count=3)
            await asyncio.sleep(0.5)
        slack.faults.scripted.clear()
        async with running(slack, core):
            await slack.posted("15 days", thread_ts=asked.ts)


async def test_a_message_that_may_not_be_changed_is_replaced() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        item = await left(core, slack, question)
        half = own(slack, question, "half an ans")
        await core.store.inbox.posted(item.id, f"slack:{slack.team.id}:{question.channel}:{half.ts}")
        slack.faults.scripted.append(Fault("chat.update", error="edit_window_closed"))
        async with running(slack, core):
            await finished(slack, core, item)
        (answer,) = visible(slack, question)
        assert "15 days" in answer
        assert half.deleted


async def test_a_message_that_nobody_noted_belongs_to_the_question_that_may_have_posted_it() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        first = slack.say(QUESTION)
        second = slack.say(QUESTION, thread_ts=first.ts)
        items = [await left(core, slack, first), await left(core, slack, second, thread=first.ts)]
        half = own(slack, first, "half an ans")
        await core.store.inbox.posting(items[1].id, items[1].thread)
        async with running(slack, core):
            for item in items:
                await finished(slack, core, item)
        assert len(visible(slack, first)) == 2
        assert items[1].id in str(half.blocks)


async def test_a_stream_of_which_nobody_heard_is_finished_after_a_crash() -> None:
    never = asyncio.Event()
    core = await knowing("Employees have ", never)
    async with FakeSlack() as slack:
        async with running(slack, core) as adapter:
            adapter.drain_seconds = 0.0
            slack.faults.scripted.append(Fault("chat.startStream", drop="after"))
            asked = slack.ask(QUESTION)
            half = await slack.posted("Employees have", finished=False)
            another = slack.ask("How many days of leave do interns have?", thread_ts=asked.ts)
            await slack.call("assistant.threads.setStatus", count=2)
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with running(slack, core):
            await slack.posted("15 days", thread_ts=asked.ts, count=2)
            await asyncio.sleep(0.3)
        assert len(visible(slack, asked)) == 2
        assert f"{asked.channel}:{asked.ts}" in str(half.blocks)
        assert f"{asked.channel}:{another.ts}" not in str(half.blocks)
        assert not half.streaming


def privately(slack: FakeSlack) -> list[str]:
    return [one.shown for one in slack.general.ephemerals]


async def test_of_a_private_answer_what_was_told_is_not_told_again() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        address = slack.new_response_url(slack.general, slack.mina)
        item = await left(core, slack, question, way="private", response_url=address)
        await core.store.inbox.written(item.id, {"posts": [said("The first.").dump(), said("The second.").dump()]})
        await core.store.inbox.posted(item.id, f"{item.id}:0")
        async with running(slack, core):
            await finished(slack, core, item)
        assert privately(slack) == ["The second."]
        assert visible(slack, question) == []


async def test_a_private_answer_whose_address_has_died_is_still_told_to_the_asker_alone() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        question = slack.say(QUESTION)
        address = slack.new_response_url(slack.general, slack.mina)
        item = await left(core, slack, question, way="private", response_url=address)
        await core.store.inbox.written(item.id, {"posts": [said("The first.").dump(), said("The second.").dump()]})
        await core.store.inbox.posted(item.id, f"{item.id}:0")
        slack.clock.advance(3600)
        async with running(slack, core):
            await finished(slack, core, item)
        assert privately(slack) == ["The second."]
        assert visible(slack, question) == []


async def test_a_command_where_the_bot_is_no_member_is_answered_once_over_its_address() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        channel = slack.new_channel("elsewhere", bot=False)
        question = slack.say(QUESTION, channel=channel)
        address = slack.new_response_url(channel, slack.mina)
        item = await left(core, slack, question, way="command", ts="", thread="", response_url=address)
        await core.store.inbox.written(item.id, {"posts": [said("The first.").dump(), said("The second.").dump()]})
        await core.store.inbox.posted(item.id, f"{item.id}:0")
        async with running(slack, core):
            await finished(slack, core, item)
        told = [str(call.arguments["text"]) for call in slack.called("response_url")]
        assert told == ["The second."]
