"""How an answer appears: status, stream or growing message, whole in the end, within Slack's limits."""

import asyncio
from itertools import pairwise

import pytest

from core.errors import Unavailable
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running

FENCE = "```python\n" + "\n".join(f"print({number})" for number in range(60)) + "\n```"
TABLE = "| Year | Days |\n| --- | --- |\n" + "\n".join(f"| {2000 + row} | {row} |" for row in range(60))
LONG = "Employees have 15 days of paid leave [1].\n\n" + "\n\n".join(
    [FENCE, TABLE, *(f"Paragraph {number} about paid leave. " + "Leave is good. " * 20 for number in range(18))]
)
STREAMS = ["chat.startStream", "chat.appendStream", "chat.stopStream"]


def in_pieces(text: str, size: int = 400) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def markdown(blocks: list[dict[str, str]]) -> str:
    return "\n".join(block["text"] for block in blocks if block["type"] == "markdown")


async def test_an_answer_that_is_written_slowly_is_streamed_into_one_message() -> None:
    gates = [asyncio.Event() for _ in range(2)]
    core = await knowing(ANSWER[0], gates[0], ANSWER[1], gates[1], ANSWER[2])
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.call("chat.startStream")
        gates[0].set()
        await slack.call("chat.appendStream")
        gates[1].set()
        answer = await slack.posted("of paid leave [1].")
        assert slack.answers() == [answer]
        assert markdown(answer.blocks) == "".join(ANSWER)
        assert "Handbook" in answer.shown
        assert slack.called("chat.postMessage") == slack.called("chat.update") == []


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("slow", [True, False])
async def test_a_long_answer_with_code_and_a_table_arrives_whole(*, streams: bool, slow: bool) -> None:
    assert len(LONG) > 6000
    gate = asyncio.Event()
    pieces = in_pieces(LONG)
    core = await knowing(*pieces[:2], *([gate] if slow else []), *pieces[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack([] if streams else STREAMS)
        slack.ask(QUESTION)
        await asyncio.sleep(1.5 if slow else 0)
        gate.set()
        answer = await slack.posted("Paragraph 17", where=lambda one: "Handbook" in one.shown)
        assert slack.answers() == [answer]
        assert markdown(answer.blocks) == LONG.strip()


async def test_an_answer_longer_than_a_message_is_split_and_nothing_is_lost() -> None:
    text = "Employees have 15 days of paid leave [1].\n\n" + "\n\n".join(
        f"Paragraph {number} about paid leave. " + "Leave is good. " * 30 for number in range(60)
    )
    core = await knowing(*in_pieces(text, 4000))
    async with FakeSlack() as slack, running(slack, core):
        asked = slack.ask(QUESTION)
        await slack.posted("Paragraph 59", where=lambda one: "Handbook" in one.shown)
        answers = slack.answers(thread_ts=asked.ts)
        assert len(answers) == 3
        shown = "\n".join(markdown(answer.blocks) for answer in answers)
        assert shown.replace("\n", "") == text.strip().replace("\n", "")
        assert ["Handbook" in answer.shown for answer in answers] == [False, False, True]


async def test_a_server_without_streams_and_status_gets_a_message_that_grows() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack([*STREAMS, "assistant.*"])
        slack.ask(QUESTION)
        first = await slack.posted("Looking")
        await slack.posted("15 days")
        gate.set()
        answer = await slack.posted("of paid leave [1]")
        assert slack.answers() == [answer] == [first]
        slack.ask(QUESTION)
        await slack.posted("of paid leave [1]", count=2)
        assert len(slack.called("assistant.threads.setStatus")) == 1, "it is not tried again"


async def test_a_server_that_knows_no_markdown_blocks_gets_plain_text() -> None:
    core = await knowing(*in_pieces("**Leave:** " + LONG))
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(STREAMS)
        slack.faults.scripted.append(Fault("chat.postMessage", error="invalid_blocks"))
        asked = slack.ask(QUESTION)
        await slack.posted("Handbook")
        answers = slack.answers(thread_ts=asked.ts)
        assert "*Leave:* Employees have 15 days" in answers[0].text
        assert all(not answer.blocks and len(answer.text) < 4000 for answer in answers)
        assert "Paragraph 17" in "".join(answer.text for answer in answers)


async def test_nobody_is_called_by_what_a_model_says() -> None:
    core = await knowing("<!channel> @here <@U000000002> 15 days of paid ", "leave [1] <!here> @every", "one.")
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        answer = await slack.posted("of paid leave [1]")
        whole = answer.text + str(answer.blocks)
        for call in ("<!channel>", "<!here>", "<@U000000002>", "@here", "@everyone"):
            assert call not in whole
        (post,) = [call for call in slack.calls if call.method in ("chat.postMessage", "chat.stopStream")]
        assert post.arguments.get("unfurl_links") in (None, "0", "false", False)


async def test_too_many_calls_are_waited_out() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("chat.postMessage", times=2, status=429, retry_after=1))
        slack.faults.lack(STREAMS)
        slack.ask(QUESTION)
        await slack.posted("15 days")
        posts = [call.at for call in slack.called("chat.postMessage")]
        assert len(slack.answers()) == 1
        assert all(later - earlier >= 0.99 for earlier, later in pairwise(posts))


async def test_a_failure_ends_in_a_sentence_and_leaves_no_sign_of_thinking() -> None:
    core = await knowing(Unavailable("model.busy"))
    core.store.shelves.resolve = None  # type: ignore[assignment, method-assign]
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION, user=slack.sam)
        answer = await slack.posted("reference")
        assert slack.answers() == [answer]
        assert "Traceback" not in answer.shown
        assert not any(status.text for status in slack.statuses.values())


async def test_a_stream_that_slack_ends_is_written_anew_in_the_same_message() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION)
        await slack.call("chat.startStream")
        slack.clock.advance(400)
        gate.set()
        answer = await slack.posted("of paid leave [1]")
        assert slack.answers() == [answer]
        assert len(slack.called("chat.update")) == 1


async def test_a_message_that_somebody_deleted_is_posted_again() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.lack(STREAMS)
        slack.ask(QUESTION)
        slack.delete(await slack.posted("15 days"))
        gate.set()
        answer = await slack.posted("of paid leave [1]")
        assert slack.answers() == [answer]
