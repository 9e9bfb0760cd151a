"""What goes wrong beside an answer costs neither the answer nor those that come after it."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.slack.api import Api
from adapters.slack.inbound import Asked, Me
from adapters.slack.threads import thread_so_far
from core.backends.memory_world import ScriptedModel
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.poor_slack import KNOWN, PoorSlack
from tests.integration.slack_clients import web_client
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running

OK = 200
NOWHERE = "http://127.0.0.1:9/response"


async def answers_still(slack: FakeSlack) -> None:
    """A question that is asked now is answered."""
    asked = slack.ask(QUESTION, channel=slack.new_channel("afterwards"))
    await slack.posted("15 days", channel=asked.channel)


async def refused(slack: FakeSlack, method: str, *, count: int = 1) -> None:
    """Waits until so many calls of a method were not carried out."""

    def failed() -> bool:
        return sum(call.method == method and bool(call.status != OK or call.error) for call in slack.calls) >= count

    await slack.until(failed, what=f"a refused {method}")


async def test_a_thread_that_cannot_be_read_is_answered_in_without_what_was_said() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        begun = slack.say("The portal is down.", user=slack.sam)
        slack.faults.scripted.append(Fault("conversations.replies", error="missing_scope"))
        slack.ask(QUESTION, thread_ts=begun.ts)
        await slack.posted("15 days", thread_ts=begun.ts)


async def test_a_message_without_a_moment_is_as_old_as_can_be() -> None:
    async with FakeSlack() as slack, PoorSlack(slack, known=KNOWN | {"conversations.replies"}) as poor:
        client = web_client(slack)
        client.base_url = poor.api_url
        begun = slack.say("The portal is down.", user=slack.sam)
        asked = Asked("slack:1", "mention", slack.team.id, begun.channel, slack.sam.id, "x", ts="9", thread="1e400")
        slack.general.messages["1e400"] = replace(begun, ts="1e400", thread_ts="1e400")
        poor.kept = poor.kept | {"messages"}
        turns = await thread_so_far(Api(client), Me(slack.team.id, "U1"), asked)
        assert [turn.at for turn in turns] == [datetime(1970, 1, 1, tzinfo=UTC)]


async def test_the_status_is_renewed_while_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.delivery.STATUS_SECONDS", 0.1)
    gate = asyncio.Event()
    core = await knowing(gate, *ANSWER)
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.call("assistant.threads.setStatus", count=3)
        gate.set()
        await slack.posted("15 days")


async def test_a_message_that_grows_needs_no_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.delivery.STATUS_SECONDS", 0.1)
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.call("chat.startStream")
        await asyncio.sleep(1.5)
        gate.set()
        await slack.posted("of paid leave [1]")
        assert len(slack.called("assistant.threads.setStatus")) == 1


@pytest.mark.parametrize("fault", [Fault("assistant.*", status=503), Fault("assistant.*", error="thread_not_found")])
async def test_without_a_status_there_is_another_first_sign(fault: Fault) -> None:
    gate = asyncio.Event()
    core = await knowing(gate, *ANSWER)
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(replace(fault))
        slack.ask(QUESTION, user=slack.sam)
        first = await slack.posted("Looking")
        gate.set()
        assert await slack.posted("15 days") is first


async def test_an_answer_does_not_wait_for_its_own_first_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.delivery.SIGN_SECONDS", 0.1)
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("assistant.*", times=9, delay=60))
        slack.ask(QUESTION)
        await slack.posted("15 days", timeout=30)


async def test_a_refused_piece_of_a_stream_is_made_up_for_at_the_end() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(ANSWER[0], gates[0], ANSWER[1], gates[1], ANSWER[2])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.appendStream", error="no_more"))
        slack.ask(QUESTION)
        await slack.call("chat.startStream")
        gates[0].set()
        await refused(slack, "chat.appendStream")
        gates[1].set()
        answer = await slack.posted("15 days of paid leave [1]")
        assert slack.answers() == [answer]


async def test_a_message_that_may_not_grow_is_whole_in_the_end() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(ANSWER[0], gates[0], ANSWER[1], gates[1], ANSWER[2])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(["chat.*Stream"])
        slack.faults.scripted.append(Fault("chat.update", error="not_now"))
        slack.ask(QUESTION)
        await slack.posted("Employees have")
        gates[0].set()
        await refused(slack, "chat.update")
        gates[1].set()
        answer = await slack.posted("15 days of paid leave [1]")
        assert slack.answers() == [answer]


async def test_where_nothing_can_be_changed_the_answer_is_posted(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(["chat.update", "chat.delete", "chat.*Stream", "assistant.*"])
        slack.ask(QUESTION)
        await slack.posted("15 days")
        again = slack.ask(QUESTION)
        await slack.posted("15 days", thread_ts=again.ts)
        assert len(slack.answers(thread_ts=again.ts)) == 1, "nothing is posted that would have to be changed"
    assert "Traceback" not in caplog.text


async def test_a_server_that_names_no_messages_gets_each_answer_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, PoorSlack(slack, known=KNOWN | {"conversations.members"}) as poor:
        poor.kept = poor.kept - {"ts"}
        async with running(slack, core, api_url=poor.api_url):
            await answers_still(slack)
            asked = slack.ask(QUESTION)
            await slack.posted("15 days", thread_ts=asked.ts)
            await asyncio.sleep(0.3)
            assert len(slack.answers(thread_ts=asked.ts)) == 1


async def test_a_limit_that_lasts_too_long_is_not_waited_for() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("assistant.*", times=1, status=429, retry_after=300))
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("15 days")


async def test_calls_that_are_always_too_many_are_given_up() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.postEphemeral", times=4, status=429, retry_after=1))
        slack.faults.scripted.append(Fault("chat.postMessage", error="restricted_action"))
        slack.faults.scripted.append(Fault("chat.startStream", error="restricted_action"))
        slack.ask(QUESTION)
        await refused(slack, "chat.postEphemeral", count=4)
        await answers_still(slack)


@pytest.mark.parametrize("address", [NOWHERE, "not an address"])
async def test_a_command_whose_address_leads_nowhere_does_no_harm(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        channel = slack.new_channel("elsewhere", bot=False)
        for name, text in (("/sources", ""), ("/ask", QUESTION)):
            delivery = slack.command(name, text, channel=channel)
            delivery.payload["response_url"] = address
            await delivery.settled()
        await slack.call("chat.postMessage")
        await answers_still(slack)
        await asyncio.sleep(0.2)
    assert "a command could not be answered" in caplog.text
    assert "nor over its response address" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_private_answer_waits_while_its_address_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.answering.DELIVERY_WAITS", (0.1, 0.1))
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        delivery = slack.command("/ask", f"private {QUESTION}")
        delivery.payload["response_url"] = NOWHERE
        await delivery.settled()
        await answers_still(slack)
    assert any(entry.finished_at is None for entry in core.store.inbox._entries.values()), "the next start tells it"


async def test_an_asker_who_cannot_be_told_privately_either_leaves_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(["chat.postMessage", "chat.startStream", "chat.postEphemeral"])
        slack.ask(QUESTION)
        await refused(slack, "chat.postEphemeral")
        slack.faults.lack([])
        await answers_still(slack)
    assert "could not say something to one person" in caplog.text


async def test_a_bug_while_asking_ends_in_a_sentence() -> None:
    core = await knowing()
    stream = core.chat.stream
    core.chat.stream = None  # type: ignore[assignment, method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("reference")
        core.chat.stream = stream  # type: ignore[method-assign]
        await answers_still(slack)


async def test_a_model_that_says_nothing_at_all_leaves_nothing_behind() -> None:
    core = await knowing()

    async def silent(question: Any) -> Any:
        return
        yield

    stream = core.chat.stream
    core.chat.stream = silent  # type: ignore[method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.call("assistant.threads.setStatus", count=2)
        core.chat.stream = stream  # type: ignore[method-assign]
        await answers_still(slack)
        assert slack.answers(slack.general) == []


async def test_what_is_too_much_is_not_acknowledged_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        monkeypatch.setattr("adapters.work.WAITING", 0)
        slack.twin_gap = 60
        # Whichever attempt is under way when there is room again, another one follows it.
        slack.outbox.retry_after = (0.0,) * 9
        asked = slack.ask(QUESTION)
        slack.open_home(slack.sam)
        command = slack.command("/sources", user=slack.sam)
        await command.settled()
        assert not command.acknowledged
        assert slack.called("views.publish") == []
        monkeypatch.setattr("adapters.work.WAITING", 2000)
        slack.clock.advance(4)
        await slack.posted("15 days", thread_ts=asked.ts)


async def test_slack_away_for_ever_leaves_the_answer_to_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.answering.DELIVERY_WAITS", ())
    core: Core = await knowing()
    async with FakeSlack() as slack:
        async with running(slack, core):
            slack.faults.scripted.append(Fault("chat.*", times=30, status=503))
            asked = slack.ask(QUESTION)
            await slack.call("chat.postMessage", count=3)
            await asyncio.sleep(0.3)
        slack.faults.scripted.clear()
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with running(slack, core):
            await slack.posted("15 days", thread_ts=asked.ts)
