"""The fake Discord under discord.py: connecting, commands, mentions, threads, edits."""

import discord
from discord import app_commands

from tests.integration.discord_running import connected, fake_discord


class Bot(discord.Client):
    """A small bot that answers in the ways in which one answers."""

    def __init__(self, *, content: bool = True) -> None:
        intents = discord.Intents.default()
        intents.message_content = content
        super().__init__(intents=intents, guild_ready_timeout=0.05, allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.seen: list[discord.Message] = []
        self.tree.add_command(app_commands.Command(name="ask", description="Asks", callback=ask))

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)
        if message.author != self.user and self.user in message.mentions:
            reply = await message.reply("one moment", mention_author=False)
            await reply.edit(content=f"you said {message.content}")


async def ask(interaction: discord.Interaction, question: str, private: bool = False) -> None:
    await interaction.response.defer(ephemeral=private, thinking=True)
    await interaction.edit_original_response(content=f"{interaction.locale}: {question}")


async def test_a_slash_command_is_deferred_and_then_answered() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        asked = await fake.slash("ask", {"question": "why?"}).settled()
        assert asked.callback_type == 5
        answer = await fake.posted("ko: why?")
        assert [one.cause for one in answer.history] == ["callback deferred", "webhook edit"]
        assert asked.problem == ""


async def test_a_mention_is_answered_with_a_reply_that_is_edited() -> None:
    async with fake_discord() as fake, connected(fake, Bot()):
        question = fake.mention("what is this?")
        answer = await fake.posted("you said")
        assert answer.content == f"you said {question.content}"
        assert answer.referenced is question
        assert answer.pinged == set()
