"""Links that people post in Slack are read where they may be, and nobody is bothered by it."""

import asyncio
from typing import Any

from tests.fakes.slack import FakeSlack
from tests.integration.sharing import NOTHING, PAGE, documents, known, private
from tests.integration.slack_running import LEAVE, knowing, running


async def test_links_in_passing_are_read_and_told_of_now_and_then() -> None:
    pages: dict[str, Any] = {f"{PAGE}/{number}": f"Rule number {number}.".encode() for number in range(8)}
    core = await knowing(text=NOTHING, pages=pages)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        for number in range(8):
            slack.say(f"look <{PAGE}/{number}|here>", channel=channel)
        await known(core, 8)
        await slack.call("reactions.remove", count=8)
        assert len(slack.answers(channel)) == 5
        assert all(one.reactions.keys() == {"white_check_mark"} for one in channel.visible if not one.bot_id)


async def test_links_in_a_public_channel_are_asked_about_once_an_hour_for_each_person() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        for number in range(5):
            slack.say(f"look <{PAGE}/{number}>", user=slack.sam)
        slack.say(f"look <{PAGE}>", user=slack.mina)
        await slack.call("chat.postEphemeral", count=2)
        await asyncio.sleep(0.3)
        assert sorted(one.ephemeral_to or "" for one in slack.general.ephemerals) == [slack.mina.id, slack.sam.id]


async def test_links_to_messages_are_no_documents() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        slack.say("see <https://team.slack.com/archives/C1/p17>", channel=channel)
        slack.ask("hello", channel=channel)
        await slack.posted(channel=channel)
        assert not slack.called("reactions.add")


async def test_a_file_that_lies_elsewhere_is_read_as_a_link() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        slack.upload("plan", "", channel=private(slack), mode="external", external_url=PAGE)
        await slack.posted("Read *")
        (document,) = await documents(core)
        assert document.url == PAGE
