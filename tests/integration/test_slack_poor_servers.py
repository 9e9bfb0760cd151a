"""On a server that speaks little of Slack there is one answer all the same, without delay and without an exception."""

import asyncio
import logging
import time
from typing import get_args

import pytest

from tests.fakes.slack import FakeSlack
from tests.integration.poor_slack import KNOWN, PoorSlack, Refusal
from tests.integration.slack_running import ANSWER, QUESTION, knowing, running

SOON = 2.5


def undisturbed(caplog: pytest.LogCaptureFixture) -> bool:
    return not any(record.levelno >= logging.ERROR or record.exc_info for record in caplog.records)


@pytest.mark.parametrize("refusal", get_args(Refusal))
async def test_there_is_one_answer_and_soon(refusal: Refusal, caplog: pytest.LogCaptureFixture) -> None:
    async with FakeSlack() as slack, PoorSlack(slack, refusal=refusal) as poor:
        core = await knowing()
        async with running(slack, core, api_url=poor.api_url):
            for count in (1, 2):
                began = time.monotonic()
                asked = slack.ask(QUESTION)
                await slack.posted("15 days", thread_ts=asked.ts)
                assert time.monotonic() - began < SOON, f"question {count}"
            await asyncio.sleep(0.3)
            assert len(slack.answers()) == 2
            assert poor.refused.count("assistant.threads.setStatus") == 1, "it is not tried again"
    assert undisturbed(caplog)


async def test_a_long_answer_grows_in_one_message(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()
    async with FakeSlack() as slack, PoorSlack(slack) as poor:
        core = await knowing()
        core.chat = core.chat_with(type(core.model)(*ANSWER[:2], gate, *ANSWER[2:]))  # type: ignore[call-arg, misc]
        async with running(slack, core, api_url=poor.api_url):
            asked = slack.ask(QUESTION)
            await slack.posted("15 days", thread_ts=asked.ts)
            gate.set()
            await slack.posted("of paid leave [1]", thread_ts=asked.ts)
            assert len(slack.answers()) == 1
    assert undisturbed(caplog)


async def test_after_a_crash_the_noted_message_is_finished(caplog: pytest.LogCaptureFixture) -> None:
    never = asyncio.Event()
    async with FakeSlack() as slack, PoorSlack(slack) as poor:
        core = await knowing()
        core.chat = core.chat_with(type(core.model)(*ANSWER[:2], never))  # type: ignore[call-arg, misc]
        async with running(slack, core, api_url=poor.api_url) as adapter:
            adapter.drain_seconds = 0.0
            asked = slack.ask(QUESTION)
            await slack.posted("15 days", thread_ts=asked.ts)
        core.chat = core.chat_with(type(core.model)(*ANSWER))  # type: ignore[call-arg, misc]
        async with running(slack, core, api_url=poor.api_url):
            await slack.posted("of paid leave [1]", thread_ts=asked.ts)
            assert len(slack.answers()) == 1
    assert undisturbed(caplog)


async def test_commands_shortcuts_and_pages_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeSlack() as slack, PoorSlack(slack) as poor:
        core = await knowing()
        async with running(slack, core, api_url=poor.api_url):
            slack.open_home(slack.sam)
            slack.open_home(slack.sam, tab="messages")
            slack.command("/sources", user=slack.sam)
            await slack.posted("I know")
            slack.command("/ask", f"private {QUESTION}", user=slack.sam)
            await slack.posted("15 days", where=lambda one: one.ephemeral_to == slack.sam.id)
            slack.shortcut("saseo_add", message=slack.say("A message about tea."), user=slack.sam)
            await slack.posted("I know this message now")
            asked = slack.ask(QUESTION)
            answer = await slack.posted("15 days", thread_ts=asked.ts, where=lambda one: "Handbook" in one.shown)
            slack.press(answer, "saseo_feedback", user=slack.sam)
            await slack.posted("Thank you")
    assert undisturbed(caplog)


@pytest.mark.parametrize("known", [KNOWN | {"conversations.members"}, KNOWN, KNOWN - {"users.info"}])
async def test_a_server_without_lists_of_members_has_no_guests_to_hide_from(known: frozenset[str]) -> None:
    async with FakeSlack() as slack, PoorSlack(slack, known=known) as poor:
        core = await knowing()
        async with running(slack, core, api_url=poor.api_url):
            asked = slack.ask(QUESTION)
            await slack.posted("15 days", thread_ts=asked.ts, where=lambda one: "Handbook" in one.shown)
            assert "users.list" in poor.refused
