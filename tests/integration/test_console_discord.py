"""Signing in to the console with Discord: who is let in, as what, and what Discord may answer."""

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.discord import signing_in
from core.errors import Refused, Unavailable
from core.types import Scope
from tests.fakes.discord import FakeDiscord, Fault, Permission, Role
from tests.fakes.saseo import Core
from tests.integration.signing_in import discord_way, refusal, visitor


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        discord.visitor = discord.mina
        yield discord
        assert discord.violations == []


@pytest.fixture
def core() -> Core:
    return Core()


async def test_a_member_reads_what_their_server_knows(discord: FakeDiscord, core: Core) -> None:
    guild = discord.guild.id
    for scope in ("public", f"workspace:discord:{guild}", f"channel:discord:{guild}:9", "workspace:discord:9"):
        await core.library.add_text(f"Title of {scope}", title=scope, scope=Scope(scope))
    async with visitor(core, discord=discord_way(discord)) as guest:
        entered = await guest.sign_in("discord")
        assert (entered.status_code, "Welcome, mina" in entered.text) == (200, True)
        shown = (await guest.get("/documents")).text
        assert f">workspace:discord:{guild}<" in shown
        assert "channel:discord" not in shown
        assert "workspace:discord:9<" not in shown
        assert (await guest.get("/audit")).status_code == 403
    assert discord.bearers == {}, "the token is given back"


async def test_owners_and_whoever_may_administer_a_server_administer_what_belongs_to_it(
    discord: FakeDiscord, core: Core
) -> None:
    scope = Scope(f"channel:discord:{discord.guild.id}:9")
    await core.library.add_text("Hidden", title="Hidden", scope=scope)
    chief = Role(discord.world.new_id(), "chief", int(Permission.ADMINISTRATOR), position=9)
    discord.guild.roles[chief.id] = chief
    discord.guild.members[discord.sam.id].roles.append(chief.id)
    for person in (discord.world.owner, discord.sam):
        discord.visitor = person
        async with visitor(core, discord=discord_way(discord)) as guest:
            await guest.sign_in("discord")
            assert "Hidden" in (await guest.get("/documents")).text
            assert (await guest.get("/audit")).status_code == 200


async def test_servers_without_the_bot_count_for_nothing(
    discord: FakeDiscord, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "PAGE", 1)
    for number in range(2):
        discord.world.join(discord.world.new_guild(f"With {number}"), discord.bot)
    elsewhere = discord.world.new_guild("Elsewhere", owner=discord.mina)
    async with visitor(core, discord=discord_way(discord)) as guest:
        await guest.sign_in("discord")
        await core.library.add_text("Theirs", title="Theirs", scope=Scope(f"workspace:discord:{elsewhere.id}"))
        assert "Theirs" not in (await guest.get("/documents")).text
        assert (await guest.get("/audit")).status_code == 403


async def test_strangers_are_turned_away_with_a_sentence(discord: FakeDiscord, core: Core) -> None:
    discord.visitor = discord.world.new_user("stranger")
    async with visitor(core, discord=discord_way(discord)) as guest:
        turned = await guest.sign_in("discord")
        assert (turned.status_code, refusal(turned)) == (403, Refused("signing.stranger").text())
    discord.visitor = None
    async with visitor(core, discord=discord_way(discord)) as guest:
        assert refusal(await guest.sign_in("discord")) == Refused("signing.denied").text()


async def test_what_discord_does_not_confirm_lets_nobody_in(discord: FakeDiscord, core: Core) -> None:
    async with visitor(core, discord=discord_way(discord)) as guest:
        told = refusal(await guest.sign_in("discord", code="invented"))
        assert told == Refused("signing.failed", reason="invalid_grant").text()
    async with visitor(core, discord=discord_way(discord, client_secret="wrong")) as guest:
        told = refusal(await guest.sign_in("discord"))
        assert told == Refused("signing.failed", reason="invalid_client").text()
    discord.oauth.withheld = frozenset({"guilds"})
    async with visitor(core, discord=discord_way(discord)) as guest:
        assert refusal(await guest.sign_in("discord")) == Refused("signing.failed", reason="scope").text()


@pytest.mark.parametrize("status", [500, 429])
async def test_a_platform_that_does_not_answer_is_told_of(discord: FakeDiscord, core: Core, status: int) -> None:
    discord.faults.add(Fault("GET /users/@me", status=status))
    async with visitor(core, discord=discord_way(discord)) as guest:
        turned = await guest.sign_in("discord")
        assert (turned.status_code, refusal(turned)) == (503, Unavailable("signing.away").text())


async def test_an_answer_that_is_none_is_told_of(discord: FakeDiscord, core: Core) -> None:
    nowhere = discord_way(discord, api_url="http://127.0.0.1:1/api/v10")
    discord.oauth.redirect_urls.clear()
    async with visitor(core, discord=nowhere) as guest:
        left = httpx.URL((await guest.get("/sign-in/discord")).headers["location"])
        back = await guest.agree(str(left.copy_with(host=discord.host, port=discord.port)))
        assert refusal(await guest.client.get(back)) == Unavailable("signing.away").text()


async def test_a_bot_in_more_servers_than_are_looked_at_counts_those_that_were(
    discord: FakeDiscord, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "PAGE", 1)
    monkeypatch.setattr(signing_in, "MOST_PAGES", 1)
    discord.world.join(discord.world.new_guild("Second"), discord.bot)
    async with visitor(core, discord=discord_way(discord)) as guest:
        assert (await guest.sign_in("discord")).status_code == 200


async def test_without_an_address_of_its_own_it_leads_to_discord(core: Core) -> None:
    way = signing_in.DiscordSignIn("1", client_secret="s", bot_token="t")
    async with visitor(core, discord=way) as guest:
        left = httpx.URL((await guest.get("/sign-in/discord")).headers["location"])
        assert str(left).startswith("https://discord.com/oauth2/authorize?")
        assert left.params["scope"] == "identify guilds"
