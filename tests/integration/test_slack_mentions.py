"""A mention in Slack is answered once, in its thread, with sources."""

import asyncio

from tests.fakes.slack import FakeSlack
from tests.integration.slack_running import QUESTION, knowing, running


async def test_a_mention_is_answered_in_its_thread_with_sources() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core.saseo):
        asked = slack.ask(QUESTION)
        answer = await slack.posted("15 days", thread_ts=asked.ts)
        await asyncio.sleep(0.5)

        print([ (c.method, c.arguments) for c in slack.calls])
        print(answer.blocks, answer.text)
        assert len(slack.answers()) == 1
        assert "15 days of paid leave [1]." in answer.shown
        assert "<https://docs.example.com/handbook|Handbook>" in answer.shown
