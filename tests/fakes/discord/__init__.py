"""A Discord that runs on this machine: REST, gateway and CDN, strict enough to prove a bot against it.

    async with FakeDiscord() as discord:                  # free port, `guild`, `general`, `mina` (ko), `sam` (en-US)
        ...                                               # start the bot with `discord.environment`
        await discord.gateway.ready()                     # identified
        asked = discord.slash("ask", {"question": "?"})   # once the bot has registered it; returns an Interaction
        await asked.settled()                             # acknowledged, or `asked.problem`
        answer = await discord.posted("15 days")          # waits for the bot's message; `answer.history` has every edit
        discord.press(answer, "feedback:up")              # by custom id, its beginning, or label
        discord.mention("why?"); discord.say("hi", channel=discord.direct()); discord.reply(answer, "and?")

- World: `new_user`, `new_guild`, `new_role`, `new_channel(only=[...])`, `new_thread(private=True)`, `post` (forum),
  `overwrite`, `join`, `leave`, `delete_channel`.
- People: `say`, `mention`, `reply`, `share`, `edit`, `delete`, `delete_many`, `react`; `slash`, `autocomplete`,
  `context_menu`, `press`, `submit_modal`.
- Sight: `visible(channel, user=...)`, `answers()`, `posted(...)`, `until(look, what=...)`, `called(route)`,
  `call(route)`; `violations` lists what was not as Discord describes it.
- Trouble: `faults.add(Fault("POST /channels/*/messages", status=429, via=False))`, `gateway.refusals = 2`,
  `gateway.drop()`, `gateway.ask_to_reconnect()`, `gateway.invalidate(resumable=False)`, `gateway.close_all(4009)`,
  `gateway.send_malformed()`, `gateway.again()`, `gateway.acknowledges = False`, `expire_attachments()`,
  `limits.off = True`, `clock.advance(900)`, `world.message_content = False`.
"""

from tests.fakes.discord.faults import Fault
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.state import Channel, Guild, Interaction, Member, Message, Overwrite, Role, User

__all__ = [
    "Channel",
    "FakeDiscord",
    "Fault",
    "Guild",
    "Interaction",
    "Member",
    "Message",
    "Overwrite",
    "Permission",
    "Role",
    "User",
]
