"""Who is mentioned by a message and who is rung by it, given what its author allows."""

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.discord.permissions import Permission, allowed, sees
from tests.fakes.discord.state import Message
from tests.fakes.discord.world import World

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")
SILENT = 1 << 12
"""The flag of a message that rings nobody."""
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def resolve(world: World, message: Message, rules: Mapping[str, Any] | None) -> None:
    """Sets the mentions of a message. `rules` is `allowed_mentions` as it was sent; None allows everything."""
    plain = CODE.sub("", message.content)
    channel = message.channel
    users = [world.users[one] for one in dict.fromkeys(USER.findall(plain)) if one in world.users]
    message.mentions = [one for one in users if _permits(rules, "users", one.id)]
    if _replied(rules) and message.referenced is not None and message.type == 19 and not message.webhook_id:
        author = message.referenced.author
        # Whoever answers a reply to an interaction does not ring the bot.
        if author not in message.mentions and message.referenced.interaction is None:
            message.mentions.append(author)
    roles = channel.guild.roles if channel.guild else {}
    mighty = Permission.MENTION_EVERYONE in allowed(channel, message.author.id)
    wanted = [roles[one] for one in dict.fromkeys(ROLE.findall(plain)) if one in roles]
    found = [one for one in wanted if _permits(rules, "roles", one.id) and (one.mentionable or mighty)]
    message.mention_roles = [one.id for one in found]
    message.mention_everyone = bool(EVERYONE.search(plain)) and mighty and _permits(rules, "everyone", "")


def ring(message: Message) -> set[str]:
    """The ids of everybody whom the mentions of a message reach."""
    if message.flags & SILENT:
        return set()
    people = {one.id for one in message.mentions}
    guild = message.channel.guild
    if guild is not None:
        for member in guild.members.values():
            if message.mention_everyone or set(member.roles) & set(message.mention_roles):
                people.add(member.user.id)
    return {one for one in people - {message.author.id} if sees(message.channel, one)}


def _permits(rules: Mapping[str, Any] | None, kind: str, entity: str) -> bool:
    if rules is None or kind in (rules.get("parse") or ()):
        return True
    return entity in {str(one) for one in rules.get(kind) or ()}


def _replied(rules: Mapping[str, Any] | None) -> bool:
    return rules is None or bool(rules.get("replied_user"))
