"""The gateway of the fake Discord: every way in, every way in which it breaks off, and what comes again after."""

import asyncio

import discord
import pytest

from tests.fakes.patience import PATIENCE
from tests.integration.discord_clients import INTENTS, Bot, bare
from tests.integration.discord_running import connected, fake_discord


@pytest.mark.parametrize("compress", ["", "zlib-stream", "zstd-stream"])
async def test_frames_come_as_text_or_in_one_compressed_stream(compress: str) -> None:
    async with fake_discord() as fake, bare(fake, compress) as client:
        hello = await client.receive()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)
        await client.send(1, None)
        assert (await client.receive())["op"] == 11
        await client.identify(fake)
        ready = await client.until(0, "READY")
        assert ready["d"]["guilds"] == [{"id": fake.guild.id, "unavailable": True}]
        assert (await client.until(0, "GUILD_CREATE"))["d"]["name"] == fake.guild.name
        fake.say("안녕하세요 " * 300)
        told = await client.until(0, "MESSAGE_CREATE")
        assert told["d"]["content"] == "안녕하세요 " * 300
        assert told["s"] == 3


async def test_discord_py_takes_the_compression_that_it_asks_for() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        assert [one.compress for one in fake.gateway.connections] == ["zstd-stream"]


async def test_a_dropped_connection_is_resumed_and_told_what_it_missed() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.say("before")
        await bot.sees(1)
        fake.gateway.drop()
        fake.say("meanwhile")
        await fake.until(lambda: "resumed" in fake.gateway.handshakes, what="a resume")
        fake.say("after")
        seen = await bot.sees(3)
        assert [one.content for one in seen] == ["before", "meanwhile", "after"]
        assert fake.gateway.connections[0].path == "/resume/"
        assert bot.readies == 1


async def test_a_request_to_reconnect_is_followed_by_a_resume() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.gateway.ask_to_reconnect()
        await fake.until(lambda: "resumed" in fake.gateway.handshakes, what="a resume")
        fake.say("after")
        await bot.sees(1)


async def test_a_resumable_invalid_session_is_resumed() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        fake.gateway.invalidate(resumable=True)
        await fake.until(lambda: "resumed" in fake.gateway.handshakes, what="a resume")


async def test_an_invalid_session_is_identified_anew_and_has_lost_what_was_said_meanwhile() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.gateway.invalidate()
        fake.say("lost")
        await fake.until(lambda: fake.gateway.handshakes.count("identified") == 2, what="a second identify")
        fake.say("after")
        seen = await bot.sees(1)
        assert [one.content for one in seen] == ["after"]
        await bot.ready_again(2)


async def test_a_session_that_was_lost_too_long_ago_cannot_be_resumed() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.gateway.drop()
        fake.clock.advance(600)
        await fake.until(lambda: fake.gateway.handshakes.count("identified") == 2, what="a second identify")
        assert "invalid" in fake.gateway.handshakes
        fake.say("after")
        await bot.sees(1)


async def test_a_close_code_that_may_be_survived_is_survived() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.gateway.close_all(4009, "Session timed out.")
        fake.say("meanwhile")
        await bot.sees(1)


async def test_an_intent_that_was_not_granted_ends_the_client() -> None:
    async with fake_discord() as fake:
        fake.world.message_content = False
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with connected(fake, Bot()):
                pass
        async with connected(fake, Bot(content=False)):
            assert fake.gateway.handshakes[-1] == "identified"
        assert "4014" in fake.gateway.handshakes


async def test_a_wrong_token_is_refused_by_rest_and_by_the_gateway() -> None:
    async with fake_discord() as fake:
        async with Bot() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("wrong")
        async with bare(fake) as client:
            await client.identify(fake, token="wrong")
            await client.receive()
            assert await client.receive() == {"close": 4004}


async def test_a_gateway_that_is_refused_at_boot_is_too_much_for_discord_py() -> None:
    """A fault of discord.py that whoever uses it has to catch."""
    async with fake_discord() as fake:
        fake.gateway.refusals = 1
        with pytest.raises(AttributeError):
            async with connected(fake, Bot()):
                pass
        assert fake.gateway.handshakes == ["refused"]


async def test_a_malformed_event_ends_discord_py() -> None:
    """The other one."""
    async with fake_discord() as fake, Bot() as bot:
        await bot.login(fake.token)
        running = asyncio.create_task(bot.connect())
        await bot.wait_until_ready()
        fake.gateway.send_malformed()
        with pytest.raises(KeyError):
            await asyncio.wait_for(running, PATIENCE)


async def test_missed_heartbeats_end_the_connection() -> None:
    async with fake_discord() as fake:
        fake.gateway.heartbeat_seconds = 0.1
        async with bare(fake) as client:
            await client.identify(fake)
            await client.until(0, "GUILD_CREATE")
            assert await client.receive() == {"close": 4009}
            assert fake.gateway.handshakes[-1] == "4009"


async def test_two_connections_with_one_token_are_both_told_everything() -> None:
    async with fake_discord() as fake, connected(fake, first := Bot()), connected(fake, second := Bot()):
        fake.say("hello")
        assert [(await one.sees(1))[0].content for one in (first, second)] == ["hello", "hello"]


async def test_an_event_can_come_twice() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.say("hello")
        await bot.sees(1)
        fake.gateway.again()
        first, second = await bot.sees(2)
        assert first.id == second.id


class Sharded(discord.AutoShardedClient):
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """It would wait five seconds between two shards."""


async def test_each_shard_is_told_of_its_own_guilds() -> None:
    async with fake_discord() as fake:
        other = fake.new_guild("Other", members=["sam"], id=str(int(fake.guild.id) + (1 << 22)))
        place = fake.new_channel("there", guild=other)
        fake.shards = 2
        async with connected(fake, bot := Sharded(intents=discord.Intents.default(), guild_ready_timeout=0.05)):
            assert {one.id: one.shard_id for one in bot.guilds} == {
                int(one.id): (int(one.id) >> 22) % 2 for one in (fake.guild, other)
            }
            fake.say("hello", channel=place, user="sam")
            session = next(one for one in fake.gateway.sessions.values() if one.concerns(other.id))
            assert session.sent[-1][1] == "MESSAGE_CREATE"
            assert sum(one.sent[-1][1] == "MESSAGE_CREATE" for one in fake.gateway.sessions.values()) == 1


async def test_guilds_come_and_go_and_members_are_told_with_their_intent_alone() -> None:
    async with fake_discord() as fake:
        fake.world.members_intent = True
        async with bare(fake) as without, bare(fake) as with_members:
            await without.identify(fake)
            await with_members.identify(fake, intents=INTENTS | 2)
            few = await without.until(0, "GUILD_CREATE")
            many = await with_members.until(0, "GUILD_CREATE")
            assert [one["user"]["id"] for one in few["d"]["members"]] == [fake.bot.id]
            assert few["d"]["member_count"] == len(many["d"]["members"]) == 4
            fake.new_user("jiwoo")
            assert (await with_members.until(0, "GUILD_MEMBER_ADD"))["d"]["user"]["username"] == "jiwoo"
            fake.set_available(fake.guild, available=False)
            assert (await without.receive())["d"] == {"id": fake.guild.id, "unavailable": True}
            fake.set_available(fake.guild, available=True)
            await without.until(0, "GUILD_CREATE")
            fake.leave(fake.bot)
            assert (await without.receive())["d"] == {"id": fake.guild.id}


async def test_members_can_be_asked_for() -> None:
    async with fake_discord() as fake, bare(fake) as client:
        await client.identify(fake)
        await client.send(8, {"guild_id": fake.guild.id, "user_ids": [fake.sam.id], "limit": 0, "nonce": "n"})
        chunk = (await client.until(0, "GUILD_MEMBERS_CHUNK"))["d"]
        assert ([one["user"]["username"] for one in chunk["members"]], chunk["nonce"]) == (["sam"], "n")
        await client.send(8, {"guild_id": fake.guild.id, "query": "mi", "limit": 1})
        chunk = (await client.until(0, "GUILD_MEMBERS_CHUNK"))["d"]
        assert [one["user"]["username"] for one in chunk["members"]] == ["mina"]


async def test_a_connection_whose_heartbeats_are_not_answered_is_given_up_by_discord_py() -> None:
    async with fake_discord() as fake:
        fake.gateway.heartbeat_seconds = 0.2
        fake.gateway.acknowledges = False
        async with connected(fake, Bot(heartbeat_timeout=0.5)):
            await fake.until(lambda: len(fake.gateway.handshakes) >= 4, what="a second connection")


async def test_roles_are_given_taken_and_deleted() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        role = fake.new_role("staff", members=["saseo"])
        fake.overwrite(fake.general, "staff", deny=1 << 10)
        fake.overwrite(fake.general, "staff")
        fake.take_role("saseo", "staff")
        fake.give_role("saseo", role)
        fake.say("hello")
        await bot.sees(1)
        guild = bot.guilds[0]
        assert guild.me.get_role(int(role.id)) is not None
        fake.delete_role("staff")
        fake.say("again")
        await bot.sees(2)
        assert [one.name for one in guild.me.roles] == ["@everyone", "saseo"]
        assert guild.me.guild_permissions.view_channel
