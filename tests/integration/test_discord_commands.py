"""Commands, buttons, dialogues and menus in Discord."""

import asyncio

import pytest

from core.ports import DocumentFilter
from core.types import Scope, Session
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.faults import Fault
from tests.fakes.saseo import Core
from tests.integration.discord_answering import (
    CALLBACK,
    FOLLOW,
    ORIGINAL,
    QUESTION,
    answering,
    knowing,
    settled,
)
from tests.integration.discord_running import fake_discord
from tests.integration.slack_running import LEAVE


def channel_scope(discord: FakeDiscord, channel: str) -> Scope:
    return Scope.channel(Session("discord", discord.guild.id, channel))


async def response(discord: FakeDiscord, contains: str) -> Message:
    """What one person alone was told."""
    return await discord.posted(contains, where=lambda one: one.ephemeral_to is not None)


async def test_ask_answers_everybody_and_says_what_was_asked() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        asked = discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        answer = await discord.posted("Handbook")
        await settled(core)
        assert discord.answers() == [answer]
        assert answer.interaction is asked
        assert answer.ephemeral_to is None
        assert answer.content.startswith(f"> {QUESTION}")


async def test_a_private_question_is_answered_to_its_asker_alone_and_can_be_shared_once() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
        private = await response(discord, "Handbook")
        assert private.ephemeral_to == discord.sam.id
        for _ in range(2):
            await discord.press(private, "saseo:share", user=discord.sam).settled()
        shared = await discord.posted("Handbook", where=lambda one: one.ephemeral_to is None)
        await settled(core)
        assert [one for one in discord.answers() if one.ephemeral_to is None] == [shared]
        assert QUESTION in shared.content


async def test_what_one_person_was_told_is_no_context_for_others() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
        await response(discord, "Handbook")
        await settled(core)
        everybody = await core.store.history.recent(Session("discord", discord.guild.id, discord.general.id))
        assert everybody == ()


async def test_help_and_texts_in_the_reader_s_language() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("help", user=discord.sam)
        assert (await response(discord, "`/ask` answers here")).ephemeral_to == discord.sam.id
        discord.slash("help", user=discord.mina)
        await response(discord, "물어보세요")


async def test_sources_lists_what_its_reader_may_read() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await core.library.add_text("secret plans", title="Plans", scope=channel_scope(discord, hidden.id))
        await core.library.add_text("about weather", title="Weather")
        discord.slash("sources", user=discord.sam)
        told = await response(discord, "2 documents")
        assert "[Handbook](<https://docs.example.com/handbook>)" in told.content
        assert "Plans" not in told.content
        discord.slash("sources", {"words": "weath"}, user=discord.sam)
        assert "Handbook" not in (await response(discord, "1 documents")).content
        discord.slash("sources", {"words": "nothing like it"}, user=discord.sam)
        await response(discord, "I know no documents")
        discord.slash("sources", user=discord.mina)
        assert "Plans" in (await response(discord, "3개")).content


async def test_a_link_is_added_for_the_readers_of_the_channel() -> None:
    core = await knowing(text="Nothing but weather.", pages={"https://wiki.example.com/leave": LEAVE.encode()})
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("add", {"link": "https://wiki.example.com/leave"}, user=discord.sam)
        await response(discord, "I know this now")
        document = (await core.store.catalogue.page(DocumentFilter())).documents[0]
        assert document.scope == channel_scope(discord, discord.general.id)
        discord.mention(QUESTION)
        await discord.posted("wiki.example.com", where=lambda one: one.referenced is not None)


async def test_a_file_is_added_and_forgotten_by_its_title() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("add", {"file": ("leave.txt", LEAVE.encode())}, user=discord.sam)
        await response(discord, "I know this now: leave")
        typing = discord.autocomplete("forget", "document", "leav", user=discord.sam)
        await typing.settled()
        assert typing.choices is not None
        (choice,) = typing.choices
        discord.slash("forget", {"document": choice["value"]}, user=discord.sam)
        await response(discord, "I have forgotten “leave")
        assert [one.title for one in (await core.store.catalogue.page(DocumentFilter())).documents] == ["Handbook"]


async def test_proposals_are_only_what_was_added_here_and_25_at_most() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        hidden = discord.new_channel("hidden", only=[discord.mina])
        await core.library.add_text("secret plans", title="Plans", scope=channel_scope(discord, hidden.id))
        for number in range(30):
            title = f"{number} " + "long title " * 12
            await core.library.add_text(f"text {number}", title=title, scope=channel_scope(discord, discord.general.id))
        typing = discord.autocomplete("forget", "document", "", user=discord.sam)
        await typing.settled()
        assert typing.choices is not None
        assert len(typing.choices) == 25
        assert all("Plans" not in choice["name"] and len(choice["name"]) <= 100 for choice in typing.choices)


async def test_a_document_from_elsewhere_is_not_forgotten_here() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        document = (await core.store.catalogue.page(DocumentFilter())).documents[0]
        discord.slash("forget", {"document": document.id}, user=discord.sam)
        await response(discord, "No such document was added here")
        discord.slash("forget", user=discord.sam)
        await response(discord, "I have forgotten our conversation")


async def test_nothing_to_add_is_said() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.slash("add", user=discord.sam)
        await response(discord, "Give me a link or a file")


async def test_a_message_is_learned_from_its_menu_and_forgotten_when_it_is_deleted() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        said = discord.say(LEAVE)
        discord.context_menu("Add to knowledge", said, user=discord.sam)
        await response(discord, "I know this now")
        document = (await core.store.catalogue.page(DocumentFilter())).documents[0]
        assert document.scope == channel_scope(discord, discord.general.id)
        assert document.url == f"https://discord.com/channels/{discord.guild.id}/{discord.general.id}/{said.id}"
        discord.delete(said)
        await _gone(core, document.id)


async def test_what_is_edited_is_learned_again_and_a_deleted_channel_is_forgotten() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        channel = discord.new_channel("leave")
        said = discord.say(LEAVE, channel=channel)
        discord.context_menu("Add to knowledge", said, user=discord.sam)
        await response(discord, "I know this now")
        document = (await core.store.catalogue.page(DocumentFilter())).documents[0]
        discord.edit(said, "Every employee has 18 days of paid leave a year.")
        for _ in range(250):
            if "18 days" in (await core.store.shelves.passages(document.id))[0].text:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("it was not learned again")
        discord.delete_channel(channel)
        await _gone(core, document.id)


async def test_files_of_a_message_are_learned_also_when_their_addresses_have_expired() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        said = discord.share("leave.txt", LEAVE)
        reads = len(discord.called("GET /channels/{channel_id}/messages/{message_id}"))
        menu = discord.context_menu("Add to knowledge", said, user=discord.sam)
        discord.expire_attachments()
        await menu.settled()
        await response(discord, "I know this now: leave")
        assert len(discord.called("GET /channels/{channel_id}/messages/{message_id}")) == reads + 1


async def test_ask_about_this_answers_what_a_message_asks() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        said = discord.say(QUESTION)
        discord.context_menu("Ask about this", said, user=discord.sam)
        answer = await discord.posted("Handbook")
        assert "15 days" in answer.content


async def test_opinions_are_kept_and_a_bad_one_asks_why_also_after_a_restart() -> None:
    core = await knowing()
    async with fake_discord() as discord:
        async with answering(discord, core):
            discord.mention(QUESTION)
            answer = await discord.posted("Handbook")
            await settled(core)
        async with answering(discord, core):
            await discord.press(answer, "saseo:good", user=discord.sam).settled()
            await response(discord, "Thank you, good to know")
            asked_why = discord.press(answer, "saseo:bad", user=discord.mina)
            await asked_why.settled()
            assert asked_why.modal is not None
        async with answering(discord, core):
            discord.submit_modal(asked_why, {"reason": "It says nothing of interns."})
            await response(discord, "고마워요")
            await asyncio.sleep(0.2)
        opinions = await core.store.answers.opinions()
        assert (opinions.helpful, opinions.unhelpful) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [Fault(CALLBACK, status=404, code=10062), Fault(CALLBACK, status=200), Fault(CALLBACK, drop="before")],
    ids=["late", "told nothing", "lost"],
)
async def test_an_acknowledgement_that_fails_ends_in_a_message_in_the_channel(fault: Fault) -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(fault)
        discord.faults.add(Fault("PATCH /webhooks/*", times=99, status=404, code=10015))
        discord.slash("ask", {"question": QUESTION}, user=discord.sam)
        answer = await discord.posted("Handbook")
        await settled(core)
        assert discord.answers() == [answer]
        assert answer.interaction is None
        assert answer.content.startswith(f"-# {discord.sam.mention} asked:")


async def test_a_private_answer_whose_token_is_dead_is_told_directly_and_not_in_the_channel() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault("PATCH /webhooks/*", times=99, status=401, code=50027))
        discord.slash("ask", {"question": QUESTION, "private": True}, user=discord.sam)
        answer = await discord.posted("Handbook")
        assert answer.channel is discord.direct(discord.sam)
        await settled(core)
        assert discord.answers(discord.general) == []


async def test_what_was_acknowledged_before_is_not_acknowledged_again() -> None:
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(CALLBACK, status=400, code=40060))
        discord.slash("help", user=discord.sam)
        await discord.call(CALLBACK)
        await asyncio.sleep(0.2)
        assert discord.called(ORIGINAL) == discord.called(FOLLOW) == []


async def test_a_direct_message_asks_for_the_server_once_and_answers_then() -> None:
    core = await knowing(text="Nothing but weather.")
    async with fake_discord() as discord, answering(discord, core):
        discord.new_guild("Other", members=[discord.sam])
        await core.library.add_text(LEAVE, title="Handbook", scope=channel_scope(discord, discord.general.id))
        await asyncio.sleep(0.2)
        place = discord.direct(discord.sam)
        discord.say(QUESTION, channel=place)
        choice = await discord.posted("Which one", channel=place)
        labels = [part["label"] for row in choice.components for part in row["components"]]
        assert set(labels) == {"Guild of the fake", "Other"}
        await discord.press(choice, f"saseo:server:{discord.guild.id}", user=discord.sam).settled()
        await discord.posted("From now on I answer", channel=place)
        await discord.posted("Handbook", channel=place)
        discord.say(QUESTION, channel=place)
        await discord.posted("Handbook", channel=place, count=2)


async def _gone(core: Core, document_id: str) -> None:
    for _ in range(250):
        if await core.store.catalogue.find(document_id) is None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it is still known")
