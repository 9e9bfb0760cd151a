"""The fake Discord as a program: started, driven and looked at from another process, and talked to in a terminal."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.terminal import Terminal
from tests.fakes.patience import PATIENCE
from tests.integration.discord_clients import Bot, Shown, bare, calling
from tests.integration.discord_running import connected, fake_discord
from tests.integration.test_fake_discord_interactions import Rich

ROOT = Path(__file__).parents[2]


class Remote:
    """The control API from outside."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self.session = session
        self.base_url = base_url

    async def act(self, name: str, /, **arguments: Any) -> Any:
        async with self.session.post(f"{self.base_url}/control/{name}", json=arguments) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def see(self, name: str, **query: str) -> Any:
        async with self.session.get(f"{self.base_url}/control/{name}", params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()


@asynccontextmanager
async def remotely(base_url: str) -> AsyncIterator[Remote]:
    async with aiohttp.ClientSession() as session:
        yield Remote(session, base_url)


async def test_another_process_talks_to_a_bot_through_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.fakes.discord", "--port", "0", "--without-message-content"),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        settings: dict[str, str] = {}
        while "DISCORD_GATEWAY_URL" not in settings:
            line = (await asyncio.wait_for(program.stdout.readline(), PATIENCE)).decode()
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                settings[name] = value
        monkeypatch.setattr(Route, "BASE", settings["DISCORD_API_URL"])
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(settings["DISCORD_GATEWAY_URL"]))
        async with remotely(settings["DISCORD_API_URL"].removesuffix("/api/v10")) as remote, Bot() as refused:
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await refused.start(settings["DISCORD_TOKEN"])
            async with Bot(content=False) as bot:
                running = asyncio.create_task(bot.start(settings["DISCORD_TOKEN"]))
                await remote.act("ready")
                await remote.act("mention", content="why?")
                answer = await remote.act("posted", contains="you said")
                asked = await remote.act("slash", name="ask", options={"question": "how?"}, user="sam")
                assert (await remote.act("settled", interaction=asked["id"]))["callback"]["type"] == 5
                await remote.act("posted", contains="en-US: how?")
                assert answer["history"][0]["content"] == "one moment"
                assert await remote.see("violations") == []
            await running
    finally:
        program.terminate()
        await asyncio.wait_for(program.wait(), PATIENCE)


async def test_the_world_is_made_from_outside() -> None:
    async with FakeDiscord() as fake, remotely(fake.base_url) as remote:
        jiwoo = await remote.act("new_user", name="jiwoo", locale="ko")
        role = await remote.act("new_role", name="staff", members=["jiwoo"])
        guild = await remote.act("new_guild", name="Other", members=["jiwoo"])
        hidden = await remote.act("new_channel", name="hidden", only=["jiwoo"])
        assert (await remote.act("give_role", user="sam", role="staff")) is None
        await remote.act("say", content="hello", channel="hidden", user="jiwoo")
        await remote.act("upload", name="a.bin", base64="AAEC", channel="hidden", user="jiwoo")
        thread = await remote.act("new_thread", name="talk", channel="hidden", owner="jiwoo", private=True)
        assert thread["members"] == [jiwoo["id"]]
        assert [one["content"] for one in await remote.see("messages", channel="hidden", user="jiwoo")] == ["hello", ""]
        assert await remote.see("messages", channel="hidden", user="mina") == []
        assert [one["name"] for one in await remote.see("channels")] == ["general", "hidden", "talk"]
        assert {one["name"] for one in await remote.see("guilds")} == {"Guild of the fake", guild["name"]}
        assert "jiwoo" in [one["name"] for one in await remote.see("users")]
        assert (await remote.act("join", user="sam", guild="Other"))["user"]["username"] == "sam"
        assert fake.guild.members[fake.sam.id].roles == [role["id"]]
        assert hidden["kind"] == "text"


async def test_trouble_is_made_from_outside() -> None:
    async with FakeDiscord() as fake, remotely(fake.base_url) as remote, calling(fake) as call:
        await remote.act("fault", route="POST /channels/*/messages", status=429, retry_after=7)
        path = f"/channels/{fake.general.id}/messages"
        assert (await call("POST", path, json={"content": "x"}))[1]["retry_after"] == 7
        await remote.act("limits", off=True, **{"GET /users/@me": [1, 5]})
        assert (await call("POST", path, json={"content": "x"}))[0] == 200
        assert "X-RateLimit-Limit" not in call.headers
        calls = await remote.see("calls", route="POST /channels/{channel_id}/messages")
        assert [one["status"] for one in calls] == [429, 200]
        await remote.act("intents", message_content=False)
        await remote.act("shards", count=3)
        await remote.act("starts_left", count=7)
        await remote.act("heartbeat", seconds=30)
        gateway = (await call("GET", "/gateway/bot"))[1]
        assert (gateway["shards"], gateway["session_start_limit"]["remaining"]) == (3, 7)
        async with bare(fake) as client:
            assert (await client.receive())["d"]["heartbeat_interval"] == 30_000
            await client.identify(fake, intents=1 << 9)
            await remote.act("ready")
            await remote.act("event", name="ANYTHING", data={"a": 1})
            assert (await client.until(0, "ANYTHING"))["d"] == {"a": 1}
            await remote.act("again")
            await client.until(0, "ANYTHING")
            await remote.act("ask_to_reconnect")
            await client.until(7)
            assert (await remote.see("connections"))["open"][0]["session"] == "session000001"
            await remote.act("close_all", code=4000)
            assert await client.receive() == {"close": 4000}
        await remote.act("refuse_connections")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with bare(fake):
                pass
        now = fake.clock.now()
        assert (await remote.act("advance", seconds=3600))["now"] >= now + 3600
        assert (await remote.see("environment"))["DISCORD_TOKEN"] == fake.token
        assert await remote.see("downloads") == []
        await remote.act("install", user="sam")
        assert fake.world.user_installs == {fake.sam.id}


async def test_a_wrong_order_is_refused_with_a_reason() -> None:
    async with FakeDiscord() as fake, remotely(fake.base_url) as remote:
        for name, arguments, status in (
            ("fly", {}, 404),
            ("say", {"content": "x", "channel": "nowhere"}, 400),
            ("slash", {"name": "ask"}, 400),
            ("posted", {"timeout": 0.01}, 400),
            ("settled", {"interaction": "1"}, 400),
            ("advance", {"seconds": -1}, 400),
        ):
            async with remote.session.post(f"{fake.base_url}/control/{name}", json=arguments) as response:
                assert response.status == status
                assert (await response.json())["error"]
        async with remote.session.get(f"{fake.base_url}/control/nothing") as response:
            assert response.status == 404


async def test_commands_with_files_and_people_are_used_from_outside() -> None:
    async with fake_discord() as fake, connected(fake, Rich()), remotely(fake.base_url) as remote:
        file = {"file": "plan.txt", "data": "the plan"}
        asked = await remote.act("slash", name="add", options={"title": "Plan", "file": file})
        shown = await remote.act("posted", contains="Plan the plan")
        pressed = await remote.act("press", message=shown["id"], button="Bad")
        form = await remote.act("settled", interaction=pressed["id"])
        assert form["modal"]["title"] == "What was wrong?"
        await remote.act("submit_modal", interaction=pressed["id"], values={"reason": "short"})
        private = await remote.act("posted", contains="thank you: short")
        assert private["ephemeral_to"] == fake.mina.id
        typed = await remote.act("autocomplete", name="add", option="title", typed="han")
        assert len((await remote.act("settled", interaction=typed["id"]))["choices"]) == 3
        names = [one["name"] for one in (await remote.see("commands"))["global"]]
        assert sorted(names) == ["Ask about this", "add", "ask", "sources"]
        assert asked["id"] in [one["id"] for one in await remote.see("interactions")]


async def test_the_terminal_shows_what_the_bot_does_as_it_comes(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        written: list[str] = []
        terminal = Terminal(fake, write=written.append)
        terminal.greet()
        assert f"export DISCORD_API_URL={fake.api_url}\n" in written
        written.clear()
        async with connected(fake, Rich()):
            terminal.take("what is this?\n")
            await fake.posted("you said")
            terminal.take("/ask question:why? private:yes\n")
            await fake.posted("ko: why?")
            assert written == [
                "bot> one moment\n",
                "bot> (edited) you said @saseo what is this?\n",
                "  (is thinking)\n",
                "bot> (only you see this) ko: why?\n",
            ]
            (tmp_path / "a.txt").write_text("content")
            terminal.take(f"/add title:Plan file:{tmp_path / 'a.txt'}\n")
            await fake.posted("Plan content")
            assert written[-3:] == ["     [Good]\n", "     [Bad]\n", "     [kind]\n"]
            terminal.take(":press Bad\n")
            await fake.until(lambda: any("[form]" in one for one in written), what="the form")
            terminal.take(":submit reason=too short\n")
            await fake.posted("thank you: too short")
            terminal.take(":menu Ask about this\n")
            await fake.posted("about")
            for line in (":say just so\n", ":reply and?\n", ":dm psst\n", f":file {tmp_path / 'a.txt'} read\n"):
                terminal.take(line)
            said = [one.content for one in fake.visible(fake.general, user="mina") if one.author is fake.mina]
            assert said[-3:] == ["just so", "and?", f"<@{fake.bot.id}> read"]


async def test_the_terminal_says_what_is_wrong_and_goes_on() -> None:
    async with FakeDiscord(validate=False) as fake:
        written: list[str] = []
        terminal = Terminal(fake, write=written.append)
        terminal.greet()
        assert any("not held against it" in one for one in written)
        written.clear()
        for line in (
            ":file nowhere.txt\n",
            ":press x\n",
            ":nonsense\n",
            "/ask why\n",
            ":submit a=b\n",
            ":menu x\n",
            "\n",
        ):
            assert terminal.take(line)
        assert [line[0] for line in written] == ["!"] * 6
        assert terminal.take(":help\n")
        assert not terminal.take(":quit\n")


async def test_the_terminal_streams_offers_and_deletes() -> None:
    class Streaming(Bot):
        async def setup_hook(self) -> None:
            self.tree.command(name="late", description="Is too late")(late)
            self.tree.command(name="grow", description="Grows")(grow)
            await super().setup_hook()

    async def late(interaction: Shown) -> None:
        """It never answers."""

    async def grow(interaction: Shown) -> None:
        await interaction.response.send_message("a")
        await interaction.edit_original_response(content="a test", embed=discord.Embed(title="T", description="D"))
        await interaction.delete_original_response()

    async with fake_discord() as fake, connected(fake, Streaming()):
        written: list[str] = []
        terminal = Terminal(fake, write=written.append)
        terminal.take("/grow\n")
        await fake.until(lambda: "bot> (deleted)\n" in written, what="the deletion")
        terminal.take("/late\n")
        fake.clock.advance(3)
        await fake.until(lambda: written[-1] == "! The application did not respond\n", what="the notice")
        assert written[:3] == ["bot> a\n", "  +  test\n", "     T D\n"]
