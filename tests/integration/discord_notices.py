"""What tests of notices in Discord have in common."""

from typing import Any

from core.types import Scope, Session
from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.saseo import Core
from tests.integration.discord_answering import QUESTION, settled
from tests.integration.slack_running import LEAVE

NOTHING = "Nothing but weather."
CHANGED = LEAVE.replace("15 days", "20 days")
NEW = ("Employees have 20 days", " of paid leave [1].")


def scope(discord: FakeDiscord, channel: Any = None) -> Scope:
    return Scope.channel(Session("discord", discord.guild.id, (channel or discord.general).id))


async def rewritten(core: Core, discord: FakeDiscord, text: str, channel: Any = None) -> None:
    """The document says something else now, and what follows from it is followed up."""
    core.chat = core.chat_with(None)
    await core.library.add_text(text, title="Leave", origin="test:leave", scope=scope(discord, channel))
    await core.following().settle()


async def asked(core: Core, discord: FakeDiscord, **more: Any) -> Message:
    await rewritten(core, discord, LEAVE, more.get("channel"))
    discord.mention(QUESTION, user=discord.sam, **more)
    answer = await discord.posted("15 days", channel=more.get("channel"))
    await settled(core)
    return answer
