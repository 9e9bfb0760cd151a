"""The bot stays connected to Discord, whatever breaks off, and ends with an instruction where nothing can be mended."""

import asyncio
import threading

import aiohttp
import discord
import pytest
from discord.gateway import KeepAliveHandler

from adapters.discord.client import NotOwner
from adapters.discord.patience import Exhausted
from adapters.discord.translating import payload
from core.errors import Refused
from tests.fakes.discord import Fault
from tests.fakes.patience import PATIENCE
from tests.integration.discord_connecting import Watching, supervised
from tests.integration.discord_running import fake_discord


async def test_it_asks_for_the_least_and_mentions_nobody() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        identify = next(frame["d"] for _, frame in fake.gateway.received if frame["op"] == 2)
        intents = discord.Intents._from_value(identify["intents"])
        assert {name for name, value in intents if value} == {"guilds", "guild_messages", "dm_messages"}
        assert "shard" not in identify
        mentions = bot.client.allowed_mentions
        assert mentions is not None
        assert {mentions.everyone, mentions.users, mentions.roles, mentions.replied_user} == {False}
        fake.mention("is this kept?")
        await bot.seen.until(lambda: bot.seen.messages)
        assert len(bot.client.cached_messages) == 0


async def test_message_content_is_asked_for_only_where_it_is_wanted() -> None:
    async with fake_discord() as fake:
        async with supervised(fake) as bot:
            fake.say("a secret", user=fake.sam)
            await bot.seen.until(lambda: bot.seen.messages)
            assert bot.seen.texts == [""]
        async with supervised(fake, message_content=True) as bot:
            fake.say("a wish", user=fake.sam)
            await bot.seen.until(lambda: bot.seen.messages)
            assert bot.seen.texts == ["a wish"]


async def test_everything_that_comes_in_is_handed_on() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        assert bot.client.application_id is not None
        await bot.client.http.bulk_upsert_global_commands(bot.client.application_id, payload())
        fake.slash("ask", {"question": "how many days?"})
        fake.autocomplete("forget", "document", "Hand")
        await bot.seen.until(lambda: bot.seen.interactions and bot.seen.typed)
        mention = fake.mention("how many days?")
        await bot.seen.until(lambda: bot.seen.messages)
        fake.edit(mention, "how many weeks?")
        fake.delete(mention)
        fake.delete_channel(fake.new_channel("short-lived"))
        await bot.seen.until(lambda: len(bot.seen.changes) >= 3)
        kinds = [change.kind for change in bot.seen.changes]
        assert sorted(kinds) == ["channel_deleted", "message_edited", "messages_deleted"]
        deleted = next(change for change in bot.seen.changes if change.kind == "messages_deleted")
        assert deleted.message_ids == {int(mention.id)}
        assert deleted.channel_id == int(fake.general.id)


async def test_a_gateway_that_refuses_at_the_start_is_tried_again() -> None:
    async with fake_discord() as fake:
        fake.gateway.refusals = 3
        async with supervised(fake) as bot:
            assert fake.gateway.handshakes[:3] == ["refused"] * 3
            assert len(bot.seen.clients) == 1, "answers under way keep their client"


async def test_an_event_that_cannot_be_read_is_left_out() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        assert fake.gateway.send_malformed() == 1
        assert fake.gateway.send_malformed("INTERACTION_CREATE") == 1
        fake.mention("still there?")
        await bot.seen.until(lambda: bot.seen.messages)
        assert fake.gateway.handshakes.count("identified") == 1
        assert bot.duties.losses == 0


async def test_a_frame_that_is_no_json_costs_a_session_and_nothing_else() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        connection = await fake.gateway.ready()
        connection.outgoing.put_nowait(b"this is no JSON")
        await bot.duties.until(lambda: bot.duties.readies == 2)
        fake.mention("still there?")
        await bot.seen.until(lambda: bot.seen.messages)
        assert len(bot.seen.clients) == 1
        assert bot.duties.losses > 0


async def test_a_request_to_reconnect_is_followed_and_nothing_is_lost() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.ask_to_reconnect()
        fake.mention("meanwhile")
        await bot.duties.until(lambda: bot.duties.resumes == 1)
        await bot.seen.until(lambda: bot.seen.messages)
        assert bot.duties.readies == 1


async def test_a_lost_session_begins_anew_and_says_so() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.invalidate()
        await bot.duties.until(lambda: bot.duties.readies == 2)
        assert bot.duties.losses > 0
        assert bot.duties.identified == 2
        assert len(bot.seen.clients) == 1


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009])
async def test_a_close_code_that_can_be_survived_is(code: int) -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.close_all(code)
        fake.mention("meanwhile")
        await bot.seen.until(lambda: bot.seen.messages)
        assert not bot.task.done()


async def test_a_broken_connection_is_resumed_and_what_was_missed_is_played_again() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.drop()
        for number in range(3):
            fake.mention(f"number {number}")
        await bot.seen.until(lambda: len(bot.seen.messages) >= 3)
        assert bot.duties.readies == 1
        assert [text.split()[-1] for text in bot.seen.texts] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (4004, "discord_connection.token"),
        (4010, "discord_connection.closed"),
        (4011, "discord_connection.sharding"),
        (4012, "discord_connection.closed"),
        (4013, "discord_connection.closed"),
        (4014, "discord_connection.intent"),
    ],
)
async def test_a_close_code_that_means_never_again_is_told(code: int, told: str) -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.close_all(code)
        with pytest.raises(Refused) as refusal:
            await bot.task
        assert refusal.value.code == told
        assert fake.gateway.handshakes.count("accepted") == 1


@pytest.mark.parametrize("sharded", [False, True])
async def test_a_wrong_token_is_told_and_not_tried_again(sharded: bool) -> None:
    async with fake_discord() as fake:
        with pytest.raises(Refused) as refusal:
            async with supervised(fake, token="wrong", sharded=sharded):
                pass
        assert refusal.value.code == "discord_connection.token"
        assert fake.gateway.handshakes == []


@pytest.mark.parametrize("sharded", [False, True])
async def test_an_intent_that_was_not_granted_is_told_and_not_tried_again(sharded: bool) -> None:
    async with fake_discord() as fake:
        fake.world.message_content = False
        with pytest.raises(Refused) as refusal:
            async with supervised(fake, message_content=True, sharded=sharded):
                pass
        assert refusal.value.code == "discord_connection.intent"
        assert fake.gateway.handshakes.count("4014") == 1


async def test_a_token_that_is_refused_later_is_told_as_well() -> None:
    async with fake_discord() as fake:
        fake.faults.add(Fault("GET /oauth2/*", status=401))
        with pytest.raises(Refused) as refusal:
            async with supervised(fake):
                pass
        assert refusal.value.code == "discord_connection.token"


async def test_no_more_sessions_are_begun_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def identify(self: Watching) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise Exhausted(0.01)

    monkeypatch.setattr(Watching, "identify", identify)
    async with fake_discord() as fake, supervised(fake):
        assert asked == 2
        assert fake.gateway.handshakes.count("identified") == 1


async def test_a_connection_that_was_given_up_half_way_leaves_nothing_behind() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        fake.gateway.invalidate()
        await fake.until(lambda: fake.gateway.handshakes.count("accepted") == 2, what="another connection")
        await bot.duties.until(lambda: bot.duties.identified == 2)
        bot.task.cancel()
        await asyncio.gather(bot.task, return_exceptions=True)
        await fake.until(lambda: not fake.gateway.connections, what="the end of all connections")
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler):
                await asyncio.to_thread(thread.join, 5)
        assert bot.client._sockets() == []


async def test_a_silent_start_with_shards_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.supervisor.SILENT_SECONDS_SHARDED", 0.3)
    monkeypatch.setattr("adapters.discord.supervisor.LOOK_SECONDS", 0.1)
    async with fake_discord() as fake:
        fake.gateway.refusals = 1
        async with supervised(fake, sharded=True, silent_seconds=0.3) as bot:
            assert len(bot.seen.clients) == 2


async def test_while_discord_is_away_at_the_start_it_waits() -> None:
    async with fake_discord() as fake:
        fake.faults.add(Fault("GET /users/@me", times=2, drop="before"))
        async with supervised(fake) as bot:
            assert not bot.task.done()


async def test_a_silence_too_long_for_discord_py_is_ended() -> None:
    async with fake_discord() as fake, supervised(fake, silent_seconds=0.01) as bot:
        fake.gateway.refusals = 2
        fake.gateway.invalidate()
        await bot.duties.until(lambda: bot.duties.readies == 2)


async def test_with_shards_everything_is_heard() -> None:
    async with fake_discord() as fake, supervised(fake, sharded=True) as bot:
        identify = next(frame["d"] for _, frame in fake.gateway.received if frame["op"] == 2)
        assert identify["shard"] == [0, 1]
        fake.mention("who hears me?")
        await bot.seen.until(lambda: bot.seen.messages)


async def test_with_shards_a_lost_session_says_so_too() -> None:
    async with fake_discord() as fake, supervised(fake, sharded=True) as bot:
        fake.gateway.invalidate()
        await bot.duties.until(lambda: bot.duties.readies == 2)
        connection = await fake.gateway.ready()
        connection.outgoing.put_nowait(b"this is no JSON")
        await bot.duties.until(lambda: bot.duties.readies == 3)
        assert len(bot.seen.clients) == 2, "shards are begun again with a new client"


async def test_a_connection_that_holds_lets_the_next_trouble_be_mended_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.discord.supervisor.STEADY_SECONDS", 0.0)
    monkeypatch.setattr("adapters.discord.supervisor.LOOK_SECONDS", 0.01)
    async with fake_discord() as fake, supervised(fake) as bot:
        was_reset = asyncio.Event()
        monkeypatch.setattr(bot.supervisor._backoff, "reset", was_reset.set)
        await asyncio.wait_for(was_reset.wait(), PATIENCE)


async def test_after_the_end_of_the_gateway_answers_still_go_out() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        bot.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await bot.task
        await fake.until(lambda: not fake.gateway.connections, what="the end of the connection")
        channel = bot.client.get_partial_messageable(int(fake.general.id))
        await channel.send("the end of an answer")
        assert fake.answers()[-1].content == "the end of an answer"
        await bot.supervisor.close()
        with pytest.raises(RuntimeError):
            await channel.send("too late")


async def test_a_process_that_is_not_the_owner_any_more_hears_and_sends_nothing() -> None:
    async with fake_discord() as fake, supervised(fake) as bot:
        bot.duties.owner = False
        channel = bot.client.get_partial_messageable(int(fake.general.id))
        with pytest.raises(NotOwner) as refusal:
            await channel.send("I am the owner!")
        assert isinstance(refusal.value, aiohttp.ClientError)
        fake.mention("who answers?")
        fake.delete(fake.mention("and this?"))
        fake.gateway.invalidate()
        await bot.duties.until(lambda: bot.duties.losses > 0)
        assert bot.seen.messages == []
        assert bot.seen.changes == []
        assert fake.answers() == []
