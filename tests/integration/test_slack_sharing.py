"""Files and links that people share in Slack are read and told of in their thread."""

import asyncio
from typing import Any

import pytest

from core.errors import Refused
from core.types import Scope
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.sharing import NOTHING, PAGE, choose, documents, holds, known, private, session, team, thread
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running


async def test_a_file_in_a_private_channel_is_read_and_told_of_in_its_thread() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload("handbook.txt", LEAVE, channel=channel, user=slack.sam)
        told = await slack.posted("Read *handbook.txt*: 1 passage", channel=channel, thread_ts=message.ts)
        assert not told.ephemeral_to
        await slack.call("reactions.remove")
        assert message.reactions.keys() == {"white_check_mark"}
        (document,) = await documents(core)
        assert document.scope == Scope.channel(session(slack, channel))
        slack.ask(QUESTION, channel=channel, user=slack.sam)
        await slack.posted("15 days", channel=channel)
        slack.ask(QUESTION, user=slack.sam)
        await slack.posted("find", channel=slack.general)


async def test_a_file_is_seen_to_be_read_within_a_second() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.faults.scripted.append(Fault("files.download", delay=1.0))
        message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.call("reactions.add", timeout=1.0)
        assert message.reactions.keys() == {"eyes"}
        await slack.posted("handbook.txt")


async def test_in_a_public_channel_whoever_shared_is_asked_and_the_button_has_it_read() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        message = slack.upload("handbook.txt", LEAVE, user=slack.sam)
        question = await slack.posted("Shall I read *handbook.txt*")
        assert question.ephemeral_to == slack.sam.id
        assert not await documents(core)
        slack.press(question, "saseo_learn", user=slack.sam)
        await slack.posted("Read *handbook.txt*", thread_ts=message.ts)
        assert question.deleted
        (document,) = await documents(core)
        assert document.scope == team(slack)


async def test_several_files_are_told_of_in_one_message() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload_all({"one.txt": LEAVE, "two.txt": "Lunch is at noon.", "void.txt": ""}, channel=channel)
        await slack.posted("one.txt", channel=channel)
        (told,) = thread(slack, message)
        assert "Read *one.txt*" in told
        assert "Read *two.txt*" in told
        assert "There is no text in void.txt" in told
        assert len(await documents(core)) == 2


async def test_more_files_than_are_read_at_once_are_counted() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        slack.upload_all({f"{number}.txt": f"Rule number {number}." for number in range(12)}, channel=channel)
        await slack.posted("Share the other 2", channel=channel)
        assert len(await documents(core)) == 10


async def test_a_mention_with_a_file_reads_it_everywhere_and_then_answers() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        await choose(core, slack, "off")
        message = slack.upload("handbook.txt", LEAVE, text=f"<@{slack.team.bot_user.id}> {QUESTION}", user=slack.sam)
        await slack.posted("Read *handbook.txt*", thread_ts=message.ts)
        await slack.posted("15 days", thread_ts=message.ts)
        assert len(thread(slack, message)) == 2, "one message of each"


async def test_a_mention_with_nothing_but_a_file_is_no_question() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        message = slack.upload("handbook.txt", LEAVE, text=f"<@{slack.team.bot_user.id}>", user=slack.sam)
        await slack.posted("Read *handbook.txt*", thread_ts=message.ts)
        await asyncio.sleep(0.2)
        assert len(thread(slack, message)) == 1


async def test_a_direct_message_reads_files_and_links() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    async with FakeSlack() as slack, running(slack, core):
        direct = slack.direct(slack.sam)
        slack.upload("handbook.txt", "Lunch is at noon.", channel=direct, user=slack.sam)
        await slack.posted("Read *handbook.txt*", channel=direct)
        message = slack.say(f"<{PAGE}>", channel=direct, user=slack.sam)
        await slack.posted("Read *", channel=direct, thread_ts=message.ts)
        assert {document.scope for document in await documents(core)} == {Scope.direct(session(slack, direct))}


async def test_nothing_is_read_where_that_is_off_and_nothing_of_bots() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        await choose(core, slack, "off")
        slack.upload("handbook.txt", LEAVE)
        channel = private(slack)
        slack.say_as_bot(f"<{PAGE}>", channel=channel)
        slack.ask("hello", channel=channel, user=slack.sam)
        await slack.posted(channel=channel)
        assert not await documents(core)
        assert not slack.called("reactions.add")
        assert not slack.called("chat.postEphemeral")


async def test_the_same_file_in_two_public_channels_is_one_document() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        random = slack.new_channel("random")
        for channel in (slack.general, random):
            await choose(core, slack, "auto", channel)
        first = slack.upload("handbook.txt", LEAVE, user=slack.sam)
        await slack.posted("Read *handbook.txt*", channel=slack.general)
        slack.share_again(first.files[0], channel=random, user=slack.sam)
        await slack.posted("I know *handbook.txt* already", channel=random)
        assert len(await documents(core)) == 1
        slack.delete(first)
        await asyncio.sleep(0.2)
        assert len(await documents(core)) == 1, "it is shared elsewhere still"


async def test_the_shortcut_reads_the_files_of_a_message_and_its_words() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        await choose(core, slack, "off")
        message = slack.upload("handbook.txt", LEAVE, text="Lunch is at noon.")
        slack.shortcut("saseo_add", message=message, user=slack.sam)
        await slack.posted("Read *handbook.txt*", thread_ts=message.ts)
        await slack.posted("I know this message now")
        assert len(await known(core, 2)) == 2
        alone = slack.upload("rules.txt", "Shoes are worn.")
        slack.shortcut("saseo_add", message=alone, user=slack.sam)
        await slack.posted("Read *rules.txt*", thread_ts=alone.ts)


@pytest.mark.parametrize(
    ("name", "data", "mode", "text"),
    [
        ("handbook.txt", LEAVE, "hidden_by_limit", "Slack hides"),
        ("untitled", LEAVE, "snippet", "Read *untitled*"),
        ("Notes", f"<html><body><p>{LEAVE}</p></body></html>", "quip", "Read *Notes*"),
        ("Old notes", f"<html><body><p>{LEAVE}</p></body></html>", "space", "Read *Old notes*"),
        ("Older notes", f"# Leave\n\n{LEAVE}", "post", "Read *Older notes*"),
        ("large.txt", "x" * 3_000_000, "hosted", "I read files of up to 2 MB"),
    ],
)
async def test_every_kind_of_file(name: str, data: str, mode: str, text: str) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core, most_bytes=2 * 1024 * 1024):
        slack.upload(name, data, channel=private(slack), mode=mode)
        await slack.posted(text)


async def test_a_file_of_another_company_is_looked_up() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        stranger = slack.new_user("stranger", team_id="T777777777")
        members: list[Any] = [slack.sam, stranger]
        channel = slack.new_channel("both", members=members, connected_teams=["T777777777"])
        await choose(core, slack, "auto", channel)
        slack.upload("handbook.txt", LEAVE, channel=channel, user=stranger)
        await slack.posted("*handbook.txt*", channel=channel)
        assert len(slack.called("files.info")) == 1
        (document,) = await documents(core)
        assert document.scope == Scope.channel(session(slack, channel))


async def test_a_login_page_is_told_as_a_missing_scope() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.team.scopes.discard("files:read")
        message = slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.posted("files:read", thread_ts=message.ts)
        assert not await documents(core)
        assert "white_check_mark" not in message.reactions


async def test_a_page_that_people_share_is_no_login_page() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.upload("leave.html", f"<!doctype html><p>{LEAVE}</p><a href='/signin'>x</a>", channel=private(slack))
        await slack.posted("Read *leave.html*")


async def test_the_token_goes_to_slack_alone() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, FakeSlack() as other, running(slack, core):
        channel = private(slack)
        file = slack.new_file(slack.team, slack.sam, "handbook.txt", LEAVE)
        base, slack.base_url = slack.base_url, other.base_url
        file.channels.append(channel.id)
        slack.say("", channel=channel, subtype="file_share", files=[file.id])
        slack.base_url = base
        await slack.posted("does not lie with Slack")
        assert not other.calls


async def test_a_download_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core) as adapter:
        adapter._living.learning.waits = (0.05, 0.05)
        slack.faults.scripted += [Fault("files.download", status=503), Fault("files.download", drop="after")]
        slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.posted("Read *handbook.txt*")
        slack.faults.scripted += [Fault("files.download", status=500, times=3)]
        slack.upload("rules.txt", "Shoes are worn.", channel=private(slack, "other"))
        await slack.posted("could not be fetched from Slack (500)")
        assert slack.bot_token not in caplog.text


async def test_reactions_that_fail_do_not_matter() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.team.scopes.discard("reactions:write")
        slack.upload("handbook.txt", LEAVE, channel=private(slack))
        await slack.posted("Read *handbook.txt*")
        slack.upload("rules.txt", "Shoes are worn.", channel=slack.direct(slack.sam), user=slack.sam)
        await slack.posted("Read *rules.txt*")
        assert len(slack.called("reactions.add")) == 1


async def test_a_refusal_names_the_file_and_stands_in_sources_until_it_is_mended() -> None:
    core = await knowing(text=NOTHING, pages={PAGE: Refused("fetch.login")})
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.say(f"<{PAGE}>", channel=channel, user=slack.sam)
        await slack.posted("*docs.example.com/leave*: This link leads to a sign-in page", thread_ts=message.ts)
        slack.command("/sources", channel=channel, user=slack.sam)
        await slack.posted("Not read here", channel=channel)
        core.web.pages[PAGE] = LEAVE.encode()
        slack.shortcut("saseo_add", message=message, user=slack.sam)
        await slack.posted("Read *", thread_ts=message.ts)
        slack.command("/sources", channel=channel, user=slack.sam)
        told = await slack.posted("I know", channel=channel, count=2)
        assert "Not read here" not in told.shown


async def test_names_are_shown_as_they_are() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        slack.upload("<!channel> *a* [x](http://evil.example).txt", LEAVE, channel=private(slack))
        told = await slack.posted("Read *")
        assert "<!channel>" not in told.text + str(told.blocks)
        assert "](" not in told.text + str(told.blocks)


async def test_new_content_of_a_file_is_read_without_a_word() -> None:
    core = await knowing(text=NOTHING)
    async with FakeSlack() as slack, running(slack, core):
        channel = private(slack)
        message = slack.upload("handbook.txt", LEAVE, channel=channel)
        await slack.posted("Read *handbook.txt*")
        slack.change_file(message.files[0], LEAVE.replace("15", "20"))

        async def changed() -> bool:
            found = [text async for _, passages in core.library.shelved() for text in [one.text for one in passages]]
            return any("20 days" in text for text in found) and not any("15 days" in text for text in found)

        await holds(changed, what="the new content")
        assert len(thread(slack, message)) == 1
