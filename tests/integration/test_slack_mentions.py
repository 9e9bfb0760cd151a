"""A question in Slack is answered where it was asked, with sources, in the asker's language."""

import asyncio

import pytest

from adapters.slack.inbound import Rules
from core.backends.memory_world import ScriptedModel
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running


async def quiet(slack: FakeSlack) -> None:
    """Waits until everything that was sent is acknowledged, and a moment longer."""
    for delivery in list(slack.outbox.sent):
        await delivery.settled()
    await asyncio.sleep(0.2)


async def test_a_mention_is_answered_in_its_thread_with_sources() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        answer = await slack.posted("15 days", thread_ts=asked.ts)
        await quiet(slack)
        assert slack.answers() == [answer]
        assert "15 days of paid leave [1]." in answer.shown
        assert "<https://docs.example.com/handbook|Handbook>" in answer.shown
        assert not any(status.text for status in slack.statuses.values())


async def test_a_direct_message_is_answered_in_a_thread_without_a_mention() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.say(QUESTION, channel=slack.direct(slack.sam))
        answer = await slack.posted("15 days", channel=asked.channel)
        assert answer.thread_ts == asked.ts


async def test_a_thread_with_an_answer_needs_no_further_mention_of_people() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.posted("15 days")
        core.model = None
        slack.say("how many days of leave again?", thread_ts=asked.ts, user=slack.sam)
        await slack.posted("15 days", count=2, thread_ts=asked.ts)
        slack.say(f"<@{slack.mina.id}> what do you think of leave?", thread_ts=asked.ts, user=slack.sam)
        slack.say_as_bot("how many days of leave?", thread_ts=asked.ts)
        slack.say("how many days of leave?", user=slack.sam)
        elsewhere = slack.say("about leave", user=slack.sam)
        slack.say("how many days of leave?", thread_ts=elsewhere.ts, user=slack.sam)
        await quiet(slack)
        assert len(slack.answers()) == 2


async def test_without_hours_for_it_every_question_needs_a_mention() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core, follow_up_hours=0):
        asked = slack.ask(QUESTION)
        await slack.posted("15 days")
        await asyncio.sleep(0.01)
        slack.say("how many days of leave again?", thread_ts=asked.ts)
        await quiet(slack)
        assert len(slack.answers()) == 1


async def test_called_into_a_thread_it_knows_what_was_said_there() -> None:
    core = await knowing()
    model = core.model
    assert isinstance(model, ScriptedModel)
    async with FakeSlack() as slack, running(slack, core):
        begun = slack.say("The portal for paid leave is down &amp; slow.", user=slack.sam)
        slack.say("Employees ask me about it.", thread_ts=begun.ts, user=slack.mina)
        slack.ask(QUESTION, thread_ts=begun.ts)
        await slack.posted("15 days", thread_ts=begun.ts)
        assert len(slack.called("conversations.replies")) == 1
        prompt = "\n".join(message.text for message in model.asked[0])
        assert "The portal for paid leave is down & slow." in prompt
        assert "Employees ask me about it." in prompt
        slack.ask(QUESTION, thread_ts=begun.ts)
        await slack.posted("15 days", thread_ts=begun.ts, count=2)
        assert len(slack.called("conversations.replies")) == 1, "a thread is read once"


@pytest.mark.parametrize("text", ["", "   ", "!!!"])
async def test_a_mention_without_a_question_gets_a_friendly_word(text: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(text)
        await slack.posted("질문")


async def test_fixed_texts_follow_the_person_s_locale() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.ask("", user=slack.sam)
        await slack.posted("I did not get a question")


async def test_files_are_recognised_and_it_is_said_how_to_hand_them_in() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        where = slack.direct(slack.sam)
        slack.say("", channel=where, user=slack.sam, subtype="file_share", files=[])
        slack.say(QUESTION, channel=where, user=slack.sam)
        answer = await slack.posted("15 days", channel=where)
        assert "saseo ingest" not in answer.shown


async def test_itself_other_bots_and_whom_the_rules_exclude_get_no_answer() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        blocked = slack.new_channel("blocked")
        rules = Rules(blocked_channels=frozenset({blocked.id}), blocked_users=frozenset({slack.sam.id}))
        async with running(slack, core, rules=rules):
            mention = f"<@{slack.team.bot_user.id}> {QUESTION}"
            slack.say_as_bot(mention)
            slack.say(mention, user=slack.sam)
            slack.say(mention, channel=blocked)
            slack.say(mention, user=slack.team.bot_user)
            await quiet(slack)
            assert [one for one in slack.answers() if "15 days" in one.shown] == []
            slack.ask(QUESTION)
            await slack.posted("15 days")


async def test_a_bot_that_is_allowed_may_ask() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core, rules=Rules(allowed_bots=frozenset({"B900000001"}))):
        slack.say_as_bot(f"<@{slack.team.bot_user.id}> {QUESTION}")
        await slack.posted("15 days")


async def test_answers_in_a_thread_and_minute_are_bounded_and_that_is_said() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.limits.off = True
        asked = slack.ask(QUESTION)
        for _ in range(12):
            slack.ask(QUESTION, thread_ts=asked.ts)
        await slack.posted("1분", where=lambda one: one.ephemeral_to is not None, count=3)
        await slack.posted("15 days", thread_ts=asked.ts, count=10)
        await quiet(slack)
        assert len([one for one in slack.answers() if "15 days" in one.shown]) == 10


async def test_where_it_may_not_post_the_asker_is_told() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.postMessage", times=5, error="restricted_action"))
        slack.faults.scripted.append(Fault("chat.startStream", times=5, error="restricted_action"))
        slack.ask(QUESTION)
        told = await slack.posted("restricted_action")
        assert told.ephemeral_to == slack.mina.id


async def test_a_bug_ends_in_a_reference_and_not_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing(*ANSWER)
    core.store.inbox.written = None  # type: ignore[assignment, method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION, user=slack.sam)
        told = await slack.posted("reference")
        assert told.ephemeral_to == slack.sam.id
        assert "Traceback" not in told.shown
        assert "answering in Slack failed" in caplog.text
