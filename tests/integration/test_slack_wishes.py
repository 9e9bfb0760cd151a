"""Gaps, settings and a fresh look at links, by commands in Slack."""

import pytest

from core.errors import Refused
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.sharing import NOTHING, PAGE, documents, known, private, session
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running


async def test_gaps_lists_what_was_asked_here_for_all_and_ones_own() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("find")
        slack.command("/ask", "private Who is the secret chief of everything?", user=slack.mina)
        await slack.posted("find", where=lambda one: one.ephemeral_to == slack.mina.id)
        slack.command("/gaps", user=slack.sam)
        told = await slack.posted("Questions that I could not answer")
        assert told.ephemeral_to == slack.sam.id
        assert QUESTION in told.shown
        assert "secret chief" not in told.shown
        slack.command("/saseo", "gaps", user=slack.mina)
        assert "secret chief" in (await slack.posted("답하지 못한 질문")).shown
        elsewhere = slack.new_channel("elsewhere")
        slack.command("/gaps", channel=elsewhere, user=slack.sam)
        await slack.posted("no question here", channel=elsewhere)


async def test_links_are_looked_at_again_for_those_who_ask() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        slack.command("/sources", "refresh", channel=channel, user=slack.sam)
        await slack.posted("No link was shared here")
        slack.say(f"<{PAGE}>", channel=channel)
        await known(core)
        core.web.pages[PAGE] = b"Lunch is at noon."
        slack.command("/sources", "refresh", channel=channel, user=slack.sam)
        await slack.posted("I have checked 1 links: 1 had changed, 0 could not be read")
        slack.command("/sources", "refresh", channel=channel, user=slack.sam)
        await slack.posted("I have just checked")


async def test_sources_say_what_is_wrong_with_a_link() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        slack.say(f"<{PAGE}>", channel=channel)
        await known(core)
        core.web.pages[PAGE] = Refused("fetch.gone")
        slack.command("/sources", "refresh", channel=channel, user=slack.sam)
        await slack.posted("1 could not be read")
        slack.command("/sources", channel=channel, user=slack.sam)
        await slack.posted("could not be checked: This page does not exist any more")
        assert len(await documents(core)) == 1, "what was read is known still"


@pytest.mark.parametrize("who", ["the creator", "an administrator"])
async def test_ingestion_is_changed_by_those_who_manage_a_channel(who: str) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        if who == "the creator":
            slack.general.creator = slack.sam.id
        else:
            slack.general.creator = slack.mina.id
            slack.sam.is_admin = True
        slack.command("/saseo", "ingestion", user=slack.sam)
        await slack.posted("I ask whoever shared them")
        slack.command("/saseo", "ingestion auto", user=slack.sam)
        await slack.posted("I read them at once")
        (noted,) = await core.saseo.audit.page()
        assert (noted.deed.who, noted.deed.detail) == (f"slack:{slack.team.id}:{slack.sam.id}", "ingestion")
        slack.upload("handbook.txt", LEAVE, user=slack.sam)
        await slack.posted("Read *handbook.txt*")


async def test_nobody_else_changes_anything() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.general.creator = slack.mina.id
        slack.command("/saseo", "ingestion off", user=slack.sam)
        await slack.posted("Only whoever created this channel")
        slack.faults.scripted.append(Fault("conversations.info", error="channel_not_found"))
        slack.command("/saseo", "notices off", user=slack.sam)
        await slack.posted("Only whoever created this channel", count=2)
        settings = await core.store.channels.get(session(slack, slack.general))
        assert settings.ingestion is None
        assert settings.notices
        assert list(await core.saseo.audit.page()) == []


async def test_a_direct_message_is_ones_own() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.command("/saseo", "notices off", channel=slack.direct(slack.sam), user=slack.sam)
        await slack.posted("Notices here are off")
        slack.command("/saseo", "ingestion", channel=slack.direct(slack.sam), user=slack.sam)
        await slack.posted("I read them at once")
