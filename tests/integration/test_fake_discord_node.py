"""The fake Discord under a client that is not ours: discord.js, from npm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.discord import FakeDiscord
from tests.integration.discord_running import fake_discord
from tests.integration.node_running import NodeProgram, installed, node_program


@pytest.fixture(scope="module")
def node_folder() -> Path:
    return installed()


@asynccontextmanager
async def discord_js(folder: Path) -> AsyncIterator[tuple[FakeDiscord, NodeProgram]]:
    """A fake and the bot that is connected to it."""
    async with fake_discord() as fake:
        settings = fake.environment | {"NODE_FOLDER": str(folder)}
        async with node_program("discord_scenario.mjs", settings) as bot:
            yield fake, bot


async def test_discord_js_connects_and_answers_messages(node_folder: Path) -> None:
    async with discord_js(node_folder) as (fake, bot):
        started = await bot.tells("started")
        assert (started["user"], started["guilds"]) == ("saseo", [fake.guild.name])
        question = fake.mention("what is this?", files={"note.txt": "the content"})
        answer = await fake.posted("updated")
        assert [one.content for one in answer.history] == ["one moment", "updated"]
        assert answer.referenced is question
        assert answer.pinged == set()
        inside = await fake.posted("in the thread")
        assert inside.channel.parent is fake.general
        assert inside.attachments[0].data == b"data"
        assert (await bot.tells("file"))["content"] == "the content"
        assert (await bot.tells("history"))["contents"] == ["updated", question.content]
        assert question.reactions == {"👀": [fake.bot.id]}
        assert [who for who, _ in fake.general.typing] == [fake.bot.id]
        fake.edit(question, "edited")
        fake.delete(question)
        assert (await bot.tells("delete"))["id"] == question.id
        assert {"event": "edit", "content": "edited"} in bot.told


async def test_discord_js_takes_every_kind_of_interaction(node_folder: Path) -> None:
    async with discord_js(node_folder) as (fake, _):
        asked = await fake.slash("ask", {"question": "why?", "file": ("a.txt", "the file")}).settled()
        assert asked.callback_type == 5
        assert (await fake.posted("ko: why? the file")).type == 20
        assert (await fake.posted("only for you")).ephemeral_to == fake.mina.id
        typed = await fake.autocomplete("ask", "question", "hm").settled()
        assert typed.choices == [{"name": "hm?", "value": "1"}]
        fake.context_menu("About this", fake.mention("this"))
        assert (await fake.posted("about")).ephemeral_to == fake.mina.id
        answer = await fake.posted("updated")
        form = await fake.press(answer, "Bad").settled()
        fake.submit_modal(form, {"reason": "of this"})
        await fake.posted("because of this")
        await fake.press(answer, "Good").settled()
        assert answer.content == "thank you"
        await fake.posted("in the thread")


async def test_discord_js_resumes_and_identifies_anew(node_folder: Path) -> None:
    async with discord_js(node_folder) as (fake, bot):
        fake.gateway.drop()
        fake.say("meanwhile")
        assert (await bot.tells("resumed"))["replayed"] >= 1
        assert (await bot.tells("message"))["content"] == "meanwhile"
        fake.gateway.invalidate()
        await fake.until(lambda: fake.gateway.handshakes.count("identified") == 2, what="a second identify")
