"""The tokens of installed workspaces: renewed in time, and what happens when Slack takes one no more."""

import logging
from datetime import timedelta

import pytest

from core.types import Scope
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_installing import becomes, opened, two
from tests.integration.slack_running import QUESTION, knowing

OTHERS = "Every employee has 30 days of paid leave a year. Leave is asked for by letter."


async def test_a_token_that_expires_is_renewed_before_it_does() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        slack.world.app.rotates = True
        second = await office.install()
        channel, first_token = slack.new_channel("second-general", team=second.id), second.bot_token
        for hours in (0, 11, 11):
            core.now += timedelta(hours=hours)
            slack.clock.advance(hours * 3600)
            asked = slack.ask(QUESTION, channel=channel)
            await slack.posted("15 days", channel=channel, thread_ts=asked.ts)
        kept = await core.store.installations.find("slack", second.id)
        assert kept is not None
        assert kept.token == second.bot_token != first_token
        assert kept.refresh_token == second.refresh_token
        assert [call.arguments.get("grant_type") for call in slack.called("oauth.v2.access")[1:]] == [
            "refresh_token",
            "refresh_token",
        ]


async def test_a_token_that_cannot_be_renewed_now_is_used_and_renewed_later() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        slack.world.app.rotates = True
        second = await office.install()
        channel = slack.new_channel("second-general", team=second.id)
        core.now += timedelta(hours=11)
        slack.faults.scripted.append(Fault("oauth.v2.access", error="internal_error", times=4))
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel)
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel, count=2)
        kept = await core.store.installations.find("slack", second.id)
        assert kept is not None
        assert kept.token == second.bot_token


@pytest.mark.parametrize(("error", "forgotten"), [("token_revoked", True), ("invalid_auth", False)])
async def test_a_dead_token_sets_its_workspace_aside_and_the_others_are_answered(
    error: str, forgotten: bool, caplog: pytest.LogCaptureFixture
) -> None:
    core = await knowing()
    caplog.set_level(logging.INFO)
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), (_, there) = await two(office)
        document = (await core.library.add_text(OTHERS, scope=Scope.workspace("slack", first.id))).document
        slack.faults.scripted.append(Fault("*", times=50, error=error))
        slack.ask(QUESTION, channel=here)
        told = "forgot the workspace" if forgotten else "set aside"
        await becomes(lambda: told in caplog.text, what=told)
        slack.faults.scripted.clear()
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=there)
        assert (await core.store.catalogue.find(document.id) is None) == forgotten
        assert (first.id in await core.store.installations.workspaces("slack")) != forgotten
        again = slack.ask(QUESTION, channel=here)
        for delivery in again.deliveries:
            assert (await delivery.settled()).acknowledged
        assert slack.answers(here, thread_ts=again.ts) == []
        await office.install_in(first)
        slack.ask(QUESTION, channel=here)
        await slack.posted("days", channel=here)


async def test_a_token_that_was_refused_for_no_reason_stays(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), _ = await two(office)
        slack.faults.scripted.append(Fault("chat.*", times=50, error="token_revoked"))
        slack.ask(QUESTION, channel=here)
        await becomes(lambda: "left to the next start" in caplog.text, what="a word in the log")
        slack.faults.scripted.clear()
        other = slack.new_channel("other", team=first.id)
        slack.ask(QUESTION, channel=other)
        await slack.posted("15 days", channel=other)
        assert first.id in await core.store.installations.workspaces("slack")


async def test_a_token_of_the_settings_that_dies_is_set_aside_where_there_are_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core, bot_token=slack.bot_token) as office:
        second = await office.install()
        there = slack.new_channel("second-general", team=second.id)
        document = (await core.library.add_text(OTHERS, scope=Scope.workspace("slack", slack.team.id))).document
        slack.faults.scripted.append(Fault("*", times=50, error="token_revoked"))
        slack.ask(QUESTION)
        await becomes(lambda: "set aside" in caplog.text, what="a word in the log")
        slack.faults.scripted.clear()
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=there)
        assert await core.store.catalogue.find(document.id) is not None, "a token may have been taken back by mistake"
