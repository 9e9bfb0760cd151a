"""The registered application commands, and how many of them may be created in a day."""

from collections import deque
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.state import Json

if TYPE_CHECKING:
    from tests.fakes.discord.interacting import Interacting

DAILY_CREATES = 200
DAY = 24 * 3600
MOST_COMMANDS = {1: 100, 2: 15, 3: 15}


def overwrite(discord: "Interacting", known: dict[str, Json], wanted: Any, *, guild_id: str | None) -> None:
    """Puts `wanted` in the place of the known commands. Raises DiscordError, and then nothing changes."""
    if not isinstance(wanted, list):
        raise invalid("body", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    by_name = {(one["type"], one["name"]): one for one in known.values()}
    for kind, most in MOST_COMMANDS.items():
        if sum(one.get("type", 1) == kind for one in wanted) > most:
            raise DiscordError(30032, message=f"Maximum number of application commands reached ({most}).")
    names = [(one.get("type", 1), one["name"]) for one in wanted]
    if len(set(names)) < len(names):
        raise invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    fresh = [name for name in names if name not in by_name]
    _count(discord, guild_id or "global", len(fresh))
    known.clear()
    for name, command in zip(names, wanted, strict=True):
        body = _registered(discord, command, before=by_name.get(name), guild_id=guild_id)
        known[body["id"]] = body


def _registered(discord: "Interacting", command: Json, *, before: Json | None, guild_id: str | None) -> Json:
    permissions = command.get("default_member_permissions")
    body: Json = {
        "id": before["id"] if before else discord.world.new_id(),
        "application_id": discord.world.application_id,
        "version": discord.world.new_id(),
        "default_member_permissions": None if permissions is None else str(permissions),
        "type": command.get("type") or 1,
        "name": command["name"],
        "name_localizations": command.get("name_localizations"),
        "description": command.get("description") or "",
        "description_localizations": command.get("description_localizations"),
        "dm_permission": True,
        "contexts": command.get("contexts"),
        "integration_types": command.get("integration_types") or [0],
        "nsfw": bool(command.get("nsfw")),
    }
    if command.get("options"):
        body["options"] = [_without_nulls(one) for one in command["options"]]
    return body | ({"guild_id": guild_id} if guild_id else {})


def _without_nulls(option: Json) -> Json:
    told = {name: value for name, value in option.items() if value is not None}
    if "options" in told:
        told["options"] = [_without_nulls(one) for one in told["options"]]
    return told


def _count(discord: "Interacting", place: str, fresh: int) -> None:
    now = discord.clock.now()
    created = discord.created_commands.setdefault(place, deque(maxlen=DAILY_CREATES))
    while created and created[0] <= now - DAY:
        created.popleft()
    if len(created) + fresh > DAILY_CREATES:
        raise DiscordError(30034)
    created.extend([now] * fresh)


def find(commands: list[Json], name: str, kind: int) -> Json | None:
    """A command by its name, or by one of its translations."""
    for command in commands:
        names = {command["name"], *(command.get("name_localizations") or {}).values()}
        if command["type"] == kind and name in names:
            return command
    return None
