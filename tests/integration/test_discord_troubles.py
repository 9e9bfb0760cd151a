"""What goes wrong beside an answer in Discord: it is told, or does no harm."""

import asyncio

import pytest

from adapters.discord.heard import Attachment
from core.errors import Refused, Unavailable
from core.types import Scope, Session
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.faults import Fault
from tests.integration.discord_answering import ANSWER, CALLBACK, EDIT, QUESTION, answering, knowing, settled
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE

MEMBER = "GET /guilds/{guild_id}/members/{user_id}"


async def response(discord: FakeDiscord, contains: str) -> Message:
    """What one person alone was told."""
    return await discord.posted(contains, where=lambda one: one.ephemeral_to is not None)


async def test_a_file_that_is_too_large_is_refused_by_name() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core, most_bytes=100):
        discord.slash("add", {"file": ("leave.txt", b"x" * 101)}, user=discord.sam)
        await response(discord, "leave.txt is larger than")


async def test_a_file_that_is_larger_than_it_says_is_not_read_to_its_end() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core, most_bytes=100) as desk:
        said = discord.share("leave.txt", LEAVE * 10)
        (one,) = said.attachments
        small = Attachment(one.id, one.filename, discord.sign(said, one), 10)
        with pytest.raises(Refused, match="larger than"):
            await desk.reception.shelving.downloads.fetch(small, channel=discord.general.id)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://attacker.example.com/leave.txt", "does not lie with Discord"),
        ("http://cdn.discordapp.com/leave.txt", "does not lie with Discord"),
        ("file:///etc/passwd", "does not lie with Discord"),
    ],
)
async def test_a_file_that_lies_elsewhere_is_not_fetched(url: str, told: str) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        with pytest.raises(Refused, match=told):
            await desk.reception.shelving.downloads.fetch(Attachment("1", "leave.txt", url, 10), channel="1")


async def test_a_file_that_cannot_be_fetched_just_now_may_be_tried_again() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        downloads = desk.reception.shelving.downloads
        for url in (f"{discord.base_url}/", f"{discord.base_url}:x/"):
            with pytest.raises(Unavailable if url.endswith(f"{discord.port}/") else Refused):
                await downloads.fetch(Attachment("1", "leave.txt", url, 10), channel="1")


async def test_a_bug_before_the_model_is_asked_ends_in_a_reference() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        desk.reception.directory.audience = None  # type: ignore[assignment, method-assign]
        discord.mention(QUESTION)
        await discord.posted("reference")


async def test_a_file_of_a_command_whose_address_has_expired_is_asked_for_again() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        adding = discord.slash("add", {"file": ("leave.txt", LEAVE.encode())}, user=discord.sam)
        discord.expire_attachments()
        await adding.settled()
        await response(discord, "leave.txt can no longer be fetched")


async def test_a_message_that_is_gone_gives_no_fresh_address() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        said = discord.share("leave.txt", LEAVE)
        menu = discord.context_menu("Add to knowledge", said, user=discord.sam)
        discord.expire_attachments()
        discord.faults.add(Fault("GET /channels/*/messages/*", times=3, status=404, code=10008))
        await menu.settled()
        await response(discord, "There is nothing left to read")


async def test_a_link_that_cannot_be_read_is_told() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("add", {"link": "https://nowhere.example.com/"}, user=discord.sam)
        told = await response(discord, "")
        assert "nowhere.example.com" in told.content


async def test_a_message_without_text_and_files_teaches_nothing() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        said = discord.say("", files={})
        discord.context_menu("Add to knowledge", said, user=discord.sam)
        await response(discord, "no text and no file")


async def test_an_opinion_that_is_not_kept_is_thanked_for_all_the_same() -> None:
    core = await knowing()

    async def full(*_: object, **__: object) -> bool:
        raise Unavailable("store.full", path="x")

    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        answer = await discord.posted("Handbook")
        core.store.answers.judge = full  # type: ignore[method-assign]
        discord.press(answer, "saseo:good", user=discord.sam)
        await response(discord, "Thank you")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(CALLBACK, status=404, code=10062),
        Fault(CALLBACK, drop="before"),
        Fault(CALLBACK, status=200),
        Fault(CALLBACK, status=400, code=40060),
    ],
)
async def test_a_word_back_that_fails_does_no_harm(fault: Fault) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        answer = await discord.posted("Handbook")
        discord.faults.add(fault)
        discord.press(answer, "saseo:good", user=discord.sam)
        await asyncio.sleep(0.3)
        discord.mention(QUESTION)
        await discord.posted("Handbook", count=2)


async def test_while_the_store_is_away_nothing_is_proposed() -> None:
    core = await knowing()

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("store.full", path="x")

    core.store.catalogue.page = away  # type: ignore[assignment, method-assign]
    async with fake_discord() as discord, answering(discord, core):
        typing = discord.autocomplete("forget", "document", "leav", user=discord.sam)
        await typing.settled()
        assert typing.choices == []
        discord.faults.add(Fault(CALLBACK, status=404, code=10062))
        discord.autocomplete("forget", "document", "leave", user=discord.sam)
        await asyncio.sleep(0.3)
        discord.slash("sources", user=discord.sam)
        await response(discord, Unavailable("store.full", path="x").text("en")[:20])


async def test_a_response_that_cannot_be_given_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault("PATCH /webhooks/*", status=404, code=10015))
        discord.slash("help", user=discord.sam)
        await asyncio.sleep(0.5)
        assert "a command could not be answered" in caplog.text


async def test_when_there_is_too_much_to_do_it_is_said() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        desk.reception.full = lambda: True
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        await response(discord, "")
        discord.mention(QUESTION, user=discord.sam)
        await discord.posted(where=lambda one: one.ephemeral_to is None)
        discord.delete(discord.answers()[-1])
        assert core.store.inbox._entries == {}


async def test_an_edit_that_is_told_nothing_of_counts_as_done() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        await discord.posted("15 days")
        discord.faults.add(Fault(EDIT, status=200))
        gate.set()
        await settled(core)
        assert len(discord.called(EDIT)) == 1


async def test_a_thread_that_cannot_be_read_is_answered_without_it() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        thread = discord.new_thread("leave", channel=discord.general)
        discord.faults.add(Fault("GET /channels/*/messages", times=2, status=403, code=50001))
        discord.mention(QUESTION, channel=thread)
        await discord.posted("Handbook", channel=thread)


async def test_where_it_is_not_known_what_somebody_may_read_nothing_is_used() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core) as desk:
        scope = Scope.channel(Session("discord", discord.guild.id, discord.general.id))
        await core.library.add_text(LEAVE, title="Handbook", scope=scope)
        discord.say(QUESTION, channel=discord.direct(discord.sam))
        await discord.posted("Handbook")
        desk.reception.directory._roles.clear()
        core.store.history._sessions.clear()
        discord.faults.add(Fault(MEMBER, times=9, status=503))
        discord.say(QUESTION, channel=discord.direct(discord.sam))
        await discord.posted(where=lambda one: "15 days" not in one.content)


async def test_a_server_that_is_away_withholds_all_but_what_belongs_here() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        directory = desk.reception.directory
        directory._client = lambda: None
        assert directory.me == ""
        discord.mention(QUESTION)
        answer = await discord.posted("could not find")
        assert "15 days" not in answer.content


async def test_a_large_server_is_compared_beside_everything_else() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        channels = [discord.new_channel(f"c{number}") for number in range(60)]
        scope = Scope.channel(Session("discord", discord.guild.id, channels[30].id))
        await core.library.add_text("The kitchen opens at nine.", title="Kitchen", scope=scope)
        async with answering(discord, core):
            discord.mention("When does the kitchen open?")
            await discord.posted("Kitchen")


async def test_a_server_that_is_left_is_forgotten() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        await discord.posted("Handbook")
        await settled(core)
        scope = Scope.channel(Session("discord", discord.guild.id, discord.general.id))
        added = await core.library.add_text("secret", title="Secret", scope=scope)
        discord.leave(discord.bot)
        for _ in range(250):
            if await core.store.catalogue.find(added.document.id) is None:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("it is still known")
        assert core.store.inbox._entries == {}


async def test_a_server_that_one_has_left_cannot_be_chosen() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core) as desk:
        other = discord.new_guild("Other", members=[discord.sam])
        await asyncio.sleep(0.2)
        place = discord.direct(discord.sam)
        discord.say(QUESTION, channel=place)
        choice = await discord.posted("Which one", channel=place)
        discord.leave(discord.sam, other)
        desk.reception.directory.homes._common.clear()
        discord.press(choice, f"saseo:server:{other.id}", user=discord.sam)
        await discord.posted("You are no member", channel=place)
