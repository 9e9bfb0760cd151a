"""A stream that is full or old goes on in the next message, and what stands in the end is the whole answer."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack, Message
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import QUESTION, knowing, running

FIRST = "Employees have 15 days of paid leave [1].\n\nThey ask for it "
SECOND = "in the portal.\n\nIn the portal one finds it under leave.\n"
THIRD = "It is granted within two days."
CODE = "```python\n" + "\n".join(f"print({number})  # leave" for number in range(900)) + "\n```"
TABLE = "| Year | Days |\n| --- | --- |\n" + "\n".join(f"| {1000 + row} | {row} |" for row in range(700))


def markdown(message: Message) -> str:
    return "\n".join(block["text"] for block in message.blocks if block["type"] == "markdown")


def pass_time(slack: FakeSlack, core: Core, seconds: float) -> None:
    """On Slack's clock and on ours."""
    core.now += timedelta(seconds=seconds)
    slack.clock.advance(seconds)


async def done(slack: FakeSlack, asked: Message) -> list[Message]:
    """The messages of an answer once its sources stand below it."""
    await slack.posted("Handbook", thread_ts=asked.ts)
    await slack.until(lambda: not any(one.streaming for one in slack.answers()), what="the end of all streams")
    return slack.answers(thread_ts=asked.ts)


async def test_a_stream_that_is_old_goes_on_in_the_next_message() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(FIRST, gates[0], SECOND, gates[1], THIRD)
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        pass_time(slack, core, 245)
        gates[0].set()
        await slack.call("chat.stopStream")
        gates[1].set()
        first, second = await done(slack, asked)
        assert markdown(first) == (FIRST + SECOND).rpartition("In the portal")[0].strip()
        assert f"{markdown(first)}\n{markdown(second)}".split() == (FIRST + SECOND + THIRD).split()
        assert [one.stream.ended for one in (first, second) if one.stream] == ["app", "app"]
        assert slack.called("chat.update") == slack.called("chat.postMessage") == []


async def test_an_old_stream_waits_for_the_end_of_a_line_and_not_for_ever() -> None:
    gates = [asyncio.Event() for _ in range(3)]
    core = await knowing(FIRST, gates[0], "in the ", gates[1], "portal ", gates[2], "alone.")
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        pass_time(slack, core, 245)
        gates[0].set()
        await slack.call("chat.appendStream")
        assert slack.called("chat.stopStream") == []
        pass_time(slack, core, 30)
        gates[1].set()
        await slack.call("chat.stopStream")
        gates[2].set()
        first, second = await done(slack, asked)
        assert f"{markdown(first)} {markdown(second)}".split() == f"{FIRST}in the portal alone.".split()


async def test_a_stream_that_slack_has_ended_already_is_completed_and_goes_on_in_the_next_message() -> None:
    gate = asyncio.Event()
    core = await knowing(FIRST, gate, SECOND, THIRD)
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        pass_time(slack, core, 400)
        gate.set()
        answers = await done(slack, asked)
        assert "\n".join(map(markdown, answers)).split() == (FIRST + SECOND + THIRD).split()


async def test_a_full_stream_goes_on_in_the_next_message_with_fences_and_tables_whole() -> None:
    text = f"Employees have 15 days of paid leave [1].\n\n{CODE}\n\n{TABLE}\n\nThat is all about leave."
    gates = [asyncio.Event() for _ in range(6)]
    size = len(text) // 6 + 1
    pieces: list[Any] = []
    for number, gate in enumerate(gates):
        pieces += [text[number * size : (number + 1) * size], gate]
    core = await knowing(*pieces)
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        for number, gate in enumerate(gates[:-1]):
            gate.set()
            await slack.until(partial(grown, slack, number * size), what="growth")
        await slack.call("chat.startStream", count=3)
        gates[-1].set()
        answers = await done(slack, asked)
        shown = [markdown(answer) for answer in answers]
        assert all(len(one) <= 11_000 for one in shown)
        assert all(one.count("```") % 2 == 0 for one in shown)
        assert slack.called("chat.update") == slack.called("chat.postMessage") == []
        lines = [line for one in shown for line in one.split("\n")]
        for kept in text.split("\n"):
            assert not kept or kept in lines
        assert sum(line.startswith("print(") for line in lines) == 900
        assert sum(line.startswith("| 1") for line in lines) == 700
        with_rows = [one for one in shown if "| 1" in one]
        assert all("| Year | Days |\n| --- | --- |" in one for one in with_rows)


def grown(slack: FakeSlack, size: int) -> bool:
    """Whether more characters of the answer stand."""
    return sum(len(markdown(answer)) for answer in slack.answers()) > size


async def test_a_page_that_could_not_be_ended_is_written_anew_at_the_end() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(FIRST, gates[0], SECOND, gates[1], THIRD)
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        pass_time(slack, core, 245)
        slack.faults.scripted += [Fault("chat.stopStream", error="fatal_trouble"), Fault("chat.update", error="nope")]
        gates[0].set()
        await slack.call("chat.startStream", count=2)
        gates[1].set()
        await slack.posted("They ask for it in the portal.", thread_ts=asked.ts)
        first, second = await done(slack, asked)
        assert f"{markdown(first)}\n{markdown(second)}".split() == (FIRST + SECOND + THIRD).split()
        assert first.stream is not None
        assert first.stream.ended


async def test_where_no_next_stream_may_begin_the_end_brings_the_rest() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(FIRST, gates[0], SECOND, gates[1], THIRD)
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        slack.faults.lack(["chat.startStream"])
        pass_time(slack, core, 245)
        gates[0].set()
        await slack.call("chat.startStream", count=2)
        gates[1].set()
        first, second = await done(slack, asked)
        assert f"{markdown(first)}\n{markdown(second)}".split() == (FIRST + SECOND + THIRD).split()
        assert len(slack.called("chat.postMessage")) == 1


async def test_a_text_that_turned_out_otherwise_replaces_what_was_streamed() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing("Leave [7] is granted. ", gates[0], "Employees have 15 days ", gates[1], "of paid leave [1].")
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.call("chat.startStream")
        for gate in gates:
            gate.set()
        (answer,) = await done(slack, asked)
        assert "[7]" not in markdown(answer)
        assert "15 days" in markdown(answer)
