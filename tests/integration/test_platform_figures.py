"""What is measured of the platforms: calls by family and answer, and deliveries."""

import logging

import pytest

from core.measuring import STAGE_SECONDS
from core.metrics import PLATFORM_CALLS, PLATFORM_SECONDS, QUESTIONS
from tests.fakes.discord.faults import Fault as DiscordFault
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration import slack_running as slack_asking
from tests.integration.discord_answering import QUESTION, answering, knowing, settled
from tests.integration.discord_running import fake_discord


async def test_calls_of_slack_are_counted_by_family_and_answer_also_those_it_limits() -> None:
    core = await slack_asking.knowing()
    async with FakeSlack() as slack, slack_asking.running(slack, core) as adapter:
        slack.faults.scripted.append(Fault("chat.*", times=1, status=429, retry_after=1))
        # The session itself repeats the first one: it may have been the connection that was old.
        slack.faults.scripted.append(Fault("users.*", times=2, drop="before"))
        slack.ask(slack_asking.QUESTION)
        await slack.posted("15 days")
        told = core.recorder
        assert told.value(PLATFORM_CALLS, platform="slack", method="chat", status="429") == 1
        assert told.value(PLATFORM_CALLS, platform="slack", method="chat", status="2xx") >= 1
        assert told.value(PLATFORM_CALLS, platform="slack", method="users", status="none") == 1
        assert told.times(PLATFORM_SECONDS, platform="slack") >= 3
    assert adapter.app is None
    assert told.value(QUESTIONS, platform="slack", outcome="answered") == 1
    assert told.times(STAGE_SECONDS, stage="deliver") == 1
    assert dict(told.spans)["question"] == "answer"


async def test_calls_of_discord_are_counted_by_family_and_answer_also_those_it_limits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = await knowing()
    caplog.set_level(logging.ERROR, "discord")
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(DiscordFault("POST /channels/*/messages", status=429, retry_after=0.1))
        discord.mention(QUESTION)
        await discord.posted("Handbook")
        await settled(core)
    told = core.recorder
    assert told.value(PLATFORM_CALLS, platform="discord", method="channels", status="429") == 1
    assert told.value(PLATFORM_CALLS, platform="discord", method="channels", status="2xx") >= 1
    assert told.times(PLATFORM_SECONDS, platform="discord") >= 2
    assert told.value(QUESTIONS, platform="discord", outcome="answered") == 1
    assert told.times(STAGE_SECONDS, stage="deliver") == 1
    assert dict(told.spans)["question"] == "answer"
